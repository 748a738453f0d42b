-- Every value belongs to the subject of its row, whatever statement wrote it, and nobody can say otherwise.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
CREATE ROLE regress_bind_owner;
CREATE ROLE regress_bind_app;
CREATE ROLE regress_bind_masked;
SELECT gdpr.grant_duty('controller', 'regress_bind_owner');
SELECT gdpr.grant_purpose('order_fulfilment', r::regrole) FROM unnest('{regress_bind_owner,regress_bind_app}'::text[]) r;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_bind_masked', 'masked');
SELECT gdpr.grant_purpose('newsletter', 'regress_bind_app');
CREATE SCHEMA bind AUTHORIZATION regress_bind_owner;
GRANT USAGE ON SCHEMA bind TO regress_bind_app, regress_bind_masked;
SET search_path = bind;

SET ROLE regress_bind_owner;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, name text, seen integer DEFAULT 0);
INSERT INTO customer VALUES (1, 'an@example.com', 'An'), (2, 'bo@example.com', 'Bo'), (3, NULL, NULL);
CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer REFERENCES customer ON UPDATE CASCADE ON DELETE SET NULL, remark text);
INSERT INTO visit VALUES (1, 1, 'rang'), (2, 2, 'wrote'), (3, NULL, NULL);
CREATE TABLE card (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, holder text);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","name":"pii_name"}');
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'customer_id', columns => '{"remark":"pii_text"}');
SELECT gdpr.protect('card', '{order_fulfilment}', owner => 'customer_id', columns => '{"holder":"pii_name"}');
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA bind TO regress_bind_app, regress_bind_masked;
-- what is on disk, by number of the subject: to every row its own
RESET ROLE;
CREATE VIEW people AS SELECT number, key, wrapped_key IS NOT NULL AS alive FROM gdpr.subject WHERE relation = 'bind.customer'::regclass;
CREATE VIEW misbound AS
SELECT 'customer' AS what, c.id FROM customer c LEFT JOIN people p ON p.number = c.gdpr_subject
WHERE p.key IS DISTINCT FROM c.id::text OR gdpr.subject_of(c.email) <> p.number OR gdpr.subject_of(c.name) <> p.number
UNION ALL
SELECT 'visit', v.id FROM visit v LEFT JOIN people p ON p.number = v.gdpr_subject
WHERE (p.key <> v.customer_id::text) OR gdpr.subject_of(v.remark) <> v.gdpr_subject OR (v.customer_id IS NOT NULL AND p.key IS NULL)
UNION ALL
SELECT 'card', k.id FROM card k LEFT JOIN people p ON p.number = k.gdpr_subject
WHERE p.key IS DISTINCT FROM k.customer_id::text OR gdpr.subject_of(k.holder) <> p.number;
SELECT * FROM misbound;
SELECT key, alive FROM people ORDER BY number;

SET ROLE regress_bind_app;
SET gdpr.purpose = 'order_fulfilment';
SET gdpr.output = 'reveal';

-- what comes back from INSERT is the row as stored
INSERT INTO customer (id, email, name) VALUES (4, 'CY@Example.com', 'Cy'), (5, 'di@example.com', NULL) RETURNING id, email, name, purposes;
-- the subject's number is ours, not the client's
INSERT INTO customer (id, email, gdpr_subject) VALUES (6, 'ed@example.com', 1) RETURNING gdpr_subject = 1 AS forged;
UPDATE customer SET gdpr_subject = 1 WHERE id = 6 RETURNING gdpr_subject = 1 AS forged;
RESET ROLE; SELECT * FROM misbound; SET ROLE regress_bind_app;

-- another column: the values stay the same bytes
SELECT md5(gdpr_internal.pii_email_send(email)) AS sealed FROM customer WHERE id = 1 \gset
UPDATE customer SET seen = 1 WHERE id = 1;
SELECT md5(gdpr_internal.pii_email_send(email)) = :'sealed' AS untouched FROM customer WHERE id = 1;
-- sealed text of its own comes back as it is (restore)
SET gdpr.output = 'sealed';
SELECT email AS own FROM customer WHERE id = 1 \gset
SELECT email AS others FROM customer WHERE id = 2 \gset
SET gdpr.output = 'reveal';
UPDATE customer SET email = :'own' WHERE id = 1;
SELECT email, md5(gdpr_internal.pii_email_send(email)) = :'sealed' AS untouched FROM customer WHERE id = 1;

-- somebody else's sealed value is refused, by every way
INSERT INTO customer (id, email) VALUES (7, :'others'); -- fails
UPDATE customer SET email = :'others' WHERE id = 3; -- fails
UPDATE customer c SET name = o.name FROM customer o WHERE c.id = 3 AND o.id = 1; -- fails
INSERT INTO customer (id, name) SELECT 7, name FROM customer WHERE id = 1; -- fails
INSERT INTO visit (id, customer_id, remark) SELECT 7, 2, remark FROM visit WHERE id = 1; -- fails
SELECT count(*) FROM customer WHERE id = 7;
-- revealed, it may be copied
INSERT INTO customer (id, name) SELECT 7, gdpr.reveal(name) FROM customer WHERE id = 1 RETURNING id, name;
DELETE FROM customer WHERE id = 7;

-- ON CONFLICT DO NOTHING: those kept out leave no subject behind
INSERT INTO customer (id, email) VALUES (10, 'fy@example.com'), (11, 'BO@example.com'), (12, 'gi@example.com')
ON CONFLICT (email) DO NOTHING RETURNING id, email;
INSERT INTO customer (id, email) VALUES (1, 'other@example.com') ON CONFLICT (id) DO NOTHING RETURNING id;
-- DO UPDATE with EXCLUDED lands in the row of another subject
INSERT INTO customer (id, email, name) VALUES (13, 'BO@Example.com', 'Bob'), (14, 'ho@example.com', 'Ho')
ON CONFLICT (email) DO UPDATE SET name = excluded.name, seen = customer.seen + 1 RETURNING id, email, name, seen;
INSERT INTO customer AS c (id, email, name) VALUES (13, 'bo@example.com', 'Bobby')
ON CONFLICT (email) DO UPDATE SET email = excluded.email, name = excluded.name WHERE c.name IS NOT NULL RETURNING id, email, name;
-- within a CTE, and several rows
WITH put AS (INSERT INTO customer (id, email, name) SELECT 20 + n, 'p' || n % 3 || '@example.com', 'P' || n FROM generate_series(0, 2) n
			 ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, name)
SELECT * FROM put ORDER BY id;
WITH put AS (INSERT INTO customer (id, email, name) SELECT 30 + n, 'p' || n % 4 || '@example.com', 'Q' || n FROM generate_series(0, 3) n
			 ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, name)
SELECT * FROM put ORDER BY id;
-- EXCLUDED of this statement may be bound again, a value of another row may not
INSERT INTO customer AS c (id, email) VALUES (40, 'bo@example.com')
ON CONFLICT (email) DO UPDATE SET name = (SELECT o.name FROM customer o WHERE o.id = 1); -- fails
-- WHERE that is false leaves all as it was
INSERT INTO customer AS c (id, email, name) VALUES (41, 'bo@example.com', 'No') ON CONFLICT (email) DO UPDATE SET name = excluded.name WHERE false;
SELECT id, name FROM customer WHERE id = 2;
PREPARE put AS INSERT INTO customer (id, email, name) VALUES ($1, $2, $3) ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, name;
EXECUTE put(42, 'bo@example.com', 'Bo');
EXECUTE put(42, 'iv@example.com', 'Iv');
RESET ROLE;
SELECT * FROM misbound;
SELECT count(*) = (SELECT count(*) FROM customer) AS a_subject_a_row FROM people WHERE key <> '7';
SET ROLE regress_bind_app;

-- MERGE
MERGE INTO customer c USING (VALUES (2, 'Beau'), (50, 'Jo')) v (id, name) ON c.id = v.id
WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name);
SELECT id, name FROM customer WHERE id IN (2, 50) ORDER BY id;
MERGE INTO customer c USING customer o ON c.id = 3 AND o.id = 1 WHEN MATCHED AND o.id = 1 THEN UPDATE SET name = o.name; -- fails

-- the key of a subject changes: the same subject under another name, also where others refer to it
SELECT gdpr_subject AS before FROM customer WHERE id = 1 \gset
UPDATE customer SET id = 101 WHERE id = 1 RETURNING id, gdpr_subject = :before AS same, email;
SELECT id, customer_id, gdpr_subject = :before AS same, remark FROM visit WHERE id = 1;
RESET ROLE; SELECT * FROM misbound; SELECT key FROM people WHERE number = :before; SET ROLE regress_bind_app;
-- two people cannot have one name
UPDATE customer SET id = 2 WHERE id = 101; -- fails
-- a row comes about again under an old name: another person
INSERT INTO customer (id, name) VALUES (1, 'New An') RETURNING gdpr_subject = :before AS same;

-- another owner: the value moves with the row, for who may reveal it
UPDATE visit SET customer_id = 2 WHERE id = 1 RETURNING customer_id, remark;
SET ROLE regress_bind_masked;
UPDATE visit SET customer_id = 101 WHERE id = 1; -- fails
SET ROLE regress_bind_app;
RESET gdpr.purpose;
UPDATE visit SET customer_id = 101 WHERE id = 1;
SET gdpr.purpose = 'newsletter';
UPDATE visit SET customer_id = 101 WHERE id = 1;
SET gdpr.purpose = 'order_fulfilment';
SELECT customer_id FROM visit WHERE id = 1;
-- with a new value, there is nothing to reveal
SET ROLE regress_bind_masked;
UPDATE visit SET customer_id = 101, remark = 'called' WHERE id = 1;
SET ROLE regress_bind_app;
SELECT customer_id, remark FROM visit WHERE id = 1;
RESET ROLE; SELECT * FROM misbound; SET ROLE regress_bind_app;

-- what hangs on the row is not left behind with the old owner
RESET ROLE;
CREATE TABLE follow_up (id integer PRIMARY KEY, visit_id integer REFERENCES visit, note text);
ALTER TABLE follow_up OWNER TO regress_bind_owner;
GRANT ALL ON follow_up TO regress_bind_app;
SET ROLE regress_bind_owner;
SELECT gdpr.protect('follow_up', '{order_fulfilment}', owner => 'visit_id.customer_id', columns => '{"note":"pii_text"}');
SET ROLE regress_bind_app;
INSERT INTO follow_up VALUES (1, 1, 'sent a letter');
UPDATE visit SET customer_id = 2 WHERE id = 1; -- fails
INSERT INTO visit VALUES (20, 2, 'called');
UPDATE follow_up SET visit_id = 20 WHERE id = 1 RETURNING visit_id, note, gdpr_subject = (SELECT gdpr_subject FROM customer WHERE id = 2) AS own;
UPDATE visit SET customer_id = 2 WHERE id = 1;
UPDATE visit SET customer_id = 101 WHERE id = 1;
RESET ROLE;
DROP TABLE follow_up;
SET ROLE regress_bind_app;
DELETE FROM visit WHERE id = 20;

-- ON DELETE SET NULL: the row stays about the same person; ON DELETE CASCADE; deferred keys
INSERT INTO card (id, customer_id, holder) VALUES (1, 101, 'An');
DELETE FROM customer WHERE id = 101;
SELECT id, customer_id, remark, gdpr_subject = :before AS same FROM visit WHERE id = 1;
SELECT count(*) FROM card WHERE id = 1;
BEGIN;
INSERT INTO card (id, customer_id, holder) VALUES (2, 60, 'Ko');
INSERT INTO customer (id, name) VALUES (60, 'Ko');
COMMIT;
SELECT k.holder, k.gdpr_subject = c.gdpr_subject AS same FROM card k JOIN customer c ON c.id = k.customer_id WHERE k.id = 2;
BEGIN;
INSERT INTO card (id, customer_id, holder) VALUES (3, 61, 'Lu');
COMMIT; -- fails
RESET ROLE; SELECT * FROM misbound; SELECT count(*) FROM people WHERE key = '61'; SET ROLE regress_bind_app;

-- rows about nobody hold no personal data
INSERT INTO visit (id, customer_id) VALUES (10, NULL) RETURNING id, gdpr_subject;
INSERT INTO visit (id, customer_id, remark) VALUES (11, NULL, 'who?'); -- fails
UPDATE visit SET remark = 'who?' WHERE id = 10; -- fails
UPDATE visit SET customer_id = 2, remark = 'it was Bo' WHERE id = 10 RETURNING customer_id, remark;

-- the tag: a default, a purpose of the session, a lawful basis
INSERT INTO customer (id, purposes) VALUES (70, '{}'); -- fails
INSERT INTO customer (id, purposes) VALUES (70, NULL); -- fails
INSERT INTO customer (id, purposes) VALUES (70, '{no_such_purpose}'); -- fails
INSERT INTO customer (id, purposes) VALUES (70, '{newsletter}'); -- fails: no consent
INSERT INTO customer (id, purposes) VALUES (70, '{billing}'); -- fails: not what this session works for
RESET gdpr.purpose;
INSERT INTO customer (id) VALUES (70); -- fails: no purpose stated
SET gdpr.purpose = 'no_such_purpose';
INSERT INTO customer (id) VALUES (70); -- fails
SET gdpr.purpose = 'newsletter';
INSERT INTO customer (id, email, purposes) VALUES (70, 'mo@example.com', '{newsletter}'); -- fails: no consent
RESET ROLE;
SELECT count(*) FROM people WHERE key = '70';

-- savepoints and rollback take the subject along
SET ROLE regress_bind_app;
SET gdpr.purpose = 'order_fulfilment';
BEGIN;
INSERT INTO customer (id, name) VALUES (80, 'Ny');
SAVEPOINT a;
INSERT INTO customer (id, name) VALUES (81, 'Ol');
ROLLBACK TO a;
INSERT INTO customer (id, name) VALUES (81, 'Pi'), (82, 'Qi');
SELECT id, name FROM customer WHERE id >= 80 ORDER BY id;
SAVEPOINT b;
UPDATE customer SET id = 83 WHERE id = 82;
ROLLBACK TO b;
COMMIT;
BEGIN;
INSERT INTO customer (id, name) VALUES (84, 'Ro');
ROLLBACK;
DO $$ BEGIN
	INSERT INTO bind.customer (id, name) VALUES (85, 'Su');
	BEGIN
		INSERT INTO bind.customer (id, name) VALUES (86, 'Ti'), (85, 'Ti');
	EXCEPTION WHEN unique_violation THEN NULL;
	END;
	INSERT INTO bind.customer (id, name) VALUES (86, 'Un');
END $$;
SELECT id, name FROM customer WHERE id >= 80 ORDER BY id;
RESET ROLE;
SELECT * FROM misbound;
SELECT key FROM people WHERE key::integer >= 80 ORDER BY key;

-- special categories and national numbers ask more of the tag
CREATE TABLE file (id integer PRIMARY KEY, customer_id integer REFERENCES customer, diagnosis gdpr.pii_health, number gdpr.pii_national_id);
ALTER TABLE file OWNER TO regress_bind_owner;
GRANT ALL ON file TO regress_bind_app;
SELECT gdpr.define_purpose('bind_care', 'Treating the patients who come to our practice.', 'contract', special_category => true, art9_condition => '9-2-h') >= 1000;
SELECT gdpr.grant_purpose('bind_care', 'regress_bind_app');
SET ROLE regress_bind_owner;
SELECT gdpr.protect('file', '{order_fulfilment,bind_care}', owner => 'customer_id');
SET ROLE regress_bind_app;
INSERT INTO file (id, customer_id, diagnosis, purposes) VALUES (1, 2, 'influenza', '{order_fulfilment}'); -- fails
SET gdpr.purpose = 'bind_care';
INSERT INTO file (id, customer_id, diagnosis) VALUES (1, 2, 'influenza') RETURNING diagnosis;
INSERT INTO file (id, customer_id, number) VALUES (2, 2, '85.07.30-033.28'); -- fails
RESET ROLE;
SELECT gdpr.authorise_national_number('bind_care', 'law of 8 August 1983, art. 5');
SET ROLE regress_bind_app;
INSERT INTO file (id, customer_id, number) VALUES (2, 2, '85.07.30-033.28') RETURNING number;
SET gdpr.purpose = 'order_fulfilment';
SELECT id FROM file ORDER BY id;
SELECT diagnosis FROM file WHERE id = 1; -- fails
SELECT number FROM file WHERE id = 2; -- fails

-- consent may come before the person's row, and then the row may
RESET ROLE;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT gdpr.draft_notice('bind_form', 'form', '{newsletter}',
	jsonb_build_object('nl', (SELECT jsonb_object_agg(i.item, 'tekst') FROM gdpr.notice_item i)),
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.publish_notice('bind_form');
SELECT gdpr.give_consent('customer', '90', 'newsletter', 'bind_form', 'in_person', notice_shown => true) IS NOT NULL AS given;
SET ROLE regress_bind_app;
SET gdpr.purpose = 'newsletter';
INSERT INTO customer (id, email, purposes) VALUES (90, 'vi@example.com', '{newsletter}') RETURNING email;
RESET ROLE;
SELECT gdpr.withdraw_consent('customer', '90', 'newsletter');
SET ROLE regress_bind_app;
SELECT count(*) FROM customer;
UPDATE customer SET purposes = '{newsletter,order_fulfilment}' WHERE id = 90;
SET gdpr.purpose = 'order_fulfilment';
SELECT count(*) FROM customer WHERE id = 90;
RESET ROLE;
DELETE FROM customer WHERE id = 90;

-- COPY: the owner's goes both ways, sealed and complete, in every format
RESET ROLE;
GRANT pg_read_server_files, pg_write_server_files TO regress_bind_owner, regress_bind_app;
\getenv dir PG_ABS_BUILDDIR
\set file :dir '/results/bind_copy.data'
RESET gdpr.output;
SELECT md5(string_agg(c::text, E'\n' ORDER BY id)) AS rows FROM customer c \gset
SET ROLE regress_bind_owner;
RESET gdpr.purpose;
COPY customer TO :'file';
RESET ROLE;
CREATE PROCEDURE empty() LANGUAGE sql SET session_replication_role = 'replica' AS 'DELETE FROM bind.customer';
BEGIN; CALL empty(); SET LOCAL ROLE regress_bind_owner;
COPY customer FROM :'file';
COPY customer TO :'file' CSV HEADER FORCE QUOTE *;
SET LOCAL ROLE NONE; SELECT md5(string_agg(c::text, E'\n' ORDER BY id)) = :'rows' AS same FROM customer c; CALL empty(); SET LOCAL ROLE regress_bind_owner;
COPY customer FROM :'file' CSV HEADER;
COPY customer TO :'file' BINARY;
SET LOCAL ROLE NONE; SELECT md5(string_agg(c::text, E'\n' ORDER BY id)) = :'rows' AS same FROM customer c; CALL empty(); SET LOCAL ROLE regress_bind_owner;
COPY customer FROM :'file' BINARY;
SET LOCAL ROLE NONE; SELECT md5(string_agg(c::text, E'\n' ORDER BY id)) = :'rows' AS same FROM customer c;
ROLLBACK;
-- plaintext comes in like any other
SET gdpr.purpose = 'order_fulfilment';
COPY customer (id, email, name) FROM STDIN;
200	wa@example.com	Wa
201	\N	\N
\.
SET ROLE regress_bind_app;
SELECT id, gdpr.reveal(email) AS email, gdpr.reveal(name) AS name FROM customer WHERE id IN (200, 201) ORDER BY id;
-- neither the answer nor its context holds a value that was wrong
\set VERBOSITY default
\set SHOW_CONTEXT always
SET ROLE regress_bind_owner;
COPY customer (id, email) FROM STDIN; -- fails
202	xi@example@com
\.
COPY customer (id, email) FROM STDIN; -- fails
x202	xi@example.com
\.
COPY customer (id, name, email) FROM STDIN; -- fails
200	Xi	xi@example.com
\.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
-- others read what their purpose lets them, sealed, and write by INSERT
SET ROLE regress_bind_app;
COPY (SELECT count(*) FROM customer) TO STDOUT;
COPY customer TO :'file';
COPY customer FROM :'file'; -- fails: not under row security
SET gdpr.purpose = 'no_such_purpose';
COPY customer TO :'file'; -- fails
SET gdpr.purpose = 'order_fulfilment';

-- TRUNCATE is on record; its people lose their names with their rows
RESET ROLE;
SELECT count(*) AS people FROM people \gset
SET ROLE regress_bind_app;
TRUNCATE visit;
TRUNCATE customer CASCADE;
RESET ROLE;
SELECT detail ->> 'table' AS "table" FROM gdpr.ledger WHERE kind = 'table truncated' AND detail ->> 'table' LIKE 'bind.%' ORDER BY number;
SELECT count(*) < :people AS ended FROM people;

DROP SCHEMA bind CASCADE;
SELECT count(*) FROM gdpr.protected_table WHERE relation::text LIKE 'bind.%';
SELECT gdpr.revoke_duty('controller', 'regress_bind_owner');
SELECT gdpr.end_purpose('bind_care');
DROP ROLE regress_bind_owner, regress_bind_app, regress_bind_masked;
