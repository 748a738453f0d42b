/*
 * owner.sql: which tables are protected, and how a row of each leads to the person it is about.
 *
 * A subject table holds the people themselves. Any other table has an owner path: step 1 are columns of the table
 * itself, step n columns of the table that step n - 1 refers to; the last step refers to the subject table.
 */
CREATE TABLE gdpr.protected_table
(
	relation		regclass PRIMARY KEY,
	subject_table	regclass NOT NULL,
	protected_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	protected_by	name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.protected_table',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.protected_table IS 'tables under protection, and the table of the people their rows are about';

CREATE TABLE gdpr.owner_step
(
	relation	regclass NOT NULL,
	step		integer NOT NULL,
	on_table	regclass NOT NULL,
	columns		name[] NOT NULL,
	PRIMARY KEY (relation, step)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.owner_step',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.owner_step IS 'the owner path of a protected table, step by step through foreign keys';

CREATE TABLE gdpr.protected_column
(
	relation		regclass NOT NULL,
	column_name		name NOT NULL,
	class			text NOT NULL,
	original_type	text,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.protected_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.protected_column IS 'PII columns of protected tables; original_type is what unprotect() goes back to';

CREATE TABLE gdpr.quarantine
(
	relation	regclass NOT NULL,
	row_key		text NOT NULL,
	column_name	name NOT NULL,
	class		text NOT NULL,
	value		gdpr.pii_text NOT NULL CHECK (gdpr.is_bound(value)),
	since		timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (relation, row_key, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.quarantine',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
CREATE INDEX quarantine_subject ON gdpr.quarantine (gdpr.subject_of(value));
COMMENT ON TABLE gdpr.quarantine IS 'values that were not of their column''s class when it was protected, sealed for their person';

/* The foreign key of a table over just these columns, in any order. */
CREATE FUNCTION gdpr.foreign_key(relation regclass, columns name[]) RETURNS pg_catalog.pg_constraint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c FROM pg_constraint c
	WHERE c.conrelid = relation AND c.contype = 'f' AND c.conparentid = 0
	  AND (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute a
		   WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey))
		= (SELECT array_agg(n ORDER BY n) FROM unnest(columns) n)
	ORDER BY c.oid LIMIT 1
$$;
COMMENT ON FUNCTION gdpr.foreign_key(regclass, name[]) IS 'internal: the foreign key over these columns of a table';

/* A number of which another column says whose it is: taken for a person's it would give people what is not theirs. */
CREATE FUNCTION gdpr.refuse_polymorphic(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind name;
BEGIN
	SELECT a.attname INTO kind FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND lower(a.attname) IN (regexp_replace(lower(column_name), '_?id$', '') || '_type', regexp_replace(lower(column_name), '_?id$', '') || 'type')
	  AND a.attname <> column_name;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s cannot be followed: %I says which table it refers to', column_name, relation, kind),
			HINT = 'Give rows about people a column of their own with a foreign key, or a table of their own.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.refuse_polymorphic(regclass, name) IS 'internal: raises 55000 when a column without a foreign key is half of a pair (type, id)';

/* "order_id.customer_id" or "order_customer_fkey" (the constraint of a composite key) into steps. */
CREATE FUNCTION gdpr.owner_path(relation regclass, path text)
	RETURNS TABLE (step integer, on_table regclass, columns name[], refers_to regclass)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	segments text[] := parse_ident(path);
	key pg_constraint;
BEGIN
	on_table := relation;
	FOR n IN 1 .. cardinality(segments)
	LOOP
		step := n;
		columns := ARRAY[segments[step]]::name[];
		SELECT * INTO key FROM gdpr.foreign_key(on_table, columns) f WHERE f.oid IS NOT NULL;
		IF NOT FOUND THEN
			SELECT c.* INTO key FROM pg_constraint c
			WHERE c.conrelid = on_table AND c.contype = 'f' AND c.conname = segments[step];
			IF FOUND THEN
				columns := (SELECT array_agg(a.attname ORDER BY k.n)
							FROM unnest(key.conkey) WITH ORDINALITY k (attnum, n)
							JOIN pg_attribute a ON a.attrelid = on_table AND a.attnum = k.attnum);
			END IF;
		END IF;
		IF key.oid IS NOT NULL THEN
			refers_to := key.confrelid;
		ELSIF step = cardinality(segments) AND (SELECT count(*) FROM gdpr.subject_table) = 1 AND EXISTS (
				SELECT FROM pg_attribute a WHERE a.attrelid = on_table AND a.attname = segments[step]
				  AND a.attnum > 0 AND NOT a.attisdropped) THEN
			PERFORM gdpr.refuse_polymorphic(on_table, segments[step]);
			/* no foreign key, but only one table of people that it can mean */
			refers_to := (SELECT t.relation FROM gdpr.subject_table t);
		ELSE
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('owner path "%s": %I of table %s leads nowhere', path, segments[step], on_table),
				HINT = 'Each part names a column with a foreign key, or the foreign key constraint itself; the last one refers to a table declared with gdpr.declare_subject().';
		END IF;
		RETURN NEXT;
		on_table := refers_to;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.owner_path(regclass, text) IS 'internal: resolves an owner path; 55000 when it leads nowhere';

/*
 * The query that answers the subject's key from the columns of step 1 as $1, $2, ...: NULL when these columns hold
 * the key themselves. Foreign keys are looked up anew, so renames and re-created constraints do not matter.
 */
CREATE FUNCTION gdpr.owner_query(relation regclass, OUT query text, OUT columns name[], OUT parents oid[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := (SELECT p.subject_table FROM gdpr.protected_table p WHERE p.relation = owner_query.relation);
	key_columns name[] := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = target);
	last integer := (SELECT max(s.step) FROM gdpr.owner_step s WHERE s.relation = owner_query.relation);
	s gdpr.owner_step;
	key pg_constraint;
	mapped name[];
	joins text := '';
	result text;
BEGIN
	IF last IS NULL THEN
		RETURN;					/* a subject table: its key is in the row */
	END IF;
	FOR s IN SELECT * FROM gdpr.owner_step o WHERE o.relation = owner_query.relation ORDER BY o.step
	LOOP
		SELECT * INTO key FROM gdpr.foreign_key(s.on_table, s.columns) f WHERE f.oid IS NOT NULL;
		IF s.step = last THEN
			/* the columns that hold the subject's key, in the order of that key */
			mapped := s.columns;
			IF key.oid IS NOT NULL THEN
				mapped := (SELECT array_agg(a.attname ORDER BY array_position(key_columns, r.attname))
						   FROM unnest(key.conkey, key.confkey) k (here, there)
						   JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
						   JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there
						   WHERE r.attname = ANY (key_columns));
			END IF;
			IF cardinality(mapped) IS DISTINCT FROM cardinality(key_columns) THEN
				RAISE EXCEPTION USING ERRCODE = '55000',
					MESSAGE = format('the foreign key of %s does not hold the key of subject table %s', s.on_table, target),
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
			IF key.oid IS NULL THEN
				RAISE EXCEPTION USING ERRCODE = '55000',
					MESSAGE = format('the foreign key (%s) of table %s, on the owner path of %s, is gone',
									 array_to_string(s.columns, ', '), s.on_table, relation),
					HINT = 'Create it again, or unprotect and protect the table with another owner.';
			END IF;
			IF s.step = 1 THEN
				columns := (SELECT array_agg(a.attname ORDER BY k.n)
							FROM unnest(key.conkey) WITH ORDINALITY k (attnum, n)
							JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.attnum);
			END IF;
			parents := parents || key.confrelid;
			joins := joins || CASE WHEN s.step = 1 THEN format(' FROM %s t2', key.confrelid::regclass)
								   ELSE format(' JOIN %s t%s ON ', key.confrelid::regclass, s.step + 1) ||
									(SELECT string_agg(format('t%s.%I OPERATOR(pg_catalog.=) t%s.%I', s.step, a.attname, s.step + 1, r.attname), ' AND ')
									 FROM unnest(key.conkey, key.confkey) k (here, there)
									 JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
									 JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there) END;
			IF s.step = 1 THEN
				query := (SELECT string_agg(format('t2.%I OPERATOR(pg_catalog.=) $%s', r.attname, k.n), ' AND ' ORDER BY k.n)
						  FROM unnest(key.confkey) WITH ORDINALITY k (attnum, n)
						  JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.attnum);
			END IF;
		END IF;
	END LOOP;
	query := format('SELECT %s%s WHERE %s', result, joins, query);
END $$;
COMMENT ON FUNCTION gdpr.owner_query(regclass) IS 'internal: how a row of a protected table finds its subject''s key';

/* What the binding trigger of a table, or of a partition or child of a protected one, has to know. */
CREATE FUNCTION gdpr.binding(relation regclass, OUT subject_table regclass, OUT is_subject_table boolean,
							 OUT columns name[], OUT owner_query text, OUT parents oid[], OUT followed boolean)
	RETURNS SETOF record
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor (oid, distance) AS (
		SELECT binding.relation::oid, 0
		UNION ALL
		SELECT i.inhparent, a.distance + 1 FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
	)
	SELECT p.subject_table, p.subject_table = p.relation, coalesce(q.columns, t.key_columns), q.query, q.parents,
		   EXISTS (SELECT FROM gdpr.owner_step s CROSS JOIN gdpr.foreign_key(s.on_table, s.columns) k
				   WHERE k.confrelid IN (SELECT f.oid FROM ancestor f))
	FROM ancestor a
	JOIN gdpr.protected_table p ON p.relation = a.oid
	JOIN gdpr.subject_table t ON t.relation = p.subject_table
	CROSS JOIN gdpr.owner_query(p.relation) q
	ORDER BY a.distance LIMIT 1
$$;
COMMENT ON FUNCTION gdpr.binding(regclass) IS 'internal: what the binding trigger knows of a table; no row when it is not protected';

/* A row that other protected rows find their person through does not change hands under them. */
CREATE FUNCTION gdpr.require_no_followers(relation regclass, moving anyelement) RETURNS void
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
			   (SELECT string_agg(format('f.%I = ($1).%I', h.attname, t.attname), ' AND ')
				FROM unnest(k.conkey, k.confkey) c (here, there)
				JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = c.here
				JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = c.there) AS condition
		FROM gdpr.owner_step s
		CROSS JOIN gdpr.foreign_key(s.on_table, s.columns) k
		JOIN ancestor a ON a.oid = k.confrelid
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s f WHERE %s)', follower.on_table, follower.condition) INTO found USING moving;
		IF found THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('a row of table %s cannot change hands: rows of table %s find their person through it', relation, follower.relation),
				HINT = 'Insert a row for the other person, and let those rows refer to it.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.require_no_followers(regclass, anyelement) IS
'internal: raises 55000 when rows of other tables find their person through this row';

/*
 * The type below all domains, as a cast names it: a domain's checks are functions of somebody else, not to be run with
 * the rights of the extension. Modifier -1, for "character" alone would mean one character.
 */
CREATE FUNCTION gdpr.base_type(type oid) RETURNS text AS 'MODULE_PATHNAME', 'gdpr_base_type' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.base_type(oid) IS 'internal: the type below all domains, for a cast';

/* A single key is compared in its own type, so that its index serves; a domain's checks are not for us to run. */
CREATE FUNCTION gdpr.row_query(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT EXISTS (SELECT FROM %s WHERE %s)', relation,
		CASE WHEN cardinality(b.columns) = 1
			 THEN format('%I OPERATOR(pg_catalog.=) CAST($1 AS %s)', a.attname, gdpr.base_type(a.atttypid))
			 ELSE format('ROW(%s)::pg_catalog.text OPERATOR(pg_catalog.=) $1', (SELECT string_agg(format('%I', c), ', ') FROM unnest(b.columns) c)) END)
	FROM gdpr.binding(relation) b
	JOIN pg_attribute a ON a.attrelid = relation AND a.attname = b.columns[1]
$$;
COMMENT ON FUNCTION gdpr.row_query(regclass) IS 'internal: the query that asks whether a subject table has a row with the key $1';

CREATE FUNCTION gdpr.relation_changed(relation regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_relation_changed' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr.relation_changed(regclass) IS 'internal: every backend looks up anew, at commit, what it knows of a table';

CREATE FUNCTION gdpr.row_subject(relation regclass, VARIADIC "any") RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_row_subject' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr.row_subject(regclass, "any") IS
'internal: the subject of a row that protect() converts, by the columns of gdpr.binding(); created when new; NULL when a column is NULL or leads to nobody';
