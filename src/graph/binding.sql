/*
 * binding.sql: how a row finds the person to which the binding trigger (bind.c) binds it.
 */

/* The columns of a step that refers to a subject table which hold the subject's key, in the order of that key. */
CREATE FUNCTION gdpr_internal.columns_of_key(step gdpr.binding_step, key pg_catalog.pg_constraint, key_columns name[])
	RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN step.type_column IS NOT NULL THEN
			(SELECT array_agg(step.columns[array_position(step.next_columns, k)] ORDER BY n)
			 FROM unnest(key_columns) WITH ORDINALITY u (k, n) WHERE k = ANY (step.next_columns))
		WHEN key.oid IS NOT NULL THEN
			(SELECT array_agg(a.attname ORDER BY array_position(key_columns, r.attname))
			 FROM unnest(key.conkey, key.confkey) k (here, there)
			 JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
			 JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there
			 WHERE r.attname = ANY (key_columns))
		ELSE step.columns END
$$;
COMMENT ON FUNCTION gdpr_internal.columns_of_key(gdpr.binding_step, pg_catalog.pg_constraint, name[]) IS
'internal: the columns of the last step of a path that hold the subject''s key';

/*
 * Where a step leads: the columns that refer, the table and its columns; nothing when its foreign key, or that table,
 * is gone.
 */
CREATE FUNCTION gdpr_internal.step_target(step gdpr.binding_step, key pg_catalog.pg_constraint, OUT columns name[],
	OUT next_table regclass, OUT next_columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF step.type_column IS NOT NULL THEN
		SELECT step.columns, c.oid, step.next_columns INTO columns, next_table, next_columns FROM pg_class c
			WHERE c.oid = step.next_table;
	ELSE
		SELECT array_agg(a.attname ORDER BY k.n), key.confrelid, array_agg(r.attname ORDER BY k.n) INTO columns,
			next_table, next_columns
		FROM unnest(key.conkey, key.confkey) WITH ORDINALITY k (here, there, n)
		JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
		JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there;
	END IF;
	IF next_table IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = CASE WHEN step.type_column IS NULL
				THEN format('the foreign key (%s) of table %s, on the owner path of %s, is gone',
					array_to_string(step.columns, ', '), step.on_table, step.relation)
				ELSE format('the table that (%s) of table %s refers to for type %L, on the owner path of %s, is gone',
							array_to_string(step.columns, ', '), step.on_table, step.type_value, step.relation) END,
			HINT = CASE WHEN step.type_column IS NULL
				THEN 'Create it again, or unprotect and protect the table with another owner.'
						ELSE 'Unprotect and protect the table with another owner.' END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.step_target(gdpr.binding_step, pg_catalog.pg_constraint) IS
'internal: where a step of an owner path leads; 55000 when that is gone';

/*
 * The query that answers the subject's key from the columns of step 1 as $1, $2, ...: NULL when these columns hold
 * the key themselves. Foreign keys are looked up again, so renames and re-created constraints do not matter. The type
 * of a pair in step 1 is for the caller, who has the row: the query is asked for rows of that type only. held: a
 * foreign key keeps the row from coming while what it refers to goes.
 */
CREATE FUNCTION gdpr_internal.owner_query(relation regclass, number integer DEFAULT 0, OUT query text,
	OUT columns name[], OUT parents oid[],
								 OUT type_column name, OUT type_value text, OUT held boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := (SELECT g.subject_table FROM gdpr.graph_link g WHERE g.relation = owner_query.relation
		AND g.number = owner_query.number);
	key_columns name[] := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = target);
	last integer := (SELECT max(s.step) FROM gdpr.binding_step s WHERE s.relation = owner_query.relation
		AND s.number = owner_query.number);
	s gdpr.binding_step;
	key pg_constraint;
	mapped name[];
	way record;
	joins text := '';
	conditions text := '';
	result text;
BEGIN
	IF last IS NULL THEN
		RETURN;					/* a subject table: its key is in the row */
	END IF;
	PERFORM gdpr_internal.check_types(relation);
	FOR s IN SELECT * FROM gdpr.binding_step o WHERE o.relation = owner_query.relation
		AND o.number = owner_query.number ORDER BY o.step
	LOOP
		key := NULL;
		IF s.type_column IS NULL THEN
			SELECT * INTO key FROM gdpr_internal.foreign_key(s.on_table, s.columns) f WHERE f.oid IS NOT NULL;
		END IF;
		IF s.step = 1 THEN
			type_column := s.type_column;
			type_value := s.type_value;
			held := key.oid IS NOT NULL;
		ELSIF s.type_column IS NOT NULL THEN
			conditions := conditions || ' AND ' || gdpr_internal.type_condition('t' || s.step, s.on_table,
				s.type_column, s.type_value);
		END IF;
		IF s.step = last THEN
			mapped := gdpr_internal.columns_of_key(s, key, key_columns);
			IF cardinality(mapped) IS DISTINCT FROM cardinality(key_columns) THEN
				RAISE EXCEPTION USING ERRCODE = '55000',
					MESSAGE = format(CASE WHEN s.type_column IS NULL
						THEN 'the foreign key of %s does not hold the key of subject table %s'
										  ELSE 'the pair of %s does not hold the key of subject table %s' END,
											  s.on_table, target),
					HINT = 'The last step of an owner path refers to the columns given to gdpr.declare_subject().';
			END IF;
			IF s.step = 1 THEN
				columns := mapped;
				RETURN;
			END IF;
			result := (SELECT string_agg(format('t%s.%I', s.step, c), ', ' ORDER BY n)
					   FROM unnest(mapped) WITH ORDINALITY m (c, n));
			result := CASE WHEN cardinality(mapped) = 1 THEN format('(%s)::pg_catalog.text', result)
						   ELSE format('ROW(%s)::pg_catalog.text', result) END;
		ELSE
			way := gdpr_internal.step_target(s, key);
			parents := parents || way.next_table::oid;
			IF s.step = 1 THEN
				columns := way.columns;
				joins := format(' FROM %s t2', way.next_table);
				query := (SELECT string_agg(format('t2.%I OPERATOR(pg_catalog.=) %s', there,
								CASE WHEN s.type_column IS NULL THEN '$' || n
									 ELSE gdpr_internal.as_key('$' || n, gdpr_internal.column_type(s.on_table, here),
										 gdpr_internal.column_type(way.next_table, there)) END), ' AND ' ORDER BY n)
						  FROM unnest(way.columns, way.next_columns) WITH ORDINALITY u (here, there, n));
			ELSE
				joins := joins || format(' JOIN %s t%s ON ', way.next_table, s.step + 1)
					|| gdpr_internal.pair_join('t' || s.step, s.on_table, way.columns, 't' || (s.step + 1),
						way.next_table, way.next_columns);
			END IF;
		END IF;
	END LOOP;
	query := format('SELECT %s%s WHERE %s%s', result, joins, query, conditions);
END $$;
COMMENT ON FUNCTION gdpr_internal.owner_query(regclass, integer) IS
'internal: how a row of a protected table finds its subject''s key, by the owner path or that of another type';

/* What the binding trigger of a table, or of a partition or child of a protected one, has to know. */
CREATE FUNCTION gdpr_internal.binding(relation regclass, OUT subject_table regclass, OUT is_subject_table boolean,
							 OUT columns name[], OUT owner_query text, OUT parents oid[], OUT followed boolean,
							 OUT type_column name, OUT type_value text, OUT held boolean)
	RETURNS SETOF record
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor (oid, distance) AS (
		SELECT binding.relation::oid, 0
		UNION ALL
		SELECT i.inhparent, a.distance + 1 FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
	), registered AS (
		SELECT p.relation FROM ancestor a JOIN gdpr.protected_table p ON p.relation = a.oid ORDER BY a.distance LIMIT 1
	)
	SELECT g.subject_table, g.subject_table = g.relation, coalesce(q.columns, t.key_columns), q.query,
		q.parents || g.subject_table::oid,
		   EXISTS (SELECT FROM gdpr.binding_step s LEFT JOIN LATERAL gdpr_internal.foreign_key(s.on_table, s.columns) k
			   ON s.type_column IS NULL
				   WHERE coalesce(k.confrelid, s.next_table) IN (SELECT f.oid FROM ancestor f)),
		   q.type_column, q.type_value, coalesce(q.held, true)
	FROM registered r
	JOIN gdpr.graph_link g ON g.relation = r.relation AND g.binds
	JOIN gdpr.subject_table t ON t.relation = g.subject_table
	CROSS JOIN gdpr_internal.owner_query(g.relation, g.number) q
	ORDER BY g.number
$$;
COMMENT ON FUNCTION gdpr_internal.binding(regclass) IS
'internal: what the binding trigger knows of a table: a row for its owner, or one for each type of its pair; none '
	'when it is not protected';

/* A row that other protected rows find their person through does not change hands under them. */
CREATE FUNCTION gdpr_internal.require_no_followers(relation regclass, moving anyelement) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	follower record;
	found boolean;
BEGIN
	FOR follower IN
		WITH RECURSIVE ancestor (oid) AS (
			SELECT require_no_followers.relation::oid
			UNION
			SELECT i.inhparent FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
		)
		SELECT s.relation, s.on_table,
			   CASE WHEN s.type_column IS NOT NULL THEN gdpr_internal.type_condition('f', s.on_table, s.type_column,
				   s.type_value) || ' AND '
						|| gdpr_internal.pair_join('($1)', s.next_table, s.next_columns, 'f', s.on_table, s.columns)
			   ELSE
			   (SELECT string_agg(format('f.%I = ($1).%I', h.attname, t.attname), ' AND ')
				FROM unnest(k.conkey, k.confkey) c (here, there)
				JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = c.here
				JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = c.there) END AS condition
		FROM gdpr.binding_step s
		LEFT JOIN LATERAL gdpr_internal.foreign_key(s.on_table, s.columns) k ON s.type_column IS NULL
		JOIN ancestor a ON a.oid = CASE WHEN s.type_column IS NULL THEN k.confrelid ELSE s.next_table END
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s f WHERE %s)', follower.on_table, follower.condition) INTO found
			USING moving;
		IF found THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('a row of table %s cannot change hands: rows of table %s find their person through '
					'it', relation, follower.relation),
				HINT = 'Insert a row for the other person, and let those rows refer to it.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_no_followers(regclass, anyelement) IS
'internal: raises 55000 when rows of other tables find their person through this row';

/* A single key is compared in its own type, so that its index serves; a domain's checks are not for us to run. */
CREATE FUNCTION gdpr_internal.row_query(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT EXISTS (SELECT FROM %s WHERE %s)', relation,
		CASE WHEN cardinality(b.columns) = 1
			 THEN format('%I OPERATOR(pg_catalog.=) CAST($1 AS %s)', a.attname, gdpr_internal.base_type(a.atttypid))
			 ELSE format('ROW(%s)::pg_catalog.text OPERATOR(pg_catalog.=) $1',
				 (SELECT string_agg(format('%I', c), ', ') FROM unnest(b.columns) c)) END)
	FROM gdpr_internal.binding(relation) b
	JOIN pg_attribute a ON a.attrelid = relation AND a.attname = b.columns[1]
$$;
COMMENT ON FUNCTION gdpr_internal.row_query(regclass) IS
'internal: the query that asks whether a subject table has a row with the key $1';

CREATE FUNCTION gdpr_internal.row_subject(relation regclass, VARIADIC "any") RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_row_subject' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.row_subject(regclass, "any") IS
'internal: the subject of a row that protect() converts, by the columns of gdpr_internal.binding_columns(); created '
	'when new; NULL when a column is NULL or leads to no person';
CREATE FUNCTION gdpr_internal.binding_columns(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(c ORDER BY w, n)
	FROM gdpr_internal.binding(relation) WITH ORDINALITY b (subject_table, is_subject_table, columns, owner_query,
		parents, followed, type_column, type_value, held, w)
	CROSS JOIN LATERAL unnest(b.type_column || b.columns) WITH ORDINALITY u (c, n)
	WHERE c IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr_internal.binding_columns(regclass) IS
'internal: the columns that say whose a row is: for each way to a person the type column of its pair, if it is one, '
	'and the others';
