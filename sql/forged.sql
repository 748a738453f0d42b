-- Bytes that claim to be a person's value: what is new in a row is opened, and its token is that of what is in it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_forged;
SELECT gdpr.grant_purpose('billing', 'regress_forged');
CREATE SCHEMA forged;
GRANT USAGE, CREATE ON SCHEMA forged TO regress_forged;
SET search_path = forged, public;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO customer SELECT i, 'u' || i || '@example.com', 'note ' || i FROM generate_series(1, 4) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{billing}', columns => '{"email":"pii_email","note":"pii_text"}');
GRANT ALL ON customer TO regress_forged;

-- value a with the token of value b: version, class and flags, the subject in 1 to 3 bytes here, 12 bytes of token
CREATE FUNCTION bytes(value gdpr.pii_email) RETURNS bytea LANGUAGE sql AS $$
	SELECT decode(rpad(t, (length(t) + 3) / 4 * 4, '='), 'base64')
	FROM translate(substr(concat(value), 7), '-_', '+/') t $$;
CREATE FUNCTION token_at(value gdpr.pii_email) RETURNS integer LANGUAGE sql AS $$
	SELECT 4 + (gdpr.subject_of(value) >= 128)::integer + (gdpr.subject_of(value) >= 16384)::integer $$;
CREATE FUNCTION with_token(a gdpr.pii_email, b gdpr.pii_email) RETURNS gdpr.pii_email LANGUAGE sql AS $$
	SELECT gdpr.pii_email('gdpr1:' || translate(rtrim(encode(overlay(bytes(a) PLACING substr(bytes(b), token_at(b), 12)
		FROM token_at(a)), 'base64'), '='), E'+/\n', '-_')) $$;
SELECT a.email = with_token(b.email, a.email) AS is_found
FROM customer a, customer b WHERE (a.id, b.id) = (1, 2);
SET ROLE regress_forged;
SET gdpr.purpose = 'billing';
UPDATE customer SET email = with_token(email, (SELECT email FROM customer WHERE id = 1)) WHERE id = 2; -- fails
UPDATE customer SET email = gdpr.pii_email(replace(concat(email), right(concat(email), 4), 'AAAA')) WHERE id = 2; -- fails
UPDATE customer SET note = gdpr.pii_text(replace(concat(note), right(concat(note), 4), 'AAAA')) WHERE id = 2; -- fails
INSERT INTO customer (id, email)
SELECT 2, with_token(email, (SELECT email FROM customer WHERE id = 1)) FROM customer WHERE id = 2
ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email; -- fails

-- what was sealed here comes back, whatever wrote it; other columns are not looked at
SELECT concat(email) AS old FROM customer WHERE id = 3 \gset
UPDATE customer SET email = 'other@example.com' WHERE id = 3;
UPDATE customer SET email = :'old' WHERE id = 3;
UPDATE customer SET note = 'x' WHERE id = 3;
SELECT gdpr.reveal(email), gdpr.reveal(note) FROM customer WHERE id = 3;
INSERT INTO customer VALUES (2, 'u2@example.com', 'y')
ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email, note = EXCLUDED.note;
SELECT gdpr.reveal(email), gdpr.reveal(note) FROM customer WHERE id = 2;
RESET ROLE;

-- past the trigger, as a replica writes: nobody reads the value, and it is a finding
SELECT finding, fix FROM gdpr.status() WHERE object ~ 'customer' AND finding ~ 'opened';
SET session_replication_role = replica;
\set VERBOSITY terse
UPDATE customer SET email = with_token(email, (SELECT email FROM customer WHERE id = 1)) WHERE id = 2; -- fails
\set VERBOSITY default
UPDATE customer SET email = with_token(email, (SELECT gdpr.pii_email('nobody@example.com'))) WHERE id = 2;
UPDATE customer SET note = gdpr.pii_text(replace(concat(note), right(concat(note), 4), 'AAAA')) WHERE id = 2;
RESET session_replication_role;
SELECT object, finding, fix FROM gdpr.status() WHERE object ~ 'customer' AND finding ~ 'opened';
SELECT * FROM gdpr.unreadable_values('customer');

-- a copy names table and column, and goes on
SELECT gdpr.grant_duty('dpo', 'regress_forged'), gdpr.grant_purpose('rights_handling', 'regress_forged');
SET ROLE regress_forged;
SELECT r - 'gdpr_subject' AS copied
FROM jsonb_array_elements(gdpr.export_subject('customer', '2') #> '{data,forged.customer}') r;
RESET ROLE;
SELECT gdpr.revoke_duty('dpo', 'regress_forged'), gdpr.revoke_purpose('rights_handling', 'regress_forged');

-- a row that is there and corrupted may be corrected, and its other columns written
SET ROLE regress_forged;
UPDATE customer SET email = 'u22@example.com' WHERE id = 2;
SELECT gdpr.reveal(note) FROM customer WHERE id = 2; -- fails
UPDATE customer SET note = 'again' WHERE id = 2;
SELECT gdpr.reveal(email), gdpr.reveal(note) FROM customer WHERE id = 2;
RESET ROLE;
SELECT count(*) FROM gdpr.unreadable_values('customer');

RESET gdpr.purpose;
DROP SCHEMA forged CASCADE;
SELECT gdpr.revoke_purpose('billing', 'regress_forged');
DROP ROLE regress_forged;
