-- An erased person comes back by the own doing, and the living who share the address can be written (Art. 17(3), 21).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE comes_back_app;
CREATE SCHEMA comes_back;
GRANT USAGE ON SCHEMA comes_back TO comes_back_app;
SET search_path = comes_back;
SELECT gdpr.grant_duty('app', 'comes_back_app') \g /dev/null
SELECT gdpr.grant_purpose(p, 'comes_back_app') FROM unnest('{order_fulfilment,postal_marketing,customer_management}'::text[]) p \g /dev/null
CREATE TABLE customer (id integer PRIMARY KEY, name gdpr.pii_name, email gdpr.pii_email UNIQUE, phone gdpr.pii_phone);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, ship_to gdpr.pii_phone);
CREATE TABLE staff (id integer PRIMARY KEY, email gdpr.pii_email, phone gdpr.pii_phone);
SELECT gdpr.declare_subject('customer', 'id'), gdpr.declare_subject('staff', 'id') \g /dev/null
SELECT gdpr.protect('customer', '{order_fulfilment,postal_marketing}'), gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id'), gdpr.protect('staff', '{customer_management}') \g /dev/null
GRANT ALL ON customer, orders, staff TO comes_back_app;
INSERT INTO customer VALUES (1, 'An', 'an@back.example', '0470 55 00 01'), (2, 'Bo', 'bo@back.example', '0470 55 00 01'), (3, 'Cy', 'cy@back.example', NULL);
SELECT count(*) AS erased FROM gdpr.erase_subject('customer', '1', 'Art. 17(1)(b)');
SELECT class, channel, reason, relation FROM gdpr.suppression WHERE relation = 'customer'::regclass ORDER BY class;

-- ---- who shares the telephone lives on: as it is, typed again, by an upsert, in other rows ----
SET ROLE comes_back_app;
SET gdpr.purpose = 'order_fulfilment';
UPDATE customer SET name = 'Bob' WHERE id = 2;
UPDATE customer SET phone = '+32 470 55 00 01', name = 'Bo' WHERE id = 2;
INSERT INTO customer VALUES (2, 'Bo', 'bo@back.example', '0470550001') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, phone = EXCLUDED.phone;
INSERT INTO orders VALUES (20, 2, '0470 55 00 01');
UPDATE customer SET phone = '0470 55 00 01' WHERE id = 3;	-- fails: that is new with Cy
INSERT INTO orders VALUES (30, 3, '0470 55 00 01');	-- fails
-- a member of staff is another file
SET gdpr.purpose = 'customer_management';
INSERT INTO staff VALUES (1, 'an@back.example', '0470 55 00 01');
UPDATE staff SET email = 'AN@back.example' WHERE id = 1;
-- but the list goes on against contact, and against imports
SELECT reason FROM gdpr.excluded('customer_management', 'email') WHERE subject_table = 'staff'::regclass;
SET gdpr.on_suppressed = quarantine;
INSERT INTO staff SELECT 2, 'an@back.example', NULL;
RESET gdpr.on_suppressed;
SELECT count(*) AS staff FROM staff;

-- ---- An orders again ----
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO customer VALUES (4, 'An', 'an@back.example', NULL);	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.record_return('customer', '4', 'order_fulfilment', 'order', '{"email": "An@Back.example"}', NULL, NULL);	-- fails: no evidence
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.record_return('customer', '4', 'postal_marketing', 'order', '{"email": "an@back.example"}', 'order 4', 'text/plain');	-- fails: marketing
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.record_return('customer', '4', 'order_fulfilment', 'import', '{"email": "an@back.example"}', 'list', 'text/plain');	-- fails
SELECT gdpr.record_return('customer', '4', 'order_fulfilment', 'order', '{"email": "an"}', 'order 4', 'text/plain');	-- fails
SELECT gdpr.record_return('customer', '4', 'order_fulfilment', 'order', '{"email": "an@back.example"}', 'order 4', 'text/plain', at => now() - interval '1 day') AS before_the_erasure;
INSERT INTO customer VALUES (4, 'An', 'an@back.example', NULL);	-- fails
SELECT gdpr.record_return('customer', '4', 'order_fulfilment', 'order', '{"email": "An@Back.example", "phone": "0499 00 00 00"}', 'order 4', 'text/plain') AS identifiers;
INSERT INTO customer VALUES (5, 'An', 'an@back.example', NULL);	-- fails: she is customer 4
INSERT INTO customer VALUES (4, 'An', 'an@back.example', '0470 55 00 01');	-- fails: she gave her address only
INSERT INTO customer VALUES (4, 'An', 'an@back.example', NULL);
-- for that purpose, and no other
SELECT p, gdpr.may_process('customer', '4', p, channel => 'email'), gdpr.may_process('customer', '4', p) FROM unnest('{order_fulfilment,postal_marketing}'::text[]) p;
SELECT subject_key, reason FROM gdpr.excluded('postal_marketing', 'email') WHERE subject_table = 'customer'::regclass ORDER BY 1;
SELECT subject_key FROM gdpr.mailable('order_fulfilment', 'email') WHERE subject_table = 'customer'::regclass ORDER BY 1;
-- an import that brings her row again is hers
SET gdpr.on_suppressed = quarantine;
INSERT INTO customer SELECT 4, 'An', 'an@back.example', NULL ON CONFLICT (id) DO NOTHING;
INSERT INTO customer SELECT 6, 'An', 'an@back.example', NULL;
RESET gdpr.on_suppressed;
SELECT count(*) AS customers FROM customer;
RESET ROLE;
SELECT detail - 'evidence' - 'at' AS detail FROM gdpr.ledger WHERE kind = 'person came back' AND subject = gdpr_internal.subject_number('customer', '4');
SELECT gdpr.is_suppressed('email', 'an@back.example');
-- suppressed again, it takes a new return; erased again, nothing of it stays
SELECT gdpr.suppress('email', 'an@back.example');
SET ROLE comes_back_app;
SELECT gdpr.may_process('customer', '4', 'order_fulfilment', channel => 'email');
RESET ROLE;
SELECT gdpr_internal.subject_number('customer', '4') AS an \gset
SELECT count(*) AS erased FROM gdpr.erase_subject('customer', '4', 'Art. 17(1)(b)');
SELECT count(*) AS left FROM gdpr.suppression_return WHERE subject = :an;
SELECT count(*) AS left FROM gdpr.residue(:an) WHERE relation = 'gdpr.suppression_return'::regclass;
-- what was put there for all, or comes from two tables, counts in every table
SELECT channel, relation FROM gdpr.suppression WHERE hash = gdpr_internal.hash_of_text('email', 'an@back.example');
SET ROLE comes_back_app;
SET gdpr.purpose = 'customer_management';
INSERT INTO staff VALUES (3, 'an@back.example', NULL);	-- fails
RESET ROLE;
RESET gdpr.purpose;
-- a domain over a type hides nothing
CREATE DOMAIN mail AS gdpr.pii_email;
CREATE TABLE guest (id integer PRIMARY KEY, email mail);
SELECT gdpr.declare_subject('guest', 'id'), gdpr.protect('guest', '{order_fulfilment}') \g /dev/null
INSERT INTO guest VALUES (1, 'ed@back.example');
SELECT gdpr.suppress('email', 'ed@back.example');
SELECT gdpr.suppressed_rows('guest');
SELECT gdpr.lift_suppression('email', 'ed@back.example', gen_random_uuid());	-- fails
DELETE FROM gdpr.suppression WHERE hash = gdpr_internal.hash_of_text('email', 'ed@back.example');
SELECT count(*) AS erased FROM gdpr.erase_subject('guest', '1', 'Art. 17(1)(b)');
SELECT gdpr.is_suppressed('email', 'ed@back.example');
DELETE FROM gdpr.suppression WHERE relation IS NOT NULL OR hash = gdpr_internal.hash_of_text('email', 'an@back.example');
DROP SCHEMA comes_back CASCADE;
RESET client_min_messages;
DROP OWNED BY comes_back_app;
DROP ROLE comes_back_app;
