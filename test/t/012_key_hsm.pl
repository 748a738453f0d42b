# The master keys unwrapped by a hardware security module, as examples/keys describes it, with SoftHSM as the module.
#
# pg_regress cannot do it: a token, a command of the server, reloads.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $examples = abs_path(dirname(__FILE__) . '/../../examples/keys');
my ($module) = grep { -e } glob('/usr/lib/softhsm/libsofthsm2.so /usr/lib*/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so /usr/local/lib/softhsm/libsofthsm2.so');

foreach my $program ('softhsm2-util', 'pkcs11-tool', 'openssl')
{
	plan skip_all => "$program is not installed" if !grep { -x "$_/$program" } split /:/, $ENV{PATH};
}
plan skip_all => 'the library of SoftHSM is not installed' if !$module;

# A token of our own
my $dir = PostgreSQL::Test::Utils::tempdir;
my $pin = '73519';
mkdir "$dir/tokens", 0700;
append_to_file("$dir/softhsm2.conf", "directories.tokendir = $dir/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
append_to_file("$dir/hsm.pin", "$pin\n");
chmod 0400, "$dir/hsm.pin";
$ENV{SOFTHSM2_CONF} = "$dir/softhsm2.conf";
my @tool = ('pkcs11-tool', '--module', $module, '--token-label', 'gdpr');
command_ok([ 'softhsm2-util', '--init-token', '--free', '--label', 'gdpr', '--pin', $pin, '--so-pin', '9999' ], 'initialise a token');
command_ok([ @tool, '--login', '--pin', $pin, '--keypairgen', '--key-type', 'rsa:2048', '--label', 'gdpr-master', '--usage-decrypt' ],
	'make a pair of keys in it');
command_ok([ @tool, '--read-object', '--type', 'pubkey', '--label', 'gdpr-master', '--output-file', "$dir/hsm.der" ], 'read the public key');
command_ok([ 'openssl', 'pkey', '-pubin', '-inform', 'DER', '-in', "$dir/hsm.der", '-out', "$dir/hsm.pub" ], 'convert it');

command_like([ @tool, '--login', '--pin', $pin, '--list-objects', '--type', 'privkey' ], qr/never extractable/,
	'the private key can never leave it');

# The example's settings, with the paths of this test
(my $conf = slurp_file("$examples/hsm.conf")) =~ s{/etc/gdpr/}{$dir/}g;
$conf =~ s{^pkcs11_module=.*}{pkcs11_module=$module}m;
append_to_file("$dir/hsm.conf", $conf);

sub wrap
{
	my ($id) = @_;

	command_ok([ "$examples/wrap-key", "$dir/wrapped.keys", $id, "openssl pkeyutl -encrypt -pubin -inkey $dir/hsm.pub -pkeyopt rsa_padding_mode:oaep" ],
		"wrap the key $id");
}

wrap('first');
command_fails([ "$examples/wrap-key", "$dir/wrapped.keys", 'first', 'cat' ], 'an id is wrapped once');
is((stat "$dir/wrapped.keys")[2] & 07777, 0600, 'the wrapped keys are private all the same');

my $node = PostgreSQL::Test::Cluster->new('key_hsm');
$node->init;
$node->append_conf('postgresql.conf', qq(
shared_preload_libraries = 'gdpr'
gdpr.key_command = '$examples/hsm-key-command $dir/hsm.conf'
));
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION gdpr');
is($node->safe_psql('postgres', 'SELECT id, active FROM gdpr.master_keys()'), 'first|t', 'the module unwraps the key for the server');

# What the module unwraps is what was wrapped: the fingerprint is that of a 32-byte key, and stays
my $fingerprint = $node->safe_psql('postgres', 'SELECT fingerprint FROM gdpr.master_keys()');
my ($key) = `$examples/hsm-key-command $dir/hsm.conf 2>/dev/null` =~ /^first:([0-9a-f]{64})$/m;
require Digest::SHA;
is(substr(Digest::SHA::hmac_sha256_hex('gdpr master key', pack('H*', $key)), 0, 16), $fingerprint, 'it is the key that the command prints');

wrap('second');
$node->reload;
ok($node->poll_query_until('postgres', 'SELECT count(*) = 2 FROM gdpr.master_keys()'), 'a second key needs a reload only');
is($node->safe_psql('postgres', 'SELECT fingerprint, active FROM gdpr.master_keys() LIMIT 1'), "$fingerprint|f", 'the first one is unchanged');

# The module locks us out: the keys in use stay, a restart has none
chmod 0600, "$dir/hsm.pin";
unlink "$dir/hsm.pin";
append_to_file("$dir/hsm.pin", "00000\n");
$node->reload;
ok($node->poll_query_until('postgres', q(SELECT coalesce(reason, '') ~ 'exit status 1' FROM gdpr.key_status())), 'a wrong PIN is a failed load');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.master_keys()'), 2, 'which keeps the keys');
$node->restart;
my $stderr;
$node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM gdpr.master_keys()", stderr => \$stderr);
like($stderr, qr/ERROR:  ZG019: no master key is loaded\nDETAIL:  gdpr.key_command failed with exit status 1\./, 'after a restart there are none');
like(slurp_file($node->logfile), qr/unwrap-keys: key "first" could not be unwrapped/, 'the log says which key');

unlink "$dir/hsm.pin";
append_to_file("$dir/hsm.pin", "$pin\n");
ok($node->poll_query_until('postgres', 'SELECT keys = 2 FROM gdpr.key_status()'), 'and they come back without a reload');
$node->stop;

my $everything = slurp_file($node->logfile) . slurp_file("$dir/wrapped.keys") . slurp_file($node->data_dir . '/postgresql.conf');
unlike($everything, qr/$key/, 'neither log nor files hold the key');

done_testing();
