/*
 * policy.sql: the permission set of a subject, the decision and its explanation.
 */

/* Layout in policy.h. The row is locked first, so that of two changes the later one sees the earlier. */
CREATE FUNCTION gdpr_internal.refresh_permissions(subject bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	entries bytea;
	flags bytea;
BEGIN
	PERFORM FROM gdpr.subject s WHERE s.number = refresh_permissions.subject FOR NO KEY UPDATE;

	SELECT string_agg(int4send(e.purpose) || int2send(e.kind) || int2send(gdpr_internal.channel_bit(e.channel))
					  || timestamptz_send(e.until), NULL ORDER BY e.purpose, e.kind, e.channel)
	INTO entries
	FROM (
		SELECT c.purpose, 1::int2 AS kind, c.channel, coalesce(c.until, 'infinity') AS until
		FROM gdpr_internal.consents_at(refresh_permissions.subject, 'infinity') c
		WHERE c.state IN ('given', 'renewed')
		UNION ALL
		SELECT o.purpose, CASE WHEN a.purpose IS NULL THEN 2 ELSE 3 END::int2, o.channel,
			coalesce(o.ended_at, 'infinity')
		FROM gdpr.objection o LEFT JOIN gdpr.automated_purpose a ON a.purpose = o.purpose
		WHERE o.subject = refresh_permissions.subject
	) e
	WHERE e.until > now();

	flags := CASE WHEN EXISTS (SELECT FROM gdpr.restriction r
							   WHERE r.subject = refresh_permissions.subject
								   AND coalesce(r.ended_at, 'infinity') > now())
				  THEN '\x01'::bytea ELSE '\x00'::bytea END;
	UPDATE gdpr.subject s
	SET permissions = CASE WHEN entries IS NULL AND flags = '\x00' THEN NULL
						   ELSE '\x01'::bytea || flags || coalesce(entries, '') END
	WHERE s.number = refresh_permissions.subject;
END $$;
COMMENT ON FUNCTION gdpr_internal.refresh_permissions(bigint) IS
'internal: derives the permission set kept beside a subject''s key from consents, objections and restrictions';

CREATE FUNCTION gdpr_internal.permissions_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM gdpr_internal.refresh_permissions(OLD.subject);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM gdpr_internal.refresh_permissions(NEW.subject);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.permissions_changed() IS
'internal: keeps the permission set in step with consents, objections and restrictions';

/*
 * The policy listens: code that records an objection, a restriction or a consent need not know of it. Consents that a
 * restore brings back were not recorded a moment ago, and their permission sets come back with their people.
 */
CREATE TRIGGER permissions_changed AFTER INSERT OR UPDATE OR DELETE ON gdpr.objection
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.permissions_changed();
CREATE TRIGGER permissions_changed AFTER INSERT OR UPDATE OR DELETE ON gdpr.restriction
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.permissions_changed();
CREATE TRIGGER permissions_changed AFTER INSERT ON gdpr.consent_event
	FOR EACH ROW WHEN (NEW.recorded_at > pg_catalog.now() - interval '5 seconds')
	EXECUTE FUNCTION gdpr_internal.permissions_changed();

/*
 * An objection to direct marketing is absolute (Art. 21(3)), and the person's own to take back: by a younger consent to
 * the same marketing, of which there is evidence. What someone else says of the person (an import) takes nothing back.
 * Of an objection to every channel the consent to one ends that channel's part, and the rest stands.
 */
CREATE FUNCTION gdpr_internal.end_objections(consent gdpr.consent_event) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	o gdpr.objection;
BEGIN
	IF consent.method = 'import' OR gdpr_internal.valid_consent(consent.subject, consent.purpose, consent.channel,
		clock_timestamp()) IS DISTINCT FROM consent.id THEN
		RETURN;
	END IF;
	FOR o IN
		SELECT x.* FROM gdpr.objection x JOIN gdpr.purpose p ON p.number = x.purpose
		WHERE x.subject = consent.subject AND x.purpose = consent.purpose AND x.ended_at IS NULL
		  AND x.raised_at < consent.event_time AND p.direct_marketing
		  AND (x.channel = consent.channel OR 'any' IN (x.channel, consent.channel))
		  AND NOT EXISTS (SELECT FROM gdpr.automated_purpose a WHERE a.purpose = x.purpose)
		FOR UPDATE OF x
	LOOP
		IF o.channel = 'any' AND consent.channel <> 'any' THEN
			/* raised now, as the journal and what replays it have it */
			INSERT INTO gdpr.objection (subject, purpose, channel)
			SELECT o.subject, o.purpose, c FROM unnest(enum_range(NULL::gdpr.channel)) c
			WHERE c NOT IN ('any', consent.channel);
		END IF;
		/* not later than the now() by which the permission set is derived */
		UPDATE gdpr.objection x SET ended_at = greatest(now(), o.raised_at) WHERE x.id = o.id;
		PERFORM gdpr_internal.record('objection taken back', o.subject, jsonb_build_object('objection', o.id,
			'consent', consent.id, 'channel', consent.channel));
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_objections(gdpr.consent_event) IS
'internal: an evidenced consent ends the person''s older objections to the same direct marketing';

/* The role that records a consent hears what forbids the processing all the same. */
CREATE FUNCTION gdpr_internal.warn_of_limits(consent gdpr.consent_event) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	refusal text := (SELECT gdpr_internal.refusal(s.permissions, consent.purpose, consent.channel)
		FROM gdpr.subject s WHERE s.number = consent.subject);
BEGIN
	IF refusal IN ('the person objected', 'processing is restricted') THEN
		RAISE WARNING USING MESSAGE = 'the consent is on record, and does not suffice: ' || refusal,
			HINT = CASE refusal WHEN 'the person objected'
				THEN 'An objection to marketing ends by a younger consent of the person''s own of which there is '
					'evidence: gdpr.attach_evidence().'
				ELSE 'gdpr.restriction lists restrictions; gdpr.lift_restriction() ends one.' END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.warn_of_limits(gdpr.consent_event) IS
'internal: a WARNING when an objection or a restriction stands beside a consent';

CREATE FUNCTION gdpr_internal.consent_heard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF new.method = 'double_opt_in' THEN
		PERFORM gdpr_internal.end_objections(new);
	END IF;
	/* that of the others comes next */
	IF new.method NOT IN ('web_form', 'paper', 'import') THEN
		PERFORM gdpr_internal.warn_of_limits(new);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_heard() IS 'internal: what a consent means for objections';
/* fires after permissions_changed: by name */
CREATE TRIGGER what_it_ends AFTER INSERT ON gdpr.consent_event
	FOR EACH ROW WHEN (NEW.recorded_at > pg_catalog.now() - interval '5 seconds' AND NEW.state IN ('given', 'renewed'))
	EXECUTE FUNCTION gdpr_internal.consent_heard();

CREATE FUNCTION gdpr_internal.consent_evidenced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	consent gdpr.consent_event;
BEGIN
	SELECT * INTO consent FROM gdpr.consent_event e WHERE e.id = new.consent AND e.state IN ('given', 'renewed');
	IF FOUND THEN
		PERFORM gdpr_internal.lock_subject(consent.subject), gdpr_internal.end_objections(consent);
		IF consent.recorded_at > now() - interval '5 seconds' THEN
			PERFORM gdpr_internal.warn_of_limits(consent);
		END IF;
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_evidenced() IS
'internal: what the evidence of a consent means for objections';
CREATE TRIGGER what_it_ends AFTER INSERT ON gdpr.consent_evidence
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.consent_evidenced();

/* PL/pgSQL, as it keeps its plan. */
CREATE FUNCTION gdpr_internal.channel_bit(gdpr.channel) RETURNS smallint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 1 << (array_position(enum_range(NULL::gdpr.channel), $1) - 1);
END $$;
COMMENT ON FUNCTION gdpr_internal.channel_bit(gdpr.channel) IS 'internal: the bit of a channel in a permission set';

CREATE FUNCTION gdpr_internal.refusal(permissions bytea, purpose integer, channel gdpr.channel DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_refusal' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.refusal(bytea, integer, gdpr.channel) IS
'internal: why a permission set does not allow a purpose now (steps 4 to 6 of the policy); NULL when it does';

CREATE FUNCTION gdpr_internal.grant_level(role oid, purpose text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_grant_level' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.grant_level(oid, text) IS
'internal: the level at which a role may work for a purpose, directly or through membership: none, masked or full';

CREATE FUNCTION gdpr.may_process(subject_table gdpr.table_ref, subject_key text, purpose text DEFAULT NULL,
								 at timestamptz DEFAULT NULL, channel gdpr.channel DEFAULT NULL) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_may_process' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.may_process(gdpr.table_ref, text, text, timestamptz, gdpr.channel) IS
'May the current user process this subject for the purpose (default: the session''s), at that time (default: now, '
	'from the latest committed state; a past time: from the history)? With a channel: may the person be contacted over '
	'it, as gdpr.mailable() answers for everybody? Unknown subject, purpose or missing grant: false. '
	'gdpr.explain_processing() says why. Art. 5(1)(a)(b), 6.';
