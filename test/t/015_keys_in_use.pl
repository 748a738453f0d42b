# The key file serves every database of the server: a key may be destroyed only when none needs it. Rotation, the status
# of the keys and gdpr.status() name the databases that do, also after a crash, for a copy of a database, for one that
# takes no connections, and while people are being written; what could not be read is unknown.
#
# pg_regress cannot do it: several databases, other key files, a crash, a server without room for workers.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $key_file = new_key_file('first');
my $node = new_node('keys_in_use', key_file => $key_file, conf => "restart_after_crash = on\nmax_prepared_transactions = 5\n");
my %fingerprint;

# One key line more, at the end or at the head of the file.
sub add_key
{
	my ($id, $first) = @_;
	my $generation = $node->safe_psql('postgres', 'SELECT generation FROM gdpr.key_status()');
	my $line = "$id:" . join('', map { sprintf '%08x', int rand 2**32 } 1 .. 8) . "\n";
	my $text = slurp_file($key_file);

	open my $out, '>', $key_file or die;
	print $out $first ? $line . $text : $text . $line;
	close $out;
	$node->reload;
	$node->poll_query_until('postgres', "SELECT generation > $generation FROM gdpr.key_status()") or die;
	%fingerprint = split /[|\n]/, $node->safe_psql('postgres', 'SELECT id, fingerprint FROM gdpr.master_keys()');
}

sub keep_key
{
	my ($id) = @_;
	my ($line) = slurp_file($key_file) =~ /^($id:.*\n)/m;

	open my $out, '>', $key_file or die;
	print $out $line;
	close $out;
	$node->reload;
	$node->poll_query_until('postgres', 'SELECT keys = 1 FROM gdpr.key_status()') or die;
}

sub rotate { return told($node, 'CALL gdpr.rotate_master_key()', database => $_[0]) }

sub in_use
{
	my ($database) = @_;
	return $node->safe_psql($database // 'postgres',
		q{SELECT string_agg(concat_ws(' ', database, CASE WHEN problem IS NULL THEN coalesce(id, 'missing') END, people, secret, problem), ', ' ORDER BY database, people) FROM gdpr.keys_in_use()});
}

# By database, from the status of the keys: the ids, or "unknown"
sub known
{
	my %id = reverse %fingerprint;
	my %in_use = split /[|\n]/, $node->safe_psql('postgres', q{SELECT e.key, coalesce(replace(btrim(e.value::text, '[]'), '"', ''), '')
		FROM gdpr.key_status() s, jsonb_each(s.in_use) e});
	return join '; ', map { my $keys = $in_use{$_} // ''; "$_ " . join ' ', $keys eq 'null' ? 'unknown' : map { $id{$_} } split /, /, $keys } sort keys %in_use;
}

sub found
{
	my ($database) = @_;
	return $node->safe_psql($database,
		q{SELECT concat_ws(' ', severity, code, object) FROM gdpr.status() WHERE code LIKE 'master-key%' ORDER BY 1});
}

my $may_go = qr/NOTICE:  00000: no database of this server needs another key than "(\w+)"/;
my $must_stay = qr/WARNING:  01000: no other key may leave the key file yet/;

$node->safe_psql('postgres', 'CREATE EXTENSION gdpr; CREATE DATABASE shop; CREATE DATABASE crm');
foreach my $database ('shop', 'crm')
{
	$node->safe_psql($database, q{
		CREATE EXTENSION gdpr;
		CREATE TABLE person (id integer PRIMARY KEY, email text);
		INSERT INTO person SELECT i, format('p%s@example.com', i) FROM generate_series(1, 3000) i;
		SELECT gdpr.declare_subject('person', 'id');
		SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
		SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email": "pii_email"}')});
}
my $readable = q{SET gdpr.purpose = 'order_fulfilment'; SELECT count(gdpr.reveal(email)) FROM person};
is(known(), 'crm unknown; postgres unknown; shop unknown; template0 unknown; template1 unknown', 'nobody was asked: all is unknown');
is(in_use(), 'crm first 3000 t, shop first 3000 t', 'asked, the databases that need a key are named');
%fingerprint = split /[|\n]/, $node->safe_psql('postgres', 'SELECT id, fingerprint FROM gdpr.master_keys()');
is(known(), 'crm first; shop first', 'and the status of the keys knows');

# As documented: append, reload, rotate
add_key('second');
my $told = rotate('shop');
like($told, qr/NOTICE:  00000: 3000 subject keys rewrapped: "second" \($fingerprint{second}\) wraps every key of this database\n/, 'one database is rotated');
like($told, $must_stay, 'the old key must stay');
like($told, qr/DETAIL:  Database crm: 3000 people and its secret by "first" \($fingerprint{first}\)\.\nHINT:  In each of them: CALL/, 'the database that needs it is named');
unlike($told, qr/destroy/, 'and nothing speaks of destroying it');
is(known(), 'crm first; shop second', 'the status of the keys lists it');
is(found('shop'), 'warning master-key-outdated database crm', 'and so do the findings of the database that rotated');
is($node->safe_psql('shop', q{SELECT detail ->> 'remaining' FROM gdpr.ledger WHERE kind = 'master key rotated'}),
	qq({"crm": "3000 people and its secret by \\"first\\" ($fingerprint{first})"}), 'the ledger has what remained');
is($node->safe_psql('crm', $readable), 3000, 'the other database reads as before');

# A crash forgets what was known, and nothing that is
$node->stop('immediate');
$node->start;
is(known(), 'crm unknown; postgres unknown; shop unknown; template0 unknown; template1 unknown', 'after a crash it is unknown');
is(in_use(), 'crm first 3000 t, shop second 3000 t', 'until it is asked, and then it is right');

# Databases that a rule of thumb forgets: a copy, and one that takes no connections
$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE crm; ALTER DATABASE copy ALLOW_CONNECTIONS false');
like(rotate('crm'), qr/DETAIL:  Database copy: 3000 people and its secret by "first"/, 'a copy of a database that takes no connections is found');
$node->safe_psql('postgres', 'ALTER DATABASE copy ALLOW_CONNECTIONS true');
$told = rotate('copy');
like($told, $may_go, 'when the last one is rotated the old key may go');
like($told, qr/destroy every copy/, 'and be destroyed');
unlike($told, $must_stay, 'as nothing needs it');
is(found('crm'), "info master-key-unused master key $fingerprint{first}", 'the findings say so too');
keep_key('second');
is($node->safe_psql($_, $readable), 3000, "without it $_ is readable") for 'shop', 'crm', 'copy';
is(found('shop'), '', 'and there is nothing to find');

# A person who is being written when the key changes
my $writer = session($node, database => 'crm');
$writer->(q{BEGIN; SET gdpr.purpose = 'order_fulfilment'; INSERT INTO person (id, email) VALUES (10001, 'late@example.com')});
add_key('third');
like(rotate('shop'), qr/DETAIL:  (?s:.*)Database crm: unknown \(people are written there in a transaction that is still open\)/, 'a transaction that writes people leaves it open which keys are needed');
my $rotation = session($node, database => 'crm');
$rotation->('CALL gdpr.rotate_master_key()', 'go on');
ok($node->poll_query_until('crm', q{SELECT phase = 'waiting for writers' FROM gdpr.key_rotation ORDER BY number DESC LIMIT 1}), 'a rotation waits for it');
is($node->safe_psql('crm', q{SET gdpr.purpose = 'order_fulfilment'; INSERT INTO person (id, email) VALUES (10002, 'new@example.com') RETURNING id}), 10002, 'and holds up nobody meanwhile');
$writer->('COMMIT');
like($rotation->('SELECT 1'), qr/3001 subject keys rewrapped/, 'then it rewraps that person too');
is($node->safe_psql('crm', q{SELECT count(*) FROM gdpr.subject WHERE encode(substr(wrapped_key, 2, 8), 'hex') <> (SELECT fingerprint FROM gdpr.master_keys() WHERE active)}), 0, 'no key of before is left');
$_->(undef) for $writer, $rotation;
is(in_use(), 'copy second 3000 t, crm third 3002 t, shop third 3000 t', 'the copy remains');

# A prepared transaction outlives the server that knew the other keys
$node->safe_psql('copy', q{BEGIN; SET gdpr.purpose = 'order_fulfilment'; INSERT INTO person (id, email) VALUES (10003, 'prepared@example.com'); PREPARE TRANSACTION 'two'});
$node->restart;
like(in_use(), qr/copy people are written there/, 'a prepared transaction is seen after a restart');
$node->safe_psql('copy', q{COMMIT PREPARED 'two'});

# A key that is removed too early
keep_key('third');
is(in_use(), 'copy third 1 f, copy missing 3000 t, crm third 3002 t, shop third 3000 t', 'a key that is needed and gone is found');
like(found('shop'), qr/error master-key-missing database copy/, 'in the findings of another database');
$node->safe_psql('postgres', 'DROP DATABASE copy');
is(in_use(), 'crm third 3002 t, shop third 3000 t', 'a database that is dropped needs nothing');

# A key that is added above the active one
my $offset = -s $node->logfile;
add_key('above', 'first line');
like(slurp_file($node->logfile, $offset), qr/WARNING:  master key "above" was added above "third" and wraps nothing: the last line is active\n.*HINT:  To rotate to it, move its line to the end/, 'the log says that it is not the active one');
$told = rotate('shop');
like($told, qr/NOTICE:  00000: 0 subject keys rewrapped: "third" \($fingerprint{third}\) wraps every key of this database already\nDETAIL:  Loaded and not active, they wrap nothing: "above" \($fingerprint{above}\)\.\nHINT:  The active key is the last line of the key file\. To rotate to another, move its line to the end/, 'a rotation says that it did nothing, and why');

# A batch writes into the pages as they are
$node->safe_psql('shop', 'VACUUM FULL gdpr.subject');
my $size = $node->safe_psql('shop', q{SELECT pg_table_size('gdpr.subject') + pg_indexes_size('gdpr.subject')});
add_key('fourth');
rotate('shop');
cmp_ok($node->safe_psql('shop', q{SELECT pg_relation_size('gdpr.subject') + pg_indexes_size('gdpr.subject')}), '<=', $size, 'the table and its indexes do not grow');

# An old snapshot keeps what was replaced: then they do
add_key('fifth');
my $reader = session($node, database => 'shop');
$reader->('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM person');
like(rotate('shop'), qr/3000 subject keys rewrapped/, 'an old snapshot stops no rotation');
$reader->('COMMIT');
$reader->(undef);

# A role that only runs jobs may do it, and sees which databases remain
$node->safe_psql('shop', q{CREATE ROLE night; SELECT gdpr.grant_duty('job', 'night')});
like(told($node, 'SET ROLE night; CALL gdpr.rotate_master_key()', database => 'shop'), qr/0 subject keys rewrapped.*Database crm: 3002 people/s, 'the duty job rotates');
like(told($node, q{SET ROLE night; SELECT gdpr_internal.end_rotation(1)}, database => 'shop'), qr/ERROR:  55000/, 'and cannot put a rotation on record that was not one');

# No room for a worker
$node->append_conf('postgresql.conf', "max_worker_processes = 2\nmax_logical_replication_workers = 0\n");
$node->restart;
like(in_use('shop'), qr/crm no background worker was free: raise max_worker_processes/, 'without a free worker the others are unknown');
like(in_use('shop'), qr/shop fifth 3000 t/, 'and this one is known');
is(found('shop'), "warning master-key-use-unknown database crm\nwarning master-key-use-unknown database postgres\n"
	. "warning master-key-use-unknown database template0\nwarning master-key-use-unknown database template1", 'which is a finding');
$told = rotate('shop');
like($told, $must_stay, 'what is unknown keeps every key');
unlike($told, $may_go, 'and nothing may go');

# The file itself is gone
rename $key_file, "$key_file.away" or die;
$node->restart;
my $reason = $node->safe_psql('postgres', q{SELECT reason || ' ' || hint FROM gdpr.key_status()});
like($reason, qr/^The key file does not exist\. Restore it .* only where nothing was ever sealed create it/, 'a key file that is gone is restored, not created');
$node->stop;
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|\@example/, 'no crash of its own, and no plaintext in the log');
done_testing();
