/*
 * clock.sql: how long there is to tell the authority of a breach (Art. 33(1)): hours, not days, which differ when the
 * clocks change.
 */
/* hours, not days, which differ when the clocks change */
SELECT gdpr_internal.add_setting('breach_deadline', '72 hours', 'GDPR, art. 33(1)',
	'how long there is to notify a breach', maximum => '72 hours', in_hours => true);
SELECT gdpr_internal.add_setting('breach_alarm', '24 hours', 'practice',
	'how long before the deadline of a breach the alarm is', in_hours => true);
SELECT gdpr_internal.add_setting('breach_threshold', 'low', 'GDPR, art. 33(1): unless unlikely to result in a risk',
	'from which risk on the authority is told of a breach', choices => '{low,medium,high}', allowed => '{low}');

CREATE FUNCTION gdpr.breach_clock(aware_at timestamptz, country text DEFAULT NULL, time_zone text DEFAULT NULL,
								  OUT alarm_at timestamptz, OUT due_at timestamptz, OUT latest_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home text := (SELECT c.country FROM gdpr.controller c);
	law text := coalesce(gdpr_internal.country_code(country), home, 'BE');
	zone text := gdpr_internal.time_zone_of(time_zone, law, home);
	aware_on date := (aware_at AT TIME ZONE zone)::date;
	period interval := gdpr_internal.period_on('breach_deadline', aware_on);
	last_day date;
	working_days integer;
BEGIN
	due_at := aware_at + period;
	alarm_at := due_at - gdpr_internal.period_on('breach_alarm', aware_on);
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
	'breach_deadline), after which a notification needs its reason; latest_at, the end of the period by Regulation '
	'1182/71, art. 3: the hour of the event does not count, nor its day as one of the at least two working days of '
	'the country (default the controller''s, gdpr.holiday). A national court may count less: keep to due_at. '
	'time_zone: default the country''s (gdpr.country_zone). Errors: 22023 time zone or country.';

CREATE FUNCTION gdpr_internal.local_time(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS')
		|| CASE WHEN o < interval '0' THEN '-' ELSE '+' END
		|| to_char(make_interval(secs => abs(EXTRACT(epoch FROM o))::double precision), 'HH24:MI')
	FROM (SELECT (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')) x (o)
$$;
COMMENT ON FUNCTION gdpr_internal.local_time(timestamptz, text) IS
'internal: a time as ISO 8601 with the offset of a time zone';
