/*
 * transfer.sql: the ladder of Chapter V, as far as it needs no person: the European Economic Area, a decision on
 * adequacy, a safeguard. The first step that holds is the ground. src/policy/transfer.sql adds the consent of a person.
 */
SELECT gdpr_internal.add_setting('transfer_rule', 'chapter_v', 'Art. 44 to 49',
	'on what grounds personal data may go to a recipient: chapter_v, or inside the EEA or by the person''s consent',
	choices => '{eea_or_consent,chapter_v}');
SELECT gdpr_internal.add_setting('storage_rule', 'eea_or_consent',
	'practice: in the EEA only, unless people consent',
	'on what grounds personal data may be stored in a place: inside the EEA or by the person''s consent, or chapter_v',
	choices => '{eea_or_consent,chapter_v}');

CREATE FUNCTION gdpr_internal.transfer_rule(storing boolean, day date) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (gdpr_internal.setting_on(CASE WHEN storing THEN 'storage_rule' ELSE 'transfer_rule' END, day)).choice
$$;
COMMENT ON FUNCTION gdpr_internal.transfer_rule(boolean, date) IS
'internal: the preset that counts on a day, for storing or for recipients';

CREATE FUNCTION gdpr_internal.eea_step(country text, recipient gdpr.recipient, day date,
	OUT passed boolean, OUT detail text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e gdpr.eea_country := gdpr_internal.eea_on(country, day);
BEGIN
	passed := coalesce(e.inside AND e.checked_on IS NOT NULL AND recipient.organisation IS NULL, false);
	detail := CASE WHEN recipient.organisation IS NOT NULL THEN 'an international organisation (Art. 44)'
		WHEN e.country IS NULL THEN 'a third country'
		WHEN NOT e.inside THEN coalesce('part of ' || e.part_of || ', ', '') || 'and not inside: ' || e.source
		WHEN e.checked_on IS NULL THEN 'no one has compared the row of gdpr.eea_country with its source'
		ELSE e.source END;
END $$;
COMMENT ON FUNCTION gdpr_internal.eea_step(text, gdpr.recipient, date) IS
'internal: is a country, and no organisation in it, in the European Economic Area on a day, and why';

CREATE FUNCTION gdpr_internal.adequacy_step(country text, recipient gdpr.recipient, day date,
	OUT passed boolean, OUT detail text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.adequacy := gdpr_internal.adequacy_on(coalesce(recipient.organisation, country), day);
	certificate gdpr.safeguard;
	fault text;
BEGIN
	IF a.recipients = 'certified' THEN
		certificate := gdpr_internal.safeguard_on(recipient.name, country, day, certificate => true);
	END IF;
	fault := CASE
		WHEN a.party IS NULL THEN 'no decision'
		WHEN a.checked_on IS NULL THEN 'no one has compared the decision with its source'
		WHEN (SELECT c.country FROM gdpr.controller c) = ANY (a.not_from) 
			THEN 'not yet from the country of the controller'
		WHEN a.recipients <> 'all' AND recipient.name IS NULL THEN 'only for some recipients, and none is named'
		WHEN a.recipients = 'private' AND recipient.sector <> 'private' THEN 'only for the private sector'
		WHEN a.recipients = 'certified' AND certificate.id IS NULL
			THEN 'the recipient has no certificate that counts' END;
	passed := fault IS NULL;
	detail := concat_ws(': ', a.decision, coalesce(fault, concat_ws('; ', a.scope, 'certificate of '
		|| to_char(certificate.signed_on, 'YYYY-MM-DD'))));
END $$;
COMMENT ON FUNCTION gdpr_internal.adequacy_step(text, gdpr.recipient, date) IS
'internal: does a decision on adequacy cover a recipient on a day, and why';

CREATE FUNCTION gdpr_internal.safeguard_step(country text, recipient gdpr.recipient, day date,
	OUT passed boolean, OUT detail text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s gdpr.safeguard := gdpr_internal.safeguard_on(recipient.name, country, day);
BEGIN
	passed := s.id IS NOT NULL;
	detail := CASE WHEN recipient.name IS NULL THEN 'no registered recipient is named'
		WHEN NOT passed THEN 'the recipient has no safeguard that counts'
		ELSE concat_ws(' ', (SELECT k.kind || ', Art. ' || k.article FROM gdpr.safeguard_kind k WHERE k.kind = s.kind),
			'module ' || s.module, 'of ' || to_char(s.signed_on, 'YYYY-MM-DD')) END;
END $$;
COMMENT ON FUNCTION gdpr_internal.safeguard_step(text, gdpr.recipient, date) IS
'internal: does a safeguard of the recipient count for a country on a day, and which';

CREATE FUNCTION gdpr_internal.transfer_steps(country text, recipient gdpr.recipient, day date, storing boolean,
	OUT step integer, OUT test text, OUT passed boolean, OUT detail text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rule text := gdpr_internal.transfer_rule(storing, day);
BEGIN
	step := 1; test := 'European Economic Area';
	SELECT s.passed, s.detail INTO passed, detail FROM gdpr_internal.eea_step(country, recipient, day) s;
	RETURN NEXT;
	step := 2; test := 'adequacy (Art. 45)';
	SELECT s.passed, s.detail INTO passed, detail FROM gdpr_internal.adequacy_step(country, recipient, day) s;
	IF rule = 'eea_or_consent' THEN
		passed := false; detail := 'does not count: the rule is eea_or_consent';
	END IF;
	RETURN NEXT;
	step := 3; test := 'safeguard (Art. 46)';
	SELECT s.passed, s.detail INTO passed, detail FROM gdpr_internal.safeguard_step(country, recipient, day) s;
	IF rule = 'eea_or_consent' THEN
		passed := false; detail := 'does not count: the rule is eea_or_consent';
	END IF;
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION gdpr_internal.transfer_steps(text, gdpr.recipient, date, boolean) IS
'internal: the steps of the ladder that ask no person';

CREATE FUNCTION gdpr_internal.open_to(country text, recipient gdpr.recipient, day date, storing boolean) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT bool_or(s.passed) FROM gdpr_internal.transfer_steps(country, recipient, day, storing) s
$$;
COMMENT ON FUNCTION gdpr_internal.open_to(text, gdpr.recipient, date, boolean) IS
'internal: may data of anyone go to a country, or be stored there';
