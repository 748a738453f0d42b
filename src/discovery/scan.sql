/*
 * scan.sql: the scan. One table is one transaction: a scan that is killed goes on where it was.
 *
 * The procedure and what reads run with the rights of the caller, who sees what he may select; what is found is kept
 * by functions with our rights. gdpr_internal.look_at_table() reads as the owner of each table, so that what views and
 * foreign tables call gets no one's rights but his.
 */
CREATE FUNCTION gdpr_internal.look_at_table(relation regclass, sample integer, max_ms integer, names_only boolean,
	rows double precision, blocks bigint, keys smallint[], foreign_keys smallint[], of_people boolean,
	leads_to_people boolean,
	OUT attnum smallint, OUT column_name name, OUT category text, OUT kind text, OUT class text, OUT special boolean,
	OUT confidence real, OUT evidence text, OUT sampled integer, OUT distinct_values integer, OUT rate real,
	OUT paths jsonb, OUT sealed boolean, OUT was_read boolean) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_discovery_look' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.look_at_table(regclass, integer, integer, boolean, double precision, bigint,
	smallint[], smallint[], boolean, boolean) IS
'internal: judges the columns of a table by name, type, a sample of its content and each other; raises 57014 after '
	'max_ms milliseconds';

CREATE FUNCTION gdpr_internal.look_timed_out() RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_discovery_timed_out' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.look_timed_out() IS
'internal: was it look_at_table() itself that ended the last look?';

CREATE FUNCTION gdpr_internal.is_of_subjects(relation regclass) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr.subject_table s WHERE s.relation = is_of_subjects.relation)
$$;
COMMENT ON FUNCTION gdpr_internal.is_of_subjects(regclass) IS 'internal: is it a declared table of people?';

/* To a table of people that is declared, or called so. */
CREATE FUNCTION gdpr_internal.leads_to_people(relation regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
				   WHERE k.contype = 'f' AND k.conrelid = leads_to_people.relation
					 AND (gdpr_internal.table_kind(c.relname::text) = 'person' OR gdpr_internal.is_of_subjects(c.oid)))
$$;
COMMENT ON FUNCTION gdpr_internal.leads_to_people(regclass) IS
'internal: does a foreign key of the table lead to people?';

/* Partitions are read through their parent; what extensions own is not the user''s data. */
CREATE FUNCTION gdpr_internal.tables_to_scan(schemas name[]) RETURNS oid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(c.oid ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"), '{}')
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
	  AND n.nspname NOT IN ('gdpr', 'gdpr_internal', 'pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
	  AND (schemas IS NULL OR n.nspname = ANY (schemas))
	  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
		  AND d.deptype = 'e')
$$;
COMMENT ON FUNCTION gdpr_internal.tables_to_scan(name[]) IS
'internal: tables, views and foreign tables of users, of these schemas or all';

CREATE FUNCTION gdpr_internal.begin_scan(schemas name[], sample integer, names_only boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown name;
	run bigint;
BEGIN
	IF sample IS NULL OR sample NOT BETWEEN 10 AND 100000 OR names_only IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a scan takes a sample of 10 to 100000 rows of each table',
			HINT = 'Leave sample out for 2000.';
	END IF;
	SELECT s INTO unknown FROM unnest(schemas) s WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = s);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = format('schema %I does not exist', unknown),
			HINT = 'Leave schemas out for all.';
	END IF;
	UPDATE gdpr.scan_run r SET state = 'interrupted', finished_at = r.last_at
	WHERE r.state = 'running' AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = r.pid AND a.state = 'active'
		AND a.query_start <= r.started_at);
	/* one that did not come to its end, and asks the same, goes on */
	UPDATE gdpr.scan_run r SET state = 'running', pid = pg_backend_pid(), finished_at = NULL,
		started_at = statement_timestamp(), last_at = clock_timestamp()
	WHERE r.number = (SELECT max(l.number) FROM gdpr.scan_run l) AND r.state IN ('stopped', 'interrupted')
	  AND r.schemas IS NOT DISTINCT FROM begin_scan.schemas AND r.sample = begin_scan.sample
	  AND r.names_only = begin_scan.names_only AND r.last_at > now() - interval '1 day'
	RETURNING r.number INTO run;
	IF FOUND THEN
		RETURN run;
	END IF;
	INSERT INTO gdpr.scan_run AS r (schemas, sample, names_only, tables)
	VALUES (schemas, sample, names_only, gdpr_internal.tables_to_scan(schemas)) RETURNING r.number INTO run;
	PERFORM gdpr_internal.record('scan begun', NULL,
		jsonb_build_object('run', run, 'schemas', schemas, 'sample', sample, 'names_only', names_only));
	RETURN run;
END $$;
COMMENT ON FUNCTION gdpr_internal.begin_scan(name[], integer, boolean) IS
'internal: begins a scan, or goes on with one that asks the same and was cut off within a day; answers its number';

CREATE FUNCTION gdpr_internal.scan_at(run bigint) RETURNS oid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.tables[r.place + 1] FROM gdpr.scan_run r WHERE r.number = run AND r.state = 'running'
$$;
COMMENT ON FUNCTION gdpr_internal.scan_at(bigint) IS 'internal: the table that a scan is at; NULL after the last';

CREATE FUNCTION gdpr_internal.end_scan(run bigint, state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.scan_run;
BEGIN
	UPDATE gdpr.scan_run u SET state = end_scan.state, finished_at = clock_timestamp()
	WHERE u.number = run AND u.state = 'running' RETURNING * INTO r;
	IF FOUND THEN
		PERFORM gdpr_internal.record('scan ended', NULL, jsonb_build_object('run', run, 'state', state,
			'tables', r.place, 'columns', r.columns, 'personal', r.personal, 'unread', r.unread));
		RAISE NOTICE USING MESSAGE = format('%s of %s tables, %s columns: %s look personal; %s tables were not read',
			r.place, cardinality(r.tables), r.columns, r.personal, r.unread);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_scan(bigint, text) IS 'internal: closes a scan and puts its counts in the ledger';

CREATE FUNCTION gdpr_internal.keep_found(run bigint, relation regclass, seen gdpr_internal.found_column[],
	reading text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.note_drift(run, relation, seen);
	DELETE FROM gdpr.discovered d WHERE d.relation = keep_found.relation
	  AND NOT EXISTS (SELECT FROM unnest(seen) f JOIN pg_attribute a ON a.attrelid = keep_found.relation
					  AND a.attnum = f.attnum
					  WHERE f.attnum = d.attnum AND f.column_name::text = d.column_name AND NOT f.was_read
						AND d.sampled > 0 AND d.type = format_type(a.atttypid, a.atttypmod));
	INSERT INTO gdpr.discovered (relation, attnum, column_name, type, category, confidence, evidence, sampled,
		distinct_values, rate, paths, sealed, reading, run)
	SELECT keep_found.relation, f.attnum, a.attname, format_type(a.atttypid, a.atttypmod), f.category, f.confidence,
		f.evidence, f.sampled, f.distinct_values, f.rate, f.paths, f.sealed, keep_found.reading, keep_found.run
	FROM unnest(seen) f JOIN pg_attribute a ON a.attrelid = keep_found.relation AND a.attnum = f.attnum
	WHERE NOT a.attisdropped
	ON CONFLICT DO NOTHING;
	UPDATE gdpr.scan_run r SET place = r.place + 1, last_at = clock_timestamp(),
		columns = r.columns + coalesce(cardinality(seen), 0),
		personal = r.personal + (SELECT count(*) FROM unnest(seen) f WHERE f.category IS NOT NULL),
		unread = r.unread + (keep_found.reading <> 'content')::integer
	WHERE r.number = run AND r.state = 'running';
END $$;
COMMENT ON FUNCTION gdpr_internal.keep_found(bigint, regclass, gdpr_internal.found_column[], text) IS
'internal: what a scan found in a table takes the place of what the one before found';

CREATE FUNCTION gdpr_internal.table_gone(run bigint, relation oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM gdpr.discovered d WHERE d.relation::oid = table_gone.relation;
	UPDATE gdpr.scan_run r SET place = r.place + 1, last_at = clock_timestamp()
	WHERE r.number = run AND r.state = 'running'
$$;
COMMENT ON FUNCTION gdpr_internal.table_gone(bigint, oid) IS
'internal: a scan passes a table that was dropped meanwhile';

/* What the catalogs say, and then a look; as the caller. */
CREATE FUNCTION gdpr_internal.look(relation regclass, sample integer, max_ms integer, names_only boolean)
	RETURNS gdpr_internal.found_column[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(ROW(l.attnum, l.column_name, l.category, l.confidence, l.evidence, l.sampled, l.distinct_values,
		l.rate, l.paths, l.sealed, l.was_read)::gdpr_internal.found_column ORDER BY l.attnum)
	FROM (SELECT coalesce(sum(greatest(c.reltuples, 0)), 0) AS rows,
				 coalesce(sum(pg_relation_size(c.oid)), 0) / current_setting('block_size')::integer AS blocks
		  FROM pg_partition_tree(look.relation) p JOIN pg_class c ON c.oid = p.relid
		  WHERE c.relkind IN ('r', 'm')) s
	CROSS JOIN LATERAL (
		SELECT coalesce(array_agg(k.n) FILTER (WHERE k.contype = 'p'), '{}') AS keys,
			   coalesce(array_agg(k.n) FILTER (WHERE k.contype = 'f'), '{}') AS foreign_keys
		FROM (SELECT o.contype, unnest(o.conkey) AS n FROM pg_constraint o WHERE o.conrelid = look.relation
			  AND o.contype IN ('p', 'f')) k) k
	CROSS JOIN LATERAL gdpr_internal.look_at_table(look.relation, sample, max_ms, names_only,
		s.rows, s.blocks::bigint, k.keys, k.foreign_keys, gdpr_internal.is_of_subjects(look.relation),
		gdpr_internal.leads_to_people(look.relation)) l
$$;
COMMENT ON FUNCTION gdpr_internal.look(regclass, integer, integer, boolean) IS
'internal: look_at_table() with what the catalogs say of a table''s size and keys';

CREATE FUNCTION gdpr_internal.scan_table(run bigint, relation oid, sample integer, names_only boolean, max_ms integer)
	RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	seen gdpr_internal.found_column[];
	reading text := CASE WHEN names_only THEN 'names only' ELSE 'content' END;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = scan_table.relation) THEN
		PERFORM gdpr_internal.table_gone(run, relation);
		RETURN;
	END IF;
	IF NOT names_only AND NOT has_any_column_privilege(relation, 'SELECT') THEN
		reading := 'names only: no right to read it';
	ELSIF NOT names_only THEN
		BEGIN
			seen := gdpr_internal.look(relation::regclass, sample, max_ms, false);
		EXCEPTION
			WHEN query_canceled THEN
				IF NOT gdpr_internal.look_timed_out() THEN
					RAISE;
				END IF;
				reading := 'names only: reading it takes too long';
			WHEN OTHERS THEN
				/* the message may repeat a value: the code must do */
				reading := format('names only: reading it failed with SQLSTATE %s', SQLSTATE);
		END;
	END IF;
	IF seen IS NULL THEN
		BEGIN
			seen := gdpr_internal.look(relation::regclass, sample, max_ms, true);
		EXCEPTION WHEN undefined_table OR internal_error THEN
			IF EXISTS (SELECT FROM pg_class c WHERE c.oid = scan_table.relation) THEN
				RAISE;
			END IF;
			PERFORM gdpr_internal.table_gone(run, relation);
			RETURN;
		END;
	END IF;
	PERFORM gdpr_internal.keep_found(run, relation::regclass, seen, reading);
END $$;
COMMENT ON FUNCTION gdpr_internal.scan_table(bigint, oid, integer, boolean, integer) IS
'internal: scans one table as the caller; what cannot be read, or not in time, is judged by names';

CREATE FUNCTION gdpr_internal.milliseconds(table_time interval) RETURNS integer
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF table_time IS NULL OR table_time NOT BETWEEN interval '1 ms' AND interval '1 day' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a table takes 1 millisecond to 1 day to read',
			HINT = 'Leave table_time out for 10 seconds.';
	END IF;
	RETURN extract(epoch FROM table_time) * 1000;
END $$;
COMMENT ON FUNCTION gdpr_internal.milliseconds(interval) IS 'internal: the time for one table, in milliseconds';

CREATE PROCEDURE gdpr.scan(schemas text[] DEFAULT NULL, sample integer DEFAULT 2000, names_only boolean DEFAULT false,
	max_time interval DEFAULT NULL, table_time interval DEFAULT '10 seconds')
LANGUAGE plpgsql AS $$
DECLARE
	deadline timestamptz := gdpr_internal.retention_deadline(max_time);
	max_ms integer := gdpr_internal.milliseconds(table_time);
	run bigint := gdpr_internal.begin_scan(schemas::name[], sample, names_only);
	relation oid;
BEGIN
	LOOP
		COMMIT;
		relation := gdpr_internal.scan_at(run);
		EXIT WHEN relation IS NULL OR pg_catalog.clock_timestamp() >= deadline;
		PERFORM gdpr_internal.scan_table(run, relation, sample, names_only, max_ms);
	END LOOP;
	PERFORM gdpr_internal.end_scan(run, CASE WHEN relation IS NULL THEN 'done' ELSE 'stopped' END);
END $$;
COMMENT ON PROCEDURE gdpr.scan(text[], integer, boolean, interval, interval) IS
'Looks for personal data in every column of tables, views and foreign tables, of these schemas or of all, and puts '
	'what it finds in gdpr.scan_results (Art. 30(1)(c)). Evidence: names in six languages, types, keys, neighbours, '
	'and about sample rows of each table; never a value. The caller needs SELECT on what is read; the rest is judged '
	'by names, as everything is with names_only, and what takes more than table_time to read. Each table is a '
	'transaction; stopped by max_time, by 80 % of statement_timeout or by force, the same call within a day goes on. '
	'Watch gdpr.scan_progress. Not inside a transaction block (2D000). Errors: 22023 sample or time, 3F000 schema.';

CREATE PROCEDURE gdpr.rescan(max_time interval DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
	last gdpr.scan_run := gdpr_internal.last_scan();
BEGIN
	IF last.number IS NOT NULL THEN
		CALL gdpr.scan(last.schemas::text[], last.sample, last.names_only, max_time);
	END IF;
END $$;
COMMENT ON PROCEDURE gdpr.rescan(interval) IS
'A job: repeats the last scan, so that drift is found (gdpr.drift). Before the first scan it does nothing. Errors: as '
	'gdpr.scan().';
