/*
 * step.sql: from assessment to closing: what is a risk, what the authority was told, and when a breach is done.
 */
CREATE FUNCTION gdpr_internal.is_notifiable(b gdpr.breach) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_position(levels, b.risk) >= array_position(levels,
		(gdpr_internal.setting_on('breach_threshold', (b.aware_at AT TIME ZONE b.time_zone)::date)).choice)
	FROM (SELECT '{none,low,medium,high}'::text[]) x (levels)
$$;
COMMENT ON FUNCTION gdpr_internal.is_notifiable(gdpr.breach) IS
'internal: must the authority be told, by the setting breach_threshold; NULL before the assessment';

CREATE FUNCTION gdpr.assess_breach(id uuid, risk text, key_compromised boolean DEFAULT NULL,
	consequences jsonb DEFAULT '{}', measures jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'confirmed', 'assessed', 'notified_initial', 'notified_followup');
	counts jsonb := gdpr.breach_counts(id);
	proposal record;
	outcome jsonb;
BEGIN
	IF risk IS NULL OR risk NOT IN ('none', 'low', 'medium', 'high') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown risk', HINT = 'Use none, low, medium or high.';
	END IF;
	PERFORM gdpr_internal.set_breach_fields(b.id, 'consequences', consequences);
	PERFORM gdpr_internal.set_breach_fields(b.id, 'measures', measures);
	PERFORM gdpr_internal.set_breach_fields(b.id, 'protection', CASE WHEN key_compromised IS NULL THEN '{}'
		ELSE jsonb_build_object('key_compromised', key_compromised) END);
	UPDATE gdpr.breach r SET risk = assess_breach.risk, state = CASE r.state WHEN 'confirmed' THEN 'assessed'
		ELSE r.state END
	WHERE r.id = b.id RETURNING * INTO b;
	SELECT * INTO proposal FROM gdpr_internal.proposed_exemption(b, counts);
	outcome := jsonb_build_object('risk', risk, 'notify_authority', gdpr_internal.is_notifiable(b), 'due_at',
		gdpr_internal.local_time(b.due_at, b.time_zone),
		'tell_people', risk = 'high', 'proposed_exemption', proposal.ground, 'against_it', to_jsonb(proposal.reasons),
		'key_compromised', b.protection -> 'key_compromised') || counts;
	PERFORM gdpr_internal.add_breach_event(b.id, 'assessed',
		outcome || jsonb_build_object('consequences', consequences, 'measures', measures),
		jsonb_build_object('risk', risk, 'proposed_exemption', proposal.ground, 'persons', counts -> 'persons'));
	RETURN outcome;
END $$;
COMMENT ON FUNCTION gdpr.assess_breach(uuid, text, boolean, jsonb, jsonb) IS
'Assesses a breach, or assesses it again until the last notification. risk to the people: none, low, medium, high '
	'(weigh severity and likelihood, guidelines 9/2022); key_compromised: whether the master key leaked, NULL when '
	'unknown; consequences and measures: fields of these groups. Answers whether the authority must be told and by '
	'when, whether the people must (high risk), the counts of gdpr.breach_counts(), and proposed_exemption 34(3)(a) '
	'when all values were sealed, the key is safe, and confidentiality alone is concerned or a backup exists; '
	'against_it says what is not so, open_columns what was not sealed beside them: the decision is '
	'gdpr.exempt_breach(). Errors: 22023 risk or field, 55000 not confirmed, or after the last notification; 02000. '
	'Art. 33(1), 34(1), 34(3)(a).';

CREATE FUNCTION gdpr.notify_breach(id uuid, phase text, submitted_at timestamptz DEFAULT NULL,
	delay_reason text DEFAULT NULL, authority text DEFAULT NULL,
								   template text DEFAULT 'art33', language text DEFAULT 'en',
									   acknowledgement text DEFAULT NULL, answers jsonb DEFAULT '{}') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach;
	sent timestamptz;
	receiver text := coalesce(nullif(btrim(authority), ''), (SELECT c.authority FROM gdpr.controller c));
	is_late boolean;
	filled jsonb;
	placed integer;
	reason text := nullif(btrim(delay_reason), '');
BEGIN
	IF phase IS NULL OR phase NOT IN ('initial', 'followup', 'final', 'withdrawn') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown phase',
			HINT = 'Use initial, followup, final or withdrawn.';
	ELSIF phase = 'initial' THEN
		b := gdpr_internal.lock_breach(id, 'assessed');
	ELSE
		b := gdpr_internal.lock_breach(id, 'notified_initial', 'notified_followup');
	END IF;
	SELECT max(n.number), max(n.submitted_at) INTO placed, sent FROM gdpr.breach_notification n WHERE n.breach = b.id;
	sent := gdpr_internal.require_past(coalesce(submitted_at, clock_timestamp()), coalesce(sent, b.aware_at),
		'submitted_at');
	is_late := phase = 'initial' AND sent > b.due_at;
	IF is_late AND reason IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022',
			MESSAGE = 'a notification after the deadline needs the reasons for the delay',
			HINT = 'Pass delay_reason (Art. 33(1)).';
	ELSIF receiver IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'it is not known which authority was told',
			HINT = 'Pass authority, or name it with gdpr.set_controller().';
	ELSIF EXISTS (SELECT FROM gdpr.breach_template t WHERE t.name = template AND language <> ALL (t.languages)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the authority does not take this form in this language',
			HINT = (SELECT 'Use ' || array_to_string(t.languages, ', ') || '.' FROM gdpr.breach_template t
				WHERE t.name = template);
	END IF;
	filled := gdpr_internal.fill_breach_form(b, template, language,
		jsonb_strip_nulls(jsonb_build_object('type', phase, 'authority', receiver,
		'submitted_at', gdpr_internal.local_time(sent, b.time_zone), 'late', is_late, 'delay_reason', reason,
			'acknowledgement', nullif(btrim(acknowledgement), ''),
		'reference', (SELECT a.code FROM gdpr.breach_acknowledgement a WHERE a.breach = b.id ORDER BY a.number DESC
			LIMIT 1))));
	IF phase = 'final' OR answers <> '{}' THEN
		PERFORM gdpr_internal.require_answers(ARRAY(SELECT jsonb_array_elements_text(filled -> 'missing')), answers,
			'the last notification lacks required fields, and does not say why');
		filled := filled || jsonb_build_object('answers', answers);
	END IF;
	placed := coalesce(placed, 0) + 1;
	INSERT INTO gdpr.breach_notification (breach, number, phase, authority, template, language, submitted_at, late,
		delay_reason, form, form_sha256, recorded_by)
	VALUES (b.id, placed, notify_breach.phase, receiver, notify_breach.template, notify_breach.language, sent, is_late,
		reason, filled,
			sha256(convert_to(filled::text, 'UTF8')), gdpr_internal.acting_role());
	UPDATE gdpr.breach r SET state = 'notified_' || CASE phase WHEN 'withdrawn' THEN 'final' ELSE phase END
		WHERE r.id = b.id;
	PERFORM gdpr_internal.add_breach_event(b.id, 'notified', '{}', jsonb_build_object('phase', phase, 'number', placed,
		'submitted_at', gdpr_internal.utc(sent), 'late', is_late,
		'after_legal_period', phase = 'initial' AND sent > b.latest_at, 'form_sha256',
			encode(sha256(convert_to(filled::text, 'UTF8')), 'hex'), 'missing', filled -> 'missing'));
	IF nullif(btrim(acknowledgement), '') IS NOT NULL THEN
		PERFORM gdpr.acknowledge_breach(b.id, placed, acknowledgement, sent);
	END IF;
	IF filled -> 'missing' <> '[]' AND phase NOT IN ('final', 'withdrawn') THEN
		RAISE NOTICE USING MESSAGE = format('%s required fields are still missing',
			jsonb_array_length(filled -> 'missing')),
			DETAIL = (SELECT string_agg(m, ', ' ORDER BY n)
				FROM jsonb_array_elements_text(filled -> 'missing') WITH ORDINALITY u (m, n)),
			HINT = 'They may follow in phases, without undue further delay (Art. 33(4)).';
	END IF;
	RETURN placed;
END $$;
COMMENT ON FUNCTION gdpr.notify_breach(uuid, text, timestamptz, text, text, text, text, text, jsonb) IS
'Records that the authority was told, with the form as it is now, for ever, and returns the number of the '
	'notification (Art. 33). phase: initial, followup, final or withdrawn; submitted_at: default now; delay_reason: '
	'required when the initial one comes after the deadline; authority: default the controller''s; template and '
	'language as gdpr.breach_form(), in a language the authority takes; acknowledgement: the code it answered, or '
	'later with gdpr.acknowledge_breach(). What is missing is listed and may follow in phases (Art. 33(4)); the final '
	'one needs answers, {field: why it is not known}, for each. Errors: ZG022 late without reason, or a field without '
	'answer, 55000 state, 22023 phase, time, authority, form or language, 02000.';

CREATE FUNCTION gdpr.acknowledge_breach(id uuid, number integer, code text, received_at timestamptz DEFAULT NULL)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'notified_initial', 'notified_followup', 'notified_final');
	sent timestamptz := (SELECT n.submitted_at FROM gdpr.breach_notification n WHERE n.breach = b.id
		AND n.number = acknowledge_breach.number);
BEGIN
	IF sent IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'the breach has no such notification',
			HINT = 'SELECT number, phase FROM gdpr.breach_notification;';
	ELSIF gdpr_internal.is_blank(code) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the code of the acknowledgement is missing';
	ELSIF EXISTS (SELECT FROM gdpr.breach_acknowledgement a WHERE a.breach = b.id
		AND a.number = acknowledge_breach.number) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'this notification is acknowledged already';
	END IF;
	INSERT INTO gdpr.breach_acknowledgement
	VALUES (b.id, acknowledge_breach.number, btrim(code),
		gdpr_internal.require_past(coalesce(acknowledge_breach.received_at, clock_timestamp()), sent, 'received_at'),
		gdpr_internal.acting_role());
	PERFORM gdpr_internal.add_breach_event(b.id, 'acknowledged',
		jsonb_build_object('number', number, 'code', btrim(code)), jsonb_build_object('number', number));
END $$;
COMMENT ON FUNCTION gdpr.acknowledge_breach(uuid, integer, text, timestamptz) IS
'Keeps the code by which the authority acknowledged a notification, by its number; later phases refer to it. Errors: '
	'55000 acknowledged already or not notified, 22023, 02000.';

CREATE FUNCTION gdpr.close_breach(id uuid, reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'assessed', 'notified_final');
	untold text := gdpr_internal.breach_untold(b);
BEGIN
	IF b.state = 'assessed' AND gdpr_internal.is_notifiable(b) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('the risk is %s, so the authority must be told', b.risk),
			HINT = 'SELECT gdpr.notify_breach(id, ''initial'', ...);';
	ELSIF untold IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = untold,
			HINT = 'Tell them, with gdpr.write_breach_letter() and gdpr.breach_delivered(), or say why not with '
				'gdpr.exempt_breach() (Art. 34).';
	ELSIF b.state = 'assessed' THEN
		reason := gdpr_internal.require_reason(reason, 'a breach of which no one is told needs the reason why');
	END IF;
	UPDATE gdpr.breach r SET state = 'closed', closed_at = clock_timestamp(), not_notified = CASE b.state
		WHEN 'assessed' THEN close_breach.reason END WHERE r.id = b.id;
	PERFORM gdpr_internal.add_breach_event(b.id, 'closed', jsonb_strip_nulls(jsonb_build_object('reason', reason)),
		jsonb_build_object('notified', b.state <> 'assessed'));
END $$;
COMMENT ON FUNCTION gdpr.close_breach(uuid, text) IS
'Closes a breach after the last notification, or after an assessment without risk, with the reason why no one was '
	'told; it stays in the register (Art. 33(5)). Errors: 55000 another state, the authority must be told, or a high '
	'risk is unanswered: people not told and no exemption; ZG022 no reason; 02000.';

/* ---- what waits ---- */

CREATE FUNCTION gdpr.breach_overdue() RETURNS TABLE (breach uuid, title text, state text, what text,
	aware_at timestamptz, due_at timestamptz, latest_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT b.id, b.title, b.state, w.what, b.aware_at, b.due_at, b.latest_at
	FROM gdpr.breach b
	CROSS JOIN LATERAL (
		SELECT CASE WHEN now() >= b.latest_at THEN 'the authority is not told and the legal period is over'
					WHEN now() >= b.due_at THEN 'the authority is not told and the deadline is over'
					ELSE 'the authority is not told and the deadline is near' END AS what
		WHERE b.state IN ('confirmed', 'assessed') AND now() >= b.alarm_at
			AND coalesce(gdpr_internal.is_notifiable(b), true)
		UNION ALL
		SELECT gdpr_internal.breach_untold(b) WHERE b.state NOT IN ('suspected', 'confirmed', 'closed')
			AND gdpr_internal.breach_untold(b) IS NOT NULL) w
	ORDER BY b.due_at, b.id, w.what
$$;
COMMENT ON FUNCTION gdpr.breach_overdue() IS
'Breaches of which the authority is not told although the alarm, the deadline or the legal period is past, and high '
	'risks of which people are not told (Art. 33(1), 34(1)).';

CREATE FUNCTION gdpr.raise_breaches() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	o record;
	kind text;
	raised bigint := 0;
BEGIN
	FOR o IN SELECT r.breach, r.what FROM gdpr.breach_overdue() r
	LOOP
		PERFORM FROM gdpr.breach b WHERE b.id = o.breach FOR NO KEY UPDATE;
		kind := CASE WHEN o.what LIKE 'a high risk%' THEN 'people not told' ELSE o.what END;
		IF NOT EXISTS (SELECT FROM gdpr.breach_event e WHERE e.breach = o.breach AND e.event = 'overdue'
			AND e.detail ->> 'what' = kind) THEN
			PERFORM gdpr_internal.add_breach_event(o.breach, 'overdue', jsonb_build_object('what', kind),
				jsonb_build_object('what', kind));
			raised := raised + 1;
		END IF;
	END LOOP;
	IF raised > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s deadlines of breaches are near or past', raised),
			HINT = 'SELECT * FROM gdpr.breach_overdue();';
	END IF;
	RETURN raised;
END $$;
COMMENT ON FUNCTION gdpr.raise_breaches() IS
'Puts what gdpr.breach_overdue() says on record, each once, warns, and returns how much is new; for an hourly job '
	'(Art. 33(1), 34(1)).';
