/*
 * graph.sql: the graph of tables around a person: the rows of one subject, the order of work, what is not reachable.
 *
 * Conditions are SQL over the alias t of a table, with $1 the values of the subject's key (text[]) and $2 its number.
 */

/* The parts of a key: "42" is one, "(a,""b c"")" is the text of a row. */
CREATE FUNCTION gdpr_internal.key_values(key text, parts integer) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF parts = 1 THEN
		RETURN ARRAY[key];
	END IF;
	RETURN ARRAY(
		SELECT CASE WHEN m[1] IS NULL THEN m[2] ELSE regexp_replace(m[1], '(["\\])(["\\])', '\2', 'g') END
		FROM regexp_matches(substr(key, 2, length(key) - 2), '(?:"((?:[^"\\]|\\.|"")*)"|([^,"]+))(?:,|$)', 'g') m);
END $$;
COMMENT ON FUNCTION gdpr_internal.key_values(text, integer) IS 'internal: the values of a subject''s key';

/* column = its part of the key, in the column's own type, so that an index serves */
CREATE FUNCTION gdpr_internal.key_condition(relation regclass, columns name[], alias text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('%s.%I OPERATOR(pg_catalog.=) CAST(($1)[%s] AS %s)', alias, c, n,
							 gdpr_internal.base_type(a.atttypid)), ' AND ' ORDER BY n)
	FROM unnest(columns) WITH ORDINALITY k (c, n)
	JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c
	JOIN pg_type t ON t.oid = a.atttypid
$$;
COMMENT ON FUNCTION gdpr_internal.key_condition(regclass, name[], text) IS
'internal: the condition that columns hold the key in $1';

CREATE FUNCTION gdpr_internal.key_text(columns name[], alias text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE cardinality(columns) WHEN 1 THEN format('CAST(%s.%I AS pg_catalog.text)', alias, columns[1])
		ELSE format('CAST(ROW(%s) AS pg_catalog.text)', (SELECT string_agg(format('%s.%I', alias, c), ', ' ORDER BY n)
														 FROM unnest(columns) WITH ORDINALITY k (c, n))) END
$$;
COMMENT ON FUNCTION gdpr_internal.key_text(name[], text) IS 'internal: the expression that is a subject''s key as text';

CREATE FUNCTION gdpr_internal.join_condition(here text, columns name[], there text, next_columns name[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('%s.%I OPERATOR(pg_catalog.=) %s.%I', there, n, here, c), ' AND ')
	FROM unnest(columns, next_columns) k (c, n)
$$;
COMMENT ON FUNCTION gdpr_internal.join_condition(text, name[], text, name[]) IS
'internal: rows of a step and of the next belong together';

/* Rows that are bound to the subject. In a subject table its index is that of the key. */
CREATE FUNCTION gdpr_internal.owned_condition(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 't.gdpr_subject OPERATOR(pg_catalog.=) $2' || coalesce(' AND ' || gdpr_internal.key_condition(relation,
		(SELECT t.key_columns FROM gdpr.subject_table t JOIN gdpr.protected_table p ON p.relation = t.relation
		 WHERE t.relation = owned_condition.relation AND p.subject_table = p.relation), 't'), '')
$$;
COMMENT ON FUNCTION gdpr_internal.owned_condition(regclass) IS
'internal: the condition that a row is bound to the subject ($1, $2)';

/*
 * Of the rows bound to people of one table each link that binds has those of its type, and the first also those of a
 * type that became none of theirs: together they have every row, and none twice.
 */
CREATE FUNCTION gdpr_internal.bound_condition(relation regclass, number integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH way AS (
		SELECT g.number, gdpr_internal.type_condition('t', g.relation, s.type_column, s.type_value) AS condition
		FROM gdpr.graph_link g LEFT JOIN gdpr.binding_step s ON s.relation = g.relation AND s.number = g.number
			AND s.step = 1
		WHERE g.relation = bound_condition.relation AND g.binds
		  AND g.subject_table = (SELECT l.subject_table FROM gdpr.graph_link l WHERE l.relation = g.relation
			  AND l.number = bound_condition.number)
	)
	SELECT gdpr_internal.owned_condition(relation) || CASE
		WHEN bound_condition.number > (SELECT min(w.number) FROM way w) THEN (SELECT ' AND ' || w.condition FROM way w
			WHERE w.number = bound_condition.number)
		ELSE coalesce((SELECT ' AND (' || string_agg(w.condition, ' OR ' ORDER BY w.number) || ') IS NOT TRUE'
			FROM way w WHERE w.number > bound_condition.number), '') END
$$;
COMMENT ON FUNCTION gdpr_internal.bound_condition(regclass, integer) IS
'internal: the condition that a row is bound to the subject ($1, $2) by a link';

/* Where the steps of a link end in key columns that the row before already holds, the subject table is not read. */
CREATE FUNCTION gdpr_internal.link_condition(relation regclass, number integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys name[];
	s gdpr.subject_link_step;
	here text;
	there text;
	types text;
	condition text;
BEGIN
	IF EXISTS (SELECT FROM gdpr.graph_link g WHERE g.relation = link_condition.relation
		AND g.number = link_condition.number AND g.binds) THEN
		RETURN gdpr_internal.bound_condition(relation, number);
	END IF;
	FOR s IN SELECT * FROM gdpr.subject_link_step l WHERE l.relation = link_condition.relation
		AND l.number = link_condition.number
			 ORDER BY l.step DESC
	LOOP
		here := CASE s.step WHEN 1 THEN 't' ELSE 'l' || s.step END;
		there := 'l' || (s.step + 1);
		types := coalesce(gdpr_internal.step_type(s, here, there) || ' AND ', '');
		IF condition IS NULL THEN
			keys := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = s.next_table);
			IF keys <@ s.next_columns AND s.next_type_column IS NULL THEN
				condition := types || gdpr_internal.key_condition(s.on_table,
					(SELECT array_agg(s.columns[array_position(s.next_columns, k)] ORDER BY n)
						FROM unnest(keys) WITH ORDINALITY o (k, n)), here);
				CONTINUE;
			END IF;
			condition := gdpr_internal.key_condition(s.next_table, keys, there);
		END IF;
		condition := format('EXISTS (SELECT FROM %s %s WHERE %s%s AND %s)', s.next_table, there, types,
							CASE WHEN types = '' THEN gdpr_internal.join_condition(here, s.columns, there,
								s.next_columns)
								 ELSE gdpr_internal.pair_join(there, s.next_table, s.next_columns, here, s.on_table,
									 s.columns) END, condition);
	END LOOP;
	RETURN condition;
END $$;
COMMENT ON FUNCTION gdpr_internal.link_condition(regclass, integer) IS
'internal: the condition that a row is linked to the subject ($1, $2)';

CREATE FUNCTION gdpr_internal.step_type(step gdpr.subject_link_step, here text, there text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN step.type_column IS NOT NULL THEN gdpr_internal.type_condition(here, step.on_table,
		step.type_column, step.type_value)
				WHEN step.next_type_column IS NOT NULL THEN gdpr_internal.type_condition(there, step.next_table,
					step.next_type_column, step.type_value) END
$$;
COMMENT ON FUNCTION gdpr_internal.step_type(gdpr.subject_link_step, text, text) IS
'internal: the condition of a step through a pair on its type; NULL for any other step';

/* The subject, other than $2 and not erased, that the link leads to from a row; of several the first. */
CREATE FUNCTION gdpr_internal.link_other_owner(relation regclass, number integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass;
	keys name[];
	s gdpr.subject_link_step;
	here text := 't';
	found text := '';
	conditions text := '';
	key_expression text;
BEGIN
	FOR s IN SELECT * FROM gdpr.subject_link_step l WHERE l.relation = link_other_owner.relation
		AND l.number = link_other_owner.number
			 ORDER BY l.step
	LOOP
		target := s.next_table;
		keys := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = target);
		IF keys <@ s.next_columns THEN
			key_expression := gdpr_internal.key_text((SELECT array_agg(s.columns[array_position(s.next_columns, k)]
				ORDER BY n)
											 FROM unnest(keys) WITH ORDINALITY o (k, n)), here);
		ELSE
			key_expression := gdpr_internal.key_text(keys, 'l' || (s.step + 1));
		END IF;
		conditions := conditions || coalesce(' AND ' || gdpr_internal.step_type(s, here, 'l' || (s.step + 1)), '');
		/* a last step that needs no more than the row before is left out of the joins */
		IF NOT coalesce(keys <@ s.next_columns, false) OR s.next_type_column IS NOT NULL
		   OR EXISTS (SELECT FROM gdpr.subject_link_step l WHERE l.relation = s.relation AND l.number = s.number
			   AND l.step > s.step) THEN
			found := found || format(', %s l%s', s.next_table, s.step + 1);
			conditions := conditions || ' AND ' || CASE WHEN s.type_value IS NULL
				THEN gdpr_internal.join_condition(here, s.columns, 'l' || (s.step + 1), s.next_columns)
				ELSE gdpr_internal.pair_join(here, s.on_table, s.columns, 'l' || (s.step + 1), s.next_table,
					s.next_columns) END;
		END IF;
		here := 'l' || (s.step + 1);
	END LOOP;
	RETURN format('(SELECT pg_catalog.min(s.number) FROM gdpr.subject s%s WHERE s.relation OPERATOR(pg_catalog.=) '
		'%L::pg_catalog.regclass '
				  'AND s.key OPERATOR(pg_catalog.=) gdpr_internal.canonical_key(s.relation, %s) AND s.wrapped_key IS '
					  'NOT NULL AND s.number '
					  'OPERATOR(pg_catalog.<>) $2%s)',
				  found, target::oid, key_expression, conditions);
END $$;
COMMENT ON FUNCTION gdpr_internal.link_other_owner(regclass, integer) IS
'internal: an expression: another living person that a link leads to';

/*
 * Another living owner of a row by any of its links but one; NULL::bigint when no other link is an owner''s. A person
 * that a row is bound to is looked up by number, by whichever link that was.
 */
CREATE FUNCTION gdpr_internal.other_owner(relation regclass, not_by integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce('coalesce(' || string_agg(CASE g.number
			WHEN 0 THEN '(SELECT s.number FROM gdpr.subject s WHERE s.number OPERATOR(pg_catalog.=) t.gdpr_subject '
						'AND s.number OPERATOR(pg_catalog.<>) $2 AND s.wrapped_key IS NOT NULL)'
			ELSE gdpr_internal.link_other_owner(g.relation, g.number) END, ', ' ORDER BY g.number) || ')',
				'NULL::pg_catalog.int8')
	FROM gdpr.graph_link g
	WHERE g.relation = other_owner.relation AND g.role = 'owner'
	  AND (g.number = 0 OR NOT g.binds)
	  AND (g.number <> not_by
		   /* rows that point here can point at several people */
		   OR EXISTS (SELECT FROM gdpr.subject_link_step s
					  WHERE s.relation = g.relation AND s.number = g.number AND gdpr_internal.points_here(s)))
$$;
COMMENT ON FUNCTION gdpr_internal.other_owner(regclass, integer) IS
'internal: an expression: another living owner of the row, than by this link';

/* Children before the tables they refer to; in a cycle the order is free, for all is one statement. */
CREATE FUNCTION gdpr_internal.erasure_order() RETURNS TABLE (step integer, relation regclass)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	remaining oid[] := ARRAY(SELECT p.relation::oid FROM gdpr.protected_table p ORDER BY p.relation::text);
	children oid[];
	parents oid[];
	next oid;
BEGIN
	SELECT array_agg(c.conrelid), array_agg(c.confrelid) INTO children, parents FROM pg_constraint c
	WHERE c.contype = 'f' AND c.conrelid = ANY (remaining) AND c.confrelid = ANY (remaining)
		AND c.conrelid <> c.confrelid;
	step := 0;
	WHILE cardinality(remaining) > 0
	LOOP
		SELECT r INTO next FROM unnest(remaining) WITH ORDINALITY u (r, n)
		ORDER BY coalesce(r = ANY (parents), false), n LIMIT 1;
		step := step + 1;
		relation := next;
		RETURN NEXT;
		remaining := array_remove(remaining, next);
		SELECT array_agg(e.child), array_agg(e.parent) INTO children, parents
		FROM unnest(children, parents) e (child, parent) WHERE e.child <> next;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.erasure_order() IS 'internal: protected tables, children first';

/* ---- what is not as it should be ---- */

/*
 * Where sealed values lie: every relation with such a column, and the protected table it is or belongs to. Columns are
 * found by what depends on their type, so that a database with very many others is not read through.
 */
CREATE FUNCTION gdpr_internal.pii_relations(OUT relation regclass, OUT kind "char", OUT columns name[],
	OUT protected_as regclass)
	RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE pii_type (oid) AS (
		SELECT t.oid FROM pg_type t WHERE t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%'
		UNION
		SELECT t.oid
		FROM pii_type p
		JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = p.oid
			AND d.classid = 'pg_type'::regclass
		JOIN pg_type t ON t.oid = d.objid AND t.typtype = 'd'
	)
	SELECT c.oid::regclass, c.relkind, gdpr_internal.pii_columns(c.oid),
		   (WITH RECURSIVE up (oid) AS (SELECT c.oid UNION SELECT i.inhparent FROM up u
			   JOIN pg_inherits i ON i.inhrelid = u.oid)
			SELECT p.relation FROM up u JOIN gdpr.protected_table p ON p.relation = u.oid LIMIT 1)
	FROM pg_class c
	WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' AND c.relnamespace <> 'gdpr'::regnamespace
	  AND c.oid IN (SELECT d.objid FROM pii_type p JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass
		  AND d.refobjid = p.oid
					WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0)
$$;
COMMENT ON FUNCTION gdpr_internal.pii_relations() IS
'internal: tables, materialised views and foreign tables with sealed columns';

/*
 * Any role may create a table with a sealed column, and lock it: no one's rights wait for that. Partitions are looked
 * at one by one, and what is in a foreign table is not ours to ask.
 */
CREATE FUNCTION gdpr_internal.unreached() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('relation', r.relation::oid, 'foreign', r.kind = 'f', 'person',
			(SELECT string_agg(format('gdpr.subject_of(t.%I) = $1', c), ' OR ') FROM unnest(r.columns) c)
			/* CREATE TABLE AS of a protected table */
			|| (SELECT coalesce(min(' OR t.gdpr_subject = $1'), '') FROM pg_attribute a WHERE a.attrelid = r.relation
				AND a.attname = 'gdpr_subject' AND a.atttypid = 'int8'::regtype AND a.attgenerated = ''))
		ORDER BY r.relation::text COLLATE "C"), '[]')
	FROM gdpr_internal.pii_relations() r WHERE r.protected_as IS NULL AND r.kind IN ('r', 'f')
$$;
COMMENT ON FUNCTION gdpr_internal.unreached() IS
'internal: tables with sealed columns that no path reaches, and what makes a row of them a person''s ($1)';

CREATE FUNCTION gdpr_internal.some_row(relation regclass, condition text, person bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found boolean;
BEGIN
	EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE NOWAIT', relation);
	EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s t WHERE %s)', relation, condition) INTO found USING person;
	RETURN found;
EXCEPTION WHEN lock_not_available OR undefined_table THEN
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.some_row(regclass, text, bigint) IS
'internal: is there a row such that ($1 is the person)? NULL when the table is locked or gone';

CREATE FUNCTION gdpr.graph_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g record;
	unowned bigint;
BEGIN
	RETURN QUERY SELECT 'error', 'table-not-protected', r.relation::text,
		CASE WHEN r.kind = 'r' AND NOT gdpr_internal.some_row(r.relation, 'true', NULL) THEN 'has columns for'
			ELSE 'holds' END || ' personal data that no path reaches',
		format('SELECT gdpr.protect(%L, ''{<purpose>}'', owner => ''<column that leads to the person>'');', r.relation)
	FROM gdpr_internal.pii_relations() r WHERE r.protected_as IS NULL AND r.kind IN ('r', 'p', 'f');

	FOR g IN SELECT p.relation FROM gdpr.protected_table p
	LOOP
		EXECUTE format('SELECT count(*) FROM %s t WHERE t.gdpr_subject IS NULL', g.relation) INTO unowned;
		IF unowned > 0 THEN
			RETURN NEXT ('warning', 'rows-without-person',
				g.relation::text, format('%s rows belong to no person', unowned),
				format('SELECT * FROM %s WHERE gdpr_subject IS NULL;', g.relation))::gdpr.finding;
		END IF;
	END LOOP;

	RETURN QUERY SELECT 'warning', 'index-missing', i.relation::text,
		format('is searched for (%s) without an index', array_to_string(i.columns, ', ')), i.command
	FROM gdpr.missing_indexes() i;
END $$;
COMMENT ON FUNCTION gdpr.graph_findings() IS
'What stands in the way of the rights: personal data that no path reaches, rows that belong to no person, missing '
	'indexes; each with the command that fixes it (Art. 15, 17, 25). Counts rows, so status() does not call it.';

CREATE FUNCTION gdpr_internal.not_reached(unreached jsonb, person bigint DEFAULT NULL) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place jsonb;
	relation regclass;
	named text[] := '{}';
BEGIN
	FOR place IN SELECT jsonb_array_elements(unreached)
	LOOP
		relation := (place ->> 'relation')::oid;
		IF NOT (place ->> 'foreign')::boolean AND person IS NOT NULL
			AND gdpr_internal.some_row(relation, place ->> 'person', person) THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG024',
				MESSAGE = format('personal data in table %s are not reachable from any person', relation),
				HINT = format('SELECT gdpr.protect(%L, ''{<purpose>}'', owner => ''<column that leads to the '
					'person>'');', relation);
		ELSIF (place ->> 'foreign')::boolean OR gdpr_internal.some_row(relation, 'true', NULL) IS NOT FALSE THEN
			named := named || relation::text;
		END IF;
	END LOOP;
	IF named <> '{}' THEN
		RAISE WARNING USING MESSAGE = format('no path leads from a person to the personal data in %s',
			array_to_string(named, ', ')),
			HINT = 'SELECT * FROM gdpr.graph_findings(); names the command for each.';
	END IF;
	RETURN named;
END $$;
COMMENT ON FUNCTION gdpr_internal.not_reached(jsonb, bigint) IS
'internal: which of the tables of unreached() have rows, with a warning; ZG024 when one holds values of the person';

/* ---- the map ---- */
CREATE FUNCTION gdpr.data_map(OUT relation regclass, OUT role text, OUT subject_table regclass, OUT path text,
	OUT pii_columns name[],
							  OUT columns name[], OUT hidden name[], OUT on_erase text, OUT ground text)
								  RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.relation, g.role, g.subject_table,
		CASE WHEN g.number > 0 THEN
			(SELECT string_agg(gdpr_internal.step_text(s.columns, s.type_column, s.type_value, s.next_table,
				s.next_type_column, s.next_columns, gdpr_internal.points_here(s)), '.' ORDER BY s.step)
			 FROM gdpr.subject_link_step s WHERE s.relation = g.relation AND s.number = g.number)
		ELSE (SELECT string_agg(gdpr_internal.step_text(s.columns, s.type_column, s.type_value, s.next_table, NULL,
			s.next_columns, false), '.' ORDER BY s.step)
			  FROM gdpr.owner_step s WHERE s.relation = g.relation) END,
		gdpr_internal.pii_columns(g.relation), g.columns, g.hidden, g.on_erase, g.ground
	FROM gdpr.graph_link g
	ORDER BY g.relation::text COLLATE "C", g.number
$$;
COMMENT ON FUNCTION gdpr.data_map() IS
'How every protected table leads to people, and what a copy hides and erasure does (Art. 30): a row per owner and '
	'accessor. path is NULL for a table of the people themselves.';

CREATE FUNCTION gdpr.data_map_json() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(m) || jsonb_build_object('relation', m.relation::text,
		'subject_table', m.subject_table::text))), '[]')
	FROM gdpr.data_map() m
$$;
COMMENT ON FUNCTION gdpr.data_map_json() IS 'gdpr.data_map() as JSON.';

CREATE FUNCTION gdpr.data_map_dot() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH edge AS (
		SELECT DISTINCT l.relation, l.role, CASE WHEN b.backward THEN s.next_table ELSE s.on_table END AS origin,
			   CASE WHEN b.backward THEN s.on_table ELSE s.next_table END AS target,
			   concat_ws(', ', coalesce(s.type_column, s.next_type_column) || ' = '
				   || gdpr_internal.type_text(s.type_value),
						 array_to_string(CASE WHEN b.backward THEN s.next_columns ELSE s.columns END, ',')) AS label
		FROM gdpr.subject_link l JOIN gdpr.subject_link_step s ON s.relation = l.relation AND s.number = l.number
		CROSS JOIN LATERAL (SELECT gdpr_internal.points_here(s)) b (backward)
		UNION
		SELECT s.relation, 'owner', s.on_table,
			   coalesce(s.next_table, (SELECT n.on_table FROM gdpr.owner_step n WHERE n.relation = s.relation
				   AND n.step = s.step + 1), p.subject_table),
			   concat_ws(', ', s.type_column || ' = ' || gdpr_internal.type_text(s.type_value),
				   array_to_string(s.columns, ','))
		FROM gdpr.owner_step s JOIN gdpr.protected_table p ON p.relation = s.relation
	), line AS (
		SELECT 1 AS part, format('  %s [shape=%s, label=%s];', gdpr_internal.dot_text(p.relation::text),
			CASE WHEN p.relation = p.subject_table THEN 'ellipse' ELSE 'box' END,
			gdpr_internal.dot_text(concat_ws(E'\n', p.relation::text,
				nullif(array_to_string(gdpr_internal.pii_columns(p.relation), ', '), '')))) AS text
		FROM gdpr.protected_table p
		UNION
		SELECT DISTINCT 2, format('  %s -> %s [label=%s%s];', gdpr_internal.dot_text(e.origin::text),
			gdpr_internal.dot_text(e.target::text), gdpr_internal.dot_text(e.label),
			CASE WHEN bool_and(e.role = 'accessor') THEN ', style=dashed' ELSE '' END)
		FROM edge e GROUP BY e.origin, e.target, e.label
	)
	SELECT E'digraph gdpr {\n' || coalesce(string_agg(l.text, E'\n' ORDER BY l.part, l.text COLLATE "C") || E'\n', '')
		|| E'}\n' FROM line l
$$;
COMMENT ON FUNCTION gdpr.data_map_dot() IS
'gdpr.data_map() as a Graphviz digraph: people are ellipses, an arrow leads from a table to what it refers to, dashed '
	'for accessors. dot -Tsvg draws it.';

CREATE FUNCTION gdpr_internal.dot_text(label text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT '"' || replace(replace(replace(label, '\', '\\'), '"', '\"'), E'\n', '\n') || '"'
$$;
COMMENT ON FUNCTION gdpr_internal.dot_text(text) IS 'internal: a quoted string of the Graphviz language';

CREATE FUNCTION gdpr.impact(subject_table gdpr.table_ref, subject_key text, OUT step integer, OUT relation regclass,
	OUT role text,
							OUT action text, OUT rows bigint, OUT shared bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	subject bigint := gdpr_internal.require_subject(subject_table, subject_key);
	keys text[] := gdpr_internal.key_values(subject_key, (SELECT cardinality(t.key_columns) FROM gdpr.subject_table t
		WHERE t.relation = impact.subject_table));
	g record;
BEGIN
	FOR g IN SELECT o.step, l.* FROM gdpr_internal.erasure_order() o JOIN gdpr.graph_link l ON l.relation = o.relation
			 WHERE l.subject_table = impact.subject_table ORDER BY o.step, l.number DESC
	LOOP
		step := g.step; relation := g.relation; role := g.role; action := g.on_erase;
		EXECUTE format('SELECT count(*), count(%s) FROM %s t WHERE %s',
					   gdpr_internal.other_owner(g.relation, CASE WHEN g.binds THEN 0 ELSE g.number END), g.relation,
						   gdpr_internal.link_condition(g.relation, g.number))
		INTO rows, shared USING keys, subject;
		CONTINUE WHEN rows = 0;
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.impact(gdpr.table_ref, text) IS
'What erasing a person would touch, in the order of work, and changes nothing: rows per table, the action on them, '
	'and how many of them live on with another owner (Art. 17, 30). Errors: 02000 no such person.';
