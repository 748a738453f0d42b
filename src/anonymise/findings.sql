/* findings.sql: tables that are called anonymous, and were not measured since. */
CREATE FUNCTION gdpr_internal.anonymity_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'anonymity-expired', l.relation::text, 'its label "anonymous" has expired',
		'SELECT * FROM gdpr.retest_anonymity();'
	FROM gdpr.anonymity_label l WHERE l.expires_at < now() AND l.relation::oid IN (SELECT oid FROM pg_class)
$$;
COMMENT ON FUNCTION gdpr_internal.anonymity_findings() IS 'internal: part of status(): labels that have expired';
SELECT gdpr_internal.finds('anonymise', 'gdpr_internal.anonymity_findings');
