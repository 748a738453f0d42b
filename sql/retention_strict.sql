-- With gdpr.require_retention on, a table is protected together with how long its rows are kept, or not at all.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention_strict;
SET search_path = retention_strict, public;
CREATE TABLE guest (id integer PRIMARY KEY, seen date, email text);
CREATE TABLE stay (id integer PRIMARY KEY, guest integer REFERENCES guest ON DELETE CASCADE, left_on date);
SELECT gdpr.declare_subject('guest', 'id');
-- off: a finding
SELECT gdpr.protect('stay', owner => 'guest', purposes => '{order_fulfilment}');
SELECT code, object, finding FROM gdpr.retention_findings() WHERE object::regclass = 'stay'::regclass;
SELECT gdpr.unprotect('stay');

SET gdpr.require_retention = on;
SELECT gdpr.protect('guest', purposes => '{newsletter,order_fulfilment}', columns => '{"email": "pii_email"}'); -- fails: for no purpose
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS protected FROM gdpr.protected_table WHERE relation = 'guest'::regclass;
BEGIN;
SELECT gdpr.protect('guest', purposes => '{newsletter,order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.set_retention('guest', 'order_fulfilment', template => 'inactive_3y', column_name => 'seen') > 0 AS set;
COMMIT; -- fails: for the other
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT gdpr.protect('guest', purposes => '{newsletter,order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.set_retention('guest', 'order_fulfilment', template => 'inactive_3y', column_name => 'seen') > 0 AS set;
SELECT gdpr.set_retention('guest', 'newsletter', 'consent_end', '0') > 0 AS set;
COMMIT;
BEGIN;
SELECT gdpr.protect('stay', owner => 'guest', purposes => '{order_fulfilment}');
SELECT gdpr.unprotect('stay');
COMMIT;	-- nothing is left to rule
SELECT gdpr.drop_retention('guest', 'newsletter'); -- fails: one cannot go without another
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_retention('guest', 'newsletter', 'consent_end', '1 day') > 0 AS replaced;
CREATE ROLE regress_retention_strict;
SET ROLE regress_retention_strict;
SET gdpr.require_retention = off; -- fails: for a superuser
RESET ROLE;
DROP ROLE regress_retention_strict;
RESET gdpr.require_retention;
SELECT gdpr.drop_retention('guest', 'newsletter');
DROP TABLE stay, guest;
DROP SCHEMA retention_strict CASCADE;
