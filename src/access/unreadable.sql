/*
 * unreadable.sql: values that no one can read, as they were not sealed by this database: written past the binding
 * trigger, as a restore or a replica does, or damaged.
 */
CREATE FUNCTION gdpr_internal.is_intact(value "any") RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_intact' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.is_intact("any") IS
'internal: can a sealed value be opened, and is its token its own? 42804 when it is of no PII type';

CREATE FUNCTION gdpr.unreadable_values(relation gdpr.table_ref) RETURNS TABLE (row_key text, column_name name)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sealed name;
BEGIN
	FOREACH sealed IN ARRAY gdpr_internal.pii_columns(relation)
	LOOP
		RETURN QUERY EXECUTE format('SELECT (%s)::text, %L::name FROM %s t WHERE NOT gdpr_internal.is_intact(t.%I)',
									gdpr_internal.row_key(relation), sealed, relation, sealed);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.unreadable_values(gdpr.table_ref) IS
'The rows of a table, by key, with values that cannot be opened or whose search token is not their own '
'(Art. 32(1)(b)): damaged, or written past the trigger that binds them. Reads and opens every value of the table, and '
	'shows none. '
'Errors: ZG019 keys are not loaded.';

/* Of a large table a sample of about 50,000 rows stands for all. */
CREATE FUNCTION gdpr_internal.value_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	protected record;
	bad bigint;
BEGIN
	IF coalesce((SELECT s.keys FROM gdpr.key_status() s), 0) = 0 THEN
		RETURN;
	END IF;
	FOR protected IN
		SELECT p.relation, s.attname, sum(greatest(c.reltuples, 0)) AS rows
		FROM gdpr.protected_table p JOIN gdpr.sealed_column s ON s.relation = p.relation
		JOIN gdpr.guarded_table g ON g.root = p.relation JOIN pg_class c ON c.oid = g.relation
		GROUP BY p.relation, s.attname
	LOOP
		BEGIN
			EXECUTE format('SELECT count(*) FROM %s t%s WHERE NOT gdpr_internal.is_intact(t.%I)', protected.relation,
						   CASE WHEN protected.rows > 1e5
								THEN format(' TABLESAMPLE SYSTEM (%s)', 5e6 / protected.rows) ELSE '' END,
						   protected.attname) INTO bad;
		EXCEPTION WHEN SQLSTATE 'ZG019' THEN
			RETURN;	-- key_findings() says so
		END;
		IF bad > 0 THEN
			RETURN NEXT ('error', 'values-unreadable', format('%s.%I', protected.relation, protected.attname),
				format('%s values%s cannot be opened, or are found by a search for another', bad,
					   CASE WHEN protected.rows > 1e5 THEN ' of a sample' ELSE '' END),
				format('SELECT * FROM gdpr.unreadable_values(%L); then restore or correct them.',
					   protected.relation))::gdpr.finding;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.value_findings() IS 'internal: part of status(): values that cannot be opened';
SELECT gdpr_internal.finds('access', 'gdpr_internal.value_findings');
