/*
 * findings.sql: what is wrong with protected tables. Queries of the catalogs: they look at what is there, not at what
 * protect() once did. A table that was restored, replicated or altered by hand is judged the same.
 */

CREATE FUNCTION gdpr_internal.column_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', 'column-accepts-unbound',
		format('%s.%I', s.relation, s.attname), 'no CHECK keeps out unbound values',
		   format('ALTER TABLE %s ADD CHECK (gdpr.is_bound(%I));', s.relation, s.attname)
	FROM gdpr.sealed_column s JOIN gdpr.guarded_table g ON g.relation = s.relation
	WHERE NOT s.checked
	  AND NOT EXISTS (		/* what is added to the parent comes to its children */
			SELECT FROM pg_inherits i JOIN gdpr.sealed_column p ON p.relation = i.inhparent AND p.attname = s.attname
			WHERE i.inhrelid = s.relation AND NOT p.checked)
	UNION ALL
	SELECT 'error', 'default-is-unbound',
		format('%s.%I', s.relation, s.attname), 'its DEFAULT fills in unbound values',
		   format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', s.relation, s.attname)
	FROM gdpr.sealed_column s WHERE s.has_default
	UNION ALL
	SELECT 'error', 'table-not-protected', s.relation::text,
		   format('the table is not protected: %s are sealed for no particular person, so no purpose is asked and no '
			   'erasure reaches them', string_agg(quote_ident(s.attname), ', ' ORDER BY s.attnum)),
		   format('SELECT gdpr.protect(%L, ''{<purpose>}'', owner => ''<column>'');', s.relation)
	FROM gdpr.sealed_column s
	WHERE NOT EXISTS (SELECT FROM gdpr.guarded_table g WHERE g.relation = s.relation)
	GROUP BY s.relation
	UNION ALL
	SELECT 'error', 'registered-column-gone',
		format('%s.%I', p.relation, p.column_name), 'a registered column is not there, or of another type',
		   format('DELETE FROM gdpr.protected_column WHERE relation = %L::regclass AND column_name = %L;', p.relation,
			   p.column_name)
	FROM gdpr.protected_column p JOIN pg_class c ON c.oid = p.relation
	WHERE NOT EXISTS (SELECT FROM gdpr.sealed_column s WHERE s.relation = p.relation AND s.attname = p.column_name
		AND s.class = p.class)
	UNION ALL
	SELECT 'warning', 'values-in-quarantine', format('%s.%I', q.relation, q.column_name),
		format('%s values that are not of class %s are in quarantine', count(*), q.class),
		   format('SELECT row_key FROM gdpr.quarantine WHERE relation = %L::regclass; correct these rows, then delete '
			   'them from gdpr.quarantine.', q.relation)
	FROM gdpr.quarantine q JOIN pg_class c ON c.oid = q.relation GROUP BY q.relation, q.column_name, q.class
$$;
COMMENT ON FUNCTION gdpr_internal.column_findings() IS 'internal: part of status(): sealed columns and quarantine';
SELECT gdpr_internal.finds('access', 'gdpr_internal.column_findings');

/* Does the owner path of a table still lead to its people, and by index? */
CREATE FUNCTION gdpr_internal.owner_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	protected gdpr.protected_table;
	hint text;
BEGIN
	FOR protected IN SELECT p.* FROM gdpr.protected_table p JOIN pg_class c ON c.oid = p.relation
	LOOP
		IF EXISTS (SELECT FROM gdpr.graph_link g WHERE g.relation = protected.relation AND g.binds
				   AND NOT EXISTS (SELECT FROM gdpr.subject_table t JOIN pg_class c ON c.oid = t.relation
					   WHERE t.relation = g.subject_table)) THEN
			RETURN NEXT ('error', 'subject-table-gone',
				protected.relation::text, 'the table of the people its rows are about is gone',
				format('SELECT gdpr.unprotect(%L); then protect it with another owner.',
					protected.relation))::gdpr.finding;
			CONTINUE;
		END IF;
		BEGIN
			PERFORM gdpr_internal.check_types(protected.relation);
			PERFORM FROM gdpr_internal.binding(protected.relation);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			RETURN NEXT ('error', 'owner-path-broken', protected.relation::text, SQLERRM, hint)::gdpr.finding;
		END;
	END LOOP;
	RETURN QUERY
		SELECT 'warning', 'index-missing',
			i.relation::text, format('no index on (%s): the rows of one person are found by a scan',
			array_to_string(i.columns, ', ')), i.command
		FROM gdpr.missing_indexes() i;
END $$;
COMMENT ON FUNCTION gdpr_internal.owner_findings() IS 'internal: part of status(): owner paths and their indexes';
SELECT gdpr_internal.finds('access', 'gdpr_internal.owner_findings');

/* People whose row went by DELETE or TRUNCATE, or whose table was dropped. Who gave consent first has no row yet. */
CREATE FUNCTION gdpr_internal.people_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people record;
	without_row text;
	lost bigint;
BEGIN
	FOR people IN SELECT p.relation, c.reltuples FROM gdpr.protected_table p JOIN pg_class c ON c.oid = p.relation
		WHERE p.relation = p.subject_table
	LOOP
		without_row := format('FROM gdpr.subject s WHERE s.relation = %L::regclass AND s.wrapped_key IS NOT NULL AND '
			'NOT EXISTS (SELECT FROM %s t WHERE t.gdpr_subject = s.number)',
							  people.relation, people.relation);
		/* an anti join of two large tables is not for a look at the state of things */
		IF people.reltuples > 2e6 THEN
			RETURN NEXT ('info', 'people-not-counted',
				people.relation::text, 'too large to look here for people without a row',
				format('SELECT count(*) %s;', without_row))::gdpr.finding;
			CONTINUE;
		END IF;
		EXECUTE format('SELECT count(*) %s AND NOT EXISTS (SELECT FROM gdpr.consent_event e WHERE e.subject = '
			's.number)', without_row) INTO lost;
		IF lost > 0 THEN
			RETURN NEXT ('warning', 'people-without-row', people.relation::text,
				format('%s people have a key, and neither a row (DELETE, TRUNCATE) nor a consent', lost),
				format('SELECT gdpr.erase_subject(s.relation, s.key, ''<ground>'') %s;', without_row))::gdpr.finding;
		END IF;
	END LOOP;
	SELECT count(*) INTO lost FROM gdpr.subject s
	/* without a key: the nameless subjects of rows kept after an erasure, or archived */
	WHERE s.wrapped_key IS NOT NULL AND s.key IS NOT NULL
	  AND NOT EXISTS (SELECT FROM gdpr.subject_table t JOIN pg_class c ON c.oid = t.relation
		  WHERE t.relation = s.relation);
	IF lost > 0 THEN
		RETURN NEXT ('warning', 'people-without-table',
			'gdpr.subject', format('%s people of dropped tables have a key', lost),
			'UPDATE gdpr.subject SET wrapped_key = NULL WHERE relation IS NULL AND key IS NOT NULL; destroys them for '
				'good, with the evidence sealed for these people.')::gdpr.finding;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.people_findings() IS 'internal: part of status(): people without a row';
SELECT gdpr_internal.finds('access', 'gdpr_internal.people_findings');

/*
 * Rows that no purpose sees are data that no one can use, correct or find, though they are kept. Of a large table a
 * sample of about a million rows stands for all.
 */
CREATE FUNCTION gdpr_internal.tag_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	live constant text := '(SELECT array_agg(p.name)::gdpr.purpose_set FROM gdpr.purpose p '
						  'WHERE coalesce(p.valid_to > now(), true))';
	protected record;
	sample text;
	unseen bigint;
BEGIN
	FOR protected IN
		SELECT p.relation, sum(greatest(c.reltuples, 0)) AS rows
		FROM gdpr.protected_table p JOIN gdpr.guarded_table g ON g.root = p.relation
			JOIN pg_class c ON c.oid = g.relation
		GROUP BY p.relation
	LOOP
		sample := CASE WHEN protected.rows > 2e6 THEN format(' TABLESAMPLE SYSTEM (%s)', 1e8 / protected.rows)
			ELSE '' END;
		EXECUTE format('SELECT count(*) FROM %s t%s WHERE NOT t.purposes && %s', protected.relation, sample, live)
		INTO unseen;
		IF unseen > 0 THEN
			RETURN NEXT ('error', 'rows-without-purpose', protected.relation::text,
				format('%s rows%s are seen for no purpose: all of their tags'' purposes have ended or are unknown',
					   unseen, CASE WHEN sample <> '' THEN ' of a sample' ELSE '' END),
				format('As a superuser, SELECT purposes, count(*) FROM %s t WHERE NOT t.purposes && %s GROUP BY 1; '
					   'then set a purpose that they may be kept for, or delete them.',
					   protected.relation, live))::gdpr.finding;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.tag_findings() IS 'internal: part of status(): rows that no purpose sees';
SELECT gdpr_internal.finds('access', 'gdpr_internal.tag_findings');
