/*
 * archive.sql: the action archive: rows that may no longer be used, but must be kept a while for someone who asks.
 *
 * A row is sealed as a whole for a subject without a name, made for its batch: no key of the person opens it, nothing
 * in it can be searched, and its end is the end of that key. The sealed columns in it are sealed for the same subject.
 * The subject is restricted, so that only purposes that go on despite a restriction open it (Art. 18(2)).
 */
CREATE TABLE gdpr.archive
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation	text NOT NULL,
	row_key		text NOT NULL,
	subject		bigint,
	purpose		text NOT NULL,
	sealed_for	bigint NOT NULL REFERENCES gdpr.subject (number),
	classes		jsonb NOT NULL,
	content		gdpr.pii_json CHECK (gdpr.is_bound(content)),
	held_in		regclass,
	held_as		uuid,
	archived_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	until		timestamptz NOT NULL,
	CHECK (num_nulls(content, held_in) = 1 AND num_nulls(held_in, held_as) <> 1)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.archive', '');
SELECT gdpr_internal.keeps_relation('gdpr.archive', 'held_in', 'keep',
	'without the foreign table the row cannot be fetched, and its key ends it all the same');
SELECT gdpr_internal.keeps_subject('gdpr.archive', 'subject', 'call',
	'a row of the archive has a key of its own, and an end of its own', calls => 'gdpr_internal.erase_archived',
	outlives => true, copied => $q$
	SELECT 'gdpr.archive'::regclass, 'owner', jsonb_build_object('table', a.relation, 'row', a.row_key,
		'content', coalesce(a.content, gdpr_internal.fetch_archived(a.number)::gdpr.pii_json), 'classes', a.classes,
		'archived_at', gdpr_internal.utc(a.archived_at), 'until', gdpr_internal.utc(a.until), 'purposes', '{}'),
		'{"content": "archive"}'::jsonb
	FROM gdpr.archive a WHERE a.subject = $2 ORDER BY a.number$q$);
SELECT gdpr_internal.keeps_subject('gdpr.archive', 'sealed_for', 'keep', 'no named person: the key of the batch');
SELECT pg_catalog.pg_extension_config_dump('gdpr.archive_number_seq', '');
CREATE INDEX archive_subject ON gdpr.archive (subject);
CREATE INDEX archive_row ON gdpr.archive (relation, row_key);
CREATE INDEX archive_until ON gdpr.archive (until);
CREATE INDEX archive_sealed_for ON gdpr.archive (sealed_for);
COMMENT ON TABLE gdpr.archive IS
'rows whose retention is over but that are kept until a day: the whole row sealed for a nameless subject of its batch '
	'(sealed_for), classes of its sealed columns; or where the row is held instead, and as what; '
	'open_archive() reads one';

CREATE FUNCTION gdpr_internal.fetch_archived(number bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.archive;
	content text;
BEGIN
	SELECT * INTO a FROM gdpr.archive x WHERE x.number = fetch_archived.number;
	content := gdpr_internal.read_archived(a.held_in, a.held_as);
	IF content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('row %s of the archive is not in %s, where it should be', number, a.held_in),
			HINT = 'Restore that database: what is there opens nowhere but here.';
	END IF;
	RETURN content;
END $$;
COMMENT ON FUNCTION gdpr_internal.fetch_archived(bigint) IS
'internal: the sealed content of a row that is archived elsewhere; 55000 when it is not there';

/* What a person wants erased is erased there too, or nothing is. */
CREATE FUNCTION gdpr_internal.erase_archived(subject bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.remove_archived(a.held_in, array_agg(a.held_as))
	FROM gdpr.archive a WHERE a.subject = erase_archived.subject AND a.held_in IS NOT NULL GROUP BY a.held_in;
	DELETE FROM gdpr.archive a WHERE a.subject = erase_archived.subject;
END $$;
COMMENT ON FUNCTION gdpr_internal.erase_archived(bigint) IS
'internal: part of erase_subject(): takes a person''s rows out of the archive, here and elsewhere';

/* The keys are gone already; this tidies up, and a database that is away today is tidied up another day. */
CREATE FUNCTION gdpr_internal.sweep_archives() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place regclass;
	swept bigint := 0;
BEGIN
	FOR place IN SELECT a.held_in FROM gdpr.archive a WHERE a.held_in IS NOT NULL UNION SELECT r.archive_in
		FROM gdpr.retention_rule r WHERE r.archive_in IS NOT NULL
	LOOP
		BEGIN
			swept := swept + gdpr_internal.sweep_archived(place, now(), ARRAY(SELECT a.held_as FROM gdpr.archive a
				WHERE a.held_in = place AND a.until <= now()));
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING USING ERRCODE = SQLSTATE, MESSAGE = format('archive %s could not be tidied up: SQLSTATE %s',
				place, SQLSTATE),
				DETAIL = 'The keys of what ended there are destroyed; its rows are swept by a later run.';
		END;
	END LOOP;
	RETURN swept;
END $$;
COMMENT ON FUNCTION gdpr_internal.sweep_archives() IS
'internal: part of run_retention: takes what has ended out of the archives elsewhere, and answers how many rows';

CREATE FUNCTION gdpr_internal.archive_rows(rule gdpr.retention_rule, member regclass, rows tid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text;
	classes jsonb;
	ids uuid[];
	contents text[];
	keeper bigint := gdpr_internal.make_heir((SELECT p.subject_table FROM gdpr.protected_table p
		WHERE p.relation = rule.relation));
BEGIN
	SELECT string_agg(CASE WHEN sealed THEN format('gdpr_internal.bind_value(t.%I, $2) AS %1$I', name)
		ELSE format('t.%I', name) END, ', ' ORDER BY number),
		   coalesce(jsonb_object_agg(name, substr(type, 5)) FILTER (WHERE sealed), '{}')
	INTO columns, classes
	FROM (SELECT a.attname AS name, a.attnum AS number, y.typname::text AS type, y.typnamespace = 'gdpr'::regnamespace
		AND y.typname LIKE 'pii\_%' AS sealed
		  FROM pg_attribute a JOIN pg_type y ON y.oid = gdpr_internal.underlying_type(a.atttypid)
		  WHERE a.attrelid = member AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'gdpr_subject'
			AND a.atttypid <> 'gdpr.search_tokens'::regtype) c;
	EXECUTE format('WITH sealed AS MATERIALIZED ('
						'SELECT %s AS row_key, t.gdpr_subject AS subject, gdpr_internal.seal_json(to_jsonb(r)::text, '
							'$2) AS content, '
							'CASE WHEN $7 IS NOT NULL THEN gen_random_uuid() END AS id '
						'FROM ONLY %s t CROSS JOIN LATERAL (SELECT %s) r WHERE t.ctid = ANY ($1)), '
				   'kept AS (INSERT INTO gdpr.archive (relation, row_key, subject, purpose, sealed_for, classes, '
					   'content, held_in, held_as, until) '
						'SELECT $3, s.row_key, s.subject, $4, $2, $5, CASE WHEN $7 IS NULL THEN s.content END, $7, '
							's.id, now() + $6 FROM sealed s) '
				   'SELECT array_agg(s.id), array_agg(concat(s.content)) FROM sealed s WHERE s.id IS NOT NULL',
				   gdpr_internal.row_key(rule.relation), member, columns)
	INTO ids, contents
	USING rows, keeper, rule.relation::text, (SELECT p.name FROM gdpr.purpose p WHERE p.number = rule.purpose),
		classes, rule.archive_for, rule.archive_in;
	IF ids IS NOT NULL THEN
		PERFORM gdpr_internal.send_archived(rule.archive_in, ids, contents, rule.relation::text,
			(SELECT p.name FROM gdpr.purpose p WHERE p.number = rule.purpose), now() + rule.archive_for);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.archive_rows(gdpr.retention_rule, regclass, tid[]) IS
'internal: seals rows into the archive under a key of their batch';

CREATE FUNCTION gdpr_internal.note_archive_opened(number bigint, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say why the archive is opened',
			HINT = 'Such as the number of the request or the case; never a personal value.';
	END IF;
	PERFORM gdpr_internal.record('archive opened', (SELECT a.subject FROM gdpr.archive a
		WHERE a.number = note_archive_opened.number),
		jsonb_build_object('archive', number, 'reason', btrim(reason)));
END $$;
COMMENT ON FUNCTION gdpr_internal.note_archive_opened(bigint, text) IS
'internal: part of open_archive; ZG022 without a reason';

/* With the caller's rights: the policy is asked about the caller. */
CREATE FUNCTION gdpr.open_archive(number bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.archive;
	opened jsonb;
	field record;
	plain jsonb;
BEGIN
	SELECT * INTO a FROM gdpr.archive x WHERE x.number = open_archive.number;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such row in the archive, or its time is over';
	END IF;
	PERFORM gdpr_internal.note_archive_opened(number, reason);
	opened := gdpr.reveal(coalesce(a.content, gdpr_internal.fetch_archived(number)::gdpr.pii_json));
	FOR field IN SELECT c.key, c.value AS class, opened ->> c.key AS value FROM jsonb_each_text(a.classes) c
		WHERE opened ->> c.key IS NOT NULL
	LOOP
		EXECUTE format('SELECT to_jsonb(%s)', CASE field.class
			WHEN 'bytes' THEN 'encode(gdpr.reveal($1::gdpr.pii_bytes), ''base64'')'
			WHEN 'json' THEN 'gdpr.reveal($1::gdpr.pii_json)'
			ELSE format('gdpr.reveal_text($1::gdpr.pii_%s)', field.class) END) INTO plain USING field.value;
		opened := jsonb_set(opened, ARRAY[field.key], coalesce(plain, 'null'));
	END LOOP;
	RETURN opened;
END $$;
COMMENT ON FUNCTION gdpr.open_archive(bigint, text) IS
'A row of gdpr.archive as JSON (pii_bytes in base64), revealed under the session''s purpose, which must be one that '
	'goes on despite a restriction, granted in full; the reason goes into the ledger. Errors: 02000 no such row, '
	'ZG022 no reason, 42501 not of duty dpo, 55000 not in the database where it is held, and those of reveal(). Art. '
	'5(1)(e), 18(2).';

CREATE FUNCTION gdpr_internal.end_archives(batch_size integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keepers bigint[];
	ended bigint;
BEGIN
	WITH over AS (
		SELECT a.number FROM gdpr.archive a
		WHERE a.until <= now() AND (a.subject IS NULL OR a.subject NOT IN (SELECT h.subject FROM gdpr.legal_hold h
			WHERE h.ended_at IS NULL))
		ORDER BY a.until, a.number LIMIT batch_size FOR UPDATE SKIP LOCKED
	), gone AS (
		DELETE FROM gdpr.archive a USING over o WHERE a.number = o.number RETURNING a.sealed_for
	)
	SELECT array_agg(DISTINCT g.sealed_for), count(*) INTO keepers, ended FROM gone g;
	IF ended > 0 THEN
		/* of two runners that share a batch, the later one sees what the other took */
		PERFORM FROM gdpr.subject s WHERE s.number = ANY (keepers) ORDER BY s.number FOR UPDATE;
		UPDATE gdpr.subject s SET wrapped_key = NULL, permissions = NULL
		WHERE s.number = ANY (keepers) AND NOT EXISTS (SELECT FROM gdpr.archive a WHERE a.sealed_for = s.number);
		PERFORM gdpr_internal.record('archive ended', NULL, jsonb_build_object('rows', ended));
	END IF;
	RETURN ended;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_archives(integer) IS
'internal: part of run_retention: destroys rows of the archive whose time is over, and the keys they were sealed '
	'under, at most batch_size; legal holds win';
