-- Where data are kept: places, what the server knows itself, and what would take data elsewhere.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_places;
\c regress_places
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE EXTENSION postgres_fdw;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_places_dpo;
CREATE ROLE regress_places_job;
SELECT gdpr.grant_duty('dpo', 'regress_places_dpo'), gdpr.grant_duty('job', 'regress_places_job');
-- nothing is kept here yet: whatever anybody connects is theirs
CREATE SERVER before FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'us-east.example');
DROP SERVER before;
SELECT count(*) FROM gdpr.status() WHERE code LIKE 'place%';
SELECT code, object FROM gdpr.residency_check() WHERE object = 'this server';

CREATE TABLE customer (id integer PRIMARY KEY, email text);
CREATE TABLE product (id integer PRIMARY KEY);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email"}');

-- ---- a place is registered with a country and an owner ----
SET ROLE regress_places_dpo;
SELECT gdpr.register_location('server', NULL, 'BE', NULL);	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.register_location('cupboard', 'x', 'BE', 'it');	-- fails
SELECT gdpr.register_location('server', 'here', 'BE', 'it');	-- fails: this server
SELECT gdpr.register_location('application', 'somewhere', 'BE', 'it');	-- fails
SELECT gdpr.register_location('backup', 'nightly', 'BE', 'it');	-- fails: kept how long
SELECT gdpr.register_location('standby', '10.0.0.0/8', 'BE', 'it', recipient => 'Hoster');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.register_location('server', NULL, 'be', 'it') IS NOT NULL AS server;
RESET ROLE;

-- ---- what would take data elsewhere ----
CREATE SERVER east FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'us-east.example');	-- fails
\echo :LAST_ERROR_SQLSTATE
CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'localhost');
ALTER SERVER here OPTIONS (SET host 'us-east.example');	-- fails
SELECT gdpr.register_location('foreign_server', 'us-east.example', 'US', 'it') IS NOT NULL AS registered;
CREATE SERVER east FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'us-east.example');	-- fails: may not be there
SELECT gdpr.register_location('foreign_server', 'paris.example', 'FR', 'it') IS NOT NULL AS registered;
CREATE SERVER paris FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'paris.example');
SET client_min_messages = error;	-- wal_level may be lower
CREATE PUBLICATION products FOR TABLE product;
ALTER PUBLICATION products ADD TABLE customer;	-- fails
\echo :LAST_ERROR_SQLSTATE
CREATE PUBLICATION people FOR ALL TABLES;	-- fails
SELECT gdpr.register_location('subscriber', 'products', 'NL', 'it') IS NOT NULL AS registered;
ALTER PUBLICATION products ADD TABLE customer;
CREATE SUBSCRIPTION s CONNECTION 'host=us-west.example dbname=x' PUBLICATION p WITH (connect = false);	-- fails
SELECT gdpr_internal.hosts_of(c) FROM unnest('{host=a.example dbname=x,"hostaddr = ''10.0.0.1'' host=''b,c''","postgresql://u:p@d.example:5432,e.example/x?y=z",dbname=x}'::text[]) c;

SET client_min_messages = warning;

-- ---- what is found ----
SELECT severity, code, object, finding FROM gdpr.residency_check() WHERE object !~ 'archive|client|standby';
UPDATE gdpr.location SET ended_at = now(), ended_reason = 'moved' WHERE match = 'products';
SET ROLE regress_places_job;
SELECT gdpr.note_residency() > 0 AS wrong;
RESET ROLE;
SELECT code, object FROM gdpr.status() WHERE code LIKE 'place%' AND object !~ 'archive|client|standby';
SELECT gdpr_internal.allowed_from('standby', '10.1.2.3', 'walreceiver') AS unknown, gdpr.register_location('standby', '10.1.0.0/16', 'BE', 'it') IS NOT NULL AS registered;
SELECT gdpr_internal.allowed_from('standby', '10.1.2.3', 'walreceiver') AS by_network, gdpr_internal.allowed_from('standby', '10.2.2.3', 'walreceiver') AS elsewhere;

-- ---- the backups move to another country, and back ----
SELECT gdpr.register_location('backup', 'nightly', 'US', 'it', schedule => 'daily', kept_for => '30 days', encrypted => true) IS NOT NULL AS moved;
SELECT severity, code, object, finding FROM gdpr.status() WHERE object ~ 'nightly' ORDER BY code;
SELECT gdpr.register_location('backup', 'nightly', 'LU', 'it', schedule => 'daily', kept_for => '30 days', encrypted => true, last_restore_test => gdpr_internal.server_today()) IS NOT NULL AS moved_back;
SELECT count(*) FROM gdpr.status() WHERE object ~ 'nightly';
SELECT id AS place FROM gdpr.location WHERE match = 'us-east.example' \gset
SELECT gdpr.end_location(:'place', ' ');	-- fails
SELECT gdpr.end_location(:'place', 'never used'), gdpr.end_location(gen_random_uuid(), 'never used');	-- fails
SELECT gdpr.end_location(:'place', 'never used');
SELECT count(*) FROM gdpr.status() WHERE code = 'place-not-allowed';
\c :home
DROP DATABASE regress_places;
DROP ROLE regress_places_dpo, regress_places_job;
