/*
 * reattach.sql: a protected table that came back by itself, restored from a dump after it was dropped: its rows are
 * sealed and know their people's numbers, but no one knows the table.
 */
CREATE FUNCTION gdpr_internal.rename_subjects(subject_table regclass) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	renamed bigint;
BEGIN
	PERFORM gdpr_internal.require_table(subject_table);
	EXECUTE format('UPDATE gdpr.subject s SET relation = %L::regclass FROM %s t WHERE s.number = t.gdpr_subject AND '
		's.relation IS NULL',
				   subject_table, subject_table);
	GET DIAGNOSTICS renamed = ROW_COUNT;
	RETURN renamed;
END $$;
COMMENT ON FUNCTION gdpr_internal.rename_subjects(regclass) IS
'internal: subjects whose table was dropped belong to the table that came back';

CREATE FUNCTION gdpr.reattach(relation gdpr.table_ref, owner text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost bigint;
	renamed bigint := 0;
	member regclass;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	IF EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = reattach.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is already protected', relation);
	ELSIF (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = relation AND NOT a.attisdropped
		   AND (a.attname, a.atttypid) IN (('gdpr_subject', 'bigint'::regtype),
			   ('purposes', 'gdpr.purpose_set'::regtype))) < 2 THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s was never protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...);', relation);
	ELSIF owner IS NULL AND NOT EXISTS (SELECT FROM gdpr.subject_table t WHERE t.relation = reattach.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('nothing says which people the rows of table %s are about', relation),
			HINT = format('Give owner => ''<column>'', or SELECT gdpr.declare_subject(%L, ''<key column>''); when '
				'each row is a person.', relation);
	END IF;
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	lost := gdpr_internal.unknown_subjects(relation);
	IF lost > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('%s rows of table %s name people that this database does not know', lost, relation),
			HINT = 'Restore gdpr.subject from the same dump first, or delete these rows: they cannot be read here.';
	END IF;
	PERFORM gdpr_internal.drop_tokens(relation, gdpr_internal.stray_tokens(relation));
	PERFORM gdpr_internal.register(relation, owner);
	INSERT INTO gdpr.protected_column (relation, column_name, class)
	SELECT reattach.relation, (c.attribute).attname, c.class FROM gdpr_internal.columns_to_seal(relation, '{}') c;
	PERFORM gdpr_internal.declare_purposes(relation, gdpr_internal.default_tag(relation));
	IF owner IS NULL THEN
		renamed := gdpr_internal.rename_subjects(relation);
	END IF;
	FOR member IN
		WITH RECURSIVE tree (oid) AS (
			SELECT reattach.relation::oid UNION ALL SELECT i.inhrelid FROM tree t
				JOIN pg_inherits i ON i.inhparent = t.oid
		) SELECT t.oid::regclass FROM tree t
	LOOP
		PERFORM gdpr_internal.guard_rows(member);
	END LOOP;
	PERFORM gdpr_internal.record_setup('table reattached', jsonb_build_object('table', relation::text, 'owner', owner,
		'subjects', renamed));
	RETURN renamed;
END $$;
COMMENT ON FUNCTION gdpr.reattach(gdpr.table_ref, text) IS
'Registers a protected table again that was restored from a dump by itself, and gives the people of a subject table '
	'their names back (how many). Declare a subject table first. Errors: 42501 not the owner, 55000 already or never '
	'protected, or rows of people that this database does not know.';

CREATE FUNCTION gdpr_internal.unknown_subjects(relation regclass) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	count bigint;
BEGIN
	PERFORM gdpr_internal.require_table(relation);
	EXECUTE format('SELECT count(*) FROM %s t WHERE t.gdpr_subject IS NOT NULL
					AND NOT EXISTS (SELECT FROM gdpr.subject s WHERE s.number = t.gdpr_subject)', relation) INTO count;
	RETURN count;
END $$;
COMMENT ON FUNCTION gdpr_internal.unknown_subjects(regclass) IS
'internal: rows whose subject this database does not know';
