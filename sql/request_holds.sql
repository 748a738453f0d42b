-- A request whose right needs the data keeps them until it is answered, on every path that ends data (Art. 15, 16, 18, 20, 22).
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE request_holds_app;
CREATE SCHEMA request_holds;
GRANT USAGE ON SCHEMA request_holds TO request_holds_app;
SET search_path = request_holds;
CREATE TABLE customer (id integer PRIMARY KEY, email text, phone text, since date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text, at date);
CREATE TABLE visit (id integer, customer_id integer NOT NULL REFERENCES customer, at date, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_2020 PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO customer SELECT n, 'p' || n || '@request.example', '+3247012345' || n, '2020-01-01' FROM generate_series(1, 9) n;
INSERT INTO orders SELECT n * 10, n, 'Street ' || n, '2020-02-02' FROM generate_series(1, 9) n;
INSERT INTO visit SELECT n, n, '2020-05-05', 'came' FROM generate_series(1, 9) n;
SET client_min_messages = warning;
SELECT gdpr.declare_subject('customer', 'id'), gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","phone":"pii_phone"}'),
	gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_text"}'),
	gdpr.protect('visit', '{order_fulfilment}', owner => 'customer_id', columns => '{"note":"pii_text"}') \g /dev/null
RESET client_min_messages;
SELECT gdpr.grant_purpose('order_fulfilment', 'request_holds_app') \g /dev/null
GRANT ALL ON ALL TABLES IN SCHEMA request_holds TO request_holds_app;
CREATE TABLE asked AS SELECT r AS request_right, n::text AS key, gdpr.open_request('customer', n::text, r, 'email') AS id
	FROM unnest('{access,rectification,restriction,portability,automated_decision,erasure,objection}'::text[]) WITH ORDINALITY u (r, n);
-- erasure
SELECT gdpr.erase_subject('customer', '1', 'Art. 17'); -- fails
SELECT gdpr.erase_subject('customer', '4', 'Art. 17'); -- fails
SELECT gdpr.erase_subject('customer', '6', 'Art. 17') -> 'exceptions' AS erased;
SELECT gdpr.erase_subject('customer', '7', 'Art. 17') -> 'exceptions' AS erased;
-- an application, which may go on working: only what would go is kept
SET ROLE request_holds_app;
SET gdpr.purpose = 'order_fulfilment';
DELETE FROM orders WHERE customer_id = 1; -- fails
DELETE FROM customer WHERE id = 2; -- fails
UPDATE orders SET ship_to = 'Elsewhere 1' WHERE customer_id = 1;
UPDATE customer SET phone = NULL WHERE id = 2;
DELETE FROM orders WHERE customer_id = 8;
RESET ROLE;
-- an owner
TRUNCATE visit; -- fails
DROP TABLE visit_2020; -- fails
SELECT gdpr.anonymise_rows('orders', '1'); -- fails
-- rules
SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '1 year', column_name => 'at'),
	gdpr.set_retention('visit', 'order_fulfilment', 'collected', '1 year', column_name => 'at'),
	gdpr.set_retention('customer', 'order_fulfilment', 'collected', '1 year', column_name => 'since') \g /dev/null
SELECT gdpr.end_retention('orders', '10', 'order_fulfilment'); -- fails
SELECT gdpr.confirm_retention('orders', 'order_fulfilment'), gdpr.confirm_retention('visit', 'order_fulfilment'), gdpr.confirm_retention('customer', 'order_fulfilment') \g /dev/null
CALL gdpr.run_retention();
SELECT (SELECT array_agg(id ORDER BY id) FROM orders) AS orders, (SELECT array_agg(id ORDER BY id) FROM visit) AS visits,
	(SELECT array_agg(id ORDER BY id) FROM customer) AS customers;
-- such a hold ends with its request, and not otherwise
SELECT gdpr.release_hold(h.id) FROM gdpr.legal_hold h JOIN asked a ON a.id = h.request WHERE a.key = '1'; -- fails
SELECT gdpr.withdraw_request(id) FROM asked WHERE key IN ('1', '2', '3', '4', '5') \g /dev/null
SELECT count(*) AS standing FROM gdpr.legal_hold h JOIN asked a ON a.id = h.request WHERE h.ended_at IS NULL;
CALL gdpr.run_retention();
SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM visit) AS visits, (SELECT count(*) FROM customer) AS customers;
SELECT gdpr.withdraw_request(id) FROM asked WHERE key IN ('6', '7') \g /dev/null
SET client_min_messages = warning;
DROP SCHEMA request_holds CASCADE;
RESET client_min_messages;
DROP ROLE request_holds_app;
