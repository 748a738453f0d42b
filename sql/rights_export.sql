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
SELECT gdpr.grant_duty('controller', 'regress_export_owner'), gdpr.grant_duty('dpo', 'regress_export_dpo'), gdpr.grant_duty('dpo', 'regress_export_masked');
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
INSERT INTO message VALUES (1, 1, 2, 3, 'jan writes', 'bo answers', 'jan is angry', '2026-01-02'), (2, 3, 3, NULL, 'note to myself', 'answer to myself', NULL, NULL);
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
SELECT gdpr.register_recipient(r, 'controller', 'BE', 'sales') FROM unnest('{Carrier NV}'::text[]) r \g /dev/null
SELECT gdpr.disclose('shop.customer', '1', 'Carrier NV', 'order_fulfilment', '{pd:Name,pd:Address}', at => '2026-03-04 05:06:07Z') IS NOT NULL AS disclosed;

-- the duty alone shows nothing: the purpose must be granted, and in full
SELECT gdpr.export_subject('shop.customer', '1');	-- fails
SELECT * FROM gdpr.export_rows('shop.customer', '1');	-- fails
SELECT * FROM gdpr_internal.sealed_rows('shop.customer', '1', 'rights_handling');	-- fails
RESET ROLE;
SET ROLE regress_export_masked;
SELECT gdpr.export_subject('shop.customer', '1');	-- fails
SELECT gdpr_internal.revealed('{}', '{}', 'rights_handling');	-- fails
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
SELECT line FROM regexp_split_to_table(gdpr.export_html('shop.customer', '1', 'nl'), E'\n') line WHERE line ~ '<h[23]>(Uw|Doel|Ontv|Toez|shop.customer)';
SELECT lang, html ~ '<script|<img|https?:|src=' AS loads, html ~ '<b>' AS unescaped, html ~ 'jan@example.com' AS complete, html ~ 'bo@example' AS others
FROM unnest('{nl,fr,de,en}'::text[]) lang CROSS JOIN LATERAL gdpr.export_html('shop.customer', '1', lang) html;
-- the page says all that the copy holds, in the person's language; every word of ours is in four of them
SELECT part AS not_on_the_page FROM jsonb_object_keys(gdpr.export_subject('shop.customer', '1')) part
WHERE part NOT IN ('generated_at', 'subject') AND gdpr.export_html('shop.customer', '1', 'de') NOT LIKE '%<h2>' || gdpr_internal.say('copy', part, 'de') || '</h2>%';
RESET ROLE;
-- every value that a page may show has its word
SELECT d.domain, v AS without_word FROM (
	SELECT 'consent_state', unnest(enum_range(NULL::gdpr.consent_state))::text UNION SELECT 'consent_method', unnest(enum_range(NULL::gdpr.consent_method))::text
	UNION SELECT 'channel', unnest(enum_range(NULL::gdpr.channel))::text UNION SELECT 'evidence_kind', unnest(enum_range(NULL::gdpr.evidence_kind))::text
	UNION SELECT 'class', c.class FROM gdpr.classes() c WHERE c.type IS NOT NULL UNION SELECT 'basis', basis FROM gdpr.basis_right
	UNION SELECT 'review', unnest('{not asked,asked,upheld,changed}'::text[])
	UNION SELECT 'restriction_ground', unnest('{accuracy contested,unlawful,legal claims,objection pending}'::text[])
	UNION SELECT 'heading', a.attname FROM pg_attribute a WHERE a.attrelid = 'gdpr.controller'::regclass AND a.attnum > 0 AND a.attname NOT IN ('only_row', 'authority')
	UNION SELECT 'kept', c.relname FROM gdpr.kept_column k JOIN pg_class c ON c.oid = k.kept_in WHERE k.copied IS NOT NULL AND c.relname <> 'archive'
	UNION SELECT 'heading', w FROM pg_proc p CROSS JOIN regexp_matches(p.prosrc, '''\{([a-z_0-9,]+)\}''', 'g') r (listed) CROSS JOIN regexp_split_to_table(listed[1], ',') s (w)
		WHERE p.oid = 'gdpr_internal.html_copy'::regproc) d (domain, v)
WHERE v <> 'expired' AND NOT EXISTS (SELECT FROM gdpr.word w WHERE w.domain = d.domain AND w.key = v AND w.language = 'en');
SET ROLE regress_export_dpo;
SELECT line FROM regexp_split_to_table(gdpr.export_html('shop.customer', '1', 'fr'), E'\n') line WHERE line ~ '(Carrier|<dl>)';
SELECT gdpr.suppress('email', 'JAN@example.com', 'email');
SELECT relation, data - 'since' AS data FROM gdpr.export_rows('shop.customer', '1') WHERE relation = 'gdpr.suppression'::regclass;
SELECT regexp_replace(line, '<td>[-0-9]+ [0-9:]+', '<td>when') AS line FROM regexp_split_to_table(gdpr.export_html('shop.customer', '1', 'fr'), E'\n') line WHERE line ~ 'asked not to be';
SELECT count(*) AS others FROM gdpr.export_rows('shop.customer', '2') WHERE relation = 'gdpr.suppression'::regclass;

-- encrypted to the person's own key; this one is nobody's
SET ROLE regress_export_dpo;
SELECT gdpr.export_encrypted('shop.customer', '3', 'no key');	-- fails
RESET ROLE;
CREATE EXTENSION pgcrypto;
CREATE TABLE openpgp (public text);
INSERT INTO openpgp VALUES ('-----BEGIN PGP PUBLIC KEY BLOCK-----

mI0EawSG4AEEALx+nhqLRpc411fGc28ZbbZRadfSlort+M+IdTGcPOpbV5i/ZYjX
2mJUhfQr9tor020o+2JGUnYWiWF0eoJCq1M047JJbJDripqk93EF30lYxcMjcBve
qMrJu65jtoyHXpK+2AShnGk2MTsJQmKIjWtm+0OgUEh+h6ZOSdUln5/9ABEBAAG0
HVJlZ3Jlc3MgPHJlZ3Jlc3NAZXhhbXBsZS5jb20+iM4EEwEKADgWIQSGpP6XUnrq
pi1CLnlxkQizDeWahAUCawSG4AIbLwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK
CRBxkQizDeWahLrQA/9GZ1R7kZLHn3JYbE7EOlOEJBdVBTc3ILmj98/+TFVuj33N
/YVOS1NG09WdeZ3SBmZraXNNItFUmEx7JzXjD+CNwFComSMI+bzY8x/hhOUq+5AJ
iQjp/8yeNVFxidT11096AJz4Zypbk2knlXT9aD9Mgw8OOuSYyfaF0Vc8ojl4n7iN
BGsEhuABBACugkKCybt3Tg8TtuDvCP3cYYvxu+kvUxzEDdJfgYn7UeceXBuZOxeW
HjzOv78+Nd7zO1iDJgwjgyyE/t80k67oOht4/I46AorVSlz/Xr30NNMj0Ww2SoFB
3BdTnzdk02cZ2+4gTKUDWVJNHqg9UDcaM8+WWEiuJrB+aLLWUGY8WQARAQABiQFr
BBgBCgAgFiEEhqT+l1J66qYtQi55cZEIsw3lmoQFAmsEhuACGy4AvwkQcZEIsw3l
moS0IAQZAQoAHRYhBFs3xJ/VvG7YbTU0s9vSI0DqaSY/BQJrBIbgAAoJENvSI0Dq
aSY/eoED/2Rj0Rormv/IRTkuR10N2hJF0bFqYprtRzbOUsvw3hXhxe2Hv5BIeDxL
FJJct4I0OYBUTN0lOgBLzsAMggfmHC3YSXstNJEK5K0b9LT9CWctRrzq4tDdjVq/
LsplSYUgrmpWBrBaByxxPLhjr+WRrQGo3luiXFkjyPi325kOw/435ZUD/ib8yu06
4l4fNjLUjpCXin26gmvfqzn4lA4LUWZSNP5QiviwSVrSxC0Kxk/sr+PqysPhHgzJ
F5m+PLuKfPKv/cnaUW3TvWcPQ0DlNJHLBKYU9MH+eg3A3cxGG64bVspYoOsdT63C
vqjyq/d0yBoUlrkPFg+uha2B9xSY69ziXEsz
=YhT6
-----END PGP PUBLIC KEY BLOCK-----');
GRANT SELECT ON openpgp TO regress_export_dpo;
SET ROLE regress_export_dpo;
SELECT gdpr.export_encrypted('shop.customer', '3', 'no key');	-- fails
SELECT copy ~ '^-----BEGIN PGP MESSAGE-----' AS armoured, copy ~ 'cy@example' AS readable,
	pgp_key_id(dearmor(copy)) = pgp_key_id(dearmor(public)) AS to_that_key
FROM openpgp, gdpr.export_encrypted('shop.customer', '3', public) copy;
RESET ROLE;

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
SELECT gdpr.add_purpose('shop.customer', 'rights_handling_health', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
UPDATE shop.customer SET purposes = '{order_fulfilment,rights_handling_health}' WHERE id = 2;
UPDATE shop.customer SET allergy = 'nuts' WHERE id = 2;
RESET ROLE;
SET ROLE regress_export_dpo;
SELECT gdpr.export_subject('shop.customer', '2');	-- fails
SELECT gdpr.export_subject('shop.customer', '2', 'rights_handling_health') #>> '{data,shop.customer,0,allergy}' AS allergy;
RESET ROLE;

-- a row is written as to_jsonb() writes it, whatever its types
CREATE DOMAIN shop.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN shop.mail AS gdpr.pii_email;
CREATE TYPE shop.pair AS (a integer, "b""c" text);
CREATE TEMP TABLE mixed (a smallint, b integer, c bigint, d numeric, e text, f varchar(5), g char(6), h date, i timestamp, j timestamptz,
	k boolean, l uuid, m jsonb, n json, o integer[], p name, q float8, r interval, s gdpr.pii_email, t gdpr.purpose_set, u numrange, v bytea,
	w oid, x money, y gdpr.channel, z "char", "Na""me" text, aa inet, ab shop.positive, ac shop.mail, ad shop.pair, ae gdpr.pii_email[], af text);
INSERT INTO mixed VALUES (1, -2, 9999999999, 12.3400, E'e"\n é\\', 'abc', 'ab', '2025-02-03', '2025-02-03 04:05:06.789', '2025-02-03 04:05:06+00',
	true, '6f2b1c52-7f0e-4c0e-9d39-0123456789ab', '{"a": [1, {"b": null}]}', '{"z": 1, "a": 2, "a": 3}', '{1,NULL,3}', 'nm', 1.5e300, '1 day 2 hours',
	'a@example.com', '{customer_care}', '[1,2)', '\x0102', 77, '12.50', 'email', 'q', '', '10.0.0.1', 3, 'b@example.com', '(1,x)', '{c@example.com}');
INSERT INTO mixed (d) VALUES ('NaN'), ('Infinity'), ('-Infinity'), (1e100), (0.000);
INSERT INTO mixed (h, i, j, q) VALUES ('infinity', '-infinity', 'infinity', 'NaN'), ('0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC', '-Infinity');
INSERT INTO mixed (m) VALUES ('"scalar"'), ('1'), ('[]'), ('null');
ALTER TABLE mixed DROP COLUMN af, ADD COLUMN late boolean DEFAULT false;
SELECT count(*), count(*) FILTER (WHERE gdpr_internal.row_as_jsonb(w.*)::text = to_jsonb(w.*)::text) AS same FROM mixed w;
SELECT count(*) FILTER (WHERE gdpr_internal.row_as_jsonb(w.*)::text = to_jsonb(w.*)::text) AS same FROM (SELECT b, "Na""me", d FROM mixed) w;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_export;
DROP ROLE regress_export_owner, regress_export_dpo, regress_export_masked;
