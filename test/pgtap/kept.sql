/*
 * kept.sql
 *		Whatever a table of ours keeps about a person, a table or a column of the user's is registered in
 *		gdpr.kept_column: renaming, dropping, erasing and copying know of nothing else.
 */
BEGIN;
SELECT plan(7);

CREATE TEMPORARY VIEW columns AS
	SELECT c.oid AS relation, a.attnum, a.attname, a.atttypid::regtype AS type
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace) AND c.relkind IN ('r', 'p')
	  AND c.oid <> 'gdpr.kept_column'::regclass;

SELECT is_empty($$
	SELECT c.relation::regclass, c.attname FROM columns c WHERE c.type = 'regclass'::regtype
	  AND NOT EXISTS (SELECT FROM gdpr.kept_column k WHERE k.kept_in = c.relation AND k.column_name = c.attname AND k.is_a = 'relation')$$,
	'every column that is a table of the user''s is registered');

/* Names of roles stand beside tables too: whoever did it. */
SELECT is_empty($$
	SELECT c.relation::regclass, c.attname FROM columns c
	WHERE c.type IN ('name'::regtype, 'name[]'::regtype) AND c.attname !~ '_by$'
	  AND EXISTS (SELECT FROM columns r WHERE r.relation = c.relation AND r.type = 'regclass'::regtype)
	  AND NOT EXISTS (SELECT FROM gdpr.kept_column k WHERE k.kept_in = c.relation AND k.column_name = c.attname AND k.is_a = 'column')$$,
	'every name of a column beside one is registered');

SELECT is_empty($$
	SELECT c.relation::regclass, c.attname FROM columns c
	WHERE (c.type = 'bigint'::regtype AND c.attname = 'subject'
		   OR EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.relation AND f.confrelid = 'gdpr.subject'::regclass
					  AND c.attnum = ANY (f.conkey)))
	  AND NOT EXISTS (SELECT FROM gdpr.kept_column k WHERE k.kept_in = c.relation AND k.column_name = c.attname AND k.is_a = 'subject')$$,
	'every column that is a person is registered');

SELECT is_empty($$
	SELECT c.relation::regclass, c.attname FROM columns c
	WHERE c.type::text ~ '\mpii_'
	  AND NOT EXISTS (SELECT FROM gdpr.kept_column k WHERE k.kept_in = c.relation AND k.is_a = 'subject')$$,
	'sealed values stand only in tables that are registered as somebody''s');

SELECT is_empty($$
	SELECT k.kept_in, k.column_name FROM gdpr.kept_column k
	WHERE NOT EXISTS (SELECT FROM columns c WHERE c.relation = k.kept_in AND c.attname = k.column_name
					  AND CASE k.is_a WHEN 'relation' THEN c.type = 'regclass'::regtype
						  WHEN 'column' THEN c.type IN ('name'::regtype, 'name[]'::regtype)
						  ELSE c.type = 'bigint'::regtype OR c.type::text ~ '\mpii_' END)
	   OR EXISTS (SELECT FROM unnest(k.emptied) e WHERE e NOT IN (SELECT c.attname FROM columns c WHERE c.relation = k.kept_in))
	   OR k.is_a = 'column' AND NOT EXISTS (SELECT FROM gdpr.kept_column r WHERE r.kept_in = k.kept_in AND r.column_name = k.of_column
											AND r.is_a = 'relation')
	   OR k.calls IS NOT NULL AND to_regprocedure(k.calls || '(bigint)') IS NULL$$,
	'what is registered exists');

SELECT is_empty($$
	SELECT k.kept_in, k.column_name FROM gdpr.kept_column k JOIN columns c ON c.relation = k.kept_in AND c.attname = k.column_name
	WHERE k.is_a = 'subject' AND k.then_do <> 'keep'
	  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.relation AND (i.indkey[0] = c.attnum OR i.indkey[0] = 0))$$,
	'what an erasure takes is found by an index');

SELECT is_empty($$
	SELECT k.kept_in, k.column_name FROM gdpr.kept_column k
	WHERE (k.then_do = 'keep' OR k.outlives) AND coalesce(btrim(k.why), '') = ''$$,
	'what stays says why');

SELECT * FROM finish();
ROLLBACK;
