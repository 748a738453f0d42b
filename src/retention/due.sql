/*
 * due.sql: which rows are due, by SQL built from a rule.
 *
 * Conditions are over the alias t of a table, with $1 the moment up to which a rule's clock has run out (cutoff) and
 * $2 the rule's purpose as a set. A comparison of a column with $1 stands alone in an OR, so that an index serves.
 * PL/pgSQL, because it keeps its plans: a runner asks for every batch.
 */

CREATE FUNCTION gdpr_internal.happened_before(alias text, column_name name) RETURNS text
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%1$s.%2$I < $1', alias, column_name)
$$;
COMMENT ON FUNCTION gdpr_internal.happened_before(text, name) IS
'internal: the condition that a column''s moment is before the cutoff';

/* Since the person came on file, or the table was protected. */
CREATE FUNCTION gdpr_internal.on_file_before(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('coalesce((SELECT s.created_at FROM gdpr.subject s WHERE s.number = t.gdpr_subject), '
					  '(SELECT p.protected_at FROM gdpr.protected_table p WHERE p.relation = %L::regclass)) < $1',
						  relation::oid));
END $$;
COMMENT ON FUNCTION gdpr_internal.on_file_before(regclass) IS
'internal: the condition that a row''s person came on file before the cutoff';

/*
 * "Collected before the cutoff", by a column, where a date in the future, infinity among them, is none; else since
 * the person came on file. Of these conditions a row meets at most one.
 */
CREATE FUNCTION gdpr_internal.collected_before(relation regclass, column_name name) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT CASE WHEN column_name IS NULL THEN ARRAY[gdpr_internal.on_file_before(relation)]
					ELSE ARRAY[gdpr_internal.happened_before('t', column_name),
							   format('(t.%1$I IS NULL OR t.%1$I > now()) AND %2$s', column_name,
								   gdpr_internal.on_file_before(relation))] END);
END $$;
COMMENT ON FUNCTION gdpr_internal.collected_before(regclass, name) IS
'internal: the conditions, one or the other, that a row was collected before the cutoff';

/* "Did it in a row that retention took away since"; NULL for a rule that looks at its own row alone. */
CREATE FUNCTION gdpr_internal.gone_activity(rule integer, condition text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('EXISTS (SELECT FROM gdpr.last_activity a WHERE a.subject = t.gdpr_subject AND %s AND (a.relation, '
		'a.column_name) IN (%s))',
				  condition, string_agg(format('(%L::regclass, %L)', e.relation::oid, e.column_name), ', '))
	FROM gdpr.retention_event e WHERE e.rule = gone_activity.rule HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.gone_activity(integer, text) IS
'internal: the condition on what gdpr.last_activity kept for a rule';

CREATE FUNCTION gdpr_internal.inactive_since(rule gdpr.retention_rule) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(' AND ',
		/*
		 * Nothing since the cutoff: not in the row, not in any other table. The future counts: a stay that is booked,
		 * or a local time that runs ahead of this server; infinity tells of no moment.
		 */
		CASE WHEN rule.column_name IS NOT NULL
			 THEN format('(t.%1$I < $1 OR t.%1$I IS NULL OR NOT isfinite(t.%1$I))', rule.column_name) END,
		(SELECT string_agg(format('NOT EXISTS (SELECT FROM %s e WHERE e.gdpr_subject = t.gdpr_subject AND e.%I >= $1 '
			'AND isfinite(e.%2$I))',
								  e.relation, e.column_name), ' AND ' ORDER BY e.relation::text, e.column_name)
		 FROM gdpr.retention_event e WHERE e.rule = rule.number),
		'NOT ' || gdpr_internal.gone_activity(rule.number, 'a.at >= $1'),
		/* and something before it, or else collected before it */
		'(' || concat_ws(' OR ',
			gdpr_internal.happened_before('t', rule.column_name),
			(SELECT string_agg(format('EXISTS (SELECT FROM %s e WHERE e.gdpr_subject = t.gdpr_subject AND e.%I < $1)',
									  e.relation, e.column_name), ' OR ' ORDER BY e.relation::text, e.column_name)
			 FROM gdpr.retention_event e WHERE e.rule = rule.number),
			gdpr_internal.gone_activity(rule.number, 'a.at < $1'),
			'(' || array_to_string(gdpr_internal.collected_before(rule.relation, rule.collected), ' OR ') || ')')
				|| ')')
$$;
COMMENT ON FUNCTION gdpr_internal.inactive_since(gdpr.retention_rule) IS
'internal: the condition that the person did nothing since the cutoff';

CREATE FUNCTION gdpr_internal.consent_ended(subject bigint, purpose integer) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN bool_or(c.state IN ('given', 'renewed') AND coalesce(c.until > clock_timestamp(), true)) THEN NULL
				ELSE coalesce(max(CASE WHEN c.state IN ('given', 'renewed') THEN c.until ELSE c.since END),
							  (SELECT s.created_at FROM gdpr.subject s WHERE s.number = consent_ended.subject)) END
	FROM gdpr_internal.consents_at(consent_ended.subject, clock_timestamp()) c
	WHERE c.purpose = consent_ended.purpose
$$;
COMMENT ON FUNCTION gdpr_internal.consent_ended(bigint, integer) IS
'internal: when the last consent of a subject for a purpose ended, or when the person came on file if there never was '
	'one; NULL while one is valid';

/*
 * The ways in which a row is due, of which it meets at most one, so that each is counted with the index that serves
 * it.
 */
CREATE FUNCTION gdpr_internal.due_conditions(rule gdpr.retention_rule) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT CASE rule.trigger
			WHEN 'collected' THEN gdpr_internal.collected_before(rule.relation, rule.column_name)
			WHEN 'column' THEN ARRAY[gdpr_internal.happened_before('t', rule.column_name)]
			WHEN 'activity' THEN ARRAY[gdpr_internal.inactive_since(rule)]
			/* the compact permissions say no before the events are read */
			WHEN 'consent_end' THEN ARRAY[format('EXISTS (SELECT FROM gdpr.subject s WHERE s.number = t.gdpr_subject '
				'AND gdpr_internal.refusal(s.permissions, %1$s) IS NOT NULL AND gdpr_internal.consent_ended(s.number, '
					'%1$s) < $1)', rule.purpose)]
			END);
END $$;
COMMENT ON FUNCTION gdpr_internal.due_conditions(gdpr.retention_rule) IS
'internal: the conditions, one or another, that a row is due by a rule, its tag aside';

CREATE FUNCTION gdpr_internal.due_condition(rule gdpr.retention_rule) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('t.purposes @> $2 AND (%s)', array_to_string(gdpr_internal.due_conditions(rule), ' OR ')));
END $$;
COMMENT ON FUNCTION gdpr_internal.due_condition(gdpr.retention_rule) IS
'internal: the condition that a row is due by a rule';

/*
 * The order of work: tables that refer come before those they refer to; of one table the shorter period first, so
 * that the rule that lasts longest finds the row with its last purpose.
 */
CREATE FUNCTION gdpr_internal.retention_plan(OUT rule integer, OUT place bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE tables AS (
		SELECT DISTINCT r.relation::oid AS oid FROM gdpr.retention_rule r
			JOIN gdpr.protected_table p ON p.relation = r.relation
	), path (oid, top, seen) AS (
		SELECT t.oid, t.oid, ARRAY[t.oid] FROM tables t
		UNION ALL
		SELECT p.oid, c.confrelid, p.seen || c.confrelid
		FROM path p JOIN pg_constraint c ON c.contype = 'f' AND c.conrelid = p.top AND c.confrelid <> ALL (p.seen)
		WHERE gdpr_internal.is_protected(c.confrelid)
	), depth AS (
		SELECT p.oid, max(cardinality(p.seen)) AS depth FROM path p GROUP BY p.oid
	)
	SELECT r.number, row_number() OVER (ORDER BY d.depth DESC, r.relation::text, r.period, r.number)
	FROM gdpr.retention_rule r JOIN depth d ON d.oid = r.relation::oid
$$;
COMMENT ON FUNCTION gdpr_internal.retention_plan() IS 'internal: the rules in the order of work';

/*
 * The foreign keys that keep a row: whatever refers to it and would stop the delete, and protected rows that would
 * silently go with it, for they have rules of their own. A row that stays, anonymous, is kept by every protected row
 * that still leads from a person to it.
 */
CREATE FUNCTION gdpr_internal.keeping_references(relation regclass, action text)
	RETURNS TABLE (name name, child regclass, condition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.conname, c.conrelid::regclass, format('EXISTS (SELECT FROM %s k WHERE %s)', c.conrelid::regclass,
		(SELECT string_agg(format('k.%I = t.%I', a.attname, r.attname), ' AND ')
		 FROM unnest(c.conkey, c.confkey) u (here, there)
		 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.here
		 JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = u.there))
	FROM pg_constraint c
	WHERE c.contype = 'f' AND c.confrelid = relation
	  AND (c.conparentid = 0 OR NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid
		  AND p.confrelid = c.confrelid))
	  AND CASE WHEN action = 'anonymise' THEN gdpr_internal.is_protected(c.conrelid)
		   ELSE c.confdeltype IN ('a', 'r') OR c.confdeltype = 'c' AND gdpr_internal.is_protected(c.conrelid) END
	ORDER BY c.conname, c.conrelid::regclass::text
$$;
COMMENT ON FUNCTION gdpr_internal.keeping_references(regclass, text) IS
'internal: foreign keys by which rows of other tables keep a row';

CREATE FUNCTION gdpr_internal.references_of(relation regclass, action text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce('t.purposes = $2 AND (' || string_agg(k.condition, ' OR ' ORDER BY k.name, k.child::text)
		|| ')', 'false')
		FROM gdpr_internal.keeping_references(relation, action) k);
END $$;
COMMENT ON FUNCTION gdpr_internal.references_of(regclass, text) IS
'internal: the condition that rows of other tables keep a row that would go';

/* ---- the dry run ---- */

/* A count that cannot be but 0 is not made: a plain count of the same rows is what this should cost. */
CREATE FUNCTION gdpr_internal.count_due(rule gdpr.retention_rule, condition text, cutoff timestamptz,
	purpose gdpr.purpose_set,
	OUT due bigint, OUT held bigint, OUT waiting bigint, OUT tags bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keeps text := gdpr_internal.held_condition(rule.relation);
	waits text := gdpr_internal.references_of(rule.relation, rule.action);
BEGIN
	EXECUTE format('SELECT count(*), %s, %s, count(*) FILTER (WHERE %s t.purposes <> $2) FROM %s t WHERE t.purposes '
		'@> $2 AND %s',
				   CASE keeps WHEN 'false' THEN '0' ELSE format('count(*) FILTER (WHERE %s)', keeps) END,
				   CASE waits WHEN 'false' THEN '0'
					   ELSE format('count(*) FILTER (WHERE NOT %s AND %s)', keeps, waits) END,
				   CASE keeps WHEN 'false' THEN '' ELSE format('NOT %s AND', keeps) END, rule.relation, condition)
	INTO due, held, waiting, tags USING cutoff, purpose;
END $$;
COMMENT ON FUNCTION gdpr_internal.count_due(gdpr.retention_rule, text, timestamptz, gdpr.purpose_set) IS
'internal: part of retention_due: the rows that meet one condition';

CREATE FUNCTION gdpr.retention_due(relation gdpr.table_ref DEFAULT NULL, purpose text DEFAULT NULL,
	at timestamptz DEFAULT pg_catalog.now(),
	OUT rule integer, OUT "table" regclass, OUT for_purpose text, OUT action text, OUT cutoff timestamptz,
	OUT due bigint, OUT rows_to_go bigint, OUT tags_to_go bigint, OUT held bigint, OUT waiting bigint)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	r gdpr.retention_rule;
	condition text;
	counted record;
BEGIN
	FOR r IN SELECT l.* FROM gdpr.retention_rule l JOIN gdpr_internal.retention_plan() n ON n.rule = l.number
			 WHERE (retention_due.relation IS NULL OR l.relation = retention_due.relation)
			   AND (retention_due.purpose IS NULL OR l.purpose = gdpr.purpose_number(retention_due.purpose, true))
			 ORDER BY n.place
	LOOP
		rule := r.number;
		"table" := r.relation;
		for_purpose := (SELECT p.name FROM gdpr.purpose p WHERE p.number = r.purpose);
		action := r.action;
		cutoff := at - r.period;
		due := 0; rows_to_go := 0; held := 0; waiting := 0; tags_to_go := 0;
		FOREACH condition IN ARRAY gdpr_internal.due_conditions(r)
		LOOP
			counted := gdpr_internal.count_due(r, condition, cutoff, ARRAY[for_purpose]::gdpr.purpose_set);
			due := due + counted.due;
			held := held + counted.held;
			waiting := waiting + counted.waiting;
			tags_to_go := tags_to_go + counted.tags;
		END LOOP;
		rows_to_go := due - held - waiting - tags_to_go;
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.retention_due(gdpr.table_ref, text, timestamptz) IS
'Dry run of the retention rules, of all or of one table or purpose, now or at a later time; nothing is changed. A row '
	'per rule in the order of work: cutoff (older than this is due), due = rows_to_go (this was their last purpose) + '
	'tags_to_go (they stay for another purpose) + held (legal hold, restriction) + waiting (kept by a foreign key of '
	'rows that are still there). Each rule is counted as the tables and the consents are now: a run takes children '
	'first, so that rows waiting here may go. Errors: ZG002 unknown purpose.';

/* The people to warn: the keys, and nothing else of them. */
CREATE FUNCTION gdpr.rows_due(relation gdpr.table_ref, purpose text, at timestamptz DEFAULT pg_catalog.now(),
	OUT row_key text, OUT held boolean)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	r gdpr.retention_rule;
BEGIN
	SELECT l.* INTO r FROM gdpr.retention_rule l WHERE l.relation = rows_due.relation
		AND l.purpose = gdpr.purpose_number(rows_due.purpose, true);
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG016', MESSAGE = format('table %s has no retention rule for purpose "%s"',
			relation, purpose),
			HINT = format('SELECT gdpr.set_retention(%L, %L, ...);', relation, purpose);
	END IF;
	RETURN QUERY EXECUTE format('SELECT %s, %s FROM %s t WHERE %s ORDER BY %s', gdpr_internal.row_key(relation),
		gdpr_internal.held_condition(relation), relation,
		gdpr_internal.due_condition(r), (SELECT string_agg(format('t.%I', c), ', ' ORDER BY n)
			FROM unnest(gdpr_internal.row_key_columns(relation)) WITH ORDINALITY k (c, n)))
	USING at - r.period, ARRAY[purpose]::gdpr.purpose_set;
END $$;
COMMENT ON FUNCTION gdpr.rows_due(gdpr.table_ref, text, timestamptz) IS
'The primary keys, as text, of the rows that a rule''s purpose ends for at a time, and whether something holds them: '
	'the people to ask first whether they want to stay (at => now() + interval ''1 month''). Nothing is changed. '
	'Errors: ZG016 no '
	'rule, ZG002 unknown purpose.';
