/*
 * types.sql
 *		What holds for every PII type: nothing leaves it but by the policy, and comparing what is sealed needs no
 *		key and cannot fail.
 */
BEGIN;
SELECT plan(16);

CREATE TEMPORARY VIEW pii AS
	SELECT t.oid, t.typname::text COLLATE "default" AS name,
		   t.typname IN ('pii_email', 'pii_phone', 'pii_name', 'pii_national_id', 'pii_id_card', 'pii_ip', 'pii_device_id',
						 'pii_iban') AS searchable,
		   t.typcategory, t.typispreferred, t.typstorage
	FROM pg_type t
	WHERE t.typnamespace = 'gdpr'::regnamespace AND t.typtype = 'b' AND t.typname LIKE 'pii\_%';

CREATE TEMPORARY VIEW operators AS
	SELECT o.*, p.name, p.searchable, o.oid::regoperator::text AS signature
	FROM pg_operator o JOIN pii p ON p.oid IN (o.oprleft, o.oprright);

SELECT results_eq(
	'SELECT name FROM pii ORDER BY name COLLATE "C"',
	$$VALUES ('pii_address'), ('pii_birth_date'), ('pii_bytes'), ('pii_device_id'), ('pii_email'), ('pii_health'),
		('pii_iban'), ('pii_id_card'), ('pii_ip'), ('pii_json'), ('pii_name'), ('pii_national_id'), ('pii_phone'),
		('pii_text')$$,
	'the PII types are these fourteen');

SELECT is_empty($$
	SELECT name, typcategory FROM pii
	WHERE typispreferred
	   OR typcategory <> CASE name WHEN 'pii_birth_date' THEN 'D' WHEN 'pii_json' THEN 'U' WHEN 'pii_bytes' THEN 'U' ELSE 'S' END$$,
	'text-like ones are of the category of text, a birth date of that of dates, and none is preferred');
SELECT is_empty($$SELECT name FROM pii WHERE coalesce(obj_description(oid, 'pg_type'), '') = ''$$,
	'each says what it is');

SELECT is_empty($$
	SELECT p.name, c.casttarget::regtype FROM pg_cast c
	JOIN pii p ON p.oid = c.castsource JOIN pg_proc f ON f.oid = c.castfunc
	WHERE c.castcontext <> 'e' AND c.castsource <> c.casttarget AND c.casttarget NOT IN (SELECT oid FROM pii)
	  AND f.prosrc NOT IN ('gdpr_reveal_text', 'gdpr_reveal_name', 'gdpr_reveal_date', 'gdpr_reveal_timestamp',
		  'gdpr_reveal_timestamptz', 'gdpr_reveal_inet', 'gdpr_reveal_uuid', 'gdpr_reveal_jsonb', 'gdpr_reveal_bytea')$$,
	'whatever casts from a PII type implicitly or by assignment is the reveal that the policy decides on');
SELECT is_empty($$
	SELECT p.name, c.castmethod FROM pg_cast c JOIN pii p ON p.oid IN (c.castsource, c.casttarget)
	WHERE c.castmethod <> 'f'$$,
	'no cast relabels or goes through text');
SELECT is_empty($$
	SELECT p.name, target FROM pii p, unnest('{text,varchar,bpchar,name}'::regtype[]) target
	WHERE NOT EXISTS (SELECT FROM pg_cast c JOIN pg_proc f ON f.oid = c.castfunc AND f.prosrc LIKE 'gdpr\_reveal\_%'
					  WHERE c.castsource = p.oid AND c.casttarget = target)$$,
	'every cast to a string type is the reveal that the policy decides on');
SELECT is_empty($$
	SELECT p.name, source FROM pii p, unnest('{text,varchar,bpchar,name}'::regtype[]) source
	WHERE NOT EXISTS (SELECT FROM pg_cast c WHERE c.castsource = source AND c.casttarget = p.oid AND c.castcontext = 'a')$$,
	'every string type casts by assignment to it, so that text stays what a statement compares');

SELECT is_empty($$
	SELECT p.name FROM pii p
	WHERE NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = p.oid AND o.oprright = p.oid)$$,
	'every class has an equality of its own, so that nobody else''s can take its place');
SELECT is_empty($$
	SELECT p.name, f.opfname FROM pii p JOIN pg_opclass c ON c.opcintype = p.oid JOIN pg_opfamily f ON f.oid = c.opcfamily
	WHERE c.opcdefault AND p.searchable = (f.opfname LIKE '%\_open\_%')$$,
	'a searchable class is compared by its token, any other by opening it, where nothing else is said');
SELECT is_empty($$
	SELECT p.name, m.amname FROM pii p, pg_am m
	WHERE p.searchable AND m.amname IN ('btree', 'hash')
	  AND NOT EXISTS (SELECT FROM pg_opclass c WHERE c.opcintype = p.oid AND c.opcmethod = m.oid AND c.opcdefault)$$,
	'a searchable class has a default btree and hash class');
SELECT is_empty($$
	SELECT p.name FROM pii p
	WHERE p.searchable AND NOT EXISTS (SELECT FROM pg_amproc a JOIN pg_opfamily f ON f.oid = a.amprocfamily
									   JOIN pg_am m ON m.oid = f.opfmethod AND m.amname = 'hash'
									   WHERE a.amproclefttype = p.oid AND a.amprocnum = 2)$$,
	'which hash partitions can use');

SELECT is_empty($$
	SELECT signature FROM operators
	WHERE oprleft = oprright
	  AND oprname NOT IN ('=', '<>', '*<', '*<=', '*>=', '*>', '<', '<=', '>=', '>', '~=', '~<>', '~<', '~<=', '~>=', '~>', '-')$$,
	'the operators are equality, the order of tokens, and those that open');
SELECT is_empty($$
	SELECT signature FROM operators
	WHERE oprnamespace <> CASE WHEN left(oprname, 1) IN ('*', '~') THEN 'gdpr' ELSE 'pg_catalog' END::regnamespace$$,
	'what an application writes is found with any search_path, the rest is in schema gdpr');
SELECT is_empty($$
	SELECT o.signature FROM operators o JOIN pg_proc p ON p.oid = o.oprcode
	WHERE o.oprleft = o.oprright AND p.prosrc LIKE 'gdpr\_pii\_%'
	  AND NOT (p.proleakproof AND p.proisstrict AND p.provolatile = 'i' AND p.proparallel = 's')$$,
	'comparing sealed values is leakproof, strict, immutable and parallel safe');
SELECT is_empty($$
	SELECT a.amproc FROM pg_amproc a JOIN pii ON pii.oid = a.amproclefttype JOIN pg_proc p ON p.oid = a.amproc
	JOIN pg_opfamily f ON f.oid = a.amprocfamily
	WHERE f.opfname NOT LIKE '%\_open\_%' AND NOT (p.proleakproof AND p.provolatile = 'i')$$,
	'so is what indexes and hash tables call');
SELECT is_empty($$
	SELECT DISTINCT p.oid::regprocedure FROM pg_proc p
	WHERE p.prosrc LIKE 'gdpr\_open\_%' AND (p.proleakproof OR p.provolatile = 'i' OR p.proparallel = 's')$$,
	'what opens values is none of this');

SELECT * FROM finish();
ROLLBACK;
