-- The tag of a row: read wherever it is stored, of a bounded size, and rows that no purpose sees are found.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_row_tag;
SELECT gdpr.grant_purpose('billing', 'regress_row_tag');
CREATE SCHEMA row_tag;
GRANT USAGE ON SCHEMA row_tag TO regress_row_tag;
SET search_path = row_tag, public;
CREATE FUNCTION numbers(first integer, last integer) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT '{' || string_agg('#' || 1000000 + n * 7919, ',' ORDER BY n DESC) || '}' FROM generate_series(first, last) n$$;

-- a wide row: the tag has to go out of the line, for what else is in the line cannot
SELECT format('CREATE TABLE wide (id integer PRIMARY KEY, email text, %s)', string_agg(format('c%s name', i), ', '))
FROM generate_series(1, 115) i \gexec
SELECT gdpr.declare_subject('wide', 'id');
SELECT gdpr.protect('wide', '{billing}', columns => '{"email":"pii_email"}');
SELECT attstorage AS kept_in_line_while_it_fits FROM pg_attribute
WHERE attrelid = 'wide'::regclass AND attname = 'purposes';
GRANT SELECT, INSERT ON wide TO regress_row_tag;
SELECT format('INSERT INTO wide SELECT i, ''u'' || i || ''@example.com'', %s FROM generate_series(1, 3) i',
			  string_agg('''wide''', ', '))
FROM generate_series(1, 115) \gexec
SET session_replication_role = replica;	-- the trigger refuses numbers without a purpose
UPDATE wide SET purposes = numbers(1, 250)::gdpr.purpose_set || '{billing}';
RESET session_replication_role;
SELECT pg_relation_size(c.reltoastrelid) > 0 AS out_of_line FROM pg_class c WHERE c.oid = 'wide'::regclass;
SET ROLE regress_row_tag;
SET gdpr.purpose = 'billing';
SELECT count(*) FROM wide;
RESET ROLE;
ALTER TABLE wide ALTER purposes SET STORAGE EXTERNAL;
UPDATE wide SET id = id;
SET ROLE regress_row_tag;
SELECT count(*) FROM wide;
RESET ROLE;

-- no row is hidden behind a tag that is too large to be one
SELECT cardinality(numbers(1, 256)::gdpr.purpose_set::text[]) AS most;
SELECT numbers(1, 257)::gdpr.purpose_set; -- fails
SELECT gdpr.purpose_set(numbers(1, 257)::text[]); -- fails
SELECT numbers(1, 200)::gdpr.purpose_set || numbers(100, 300)::gdpr.purpose_set; -- fails
SELECT cardinality((numbers(1, 200)::gdpr.purpose_set || numbers(100, 256)::gdpr.purpose_set)::text[]) AS together;
SELECT cardinality(('{' || string_agg('billing', ',') || '}')::gdpr.purpose_set::text[]) AS counted_once
FROM generate_series(1, 1000) n;

-- rows that nobody sees are a finding: numbers without a purpose, and purposes that have ended
CREATE TABLE member (id integer PRIMARY KEY, email text);
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', '{billing}', columns => '{"email":"pii_email"}');
SELECT gdpr.define_purpose('row_tag_ended', 'Asking members what they think of the tags of rows.', 'contract') >= 1000 AS defined;
SELECT gdpr.add_purpose('member', 'row_tag_ended', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
INSERT INTO member SELECT i, 'm' || i || '@example.com' FROM generate_series(1, 6) i;
SELECT finding FROM gdpr.status() WHERE object ~ '^(row_tag\.)?(member|wide)$' AND severity = 'error';
UPDATE member SET purposes = '{row_tag_ended}' WHERE id <= 2;
UPDATE member SET purposes = '{row_tag_ended,billing}' WHERE id = 3;
SET session_replication_role = replica;
UPDATE member SET purposes = '{#654321}' WHERE id = 4;
UPDATE member SET purposes = '{}' WHERE id = 5;
RESET session_replication_role;
SELECT gdpr.end_purpose('row_tag_ended');
SELECT object, finding FROM gdpr.status() WHERE object ~ '^(row_tag\.)?(member|wide)$' AND severity = 'error';
SELECT fix FROM gdpr.status() WHERE object ~ '(member)$' AND severity = 'error';

RESET gdpr.purpose;
DROP SCHEMA row_tag CASCADE;
SELECT gdpr.revoke_purpose('billing', 'regress_row_tag');
DROP ROLE regress_row_tag;
