/*
 * to_k.sql: a statistical copy that is k-anonymous by construction.
 *
 * The rows are numbered into a temporary table, with numbers and dates as they are and categories as codes; C cuts
 * them into classes (partition.c); the copy gets each class's ranges and sets in place of the values.
 */
CREATE FUNCTION gdpr_internal.partition_rows(query text, k integer, l integer, t double precision, ordered boolean,
	"values" integer,
									leaves integer[], heights integer[], OUT row_number bigint, OUT class integer,
										OUT loss real) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_partition' LANGUAGE C VOLATILE STRICT ROWS 100000;
COMMENT ON FUNCTION gdpr_internal.partition_rows(text, integer, integer, double precision, boolean, integer, integer[],
	integer[]) IS
'internal: the class and loss of information of each row that a query of anonymise_to_k() answers; ZG017 when the '
	'whole is too small';

/* Is the type one whose values lie on a line? Others are categories. */
CREATE FUNCTION gdpr_internal.is_measured(type regtype) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT typcategory IN ('N', 'D') AND typname NOT IN ('money', 'oid') AND typname NOT LIKE 'reg%' FROM pg_type
		WHERE oid = type
$$;
COMMENT ON FUNCTION gdpr_internal.is_measured(regtype) IS 'internal: true for numbers and dates';

/*
 * The values of a category with their codes, in a temporary table: in the order of the text, or of the hierarchy, so
 * that whatever lies below a branch is next to each other. height: how high it meets the code before it.
 */
CREATE FUNCTION gdpr_internal.number_categories(source regclass, column_name name, hierarchy text, target text,
	OUT leaves integer, OUT heights integer[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	levels integer := coalesce((SELECT max(cardinality(h.ancestors)) FROM gdpr.hierarchy h WHERE h.name = hierarchy),
		0);
BEGIN
	EXECUTE format('CREATE TEMPORARY TABLE %s AS
		SELECT d.v, h.ancestors AS a, row_number() OVER w::integer AS code,
			   CASE %s ELSE %s END AS height
		FROM (SELECT DISTINCT %I::text AS v FROM %s) d LEFT JOIN gdpr.hierarchy h ON h.name = %L AND h.value = d.v
		WHERE d.v IS NOT NULL WINDOW w AS (ORDER BY %s d.v)', target,
		coalesce((SELECT string_agg(format('WHEN h.ancestors[%s] = lag(h.ancestors[%1$s]) OVER w THEN %1$s', i), ' '
			ORDER BY i) FROM generate_series(1, levels) i), 'WHEN false THEN 0'),
		levels + 1, column_name, source, hierarchy,
		(SELECT string_agg(format('h.ancestors[%s], ', i), '' ORDER BY i DESC) FROM generate_series(1, levels) i));
	EXECUTE format('CREATE INDEX ON %s (code)', target);
	EXECUTE format('ANALYZE %s', target);
	EXECUTE format('SELECT count(*), coalesce(array_agg(height ORDER BY code), ''{}'') FROM %s', target)
		INTO leaves, heights;
	IF hierarchy IS NULL THEN
		heights := '{}';
	ELSE
		leaves := -leaves;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.number_categories(regclass, name, text, text) IS
'internal: writes the values of a category with their codes into a temporary table; leaves (negative with a '
	'hierarchy) and heights are what partition_rows() takes';

/*
 * What a class of categories is called, by the codes of which f is the least and t the greatest: the value, a few
 * values, the nearest ancestor of all, or a range. Code 0 is not known.
 */
CREATE FUNCTION gdpr_internal.category_label(hierarchy text, n bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CASE WHEN t%1$s.code IS NULL THEN NULL WHEN f%1$s.code IS NULL THEN ''*'' WHEN f%1$s.code = '
		't%1$s.code THEN f%1$s.v ' ||
		CASE WHEN hierarchy IS NULL
			 THEN 'WHEN t%1$s.code - f%1$s.code < 10 THEN (SELECT ''{'' || string_agg(m.v, '','' ORDER BY m.code) || '
				'''}''
															 FROM pg_temp.gdpr_category_%1$s m WHERE m.code BETWEEN '
																'f%1$s.code AND t%1$s.code)
				   ELSE format(''[%%s,%%s]'', f%1$s.v, t%1$s.v) END'
			 ELSE 'ELSE coalesce((SELECT x.a FROM unnest(f%1$s.a, t%1$s.a) WITH ORDINALITY x (a, b, n) WHERE x.a = '
				 'x.b ORDER BY x.n LIMIT 1), ''*'') END' END, n)
$$;
COMMENT ON FUNCTION gdpr_internal.category_label(text, bigint) IS
'internal: an expression that names the categories from one code to another';

CREATE FUNCTION gdpr_internal.check_to_k(source regclass, "columns" name[], quasi_identifiers name[], k integer,
	sensitive name, l integer, t double precision,
								suppress double precision, hierarchies jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	personal name;
	wrong text;
BEGIN
	PERFORM gdpr_internal.column_list(source, "columns");
	IF k IS NULL OR k < 2 OR l < 1 OR t < 0 OR t > 1 OR suppress IS NULL OR suppress < 0 OR suppress >= 1
		OR cardinality(quasi_identifiers) > 32 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'k must be 2 or more, l 1 or more, t between 0 and 1, suppress from 0 to below 1, and '
			'quasi-identifiers at most 32';
	ELSIF sensitive IS NULL AND (l IS NOT NULL OR t IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'l and t need a sensitive column',
			HINT = 'Pass sensitive => ''<column>''.';
	ELSIF suppress > 0 AND t IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'rows cannot be left out where t is asked for: the whole that classes are compared with '
			'would change';
	ELSIF (SELECT count(*) <> count(DISTINCT c) FROM unnest("columns") c) THEN
		RAISE EXCEPTION USING ERRCODE = '42701', MESSAGE = 'a column is named twice';
	END IF;
	SELECT a.attname INTO personal
	FROM pg_attribute a JOIN pg_type y ON y.oid = gdpr_internal.underlying_type(a.atttypid)
	WHERE a.attrelid = source AND a.attname = ANY ("columns")
		AND (y.typnamespace = 'gdpr'::regnamespace OR a.attname IN ('gdpr_subject', 'purposes'));
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017',
			MESSAGE = format('column %I is sealed or names a person: a copy with it is not anonymous', personal),
			HINT = 'Leave it out, or reveal and generalise it in a view first.';
	END IF;
	SELECT h.key INTO wrong FROM jsonb_each_text(hierarchies) h
	WHERE h.key <> ALL (quasi_identifiers) OR NOT EXISTS (SELECT FROM gdpr.hierarchy d WHERE d.name = h.value)
	   OR (SELECT gdpr_internal.is_measured(a.atttypid) FROM pg_attribute a WHERE a.attrelid = source
		   AND a.attname = h.key);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('hierarchies: %I is no quasi-identifier that is a category, or its hierarchy is not '
			'defined', wrong),
			HINT = 'SELECT gdpr.define_hierarchy(...); then hierarchies => ''{"<column>": "<hierarchy>"}''.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_to_k(regclass, name[], name[], integer, name, integer, double precision,
	double precision, jsonb) IS
'internal: refuses what anonymise_to_k() cannot do: 22023, 42701, 42703, ZG017';

/* Leaves out whole classes, those that lose most and more than most others, as long as they are within the share. */
CREATE FUNCTION gdpr_internal.suppress_classes(share double precision) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	suppressed bigint := 0;
BEGIN
	IF share > 0 THEN
		DELETE FROM pg_temp.gdpr_class WHERE class IN (
			SELECT c.class
			FROM (SELECT x.class, min(x.loss) AS loss, sum(count(*)) OVER (ORDER BY min(x.loss) DESC, x.class) AS so_far
				  FROM pg_temp.gdpr_class x GROUP BY x.class) c
			WHERE c.so_far <= share * (SELECT count(*) FROM pg_temp.gdpr_class)
			  AND c.loss > (SELECT avg(x.loss) FROM pg_temp.gdpr_class x));
		GET DIAGNOSTICS suppressed = ROW_COUNT;
	END IF;
	RETURN suppressed;
END $$;
COMMENT ON FUNCTION gdpr_internal.suppress_classes(double precision) IS
'internal: leaves out the classes that lose most information, at most this share of all rows';

CREATE FUNCTION gdpr.anonymise_to_k(source gdpr.table_ref, target text, quasi_identifiers name[], k integer,
	sensitive name DEFAULT NULL,
									l integer DEFAULT NULL, t double precision DEFAULT NULL, keep name[] DEFAULT '{}',
									hierarchies jsonb DEFAULT '{}', suppress double precision DEFAULT 0,
									OUT rows bigint, OUT classes bigint, OUT suppressed bigint, OUT reached_k bigint,
										OUT reached_l bigint,
									OUT reached_t double precision, OUT information_loss double precision,
										OUT discernibility double precision)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	qualified text := gdpr_internal.qualified_target(source, target);
	others name[] := keep || CASE WHEN sensitive IS NOT NULL THEN ARRAY[sensitive] ELSE '{}' END;
	points text := '';
	kept text := '';
	joins text := '';
	ranges text := '';
	labels text := '';
	ends text := '';
	leaves integer[] := '{}';
	heights integer[] := '{}';
	numbered record;
	ordered boolean;
	known integer := 0;		/* sensitive values, without NULL */
	q record;
BEGIN
	PERFORM gdpr_internal.check_to_k(source, quasi_identifiers || others, quasi_identifiers, k, sensitive, l, t,
		suppress, hierarchies);
	ordered := sensitive IS NOT NULL AND (SELECT gdpr_internal.is_measured(a.atttypid) FROM pg_attribute a
		WHERE a.attrelid = source AND a.attname = sensitive);
	FOR q IN SELECT u.q AS name, n, y.typcategory = 'D' AS is_date, gdpr_internal.is_measured(a.atttypid) AS measured,
		hierarchies ->> u.q AS hierarchy
			 FROM unnest(quasi_identifiers) WITH ORDINALITY u (q, n)
			 JOIN pg_attribute a ON a.attrelid = source AND a.attname = u.q
				 JOIN pg_type y ON y.oid = a.atttypid ORDER BY n
	LOOP
		labels := labels || CASE WHEN q.n > 1 THEN ', ' ELSE '' END;
		IF q.measured THEN
			kept := kept || format(', s.%I AS q%s', q.name, q.n);
			points := points || format(CASE WHEN q.is_date THEN ', extract(epoch FROM q%s)::float8'
				ELSE ', q%s::float8' END, q.n);
			ranges := ranges || format(', min(r.q%1$s) AS low%1$s, max(r.q%1$s) AS high%1$s, count(r.q%1$s) AS '
				'known%1$s', q.n);
			labels := labels || format('CASE WHEN g.known%1$s = 0 THEN NULL WHEN g.known%1$s < g.size THEN ''*'' WHEN '
				'g.low%1$s = g.high%1$s THEN g.low%1$s::text
										ELSE format(''[%%s,%%s]'', g.low%1$s, g.high%1$s) END AS q%1$s', q.n);
			leaves := leaves || 0;
		ELSE
			numbered := gdpr_internal.number_categories(source, q.name, q.hierarchy,
				format('pg_temp.gdpr_category_%s', q.n));
			kept := kept || format(', coalesce(c%1$s.code, 0) AS q%1$s', q.n);
			joins := joins || format(' LEFT JOIN pg_temp.gdpr_category_%1$s c%1$s ON c%1$s.v = s.%2$I::text',
				q.n, q.name);
			points := points || format(', q%s::float8', q.n);
			ranges := ranges || format(', min(r.q%1$s) AS low%1$s, max(r.q%1$s) AS high%1$s', q.n);
			labels := labels || format('%s AS q%s', gdpr_internal.category_label(q.hierarchy, q.n), q.n);
			ends := ends || format(' LEFT JOIN pg_temp.gdpr_category_%1$s f%1$s ON f%1$s.code = g.low%1$s LEFT JOIN '
				'pg_temp.gdpr_category_%1$s t%1$s ON t%1$s.code = g.high%1$s', q.n);
			leaves := leaves || numbered.leaves;
			heights := heights || numbered.heights;
		END IF;
	END LOOP;
	IF sensitive IS NOT NULL THEN
		EXECUTE format('CREATE TEMPORARY TABLE gdpr_sensitive AS SELECT v, (row_number() OVER (ORDER BY v) - '
			'1)::integer AS code
						FROM (SELECT DISTINCT %I AS v FROM %s WHERE %1$I IS NOT NULL) d', sensitive, source);
		ANALYZE pg_temp.gdpr_sensitive;
		EXECUTE 'SELECT count(*) FROM pg_temp.gdpr_sensitive' INTO known;
		joins := joins || format(' LEFT JOIN pg_temp.gdpr_sensitive d ON d.v = s.%I', sensitive);
	END IF;
	EXECUTE format('CREATE TEMPORARY TABLE gdpr_row AS SELECT row_number() OVER () AS number, %s AS code%s%s '
		'FROM %s s%s',
		CASE WHEN sensitive IS NULL THEN '0' ELSE format('coalesce(d.code, %s)', known) END,
		kept, (SELECT coalesce(string_agg(format(', s.%I AS o%s', o, n), '' ORDER BY n), '')
			FROM unnest(others) WITH ORDINALITY u (o, n)), source, joins);
	EXECUTE format('CREATE TEMPORARY TABLE gdpr_class AS SELECT * FROM gdpr_internal.partition_rows(%L, %s, %s, %s, '
		'%L, %s, %L, %L)',
		format('SELECT number, code%s FROM pg_temp.gdpr_row', points), k, coalesce(l, 0), coalesce(t, 1), ordered,
			known + 1, leaves, heights);
	ANALYZE pg_temp.gdpr_row, pg_temp.gdpr_class;
	suppressed := gdpr_internal.suppress_classes(suppress);
	SELECT sum(n), count(*), (sum(n * c.loss) + suppressed) / (sum(n) + suppressed),
		sum(n * n) + suppressed * (sum(n) + suppressed)
	INTO rows, classes, information_loss, discernibility
	FROM (SELECT count(*)::float8 AS n, min(x.loss) AS loss FROM pg_temp.gdpr_class x GROUP BY x.class) c;
	/* in random order: neither the place of a row in the source nor its class must tell which row it was */
	EXECUTE format('CREATE TABLE %s AS
		WITH g AS MATERIALIZED (SELECT c.class, count(*) AS size%s FROM pg_temp.gdpr_class c JOIN pg_temp.gdpr_row r '
			'ON r.number = c.row_number GROUP BY c.class),
			 l AS MATERIALIZED (SELECT g.class, %s FROM g%s)
		SELECT %s%s FROM pg_temp.gdpr_class c JOIN l ON l.class = c.class JOIN pg_temp.gdpr_row r ON r.number = '
			'c.row_number ORDER BY gen_random_uuid()',
		qualified, ranges, labels, ends, (SELECT string_agg(format('l.q%s AS %I', n, u), ', ' ORDER BY n)
			FROM unnest(quasi_identifiers) WITH ORDINALITY x (u, n)),
		(SELECT coalesce(string_agg(format(', r.o%s AS %I', n, o), '' ORDER BY n), '')
			FROM unnest(others) WITH ORDINALITY u (o, n)));
	EXECUTE (SELECT format('DROP TABLE pg_temp.gdpr_row, pg_temp.gdpr_class%s%s', CASE WHEN sensitive IS NOT NULL
		THEN ', pg_temp.gdpr_sensitive' END,
						   string_agg(format(', pg_temp.gdpr_category_%s', n), ''))
							   FROM unnest(leaves) WITH ORDINALITY u (leaf, n) WHERE leaf <> 0);

	reached_k := (SELECT m.k FROM gdpr.k_anonymity(qualified::regclass, quasi_identifiers) m);
	IF sensitive IS NOT NULL THEN
		reached_l := (SELECT m.distinct_l FROM gdpr.l_diversity(qualified::regclass, quasi_identifiers, sensitive) m);
		reached_t := (SELECT m.t FROM gdpr.t_closeness(qualified::regclass, quasi_identifiers, sensitive) m);
	END IF;
	IF reached_k < k OR reached_l < l OR reached_t > t + 1e-9 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017',
			MESSAGE = 'the copy does not measure as anonymous as it was made; nothing is kept';
	END IF;
	PERFORM gdpr_internal.record_setup('anonymised copy',
		jsonb_build_object('source', source::text, 'target', qualified,
		'quasi_identifiers', to_jsonb(quasi_identifiers), 'k', reached_k, 'l', reached_l, 't', reached_t, 'suppressed',
			suppressed));
END $$;
COMMENT ON FUNCTION gdpr.anonymise_to_k(gdpr.table_ref, text, name[], integer, name, integer, double precision, name[],
	jsonb, double precision) IS
'Makes a copy (table target) of the quasi-identifiers, the sensitive column and the columns to keep, in random order, '
	'in which every combination of quasi-identifiers stands for at least k rows (and l distinct sensitive values, '
	'within distance t of the whole): numbers and dates become ranges, categories sets or, with hierarchies '
	'({"place": "<of define_hierarchy()>"}), what they lie in; where some are unknown, "*" (Mondrian). suppress: the '
	'share of rows that may be left out, those of classes that lose most. Measured again independently before it is '
	'kept. information_loss: the normalised certainty penalty, 0 to 1; discernibility: of each row the size of its '
	'class. Memory is bounded by maintenance_work_mem and work_mem. Errors: ZG017 not reachable, or a sealed column; '
	'42701; 42703; 22023; 42P07 target exists. Rec. 26; WP216.';
