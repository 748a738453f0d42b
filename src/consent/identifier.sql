/*
 * identifier.sql: which suppressed identifiers people gave with a consent: for gdpr.lift_suppression(), proof that an
 * identifier is theirs.
 */

/*
 * What people who came back gave as their own when they consented: only of identifiers on the list, until these are
 * lifted.
 */
CREATE TABLE gdpr.consent_identifier
(
	consent	uuid NOT NULL REFERENCES gdpr.consent_event (id),
	subject	bigint NOT NULL REFERENCES gdpr.subject (number),
	hash	bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	PRIMARY KEY (consent, hash)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_identifier', '');
SELECT gdpr_internal.keeps_subject('gdpr.consent_identifier', 'subject', 'delete');
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
