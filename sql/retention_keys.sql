-- Keys of padded characters and of domains over domains: found again, and no check of a domain runs as somebody else.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE key_types_owner;
SELECT gdpr.grant_duty('controller', 'key_types_owner');
SELECT gdpr.grant_duty('dpo', 'key_types_owner');
SELECT gdpr.grant_purpose('billing', 'key_types_owner');
CREATE SCHEMA key_types AUTHORIZATION key_types_owner;
SET search_path = key_types, public;
SET ROLE key_types_owner;
CREATE TABLE ran_as (role name);
GRANT INSERT ON ran_as TO PUBLIC;
CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO key_types.ran_as VALUES (current_user); RETURN true; END $$;
CREATE DOMAIN inner_key AS text CHECK (key_types.spy(VALUE));
CREATE DOMAIN outer_key AS inner_key;
CREATE TABLE holder (id inner_key PRIMARY KEY, email text, since date);
CREATE TABLE padded (id char(6) PRIMARY KEY, email text, since date);
INSERT INTO holder VALUES ('ab', 'ab@example.com', '2020-01-01'), ('cd', 'cd@example.com', '2020-01-01');
INSERT INTO padded VALUES ('ab', 'ab@example.com', '2020-01-01'), ('ac', 'ac@example.com', '2020-01-01');
CREATE TABLE card (id outer_key PRIMARY KEY, holder inner_key REFERENCES holder, since date);
INSERT INTO card VALUES ('x', 'ab', '2020-01-01'), ('y', 'cd', '2020-01-01');
SELECT gdpr.declare_subject('holder', 'id'), gdpr.declare_subject('padded', 'id');
SELECT gdpr.protect('holder', '{billing}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('padded', '{billing}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('card', '{billing}', owner => 'holder');
SET gdpr.purpose = 'billing';
INSERT INTO holder VALUES ('ef', 'ef@example.com', now()) ON CONFLICT DO NOTHING;
INSERT INTO holder VALUES ('ef', 'ef@example.com', now()) ON CONFLICT DO NOTHING;
INSERT INTO padded VALUES ('ad', 'ad@example.com', now()) ON CONFLICT DO NOTHING;
SELECT id, gdpr.reveal(email) FROM holder ORDER BY id;
SELECT id, gdpr.reveal(email) FROM padded ORDER BY id;
SELECT gdpr.hold_row('card', 'x', 'claim') IS NOT NULL AS held;
SELECT gdpr.hold_row('padded', 'ab    ', 'claim') IS NOT NULL AS held;
SELECT gdpr.set_retention('holder', 'billing', 'collected', '3 years', column_name => 'since') IS NOT NULL AS holder,
	   gdpr.set_retention('card', 'billing', 'collected', '3 years', column_name => 'since') IS NOT NULL AS card,
	   gdpr.set_retention('padded', 'billing', 'collected', '3 years', column_name => 'since') IS NOT NULL AS padded;
RESET ROLE;
CALL gdpr.run_retention(batch_size => 1);
SELECT id FROM holder ORDER BY id;
SELECT id FROM card ORDER BY id;
SELECT id FROM padded ORDER BY id;
SELECT count(*) FROM ran_as WHERE role <> 'key_types_owner';
DROP SCHEMA key_types CASCADE;	-- fails: a hold
SELECT gdpr.release_row(h.number) FROM gdpr.row_hold h WHERE h.relation IN ('card'::regclass, 'padded'::regclass) AND h.ended_at IS NULL;
DROP SCHEMA key_types CASCADE;
SELECT gdpr.revoke_purpose('billing', 'key_types_owner');
DROP OWNED BY key_types_owner;
DROP ROLE key_types_owner;
