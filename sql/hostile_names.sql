-- Tables, columns, schemas and roles are called what their owners like, also what would be SQL when it is not quoted.
SELECT current_database() AS home \gset
CREATE DATABASE regression_gdpr_hostile;
\c regression_gdpr_hostile
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA hostile;
CREATE TABLE hostile.bait (id integer);
CREATE ROLE "r""; DROP TABLE hostile.bait; --";
CREATE SCHEMA "s""'; DROP TABLE hostile.bait; --" AUTHORIZATION "r""; DROP TABLE hostile.bait; --";
SELECT gdpr.grant_duty(d, '"r""; DROP TABLE hostile.bait; --"') FROM unnest('{controller,dpo,job}'::text[]) d;
SELECT gdpr.grant_purpose(p, '"r""; DROP TABLE hostile.bait; --"') FROM unnest('{order_fulfilment,rights_handling,newsletter,billing}'::text[]) p;
SET search_path = "s""'; DROP TABLE hostile.bait; --";
SET ROLE "r""; DROP TABLE hostile.bait; --";
SET gdpr.purpose = 'order_fulfilment';
CREATE TABLE "people'""; DROP TABLE hostile.bait; --"
(
	"id'""; DROP TABLE hostile.bait; --" text PRIMARY KEY,
	"mail'""%s $1 $$; DROP TABLE hostile.bait; --" text UNIQUE,
	"plain'""%I; DROP TABLE hostile.bait; --" integer DEFAULT 1,
	"since'""%L; DROP TABLE hostile.bait; --" date DEFAULT '2010-01-01'
);
CREATE TABLE "orders'""; DROP TABLE hostile.bait; --"
(
	"id'""; DROP TABLE hostile.bait; --" integer PRIMARY KEY,
	"of'"" ; DROP TABLE hostile.bait; --" text CONSTRAINT "fk'""; DROP TABLE hostile.bait; --" REFERENCES "people'""; DROP TABLE hostile.bait; --",
	"to'""%s $1 $$; DROP TABLE hostile.bait; --" text,
	"friend'""; DROP TABLE hostile.bait; --" text REFERENCES "people'""; DROP TABLE hostile.bait; --",
	"since'""%L; DROP TABLE hostile.bait; --" date DEFAULT '2010-01-01'
);
CREATE TABLE "lines'""; DROP TABLE hostile.bait; --"
(
	"id'""; DROP TABLE hostile.bait; --" integer PRIMARY KEY,
	"order'""; DROP TABLE hostile.bait; --" integer CONSTRAINT "fk2'"".; DROP TABLE hostile.bait; --" REFERENCES "orders'""; DROP TABLE hostile.bait; --",
	"note'""%s $1 $$; DROP TABLE hostile.bait; --" text
);
INSERT INTO "people'""; DROP TABLE hostile.bait; --" VALUES ('x''); DROP TABLE hostile.bait; --', 'an@hostile.example'), ('$1 %s "''\', 'bo@hostile.example'), ('c', 'cy@hostile.example');
INSERT INTO "orders'""; DROP TABLE hostile.bait; --" SELECT n, p."id'""; DROP TABLE hostile.bait; --", 'Kerkstraat 1, 9000 Gent, BE', 'c'
FROM "people'""; DROP TABLE hostile.bait; --" p, generate_series(1, 1) g, LATERAL (SELECT CASE WHEN p."mail'""%s $1 $$; DROP TABLE hostile.bait; --" LIKE 'an%' THEN 1 ELSE 2 END) o (n)
WHERE p."mail'""%s $1 $$; DROP TABLE hostile.bait; --" NOT LIKE 'cy%';
INSERT INTO "lines'""; DROP TABLE hostile.bait; --" VALUES (1, 1, 'note'), (2, 2, 'note');

-- each call with the names in the places of :p people, :o orders, :l lines, :m mail, :k a key and so on
CREATE FUNCTION run(call text) RETURNS text LANGUAGE plpgsql AS $run$
DECLARE
	state text;
	path text := format('%I', 'of''" ; DROP TABLE hostile.bait; --');
	names jsonb := jsonb_build_object(
		'p', quote_literal('"people''""; DROP TABLE hostile.bait; --"'), 'o', quote_literal('"orders''""; DROP TABLE hostile.bait; --"'),
		'l', quote_literal('"lines''""; DROP TABLE hostile.bait; --"'), 'i', quote_literal('id''"; DROP TABLE hostile.bait; --'),
		'm', quote_literal('mail''"%s $1 $$; DROP TABLE hostile.bait; --'), 'n', quote_literal('note''"%s $1 $$; DROP TABLE hostile.bait; --'),
		't', quote_literal('to''"%s $1 $$; DROP TABLE hostile.bait; --'), 'f', quote_literal('"friend''""; DROP TABLE hostile.bait; --"'),
		'q', quote_literal('plain''"%I; DROP TABLE hostile.bait; --'), 's', quote_literal('since''"%L; DROP TABLE hostile.bait; --'),
		'a', quote_literal(path), 'b', quote_literal('"order''""; DROP TABLE hostile.bait; --".' || path),
		'c', quote_literal('"fk2''"".; DROP TABLE hostile.bait; --".' || '"fk''""; DROP TABLE hostile.bait; --"'),
		'k', quote_literal('x''); DROP TABLE hostile.bait; --'), 'j', quote_literal('$1 %s "''\'));
	name record;
	rows bigint;
BEGIN
	FOR name IN SELECT * FROM jsonb_each_text(names)
	LOOP
		call := replace(call, ':' || name.key || ':', name.value);
	END LOOP;
	EXECUTE call;
	GET DIAGNOSTICS rows = ROW_COUNT;
	RETURN CASE WHEN rows > 0 THEN 'rows' ELSE 'none' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
	RETURN state || ' ' || SQLERRM;
END $run$;

\pset format unaligned
\pset tuples_only on
SELECT call, run(call) FROM unnest(ARRAY[
	'SELECT gdpr.declare_subject(:p:, :i:)',
	'SELECT gdpr.protect(:p:, ''{order_fulfilment,newsletter}'', columns => jsonb_build_object(:m:, ''pii_email''))',
	'SELECT gdpr.protect(:o:, ''{order_fulfilment}'', owner => :a:, columns => jsonb_build_object(:t:, ''pii_address''))',
	'SELECT gdpr.protect(:l:, ''{order_fulfilment}'', owner => :c:, columns => jsonb_build_object(:n:, ''pii_text''))',
	'SELECT gdpr.unprotect(:l:)',
	'SELECT gdpr.protect(:l:, ''{order_fulfilment}'', owner => :b:, columns => jsonb_build_object(:n:, ''pii_text''))',
	'SELECT gdpr.link(:o:, :f:, ''accessor'')',
	'SELECT gdpr.mark_inferred(:p:, :q:)',
	'SELECT * FROM gdpr.status()',
	'SELECT * FROM gdpr.missing_indexes()',
	'SELECT * FROM gdpr.data_map()',
	'SELECT gdpr.data_map_json()',
	'SELECT gdpr.data_map_dot()',
	'SELECT * FROM gdpr.graph_findings()',
	'SELECT * FROM gdpr.impact(:p:, :k:)',
	'SELECT gdpr.export_subject(:p:, :k:)',
	'SELECT * FROM gdpr.export_rows(:p:, :j:)',
	'SELECT gdpr.export_html(:p:, :k:)',
	'SELECT gdpr.portable_data(:p:, :k:)',
	'SELECT * FROM gdpr.portable_csv(:p:, :j:)',
	'SELECT gdpr.rectify(:p:, :k:, :m:, ''new@hostile.example'')',
	'SELECT gdpr.rectify(:p:, :k:, :t:, ''Kerkstraat 2, 9000 Gent, BE'', :o:)',
	'SELECT gdpr.dispute_value(:p:, :k:, :m:)',
	'SELECT gdpr.restrict_subject(:p:, :j:, ''accuracy contested'')',
	'SELECT gdpr.withdraw_request(gdpr.open_request(:p:, :j:, ''access'', ''email''))',
	'SELECT gdpr.register_recipient(''Post'', ''controller'', ''BE'', ''sales'')',
	'SELECT gdpr.disclose(:p:, :j:, ''Post'', ''order_fulfilment'', ''{address}'')',
	'SELECT * FROM gdpr.mailable(''newsletter'', ''email'')',
	'SELECT * FROM gdpr.subject_accesses(:p:, :k:)',
	'SELECT * FROM gdpr.proof(:p:, :k:)',
	'SELECT gdpr.set_retention(:o:, ''order_fulfilment'', ''collected'', ''3 years'', column_name => :s:)',
	'SELECT gdpr.set_retention(:p:, ''order_fulfilment'', ''collected'', ''30 years'', column_name => :s:)',
	'SELECT * FROM gdpr.retention_due()',
	'SELECT gdpr.hold_row(:p:, :k:, ''claim'')',
	'SELECT gdpr.hold_row(:o:, ''2'', ''claim'')',
	'SELECT gdpr.set_anonymisation(:p:, :q:, ''null'')',
	'SELECT * FROM gdpr.k_anonymity(:p:, ARRAY[:s:]::name[])',
	'SELECT * FROM gdpr.l_diversity(:p:, ARRAY[:s:]::name[], :q:)',
	'SELECT * FROM gdpr.t_closeness(:p:, ARRAY[:s:]::name[], :q:)',
	'SELECT * FROM gdpr.linkage_risk(:p:, ARRAY[:s:]::name[])',
	'SELECT * FROM gdpr.anonymise_to_k(:p:, ''"copy''''""; DROP TABLE hostile.bait; --"'', ARRAY[:s:]::name[], 2)',
	'SELECT gdpr.assert_anonymous(''"copy''''""; DROP TABLE hostile.bait; --"'', ARRAY[:s:]::name[], k => 2)',
	'SELECT * FROM gdpr.retest_anonymity()',
	'SELECT gdpr.anonymise_into(:p:, ''"into''''""; DROP TABLE hostile.bait; --"'', jsonb_build_object(:q:, ''{"strategy": "null"}''::jsonb))',
	'SELECT gdpr.add_breach_table(gdpr.open_breach(''hostile'', now()), :p:)',
	'UPDATE "people''""; DROP TABLE hostile.bait; --" SET "id''""; DROP TABLE hostile.bait; --" = ''d'' WHERE "id''""; DROP TABLE hostile.bait; --" = ''c''',
	'SELECT gdpr.anonymise_rows(:p:)',
	'SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE ended_at IS NULL',
	'SELECT gdpr.erase_subject(:p:, :j:, ''Art. 17(1)(a)'')',
	'SELECT gdpr.residue(number) FROM gdpr.subject WHERE relation IS NULL',
	'SELECT gdpr.unprotect(:l:)',
	'SELECT gdpr.unprotect(:o:)']) WITH ORDINALITY c (call, n) ORDER BY n;
\pset format aligned
\pset tuples_only off
RESET ROLE;
CALL gdpr.run_retention();
SELECT count(*) AS bait FROM hostile.bait;
\c :home
DROP DATABASE regression_gdpr_hostile;
DROP ROLE "r""; DROP TABLE hostile.bait; --";
