# A dump restored in place of the database it was made of, older than its journal; restored elsewhere, without the file
# and with it; a copy of a database beside the original; two databases, each with a file of its own; pg_upgrade's way, a
# database under another server. Rows that a restore brings back make no entries of their own.
#
# pg_regress cannot do it: pg_dump, other servers.
use strict;
use warnings;

use File::Copy qw(copy);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $directory = PostgreSQL::Test::Utils::tempdir;
my $key_file = new_key_file();
my $node = new_node('journal_dump', key_file => $key_file, conf => "gdpr.journal_file = '$directory/journal'\n");
$node->safe_psql('postgres', 'CREATE DATABASE shop');
my @shop = (database => 'shop');
customers($node, @shop);
newsletter($node, @shop);
$node->safe_psql('shop', q{
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 6) i;
	SELECT gdpr.withdraw_consent('customer', '6', 'newsletter'), gdpr.restrict_subject('customer', '5', 'unlawful');
	SELECT gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)')});

sub file_of { my ($server, $database) = @_; return $server->safe_psql('postgres', "SELECT current_setting('gdpr.journal_file') || '.' || oid FROM pg_database WHERE datname = '$database'") }
sub waited { my ($server, $database) = @_; is($server->safe_psql($database, "SELECT gdpr.journal_wait('60 seconds')"), 't', "$database: the journal is written") }
my $everybody = q{SELECT count(email::text) FROM customer};
my $erased = q{SELECT string_agg(subject::text, ',' ORDER BY subject) FROM gdpr.erasure};

waited($node, 'shop');
my $entries = $node->safe_psql('shop', 'SELECT count(*) FROM gdpr.journal');
my $dump = "$directory/dump";
command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('shop') ], 'a dump');
$node->safe_psql('shop', q{
	SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(b)'), gdpr.withdraw_consent('customer', '3', 'newsletter')});
waited($node, 'shop');
my $old_file = file_of($node, 'shop');

# Beside it, another database: two files, and the numbers of one are not those of the other
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', q{
	CREATE EXTENSION gdpr;
	CREATE TABLE member (id integer PRIMARY KEY, email text);
	INSERT INTO member SELECT i, format('member%s@example.com', i) FROM generate_series(1, 9) i;
	SELECT gdpr.declare_subject('member', 'id');
	SELECT gdpr.protect('member', '{order_fulfilment}', columns => '{"email": "pii_email"}');
	SELECT gdpr.erase_subject('member', '7', 'Art. 17(1)(a)')});
waited($node, 'other');
isnt(file_of($node, 'other'), $old_file, 'each database has a file');
like(slurp_file(file_of($node, 'other')), qr/\terasure\t7\t/, 'with its own entries');
unlike(slurp_file($old_file), qr/\terasure\t7\t/, 'and those alone');

# In place: drop, create, restore. The database is another one to the server, and the same to its people.
$node->safe_psql('postgres', 'DROP DATABASE shop');
$node->safe_psql('postgres', 'CREATE DATABASE shop');
command_ok([ 'pg_restore', '-d', $node->connstr('shop'), $dump ], 'restored in place');
is($node->safe_psql('shop', 'SELECT count(*) FROM gdpr.journal_pending'), 0, 'a restore makes no entries of its own');
is($node->safe_psql('shop', 'SELECT count(*) FROM gdpr.journal'), $entries, 'and brings back those of the dump');
like((app($node, $everybody, @shop))[1], qr/ERROR:  55000: the journal of this database is missing/, 'in place: refused');
is($node->psql('shop', 'CALL gdpr.after_restore()', stderr => \my $told), 0, 'in place: replayed from the file of the database that was');
diag $told unless $told =~ /replayed/;
is($node->safe_psql('shop', $erased), '1,2', 'in place: who was erased since is erased again');
is(app($node, $everybody, @shop), 17, 'in place: and people are revealed');
is($node->safe_psql('shop', q{SELECT string_agg(subject::text, ',' ORDER BY subject) FROM gdpr.consent_current WHERE state = 'withdrawn'}), '3,6', 'in place: withdrawals too');
is($node->safe_psql('shop', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'in place: one chain');
unlink $old_file;

# In place without dropping the database
$node->safe_psql('shop', q{SELECT gdpr.erase_subject('customer', '9', 'Art. 17(1)(b)')});
waited($node, 'shop');
my $pool = session($node, @shop);
$pool->(q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'});
is($pool->($everybody), 16, 'a session that stays');
$node->safe_psql('shop', 'DROP TABLE orders, customer CASCADE; SELECT gdpr.destroy_all_keys(); DROP EXTENSION gdpr CASCADE');
command_ok([ 'pg_restore', '-d', $node->connstr('shop'), $dump ], 'restored under a session that stays');
like($pool->($everybody), qr/ERROR:  55000: this database is older than its journal/, 'restored under it: refused in the session that stayed');
is($node->psql('shop', 'CALL gdpr.after_restore()', stderr => \$told), 0, 'replayed');
is($node->safe_psql('shop', $erased), '1,2,9', 'who was erased since is erased again');
is($pool->($everybody), 16, 'and the session goes on');
$pool->();

# A copy beside the original
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE shop');
like((app($node, $everybody, database => 'copied'))[1], qr/ERROR:  55000: the journal of this database is missing/, 'a copy has no file');
is($node->psql('copied', 'CALL gdpr.after_restore()', stderr => \$told), 0, "it takes over the original's");
is(app($node, $everybody, database => 'copied'), 16, 'and is a database like others');
$node->safe_psql('copied', q{SELECT gdpr.erase_subject('customer', '20', 'a test')});
waited($node, 'copied');
$node->restart;
is(app($node, $everybody, @shop), 16, 'what is done there is no matter of the original');
unlike(slurp_file(file_of($node, 'shop')), qr/\terasure\t20\t/, 'nor in its journal');

# Elsewhere, where there is no file of it
my $there = "$directory/there";
mkdir $there;
my $elsewhere = new_node('journal_elsewhere', key_file => $key_file, conf => "gdpr.journal_file = '$there/journal'\n");
$elsewhere->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE app LOGIN; CREATE ROLE care LOGIN; CREATE DATABASE shop');
command_ok([ 'pg_restore', '-d', $elsewhere->connstr('shop'), $dump ], 'restored elsewhere');
like((app($elsewhere, $everybody, @shop))[1], qr/ERROR:  55000: the journal of this database is missing/, 'elsewhere: refused without its journal');
copy(file_of($node, 'shop'), "$there/journal.copied-by-hand") or die;
is($elsewhere->psql('shop', 'CALL gdpr.after_restore()', stderr => \$told), 0, 'elsewhere: replayed from a file that was brought along');
is($elsewhere->safe_psql('shop', $erased), '1,2,9', 'elsewhere: everybody is erased again');
my $theirs = file_of($elsewhere, 'shop');
$elsewhere->stop;
copy(file_of($node, 'shop'), $theirs) or die;
$elsewhere->start;
like((app($elsewhere, $everybody, @shop))[1], qr/ERROR:  55000: the journal was written for another server or database/, 'the file of another server in its place: refused');
unlink "$there/journal.copied-by-hand";
is($elsewhere->psql('shop', 'CALL gdpr.after_restore()', stderr => \$told), 0, 'it can be taken over');
is(app($elsewhere, $everybody, @shop), 16, 'and people are revealed');
copy(file_of($node, 'shop'), "$there/journal.a") or die;
copy(file_of($node, 'shop'), "$there/journal.b") or die;
$elsewhere->stop;
unlink $theirs;
$elsewhere->start;
like(told($elsewhere, 'CALL gdpr.after_restore()', @shop), qr/ERROR:  55000: there are several journals.*HINT:  CALL gdpr\.after_restore\(file => 'journal\.a'\)/s, 'several files: which?');
like(told($elsewhere, q{CALL gdpr.after_restore('../shadow')}, @shop), qr/ERROR:  55000: there is no journal of this database by that name/, 'no other file of the server is read');
like(told($elsewhere, q{CALL gdpr.after_restore('journal.b')}, @shop), qr/journal replayed/, 'the one named');
is(app($elsewhere, $everybody, @shop), 16, 'and people are revealed');

$_->stop for $node, $elsewhere;
done_testing();
