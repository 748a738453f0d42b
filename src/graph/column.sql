/*
 * column.sql: what the graph asks of the catalogs: types below domains, keys, foreign keys, tables by name.
 */

/*
 * The type below all domains, as a cast names it: a domain's checks are functions of someone else, not to be run with
 * the rights of the extension. Modifier -1, for "character" alone would mean one character.
 */
CREATE FUNCTION gdpr_internal.base_type(type oid) RETURNS text AS 'MODULE_PATHNAME', 'gdpr_base_type'
	LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.base_type(oid) IS 'internal: the type below all domains, for a cast';

CREATE FUNCTION gdpr_internal.underlying_type(type oid) RETURNS oid AS 'MODULE_PATHNAME', 'gdpr_underlying_type'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.underlying_type(oid) IS
'internal: the type below all domains: a column of a domain over a PII type holds personal data as any other does';

CREATE FUNCTION gdpr_internal.column_type(relation regclass, column_name name) RETURNS regtype
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.base_type(a.atttypid)::regtype FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.column_type(regclass, name) IS
'internal: the type of a column below all domains; NULL when there is none';

CREATE FUNCTION gdpr_internal.table_near(relation regclass, name text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parts text[] := parse_ident(name);
	named oid;
BEGIN
	SELECT c.oid INTO named FROM pg_class c
	WHERE c.relname = parts[cardinality(parts)]
	  AND c.relnamespace = CASE WHEN cardinality(parts) > 1 THEN (SELECT n.oid FROM pg_namespace n
		  WHERE n.nspname = parts[1])
								ELSE (SELECT r.relnamespace FROM pg_class r WHERE r.oid = relation) END;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42P01', MESSAGE = format('there is no table %s', name),
			HINT = format('Write schema.table when it is not in the schema of %s.', relation);
	END IF;
	RETURN named;
END $$;
COMMENT ON FUNCTION gdpr_internal.table_near(regclass, text) IS
'internal: a table by name, in the schema of another when none is given; 42P01';

CREATE FUNCTION gdpr_internal.pii_columns(relation regclass) RETURNS name[] AS 'MODULE_PATHNAME', 'gdpr_pii_columns'
	LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.pii_columns(regclass) IS
'internal: the columns of a relation that hold sealed values';

CREATE FUNCTION gdpr_internal.primary_key(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(a.attname ORDER BY k.n)
	FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k (attnum, n)
	JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
	WHERE i.indrelid = relation AND i.indisprimary
$$;
COMMENT ON FUNCTION gdpr_internal.primary_key(regclass) IS 'internal: the columns of a primary key';

/* The foreign key of a table over just these columns, in any order. */
CREATE FUNCTION gdpr_internal.foreign_key(relation regclass, columns name[]) RETURNS pg_catalog.pg_constraint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c FROM pg_constraint c
	WHERE c.conrelid = relation AND c.contype = 'f' AND c.conparentid = 0
	  AND (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute a
		   WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey))
		= (SELECT array_agg(n ORDER BY n) FROM unnest(columns) n)
	ORDER BY c.oid LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.foreign_key(regclass, name[]) IS
'internal: the foreign key over these columns of a table';
