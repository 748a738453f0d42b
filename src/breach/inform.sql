/*
 * inform.sql: telling the people (Art. 34): the letter in each language, the people it reached, or why they need not
 * be told.
 */
CREATE TABLE gdpr.breach_letter
(
	breach			uuid NOT NULL REFERENCES gdpr.breach (id),
	language		gdpr.language NOT NULL,
	version			integer NOT NULL,
	nature			text NOT NULL CHECK (pg_catalog.btrim(nature) <> ''),
	contact			text NOT NULL CHECK (pg_catalog.btrim(contact) <> ''),
	consequences	text NOT NULL CHECK (pg_catalog.btrim(consequences) <> ''),
	measures		text NOT NULL CHECK (pg_catalog.btrim(measures) <> ''),
	advice			text NOT NULL CHECK (pg_catalog.btrim(advice) <> ''),
	at				timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role			name NOT NULL,
	PRIMARY KEY (breach, language, version)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_letter', '');
SELECT gdpr_internal.append_only('gdpr.breach_letter');
COMMENT ON TABLE gdpr.breach_letter IS 'what the people are told, per language and version (Art. 34(2)); append-only';

CREATE TABLE gdpr.breach_delivery
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	breach		uuid NOT NULL,
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	language	gdpr.language NOT NULL,
	version		integer NOT NULL,
	channel		gdpr.channel NOT NULL CHECK (channel <> 'any'),
	result		text NOT NULL CHECK (result IN ('sent', 'delivered', 'failed')),
	at			timestamptz NOT NULL,
	recorded_by	name NOT NULL,
	FOREIGN KEY (breach, language, version) REFERENCES gdpr.breach_letter (breach, language, version)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_delivery', '');
SELECT gdpr_internal.append_only('gdpr.breach_delivery');
SELECT gdpr_internal.keeps_subject('gdpr.breach_delivery', 'subject', 'keep',
	'proof that the person was told, under a number without a name');
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_delivery_number_seq', '');
CREATE INDEX breach_delivery_subject ON gdpr.breach_delivery (breach, subject);
CREATE INDEX breach_delivery_person ON gdpr.breach_delivery (subject);
COMMENT ON TABLE gdpr.breach_delivery IS
'which letter went to which person, when, by which channel, and whether it arrived; append-only, the newest row of a '
	'person counts';

CREATE TABLE gdpr.breach_exemption
(
	breach					uuid NOT NULL REFERENCES gdpr.breach (id),
	ground					text NOT NULL CHECK (ground IN ('34(3)(a)', '34(3)(b)', '34(3)(c)')),
	justification			text NOT NULL CHECK (pg_catalog.btrim(justification) <> ''),
	public_communication	text,
	answers					jsonb NOT NULL DEFAULT '{}',
	at						timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role					name NOT NULL,
	PRIMARY KEY (breach, ground, at),
	CHECK ((ground = '34(3)(c)') = (public_communication IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_exemption', '');
SELECT gdpr_internal.append_only('gdpr.breach_exemption');
COMMENT ON TABLE gdpr.breach_exemption IS
'why people are not told of a breach with a high risk one by one (Art. 34(3)), and for ground (c) how they are told '
	'in public; answers: what was said to each objection of the register; append-only, the newest of a ground counts';

CREATE FUNCTION gdpr.write_breach_letter(id uuid, language text, nature text, consequences text, measures text,
	advice text, contact text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'confirmed', 'assessed', 'notified_initial', 'notified_followup',
		'notified_final');
	reachable text := coalesce(contact, b.actors ->> 'contact',
		(SELECT concat_ws(', ', coalesce(c.dpo_contact, c.contact), c.email, c.phone) FROM gdpr.controller c));
	written integer;
BEGIN
	PERFORM gdpr_internal.require_language(language);
	IF EXISTS (SELECT FROM unnest(ARRAY[nature, consequences, measures, advice, reachable]) t
		WHERE gdpr_internal.is_blank(t)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the letter lacks something that people must be told',
			HINT = 'The nature in plain language, the likely consequences, the measures and what they can do '
				'themselves, and where to ask (Art. 34(2)).';
	END IF;
	INSERT INTO gdpr.breach_letter (breach, language, version, nature, contact, consequences, measures, advice, role)
	SELECT b.id, write_breach_letter.language, coalesce(max(l.version), 0) + 1, btrim(write_breach_letter.nature),
		btrim(reachable),
		   btrim(write_breach_letter.consequences), btrim(write_breach_letter.measures),
			   btrim(write_breach_letter.advice), gdpr_internal.acting_role()
	FROM gdpr.breach_letter l WHERE l.breach = b.id AND l.language = write_breach_letter.language
	RETURNING version INTO written;
	PERFORM gdpr_internal.add_breach_event(b.id, 'letter written', '{}',
		jsonb_build_object('language', language, 'version', written));
	RETURN written;
END $$;
COMMENT ON FUNCTION gdpr.write_breach_letter(uuid, text, text, text, text, text, text) IS
'Writes the letter to the people in a language and returns its version: the nature of the breach in '
	'plain language, likely consequences, measures taken, what they can do themselves, and a contact (default that of '
	'the breach, else the controller''s DPO) (Art. 34(2)). It names no person. Errors: 22023 language or item '
	'missing, 55000 not confirmed or closed, 02000.';

CREATE FUNCTION gdpr.breach_letters_due(id uuid) RETURNS TABLE (subject bigint, subject_table regclass,
	subject_key text, failed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.subject, p.subject_table, p.subject_key, d.result IS NOT NULL
	FROM gdpr.breach_subjects(id) p
	LEFT JOIN LATERAL (SELECT l.result FROM gdpr.breach_delivery l WHERE l.breach = id AND l.subject = p.subject
		ORDER BY l.number DESC LIMIT 1) d ON true
	WHERE p.subject_table IS NOT NULL AND coalesce(d.result, 'failed') = 'failed'
$$;
COMMENT ON FUNCTION gdpr.breach_letters_due(uuid) IS
'The people concerned by a breach that no letter has reached yet; failed: one was tried. '
	'A person erased since cannot be reached and is not listed (Art. 34).';

CREATE FUNCTION gdpr.breach_delivered(id uuid, subject_table gdpr.table_ref, subject_key text, language text,
	channel gdpr.channel,
									  result text DEFAULT 'sent', at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach;
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	newest gdpr.breach_letter;
	moment timestamptz;
BEGIN
	/* shared: those who send letters do not wait for each other */
	SELECT * INTO b FROM gdpr.breach r WHERE r.id = breach_delivered.id FOR SHARE;
	IF b.id IS NULL OR NOT person <@ gdpr_internal.breach_ranges(b.id) THEN
		RAISE EXCEPTION USING ERRCODE = '02000',
			MESSAGE = 'there is no such breach, or it does not concern this person',
			HINT = 'SELECT * FROM gdpr.breach_letters_due(id);';
	ELSIF b.state = 'closed' THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the breach is closed';
	END IF;
	SELECT * INTO newest FROM gdpr.breach_letter l WHERE l.breach = b.id AND l.language = breach_delivered.language
		ORDER BY l.version DESC LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no letter in this language',
			HINT = 'SELECT gdpr.write_breach_letter(id, language, ...);';
	ELSIF channel IS NULL OR channel = 'any' OR result IS NULL OR result NOT IN ('sent', 'delivered', 'failed') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a delivery needs its channel and a result',
			HINT = 'Results: sent, delivered, failed; channels: all but any.';
	END IF;
	moment := gdpr_internal.require_past(coalesce(at, clock_timestamp()), b.aware_at, 'the delivery');
	INSERT INTO gdpr.breach_delivery (breach, subject, language, version, channel, result, at, recorded_by)
	VALUES (b.id, person, newest.language, newest.version, channel, result, moment, gdpr_internal.acting_role());
	PERFORM gdpr_internal.record('breach letter ' || result, person,
		jsonb_build_object('breach', b.id, 'language', newest.language, 'version', newest.version, 'channel', channel));
END $$;
COMMENT ON FUNCTION gdpr.breach_delivered(uuid, gdpr.table_ref, text, text, gdpr.channel, text, timestamptz) IS
'Records that the newest letter of a language went to a person (Art. 34(1), 5(2)). result: sent, delivered or failed; '
	'at: when (default now). Errors: 02000 not a person of this breach, 55000 no letter in that language or breach '
	'closed, 22023.';

/* Art. 34(3)(a): unintelligible to others, which helps against reading and not against loss or change. */
CREATE FUNCTION gdpr_internal.proposed_exemption(b gdpr.breach, counts jsonb, OUT ground text, OUT reasons text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN x.against = '{}' THEN '34(3)(a)' END, x.against
	FROM (SELECT array_remove(ARRAY[
		CASE WHEN counts -> 'sealed' = 'null'
			THEN 'no people were added to the breach: it is not known which data leaked' END,
		CASE WHEN counts -> 'sealed' = 'false' THEN 'not all values were sealed, or they were revealed' END,
		CASE WHEN b.protection -> 'key_compromised' = 'true' THEN 'the key is compromised' END,
		CASE WHEN NOT b.protection ? 'key_compromised' THEN 'it is not recorded whether the key is safe' END,
		CASE WHEN b.nature -> 'types' ?| '{integrity,availability}'
			AND b.protection -> 'backups' IS DISTINCT FROM 'true'
			 THEN 'sealing does not help against loss or change, and no backup is on record' END], NULL)) x (against)
$$;
COMMENT ON FUNCTION gdpr_internal.proposed_exemption(gdpr.breach, jsonb) IS
'internal: whether Art. 34(3)(a) may apply, or what speaks against it';

/* What the register itself holds against a ground; it may say more later, when more is known. */
CREATE FUNCTION gdpr_internal.exemption_objections(b gdpr.breach, ground text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE ground
		WHEN '34(3)(a)' THEN (gdpr_internal.proposed_exemption(b, gdpr.breach_counts(b.id))).reasons
		WHEN '34(3)(b)' THEN CASE WHEN b.measures = '{}' THEN ARRAY['no measure is on record'] ELSE '{}' END
		ELSE '{}' END
$$;
COMMENT ON FUNCTION gdpr_internal.exemption_objections(gdpr.breach, text) IS
'internal: what the register says against a ground of Art. 34(3) now';

CREATE FUNCTION gdpr_internal.require_answers(objections text[], answers jsonb, what text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unanswered text;
BEGIN
	IF jsonb_typeof(answers) IS DISTINCT FROM 'object'
		OR EXISTS (SELECT FROM jsonb_object_keys(answers) k WHERE k <> ALL (objections)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'answers must be an object with an answer to each open point',
			DETAIL = coalesce(nullif(array_to_string(objections, '; '), ''), 'No point is open.');
	END IF;
	SELECT string_agg(o, '; ' ORDER BY n) INTO unanswered FROM unnest(objections) WITH ORDINALITY u (o, n)
	WHERE jsonb_typeof(answers -> o) IS DISTINCT FROM 'string' OR gdpr_internal.is_blank(answers ->> o);
	IF unanswered IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = what, DETAIL = unanswered,
			HINT = 'Pass answers => ''{"<point>": "<answer>", ...}'', each point as the detail has it.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_answers(text[], jsonb, text) IS
'internal: ZG022 names what has no answer; 22023 when answers are to something else';

CREATE FUNCTION gdpr_internal.exemption_stands(b gdpr.breach, e gdpr.breach_exemption) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT (e.ground = '34(3)(a)' AND coalesce(b.protection -> 'key_compromised' = 'true', false))
		AND e.answers ?& gdpr_internal.exemption_objections(b, e.ground)
$$;
COMMENT ON FUNCTION gdpr_internal.exemption_stands(gdpr.breach, gdpr.breach_exemption) IS
'internal: has an exemption an answer to all that the register says against it by now?';

CREATE FUNCTION gdpr.exempt_breach(id uuid, ground text, justification text, public_communication text DEFAULT NULL,
	answers jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'assessed', 'notified_initial', 'notified_followup',
		'notified_final');
	why text := gdpr_internal.require_reason(justification,
		'an exemption from telling the people needs its justification');
BEGIN
	IF ground IS NULL OR ground NOT IN ('34(3)(a)', '34(3)(b)', '34(3)(c)') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown ground',
			HINT = '34(3)(a): the data were unintelligible; 34(3)(b): the high risk is gone; 34(3)(c): '
				'disproportionate effort, with a public communication.';
	ELSIF ground = '34(3)(a)' AND b.protection -> 'key_compromised' = 'true' THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the data were not unintelligible: the key is compromised',
			HINT = 'Tell the people, or assess it again with gdpr.assess_breach().';
	ELSIF (ground = '34(3)(c)') <> (NOT gdpr_internal.is_blank(public_communication)) THEN
		RAISE EXCEPTION USING ERRCODE = CASE ground WHEN '34(3)(c)' THEN 'ZG022' ELSE '22023' END,
			MESSAGE = CASE ground WHEN '34(3)(c)'
				THEN 'ground 34(3)(c) needs the public communication by which people are told equally well'
								  ELSE 'only ground 34(3)(c) has a public communication' END;
	ELSIF EXISTS (SELECT FROM gdpr.breach_exemption e WHERE e.breach = b.id AND e.ground = exempt_breach.ground
		AND gdpr_internal.exemption_stands(b, e)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'this ground is on record already';
	END IF;
	PERFORM gdpr_internal.require_answers(gdpr_internal.exemption_objections(b, ground), answers,
		format('the register speaks against ground %s, and not every objection is answered', ground));
	INSERT INTO gdpr.breach_exemption (breach, ground, justification, public_communication, answers, role)
	VALUES (b.id, exempt_breach.ground, why, nullif(btrim(exempt_breach.public_communication), ''),
		exempt_breach.answers, gdpr_internal.acting_role());
	PERFORM gdpr_internal.add_breach_event(b.id, 'exempted', jsonb_build_object('ground', ground, 'justification', why,
		'public_communication', public_communication, 'answers', answers),
		jsonb_build_object('ground', ground));
END $$;
COMMENT ON FUNCTION gdpr.exempt_breach(uuid, text, text, text, jsonb) IS
'Why people are not told one by one: ground 34(3)(a) the data were unintelligible to those who obtained them, '
	'34(3)(b) later measures took the high risk away, 34(3)(c) disproportionate effort, with the public communication '
	'instead; each with its justification. answers: {objection: answer} to each of what the register says against it: '
	'against_it of gdpr.assess_breach() for (a), that no measure is on record for (b); objections that come later '
	'need answers too. Errors: ZG022 no justification, public communication or answer, 22023 ground or answers, 55000 '
	'not assessed, closed, already on record, or (a) with a compromised key; 02000.';

/* NULL when all is well: no high risk, or everybody is told, or there is a justified exemption. */
CREATE FUNCTION gdpr_internal.breach_untold(b gdpr.breach) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN b.risk IS DISTINCT FROM 'high' OR EXISTS (
			SELECT FROM gdpr.breach_exemption e
			WHERE e.breach = b.id AND gdpr_internal.exemption_stands(b, e)) THEN NULL
		WHEN gdpr_internal.breach_ranges(b.id) = '{}' THEN
			CASE WHEN b.data_subjects -> 'informed' = 'true' AND b.data_subjects ?& '{informed_at,channels}' THEN NULL
				 ELSE 'a high risk, and it is not recorded that the people were told' END
		ELSE (SELECT CASE WHEN count(*) > 0 THEN format('a high risk, and people are not told: %s', count(*)) END
			FROM gdpr.breach_letters_due(b.id)) END
$$;
COMMENT ON FUNCTION gdpr_internal.breach_untold(gdpr.breach) IS
'internal: why a high risk is unanswered (Art. 34), or NULL';
