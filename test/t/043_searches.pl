# Searches for sealed values are recorded on every way that leads to a plan: parameters of a driver, kept plans, parallel workers
# that search by themselves, a standby; and a crash in the middle of one leaves under gdpr.audit = 'sync' that it was meant to be.
#
# pg_regress cannot do it: pgbench as a driver, kill -9, a standby. What is a search and what is not: sql/searches.sql.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('searches', init => { allows_streaming => 1 }, conf => "gdpr.audit_flush_interval = '20ms'\nrestart_after_crash = on\n");
my $dir = PostgreSQL::Test::Utils::tempdir;
customers($node);

sub settle
{
	$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND queued_reads = 0 FROM gdpr.audit_status()');
}

# How many entries an application left, of which kinds, and how many statements of them searched for an e-mail address.
sub recorded
{
	my ($application) = @_;

	settle();
	return $node->safe_psql('postgres', qq{
		SELECT count(*), string_agg(DISTINCT kind, ','), sum((detail -> 'searched' ->> 'email')::integer), string_agg(DISTINCT detail ->> 'purpose', ',')
		FROM gdpr.ledger WHERE detail ->> 'application' = '$application' AND kind IN ('read', 'search')});
}

# A driver's parameters; under prepared the plan is made once for all of them after five
append_to_file("$dir/search.sql", "\\set i random(1, 40)\nSELECT id FROM customer WHERE email = ('person' || :i || '\@example.com')::gdpr.pii_email;\n");
append_to_file("$dir/change.sql", "\\set i random(1, 20)\nUPDATE customer SET note = 'x' WHERE email = ('person' || :i || '\@example.com')::gdpr.pii_email;\n");
$ENV{PGOPTIONS} = '-c gdpr.purpose=order_fulfilment';
for my $protocol ('simple', 'extended', 'prepared')
{
	for my $script ('search', 'change')
	{
		$node->command_ok([ 'pgbench', '-n', '-M', $protocol, '-t', 12, '-f', "$dir/$script.sql", $node->connstr('postgres') . " user=app application_name=$protocol-$script" ],
			"pgbench: $protocol, $script");
		is(recorded("$protocol-$script"), '12|search|12|order_fulfilment', "$protocol, $script: each execution is a search");
	}
}
delete $ENV{PGOPTIONS};

# A parallel worker searches for its rows, and only for those
$node->safe_psql('postgres', q{
	SET ROLE app;
	CREATE FUNCTION is_there(text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
		AS 'BEGIN RETURN EXISTS (SELECT FROM customer WHERE email = $1); END';
	CREATE TABLE list AS SELECT 'person' || i || '@example.com' AS email FROM generate_series(1, 5000) i;
	ANALYZE list});
my $parallel = "SET application_name = 'parallel'; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;";
like(app($node, "$parallel EXPLAIN (COSTS OFF) SELECT count(*) FROM list WHERE is_there(email)"), qr/Gather/, 'a parallel plan');
is((split /\n/, app($node, "$parallel SELECT count(*) FROM list WHERE is_there(email)"))[-1], 20, 'in parallel workers');
like(recorded('parallel'), qr/^[1-9]\d*\|search\|5000\|order_fulfilment$/, 'each row was a search, wherever it was');

# A cancelled search, and one that a crash ended
app($node, "SET application_name = 'cancelled'; SET statement_timeout = '300ms'; SELECT pg_sleep(10) FROM customer WHERE email = 'person3\@example.com'");
is(recorded('cancelled'), '1|search|1|order_fulfilment', 'a search that was cancelled');
my $running = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
	'-c', "SET application_name = 'crashed'; SET gdpr.audit = 'sync'; SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'",
	'-c', "SELECT pg_sleep(60) FROM customer WHERE email = 'person3\@example.com'" ], '<', \undef, '>', \my $out, '2>', \my $err);
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'crashed' AND wait_event = 'PgSleep'");
my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = 'crashed' AND wait_event = 'PgSleep'");
kill 'KILL', $pid;
eval { $running->finish };
$node->poll_query_until('postgres', "SELECT pg_postmaster_start_time() IS NOT NULL AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'crashed')");
settle();
is($node->safe_psql('postgres', "SELECT string_agg(kind || ' ' || (detail ->> 'purpose'), ';') FROM gdpr.ledger WHERE detail ->> 'application' = 'crashed'"),
	'read intended order_fulfilment', 'a crash in the middle of a search leaves what it was for');

# A standby
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('searches_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is(app($standby, "SET application_name = 'standby'; SELECT id FROM customer WHERE email = 'person4\@example.com'"), 4, 'a search on a standby');
ok($standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM gdpr.spooled_reads() WHERE kind = 'search' AND detail ->> 'application' = 'standby'
	AND detail -> 'relations' = '["public.customer"]' AND detail -> 'searched' = '{"email": 1}' AND subject IS NULL AND subjects IS NULL}), 'is on its disk');
$standby->stop;

is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'the ledger verifies');
is($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.ledger e WHERE e.kind = 'search' AND e::text ~* 'person\\d|example|gdpr1'"), 0, 'and never holds a value');
$node->stop;
done_testing();
