/*
 * deadline.sql: how long the answer to a request may take (Art. 12(3)): a month of the calendar, extended by at most
 * two.
 */
SELECT gdpr_internal.add_setting('request_answer', '1 month', 'GDPR, art. 12(3)', 'how long an answer may take',
	maximum => '1 month');
SELECT gdpr_internal.add_setting('request_extension', '2 months', 'GDPR, art. 12(3)',
	'by how much the time for an answer may be extended at most', maximum => '2 months');
SELECT gdpr_internal.add_setting('request_due_soon', '7 days', 'practice',
	'how long before its last day a request is called due soon');
SELECT gdpr_internal.add_setting('request_token', '1 hour', 'practice',
	'how long a token lives by which a person sees the own data');

CREATE FUNCTION gdpr.answer_due(received date, country text DEFAULT 'BE', paused_days integer DEFAULT 0,
	extension interval DEFAULT '0') RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	/* one addition, so that the end of a short month is cut once; days never reach past the months of the law */
	SELECT gdpr_internal.working_day_from(
		least(received + (s.answer + extension), received + (s.answer + s.most))::date + paused_days, country)
	FROM (SELECT gdpr_internal.period_on('request_answer', received) AS answer,
		gdpr_internal.period_on('request_extension', received) AS most) s
$$;
COMMENT ON FUNCTION gdpr.answer_due(date, text, integer, interval) IS
'The last day to answer a request received on a day: a month of the calendar, or its last day when it is shorter; the '
	'extension, no longer than the setting; the days the clock stood still; then the next working day of the country '
	'(Art. 12(3), guidelines 01/2022). Errors: 22023 country.';
