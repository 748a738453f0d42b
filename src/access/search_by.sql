/*
 * search_by.sql: columns that are found by a part of their values by index, each by its owner's wish: what the tokens
 * tell of the values to who has the disk and no key stands in SECURITY.md.
 */
CREATE TABLE gdpr.search_column
(
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	tokens		name NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('prefix', 'words', 'substring')),
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.search_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.search_column', 'relation', 'delete', names => '{column_name,tokens}');
COMMENT ON TABLE gdpr.search_column IS
'columns of protected tables that are found by a part of their values, and the column of their search tokens';

/* Of a table, or of what a partition or child inherits them from. */
CREATE FUNCTION gdpr_internal.search_columns(relation regclass) RETURNS SETOF gdpr.search_column
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor (oid) AS (
		SELECT search_columns.relation::oid
		UNION
		SELECT i.inhparent FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
	)
	SELECT s.* FROM ancestor a JOIN gdpr.search_column s ON s.relation = a.oid ORDER BY s.column_name
$$;
COMMENT ON FUNCTION gdpr_internal.search_columns(regclass) IS 'internal: the searchable columns of a table';

/* Made by the planner hook alone: it asks about any part of a value (by_tokens.c). */
CREATE FUNCTION gdpr_internal.search_for(template gdpr_internal.search_query, text)
	RETURNS gdpr_internal.search_query AS 'MODULE_PATHNAME', 'gdpr_search_for' LANGUAGE C STABLE STRICT
	PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_for(template gdpr_internal.search_query, gdpr.pii_text)
	RETURNS gdpr_internal.search_query AS 'MODULE_PATHNAME', 'gdpr_search_for' LANGUAGE C STABLE STRICT
	PARALLEL RESTRICTED COST 10;
CREATE FUNCTION gdpr_internal.search_for(template gdpr_internal.search_query, gdpr.pii_address)
	RETURNS gdpr_internal.search_query AS 'MODULE_PATHNAME', 'gdpr_search_for' LANGUAGE C STABLE STRICT
	PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION gdpr_internal.search_for(gdpr_internal.search_query, text) IS
'internal: what a condition asks of search tokens; a template cannot be written by SQL';
COMMENT ON FUNCTION gdpr_internal.search_for(gdpr_internal.search_query, gdpr.pii_text) IS
'internal: the same of a typed value; a template cannot be written by SQL';
COMMENT ON FUNCTION gdpr_internal.search_for(gdpr_internal.search_query, gdpr.pii_address) IS
'internal: the same of a typed value; a template cannot be written by SQL';

/* The class of a column of a protected table, that may be searched by this kind. */
CREATE FUNCTION gdpr_internal.class_to_search(relation regclass, column_name name, kind text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class text;
	possible text[];
BEGIN
	IF kind IS NULL OR kind NOT IN ('prefix', 'words', 'substring') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the kind of search must be prefix, words or substring',
			HINT = 'prefix finds by the beginning, words by whole words, substring by any three characters or more.';
	ELSIF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = class_to_search.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...); an ordinary table has ordinary indexes.', relation);
	ELSIF gdpr_internal.column_type(relation, column_name) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', relation, column_name);
	ELSIF column_name <> ALL (gdpr_internal.pii_columns(relation)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('column %I of table %s holds no personal data', column_name, relation),
			HINT = 'An ordinary index serves it.';
	END IF;
	class := (SELECT substr(t.typname, 5) FROM pg_type t
		WHERE t.oid = gdpr_internal.column_type(relation, column_name));
	possible := gdpr_internal.searchable_kinds(class);
	IF possible = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '0A000',
			MESSAGE = format('column %I of table %s is of class %s, which is not searched by parts',
				column_name, relation, class),
			DETAIL = 'Tokens of parts soon tell numbers and dates, and nothing may be told of special categories.',
			HINT = 'Equality uses an ordinary index where the class has one; LIKE opens the values.';
	ELSIF kind <> ALL (possible) THEN
		RAISE EXCEPTION USING ERRCODE = '0A000',
			MESSAGE = format('column %I of table %s, of class %s, cannot be searched by %s', column_name, relation,
				class, kind),
			HINT = format('It can by %s.', array_to_string(possible, ' or '));
	END IF;
	RETURN class;
END $$;
COMMENT ON FUNCTION gdpr_internal.class_to_search(regclass, name, text) IS
'internal: the class of a column that may be searched by this kind; the errors of search_by()';

/* Tokens beside no value: the column was dropped, the table came back by itself, or is not protected any more. */
CREATE FUNCTION gdpr_internal.drop_tokens(relation regclass, column_names name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	column_name name;
BEGIN
	FOREACH column_name IN ARRAY column_names
	LOOP
		EXECUTE format('ALTER TABLE %s DROP COLUMN %I', relation, column_name);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.drop_tokens(regclass, name[]) IS 'internal: drops columns of search tokens';

CREATE FUNCTION gdpr_internal.stray_tokens(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(a.attname), '{}') FROM pg_attribute a
	WHERE a.attrelid = relation AND a.atttypid = 'gdpr.search_tokens'::regtype AND NOT a.attisdropped
	  AND a.attinhcount = 0
	  AND NOT EXISTS (SELECT FROM gdpr.search_column s
		  JOIN pg_attribute v ON v.attrelid = s.relation AND v.attname = s.column_name AND NOT v.attisdropped
		  WHERE s.relation = stray_tokens.relation AND s.tokens = a.attname)
$$;
COMMENT ON FUNCTION gdpr_internal.stray_tokens(regclass) IS
'internal: columns of search tokens beside no value of their own';

CREATE FUNCTION gdpr.search_by(relation gdpr.table_ref, column_name name, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class text;
	tokens name := (SELECT s.tokens FROM gdpr.search_column s
		WHERE s.relation = search_by.relation AND s.column_name = search_by.column_name);
	known boolean := tokens IS NOT NULL;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	class := gdpr_internal.class_to_search(relation, column_name, kind);
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	IF known THEN
		UPDATE gdpr.search_column s SET kind = search_by.kind
		WHERE s.relation = search_by.relation AND s.column_name = search_by.column_name;
	ELSE
		tokens := 'gdpr_search_' || column_name;
		IF gdpr_internal.column_type(relation, tokens) IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = '42701',
				MESSAGE = format('table %s already has a column %I', relation, tokens),
				HINT = format('ALTER TABLE %s RENAME COLUMN %I TO ...;', relation, tokens);
		ELSIF (SELECT count(*) FROM gdpr.search_column s WHERE s.relation = search_by.relation) >= 32 THEN
			RAISE EXCEPTION USING ERRCODE = '54011',
				MESSAGE = format('table %s has 32 searchable columns already', relation);
		END IF;
		INSERT INTO gdpr.search_column VALUES (relation, column_name, tokens, kind);
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I gdpr.search_tokens', relation, tokens);
	END IF;
	EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE gdpr.search_tokens USING gdpr_internal.tokens_of(%I, %L)%s',
		relation, tokens, column_name, kind,
		CASE WHEN NOT known THEN format(', ADD CONSTRAINT %I CHECK (gdpr.is_searchable(%I, %I))',
			tokens, column_name, tokens) ELSE '' END);
	IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				   WHERE i.indrelid = relation AND a.attname = tokens) THEN
		EXECUTE format('CREATE INDEX ON %s USING gin (%I)', relation, tokens);
	END IF;
	PERFORM gdpr_internal.record_setup('column searchable', jsonb_build_object('table', relation::text, 'column',
		column_name, 'kind', kind));
END $$;
COMMENT ON FUNCTION gdpr.search_by(gdpr.table_ref, name, text) IS
'Lets an index answer LIKE, ILIKE and starts_with() about a sealed column. kind: prefix (beginnings of 3 characters or '
	'more), words (whole words), substring (any 3 characters or more); another kind replaces it, the same one rebuilds '
	'it. Adds a column of keyed tokens, which the trigger keeps, and a GIN index; rewrites the table under '
	'an exclusive lock, and is recorded. What the tokens tell who has the disk and no key: SECURITY.md (Art. 25, 32). '
	'Errors: 42501 not the owner, 55000 not protected, 42703 no such column, 22023 no such kind or no personal data, '
	'0A000 a class that is not searched so, 42701 the name of the tokens'' column is taken, ZG019 no master key.';

CREATE FUNCTION gdpr.end_search(relation gdpr.table_ref, column_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	tokens name;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	DELETE FROM gdpr.search_column s
	WHERE s.relation = end_search.relation AND s.column_name = end_search.column_name RETURNING s.tokens INTO tokens;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s is not searched by parts', column_name, relation),
			HINT = 'gdpr.search_column lists the columns that are.';
	END IF;
	PERFORM gdpr_internal.drop_tokens(relation, ARRAY[tokens]);
	PERFORM gdpr_internal.record_setup('column not searchable', jsonb_build_object('table', relation::text, 'column',
		column_name));
END $$;
COMMENT ON FUNCTION gdpr.end_search(gdpr.table_ref, name) IS
'Reverses search_by(): drops the tokens of a column and their index; LIKE opens the values again. Dead rows keep '
	'tokens until VACUUM FULL or a rewrite. Errors: 42501 not the owner, 55000 the column is not searched by parts.';
