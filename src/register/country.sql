/*
 * country.sql: what the tables of transfer_law.sql say of a country on a day, and how they are kept up to date.
 */
SELECT gdpr_internal.add_setting('transfer_check', '180 days', 'practice',
	'how long a row of gdpr.eea_country or gdpr.adequacy is relied on without a warning after it was last compared '
		'with its source', maximum => '2 years');
SELECT gdpr_internal.add_setting('transfer_warning', '90 days', 'practice',
	'how long before its end a ground of a transfer is reported');

CREATE FUNCTION gdpr_internal.eea_on(country text, day date) RETURNS gdpr.eea_country
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.* FROM (SELECT DISTINCT ON (e.valid_from) e.* FROM gdpr.eea_country e WHERE e.country = eea_on.country
		ORDER BY e.valid_from, e.checked_on DESC NULLS LAST, e.builtin, e.recorded_at DESC) c
	WHERE c.valid_from <= day AND coalesce(c.valid_to > day, true) ORDER BY c.valid_from DESC LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.eea_on(text, date) IS
'internal: the row of the European Economic Area that counts for a country on a day; NULL: it is neither';

/* Of several decisions about a party that count on a day any one will do, rather one that is compared. */
CREATE FUNCTION gdpr_internal.adequacy_on(party text, day date) RETURNS gdpr.adequacy
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.* FROM (SELECT DISTINCT ON (a.decision) a.* FROM gdpr.adequacy a WHERE a.party = adequacy_on.party
		ORDER BY a.decision, a.checked_on DESC NULLS LAST, a.builtin, a.recorded_at DESC) d
	WHERE d.valid_from <= day AND coalesce(d.valid_to > day, true)
	ORDER BY d.checked_on IS NULL, d.recipients <> 'all', d.valid_from DESC LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.adequacy_on(text, date) IS
'internal: the decision on adequacy that counts for a country or organisation on a day, or NULL';

CREATE FUNCTION gdpr_internal.check_law(source text, valid_from date, valid_to date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(source) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a row of law needs its source',
			HINT = 'Name the page of the Official Journal, or where else it can be read.';
	ELSIF valid_from IS NULL OR NOT isfinite(valid_from) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say from which day it counts',
			HINT = 'Pass valid_from; it may be left out for a row that is there already.';
	ELSIF valid_to <= valid_from THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'what counts ends after it begins';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_law(text, date, date) IS
'internal: ZG022 without source, 22023 for days that make no period';

CREATE FUNCTION gdpr.record_eea_country(country text, inside boolean, source text, valid_from date DEFAULT NULL,
	valid_to date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	code text := gdpr_internal.country_code(record_eea_country.country);
	known gdpr.eea_country;
	begins date;
	ends date;
BEGIN
	SELECT e.* INTO known FROM gdpr.eea_country e
	WHERE e.country = code AND e.valid_from = coalesce(record_eea_country.valid_from, e.valid_from)
	ORDER BY e.valid_from DESC, e.checked_on DESC NULLS LAST, e.builtin, e.recorded_at DESC LIMIT 1;
	begins := coalesce(record_eea_country.valid_from, known.valid_from);
	ends := nullif(coalesce(record_eea_country.valid_to, known.valid_to), 'infinity');
	IF code IS NULL OR inside IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'name the country, and say whether it is inside';
	END IF;
	PERFORM gdpr_internal.check_law(source, begins, ends);
	INSERT INTO gdpr.eea_country (country, inside, part_of, valid_from, valid_to, source, checked_on)
	VALUES (code, record_eea_country.inside, known.part_of, begins, ends, record_eea_country.source,
		gdpr_internal.server_today());
	PERFORM gdpr_internal.record('law recorded', NULL, jsonb_strip_nulls(jsonb_build_object('table', 'eea_country',
		'country', code, 'inside', inside, 'from', begins, 'to', ends, 'source', source)));
END $$;
COMMENT ON FUNCTION gdpr.record_eea_country(text, boolean, text, date, date) IS
'Records that a country (ISO 3166) is inside the European Economic Area or not, from valid_from until the day before '
	'valid_to (infinity: no end), with the source you compared it with today. Days that are left out stay what they '
	'were; without a change it confirms the row. Errors: ZG022 no source, 22023.';

CREATE FUNCTION gdpr.record_adequacy(party text, decision text, source text, valid_from date DEFAULT NULL,
	valid_to date DEFAULT NULL, recipients text DEFAULT NULL, scope text DEFAULT NULL, decided_on date DEFAULT NULL,
	not_from text[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known gdpr.adequacy;
BEGIN
	IF coalesce(party, '') !~ '^[A-Z]{2,12}$' OR gdpr_internal.is_blank(decision) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a decision on adequacy needs the country or organisation it is about, and its number',
			HINT = 'party is a code of ISO 3166 in capitals, or that of an organisation, such as EPO.';
	ELSIF recipients NOT IN ('all', 'private', 'certified') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown recipients of a decision on adequacy',
			HINT = 'Use all, private or certified.';
	END IF;
	SELECT a.* INTO known FROM gdpr.adequacy a
	WHERE a.party = record_adequacy.party AND a.decision = record_adequacy.decision
	ORDER BY a.checked_on DESC NULLS LAST, a.builtin, a.recorded_at DESC LIMIT 1;
	known.valid_from := coalesce(record_adequacy.valid_from, known.valid_from);
	known.valid_to := nullif(coalesce(record_adequacy.valid_to, known.valid_to), 'infinity');
	PERFORM gdpr_internal.check_law(record_adequacy.source, known.valid_from, known.valid_to);
	INSERT INTO gdpr.adequacy (party, decision, decided_on, valid_from, valid_to, recipients, scope, not_from, source,
		checked_on)
	VALUES (record_adequacy.party, record_adequacy.decision, coalesce(record_adequacy.decided_on, known.decided_on),
		known.valid_from, known.valid_to, coalesce(record_adequacy.recipients, known.recipients, 'all'),
		coalesce(record_adequacy.scope, known.scope), coalesce(record_adequacy.not_from, known.not_from),
		record_adequacy.source, gdpr_internal.server_today());
	PERFORM gdpr_internal.record('law recorded', NULL, jsonb_strip_nulls(jsonb_build_object('table', 'adequacy',
		'party', party, 'decision', decision, 'from', known.valid_from, 'to', known.valid_to,
		'recipients', coalesce(recipients, known.recipients, 'all'), 'source', source)));
END $$;
COMMENT ON FUNCTION gdpr.record_adequacy(text, text, text, date, date, text, text, date, text[]) IS
'Records a decision that a country (ISO 3166) or an international organisation (its code) protects personal data '
	'adequately (Art. 45), with its number and the source you compared it with today. From valid_from until the day '
	'before valid_to (infinity: no end): the day on which a court annuls it. recipients: all, private, or certified '
	'(gdpr.add_safeguard(kind => ''certificate'')); not_from: countries whose controllers cannot rely on it. What is '
	'left out stays what it was; without a change it confirms the row. Errors: ZG022 no source, 22023.';
