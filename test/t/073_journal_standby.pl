# Each node has a file of its own: a standby writes one from what it replays, needs nothing when promoted, and does not
# mistake a replay that lags for a restore. What an asynchronous failover lost is in the old primary's file: taken over
# by the new one, it is done again, and the old primary that follows now is good by itself.
#
# pg_regress cannot do it: several servers.
use strict;
use warnings;

use File::Copy qw(copy);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $directory = PostgreSQL::Test::Utils::tempdir;
mkdir "$directory/$_" for qw(a b c);
my $a = new_node('a', init => { allows_streaming => 1 }, conf => "gdpr.journal_file = '$directory/a/journal'\nwal_log_hints = on\nwal_keep_size = 512\n");
customers($a);
newsletter($a);
$a->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)');
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1 + 1, 6) i});
my $name = 'journal.' . $a->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
my $was;
my $everybody = q{SELECT count(email::text) FROM customer};

sub waited { my ($node) = @_; is($node->safe_psql('postgres', "SELECT gdpr.journal_wait('60 seconds')"), 't', $node->name . ': the journal is written') }
sub file { return "$directory/" . shift . "/$name" }
sub entries { my $file = file(shift); return -e $file ? slurp_file($file) =~ s/\A.*\n//r : '' }
sub await_entry { my ($node, $pattern) = @_; for (1 .. 900) { return 1 if entries($node) =~ $pattern; sleep 0.1 } return 0 }

waited($a);
$a->backup('base');
my $b = PostgreSQL::Test::Cluster->new('b');
$b->init_from_backup($a, 'base', has_streaming => 1);
$b->append_conf('postgresql.conf', "gdpr.journal_file = '$directory/b/journal'\n");
$b->start;

# Nobody ever connects to it
ok(await_entry('b', qr/\terasure\t1\t/), 'a new standby writes a file of its own, though nobody uses it');
$a->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(a)')});
waited($a);
ok(await_entry('b', qr/\terasure\t2\t/), 'and goes on');
is(entries('b'), entries('a'), 'with the same lines');
is(app($b, $everybody), 18, 'people are revealed there');
is($b->safe_psql('postgres', q{SELECT state FROM gdpr.journal_status()}), 'good', 'the journal is good');

# A standby that has to replay again what it had replayed
$b->stop('immediate');
$b->start;
$a->wait_for_catchup($b, 'replay', $a->lsn('insert'));
is(app($b, $everybody), 18, 'after a crash of the standby too');

# A standby behind its own file, because it has to fetch again what it had
$b->stop;
$a->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '3', 'Art. 17(1)(a)')});
waited($a);
append_to_file(file('b'), (split /^/, entries('a'))[-1]);
$b->append_conf('postgresql.conf', "primary_conninfo = ''\n");
$b->start;
is($b->safe_psql('postgres', q{SELECT state FROM gdpr.journal_status()}), 'ahead', 'a standby behind its own file');
like((app($b, $everybody))[1], qr/ERROR:  55000: this database is older than its journal.*HINT:  [^\n]*a standby that restarted opens by itself/s, 'waits');
$was = slurp_file(file('b'));
$b->append_conf('postgresql.conf', "primary_conninfo = '" . $a->connstr . " application_name=b'\n");
$b->reload;
$b->poll_query_until('postgres', q{SELECT state = 'good' FROM gdpr.journal_status()});
is(app($b, $everybody), 17, 'and opens by itself once it has replayed');
is(slurp_file(file('b')), $was, 'its file as it was');

# Failover: what reached the standby needs nothing
$a->safe_psql('postgres', q{SELECT gdpr.withdraw_consent('customer', '4', 'newsletter')});
waited($a);
ok(await_entry('b', qr/\twithdrawn\t4\t/), 'a withdrawal comes through');

# What did not is lost with the primary
$b->stop;
$a->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '5', 'Art. 17(1)(a)'), gdpr.withdraw_consent('customer', '6', 'newsletter')});
waited($a);
$a->stop;
$b->start;
$b->promote;
is(app($b, $everybody), 17, 'promoted, it needs nothing');
is($b->safe_psql('postgres', q{SELECT state FROM gdpr.journal_status()}), 'good', 'its journal is good');
is(app($b, q{INSERT INTO customer (id, email) VALUES (300, 'new@example.com') RETURNING 1}), 1, 'new people come in');
$b->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '7', 'Art. 17(1)(a)')});
waited($b);
is($b->safe_psql('postgres', q{SELECT count(*) FROM gdpr.erasure WHERE subject = 5}), 0, 'an erasure that never reached it is lost');

# The old primary's file is taken over
copy(file('a'), "$directory/b/journal.lost") or die;
is($b->psql('postgres', q{CALL gdpr.after_restore('journal.lost')}, stderr => \my $told), 0, 'the file of the old primary is replayed');
like($told, qr/"erased": 1.*"consent ended": 1|"consent ended": 1.*"erased": 1/, 'what it alone knew');
is($b->safe_psql('postgres', q{SELECT count(*) FROM gdpr.erasure WHERE subject IN (5, 7)}), 2, 'nobody is forgotten');
is($b->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_journal()'), 0, 'one chain');
unlink "$directory/b/journal.lost";

# And follows, rewound
$b->safe_psql('postgres', 'CHECKPOINT');
my $lost = slurp_file(file('a'));
command_ok([ 'pg_rewind', '-D', $a->data_dir, '--source-server', $b->connstr('postgres'), '--config-file', $a->data_dir . '/postgresql.conf', '--no-sync' ], 'pg_rewind');
$a->append_conf('postgresql.conf', "port = " . $a->port . "\ngdpr.journal_file = '$directory/a/journal'\nprimary_conninfo = '" . $b->connstr . " application_name=a'\n");
append_to_file($a->data_dir . '/standby.signal', '');
$a->start;
$b->wait_for_catchup($a, 'replay', $b->lsn('insert'));
is(app($a, $everybody), app($b, $everybody), 'the old primary follows, and reveals what the new one does');
$b->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '8', 'Art. 17(1)(a)')});
waited($b);
ok(await_entry('a', qr/\terasure\t8\t/), 'its file follows too');
is(entries('a'), entries('b'), 'with the same lines');
is(slurp_file((glob "$directory/a/old-journal.*")[0]), $lost, 'what it had written before is kept');

$_->stop for $a, $b;
done_testing();
