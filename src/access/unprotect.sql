/*
 * unprotect.sql: the way back, under the policy like every other reveal.
 */
/* What stands in gdpr.protected_column becomes part of a command, and a controller may write there. */
CREATE FUNCTION gdpr_internal.require_type(original_type text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parts text[] := string_to_array(original_type, ' COLLATE ');
BEGIN
	IF cardinality(parts) > 2 OR to_regtype(parts[1]) IS NULL
		OR (cardinality(parts) = 2 AND to_regcollation(parts[2]) IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('there is no type "%s" to go back to', original_type),
			HINT = 'Correct original_type in gdpr.protected_column: the name of a type, and COLLATE with that of '
				'a collation.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_type(text) IS
'internal: 42704 unless it is a type, perhaps with a collation, and nothing else; 42601 when it is no name';

/* Once for each NULL of a column that has values in quarantine. */
CREATE FUNCTION gdpr_internal.from_quarantine(relation regclass, row_key text, column_name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.reveal_text(q.value) FROM gdpr.quarantine q
	WHERE q.relation = from_quarantine.relation AND q.row_key = from_quarantine.row_key
		AND q.column_name = from_quarantine.column_name
$$;
COMMENT ON FUNCTION gdpr_internal.from_quarantine(regclass, text, name) IS
'internal: the value of a row that protect() set aside, revealed; NULL when there is none';

CREATE FUNCTION gdpr.unprotect(relation gdpr.table_ref) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET intervalstyle = 'postgres' AS $$
DECLARE
	purpose text := current_setting('gdpr.purpose', true);
	dependent regclass;
	c record;
	alter text := 'DROP COLUMN purposes, DROP COLUMN gdpr_subject';
	member regclass;
	guard text;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = unprotect.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	END IF;
	PERFORM gdpr_internal.require_none_held(relation);
	SELECT g.relation INTO dependent FROM gdpr.graph_link g
	WHERE g.subject_table = unprotect.relation AND g.relation <> unprotect.relation AND g.binds LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '2BP01', MESSAGE = format('table %s is about the people of table %s',
			dependent, relation),
			HINT = format('SELECT gdpr.unprotect(%L); first.', dependent);
	END IF;
	IF EXISTS (SELECT FROM gdpr.protected_column p WHERE p.relation = unprotect.relation
		AND p.original_type IS NOT NULL)
	   AND (gdpr_internal.grant_level((SELECT oid FROM pg_roles WHERE rolname = current_user),
		   coalesce(purpose, '')) <> 'full'
			OR current_setting('gdpr.on_denied') = 'mask') THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG002',
			MESSAGE = format('unprotecting table %s reveals it: that needs a purpose granted in full to %I, and '
				'gdpr.on_denied = error or null', relation, current_user),
			HINT = 'SET gdpr.purpose = ''<purpose>''; with gdpr.on_denied = null, values that may not be revealed '
				'become NULL.';
	END IF;

	FOR c IN SELECT p.column_name, p.class, p.original_type, bare.type, t.typcategory = 'S' AS is_string,
				CASE WHEN EXISTS (SELECT FROM gdpr.quarantine q WHERE q.relation = p.relation
					AND q.column_name = p.column_name)
					THEN format('coalesce(gdpr.reveal_text(%1$I), gdpr_internal.from_quarantine(%2$L, %3$s, %1$L))',
						p.column_name, p.relation, gdpr_internal.row_key_text(p.relation))
					ELSE format('gdpr.reveal_text(%I)', p.column_name) END AS revealed
			 FROM gdpr.protected_column p
			 CROSS JOIN split_part(p.original_type, ' COLLATE ', 1) bare (type)
			 LEFT JOIN pg_type t ON t.oid = to_regtype(bare.type)
			 WHERE p.relation = unprotect.relation
	LOOP
		IF c.original_type IS NOT NULL THEN
			PERFORM gdpr_internal.require_type(c.original_type);
			alter := alter || format(', ALTER COLUMN %I TYPE %s USING %s', c.column_name, c.original_type,
				/* what became too long for its column is an error, so no cast where an assignment will do */
				CASE WHEN c.class = 'bytes' THEN format('gdpr.reveal(%I)', c.column_name)
					 WHEN c.is_string THEN c.revealed
					 ELSE format('CAST(%s AS %s)', c.revealed, c.type) END);
		END IF;
	END LOOP;

	/* whatever they are called by now, and also those of columns added later */
	alter := alter || coalesce((
		SELECT string_agg(DISTINCT format(', DROP CONSTRAINT %I', k.conname), '')
		FROM pg_constraint k
		JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
			AND d.refclassid = 'pg_proc'::regclass
		JOIN pg_proc f ON f.oid = d.refobjid
		WHERE k.conrelid = relation AND k.contype = 'c' AND f.pronamespace = 'gdpr'::regnamespace
			AND f.proname = 'is_bound'), '');

	alter := alter || coalesce((
		SELECT string_agg(format(', DROP COLUMN %I', s.tokens), '') FROM gdpr.search_column s
		WHERE s.relation = unprotect.relation), '');

	/* forgotten first: what is registered is put back under guard by tables_altered() */
	DELETE FROM gdpr.protected_column p WHERE p.relation = unprotect.relation;
	DELETE FROM gdpr.search_column s WHERE s.relation = unprotect.relation;
	DELETE FROM gdpr.owner_step s WHERE s.relation = unprotect.relation;
	DELETE FROM gdpr.protected_table p WHERE p.relation = unprotect.relation;

	FOR member IN
		WITH RECURSIVE tree (oid) AS (
			SELECT unprotect.relation::oid UNION ALL SELECT i.inhrelid FROM tree t
				JOIN pg_inherits i ON i.inhparent = t.oid
		) SELECT t.oid::regclass FROM tree t
	LOOP
		EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', member);
		/* the triggers of partitions that are clones go with their parent's, which comes first */
		FOR guard IN SELECT format('TRIGGER %I', t.tgname) FROM pg_trigger t
					 WHERE t.tgrelid = member AND t.tgname IN ('~gdpr_bind', '~gdpr_unused', '~gdpr_truncate')
					 UNION ALL
					 SELECT format('POLICY %I', p.polname) FROM pg_policy p
					 WHERE p.polrelid = member AND p.polname IN ('gdpr_rows', 'gdpr_permit')
		LOOP
			EXECUTE format('DROP %s ON %s', guard, member);
		END LOOP;
		IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = member) THEN
			EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', member);
		END IF;
	END LOOP;
	BEGIN
		EXECUTE format('ALTER TABLE %s %s', relation, alter);
	EXCEPTION WHEN string_data_right_truncation THEN
		RAISE EXCEPTION USING ERRCODE = '22001',
			MESSAGE = format('values of table %s, in their normalised form, are longer than its columns were',
				relation),
			HINT = format('UPDATE gdpr.protected_column SET original_type = ''text'' WHERE relation = %L::regclass '
				'AND original_type LIKE ''char%%'';', relation);
	END;

	DELETE FROM gdpr.quarantine q WHERE q.relation = unprotect.relation;
	PERFORM gdpr_internal.record_setup('table unprotected',
		jsonb_build_object('table', relation::text, 'purpose', purpose));
END $$;
COMMENT ON FUNCTION gdpr.unprotect(gdpr.table_ref) IS
'Reverses protect(), and is recorded. Values come back in the normalised form of their class, '
	'those in quarantine as they were, unless the row has another by now. Reveals every value '
	'under the session''s purpose, so the policy applies: a value that may not be revealed stops it, or becomes NULL '
	'under gdpr.on_denied = null. The subjects and the proof of their consents stay. Errors: 42501 not the owner, '
	'55000 not protected, 2BP01 other tables are about its people, ZG018 a hold keeps a row, ZG002 no purpose granted '
		'in full, 22001 a value '
	'does not fit its old column, and those of reveal().';

CREATE FUNCTION gdpr.destroy_all_keys() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	destroyed bigint;
BEGIN
	IF EXISTS (SELECT FROM gdpr.protected_table) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there are protected tables: their data would be lost',
			DETAIL = (SELECT string_agg(p.relation::text, ', ') FROM gdpr.protected_table p),
			HINT = 'Reverse each with gdpr.unprotect() first.';
	ELSIF EXISTS (SELECT FROM gdpr.legal_hold h WHERE h.ended_at IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG018', MESSAGE = 'legal holds keep data of people',
			HINT = 'gdpr.legal_hold lists them; gdpr.release_hold() ends one.';
	END IF;
	UPDATE gdpr.subject SET wrapped_key = NULL WHERE wrapped_key IS NOT NULL;
	GET DIAGNOSTICS destroyed = ROW_COUNT;
	PERFORM gdpr_internal.record('all keys destroyed', NULL, jsonb_build_object('subjects', destroyed));
	RETURN destroyed;
END $$;
COMMENT ON FUNCTION gdpr.destroy_all_keys() IS
'Destroys the key of every subject, before DROP EXTENSION; returns how many. Evidence and quarantine sealed under '
	'them cannot be read again. Errors: 55000 while a table is protected, ZG018 while a hold stands.';
