-- What the owner of a table wrote does not run with the extension's rights when the extension reads that table.
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE ROLE regress_trust_owner;
CREATE ROLE regress_trust_dpo;
CREATE ROLE regress_trust_dba SUPERUSER;
SELECT gdpr.grant_duty('controller', 'regress_trust_owner'), gdpr.grant_duty('dpo', 'regress_trust_dpo');
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_trust_owner'), gdpr.grant_purpose('rights_handling', 'regress_trust_dpo');
CREATE SCHEMA trust AUTHORIZATION regress_trust_owner;
CREATE TABLE trust.ran_as (who name, what text);
GRANT INSERT, SELECT ON trust.ran_as TO PUBLIC;
GRANT USAGE ON SCHEMA trust TO PUBLIC;

-- a cast from the owner's own type to json, which the copy makes of every column
SET ROLE regress_trust_owner;
CREATE TYPE trust.size AS ENUM ('small', 'large');
CREATE FUNCTION trust.to_json(trust.size) RETURNS json LANGUAGE plpgsql AS $$
BEGIN INSERT INTO trust.ran_as VALUES (current_user, 'cast'); RETURN '"?"'; END $$;
CREATE FUNCTION trust.to_time(trust.size) RETURNS timestamptz LANGUAGE sql AS $$
	INSERT INTO trust.ran_as VALUES (current_user, 'time'); SELECT '2000-01-01'::timestamptz $$;
CREATE CAST (trust.size AS json) WITH FUNCTION trust.to_json(trust.size);
CREATE CAST (trust.size AS timestamptz) WITH FUNCTION trust.to_time(trust.size) AS IMPLICIT;
CREATE TABLE trust.customer (id integer PRIMARY KEY, email text, size trust.size, since timestamptz NOT NULL);
INSERT INTO trust.customer VALUES (1, 'an@example.com', 'small', '2015-01-01'), (2, 'luc@example.com', 'large', '2016-01-01');
SELECT gdpr.declare_subject('trust.customer', 'id');
SELECT gdpr.protect('trust.customer', '{order_fulfilment}', columns => '{"email": "pii_email"}');
RESET ROLE;
SET ROLE regress_trust_dpo;
SELECT gdpr.export_subject('trust.customer', '1') IS NOT NULL;	-- fails
RESET ROLE;
-- a superuser's is trusted, and so is one that runs with its own owner's rights
ALTER FUNCTION trust.to_json(trust.size) OWNER TO regress_trust_dba;
SET ROLE regress_trust_dpo;
SELECT count(*) FROM gdpr.export_rows('trust.customer', '1');
RESET ROLE;
TABLE trust.ran_as;
TRUNCATE trust.ran_as;
ALTER FUNCTION trust.to_json(trust.size) OWNER TO regress_trust_owner;
ALTER FUNCTION trust.to_json(trust.size) SECURITY DEFINER;
SET ROLE regress_trust_dpo;
SELECT count(*) FROM gdpr.export_rows('trust.customer', '1');
RESET ROLE;
TABLE trust.ran_as;
TRUNCATE trust.ran_as;

-- the column of a rule gets a type whose comparisons the owner wrote
SET ROLE regress_trust_owner;
SELECT gdpr.set_retention('trust.customer', 'order_fulfilment', 'column', '3 years', column_name => 'since') > 0 AS set;
ALTER TABLE trust.customer DROP COLUMN since;
ALTER TABLE trust.customer RENAME COLUMN size TO since;
SELECT due FROM gdpr.retention_due();	-- fails
RESET ROLE;
TABLE trust.ran_as;

-- a view where a table should be
SET ROLE regress_trust_owner;
CREATE FUNCTION trust.nobody() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN INSERT INTO trust.ran_as VALUES (current_user, 'view'); RETURN NULL; END $$;
CREATE VIEW trust.people AS SELECT 1 AS id, trust.nobody() AS gdpr_subject, '{}'::gdpr.purpose_set AS purposes;
INSERT INTO gdpr.protected_table (relation, subject_table) VALUES ('trust.people', 'trust.people');	-- fails
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO gdpr.protected_table (relation, subject_table) VALUES ('trust.people', 'trust.people');
RESET session_replication_role;
SELECT count(*) FROM gdpr.graph_findings();	-- fails
DELETE FROM gdpr.protected_table WHERE relation = 'trust.people'::regclass;
TABLE trust.ran_as;
-- which would show what the extension may read, through functions of PostgreSQL itself
SET ROLE regress_trust_owner;
CREATE VIEW trust.files AS SELECT 1 AS id, 1::bigint AS gdpr_subject, pg_read_file('/etc/passwd') AS content;
SELECT gdpr_internal.unknown_subjects('trust.files');	-- fails
SELECT gdpr_internal.rename_subjects('trust.files');	-- fails
INSERT INTO gdpr.subject_table VALUES ('trust.files', '{id}');	-- fails
INSERT INTO gdpr.owner_step VALUES ('trust.customer', 1, 'trust.files', '{id}');	-- fails
INSERT INTO gdpr.subject_link_step VALUES ('trust.customer', 1, 1, 'trust.customer', '{id}', 'trust.files', '{id}');	-- fails
INSERT INTO gdpr.owner_step VALUES ('trust.customer', 1, 'trust.customer', '{id}', 'email', 'x', 'trust.files', '{id}');	-- fails
RESET ROLE;
CREATE TABLE trust.others (id integer PRIMARY KEY, customer integer);
SET ROLE regress_trust_owner;
INSERT INTO gdpr.owner_step VALUES ('trust.customer', 1, 'trust.customer', '{id}', 'email', 'x', 'trust.others', '{id}');	-- fails
UPDATE gdpr.protected_table SET subject_table = 'trust.files' WHERE relation = 'trust.customer'::regclass;	-- fails
-- nor does a table become one afterwards, as it can until 15
CREATE TABLE trust.plain (id integer);
INSERT INTO gdpr.subject_table VALUES ('trust.plain', '{id}');
\set VERBOSITY sqlstate
CREATE RULE "_RETURN" AS ON SELECT TO trust.plain DO INSTEAD SELECT length(pg_read_file('/etc/passwd')) AS id;	-- fails
\set VERBOSITY terse
DROP TABLE trust.plain;
-- nor does it run a query that somebody hands in
SELECT gdpr_internal.row_subject('trust.customer', 'SELECT pg_read_file(''/etc/passwd'')', 1);	-- fails
SELECT gdpr_internal.row_subject('trust.customer', 1) = (SELECT number FROM gdpr.subject WHERE relation = 'trust.customer'::regclass AND key = '1') AS found;
RESET ROLE;
-- a value is not handed to somebody who allowed more
SET ROLE regress_trust_owner;
SET gdpr.purpose = 'order_fulfilment';
\set VERBOSITY sqlstate
SELECT gdpr_internal.bind_value(email, gdpr_subject + 1) FROM trust.customer WHERE id = 1;	-- fails
\set VERBOSITY terse
SELECT gdpr.reveal(gdpr_internal.bind_value(email, gdpr_subject)) FROM trust.customer WHERE id = 1;
RESET gdpr.purpose;
RESET ROLE;

-- what an index calls is not called by reading; and the index is found before and after
SET ROLE regress_trust_owner;
CREATE FUNCTION trust.half(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT $1 / 2 $$;
CREATE INDEX customer_half ON trust.customer (trust.half(id));
-- without what 18 adds of a scan that is disabled
CREATE FUNCTION trust.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query
	LOOP
		IF line !~ '^ *Disabled:' THEN RETURN NEXT line; END IF;
	END LOOP;
END $$;
SET enable_seqscan = off;
SELECT trust.plan($$SELECT FROM trust.customer WHERE trust.half(id) = 1$$);
RESET ROLE;
\c -
SET client_min_messages = warning;
SET enable_seqscan = off;
SELECT count(*) FROM gdpr.impact('trust.customer', '1');
SELECT trust.plan($$SELECT FROM trust.customer WHERE trust.half(id) = 1$$);

-- who sets up registers no table of somebody else, nor changes what is registered of it, and writes no entry about a person
CREATE TABLE trust.elsewhere (id integer PRIMARY KEY, customer integer);
SELECT gdpr.declare_subject('trust.elsewhere', 'id');
SET ROLE regress_trust_owner;
INSERT INTO gdpr.protected_table (relation, subject_table) VALUES ('trust.elsewhere', 'trust.customer');	-- fails
INSERT INTO gdpr.subject_link_step VALUES ('trust.elsewhere', 1, 1, 'trust.elsewhere', '{customer}', 'trust.customer', '{id}');	-- fails
UPDATE gdpr.subject_table SET key_columns = '{customer}' WHERE relation = 'trust.elsewhere'::regclass;	-- fails
UPDATE gdpr.protected_table SET relation = 'trust.elsewhere' WHERE relation = 'trust.customer'::regclass;	-- fails
DELETE FROM gdpr.subject_table WHERE relation = 'trust.elsewhere'::regclass;	-- fails
SELECT gdpr_internal.record('subject erased', 1);	-- fails
SELECT gdpr_internal.record_setup('subject erased', '{}');	-- fails
RESET ROLE;

-- triggers run with the rights of the table's owner, as ever
SET ROLE regress_trust_owner;
CREATE FUNCTION trust.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO trust.ran_as VALUES (current_user, 'trigger'); RETURN OLD; END $$;
CREATE TRIGGER note BEFORE DELETE ON trust.customer FOR EACH ROW EXECUTE FUNCTION trust.note();
RESET ROLE;
SELECT gdpr.erase_subject('trust.customer', '1', 'Art. 17(1)(a)') IS NOT NULL AS erased;
TABLE trust.ran_as;

DROP SCHEMA trust CASCADE;
SELECT gdpr.revoke_duty('controller', 'regress_trust_owner'), gdpr.revoke_duty('dpo', 'regress_trust_dpo');
SELECT gdpr.revoke_purpose('order_fulfilment', 'regress_trust_owner'), gdpr.revoke_purpose('rights_handling', 'regress_trust_dpo');
DROP OWNED BY regress_trust_owner, regress_trust_dpo;
DROP ROLE regress_trust_owner, regress_trust_dpo, regress_trust_dba;
