# Only the client's own result shows plaintext, and only to a role that may: not through cursors, functions, views,
# foreign tables, COPY, messages, plans, statistics, decoding, nor a function that looks at rows it should not see.
#
# pg_regress cannot do it: logical decoding and a loopback server need settings, and the server log is read.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $plain = qr/person\d+\@example|047012\d|32 ?47012\d|Jan Peeters|Wetstraat|198\d-\d\d-\d\d/i;
my $node = new_node('ways', conf => "wal_level = logical\n");
customers($node);

# The rows 5 to 8 were collected for something else. A copy of the sealed values, not protected, is open to everybody.
$node->safe_psql('postgres', q{
	SELECT gdpr.add_purpose('customer', 'billing', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{billing}' WHERE id BETWEEN 5 AND 8;
	CREATE ROLE stranger LOGIN;
	GRANT SELECT ON customer, orders TO stranger;
	CREATE TABLE copy AS SELECT * FROM customer;
	GRANT SELECT ON copy TO PUBLIC;
	SET SESSION AUTHORIZATION app;
	CREATE VIEW customer_view AS SELECT * FROM customer;
	GRANT SELECT ON customer_view TO PUBLIC;
	CREATE VIEW copy_view AS SELECT * FROM copy;
	GRANT SELECT ON copy_view TO PUBLIC;
	CREATE FUNCTION copy_definer() RETURNS SETOF copy LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN QUERY SELECT * FROM copy; END $$;
	CREATE FUNCTION customer_definer() RETURNS SETOF customer LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN QUERY SELECT * FROM customer; END $$;
	CREATE FUNCTION copy_inlined() RETURNS SETOF copy LANGUAGE sql STABLE AS $$ SELECT * FROM copy $$;
	CREATE FUNCTION copy_email(integer) RETURNS gdpr.pii_email LANGUAGE sql STABLE AS $$ SELECT email FROM copy WHERE id = $1 $$;
	CREATE PROCEDURE copy_out(INOUT e gdpr.pii_email DEFAULT NULL) LANGUAGE plpgsql AS $$ BEGIN SELECT email INTO e FROM copy WHERE id = 1; END $$;
});
my @ways = (
	'table' => 'SELECT id, email, phone, name, born FROM copy',
	'whole row' => 'SELECT copy FROM copy',
	'row' => 'SELECT ROW(id, email) FROM copy',
	'array' => 'SELECT array_agg(email) FROM copy',
	'domain' => 'SELECT email::address FROM copy',
	'cursor' => 'BEGIN; DECLARE c CURSOR FOR SELECT id, email FROM copy; FETCH ALL FROM c',
	'cursor that is held' => 'BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id, email FROM copy; COMMIT; FETCH ALL FROM c',
	'prepared statement' => 'PREPARE p (integer) AS SELECT id, email FROM copy WHERE id >= $1; EXECUTE p (1)',
	'common table expression' => 'WITH c AS MATERIALIZED (SELECT * FROM copy) SELECT id, email FROM c',
	'sub-query' => 'SELECT (SELECT email FROM copy WHERE id = 1)',
	'join' => 'SELECT a.email, b.name FROM copy a JOIN copy b ON a.email = b.email',
	'sort, group and union' => 'SELECT email, count(*) FROM copy GROUP BY email UNION ALL SELECT phone::text::gdpr.pii_email, 1 FROM copy WHERE false ORDER BY 2',
	'window' => 'SELECT first_value(email) OVER (ORDER BY id) FROM copy',
	'view of another owner' => 'SELECT id, email FROM copy_view',
	'function with the rights of another' => 'SELECT id, email FROM copy_definer()',
	'function that is inlined' => 'SELECT id, email FROM copy_inlined()',
	'function that returns a value' => 'SELECT copy_email(1)',
	'procedure' => 'CALL copy_out()',
	'aggregate' => 'SELECT min(id), (array_agg(email))[1] FROM copy',
	'json' => 'SELECT json_agg(c) FROM copy c',
	'json of a value' => 'SELECT to_jsonb(email) FROM copy',
	'text put together' => 'SELECT concat(email, \' \', name) FROM copy',
	'format' => 'SELECT format(\'%s\', email) FROM copy',
	'array as text' => 'SELECT array_to_string(array_agg(email), \',\') FROM copy',
	'row as text' => 'SELECT c::text FROM copy c',
	'COPY of a query' => 'COPY (SELECT id, email FROM copy) TO STDOUT',
	'RETURNING' => 'CREATE TEMP TABLE t (id integer, email gdpr.pii_email); INSERT INTO t SELECT id, email FROM copy RETURNING email');
$node->safe_psql('postgres', 'CREATE DOMAIN address AS gdpr.pii_email; GRANT TEMPORARY ON DATABASE postgres TO PUBLIC');

# With a grant each of them shows plaintext under gdpr.output = reveal, and none does without it; without a grant none
# shows anything, whatever is to happen when a value is denied.
for (my $i = 0; $i < @ways; $i += 2)
{
	my ($name, $sql) = @ways[ $i, $i + 1 ];
	my ($sealed, $revealed) = map { scalar ask_as('app', "SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = $_; $sql") } 'sealed', 'reveal';

	like($revealed, qr/person\d+\@example\.com/, "$name: who may, asks for plaintext and gets it");
	unlike($sealed, $plain, "$name: who may, does not get what it does not ask for");
	foreach my $purpose ('', 'order_fulfilment', 'no_such_purpose')
	{
		my %denied = map { $_ => join '', ask_as('stranger', "SET gdpr.purpose = '$purpose'; SET gdpr.output = reveal; SET gdpr.on_denied = '$_'; $sql") } 'error', 'null', 'mask';

		unlike(join(' ', values %denied), $plain, "$name: a stranger with purpose \"$purpose\" sees nothing");
		like($denied{error}, qr/ERROR:  ZG00[12]:/, "$name: and is told so") if $purpose;
		unlike($denied{$_}, qr/ERROR|gdpr1:/, "$name: $_ lets the rest through") for 'null', 'mask';
		like($denied{mask}, qr/\*{5}/, "$name: mask shows that something is hidden");
	}
}
is(scalar ask_as('stranger', "SET gdpr.output = reveal; SET gdpr.on_denied = 'null'; \\pset null NULL\nSELECT id, email FROM copy WHERE id = 1"), '1|NULL', 'a denied value is NULL');
foreach my $sql ('DECLARE c CURSOR FOR SELECT id, email FROM copy WHERE id = 1; FETCH ALL FROM c', 'PREPARE p AS SELECT id, email FROM copy WHERE id = 1; EXECUTE p')
{
	is(scalar ask_as('stranger', "SET gdpr.output = reveal; SET gdpr.on_denied = 'null'; \\pset null NULL\nBEGIN; $sql"), '1|NULL', "also by $sql");
}

# A procedure that commits in its loop writes back what it read, whatever the client is to be shown
$node->safe_psql('postgres', q{
	GRANT UPDATE ON copy TO stranger;
	CREATE PROCEDURE write_back() LANGUAGE plpgsql AS $$ DECLARE c copy; BEGIN
		FOR c IN SELECT * FROM copy LOOP UPDATE copy SET email = c.email, note = c.note WHERE id = c.id; COMMIT; END LOOP; END $$});
my $stored = 'SELECT md5(string_agg(concat(id, email, note), $$,$$ ORDER BY id)) FROM copy';
my $before = ask($node, $stored);
unlike(told_as('stranger', "SET gdpr.output = reveal; SET gdpr.on_denied = '$_'; CALL write_back()"), qr/ERROR/, "a procedure with $_") for 'null', 'mask', 'error';
is(scalar ask($node, $stored), $before, 'loses nothing');

# The row filter through other owners: it asks about the reader
foreach my $source ('customer', 'customer_view', 'customer_definer()')
{
	is(scalar ask_as('app', "SET gdpr.purpose = 'order_fulfilment'; SELECT count(*) FROM $source"), 16, "$source: rows of the purpose");
	is(scalar ask_as('app', "SELECT count(*) FROM $source"), 0, "$source: without a purpose there are no rows");
	is(scalar ask_as('care', "SET gdpr.purpose = 'customer_care'; SELECT count(*) FROM $source"), 0, "$source: none of another purpose") if $source !~ /definer/;
}
foreach my $source ('customer', 'customer_view')
{
	like(told_as('stranger', "SET gdpr.purpose = 'order_fulfilment'; SELECT count(*) FROM $source"), qr/ERROR:  ZG002:/, "$source: a purpose that is not granted is refused");
}
is(scalar ask_as('app', "SET gdpr.purpose = 'newsletter'; SELECT count(*) FROM customer"), 0, 'nobody consented to the newsletter');
like(told_as('app', "SET gdpr.purpose = 'order_fulfilment'; SET ROLE app; RESET SESSION AUTHORIZATION; SET ROLE stranger; SET gdpr.output = reveal; SELECT email FROM copy"),
	qr/ERROR:  ZG002:/, 'SET ROLE: the current role counts, not the session');

# A function of the user's in WHERE, as cheap as can be, tells what it is given
$node->safe_psql('postgres', q{
	SET SESSION AUTHORIZATION app;
	CREATE FUNCTION leak(id integer, value gdpr.pii_email) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
	BEGIN RAISE NOTICE 'row % holds %', id, value; RETURN true; END $$;
	CREATE FUNCTION leak(id integer, value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
	BEGIN RAISE NOTICE 'row % holds %', id, value; RETURN true; END $$;
	CREATE OPERATOR <<< (FUNCTION = leak, LEFTARG = integer, RIGHTARG = gdpr.pii_email)});
foreach my $condition ('leak(id, email)', 'id <<< email', 'leak(id, gdpr.reveal(email))', "leak(id, email) OR email = 'person5\@example.com'", 'id / (id - 5) IS NOT NULL AND leak(id, email)')
{
	my ($rows, $notices) = ask_as('app', "SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = reveal; SELECT count(*) FROM customer WHERE $condition");

	is($rows, 16, "$condition: the rows of the purpose");
	unlike($notices, qr/row [5678] /, "$condition: is never given a hidden row");
	unlike($notices, $plain, "$condition: nor plaintext") if $condition !~ /reveal/;
}

# Inside the server a value is text in its sealed form, also for a client that reads plaintext
my $reveal = "SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = reveal;";
foreach my $sql (
	'SELECT query_to_xml(\'SELECT email FROM customer\', true, false, \'\')', 'SELECT hashtext(format(\'%s\', c)) FROM customer c', 'COPY copy TO STDOUT',
	'SELECT far::text FROM (SELECT (SELECT c FROM copy c LIMIT 1) AS far) s',
	'DO $$ DECLARE c customer; BEGIN FOR c IN SELECT * FROM customer LOOP RAISE NOTICE \'% %\', c, c.email; END LOOP; END $$',
	'EXPLAIN VERBOSE SELECT * FROM customer WHERE email = \'person1@example.com\'', 'EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM customer WHERE email IN (SELECT email FROM copy)',
	'PREPARE p (gdpr.pii_email) AS SELECT id FROM customer WHERE email = $1; EXPLAIN EXECUTE p (\'person1@example.com\')',
	'PREPARE p (text) AS SELECT id FROM customer WHERE lower(email) = lower($1) AND name LIKE $1; EXPLAIN (VERBOSE) EXECUTE p (\'person1@example.com\')',
	'PREPARE p (date) AS SELECT id FROM customer WHERE born > $1; EXPLAIN (VERBOSE) EXECUTE p (\'1980-01-02\')')
{
	my ($stdout, $stderr) = ask_as('app', "$reveal $sql");
	unlike($stderr, qr/ERROR/, "$sql works");
	unlike($stdout . $stderr, $plain, "$sql stays sealed");
}
like(scalar ask($node, "SET client_min_messages = warning; SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole); $reveal ANALYZE copy;
	CREATE TABLE histogram AS SELECT concat(most_common_vals, histogram_bounds) AS values FROM pg_stats WHERE tablename IN ('copy', 'customer') AND attname = 'email';
	SELECT values FROM histogram"), qr/^\s*\{?\{?"?gdpr1:/m, 'statistics are sealed');
unlike(scalar ask($node, 'SELECT * FROM pg_stats WHERE schemaname = \'public\''), $plain, 'all of them');

# Nor does it go to other sessions, or into a table, because a function wanted text
foreach my $sql (
	'SELECT pg_notify(\'x\', concat(email)) FROM customer', 'SELECT pg_notify(\'x\', lower(email)) FROM customer',
	'SELECT pg_logical_emit_message(false, \'x\', lower(email)) FROM customer', 'SELECT pg_logical_emit_message(false, \'x\', convert_to(email, \'UTF8\')) FROM customer',
	'SELECT lo_from_bytea(0, convert_to(email, \'UTF8\')) FROM customer', 'SELECT lo_put(lo_create(0), 0, convert_to(email, \'UTF8\')) FROM customer',
	'DO $$ DECLARE e text; BEGIN SELECT email INTO e FROM customer LIMIT 1; PERFORM pg_notify(\'x\', e); END $$',
	'CREATE TEMP TABLE taken AS SELECT lower(email) AS e FROM customer',
	'CREATE TEMP TABLE taken (e text); DO $$ DECLARE r record; BEGIN FOR r IN SELECT email FROM customer LOOP INSERT INTO taken VALUES (r.email); END LOOP; END $$')
{
	like(told_as('app', "$reveal $sql"), qr/ERROR:  55000:/, "$sql is refused");
}

# A masked grant learns no more by asking than its mask shows
$node->safe_psql('postgres', "CREATE ROLE masked LOGIN; GRANT SELECT ON customer, copy TO masked; SELECT gdpr.grant_purpose('order_fulfilment', 'masked', 'masked')");
my $truth = ask_as('app', "$reveal SELECT email FROM customer WHERE id = 1");
foreach my $condition ("email LIKE '$truth'", "email = '$truth' AND email < 'person2'", "lower(email) = '$truth'", "strpos(email, '\@') = " . (index($truth, '@') + 1), "born > '1900-01-01'", "length(email) = " . length $truth)
{
	my $found = ask_as('masked', "$reveal SELECT count(*) FROM customer WHERE id = 1 AND $condition");

	is($found, $condition =~ /^email = / ? ask_as('masked', "$reveal SELECT count(*) FROM customer WHERE id = 1 AND email < 'person2'") : 0, "a mask does not tell whether $condition");
}

# What looks without being counted does so in a condition alone: called by name, it reveals, on record
unlike(join('', ask_as('stranger', "SET gdpr.output = reveal; SET gdpr.on_denied = '$_'; SELECT gdpr_internal.search_text(email), gdpr_internal.client_text(name), gdpr_internal.larger(email, email) FROM copy")), $plain, "a stranger with $_ has nothing of the functions behind conditions") for 'error', 'null', 'mask';
ask_as('app', "$reveal SELECT count(gdpr_internal.search_text(email)) FROM customer WHERE id = 1");
my $reads = sub { ask($node, "SELECT coalesce(sum((detail -> 'revealed' ->> 'email')::integer), 0) FROM gdpr.ledger WHERE kind = 'read'") };
my $wait = sub { $node->poll_query_until('postgres', 'SELECT NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND (SELECT queued_reads = 0 FROM gdpr.audit_status())') };
$wait->();
my $counted = $reads->();
ask_as('app', "$reveal SELECT count(gdpr_internal.search_text(email)) FROM customer WHERE id IN (1, 2)");
$wait->();
is($reads->() - $counted, 2, 'and is counted as such');
$counted = $reads->();
ask_as('app', "$reveal SELECT count(*) FROM customer WHERE email LIKE 'person%'");
$wait->();
is($reads->() - $counted, 0, 'a condition is a search');

# Letter by letter: the people that a condition finds count for the limits of reading
$node->safe_psql('postgres', "CREATE ROLE prober LOGIN; GRANT SELECT ON customer TO prober; SELECT gdpr.grant_purpose('order_fulfilment', 'prober');
	SELECT gdpr.limit_reads('prober', 'order_fulfilment', 3)");
unlike(told_as('prober', "$reveal SELECT count(*) FROM customer WHERE id = 1 AND email LIKE 'person1\@%'; SELECT count(*) FROM customer WHERE email LIKE 'nobody%'"), qr/ERROR/, 'one is found');
unlike(told_as('prober', "$reveal SELECT count(*) FROM customer WHERE id = 2 AND email LIKE 'person2\@%'"), qr/ERROR/, 'and another');
unlike(told_as('prober', "$reveal SELECT email < 'q' FROM customer WHERE id = 3"), qr/ERROR/, 'and compared');
like(told_as('prober', "$reveal SELECT count(*) FROM customer WHERE id = 4 AND email LIKE 'p%'"), qr/ERROR:  53400:/, 'the fourth is one too many');
like(told_as('prober', "$reveal SELECT email < 'q' FROM customer WHERE id = 4"), qr/ERROR:  53400:/, 'also outside of a condition');
unlike(told_as('prober', "$reveal SELECT count(*) FROM customer WHERE email LIKE 'nobody%'"), qr/ERROR/, 'a person that nothing finds does not count');
foreach my $probe (
	"SELECT count(*) FROM customer WHERE id = 4 AND coalesce(email, email) LIKE 'p%'",
	"SELECT count(*) FROM customer WHERE id = 4 AND CASE WHEN true THEN email END LIKE 'p%'",
	"SELECT count(*) FROM customer c WHERE id = 4 AND EXISTS (SELECT WHERE c.email LIKE 'p%')",
	"SELECT (SELECT 1 WHERE c.email LIKE 'p%') FROM customer c WHERE id = 4",
	"SELECT s.x FROM customer c, LATERAL (SELECT 1 AS x WHERE c.email LIKE 'p%') s WHERE id = 4",
	"SELECT count(*) FROM customer WHERE id = 4 AND (email, id) < ('q', 1)",
	"SELECT count(*) FROM customer WHERE id = 4 AND email < ANY (ARRAY['a', 'q']::gdpr.pii_email[])",
	"SELECT count(*) FROM customer WHERE id = 4 AND (email < 'q') = (random() < 2)",
	"SELECT count(*) FROM customer WHERE id = 4 AND nullif(note, 'x') LIKE 'n%'",
	"SELECT nullif(note, 'x') IS NULL FROM customer WHERE id = 4",
	"SELECT count(*) FROM customer WHERE id = 4 AND note NOT IN ('a', 'b')",
	"SELECT count(*) FROM customer WHERE id = 4 HAVING max(email) < 'q'",
	"SELECT count(*) FROM customer WHERE id = 4 AND email < ANY (SELECT 'q'::gdpr.pii_email)",
	"SELECT g FROM customer, generate_series(1, CASE WHEN email < 'q' THEN 1 ELSE 2 END) g WHERE id = 4",
	"SELECT v FROM customer, LATERAL (VALUES (email < 'q')) w (v) WHERE id = 4",
	"SELECT 1 LIMIT (SELECT (email < 'q')::integer FROM customer WHERE id = 4)",
	"SELECT count(*) FROM customer WHERE id = 4 AND greatest(email, 'q') = 'q'",
	"SELECT (SELECT max(v) FROM (VALUES ('q'::gdpr.pii_email), (email)) x (v)) = email FROM customer WHERE id = 4",
	"SELECT id FROM (SELECT id, email FROM customer WHERE id = 4 UNION ALL SELECT 0, 'q'::gdpr.pii_email) s ORDER BY email",
	"SELECT id, rank() OVER (ORDER BY email) FROM (SELECT id, email FROM customer WHERE id = 4 UNION ALL SELECT 0, 'q'::gdpr.pii_email) s",
	"SELECT count(*) FROM (SELECT note FROM customer WHERE id = 4 INTERSECT SELECT 'note 4'::gdpr.pii_text) s",
	"SELECT gdpr_internal.open_lt(email, 'q') FROM customer WHERE id = 4",
	"SELECT gdpr_internal.open_cmp(email, 'q') FROM customer WHERE id = 4",
	"DO \$\$ DECLARE e gdpr.pii_email; BEGIN SELECT email INTO e FROM customer WHERE id = 4; IF e < 'q' THEN RAISE NOTICE 'less'; END IF; END \$\$")
{
	like(told_as('prober', "$reveal $probe"), qr/ERROR:  53400:/, "counted: $probe");
}

# What the planner puts into statements cannot be said by name: no entry of the ledger is made up, nobody is counted
foreach my $call ("gdpr_internal.guard_copy('x'::text, 0::oid, 'made up', 1)", 'gdpr_internal.count_found(email)')
{
	like(told_as($_, "$reveal SELECT $call FROM copy LIMIT 1"), qr/ERROR:  42501:/, "$_ may not call $call") for 'app', 'stranger';
}
is($node->safe_psql('postgres', "SELECT count(*) FROM gdpr.ledger WHERE detail::text LIKE '%made up%'"), 0, 'nothing of it is in the ledger');

# A sort that does not fit into memory spills sealed values
{
	my $session = session($node);
	$node->safe_psql('postgres', 'CREATE TABLE many AS SELECT c.* FROM copy c, generate_series(1, 500); GRANT SELECT ON many TO app');
	$session->("SET SESSION AUTHORIZATION app; $reveal SET work_mem = '64kB'");
	$session->('BEGIN');
	$session->('DECLARE c CURSOR FOR SELECT email, name FROM many ORDER BY name, email');
	like($session->('FETCH 1 FROM c'), $plain, 'the client sees the first row');
	my $files = join '', map { slurp_file($_) } glob $node->data_dir . '/base/pgsql_tmp/*';
	ok(length $files > 100_000, 'and the others lie in a file');
	unlike($files, $plain, 'sealed');
	$session->(undef);
}

# A dump holds what the table holds, whatever its role is shown
$node->safe_psql('postgres', "ALTER ROLE app SET gdpr.output = 'reveal'; ALTER ROLE app SET gdpr.purpose = 'order_fulfilment'");
foreach my $way ('', '--inserts', '--column-inserts')
{
	local $ENV{PGAPPNAME} = 'backup of the night';
	my $dump = `pg_dump -h @{[ $node->host ]} -p @{[ $node->port ]} -U app -t copy $way postgres 2>&1`;

	like($dump, qr/gdpr1:/, "pg_dump $way has the values");
	unlike($dump, $plain, 'sealed');
}
$node->safe_psql('postgres', 'ALTER ROLE app RESET ALL');

# Nothing plain can be stored by the back door
$node->safe_psql('postgres', q{
	SET SESSION AUTHORIZATION app;
	CREATE FUNCTION lie(gdpr.pii_email) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN gdpr.reveal($1); END $$;
	CREATE TABLE mine AS SELECT * FROM copy});
foreach my $sql (
	'CREATE INDEX ON mine (gdpr.reveal(email))', 'CREATE INDEX ON mine (CAST(email AS text))', 'CREATE INDEX ON mine (lie(email))', 'CREATE INDEX ON mine (id) WHERE lie(email) > \'a\'',
	'ALTER TABLE mine ADD plain text GENERATED ALWAYS AS (gdpr.reveal(email)) STORED', 'ALTER TABLE mine ADD plain text GENERATED ALWAYS AS (lie(email)) STORED',
	'CREATE MATERIALIZED VIEW plain AS SELECT gdpr.reveal(email) FROM mine', 'CREATE MATERIALIZED VIEW plain AS SELECT email::text FROM mine', 'CREATE MATERIALIZED VIEW plain AS SELECT lie(email) FROM mine')
{
	like(told_as('app', "$reveal $sql"), qr/ERROR:  (?:42P17|55000):/, "$sql is refused");
}
is(scalar ask_as('app', "$reveal CREATE MATERIALIZED VIEW sealed AS SELECT id, email FROM mine; SELECT id, email FROM sealed WHERE id = 1"), '1|person1@example.com', 'a materialised view holds sealed values');

# Logical decoding
SKIP:
{
	skip 'test_decoding is not installed', 2 if !-e `pg_config --pkglibdir` =~ s/\n//r . '/test_decoding.so';
	$node->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('s', 'test_decoding')});
	ask_as('app', "$reveal INSERT INTO customer (id, email, name) VALUES (100, 'person100\@example.com', 'Jan Peeters')");
	my $changes = ask($node, "$reveal SELECT data FROM pg_logical_slot_peek_changes('s', NULL, NULL)");
	like($changes, qr/table public\.customer: INSERT: id\[integer\]:100 email\[gdpr\.pii_email\]:'?gdpr1:/, 'logical decoding shows the row');
	unlike($changes, $plain, 'sealed');
	$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('s')});
}

# A foreign table on this very server: what is sent there is sealed, what arrives at the client is not
SKIP:
{
	skip 'postgres_fdw is not installed', 5 if !$node->safe_psql('postgres', q(SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'));
	my ($host, $port) = ($node->host, $node->port);
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION postgres_fdw;
		ALTER ROLE app SET log_statement = 'all';
		CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname 'postgres', extensions 'gdpr', options '-c gdpr.purpose=order_fulfilment');
		CREATE USER MAPPING FOR app SERVER loopback OPTIONS (user 'app', password_required 'false');
		CREATE FOREIGN TABLE far (id integer, email gdpr.pii_email, name gdpr.pii_name) SERVER loopback OPTIONS (table_name 'customer');
		GRANT ALL ON far TO app});
	my $offset = -s $node->logfile;
	my $session = session($node);
	$session->("SET SESSION AUTHORIZATION app; $reveal");
	is($session->("SELECT id, email FROM far WHERE email = 'PERSON1\@example.com'"), '1|person1@example.com', 'a foreign table can be searched');
	is($session->("PREPARE q (gdpr.pii_email) AS SELECT id, email FROM far WHERE email = \$1;\nEXECUTE q ('person2\@example.com')"), '2|person2@example.com', 'also by a parameter');
	is($session->("SELECT count(*) FROM far JOIN copy USING (email)"), $session->('SELECT count(*) FROM customer WHERE id <= 20'), 'and joined');
	unlike($session->("INSERT INTO far VALUES (101, 'person101\@example.com', 'Jan Peeters') RETURNING id"), qr/ERROR/, 'and written');
	$session->(undef);
	my $sent = slurp_file($node->logfile, $offset);
	like($sent, qr/gdpr1:/, 'what was sent there is in the log');
	unlike($sent, $plain, 'and it is sealed');
}

unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();

sub ask_as
{
	my ($role, $sql) = @_;
	return ask($node, "SET SESSION AUTHORIZATION $role;\n$sql");
}

sub told_as
{
	my ($role, $sql) = @_;
	return told($node, "SET SESSION AUTHORIZATION $role;\n$sql");
}
