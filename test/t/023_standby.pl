# On a physical standby people are revealed and found as on the primary; a withdrawal, a revoked grant and a rotated key
# count there from the next statement once replayed, in sessions that are open and inside their transactions; after
# promotion it takes writes.
#
# pg_regress cannot do it: it needs two servers.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $key_file = new_key_file('one');
my $primary = new_node('primary', key_file => $key_file, init => { allows_streaming => 1 },
	conf => "max_locks_per_transaction = 256");	# DROP EXTENSION locks every object, and such a small server has room for few
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on");
$standby->start;

sub replayed
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

# Before the first person there is no secret of the database, and a standby cannot make it
$primary->safe_psql('postgres', 'CREATE EXTENSION gdpr');
replayed();
like(told($standby, q{SELECT 'jan@example.com'::gdpr.pii_email}), qr/ERROR:  55000: this database has no secret yet.*HINT:  [^\n]*primary/s, 'first use has to be on the primary');
$primary->safe_psql('postgres', 'DROP EXTENSION gdpr');

customers($primary);
newsletter($primary);
$primary->safe_psql('postgres', q{
	SELECT gdpr.grant_purpose('newsletter', 'app');
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 10) i});
replayed();

# Reads
is(revealed($standby), revealed($primary), 'the standby reveals what the primary reveals');
is(scalar app($standby, q{SELECT id FROM customer WHERE email = 'PERSON7@example.com'}), 7, 'finds people');
is(scalar ask($standby, 'SELECT * FROM gdpr.master_keys()'), scalar ask($primary, 'SELECT * FROM gdpr.master_keys()'), 'has the keys');
like((app($standby, q{INSERT INTO customer (id, email) VALUES (1000, 'new@example.com')}))[1], qr/ERROR:  25006:/, 'and takes no writes');

# Open sessions, one of them in a transaction whose snapshot is older than every change
my $open = session($standby);
my $older = session($standby);
my $newsletter = q{SELECT count(email::text) FROM customer};
$open->(q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'});
$older->(q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; BEGIN ISOLATION LEVEL REPEATABLE READ});
is($_->($newsletter), 10, 'ten people consented') for $open, $older;
$primary->safe_psql('postgres', q{SELECT gdpr.withdraw_consent('customer', '3', 'newsletter')});
replayed();
is($open->($newsletter), 9, 'a withdrawal counts at the next statement of an open session');
is($older->($newsletter), 9, 'and of an open transaction');
is($open->(q{SELECT id FROM customer WHERE email = 'person3@example.com'}), '', 'the person is not found for the purpose');

$primary->safe_psql('postgres', q{SELECT gdpr.give_consent('customer', '3', 'newsletter', 'form', 'in_person', notice_shown => true)});
replayed();
is($open->($newsletter), 10, 'a new consent counts too');
$primary->safe_psql('postgres', q{BEGIN; SELECT gdpr.withdraw_consent('customer', '4', 'newsletter'); ROLLBACK});
replayed();
is($open->($newsletter), 10, 'what was rolled back does not');

# Objection-like denial of the grant itself, and of membership
$primary->safe_psql('postgres', q{SELECT gdpr.revoke_purpose('newsletter', 'app')});
replayed();
like($open->($newsletter), qr/ERROR:  ZG002:/, 'a revoked grant counts at the next statement');
like($older->($newsletter), qr/ERROR:  ZG002:/, 'and in an open transaction');
$older->('ROLLBACK');
$primary->safe_psql('postgres', q{CREATE ROLE marketing; SELECT gdpr.grant_purpose('newsletter', 'marketing'); GRANT marketing TO app});
replayed();
is($open->($newsletter), 10, 'a grant through membership counts');
$primary->safe_psql('postgres', 'REVOKE marketing FROM app');
replayed();
like($open->($newsletter), qr/ERROR:  ZG002:/, 'and its end');

# Rotation on the primary; the standby reads the same file
my $before = revealed($standby);
$open->(q{SET gdpr.purpose = 'order_fulfilment'});
is($open->('SELECT count(email::text) FROM customer'), 20, 'keys are cached');
append_to_file($key_file, 'two:' . 'c3' x 32 . "\n");
$primary->reload;
$standby->reload;
$_->poll_query_until('postgres', 'SELECT count(*) = 2 FROM gdpr.master_keys()') for $primary, $standby;
$primary->safe_psql('postgres', 'CALL gdpr.rotate_master_key()');
replayed();
is(revealed($standby), $before, 'after a rotation the standby reveals the same');
is($open->('SELECT count(email::text) FROM customer'), 20, 'also in an open session');

# Failover
$open->(undef);
$older->(undef);
$primary->stop('immediate');
$standby->promote;
is(revealed($standby), $before, 'promoted, it reveals the same');
is(scalar app($standby, q{INSERT INTO customer (id, email) VALUES (1000, 'new@example.com') RETURNING id, gdpr.reveal(email)}), '1000|new@example.com', 'and takes writes');
is(scalar ask($standby, q{SELECT gdpr.withdraw_consent('customer', '5', 'newsletter')}), 't', 'and withdrawals');
is(scalar ask($standby, 'SELECT count(DISTINCT number) = count(*) FROM gdpr.subject'), 't', 'numbers are still unique');
unlike(slurp_file($_->logfile), qr/PANIC|TRAP|terminated by signal|person\d\@/, $_->name . ': no crash, no plaintext in the log') for $primary, $standby;
$standby->stop;

done_testing();
