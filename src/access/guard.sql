/*
 * guard.sql: what is registered follows the catalogs.
 */
CREATE FUNCTION gdpr_internal.column_renamed(renamed regclass, before name, after name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.rename_kept(renamed, before, after);
	PERFORM gdpr_internal.guard_tag(renamed, before);
END $$;
COMMENT ON FUNCTION gdpr_internal.column_renamed(regclass, name, name) IS
'internal: registered names follow a renamed column';

/* Asked instead of binding(), which insists on the foreign keys: pg_dump's script restores those last. */
CREATE FUNCTION gdpr_internal.is_protected(relation regclass, guarded boolean DEFAULT false) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor (oid) AS (
		SELECT is_protected.relation::oid
		UNION
		SELECT i.inhparent FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
	)
	SELECT EXISTS (
		SELECT FROM ancestor a JOIN gdpr.protected_table p ON p.relation = a.oid
		WHERE NOT guarded
		   OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = p.relation AND y.polname = 'gdpr_rows')
		  AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = p.relation AND t.tgname = '~gdpr_truncate'))
$$;
COMMENT ON FUNCTION gdpr_internal.is_protected(regclass, boolean) IS
'internal: is this a protected table, or a partition or child of one? guarded: one whose own policy and triggers '
	'are all there';

CREATE FUNCTION gdpr_internal.guard_tag(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF column_name IN ('purposes', 'gdpr_subject') AND gdpr_internal.is_protected(relation) THEN
		RAISE EXCEPTION USING ERRCODE = '2BP01',
			MESSAGE = format('column %I of table %s belongs to its protection', column_name, relation),
			HINT = format('SELECT gdpr.unprotect(%L); removes it.', relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_tag(regclass, name) IS
'internal: tag and subject of a protected table keep their names';

CREATE FUNCTION gdpr_internal.guard_column(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.guard_tag(relation, column_name);
	IF gdpr_internal.is_kept_for_good(relation, column_name)
	   OR EXISTS (SELECT FROM gdpr.subject_table t JOIN gdpr.protected_table p ON p.subject_table = t.relation
				  WHERE t.relation = guard_column.relation AND guard_column.column_name = ANY (t.key_columns)) THEN
		RAISE EXCEPTION USING ERRCODE = '2BP01',
			MESSAGE = format('column %I of table %s leads to the people that protected rows are about',
				column_name, relation),
			HINT = 'Unprotect the tables that need it first; gdpr.owner_step lists them.';
	END IF;
	PERFORM gdpr_internal.require_none_held(relation);
	PERFORM gdpr_internal.forget_column(relation, column_name);
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_column(regclass, name) IS
'internal: refuses to drop a column that leads to the owner (2BP01), or of rows that a hold keeps (ZG018); forgets '
	'any other';

CREATE FUNCTION gdpr_internal.role_dropped(role oid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM gdpr.purpose_grant g WHERE g.role::oid = role_dropped.role;
	DELETE FROM gdpr.pseudonym_grant g WHERE g.role::oid = role_dropped.role;
	SELECT NULL::void;
$$;
COMMENT ON FUNCTION gdpr_internal.role_dropped(oid) IS
'internal: a dropped role leaves no grants behind in this database';

/* A row must be named to be corrected, held or erased. */
CREATE FUNCTION gdpr_internal.require_primary_keys() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	without regclass;
BEGIN
	IF to_regclass('gdpr.protected_table') IS NULL THEN
		RETURN;		-- the extension itself goes
	END IF;
	SELECT p.relation INTO without FROM gdpr.protected_table p JOIN pg_class c ON c.oid = p.relation
	WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = p.relation AND i.indisprimary) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('protected table %s needs its primary key', without),
			DETAIL = 'A row must be named to be corrected, held or erased.',
			HINT = format('Drop it and add another in one ALTER TABLE, or SELECT gdpr.unprotect(%L); first.', without);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_primary_keys() IS
'internal: 55000 when a protected table has lost its primary key';

CREATE FUNCTION gdpr_internal.tables_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	dropped oid[] := ARRAY(SELECT d.objid FROM pg_event_trigger_dropped_objects() d
						   WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0
							   AND d.object_type IN ('table', 'view', 'materialized view', 'foreign table')
							   AND NOT d.is_temporary);
	protected oid[];
BEGIN
	PERFORM gdpr_internal.require_primary_keys()
	FROM pg_event_trigger_dropped_objects() d WHERE d.object_type = 'table constraint' LIMIT 1;
	/* when the extension itself goes, its tables are gone by now */
	IF dropped = '{}' OR to_regclass('gdpr.protected_table') IS NULL OR to_regclass('gdpr.kept_column') IS NULL THEN
		RETURN;
	END IF;
	protected := ARRAY(SELECT p.relation::oid FROM gdpr.protected_table p WHERE p.relation::oid = ANY (dropped));
	/* a number may be given to another table one day: its people keep their keys and lose the name it gave them */
	PERFORM gdpr_internal.forget_relations(dropped);
	PERFORM gdpr_internal.record('protected table dropped', NULL, jsonb_build_object('oid',
		p)) FROM unnest(protected) p;
END $$;
COMMENT ON FUNCTION gdpr_internal.tables_dropped() IS
'internal: forgets dropped tables; their subjects stay, and are findings';

/*
 * Stored plaintext by the back door: an index or generated column over a PII column may use the keyless functions of
 * this extension only. A function that is declared IMMUTABLE and reveals would otherwise be believed.
 */
CREATE FUNCTION gdpr_internal.refuse_stored_expression(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	culprit record;
BEGIN
	WITH stored (what, classid, objid, whole_row) AS (
		SELECT i.indexrelid::regclass::text, 'pg_class'::regclass, i.indexrelid,
			   concat(i.indexprs::text, i.indpred::text) LIKE '%:varattno 0 %'
		FROM pg_index i WHERE i.indrelid = relation AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
		UNION ALL
		SELECT a.attname::text, 'pg_attrdef'::regclass, d.oid, false
		FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
		WHERE d.adrelid = relation AND a.attgenerated <> ''
		UNION ALL
		SELECT e.stxname::text, 'pg_statistic_ext'::regclass, e.oid, e.stxexprs::text LIKE '%:varattno 0 %'
		FROM pg_statistic_ext e WHERE e.stxrelid = relation AND e.stxexprs IS NOT NULL
	)
	SELECT s.what, p.oid::regprocedure AS function INTO culprit
	FROM stored s
	JOIN pg_depend f ON f.classid = s.classid AND f.objid = s.objid
	LEFT JOIN pg_operator o ON f.refclassid = 'pg_operator'::regclass AND o.oid = f.refobjid
	JOIN pg_proc p ON p.oid = CASE f.refclassid WHEN 'pg_proc'::regclass THEN f.refobjid ELSE o.oprcode::oid END
	WHERE NOT (p.proleakproof AND p.pronamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace))
	  AND EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
				  WHERE a.attrelid = relation AND t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%'
					AND (s.whole_row OR EXISTS (
						SELECT FROM pg_depend c WHERE c.classid = s.classid AND c.objid = s.objid
						  AND c.refclassid = 'pg_class'::regclass AND c.refobjid = relation
							  AND c.refobjsubid = a.attnum)))
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42P17',
			MESSAGE = format('function %s over a sealed column cannot be stored in %s', culprit.function, culprit.what),
			HINT = 'Index the sealed column itself: equality works without a key.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_stored_expression(regclass) IS
'internal: refuses indexes, statistics and generated columns that could store plaintext (42P17)';

/*
 * What opens a value stands in a statement, under the policy of who runs it. Stored with a table it would run under
 * that of the writer, or reader: an UPDATE of another column without a purpose would fail, a foreign key's cascade,
 * a restore. And an index or a partition by what values say would keep their order.
 */
CREATE FUNCTION gdpr_internal.refuse_opening(class regclass, object oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	culprit text;
BEGIN
	SELECT s.what INTO culprit
	FROM (
		SELECT format('constraint %I', k.conname), 'pg_constraint'::regclass, k.oid FROM pg_constraint k
		WHERE k.contype = 'c' AND (class = 'pg_class'::regclass AND k.conrelid = object
								   OR class = 'pg_type'::regclass AND k.contypid = object)
		UNION ALL
		SELECT format('trigger %I', t.tgname), 'pg_trigger'::regclass, t.oid FROM pg_trigger t
		WHERE class = 'pg_trigger'::regclass AND t.oid = object AND t.tgqual IS NOT NULL
		UNION ALL
		SELECT format('policy %I', p.polname), 'pg_policy'::regclass, p.oid FROM pg_policy p
		WHERE class = 'pg_policy'::regclass AND p.oid = object
	) s (what, classid, objid)
	JOIN pg_depend f ON f.classid = s.classid AND f.objid = s.objid
	LEFT JOIN pg_operator o ON f.refclassid = 'pg_operator'::regclass AND o.oid = f.refobjid
	JOIN pg_proc p ON p.oid = CASE f.refclassid WHEN 'pg_proc'::regclass THEN f.refobjid ELSE o.oprcode::oid END
	WHERE p.pronamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace)
	  AND NOT p.proleakproof
	  AND EXISTS (SELECT FROM unnest(p.proargtypes) a (type) JOIN pg_type t ON t.oid = a.type
				  WHERE t.typnamespace = 'gdpr'::regnamespace AND ltrim(t.typname, '_') LIKE 'pii\_%')
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42P17',
			MESSAGE = format('%s would open personal data for every role that writes or reads the row', culprit),
			DETAIL = 'It would run under the purpose of that session, which may have none.',
			HINT = 'Classes check their form themselves. IS DISTINCT FROM tells whether a value was written again, '
				'and = with a value of the class, as in email = ''jan@example.com''::gdpr.pii_email, whether it is '
				'that one.';
	END IF;

	SELECT s.what INTO culprit
	FROM (
		SELECT format('index %s', i.indexrelid::regclass), opclass FROM pg_index i, unnest(i.indclass) opclass
		WHERE class = 'pg_class'::regclass AND object IN (i.indrelid, i.indexrelid)
		UNION ALL
		SELECT format('partition key of %s', t.partrelid::regclass), opclass
		FROM pg_partitioned_table t, unnest(t.partclass) opclass
		WHERE class = 'pg_class'::regclass AND t.partrelid = object
	) s (what, opclass)
	JOIN pg_opclass c ON c.oid = s.opclass
	JOIN pg_opfamily f ON f.oid = c.opcfamily
	WHERE f.opfnamespace = 'gdpr'::regnamespace AND f.opfname LIKE '%\_open\_%'
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '0A000',
			MESSAGE = format('values of this class cannot be indexed, unique or a partition key: %s', culprit),
			DETAIL = 'They are compared by opening them, under the policy of who asks.',
			HINT = 'A class with a token, such as gdpr.pii_name, can be indexed for equality.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_opening(regclass, oid) IS
'internal: refuses a CHECK, a trigger''s WHEN and a policy that open personal data (42P17), and an index, a '
	'unique constraint and a partition key by what they say (0A000)';

/* ADD COLUMN ... DEFAULT writes no rows, so no trigger would bind the value that old rows then seem to have. */
CREATE FUNCTION gdpr_internal.refuse_default(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	culprit name;
BEGIN
	SELECT a.attname INTO culprit
	FROM pg_attribute a JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
	WHERE a.attrelid = relation AND a.atthasdef AND a.attgenerated = '' AND NOT a.attisdropped
	  AND t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%';
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of protected table %s cannot have a DEFAULT', culprit, relation),
			DETAIL = 'Personal data belong to one person; a default would give the same to all.',
			HINT = 'Leave the DEFAULT out.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_default(regclass) IS
'internal: refuses a DEFAULT on a PII column of a protected table (55000)';

/*
 * A column that was added, or was plain a moment ago: what it holds without being bound is refused now, and what comes
 * past the trigger (a replica, a superuser) later.
 */
CREATE FUNCTION gdpr_internal.add_checks(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	checks text;
BEGIN
	SELECT string_agg(format('ADD CHECK (gdpr.is_bound(%I))', a.attname), ', ' ORDER BY a.attnum) INTO checks
	FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attname = ANY (gdpr_internal.pii_columns(relation))
	  AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass
		  AND d.objid = k.oid
					  JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
					  WHERE k.conrelid = relation AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
						AND p.pronamespace = 'gdpr'::regnamespace AND p.proname = 'is_bound');
	IF checks IS NOT NULL THEN
		EXECUTE format('ALTER TABLE %s %s', relation, checks);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_checks(regclass) IS
'internal: a CHECK keeps unbound values out of every PII column of a protected table';

/*
 * New partitions and children of a protected table are protected before anyone else can see them. They follow only a
 * table that is guarded itself: protect() and pg_dump's script come to each of them in their own order.
 */
CREATE FUNCTION gdpr_internal.tables_altered() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	altered record;
	member oid;
BEGIN
	PERFORM gdpr_internal.refuse_opening(d.classid, d.objid)
	FROM (SELECT DISTINCT classid, objid FROM pg_event_trigger_ddl_commands()) d
	WHERE d.classid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass);
	FOR altered IN SELECT DISTINCT c.oid, c.relkind, i.indrelid
				   FROM pg_event_trigger_ddl_commands() d
				   LEFT JOIN pg_statistic_ext e ON d.classid = 'pg_statistic_ext'::regclass AND e.oid = d.objid
				   JOIN pg_class c ON c.oid = coalesce(e.stxrelid, d.objid)
				   LEFT JOIN pg_index i ON i.indexrelid = c.oid
				   WHERE d.classid = 'pg_class'::regclass OR e.oid IS NOT NULL
	LOOP
		CONTINUE WHEN altered.relkind NOT IN ('r', 'p', 'i', 'I');
		PERFORM gdpr_internal.refuse_stored_expression(coalesce(altered.indrelid, altered.oid));
		CONTINUE WHEN altered.indrelid IS NOT NULL OR NOT gdpr_internal.is_protected(altered.oid);
		PERFORM gdpr_internal.refuse_default(altered.oid);
		PERFORM gdpr_internal.refuse_nested(altered.oid);
		CONTINUE WHEN NOT gdpr_internal.is_protected(altered.oid, true);
		PERFORM gdpr_internal.drop_tokens(altered.oid, gdpr_internal.stray_tokens(altered.oid));
		PERFORM gdpr_internal.add_checks(altered.oid);
		FOR member IN
			WITH RECURSIVE tree (oid) AS (
				SELECT altered.oid UNION ALL SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
			) SELECT t.oid FROM tree t JOIN pg_class c ON c.oid = t.oid
			WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
			  AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = t.oid
				  AND a.attname IN ('purposes', 'gdpr_subject')) = 2
			  AND (t.oid <> altered.oid OR EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid))
		LOOP
			PERFORM gdpr_internal.guard_rows(member);
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.tables_altered() IS
'internal: new partitions and children of protected tables are protected too';

/* Until PostgreSQL 15 a rule makes a view of an empty table, under the same number. */
CREATE FUNCTION gdpr_internal.rule_created() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_table(r.relation)
	FROM (SELECT p.relation FROM gdpr.protected_table p UNION SELECT t.relation FROM gdpr.subject_table t
		  UNION SELECT s.on_table FROM gdpr.owner_step s UNION SELECT s.next_table FROM gdpr.owner_step s
		  UNION SELECT l.on_table FROM gdpr.subject_link_step l UNION SELECT l.next_table
			  FROM gdpr.subject_link_step l) r;
END $$;
COMMENT ON FUNCTION gdpr_internal.rule_created() IS 'internal: what is registered as a table stays one (42809)';

/*
 * Ours only restricts, so protect() adds a permissive policy that lets every row through to it. Permissive policies
 * add up: beside ours one that an application makes later (a tenant sees its own rows) would let nothing but more
 * through, and be void. Then ours goes.
 */
CREATE FUNCTION gdpr_internal.policy_created() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass;
BEGIN
	FOR relation IN
		SELECT g.relation FROM gdpr.guarded_table g
		JOIN pg_policy p ON p.polrelid = g.relation AND p.polname = 'gdpr_permit'
		WHERE EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = g.relation AND o.polpermissive AND o.oid <> p.oid)
	LOOP
		EXECUTE format('DROP POLICY gdpr_permit ON %s', relation);
		RAISE NOTICE USING MESSAGE = format('policy gdpr_permit of table %s made room for the table''s own', relation),
			HINT = 'Rows are seen when a permissive policy of the table says so, and the purpose allows it.';
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.policy_created() IS
'internal: drops our permissive policy where another appears, which it would make void';

CREATE FUNCTION gdpr_internal.load_guard() RETURNS event_trigger AS 'MODULE_PATHNAME', 'gdpr_load_guard' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.load_guard() IS
'internal: loads the library, and with it the guard against dropping keys, before a command runs';

CREATE EVENT TRIGGER gdpr_load_guard ON ddl_command_start
	WHEN TAG IN ('DROP EXTENSION', 'DROP OWNED', 'DROP SCHEMA', 'DROP TABLE', 'DROP TYPE', 'ALTER TABLE')
	EXECUTE FUNCTION gdpr_internal.load_guard();
CREATE EVENT TRIGGER gdpr_tables_dropped ON sql_drop EXECUTE FUNCTION gdpr_internal.tables_dropped();
CREATE EVENT TRIGGER gdpr_rule_created ON ddl_command_end WHEN TAG IN ('CREATE RULE')
	EXECUTE FUNCTION gdpr_internal.rule_created();
CREATE EVENT TRIGGER gdpr_policy_created ON ddl_command_end WHEN TAG IN ('CREATE POLICY', 'ALTER POLICY')
	EXECUTE FUNCTION gdpr_internal.policy_created();
CREATE EVENT TRIGGER gdpr_tables_altered ON ddl_command_end
	WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE INDEX', 'CREATE STATISTICS',
		'CREATE DOMAIN', 'ALTER DOMAIN', 'CREATE TRIGGER', 'CREATE POLICY', 'ALTER POLICY')
	EXECUTE FUNCTION gdpr_internal.tables_altered();
