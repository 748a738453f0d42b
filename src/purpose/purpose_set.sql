/*
 * purpose_set.sql: the set of purposes a row was collected for. Input and output look names up, so they are
 * STABLE; the operators compare numbers only and cannot fail, so they are IMMUTABLE and LEAKPROOF.
 */
CREATE TYPE gdpr.purpose_set;

CREATE FUNCTION gdpr_internal.purpose_set_in(cstring) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_in' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.purpose_set_in(cstring) IS 'internal: input';
CREATE FUNCTION gdpr_internal.purpose_set_out(gdpr.purpose_set) RETURNS cstring
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_out' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.purpose_set_out(gdpr.purpose_set) IS 'internal: output';
CREATE FUNCTION gdpr_internal.purpose_set_recv(internal) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_recv' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.purpose_set_recv(internal) IS 'internal: binary input';
CREATE FUNCTION gdpr_internal.purpose_set_send(gdpr.purpose_set) RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_send' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.purpose_set_send(gdpr.purpose_set) IS 'internal: binary output';

CREATE TYPE gdpr.purpose_set (
	INPUT = gdpr_internal.purpose_set_in,
	OUTPUT = gdpr_internal.purpose_set_out,
	RECEIVE = gdpr_internal.purpose_set_recv,
	SEND = gdpr_internal.purpose_set_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = main,		/* the row filter reads it of each row */
	CATEGORY = 'U'
);
COMMENT ON TYPE gdpr.purpose_set IS
'The purposes a row was collected for (Art. 5(1)(b)), as {order_fulfilment,newsletter}. A purpose of your own is '
	'printed with its number, {loyalty#1000}, which may be left out when writing; cast to text[] for bare names. '
	'Errors: 22P02 not a set, ZG002 unknown purpose, 54000 more than 256 of them. @> contains, <@ is contained, && '
	'overlaps, || with, - without; a GIN index finds all rows for a purpose.';

/* ---- casts: to a set by assignment, because drivers send text; from a set explicitly, names only ---- */

CREATE FUNCTION gdpr.purpose_set(text[]) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_from_array' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.purpose_set(text[]) IS
'The purposes of these names as a set. Errors: ZG002 unknown purpose, 22004 a null among them, 22P02 not a name, '
	'54000 more than 256.';
CREATE FUNCTION gdpr.purpose_set(varchar[]) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_from_array' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.purpose_set(varchar[]) IS 'As gdpr.purpose_set(text[]).';
CREATE FUNCTION gdpr.purpose_set(name[]) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_from_array' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.purpose_set(name[]) IS 'As gdpr.purpose_set(text[]).';
CREATE FUNCTION gdpr.purpose_names(gdpr.purpose_set) RETURNS text[]
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_to_array' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.purpose_names(gdpr.purpose_set) IS
'The bare names of a set''s purposes, sorted; #number for one that is no longer in gdpr.purpose. The cast to text[].';

CREATE CAST (text[] AS gdpr.purpose_set) WITH FUNCTION gdpr.purpose_set(text[]) AS ASSIGNMENT;
CREATE CAST (varchar[] AS gdpr.purpose_set) WITH FUNCTION gdpr.purpose_set(varchar[]) AS ASSIGNMENT;
CREATE CAST (name[] AS gdpr.purpose_set) WITH FUNCTION gdpr.purpose_set(name[]) AS ASSIGNMENT;
CREATE CAST (text AS gdpr.purpose_set) WITH INOUT AS ASSIGNMENT;
CREATE CAST (varchar AS gdpr.purpose_set) WITH INOUT AS ASSIGNMENT;
CREATE CAST (gdpr.purpose_set AS text[]) WITH FUNCTION gdpr.purpose_names(gdpr.purpose_set);

/* ---- operators ---- */

CREATE FUNCTION gdpr_internal.purpose_set_contains(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_contains_set' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_contained(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_contained' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_overlaps(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_overlaps' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_union(gdpr.purpose_set, gdpr.purpose_set) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_union' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_minus(gdpr.purpose_set, gdpr.purpose_set) RETURNS gdpr.purpose_set
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_minus' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_eq(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_eq' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_ne(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_ne' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_lt(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_lt' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_le(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_le' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_gt(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_gt' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_ge(gdpr.purpose_set, gdpr.purpose_set) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_ge' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_cmp(gdpr.purpose_set, gdpr.purpose_set) RETURNS integer
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_cmp' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_hash(gdpr.purpose_set) RETURNS integer
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_hash' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_hash_extended(gdpr.purpose_set, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_hash_extended' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;

/* A table has few different sets, so the most common values know how selective a set operator is: matchingsel. */
CREATE OPERATOR pg_catalog.@> (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_contains,
	COMMUTATOR = OPERATOR(pg_catalog.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
CREATE OPERATOR pg_catalog.<@ (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_contained,
	COMMUTATOR = OPERATOR(pg_catalog.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
CREATE OPERATOR pg_catalog.&& (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_overlaps,
	COMMUTATOR = OPERATOR(pg_catalog.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
CREATE OPERATOR pg_catalog.|| (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_union,
	COMMUTATOR = OPERATOR(pg_catalog.||)
);
CREATE OPERATOR pg_catalog.- (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_minus
);
CREATE OPERATOR pg_catalog.= (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_eq,
	COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR pg_catalog.<> (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_ne,
	COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
CREATE OPERATOR pg_catalog.< (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_lt,
	COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
	RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
CREATE OPERATOR pg_catalog.<= (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_le,
	COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
	RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
CREATE OPERATOR pg_catalog.> (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_gt,
	COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
	RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
CREATE OPERATOR pg_catalog.>= (
	LEFTARG = gdpr.purpose_set, RIGHTARG = gdpr.purpose_set, FUNCTION = gdpr_internal.purpose_set_ge,
	COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
	RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);

CREATE OPERATOR CLASS gdpr.purpose_set_ops DEFAULT FOR TYPE gdpr.purpose_set USING btree AS
	OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=,
	OPERATOR 4 pg_catalog.>=, OPERATOR 5 pg_catalog.>,
	FUNCTION 1 gdpr_internal.purpose_set_cmp(gdpr.purpose_set, gdpr.purpose_set),
	FUNCTION 4 (gdpr.purpose_set, gdpr.purpose_set) pg_catalog.btequalimage(oid);

CREATE OPERATOR CLASS gdpr.purpose_set_ops DEFAULT FOR TYPE gdpr.purpose_set USING hash AS
	OPERATOR 1 pg_catalog.=,
	FUNCTION 1 gdpr_internal.purpose_set_hash(gdpr.purpose_set),
	FUNCTION 2 gdpr_internal.purpose_set_hash_extended(gdpr.purpose_set, bigint);

/* ---- GIN: keys are purpose numbers ---- */

CREATE FUNCTION gdpr_internal.purpose_set_extract_value(gdpr.purpose_set, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_extract_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_extract_query(gdpr.purpose_set, internal, smallint, internal, internal,
	internal, internal)
	RETURNS internal
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_extract_query' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.purpose_set_consistent(internal, smallint, gdpr.purpose_set, integer, internal,
	internal, internal)
	RETURNS "char"
	AS 'MODULE_PATHNAME', 'gdpr_purpose_set_consistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR CLASS gdpr.purpose_set_ops DEFAULT FOR TYPE gdpr.purpose_set USING gin AS
	OPERATOR 1 pg_catalog.&&, OPERATOR 2 pg_catalog.@>, OPERATOR 3 pg_catalog.<@, OPERATOR 4 pg_catalog.=,
	FUNCTION 1 pg_catalog.btint4cmp(integer, integer),
	FUNCTION 2 gdpr_internal.purpose_set_extract_value(gdpr.purpose_set, internal),
	FUNCTION 3 gdpr_internal.purpose_set_extract_query(gdpr.purpose_set, internal, smallint, internal, internal,
		internal, internal),
	FUNCTION 6 gdpr_internal.purpose_set_consistent(internal, smallint, gdpr.purpose_set, integer, internal,
		internal, internal),
	STORAGE integer;
