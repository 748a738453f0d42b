# Sealed values and tags that were cut, lengthened or altered, as text and through binary receive: a clean refusal when
# they come in, or when they are opened; never plaintext that is not the person's, never a crash.
#
# pg_regress cannot do it: binary input comes from files, and a crash is looked for in the server log.
use strict;
use warnings;

use FindBin;
use MIME::Base64 qw(decode_base64url encode_base64url);
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('malformed');
my $dir = PostgreSQL::Test::Utils::tempdir;
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed repeats this run";
customers($node);

my @classes = qw(email phone name birth_date text);
my %column = (email => 'email', phone => 'phone', name => 'name', birth_date => 'born', text => 'note');
my %bytes = map { $_ => decode_base64url(substr ask($node, "SELECT $column{$_} FROM customer WHERE id = 1"), 6) } @classes;
cmp_ok(length $bytes{$_}, '>', 40, "a sealed $_") for @classes;

sub tag
{
	my ($hex) = ask($node, q{SELECT encode(gdpr_internal.purpose_set_send('{billing}'), 'hex')});

	return pack 'H*', $hex;
}

# One change, or two
sub mutated
{
	my ($original) = @_;
	my $value = $original;

	while ($value eq $original || rand() < 0.3)
	{
		my $at = int rand(length($value) + 1);
		my $kind = int rand 5;

		if ($kind == 0) { $value = substr $value, 0, $at }
		elsif ($kind == 1) { substr($value, $at, 0) = join '', map { chr int rand 256 } 0 .. int rand 40 }
		elsif ($kind == 2) { substr($value, $at, int rand 20) = '' if $at < length $value }
		elsif ($kind == 3) { substr($value, int rand(length($value) < 16 ? length($value) || 1 : 16), 1) = chr int rand 256 if length $value }
		else { substr($value, $at, 1) = chr(ord(substr $value, $at, 1) ^ 1 << int rand 8) if $at < length $value }
	}
	return $value;
}

# As text, in one session that goes on after each
$node->safe_psql('postgres', q{
	CREATE FUNCTION try(class text, value text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		plain text;
		state text;
	BEGIN
		EXECUTE format('SELECT gdpr.reveal($1::gdpr.pii_%s)', class) INTO plain USING value;
		RETURN 'plain ' || plain;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
		RETURN state;
	END $$;
	CREATE TABLE came_in (class text, value text);
	GRANT ALL ON came_in TO app});
my $email = app($node, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1');
my $rows = '';
for (1 .. 4000)
{
	my $class = $classes[ rand @classes ];
	my $value = mutated($bytes{$class});

	# nor what is none of the alphabet
	$rows .= "$class\tgdpr1:" . (rand() < 0.9 ? encode_base64url($value) : substr(encode_base64url($value), 0, 20) . '=' x rand(5) . '~é') . "\n";
}
append_to_file("$dir/values", $rows);
my $answers = app($node, "\\copy came_in FROM '$dir/values'\nSELECT class, try(class, value), count(*) FROM came_in GROUP BY 1, 2 ORDER BY 1, 2");
my %seen;
foreach (split /\n/, $answers)
{
	my (undef, $answer, $count) = split /\|/;

	$seen{$answer} += $count;
}
cmp_ok($seen{'22P02'}, '>', 500, 'text: malformed values are refused as such');
cmp_ok($seen{XX001}, '>', 500, 'well-formed ones that were altered are refused when they are opened');
# 55000: a change of the header made it a value without a person, which opens in the session alone that typed it
is_deeply([ grep { !/^(?:22P02|XX001|ZG020|55000)$/ } sort keys %seen ], [], 'nothing else comes out')
  or diag explain \%seen;

# Binary receive: one COPY for each value, for it stops at the first error
$node->safe_psql('postgres', q{
	CREATE TABLE received (email gdpr.pii_email, born gdpr.pii_birth_date, tag gdpr.purpose_set);
	GRANT ALL ON received TO app});
my $script = "SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment';\n";
my $tag = tag();
for my $n (1 .. 600)
{
	my @values = ($bytes{email}, $bytes{birth_date}, $tag);
	my $which = int rand 3;

	$values[$which] = mutated($values[$which]);
	append_to_file("$dir/binary$n", "PGCOPY\n\xff\r\n\0" . pack('NN', 0, 0) . pack('n', 3) . join('', map { pack('N', length) . $_ } @values) . pack('n', 0xffff));
	$script .= "\\copy received FROM '$dir/binary$n' (FORMAT binary)\n";
}
my ($stdout, $stderr) = ask($node, $script, extra_params => [ '-v', 'ON_ERROR_STOP=0' ]);
my @errors = $stderr =~ /ERROR:  (\w{5}):/g;
cmp_ok(scalar @errors, '>', 100, 'binary: malformed values are refused');
is_deeply([ grep { !/^(?:22P0[23]|22021|XX001|08P01|ZG002)$/ } @errors ], [], 'each with a clean error');
my $received = ask($node, 'SELECT count(*) FROM received');
cmp_ok($received, '>', 20, 'what is well-formed comes in');
is($received + @errors, 600, 'nothing else happened');
is(app($node, q{SELECT count(*) FROM received a JOIN received b USING (email) WHERE a.tag @> '{}' AND concat(a, b) <> ''}) > 0, 1, 'and can be compared and shown');
is( app($node, q{SELECT DISTINCT try('email', concat(email)) FROM received}) =~ s/plain \Q$email\E//r =~ s/XX001|ZG020|55000|\n//gr, '', 'what was altered is not opened');

unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal|server process/, 'nothing crashed');
$node->stop;
done_testing();
