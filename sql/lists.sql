-- Bought and rented lists: from the contract to the rows that go in, are held, end, and are asked about.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_lists;
\c regress_lists
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_lists_dpo;
CREATE ROLE regress_lists_app;
CREATE ROLE regress_lists_job;
SELECT gdpr.grant_duty('dpo', 'regress_lists_dpo'), gdpr.grant_duty('app', 'regress_lists_app'), gdpr.grant_duty('job', 'regress_lists_job');
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
SELECT gdpr.grant_purpose('newsletter', 'regress_lists_app'), gdpr.grant_purpose('order_fulfilment', 'regress_lists_app'), gdpr.grant_purpose('rights_handling', 'regress_lists_dpo');
CREATE TABLE customer (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, email text, phone text, born text, town varchar(10));
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name":"pii_name","email":"pii_email","phone":"pii_phone","born":"pii_birth_date"}');
GRANT ALL ON customer TO regress_lists_app;
GRANT USAGE ON SEQUENCE customer_id_seq TO regress_lists_app;
CREATE TABLE staged (n integer, mail text, tel text, who text, birth text, city text, opted_in text, partner text, ref text);
GRANT ALL ON staged TO regress_lists_app;

-- ---- a list without a record is not taken in ----
INSERT INTO staged VALUES (1, 'p1@example.com');
SET ROLE regress_lists_app;
SET gdpr.purpose = 'newsletter';
CALL gdpr.import_list(NULL, 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');	-- fails
\echo :LAST_ERROR_SQLSTATE
CALL gdpr.import_list(gen_random_uuid(), 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');	-- fails
RESET ROLE;
CREATE FUNCTION acquire(kind text DEFAULT 'bought', rental_end date DEFAULT NULL, supplier text DEFAULT 'Lists NV', rows bigint DEFAULT 100, purposes text[] DEFAULT '{newsletter}') RETURNS uuid LANGUAGE sql AS $$
	SELECT gdpr.acquire_list(supplier, 'contract 17', kind, '2026-04-15 12:00Z', 'https://quiz.example, page 3', 'consent',
		'I want to receive offers of Shop and of other sellers of shoes.', '{pd:EmailAddress,pd:TelephoneNumber}', rows, sha256('the file'),
		'2026-01-01 00:00Z', 'Quiz BV', purposes, 'en', '{sellers of shoes}', rental_end)
$$;
SET ROLE regress_lists_dpo;
SELECT acquire(supplier => ' ');	-- fails
SELECT acquire(kind => 'rented');	-- fails: until when
SELECT acquire(rows => 0);	-- fails
SELECT acquire(purposes => '{nothing}');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT acquire() AS bought \gset
RESET ROLE;

-- ---- a hundred rows, thirty with proof, five of these suppressed ----
TRUNCATE staged;
INSERT INTO staged
SELECT n, 'person' || n || '@example.com', '+324701234' || lpad(n::text, 2, '0'), 'Person ' || chr(64 + n % 26 + 1), NULL, 'Gent',
	CASE WHEN n <= 30 THEN '2026-03-01 10:00Z' END, CASE WHEN n % 2 = 0 THEN 'Shop' ELSE 'Sellers of shoes' END, 'form ' || n FROM generate_series(1, 100) n;
SELECT gdpr.suppress('email', 'PERSON' || n || '@example.com') FROM generate_series(1, 5) n \g /dev/null
SET ROLE regress_lists_app;
SET gdpr.purpose = 'newsletter';
CALL gdpr.import_list(:'bought', 'staged', 'customer', '{"email":"nowhere"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');	-- fails
\echo :LAST_ERROR_SQLSTATE
CALL gdpr.import_list(:'bought', 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in"}', 'newsletter');	-- fails: what is the proof
CALL gdpr.import_list(:'bought', 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'order_fulfilment');	-- fails
\echo :LAST_ERROR_SQLSTATE
BEGIN;
CALL gdpr.import_list(:'bought', 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');	-- fails
ROLLBACK;
CALL gdpr.import_list(:'bought', 'staged', 'customer', '{"email":"mail","phone":"tel","name":"who","born":"birth","town":"city"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');
RESET ROLE;
SELECT * FROM gdpr.list_report(:'bought');
SELECT count(*) FROM staged;
SELECT count(*), count(DISTINCT gdpr_subject), min(purposes::text) FROM customer;
SELECT count(*), min(state::text), min(method::text), min(source), min(since) AT TIME ZONE 'UTC' AS since FROM (SELECT c.*, e.source FROM gdpr.consent_current c JOIN gdpr.consent_event e ON e.id = c.event) x;
SELECT code, count(*), bool_and(gdpr.is_bound(content)) AS sealed, bool_and(until > now() + interval '29 days') AS for_a_month FROM gdpr.list_held GROUP BY code ORDER BY code;

-- ---- each reason has its code, and a row goes in whole or not at all ----
SET ROLE regress_lists_dpo;
SELECT acquire(supplier => 'Other NV', rows => 16) AS other \gset
RESET ROLE;
INSERT INTO staged VALUES
	(1, 'new1@example.com', '+32470990001', 'An', '1980-01-01', 'Gent', '2026-03-01', 'shop', 'f'),
	(2, 'not an address', NULL, 'Bo', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(3, 'new3@example.com', '123', 'Bo', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(4, NULL, NULL, 'Cy', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(5, 'new5@example.com', NULL, 'Cy', NULL, NULL, 'yesterday evening', 'Shop', 'f'),
	(6, 'new6@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', 'Shop', ' '),
	(7, 'new7@example.com', NULL, 'Cy', NULL, NULL, '2025-12-31', 'Shop', 'f'),
	(8, 'new8@example.com', NULL, 'Cy', NULL, NULL, '2026-04-16', 'Shop', 'f'),
	(9, 'new9@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', 'Bank', 'f'),
	(10, 'new10@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', NULL, 'f'),
	(11, 'PERSON17@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(12, 'new12@example.com', '0470 12 34 18', 'Cy', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(13, 'New1@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(14, 'new14@example.com', NULL, 'Cy', '2020-01-01', NULL, '2026-03-01', 'Shop', 'f'),
	(15, 'person5@example.com', NULL, 'Cy', NULL, NULL, '2026-03-01', 'Shop', 'f'),
	(16, 'new16@example.com', NULL, 'Cy', NULL, 'a town with a long name', '2026-03-01', 'Shop', 'f');
SET ROLE regress_lists_app;
CALL gdpr.import_list(:'other', 'staged', 'customer', '{"email":"mail","phone":"tel","name":"who","born":"birth","town":"city"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');
RESET ROLE;
SELECT * FROM gdpr.list_report(:'other');
SELECT count(*) FROM customer WHERE town IS DISTINCT FROM 'Gent';

-- ---- "where did you get my address?" ----
SELECT s.key AS asked FROM gdpr.acquired_person a JOIN gdpr.subject s ON s.number = a.subject ORDER BY a.subject LIMIT 1 \gset
SET ROLE regress_lists_dpo;
SELECT jsonb_pretty(e -> 'data' -> 'gdpr.acquired_person') AS "from", e -> 'sources' AS sources FROM gdpr.export_subject('customer', :'asked') e;
SELECT line FROM regexp_split_to_table(gdpr.export_html('customer', :'asked', 'nl'), E'\n') line WHERE line ~ 'Lists NV' AND line ~ 'Quiz BV';
RESET ROLE;

-- ---- nobody is written to before being told where from (Art. 14) ----
SELECT d.at, gdpr.source_notice_due(d.at::timestamptz) FROM unnest('{2026-04-15 12:00Z,2027-01-31 12:00Z,2028-01-31 12:00Z,2026-12-01 12:00Z}'::text[]) d (at);
SELECT gdpr.draft_notice('from_lists', 'written', '{newsletter}', (SELECT jsonb_build_object('en', jsonb_object_agg(item, 'text')) FROM gdpr.notice_item),
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://shop.example/stop') AS drafted, gdpr.publish_notice('from_lists') AS published;
SET ROLE regress_lists_app;
SELECT count(*) FROM gdpr.mailable('newsletter', 'email');
SELECT reason, count(*) FROM gdpr.excluded('newsletter', 'email') GROUP BY reason;
SELECT gdpr.may_process('customer', :'asked', 'newsletter', channel => 'email') AS may_write;
SELECT step, passed, detail FROM gdpr.explain_processing('customer', :'asked', 'newsletter', channel => 'email') WHERE step = 13;
RESET ROLE;
SELECT gdpr.register_recipient('Partner', 'controller', 'BE', 'sales');
SELECT gdpr.disclose('customer', :'asked', 'Partner', 'newsletter', '{pd:EmailAddress}');	-- fails: not before the person knows
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.disclose_all('customer', ARRAY[:'asked'], 'Partner', 'newsletter', '{pd:EmailAddress}');	-- fails
SET ROLE regress_lists_app;
SELECT gdpr.serve_notice('customer', :'asked', 'from_lists', 'email', language => 'en');
SELECT subject_key = :'asked' AS told FROM gdpr.mailable('newsletter', 'email');
SELECT step, passed, detail FROM gdpr.explain_processing('customer', :'asked', 'newsletter', channel => 'email') WHERE step = 13;
RESET ROLE;
SELECT gdpr.disclose('customer', :'asked', 'Partner', 'newsletter', '{pd:EmailAddress}') IS NOT NULL AS disclosed;
SELECT supplier, people, due_on = '2026-05-15' AS in_may FROM gdpr.source_notice ORDER BY supplier COLLATE "C";
SELECT severity, code, finding FROM gdpr.status() WHERE code LIKE 'source-notice%' ORDER BY finding COLLATE "C";
SELECT gdpr.note_source_notices();

-- ---- who was held can be found by the list, and is gone when time is up ----
UPDATE gdpr.list_held SET until = now() - interval '1 second' WHERE acquisition = :'bought';
SELECT a.keeper AS keeper FROM gdpr.acquisition a WHERE a.id = :'bought' \gset
SET ROLE regress_lists_job;
CALL gdpr.run_retention();
RESET ROLE;
SELECT wrapped_key IS NULL AS shredded FROM gdpr.subject WHERE number = :keeper;
SELECT count(*) FILTER (WHERE acquisition = :'bought') AS bought, count(*) FILTER (WHERE acquisition = :'other') AS other FROM gdpr.list_held;
SELECT s.wrapped_key IS NOT NULL AS other_key_stays FROM gdpr.acquisition a JOIN gdpr.subject s ON s.number = a.keeper WHERE a.id = :'other';
SELECT * FROM gdpr.list_report(:'bought');
SELECT detail FROM gdpr.ledger WHERE kind = 'list quarantine ended';

-- ---- a rented list ends, and who became a customer stays one ----
SELECT acquire('rented', gdpr_internal.server_today(), rows => 3) AS rented \gset
INSERT INTO staged SELECT n, 'rented' || n || '@example.com', NULL, 'Rent', NULL, NULL, '2026-03-01', 'Shop', 'f' FROM generate_series(1, 3) n;
SET ROLE regress_lists_app;
CALL gdpr.import_list(:'rented', 'staged', 'customer', '{"email":"mail","name":"who"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');
SET gdpr.purpose = 'newsletter';
UPDATE customer SET purposes = '{newsletter,order_fulfilment}' WHERE email = 'rented3@example.com';
RESET ROLE;
SET ROLE regress_lists_job;
CALL gdpr.run_retention();
RESET ROLE;
SELECT count(*) AS last_day FROM customer WHERE gdpr_subject IN (SELECT subject FROM gdpr.acquired_person WHERE acquisition = :'rented');
UPDATE gdpr.acquisition SET rental_end = gdpr_internal.server_today() - 1 WHERE id = :'rented';
SET ROLE regress_lists_app;
CALL gdpr.import_list(:'rented', 'staged', 'customer', '{"email":"mail"}', '{"at":"opted_in","named":"partner","evidence":"ref"}', 'newsletter');	-- fails
RESET ROLE;
SET ROLE regress_lists_job;
CALL gdpr.run_retention();
RESET ROLE;
SELECT count(*), min(purposes::text) FROM customer WHERE gdpr_subject IN (SELECT subject FROM gdpr.acquired_person WHERE acquisition = :'rented');
SELECT count(*) FILTER (WHERE s.wrapped_key IS NULL) AS shredded FROM gdpr.acquired_person a JOIN gdpr.subject s ON s.number = a.subject WHERE a.acquisition = :'rented';
SELECT * FROM gdpr.list_report(:'rented');
SELECT detail - 'acquisition' AS detail FROM gdpr.ledger WHERE kind = 'rental ended';
\c :home
DROP DATABASE regress_lists;
DROP ROLE regress_lists_dpo, regress_lists_app, regress_lists_job;
