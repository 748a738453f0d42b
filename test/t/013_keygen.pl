# gdpr-keygen makes files that the server takes, and spoils none.
#
# pg_regress cannot do it: a program, files, a reload.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $keygen = abs_path(dirname(__FILE__) . '/../../scripts/gdpr-keygen');
my $dir = PostgreSQL::Test::Utils::tempdir;
my $file = "$dir/master.key";

sub lines
{
	return split /\n/, slurp_file($file);
}

umask 0;	# whatever the caller's is
command_like([ $keygen, '--help' ], qr/^usage: gdpr-keygen FILE \[ID\]/, '--help');
command_fails([$keygen], 'without a file');
command_ok([ $keygen, $file, 'one' ], 'a new file');
is((stat $file)[2] & 07777, 0600, 'is private');
like((lines())[0], qr/^one:[0-9a-f]{64}$/, 'holds a key');
is(scalar(lines()), 1, 'and nothing else');

my $before = slurp_file($file);
command_fails([ $keygen, $file, 'one' ], 'the same id again is refused');
command_fails([ $keygen, $file, 'a:b' ], 'an id with a colon is refused');
command_fails([ $keygen, $file, 'a' x 64 ], 'an id of 64 characters is refused');
command_fails([ $keygen, $dir ], 'a directory is refused');
command_fails([ $keygen, "$dir/none/master.key" ], 'a missing directory is refused');
is(slurp_file($file), $before, 'and nothing has changed');

append_to_file($file, '# last line without newline');
command_ok([ $keygen, $file ], 'a new last line, with an id of its own');
is((lines())[0] . "\n", $before, 'the key before it is kept');
like((lines())[2], qr/^\d{8}T\d{6}Z:[0-9a-f]{64}$/, 'the new one is the last');
is((stat $file)[2] & 07777, 0600, 'the file is still private');
symlink $file, "$dir/link";
command_ok([ $keygen, "$dir/link", 'three' ], 'through a link');
ok(-l "$dir/link", 'the link is still one');
is_deeply([ grep { !/^(?:master\.key|link|\.\.?)$/ } slurp_dir($dir) ], [], 'nothing is left behind');

my $node = PostgreSQL::Test::Cluster->new('keygen');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'gdpr'\ngdpr.key_file = '$file'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION gdpr');
like($node->safe_psql('postgres', 'SELECT id, active FROM gdpr.master_keys()'), qr/^one\|f\n\d{8}T\d{6}Z\|f\nthree\|t$/, 'the server takes them');
command_ok([ $keygen, $file, 'four' ], 'a key for the running server');
$node->reload;
ok($node->poll_query_until('postgres', q(SELECT bool_or(active AND id = 'four') FROM gdpr.master_keys())), 'is active after a reload');
$node->stop;

done_testing();
