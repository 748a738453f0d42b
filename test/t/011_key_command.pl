# The master keys of gdpr.key_command: what it may do wrong, that it is ended in time with all it started, that nothing
# it prints is seen, and that the keys survive crashes.
#
# pg_regress cannot do it: settings of the server, processes, crashes.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $dir = PostgreSQL::Test::Utils::tempdir;
my $hex = 'c0ffee' . '5a' x 29;
my $node = PostgreSQL::Test::Cluster->new('key_command');
$node->init;
$node->append_conf('postgresql.conf', qq(
shared_preload_libraries = 'gdpr'
restart_after_crash = on
log_statement = none
gdpr.key_command = 'sleep 2; echo slow:$hex'
));

# The postmaster does not wait for it; a client that needs the keys does.
my $started = time;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION gdpr');
is($node->safe_psql('postgres', 'SELECT id FROM gdpr.master_keys()'), 'slow', 'the first client waits for a slow command');

sub script
{
	my ($name, $body) = @_;
	my $path = "$dir/$name.sh";

	unlink $path;
	append_to_file($path, "$body\n");
	return "/bin/sh $path";
}

sub reload_with
{
	my ($command) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET gdpr.key_command = '$command'");
	$node->reload;
}

sub refused
{
	my ($command, $pattern, $name) = @_;
	my $stderr;

	reload_with('');
	$node->poll_query_until('postgres', 'SELECT keys = 0 FROM gdpr.key_status()');
	reload_with($command);
	ok( $node->poll_query_until('postgres', "SELECT coalesce(reason, '') ~ '$pattern' FROM gdpr.key_status()"),
		"$name: status gives the reason");
	$node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM gdpr.master_keys()", stderr => \$stderr);
	like($stderr, qr/ERROR:  ZG019: no master key is loaded\nDETAIL:  [^\n]*$pattern[^\n]*\nHINT:  [^\n]*pg_reload_conf/,
		"$name: refused with ZG019, the reason and a hint");
}

my $offset = -s $node->logfile;
refused(script('fails', "echo told-on-stderr >&2; echo a:$hex; exit 3"), 'failed with exit status 3', 'failing command');
like(slurp_file($node->logfile, $offset), qr/told-on-stderr/, 'stderr is in the server log');
refused("$dir/no-such-command", 'failed with exit status 127', 'unknown command');
refused('kill -9 $$', 'ended by signal 9', 'killed command');
refused('true', 'printed nothing', 'silent command');
refused(script('noise', 'echo hello'), 'Line 1 is malformed', 'command that prints something else');
refused(script('much', 'head -c 100000 /dev/zero'), 'printed more than 64 kB', 'command that prints too much');

# Its time is up: it goes, with everything it started, also what ignores SIGTERM.
$node->safe_psql('postgres', 'ALTER SYSTEM SET gdpr.key_command_timeout = 1');
refused(script('hangs', "trap '' TERM; echo a:$hex; sh -c 'echo \$\$ > $dir/grandchild; sleep 600' & sleep 600"), 'timed out after 1 s', 'hanging command');
ok(-s "$dir/grandchild", 'the command had started another process');
my $grandchild = slurp_file("$dir/grandchild");
chomp $grandchild;
my $gone = 0;
for (1 .. 100)
{
	last if $gone = !is_running($grandchild);
	usleep(50_000);
}
ok($gone, 'what the command started has gone with it');

# Closing stdout is not the end
refused(script('lingers', "echo a:$hex; exec >&-; sleep 600"), 'timed out after 1 s', 'command that closes stdout and stays');

# Being orphaned, a zombie remains only as long as nobody reaps it.
sub is_running
{
	my ($pid) = @_;
	my $state = `ps -o stat= -p $pid`;
	return $state =~ /^[^Z\s]/;
}

# A command that fails at first is tried again without a reload
reload_with('');
unlink "$dir/ready";
reload_with(script('later', "test -e $dir/ready || exit 1; echo later:$hex"));
$node->poll_query_until('postgres', q(SELECT coalesce(reason, '') ~ 'exit status 1' FROM gdpr.key_status()));
append_to_file("$dir/ready", '');
ok($node->poll_query_until('postgres', 'SELECT keys = 1 FROM gdpr.key_status()'), 'a command that failed is tried again');

# The command inherits none of the server's files, and no input
reload_with(script('files', "ls /proc/self/fd | tr '\\n' ' ' > $dir/fds; readlink /proc/self/fd/0 >> $dir/fds; echo files:$hex"));
$node->poll_query_until('postgres', q(SELECT bool_and(id = 'files') FROM gdpr.master_keys()));
SKIP:
{
	skip 'Linux only', 1 if $^O ne 'linux';
	like(slurp_file("$dir/fds"), qr/^0 1 2 3 \/dev\/null$/, 'no open file of the server reaches the command');
}

# Crashes
my $before = $node->safe_psql('postgres', 'SELECT * FROM gdpr.master_keys()');
crash(\&kill_backend, 'a backend');
crash(sub { kill 'KILL', worker_pid() }, 'the keyring worker');

# A session of our own, held open while it is killed
sub kill_backend
{
	my ($in, $out, $err) = ('', '', '');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(60));

	$in .= "SELECT pg_backend_pid();\n";
	$session->pump until $out =~ /^(\d+)\n/;
	kill 'KILL', $out =~ /(\d+)/;
	$in .= "SELECT 1;\n\\q\n";
	$session->finish;
}

sub worker_pid
{
	my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	my ($pid) = `ps -o pid=,args= --ppid $postmaster` =~ /^\s*(\d+)\s.*gdpr keyring/m;
	return $pid;
}

sub crash
{
	my ($kill, $name) = @_;
	my $offset = -s $node->logfile;

	$kill->();
	for (1 .. 200)
	{
		last if slurp_file($node->logfile, $offset) =~ /all server processes terminated; reinitializing/;
		usleep(50_000);
	}
	like(slurp_file($node->logfile, $offset), qr/all server processes terminated; reinitializing/, "killing $name restarts the server");
	$node->poll_query_until('postgres', 'SELECT true');
	is($node->safe_psql('postgres', 'SELECT * FROM gdpr.master_keys()'), $before, "keys are there after the crash of $name");
}

reload_with("echo after:$hex");
ok($node->poll_query_until('postgres', q(SELECT bool_and(id = 'after') FROM gdpr.master_keys())), 'a reload works after the crashes');

# Stopping does not wait for a command that hangs
$node->safe_psql('postgres', 'ALTER SYSTEM SET gdpr.key_command_timeout = 600');
reload_with(script('blocks', "echo started > $dir/blocks; sleep 600"));
for (1 .. 100)
{
	last if -s "$dir/blocks";
	usleep(50_000);
}
$started = time;
$node->stop;
cmp_ok(time - $started, '<', 30, 'the server stops although the command hangs');

my $settings = slurp_file($node->data_dir . '/postgresql.auto.conf') . slurp_file($node->data_dir . '/postgresql.conf');
(my $log = slurp_file($node->logfile)) =~ s/^.*(ALTER SYSTEM|parameter "gdpr.key_command").*$//mg;
unlike($log, qr/$hex/, 'nothing the command printed is in the log');

done_testing();
