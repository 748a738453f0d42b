/*
 * clock.sql: how long there is to tell the authority of a breach (Art. 33(1)): hours, not days, which differ when the
 * clocks change.
 */
CREATE TABLE gdpr.breach_setting
(
	name		text NOT NULL CHECK (name IN ('deadline', 'alarm', 'threshold')),
	value		interval,
	risk		text CHECK (risk IN ('low', 'medium', 'high')),
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	source		text NOT NULL,
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (name, valid_from, builtin),
	CHECK ((name = 'threshold') = (risk IS NOT NULL) AND (name = 'threshold') = (value IS NULL)),
	CONSTRAINT hours_not_days CHECK (value > interval '0' AND EXTRACT(day FROM value) = 0
		AND EXTRACT(month FROM value) = 0
									 AND EXTRACT(year FROM value) = 0)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_setting', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.breach_setting IS
'how long there is to notify a breach (deadline, in hours), how long before that the alarm is (alarm, in hours), and '
	'from which risk on the authority is told (threshold); insert a row with a later valid_from when the law changes';
INSERT INTO gdpr.breach_setting (name, value, risk, valid_from, source, builtin) VALUES
	('deadline', '72 hours', NULL, '2018-05-25', 'GDPR, art. 33(1)', true),
	('alarm', '24 hours', NULL, '2018-05-25', 'practice', true),
	('threshold', NULL, 'low', '2018-05-25', 'GDPR, art. 33(1): unless unlikely to result in a risk', true);

CREATE FUNCTION gdpr_internal.breach_setting_on(name text, day date) RETURNS gdpr.breach_setting
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT s FROM gdpr.breach_setting s
	WHERE s.name = breach_setting_on.name AND s.valid_from <= day AND coalesce(s.valid_to > day, true)
	ORDER BY s.valid_from DESC, s.builtin LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.breach_setting_on(text, date) IS
'internal: the row of a setting that counts on a day';

CREATE FUNCTION gdpr_internal.breach_zone(zone text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF zone IS NULL THEN
		RETURN current_setting('log_timezone');
	ELSIF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = zone) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown time zone',
			HINT = 'Use a name such as Europe/Brussels: SELECT name FROM pg_timezone_names;';
	END IF;
	RETURN zone;
END $$;
COMMENT ON FUNCTION gdpr_internal.breach_zone(text) IS
'internal: a time zone by its name; the server''s own, which no session can set, for NULL; 22023 unknown';

CREATE FUNCTION gdpr.breach_clock(aware_at timestamptz, country text DEFAULT NULL, time_zone text DEFAULT NULL,
								  OUT alarm_at timestamptz, OUT due_at timestamptz, OUT latest_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	zone text := gdpr_internal.breach_zone(time_zone);
	law text := coalesce(country, (SELECT c.country FROM gdpr.controller c), 'BE');
	aware_on date := (aware_at AT TIME ZONE zone)::date;
	period interval := (gdpr_internal.breach_setting_on('deadline', aware_on)).value;
	last_day date;
	working_days integer;
BEGIN
	due_at := aware_at + period;
	alarm_at := due_at - (gdpr_internal.breach_setting_on('alarm', aware_on)).value;
	/*
	 * the hour of the event does not count: the period runs from the next full hour (Regulation 1182/71, art. 3(1),
	 * (2)(a))
	 */
	latest_at := date_trunc('hour', aware_at, zone) + interval '1 hour' + period;
	last_day := ((latest_at - interval '1 microsecond') AT TIME ZONE zone)::date;
	SELECT count(*) INTO working_days
	FROM generate_series(1, last_day - aware_on) n WHERE gdpr.is_working_day(aware_on + n, law);
	/* two days or more include at least two working days (art. 3(5)); the day of the event is not one of them */
	IF period >= interval '48 hours' AND working_days < 2 THEN
		WHILE working_days < 2
		LOOP
			last_day := last_day + 1;
			working_days := working_days + gdpr.is_working_day(last_day, law)::integer;
		END LOOP;
		latest_at := (last_day + 1)::timestamp AT TIME ZONE zone;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.breach_clock(timestamptz, text, text) IS
'The clock of Art. 33(1) from the moment the controller is aware: alarm_at, to hurry; due_at, 72 hours (the setting '
	'deadline), after which a notification needs its reason; latest_at, the end of the period by Regulation 1182/71, '
	'art. 3: the hour of the event does not count, nor its day as one of the at least two working days of the country '
	'(default the controller''s, gdpr.holiday). A national court may count less: keep to due_at. time_zone: default '
	'the server''s. Errors: 22023 time zone.';

CREATE FUNCTION gdpr_internal.local_time(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS')
		|| CASE WHEN o < interval '0' THEN '-' ELSE '+' END
		|| to_char(make_interval(secs => abs(EXTRACT(epoch FROM o))::double precision), 'HH24:MI')
	FROM (SELECT (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')) x (o)
$$;
COMMENT ON FUNCTION gdpr_internal.local_time(timestamptz, text) IS
'internal: a time as ISO 8601 with the offset of a time zone';
