/*
 * people.sql: the same people in plaintext and protected, with names as they are in a country: of 6,000 last names the
 * n-th is borne by one n-th as many as the first. names (from the command line) holds them, one a line.
 */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE EXTENSION pg_trgm;
CREATE SCHEMA bench;

/* Time of this backend on the processor, in ms, as bench/people.sql has it. */
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM pg_sleep(0.0005);
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6;
END $$;
CREATE FUNCTION bench.ms(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start float8 := bench.cpu();
BEGIN
	EXECUTE query;
	RETURN bench.cpu() - start;
END $$;

CREATE TABLE word (name text);
COPY word FROM :'names';
CREATE TABLE last_name AS
	SELECT row_number() OVER (ORDER BY md5(name)) AS n, initcap(name) AS name FROM word ORDER BY 1 LIMIT 6000;
CREATE TABLE plain (id bigint PRIMARY KEY, email text UNIQUE, name text, unindexed text);
SELECT setseed(0.5);
INSERT INTO plain
SELECT i, 'user' || lpad(i::text, 7, '0') || '@example.com', full_name, full_name
FROM (SELECT i, floor(exp(random() * ln(6000)))::bigint AS n FROM generate_series(1, :rows) i OFFSET 0) drawn
JOIN last_name l USING (n)
CROSS JOIN LATERAL (SELECT (ARRAY['Jan', 'An', 'Karel', 'Liesbet', 'Piet', 'Zoë'])[1 + i % 6] || ' ' || l.name) x (full_name)
ORDER BY i;
CREATE TABLE customer (LIKE plain INCLUDING ALL);
INSERT INTO customer SELECT * FROM plain;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', purposes => '{order_fulfilment}',
	columns => '{"email": "pii_email", "name": "pii_name", "unindexed": "pii_name"}');
CREATE INDEX ON plain USING gin (name gin_trgm_ops);
VACUUM (ANALYZE, FREEZE);
CREATE ROLE app LOGIN;
GRANT USAGE ON SCHEMA bench TO app;
GRANT SELECT ON plain, customer TO app;
SELECT gdpr.grant_purpose('order_fulfilment', 'app');
ALTER ROLE app SET gdpr.purpose = 'order_fulfilment';
ALTER ROLE app SET gdpr.output = 'reveal';
