# Rules, events, holds and the record of runs come back with a dump, and go on working there.
#
# pg_regress cannot do it: it calls pg_dump and restores.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('retention_dump');
my $file = PostgreSQL::Test::Utils::tempdir . '/dump.sql';

customers($node, count => 6);
$node->safe_psql('postgres', q{
	ALTER TABLE orders ADD COLUMN ordered_on date DEFAULT '2020-01-01';
	ALTER TABLE customer ADD COLUMN created date DEFAULT '2019-01-01';
	CREATE TABLE mistake (id integer PRIMARY KEY, seen date);
	SELECT gdpr.declare_subject('mistake', 'id');
	SELECT gdpr.protect('mistake', purposes => '{order_fulfilment}');
	SELECT gdpr.set_retention('mistake', 'order_fulfilment', 'column', '1 day', column_name => 'seen');
	DROP TABLE mistake;
	INSERT INTO gdpr.retention_template VALUES ('inactive_3y', 'activity', '4 years', 'decision of the board');
	SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', collected => 'created', events => '{"orders": "ordered_on"}');
	SELECT gdpr.set_retention('customer', 'newsletter', 'collected', '1 year', column_name => 'created');
	SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', column_name => 'ordered_on');
	SELECT gdpr.hold_row('orders', '1', 'WIB 92, art. 315');
	CALL gdpr.run_retention(max_rows => 1);
});
my $facts = q{
	SELECT (SELECT string_agg(concat_ws(' ', number, relation, purpose, trigger, column_name, collected, period, justification), ';' ORDER BY number) FROM gdpr.retention_rule),
		(SELECT string_agg(concat_ws(' ', rule, relation, column_name), ';') FROM gdpr.retention_event),
		(SELECT string_agg(concat_ws(' ', relation, row_key, ground), ';') FROM gdpr.row_hold),
		(SELECT string_agg(concat_ws(' ', relation, deleted, digest, state), ';' ORDER BY number) FROM gdpr.retention_run),
		(SELECT string_agg(concat_ws(' ', name, period, builtin), ';' ORDER BY builtin) FROM gdpr.retention_template)};
my $before = $node->safe_psql('postgres', $facts);

$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $file ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $file ], 'restored');
is($node->safe_psql('restored', $facts), $before, 'rules, events, holds, templates and runs are the same');
$node->safe_psql('restored', 'CALL gdpr.run_retention()');
is($node->safe_psql('restored', q{SELECT string_agg(id::text, ',') FROM orders}), '1', 'and retention goes on, but for the row on hold');
is($node->safe_psql('restored', 'SELECT c.id, c.purposes FROM customer c'), '1|{order_fulfilment}', 'which keeps its customer');
is($node->safe_psql('restored', q{SELECT gdpr.set_retention('customer', 'newsletter', 'collected', '2 years', column_name => 'created') > 4}), 't', 'numbers go on');
is($node->safe_psql('restored', 'SELECT count(*) FROM gdpr.retention_findings()'), 0, 'nothing is amiss');

$node->stop;
done_testing();
