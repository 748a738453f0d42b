-- Who is behind an address, in all tables of people, for the officer who answers.
CREATE SCHEMA find_subject;
SET search_path = find_subject;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE find_subject_dpo;
CREATE ROLE find_subject_app;
SELECT gdpr.grant_duty('dpo', 'find_subject_dpo'), gdpr.grant_duty('app', 'find_subject_app') \g /dev/null
CREATE TABLE member (id integer PRIMARY KEY, email text);
CREATE TABLE staff (code text PRIMARY KEY, email text, born text);
CREATE TABLE "Order" (id integer PRIMARY KEY, member integer REFERENCES member, contact text);
INSERT INTO member VALUES (1, 'ann@find.example'), (2, 'bob@find.example');
INSERT INTO staff VALUES ('A', 'Ann@find.example', '1980-01-01');
INSERT INTO "Order" VALUES (1, 2, 'ann@find.example'), (2, 2, 'ann@find.example'), (3, 1, NULL);
SELECT gdpr.declare_subject('member', 'id'), gdpr.declare_subject('staff', 'code') \g /dev/null
SELECT gdpr.protect('member', '{newsletter}', columns => '{"email":"pii_email"}'),
	gdpr.protect('staff', '{order_fulfilment}', columns => '{"email":"pii_email","born":"pii_birth_date"}'),
	gdpr.protect('"Order"', '{order_fulfilment}', 'member', '{"contact":"pii_email"}') \g /dev/null
SET ROLE find_subject_dpo;
SELECT subject_table, subject_key, relation, column_name, rows FROM gdpr.find_subject('email', 'ANN@find.example');
SELECT count(*) FROM gdpr.find_subject('email', 'nobody@find.example');
SELECT * FROM gdpr.find_subject('birth_date', '1980-01-01');		-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM gdpr.find_subject('email', 'not an address');			-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM gdpr.find_subject('national_id', '85.07.30-033.28');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM gdpr.find_subject('email"; --', 'x');					-- fails
SELECT * FROM gdpr.find_subject(NULL, NULL);						-- fails
SET ROLE find_subject_app;
SELECT * FROM gdpr.find_subject('email', 'ann@find.example');		-- fails
RESET ROLE;
SELECT kind, s.key, detail FROM gdpr.ledger l LEFT JOIN gdpr.subject s ON s.number = l.subject
WHERE kind = 'person looked up' ORDER BY l.number;
DROP SCHEMA find_subject CASCADE;
DROP OWNED BY find_subject_dpo, find_subject_app;
DROP ROLE find_subject_dpo, find_subject_app;
