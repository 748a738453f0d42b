# A person erased after a backup is erased again before anything is revealed from that backup: base backup, snapshot
# of the stopped server's files, recovery to a point in time; withdrawals, objections and restrictions count again too.
# (Story (e) of the requirements, promise 3 of the design.)
#
# pg_regress cannot do it: data directories that are put back, restarts.
use strict;
use warnings;

use File::Path qw(rmtree);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::RecursiveCopy;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $directory = PostgreSQL::Test::Utils::tempdir;
my $node = new_node('journal', init => { allows_streaming => 1, has_archiving => 1 }, conf => "gdpr.journal_file = '$directory/journal'\n");
customers($node);
newsletter($node);
my $file = "$directory/journal." . $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
my $older = qr/ERROR:  55000: this database is older than its journal.*HINT:  CALL gdpr\.after_restore\(\);/s;

sub journaled
{
	is($node->safe_psql('postgres', "SELECT gdpr.journal_wait('60 seconds')"), 't', 'the journal is in its file');
}

# The files of the server, put back; it archives no more, or the next restore would find two histories.
sub put_back
{
	my ($from) = @_;

	rmtree($node->data_dir);
	PostgreSQL::Test::RecursiveCopy::copypath($from, $node->data_dir);
	chmod 0700, $node->data_dir;
	$node->append_conf('postgresql.conf', "archive_mode = off\n");
}

my $everybody = q{SELECT count(*), count(email::text) FROM customer};
my $newsletter = q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; SELECT string_agg(id::text, ',' ORDER BY id) FROM customer};

$node->safe_psql('postgres', q{
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 6) i;
	SELECT gdpr.define_purpose('surveys', 'Asking customers by e-mail how satisfied they are', 'legitimate_interests', 'weighed in assessment 7')});
is($node->safe_psql('postgres', "SELECT gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)') -> 'subject'"), 1, 'somebody is erased before the backup');
journaled();
is(app($node, $everybody), '19|19', 'nineteen are left');
$node->backup('whole');
$node->stop;
my $snapshot = "$directory/snapshot";
PostgreSQL::Test::RecursiveCopy::copypath($node->data_dir, $snapshot);
$node->start;

# What the backup does not know
$node->safe_psql('postgres', q{
	SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(b)'), gdpr.withdraw_consent('customer', '3', 'newsletter'),
		gdpr.refuse_consent('customer', '4', 'newsletter'), gdpr.object('customer', '7', 'surveys'), gdpr.restrict_subject('customer', '8', 'unlawful')});
app($node, q{INSERT INTO customer (id, email) VALUES (100, 'late@example.com'), (101, 'later@example.com')});
my $last_number = $node->safe_psql('postgres', q{SELECT max(number) FROM gdpr.subject});
$node->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '100', 'Art. 17(1)(b)')});
journaled();
my $target = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$node->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '9', 'Art. 17(1)(b)')});
journaled();
my $truth = $node->safe_psql('postgres', 'SELECT max(sequence) FROM gdpr.journal');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
$node->safe_psql('postgres', 'SELECT 1');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'table and file verify');
my $lines = slurp_file($file);
unlike($lines, qr/example|Peeters|\+32|0470120\d{3}/, 'no personal value is in the file');
$lines =~ s/\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b//g;	# random: four digits stand in some
unlike($lines, qr/\b0470/, 'nor the beginning of a telephone number');
$node->stop;
my $saved = slurp_file($file);

sub restored
{
	my ($how) = @_;
	my ($stdout, $stderr);

	for my $sql ($everybody, q{SELECT gdpr.reveal(email) FROM customer WHERE id = 9}, q{SELECT gdpr.may_process('customer', '3')},
		q{SELECT * FROM gdpr.mailable('order_fulfilment', 'email')}, q{SELECT * FROM gdpr.mask((SELECT email FROM customer LIMIT 1))})
	{
		like((app($node, $sql))[1], $older, "$how: refused before the journal was replayed");
	}
	like((app($node, q{INSERT INTO customer (id, email) VALUES (200, 'new@example.com')}))[1], $older, "$how: nobody new comes in, under a number that was given");
	like(scalar ask($node, 'SELECT severity, object, finding FROM gdpr.status()'), qr/^error\|journal\|this database is older/m, "$how: status() says so");
	like(told($node, 'SELECT gdpr.accept_missing_journal()'), qr/ERROR:  55000: the journal is whole/, "$how: that cannot be waved through");

	is($node->psql('postgres', 'CALL gdpr.after_restore()', stderr => \$stderr), 0, "$how: the journal is replayed");
	diag($stderr) unless $stderr =~ /journal replayed/;
	is($node->safe_psql('postgres', q{SELECT string_agg(state, ',') FROM gdpr.journal_status()}), 'good', "$how: and is good");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.verify_journal()}), 0, "$how: one chain again");
	is(app($node, q{SELECT string_agg(id::text, ',' ORDER BY id) FROM customer WHERE id IN (1, 2, 9) OR gdpr.reveal(email) IN ('person2@example.com', 'person9@example.com')}), '',
		"$how: who was erased since is gone");
	is(scalar ask($node, $newsletter), '5,6', "$how: withdrawn and refused consent ended again");
	is($node->safe_psql('postgres', q{SELECT ground FROM gdpr.erasure e JOIN gdpr.subject s ON s.number = e.subject WHERE s.number = 9}), 'journal', "$how: on the ground of the journal");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.objection WHERE ended_at IS NULL}), 1, "$how: the objection stands");
	is((app($node, q{SELECT count(*) FROM customer WHERE id = 8}))[0], 0, "$how: the restriction too");
	is($node->safe_psql('postgres', "SELECT last_value >= $last_number FROM gdpr.subject_number"), 't', "$how: no number comes again");
	is(app($node, "INSERT INTO customer (id, email) VALUES (201, 'new\@example.com') RETURNING gdpr_subject > $last_number"), 't', "$how: new people come in, under new numbers");
	is($node->safe_psql('postgres', q{SELECT (detail -> 'done' ->> 'person not in the backup') FROM gdpr.ledger WHERE kind = 'journal replayed'}), $how eq 'point in time' ? '' : 1,
		"$how: on record, with those that the backup never knew");
	is($node->psql('postgres', 'CALL gdpr.after_restore()', stderr => \$stderr), 0, "$how: again is no error");
	like($stderr, qr/journal replayed: \{\}/, "$how: and does nothing");
	$node->restart;
	is(app($node, q{SELECT count(*) FROM customer WHERE id = 201}), 1, "$how: all is well after a restart");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.verify_ledger()}), 0, "$how: the ledger verifies");
	$node->stop;

	# as it was before this restore
	unlink glob("$directory/old-journal.*"), $file;
	append_to_file($file, $saved);
}

put_back($node->backup_dir . '/whole');
$node->start;
restored('base backup');
put_back($snapshot);
$node->start;
restored('snapshot');

# To a point in time that knows all but the last erasure
put_back($node->backup_dir . '/whole');
$node->enable_restoring($node, 0);
$node->append_conf('postgresql.conf', "recovery_target_lsn = '$target'\nrecovery_target_action = pause\n");
$node->start;
$node->poll_query_until('postgres', "SELECT pg_get_wal_replay_pause_state() = 'paused'");
like((app($node, $everybody))[1], qr/ERROR:  55000: this database is older than its journal.*HINT:  If this server was restored, promote it and CALL/s, 'point in time: refused while it still recovers');
$node->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$node->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
$node->append_conf('postgresql.conf', "recovery_target_lsn = ''\n");
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.erasure}), 3, 'point in time: what was before it is there');
restored('point in time');

done_testing();
