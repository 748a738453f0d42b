/*
 * mailable.sql: which people may I contact now, and why not the others.
 */
CREATE FUNCTION gdpr.mailable(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.mailable(text, gdpr.channel) IS
'Every person with a row tagged for the purpose who may be contacted for it over the channel, now (Art. 6, 7, 21). '
	'Errors: ZG002 when the purpose is unknown or not granted to the current user.';

CREATE FUNCTION gdpr.excluded(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text, OUT reason text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.excluded(text, gdpr.channel) IS
'Every person of the protected subject tables that mailable() leaves out, with one reason each. Errors as mailable.';

CREATE FUNCTION gdpr_internal.require_grant(caller oid, purpose text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number integer := gdpr.purpose_number(purpose);
BEGIN
	IF gdpr_internal.grant_level(caller, purpose) = 'none' THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG002',
			MESSAGE = format('purpose "%s" is not granted to role "%s"', purpose, pg_get_userbyid(caller)),
			HINT = format('SELECT gdpr.grant_purpose(%L, %L);', purpose, pg_get_userbyid(caller));
	END IF;
	RETURN number;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_grant(oid, text) IS
'internal: the number of a purpose granted to the caller; ZG002 otherwise';

/*
 * Every person with the verdict on contacting them: NULL when they may be. A person counts who has a key, and a row
 * in the subject table whose tag holds the purpose; the rest is the policy's. "No valid consent" is told apart by the
 * last event.
 */
CREATE FUNCTION gdpr_internal.contact_verdicts(purpose text, channel gdpr.channel,
									  OUT subject_table regclass, OUT subject_key text, OUT reason text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked integer := gdpr.purpose_number(purpose);
	any_suppressed boolean := EXISTS (SELECT FROM gdpr.suppression);
	suppressed text;
	people regclass;
BEGIN
	FOR people IN SELECT p.relation FROM gdpr.protected_table p WHERE p.subject_table = p.relation
	LOOP
		SELECT coalesce(string_agg(
			format('EXISTS (SELECT FROM gdpr.suppression x WHERE x.hash = gdpr_internal.suppression_hash(t.%I) AND '
			'x.channel IN ($2, ''any''))',
										  a.attname), ' OR '), 'false')
		INTO suppressed FROM pg_attribute a
		WHERE a.attrelid = people AND NOT a.attisdropped
		  AND (a.atttypid = 'gdpr.pii_email'::regtype AND contact_verdicts.channel NOT IN ('sms', 'phone')
			   OR a.atttypid = 'gdpr.pii_phone'::regtype AND contact_verdicts.channel <> 'email');
		RETURN QUERY EXECUTE format($query$
			SELECT s.relation, s.key,
				   CASE WHEN NOT t.purposes @> $3 THEN 'not collected for the purpose'
						WHEN r.refusal = 'no valid consent' THEN
							coalesce((SELECT CASE WHEN e.state IN ('given', 'renewed') THEN 'consent expired'
												  ELSE 'consent ' || e.state END
									  FROM gdpr_internal.consents_at(s.number, clock_timestamp()) e
									  WHERE e.purpose = $1 AND e.channel IN ($2, 'any')
									  ORDER BY e.since DESC LIMIT 1), 'consent never given')
						WHEN r.refusal IS NULL AND $4 AND (%s) THEN 'suppressed'
						ELSE r.refusal END
			FROM %s t
			JOIN gdpr.subject s ON s.number = t.gdpr_subject
			CROSS JOIN LATERAL gdpr_internal.refusal(s.permissions, $1, $2) AS r (refusal)
			WHERE s.wrapped_key IS NOT NULL $query$, suppressed, people)
		USING asked, channel, ARRAY[purpose]::gdpr.purpose_set, any_suppressed;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.contact_verdicts(text, gdpr.channel) IS
'internal: every person of the protected subject tables, with the reason not to contact them, or NULL';

CREATE FUNCTION gdpr_internal.mailable_for(caller oid, purpose text, channel gdpr.channel,
								  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.subject_table, v.subject_key
	FROM gdpr_internal.require_grant(caller, purpose), gdpr_internal.contact_verdicts(purpose, channel) v
	WHERE v.reason IS NULL
$$;
COMMENT ON FUNCTION gdpr_internal.mailable_for(oid, text, gdpr.channel) IS 'internal: mailable for a caller';

CREATE FUNCTION gdpr_internal.excluded_for(caller oid, purpose text, channel gdpr.channel,
								  OUT subject_table regclass, OUT subject_key text, OUT reason text)
	RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.*
	FROM gdpr_internal.require_grant(caller, purpose), gdpr_internal.contact_verdicts(purpose, channel) v
	WHERE v.reason IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr_internal.excluded_for(oid, text, gdpr.channel) IS 'internal: excluded for a caller';
