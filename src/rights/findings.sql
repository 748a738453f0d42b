/* findings.sql: requests of people that are late or unsettled. */
CREATE FUNCTION gdpr_internal.request_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', 'request-overdue', 'request ' || r.id,
		format('%s: the last day to answer was %s (Art. 12(3))', r.request_right, to_char(r.due_on, 'YYYY-MM-DD')),
		'SELECT * FROM gdpr.request_overdue; then answer it: a late answer is still due.'
	FROM gdpr.request_overdue r
	UNION ALL
	SELECT 'info', 'request-due-soon', 'request ' || r.id,
		format('%s: the last day to answer is %s', r.request_right, to_char(r.due_on, 'YYYY-MM-DD')),
		'SELECT * FROM gdpr.request_due_soon;'
	FROM gdpr.request_due_soon r
$$;
COMMENT ON FUNCTION gdpr_internal.request_findings() IS
'internal: part of status(): requests whose time is over, or soon';
SELECT gdpr_internal.finds('rights', 'gdpr_internal.request_findings');
