/* people.sql: the same people in three tables: sealed by us, encrypted by pgcrypto, and plain. */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE EXTENSION pgcrypto;
CREATE SCHEMA bench;

CREATE FUNCTION bench.person(i bigint, OUT id bigint, OUT email text, OUT phone text, OUT name text, OUT born date, OUT address text)
LANGUAGE sql IMMUTABLE AS $$
	SELECT i, 'user' || lpad(i::text, 7, '0') || '@example.com', '+3247' || lpad(i::text, 7, '0'),
		   'Jan Peeters ' || i, date '1950-01-01' + (i % 18000)::int, 'Wetstraat ' || i % 900 + 1 || ', 1000 Brussel, BE'
$$;

/*
 * Time of this backend on the processor, in ms: on a machine that others use too it says more than the clock. It is
 * brought up to date when the process leaves the processor, hence the nap.
 */
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM pg_sleep(0.0005);
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6;
END $$;

/* What a query takes; its rows are computed and thrown away. */
CREATE FUNCTION bench.ms(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start float8 := bench.cpu();
BEGIN
	EXECUTE query;
	RETURN bench.cpu() - start;
END $$;

/* Private memory of this backend in kB; shared buffers are not counted. */
CREATE FUNCTION bench.memory() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
$$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::bigint $$;

CREATE TABLE plain (id bigint PRIMARY KEY, email text UNIQUE, phone text, name text, born date, address text);
INSERT INTO plain SELECT p.* FROM generate_series(1, :rows) i, bench.person(i) p;

/* pgcrypto: one key for everybody, no checks, no authentication */
CREATE TABLE crypted (id bigint PRIMARY KEY, email bytea, phone bytea, name bytea, born bytea, address bytea);
INSERT INTO crypted
SELECT id, encrypt(email::bytea, k, 'aes'), encrypt(phone::bytea, k, 'aes'), encrypt(name::bytea, k, 'aes'),
	   encrypt(born::text::bytea, k, 'aes'), encrypt(address::bytea, k, 'aes')
FROM plain, (VALUES ('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea)) AS key (k);
CREATE TABLE pgp AS SELECT id, pgp_sym_encrypt(email, 'a passphrase') AS email FROM plain WHERE id <= :pgp_rows;

CREATE TABLE customer (LIKE plain INCLUDING ALL);
INSERT INTO customer SELECT * FROM plain;
SELECT gdpr.declare_subject('customer', 'id');
VACUUM (ANALYZE, FREEZE);

CREATE ROLE app LOGIN;
GRANT USAGE ON SCHEMA bench TO app;
GRANT SELECT ON plain, crypted, pgp, customer TO app;
SELECT gdpr.grant_purpose('order_fulfilment', 'app'), gdpr.grant_purpose('newsletter', 'app');
