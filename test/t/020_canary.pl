# No plaintext at rest: personal values that go in by every path, successful and failing, are afterwards found in no
# byte of the data directory, the write-ahead log, temporary files, a dump, or the server log at its default settings and
# with log_min_error_statement.
#
# pg_regress cannot do it: it reads the server's files, its log and dumps.
use strict;
use warnings;

use File::Find;
use FindBin;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

# Every canary holds "zeebries"; what follows says which path it took.
my $node = new_node('canary', conf => "work_mem = 64kB\nmax_prepared_transactions = 5\nrestart_after_crash = on\nlog_temp_files = 0\n");
my $dir = PostgreSQL::Test::Utils::tempdir;
my $purpose = "SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment';\n";
my $owner = "SET SESSION AUTHORIZATION shop; SET gdpr.purpose = 'order_fulfilment';\n";
my $reveal = "SET gdpr.output = 'reveal';\n";
my @wrong;

customers($node, count => 400);
newsletter($node);
$node->safe_psql('postgres', q{
	SELECT gdpr.define_purpose('nursing', 'Care for patients by a nurse at home.', 'contract',
		labels => '{"nl": "Thuisverpleging", "fr": "Soins", "de": "Pflege", "en": "Nursing"}',
		special_category => true, art9_condition => '9-2-h');
	SELECT gdpr.grant_purpose('nursing', 'app'), gdpr.grant_purpose('consent_evidence', 'app');
	SELECT gdpr.grant_purpose('order_fulfilment', 'shop'), gdpr.grant_purpose('order_fulfilment', current_user::regrole);
	SET SESSION AUTHORIZATION shop;
	CREATE TABLE file (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, weight integer CHECK (weight > 0),
		illness gdpr.pii_health, body gdpr.pii_text, scan gdpr.pii_bytes, document gdpr.pii_json, device gdpr.pii_device_id);
	SET client_min_messages = warning;
	SELECT gdpr.protect('file', owner => 'customer_id', purposes => '{nursing}');
	GRANT SELECT, INSERT, UPDATE, DELETE ON file TO app;
	ALTER TABLE customer ADD CHECK (id < 100000);
	CREATE TABLE mail (email gdpr.pii_email REFERENCES customer (email));
});

# What should work and what should be refused: neither may leave a trace.
sub works
{
	my ($sql) = @_;
	my ($stdout, $stderr) = ask($node, $sql);

	push @wrong, "$sql: $stderr" if $stderr =~ /ERROR|FATAL/;
	return $stdout;
}

# At default settings, and once more at the most talkative ones that do not ask for the text of statements as such.
sub fails
{
	my ($sqlstate, $sql) = @_;
	my $talkative = "SET log_min_error_statement = debug5;\nSET log_min_messages = notice;\nSET log_error_verbosity = verbose;\n";
	my ($stderr) = map { told($node, $_ . $sql) } '', $talkative;

	push @wrong, "$sql: expected $sqlstate, got $stderr" if $stderr !~ /(?:ERROR|FATAL):  $sqlstate:/;
	return $stderr;
}

my $files = 0;
sub copy
{
	my ($format, $content) = @_;
	my $file = "$dir/from" . ++$files;

	append_to_file($file, $content);
	return "$owner\\copy customer (id, email, name) FROM '$file' (FORMAT $format)\n";
}

# Writing
works($purpose . q{INSERT INTO customer (id, email, phone, name, note) VALUES
	(1001, 'Zeebries.Literal@Example.com', '+32 470 98 76 51', 'Ångström Zeebriesliteral', 'zeebries-literal-note')});
works($purpose . q{PREPARE p (integer, text, gdpr.pii_name) AS INSERT INTO customer (id, email, name) VALUES ($1, $2, $3);
	EXECUTE p (1002, 'zeebries.prepared@example.com', 'Zeebriesprepared');
	EXECUTE p (1003, 'zeebries.prepared2@example.com', 'Zeebriesprepared')});
works($purpose . q{INSERT INTO customer (id, email, name) VALUES ($1, $2, $3) \bind 1004 'zeebries.bound@example.com' 'Zeebriesbound' \g})
	if $node->pg_version >= 16;
works($purpose . q{INSERT INTO customer (id, email) VALUES (1005, 'zeebries.upsert@example.com')
	ON CONFLICT (email) DO UPDATE SET name = 'Zeebriesupsert'}) for 1 .. 2;
works($purpose . $reveal . q{INSERT INTO customer (id, email, name) VALUES (1006, 'ZEEBRIES.UPSERT@example.com', 'Zeebriesexcluded')
	ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, email});
works($purpose . q{MERGE INTO customer c USING (VALUES (1005, 'zeebries.merge@example.com'), (1007, 'zeebries.merge7@example.com')) v (id, email)
	ON c.id = v.id WHEN MATCHED THEN UPDATE SET email = v.email WHEN NOT MATCHED THEN INSERT (id, email) VALUES (v.id, v.email)});
works($purpose . q{UPDATE customer SET note = 'zeebries-update' WHERE email = 'zeebries.merge@example.com'});
works($purpose . q{DO $$ BEGIN EXECUTE 'INSERT INTO customer (id, email) VALUES (1008, ''zeebries.execute@example.com'')'; END $$});
works($purpose . q{SET gdpr.purpose = 'nursing';
	INSERT INTO file VALUES (1, 1001, 1, 'zeebries-illness', repeat('zeebries-toast ', 5000),
		convert_to(repeat('zeebries-bytes ', 20000), 'UTF8'), '{"name": "zeebries-json"}', 'ZEEBRIES-DEVICE-1');
	UPDATE file SET body = gdpr.reveal(body) || 'zeebries-toast-update'});
works($purpose . q{BEGIN; INSERT INTO customer (id, email) VALUES (1009, 'zeebries.rollback@example.com'); ROLLBACK});
works($purpose . q{BEGIN; INSERT INTO customer (id, email) VALUES (1010, 'zeebries.twophase@example.com'); PREPARE TRANSACTION 'z'});
$node->restart;
works(q{SET SESSION AUTHORIZATION app; COMMIT PREPARED 'z'});

works(copy('text', "1020\tzeebries.copy\@example.com\tZeebriescopy\n"));
works(copy('csv', "1021,zeebries.csv\@example.com,\"Zeebries, csv\"\n"));
works($owner . "\\copy customer (id, email, name) TO '$dir/to.binary' (FORMAT binary)\nDELETE FROM customer WHERE id = 1021;\n"
	. "CREATE TEMP TABLE back (id integer, email gdpr.pii_email, name gdpr.pii_name);\n\\copy back FROM '$dir/to.binary' (FORMAT binary)\n"
	. 'INSERT INTO customer (id, email, name) SELECT * FROM back WHERE id = 1020 ON CONFLICT DO NOTHING');
works($owner . $reveal . "\\copy customer TO '$dir/to.text'\n\\copy (SELECT * FROM customer) TO '$dir/shown.csv' (FORMAT csv)\n");

works($purpose . q{SELECT gdpr.give_consent('customer', '1001', 'newsletter', 'form', 'web_form', notice_shown => true,
	evidence => '<form>zeebries-form</form>', evidence_mime => 'text/html') AS consent \gset
	SELECT gdpr.attach_evidence(:'consent', 'scan', 'image/png', 'zeebries-scan') AS scan \gset
	SELECT gdpr.read_evidence(:'scan')});

# Definitions that hold a value
works(q{SET SESSION AUTHORIZATION shop; SET gdpr.purpose = 'order_fulfilment';
	CREATE VIEW one AS SELECT * FROM customer WHERE email = 'zeebries.view@example.com';
	CREATE INDEX ON customer (id) WHERE email <> 'zeebries.predicate@example.com';
	ALTER TABLE customer ADD CHECK (email <> 'zeebries.constraint@example.com');
	CREATE POLICY other ON customer AS RESTRICTIVE USING (email <> 'zeebries.policy@example.com');
	CREATE TABLE parts (email gdpr.pii_email) PARTITION BY LIST (email);
	CREATE TABLE part PARTITION OF parts FOR VALUES IN ('zeebries.partition@example.com');
	CREATE RULE r AS ON DELETE TO mail WHERE old.email = 'zeebries.rule@example.com' DO INSTEAD NOTHING});

# Reading: plans, indexes, statistics; sorts that spill and cursors that stay
works($purpose . $reveal . q{
	SELECT * FROM customer WHERE email = 'ZEEBRIES.literal@example.com';
	EXPLAIN VERBOSE SELECT * FROM customer WHERE email = 'zeebries.explain@example.com';
	EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM customer WHERE email = ANY ('{zeebries.array@example.com}'::text[])});
works($owner . q{
	INSERT INTO customer (id, email, name, note) SELECT 2000 + i, format('zeebries.spill%s@example.com', i), 'Zeebriesspill',
		repeat('zeebries-spill ', 100) FROM generate_series(1, 1000) i;
	CREATE INDEX ON customer (name);
	CREATE INDEX ON customer USING hash (phone);
	ANALYZE customer; ANALYZE file});
my $reader = session($node);
$reader->($purpose . $reveal . q{SET enable_indexscan = off; SET enable_bitmapscan = off;
	BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT * FROM customer; COMMIT;
	BEGIN; DECLARE sorted CURSOR FOR SELECT * FROM customer ORDER BY email});
like($reader->('FETCH FORWARD 1 FROM sorted'), qr/@/, 'a client that may does read plaintext');
like($reader->('FETCH FORWARD ALL FROM held'), qr/zeebries\.spill1@/, 'also from a cursor that is held');
my @temporary = grep { -s } glob($node->data_dir . '/base/pgsql_tmp/*');
cmp_ok(scalar @temporary, '>=', 2, 'the sort and the cursor did spill');
is_deeply([ found_in(@temporary) ], [], 'their temporary files hold no plaintext');

# Failing statements
fails('23505', $purpose . q{INSERT INTO customer (id, email) VALUES (1001, 'zeebries.duplicate@example.com')});
foreach my $output ('', $reveal)
{
	my $superuser = "SET gdpr.purpose = 'order_fulfilment';\n$output";	# others get no DETAIL under row security
	my $detail = fails('23505', $superuser . q{INSERT INTO customer (id, email) VALUES (1030, 'zeebries.literal@example.com') RETURNING *});
	like($detail, qr/DETAIL:  Key \(email\)=\(gdpr1:/, 'the DETAIL of a duplicate is sealed');
	$detail = fails('23514', $superuser . q{INSERT INTO customer (id, email) VALUES (200000, 'zeebries.check@example.com') RETURNING *});
	like($detail, qr/DETAIL:  Failing row contains \(200000, gdpr1:/, 'the DETAIL of a failing row is sealed');
	fails('P0001', $purpose . $output . q{DO $$ DECLARE c customer; BEGIN SELECT * INTO c FROM customer WHERE id = 1001;
		RAISE WARNING '%', c; RAISE EXCEPTION '%', c.email; END $$});
}
fails('22P02', $purpose . q{INSERT INTO customer (id, email) VALUES (1031, 'zeebries no address')});
fails('22P02', $purpose . q{INSERT INTO customer (id, phone) VALUES (1031, 'zeebries no phone')});
fails('22P02|22007', $purpose . q{INSERT INTO customer (id, born) VALUES (1031, 'zeebries no date')});
fails('22P02', $purpose . q{INSERT INTO customer (id, email) VALUES (1031, 'gdpr1:zeebries')});
fails('22P02', $purpose . q{SET gdpr.purpose = 'nursing'; INSERT INTO file (id, customer_id, document) VALUES (2, 1001, '{"zeebries": zeebries}')});
fails('22P02', $purpose . q{INSERT INTO customer (id, email) VALUES ('zeebries.shifted@example.com', 'zeebries.shifted2@example.com')});
fails('42703', $purpose . q{SELECT * FROM customer WHERE email = "zeebries.quoted@example.com"});
fails('42P01|42703|42601', $purpose . q{SELECT * FROM customer WHERE email = zeebries.unquoted@example.com});
fails('42601', $purpose . q{SELECT zeebries.unquoted.address.of.example.com});
fails('42601', $purpose . q{INSERT INTO customer (id, email) VALUES 1032, 'zeebries.syntax@example.com')});
fails('42601', $purpose . q{INSERT INTO customer (id, email) VALUES (1032, 'zeebries' 'zeebries.syntax@example.com')});
fails('22007', $purpose . q{SELECT 'zeebries.date@example.com'::date});
fails('22P02', $purpose . q{SELECT '{"a": zeebries.json}'::json});
fails('22P02', $purpose . q(SELECT '{zeebries.array@example.com'::text[]));
fails('22012', $purpose . q{DO $do$ BEGIN EXECUTE $e$ SELECT 1 / 0 WHERE 'zeebries.dynamic@example.com' <> 'x' $e$; END $do$});
fails('22P02', $purpose . q{DO $$ DECLARE i integer; BEGIN i := 'zeebries.assignment'; END $$});
fails('23505', $purpose . q{PREPARE q (integer) AS INSERT INTO customer (id, email) VALUES ($1, 'zeebries.preparedfails@example.com'); EXECUTE q (1001)});
fails('26000', $purpose . q{EXECUTE absent ('zeebries.execute@example.com')});
fails('22P02', copy('text', "1040\tzeebries no address\tZeebriescopyerror\n"));
fails('22P02', copy('text', "zeebries.copyshifted\@example.com\tzeebries.copyother\@example.com\tZeebries\n"));
fails('22P04', copy('csv', "1041,\"zeebries.unterminated\@example.com\n"));
fails('22P04', copy('csv', "1041,zeebries.extra\@example.com,Zeebries,zeebries.extra\n"));
fails('22P04', copy('text', "1041\tzeebries.few\@example.com\n"));
fails('23505', copy('text', "1001\tzeebries.copyduplicate\@example.com\tZeebries\n"));
fails('23514', copy('text', "200001\tzeebries.copycheck\@example.com\tZeebries\n"));
fails('23503', $owner . q{INSERT INTO mail VALUES ('zeebries.reference@example.com')});
fails('22023', $purpose . q{SELECT gdpr.attach_subject_evidence('customer', '1001', 'zeebries-kind', 'image/png', 'zeebries-evidence')});

# An AFTER trigger runs when the executor has ended and the client's rows wait to be sent; a foreign key is one too
$node->safe_psql('postgres', q{
	CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'new %', new; RAISE EXCEPTION 'new %', new.email; END $$;
	CREATE TRIGGER tell AFTER INSERT ON customer FOR EACH ROW WHEN (new.id = 1050) EXECUTE FUNCTION tell();
	INSERT INTO mail VALUES ('zeebries.merge7@example.com')});
unlike(fails('P0001', $purpose . $reveal . q{INSERT INTO customer (id, email) VALUES (1050, 'zeebries.after@example.com') RETURNING *}),
	qr/new .*zeebries/i, 'a message of an AFTER trigger stays sealed for a client that reads plaintext');
like(fails('23503', "SET gdpr.purpose = 'order_fulfilment';\n$reveal" . q{DELETE FROM customer WHERE id = 1007 RETURNING *}),
	qr/DETAIL:  Key \(email\)=\(gdpr1:/, 'and so does the DETAIL of a foreign key');
is_deeply(\@wrong, [], 'every statement went as it should');

# A session that was there before the extension
$node->safe_psql('postgres', 'CREATE DATABASE early');
my $early = session($node, database => 'early');
$early->("SELECT 1;\nVACUUM pg_am;\nSELECT 1");
$node->safe_psql('early', q{CREATE EXTENSION gdpr; CREATE TABLE person (id integer, email gdpr.pii_email)});
like($early->(q{INSERT INTO person VALUES (1, 'zeebries early')}), qr/22P02/, 'a session older than the extension');
$early->("BEGIN;\nDROP EXTENSION gdpr CASCADE;\nROLLBACK");
like($early->(q{INSERT INTO person VALUES (1, 'zeebries early')}), qr/22P02/, 'and one that dropped it and thought better of it');
$early->(undef);
$reader->(undef);

# The statements of a deadlock and of a process that crashes are shown to the log alone
my @rivals = map { session($node) } 1, 2;
$rivals[$_]->("$purpose SET deadlock_timeout = '50ms'; BEGIN; UPDATE customer SET note = 'zeebries-rival' WHERE id = 1 + $_") for 0, 1;
$rivals[0]->(q{UPDATE customer SET note = 'zeebries-deadlock' WHERE id = 2}, 'go on');
my $answer = $rivals[1]->(q{UPDATE customer SET note = 'zeebries-deadlock' WHERE id = 1});
like($answer . $rivals[0]->('ROLLBACK'), qr/ERROR:  40P01/, 'a deadlock');
my $victim = $rivals[1]->("ROLLBACK;\nSELECT pg_backend_pid()");
$rivals[1]->(q{SELECT pg_sleep(60), 'zeebries.crash@example.com'}, 'go on');
$node->poll_query_until('postgres', qq{SELECT state = 'active' FROM pg_stat_activity WHERE pid = $victim});
my $before_crash = -s $node->logfile;
kill 'KILL', $victim;
$rivals[$_]->(undef) for 0, 1;
$node->wait_for_log(qr/database system is ready to accept connections/, $before_crash);
$node->poll_query_until('postgres', 'SELECT true');

# Statistics of statements leave the constants of ordinary statements out; utility statements they keep as they are,
# so they are to be told not to track those
SKIP:
{
	skip 'pg_stat_statements is not installed', 2
		if !$node->safe_psql('postgres', q(SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'));
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements, gdpr'\npg_stat_statements.track_utility = off");
	$node->restart;
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');
	works($purpose . q{INSERT INTO customer (id, email) VALUES (1060, 'zeebries.statistics@example.com');
		UPDATE customer SET email = 'zeebries.statistics2@example.com' WHERE email = 'zeebries.statistics@example.com';
		DO $$ BEGIN PERFORM 'zeebries.statistics@example.com'; END $$});
	works(copy('text', "1061\tzeebries.statistics3\@example.com\tZeebries\n"));
	my $statements = $node->safe_psql('postgres', 'SELECT string_agg(query, E\'\n\') FROM pg_stat_statements');
	like($statements, qr/UPDATE customer SET email = \$1/, 'statements are in the statistics');
	is_deeply([ found_in_text($statements) ], [], 'without their values');
}

# Everything there is
$node->safe_psql('postgres', 'CHECKPOINT');
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM customer');
command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', "$dir/dump.sql" ], 'dump');
command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '--inserts', '-f', "$dir/dump.inserts" ], 'dump as INSERT');
command_ok([ 'pg_dumpall', '-d', $node->connstr('postgres'), '-f', "$dir/dump.all" ], 'dump of everything');
cmp_ok(scalar(() = slurp_file("$dir/dump.sql") =~ /gdpr1:/g), '>', $rows, 'the dump holds sealed values');
is_deeply([ found_in(glob "$dir/dump.* $dir/to.*") ], [], 'no plaintext in dumps, and none in what COPY of a table wrote');
ok(found_in("$dir/shown.csv"), 'COPY of a query is what the client asked to be shown, in its own file');
cmp_ok(scalar(found_in(glob "$dir/from*")), '>', 5, 'where there is plaintext, the search finds it');

$node->stop;
my ($first) = sort grep { /[0-9A-F]{24}$/ } glob($node->data_dir . '/pg_wal/*');
my ($records) = run_command([ 'pg_waldump', $first ]);
cmp_ok(length $records, '>', 0, 'the write-ahead log can be read');
is_deeply([ found_in_text($records) ], [], 'pg_waldump shows no plaintext');
my @files;
find({ wanted => sub { push @files, $_ if -f }, no_chdir => 1 }, $node->data_dir);
cmp_ok(scalar @files, '>', 1000, 'the data directory is searched');
is_deeply([ found_in(@files) ], [], 'no plaintext in the data directory and the write-ahead log');

is_deeply([ found_in($node->logfile) ], [], 'no plaintext in the server log');
my $log = slurp_file($node->logfile);
like($log, qr/ERROR:  duplicate key value violates unique constraint "customer_pkey"/, 'which does hold the errors');
like($log, qr/ERROR:  invalid input syntax for type integer: "\.\.\."/, 'without the input that they quote');
like($log, qr/temporary file: .*size/, 'and temporary files');
like($log, qr/ERROR:  deadlock detected/, 'and deadlocks');
like($log, qr/ERROR:  22P02: invalid input syntax for type integer: "\.\.\."/, 'also where it is told to say more');
unlike($log, qr/PANIC|TRAP|terminated by signal (?!9\b)/, 'nothing else crashed');
like($log, qr/terminated by signal 9/, 'and the crash');

done_testing();

# As bytes whatever the case, UTF-8, telephone numbers with and without blanks, hexadecimal, base64.
sub found_in_text
{
	my ($text) = @_;
	my @encoded = map { quotemeta substr encode_base64('x' x $_ . 'zeebries', ''), $_ ? 4 : 0, 8 } 0 .. 2;
	my $pattern = join '|', 'zeebries[-.\w]*', '\xC3[\x85\xA5]ngstr\xC3', '470 ?98 ?76 ?51', unpack('H*', 'zeebries'), @encoded;
	my %found;

	$found{$1}++ while $text =~ /($pattern)/gi;
	return sort keys %found;
}

sub found_in
{
	my @found;

	foreach my $file (@_)
	{
		my @values = found_in_text(slurp_file($file));
		push @found, "$file: @values" if @values;
	}
	return @found;
}
