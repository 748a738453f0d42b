# What a crash loses of the reads, counted: nothing under gdpr.audit = 'sync', at most the flush interval under 'async',
# no matter which process is killed; and nothing comes twice. On a standby reads stay in the spool, and reach the ledger on promotion.
#
# pg_regress cannot do it: kill -9, restarts, a standby.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $interval = 0.2;
my $node = new_node('audit_crash', init => { allows_streaming => 1 }, conf => "gdpr.audit_flush_interval = '200ms'\nrestart_after_crash = on\n");
customers($node);
my $in_ledger = "SELECT count(*) FROM gdpr.ledger WHERE kind = 'read' AND detail ->> 'application' = ";

# A session of app that reads one person a statement. Its name tells its reads from others.
sub reader
{
	my ($name, $mode) = @_;

	# gdpr.audit is the superuser's to set: first it, then the role
	my $session = session($node);
	$session->("SET application_name = '$name'; SET gdpr.audit = '$mode'; SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'");
	return ($session, $session->('SELECT pg_backend_pid()'));
}

sub read_some
{
	my ($session, $count) = @_;
	$session->('SELECT gdpr.reveal(email) FROM customer WHERE id = ' . (1 + $_ % 20)) for 1 .. $count;
}

sub await_server
{
	$node->poll_query_until('postgres', 'SELECT true');
	$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND queued_reads = 0 FROM gdpr.audit_status()');
}

# The server notices that a process died, and begins again.
sub kill_process
{
	my ($pid) = @_;
	my $log = -s $node->logfile;

	kill 'KILL', $pid;
	$node->wait_for_log(qr/database system is ready to accept connections/, $log) if $node->can('wait_for_log');
}

sub worker
{
	$node->poll_query_until('postgres', 'SELECT worker IS NOT NULL FROM gdpr.audit_status()');
	return $node->safe_psql('postgres', 'SELECT worker FROM gdpr.audit_status()');
}

for my $victim ('backend', 'worker', 'server')
{
	for my $mode ('sync', 'async')
	{
		my $name = "$mode $victim";
		my ($session, $pid) = reader($name, $mode);

		read_some($session, 30);
		sleep(5 * $interval) if $mode eq 'async';	# these are due
		read_some($session, 20);
		my $kill = $victim eq 'worker' ? worker() : $pid;
		read_some($session, 10);
		if ($victim eq 'server')
		{
			$node->kill9;
			sleep(1);
			unlink $node->data_dir . '/postmaster.pid', glob($node->host . '/.s.PGSQL.*.lock');	# in a container nobody may reap the dead, who then look alive
			$node->start;
		}
		else
		{
			kill_process($kill);
		}
		eval { $session->() };
		await_server();

		my $kept = $node->safe_psql('postgres', "$in_ledger '$name'");
		if ($mode eq 'sync')
		{
			is($kept, 60, "$name killed: nothing is lost, nothing comes twice");
			ok($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.ledger WHERE kind = 'read intended' AND detail ->> 'application' = '$name'") > 0,
				"$name killed: the intent was recorded");
		}
		else
		{
			note("$name killed: " . (60 - $kept) . ' of the 30 reads of the last moment are lost');
			ok($kept >= 30 && $kept <= 60, "$name killed: what was older than the flush interval is there, nothing comes twice");
		}
		is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, "$name killed: the ledger is intact");
	}
}

is(scalar(my @torn = glob($node->data_dir . '/pg_gdpr/*/*.torn')), 0, 'the zeros ahead of the records are no records that were cut short');

# In the middle of the first statement: the intent remains
my $running = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
	'-c', "SET application_name = 'interrupted'; SET gdpr.audit = 'sync'; SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'",
	'-c', 'SELECT gdpr.reveal(email), pg_sleep(60) FROM customer WHERE id = 3' ], '<', \undef, '>', \my $out, '2>', \my $err);
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'interrupted' AND wait_event = 'PgSleep'");
kill_process($node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = 'interrupted' AND wait_event = 'PgSleep'"));
eval { $running->finish };
await_server();
is($node->safe_psql('postgres', "SELECT string_agg(kind || ' ' || (detail ->> 'purpose'), ';') FROM gdpr.ledger WHERE detail ->> 'application' = 'interrupted'"),
	'read intended order_fulfilment', 'killed while it revealed: the intent tells who was about to read for what');

# A clean shutdown loses nothing, also of a session that is still connected
my ($session) = reader('shutdown', 'async');
read_some($session, 25);
$node->restart;
eval { $session->() };
await_server();
is($node->safe_psql('postgres', "$in_ledger 'shutdown'"), 25, 'a shutdown loses nothing');

# A lock on the ledger delays the ledger, not the readers
my $locker = session($node);
$locker->('BEGIN; LOCK TABLE gdpr.ledger IN ACCESS EXCLUSIVE MODE');
($session) = reader('locked', 'sync');
read_some($session, 10);
$session->();
is($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.audit_status() WHERE disk_error IS NULL"), 1, 'readers go on while the ledger is locked');
$locker->('COMMIT');
$locker->();
app($node, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1');
await_server();
is($node->safe_psql('postgres', "$in_ledger 'locked'"), 10, 'and are in it afterwards');

# A standby
app($node, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1');
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('audit_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
await_server();
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
my $before = $node->safe_psql('postgres', "SELECT count(*) FROM gdpr.ledger WHERE kind = 'read'");
app($standby, 'SELECT gdpr.reveal(email) FROM customer WHERE id IN (4, 5)');
$standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM gdpr.spooled_reads() WHERE subjects = '{[4,6)}'});
is($standby->safe_psql('postgres', q{SELECT role, subjects, detail -> 'revealed' ->> 'email' FROM gdpr.spooled_reads() WHERE subjects = '{[4,6)}'}),
	'app|{[4,6)}|2', 'reads of a standby are on its disk, and can be seen there');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'the replicated ledger verifies');
$node->stop;
$standby->promote;
app($standby, 'SELECT gdpr.reveal(email) FROM customer WHERE id IN (6, 7, 8)');
$standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM gdpr.ledger WHERE subjects = '{[4,6)}'});
$standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM gdpr.ledger WHERE subjects = '{[6,9)}'});
is($standby->safe_psql('postgres', "SELECT count(*) - $before FROM gdpr.ledger WHERE kind = 'read'"), 2, 'after promotion they are in the ledger, once, and nothing of the primary comes again');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'which is intact');
$standby->stop;
done_testing();
