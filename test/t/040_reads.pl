# The access log: recorded whatever becomes of the transaction, once per statement, and never with a value. The ledger
# verifies elsewhere: from an export, from a proof, after a dump and restore.
#
# pg_regress cannot do it: entries arrive from another process; psql's variables, a second database, a script.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('reads', conf => "gdpr.audit_flush_interval = '20ms'\n");
my $dir = PostgreSQL::Test::Utils::tempdir;
my $examples = "$FindBin::RealBin/../../examples/verify_ledger";
customers($node);

my $mark = 0;

# The reads since the last call, in the order in which they came, as "kind|subjects|what" each.
sub reads
{
	my ($expected) = @_;
	my $from = $mark;

	$node->poll_query_until('postgres', "SELECT count(*) >= $expected FROM gdpr.ledger WHERE number > $from AND kind LIKE 'read%'")
		or diag('the worker does not keep up');
	$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND queued_reads = 0 FROM gdpr.audit_status()');
	$mark = $node->safe_psql('postgres', 'SELECT max(number) FROM gdpr.ledger');
	return $node->safe_psql('postgres', qq{
		SELECT coalesce(subject::text, subjects::text, '-') || ' ' || concat_ws(' ', detail ->> 'purpose',
			'revealed ' || (detail ->> 'revealed'), 'masked ' || (detail ->> 'masked'), 'denied ' || (detail ->> 'denied'))
		FROM gdpr.ledger WHERE number > $from AND kind = 'read' ORDER BY number});
}

sub recorded
{
	my ($sql, $expected, $name) = @_;

	app($node, $sql);
	is(reads(scalar(my @lines = split /\n/, $expected)), $expected, $name);
}
$mark = $node->safe_psql('postgres', 'SELECT max(number) FROM gdpr.ledger');

my $order = 'order_fulfilment revealed';
recorded('SELECT gdpr.reveal(email) FROM customer WHERE id = 7', "7 $order {\"email\": 1}", 'a point read');
recorded('SELECT email::text, phone::text FROM customer', "{[1,21)} $order {\"email\": 20, \"phone\": 20}", 'a scan is one entry and one range');
recorded('SELECT gdpr.reveal(email) FROM customer WHERE id IN (2, 3, 9)', "{[2,4),[9,10)} $order {\"email\": 3}", 'only those who were seen');
recorded('BEGIN; SELECT gdpr.reveal(email) FROM customer WHERE id = 5; ROLLBACK', "5 $order {\"email\": 1}", 'rolled back');
recorded('BEGIN READ ONLY; SELECT gdpr.reveal(email) FROM customer WHERE id = 5; COMMIT', "5 $order {\"email\": 1}", 'in a read-only transaction');
recorded('SELECT gdpr.reveal(email), 1 / (id - 4) FROM customer WHERE id < 5 ORDER BY id', "{[1,5)} $order {\"email\": 4}", 'in a statement that failed');
recorded("SET statement_timeout = '300ms'; SELECT gdpr.reveal(email), pg_sleep(10) FROM customer WHERE id = 3",
	"3 $order {\"email\": 1}", 'in a statement that was cancelled');
recorded('BEGIN; DECLARE c CURSOR FOR SELECT gdpr.reveal(email) FROM customer ORDER BY id; FETCH 2 FROM c; FETCH 3 FROM c; COMMIT',
	"{[1,3)} $order {\"email\": 2}\n{[3,6)} $order {\"email\": 3}", 'a cursor in pieces: what was fetched');
recorded('PREPARE p AS SELECT gdpr.reveal(email) FROM customer WHERE id = $1; EXECUTE p(4); EXECUTE p(6)',
	"4 $order {\"email\": 1}\n6 $order {\"email\": 1}", 'prepared statements');
recorded('COPY (SELECT gdpr.reveal(name) FROM customer WHERE id = 8) TO STDOUT', "8 $order {\"name\": 1}", 'COPY');
recorded(q{DO $$ BEGIN PERFORM gdpr.reveal(email) FROM customer WHERE id = 8; PERFORM gdpr.reveal(email) FROM customer WHERE id = 9;
	RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $$}, "{[8,10)} $order {\"email\": 2}", 'a block that catches its error: one entry');
recorded("SET gdpr.output = 'reveal'; SELECT email FROM customer WHERE id = 11; UPDATE customer SET total = 1 WHERE false",
	"11 $order {\"email\": 1}", 'output to a client');
recorded("SET gdpr.output = 'reveal'; UPDATE customer SET note = 'x' WHERE id = 12 RETURNING name", "12 $order {\"name\": 1}", 'RETURNING to a client');
recorded("SET gdpr.purpose = 'newsletter'; SET gdpr.on_denied = 'null'; BEGIN; SELECT gdpr.reveal(email, 'order_fulfilment') FROM customer WHERE id = 1; SELECT gdpr.reveal(email, 'newsletter') FROM orders, (SELECT email FROM customer LIMIT 0) c; ROLLBACK",
	'', 'rows that a purpose does not show are not read');
recorded("SET gdpr.purpose = 'billing'; BEGIN; SELECT gdpr.mask('a\@example.com'::gdpr.pii_email); ROLLBACK",
	'- billing denied {"the purpose is unknown or not granted": 1}', 'a denial, rolled back');
recorded('SELECT gdpr.age_at(born, NULL) FROM customer WHERE id = 3', "3 $order {\"birth_date\": 1}", 'an age');
$node->safe_psql('postgres', "SELECT gdpr.grant_domain('study', 'app')");
recorded("SELECT gdpr.pseudonymise(email, 'study') FROM customer WHERE id = 3", "3 $order {\"email\": 1}", 'a pseudonym');

is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT concat_ws(',', role, detail ->> 'user', detail ->> 'database', detail ->> 'client'), ';') FROM gdpr.ledger WHERE kind = 'read'"),
	'app,app,postgres,[local]', 'each says who, where and from where');
is($node->safe_psql('postgres', "SELECT detail ->> 'relations' FROM gdpr.ledger WHERE kind = 'read' ORDER BY number LIMIT 1"), '["public.customer"]', 'and the table');
is($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.ledger e WHERE e::text ~* 'person\\d|example|peeters|wetstraat'"), 0, 'and never a value');
is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT acting_role) FROM gdpr.subject_accesses('customer', '12')"), '2|1', 'who saw a person');

is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.ledger WHERE detail::text::jsonb::text <> detail::text'), 0, 'each is jsonb in its own order');

# What somebody added to the ledger is served as with any INSERT
$node->safe_psql('postgres', q{
	CREATE TABLE heard (number bigint);
	CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.heard VALUES (NEW.number); RETURN NULL; END';
	CREATE TRIGGER hear AFTER INSERT ON gdpr.ledger FOR EACH ROW EXECUTE FUNCTION hear();
	CREATE INDEX added ON gdpr.ledger (number) WHERE subject = 16});
recorded('SELECT gdpr.reveal(email) FROM customer WHERE id = 16', "16 $order {\"email\": 1}", 'a read of a ledger with a trigger');
is($node->safe_psql('postgres', q{
	SET enable_seqscan = off;
	SELECT h.number = e.number FROM heard h, gdpr.ledger e WHERE e.subject = 16 AND e.number > 0}), 't', 'is heard, and found by an index that was added');
$node->safe_psql('postgres', 'DROP TRIGGER hear ON gdpr.ledger; DROP INDEX gdpr.added; DROP FUNCTION hear(); DROP TABLE heard');

# Several writers and the worker at once: one chain
$node->safe_psql('postgres', 'CREATE TABLE busy (n integer)');
my @writers = map { session($node) } 1 .. 3;
$writers[0]->("BEGIN; SELECT gdpr_internal.record('early')");
for my $round (1 .. 5)
{
	$_->("BEGIN; SELECT gdpr_internal.record('round', 1) FROM generate_series(1, 50); COMMIT") for @writers[1, 2];
	app($node, 'SELECT gdpr.reveal(email) FROM customer WHERE id = 7');
}
$writers[0]->("COMMIT");
$_->() for @writers;
reads(5);
ok($node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.ledger_unsealed)'), 'everything gets its seal');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'and the chain is one');
ok($node->safe_psql('postgres', q{
	SELECT (SELECT min(s.sequence) FROM gdpr.ledger_seal s, gdpr.ledger e WHERE e.kind = 'early' AND s.numbers @> e.number) >
		   (SELECT min(s.sequence) FROM gdpr.ledger_seal s, gdpr.ledger e WHERE e.kind = 'round' AND s.numbers @> e.number)}) eq 't',
	'in the order of commits, not of numbers');

# Elsewhere
$node->safe_psql('postgres', qq{
	COPY (SELECT number, (extract(epoch FROM at) * 1000000)::bigint AS at, role, kind, subject, subjects, detail, encode(hash, 'hex') AS hash
		FROM gdpr.ledger ORDER BY number) TO '$dir/entries.csv' (FORMAT csv, HEADER, ENCODING 'UTF8');
	COPY (SELECT sequence, (extract(epoch FROM at) * 1000000)::bigint AS at, numbers, encode(hash, 'hex') AS hash
		FROM gdpr.ledger_seal ORDER BY sequence) TO '$dir/seals.csv' (FORMAT csv, HEADER, ENCODING 'UTF8')});
my $anchor = $node->safe_psql('postgres', 'SELECT gdpr.anchor()');
like(slurp_file($node->logfile), qr/\Q$anchor\E/, 'an anchor goes to the log');
append_to_file("$dir/anchors.txt", "$anchor\n");
command_ok([ "$examples/verify_ledger.py", "$dir/entries.csv", "$dir/seals.csv", "$dir/anchors.txt" ], 'the export verifies with standard tools');
(my $altered = slurp_file("$dir/entries.csv")) =~ s/order_fulfilment/newsletter/;
append_to_file("$dir/altered.csv", $altered);
command_fails_like([ "$examples/verify_ledger.py", "$dir/altered.csv", "$dir/seals.csv" ], qr/^$/, 'an altered export does not');
append_to_file("$dir/proof.json", $node->safe_psql('postgres', "SELECT gdpr.proof('customer', '7')"));
command_like([ "$examples/verify_ledger.py", "$dir/entries.csv", "$dir/seals.csv" ], qr/ 0 problems/, 'and says so');
command_like([ "$examples/verify_proof.py", "$dir/proof.json" ], qr/^[1-9]\d* entries, [1-9]\d* seals, 0 problems\nto be compared with the ledger: seal \d+ has hash [0-9a-f]{64}$/m, 'a proof verifies, and says what to compare');
ok($node->safe_psql('postgres', q{SELECT jsonb_array_length(gdpr.proof_of_purpose('order_fulfilment') -> 'entries')}) > 20, 'a proof of an activity');
(my $forged = slurp_file("$dir/proof.json")) =~ s/"role": "app"/"role": "she"/;
append_to_file("$dir/forged.json", $forged);
command_fails([ "$examples/verify_proof.py", "$dir/forged.json" ], 'a forged one does not');

# Who holds a bundle leaves something out: an entry; with its seal; with the entry that says how many there were; with that of
# a proof of less. Who computes every hash anew is found by who knows the seal.
sub seals_to
{
	my ($file) = @_;
	$node->safe_psql('postgres', qq{COPY (SELECT sequence, (extract(epoch FROM at) * 1000000)::bigint AS at, numbers, encode(hash, 'hex') AS hash
		FROM gdpr.ledger_seal ORDER BY sequence) TO '$file' (FORMAT csv, HEADER, ENCODING 'UTF8')});
}
append_to_file("$dir/less.json", $node->safe_psql('postgres', "SELECT gdpr.proof('customer', '7', until => now() - interval '1 day')"));
append_to_file("$dir/attack.py", <<'PYTHON');
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from verify_proof import entry_hash, seal_hash
folder = sys.argv[2]

def load(name):
    return json.load(open(f"{folder}/{name}.json"))

def save(name, bundle):
    json.dump(bundle, open(f"{folder}/{name}.json", "w"))

def without(bundle):
    gone = bundle["entries"].pop(1)
    return gone["hash"]

bundle = load("proof"); without(bundle); save("without", bundle)
bundle = load("proof"); gone = without(bundle)
bundle["seals"] = [seal for seal in bundle["seals"] if gone not in seal["entries"]]; save("unsealed", bundle)
bundle = load("proof"); without(bundle); del bundle["proof"]; save("unproven", bundle)
bundle = load("proof"); less = load("less"); bundle["entries"] = less["entries"]
bundle["proof"] = less["proof"]; bundle["seals"] = less["seals"]; save("narrowed", bundle)
bundle = load("proof"); bundle["entries"].append(bundle["entries"][0]); save("twice", bundle)
bundle = load("proof"); without(bundle); proof = bundle["proof"]
said = json.loads(proof["detail"]); old = proof["hash"]
said["entries"] = len(bundle["entries"])
said["digest"] = hashlib.sha256(b"".join(bytes.fromhex(e["hash"]) for e in bundle["entries"])).hexdigest()
proof["detail"] = json.dumps(said); proof["hash"] = entry_hash(proof)
for seal in bundle["seals"]:
    if old in seal["entries"]:
        seal["entries"][seal["entries"].index(old)] = proof["hash"]; seal["hash"] = seal_hash(seal)
save("rewritten", bundle)
PYTHON
command_ok([ 'python3', "$dir/attack.py", $examples, $dir ], 'bundles are tampered with');
seals_to("$dir/known.csv");
command_like([ "$examples/verify_proof.py", "$dir/proof.json", "$dir/known.csv" ], qr/ 0 problems$/m, 'a proof verifies against the seals of the ledger');
my %tampered = (
	without => qr/^\d+ entries were proven, \d+ are here$/m, unsealed => qr/^\d+ entries were proven, \d+ are here$/m,
	unproven => qr/^the entry that says what the bundle must hold is missing$/m,
	narrowed => qr/^the bundle is about something else than what was proven$/m, twice => qr/^\d+ entries were proven, \d+ are here$/m);
foreach my $name (sort keys %tampered)
{
	command_checks_all([ "$examples/verify_proof.py", "$dir/$name.json" ], 1, [ $tampered{$name} ], [qr/^$/], "$name: found");
}
command_like([ "$examples/verify_proof.py", "$dir/rewritten.json" ], qr/ 0 problems$/m, 'who computes every hash anew');
command_checks_all([ "$examples/verify_proof.py", "$dir/rewritten.json", "$dir/known.csv" ], 1, [qr/^seal \d+: known with another hash$/m], [qr/^$/], 'is found by the seals');
my $last = $node->safe_psql('postgres', 'SELECT gdpr.anchor()');
append_to_file("$dir/other.txt", "$anchor\n");
command_checks_all([ "$examples/verify_proof.py", "$dir/proof.json", "$dir/other.txt" ], 1, [qr/^seal \d+: not among the seals that are known$/m], [qr/^$/], 'an anchor of another seal is none of this');
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.ledger WHERE kind = 'proof made' AND subject IS NOT NULL}), 2, 'what was proven is on record');

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'postgres' ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->command_ok([ 'pg_restore', '-d', 'other', "$dir/dump" ], 'and restored');
is($node->safe_psql('other', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'the restored ledger verifies');
is($node->safe_psql('other', "SELECT count(*) FROM gdpr.verify_ledger('$anchor')"), 0, 'against the anchor of the original');
is($node->safe_psql('other', 'SELECT gdpr.seal_ledger() >= 0, count(*) FROM gdpr.verify_ledger()'), 't|0', 'and goes on');

# A superuser at work: proof() refuses
$node->safe_psql('other', "SET session_replication_role = replica; ALTER TABLE gdpr.ledger DISABLE TRIGGER ALL; UPDATE gdpr.ledger SET role = 'nobody' WHERE number = (SELECT min(number) FROM gdpr.ledger WHERE kind = 'read')");
like(told($node, "SELECT gdpr.proof('customer', '7')", database => 'other'), qr/ZG021/, 'a broken ledger proves nothing');
$node->safe_psql('other', "SET gdpr.purpose = 'order_fulfilment'; SET ROLE app; SELECT gdpr.reveal(email) FROM customer");
$node->safe_psql('postgres', 'DROP DATABASE other');
ok(!-e $node->data_dir . '/pg_gdpr/' . ($node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'other'") || 'other'),
	'a database that was just read can be dropped');

# The beginning goes when it is old enough; what is left verifies here, elsewhere, and after a dump and restore
$node->safe_psql('postgres', q{
	INSERT INTO gdpr.setting (name, period, valid_from, source)
	SELECT 'ledger_keep', clock_timestamp() - s.at - interval '1 microsecond', '2020-01-01', 'a test' FROM gdpr.ledger_seal s ORDER BY s.sequence OFFSET 3 LIMIT 1});
$node->safe_psql('postgres', 'CALL gdpr.cut_ledger(1)');
cmp_ok($node->safe_psql('postgres', 'SELECT min(sequence) FROM gdpr.ledger_seal'), '>', 3, 'the beginning went');
$node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.ledger_unsealed)');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.verify_ledger()'), 0, 'the rest verifies');
$node->safe_psql('postgres', qq{
	COPY (SELECT number, (extract(epoch FROM at) * 1000000)::bigint AS at, role, kind, subject, subjects, detail, encode(hash, 'hex') AS hash
		FROM gdpr.ledger ORDER BY number) TO '$dir/entries2.csv' (FORMAT csv, HEADER, ENCODING 'UTF8');
	COPY (SELECT sequence, (extract(epoch FROM at) * 1000000)::bigint AS at, numbers, encode(hash, 'hex') AS hash
		FROM gdpr.ledger_seal ORDER BY sequence) TO '$dir/seals2.csv' (FORMAT csv, HEADER, ENCODING 'UTF8')});
command_like([ "$examples/verify_ledger.py", "$dir/entries2.csv", "$dir/seals2.csv", "$dir/anchors.txt" ], qr/, 0 not sealed yet, 0 problems/, 'and so does its export');
(my $shorter = slurp_file("$dir/seals2.csv")) =~ s/^(sequence.*\n)\d+,.*\n/$1/;
append_to_file("$dir/shorter.csv", $shorter);
command_fails_like([ "$examples/verify_ledger.py", "$dir/entries2.csv", "$dir/shorter.csv" ], qr/^$/, 'not one whose beginning went otherwise');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump2", 'postgres' ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE cut');
$node->command_ok([ 'pg_restore', '-d', 'cut', "$dir/dump2" ], 'and restored');
is($node->safe_psql('cut', "SELECT count(*) FROM gdpr.verify_ledger('$anchor')"), 0, 'it verifies, against an anchor from before the cut');

# Off, for measurements, is the superuser's
like(told($node, "SET SESSION AUTHORIZATION app; SET gdpr.audit = 'off'"), qr/42501/, 'nobody switches it off for himself');
$node->stop;
done_testing();
