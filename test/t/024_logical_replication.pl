# A logical subscriber without any key, without the library, even without the extension, gets every row, sealed, by
# initial copy and by streaming, in text and in binary; with the key it could reveal them.
#
# pg_regress cannot do it: it needs several servers.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $key_file = new_key_file();
# Slots for the initial copies too, of which several may run for each subscription
my $publisher = new_node('publisher', key_file => $key_file, init => { allows_streaming => 'logical' },
	conf => "max_replication_slots = 40\nmax_wal_senders = 40\n");
customers($publisher);
$publisher->safe_psql('postgres', q{
	SELECT gdpr.add_purpose('customer', 'billing', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{billing}' WHERE id = 5;
	SET SESSION AUTHORIZATION shop;
	CREATE TABLE scan (id integer PRIMARY KEY, customer_id integer REFERENCES customer, image gdpr.pii_bytes);
	SET client_min_messages = warning;
	SELECT gdpr.protect('scan', owner => 'customer_id', purposes => '{order_fulfilment}');
	GRANT ALL ON scan TO app;
	RESET SESSION AUTHORIZATION;
	SET gdpr.purpose = 'order_fulfilment';
	INSERT INTO scan VALUES (1, 1, convert_to(repeat('a long recording ', 10000), 'UTF8'));
	SELECT gdpr.register_location('subscriber', 'everybody', 'BE', 'it');
	CREATE PUBLICATION everybody FOR TABLE customer, orders, scan});
my $from = $publisher->connstr('postgres');
command_ok([ 'pg_dumpall', '-d', $from, '--globals-only', '-f', "$dir/globals" ], 'dump the roles');
command_ok([ 'pg_dump', '--schema-only', '--no-publications', '-f', "$dir/schema", $from ], 'dump the tables');

# Keyless: preloaded without a key. Bare: not preloaded; its other database has not even the types.
my $keyless = new_node('keyless', key_file => undef, conf => "shared_preload_libraries = 'gdpr'\n");
my $bare = new_node('bare', key_file => undef);
foreach my $node ($keyless, $bare)
{
	command_ok([ 'psql', '-Xq', '-f', "$dir/globals", $node->connstr('postgres') ], $node->name . ': restore the roles');
	foreach my $database ('as_text', 'as_binary')
	{
		$node->safe_psql('postgres', "CREATE DATABASE $database");
		command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/schema", $node->connstr($database) ], $node->name . ": restore the tables $database");
	}
}
$bare->safe_psql('postgres', q{
	CREATE TABLE customer (id integer PRIMARY KEY, email text, phone text, name text, born text, note text, gdpr_subject bigint, purposes text);
	CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, ship_to text, total numeric, gdpr_subject bigint, purposes text);
	CREATE TABLE scan (id integer PRIMARY KEY, customer_id integer, image text, gdpr_subject bigint, purposes text)});
my @subscriptions = (
	[ $keyless, 'as_text', 'false' ], [ $keyless, 'as_binary', 'true' ],
	[ $bare, 'as_text', 'false' ], [ $bare, 'as_binary', 'true' ], [ $bare, 'postgres', 'false' ]);
# From 16 on changes are applied as the owner of each table unless this says otherwise, and row security stops that role.
my $as_owner = `postgres --version` =~ / (\d+)/ && $1 >= 16 ? ', run_as_owner = true' : '';
foreach (@subscriptions)
{
	my ($node, $database, $binary) = @$_;
	my $name = $node->name . "_$database";

	$node->safe_psql($database, "CREATE SUBSCRIPTION $name CONNECTION \$\$$from\$\$ PUBLICATION everybody WITH (binary = $binary$as_owner)");
}

# The sealed values as they are stored, on either side
my $stored = q{
	SELECT string_agg(md5(concat_ws('|', id, email, phone, name, born, note, gdpr_subject)), ' ' ORDER BY id) FROM customer;
	SELECT string_agg(md5(concat_ws('|', id, customer_id, ship_to, total, gdpr_subject)), ' ' ORDER BY id) FROM orders;
	SELECT string_agg(md5(concat_ws('|', id, customer_id, image, gdpr_subject)), ' ' ORDER BY id) FROM scan};

sub arrived
{
	my ($what) = @_;
	my $expected = ask($publisher, $stored);

	foreach (@subscriptions)
	{
		my ($node, $database, $binary) = @$_;
		my $name = $node->name . "_$database";

		$node->wait_for_subscription_sync($publisher, $name, $database);
		$publisher->wait_for_catchup($name);
		is(scalar ask($node, $stored, database => $database), $expected, "$name: $what");
	}
}

arrived('the initial copy is complete and sealed');
like(scalar ask($publisher, 'SELECT email FROM customer WHERE id = 1'), qr/^gdpr1:/, 'for that is what is compared');

my ($stdout, $stderr) = app($publisher, q{
	INSERT INTO customer (id, email, phone, name, born) SELECT 100 + i, format('later%s@example.com', i), '+3247098765' || i, 'Later', '1990-01-02' FROM generate_series(1, 5) i;
	INSERT INTO orders SELECT 1000 + i, 100 + i, 'Wetstraat 16, 1000 Brussel, BE', 5 FROM generate_series(1, 5) i;
	INSERT INTO scan VALUES (2, 101, convert_to(repeat('another recording ', 10000), 'UTF8'));
	UPDATE customer SET phone = '+32470111111' WHERE id = 2;
	UPDATE scan SET customer_id = customer_id WHERE id = 1;
	UPDATE customer SET id = 200 WHERE id = 104;
	DELETE FROM orders WHERE id = 1003; DELETE FROM customer WHERE id = 103});
like($stderr, qr/foreign key/, 'the key of a person who has orders stays');
unlike($stderr =~ s/ERROR:  23503//r, qr/ERROR/, 'everything else is written');
$publisher->safe_psql('postgres', 'TRUNCATE scan');
arrived('changes arrive, sealed');

# A value that no subject is bound to does not get in here either
like(told($keyless, q{SET session_replication_role = replica; INSERT INTO customer (id, email, gdpr_subject, purposes) VALUES
	(300, '} . unbound() . q{', 1, '{billing}')}, database => 'as_text'), qr/ERROR:  23514:/, 'an unbound value is refused by the table');

# Nobody can read them there; with key, secret and subjects one could
like((app($keyless, 'SELECT email::text FROM customer', database => 'as_text'))[1], qr/ERROR:  (?:ZG019|ZG00\d|55000):/, 'without a key nothing is revealed');
unlike(scalar ask($_->[0], 'SELECT * FROM customer', database => $_->[1]), qr/person\d|later\d|Peeters/, $_->[0]->name . " $_->[1]: sealed") for @subscriptions;
unlike(slurp_file($_->logfile), qr/PANIC|TRAP|terminated by signal|(?:person|later)\d\@/, $_->name . ': no crash, no plaintext in the log') for $publisher, $keyless, $bare;
$_->stop for $keyless, $bare, $publisher;

done_testing();

# What a statement of the publisher's would carry
sub unbound
{
	return scalar ask($publisher, q{SELECT 'unbound@example.com'::gdpr.pii_email});
}
