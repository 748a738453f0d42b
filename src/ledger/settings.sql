/*
 * settings.sql: the ledger has every change of a dated setting and of its limits; and how long it keeps its own entries
 * is one of them.
 */

/* A row that a restore brings back was recorded when it was new. */
CREATE FUNCTION gdpr_internal.record_setting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.record('setting changed', NULL, jsonb_build_object('table', TG_TABLE_NAME)
		|| jsonb_strip_nulls(to_jsonb(NEW) - '{source, builtin, recorded_at}'::text[]));
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.record_setting() IS
'internal: trigger of settings and their limits: the ledger has it';

DO $$
DECLARE
	name name;
BEGIN
	FOREACH name IN ARRAY '{setting, setting_limit, holiday, child_consent_age}'::name[]
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER recorded AFTER INSERT ON gdpr.%I FOR EACH ROW '
			'WHEN (NOT NEW.builtin AND NEW.recorded_at >= now()) '
			'EXECUTE FUNCTION gdpr_internal.record_setting()', name);
	END LOOP;
END $$;

SELECT gdpr_internal.add_setting('ledger_keep', '5 years',
	'practice: the time in which most claims about processing can still be made',
	'how long entries of the ledger are kept', minimum => '1 year');

/*
 * An entry is kept for as long as was promised on the day it was written, and longer where more is promised now. In
 * each stretch of days with one promise, the entries from kept_since on stay.
 */
CREATE FUNCTION gdpr_internal.ledger_kept_since(at timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH days AS (
		SELECT s.valid_from AS day FROM gdpr.setting s WHERE s.name = 'ledger_keep'
		UNION SELECT s.valid_to FROM gdpr.setting s WHERE s.name = 'ledger_keep' AND s.valid_to IS NOT NULL
	), stretch AS (
		SELECT d.day::timestamp AT TIME ZONE z.zone AS since,
			lead(d.day) OVER (ORDER BY d.day)::timestamp AT TIME ZONE z.zone AS until,
			ledger_kept_since.at - greatest(gdpr_internal.period_on('ledger_keep', d.day),
				gdpr_internal.period_on('ledger_keep', (ledger_kept_since.at AT TIME ZONE z.zone)::date))
				AS kept_since
		FROM days d CROSS JOIN current_setting('log_timezone') AS z (zone)
	)
	SELECT min(greatest(s.since, s.kept_since)) FROM stretch s
	WHERE s.since <= ledger_kept_since.at AND coalesce(s.kept_since < s.until, true)
$$;
COMMENT ON FUNCTION gdpr_internal.ledger_kept_since(timestamptz) IS
'internal: entries from before this moment may go at a moment, by default now: no promise made for them is broken';
