/*
 * transparency: what an unchanged application says to a protected table means what it means on text. That the answers are
 * those of plain text is test/twin's; here is how: which index, what is recorded, what is refused, what stays sealed.
 */
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE ROLE regress_clear;
CREATE ROLE regress_clear_masked;
CREATE ROLE regress_clear_nobody;
CREATE SCHEMA clear;
GRANT USAGE, CREATE ON SCHEMA clear TO regress_clear, regress_clear_masked, regress_clear_nobody;
SET search_path = clear;
CREATE TABLE person (id integer PRIMARY KEY, name text, email text UNIQUE, born date, note text, city text);
INSERT INTO person SELECT g, (ARRAY['Peeters', 'Maes', 'van den Berg', 'Ångström'])[1 + g % 4], 'user' || g || '@example.com',
	date '1970-01-01' + g, CASE WHEN g % 3 > 0 THEN ' calls on day ' || g % 7 END, 'Gent' FROM generate_series(1, 40) g;
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', purposes => '{order_fulfilment}',
	columns => '{"name": "pii_name", "email": "pii_email", "born": "pii_birth_date", "note": "pii_text"}');
CREATE TABLE log (what text, day date, doc jsonb, n integer);
GRANT ALL ON ALL TABLES IN SCHEMA clear TO regress_clear, regress_clear_masked, regress_clear_nobody;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_clear'), gdpr.grant_purpose('order_fulfilment', 'regress_clear_masked', 'masked');

SET ROLE regress_clear;
SET gdpr.purpose = 'order_fulfilment';
SET gdpr.output = 'reveal';

-- ---- by index, with constants, parameters and lists; what a parameter holds does not stand in the plan ----
CREATE FUNCTION plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		RETURN NEXT regexp_replace(line, 'gdpr1:[\w-]+', 'gdpr1:...', 'g');
	END LOOP;
END $$;
SET enable_seqscan = off;
PREPARE by_mail(text) AS SELECT id FROM person WHERE email = $1;
PREPARE by_mails(text[]) AS SELECT id FROM person WHERE email = ANY ($1) ORDER BY id;
PREPARE by_pattern(text) AS SELECT id FROM person WHERE name LIKE $1 ORDER BY id;
SELECT plan_of('EXECUTE by_mail(''user7@example.com'')');
SELECT plan_of('EXECUTE by_mails(''{user7@example.com}'')');
SELECT plan_of('EXECUTE by_pattern(''van%'')');
SELECT plan_of('SELECT id FROM person WHERE lower(email) = lower(''USER7@example.com'')');
EXECUTE by_mail('user7@example.com');
EXECUTE by_mails('{user7@example.com,nobody@example.com,NULL}');
SET plan_cache_mode = force_generic_plan;
EXECUTE by_mail('user8@example.com');
EXECUTE by_mails('{user8@example.com}');
EXECUTE by_pattern('van%10');
SELECT plan_of('EXECUTE by_mails(''{user7@example.com}'')');
RESET plan_cache_mode;
RESET enable_seqscan;

-- a kept plan is right for whoever runs it
SET plan_cache_mode = force_generic_plan;
PREPARE ordered AS SELECT id, name FROM person ORDER BY name DESC, id LIMIT 2;
EXECUTE ordered;
RESET ROLE;
SET ROLE regress_clear_masked;
EXECUTE by_pattern('van%');
SELECT id, name FROM person WHERE id < 5 ORDER BY name, id;
RESET ROLE;
SET ROLE regress_clear;
RESET plan_cache_mode;
DEALLOCATE ALL;

-- ---- a masked grant compares with the mask, so that nothing is learnt letter by letter ----
SET ROLE regress_clear_masked;
SELECT count(*) FILTER (WHERE name LIKE '%berg%') AS behind_the_mask, count(*) FILTER (WHERE name LIKE 'v%') AS of_the_mask,
	count(*) FILTER (WHERE born > '1900-01-01') AS born, count(*) FILTER (WHERE name < 'Maez' AND name > 'Maer') AS between
FROM person;
SET ROLE regress_clear;

-- ---- what is typed and is none of the class equals nobody, and is not stored ----
SELECT count(*) FROM person WHERE email = 'not an address';
SELECT count(*) FROM person WHERE born = '1850-01-01';
UPDATE person SET email = 'not an address' WHERE id = 1; -- fails
SET gdpr.output = 'sealed';
SELECT count(*) FROM person WHERE email = 'not an address'; -- fails: only where plaintext is wanted
SET gdpr.output = 'reveal';

-- ---- what this session typed is shown to it; what another role typed is not ----
SELECT coalesce(note, ' none') FROM person WHERE id IN (3, 4) ORDER BY id;
CREATE TABLE draft (v gdpr.pii_text);
INSERT INTO draft VALUES ('mine');
SELECT v FROM draft;
GRANT SELECT ON draft TO regress_clear_masked;
SET ROLE regress_clear_masked;
SELECT v IS NOT NULL, concat(v) LIKE 'gdpr1:%' AS sealed FROM draft;
SET ROLE regress_clear;

-- ---- COPY of a query is the client's, COPY of a table is a dump ----
COPY (SELECT id, name FROM person WHERE id < 3 ORDER BY id) TO STDOUT;

-- ---- functions, views, rows ----
CREATE FUNCTION label(p person) RETURNS text LANGUAGE sql STABLE AS 'SELECT concat(p.name, '' <'', p.email, ''>'')';
CREATE FUNCTION called(pattern text) RETURNS SETOF text LANGUAGE sql STABLE
	AS 'SELECT format(''%s'', name) FROM person WHERE name LIKE pattern ORDER BY id LIMIT 2';
SELECT label(p) FROM person p WHERE id = 1;
SELECT * FROM called('v%');
PREPARE labels AS SELECT label(p) FROM person p WHERE id = 1;
EXECUTE labels;
CREATE OR REPLACE FUNCTION label(p person) RETURNS text LANGUAGE sql STABLE AS 'SELECT concat(''to '', p.name)';
EXECUTE labels; -- the plan in which it was inlined is made again
DEALLOCATE labels;
CREATE VIEW everybody AS SELECT id, lower(name) AS n FROM person ORDER BY name, id;
SELECT regexp_replace(pg_get_viewdef('everybody'), '\mperson\.', '', 'g') AS definition;
SELECT * FROM everybody LIMIT 1;

-- a row that an outer join did not find is none
SELECT n, p::text IS NULL AS none FROM (VALUES (1), (0)) v (n) LEFT JOIN person p ON p.id = v.n ORDER BY n;

-- ---- no plaintext is stored by accident ----
RESET ROLE;
SELECT coalesce(max(number), 0) AS before FROM gdpr.ledger \gset
SET ROLE regress_clear;
INSERT INTO log (what) SELECT lower(email) FROM person WHERE id = 1; -- fails
INSERT INTO log (what) SELECT s.e FROM (SELECT upper(email) AS e FROM person UNION ALL SELECT 'x') s; -- fails
WITH w AS (SELECT concat(name, '!') AS e FROM person) INSERT INTO log (what) SELECT e FROM w; -- fails
INSERT INTO log (day) SELECT born FROM person WHERE id = 1; -- fails
INSERT INTO log (doc) SELECT to_jsonb(p) FROM person p WHERE id = 1; -- fails
UPDATE log SET what = name FROM person; -- passes: there is no row to write
INSERT INTO log (what) VALUES ('x');
UPDATE log SET what = name FROM person WHERE id = 2; -- fails
UPDATE log SET (what, n) = (SELECT name, id FROM person WHERE id = 2); -- fails
CREATE TABLE taken AS SELECT upper(name) AS name FROM person; -- fails
SELECT upper(name) AS name INTO taken FROM person; -- fails
PREPARE names AS SELECT upper(name) AS name FROM person;
CREATE TABLE taken AS EXECUTE names; -- fails
DEALLOCATE names;
INSERT INTO log (n) SELECT length(name) FROM person WHERE id = 1; -- passes: a number is no copy
INSERT INTO log (what) SELECT name::text FROM person WHERE id = 1; -- passes: it is written that it is meant
CREATE TABLE kept AS SELECT id, name FROM person WHERE id = 1; -- passes: it is sealed there
SELECT name::text AS name INTO taken FROM person WHERE id = 1;
RESET ROLE;
SELECT kind, detail FROM gdpr.ledger WHERE kind = 'plaintext copied' AND number > :before ORDER BY number;
SET gdpr.plaintext_copies = 'record';
SET ROLE regress_clear;
INSERT INTO log (what) SELECT lower(email) FROM person WHERE id = 1;
RESET ROLE;
SELECT kind, detail FROM gdpr.ledger WHERE kind = 'plaintext copied' ORDER BY number DESC LIMIT 1;
RESET gdpr.plaintext_copies;
SET ROLE regress_clear;
SET gdpr.plaintext_copies = 'record'; -- fails
-- not through the variables of a function either
CREATE FUNCTION by_variable() RETURNS void LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
	SELECT email INTO v FROM person WHERE id = 1;
	INSERT INTO log (what) VALUES (v);
END $$;
CREATE FUNCTION by_row() RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record; d date; j jsonb;
BEGIN
	FOR r IN SELECT * FROM person WHERE id = 1 LOOP
		d := r.born;
		j := to_jsonb(r);
		BEGIN
			INSERT INTO log (day) VALUES (d);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			RAISE NOTICE '%', SQLERRM;
		END;
		INSERT INTO log (doc) VALUES (j);
	END LOOP;
END $$;
SET client_min_messages = notice;
SELECT by_variable(); -- fails
SELECT by_row(); -- fails
SET client_min_messages = warning;
-- a variable that holds something else is written
CREATE FUNCTION by_other(v text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM lower(email) FROM person WHERE id = 1;
	INSERT INTO log (what) VALUES (v);
END $$;
SELECT by_other('other');
-- nor through what functions return, nor in the text of a statement that one puts together
CREATE FUNCTION mail_of(i integer) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT lower(email) FROM clear.person WHERE id = i); END';
CREATE FUNCTION mail_in_sql(i integer) RETURNS text LANGUAGE sql STABLE AS 'SELECT lower(email) FROM clear.person WHERE id = i';
CREATE FUNCTION mails() RETURNS SETOF text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT lower(email) FROM clear.person; END';
CREATE FUNCTION by_text() RETURNS void LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
	SELECT email INTO v FROM person WHERE id = 1;
	EXECUTE format('INSERT INTO log (what) VALUES (%L)', v);
END $$;
INSERT INTO log (what) VALUES (mail_of(1)); -- fails
INSERT INTO log (what) SELECT mail_in_sql(1); -- fails
INSERT INTO log (what) SELECT m FROM mails() m; -- fails
INSERT INTO log (what) SELECT mails(); -- fails
UPDATE log SET what = mail_of(1); -- fails
CREATE TABLE taken2 AS SELECT * FROM mails(); -- fails
SELECT by_text(); -- fails
-- what an audit trigger writes stays sealed
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO log (what, doc) VALUES (NEW::text, to_jsonb(NEW));
	RETURN NEW;
END $$;
RESET ROLE;
CREATE TRIGGER audit AFTER UPDATE ON person FOR EACH ROW EXECUTE FUNCTION audit();
SET ROLE regress_clear;
UPDATE person SET city = 'Brugge' WHERE id = 2;
SELECT doc ->> 'city' AS city, left(doc ->> 'email', 6) AS email, what LIKE '%user2@%' AS shown FROM log WHERE doc IS NOT NULL;
RESET ROLE;
DROP TRIGGER audit ON person;

-- ---- stored with a table, an expression would open values for whoever writes: refused ----
ALTER TABLE person ADD CHECK (email LIKE '%@%') NOT VALID; -- fails
ALTER TABLE person ADD CHECK (born < '2020-01-01') NOT VALID; -- fails
ALTER TABLE person ADD CHECK (email IS NOT NULL AND length(city) > 0); -- passes
CREATE DOMAIN work_email AS gdpr.pii_email CHECK (VALUE LIKE '%@work.example'); -- fails
CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW WHEN (NEW.name LIKE 'M%') EXECUTE FUNCTION audit(); -- fails
CREATE POLICY mine ON person USING (lower(email) = current_user); -- fails
CREATE INDEX ON person (note); -- fails
CREATE UNIQUE INDEX ON person (born); -- fails
CREATE INDEX ON person (name gdpr.pii_name_open_ops); -- fails
CREATE TABLE by_day (day gdpr.pii_birth_date) PARTITION BY RANGE (day); -- fails
CREATE TABLE by_note (note gdpr.pii_text) PARTITION BY HASH (note); -- fails
-- whether a value was written again needs no key, no purpose and no grant
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''written''; RETURN NEW; END';
CREATE TRIGGER changed AFTER UPDATE ON person FOR EACH ROW
	WHEN (OLD.note IS DISTINCT FROM NEW.note OR OLD.email IS DISTINCT FROM NEW.email OR OLD.born <> NEW.born)
	EXECUTE FUNCTION changed();
SET client_min_messages = notice;
RESET gdpr.purpose;
UPDATE person SET city = 'Aalst' WHERE id = 2;
SET gdpr.purpose = 'order_fulfilment';
SET ROLE regress_clear;
UPDATE person SET note = 'called' WHERE id = 2;
SET client_min_messages = warning;

-- ---- statistics hold no plaintext and no order of it ----
RESET ROLE;
SET gdpr.output = 'reveal';
ANALYZE person;
SELECT attname, most_common_vals::text LIKE '%gdpr1:%' AS common, histogram_bounds::text !~ '^\{("?gdpr1:[^,]+,?)*\}$' AS plain
FROM pg_stats WHERE schemaname = 'clear' AND tablename = 'person' AND attname IN ('name', 'note') ORDER BY 1;

RESET ALL;
SET client_min_messages = warning;
SELECT count(*) FROM gdpr.ledger WHERE kind = 'plaintext copied' AND detail::text LIKE '%user1@%';
DROP SCHEMA clear CASCADE;
SELECT gdpr.revoke_purpose('order_fulfilment', 'regress_clear'), gdpr.revoke_purpose('order_fulfilment', 'regress_clear_masked');
DROP ROLE regress_clear, regress_clear_masked, regress_clear_nobody;
