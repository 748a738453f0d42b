/* people.sql: people with a sealed address, the same in plaintext, and a table to log reads in, as one would without us. */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE SCHEMA bench;

/* Time of this backend on the processor, in ms; brought up to date when the process leaves the processor, hence the nap. */
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
CREATE FUNCTION bench.wall(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := clock_timestamp();
BEGIN
	EXECUTE query;
	RETURN 1000 * extract(epoch FROM clock_timestamp() - start);
END $$;

/* Private memory of this backend in kB; shared buffers are not counted. */
CREATE FUNCTION bench.memory() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
$$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::bigint $$;

CREATE TABLE plain (id bigint PRIMARY KEY, email text);
INSERT INTO plain SELECT i, 'user' || lpad(i::text, 7, '0') || '@example.com' FROM generate_series(1, :rows) i;
CREATE TABLE log (at timestamptz DEFAULT clock_timestamp(), role name DEFAULT current_user, subject bigint);
CREATE TABLE customer (LIKE plain INCLUDING ALL);
INSERT INTO customer SELECT * FROM plain;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email"}');
CREATE ROLE app LOGIN;
GRANT USAGE ON SCHEMA bench TO app;
GRANT SELECT ON plain, customer TO app;
GRANT INSERT ON log TO app;
ALTER ROLE app SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.grant_purpose('order_fulfilment', 'app');
VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
