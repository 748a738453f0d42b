/*
 * functions.sql
 *		What holds for every function of the extension, whichever room it belongs to. A function that fails one of
 *		these either has to change or has to be added to a list below, knowingly.
 */
BEGIN;
SELECT plan(14);

CREATE TEMPORARY VIEW ours AS
	SELECT p.*, l.lanname, p.oid::regprocedure::text AS signature
	FROM pg_proc p
	JOIN pg_language l ON l.oid = p.prolang
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'gdpr';

/* What types, operators, casts and operator classes call: everybody who uses the type needs these. */
CREATE TEMPORARY VIEW support AS
	SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]::oid[]) AS oid FROM pg_type
	UNION SELECT oprcode FROM pg_operator
	UNION SELECT oprrest FROM pg_operator
	UNION SELECT oprjoin FROM pg_operator
	UNION SELECT amproc FROM pg_amproc
	UNION SELECT castfunc FROM pg_cast;

CREATE TEMPORARY VIEW open_to_everybody AS
	SELECT o.* FROM ours o
	WHERE EXISTS (SELECT FROM aclexplode(coalesce(o.proacl, acldefault('f', o.proowner))) a
				  WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE');

SELECT isnt_empty('SELECT FROM ours', 'the extension has functions to look at');

/*
 * An IMMUTABLE function is folded into plans, indexed and kept in statistics. In C none may read a key, a setting or
 * a catalog; these compare, take apart or combine what they are handed.
 */
SELECT is_empty($$
	SELECT signature FROM ours
	WHERE lanname = 'c' AND provolatile = 'i'
	  AND prosrc !~ '^gdpr_pii_(eq|ne|lt|le|gt|ge|cmp|hash|hash_extended)$'
	  AND prosrc !~ '^gdpr_purpose_set_(eq|ne|lt|le|gt|ge|cmp|hash|hash_extended)$'
	  AND prosrc !~ '^gdpr_purpose_set_(contains_set|contained|overlaps|union|minus)$'
	  AND prosrc !~ '^gdpr_purpose_set_(extract_value|extract_query|consistent)$'
	  AND prosrc !~ '^gdpr_tokens_(match|extract_value|extract_query|consistent|triconsistent)$'
	  AND prosrc !~ '^gdpr_discovery_(name_category|table_kind|categories)$'
	  AND prosrc NOT IN ('gdpr_is_bound', 'gdpr_is_searchable', 'gdpr_subject_of', 'gdpr_subject_blocks', 'gdpr_blocks_around')$$,
	'no C function is IMMUTABLE but those known to need no key, setting or catalog');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE lanname <> 'c' AND provolatile = 'i'
	  AND (prosrc ~* '\m(current_setting|now|clock_timestamp|session_user|current_user|current_date)\M'
		   OR EXISTS (SELECT FROM pg_class c
					  WHERE c.relnamespace = 'gdpr'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
						AND ours.prosrc ~ ('\mgdpr\.' || c.relname || '\M')))$$,
	'no SQL or PL/pgSQL function that reads a table, a setting, the clock or the role is IMMUTABLE');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE (proname ~ '^(reveal|mask)' OR prosrc ~ '^gdpr_(reveal|mask|bind|seal)')
	  AND (provolatile = 'i' OR proleakproof)$$,
	'nothing that reveals, masks, seals or binds is IMMUTABLE or LEAKPROOF');

SELECT is_empty($$
	SELECT o.signature FROM ours o
	WHERE (o.oid IN (SELECT typinput FROM pg_type) OR o.oid IN (SELECT typoutput FROM pg_type)
		   OR o.oid IN (SELECT castfunc FROM pg_cast)) AND o.provolatile = 'i'$$,
	'no input, output or cast function is IMMUTABLE: they depend on keys, settings and names');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
	'every SECURITY DEFINER function pins its search_path to pg_catalog, pg_temp');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE lanname = 'plpgsql' AND prokind <> 'p'
	  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
	'so does every PL/pgSQL function, for the owner''s functions call the others; a procedure that commits cannot');

/* Everybody may use the types, and ask the policy about the own rights: it decides, not EXECUTE. */
SELECT is_empty($$
	SELECT signature FROM open_to_everybody
	WHERE oid NOT IN (SELECT oid FROM support)
	  AND proname NOT IN (
		'reveal', 'reveal_text', 'reveal_name', 'mask', 'is_bound', 'subject_of',
		'may_process', 'explain_processing', 'row_visible', 'row_writable',
		'mailable', 'excluded', 'purpose_set', 'purpose_names', 'purpose_number', 'server_today', 'is_blank',
		'is_valid', 'normalise', 'classes', 'pseudonymise', 'age_at',
		'reveal_date', 'reveal_timestamp', 'reveal_timestamptz', 'reveal_inet', 'reveal_uuid', 'min', 'max', 'larger',
		'smaller', 'days_between', 'later', 'earlier', 'merged', 'in_range', 'search_text', 'search_date',
		'search_timestamp', 'search_timestamptz', 'search_inet', 'search_jsonb', 'client_text', 'client_json',
		'typed_text', 'count_found', 'guard_copy', 'is_searchable', 'search_for')$$,
	'PUBLIC may execute only the functions listed');

SELECT is_empty($$SELECT signature FROM open_to_everybody WHERE prosecdef AND oid NOT IN (SELECT oid FROM support)$$,
	'none of them runs with the rights of the owner');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE oid NOT IN (SELECT oid FROM support)
	  AND coalesce(btrim(obj_description(oid, 'pg_proc')), '') = ''$$,
	'every function that is not the support of a type says what it does, or that it is internal');

SELECT is_empty($$
	SELECT signature FROM ours o
	WHERE oid NOT IN (SELECT oid FROM support)
	  AND obj_description(oid, 'pg_proc') !~ '^(internal|former name)'
	  AND proname NOT IN ('grant_duty', 'revoke_duty', 'limit_setting')
	  AND NOT EXISTS (SELECT FROM gdpr.duty_right d WHERE d.kind = 'function' AND d.name = o.proname)$$,
	'every function that is not internal belongs to a duty, but for those that give duties, or move what a duty may set');

SELECT is_empty($$
	SELECT signature, length(obj_description(oid, 'pg_proc')) FROM ours WHERE length(obj_description(oid, 'pg_proc')) > 1200$$,
	'what a function does is said in ten lines or so; the rest is in the docs');

SELECT is_empty($$
	SELECT signature FROM ours
	WHERE proowner <> (SELECT extowner FROM pg_extension WHERE extname = 'gdpr')$$,
	'every function belongs to the owner of the extension');

SELECT set_eq($$SELECT function FROM gdpr.finding_source$$, $$
	SELECT p.oid::regproc::text FROM pg_proc p
	WHERE p.pronamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace)
	  AND p.prorettype = 'gdpr.finding'::regtype AND p.pronargs = p.pronargdefaults
	  AND p.proname NOT IN ('status', 'lint')		-- these loop over the register
	  AND p.proname <> 'graph_findings'$$,			-- counts all rows of every table
	'every function of findings is registered, and status() calls it');

SELECT * FROM finish();
ROLLBACK;
