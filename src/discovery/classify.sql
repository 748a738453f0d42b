/*
 * classify.sql: a person decides what a column holds; a scan only proposes.
 */
CREATE FUNCTION gdpr_internal.check_classification(relation regclass, column_name name, category text, reason text,
	proposed text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF relation IS NULL OR column_name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'a classification is of one column of a table';
	ELSIF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f')) THEN
		RAISE EXCEPTION USING ERRCODE = '42809', MESSAGE = format('%s is no table, view or foreign table', relation);
	ELSIF category <> 'not personal' AND NOT EXISTS (SELECT FROM gdpr.data_categories() c WHERE c.category =
		check_classification.category) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown category of data',
			HINT = 'SELECT * FROM gdpr.data_categories(); lists them; not personal is one, too.';
	ELSIF category <> proposed AND gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('a scan found %s in column %I of table %s', proposed, column_name, relation),
			HINT = 'Say why it is something else: reason => ''...''.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_classification(regclass, name, text, text, text) IS
'internal: raises unless a column can be classified so';

CREATE FUNCTION gdpr.classify(relation gdpr.table_ref, column_name name, category text, reason text DEFAULT NULL,
	review_by date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	proposed text := (SELECT d.category FROM gdpr.discovered d WHERE d.relation = classify.relation
				   AND d.column_name = classify.column_name::text);
	type text := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = classify.relation
				  AND a.attname = classify.column_name AND a.attnum > 0 AND NOT a.attisdropped);
BEGIN
	PERFORM gdpr_internal.check_classification(relation, column_name, category, reason, proposed);
	IF type IS NULL AND (category IS NULL OR NOT gdpr_internal.classification_required()) THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', relation, column_name);
	END IF;
	DELETE FROM gdpr.classification c WHERE c.relation = classify.relation AND c.column_name = classify.column_name;
	IF category IS NOT NULL THEN
		INSERT INTO gdpr.classification (relation, column_name, category, reason, review_by, type, found)
		VALUES (relation, column_name, category, nullif(btrim(reason), ''), review_by, type, proposed);
	END IF;
	UPDATE gdpr.drift d SET settled_at = clock_timestamp(), settled_by = SESSION_USER
	WHERE d.relation = classify.relation AND d.column_name = classify.column_name AND d.settled_at IS NULL;
	PERFORM gdpr_internal.record('column classified', NULL, jsonb_strip_nulls(jsonb_build_object(
		'table', relation::text, 'column', column_name, 'category', coalesce(category, 'withdrawn'), 'found', proposed,
		'reason', reason, 'review_by', review_by)));
END $$;
COMMENT ON FUNCTION gdpr.classify(gdpr.table_ref, name, text, text, date) IS
'Records your decision over what a scan proposes: category of gdpr.data_categories(), or not personal; NULL takes a '
	'decision back. It holds until the column gets another type, a scan finds what was not there when you decided, or '
	'review_by comes (state reopened in gdpr.scan_results). reason: required when you say something else than the '
	'scan. With gdpr.require_classification on, a column can be classified before it is added. Recorded in the '
	'ledger; never write a personal value into reason. Art. 5(2), 30(1)(c). Errors: 42703 no such column, 22023 '
	'category or reason, 42809 no table.';

/* ---- strict mode ---- */

CREATE FUNCTION gdpr_internal.own_change(writer xid) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_discovery_own_change' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.own_change(xid) IS
'internal: was a row of the catalogs written by the running transaction?';

/* Strict: a column of a protected table is classified before it is there. */
CREATE FUNCTION gdpr_internal.classification_required() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('gdpr.require_classification', true)::boolean, false)
$$;
COMMENT ON FUNCTION gdpr_internal.classification_required() IS
'internal: must a column be classified before it is added to a protected table?';

CREATE FUNCTION gdpr_internal.require_classification() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lacking record;
BEGIN
	IF NOT gdpr_internal.classification_required() THEN
		RETURN;
	END IF;
	SELECT u.relation, u.column_name INTO lacking
	FROM pg_event_trigger_ddl_commands() d
	JOIN gdpr_internal.unclassified_column u ON u.relation::oid = d.objid
	WHERE d.classid = 'pg_class'::regclass AND gdpr_internal.own_change(u.writer) ORDER BY u.attnum LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', TABLE = lacking.relation::text, COLUMN = lacking.column_name,
			MESSAGE = format('there is no classification of column %I of protected table %s', lacking.column_name,
				lacking.relation),
			HINT = format('First SELECT gdpr.classify(%L, %L, %L, ''<why>''); or SET gdpr.require_classification '
				'= off.', lacking.relation, lacking.column_name,
				coalesce(gdpr_internal.name_category(lacking.column_name), 'not personal'));
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_classification() IS
'internal: with gdpr.require_classification on, refuses columns of protected tables without a classification (55000)';
CREATE EVENT TRIGGER gdpr_require_classification ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
	EXECUTE FUNCTION gdpr_internal.require_classification();
