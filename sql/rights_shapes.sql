-- The rights over tables of every shape: composite and uuid keys, quoted names, partitions, RESTRICT, deferred keys, quarantine.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_shapes;
\c regress_rights_shapes
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_shapes_owner;
SELECT gdpr.grant_duty('controller', 'regress_shapes_owner');
SELECT gdpr.grant_purpose(p, 'regress_shapes_owner') FROM unnest('{customer_care,rights_handling}'::text[]) p;
SELECT gdpr.grant_purpose('rights_handling', current_user::regrole);
CREATE SCHEMA "My Shop" AUTHORIZATION regress_shapes_owner;
SET ROLE regress_shapes_owner;
SET search_path = "My Shop";
CREATE TABLE "Person" (shop integer, "No." text, "E-Mail" text, PRIMARY KEY (shop, "No."));
CREATE TABLE "Visit" (id bigint, day date, shop integer, who text, note text, PRIMARY KEY (id, day),
	CONSTRAINT "of whom" FOREIGN KEY (shop, who) REFERENCES "Person" ON UPDATE CASCADE) PARTITION BY RANGE (day);
CREATE TABLE "Visit 25" PARTITION OF "Visit" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "Visit 26" PARTITION OF "Visit" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE photo (id uuid PRIMARY KEY, visit bigint, day date, caption text, FOREIGN KEY (visit, day) REFERENCES "Visit" ON DELETE RESTRICT);
CREATE TABLE deferred (id integer PRIMARY KEY, shop integer, who text, phone text,
	CONSTRAINT deferred_owner FOREIGN KEY (shop, who) REFERENCES "Person" DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "Person" VALUES (1, 'a', 'a@example.com'), (1, 'b,"c"\d', 'b@example.com'), (1, 'b', NULL);
INSERT INTO "Visit" VALUES (1, '2025-02-03', 1, 'b,"c"\d', 'cold'), (2, '2026-02-03', 1, 'b,"c"\d', 'warm'), (3, '2026-02-03', 1, 'a', 'warm');
INSERT INTO photo VALUES ('00000000-0000-0000-0000-000000000001', 2, '2026-02-03', 'at the till'), ('00000000-0000-0000-0000-000000000002', 3, '2026-02-03', NULL);
INSERT INTO deferred VALUES (1, 1, 'b,"c"\d', 'no number'), (2, 1, 'b,"c"\d', '+32470123456'), (3, 1, 'a', 'nor this');
SELECT gdpr.declare_subject('"Person"', 'shop', 'No.');
SELECT gdpr.protect('"Person"', '{customer_care}', columns => '{"E-Mail":"pii_email"}');
SELECT gdpr.protect('"Visit"', '{customer_care}', owner => '"of whom"', columns => '{"note":"pii_text"}');
SELECT gdpr.protect('photo', '{customer_care}', owner => 'photo_visit_day_fkey."of whom"', columns => '{"caption":"pii_text"}');
SELECT gdpr.protect('deferred', '{customer_care}', owner => 'deferred_owner', columns => '{"phone":"pii_phone"}', on_invalid => 'quarantine');
RESET ROLE;
SET search_path = "My Shop";
SELECT key, number AS person FROM gdpr.subject WHERE key LIKE '%c%' \gset
SELECT :'key' AS key, count(*) AS quarantined FROM gdpr.quarantine;
SELECT * FROM gdpr.impact('"Person"', :'key');
SELECT relation, role, data FROM gdpr.export_rows('"Person"', :'key');
SELECT t ->> 'table' AS "table", t ->> 'action' AS action, t ->> 'rows' AS rows
FROM jsonb_array_elements(gdpr.erase_subject('"Person"', :'key', 'Art. 17(1)(b)') -> 'tables') t;
SELECT * FROM gdpr.residue(:person);
SELECT count(*) AS quarantined FROM gdpr.quarantine;
SELECT shop, "No." FROM "Person" ORDER BY 2;
SELECT id FROM "Visit" UNION ALL SELECT id FROM deferred UNION ALL SELECT visit FROM photo ORDER BY 1;

-- what retention put into the archive is in the copy, and goes with the person
INSERT INTO gdpr.archive (relation, row_key, subject, purpose, sealed_for, classes, content, until)
SELECT 'shop.old', '7', p.number, 'customer_care', h.number, '{"phone":"phone"}',
	gdpr_internal.seal_json(jsonb_build_object('id', 7, 'phone', gdpr_internal.seal_phone('+32470123499', h.number))::text, h.number), now() + interval '1 year'
FROM gdpr.subject p, gdpr_internal.make_heir('"Person"') h (number) WHERE p.key = '(1,a)';
SELECT data -> 'content' AS content FROM gdpr.export_rows('"Person"', '(1,a)') WHERE relation = 'gdpr.archive'::regclass;
SELECT finding FROM gdpr.status() WHERE finding ~ 'dropped tables';
SELECT number AS person FROM gdpr.subject WHERE key = '(1,a)' \gset

-- the plan is remembered, and follows what happens to the tables, in this session and in others
SET ROLE regress_shapes_owner;
ALTER TABLE "Visit" RENAME TO visits;
ALTER TABLE visits RENAME COLUMN note TO "the note";
SELECT gdpr.link('visits', on_erase => 'anonymise');
ALTER TABLE photo DROP CONSTRAINT photo_visit_day_fkey;
RESET ROLE;
ALTER SCHEMA "My Shop" RENAME TO shop;
SET search_path = shop;
SELECT gdpr.erase_subject('"Person"', '(1,a)', 'Art. 17(1)(b)') -> 'tables' AS tables;
SELECT * FROM gdpr.residue(:person);
SELECT id, shop, who, "the note", gdpr_subject FROM visits;
SELECT count(*) FROM "Person";
CREATE TABLE copy AS SELECT * FROM "Person";
SELECT gdpr.erase_subject('"Person"', '(1,b)', 'Art. 17(1)(b)');	-- fails: the copy is not reachable
DROP TABLE copy;
SELECT gdpr.erase_subject('"Person"', '(1,b)', 'Art. 17(1)(b)') IS NOT NULL AS erased;
SELECT count(*) AS living FROM gdpr.subject WHERE wrapped_key IS NOT NULL AND key IS NOT NULL;
SELECT count(*) AS archived FROM gdpr.archive;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_shapes;
DROP ROLE regress_shapes_owner;
