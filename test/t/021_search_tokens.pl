# What search tokens tell who has the disk and no key: a frequency attack on them, by somebody who knows how often each
# name is borne, against the same on equality tokens. The figures of SECURITY.md come from here.
#
# pg_regress cannot do it: it reads the pages of the table.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my ($names, $people) = (1000, 20000);
my $node = new_node('tokens');

# Names as they are borne: the n-th by one n-th as many as the first.
my @names = map { split } grep { !/^#/ } split /\n/, slurp_file("$FindBin::RealBin/../../src/discovery/last_names.txt");
srand 7;
@names = (sort { rand() <=> 0.5 } @names)[ 0 .. $names - 1 ];
my ($sum, $n) = (0, 0);
my %share = map { $_ => 1 / ++$n } @names;
$sum += $_ for values %share;
$_ /= $sum for values %share;
my @of;    # the name of each person
foreach my $name (@names)
{
	push @of, ($name) x int($share{$name} * $people + 0.5);
}
my $dir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$dir/people", join '', map { $_ + 1 . "\t" . ($_ % 2 ? 'Jan ' : 'An ') . ucfirst($of[$_]) . "\t" . ucfirst($of[$_]) . "\n" } 0 .. $#of);

$node->safe_psql('postgres', qq{
	CREATE EXTENSION gdpr;
	CREATE EXTENSION pageinspect;
	SET client_min_messages = warning;
	CREATE TABLE person (id integer PRIMARY KEY, whole text, name text);
	COPY person FROM '$dir/people';
	SELECT gdpr.declare_subject('person', 'id');
	SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"whole": "pii_name", "name": "pii_name"}')});

# What lies in the pages: id, and the bytes of a column, as hexadecimal digits.
sub stored
{
	my ($column) = @_;

	return map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', qq{
		SELECT ('x' || encode(reverse_bytes(v[1]), 'hex'))::bit(32)::integer, encode(v[$column], 'hex') FROM (
			SELECT t_attrs AS v FROM generate_series(0, pg_relation_size('person') / 8192 - 1) b
			CROSS JOIN LATERAL heap_page_item_attrs(get_raw_page('person', b::integer), 'person') i
			WHERE t_xmax = '0' AND t_attrs IS NOT NULL) x});
}
$node->safe_psql('postgres', q{CREATE FUNCTION reverse_bytes(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$ SELECT substr($1, 4, 1) || substr($1, 3, 1) || substr($1, 2, 1) || substr($1, 1, 1) $$});

# Short or long header of a varlena, in hexadecimal digits.
sub content
{
	my ($hex) = @_;

	return hex(substr($hex, 0, 2)) & 1 ? substr($hex, 2) : substr($hex, 8);
}

sub tokens_of
{
	my ($hex) = @_;
	my $at = 2 * (8 + 4);    # behind what the tokens are of, and the form

	return [ map { unpack 'l<', pack 'H8', $_ } substr(content($hex), $at) =~ /(.{8})/g ];
}

# Groups of people that look alike, and the name that is guessed of each: how many are guessed right, in a hundred.
sub right
{
	my ($groups, $guess) = @_;
	my $right = 0;

	foreach my $group (values %$groups)
	{
		my $name = $guess->($group);
		$right += grep { $of[ $_ - 1 ] eq $name } @{ $group->{people} };
	}
	return sprintf '%.1f', 100 * $right / @of;
}

# The n-th most frequent is the n-th name.
sub by_rank
{
	my ($groups) = @_;
	my $rank = 0;
	my %name = map { $_ => $names[ $rank++ ] // '' } sort { @{ $groups->{$b}{people} } <=> @{ $groups->{$a}{people} } || $a cmp $b } keys %$groups;

	return right($groups, sub { $name{ $_[0]{key} } });
}

# Beside its own frequency a name has those of its parts: whose are most like the tokens', by their logarithms?
sub by_parts
{
	my ($groups, $parts) = @_;
	my (%expected, %seen, %profile, %by_count);

	foreach my $name (@names)
	{
		$expected{$_} += $share{$name} for $parts->($name);
	}
	foreach my $name (@names)
	{
		my @profile = map { log $expected{$_} } $parts->($name);
		push @{ $by_count{ scalar @profile } }, [ $name, log $share{$name}, sort { $a <=> $b } @profile ];
	}
	foreach my $group (values %$groups)
	{
		$seen{$_} += @{ $group->{people} } / @of for @{ $group->{tokens} };
	}
	return right(
		$groups,
		sub {
			my ($group) = @_;
			my @profile = (log(@{ $group->{people} } / @of), sort { $a <=> $b } map { log $seen{$_} } @{ $group->{tokens} });
			my ($best, $least) = ('');
			foreach my $candidate (@{ $by_count{ scalar @{ $group->{tokens} } } // [] })
			{
				my $distance = 0;
				$distance += ($profile[$_] - $candidate->[ $_ + 1 ])**2 for 0 .. $#profile;
				($best, $least) = ($candidate->[0], $distance) if !defined $least || $distance < $least;
			}
			return $best;
		});
}

sub groups
{
	my ($key_of, @stored) = @_;
	my %groups;

	foreach my $row (@stored)
	{
		my ($id, $hex) = @$row;
		my ($key, $tokens) = $key_of->($hex);
		$groups{$key} //= { key => $key, tokens => $tokens, people => [] };
		push @{ $groups{$key}{people} }, $id;
	}
	return \%groups;
}

# The equality token, 12 bytes behind version, class and the number of the subject.
sub equality_token
{
	my ($bytes) = content(@_) =~ /^....((?:[89a-f].)*..)/ ? $1 : '';

	return substr content(@_), 4 + length $bytes, 24;
}
my %attack = (equality => [ by_rank(groups(sub { equality_token(@_) }, stored(3))), '' ]);
my %parts = (
	prefix => sub { my ($name) = @_; map { substr $name, 0, $_ } grep { $_ <= length $name } 3 .. 10 },
	words => sub { "=$_[0]" },
	substring => sub { my ($name) = @_; my %grams = map { substr($name, $_, 3) => 1 } 0 .. length($name) - 3; sort keys %grams });
foreach my $kind (sort keys %parts)
{
	$node->safe_psql('postgres', "SELECT gdpr.search_by('person', 'name', '$kind')");
	my $groups = groups(sub { my $tokens = tokens_of(@_); ("@$tokens", $tokens) }, stored(6));

	$attack{$kind} = [ by_rank($groups), by_parts($groups, $parts{$kind}) ];
}
note sprintf '%-10s %5s %% of the people named by rank, %5s %% by parts', $_, @{ $attack{$_} } for sort keys %attack;

my ($most) = sort { $b <=> $a } values %share;
cmp_ok($attack{equality}[0], '>', 100 * $most, 'equality tokens tell the most frequent name at least, so the attack works');
cmp_ok($attack{prefix}[1], '<', 75, 'beginnings tell no more than SECURITY.md says');
cmp_ok($attack{words}[1], '<', 70, 'words tell no more than SECURITY.md says');
cmp_ok($attack{substring}[1], '<', 85, 'substrings tell no more than SECURITY.md says');

# Neither the tokens nor what they are made of can be had by SQL, nor in a dump.
my $shown = $node->safe_psql('postgres', 'SELECT gdpr_search_name FROM person WHERE id < 3 ORDER BY id');
my @shown = split /\n/, $shown;
like($shown, qr/^gdprs1:[\w-]{60,}\ngdprs1:[\w-]{60,}$/, 'tokens are shown sealed');
isnt(substr($shown[0], 20, 30), substr($shown[1], 20, 30), 'and those of one name differ');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stats WHERE attname = \'gdpr_search_name\''), 0, 'no statistics');

done_testing();
