# The master keys of gdpr.key_file: what is refused and why, reload, where the keys may and may not be seen.
#
# pg_regress cannot do it: settings of the server, files beside it, restarts, other modes of the server.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $hex_a = '0a' x 32;
my $hex_b = '0b' x 32;
my $node = PostgreSQL::Test::Cluster->new('key_file');
$node->init;
$node->start;

sub write_key_file
{
	my ($name, $content, $mode) = @_;
	my $path = "$dir/$name";

	unlink $path;
	append_to_file($path, $content);
	chmod($mode // 0600, $path) or die "chmod $path: $!";
	return $path;
}

# What a caller of a function that needs the keys is told: SQLSTATE, message, detail and hint
sub told
{
	my ($sql) = @_;
	my $stderr;

	$node->psql('postgres', "\\set VERBOSITY verbose\n" . ($sql // 'SELECT * FROM gdpr.master_keys()'), stderr => \$stderr);
	return $stderr;
}

sub reload_with
{
	my (%settings) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET $_ = '$settings{$_}'") for sort keys %settings;
	$node->reload;
}

sub await_reason
{
	my ($pattern) = @_;

	return $node->poll_query_until('postgres', "SELECT coalesce(reason, '') ~ '$pattern' FROM gdpr.key_status()");
}

# Without keys at first, a bad file gives ZG019 with its own reason.
sub refused
{
	my ($path, $pattern, $name) = @_;

	reload_with('gdpr.key_file' => '');
	await_reason('^Neither');
	reload_with('gdpr.key_file' => $path);
	ok(await_reason($pattern), "$name: status gives the reason");
	like(told(), qr/ERROR:  ZG019: no master key is loaded\nDETAIL:  [^\n]*$pattern[^\n]*\nHINT:  [^\n]*pg_reload_conf/,
		"$name: refused with ZG019, the reason and a hint");
}

sub loads
{
	my ($path, $expected, $name) = @_;

	reload_with('gdpr.key_file' => $path);
	$node->poll_query_until('postgres', 'SELECT reason IS NULL AND keys > 0 FROM gdpr.key_status()');
	is($node->safe_psql('postgres', "SELECT string_agg(id || CASE WHEN active THEN '*' ELSE '' END, ' ') FROM gdpr.master_keys()"),
		$expected, $name);
}

# Not preloaded
$node->safe_psql('postgres', 'CREATE EXTENSION gdpr');
like(told(), qr/ERROR:  55000: .*not preloaded\nHINT:  Add gdpr to shared_preload_libraries and restart the server\./,
	'not preloaded: 55000 with what to set');
is($node->safe_psql('postgres', 'SELECT keys, reason FROM gdpr.key_status()'), '0|The library is not preloaded.',
	'not preloaded: status raises nothing');

# Preloaded, nothing configured
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'gdpr'");
$node->append_conf('postgresql.conf', 'log_statement = none');	# this file's own statements name the keys
$node->restart;
like(told(), qr/ERROR:  ZG019: no master key is loaded\nDETAIL:  Neither gdpr.key_file nor gdpr.key_command is set\.\nHINT:  .*gdpr.key_file.*gdpr.key_command.*pg_reload_conf/,
	'nothing configured: the first client is told so, not "still reading"');

# Every refusal
my $good = write_key_file('good', "# master keys\n\nold:$hex_a\n");
refused("$dir/none", 'does not exist', 'missing file');
refused($dir, 'not a regular file', 'directory');
mkfifo_refused();
refused(write_key_file('group', "a:$hex_a\n", 0640), 'accessible to group or others \(mode 0640\)', 'group may read');
refused(write_key_file('others', "a:$hex_a\n", 0604), 'accessible to group or others \(mode 0604\)', 'others may read');
refused(write_key_file('writable', "a:$hex_a\n", 0620), 'accessible to group or others \(mode 0620\)', 'group may write');
SKIP:
{
	skip 'a file can be unreadable to its owner only without root', 2 if $> == 0;
	refused(write_key_file('unreadable', "a:$hex_a\n", 0000), 'could not be opened', 'unreadable file');
}
SKIP:
{
	my ($foreign) = split /\n/, `find /var/cache /var/lib /var/spool /var/log -maxdepth 3 -type f -readable ! -uid 0 ! -uid $> 2>/dev/null`;

	skip 'no readable file of another user on this host', 2 if !$foreign;
	refused($foreign, 'belongs to another user', 'file of another user');
}
my $inside = $node->data_dir . '/master.key';
append_to_file($inside, "a:$hex_a\n");
chmod 0600, $inside;
refused($inside, 'inside the data directory', 'inside the data directory');
symlink $inside, "$dir/link";
refused("$dir/link", 'inside the data directory', 'link into the data directory');
unlink $inside;

refused(write_key_file('empty', ''), 'no key line', 'empty file');
refused(write_key_file('comments', "# none\n \n"), 'no key line', 'comments only');
refused(write_key_file('no_colon', "a:$hex_a\n$hex_b\n"), 'Line 2 is malformed', 'no colon');
refused(write_key_file('no_id', ":$hex_a\n"), 'Line 1 is malformed', 'no id');
refused(write_key_file('swapped', "# swapped\n$hex_a:a\n"), 'Line 2 is malformed', 'id and key swapped');
refused(write_key_file('short', 'a:' . substr($hex_a, 1) . "\n"), 'line 1 is too short: it has 63 digits', 'short key');
refused(write_key_file('long', "a:${hex_a}0\n"), 'line 1 is too long: it has 65 digits', 'long key');
refused(write_key_file('not_hex', 'a:' . 'xy' x 32 . "\n"), 'line 1 is malformed: it is not hexadecimal', 'not hexadecimal');
refused(write_key_file('same_id', "a:$hex_a\na:$hex_b\n"), 'Line 2 repeats the id', 'duplicate id');
refused(write_key_file('same_key', "a:$hex_a\nb:" . uc($hex_a) . "\n"), 'Line 2 repeats the key', 'duplicate key');
refused(write_key_file('many', join '', map { sprintf "k%d:%064x\n", $_, $_ } 1 .. 65), 'more than 64 keys', 'too many keys');
refused(write_key_file('large', '#' x 70000), 'larger than 64 kB', 'too large');

# One line too many costs nobody the keys
loads(write_key_file('full', join '', map { sprintf "k%d:%064x\n", $_, $_ } 1 .. 64),
	join(' ', map { $_ == 64 ? "k$_*" : "k$_" } 1 .. 64), '64 keys are allowed');

sub mkfifo_refused
{
	system_or_bail('mkfifo', '-m', '600', "$dir/fifo");
	refused("$dir/fifo", 'not a regular file', 'FIFO, without hanging');
}

# Reload
loads($good, 'old*', 'a good file is loaded without a restart');
my $generation = $node->safe_psql('postgres', 'SELECT generation FROM gdpr.key_status()');
my $loaded = $node->safe_psql('postgres', 'SELECT loaded_at FROM gdpr.key_status()');
$node->reload;
$node->poll_query_until('postgres', "SELECT loaded_at > '$loaded' FROM gdpr.key_status()");
is($node->safe_psql('postgres', 'SELECT generation FROM gdpr.key_status()'), $generation,
	'reading the same keys again is no new generation');

append_to_file($good, "new:$hex_b");
$node->reload;
$node->poll_query_until('postgres', "SELECT generation = $generation + 1 FROM gdpr.key_status()");
is($node->safe_psql('postgres', 'SELECT id, fingerprint, active FROM gdpr.master_keys()'),
	join("\n", map { "$_->[0]|" . fingerprint($_->[1]) . "|$_->[2]" } [ 'old', $hex_a, 'f' ], [ 'new', $hex_b, 't' ]),
	'the newest line is the active key; fingerprints are as documented');

sub fingerprint
{
	my ($hex) = @_;
	require Digest::SHA;
	return substr(Digest::SHA::hmac_sha256_hex('gdpr master key', pack('H*', $hex)), 0, 16);
}

# A mistake later on keeps the keys that are in use
chmod 0644, $good;
my $offset = -s $node->logfile;
$node->reload;
ok(await_reason('accessible to group'), 'a failed reload gives its reason in the status');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.master_keys()'), 2, 'a failed reload keeps the keys');
like(slurp_file($node->logfile, $offset), qr/WARNING:  could not load the master keys\n.*DETAIL:  The key file is accessible/,
	'a failed reload is a warning in the log');
chmod 0600, $good;
loads($good, 'old new*', 'and mending the file fixes it');

# Mistakes in the setting itself
my ($rc, $out, $err) = $node->psql('postgres', "ALTER SYSTEM SET gdpr.key_file = 'master.key'");
like($err, qr/invalid value for parameter "gdpr.key_file".*\n.*must be absolute/, 'a relative path is refused');
($rc, $out, $err) = $node->psql('postgres', "SET gdpr.key_file = '$good'");
isnt($rc, 0, 'a session cannot choose the key file');
($rc, $out, $err) = $node->psql('postgres', 'CREATE ROLE plain; SET ROLE plain; SHOW gdpr.key_file');
isnt($rc, 0, 'only superusers see where the keys are');
reload_with('gdpr.key_command' => 'true');
ok(await_reason('^Both gdpr.key_file and gdpr.key_command are set'), 'two sources are refused');
reload_with('gdpr.key_command' => '');
ok($node->poll_query_until('postgres', 'SELECT reason IS NULL FROM gdpr.key_status()'), 'one is accepted again');

# Where keys may be: nowhere in SQL, nowhere in the log, in memory only where it is not dumped
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_settings s WHERE s::text ~* '$hex_a|$hex_b'"), 0,
	'no setting holds a key');
is($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.master_keys() k, gdpr.key_status() s WHERE (k, s)::text ~* '$hex_a|$hex_b'"),
	0, 'no function shows a key');
SKIP:
{
	skip 'Linux only', 1 if $^O ne 'linux';
	my ($pid, $smaps) = split /\n/, $node->safe_psql('postgres',
		"SELECT pg_backend_pid(); SELECT replace(pg_read_file('/proc/self/smaps', 0, 10000000), E'\\n', ';')"), 2;
	my @pages = $smaps =~ /\S+-\S+ (r--s|rw-s) [^;]*\/dev\/zero[^;]*;(.*?VmFlags:[^;]*);/g;
	my $page = 0;

	while (my ($mode, $text) = splice(@pages, 0, 2))
	{
		$page++ if $mode eq 'r--s' && $text =~ /VmFlags:.* dd/;
	}
	is($page, 1, 'a backend sees the page read-only and excluded from core dumps');
}

# Keys are back after a restart, for the first client
$node->restart;
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.master_keys()'), 2, 'keys are there for the first client after a restart');
$node->stop;

# Other modes of the server
my ($stdout, $stderr);
run_log([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ], '<', \"SELECT * FROM gdpr.master_keys()\n", '>', \$stdout, '2>', \$stderr);
like($stderr, qr/master keys are not available in single-user mode/, 'single-user mode: sealed values only');

my $log = slurp_file($node->logfile);
unlike($log, qr/$hex_a|$hex_b|(?:xy){32}|[0-9a-f]{63}/i, 'no key, and nothing that was refused as one, is in the log');

done_testing();
