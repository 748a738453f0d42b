/*
 * to_k.sql: a statistical copy that is k-anonymous by construction.
 */
CREATE FUNCTION gdpr.partition_rows(query text, k integer, l integer, t double precision, ordered boolean,
									OUT row_id tid, OUT class integer, OUT loss real) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_partition' LANGUAGE C VOLATILE STRICT ROWS 100000;
COMMENT ON FUNCTION gdpr.partition_rows(text, integer, integer, double precision, boolean) IS
'internal: the class and loss of information of each row that a query of anonymise_to_k() answers; ZG017 when the whole is too small';

/* Is the type one whose values lie on a line? Others are categories. */
CREATE FUNCTION gdpr.is_measured(type regtype) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT typcategory IN ('N', 'D') AND typname NOT IN ('money', 'oid') FROM pg_type WHERE oid = type
$$;
COMMENT ON FUNCTION gdpr.is_measured(regtype) IS 'internal: true for numbers and dates';

CREATE FUNCTION gdpr.anonymise_to_k(source regclass, target text, quasi_identifiers name[], k integer, sensitive name DEFAULT NULL,
									l integer DEFAULT NULL, t double precision DEFAULT NULL, keep name[] DEFAULT '{}',
									OUT rows bigint, OUT classes bigint, OUT reached_k bigint, OUT reached_l bigint,
									OUT reached_t double precision, OUT information_loss double precision, OUT discernibility double precision)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	column_names text[] := parse_ident(target);
	qualified text;
	points text;
	labels text;
	ranges text;
	others name[] := keep || CASE WHEN sensitive IS NOT NULL THEN ARRAY[sensitive] END;
	personal name;
	ordered boolean;
BEGIN
	PERFORM gdpr.column_list(source, quasi_identifiers || others);
	IF k IS NULL OR k < 2 OR l < 1 OR t < 0 OR t > 1 OR cardinality(quasi_identifiers) > 32 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'k must be 2 or more, l 1 or more, t between 0 and 1, and quasi-identifiers at most 32';
	ELSIF sensitive IS NULL AND (l IS NOT NULL OR t IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'l and t need a sensitive column', HINT = 'Pass sensitive => ''<column>''.';
	END IF;
	SELECT a.attname INTO personal FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	WHERE a.attrelid = source AND a.attname = ANY (quasi_identifiers || others)
	  AND (y.typnamespace = 'gdpr'::regnamespace OR a.attname IN ('gdpr_subject', 'purposes'));
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', MESSAGE = format('column %I is sealed or names a person: a copy with it is not anonymous', personal),
			HINT = 'Leave it out, or reveal and generalise it in a view first.';
	END IF;
	qualified := CASE cardinality(column_names) WHEN 1 THEN format('%I', column_names[1]) ELSE format('%I.%I', column_names[1], column_names[2]) END;
	IF cardinality(column_names) = 1 THEN
		qualified := format('%s.%s', (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = source), qualified);
	END IF;
	EXECUTE format('LOCK TABLE %s IN SHARE MODE', source);
	ordered := sensitive IS NOT NULL AND (SELECT gdpr.is_measured(a.atttypid) FROM pg_attribute a WHERE a.attrelid = source AND a.attname = sensitive);

	SELECT string_agg(CASE WHEN NOT gdpr.is_measured(a.atttypid) THEN format('dense_rank() OVER (ORDER BY %I)::float8', q)
						   WHEN y.typcategory = 'D' THEN format('extract(epoch FROM %I)::float8', q)
						   ELSE format('%I::float8', q) END, ', ' ORDER BY n),
		   string_agg(CASE WHEN gdpr.is_measured(a.atttypid)
						   THEN format('min(s.%1$I) AS low_%2$s, max(s.%1$I) AS high_%2$s', q, n)
						   ELSE format('string_agg(DISTINCT s.%1$I::text, '','' ORDER BY s.%1$I::text) AS low_%2$s, count(DISTINCT s.%1$I) AS high_%2$s', q, n) END, ', ' ORDER BY n),
		   string_agg(CASE WHEN gdpr.is_measured(a.atttypid)
						   THEN format('CASE WHEN g.low_%1$s = g.high_%1$s THEN g.low_%1$s::text ELSE format(''[%%s,%%s]'', g.low_%1$s, g.high_%1$s) END AS %2$I', n, q)
						   ELSE format('CASE WHEN g.high_%1$s <= 1 THEN g.low_%1$s ELSE format(''{%%s}'', g.low_%1$s) END AS %2$I', n, q) END, ', ' ORDER BY n)
	INTO points, ranges, labels
	FROM unnest(quasi_identifiers) WITH ORDINALITY u (q, n)
	JOIN pg_attribute a ON a.attrelid = source AND a.attname = q JOIN pg_type y ON y.oid = a.atttypid;

	points := format('SELECT ctid, %s, %s FROM %s',
		CASE WHEN sensitive IS NULL THEN 'NULL::int' ELSE format('(dense_rank() OVER (ORDER BY %I) - 1)::int', sensitive) END, points, source);
	EXECUTE format('CREATE TABLE %s AS
		WITH c AS MATERIALIZED (SELECT * FROM gdpr.partition_rows(%L, %s, %s, %s, %L)),
			 g AS (SELECT c.class, %s FROM c JOIN %s s ON s.ctid = c.row_id GROUP BY c.class)
		SELECT %s%s, c.class AS gdpr_class, c.loss AS gdpr_loss FROM c JOIN g ON g.class = c.class JOIN %s s ON s.ctid = c.row_id',
		qualified, points, k, coalesce(l, 0), coalesce(t, 1), ordered, ranges, source, labels,
		(SELECT coalesce(string_agg(format(', s.%I', o), ''), '') FROM unnest(others) o), source);
	EXECUTE format('SELECT count(*), count(DISTINCT gdpr_class), avg(gdpr_loss), (SELECT sum(n * n) FROM (SELECT count(*)::float8 AS n FROM %1$s GROUP BY gdpr_class) d) FROM %1$s', qualified)
	INTO rows, classes, information_loss, discernibility;
	/* the order of classes in the table would tell how they were cut */
	EXECUTE format('ALTER TABLE %s DROP COLUMN gdpr_class, DROP COLUMN gdpr_loss', qualified);

	reached_k := (SELECT m.k FROM gdpr.k_anonymity(qualified::regclass, quasi_identifiers) m);
	IF sensitive IS NOT NULL THEN
		reached_l := (SELECT m.distinct_l FROM gdpr.l_diversity(qualified::regclass, quasi_identifiers, sensitive) m);
		reached_t := (SELECT m.t FROM gdpr.t_closeness(qualified::regclass, quasi_identifiers, sensitive) m);
	END IF;
	IF reached_k < k OR reached_l < l OR reached_t > t + 1e-9 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', MESSAGE = 'the copy does not measure as anonymous as it was made; nothing is kept';
	END IF;
	PERFORM gdpr.record('anonymised copy', NULL, jsonb_build_object('source', source::text, 'target', qualified,
		'quasi_identifiers', to_jsonb(quasi_identifiers), 'k', reached_k, 'l', reached_l, 't', reached_t));
END $$;
COMMENT ON FUNCTION gdpr.anonymise_to_k(regclass, text, name[], integer, name, integer, double precision, name[]) IS
'Makes a copy (table target) of the quasi-identifiers, the sensitive column and the columns to keep, in which every combination of quasi-identifiers stands for at least k rows (and l distinct sensitive values, within distance t of the whole): numbers and dates become ranges, categories sets (Mondrian). Measured again independently before it is kept; information_loss is the normalised certainty penalty, 0 to 1. Errors: ZG017 not reachable, or a sealed column; 42703; 22023; 42P07 target exists. Rec. 26; WP216.';
