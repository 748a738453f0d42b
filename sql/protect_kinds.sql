-- Whatever the table looks like: keys, partitions, inheritance, names, paths.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_kinds_owner;
CREATE ROLE regress_kinds_app;
SELECT gdpr.grant_duty('controller', 'regress_kinds_owner');
SELECT gdpr.grant_purpose('order_fulfilment', r::regrole) FROM unnest('{regress_kinds_owner,regress_kinds_app}'::text[]) r;
CREATE SCHEMA kinds AUTHORIZATION regress_kinds_owner;
CREATE SCHEMA "Mijn Bedrijf" AUTHORIZATION regress_kinds_owner;
GRANT USAGE ON SCHEMA kinds, "Mijn Bedrijf" TO regress_kinds_app;
SET search_path = kinds;
-- every row of a table belongs to the subject with this key, and so do its values
CREATE PROCEDURE check_rows(relation regclass, key_of_row text, pii text) LANGUAGE plpgsql AS $$
DECLARE rows bigint; good bigint;
BEGIN
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE s.key IS NOT DISTINCT FROM (%s)::text AND gdpr.subject_of(t.%I) IS NOT DISTINCT FROM CASE WHEN t.%2$I IS NOT NULL THEN t.gdpr_subject END)'
		' FROM %s t LEFT JOIN gdpr.subject s ON s.number = t.gdpr_subject', key_of_row, pii, relation) INTO rows, good;
	RAISE INFO '% of % rows of %', good, rows, relation;
	IF good < rows THEN RAISE EXCEPTION 'misbound'; END IF;
END $$;
CREATE FUNCTION guarded(root regclass) RETURNS TABLE (member regclass, enabled boolean, forced boolean, policies name[], triggers name[]) LANGUAGE sql AS $$
	WITH RECURSIVE tree (oid) AS (SELECT root::oid UNION ALL SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid)
	SELECT c.oid, c.relrowsecurity, c.relforcerowsecurity, ARRAY(SELECT polname FROM pg_policy WHERE polrelid = c.oid ORDER BY 1),
		   ARRAY(SELECT tgname FROM pg_trigger WHERE tgrelid = c.oid AND tgname LIKE '~%' ORDER BY 1)
	FROM tree JOIN pg_class c USING (oid) ORDER BY c.oid::regclass::text
$$;

-- ---- keys ----
SET ROLE regress_kinds_owner;
CREATE TABLE by_uuid (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text);
INSERT INTO by_uuid VALUES ('00000000-0000-0000-0000-00000000000a', 'an@example.com'), ('FFFFFFFF-0000-0000-0000-00000000000B', 'bo@example.com');
CREATE TABLE of_uuid (id bigint PRIMARY KEY, person uuid REFERENCES by_uuid, note text);
INSERT INTO of_uuid VALUES (1, 'ffffffff-0000-0000-0000-00000000000b', 'x'), (2, NULL, NULL);
CREATE TABLE by_text (code text PRIMARY KEY, email text);
INSERT INTO by_text VALUES ('a b', 'an@example.com'), ('c"d,(e)''\', 'bo@example.com'), ('', 'cy@example.com'), ('{f}%s$1', 'di@example.com');
CREATE TABLE of_text (id integer PRIMARY KEY, code varchar REFERENCES by_text ON UPDATE CASCADE, note text);
INSERT INTO of_text SELECT row_number() OVER (), code, 'note' FROM by_text;
CREATE TABLE by_pair (country varchar(2), number numeric(12,2), email text, PRIMARY KEY (country, number));
INSERT INTO by_pair VALUES ('BE', 1, 'an@example.com'), ('NL', 1, 'bo@example.com'), (' ,', -2.5, 'cy@example.com'), ('', 3, NULL);
CREATE TABLE of_pair (id integer PRIMARY KEY, num numeric(12,2), land varchar(2), note text, CONSTRAINT person FOREIGN KEY (num, land) REFERENCES by_pair (number, country) ON UPDATE CASCADE);
INSERT INTO of_pair SELECT row_number() OVER (), number, country, 'note' FROM by_pair;
INSERT INTO of_pair VALUES (9, 1, NULL, NULL);
CREATE TABLE of_of_pair (id integer PRIMARY KEY, up integer REFERENCES of_pair, remark text);
INSERT INTO of_of_pair SELECT id * 10, id, 'remark' FROM of_pair WHERE land IS NOT NULL;
SELECT gdpr.declare_subject('by_uuid', 'id'), gdpr.declare_subject('by_text', 'code'), gdpr.declare_subject('by_pair', 'country', 'number');
SELECT gdpr.protect('by_uuid', '{order_fulfilment}', columns => '{"email":"pii_email"}'), gdpr.protect('by_text', '{order_fulfilment}', columns => '{"email":"pii_email"}'),
	gdpr.protect('by_pair', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('of_uuid', '{order_fulfilment}', owner => 'person', columns => '{"note":"pii_text"}'),
	gdpr.protect('of_text', '{order_fulfilment}', owner => 'code', columns => '{"note":"pii_text"}'),
	gdpr.protect('of_pair', '{order_fulfilment}', owner => 'person', columns => '{"note":"pii_text"}');
SELECT gdpr.protect('of_of_pair', '{order_fulfilment}', owner => 'up.person', columns => '{"remark":"pii_text"}');
GRANT ALL ON ALL TABLES IN SCHEMA kinds TO regress_kinds_app;
SET ROLE regress_kinds_app;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO by_uuid (email) VALUES ('ed@example.com');
INSERT INTO of_uuid SELECT 3, id, 'y' FROM by_uuid WHERE email = 'ed@example.com';
INSERT INTO by_text VALUES ('new', 'ed@example.com');
INSERT INTO of_text VALUES (10, 'new', 'n');
INSERT INTO by_pair VALUES ('DE', 4, 'ed@example.com') ON CONFLICT DO NOTHING;
INSERT INTO by_pair VALUES ('DE', 4.00, 'fy@example.com') ON CONFLICT (country, number) DO UPDATE SET email = excluded.email;
INSERT INTO of_pair VALUES (10, 4, 'DE', 'n');
INSERT INTO of_of_pair VALUES (11, 10, 'r');
UPDATE by_text SET code = 'renamed "code"' WHERE code = 'a b';
UPDATE by_pair SET country = 'FR', number = 7 WHERE country = 'BE';
RESET ROLE;
CALL check_rows('by_uuid', 't.id', 'email');
CALL check_rows('of_uuid', 't.person', 'note');
CALL check_rows('by_text', 't.code', 'email');
CALL check_rows('of_text', 't.code', 'note');
CALL check_rows('by_pair', 'ROW(t.country, t.number)', 'email');
CALL check_rows('of_pair', 'CASE WHEN t.num IS NOT NULL AND t.land IS NOT NULL THEN ROW(t.land, t.num) END', 'note');
CALL check_rows('of_of_pair', '(SELECT ROW(p.land, p.num) FROM of_pair p WHERE p.id = t.up)', 'remark');
SELECT count(*) FROM gdpr.subject s WHERE s.relation = 'by_pair'::regclass;

-- a key of a domain: its checks never run with the rights of the extension
SET ROLE regress_kinds_owner;
CREATE FUNCTION who_checks(integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_user NOT LIKE 'regress%' THEN RAISE EXCEPTION 'run as %', current_user; END IF; RETURN true; END $$;
CREATE DOMAIN number AS integer CHECK (who_checks(VALUE));
CREATE TABLE by_domain (id number PRIMARY KEY, email text UNIQUE);
INSERT INTO by_domain VALUES (1, 'an@example.com');
CREATE TABLE of_domain (id integer PRIMARY KEY, person number REFERENCES by_domain, note text);
INSERT INTO of_domain VALUES (1, 1, 'x');
CREATE TABLE of_of_domain (id integer PRIMARY KEY, up integer REFERENCES of_domain);
INSERT INTO of_of_domain VALUES (1, 1);
SELECT gdpr.declare_subject('by_domain', 'id');
SELECT gdpr.protect('by_domain', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('of_domain', '{order_fulfilment}', owner => 'person', columns => '{"note":"pii_text"}'), gdpr.protect('of_of_domain', '{order_fulfilment}', owner => 'up.person');
INSERT INTO by_domain VALUES (2, 'AN@example.com'), (3, 'bo@example.com') ON CONFLICT (email) DO NOTHING RETURNING id;
INSERT INTO of_domain VALUES (2, 3, 'y');
INSERT INTO of_of_domain VALUES (2, 2);
UPDATE of_domain SET person = 1 WHERE id = 2; -- fails
SET ROLE NONE;
SELECT key FROM gdpr.subject WHERE relation = 'by_domain'::regclass ORDER BY key;

-- ---- partitions ----
SET ROLE regress_kinds_owner;
CREATE TABLE client (id integer PRIMARY KEY, email text);
INSERT INTO client SELECT i, 'c' || i || '@example.com' FROM generate_series(1, 9) i;
SELECT gdpr.declare_subject('client', 'id');
SELECT gdpr.protect('client', '{order_fulfilment}', columns => '{"email":"pii_email"}');
CREATE TABLE sale (id integer, client_id integer REFERENCES client, day date, region text NOT NULL, note text, PRIMARY KEY (id, day, region)) PARTITION BY RANGE (day);
CREATE TABLE sale_25 PARTITION OF sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE sale_26 (note text, day date NOT NULL, gone text, client_id integer, id integer NOT NULL, region text NOT NULL);	-- other column order
ALTER TABLE sale_26 DROP COLUMN gone;
ALTER TABLE sale ATTACH PARTITION sale_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO sale SELECT i, i % 9 + 1, date '2025-12-25' + i, 'r' || i % 2, 'note ' || i FROM generate_series(1, 20) i;
SELECT gdpr.protect('sale_25', '{order_fulfilment}', owner => 'client_id'); -- fails: a partition
SELECT gdpr.protect('sale', '{order_fulfilment}', owner => 'client_id', columns => '{"note":"pii_text"}');
SELECT * FROM guarded('sale');
-- partitions that come later, of every kind
CREATE TABLE sale_27 PARTITION OF sale FOR VALUES FROM ('2027-01-01') TO ('2028-01-01') PARTITION BY LIST (region);
CREATE TABLE sale_27_r0 PARTITION OF sale_27 FOR VALUES IN ('r0');
CREATE TABLE sale_27_more PARTITION OF sale_27 DEFAULT PARTITION BY HASH (id);
CREATE TABLE sale_27_h0 PARTITION OF sale_27_more FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sale_27_h1 PARTITION OF sale_27_more FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE sale_28 (LIKE sale INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE sale ATTACH PARTITION sale_28 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
CREATE TABLE sale_29 (LIKE sale INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY LIST (region);
CREATE TABLE sale_29_all PARTITION OF sale_29 DEFAULT;
ALTER TABLE sale ATTACH PARTITION sale_29 FOR VALUES FROM ('2029-01-01') TO ('2030-01-01');
SELECT member, enabled AND forced AS enforced, policies, triggers FROM guarded('sale');
GRANT ALL ON ALL TABLES IN SCHEMA kinds TO regress_kinds_app;
SET ROLE regress_kinds_app;
INSERT INTO sale SELECT 100 + i, i, date '2026-06-01' + i * 120, 'r' || i % 3, 'later ' || i FROM generate_series(1, 9) i;
INSERT INTO sale_27_r0 VALUES (200, 3, '2027-02-02', 'r0', 'straight in');
UPDATE sale SET day = '2029-07-07', note = 'moved' WHERE id = 3;
UPDATE sale SET client_id = 1 WHERE id = 200;
SELECT tableoid::regclass AS part, id, client_id, gdpr.reveal(note) AS note FROM sale WHERE id >= 100 OR id = 3 ORDER BY id;
RESET gdpr.purpose;
SELECT (SELECT count(*) FROM sale) AS sale, (SELECT count(*) FROM sale_25) AS sale_25, (SELECT count(*) FROM sale_27_r0) AS sale_27_r0, (SELECT count(*) FROM sale_29_all) AS sale_29_all;
INSERT INTO sale_28 VALUES (300, 3, '2028-02-02', 'r0'); -- fails: no purpose
SET gdpr.purpose = 'order_fulfilment';
RESET ROLE;
CALL check_rows('sale', 't.client_id', 'note');
-- detached, it stays as it was: protected by what was cloned, and no longer known
SET ROLE regress_kinds_owner;
ALTER TABLE sale DETACH PARTITION sale_25;
SELECT * FROM guarded('sale_25');
SET ROLE regress_kinds_app;
INSERT INTO sale_25 VALUES (400, 3, '2025-02-02', 'r0', 'x'); -- fails: nothing says whose it is
RESET gdpr.purpose;
SELECT count(*) FROM sale_25;
SET gdpr.purpose = 'order_fulfilment';
SET ROLE regress_kinds_owner;
ALTER TABLE sale ATTACH PARTITION sale_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SET ROLE regress_kinds_app;
INSERT INTO sale_25 VALUES (400, 3, '2025-02-02', 'r0', 'x');
-- a partition with unbound values cannot come in
SET ROLE regress_kinds_owner;
CREATE TABLE sale_30 (LIKE sale INCLUDING DEFAULTS);
INSERT INTO sale_30 (id, client_id, day, region, note) VALUES (1, 1, '2030-01-01', 'r0', 'unbound');
ALTER TABLE sale ATTACH PARTITION sale_30 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01'); -- fails
ALTER TABLE sale_30 ADD CONSTRAINT gdpr_bound_note CHECK (gdpr.is_bound(note)) NOT VALID;
ALTER TABLE sale ATTACH PARTITION sale_30 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01'); -- fails
-- a partitioned table of people, and one protected while it has no partition
CREATE TABLE people (id bigint, kind text, email text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
SELECT gdpr.declare_subject('people', 'id', 'kind');
SELECT gdpr.protect('people', '{order_fulfilment}', columns => '{"email":"pii_email"}');
CREATE TABLE people_a PARTITION OF people FOR VALUES IN ('a');
CREATE TABLE people_rest PARTITION OF people DEFAULT;
GRANT ALL ON people, people_a, people_rest TO regress_kinds_app;
SET ROLE regress_kinds_app;
INSERT INTO people VALUES (1, 'a', 'an@example.com'), (1, 'b', 'bo@example.com');
INSERT INTO people VALUES (1, 'a', 'other@example.com'), (2, 'a', 'cy@example.com') ON CONFLICT DO NOTHING;
INSERT INTO people VALUES (3, 'b', 'di@example.com');
UPDATE people SET kind = 'a' WHERE id = 3;
SELECT tableoid::regclass AS part, id, kind, gdpr.reveal(email) AS email FROM people ORDER BY id, kind;
RESET ROLE;
CALL check_rows('people', 'ROW(t.id, t.kind)', 'email');
SELECT key FROM gdpr.subject WHERE relation = 'people'::regclass ORDER BY key;

-- ---- inheritance ----
SET ROLE regress_kinds_owner;
CREATE TABLE contact (id integer PRIMARY KEY, client_id integer REFERENCES client, phone text);
CREATE TABLE shop_contact (PRIMARY KEY (id), shop text) INHERITS (contact);
INSERT INTO contact VALUES (1, 1, '+32470123451');
INSERT INTO shop_contact VALUES (2, 2, '+32470123452', 's');
SELECT gdpr.protect('shop_contact', '{order_fulfilment}', owner => 'client_id', columns => '{"phone":"pii_phone"}'); -- fails: inherited
SELECT gdpr.protect('contact', '{order_fulfilment}', owner => 'client_id', columns => '{"phone":"pii_phone"}');
CREATE TABLE web_contact (site text) INHERITS (contact);
SELECT * FROM guarded('contact');
GRANT ALL ON contact, shop_contact, web_contact TO regress_kinds_app;
SET ROLE regress_kinds_app;
INSERT INTO contact VALUES (3, 3, '0470 12 34 53');
INSERT INTO shop_contact (id, client_id, phone, shop) VALUES (4, 4, '+32470123454', 't');
INSERT INTO web_contact (id, client_id, phone, site) VALUES (5, 5, '+32470123455', 'u');
SELECT tableoid::regclass AS part, id, gdpr.reveal(phone) AS phone FROM contact ORDER BY id;
RESET gdpr.purpose;
SELECT (SELECT count(*) FROM contact) AS contact, (SELECT count(*) FROM shop_contact) AS shop, (SELECT count(*) FROM web_contact) AS web;
SET gdpr.purpose = 'order_fulfilment';
RESET ROLE;
CALL check_rows('contact', 't.client_id', 'phone');

-- ---- names ----
SET ROLE regress_kinds_owner;
CREATE TABLE "Mijn Bedrijf"."Klanten ""Datei""" ("Id" integer PRIMARY KEY, "E Mail" text UNIQUE, "x, (select 1) --" text, "select" text, "é%s$1'" text);
INSERT INTO "Mijn Bedrijf"."Klanten ""Datei""" VALUES (1, 'an@example.com', 'An', 'rood', 'a'), (2, 'bo@example.com', 'Bo', NULL, 'b');
CREATE TABLE "Mijn Bedrijf"."Order" ("Nr" integer PRIMARY KEY, "Klant.Id" integer, "To ""whom""" text, CONSTRAINT "de klant" FOREIGN KEY ("Klant.Id") REFERENCES "Mijn Bedrijf"."Klanten ""Datei""");
INSERT INTO "Mijn Bedrijf"."Order" VALUES (1, 1, 'Kerkstraat 1, 9000 Gent, BE');
CREATE TABLE "Mijn Bedrijf"."Lijn" ("Nr" integer PRIMARY KEY, "Order" integer REFERENCES "Mijn Bedrijf"."Order", "Tekst" text);
INSERT INTO "Mijn Bedrijf"."Lijn" VALUES (1, 1, 'voor An');
SELECT gdpr.declare_subject('"Mijn Bedrijf"."Klanten ""Datei"""', 'Id');
SELECT gdpr.protect('"Mijn Bedrijf"."Klanten ""Datei"""', '{order_fulfilment}', columns => '{"E Mail":"pii_email","x, (select 1) --":"pii_name","select":"pii_text","é%s$1''":"pii_text"}');
SELECT gdpr.protect('"Mijn Bedrijf"."Order"', '{order_fulfilment}', owner => '"Klant.Id"', columns => '{"To \"whom\"":"pii_address"}');
SELECT gdpr.protect('"Mijn Bedrijf"."Lijn"', '{order_fulfilment}', owner => '"Order"."de klant"', columns => '{"Tekst":"pii_text"}');
GRANT ALL ON ALL TABLES IN SCHEMA "Mijn Bedrijf" TO regress_kinds_app;
SET ROLE regress_kinds_app;
INSERT INTO "Mijn Bedrijf"."Klanten ""Datei""" ("Id", "E Mail", "x, (select 1) --") VALUES (3, 'AN@example.com', 'Ann') ON CONFLICT ("E Mail") DO UPDATE SET "x, (select 1) --" = excluded."x, (select 1) --";
INSERT INTO "Mijn Bedrijf"."Klanten ""Datei""" ("Id", "E Mail", "x, (select 1) --") VALUES (3, 'cy@example.com', 'Cy');
INSERT INTO "Mijn Bedrijf"."Order" VALUES (2, 3, 'Kerkstraat 2, 9000 Gent, BE');
INSERT INTO "Mijn Bedrijf"."Lijn" VALUES (2, 2, 'voor Cy');
SELECT "Id", gdpr.reveal("E Mail") AS mail, gdpr.reveal("x, (select 1) --") AS name, gdpr.reveal("select") AS colour, gdpr.reveal("é%s$1'") AS e FROM "Mijn Bedrijf"."Klanten ""Datei""" ORDER BY 1;
SELECT l."Nr", gdpr.reveal("Tekst") AS tekst, gdpr.reveal("To ""whom""") AS whom FROM "Mijn Bedrijf"."Lijn" l JOIN "Mijn Bedrijf"."Order" o ON o."Nr" = l."Order" ORDER BY 1;
-- renamed afterwards, everything: schema, tables, columns, the key, the steps of the path
RESET ROLE;
ALTER SCHEMA "Mijn Bedrijf" RENAME TO firma;
SET ROLE regress_kinds_owner;
ALTER TABLE firma."Klanten ""Datei""" RENAME TO klant;
ALTER TABLE firma.klant RENAME "Id" TO nummer;
ALTER TABLE firma.klant RENAME "E Mail" TO email;
ALTER TABLE firma."Order" RENAME "Klant.Id" TO klant;
ALTER TABLE firma."Order" RENAME TO bestelling;
ALTER TABLE firma."Lijn" RENAME "Order" TO bestelling;
ALTER TABLE firma."Lijn" RENAME "Tekst" TO tekst;
SELECT relation, subject_table FROM gdpr.protected_table WHERE relation::text LIKE 'firma.%' ORDER BY relation::text;
SELECT relation, key_columns FROM gdpr.subject_table WHERE relation::text LIKE 'firma.%';
SELECT relation, step, on_table, columns FROM gdpr.owner_step WHERE relation::text LIKE 'firma.%' ORDER BY relation::text, step;
SELECT relation, column_name FROM gdpr.protected_column WHERE relation::text LIKE 'firma.%' ORDER BY relation::text, column_name;
SET ROLE regress_kinds_app;
INSERT INTO firma.klant (nummer, email) VALUES (4, 'di@example.com');
INSERT INTO firma.bestelling VALUES (3, 4, 'Kerkstraat 3, 9000 Gent, BE');
INSERT INTO firma."Lijn" VALUES (3, 3, 'voor Di');
UPDATE firma."Lijn" SET bestelling = 3 WHERE "Nr" = 1;
RESET ROLE;
CALL check_rows('firma.klant', 't.nummer', 'email');
CALL check_rows('firma.bestelling', 't.klant', 'To "whom"');
CALL check_rows('firma."Lijn"', '(SELECT b.klant FROM firma.bestelling b WHERE b."Nr" = t.bestelling)', 'tekst');

-- ---- later columns, views ----
SET ROLE regress_kinds_owner;
ALTER TABLE client ADD COLUMN phone gdpr.pii_phone, ADD COLUMN plain text;
ALTER TABLE client ADD COLUMN iban gdpr.pii_iban DEFAULT 'BE68539007547034'; -- fails
CREATE VIEW all_clients AS SELECT id, email, phone FROM client;
CREATE VIEW own_clients WITH (security_invoker) AS SELECT id, email, phone FROM client;
GRANT SELECT ON all_clients, own_clients TO regress_kinds_app;
SET ROLE regress_kinds_app;
UPDATE client SET phone = '0470 12 34 56' WHERE id = 1;
UPDATE client SET phone = NULL WHERE id = 2;
SELECT id, gdpr.reveal(phone) AS phone FROM client WHERE phone IS NOT NULL;
SELECT count(*) FROM own_clients;
RESET gdpr.purpose;
SELECT count(*) FROM own_clients;
RESET ROLE;
CALL check_rows('client', 't.id', 'phone');

SET client_min_messages = error;
DROP TABLE by_uuid, of_uuid;
SELECT count(*) FROM gdpr.protected_table WHERE relation::text LIKE '%\_uuid';
DROP SCHEMA kinds, firma CASCADE;
SELECT (SELECT count(*) FROM gdpr.protected_table WHERE relation::text ~ '^[0-9]+$') AS tables, (SELECT count(*) FROM gdpr.protected_column WHERE relation::text ~ '^[0-9]+$') AS columns,
	(SELECT count(*) FROM gdpr.owner_step WHERE relation::text ~ '^[0-9]+$') AS steps;
SELECT gdpr.revoke_duty('controller', 'regress_kinds_owner');
DROP ROLE regress_kinds_owner, regress_kinds_app;
