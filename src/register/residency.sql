/*
 * residency.sql: where the server itself knows that data are or go, compared with the places that are registered; and
 * what would take data to another place is refused (Art. 44).
 *
 * A tablespace fires no event trigger, and a standby asks no one: these are found, not refused.
 */
CREATE FUNCTION gdpr_internal.is_this_host(host text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(host, '') = '' OR host ~ '^(/|@|localhost$|127\.|::1$)'
$$;
COMMENT ON FUNCTION gdpr_internal.is_this_host(text) IS 'internal: does a connection stay on this host?';

CREATE FUNCTION gdpr_internal.hosts_of(conninfo text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(h), '{}') FROM (
		SELECT btrim(m[1], '''') AS list FROM regexp_matches(conninfo, '\mhost(?:addr)?\s*=\s*(''[^'']*''|\S+)', 'g') m
		UNION ALL SELECT m[1] FROM regexp_matches(conninfo, '^postgres(?:ql)?://(?:[^@/]*@)?([^/?]*)') m) x
	CROSS JOIN LATERAL regexp_split_to_table(x.list, ',') y (part)
	CROSS JOIN LATERAL (SELECT regexp_replace(y.part, '^\[?(.*?)\]?(:\d+)?$', '\1')) z (h)
$$;
COMMENT ON FUNCTION gdpr_internal.hosts_of(text) IS 'internal: the hosts of a connection string';

CREATE FUNCTION gdpr_internal.server_host(server oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(max(o.option_value) FILTER (WHERE o.option_name IN ('host', 'hostaddr', 'servername', 'address',
			'dbserver')), '')
	FROM pg_foreign_server f CROSS JOIN LATERAL pg_options_to_table(f.srvoptions) o WHERE f.oid = server
$$;
COMMENT ON FUNCTION gdpr_internal.server_host(oid) IS 'internal: the host of a foreign server, as its options say';

/* Names and kinds of what takes data elsewhere. */
CREATE FUNCTION gdpr_internal.outlets() RETURNS TABLE (kind text, classid oid, objid oid, name text, match text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'foreign_server', 'pg_foreign_server'::regclass, f.oid, f.srvname::text, h.host
	FROM pg_foreign_server f CROSS JOIN LATERAL (SELECT gdpr_internal.server_host(f.oid)) h (host)
	WHERE NOT gdpr_internal.is_this_host(h.host)
	UNION ALL
	SELECT 'subscriber', 'pg_publication'::regclass, p.oid, p.pubname::text, p.pubname::text
	FROM pg_publication p WHERE EXISTS (SELECT FROM pg_publication_tables t
		JOIN gdpr.protected_table x ON x.relation = format('%I.%I', t.schemaname, t.tablename)::regclass
		WHERE t.pubname = p.pubname)
	UNION ALL
	SELECT 'subscription', 'pg_subscription'::regclass, s.oid, s.subname::text, h
	FROM pg_subscription s CROSS JOIN LATERAL unnest(gdpr_internal.hosts_of(s.subconninfo)) h
	WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
	  AND NOT gdpr_internal.is_this_host(h)
$$;
COMMENT ON FUNCTION gdpr_internal.outlets() IS
'internal: foreign servers and subscriptions of other hosts, and publications of protected tables';

/* ---- what is found ---- */

CREATE FUNCTION gdpr_internal.place_findings(complete boolean) RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH met (kind, object, match, allowed) AS (
		SELECT 'server', 'this server', '', gdpr_internal.allowed_at('server', '') WHERE complete
		UNION ALL
		SELECT o.kind, o.kind || ' ' || o.name, o.match, gdpr_internal.allowed_at(o.kind, o.match, o.name)
		FROM gdpr_internal.outlets() o
		UNION ALL
		SELECT 'standby', 'standby ' || coalesce(nullif(r.application_name, ''), r.pid::text),
			coalesce(host(r.client_addr), r.application_name),
			gdpr_internal.allowed_from('standby', r.client_addr, r.application_name)
		FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
		WHERE s.slot_type IS DISTINCT FROM 'logical'
		UNION ALL
		SELECT 'tablespace', 'tablespace ' || t.spcname, t.spcname, gdpr_internal.allowed_at('tablespace', t.spcname)
		FROM pg_tablespace t WHERE t.spcname NOT IN ('pg_default', 'pg_global') AND EXISTS (SELECT FROM pg_class c
			WHERE c.reltablespace = t.oid)
		UNION ALL
		SELECT DISTINCT 'application', 'client ' || host(a.client_addr), host(a.client_addr),
			gdpr_internal.allowed_from('application', a.client_addr)
		FROM pg_stat_activity a
		WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.client_addr IS NOT NULL
		  AND NOT gdpr_internal.is_this_host(host(a.client_addr))
		  AND (EXISTS (SELECT FROM gdpr.location l WHERE l.kind = 'application' AND l.ended_at IS NULL) OR complete)
		UNION ALL
		SELECT 'backup', 'archive_command', 'backup', bool_and(gdpr_internal.location_allowed(l))
		FROM (SELECT FROM pg_settings s WHERE s.name IN ('archive_command', 'archive_library')
			AND coalesce(s.setting, '') NOT IN ('', '(disabled)') LIMIT 1) archiving
		LEFT JOIN gdpr.location l ON l.kind = 'backup' AND l.ended_at IS NULL
		GROUP BY ()
	)
	SELECT 'error', 'place-unregistered', m.object, 'data are or go there, and it is not a registered place',
		format('SELECT gdpr.register_location(%L, %L, country => ''...'', owner => ''...'');', m.kind, m.match)
	FROM met m WHERE m.allowed IS NULL
	  AND (m.kind <> 'backup' OR EXISTS (SELECT FROM pg_settings s WHERE s.name IN ('archive_command',
		'archive_library') AND coalesce(s.setting, '') NOT IN ('', '(disabled)')))
	UNION ALL
	SELECT 'error', 'place-not-allowed', format('%s %s', l.kind, l.match),
		format('data are or go there, and may not be in %s', l.country),
		format('SELECT * FROM gdpr.explain_transfer(%L, %L, storing => %L); or gdpr.end_location().', l.country,
			l.recipient, l.kind <> 'application')
	FROM gdpr.location l WHERE l.ended_at IS NULL AND NOT gdpr_internal.location_allowed(l)
	UNION ALL
	SELECT 'warning', 'backup-not-tested', 'backup ' || l.match,
		coalesce('restoring it was last tested on ' || to_char(l.last_restore_test, 'YYYY-MM-DD'),
			'restoring it was never tested') || CASE WHEN l.encrypted THEN '' ELSE '; it is not encrypted' END,
		format('SELECT gdpr.register_location(''backup'', %L, ..., last_restore_test => ''...'');', l.match)
	FROM gdpr.location l WHERE l.kind = 'backup' AND l.ended_at IS NULL
	  AND (NOT l.encrypted OR coalesce(l.last_restore_test < gdpr_internal.server_today() - 365, true))
$$;
COMMENT ON FUNCTION gdpr_internal.place_findings(boolean) IS
'internal: places that are not registered or not allowed; complete: also of a database where no one registered any';

CREATE FUNCTION gdpr.residency_check() RETURNS TABLE (severity text, code text, object text, finding text, fix text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.* FROM gdpr_internal.place_findings(complete => true) f ORDER BY f.severity, f.object COLLATE "C"
$$;
COMMENT ON FUNCTION gdpr.residency_check() IS
'Compares the registered places (gdpr.location) with what the server knows: this server, standbys, publications of '
	'protected tables, subscriptions, foreign servers, tablespaces, WAL archiving, clients. What is not registered, or '
	'may not be in its country (settings storage_rule and transfer_rule), is a row. Art. 30(1)(e), 44.';

CREATE FUNCTION gdpr_internal.residency_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.severity, f.code, f.object, f.finding, f.fix FROM gdpr_internal.place_findings(complete =>
		EXISTS (SELECT FROM gdpr.location)) f
$$;
COMMENT ON FUNCTION gdpr_internal.residency_findings() IS
'internal: part of status(): places that are not registered or not allowed';
SELECT gdpr_internal.finds('register', 'gdpr_internal.residency_findings');

CREATE FUNCTION gdpr.note_residency() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong jsonb := (SELECT jsonb_agg(jsonb_build_object('code', f.code, 'object', f.object) ORDER BY f.object)
		FROM gdpr_internal.residency_findings() f WHERE f.severity = 'error');
BEGIN
	IF wrong IS NOT NULL THEN
		PERFORM gdpr_internal.record('places not allowed', NULL, jsonb_build_object('places', wrong));
		PERFORM pg_notify('gdpr', json_build_object('event', 'places not allowed', 'places',
			jsonb_array_length(wrong))::text);
	END IF;
	RETURN coalesce(jsonb_array_length(wrong), 0);
END $$;
COMMENT ON FUNCTION gdpr.note_residency() IS
'A job: puts the places that are not registered or not allowed on record, notifies channel gdpr, and returns how many '
	'they are (Art. 44).';

/* ---- what is refused ---- */

CREATE FUNCTION gdpr_internal.outlet_made() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	o record;
BEGIN
	FOR o IN SELECT x.*, gdpr_internal.allowed_at(x.kind, x.match, x.name) AS allowed
		FROM gdpr_internal.outlets() x JOIN (SELECT CASE d.classid
				WHEN 'pg_publication_rel'::regclass
					THEN (SELECT r.prpubid FROM pg_publication_rel r WHERE r.oid = d.objid)
				WHEN 'pg_publication_namespace'::regclass
					THEN (SELECT n.pnpubid FROM pg_publication_namespace n WHERE n.oid = d.objid)
				ELSE d.objid END AS objid FROM pg_event_trigger_ddl_commands() d) made ON made.objid = x.objid
		WHERE EXISTS (SELECT FROM gdpr.protected_table)
	LOOP
		IF o.allowed IS NOT TRUE THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG014',
				MESSAGE = format('%s %s would take personal data to a place that is %s', replace(o.kind, '_', ' '),
					o.name, CASE WHEN o.allowed IS NULL THEN 'not registered' ELSE 'not allowed' END),
				HINT = format('SELECT gdpr.register_location(%L, %L, country => ''...'', owner => ''...''); and '
					'gdpr.transfer_allowed(..., storing => true) says where.', o.kind, o.match);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.outlet_made() IS
'internal: event trigger: ZG014 for a foreign server, publication or subscription that takes data of protected tables '
	'to a place that is not registered or not allowed';
CREATE EVENT TRIGGER gdpr_outlet_made ON ddl_command_end WHEN TAG IN ('CREATE SERVER', 'ALTER SERVER',
	'CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION')
	EXECUTE FUNCTION gdpr_internal.outlet_made();
