-- What is registered follows the catalogs, and what would lose keys or store plaintext is refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_guard_owner;
SELECT gdpr.grant_duty('controller', 'regress_guard_owner');
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_guard_owner');
CREATE SCHEMA guard AUTHORIZATION regress_guard_owner;
SET search_path = guard;
SET ROLE regress_guard_owner;
SET gdpr.purpose = 'order_fulfilment';
CREATE TABLE customer (id integer PRIMARY KEY, email text, name text, city text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text);
CREATE TABLE order_line (id integer PRIMARY KEY, order_id integer REFERENCES orders, what text);
INSERT INTO customer VALUES (1, 'an@example.com', 'An', 'Gent');
INSERT INTO orders VALUES (1, 1, 'Kerkstraat 1, 9000 Gent, BE');
INSERT INTO order_line VALUES (1, 1, 'thing');
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","name":"pii_name"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('order_line', '{order_fulfilment}', owner => 'order_id.customer_id');

-- plaintext is not stored by the back door of a function that lies about being immutable
CREATE FUNCTION leak(gdpr.pii_email) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN gdpr.reveal($1); EXCEPTION WHEN OTHERS THEN RETURN ''; END $$;
CREATE FUNCTION leak_row(customer) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN gdpr.reveal($1.email); EXCEPTION WHEN OTHERS THEN RETURN ''; END $$;
CREATE FUNCTION raising(gdpr.pii_email) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT gdpr.reveal($1)';
CREATE OPERATOR !! (RIGHTARG = gdpr.pii_email, FUNCTION = leak);
CREATE INDEX leaky ON customer (leak(email)); -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX leaky ON customer (id) WHERE leak(email) <> ''; -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX leaky ON customer ((!! email)); -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX leaky ON customer (leak_row(customer)); -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX leaky ON customer (raising(email)); -- fails
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
CREATE INDEX leaky ON customer (lower(email::text)); -- fails
\set VERBOSITY default
ALTER TABLE customer ADD COLUMN plain text GENERATED ALWAYS AS (leak(email)) STORED; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE customer ADD COLUMN plain text GENERATED ALWAYS AS (email::text) STORED; -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON customer (gdpr.is_bound(email));
CREATE INDEX ON customer (lower(city)) WHERE city <> '';
CREATE INDEX ON customer (email) INCLUDE (id) WHERE email IS NOT NULL;
CREATE MATERIALIZED VIEW leaked AS SELECT id, gdpr.reveal(email) FROM customer; -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE MATERIALIZED VIEW leaked AS SELECT id, leak(email) AS email FROM customer;
SELECT count(*) FROM leaked WHERE email <> '';
CREATE MATERIALIZED VIEW sealed AS SELECT id, email FROM customer;
SELECT id, gdpr.reveal(email) FROM sealed;
DROP MATERIALIZED VIEW leaked, sealed;

-- columns that lead to the person, and those of the protection, stay
ALTER TABLE customer DROP COLUMN id; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE customer DROP COLUMN id CASCADE; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders DROP COLUMN customer_id; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE order_line DROP COLUMN order_id; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders DROP COLUMN purposes; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders DROP COLUMN gdpr_subject; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders RENAME COLUMN gdpr_subject TO subject; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders RENAME COLUMN purposes TO why; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE customer ALTER email SET DEFAULT 'x@example.com'; -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE customer ADD COLUMN second gdpr.pii_email DEFAULT 'x@example.com'; -- fails
\echo :LAST_ERROR_SQLSTATE
-- nothing lies inside another value, where nobody binds it
CREATE DOMAIN address AS gdpr.pii_email;
CREATE DOMAIN work_address AS address;
CREATE TYPE contact AS (kind text, email work_address);
CREATE TYPE emails AS RANGE (subtype = gdpr.pii_email);
\set VERBOSITY terse
ALTER TABLE customer ADD COLUMN more gdpr.pii_email[]; -- fails
ALTER TABLE customer ADD COLUMN more work_address[]; -- fails
ALTER TABLE customer ADD COLUMN more contact; -- fails
ALTER TABLE customer ADD COLUMN more contact[]; -- fails
ALTER TABLE customer ADD COLUMN more emails; -- fails
ALTER TABLE customer ADD COLUMN more emails_multirange; -- fails
CREATE TABLE nested (id integer PRIMARY KEY, more contact);
SELECT gdpr.declare_subject('nested', 'id');
SELECT gdpr.protect('nested', '{order_fulfilment}'); -- fails
DROP TABLE nested;
-- what is added later is bound too, and a value from before is not taken for one that is
ALTER TABLE customer ADD COLUMN work work_address, ADD COLUMN old text;
UPDATE customer SET work = 'an@work.example', old = 'an@old.example' WHERE id = 1;
SELECT gdpr.is_bound(work) FROM customer WHERE id = 1;
\set VERBOSITY sqlstate
ALTER TABLE customer ALTER COLUMN old TYPE gdpr.pii_email; -- fails
RESET ROLE;
SELECT gdpr.grant_purpose('order_fulfilment', session_user::regrole);
SELECT 'unbound@example.com'::gdpr.pii_email AS unbound \gset
SET session_replication_role = replica;
UPDATE customer SET work = :'unbound' WHERE id = 1; -- fails
RESET session_replication_role;
SELECT gdpr.revoke_purpose('order_fulfilment', session_user::regrole);
SET ROLE regress_guard_owner;
\set VERBOSITY default
ALTER TABLE customer DROP COLUMN work, DROP COLUMN old;
DROP TYPE contact, emails;
DROP DOMAIN work_address, address;
-- others may go
ALTER TABLE customer DROP COLUMN name, DROP COLUMN city;
SELECT column_name FROM gdpr.protected_column WHERE relation = 'customer'::regclass;
-- a foreign key of the path that is gone stops writing, and comes back
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
INSERT INTO orders VALUES (2, 1, 'Kerkstraat 2, 9000 Gent, BE');
ALTER TABLE order_line DROP CONSTRAINT order_line_order_id_fkey;
INSERT INTO order_line VALUES (2, 1, 'thing'); -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE orders ADD CONSTRAINT other_name FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE order_line ADD FOREIGN KEY (order_id) REFERENCES orders;
INSERT INTO order_line VALUES (2, 2, 'thing') RETURNING gdpr_subject = (SELECT gdpr_subject FROM customer WHERE id = 1) AS own;

-- a role that is dropped takes its grants along
RESET ROLE;
CREATE ROLE regress_guard_passing;
SELECT gdpr.grant_purpose('billing', 'regress_guard_passing');
SELECT 'regress_guard_passing'::regrole::oid AS passing \gset
DROP ROLE regress_guard_passing;
SELECT count(*) FROM gdpr.purpose_grant WHERE role::oid = :passing;

-- a table that is dropped is forgotten; its people keep their keys, and lose the name it gave them
SELECT 'customer'::regclass::oid AS customer \gset
SELECT number AS an FROM gdpr.subject WHERE relation = 'customer'::regclass AND key = '1' \gset
SET ROLE regress_guard_owner;
DROP TABLE customer; -- fails: referenced
\echo :LAST_ERROR_SQLSTATE
BEGIN;
DROP TABLE customer, orders, order_line CASCADE;
RESET ROLE;
SELECT count(*) FROM gdpr.protected_table WHERE relation::oid = :customer;
ROLLBACK;
RESET ROLE;
SELECT count(*) FROM gdpr.protected_table WHERE relation::oid = :customer;
DROP TABLE order_line, orders;
DROP FUNCTION leak_row;
DROP TABLE customer;
SELECT (SELECT count(*) FROM gdpr.protected_table WHERE relation::oid = :customer) AS protected, (SELECT count(*) FROM gdpr.subject_table WHERE relation::oid = :customer) AS declared;
SELECT relation, key, wrapped_key IS NOT NULL AS alive FROM gdpr.subject WHERE number = :an;

-- keys of people are not dropped by accident, whatever the command
CREATE TABLE person (id integer PRIMARY KEY, email text);
INSERT INTO person VALUES (1, 'an@example.com');
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}');
\set VERBOSITY sqlstate
DROP EXTENSION gdpr; -- fails
DROP EXTENSION gdpr CASCADE; -- fails
DROP SCHEMA gdpr CASCADE; -- fails
DROP TYPE gdpr.pii_email CASCADE; -- fails
DROP TABLE gdpr.subject CASCADE; -- fails
BEGIN;
ALTER EXTENSION gdpr DROP TABLE gdpr.subject;
DROP TABLE gdpr.subject CASCADE; -- fails
ROLLBACK;
BEGIN;
ALTER EXTENSION gdpr DROP SCHEMA gdpr;
DROP SCHEMA gdpr CASCADE; -- fails
ROLLBACK;
BEGIN;
CREATE ROLE regress_guard_extension SUPERUSER;
UPDATE pg_extension SET extowner = 'regress_guard_extension'::regrole WHERE extname = 'gdpr';
INSERT INTO pg_shdepend VALUES ((SELECT oid FROM pg_database WHERE datname = current_database()), 'pg_extension'::regclass, (SELECT oid FROM pg_extension WHERE extname = 'gdpr'), 0, 'pg_authid'::regclass, 'regress_guard_extension'::regrole, 'o');
DROP OWNED BY regress_guard_extension CASCADE; -- fails
ROLLBACK;
SELECT count(*) FROM pg_extension WHERE extname = 'gdpr';
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.grant_purpose('order_fulfilment', session_user::regrole);
SELECT gdpr.reveal(email) FROM person;
SELECT gdpr.revoke_purpose('order_fulfilment', session_user::regrole);

SET client_min_messages = error;
DROP SCHEMA guard CASCADE;
SELECT gdpr.revoke_duty('controller', 'regress_guard_owner');
DROP ROLE regress_guard_owner;
