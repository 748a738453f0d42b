/*
 * schema.sql: GDPRbench's records (VLDB 2020) in both forms, :records of them with :users people.
 *
 * plain: the benchmark's own metadata in columns, indexed as the selectors need (primary key, purpose, user, expiry);
 * no control of any kind. sealed: the same, the data sealed for their person, the purpose as the row's tag, behind
 * the row filter. The metadata that are no personal data stay columns in both.
 */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
DROP SCHEMA IF EXISTS gdprbench CASCADE;
CREATE SCHEMA gdprbench;
SET search_path = gdprbench, public;

CREATE FUNCTION record(n bigint, users bigint, OUT key text, OUT data text, OUT pur text, OUT expires timestamptz, OUT usr text, OUT obj text,
					   OUT decision text, OUT acl text, OUT shr text, OUT src text, OUT cat text)
LANGUAGE sql STABLE AS $$
	SELECT 'key' || n, rpad(md5(n::text), 100, md5((n + 1)::text)), 'purpose' || n % 25,
		   now() + make_interval(secs => ('{30,10000,12000,14000,16000,18000,20000,22000,24000,1000000}'::int[])[n % 10 + 1]),
		   'user' || n % users, 'obj' || n % 100, 'decision' || n % 2,
		   'acl' || n % 10, 'shr' || n % 10, 'src' || n % 10, 'cat' || n % 10
$$;

CREATE TABLE plain (key text PRIMARY KEY, data text, pur text, expires timestamptz, usr text, obj text, decision text,
	acl text, shr text, src text, cat text);
INSERT INTO plain SELECT r.* FROM generate_series(0, :records - 1) n, record(n, :users) r;
CREATE INDEX ON plain (pur);
CREATE INDEX ON plain (usr);
CREATE INDEX ON plain (expires);
CREATE TABLE plain_log (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), role name DEFAULT current_user,
	kind text, subject bigint, detail jsonb DEFAULT '{}');
INSERT INTO plain_log (kind, subject) SELECT 'read', n FROM generate_series(1, 10000) n;

CREATE TABLE person (usr text PRIMARY KEY);
INSERT INTO person SELECT 'user' || n FROM generate_series(0, :users - 1) n;
SELECT gdpr.declare_subject('person', 'usr');
SELECT gdpr.define_purpose('purpose' || n, 'Purpose number ' || n || ' of the benchmark, a contract with each person', 'contract')
FROM generate_series(0, 24) n
WHERE NOT EXISTS (SELECT FROM gdpr.purpose p WHERE p.name = 'purpose' || n);
SELECT gdpr.protect('person', (SELECT array_agg('purpose' || n) FROM generate_series(0, 24) n)::gdpr.purpose_set);

CREATE TABLE sealed (key text PRIMARY KEY, data text, pur text, expires timestamptz, usr text REFERENCES person, obj text, decision text,
	acl text, shr text, src text, cat text);
INSERT INTO sealed SELECT r.* FROM generate_series(0, :records - 1) n, record(n, :users) r;
SELECT gdpr.protect('sealed', '{purpose0}', owner => 'usr', columns => '{"data":"pii_text"}');
ALTER TABLE sealed DISABLE TRIGGER USER;
UPDATE sealed SET purposes = ARRAY[pur]::gdpr.purpose_set;
ALTER TABLE sealed ENABLE TRIGGER USER;
ALTER TABLE sealed DROP COLUMN pur;
VACUUM FULL sealed;
CREATE INDEX ON sealed USING gin (purposes) WITH (fastupdate = off);
CREATE INDEX ON sealed (usr);
CREATE INDEX ON sealed (expires);

/* The regulator reads our ledger as much as the plain log. */
SELECT count(gdpr_internal.record('read', n)) FROM generate_series(1, 10000) n;

SELECT 'CREATE ROLE gdprbench_app LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gdprbench_app') \gexec
GRANT USAGE ON SCHEMA gdprbench TO gdprbench_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gdprbench TO gdprbench_app;
SELECT gdpr.grant_duty('auditor', 'gdprbench_app');
SELECT gdpr.grant_purpose('purpose' || n, 'gdprbench_app') FROM generate_series(0, 24) n;
ALTER ROLE gdprbench_app SET search_path = gdprbench, public;
VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
