-- The story of the three-year rule: an inactive customer is asked whether to stay, does not answer, and becomes a
-- number in statistics that nobody can be found behind.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention_story;
SET search_path = retention_story, public;
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, city text, since date, answered date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ordered_on date, total numeric(8,2));
CREATE TABLE mailing (id integer PRIMARY KEY, customer_id integer REFERENCES customer ON DELETE CASCADE, sent date);
-- 1 to 10 ordered three years and a week ago, 11 to 20 two weeks less than three years ago, 21 to 30 last year; 31 never
INSERT INTO customer SELECT i, 'Jan Peeters ' || i, 'story' || i || '@example.com', (ARRAY['Gent 9000', 'Brugge 8000'])[i % 2 + 1], current_date - interval '6 years' FROM generate_series(1, 31) i;
INSERT INTO orders SELECT i * 2 + n, i, (current_date - CASE WHEN i <= 10 THEN interval '3 years 7 days' WHEN i <= 20 THEN interval '3 years -14 days' ELSE interval '1 year' END)::date - n * 30, i * 10 + n
FROM generate_series(1, 30) i, generate_series(0, 1) n;
INSERT INTO mailing SELECT i, i, current_date - 1 FROM generate_series(1, 31) i;	-- a newsletter yesterday is our doing, not theirs
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', purposes => '{order_fulfilment}', columns => '{"name": "pii_name", "email": "pii_email"}');
SELECT gdpr.protect('orders', owner => 'customer_id', purposes => '{order_fulfilment}');
CREATE TEMPORARY TABLE totals AS SELECT sum(total), count(*) FROM orders;
CREATE TEMPORARY TABLE people AS SELECT number, key FROM gdpr.subject WHERE relation = 'customer'::regclass;

SELECT gdpr.set_anonymisation('customer', 'city', 'truncate', '{"length": 4}');
SELECT gdpr.set_anonymisation('customer', 'since', 'generalise', '{"to": "decade"}');
SELECT gdpr.set_anonymisation('customer', 'answered', 'null');
SELECT gdpr.set_anonymisation('orders', 'ordered_on', 'generalise', '{"to": "year"}');
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', action => 'anonymise', column_name => 'answered', collected => 'since',
	events => '{"orders": "ordered_on"}') > 0 AS customer,
	gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', 'anonymise', column_name => 'ordered_on') > 0 AS orders;

-- ---- a month ahead: whom to ask ----
SELECT count(*) AS to_ask, min(row_key::integer), max(row_key::integer) FROM gdpr.rows_due('customer', 'order_fulfilment', now() + interval '30 days') WHERE row_key::integer <= 30;
SELECT row_key, held FROM gdpr.rows_due('customer', 'order_fulfilment') WHERE row_key::integer > 9;
SELECT gdpr.rows_due('mailing', 'order_fulfilment'); -- fails: no rule
\echo :LAST_ERROR_SQLSTATE
UPDATE customer SET answered = current_date WHERE id IN (3, 15);	-- they would like to stay

-- ---- the night: who did nothing for three years ----
CALL gdpr.run_retention();
SELECT count(*) FILTER (WHERE gdpr_subject IS NULL) AS statistics, count(*) FILTER (WHERE gdpr_subject IS NOT NULL) AS customers FROM customer;
SELECT string_agg(id::text, ',' ORDER BY id) AS customers FROM customer WHERE gdpr_subject IS NOT NULL AND id < 20;
-- ---- two weeks later: the others who did not answer ----
UPDATE orders SET ordered_on = ordered_on - 21 WHERE customer_id BETWEEN 11 AND 20 AND gdpr_subject IS NOT NULL;
CALL gdpr.run_retention();
SELECT string_agg(id::text, ',' ORDER BY id) AS customers FROM customer WHERE gdpr_subject IS NOT NULL AND id < 20;

-- ---- totals unchanged, nobody behind them ----
SELECT (SELECT t.sum FROM totals t) = (SELECT sum(total) FROM orders) AS total, (SELECT t.count FROM totals t) = (SELECT count(*) FROM orders) AS orders;
SELECT count(*) AS kept, count(*) FILTER (WHERE name IS NOT NULL OR email IS NOT NULL OR answered IS NOT NULL) AS telling FROM customer WHERE gdpr_subject IS NULL;
SELECT count(*) AS shredded, min(p.key::integer), max(p.key::integer) FROM people p JOIN gdpr.subject s USING (number) WHERE s.wrapped_key IS NULL AND s.key IS NULL;
CREATE TABLE statistic AS SELECT city, since FROM customer WHERE purposes = '{statistics}';
SELECT k, classes, rows, unique_rows FROM gdpr.k_anonymity('statistic', '{city,since}');
SELECT gdpr.assert_anonymous('statistic', '{city,since}', k => 5);
-- and the same again changes nothing
CALL gdpr.run_retention();
SELECT sum(anonymised) AS anonymised FROM gdpr.retention_run WHERE relation LIKE 'retention_story.%';
DROP TABLE statistic;
DROP SCHEMA retention_story CASCADE;
