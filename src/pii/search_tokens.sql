/*
 * search_tokens.sql: the column by which a sealed value is found by a part of it (search_tokens.h). The operator is for
 * the planner hook, which alone can make what stands on its right.
 */
CREATE TYPE gdpr.search_tokens;
CREATE FUNCTION gdpr_internal.search_tokens_in(cstring) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_search_tokens_in' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION gdpr_internal.search_tokens_out(gdpr.search_tokens) RETURNS cstring
	AS 'MODULE_PATHNAME', 'gdpr_search_tokens_out' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION gdpr_internal.search_tokens_recv(internal) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_search_tokens_recv' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION gdpr_internal.search_tokens_send(gdpr.search_tokens) RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_search_tokens_send' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION gdpr_internal.no_statistics(internal) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_no_statistics' LANGUAGE C STABLE STRICT;
CREATE TYPE gdpr.search_tokens
(
	INPUT = gdpr_internal.search_tokens_in, OUTPUT = gdpr_internal.search_tokens_out,
	RECEIVE = gdpr_internal.search_tokens_recv, SEND = gdpr_internal.search_tokens_send,
	ANALYZE = gdpr_internal.no_statistics,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended, CATEGORY = 'U'
);
COMMENT ON TYPE gdpr.search_tokens IS
'search tokens of a value, in the column that gdpr.search_by() adds; prints them sealed under the database''s key';
COMMENT ON FUNCTION gdpr_internal.search_tokens_in(cstring) IS 'internal: input; 22P02';
COMMENT ON FUNCTION gdpr_internal.search_tokens_out(gdpr.search_tokens) IS 'internal: output, sealed';
COMMENT ON FUNCTION gdpr_internal.search_tokens_recv(internal) IS 'internal: binary input; 22P02';
COMMENT ON FUNCTION gdpr_internal.search_tokens_send(gdpr.search_tokens) IS 'internal: binary output, sealed';
COMMENT ON FUNCTION gdpr_internal.no_statistics(internal) IS 'internal: ANALYZE keeps nothing of search tokens';

CREATE FUNCTION gdpr_internal.searchable_kinds(class text) RETURNS text[]
	AS 'MODULE_PATHNAME', 'gdpr_searchable_kinds' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.searchable_kinds(text) IS
'internal: the kinds of search that a class allows; none when there is no such class';

CREATE TYPE gdpr_internal.search_query;
CREATE FUNCTION gdpr_internal.search_query_in(cstring) RETURNS gdpr_internal.search_query
	AS 'MODULE_PATHNAME', 'gdpr_search_query_in' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.search_query_out(gdpr_internal.search_query) RETURNS cstring
	AS 'MODULE_PATHNAME', 'gdpr_search_query_out' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE TYPE gdpr_internal.search_query
(
	INPUT = gdpr_internal.search_query_in, OUTPUT = gdpr_internal.search_query_out,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, CATEGORY = 'U'
);
COMMENT ON TYPE gdpr_internal.search_query IS 'internal: what the planner hook asks of search tokens';
COMMENT ON FUNCTION gdpr_internal.search_query_in(cstring) IS 'internal: input, always refused (42501)';
COMMENT ON FUNCTION gdpr_internal.search_query_out(gdpr_internal.search_query) IS
'internal: output, which tells nothing';

CREATE FUNCTION gdpr_internal.tokens_match(gdpr.search_tokens, gdpr_internal.search_query) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_tokens_match' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.tokens_match(gdpr.search_tokens, gdpr_internal.search_query) IS
'internal: may the value of these tokens hold what is searched for?';
CREATE OPERATOR gdpr_internal.@~
(
	LEFTARG = gdpr.search_tokens, RIGHTARG = gdpr_internal.search_query, FUNCTION = gdpr_internal.tokens_match,
	RESTRICT = matchingsel, JOIN = matchingjoinsel
);

CREATE FUNCTION gdpr_internal.tokens_extract_value(gdpr.search_tokens, internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'gdpr_tokens_extract_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.tokens_extract_query(gdpr_internal.search_query, internal, smallint, internal, internal,
	internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'gdpr_tokens_extract_query' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.tokens_consistent(internal, smallint, gdpr_internal.search_query, integer, internal,
	internal, internal, internal) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_tokens_consistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.tokens_triconsistent(internal, smallint, gdpr_internal.search_query, integer, internal,
	internal, internal) RETURNS "char"
	AS 'MODULE_PATHNAME', 'gdpr_tokens_triconsistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.tokens_extract_value(gdpr.search_tokens, internal, internal) IS
'internal: GIN support: keys of a value';
COMMENT ON FUNCTION gdpr_internal.tokens_extract_query(gdpr_internal.search_query, internal, smallint, internal,
	internal, internal, internal) IS 'internal: GIN support: keys of a search';
COMMENT ON FUNCTION gdpr_internal.tokens_consistent(internal, smallint, gdpr_internal.search_query, integer, internal,
	internal, internal, internal) IS 'internal: GIN support: do these keys answer it?';
COMMENT ON FUNCTION gdpr_internal.tokens_triconsistent(internal, smallint, gdpr_internal.search_query, integer,
	internal, internal, internal) IS 'internal: GIN support: may these keys answer it?';
CREATE OPERATOR CLASS gdpr.search_tokens_ops DEFAULT FOR TYPE gdpr.search_tokens USING gin AS
	OPERATOR 1 gdpr_internal.@~ (gdpr.search_tokens, gdpr_internal.search_query),
	FUNCTION 1 pg_catalog.btint4cmp(integer, integer),
	FUNCTION 2 gdpr_internal.tokens_extract_value(gdpr.search_tokens, internal, internal),
	FUNCTION 3 gdpr_internal.tokens_extract_query(gdpr_internal.search_query, internal, smallint, internal, internal,
		internal, internal),
	FUNCTION 4 gdpr_internal.tokens_consistent(internal, smallint, gdpr_internal.search_query, integer, internal,
		internal, internal, internal),
	FUNCTION 6 gdpr_internal.tokens_triconsistent(internal, smallint, gdpr_internal.search_query, integer, internal,
		internal, internal),
	STORAGE integer;

/*
 * SELECT DISTINCT * and UNION of an unchanged application compare whole rows. Tokens are of one value, and so equal to
 * no others: that tells nothing of their parts.
 */
CREATE FUNCTION gdpr_internal.search_tokens_eq(gdpr.search_tokens, gdpr.search_tokens) RETURNS boolean
	AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.search_tokens_ne(gdpr.search_tokens, gdpr.search_tokens) RETURNS boolean
	AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.search_tokens_hash(gdpr.search_tokens) RETURNS integer
	AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.search_tokens_eq(gdpr.search_tokens, gdpr.search_tokens) IS 'internal: =';
COMMENT ON FUNCTION gdpr_internal.search_tokens_ne(gdpr.search_tokens, gdpr.search_tokens) IS 'internal: <>';
COMMENT ON FUNCTION gdpr_internal.search_tokens_hash(gdpr.search_tokens) IS 'internal: hash';
CREATE OPERATOR pg_catalog.=
(
	LEFTARG = gdpr.search_tokens, RIGHTARG = gdpr.search_tokens, FUNCTION = gdpr_internal.search_tokens_eq,
	COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
CREATE OPERATOR pg_catalog.<>
(
	LEFTARG = gdpr.search_tokens, RIGHTARG = gdpr.search_tokens, FUNCTION = gdpr_internal.search_tokens_ne,
	COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR CLASS gdpr.search_tokens_hash_ops DEFAULT FOR TYPE gdpr.search_tokens USING hash AS
	OPERATOR 1 pg_catalog.=(gdpr.search_tokens, gdpr.search_tokens),
	FUNCTION 1 gdpr_internal.search_tokens_hash(gdpr.search_tokens);

CREATE FUNCTION gdpr.is_searchable(value gdpr.pii_email, tokens gdpr.search_tokens) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_searchable' LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_searchable(gdpr.pii_email, gdpr.search_tokens) IS
'true when the search tokens are those of the value, or neither is there; needs no key and never raises';
CREATE FUNCTION gdpr_internal.tokens_of(value gdpr.pii_email, kind text) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_tokens_of' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.tokens_of(gdpr.pii_email, text) IS
'internal: the search tokens of a value, for search_by(); 22023 no such kind';

CREATE FUNCTION gdpr.is_searchable(value gdpr.pii_name, tokens gdpr.search_tokens) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_searchable' LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_searchable(gdpr.pii_name, gdpr.search_tokens) IS
'true when the search tokens are those of the value, or neither is there; needs no key and never raises';
CREATE FUNCTION gdpr_internal.tokens_of(value gdpr.pii_name, kind text) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_tokens_of' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.tokens_of(gdpr.pii_name, text) IS
'internal: the search tokens of a value, for search_by(); 22023 no such kind';

CREATE FUNCTION gdpr.is_searchable(value gdpr.pii_address, tokens gdpr.search_tokens) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_searchable' LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_searchable(gdpr.pii_address, gdpr.search_tokens) IS
'true when the search tokens are those of the value, or neither is there; needs no key and never raises';
CREATE FUNCTION gdpr_internal.tokens_of(value gdpr.pii_address, kind text) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_tokens_of' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.tokens_of(gdpr.pii_address, text) IS
'internal: the search tokens of a value, for search_by(); 22023 no such kind';

CREATE FUNCTION gdpr.is_searchable(value gdpr.pii_text, tokens gdpr.search_tokens) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_searchable' LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_searchable(gdpr.pii_text, gdpr.search_tokens) IS
'true when the search tokens are those of the value, or neither is there; needs no key and never raises';
CREATE FUNCTION gdpr_internal.tokens_of(value gdpr.pii_text, kind text) RETURNS gdpr.search_tokens
	AS 'MODULE_PATHNAME', 'gdpr_tokens_of' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.tokens_of(gdpr.pii_text, text) IS
'internal: the search tokens of a value, for search_by(); 22023 no such kind';
