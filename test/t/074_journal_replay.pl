# Replaying the journal: in order, without a gap, once; stopped by an erasure that fails or by kill -9 it goes on where it
# was; the gate stays shut until the last entry. A number that is another person's now is left alone, and a legal hold
# that the backup still has does not keep people that the journal knows to be erased.
#
# pg_regress cannot do it: data directories that are put back, kill -9.
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
my $node = new_node('journal_replay', conf => "gdpr.journal_file = '$directory/journal'\n");
customers($node);
$node->safe_psql('postgres', q{
	CREATE TABLE complaint (id integer PRIMARY KEY, about integer REFERENCES customer);
	INSERT INTO complaint VALUES (1, 4);
	CREATE TABLE visitor (id integer PRIMARY KEY, name text);
	INSERT INTO visitor VALUES (1, 'Jan Peeters');
	SELECT gdpr.declare_subject('visitor', 'id');
	SELECT gdpr.protect('visitor', '{order_fulfilment}', columns => '{"name": "pii_name"}');
	SELECT gdpr.hold('customer', '3', 'court case 12')});
my $everybody = q{SELECT count(email::text) FROM customer};
is(app($node, $everybody), 20, 'twenty people');
is($node->safe_psql('postgres', "SELECT gdpr.journal_wait('60 seconds')"), 't', 'the journal is there');
$node->stop;
PostgreSQL::Test::RecursiveCopy::copypath($node->data_dir, "$directory/snapshot");
$node->start;

$node->safe_psql('postgres', $_) for
	q{SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(b)')},
	q{SELECT gdpr.release_hold(id), gdpr.erase_subject('customer', '3', 'Art. 17(1)(b)') FROM gdpr.legal_hold},
	q{DROP TABLE complaint; SELECT gdpr.erase_subject('customer', '4', 'Art. 17(1)(b)')},
	q{SELECT gdpr.erase_subject('customer', i::text, 'Art. 17(1)(b)') FROM generate_series(5, 9) i};
is($node->safe_psql('postgres', "SELECT gdpr.journal_wait('60 seconds')"), 't', 'eight erasures are in it');
$node->stop;
rmtree($node->data_dir);
PostgreSQL::Test::RecursiveCopy::copypath("$directory/snapshot", $node->data_dir);
chmod 0700, $node->data_dir;
$node->start;

my $shut = qr/ERROR:  55000: this database is older than its journal/;
my $erased = q{SELECT string_agg(subject::text, ',' ORDER BY subject) FROM gdpr.erasure};
like((app($node, $everybody))[1], $shut, 'restored: shut');

# The last entry alone would open the gate
my $last = $node->safe_psql('postgres', q{SELECT max(next) FILTER (WHERE number < m) FROM (SELECT *, max(number) OVER () AS m FROM gdpr_internal.journal_lines(NULL, 0, 1000)) l});
like(told($node, "SET SESSION AUTHORIZATION shop; SELECT gdpr_internal.replay_batch(NULL, $last, 1)"), qr/ERROR:  XX001: entry \d+ of the journal does not follow from what is known/, 'no entry can be left out');
like(told($node, q{SET SESSION AUTHORIZATION shop; SELECT gdpr_internal.replay_end(NULL, '{}')}), qr/ERROR:  55000: the journal is not replayed to its end/, 'nor the end');
like((app($node, $everybody))[1], $shut, 'still shut');
like(told($node, 'SET SESSION AUTHORIZATION app; CALL gdpr.after_restore()'), qr/ERROR:  42501:/, 'not everybody may replay');

# Number 9 was given to somebody else, as after a loss that was accepted
$node->safe_psql('postgres', q{UPDATE gdpr.subject SET created_at = created_at + interval '1 microsecond' WHERE number = 9});

# An erasure that fails stops it
like(told($node, 'SET SESSION AUTHORIZATION shop; CALL gdpr.after_restore(batch_size => 1)'), qr/ERROR:  23503: subject 4 could not be erased again: .*HINT:  Fix that, then CALL gdpr\.after_restore\(\)/s,
	'an erasure that fails says which person');
is($node->safe_psql('postgres', $erased), '2,3', 'those before are erased, a hold that had ended notwithstanding');
like((app($node, $everybody))[1], $shut, 'still shut');
$node->safe_psql('postgres', 'DROP TABLE complaint');

# Killed in the middle: somebody holds a row that is to go
my $holder = session($node);
$holder->(q{BEGIN; SELECT FROM orders WHERE customer_id = 6 FOR UPDATE});
my $replay = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'CALL gdpr.after_restore(batch_size => 1)' ], '>', \my $out, '2>&1');
$node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM gdpr.erasure WHERE subject IN (4, 5)});
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ 'after_restore' AND wait_event_type = 'Lock'});
$node->stop('immediate');
eval { $replay->finish };
$holder->();
$node->start;
is($node->safe_psql('postgres', $erased), '2,3,4,5', 'killed: what was done is done');
like((app($node, $everybody))[1], $shut, 'still shut');
is($node->psql('postgres', 'CALL gdpr.after_restore(batch_size => 3)', stderr => \my $told), 0, 'it goes on');
like($told, qr/"erased": 3/, 'with those who are left');
like($told, qr/"number of another person": 1/, 'and leaves alone who has the number of another now');
is($node->safe_psql('postgres', $erased), '2,3,4,5,6,7,8', 'everybody, once');
is(app($node, $everybody), 13, 'open');
is($node->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT origin), count(*) FILTER (WHERE kind = 'erasure') FROM gdpr.journal WHERE origin IS NOT NULL}), '0|8', 'every entry was taken over once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'one chain');
$node->restart;
is(app($node, $everybody), 13, 'also after a restart');

# Older still: the same backup again, and the file that was written again. One more is in it, whose table is gone by then
$node->safe_psql('postgres', q{SELECT gdpr.erase_subject('visitor', '1', 'Art. 17(1)(b)')});
is($node->safe_psql('postgres', "SELECT gdpr.journal_wait('60 seconds')"), 't', 'a visitor too');
$node->stop;
rmtree($node->data_dir);
PostgreSQL::Test::RecursiveCopy::copypath("$directory/snapshot", $node->data_dir);
chmod 0700, $node->data_dir;
$node->start;
$node->safe_psql('postgres', 'DROP TABLE complaint, visitor');
like((app($node, $everybody))[1], $shut, 'restored once more: shut');
is($node->psql('postgres', 'CALL gdpr.after_restore()', stderr => \$told), 0, 'replayed');
is($node->safe_psql('postgres', $erased), '2,3,4,5,6,7,8,9,21', 'entries that were taken over are done again as well, and without a table the key goes');
is($node->safe_psql('postgres', 'SELECT wrapped_key IS NULL, relation IS NULL FROM gdpr.subject WHERE number = 21'), 't|t', 'and the name');
is(app($node, $everybody), 12, 'open');

$node->stop;
done_testing();
