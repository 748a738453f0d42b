# One connection that a pooler hands from one client to the next: what a transaction stated with SET LOCAL ends with it,
# and neither plans, cursors nor caches carry rights from one role to another.
#
# pg_regress cannot do it: a server without the library takes part, and sessions log in as different roles.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('pool');
customers($node);
newsletter($node);
$node->safe_psql('postgres', q{
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 3) i;
	CREATE ROLE pool LOGIN NOINHERIT;
	GRANT app, care TO pool;
	SELECT gdpr.add_purpose('customer', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{customer_care}' WHERE id = 20;
	CREATE FUNCTION mailing() RETURNS bigint LANGUAGE sql SET gdpr.purpose = 'newsletter' AS 'SELECT count(*) FROM public.customer'});

# As a pooler does: one login, and for every transaction the role of its client
my $pool = session($node, connstr => $node->connstr('postgres') . ' user=pool');
sub transaction
{
	my ($role, $purpose, $sql, $end) = @_;

	my $answer = $pool->("BEGIN; SET LOCAL ROLE $role; SET LOCAL gdpr.purpose = '$purpose';\n$sql");
	$pool->($end // 'COMMIT');
	return $answer;
}
my $count = 'SELECT count(*) FROM customer';

is(transaction('app', 'order_fulfilment', $count), 19, 'app works for its purpose');
is(transaction('care', 'customer_care', $count), 1, 'care for its own');
is(transaction('app', 'newsletter', $count), 3, 'app for another');
like(transaction('care', 'order_fulfilment', $count), qr/ERROR:  ZG002:/, 'care has no right to the purpose of app');
like(transaction('app', 'customer_care', $count), qr/ERROR:  ZG002:/, 'nor app to that of care');
is(transaction('app', 'order_fulfilment', $count, 'ROLLBACK'), 19, 'a transaction that is rolled back');
is($pool->("SELECT current_user, current_setting('gdpr.purpose'), current_setting('gdpr.output')"), 'pool||sealed', 'leaves nothing behind');
like($pool->($count), qr/ERROR:  42501:/, 'the login itself may not even look');
like(transaction('app', 'order_fulfilment', 'SELECT 1 / 0'), qr/ERROR:  22012/, 'nor does one that fails');
is($pool->("SELECT current_user, current_setting('gdpr.purpose')"), 'pool|', 'leave anything behind');
is(transaction('app', 'order_fulfilment', "SET LOCAL gdpr.output = reveal; SELECT email FROM customer WHERE id = 1"), 'person1@example.com', 'a client that reads plaintext');
like(transaction('app', 'order_fulfilment', 'SELECT email FROM customer WHERE id = 1'), qr/^gdpr1:/, 'and the next that does not');

# Within a transaction
is(transaction('app', 'order_fulfilment', "SAVEPOINT s; SET LOCAL gdpr.purpose = 'newsletter'; ROLLBACK TO s; $count"), 19, 'a savepoint brings the purpose back');
is(transaction('app', 'order_fulfilment', "SAVEPOINT s; SET LOCAL gdpr.purpose = 'newsletter'; RELEASE s; $count"), 3, 'releasing it does not');
is(transaction('app', 'order_fulfilment', "SELECT mailing(); $count"), "3\n19", 'a function with a purpose of its own gives it back');
is(transaction('app', 'order_fulfilment', "$count; SET LOCAL ROLE care; SET LOCAL gdpr.purpose = 'customer_care'; $count; SET LOCAL ROLE app; SET LOCAL gdpr.purpose = 'order_fulfilment'; $count"),
	"19\n1\n19", 'roles that take turns');
like(transaction('app', 'order_fulfilment', "$count; SET LOCAL ROLE care; $count"), qr/^19\n.*ERROR:  ZG002:/s, 'a purpose that stays when the role changes');

# Prepared statements, whose plans outlive transactions, and cursors that do
$pool->('BEGIN; SET LOCAL ROLE app');
$pool->("PREPARE q AS $count;\nPREPARE e AS SELECT email::text FROM customer ORDER BY id LIMIT 1;\nCOMMIT");
for (1 .. 7)
{
	is(transaction('app', 'order_fulfilment', 'EXECUTE q; EXECUTE e'), "19\nperson1\@example.com", "the plan of app: turn $_");
	is(transaction('care', 'customer_care', 'EXECUTE q; EXECUTE e'), "1\nperson20\@example.com", 'serves care as care');
}
like(transaction('care', 'order_fulfilment', 'EXECUTE e'), qr/ERROR:  ZG002:/, 'and gives it no right of app');
is(transaction('app', '', 'EXECUTE q'), 0, 'without a purpose there are no rows');
transaction('app', 'order_fulfilment', 'DECLARE held CURSOR WITH HOLD FOR SELECT id, email FROM customer ORDER BY id');
is(transaction('app', 'order_fulfilment', 'SET LOCAL gdpr.output = reveal; FETCH 1 FROM held'), '1|person1@example.com', 'a cursor that is held');
like(transaction('care', 'order_fulfilment', 'SET LOCAL gdpr.output = reveal; FETCH 1 FROM held'), qr/ERROR:  ZG002:/, 'reveals nothing to a role without rights');
like(transaction('app', 'order_fulfilment', "DECLARE c CURSOR FOR SELECT email::text FROM customer ORDER BY id; FETCH 1 FROM c;\nSET LOCAL ROLE care;\nFETCH 1 FROM c"),
	qr/^person1\@example.com\n.*ERROR:  ZG002:/s, 'nor does one that is open while the role changes');

# Session state, and what pooling by session does between clients
$pool->("SET ROLE app; SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = reveal");
is($pool->($count), 19, 'a session that stated its purpose');
$pool->('DISCARD ALL');
is($pool->("SELECT current_user, current_setting('gdpr.purpose'), current_setting('gdpr.output')"), 'pool||sealed', 'DISCARD ALL leaves nothing behind');
like($pool->("SET gdpr.purpse = 'order_fulfilment'"), qr/ERROR:  42602:/, 'a purpose that is misspelt is no silent placeholder');

my $superuser = session($node);
$superuser->("PREPARE q AS $count");
is($superuser->('EXECUTE q'), 20, 'a plan that bypasses row security');
$superuser->('SET SESSION AUTHORIZATION app');
is($superuser->("BEGIN; SET LOCAL gdpr.purpose = 'order_fulfilment'; EXECUTE q; COMMIT"), 19, 'does not when the session becomes app');
is($superuser->('EXECUTE q'), 0, 'nor after');
$superuser->('SET SESSION AUTHORIZATION care');
like($superuser->("BEGIN; SET LOCAL gdpr.purpose = 'order_fulfilment'; EXECUTE q"), qr/ERROR:  ZG002:/, 'nor when it becomes care');
$_->(undef) for $superuser, $pool;

# Not preloaded, the setting is a placeholder until the library comes
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
my $bare = session($node, connstr => $node->connstr('postgres') . ' user=app');
like($bare->("BEGIN; SET LOCAL gdpr.purpose = 'order_fulfilment'; $count"), qr/ERROR:  55000:.*shared_preload_libraries/s, 'not preloaded: who states a purpose is refused');
is($bare->("COMMIT; SELECT coalesce(current_setting('gdpr.purpose', true), '')"), '', 'and the purpose ends with the transaction');
is($bare->($count), 0, 'without one there are no rows');
$bare->(undef);
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nothing crashed');
$node->stop;

done_testing();
