/*
 * erasure_plan.sql: by which statements the people of a table are erased; erase.sql carries them out.
 *
 * First the rows that live on are settled, children first: those with another owner are handed over, those kept on a
 * legal ground move to a successor that no one can find by name, those anonymised and what was an accessor's are
 * emptied. Then all that is left to the person goes, the tables of one owner in a single statement, so that neither
 * self-references nor cycles of foreign keys have an order to get wrong. How all this is done is worked out once and
 * remembered (plan.c).
 */
CREATE TYPE gdpr.erasure_step AS
(
	action		text,
	relations	regclass[],
	role		text,
	ground		text,
	statement	text,
	change		text,
	stuck		name
);
COMMENT ON TYPE gdpr.erasure_step IS
'a step of an erasure: what is done, in which tables, to the rows of which role of the person and on which ground; '
	'statement does it, or finds the rows for change ($1 the key, $2 the subject, $3 the rows); stuck is a column that '
	'is NOT NULL and would have to be emptied';

/*
 * How the people of a table are erased: settle says what becomes of rows that live on, delete what goes; kept names
 * tables that kept rows after all, traces asks whether anything of a person stands elsewhere, forget takes it.
 */
CREATE TYPE gdpr_internal.erasure_plan AS
(
	key_parts	integer,
	unreached	jsonb,
	lock		text,
	suppress	text,
	keeps		boolean,
	settle		gdpr.erasure_step[],
	delete		gdpr.erasure_step[],
	kept		text,
	traces		text,
	forget		text[],
	refresh		text[]
);
COMMENT ON TYPE gdpr_internal.erasure_plan IS 'internal: how the people of a table are erased';

/* ---- settling rows that live on ---- */

/*
 * The statement that locks the rows of a condition and answers their places, whose they will be, and columns sealed
 * again for that subject (p1, p2, ...). heir is an expression.
 */
CREATE FUNCTION gdpr_internal.settle_select(relation regclass, condition text, heir text, resealed name[],
	ground text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(
		'SELECT jsonb_agg(jsonb_build_object(''c'', x.place, ''t'', x.relation, ''n'', x.heir%s)) '
		'FROM (SELECT t.ctid::text AS place, t.tableoid::bigint AS relation, %s%s FROM %s t WHERE %s FOR '
			'UPDATE OF t) x',
		CASE WHEN ground IS NOT NULL THEN ', ''g'', x.ground' ELSE '' END ||
		(SELECT coalesce(string_agg(format(', ''p%s'', gdpr_internal.bind_value(x.p%1$s, x.heir)', n), ''), '')
			FROM unnest(resealed) WITH ORDINALITY r (c, n)),
		heir || ' AS heir' || coalesce(', ' || ground || ' AS ground', ''),
		(SELECT string_agg(format(', t.%I AS p%s', c, n), '') FROM unnest(resealed) WITH ORDINALITY r (c, n)),
		relation, condition)
$$;
COMMENT ON FUNCTION gdpr_internal.settle_select(regclass, text, text, name[], text) IS
'internal: finds the rows of a table that outlive an erasure; ground is an expression';

CREATE FUNCTION gdpr_internal.settle_update(relation regclass, resealed name[], emptied name[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(
		'UPDATE %s t SET gdpr_subject = u.n%s%s FROM jsonb_to_recordset($3) u (c tid, t oid, n bigint%s) WHERE t.ctid '
			'= u.c AND t.tableoid = u.t',
		relation,
		(SELECT string_agg(format(', %I = u.p%s', c, n), '') FROM unnest(resealed) WITH ORDINALITY r (c, n)),
		(SELECT string_agg(format(', %I = NULL', c), '') FROM (SELECT DISTINCT e AS c FROM unnest(emptied) e
			WHERE e <> ALL (resealed)) d),
		(SELECT string_agg(format(', p%s %s', r.n, format_type(a.atttypid, a.atttypmod)), '')
		 FROM unnest(resealed) WITH ORDINALITY r (c, n) JOIN pg_attribute a ON a.attrelid = relation
			 AND a.attname = r.c))
$$;
COMMENT ON FUNCTION gdpr_internal.settle_update(regclass, name[], name[]) IS
'internal: gives rows to their heir and empties columns';

CREATE FUNCTION gdpr_internal.settle_step(relation regclass, action text, statement text, change text,
	role text DEFAULT 'owner', ground text DEFAULT NULL, stuck name DEFAULT NULL) RETURNS gdpr.erasure_step
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (action, ARRAY[relation], role, ground, statement, change, stuck)::gdpr.erasure_step
$$;
COMMENT ON FUNCTION gdpr_internal.settle_step(regclass, text, text, text, text, text, name) IS
'internal: a step of the plan by which rows outlive an erasure';

/*
 * Rows that holds keep from an erasure: those held, and those that they refer to. Not the person's own row: who holds
 * that holds the person.
 */
CREATE FUNCTION gdpr_internal.kept_condition(relation regclass, seen oid[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	conditions text[] := array_remove(ARRAY[gdpr_internal.row_held(relation)], NULL);
	child record;
	condition text;
BEGIN
	IF EXISTS (SELECT FROM gdpr.protected_table p WHERE p.subject_table = kept_condition.relation) THEN
		RETURN NULL;
	END IF;
	FOR child IN
		SELECT c.conrelid, (SELECT string_agg(format('t.%I', h.attname), ', ' ORDER BY k.n) FROM unnest(c.conkey)
				WITH ORDINALITY k (n_att, n) JOIN pg_attribute h ON h.attrelid = c.conrelid
					AND h.attnum = k.n_att) AS here,
			(SELECT string_agg(format('t.%I', r.attname), ', ' ORDER BY k.n) FROM unnest(c.confkey)
				WITH ORDINALITY k (n_att, n) JOIN pg_attribute r ON r.attrelid = c.confrelid
					AND r.attnum = k.n_att) AS there
		FROM pg_constraint c JOIN gdpr.protected_table p ON p.relation = c.conrelid
		WHERE c.contype = 'f' AND c.confrelid = kept_condition.relation AND c.conparentid = 0
		  AND c.conrelid <> ALL (seen || kept_condition.relation::oid)
	LOOP
		condition := gdpr_internal.kept_condition(child.conrelid, seen || relation::oid);
		IF condition IS NOT NULL THEN
			conditions := conditions || format('(%s) IN (SELECT %s FROM %s t WHERE %s)', child.there, child.here,
				child.conrelid::regclass, condition);
		END IF;
	END LOOP;
	RETURN nullif(array_to_string(conditions, ' OR '), '');
END $$;
COMMENT ON FUNCTION gdpr_internal.kept_condition(regclass, oid[]) IS
'internal: the condition that a hold on a row, or on one that refers to it, keeps the row from an erasure; NULL when '
	'none does';

CREATE FUNCTION gdpr_internal.not_kept(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(' AND NOT (' || gdpr_internal.kept_condition(relation) || ')', '')
$$;
COMMENT ON FUNCTION gdpr_internal.not_kept(regclass) IS
'internal: what conditions say beside, so that erasure leaves what holds keep';

/* Left as they are, under a subject without a name; only what refers to the person's row, which goes, is emptied. */
CREATE FUNCTION gdpr_internal.settle_held(link gdpr.graph_link) RETURNS gdpr.erasure_step[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept text := gdpr_internal.kept_condition(link.relation);
	condition text := gdpr_internal.link_condition(link.relation, link.number) || format(' AND (%s)', kept);
	grounds text := format('coalesce((SELECT string_agg(DISTINCT h.ground, ''; '') FROM gdpr.row_hold h '
		'WHERE h.relation = %L::regclass AND h.row_key = %s AND h.ended_at IS NULL), ''a held row refers to it'')',
		link.relation::oid, gdpr_internal.row_key(link.relation));
	sealed name[] := gdpr_internal.pii_columns(link.relation);
	leaving name[];
	stuck name;
BEGIN
	IF kept IS NULL THEN
		RETURN '{}';
	ELSIF NOT link.binds THEN
		RETURN ARRAY[gdpr_internal.settle_step(link.relation, 'hold', gdpr_internal.settle_select(link.relation,
			condition || ' AND t.gdpr_subject IS DISTINCT FROM $2', 't.gdpr_subject', '{}', grounds), NULL,
			link.role)];
	END IF;
	leaving := (SELECT s.columns FROM gdpr.binding_step s WHERE s.relation = link.relation AND s.number = link.number
		AND s.step = 1 AND NOT EXISTS (SELECT FROM gdpr.binding_step n WHERE n.relation = s.relation
			AND n.number = s.number AND n.step = 2));
	stuck := (SELECT min(a.attname::text) FROM pg_attribute a WHERE a.attrelid = link.relation AND a.attnotnull
		AND a.attname = ANY (leaving));
	RETURN ARRAY[gdpr_internal.settle_step(link.relation, 'hold',
		gdpr_internal.settle_select(link.relation, condition, '($3 ->> ''heir'')::bigint', sealed, grounds),
		gdpr_internal.settle_update(link.relation, sealed, coalesce(leaving, '{}')), stuck => stuck)];
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_held(gdpr.graph_link) IS
'internal: what erasure does to rows that a hold keeps';

/*
 * The columns by which a row refers to its owner and that must be emptied because the row they refer to goes: the
 * first step of the path that binds it. None when that row stays as well.
 */
CREATE FUNCTION gdpr_internal.departing_columns(relation regclass, number integer) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((
		SELECT s.columns FROM gdpr.binding_step s
		WHERE s.relation = departing_columns.relation AND s.number = departing_columns.number AND s.step = 1
		  AND NOT EXISTS (SELECT FROM gdpr_internal.foreign_key(s.on_table, s.columns) f
			  CROSS JOIN LATERAL (SELECT coalesce(s.next_table, f.confrelid)) o (relation)
						  WHERE (f.oid IS NOT NULL OR s.type_column IS NOT NULL)
							AND NOT EXISTS (SELECT FROM gdpr.graph_link g
											WHERE g.relation = o.relation AND g.number = 0
												AND g.on_erase = 'delete'))), '{}')
$$;
COMMENT ON FUNCTION gdpr_internal.departing_columns(regclass, integer) IS
'internal: columns to be emptied in a row that outlives what it refers to';

/* Rows of this person by a further link: another living owner keeps them, and the person's columns are emptied. */
CREATE FUNCTION gdpr_internal.settle_link(link gdpr.graph_link) RETURNS gdpr.erasure_step[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	condition text := gdpr_internal.link_condition(link.relation, link.number)
		|| ' AND t.gdpr_subject IS DISTINCT FROM $2' || gdpr_internal.not_kept(link.relation);
	own name[];
	steps gdpr.erasure_step[] := '{}';
BEGIN
	IF link.on_erase = 'keep' THEN
		RETURN ARRAY[gdpr_internal.settle_step(link.relation, 'keep', gdpr_internal.settle_select(link.relation,
			condition, 't.gdpr_subject', '{}'), NULL, link.role, link.ground)];
	END IF;
	IF link.on_erase = 'delete' OR link.role = 'owner' THEN
		/* no other owner: the row becomes this person's alone, and goes with what is */
		steps := steps || gdpr_internal.settle_step(link.relation, 'take over',
			gdpr_internal.settle_select(link.relation, condition ||
				CASE link.on_erase WHEN 'delete' THEN '' ELSE format(' AND %s IS NULL',
					gdpr_internal.other_owner(link.relation, link.number)) END, '$2', '{}'),
			gdpr_internal.settle_update(link.relation, '{}', '{}'));
	END IF;
	own := link.columns || coalesce((
		SELECT s.columns FROM gdpr.subject_link_step s
		WHERE s.relation = link.relation AND s.number = link.number AND s.step = 1 AND s.next_table = link.subject_table
		  AND NOT s.columns && gdpr_internal.primary_key(link.relation)), '{}');
	IF link.on_erase = 'blank' AND own <> '{}' THEN
		PERFORM gdpr_internal.require_nullable(link.relation, own, 'Erasing a person of this path empties it.');
		steps := steps || gdpr_internal.settle_step(link.relation, 'blank',
			gdpr_internal.settle_select(link.relation, condition, 't.gdpr_subject', '{}'),
			gdpr_internal.settle_update(link.relation, '{}', own), link.role);
	END IF;
	RETURN steps;
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_link(gdpr.graph_link) IS
'internal: what erasure does to rows of a further owner or accessor';

/* Rows with another owner: theirs from now on, emptied of all that is not. */
CREATE FUNCTION gdpr_internal.hand_over(link gdpr.graph_link) RETURNS gdpr.erasure_step
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other text := gdpr_internal.other_owner(link.relation, 0);
	theirs name[] := ARRAY(SELECT DISTINCT c FROM gdpr.graph_link g CROSS JOIN unnest(g.columns) c
						   WHERE g.relation = link.relation AND NOT g.binds
							   AND c = ANY (gdpr_internal.pii_columns(g.relation)));
	own name[] := ARRAY(SELECT c FROM unnest(gdpr_internal.pii_columns(link.relation)) c WHERE c <> ALL (theirs))
		|| link.columns || gdpr_internal.departing_columns(link.relation, link.number);
BEGIN
	PERFORM gdpr_internal.require_nullable(link.relation, own,
		'A row with two owners outlives the first: what was the first owner''s is emptied.');
	RETURN gdpr_internal.settle_step(link.relation, 'hand over',
		gdpr_internal.settle_select(link.relation, gdpr_internal.link_condition(link.relation, link.number)
			|| format(' AND %s IS NOT NULL', other) || gdpr_internal.not_kept(link.relation), other, theirs),
		gdpr_internal.settle_update(link.relation, theirs, own));
END $$;
COMMENT ON FUNCTION gdpr_internal.hand_over(gdpr.graph_link) IS
'internal: what erasure does to rows that have another owner';

CREATE FUNCTION gdpr_internal.settle_owned(link gdpr.graph_link) RETURNS gdpr.erasure_step
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sealed name[] := gdpr_internal.pii_columns(link.relation);
	leaving name[] := gdpr_internal.departing_columns(link.relation, link.number);
	condition text := gdpr_internal.link_condition(link.relation, link.number)
		|| gdpr_internal.not_kept(link.relation);
BEGIN
	PERFORM gdpr_internal.require_nullable(link.relation, leaving, 'The row stays, and what it refers to goes.');
	IF link.on_erase = 'anonymise' THEN
		PERFORM gdpr_internal.require_nullable(link.relation, sealed || link.columns, 'Anonymising a row empties it.');
		RETURN gdpr_internal.settle_step(link.relation, 'anonymise',
			gdpr_internal.settle_select(link.relation, condition, 'NULL', '{}'),
			gdpr_internal.settle_update(link.relation, '{}', sealed || link.columns || leaving));
	END IF;
	RETURN gdpr_internal.settle_step(link.relation, 'keep',
		gdpr_internal.settle_select(link.relation, condition, '($3 ->> ''heir'')::bigint', sealed),
		gdpr_internal.settle_update(link.relation, sealed, leaving), 'owner', link.ground);
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_owned(gdpr.graph_link) IS
'internal: what erasure does to owned rows that it does not delete';

/* Children first, and what others have in a row before what becomes of it. */
CREATE FUNCTION gdpr_internal.settle_steps(people regclass) RETURNS gdpr.erasure_step[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	link gdpr.graph_link;
	steps gdpr.erasure_step[] := '{}';
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.subject_link l WHERE (l.number > 0 AND NOT l.binds) OR l.on_erase <> 'delete')
	   AND NOT EXISTS (SELECT FROM gdpr.row_hold h WHERE h.ended_at IS NULL) THEN
		RETURN steps;		/* every row has one owner, and goes with that owner */
	END IF;
	FOR link IN SELECT g.* FROM gdpr_internal.erasure_order() o JOIN gdpr.graph_link g ON g.relation = o.relation
				WHERE g.subject_table = people ORDER BY g.binds, o.step, g.number
	LOOP
		steps := steps || gdpr_internal.settle_held(link);
		IF NOT link.binds THEN
			steps := steps || gdpr_internal.settle_link(link);
			CONTINUE;
		END IF;
		IF EXISTS (SELECT FROM gdpr.subject_link l WHERE l.relation = link.relation AND l.number > 0 AND NOT l.binds
			AND l.role = 'owner') THEN
			steps := steps || gdpr_internal.hand_over(link);
		END IF;
		IF link.on_erase <> 'delete' THEN
			steps := steps || gdpr_internal.settle_owned(link);
		END IF;
	END LOOP;
	RETURN steps;
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_steps(regclass) IS
'internal: how the rows of a person that outlive the erasure are settled';

/* ---- deleting what is left ---- */

/*
 * Locks the person's own row: waits for those writing about the person, and lets none begin, for new children
 * wait for the row. With listing, its e-mail addresses and telephone numbers go onto the suppression list.
 */
CREATE FUNCTION gdpr_internal.lock_person(people regclass, listing boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(CASE WHEN listing AND count(a.column_name) > 0 THEN
			'INSERT INTO gdpr.suppression AS s (hash, class, channel, reason, relation) SELECT DISTINCT ON (x.hash) '
				'x.hash, x.class, ''any''::gdpr.channel, ''erased'', %4$L::regclass '
			'FROM (SELECT t.* FROM %1$s t WHERE %2$s FOR UPDATE) t CROSS JOIN LATERAL (VALUES %3$s) x (hash, class) '
				'WHERE x.hash IS NOT NULL '
			'ON CONFLICT ON CONSTRAINT suppression_pkey DO UPDATE SET since = excluded.since, '
				'relation = CASE WHEN s.relation = excluded.relation THEN s.relation END'
		ELSE 'SELECT ''0''::jsonb FROM %1$s t WHERE %2$s FOR UPDATE' END,
		people, gdpr_internal.link_condition(people, 0),
		string_agg(format('(gdpr_internal.suppression_hash(t.%I::gdpr.pii_%s), %L)', a.column_name, a.class, a.class),
			', ') FILTER (WHERE a.column_name IS NOT NULL), people::oid)
	FROM gdpr.protected_table p
	LEFT JOIN (SELECT k.class, c.column_name FROM unnest('{email,phone}'::text[]) k (class),
		unnest(gdpr_internal.columns_of_class(people, k.class)) c (column_name)) a ON true
	WHERE p.relation = people
	GROUP BY p.relation
$$;
COMMENT ON FUNCTION gdpr_internal.lock_person(regclass, boolean) IS
'internal: the statement that locks a person''s row and, with listing, suppresses its identifiers; NULL when the '
	'table of the people is not protected';

/*
 * A statement a table, children first. Tables in a cycle of foreign keys, and all that is between them in the order,
 * go in one statement, if they have one owner: run is the same for them.
 */
CREATE FUNCTION gdpr_internal.delete_runs(people regclass) RETURNS TABLE (run bigint, step integer, relation regclass,
	owner oid, condition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH work AS (
		SELECT o.step, o.relation, c.relowner,
			   /* a row taken over need not have the key in it */
			   CASE WHEN o.relation = people THEN gdpr_internal.link_condition(o.relation, 0)
				   ELSE 't.gdpr_subject OPERATOR(pg_catalog.=) $2' END AS condition
		FROM gdpr_internal.erasure_order() o JOIN pg_class c ON c.oid = o.relation
		WHERE EXISTS (SELECT FROM gdpr.graph_link g WHERE g.relation = o.relation AND g.subject_table = people)
	), backward AS (
		SELECT parent.step AS first, child.step AS last
		FROM pg_constraint k JOIN work child ON child.relation = k.conrelid
			JOIN work parent ON parent.relation = k.confrelid
		WHERE k.contype = 'f' AND parent.step < child.step
	), begun AS (
		SELECT w.*, NOT EXISTS (SELECT FROM backward b WHERE b.first < w.step AND b.last >= w.step)
			   OR w.relowner IS DISTINCT FROM lag(w.relowner) OVER (ORDER BY w.step) AS begins
		FROM work w
	)
	SELECT count(*) FILTER (WHERE b.begins) OVER (ORDER BY b.step), b.step, b.relation, b.relowner, b.condition
		FROM begun b
$$;
COMMENT ON FUNCTION gdpr_internal.delete_runs(regclass) IS
'internal: tables in the order in which a person''s rows are deleted, with what of them is the person''s';

CREATE FUNCTION gdpr_internal.delete_steps(people regclass) RETURNS gdpr.erasure_step[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(('delete', d.relations, 'owner', NULL, d.statement, NULL, NULL)::gdpr.erasure_step
		ORDER BY d.run), '{}')
	FROM (
		SELECT r.run, array_agg(r.relation ORDER BY r.step) AS relations,
			CASE count(*) WHEN 1 THEN min(format('DELETE FROM %s t WHERE %s', r.relation, r.condition))
				ELSE 'WITH ' || string_agg(format('d%s AS (DELETE FROM %s t WHERE %s RETURNING 1)', r.step, r.relation,
						r.condition), ', ' ORDER BY r.step)
					|| ' SELECT ' || string_agg(format('(SELECT count(*) FROM d%s)', r.step), ', ' ORDER BY r.step)
			END AS statement
		FROM gdpr_internal.delete_runs(people) r
		GROUP BY r.run) d
$$;
COMMENT ON FUNCTION gdpr_internal.delete_steps(regclass) IS
'internal: the steps that delete every row that is still a person''s; a statement of several tables answers its counts';

/* Where a trigger that runs before, or a rule, may keep a row from being deleted: in the table or a part of it. */
CREATE FUNCTION gdpr_internal.may_keep_rows(relation regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE part (oid) AS (SELECT relation::oid UNION SELECT i.inhrelid FROM part p
		JOIN pg_inherits i ON i.inhparent = p.oid)
	-- row, before, delete
	SELECT EXISTS (SELECT FROM part p JOIN pg_trigger t ON t.tgrelid = p.oid WHERE NOT t.tgisinternal
		AND t.tgname <> '~gdpr_bind' AND t.tgtype & 11 = 11)
		OR EXISTS (SELECT FROM part p JOIN pg_rewrite r ON r.ev_class = p.oid WHERE r.ev_type = '4')
$$;
COMMENT ON FUNCTION gdpr_internal.may_keep_rows(regclass) IS
'internal: has a table triggers or rules that may keep rows from being deleted?';

CREATE FUNCTION gdpr_internal.kept_statement(people regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'SELECT to_jsonb(array_remove(ARRAY['
		|| string_agg(format('CASE WHEN EXISTS (SELECT FROM %s t WHERE t.gdpr_subject OPERATOR(pg_catalog.=) $2) '
		'THEN %L END',
																	   r.relation, r.relation), ', ' ORDER BY r.step)
																		   || '], NULL))'
	FROM gdpr_internal.delete_runs(people) r WHERE gdpr_internal.may_keep_rows(r.relation)
$$;
COMMENT ON FUNCTION gdpr_internal.kept_statement(regclass) IS
'internal: the statement that names the tables which kept rows that were to be deleted; NULL when none may';

/* ---- the whole ---- */

CREATE FUNCTION gdpr_internal.make_erasure_plan(people regclass) RETURNS gdpr_internal.erasure_plan
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plan gdpr_internal.erasure_plan;
BEGIN
	plan.key_parts := (SELECT cardinality(t.key_columns) FROM gdpr.subject_table t WHERE t.relation = people);
	plan.unreached := gdpr_internal.unreached();
	plan.lock := gdpr_internal.lock_person(people, false);
	plan.suppress := gdpr_internal.lock_person(people, true);
	plan.keeps := EXISTS (SELECT FROM gdpr.graph_link g WHERE g.subject_table = people AND g.binds
		AND (g.on_erase = 'keep' OR gdpr_internal.kept_condition(g.relation) IS NOT NULL));
	plan.settle := gdpr_internal.settle_steps(people);
	plan.delete := gdpr_internal.delete_steps(people);
	plan.kept := gdpr_internal.kept_statement(people);
	plan.traces := (SELECT 'SELECT to_jsonb(' || coalesce(string_agg(format('EXISTS (SELECT FROM %s t WHERE %s)',
		k.kept_in, k.condition), ' OR '), 'false') || ')' FROM gdpr_internal.kept_conditions('$2') k);
	plan.forget := ARRAY(SELECT f.statement FROM gdpr_internal.forget_statements('ARRAY[$2]', false) f);
	plan.refresh := ARRAY(SELECT r.relation::text FROM gdpr_internal.pii_relations() r WHERE r.kind = 'm');
	RETURN plan;
END $$;
COMMENT ON FUNCTION gdpr_internal.make_erasure_plan(regclass) IS 'internal: how the people of a table are erased';

CREATE FUNCTION gdpr_internal.remembered_erasure_plan(people regclass) RETURNS gdpr_internal.erasure_plan
	AS 'MODULE_PATHNAME', 'gdpr_remembered_plan' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.remembered_erasure_plan(regclass) IS
'internal: make_erasure_plan, remembered until a table changes';

/* What holds keep differs from day to day, and is not remembered. */
CREATE FUNCTION gdpr_internal.erasure_plan(people regclass) RETURNS gdpr_internal.erasure_plan
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM gdpr.row_hold h WHERE h.ended_at IS NULL) THEN
		RETURN gdpr_internal.make_erasure_plan(people);
	END IF;
	RETURN gdpr_internal.remembered_erasure_plan(people);
END $$;
COMMENT ON FUNCTION gdpr_internal.erasure_plan(regclass) IS 'internal: how the people of a table are erased now';

CREATE FUNCTION gdpr.erasure_plan(subject bigint, OUT step integer, OUT action text, OUT relations regclass[],
	OUT role text, OUT ground text, OUT statement text, OUT change text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plan gdpr_internal.erasure_plan;
BEGIN
	plan := (SELECT gdpr_internal.erasure_plan(s.relation) FROM gdpr.subject s
		WHERE s.number = erasure_plan.subject AND s.relation IS NOT NULL AND s.wrapped_key IS NOT NULL);
	IF plan IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such person',
			HINT = 'A person is a number of gdpr.subject whose key is not destroyed.';
	END IF;
	RETURN QUERY
		SELECT (row_number() OVER (ORDER BY w.part, w.n))::integer, w.action, w.relations, w.role, w.ground,
			w.statement, w.change
		FROM (
			SELECT 1 AS part, 1::bigint AS n, 'lock and suppress' AS action, ARRAY[s.relation] AS relations,
				'owner' AS role, NULL::text AS ground, plan.suppress AS statement, NULL::text AS change
			FROM gdpr.subject s WHERE s.number = erasure_plan.subject AND plan.suppress IS NOT NULL
			UNION ALL
			SELECT 2, e.n, e.action, e.relations, e.role, e.ground, e.statement, e.change
			FROM unnest(plan.settle) WITH ORDINALITY e (action, relations, role, ground, statement, change, stuck, n)
			UNION ALL
			SELECT 3, e.n, e.action, e.relations, e.role, e.ground, e.statement, e.change
			FROM unnest(plan.delete) WITH ORDINALITY e (action, relations, role, ground, statement, change, stuck, n)
			UNION ALL
			SELECT 4, f.n, 'forget', NULL, NULL, NULL, f.statement, NULL
			FROM unnest(plan.forget) WITH ORDINALITY f (statement, n)
			UNION ALL
			SELECT 5, 1, 'destroy the key', NULL, NULL, NULL, NULL, NULL) w;
END $$;
COMMENT ON FUNCTION gdpr.erasure_plan(bigint) IS
'The steps by which gdpr.erase_subject() would erase a subject, by number, in their order; nothing is changed. action: '
	'lock and suppress, hold, take over (the row becomes this person''s alone, and goes with what is), blank, keep, '
	'hand over, anonymise, delete, forget (what our own tables keep) and destroy the key. statement does a step, or '
	'finds the rows that change settles; $1 is the key, $2 the subject, $3 the rows (Art. 17). gdpr.impact() counts '
	'them. Errors: 02000 no such person.';

CREATE FUNCTION gdpr_internal.graph_changed() RETURNS trigger AS 'MODULE_PATHNAME', 'gdpr_graph_changed' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.graph_changed() IS
'internal: tells every backend at commit to forget how people are erased';
DO $$
DECLARE
	changed text;
BEGIN
	FOREACH changed IN ARRAY ARRAY['protected_table', 'owner_step', 'subject_table', 'subject_link',
		'subject_link_step']
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER graph_changed AFTER INSERT OR UPDATE OR DELETE OR '
			'TRUNCATE ON gdpr.%I '
			'FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.graph_changed()', changed);
		EXECUTE pg_catalog.format('ALTER TABLE gdpr.%I ENABLE ALWAYS TRIGGER graph_changed', changed);
	END LOOP;
END $$;
