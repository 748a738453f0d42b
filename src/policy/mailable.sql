/*
 * mailable.sql: whom may I contact now, and why not the others.
 */
CREATE FUNCTION gdpr.mailable(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.mailable(text, gdpr.channel) IS
'Every subject who may be contacted for the purpose over the channel, now (Art. 6, 7, 21). Errors: ZG002 when the purpose is unknown or not granted to the current user.';

CREATE FUNCTION gdpr.excluded(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text, OUT reason text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.excluded(text, gdpr.channel) IS
'Every subject whom mailable() leaves out, with one reason each. Errors as mailable.';

CREATE FUNCTION gdpr.require_grant(caller oid, purpose text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number integer := gdpr.purpose_number(purpose);
BEGIN
	IF gdpr.grant_level(caller, purpose) = 'none' THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG002',
			MESSAGE = format('purpose "%s" is not granted to role "%s"', purpose, pg_get_userbyid(caller)),
			HINT = format('SELECT gdpr.grant_purpose(%L, %L);', purpose, pg_get_userbyid(caller));
	END IF;
	RETURN number;
END $$;
COMMENT ON FUNCTION gdpr.require_grant(oid, text) IS 'internal: the number of a purpose granted to the caller; ZG002 otherwise';

CREATE FUNCTION gdpr.mailable_for(caller oid, purpose text, channel gdpr.channel,
								  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number integer := gdpr.require_grant(caller, purpose);
BEGIN
	RETURN QUERY
		SELECT s.relation, s.key FROM gdpr.subject s
		WHERE s.relation IS NOT NULL AND s.wrapped_key IS NOT NULL
		  AND gdpr.refusal(s.permissions, number, mailable_for.channel) IS NULL;
END $$;
COMMENT ON FUNCTION gdpr.mailable_for(oid, text, gdpr.channel) IS 'internal: mailable for a caller';

/* The verdict is the policy's; "no valid consent" is told apart by the last event. */
CREATE FUNCTION gdpr.excluded_for(caller oid, purpose text, channel gdpr.channel,
								  OUT subject_table regclass, OUT subject_key text, OUT reason text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked integer := gdpr.require_grant(caller, purpose);
BEGIN
	RETURN QUERY
		SELECT s.relation, s.key,
			   CASE WHEN r.refusal <> 'no valid consent' THEN r.refusal
					ELSE coalesce((SELECT CASE WHEN e.state IN ('given', 'renewed') THEN 'consent expired'
											   ELSE 'consent ' || e.state END
								   FROM gdpr.consents_at(s.number, now()) e
								   WHERE e.purpose = asked AND e.channel IN (excluded_for.channel, 'any')
								   ORDER BY e.since DESC LIMIT 1), 'consent never given') END
		FROM gdpr.subject s,
			 LATERAL (SELECT gdpr.refusal(s.permissions, asked, excluded_for.channel) AS refusal) r
		WHERE s.relation IS NOT NULL AND s.wrapped_key IS NOT NULL AND r.refusal IS NOT NULL;
END $$;
COMMENT ON FUNCTION gdpr.excluded_for(oid, text, gdpr.channel) IS 'internal: excluded for a caller';
