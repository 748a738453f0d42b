-- Ways past the protection that others can build: found by lint(), and refused where they can be.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_ways_owner;
CREATE ROLE regress_ways_reader;
CREATE SCHEMA ways AUTHORIZATION regress_ways_owner;
SELECT gdpr.grant_duty('controller', 'regress_ways_owner');
GRANT USAGE ON SCHEMA ways TO regress_ways_reader;
SELECT gdpr.grant_purpose('billing', 'regress_ways_reader');
CREATE VIEW pg_temp.ways AS SELECT severity, object, regexp_replace(finding, 'runs as \S+', 'runs as <superuser>') AS finding
FROM gdpr.lint() WHERE concat(object, finding) ~ 'ways|pii_email';
SET ROLE regress_ways_owner;
SET search_path = ways;
CREATE TABLE customer (id integer PRIMARY KEY, tenant integer, email text);
INSERT INTO customer VALUES (1, 1, 'a@example.com'), (2, 2, 'b@example.com');
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{billing}', columns => '{"email":"pii_email"}');
GRANT SELECT, UPDATE ON customer TO regress_ways_reader;
RESET ROLE;
SELECT * FROM pg_temp.ways;

-- a policy that comes later is not void beside ours
SET client_min_messages = notice;
SET ROLE regress_ways_owner;
CREATE POLICY tenant ON customer USING (tenant = 1);
SET ROLE regress_ways_reader;
SET gdpr.purpose = 'billing';
SELECT id FROM customer;
RESET ROLE;
SET client_min_messages = warning;
ALTER EVENT TRIGGER gdpr_policy_created DISABLE;
CREATE POLICY gdpr_permit ON customer;
ALTER EVENT TRIGGER gdpr_policy_created ENABLE;
SELECT * FROM pg_temp.ways;
DROP POLICY gdpr_permit ON customer;

-- rows are named by their primary key
SET ROLE regress_ways_owner;
ALTER TABLE customer DROP CONSTRAINT customer_pkey; -- fails
ALTER TABLE customer DROP CONSTRAINT customer_pkey, ADD PRIMARY KEY (tenant, id);
ALTER TABLE customer DROP CONSTRAINT customer_pkey, ADD PRIMARY KEY (id);
RESET ROLE;

-- operators, casts and functions on our types that are not ours
CREATE FUNCTION catch(gdpr.pii_email, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR ways.= (LEFTARG = gdpr.pii_email, RIGHTARG = text, FUNCTION = catch);
CREATE FUNCTION to_point(gdpr.pii_email) RETURNS point LANGUAGE sql AS 'SELECT NULL::point';
CREATE CAST (gdpr.pii_email AS point) WITH FUNCTION to_point(gdpr.pii_email);
SELECT * FROM pg_temp.ways;
DROP CAST (gdpr.pii_email AS point);
DROP OPERATOR ways.= (gdpr.pii_email, text);
DROP FUNCTION catch, to_point;

-- code that runs with the purpose of whoever uses the table
SET ROLE regress_ways_owner;
CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM gdpr.reveal(NEW.email); RETURN NEW; END$$;
CREATE TRIGGER spy BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION spy();
CREATE VIEW shown WITH (security_invoker) AS SELECT id, gdpr.reveal(email) AS email FROM customer;
RESET ROLE;
CREATE FUNCTION everybody() RETURNS SETOF customer LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM ways.customer';
SELECT * FROM pg_temp.ways;

-- who reads the server's files reads the key file
GRANT pg_read_server_files, pg_execute_server_program TO regress_ways_reader;
ALTER ROLE regress_ways_reader REPLICATION;
SELECT severity, finding FROM gdpr.lint() WHERE object = 'role regress_ways_reader';

RESET gdpr.purpose;
RESET search_path;
DROP SCHEMA ways CASCADE;
SELECT gdpr.revoke_purpose('billing', 'regress_ways_reader'), gdpr.revoke_duty('controller', 'regress_ways_owner');
DROP ROLE regress_ways_owner, regress_ways_reader;
