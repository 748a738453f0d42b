/*
 * depersonalise.sql: the action anonymise: what is left of a row when nobody can be found behind it.
 *
 * Sealed columns and those that lead to the person become NULL, others follow the table's rules of anonymisation; the
 * row leaves its person (gdpr_subject) and serves statistics from then on.
 */

/* The columns of a table that lead to the person: the first step of its owner path. */
CREATE FUNCTION gdpr.leading_columns(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT s.columns FROM gdpr.owner_step s WHERE s.relation = leading_columns.relation AND s.step = 1), '{}')
$$;
COMMENT ON FUNCTION gdpr.leading_columns(regclass) IS 'internal: the columns by which rows lead to their person; none for a subject table';

CREATE FUNCTION gdpr.depersonalising_assignments(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	/* the key as text, for every column of every row, is for those whose noise sticks to it */
	SELECT concat_ws(', ', gdpr.anonymising_assignments(relation, CASE WHEN EXISTS (
			SELECT FROM gdpr.anonymisation_rule r WHERE r.relation = depersonalising_assignments.relation
			  AND r.strategy NOT IN ('null', 'constant', 'generalise', 'truncate', 'round'))
		THEN gdpr.primary_key_text(relation) ELSE 'NULL' END),
		(SELECT string_agg(format('%I = NULL', c), ', ') FROM unnest(gdpr.leading_columns(relation)) c
		 WHERE NOT EXISTS (SELECT FROM gdpr.anonymisation_rule r WHERE r.relation = depersonalising_assignments.relation AND r.column_name = c)),
		'gdpr_subject = NULL', 'purposes = ''{statistics}''::gdpr.purpose_set')
$$;
COMMENT ON FUNCTION gdpr.depersonalising_assignments(regclass) IS 'internal: the SET list that takes the person from a row';

CREATE FUNCTION gdpr.check_depersonalising(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
BEGIN
	IF gdpr.anonymising_assignments(relation, '') IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('nothing says how table %s is anonymised', relation),
			HINT = 'SELECT gdpr.set_anonymisation(...) for each column that could tell of a person.';
	END IF;
	SELECT a.column_name, a.strategy, s.effect INTO r
	FROM gdpr.anonymisation_rule a JOIN gdpr.strategies() s ON s.name = a.strategy
	WHERE a.relation = check_depersonalising.relation AND s.effect <> 'anonymising' ORDER BY a.column_name LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', COLUMN = r.column_name,
			MESSAGE = format('column %I of table %s would not be anonymous: strategy %s is %s', r.column_name, relation, r.strategy, r.effect),
			HINT = 'SELECT * FROM gdpr.strategies() WHERE effect = ''anonymising'';';
	END IF;
	SELECT c.conname INTO r FROM pg_constraint c, pg_attribute a
	WHERE c.contype = 'f' AND c.confrelid = relation AND a.attrelid = relation AND a.attnum = ANY (c.confkey)
	  AND (EXISTS (SELECT FROM gdpr.anonymisation_rule u WHERE u.relation = check_depersonalising.relation AND u.column_name = a.attname)
		   OR EXISTS (SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typnamespace = 'gdpr'::regnamespace));
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23503', CONSTRAINT = r.conname,
			MESSAGE = format('anonymising table %s would break foreign key %I', relation, r.conname);
	END IF;
	SELECT a.attname, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS key INTO r
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attnotnull AND NOT a.attisdropped AND a.attnum > 0
	  AND (a.attname = ANY (gdpr.leading_columns(relation)) OR y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23502', COLUMN = r.attname,
			MESSAGE = format('column %I of table %s is NOT NULL, so it cannot be emptied', r.attname, relation),
			HINT = CASE WHEN r.key THEN 'Use action delete: the primary key itself leads to the person.'
						ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', relation, r.attname) END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.check_depersonalising(regclass) IS
'internal: can rows of this table be anonymised in place? ZG017 a strategy that does not anonymise, 55000 nothing says how, 23502 a column to be emptied is NOT NULL, 23503 a foreign key would break';
