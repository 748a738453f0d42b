/*
 * mailable.sql: which people may I contact now, and why not the others.
 */
CREATE FUNCTION gdpr.mailable(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.mailable(text, gdpr.channel) IS
'Every person with a row tagged for the purpose who may be contacted for it over the channel, now (Art. 6, 7, 21). '
	'Errors: ZG002 when the purpose is unknown or not granted to the current user, ZG026 when it is direct marketing '
	'and a public opt-out list of the channel is too old.';

CREATE FUNCTION gdpr.excluded(purpose text, channel gdpr.channel,
							  OUT subject_table regclass, OUT subject_key text, OUT reason text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr.excluded(text, gdpr.channel) IS
'Every person of the protected subject tables that mailable() leaves out, with one reason each; '
	'gdpr.explain_processing(..., channel => ...) lists every test of one person. Errors as mailable.';

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

CREATE FUNCTION gdpr_internal.require_fresh_lists(purpose integer, channel gdpr.channel) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stale text := gdpr_internal.stale_optout_list(channel);
BEGIN
	IF stale IS NOT NULL AND EXISTS (SELECT FROM gdpr.purpose p
		WHERE p.number = require_fresh_lists.purpose AND p.direct_marketing) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG026',
			MESSAGE = format('the copy of opt-out list %s is too old for direct marketing', stale),
			HINT = format('Load today''s: SELECT gdpr.load_optout_list(%L, ...);', stale);
	END IF;
	RETURN purpose;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_fresh_lists(integer, gdpr.channel) IS
'internal: the purpose; ZG026 when it is direct marketing, and an opt-out list of the channel is too old';

CREATE FUNCTION gdpr_internal.mailable_for(caller oid, purpose text, channel gdpr.channel,
								  OUT subject_table regclass, OUT subject_key text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.subject_table, v.subject_key
	FROM gdpr_internal.require_fresh_lists(gdpr_internal.require_grant(caller, purpose), channel),
		gdpr_internal.contact_verdicts(purpose, channel) v
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
