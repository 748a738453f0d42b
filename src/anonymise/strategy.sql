/*
 * strategy.sql: the closed list of strategies, the rules that name them, and what carries the rules out.
 */
CREATE FUNCTION gdpr.strategies(OUT name text, OUT effect text, OUT types text, OUT options text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_strategies' LANGUAGE C STABLE ROWS 10;
COMMENT ON FUNCTION gdpr.strategies() IS
'The ways to make a value say less, with their legal effect (anonymising, pseudonymising, hiding), the types they '
	'take and their options';

CREATE FUNCTION gdpr.anonymised(value anyelement, strategy text, options jsonb DEFAULT '{}', row_key text DEFAULT NULL,
	type_modifier integer DEFAULT -1)
	RETURNS anyelement
	AS 'MODULE_PATHNAME', 'gdpr_anonymised' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.anonymised(anyelement, text, jsonb, text, integer) IS
'One value changed by a strategy, in its own type and within its bounds and length; NULL stays NULL. Noise and '
	'pseudonyms stick to row_key, so reading again does not average them out. Errors: 22023 unknown strategy or '
	'option, 42804 a type the strategy does not take. Rec. 26.';

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
SELECT gdpr_internal.keeps_relation('gdpr.anonymisation_rule', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.anonymisation_rule IS
'how each column of a table is anonymised; sealed columns need no rule, they are emptied';

CREATE FUNCTION gdpr.set_anonymisation(relation gdpr.table_ref, column_name name, strategy text,
	options jsonb DEFAULT '{}')
	RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a pg_attribute;
	sealed boolean;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	PERFORM gdpr_internal.column_list(relation, ARRAY[column_name]);
	SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attname = column_name;
	sealed := EXISTS (SELECT FROM pg_type y WHERE y.oid = gdpr_internal.underlying_type(a.atttypid)
		AND y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%');
	IF NOT EXISTS (SELECT FROM gdpr.strategies() s WHERE s.name = strategy) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown strategy "%s"', strategy),
			HINT = 'SELECT * FROM gdpr.strategies();';
	ELSIF column_name IN ('purposes', 'gdpr_subject') OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation
		AND i.indisprimary AND a.attnum = ANY (i.indkey)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s is a key or belongs to its protection', column_name, relation);
	ELSIF sealed AND strategy <> 'null' THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s is sealed: in place it can only become NULL',
			column_name, relation),
			HINT = 'gdpr.anonymise_into() makes a copy with generalised values.';
	ELSIF strategy = 'null' AND a.attnotnull THEN
		RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = format('column %I of table %s is NOT NULL',
			column_name, relation),
			HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', relation, column_name);
	ELSIF strategy IN ('shuffle', 'swap') THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('strategy %s moves values between rows: rows that are anonymised at different times '
			'cannot', strategy),
			HINT = 'gdpr.anonymise_into() shuffles and swaps in the copy.';
	ELSIF NOT sealed THEN
		/* tried on NULL, so that a type which the strategy does not take is known now */
		EXECUTE format('SELECT gdpr.anonymised(%I, %L, %L, ''x'') FROM (SELECT NULL::%s AS %1$I) v', column_name,
			strategy, options, format_type(a.atttypid, a.atttypmod));
	END IF;
	INSERT INTO gdpr.anonymisation_rule AS r (relation, column_name, strategy, options)
	VALUES (set_anonymisation.relation, set_anonymisation.column_name, set_anonymisation.strategy,
		set_anonymisation.options)
	ON CONFLICT ON CONSTRAINT anonymisation_rule_pkey DO UPDATE SET strategy = excluded.strategy,
		options = excluded.options;
	PERFORM gdpr_internal.record_setup('anonymisation rule set', jsonb_build_object('table', relation::text, 'column',
		column_name, 'strategy', strategy));
END $$;
COMMENT ON FUNCTION gdpr.set_anonymisation(gdpr.table_ref, name, text, jsonb) IS
'Says how a column is anonymised in place, and in a copy that says "default". A sealed column can only become NULL in '
	'place. Errors: 22023 unknown strategy or option, 55000 a key column or a sealed one, 23502 NOT NULL, 42703, '
	'42501. Rec. 26.';

/* Noise of two columns must not be the same, or who knows one knows the other. */
CREATE FUNCTION gdpr_internal.strategy_options(relation regclass, column_name name, strategy text, options jsonb)
	RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN strategy = 'noise' AND options ->> 'domain' IS NULL
				THEN options || jsonb_build_object('domain', (SELECT format('%s.%s', c.relname, column_name)
					FROM pg_class c WHERE c.oid = relation))
				ELSE options END
$$;
COMMENT ON FUNCTION gdpr_internal.strategy_options(regclass, name, text, jsonb) IS
'internal: the options of a strategy, with a domain of the column''s own for noise';

/* "a = strategy(a), ..." for an UPDATE, from the rules; sealed columns become NULL whether a rule says so or not. */
CREATE FUNCTION gdpr_internal.anonymising_assignments(relation regclass, row_key text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(CASE WHEN y.typnamespace = 'gdpr'::regnamespace OR r.strategy = 'null'
		THEN format('%I = NULL', a.attname)
						   ELSE format('%1$I = gdpr.anonymised(%1$I, %2$L, %3$L, %4$s, %5$s)', a.attname, r.strategy,
								gdpr_internal.strategy_options(relation, a.attname, r.strategy, r.options), row_key,
									a.atttypmod) END,
					  ', ' ORDER BY a.attnum)
	FROM pg_attribute a JOIN pg_type y ON y.oid = gdpr_internal.underlying_type(a.atttypid)
	LEFT JOIN gdpr.anonymisation_rule r ON r.relation = a.attrelid AND r.column_name = a.attname
	WHERE a.attrelid = anonymising_assignments.relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND (r.strategy IS NOT NULL OR (y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%'))
$$;
COMMENT ON FUNCTION gdpr_internal.anonymising_assignments(regclass, text) IS
'internal: the SET list that anonymises a row of a table';

CREATE FUNCTION gdpr_internal.primary_key_text(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE count(*) WHEN 1 THEN format('(%s)::text', min(quote_ident(a.attname)))
				ELSE format('ROW(%s)::text',
					string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))) END
	FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = relation AND i.indisprimary HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.primary_key_text(regclass) IS
'internal: an expression that is a row''s primary key as text; NULL without one';
