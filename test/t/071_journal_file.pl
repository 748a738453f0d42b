# The file of the journal: never ahead of the database, no matter what is killed when; a lost, torn, cut or altered one is told
# from a good one; and what a request must wait for.
#
# pg_regress cannot do it: kill -9, restarts, files.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $directory = PostgreSQL::Test::Utils::tempdir;
my $node = new_node('journal_file', conf => "restart_after_crash = on\ngdpr.audit_flush_interval = '50ms'\n");
customers($node, count => 60);
newsletter($node);
my $people = q{SELECT count(email::text) FROM customer};

sub state { return scalar ask($node, 'SELECT state FROM gdpr.journal_status()') }
sub sequences { return map { /^(\d+)\t/ ? $1 : () } split /\n/, slurp_file(shift) }
sub waited { return scalar ask($node, "SELECT gdpr.journal_wait('60 seconds')") }
sub erased { return $node->safe_psql('postgres', "SELECT gdpr.erase_subject('customer', '$_[0]', 'Art. 17(1)(a)') ->> 'ground'") }

# Not configured
is(state(), 'off', 'no journal at first');
like(scalar ask($node, q{SELECT finding FROM gdpr.status() WHERE object = 'setting gdpr.journal_file'}), qr/^no journal is kept/, 'which status() tells');
is(app($node, $people), 60, 'and which stops nobody');
is(erased(1), 'Art. 17(1)(a)', 'somebody is erased');
is(waited(), 't', 'there is nothing to wait for');
for ([ 'journal', qr/must be absolute/ ], [ $node->data_dir . '/journal', qr/outside the data directory/ ])
{
	like(told($node, "ALTER SYSTEM SET gdpr.journal_file = '$_->[0]'"), qr/ERROR:  22023:.*DETAIL:  [^\n]*$_->[1]/s, "refused as path: $_->[1]");
}
symlink $node->data_dir, "$directory/link";
$node->append_conf('postgresql.conf', "gdpr.journal_file = '$directory/link/journal'\n");
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('gdpr.journal_file') <> ''");
erased(2);
$node->wait_for_log(qr/the journal "[^"]+" would be inside the data directory/);
ok(!-e $node->data_dir . '/journal.5', 'nor by a link into the data directory');

# Configured: it begins with what was before
$node->append_conf('postgresql.conf', "gdpr.journal_file = '$directory/journal'\n");
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('gdpr.journal_file') ~ '/journal\$' AND current_setting('gdpr.journal_file') !~ 'link'");
my $file = "$directory/journal." . $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
is(app($node, $people), 58, 'the first journal stops nobody');
is(waited(), 't', 'and is written');
is(state(), 'good', 'it is good');
is((stat $file)[2] & 07777, 0600, 'nobody else may read it');
like(slurp_file($file), qr/\Agdpr-journal 1 \d+ \d+ [0-9a-f-]{36}\n1\t\d+\terasure\t1\t/, 'it begins with what was before');
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.status() WHERE object ~ 'journal'}), 0, 'status() is content');

# Only what is committed, and only then
my $open = session($node);
$open->("BEGIN; SELECT gdpr.erase_subject('customer', '3', 'Art. 17(1)(a)') ->> 'ground'");
like($open->('SELECT gdpr.journal_wait()'), qr/ERROR:  55000: what this transaction did is in the journal only after its commit/, 'a transaction cannot wait for itself');
$open->('ROLLBACK');
erased(4);
is(waited(), 't', 'who comes after does not wait for it');
unlike(slurp_file($file), qr/\terasure\t3\t/, 'what was rolled back is not in the file');
like(slurp_file($file), qr/\terasure\t4\t/, 'what was committed is');

# Concurrent erasures
my @sessions = map { session($node) } 1 .. 3;
for my $i (0 .. 8)
{
	$sessions[$i % 3]->("SELECT gdpr.erase_subject('customer', '" . (10 + $i) . "', 'Art. 17(1)(a)')", 'go on');
}
$_->('SELECT 1') for @sessions;
is(waited(), 't', 'erasures of three sessions at once are written');
is(scalar(grep { slurp_file($file) =~ /\terasure\t$_\t/ } 10 .. 18), 9, 'all nine');
is_deeply([ sequences($file) ], [ 1 .. scalar(sequences($file)) ], 'in one chain without a gap');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'which verifies');
$_->() for @sessions;

# The worker killed, and the server, between commit and copy: nothing is lost, and the file never knows more
sub file_within_table
{
	my ($name) = @_;
	my $content = slurp_file($file);	# first: the table grows, and the file behind it
	my %table = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{SELECT encode(hash, 'hex') FROM gdpr.journal});

	is(scalar(grep { /\t([0-9a-f]{64})$/ && !$table{$1} } split /\n/, $content), 0, "$name: the file is not ahead");
}

for my $round (1 .. 3)
{
	my $id = 20 + $round;
	my $log = -s $node->logfile;

	$node->poll_query_until('postgres', 'SELECT worker IS NOT NULL FROM gdpr.audit_status(), gdpr_internal.journal_copied()');
	my $worker = $node->safe_psql('postgres', 'SELECT worker FROM gdpr.audit_status()');
	kill 'STOP', $worker;
	erased($id);
	kill 'KILL', $worker;
	$node->wait_for_log(qr/database system is ready to accept connections/, $log);
	$node->poll_query_until('postgres', 'SELECT true');
	file_within_table("worker killed, $round");
	is(waited(), 't', "worker killed, $round: the journal goes on");
	like(slurp_file($file), qr/\terasure\t$id\t/, "worker killed, $round: nothing is lost");
}
for my $round (1 .. 3)
{
	my $id = 30 + $round;

	$node->poll_query_until('postgres', 'SELECT worker IS NOT NULL FROM gdpr.audit_status(), gdpr_internal.journal_copied()');
	my $worker = $node->safe_psql('postgres', 'SELECT worker FROM gdpr.audit_status()');
	kill 'STOP', $worker if $round > 1;
	erased($id);
	kill 'KILL', $worker;
	$node->stop('immediate');
	$node->start;
	file_within_table("server killed, $round");
	my $found = 0;
	for (1 .. 300) { last if $found = slurp_file($file) =~ /\terasure\t$id\t/; sleep 0.1 }
	ok($found, "server killed, $round: nobody calls for the worker, it looks in by itself");
	is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', "server killed, $round: people are revealed");
	is(waited(), 't', "server killed, $round: the journal goes on");
	like(slurp_file($file), qr/\terasure\t$id\t/, "server killed, $round: nothing is lost");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'after all that it verifies');

# A torn last line: what a crash cut short was nobody told of
$node->stop;
my $whole = slurp_file($file);

sub file_is
{
	unlink $file;
	append_to_file($file, $_[0]) if defined $_[0];
	chmod 0600, $file if defined $_[0];
	$node->start;
}

file_is($whole . "99\t1790000000000000\terasure\t4");
is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', 'a torn line stops nobody');
erased(40);
is(waited(), 't', 'and is overwritten');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'by whole ones');
$node->stop;
$whole = slurp_file($file);

# Whole lines that are missing at the end are copied again
file_is($whole =~ s/(?:[^\n]+\n){3}\z//r);
is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', 'a file that lags behind stops nobody');
is(waited(), 't', 'and catches up');
$node->poll_query_until('postgres', 'SELECT in_file = in_table FROM gdpr.journal_status()');
is(slurp_file($file), $whole, 'to the last byte');
$node->stop;

# Altered
my $refused = q{SELECT count(*) FROM customer};
for ([ 'the last hash', $whole =~ s/(.)\n\z/($1 eq '0' ? '1' : '0') . "\n"/er, qr/is older than its journal/ ],
	[ 'the last line', $whole . "nonsense\n", qr/is broken/ ], [ 'the first line', "hello\n$whole", qr/is broken/ ],
	[ 'another server', $whole =~ s/\Agdpr-journal 1 \d+/gdpr-journal 1 1234567/r, qr/was written for another/ ])
{
	my ($what, $content, $error) = @$_;

	file_is($content);
	like((app($node, $refused))[1], qr/ERROR:  55000: [^\n]*$error.*HINT:  /s, "$what altered: refused");
	isnt($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, "$what altered: verify_journal() tells");
	like(scalar ask($node, 'SELECT finding FROM gdpr.status()'), qr/$error/, "$what altered: so does status()") unless $what eq 'another server';
	$node->stop;
	is(slurp_file($file), $content, "$what altered: the file is left alone");
}
file_is($whole =~ s/\terasure\t4\t/\terasure\t5\t/r =~ s/(.)\n\z/($1 eq '0' ? '1' : '0') . "\n"/er);
like(told($node, 'CALL gdpr.after_restore()'), qr/ERROR:  XX001: the journal is broken: line \d+ does not follow from the line before.*HINT:  Put a good copy/s,
	'an altered line in the middle is not replayed');
like((app($node, $refused))[1], qr/ERROR:  55000:/, 'and people stay sealed');
is(scalar ask($node, 'SELECT gdpr.accept_missing_journal()'), '', 'that can be accepted');
is(waited(), 't', 'a new file is written');
is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', 'people are revealed again');
is($node->safe_psql('postgres', q{SELECT detail ->> 'state' FROM gdpr.ledger WHERE kind = 'loss of the journal accepted'}), 'ahead', 'on record');
is(scalar(my @old = glob "$directory/old-journal.*"), 1, 'the old file is kept');
$node->stop;

# Lost
file_is(undef);
like((app($node, $refused))[1], qr/ERROR:  55000: the journal of this database is missing.*HINT:  Put its file back/s, 'a lost file: refused');
like(told($node, 'CALL gdpr.after_restore()'), qr/ERROR:  55000: the journal of this database is missing/, 'there is nothing to replay');
ok(!-e $file, 'none is made silently');
is(scalar ask($node, 'BEGIN; SELECT gdpr.accept_missing_journal(); ROLLBACK'), '', 'a rollback');
sleep 1;
like((app($node, $refused))[1], qr/ERROR:  55000:/, 'accepts nothing');
my $number = $node->safe_psql('postgres', 'SELECT last_value FROM gdpr.subject_number');
like(told($node, 'SET SESSION AUTHORIZATION app; SELECT gdpr.accept_missing_journal()'), qr/ERROR:  42501:/, 'not everybody may accept it');
is(scalar ask($node, 'SET SESSION AUTHORIZATION shop; SELECT gdpr.accept_missing_journal()'), '', 'the controller may');
is(waited(), 't', 'a new file is written');
is(slurp_file($file) =~ s/\A.*\n//r =~ s/^.*\tnumbers\t.*\n//mgr, $whole =~ s/\A.*\n//r =~ s/^.*\tnumbers\t.*\n//mgr, 'of all that the database knows');
is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', 'people are revealed again');
is($node->safe_psql('postgres', "SELECT last_value > $number + 100000 FROM gdpr.subject_number"), 't', 'numbers that may have been given are left out');
like(told($node, 'SELECT gdpr.accept_missing_journal()'), qr/ERROR:  55000: there is no loss/, 'once is enough');

# Lost while the server runs: the database knows all of it
unlink $file;
erased(41);
is(waited(), 't', 'a file that vanishes while the server runs');
$node->poll_query_until('postgres', q{SELECT state = 'good' AND in_file = in_table FROM gdpr.journal_status()});
like(slurp_file($file), qr/\terasure\t4\t.*\terasure\t41\t/s, 'is written again, whole');

# Unreadable
$node->stop;
chmod 0000, $file;
$node->start;
SKIP:
{
	skip 'root reads everything', 2 if $> == 0;
	like((app($node, $refused))[1], qr/ERROR:  55000: the journal of this database cannot be read/, 'unreadable: refused');
	chmod 0600, $file;
	is(app($node, 'SELECT count(*) > 0 FROM customer'), 't', 'readable again: nothing else to be done');
}
chmod 0600, $file;

# A request counts as fulfilled when the file has the erasure, also one that is closed in the transaction that erases
$node->safe_psql('postgres', q{
	CREATE ROLE desk; CREATE ROLE chief;
	SELECT gdpr.grant_duty('dpo', 'desk'), gdpr.grant_duty('dpo', 'chief')});

sub requested
{
	my ($id) = @_;
	my $request = $node->safe_psql('postgres', "SET SESSION AUTHORIZATION desk; SELECT gdpr.open_request('customer', '$id', 'erasure', 'email', language => 'nl', country => 'BE')");
	$node->safe_psql('postgres', "SET SESSION AUTHORIZATION desk; SELECT gdpr.verify_identity('$request', 'login'); SET SESSION AUTHORIZATION chief; SELECT gdpr.approve_request('$request', 'done')");
	return $request;
}

sub worker_stopped
{
	$node->poll_query_until('postgres', 'SELECT worker IS NOT NULL FROM gdpr.audit_status(), gdpr_internal.journal_copied()');
	my $worker = $node->safe_psql('postgres', 'SELECT worker FROM gdpr.audit_status()');
	kill 'STOP', $worker;
	return $worker;
}

my $pending = q{SET ROLE desk; SELECT string_agg(id::text, ',') FROM gdpr.request_journal_pending};
my $request = requested(50);
my $worker = worker_stopped();
is(scalar ask($node, "SET SESSION AUTHORIZATION desk; BEGIN; SELECT gdpr.erase_for_request('$request', 'Art. 17(1)(a)') ->> 'ground'; SELECT gdpr.fulfil_request('$request', 'done'); COMMIT"),
	"Art. 17(1)(a)\n", 'erased and closed in one transaction');
is(scalar ask($node, $pending), $request, 'the journal is pending');
kill 'CONT', $worker;
is(waited(), 't', 'the journal is written');
is(scalar ask($node, $pending), '', 'nothing is pending');

$request = requested(51);
$worker = worker_stopped();
like(scalar ask($node, "SET SESSION AUTHORIZATION desk; SELECT gdpr.erase_for_request('$request', 'Art. 17(1)(a)') ->> 'ground'"), qr/^Art. 17/, 'erased first');
like(told($node, "SET SESSION AUTHORIZATION desk; SELECT gdpr.fulfil_request('$request', 'done')"), qr/ERROR:  55000: the erasure is not in the journal file yet/, 'not to be closed before the journal has it');
kill 'CONT', $worker;
is(scalar ask($node, "SET SESSION AUTHORIZATION desk; SELECT gdpr.fulfil_request('$request', 'done')"), '', 'closed when it has');
is(scalar ask($node, $pending), '', 'nothing is pending');

# Numbers given to people without any erasure are in the file as well, ahead of time
app($node, q{INSERT INTO customer (id, email) SELECT i, format('bulk%s@example.com', i) FROM generate_series(100000, 115000) i});
$node->poll_query_until('postgres', q{SELECT (SELECT max(detail::bigint) FROM gdpr.journal WHERE kind = 'numbers') > (SELECT max(number) FROM gdpr.subject)});
is(waited(), 't', 'numbers run ahead');
my ($mark) = slurp_file($file) =~ /.*\tnumbers\t.*?(\d+)\t-\t[0-9a-f]{64}$/sm;
is($node->safe_psql('postgres', "SELECT $mark > max(number) FROM gdpr.subject"), 't', 'in the file');

$node->stop;
done_testing();
