/*
 * rotate.sql: wrapping all keys by the active master key, and which master keys are still needed, by which database.
 *
 * A key file serves every database of the server. So whether an old key may be destroyed is asked of all of them; what
 * could not be read is unknown, and an unknown database counts as one that needs every key.
 */

CREATE FUNCTION gdpr_internal.loaded_keys(OUT id text, OUT fingerprint text, OUT active boolean) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT s.keys > 0 FROM gdpr_internal.keyring_status() s) THEN
		RETURN QUERY SELECT k.id, k.fingerprint, k.active FROM gdpr.master_keys() k;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.loaded_keys() IS 'internal: gdpr.master_keys(), empty where there are none';

CREATE FUNCTION gdpr_internal.keys_in_use(max_age integer, OUT database oid, OUT fingerprint text, OUT people bigint,
	OUT secret boolean, OUT problem text, OUT asked_at timestamptz) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_keys_in_use' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.keys_in_use(integer) IS
'internal: the master keys that wrap something, by database of this server: as answered in the last max_age seconds, '
	'or asked now (0: always; NULL: never). A database that needs none has a row without a key';

CREATE FUNCTION gdpr_internal.key_name(fingerprint text, id text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(format('"%s" (%s)', id, fingerprint), fingerprint || ' (not loaded)')
$$;
COMMENT ON FUNCTION gdpr_internal.key_name(text, text) IS 'internal: a master key in a message';

CREATE FUNCTION gdpr.keys_in_use(OUT database name, OUT id text, OUT fingerprint text, OUT active boolean,
	OUT people bigint, OUT secret boolean, OUT problem text) RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.datname, k.id, u.fingerprint, coalesce(k.active, false) AND u.fingerprint IS NOT NULL, u.people, u.secret,
		u.problem
	FROM gdpr_internal.keys_in_use(0) u JOIN pg_database d ON d.oid = u.database
	LEFT JOIN gdpr_internal.loaded_keys() k ON k.fingerprint = u.fingerprint
	WHERE u.fingerprint IS NOT NULL OR u.problem IS NOT NULL
	ORDER BY d.datname COLLATE "C", u.fingerprint
$$;
COMMENT ON FUNCTION gdpr.keys_in_use() IS
'Which master keys the databases of this server still need, read now from the rows of each: its id in the key file '
	'(NULL: not loaded), its fingerprint, whether it is the active one, how many people it wraps, and whether the '
	'secret of the database. problem: why it is not known of a database, which must then be taken to need every key. '
	'Databases without anything sealed are left out. Other servers with the same key file (copies, subscribers, '
	'standbys that are behind) are not asked. Raises no error for a database that does not answer. Art. 32(1)(a).';

CREATE FUNCTION gdpr.key_status(OUT source text, OUT keys integer, OUT generation bigint, OUT loaded_at timestamptz,
	OUT failed_at timestamptz, OUT reason text, OUT hint text, OUT in_use jsonb, OUT asked_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH asked AS (
		SELECT u.database, u.asked_at, bool_or(u.problem IS NOT NULL) AS unknown,
			jsonb_agg(u.fingerprint ORDER BY u.fingerprint) FILTER (WHERE u.fingerprint IS NOT NULL) AS fingerprints
		FROM gdpr_internal.keys_in_use(NULL) u GROUP BY 1, 2
	)
	SELECT s.source, s.keys, s.generation, s.loaded_at, s.failed_at, s.reason, s.hint,
		(SELECT coalesce(jsonb_object_agg(d.datname, CASE WHEN NOT a.unknown THEN a.fingerprints END), '{}')
		 FROM pg_database d LEFT JOIN asked a ON a.database = d.oid
		 WHERE a.database IS NULL OR a.unknown OR a.fingerprints IS NOT NULL),
		(SELECT max(a.asked_at) FROM asked a)
	FROM gdpr_internal.keyring_status() s
$$;
COMMENT ON FUNCTION gdpr.key_status() IS
'How the last attempt to load the master keys went: the setting they come from, how many are loaded, how often they '
	'changed since the server started, when they were last read, when the last attempt failed (NULL when it did not) '
	'with the reason and the fix. in_use: by database of this server, the fingerprints of the master keys that it '
	'needs, as it was at asked_at (a restart forgets it; gdpr.keys_in_use() asks, as rotation and gdpr.status() do); '
	'null: unknown, so that no key may be destroyed; databases without anything sealed are left out. Raises no error. '
	'Art. 32(1)(a).';

/* ---- rotation ---- */

CREATE TABLE gdpr.key_rotation
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	master_key	text NOT NULL,
	phase		text NOT NULL DEFAULT 'rewrapping'
		CHECK (phase IN ('rewrapping', 'waiting for writers', 'checking', 'done')),
	last_number	bigint NOT NULL DEFAULT 0,
	in_page		boolean NOT NULL DEFAULT true,
	up_to		bigint NOT NULL,
	rewrapped	bigint NOT NULL DEFAULT 0,
	started_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	last_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	pid			integer NOT NULL DEFAULT pg_catalog.pg_backend_pid()
);
/* not dumped: it is about the master keys of this server; the ledger has what was done */
COMMENT ON TABLE gdpr.key_rotation IS
'each call of gdpr.rotate_master_key(): the fingerprint it rewraps to, how far it is (last_number of up_to, the '
	'numbers of people), how many keys it rewrapped; a call that ended before phase "done" was cut off: call it again';

CREATE FUNCTION gdpr_internal.rewrap_secret() RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_rewrap_secret' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.rewrap_secret() IS 'internal: part of rotate_master_key';

CREATE FUNCTION gdpr_internal.rewrap_subjects(after bigint, batch_size integer, in_page boolean, OUT last bigint,
	OUT rewrapped bigint, OUT left_over bigint)
	AS 'MODULE_PATHNAME', 'gdpr_rewrap_subjects' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.rewrap_subjects(bigint, integer, boolean) IS
'internal: rewraps the next batch of subject keys by number; last is NULL when there are no more; in_page: leaves '
	'those whose page has no room now, and counts them (left_over). Errors: ZG019, XX001, 22023';

CREATE FUNCTION gdpr_internal.await_writers() RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_await_writers' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.await_writers() IS
'internal: waits for the transactions that are writing people now, as their keys may be wrapped by an older master key';

CREATE FUNCTION gdpr_internal.begin_rotation() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.key_rotation (master_key, up_to)
	VALUES ((SELECT k.fingerprint FROM gdpr.master_keys() k WHERE k.active),
		coalesce((SELECT max(s.number) FROM gdpr.subject s), 0))
	RETURNING number
$$;
COMMENT ON FUNCTION gdpr_internal.begin_rotation() IS 'internal: part of rotate_master_key: its row in key_rotation';

CREATE FUNCTION gdpr_internal.rotation_phase(rotation bigint, next_phase text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gdpr.key_rotation SET phase = next_phase,
		last_number = CASE next_phase WHEN 'done' THEN last_number ELSE 0 END, last_at = clock_timestamp()
	WHERE number = rotation AND pid = pg_backend_pid()
$$;
COMMENT ON FUNCTION gdpr_internal.rotation_phase(bigint, text) IS 'internal: part of rotate_master_key';

CREATE FUNCTION gdpr_internal.rotate_batch(rotation bigint, batch_size integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	batch record;
BEGIN
	SELECT b.* INTO batch FROM gdpr.key_rotation r,
		LATERAL gdpr_internal.rewrap_subjects(r.last_number, batch_size, r.in_page) b
	WHERE r.number = rotation AND r.pid = pg_backend_pid();
	UPDATE gdpr.key_rotation r SET last_number = CASE batch.left_over WHEN 0 THEN batch.last ELSE r.last_number END,
		in_page = batch.left_over = 0 OR batch.rewrapped > 0, up_to = greatest(r.up_to, batch.last),
		rewrapped = r.rewrapped + batch.rewrapped, last_at = clock_timestamp()
	WHERE r.number = rotation AND batch.last IS NOT NULL;
	RETURN FOUND;
END $$;
COMMENT ON FUNCTION gdpr_internal.rotate_batch(bigint, integer) IS
'internal: part of rotate_master_key: the next batch, or what was left of it; false when there are no more';

/* What stands in the way of destroying the keys that are not active: a line a database. */
CREATE FUNCTION gdpr_internal.keys_held(OUT database name, OUT held text) RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT u.database, string_agg(coalesce('unknown (' || u.problem || ')',
		concat_ws(' and ', nullif(u.people, 0) || ' people', CASE WHEN u.secret THEN 'its secret' END) || ' by '
			|| gdpr_internal.key_name(u.fingerprint, u.id)), ', ')
	FROM gdpr.keys_in_use() u WHERE NOT u.active GROUP BY u.database ORDER BY u.database COLLATE "C"
$$;
COMMENT ON FUNCTION gdpr_internal.keys_held() IS
'internal: the databases that need a master key which is not active, or of which that is unknown';

CREATE FUNCTION gdpr_internal.end_rotation(rotation bigint, OUT said text, OUT idle text, OUT active text,
	OUT remaining jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	done bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.key_rotation r WHERE r.number = rotation AND r.pid = pg_backend_pid()
				   AND r.phase = 'checking') THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('rotation %s is not at its end', rotation),
			HINT = 'CALL gdpr.rotate_master_key();';
	END IF;
	PERFORM gdpr_internal.rotation_phase(rotation, 'done');
	SELECT r.rewrapped, gdpr_internal.key_name(k.fingerprint, k.id) INTO done, active
	FROM gdpr.key_rotation r LEFT JOIN gdpr_internal.loaded_keys() k ON k.fingerprint = r.master_key
	WHERE r.number = rotation;
	SELECT string_agg(gdpr_internal.key_name(k.fingerprint, k.id), ', ') INTO idle
	FROM gdpr_internal.loaded_keys() k WHERE NOT k.active;
	SELECT coalesce(jsonb_object_agg(h.database, h.held), '{}') INTO remaining FROM gdpr_internal.keys_held() h;
	said := format('%s subject keys rewrapped: %s wraps every key of this database', done, active)
		|| CASE WHEN done = 0 THEN ' already' ELSE '' END;
	PERFORM gdpr_internal.record_setup('master key rotated', jsonb_build_object('rewrapped', done,
		'master_key', (SELECT r.master_key FROM gdpr.key_rotation r WHERE r.number = rotation),
		'remaining', remaining));
END $$;
COMMENT ON FUNCTION gdpr_internal.end_rotation(bigint) IS
'internal: part of rotate_master_key: its end on record, and what to say of it: the loaded keys that wrap nothing new '
	'(idle), and what other databases need (remaining)';

CREATE PROCEDURE gdpr.rotate_master_key(batch_size integer DEFAULT 10000)
LANGUAGE plpgsql AS $$
DECLARE
	rotation bigint;
	finished record;
BEGIN
	PERFORM gdpr_internal.rewrap_secret();
	rotation := gdpr_internal.begin_rotation();
	COMMIT;
	WHILE gdpr_internal.rotate_batch(rotation, batch_size)
	LOOP
		COMMIT;
	END LOOP;
	PERFORM gdpr_internal.rotation_phase(rotation, 'waiting for writers');
	COMMIT;
	PERFORM gdpr_internal.await_writers();
	PERFORM gdpr_internal.rotation_phase(rotation, 'checking');
	COMMIT;
	WHILE gdpr_internal.rotate_batch(rotation, batch_size)
	LOOP
		COMMIT;
	END LOOP;
	SELECT * INTO finished FROM gdpr_internal.end_rotation(rotation);
	COMMIT;
	RAISE NOTICE USING MESSAGE = finished.said,
		DETAIL = coalesce('Loaded and not active, they wrap nothing: ' OPERATOR(pg_catalog.||) finished.idle
			OPERATOR(pg_catalog.||) '.', 'No other key is loaded.'),
		HINT = 'The active key is the last line of the key file. To rotate to another, move its line to the end, '
			'SELECT pg_reload_conf(), and call this again.';
	IF finished.remaining OPERATOR(pg_catalog.<>) '{}' THEN
		RAISE WARNING USING MESSAGE = 'no other key may leave the key file yet: databases of this server need them',
			DETAIL = (SELECT pg_catalog.string_agg(pg_catalog.format('Database %I: %s.', e.key, e.value), E'\n')
					  FROM pg_catalog.jsonb_each_text(finished.remaining) e),
			HINT = 'In each of them: CALL gdpr.rotate_master_key(); then SELECT * FROM gdpr.keys_in_use();';
	ELSIF finished.idle IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = pg_catalog.format('no database of this server needs another key than %s',
				finished.active),
			HINT = 'Once standbys have replayed this, and other servers with this key file have rotated too, remove '
				'the other lines, SELECT pg_reload_conf(), and destroy every copy of them: backups from before stay '
				'closed.';
	END IF;
END $$;
COMMENT ON PROCEDURE gdpr.rotate_master_key(integer) IS
'Rewraps every subject key and the database''s secret under the active master key, batch_size subjects a transaction; '
	'watch gdpr.key_rotation, and call it again after an interruption. It then waits for the transactions that write '
	'people, and reads which master keys the other databases of the server need: it names those that remain, and says '
	'that the old keys may be destroyed, which also closes every older backup (Art. 32), only when none does. Not '
	'inside a transaction block (2D000). Errors: ZG019 when a key is not loaded, XX001, 22023 batch_size.';
