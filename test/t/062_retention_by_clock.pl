# pg_cron really fires: the jobs of schedule_jobs() run by the clock, and their lines run by hand.
#
# pg_regress cannot do it: it needs a server with pg_cron, and waits for the next minute.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

chomp(my $share = `$ENV{PG_CONFIG} --sharedir 2>/dev/null` || `pg_config --sharedir`);
plan skip_all => 'this server has no pg_cron' unless -e "$share/extension/pg_cron.control";

my $node = new_node('retention_by_clock', conf => "shared_preload_libraries = 'pg_cron,gdpr'\ncron.database_name = 'postgres'\n"
	. "cron.use_background_workers = on\nmax_worker_processes = 20\n");

customers($node, count => 10);
$node->safe_psql('postgres', q{
	ALTER TABLE orders ADD COLUMN ordered_on date;
	UPDATE orders SET ordered_on = CASE WHEN id <= 15 THEN '2020-01-01' ELSE current_date END;
	SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', column_name => 'ordered_on');
	SELECT gdpr.confirm_retention('orders', 'order_fulfilment');
});
my $refused = told($node, 'SELECT gdpr.schedule_jobs()');
like($refused, qr/0A000: pg_cron is not in this database\nDETAIL: .*\nHINT:  CREATE EXTENSION pg_cron; or run the lines by_hand/, 'not created: 0A000 with what to do');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron');
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE EXTENSION gdpr');
like(told($node, 'SELECT gdpr.schedule_jobs()', database => 'elsewhere'), qr/0A000: .*\nDETAIL:  This server's pg_cron lives in database postgres\.\nHINT:  There, run cron\.schedule_in_database\(\) for each row/,
	'in another database: 0A000 with where it is');

my $every_minute = q{SELECT count(*) FROM gdpr.schedule_jobs('{"retention": "* * * * *", "key hygiene": "* * * * *", "anonymity": "* * * * *",
	"consents": "* * * * *", "request deadlines": "* * * * *"}')};
my $jobs = $node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.jobs()');
is($node->safe_psql('postgres', $every_minute), $jobs, 'all jobs');
is($node->safe_psql('postgres', $every_minute), $jobs, 'scheduled again');
is($node->safe_psql('postgres', q{SELECT jobname, schedule, command, database FROM cron.job WHERE schedule = '* * * * *' ORDER BY jobname}),
	"gdpr anonymity of postgres|* * * * *|SELECT * FROM gdpr.retest_anonymity()|postgres\n"
	. "gdpr consents of postgres|* * * * *|SELECT * FROM gdpr.note_consents()|postgres\n"
	. "gdpr key hygiene of postgres|* * * * *|VACUUM gdpr.subject|postgres\n"
	. "gdpr request deadlines of postgres|* * * * *|SELECT * FROM gdpr.note_request_deadlines()|postgres\n"
	. "gdpr retention of postgres|* * * * *|CALL gdpr.run_retention()|postgres", 'there is one of each');
like(told($node, q{SELECT gdpr.schedule_jobs('{"lunch": "0 12 * * *"}')}), qr/22023: unknown job "lunch"/, 'an unknown one is refused');

# The clock: within the next minute, and a little. One job is broken, and that is a finding.
$node->safe_psql('postgres', q{SELECT cron.schedule_in_database('gdpr anonymity of postgres', '* * * * *', 'SELECT gdpr.no_such_function()', 'postgres')});
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.status() WHERE object LIKE 'job %'}), 0, 'no job has failed yet');
$node->poll_query_until('postgres', q{SELECT count(DISTINCT j.jobname) = 5 FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE d.status IN ('succeeded', 'failed') AND j.schedule = '* * * * *'})
	or diag($node->safe_psql('postgres', 'SELECT * FROM cron.job_run_details'));
is($node->safe_psql('postgres', q{SELECT DISTINCT j.jobname, d.status FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE d.status IN ('succeeded', 'failed') AND j.schedule = '* * * * *' ORDER BY 1}),
	join("\n", map { "gdpr $_->[0] of postgres|$_->[1]" } ['anonymity', 'failed'], map { [ $_, 'succeeded' ] } 'consents', 'key hygiene', 'request deadlines', 'retention'),
	'all fired');
is($node->safe_psql('postgres', q{SELECT severity, object FROM gdpr.status() WHERE object LIKE 'job %'}), 'warning|job gdpr anonymity of postgres', 'the one that failed is a finding');
is($node->safe_psql('postgres', 'SELECT count(*) FROM orders'), 5, 'what was due is gone');
is($node->safe_psql('postgres', q{SELECT deleted, state FROM gdpr.retention_run WHERE deleted > 0}), '15|done', 'the run is on record');

is($node->safe_psql('postgres', 'SELECT gdpr.unschedule_jobs()'), $jobs, 'unscheduled');
is($node->safe_psql('postgres', 'SELECT count(*) FROM cron.job'), 0, 'none is left');
is($node->safe_psql('postgres', 'SELECT gdpr.unschedule_jobs()'), 0, 'again: nothing to do');

# The duties: a controller files them for the role that runs jobs, which files them for itself
$node->safe_psql('postgres', q{CREATE ROLE boss LOGIN; SELECT gdpr.grant_duty('controller', 'boss')});
my @boss = (extra_params => [ '-U', 'boss' ]);
like(told($node, 'SELECT gdpr.schedule_jobs()', @boss), qr/42501: role boss cannot run the jobs.*\nDETAIL:  No role does both\.\nHINT:  SELECT gdpr\.grant_duty\('job'/, 'a controller is told that a role is needed');
$node->safe_psql('postgres', q{CREATE ROLE night LOGIN; SELECT gdpr.grant_duty('job', 'night')});
my $filed = q{SELECT string_agg(DISTINCT username, ' '), count(*), string_agg(jobname, ' ') FILTER (WHERE username = 'postgres') FROM cron.job};
my $expected = "night postgres|$jobs|gdpr key hygiene of postgres";
foreach my $role ('night', 'boss')
{
	is(scalar ask($node, 'SELECT count(*) FROM gdpr.schedule_jobs()', extra_params => [ '-U', $role ]), $jobs, "$role files the jobs");
	is($node->safe_psql('postgres', $filed), $expected, 'under the role that runs jobs, and VACUUM under its owner');
	is(scalar ask($node, 'SELECT gdpr.unschedule_jobs()', extra_params => [ '-U', $role ]), $jobs, "$role takes them back");
}
$node->safe_psql('postgres', q{CREATE ROLE day LOGIN; SELECT gdpr.grant_duty('job', 'day')});
like(told($node, 'SELECT gdpr.schedule_jobs()', @boss), qr/42501: role boss cannot.*\nDETAIL:  These do both: day, night\./, 'of two roles it must be said which');
like(told($node, q{SELECT gdpr.schedule_jobs(run_as => 'postgres')}, @boss), qr/42501: role postgres cannot run/, 'a superuser runs no jobs for others');
$node->safe_psql('elsewhere', q{CREATE SCHEMA cron; CREATE FUNCTION cron.schedule_in_database(text, text, text, text, text, boolean) RETURNS bigint LANGUAGE sql AS 'SELECT 1'});
like(told($node, 'SELECT gdpr.schedule_jobs()', database => 'elsewhere'), qr/0A000/, 'another schema called cron is not taken for pg_cron');
$node->safe_psql('postgres', q{
	CREATE TABLE readable AS SELECT 1 AS age FROM generate_series(1, 10); CREATE TABLE closed AS TABLE readable; CREATE TABLE last AS TABLE readable;
	SELECT gdpr.assert_anonymous('closed', '{age}'), gdpr.assert_anonymous('readable', '{age}'), gdpr.assert_anonymous('last', '{age}');
	GRANT SELECT ON readable, last TO night});
is(scalar ask($node, q{SELECT count(*) FROM gdpr.schedule_jobs('{"anonymity": "* * * * *", "key hygiene": "* * * * *"}', run_as => 'night')}, @boss), $jobs, 'with a role it may');
$node->safe_psql('postgres', q{SELECT cron.schedule_in_database('gdpr key hygiene of postgres', '* * * * *', 'VACUUM gdpr.subject', 'postgres', 'night')});
$node->poll_query_until('postgres', q{SELECT count(DISTINCT d.jobid) = 3 FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE d.status IN ('succeeded', 'failed') AND j.schedule = '* * * * *'})
	or diag($node->safe_psql('postgres', 'SELECT * FROM cron.job_run_details'));
is($node->safe_psql('postgres', q{SELECT DISTINCT j.jobname, j.username, d.status FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE j.schedule = '* * * * *' ORDER BY 1, 2}),
	"gdpr anonymity of postgres|night|succeeded\ngdpr key hygiene of postgres|night|succeeded\ngdpr key hygiene of postgres|postgres|succeeded", 'they ran');
is($node->safe_psql('postgres', q{SELECT string_agg(relation::text, ' ' ORDER BY relation::text) FROM gdpr.anonymity_label}), 'last readable', 'the table that the job may not read stopped nothing, and lost its label');
is($node->safe_psql('postgres', q{SELECT detail ->> 'table', detail ->> 'sqlstate' FROM gdpr.ledger WHERE kind = 'table no longer anonymous'}), 'public.closed|42501', 'which is on record');
$node->safe_psql('postgres', q{SELECT pg_stat_reset_single_table_counters('gdpr.subject'::regclass)});
like($node->safe_psql('postgres', q{SELECT code, object, finding FROM gdpr.status() WHERE code = 'job-without-effect'}), qr/key hygiene of postgres\|its last run, at .*, succeeded as role night, and no VACUUM came of it/, 'a VACUUM that did nothing is a finding');
$node->safe_psql('postgres', 'VACUUM gdpr.subject');
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.status() WHERE code = 'job-without-effect'}), 0, 'and one that did is none');
$node->safe_psql('postgres', q{SELECT gdpr.unschedule_jobs(); SELECT count(cron.unschedule(jobid)) FROM cron.job; SELECT gdpr.revoke_duty('job', 'night'), gdpr.revoke_duty('job', 'day')});

# By hand
for my $line (split /\n/, $node->safe_psql('postgres', 'SELECT by_hand FROM gdpr.jobs()'))
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	is(system("$line >/dev/null"), 0, "by hand: $line");
}
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.ledger WHERE kind = 'consents looked after'}), '>=', 2, 'and it did, as the clock had');

# A role of duty job can run them by hand, but for the VACUUM, which is for the owner of the table
$node->safe_psql('postgres', q{CREATE ROLE worker LOGIN; SELECT gdpr.grant_duty('job', 'worker')});
for my $command (split /\n/, $node->safe_psql('postgres', q{SELECT command FROM gdpr.jobs() WHERE command NOT LIKE 'VACUUM%'}))
{
	is(told($node, "SET client_min_messages = warning; $command", extra_params => [ '-U', 'worker' ]), '', "as the role of a job: $command");
}

$node->stop;
done_testing();
