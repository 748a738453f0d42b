/*
 * import.sql: rows of a bought or rented list go from a staging table into the table of the people, or are held back
 * with a code. Never half: a row leaves the staging table in the transaction that decides on it, so that a run that was
 * killed goes on where it was. The rows are read and written by the caller's own rights.
 */

/* What identifies one person, so that a row with it is the same person's. */
CREATE FUNCTION gdpr_internal.list_identifiers(classes jsonb, data jsonb) RETURNS TABLE (column_name name, class text,
	value text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.key::name, c.value, data ->> c.key FROM jsonb_each_text(classes) c
	WHERE c.value IN ('email', 'phone', 'national_id', 'id_card', 'iban') AND data ->> c.key <> ''
$$;
COMMENT ON FUNCTION gdpr_internal.list_identifiers(jsonb, jsonb) IS
'internal: the values of a row that identify a person';

CREATE FUNCTION gdpr_internal.list_on_file(people regclass, column_name name, class text, value text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.%I OPERATOR(pg_catalog.=) $1::gdpr.pii_%s)', people,
		column_name, class) INTO found_row USING value;
	RETURN found_row;
END $$;
COMMENT ON FUNCTION gdpr_internal.list_on_file(regclass, name, text, text) IS
'internal: is there a person with this identifier on file?';

CREATE FUNCTION gdpr_internal.list_time(value text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN value::timestamptz;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.list_time(text) IS 'internal: a time, or NULL when it is none';

/* The person agreed, before the data came to us, to a transfer to us or to our like. */
CREATE FUNCTION gdpr_internal.proof_lacks(a gdpr.acquisition, proof jsonb, purpose text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given_at timestamptz := gdpr_internal.list_time(proof ->> 'at');
	named text := lower(btrim(proof ->> 'named'));
BEGIN
	RETURN CASE
		WHEN given_at IS NULL OR gdpr_internal.is_blank(proof ->> 'evidence') THEN 'no-proof'
		WHEN given_at < a.collected_at THEN 'other-wording'
		WHEN given_at > a.obtained_at THEN 'consent-too-late'
		WHEN (named = lower((SELECT c.name FROM gdpr.controller c)) OR named = ANY (SELECT lower(r)
			FROM unnest(a.recipient_categories) r)) IS NOT TRUE THEN 'not-named'
		WHEN proof ? 'purpose' AND (proof ->> 'purpose' = purpose) IS NOT TRUE THEN 'other-purpose' END;
END $$;
COMMENT ON FUNCTION gdpr_internal.proof_lacks(gdpr.acquisition, jsonb, text) IS
'internal: what the proof of consent in a row lacks, or NULL';

CREATE FUNCTION gdpr_internal.list_verdict(a gdpr.acquisition, people regclass, purpose text, classes jsonb, data jsonb,
	proof jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	birth text := (SELECT data ->> c.key FROM jsonb_each_text(classes) c WHERE c.value = 'birth_date' LIMIT 1);
	lacks text;
BEGIN
	IF EXISTS (SELECT FROM jsonb_each_text(classes) c
		WHERE data ->> c.key <> '' AND NOT gdpr.is_valid(c.value, data ->> c.key)) THEN
		RETURN 'invalid';
	ELSIF EXISTS (SELECT FROM jsonb_each_text(classes) c
		WHERE c.value IN ('health', 'national_id') AND data ->> c.key <> '') THEN
		RETURN 'special-category';
	ELSIF NOT EXISTS (SELECT FROM gdpr_internal.list_identifiers(classes, data)) THEN
		RETURN 'no-identifier';
	END IF;
	lacks := gdpr_internal.proof_lacks(a, proof, purpose);
	IF lacks IS NOT NULL THEN
		RETURN lacks;
	ELSIF EXISTS (SELECT FROM gdpr.suppression) AND EXISTS (SELECT FROM gdpr_internal.list_identifiers(classes, data) i
		JOIN gdpr.suppression s ON s.hash = gdpr_internal.hash_of_text(i.class, i.value)) THEN
		RETURN 'suppressed';
	ELSIF birth <> '' AND gdpr.needs_guardian(gdpr_internal.born_at_latest(birth::gdpr.pii_birth_date),
		proof ->> 'country') THEN
		RETURN 'child';
	END IF;
	RETURN (SELECT 'duplicate' FROM gdpr_internal.list_identifiers(classes, data) i
		WHERE gdpr_internal.list_on_file(people, i.column_name, i.class, i.value) LIMIT 1);
END $$;
COMMENT ON FUNCTION gdpr_internal.list_verdict(gdpr.acquisition, regclass, text, jsonb, jsonb, jsonb) IS
'internal: the code with which a row of a list is held, or NULL when it may go in';

CREATE FUNCTION gdpr_internal.count_listed(acquisition uuid, code text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.list_count AS c (acquisition, code, rows) VALUES (acquisition, code, 1)
	ON CONFLICT ON CONSTRAINT list_count_pkey DO UPDATE SET rows = c.rows + 1
$$;
COMMENT ON FUNCTION gdpr_internal.count_listed(uuid, text) IS 'internal: counts what became of a row of a list';

CREATE FUNCTION gdpr_internal.hold_listed(acquisition uuid, people regclass, code text, data jsonb, classes jsonb)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sealer bigint;
BEGIN
	SELECT a.keeper INTO sealer FROM gdpr.acquisition a WHERE a.id = hold_listed.acquisition FOR UPDATE;
	IF sealer IS NULL THEN
		sealer := gdpr_internal.make_heir(people);
		UPDATE gdpr.acquisition a SET keeper = sealer WHERE a.id = hold_listed.acquisition;
	END IF;
	INSERT INTO gdpr.list_held (acquisition, code, sealed_for, content, hashes, until)
	VALUES (hold_listed.acquisition, hold_listed.code, sealer, gdpr_internal.seal_json(data::text, sealer),
		ARRAY(SELECT gdpr_internal.hash_of_text(i.class, i.value) FROM gdpr_internal.list_identifiers(classes, data) i
			WHERE gdpr.is_valid(i.class, i.value)),
		now() + gdpr_internal.period_on('list_quarantine'));
	PERFORM gdpr_internal.count_listed(hold_listed.acquisition, hold_listed.code);
END $$;
COMMENT ON FUNCTION gdpr_internal.hold_listed(uuid, regclass, text, jsonb, jsonb) IS
'internal: holds a row of a list back, sealed, with the reason';

CREATE FUNCTION gdpr_internal.note_acquired(acquisition uuid, people regclass, key text, purpose text, consent uuid)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gdpr.acquired_person (subject, acquisition, relation, purpose, consent)
	VALUES (gdpr_internal.require_subject(people, key), note_acquired.acquisition, people,
		gdpr.purpose_number(note_acquired.purpose), note_acquired.consent);
	PERFORM gdpr_internal.count_listed(note_acquired.acquisition, 'live');
END $$;
COMMENT ON FUNCTION gdpr_internal.note_acquired(uuid, regclass, text, text, uuid) IS
'internal: puts on record by which list a person came';

CREATE FUNCTION gdpr_internal.is_consent_purpose(purpose text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.basis = 'consent' FROM gdpr.purpose p WHERE p.number = gdpr.purpose_number(purpose)
$$;
COMMENT ON FUNCTION gdpr_internal.is_consent_purpose(text) IS 'internal: does a purpose rest on consent?';

/* The default that an INSERT would take, for the consent comes before the row. */
CREATE FUNCTION gdpr_internal.next_key(people regclass, key_column name) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	expression text := (SELECT CASE WHEN a.attidentity <> ''
			THEN format('nextval(%L)', pg_get_serial_sequence(people::text, key_column))
			ELSE pg_get_expr(d.adbin, d.adrelid) END
		FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attrelid = people AND a.attname = key_column);
	key text;
BEGIN
	IF expression IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('column %s has no default, and no column of the list '
			'is mapped to it', key_column), HINT = 'Give it a default, or name the column of the staging table with '
				'the key.';
	END IF;
	EXECUTE format('SELECT (%s)::text', expression) INTO key;
	RETURN key;
END $$;
COMMENT ON FUNCTION gdpr_internal.next_key(regclass, name) IS
'internal: the key of a new person, by the default of its column';

CREATE FUNCTION gdpr_internal.put_listed(a gdpr.acquisition, people regclass, purpose text, channel text, data jsonb,
	proof jsonb, by_consent boolean, key_column name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key text := coalesce(data ->> key_column, gdpr_internal.next_key(people, key_column));
	row_data jsonb := data || jsonb_build_object(key_column, key, 'purposes', format('{%s}', purpose));
	consent uuid;
BEGIN
	IF by_consent THEN
		consent := gdpr.give_consent(people, key, purpose, a.notice, 'import', channel => channel,
			evidence => convert_to(jsonb_build_object('supplier', a.supplier, 'acquisition', a.id,
				'proof', proof)::text, 'UTF8'), evidence_mime => 'application/json', notice_shown => true,
			at => gdpr_internal.list_time(proof ->> 'at'), source => a.supplier, country => proof ->> 'country');
	END IF;
	EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)',
		people, (SELECT string_agg(quote_ident(k), ', ') FROM jsonb_object_keys(row_data) k)) USING row_data;
	PERFORM gdpr_internal.note_acquired(a.id, people, key, purpose, consent);
END $$;
COMMENT ON FUNCTION gdpr_internal.put_listed(gdpr.acquisition, regclass, text, text, jsonb, jsonb, boolean, name) IS
'internal: one person of a list: consent, row and source';

/* What is wrong with the row holds it; what is wrong with the set-up ends the run. */
CREATE FUNCTION gdpr_internal.code_of_error(state text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN state = 'ZG007' THEN 'suppressed' WHEN state = 'ZG011' THEN 'child'
		WHEN state = '23505' THEN 'duplicate'
		WHEN state IN ('ZG010', 'ZG012') THEN 'special-category'
		WHEN state IN ('ZG004', 'ZG005', 'ZG006') THEN 'no-basis'
		WHEN left(state, 2) IN ('22', '23') THEN 'invalid' END
$$;
COMMENT ON FUNCTION gdpr_internal.code_of_error(text) IS
'internal: the code with which a row is held that raised an error; NULL for an error of another kind';

CREATE FUNCTION gdpr_internal.import_row(a gdpr.acquisition, people regclass, purpose text, channel text, classes jsonb,
	data jsonb, proof jsonb, by_consent boolean, key_column name) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	code text := gdpr_internal.list_verdict(a, people, purpose, classes, data, proof);
BEGIN
	IF code IS NULL THEN
		BEGIN
			PERFORM gdpr_internal.put_listed(a, people, purpose, channel, data, proof, by_consent, key_column);
		EXCEPTION WHEN OTHERS THEN
			code := gdpr_internal.code_of_error(SQLSTATE);
			IF code IS NULL THEN
				RAISE;
			END IF;
		END;
	END IF;
	IF code IS NOT NULL THEN
		PERFORM gdpr_internal.hold_listed(a.id, people, code, data || jsonb_build_object('proof', proof), classes);
	END IF;
	RETURN coalesce(code, 'live');
END $$;
COMMENT ON FUNCTION gdpr_internal.import_row(gdpr.acquisition, regclass, text, text, jsonb, jsonb, jsonb, boolean, name)
IS 'internal: takes one row of a list in, or holds it';

/* {wanted: value of the column of the staging row that it is mapped to} */
CREATE FUNCTION gdpr_internal.mapped(mapping jsonb, staged jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_object_agg(m.key, nullif(btrim(staged ->> m.value), '')), '{}')
	FROM jsonb_each_text(mapping) m
$$;
COMMENT ON FUNCTION gdpr_internal.mapped(jsonb, jsonb) IS
'internal: a row of the staging table, by the names it is mapped to';

CREATE FUNCTION gdpr_internal.check_import(a gdpr.acquisition, staging regclass, people regclass, columns jsonb,
	proof jsonb, purpose text) RETURNS name
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys name[] := (SELECT t.key_columns FROM gdpr.subject_table t JOIN gdpr.protected_table p USING (relation)
		WHERE t.relation = people);
	unknown text;
BEGIN
	IF cardinality(keys) IS DISTINCT FROM 1 THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('table %s is not a protected table of people with one key column', people),
			HINT = 'SELECT gdpr.declare_subject(...), then gdpr.protect(...).';
	ELSIF (SELECT c.relkind FROM pg_class c WHERE c.oid = staging) IS DISTINCT FROM 'r'
		OR EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = staging) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a list is staged in an ordinary table of its own',
			HINT = 'CREATE TABLE ... with columns of type text, then COPY the file into it.';
	ELSIF NOT (coalesce(proof, '{}') ?& '{at,named,evidence}') OR coalesce(columns, '{}') = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'say which columns hold the data, and which the proof of consent: at, named and evidence',
			HINT = 'For example columns => ''{"email": "mail"}'', proof => ''{"at": "opted_in", "named": "partner", '
				'"evidence": "reference"}''; country and purpose may be mapped too.';
	ELSIF NOT EXISTS (SELECT FROM gdpr.notice n WHERE n.name = a.notice
		AND gdpr.purpose_number(purpose) = ANY (n.purposes)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG026', MESSAGE = 'the list was not acquired for this purpose';
	END IF;
	SELECT string_agg(x.name, ', ') INTO unknown FROM (
		SELECT people AS relation, k AS name FROM jsonb_object_keys(columns) k
		UNION ALL SELECT staging, v.value FROM jsonb_each_text(columns || proof) v) x
	WHERE NOT EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = x.relation AND t.attname = x.name AND t.attnum > 0
		AND NOT t.attisdropped) OR x.name IN ('purposes', 'gdpr_subject') AND x.relation = people;
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = 'there is no such column to map: ' || unknown;
	END IF;
	RETURN keys[1];
END $$;
COMMENT ON FUNCTION gdpr_internal.check_import(gdpr.acquisition, regclass, regclass, jsonb, jsonb, text) IS
'internal: 55000, 22023, 42703 or ZG026 for an import that cannot be; the key column of the people';

CREATE FUNCTION gdpr_internal.import_pages(acquisition uuid, staging regclass, people regclass, columns jsonb,
	proof jsonb, purpose text, channel text, first bigint, pages integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET gdpr.on_suppressed = 'refuse' AS $$
DECLARE
	a gdpr.acquisition := gdpr_internal.require_acquisition(acquisition);
	key_column name := gdpr_internal.check_import(a, staging, people, columns, proof, purpose);
	classes jsonb := gdpr_internal.sealed_classes(people, ARRAY(SELECT k::name FROM jsonb_object_keys(columns) k));
	by_consent boolean := gdpr_internal.is_consent_purpose(purpose);
	staged record;
	taken bigint := 0;
BEGIN
	FOR staged IN EXECUTE format('DELETE FROM ONLY %s t WHERE t.ctid >= %L AND t.ctid < %L RETURNING to_jsonb(t) '
		'AS data', staging, format('(%s,0)', first), format('(%s,0)', first + pages))
	LOOP
		PERFORM gdpr_internal.import_row(a, people, purpose, channel, classes,
			gdpr_internal.mapped(columns, staged.data), gdpr_internal.mapped(proof, staged.data), by_consent,
			key_column);
		taken := taken + 1;
	END LOOP;
	RETURN taken;
END $$;
COMMENT ON FUNCTION gdpr_internal.import_pages(uuid, regclass, regclass, jsonb, jsonb, text, text, bigint, integer) IS
'internal: takes in the rows of some pages of the staging table, and answers how many there were';

CREATE FUNCTION gdpr_internal.page_count(relation regclass) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_relation_size(relation) / current_setting('block_size')::bigint
$$;
COMMENT ON FUNCTION gdpr_internal.page_count(regclass) IS 'internal: how many pages a table has';

CREATE FUNCTION gdpr_internal.note_import(acquisition uuid, taken bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.record('list imported', NULL, jsonb_build_object('acquisition', acquisition, 'rows', taken,
		'total', (SELECT jsonb_object_agg(c.code, c.rows) FROM gdpr.list_count c
			WHERE c.acquisition = note_import.acquisition)));
END $$;
COMMENT ON FUNCTION gdpr_internal.note_import(uuid, bigint) IS 'internal: what became of a list, in the ledger';

CREATE PROCEDURE gdpr.import_list(acquisition uuid, staging gdpr.table_ref, people gdpr.table_ref, columns jsonb,
	proof jsonb, purpose text, channel text DEFAULT 'any', batch_pages integer DEFAULT 16)
LANGUAGE plpgsql AS $$
DECLARE
	pages bigint;
	page bigint := 0;
	taken bigint := 0;
BEGIN
	PERFORM gdpr_internal.check_import(gdpr_internal.require_acquisition(acquisition), staging, people, columns, proof,
		purpose);
	IF batch_pages IS NULL OR batch_pages NOT BETWEEN 1 AND 256 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'batch_pages must be between 1 and 256';
	END IF;
	pages := gdpr_internal.page_count(staging);
	WHILE page < pages
	LOOP
		taken := taken + gdpr_internal.import_pages(acquisition, staging, people, columns, proof, purpose, channel,
			page, batch_pages);
		COMMIT;
		page := page + batch_pages;
	END LOOP;
	PERFORM gdpr_internal.note_import(acquisition, taken);
END $$;
COMMENT ON PROCEDURE gdpr.import_list(uuid, gdpr.table_ref, gdpr.table_ref, jsonb, jsonb, text, text, integer) IS
'Takes a list that gdpr.acquire_list() put on record from a staging table into a protected table of people, for a '
	'purpose (Art. 6, 7, 14). columns: {column of the people: column of the staging table}; proof: which of its '
	'columns hold at, named and evidence of each person''s consent, and country or purpose. A row goes in with its '
	'consent, or is held with a code (gdpr.list_report), and leaves the staging table, in one transaction of '
	'batch_pages pages: a run that was killed is called again. Runs with the rights of its caller. Not inside a '
	'transaction block (2D000). Errors: ZG026 no acquisition, rental over, other purpose; 22023, 42703, 55000, ZG002.';

CREATE FUNCTION gdpr.list_report(acquisition uuid, OUT code text, OUT rows bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.code, c.rows FROM gdpr.list_count c WHERE c.acquisition = list_report.acquisition
	UNION ALL
	SELECT 'not imported', a.row_count - coalesce(sum(c.rows), 0) FROM gdpr.acquisition a
	LEFT JOIN gdpr.list_count c ON c.acquisition = a.id AND c.code <> 'rental ended'
	WHERE a.id = list_report.acquisition
	GROUP BY a.id ORDER BY 2 DESC, 1
$$;
COMMENT ON FUNCTION gdpr.list_report(uuid) IS
'What became of every row of a list, in numbers: live, the codes with which rows were held, and how many of those in '
	'its record never came. Held rows are counted also when their time is over. Art. 5(2).';
