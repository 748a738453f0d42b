-- A value that belongs to nobody yet is shown to the session and role that typed it, and to no other purpose.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_unbound_a;
CREATE ROLE regress_unbound_b;
SELECT gdpr.grant_purpose('billing', 'regress_unbound_a'), gdpr.grant_purpose('newsletter', 'regress_unbound_b');
CREATE SCHEMA unbound;
CREATE TABLE unbound.staging (id integer, email gdpr.pii_email, note gdpr.pii_text);
CREATE TABLE unbound.customer (id integer PRIMARY KEY, email text);
SELECT gdpr.declare_subject('unbound.customer', 'id');
SELECT gdpr.protect('unbound.customer', '{billing}', columns => '{"email":"pii_email"}');
GRANT USAGE ON SCHEMA unbound TO regress_unbound_a, regress_unbound_b;
GRANT ALL ON unbound.staging, unbound.customer TO regress_unbound_a, regress_unbound_b;
SET ROLE regress_unbound_a;
SET gdpr.purpose = 'billing';
INSERT INTO unbound.staging VALUES (1, 'a@example.com', 'typed by a');
SELECT gdpr.reveal(email), gdpr.reveal(note) FROM unbound.staging;
RESET ROLE;

-- another role in the same session, as behind a pooler, and then the same role in another session
SET ROLE regress_unbound_b;
SET gdpr.purpose = 'newsletter';
SELECT gdpr.reveal(email) FROM unbound.staging; -- fails
SELECT gdpr.mask(email) FROM unbound.staging; -- fails
SELECT note::text FROM unbound.staging; -- fails
SELECT gdpr.pseudonymise(email, 'x') FROM unbound.staging; -- fails
INSERT INTO unbound.staging VALUES (2, 'b@example.com', 'typed by b');
SELECT gdpr.reveal(email) FROM unbound.staging WHERE id = 2;
RESET ROLE;
SET ROLE regress_unbound_a;
SET gdpr.purpose = 'billing';
SELECT gdpr.reveal(note) FROM unbound.staging WHERE id = 1;
SELECT gdpr.reveal(note) FROM unbound.staging WHERE id = 2; -- fails
\c -
\set SHOW_CONTEXT never
SET ROLE regress_unbound_a;
SET gdpr.purpose = 'billing';
SELECT gdpr.reveal(note) FROM unbound.staging WHERE id = 1; -- fails

-- it goes into the row of its person, and is that person's from then on
INSERT INTO unbound.customer SELECT id, email FROM unbound.staging WHERE id = 1;
SELECT gdpr.reveal(email) FROM unbound.customer;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA unbound CASCADE;
SELECT gdpr.revoke_purpose('billing', 'regress_unbound_a'), gdpr.revoke_purpose('newsletter', 'regress_unbound_b');
DROP ROLE regress_unbound_a, regress_unbound_b;
