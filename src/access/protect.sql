/*
 * protect.sql: one transaction and one rewrite turn a table into a protected one.
 */
CREATE FUNCTION gdpr_internal.bind_row() RETURNS trigger AS 'MODULE_PATHNAME', 'gdpr_bind_row' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.bind_row() IS
'internal: seals a row''s personal values for its subject. Errors: ZG004 no purpose of the row has a lawful basis, '
	'ZG010, ZG012 special classes, ZG018 a hold keeps the row, 55000 a value sealed for another person, 23502 personal '
		'data that belong to no person.';
CREATE FUNCTION gdpr_internal.remove_unused_subjects() RETURNS trigger
	AS 'MODULE_PATHNAME', 'gdpr_remove_unused_subjects' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.remove_unused_subjects() IS
'internal: removes subjects created for rows that ON CONFLICT kept out';

CREATE FUNCTION gdpr_internal.record_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_none_held(TG_RELID::regclass), gdpr_internal.note_truncated(TG_RELID::regclass);
	PERFORM gdpr_internal.record('table truncated', NULL, jsonb_build_object('table', TG_RELID::regclass::text));
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.record_truncate() IS
'internal: puts a TRUNCATE of a protected table on record, and ends the identity of people; ZG018 when a hold '
	'keeps a row';

/* "pii_email" or "gdpr.pii_email" to "email". */
CREATE FUNCTION gdpr_internal.class_of(type_name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text := regexp_replace(type_name, '^(gdpr\.)?pii_', '');
BEGIN
	IF type_name NOT LIKE '%pii\_%' OR to_regtype(format('gdpr.%I', 'pii_' || name)) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('type "%s" is not a PII type', type_name),
			HINT = 'The types are: ' || (SELECT string_agg(t.typname, ', ' ORDER BY t.typname) FROM pg_type t
										 WHERE t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%');
	END IF;
	RETURN name;
END $$;
COMMENT ON FUNCTION gdpr_internal.class_of(text) IS 'internal: the class of a PII type''s name; 42704 when it is none';

/* A column as text, under the date style that protect() sets: inet prints a mask. A birth date has no time of day. */
CREATE FUNCTION gdpr_internal.plain_text(attribute pg_catalog.pg_attribute, class text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(CASE
		WHEN attribute.atttypid = 'inet'::regtype AND class = 'ip' THEN 'pg_catalog.host(%1$I)'
		WHEN attribute.atttypid = 'date'::regtype THEN '%1$I::pg_catalog.text'
		WHEN attribute.atttypid = 'timestamp'::regtype AND class = 'birth_date'
			THEN 'CASE %1$I WHEN pg_catalog.date_trunc(''day'', %1$I) THEN pg_catalog.to_char(%1$I, ''YYYY-MM-DD'') '
				'ELSE %1$I::pg_catalog.text END'
		WHEN attribute.atttypid = 'bytea'::regtype THEN '(''\x'' || pg_catalog.encode(%1$I, ''hex''))'
		ELSE '%1$I::pg_catalog.text' END, attribute.attname)
$$;
COMMENT ON FUNCTION gdpr_internal.plain_text(pg_catalog.pg_attribute, text) IS
'internal: an expression that is a column''s plaintext, for a class';

CREATE FUNCTION gdpr_internal.check_protectable(relation regclass, owner text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c pg_class;
	clash name;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	PERFORM gdpr_internal.require_table(relation);
	SELECT * INTO c FROM pg_class WHERE oid = relation;
	IF c.relispartition THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is a partition', relation),
			HINT = 'Protect the partitioned table; its partitions follow.';
	ELSIF EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = check_protectable.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is already protected', relation),
			HINT = format('SELECT gdpr.unprotect(%L); reverses it.', relation);
	ELSIF NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s has no primary key', relation),
			DETAIL = 'A row must be named to be corrected or erased.',
				HINT = format('ALTER TABLE %s ADD PRIMARY KEY (...);', relation);
	ELSIF owner IS NULL AND NOT EXISTS (SELECT FROM gdpr.subject_table t WHERE t.relation = check_protectable.relation)
		THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('nothing says which people the rows of table %s are about', relation),
			HINT = format('Give owner => ''<column>'' that leads to the person, or SELECT '
				'gdpr.declare_subject(%L, ''<key column>''); when each row is a person.', relation);
	END IF;
	PERFORM gdpr_internal.refuse_nested(relation);
	SELECT a.attname INTO clash FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attname IN ('purposes', 'gdpr_subject') AND NOT a.attisdropped;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42701', MESSAGE = format('table %s already has a column %I', relation, clash),
			HINT = format('ALTER TABLE %s RENAME COLUMN %I TO ...;', relation, clash);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_protectable(regclass, text) IS
'internal: the reasons why protect() refuses a table';

/* What lies inside another value no one binds to a person: it would outlive an erasure. */
CREATE FUNCTION gdpr_internal.refuse_nested(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	culprit name;
BEGIN
	WITH RECURSIVE held (column_name, type, nested) AS (
		SELECT a.attname, a.atttypid, false
		FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
		UNION
		SELECT h.column_name, inner_type.oid, h.nested OR t.typtype <> 'd'
		FROM held h JOIN pg_type t ON t.oid = h.type
		CROSS JOIN LATERAL (
			SELECT t.typbasetype WHERE t.typtype = 'd'
			UNION ALL SELECT t.typelem WHERE t.typcategory = 'A'
			UNION ALL SELECT f.atttypid FROM pg_attribute f WHERE f.attrelid = t.typrelid AND f.attnum > 0
				AND NOT f.attisdropped
			UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) inner_type (oid)
	)
	SELECT h.column_name INTO culprit FROM held h JOIN pg_type t ON t.oid = h.type
	WHERE h.nested AND t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%' LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('column %I of table %s has personal data inside an array, row or range',
				culprit, relation),
			DETAIL = 'They would not be sealed for a person, and would outlive an erasure.',
			HINT = 'Give each value a column, or a row of another table, of its own.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_nested(regclass) IS
'internal: refuses columns of arrays, rows and ranges of a PII type (55000)';

/* The columns to seal: those named, and those that are of a PII type already. */
CREATE FUNCTION gdpr_internal.columns_to_seal(relation regclass, columns jsonb)
	RETURNS TABLE (attribute pg_catalog.pg_attribute, class text, sealed boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted record;
	problem record;
BEGIN
	FOR wanted IN SELECT key, value FROM jsonb_each_text(columns)
	LOOP
		IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = wanted.key
					   AND a.attnum > 0 AND NOT a.attisdropped) THEN
			RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', relation,
				wanted.key);
		END IF;
	END LOOP;
	FOR wanted IN
		SELECT a, gdpr_internal.class_of(coalesce(columns ->> a.attname::text, t.typname)) AS class,
			   t.typnamespace = 'gdpr'::regnamespace AS sealed
		FROM pg_attribute a JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
		WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
		  AND (columns ? a.attname::text OR (t.typnamespace = 'gdpr'::regnamespace AND t.typname LIKE 'pii\_%'))
	LOOP
		attribute := wanted.a;
		class := wanted.class;
		sealed := wanted.sealed;
		SELECT CASE WHEN attribute.attgenerated <> '' THEN 'is generated'
					WHEN attribute.atthasdef THEN 'has a DEFAULT'
					WHEN attribute.attinhcount > 0 THEN 'is inherited'
					WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary
								 AND attribute.attnum = ANY (i.indkey)) THEN 'is part of the primary key' END AS what
		INTO problem;
		IF problem.what IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('column %I of table %s cannot be sealed: it %s', attribute.attname, relation,
					problem.what),
				HINT = CASE problem.what
					WHEN 'has a DEFAULT' THEN format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', relation,
						attribute.attname)
					WHEN 'is inherited' THEN 'Protect the parent table.'
					ELSE 'A key or computed column must not be personal data: use a surrogate key.' END;
		END IF;
		/* expressions over plaintext do not survive, and a sealed value has its class to check it */
		SELECT format('check constraint %I', c.conname) AS what, format('ALTER TABLE %s DROP CONSTRAINT %I;', relation,
			c.conname) AS fix
		INTO problem
		FROM pg_constraint c
		WHERE NOT sealed AND c.conrelid = relation AND c.contype = 'c' AND attribute.attnum = ANY (c.conkey)
		UNION ALL
		SELECT format('an expression of index %s', i.indexrelid::regclass),
			format('DROP INDEX %s;', i.indexrelid::regclass)
		FROM pg_index i JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
			AND d.refobjid = relation AND d.refobjsubid = attribute.attnum
		WHERE NOT sealed AND i.indrelid = relation
			AND concat(i.indexprs::text, i.indpred::text) LIKE format('%%:varattno %s %%', attribute.attnum)
		LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('column %I of table %s cannot be sealed: it is used by %s', attribute.attname,
					relation, problem.what),
				HINT = problem.fix || ' The class of the column validates and normalises values itself: an index on '
					'the column answers equality whatever the spelling.';
		END IF;
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.columns_to_seal(regclass, jsonb) IS 'internal: the columns that protect() will seal';

CREATE FUNCTION gdpr_internal.row_key_text(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE count(*) WHEN 1 THEN format('(%s)::text', min(quote_ident(a.attname)))
		ELSE format('ROW(%s)::text', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) END
	FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = relation AND i.indisprimary
$$;
COMMENT ON FUNCTION gdpr_internal.row_key_text(regclass) IS
'internal: an expression, the primary key of a row as the quarantine names it';

/* Values that are not of their class, by key and never by value. */
CREATE FUNCTION gdpr_internal.settle_invalid(relation regclass, attribute pg_catalog.pg_attribute, class text,
									subject_expression text, on_invalid text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text := gdpr_internal.plain_text(attribute, class);
	row_key text := gdpr_internal.row_key_text(relation);
	bad text := format('pg_catalog.btrim(%1$s, E'' \t\r\n'') <> '''' AND NOT gdpr.is_valid(%2$L, %1$s)', plain, class);
	keys text;
	count bigint;
BEGIN
	IF class = 'bytes' THEN
		RETURN 0;
	END IF;
	EXECUTE format('SELECT count(*), string_agg(k, '', '') FILTER (WHERE n <= 10) FROM (SELECT %s AS k, row_number() '
		'OVER () AS n FROM %s WHERE %s) bad',
				   row_key, relation, bad) INTO count, keys;
	IF count = 0 THEN
		RETURN 0;
	ELSIF on_invalid = 'error' THEN
		RAISE EXCEPTION USING ERRCODE = '22P02',
			MESSAGE = format('%s values of column %I of table %s are not of class %s', count, attribute.attname,
				relation, class),
			DETAIL = format('Rows by key%s: %s.', CASE WHEN count > 10 THEN ', the first 10' ELSE '' END, keys),
			HINT = 'Correct them, or protect with on_invalid => ''quarantine'', which seals them aside and '
				'leaves NULL.';
	END IF;
	IF attribute.attnotnull THEN
		RAISE EXCEPTION USING ERRCODE = '23502',
			MESSAGE = format('column %I of table %s is NOT NULL, so its %s invalid values cannot be set aside',
				attribute.attname, relation, count),
			DETAIL = format('Rows by key%s: %s.', CASE WHEN count > 10 THEN ', the first 10' ELSE '' END, keys),
			HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', relation, attribute.attname);
	END IF;
	EXECUTE format('INSERT INTO gdpr.quarantine (relation, row_key, column_name, class, value) SELECT %L::regclass, '
		'%s, %L, %L, gdpr_internal.seal_text(%s, %s) FROM %s WHERE %s',
				   relation, row_key, attribute.attname, class, plain, subject_expression, relation, bad);
	RAISE NOTICE USING MESSAGE = format('%s invalid values of column %I of table %s are in gdpr.quarantine', count,
		attribute.attname, relation),
		DETAIL = format('Rows by key%s: %s.', CASE WHEN count > 10 THEN ', the first 10' ELSE '' END, keys);
	RETURN count;
END $$;
COMMENT ON FUNCTION gdpr_internal.settle_invalid(regclass, pg_catalog.pg_attribute, text, text, text) IS
'internal: refuses or quarantines the values of a column that are not of its class';

/* Row security and triggers of one table: the protected one, a partition, or a child. */
CREATE FUNCTION gdpr_internal.guard_rows(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polname = 'gdpr_rows') THEN
		EXECUTE format('CREATE POLICY gdpr_rows ON %s AS RESTRICTIVE USING (gdpr.row_visible(purposes, gdpr_subject)) '
			'WITH CHECK (gdpr.row_writable(purposes, gdpr_subject))', relation);
	END IF;
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polpermissive) THEN
		/* ours only restricts; without a permissive one no one would see anything */
		EXECUTE format('CREATE POLICY gdpr_permit ON %s USING (true) WITH CHECK (true)', relation);
	END IF;
	IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname = '~gdpr_bind') THEN
		EXECUTE format('CREATE TRIGGER "~gdpr_bind" BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE '
			'FUNCTION gdpr_internal.bind_row()', relation);
	END IF;
	IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname = '~gdpr_unused') THEN
		EXECUTE format('CREATE TRIGGER "~gdpr_unused" AFTER INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION '
			'gdpr_internal.remove_unused_subjects()', relation);
	END IF;
	IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname = '~gdpr_truncate') THEN
		EXECUTE format('CREATE TRIGGER "~gdpr_truncate" BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION '
			'gdpr_internal.record_truncate()', relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_rows(regclass) IS
'internal: row security and triggers of a protected table, a partition or child of one';

/* Write down which people the rows of a table are about; the subject table that they lead to. */
CREATE FUNCTION gdpr_internal.register(relation regclass, owner text) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	paths text[] := CASE WHEN owner IS NOT NULL THEN gdpr_internal.split_path(owner, ',') END;
	target regclass := relation;
	path record;
BEGIN
	FOR path IN SELECT * FROM gdpr_internal.owner_path(relation, paths[1]) WHERE owner IS NOT NULL
	LOOP
		INSERT INTO gdpr.owner_step (relation, step, on_table, columns, type_column, type_value, next_table,
			next_columns)
		VALUES (register.relation, path.step, path.on_table, path.columns, path.type_column, path.type_value,
				CASE WHEN path.type_column IS NOT NULL THEN path.refers_to END, path.next_columns);
		target := path.refers_to;
		PERFORM gdpr_internal.relation_changed(target);	/* it is followed now */
	END LOOP;
	IF NOT EXISTS (SELECT FROM gdpr.subject_table t WHERE t.relation = target) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('owner "%s" of table %s leads to %s, which is not a subject table', owner,
			relation, target),
			HINT = format('SELECT gdpr.declare_subject(%L, ''<key column>'');', target);
	END IF;
	INSERT INTO gdpr.protected_table (relation, subject_table) VALUES (register.relation, target);
	FOR n IN 2 .. coalesce(cardinality(paths), 0)
	LOOP
		PERFORM gdpr_internal.register_type(relation, paths[n], n - 1);
	END LOOP;
	RETURN target;
END $$;
COMMENT ON FUNCTION gdpr_internal.register(regclass, text) IS
'internal: registers a protected table with its owner path, or several for several types of a pair; 55000 when it '
	'leads to no subject table';

CREATE FUNCTION gdpr_internal.register_type(relation regclass, path text, link_number integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	steps gdpr.subject_link_step[] := gdpr_internal.steps_of(relation, path);
BEGIN
	IF NOT gdpr_internal.link_binds(relation, link_number, steps) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('path "%s" of table %s is not the owner of a further type', btrim(path), relation),
			HINT = 'Several owners have their types in one column, each another: (type_column = ''A'', id -> a), '
				'(type_column = ''B'', id -> b). gdpr.link() adds owners of the same rows.';
	END IF;
	PERFORM gdpr_internal.add_link(relation, link_number, 'owner', (steps[cardinality(steps)]).next_table, '{}', '{}',
		'delete', NULL, true, steps);
END $$;
COMMENT ON FUNCTION gdpr_internal.register_type(regclass, text, integer) IS
'internal: registers the owner path of a further type of a pair; 22023 when it is none';

/* A column that is sorted keeps its collation; what it says beside its type, as ALTER TABLE takes it. */
CREATE FUNCTION gdpr_internal.collation_of(attribute pg_attribute) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((
		SELECT format(' COLLATE %s', attribute.attcollation::regcollation)
		FROM pg_type t WHERE t.oid = attribute.atttypid AND attribute.attcollation NOT IN (0, t.typcollation)), '')
$$;
CREATE FUNCTION gdpr_internal.collation_kept(attribute pg_attribute, class text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM pg_type t
							 WHERE t.typnamespace = 'gdpr'::regnamespace AND t.typname = 'pii_' || class
								AND t.typcollation <> 0)
				THEN gdpr_internal.collation_of(attribute) ELSE '' END
$$;
COMMENT ON FUNCTION gdpr_internal.collation_of(pg_attribute) IS
'internal: COLLATE and the collation of a column that has another than its type has; else the empty text';
COMMENT ON FUNCTION gdpr_internal.collation_kept(pg_attribute, text) IS
'internal: the same where the class of PII can be collated';

CREATE FUNCTION gdpr.protect(relation gdpr.table_ref, purposes gdpr.purpose_set, owner text DEFAULT NULL,
							 columns jsonb DEFAULT '{}', on_invalid text DEFAULT 'error') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET intervalstyle = 'postgres' AS $$
DECLARE
	column_to_seal record;
	subject_expression text;
	alter text;
	bound text;
	quarantined bigint := 0;
	suppressed bigint;
	member regclass;
BEGIN
	IF on_invalid IS NULL OR on_invalid NOT IN ('error', 'quarantine') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'on_invalid must be ''error'' or ''quarantine''';
	ELSIF purposes = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('table %s must serve at least one purpose', relation),
			HINT = 'SELECT name, description FROM gdpr.purpose; lists them.';
	END IF;
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM gdpr_internal.check_protectable(relation, owner);

	PERFORM gdpr_internal.register(relation, owner);
	subject_expression := format('gdpr_internal.row_subject(%L::pg_catalog.regclass, %s)', relation,
		gdpr_internal.column_list_text(gdpr_internal.binding_columns(relation)));
	alter := format('ADD COLUMN purposes gdpr.purpose_set NOT NULL DEFAULT %L, ALTER COLUMN gdpr_subject TYPE '
		'bigint USING %s',
					purposes, subject_expression);
	FOR column_to_seal IN SELECT s.attribute, s.class, s.sealed, (s.attribute).attname AS name
		FROM gdpr_internal.columns_to_seal(relation, columns) s
	LOOP
		IF on_invalid = 'quarantine' AND NOT column_to_seal.sealed THEN
			quarantined := quarantined + gdpr_internal.settle_invalid(relation, column_to_seal.attribute,
				column_to_seal.class, subject_expression, on_invalid);
		END IF;
		bound := CASE WHEN column_to_seal.sealed THEN format('gdpr_internal.bind_value(%I, %s)', column_to_seal.name,
			subject_expression)
					  ELSE format('gdpr_internal.seal_%s(%s, %s)', column_to_seal.class,
						  gdpr_internal.plain_text(column_to_seal.attribute, column_to_seal.class),
						  subject_expression) END;
		IF on_invalid = 'quarantine' AND NOT column_to_seal.sealed AND column_to_seal.class <> 'bytes' THEN
			bound := format('CASE WHEN gdpr.is_valid(%1$L, %2$s) OR pg_catalog.btrim(%2$s, E'' \t\r\n'') = '''' '
				'THEN %3$s END', column_to_seal.class,
				gdpr_internal.plain_text(column_to_seal.attribute, column_to_seal.class), bound);
		END IF;
		/* a column that is sealed keeps its domain */
		alter := alter || format(', ALTER COLUMN %1$I TYPE %2$s%3$s USING CAST(%4$s AS %2$s), ADD CONSTRAINT %5$I '
				'CHECK (gdpr.is_bound(%1$I))',
			column_to_seal.name,
			CASE WHEN column_to_seal.sealed THEN format_type((column_to_seal.attribute).atttypid, -1)
				ELSE 'gdpr.pii_' || column_to_seal.class END,
			gdpr_internal.collation_kept(column_to_seal.attribute, column_to_seal.class), bound,
			'gdpr_bound_' || column_to_seal.name);
		INSERT INTO gdpr.protected_column (relation, column_name, class, original_type)
		VALUES (protect.relation, column_to_seal.name, column_to_seal.class,
				CASE WHEN NOT column_to_seal.sealed
					 THEN format_type((column_to_seal.attribute).atttypid, (column_to_seal.attribute).atttypmod)
						  || gdpr_internal.collation_of(column_to_seal.attribute) END);
	END LOOP;

	EXECUTE format('ALTER TABLE %s ADD COLUMN gdpr_subject bigint', relation);
	BEGIN
		EXECUTE format('ALTER TABLE %s %s', relation, alter);
	EXCEPTION WHEN data_exception THEN
		/* the first invalid value ended it; say all, which only a table that has some pays a scan for */
		PERFORM gdpr_internal.settle_invalid(relation, s.attribute, s.class, subject_expression, on_invalid)
		FROM gdpr_internal.columns_to_seal(relation, columns) s WHERE NOT s.sealed AND on_invalid = 'error';
		RAISE;
	END;
	FOR member IN
		WITH RECURSIVE tree (oid) AS (
			SELECT protect.relation::oid UNION ALL SELECT i.inhrelid FROM tree t
				JOIN pg_inherits i ON i.inhparent = t.oid
		) SELECT t.oid::regclass FROM tree t
	LOOP
		PERFORM gdpr_internal.guard_rows(member);
	END LOOP;

	PERFORM gdpr_internal.declare_purposes(relation, purposes);
	suppressed := gdpr.suppressed_rows(relation);
	IF suppressed > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s rows of table %s have an identifier that is suppressed',
			suppressed, relation),
			HINT = 'Were they a list, delete them; gdpr.is_suppressed() tells which they are.';
	END IF;
	PERFORM gdpr_internal.record_setup('table protected', jsonb_build_object('table', relation::text, 'owner', owner,
		'purposes', purposes::text[], 'columns', columns, 'quarantined', quarantined)
		|| CASE WHEN suppressed > 0 THEN jsonb_build_object('suppressed', suppressed) ELSE '{}' END);
	IF columns <> '{}' THEN
		RAISE NOTICE USING MESSAGE = format('table %s is protected; its old plaintext is out of reach of this command',
			relation),
			DETAIL = 'It stays in write-ahead log, backups, replicas'' logs and dead statistics until they '
				'are recycled.',
			HINT = 'VACUUM pg_statistic; CHECKPOINT; SELECT pg_switch_wal(); take a new base backup and let the old '
				'ones expire.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.protect(gdpr.table_ref, gdpr.purpose_set, text, jsonb, text) IS
'Protects a table (Art. 25, 32): seals columns ({"email":"pii_email"}; columns of a PII type are taken along), tags '
	'rows with purposes, finds each row''s subject (owner: path of columns through foreign keys, or a constraint''s '
	'name; through a pair (type, id) as (type_column = ''Type'', id_column -> table), several types with commas '
	'between them; none for a subject table), filters rows. One transaction, one rewrite, an exclusive lock. '
	'on_invalid: error lists rows by key, quarantine seals invalid values aside. Errors: 42501 not the owner, 55000 '
	'no primary key, no subject, already protected, DEFAULT or key column, 42701 a column purposes or gdpr_subject '
	'exists, 22P02 invalid values, 22023 owner cannot be read, 23502 personal data in rows that lead to no one, ZG002 '
	'unknown purpose, ZG019 no master key.';
