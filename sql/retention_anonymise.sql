-- The action anonymise: inactive customers become statistics, totals unchanged, nobody behind them (rec. 26).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention_anonymise;
SET search_path = retention_anonymise, public;
CREATE TABLE customer (id integer PRIMARY KEY, email text, born date, city text, member_no integer UNIQUE, last_order date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, ordered_on date, ship_to text, total numeric(8,2));
INSERT INTO customer SELECT i, 'stat' || i || '@example.com', date '1950-03-15' + i * 100, 'Gent ' || i, i, CASE WHEN i <= 6 THEN '2020-01-01'::date ELSE current_date END FROM generate_series(1, 9) i;
INSERT INTO orders SELECT i, (i - 1) % 9 + 1, CASE WHEN i % 9 BETWEEN 1 AND 6 THEN '2019-05-17'::date ELSE current_date END, 'Wetstraat ' || i || ', 1000 Brussel, BE', i * 1.25 FROM generate_series(1, 36) i;
CREATE TEMPORARY TABLE totals AS SELECT sum(total), count(*) FROM orders;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', purposes => '{newsletter,order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.protect('orders', owner => 'customer_id', purposes => '{order_fulfilment}', columns => '{"ship_to": "pii_address"}');
CREATE TEMPORARY TABLE people AS SELECT number, key FROM gdpr.subject WHERE relation = 'customer'::regclass;

-- ---- what cannot become anonymous ----
SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', 'anonymise', column_name => 'ordered_on'); -- fails: customer_id must stay
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders ALTER COLUMN customer_id DROP NOT NULL;
SELECT gdpr.set_anonymisation('customer', 'city', 'pseudonym', '{"domain": "x"}');
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order', action => 'anonymise'); -- fails: a pseudonym is a person
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_anonymisation('customer', 'city', 'truncate', '{"length": 4}');
SELECT gdpr.set_anonymisation('customer', 'born', 'generalise', '{"to": "decade"}');
SELECT gdpr.set_anonymisation('customer', 'member_no', 'null');
SELECT gdpr.set_anonymisation('orders', 'ordered_on', 'generalise', '{"to": "year"}');
CREATE TABLE loyalty (member_no integer REFERENCES customer (member_no));
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order', action => 'anonymise'); -- fails: loyalty refers to the column
DROP TABLE loyalty;

-- ---- orders first, then the customers nobody's order leads to ----
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order', action => 'anonymise', events => '{"orders": "ordered_on"}') > 0 AS customer,
	gdpr.set_retention('customer', 'newsletter', 'activity', '2 years', column_name => 'last_order') > 0 AS newsletter;
SET client_min_messages = notice;
CALL gdpr.run_retention();	-- they wait for their orders, which have no rule yet
SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', 'anonymise', column_name => 'ordered_on') > 0 AS orders;
CALL gdpr.run_retention(batch_size => 4);
CALL gdpr.run_retention();	-- nothing is left to do
SET client_min_messages = warning;
SELECT id, purposes, email IS NULL AS no_email, born, city, member_no, gdpr_subject IS NULL AS nobodys FROM customer ORDER BY id;
SELECT customer_id IS NULL AS nobodys, gdpr_subject IS NULL AS no_subject, ship_to IS NULL AS no_address, purposes, ordered_on < current_date AS old, min(ordered_on) = '2019-01-01' AS year, count(*)
FROM orders GROUP BY 1, 2, 3, 4, 5 ORDER BY 1;
SELECT (SELECT t FROM totals t) = (SELECT row(sum(total), count(*)) FROM orders) AS totals_unchanged;
SELECT p.key, s.wrapped_key IS NULL AS shredded, s.key IS NULL AS nameless FROM people p JOIN gdpr.subject s USING (number) ORDER BY p.key;
SELECT relation, purpose, deleted, anonymised, untagged, shredded, waiting FROM gdpr.retention_run WHERE relation LIKE 'retention_anon%' ORDER BY number;
-- statistics may read them, the old purpose no longer
CREATE ROLE regress_retention_stat;
GRANT USAGE ON SCHEMA retention_anonymise TO regress_retention_stat;
GRANT SELECT ON customer, orders TO regress_retention_stat;
SELECT gdpr.grant_purpose('statistics', 'regress_retention_stat'), gdpr.grant_purpose('order_fulfilment', 'regress_retention_stat');
SET ROLE regress_retention_stat;
SET gdpr.purpose = 'statistics';
SELECT count(*) AS customers, (SELECT sum(total) FROM orders) AS total FROM customer;
SET gdpr.purpose = 'order_fulfilment';
SELECT count(*) AS customers FROM customer;
RESET ROLE;
RESET gdpr.purpose;

-- ---- by hand; and a rule of anonymisation that was weakened since stops the rule, and nothing else ----
SELECT gdpr.end_retention('customer', '7', 'newsletter'), gdpr.end_retention('customer', '7', 'order_fulfilment'); -- fails: its orders
UPDATE orders SET ordered_on = '2019-01-01' WHERE customer_id = 7;
CALL gdpr.run_retention();
SELECT gdpr.end_retention('customer', '7', 'newsletter'), gdpr.end_retention('customer', '7', 'order_fulfilment');
UPDATE gdpr.anonymisation_rule SET strategy = 'mask' WHERE relation = 'customer'::regclass AND column_name = 'city';
UPDATE orders SET ordered_on = '2019-01-01' WHERE customer_id = 8;
UPDATE customer SET last_order = '2019-01-01' WHERE id = 8;
CALL gdpr.run_retention();
SELECT id, city FROM customer WHERE gdpr_subject IS NOT NULL ORDER BY id;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass = 'customer'::regclass;
SELECT gdpr.revoke_purpose('statistics', 'regress_retention_stat'), gdpr.revoke_purpose('order_fulfilment', 'regress_retention_stat');
DROP SCHEMA retention_anonymise CASCADE;
DROP ROLE regress_retention_stat;
