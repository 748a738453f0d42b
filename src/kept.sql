/*
 * kept.sql: the register of what our tables keep: which column of which table is a person, a table of the user's or a
 * column of one, and what becomes of the row when that goes. Each table is registered where it is created, as it is for
 * pg_dump; renaming, dropping, erasing, shredding, residue() and the copy loop over the register.
 *
 *   a person is erased		delete the row, empty columns of it, call a function, or keep it, and why
 *   a table is dropped		delete the row, empty the column, or keep it, and why
 *   a column is renamed	its name follows
 *   a column is dropped	delete the row (from an array: the name), refuse the drop, or keep it
 */
CREATE TABLE gdpr.kept_column
(
	number		integer GENERATED ALWAYS AS IDENTITY UNIQUE,
	kept_in		regclass NOT NULL,
	column_name	name NOT NULL,
	is_a		text NOT NULL CHECK (is_a IN ('subject', 'relation', 'column')),
	person		text CHECK ((person IS NOT NULL) = (is_a = 'subject')),
	of_column	name CHECK ((of_column IS NOT NULL) = (is_a = 'column')),
	then_do		text NOT NULL CHECK (CASE is_a WHEN 'subject' THEN then_do IN ('delete', 'empty', 'call', 'keep')
		WHEN 'relation' THEN then_do IN ('delete', 'empty', 'keep') ELSE then_do IN ('delete', 'refuse', 'keep') END),
	emptied		name[] CHECK ((emptied IS NOT NULL) = (is_a = 'subject' AND then_do = 'empty')),
	calls		text CHECK ((calls IS NOT NULL) = (then_do = 'call')),
	outlives	boolean NOT NULL DEFAULT false CHECK (NOT outlives OR is_a = 'subject'),
	copied		text CHECK (copied IS NULL OR is_a = 'subject'),
	why			text CHECK ((why IS NOT NULL) OR then_do <> 'keep' AND NOT outlives),
	PRIMARY KEY (kept_in, column_name)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.kept_column IS
'what the tables of this schema keep of people and of tables: column_name is a subject, a relation, or names a column '
	'of relation of_column; then_do: what becomes of the row when the person is erased, or the table or column '
	'dropped, and why it is kept; outlives: it stays when retention destroys the person''s key (Art. 5(1)(e), 17)';

CREATE FUNCTION gdpr_internal.keeps_subject(kept_in regclass, column_name name, then_do text, why text DEFAULT NULL,
	person text DEFAULT NULL, emptied name[] DEFAULT NULL, calls text DEFAULT NULL, outlives boolean DEFAULT false,
	copied text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.kept_column (kept_in, column_name, is_a, then_do, person, emptied, calls, outlives, copied, why)
	VALUES (kept_in, column_name, 'subject', then_do, coalesce(person, format('t.%I', column_name)), emptied, calls,
		outlives, copied, why)
$$;
COMMENT ON FUNCTION gdpr_internal.keeps_subject(regclass, name, text, text, text, name[], text, boolean, text) IS
'internal: registers a column that is a person. person: the number, as an index of rows t has it, if not the column '
	'itself; calls: a function of the number; copied: the query by which the rows of person $2 are in a copy: '
	'relation, role, data, classes';

CREATE FUNCTION gdpr_internal.keeps_relation(kept_in regclass, column_name name, then_do text, why text DEFAULT NULL,
	names name[] DEFAULT '{}', names_do text DEFAULT 'delete', names_why text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.kept_column (kept_in, column_name, is_a, then_do, why)
	VALUES (kept_in, column_name, 'relation', then_do, why);
	INSERT INTO gdpr.kept_column (kept_in, column_name, is_a, of_column, then_do, why)
	SELECT keeps_relation.kept_in, n, 'column', keeps_relation.column_name, names_do, names_why FROM unnest(names) n
$$;
COMMENT ON FUNCTION gdpr_internal.keeps_relation(regclass, name, text, text, name[], text, text) IS
'internal: registers a column that is a table of the user''s, and those that name columns of it';

/* When the extension itself is dropped, its tables go one by one. */
CREATE FUNCTION gdpr_internal.kept(is_a text) RETURNS SETOF gdpr.kept_column
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.* FROM gdpr.kept_column k
	WHERE k.is_a = kept.is_a AND EXISTS (SELECT FROM pg_class c WHERE c.oid = k.kept_in) ORDER BY k.number
$$;
COMMENT ON FUNCTION gdpr_internal.kept(text) IS 'internal: what is registered of a kind, in the order of registration';

/* ---- a column is renamed or dropped ---- */

CREATE FUNCTION gdpr_internal.is_name_list(relation regclass, column_name name) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.atttypid = 'name[]'::regtype FROM pg_attribute a WHERE a.attrelid = relation
		AND a.attname = is_name_list.column_name
$$;
COMMENT ON FUNCTION gdpr_internal.is_name_list(regclass, name) IS 'internal: does the column name several columns?';

/* A row of the new name is left of a column that is gone: where a key would clash, it makes way. */
CREATE FUNCTION gdpr_internal.rename_kept(renamed regclass, before name, after name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k gdpr.kept_column;
BEGIN
	FOR k IN SELECT * FROM gdpr_internal.kept('column')
	LOOP
		IF gdpr_internal.is_name_list(k.kept_in, k.column_name) THEN
			EXECUTE format('UPDATE %s SET %I = array_replace(%2$I, $2, $3) WHERE %I = $1 AND $2 = ANY (%2$I)',
				k.kept_in, k.column_name, k.of_column) USING renamed, before, after;
			CONTINUE;
		END IF;
		IF EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				   WHERE i.indrelid = k.kept_in AND i.indisunique AND a.attname = k.column_name) THEN
			EXECUTE format('DELETE FROM %s WHERE %I = $1 AND %I = $2', k.kept_in, k.of_column, k.column_name)
				USING renamed, after;
		END IF;
		EXECUTE format('UPDATE %s SET %I = $3 WHERE %I = $1 AND %2$I = $2', k.kept_in, k.column_name, k.of_column)
			USING renamed, before, after;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.rename_kept(regclass, name, name) IS
'internal: every name of a column follows when it is renamed';

CREATE FUNCTION gdpr_internal.is_kept_for_good(relation regclass, column_name name) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k gdpr.kept_column;
	named boolean;
BEGIN
	FOR k IN SELECT * FROM gdpr_internal.kept('column') r WHERE r.then_do = 'refuse'
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1 AND $2 = %s)', k.kept_in, k.of_column,
			format(CASE WHEN gdpr_internal.is_name_list(k.kept_in, k.column_name) THEN 'ANY (%I)' ELSE '%I' END,
				k.column_name))
		INTO named USING relation, column_name;
		IF named THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
COMMENT ON FUNCTION gdpr_internal.is_kept_for_good(regclass, name) IS
'internal: may a column not be dropped, since what is registered needs it?';

CREATE FUNCTION gdpr_internal.forget_column(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k gdpr.kept_column;
BEGIN
	FOR k IN SELECT * FROM gdpr_internal.kept('column') r WHERE r.then_do = 'delete'
	LOOP
		EXECUTE format(CASE WHEN gdpr_internal.is_name_list(k.kept_in, k.column_name)
				THEN 'UPDATE %1$s SET %2$I = array_remove(%2$I, $2) WHERE %3$I = $1 AND $2 = ANY (%2$I)'
				ELSE 'DELETE FROM %1$s WHERE %3$I = $1 AND %2$I = $2' END, k.kept_in, k.column_name, k.of_column)
			USING relation, column_name;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_column(regclass, name) IS
'internal: forgets what was registered of a column that is dropped';

/* ---- tables are dropped ---- */

CREATE FUNCTION gdpr_internal.forget_relations(dropped oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k gdpr.kept_column;
BEGIN
	FOR k IN SELECT * FROM gdpr_internal.kept('relation') r WHERE r.then_do <> 'keep'
	LOOP
		EXECUTE format(CASE k.then_do WHEN 'delete' THEN 'DELETE FROM %1$s WHERE %2$I::oid = ANY ($1)'
				ELSE 'UPDATE %1$s SET %2$I = NULL WHERE %2$I::oid = ANY ($1)' END, k.kept_in, k.column_name)
			USING dropped;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_relations(oid[]) IS
'internal: forgets what was registered of tables that are dropped: another table may get the number';

/* ---- a person is erased, or outlived ---- */

/* What is still there of a person that an erasure takes. */
CREATE FUNCTION gdpr_internal.kept_conditions(wanted text) RETURNS TABLE (kept_in regclass, condition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.kept_in, format('%s = %s', k.person, wanted) || coalesce((
			SELECT format(' AND num_nonnulls(%s) > 0', string_agg(format('t.%I', c), ', ')) FROM unnest(k.emptied) c
			HAVING count(*) > 0), '')
	FROM gdpr_internal.kept('subject') k WHERE k.then_do <> 'keep'
$$;
COMMENT ON FUNCTION gdpr_internal.kept_conditions(text) IS
'internal: where something of a person, $1 or $2, is kept that an erasure takes, and the condition on its rows t';

/* people is an expression of the parameters of the statement: ARRAY[$2], or $1. */
CREATE FUNCTION gdpr_internal.forget_statements(people text, outlived boolean) RETURNS TABLE (kept_in regclass,
	statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.kept_in, CASE k.then_do
		WHEN 'delete' THEN format('DELETE FROM %s t WHERE %s = ANY (%s)', k.kept_in, k.person,
			people)
		WHEN 'empty' THEN format('UPDATE %s t SET %s WHERE %s = ANY (%s)', k.kept_in,
			(SELECT string_agg(format('%I = NULL', c), ', ') FROM unnest(k.emptied) c), k.person,
			people)
		ELSE format('SELECT ''0''::jsonb FROM unnest(%s) p CROSS JOIN LATERAL %s(p)', people, k.calls) END
	FROM gdpr_internal.kept('subject') k WHERE k.then_do <> 'keep' AND NOT (outlived AND k.outlives)
$$;
COMMENT ON FUNCTION gdpr_internal.forget_statements(text, boolean) IS
'internal: the statements that take what is kept of people beside rows of protected tables; outlived: when retention '
	'destroys their keys';
