/*
 * limit.sql: how many people a login may see in an hour, and when (Art. 32(1), 32(4)); and what is unusual in the
 * ledger's reads.
 *
 * A rule refuses or warns. The backend itself refuses, before the value is out (src/audit/limit.h); everything else is
 * found afterwards by gdpr.find_anomalies(), a job that goes through the reads since it ran last.
 */

/*
 * The first nine columns in this order: src/audit/limit.c. Rows about a dropped role concern no one, and are left out
 * of dumps.
 */
CREATE TABLE gdpr.read_limit
(
	number			integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	role			regrole CHECK (role::oid <> 0),
	purpose			integer REFERENCES gdpr.purpose,
	people_per_hour	bigint CHECK (people_per_hour >= 0),
	open_from		time,
	open_to			time,
	weekdays_only	boolean NOT NULL DEFAULT false,
	time_zone		text NOT NULL,
	action			text NOT NULL CHECK (action IN ('refuse', 'warn')),
	set_by			name NOT NULL DEFAULT SESSION_USER,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CHECK ((open_from IS NULL) = (open_to IS NULL) AND coalesce(open_from <> open_to, true)),
	CHECK (people_per_hour IS NOT NULL OR open_from IS NOT NULL OR weekdays_only)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.read_limit',
	'WHERE role IS NULL OR role::oid IN (SELECT oid FROM pg_catalog.pg_roles)');
SELECT pg_catalog.pg_extension_config_dump('gdpr.read_limit_number_seq', '');
COMMENT ON TABLE gdpr.read_limit IS
'rules of reading: how many people who logged in as, or acts as, a member of role (NULL: everybody) may see in an '
	'hour for purpose (NULL: any), and at which hours of time_zone; beyond that reading is refused, or a '
	'finding (Art. 32)';

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON gdpr.read_limit
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.purpose_table_changed();
CREATE TRIGGER changed_truncate AFTER TRUNCATE ON gdpr.read_limit
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.purpose_table_changed();
ALTER TABLE gdpr.read_limit ENABLE ALWAYS TRIGGER changed;
ALTER TABLE gdpr.read_limit ENABLE ALWAYS TRIGGER changed_truncate;

CREATE TABLE gdpr.anomaly
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind		text NOT NULL CHECK (kind IN ('too many people', 'off hours', 'first use', 'refused')),
	login		text NOT NULL,
	purpose		text NOT NULL,
	rule		integer,
	since		timestamptz NOT NULL,
	until		timestamptz NOT NULL,
	people		bigint NOT NULL,
	entry		bigint NOT NULL,
	found_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	judged_at	timestamptz,
	judged_by	name,
	judgement	text CHECK (pg_catalog.btrim(judgement) <> ''),
	CHECK (pg_catalog.num_nulls(judged_at, judged_by, judgement) IN (0, 3))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.anomaly', '');
SELECT pg_catalog.pg_extension_config_dump('gdpr.anomaly_number_seq', '');
CREATE INDEX anomaly_open ON gdpr.anomaly (kind, login, purpose, rule) WHERE judged_at IS NULL;
COMMENT ON TABLE gdpr.anomaly IS
'unusual reading, found in the ledger: who, for what purpose, against which rule of gdpr.read_limit, from since until '
	'the last read like it, how many people, and the first entry of the ledger that shows it; open until '
	'it is judged';

/* Who has read before, and what of the ledger was looked at. */
CREATE TABLE gdpr.known_reader
(
	login		text NOT NULL,
	purpose		text NOT NULL,
	first_entry	bigint NOT NULL,
	PRIMARY KEY (login, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.known_reader', '');
COMMENT ON TABLE gdpr.known_reader IS
'logins that have read for a purpose, and their first entry in the ledger: a login that is not here reads for '
	'the first time';

CREATE TABLE gdpr.watched_until
(
	one		boolean PRIMARY KEY DEFAULT true CHECK (one),
	entry	bigint NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.watched_until', '');
COMMENT ON TABLE gdpr.watched_until IS 'the last entry of the ledger that gdpr.find_anomalies() has looked at';

CREATE FUNCTION gdpr.limit_reads(role gdpr.role_ref DEFAULT NULL, purpose text DEFAULT NULL,
	people_per_hour bigint DEFAULT NULL,
								 open_from time DEFAULT NULL, open_to time DEFAULT NULL,
									 weekdays_only boolean DEFAULT false,
								 time_zone text DEFAULT NULL, action text DEFAULT 'refuse') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	placed integer;
BEGIN
	IF action IS NULL OR action NOT IN ('refuse', 'warn') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown action', HINT = 'Use refuse or warn.';
	ELSIF people_per_hour < 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'people_per_hour is negative';
	ELSIF (open_from IS NULL) <> (open_to IS NULL) OR open_from = open_to THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'open_from and open_to belong together, and differ';
	ELSIF people_per_hour IS NULL AND open_from IS NULL AND weekdays_only IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the rule limits nothing',
			HINT = 'Give people_per_hour, or open_from and open_to, or weekdays_only.';
	END IF;
	time_zone := coalesce(time_zone, current_setting('log_timezone'));
	IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = time_zone) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown time zone',
			HINT = 'Use a name such as Europe/Brussels: SELECT name FROM pg_timezone_names;';
	END IF;
	INSERT INTO gdpr.read_limit (role, purpose, people_per_hour, open_from, open_to, weekdays_only, time_zone, action)
	VALUES (limit_reads.role, gdpr.purpose_number(limit_reads.purpose), limit_reads.people_per_hour,
		limit_reads.open_from,
			limit_reads.open_to, coalesce(limit_reads.weekdays_only, false), limit_reads.time_zone, limit_reads.action)
	RETURNING number INTO placed;
	PERFORM gdpr_internal.record('reads limited', NULL,
		jsonb_strip_nulls(jsonb_build_object('rule', placed, 'role', role::text, 'purpose', purpose,
		'people_per_hour', people_per_hour, 'open_from', open_from, 'open_to', open_to, 'weekdays_only',
			coalesce(weekdays_only, false),
		'time_zone', time_zone, 'action', action)));
	RETURN placed;
END $$;
COMMENT ON FUNCTION gdpr.limit_reads(gdpr.role_ref, text, bigint, time, time, boolean, text, text) IS
'Limits reading by every login that is, or acts as, a member of role (NULL: all), for purpose (NULL: any): '
	'people_per_hour, and hours from open_from until before open_to (over midnight when that is earlier) in time_zone '
	'(default the server''s), on weekdays only. People are counted as the ledger has them, each once per statement, '
	'masked or not, over all rules'' purposes together. action refuse: what goes beyond raises 53400 before it is '
	'shown, from the next statement of every session on; warn: gdpr.find_anomalies() finds it. Answers the rule''s '
	'number. Errors: ZG002 unknown purpose, 22023 a rule that limits nothing, time zone, action. Art. 32.';

CREATE FUNCTION gdpr.unlimit_reads(number integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM gdpr.read_limit l WHERE l.number = unlimit_reads.number;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such rule',
			HINT = 'SELECT * FROM gdpr.read_limit;';
	END IF;
	PERFORM gdpr_internal.record('reads not limited', NULL, jsonb_build_object('rule', number));
END $$;
COMMENT ON FUNCTION gdpr.unlimit_reads(integer) IS
'Takes a rule of gdpr.limit_reads() away, by its number. Errors: 02000.';

CREATE FUNCTION gdpr_internal.is_open(rule gdpr.read_limit, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT (rule.weekdays_only AND extract(isodow FROM l.at) > 5)
		AND (rule.open_from IS NULL
			 OR CASE WHEN rule.open_from < rule.open_to THEN l.at::time >= rule.open_from AND l.at::time < rule.open_to
					 ELSE l.at::time >= rule.open_from OR l.at::time < rule.open_to END)
	FROM (SELECT is_open.at AT TIME ZONE rule.time_zone) l (at)
$$;
COMMENT ON FUNCTION gdpr_internal.is_open(gdpr.read_limit, timestamptz) IS
'internal: may it be read for a rule at this moment?';

/* A role may be gone; a superuser is no one special. */
CREATE FUNCTION gdpr_internal.is_about(rule gdpr.read_limit, login text, acting text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT rule.role IS NULL OR EXISTS (
		WITH RECURSIVE member (oid) AS (
			SELECT rule.role::oid UNION SELECT m.member FROM pg_auth_members m JOIN member r ON r.oid = m.roleid)
		SELECT FROM member m JOIN pg_roles r ON r.oid = m.oid WHERE r.rolname IN (login, acting))
$$;
COMMENT ON FUNCTION gdpr_internal.is_about(gdpr.read_limit, text, text) IS
'internal: does a rule concern a login, or the role it acts as?';

/* The same unusual thing again is the same finding, until someone judges it. */
CREATE FUNCTION gdpr_internal.note_anomaly(kind text, login text, purpose text, rule integer, since timestamptz,
	until timestamptz, people bigint, entry bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE gdpr.anomaly a SET until = greatest(a.until, note_anomaly.until),
		people = CASE note_anomaly.kind WHEN 'too many people' THEN greatest(a.people, note_anomaly.people)
			ELSE a.people + note_anomaly.people END
	WHERE a.kind = note_anomaly.kind AND a.login = note_anomaly.login AND a.purpose = note_anomaly.purpose
	  AND a.rule IS NOT DISTINCT FROM note_anomaly.rule AND a.judged_at IS NULL;
	IF FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO gdpr.anomaly (kind, login, purpose, rule, since, until, people, entry)
	VALUES (note_anomaly.kind, note_anomaly.login, note_anomaly.purpose, note_anomaly.rule, note_anomaly.since,
		note_anomaly.until, note_anomaly.people, note_anomaly.entry);
	PERFORM gdpr_internal.record('anomaly', NULL, jsonb_build_object('kind', note_anomaly.kind, 'login',
		note_anomaly.login, 'purpose', note_anomaly.purpose, 'entry', note_anomaly.entry));
	RETURN true;
END $$;
COMMENT ON FUNCTION gdpr_internal.note_anomaly(text, text, text, integer, timestamptz, timestamptz, bigint, bigint) IS
'internal: one finding of find_anomalies()';

CREATE FUNCTION gdpr_internal.people_in(subject bigint, subjects int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN subject IS NOT NULL THEN 1
		ELSE coalesce((SELECT sum(upper(r) - lower(r)) FROM unnest(subjects) r), 0) END::bigint
$$;
COMMENT ON FUNCTION gdpr_internal.people_in(bigint, int8multirange) IS
'internal: how many people an entry of the ledger is about';

/*
 * Reads come into the ledger in the order of their numbers, one worker writing them, so what is beyond the number
 * reached last is new. What came late (from a standby) may be old by its time; hours are counted by time.
 */
CREATE FUNCTION gdpr_internal.reads_between(after bigint, until bigint)
RETURNS TABLE (number bigint, at timestamptz, login text, acting text, purpose text, people bigint, refused boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.number, l.at, l.role::text, l.detail ->> 'user', coalesce(l.detail ->> 'purpose', ''),
		gdpr_internal.people_in(l.subject, l.subjects),
		   coalesce(l.detail -> 'denied' ?| ARRAY['the limit of people an hour is reached',
			   'personal data are not read at this hour'], false)
	FROM gdpr.ledger l WHERE l.kind = 'read' AND l.number > after AND l.number <= until
$$;
COMMENT ON FUNCTION gdpr_internal.reads_between(bigint, bigint) IS
'internal: reads in the ledger, as find_anomalies() looks at them';

/* What is unusual in the reads after `reached` and until `last`: one row for each finding. */
CREATE FUNCTION gdpr_internal.unusual_reads(reached bigint, last bigint, first_run boolean)
RETURNS TABLE (kind text, login text, purpose text, rule integer, since timestamptz, until timestamptz, people bigint,
	entry bigint)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH new AS MATERIALIZED (
		SELECT * FROM gdpr_internal.reads_between(reached, last)
	), reader AS (
		INSERT INTO gdpr.known_reader
		SELECT n.login, n.purpose, min(n.number) FROM new n WHERE n.people > 0 GROUP BY n.login, n.purpose
		ON CONFLICT DO NOTHING RETURNING *
	), rule AS MATERIALIZED (
		SELECT l.*::gdpr.read_limit AS l, p.name AS purpose FROM gdpr.read_limit l
			LEFT JOIN gdpr.purpose p ON p.number = l.purpose WHERE l.action = 'warn'
	), near AS (
		/* each read with those of the hour before it, also from before the last run */
		SELECT e.number, e.at, e.role::text AS login, e.detail ->> 'purpose' AS purpose, (r.l).number AS rule,
			(r.l).people_per_hour AS expected,
			   sum(gdpr_internal.people_in(e.subject, e.subjects)) OVER (PARTITION BY (r.l).number, e.role
				   ORDER BY e.at RANGE interval '1 hour' PRECEDING) AS people
		FROM rule r
		JOIN gdpr.ledger e ON e.kind = 'read' AND e.number <= last AND e.at >= (SELECT min(n.at) - interval '1 hour'
			FROM new n)
			AND (r.purpose IS NULL OR r.purpose = e.detail ->> 'purpose')
				AND gdpr_internal.is_about(r.l, e.role::text, e.detail ->> 'user')
		WHERE (r.l).people_per_hour IS NOT NULL
	)
	SELECT 'first use', k.login, k.purpose, NULL::integer, min(n.at), max(n.at), sum(n.people)::bigint, k.first_entry
	FROM reader k JOIN new n ON n.login = k.login AND n.purpose = k.purpose
	WHERE NOT first_run GROUP BY k.login, k.purpose, k.first_entry
	UNION ALL
	SELECT 'refused', n.login, n.purpose, NULL, min(n.at), max(n.at), sum(n.people)::bigint, min(n.number)
	FROM new n WHERE n.refused GROUP BY n.login, n.purpose
	UNION ALL
	SELECT 'off hours', n.login, n.purpose, (r.l).number, min(n.at), max(n.at), sum(n.people)::bigint, min(n.number)
	FROM rule r JOIN new n ON (r.purpose IS NULL OR r.purpose = n.purpose)
		AND gdpr_internal.is_about(r.l, n.login, n.acting)
	WHERE n.people > 0 AND NOT gdpr_internal.is_open(r.l, n.at)
	GROUP BY n.login, n.purpose, (r.l).number
	UNION ALL
	SELECT 'too many people', w.login, string_agg(DISTINCT w.purpose, ', ' ORDER BY w.purpose), w.rule, min(w.at),
		max(w.at), max(w.people)::bigint, min(w.number)
	FROM near w WHERE w.people > w.expected AND w.number > reached
	GROUP BY w.login, w.rule
$$;
COMMENT ON FUNCTION gdpr_internal.unusual_reads(bigint, bigint, boolean) IS
'internal: what is unusual in some of the ledger''s reads; notes who has read';

CREATE FUNCTION gdpr.find_anomalies() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reached bigint;
	last bigint;
	r record;
	found bigint := 0;
BEGIN
	/* one at a time; the second finds nothing left */
	LOCK TABLE gdpr.watched_until IN SHARE ROW EXCLUSIVE MODE;
	SELECT w.entry INTO reached FROM gdpr.watched_until w;
	SELECT coalesce(max(l.number), reached, 0) INTO last FROM gdpr.ledger l WHERE l.kind = 'read'
		AND l.number > coalesce(reached, 0);
	FOR r IN SELECT * FROM gdpr_internal.unusual_reads(coalesce(reached, 0), last, reached IS NULL)
	LOOP
		found := found + gdpr_internal.note_anomaly(r.kind, r.login, r.purpose, r.rule, r.since, r.until, r.people,
			r.entry)::integer;
	END LOOP;
	INSERT INTO gdpr.watched_until AS w (entry) VALUES (last) ON CONFLICT (one) DO UPDATE SET entry = excluded.entry;
	IF found > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s kinds of unusual reading were found', found),
			HINT = 'SELECT * FROM gdpr.anomaly WHERE judged_at IS NULL;';
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION gdpr.find_anomalies() IS
'Goes through the reads that came into the ledger since it ran last and puts what is unusual into gdpr.anomaly, each '
	'once until it is judged: more people in an hour, or other hours, than a rule that warns allows; reads that a '
	'rule refused; a login that reads for a purpose for the first time (not at the very first run). Answers how much '
	'is new, and warns. A job (Art. 32(1)(d)).';

CREATE FUNCTION gdpr.judge_anomaly(number bigint, judgement text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(judgement) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a judgement needs words',
			HINT = 'Say what it was, without naming anyone; if data leaked, gdpr.open_breach().';
	END IF;
	UPDATE gdpr.anomaly a SET judged_at = clock_timestamp(), judged_by = SESSION_USER,
		judgement = btrim(judge_anomaly.judgement)
	WHERE a.number = judge_anomaly.number AND a.judged_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such open finding',
			HINT = 'SELECT * FROM gdpr.anomaly WHERE judged_at IS NULL;';
	END IF;
	PERFORM gdpr_internal.record('anomaly judged', NULL, jsonb_build_object('number', number));
END $$;
COMMENT ON FUNCTION gdpr.judge_anomaly(bigint, text) IS
'Closes a finding of gdpr.find_anomalies() with what it was found to be; the next read like it is a new finding. '
	'Errors: ZG022 no words, 02000 no such open finding.';

CREATE FUNCTION gdpr_internal.anomaly_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'reading-unusual', 'login ' || quote_ident(a.login),
		   CASE a.kind
				WHEN 'first use' THEN format('it read for purpose %s for the first time', a.purpose)
				WHEN 'off hours' THEN format('it read for purpose %s outside the hours of rule %s', a.purpose, a.rule)
				WHEN 'refused' THEN format('it was refused more reading for purpose %s by a limit', a.purpose)
				ELSE format('it saw %s people within an hour, more than rule %s expects', a.people, a.rule) END,
		   format('SELECT * FROM gdpr.anomaly WHERE number = %s; if all is well: SELECT '
			   'gdpr.judge_anomaly(%s, ''<what it was>'');', a.number, a.number)
	FROM gdpr.anomaly a WHERE a.judged_at IS NULL
$$;
COMMENT ON FUNCTION gdpr_internal.anomaly_findings() IS
'internal: part of status(): unusual reading that has not been judged';
SELECT gdpr_internal.finds('audit', 'gdpr_internal.anomaly_findings');
