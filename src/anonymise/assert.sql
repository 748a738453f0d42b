/*
 * assert.sql: "anonymous" is a label that a table earns, for a time (Rec. 26; WP216).
 */
CREATE TABLE gdpr.anonymity_label
(
	relation			regclass NOT NULL,
	quasi_identifiers	name[] NOT NULL,
	sensitive			name,
	least_k				bigint NOT NULL,
	least_l				bigint,
	greatest_t			double precision,
	k					bigint NOT NULL,
	l					bigint,
	t					double precision,
	passed_at			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	expires_at			timestamptz NOT NULL,
	PRIMARY KEY (relation)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.anonymity_label',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.anonymity_label', 'relation', 'delete',
	names => '{quasi_identifiers,sensitive}', names_do => 'keep',
	names_why => 'the test that is due says that it is gone');
COMMENT ON TABLE gdpr.anonymity_label IS
'tables that passed assert_anonymous(), with what was asked, what was measured, and until when it counts';

/* What in its structure still ties a table to people, whatever the figures say; NULL when nothing does. */
CREATE FUNCTION gdpr_internal.tie_to_people(relation regclass) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('column %I is %s', a.attname, CASE WHEN a.attname IN ('gdpr_subject', 'purposes')
		THEN 'of a protected table' ELSE 'sealed' END)
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND ((y.typnamespace = 'gdpr'::regnamespace AND (y.typname LIKE 'pii\_%' OR y.typname = 'search_tokens'))
		OR a.attname = 'gdpr_subject')
	UNION ALL
	SELECT format('foreign key %I refers to %s', c.conname, c.confrelid::regclass)
	FROM pg_constraint c
	WHERE c.conrelid = relation AND c.contype = 'f'
	  AND (EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = c.confrelid)
		   OR EXISTS (SELECT FROM gdpr.subject_table s WHERE s.relation = c.confrelid))
	UNION ALL
	SELECT format('unique index %s singles out its rows', i.indexrelid::regclass) FROM pg_index i
		WHERE i.indrelid = relation AND i.indisunique
	UNION ALL
	SELECT format('column %I was made by strategy %s, which is %s', c.column_name, c.strategy, s.effect)
	FROM (SELECT u.column_name, u.strategy FROM gdpr.copied_column u WHERE u.relation = tie_to_people.relation
		  UNION ALL SELECT r.column_name, r.strategy FROM gdpr.anonymisation_rule r
			  WHERE r.relation = tie_to_people.relation) c
	JOIN gdpr.strategies() s ON s.name = c.strategy WHERE s.effect <> 'anonymising'
	LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.tie_to_people(regclass) IS
'internal: a sealed column, a foreign key to people, a key, or a column of pseudonyms or masks, that keeps a table '
	'from being anonymous';

/*
 * What in its values does: sealed texts, texts that look like hashes or tokens, and columns in which every row differs
 * from all others, unless k is measured over them. The answer names the column, never a value.
 */
CREATE FUNCTION gdpr_internal.tie_in_values(relation regclass, measured name[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
	tie text;
BEGIN
	FOR c IN SELECT a.attname AS name, y.typcategory = 'S' AS is_text, y.typname IN ('bytea', 'uuid') AS is_token
			 FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
			 WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
	LOOP
		IF c.is_text THEN
			EXECUTE format('SELECT CASE WHEN v LIKE ''gdpr1:%%'' THEN ''holds sealed values'' ELSE ''looks like '
				'hashes or tokens'' END
							FROM (SELECT %I::text AS v FROM %s) r
							WHERE v LIKE ''gdpr1:%%'' OR v ~ ''^[0-9a-fA-F]{32,}$'' OR v ~ '
								'''^(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_-]{22,}={0,2}$'' LIMIT 1',
						   c.name, relation) INTO tie;
		ELSIF c.is_token THEN
			EXECUTE format('SELECT ''looks like hashes or tokens'' FROM %s WHERE %I IS NOT NULL LIMIT 1', relation,
				c.name) INTO tie;
		END IF;
		IF tie IS NULL AND c.name <> ALL (measured) THEN
			EXECUTE format('SELECT ''is different in every row, which singles out; measure k over it as well, or '
				'leave it out''
							FROM %s HAVING count(*) > 1 AND count(DISTINCT %I::text) = count(*)', relation,
								c.name) INTO tie;
		END IF;
		IF tie IS NOT NULL THEN
			RETURN format('column %I %s', c.name, tie);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.tie_in_values(regclass, name[]) IS
'internal: a column whose values keep a table from being anonymous: sealed, hashes, tokens, or different in every row';

CREATE FUNCTION gdpr.assert_anonymous(relation gdpr.table_ref, quasi_identifiers name[], sensitive name DEFAULT NULL,
									  k bigint DEFAULT 5, l bigint DEFAULT NULL, t double precision DEFAULT NULL,
									  valid_for interval DEFAULT '1 year') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	tie text := coalesce(gdpr_internal.tie_to_people(relation),
		gdpr_internal.tie_in_values(relation, array_remove(quasi_identifiers || sensitive, NULL)));
	measured_k bigint := (SELECT m.k FROM gdpr.k_anonymity(relation, quasi_identifiers) m);
	measured_l bigint;
	measured_t double precision;
	failure text;
BEGIN
	IF sensitive IS NOT NULL THEN
		measured_l := (SELECT m.distinct_l FROM gdpr.l_diversity(relation, quasi_identifiers, sensitive) m);
		measured_t := (SELECT m.t FROM gdpr.t_closeness(relation, quasi_identifiers, sensitive) m);
	ELSIF l IS NOT NULL OR t IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'l and t need a sensitive column',
			HINT = 'Pass sensitive => ''<column>''.';
	END IF;
	failure := CASE
		WHEN tie IS NOT NULL THEN tie
		WHEN measured_k < k THEN format('k is %s, less than %s', measured_k, k)
		WHEN measured_l < l THEN format('l of column %I is %s, less than %s', sensitive, measured_l, l)
		WHEN measured_t > t THEN format('t of column %I is %s, more than %s', sensitive,
			round(measured_t::numeric, 4), t) END;
	IF failure IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', MESSAGE = format('table %s is not anonymous: %s', relation, failure),
			HINT = 'Drop what ties it to people, and generalise: gdpr.anonymise_to_k() makes a copy that passes. '
				'Hashing, encrypting or masking never makes data anonymous.';
	END IF;
	INSERT INTO gdpr.anonymity_label AS a
		(relation, quasi_identifiers, sensitive, least_k, least_l, greatest_t, k, l, t, expires_at)
	VALUES (assert_anonymous.relation, assert_anonymous.quasi_identifiers, assert_anonymous.sensitive,
		assert_anonymous.k, assert_anonymous.l,
			assert_anonymous.t, coalesce(measured_k, 0), measured_l, measured_t, now() + valid_for)
	ON CONFLICT ON CONSTRAINT anonymity_label_pkey DO UPDATE
	SET quasi_identifiers = excluded.quasi_identifiers, sensitive = excluded.sensitive, least_k = excluded.least_k,
		least_l = excluded.least_l, greatest_t = excluded.greatest_t, k = excluded.k, l = excluded.l, t = excluded.t,
		passed_at = now(), expires_at = excluded.expires_at;
	PERFORM gdpr_internal.record_setup('table found anonymous', jsonb_build_object('table', relation::text, 'k',
		measured_k, 'l', measured_l, 't', measured_t));
END $$;
COMMENT ON FUNCTION gdpr.assert_anonymous(gdpr.table_ref, name[], name, bigint, bigint, double precision, interval) IS
'Passes when no column is sealed, holds hashes, tokens or pseudonyms, or tells every row from the others, no key '
	'singles out and no foreign key leads to people, and the figures hold: k of the quasi-identifiers, l and t of the '
	'sensitive column. A pass is a label that expires. Errors: ZG017 with the failing measure, never a row; 42703; '
	'22023. Rec. 26; WP216.';

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
				label.least_l,
										  label.greatest_t, label.expires_at - label.passed_at);
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
