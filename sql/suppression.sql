-- The suppression list: who comes back by which consent, and imports that go on without whom it names.
SET client_min_messages = warning;
CREATE DATABASE regress_suppression;
\c regress_suppression
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_suppression_app;
CREATE ROLE regress_suppression_dpo;
CREATE ROLE regress_suppression_job;
SELECT gdpr.grant_duty('app', 'regress_suppression_app'), gdpr.grant_duty('dpo', 'regress_suppression_dpo'), gdpr.grant_duty('job', 'regress_suppression_job');
SELECT gdpr.grant_purpose('customer_management', r::regrole) FROM unnest('{regress_suppression_app}'::text[]) r;
SELECT gdpr.grant_purpose('customer_management', current_user::regrole);
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
SELECT gdpr.draft_notice('news', 'written', purposes => '{newsletter}', texts => (SELECT jsonb_object_agg(l, (SELECT jsonb_object_agg(item, 'text') FROM gdpr.notice_item)) FROM unnest('{nl,fr,de,en}'::text[]) l),
	data_categories => '{pd:EmailAddress}', recipients => '{}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://shop.example/stop') IS NOT NULL AS drafted;
SELECT gdpr.publish_notice('news') IS NOT NULL AS published;
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, phone text);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL REFERENCES customer, deliver_to text);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{newsletter,customer_management}', columns => '{"name":"pii_name","email":"pii_email","phone":"pii_phone"}');
SELECT gdpr.protect('orders', '{customer_management}', owner => 'customer', columns => '{"deliver_to":"pii_phone"}');
GRANT ALL ON customer, orders TO regress_suppression_app;
CREATE FUNCTION consent(customer text, identifiers jsonb DEFAULT NULL, channel text DEFAULT 'any', method text DEFAULT 'double_opt_in') RETURNS uuid LANGUAGE sql AS $$
	SELECT gdpr.give_consent('customer', customer, 'newsletter', 'news', method, channel => channel, notice_shown => true, language => 'en',
		double_opt_in_at => CASE method WHEN 'double_opt_in' THEN clock_timestamp() END, identifiers => identifiers)
$$;
GRANT EXECUTE ON FUNCTION consent TO regress_suppression_app;
SELECT gdpr.suppress('email', 'an@example.com'), gdpr.suppress('phone', '0470 12 34 56'), gdpr.suppress('email', 'bo@example.com');

-- ---- one person's fresh consent lets nobody else in ----
SET ROLE regress_suppression_app;
SET gdpr.purpose = 'customer_management';
SELECT consent('1') AS anybody \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'anybody');	-- fails: whose is it?
\echo :LAST_ERROR_SQLSTATE
SELECT consent('2', '{"email": "bo@example.com"}') AS of_bo \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'of_bo');	-- fails: it is Bo's
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.is_suppressed('email', 'an@example.com') AS an, gdpr.is_suppressed('email', 'bo@example.com') AS bo;
-- her own does, however she spells it; for what she gave, and nothing else
SELECT consent('1', '{"email": " An@Example.COM ", "phone": "0471 00 00 00"}') AS of_an \gset
SELECT gdpr.lift_suppression('phone', '+32470123456', :'of_an');	-- fails
SELECT gdpr.lift_suppression('email', 'an@example.com', :'of_an');
INSERT INTO customer VALUES (1, 'An', 'an@example.com', NULL);
INSERT INTO customer VALUES (9, 'An', NULL, '0470123456');	-- fails
-- and once: suppressed again, it takes a new one
SELECT gdpr.suppress('email', 'an@example.com');
SELECT gdpr.lift_suppression('email', 'an@example.com', :'of_an');	-- fails
\echo :LAST_ERROR_SQLSTATE
-- on file she need not say it: her row holds the address; but the consent must be hers, and stand
SELECT consent('2') AS anybody \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'anybody');	-- fails
SELECT consent('1') AS of_an \gset
SELECT gdpr.withdraw_consent('customer', '1', 'newsletter');
SELECT gdpr.lift_suppression('email', 'an@example.com', :'of_an');	-- fails: withdrawn
SELECT consent('1') AS of_an \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'of_an');
-- not by post what was said of e-mail
SELECT gdpr.suppress('email', 'an@example.com', 'email');
SELECT gdpr.withdraw_consent('customer', '1', 'newsletter');
SELECT consent('1', channel => 'post') AS by_post \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'by_post', 'email');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT consent('1', channel => 'email') AS by_mail \gset
SELECT gdpr.lift_suppression('email', 'an@example.com', :'by_mail', 'email');
-- what is no identifier
SELECT consent('3', '["an@example.com"]');	-- fails
SELECT consent('3', '{"email": "an"}');	-- fails
SELECT consent('3', '{"shoe size": "40"}');	-- fails
-- what somebody else says of a person needs something to show
SELECT consent('3', method => 'import');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('customer', '3', 'newsletter', 'news', 'import', notice_shown => true, language => 'en', evidence => 'list 7, line 3', evidence_mime => 'text/plain') IS NOT NULL AS given;
RESET ROLE;
-- only what is on the list is remembered, as a hash, and no longer than needed
SELECT gdpr.suppress('email', 'cy@example.com');
SELECT consent('4', '{"email": "cy@example.com", "phone": "0479 99 99 99"}') IS NOT NULL AS given;
SELECT e.subject = gdpr_internal.subject_number('customer', '4') AS cys, length(i.hash), i.hash = (SELECT hash FROM gdpr.suppression WHERE class = 'email' ORDER BY since DESC LIMIT 1) AS of_the_list
FROM gdpr.consent_identifier i JOIN gdpr.consent_event e ON e.id = i.consent WHERE e.subject = gdpr_internal.subject_number('customer', '4');
SELECT relation, rows FROM gdpr.residue(gdpr_internal.subject_number('customer', '4'));
SELECT gdpr_internal.subject_number('customer', '4') AS cy \gset
SELECT count(*) AS erasures FROM gdpr.erase_subject('customer', '4', 'Art. 17(1)(b)');
SELECT count(*) AS left FROM gdpr.residue(:cy);
SELECT gdpr.withdraw_consent('customer', '2', 'newsletter');
SET ROLE regress_suppression_job;
SELECT count(*) FROM gdpr.note_consents();
RESET ROLE;
SELECT count(*) AS left FROM gdpr.consent_identifier;

-- ---- a bought list: refused at its first suppressed row, or taken without it ----
SET ROLE regress_suppression_app;
CREATE TEMPORARY TABLE list (id integer, name text, email text, phone text);
INSERT INTO list SELECT i, 'Name ' || i, format('p%s@example.com', i), NULL FROM generate_series(100, 109) i;
UPDATE list SET email = 'BO@example.com' WHERE id = 103;
UPDATE list SET phone = '+32 470 12 34 56' WHERE id = 107;
INSERT INTO customer SELECT * FROM list;	-- fails
\echo :LAST_ERROR_SQLSTATE
SET gdpr.on_suppressed = 'perhaps';	-- fails
SET gdpr.on_suppressed = quarantine;
INSERT INTO customer SELECT * FROM list;
SELECT count(*) AS arrived, count(*) FILTER (WHERE id IN (103, 107)) AS suppressed FROM customer WHERE id >= 100;
SELECT l.id FROM list l WHERE gdpr.is_suppressed('email', l.email) OR gdpr.is_suppressed('phone', l.phone) ORDER BY l.id;
-- an update brings nobody back, nor does an upsert
UPDATE customer SET email = 'bo@example.com' WHERE id = 100;	-- fails
\echo :LAST_ERROR_SQLSTATE
INSERT INTO customer VALUES (100, 'Bo', 'bo@example.com', NULL) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name;
SELECT gdpr.reveal(name) FROM customer WHERE id = 100;
-- rows of others' tables too, and nobody is made a subject for a row that stays out
INSERT INTO orders VALUES (1, 100, '0471 11 11 11'), (2, 101, '0470 12 34 56');
SELECT id FROM orders ORDER BY id;
-- it is the same transaction: what is rolled back did not happen
BEGIN;
INSERT INTO customer VALUES (120, 'Bo', 'bo@example.com', NULL), (121, 'Di', 'di@example.com', NULL);
ROLLBACK;
BEGIN;
SAVEPOINT s;
INSERT INTO customer VALUES (120, 'Bo', 'bo@example.com', NULL);
ROLLBACK TO s;
INSERT INTO customer VALUES (121, 'Di', 'di@example.com', NULL);
COMMIT;
RESET ROLE;
SELECT count(*) AS subjects FROM gdpr.subject WHERE key IN ('103', '107', '120');
-- COPY by the owner
SET gdpr.on_suppressed = quarantine;
COPY customer (id, name, email) FROM stdin;
130	Ed	ed@example.com
131	Bo	bo@example.com
132	Fay	fay@example.com
133	Bo	Bo@Example.Com
\.
SELECT id FROM customer WHERE id BETWEEN 130 AND 139 ORDER BY id;
RESET gdpr.on_suppressed;

-- a list that was there before its table was protected does not go unnoticed
CREATE TABLE bought (id integer PRIMARY KEY, mail text, tel text);
INSERT INTO bought VALUES (1, 'BO@example.com', '0470123456'), (2, 'gus@example.com', '+32 (0)470 12 34 56'), (3, 'ida@example.com', NULL);
SELECT gdpr.declare_subject('bought', 'id');
SELECT gdpr.suppressed_rows('bought');	-- fails
SELECT gdpr.protect('bought', '{customer_management}', columns => '{"mail":"pii_email","tel":"pii_phone"}');
SELECT gdpr.suppressed_rows('bought'), gdpr.suppressed_rows('orders') AS orders;
SELECT detail ->> 'suppressed' AS suppressed, count(*) FROM gdpr.ledger WHERE kind = 'table protected' GROUP BY 1;

-- ---- what is on record: no name, no address, no key of the list ----
SET ROLE regress_suppression_app;
SELECT * FROM gdpr.import_quarantine;	-- fails: not the application's business
SET ROLE regress_suppression_dpo;
SELECT relation, column_name, class, reason, role = session_user AS by_owner, until - at BETWEEN '29 days' AND '31 days' AS a_month, count(*) FROM gdpr.import_quarantine
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 5;
SELECT bool_and(q.hash IN (SELECT hash FROM gdpr.suppression)) AS hashes_of_the_list, bool_or((to_jsonb(q) - '{number,hash,at,until}'::text[])::text ~* '\mbo\M|example|[0-9]{4}') AS named FROM gdpr.import_quarantine q;
SELECT detail - 'by' AS detail FROM gdpr.ledger WHERE kind = 'rows held back' ORDER BY number;
RESET ROLE;

-- ---- and how it ends: with the list's entry, with the person, with time ----
SELECT count(*) AS of_bo FROM gdpr.import_quarantine WHERE class = 'email';
SELECT consent('140', '{"email": "bo@example.com"}') AS of_bo \gset
SELECT gdpr.lift_suppression('email', 'bo@example.com', :'of_bo');
SELECT count(*) AS of_bo FROM gdpr.import_quarantine WHERE class = 'email';
INSERT INTO customer VALUES (140, 'Bo', 'bo@example.com', NULL);
-- on file and not to be mailed; a list brings her again
SELECT gdpr.suppress('email', 'bo@example.com');
SET gdpr.on_suppressed = quarantine;
INSERT INTO customer VALUES (141, 'Bo', 'bo@example.com', NULL);
RESET gdpr.on_suppressed;
SELECT gdpr_internal.subject_number('customer', '140') AS bo \gset
SELECT relation, rows FROM gdpr.residue(:bo) ORDER BY relation::text;
SELECT count(*) AS erasures FROM gdpr.erase_subject('customer', '140', 'Art. 17(1)(b)');
SELECT count(*) AS left FROM gdpr.residue(:bo);
SELECT count(*) AS of_bo FROM gdpr.import_quarantine WHERE class = 'email';
UPDATE gdpr.import_quarantine SET until = now() - interval '1 second';
SET ROLE regress_suppression_job;
CALL gdpr.run_retention();
RESET ROLE;
SELECT count(*) AS left FROM gdpr.import_quarantine;
SELECT detail FROM gdpr.ledger WHERE kind = 'import quarantine ended';
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_suppression;
DROP ROLE regress_suppression_app, regress_suppression_dpo, regress_suppression_job;
