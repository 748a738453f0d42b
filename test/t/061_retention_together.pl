# Two runners at once and an application beside them share the work without waiting for each other; a runner keeps to
# the rows, the time and the statement_timeout it was given, and can be cancelled.
#
# pg_regress cannot do it: several sessions, real time.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('retention_together');
my $count = 400;

customers($node, count => $count);
$node->safe_psql('postgres', q{
	ALTER TABLE customer ADD COLUMN last_order date DEFAULT '2020-01-01';
	ALTER TABLE orders ADD COLUMN ordered_on date DEFAULT '2020-01-01';
	CREATE TABLE deleted (what text, id integer, by integer DEFAULT pg_backend_pid(), PRIMARY KEY (what, id));
	GRANT INSERT ON deleted TO shop;
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		INSERT INTO public.deleted VALUES (TG_TABLE_NAME, OLD.id);
		PERFORM pg_sleep(0.001);
		RETURN OLD;
	END $$;
	CREATE TRIGGER note BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
	SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', column_name => 'ordered_on');
	SELECT gdpr.confirm_retention('orders', 'order_fulfilment');
});

# What it was given
$node->safe_psql('postgres', 'CALL gdpr.run_retention(max_rows => 25, batch_size => 10)');
is($node->safe_psql('postgres', 'SELECT deleted, state FROM gdpr.retention_run'), '25|stopped', 'max_rows is kept to the row');
$node->safe_psql('postgres', "CALL gdpr.run_retention(max_time => '0')");
is($node->safe_psql('postgres', 'SELECT count(*) FROM orders'), 2 * $count - 25, 'no time: nothing done');
my $began = time;
my ($out, $err) = ask($node, "SET statement_timeout = '800ms'; CALL gdpr.run_retention(batch_size => 5)");
unlike($err, qr/57014/, 'statement_timeout does not strike');
cmp_ok(time - $began, '<', 5, 'and stops soon');
is($node->safe_psql('postgres', 'SELECT state, deleted > 0 FROM gdpr.retention_run ORDER BY number DESC LIMIT 1'), 'stopped|t', 'with what it did on record');
($out, $err) = ask($node, "SET statement_timeout = '150ms'; CALL gdpr.run_retention(batch_size => 700)");
like($err, qr/57014/, 'a batch that takes longer is cancelled, not swallowed');
is($node->safe_psql('postgres', q{SELECT last_state FROM gdpr.retention_runs}), 'interrupted', 'and seen as cut off');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM deleted) = (SELECT sum(deleted) FROM gdpr.retention_run)'), 't', 'its batch never happened');

# A row that somebody else has is left for the next call, without waiting
my $session = session($node);
$session->('BEGIN');
is($session->(q{SELECT id FROM orders WHERE id = 700 FOR UPDATE}), 700, 'an application has a row');

sub runner
{
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'CALL gdpr.run_retention(batch_size => 20)' ],
		'>', '/dev/null', '2>', \my $ignored, IPC::Run::timeout(60));
}
my @runners = (runner(), runner());
$_->finish for @runners;
is($node->safe_psql('postgres', 'SELECT string_agg(id::text, \',\') FROM orders'), '700', 'all gone but that');
is($node->safe_psql('postgres', 'SELECT count(*) FROM deleted'), 2 * $count - 1, 'every row was deleted once');
is($node->safe_psql('postgres', 'SELECT sum(deleted) FROM gdpr.retention_run'), 2 * $count - 1, 'and counted once');
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT by) FROM (SELECT by FROM deleted ORDER BY id DESC LIMIT 500) d'), '>=', 2, 'both runners had their share');
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.retention_run WHERE state = 'failed'}), 0, 'nothing failed');
$session->('COMMIT');
$session->(undef);
$node->safe_psql('postgres', 'CALL gdpr.run_retention()');
is($node->safe_psql('postgres', 'SELECT count(*) FROM orders'), 0, 'the next call takes it');

# An order that comes in while its customer is being deleted: one of the two, never an orphan
$node->safe_psql('postgres', q{
	SELECT gdpr.set_retention('customer', 'order_fulfilment', 'activity', '3 years', column_name => 'last_order', events => '{"orders": "ordered_on"}');
	SELECT gdpr.confirm_retention('customer', 'order_fulfilment');
	SELECT gdpr.set_retention('customer', 'newsletter', 'activity', '3 years', column_name => 'last_order');
	SELECT gdpr.confirm_retention('customer', 'newsletter');
});
$session = session($node);
$session->(q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'; BEGIN});
$session->(q{INSERT INTO orders (id, customer_id, ordered_on) VALUES (9001, 7, current_date)});
$node->safe_psql('postgres', 'CALL gdpr.run_retention()');
is($node->safe_psql('postgres', q{SELECT string_agg(id::text, ',') FROM customer}), '7', 'a customer with an order under way stays');
$session->('COMMIT');
$session->(undef);
$node->safe_psql('postgres', 'CALL gdpr.run_retention()');
is($node->safe_psql('postgres', 'SELECT c.id, o.id FROM customer c JOIN orders o ON o.customer_id = c.id'), '7|9001', 'and is active again');

# Two runners over partitions of which the other drops some
$node->safe_psql('postgres', q{
	CREATE TABLE visit (id integer, at date, customer_id integer REFERENCES customer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
	SELECT gdpr.protect('visit', owner => 'customer_id', purposes => '{order_fulfilment}');
	SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '3 years', column_name => 'at');
	SELECT gdpr.confirm_retention('visit', 'order_fulfilment');
	DELETE FROM gdpr.retention_run});
for my $month (1 .. 40)
{
	$node->safe_psql('postgres', "CREATE TABLE visit_$month PARTITION OF visit FOR VALUES FROM (date '2015-01-01' + $month * 10) TO (date '2015-01-01' + $month * 10 + 10)");
}
$node->safe_psql('postgres', q{SET gdpr.purpose = 'order_fulfilment'; INSERT INTO visit SELECT i, date '2015-01-11' + i % 400, 7 FROM generate_series(1, 4000) i});
@runners = map { IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'CALL gdpr.run_retention()' ],
	'>', '/dev/null', '2>', \my $ignored, IPC::Run::timeout(60)) } 1 .. 2;
$_->finish for @runners;
is($node->safe_psql('postgres', q{SELECT count(*) FROM visit}), 0, 'two runners and forty partitions: all rows are gone');
is($node->safe_psql('postgres', q{SELECT sum(deleted), count(*) FILTER (WHERE state <> 'done') FROM gdpr.retention_run WHERE relation LIKE '%visit'}), '4000|0', 'each counted once, and nothing failed');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'visit'::regclass}), '<', 40, 'and partitions dropped');

$node->stop;
done_testing();
