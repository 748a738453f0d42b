# pgbouncer in transaction mode: two applications with different purposes over one server connection never see each
# other's rights.
#
# pg_regress cannot do it: a pooler between psql and the server.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'pgbouncer is not installed' if !$pgbouncer;

my $node = new_node('pgbouncer');
customers($node);
$node->safe_psql('postgres', q{
	CREATE ROLE pool LOGIN;
	CREATE ROLE counter LOGIN;
	ALTER ROLE counter SET gdpr.purpose = 'order_fulfilment';
	GRANT app TO counter;
	GRANT SELECT, INSERT, UPDATE ON customer TO pool;
	SELECT gdpr.grant_purpose('order_fulfilment', 'pool'), gdpr.grant_purpose('customer_care', 'pool');
	SELECT gdpr.add_purpose('customer', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{customer_care}' WHERE id = 20});

# One server connection for all clients of a role
my $dir = PostgreSQL::Test::Utils::tempdir;
my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($sockets) = $node->connstr('postgres') =~ /host=(\S+)/;
append_to_file("$dir/users", qq("pool" ""\n"counter" ""\n));

sub start_pooler
{
	my ($more) = @_;

	unlink "$dir/ini", "$dir/pid";
	append_to_file("$dir/ini", "[databases]\npostgres = host=$sockets port=" . $node->port . "\n[pgbouncer]\n"
		. "pool_mode = transaction\ndefault_pool_size = 1\nauth_type = trust\nauth_file = $dir/users\nlisten_addr =\n"
		. "listen_port = $port\nunix_socket_dir = $sockets\npidfile = $dir/pid\nlogfile = $dir/log\n$more\n");
	system_or_bail($pgbouncer, '-q', '-d', "$dir/ini");
}

# One that did not start has left no pid file.
sub stop_pooler
{
	return if !-e "$dir/pid";
	chomp(my $pid = slurp_file("$dir/pid"));
	kill 'INT', $pid;
	for (1 .. 100)
	{
		last if !kill 0, $pid;
		select undef, undef, undef, 0.1;
	}
}
END { my $status = $?; stop_pooler() if $dir; $? = $status; }

sub client
{
	my ($role) = @_;

	return session($node, connstr => "host=$sockets port=$port dbname=postgres user=$role");
}

my $count = 'SELECT count(*) FROM customer';
my $state = "SELECT coalesce(current_setting('gdpr.purpose', true), ''), current_setting('gdpr.output')";

start_pooler('');
my ($orders, $care) = (client('pool'), client('pool'));
my $order = "BEGIN; SET LOCAL gdpr.purpose = 'order_fulfilment'; SET LOCAL gdpr.output = reveal";
my $question = "BEGIN; SET LOCAL gdpr.purpose = 'customer_care'";
is($orders->('SELECT pg_backend_pid()'), $care->('SELECT pg_backend_pid()'), 'both applications use one server connection');

for my $turn (1 .. 3)
{
	is($orders->("$order; $count; SELECT email FROM customer WHERE id = $turn; COMMIT"), "19\nperson$turn\@example.com", "turn $turn: one works for orders, in plaintext");
	is($care->("$question; $count; COMMIT"), 1, 'the other for questions');
	is($care->($count), 0, 'outside a transaction it sees nobody');
	is($care->($state), '|sealed', 'and finds no purpose and no output of the other');
}
like($care->("$question; SELECT email FROM customer; COMMIT"), qr/^gdpr1:/, 'the one reads plaintext, the other does not');
is($orders->("$order; $count; ROLLBACK"), 19, 'a transaction that is rolled back');
is($care->($state), '|sealed', 'leaves nothing either');
like($orders->("$order; SELECT 1 / 0; $count"), qr/22012/, 'nor one that fails');
$orders->('ROLLBACK');
is($care->($count), 0, 'and the next has no rights of it');
is($orders->("$order; UPDATE customer SET phone = '0470 99 99 99' WHERE email = 'PERSON3\@example.com' RETURNING phone; COMMIT"), '+32470999999', 'writing works');
like($care->("INSERT INTO customer (id, email) VALUES (100, 'x\@example.com')"), qr/ZG001/, 'but not without a purpose');

# What waits for the connection while another's transaction is open runs with its own rights
is($orders->("$order; $count"), 19, 'one is in a transaction');
$care->($count, 'go on');
$orders->('COMMIT');
is($care->($state), "0\n|sealed", 'what the other asked meanwhile has none of its rights');

# A role per application needs no SET at all: the settings of the role come with the server connection
my $counter = client('counter');
is($counter->($count), 19, 'a role with a purpose of its own');
is($care->($count), 0, 'does not lend it to another role');
$_->(undef) for $orders, $care, $counter;
stop_pooler();

# SET without LOCAL is for poolers that reset after every transaction
start_pooler("server_reset_query = DISCARD ALL\nserver_reset_query_always = 1");
my ($careless, $next) = (client('pool'), client('pool'));
is($careless->("SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = reveal"), '', 'one sets its purpose for the session');
is($next->($state), '|sealed', 'with server_reset_query_always the next does not find it');
is($next->($count), 0, 'and sees nobody');
$_->(undef) for $careless, $next;
$node->stop;

done_testing();
