-- Searches: who asks whether somebody is there is in the ledger, though nothing was revealed.
SET client_min_messages = warning;
CREATE DATABASE regress_searches;
\c regress_searches
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_searches_owner;
CREATE ROLE regress_searches_app;
CREATE ROLE regress_searches_nobody;
CREATE ROLE regress_searches_dpo;
GRANT CREATE ON SCHEMA public TO regress_searches_owner, regress_searches_app;
SELECT gdpr.grant_duty('controller', 'regress_searches_owner'), gdpr.grant_duty('dpo', 'regress_searches_dpo');
SET ROLE regress_searches_owner;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, phone text, name text);
INSERT INTO customer SELECT i, 'c' || i || '@example.com', '047012' || lpad(i::text, 4, '0'), 'Name ' || i FROM generate_series(1, 2000) i;
CREATE TABLE visit (id integer, day date, phone text, customer_id integer REFERENCES customer, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO visit SELECT i, date '2025-06-01' + 365 * (i % 2), '047012' || lpad(i::text, 4, '0'), i FROM generate_series(1, 20) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","phone":"pii_phone","name":"pii_name"}');
SELECT gdpr.protect('visit', '{order_fulfilment}', columns => '{"phone":"pii_phone"}', owner => 'customer_id');
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_searches_app');
CREATE VIEW address_book WITH (security_invoker) AS SELECT id, email FROM customer;
GRANT SELECT, INSERT, UPDATE, DELETE ON customer, visit, visit_2026, address_book TO regress_searches_app, regress_searches_nobody;
ANALYZE customer;
RESET ROLE;

-- what came into the ledger since the last call, of reads and searches
CREATE TABLE mark AS SELECT max(number) AS number FROM gdpr.ledger;
CREATE FUNCTION recorded() RETURNS TABLE (kind text, acting text, purpose text, relations jsonb, searched jsonb, shown jsonb, denied jsonb, people text)
SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
BEGIN
	FOR i IN 1 .. 600
	LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND (SELECT queued_reads = 0 FROM gdpr.audit_status());
		PERFORM pg_sleep(0.02);
	END LOOP;
	SELECT max(l.number) INTO last FROM gdpr.ledger l;
	RETURN QUERY
		SELECT l.kind, l.detail ->> 'user', l.detail ->> 'purpose', l.detail -> 'relations', l.detail -> 'searched',
			   coalesce(l.detail -> 'revealed', l.detail -> 'masked'), l.detail -> 'denied', coalesce(l.subject::text, l.subjects::text)
		FROM gdpr.ledger l, mark m WHERE l.number > m.number AND l.kind IN ('read', 'search') ORDER BY l.number;
	UPDATE mark SET number = last;
END $$;
SELECT * FROM recorded();
-- is there a node of the type in the plan? (EXPLAIN alone is no search)
CREATE FUNCTION planned(query text, node text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN jsonb_path_exists(plan, '$.** ? (@."Node Type" == $node)', jsonb_build_object('node', node));
END $$;

SET ROLE regress_searches_app;
SET gdpr.purpose = 'order_fulfilment';

-- an index, a scan, nobody there, a list, an array, everybody else
SELECT id FROM customer WHERE email = 'C7@Example.com';
SELECT id FROM customer WHERE 'Name 7'::gdpr.pii_name = name;
SELECT id FROM customer WHERE email = 'nobody@example.com';
SELECT id FROM customer WHERE email IN ('c7@example.com', 'c8@example.com');
SELECT count(*) FROM customer WHERE name = ANY ('{Name 7,Name 8}'::gdpr.pii_name[]);
SELECT count(*) FROM customer WHERE email <> 'c7@example.com' AND phone = '0470120008';
SELECT count(*) FROM customer WHERE email IS NOT DISTINCT FROM 'c7@example.com';
SELECT count(*) FROM customer WHERE ARRAY[email] && '{c7@example.com}'::gdpr.pii_email[];
SET enable_seqscan = off;
SET enable_indexscan = off;
SELECT planned($$SELECT id FROM customer WHERE email = 'c7@example.com'$$, 'Bitmap Index Scan');
SELECT id FROM customer WHERE email = 'c7@example.com';
RESET enable_seqscan;
RESET enable_indexscan;
SELECT * FROM recorded();

-- elsewhere in a statement
SELECT count(*) FILTER (WHERE email = 'c7@example.com') FROM customer;
SELECT id, CASE email WHEN 'c7@example.com' THEN 'she' END AS who FROM customer WHERE id = 7;
SELECT NULLIF(email, 'c7@example.com') IS NULL AS she FROM customer WHERE id = 7;
SELECT count(*) FROM customer WHERE (email, id) = ('c7@example.com', 7);
SELECT name IS NULL AS nobody FROM customer GROUP BY name HAVING name = 'Name 7';
SELECT count(*) FROM (SELECT email FROM customer INTERSECT SELECT 'c7@example.com') found;
SELECT EXISTS (SELECT FROM customer WHERE email = 'c7@example.com');
SELECT id FROM customer WHERE email = (SELECT 'c7@example.com'::gdpr.pii_email);
SELECT count(*) FROM visit v WHERE EXISTS (SELECT FROM customer c WHERE c.id = v.customer_id AND c.email = 'c7@example.com');
SELECT * FROM recorded();

-- joins, with what somebody brought or with another table: hashed, merged, by the index
SELECT c.id FROM customer c JOIN (VALUES ('c7@example.com'::gdpr.pii_email), ('c9@example.com')) list (email) USING (email) ORDER BY 1;
CREATE TABLE list (email text);
INSERT INTO list SELECT 'c' || i || '@example.com' FROM generate_series(1990, 2010) i;
ANALYZE list;
\set join 'SELECT count(*) FROM customer c JOIN list l ON c.email = l.email::gdpr.pii_email'
SET enable_nestloop = off;
SELECT planned(:'join', 'Hash Join');
:join;
SET enable_hashjoin = off;
SELECT planned(:'join', 'Merge Join');
:join;
RESET enable_nestloop;
SET enable_mergejoin = off;
SELECT planned(:'join', 'Nested Loop');
:join;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT count(*) FROM customer WHERE email NOT IN (SELECT l.email::gdpr.pii_email FROM list l);
SELECT count(*) FROM visit v JOIN customer c ON c.phone = v.phone;
SELECT * FROM recorded();

-- partitions, of which some are never looked into, and views
SELECT id FROM visit WHERE phone = '0470120003' ORDER BY 1;
SELECT id FROM visit WHERE phone = '0470120003' AND day >= '2026-01-01';
SELECT id FROM visit_2026 WHERE phone = '0470120003';
SELECT id FROM address_book WHERE email = 'c7@example.com';
SELECT * FROM recorded();

-- parameters: a plan for each value and one for all; each execution is a search
PREPARE by_email (gdpr.pii_email) AS SELECT id FROM customer WHERE email = $1;
SET plan_cache_mode = force_custom_plan;
EXECUTE by_email ('c7@example.com');
SET plan_cache_mode = force_generic_plan;
EXECUTE by_email ('c7@example.com');
EXECUTE by_email ('nobody@example.com');
RESET plan_cache_mode;
PREPARE she AS SELECT id FROM customer WHERE email = 'c7@example.com';
EXECUTE she;
EXECUTE she;
SELECT * FROM recorded();

-- functions: inlined, in a loop, called for each row; one entry for the statement, with how often
CREATE FUNCTION by_email(text) RETURNS SETOF integer LANGUAGE sql STABLE AS 'SELECT id FROM customer WHERE email = $1::gdpr.pii_email';
CREATE FUNCTION exists_by_email(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN EXISTS (SELECT FROM customer WHERE email = $1);
END $$;
SELECT by_email FROM by_email('c7@example.com');
SELECT exists_by_email('c7@example.com');
SELECT count(*) FROM list WHERE exists_by_email(list.email);
DO $$
BEGIN
	FOR i IN 1 .. 3
	LOOP
		PERFORM FROM customer WHERE email = 'c' || i || '@example.com';
		PERFORM FROM customer WHERE phone = '047012000' || i;
	END LOOP;
END $$;
SELECT * FROM recorded();

-- cursors, COPY, CREATE TABLE AS
BEGIN;
DECLARE found CURSOR FOR SELECT id, gdpr.reveal(name) FROM customer WHERE email IN ('c7@example.com', 'c8@example.com') ORDER BY id;
FETCH 1 FROM found;
FETCH 1 FROM found;
COMMIT;
COPY (SELECT id FROM customer WHERE email = 'c7@example.com') TO STDOUT;
CREATE TEMPORARY TABLE found AS SELECT id FROM customer WHERE email = 'c7@example.com';
SELECT * FROM recorded();

-- parallel workers do not count again
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT planned($$SELECT count(*) FROM customer WHERE name = 'Name 7'$$, 'Gather');
SELECT count(*) FROM customer WHERE name = 'Name 7';
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET enable_indexscan;
RESET enable_bitmapscan;
SELECT * FROM recorded();

-- with what it finds, it is one entry, a read
SELECT gdpr.reveal(name) FROM customer WHERE email = 'c7@example.com';
SELECT * FROM recorded();

-- changes by e-mail; what a unique index finds out is no search, and neither is what a foreign key checks
UPDATE customer SET name = 'Name seven' WHERE email = 'c7@example.com';
DELETE FROM customer WHERE email = 'c2000@example.com';
INSERT INTO customer (id, email) VALUES (2001, 'c2001@example.com') ON CONFLICT (email) DO NOTHING;
INSERT INTO customer (id, email) VALUES (2001, 'c2001@example.com') ON CONFLICT (email) DO UPDATE SET phone = excluded.phone WHERE customer.email = 'c2001@example.com';
MERGE INTO customer c USING (SELECT 'c2001@example.com'::gdpr.pii_email AS email) new ON c.email = new.email WHEN MATCHED THEN UPDATE SET phone = NULL;
SELECT * FROM recorded();
RESET ROLE;
CREATE TABLE address (email gdpr.pii_email PRIMARY KEY, note text);
CREATE TABLE letter (id integer, email gdpr.pii_email REFERENCES address ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO address VALUES ('c1@example.com');
INSERT INTO letter VALUES (1, 'c1@example.com');
INSERT INTO letter VALUES (2, 'c2@example.com'); -- fails
UPDATE address SET email = 'c3@example.com';
DELETE FROM address;
SELECT count(*) FROM letter;
SELECT * FROM recorded();
ALTER TABLE letter DROP CONSTRAINT letter_email_fkey;
ALTER TABLE letter ADD FOREIGN KEY (email) REFERENCES address;
SELECT kind, relations, searched FROM recorded();
DROP TABLE address, letter;

-- what neither reads nor searches
SET ROLE regress_searches_app;
SELECT 'c7@example.com'::gdpr.pii_email = 'C7@example.com' AS equal;
SELECT count(*) FROM (SELECT DISTINCT name FROM customer) n;
SELECT count(*) FROM (SELECT name, count(*) FROM customer GROUP BY name) n;
SELECT count(*) FROM (SELECT email FROM customer UNION SELECT email FROM customer) n;
SELECT count(email) FROM customer WHERE email IS NOT NULL;
SELECT count(*) FROM customer WHERE id = 7;
SELECT planned($$SELECT id FROM customer WHERE email = 'c7@example.com'$$, 'Index Scan');
SELECT * FROM recorded();

-- rolled back, read-only, failed in the middle
BEGIN;
SELECT id FROM customer WHERE email = 'c7@example.com';
ROLLBACK;
BEGIN READ ONLY;
SELECT id FROM customer WHERE email = 'c8@example.com';
COMMIT;
SELECT 1 / (id - 7) FROM customer WHERE email = 'c7@example.com'; -- fails
SELECT * FROM recorded();

-- for no purpose, one that is not granted, one that does not exist; by a role without any, and by a superuser
RESET gdpr.purpose;
SELECT id FROM customer WHERE email = 'c7@example.com';
SET gdpr.purpose = 'billing';
SELECT id FROM customer WHERE email = 'c7@example.com'; -- fails
SET gdpr.purpose = 'gossip';
SELECT id FROM customer WHERE email = 'c7@example.com'; -- fails
SET gdpr.purpose = 'order_fulfilment';
RESET ROLE;
SELECT email AS sealed FROM customer WHERE id = 7 \gset
SET ROLE regress_searches_nobody;
SELECT id FROM customer WHERE email = 'c7@example.com'; -- fails
SELECT id FROM customer WHERE email = :'sealed'; -- fails
RESET ROLE;
SELECT id FROM customer WHERE email = 'c7@example.com';
SELECT * FROM recorded();

-- the extension's own
SELECT gdpr.grant_purpose('rights_handling', 'regress_searches_dpo');
SET ROLE regress_searches_dpo;
SELECT gdpr.export_subject('customer', '7') IS NOT NULL AS copied;
SELECT gdpr.erase_subject('customer', '8', 'she asked') IS NOT NULL AS erased;
RESET ROLE;
SELECT kind, searched, people FROM recorded();

-- but whoever asks it for an identifier searches
SELECT gdpr.grant_duty('app', 'regress_searches_app');
SET ROLE regress_searches_app;
SELECT gdpr.is_suppressed('email', 'C8@Example.com'), gdpr.is_suppressed('email', 'c9@example.com');
SELECT gdpr.is_suppressed('health', 'well'); -- fails
RESET ROLE;
SELECT kind, purpose, relations, searched FROM recorded();

-- nobody was seen, so no limit is reached, and nothing is unusual
SELECT gdpr.limit_reads('regress_searches_app', people_per_hour => 0) AS rule \gset
SET ROLE regress_searches_app;
SELECT id FROM customer WHERE email = 'c7@example.com';
RESET ROLE;
SELECT kind, searched FROM recorded();
SELECT count(*) FROM gdpr.subject_accesses('customer', '9');
SELECT gdpr.unlimit_reads(:rule);

-- the evidence holds them
SELECT count(*) > 0 AS proved FROM jsonb_array_elements(gdpr.proof_of_purpose('order_fulfilment') -> 'entries') e WHERE e ->> 'kind' = 'search';
SELECT * FROM gdpr.verify_ledger();
SELECT count(*) AS values FROM gdpr.ledger l WHERE l.kind = 'search' AND l::text ~* 'example|gdpr1:|047012|Name \d';

\c contrib_regression
DROP DATABASE regress_searches;
DROP ROLE regress_searches_owner, regress_searches_app, regress_searches_nobody, regress_searches_dpo;
