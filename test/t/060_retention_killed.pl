# Retention killed with SIGKILL in the middle of a batch, between batches and with the whole server loses nothing,
# deletes nothing that is not due, and counts nothing twice when it is run again.
#
# pg_regress cannot do it: it kills backends and the server.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $due = 600;
my $kept = 100;
my $node = new_node('retention_killed', conf => "restart_after_crash = on\nautovacuum = off\n");

customers($node, count => $due + $kept);
# Orders of 2020 are due; every deleted order is noted once by a trigger that makes time for the kill.
$node->safe_psql('postgres', qq{
	ALTER TABLE orders ADD COLUMN ordered_on date;
	ALTER TABLE customer ADD COLUMN last_order date;
	UPDATE orders SET ordered_on = CASE WHEN customer_id <= $due THEN date '2020-01-01' ELSE current_date END;
	UPDATE customer SET last_order = CASE WHEN id <= $due THEN date '2020-01-01' ELSE current_date END;
	CREATE TABLE deleted (what text, id integer, PRIMARY KEY (what, id));
	GRANT INSERT ON deleted TO shop;
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO public.deleted VALUES (TG_TABLE_NAME, OLD.id);
		PERFORM pg_sleep(0.0005);
		RETURN OLD;
	END \$\$;
	CREATE TRIGGER note BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
	CREATE TRIGGER note BEFORE DELETE ON customer FOR EACH ROW EXECUTE FUNCTION note();
	SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', column_name => 'ordered_on');
	SELECT gdpr.confirm_retention('orders', 'order_fulfilment');
	SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order');
	SELECT gdpr.confirm_retention('customer', 'order_fulfilment');
	SELECT gdpr.set_retention('customer', 'newsletter', 'activity', '2 years', column_name => 'last_order');
	SELECT gdpr.confirm_retention('customer', 'newsletter');
});

sub start_runner
{
	my ($batch) = @_;
	my ($out, $err) = ('', '');

	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL gdpr.run_retention(batch_size => $batch)" ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(120));
}

# What is gone, what the runs say is gone, and what the trigger saw, at one moment.
sub accounts
{
	return $node->safe_psql('postgres', q{
		SELECT (SELECT count(*) FROM deleted) || ' ' || (SELECT sum(deleted) FROM gdpr.retention_run)
			|| ' ' || (1400 - (SELECT count(*) FROM orders)) + (700 - (SELECT count(*) FROM customer))});
}

sub wait_for_server
{
	for (1 .. 100)
	{
		return if $node->psql('postgres', 'SELECT 1') == 0;
		select(undef, undef, undef, 0.1);
	}
	die 'the server did not come back';
}

# Kills at growing distances: in the first table, between tables, in the table of the people.
my @progress = (1, 150, 400, 900, 1300);
for my $reached (@progress)
{
	my $runner = start_runner(37);
	my $pid;

	$node->poll_query_until('postgres',
		"SELECT (SELECT count(*) FROM deleted) >= $reached AND EXISTS (SELECT FROM gdpr.retention_progress)") or die;
	$pid = $node->safe_psql('postgres', 'SELECT min(pid) FROM gdpr.retention_progress');
	ok($pid, "a run is seen while it goes on (after $reached rows)");
	kill 'KILL', $pid;
	eval { $runner->finish };
	wait_for_server();
	my ($noted, $counted, $gone) = split / /, accounts();
	is("$counted $gone", "$noted $noted", "killed after $noted rows: each is gone, noted and counted once");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.retention_progress'), 0, 'nothing is going on');
	is($node->safe_psql('postgres', q{SELECT last_state FROM gdpr.retention_runs WHERE last_state <> 'done' AND last_run = (SELECT max(number) FROM gdpr.retention_run)}),
		'interrupted', 'and the run is known to have been cut off');
}

# The server itself
my $runner = start_runner(10);
$node->poll_query_until('postgres', 'SELECT count(*) > 0 FROM gdpr.retention_progress') or die;
$node->stop('immediate');
eval { $runner->finish };
$node->start;
my ($noted, $counted, $gone) = split / /, accounts();
is("$counted $gone", "$noted $noted", 'the same when the whole server goes');

# Run again to the end
$node->safe_psql('postgres', 'CALL gdpr.run_retention()');
is(accounts(), join(' ', (3 * $due) x 3), 'run again: all that was due is gone, counted once');
is($node->safe_psql('postgres', "SELECT count(*) FROM orders WHERE customer_id > $due"), 2 * $kept, 'what was not due is there: orders');
is($node->safe_psql('postgres', "SELECT count(*) FROM customer WHERE id > $due AND purposes \@> '{order_fulfilment,newsletter}'"), $kept, 'and customers with their purposes');
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE wrapped_key IS NOT NULL) FROM gdpr.subject'), $kept, 'keys are left for those alone');
is($node->safe_psql('postgres', 'SELECT sum(untagged), sum(shredded) FROM gdpr.retention_run'), "$due|$due", 'every tag and key was taken once');
is($node->safe_psql('postgres', q{SELECT count(*) = count(DISTINCT detail -> 'run') AND count(*) = (SELECT count(*) FROM gdpr.retention_run) FROM gdpr.ledger WHERE kind = 'retention run'}),
	't', 'the ledger has each run once');
is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE state = 'interrupted'), count(*) FILTER (WHERE state = 'running') FROM gdpr.retention_run}),
	(@progress + 1) . '|0', 'with those that were cut off');
is((split /\|/, revealed($node))[2], $kept, 'who is left is read as before');
is($node->safe_psql('postgres', 'SELECT sum(due) FROM gdpr.retention_due()'), 0, 'nothing is due');

$node->stop;
done_testing();
