/*
 * source.sql: people whose data came from someone else are told so: within a month, before they are first contacted,
 * and before their data go on to others, whichever is first (Art. 14(3)).
 */
SELECT gdpr_internal.add_setting('source_notice', '1 month', 'Art. 14(3)(a)',
	'how long after data were obtained from others their people are told at the latest', maximum => '1 month');

/* A notice that says where the data came from, since they came. */
CREATE FUNCTION gdpr_internal.told_of_source(subject bigint, obtained_at timestamptz, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr.notice_served s
		JOIN gdpr.notice n ON (n.name, n.version) = (s.notice, s.notice_version)
		LEFT JOIN gdpr.notice f ON (f.name, f.version) = (n.full_notice, n.full_version)
		WHERE s.subject = told_of_source.subject AND s.served_at BETWEEN told_of_source.obtained_at AND at
		  AND NOT gdpr_internal.is_blank(coalesce(n.texts -> s.language ->> 'source',
			f.texts -> s.language ->> 'source')))
$$;
COMMENT ON FUNCTION gdpr_internal.told_of_source(bigint, timestamptz, timestamptz) IS
'internal: was a person given a notice that says where the data came from?';

CREATE FUNCTION gdpr_internal.source_untold(subject bigint, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM gdpr.acquired_person x JOIN gdpr.acquisition a ON a.id = x.acquisition
		WHERE x.subject = source_untold.subject AND x.imported_at <= at AND x.ended_at IS NULL
		  AND NOT gdpr_internal.told_of_source(x.subject, a.obtained_at, at));
END $$;
COMMENT ON FUNCTION gdpr_internal.source_untold(bigint, timestamptz) IS
'internal: did a person come by a list, and was not told so yet?';

/* A processor may be the sender of the notice. */
CREATE FUNCTION gdpr_internal.require_told_of_source(receives gdpr.recipient, subject bigint, at timestamptz)
	RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF receives.kind = 'controller' AND gdpr_internal.source_untold(subject, at) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG009',
			MESSAGE = 'a person whose data came by a list was not told so before they go on to another controller',
			HINT = 'Give the notice that says where the data came from: gdpr.serve_notice() (Art. 14(3)(c)).';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_told_of_source(gdpr.recipient, bigint, timestamptz) IS
'internal: ZG009 for a disclosure to another controller before the notice of Art. 14';

CREATE FUNCTION gdpr_internal.not_told_of_source() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'not told where the data came from' $$;
COMMENT ON FUNCTION gdpr_internal.not_told_of_source() IS
'internal: the reason not to contact a person of a list before the notice of Art. 14';

CREATE FUNCTION gdpr.source_notice_due(obtained_at timestamptz) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (gdpr_internal.day_of(obtained_at)
		+ gdpr_internal.period_on('source_notice', gdpr_internal.day_of(obtained_at)))::date
$$;
COMMENT ON FUNCTION gdpr.source_notice_due(timestamptz) IS
'The last day to tell people where their data came from, when they were obtained at that time: a month of the calendar '
	'later, or the last day of a shorter month (Art. 14(3)(a), the setting source_notice). The first contact, which '
	'gdpr.mailable() leaves out before, and the first disclosure may make it earlier.';

CREATE VIEW gdpr.source_notice AS
SELECT a.id AS acquisition, a.supplier, pg_catalog.count(*) AS people, gdpr.source_notice_due(a.obtained_at) AS due_on
FROM gdpr.acquisition a JOIN gdpr.acquired_person x ON x.acquisition = a.id AND x.ended_at IS NULL
JOIN gdpr.subject s ON s.number = x.subject AND s.wrapped_key IS NOT NULL
WHERE NOT gdpr_internal.told_of_source(x.subject, a.obtained_at, pg_catalog.clock_timestamp())
GROUP BY a.id;
COMMENT ON VIEW gdpr.source_notice IS
'lists with people who were not told where their data came from: how many, and the last day to tell them (Art. 14(3))';

CREATE FUNCTION gdpr.note_source_notices() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n record;
	overdue bigint := 0;
BEGIN
	FOR n IN SELECT d.* FROM gdpr.source_notice d WHERE d.due_on < gdpr_internal.server_today() ORDER BY d.due_on
	LOOP
		PERFORM gdpr_internal.record('source notice overdue', NULL, jsonb_build_object('acquisition', n.acquisition,
			'people', n.people, 'due_on', n.due_on));
		PERFORM pg_notify('gdpr', json_build_object('event', 'source notice overdue', 'acquisition', n.acquisition,
			'people', n.people, 'due_on', n.due_on)::text);
		overdue := overdue + n.people;
	END LOOP;
	RETURN overdue;
END $$;
COMMENT ON FUNCTION gdpr.note_source_notices() IS
'A daily job: puts on record, and notifies channel gdpr, how many people of which list should have been told where '
	'their data came from and were not; returns how many in all (Art. 14(3)).';

CREATE FUNCTION gdpr_internal.source_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', 'source-notice-overdue', 'acquisition ' || n.acquisition,
		format('%s people of the list of %s were not told where their data came from: the last day was %s (Art. 14(3))',
			n.people, n.supplier, to_char(n.due_on, 'YYYY-MM-DD')),
		'SELECT gdpr.serve_notice(...); with a notice that has the item source, for each of gdpr.acquired_person.'
	FROM gdpr.source_notice n WHERE n.due_on < gdpr_internal.server_today()
	UNION ALL
	SELECT 'warning', 'source-notice-due', 'acquisition ' || n.acquisition,
		format('%s people of the list of %s must be told where their data came from until %s', n.people, n.supplier,
			to_char(n.due_on, 'YYYY-MM-DD')),
		'SELECT gdpr.serve_notice(...); with a notice that has the item source, for each of gdpr.acquired_person.'
	FROM gdpr.source_notice n WHERE n.due_on >= gdpr_internal.server_today()
$$;
COMMENT ON FUNCTION gdpr_internal.source_findings() IS
'internal: part of status(): people of lists who were not told where their data came from';
SELECT gdpr_internal.finds('policy', 'gdpr_internal.source_findings');
