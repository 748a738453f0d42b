/*
 * lint.sql: ways around the protection that an installation has grown: what no test of one table shows.
 *
 * lint() is the part of status() about these. Names of columns and the text of functions are read, never executed.
 */

/* What a column of that name likely holds: a class, or NULL. Dutch, French, German, English. */
CREATE FUNCTION gdpr_internal.looks_like(column_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.class
	FROM (VALUES
		(1, 'email', 'e_?mail|courriel'),
		(2, 'national_id', 'rijksregister|registre_?national|national_?(id|number|nr)|(^|_)(ssn|bsn|insz|niss|nrn)($|_)'),
		(3, 'id_card', 'id_?card|identity_?card|passport|paspoort|passeport|personalausweis'),
		(4, 'iban', '(^|_)iban($|_)|bank_?account|rekening_?(nr|nummer)|compte_?bancaire'),
		(5, 'phone', 'phone|telefoon|telefon|(^|_)(tel|gsm|mobile|mobiel|handy|fax)($|_)'),
		(6, 'birth_date', 'birth_?(date|day)|date_?of_?birth|(^|_)(born|dob)($|_)|geboorte_?datum|geboren|naissance|geburts'),
		(7, 'ip', '(^|_)ip(_?addr(ess)?)?($|_)|remote_?addr'),
		(8, 'address', '(^|_)(address|adres|adresse|anschrift|street|straat|rue|strasse)(_?line)?(_?[0-9]+)?($|_)|ship_to'),
		(9, 'device_id', 'device_?id|mac_?addr|(^|_)imei($|_)|advertising_?id'),
		(10, 'health', 'diagnos|allerg|medical|medisch|krankheit|maladie'),
		(11, 'name', '^(name|naam|nom|prenom|vorname|nachname|surname|voornaam|achternaam|familienaam)$|(first|last|given|family|full|maiden|middle|customer|person|contact)_?name|nom_?de_?famille')
	) p (n, class, pattern)
	WHERE column_name ~* p.pattern ORDER BY p.n LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.looks_like(text) IS 'internal: the class that the name of a column suggests, or NULL';

/* Columns of ordinary types that look personal: of protected tables, and of tables that repeat a sealed column's name. */
CREATE FUNCTION gdpr_internal.plaintext_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH clear AS (
		SELECT c.oid, c.relkind, a.attname, a.attnum, gdpr_internal.looks_like(a.attname) AS class
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
		  AND c.relnamespace NOT IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace, 'pg_catalog'::regnamespace,
			  'information_schema'::regnamespace)
		  AND (t.typcategory = 'S' OR t.oid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype,
			  'inet'::regtype, 'macaddr'::regtype))
		  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
			  AND d.deptype = 'e')
		  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
	)
	SELECT 'warning', format('%s.%I', c.oid::regclass, c.attname),
		   format('it is not sealed, beside columns that are, and by its name it may hold data of class %s', c.class),
		   format('SELECT gdpr.unprotect(%1$L); then gdpr.protect(%1$L, ..., columns => ''{..., "%2$s": '
			   '"pii_%3$s"}'').', c.oid::regclass, c.attname, c.class)
	FROM clear c JOIN gdpr.guarded_table g ON g.relation = c.oid
	WHERE c.class IS NOT NULL
	UNION ALL
	SELECT 'warning', c.oid::regclass::text,
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
	SELECT 'warning', c.oid::regclass::text, format('it reaches personal data elsewhere, unsealed: %s',
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
	SELECT 'warning', format('statistics %I.%I', n.nspname, x.stxname),
		   format('they keep combinations of values that describe people of %s', x.stxrelid::regclass),
		   format('DROP STATISTICS %I.%I;', n.nspname, x.stxname)
	FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace
		JOIN gdpr.guarded_table g ON g.relation = x.stxrelid
	WHERE 'm' = ANY (x.stxkind)
	  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = x.stxrelid AND a.attnum = ANY (x.stxkeys::int2[])
				  AND NOT EXISTS (SELECT FROM gdpr.sealed_column s WHERE s.relation = x.stxrelid
					  AND s.attnum = a.attnum))
	UNION ALL
	SELECT 'info', format('%s.%I', g.relation, a.attname),
		'pg_stats keeps its commonest values, and with other columns it may tell who somebody is',
		   format('ALTER TABLE %s ALTER %I SET STATISTICS 0; DELETE FROM pg_statistic WHERE starelid = %L::regclass '
			   'AND staattnum = %s;', g.relation, a.attname, g.relation, a.attnum)
	FROM gdpr.guarded_table g
	JOIN pg_attribute a ON a.attrelid = g.relation AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_statistic s ON s.starelid = g.relation AND s.staattnum = a.attnum
		AND 1 IN (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
	WHERE NOT EXISTS (SELECT FROM gdpr.sealed_column c WHERE c.relation = g.relation AND c.attnum = a.attnum)
	  AND (gdpr_internal.looks_like(a.attname) IS NOT NULL
		   OR a.attname ~* '(^|_)(postal_?code|post_?code|postcode|plz|zip|gender|sex|geslacht|sexe|geschlecht|nationality|nationaliteit|occupation|profession|beroep|beruf|birth_?year)($|_)')
$$;
COMMENT ON FUNCTION gdpr_internal.statistics_findings() IS
'internal: part of lint(): statistics on columns that are not sealed';

/* What leaves the database, and whether on an open line. */
CREATE FUNCTION gdpr_internal.foreign_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'server ' || quote_ident(s.srvname), 'the connection need not be encrypted',
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
	SELECT 'info', 'server ' || quote_ident(s.srvname),
		format('what is revealed may be written to it by %s, where nobody asks for a purpose',
		coalesce(u.roles, 'whoever gets a user mapping')),
		   format('REVOKE USAGE ON FOREIGN SERVER %I FROM <role>;', s.srvname)
	FROM pg_foreign_server s
	CROSS JOIN LATERAL (SELECT string_agg(m.usename::text, ', ' ORDER BY m.usename::text COLLATE "C") AS roles
		FROM pg_user_mappings m WHERE m.srvid = s.oid) u
$$;
COMMENT ON FUNCTION gdpr_internal.foreign_findings() IS 'internal: part of lint(): foreign servers';

/* A function that runs with its owner's rights may reveal with its owner's purposes to whoever calls it. */
CREATE FUNCTION gdpr_internal.function_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN e.everybody THEN 'warning' ELSE 'info' END, 'function ' || p.oid::regprocedure,
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

CREATE FUNCTION gdpr.lint() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT f.* FROM (
		SELECT * FROM gdpr_internal.guard_findings() UNION ALL SELECT * FROM gdpr_internal.role_findings()
		UNION ALL SELECT * FROM gdpr_internal.view_findings() UNION ALL SELECT * FROM gdpr_internal.log_findings()
		UNION ALL SELECT * FROM gdpr_internal.replication_findings() UNION ALL SELECT *
			FROM gdpr_internal.plaintext_findings()
		UNION ALL SELECT * FROM gdpr_internal.statistics_findings() UNION ALL SELECT *
			FROM gdpr_internal.foreign_findings()
		UNION ALL SELECT * FROM gdpr_internal.function_findings()
	) f
	ORDER BY array_position('{error,warning,info}', f.severity), f.object COLLATE "C", f.finding COLLATE "C"
$$;
COMMENT ON FUNCTION gdpr.lint() IS
'The ways around the protection that this installation has, worst first, as status(), which includes them: row '
	'security off or not forced, roles that bypass it, views and materialised views, settings and statistics that '
	'keep values, plaintext columns that look personal, publications and subscriptions, foreign servers, and SECURITY '
	'DEFINER functions that reveal. Names and texts are judged by their look: a finding is a question. Art. 32(1)(d).';
