# A base backup restored elsewhere: with the key file it reveals the same, goes on writing, and honours consent; with
# another key file it says which key is missing.
#
# pg_regress cannot do it: a second cluster, pg_basebackup, point-in-time recovery.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $key_file = new_key_file();
my $source = new_node('source', key_file => $key_file, init => { allows_streaming => 1, has_archiving => 1 });
customers($source);
newsletter($source);
$source->safe_psql('postgres', q{SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 3) i});
my $newsletter = q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; SELECT string_agg(id::text, ',' ORDER BY id) FROM customer};

my $revealed = revealed($source);
like($revealed, qr/^\w{32}\|\w{32}\|20\|40$/, 'the source reveals everybody');
$source->backup('whole');

# The backup alone
my $same = PostgreSQL::Test::Cluster->new('same');
$same->init_from_backup($source, 'whole');
$same->start;
is(revealed($same), $revealed, 'with the key file the copy reveals the same');
is(app($same, q{SELECT id FROM customer WHERE email = 'PERSON7@example.com'}), 7, 'finds people by their address');
is(scalar ask($same, $newsletter), '1,2,3', 'knows who consented');
is(app($same, q{INSERT INTO customer (id, email) VALUES (1000, 'new@example.com') RETURNING gdpr_subject > (SELECT max(gdpr_subject) FROM customer), gdpr.reveal(email)}),
	't|new@example.com', 'takes new people');
is(scalar ask($same, q{SELECT gdpr.withdraw_consent('customer', '1', 'newsletter'); } . $newsletter), "t\n2,3", 'and withdrawals');
is(app($same, q{SELECT id FROM customer WHERE email = 'new@example.com' AND id = 1000}), 1000, 'which are found again');
is(scalar ask($source, $newsletter), '1,2,3', 'the source knows nothing of it');

# Another key
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init_from_backup($source, 'whole');
$other->append_conf('postgresql.conf', "gdpr.key_file = '" . new_key_file('other') . "'");
$other->start;
is(scalar ask($other, 'SELECT count(*) FROM customer'), 20, 'with another key file all rows are there');
like((app($other, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1'))[1], qr/ERROR:  ZG019:.*master key/, 'but a reveal says which key is missing');
my $fingerprint = $source->safe_psql('postgres', 'SELECT fingerprint FROM gdpr.master_keys()');
like((app($other, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1'))[1], qr/\Q$fingerprint\E/, 'by its fingerprint');
$other->append_conf('postgresql.conf', "gdpr.key_file = '$key_file'");
$other->reload;
$other->poll_query_until('postgres', "SELECT fingerprint = '$fingerprint' FROM gdpr.master_keys()");
is(revealed($other), $revealed, 'and a reload with the right file fixes it');

# Recovery to a point in time: what was withdrawn before it is withdrawn, what came after has not happened
$source->safe_psql('postgres', q{SELECT gdpr.withdraw_consent('customer', '2', 'newsletter')});
app($source, q{UPDATE customer SET phone = '0470 11 22 33' WHERE id = 5});
my $before = revealed($source);
my $lsn = $source->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$source->safe_psql('postgres', q{SELECT gdpr.withdraw_consent('customer', '3', 'newsletter')});
app($source, q{INSERT INTO customer (id, email) VALUES (2000, 'later@example.com')});
my $segment = $source->safe_psql('postgres', 'SELECT pg_walfile_name(pg_current_wal_lsn())');
$source->safe_psql('postgres', 'SELECT pg_switch_wal()');
$source->poll_query_until('postgres', "SELECT last_archived_wal >= '$segment' FROM pg_stat_archiver");

my $then = PostgreSQL::Test::Cluster->new('then');
$then->init_from_backup($source, 'whole', has_restoring => 1, standby => 0);
$then->append_conf('postgresql.conf', "recovery_target_lsn = '$lsn'\nrecovery_target_action = promote\n");
$then->start;
$then->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is(revealed($then), $before, 'recovered to a point in time, it reveals what was then');
is(scalar ask($then, $newsletter), '1,3', 'and who consented then');
is(app($then, q{INSERT INTO customer (id, email) VALUES (3000, 'again@example.com') RETURNING gdpr.reveal(email)}), 'again@example.com',
	'and new people come in');
is(app($then, q{SELECT count(*) FROM customer WHERE email = 'later@example.com'}), 0, 'nobody of later is there');

$_->stop for $source, $same, $other, $then;
done_testing();
