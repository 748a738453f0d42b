/*
 * erase.sql: the right to erasure (Art. 17), in one transaction: it completes or it raises. The rows that live on are
 * settled, the others deleted, as erasure_plan.sql says; last the key is destroyed.
 *
 * Settling writes gdpr_subject, which the binding trigger lets no one else do. Rows are read as the owner of the
 * extension and changed as the owner of their table (as_owner.c).
 */
CREATE TABLE gdpr.erasure
(
	subject		bigint PRIMARY KEY REFERENCES gdpr.subject (number),
	id			uuid NOT NULL UNIQUE DEFAULT pg_catalog.gen_random_uuid(),
	at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ground		text NOT NULL,
	role		name NOT NULL DEFAULT SESSION_USER,
	kept_as		bigint REFERENCES gdpr.subject (number),
	result		jsonb NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.erasure', '');
SELECT gdpr_internal.append_only('gdpr.erasure');
SELECT gdpr_internal.keeps_subject('gdpr.erasure', 'subject', 'keep',
	'the erasure itself, under a number without a name');
SELECT gdpr_internal.keeps_subject('gdpr.erasure', 'kept_as', 'keep',
	'no named person: the rows that were kept');
COMMENT ON TABLE gdpr.erasure IS
'erasures: when, on which ground, what was done in each table and what was kept why; kept_as is the nameless subject '
	'of the rows kept; append-only';

/* ---- carrying out the plan ---- */

CREATE FUNCTION gdpr_internal.change_as_owner(relation regclass, statement text, key_values text[], subject bigint,
	rows jsonb DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_change_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.change_as_owner(regclass, text, text[], bigint, jsonb) IS
'internal: runs a statement that erasure made, with key_values, subject and rows as $1, $2, $3, as the owner of the '
	'table and past forced row security; without a relation as the current user. Answers what a SELECT answers, else '
	'the number of rows';

CREATE FUNCTION gdpr_internal.settle_as_owner(relation regclass, statement text, key_values text[], subject bigint,
	rows jsonb) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_settle_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.settle_as_owner(regclass, text, text[], bigint, jsonb) IS
'internal: change_as_owner for an UPDATE that says itself whose the rows are: the binding trigger lets it pass';

/* Who the kept rows are about: no one by name, with a key of its own, restricted to legal duties and claims. */
CREATE FUNCTION gdpr_internal.make_heir(subject_table regclass) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	heir bigint := gdpr_internal.nameless_subject(subject_table);
BEGIN
	UPDATE gdpr.subject s SET relation = NULL, key = NULL WHERE s.number = heir;
	INSERT INTO gdpr.restriction (subject, ground) VALUES (heir, 'legal claims');
	RETURN heir;
END $$;
COMMENT ON FUNCTION gdpr_internal.make_heir(regclass) IS 'internal: the nameless subject of rows kept after an erasure';

CREATE FUNCTION gdpr_internal.require_nothing_kept(statement text, key_values text[], subject bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept jsonb := gdpr_internal.change_as_owner(NULL, statement, key_values, subject);
BEGIN
	IF kept <> '[]' THEN
		RAISE EXCEPTION USING ERRCODE = '27000',
			MESSAGE = format('a trigger or rule kept rows of the person in table %s',
				(SELECT string_agg(k, ', ') FROM jsonb_array_elements_text(kept) k)),
			HINT = 'Let its BEFORE DELETE triggers return OLD, and drop rules that do something instead: a row that '
				'is only marked as deleted is not erased. Nothing was erased.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_nothing_kept(text, text[], bigint) IS
'internal: 27000 when rows that were to be deleted are still there';

CREATE FUNCTION gdpr_internal.delete_as_owner(relation regclass, statement text, key_values text[], subject bigint)
	RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'gdpr_delete_as_owner' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.delete_as_owner(regclass, text, text[], bigint) IS
'internal: runs a step of delete_steps as the owner of its tables; the rows deleted of each';

CREATE FUNCTION gdpr_internal.delete_all(steps gdpr.erasure_step[], key_values text[], subject bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	step gdpr.erasure_step;
	counts bigint[];
	done jsonb := '[]';
BEGIN
	FOREACH step IN ARRAY steps
	LOOP
		counts := gdpr_internal.delete_as_owner(step.relations[1], step.statement, key_values, subject);
		FOR n IN 1 .. cardinality(counts)
		LOOP
			CONTINUE WHEN counts[n] = 0;
			done := done || jsonb_build_object('table', step.relations[n]::text, 'role', step.role,
				'action', step.action, 'rows', counts[n]);
		END LOOP;
	END LOOP;
	RETURN done;
END $$;
COMMENT ON FUNCTION gdpr_internal.delete_all(gdpr.erasure_step[], text[], bigint) IS
'internal: deletes every row that is still a person''s; answers what was done';

CREATE FUNCTION gdpr_internal.settle_all(steps gdpr.erasure_step[], key_values text[], subject bigint, heir bigint)
	RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	step gdpr.erasure_step;
	relation regclass;
	rows jsonb;
	done jsonb := '[]';
BEGIN
	FOREACH step IN ARRAY steps
	LOOP
		relation := step.relations[1];
		rows := gdpr_internal.change_as_owner(NULL, step.statement, key_values, subject,
			jsonb_build_object('heir', heir));
		CONTINUE WHEN rows IS NULL;
		IF step.stuck IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG018',
				MESSAGE = format('a legal hold keeps a row of table %s, whose column %I leads to the person and is NOT '
					'NULL', relation, step.stuck),
				HINT = format('gdpr.row_hold lists holds, gdpr.release_row() ends one; ALTER TABLE %s ALTER COLUMN %I '
					'DROP NOT NULL; lets the row stay without the person.', relation, step.stuck);
		END IF;
		IF step.change IS NOT NULL THEN
			PERFORM gdpr_internal.settle_as_owner(relation, step.change, key_values, subject, rows);
		END IF;
		CONTINUE WHEN step.action = 'take over';
		done := done || jsonb_strip_nulls(jsonb_build_object('table', relation::text, 'role', step.role,
			'action', step.action, 'rows', jsonb_array_length(rows),
			'ground', coalesce((SELECT string_agg(DISTINCT r ->> 'g', '; ') FROM jsonb_array_elements(rows) r),
				step.ground)));
	END LOOP;
	RETURN done;
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_all(gdpr.erasure_step[], text[], bigint, bigint) IS
'internal: every row of a person that outlives the erasure; answers what was done';

/* What there can be of a person beside rows of protected tables. Most people have none of it. */
CREATE FUNCTION gdpr_internal.forget_traces(traces text, forget text[], subject bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.change_as_owner(NULL, traces, '{}', subject) = 'true' THEN
		PERFORM gdpr_internal.change_as_owner(NULL, f, '{}', subject) FROM unnest(forget) f;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_traces(text, text[], bigint) IS
'internal: takes what is kept of a person outside protected tables, as it is registered in gdpr.kept_column';

CREATE FUNCTION gdpr_internal.close_erasure(subject bigint, ground text, kept_as bigint, result jsonb) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_close_erasure' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.close_erasure(bigint, text, bigint, jsonb) IS
'internal: destroys the key of a subject whose row the caller holds, and writes the erasure into gdpr.erasure, the '
	'journal and the ledger';

CREATE FUNCTION gdpr.erase_subject(subject_table gdpr.table_ref, subject_key text, ground text,
	suppress boolean DEFAULT true) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	plan gdpr_internal.erasure_plan := gdpr_internal.erasure_plan(subject_table);
	keys text[] := CASE plan.key_parts WHEN 1 THEN ARRAY[subject_key]
		ELSE gdpr_internal.key_values(subject_key, plan.key_parts) END;
	heir bigint;
	done jsonb := '[]';
	exceptions jsonb := '[]';
	result jsonb;
	taking text;
	suppressed jsonb;
	held boolean;
	imports_wait boolean;
	recipients bigint := 0;
	missing text[] := '{}';
BEGIN
	IF gdpr_internal.is_blank(ground) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'an erasure needs its ground',
			HINT = 'Such as ''Art. 17(1)(b): consent withdrawn''; never a personal value.';
	END IF;
	IF plan.unreached <> '[]' THEN
		missing := gdpr_internal.not_reached(plan.unreached, person);
	END IF;
	PERFORM FROM gdpr.subject s WHERE s.number = person AND s.relation = subject_table
		AND s.key = gdpr_internal.canonical_key(subject_table, subject_key) FOR UPDATE;
	IF NOT FOUND THEN
		person := gdpr_internal.require_subject(subject_table, subject_key);		/* someone else was quicker */
		PERFORM FROM gdpr.subject s WHERE s.number = person FOR UPDATE;
	END IF;
	taking := CASE WHEN suppress THEN plan.suppress ELSE plan.lock END;
	IF taking IS NOT NULL THEN
		suppressed := gdpr_internal.change_as_owner(NULL, taking, keys, person);
	END IF;
	SELECT EXISTS (SELECT FROM gdpr.legal_hold h WHERE h.subject = person AND h.ended_at IS NULL)
		   OR EXISTS (SELECT FROM gdpr.row_hold h WHERE h.relation = subject_table AND h.ended_at IS NULL),
		   EXISTS (SELECT FROM gdpr.import_quarantine) INTO held, imports_wait;
	IF held THEN
		PERFORM gdpr_internal.require_no_hold(person);
	END IF;
	IF imports_wait THEN
		/* while the values are still there to know them by */
		DELETE FROM gdpr.import_quarantine q WHERE q.hash IN (SELECT h FROM gdpr_internal.identifiers_of(person) h);
	END IF;

	IF plan.keeps THEN
		heir := gdpr_internal.make_heir(subject_table);
	END IF;
	IF plan.settle <> '{}' THEN
		done := gdpr_internal.settle_all(plan.settle, keys, person, heir);
		exceptions := coalesce((SELECT jsonb_agg(e) FROM jsonb_array_elements(done) e WHERE e ? 'ground'), '[]');
	END IF;
	done := done || gdpr_internal.delete_all(plan.delete, keys, person);
	IF plan.kept IS NOT NULL THEN
		PERFORM gdpr_internal.require_nothing_kept(plan.kept, keys, person);
	END IF;

	IF EXISTS (SELECT FROM gdpr.disclosure d WHERE d.subject = person) THEN
		recipients := gdpr_internal.queue_notifications(person, 'erasure');
	END IF;
	PERFORM gdpr_internal.forget_traces(plan.traces, plan.forget, person);
	result := jsonb_build_object('subject', person, 'ground', btrim(ground), 'tables', done, 'exceptions', exceptions,
		'suppressed', coalesce(suppressed, '0'), 'recipients', recipients, 'refresh', to_jsonb(plan.refresh))
		|| CASE WHEN missing <> '{}' THEN jsonb_build_object('not_reached', missing) ELSE '{}' END;
	IF heir IS NOT NULL AND exceptions = '[]' THEN
		DELETE FROM gdpr.restriction r WHERE r.subject = heir;
		DELETE FROM gdpr.subject s WHERE s.number = heir;
		heir := NULL;
	END IF;
	/* the key is destroyed; number, consents and ledger stay, and do not say about which person */
	RETURN gdpr_internal.close_erasure(person, btrim(ground), heir, result);
END $$;
COMMENT ON FUNCTION gdpr.erase_subject(gdpr.table_ref, text, text, boolean) IS
'Erases a person over the whole graph of tables, in this transaction, or raises (Art. 17). Rows go by the action of '
	'their table (gdpr.link): deleted, anonymised, kept on a legal ground; rows with another owner are handed over, '
	'emptied of what was this person''s. The key is destroyed: a sealed value of the person anywhere raises ZG020 '
	'from then on. E-mail addresses and telephone numbers go onto the suppression list unless suppress is false. '
	'Consents stay as proof without a name. A row that hold_row() keeps stays under a subject without a name. Answers '
		'what was done, exceptions with their ground, and materialised '
	'views to refresh; not_reached names tables whose personal data no path reaches. ground: of Art. 17(1), never a '
	'personal value. Errors: 02000 no such person, ZG022 no ground, ZG018 legal hold, ZG024 a table that no path '
	'reaches holds values of the person, 55000 a column to be emptied is NOT NULL, '
	'27000 a trigger or rule of a table kept rows, 23503 a table outside the graph refers to the rows.';

/* ---- afterwards ---- */

CREATE FUNCTION gdpr.residue(subject bigint, OUT relation regclass, OUT rows bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
BEGIN
	FOR r IN
		SELECT p.relation, 't.gdpr_subject = $1' AS condition FROM gdpr.protected_table p
		UNION ALL
		/* a row is found by its subject; anywhere else every sealed value is looked at */
		SELECT i.relation, (SELECT string_agg(format('gdpr.subject_of(t.%I) = $1', c), ' OR ') FROM unnest(i.columns) c)
		FROM gdpr_internal.pii_relations() i WHERE i.kind <> 'f' AND (i.protected_as IS NULL OR i.kind = 'm')
		UNION ALL
		SELECT k.kept_in, k.condition FROM gdpr_internal.kept_conditions('$1') k
		UNION ALL
		/* by the identifiers that are left of the person; no number leads to a hash */
		SELECT 'gdpr.import_quarantine'::regclass, 't.hash IN (SELECT h FROM gdpr_internal.identifiers_of($1) h)'
		WHERE EXISTS (SELECT FROM gdpr.import_quarantine)
	LOOP
		CONTINUE WHEN NOT (SELECT c.relispopulated FROM pg_class c WHERE c.oid = r.relation);
		EXECUTE format('SELECT count(*) FROM %s t WHERE %s', r.relation, r.condition) INTO rows USING subject;
		relation := r.relation;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.residue(bigint) IS
'What is still bound to a subject, by number: rows in protected tables, quarantines, archive, what retention noted, '
	'materialised views and every other table with sealed values; no row when nothing is left (Art. 17). Tables that '
	'are not protected are read in full.';

CREATE FUNCTION gdpr.erasure_certificate(subject bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e gdpr.erasure;
	body jsonb;
BEGIN
	SELECT * INTO e FROM gdpr.erasure x WHERE x.subject = erasure_certificate.subject;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there was no erasure under this number';
	END IF;
	body := jsonb_build_object(
		'certificate', e.id, 'subject', e.subject, 'erased_at', gdpr_internal.utc(e.at), 'ground', e.ground,
		'controller', (SELECT c.name FROM gdpr.controller c), 'tables', e.result -> 'tables', 'exceptions',
			e.result -> 'exceptions',
		'identifiers_suppressed', e.result -> 'suppressed', 'recipients_to_be_told', e.result -> 'recipients',
		'recipients_told', (SELECT count(*) FROM gdpr.recipient_notification n WHERE n.subject = e.subject
			AND n.kind = 'erasure' AND n.status = 'sent'),
		'key_destroyed', EXISTS (SELECT FROM gdpr.subject s WHERE s.number = e.subject AND s.wrapped_key IS NULL),
		'residue', coalesce((SELECT jsonb_object_agg(r.relation::text, r.rows) FROM gdpr.residue(e.subject) r), '{}'));
	RETURN body || jsonb_build_object('sha256', encode(sha256(convert_to(body::text, 'UTF8')), 'hex'));
END $$;
COMMENT ON FUNCTION gdpr.erasure_certificate(bigint) IS
'The proof of an erasure without a personal value: ground, what was done per table, exceptions, whether the key is '
	'destroyed and what residue there is now; sha256 is that of the text of the rest (Art. 5(2), 17). Errors: 55000 '
	'no such erasure.';
