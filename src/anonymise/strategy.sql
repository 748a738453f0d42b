/*
 * strategy.sql: the closed list of strategies, the rules that name them, and what carries the rules out.
 */
CREATE FUNCTION gdpr.strategies(OUT name text, OUT effect text, OUT types text, OUT options text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_strategies' LANGUAGE C STABLE ROWS 10;
COMMENT ON FUNCTION gdpr.strategies() IS
'The ways to make a value say less, with their legal effect (anonymising, pseudonymising, hiding), the types they take and their options';

CREATE FUNCTION gdpr.anonymised(value anyelement, strategy text, options jsonb DEFAULT '{}', row_key text DEFAULT NULL, type_modifier integer DEFAULT -1)
	RETURNS anyelement
	AS 'MODULE_PATHNAME', 'gdpr_anonymised' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.anonymised(anyelement, text, jsonb, text, integer) IS
'One value changed by a strategy, in its own type and within its bounds and length; NULL stays NULL. Noise and pseudonyms stick to row_key, so reading again does not average them out. Errors: 22023 unknown strategy or option, 42804 a type the strategy does not take. Rec. 26.';

CREATE TABLE gdpr.anonymisation_rule
(
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	strategy	text NOT NULL,
	options		jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.anonymisation_rule',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE gdpr.anonymisation_rule IS 'how each column of a table is anonymised; sealed columns need no rule, they are emptied';

CREATE FUNCTION gdpr.set_anonymisation(relation regclass, column_name name, strategy text, options jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a pg_attribute;
	sealed boolean;
BEGIN
	PERFORM gdpr.require_table_owner(relation);
	PERFORM gdpr.column_list(relation, ARRAY[column_name]);
	SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attname = column_name;
	sealed := EXISTS (SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%');
	IF NOT EXISTS (SELECT FROM gdpr.strategies() s WHERE s.name = strategy) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown strategy "%s"', strategy), HINT = 'SELECT * FROM gdpr.strategies();';
	ELSIF column_name IN ('purposes', 'gdpr_subject') OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary AND a.attnum = ANY (i.indkey)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('column %I of table %s is a key or belongs to its protection', column_name, relation);
	ELSIF sealed AND strategy <> 'null' THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('column %I of table %s is sealed: in place it can only become NULL', column_name, relation),
			HINT = 'gdpr.anonymise_into() makes a copy with generalised values.';
	ELSIF strategy = 'null' AND a.attnotnull THEN
		RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = format('column %I of table %s is NOT NULL', column_name, relation),
			HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', relation, column_name);
	ELSIF NOT sealed THEN
		/* tried on NULL, so that a type which the strategy does not take is known now */
		EXECUTE format('SELECT gdpr.anonymised(%I, %L, %L, ''x'') FROM (SELECT NULL::%s AS %1$I) v', column_name, strategy, options, format_type(a.atttypid, a.atttypmod));
	END IF;
	INSERT INTO gdpr.anonymisation_rule AS r (relation, column_name, strategy, options)
	VALUES (set_anonymisation.relation, set_anonymisation.column_name, set_anonymisation.strategy, set_anonymisation.options)
	ON CONFLICT ON CONSTRAINT anonymisation_rule_pkey DO UPDATE SET strategy = excluded.strategy, options = excluded.options;
	PERFORM gdpr.record('anonymisation rule set', NULL, jsonb_build_object('table', relation::text, 'column', column_name, 'strategy', strategy));
END $$;
COMMENT ON FUNCTION gdpr.set_anonymisation(regclass, name, text, jsonb) IS
'Says how a column is anonymised. A sealed column can only become NULL in place. Errors: 22023 unknown strategy or option, 55000 a key column or a sealed one, 23502 NOT NULL, 42703, 42501. Rec. 26.';

/* "a = strategy(a), ..." for an UPDATE, from the rules; sealed columns become NULL whether a rule says so or not. */
CREATE FUNCTION gdpr.anonymising_assignments(relation regclass, row_key text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(CASE WHEN y.typnamespace = 'gdpr'::regnamespace THEN format('%I = NULL', a.attname)
						   ELSE format('%1$I = gdpr.anonymised(%1$I, %2$L, %3$L, %4$s, %5$s)', a.attname, r.strategy, r.options, row_key, a.atttypmod) END,
					  ', ' ORDER BY a.attnum)
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	LEFT JOIN gdpr.anonymisation_rule r ON r.relation = a.attrelid AND r.column_name = a.attname
	WHERE a.attrelid = anonymising_assignments.relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND (r.strategy IS NOT NULL OR (y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%'))
$$;
COMMENT ON FUNCTION gdpr.anonymising_assignments(regclass, text) IS 'internal: the SET list that anonymises a row of a table';

CREATE FUNCTION gdpr.primary_key_text(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE count(*) WHEN 1 THEN format('(%s)::text', min(quote_ident(a.attname)))
				ELSE format('ROW(%s)::text', string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))) END
	FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = relation AND i.indisprimary
$$;
COMMENT ON FUNCTION gdpr.primary_key_text(regclass) IS 'internal: an expression that is a row''s primary key as text';

CREATE FUNCTION gdpr.anonymise_rows(relation regclass, subject_key text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	assignments text;
	target bigint;
	changed bigint;
	protected gdpr.protected_table;
BEGIN
	PERFORM gdpr.require_table_owner(relation);
	SELECT * INTO protected FROM gdpr.protected_table p WHERE p.relation = anonymise_rows.relation;
	IF protected.relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = 'gdpr.anonymise_into() makes an anonymous copy of any table.';
	END IF;
	assignments := gdpr.anonymising_assignments(relation, gdpr.primary_key_text(relation));
	IF assignments IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('nothing says how table %s is anonymised', relation),
			HINT = 'SELECT gdpr.set_anonymisation(...) for each column that could tell of a person.';
	END IF;
	IF subject_key IS NOT NULL THEN
		target := gdpr.subject_number(protected.subject_table, subject_key);
		EXECUTE format('UPDATE %s SET %s WHERE gdpr_subject = $1', relation, assignments) USING target;
	ELSE
		EXECUTE format('UPDATE %s SET %s', relation, assignments);
	END IF;
	GET DIAGNOSTICS changed = ROW_COUNT;
	PERFORM gdpr.record('rows anonymised', target, jsonb_build_object('table', relation::text, 'rows', changed));
	RETURN changed;
END $$;
COMMENT ON FUNCTION gdpr.anonymise_rows(regclass, text) IS
'Anonymises the rows of one subject (or, without a key, all the caller may see) of a protected table in place: sealed columns become NULL, the others follow their rules; how many rows. Whether the table is anonymous then is for gdpr.assert_anonymous(). Errors: 55000 not protected, or no rule; 23502; 42501. Rec. 26.';

CREATE FUNCTION gdpr.anonymise_into(source regclass, target text, columns jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names text[] := parse_ident(target);
	qualified text;
	list text := '';
	key text := coalesce(gdpr.primary_key_text(source), 'ctid::text');
	wanted record;
	a pg_attribute;
	expression text;
	rows bigint;
BEGIN
	IF jsonb_typeof(columns) <> 'object' OR columns = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'columns must name what the copy holds',
			HINT = '{"born": {"strategy": "generalise", "to": "year"}, "total": null}: null keeps a column as it is.';
	END IF;
	PERFORM gdpr.column_list(source, (SELECT array_agg(k)::name[] FROM jsonb_object_keys(columns) k));
	FOR wanted IN SELECT e.key, e.value FROM jsonb_each(columns) e
	LOOP
		SELECT * INTO a FROM pg_attribute WHERE attrelid = source AND attname = wanted.key;
		IF a.attname IN ('gdpr_subject', 'purposes') OR (wanted.value = 'null' AND EXISTS (
				SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typnamespace = 'gdpr'::regnamespace)) THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG017', MESSAGE = format('column %I is sealed or names a person: it cannot be copied as it is', a.attname),
				HINT = 'Give it a strategy.';
		END IF;
		expression := format('%I', a.attname);
		IF wanted.value <> 'null' THEN
			IF EXISTS (SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typname = 'pii_birth_date' AND y.typnamespace = 'gdpr'::regnamespace) THEN
				/* partial dates count from their first day */
				expression := format('(pg_catalog.rpad(gdpr.reveal_text(%I), 10, pg_catalog.right(''0000-01-01'', 10 - pg_catalog.length(gdpr.reveal_text(%1$I)))))::date', a.attname);
			ELSIF EXISTS (SELECT FROM pg_type y WHERE y.oid = a.atttypid AND y.typnamespace = 'gdpr'::regnamespace) THEN
				expression := format('gdpr.reveal_text(%I)', a.attname);
			END IF;
			expression := format('gdpr.anonymised(%s, %L, %L, %s)', expression, wanted.value ->> 'strategy', wanted.value - 'strategy', key);
		END IF;
		list := list || CASE WHEN list = '' THEN '' ELSE ', ' END || format('%s AS %I', expression, a.attname);
	END LOOP;
	qualified := CASE cardinality(names)
		WHEN 1 THEN format('%s.%I', (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = source), names[1])
		ELSE format('%I.%I', names[1], names[2]) END;
	/* in random order: the place of a row in the copy must not tell which row it was */
	EXECUTE format('CREATE TABLE %s AS SELECT %s FROM %s ORDER BY random()', qualified, list, source);
	GET DIAGNOSTICS rows = ROW_COUNT;
	PERFORM gdpr.record('anonymised copy', NULL, jsonb_build_object('source', source::text, 'target', qualified, 'columns', columns, 'rows', rows));
	RETURN rows;
END $$;
COMMENT ON FUNCTION gdpr.anonymise_into(regclass, text, jsonb) IS
'Makes a statistical copy of the rows the caller may see, with the columns named and nothing else, each by its strategy ({"born": {"strategy": "generalise", "to": "year"}, "total": null}); sealed columns are revealed for it under the session''s purpose. How many rows. Then gdpr.assert_anonymous(). Errors: ZG017 a sealed column as it is, 22023, 42703, 42P07, and those of reveal(). Rec. 26, Art. 89.';
