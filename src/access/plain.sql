/* plain.sql: the casts that an unchanged application takes to types other than text, each the policy-checked reveal. */
CREATE FUNCTION gdpr.reveal_date(gdpr.pii_birth_date) RETURNS date
	AS 'MODULE_PATHNAME', 'gdpr_reveal_date' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr.reveal_timestamp(gdpr.pii_birth_date) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'gdpr_reveal_timestamp' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr.reveal_timestamptz(gdpr.pii_birth_date) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'gdpr_reveal_timestamptz' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION gdpr.reveal_date(gdpr.pii_birth_date) IS
'As reveal(value), as a date: the cast to date. NULL for a masked grant, and for a birth date of which only the year '
	'or the month is known.';
COMMENT ON FUNCTION gdpr.reveal_timestamp(gdpr.pii_birth_date) IS
'As reveal_date(value), at midnight: the cast to timestamp.';
COMMENT ON FUNCTION gdpr.reveal_timestamptz(gdpr.pii_birth_date) IS
'As reveal_date(value), at midnight in the session''s time zone: the cast to timestamptz.';
CREATE CAST (gdpr.pii_birth_date AS date) WITH FUNCTION gdpr.reveal_date(gdpr.pii_birth_date) AS IMPLICIT;
CREATE CAST (gdpr.pii_birth_date AS timestamp) WITH FUNCTION gdpr.reveal_timestamp(gdpr.pii_birth_date) AS IMPLICIT;
CREATE CAST (gdpr.pii_birth_date AS timestamptz)
	WITH FUNCTION gdpr.reveal_timestamptz(gdpr.pii_birth_date) AS IMPLICIT;
/* For windows RANGE BETWEEN '1 year' PRECEDING. */
CREATE FUNCTION gdpr_internal.in_range(gdpr.pii_birth_date, gdpr.pii_birth_date, interval, boolean, boolean)
RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_open_in_range' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 20;
ALTER OPERATOR FAMILY gdpr.pii_birth_date_open_ops USING btree ADD
	FUNCTION 3 (gdpr.pii_birth_date, interval)
		gdpr_internal.in_range(gdpr.pii_birth_date, gdpr.pii_birth_date, interval, boolean, boolean);

/* Inside a condition the same, recorded as a search (src/access/condition.c). */
CREATE FUNCTION gdpr_internal.search_date(gdpr.pii_birth_date) RETURNS date
	AS 'MODULE_PATHNAME', 'gdpr_search_date' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_timestamp(gdpr.pii_birth_date) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'gdpr_search_timestamp' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_timestamptz(gdpr.pii_birth_date) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'gdpr_search_timestamptz' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_inet(gdpr.pii_ip) RETURNS inet
	AS 'MODULE_PATHNAME', 'gdpr_search_inet' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_jsonb(gdpr.pii_json) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_search_jsonb' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;

/* A parameter that a plan was made for, which stands in it sealed (src/access/parameter.c). */
CREATE FUNCTION gdpr_internal.typed_text(gdpr.pii_text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_typed_text' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr_internal.typed_text(gdpr.pii_text) IS
'internal: the text of a value that this very session typed as this user; 42501 for any other';
COMMENT ON FUNCTION gdpr_internal.search_date(gdpr.pii_birth_date) IS 'internal: as search_text(), the date';
COMMENT ON FUNCTION gdpr_internal.search_timestamp(gdpr.pii_birth_date) IS 'internal: as search_text(), the date';
COMMENT ON FUNCTION gdpr_internal.search_timestamptz(gdpr.pii_birth_date) IS 'internal: as search_text(), the date';
COMMENT ON FUNCTION gdpr_internal.search_inet(gdpr.pii_ip) IS 'internal: as search_text(), the address';
COMMENT ON FUNCTION gdpr_internal.search_jsonb(gdpr.pii_json) IS 'internal: as search_text(), the document';

/* Around what a statement would store in a column of an ordinary type (src/access/copies.c). */
CREATE FUNCTION gdpr_internal.guard_copy(value anyelement, relation oid, column_name text, flows integer)
RETURNS anyelement
	AS 'MODULE_PATHNAME', 'gdpr_guard_copy' LANGUAGE C VOLATILE PARALLEL RESTRICTED;

/* As of dates; without them the preferred type would win, and something with a time zone come out. */
CREATE FUNCTION gdpr_internal.days_between(gdpr.pii_birth_date, gdpr.pii_birth_date) RETURNS integer
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN gdpr.reveal_date($1) OPERATOR(pg_catalog.-) gdpr.reveal_date($2);
CREATE FUNCTION gdpr_internal.days_between(gdpr.pii_birth_date, date) RETURNS integer
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN gdpr.reveal_date($1) OPERATOR(pg_catalog.-) $2;
CREATE FUNCTION gdpr_internal.days_between(date, gdpr.pii_birth_date) RETURNS integer
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN $1 OPERATOR(pg_catalog.-) gdpr.reveal_date($2);
COMMENT ON FUNCTION gdpr_internal.days_between(gdpr.pii_birth_date, gdpr.pii_birth_date) IS
'internal: days from the second to the first birth date: the operator -. Asks the policy as reveal(value) does.';
COMMENT ON FUNCTION gdpr_internal.days_between(gdpr.pii_birth_date, date) IS
'internal: days from a date to a birth date: the operator -.';
COMMENT ON FUNCTION gdpr_internal.days_between(date, gdpr.pii_birth_date) IS
'internal: days from a birth date to a date: the operator -.';
CREATE FUNCTION gdpr_internal.later(gdpr.pii_birth_date, interval) RETURNS timestamp
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN gdpr.reveal_date($1) OPERATOR(pg_catalog.+) $2;
CREATE FUNCTION gdpr_internal.later(interval, gdpr.pii_birth_date) RETURNS timestamp
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN gdpr.reveal_date($2) OPERATOR(pg_catalog.+) $1;
CREATE FUNCTION gdpr_internal.earlier(gdpr.pii_birth_date, interval) RETURNS timestamp
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
	RETURN gdpr.reveal_date($1) OPERATOR(pg_catalog.-) $2;
CREATE OPERATOR pg_catalog.+ (LEFTARG = gdpr.pii_birth_date, RIGHTARG = interval, FUNCTION = gdpr_internal.later);
CREATE OPERATOR pg_catalog.+ (LEFTARG = interval, RIGHTARG = gdpr.pii_birth_date, FUNCTION = gdpr_internal.later);
CREATE OPERATOR pg_catalog.- (LEFTARG = gdpr.pii_birth_date, RIGHTARG = interval, FUNCTION = gdpr_internal.earlier);
CREATE OPERATOR pg_catalog.-
	(LEFTARG = gdpr.pii_birth_date, RIGHTARG = gdpr.pii_birth_date, FUNCTION = gdpr_internal.days_between);
CREATE OPERATOR pg_catalog.- (LEFTARG = gdpr.pii_birth_date, RIGHTARG = date, FUNCTION = gdpr_internal.days_between);
CREATE OPERATOR pg_catalog.- (LEFTARG = date, RIGHTARG = gdpr.pii_birth_date, FUNCTION = gdpr_internal.days_between);

CREATE CAST (gdpr.pii_json AS jsonb) WITH FUNCTION gdpr.reveal(gdpr.pii_json) AS IMPLICIT;

/* Without these, document || '{"a": 1}' would be text. */
CREATE FUNCTION gdpr_internal.merged(gdpr.pii_json, jsonb) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED RETURN gdpr.reveal($1) OPERATOR(pg_catalog.||) $2;
CREATE FUNCTION gdpr_internal.merged(jsonb, gdpr.pii_json) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED RETURN $1 OPERATOR(pg_catalog.||) gdpr.reveal($2);
CREATE OPERATOR pg_catalog.|| (LEFTARG = gdpr.pii_json, RIGHTARG = jsonb, FUNCTION = gdpr_internal.merged);
CREATE OPERATOR pg_catalog.|| (LEFTARG = jsonb, RIGHTARG = gdpr.pii_json, FUNCTION = gdpr_internal.merged);

CREATE CAST (gdpr.pii_bytes AS bytea) WITH FUNCTION gdpr.reveal(gdpr.pii_bytes) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.merged(gdpr.pii_bytes, bytea) RETURNS bytea
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED RETURN gdpr.reveal($1) OPERATOR(pg_catalog.||) $2;
CREATE FUNCTION gdpr_internal.merged(bytea, gdpr.pii_bytes) RETURNS bytea
	LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED RETURN $1 OPERATOR(pg_catalog.||) gdpr.reveal($2);
CREATE OPERATOR pg_catalog.|| (LEFTARG = gdpr.pii_bytes, RIGHTARG = bytea, FUNCTION = gdpr_internal.merged);
CREATE OPERATOR pg_catalog.|| (LEFTARG = bytea, RIGHTARG = gdpr.pii_bytes, FUNCTION = gdpr_internal.merged);

CREATE FUNCTION gdpr.reveal_inet(gdpr.pii_ip) RETURNS inet
	AS 'MODULE_PATHNAME', 'gdpr_reveal_inet' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION gdpr.reveal_inet(gdpr.pii_ip) IS
'As reveal(value), as inet: the cast to inet. NULL for a masked grant.';
CREATE CAST (gdpr.pii_ip AS inet) WITH FUNCTION gdpr.reveal_inet(gdpr.pii_ip) AS IMPLICIT;

CREATE FUNCTION gdpr.reveal_uuid(gdpr.pii_device_id) RETURNS uuid
	AS 'MODULE_PATHNAME', 'gdpr_reveal_uuid' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION gdpr.reveal_uuid(gdpr.pii_device_id) IS
'As reveal(value), as uuid: the cast to uuid. NULL for a masked grant; 22P02 for an identifier that is none.';
CREATE CAST (gdpr.pii_device_id AS uuid) WITH FUNCTION gdpr.reveal_uuid(gdpr.pii_device_id) AS ASSIGNMENT;

COMMENT ON FUNCTION gdpr_internal.guard_copy(anyelement, oid, text, integer) IS
'internal: the value, unless it is a copy in plain that was not asked for (55000, gdpr.plaintext_copies)';
COMMENT ON FUNCTION gdpr_internal.in_range(gdpr.pii_birth_date, gdpr.pii_birth_date, interval, boolean, boolean) IS
'internal: RANGE of a window with a distance';
COMMENT ON FUNCTION gdpr_internal.later(gdpr.pii_birth_date, interval) IS 'internal: the operator +';
COMMENT ON FUNCTION gdpr_internal.later(interval, gdpr.pii_birth_date) IS 'internal: the operator +';
COMMENT ON FUNCTION gdpr_internal.earlier(gdpr.pii_birth_date, interval) IS 'internal: the operator -';
COMMENT ON FUNCTION gdpr_internal.merged(gdpr.pii_json, jsonb) IS 'internal: the operator ||';
COMMENT ON FUNCTION gdpr_internal.merged(jsonb, gdpr.pii_json) IS 'internal: the operator ||';
COMMENT ON FUNCTION gdpr_internal.merged(gdpr.pii_bytes, bytea) IS 'internal: the operator ||';
COMMENT ON FUNCTION gdpr_internal.merged(bytea, gdpr.pii_bytes) IS 'internal: the operator ||';
