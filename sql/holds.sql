-- What a hold keeps, every path keeps: erasure, retention, an application's DELETE, UPDATE and TRUNCATE, DROP (Art. 17(3)).
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE holds_app;
CREATE SCHEMA holds;
GRANT USAGE ON SCHEMA holds TO holds_app;
SET search_path = holds;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, phone text, since date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text, status text);
CREATE TABLE line (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, note text);
CREATE TABLE visit (id integer, customer_id integer NOT NULL REFERENCES customer, at date, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_2020 PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE visit_2021 PARTITION OF visit FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO customer SELECT n, 'p' || n || '@holds.example', NULL, '2020-01-01' FROM generate_series(1, 9) n;
INSERT INTO orders SELECT n * 10, n, 'Street ' || n, 'open' FROM generate_series(1, 9) n;
INSERT INTO line SELECT n * 100, n * 10, 'note ' || n FROM generate_series(1, 9) n;
INSERT INTO visit SELECT n, n, '2020-05-05', 'came' FROM generate_series(1, 9) n;
SELECT gdpr.declare_subject('customer', 'id');
SET client_min_messages = warning;
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","phone":"pii_phone"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_text"}');
SELECT gdpr.protect('line', '{order_fulfilment}', owner => 'order_id.customer_id', columns => '{"note":"pii_text"}');
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'customer_id', columns => '{"note":"pii_text"}');
RESET client_min_messages;
SELECT gdpr.grant_purpose('order_fulfilment', 'holds_app');
GRANT ALL ON ALL TABLES IN SCHEMA holds TO holds_app;

-- an erasure leaves the row that is held, and those that it refers to, nameless, and says on what ground
SELECT gdpr.hold_row('line', '100', 'case 2026/1') AS line \gset
SELECT e ->> 'table' AS "table", e ->> 'action' AS action, e ->> 'rows' AS rows, e ->> 'ground' AS ground
	FROM jsonb_array_elements(gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)') -> 'exceptions') e;
SELECT (SELECT count(*) FROM customer WHERE id = 1) AS customer, (SELECT count(*) FROM orders WHERE id = 10 AND customer_id IS NULL) AS orders,
	(SELECT count(*) FROM line WHERE id = 100) AS line, (SELECT count(*) FROM visit WHERE id = 1) AS visit;
SELECT count(*) = 1 AS one_heir FROM (SELECT gdpr_subject FROM orders WHERE id = 10 UNION SELECT gdpr_subject FROM line WHERE id = 100) s
	JOIN gdpr.erasure e ON e.kept_as = s.gdpr_subject;
-- when the hold is over the next run takes them
CALL gdpr.run_retention();
SELECT count(*) AS line FROM line WHERE id = 100;
SELECT gdpr.release_row(:line);
CALL gdpr.run_retention();
SELECT (SELECT count(*) FROM line WHERE id = 100) AS line, (SELECT count(*) FROM orders WHERE id = 10) AS orders;
-- a row that cannot stay without its person stops the erasure, and so do the person's own row and a person's hold
SELECT gdpr.hold_row('visit', '(2,2020-05-05)', 'case 2026/2') AS visit \gset
SELECT gdpr.erase_subject('customer', '2', 'Art. 17(1)(a)'); -- fails
SELECT gdpr.hold_row('customer', '3', 'case 2026/3') AS customer \gset
SELECT gdpr.erase_subject('customer', '3', 'Art. 17(1)(a)'); -- fails
SELECT gdpr.hold('customer', '4', 'case 2026/4') AS person \gset
SELECT gdpr.erase_subject('customer', '4', 'Art. 17(1)(a)'); -- fails
-- others are erased as before
SELECT gdpr.erase_subject('customer', '5', 'Art. 17(1)(a)') -> 'exceptions' AS exceptions;

-- an application's statements
SELECT gdpr.hold_row('orders', '60', 'case 2026/6') AS orders \gset
SET ROLE holds_app;
SET gdpr.purpose = 'order_fulfilment';
DELETE FROM orders WHERE id = 60; -- fails: the row
DELETE FROM customer WHERE id = 4; -- fails: the person
DELETE FROM orders WHERE customer_id = 4; -- fails: a row of the person
DELETE FROM line WHERE order_id = 60;
UPDATE orders SET ship_to = NULL WHERE id = 60; -- fails
UPDATE orders SET ship_to = 'elsewhere' WHERE id = 60; -- fails
UPDATE orders SET status = 'closed' WHERE id = 60; -- fails: nothing of the row changes
UPDATE orders SET customer_id = 7 WHERE id = 60; -- fails
UPDATE orders SET id = 61 WHERE id = 60; -- fails: it would be another row
UPDATE orders SET ship_to = 'Street 6' WHERE id = 60;
UPDATE customer SET email = NULL WHERE id = 4; -- fails: of a person nothing is taken
UPDATE customer SET email = 'other@holds.example' WHERE id = 4; -- fails
UPDATE orders SET status = 'closed' WHERE customer_id = 4;
UPDATE customer SET phone = '+32470123456', email = 'P4@HOLDS.example' WHERE id = 4;
UPDATE orders SET purposes = '{billing}' WHERE customer_id = 4; -- fails
TRUNCATE line, orders CASCADE; -- fails
DELETE FROM line WHERE id = 700 RETURNING id;
RESET ROLE;
-- and an owner's
TRUNCATE visit_2020; -- fails
DROP TABLE visit_2020; -- fails
DROP TABLE visit_2021;
DROP TABLE visit; -- fails
ALTER TABLE orders DROP COLUMN ship_to; -- fails
SELECT gdpr.unprotect('visit'); -- fails
DROP TABLE orders CASCADE; -- fails
ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE; -- fails: holds name rows by it
DROP SCHEMA holds CASCADE; -- fails
SET datestyle = 'German';
DELETE FROM visit WHERE id = 2; -- fails: no setting hides a hold
RESET datestyle;
SELECT gdpr.release_row(:visit), gdpr.release_row(:customer), gdpr.release_row(:orders), gdpr.release_hold(:'person');
DELETE FROM orders WHERE id = 60;
SET client_min_messages = warning;
DROP TABLE visit_2020;
DROP SCHEMA holds CASCADE;
RESET client_min_messages;
DROP ROLE holds_app;
