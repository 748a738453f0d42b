/*
 * pair.sql: references that are a pair (type, id), as object-relational mappers make them: one column says which table
 * another refers to, so no foreign key can. In a path such a step stands in parentheses, with the type it is for:
 *
 *     (commentable_type = 'Order', commentable_id -> orders).customer_id
 *
 * and the other way round, the rows of a table that point here: tagging(taggable_type = 'Photo', taggable_id).person_id
 *
 * The type is a constant, compared by equality and nothing else. A row of another type is not reached, however equal
 * its id: condition and join are never apart.
 */

/* A path into its segments, by a separator that stands outside quotes and parentheses. */
CREATE FUNCTION gdpr_internal.split_path(path text, separator text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	quoted constant text := '"(?:[^"]|"")*"|''(?:[^'']|'''')*''';
	parts text[] := ARRAY(
		SELECT m[1] FROM regexp_matches(path, format('((?:%1$s|\((?:%1$s|\([^()]*\)|[^()"''])*\)|[^()"''%2$s])+)',
			quoted, separator), 'g')
			WITH ORDINALITY u (m, n) ORDER BY n);
BEGIN
	IF array_to_string(parts, separator) <> path OR cardinality(parts) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('path "%s" cannot be read', path),
			HINT = 'Write columns or foreign keys with points between them, and a pair as (type_column = ''Type'', '
				'id_column -> table).';
	END IF;
	RETURN parts;
END $$;
COMMENT ON FUNCTION gdpr_internal.split_path(text, text) IS
'internal: the segments of a path; 22023 when it is malformed';

CREATE FUNCTION gdpr_internal.identifiers(list text) RETURNS name[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg((parse_ident(m[1]))[1]::name ORDER BY n)
	FROM regexp_matches(list, '("(?:[^"]|"")+"|[^\s",]+)', 'g') WITH ORDINALITY u (m, n)
$$;
COMMENT ON FUNCTION gdpr_internal.identifiers(text) IS 'internal: a list of columns into their names';

/*
 * The constant as its column prints it. Only types of the core are compared here: their equality is no one's to
 * replace, and reading a constant of theirs runs nothing of others.
 */
CREATE FUNCTION gdpr_internal.type_constant(relation regclass, column_name name, constant text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	type text;
	comparable boolean;
	value text;
BEGIN
	SELECT gdpr_internal.base_type(a.atttypid), t.oid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype,
		'name'::regtype, 'smallint'::regtype,
			'integer'::regtype, 'bigint'::regtype, 'oid'::regtype, 'uuid'::regtype, 'boolean'::regtype,
				'"char"'::regtype) OR t.typtype = 'e'
	INTO type, comparable
	FROM pg_attribute a JOIN pg_type t ON t.oid = gdpr_internal.base_type(a.atttypid)::regtype
	WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF type IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', relation, column_name);
	ELSIF NOT comparable THEN
		RAISE EXCEPTION USING ERRCODE = '42804',
			MESSAGE = format('column %I of table %s cannot say what a row refers to: it is of type %s', column_name,
			relation, type),
			HINT = 'The type of a pair is a text, an integer, a uuid, a boolean or an enum.';
	END IF;
	BEGIN
		EXECUTE format('SELECT CAST(CAST($1 AS %s) AS text)', type) INTO value USING constant;
	EXCEPTION WHEN data_exception THEN
		RAISE EXCEPTION USING ERRCODE = '22P02',
			MESSAGE = format('%L is no value of column %I of table %s, which is of type %s', constant, column_name,
			relation, type);
	END;
	RETURN value;
END $$;
COMMENT ON FUNCTION gdpr_internal.type_constant(regclass, name, text) IS
'internal: a constant that the type column of a pair is compared with. Errors: 42703 no such column, 42804 of a type '
	'that is not compared, 22P02 no value of it';

CREATE FUNCTION gdpr_internal.type_condition(alias text, relation regclass, column_name name, value text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%s OPERATOR(pg_catalog.=) CAST(%L AS %s)',
		/* a domain over an enum has no equality of its own */
		format(CASE WHEN a.atttypid = b.type::regtype THEN '%s.%I' ELSE 'CAST(%s.%I AS %s)' END, alias, column_name,
			b.type), value, b.type)
	FROM pg_attribute a CROSS JOIN gdpr_internal.base_type(a.atttypid) b (type)
	WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.type_condition(text, regclass, name, text) IS
'internal: the condition that a row is of this type';

/*
 * An id in the type of what it is compared with. Where one column serves several kinds of keys it is a text: of such a
 * text only what a key prints is taken for one, so that the other kinds are no errors.
 */
CREATE FUNCTION gdpr_internal.as_key(expression text, source regtype, target regtype) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN source IN ('text', 'varchar', 'bpchar') AND target IN ('smallint', 'integer', 'bigint')
			THEN format('CASE WHEN %1$s OPERATOR(pg_catalog.~) ''^(0|-?[1-9][0-9]{0,17})$'' THEN CAST(%1$s AS '
				'pg_catalog.int8) END', expression)
		WHEN source IN ('text', 'varchar', 'bpchar') AND target = 'uuid'::regtype
			THEN format('CASE WHEN %1$s OPERATOR(pg_catalog.~) ''^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'' THEN '
				'CAST(%1$s AS pg_catalog.uuid) END', expression)
		WHEN source IN ('smallint', 'integer', 'bigint', 'uuid') AND target IN ('text', 'varchar', 'bpchar')
			THEN format('CAST(%s AS pg_catalog.text)', expression)
		ELSE expression END
$$;
COMMENT ON FUNCTION gdpr_internal.as_key(text, regtype, regtype) IS
'internal: the expression of an id in the type of a key';

/* sought is what an index is to find, from a row that is known. */
CREATE FUNCTION gdpr_internal.pair_join(known text, known_table regclass, known_columns name[], sought text,
	sought_table regclass, sought_columns name[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('%s.%I OPERATOR(pg_catalog.=) %s', sought, s,
		gdpr_internal.as_key(format('%s.%I', known, k), gdpr_internal.column_type(known_table, k),
			gdpr_internal.column_type(sought_table, s))), ' AND ' ORDER BY n)
	FROM unnest(known_columns, sought_columns) WITH ORDINALITY u (k, s, n)
$$;
COMMENT ON FUNCTION gdpr_internal.pair_join(text, regclass, name[], text, regclass, name[]) IS
'internal: an id and the key it means are equal';

CREATE FUNCTION gdpr_internal.require_pair(on_table regclass, columns name[], next_table regclass, next_columns name[])
	RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
	pair record;
BEGIN
	PERFORM gdpr_internal.require_reference(on_table);
	PERFORM gdpr_internal.require_reference(next_table);
	SELECT u.relation, u.name INTO missing
	FROM (SELECT on_table, c FROM unnest(columns) c UNION ALL SELECT next_table, c
		FROM unnest(next_columns) c) u (relation, name)
	WHERE gdpr_internal.column_type(u.relation, u.name) IS NULL LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', missing.relation,
			missing.name);
	ELSIF next_columns IS NULL OR cardinality(columns) <> cardinality(next_columns) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('(%s) of table %s cannot refer to the key (%s) of table %s',
				array_to_string(columns, ', '), on_table,
							 array_to_string(next_columns, ', '), next_table),
			HINT = 'Name as many columns as the key has, in its order; another key than the primary one as '
				'table(column).';
	END IF;
	FOR pair IN SELECT u.c, u.k, gdpr_internal.column_type(on_table, u.c) AS source,
		gdpr_internal.column_type(next_table, u.k) AS target FROM unnest(columns, next_columns) u (c, k)
	LOOP
		BEGIN
			EXECUTE format('SELECT NULL::%s OPERATOR(pg_catalog.=) %s', pair.target,
				gdpr_internal.as_key('NULL::' || pair.source, pair.source, pair.target));
		EXCEPTION WHEN undefined_function OR ambiguous_function THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('%I of table %s, of type %s, cannot refer to %I of table %s, of type %s', pair.c,
					on_table, pair.source, pair.k, next_table, pair.target);
		END;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_pair(regclass, name[], regclass, name[]) IS
'internal: the id of a pair can be compared with the key it means. Errors: 42501, 42703, 42809, 55000';

CREATE FUNCTION gdpr_internal.key_referred_to(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = key_referred_to.relation),
		gdpr_internal.primary_key(relation))
$$;
COMMENT ON FUNCTION gdpr_internal.key_referred_to(regclass) IS
'internal: the columns that an id of a pair means when the path names none';

/*
 * "(type_column = 'Type', id, ... -> table)" or "... -> table(column, ...)"; the key is the people's, else the
 * primary one.
 */
CREATE FUNCTION gdpr_internal.parse_pair(relation regclass, segment text,
								OUT type_column name, OUT type_value text, OUT columns name[], OUT next_table regclass,
									OUT next_columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	word constant text := '(?:"(?:[^"]|"")+"|[^\s"''=,()<>.-]+)';
	parts text[] := regexp_match(segment,
		format('^\s*\(\s*(%1$s)\s*=\s*(?:''((?:[^'']|'''')*)''|([0-9]+))\s*,\s*(%1$s(?:\s*,\s*%1$s)*)\s*->'
														'\s*(%1$s(?:\.%1$s)?)\s*(?:\('
														'\s*(%1$s(?:\s*,\s*%1$s)*)\s*\))?\s*\)\s*$', word));
BEGIN
	IF parts IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('%s is not a pair of type and id', segment),
			HINT = 'Write (type_column = ''Type'', id_column -> table): the type as a constant in quotes, or a number.';
	END IF;
	type_column := (gdpr_internal.identifiers(parts[1]))[1];
	type_value := gdpr_internal.type_constant(relation, type_column,
		coalesce(replace(parts[2], '''''', ''''), parts[3]));
	columns := gdpr_internal.identifiers(parts[4]);
	next_table := gdpr_internal.table_near(relation, parts[5]);
	next_columns := coalesce(gdpr_internal.identifiers(parts[6]), gdpr_internal.key_referred_to(next_table));
	PERFORM gdpr_internal.require_pair(relation, columns, next_table, next_columns);
END $$;
COMMENT ON FUNCTION gdpr_internal.parse_pair(regclass, text) IS
'internal: a step through a pair (type, id). Errors: 22023 malformed, 42501, 42703, 42804, 42809, 42P01, 22P02, 55000';

/* "taggable_type = 'Photo', taggable_id": how rows of a table point at another; no type when it is a foreign key. */
CREATE FUNCTION gdpr_internal.parse_pointer(relation regclass, inside text, OUT type_column name, OUT type_value text,
	OUT columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	word constant text := '(?:"(?:[^"]|"")+"|[^\s"''=,()<>.-]+)';
	parts text[] := regexp_match(inside,
		format('^\s*(%1$s)\s*=\s*(?:''((?:[^'']|'''')*)''|([0-9]+))\s*,\s*(%1$s(?:\s*,\s*%1$s)*)\s*$', word));
BEGIN
	IF parts IS NULL THEN
		columns := gdpr_internal.identifiers(inside);
		RETURN;
	END IF;
	type_column := (gdpr_internal.identifiers(parts[1]))[1];
	type_value := gdpr_internal.type_constant(relation, type_column,
		coalesce(replace(parts[2], '''''', ''''), parts[3]));
	columns := gdpr_internal.identifiers(parts[4]);
END $$;
COMMENT ON FUNCTION gdpr_internal.parse_pointer(regclass, text) IS
'internal: the columns by which rows of a table point here, with the type when it is a pair';

CREATE FUNCTION gdpr_internal.column_list_text(columns name[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(quote_ident(c), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u (c, n)
$$;
COMMENT ON FUNCTION gdpr_internal.column_list_text(name[]) IS 'internal: columns as they are written in a command';

/* A constant as a path spells it, without escapes: the types of PHP are names with backslashes. */
CREATE FUNCTION gdpr_internal.type_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT '''' || replace(value, '''', '''''') || ''''
$$;
COMMENT ON FUNCTION gdpr_internal.type_text(text) IS 'internal: the type of a pair as it is written in a path';

/* A step as a path spells it. */
CREATE FUNCTION gdpr_internal.step_text(columns name[], type_column name, type_value text, next_table regclass,
	next_type_column name, next_columns name[], points_here boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN type_column IS NOT NULL
			THEN format('(%I = %s, %s -> %s)', type_column, gdpr_internal.type_text(type_value),
			gdpr_internal.column_list_text(columns),
				next_table::text || CASE WHEN next_columns IS DISTINCT FROM gdpr_internal.key_referred_to(next_table)
				THEN format('(%s)', gdpr_internal.column_list_text(next_columns)) ELSE '' END)
		WHEN next_type_column IS NOT NULL THEN format('%s(%I = %s, %s)', next_table, next_type_column,
			gdpr_internal.type_text(type_value), gdpr_internal.column_list_text(next_columns))
		WHEN points_here THEN format('%s(%s)', next_table, array_to_string(next_columns, ','))
		ELSE array_to_string(columns, ',') END
$$;
COMMENT ON FUNCTION gdpr_internal.step_text(name[], name, text, regclass, name, name[], boolean) IS
'internal: a step of a path as it is written';

/* A number of which another column says whose it is: taken for a person's it would give people what is not theirs. */
CREATE FUNCTION gdpr_internal.refuse_polymorphic(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	base text := regexp_replace(lower(column_name), '_?id$', '');
	kind name;
BEGIN
	SELECT a.attname INTO kind FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> column_name
	  AND (lower(a.attname) IN (base || '_type', base || 'type', base || '_type_id', base || 'typeid')
		   OR (base = 'object' AND lower(a.attname) IN ('content_type', 'content_type_id')))
	ORDER BY a.attnum LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s cannot be followed: %I says which table it refers to', column_name,
				relation, kind),
			HINT = format('Say for which type it is followed, and where to: ''(%I = ''''<type>'''', %I -> <table>)''; '
				'several types with commas between them. What refers to one table only is given a foreign key.', kind,
				column_name);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_polymorphic(regclass, name) IS
'internal: raises 55000 when a column without a foreign key is half of a pair (type, id)';
