-- The copy of a person's data: everything about the person, nothing about anybody else.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_export;
\c regress_rights_export
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_export_owner;
CREATE ROLE regress_export_dpo;
CREATE ROLE regress_export_masked;
SELECT gdpr.appoint('controller', 'regress_export_owner'), gdpr.appoint('dpo', 'regress_export_dpo'), gdpr.appoint('dpo', 'regress_export_masked');
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_export_owner');
SELECT gdpr.grant_purpose('rights_handling', 'regress_export_masked', 'masked');
CREATE SCHEMA shop AUTHORIZATION regress_export_owner;
GRANT USAGE ON SCHEMA shop TO regress_export_dpo, regress_export_masked;
SET ROLE regress_export_owner;
SET search_path = shop;
CREATE TABLE customer (id integer PRIMARY KEY, email text, name text, born date, score integer, file bytea, prefs jsonb);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text);
CREATE TABLE order_line (id integer PRIMARY KEY, order_id integer REFERENCES orders, what text);
CREATE TABLE parcel (id integer PRIMARY KEY, line_id integer REFERENCES order_line, code text);
CREATE TABLE message (id integer PRIMARY KEY, sender integer REFERENCES customer, recipient integer REFERENCES customer,
	watcher integer REFERENCES customer, body text, answer text, internal_note text, sent date);
CREATE TABLE fraud (id integer PRIMARY KEY, customer_id integer REFERENCES customer, verdict text);
INSERT INTO customer VALUES (1, 'jan@example.com', 'Jan <b>"&''', '1980-02-03', 7, '\x00ff', '{"colour":"red"}'), (2, 'bo@example.com', 'Bo', NULL, 5, NULL, NULL),
	(3, 'cy@example.com', 'Cy', NULL, NULL, NULL, NULL);
INSERT INTO orders VALUES (1, 1, 'Wetstraat 1, 1000 Brussel, BE'), (2, 2, 'Wetstraat 2, 1000 Brussel, BE');
INSERT INTO order_line VALUES (1, 1, 'cup'), (2, 2, 'tea');
INSERT INTO parcel VALUES (1, 1, 'P-1'), (2, 2, 'P-2');
INSERT INTO message VALUES (1, 1, 2, 3, 'jan writes', 'bo answers', 'jan is angry', '2026-01-02');
INSERT INTO fraud VALUES (1, 1, 'harmless');
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email","name":"pii_name","born":"pii_birth_date","file":"pii_bytes","prefs":"pii_json"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('order_line', '{order_fulfilment}', owner => 'order_id.customer_id');
SELECT gdpr.protect('parcel', '{order_fulfilment}', owner => 'line_id.order_id.customer_id');
SELECT gdpr.protect('message', '{order_fulfilment}', owner => 'sender', columns => '{"body":"pii_text","answer":"pii_text","internal_note":"pii_text"}');
SELECT gdpr.protect('fraud', '{fraud_prevention}', owner => 'customer_id', columns => '{"verdict":"pii_text"}');
SELECT gdpr.link('message', on_export => '{internal_note}');
SELECT gdpr.link('message', 'recipient', columns => '{answer}');
SELECT gdpr.link('message', 'watcher', role => 'accessor');
SELECT gdpr.mark_inferred('customer', 'score');
SELECT gdpr.mark_inferred('customer', 'nothing');	-- fails
RESET ROLE;
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678', authority => 'Gegevensbeschermingsautoriteit');
SET ROLE regress_export_dpo;
SELECT gdpr.disclose('shop.customer', '1', 'Carrier NV', 'order_fulfilment', '{pd:Name,pd:Address}', at => '2026-03-04 05:06:07Z') IS NOT NULL AS disclosed;

-- the duty alone shows nothing: the purpose must be granted, and in full
SELECT gdpr.export_subject('shop.customer', '1');	-- fails
SELECT * FROM gdpr.export_rows('shop.customer', '1');	-- fails
SELECT * FROM gdpr.sealed_rows('shop.customer', '1', 'rights_handling');	-- fails
RESET ROLE;
SET ROLE regress_export_masked;
SELECT gdpr.export_subject('shop.customer', '1');	-- fails
RESET ROLE;
SELECT gdpr.grant_purpose('rights_handling', 'regress_export_dpo');
SET ROLE regress_export_dpo;
SELECT gdpr.export_subject('shop.customer', '9');	-- fails
SET gdpr.on_denied = 'null';
SELECT jsonb_pretty(gdpr.export_subject('shop.customer', '1') - 'generated_at');
SELECT r.* FROM gdpr.export_rows('shop.customer', '2') r;
SELECT r.* FROM gdpr.export_rows('shop.customer', '3') r;
-- streams: revealed as the rows are read, not gathered before
EXPLAIN (COSTS OFF, VERBOSE) SELECT data FROM gdpr.export_rows('shop.customer', '2');

-- portable: not what was inferred, nor what rests on legitimate interests; JSON and CSV say the same
SELECT jsonb_pretty(gdpr.portable_data('shop.customer', '1') -> 'data');
SELECT gdpr.portable_data('shop.customer', '1') #> '{properties,shop.customer}';
SELECT * FROM gdpr.portable_csv('shop.customer', '1');

-- readable, in the person's language, and harmless whatever the values are
SELECT gdpr.export_html('shop.customer', '1', 'xx');	-- fails
SELECT line FROM regexp_split_to_table(gdpr.export_html('shop.customer', '1', 'nl'), E'\n') line WHERE line ~ '^<h[23]>(Uw|Doel|Ontv|Toez|shop.customer)';
SELECT lang, html ~ '<script|<img|https?:|src=' AS loads, html ~ '<b>' AS unescaped, html ~ 'jan@example.com' AS complete, html ~ 'bo@example' AS others
FROM unnest('{nl,fr,de,en}'::text[]) lang CROSS JOIN LATERAL gdpr.export_html('shop.customer', '1', lang) html;

-- every copy is on record
RESET ROLE;
SELECT count(*) > 5 AS recorded FROM gdpr.ledger WHERE kind = 'copy made';
-- special categories need a purpose with an Art. 9 condition: the copy is never silently incomplete
SET ROLE regress_export_owner;
SET gdpr.purpose = 'order_fulfilment';
ALTER TABLE customer ADD COLUMN allergy gdpr.pii_health;
RESET ROLE;
SELECT gdpr.define_purpose('rights_handling_health', 'Answering requests of people about their own health data.', 'legal_obligation', 'GDPR, art. 15', art9_condition => '9-2-f', special_category => true, despite_restriction => true) > 0 AS defined;
SELECT gdpr.grant_purpose('rights_handling_health', 'regress_export_dpo'), gdpr.grant_purpose('rights_handling_health', 'regress_export_owner');
SET ROLE regress_export_owner;
SET gdpr.purpose = 'order_fulfilment';
UPDATE shop.customer SET purposes = '{order_fulfilment,rights_handling_health}' WHERE id = 2;
UPDATE shop.customer SET allergy = 'nuts' WHERE id = 2;
RESET ROLE;
SET ROLE regress_export_dpo;
SELECT gdpr.export_subject('shop.customer', '2');	-- fails
SELECT gdpr.export_subject('shop.customer', '2', 'rights_handling_health') #>> '{data,shop.customer,0,allergy}' AS allergy;
RESET ROLE;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_export;
DROP ROLE regress_export_owner, regress_export_dpo, regress_export_masked;
