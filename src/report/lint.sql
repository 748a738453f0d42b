/*
 * lint.sql: ways around the protection that an installation has grown: what no test of one table shows.
 *
 * lint() is the part of status() about these. Names of columns and the text of functions are read, never executed.
 */

/*
 * Columns of ordinary types that look personal: of protected tables, and of tables that repeat a sealed column's
 * name.
 */
CREATE FUNCTION gdpr_internal.plaintext_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH clear AS (
		SELECT c.oid, c.relkind, a.attname, a.attnum, gdpr_internal.looks_like(a.attname) AS class
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
		WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
		  AND c.relnamespace NOT IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace, 'pg_catalog'::regnamespace,
			  'information_schema'::regnamespace)
		  AND t.typnamespace <> 'gdpr'::regnamespace
		  AND (t.typcategory = 'S' OR t.oid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype,
			  'inet'::regtype, 'macaddr'::regtype))
		  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
			  AND d.deptype = 'e')
		  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
	)
	SELECT 'warning', 'column-looks-personal', format('%s.%I', c.oid::regclass, c.attname),
		   format('it is not sealed, beside columns that are, and by its name it may hold data of class %s', c.class),
		   format('SELECT gdpr.unprotect(%1$L); then gdpr.protect(%1$L, ..., columns => ''{..., "%2$s": '
			   '"pii_%3$s"}'').', c.oid::regclass, c.attname, c.class)
	FROM clear c JOIN gdpr.guarded_table g ON g.relation = c.oid
	WHERE c.class IS NOT NULL
	UNION ALL
	SELECT 'warning', 'plaintext-copy', c.oid::regclass::text,
		   format('it may be a copy in plaintext of columns that are sealed elsewhere: %s',
			   string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum)),
		   format('DROP TABLE %1$s; or SELECT gdpr.protect(%1$L, ''{<purpose>}'', owner => ''<column>'', columns => '
			   '...);', c.oid::regclass)
	FROM clear c
	WHERE c.relkind <> 'f' AND c.class IS NOT NULL AND NOT EXISTS (SELECT FROM gdpr.guarded_table g
		WHERE g.relation = c.oid)
	  AND EXISTS (SELECT FROM gdpr.sealed_column s WHERE s.attname = c.attname)
	GROUP BY c.oid
	HAVING count(*) > 1 OR bool_or(c.class <> 'name')	/* products have names, too */
	UNION ALL
	SELECT 'warning', 'foreign-table-unsealed',
		c.oid::regclass::text, format('it reaches personal data elsewhere, unsealed: %s',
		string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum)),
		   format('REVOKE ALL ON %s FROM <role>; name what it is for with gdpr.grant_purpose() where the data are.',
			   c.oid::regclass)
	FROM clear c WHERE c.relkind = 'f' AND c.class IS NOT NULL
	GROUP BY c.oid
$$;
COMMENT ON FUNCTION gdpr_internal.plaintext_findings() IS
'internal: part of lint(): columns that look personal and are not sealed';

/* Statistics repeat values: of sealed columns sealed ones, of the others as they are. */
CREATE FUNCTION gdpr_internal.statistics_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'statistics-combine-values', format('statistics %I.%I', n.nspname, x.stxname),
		   format('they keep combinations of values that describe people of %s', x.stxrelid::regclass),
		   format('DROP STATISTICS %I.%I;', n.nspname, x.stxname)
	FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace
		JOIN gdpr.guarded_table g ON g.relation = x.stxrelid
	WHERE 'm' = ANY (x.stxkind)
	  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = x.stxrelid AND a.attnum = ANY (x.stxkeys::int2[])
				  AND NOT EXISTS (SELECT FROM gdpr.sealed_column s WHERE s.relation = x.stxrelid
					  AND s.attnum = a.attnum))
	UNION ALL
	SELECT 'info', 'statistics-keep-values', format('%s.%I', g.relation, a.attname),
		'pg_stats keeps its commonest values, and with other columns it may tell who a person is',
		   format('ALTER TABLE %s ALTER %I SET STATISTICS 0; DELETE FROM pg_statistic WHERE starelid = %L::regclass '
			   'AND staattnum = %s;', g.relation, a.attname, g.relation, a.attnum)
	FROM gdpr.guarded_table g
	JOIN pg_attribute a ON a.attrelid = g.relation AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_statistic s ON s.starelid = g.relation AND s.staattnum = a.attnum
		AND 1 IN (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
	WHERE NOT EXISTS (SELECT FROM gdpr.sealed_column c WHERE c.relation = g.relation AND c.attnum = a.attnum)
	  AND gdpr_internal.name_category(a.attname) IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr_internal.statistics_findings() IS
'internal: part of lint(): statistics on columns that are not sealed';

/* What leaves the database, and whether on an open line. */
CREATE FUNCTION gdpr_internal.foreign_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'server-unencrypted', 'server ' || quote_ident(s.srvname), 'the connection need not be encrypted',
		   format('ALTER SERVER %I OPTIONS (%s sslmode ''verify-full'');', s.srvname, CASE WHEN o.sslmode IS NULL
			   THEN 'ADD' ELSE 'SET' END)
	FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
	CROSS JOIN LATERAL (SELECT max(o.option_value) FILTER (WHERE o.option_name = 'sslmode') AS sslmode,
							   max(o.option_value) FILTER (WHERE o.option_name = 'host') AS host
								   FROM pg_options_to_table(s.srvoptions) o) o
	WHERE w.fdwname IN ('postgres_fdw', 'dblink_fdw') AND coalesce(o.sslmode, 'prefer') NOT IN ('require', 'verify-ca',
		'verify-full')
	  AND coalesce(o.host, '/') NOT LIKE '/%'
	UNION ALL
	SELECT 'info', 'server-receives-data', 'server ' || quote_ident(s.srvname),
		format('what is revealed may be written to it by %s, where no purpose is asked for',
		coalesce(u.roles, 'every role that gets a user mapping')),
		   format('REVOKE USAGE ON FOREIGN SERVER %I FROM <role>;', s.srvname)
	FROM pg_foreign_server s
	CROSS JOIN LATERAL (SELECT string_agg(m.usename::text, ', ' ORDER BY m.usename::text COLLATE "C") AS roles
		FROM pg_user_mappings m WHERE m.srvid = s.oid) u
$$;
COMMENT ON FUNCTION gdpr_internal.foreign_findings() IS 'internal: part of lint(): foreign servers';

/* A function that runs with its owner's rights may reveal with its owner's purposes to every caller. */
CREATE FUNCTION gdpr_internal.function_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN e.everybody THEN 'warning' ELSE 'info' END, 'function-reveals', 'function ' || p.oid::regprocedure,
		   format('it reveals with the rights of %I to %s', r.rolname, CASE WHEN e.everybody THEN 'everybody'
			   ELSE e.grantees END),
		   CASE WHEN e.everybody THEN format('REVOKE EXECUTE ON FUNCTION %1$s FROM PUBLIC; or ALTER FUNCTION %1$s '
			   'SECURITY INVOKER;', p.oid::regprocedure)
				ELSE format('ALTER FUNCTION %s SECURITY INVOKER;', p.oid::regprocedure) END
	FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
	CROSS JOIN LATERAL (
		SELECT bool_or(a.grantee = 0) AS everybody,
			string_agg(g.rolname::text, ', ' ORDER BY g.rolname::text COLLATE "C") AS grantees
		FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a LEFT JOIN pg_roles g ON g.oid = a.grantee
		WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner) e
	WHERE p.prosecdef AND p.prokind <> 'a'
		AND p.pronamespace NOT IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace, 'pg_catalog'::regnamespace)
	  AND (e.everybody OR e.grantees IS NOT NULL)
	  AND (concat_ws(' ', p.prosrc,
		  pg_get_function_sqlbody(p.oid)) ~* 'gdpr\.(reveal|output|purpose|export_|portable_|pseudonymise)'
		   OR array_to_string(p.proconfig, ' ') ~ 'gdpr\.(purpose|output)')
$$;
COMMENT ON FUNCTION gdpr_internal.function_findings() IS
'internal: part of lint(): functions that reveal with the rights of their owner';

/*
 * What takes our types and is not ours. An operator or function whose arguments match exactly is taken before ours
 * whatever the search_path says, and gets the plaintext that a query compares with.
 */
CREATE FUNCTION gdpr_internal.type_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH ours (oid) AS (
		SELECT t.oid FROM pg_type t WHERE t.typnamespace = 'gdpr'::regnamespace
			AND (t.typname LIKE 'pii\_%' OR t.typname IN ('purpose_set', '_purpose_set') OR t.typname LIKE '\_pii\_%')
	), member (classid, objid) AS (
		SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname IN ('gdpr', 'gdpr_ext')
	)
	SELECT 'error', 'operator-not-ours', 'operator ' || o.oid::regoperator,
		'it takes sealed values, and is not the extension''s: it gets what a '
		'query compares with', format('DROP OPERATOR %s;', replace(o.oid::regoperator::text, '(NONE,', '(NONE, '))
	FROM pg_operator o
	WHERE (o.oprleft IN (SELECT oid FROM ours) OR o.oprright IN (SELECT oid FROM ours))
	  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)
	UNION ALL
	SELECT 'error', 'cast-not-ours', format('cast (%s AS %s)', c.castsource::regtype, c.casttarget::regtype),
		'it takes or makes sealed values, and is not the extension''s',
		format('DROP CAST (%s AS %s);', c.castsource::regtype, c.casttarget::regtype)
	FROM pg_cast c
	WHERE (c.castsource IN (SELECT oid FROM ours) OR c.casttarget IN (SELECT oid FROM ours))
	  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_cast'::regclass AND m.objid = c.oid)
	UNION ALL
	SELECT 'info', 'function-takes-values', 'function ' || p.oid::regprocedure,
		'it takes sealed values, and is not the extension''s: read what it does',
		format('DROP FUNCTION %s;', p.oid::regprocedure)
	FROM pg_proc p
	WHERE p.proargtypes::oid[] && ARRAY(SELECT oid FROM ours)
	  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
$$;
COMMENT ON FUNCTION gdpr_internal.type_findings() IS
'internal: part of lint(): operators, casts and functions on our types that are not ours';

/*
 * Code of a table's owner runs when others use the table, with the purpose that they state: triggers, and what stands
 * in policies, checks, defaults and views. Functions of a superuser that run with the superuser's rights see rows of
 * every purpose. Names of tables are looked for in their text: a finding is a question.
 */
CREATE FUNCTION gdpr_internal.code_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'trigger-reveals', t.tgrelid::regclass::text,
		format('trigger %I reveals with the purpose of every role that writes the table, for '
		'its owner %I', t.tgname, o.rolname), format('DROP TRIGGER %I ON %s;', t.tgname, t.tgrelid::regclass)
	FROM gdpr.guarded_table g JOIN pg_trigger t ON t.tgrelid = g.relation AND NOT t.tgisinternal AND t.tgparentid = 0
	JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_roles o ON o.oid = p.proowner
	WHERE p.pronamespace <> 'gdpr_internal'::regnamespace
	  AND concat_ws(' ', p.prosrc, pg_get_function_sqlbody(p.oid)) ~* 'gdpr\.(reveal|export_|portable_|pseudonymise)'
	UNION ALL
	SELECT DISTINCT 'warning', 'expression-reveals',
		coalesce(c.conrelid, a.adrelid, p.polrelid, w.ev_class)::regclass::text,
		format('%s reveals with the purpose of every role that uses it', CASE
			WHEN c.oid IS NOT NULL THEN format('constraint %I', c.conname) WHEN a.oid IS NOT NULL THEN 'a DEFAULT'
			WHEN p.oid IS NOT NULL THEN format('policy %I', p.polname) ELSE 'the view' END),
		'Read it; drop it, unless everybody who uses it is meant to see what it shows.'
	FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid AND f.pronamespace IN ('gdpr'::regnamespace,
		'gdpr_internal'::regnamespace) AND f.proname ~ '^(reveal|pseudonymise)'
	LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
	LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
	LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
	LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
	WHERE d.refclassid = 'pg_proc'::regclass AND d.deptype = 'n' AND coalesce(c.oid, a.oid, p.oid, w.oid) IS NOT NULL
	UNION ALL
	SELECT 'warning', 'function-bypasses-rows', 'function ' || p.oid::regprocedure,
		format('it runs as %I, which row security does not bind, and names protected tables: %s', r.rolname,
			string_agg(DISTINCT g.relation::text, ', ')),
		format('ALTER FUNCTION %s OWNER TO a role that row security holds; or SECURITY INVOKER.', p.oid::regprocedure)
	FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner AND (r.rolsuper OR r.rolbypassrls)
	JOIN gdpr.guarded_table g ON true JOIN pg_class c ON c.oid = g.relation
	WHERE p.prosecdef AND p.pronamespace NOT IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace,
		'pg_catalog'::regnamespace)
	  AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner)
	  AND p.prorettype <> 'trigger'::regtype
	  AND concat_ws(' ', p.prosrc, pg_get_function_sqlbody(p.oid))
		~* ('\m' || regexp_replace(c.relname, '\W', '.', 'g') || '\M')
	GROUP BY p.oid, r.rolname
$$;
COMMENT ON FUNCTION gdpr_internal.code_findings() IS
'internal: part of lint(): code that reveals, or passes row security by, for others than the role that runs it';

/* Row security, policy and triggers can be taken away by a superuser or the owner. */
CREATE FUNCTION gdpr_internal.guard_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', 'row-security-off',
		g.relation::text, 'rows are not filtered by purpose: row security is not enabled and forced',
		   format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;', g.relation)
	FROM gdpr.guarded_table g WHERE NOT g.secured
	UNION ALL
	SELECT 'error', CASE WHEN p.oid IS NULL THEN 'policy-missing' ELSE 'policy-altered' END,
		g.relation::text, CASE WHEN p.oid IS NULL THEN 'policy gdpr_rows is missing'
			ELSE 'policy gdpr_rows was altered' END,
		   CASE WHEN p.oid IS NULL THEN '' ELSE format('DROP POLICY gdpr_rows ON %s; ', g.relation) END
			   || format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
	FROM gdpr.guarded_table g LEFT JOIN pg_policy p ON p.polrelid = g.relation AND p.polname = 'gdpr_rows'
	WHERE p.oid IS NULL OR p.polpermissive OR p.polcmd <> '*' OR p.polroles <> '{0}'
	   OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM 'gdpr.row_visible(purposes, gdpr_subject)'
	   OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM 'gdpr.row_writable(purposes, gdpr_subject)'
	UNION ALL
	SELECT 'warning', 'no-permissive-policy', g.relation::text, 'no permissive policy is left: no role sees a row',
		format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
	FROM gdpr.guarded_table g WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = g.relation
		AND p.polpermissive)
	UNION ALL
	SELECT 'error', 'permissive-policy-left', g.relation::text,
		'policy gdpr_permit lets every row through beside the table''s own permissive policies',
		format('DROP POLICY gdpr_permit ON %s;', g.relation)
	FROM gdpr.guarded_table g JOIN pg_policy p ON p.polrelid = g.relation AND p.polname = 'gdpr_permit'
	WHERE EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = g.relation AND o.polpermissive AND o.oid <> p.oid)
	UNION ALL
	SELECT 'error', 'no-primary-key',
		g.relation::text, 'it has no primary key: its rows cannot be corrected, held or erased one by one',
		format('ALTER TABLE %s ADD PRIMARY KEY (...);', g.relation)
	FROM gdpr.guarded_table g WHERE g.relation = g.root
	  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = g.relation AND i.indisprimary)
	UNION ALL
	/* tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate */
	SELECT CASE made.name WHEN '~gdpr_bind' THEN 'error' ELSE 'warning' END,
		CASE WHEN t.oid IS NULL THEN 'trigger-missing' WHEN t.tgenabled IN ('D', 'R') THEN 'trigger-disabled'
			ELSE 'trigger-altered' END, g.relation::text,
		   format('trigger %I is %s', made.name, CASE WHEN t.oid IS NULL THEN 'missing' WHEN t.tgenabled IN ('D', 'R')
			   THEN 'disabled' ELSE 'not the one that protect() makes' END),
		   CASE WHEN t.oid IS NULL THEN format('SELECT gdpr_internal.guard_rows(%L);', g.relation)
				WHEN t.tgenabled IN ('D', 'R') THEN format('ALTER TABLE %s ENABLE TRIGGER %I;', g.relation, made.name)
				ELSE format('DROP TRIGGER %I ON %s; SELECT gdpr_internal.guard_rows(%L);', made.name, g.relation,
					g.relation) END
	FROM gdpr.guarded_table g
	CROSS JOIN (VALUES ('~gdpr_bind', 'gdpr_internal.bind_row()', 1 + 2 + 4 + 8 + 16),
		('~gdpr_unused', 'gdpr_internal.remove_unused_subjects()', 4),
					   ('~gdpr_truncate', 'gdpr_internal.record_truncate()', 2 + 32)) made (name, function, type)
	LEFT JOIN pg_trigger t ON t.tgrelid = g.relation AND t.tgname = made.name
	WHERE t.oid IS NULL OR t.tgenabled IN ('D', 'R') OR t.tgfoid <> made.function::regprocedure OR t.tgtype <> made.type
	   OR t.tgqual IS NOT NULL OR t.tgattr <> ''
	UNION ALL
	SELECT 'warning', 'trigger-after-binding', g.relation::text,
		format('trigger %I fires after "~gdpr_bind" and may change what was bound', t.tgname),
		   format('ALTER TRIGGER %I ON %s RENAME TO %I;', t.tgname, g.relation, ltrim(t.tgname, '~'))
	FROM gdpr.guarded_table g JOIN pg_trigger t ON t.tgrelid = g.relation
	WHERE NOT t.tgisinternal AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND t.tgname::text COLLATE "C" > '~gdpr_bind'
	UNION ALL
	SELECT 'error', 'event-trigger-disabled',
		'event trigger ' || e.evtname, 'it is disabled: changes of tables go unnoticed',
		format('ALTER EVENT TRIGGER %I ENABLE;', e.evtname)
	FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
	WHERE p.pronamespace = 'gdpr_internal'::regnamespace AND e.evtenabled IN ('D', 'R')
	UNION ALL
	SELECT 'error', 'own-trigger-disabled', t.tgrelid::regclass::text, format('trigger %I is disabled', t.tgname),
		   format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', t.tgrelid::regclass, t.tgname)
	FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
	WHERE c.relnamespace = 'gdpr'::regnamespace AND NOT t.tgisinternal AND t.tgenabled = 'D'
$$;
COMMENT ON FUNCTION gdpr_internal.guard_findings() IS 'internal: part of lint(): row security, policies and triggers';

CREATE FUNCTION gdpr_internal.role_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'role-bypasses-rows', 'role ' || quote_ident(r.rolname),
		'it bypasses row security: it reads the rows of every purpose, sealed; a dump or a subscription needs that, '
		'an application does not',
		   format('ALTER ROLE %I NOBYPASSRLS;', r.rolname)
	FROM pg_roles r WHERE r.rolbypassrls AND NOT r.rolsuper
	UNION ALL
	SELECT 'warning', 'superuser-has-purpose', 'role ' || quote_ident(r.rolname),
		format('a superuser, beyond what row security can stop, is granted purpose %s', p.name),
		   format('SELECT gdpr.revoke_purpose(%L, %L);', p.name, quote_ident(r.rolname))
	FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose JOIN pg_roles r ON r.oid = g.role
		AND r.rolsuper
	UNION ALL
	/* the server's own user reads the key file and the disk, and so does who acts through it */
	SELECT 'warning', 'role-acts-as-server',
		'role ' || quote_ident(r.rolname), format('it is a member of %s: %s', f.name, f.can),
		   format('REVOKE %I FROM %I;', f.name, r.rolname)
	FROM (VALUES ('pg_read_server_files', 'it reads the key file and the files of the database'),
				 ('pg_write_server_files', 'it writes files of the database and of the server''s user'),
				 ('pg_execute_server_program', 'it runs programs as the server''s user, who reads the key file'))
		 f (name, can)
	JOIN pg_roles b ON b.rolname = f.name JOIN pg_auth_members m ON m.roleid = b.oid JOIN pg_roles r ON r.oid = m.member
	WHERE NOT r.rolsuper
	UNION ALL
	SELECT 'warning', 'role-replicates', 'role ' || quote_ident(r.rolname),
		   'it may copy the whole server by replication: with a master key that copy is read elsewhere',
		   format('ALTER ROLE %I NOREPLICATION;', r.rolname)
	FROM pg_roles r WHERE r.rolreplication AND NOT r.rolsuper
	UNION ALL
	SELECT 'warning', 'grant-without-role',
		'purpose ' || p.name, 'it is granted to a role that does not exist any more',
		format('SELECT gdpr.revoke_purpose(%L, %L);', p.name, g.role::oid)
	FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose
	WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = g.role)
$$;
COMMENT ON FUNCTION gdpr_internal.role_findings() IS 'internal: part of lint(): roles and grants';

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
	SELECT 'warning', CASE v.relkind WHEN 'v' THEN 'view-reads-as-owner' ELSE 'view-copies-rows' END,
		v.oid::regclass::text,
		   CASE v.relkind WHEN 'v' THEN 'the view reads protected rows with the rights of its owner, not of '
			   'its reader'
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
	), setting (name, value, holder, fix) AS (
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
	SELECT t.severity, 'setting-logs-values',
		'setting ' || s.name || s.holder, format('%s: %s', s.value, t.finding), s.fix
	FROM setting s JOIN talkative t ON t.name = s.name AND s.value ~ t.pattern
	UNION ALL
	SELECT 'info', 'statements-keep-values',
		'extension pg_stat_statements', 'it keeps the text of utility statements, with the values in them',
		   'ALTER SYSTEM SET pg_stat_statements.track_utility = off; SELECT pg_reload_conf();'
	FROM pg_extension e WHERE e.extname = 'pg_stat_statements'
		AND current_setting('pg_stat_statements.track_utility', true) IS DISTINCT FROM 'off'
$$;
COMMENT ON FUNCTION gdpr_internal.log_findings() IS
'internal: part of lint(): settings that write personal values into the server log';

/* Row by row through jsonb: a column of PostgreSQL 16 is simply missing before. */
CREATE FUNCTION gdpr_internal.replication_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'replica-identity-full', s.relation::text,
		   format('REPLICA IDENTITY FULL compares %s, which cannot be compared: updates and deletes fail at the '
			   'subscriber', string_agg(quote_ident(s.attname), ', ' ORDER BY s.attnum)),
		   format('ALTER TABLE %s REPLICA IDENTITY DEFAULT;', s.relation)
	FROM gdpr.sealed_column s WHERE s.relreplident = 'f' AND NOT s.comparable GROUP BY s.relation
	UNION ALL
	SELECT 'info', 'publication-sends-data', 'publication ' || quote_ident(p.pubname),
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
	SELECT 'error', 'subscription-owner-filtered',
		'subscription ' || quote_ident(s.subname), 'row security stops its owner',
		format('ALTER ROLE %I BYPASSRLS;', o.rolname)
	FROM pg_subscription s
	JOIN pg_roles o ON o.oid = s.subowner AND NOT (o.rolbypassrls OR o.rolsuper)
	JOIN pg_subscription_rel r ON r.srsubid = s.oid
	JOIN gdpr.guarded_table g ON g.relation = r.srrelid
	UNION
	SELECT 'error', 'subscription-not-as-owner',
		'subscription ' || quote_ident(s.subname), 'row security stops it, as it does not run as its owner',
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

SELECT gdpr_internal.finds('report', 'gdpr_internal.guard_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.role_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.view_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.log_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.replication_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.plaintext_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.statistics_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.foreign_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.function_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.type_findings', lint => true);
SELECT gdpr_internal.finds('report', 'gdpr_internal.code_findings', lint => true);

CREATE FUNCTION gdpr.lint() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT * FROM gdpr_internal.findings(lint_only => true)
$$;
COMMENT ON FUNCTION gdpr.lint() IS
'The ways around the protection that this installation has, worst first, as status(), which includes them: row '
	'security off or not forced, roles that bypass it, views and materialised views, settings and statistics that '
	'keep values, plaintext columns that look personal, publications and subscriptions, foreign servers, roles that '
	'read the server''s files, operators and casts on our types that are not ours, code of a table that reveals with '
	'the purposes of the role that uses the table, and SECURITY DEFINER functions that reveal or pass row security by. '
	'Names and texts are judged by their look: a finding is a question. Art. 32(1)(d).';
