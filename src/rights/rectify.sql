/*
 * rectify.sql: correction (Art. 16), over the graph: the copies of an identifier are corrected with it.
 */
CREATE FUNCTION gdpr_internal.require_own_column(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = require_own_column.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	ELSIF EXISTS (SELECT FROM gdpr.binding_step s WHERE s.relation = require_own_column.relation AND s.step = 1
		AND column_name = ANY (s.columns || s.type_column)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('column %I of table %s says whose the row is',
			column_name, relation);
	END IF;
	PERFORM gdpr_internal.require_columns(relation, ARRAY[column_name]);
END $$;
COMMENT ON FUNCTION gdpr_internal.require_own_column(regclass, name) IS
'internal: raises unless a column holds what can be corrected';

CREATE FUNCTION gdpr.dispute_value(subject_table gdpr.table_ref, subject_key text, column_name name,
	relation gdpr.table_ref DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	dispute uuid := gen_random_uuid();
BEGIN
	PERFORM gdpr_internal.require_own_column(coalesce(relation, subject_table), column_name);
	INSERT INTO gdpr.disputed_value (id, subject, relation, column_name)
	VALUES (dispute, person, coalesce(dispute_value.relation, subject_table), dispute_value.column_name);
	PERFORM gdpr_internal.record('value disputed', person,
		jsonb_build_object('dispute', dispute, 'table', coalesce(relation, subject_table)::text, 'column',
		column_name));
	RETURN dispute;
END $$;
COMMENT ON FUNCTION gdpr.dispute_value(gdpr.table_ref, text, name, gdpr.table_ref) IS
'Marks a value that a person says is wrong, until gdpr.rectify() or gdpr.confirm_value() settles it, and returns the '
	'mark''s id (Art. 16). relation: another table of the person''s; default the person''s own. To stop its use '
	'meanwhile: gdpr.restrict_subject(..., ''accuracy contested''). Errors: 02000 no such person, 42703, 55000.';

CREATE FUNCTION gdpr.confirm_value(dispute uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a correction is not refused without its reason';
	END IF;
	UPDATE gdpr.disputed_value d SET settled_at = clock_timestamp() WHERE d.id = confirm_value.dispute
		AND d.settled_at IS NULL
	RETURNING d.subject INTO person;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such dispute';
	END IF;
	PERFORM gdpr_internal.record('value confirmed', person, jsonb_build_object('dispute', dispute, 'reason',
		btrim(reason)));
END $$;
COMMENT ON FUNCTION gdpr.confirm_value(uuid, text) IS
'Settles a dispute: the value is right, for this reason, never a personal value (Art. 12(4), 16). Errors: ZG022 no '
	'reason, 55000 no such dispute.';

/* Sets a column in rows of a person''s; sealed values come sealed, to be bound by the trigger of the table. */
CREATE FUNCTION gdpr_internal.set_value(relation regclass, column_name name, value jsonb, condition text,
	key_values text[], person bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (gdpr_internal.change_as_owner(relation, format(
		'WITH changed AS (UPDATE %s t SET %I = CAST($3 ->> ''value'' AS %s) WHERE %s RETURNING 1) SELECT '
			'to_jsonb(count(*)) FROM changed',
		relation, column_name,
		(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = relation
			AND a.attname = column_name),
		condition), key_values, person, value))::text::bigint;
EXCEPTION WHEN data_exception THEN
	/* types of the core print the value that they refuse */
	RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('the value is not of the type of column %I of table %s',
		column_name, relation);
END $$;
COMMENT ON FUNCTION gdpr_internal.set_value(regclass, name, jsonb, text, text[], bigint) IS
'internal: sets a column in rows of a person, as the owner of the table';

/* Columns of the same class elsewhere that hold the same identifier; only classes with a token can be compared. */
CREATE FUNCTION gdpr_internal.correct_copies(subject_table regclass, person bigint, key_values text[], class text,
	was text, value jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other record;
	changed bigint;
	done jsonb := '[]';
BEGIN
	FOR other IN
		SELECT DISTINCT ON (g.relation::text, a.attnum) g.relation, a.attname
		FROM gdpr.graph_link g JOIN pg_attribute a ON a.attrelid = g.relation AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
		WHERE g.subject_table = correct_copies.subject_table AND g.binds
		  AND t.typnamespace = 'gdpr'::regnamespace AND t.typname = 'pii_' || class
		ORDER BY g.relation::text, a.attnum
	LOOP
		changed := gdpr_internal.set_value(other.relation, other.attname, value || jsonb_build_object('was', was),
			format('%s AND t.%I OPERATOR(pg_catalog.=) CAST($3 ->> ''was'' AS gdpr.pii_%s)',
				gdpr_internal.owned_condition(other.relation), other.attname, class),
			key_values, person);
		IF changed > 0 THEN
			done := done || jsonb_build_object('table', other.relation::text, 'column', other.attname, 'rows', changed);
		END IF;
	END LOOP;
	RETURN done;
END $$;
COMMENT ON FUNCTION gdpr_internal.correct_copies(regclass, bigint, text[], text, text, jsonb) IS
'internal: corrects the same identifier wherever a person''s rows hold it';

CREATE FUNCTION gdpr.rectify(subject_table gdpr.table_ref, subject_key text, column_name name, value text,
							 relation gdpr.table_ref DEFAULT NULL, row_key text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	target regclass := coalesce(relation, subject_table);
	keys text[] := gdpr_internal.key_values(subject_key, (SELECT cardinality(t.key_columns) FROM gdpr.subject_table t
		WHERE t.relation = rectify.subject_table));
	class text := gdpr_internal.sealed_classes(target, ARRAY[column_name]) ->> column_name::text;
	condition text := gdpr_internal.owned_condition(target);
	sealed jsonb := jsonb_build_object('value', value);
	was text;
	changed bigint;
	done jsonb;
BEGIN
	PERFORM gdpr_internal.require_own_column(target, column_name);
	IF row_key IS NOT NULL THEN
		condition := condition || format(' AND %s OPERATOR(pg_catalog.=) %L',
			gdpr_internal.key_text(gdpr_internal.primary_key(target), 't'), row_key);
	END IF;
	IF class IS NOT NULL AND value IS NOT NULL THEN
		EXECUTE format('SELECT jsonb_build_object(''value'', $1::gdpr.pii_%s)', class) INTO sealed USING value;
	END IF;
	IF class IN (SELECT c.class FROM gdpr.classes() c WHERE c.searchable) AND value IS NOT NULL THEN
		EXECUTE format('SELECT to_jsonb(t.%I) #>> ''{}'' FROM %s t WHERE %s LIMIT 1', column_name, target, condition)
			INTO was USING keys, person;
	END IF;
	changed := gdpr_internal.set_value(target, column_name, sealed, condition, keys, person);
	IF changed = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = format('table %s has no such row of this person', target);
	END IF;
	done := jsonb_build_array(jsonb_build_object('table', target::text, 'column', column_name, 'rows', changed));
	IF was IS NOT NULL THEN
		done := done || gdpr_internal.correct_copies(subject_table, person, keys, class, was, sealed);
	END IF;
	UPDATE gdpr.disputed_value d SET settled_at = clock_timestamp()
	WHERE d.subject = person AND d.relation = target AND d.column_name = rectify.column_name AND d.settled_at IS NULL;
	PERFORM gdpr_internal.record('value corrected', person, jsonb_build_object('columns', done));
	PERFORM gdpr_internal.queue_notifications(person, 'rectification', jsonb_build_object('columns', done));
	RETURN done;
END $$;
COMMENT ON FUNCTION gdpr.rectify(gdpr.table_ref, text, name, text, gdpr.table_ref, text) IS
'Corrects a value of a person (Art. 16, 19): a column of the person''s own row, or of relation, there of the row with '
	'the primary key row_key or of every row of the person''s. Where the value is an identifier (email, phone, ...), '
	'the same identifier in the person''s other rows is corrected with it. Recipients are queued to be told, disputes '
	'of the column settled. Answers what was changed, never a value. Errors: 02000 no such person or row, 42703 no '
	'such column, 22P02 not of the class, ZG007 suppressed, 55000, 23505.';
