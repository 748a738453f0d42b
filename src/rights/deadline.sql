/*
 * deadline.sql: how long the answer to a request may take (Art. 12(3)): a month of the calendar, extended by at most
 * two.
 */
CREATE TABLE gdpr.request_setting
(
	name		text NOT NULL CHECK (name IN ('answer', 'extension', 'due_soon', 'token')),
	value		interval NOT NULL CHECK (value > interval '0'),
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	source		text NOT NULL,
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (name, valid_from, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.request_setting', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.request_setting IS
'how long an answer may take (answer), by how much it may be extended at most (extension), when it is called due '
	'soon, how long a self-service token lives; insert a row with a later valid_from to change one';
INSERT INTO gdpr.request_setting (name, value, valid_from, source, builtin) VALUES
	('answer', '1 month', '2018-05-25', 'GDPR, art. 12(3)', true),
	('extension', '2 months', '2018-05-25', 'GDPR, art. 12(3)', true),
	('due_soon', '7 days', '2018-05-25', 'practice', true),
	('token', '1 hour', '2018-05-25', 'practice', true);

CREATE FUNCTION gdpr_internal.request_setting_on(name text, day date) RETURNS interval
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.value FROM gdpr.request_setting s
	WHERE s.name = request_setting_on.name AND s.valid_from <= day AND coalesce(s.valid_to > day, true)
	ORDER BY s.valid_from DESC, s.builtin LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.request_setting_on(text, date) IS 'internal: the setting''s value on a day';

CREATE FUNCTION gdpr.answer_due(received date, country text DEFAULT 'BE', paused_days integer DEFAULT 0,
	extension interval DEFAULT '0') RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	/* one addition, so that the end of a short month is cut once */
	SELECT gdpr_internal.working_day_from(
		(received + (gdpr_internal.request_setting_on('answer', received) + extension))::date + paused_days, country)
$$;
COMMENT ON FUNCTION gdpr.answer_due(date, text, integer, interval) IS
'The last day to answer a request received on a day: a month of the calendar, or its last day when it is shorter; the '
	'days the clock stood still; the extension; then the next working day of the country (Art. 12(3), '
	'guidelines 01/2022).';
