/* findings.sql: what is wrong with retention. */
CREATE FUNCTION gdpr.retention_findings(late_after interval DEFAULT '2 days') RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.severity, f.code, coalesce(f.relation::text, 'retention'),
		format('%s for %s: %s', f.finding, f.purpose, f.detail), f.fix
	FROM (
	SELECT 'info', 'retention-rule-missing',
		'no retention rule', p.relation, t.name, 'nothing says how long rows are kept for this purpose',
		   format('SELECT gdpr.set_retention(%L, %L, ...);', p.relation, t.name)
	FROM gdpr.protected_table p
		CROSS JOIN LATERAL gdpr_internal.carried_purposes(p.relation) t (name)
	WHERE NOT EXISTS (SELECT FROM gdpr.retention_rule r WHERE r.relation = p.relation
		AND r.purpose = gdpr.purpose_number(t.name, true))
	UNION ALL
	SELECT 'warning', 'retention-exceeds-notice', 'longer than the notice says', r.relation, p.name,
		   format('kept for %s, but notice %s version %s says %s', r.period + coalesce(r.archive_for, '0'), n.name,
			   n.version, n.retention_period),
		   format('SELECT gdpr.set_retention(%L, %L, period => %L, ...); or publish a notice that says so', r.relation,
			   p.name, n.retention_period)
	FROM gdpr.retention_rule r
	JOIN gdpr.purpose p ON p.number = r.purpose
	JOIN (SELECT DISTINCT ON (v.name) v.* FROM gdpr.notice v WHERE v.published_at IS NOT NULL ORDER BY v.name,
		v.published_at DESC) n
	  ON r.purpose = ANY (n.purposes) AND r.period + coalesce(r.archive_for, '0') > n.retention_period
	UNION ALL
	SELECT 'warning', 'retention-not-run',
		'rule of a table that is not protected', r.relation, p.name, 'the rule is not run',
		   format('SELECT gdpr.protect(%L, ...); or SELECT gdpr.drop_retention(%1$L, %L);', r.relation, p.name)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	WHERE NOT EXISTS (SELECT FROM gdpr.protected_table t WHERE t.relation = r.relation)
	UNION ALL
	SELECT 'warning', 'retention-column-gone',
		'column of a retention rule is gone', r.relation, p.name, format('%s has no column %I', c.relation, c.name),
		   format('SELECT gdpr.set_retention(%L, %L, ...);', r.relation, p.name)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	CROSS JOIN LATERAL (SELECT r.relation, r.column_name UNION SELECT r.relation, r.collected
						UNION SELECT e.relation, e.column_name FROM gdpr.retention_event e
							WHERE e.rule = r.number) c (relation, name)
	WHERE c.name IS NOT NULL AND NOT EXISTS (
		SELECT FROM pg_attribute a WHERE a.attrelid = c.relation AND a.attname = c.name AND NOT a.attisdropped)
	UNION ALL
	SELECT 'warning', 'retention-unconfirmed', 'first run awaits confirmation', r.relation, p.name,
		   format('it would take %s of %s rows', r.first_run_due, r.first_run_rows),
		   format('SELECT gdpr.confirm_retention(%L, %L); or set another period', r.relation, p.name)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	WHERE r.first_run_due IS NOT NULL AND r.confirmed_by IS NULL
	UNION ALL
	SELECT 'warning', 'retention-archive-gone',
		'archive of a rule is gone', r.relation, p.name, 'the foreign table does not exist any more',
		   format('SELECT gdpr.set_retention(%L, %L, ...);', r.relation, p.name)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	WHERE r.archive_in IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.archive_in)
	UNION ALL
	SELECT 'warning', 'retention-held-by-child', 'rows of a table without a rule keep others', r.relation, p.name,
		   format('foreign key %I of table %s, which has no retention rule', k.name, k.child),
		   format('SELECT gdpr.set_retention(%L, ...);', k.child)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	CROSS JOIN LATERAL gdpr_internal.keeping_references(r.relation, r.action) k
	WHERE NOT EXISTS (SELECT FROM gdpr.retention_rule o WHERE o.relation = k.child)
	UNION ALL
	SELECT 'info', 'retention-index-missing',
		'no index for the clock', r.relation, p.name, format('counting what is due reads all of %s', r.relation),
		   format('CREATE INDEX %sON %s (%I) INCLUDE (purposes);', CASE c.relkind WHEN 'p' THEN ''
			   ELSE 'CONCURRENTLY ' END, r.relation, r.column_name)
	FROM gdpr.retention_rule r JOIN gdpr.purpose p ON p.number = r.purpose
	JOIN pg_class c ON c.oid = r.relation JOIN pg_attribute a ON a.attrelid = r.relation AND a.attname = r.column_name
	WHERE r.trigger IN ('collected', 'column') AND c.reltuples > 1e6
	  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.relation AND i.indisvalid AND i.indpred IS NULL
		  AND i.indkey[0] = a.attnum)
	UNION ALL
	SELECT 'error', CASE WHEN s.last_state = 'failed' THEN 'retention-failed' ELSE 'retention-late' END,
		CASE WHEN s.last_state = 'failed' THEN 'retention failed' ELSE 'retention is late' END, r.relation, p.name,
		   CASE WHEN s.last_state = 'failed' THEN concat_ws(' ', 'the last run ended with SQLSTATE', s.last_error)
				ELSE 'no run has come to its end since ' || coalesce(to_char(s.last_success, 'YYYY-MM-DD HH24:MI'),
					'the rule was set') END,
		   'CALL gdpr.run_retention(); or SELECT gdpr.schedule_jobs();'
	FROM gdpr.retention_rule r
	JOIN gdpr.purpose p ON p.number = r.purpose
	JOIN gdpr.retention_runs s ON s.rule = r.number
	WHERE s.last_state = 'failed' OR greatest(s.last_success, r.set_at) < now() - late_after
	) f (severity, code, finding, relation, purpose, detail, fix)
	ORDER BY f.finding, f.relation, f.purpose, f.detail
$$;
COMMENT ON FUNCTION gdpr.retention_findings(interval) IS
'What is wrong with the retention of protected tables: purposes that rows carry or may carry without a rule, periods '
	'longer than the newest published notice says (Art. 13(2)(a)), rules that cannot run, runs that failed, and rules '
	'that no run has finished for late_after.';
SELECT gdpr_internal.finds('retention', 'gdpr.retention_findings');
