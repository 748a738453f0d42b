/*
 * transfer.sql: may personal data of this person go to that recipient in that country, and on what ground (Chapter V).
 *
 * The last step of the ladder is the person's own: explicit consent to the transfer, after they were told of its risks
 * (Art. 49(1)(a)). It is an ordinary consent, for a purpose that is declared to mean the transfer, so that giving,
 * renewing, withdrawing, proving and replaying it are those of every consent. It is a derogation: for the occasional
 * transfer, not for a habit.
 */
CREATE TABLE gdpr.transfer_consent
(
	consent_purpose	integer NOT NULL REFERENCES gdpr.purpose (number),
	country			text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	recipient		text REFERENCES gdpr.recipient (name),
	purpose			integer REFERENCES gdpr.purpose (number),
	declared_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	declared_by		name NOT NULL DEFAULT SESSION_USER,
	UNIQUE NULLS NOT DISTINCT (consent_purpose, country, recipient, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.transfer_consent', '');
SELECT gdpr_internal.append_only('gdpr.transfer_consent');
COMMENT ON TABLE gdpr.transfer_consent IS
'purposes whose explicit consent is consent to a transfer (Art. 49(1)(a)): to a country, for one recipient and one '
	'purpose or for all; append-only: end the purpose to end it';

CREATE FUNCTION gdpr.declare_transfer_consent(consent_purpose text, country text, recipient text DEFAULT NULL,
	purpose text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	meant integer := gdpr_internal.consent_purpose(consent_purpose);
	code text := gdpr_internal.country_code(nullif(btrim(declare_transfer_consent.country), ''));
	receives text := (gdpr_internal.recipient_named(declare_transfer_consent.recipient)).name;
BEGIN
	IF code IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a transfer goes to a country';
	ELSIF receives IS NULL AND recipient IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'no such recipient is registered',
			HINT = 'Register it first with gdpr.register_recipient().';
	END IF;
	INSERT INTO gdpr.transfer_consent (consent_purpose, country, recipient, purpose)
	VALUES (meant, code, receives, CASE WHEN declare_transfer_consent.purpose IS NOT NULL
		THEN gdpr.purpose_number(declare_transfer_consent.purpose) END)
	ON CONFLICT DO NOTHING;
	PERFORM gdpr_internal.record('transfer consent declared', NULL, jsonb_strip_nulls(jsonb_build_object(
		'consent_purpose', consent_purpose, 'country', code, 'recipient', receives, 'purpose', purpose)));
END $$;
COMMENT ON FUNCTION gdpr.declare_transfer_consent(text, text, text, text) IS
'Says that explicit consent for a purpose is consent to a transfer (Art. 49(1)(a)): to a country (ISO 3166), to one '
	'registered recipient or any, for one purpose or any. The consent counts for the person who gave it, when the '
	'notice names the country among storage_countries and says what the risks are (item transfers). A derogation, not '
	'for systematic transfers. Errors: 02000 recipient not registered, ZG002 unknown purpose, 22023 not a purpose of '
	'consent, no country.';

/* What the person read is the notice, and the one that it is the first layer of. */
CREATE FUNCTION gdpr_internal.told_of_transfer(consent uuid, country text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(bool_or(told_of_transfer.country = ANY (n.storage_countries || coalesce(f.storage_countries, '{}')))
		AND bool_or(NOT gdpr_internal.is_blank(coalesce(n.texts -> e.language ->> 'transfers',
			f.texts -> e.language ->> 'transfers'))), false)
	FROM gdpr.consent_event e
	JOIN gdpr.notice n ON (n.name, n.version) = (e.notice, e.notice_version)
	LEFT JOIN gdpr.notice f ON (f.name, f.version) = (n.full_notice, n.full_version)
	WHERE e.id = consent AND e.type = 'explicit'
$$;
COMMENT ON FUNCTION gdpr_internal.told_of_transfer(uuid, text) IS
'internal: was a consent explicit, and did its notice name the country and say what a transfer means?';

CREATE FUNCTION gdpr_internal.consent_step(country text, recipient gdpr.recipient, purpose integer, person bigint,
	moment timestamptz, OUT passed boolean, OUT detail text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given uuid[];
	consent uuid;
BEGIN
	given := ARRAY(SELECT v.consent FROM gdpr.transfer_consent t
		CROSS JOIN LATERAL (SELECT gdpr_internal.valid_consent(person, t.consent_purpose, 'any', moment)) v (consent)
		WHERE t.country = consent_step.country AND coalesce(t.recipient = recipient.name, t.recipient IS NULL)
		  AND coalesce(t.purpose = consent_step.purpose, t.purpose IS NULL) AND v.consent IS NOT NULL);
	consent := (SELECT g FROM unnest(given) g WHERE gdpr_internal.told_of_transfer(g, country) ORDER BY g LIMIT 1);
	passed := consent IS NOT NULL;
	detail := CASE WHEN passed THEN format('consent %s: a derogation, not for systematic transfers', consent)
		WHEN person IS NULL THEN 'no person is named'
		WHEN given <> '{}' THEN 'the consent is not explicit, or its notice does not name the country and the risks'
		ELSE 'no consent of this person to the transfer' END;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_step(text, gdpr.recipient, integer, bigint, timestamptz) IS
'internal: did a person consent to a transfer, and is the consent valid at that time?';

CREATE FUNCTION gdpr_internal.transfer_ladder(country text, recipient text, purpose integer, person bigint, day date,
	moment timestamptz, storing boolean, OUT step integer, OUT test text, OUT passed boolean, OUT detail text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	receives gdpr.recipient := gdpr_internal.recipient_named(recipient);
	allowed boolean := false;
	ground text;
BEGIN
	FOR step, test, passed, detail IN SELECT s.* FROM gdpr_internal.transfer_steps(country, receives, day, storing) s
	LOOP
		ground := coalesce(ground, CASE WHEN passed THEN test || ': ' || detail END);
		RETURN NEXT;
	END LOOP;
	step := 4; test := 'explicit consent of the person (Art. 49(1)(a))';
	SELECT s.passed, s.detail INTO passed, detail
	FROM gdpr_internal.consent_step(country, receives, purpose, person, moment) s;
	ground := coalesce(ground, CASE WHEN passed THEN test || ': ' || detail END);
	RETURN NEXT;
	step := 5; test := 'allowed'; passed := ground IS NOT NULL;
	detail := coalesce(ground, format('no ground under the rule %s', gdpr_internal.transfer_rule(storing, day)));
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION gdpr_internal.transfer_ladder(text, text, integer, bigint, date, timestamptz, boolean) IS
'internal: the whole ladder, and as the last row the verdict with its ground';

CREATE FUNCTION gdpr.explain_transfer(country text, recipient text DEFAULT NULL, purpose text DEFAULT NULL,
	subject_table gdpr.table_ref DEFAULT NULL, subject_key text DEFAULT NULL, at timestamptz DEFAULT NULL,
	storing boolean DEFAULT false, OUT step integer, OUT test text, OUT passed boolean, OUT detail text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	code text := gdpr_internal.country_code(nullif(btrim(explain_transfer.country), ''));
BEGIN
	IF code IS NULL OR num_nulls(subject_table, subject_key) = 1 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a transfer goes to a country, and a person is a table and a key';
	END IF;
	RETURN QUERY SELECT l.* FROM gdpr_internal.transfer_ladder(code, explain_transfer.recipient,
		CASE WHEN explain_transfer.purpose IS NOT NULL THEN gdpr.purpose_number(explain_transfer.purpose) END,
		CASE WHEN subject_table IS NOT NULL THEN gdpr_internal.require_subject(subject_table, subject_key) END,
		coalesce(at::date, gdpr_internal.server_today()), coalesce(at, clock_timestamp()), coalesce(storing, false)) l;
END $$;
COMMENT ON FUNCTION gdpr.explain_transfer(text, text, text, gdpr.table_ref, text, timestamptz, boolean) IS
'The steps of the ladder of Chapter V for a country (ISO 3166), one row each, and as the last whether the transfer is '
	'allowed and on which ground: the EEA, adequacy (Art. 45), a safeguard of the registered recipient (Art. 46), '
	'explicit consent of the person (Art. 49(1)(a)), who is named by table and key. at: default now. Which steps count '
	'is the setting transfer_rule, or for storing storage_rule: chapter_v or eea_or_consent. Errors: 02000 no such '
	'person, ZG002 unknown purpose, 22023.';

CREATE FUNCTION gdpr.transfer_allowed(country text, recipient text DEFAULT NULL, purpose text DEFAULT NULL,
	subject_table gdpr.table_ref DEFAULT NULL, subject_key text DEFAULT NULL, at timestamptz DEFAULT NULL,
	storing boolean DEFAULT false) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.passed FROM gdpr.explain_transfer(country, recipient, purpose, subject_table, subject_key, at, storing) e
	WHERE e.step = 5
$$;
COMMENT ON FUNCTION gdpr.transfer_allowed(text, text, text, gdpr.table_ref, text, timestamptz, boolean) IS
'May personal data go to a country, to that recipient, for that purpose, of that person, at that time (Chapter V)? '
	'Arguments and errors as gdpr.explain_transfer(), which says why.';

CREATE FUNCTION gdpr_internal.require_transfer(country text, recipient text, purpose integer, person bigint,
	moment timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	verdict record;
BEGIN
	SELECT l.* INTO verdict FROM gdpr_internal.transfer_ladder(country, recipient, purpose, person,
		gdpr_internal.day_of(moment), moment, false) l WHERE l.step = 5;
	IF NOT verdict.passed THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG014',
			MESSAGE = format('personal data may not go to %s in %s: %s', recipient, country, verdict.detail),
			HINT = format('SELECT * FROM gdpr.explain_transfer(%L, %L); a safeguard is recorded with '
				'gdpr.add_safeguard(), a consent to the transfer declared with gdpr.declare_transfer_consent().',
				country, recipient);
	END IF;
	RETURN CASE WHEN (gdpr_internal.eea_on(country, gdpr_internal.day_of(moment))).inside IS NOT TRUE
		THEN verdict.detail END;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_transfer(text, text, integer, bigint, timestamptz) IS
'internal: ZG014 unless a person''s data may go to a recipient in a country; the ground outside the EEA';
