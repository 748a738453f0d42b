/*
 * replay.sql: what the journal's file knows and a restored database does not, done again.
 *
 * Entry by entry, in order: what it says is done, and in the same transaction it is taken over into the table with the
 * hash it had in the file as its origin. So the table knows how far it came, a call after an interruption goes on from
 * there, and file and table are one chain again when the worker has written the file again. All of it passes the gate
 * (journal.c), writes no entries of its own, and knows a person by number and time of birth of the number.
 */
CREATE FUNCTION gdpr_internal.journal_entry(line text) RETURNS gdpr.journal
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part text[] := string_to_array(line, E'\t', '-');
	entry gdpr.journal;
BEGIN
	entry.sequence := part[1];
	entry.at := timestamptz 'epoch' + part[2]::bigint * interval '1 microsecond';
	entry.kind := part[3];
	entry.subject := part[4];
	entry.born := timestamptz 'epoch' + part[5]::bigint * interval '1 microsecond';
	entry.purpose := part[6];
	entry.channel := part[7];
	entry.reference := part[8];
	entry.detail := part[9];
	entry.origin := decode(part[10], 'hex');
	entry.hash := decode(part[11], 'hex');
	RETURN entry;
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_entry(text) IS 'internal: the entry of a line of the journal';

CREATE FUNCTION gdpr_internal.journal_knows(sequence bigint, hash bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM gdpr.journal j WHERE j.sequence = journal_knows.sequence AND j.hash = journal_knows.hash
				   UNION ALL SELECT FROM gdpr.journal j WHERE j.origin = journal_knows.hash
				   UNION ALL SELECT FROM gdpr.journal_pending p WHERE p.origin = journal_knows.hash);
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_knows(bigint, bytea) IS
'internal: is an entry of a journal file in the table, or taken over into it';

CREATE FUNCTION gdpr_internal.journal_before(hash bytea, line text) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.hash
	FROM (SELECT j.hash FROM gdpr.journal j WHERE j.sequence = split_part(line, E'\t', 1)::bigint - 1
		  UNION ALL SELECT p.origin FROM gdpr.journal_pending p WHERE p.origin IS NOT NULL
		  UNION ALL SELECT j.origin FROM gdpr.journal j WHERE j.origin IS NOT NULL) k (hash)
	WHERE gdpr_internal.journal_hash(k.hash, line) = journal_before.hash LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.journal_before(bytea, text) IS
'internal: the known entry that a line follows from; none may be left out, as the last one known opens the gate';

CREATE FUNCTION gdpr_internal.replay_erasure(entry gdpr.journal, person gdpr.subject) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	/* a hold that had ended, or the erasure would not have been */
	UPDATE gdpr.legal_hold h SET ended_at = greatest(entry.at, h.since) WHERE h.subject = person.number
		AND h.ended_at IS NULL;
	IF person.relation IS NOT NULL AND EXISTS (SELECT FROM gdpr.subject_table t JOIN pg_class c ON c.oid = t.relation
		WHERE t.relation = person.relation) THEN
		PERFORM gdpr.erase_subject(person.relation, person.key, 'journal', coalesce(entry.detail = 'suppress', false));
	ELSE
		PERFORM gdpr_internal.close_erasure(person.number, 'journal', NULL,
			'{"ground": "journal", "tables": [], "exceptions": [], "suppressed": 0}');
	END IF;
	RETURN 'erased';
EXCEPTION WHEN OTHERS THEN
	RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('subject %s could not be erased again: %s',
		person.number, SQLERRM),
		HINT = 'Fix that, then CALL gdpr.after_restore(); it goes on where it stopped.';
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_erasure(gdpr.journal, gdpr.subject) IS
'internal: erases a person again; the error says who could not be';

CREATE FUNCTION gdpr_internal.replay_consent(entry gdpr.journal, purpose integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gdpr.consent_event (id, number, subject, purpose, channel, state, event_time, reason)
	VALUES (entry.reference, nextval('gdpr.consent_event_number'), entry.subject, replay_consent.purpose,
		entry.channel::gdpr.channel,
			entry.kind::gdpr.consent_state, entry.at, 'journal')
	ON CONFLICT ON CONSTRAINT consent_event_pkey DO NOTHING;
	IF NOT FOUND THEN
		RETURN 'known';
	END IF;
	PERFORM gdpr_internal.refresh_permissions(entry.subject);
	PERFORM gdpr_internal.record('consent ' || entry.kind, entry.subject,
		jsonb_build_object('consent', entry.reference, 'purpose', purpose,
		'channel', entry.channel, 'at', entry.at, 'from', 'journal'));
	RETURN 'consent ended';
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_consent(gdpr.journal, integer) IS
'internal: ends a consent again, at the time at which it ended';

CREATE FUNCTION gdpr_internal.replay_objection(entry gdpr.journal, purpose integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	detail jsonb := jsonb_build_object('objection', entry.reference, 'purpose', entry.purpose, 'channel',
		entry.channel, 'at', entry.at, 'from', 'journal');
BEGIN
	IF entry.kind = 'objection' THEN
		INSERT INTO gdpr.objection (id, subject, purpose, channel, raised_at)
		VALUES (entry.reference, entry.subject, replay_objection.purpose, entry.channel::gdpr.channel, entry.at)
		ON CONFLICT ON CONSTRAINT objection_pkey DO NOTHING;
		IF NOT FOUND THEN
			RETURN 'known';
		END IF;
		INSERT INTO gdpr.objection_assessment (objection, decision)
		SELECT entry.reference, gdpr_internal.objection_decision(p) FROM gdpr.purpose p
			WHERE p.number = replay_objection.purpose;
		PERFORM gdpr_internal.record('objection raised', entry.subject, detail);
		RETURN 'objection';
	END IF;
	UPDATE gdpr.objection o SET ended_at = greatest(entry.at, o.raised_at) WHERE o.id = entry.reference
		AND o.ended_at IS NULL;
	IF NOT FOUND THEN
		RETURN 'known';
	END IF;
	UPDATE gdpr.objection_assessment a SET decision = 'overridden', reason = 'journal', decided_at = entry.at,
		decided_by = gdpr_internal.acting_role()
	WHERE a.objection = entry.reference;
	PERFORM gdpr_internal.record('objection decided', entry.subject, detail);
	RETURN 'objection ended';
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_objection(gdpr.journal, integer) IS
'internal: raises an objection again, or ends it';

CREATE FUNCTION gdpr_internal.replay_restriction(entry gdpr.journal) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	detail jsonb := jsonb_build_object('restriction', entry.reference, 'ground', entry.detail, 'at', entry.at, 'from',
		'journal');
BEGIN
	IF entry.kind = 'restriction' THEN
		INSERT INTO gdpr.restriction (id, subject, ground, since) VALUES (entry.reference, entry.subject,
			entry.detail, entry.at)
		ON CONFLICT ON CONSTRAINT restriction_pkey DO NOTHING;
		IF NOT FOUND THEN
			RETURN 'known';
		END IF;
		PERFORM gdpr_internal.record('processing restricted', entry.subject, detail);
		RETURN 'restriction';
	END IF;
	UPDATE gdpr.restriction r SET ended_at = greatest(entry.at, r.since) WHERE r.id = entry.reference
		AND r.ended_at IS NULL;
	IF NOT FOUND THEN
		RETURN 'known';
	END IF;
	PERFORM gdpr_internal.record('restriction lifted', entry.subject, detail);
	RETURN 'restriction ended';
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_restriction(gdpr.journal) IS
'internal: restricts processing again, or lifts a restriction';

CREATE FUNCTION gdpr_internal.replay_entry(entry gdpr.journal) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person gdpr.subject;
	purpose integer := (SELECT p.number FROM gdpr.purpose p WHERE p.name = entry.purpose);
BEGIN
	IF entry.kind = 'numbers' THEN
		RETURN NULL;
	END IF;
	SELECT * INTO person FROM gdpr.subject s WHERE s.number = entry.subject FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'person not in the backup';
	ELSIF person.created_at IS DISTINCT FROM entry.born THEN
		RETURN 'number of another person';
	ELSIF person.wrapped_key IS NULL THEN
		RETURN 'known';
	ELSIF entry.kind = 'erasure' THEN
		RETURN gdpr_internal.replay_erasure(entry, person);
	ELSIF entry.purpose IS NOT NULL AND purpose IS NULL THEN
		RETURN 'purpose not in the backup';
	ELSIF entry.kind IN ('objection', 'objection ended') THEN
		RETURN gdpr_internal.replay_objection(entry, purpose);
	ELSIF entry.kind IN ('restriction', 'restriction ended') THEN
		RETURN gdpr_internal.replay_restriction(entry);
	END IF;
	RETURN gdpr_internal.replay_consent(entry, purpose);
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_entry(gdpr.journal) IS
'internal: does again what an entry of the journal says, and answers what was done';

CREATE FUNCTION gdpr_internal.replay_lines(name text, start bigint, batch_size integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	entry gdpr.journal;
	done text;
	next bigint;
	previous bytea;
	counts jsonb := '{}';
BEGIN
	LOCK TABLE gdpr.journal IN SHARE UPDATE EXCLUSIVE MODE;		/* one replay at a time */
	FOR f IN SELECT * FROM gdpr_internal.journal_lines(name, start, batch_size)
	LOOP
		next := f.next;
		entry := gdpr_internal.journal_entry(f.line);
		IF gdpr_internal.journal_knows(entry.sequence, entry.hash) THEN
			previous := entry.hash;
			CONTINUE;
		END IF;
		previous := coalesce(previous, gdpr_internal.journal_before(entry.hash, left(f.line, -65)));
		IF entry.sequence > 1 AND previous IS NULL
			OR entry.hash <> gdpr_internal.journal_hash(previous, left(f.line, -65)) THEN
			RAISE EXCEPTION USING ERRCODE = 'XX001',
				MESSAGE = format('entry %s of the journal does not follow from what is known', entry.sequence),
				HINT = 'CALL gdpr.after_restore();';
		END IF;
		previous := entry.hash;
		done := gdpr_internal.replay_entry(entry);
		IF done IS NOT NULL THEN
			counts := counts || jsonb_build_object(done, coalesce((counts ->> done)::bigint, 0) + 1);
		END IF;
		INSERT INTO gdpr.journal_pending (at, kind, subject, born, purpose, channel, reference, detail, origin)
		VALUES (entry.at, entry.kind, entry.subject, entry.born, entry.purpose, entry.channel, entry.reference,
			entry.detail, entry.hash);
	END LOOP;
	IF next IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM gdpr_internal.ledger_written();
	RETURN jsonb_build_object('next', next, 'counts', counts);
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_lines(text, bigint, integer) IS
'internal: does again what lines of a journal file say; the place behind them and counts of what was done, '
	'NULL at the end';

CREATE FUNCTION gdpr_internal.replay_batch(name text, start bigint, batch_size integer) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_replay_batch' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.replay_batch(text, bigint, integer) IS
'internal: replay_lines past the gate, as the owner of the extension';

/* Whose file: the one in its place; else the only one of this database's id. */
CREATE FUNCTION gdpr_internal.journal_to_replay(wanted text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
	names text[] := ARRAY(SELECT n FROM gdpr.meta m, gdpr_internal.journal_files(m.database_id::text) n
		ORDER BY n COLLATE "C");
BEGIN
	SELECT * INTO found FROM gdpr_internal.journal_look();
	IF found.state = 'off' THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'no journal is configured',
			HINT = 'ALTER SYSTEM SET gdpr.journal_file = ''<path outside the data directory>''; SELECT '
				'pg_reload_conf();';
	ELSIF wanted IS NOT NULL THEN
		IF wanted <> ALL (names) THEN
			RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no journal of this database by that name',
				HINT = format('In the directory of gdpr.journal_file there are: %s.',
					coalesce(nullif(array_to_string(names, ', '), ''), 'none'));
		END IF;
		RETURN wanted;
	ELSIF found.state IN ('good', 'ahead') THEN
		RETURN NULL;
	ELSIF found.state IN ('broken', 'unreadable') THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = found.problem, HINT = found.hint;
	ELSIF cardinality(names) <> 1 THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = CASE cardinality(names) WHEN 0 THEN found.problem
				ELSE 'there are several journals of this database' END,
			HINT = CASE cardinality(names) WHEN 0 THEN found.hint
				ELSE format('CALL gdpr.after_restore(file => %L); which of: %s.', names[1],
				array_to_string(names, ', ')) END;
	END IF;
	RETURN names[1];
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_to_replay(text) IS
'internal: the name of the journal file to replay; NULL for the one in its place; 55000 when there is none, or '
	'more than one';

CREATE FUNCTION gdpr_internal.replay_begin(file text, OUT name text, OUT start bigint) RETURNS record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken bigint;
	mark bigint;
BEGIN
	name := gdpr_internal.journal_to_replay(file);
	SELECT min(c.number) INTO broken FROM gdpr_internal.check_journal_lines(name) c;
	IF broken IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'XX001',
			MESSAGE = format('the journal is broken: line %s does not follow from the line before', broken + 1),
			HINT = 'Put a good copy of the file back, such as another node''s; or, when there is none, SELECT '
				'gdpr.accept_missing_journal();';
	END IF;

	SELECT max(greatest(e.subject, CASE e.kind WHEN 'numbers' THEN e.detail::bigint END)) INTO mark
	FROM gdpr_internal.journal_lines(name, 0, 2147483647) f CROSS JOIN LATERAL gdpr_internal.journal_entry(f.line) e;
	IF mark > (SELECT s.last_value FROM gdpr.subject_number s) THEN
		PERFORM setval('gdpr.subject_number', mark);
	END IF;
	start := coalesce((
		SELECT max(f.next) FROM gdpr_internal.journal_lines(name, 0, 2147483647) f
		JOIN gdpr.journal j ON j.sequence = f.number AND right(f.line, 64) = encode(j.hash, 'hex')), 0);
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_begin(text) IS
'internal: checks the whole journal file, moves the numbers of people beyond every number in it, and answers where '
	'the part begins that this database does not know';

CREATE FUNCTION gdpr_internal.add_counts(counts jsonb, more jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_object_agg(k.key, k.total), '{}')
	FROM (SELECT e.key, sum(e.value::bigint) AS total
		  FROM (SELECT * FROM jsonb_each_text(counts) UNION ALL SELECT * FROM jsonb_each_text(more)) e GROUP BY e.key) k
$$;
COMMENT ON FUNCTION gdpr_internal.add_counts(jsonb, jsonb) IS 'internal: the sums by key';

CREATE FUNCTION gdpr_internal.replay_end(name text, counts jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	state text;
BEGIN
	WHILE gdpr_internal.seal_journal(10000) > 0
	LOOP
	END LOOP;
	SELECT l.state INTO state FROM gdpr_internal.journal_look() l;
	IF state NOT IN ('off', 'good') THEN
		IF state NOT IN ('missing', 'foreign') OR name IS NULL OR EXISTS (
			SELECT FROM gdpr_internal.journal_lines(name, 0, 2147483647) f
				CROSS JOIN LATERAL gdpr_internal.journal_entry(f.line) e
			WHERE NOT gdpr_internal.journal_knows(e.sequence, e.hash)) THEN
			RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the journal is not replayed to its end',
				HINT = 'CALL gdpr.after_restore();';
		END IF;
		PERFORM gdpr_internal.journal_restart();
	END IF;
	PERFORM gdpr_internal.record('journal replayed', NULL, jsonb_build_object('done', counts));
END $$;
COMMENT ON FUNCTION gdpr_internal.replay_end(text, jsonb) IS
'internal: makes file and table one chain again, and puts the replay on record';

/* A procedure that commits cannot pin its search_path: everything is qualified, and there are no operators. */
CREATE PROCEDURE gdpr.after_restore(file text DEFAULT NULL, batch_size integer DEFAULT 1000)
LANGUAGE plpgsql AS $$
DECLARE
	replay record;
	place bigint;
	batch jsonb;
	counts jsonb := '{}';
BEGIN
	SELECT b.name, b.start INTO replay FROM gdpr_internal.replay_begin(file) b;
	COMMIT;
	place := replay.start;
	LOOP
		batch := gdpr_internal.replay_batch(replay.name, place, batch_size);
		EXIT WHEN batch IS NULL;
		place := pg_catalog.jsonb_extract_path_text(batch, 'next');
		counts := gdpr_internal.add_counts(counts, pg_catalog.jsonb_extract_path(batch, 'counts'));
		COMMIT;
	END LOOP;
	PERFORM gdpr_internal.replay_end(replay.name, counts);
	COMMIT;
	IF NOT gdpr.journal_wait('1 minute') THEN
		RAISE WARNING 'the journal file is not written yet' USING
			HINT = 'SELECT * FROM gdpr.journal_status(); and the server log say why.';
	END IF;
	RAISE NOTICE 'journal replayed: %', counts;
END $$;
COMMENT ON PROCEDURE gdpr.after_restore(text, integer) IS
'Does again, in a database that was restored, what its journal knows and the backup does not: erasures (with the '
	'ground "journal"), ended consents, objections, restrictions and their ends; and moves the numbers of people '
	'beyond all that were ever given. Afterwards people can be revealed again. file: the name of a journal file of '
	'this database in the directory of gdpr.journal_file, such as one copied from a lost server; default the one in '
	'its place. batch_size: entries a transaction; call it again after an interruption. Nothing to do is no error. '
	'People who are not in the backup are counted and left out. Errors: XX001 the journal is broken, 55000 it is '
	'missing, or there are several, or not configured; what stopped an erasure, with the number of the person. Art. '
	'17, 32(1)(c).';

CREATE FUNCTION gdpr.accept_missing_journal() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	SELECT * INTO found FROM gdpr_internal.journal_look();
	IF found.state NOT IN ('missing', 'foreign', 'broken', 'ahead') THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('there is no loss of the journal to accept: it is %s', found.state);
	ELSIF found.state = 'ahead' AND NOT EXISTS (SELECT FROM gdpr_internal.check_journal_lines(NULL)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'the journal is whole, and knows what was done since the backup',
			HINT = 'CALL gdpr.after_restore();';
	END IF;
	/* numbers may have been given since that no one knows of */
	PERFORM setval('gdpr.subject_number', (SELECT s.last_value + 1000000 FROM gdpr.subject_number s));
	PERFORM gdpr_internal.journal_restart();
	PERFORM gdpr_internal.record('loss of the journal accepted', NULL,
		jsonb_build_object('state', found.state, 'by', gdpr_internal.acting_role()));
END $$;
COMMENT ON FUNCTION gdpr.accept_missing_journal() IS
'Takes upon oneself, on record, that the journal of this database is lost, broken or another''s: it is started again '
	'from the table, and people are revealed again within moments. A person erased since the backup, and is not '
	'known by other means, is there again. Errors: 55000 there is a journal to be replayed, or none is missing. Art. '
	'5(2), 32(1)(c).';

/* ---- status() ---- */

CREATE FUNCTION gdpr_internal.journal_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'journal-off', 'setting gdpr.journal_file',
		'no journal is kept: a restored backup brings back people who were erased since',
		   'ALTER SYSTEM SET gdpr.journal_file = ''<path outside the data directory and its backups>''; SELECT '
			   'pg_reload_conf();'
	FROM gdpr_internal.journal_look() l WHERE l.state = 'off'
	UNION ALL
	SELECT 'error', 'journal-refuses',
		'journal', l.problem || ': nothing is revealed', l.hint FROM gdpr_internal.journal_look() l
		WHERE l.problem IS NOT NULL
	UNION ALL
	SELECT 'warning', 'journal-behind',
		'journal', format('%s entries have waited minutes to be in the file of this node', count(*)),
		   'SELECT * FROM gdpr.journal_status(); the server log says why.'
	FROM gdpr_internal.journal_look() l
	JOIN (SELECT p.at FROM gdpr.journal_pending p UNION ALL SELECT j.at FROM gdpr.journal j
		WHERE j.sequence > (SELECT k.sequence FROM gdpr_internal.journal_look() k)) w
	  ON w.at < now() - interval '5 minutes'
	WHERE l.state = 'good' HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.journal_findings() IS 'internal: part of status(), about the journal';
SELECT gdpr_internal.finds('rights', 'gdpr_internal.journal_findings');
