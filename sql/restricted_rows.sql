-- A person whose processing is restricted gets no rows, and the error says so, not that a consent is missing (Art. 18).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE restricted_rows_app;
CREATE SCHEMA restricted_rows;
GRANT USAGE ON SCHEMA restricted_rows TO restricted_rows_app;
SET search_path = restricted_rows;
CREATE TABLE customer (id integer PRIMARY KEY, email text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text);
SELECT gdpr.declare_subject('customer', 'id'), gdpr.protect('customer', '{order_fulfilment,newsletter}', columns => '{"email":"pii_email"}'),
	gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_text"}'),
	gdpr.grant_purpose('order_fulfilment', 'restricted_rows_app') \g /dev/null
GRANT ALL ON customer, orders TO restricted_rows_app;
INSERT INTO customer SELECT n, 'p' || n || '@restricted.example' FROM generate_series(1, 3) n;
SELECT gdpr.restrict_subject('customer', '1', 'unlawful') IS NOT NULL AS restricted;
CREATE TABLE flyer (id integer PRIMARY KEY, customer_id integer REFERENCES customer, text text);
SELECT gdpr.protect('flyer', '{postal_marketing,newsletter}', owner => 'customer_id', columns => '{"text":"pii_text"}'), gdpr.object('customer', '2', 'postal_marketing') IS NOT NULL AS objected;
RESET client_min_messages;
SET ROLE restricted_rows_app;
SET gdpr.purpose = 'order_fulfilment';
\set VERBOSITY default
INSERT INTO orders VALUES (1, 1, 'Street 1'); -- fails
\set VERBOSITY terse
INSERT INTO customer VALUES (1, 'p1@restricted.example') ON CONFLICT (id) DO UPDATE SET email = excluded.email; -- fails
INSERT INTO orders VALUES (3, 3, 'Street 3');
RESET ROLE;
INSERT INTO flyer VALUES (1, 1, 'buy'); -- fails: restricted
INSERT INTO flyer VALUES (2, 2, 'buy'); -- fails: objected
INSERT INTO flyer VALUES (3, 3, 'buy');
UPDATE flyer SET purposes = '{newsletter}'; -- fails: no consent
SET client_min_messages = warning;
DROP SCHEMA restricted_rows CASCADE;
RESET client_min_messages;
DROP ROLE restricted_rows_app;
