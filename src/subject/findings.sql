/* findings.sql: what is wrong with the library and the master keys. */

/*
 * The other databases of the server need keys of the same file. What they answered in the last hour will do, as keys
 * that are not active come into use by a restore only.
 */
CREATE FUNCTION gdpr_internal.key_findings_elsewhere() RETURNS SETOF gdpr.finding
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH uses AS MATERIALIZED (
		SELECT d.datname, u.*, k.id, k.active
		FROM gdpr_internal.keys_in_use(3600) u JOIN pg_database d ON d.oid = u.database
		LEFT JOIN gdpr_internal.loaded_keys() k ON k.fingerprint = u.fingerprint
		WHERE (SELECT s.keys > 0 FROM gdpr_internal.keyring_status() s)
	)
	SELECT CASE WHEN u.id IS NULL THEN 'error' ELSE 'warning' END,
		CASE WHEN u.id IS NULL THEN 'master-key-missing' ELSE 'master-key-outdated' END,
		'database ' || quote_ident(u.datname),
		format('it needs master key %s for %s', gdpr_internal.key_name(u.fingerprint, u.id),
			concat_ws(' and ', nullif(u.people, 0) || ' people', CASE WHEN u.secret THEN 'its secret' END)),
		CASE WHEN u.id IS NULL THEN 'Put that key back into the key file or key command; SELECT pg_reload_conf();'
			ELSE format('In database %I: CALL gdpr.rotate_master_key();', u.datname) END
	FROM uses u WHERE u.fingerprint IS NOT NULL AND u.active IS NOT TRUE AND u.datname <> current_database()
	UNION ALL
	SELECT 'warning', 'master-key-use-unknown', 'database ' || quote_ident(u.datname),
		'which master keys it needs is unknown: ' || u.problem,
		'Remove no key; see to that database, then SELECT * FROM gdpr.keys_in_use();'
	FROM uses u WHERE u.problem IS NOT NULL
	UNION ALL
	SELECT 'info', 'master-key-unused', 'master key ' || k.fingerprint,
		format('"%s" wraps nothing in any database of this server', k.id),
		'If it is old, it may leave the key file; if it is new, move its line to the end: only the last is active'
	FROM gdpr_internal.loaded_keys() k
	WHERE NOT k.active AND NOT EXISTS (SELECT FROM uses u WHERE u.problem IS NOT NULL OR u.fingerprint = k.fingerprint)
$$;
COMMENT ON FUNCTION gdpr_internal.key_findings_elsewhere() IS
'internal: part of status(): the master keys that other databases of the server need, and those that none does';
SELECT gdpr_internal.finds('subject', 'gdpr_internal.key_findings_elsewhere');

/* A key begins with a byte of version and the 8 bytes of its master key's fingerprint (src/crypto/wrap.h). */
CREATE FUNCTION gdpr_internal.key_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	status record;
	sample text;
BEGIN
	IF NOT regexp_split_to_array(current_setting('shared_preload_libraries'), '[\s,"]+') && '{gdpr,$libdir/gdpr}' THEN
		RETURN NEXT ('error', 'library-not-preloaded', 'server',
			'the library is not preloaded: nothing can be revealed, and nothing is recorded',
			format('ALTER SYSTEM SET shared_preload_libraries = %L; then restart the server.',
				concat_ws(',', nullif(current_setting('shared_preload_libraries'), ''), 'gdpr')))::gdpr.finding;
	END IF;
	IF gdpr_internal.library_catalog() IS DISTINCT FROM (SELECT c.number FROM gdpr.catalog c) THEN
		RETURN NEXT ('error', 'catalog-outdated', 'database',
			'the extension is of another version than the library: nothing is revealed or written',
			'ALTER EXTENSION gdpr UPDATE;')::gdpr.finding;
	END IF;
	SELECT * INTO status FROM gdpr.key_status();
	IF coalesce(status.keys, 0) = 0 THEN
		RETURN NEXT ('error', 'master-key-none', 'master key', 'none is loaded' || coalesce(': ' || status.reason, ''),
			coalesce(status.hint, 'ALTER SYSTEM SET gdpr.key_file = ''<path>''; SELECT '
				'pg_reload_conf();'))::gdpr.finding;
		RETURN;
	ELSIF status.failed_at IS NOT NULL THEN
		RETURN NEXT ('warning', 'master-key-not-reread',
			'master key', 'the keys could not be read again: ' || status.reason,
			status.hint)::gdpr.finding;
	END IF;
	/* of a large table about a million people stand for all */
	SELECT format('TABLESAMPLE SYSTEM (%s)', 1e8 / c.reltuples) INTO sample
	FROM pg_class c WHERE c.oid = 'gdpr.subject'::regclass AND c.reltuples > 2e6;
	RETURN QUERY EXECUTE format($q$
		SELECT CASE WHEN k.fingerprint IS NULL THEN 'error' ELSE 'warning' END,
			CASE WHEN k.fingerprint IS NULL THEN 'master-key-missing' ELSE 'master-key-outdated' END,
			'master key ' || w.fingerprint,
			   format('%%s of %%s wrapped by it, and it is not %%s', CASE WHEN w.what = 'people' THEN w.keys || ' keys'
				   ELSE 'secret' END, w.what,
					  CASE WHEN k.fingerprint IS NULL THEN 'loaded' ELSE 'the active one' END),
			   CASE WHEN k.fingerprint IS NULL
				   THEN 'Put that key back into the key file or key command; SELECT pg_reload_conf();'
					ELSE 'CALL gdpr.rotate_master_key();' END
		FROM (SELECT encode(substr(s.wrapped_key, 2, 8), 'hex') AS fingerprint, 'people' AS what, count(*) AS keys
			  FROM gdpr.subject s %s WHERE s.wrapped_key IS NOT NULL GROUP BY 1
			  UNION ALL
			  SELECT encode(substr(m.wrapped_secret, 2, 8), 'hex'), 'the database', 1 FROM gdpr.meta m) w
		LEFT JOIN gdpr.master_keys() k ON k.fingerprint = w.fingerprint
		WHERE k.active IS NOT TRUE$q$, sample);
END $$;
COMMENT ON FUNCTION gdpr_internal.key_findings() IS 'internal: part of status(): library and master keys';
SELECT gdpr_internal.finds('subject', 'gdpr_internal.key_findings');
