/*
 * copy.sql: a statistical copy of a table, each column by its strategy.
 */

/* What suits a class of personal data, when nothing else is said. */
CREATE FUNCTION gdpr.default_anonymisation(OUT class text, OUT strategy text, OUT options jsonb) RETURNS SETOF record
LANGUAGE sql STABLE ROWS 14 SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.class, coalesce(d.strategy, 'null'), coalesce(d.options, '{}')::jsonb
	FROM gdpr.classes() c LEFT JOIN (VALUES
		('birth_date', 'generalise', '{"to": "year"}'),
		('ip', 'generalise', '{"v4": 16, "v6": 32}'),
		('iban', 'generalise', '{"keep": 2}')) d (class, strategy, options) ON d.class = c.class
	WHERE c.type IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr.default_anonymisation() IS
'What a copy makes of each class of personal data that says "default": the year of a birth date, the network of an '
	'address on the internet, the country of an account number, and nothing of the others, which name a person '
	'whatever is left of them.';

/* Where a value of a class comes from, and as what: partial dates count from their first day. */
CREATE FUNCTION gdpr_internal.copied_value(source regclass, column_name name, OUT expression text, OUT class text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT substr(y.typname, 5) INTO class 
	FROM pg_attribute a JOIN pg_type y ON y.oid = gdpr_internal.underlying_type(a.atttypid)
	WHERE a.attrelid = source AND a.attname = column_name AND y.typnamespace = 'gdpr'::regnamespace
		AND y.typname LIKE 'pii\_%';
	expression := CASE
		WHEN class IS NULL THEN format('%I', column_name)
		WHEN class = 'birth_date'
			THEN format('(pg_catalog.rpad(gdpr.reveal_text(%I), 10, pg_catalog.right(''0000-01-01'', 10 - '
			'pg_catalog.length(gdpr.reveal_text(%1$I)))))::date', column_name)
		WHEN class = 'ip' THEN format('gdpr.reveal_text(%I)::inet', column_name)
		ELSE format('gdpr.reveal_text(%I)', column_name) END;
END $$;
COMMENT ON FUNCTION gdpr_internal.copied_value(regclass, name) IS 'internal: an expression for a column''s plain value';

/* The strategy that a copy asks for a column: an object, "default", or null for the value as it is. */
CREATE FUNCTION gdpr_internal.copy_strategy(source regclass, column_name name, wanted jsonb, OUT strategy text,
	OUT options jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_class text := (gdpr_internal.copied_value(source, column_name)).class;
BEGIN
	IF wanted = '"default"' THEN
		SELECT r.strategy, r.options INTO strategy, options FROM gdpr.anonymisation_rule r
		WHERE r.relation = source AND r.column_name = copy_strategy.column_name;
		IF of_class IS NOT NULL THEN
			SELECT d.strategy, d.options INTO strategy, options FROM gdpr.default_anonymisation() d
				WHERE d.class = of_class;
		ELSIF strategy IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('column %I of table %s has no default strategy',
				column_name, source),
				HINT = 'SELECT gdpr.set_anonymisation(...), or name a strategy; null copies the column as it is.';
		END IF;
	ELSIF wanted = 'null' THEN
		IF of_class IS NOT NULL OR column_name IN ('gdpr_subject', 'purposes') THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG017',
				MESSAGE = format('column %I is sealed or names a person: it cannot be copied as it is', column_name),
				HINT = 'Give it a strategy.';
		END IF;
		RETURN;
	ELSIF jsonb_typeof(wanted) <> 'object' OR wanted ->> 'strategy' IS NULL
		OR column_name IN ('gdpr_subject', 'purposes') THEN
		RAISE EXCEPTION USING ERRCODE = CASE WHEN column_name IN ('gdpr_subject', 'purposes') THEN 'ZG017'
			ELSE '22023' END,
			MESSAGE = format('column %I cannot be copied so', column_name),
			HINT = 'Give an object with a strategy, "default", or null; gdpr_subject and purposes are never copied.';
	ELSE
		strategy := wanted ->> 'strategy';
		options := wanted - 'strategy';
	END IF;
	options := gdpr_internal.strategy_options(source, column_name, strategy, options);
END $$;
COMMENT ON FUNCTION gdpr_internal.copy_strategy(regclass, name, jsonb) IS
'internal: strategy and options of a column in a copy';

CREATE FUNCTION gdpr_internal.copy_expression(source regclass, column_name name, strategy text, options jsonb,
	row_key text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN strategy IS NULL OR strategy IN ('shuffle', 'swap') THEN v.expression
				/* nothing is revealed for a column that stays empty */
				WHEN strategy = 'null' THEN format('NULL::%s', CASE WHEN v.class IS NULL
					THEN format_type(a.atttypid, a.atttypmod) ELSE 'text' END)
				ELSE format('gdpr.anonymised(%s, %L, %L, %s, %s)%s', v.expression, strategy, options, row_key,
							CASE WHEN v.class IS NULL THEN a.atttypmod ELSE -1 END,
							CASE WHEN v.class IS NULL THEN format('::%s', format_type(a.atttypid, a.atttypmod)) END) END
	FROM pg_attribute a, gdpr_internal.copied_value(source, column_name) v
	WHERE a.attrelid = source AND a.attname = column_name
$$;
COMMENT ON FUNCTION gdpr_internal.copy_expression(regclass, name, text, jsonb, text) IS
'internal: an expression for a column in a copy; columns that are shuffled or swapped move later';

/*
 * A column in another order, to be joined by place: shuffled over all rows, or swapped between rows that are near in
 * the order of its values (rank swapping, Moore 1996), which keeps what it has to do with other columns.
 */
CREATE FUNCTION gdpr_internal.moved_values(column_name name, strategy text, percent double precision) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE strategy
		WHEN 'shuffle' THEN format('SELECT %I AS v, row_number() OVER (ORDER BY gen_random_uuid()) AS place FROM '
			'gdpr_base', column_name)
		ELSE format('SELECT t.v, f.place FROM (SELECT gdpr_place AS place, row_number() OVER (ORDER BY %1$I, '
			'gdpr_place) AS rank FROM gdpr_base) f
					 JOIN (SELECT b.v, row_number() OVER (ORDER BY b.block, gen_random_uuid()) AS rank
						   FROM (SELECT r.v, least((r.rank - 1) / r.size, greatest(r.n / r.size - 1, 0)) AS block
								 FROM (SELECT %1$I AS v, row_number() OVER (ORDER BY %1$I, gdpr_place) AS rank, '
									'count(*) OVER () AS n,
											  greatest(ceil(count(*) OVER () * %2$s::float8 / 100), 2)::bigint AS '
												'size FROM gdpr_base) r) b) t USING (rank)',
					column_name, percent) END
$$;
COMMENT ON FUNCTION gdpr_internal.moved_values(name, text, double precision) IS
'internal: a query of the values of a column with the place that each moves to';

CREATE FUNCTION gdpr_internal.qualified_target(source regclass, target text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names text[] := parse_ident(target);
BEGIN
	RETURN CASE cardinality(names)
		WHEN 1 THEN format('%s.%I', (SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = source),
			names[1])
		ELSE format('%I.%I', names[1], names[2]) END;
END $$;
COMMENT ON FUNCTION gdpr_internal.qualified_target(regclass, text) IS
'internal: the name of a copy, in the schema of its source when it says none';

/* What was done to each column of a copy, so that no one calls pseudonyms anonymous later. */
CREATE TABLE gdpr.copied_column
(
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	strategy	text,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.copied_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.copied_column', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.copied_column IS
'how the columns of the copies of anonymise_into() were made; strategy NULL: as they were';

CREATE FUNCTION gdpr.anonymise_into(source gdpr.table_ref, target text, columns jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	qualified text := gdpr_internal.qualified_target(source, target);
	key text := coalesce(gdpr_internal.primary_key_text(source), 'NULL');
	base text[] := '{}';
	list text[] := '{}';
	joins text := '';
	how jsonb := '{}';
	rows bigint;
	c record;
	percent double precision;
BEGIN
	IF columns IS NULL OR jsonb_typeof(columns) <> 'object' OR columns = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'columns must name what the copy holds',
			HINT = '{"born": {"strategy": "generalise", "to": "year"}, "email": "default", "total": null}: null keeps '
				'a column as it is.';
	END IF;
	PERFORM gdpr_internal.column_list(source, (SELECT array_agg(k)::name[] FROM jsonb_object_keys(columns) k));
	FOR c IN SELECT e.key::name AS name, row_number() OVER () AS n, s.strategy, s.options
			 FROM jsonb_each(columns) e, gdpr_internal.copy_strategy(source, e.key::name, e.value) s
	LOOP
		base := base || format('%s AS %I', gdpr_internal.copy_expression(source, c.name, c.strategy, c.options, key),
			c.name);
		how := how || jsonb_build_object(c.name, c.strategy);
		IF c.strategy IN ('shuffle', 'swap') THEN
			percent := coalesce((c.options ->> 'percent')::double precision, 5);
			IF NOT percent BETWEEN 0 AND 100 THEN
				RAISE EXCEPTION USING ERRCODE = '22023',
					MESSAGE = 'option "percent" of strategy swap is between 0 and 100';
			END IF;
			list := list || format('moved_%s.v AS %I', c.n, c.name);
			joins := joins || format(' JOIN (%s) moved_%s ON moved_%2$s.place = b.gdpr_place',
				gdpr_internal.moved_values(c.name, c.strategy, percent), c.n);
		ELSE
			list := list || format('b.%I', c.name);
		END IF;
	END LOOP;
	/* in random order: the place of a row in the copy must not tell which row it was */
	EXECUTE format('CREATE TABLE %s AS WITH gdpr_base AS %s (SELECT %s%s FROM %s) SELECT %s FROM gdpr_base b%s ORDER '
		'BY gen_random_uuid()', qualified,
				   CASE WHEN joins = '' THEN 'NOT MATERIALIZED' ELSE 'MATERIALIZED' END, array_to_string(base, ', '),
				   CASE WHEN joins = '' THEN '' ELSE ', row_number() OVER () AS gdpr_place' END, source,
					   array_to_string(list, ', '), joins);
	GET DIAGNOSTICS rows = ROW_COUNT;
	INSERT INTO gdpr.copied_column (relation, column_name, strategy)
	SELECT qualified::regclass, h.key, h.value FROM jsonb_each_text(how) h;
	PERFORM gdpr_internal.record_setup('anonymised copy', jsonb_build_object('source', source::text, 'target',
		qualified, 'columns', how, 'rows', rows));
	RETURN rows;
END $$;
COMMENT ON FUNCTION gdpr.anonymise_into(gdpr.table_ref, text, jsonb) IS
'Makes a statistical copy of the rows the caller may see, in random order, with the columns named and nothing else, '
	'each by its strategy ({"born": {"strategy": "generalise", "to": "year"}, "email": "default", "total": null}; '
	'default is the rule of set_anonymisation() or that of the class, null the value as it is); sealed columns are '
	'revealed for it under the session''s purpose. How many rows. Then gdpr.assert_anonymous(). Errors: ZG017 a '
	'sealed column as it is, 22023, 42703, 42P07, and those of reveal(). Rec. 26, Art. 89.';
