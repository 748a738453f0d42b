/*
 * journal.sql: what must be done again after a restore (design section 8). Erasures, withdrawals of consent, objections
 * and restrictions, and their ends, are kept in a table that every node's worker copies to a file outside the data
 * directory (journal.c); who finds the file ahead of the table knows that the table was restored (replay.sql).
 *
 * An entry is written in the transaction that did the thing, as pending; the worker numbers the committed ones and
 * chains them by hash, so that writers do not wait for each other. The line of an entry, in the table's hash and in the
 * file:
 *
 *   sequence TAB at TAB kind TAB subject TAB born TAB purpose TAB channel TAB reference TAB detail TAB origin TAB hash
 *
 * Times are integer microseconds since 1970-01-01 00:00 UTC, NULL is "-", hashes are hexadecimal; hash is the SHA-256
 * over the 32 bytes of the entry before (32 zero bytes before sequence 1) and the line without its hash. No personal
 * value is in it: a purpose is named, since its number may be another's after a restore, and born, the time at which
 * the number was given, tells one holder of a number from another.
 *
 * What counts is the newest state of a person, and replay never gives more than the backup: a consent given since is
 * not in the journal, as its evidence is gone with the database, and must be asked again.
 */
CREATE TABLE gdpr.journal
(
	sequence	bigint PRIMARY KEY,
	at			timestamptz NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('numbers', 'erasure', 'withdrawn', 'refused', 'revoked', 'invalidated',
									   'objection', 'objection ended', 'restriction', 'restriction ended')),
	subject		bigint,
	born		timestamptz,
	purpose		text,
	channel		text,
	reference	uuid,
	detail		text,
	origin		bytea,
	hash		bytea NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.journal', '');
SELECT gdpr_internal.append_only('gdpr.journal');
SELECT gdpr_internal.keeps_subject('gdpr.journal', 'subject', 'keep',
	'after a restore the erasure is done again by the number');
CREATE INDEX journal_numbers ON gdpr.journal (sequence) WHERE kind = 'numbers';
CREATE INDEX journal_origin ON gdpr.journal (origin) WHERE origin IS NOT NULL;
CREATE INDEX journal_subject ON gdpr.journal (subject);
COMMENT ON TABLE gdpr.journal IS
'what is done again after a restore: erasures, ended consents, objections, restrictions, chained by hash; numbers: '
	'none above detail has been given to a person; origin: hash of the entry of a lost future that this one took '
	'over; append-only';

CREATE TABLE gdpr.journal_pending
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at			timestamptz NOT NULL,
	kind		text NOT NULL,
	subject		bigint,
	born		timestamptz,
	purpose		text,
	channel		text,
	reference	uuid,
	detail		text,
	origin		bytea
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.journal_pending', '');
SELECT gdpr_internal.keeps_subject('gdpr.journal_pending', 'subject', 'keep',
	'after a restore the erasure is done again by the number');
SELECT pg_catalog.pg_extension_config_dump('gdpr.journal_pending_number_seq', '');
CREATE INDEX journal_pending_subject ON gdpr.journal_pending (subject);
COMMENT ON TABLE gdpr.journal_pending IS
'entries of gdpr.journal that wait for their place in the chain, which is seconds';

/* ---- writing ---- */

CREATE FUNCTION gdpr_internal.journal_replaying() RETURNS boolean AS 'MODULE_PATHNAME', 'gdpr_journal_replaying'
	LANGUAGE C STABLE;
COMMENT ON FUNCTION gdpr_internal.journal_replaying() IS 'internal: is this what the journal says being done again';

CREATE FUNCTION gdpr_internal.add_journal(kind text, subject bigint, at timestamptz, reference uuid,
	purpose integer DEFAULT NULL,
								 channel text DEFAULT NULL, detail text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT gdpr_internal.journal_replaying() THEN
		INSERT INTO gdpr.journal_pending (at, kind, subject, born, purpose, channel, reference, detail)
		VALUES (add_journal.at, add_journal.kind, add_journal.subject,
				(SELECT s.created_at FROM gdpr.subject s WHERE s.number = add_journal.subject),
				(SELECT p.name FROM gdpr.purpose p WHERE p.number = add_journal.purpose),
				add_journal.channel, add_journal.reference, add_journal.detail);
		PERFORM gdpr_internal.ledger_written();
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_journal(text, bigint, timestamptz, uuid, integer, text, text) IS
'internal: an entry of the journal, written in the transaction of what it tells of';

/*
 * Erasures write theirs themselves (close.c). The conditions on the time leave out rows that a restore brings back:
 * these were not written a moment ago.
 */
CREATE FUNCTION gdpr_internal.journal_consent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.add_journal(NEW.state::text, NEW.subject, NEW.event_time, NEW.id, NEW.purpose,
		NEW.channel::text);
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_consent() IS
'internal: trigger that puts the end of a consent into the journal';
CREATE TRIGGER journal AFTER INSERT ON gdpr.consent_event
	FOR EACH ROW WHEN (NEW.state IN ('withdrawn', 'refused', 'revoked', 'invalidated')
		AND NEW.recorded_at > pg_catalog.now() - interval '5 seconds')
	EXECUTE FUNCTION gdpr_internal.journal_consent();

CREATE FUNCTION gdpr_internal.journal_objection() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM gdpr_internal.add_journal('objection', NEW.subject, NEW.raised_at, NEW.id, NEW.purpose,
			NEW.channel::text);
	END IF;
	IF NEW.ended_at IS NOT NULL THEN
		PERFORM gdpr_internal.add_journal('objection ended', NEW.subject, NEW.ended_at, NEW.id, NEW.purpose,
			NEW.channel::text);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_objection() IS
'internal: trigger that puts an objection, or its end, into the journal';
CREATE TRIGGER journal AFTER INSERT ON gdpr.objection
	FOR EACH ROW WHEN (NEW.raised_at > pg_catalog.now() - interval '5 seconds')
		EXECUTE FUNCTION gdpr_internal.journal_objection();
CREATE TRIGGER journal_end AFTER UPDATE OF ended_at ON gdpr.objection
	FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION gdpr_internal.journal_objection();

CREATE FUNCTION gdpr_internal.journal_restriction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM gdpr_internal.add_journal('restriction', NEW.subject, NEW.since, NEW.id, detail => NEW.ground);
	END IF;
	IF NEW.ended_at IS NOT NULL THEN
		PERFORM gdpr_internal.add_journal('restriction ended', NEW.subject, NEW.ended_at, NEW.id, detail => NEW.ground);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_restriction() IS
'internal: trigger that puts a restriction, or its end, into the journal';
CREATE TRIGGER journal AFTER INSERT ON gdpr.restriction
	FOR EACH ROW WHEN (NEW.since > pg_catalog.now() - interval '5 seconds')
		EXECUTE FUNCTION gdpr_internal.journal_restriction();
CREATE TRIGGER journal_end AFTER UPDATE OF ended_at ON gdpr.restriction
	FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION gdpr_internal.journal_restriction();

/* ---- the chain ---- */

CREATE FUNCTION gdpr_internal.journal_time(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (extract(epoch FROM at) * 1000000)::bigint::text
$$;
COMMENT ON FUNCTION gdpr_internal.journal_time(timestamptz) IS 'internal: a time as it stands in the journal';

/* PL/pgSQL because it keeps its plan. */
CREATE FUNCTION gdpr_internal.journal_text(entry gdpr.journal) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat_ws(E'\t', entry.sequence, gdpr_internal.journal_time(entry.at), entry.kind,
		coalesce(entry.subject::text, '-'),
		coalesce(gdpr_internal.journal_time(entry.born), '-'), coalesce(entry.purpose, '-'),
			coalesce(entry.channel, '-'),
		coalesce(entry.reference::text, '-'), coalesce(entry.detail, '-'), coalesce(encode(entry.origin, 'hex'), '-'));
END $$;
COMMENT ON FUNCTION gdpr_internal.journal_text(gdpr.journal) IS 'internal: the line of an entry without its hash';

CREATE FUNCTION gdpr_internal.journal_hash(previous bytea, line text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT sha256(coalesce(previous, decode(repeat('00', 32), 'hex')) || convert_to(line, 'UTF8'))
$$;
COMMENT ON FUNCTION gdpr_internal.journal_hash(bytea, text) IS
'internal: the hash of a line, which follows from the one before';

CREATE FUNCTION gdpr_internal.seal_journal(batch_size integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	head gdpr.journal;
	p gdpr.journal_pending;
	sealed bigint := 0;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.journal_pending) THEN
		RETURN 0;
	END IF;
	/* one sealer at a time; writers go on. The file must not be ahead of a crash: no asynchronous commit. */
	LOCK TABLE gdpr.journal_pending IN SHARE UPDATE EXCLUSIVE MODE;
	IF current_setting('synchronous_commit') = 'off' THEN
		PERFORM set_config('synchronous_commit', 'local', true);
	END IF;
	SELECT j.* INTO head FROM gdpr.journal j ORDER BY j.sequence DESC LIMIT 1;
	FOR p IN
		WITH taken AS (
			DELETE FROM gdpr.journal_pending d
			WHERE d.number IN (SELECT n.number FROM gdpr.journal_pending n ORDER BY n.number LIMIT batch_size)
			RETURNING d.*
		)
		SELECT * FROM taken t ORDER BY t.number
	LOOP
		head := ROW (coalesce(head.sequence, 0) + 1, p.at, p.kind, p.subject, p.born, p.purpose, p.channel,
			p.reference, p.detail, p.origin, head.hash);
		head.hash := gdpr_internal.journal_hash(head.hash, gdpr_internal.journal_text(head));
		INSERT INTO gdpr.journal SELECT head.*;
		sealed := sealed + 1;
	END LOOP;
	RETURN sealed;
END $$;
COMMENT ON FUNCTION gdpr_internal.seal_journal(integer) IS
'internal: gives up to batch_size committed entries their place in the journal''s chain, and answers how many; the '
	'audit worker does so within moments';

/* Ahead of what is given out, so that a number is never given again; written before half of it is used up. */
CREATE FUNCTION gdpr_internal.mark_numbers() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ahead CONSTANT bigint := 10000;
	given bigint := (SELECT s.last_value FROM gdpr.subject_number s);
	mark bigint := greatest((SELECT j.detail::bigint FROM gdpr.journal j WHERE j.kind = 'numbers'
		ORDER BY j.sequence DESC LIMIT 1),
							(SELECT max(p.detail::bigint) FROM gdpr.journal_pending p WHERE p.kind = 'numbers'));
BEGIN
	IF mark >= given + ahead / 2 THEN
		RETURN 0;
	END IF;
	INSERT INTO gdpr.journal_pending (at, kind, detail) VALUES (clock_timestamp(), 'numbers', given + ahead);
	RETURN 1;
END $$;
COMMENT ON FUNCTION gdpr_internal.mark_numbers() IS
'internal: keeps the journal''s mark ahead of the numbers given to people';

/* ---- the file ---- */

CREATE FUNCTION gdpr_internal.journal_look(OUT file text, OUT state text, OUT problem text, OUT hint text,
	OUT sequence bigint) RETURNS record
	AS 'MODULE_PATHNAME', 'gdpr_journal_look_sql' LANGUAGE C STABLE;
COMMENT ON FUNCTION gdpr_internal.journal_look() IS
'internal: the journal file of this database on this node: off, good, missing, foreign, ahead, broken or unreadable, '
	'and the sequence of its last entry';

CREATE FUNCTION gdpr_internal.journal_files(database_id text) RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'gdpr_journal_files' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.journal_files(text) IS
'internal: the names of the journal files of a database id, beside gdpr.journal_file';

CREATE FUNCTION gdpr_internal.journal_restart() RETURNS void AS 'MODULE_PATHNAME', 'gdpr_journal_restart' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.journal_restart() IS
'internal: when this transaction commits, the worker rewrites the journal file from the table, and keeps '
	'the old one';

CREATE FUNCTION gdpr_internal.journal_copied() RETURNS bigint AS 'MODULE_PATHNAME', 'gdpr_journal_copied'
	LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.journal_copied() IS
'internal: up to which entry the journal is in the fsynced file of this node; NULL when no journal is configured';

/* What an application must not count on yet. */
CREATE VIEW gdpr.journal_behind AS
SELECT p.kind, p.subject, p.reference, p.at FROM gdpr.journal_pending p WHERE gdpr_internal.journal_copied() IS NOT NULL
UNION ALL
SELECT j.kind, j.subject, j.reference, j.at FROM gdpr.journal j WHERE j.sequence > gdpr_internal.journal_copied();
COMMENT ON VIEW gdpr.journal_behind IS
'entries of the journal that are not in the fsynced file of this node yet; empty when no journal is configured';

CREATE FUNCTION gdpr.journal_status(OUT file text, OUT state text, OUT problem text, OUT in_file bigint,
	OUT in_table bigint, OUT pending bigint) RETURNS record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.file, l.state, l.problem, l.sequence, (SELECT max(j.sequence) FROM gdpr.journal j),
		(SELECT count(*) FROM gdpr.journal_pending)
	FROM gdpr_internal.journal_look() l
$$;
COMMENT ON FUNCTION gdpr.journal_status() IS
'The journal of this database on this node: its file; state: off (gdpr.journal_file is not set), good, or why people '
	'are not revealed: missing, foreign (written for another server or database), ahead (this database is older than '
	'its journal, or forked from it), broken, unreadable; the last entry in the file and in the table; entries that '
	'wait for their place (Art. 17, 32(1)(c)).';

/* Visible and in progress: written by this transaction, or a subtransaction of it. */
CREATE FUNCTION gdpr_internal.is_own_entry(writer xid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN pg_current_xact_id_if_assigned() IS NOT NULL
		AND pg_xact_status(((pg_current_xact_id_if_assigned()::text::bigint >> 32 << 32) +
			writer::text::bigint)::text::xid8) = 'in progress';
END $$;
COMMENT ON FUNCTION gdpr_internal.is_own_entry(xid) IS
'internal: was a row that we see written by this very transaction';

CREATE FUNCTION gdpr.journal_wait(timeout interval DEFAULT '10 seconds') RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	give_up timestamptz := clock_timestamp() + timeout;
	last_pending bigint := (SELECT max(p.number) FROM gdpr.journal_pending p);
	last_sealed bigint := (SELECT max(j.sequence) FROM gdpr.journal j);
BEGIN
	IF EXISTS (SELECT FROM gdpr.journal_pending p WHERE gdpr_internal.is_own_entry(p.xmin)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'what this transaction did is in the journal only after its commit',
			HINT = 'COMMIT; SELECT gdpr.journal_wait();';
	END IF;
	LOOP
		IF last_pending IS NOT NULL AND NOT EXISTS (SELECT FROM gdpr.journal_pending p WHERE p.number <= last_pending)
			THEN
			last_pending := NULL;
			last_sealed := (SELECT max(j.sequence) FROM gdpr.journal j);
		END IF;
		IF last_pending IS NULL AND coalesce(coalesce(last_sealed, 0) <= gdpr_internal.journal_copied(), true) THEN
			RETURN true;
		ELSIF clock_timestamp() > give_up THEN
			RETURN false;
		END IF;
		PERFORM gdpr_internal.journal_copied();		/* wakes the worker */
		PERFORM pg_sleep(0.02);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.journal_wait(interval) IS
'Waits until every erasure, withdrawal, objection and restriction committed so far is in the fsynced journal file of '
	'this node; false when the time is up. True at once when no journal is configured. Call it after the commit, read '
	'committed. Errors: 55000 this transaction itself has such an entry.';

CREATE FUNCTION gdpr_internal.erasure_journaled(subject bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	give_up CONSTANT timestamptz := clock_timestamp() + interval '5 seconds';
BEGIN
	WHILE EXISTS (SELECT FROM gdpr.journal_behind b WHERE b.kind = 'erasure' AND b.subject = erasure_journaled.subject)
	LOOP
		IF EXISTS (SELECT FROM gdpr.journal_pending p WHERE p.kind = 'erasure'
			AND p.subject = erasure_journaled.subject AND gdpr_internal.is_own_entry(p.xmin)) THEN
			RETURN true;
		ELSIF clock_timestamp() > give_up THEN
			RETURN false;
		END IF;
		PERFORM pg_sleep(0.02);
	END LOOP;
	RETURN true;
END $$;
COMMENT ON FUNCTION gdpr_internal.erasure_journaled(bigint) IS
'internal: waits a moment until the erasure of a person is in the journal file of this node; true at once when this '
	'transaction erased';

CREATE FUNCTION gdpr.verify_journal() RETURNS TABLE (place text, sequence bigint, problem text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'table', c.sequence, CASE WHEN c.before <> c.sequence - 1 THEN 'entries before it were deleted'
		ELSE 'it does not follow from the entry before' END
	FROM (SELECT j.sequence, j.hash, gdpr_internal.journal_hash(lag(j.hash) OVER w, gdpr_internal.journal_text(j))
		AS computed, coalesce(lag(j.sequence) OVER w, 0) AS before
		  FROM gdpr.journal j WINDOW w AS (ORDER BY j.sequence)) c
	WHERE c.before <> c.sequence - 1 OR c.hash <> c.computed
	UNION ALL
	SELECT 'file', NULL, l.problem FROM gdpr_internal.journal_look() l WHERE l.problem IS NOT NULL
	UNION ALL
	SELECT 'file', f.number, 'line ' || f.number + 1 || ' does not follow from the line before'
	FROM gdpr_internal.check_journal_lines(NULL) f WHERE NOT EXISTS (SELECT FROM gdpr_internal.journal_look() l
		WHERE l.state IN ('broken', 'unreadable'))
$$;
COMMENT ON FUNCTION gdpr.verify_journal() IS
'Every place where the journal is not what it was, in the table and in this node''s file; no row means intact (Art. '
	'5(2), 32(1)(d)). Reads both in full.';

CREATE FUNCTION gdpr_internal.journal_lines(name text, start bigint, batch_size integer, OUT number bigint,
	OUT line text, OUT next bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_journal_lines' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.journal_lines(text, bigint, integer) IS
'internal: up to batch_size lines of a journal file (NULL: that of this database) behind the header, from a place on '
	'(0: the first); next is the place behind';

CREATE FUNCTION gdpr_internal.check_journal_lines(name text) RETURNS TABLE (number bigint)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.number
	FROM (SELECT f.number, f.line, lag(f.line) OVER (ORDER BY f.number) AS previous
		FROM gdpr_internal.journal_lines(name, 0, 2147483647) f) c
	WHERE right(c.line, 64) IS DISTINCT FROM
		encode(gdpr_internal.journal_hash(CASE WHEN right(c.previous, 64) ~ '^[0-9a-f]{64}$'
			THEN decode(right(c.previous, 64), 'hex') END, left(c.line, -65)), 'hex')
	   OR split_part(c.line, E'\t', 1) <> c.number::text
	ORDER BY c.number
$$;
COMMENT ON FUNCTION gdpr_internal.check_journal_lines(text) IS
'internal: the lines of a journal file that do not follow from the line before';
