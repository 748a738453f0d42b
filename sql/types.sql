-- The PII types: text and binary forms, casts, equality, indexes; what they refuse.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
SET gdpr.default_country = 'BE';

-- Output is sealed text, never the plaintext; input takes both.
SELECT 'jan@example.com'::gdpr.pii_email IS NULL AS is_null;
CREATE TABLE sealed_text (e gdpr.pii_email, t text);
INSERT INTO sealed_text (e) VALUES ('jan@example.com');
COPY (SELECT e FROM sealed_text) TO PROGRAM 'cat > /dev/null';
SELECT format('%s', e) LIKE 'gdpr1:%' AS sealed, format('%s', e) NOT LIKE '%jan%' AS hidden FROM sealed_text;
SELECT concat(e) LIKE 'gdpr1:%' AS concat, to_jsonb(e)::text LIKE '"gdpr1:%' AS json,
	   quote_literal(format('%s', e))::text NOT LIKE '%example%' AS quoted FROM sealed_text;
INSERT INTO sealed_text (e) SELECT format('%s', e)::gdpr.pii_email FROM sealed_text;
SELECT count(*), count(DISTINCT e) AS people FROM sealed_text;

-- Malformed sealed text is told apart from plaintext, and neither is echoed.
SELECT 'gdpr1:'::gdpr.pii_email;                          -- fails
SELECT 'gdpr1:AAAA'::gdpr.pii_email;                      -- fails
SELECT 'gdpr1:jan@example.com'::gdpr.pii_email;           -- fails
SELECT format('%s', e)::gdpr.pii_phone FROM sealed_text LIMIT 1;   -- fails: another class
SELECT 'jan.peeters'::gdpr.pii_email;                     -- fails
SELECT '112'::gdpr.pii_phone;                             -- fails
SELECT '85.07.30-033.29'::gdpr.pii_national_id;           -- fails
SELECT 'BE68 5390 0754 7035'::gdpr.pii_iban;              -- fails
SELECT '1985-02-30'::gdpr.pii_birth_date;                 -- fails
SELECT '{"a":'::gdpr.pii_json;                            -- fails
SELECT '\x0'::gdpr.pii_bytes;                             -- fails
SELECT repeat('x', 300)::gdpr.pii_name;                   -- fails

-- Every type takes a good value, and none is the same twice: the nonce differs, the token does not.
SELECT v.class, format('%s', a) <> format('%s', b) AS nonces_differ
FROM (VALUES ('email', format('%s', 'a@b.example'::gdpr.pii_email), format('%s', 'a@b.example'::gdpr.pii_email)),
	('phone', format('%s', '0470 12 34 56'::gdpr.pii_phone), format('%s', '+32470123456'::gdpr.pii_phone)),
	('name', format('%s', 'Ødegård'::gdpr.pii_name), format('%s', 'Ødegård'::gdpr.pii_name)),
	('national_id', format('%s', '85.07.30-033.28'::gdpr.pii_national_id), format('%s', '85073003328'::gdpr.pii_national_id)),
	('id_card', format('%s', '591-1917064-58'::gdpr.pii_id_card), format('%s', '591191706458'::gdpr.pii_id_card)),
	('ip', format('%s', '192.0.2.1'::gdpr.pii_ip), format('%s', '::ffff:192.0.2.1'::gdpr.pii_ip)),
	('device_id', format('%s', '490154203237518'::gdpr.pii_device_id), format('%s', '490154203237518'::gdpr.pii_device_id)),
	('iban', format('%s', 'BE68 5390 0754 7034'::gdpr.pii_iban), format('%s', 'BE68539007547034'::gdpr.pii_iban)),
	('address', format('%s', 'Wetstraat 16, 1000 Brussel, BE'::gdpr.pii_address), format('%s', 'Wetstraat 16, 1000 Brussel, BE'::gdpr.pii_address)),
	('birth_date', format('%s', '30/07/1985'::gdpr.pii_birth_date), format('%s', '1985-07-30'::gdpr.pii_birth_date)),
	('health', format('%s', 'E11.9'::gdpr.pii_health), format('%s', 'E11.9'::gdpr.pii_health)),
	('text', format('%s', ''::gdpr.pii_text), format('%s', ''::gdpr.pii_text)),
	('json', format('%s', '{"a": 1}'::gdpr.pii_json), format('%s', '{"a": 1}'::gdpr.pii_json)),
	('bytes', format('%s', '\xdeadbeef'::gdpr.pii_bytes), format('%s', '\x'::gdpr.pii_bytes))) v (class, a, b);

-- Equality is decided by normalisation; bound or not, sealed twice or once.
SELECT 'JAN@Example.com'::gdpr.pii_email = 'jan@example.COM' AS email,
	   '0470 12 34 56'::gdpr.pii_phone = '+32470123456' AS phone,
	   'Josée  VAN den Berghe'::gdpr.pii_name = 'josee van den berghe' AS name,
	   'BE68 5390 0754 7034'::gdpr.pii_iban = 'be68539007547034' AS iban,
	   '::ffff:192.0.2.1'::gdpr.pii_ip = '192.0.2.1' AS ip,
	   'jan@example.com'::gdpr.pii_email <> 'jan@example.org' AS differs;

-- Casts: in from every string type; out only under the policy.
SELECT 'jan@example.com'::gdpr.pii_email = v AS equal
FROM (VALUES ('jan@example.com'::text::gdpr.pii_email), ('jan@example.com'::varchar(40)::gdpr.pii_email),
	('jan@example.com'::char(40)::gdpr.pii_email), ('jan@example.com'::name::gdpr.pii_email)) c (v);
PREPARE by_text(text) AS SELECT count(*) FROM sealed_text WHERE e = $1;
EXECUTE by_text('Jan@example.com');
PREPARE by_varchar(varchar) AS SELECT count(*) FROM sealed_text WHERE e = $1;
EXECUTE by_varchar('Jan@example.com');
PREPARE by_array(text[]) AS SELECT count(*) FROM sealed_text WHERE e = ANY ($1);
EXECUTE by_array('{Jan@example.com,NULL,piet@example.com}');
EXECUTE by_array('{}');
PREPARE by_varchars(varchar[]) AS SELECT count(*) FROM sealed_text WHERE e = ANY ($1);
EXECUTE by_varchars('{Jan@example.com}');
UPDATE sealed_text SET t = e;                             -- fails: nobody said that a copy in plain is meant
SELECT e::text FROM sealed_text LIMIT 1;                  -- fails: no purpose
SELECT e || 'x' FROM sealed_text;                         -- fails: no purpose
SELECT lower(e) FROM sealed_text;                         -- fails: no purpose
SELECT e < e AS less FROM sealed_text LIMIT 1;            -- passes: by token, as nothing is revealed
SELECT count(*) FROM sealed_text WHERE e LIKE 'jan%';     -- fails: no purpose

-- Classes without a token compare what is sealed, where nothing is revealed.
CREATE TABLE notes (id int PRIMARY KEY, n gdpr.pii_text);
SELECT count(*) FROM notes WHERE n = 'x';
SELECT n FROM notes GROUP BY n;
SELECT DISTINCT n FROM notes;
CREATE UNIQUE INDEX ON notes (n);                         -- fails

-- Indexes, uniqueness, upsert, joins, grouping, sorts and statistics work on the sealed column itself.
CREATE TABLE person (id int, e gdpr.pii_email, p gdpr.pii_phone, active bool DEFAULT true);
INSERT INTO person SELECT i, ('user' || i || '@example.com')::text, ('04701' || lpad(i::text, 5, '0'))::text
FROM generate_series(1, 2000) i;
CREATE UNIQUE INDEX person_e ON person (e);
CREATE INDEX person_p ON person USING hash (p);
CREATE INDEX person_active ON person (active, e) WHERE active;
ANALYZE person;
SELECT count(*) FROM pg_stats WHERE tablename = 'person' AND histogram_bounds::text LIKE '%example%';
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE by_mail(gdpr.pii_email) AS SELECT id FROM person WHERE e = $1;
EXPLAIN (COSTS OFF) EXECUTE by_mail('user7@example.com');
DEALLOCATE by_mail;
RESET plan_cache_mode;
SELECT id FROM person WHERE e = 'USER7@example.com';
SELECT id FROM person WHERE p = '0470100007';
SELECT count(*) FROM person WHERE e IN ('user1@example.com', 'User2@Example.com', 'nobody@example.com');
RESET enable_seqscan;
RESET enable_bitmapscan;
INSERT INTO person (id, e) VALUES (9999, 'USER7@EXAMPLE.COM');   -- fails
INSERT INTO person (id, e) VALUES (9999, 'USER7@EXAMPLE.COM') ON CONFLICT (e) DO UPDATE SET active = false RETURNING id, active;
CREATE TABLE visit (e gdpr.pii_email REFERENCES person (e));
INSERT INTO visit SELECT ('User' || i || '@EXAMPLE.com')::text FROM generate_series(1, 50) i, generate_series(1, 2);
INSERT INTO visit VALUES ('stranger@example.com');        -- fails
SET enable_hashjoin = off;
SELECT count(*) FROM person JOIN visit USING (e);
SET enable_mergejoin = off;
SELECT count(*) FROM person JOIN visit USING (e);
RESET enable_hashjoin;
SELECT count(*) FROM person JOIN visit USING (e);
RESET enable_mergejoin;
SELECT count(*) FROM (SELECT e FROM visit GROUP BY e) g;
SELECT count(*) FROM (SELECT e FROM visit UNION SELECT e FROM person) u;
SELECT count(*) FROM (SELECT e FROM visit INTERSECT SELECT e FROM person) u;
SET enable_hashagg = off;
SELECT count(*), count(DISTINCT e) FROM visit;
RESET enable_hashagg;
CREATE TABLE by_hash (e gdpr.pii_email, x int) PARTITION BY HASH (e);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_hash SELECT ('user' || i || '@example.com')::text, i FROM generate_series(1, 100) i;
SELECT x FROM by_hash WHERE e = 'user42@example.com';
SELECT (SELECT count(*) FROM by_hash_0) > 20 AS spread, (SELECT count(*) FROM by_hash_1) > 20 AS evenly;

-- Arrays of values.
CREATE TABLE many (e gdpr.pii_email[]);
INSERT INTO many VALUES ('{a@example.com,b@example.com}'), (ARRAY['c@example.com'::text, NULL]);
SELECT e[1] = 'a@example.com' AS first, cardinality(e), 'B@example.com' = ANY (e) AS has_b FROM many;

-- COPY both ways, text and binary, gives the same values.
CREATE TABLE person_copy (LIKE person);
SELECT f AS file, format('cat %s && rm %s', f, f) AS read_and_remove
FROM (SELECT current_setting('data_directory') || '/gdpr_types_test.bin') d (f) \gset
COPY person TO :'file' (FORMAT binary);
COPY person_copy FROM PROGRAM :'read_and_remove' (FORMAT binary);
SELECT count(*) FROM person JOIN person_copy USING (id, e) WHERE person.p IS NOT DISTINCT FROM person_copy.p;

-- Large values: TOAST, and a clear end.
CREATE TABLE recording (id int PRIMARY KEY, r gdpr.pii_bytes);
INSERT INTO recording VALUES (1, decode(repeat('ab', 1000000), 'hex'));
SELECT id, pg_column_size(r) - 1000000 < 100 AS small_overhead, gdpr.is_bound(r) FROM recording;

-- What drivers send as another type than text, whatever the session's settings.
CREATE TEMP TABLE sent (b gdpr.pii_birth_date, i gdpr.pii_ip, d gdpr.pii_device_id, j gdpr.pii_json);
SET datestyle = 'German, DMY';
INSERT INTO sent VALUES (date '1980-02-03', inet '10.1.2.3/24', uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', json '{"a": 1}');
INSERT INTO sent (b) VALUES (date '1980-02-03 BC'); -- fails
INSERT INTO sent (b) VALUES (date 'infinity'); -- fails
RESET datestyle;
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
SET gdpr.purpose = 'order_fulfilment';
SELECT b::text, i::text, d::text, j::text FROM sent WHERE i = inet '10.1.2.3' AND d = uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
RESET gdpr.purpose;
SELECT gdpr.revoke_purpose('order_fulfilment', current_user::regrole);

-- Size on disk of a 23-byte address, bound: see sealed.h.
SELECT gdpr.subject_of('x@example.com'::gdpr.pii_email) AS unbound;

DROP TABLE sealed_text, notes, visit, person, by_hash, many, person_copy, recording;
