/*
 * status.sql: everything that is not as it should be, each with the command that mends it.
 *
 * A function per topic, each a query of the catalogs; status() is the list of them. They look at what is there, not at
 * what protect() once did: a table that was restored, replicated or altered by hand is judged the same.
 *
 * error: data are open or cannot be read, or kept though their time is over. warning: a promise does not hold in full, or one person costs a whole table.
 * info: worth knowing.
 */

/* Compiling these queries takes longer than running them. */
CREATE FUNCTION gdpr.status() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT f.* FROM (
		SELECT * FROM gdpr_internal.key_findings() UNION ALL SELECT * FROM gdpr.lint()
		UNION ALL SELECT * FROM gdpr_internal.column_findings() UNION ALL SELECT * FROM gdpr_internal.owner_findings()
		UNION ALL SELECT * FROM gdpr_internal.people_findings() UNION ALL SELECT * FROM gdpr_internal.law_findings()
		UNION ALL SELECT * FROM gdpr.tag_findings()
		UNION ALL SELECT * FROM gdpr_internal.audit_findings() UNION ALL SELECT * FROM gdpr_internal.anomaly_findings()
		UNION ALL SELECT * FROM gdpr_internal.time_findings()
		UNION ALL SELECT * FROM gdpr_internal.journal_findings()
	) f
	ORDER BY array_position('{error,warning,info}', f.severity), f.object COLLATE "C", f.finding COLLATE "C"
$$;
COMMENT ON FUNCTION gdpr.status() IS
'Everything that is not as it should be, worst first: severity (error: data open, unreadable or kept too long; '
	'warning: a promise not held in full; info: worth knowing), where, what, and the command that mends it. No error '
	'and no warning: all is well. Art. 5(2), 24, 32(1)(d).';

/* What time brings: retention, jobs, deadlines of breaches, labels that end. */
CREATE FUNCTION gdpr_internal.time_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN r.finding IN ('retention is late', 'retention failed') THEN 'error'
				WHEN r.finding IN ('no retention rule', 'no index for the clock') THEN 'info' ELSE 'warning' END,
		   coalesce(r.relation::text, 'retention'), concat_ws(': ', r.finding || coalesce(' for ' || r.purpose, ''),
			   r.detail), r.hint
	FROM gdpr.retention_findings() r
	UNION ALL
	SELECT 'warning', 'job ' || j.job, j.detail, 'SELECT * FROM cron.job_run_details ORDER BY runid DESC;'
	FROM gdpr_internal.job_findings() j
	UNION ALL
	SELECT 'warning', 'breach ' || b.breach, b.what, 'SELECT * FROM gdpr.breach_overdue();'
	FROM gdpr.breach_overdue() b
	UNION ALL
	SELECT 'warning', l.relation::text, 'its label "anonymous" has expired', 'SELECT * FROM gdpr.retest_anonymity();'
	FROM gdpr.anonymity_label l WHERE l.expires_at < now() AND l.relation::oid IN (SELECT oid FROM pg_class)
$$;
COMMENT ON FUNCTION gdpr_internal.time_findings() IS 'internal: part of status()';

/* A key begins with a byte of version and the 8 bytes of its master key's fingerprint (src/crypto/wrap.h). */
CREATE FUNCTION gdpr_internal.key_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	status record;
	sample text;
BEGIN
	IF NOT regexp_split_to_array(current_setting('shared_preload_libraries'), '[\s,"]+') && '{gdpr,$libdir/gdpr}' THEN
		RETURN NEXT ('error', 'server',
			'the library is not preloaded: nothing can be revealed, and nothing is recorded',
			format('ALTER SYSTEM SET shared_preload_libraries = %L; then restart the server.',
				concat_ws(',', nullif(current_setting('shared_preload_libraries'), ''), 'gdpr')))::gdpr.finding;
	END IF;
	SELECT * INTO status FROM gdpr.key_status();
	IF coalesce(status.keys, 0) = 0 THEN
		RETURN NEXT ('error', 'master key', 'none is loaded' || coalesce(': ' || status.reason, ''),
			coalesce(status.hint, 'ALTER SYSTEM SET gdpr.key_file = ''<path>''; SELECT '
				'pg_reload_conf();'))::gdpr.finding;
		RETURN;
	ELSIF status.failed_at IS NOT NULL THEN
		RETURN NEXT ('warning', 'master key', 'the keys could not be read again: ' || status.reason,
			status.hint)::gdpr.finding;
	END IF;
	/* of a large table about a million people stand for all */
	SELECT format('TABLESAMPLE SYSTEM (%s)', 1e8 / c.reltuples) INTO sample
	FROM pg_class c WHERE c.oid = 'gdpr.subject'::regclass AND c.reltuples > 2e6;
	RETURN QUERY EXECUTE format($q$
		SELECT CASE WHEN k.fingerprint IS NULL THEN 'error' ELSE 'warning' END, 'master key ' || w.fingerprint,
			   format('%%s of %%s wrapped by it, and it is not %%s', CASE WHEN w.what = 'people' THEN w.keys || ' keys'
				   ELSE 'secret' END, w.what,
					  CASE WHEN k.fingerprint IS NULL THEN 'loaded' ELSE 'the active one' END),
			   CASE WHEN k.fingerprint IS NULL
				   THEN 'Put that key back into the key file or key command; SELECT pg_reload_conf();'
					ELSE 'CALL gdpr.rotate_master_key();' END
		FROM (SELECT encode(substr(s.wrapped_key, 2, 8), 'hex') AS fingerprint, 'people' AS what, count(*) AS keys
			  FROM gdpr.subject s %s WHERE s.wrapped_key IS NOT NULL GROUP BY 1
			  UNION ALL
			  SELECT encode(substr(m.wrapped_secret, 2, 8), 'hex'), 'the database', 1 FROM gdpr.meta m) w
		LEFT JOIN gdpr.master_keys() k ON k.fingerprint = w.fingerprint
		WHERE k.active IS NOT TRUE$q$, sample);
END $$;
COMMENT ON FUNCTION gdpr_internal.key_findings() IS 'internal: part of status(): library and master keys';

/* Row security, policy and triggers can be taken away by a superuser or the owner. */
CREATE FUNCTION gdpr_internal.guard_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', g.relation::text, 'rows are not filtered by purpose: row security is not enabled and forced',
		   format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;', g.relation)
	FROM gdpr.guarded_table g WHERE NOT g.secured
	UNION ALL
	SELECT 'error', g.relation::text, CASE WHEN p.oid IS NULL THEN 'policy gdpr_rows is missing'
		ELSE 'policy gdpr_rows was altered' END,
		   CASE WHEN p.oid IS NULL THEN '' ELSE format('DROP POLICY gdpr_rows ON %s; ', g.relation) END
			   || format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
	FROM gdpr.guarded_table g LEFT JOIN pg_policy p ON p.polrelid = g.relation AND p.polname = 'gdpr_rows'
	WHERE p.oid IS NULL OR p.polpermissive OR p.polcmd <> '*' OR p.polroles <> '{0}'
	   OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM 'gdpr.row_visible(purposes, gdpr_subject)'
	   OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM 'gdpr.row_writable(purposes, gdpr_subject)'
	UNION ALL
	SELECT 'warning', g.relation::text, 'no permissive policy is left: nobody sees a row',
		format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
	FROM gdpr.guarded_table g WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = g.relation
		AND p.polpermissive)
	UNION ALL
	/* tgtype: 1 row, 2 before, 4 insert, 16 update, 32 truncate */
	SELECT CASE made.name WHEN '~gdpr_bind' THEN 'error' ELSE 'warning' END, g.relation::text,
		   format('trigger %I is %s', made.name, CASE WHEN t.oid IS NULL THEN 'missing' WHEN t.tgenabled IN ('D', 'R')
			   THEN 'disabled' ELSE 'not the one that protect() makes' END),
		   CASE WHEN t.oid IS NULL THEN format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
				WHEN t.tgenabled IN ('D', 'R') THEN format('ALTER TABLE %s ENABLE TRIGGER %I;', g.relation, made.name)
				ELSE format('DROP TRIGGER %I ON %s; SELECT gdpr_internal.guard_rows(%L);', made.name, g.relation,
					g.relation) END
	FROM gdpr.guarded_table g
	CROSS JOIN (VALUES ('~gdpr_bind', 'gdpr_internal.bind_row()', 1 + 2 + 4 + 16),
		('~gdpr_unborn', 'gdpr_internal.take_back_unborn()', 4),
					   ('~gdpr_truncate', 'gdpr_internal.record_truncate()', 2 + 32)) made (name, function, type)
	LEFT JOIN pg_trigger t ON t.tgrelid = g.relation AND t.tgname = made.name
	WHERE t.oid IS NULL OR t.tgenabled IN ('D', 'R') OR t.tgfoid <> made.function::regprocedure OR t.tgtype <> made.type
	   OR t.tgqual IS NOT NULL OR t.tgattr <> ''
	UNION ALL
	SELECT 'warning', g.relation::text,
		format('trigger %I fires after "~gdpr_bind" and may change what was bound', t.tgname),
		   format('ALTER TRIGGER %I ON %s RENAME TO %I;', t.tgname, g.relation, ltrim(t.tgname, '~'))
	FROM gdpr.guarded_table g JOIN pg_trigger t ON t.tgrelid = g.relation
	WHERE NOT t.tgisinternal AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND t.tgname::text COLLATE "C" > '~gdpr_bind'
	UNION ALL
	SELECT 'error', 'event trigger ' || e.evtname, 'it is disabled: changes of tables go unnoticed',
		format('ALTER EVENT TRIGGER %I ENABLE;', e.evtname)
	FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
	WHERE p.pronamespace = 'gdpr_internal'::regnamespace AND e.evtenabled IN ('D', 'R')
	UNION ALL
	SELECT 'error', t.tgrelid::regclass::text, format('trigger %I is disabled', t.tgname),
		   format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', t.tgrelid::regclass, t.tgname)
	FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
	WHERE c.relnamespace = 'gdpr'::regnamespace AND NOT t.tgisinternal AND t.tgenabled = 'D'
$$;
COMMENT ON FUNCTION gdpr_internal.guard_findings() IS 'internal: part of lint(): row security, policies and triggers';

CREATE FUNCTION gdpr_internal.column_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', format('%s.%I', s.relation, s.attname), 'no CHECK keeps out values that belong to nobody',
		   format('ALTER TABLE %s ADD CHECK (gdpr.is_bound(%I));', s.relation, s.attname)
	FROM gdpr.sealed_column s JOIN gdpr.guarded_table g ON g.relation = s.relation
	WHERE NOT s.checked
	  AND NOT EXISTS (		/* what is added to the parent comes to its children */
			SELECT FROM pg_inherits i JOIN gdpr.sealed_column p ON p.relation = i.inhparent AND p.attname = s.attname
			WHERE i.inhrelid = s.relation AND NOT p.checked)
	UNION ALL
	SELECT 'error', format('%s.%I', s.relation, s.attname), 'its DEFAULT fills in values that belong to nobody',
		   format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', s.relation, s.attname)
	FROM gdpr.sealed_column s WHERE s.has_default
	UNION ALL
	SELECT 'error', s.relation::text,
		   format('the table is not protected: %s are sealed for nobody in particular, so no purpose is asked and no '
			   'erasure reaches them', string_agg(quote_ident(s.attname), ', ' ORDER BY s.attnum)),
		   format('SELECT gdpr.protect(%L, ''{<purpose>}'', owner => ''<column>'');', s.relation)
	FROM gdpr.sealed_column s
	WHERE NOT EXISTS (SELECT FROM gdpr.guarded_table g WHERE g.relation = s.relation)
	GROUP BY s.relation
	UNION ALL
	SELECT 'error', format('%s.%I', p.relation, p.column_name), 'a registered column is not there, or of another type',
		   format('DELETE FROM gdpr.protected_column WHERE relation = %L::regclass AND column_name = %L;', p.relation,
			   p.column_name)
	FROM gdpr.protected_column p JOIN pg_class c ON c.oid = p.relation
	WHERE NOT EXISTS (SELECT FROM gdpr.sealed_column s WHERE s.relation = p.relation AND s.attname = p.column_name
		AND s.class = p.class)
	UNION ALL
	SELECT 'warning', format('%s.%I', q.relation, q.column_name),
		format('%s values that are not of class %s are in quarantine', count(*), q.class),
		   format('SELECT row_key FROM gdpr.quarantine WHERE relation = %L::regclass; correct these rows, then delete '
			   'them from gdpr.quarantine.', q.relation)
	FROM gdpr.quarantine q JOIN pg_class c ON c.oid = q.relation GROUP BY q.relation, q.column_name, q.class
$$;
COMMENT ON FUNCTION gdpr_internal.column_findings() IS 'internal: part of status(): sealed columns and quarantine';

/* Does the owner path of a table still lead to its people, and by index? */
CREATE FUNCTION gdpr_internal.owner_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	protected gdpr.protected_table;
	hint text;
BEGIN
	FOR protected IN SELECT p.* FROM gdpr.protected_table p JOIN pg_class c ON c.oid = p.relation
	LOOP
		IF EXISTS (SELECT FROM gdpr.graph_link g WHERE g.relation = protected.relation AND g.binds
				   AND NOT EXISTS (SELECT FROM gdpr.subject_table t JOIN pg_class c ON c.oid = t.relation
					   WHERE t.relation = g.subject_table)) THEN
			RETURN NEXT ('error', protected.relation::text, 'the table of the people its rows are about is gone',
				format('SELECT gdpr.unprotect(%L); then protect it with another owner.',
					protected.relation))::gdpr.finding;
			CONTINUE;
		END IF;
		BEGIN
			PERFORM gdpr_internal.check_types(protected.relation);
			PERFORM FROM gdpr_internal.binding(protected.relation);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			RETURN NEXT ('error', protected.relation::text, SQLERRM, hint)::gdpr.finding;
		END;
	END LOOP;
	RETURN QUERY
		SELECT 'warning', i.relation::text, format('no index on (%s): the rows of one person are found by a scan',
			array_to_string(i.columns, ', ')), i.command
		FROM gdpr.missing_indexes() i;
END $$;
COMMENT ON FUNCTION gdpr_internal.owner_findings() IS 'internal: part of status(): owner paths and their indexes';

/* A view reads with the rights of its owner unless it is security_invoker. Views over views are found too. */
CREATE FUNCTION gdpr_internal.view_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE reader (oid) AS (
		SELECT g.relation::oid FROM gdpr.guarded_table g
		UNION
		SELECT w.ev_class
		FROM reader r
		JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
			AND d.classid = 'pg_rewrite'::regclass
		JOIN pg_rewrite w ON w.oid = d.objid
	)
	SELECT 'warning', v.oid::regclass::text,
		   CASE v.relkind WHEN 'v' THEN 'the view reads protected rows with the rights of its owner, not of '
			   'whoever asks'
						  ELSE 'the materialized view copies protected rows to where no purpose is asked' END,
		   CASE v.relkind WHEN 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', v.oid::regclass)
						  ELSE format('DROP MATERIALIZED VIEW %s; a view with security_invoker can take its place.',
							  v.oid::regclass) END
	FROM reader r JOIN pg_class v ON v.oid = r.oid AND v.relkind IN ('v', 'm')
	WHERE v.relkind = 'm' OR NOT EXISTS (
		SELECT FROM pg_options_to_table(v.reloptions) o WHERE o.option_name = 'security_invoker'
			AND o.option_value::boolean)
$$;
COMMENT ON FUNCTION gdpr_internal.view_findings() IS 'internal: part of lint(): views over protected tables';

/* Row by row through jsonb: a column of PostgreSQL 16 is simply missing before. */
CREATE FUNCTION gdpr_internal.replication_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', s.relation::text,
		   format('REPLICA IDENTITY FULL compares %s, which cannot be compared: updates and deletes fail at the '
			   'subscriber', string_agg(quote_ident(s.attname), ', ' ORDER BY s.attnum)),
		   format('ALTER TABLE %s REPLICA IDENTITY DEFAULT;', s.relation)
	FROM gdpr.sealed_column s WHERE s.relreplident = 'f' AND NOT s.comparable GROUP BY s.relation
	UNION ALL
	SELECT 'info', 'publication ' || quote_ident(p.pubname),
		format('it sends protected tables, sealed: %s',
		string_agg(g.relation::text, ', ' ORDER BY g.relation::text COLLATE "C")),
		   'At the subscriber, the owner of the subscription needs BYPASSRLS, from PostgreSQL 16 on also '
			   'run_as_owner = true.'
	FROM pg_publication_tables p
	JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = (SELECT n.oid FROM pg_namespace n
		WHERE n.nspname = p.schemaname)
	JOIN gdpr.guarded_table g ON g.relation = c.oid
	GROUP BY p.pubname
	UNION
	SELECT 'error', 'subscription ' || quote_ident(s.subname), 'row security stops its owner',
		format('ALTER ROLE %I BYPASSRLS;', o.rolname)
	FROM pg_subscription s
	JOIN pg_roles o ON o.oid = s.subowner AND NOT (o.rolbypassrls OR o.rolsuper)
	JOIN pg_subscription_rel r ON r.srsubid = s.oid
	JOIN gdpr.guarded_table g ON g.relation = r.srrelid
	UNION
	SELECT 'error', 'subscription ' || quote_ident(s.subname), 'row security stops it, as it does not run as its owner',
		   format('ALTER SUBSCRIPTION %I SET (run_as_owner = true);', s.subname)
	FROM pg_subscription s
	JOIN pg_subscription_rel r ON r.srsubid = s.oid
	JOIN gdpr.guarded_table g ON g.relation = r.srrelid
	JOIN pg_class c ON c.oid = g.relation
	JOIN pg_roles t ON t.oid = c.relowner AND NOT (t.rolbypassrls OR t.rolsuper)
	WHERE to_jsonb(s) ->> 'subrunasowner' = 'false'
$$;
COMMENT ON FUNCTION gdpr_internal.replication_findings() IS
'internal: part of lint(): publications, subscriptions, replica identities';

/* People whose row went by DELETE or TRUNCATE, or whose table was dropped. Who gave consent first has no row yet. */
CREATE FUNCTION gdpr_internal.people_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people record;
	without_row text;
	lost bigint;
BEGIN
	FOR people IN SELECT p.relation, c.reltuples FROM gdpr.protected_table p JOIN pg_class c ON c.oid = p.relation
		WHERE p.relation = p.subject_table
	LOOP
		without_row := format('FROM gdpr.subject s WHERE s.relation = %L::regclass AND s.wrapped_key IS NOT NULL AND '
			'NOT EXISTS (SELECT FROM %s t WHERE t.gdpr_subject = s.number)',
							  people.relation, people.relation);
		/* an anti join of two large tables is not for a look at the state of things */
		IF people.reltuples > 2e6 THEN
			RETURN NEXT ('info', people.relation::text, 'too large to look here for people without a row',
				format('SELECT count(*) %s;', without_row))::gdpr.finding;
			CONTINUE;
		END IF;
		EXECUTE format('SELECT count(*) %s AND NOT EXISTS (SELECT FROM gdpr.consent_event e WHERE e.subject = '
			's.number)', without_row) INTO lost;
		IF lost > 0 THEN
			RETURN NEXT ('warning', people.relation::text,
				format('%s people have a key, and neither a row (DELETE, TRUNCATE) nor a consent', lost),
				format('SELECT gdpr.erase_subject(s.relation, s.key, ''<ground>'') %s;', without_row))::gdpr.finding;
		END IF;
	END LOOP;
	SELECT count(*) INTO lost FROM gdpr.subject s
	/* without a key: the nameless subjects of rows kept after an erasure, or archived */
	WHERE s.wrapped_key IS NOT NULL AND s.key IS NOT NULL
	  AND NOT EXISTS (SELECT FROM gdpr.subject_table t JOIN pg_class c ON c.oid = t.relation
		  WHERE t.relation = s.relation);
	IF lost > 0 THEN
		RETURN NEXT ('warning', 'gdpr.subject', format('%s people of dropped tables have a key', lost),
			'UPDATE gdpr.subject SET wrapped_key = NULL WHERE relation IS NULL AND key IS NOT NULL; destroys them for '
				'good, with the evidence sealed for these people.')::gdpr.finding;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.people_findings() IS 'internal: part of status(): people without a row';

CREATE FUNCTION gdpr_internal.role_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'role ' || quote_ident(r.rolname),
		'it bypasses row security: it reads the rows of every purpose, sealed; a dump or a subscription needs that, '
		'an application does not',
		   format('ALTER ROLE %I NOBYPASSRLS;', r.rolname)
	FROM pg_roles r WHERE r.rolbypassrls AND NOT r.rolsuper
	UNION ALL
	SELECT 'warning', 'role ' || quote_ident(r.rolname),
		format('a superuser, beyond what row security can stop, is granted purpose %s', p.name),
		   format('SELECT gdpr.revoke_purpose(%L, %L);', p.name, quote_ident(r.rolname))
	FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose JOIN pg_roles r ON r.oid = g.role
		AND r.rolsuper
	UNION ALL
	SELECT 'warning', 'purpose ' || p.name, 'it is granted to a role that does not exist any more',
		format('SELECT gdpr.revoke_purpose(%L, %L);', p.name, g.role::oid)
	FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose
	WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = g.role)
$$;
COMMENT ON FUNCTION gdpr_internal.role_findings() IS 'internal: part of lint(): roles and grants';

/* Settings of the server, and of databases and roles, by which the log would hold what a person typed. */
CREATE FUNCTION gdpr_internal.log_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH talkative (name, pattern, severity, finding) AS (VALUES
		('log_statement', '^(mod|all)$', 'warning', 'the log repeats statements with the values in them'),
		('log_statement', '^ddl$', 'info', 'the log repeats DDL, with the values in it'),
		('log_min_duration_statement', '^[^-]', 'warning', 'the log repeats slow statements with the values in them'),
		('log_min_duration_sample', '^[^-]', 'warning',
			'the log repeats a sample of statements with the values in them'),
		('log_transaction_sample_rate', '[1-9]', 'warning',
			'the log repeats a sample of transactions with the values in them'),
		('log_parameter_max_length_on_error', '^[^0]', 'warning',
			'the log repeats the parameters of failing statements'),
		('debug_print_parse', '^(on|true|yes|1)$', 'warning', 'the log holds parse trees with the values in them'),
		('debug_print_rewritten', '^(on|true|yes|1)$', 'warning',
			'the log holds rewritten queries with the values in them'),
		('debug_print_plan', '^(on|true|yes|1)$', 'warning', 'the log holds plans with the values in them'),
		('auto_explain.log_min_duration', '^[^-]', 'warning',
			'the log holds plans and statements with the values in them'),
		('gdpr.log_statements', '^(on|true|yes|1)$', 'warning',
			'the log repeats failing statements with the values in them')
	), setting (name, value, holder, mend) AS (
		SELECT s.name, s.reset_val, '', format('ALTER SYSTEM RESET %s; SELECT pg_reload_conf();', s.name)
		FROM pg_settings s WHERE s.source NOT IN ('database', 'user', 'database user')
		UNION ALL
		SELECT c.name, c.value, coalesce(' of role ' || quote_ident(r.rolname), '')
			|| coalesce(' in database ' || quote_ident(d.datname), ''),
			   CASE WHEN r.oid IS NULL THEN format('ALTER DATABASE %I RESET %s;', d.datname, c.name)
					ELSE format('ALTER ROLE %I%s RESET %s;', r.rolname, ' IN DATABASE ' || quote_ident(d.datname),
						c.name) END
		FROM pg_db_role_setting s
		CROSS JOIN LATERAL (SELECT split_part(x, '=', 1), substr(x, strpos(x, '=') + 1)
			FROM unnest(s.setconfig) x) c (name, value)
		LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = 0 OR d.datname = current_database()
	)
	SELECT t.severity, 'setting ' || s.name || s.holder, format('%s: %s', s.value, t.finding), s.mend
	FROM setting s JOIN talkative t ON t.name = s.name AND s.value ~ t.pattern
	UNION ALL
	SELECT 'info', 'extension pg_stat_statements', 'it keeps the text of utility statements, with the values in them',
		   'ALTER SYSTEM SET pg_stat_statements.track_utility = off; SELECT pg_reload_conf();'
	FROM pg_extension e WHERE e.extname = 'pg_stat_statements'
		AND current_setting('pg_stat_statements.track_utility', true) IS DISTINCT FROM 'off'
$$;
COMMENT ON FUNCTION gdpr_internal.log_findings() IS
'internal: part of lint(): settings that write personal values into the server log';

/* The default tag says for which purposes a table is filled. Its text is read, and never executed: it is anybody's. */
CREATE FUNCTION gdpr_internal.default_purposes() RETURNS TABLE (relation regclass, purpose text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.relation, split_part(name, '#', 1)
	FROM gdpr.protected_table p
	JOIN pg_attribute a ON a.attrelid = p.relation AND a.attname = 'purposes' AND NOT a.attisdropped
	JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	CROSS JOIN regexp_split_to_table(substring(pg_get_expr(d.adbin, d.adrelid)
		FROM '^''\{([a-z0-9_#,]*)\}''::gdpr\.purpose_set$'), ',') name
$$;
COMMENT ON FUNCTION gdpr_internal.default_purposes() IS
'internal: the purposes in the default tags of protected tables';

/*
 * Rows that no purpose sees are data that nobody can use, correct or find, though they are kept. Of a large table a
 * sample of about a million rows stands for all.
 */
CREATE FUNCTION gdpr.tag_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	live constant text := '(SELECT array_agg(p.name)::gdpr.purpose_set FROM gdpr.purpose p '
						  'WHERE coalesce(p.valid_to > now(), true))';
	protected record;
	sample text;
	unseen bigint;
BEGIN
	FOR protected IN
		SELECT p.relation, sum(greatest(c.reltuples, 0)) AS rows
		FROM gdpr.protected_table p JOIN gdpr.guarded_table g ON g.root = p.relation
			JOIN pg_class c ON c.oid = g.relation
		GROUP BY p.relation
	LOOP
		sample := CASE WHEN protected.rows > 2e6 THEN format(' TABLESAMPLE SYSTEM (%s)', 1e8 / protected.rows)
			ELSE '' END;
		EXECUTE format('SELECT count(*) FROM %s t%s WHERE NOT t.purposes && %s', protected.relation, sample, live)
		INTO unseen;
		IF unseen > 0 THEN
			RETURN NEXT ('error', protected.relation::text,
				format('%s rows%s are seen for no purpose: all of their tags'' purposes have ended or are unknown',
					   unseen, CASE WHEN sample <> '' THEN ' of a sample' ELSE '' END),
				format('As a superuser, SELECT purposes, count(*) FROM %s t WHERE NOT t.purposes && %s GROUP BY 1; '
					   'then set a purpose that they may be kept for, or delete them.',
					   protected.relation, live))::gdpr.finding;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr.tag_findings() IS 'internal: part of status(): rows that no purpose sees';

CREATE FUNCTION gdpr_internal.law_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'controller', 'nobody is named as controller (Art. 13(1)(a))',
		   'SELECT gdpr.set_controller(<name>, <enterprise number>, <address>, <country>, <contact>, '
			   '<e-mail>, <phone>);'
	WHERE NOT EXISTS (SELECT FROM gdpr.controller)
	UNION ALL
	SELECT 'warning', 'purpose ' || p.name,
		   format('it rests on consent that no published notice asks for, and rows of %s are collected for it (Art. '
			   '4(11), 7)', string_agg(d.relation::text, ', ' ORDER BY d.relation::text COLLATE "C")),
		   format('SELECT gdpr.draft_notice(<name>, ''form'', ''{%s}'', ...); SELECT gdpr.publish_notice(<name>);',
			   p.name)
	FROM gdpr_internal.default_purposes() d JOIN gdpr.purpose p ON p.name = d.purpose
	WHERE p.basis = 'consent' AND coalesce(p.valid_to > now(), true)
	  AND NOT EXISTS (SELECT FROM gdpr.notice n WHERE n.published_at IS NOT NULL AND p.number = ANY (n.purposes))
	GROUP BY p.name
	UNION ALL
	SELECT 'warning', 'purpose ' || p.name, format('it has ended, and rows of %s are still collected for it',
		string_agg(d.relation::text, ', ' ORDER BY d.relation::text COLLATE "C")),
		   string_agg(format('ALTER TABLE %s ALTER COLUMN purposes SET DEFAULT ''{<purposes>}'';', d.relation), ' '
			   ORDER BY d.relation::text COLLATE "C")
	FROM gdpr_internal.default_purposes() d JOIN gdpr.purpose p ON p.name = d.purpose
	WHERE p.valid_to <= now() GROUP BY p.name
	UNION ALL
	SELECT 'info', 'gdpr.consent_without_evidence', format('%s consents lack their recording', count(*)),
		'SELECT gdpr.attach_evidence(consent, ...) for each.'
	FROM gdpr.consent_without_evidence HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.law_findings() IS
'internal: part of status(): controller, notices, purposes, evidence';
