/*
 * automated.sql: automated decisions and profiling (Art. 22): what a machine decides about people, who wants none of
 * it, and the human who looks again.
 *
 * Opting out is an objection to each purpose that is declared automated, so the policy, the journal, the copy and the
 * explanation know it as one; but it stands whatever the basis of the purpose.
 */
CREATE TABLE gdpr.automation_opt_out
(
	subject		bigint PRIMARY KEY REFERENCES gdpr.subject (number) ON DELETE CASCADE,
	since		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.automation_opt_out', '');
SELECT gdpr_internal.keeps_subject('gdpr.automation_opt_out', 'subject', 'keep', 'a choice without a name');
COMMENT ON TABLE gdpr.automation_opt_out IS
'people who want no automated decision at all: purposes declared automated later are objected to as well';

CREATE TABLE gdpr.automated_decision
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	purpose		integer NOT NULL REFERENCES gdpr.automated_purpose (purpose),
	outcome		text NOT NULL CHECK (pg_catalog.btrim(outcome) <> ''),
	allowed_by	text NOT NULL CHECK (allowed_by IN ('contract', 'law', 'explicit consent')),
	at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	decided_by	name NOT NULL,
	decided_login	name NOT NULL DEFAULT SESSION_USER,
	review		text NOT NULL DEFAULT 'not asked' CHECK (review IN ('not asked', 'asked', 'upheld', 'changed')),
	asked_at	timestamptz,
	reviewed_at	timestamptz,
	reviewer	name,
	reason		text,
	CHECK ((review IN ('upheld', 'changed')) = (reviewed_at IS NOT NULL AND reviewer IS NOT NULL
		AND pg_catalog.btrim(reason) <> '')),
	CHECK (review = 'not asked' OR asked_at IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.automated_decision', '');
SELECT gdpr_internal.keeps_subject('gdpr.automated_decision', 'subject', 'keep',
	'proof of the decision and its review, under a number without a name');
CREATE INDEX automated_decision_subject ON gdpr.automated_decision (subject);
CREATE INDEX automated_decision_review ON gdpr.automated_decision (asked_at) WHERE review = 'asked';
COMMENT ON TABLE gdpr.automated_decision IS
'decisions that a machine alone took about people, on which ground of Art. 22(2), and what a human made of them when '
	'asked (Art. 22(3)); never a personal value';

CREATE VIEW gdpr.review_due AS
SELECT d.id, d.subject, p.name AS purpose, d.outcome, d.at, d.asked_at
FROM gdpr.automated_decision d JOIN gdpr.purpose p ON p.number = d.purpose
WHERE d.review = 'asked';
COMMENT ON VIEW gdpr.review_due IS 'automated decisions that wait for a human (Art. 22(3))';

CREATE FUNCTION gdpr.declare_automated(purpose text, logic text, significance text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	automated integer := gdpr.purpose_number(purpose);
	person record;
BEGIN
	IF gdpr_internal.is_blank(logic) OR gdpr_internal.is_blank(significance) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'people must be told the logic of an automated decision, and what it means for them',
			HINT = 'Art. 13(2)(f), 14(2)(g), 15(1)(h).';
	END IF;
	INSERT INTO gdpr.automated_purpose AS a (purpose, logic, significance)
	VALUES (automated, btrim(declare_automated.logic), btrim(declare_automated.significance))
	ON CONFLICT ON CONSTRAINT automated_purpose_pkey DO UPDATE SET logic = excluded.logic,
		significance = excluded.significance;
	PERFORM gdpr_internal.record('purpose automated', NULL,
		jsonb_build_object('purpose', purpose, 'logic', btrim(logic), 'significance', btrim(significance)));
	/* an objection that rested on the basis until now stands by itself; and who wants none is asked no more */
	PERFORM gdpr_internal.refresh_permissions(o.subject) FROM gdpr.objection o WHERE o.purpose = automated
		AND o.ended_at IS NULL;
	PERFORM gdpr_internal.object_as(o.subject, automated) FROM gdpr.automation_opt_out o;
END $$;
COMMENT ON FUNCTION gdpr.declare_automated(text, text, text) IS
'Says that people are profiled or decided about by machine for a purpose: the logic involved, and the significance '
	'and consequences for them, which the copy of Art. 15(1)(h) shows. From then on an objection to it stands '
	'whatever its basis (Art. 22). Repeating it replaces the texts. Errors: ZG002 unknown purpose, 22023 a text '
	'is missing.';

CREATE FUNCTION gdpr_internal.object_as(person bigint, purpose integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	objection uuid := gen_random_uuid();
BEGIN
	IF EXISTS (SELECT FROM gdpr.objection o WHERE o.subject = person AND o.purpose = object_as.purpose
		AND o.channel = 'any' AND o.ended_at IS NULL)
	   OR NOT EXISTS (SELECT FROM gdpr.subject s WHERE s.number = person AND s.relation IS NOT NULL) THEN
		RETURN;
	END IF;
	INSERT INTO gdpr.objection (id, subject, purpose) VALUES (objection, person, object_as.purpose);
	INSERT INTO gdpr.objection_assessment (objection, decision) VALUES (objection, 'absolute');
	PERFORM gdpr_internal.record('objection raised', person, jsonb_build_object('objection', objection, 'channel',
		'any', 'decision', 'absolute',
		'purpose', (SELECT p.name FROM gdpr.purpose p WHERE p.number = object_as.purpose)));
END $$;
COMMENT ON FUNCTION gdpr_internal.object_as(bigint, integer) IS
'internal: an objection to an automated purpose, unless there is one';

CREATE FUNCTION gdpr.opt_out_of_automation(subject_table gdpr.table_ref, subject_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
BEGIN
	INSERT INTO gdpr.automation_opt_out (subject) VALUES (person) ON CONFLICT DO NOTHING;
	PERFORM gdpr_internal.object_as(person, a.purpose) FROM gdpr.automated_purpose a ORDER BY a.purpose;
	PERFORM gdpr_internal.record('automation opted out of', person);
END $$;
COMMENT ON FUNCTION gdpr.opt_out_of_automation(gdpr.table_ref, text) IS
'A person wants no automated decision and no profiling: an objection to every purpose declared automated, now or '
	'later, from the next statement of every session; revealing for one raises ZG005 (Art. 22(1)). gdpr.object() opts '
	'out of one purpose. Errors: 02000 no such person.';

CREATE FUNCTION gdpr.opt_in_to_automation(subject_table gdpr.table_ref, subject_key text, proof text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
BEGIN
	IF gdpr_internal.is_blank(proof) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say how it is proved that the person asked for it',
			HINT = 'Such as a message id; never a personal value.';
	END IF;
	DELETE FROM gdpr.automation_opt_out o WHERE o.subject = person;
	UPDATE gdpr.objection o SET ended_at = greatest(now(), o.raised_at)
	WHERE o.subject = person AND o.ended_at IS NULL AND o.purpose IN (SELECT a.purpose FROM gdpr.automated_purpose a);
	PERFORM gdpr_internal.record('automation opted into', person, jsonb_build_object('proof', btrim(proof)));
END $$;
COMMENT ON FUNCTION gdpr.opt_in_to_automation(gdpr.table_ref, text, text) IS
'A person takes back the objections to automated decisions. proof: how that is proved, such as a message id. Errors: '
	'02000 no such person, ZG022 no proof.';

CREATE FUNCTION gdpr.record_decision(subject_table gdpr.table_ref, subject_key text, purpose text, outcome text,
	allowed_by text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	automated integer := gdpr.purpose_number(purpose);
	decision uuid := gen_random_uuid();
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.automated_purpose a WHERE a.purpose = automated) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('purpose "%s" is not declared automated', purpose),
			HINT = format('SELECT gdpr.declare_automated(%L, ''<logic>'', ''<significance>'');', purpose);
	ELSIF EXISTS (SELECT FROM gdpr.objection o WHERE o.subject = person AND o.purpose = automated
		AND o.ended_at IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG005',
			MESSAGE = format('the person opted out of automated decisions for purpose "%s"', purpose),
			HINT = 'Let a human decide.';
	ELSIF allowed_by IS NULL OR allowed_by NOT IN ('contract', 'law', 'explicit consent')
		OR gdpr_internal.is_blank(outcome) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an automated decision needs its outcome and what allows it',
			HINT = 'allowed_by is contract, law or explicit consent (Art. 22(2)(a) to (c)).';
	END IF;
	INSERT INTO gdpr.automated_decision (id, subject, purpose, outcome, allowed_by, decided_by)
	VALUES (decision, person, automated, btrim(record_decision.outcome), record_decision.allowed_by,
		gdpr_internal.acting_role());
	PERFORM gdpr_internal.record('decision taken', person, jsonb_build_object('decision', decision, 'purpose', purpose,
		'allowed_by', allowed_by));
	RETURN decision;
END $$;
COMMENT ON FUNCTION gdpr.record_decision(gdpr.table_ref, text, text, text, text) IS
'Logs a decision that a machine alone took about a person, and returns its id (Art. 22). outcome: such as refused, '
	'never a personal value; allowed_by: contract, law or explicit consent (Art. 22(2)). Errors: ZG005 the person '
	'opted out, 55000 the purpose is not declared automated, 02000, ZG002, 22023.';

CREATE FUNCTION gdpr.ask_review(decision uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
BEGIN
	UPDATE gdpr.automated_decision d SET review = 'asked', asked_at = clock_timestamp()
	WHERE d.id = ask_review.decision AND d.review = 'not asked' RETURNING d.subject INTO person;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such decision, or its review was asked already';
	END IF;
	PERFORM gdpr_internal.record('review asked', person, jsonb_build_object('decision', decision));
END $$;
COMMENT ON FUNCTION gdpr.ask_review(uuid) IS
'A person contests an automated decision and wants a human to look (Art. 22(3)); gdpr.review_due lists what waits. '
	'Errors: 55000 no such decision, or asked already.';

CREATE FUNCTION gdpr.review_decision(decision uuid, uphold boolean, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d gdpr.automated_decision;
BEGIN
	SELECT * INTO d FROM gdpr.automated_decision x WHERE x.id = review_decision.decision FOR UPDATE;
	IF d.review IS DISTINCT FROM 'asked' THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'no review of such a decision was asked',
			HINT = 'SELECT gdpr.ask_review(id);';
	ELSIF gdpr_internal.acting_role() IN (d.decided_by, d.decided_login)
		OR session_user IN (d.decided_by, d.decided_login) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG025', MESSAGE = 'who let the machine decide does not review it',
			HINT = 'Let another person, with a login of their own, review the decision.';
	ELSIF uphold IS NULL OR gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'the review of a decision needs its reason';
	END IF;
	UPDATE gdpr.automated_decision x
	SET review = CASE WHEN uphold THEN 'upheld' ELSE 'changed' END, reviewed_at = clock_timestamp(),
		reviewer = gdpr_internal.acting_role(), reason = btrim(review_decision.reason)
	WHERE x.id = d.id;
	PERFORM gdpr_internal.record('decision reviewed', d.subject, jsonb_build_object('decision', decision, 'upheld',
		uphold, 'reason', btrim(reason)));
END $$;
COMMENT ON FUNCTION gdpr.review_decision(uuid, boolean, text) IS
'What a human made of an automated decision that a person contests: upheld or changed, with the reason, never a '
	'personal value (Art. 22(3)). Errors: ZG025 the role that recorded the decision, ZG022 no reason, 55000 no '
	'review was asked.';
