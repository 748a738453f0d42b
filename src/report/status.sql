/*
 * status.sql: everything that is not as it should be, each with the command that mends it.
 *
 * A function per topic, each a query of the catalogs; status() is the list of them. They look at what is there, not at
 * what protect() once did: a table that was restored, replicated or altered by hand is judged the same.
 *
 * error: data are open or cannot be read, or kept though their time is over. warning: a promise does not hold in full,
 * or one person costs a whole table. info: worth knowing.
 */

/* Compiling these queries takes longer than running them. */
CREATE FUNCTION gdpr.status() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT f.* FROM (
		SELECT * FROM gdpr_internal.key_findings() UNION ALL SELECT * FROM gdpr.lint()
		UNION ALL SELECT * FROM gdpr_internal.column_findings() UNION ALL SELECT * FROM gdpr_internal.owner_findings()
		UNION ALL SELECT * FROM gdpr_internal.people_findings() UNION ALL SELECT * FROM gdpr_internal.law_findings()
		UNION ALL SELECT * FROM gdpr_internal.tag_findings()
		UNION ALL SELECT * FROM gdpr_internal.value_findings()
		UNION ALL SELECT * FROM gdpr_internal.audit_findings() UNION ALL SELECT * FROM gdpr_internal.anomaly_findings()
		UNION ALL SELECT * FROM gdpr_internal.time_findings()
		UNION ALL SELECT * FROM gdpr_internal.journal_findings()
		UNION ALL SELECT * FROM gdpr_internal.discovery_findings()
		UNION ALL SELECT * FROM gdpr_internal.word_findings()
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
CREATE FUNCTION gdpr_internal.tag_findings() RETURNS SETOF gdpr.finding
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
COMMENT ON FUNCTION gdpr_internal.tag_findings() IS 'internal: part of status(): rows that no purpose sees';

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
