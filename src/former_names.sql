/*
 * former_names.sql: names that scripts written before 1.0 call. They call what took their place, with its rights, and
 * go with 1.0.
 */
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT n.former, p.proname AS name, p.oid, p.pronargs, p.proretset
		FROM (VALUES ('appoint', 'grant_duty'), ('dismiss', 'revoke_duty'),
			('notices_due', 'notifications_due'), ('notice_delivered', 'notification_delivered'),
			('notice_failed', 'notification_failed'),
			('breach_acknowledge', 'acknowledge_breach'), ('breach_add_list', 'add_breach_list'),
			('breach_add_reads', 'add_breach_reads'), ('breach_add_table', 'add_breach_table'),
			('breach_assess', 'assess_breach'), ('breach_close', 'close_breach'), ('breach_confirm', 'confirm_breach'),
			('breach_describe', 'describe_breach'), ('breach_drop_scope', 'drop_breach_scope'),
			('breach_exempt', 'exempt_breach'), ('breach_notify', 'notify_breach'), ('breach_open', 'open_breach'),
			('breach_write_letter', 'write_breach_letter')) n (former, name)
		JOIN pg_catalog.pg_proc p ON p.pronamespace = 'gdpr'::pg_catalog.regnamespace AND p.proname = n.name
	LOOP
		EXECUTE pg_catalog.format('CREATE FUNCTION gdpr.%I(%s) RETURNS %s LANGUAGE sql SET search_path = pg_catalog, '
			'pg_temp AS %L', f.former, pg_catalog.pg_get_function_arguments(f.oid),
			pg_catalog.pg_get_function_result(f.oid),
			pg_catalog.format('SELECT %s gdpr.%I(%s)', CASE WHEN f.proretset THEN '* FROM' ELSE '' END, f.name,
				(SELECT pg_catalog.string_agg('$' || i, ', ') FROM pg_catalog.generate_series(1, f.pronargs) i)));
		EXECUTE pg_catalog.format('COMMENT ON FUNCTION gdpr.%I(%s) IS %L', f.former,
			pg_catalog.pg_get_function_identity_arguments(f.oid), 'former name of gdpr.' || f.name);
		EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION gdpr.%I FROM PUBLIC', f.former);
		INSERT INTO gdpr.duty_right
		SELECT d.duty, d.kind, f.former FROM gdpr.duty_right d WHERE d.kind = 'function' AND d.name = f.name;
	END LOOP;
END $$;
