/*
 * tables.sql
 *		What holds for the schema gdpr and every table in it.
 */
BEGIN;
SELECT plan(15);

CREATE TEMPORARY VIEW relations AS
	SELECT c.*, c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'gdpr'::regnamespace;
CREATE TEMPORARY VIEW tables AS SELECT * FROM relations WHERE relkind IN ('r', 'p');

CREATE TEMPORARY VIEW dumped AS
	SELECT u.relation, u.condition
	FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS u (relation, condition)
	WHERE e.extname = 'gdpr';

SELECT isnt_empty('SELECT FROM tables', 'the extension has tables to look at');

/* Not dumped, each with its reason. */
CREATE TEMPORARY TABLE not_dumped (name text, reason text);
INSERT INTO not_dumped VALUES ('gdpr.duty_right', 'the install script fills it'),
	('gdpr.catalog', 'the install script fills it'),
	('gdpr.setting_kind', 'the install script fills it'), ('gdpr.finding_source', 'the install script fills it'),
	('gdpr.kept_column', 'the install script fills it'), ('gdpr.kept_column_number_seq', 'belongs to it'),
	('gdpr.spool_position', 'belongs to files of this server'), ('gdpr.basis_right', 'the install script fills it'),
	('gdpr.breach_option', 'the install script fills it'),
	('gdpr.breach_group', 'the install script fills it'), ('gdpr.breach_field', 'the install script fills it'),
	('gdpr.discovered', 'the next scan finds it again'), ('gdpr.drift', 'goes with gdpr.discovered'),
	('gdpr.drift_number_seq', 'goes with gdpr.discovered'), ('gdpr.scan_run', 'goes with gdpr.discovered'),
	('gdpr.scan_run_number_seq', 'goes with gdpr.discovered'),
	('gdpr.key_rotation', 'is about the master keys of this server'), ('gdpr.key_rotation_number_seq', 'belongs to it');

/* Everybody may read these, each with its reason. */
CREATE TEMPORARY TABLE read_by_everybody (name text, reason text);
INSERT INTO read_by_everybody VALUES ('gdpr.purpose', 'what the purposes are is no secret, and no personal data'),
	('gdpr.word', 'what pages say is no secret, and no personal data');

SELECT is_empty($$
	SELECT name FROM relations
	WHERE relkind IN ('r', 'p', 'S')
	  AND oid NOT IN (SELECT relation FROM dumped)
	  AND name NOT IN (SELECT name FROM not_dumped)$$,
	'every table and sequence is dumped with its rows, or listed as not');

SELECT is_empty($$
	SELECT t.name FROM tables t
	JOIN dumped d ON d.relation = t.oid
	JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'relation' AND a.atttypid = 'regclass'::regtype
	WHERE d.condition !~ '\mrelation::oid IN \(SELECT oid FROM pg_catalog\.pg_class\)' $$,
	'a dump leaves out the rows about a relation that is gone');

SELECT is_empty($$
	SELECT r.name, a.privilege_type FROM relations r, aclexplode(r.relacl) a
	WHERE a.grantee = 0 AND r.relkind IN ('r', 'p', 'S', 'v', 'm')
	  AND NOT (a.privilege_type = 'SELECT' AND r.name IN (SELECT name FROM read_by_everybody))$$,
	'PUBLIC has no privilege on any table, view or sequence but those listed');

SELECT is_empty($$
	SELECT r.name, c.attname FROM relations r JOIN pg_attribute c ON c.attrelid = r.oid, aclexplode(c.attacl) a
	WHERE a.grantee = 0$$,
	'nor on any column');

SELECT ok(NOT has_schema_privilege('public', 'gdpr', 'CREATE'), 'PUBLIC cannot create anything in the schema');
SELECT ok(has_schema_privilege('public', 'gdpr', 'USAGE'), 'PUBLIC can name what is in it');

SELECT is_empty($$
	SELECT name FROM relations
	WHERE relkind <> 'i' AND relkind <> 't' AND relkind <> 'I'
	  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'gdpr'
					  WHERE d.classid = 'pg_class'::regclass AND d.objid = relations.oid AND d.deptype = 'e')
	  AND NOT EXISTS (SELECT FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid
					  WHERE t.typrelid = relations.oid AND d.deptype = 'e')$$,
	'every relation in the schema belongs to the extension');

SELECT is_empty($$
	SELECT name FROM relations WHERE relowner <> (SELECT extowner FROM pg_extension WHERE extname = 'gdpr')$$,
	'and to its owner');

SELECT is_empty($$
	SELECT name FROM tables WHERE coalesce(btrim(obj_description(oid, 'pg_class')), '') = ''$$,
	'every table says what it is for');

SELECT is_empty($$
	SELECT name FROM tables
	WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = tables.oid AND i.indisprimary)
	  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = tables.oid
					  AND t.tgfoid = 'gdpr_internal.refuse_change()'::regprocedure)$$,
	'every table whose rows may change has a primary key: logical replication needs it');

SELECT is_empty($$
	SELECT t.name, a.attname FROM tables t
	JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'subject' AND a.atttypid = 'bigint'::regtype
	WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum)$$,
	'the rows of one subject are found by an index, for erasing costs what the subject has');

/* What gdpr_internal.append_only() puts on a table: bits 1 row, 8 DELETE, 16 UPDATE, 32 TRUNCATE of tgtype. */
CREATE TEMPORARY VIEW refusals AS
	SELECT t.tgrelid, bit_or(t.tgtype) AS refused,
		bool_or(t.tgname = 'append_only' AND t.tgtype & 17 = 17) AS rows
	FROM pg_trigger t
	WHERE t.tgenabled = 'A' AND (t.tgfoid = 'gdpr_internal.refuse_change()'::regprocedure
		OR t.tgfoid = 'gdpr_internal.guard_ledger_cut()'::regprocedure)
	GROUP BY t.tgrelid;

SELECT is_empty($$
	SELECT t.name FROM tables t LEFT JOIN refusals r ON r.tgrelid = t.oid
	WHERE obj_description(t.oid, 'pg_class') ~ 'append-only'
	  AND (r.rows AND r.refused & (8 | 16 | 32) = (8 | 16 | 32)) IS NOT TRUE$$,
	'what is append-only refuses UPDATE, DELETE and TRUNCATE in every replication role');

SELECT is_empty($$
	SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger t
	WHERE (t.tgfoid = 'gdpr_internal.refuse_change()'::regprocedure OR t.tgname LIKE 'append_only%')
	  AND (obj_description(t.tgrelid, 'pg_class') ~ 'append-only') IS NOT TRUE$$,
	'and says so');

SELECT is_empty($$
	SELECT duty, kind, name FROM gdpr.duty_right d
	WHERE CASE kind
			  WHEN 'function' THEN NOT EXISTS (SELECT FROM pg_proc p
											   WHERE p.pronamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace) AND p.proname = d.name)
			  ELSE NOT EXISTS (SELECT FROM relations r WHERE r.relname = d.name) END$$,
	'what a duty is given exists');

SELECT * FROM finish();
ROLLBACK;
