# A backend that is killed while it protects a table leaves it protected or as it was; one that is killed while it fills
# a protected table leaves no person behind; one that is killed while it rotates the master key leaves everything
# readable, and a second call finishes the work.
#
# pg_regress cannot do it: it kills processes, and changes the key file.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $key_file = new_key_file('first');
my $node = new_node('crash', key_file => $key_file, conf => "restart_after_crash = on\n");
$node->safe_psql('postgres', q{
	CREATE EXTENSION gdpr;
	CREATE ROLE app LOGIN;
	SELECT gdpr.grant_purpose('order_fulfilment', 'app');
	CREATE TABLE person (id integer PRIMARY KEY, email text UNIQUE, name text);
	INSERT INTO person SELECT i, format('person%s@example.com', i), 'Jan Peeters ' || i FROM generate_series(1, 20000) i;
	GRANT SELECT ON person TO app;
	CREATE TABLE twin AS SELECT * FROM person;
	GRANT SELECT ON twin TO app;
	SELECT gdpr.declare_subject('person', 'id');
	CHECKPOINT});
my $protect = q{SET client_min_messages = warning; SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email": "pii_email", "name": "pii_name"}')};
my $differs = q{SELECT count(*) FROM (SELECT id, email::text, name::text FROM person) p FULL JOIN twin t USING (id)
	WHERE (p.email, p.name) IS DISTINCT FROM (t.email, t.name)};

# Runs $sql in a session of its own, and kills its backend as soon as $due says so. False when it was done before.
sub killed_in
{
	my ($sql, $due) = @_;
	my ($in, $out) = ("SELECT pg_backend_pid();\n$sql;\n\\echo done\n\\q\n", '');
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \my $err, IPC::Run::timeout(60));

	$psql->pump until $out =~ /^(\d+)\n/;
	my $pid = $1;
	my $started = time;
	1 until $due->(time - $started);
	my $log = -s $node->logfile;
	kill 'KILL', $pid;
	$psql->finish;

	# the server notices a moment after the client does
	$node->wait_for_log(qr/database system is ready to accept connections/, $log) unless $out =~ /done/;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	return $out !~ /done/;
}

# Protecting, killed ever later
my $killed = 0;
foreach my $delay (0.02, 0.1, 0.3, 0.6)
{
	last if !killed_in($protect, sub { my ($elapsed) = @_; usleep 5000; return $elapsed > $delay });
	last if $node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.protected_table');		# killed a moment after its commit
	$killed++;
	is( $node->safe_psql('postgres', q{SELECT (SELECT count(*) FROM gdpr.protected_table), (SELECT count(*) FROM gdpr.protected_column), (SELECT count(*) FROM gdpr.subject),
			(SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'person'::regclass AND attnum > 0 AND NOT attisdropped),
			(SELECT count(*) FROM pg_trigger WHERE tgrelid = 'person'::regclass), (SELECT relrowsecurity FROM pg_class WHERE oid = 'person'::regclass)}),
		'0|0|0|id integer, email text, name text|0|f', "killed after $delay s: the table is as it was");
	is($node->safe_psql('postgres', $differs), 0, 'and its rows are');
}
cmp_ok($killed, '>=', 1, 'it was killed on its way');
$node->safe_psql('postgres', $protect) if !$node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.protected_table');
is(scalar app($node, $differs), 0, 'once protected, it reveals what it held');
is($node->safe_psql('postgres', 'SELECT count(*), count(wrapped_key) FROM gdpr.subject'), '20000|20000', 'every person has one number and one key');

# Filling the protected table: a person who came into being with a row that did not is not left behind
my $copy = q{COPY person (id, email, name) FROM PROGRAM
	'awk ''BEGIN { for (i = 20001; i <= 60000; i++) print i "\tperson" i "@example.com\tJan Peeters " i }'''};
my $people = 'SELECT count(*), count(DISTINCT key), count(wrapped_key) FROM gdpr.subject';
foreach my $delay (0.1, 0.3)
{
	ok(killed_in($copy, sub { my ($elapsed) = @_; usleep 5000; return $elapsed > $delay }), "a COPY is killed after $delay s");
	is($node->safe_psql('postgres', $people), '20000|20000|20000', 'it leaves nobody behind');
}
$node->safe_psql('postgres', $copy);
is($node->safe_psql('postgres', $people), '60000|60000|60000', 'the next brings everybody, once');
is( $node->safe_psql('postgres', 'SELECT count(*) FROM person p JOIN gdpr.subject s ON s.number = p.gdpr_subject AND s.key = p.id::text'),
	60000, 'and every row is of the person it is about');
$node->safe_psql('postgres', 'DELETE FROM person WHERE id > 20000; DELETE FROM gdpr.ended_identity; DELETE FROM gdpr.subject WHERE key IS NULL');

# Rotating
my ($first) = $node->safe_psql('postgres', 'SELECT fingerprint FROM gdpr.master_keys()');
$node->safe_psql('postgres', 'DELETE FROM person WHERE id > 3000; DELETE FROM twin WHERE id > 3000; CREATE TABLE old_key AS SELECT number, wrapped_key FROM gdpr.subject');
my $dir = PostgreSQL::Test::Utils::tempdir;
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/before", $node->connstr('postgres') ], 'a backup from before the rotation');
my $sealed = q{SELECT md5(string_agg(concat(id, email, name), ',' ORDER BY id)) FROM person};
my $sealed_before = $node->safe_psql('postgres', $sealed);
my $rotated = q{SELECT count(*) FROM gdpr.subject s JOIN old_key o USING (number) WHERE s.wrapped_key IS DISTINCT FROM o.wrapped_key};

append_to_file($key_file, 'second:' . '7e' x 32 . "\n");
$node->reload;
$node->poll_query_until('postgres', 'SELECT count(*) = 2 FROM gdpr.master_keys()');
my $watcher = session($node);
foreach my $least (1, 2000)
{
	ok(killed_in('CALL gdpr.rotate_master_key(10)', sub { $watcher->($rotated) > $least }), 'a rotation is killed on its way');
	$watcher->(undef);
	$watcher = session($node);
	my $done = $watcher->($rotated);
	cmp_ok($done, '>', $least, "$done keys are wrapped again");
	cmp_ok($done, '<', 20000, 'the others are not');
	is(scalar app($node, $differs), 0, 'with both keys loaded everything is revealed');
}
like(told($node, 'CALL gdpr.rotate_master_key(1000)'), qr/NOTICE:  .*subject keys rewrapped/, 'the next call finishes');
is($watcher->($rotated), 20000, 'every key is wrapped again');
like(told($node, 'CALL gdpr.rotate_master_key(1000)'), qr/NOTICE:  .*\b0 subject keys rewrapped/, 'once more does nothing');
$watcher->(undef);

# The old key leaves the file
unlink $key_file;
append_to_file($key_file, 'second:' . '7e' x 32 . "\n");
chmod 0600, $key_file;
$node->restart;
is($node->safe_psql('postgres', 'SELECT string_agg(id, $$,$$) FROM gdpr.master_keys()'), 'second', 'the old key is gone');
is(scalar app($node, $differs), 0, 'everything is revealed without it');
is($node->safe_psql('postgres', $sealed), $sealed_before, 'no sealed value and no token has changed');
is(scalar app($node, q{SELECT id FROM person WHERE email = 'PERSON77@example.com'}), 77, 'people are found by their address');

$node->safe_psql('postgres', 'CREATE DATABASE backup');
command_ok([ 'pg_restore', '-e', '-d', $node->connstr('backup'), "$dir/before" ], 'the backup from before is restored');
like((app($node, 'SELECT email::text FROM person', database => 'backup'))[1], qr/ERROR:  ZG019: .*$first/, 'and is closed for good without the old key');

my $log = slurp_file($node->logfile);
like($log, qr/terminated by signal 9/, 'the server did crash');
unlike($log, qr/PANIC|TRAP|terminated by signal (?!9\b)|person\d+\@/, 'and otherwise it did not; no plaintext in the log');
$node->stop;

done_testing();
