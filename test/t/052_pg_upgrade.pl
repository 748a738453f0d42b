# pg_upgrade keeps what is protected: keys, grants, consents, bindings and guards. To the same version by default; where
# GDPR_OLD_BINDIR names the programs of an older server that has the extension too, from that one.
#
# pg_regress cannot do it: two clusters, one of them upgraded to the other.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $old_bin = $ENV{GDPR_OLD_BINDIR} // '';
my $key_file = new_key_file();
chomp(my $new_bin = `pg_config --bindir`);
my ($version) = `postgres --version` =~ /(\d+)/;

# With the settings that any cluster of ours has
sub make_node
{
	my ($name, $bin, @options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, $bin ? (install_path => $bin =~ s{/bin$}{}r) : ());

	$node->init(extra => \@options);
	$node->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\nshared_preload_libraries = 'gdpr'\ngdpr.key_file = '$key_file'\n");
	return $node;
}

my $old = make_node('old', $old_bin);
$old->start;
customers($old);
newsletter($old);
$old->safe_psql('postgres', q{
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 3) i;
	ALTER TABLE orders DROP COLUMN total;
	ALTER TABLE orders ADD COLUMN total numeric});
my $newsletter = q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; SELECT string_agg(id::text, ',' ORDER BY id) FROM customer};
my $tables = q{
	SELECT string_agg(t, ' ') FROM (
		SELECT format('%s:%s', c.relname, (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM gdpr.' || quote_ident(c.relname), false, true, '')))[1]) t
		FROM pg_class c JOIN pg_extension e ON e.extname = 'gdpr' AND c.oid = ANY (e.extconfig)
		WHERE c.relname !~ '^ledger'	-- which the reads of this test make longer
		ORDER BY c.relname) kept};
my $revealed = revealed($old);
like($revealed, qr/^\w{32}\|\w{32}\|20\|40$/, 'the old server reveals everybody');
my $kept = ask($old, $tables);
like($kept, qr/\bsubject:20\b/, 'and has a subject for each');
my $last = ask($old, 'SELECT max(number) FROM gdpr.ledger');
my $ledger = qq{SELECT md5(string_agg(l::text, ';' ORDER BY number)) FROM gdpr.ledger l WHERE number <= $last};
my $recorded = ask($old, $ledger);
my $fingerprint = ask($old, 'SELECT fingerprint FROM gdpr.master_keys()');
my ($old_version) = $old->safe_psql('postgres', 'SHOW server_version') =~ /(\d+)/;
$old->stop;

my $new = make_node('new', '', $version >= 18 && $old_version < 18 ? '--no-data-checksums' : ());
chdir PostgreSQL::Test::Utils::tempdir;
command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old_bin || $new_bin, '-B', $new_bin,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ], "pg_upgrade $old_version to $version");
$new->start;

is(revealed($new), $revealed, 'the new server reveals the same');
is(scalar ask($new, $tables), $kept, 'every table of the extension has its rows');
is(scalar ask($new, $ledger), $recorded, 'so has the ledger');
is(scalar ask($new, 'SELECT fingerprint FROM gdpr.master_keys()'), $fingerprint, 'the master key is the same');
is(app($new, q{SELECT id FROM customer WHERE email = 'PERSON7@example.com'}), 7, 'people are found by their address');
is(scalar ask($new, $newsletter), '1,2,3', 'consents hold');
is(scalar ask($new, q{SELECT gdpr.withdraw_consent('customer', '1', 'newsletter'); } . $newsletter), "t\n2,3", 'and are withdrawn');
is(app($new, q{INSERT INTO customer (id, email) VALUES (1000, 'new@example.com') RETURNING gdpr_subject > (SELECT max(gdpr_subject) FROM customer), gdpr.reveal(email)}),
	't|new@example.com', 'a new person gets a number of its own');
is(app($new, q{INSERT INTO orders (id, customer_id, ship_to) VALUES (1000, 1000, 'Wetstraat 16, 1000 Brussel, BE') RETURNING ship_to::text IS NOT NULL}), 't', 'and an order');
like((app($new, q{INSERT INTO customer (id, email) VALUES (1001, 'Person2@Example.com')}))[1], qr/ERROR:  23505/, 'an address is unique still');
is(scalar ask($new, "SET SESSION AUTHORIZATION app; $_"), 0, 'without a purpose there is nobody') for 'SELECT count(*) FROM customer';
like(told($new, 'DROP EXTENSION gdpr CASCADE'), qr/ERROR:  2BP01/, 'the extension cannot be dropped');
like(told($new, 'ALTER TABLE customer DROP COLUMN gdpr_subject CASCADE'), qr/ERROR:  2BP01/, 'nor what binds rows to people');
is(scalar ask($new, q{SELECT gdpr.unprotect('orders')}), '', 'a table is unprotected');
$new->stop;
done_testing();
