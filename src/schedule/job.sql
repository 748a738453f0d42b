/*
 * job.sql: what runs by the clock, through pg_cron where it is there, and by hand anywhere.
 */
CREATE FUNCTION gdpr_internal.job_name(job text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('gdpr %s of %s', job, current_database())
$$;
COMMENT ON FUNCTION gdpr_internal.job_name(text) IS
'internal: what a job of this database is called among those of the server';

/* VACUUM by any other role skips the table, and calls that success. */
CREATE FUNCTION gdpr.jobs(OUT job text, OUT schedule text, OUT command text, OUT by_hand text, OUT run_by name)
	RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.job_name(j.name), j.schedule, j.command,
		   format('psql -X %s-d %s -c %s', '-U ' || quote_literal(o.owner) || ' ', current_database(),
			   quote_literal(replace(j.command, '''', '''\'''''))), o.owner
	FROM (VALUES
		('retention', '10 2 * * *', 'CALL gdpr.run_retention()'),
		('anonymity', '10 3 * * 0', 'SELECT * FROM gdpr.retest_anonymity()'),
		('key hygiene', '10 4 * * *', 'VACUUM gdpr.subject'),
		('consents', '10 5 * * *', 'SELECT * FROM gdpr.note_consents()'),
		('request deadlines', '10 6 * * *', 'SELECT * FROM gdpr.note_request_deadlines()'),
		('source notices', '30 6 * * *', 'SELECT gdpr.note_source_notices()'),
		('residency', '50 * * * *', 'SELECT gdpr.note_residency()'),
		('contracts', '20 6 * * *', 'SELECT gdpr.note_contracts()'),
		('breach deadlines', '5 * * * *', 'SELECT gdpr.raise_breaches()'),
		('drift', '10 1 * * *', 'CALL gdpr.rescan()'),
		('old ledger entries', '40 2 * * *', 'CALL gdpr.cut_ledger()'),
		('unusual reading', '*/15 * * * *', 'SELECT gdpr.find_anomalies()')) j (name, schedule, command)
	LEFT JOIN (SELECT 'key hygiene' AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c
			   WHERE c.oid = 'gdpr.subject'::regclass) o ON o.name = j.name
$$;
COMMENT ON FUNCTION gdpr.jobs() IS
'The jobs of this database: name, pg_cron schedule, command, the same as one line for a shell, cron or a systemd '
	'timer, and the role that must run it; NULL: one that holds the duty job.';

/* Nothing has to be done when a consent expires, for the policy reads the clock; someone has to know. */
CREATE FUNCTION gdpr.note_consents(OUT expiring bigint, OUT expired bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	expiring := (SELECT count(DISTINCT (e.subject, e.purpose)) FROM gdpr.expiring_consents() e);
	expired := (SELECT count(DISTINCT (e.subject, e.purpose)) FROM gdpr.consent_event e
				CROSS JOIN LATERAL gdpr_internal.consents_at(e.subject, clock_timestamp()) c
				WHERE e.valid_until <= now() AND e.valid_until > now() - interval '1 day' AND c.event = e.id);
	PERFORM gdpr_internal.forget_identifiers();
	PERFORM gdpr_internal.record('consents looked after', NULL,
		jsonb_build_object('expiring', expiring, 'expired', expired));
	PERFORM pg_notify('gdpr', json_build_object('event', 'consents', 'expiring', expiring, 'expired', expired)::text);
END $$;
COMMENT ON FUNCTION gdpr.note_consents() IS
'A daily job: counts the consents within their renewal reminder (gdpr.expiring_consents() says whose) and those that '
	'expired since yesterday, puts the numbers in the ledger and notifies channel gdpr. An expired '
	'consent is refused from its very moment, with or without this job.';

CREATE FUNCTION gdpr.note_request_deadlines(OUT overdue bigint, OUT due_soon bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr.raise_overdue();
	overdue := (SELECT count(*) FROM gdpr.request_overdue);
	due_soon := (SELECT count(*) FROM gdpr.request_due_soon);
	IF overdue + due_soon > 0 THEN
		PERFORM pg_notify('gdpr', json_build_object('event', 'request deadlines', 'overdue', overdue, 'due_soon',
			due_soon)::text);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.note_request_deadlines() IS
'A daily job: gdpr.raise_overdue(), and notifies channel gdpr how many requests are overdue or due '
	'soon (Art. 12(3)).';

/* A schema cron may be anyone's, and its functions are called with our rights. */
CREATE FUNCTION gdpr_internal.require_pg_cron() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home text := current_setting('cron.database_name', true);
BEGIN
	IF NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_cron'
				   WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
					 AND d.objid = to_regprocedure(
						 'cron.schedule_in_database(text, text, text, text, text, boolean)')) THEN
		RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'pg_cron is not in this database',
			DETAIL = CASE WHEN home IS NULL THEN 'The server does not preload pg_cron.'
						  WHEN home <> current_database()
							  THEN format('This server''s pg_cron lives in database %s.', home)
						  ELSE 'The server preloads pg_cron, but the extension, 1.4 or newer, is not created.' END,
			HINT = CASE WHEN home IS NOT NULL AND home <> current_database()
						THEN 'There, run cron.schedule_in_database() for each row of gdpr.jobs() of this database; or '
							'run the lines by_hand from cron or a systemd timer.'
						ELSE 'CREATE EXTENSION pg_cron; or run the lines by_hand of gdpr.jobs() from cron or a '
							'systemd timer.' END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_pg_cron() IS 'internal: raises 0A000 unless pg_cron 1.4 is in this database';

/* Not a superuser, who may do anything: jobs touch the tables of others. */
CREATE FUNCTION gdpr_internal.job_roles() RETURNS SETOF name
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.rolname FROM pg_roles r
	WHERE r.rolcanlogin AND NOT r.rolsuper AND has_function_privilege(r.oid,
		(SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'gdpr'::regnamespace AND p.proname = 'run_retention'),
		'EXECUTE')
$$;
COMMENT ON FUNCTION gdpr_internal.job_roles() IS 'internal: roles that can log in and hold the duty job';

/* pg_cron logs in as the role of a job. */
CREATE FUNCTION gdpr_internal.job_role(wanted name) RETURNS name
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	acting name := gdpr_internal.acting_role();
	super boolean := (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = acting);
	others name[] := ARRAY(SELECT r FROM gdpr_internal.job_roles() r ORDER BY r);
	chosen name := CASE WHEN wanted IS NOT NULL THEN wanted WHEN super OR acting = ANY (others) THEN acting
		WHEN cardinality(others) = 1 THEN others[1] END;
BEGIN
	IF chosen = ANY (others) OR super AND chosen = acting THEN
		RETURN chosen;
	END IF;
	RAISE EXCEPTION USING ERRCODE = '42501',
		MESSAGE = format('role %I cannot run the jobs: it does not hold the duty job, or cannot log in',
			coalesce(chosen, acting)),
		DETAIL = CASE WHEN others = '{}' THEN 'No role does both.'
			ELSE format('These do both: %s.', array_to_string(others, ', ')) END,
		HINT = 'SELECT gdpr.grant_duty(''job'', ''<role>''); and ALTER ROLE <role> LOGIN; then '
			'SELECT gdpr.schedule_jobs(run_as => ''<role>'');';
END $$;
COMMENT ON FUNCTION gdpr_internal.job_role(name) IS
'internal: the role under which jobs are filed: the one that is wanted, else who acts if it holds the duty job, else '
	'the only one that does; 42501 otherwise';

CREATE FUNCTION gdpr.schedule_jobs(schedules jsonb DEFAULT '{}', run_as gdpr.role_ref DEFAULT NULL)
	RETURNS TABLE (job text, schedule text, number bigint, run_by name)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	unknown text;
	role name := gdpr_internal.job_role((SELECT r.rolname FROM pg_roles r WHERE r.oid = run_as::oid));
BEGIN
	PERFORM gdpr_internal.require_pg_cron();
	SELECT k INTO unknown FROM jsonb_object_keys(schedules) k
		WHERE NOT EXISTS (SELECT FROM gdpr.jobs() a WHERE a.job = gdpr_internal.job_name(k));
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown job "%s"', unknown),
			HINT = (SELECT format('The jobs are %s.', string_agg(substring(a.job FROM '^gdpr (.*) of '), ', '))
				FROM gdpr.jobs() a);
	END IF;
	FOR j IN SELECT a.job, a.command, coalesce(a.run_by, role) AS run_by,
		coalesce((SELECT s.value FROM jsonb_each_text(schedules) s WHERE a.job = gdpr_internal.job_name(s.key)),
		a.schedule) AS schedule
			 FROM gdpr.jobs() a
	LOOP
		job := j.job;
		schedule := j.schedule;
		run_by := j.run_by;
		number := cron.schedule_in_database(j.job, j.schedule, j.command, current_database()::text, j.run_by::text,
			true);
		RETURN NEXT;
	END LOOP;
	PERFORM gdpr_internal.record('jobs scheduled', NULL, jsonb_build_object('schedules', schedules, 'run_as', role));
END $$;
COMMENT ON FUNCTION gdpr.schedule_jobs(jsonb, gdpr.role_ref) IS
'Files the jobs of gdpr.jobs() with pg_cron, by name, so that repeating it changes their schedules and nothing else. '
	'schedules: other times than the defaults, ''{"retention": "*/5 * * * *"}''. run_as: a role that holds the duty '
	'job and can log in; default the calling role, if it does, else the only one that does. VACUUM of the key table '
	'is filed under its owner. No rights on schema cron are needed. What they said is in cron.job_run_details. '
	'Errors: 0A000 no pg_cron in this database, 22023 unknown job, 42501 no role to run them.';

CREATE FUNCTION gdpr.unschedule_jobs() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	removed bigint;
BEGIN
	PERFORM gdpr_internal.require_pg_cron();
	SELECT count(cron.unschedule(c.jobid)) INTO removed
	FROM cron.job c JOIN gdpr.jobs() j ON c.jobname = j.job
	WHERE c.database = current_database() AND (c.username IN (gdpr_internal.acting_role(), j.run_by)
		OR c.username IN (SELECT gdpr_internal.job_roles()));
	PERFORM gdpr_internal.record('jobs unscheduled', NULL, jsonb_build_object('count', removed));
	RETURN removed;
END $$;
COMMENT ON FUNCTION gdpr.unschedule_jobs() IS
'Takes the jobs of this database that schedule_jobs() filed from pg_cron, and returns how many. Errors: 0A000 no '
	'pg_cron in this database.';

/* A superuser sees the runs of every role. What a run said stays there: it is not ours to repeat. */
CREATE FUNCTION gdpr_internal.job_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('cron.job_run_details') IS NOT NULL THEN
		RETURN QUERY
		SELECT 'warning', 'job-failed', 'job ' || j.job,
			format('its last run, at %s, failed', to_char(d.start_time, 'YYYY-MM-DD HH24:MI')),
			'SELECT * FROM cron.job_run_details ORDER BY runid DESC;'
		FROM gdpr.jobs() j JOIN cron.job c ON c.jobname = j.job AND c.database = current_database()
		CROSS JOIN LATERAL (SELECT r.* FROM cron.job_run_details r WHERE r.jobid = c.jobid
			AND r.status IN ('succeeded', 'failed')
							ORDER BY r.runid DESC LIMIT 1) d
		WHERE d.status = 'failed'
		UNION ALL
		/* VACUUM skips a table that is not the role's own, with a warning that no one reads */
		SELECT 'warning', 'job-without-effect', 'job ' || j.job,
			format('its last run, at %s, succeeded as role %I, and no VACUUM came of it: destroyed keys stay on disk',
				to_char(d.start_time, 'YYYY-MM-DD HH24:MI'), c.username),
			format('SELECT cron.unschedule(%s); SELECT * FROM gdpr.schedule_jobs();', c.jobid)
		FROM gdpr.jobs() j JOIN cron.job c ON c.jobname = j.job AND c.database = current_database()
		CROSS JOIN LATERAL (SELECT r.* FROM cron.job_run_details r WHERE r.jobid = c.jobid AND r.status = 'succeeded'
							ORDER BY r.runid DESC LIMIT 1) d
		WHERE j.command = 'VACUUM gdpr.subject' AND NOT EXISTS (
			SELECT FROM pg_stat_user_tables t WHERE t.relid = 'gdpr.subject'::regclass
				AND greatest(t.last_vacuum, t.last_autovacuum) >= d.start_time - interval '1 second');
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.job_findings() IS
'internal: part of status(): the jobs whose last run pg_cron saw fail';
SELECT gdpr_internal.finds('schedule', 'gdpr_internal.job_findings');
