/*
 * link.sql: whom else a row is about, and what erasing a person does to it.
 *
 * The owner given to protect() is link 0 of a table. gdpr.link() adds further owners and accessors, each with a path
 * of its own, and sets for each what a copy hides and what erasure does. Ownership as in K9db (OSDI 2023): a row goes
 * with its last owner; an accessor merely took part.
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
	PRIMARY KEY (relation, number),
	CHECK ((on_erase = 'keep') = (ground IS NOT NULL)),
	CHECK (number > 0 OR role = 'owner')
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_link',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.subject_link IS
'further owners and accessors of a table''s rows (number > 0), and the options of the owner given to protect() (number 0): columns that are that person''s, columns a copy hides, what erasure does and on what ground it keeps';

CREATE TABLE gdpr.subject_link_step
(
	relation		regclass NOT NULL,
	number			integer NOT NULL,
	step			integer NOT NULL,
	on_table		regclass NOT NULL,
	columns			name[] NOT NULL,
	next_table		regclass NOT NULL,
	next_columns	name[] NOT NULL,
	PRIMARY KEY (relation, number, step),
	FOREIGN KEY (relation, number) REFERENCES gdpr.subject_link (relation, number) ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_link_step',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.subject_link_step IS
'the path of a link: rows of on_table and of next_table belong together where columns equal next_columns; the last next_table is a subject table';

CREATE TABLE gdpr.inferred_column
(
	relation	regclass NOT NULL REFERENCES gdpr.protected_table (relation) ON DELETE CASCADE,
	column_name	name NOT NULL,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.inferred_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.inferred_column IS 'columns that the controller computed about people, such as a score: in a copy (Art. 15), not portable (Art. 20)';

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
CREATE INDEX disputed_value_subject ON gdpr.disputed_value (subject);
COMMENT ON TABLE gdpr.disputed_value IS 'columns whose value a person says is wrong, until corrected or confirmed (Art. 5(1)(d), 16)';

CREATE VIEW gdpr.graph_link AS
SELECT p.relation, 0 AS number, 'owner' AS role, p.subject_table, coalesce(l.columns, '{}') AS columns,
	coalesce(l.hidden, '{}') AS hidden, coalesce(l.on_erase, 'delete') AS on_erase, l.ground
FROM gdpr.protected_table p LEFT JOIN gdpr.subject_link l ON l.relation = p.relation AND l.number = 0
UNION ALL
SELECT l.relation, l.number, l.role, l.subject_table, l.columns, l.hidden, l.on_erase, l.ground
FROM gdpr.subject_link l WHERE l.number > 0;
COMMENT ON VIEW gdpr.graph_link IS 'every way in which rows of protected tables are about people, with its options';

/*
 * A path into steps. A segment is a column with a foreign key or the name of a foreign key, as in protect(); or
 * table(column, ...), the other way round: the rows of that table which point here.
 */
CREATE FUNCTION gdpr.link_path(relation regclass, path text)
	RETURNS TABLE (step integer, on_table regclass, columns name[], next_table regclass, next_columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	segment text;
	names text[];
	key pg_constraint;
BEGIN
	on_table := relation;
	step := 0;
	FOR segment IN
		SELECT m[1] FROM regexp_matches(path, '((?:"(?:[^"]|"")*"|\([^)]*\)|[^.("])+)', 'g') m
	LOOP
		step := step + 1;
		names := regexp_match(segment, '^(.*)\(([^)]*)\)$');
		IF names IS NULL THEN
			SELECT p.columns, p.refers_to INTO columns, next_table FROM gdpr.owner_path(on_table, segment) p;
			SELECT * INTO key FROM gdpr.foreign_key(on_table, columns) f WHERE f.oid IS NOT NULL;
			IF FOUND THEN
				SELECT array_agg(a.attname ORDER BY k.n), array_agg(r.attname ORDER BY k.n) INTO columns, next_columns
				FROM unnest(key.conkey, key.confkey) WITH ORDINALITY k (here, there, n)
				JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = k.here
				JOIN pg_attribute r ON r.attrelid = key.confrelid AND r.attnum = k.there;
			ELSE
				next_columns := (SELECT t.key_columns FROM gdpr.subject_table t WHERE t.relation = next_table);
			END IF;
		ELSE
			next_table := gdpr.table_near(relation, btrim(names[1]));
			SELECT * INTO key FROM gdpr.foreign_key(next_table, (SELECT array_agg((parse_ident(c))[1]::name)
				FROM regexp_split_to_table(names[2], '\s*,\s*') c)) f WHERE f.confrelid = on_table;
			IF key.oid IS NULL THEN
				RAISE EXCEPTION USING ERRCODE = '55000',
					MESSAGE = format('path "%s": no foreign key (%s) of table %s refers to table %s', path, names[2], next_table, on_table);
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
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('path "%s" of table %s leads to %s, which is not a subject table', path, relation, on_table),
			HINT = format('SELECT gdpr.declare_subject(%L, ''<key column>'');', on_table);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.link_path(regclass, text) IS 'internal: resolves the path of a link; 55000 when it leads nowhere';

CREATE FUNCTION gdpr.table_near(relation regclass, name text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parts text[] := parse_ident(name);
	named oid;
BEGIN
	SELECT c.oid INTO named FROM pg_class c
	WHERE c.relname = parts[cardinality(parts)]
	  AND c.relnamespace = CASE WHEN cardinality(parts) > 1 THEN (SELECT n.oid FROM pg_namespace n WHERE n.nspname = parts[1])
								ELSE (SELECT r.relnamespace FROM pg_class r WHERE r.oid = relation) END;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42P01', MESSAGE = format('there is no table %s', name),
			HINT = format('Write schema.table when it is not in the schema of %s.', relation);
	END IF;
	RETURN named;
END $$;
COMMENT ON FUNCTION gdpr.table_near(regclass, text) IS 'internal: a table by name, in the schema of another when none is given; 42P01';

/* Columns that erasing somebody sets to NULL must be able to be NULL: found now, not when a person asks. */
CREATE FUNCTION gdpr.require_nullable(relation regclass, columns name[], why text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fixed name;
BEGIN
	SELECT a.attname INTO fixed FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attname = ANY (columns) AND a.attnotnull ORDER BY a.attnum LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('column %I of table %s cannot be emptied: it is NOT NULL', fixed, relation),
			DETAIL = why,
			HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL; or choose another action with gdpr.link().', relation, fixed);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.require_nullable(regclass, name[], text) IS 'internal: raises 55000 when a column that erasure empties is NOT NULL';

CREATE FUNCTION gdpr.require_columns(relation regclass, columns name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing name;
BEGIN
	SELECT c INTO missing FROM unnest(columns) c
	WHERE c IS NULL OR c IN ('purposes', 'gdpr_subject')
	   OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped)
	   OR EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				  WHERE i.indrelid = relation AND i.indisprimary AND a.attname = c);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('%I is no column of table %s that a person can have', missing, relation),
			HINT = 'Name columns that are neither the primary key nor part of the protection.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.require_columns(regclass, name[]) IS 'internal: raises 42703 unless the columns exist and can be a person''s';

CREATE FUNCTION gdpr.pii_columns(relation regclass) RETURNS name[] AS 'MODULE_PATHNAME', 'gdpr_pii_columns' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.pii_columns(regclass) IS 'internal: the columns of a relation that hold sealed values';

CREATE FUNCTION gdpr.check_link(relation regclass, number integer, role text, columns name[], hidden name[], on_erase text,
								ground text, path_columns name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF role IS NULL OR role NOT IN ('owner', 'accessor') OR (number = 0 AND role <> 'owner') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must be owner, or accessor for a path of its own';
	ELSIF on_erase IS NULL OR on_erase <> ALL (CASE number WHEN 0 THEN '{delete,anonymise,keep}'::text[]
											   ELSE '{delete,blank,keep}'::text[] END) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = CASE number WHEN 0 THEN 'on_erase must be delete, anonymise or keep' ELSE 'on_erase must be delete, blank or keep' END;
	ELSIF (on_erase = 'keep') <> (coalesce(btrim(ground), '') <> '') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'on_erase keep, and only keep, needs a ground',
			HINT = 'Name the exception and the provision, such as ''Art. 17(3)(b): accounting law, seven years''.';
	END IF;
	PERFORM gdpr.require_columns(relation, columns || hidden);
	IF on_erase = 'blank' THEN
		PERFORM gdpr.require_nullable(relation, columns || path_columns, 'Erasing a person of this path empties it.');
	ELSIF on_erase = 'anonymise' THEN
		PERFORM gdpr.require_nullable(relation, columns || gdpr.pii_columns(relation), 'Anonymising a row empties it.');
	END IF;
	IF number > 0 AND role = 'owner' THEN
		PERFORM gdpr.require_nullable(relation,
			(SELECT s.columns FROM gdpr.owner_step s WHERE s.relation = check_link.relation AND s.step = 1),
			'A row with two owners outlives the first: what led to that owner is emptied.');
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.check_link(regclass, integer, text, name[], name[], text, text, name[]) IS 'internal: the reasons why link() refuses';

CREATE FUNCTION gdpr.link(relation regclass, path text DEFAULT NULL, role text DEFAULT 'owner', columns name[] DEFAULT '{}',
						  on_export name[] DEFAULT '{}', on_erase text DEFAULT NULL, ground text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	link_number integer := 0;
	target regclass;
	action text;
	steps gdpr.subject_link_step[];
BEGIN
	PERFORM gdpr.require_table_owner(relation);
	SELECT p.subject_table INTO target FROM gdpr.protected_table p WHERE p.relation = link.relation FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...);', relation);
	END IF;
	IF path IS NOT NULL THEN
		steps := ARRAY(SELECT ROW(relation, 0, p.step, p.on_table, p.columns, p.next_table, p.next_columns)::gdpr.subject_link_step
					   FROM gdpr.link_path(relation, path) p ORDER BY p.step);
		target := (steps[cardinality(steps)]).next_table;
		IF (SELECT array_agg((s.on_table, s.columns) ORDER BY s.step) FROM gdpr.owner_step s WHERE s.relation = link.relation)
		   IS DISTINCT FROM (SELECT array_agg((s.on_table, s.columns) ORDER BY s.step) FROM unnest(steps) s) THEN
			link_number := coalesce(
				(SELECT l.number FROM gdpr.subject_link l WHERE l.relation = link.relation AND l.number > 0
				 AND (SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns) ORDER BY s.step)
					  FROM gdpr.subject_link_step s WHERE s.relation = l.relation AND s.number = l.number)
				   = (SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns) ORDER BY s.step) FROM unnest(steps) s)),
				(SELECT coalesce(max(l.number), 0) + 1 FROM gdpr.subject_link l WHERE l.relation = link.relation));
		END IF;
	END IF;
	action := coalesce(on_erase, CASE link_number WHEN 0 THEN 'delete' ELSE 'blank' END);
	PERFORM gdpr.check_link(relation, link_number, role, columns, on_export, action, ground,
							/* the way to a person through other tables leaves nothing here */
							CASE WHEN (steps[1]).next_table = target AND cardinality(steps) = 1 AND NOT EXISTS (
								SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
								WHERE i.indrelid = relation AND i.indisprimary AND a.attname = ANY ((steps[1]).columns))
								 THEN (steps[1]).columns ELSE '{}' END);
	DELETE FROM gdpr.subject_link l WHERE l.relation = link.relation AND l.number = link_number;
	INSERT INTO gdpr.subject_link (relation, number, role, subject_table, columns, hidden, on_erase, ground)
	VALUES (link.relation, link_number, link.role, target, link.columns, link.on_export, action, btrim(link.ground));
	IF link_number > 0 THEN
		INSERT INTO gdpr.subject_link_step
		SELECT link.relation, link_number, s.step, s.on_table, s.columns, s.next_table, s.next_columns FROM unnest(steps) s;
	END IF;
	PERFORM gdpr.record_setup('table linked', jsonb_build_object('table', relation::text, 'path', path, 'role', role,
		'columns', columns, 'on_export', on_export, 'on_erase', action, 'ground', btrim(ground)));
END $$;
COMMENT ON FUNCTION gdpr.link(regclass, text, text, name[], name[], text, text) IS
'Says whom else the rows of a protected table are about, and what the rights do to them (Art. 15(4), 17). path: as the owner of protect(), or with table(column) for rows that point here, such as photo: tag(photo_id).person_id; NULL sets the options of the owner given to protect(). role: owner (the row goes with its last owner) or accessor (took part). columns: what in the row is this person''s. on_export: columns that this person''s copy hides. on_erase: delete, keep with a ground of Art. 17(3), and for the first owner anonymise (empty everything personal, keep the row), for others blank (empty this person''s columns; the default). The same path again replaces. Errors: 42501 not the owner of the table, 55000 not protected, path leads nowhere, column cannot be emptied, 42703 no such column, 22023.';

CREATE FUNCTION gdpr.unlink(relation regclass, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr.require_table_owner(relation);
	DELETE FROM gdpr.subject_link l WHERE l.relation = unlink.relation AND l.number > 0
	  AND (SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns) ORDER BY s.step)
		   FROM gdpr.subject_link_step s WHERE s.relation = l.relation AND s.number = l.number)
		= (SELECT array_agg((s.on_table, s.columns, s.next_table, s.next_columns) ORDER BY s.step)
		   FROM gdpr.link_path(unlink.relation, unlink.path) s);
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s has no link "%s"', relation, path),
			HINT = 'SELECT * FROM gdpr.data_map(); lists them.';
	END IF;
	PERFORM gdpr.record_setup('table unlinked', jsonb_build_object('table', relation::text, 'path', path));
END $$;
COMMENT ON FUNCTION gdpr.unlink(regclass, text) IS
'Forgets a further owner or accessor of a table. Errors: 42501 not the owner of the table, 55000 no such link.';
