-- status(): everything that is not as it should be, with the command that fixes it. In a database of its own, to be
-- perfectly set up at first.
SELECT current_database() AS home \gset
CREATE DATABASE regression_gdpr_status;
\c regression_gdpr_status
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_status_dpo;
CREATE ROLE regress_status_owner;
SELECT gdpr.grant_duty('dpo', 'regress_status_dpo');
-- what the server that runs this test is set to is not the point
CREATE VIEW finding AS SELECT * FROM gdpr.status() WHERE object !~ '^(setting|extension|role) ';
SELECT severity, object, finding FROM finding;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT gdpr.draft_notice('status_form', 'form', '{newsletter}',
	jsonb_build_object('nl', (SELECT jsonb_object_agg(i.item, 'tekst') FROM gdpr.notice_item i)),
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.publish_notice('status_form');

CREATE SCHEMA status;
SET search_path = status, public;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, name text);
INSERT INTO customer SELECT i, 'c' || i || '@example.com', 'N' FROM generate_series(1, 5) i;
CREATE TABLE "Order" (id integer, customer_id integer REFERENCES customer, day date, ship_to text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE order_25 PARTITION OF "Order" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE line (id integer PRIMARY KEY, order_id integer, day date, what text, CONSTRAINT of_order FOREIGN KEY (order_id, day) REFERENCES "Order");
CREATE TABLE contact (id integer PRIMARY KEY, customer_id integer REFERENCES customer, said text);
CREATE TABLE web_contact (site text) INHERITS (contact);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{newsletter,order_fulfilment}', columns => '{"email":"pii_email","name":"pii_name"}');
SELECT gdpr.protect('"Order"', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('line', '{order_fulfilment}', owner => 'of_order.customer_id');
SELECT gdpr.protect('contact', '{order_fulfilment}', owner => 'customer_id', columns => '{"said":"pii_text"}');
SELECT severity, code, object, finding, fix FROM finding;
SELECT * FROM gdpr.missing_indexes();
-- what does not find the rows of one person: a partial index, one over an expression or another column first, BRIN
CREATE INDEX partial ON contact (customer_id) WHERE id > 0;
CREATE INDEX expression ON contact ((customer_id + 0));
CREATE INDEX second ON contact (id, customer_id);
CREATE INDEX included ON contact (id) INCLUDE (customer_id);
CREATE INDEX coarse ON contact USING brin (customer_id);
SELECT command FROM gdpr.missing_indexes() WHERE relation = 'contact'::regclass;
DROP INDEX partial, expression, second, included, coarse;
-- an invalid one is no better, until it is built
CREATE INDEX begins ON contact (customer_id, id);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'begins'::regclass;
SELECT command FROM gdpr.missing_indexes() WHERE relation = 'contact'::regclass;
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'begins'::regclass;
-- one that begins with the columns will do, and a hash index
CREATE INDEX of_hash ON contact USING hash (gdpr_subject);
SELECT command FROM gdpr.missing_indexes() WHERE relation IN ('contact'::regclass, 'line'::regclass);
DROP INDEX begins, of_hash;
-- also on the way of a link, and where a deletion looks for rows that refer to what goes
CREATE TABLE referral (id integer PRIMARY KEY, contact_id integer REFERENCES contact, friend_id integer REFERENCES customer);
SELECT command FROM gdpr.missing_indexes() WHERE relation = 'referral'::regclass;
SELECT gdpr.link('contact', 'referral(contact_id).friend_id', role => 'accessor') \g /dev/null
SELECT command FROM gdpr.missing_indexes() WHERE relation = 'referral'::regclass;
SELECT gdpr.unlink('contact', 'referral(contact_id).friend_id');
DROP TABLE referral;
SELECT command FROM gdpr.missing_indexes() \gexec
-- perfectly set up: nothing to say
SELECT severity, code, object, finding, fix FROM finding;

-- what hands and time do to it; fix as told, until there is nothing to say
-- guards
ALTER TABLE customer NO FORCE ROW LEVEL SECURITY;
ALTER TABLE order_25 DISABLE ROW LEVEL SECURITY;
DROP POLICY gdpr_rows ON web_contact;
ALTER POLICY gdpr_rows ON contact USING (true);
DROP POLICY gdpr_permit ON line;
ALTER TABLE customer DISABLE TRIGGER "~gdpr_bind";
DROP TRIGGER "~gdpr_unused" ON contact;
DROP TRIGGER "~gdpr_bind" ON line;
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "~zz" BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION late();
CREATE TRIGGER aa BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION late();
ALTER EVENT TRIGGER gdpr_tables_altered DISABLE;
ALTER TABLE gdpr.ledger DISABLE TRIGGER append_only;
SELECT severity, code, object, finding, fix FROM finding;

SELECT fix FROM finding \gexec
SELECT severity, code, object, finding, fix FROM finding;
-- columns
ALTER EVENT TRIGGER gdpr_tables_altered DISABLE;	-- which would add the CHECK
ALTER TABLE contact ADD COLUMN phone gdpr.pii_phone;
ALTER TABLE customer DROP CONSTRAINT gdpr_bound_name;
ALTER TABLE customer ADD CONSTRAINT gdpr_bound_name CHECK (true);
CREATE TABLE guest (id integer PRIMARY KEY, email gdpr.pii_email DEFAULT 'x@example.com', "Na me" gdpr.pii_name);
ALTER TABLE contact REPLICA IDENTITY FULL;
ALTER TABLE customer REPLICA IDENTITY FULL;
ALTER EVENT TRIGGER gdpr_tables_altered ENABLE ALWAYS;
INSERT INTO gdpr.protected_column VALUES ('customer', 'vanished', 'email', 'text');
SELECT severity, code, object, finding, fix FROM finding;
SELECT fix FROM finding WHERE fix NOT LIKE '%<%' \gexec
DROP TABLE guest;
SELECT severity, code, object, finding, fix FROM finding;
-- the way to the owner
ALTER TABLE line DROP CONSTRAINT of_order;
SELECT severity, code, object, finding, fix FROM finding;
ALTER TABLE line ADD CONSTRAINT of_order FOREIGN KEY (order_id, day) REFERENCES "Order";
-- readers
CREATE VIEW all_customers AS SELECT * FROM customer;
CREATE VIEW "Over it" AS SELECT count(*) FROM all_customers;
CREATE VIEW invoking WITH (security_invoker = on) AS SELECT * FROM contact;
CREATE MATERIALIZED VIEW copied AS SELECT email FROM invoking i JOIN customer c ON c.id = i.customer_id;
CREATE VIEW harmless AS SELECT 1;
SET client_min_messages = error;	-- wal_level
SELECT gdpr.register_location(k, m, 'BE', 'it') IS NOT NULL AS registered FROM (VALUES ('server', ''), ('subscriber', 'status_pub')) l (k, m);
CREATE PUBLICATION status_pub FOR TABLE customer, line WITH (publish_via_partition_root);
SET client_min_messages = warning;
SELECT severity, code, object, finding, fix FROM finding;
DROP PUBLICATION status_pub;
DROP MATERIALIZED VIEW copied;
SELECT fix FROM finding \gexec
SELECT severity, code, object, finding, fix FROM finding;
-- people without a row, dropped tables, quarantine
DELETE FROM customer WHERE id = 5;
CREATE TABLE member (id integer PRIMARY KEY, born text);
INSERT INTO member VALUES (1, 'yesterday'), (2, '1980-01-01');
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', '{order_fulfilment}', columns => '{"born":"pii_birth_date"}', on_invalid => 'quarantine');
CREATE TABLE club (id integer PRIMARY KEY);
INSERT INTO club VALUES (1), (2), (3);
SELECT gdpr.declare_subject('club', 'id');
SELECT gdpr.protect('club', '{order_fulfilment}');
DROP TABLE club;
SELECT severity, code, object, finding, fix FROM finding;
UPDATE gdpr.subject SET wrapped_key = NULL WHERE relation IS NULL OR (relation = 'customer'::regclass AND key = '5');
DELETE FROM gdpr.quarantine;
-- purposes
SELECT gdpr.define_purpose('status_survey', 'Asking customers what they think of our service.', 'consent') >= 1000 AS defined;
ALTER TABLE member ALTER purposes SET DEFAULT '{status_survey,order_fulfilment}';
SELECT severity, code, object, finding, fix FROM finding;
SELECT gdpr.end_purpose('status_survey');
SELECT severity, object, finding FROM finding WHERE finding LIKE '%ended%';
ALTER TABLE member ALTER purposes SET DEFAULT '{order_fulfilment}';
-- keys: somebody else's, as a copy of another server's backup would have them
BEGIN;
UPDATE gdpr.subject SET wrapped_key = overlay(wrapped_key PLACING '\x0123456789abcdef' FROM 2) WHERE wrapped_key IS NOT NULL AND key::integer < 3;
SELECT severity, code, object, finding, fix FROM finding;
ROLLBACK;
-- settings and roles
ALTER DATABASE regression_gdpr_status SET log_statement = 'mod';
ALTER ROLE regress_status_owner IN DATABASE regression_gdpr_status SET log_min_duration_statement = 100;
ALTER ROLE regress_status_owner BYPASSRLS;
ALTER ROLE regress_status_owner SET log_parameter_max_length_on_error = 10;
SELECT * FROM gdpr.status() WHERE object LIKE '%regress%';
SELECT fix FROM gdpr.status() WHERE object LIKE '%regress%' \gexec
SELECT count(*) FROM gdpr.status() WHERE object LIKE '%regress%';
SELECT severity, code, object, finding, fix FROM finding;

-- who may ask: the duties, not everybody
SET ROLE regress_status_dpo;
SELECT count(*) FROM gdpr.status() WHERE severity = 'error';
SELECT count(*) FROM gdpr.missing_indexes();
SET ROLE regress_status_owner;
SELECT count(*) FROM gdpr.status(); -- fails
SELECT count(*) FROM gdpr.missing_indexes(); -- fails
SELECT * FROM gdpr_internal.key_findings(); -- fails
RESET ROLE;

\c :home
DROP DATABASE regression_gdpr_status;
DROP ROLE regress_status_dpo, regress_status_owner;
