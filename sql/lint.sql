-- lint(): the ways around the protection that an installation has grown, each with the command that fixes it.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
CREATE DATABASE regress_lint;
\c regress_lint
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_lint_dpo;
CREATE ROLE regress_lint_app;
CREATE ROLE regress_lint_owner;
SELECT gdpr.grant_duty('dpo', 'regress_lint_dpo');
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, total numeric, language text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, article text, ordered_on date);
CREATE INDEX ON orders (customer_id);
INSERT INTO customer SELECT i, 'Name ' || i, 'c' || i || '@example.com', i, 'nl' FROM generate_series(1, 20) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name":"pii_name","email":"pii_email"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id');
-- what the server that runs this test is set to is not the point
CREATE VIEW finding AS SELECT * FROM gdpr.lint() WHERE object !~ '^(setting|extension|role) ';

-- an installation without ways around
SELECT severity, object, finding FROM finding;

-- names that look personal, and names that do not
SELECT n AS column_name, gdpr_internal.looks_like(n) FROM unnest('{Email,e_mail_2,customer_email,Phone,tel,hotel,gsm,mobile_no,geboortedatum,date_of_birth,born_on,reborn,street,address_2,ship_to,postal_code,
	name,file_name,first_name,username,rijksregisternummer,ssn,classname,iban,ip,ip_address,shipping,passport_no,allergies,total,language}'::text[]) n;

-- columns: beside sealed ones, copies, partitions once
ALTER TABLE customer ADD phone text, ADD birth_date date, ADD remarks text;
ALTER TABLE orders ADD "Street" varchar(80);
CREATE TABLE backup_2025 AS SELECT id, 'x'::text AS email, 'y'::text AS name FROM customer;
CREATE TABLE product (id integer, name text) PARTITION BY LIST (id);
CREATE TABLE product_1 PARTITION OF product FOR VALUES IN (1);
CREATE TABLE other (id integer, title text);
CREATE TEMPORARY TABLE scratch AS SELECT 'x'::text AS email;
SELECT severity, code, object, finding, fix FROM finding;
DROP TABLE backup_2025, product;
ALTER TABLE customer DROP phone, DROP birth_date;
ALTER TABLE orders DROP "Street";
SELECT severity, code, object, finding, fix FROM finding;

-- statistics
ALTER TABLE customer ADD postal_code text, ADD gender text;
UPDATE customer SET postal_code = '9000', gender = 'f';
CREATE STATISTICS who (mcv) ON postal_code, gender FROM customer;
CREATE STATISTICS dependent (dependencies) ON postal_code, gender FROM customer;
CREATE STATISTICS sealed (mcv) ON name, email FROM customer;
ANALYZE customer;
SELECT severity, code, object, finding, fix FROM finding;
SELECT fix FROM finding \gexec
SELECT severity, code, object, finding, fix FROM finding;
ALTER TABLE customer DROP postal_code, DROP gender;

-- functions with the rights of an owner
CREATE FUNCTION everybodys(i integer) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT gdpr.reveal(email) FROM customer WHERE id = i';
CREATE FUNCTION some_ones(i integer) RETURNS text LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT gdpr.reveal(email) FROM customer WHERE id = i; END;
CREATE FUNCTION by_setting() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET gdpr.purpose = 'order_fulfilment' AS 'SELECT count(*) FROM customer';
CREATE FUNCTION owners_own() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT gdpr.reveal(email) FROM customer';
CREATE FUNCTION invoking() RETURNS text LANGUAGE sql AS 'SELECT gdpr.reveal(email) FROM customer';
CREATE FUNCTION harmless() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT title FROM other';
REVOKE EXECUTE ON FUNCTION some_ones(integer), owners_own() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION some_ones(integer) TO regress_lint_app, regress_lint_dpo;
ALTER FUNCTION everybodys(integer) OWNER TO regress_lint_owner;
ALTER FUNCTION some_ones(integer) OWNER TO regress_lint_owner;
ALTER FUNCTION by_setting() OWNER TO regress_lint_owner;
SELECT severity, code, object, finding, fix FROM finding;
DROP FUNCTION everybodys(integer), some_ones(integer), by_setting(), owners_own();

-- foreign servers; their wrapper need not be there for the look at the catalog
CREATE FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN DATA WRAPPER nowhere;
SELECT gdpr.register_location(k, m, 'BE', 'it') IS NOT NULL AS registered FROM (VALUES ('server', ''), ('foreign_server', 'db.example'), ('subscriber', 'lint_pub')) l (k, m);
CREATE SERVER plain FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example');
CREATE SERVER "Asked" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example', sslmode 'prefer');
CREATE SERVER safe FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example', sslmode 'verify-full');
CREATE SERVER local FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/run/postgresql');
CREATE USER MAPPING FOR regress_lint_app SERVER safe;
CREATE FOREIGN TABLE elsewhere (id integer, email text) SERVER safe;
SELECT severity, code, object, finding, fix FROM finding;
SELECT fix FROM finding WHERE fix LIKE '%sslmode%' \gexec
SELECT count(*) FROM finding WHERE finding LIKE '%encrypted%';
DROP FOREIGN DATA WRAPPER postgres_fdw CASCADE;

-- and those that status() always had: row security, views, publications, roles, settings
ALTER TABLE customer NO FORCE ROW LEVEL SECURITY;
CREATE VIEW readable AS SELECT * FROM customer;
CREATE MATERIALIZED VIEW copied AS SELECT id FROM customer;
SET client_min_messages = error;	-- wal_level
CREATE PUBLICATION lint_pub FOR TABLE customer;
SET client_min_messages = warning;
ALTER ROLE regress_lint_app BYPASSRLS;
ALTER ROLE regress_lint_app IN DATABASE regress_lint SET log_statement = 'all';
SELECT severity, object, finding, fix FROM gdpr.lint() WHERE object !~ '^(setting|extension|role) ' OR object ~ 'regress_lint';
-- every row of lint() is in status()
SELECT count(*) > 0 AS some, bool_and(EXISTS (SELECT FROM gdpr.status() s WHERE s = l)) AS all_in_status FROM gdpr.lint() l;

-- who may ask
SET ROLE regress_lint_dpo;
SELECT count(*) > 0 AS found FROM gdpr.lint();
SET ROLE regress_lint_app;
SELECT count(*) FROM gdpr.lint(); -- fails
RESET ROLE;
\c :home
SET client_min_messages = warning;
DROP DATABASE regress_lint;
DROP ROLE regress_lint_dpo, regress_lint_app, regress_lint_owner;
