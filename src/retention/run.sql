/*
 * run.sql: the runner. One run is one rule from its first table to its last row; one step of it is one batch in one
 * transaction: rows are locked, skipping those that another session has locked, and taken away together with the counts
 * that say so. Killed between steps nothing is lost or counted twice; killed in a step it never happened. A run that
 * was cut off is closed by the next runner, which finds what is still due from the rows themselves.
 *
 * The procedure commits, so it can neither be SECURITY DEFINER nor catch errors: gdpr_internal.retention_step() is,
 * and does.
 */
CREATE TABLE gdpr.retention_run
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	rule		integer NOT NULL,
	relation	text NOT NULL,
	purpose		text NOT NULL,
	action		text NOT NULL,
	cutoff		timestamptz NOT NULL,
	state		text NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'done', 'stopped', 'failed', 'interrupted')),
	started_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	last_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	finished_at	timestamptz,
	role		name NOT NULL DEFAULT SESSION_USER,
	pid			integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
	deleted		bigint NOT NULL DEFAULT 0,
	anonymised	bigint NOT NULL DEFAULT 0,
	untagged	bigint NOT NULL DEFAULT 0,
	shredded	bigint NOT NULL DEFAULT 0,
	held		bigint NOT NULL DEFAULT 0,
	waiting		bigint NOT NULL DEFAULT 0,
	kept_by		name[] NOT NULL DEFAULT '{}',
	digest		bytea NOT NULL DEFAULT '',
	members		oid[],
	member		integer NOT NULL DEFAULT 1,
	position	text[],
	error		text,
	error_constraint	text
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_run', '');
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_run_number_seq', '');
CREATE INDEX retention_run_rule ON gdpr.retention_run (rule, number);
CREATE INDEX retention_run_running ON gdpr.retention_run (number) WHERE state = 'running';
COMMENT ON TABLE gdpr.retention_run IS
'every run of a retention rule: cutoff, counts (held: legal hold or restriction; waiting: kept by the foreign keys '
	'kept_by), SHA-256 chain over the keys of the rows it changed (digest), never a value; members, member and '
	'position are where a running one is';

/* Is someone still at it? A runner that was cancelled goes on to other statements. */
CREATE FUNCTION gdpr_internal.is_running(run gdpr.retention_run) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM pg_stat_activity a
				   WHERE a.pid = run.pid AND a.state = 'active' AND a.query_start <= run.started_at)
$$;
COMMENT ON FUNCTION gdpr_internal.is_running(gdpr.retention_run) IS
'internal: is the backend of a run still in the statement that began it?';

CREATE VIEW gdpr.retention_progress AS
SELECT r.number AS run, r.pid, r.relation, r.purpose, r.action, r.member AS table_number,
	pg_catalog.cardinality(r.members) AS tables,
	r.deleted, r.anonymised, r.untagged, r.held, r.waiting, r.started_at, r.last_at
FROM gdpr.retention_run r
WHERE r.state = 'running' AND gdpr_internal.is_running(r);
COMMENT ON VIEW gdpr.retention_progress IS
'the runs that are going on now, as of their last batch; partitions are counted as tables';

CREATE VIEW gdpr.retention_runs AS
SELECT l.number AS rule, l.relation, p.name AS purpose, l.action, last.number AS last_run,
	CASE WHEN last.state = 'running' AND NOT last.running THEN 'interrupted' ELSE last.state END AS last_state,
	last.started_at AS last_started, pg_catalog.concat_ws(' ', last.error, last.error_constraint) AS last_error,
	success.at AS last_success,
	last.deleted, last.anonymised, last.untagged, last.held, last.waiting, last.kept_by,
	GREATEST(success.at, l.set_at) < pg_catalog.now() - interval '2 days' AS late
FROM gdpr.retention_rule l
JOIN gdpr.purpose p ON p.number = l.purpose
LEFT JOIN LATERAL (SELECT r.*, gdpr_internal.is_running(r) AS running FROM gdpr.retention_run r WHERE r.rule = l.number
	ORDER BY r.number DESC LIMIT 1) last ON true
CROSS JOIN LATERAL (SELECT pg_catalog.max(d.finished_at) AS at FROM gdpr.retention_run d WHERE d.rule = l.number
	AND d.state = 'done') success;
COMMENT ON VIEW gdpr.retention_runs IS
'per rule: how its last run went, when a run last came to its end, and whether that is more than two days ago (late)';

CREATE FUNCTION gdpr_internal.retention_deadline(max_time interval) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	/* a runner that would be cancelled by statement_timeout stops in time by itself */
	SELECT least(clock_timestamp() + max_time,
				 statement_timestamp() + 0.8 * nullif(current_setting('statement_timeout')::interval, interval '0'))
$$;
COMMENT ON FUNCTION gdpr_internal.retention_deadline(interval) IS
'internal: when a runner stops by itself; NULL = when it is done';

CREATE FUNCTION gdpr_internal.finish_retention_run(run bigint, state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.retention_run;
BEGIN
	UPDATE gdpr.retention_run u SET state = finish_retention_run.state, members = NULL, position = NULL,
		finished_at = CASE finish_retention_run.state WHEN 'interrupted' THEN u.last_at ELSE clock_timestamp() END
	WHERE u.number = run AND u.state = 'running' RETURNING * INTO r;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM gdpr_internal.record('retention run', NULL,
		jsonb_strip_nulls(jsonb_build_object('run', r.number, 'rule', r.rule,
		'table', r.relation, 'purpose', r.purpose, 'action', r.action, 'cutoff', r.cutoff, 'from', r.started_at, 'to',
			r.finished_at,
		'state', r.state, 'deleted', r.deleted, 'anonymised', r.anonymised, 'untagged', r.untagged, 'shredded',
			r.shredded, 'held', r.held,
		'waiting', r.waiting, 'digest', encode(r.digest, 'hex'), 'error', r.error, 'constraint', r.error_constraint)));
	IF r.deleted + r.anonymised + r.untagged + r.held + r.waiting > 0 THEN
		RAISE NOTICE USING MESSAGE = format('table %s, purpose %s: %s rows %s, %s tags removed, %s held, %s waiting%s',
			r.relation, r.purpose, r.deleted + r.anonymised, CASE r.action WHEN 'anonymise' THEN 'anonymised'
				WHEN 'archive' THEN 'archived' ELSE 'deleted' END, r.untagged, r.held, r.waiting,
			CASE WHEN r.kept_by <> '{}' THEN ' for rows of ' || array_to_string(r.kept_by, ', ') ELSE '' END);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.finish_retention_run(bigint, text) IS
'internal: closes a run and puts it in the ledger';

CREATE FUNCTION gdpr_internal.close_interrupted_runs() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.finish_retention_run(r.number, 'interrupted') FROM gdpr.retention_run r
	WHERE r.state = 'running' AND NOT gdpr_internal.is_running(r)
$$;
COMMENT ON FUNCTION gdpr_internal.close_interrupted_runs() IS
'internal: closes the runs whose runner was killed or cancelled';

/* Rows live in the leaves of a partitioned table, and in every table of an inheritance tree. */
CREATE FUNCTION gdpr_internal.start_retention_run(rule integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE tree (oid) AS (
		SELECT l.relation::oid FROM gdpr.retention_rule l WHERE l.number = start_retention_run.rule
		UNION
		SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
	)
	INSERT INTO gdpr.retention_run AS u (rule, relation, purpose, action, cutoff, members)
	SELECT l.number, l.relation::text, p.name, l.action, now() - l.period,
		   ARRAY(SELECT t.oid FROM tree t JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'r'
			   ORDER BY c.oid::regclass::text)
	FROM gdpr.retention_rule l JOIN gdpr.purpose p ON p.number = l.purpose WHERE l.number = start_retention_run.rule
	RETURNING u.number
$$;
COMMENT ON FUNCTION gdpr_internal.start_retention_run(integer) IS
'internal: begins a run of a rule and answers its number';

/* An erasure left rows that a hold kept: when the hold is over they go, the last tables that refer first. */
CREATE FUNCTION gdpr_internal.end_held() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept record;
	piece record;
	gone bigint := 0;
BEGIN
	FOR kept IN
		SELECT e.kept_as, to_regclass(x ->> 'table') AS relation
		FROM gdpr.erasure e JOIN gdpr.subject s ON s.number = e.kept_as AND s.wrapped_key IS NOT NULL,
			jsonb_array_elements(e.result -> 'exceptions') WITH ORDINALITY u (x, n)
		WHERE x ->> 'action' = 'hold' AND x ->> 'role' = 'owner' AND to_regclass(x ->> 'table') IS NOT NULL
		  AND EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = to_regclass(x ->> 'table'))
		ORDER BY e.at, n
	LOOP
		CONTINUE WHEN EXISTS (SELECT FROM gdpr.graph_link g WHERE g.relation = kept.relation AND g.on_erase = 'keep');
		FOR piece IN EXECUTE format('SELECT d.member, array_agg(d.place) AS places FROM (SELECT '
			't.tableoid::regclass AS '
			'member, t.ctid AS place FROM %s t WHERE t.gdpr_subject = $1%s FOR UPDATE) d GROUP BY d.member',
			kept.relation, gdpr_internal.not_kept(kept.relation)) USING kept.kept_as
		LOOP
			gone := gone + gdpr_internal.delete_rows(piece.member, piece.places);
		END LOOP;
	END LOOP;
	IF gone > 0 THEN
		PERFORM gdpr_internal.record('rows held no longer deleted', NULL, jsonb_build_object('rows', gone));
	END IF;
	RETURN gone;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_held() IS
'internal: part of run_retention: deletes the rows that an erasure left for a hold which is over';

/* However its last row went: by a rule, by hand, with a partition. */
CREATE FUNCTION gdpr_internal.shred_heirs() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	/* kept after an erasure, or of a person whose own row is gone; not those that rows of the archive lie under */
	heirs bigint[] := (SELECT array_agg(s.number) FROM gdpr.subject s WHERE s.relation IS NULL AND s.key IS NULL
		AND s.wrapped_key IS NOT NULL AND NOT EXISTS (SELECT FROM gdpr.archive a WHERE a.sealed_for = s.number)
		AND NOT EXISTS (SELECT FROM gdpr.acquisition l WHERE l.keeper = s.number)
		AND NOT EXISTS (SELECT FROM gdpr.legal_hold h WHERE h.subject = s.number AND h.ended_at IS NULL));
	shredded bigint := 0;
BEGIN
	IF heirs IS NOT NULL THEN
		shredded := gdpr_internal.shred_gone(heirs);
	END IF;
	IF shredded > 0 THEN
		PERFORM gdpr_internal.record('kept rows ended', NULL, jsonb_build_object('people', shredded));
	END IF;
	RETURN shredded;
END $$;
COMMENT ON FUNCTION gdpr_internal.shred_heirs() IS
'internal: part of run_retention: destroys the keys of nameless subjects, of rows that an erasure kept or of people '
	'whose own row is gone, when the last row is gone';

CREATE TYPE gdpr.retention_batch AS
(
	found		bigint,
	last_row	tid,
	to_go		tid[],
	to_untag	tid[],
	subjects	bigint[],
	keys		text,
	held		bigint,
	waiting		bigint,
	kept_by		name[]
);
COMMENT ON TYPE gdpr.retention_batch IS
'internal: what a step of a run found and locked; subjects of rows to go where each is a person, keys of all that '
	'changes, a line each';

/*
 * The next due rows of one table in the order of its primary key, locked: most of them go, and are told by what
 * stays.
 */
CREATE FUNCTION gdpr_internal.lock_due_rows(rule gdpr.retention_rule, member regclass, cutoff timestamptz,
	purpose gdpr.purpose_set,
								   after text[], batch_size integer) RETURNS gdpr.retention_batch
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	batch gdpr.retention_batch;
	columns name[] := gdpr_internal.row_key_columns(rule.relation);
	key_list text := (SELECT string_agg(format('t.%I', c), ', ' ORDER BY n)
		FROM unnest(columns) WITH ORDINALITY k (c, n));
	position text := (SELECT string_agg(format('CAST($3[%s] AS %s)', n, gdpr_internal.base_type(a.atttypid)), ', '
		ORDER BY n)
					  FROM unnest(columns) WITH ORDINALITY k (c, n)
					  JOIN pg_attribute a ON a.attrelid = rule.relation AND a.attname = c);
	places tid[];
	staying tid[];
BEGIN
	EXECUTE format(
		'SELECT count(*), array_agg(place), array_agg(place) FILTER (WHERE NOT keeps AND NOT last), array_agg(place) '
			'FILTER (WHERE keeps OR waits), '
			'%s, string_agg(key, E''\n'') FILTER (WHERE NOT keeps AND NOT waits), count(*) FILTER (WHERE keeps), '
				'count(*) FILTER (WHERE NOT keeps AND waits) '
		'FROM (SELECT t.ctid AS place, t.gdpr_subject AS subject, %s AS key, %s AS keeps, t.purposes = $2 AS last, '
			'%s AS waits '
			'FROM ONLY %s t WHERE %s%s ORDER BY %s LIMIT $4 FOR UPDATE OF t SKIP LOCKED) d',
		CASE WHEN gdpr_internal.is_of_people(rule.relation)
			THEN 'array_agg(subject) FILTER (WHERE NOT keeps AND NOT waits AND last)' ELSE 'NULL' END,
		gdpr_internal.row_key(rule.relation), gdpr_internal.held_condition(rule.relation),
			gdpr_internal.references_of(rule.relation, rule.action), member,
		gdpr_internal.due_condition(rule), CASE WHEN after IS NOT NULL
			THEN format(' AND ROW(%s) > ROW(%s)', key_list, position) ELSE '' END, key_list)
	INTO batch.found, places, batch.to_untag, staying, batch.subjects, batch.keys, batch.held, batch.waiting
	USING cutoff, purpose, after, batch_size;
	batch.last_row := places[batch.found];
	batch.to_go := places;
	IF batch.to_untag IS NOT NULL OR staying IS NOT NULL THEN
		batch.to_go := nullif(ARRAY(SELECT unnest(places) EXCEPT SELECT unnest(batch.to_untag || staying)), '{}');
	END IF;
	IF batch.waiting > 0 THEN
		batch.kept_by := gdpr_internal.keepers(rule, member, staying);
	END IF;
	RETURN batch;
END $$;
COMMENT ON FUNCTION gdpr_internal.lock_due_rows(gdpr.retention_rule, regclass, timestamptz, gdpr.purpose_set, text[],
	integer) IS
'internal: locks the next due rows after a key, skipping those that another session has locked, and sorts them';

CREATE FUNCTION gdpr_internal.keepers(rule gdpr.retention_rule, member regclass, rows tid[]) RETURNS name[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reference record;
	keeps boolean;
	names name[] := '{}';
BEGIN
	FOR reference IN SELECT k.name, k.condition FROM gdpr_internal.keeping_references(rule.relation, rule.action) k
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s t WHERE t.ctid = ANY ($1) AND NOT %s AND %s)',
					   member, gdpr_internal.held_condition(rule.relation), reference.condition) INTO keeps USING rows;
		IF keeps THEN
			names := names || reference.name;
		END IF;
	END LOOP;
	RETURN names;
END $$;
COMMENT ON FUNCTION gdpr_internal.keepers(gdpr.retention_rule, regclass, tid[]) IS
'internal: the foreign keys by which rows of other tables keep some of these';

CREATE FUNCTION gdpr_internal.key_at(relation regclass, member regclass, place tid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key text[];
BEGIN
	EXECUTE format('SELECT ARRAY[%s] FROM ONLY %s t WHERE t.ctid = $1',
		(SELECT string_agg(format('t.%I::text', c), ', ' ORDER BY n)
			FROM unnest(gdpr_internal.row_key_columns(relation)) WITH ORDINALITY k (c, n)), member)
	INTO key USING place;
	RETURN key;
END $$;
COMMENT ON FUNCTION gdpr_internal.key_at(regclass, regclass, tid) IS 'internal: the primary key of a row';

/* Not to be contacted again, which keeps no one from coming back: the channels, not 'any'. */
CREATE FUNCTION gdpr_internal.suppress_rows(member regclass, rows tid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	identifier record;
BEGIN
	FOR identifier IN
		SELECT a.attname, c.class, c.channel
		FROM (VALUES ('email', 'email'), ('phone', 'phone'), ('phone', 'sms')) c (class, channel),
			unnest(gdpr_internal.columns_of_class(member, c.class)) a (attname)
	LOOP
		EXECUTE format('INSERT INTO gdpr.suppression (hash, class, channel, reason) '
					   'SELECT DISTINCT gdpr_internal.suppression_hash(t.%I::gdpr.pii_%s), %2$L, %L::gdpr.channel, '
						   '''retention period over'' '
					   'FROM ONLY %s t WHERE t.ctid = ANY ($1) AND t.%1$I IS NOT NULL ON CONFLICT ON CONSTRAINT '
						   'suppression_pkey DO UPDATE SET since = excluded.since',
					   identifier.attname, identifier.class, identifier.channel, member) USING rows;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.suppress_rows(regclass, tid[]) IS
'internal: e-mail addresses and telephone numbers of rows onto the suppression list';

CREATE FUNCTION gdpr_internal.forget_quarantined(relation regclass, member regclass, rows tid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM gdpr.quarantine q WHERE q.relation = forget_quarantined.relation) THEN
		EXECUTE format('DELETE FROM gdpr.quarantine q USING ONLY %s t WHERE t.ctid = ANY ($1) AND q.relation = $2 AND '
			'q.row_key = %s',
					   member, gdpr_internal.row_key(relation)) USING rows, relation;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_quarantined(regclass, regclass, tid[]) IS
'internal: what was set aside of rows that are about to go';

/* Takes away what a batch found; answers the change. A trigger that keeps a row would be a rule that never ends. */
CREATE FUNCTION gdpr_internal.take_away(rule gdpr.retention_rule, member regclass, purpose gdpr.purpose_set,
	batch gdpr.retention_batch,
							   OUT deleted bigint, OUT anonymised bigint, OUT untagged bigint, OUT shredded bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	deleted := 0;
	anonymised := 0;
	shredded := 0;
	IF batch.to_go IS NOT NULL THEN
		PERFORM gdpr_internal.keep_activity(rule.relation, member, batch.to_go);
		PERFORM gdpr_internal.forget_quarantined(rule.relation, member, batch.to_go);
	END IF;
	IF rule.action = 'anonymise' AND batch.to_go IS NOT NULL THEN
		PERFORM gdpr_internal.check_depersonalising(rule.relation);
		anonymised := gdpr_internal.update_rows(member, batch.to_go,
			gdpr_internal.depersonalising_assignments(rule.relation));
	ELSIF batch.to_go IS NOT NULL THEN
		IF rule.action = 'suppress' THEN
			PERFORM gdpr_internal.suppress_rows(member, batch.to_go);
		ELSIF rule.action = 'archive' THEN
			PERFORM gdpr_internal.archive_rows(rule, member, batch.to_go);
		END IF;
		deleted := gdpr_internal.delete_rows(member, batch.to_go);
	END IF;
	untagged := coalesce(gdpr_internal.untag_rows(member, batch.to_untag, purpose), 0);
	IF deleted + anonymised <> coalesce(cardinality(batch.to_go), 0)
		OR untagged <> coalesce(cardinality(batch.to_untag), 0) THEN
		RAISE EXCEPTION USING ERRCODE = '27000',
			MESSAGE = format('a trigger of table %s keeps rows that are due', member);
	END IF;
	IF batch.to_go IS NOT NULL AND gdpr_internal.is_of_people(rule.relation) THEN
		shredded := gdpr_internal.shred_gone(batch.subjects);
		IF deleted > 0 THEN
			PERFORM gdpr_internal.end_identities(batch.subjects);
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.take_away(gdpr.retention_rule, regclass, gdpr.purpose_set, gdpr.retention_batch) IS
'internal: deletes, anonymises and untags the rows of a batch, shreds people of which nothing is left; 27000 when a '
	'trigger keeps rows';

/* A partition that another runner dropped, or someone detached, is no table of the rule any more. */
CREATE FUNCTION gdpr_internal.is_member(relation regclass, member oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT member = relation::oid AND EXISTS (SELECT FROM pg_class c WHERE c.oid = member)
		OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = member AND NOT i.inhdetachpending)
$$;
COMMENT ON FUNCTION gdpr_internal.is_member(regclass, oid) IS
'internal: is this table still the rule''s, or of its tree?';

CREATE FUNCTION gdpr_internal.next_member(run bigint, gone bigint DEFAULT 0, digest bytea DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gdpr.retention_run u SET member = u.member + 1, position = NULL, last_at = clock_timestamp(),
		deleted = u.deleted + gone, digest = coalesce(next_member.digest, u.digest)
	WHERE u.number = run
$$;
COMMENT ON FUNCTION gdpr_internal.next_member(bigint, bigint, bytea) IS
'internal: a run is done with a table, of which so many rows went as one step';

CREATE FUNCTION gdpr_internal.retention_step(run bigint, batch_size integer, whole boolean, OUT changed bigint,
	OUT finished boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	this gdpr.retention_run;
	rule gdpr.retention_rule;
	tag gdpr.purpose_set;
	member regclass;
	batch gdpr.retention_batch;
	done record;
	next_position text[];
	failed_constraint text;
BEGIN
	changed := 0;
	finished := true;
	SELECT * INTO this FROM gdpr.retention_run r WHERE r.number = run AND r.state = 'running';
	IF NOT FOUND THEN
		RETURN;
	END IF;
	member := this.members[this.member];
	SELECT * INTO rule FROM gdpr.retention_rule r WHERE r.number = this.rule;
	IF member IS NULL OR rule.number IS NULL THEN
		PERFORM gdpr_internal.finish_retention_run(run, 'done');
		RETURN;
	END IF;
	BEGIN
		finished := false;
		IF NOT gdpr_internal.is_member(rule.relation, member) THEN
			PERFORM gdpr_internal.next_member(run);
			RETURN;
		END IF;
		tag := ARRAY[this.purpose]::gdpr.purpose_set;
		IF whole AND this.position IS NULL THEN
			done := gdpr_internal.take_partition(rule, member, this.cutoff, tag, batch_size, this.digest);
			IF done.rows IS NOT NULL THEN
				PERFORM gdpr_internal.next_member(run, done.rows, done.digest);
				changed := done.rows;
				RETURN;
			END IF;
		END IF;
		SET CONSTRAINTS ALL IMMEDIATE;		/* a deferred one would raise at commit, where no one can catch it */
		batch := gdpr_internal.lock_due_rows(rule, member, this.cutoff, tag, this.position, batch_size);
		next_position := gdpr_internal.key_at(rule.relation, member, batch.last_row);
		done := gdpr_internal.take_away(rule, member, tag, batch);
		UPDATE gdpr.retention_run u SET
			last_at = clock_timestamp(),
			deleted = u.deleted + done.deleted,
			anonymised = u.anonymised + done.anonymised,
			untagged = u.untagged + done.untagged,
			shredded = u.shredded + done.shredded,
			held = u.held + batch.held,
			waiting = u.waiting + batch.waiting,
			kept_by = ARRAY(SELECT DISTINCT k FROM unnest(u.kept_by || batch.kept_by) k ORDER BY k),
			digest = CASE WHEN batch.keys IS NULL THEN u.digest
						  ELSE sha256(u.digest || convert_to(batch.keys, 'UTF8')) END,
			member = CASE WHEN batch.found < batch_size THEN u.member + 1 ELSE u.member END,
			position = CASE WHEN batch.found < batch_size THEN NULL ELSE next_position END
		WHERE u.number = run;
		changed := done.deleted + done.anonymised + done.untagged;
	EXCEPTION WHEN OTHERS THEN
		IF NOT gdpr_internal.is_member(rule.relation, member) THEN
			PERFORM gdpr_internal.next_member(run);
			RETURN;
		END IF;
		finished := true;
		/* the message may repeat a value: the code and the constraint must do */
		GET STACKED DIAGNOSTICS failed_constraint = CONSTRAINT_NAME;
		UPDATE gdpr.retention_run u SET error = SQLSTATE, error_constraint = nullif(failed_constraint, '')
			WHERE u.number = run;
		PERFORM gdpr_internal.finish_retention_run(run, 'failed');
		RAISE WARNING USING ERRCODE = SQLSTATE,
			MESSAGE = format('retention of table %s for purpose %s failed with SQLSTATE %s%s',
			this.relation, this.purpose, SQLSTATE, coalesce(', constraint ' || nullif(failed_constraint, ''), ''));
	END;
END $$;
COMMENT ON FUNCTION gdpr_internal.retention_step(bigint, integer, boolean) IS
'internal: the next batch of a run, of at most batch_size rows, or a whole partition when it may, in this '
	'transaction; an error ends the run, is kept in gdpr.retention_run and raises no further';

/*
 * A mistyped period or a column that means something else shows in the first run, when it is too late: one that would
 * take most rows of a table waits for a person to say that it is meant. A handful of rows is no table to lose.
 */
CREATE FUNCTION gdpr_internal.awaits_confirmation(rule integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	few CONSTANT bigint := 50;
	this gdpr.retention_rule;
	to_go bigint;
	all_rows bigint;
BEGIN
	SELECT r.* INTO this FROM gdpr.retention_rule r WHERE r.number = awaits_confirmation.rule;
	IF NOT FOUND OR this.confirmed_by IS NOT NULL
		OR EXISTS (SELECT FROM gdpr.retention_run r WHERE r.rule = this.number
				   AND (r.state = 'done' OR r.deleted + r.anonymised > 0)) THEN
		RETURN false;
	END IF;
	SELECT sum(d.rows_to_go) INTO to_go
		FROM gdpr.retention_due(this.relation, (SELECT p.name FROM gdpr.purpose p WHERE p.number = this.purpose)) d;
	IF to_go >= few THEN
		EXECUTE format('SELECT count(*) FROM %s', this.relation) INTO all_rows;
	END IF;
	IF to_go >= few AND to_go > all_rows / 2 THEN
		UPDATE gdpr.retention_rule r SET first_run_due = to_go, first_run_rows = all_rows WHERE r.number = this.number;
		RAISE WARNING USING ERRCODE = '55000',
			MESSAGE = format('the first run for table %s and purpose %s would take %s of %s rows, and waits',
				this.relation, (SELECT p.name FROM gdpr.purpose p WHERE p.number = this.purpose), to_go, all_rows),
			HINT = format('When that is meant: SELECT gdpr.confirm_retention(%L, %L);', this.relation,
				(SELECT p.name FROM gdpr.purpose p WHERE p.number = this.purpose));
		RETURN true;
	END IF;
	RETURN false;
END $$;
COMMENT ON FUNCTION gdpr_internal.awaits_confirmation(integer) IS
'internal: would the first run of a rule take most rows of its table, and was it not confirmed?';

CREATE FUNCTION gdpr.confirm_retention(relation gdpr.table_ref, purpose text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	confirmed gdpr.retention_rule;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	UPDATE gdpr.retention_rule r SET confirmed_by = SESSION_USER
	WHERE r.relation = confirm_retention.relation
	  AND r.purpose = gdpr.purpose_number(confirm_retention.purpose, true)
	RETURNING r.* INTO confirmed;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG016',
			MESSAGE = format('table %s has no retention rule for purpose "%s"', relation, purpose),
			HINT = format('SELECT gdpr.set_retention(%L, %L, ...);', relation, purpose);
	END IF;
	PERFORM gdpr_internal.record_setup('retention rule confirmed', jsonb_strip_nulls(jsonb_build_object(
		'rule', confirmed.number, 'table', relation::text, 'purpose', purpose,
		'due', confirmed.first_run_due, 'rows', confirmed.first_run_rows)));
END $$;
COMMENT ON FUNCTION gdpr.confirm_retention(gdpr.table_ref, text) IS
'Confirms a retention rule whose first run would take more than half of the rows of its table (50 rows or more): '
	'until then run_retention() leaves the rule out with a warning, and retention_findings() shows how many rows it is '
	'about. A rule that is set again wants it again. Errors: 42501 not the owner, ZG002 unknown purpose, ZG016 no '
		'rule. '
	'Art. 5(1)(e), 5(2).';

CREATE PROCEDURE gdpr.run_retention(max_rows bigint DEFAULT NULL, batch_size integer DEFAULT 10000,
	max_time interval DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
	deadline timestamptz := gdpr_internal.retention_deadline(max_time);
	left_rows bigint := coalesce(max_rows, 9223372036854775807);
	work record;
	step record;
	run bigint;
BEGIN
	IF batch_size IS NULL OR batch_size < 1 OR left_rows < 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'batch_size must be at least 1, and max_rows not negative';
	END IF;
	PERFORM gdpr_internal.close_interrupted_runs();
	LOOP
		COMMIT;
		EXIT WHEN pg_catalog.clock_timestamp() >= deadline OR gdpr_internal.end_archives(batch_size) = 0;
	END LOOP;
	PERFORM gdpr_internal.sweep_archives();
	PERFORM gdpr_internal.end_quarantine();
	PERFORM gdpr_internal.end_list_held();
	LOOP
		COMMIT;
		EXIT WHEN pg_catalog.clock_timestamp() >= deadline OR gdpr_internal.end_rented(batch_size) = 0;
	END LOOP;
	COMMIT;
	FOR work IN SELECT p.rule FROM gdpr_internal.retention_plan() p ORDER BY p.place
	LOOP
		EXIT WHEN left_rows = 0 OR pg_catalog.clock_timestamp() >= deadline;
		CONTINUE WHEN gdpr_internal.awaits_confirmation(work.rule);
		run := gdpr_internal.start_retention_run(work.rule);
		COMMIT;
		LOOP
			step := gdpr_internal.retention_step(run, least(batch_size, left_rows)::integer, max_rows IS NULL);
			left_rows := left_rows - step.changed;
			IF NOT step.finished AND (left_rows = 0 OR pg_catalog.clock_timestamp() >= deadline) THEN
				PERFORM gdpr_internal.finish_retention_run(run, 'stopped');
				step.finished := true;
			END IF;
			COMMIT;
			EXIT WHEN step.finished;
		END LOOP;
	END LOOP;
	PERFORM gdpr_internal.end_held();
	PERFORM gdpr_internal.shred_heirs();
END $$;
COMMENT ON PROCEDURE gdpr.run_retention(bigint, integer, interval) IS
'Destroys what is in the archive, the import quarantine, held rows of lists and rented lists past its end, then runs '
	'the retention rules, children first (Art. 5(1)(e)): batch_size rows a transaction, at most max_rows rows and '
	'max_time in all (and 80 % of statement_timeout when one is set); the rest is for the next call. Rows that another '
	'session has locked are for the next call too, and a chain of rows within one table goes by a link a call. A '
	'partition in which every row is due goes as one step, unless max_rows is given: dropped when its range is of the '
	'rule''s column, else emptied. May run in several sessions at once, be cancelled or killed: nothing is lost or '
		'done twice. A rule whose first run would take most rows of a table waits '
	'for gdpr.confirm_retention(). A rule that fails is '
	'a warning and in gdpr.retention_run, and the others go on. Watch gdpr.retention_progress. Not inside a '
	'transaction block (2D000). Errors: 22023.';
