-- Subjects that a statement creates row after row: after sixteen it expects the next to be new as well, and looks no more
-- before it inserts. Whoever is not new must then be found by the insertion itself.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
SELECT gdpr.grant_purpose('order_fulfilment', session_user::text::regrole);
SET gdpr.purpose = 'order_fulfilment';
CREATE SCHEMA bulk;
SET search_path = bulk;
CREATE TABLE person (id integer PRIMARY KEY, email text UNIQUE);
CREATE TABLE note (id integer PRIMARY KEY, person integer, note text);
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', '{order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.protect('note', '{order_fulfilment}', owner => 'person', columns => '{"note":"pii_text"}');

CREATE VIEW state AS
SELECT (SELECT count(*) FROM gdpr.subject WHERE relation = 'person'::regclass) AS subjects,
	   (SELECT count(DISTINCT key) FROM gdpr.subject WHERE relation = 'person'::regclass) AS by_name,
	   (SELECT count(*) FROM note n WHERE gdpr.subject_of(n.note) <> n.gdpr_subject
			OR gdpr_internal.subject_number('person', n.person::text) IS DISTINCT FROM n.gdpr_subject) AS strange_notes,
	   (SELECT count(*) FROM person p WHERE gdpr.subject_of(p.email) <> p.gdpr_subject
			OR gdpr_internal.subject_number('person', p.id::text) IS DISTINCT FROM p.gdpr_subject) AS strange_people;

-- in one COPY: sixty people, twenty of them again, and sixty new ones twice each, side by side
COPY note (id, person, note) FROM PROGRAM
	'awk ''BEGIN { for (i = 1; i <= 200; i++) print i "\t" (i <= 60 ? i : i <= 80 ? i - 40 : int(i / 2) + 60) "\tnote " i }''';
SELECT count(*) AS notes, count(DISTINCT person) AS people, count(DISTINCT gdpr_subject) AS subjects FROM note;
SELECT * FROM state;

-- who has a subject already keeps it
COPY person (id, email) FROM PROGRAM 'awk ''BEGIN { for (i = 300; i > 40; i--) print i "\tp" i "@example.com" }''';
SELECT * FROM state;
SELECT count(*) FROM note n JOIN person p ON p.id = n.person AND p.gdpr_subject <> n.gdpr_subject;

-- an error in the middle leaves nobody behind
COPY person (id, email) FROM PROGRAM 'awk ''BEGIN { for (i = 400; i <= 450; i++) print i "\tp" (i == 440 ? 410 : i) "@example.com" }'''; -- fails
SELECT * FROM state;

-- a block that is undone in the middle of a statement, and done again
DO $$
BEGIN
	FOR i IN 500 .. 600 LOOP
		BEGIN
			INSERT INTO note VALUES (i, i, 'note ' || i);
			IF i % 3 = 0 THEN
				RAISE EXCEPTION 'undone';
			END IF;
		EXCEPTION WHEN raise_exception THEN
			INSERT INTO note VALUES (i, i, 'again ' || i);
		END;
	END LOOP;
	BEGIN
		INSERT INTO note SELECT i, i, 'note ' || i FROM generate_series(601, 660) i;
		RAISE EXCEPTION 'undone';
	EXCEPTION WHEN raise_exception THEN
		INSERT INTO note SELECT i, i - 1, 'again ' || i FROM generate_series(631, 690) i;
	END;
END $$;
SELECT * FROM state;

-- a trigger that writes for the next person before their own row comes, and a foreign key to the subjects
CREATE TABLE follows (subject bigint NOT NULL REFERENCES gdpr.subject (number), seen bigint);
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO follows VALUES (NEW.gdpr_subject, (SELECT count(*) FROM gdpr.subject s WHERE s.number = NEW.gdpr_subject));
	INSERT INTO follows VALUES (gdpr_internal.ensure_subject('person', (NEW.id + 1)::text), 1);
	RETURN NEW;
END $$;
CREATE TRIGGER "~gdpr_followed" BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION follow();
INSERT INTO person (id, email) SELECT i, 'p' || i || '@example.com' FROM generate_series(1000, 1099) i;
SELECT count(*), count(DISTINCT subject), min(seen), max(seen) FROM follows;
SELECT * FROM state;
DROP TRIGGER "~gdpr_followed" ON person;

-- ON CONFLICT takes back those whose row did not appear, and only those
INSERT INTO person (id, email)
SELECT i, 'p' || 1000 + i % 150 || '@example.com' FROM generate_series(2000, 2149) i ON CONFLICT (email) DO NOTHING;
SELECT count(*) FROM person WHERE id >= 2000;
SELECT * FROM state;

-- an index that somebody added is kept as well
CREATE INDEX subject_added ON gdpr.subject (created_at, key);
INSERT INTO person (id, email) SELECT i, 'p' || i || '@example.com' FROM generate_series(3000, 3039) i;
SET enable_seqscan = off;
SELECT count(*) FROM gdpr.subject WHERE created_at > '-infinity' AND key >= '3000' AND key <= '3039' AND relation = 'person'::regclass;
RESET enable_seqscan;
DROP INDEX gdpr.subject_added;

-- the suppression list is looked at once a command, not once a statement
CREATE PROCEDURE suppress_on_the_way(may_commit boolean) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO person (id, email) VALUES (3999, 'r9@example.com');
	IF may_commit THEN
		COMMIT;
	END IF;
	INSERT INTO person (id, email) VALUES (4000, 's0@example.com');
	PERFORM gdpr.suppress('email', 's1@example.com');
	IF may_commit THEN
		COMMIT;
	END IF;
	INSERT INTO person (id, email) VALUES (4001, 's1@example.com');
END $$;
CALL suppress_on_the_way(false); -- fails
VACUUM gdpr.suppression;
CALL suppress_on_the_way(true); -- fails
SELECT id FROM person WHERE id >= 3999;
DELETE FROM gdpr.suppression;
VACUUM gdpr.suppression;

-- values that are not of their class are named together, by key
CREATE TABLE mixed (id integer PRIMARY KEY, email text, born date);
INSERT INTO mixed SELECT i, CASE i % 10 WHEN 3 THEN 'not an address' ELSE 'm' || i || '@example.com' END,
	CASE i WHEN 7 THEN date '0044-03-15 BC' ELSE date '1970-01-01' + i END FROM generate_series(1, 30) i;
SELECT gdpr.declare_subject('mixed', 'id');
\set VERBOSITY default
SELECT gdpr.protect('mixed', '{order_fulfilment}', columns => '{"email":"pii_email","born":"pii_birth_date"}'); -- fails
UPDATE mixed SET email = NULL WHERE email NOT LIKE '%@%';
SELECT gdpr.protect('mixed', '{order_fulfilment}', columns => '{"email":"pii_email","born":"pii_birth_date"}'); -- fails
\set VERBOSITY sqlstate
SELECT count(*) FROM gdpr.subject WHERE relation = 'mixed'::regclass;
UPDATE mixed SET born = NULL WHERE born < '1900-01-01';
SELECT gdpr.protect('mixed', '{order_fulfilment}', columns => '{"email":"pii_email","born":"pii_birth_date"}');
SELECT count(*) FROM mixed WHERE gdpr_internal.subject_number('mixed', id::text) = gdpr_subject AND gdpr.subject_of(born) = gdpr_subject;

DROP SCHEMA bulk CASCADE;
SELECT gdpr.revoke_purpose('order_fulfilment', session_user::text::regrole);
