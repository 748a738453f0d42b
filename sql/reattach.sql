-- A protected table that was dropped and comes back from a dump by itself.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA reattach;
SET search_path = reattach, public;
CREATE TABLE patient (id int PRIMARY KEY, email text);
INSERT INTO patient SELECT i, 'p' || i || '@example.com' FROM generate_series(1, 3) i;
SELECT gdpr.declare_subject('patient', 'id');
SELECT gdpr.protect('patient', '{billing}', columns => '{"email":"pii_email"}');
-- as pg_restore -t makes it: content, constraints, trigger, policy
CREATE TABLE restored AS TABLE patient;
DROP TABLE patient;
ALTER TABLE restored RENAME TO patient;
ALTER TABLE patient ADD PRIMARY KEY (id), ALTER purposes SET NOT NULL, ALTER purposes SET DEFAULT '{billing}',
	ADD CONSTRAINT gdpr_bound_email CHECK (gdpr.is_bound(email));
CREATE TRIGGER "~gdpr_bind" BEFORE INSERT OR UPDATE ON patient FOR EACH ROW EXECUTE FUNCTION gdpr_internal.bind_row();
INSERT INTO patient (id, email) VALUES (4, 'p4@example.com');     -- fails: not registered
SELECT gdpr.reattach('patient');                                  -- fails: whose rows?
SELECT gdpr.declare_subject('patient', 'id');
SELECT gdpr.reattach('patient');
SELECT gdpr.reattach('patient');                                  -- fails: already
CREATE ROLE reattach_clerk;
SELECT gdpr.grant_purpose('billing', 'reattach_clerk');
GRANT USAGE ON SCHEMA reattach TO reattach_clerk;
GRANT SELECT, INSERT, UPDATE ON patient TO reattach_clerk;
SET ROLE reattach_clerk;
SET gdpr.purpose = 'billing';
SELECT id, gdpr.reveal(email) FROM patient ORDER BY id;
INSERT INTO patient (id, email) VALUES (4, 'p4@example.com');
UPDATE patient SET email = 'new1@example.com' WHERE id = 1;
SELECT id, gdpr.reveal(email) FROM patient ORDER BY id;
SELECT gdpr.may_process('patient', '1', 'billing'), gdpr.may_process('patient', '4', 'billing');
RESET ROLE;
SELECT count(*) = count(DISTINCT gdpr_subject) AS nobody_twice FROM patient;
CREATE TABLE plain (id int PRIMARY KEY);
SELECT gdpr.reattach('plain');                                    -- fails: never protected
-- people whom nobody knows
CREATE TABLE strange AS TABLE patient;
UPDATE strange SET gdpr_subject = 99999999;
ALTER TABLE strange ADD PRIMARY KEY (id);
SELECT gdpr.declare_subject('strange', 'id');
SELECT gdpr.reattach('strange');                                  -- fails
-- statistics over a function that lies
CREATE FUNCTION lying(gdpr.pii_email) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN gdpr.reveal($1); END $$;
CREATE STATISTICS lie ON lying(email), id FROM patient;           -- fails
DROP SCHEMA reattach CASCADE;
SELECT gdpr.revoke_purpose('billing', 'reattach_clerk');
DROP ROLE reattach_clerk;
