/*
 * job.sql: what runs by the clock, through pg_cron where it is there, and by hand anywhere.
 */
CREATE FUNCTION gdpr.jobs(OUT job text, OUT schedule text, OUT command text, OUT by_hand text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'gdpr ' || j.name || ' of ' || current_database(), j.schedule, j.command,
		   format('psql -X -d %s -c %s', current_database(), quote_literal(replace(j.command, '''', '''\''''')))
	FROM (VALUES
		('retention', '10 2 * * *', 'CALL gdpr.run_retention()'),
		('consent reminders', '10 5 * * *', 'SELECT gdpr.note_expiring_consents()'),
		('key hygiene', '10 4 * * *', 'VACUUM gdpr.subject')) j (name, schedule, command)
$$;
COMMENT ON FUNCTION gdpr.jobs() IS
'The jobs of this database: name, pg_cron schedule, command, and the same as one line for a shell, cron or a systemd timer.';

CREATE FUNCTION gdpr.note_expiring_consents() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	expiring bigint := (SELECT count(DISTINCT (e.subject, e.purpose)) FROM gdpr.expiring_consents() e);
BEGIN
	PERFORM gdpr.record('consents about to expire', NULL, jsonb_build_object('count', expiring));
	PERFORM pg_notify('gdpr', json_build_object('event', 'consents about to expire', 'count', expiring)::text);
	RETURN expiring;
END $$;
COMMENT ON FUNCTION gdpr.note_expiring_consents() IS
'Counts the consents within their renewal reminder, puts the number in the ledger and tells whoever listens on channel gdpr; gdpr.expiring_consents() says whose. A job.';

CREATE FUNCTION gdpr.require_pg_cron() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home text := current_setting('cron.database_name', true);
BEGIN
	IF to_regprocedure('cron.schedule_in_database(text, text, text, text, text, boolean)') IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'pg_cron is not in this database',
			DETAIL = CASE WHEN home IS NULL THEN 'The server does not preload pg_cron.'
						  WHEN home <> current_database() THEN format('This server''s pg_cron lives in database %s.', home)
						  ELSE 'The server preloads pg_cron, but the extension, 1.4 or newer, is not created.' END,
			HINT = CASE WHEN home IS NOT NULL AND home <> current_database()
						THEN 'There, run cron.schedule_in_database() for each row of gdpr.jobs() of this database; or run the lines by_hand from cron or a systemd timer.'
						ELSE 'CREATE EXTENSION pg_cron; or run the lines by_hand of gdpr.jobs() from cron or a systemd timer.' END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.require_pg_cron() IS 'internal: raises 0A000 unless pg_cron 1.4 is in this database';

/* With the caller's rights, for pg_cron files the job under the caller. */
CREATE FUNCTION gdpr.schedule_jobs(schedules jsonb DEFAULT '{}') RETURNS TABLE (job text, schedule text, number bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	unknown text;
BEGIN
	PERFORM gdpr.require_pg_cron();
	SELECT k INTO unknown FROM jsonb_object_keys(schedules) k WHERE k NOT IN ('retention', 'consent reminders', 'key hygiene');
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown job "%s"', unknown), HINT = 'The jobs are retention, consent reminders and key hygiene.';
	END IF;
	FOR j IN SELECT a.job, a.command, coalesce((SELECT s.value FROM jsonb_each_text(schedules) s WHERE a.job = 'gdpr ' || s.key || ' of ' || current_database()),
											   a.schedule) AS schedule
			 FROM gdpr.jobs() a
	LOOP
		job := j.job;
		schedule := j.schedule;
		number := cron.schedule_in_database(j.job, j.schedule, j.command, current_database()::text);
		RETURN NEXT;
	END LOOP;
	PERFORM gdpr.record('jobs scheduled', NULL, schedules);
END $$;
COMMENT ON FUNCTION gdpr.schedule_jobs(jsonb) IS
'Files the jobs of gdpr.jobs() with pg_cron under the calling role, by name, so that repeating it changes their schedules and nothing else. schedules: other times than the defaults, ''{"retention": "*/5 * * * *"}''. What they said is in cron.job_run_details. The role needs the duty job, and rights on schema cron; VACUUM of the key table is for the extension''s owner. Errors: 0A000 no pg_cron in this database, 22023 unknown job.';

CREATE FUNCTION gdpr.unschedule_jobs() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	removed bigint;
BEGIN
	PERFORM gdpr.require_pg_cron();
	SELECT count(cron.unschedule(c.jobid)) INTO removed
	FROM cron.job c JOIN gdpr.jobs() j ON c.jobname = j.job WHERE c.username = current_user;
	PERFORM gdpr.record('jobs unscheduled', NULL, jsonb_build_object('count', removed));
	RETURN removed;
END $$;
COMMENT ON FUNCTION gdpr.unschedule_jobs() IS 'Takes the calling role''s jobs of this database from pg_cron, and returns how many. Errors: 0A000 no pg_cron in this database.';
