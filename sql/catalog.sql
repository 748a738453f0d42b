-- A library on a catalog of another version: refused with ZG027 before anything works by halves. In a database of its
-- own; the number is what an older or newer install script would have left.
SELECT current_database() AS home \gset
CREATE DATABASE regression_gdpr_catalog;
\c regression_gdpr_catalog
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE TABLE customer (id integer PRIMARY KEY, email text);
INSERT INTO customer SELECT i, 'c' || i || '@example.com' FROM generate_series(1, 3) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.reveal(email) FROM customer ORDER BY id;
SELECT count(*) FROM gdpr.status() WHERE code = 'catalog-outdated';

UPDATE gdpr.catalog SET number = number - 1;
\c regression_gdpr_catalog
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.reveal(email) FROM customer;                                   -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT id FROM customer WHERE email = 'c1@example.com';                    -- fails
INSERT INTO customer VALUES (4, 'c4@example.com');                         -- fails
UPDATE customer SET email = 'c5@example.com' WHERE id = 1;                 -- fails
SELECT gdpr.may_process('customer', '1', 'order_fulfilment');              -- fails
SELECT severity, object, finding, fix FROM gdpr.status() WHERE code = 'catalog-outdated';
-- sealed output, a dump's COPY, and erasure go on
SELECT count(*) FROM customer c WHERE textin(record_out(c)) ~ 'gdpr1:';
COPY customer TO PROGRAM 'grep -c gdpr1: >/dev/null';
SELECT gdpr.erase_subject('customer', '2', 'objection') IS NOT NULL AS erased;
DELETE FROM customer WHERE id = 3;
SELECT count(*) FROM gdpr.subject WHERE key = '2';

-- a newer catalog, and an older library
UPDATE gdpr.catalog SET number = number + 2;
SELECT gdpr.reveal(email) FROM customer;                                   -- fails
UPDATE gdpr.catalog SET number = gdpr_internal.library_catalog();
SELECT gdpr.reveal(email) FROM customer;
\c :home
DROP DATABASE regression_gdpr_catalog;
