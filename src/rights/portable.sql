/*
 * portable.sql: data portability (Art. 20): what the person gave or was observed, processed by consent or contract.
 */
CREATE FUNCTION gdpr.mark_inferred(relation gdpr.table_ref, VARIADIC columns name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	PERFORM gdpr_internal.require_columns(relation, columns);
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = mark_inferred.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	END IF;
	INSERT INTO gdpr.inferred_column SELECT mark_inferred.relation, c FROM unnest(columns) c ON CONFLICT DO NOTHING;
	PERFORM gdpr_internal.record_setup('columns inferred',
		jsonb_build_object('table', relation::text, 'columns', columns));
END $$;
COMMENT ON FUNCTION gdpr.mark_inferred(gdpr.table_ref, name[]) IS
'Says that columns were computed by the controller and not given by the person, so that they are not portable (Art. '
	'20(1)). Errors: 42501 not the owner of the table, 42703 no such column, 55000 not protected.';

CREATE FUNCTION gdpr_internal.portable_purposes() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(p.name), '{}') FROM gdpr.purpose p WHERE p.basis IN ('consent', 'contract')
$$;
COMMENT ON FUNCTION gdpr_internal.portable_purposes() IS 'internal: purposes that rest on consent or contract';

CREATE FUNCTION gdpr_internal.inferred_columns(relation regclass) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(i.column_name::text), '{}') FROM gdpr.inferred_column i
		WHERE i.relation = inferred_columns.relation
$$;
COMMENT ON FUNCTION gdpr_internal.inferred_columns(regclass) IS
'internal: the columns of a table that are not portable';

CREATE FUNCTION gdpr.portable_rows(subject_table gdpr.table_ref, subject_key text,
	purpose text DEFAULT 'rights_handling')
	RETURNS TABLE (relation regclass, data jsonb)
LANGUAGE sql STABLE AS $$
	SELECT r.relation, gdpr_internal.revealed(r.data OPERATOR(pg_catalog.-) 'purposes' OPERATOR(
		pg_catalog.-) gdpr_internal.inferred_columns(r.relation), r.classes, purpose)
	FROM gdpr_internal.sealed_rows(subject_table, subject_key, purpose) r
	WHERE r.role OPERATOR(pg_catalog.=) 'owner'
		AND gdpr_internal.tag_of(r.data) OPERATOR(pg_catalog.&&) gdpr_internal.portable_purposes()
$$;
COMMENT ON FUNCTION gdpr.portable_rows(gdpr.table_ref, text, text) IS
'The rows of a person that are portable, revealed as they are read: collected by consent or contract, without '
	'inferred columns (Art. 20). Errors as export_rows.';

CREATE FUNCTION gdpr.portable_data(subject_table gdpr.table_ref, subject_key text,
	purpose text DEFAULT 'rights_handling')
	RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH row AS (SELECT p.relation, p.data, row_number() OVER () AS n
		FROM gdpr.portable_rows(subject_table, subject_key, purpose) p),
	tables AS (SELECT r.relation::text AS name, jsonb_agg(r.data ORDER BY r.n) AS rows FROM row r GROUP BY r.relation)
	SELECT jsonb_build_object(
		'$schema', 'https://json-schema.org/draft/2020-12/schema', 'type', 'object',
		'properties', coalesce((SELECT jsonb_object_agg(t.name,
			jsonb_build_object('type', 'array', 'items', jsonb_build_object('type', 'object', 'properties',
			(SELECT jsonb_object_agg(k, jsonb_build_object('type', jsonb_build_array(coalesce(nullif((
					SELECT min(jsonb_typeof(v -> k)) FROM jsonb_array_elements(t.rows) v WHERE v -> k <> 'null'),
						'null'), 'string'), 'null')))
			 FROM (SELECT DISTINCT jsonb_object_keys(v) AS k FROM jsonb_array_elements(t.rows) v) keys))))
				 FROM tables t), '{}'),
		'data', coalesce((SELECT jsonb_object_agg(t.name, t.rows) FROM tables t), '{}'))
$$;
COMMENT ON FUNCTION gdpr.portable_data(gdpr.table_ref, text, text) IS
'The portable data of a person as JSON with its schema: member data holds an array of rows per table, member '
	'properties their JSON Schema (Art. 20). Errors as export_rows.';

CREATE FUNCTION gdpr_internal.csv_field(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN c.cell ~ '[",\r\n]' THEN '"' || replace(c.cell, '"', '""') || '"' ELSE coalesce(c.cell, '') END
	/* a spreadsheet takes what begins so for a formula, and runs it for who opens the file */
	FROM (SELECT CASE WHEN value ~ '^[-=+@\t\r\n]' THEN '''' || value ELSE value END) c (cell)
$$;
COMMENT ON FUNCTION gdpr_internal.csv_field(text) IS
'internal: a field of CSV (RFC 4180); one that a spreadsheet would compute begins with an apostrophe';

CREATE FUNCTION gdpr.portable_csv(subject_table gdpr.table_ref, subject_key text,
	purpose text DEFAULT 'rights_handling')
	RETURNS SETOF text
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'table,row,column,value'
	UNION ALL
	SELECT concat_ws(',', gdpr_internal.csv_field(r.relation::text), r.n, gdpr_internal.csv_field(e.key),
		gdpr_internal.csv_field(e.value))
	FROM (SELECT p.relation, p.data, row_number() OVER (PARTITION BY p.relation) AS n
		  FROM gdpr.portable_rows(subject_table, subject_key, purpose) p) r
	CROSS JOIN LATERAL jsonb_each_text(r.data) e
	WHERE e.value IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr.portable_csv(gdpr.table_ref, text, text) IS
'The portable data of a person as lines of CSV (RFC 4180): table, number of the row in it, column, value; empty '
	'values are left out, and one that begins as a formula does (= + - @) has an apostrophe before it (Art. 20). The '
	'same data as gdpr.portable_data(). Errors as export_rows.';
