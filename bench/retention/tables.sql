-- Visits of people, a fifth of them older than four years, to be deleted, to be anonymised, and as plain twins of the
-- same shape. Variable rows: how many visits; fifty of them are one person's.
\set ON_ERROR_STOP on
SET client_min_messages = error;
CREATE EXTENSION gdpr;
CREATE SCHEMA bench;

/* Time of this backend on the processor, in ms, brought up to date when the process leaves it, hence the nap. */
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM pg_sleep(0.0005);
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6;
END $$;
/* Private memory of this backend in kB, at its highest but for shared buffers. */
CREATE FUNCTION bench.memory() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
$$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::bigint $$;

CREATE TABLE person (id integer PRIMARY KEY, email text);
INSERT INTO person SELECT i, 'person' || i || '@example.com' FROM generate_series(0, :rows / 50) i;
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}');

CREATE TABLE visit (
	id integer PRIMARY KEY, person_id integer, at timestamptz NOT NULL, page text, referrer text, agent text,
	country text, seconds integer, amount numeric);
INSERT INTO visit
SELECT i, i % (:rows / 50) + 1, now() - interval '5 years' + i * (interval '5 years' / :rows), 'page' || i % 97,
	   'https://example.com/' || i % 31, 'Mozilla/5.0', 'BE', i % 600, i % 1000 / 7.0
FROM generate_series(1, :rows) i;
CREATE TABLE statistic (LIKE visit INCLUDING ALL);
INSERT INTO statistic SELECT * FROM visit;
ALTER TABLE visit ADD FOREIGN KEY (person_id) REFERENCES person;
ALTER TABLE statistic ADD FOREIGN KEY (person_id) REFERENCES person;
SELECT gdpr.protect('visit', owner => 'person_id', purposes => '{order_fulfilment}'),
	   gdpr.protect('statistic', owner => 'person_id', purposes => '{order_fulfilment}');
CREATE INDEX ON visit (at);
CREATE INDEX ON statistic (at);
CREATE TABLE plain_visit (LIKE visit INCLUDING INDEXES);
CREATE TABLE plain_statistic (LIKE statistic INCLUDING INDEXES);
INSERT INTO plain_visit SELECT * FROM visit;
INSERT INTO plain_statistic SELECT * FROM statistic;
VACUUM ANALYZE;

SELECT gdpr.set_anonymisation('statistic', c, s, o::jsonb) FROM (VALUES
	('page', 'constant', '{"value": "page"}'), ('referrer', 'null', '{}'), ('agent', 'null', '{}'),
	('country', 'truncate', '{"length": 1}'), ('seconds', 'round', '{"digits": -1}'),
	('amount', 'round', '{"digits": 0}')) r (c, s, o);
SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '4 years', column_name => 'at');
SELECT gdpr.confirm_retention('visit', 'order_fulfilment');
CREATE ROLE app LOGIN;
GRANT SELECT, UPDATE ON visit, statistic TO app;
SELECT gdpr.grant_duty('app', 'app'), gdpr.grant_purpose('order_fulfilment', 'app');

/* ---- the peers: batches by keyset, a commit each, and on from where the last call stopped ---- */

CREATE TABLE bench.place (id integer NOT NULL, what text PRIMARY KEY);
INSERT INTO bench.place VALUES (0, 'plain_visit'), (0, 'plain_statistic');

CREATE PROCEDURE bench.delete_plain(batches integer, batch_size integer) LANGUAGE plpgsql AS $$
DECLARE
	last_id integer := (SELECT id FROM bench.place WHERE what = 'plain_visit');
	due integer[];
BEGIN
	FOR i IN 1 .. batches
	LOOP
		due := ARRAY(SELECT p.id FROM plain_visit p WHERE p.at < now() - interval '4 years' AND p.id > last_id ORDER BY p.id LIMIT batch_size);
		DELETE FROM plain_visit p WHERE p.id = ANY (due);
		last_id := due[cardinality(due)];
		UPDATE bench.place SET id = last_id WHERE what = 'plain_visit';
		COMMIT;
	END LOOP;
END $$;

CREATE PROCEDURE bench.anonymise_plain(batches integer, batch_size integer) LANGUAGE plpgsql AS $$
DECLARE
	last_id integer := (SELECT id FROM bench.place WHERE what = 'plain_statistic');
	due integer[];
BEGIN
	FOR i IN 1 .. batches
	LOOP
		due := ARRAY(SELECT p.id FROM plain_statistic p WHERE p.at < now() - interval '4 years' AND p.id > last_id ORDER BY p.id LIMIT batch_size);
		UPDATE plain_statistic p SET page = 'page', referrer = NULL, agent = NULL, country = left(p.country, 1),
			seconds = round(p.seconds, -1), amount = round(p.amount), person_id = NULL, gdpr_subject = NULL, purposes = '{statistics}'
		WHERE p.id = ANY (due);
		last_id := due[cardinality(due)];
		UPDATE bench.place SET id = last_id WHERE what = 'plain_statistic';
		COMMIT;
	END LOOP;
END $$;
