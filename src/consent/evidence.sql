/*
 * evidence.sql: the proof of consent: the form as it was sent, the scan, the recording of the call (Art. 7(1), 5(2)).
 *
 * Content is sealed under the subject's key, or stays outside and is named by URI. Either way a hash is kept,
 * here and in the ledger: HMAC of its SHA-256 under the subject's key, since a plain hash would outlive erasure
 * and tell whether a guess at a form is right. Only a role granted the purpose consent_evidence reads the content
 * back, and what it reads is checked against the hash. Evidence and its link to a consent are only ever added.
 */
CREATE TYPE gdpr.evidence_kind AS ENUM ('form_snapshot', 'scan', 'audio', 'email', 'api_log');

CREATE TABLE gdpr.evidence_mime
(
	mime	text PRIMARY KEY CHECK (mime ~ '^[a-z]+/[a-z0-9.+-]+$'),
	builtin	boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.evidence_mime', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.evidence_mime IS 'media types evidence may have; add a row for another one';
INSERT INTO gdpr.evidence_mime SELECT mime,
	true FROM pg_catalog.unnest('{text/plain,text/html,text/csv,application/json,
	application/xml,application/pdf,image/png,image/jpeg,image/tiff,image/webp,message/rfc822,audio/wav,audio/mpeg,
	audio/mp4,audio/ogg,audio/flac,audio/webm,audio/opus}'::text[]) AS mime;

CREATE TABLE gdpr.evidence
(
	id				uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject			bigint NOT NULL REFERENCES gdpr.subject (number),
	kind			gdpr.evidence_kind NOT NULL,
	mime			text NOT NULL,
	size			bigint CHECK (size > 0),
	mac				bytea NOT NULL CHECK (pg_catalog.length(mac) = 32),
	content			gdpr.pii_bytes,
	uri				text,
	duration		interval,
	answer_offset	interval,
	announced_at	timestamptz,
	attached_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	attached_by		name NOT NULL DEFAULT SESSION_USER,
	CHECK ((content IS NULL) <> (uri IS NULL)),
	CHECK (answer_offset BETWEEN interval '0' AND coalesce(duration, answer_offset))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.evidence', '');
SELECT gdpr_internal.append_only('gdpr.evidence');
SELECT gdpr_internal.keeps_subject('gdpr.evidence', 'subject', 'keep',
	'proof of consent (Art. 7(1)); content and hash are under the key that is destroyed');
CREATE INDEX evidence_subject ON gdpr.evidence (subject);
COMMENT ON TABLE gdpr.evidence IS
'proof of consent: sealed content or URI, HMAC of the SHA-256 of the original under the person''s key, for recordings '
	'their length, when the answer comes and when recording was announced; append-only';

CREATE TABLE gdpr.consent_evidence
(
	consent		uuid NOT NULL REFERENCES gdpr.consent_event (id),
	evidence	uuid NOT NULL REFERENCES gdpr.evidence (id),
	PRIMARY KEY (consent, evidence)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_evidence', '');
SELECT gdpr_internal.append_only('gdpr.consent_evidence');
CREATE INDEX consent_evidence_evidence ON gdpr.consent_evidence (evidence);
COMMENT ON TABLE gdpr.consent_evidence IS 'which evidence proves which consent; append-only';

CREATE VIEW gdpr.consent_without_evidence AS
SELECT e.subject, p.name AS purpose, e.channel, e.method, e.event_time, e.id AS consent
FROM gdpr.consent_event e JOIN gdpr.purpose p ON p.number = e.purpose
WHERE e.state IN ('given', 'renewed') AND e.method = 'phone'
  AND NOT EXISTS (SELECT FROM gdpr.consent_evidence l WHERE l.consent = e.id);
COMMENT ON VIEW gdpr.consent_without_evidence IS
'consents by phone whose recording was announced but not yet attached: attach it with gdpr.attach_evidence()';

CREATE FUNCTION gdpr.attach_evidence(
	consent uuid, kind text, mime text, content bytea DEFAULT NULL, uri text DEFAULT NULL, sha256 bytea DEFAULT NULL,
	duration interval DEFAULT NULL, answer_offset interval DEFAULT NULL, announced_at timestamptz DEFAULT NULL)
	RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	proven gdpr.consent_event;
	evidence uuid;
BEGIN
	SELECT e.* INTO proven FROM gdpr.consent_event e WHERE e.id = attach_evidence.consent;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'there is no such consent';
	ELSIF proven.method = 'phone' AND announced_at > proven.event_time THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG013', MESSAGE = 'the recording was announced after the answer';
	END IF;
	evidence := gdpr_internal.add_evidence(proven.subject, kind, mime, content, uri, sha256, duration, answer_offset,
								  coalesce(announced_at, proven.recording_announced_at));
	PERFORM gdpr_internal.link_evidence(proven, evidence);
	RETURN evidence;
END $$;
COMMENT ON FUNCTION gdpr.attach_evidence(uuid, text, text, bytea, text, bytea, interval, interval, timestamptz) IS
'Attaches proof to a consent and returns its id (Art. 7(1)). kind: form_snapshot, scan, audio, email, api_log; mime: '
	'one of gdpr.evidence_mime; content (at most 100 MB, stored sealed), or uri with sha256 when it stays outside; '
	'sha256 of the content is checked when given. For recordings: duration, answer_offset (where the answer is), '
	'announced_at. Errors: ZG008 hash does not match or is missing, 22023 empty or too large, unknown kind, media '
	'type or consent, ZG013 announced after the answer.';

CREATE FUNCTION gdpr.attach_subject_evidence(
	subject_table gdpr.table_ref, subject_key text, kind text, mime text, content bytea DEFAULT NULL,
	uri text DEFAULT NULL,
	sha256 bytea DEFAULT NULL, duration interval DEFAULT NULL, answer_offset interval DEFAULT NULL,
	announced_at timestamptz DEFAULT NULL)
	RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.add_evidence(gdpr_internal.ensure_subject(subject_table, subject_key), kind, mime, content,
		uri, sha256,
							 duration, answer_offset, announced_at)
$$;
COMMENT ON FUNCTION gdpr.attach_subject_evidence(gdpr.table_ref, text, text, text, bytea, text, bytea, interval,
	interval, timestamptz) IS
'Keeps proof for a person before the consent is recorded; pass the returned id as evidence_id to gdpr.give_consent(). '
	'Arguments and errors as gdpr.attach_evidence.';

CREATE FUNCTION gdpr_internal.add_evidence(
	subject bigint, kind text, mime text, content bytea, uri text, sha256 bytea,
	duration interval, answer_offset interval, announced_at timestamptz)
	RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash bytea := coalesce(pg_catalog.sha256(content), add_evidence.sha256);
	mac bytea;
	evidence uuid := gen_random_uuid();
	fault text := CASE
		WHEN kind IS NULL OR kind <> ALL (enum_range(NULL::gdpr.evidence_kind)::text[]) THEN 'unknown kind of evidence'
		WHEN mime IS NULL OR NOT EXISTS (SELECT FROM gdpr.evidence_mime m WHERE m.mime = add_evidence.mime)
			THEN 'unknown media type of evidence'
		WHEN num_nonnulls(content, nullif(btrim(uri), '')) <> 1 THEN 'evidence is either content or a URI'
		WHEN length(content) = 0 THEN 'evidence is empty'
		WHEN length(content) > 100 * 1024 * 1024 THEN 'evidence is larger than 100 MB'
		WHEN answer_offset < interval '0' OR answer_offset > duration THEN 'the answer is outside the recording' END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = fault,
			HINT = 'Kinds: form_snapshot, scan, audio, email, api_log; media types: gdpr.evidence_mime; keep larger '
				'files outside and name them by uri and sha256.';
	ELSIF hash IS NULL OR length(hash) <> 32 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'evidence kept outside needs the SHA-256 of its content';
	ELSIF hash <> add_evidence.sha256 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'the SHA-256 of the evidence does not match its content';
	END IF;
	mac := gdpr_internal.subject_mac(subject, 'evidence', hash);
	INSERT INTO gdpr.evidence (id, subject, kind, mime, size, mac, content, uri, duration, answer_offset,
		announced_at)
	VALUES (evidence, add_evidence.subject, add_evidence.kind::gdpr.evidence_kind, add_evidence.mime,
		length(add_evidence.content),
			mac, gdpr_internal.bind_value(add_evidence.content::gdpr.pii_bytes, add_evidence.subject),
				btrim(add_evidence.uri),
			add_evidence.duration, add_evidence.answer_offset, add_evidence.announced_at);
	PERFORM gdpr_internal.record('evidence attached', add_evidence.subject,
		jsonb_build_object('evidence', evidence, 'kind', kind, 'mime', mime, 'mac', encode(mac, 'hex')));
	RETURN evidence;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_evidence(bigint, text, text, bytea, text, bytea, interval, interval,
	timestamptz) IS
'internal: checks, seals and stores one piece of evidence';

CREATE FUNCTION gdpr_internal.link_evidence(consent gdpr.consent_event, evidence uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.evidence e WHERE e.id = link_evidence.evidence AND e.subject = consent.subject) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'there is no such evidence of this person';
	END IF;
	INSERT INTO gdpr.consent_evidence (consent, evidence) VALUES (consent.id, link_evidence.evidence);
	PERFORM gdpr_internal.record('consent proven', consent.subject,
		jsonb_build_object('consent', consent.id, 'evidence', evidence));
END $$;
COMMENT ON FUNCTION gdpr_internal.link_evidence(gdpr.consent_event, uuid) IS
'internal: says which consent a piece of evidence proves';

CREATE FUNCTION gdpr_internal.add_consent_evidence(consent gdpr.consent_event, evidence bytea, mime text,
	evidence_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF evidence IS NOT NULL THEN
		PERFORM gdpr_internal.link_evidence(consent, gdpr_internal.add_evidence(consent.subject,
			CASE consent.method WHEN 'web_form' THEN 'form_snapshot' WHEN 'phone' THEN 'audio' WHEN 'double_opt_in'
				THEN 'email'
				WHEN 'api' THEN 'api_log' WHEN 'import' THEN 'api_log' ELSE 'scan' END,
			mime, evidence, NULL, NULL, NULL, NULL, consent.recording_announced_at));
	END IF;
	IF evidence_id IS NOT NULL THEN
		PERFORM gdpr_internal.link_evidence(consent, evidence_id);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_consent_evidence(gdpr.consent_event, bytea, text, uuid) IS
'internal: attaches the evidence that came with a consent';
