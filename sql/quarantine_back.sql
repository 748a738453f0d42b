-- unprotect() reverses protect(): what was set aside comes back. And cells of CSV that a spreadsheet would compute.
SET client_min_messages = warning;
CREATE DATABASE regress_quarantine_back;
\c regress_quarantine_back
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole), gdpr.grant_purpose('rights_handling', current_user::regrole);
SET gdpr.purpose = 'order_fulfilment';
CREATE TABLE customer (id integer PRIMARY KEY, name text, email varchar(40), born varchar(10));
INSERT INTO customer VALUES (1, 'Ann', 'ann@x.example', '1990-01-02'), (2, 'Bo', 'bo at x', '31 feb'), (3, 'Cy', 'none', '1991-01-02'), (4, 'Di', NULL, NULL), (5, 'Ed', 'ed(at)x', '1992-01-02');
CREATE TABLE twin AS SELECT * FROM customer;
CREATE TABLE visit (customer integer REFERENCES customer ON DELETE CASCADE, day date, phone text, PRIMARY KEY (day, customer));
INSERT INTO visit VALUES (1, '2026-01-01', '+32 470 12 34 56'), (2, '2026-01-02', 'ask Bo'), (5, '2026-01-03', 'no phone'), (4, '2026-01-04', 'later');
CREATE TABLE visit_twin AS SELECT * FROM visit;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name": "pii_name", "email": "pii_email", "born": "pii_birth_date"}', on_invalid => 'quarantine');
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'customer', columns => '{"phone": "pii_phone"}', on_invalid => 'quarantine');
SELECT relation, row_key, column_name, class FROM gdpr.quarantine ORDER BY 1, 2, 3;
-- one was corrected since, one row went, one person was erased
UPDATE customer SET email = 'cy@x.example' WHERE id = 3;
DELETE FROM visit WHERE customer = 4;
SELECT gdpr.erase_subject('customer', '5', 'Art. 17(1)(a)') IS NOT NULL AS erased;
-- who may not reveal gets nothing back, and loses nothing
SET gdpr.purpose = '';
SELECT gdpr.unprotect('visit');	-- fails
SET gdpr.purpose = 'order_fulfilment';
SELECT count(*) AS still_there FROM gdpr.quarantine;
SELECT gdpr.unprotect('visit');
SELECT gdpr.unprotect('customer');
SELECT * FROM customer ORDER BY id;
SELECT c.id, c.email = t.email AS email, c.born = t.born AS born FROM customer c JOIN twin t USING (id) WHERE (c.email, c.born) IS DISTINCT FROM (t.email, t.born) ORDER BY id;
SELECT * FROM visit ORDER BY day;
SELECT count(*) AS left_over FROM gdpr.quarantine;
-- and again
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name": "pii_name", "email": "pii_email", "born": "pii_birth_date"}', on_invalid => 'quarantine');
SELECT relation, row_key, column_name, class FROM gdpr.quarantine ORDER BY 1, 2, 3;

-- CSV
CREATE TABLE note (id integer PRIMARY KEY, customer integer REFERENCES customer, txt text, amount numeric);
INSERT INTO note VALUES (1, 1, '=HYPERLINK("http://x.example";"a")', -5), (2, 1, '+32470', 5), (3, 1, '-1+1', 0), (4, 1, '@SUM(A1)', 0), (5, 1, E'\t=1', 0), (6, 1, 'a=1', 0), (7, 1, E'\r=1', 0);
SELECT gdpr.protect('note', '{order_fulfilment}', owner => 'customer', columns => '{"txt": "pii_text"}');
SELECT replace(replace(c, E'\t', '<tab>'), E'\r', '<cr>') AS line FROM gdpr.portable_csv('customer', '1') c WHERE c ~ '^public.note,\d+,(txt|amount),';
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_quarantine_back;
