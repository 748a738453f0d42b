# pg_restore -j fills the tables of the extension in any order, though they refer to one another: here in the order
# opposite to that of the dump, which is one of those that workers may choose.
#
# pg_regress cannot do it: a dump, and a list of its entries.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $node = new_node('restore_order');
customers($node);
newsletter($node);
$node->safe_psql('postgres', q{SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 3) i});
my $newsletter = q{SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'newsletter'; SELECT string_agg(id::text, ',' ORDER BY id) FROM customer};
my $revealed = revealed($node);
like($revealed, qr/^\w{32}\|\w{32}\|20\|40$/, 'there is something to restore');

command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", $node->connstr('postgres') ], 'dump');
my @entries = split /^/m, `pg_restore -l $dir/dump`;
my $is_data = qr/ TABLE DATA gdpr /;
my @data = grep { /$is_data/ } @entries;
cmp_ok(scalar @data, '>', 10, 'tables of the extension are in it');
my @reversed = reverse @data;
append_to_file("$dir/list", join('', map { /$is_data/ ? shift @reversed : $_ } @entries));

$node->safe_psql('postgres', 'CREATE DATABASE other');
command_ok([ 'pg_restore', '-e', '-L', "$dir/list", '-d', $node->connstr('other'), "$dir/dump" ], 'restore in the opposite order');
is(revealed($node, database => 'other'), $revealed, 'the copy reveals the same');
is(scalar ask($node, $newsletter, database => 'other'), '1,2,3', 'and knows who consented');

# Those who are not restoring are checked
like(told($node, "INSERT INTO gdpr.notice_served (subject, notice, notice_version, language, channel, served_at) VALUES (1, 'none', 1, 'nl', 'any', now())", database => 'other'),
	qr/ERROR:  23503/, 'an INSERT is checked as ever');
is($node->safe_psql('other', 'COPY gdpr.vague_phrase FROM PROGRAM \'true\'; SHOW session_replication_role'), 'origin', 'nothing stays behind');
$node->stop;

done_testing();
