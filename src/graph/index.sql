/*
 * index.sql: protected tables with their partitions, their sealed columns, and the indexes they lack.
 */

/* Protected tables with their partitions and children; root is what was registered. */
CREATE VIEW gdpr.guarded_table AS
WITH RECURSIVE tree (oid, root) AS (
	SELECT p.relation::oid, p.relation::oid FROM gdpr.protected_table p
	UNION
	SELECT i.inhrelid, t.root FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
)
SELECT c.oid::regclass AS relation, t.root::regclass AS root, c.relkind, c.relispartition, c.relreplident,
	   c.relrowsecurity AND c.relforcerowsecurity AS secured
FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid;
COMMENT ON VIEW gdpr.guarded_table IS 'internal: protected tables with their partitions and children';

CREATE VIEW gdpr.sealed_column AS
SELECT c.oid::regclass AS relation, a.attnum, a.attname, a.atthasdef AND a.attgenerated = '' AS has_default,
	   c.relreplident, pg_catalog.substr(t.typname, 5) AS class,
	   EXISTS (SELECT FROM pg_catalog.pg_opclass o WHERE o.opcintype = t.oid) AS comparable,
	   EXISTS (SELECT FROM pg_catalog.pg_constraint k
			   JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid
			   JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.refobjid
			   WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated AND k.conkey = ARRAY[a.attnum]
				 AND p.pronamespace = 'gdpr'::pg_catalog.regnamespace AND p.proname = 'is_bound') AS checked
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
WHERE t.typnamespace = 'gdpr'::pg_catalog.regnamespace AND t.typname LIKE 'pii\_%' AND a.attnum > 0
	AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.relnamespace <> 'gdpr'::pg_catalog.regnamespace;
COMMENT ON VIEW gdpr.sealed_column IS
'internal: the columns of PII types, of whatever table, and whether a CHECK keeps unbound values out';

/*
 * Any rows with these values are found by it: not a partial index, nor one still being built, over expressions, or of
 * BRIN or GIN.
 */
CREATE FUNCTION gdpr_internal.has_index(relation regclass, columns name[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (
		SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
		WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= cardinality(columns)
		  AND (m.amname = 'btree' OR (m.amname = 'hash' AND cardinality(columns) = 1))
		  AND (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute a
			   WHERE a.attrelid = relation AND a.attnum = ANY ((i.indkey::int2[])[0:cardinality(columns) - 1]))
			= (SELECT array_agg(k ORDER BY k) FROM unnest(columns) k))
$$;
COMMENT ON FUNCTION gdpr_internal.has_index(regclass, name[]) IS
'internal: does an index begin with these columns, in any order?';

/*
 * Indexes without which the cost of one person grows with the table: on the columns of each step of an owner path or of
 * a link, walked from the person towards the row; on the subject of a row where that is not what the row's own key
 * says; and on foreign keys to rows that an erasure deletes.
 */
CREATE FUNCTION gdpr.missing_indexes() RETURNS TABLE (relation regclass, columns name[], command text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH step (relation, columns, type_column) AS (
		SELECT s.on_table, s.columns, s.type_column FROM gdpr.owner_step s
		UNION
		SELECT l.on_table, l.columns, l.type_column FROM gdpr.subject_link_step l
	), wanted (relation, columns, enough) AS (
		SELECT s.relation, CASE WHEN s.type_column IS NULL THEN s.columns ELSE s.type_column || s.columns END,
			s.columns FROM step s
		UNION
		SELECT g.relation, '{gdpr_subject}', '{gdpr_subject}'
		FROM gdpr.guarded_table g JOIN gdpr.protected_table p ON p.relation = g.root
		WHERE p.subject_table <> p.relation AND NOT g.relispartition
		UNION
		SELECT f.conrelid, k.columns, k.columns
		FROM pg_constraint f
		CROSS JOIN LATERAL (SELECT array_agg(a.attname ORDER BY u.n) FROM unnest(f.conkey) WITH ORDINALITY u (attnum, n)
							JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = u.attnum) k (columns)
		WHERE f.contype = 'f' AND f.conparentid = 0 AND f.confrelid IN (SELECT p.relation FROM gdpr.protected_table p)
	), once AS (
		/* the same columns in another order are the same wish */
		SELECT DISTINCT ON (w.relation, k.sorted) w.relation, w.columns, w.enough
		FROM wanted w CROSS JOIN LATERAL (SELECT array_agg(c ORDER BY c) FROM unnest(w.columns) c) k (sorted)
		ORDER BY w.relation, k.sorted, w.columns
	)
	SELECT w.relation, w.columns,
		   format('CREATE INDEX %sON %s (%s);', CASE c.relkind WHEN 'p' THEN '' ELSE 'CONCURRENTLY ' END, w.relation,
			   gdpr_internal.column_list_text(w.columns))
	FROM once w JOIN pg_class c ON c.oid = w.relation
	WHERE NOT gdpr_internal.has_index(w.relation, w.columns) AND NOT gdpr_internal.has_index(w.relation, w.enough)
	ORDER BY w.relation::text COLLATE "C", w.columns
$$;
COMMENT ON FUNCTION gdpr.missing_indexes() IS
'The indexes without which answering or erasing one person takes a scan of a whole table, each with the command that '
	'makes it (Art. 12(3), 25).';

/* The default tag says for which purposes a table is filled. Its text is read, and never executed: it is anyone's. */
CREATE FUNCTION gdpr_internal.default_purposes() RETURNS TABLE (relation regclass, purpose text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.relation, split_part(name, '#', 1)
	FROM gdpr.protected_table p
	JOIN pg_attribute a ON a.attrelid = p.relation AND a.attname = 'purposes' AND NOT a.attisdropped
	JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	CROSS JOIN regexp_split_to_table(substring(pg_get_expr(d.adbin, d.adrelid)
		FROM '^''\{([a-z0-9_#,]*)\}''::gdpr\.purpose_set$'), ',') name
$$;
COMMENT ON FUNCTION gdpr_internal.default_purposes() IS
'internal: the purposes in the default tags of protected tables';
