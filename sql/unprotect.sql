-- The way back: unprotect(), protect() again, and the end of the extension. In a database of its own, as the end is the end.
SELECT current_database() AS home \gset
CREATE DATABASE regression_gdpr_unprotect;
\c regression_gdpr_unprotect
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_unprotect_owner;
CREATE ROLE regress_unprotect_other;
SELECT gdpr.grant_duty('controller', r::regrole) FROM unnest('{regress_unprotect_owner,regress_unprotect_other}'::text[]) r;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_unprotect_owner', 'masked');
CREATE SCHEMA unprotect AUTHORIZATION regress_unprotect_owner;
SET search_path = unprotect;
SET ROLE regress_unprotect_owner;
CREATE TABLE customer (id integer PRIMARY KEY, email varchar(40) NOT NULL UNIQUE, phone char(15), name text, born date, since timestamp, seen timestamptz,
	ip inet, device uuid, extra jsonb, photo bytea, score numeric(8,2), note text COLLATE "C");
CREATE POLICY mine ON customer USING (true);
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
INSERT INTO customer VALUES
	(1, 'an@example.com', '+32470123456', 'An', '1980-02-03', '2001-02-03 04:05:06.789', '2001-02-03 04:05:06+02', '192.0.2.1', '00000000-0000-4000-8000-000000000001',
	 '{"a": [1, "x"]}', '\x0001ff', 12.50, 'first'),
	(2, 'bo@example.com', NULL, 'Bo', NULL, '1999-12-31', NULL, '2001:db8::1', NULL, 'null', '\x', NULL, E'two\nlines\t\\'),
	(3, 'cy@example.com', NULL, NULL, '2004-02-29', NULL, NULL, NULL, NULL, NULL, NULL, -0.01, '');
CREATE TABLE orders (id integer, customer_id integer REFERENCES customer, day date, ship_to text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE orders_25 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE orders_26 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO orders SELECT i, i % 3 + 1, date '2025-06-01' + i * 60, 'Wetstraat ' || i || ', 1000 Brussel, BE' FROM generate_series(1, 6) i;
CREATE TABLE contact (id integer PRIMARY KEY, customer_id integer, what text);
CREATE TABLE web_contact (site text) INHERITS (contact);
INSERT INTO contact VALUES (1, 1, 'rang');
INSERT INTO web_contact VALUES (2, 2, 'wrote', 'site');
CREATE TABLE customer_before AS TABLE customer;
CREATE TABLE orders_before AS TABLE orders;
CREATE TABLE contact_before AS TABLE contact;
CREATE FUNCTION shape() RETURNS TABLE (what text) LANGUAGE sql AS $$
	SELECT concat_ws(' ', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attcollation::regcollation) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'unprotect'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'unprotect'::regnamespace
	UNION ALL SELECT concat_ws(' ', polrelid::regclass, polname) FROM pg_policy
	UNION ALL SELECT concat_ws(' ', oid::regclass, relrowsecurity, relforcerowsecurity) FROM pg_class WHERE relnamespace = 'unprotect'::regnamespace
	UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname) FROM pg_trigger WHERE tgrelid::regclass::text ~ '^(customer|orders|contact|web)' AND NOT tgisinternal
$$;
GRANT USAGE ON SCHEMA unprotect TO regress_unprotect_other;
CREATE TABLE shape_before AS SELECT * FROM shape();

SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment,newsletter}', columns =>
	'{"email":"pii_email","phone":"pii_phone","name":"pii_name","born":"pii_birth_date","since":"pii_text","seen":"pii_text","ip":"pii_ip","device":"pii_device_id","extra":"pii_json","photo":"pii_bytes","score":"pii_text","note":"pii_text"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('contact', '{order_fulfilment}', owner => 'customer_id', columns => '{"what":"pii_text"}');
SELECT original_type, column_name FROM gdpr.protected_column WHERE relation = 'customer'::regclass ORDER BY column_name;

-- who may, and when
SELECT gdpr.unprotect('customer_before'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.unprotect('customer'); -- fails: others are about its people
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.unprotect('orders'); -- fails: no purpose
\echo :LAST_ERROR_SQLSTATE
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.unprotect('orders'); -- fails: masks would be what comes back
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_unprotect_other;
SELECT gdpr.unprotect('orders'); -- fails
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT gdpr.grant_purpose(p, 'regress_unprotect_owner') FROM unnest('{order_fulfilment,newsletter}'::text[]) p;
SELECT gdpr.destroy_all_keys(); -- fails
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_unprotect_owner;
SET gdpr.on_denied = 'mask';
SELECT gdpr.unprotect('orders'); -- fails
\echo :LAST_ERROR_SQLSTATE
RESET gdpr.on_denied;

-- back to what it was, in content and in shape
SET datestyle = 'SQL, DMY';
SELECT gdpr.unprotect('orders');
SELECT gdpr.unprotect('contact');
SET gdpr.purpose = 'newsletter';
SELECT gdpr.unprotect('customer'); -- fails: nobody consented
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SET LOCAL gdpr.on_denied = 'null';
ALTER TABLE customer ALTER email DROP NOT NULL;
SELECT gdpr.unprotect('customer');
SELECT count(*), count(email), count(name), count(photo) FROM customer;
ROLLBACK;
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.unprotect('customer');
RESET datestyle;
(SELECT 'lost', c::text FROM customer_before c EXCEPT ALL SELECT 'lost', c::text FROM customer c) UNION ALL (SELECT 'new', c::text FROM customer c EXCEPT ALL SELECT 'new', c::text FROM customer_before c);
(SELECT 'lost', c::text FROM orders_before c EXCEPT ALL SELECT 'lost', c::text FROM orders c) UNION ALL (SELECT 'new', c::text FROM orders c EXCEPT ALL SELECT 'new', c::text FROM orders_before c);
(SELECT 'lost', c::text FROM contact_before c EXCEPT ALL SELECT 'lost', c::text FROM contact c) UNION ALL (SELECT 'new', c::text FROM contact c EXCEPT ALL SELECT 'new', c::text FROM contact_before c);
(SELECT 'lost', * FROM shape_before EXCEPT ALL SELECT 'lost', * FROM shape()) UNION ALL (SELECT 'new', * FROM shape() WHERE what NOT LIKE 'shape%' EXCEPT ALL SELECT 'new', * FROM shape_before);
SELECT count(*) FROM gdpr.protected_table;
SELECT count(*) FROM gdpr.protected_column;
SELECT count(*) FROM gdpr.owner_step;
SELECT kind, detail ->> 'table' AS "table", detail ->> 'purpose' AS purpose FROM gdpr.ledger WHERE kind = 'table unprotected' ORDER BY number;

-- again, for the same people
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","phone":"pii_phone"}');
SELECT count(*) FROM gdpr.subject;
SELECT id, gdpr.reveal(email) AS email, gdpr_subject FROM customer ORDER BY id;
-- renamed and added meanwhile
ALTER TABLE customer RENAME email TO mail;
ALTER TABLE customer ADD COLUMN second gdpr.pii_email CHECK (gdpr.is_bound(second));
SELECT gdpr.unprotect('customer');
SELECT id, mail, phone FROM customer ORDER BY id;
INSERT INTO customer (id, mail, second) VALUES (4, 'di@example.com', 'di2@example.com') RETURNING id;
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"mail":"pii_email"}');
SELECT id, gdpr.reveal(mail) AS mail, gdpr.reveal(second) AS second, gdpr.subject_of(second) = gdpr_subject AS own FROM customer WHERE id = 4;
-- the normalised form may be longer than the column was
CREATE TABLE short (id integer PRIMARY KEY REFERENCES customer, phone varchar(10));
INSERT INTO short VALUES (1, '0470123456');
SELECT gdpr.protect('short', '{order_fulfilment}', owner => 'id', columns => '{"phone":"pii_phone"}');
SELECT gdpr.unprotect('short'); -- fails
\echo :LAST_ERROR_SQLSTATE
-- what a controller may write there is a type, and no more of a command
UPDATE gdpr.protected_column SET original_type = 'text, ADD COLUMN more text' WHERE relation = 'short'::regclass;
\set VERBOSITY sqlstate
SELECT gdpr.unprotect('short');	-- fails
UPDATE gdpr.protected_column SET original_type = 'text COLLATE "C", ADD COLUMN more text' WHERE relation = 'short'::regclass;
DO $$ BEGIN PERFORM gdpr.unprotect('short'); EXCEPTION WHEN invalid_name OR undefined_object THEN RAISE WARNING 'refused'; END $$;
\set VERBOSITY default
UPDATE gdpr.protected_column SET original_type = 'no_such_type' WHERE relation = 'short'::regclass;
SELECT gdpr.unprotect('short');	-- fails
UPDATE gdpr.protected_column SET original_type = 'text' WHERE relation = 'short'::regclass;
SELECT gdpr.unprotect('short');
SELECT * FROM short;

-- the end: no table is protected any more, the keys are destroyed, the extension may go
RESET ROLE;
DROP EXTENSION gdpr CASCADE; -- fails
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_unprotect_owner;
SELECT gdpr.unprotect('customer');
RESET ROLE;
DROP EXTENSION gdpr CASCADE; -- fails: there are keys
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE kept (id integer PRIMARY KEY, email gdpr.pii_email);
SELECT gdpr.destroy_all_keys();
SELECT kind, detail FROM gdpr.ledger WHERE kind = 'all keys destroyed';
DROP EXTENSION gdpr CASCADE;
SELECT count(*) FROM pg_namespace WHERE nspname = 'gdpr';
\d kept
CREATE EXTENSION gdpr;
SELECT count(*) FROM gdpr.subject;
DROP EXTENSION gdpr;
\c :home
DROP DATABASE regression_gdpr_unprotect;
DROP ROLE regress_unprotect_owner, regress_unprotect_other;
