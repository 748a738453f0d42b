/*
 * link.sql: who else a row is about, and what erasing a person does to it.
 *
 * The owner given to protect() is link 0 of a table. gdpr.link() adds further owners and accessors, each with a path
 * of its own, and sets for each what a copy hides and what erasure does. Ownership as in K9db (OSDI 2023): a row goes
 * with its last owner; an accessor merely took part.
 *
 * Where link 0 begins with a pair (type, id), a row of another type has no other first owner than that of its type: the
 * link for it binds (binds), as link 0 does rows of its own, and has the same choice of actions.
 */
CREATE TABLE gdpr.subject_link
(
	relation		regclass NOT NULL REFERENCES gdpr.protected_table (relation) ON DELETE CASCADE,
	number			integer NOT NULL CHECK (number >= 0),
	role			text NOT NULL CHECK (role IN ('owner', 'accessor')),
	subject_table	regclass NOT NULL,
	columns			name[] NOT NULL,
	hidden			name[] NOT NULL,
	on_erase		text NOT NULL CHECK (on_erase IN ('delete', 'anonymise', 'blank', 'keep')),
	ground			text,
	binds			boolean NOT NULL DEFAULT false,
	PRIMARY KEY (relation, number),
	CHECK ((on_erase = 'keep') = (ground IS NOT NULL)),
	CHECK (number > 0 OR role = 'owner'),
	CHECK (NOT binds OR role = 'owner')
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_link',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.subject_link', 'relation', 'delete', names => '{columns,hidden}');
SELECT gdpr_internal.keeps_relation('gdpr.subject_link', 'subject_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again');
COMMENT ON TABLE gdpr.subject_link IS
'further owners and accessors of a table''s rows (number > 0), and the options of the owner given to protect() '
	'(number 0): columns that are that person''s, columns a copy hides, what erasure does and on what ground it '
	'keeps; binds: rows of this link''s type are bound to its person';

CREATE TABLE gdpr.subject_link_step
(
	relation		regclass NOT NULL,
	number			integer NOT NULL,
	step			integer NOT NULL,
	on_table		regclass NOT NULL,
	columns			name[] NOT NULL,
	next_table		regclass NOT NULL,
	next_columns	name[] NOT NULL,
	type_column		name,
	next_type_column name,
	type_value		text,
	PRIMARY KEY (relation, number, step),
	CHECK (pg_catalog.num_nonnulls(type_column, next_type_column) = pg_catalog.num_nonnulls(type_value)),
	FOREIGN KEY (relation, number) REFERENCES gdpr.subject_link (relation, number) ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_link_step',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.subject_link_step', 'relation', 'delete');
SELECT gdpr_internal.keeps_relation('gdpr.subject_link_step', 'on_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again', names => '{columns,type_column}',
	names_do => 'refuse');
SELECT gdpr_internal.keeps_relation('gdpr.subject_link_step', 'next_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again',
	names => '{next_columns,next_type_column}', names_do => 'refuse');
COMMENT ON TABLE gdpr.subject_link_step IS
'the path of a link: rows of on_table and of next_table belong together where columns equal next_columns; of a pair '
	'only where type_column, of the next table next_type_column, is type_value; the last next_table is a subject table';

CREATE TABLE gdpr.inferred_column
(
	relation	regclass NOT NULL REFERENCES gdpr.protected_table (relation) ON DELETE CASCADE,
	column_name	name NOT NULL,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.inferred_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.inferred_column', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.inferred_column IS
'columns that the controller computed about people, such as a score: in a copy (Art. 15), not portable (Art. 20)';

CREATE TABLE gdpr.disputed_value
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	since		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	settled_at	timestamptz
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.disputed_value',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.disputed_value', 'relation', 'delete', names => '{column_name}',
	names_do => 'keep', names_why => 'the dispute is on record; it holds no value');
SELECT gdpr_internal.keeps_subject('gdpr.disputed_value', 'subject', 'keep',
	'says that a value was disputed, not which');
CREATE INDEX disputed_value_subject ON gdpr.disputed_value (subject);
COMMENT ON TABLE gdpr.disputed_value IS
'columns whose value a person says is wrong, until corrected or confirmed (Art. 5(1)(d), 16)';

CREATE VIEW gdpr.graph_link AS
SELECT p.relation, 0 AS number, 'owner' AS role, p.subject_table, coalesce(l.columns, '{}') AS columns,
	coalesce(l.hidden, '{}') AS hidden, coalesce(l.on_erase, 'delete') AS on_erase, l.ground, true AS binds
FROM gdpr.protected_table p LEFT JOIN gdpr.subject_link l ON l.relation = p.relation AND l.number = 0
UNION ALL
SELECT l.relation, l.number, l.role, l.subject_table, l.columns, l.hidden, l.on_erase, l.ground, l.binds
FROM gdpr.subject_link l WHERE l.number > 0;
COMMENT ON VIEW gdpr.graph_link IS 'every way in which rows of protected tables are about people, with its options';

/*
 * The paths by which rows are bound: that of protect() is number 0; where it begins with a pair, one for each other
 * type.
 */
CREATE VIEW gdpr.binding_step AS
SELECT o.relation, 0 AS number, o.step, o.on_table, o.columns, o.type_column, o.type_value, o.next_table, o.next_columns
FROM gdpr.owner_step o
UNION ALL
SELECT s.relation, s.number, s.step, s.on_table, s.columns, s.type_column, s.type_value, s.next_table, s.next_columns
FROM gdpr.subject_link l JOIN gdpr.subject_link_step s ON s.relation = l.relation AND s.number = l.number WHERE l.binds;
COMMENT ON VIEW gdpr.binding_step IS
'internal: the steps of every path by which rows of protected tables are bound to a person';

/*
 * A path into steps. A segment is a column with a foreign key, the name of a foreign key or a pair, as in protect(); or
 * table(column, ...), the other way round: the rows of that table which point here.
 */
CREATE FUNCTION gdpr_internal.link_path(relation regclass, path text)
	RETURNS TABLE (step integer, on_table regclass, columns name[], next_table regclass, next_columns name[],
				   type_column name, next_type_column name, type_value text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	segment text;
	names text[];
	key pg_constraint;
BEGIN
	on_table := relation;
	step := 0;
	FOREACH segment IN ARRAY gdpr_internal.split_path(path, '.')
	LOOP
		step := step + 1;
		type_column := NULL; next_type_column := NULL; type_value := NULL;
		names := regexp_match(segment, '^\s*([^\s(].*?)\s*\((.*)\)\s*$');
		IF names IS NULL THEN
			SELECT p.columns, p.refers_to, p.type_column, p.type_value, p.next_columns INTO columns, next_table,
				type_column, type_value, next_columns
			FROM gdpr_internal.owner_path(on_table, segment) p;
			IF type_column IS NOT NULL THEN
				RETURN NEXT;
				on_table := next_table;
				CONTINUE;
			END IF;
			SELECT * INTO key FROM gdpr_internal.foreign_key(on_table, columns) f WHERE f.oid IS NOT NULL;
			IF FOUND THEN
				SELECT array_agg(a.attname ORDER BY k.n), array_agg(r.attname ORDER BY k.n) INTO columns, next_columns
				FROM unnest(key.conkey, key.confkey) WITH ORDINALITY k (here, there, n)
				JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
				JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there;
			ELSE
				next_columns := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = next_table);
			END IF;
		ELSE
			next_table := gdpr_internal.table_near(relation, names[1]);
			SELECT p.type_column, p.type_value, p.columns INTO next_type_column, type_value, next_columns
				FROM gdpr_internal.parse_pointer(next_table, names[2]) p;
			IF next_type_column IS NOT NULL THEN
				columns := gdpr_internal.key_referred_to(on_table);
				PERFORM gdpr_internal.require_pair(next_table, next_columns, on_table, columns);
				RETURN NEXT;
				on_table := next_table;
				CONTINUE;
			END IF;
			SELECT * INTO key FROM gdpr_internal.foreign_key(next_table, next_columns) f WHERE f.confrelid = on_table;
			IF key.oid IS NULL THEN
				RAISE EXCEPTION USING ERRCODE = '55000',
					MESSAGE = format('path "%s": no foreign key (%s) of table %s refers to table %s', path, names[2],
						next_table, on_table);
			END IF;
			SELECT array_agg(r.attname ORDER BY k.n), array_agg(a.attname ORDER BY k.n) INTO columns, next_columns
			FROM unnest(key.conkey, key.confkey) WITH ORDINALITY k (here, there, n)
			JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
			JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there;
		END IF;
		RETURN NEXT;
		on_table := next_table;
	END LOOP;
	IF NOT EXISTS (SELECT FROM gdpr.subject_table t WHERE t.relation = on_table) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('path "%s" of table %s leads to %s, which is not a subject table', path,
			relation, on_table),
			HINT = format('SELECT gdpr.declare_subject(%L, ''<key column>'');', on_table);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.link_path(regclass, text) IS
'internal: resolves the path of a link; 55000 when it leads nowhere';

/* Columns that erasing someone sets to NULL must be able to be NULL: found now, not when a person asks. */
CREATE FUNCTION gdpr_internal.require_nullable(relation regclass, columns name[], why text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fixed name;
BEGIN
	SELECT a.attname INTO fixed FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attname = ANY (columns) AND a.attnotnull ORDER BY a.attnum LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s cannot be emptied: it is NOT NULL', fixed, relation),
			DETAIL = why,
			HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL; or choose another action with gdpr.link().',
				relation, fixed);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_nullable(regclass, name[], text) IS
'internal: raises 55000 when a column that erasure empties is NOT NULL';

CREATE FUNCTION gdpr_internal.require_columns(relation regclass, columns name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing name;
BEGIN
	SELECT c INTO missing FROM unnest(columns) c
	WHERE c IS NULL OR c IN ('purposes', 'gdpr_subject')
	   OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = c AND a.attnum > 0
		   AND NOT a.attisdropped)
	   OR EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				  WHERE i.indrelid = relation AND i.indisprimary AND a.attname = c);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('%I is no column of table %s that a person can have',
			missing, relation),
			HINT = 'Name columns that are neither the primary key nor part of the protection.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_columns(regclass, name[]) IS
'internal: raises 42703 unless the columns exist and can be a person''s';

CREATE FUNCTION gdpr_internal.check_link(relation regclass, number integer, role text, columns name[], hidden name[],
	on_erase text,
								ground text, path_columns name[], binds boolean) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF role IS NULL OR role NOT IN ('owner', 'accessor') OR (number = 0 AND role <> 'owner') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must be owner, or accessor for a path of its own';
	ELSIF on_erase IS NULL OR on_erase <> ALL (CASE WHEN binds THEN '{delete,anonymise,keep}'::text[]
											   ELSE '{delete,blank,keep}'::text[] END) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = CASE WHEN binds THEN 'on_erase must be delete, anonymise or keep'
				ELSE 'on_erase must be delete, blank or keep' END;
	ELSIF (on_erase = 'keep') <> (NOT gdpr_internal.is_blank(ground)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'on_erase keep, and only keep, needs a ground',
			HINT = 'Name the exception and the provision, such as ''Art. 17(3)(b): accounting law, seven years''.';
	END IF;
	PERFORM gdpr_internal.require_columns(relation, columns || hidden);
	IF on_erase = 'blank' THEN
		PERFORM gdpr_internal.require_nullable(relation, columns || path_columns,
			'Erasing a person of this path empties it.');
	ELSIF on_erase = 'anonymise' THEN
		PERFORM gdpr_internal.require_nullable(relation, columns || gdpr_internal.pii_columns(relation),
			'Anonymising a row empties it.');
	END IF;
	IF NOT binds AND role = 'owner' THEN
		PERFORM gdpr_internal.require_nullable(check_link.relation, s.columns,
			'A row with two owners outlives the first: what led to that owner is emptied.')
		FROM gdpr.binding_step s WHERE s.relation = check_link.relation AND s.step = 1;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_link(regclass, integer, text, name[], name[], text, text, name[], boolean) IS
'internal: the reasons why link() refuses';

/*
 * Does this path bind rows of its type? Its pair is that of the owner, no other path binds that type, and each step
 * leads to one row.
 */
CREATE FUNCTION gdpr_internal.link_binds(relation regclass, link_number integer, steps gdpr.subject_link_step[])
	RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr.owner_step o WHERE o.relation = link_binds.relation AND o.step = 1
		AND o.type_column = (steps[1]).type_column)
		AND NOT EXISTS (SELECT FROM gdpr.binding_step b WHERE b.relation = link_binds.relation
			AND b.number <> link_number AND b.step = 1
						AND b.type_value = (steps[1]).type_value)
		AND NOT EXISTS (SELECT FROM unnest(steps) s WHERE gdpr_internal.points_here(s))
$$;
COMMENT ON FUNCTION gdpr_internal.link_binds(regclass, integer, gdpr.subject_link_step[]) IS
'internal: does a path bind the rows of its type?';

CREATE FUNCTION gdpr_internal.steps_of(relation regclass, path text) RETURNS gdpr.subject_link_step[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(ROW(steps_of.relation, 0, p.step, p.on_table, p.columns, p.next_table, p.next_columns,
						 p.type_column, p.next_type_column, p.type_value)::gdpr.subject_link_step ORDER BY p.step)
	FROM gdpr_internal.link_path(relation, path) p
$$;
COMMENT ON FUNCTION gdpr_internal.steps_of(regclass, text) IS 'internal: the steps of a path as they are registered';

/* The link of a table that has these steps; NULL when none has. */
CREATE FUNCTION gdpr_internal.link_of(relation regclass, steps gdpr.subject_link_step[]) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH wanted (text) AS (
		SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns, s.type_column, s.next_type_column,
			s.type_value)::text ORDER BY s.step)
		FROM unnest(steps) s
	)
	SELECT 0 FROM wanted
	WHERE (SELECT array_agg((o.on_table, o.columns, o.type_column, o.type_value, CASE WHEN o.type_column IS NOT NULL
		THEN o.next_table END)::text ORDER BY o.step)
		   FROM gdpr.owner_step o WHERE o.relation = link_of.relation)
		= (SELECT array_agg((s.on_table, s.columns, s.type_column, s.type_value, CASE WHEN s.type_column IS NOT NULL
			THEN s.next_table END)::text ORDER BY s.step)
		   FROM unnest(steps) s)
	UNION ALL
	(SELECT l.number FROM gdpr.subject_link l CROSS JOIN wanted w
	 WHERE l.relation = link_of.relation AND l.number > 0
	   AND w.text = (SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns, s.type_column,
		   s.next_type_column, s.type_value)::text ORDER BY s.step)
					 FROM gdpr.subject_link_step s WHERE s.relation = l.relation AND s.number = l.number))
	LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.link_of(regclass, gdpr.subject_link_step[]) IS
'internal: the number of the link with these steps';

/* Every backend looks up again how rows of a table, of its partitions and of what they are found through, are bound. */
CREATE FUNCTION gdpr_internal.binding_changed(relation regclass) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE tree (oid) AS (
		SELECT r.oid FROM (SELECT binding_changed.relation::oid
						   UNION SELECT coalesce(s.next_table, k.confrelid)::oid FROM gdpr.binding_step s
							   CROSS JOIN gdpr_internal.foreign_key(s.on_table, s.columns) k
						   WHERE s.relation = binding_changed.relation) r (oid) JOIN pg_class c ON c.oid = r.oid
		UNION
		SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
	)
	SELECT count(gdpr_internal.relation_changed(t.oid)::text) FROM tree t;
	SELECT NULL::void
$$;
COMMENT ON FUNCTION gdpr_internal.binding_changed(regclass) IS
'internal: tells every backend at commit that rows of a table are bound in another way';

CREATE FUNCTION gdpr_internal.add_link(relation regclass, number integer, link_role text, target regclass,
	columns name[], hidden name[],
							  on_erase text, ground text, link_binds boolean, steps gdpr.subject_link_step[])
								  RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM gdpr.subject_link l WHERE l.relation = add_link.relation AND l.number = add_link.number;
	INSERT INTO gdpr.subject_link (relation, number, role, subject_table, columns, hidden, on_erase, ground, binds)
	VALUES (add_link.relation, add_link.number, link_role, target, add_link.columns, add_link.hidden,
		add_link.on_erase, btrim(add_link.ground), link_binds);
	IF number > 0 THEN
		INSERT INTO gdpr.subject_link_step
		SELECT add_link.relation, add_link.number, s.step, s.on_table, s.columns, s.next_table, s.next_columns,
			s.type_column, s.next_type_column, s.type_value
		FROM unnest(steps) s;
		PERFORM gdpr_internal.binding_changed(relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_link(regclass, integer, text, regclass, name[], name[], text, text, boolean,
	gdpr.subject_link_step[]) IS 'internal: registers a link with its steps';

CREATE FUNCTION gdpr.link(relation gdpr.table_ref, path text DEFAULT NULL, role text DEFAULT 'owner',
	columns name[] DEFAULT '{}',
						  on_export name[] DEFAULT '{}', on_erase text DEFAULT NULL, ground text DEFAULT NULL)
							  RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	link_number integer := 0;
	target regclass;
	action text;
	bound boolean;
	steps gdpr.subject_link_step[];
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	SELECT p.subject_table INTO target FROM gdpr.protected_table p WHERE p.relation = link.relation FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...);', relation);
	END IF;
	IF path IS NOT NULL THEN
		steps := gdpr_internal.steps_of(relation, path);
		target := (steps[cardinality(steps)]).next_table;
		link_number := coalesce(gdpr_internal.link_of(relation, steps),
								(SELECT coalesce(max(l.number), 0) + 1 FROM gdpr.subject_link l
									WHERE l.relation = link.relation));
	END IF;
	bound := link_number = 0 OR (role = 'owner' AND gdpr_internal.link_binds(relation, link_number, steps));
	IF NOT bound THEN
		PERFORM gdpr_internal.require_nothing_bound(relation, link_number, path);
	END IF;
	action := coalesce(on_erase, CASE WHEN bound THEN 'delete' ELSE 'blank' END);
	PERFORM gdpr_internal.check_link(relation, link_number, role, columns, on_export, action, ground,
							/* the way to a person through other tables leaves nothing here */
							CASE WHEN (steps[1]).next_table = target AND cardinality(steps) = 1 AND NOT EXISTS (
								SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
									AND a.attnum = ANY (i.indkey)
								WHERE i.indrelid = relation AND i.indisprimary AND a.attname = ANY ((steps[1]).columns))
								 THEN (steps[1]).columns ELSE '{}' END, bound);
	PERFORM gdpr_internal.add_link(relation, link_number, role, target, columns, on_export, action, ground,
		bound, steps);
	PERFORM gdpr_internal.record_setup('table linked', jsonb_build_object('table', relation::text, 'path', path,
		'role', role,
		'columns', columns, 'on_export', on_export, 'on_erase', action, 'ground', btrim(ground)));
END $$;
COMMENT ON FUNCTION gdpr.link(gdpr.table_ref, text, text, name[], name[], text, text) IS
'Says which other people the rows of a protected table are about, and what the rights do to them (Art. 15(4), 17). '
	'path: as the owner of protect(), or with table(column) for rows that point here, such as photo: '
	'tag(photo_id).person_id; a step through a pair is written (type_column = ''Type'', id_column -> table), or '
	'table(type_column = ''Type'', id_column), and holds for rows of that type only. With the pair of the owner and '
	'another type it binds the rows of that type, as the owner does those of its own. NULL sets the options of the '
	'owner given to protect(). role: owner (the row goes with its last owner) or accessor (took part). columns: what '
	'in the row is this person''s. on_export: columns that this person''s copy hides. on_erase: delete, keep with a '
	'ground of Art. 17(3), and for the first owner, and one that binds, anonymise (empty everything personal, keep '
	'the row), for others blank (empty this person''s columns; the default). The same path again replaces. Errors: '
	'42501 not the owner of the table, 55000 not protected, path leads nowhere, column cannot be emptied, 42703 no '
	'such column, 22023, of a pair also 42P01, 42804, 22P02.';

/* What is bound by a link would be no one''s to copy or erase without it. */
CREATE FUNCTION gdpr_internal.require_nothing_bound(relation regclass, link_number integer, path text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s gdpr.subject_link_step;
	bound boolean;
BEGIN
	SELECT p.* INTO s FROM gdpr.subject_link l JOIN gdpr.subject_link_step p ON p.relation = l.relation
		AND p.number = l.number AND p.step = 1
	WHERE l.relation = require_nothing_bound.relation AND l.number = link_number AND l.binds;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.gdpr_subject IS NOT NULL AND %s)', relation,
				   gdpr_internal.type_condition('t', relation, s.type_column, s.type_value)) INTO bound;
	IF bound THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('rows of table %s belong to people by path "%s"',
			relation, path),
			HINT = 'Only this path leads from these people to their rows: erase them, or delete the rows, first.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_nothing_bound(regclass, integer, text) IS
'internal: 55000 while rows are bound by a link';

CREATE FUNCTION gdpr.unlink(relation gdpr.table_ref, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	link_number integer;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	link_number := gdpr_internal.link_of(relation, gdpr_internal.steps_of(relation, path));
	PERFORM gdpr_internal.require_nothing_bound(relation, link_number, path);
	PERFORM gdpr_internal.binding_changed(relation);
	DELETE FROM gdpr.subject_link l WHERE l.relation = unlink.relation AND l.number = link_number AND link_number > 0;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s has no link "%s"', relation, path),
			HINT = 'SELECT * FROM gdpr.data_map(); lists them.';
	END IF;
	PERFORM gdpr_internal.record_setup('table unlinked', jsonb_build_object('table', relation::text, 'path', path));
END $$;
COMMENT ON FUNCTION gdpr.unlink(gdpr.table_ref, text) IS
'Forgets a further owner or accessor of a table. Errors: 42501 not the owner of the table, 55000 no such link, or one '
	'by which rows are bound.';

/* The label of an enum may be renamed, the type of a column changed: then no row is of the type of a path any more. */
CREATE FUNCTION gdpr_internal.check_types(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	step record;
BEGIN
	FOR step IN
		SELECT o.on_table, o.type_column, o.type_value FROM gdpr.owner_step o WHERE o.relation = check_types.relation
			AND o.type_value IS NOT NULL
		UNION
		SELECT CASE WHEN s.type_column IS NULL THEN s.next_table ELSE s.on_table END,
			coalesce(s.type_column, s.next_type_column), s.type_value
		FROM gdpr.subject_link_step s WHERE s.relation = check_types.relation AND s.type_value IS NOT NULL
	LOOP
		IF step.type_value IS DISTINCT FROM gdpr_internal.type_constant(step.on_table, step.type_column,
			step.type_value) THEN
			RAISE invalid_text_representation;
		END IF;
	END LOOP;
EXCEPTION WHEN data_exception OR datatype_mismatch OR undefined_column THEN
	RAISE EXCEPTION USING ERRCODE = '55000',
		MESSAGE = format('%L is no value of column %I of table %s any more, which says what its rows refer to',
			step.type_value, step.type_column, step.on_table),
		HINT = format('Put the type back, or unprotect table %s and protect it with the new one.', relation);
END $$;
COMMENT ON FUNCTION gdpr_internal.check_types(regclass) IS
'internal: 55000 when the type of a pair on a path of the table cannot be had by a row';

CREATE FUNCTION gdpr_internal.points_here(step gdpr.subject_link_step) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT step.next_type_column IS NOT NULL
		OR step.type_column IS NULL
		AND NOT EXISTS (SELECT FROM gdpr_internal.foreign_key(step.on_table, step.columns) f
			WHERE f.confrelid = step.next_table)
		AND EXISTS (SELECT FROM gdpr_internal.foreign_key(step.next_table, step.next_columns) f
			WHERE f.confrelid = step.on_table)
$$;
COMMENT ON FUNCTION gdpr_internal.points_here(gdpr.subject_link_step) IS
'internal: does the step go against its foreign key, or its pair?';
