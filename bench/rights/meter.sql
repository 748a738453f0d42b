/* meter.sql: what a statement costs the backend, commit included. */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE EXTENSION pgcrypto;
SELECT gdpr.grant_purpose('rights_handling', current_user::regrole) \g /dev/null
CREATE SCHEMA bench;

/*
 * Time of this backend on the processor, in ms: on a machine that others use too it says more than the clock. It is
 * brought up to date when the process leaves the processor, hence the nap.
 */
CREATE FUNCTION bench.cpu() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_sleep(0.0005);
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6;
END $$;

/* The mean of a query for each number from first to last as $1, each in a transaction of its own. */
CREATE PROCEDURE bench.each(query text, first integer, last integer, INOUT ms numeric DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
	start float8 := bench.cpu();
BEGIN
	FOR i IN first .. last
	LOOP
		EXECUTE query USING i;
		COMMIT;
	END LOOP;
	ms := round(((bench.cpu() - start) / (last - first + 1))::numeric, 3);
END $$;
