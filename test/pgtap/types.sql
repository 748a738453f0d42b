/*
 * types.sql
 *		What holds for every PII type: nothing leaves it silently, only searchable classes compare, and comparing
 *		needs no key and cannot fail.
 */
BEGIN;
SELECT plan(15);

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

SELECT is_empty($$SELECT name FROM pii WHERE typcategory <> 'U' OR typispreferred$$,
	'none is of a category that operators prefer');
SELECT is_empty($$SELECT name FROM pii WHERE coalesce(obj_description(oid, 'pg_type'), '') = ''$$,
	'each says what it is');

SELECT is_empty($$
	SELECT p.name, c.casttarget::regtype FROM pg_cast c JOIN pii p ON p.oid = c.castsource
	WHERE c.castcontext <> 'e' AND c.castsource <> c.casttarget$$,
	'nothing casts from a PII type implicitly or by assignment');
SELECT is_empty($$
	SELECT p.name, c.castmethod FROM pg_cast c JOIN pii p ON p.oid IN (c.castsource, c.casttarget)
	WHERE c.castmethod <> 'f'$$,
	'no cast relabels or goes through text');
SELECT is_empty($$
	SELECT p.name, target FROM pii p, unnest('{text,varchar,bpchar,name}'::regtype[]) target
	WHERE NOT EXISTS (SELECT FROM pg_cast c WHERE c.castsource = p.oid AND c.casttarget = target AND c.castcontext = 'e')$$,
	'every explicit cast to a string type is the reveal that the policy decides on');
SELECT is_empty($$
	SELECT p.name, source FROM pii p, unnest('{text,varchar,bpchar,name}'::regtype[]) source
	WHERE NOT EXISTS (SELECT FROM pg_cast c WHERE c.castsource = source AND c.casttarget = p.oid AND c.castcontext = 'i')$$,
	'every string type casts implicitly to it');

SELECT is_empty('SELECT signature FROM operators WHERE NOT searchable',
	'a class that cannot be searched has no operator at all');
SELECT is_empty($$
	SELECT name FROM pii
	WHERE NOT searchable AND EXISTS (SELECT FROM pg_opclass c WHERE c.opcintype = pii.oid)$$,
	'and no operator class: GROUP BY and UNIQUE on it are errors');
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
	WHERE oprname NOT IN ('=', '<>', '*<', '*<=', '*>=', '*>') OR oprleft <> oprright$$,
	'the operators are equality, inequality and the order that is none to people');
SELECT is_empty($$
	SELECT signature FROM operators
	WHERE oprnamespace <> CASE WHEN oprname IN ('=', '<>') THEN 'pg_catalog' ELSE 'gdpr' END::regnamespace$$,
	'equality is found with any search_path, the rest is in schema gdpr');
SELECT is_empty($$
	SELECT o.signature FROM operators o JOIN pg_proc p ON p.oid = o.oprcode
	WHERE NOT (p.proleakproof AND p.proisstrict AND p.provolatile = 'i' AND p.proparallel = 's')$$,
	'comparing is leakproof, strict, immutable and parallel safe');
SELECT is_empty($$
	SELECT a.amproc FROM pg_amproc a JOIN pii ON pii.oid = a.amproclefttype JOIN pg_proc p ON p.oid = a.amproc
	WHERE NOT (p.proleakproof AND p.provolatile = 'i')$$,
	'so is what indexes and hash tables call');

SELECT * FROM finish();
ROLLBACK;
