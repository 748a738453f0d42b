# The demo of the README comes to its end, and every statement in it does what it says, on the customers of examples/.
#
# pg_regress cannot do it: the demo needs a journal, connects as several roles, and dumps.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $examples = "$FindBin::RealBin/../../examples";
my $directory = PostgreSQL::Test::Utils::tempdir;
my $node = new_node('demo', conf => "gdpr.journal_file = '$directory/journal'\n");

$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGUSER} = 'postgres';
my ($said, $error);
my $ended = IPC::Run::run([ "$examples/demo/run", "$examples/customers/customers.csv" ], '<', \undef, '>', \$said, '2>', \$error);

ok($ended, 'the demo comes to its end') or diag(substr($said, -1500), $error);
like($said, qr/lines with plaintext in the dump\s*\|\s*0$/m, 'and finds no plaintext in the dump');

$node->stop;
done_testing();
