/*
 * ended.sql: a person whose row is gone is not the next one who gets the same key.
 *
 * However a row of a subject table goes, at the end of its transaction its person loses the name by which consents and
 * objections would be found: number, proof and key stay, for rows of other tables that are still bound to it, and
 * run_retention() destroys the key with the last of them. A row that is back by then, under the same key, is the same
 * person's. A person of whom there never was a row (a consent before collection) has none that could go.
 */
CREATE FUNCTION gdpr_internal.end_identities(subjects bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people record;
	ended bigint[];
	person bigint;
	total bigint := 0;
BEGIN
	FOR people IN
		SELECT t.relation, replace(gdpr_internal.key_condition(t.relation, t.key_columns, 't'), '($1)',
			CASE cardinality(t.key_columns) WHEN 1 THEN '(ARRAY[s.key])'
				ELSE format('(gdpr_internal.key_values(s.key, %s))', cardinality(t.key_columns)) END) AS same_key
		FROM gdpr.subject_table t JOIN gdpr.protected_table p ON p.relation = t.relation
			AND p.subject_table = t.relation
		JOIN pg_class c ON c.oid = t.relation
		WHERE t.relation IN (SELECT s.relation FROM gdpr.subject s WHERE s.number = ANY (subjects))
	LOOP
		EXECUTE format('WITH gone AS (UPDATE gdpr.subject s SET relation = NULL, key = NULL WHERE s.number = ANY ($1) '
			'AND s.relation = %L::regclass AND s.wrapped_key IS NOT NULL AND NOT EXISTS (SELECT FROM %s t WHERE %s) '
				'RETURNING s.number) SELECT array_agg(g.number) FROM gone g', people.relation::oid, people.relation,
					people.same_key)
		INTO ended USING subjects;
		total := total + coalesce(cardinality(ended), 0);
		IF cardinality(ended) <= 1000 THEN
			FOREACH person IN ARRAY ended
			LOOP
				PERFORM gdpr_internal.record('identity ended', person, jsonb_build_object('table',
					people.relation::text));
			END LOOP;
		ELSIF ended IS NOT NULL THEN
			PERFORM gdpr_internal.record('identities ended', NULL, jsonb_build_object('table', people.relation::text,
				'people', cardinality(ended), 'from', (SELECT min(n) FROM unnest(ended) n), 'to',
					(SELECT max(n) FROM unnest(ended) n)));
		END IF;
	END LOOP;
	RETURN total;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_identities(bigint[]) IS
'internal: takes the name from those of these people of whom their subject table has no row any more';

CREATE FUNCTION gdpr_internal.remember_gone(subjects bigint[]) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_remember_gone' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.remember_gone(bigint[]) IS
'internal: these people''s rows go in this transaction';

CREATE FUNCTION gdpr_internal.note_truncated(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = gdpr_internal.held_as(note_truncated.relation)
			   AND p.subject_table = p.relation) THEN
		EXECUTE format('SELECT gdpr_internal.remember_gone(array_agg(t.gdpr_subject)) FROM %s t', relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.note_truncated(regclass) IS
'internal: notes whose rows a TRUNCATE takes, when they are people';
