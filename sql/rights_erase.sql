-- Erasure: complete over the graph, or not at all. The cases of shared rows are those of K9db (OSDI 2023).
SET client_min_messages = warning;
CREATE DATABASE regress_rights_erase;
\c regress_rights_erase
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_erase_owner;
CREATE ROLE regress_erase_dpo;
CREATE ROLE regress_erase_app;
SELECT gdpr.grant_duty('controller', 'regress_erase_owner'), gdpr.grant_duty('dpo', 'regress_erase_dpo'), gdpr.grant_duty('app', 'regress_erase_app');
SELECT gdpr.grant_purpose(p, r::regrole) FROM unnest('{order_fulfilment,legal_accounting}'::text[]) p, unnest('{regress_erase_owner,regress_erase_app}'::text[]) r;
SELECT gdpr.grant_purpose('newsletter', 'regress_erase_app');
CREATE SCHEMA shop AUTHORIZATION regress_erase_owner;
GRANT USAGE ON SCHEMA shop TO regress_erase_app, regress_erase_dpo;
SET ROLE regress_erase_owner;
SET search_path = shop;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, phone text, name text, referred_by integer REFERENCES customer);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, ship_to text);
CREATE TABLE order_line (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, what text);
CREATE TABLE message (id integer PRIMARY KEY, sender integer REFERENCES customer, recipient integer REFERENCES customer,
	watcher integer REFERENCES customer, body text, answer text);
CREATE TABLE thread (id integer PRIMARY KEY, customer_id integer REFERENCES customer, last_post integer, title text);
CREATE TABLE post (id integer PRIMARY KEY, thread_id integer REFERENCES thread, reply_to integer REFERENCES post, customer_id integer REFERENCES customer, words text);
ALTER TABLE thread ADD FOREIGN KEY (last_post) REFERENCES post;
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer, bill_to text, amount numeric);
CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer REFERENCES customer, device text, seconds integer);
CREATE TABLE photo (id integer PRIMARY KEY, taken_by integer REFERENCES customer, title text);
CREATE TABLE tag (photo_id integer REFERENCES photo ON DELETE CASCADE, customer_id integer REFERENCES customer, PRIMARY KEY (photo_id, customer_id));
INSERT INTO customer SELECT i, 'c'||i||'@example.com', '047012345'||i, 'Name '||i, nullif(i - 1, 0) FROM generate_series(1, 9) i;
INSERT INTO orders SELECT i, i, 'Wetstraat '||i||', 1000 Brussel, BE' FROM generate_series(1, 9) i;
INSERT INTO order_line SELECT i, (i + 1) / 2, 'thing' FROM generate_series(1, 18) i;
INSERT INTO message VALUES (1, 1, 2, NULL, 'from 1', 'from 2'), (2, 2, 1, NULL, 'from 2', 'from 1'), (3, 1, 1, NULL, 'to myself', NULL),
	(4, 3, 2, 1, 'seen by 1', 'yes'), (5, 1, NULL, 2, 'to nobody', NULL), (6, NULL, NULL, NULL, NULL, NULL);
INSERT INTO thread VALUES (1, 1, NULL, 'of 1'), (2, 2, NULL, 'of 2');
INSERT INTO post VALUES (1, 1, NULL, 1, 'first'), (2, 1, 1, 1, 'second'), (3, 2, NULL, 2, 'third');
UPDATE thread SET last_post = id + 1;
INSERT INTO invoice VALUES (1, 1, 'Name 1', 10), (2, 2, 'Name 2', 20);
INSERT INTO visit VALUES (1, 1, 'aa:bb:cc:dd:ee:01', 60), (2, 2, 'aa:bb:cc:dd:ee:02', 90);
INSERT INTO photo VALUES (1, 1, 'all'), (2, 1, 'alone');
INSERT INTO tag VALUES (1, 1), (1, 2), (1, 3);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment,newsletter}', columns => '{"email":"pii_email","phone":"pii_phone","name":"pii_name"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('order_line', '{order_fulfilment}', owner => 'order_id.customer_id');
SELECT gdpr.protect('message', '{order_fulfilment}', owner => 'sender', columns => '{"body":"pii_text","answer":"pii_text"}');
SELECT gdpr.protect('thread', '{order_fulfilment}', owner => 'customer_id', columns => '{"title":"pii_text"}');
SELECT gdpr.protect('post', '{order_fulfilment}', owner => 'customer_id', columns => '{"words":"pii_text"}');
SELECT gdpr.protect('invoice', '{order_fulfilment,legal_accounting}', owner => 'customer_id', columns => '{"bill_to":"pii_name"}');
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'customer_id', columns => '{"device":"pii_device_id"}');
SELECT gdpr.protect('photo', '{order_fulfilment}', owner => 'taken_by', columns => '{"title":"pii_text"}');
SELECT gdpr.protect('tag', '{order_fulfilment}', owner => 'customer_id');
SELECT gdpr.link('customer', 'referred_by', role => 'accessor');
SELECT gdpr.link('message', 'recipient', columns => '{answer}');
SELECT gdpr.link('message', 'watcher', role => 'accessor');
SELECT gdpr.link('invoice', on_erase => 'keep', ground => 'Art. 17(3)(b): accounting law, seven years');
SELECT gdpr.link('visit', on_erase => 'anonymise');
SELECT gdpr.link('photo', 'tag(photo_id).customer_id', columns => '{title}');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO regress_erase_app;
-- a trigger of the user's runs as it would for the owner of the table, never as a superuser
CREATE TABLE seen_by (what text, who name);
CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO shop.seen_by VALUES (TG_OP, current_user); RETURN OLD; END$$;
CREATE TRIGGER noted BEFORE DELETE OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note_deletion();
RESET ROLE;
CREATE TABLE numbers AS SELECT key, number FROM gdpr.subject WHERE relation = 'shop.customer'::regclass;
CREATE TABLE hidden_copy AS SELECT id, name FROM customer;
-- an old dump: sealed text, and nobody knows whose
CREATE TABLE old_dump AS SELECT id, to_jsonb(name) #>> '{}' AS name FROM customer;
GRANT SELECT ON old_dump TO regress_erase_app;

-- refused: nobody's duty, nobody, no ground, a hold
SET ROLE regress_erase_app;
SELECT gdpr.erase_subject('shop.customer', '1', 'Art. 17(1)(b)');	-- fails
RESET ROLE;
SET ROLE regress_erase_dpo;
SELECT gdpr.erase_subject('shop.customer', '99', 'Art. 17(1)(b)');	-- fails
SELECT gdpr.erase_subject('shop.customer', '1', ' ');	-- fails
-- the copy somebody made may hold the person
SELECT gdpr.erase_subject('shop.customer', '1', 'Art. 17(1)(b)');	-- fails
RESET ROLE;
DROP TABLE hidden_copy;
SET ROLE regress_erase_dpo;
SELECT gdpr.hold('shop.customer', '1', 'case 2026/17') AS hold \gset
SELECT gdpr.erase_subject('shop.customer', '1', 'Art. 17(1)(b)');	-- fails
SELECT gdpr.release_hold(:'hold');
SELECT gdpr.register_recipient(r, 'controller', 'BE', 'sales') FROM unnest('{carrier.example,bank.example}'::text[]) r \g /dev/null
SELECT gdpr.disclose('shop.customer', '1', r, 'order_fulfilment', '{pd:Name}', contact => 'privacy@' || r, reference => '17')
FROM unnest('{carrier.example,bank.example,carrier.example}'::text[]) r \g /dev/null
SELECT * FROM gdpr.impact('shop.customer', '1');
RESET ROLE;

-- a savepoint takes it all back, the key included
BEGIN;
SAVEPOINT before;
SELECT gdpr.erase_subject('shop.customer', '1', 'Art. 17(1)(b)') IS NOT NULL AS erased;
SELECT count(*) FROM customer WHERE id = 1;
ROLLBACK TO before;
SET ROLE regress_erase_app;
SET LOCAL gdpr.purpose = 'order_fulfilment';
SELECT gdpr.reveal(name) FROM customer WHERE id = 1;
COMMIT;
RESET ROLE;

SET ROLE regress_erase_dpo;
SELECT gdpr.erase_subject('shop.customer', '1', 'Art. 17(1)(b): consent withdrawn') AS answer \gset
SELECT t ->> 'table' AS "table", t ->> 'role' AS role, t ->> 'action' AS action, t ->> 'rows' AS rows
FROM jsonb_array_elements(:'answer'::jsonb -> 'tables') t;
SELECT :'answer'::jsonb - 'tables' - 'subject' AS rest;
SELECT gdpr.erase_subject('shop.customer', '1', 'again');	-- fails
RESET ROLE;
SELECT number AS one FROM numbers WHERE key = '1' \gset
SELECT * FROM gdpr.residue(:one);
SELECT relation, key, wrapped_key IS NULL AS shredded, permissions FROM gdpr.subject WHERE number = :one;
SELECT DISTINCT * FROM seen_by;
SELECT recipient, contact, reference, kind, status FROM gdpr.recipient_notification ORDER BY 1;

-- rows with two owners live on with the other, emptied of what was the first's; an accessor leaves no more than a NULL
SET ROLE regress_erase_app;
SET gdpr.purpose = 'order_fulfilment';
SELECT id, sender, recipient, watcher, gdpr.reveal(body) AS body, gdpr.reveal(answer) AS answer FROM message ORDER BY id;
SELECT id, gdpr.reveal(name) AS name, referred_by FROM customer WHERE id < 4 ORDER BY id;
SELECT id, taken_by, gdpr.reveal(title) AS title FROM photo ORDER BY id;
SELECT * FROM tag;
-- whole threads, with self-references and a cycle of foreign keys
SELECT id, customer_id FROM thread;
SELECT id, customer_id FROM post;
-- anonymised: the figures stay
SELECT id, customer_id, gdpr.reveal(device) AS device, seconds FROM visit ORDER BY id;
-- kept on a legal ground: out of sight, but for that ground
SELECT id, customer_id, gdpr.reveal(bill_to) AS bill_to FROM invoice ORDER BY id;
SET gdpr.purpose = 'legal_accounting';
SELECT id, customer_id, gdpr.reveal(bill_to) AS bill_to, amount FROM invoice ORDER BY id;
SET gdpr.purpose = 'order_fulfilment';

-- what was copied before is dead
SELECT gdpr.reveal(name::gdpr.pii_name) FROM old_dump WHERE id = 2;
SELECT gdpr.reveal(name::gdpr.pii_name) FROM old_dump WHERE id = 1;	-- fails
RESET ROLE;
\set VERBOSITY sqlstate
SELECT gdpr.reveal(name::gdpr.pii_name) FROM old_dump WHERE id = 1;	-- fails
\set VERBOSITY default
SET ROLE regress_erase_app;

-- and does not come back, however it is spelled
INSERT INTO customer (id, email) VALUES (1, 'c1@example.com');	-- fails
INSERT INTO customer (id, email) VALUES (1, ' C1@EXAMPLE.com ');	-- fails
INSERT INTO customer (id, phone) VALUES (1, '+32 470 12 34 51');	-- fails
UPDATE customer SET email = 'C1@example.com' WHERE id = 2;	-- fails
INSERT INTO customer (id, email, phone) VALUES (10, 'c10@example.com', '0470 12 34 60');
SELECT gdpr.is_suppressed('email', 'C1@Example.COM'), gdpr.is_suppressed('email', 'c2@example.com');
RESET ROLE;
SELECT count(*) AS listed, bool_and(length(hash) = 32) AS hashes FROM gdpr.suppression;

-- the second owner leaves, and with the last one the row
SET ROLE regress_erase_dpo;
SELECT t ->> 'table' AS "table", t ->> 'role' AS role, t ->> 'action' AS action, t ->> 'rows' AS rows
FROM jsonb_array_elements(gdpr.erase_subject('shop.customer', '2', 'Art. 17(1)(a)') -> 'tables') t;
SELECT count(*) FROM gdpr.erase_subject('shop.customer', '3', 'Art. 17(1)(a)', suppress => false);
RESET ROLE;
SET ROLE regress_erase_app;
SELECT id, sender, recipient, watcher, gdpr.reveal(body) AS body FROM message ORDER BY id;
SELECT id FROM photo;
INSERT INTO customer (id, email) VALUES (3, 'c3@example.com');
RESET ROLE;
SELECT key, (SELECT count(*) FROM gdpr.residue(number)) AS residue FROM numbers WHERE key IN ('1', '2', '3') ORDER BY key;

-- the certificate proves without saying who
SET ROLE regress_erase_dpo;
SELECT gdpr.erasure_certificate(:one) AS certificate \gset
SELECT key FROM jsonb_object_keys(:'certificate') key ORDER BY key COLLATE "C";
SELECT :'certificate'::jsonb ->> 'key_destroyed' AS key_destroyed, :'certificate'::jsonb -> 'residue' AS residue, :'certificate'::jsonb -> 'exceptions' AS exceptions;
SELECT encode(sha256(convert_to((:'certificate'::jsonb - 'sha256')::text, 'UTF8')), 'hex') = :'certificate'::jsonb ->> 'sha256' AS sound;
SELECT :'certificate' ~* 'c1@|example|name 1|wetstraat|47012345' AS personal;
SELECT gdpr.erasure_certificate(0);	-- fails
RESET ROLE;
UPDATE gdpr.erasure SET ground = 'x';	-- fails
SELECT kind, count(*) FROM gdpr.ledger WHERE kind LIKE '%erase%' GROUP BY kind;
SELECT bool_or(detail::text ~* 'c1@|example|name 1|wetstraat|47012345') AS personal FROM gdpr.ledger WHERE subject = :one;

-- a table outside the graph that refers to the rows stops it all, and so does a column that cannot be emptied
CREATE TABLE outside (customer_id integer REFERENCES customer);
INSERT INTO outside VALUES (4);
SELECT gdpr.erase_subject('shop.customer', '4', 'Art. 17(1)(a)');	-- fails
SELECT count(*) FROM orders WHERE customer_id = 4;
DROP TABLE outside;
DELETE FROM invoice;
SET ROLE regress_erase_owner;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO invoice VALUES (3, 5, 'Name 5', 30);
RESET ROLE;
ALTER TABLE invoice ALTER COLUMN customer_id SET NOT NULL;
SELECT gdpr.erase_subject('shop.customer', '5', 'Art. 17(1)(a)');	-- fails
SELECT gdpr.link('customer', on_erase => 'anonymise');
SELECT t ->> 'table' AS "table", t ->> 'action' AS action, t ->> 'rows' AS rows
FROM jsonb_array_elements(gdpr.erase_subject('shop.customer', '5', 'Art. 17(1)(a)') -> 'tables') t;
SELECT id, email, phone, name FROM customer WHERE id = 5;
SELECT id, customer_id, amount FROM invoice;

-- a number that is a person's or an order's, as another column says, is nobody's to follow
CREATE TABLE attachment (id integer PRIMARY KEY, owner_type text, owner_id integer, file text);
INSERT INTO attachment VALUES (1, 'orders', 6, 'of an order');
SELECT gdpr.protect('attachment', '{order_fulfilment}', owner => 'owner_id', columns => '{"file":"pii_text"}');	-- fails
DROP TABLE attachment;

-- back on the list only by the person's own fresh consent
SELECT gdpr.suppress('email', 'c6@example.com', 'email');
SET ROLE regress_erase_app;
SELECT gdpr.is_suppressed('email', 'c6@example.com'), gdpr.is_suppressed('email', 'c6@example.com', 'email');
INSERT INTO customer (id, email) VALUES (66, 'c66@example.com');
SELECT gdpr.suppress('email', 'c99@example.com');
INSERT INTO customer (id, email) VALUES (99, 'c99@example.com');	-- fails
RESET ROLE;
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
SELECT gdpr.draft_notice('news', 'written', purposes => '{newsletter}', texts => (SELECT jsonb_object_agg(l, (SELECT jsonb_object_agg(item, 'text') FROM gdpr.notice_item)) FROM unnest('{nl,fr,de,en}'::text[]) l),
	data_categories => '{pd:EmailAddress}', recipients => '{}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://shop.example/stop') IS NOT NULL AS drafted;
SELECT gdpr.publish_notice('news') IS NOT NULL AS published;
SET ROLE regress_erase_app;
SELECT gdpr.give_consent('shop.customer', '99', 'newsletter', 'news', 'import', evidence => '\x01', evidence_mime => 'text/html', notice_shown => true, language => 'en', source => 'list') AS imported \gset
SELECT gdpr.lift_suppression('email', 'c99@example.com', gen_random_uuid());	-- fails
SELECT gdpr.lift_suppression('email', 'c99@example.com', :'imported');	-- fails
SELECT gdpr.give_consent('shop.customer', '99', 'newsletter', 'news', 'web_form', evidence => '\x01', evidence_mime => 'text/html', notice_shown => true, language => 'en', source => 'site', identifiers => '{"email": "c99@example.com"}') AS given \gset
SELECT gdpr.lift_suppression('email', 'C99@example.com', :'given');
INSERT INTO customer (id, email) VALUES (99, 'c99@example.com');
-- suppressed for a channel: on file, but not mailed
SELECT gdpr.give_consent('shop.customer', '6', 'newsletter', 'news', 'web_form', evidence => '\x01', evidence_mime => 'text/html', notice_shown => true, language => 'en', source => 'site') IS NOT NULL AS given;
SELECT subject_key FROM gdpr.mailable('newsletter', 'email');
SELECT subject_key, reason FROM gdpr.excluded('newsletter', 'email') WHERE subject_key = '6';
SELECT subject_key FROM gdpr.mailable('newsletter', 'sms') ORDER BY 1;
RESET ROLE;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_erase;
DROP ROLE regress_erase_owner, regress_erase_dpo, regress_erase_app;
