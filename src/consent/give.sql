/*
 * give.sql: how consent is given, and what makes it valid (Art. 4(11), 7, 8).
 */
CREATE FUNCTION gdpr.give_consent(
	subject_table gdpr.table_ref, subject_key text, purpose text, notice text, method text,
	channel text DEFAULT 'any',
	evidence bytea DEFAULT NULL, evidence_mime text DEFAULT NULL, evidence_id uuid DEFAULT NULL,
	notice_shown boolean DEFAULT false, notice_version integer DEFAULT NULL, language text DEFAULT NULL,
	at timestamptz DEFAULT NULL, valid_until timestamptz DEFAULT NULL, source text DEFAULT NULL,
	explicit boolean DEFAULT false, control_default boolean DEFAULT false, control_final boolean DEFAULT true,
	affirmative_action boolean DEFAULT true, bundled_with_terms boolean DEFAULT false,
	conditional_on_service boolean DEFAULT false, justification text DEFAULT NULL,
	born date DEFAULT NULL, country text DEFAULT NULL,
	guardian text DEFAULT NULL, guardian_method text DEFAULT NULL, guardian_verified_at timestamptz DEFAULT NULL,
	call_started_at timestamptz DEFAULT NULL, recording_announced_at timestamptz DEFAULT NULL,
	double_opt_in_at timestamptz DEFAULT NULL, identifiers jsonb DEFAULT NULL)
	RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	consent gdpr.consent_event;
	shown gdpr.notice;
BEGIN
	consent.purpose := gdpr_internal.consent_purpose(purpose);
	consent.channel := gdpr_internal.channel_of(channel);
	consent.method := gdpr_internal.consent_method_of(method);
	consent.subject := gdpr_internal.lock_subject(gdpr_internal.ensure_subject(subject_table, subject_key));
	consent.event_time := gdpr_internal.consent_time(at);

	consent.type := CASE WHEN explicit THEN 'explicit' ELSE 'expressed' END;
	consent.control_default := control_default;
	consent.control_final := control_final;
	consent.affirmative_action := affirmative_action;
	consent.bundled_with_terms := bundled_with_terms;
	consent.conditional_on_service := conditional_on_service;
	consent.justification := justification;
	PERFORM gdpr_internal.check_consent_free(consent);

	shown := gdpr_internal.consent_notice(consent, notice, notice_version);
	consent.notice := shown.name;
	consent.notice_version := shown.version;
	consent.language := gdpr_internal.notice_language(shown, language, consent.subject);
	consent.call_started_at := call_started_at;
	consent.recording_announced_at := recording_announced_at;
	consent.double_opt_in_at := double_opt_in_at;
	PERFORM gdpr_internal.check_consent_method(consent, shown, notice_version IS NOT NULL,
									  evidence IS NOT NULL OR evidence_id IS NOT NULL);
	IF notice_shown THEN
		PERFORM gdpr_internal.add_notice_served(consent.subject, shown, consent.language, consent.channel,
			consent.event_time);
	ELSE
		PERFORM gdpr_internal.check_notice_served(consent);
	END IF;

	/* of two dates the one that protects more */
	consent.child := gdpr.needs_guardian(greatest(born,
		gdpr_internal.birth_date_on_file(consent.subject, consent.event_time::date)), country,
		consent.event_time::date);
	PERFORM gdpr_internal.check_guardian(consent.child, guardian, guardian_method, guardian_verified_at,
		consent.event_time);
	IF guardian IS NOT NULL THEN
		consent.guardian := gdpr_internal.bind_value(convert_to(guardian, 'UTF8')::gdpr.pii_bytes, consent.subject);
		consent.guardian_method := guardian_method;
		consent.guardian_verified_at := guardian_verified_at;
	END IF;

	consent.supersedes := gdpr_internal.valid_consent(consent.subject, consent.purpose, consent.channel,
		consent.event_time);
	consent.state := CASE WHEN consent.supersedes IS NULL THEN 'given' ELSE 'renewed' END;
	consent.source := source;
	consent.valid_until := coalesce(valid_until,
		consent.event_time + gdpr_internal.period_on('consent_validity', gdpr_internal.day_of(consent.event_time)));
	IF consent.valid_until <= consent.event_time THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'consent cannot end before it is given';
	END IF;
	consent := gdpr_internal.add_consent_event(consent);
	PERFORM gdpr_internal.add_consent_evidence(consent, evidence, evidence_mime, evidence_id);
	IF identifiers IS NOT NULL THEN
		PERFORM gdpr_internal.note_identifiers(consent, identifiers);
	END IF;
	RETURN consent.id;
END $$;
COMMENT ON FUNCTION gdpr.give_consent(gdpr.table_ref, text, text, text, text, text, bytea, text, uuid, boolean, integer,
	text, timestamptz, timestamptz, text, boolean, boolean, boolean, boolean, boolean, boolean, text,
	date, text, text, text,
	timestamptz, timestamptz, timestamptz, timestamptz, jsonb) IS
'Records that a person consented and returns the consent''s id; works before the person''s row exists. One '
	'purpose a call. notice, notice_version, language: what the person was told; notice_shown => true records that '
	'it was given with this call. method: web_form, paper, phone, in_person, double_opt_in, api or import; '
	'web_form, paper and import demand evidence. channel: any, email, sms, phone, post, in_person, web or app, '
	'social. valid_until: default after the setting consent_validity. born and country decide whether a guardian '
	'must be verified (Art. 8). A second consent while one is valid is a renewal. docs/consent.md has each argument '
	'(Art. 4(11), 6(1)(a), 7, 9(2)(a)). Errors: ZG013 pre-ticked, bundled, conditional, blanket, purpose not in the '
	'notice, phone call not announced as recorded; ZG009 notice unknown, superseded, of another controller or not '
	'served; ZG008 no evidence; ZG010 explicit consent needed; ZG011 child without guardian; ZG002 unknown purpose; '
	'22023 purpose not based on consent, unknown method, channel or language, time in the future; 55000 table not '
	'declared; 22P02 an identifier that is none of its class.';

CREATE FUNCTION gdpr.give_consent_by_phone(
	subject_table gdpr.table_ref, subject_key text, purpose text, script text, script_version integer,
	call_started_at timestamptz, recording_announced_at timestamptz, answered_at timestamptz,
	recording bytea DEFAULT NULL, recording_mime text DEFAULT NULL, channel text DEFAULT 'any',
	language text DEFAULT NULL, source text DEFAULT NULL, explicit boolean DEFAULT true,
	born date DEFAULT NULL, country text DEFAULT NULL)
	RETURNS uuid
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.give_consent(subject_table, subject_key, purpose, script, 'phone', channel => channel,
		evidence => recording, evidence_mime => recording_mime, notice_shown => true, notice_version => script_version,
		language => language, at => answered_at, source => source, explicit => explicit, born => born,
			country => country,
		call_started_at => call_started_at, recording_announced_at => recording_announced_at)
$$;
COMMENT ON FUNCTION gdpr.give_consent_by_phone(gdpr.table_ref, text, text, text, integer, timestamptz, timestamptz,
	timestamptz,
	bytea, text, text, text, text, boolean, date, text) IS
'Records consent given in a telephone call: the script (a notice of kind oral) and the version that was read, when '
	'the call started, when the recording was announced, when the person said yes; the recording now, or later by '
	'gdpr.attach_evidence(). Errors: as gdpr.give_consent; ZG009 without script version, ZG013 when the recording was '
	'not announced before the answer. Art. 7(1).';

CREATE FUNCTION gdpr.renew_consent(
	subject_table gdpr.table_ref, subject_key text, purpose text, notice text, method text,
	channel text DEFAULT 'any',
	evidence bytea DEFAULT NULL, evidence_mime text DEFAULT NULL, evidence_id uuid DEFAULT NULL,
	notice_shown boolean DEFAULT false, notice_version integer DEFAULT NULL, language text DEFAULT NULL,
	at timestamptz DEFAULT NULL, valid_until timestamptz DEFAULT NULL, source text DEFAULT NULL,
	explicit boolean DEFAULT false)
	RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.valid_consent(gdpr_internal.lock_subject(gdpr_internal.subject_number(subject_table, subject_key)),
						  gdpr_internal.consent_purpose(purpose), gdpr_internal.channel_of(channel),
							  gdpr_internal.consent_time(at)) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no valid consent to renew',
			HINT = 'Ask for a new one and record it with gdpr.give_consent().';
	END IF;
	RETURN gdpr.give_consent(subject_table, subject_key, purpose, notice, method, channel => channel,
		evidence => evidence, evidence_mime => evidence_mime, evidence_id => evidence_id, notice_shown => notice_shown,
		notice_version => notice_version, language => language, at => at, valid_until => valid_until, source => source,
		explicit => explicit);
END $$;
COMMENT ON FUNCTION gdpr.renew_consent(gdpr.table_ref, text, text, text, text, text, bytea, text, uuid, boolean,
	integer, text,
	timestamptz, timestamptz, text, boolean) IS
'Records that a person renewed a consent that is still valid, under the same conditions as a new one. Arguments and '
	'errors as gdpr.give_consent; 55000 when there is no valid consent to renew.';

CREATE FUNCTION gdpr_internal.check_consent_free(consent gdpr.consent_event) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fault text := CASE
		WHEN consent.control_default IS NOT false THEN 'the box was ticked beforehand'
		WHEN consent.control_final IS NOT true THEN 'the box was not ticked'
		WHEN consent.affirmative_action IS NOT true THEN 'the person did not act'
		WHEN consent.bundled_with_terms IS NOT false THEN 'it was bundled with terms and conditions'
		WHEN consent.conditional_on_service IS NULL OR consent.conditional_on_service
			AND gdpr_internal.is_blank(consent.justification)
			THEN 'the service was refused without it, and no justification is given' END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG013', MESSAGE = 'consent is not valid: ' || fault,
			HINT = 'Ask again, with an empty box of its own; record what does not count with '
				'gdpr.record_consent_state(''invalidated'').';
	END IF;
	IF consent.type = 'expressed' AND EXISTS
		(SELECT FROM gdpr.purpose p WHERE p.number = consent.purpose AND p.art9_condition = '9-2-a') THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG010',
			MESSAGE = 'this purpose concerns special categories of data: consent must be explicit',
			HINT = 'Ask for a statement and record it with explicit => true (Art. 9(2)(a)).';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_consent_free(gdpr.consent_event) IS
'internal: ZG013 when consent was pre-ticked, not affirmative, bundled or conditional; ZG010 when it had to '
	'be explicit';

CREATE FUNCTION gdpr_internal.check_consent_method(
	consent gdpr.consent_event, shown gdpr.notice, version_stated boolean, has_evidence boolean) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF consent.method IN ('web_form', 'paper', 'import') AND NOT has_evidence THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = CASE consent.method WHEN 'import'
				THEN 'imported consent needs its evidence: what there is to show that this person gave it'
					  ELSE 'written consent needs its evidence: the form as it was sent or signed' END,
			HINT = 'Pass it as evidence with evidence_mime, or attach it first with gdpr.attach_subject_evidence() '
				'and pass evidence_id.';
	ELSIF consent.method <> 'import' AND shown.in_force_until IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'a consent on a notice of the past is an imported one, with the evidence that there is',
			HINT = 'Pass method => ''import'', at, evidence and evidence_mime.';
	ELSIF consent.method = 'double_opt_in' AND consent.double_opt_in_at IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'double opt-in needs the time at which the confirmation link was used',
			HINT = 'Pass it as double_opt_in_at.';
	ELSIF consent.double_opt_in_at > consent.event_time THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'double opt-in consent begins when the link is used, not before';
	END IF;
	IF consent.method = 'phone' THEN
		IF shown.kind <> 'oral' OR NOT version_stated THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG009',
				MESSAGE = 'consent by phone needs the script that was read and its version',
				HINT = 'Publish a notice of kind oral and call gdpr.give_consent_by_phone().';
		ELSIF consent.recording_announced_at IS NULL OR consent.recording_announced_at > consent.event_time
			OR consent.call_started_at > consent.recording_announced_at THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG013',
				MESSAGE = 'consent by phone is not valid: the recording must be announced during the call and '
					'before the answer';
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_consent_method(gdpr.consent_event, gdpr.notice, boolean, boolean) IS
'internal: ZG008 written or imported consent without evidence, or of another method on an imported notice, '
	'ZG009 and ZG013 for calls without script version or '
	'announced recording';

CREATE FUNCTION gdpr_internal.check_notice_served(consent gdpr.consent_event) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.notice_served s
				   WHERE s.subject = consent.subject AND s.notice = consent.notice
					 AND s.notice_version = consent.notice_version AND s.served_at <= consent.event_time) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG009',
			MESSAGE = format('notice %s version %s was not given to this person before the consent',
							 consent.notice, consent.notice_version),
			HINT = 'Record it with gdpr.serve_notice(), or with notice_shown => true when it was shown beside '
				'the question.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_notice_served(gdpr.consent_event) IS
'internal: ZG009 unless the person had the notice when consenting';
