/*
 * anonymous.sql: is a table anonymous? Every column is measured, declared harmless by name and with a reason, or looked
 * at: by what its values look like, and by how many rows share them. A scan takes a sample and asks for rates; here
 * every value is looked at, since one that tells of a person is one too many.
 */
CREATE FUNCTION gdpr_internal.identifying(value text, is_number boolean) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_discovery_identifying' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.identifying(text, boolean) IS
'internal: by what a value tells of a person: an address, a number, a name, a hash; with ~ what says nothing of one '
	'value, and something of a column of them; NULL: nothing';

/*
 * How a column is looked at. 'none': its values, dates and truth values and the like, only single out by being rare.
 * 'token': any value is one too many. A key of a table that was anonymised in place stays with its row, and leads
 * nowhere.
 */
CREATE FUNCTION gdpr_internal.columns_to_look_at(relation regclass, harmless name[], OUT name name, OUT look text)
	RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.attname,
		CASE WHEN y.typname IN ('bytea', 'uuid', 'inet', 'cidr', 'macaddr', 'macaddr8') THEN 'token'
			WHEN y.typname IN ('json', 'jsonb', 'hstore') OR y.typcategory IN ('A', 'C') THEN 'document'
			WHEN y.typcategory = 'N' THEN 'number'
			WHEN y.typcategory IN ('S', 'U', 'X', 'Z') AND y.typname NOT IN ('bit', 'varbit') THEN 'text'
			ELSE 'none' END
	FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid
	JOIN pg_type y ON y.oid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (harmless)
	  AND y.typnamespace <> 'gdpr'::regnamespace
	  AND NOT (EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = columns_to_look_at.relation)
		  AND (a.attname = 'gdpr_subject' OR EXISTS (SELECT FROM pg_constraint c
			  WHERE c.conrelid = relation AND c.contype = 'p' AND a.attnum = ANY (c.conkey)
				AND y.typname IN ('int2', 'int4', 'int8', 'uuid'))))
	ORDER BY a.attnum
$$;
COMMENT ON FUNCTION gdpr_internal.columns_to_look_at(regclass, name[]) IS
'internal: part of tie_in_values(): the columns, and how they are looked at';

/* Where a value is: in the column, or in a member of a document; members are looked at as columns are. */
CREATE FUNCTION gdpr_internal.values_query(relation regclass, column_name name, look text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(CASE look WHEN 'document' THEN
		'SELECT e.key AS part, e.value #>> ''{}'' AS value FROM %1$s t,
			jsonb_path_query(to_jsonb(t.%2$I), ''strict $.** ? (@.type() == "object")'') o, jsonb_each(o) e
		 WHERE jsonb_typeof(e.value) IN (''string'', ''number'')
		 UNION ALL
		 SELECT '''', e #>> ''{}'' FROM %1$s t,
			jsonb_path_query(to_jsonb(t.%2$I), ''strict $.** ? (@.type() == "array")'') o, jsonb_array_elements(o) e
		 WHERE jsonb_typeof(e) IN (''string'', ''number'')
		 UNION ALL
		 SELECT '''', to_jsonb(t.%2$I) #>> ''{}'' FROM %1$s t WHERE jsonb_typeof(to_jsonb(t.%2$I)) = ''string''
		 UNION ALL
		 SELECT ''gdpr keys'', k FROM %1$s t,
			jsonb_path_query(to_jsonb(t.%2$I), ''strict $.** ? (@.type() == "object")'') o, jsonb_object_keys(o) k'
		ELSE 'SELECT '''' AS part, t.%2$I::text AS value FROM %1$s t' END, relation, column_name)
$$;
COMMENT ON FUNCTION gdpr_internal.values_query(regclass, name, text) IS
'internal: part of tie_in_values(): the query of the values of a column, or in its documents';

/*
 * Parts of hashes and tokens in any alphabet: of one length, and in most places some values have a digit and others a
 * letter, as neither words nor codes of a fixed pattern do. Compiling this query takes longer than running it.
 */
CREATE FUNCTION gdpr_internal.content_tie(values_query text, is_number boolean, is_measured boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	tie text;
BEGIN
	EXECUTE format($query$
		WITH v AS MATERIALIZED (
			SELECT s.part, s.value, gdpr_internal.identifying(s.value, $1) AS what
			FROM (SELECT DISTINCT q.part, q.value FROM (%s) q WHERE q.value <> '') s
		), part AS (
			SELECT v.part, count(*) AS all, min(length(v.value)) AS shortest, max(length(v.value)) AS longest,
				bool_and(v.value ~ '^[0-9A-Za-z+/_=-]+$') AS plain
			FROM v GROUP BY v.part
		), hashed AS (
			SELECT p.part FROM part p CROSS JOIN LATERAL (
				SELECT avg((m.digit AND m.letter)::integer) AS mixed
				FROM (SELECT bool_or(substr(v.value, i, 1) ~ '[0-9]') AS digit,
						bool_or(substr(v.value, i, 1) ~ '[A-Za-z]') AS letter
					  FROM (SELECT w.value FROM v w WHERE w.part = p.part LIMIT 1000) v, generate_series(1, p.longest) i
					  GROUP BY i) m) x
			WHERE p.plain AND p.shortest = p.longest AND p.longest BETWEEN 6 AND 200 AND p.all >= 5 AND x.mixed >= 0.6
		)
		SELECT c.tie FROM (
			SELECT 1 AS n, 'holds ' || v.what AS tie FROM v WHERE v.what NOT LIKE '~%%'
			UNION ALL
			SELECT 2, 'holds hashes or tokens' FROM hashed WHERE NOT $1
			UNION ALL
			SELECT 3, 'holds ' || substr(v.what, 2) FROM v JOIN part p ON p.part = v.part WHERE v.what LIKE '~%%'
				AND v.what <> '~free text' GROUP BY v.part, v.what, p.all HAVING p.all >= 3 AND count(*) * 2 >= p.all
			UNION ALL
			SELECT 4, 'holds free text, in which anything may stand' FROM v JOIN part p ON p.part = v.part
			WHERE NOT $2 AND (v.what = '~free text' OR p.longest > 200) GROUP BY p.part, p.all, p.longest
			HAVING p.longest > 200 OR p.all >= 3 AND count(*) * 2 >= p.all
		) c ORDER BY c.n, c.tie LIMIT 1 $query$, values_query)
	INTO tie USING is_number, is_measured;
	RETURN tie;
END $$;
COMMENT ON FUNCTION gdpr_internal.content_tie(text, boolean, boolean) IS
'internal: part of tie_in_values(): what the values of a query tell of people by, never a value';

/* Who knows a rare value of someone finds the row. */
CREATE FUNCTION gdpr_internal.rare_tie(relation regclass, column_name name) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	tie text;
BEGIN
	EXECUTE format('SELECT CASE WHEN count(*) FILTER (WHERE n > 1) = 0 THEN ''is different in every row''
						WHEN sum(n) FILTER (WHERE n < 3) * 10 > sum(n) THEN ''has values that too few rows share'' END
					FROM (SELECT count(*) AS n FROM %s t WHERE t.%I IS NOT NULL GROUP BY t.%2$I::text) c
					HAVING sum(n) > 1', relation, column_name) INTO tie;
	RETURN tie || ', which singles out; measure k over it as well, leave it out, or declare it harmless';
END $$;
COMMENT ON FUNCTION gdpr_internal.rare_tie(regclass, name) IS
'internal: part of tie_in_values(): a column in which more than a tenth of the rows share their value with at most '
	'one other';

CREATE FUNCTION gdpr_internal.tie_in_values(relation regclass, measured name[], harmless name[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
	tie text;
BEGIN
	FOR c IN SELECT * FROM gdpr_internal.columns_to_look_at(relation, harmless)
	LOOP
		tie := CASE
			WHEN c.look = 'token' AND gdpr_internal.holds_any(relation, c.name) THEN 'holds hashes, tokens or devices'
			WHEN c.look IN ('text', 'number', 'document') THEN
				gdpr_internal.content_tie(gdpr_internal.values_query(relation, c.name, c.look), c.look = 'number',
					c.name = ANY (measured)) END;
		IF tie IS NULL AND c.name <> ALL (measured) THEN
			tie := gdpr_internal.rare_tie(relation, c.name);
		END IF;
		IF tie IS NOT NULL THEN
			RETURN format('column %I %s', c.name, tie);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.tie_in_values(regclass, name[], name[]) IS
'internal: a column whose values keep a table from being anonymous, and why; never a value';

CREATE FUNCTION gdpr_internal.check_assertion(relation regclass, k bigint, valid_for interval, harmless jsonb)
	RETURNS name[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong text;
BEGIN
	IF k IS NULL OR k < 2 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'k is at least 2: a class of one is a person',
			HINT = '5 is often asked for, 10 or more for what is published.';
	END IF;
	IF valid_for IS NULL OR now() + valid_for <= now() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a label is valid for a time that ends in the future',
			HINT = 'Leave valid_for out for a year.';
	END IF;
	IF jsonb_typeof(harmless) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'harmless is an object of columns and reasons',
			HINT = 'Pass harmless => ''{"<column>": "<why no one can be found by it>"}''.';
	END IF;
	SELECT h.key INTO wrong FROM jsonb_each(harmless) h
	WHERE jsonb_typeof(h.value) <> 'string' OR gdpr_internal.is_blank(h.value #>> '{}') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = format('why column %I is harmless is missing', wrong),
			HINT = 'Give a reason: no one may know the value of a person, or it is the same for all.';
	END IF;
	IF harmless <> '{}' THEN
		PERFORM gdpr_internal.column_list(relation, ARRAY(SELECT h::name FROM jsonb_object_keys(harmless) h));
	END IF;
	RETURN ARRAY(SELECT h::name FROM jsonb_object_keys(harmless) h);
END $$;
COMMENT ON FUNCTION gdpr_internal.check_assertion(regclass, bigint, interval, jsonb) IS
'internal: the columns that are declared harmless; 22023, 42703, ZG022 for arguments of assert_anonymous()';

CREATE FUNCTION gdpr.assert_anonymous(relation gdpr.table_ref, quasi_identifiers name[], sensitive name DEFAULT NULL,
	k bigint DEFAULT 5, l bigint DEFAULT NULL, t double precision DEFAULT NULL, valid_for interval DEFAULT '1 year',
	harmless jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	declared name[] := gdpr_internal.check_assertion(relation, k, valid_for, harmless);
	measured_k bigint := (SELECT m.k FROM gdpr.k_anonymity(relation, quasi_identifiers) m);
	measured_l bigint;
	measured_t double precision;
	tie text;
	failure text;
BEGIN
	IF sensitive IS NOT NULL THEN
		measured_l := (SELECT m.distinct_l FROM gdpr.l_diversity(relation, quasi_identifiers, sensitive) m);
		measured_t := (SELECT m.t FROM gdpr.t_closeness(relation, quasi_identifiers, sensitive) m);
	ELSIF l IS NOT NULL OR t IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'l and t need a sensitive column',
			HINT = 'Pass sensitive => ''<column>''.';
	END IF;
	tie := coalesce(gdpr_internal.tie_to_people(relation), gdpr_internal.tie_in_values(relation,
		array_remove(quasi_identifiers || sensitive, NULL), declared));
	failure := CASE
		WHEN tie IS NOT NULL THEN tie
		WHEN measured_k IS NULL THEN 'it has no rows, so nothing was measured'
		WHEN measured_k < k THEN format('k is %s, less than %s', measured_k, k)
		WHEN measured_l < l THEN format('l of column %I is %s, less than %s', sensitive, measured_l, l)
		WHEN measured_t > t THEN format('t of column %I is %s, more than %s', sensitive,
			round(measured_t::numeric, 4), t) END;
	IF failure IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', MESSAGE = format('table %s is not anonymous: %s', relation, failure),
			HINT = 'Drop what ties it to people, and generalise: gdpr.anonymise_to_k() makes a copy that passes. '
				'Hashing, encrypting or masking never makes data anonymous. A column by which no one can be found is '
				'declared: harmless => ''{"<column>": "<reason>"}''.';
	END IF;
	INSERT INTO gdpr.anonymity_label AS a
		(relation, quasi_identifiers, sensitive, harmless, least_k, least_l, greatest_t, k, l, t, expires_at)
	VALUES (assert_anonymous.relation, assert_anonymous.quasi_identifiers, assert_anonymous.sensitive,
		assert_anonymous.harmless, assert_anonymous.k, assert_anonymous.l, assert_anonymous.t, measured_k, measured_l,
		measured_t, now() + valid_for)
	ON CONFLICT ON CONSTRAINT anonymity_label_pkey DO UPDATE
	SET quasi_identifiers = excluded.quasi_identifiers, sensitive = excluded.sensitive, harmless = excluded.harmless,
		least_k = excluded.least_k, least_l = excluded.least_l, greatest_t = excluded.greatest_t, k = excluded.k,
		l = excluded.l, t = excluded.t, passed_at = now(), expires_at = excluded.expires_at;
	PERFORM gdpr_internal.record_setup('table found anonymous', jsonb_build_object('table', relation::text, 'k',
		measured_k, 'l', measured_l, 't', measured_t, 'harmless', harmless));
END $$;
COMMENT ON FUNCTION gdpr.assert_anonymous(gdpr.table_ref, name[], name, bigint, bigint, double precision, interval,
	jsonb) IS
'Passes when every column is measured, is declared harmless (column: reason), or holds nothing, also within documents, '
	'that looks like people (addresses, numbers, names, devices, hashes and parts of them, free text) and '
	'few values that one or two rows have; when nothing that is sealed or leads to people holds a value; and '
	'when the figures hold: k, at least 2, of the quasi-identifiers, l and t of the sensitive column. Measured columns '
	'are looked at too. A table anonymised in place may keep its key. A pass is a label that expires after valid_for. '
	'Errors: ZG017 with the failing measure, never a row or a value; 42703; 22023; ZG022 no reason. Rec. 26; WP216.';

CREATE FUNCTION gdpr.retest_anonymity(OUT relation regclass, OUT finding text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	label gdpr.anonymity_label;
	failed_with text;
BEGIN
	DELETE FROM gdpr.anonymity_label a WHERE a.relation::oid NOT IN (SELECT oid FROM pg_class);
	FOR label IN SELECT a.* FROM gdpr.anonymity_label a ORDER BY a.expires_at
	LOOP
		relation := label.relation;
		finding := NULL;
		BEGIN
			PERFORM gdpr.assert_anonymous(label.relation, label.quasi_identifiers, label.sensitive, label.least_k,
				label.least_l, label.greatest_t, label.expires_at - label.passed_at, label.harmless);
		EXCEPTION WHEN OTHERS THEN
			/* other messages may repeat a value: the code must do */
			finding := CASE SQLSTATE WHEN 'ZG017' THEN SQLERRM
				WHEN '42501' THEN format('table %s could not be tested: role %I may not read it', label.relation,
					current_user)
				ELSE format('table %s could not be tested: it failed with SQLSTATE %s', label.relation, SQLSTATE) END;
			failed_with := SQLSTATE;
		END;
		IF finding IS NOT NULL THEN
			DELETE FROM gdpr.anonymity_label a WHERE a.relation = label.relation;
			PERFORM gdpr_internal.record_setup('table no longer anonymous',
				jsonb_build_object('table', label.relation::text, 'sqlstate', failed_with));
			PERFORM pg_notify('gdpr', json_build_object('event', 'no longer anonymous', 'table',
				label.relation::text)::text);
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.retest_anonymity() IS
'Measures every labelled table again, renews the labels that hold, takes away those that do not, or that could not '
	'be tested for whatever reason, and answers these with the reason; each is in the ledger and notified on channel '
	'gdpr. The role of the job needs SELECT on the tables. For a job.';
