-- gdpr.scan(): what columns hold, with the evidence and never a value; decisions over it; drift; strict mode.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_discovery_dpo;
CREATE ROLE regress_discovery_owner;
SELECT gdpr.grant_duty('dpo', 'regress_discovery_dpo');
CREATE SCHEMA discovery AUTHORIZATION regress_discovery_owner;
GRANT USAGE ON SCHEMA discovery TO regress_discovery_dpo;
-- before the first scan there is nothing to repeat
BEGIN;
DELETE FROM gdpr.scan_run;
SELECT gdpr_internal.last_scan() IS NULL AS none;
CALL gdpr.rescan();
ROLLBACK;
SET search_path = discovery, public;
-- people that are made up
CREATE TABLE part AS SELECT n, (ARRAY['Jan','Marie','Pieter','Sofie','Luc','Julie','Hans','Chiara','Miguel','Emma'])[1 + n % 10] AS first,
	(ARRAY['Peeters','Dubois','Janssens','Müller','Rossi','García','Smith','Maes','Lambert','Schmidt','Bakker'])[1 + n % 11] AS last
	FROM generate_series(1, 400) n;

CREATE TABLE klanten (klantnr integer PRIMARY KEY, voornaam text, achternaam text, "e-mail" text, gsm text, straat text,
	huisnr integer, postcode text, gemeente text, gebdat date, geslacht text, rrn text, iban text, "laatsteLoginIP" inet, opmerking text,
	taal text, status text, saldo numeric, aangemaakt_op timestamptz, email_verified boolean, email_count integer);
INSERT INTO klanten SELECT n, first, last, lower(first) || '.canary' || n || '@example.com', '0470 ' || lpad((n * 37 % 1000000)::text, 6, '0'),
	'Kerkstraat', n % 200, (1000 + n % 9000)::text, 'Gent', date '1950-01-01' + n * 50, CASE n % 2 WHEN 0 THEN 'M' ELSE 'V' END,
	'85.07.30-033.28', 'BE68 5390 0754 7034', '192.0.2.1'::inet + n % 200, CASE WHEN n % 50 = 0 THEN 'Bel terug op +32 470 12 34 ' || n % 90 + 10 ELSE 'Levering in de week' END,
	'nl', 'actief', n * 1.5, now(), true, n FROM part;

-- opaque names: content alone
CREATE TABLE t1 (c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 date, c9 jsonb, c10 text[], c11 text);
INSERT INTO t1 SELECT first || ' ' || last, first || n || '@example.com', '+32 470 ' || lpad(n::text, 6, '0'),
	last || 'straat ' || n % 150, '10.' || n % 250 || '.' || n % 199 || '.' || n % 99, lpad(to_hex(n % 256), 2, '0') || ':1a:2b:3c:4d:' || lpad(to_hex((n / 256) % 256), 2, '0'),
	'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.' || n, date '1945-01-01' + n * 60, jsonb_build_object('kind', 'order', 'who', jsonb_build_object('mail', 'canary' || n || '@example.com')),
	ARRAY['a' || n, last || n || '@example.org'], '<klant><naam>' || first || ' ' || last || '</naam></klant>' FROM part;

-- what looks personal and is not
CREATE TABLE product (id integer PRIMARY KEY, name text, email_template text, file_name text, weekday text, region text, academic_year_code text, scenario_code text,
	version text, made_on text, uid uuid, ean text, reference text, order_number text, price numeric, hash text, company text, phone_verified boolean, phone_type text,
	address_id integer, ip_count integer, birth_rate numeric, released date);
INSERT INTO product SELECT n, 'Chair ' || n, 'welcome', 'file' || n || '.pdf', (ARRAY['Monday','Tuesday','Wednesday','Thursday','Friday','Saturday','Sunday'])[1 + n % 7],
	(ARRAY['Antwerpen','Limburg','Luik','Namen','Henegouwen'])[1 + n % 5], (1990 + n % 30) || '/' || (1991 + n % 30), 'SCN-' || n,
	n % 5 || '.' || n % 12 || '.' || n % 9 || '.' || n % 4, date '1996-07-04' + n, gen_random_uuid(), '540' || lpad((n * 7919)::text, 10, '0'),
	'+++' || lpad((n % 1000)::text, 3, '0') || '/' || lpad((n * 37 % 10000)::text, 4, '0') || '/' || lpad((n * 97 % 100000)::text, 5, '0') || '+++',
	'SO' || 43000 + n, n * 1.21, md5(n::text), 'Chairs ' || n || ' NV', true, 'mobile', n, n, 1.5, date '1970-01-01' + n * 40 FROM part;

-- one account number in two of a thousand notes
CREATE TABLE ticket (id integer PRIMARY KEY, story text);
INSERT INTO ticket SELECT n, CASE n WHEN 300 THEN 'please pay to BE68 5390 0754 7034 before friday' WHEN 700 THEN 'account NL91 ABNA 0417 1643 00 is closed now'
	ELSE 'the chair that came yesterday has a loose leg ' || n END FROM generate_series(1, 1000) n;

CREATE VIEW persoon AS SELECT voornaam AS given, "e-mail" AS contact FROM klanten;
ALTER TABLE klanten OWNER TO regress_discovery_owner;
CREATE TABLE log (id bigint, klantnr integer REFERENCES klanten, at timestamptz, who text) PARTITION BY RANGE (id);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (1000);
INSERT INTO log SELECT n, n, now(), first || ' ' || last FROM part;
ANALYZE;

CALL gdpr.scan('{discovery}');
SELECT relation, column_name, category, class, kind, special FROM gdpr.scan_results
WHERE relation::text NOT LIKE '%.%' AND relation::text NOT IN ('product', 'part') AND category IS NOT NULL ORDER BY relation::text COLLATE "C", column_name COLLATE "C";
-- nothing of what is not personal
SELECT column_name, category FROM gdpr.scan_results WHERE relation = 'product'::regclass AND category IS NOT NULL;
SELECT column_name FROM gdpr.scan_results WHERE relation = 'klanten'::regclass AND category IS NULL ORDER BY column_name COLLATE "C";
SELECT count(*) FROM gdpr.scan_results WHERE relation = 'log_1'::regclass;
-- the evidence, in words and without a value
SELECT column_name, evidence, confidence BETWEEN 0.5 AND 1 AS sure FROM gdpr.scan_results
WHERE relation = 't1'::regclass OR (relation = 'klanten'::regclass AND column_name IN ('e-mail', 'opmerking')) OR (relation = 'ticket'::regclass AND category IS NOT NULL)
ORDER BY relation::text COLLATE "C", column_name COLLATE "C";
SELECT column_name, paths FROM gdpr.scan_results WHERE paths IS NOT NULL AND relation = 't1'::regclass ORDER BY column_name;
SELECT count(*) AS canaries FROM gdpr.discovered d WHERE d::text ~* 'canary|Peeters|BE68|0754 ?7034|example\.';
SELECT count(*) AS canaries FROM gdpr.ledger l WHERE l.detail::text ~* 'canary|Peeters|BE68|0754 ?7034|example\.' AND l.kind LIKE 'scan%';
SELECT detail - 'run' AS detail FROM gdpr.ledger WHERE kind LIKE 'scan %' ORDER BY number DESC LIMIT 2;

-- who may: an officer who may not read is told by names; another role is told nothing
SET ROLE regress_discovery_owner;
CALL gdpr.scan('{discovery}'); -- fails
SELECT * FROM gdpr.scan_results; -- fails
RESET ROLE;
SELECT DISTINCT reading FROM gdpr.scan_results WHERE relation IN ('klanten'::regclass, 't1'::regclass);
DELETE FROM gdpr.discovered WHERE relation IN ('klanten'::regclass, 't1'::regclass);
SET ROLE regress_discovery_dpo;
CALL gdpr.scan('{discovery}');
SELECT relation, column_name, category, reading FROM gdpr.scan_results WHERE relation IN ('klanten'::regclass, 't1'::regclass) AND category IS NOT NULL
ORDER BY relation::text COLLATE "C", column_name COLLATE "C";
RESET ROLE;
GRANT SELECT (voornaam, rrn) ON klanten TO regress_discovery_dpo;
SET ROLE regress_discovery_dpo;
CALL gdpr.scan('{discovery}');
SELECT column_name, sampled > 0 AS read FROM gdpr.scan_results WHERE relation = 'klanten'::regclass AND column_name IN ('voornaam', 'rrn', 'iban') ORDER BY 1;
RESET ROLE;

-- the owner of a view gets nobody's rights, and what he raises stops no scan
CREATE TABLE told (by name);
GRANT INSERT, SELECT ON told TO PUBLIC;
SET ROLE regress_discovery_owner;
CREATE FUNCTION discovery.spy(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO discovery.told VALUES (current_user); RETURN $1; END $$;
CREATE VIEW discovery.trap AS SELECT discovery.spy(voornaam) AS voornaam FROM discovery.klanten;
CREATE VIEW discovery.slow AS SELECT voornaam, pg_sleep(60)::text AS email FROM discovery.klanten;
CREATE VIEW discovery.broken AS SELECT 1 / (klantnr - klantnr) AS saldo, voornaam || 'canary' AS email FROM discovery.klanten;
RESET ROLE;
CALL gdpr.scan('{discovery}', sample => 50, table_time => '500 ms');
SELECT DISTINCT by FROM told;
SELECT DISTINCT relation, reading FROM gdpr.scan_results WHERE relation::text ~ 'trap|slow|broken' ORDER BY 1;
DROP VIEW discovery.trap, discovery.slow, discovery.broken;

-- arguments
CALL gdpr.scan('{nowhere}'); -- fails
CALL gdpr.scan(sample => 1); -- fails
CALL gdpr.scan(table_time => '0'); -- fails
BEGIN;
CALL gdpr.scan('{discovery}'); -- fails
ROLLBACK;
-- what content showed stays when it cannot be read
CALL gdpr.scan('{discovery}', names_only => true);
SELECT column_name, category, reading FROM gdpr.scan_results WHERE relation = 't1'::regclass AND column_name IN ('c1', 'c9') ORDER BY 1;
DELETE FROM gdpr.discovered WHERE relation::text IN ('klanten', 'product');
CALL gdpr.scan('{discovery}', names_only => true);
SELECT DISTINCT reading FROM gdpr.scan_results WHERE relation::text IN ('klanten', 'product');

-- stopped and gone on with
CALL gdpr.scan('{discovery}', 777, max_time => '0');
SELECT state, place FROM gdpr.scan_run ORDER BY number DESC LIMIT 1;
CALL gdpr.scan('{discovery}', 777);
SELECT state, place = cardinality(tables) AS whole, count(*) OVER (PARTITION BY sample) AS runs FROM gdpr.scan_run WHERE sample = 777 ORDER BY number DESC LIMIT 1;
SELECT count(*) FROM gdpr.scan_progress;

-- decisions
SELECT gdpr.classify('klanten', 'gsm', 'phone');
SELECT gdpr.classify('klanten', 'opmerking', 'not personal'); -- fails
SELECT gdpr.classify('klanten', 'opmerking', 'not personal', 'only delivery hints are written there');
SELECT gdpr.classify('klanten', 'status', 'health', 'it says who is ill', review_by => '2999-01-01');
SELECT gdpr.classify('klanten', 'nothing', 'phone'); -- fails
SELECT gdpr.classify('klanten', 'gsm', 'telephone'); -- fails
SELECT gdpr.classify('klanten_pkey', 'klantnr', 'phone'); -- fails
SELECT gdpr.classify(NULL, 'gsm', 'phone'); -- fails
CALL gdpr.scan('{discovery}');
SELECT column_name, category, decision, state, special, reason, command FROM gdpr.scan_results
WHERE relation = 'klanten'::regclass AND (decision IS NOT NULL OR column_name = 'rrn') ORDER BY column_name;
SELECT detail FROM gdpr.ledger WHERE kind = 'column classified' ORDER BY number DESC LIMIT 1;
-- it stays dismissed, and is open again when the type changes or the review is due
ALTER TABLE klanten ALTER opmerking TYPE varchar(500);
UPDATE gdpr.classification SET review_by = '2020-01-01' WHERE column_name = 'status' AND relation = 'klanten'::regclass;
SELECT severity, object, finding, fix FROM gdpr.status() WHERE object LIKE 'discovery.klanten.%' OR object LIKE 'klanten.%' ORDER BY 2, 3;
CALL gdpr.scan('{discovery}');
SELECT column_name, decision, state FROM gdpr.scan_results WHERE relation = 'klanten'::regclass AND state = 'reopened' ORDER BY column_name;
SELECT gdpr.classify('klanten', 'opmerking', 'freetext');
SELECT gdpr.classify('klanten', 'status', NULL);
SELECT column_name, decision, state FROM gdpr.scan_results WHERE relation = 'klanten'::regclass AND column_name IN ('opmerking', 'status') ORDER BY 1;

-- drift: new, renamed, dropped, retyped; content that changed its nature
ALTER TABLE product ADD gebdat date, ADD colour text;
ALTER TABLE klanten RENAME gsm TO handy;
ALTER TABLE klanten DROP saldo;
ALTER TABLE klanten ALTER postcode TYPE varchar(10);
SELECT severity, object, finding, fix FROM gdpr.status() WHERE object ~ '^(discovery\.)?(klanten|product)\.' ORDER BY 2, 3;
SELECT column_name, category FROM gdpr.classification WHERE relation = 'klanten'::regclass ORDER BY 1;
UPDATE product SET scenario_code = 'x' || id || '@example.com';
CALL gdpr.rescan();
SELECT kind, relation, column_name, before, after, settled_at IS NOT NULL AS settled FROM gdpr.drift WHERE relation IN ('klanten'::regclass, 'product'::regclass) AND kind <> 'changed'
	OR (kind = 'changed' AND column_name = 'scenario_code') ORDER BY number;
SELECT severity, object, finding, fix FROM gdpr.status() WHERE object ~ '^(discovery\.)?(klanten|product)\.' ORDER BY 2, 3;
SELECT gdpr.classify('product', 'scenario_code', 'not personal', 'test addresses');
SELECT gdpr.classify('product', 'gebdat', 'not personal', 'of the series');
SELECT gdpr.classify('klanten', 'postcode', 'postal_code');
SELECT severity, object, finding FROM gdpr.status() WHERE object ~ '^(discovery\.)?(klanten|product)\.' ORDER BY 2, 3;

-- protected tables: sealed columns are known by their type, others are somebody's to classify
CREATE TABLE member (id integer PRIMARY KEY, email text, remark text, total numeric, club text);
INSERT INTO member SELECT n, 'm' || n || '@example.com', 'hello', n, 'x' FROM generate_series(1, 10) n;
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', '{order_fulfilment}', columns => '{"email":"pii_email"}');
CALL gdpr.scan('{discovery}');
SELECT column_name, category, state, sampled FROM gdpr.scan_results WHERE relation = 'member'::regclass ORDER BY column_name COLLATE "C";
SELECT severity, object, finding, fix FROM gdpr.status() WHERE code = 'column-unclassified' AND object ~ 'member$';
SELECT gdpr.classify('member', c, 'not personal', 'about the club') FROM unnest('{remark,total,club}'::text[]) c;
SELECT severity, object, finding, fix FROM gdpr.status() WHERE object ~ 'member$' AND code = 'column-unclassified';
SET gdpr.require_classification = on;
ALTER TABLE member ADD gebdat date; -- fails
ALTER TABLE member ALTER total TYPE bigint;
SELECT gdpr.classify('member', 'gebdat', 'birth_date');
ALTER TABLE member ADD gebdat date, ADD phone gdpr.pii_phone;
ALTER TABLE product ADD gewicht text;
RESET gdpr.require_classification;
SELECT severity, object, finding FROM gdpr.status() WHERE object ~ 'member\.?' AND finding ~ 'classif|new' ORDER BY 2, 3;

-- a role that could choose what the scan calls
SELECT has_function_privilege('regress_discovery_owner', 'gdpr.classify(gdpr.table_ref, name, text, text, date)', 'EXECUTE') AS anybody;
SELECT * FROM gdpr.data_categories() WHERE special ORDER BY category COLLATE "C";

-- names by themselves
SELECT n AS column_name, gdpr_internal.name_category(n) FROM unnest('{Email,hotel,mobile_no,tel_prive,dateNaissance,codeFiscal,codice_fiscale,apellidos,cognome,Anschrift,ville,PLZ,Wohnort,
	customer_type,userAgent,KundenNr,product_name,"Nom de famille",telefoonnummer,fechaNacimiento,geboorteplaats,carte_identite,passwordHash,reborn,classname,order_date,"名前"}'::text[]) n;

SET search_path = public;
DROP SCHEMA discovery CASCADE;
SELECT count(*) FROM gdpr.discovered d WHERE d.relation::oid NOT IN (SELECT oid FROM pg_class);
SELECT count(*) FROM gdpr.classification;
SELECT gdpr.revoke_duty('dpo', 'regress_discovery_dpo');
DROP OWNED BY regress_discovery_dpo, regress_discovery_owner;
DROP ROLE regress_discovery_dpo, regress_discovery_owner;
