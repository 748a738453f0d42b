-- A role that may create a table stops nobody's rights: what no path reaches is a finding, and the copy names it.
SET client_min_messages = warning;
CREATE DATABASE regress_unreached;
\c regress_unreached
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_unreached_any;
CREATE ROLE regress_unreached_dpo;
SELECT gdpr.grant_duty('dpo', 'regress_unreached_dpo');
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole), gdpr.grant_purpose('rights_handling', 'regress_unreached_dpo');
GRANT CREATE, USAGE ON SCHEMA public TO regress_unreached_any;
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text);
INSERT INTO customer SELECT i, 'Name ' || i, 'c' || i || '@x.example' FROM generate_series(1, 9) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name": "pii_name", "email": "pii_email"}');
GRANT SELECT ON customer TO regress_unreached_dpo;

-- an empty table
SET ROLE regress_unreached_any;
CREATE TABLE mine (x gdpr.pii_email);
SET ROLE regress_unreached_dpo;
SELECT gdpr.export_subject('customer', '1') ? 'not_reached' AS named;
SELECT gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)') ? 'not_reached' AS named;
SELECT object, finding FROM gdpr.graph_findings();
SELECT severity, finding FROM gdpr.status() WHERE object = 'public.mine';
-- one with values of nobody
RESET ROLE;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO mine VALUES ('a@x.example');
SET ROLE regress_unreached_dpo;
SELECT gdpr.export_subject('customer', '2') -> 'not_reached' AS not_reached;
SELECT count(*) AS lines FROM gdpr.portable_csv('customer', '2');
SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(a)') -> 'not_reached' AS not_reached;
SELECT object, finding FROM gdpr.graph_findings();
RESET ROLE;
SELECT kind, detail -> 'not_reached' AS not_reached FROM gdpr.ledger WHERE kind = 'copy made' ORDER BY number;
-- one with values of a person is in that person's way, and in nobody else's
INSERT INTO mine SELECT email FROM customer WHERE id = 3;
SET ROLE regress_unreached_dpo;
SELECT gdpr.erase_subject('customer', '3', 'Art. 17(1)(a)');	-- fails
SELECT gdpr.export_subject('customer', '3') -> 'not_reached' AS not_reached;
SELECT gdpr.erase_subject('customer', '4', 'Art. 17(1)(a)') IS NOT NULL AS erased;
RESET ROLE;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_unreached;
DROP ROLE regress_unreached_any, regress_unreached_dpo;
