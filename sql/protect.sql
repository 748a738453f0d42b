-- protect() turns a table into a protected one in a single step, and queries go on answering what they did.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_protect_owner;
CREATE ROLE regress_protect_app;
SELECT gdpr.grant_duty('controller', 'regress_protect_owner');
SELECT gdpr.grant_purpose('order_fulfilment', r::regrole) FROM unnest('{regress_protect_owner,regress_protect_app}'::text[]) r;
CREATE SCHEMA plain;
CREATE SCHEMA sealed;
CREATE SCHEMA protect AUTHORIZATION regress_protect_owner;
GRANT ALL ON SCHEMA plain, sealed, protect TO regress_protect_owner, regress_protect_app;

-- ---- the twin: the same queries give the same rows ----
SET ROLE regress_protect_owner;
DO $$
DECLARE s text;
BEGIN
	FOREACH s IN ARRAY '{plain,sealed}'::text[]
	LOOP
		PERFORM set_config('search_path', s, true);
		CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, phone varchar(20), name text, born date, city text);
		INSERT INTO customer SELECT i, CASE WHEN i % 10 > 0 THEN 'user' || i || '@example.com' END, '+3247012' || to_char(i % 40, 'FM0000'),
			'Naam ' || i % 25, CASE WHEN i % 7 > 0 THEN date '1950-02-03' + i * 50 END, 'city ' || i % 5 FROM generate_series(1, 300) i;
		CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text, total numeric);
		INSERT INTO orders SELECT i, i % 300 + 1, 'Wetstraat ' || i || ', 1000 Brussel, BE', i FROM generate_series(1, 500) i;
		CREATE TABLE order_line (id integer PRIMARY KEY, order_id integer REFERENCES orders, contact text);
		INSERT INTO order_line SELECT i, i % 500 + 1, 'user' || i % 350 || '@example.com' FROM generate_series(1, 700) i;
		CREATE INDEX ON customer (phone, id);
		CREATE INDEX ON customer (name) WHERE city = 'city 1';
		CREATE INDEX ON customer USING hash (name);
		CREATE INDEX ON order_line (contact) INCLUDE (order_id);
		ANALYZE customer, orders, order_line;
	END LOOP;
END $$;
SELECT gdpr.declare_subject('sealed.customer', 'id');
BEGIN;	-- two in one transaction
SELECT gdpr.protect('sealed.customer', '{order_fulfilment,newsletter}',
	columns => '{"email":"pii_email","phone":"pii_phone","name":"gdpr.pii_name","born":"pii_birth_date"}');
SELECT gdpr.protect('sealed.orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
COMMIT;
SELECT gdpr.protect('sealed.order_line', '{order_fulfilment}', owner => 'order_id.customer_id', columns => '{"contact":"pii_email"}');
\d sealed.customer
GRANT ALL ON ALL TABLES IN SCHEMA plain, sealed TO regress_protect_app;
ANALYZE sealed.customer, sealed.orders, sealed.order_line;
SELECT count(*), count(DISTINCT gdpr_subject) FROM sealed.customer;
RESET ROLE;
SELECT count(*), count(DISTINCT gdpr_subject) FROM sealed.customer;
SELECT count(*) FROM sealed.order_line l JOIN sealed.orders o ON o.id = l.order_id JOIN gdpr.subject s ON s.number = l.gdpr_subject
WHERE s.key = o.customer_id::text AND gdpr.subject_of(l.contact) = s.number AND o.gdpr_subject = s.number;

CREATE PROCEDURE protect.twin(query text) LANGUAGE plpgsql AS $$
DECLARE
	s text;
	r record;
	rows text[];
	first text[];
BEGIN
	FOREACH s IN ARRAY '{plain,sealed}'::text[]
	LOOP
		PERFORM set_config('search_path', s, true);
		rows := '{}';
		FOR r IN EXECUTE query LOOP rows := rows || r::text; END LOOP;
		rows := (SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM unnest(rows) x);
		IF s = 'plain' THEN
			first := rows;
		ELSIF first IS DISTINCT FROM rows THEN
			RAISE EXCEPTION 'twins differ: % and % rows for %', cardinality(first), cardinality(rows), query;
		ELSE
			RAISE NOTICE '% rows: %', cardinality(rows), query;
		END IF;
	END LOOP;
END $$;
SET ROLE regress_protect_app;
SET gdpr.purpose = 'order_fulfilment';
SET datestyle = 'ISO';	-- a birth date is always written so
SET client_min_messages = notice;
CALL protect.twin($$SELECT id, email::text, phone::text, name::text, born::text, city FROM customer$$);
CALL protect.twin($$SELECT id FROM customer WHERE email = 'user42@example.com'$$);
CALL protect.twin($$SELECT id FROM customer WHERE 'user42@example.com' = email$$);
CALL protect.twin($$SELECT id FROM customer WHERE email = 'nobody@example.com'$$);
CALL protect.twin($$SELECT id FROM customer WHERE email <> 'user42@example.com'$$);
CALL protect.twin($$SELECT id FROM customer WHERE email IN ('user1@example.com', 'user2@example.com', 'user10@example.com')$$);
CALL protect.twin($$SELECT id FROM customer WHERE email NOT IN ('user1@example.com', 'user2@example.com')$$);
CALL protect.twin($$SELECT id FROM customer WHERE email = ANY (ARRAY['user1@example.com', 'user3@example.com'])$$);
CALL protect.twin($$SELECT id FROM customer WHERE email = 'user'::text || '7@example.com'$$);
CALL protect.twin($$SELECT id FROM customer WHERE phone = '+32470120007' AND id > 50$$);
CALL protect.twin($$SELECT id FROM customer WHERE name = 'Naam 6' AND city = 'city 1'$$);
CALL protect.twin($$SELECT id FROM customer WHERE name = 'Naam 6' OR email IS NULL$$);
CALL protect.twin($$SELECT id FROM customer WHERE email IS NOT NULL AND born IS NULL$$);
CALL protect.twin($$SELECT count(*), count(email), count(DISTINCT email), count(DISTINCT phone), count(DISTINCT name) FROM customer$$);
CALL protect.twin($$SELECT phone::text, count(*), max(id) FROM customer GROUP BY phone$$);
CALL protect.twin($$SELECT count(*) FROM (SELECT name, phone FROM customer GROUP BY name, phone HAVING count(*) > 1) g$$);
CALL protect.twin($$SELECT count(*) FROM (SELECT DISTINCT name FROM customer) d$$);
CALL protect.twin($$SELECT count(*) FROM (SELECT DISTINCT ON (name) name, id FROM customer ORDER BY name, id) d$$);
CALL protect.twin($$SELECT c.id, l.id FROM customer c JOIN order_line l ON l.contact = c.email$$);
CALL protect.twin($$SELECT c.id, l.id FROM customer c LEFT JOIN order_line l ON l.contact = c.email AND c.city = 'city 2'$$);
CALL protect.twin($$SELECT c.id, l.id FROM customer c FULL JOIN order_line l ON l.contact = c.email$$);
CALL protect.twin($$SELECT l.id FROM order_line l WHERE contact NOT IN (SELECT email FROM customer WHERE email IS NOT NULL)$$);
CALL protect.twin($$SELECT l.id FROM order_line l WHERE NOT EXISTS (SELECT FROM customer c WHERE c.email = l.contact)$$);
CALL protect.twin($$SELECT email::text FROM (SELECT email FROM customer UNION SELECT contact FROM order_line) u(email)$$);
CALL protect.twin($$SELECT email::text FROM (SELECT contact FROM order_line EXCEPT SELECT email FROM customer) u(email)$$);
CALL protect.twin($$SELECT id, row_number() OVER (PARTITION BY name ORDER BY id), count(*) OVER (PARTITION BY phone) FROM customer$$);
CALL protect.twin($$SELECT a.id, b.id FROM customer a JOIN customer b ON (a.name, a.phone) = (b.name, b.phone) AND a.id < b.id$$);
CALL protect.twin($$SELECT id FROM customer WHERE lower(name::text) LIKE 'naam 1%' AND born::text < '1970'$$);
CALL protect.twin($$SELECT name::text FROM customer ORDER BY name::text LIMIT 10$$);
CALL protect.twin($$SELECT o.id, o.ship_to::text FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.email = 'user42@example.com'$$);
CALL protect.twin($$SELECT sum(o.total), c.name::text FROM orders o JOIN customer c ON c.id = o.customer_id GROUP BY c.name$$);
CALL protect.twin($$INSERT INTO customer (id, email, name) VALUES (1001, 'user9@example.com', 'X'), (1002, 'new@example.com', 'Y') ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, email::text, name::text$$);
CALL protect.twin($$INSERT INTO customer (id, email) VALUES (1003, 'new@example.com') ON CONFLICT DO NOTHING RETURNING id$$);
CALL protect.twin($$UPDATE customer SET name = 'Z', phone = NULL WHERE email = 'user5@example.com' RETURNING id, name::text, phone::text$$);
CALL protect.twin($$UPDATE order_line l SET contact = 'moved@example.com' FROM customer c WHERE c.email = l.contact AND c.id < 4 RETURNING l.id, l.contact::text$$);
CALL protect.twin($$DELETE FROM order_line WHERE contact = 'moved@example.com' RETURNING id, contact::text$$);
CALL protect.twin($$SELECT id, email::text, phone::text, name::text, born::text, city FROM customer$$);
SET enable_hashjoin = off; SET enable_nestloop = off;
CALL protect.twin($$SELECT c.id, l.id FROM customer c JOIN order_line l ON l.contact = c.email$$);
SET enable_mergejoin = off; SET enable_nestloop = on;
CALL protect.twin($$SELECT c.id, l.id FROM customer c JOIN order_line l ON l.contact = c.email$$);
RESET enable_hashjoin; RESET enable_nestloop; RESET enable_mergejoin;
SET enable_seqscan = off; SET enable_bitmapscan = off;
CALL protect.twin($$SELECT id FROM customer WHERE email = 'user43@example.com'$$);
CALL protect.twin($$SELECT id FROM customer WHERE name = 'Naam 6'$$);
RESET enable_seqscan; RESET enable_bitmapscan;
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
CALL protect.twin($$SELECT count(*), count(DISTINCT name), count(email) FROM customer$$);
CALL protect.twin($$SELECT count(*) FROM customer c JOIN order_line l ON l.contact = c.email$$);
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SET client_min_messages = warning;

-- no plaintext without asking for it: what is stored, and what json, concat or a failing constraint would show
SET search_path = sealed;
SELECT count(*) FILTER (WHERE c::text LIKE '%example.com%') + count(*) FILTER (WHERE to_jsonb(c)::text LIKE '%example.com%')
	+ count(*) FILTER (WHERE concat(email) LIKE '%@%') AS shown FROM customer c;
\set VERBOSITY terse
SELECT email FROM customer WHERE email < 'x'; -- fails: it is no address, and only a session that reveals compares with what is none
\set VERBOSITY default
SELECT count(*) > 1 AS sealed_are_all_different FROM (SELECT born FROM customer GROUP BY born) s;
SELECT email || ' is revealed' AS cast_to_text FROM customer WHERE id = 1;
RESET gdpr.purpose;
SELECT count(*) FROM customer;
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id'); -- fails: not everybody's business
RESET ROLE;

-- ---- what it refuses, and what it says ----
SET search_path = protect;
SET ROLE regress_protect_owner;
CREATE TABLE person (id integer PRIMARY KEY, email text, age integer);
INSERT INTO person VALUES (1, 'an@example.com', 30);
SELECT gdpr.protect('person', '{order_fulfilment}'); -- fails: whose rows?
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.declare_subject('person', 'age'); -- fails: not unique
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.declare_subject('person', 'no'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', '{}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{no_such_purpose}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"mail":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"text"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"id":"pii_text"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', on_invalid => 'ignore'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', owner => 'age'); -- fails: not to a person
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person ALTER email SET DEFAULT 'info@example.com';
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person ALTER email DROP DEFAULT;
ALTER TABLE person ADD COLUMN domain text GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED;
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"domain":"pii_text"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails: domain is computed from it
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person DROP COLUMN domain, ADD COLUMN purposes text;
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person DROP COLUMN purposes;
ALTER TABLE person ADD CONSTRAINT looks_right CHECK (email LIKE '%@%');
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person DROP CONSTRAINT looks_right;
CREATE INDEX person_lower ON person (lower(email));
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
DROP INDEX person_lower;
CREATE TABLE keyless (person_id integer REFERENCES person, note text);
SELECT gdpr.protect('keyless', '{order_fulfilment}', owner => 'person_id'); -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE lost (id integer PRIMARY KEY, other integer REFERENCES lost);
SELECT gdpr.protect('lost', '{order_fulfilment}', owner => 'other'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('lost', '{order_fulfilment}', owner => 'nothing'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('lost', '{order_fulfilment}', owner => 'other.other.other'); -- fails
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW a_view AS SELECT * FROM person;
SELECT gdpr.protect('a_view', '{order_fulfilment}'); -- fails
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CREATE EXTENSION postgres_fdw SCHEMA public;
CREATE SERVER protect_elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE elsewhere (id integer, email text) SERVER protect_elsewhere;
SELECT gdpr.protect('elsewhere', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails
\echo :LAST_ERROR_SQLSTATE
DROP EXTENSION postgres_fdw CASCADE;
CREATE TABLE not_yours (id integer PRIMARY KEY, email text);
GRANT ALL ON not_yours TO regress_protect_owner;
SET ROLE regress_protect_owner;
SELECT gdpr.declare_subject('not_yours', 'id'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.protect('not_yours', '{order_fulfilment}', owner => 'id'); -- fails
\echo :LAST_ERROR_SQLSTATE
-- a refusal leaves nothing behind
SELECT count(*) FROM gdpr.protected_table p WHERE p.relation::text IN ('person', 'keyless', 'lost', 'not_yours');
SELECT count(*) FROM gdpr.owner_step p WHERE p.relation::text IN ('person', 'keyless', 'lost', 'not_yours');
DROP VIEW a_view;
DROP TABLE keyless, lost;

-- ---- values that are not of their class ----
INSERT INTO person VALUES (2, 'not an address', 31), (3, NULL, 32), (4, '', 33), (5, 'also@not@one', 34);
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}'); -- fails, naming rows and no value
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE person ALTER age SET NOT NULL;
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"age":"pii_birth_date"}', on_invalid => 'quarantine'); -- fails: NOT NULL
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = notice;
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}', on_invalid => 'quarantine');
SET client_min_messages = warning;
SELECT gdpr.protect('person', '{order_fulfilment}'); -- fails
\echo :LAST_ERROR_SQLSTATE
SET gdpr.purpose = 'order_fulfilment';
SELECT id, gdpr.reveal(email) AS email FROM person ORDER BY id;
SELECT row_key, column_name, class, gdpr.reveal(value) AS value, gdpr.subject_of(value) = p.gdpr_subject AS of_the_person
FROM gdpr.quarantine q JOIN person p ON p.id::text = q.row_key WHERE relation = 'person'::regclass ORDER BY row_key;

-- ---- columns of a PII type already, and the way over from pgcrypto ----
RESET ROLE;
CREATE EXTENSION pgcrypto SCHEMA public;
SET ROLE regress_protect_owner;
CREATE TABLE visitor (id integer PRIMARY KEY, person_id integer REFERENCES person, email bytea, nickname gdpr.pii_name);
\set key 'correct horse'
INSERT INTO visitor VALUES (1, 1, public.pgp_sym_encrypt('jan@example.com', :'key'), 'Jan'), (2, 3, public.pgp_sym_encrypt('eva@example.com', :'key'), NULL);
SELECT count(*) FROM visitor WHERE gdpr.is_bound(nickname);
ALTER TABLE visitor ALTER email TYPE gdpr.pii_email USING public.pgp_sym_decrypt(email, :'key');
SELECT gdpr.protect('visitor', '{order_fulfilment}', owner => 'person_id');
SELECT id, gdpr.reveal(email) AS email, gdpr.reveal(nickname) AS nickname, gdpr.is_bound(email) AS bound, gdpr.subject_of(email) = gdpr_subject AS own FROM visitor ORDER BY id;
SELECT column_name, class, original_type FROM gdpr.protected_column WHERE relation = 'visitor'::regclass ORDER BY 1;
RESET ROLE;
DROP EXTENSION pgcrypto;
SET ROLE regress_protect_owner;

-- ---- an empty table; foreign keys between sealed columns; row security that was there before ----
CREATE TABLE member (id integer PRIMARY KEY, email text UNIQUE, team text);
CREATE POLICY own_team ON member USING (team = current_setting('protect.team', true));
ALTER TABLE member ENABLE ROW LEVEL SECURITY;
CREATE TABLE mail (id integer PRIMARY KEY, member integer REFERENCES member, recipient text);
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('mail', '{order_fulfilment}', owner => 'member', columns => '{"recipient":"pii_email"}');
ALTER TABLE mail ADD FOREIGN KEY (recipient) REFERENCES member (email) ON UPDATE CASCADE;
SELECT polname, polpermissive FROM pg_policy WHERE polrelid = 'member'::regclass ORDER BY polname;
GRANT ALL ON member, mail TO regress_protect_app;
SET ROLE regress_protect_app;
SET protect.team = 'red';
INSERT INTO member VALUES (1, 'ab@example.com', 'red'), (2, 'bc@example.com', 'red');
INSERT INTO member VALUES (3, 'cd@example.com', 'blue'); -- fails: another team's
\echo :LAST_ERROR_SQLSTATE
INSERT INTO mail VALUES (1, 2, 'BC@example.com');
INSERT INTO mail VALUES (2, 1, 'nobody@example.com'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT id, gdpr.reveal(email) AS email FROM member ORDER BY id;
SET protect.team = 'blue';
SELECT count(*) FROM member;
SET protect.team = 'red';
-- a cascade carries a new value over, sealed for the person whom each row is about
UPDATE member SET email = 'new.bc@example.com' WHERE id = 2;
INSERT INTO mail VALUES (2, 1, 'new.bc@example.com');
UPDATE member SET email = 'newer.bc@example.com' WHERE id = 2;
SELECT id, gdpr.reveal(recipient) AS recipient, gdpr.subject_of(recipient) = gdpr_subject AS own FROM mail ORDER BY id;
RESET ROLE;

-- what was done is on record
SELECT detail ->> 'table' AS "table", detail ->> 'owner' AS owner, detail ->> 'purposes' AS purposes, detail ->> 'columns' AS columns, detail ->> 'quarantined' AS quarantined
FROM gdpr.ledger WHERE kind = 'table protected' AND role = session_user AND detail ->> 'table' ~ '^(sealed|protect)\.' ORDER BY number;

SET client_min_messages = error;
DROP SCHEMA plain, sealed, protect CASCADE;
SELECT gdpr.revoke_duty('controller', 'regress_protect_owner');
DROP ROLE regress_protect_owner, regress_protect_app;
