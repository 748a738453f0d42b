/*
 * evidence.sql: reading evidence of consent, and checking that it is what was attached.
 */

/* Sealed values are useless without the policy's yes: this may run as the owner, the reveal runs as the caller. */
CREATE FUNCTION gdpr_internal.sealed_evidence(id uuid, OUT content gdpr.pii_bytes, OUT uri text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT e.content, e.uri INTO sealed_evidence.content, sealed_evidence.uri
	FROM gdpr.evidence e WHERE e.id = sealed_evidence.id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'there is no such evidence';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.sealed_evidence(uuid) IS 'internal: evidence as stored, sealed';

CREATE FUNCTION gdpr_internal.is_evidence(id uuid, content bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.mac = gdpr_internal.subject_mac(e.subject, 'evidence', sha256(is_evidence.content))
	FROM gdpr.evidence e WHERE e.id = is_evidence.id
$$;
COMMENT ON FUNCTION gdpr_internal.is_evidence(uuid, bytea) IS
'internal: is this what was attached? ZG020 when its person is erased';

/* on_denied is pinned: a mask in place of the content would look like forged evidence. */
CREATE FUNCTION gdpr.read_evidence(id uuid) RETURNS bytea
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET gdpr.on_denied = error AS $$
DECLARE
	stored record := gdpr_internal.sealed_evidence(id);
	content bytea;
BEGIN
	IF stored.content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'this evidence is kept outside the database',
			HINT = 'Fetch it from the uri in gdpr.evidence and check it with gdpr.verify_evidence(id, content).';
	END IF;
	content := gdpr.reveal(stored.content, 'consent_evidence');
	IF NOT gdpr_internal.is_evidence(id, content) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'the evidence is not what was attached: its hash differs',
			HINT = 'The stored content or its hash was altered: compare both with a backup and with the ledger.';
	END IF;
	RETURN content;
END $$;
COMMENT ON FUNCTION gdpr.read_evidence(uuid) IS
'The content of a piece of evidence, for a role granted the purpose consent_evidence at level full (NULL for masked). '
	'Errors: ZG002 not granted, ZG008 hash differs, XX001 stored bytes altered, ZG020 subject erased, 55000 kept '
	'outside, 22023 no such evidence.';

CREATE FUNCTION gdpr.verify_evidence(id uuid, content bytea DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET gdpr.on_denied = error AS $$
DECLARE
	stored record := gdpr_internal.sealed_evidence(id);
BEGIN
	IF stored.content IS NULL AND verify_evidence.content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'this evidence is kept outside the database: pass its content',
			HINT = 'Fetch it from the uri in gdpr.evidence.';
	END IF;
	RETURN gdpr_internal.is_evidence(id, coalesce(verify_evidence.content,
		gdpr.reveal(stored.content, 'consent_evidence')));
EXCEPTION WHEN data_corrupted THEN
	RETURN false;
END $$;
COMMENT ON FUNCTION gdpr.verify_evidence(uuid, bytea) IS
'True when a piece of evidence still is what was attached; with content, true when that is it (for evidence kept '
	'outside, no grant needed). Errors: ZG002 not granted the purpose consent_evidence, ZG020 subject erased, 22023 '
	'no such evidence, or kept outside and no content given.';
