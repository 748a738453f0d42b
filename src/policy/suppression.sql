/*
 * suppression.sql: identifiers of people who do not want to be on file, or not to be contacted (Art. 17(3), 21(3)).
 *
 * Keyed hashes only: a plain list would be the personal data it is meant to keep out. Checked whenever a value is
 * sealed for a row, and by mailable().
 */
CREATE TABLE gdpr.suppression
(
	hash		bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	everywhere	boolean NOT NULL GENERATED ALWAYS AS (channel OPERATOR(pg_catalog.=) 'any'::gdpr.channel) STORED,
	class		text NOT NULL,
	channel		gdpr.channel NOT NULL,
	reason		text NOT NULL,
	since		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (hash, channel)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.suppression', '');
CREATE UNIQUE INDEX suppression_check ON gdpr.suppression (hash, channel, everywhere);
COMMENT ON TABLE gdpr.suppression IS
'keyed hashes of identifiers that must not come back: channel any keeps them out of protected tables, another channel '
	'out of mailings';

CREATE FUNCTION gdpr_internal.suppression_hash("any") RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_suppression_hash' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr_internal.suppression_hash("any") IS
'internal: what the suppression list holds of a sealed value; NULL when its class cannot be searched';

CREATE FUNCTION gdpr_internal.hash_of_text(class text, value text) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash bytea;
BEGIN
	IF class IS NULL OR class NOT IN ('email', 'phone', 'name', 'national_id', 'id_card', 'ip', 'device_id', 'iban')
		THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'only identifiers that can be searched can be suppressed',
			HINT = 'Use class email, phone, national_id, id_card, device_id, ip, iban or name.';
	END IF;
	EXECUTE format('SELECT gdpr_internal.suppression_hash($1::gdpr.pii_%s)', class) INTO hash USING value;
	RETURN hash;
END $$;
COMMENT ON FUNCTION gdpr_internal.hash_of_text(text, text) IS 'internal: the suppression hash of an identifier as text';

CREATE FUNCTION gdpr.suppress(class text, value text, channel gdpr.channel DEFAULT 'any',
	reason text DEFAULT 'asked not to be contacted')
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF channel IS NULL OR value IS NULL OR coalesce(btrim(reason), '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a suppression needs an identifier, a channel and a reason';
	END IF;
	INSERT INTO gdpr.suppression (hash, class, channel, reason)
	VALUES (gdpr_internal.hash_of_text(class, value), suppress.class, suppress.channel, suppress.reason)
	ON CONFLICT ON CONSTRAINT suppression_pkey DO NOTHING;
	PERFORM gdpr_internal.record('identifier suppressed', NULL, jsonb_build_object('class', class, 'channel', channel,
		'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.suppress(text, text, gdpr.channel, text) IS
'Puts an identifier on the suppression list, as a keyed hash of its normalised form (Art. 21(3)). class: email, '
	'phone, ...; channel any also refuses it in protected tables (ZG007), another channel only keeps it from being '
	'contacted there; reason: never a personal value. Errors: 22P02 not of the class, 22023 unknown class, no reason.';

CREATE FUNCTION gdpr_internal.searched_suppression(class text) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_searched_suppression' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.searched_suppression(text) IS
'internal: puts into the ledger that the suppression list was searched for an identifier of the class';

CREATE FUNCTION gdpr.is_suppressed(class text, value text, channel gdpr.channel DEFAULT NULL) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.searched_suppression(is_suppressed.class);
	SELECT EXISTS (SELECT FROM gdpr.suppression s
				   WHERE s.hash = gdpr_internal.hash_of_text(is_suppressed.class, is_suppressed.value)
					   AND s.channel IN (is_suppressed.channel, 'any'))
$$;
COMMENT ON FUNCTION gdpr.is_suppressed(text, text, gdpr.channel) IS
'Is an identifier, however it is spelled, suppressed for the channel or for all (default: for all)? In the ledger it '
	'is a search. Errors: 22P02, 22023.';

/* ---- coming back ---- */

/* What people who came back gave as their own when they consented: only of identifiers on the list, until these are lifted. */
CREATE TABLE gdpr.consent_identifier
(
	consent	uuid NOT NULL REFERENCES gdpr.consent_event (id),
	subject	bigint NOT NULL REFERENCES gdpr.subject (number),
	hash	bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	PRIMARY KEY (consent, hash)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_identifier', '');
CREATE INDEX consent_identifier_subject ON gdpr.consent_identifier (subject);
COMMENT ON TABLE gdpr.consent_identifier IS
'keyed hashes of suppressed identifiers that people gave with a consent, until gdpr.lift_suppression() used them, the '
	'consent or the person is gone';

CREATE FUNCTION gdpr_internal.note_identifiers(consent gdpr.consent_event, identifiers jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF jsonb_typeof(identifiers) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'identifiers are an object of one value a class',
			HINT = '{"email": "...", "phone": "..."}';
	END IF;
	INSERT INTO gdpr.consent_identifier (consent, subject, hash)
	SELECT DISTINCT note_identifiers.consent.id, note_identifiers.consent.subject, h.hash
	FROM (SELECT gdpr_internal.hash_of_text(i.key, i.value) AS hash FROM jsonb_each_text(identifiers) i) h
	WHERE EXISTS (SELECT FROM gdpr.suppression s WHERE s.hash = h.hash);
END $$;
COMMENT ON FUNCTION gdpr_internal.note_identifiers(gdpr.consent_event, jsonb) IS
'internal: remembers which suppressed identifiers came with a consent; 22P02 and 22023 as suppress';

CREATE FUNCTION gdpr_internal.identifier_hashes(people regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('(gdpr_internal.suppression_hash(t.%I))', a.attname), ', ' ORDER BY a.attnum)
	FROM pg_attribute a JOIN gdpr.classes() c ON to_regtype(c.type) = a.atttypid AND c.searchable
	WHERE a.attrelid = people AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.identifier_hashes(regclass) IS
'internal: what the suppression list would have of the identifiers in a row, as a list for VALUES; NULL when '
	'it has none';

CREATE FUNCTION gdpr.suppressed_rows(relation regclass) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hashes text := gdpr_internal.identifier_hashes(relation);
	found bigint := 0;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = suppressed_rows.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	ELSIF hashes IS NOT NULL AND EXISTS (SELECT FROM gdpr.suppression s WHERE s.everywhere) THEN
		EXECUTE format('SELECT count(*) FROM %s t WHERE EXISTS (SELECT FROM (VALUES %s) x (hash) JOIN '
			'gdpr.suppression s ON s.hash = x.hash AND s.everywhere)', relation, hashes)
		INTO found;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION gdpr.suppressed_rows(regclass) IS
'How many rows of a protected table have an identifier that is suppressed for every channel: people who were on file '
	'when they were put on the list, or a list that was loaded before the table was protected (Art. 17(3), 21). '
	'Errors: 55000 not protected.';

/* By the row's key: what this costs does not depend on the size of the table. */
CREATE FUNCTION gdpr_internal.identifiers_of(subject bigint) RETURNS SETOF bytea
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	own record;
BEGIN
	FOR own IN SELECT s.relation, s.key, cardinality(k.key_columns) AS parts,
		gdpr_internal.identifier_hashes(s.relation) AS hashes
			   FROM gdpr.subject s JOIN gdpr.protected_table p ON p.relation = s.relation
				   JOIN gdpr.subject_table k ON k.relation = s.relation
			   WHERE s.number = identifiers_of.subject
	LOOP
		CONTINUE WHEN own.hashes IS NULL;
		RETURN QUERY EXECUTE format('SELECT x.hash FROM %s t CROSS JOIN LATERAL (VALUES %s) x (hash) WHERE %s AND '
			'x.hash IS NOT NULL',
									own.relation, own.hashes, gdpr_internal.link_condition(own.relation, 0))
										USING gdpr_internal.key_values(own.key, own.parts), subject;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.identifiers_of(bigint) IS
'internal: the suppression hashes of the identifiers in a person''s own row';

CREATE FUNCTION gdpr.lift_suppression(class text, value text, consent uuid, channel gdpr.channel DEFAULT 'any')
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	listed gdpr.suppression;
	given gdpr.consent_event;
BEGIN
	SELECT * INTO listed FROM gdpr.suppression s WHERE s.hash = gdpr_internal.hash_of_text(class, value)
		AND s.channel = channel FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'this identifier is not on the suppression list for that channel';
	END IF;
	SELECT * INTO given FROM gdpr.consent_event e WHERE e.id = consent AND e.state IN ('given', 'renewed');
	IF given.id IS NULL OR given.event_time <= listed.since
	   OR gdpr_internal.valid_consent(given.subject, given.purpose, given.channel,
		   clock_timestamp()) IS DISTINCT FROM given.id THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'only a consent given after the suppression, and still valid, lifts it';
	ELSIF channel <> 'any' AND given.channel NOT IN (channel, 'any') THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = format('this consent is not for channel %s', channel);
	ELSIF given.method NOT IN ('web_form', 'paper', 'in_person', 'double_opt_in')
	   OR (given.method <> 'double_opt_in' AND NOT EXISTS (SELECT FROM gdpr.consent_evidence l
		   WHERE l.consent = given.id)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'only a consent that the person took the initiative for, with evidence, lifts a suppression',
			HINT = 'Methods web_form, paper and in_person with evidence, or double_opt_in.';
	ELSIF NOT EXISTS (SELECT FROM gdpr.consent_identifier i WHERE i.consent = given.id AND i.hash = listed.hash)
	   AND listed.hash NOT IN (SELECT h FROM gdpr_internal.identifiers_of(given.subject) h) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'this consent does not come from whom the identifier belongs to',
			HINT = 'Pass what the person gave to gdpr.give_consent(), identifiers => ''{"email": "..."}'', when the '
				'consent is recorded.';
	END IF;
	DELETE FROM gdpr.suppression s WHERE s.hash = listed.hash AND s.channel = listed.channel;
	IF NOT EXISTS (SELECT FROM gdpr.suppression s WHERE s.hash = listed.hash) THEN
		DELETE FROM gdpr.consent_identifier i WHERE i.hash = listed.hash;
		DELETE FROM gdpr.import_quarantine q WHERE q.hash = listed.hash;
	END IF;
	PERFORM gdpr_internal.record('suppression lifted', given.subject,
		jsonb_build_object('class', class, 'channel', channel, 'consent', consent));
END $$;
COMMENT ON FUNCTION gdpr.lift_suppression(text, text, uuid, gdpr.channel) IS
'Takes an identifier off the suppression list on the strength of a consent that the person gave afterwards, on the '
	'own initiative, with evidence, and for this identifier: it came with the consent (identifiers of '
	'gdpr.give_consent(), which works before the person has a row) or stands in the person''s own row. A consent '
	'lifts an entry once: suppressed again, it takes a new one. Art. 7, 17(3), 21. Errors: ZG008 no such consent, '
	'older, ended, for another channel, not the person''s initiative, without evidence or not of this identifier; '
	'55000 not on the list.';

CREATE FUNCTION gdpr_internal.forget_identifiers() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	forgotten bigint;
BEGIN
	DELETE FROM gdpr.consent_identifier i USING gdpr.consent_event e
	WHERE e.id = i.consent AND gdpr_internal.valid_consent(e.subject, e.purpose, e.channel,
		clock_timestamp()) IS DISTINCT FROM e.id;
	GET DIAGNOSTICS forgotten = ROW_COUNT;
	RETURN forgotten;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_identifiers() IS
'internal: part of note_consents: forgets identifiers that came with a consent which has ended';
