/*
 * child.sql: from which age a person consents alone (Art. 8), per country and date. The birth date is asked for, used
 * and forgotten: a consent only says whether a guardian was needed. Where the date is on file, it is looked at, whether
 * the caller says one or not.
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

CREATE FUNCTION gdpr_internal.born_at_latest(gdpr.pii_birth_date) RETURNS date
	AS 'MODULE_PATHNAME', 'gdpr_born_at_latest' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.born_at_latest(gdpr.pii_birth_date) IS
'internal: the birth date, or the last day that it can be; asks no policy, as nothing is shown';

/* In the person's own row: a birth date in another table may be that of a child of theirs. */
CREATE FUNCTION gdpr_internal.birth_date_on_file(subject bigint, on_day date) RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people record;
	born date;
BEGIN
	SELECT s.relation, s.key, t.key_columns,
		   (SELECT string_agg(format('gdpr_internal.born_at_latest(t.%I::gdpr.pii_birth_date)', a.attname), ', ')
			FROM pg_attribute a WHERE a.attrelid = s.relation AND NOT a.attisdropped
			  AND gdpr_internal.base_type(a.atttypid)::regtype = 'gdpr.pii_birth_date'::regtype) AS dates
	INTO people
	FROM gdpr.subject s JOIN gdpr.subject_table t ON t.relation = s.relation
	JOIN gdpr.protected_table p ON p.relation = s.relation AND p.subject_table = s.relation
	JOIN pg_class c ON c.oid = s.relation
	WHERE s.number = birth_date_on_file.subject;
	IF people.dates IS NOT NULL THEN
		EXECUTE format('SELECT max(greatest(%s)) FROM %s t WHERE %s', people.dates, people.relation,
			gdpr_internal.key_condition(people.relation, people.key_columns, 't'))
		INTO born
		USING CASE cardinality(people.key_columns) WHEN 1 THEN ARRAY[people.key]
			ELSE gdpr_internal.key_values(people.key, cardinality(people.key_columns)) END;
	END IF;
	RETURN CASE WHEN born > on_day THEN on_day ELSE born END;
END $$;
COMMENT ON FUNCTION gdpr_internal.birth_date_on_file(bigint, date) IS
'internal: the birth date in the person''s own row of the subject table, not after on_day; NULL when there is none';

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
