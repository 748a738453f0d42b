# Sealed values while the key that wrapped them is elsewhere: named, not "decryption failed"; back without a restart;
# stored and compared without any key.
#
# pg_regress cannot do it: other key files, reloads seen by an open session, a server that does not preload the library.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my %hex = (old => '01' x 32, new => '02' x 32);
my $reveal = "SET gdpr.purpose = 'order_fulfilment'; SELECT gdpr.reveal(email) FROM customer ORDER BY id";

# psql repeats the line that it sent itself; what the server said is the rest.
sub without_echo
{
	my ($stderr) = @_;
	return $stderr =~ s/^LINE \d+: .*\n *\^\n//mgr;
}

sub write_keys
{
	my @names = @_;

	unlink "$dir/master.key";
	append_to_file("$dir/master.key", join '', map { "$_:$hex{$_}\n" } @names);
	chmod 0600, "$dir/master.key";
}

my $node = PostgreSQL::Test::Cluster->new('key_missing');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'gdpr'\ngdpr.key_file = '$dir/master.key'\nlog_statement = none");
write_keys('old');
$node->start;
$node->safe_psql('postgres', q(
	CREATE EXTENSION gdpr;
	CREATE TABLE customer (id bigint PRIMARY KEY, email text);
	INSERT INTO customer VALUES (1, 'jan@example.com');
	SELECT gdpr.declare_subject('customer', 'id');
	SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
	SELECT gdpr.protect('customer', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}');
));
is($node->safe_psql('postgres', $reveal), 'jan@example.com', 'revealed with its key');
my $old = $node->safe_psql('postgres', 'SELECT fingerprint FROM gdpr.master_keys()');
my $sealed = $node->safe_psql('postgres', 'SELECT email FROM customer');
like($sealed, qr/^gdpr1:/, 'stored sealed');

# An open session that has the subject's key in its cache
my ($in, $out, $err) = ('', '', '');
my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(60));

sub in_session
{
	my ($sql) = @_;

	($out, $err) = ('', '');
	$in .= "\\set VERBOSITY verbose\n$sql;\n\\echo done\n\\warn done\n";
	$session->pump until $out =~ /^done$/m && $err =~ /^done$/m;
	return $out . $err;
}
like(in_session($reveal), qr/^jan\@example\.com$/m, 'revealed in the open session');

sub load_keys
{
	my $generation = $node->safe_psql('postgres', 'SELECT generation FROM gdpr.key_status()');

	write_keys(@_);
	$node->reload;
	$node->poll_query_until('postgres', "SELECT generation > $generation FROM gdpr.key_status()");
}

# Another key
load_keys('new');
my $missing = qr/ERROR:  ZG019: the key is wrapped by master key $old, which is not loaded\nDETAIL:  .*\nHINT:  .*gdpr\.key_file.*pg_reload_conf/;
my ($rc, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$reveal", on_error_stop => 0);
like($stderr, $missing, 'with another key: ZG019 names the one that is missing');
unlike($stdout . $stderr, qr/example\.com/, 'and reveals nothing');
like(in_session($reveal), $missing, 'also in a session that had unwrapped the key before');
is($node->safe_psql('postgres', 'SELECT email FROM customer'), $sealed, 'the sealed value is read all the same');
is($node->safe_psql('postgres', 'SELECT count(*) FROM customer a JOIN customer b ON a.email = b.email'), 1, 'and compared');

# Both keys: the old one opens, the new one wraps
load_keys('old', 'new');
like(in_session($reveal), qr/^jan\@example\.com$/m, 'the key came back: the open session reveals again');
$node->safe_psql('postgres', q(SET gdpr.purpose = 'order_fulfilment'; INSERT INTO customer (id, email) VALUES (2, 'an@example.com')));
is($node->safe_psql('postgres', $reveal), "jan\@example.com\nan\@example.com", 'keys wrapped by either open');
is($node->safe_psql('postgres', "SELECT count(DISTINCT substr(wrapped_key, 2, 8)) FROM gdpr.subject"), 2, 'the new subject has the new key');
$session->finish if $in .= "\\q\n";

# No key at all
write_keys('old', 'new');
unlink "$dir/master.key";
$node->restart;
($rc, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$reveal");
like($stderr, qr/ZG019: .*\nDETAIL:  The key file does not exist\./, 'without a key: ZG019 with the reason');
($rc, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO customer (id, email) VALUES (3, 'piet\@example.com')");
like($stderr, qr/ZG019: /, 'nothing can be sealed');
unlike(without_echo($stderr), qr/piet/, 'and the refusal does not repeat it');
unlike(slurp_file($node->logfile), qr/piet/, 'nor does the log');

# Not preloaded
$node->adjust_conf('postgresql.conf', 'shared_preload_libraries', "''");
$node->restart;
is($node->safe_psql('postgres', 'SELECT email FROM customer WHERE id = 1'), $sealed, 'not preloaded: sealed values are read');
is($node->safe_psql('postgres', "CREATE TABLE copy (email gdpr.pii_email); INSERT INTO copy VALUES ('$sealed'); SELECT email FROM copy"),
	$sealed, 'not preloaded: sealed values are written');
($rc, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO copy VALUES ('piet\@example.com')");
like(without_echo($stderr), qr/55000: .*\n(?:DETAIL: .*\n)?HINT:  Add gdpr to shared_preload_libraries and restart the server\./, 'not preloaded: sealing is refused with what to set');
($rc, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$reveal");
like(without_echo($stderr), qr/55000: .*\n(?:DETAIL: .*\n)?HINT:  Add gdpr to shared_preload_libraries and restart the server\./, 'not preloaded: revealing is refused with what to set');

$node->stop;
unlike(slurp_file($node->logfile), qr/$hex{old}|$hex{new}/, 'no key is in the log');
done_testing();
