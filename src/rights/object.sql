/*
 * object.sql: objection (Art. 21). Against direct marketing it is absolute; against other processing it stops that
 * processing while it is assessed, and after, unless compelling grounds are shown.
 */
CREATE TABLE gdpr.objection_assessment
(
	objection	uuid PRIMARY KEY REFERENCES gdpr.objection (id),
	decision	text NOT NULL CHECK (decision IN ('absolute', 'assessing', 'upheld', 'overridden')),
	reason		text,
	decided_at	timestamptz,
	decided_by	name,
	CHECK (decision IN ('absolute', 'assessing') OR (decided_at IS NOT NULL AND pg_catalog.btrim(reason) <> ''))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.objection_assessment', '');
COMMENT ON TABLE gdpr.objection_assessment IS
'what became of an objection: absolute (direct marketing), assessing, upheld, or overridden by compelling '
	'legitimate grounds';

/* Direct marketing and automated decisions leave nothing to weigh. */
CREATE FUNCTION gdpr_internal.objection_decision(purpose gdpr.purpose) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN (purpose).direct_marketing OR EXISTS (SELECT FROM gdpr.automated_purpose a
		WHERE a.purpose = (objection_decision.purpose).number)
		THEN 'absolute' ELSE 'assessing' END
$$;
COMMENT ON FUNCTION gdpr_internal.objection_decision(gdpr.purpose) IS
'internal: what an objection to a purpose is from the start';

CREATE FUNCTION gdpr.object(subject_table gdpr.table_ref, subject_key text, purpose text,
	channel gdpr.channel DEFAULT 'any')
	RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	p gdpr.purpose;
	objection uuid := gen_random_uuid();
	decided text;
BEGIN
	SELECT * INTO p FROM gdpr.purpose q WHERE q.number = gdpr.purpose_number(object.purpose);
	decided := gdpr_internal.objection_decision(p);
	IF decided <> 'absolute' AND p.basis NOT IN ('public_task', 'legitimate_interests') THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('purpose "%s" rests on %s: there is no objection to it', p.name,
			replace(p.basis, '_', ' ')),
			HINT = CASE p.basis WHEN 'consent' THEN 'SELECT gdpr.withdraw_consent(...); ends it.'
				ELSE 'Art. 21(1) knows objection to public task and legitimate interests.' END;
	ELSIF channel IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an objection needs its channel, or any';
	END IF;
	INSERT INTO gdpr.objection (id, subject, purpose, channel) VALUES (objection, person, p.number, object.channel);
	INSERT INTO gdpr.objection_assessment (objection, decision) VALUES (objection, decided);
	PERFORM gdpr_internal.record('objection raised', person, jsonb_build_object('objection', objection, 'purpose',
		p.name, 'channel', channel,
		'decision', decided));
	RETURN objection;
END $$;
COMMENT ON FUNCTION gdpr.object(gdpr.table_ref, text, text, gdpr.channel) IS
'Records a person''s objection to a purpose, from the next statement of every session, and returns its id (Art. 21). '
	'Absolute for direct marketing, until the person consents to it again with evidence, and automated decisions (Art. '
	'22); otherwise processing stops while '
	'gdpr.decide_objection() is awaited. channel: any, or the one objected to. Errors: 02000 no such person, ZG002 '
	'unknown purpose, 22023 a purpose that cannot be objected to.';

CREATE FUNCTION gdpr.decide_objection(objection uuid, uphold boolean, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	raised gdpr.objection;
	decided text := (SELECT a.decision FROM gdpr.objection_assessment a
		WHERE a.objection = decide_objection.objection FOR UPDATE);
BEGIN
	SELECT * INTO raised FROM gdpr.objection o WHERE o.id = decide_objection.objection;
	IF decided IS DISTINCT FROM 'assessing' THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = CASE decided WHEN 'absolute'
				THEN 'an objection to direct marketing or automated decisions is absolute: nothing overrides it'
								   ELSE 'there is no such objection to be assessed' END;
	ELSIF uphold IS NULL OR gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'the decision on an objection needs its reason',
			HINT = 'To override it, show the compelling legitimate grounds (Art. 21(1)).';
	END IF;
	UPDATE gdpr.objection_assessment a
	SET decision = CASE WHEN uphold THEN 'upheld' ELSE 'overridden' END, reason = btrim(decide_objection.reason),
		decided_at = clock_timestamp(), decided_by = gdpr_internal.acting_role()
	WHERE a.objection = decide_objection.objection;
	IF NOT uphold THEN
		UPDATE gdpr.objection o SET ended_at = clock_timestamp() WHERE o.id = decide_objection.objection;
	END IF;
	PERFORM gdpr_internal.record('objection decided', raised.subject,
		jsonb_build_object('objection', objection, 'upheld', uphold, 'reason', btrim(reason)));
END $$;
COMMENT ON FUNCTION gdpr.decide_objection(uuid, boolean, text) IS
'Decides on an objection under Art. 21(1): upheld, processing stays stopped; not upheld, the reason shows compelling '
	'legitimate grounds and processing may go on. reason: never a personal value. Errors: ZG022 no reason, 55000 '
	'absolute, decided already or unknown.';
