-- An erasure completes or raises: triggers and rules of the tables that keep a row, or mark it as deleted, do not go unnoticed.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_failing;
\c regress_rights_failing
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
SET gdpr.purpose = 'order_fulfilment';
CREATE TABLE person (id integer PRIMARY KEY, email text);
CREATE TABLE visit (id integer, person integer, note text, deleted boolean DEFAULT false, on_day date, PRIMARY KEY (id, on_day)) PARTITION BY RANGE (on_day);
CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2026-01-01');
CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2030-01-01');
CREATE TABLE survey (id integer PRIMARY KEY, person integer REFERENCES person, answer text);
CREATE TABLE invoice (id integer PRIMARY KEY, person integer REFERENCES person, bill_to text);
INSERT INTO person SELECT i, format('p%s@example.com', i) FROM generate_series(1, 4) i;
INSERT INTO visit SELECT i, i, 'note', false, '2025-06-01' FROM generate_series(1, 4) i;
INSERT INTO survey SELECT i, i, 'answer' FROM generate_series(1, 4) i;
INSERT INTO invoice SELECT i, i, 'Name' FROM generate_series(1, 4) i;
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'person', columns => '{"note":"pii_text"}');
SELECT gdpr.protect('survey', '{order_fulfilment}', owner => 'person', columns => '{"answer":"pii_text"}');
SELECT gdpr.protect('invoice', '{order_fulfilment}', owner => 'person', columns => '{"bill_to":"pii_name"}');
SELECT gdpr.link('survey', on_erase => 'anonymise');
SELECT gdpr.link('invoice', on_erase => 'keep', ground => 'Art. 17(3)(b)');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE public.visit SET deleted = true WHERE id = OLD.id; RETURN NULL; END$$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE VIEW standing AS SELECT (SELECT count(*) FROM person WHERE id = 1) AS person, (SELECT count(*) FROM visit WHERE person = 1) AS visits, (SELECT count(*) FROM survey WHERE answer IS NOT NULL AND person = 1) AS surveys,
	(SELECT count(*) FROM invoice WHERE person = 1) AS invoices, (SELECT count(*) FROM gdpr.erasure) AS erasures, (SELECT count(*) FROM gdpr.suppression) AS suppressed;

-- the plan is made before the triggers come: it is made again
SELECT count(*) AS erasures FROM gdpr.erase_subject('person', '4', 'Art. 17(1)(a)');
SELECT * FROM standing;
CREATE TRIGGER keep BEFORE DELETE ON person FOR EACH ROW EXECUTE FUNCTION keep();
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM standing;
DROP TRIGGER keep ON person;
-- marked as deleted is not erased, in a partition neither
CREATE TRIGGER mark BEFORE DELETE ON visit_old FOR EACH ROW EXECUTE FUNCTION mark();
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)');	-- fails
SELECT * FROM standing;
DROP TRIGGER mark ON visit_old;
CREATE RULE keep AS ON DELETE TO survey DO INSTEAD NOTHING;
CREATE RULE keep AS ON DELETE TO visit DO INSTEAD NOTHING;
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)');	-- fails
DROP RULE keep ON visit;
DROP RULE keep ON survey;
-- what is to be emptied, or kept for the law, is not deleted in its stead
CREATE TRIGGER keep BEFORE UPDATE ON survey FOR EACH ROW EXECUTE FUNCTION keep();
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.rectify('person', '1', 'answer', 'other', 'survey');	-- fails
DROP TRIGGER keep ON survey;
CREATE RULE keep AS ON UPDATE TO invoice DO INSTEAD NOTHING;
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)');	-- fails
DROP RULE keep ON invoice;
SELECT * FROM standing;
-- PostgreSQL's plan of what a rule turned into nothing does not notice that the rule is gone
\c -
SET client_min_messages = warning;
SET gdpr.purpose = 'order_fulfilment';
-- a trigger that lets the row go is none of our business
CREATE TRIGGER note BEFORE DELETE ON visit FOR EACH ROW EXECUTE FUNCTION note();
SELECT gdpr_internal.subject_number('person', '1') AS number \gset
SELECT t ->> 'table' AS "table", t ->> 'action' AS action, t ->> 'rows' AS rows FROM jsonb_array_elements(gdpr.erase_subject('person', '1', 'Art. 17(1)(a)') -> 'tables') t;
SELECT * FROM standing;
SELECT count(*) AS left FROM gdpr.residue(:number);
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_failing;
