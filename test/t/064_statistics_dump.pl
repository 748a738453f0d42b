# The recipe of docs/anonymisation.md: a dump of the statistical copies alone restores where there is neither the extension
# nor a key, and holds nothing of the people.
#
# pg_regress cannot do it: it calls pg_dump and restores.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('statistics_dump');
my $file = PostgreSQL::Test::Utils::tempdir . '/statistics.dump';
my $text = PostgreSQL::Test::Utils::tempdir . '/statistics.sql';

$node->safe_psql('postgres', q{
	CREATE EXTENSION IF NOT EXISTS gdpr;
	CREATE TABLE guest (id int PRIMARY KEY, name text, born text, city text, spent int);
	INSERT INTO guest SELECT i, 'Canary ' || i, (1950 + i % 4) || '-03-07', CASE WHEN i % 2 = 0 THEN 'Gent' ELSE 'Dinant' END, i % 9 FROM generate_series(1, 200) i;
	SELECT gdpr.declare_subject('guest', 'id');
	SELECT gdpr.protect('guest', purposes => '{statistics}', columns => '{"name": "pii_name", "born": "pii_birth_date"}');
	SELECT gdpr.define_hierarchy('region', '{"Gent": ["Flanders"], "Dinant": ["Wallonia"]}');
	CREATE SCHEMA stats;
	CREATE ROLE clerk;
	SELECT gdpr.grant_purpose('statistics', 'clerk');
	SELECT gdpr.grant_duty('controller', 'clerk');
	GRANT SELECT ON guest TO clerk;
	GRANT ALL ON SCHEMA stats TO clerk;
	SET ROLE clerk;
	SET gdpr.purpose = 'statistics';
	SELECT gdpr.anonymise_into('guest', 'stats.guest', '{"name": "default", "born": "default", "city": {"strategy": "generalise", "hierarchy": "region"}, "spent": null}');
	SELECT gdpr.assert_anonymous('stats.guest', '{born,city}', k => 20);
	SELECT gdpr.anonymise_to_k('guest', 'stats.spent', '{spent}', 10);
	SELECT gdpr.assert_anonymous('stats.spent', '{spent}', k => 10);
});
my $facts = q{SELECT count(*), count(name), count(DISTINCT born), string_agg(DISTINCT city, ','), sum(spent), (SELECT count(*) FROM stats.spent) FROM stats.guest};
my $before = $node->safe_psql('postgres', $facts);
is($before, '200|0|4|Flanders,Wallonia|' . $node->safe_psql('postgres', 'SELECT sum(spent) FROM guest') . '|200', 'the copy holds what it should');

$node->command_ok([ 'pg_dump', '--schema=stats', '--no-owner', '--no-privileges', '-Fc', '-d', $node->connstr('postgres'), '-f', $file ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('elsewhere'), $file ], 'restored without the extension');
is($node->safe_psql('elsewhere', $facts), $before, 'with the same figures');
is($node->safe_psql('elsewhere', q{SELECT count(*) FROM pg_extension WHERE extname = 'gdpr'}), '0', 'and no extension');

$node->command_ok([ 'pg_restore', '-f', $text, $file ], 'as text');
my $dump = slurp_file($text);
unlike($dump, qr/Canary|gdpr1:|gdpr\.|-03-07|Gent|Dinant/, 'nothing of the people is in it');
like($dump, qr/Flanders/, 'and the figures are');

$node->stop;
done_testing();
