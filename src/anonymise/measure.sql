/*
 * measure.sql: how anonymous a table is: k-anonymity (Sweeney 2002), l-diversity (Machanavajjhala et al. 2007),
 * t-closeness (Li et al. 2007), and the risk that someone is found again. Figures and sizes only, never a row.
 *
 * A class is the set of rows that agree in every quasi-identifier; NULL agrees with NULL.
 */

/* The columns as a quoted list; 42703 when one is missing, 22023 when none is named. */
CREATE FUNCTION gdpr_internal.column_list(relation regclass, columns name[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing name;
BEGIN
	IF coalesce(cardinality(columns), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'no quasi-identifier is named',
			HINT = 'Name the columns that an outsider could know about a person: birth year, '
				'postal code, sex.';
	END IF;
	SELECT c INTO missing FROM unnest(columns) c
	WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = c AND a.attnum > 0
		AND NOT a.attisdropped);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('%s has no column %I', relation, missing);
	END IF;
	RETURN (SELECT string_agg(format('%I', c), ', ') FROM unnest(columns) c);
END $$;
COMMENT ON FUNCTION gdpr_internal.column_list(regclass, name[]) IS
'internal: quoted columns of a relation; 42703 when one is missing';

CREATE FUNCTION gdpr.k_anonymity(relation gdpr.table_ref, quasi_identifiers name[], OUT k bigint, OUT classes bigint,
	OUT rows bigint,
								 OUT unique_rows bigint, OUT smallest_classes bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('SELECT min(n), count(*), coalesce(sum(n), 0)::bigint, count(*) FILTER (WHERE n = 1),
						   (array_agg(n ORDER BY n))[1:5]
					FROM (SELECT count(*) AS n FROM %s GROUP BY %s) c', relation, gdpr_internal.column_list(relation,
						quasi_identifiers))
	INTO k, classes, rows, unique_rows, smallest_classes;
END $$;
COMMENT ON FUNCTION gdpr.k_anonymity(gdpr.table_ref, name[]) IS
'k (rows of the smallest class of equal quasi-identifiers; NULL of an empty table), how many classes and rows there '
	'are, how many rows are alone in their class, and the sizes of the five smallest. Errors: 42703 no such column, '
	'22023 none named. WP216; Sweeney 2002.';

CREATE FUNCTION gdpr.l_diversity(relation gdpr.table_ref, quasi_identifiers name[], sensitive name,
								 OUT distinct_l bigint, OUT entropy_l double precision, OUT poor_classes bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text := gdpr_internal.column_list(relation, quasi_identifiers);
BEGIN
	/* the count of each value in each class; entropy -sum p ln p = ln n - sum c ln c / n */
	EXECUTE format('SELECT min(l), min(e), count(*) FILTER (WHERE l = 1)
					FROM (SELECT count(*) AS l, exp(greatest(ln(sum(gdpr_count)) - sum(gdpr_count * ln(gdpr_count)) / '
						'sum(gdpr_count), 0))::float8 AS e
						  FROM (SELECT %1$s, count(*)::float8 AS gdpr_count FROM %3$s GROUP BY %1$s, %2$s) v
						  GROUP BY %1$s) d',
				   columns, gdpr_internal.column_list(relation, ARRAY[sensitive]), relation)
	INTO distinct_l, entropy_l, poor_classes;
END $$;
COMMENT ON FUNCTION gdpr.l_diversity(gdpr.table_ref, name[], name) IS
'The least number of different sensitive values in a class (distinct l-diversity), the least exp(entropy) (entropy '
	'l-diversity), and how many classes have one value only, which tells it of everybody in them. Errors: 42703, '
	'22023. Machanavajjhala et al. 2007.';

CREATE FUNCTION gdpr.t_closeness(relation gdpr.table_ref, quasi_identifiers name[], sensitive name,
								 OUT t double precision, OUT distance text, OUT worst_class_rows bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text := gdpr_internal.column_list(relation, quasi_identifiers);
	sensitive_column text := gdpr_internal.column_list(relation, ARRAY[sensitive]);
	ordered boolean := (SELECT ty.typcategory IN ('N', 'D') FROM pg_attribute a JOIN pg_type ty ON ty.oid = a.atttypid
						WHERE a.attrelid = relation AND a.attname = sensitive);
BEGIN
	distance := CASE WHEN ordered THEN 'ordered' ELSE 'equal' END;
	/*
	 * Equal distance: half the sum of |p - q|. Ordered distance: the sum of the running sums of p - q over all values
	 * in their order, absolute, by the number of values less one; so a class meets also the values that it lacks.
	 */
	EXECUTE format($query$
		WITH base AS (SELECT dense_rank() OVER (ORDER BY %1$s) AS c, %2$s AS v FROM %3$s),
			 value AS (SELECT v, count(*) / sum(count(*)) OVER () AS q, row_number() OVER (ORDER BY v) AS i,
				 count(*) OVER () AS m
					   FROM base GROUP BY v),
			 class AS (SELECT c, count(*) AS n FROM base GROUP BY c),
			 held AS (SELECT b.c, coalesce(v.i, 0) AS i, count(*) AS h
					  FROM base b JOIN value v ON v.v = b.v OR (v.v IS NULL AND b.v IS NULL) GROUP BY b.c, v.i),
			 %4$s
		SELECT d::float8, n FROM distance ORDER BY d DESC NULLS LAST LIMIT 1 $query$,
		columns, sensitive_column, relation,
		CASE WHEN ordered THEN $query$
			running AS (SELECT c.c, c.n, v.m,
				abs(sum(coalesce(h.h::numeric / c.n, 0) - v.q) OVER (PARTITION BY c.c ORDER BY v.i)) AS r
						FROM class c CROSS JOIN value v LEFT JOIN held h ON h.c = c.c AND h.i = v.i),
			distance AS (SELECT c, n, sum(r) / nullif(max(m) - 1, 0) AS d FROM running GROUP BY c, n) $query$
		ELSE $query$
			distance AS (SELECT c.c, c.n, 0.5 * (sum(abs(h.h::numeric / c.n - v.q)) + 1 - sum(v.q)) AS d
						 FROM class c JOIN held h ON h.c = c.c JOIN value v ON v.i = h.i GROUP BY c.c, c.n) $query$ END)
	INTO t, worst_class_rows;
	t := coalesce(t, CASE WHEN worst_class_rows IS NOT NULL THEN 0 END);
END $$;
COMMENT ON FUNCTION gdpr.t_closeness(gdpr.table_ref, name[], name) IS
'The greatest distance between the distribution of the sensitive value in a class and in the whole table (earth '
	'mover''s distance; ordered for numbers and dates, equal otherwise), and the size of that class. Errors: 42703, '
	'22023. Li et al. 2007.';

CREATE FUNCTION gdpr.linkage_risk(relation gdpr.table_ref, quasi_identifiers name[],
	population gdpr.table_ref DEFAULT NULL,
								  OUT prosecutor double precision, OUT journalist double precision,
									  OUT average double precision,
								  OUT rows_at_risk double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text := gdpr_internal.column_list(relation, quasi_identifiers);
BEGIN
	EXECUTE format('SELECT 1.0 / min(n), count(*)::float8 / sum(n), sum(n) FILTER (WHERE n < 5) / sum(n)
					FROM (SELECT count(*) AS n FROM %s GROUP BY %s) c', relation, columns)
	INTO prosecutor, average, rows_at_risk;
	rows_at_risk := coalesce(rows_at_risk, 0);
	IF population IS NOT NULL THEN
		PERFORM gdpr_internal.column_list(population, quasi_identifiers);
		EXECUTE format('SELECT 1.0 / min(n)
						FROM (SELECT bool_or(gdpr_here) AS here, count(*) FILTER (WHERE NOT gdpr_here) AS n
							  FROM (SELECT %1$s, true AS gdpr_here FROM %2$s UNION ALL SELECT %1$s, false FROM %3$s) '
								'u GROUP BY %1$s) c
						WHERE here AND n > 0', columns, relation, population)
		INTO journalist;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.linkage_risk(gdpr.table_ref, name[], gdpr.table_ref) IS
'The chance of finding a person again by the quasi-identifiers: prosecutor (knows the person is in the table: 1 / '
	'smallest class), journalist (does not: 1 / smallest matching class of the population table, if given), average '
	'over the rows, and the share of rows in classes below 5. Errors: 42703, 22023. WP216.';
