# A dump restored elsewhere with the same master key reveals the same; with another key it says which one is missing;
# on a server without the library it restores all the same.
#
# pg_regress cannot do it: dumps, other servers, other keys.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $key_file = new_key_file('first');
my $source = new_node('source', key_file => $key_file);
customers($source);
newsletter($source);
# rows of two types, whose person is found by a pair
$source->safe_psql('postgres', q{
	SET SESSION AUTHORIZATION shop;
	CREATE TABLE comment (id integer PRIMARY KEY, about_type text, about_id integer, words text);
	INSERT INTO comment VALUES (1, 'Customer', 2, 'about two'), (2, 'Order', 3, 'about an order of three'), (3, 'Shelf', 2, NULL);
	SELECT gdpr.protect('comment', '{order_fulfilment}', columns => '{"words": "pii_text"}',
		owner => '(about_type = ''Customer'', about_id -> customer), (about_type = ''Order'', about_id -> orders).customer_id');
	SELECT gdpr.link('comment', '(about_type = ''Customer'', about_id -> customer)', on_export => '{about_type}');
	GRANT ALL ON comment TO app});
# columns that are found by parts
$source->safe_psql('postgres', q{SET SESSION AUTHORIZATION shop; SET client_min_messages = warning;
	SELECT gdpr.search_by('customer', 'name', 'substring'), gdpr.search_by('orders', 'ship_to', 'words')});
$source->safe_psql('postgres', q{
	SELECT gdpr.define_purpose('loyalty', 'Points for customers who buy often.', 'contract',
		labels => '{"nl": "Spaarpunten", "fr": "Points", "de": "Punkte", "en": "Points"}');
	SELECT gdpr.grant_purpose('loyalty', 'care');
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 4) i;
	SELECT gdpr.withdraw_consent('customer', '4', 'newsletter');
	SELECT gdpr.attach_subject_evidence('customer', '2', 'scan', 'image/png', 'a scan');
	SELECT gdpr.add_purpose('customer', 'loyalty', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{loyalty, newsletter}' WHERE id = 3});

# What has to be the same everywhere
my $state = q{
	SELECT 'protected', relation, subject_table FROM gdpr.protected_table ORDER BY relation::text;
	SELECT 'column', relation, column_name, class FROM gdpr.protected_column ORDER BY relation::text, column_name;
	SELECT 'searchable', s.* FROM gdpr.search_column s ORDER BY relation::text;
	SELECT 'owner', o.* FROM gdpr.owner_step o ORDER BY relation::text, step;
	SELECT 'link', l.* FROM gdpr.subject_link l ORDER BY relation::text, number;
	SELECT 'way', s.* FROM gdpr.subject_link_step s ORDER BY relation::text, number, step;
	SELECT 'comment', id, gdpr_subject FROM comment ORDER BY id;
	SELECT 'purposes', count(*), max(name) FILTER (WHERE NOT builtin) FROM gdpr.purpose;
	SELECT 'grant', p.name, g.role, g.level FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose ORDER BY p.name, g.role::text;
	SELECT 'notice', name, version, gdpr.verify_notice(name, version) FROM gdpr.notice;
	SELECT 'consent', subject, purpose, state, event_time FROM gdpr.consent_event ORDER BY id;
	SELECT 'evidence', subject, mac, md5(gdpr_internal.pii_bytes_send(content)) FROM gdpr.evidence;
	SELECT 'subjects', count(*), count(wrapped_key), md5(string_agg(concat(number, relation, key, wrapped_key, permissions), ',' ORDER BY number)) FROM gdpr.subject;
	SELECT 'secret', md5(concat(database_id, wrapped_secret)) FROM gdpr.meta;
	SELECT 'rights', relname, relrowsecurity, relforcerowsecurity, relacl FROM pg_class WHERE relname IN ('customer', 'orders') ORDER BY 1, 2;
	SELECT 'trigger', tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgname LIKE '~gdpr%' ORDER BY tgrelid::regclass::text, tgname;
	SELECT 'policy', tablename, policyname, qual FROM pg_policies ORDER BY 2, 3;
	SELECT 'tag', id, purposes FROM customer ORDER BY id};
my $state_of_source = ask($source, $state);
my $revealed_of_source = revealed($source);
my $newsletter = q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; SELECT string_agg(id::text, ',' ORDER BY id) FROM customer};
like($revealed_of_source, qr/^[0-9a-f]{32}\|[0-9a-f]{32}\|19\|40$/, 'there is something to compare');
is(scalar ask($source, $newsletter), '1,2,3', 'who consented to the newsletter');
my $from = $source->connstr('postgres');

command_ok([ 'pg_dumpall', '-d', $from, '--globals-only', '-f', "$dir/globals" ], 'dump the roles');
my %dump = (
	plain => sub { ([ 'pg_dump', '-f', "$dir/plain", $from ], [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain", $_[0] ]) },
	inserts => sub { ([ 'pg_dump', '--inserts', '-f', "$dir/inserts", $from ], [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/inserts", $_[0] ]) },
	custom => sub { ([ 'pg_dump', '-Fc', '-f', "$dir/custom", $from ], [ 'pg_restore', '-e', '-d', $_[0], "$dir/custom" ]) },
	directory => sub { ([ 'pg_dump', '-Fd', '-j2', '-f', "$dir/directory", $from ], [ 'pg_restore', '-e', '-j2', '-d', $_[0], "$dir/directory" ]) },
	in_sections => sub { ([ 'pg_dump', '-Fc', '-f', "$dir/sections", $from ], map { [ 'pg_restore', '-e', "--section=$_", '-d', $_[0], "$dir/sections" ] } 'pre-data', 'data', 'post-data') },
	schema_then_data => sub {
		(   [ 'pg_dump', '-Fc', '-f', "$dir/whole", $from ],
			[ 'pg_restore', '-e', '--schema-only', '-d', $_[0], "$dir/whole" ],
			[ 'pg_restore', '-e', '--data-only', '--disable-triggers', '-d', $_[0], "$dir/whole" ]) });

# The same key
my $same = new_node('same', key_file => $key_file);
command_ok([ 'psql', '-Xq', '-f', "$dir/globals", $same->connstr('postgres') ], 'restore the roles');
foreach my $name (sort keys %dump)
{
	$same->safe_psql('postgres', "CREATE DATABASE $name");
	command_ok($_, "$name: " . join ' ', @$_[ 0, 1 ]) for $dump{$name}->($same->connstr($name));
	is(scalar ask($same, $state, database => $name), $state_of_source, "$name: everything is there");
	is(revealed($same, database => $name), $revealed_of_source, "$name: reveals the same");
	is(app($same, q{SELECT id FROM customer WHERE email = 'PERSON7@example.com'}, database => $name), 7, "$name: is found by its address");
	is( app($same, q{SET enable_seqscan = off; SELECT id FROM customer WHERE name LIKE '%Peeters 17'; SELECT count(*) FROM orders WHERE ship_to LIKE 'Wetstraat 7,%'}, database => $name),
		"17\n1", "$name: is found by a part");

	is(scalar ask($same, $newsletter, database => $name), '1,2,3', "$name: consents hold");
	is( app($same, q{INSERT INTO customer (id, email) VALUES (1000, 'new@example.com') RETURNING gdpr_subject > (SELECT max(gdpr_subject) FROM customer), gdpr.reveal(email)}, database => $name),
		't|new@example.com', "$name: a new person gets a number of its own");
	like((app($same, q{INSERT INTO customer (id, email) VALUES (1001, 'Person2@Example.com')}, database => $name))[1], qr/ERROR:  23505/, "$name: an address is unique still");
	is( app($same, q{INSERT INTO comment VALUES (10, 'Order', 2), (11, 'Customer', 5), (12, 'Shelf', 4) RETURNING (SELECT c.id FROM customer c WHERE c.gdpr_subject = comment.gdpr_subject)}, database => $name),
		"2\n5\n", "$name: a row finds its person by type and id");
	is(scalar ask($same, q{SELECT gdpr.withdraw_consent('customer', '1', 'newsletter'); } . $newsletter, database => $name), "t\n2,3", "$name: withdrawal works");
}

# One table alone
$same->safe_psql('plain', 'DELETE FROM orders WHERE id < 10; DELETE FROM orders');
command_ok([ 'pg_restore', '-e', '--data-only', '-t', 'orders', '-d', $same->connstr('plain'), "$dir/custom" ], 'restore the rows of one table');
is( app($same, 'SELECT md5(string_agg(ship_to::text, \',\' ORDER BY id)) FROM orders', database => 'plain'),
	app($source, 'SELECT md5(string_agg(ship_to::text, \',\' ORDER BY id)) FROM orders'), 'they reveal the same');

# The owner of the tables, no superuser, under row security that holds owners back
command_ok([ 'pg_dump', '-U', 'shop', '--data-only', '-t', 'customer', '-t', 'orders', '-f', "$dir/owner", $from ], 'the owner dumps its tables');
cmp_ok(scalar(() = slurp_file("$dir/owner") =~ /^\d+\t/mg), '==', 60, 'all their rows');
$same->safe_psql('custom', 'SET SESSION AUTHORIZATION shop; TRUNCATE orders, customer');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-U', 'shop', '-f', "$dir/owner", $same->connstr('custom') ], 'and restores them');
is(revealed($same, database => 'custom'), $revealed_of_source, 'they reveal the same');
unlike(slurp_file("$dir/owner"), qr/person\d\@/, 'the dump of the owner is sealed');
$same->stop;

# Another key: it says which one is missing, and nothing is spoilt
my ($fingerprint) = $source->safe_psql('postgres', 'SELECT fingerprint FROM gdpr.master_keys()');
my $other_file = new_key_file('second');
my $other = new_node('other', key_file => $other_file);
command_ok([ 'psql', '-Xq', '-f', "$dir/globals", $other->connstr('postgres') ], 'another key: restore the roles');
command_ok([ 'pg_restore', '-e', '-d', $other->connstr('postgres'), "$dir/custom" ], 'and the dump');
is(scalar ask($other, $state), $state_of_source, 'everything is there');
foreach my $sql ('SELECT email::text FROM customer', 'SELECT id FROM customer WHERE email = \'person1@example.com\'', 'INSERT INTO customer (id, email) VALUES (1000, \'new@example.com\')', 'UPDATE customer SET phone = \'+32470120000\'')
{
	like((app($other, $sql))[1], qr/ERROR:  ZG019: .*$fingerprint/, "$sql names the missing key");
}
unlike((app($other, 'SELECT id, email FROM customer'))[1], qr/ERROR/, 'sealed values can be read');
is(scalar ask($other, $state), $state_of_source, 'nothing has changed');
append_to_file($other_file, slurp_file($key_file));
$other->reload;
$other->poll_query_until('postgres', 'SELECT count(*) = 2 FROM gdpr.master_keys()');
is(revealed($other), $revealed_of_source, 'with the key it reveals the same');
$other->stop;

# Not preloaded
my $bare = new_node('bare', key_file => undef);
command_ok([ 'psql', '-Xq', '-f', "$dir/globals", $bare->connstr('postgres') ], 'not preloaded: restore the roles');
command_ok([ 'pg_restore', '-e', '-d', $bare->connstr('postgres'), "$dir/custom" ], 'and the dump');
is(scalar ask($bare, $state), $state_of_source, 'everything is there');
like(scalar ask($bare, 'SELECT email FROM customer WHERE id = 1'), qr/^gdpr1:/, 'values are shown sealed');
unlike(told($bare, 'VACUUM ANALYZE customer; ANALYZE orders; REINDEX TABLE customer; CREATE INDEX ON customer (phone)'), qr/ERROR/, 'maintenance works');
is(scalar ask($bare, 'SELECT count(*) FROM customer a JOIN customer b USING (email)'), 20, 'equality needs no key');
unlike(told($bare, 'UPDATE orders SET total = 1 WHERE id = 1'), qr/ERROR/, 'what needs no key can be updated');
foreach my $sql ('SELECT email::text FROM customer', 'SELECT gdpr.reveal(email) FROM customer', 'INSERT INTO customer (id, email) VALUES (1000, \'new@example.com\')', 'SELECT id FROM customer WHERE email = \'person1@example.com\'')
{
	like((app($bare, $sql))[1], qr/ERROR:  55000: .*HINT:  [^\n]*shared_preload_libraries/s, "$sql is refused with what to set");
}
foreach my $sql ('DROP EXTENSION gdpr CASCADE', 'DROP SCHEMA gdpr CASCADE', 'DROP OWNED BY CURRENT_USER CASCADE')
{
	like(told($bare, $sql), qr/ERROR: /, "$sql is refused while there are keys");
}
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/again", $bare->connstr('postgres') ], 'and it can be dumped again');
$bare->append_conf('postgresql.conf', "shared_preload_libraries = 'gdpr'\ngdpr.key_file = '$key_file'");
$bare->restart;
is(revealed($bare) =~ s/\|[0-9a-f]{32}//r, $revealed_of_source =~ s/\|[0-9a-f]{32}//r, 'once preloaded it reveals the same');
$bare->stop;

foreach my $node ($source, $same, $other, $bare)
{
	my $log = slurp_file($node->logfile);
	unlike($log, qr/PANIC|TRAP|terminated by signal|person\d\@/, $node->name . ': no crash, and no plaintext in the log');
}
$source->stop;
done_testing();
