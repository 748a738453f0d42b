/* findings.sql: deadlines of breaches that are near or past. */
CREATE FUNCTION gdpr_internal.breach_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'breach-overdue', 'breach ' || b.breach, b.what, 'SELECT * FROM gdpr.breach_overdue();'
	FROM gdpr.breach_overdue() b
$$;
COMMENT ON FUNCTION gdpr_internal.breach_findings() IS 'internal: part of status(): deadlines of breaches';
SELECT gdpr_internal.finds('breach', 'gdpr_internal.breach_findings');
