/*
 * child.sql: from which age a person consents alone (Art. 8), per country and date. The birth date is asked for, used
 * and forgotten: a consent only says whether a guardian was needed.
 */
CREATE FUNCTION gdpr.consent_age(country text DEFAULT NULL, at date DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	on_day date := coalesce(at, current_date);
	law text := coalesce(gdpr_internal.country_code(country), (SELECT c.country FROM gdpr.controller c));
BEGIN
	IF law IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'it is not known which country''s law applies',
			HINT = 'Pass country, or say who the controller is with gdpr.set_controller().';
	END IF;
	RETURN (SELECT a.age FROM gdpr.child_consent_age a
			WHERE a.country IN (law, '*') AND a.valid_from <= on_day AND coalesce(a.valid_to > on_day, true)
			ORDER BY a.country = '*', a.valid_from DESC, a.builtin LIMIT 1);
END $$;
COMMENT ON FUNCTION gdpr.consent_age(text, date) IS
'The age from which a person consents alone in that country (default the controller''s) on that day (default today). '
	'Errors: 22023 country. Art. 8.';

CREATE FUNCTION gdpr.needs_guardian(born date, country text DEFAULT NULL, at date DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	on_day date := coalesce(at, current_date);
BEGIN
	IF born IS NULL THEN
		RETURN NULL;
	ELSIF born > on_day OR NOT isfinite(born) THEN
		RAISE EXCEPTION USING ERRCODE = '22008', MESSAGE = 'the birth date is after the day of the consent';
	END IF;
	RETURN extract(year FROM age(on_day::timestamp, born::timestamp)) < gdpr.consent_age(country, on_day);
END $$;
COMMENT ON FUNCTION gdpr.needs_guardian(date, text, date) IS
'True when a person born on that day is too young to consent alone in that country (default the controller''s) on '
	'that day (default today); NULL when born is NULL. Errors: 22008 born later, 22023 country. Art. 8.';

CREATE FUNCTION gdpr_internal.check_guardian(
	child boolean, guardian text, guardian_method text, guardian_verified_at timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	filled integer := num_nonnulls(nullif(btrim(guardian), ''), nullif(btrim(guardian_method), ''),
		guardian_verified_at);
BEGIN
	IF filled < 3 AND (child OR filled > 0) OR guardian_verified_at > at THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG011',
			MESSAGE = CASE WHEN child THEN 'this person is too young to consent alone: a verified guardian must consent'
						   ELSE 'a guardian counts only when verified, before the consent' END,
			HINT = 'Pass guardian, guardian_method (how the guardian was verified) and guardian_verified_at (when, '
				'not after the consent).';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_guardian(boolean, text, text, timestamptz, timestamptz) IS
'internal: ZG011 when a child has no verified guardian, or a guardian is only half given';
