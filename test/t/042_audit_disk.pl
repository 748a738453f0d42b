# When the disk refuses, reads are not lost: they wait in memory, and then gdpr.audit_queue_full decides whether
# revealing waits or fails. And the anchors, outside the data directory, by which a ledger cut short shows.
#
# pg_regress cannot do it: it takes away the right to write, and looks at files and the log.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $anchors = PostgreSQL::Test::Utils::tempdir . '/anchors';
my $node = new_node('audit_disk', conf => "gdpr.audit_flush_interval = '20ms'\ngdpr.audit_queue_size = '256kB'\ngdpr.anchor_file = '$anchors'\n");
customers($node);
my $spool = $node->data_dir . '/pg_gdpr';
my $reads = "SELECT count(*) FROM gdpr.ledger WHERE kind = 'read'";

sub settled
{
	$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND queued_reads = 0 FROM gdpr.audit_status()');
}

# Nobody can write to the spool; the worker is idle and has no file open
app($node, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 1');
settled();
$node->poll_query_until('postgres', 'SELECT worker IS NULL AND spool_bytes = 0 FROM gdpr.audit_status()');
chmod 0500, glob("$spool/*");

my $loop = 'SELECT gdpr.reveal(email) FROM customer WHERE id = 2;';
# A psql that stops at the first refusal may leave more input than a pipe holds, which breaks the writer: it goes on
my ($out, $err) = app($node, "RESET SESSION AUTHORIZATION; SET gdpr.audit_queue_full = 'refuse'; SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment';\n" . "$loop\n" x 3000,
	on_error_stop => 0);
my $shown = () = $out =~ /person2\@/g;
like($err, qr/53100: personal data cannot be revealed because reads cannot be recorded/, 'refused when the queue is full');
cmp_ok($shown, '>', 500, 'not before');
cmp_ok($shown, '<', 3000, 'and from then on');
isnt($node->safe_psql('postgres', 'SELECT disk_error FROM gdpr.audit_status()'), '', 'the status says why');
like(slurp_file($node->logfile), qr/could not write the audit spool/, 'and the log');
like(told($node, "SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'; SET statement_timeout = '500ms'; $loop"), qr/57014/,
	'by default revealing waits');
like(told($node, "SET gdpr.audit = 'sync'; SET gdpr.audit_queue_full = 'refuse'; SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'; $loop"), qr/(58030|53100): personal data cannot be revealed because/,
	'and sync reveals nothing that is not on disk');

chmod 0700, glob("$spool/*");
app($node, $loop);
settled();
is($node->safe_psql('postgres', "$reads AND subject = 2"), $shown + 1, 'when there is room again everything that was shown is recorded, once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'the ledger is intact');

# Anchors
like(slurp_file($anchors), qr/^gdpr-anchor \S+ \d+ \d+ [0-9a-f]{16} \d+ [0-9a-f]{64}$/m, 'the worker anchored by itself');
is((stat $anchors)[2] & 0777, 0600, 'in a file of the server alone');
settled();
$node->safe_psql('postgres', 'SELECT gdpr.anchor()');
$node->safe_psql('postgres', q{
	ALTER TABLE gdpr.ledger DISABLE TRIGGER ALL; ALTER TABLE gdpr.ledger_seal DISABLE TRIGGER ALL;
	DELETE FROM gdpr.ledger e USING gdpr.ledger_seal s WHERE s.sequence > 2 AND s.numbers @> e.number;
	DELETE FROM gdpr.ledger_seal WHERE sequence > 2});
like($node->safe_psql('postgres', 'SELECT problem FROM gdpr.verify_ledger()'), qr/the end of the ledger was cut off/, 'a ledger cut short shows against the file');

like(told($node, 'ALTER SYSTEM SET gdpr.anchor_file = ' . "'" . $node->data_dir . "/anchors'"), qr/22023/, 'the file must be outside the data directory');
$node->stop;
done_testing();
