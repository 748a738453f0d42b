/*
 * reference.sql: how a function is told of a table or a role. regclass and regrole take no name, and regrole no text;
 * these two take all that names one. They are oids like those, so nothing is looked up twice.
 */
CREATE TYPE gdpr.table_ref;
CREATE FUNCTION gdpr_internal.table_ref_in(cstring) RETURNS gdpr.table_ref
	AS 'regclassin' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.table_ref_out(gdpr.table_ref) RETURNS cstring
	AS 'regclassout' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.table_ref_recv(internal) RETURNS gdpr.table_ref
	AS 'regclassrecv' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.table_ref_send(gdpr.table_ref) RETURNS bytea
	AS 'regclasssend' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE TYPE gdpr.table_ref
(
	INPUT = gdpr_internal.table_ref_in, OUTPUT = gdpr_internal.table_ref_out,
	RECEIVE = gdpr_internal.table_ref_recv, SEND = gdpr_internal.table_ref_send,
	LIKE = pg_catalog.regclass, CATEGORY = 'N'
);
COMMENT ON TYPE gdpr.table_ref IS
'a table, as an argument: regclass, text as SQL would write it (public."Order"), or the bare name of one on the '
	'search path, taken letter by letter (pg_class.relname). Errors: 42P01 there is none.';

CREATE TYPE gdpr.role_ref;
CREATE FUNCTION gdpr_internal.role_ref_in(cstring) RETURNS gdpr.role_ref
	AS 'regrolein' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.role_ref_out(gdpr.role_ref) RETURNS cstring
	AS 'regroleout' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.role_ref_recv(internal) RETURNS gdpr.role_ref
	AS 'regrolerecv' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gdpr_internal.role_ref_send(gdpr.role_ref) RETURNS bytea
	AS 'regrolesend' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE TYPE gdpr.role_ref
(
	INPUT = gdpr_internal.role_ref_in, OUTPUT = gdpr_internal.role_ref_out,
	RECEIVE = gdpr_internal.role_ref_recv, SEND = gdpr_internal.role_ref_send,
	LIKE = pg_catalog.regrole, CATEGORY = 'N'
);
COMMENT ON TYPE gdpr.role_ref IS
'a role, as an argument: regrole, text as SQL would write it ("Desk"), or its name taken letter by letter '
	'(current_user, pg_roles.rolname). Errors: 42704 there is none.';

CREATE CAST (pg_catalog.regclass AS gdpr.table_ref) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (pg_catalog.oid AS gdpr.table_ref) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (gdpr.table_ref AS pg_catalog.regclass) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (gdpr.table_ref AS pg_catalog.oid) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (pg_catalog.regrole AS gdpr.role_ref) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (pg_catalog.oid AS gdpr.role_ref) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (gdpr.role_ref AS pg_catalog.regrole) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (gdpr.role_ref AS pg_catalog.oid) WITHOUT FUNCTION AS IMPLICIT;

/*
 * Looked up on the caller's search path, as a literal is; a name is quoted, so it never becomes another's. Bodies are
 * text: pg_dump does not see that a parsed one needs a cast that has no function, and pg_upgrade fails.
 */
CREATE FUNCTION gdpr_internal.to_table(pg_catalog.text) RETURNS gdpr.table_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1::pg_catalog.regclass::gdpr.table_ref';
COMMENT ON FUNCTION gdpr_internal.to_table(pg_catalog.text) IS 'internal: a table by text';
CREATE CAST (pg_catalog.text AS gdpr.table_ref) WITH FUNCTION gdpr_internal.to_table(pg_catalog.text) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.to_table(pg_catalog.varchar) RETURNS gdpr.table_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1::pg_catalog.regclass::gdpr.table_ref';
COMMENT ON FUNCTION gdpr_internal.to_table(pg_catalog.varchar) IS 'internal: a table by text';
CREATE CAST (pg_catalog.varchar AS gdpr.table_ref) WITH FUNCTION gdpr_internal.to_table(pg_catalog.varchar) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.to_table(pg_catalog.name) RETURNS gdpr.table_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT pg_catalog.quote_ident($1)::pg_catalog.regclass::gdpr.table_ref';
COMMENT ON FUNCTION gdpr_internal.to_table(pg_catalog.name) IS 'internal: a table by its name';
CREATE CAST (pg_catalog.name AS gdpr.table_ref) WITH FUNCTION gdpr_internal.to_table(pg_catalog.name) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.to_role(pg_catalog.text) RETURNS gdpr.role_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1::pg_catalog.regrole::gdpr.role_ref';
COMMENT ON FUNCTION gdpr_internal.to_role(pg_catalog.text) IS 'internal: a role by text';
CREATE CAST (pg_catalog.text AS gdpr.role_ref) WITH FUNCTION gdpr_internal.to_role(pg_catalog.text) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.to_role(pg_catalog.varchar) RETURNS gdpr.role_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1::pg_catalog.regrole::gdpr.role_ref';
COMMENT ON FUNCTION gdpr_internal.to_role(pg_catalog.varchar) IS 'internal: a role by text';
CREATE CAST (pg_catalog.varchar AS gdpr.role_ref) WITH FUNCTION gdpr_internal.to_role(pg_catalog.varchar) AS IMPLICIT;
CREATE FUNCTION gdpr_internal.to_role(pg_catalog.name) RETURNS gdpr.role_ref
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT pg_catalog.quote_ident($1)::pg_catalog.regrole::gdpr.role_ref';
COMMENT ON FUNCTION gdpr_internal.to_role(pg_catalog.name) IS 'internal: a role by its name';
CREATE CAST (pg_catalog.name AS gdpr.role_ref) WITH FUNCTION gdpr_internal.to_role(pg_catalog.name) AS IMPLICIT;
