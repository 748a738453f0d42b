/*
 * scope.sql: the people that a breach concerns: from the ledger of reads, from a table as it is, or from a list.
 * Subjects are numbers, kept as ranges; nothing is revealed to count them.
 */
CREATE TABLE gdpr.breach_scope
(
	breach			uuid NOT NULL REFERENCES gdpr.breach (id),
	number			integer NOT NULL,
	source			text NOT NULL CHECK (source IN ('reads', 'table', 'list')),
	criteria		jsonb NOT NULL,
	subjects		int8multirange NOT NULL,
	special			int8multirange NOT NULL,
	classes			text[] NOT NULL,
	records			bigint,
	sealed			boolean NOT NULL,
	open_columns	text[] NOT NULL,
	at				timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role			name NOT NULL,
	dropped_at		timestamptz,
	drop_reason		text CHECK ((drop_reason IS NULL) = (dropped_at IS NULL)),
	PRIMARY KEY (breach, number)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_scope', '');
COMMENT ON TABLE gdpr.breach_scope IS
'the people that a breach concerns, by the source that says so: subjects by number, those with special categories of '
	'data, the classes of data, rows, whether the values were sealed when they leaked, and columns beside them that '
	'were not; as it was when it was looked up';

CREATE FUNCTION gdpr_internal.guard_breach_scope() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP <> 'UPDATE' OR OLD.dropped_at IS NOT NULL
	   OR to_jsonb(NEW) - '{dropped_at,drop_reason}'::text[] <> to_jsonb(OLD) - '{dropped_at,drop_reason}'::text[] THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = format('%s on gdpr.breach_scope is refused: what was looked up stays', TG_OP),
			HINT = 'SELECT gdpr.drop_breach_scope(id, number, reason); and look it up again.';
	END IF;
	RETURN NEW;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_breach_scope() IS
'internal: trigger; a scope can only be dropped, with its reason; raises 42501';
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON gdpr.breach_scope FOR EACH ROW
	EXECUTE FUNCTION gdpr_internal.guard_breach_scope();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gdpr.breach_scope FOR EACH STATEMENT
	EXECUTE FUNCTION gdpr_internal.guard_breach_scope();
ALTER TABLE gdpr.breach_scope ENABLE ALWAYS TRIGGER guard;
ALTER TABLE gdpr.breach_scope ENABLE ALWAYS TRIGGER guard_truncate;

/* ---- what is in a table, without revealing it ---- */

CREATE FUNCTION gdpr_internal.subject_count(subjects int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(sum(upper(r) - lower(r)), 0)::bigint FROM unnest(subjects) r
$$;
COMMENT ON FUNCTION gdpr_internal.subject_count(int8multirange) IS 'internal: how many subjects';

CREATE FUNCTION gdpr_internal.require_protected(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = require_protected.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('table %s is not protected: it does not say which people its rows are about', relation),
			HINT = 'Give a list of people with gdpr.add_breach_list(), or their number with '
				'gdpr.describe_breach(id, ''persons'', ''{"number": {"approx": n}}'');';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_protected(regclass) IS 'internal: 55000 unless the table is protected';

/* Consecutive numbers become one range before they are aggregated: a table of millions is a few. */
CREATE FUNCTION gdpr_internal.row_subjects(relation regclass, condition text) RETURNS int8multirange
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found int8multirange;
BEGIN
	EXECUTE format('SELECT range_agg(int8range(i.low, i.high + 1))
		FROM (SELECT min(s.subject) AS low, max(s.subject) AS high
			  FROM (SELECT d.subject, d.subject - row_number() OVER (ORDER BY d.subject) AS island
					FROM (SELECT DISTINCT t.gdpr_subject AS subject FROM %s t WHERE t.gdpr_subject > 0 AND (%s)) d) s
			  GROUP BY s.island) i', relation, condition) INTO found;
	RETURN coalesce(found, '{}');
END $$;
COMMENT ON FUNCTION gdpr_internal.row_subjects(regclass, text) IS
'internal: the subjects of a protected table''s rows that fulfil a condition, which no user wrote';

/* Art. 9 by the class of a column that is filled, or by the condition under which a purpose of the row works. */
CREATE FUNCTION gdpr_internal.special_subjects(relations regclass[]) RETURNS int8multirange
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	special_purposes gdpr.purpose_set := gdpr.purpose_set(ARRAY(SELECT p.name FROM gdpr.purpose p
		WHERE p.art9_condition IS NOT NULL));
	t record;
	found int8multirange := '{}';
BEGIN
	FOR t IN
		SELECT p.relation, string_agg(format('t.%I IS NOT NULL', c.column_name),
			' OR ') FILTER (WHERE c.column_name IS NOT NULL) AS health
		FROM gdpr.protected_table p
		LEFT JOIN gdpr.protected_column c ON c.relation = p.relation AND c.class = 'health'
		WHERE p.relation = ANY (relations) GROUP BY p.relation
	LOOP
		found := found + gdpr_internal.row_subjects(t.relation,
			format('t.purposes && %L::gdpr.purpose_set', special_purposes) || coalesce(' OR ' || t.health, ''));
	END LOOP;
	RETURN found;
END $$;
COMMENT ON FUNCTION gdpr_internal.special_subjects(regclass[]) IS
'internal: subjects with special categories of data in protected tables: a health column is filled, or a purpose of '
	'the row works under Art. 9(2)';

CREATE FUNCTION gdpr_internal.open_columns(relations regclass[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(format('%s.%I', a.attrelid::regclass, a.attname) ORDER BY a.attrelid::regclass::text,
		a.attnum), '{}')
	FROM pg_attribute a
	WHERE a.attrelid = ANY (relations) AND a.attnum > 0 AND NOT a.attisdropped
		AND a.attname NOT IN ('purposes', 'gdpr_subject') AND a.atttypid <> 'gdpr.search_tokens'::regtype
	  AND NOT EXISTS (SELECT FROM gdpr.protected_column c WHERE c.relation = a.attrelid AND c.column_name = a.attname)
	  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype IN ('p', 'f')
		  AND a.attnum = ANY (k.conkey))
$$;
COMMENT ON FUNCTION gdpr_internal.open_columns(regclass[]) IS 'internal: columns that are neither sealed nor keys';

CREATE FUNCTION gdpr_internal.add_breach_scope(breach gdpr.breach, source text, criteria jsonb,
	subjects int8multirange, relations regclass[],
									  classes text[], records bigint, revealed boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	placed integer;
	found bigint := gdpr_internal.subject_count(subjects);
BEGIN
	INSERT INTO gdpr.breach_scope (breach, number, source, criteria, subjects, special, classes, records, sealed,
		open_columns, role)
	SELECT breach.id, coalesce(max(s.number), 0) + 1, add_breach_scope.source, add_breach_scope.criteria,
		add_breach_scope.subjects,
		   gdpr_internal.special_subjects(relations) * add_breach_scope.subjects,
		   coalesce(add_breach_scope.classes, ARRAY(SELECT DISTINCT c.class FROM gdpr.protected_column c
			   WHERE c.relation = ANY (relations) ORDER BY c.class)),
		   add_breach_scope.records,
		   NOT revealed AND cardinality(relations) > 0
			   AND NOT EXISTS (SELECT FROM unnest(relations) r WHERE NOT EXISTS (SELECT FROM gdpr.protected_column c
				   WHERE c.relation = r)),
		   gdpr_internal.open_columns(relations), gdpr_internal.acting_role()
	FROM gdpr.breach_scope s WHERE s.breach = breach.id
	RETURNING number INTO placed;
	PERFORM gdpr_internal.add_breach_event(breach.id, 'scope added',
		jsonb_build_object('scope', placed, 'persons', found),
		jsonb_build_object('scope', placed, 'source', source, 'persons', found));
	RETURN found;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_breach_scope(gdpr.breach, text, jsonb, int8multirange, regclass[], text[],
	bigint, boolean) IS
'internal: keeps the people that a breach concerns, and how their data were protected at this moment';

/* ---- the three sources ---- */

CREATE FUNCTION gdpr.add_breach_list(id uuid, subject_table gdpr.table_ref, subject_keys text[],
	tables gdpr.table_ref[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id);
	relations regclass[] := coalesce(tables, ARRAY[subject_table]);
	unknown bigint;
	found int8multirange;
BEGIN
	PERFORM gdpr_internal.require_protected(r) FROM unnest(relations) r;
	SELECT range_agg(int8range(n, n + 1)), count(*) FILTER (WHERE n IS NULL) INTO found, unknown
	FROM (SELECT gdpr_internal.subject_number(subject_table, k) FROM unnest(subject_keys) k) x (n);
	IF found IS NULL OR unknown > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = format('%s of the %s people are not on record',
			coalesce(unknown, 0), coalesce(cardinality(subject_keys), 0)),
			HINT = 'A key is the text of the primary key, (a,b) when it has several columns. An erased person is no '
				'longer found by it.';
	END IF;
	RETURN gdpr_internal.add_breach_scope(b, 'list', jsonb_build_object('subject_table', subject_table::text, 'tables',
		to_jsonb(relations::text[])), found, relations, NULL, NULL, false);
END $$;
COMMENT ON FUNCTION gdpr.add_breach_list(uuid, gdpr.table_ref, text[], gdpr.table_ref[]) IS
'Adds people by a list of their keys to those a breach concerns, and returns how many they are (Art. 33(3)(a), 34). '
	'tables: the protected tables that leaked, default the subject table. Errors: 02000 people not on record, 55000 '
	'table not protected or breach closed.';

CREATE FUNCTION gdpr.add_breach_table(id uuid, relation gdpr.table_ref) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id);
	rows bigint;
BEGIN
	PERFORM gdpr_internal.require_protected(relation);
	EXECUTE format('SELECT count(*) FROM %s', relation) INTO rows;
	RETURN gdpr_internal.add_breach_scope(b, 'table', jsonb_build_object('table', relation::text),
		gdpr_internal.row_subjects(relation, 'true'), ARRAY[relation], NULL, rows, false);
END $$;
COMMENT ON FUNCTION gdpr.add_breach_table(uuid, gdpr.table_ref) IS
'Adds everybody who has a row in a protected table now, such as one that was copied, to those a breach concerns, and '
	'returns how many they are (Art. 33(3)(a), 34). Errors: 55000 table not protected or breach closed, 02000 no '
	'such breach.';

CREATE FUNCTION gdpr.add_breach_reads(id uuid, since timestamptz, until timestamptz, role name DEFAULT NULL,
	application text DEFAULT NULL,
									  client text DEFAULT NULL, purpose text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id);
	found record;
BEGIN
	IF since IS NULL OR until IS NULL OR since >= until THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'since must come before until';
	END IF;
	WITH reads AS MATERIALIZED (
		SELECT coalesce(l.subjects, int8multirange(int8range(l.subject, l.subject + 1))) AS subjects, l.detail
		FROM gdpr.ledger l
		WHERE l.kind = 'read' AND l.at >= since AND l.at < until AND num_nonnulls(l.subject, l.subjects) > 0
		  AND (add_breach_reads.role IS NULL OR l.role = add_breach_reads.role
			  OR l.detail ->> 'user' = add_breach_reads.role)
		  AND (add_breach_reads.application IS NULL OR l.detail ->> 'application' = add_breach_reads.application)
		  AND (add_breach_reads.client IS NULL OR l.detail ->> 'client' = add_breach_reads.client)
		  AND (add_breach_reads.purpose IS NULL OR l.detail ->> 'purpose' = add_breach_reads.purpose)
	)
	SELECT coalesce((SELECT range_agg(r.subjects) FROM reads r), '{}') AS subjects,
		   ARRAY(SELECT DISTINCT to_regclass(n) FROM reads r
			   CROSS JOIN jsonb_array_elements_text(r.detail -> 'relations') n
				 WHERE to_regclass(n) IS NOT NULL) AS relations,
		   ARRAY(SELECT DISTINCT c FROM reads r
			   CROSS JOIN jsonb_object_keys(coalesce(r.detail -> 'revealed', '{}') || coalesce(r.detail -> 'masked',
			   '{}')) c ORDER BY c) AS classes,
		   EXISTS (SELECT FROM reads r WHERE r.detail ? 'revealed') AS revealed
	INTO found;
	RETURN gdpr_internal.add_breach_scope(b, 'reads',
		jsonb_strip_nulls(jsonb_build_object('since', gdpr_internal.utc(since), 'until', gdpr_internal.utc(until),
		'role', role,
		'application', application, 'client', client, 'purpose', purpose)), found.subjects, found.relations,
			found.classes, NULL, found.revealed);
END $$;
COMMENT ON FUNCTION gdpr.add_breach_reads(uuid, timestamptz, timestamptz, name, text, text, text) IS
'Adds everybody whose data were shown, says the ledger, from since until before until: to a role (who logged in, or '
	'acted), an application, a client''s address, for a purpose, each or any; returns how many they are (Art. '
	'33(3)(a), 34). A stolen password: its role and the time it was abused. What was revealed was not sealed. Reads '
	'reach the ledger within seconds, on a standby not at all. Errors: 22023 times, 55000 closed, 02000.';

CREATE FUNCTION gdpr.drop_breach_scope(id uuid, number integer, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id);
	why text := gdpr_internal.require_reason(reason, 'dropping people from a breach needs its reason');
BEGIN
	UPDATE gdpr.breach_scope s SET dropped_at = clock_timestamp(), drop_reason = why
	WHERE s.breach = b.id AND s.number = drop_breach_scope.number AND s.dropped_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'the breach has no such scope',
			HINT = 'SELECT number, source, criteria FROM gdpr.breach_scope WHERE dropped_at IS NULL;';
	END IF;
	PERFORM gdpr_internal.add_breach_event(b.id, 'scope dropped', jsonb_build_object('scope', number, 'reason', why),
		jsonb_build_object('scope', number));
END $$;
COMMENT ON FUNCTION gdpr.drop_breach_scope(uuid, integer, text) IS
'Takes back a list, table or window that was added by mistake; it stays on record with the reason. Errors: ZG022 no '
	'reason, 02000 no such scope, 55000 closed.';

/* ---- who, and how many ---- */

CREATE FUNCTION gdpr_internal.breach_ranges(id uuid) RETURNS int8multirange
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(range_agg(s.subjects), '{}') FROM gdpr.breach_scope s WHERE s.breach = id AND s.dropped_at IS NULL
$$;
COMMENT ON FUNCTION gdpr_internal.breach_ranges(uuid) IS 'internal: the numbers of the subjects that a breach concerns';

CREATE FUNCTION gdpr.breach_subjects(id uuid) RETURNS TABLE (subject bigint, subject_table regclass, subject_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.number, s.relation, s.key
	FROM unnest(gdpr_internal.breach_ranges(id)) r JOIN gdpr.subject s ON s.number >= lower(r) AND s.number < upper(r)
	ORDER BY s.number
$$;
COMMENT ON FUNCTION gdpr.breach_subjects(uuid) IS
'The people that a breach concerns: number, subject table and key; the last two are NULL for a person erased since. '
	'Add them with gdpr.add_breach_list(), add_breach_table() or add_breach_reads() (Art. 34).';

CREATE FUNCTION gdpr.breach_counts(id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH scope AS MATERIALIZED (
		SELECT * FROM gdpr.breach_scope s WHERE s.breach = id AND s.dropped_at IS NULL
	), person AS MATERIALIZED (
		SELECT * FROM gdpr.breach_subjects(id)
	)
	SELECT jsonb_build_object(
		'persons', (SELECT count(*) FROM person),
		'by_subject_table', (SELECT coalesce(jsonb_object_agg(t.subject_table::text, t.count), '{}')
							 FROM (SELECT p.subject_table, count(*) FROM person p WHERE p.subject_table IS NOT NULL
								 GROUP BY p.subject_table) t),
		'erased_since', (SELECT count(*) FROM person p WHERE p.subject_table IS NULL),
		'special_categories', gdpr_internal.subject_count((SELECT range_agg(s.special) FROM scope s)),
		'children_at_least', (SELECT count(*) FROM person p
			WHERE EXISTS (SELECT FROM gdpr.consent_event c WHERE c.subject = p.subject AND c.child)),
		'classes', (SELECT coalesce(jsonb_agg(DISTINCT c ORDER BY c), '[]') FROM scope s
			CROSS JOIN unnest(s.classes) c),
		'records', (SELECT sum(s.records) FROM scope s),
		'sealed', (SELECT bool_and(s.sealed) FROM scope s WHERE s.subjects <> '{}'),
		'open_columns', (SELECT coalesce(jsonb_agg(DISTINCT c ORDER BY c), '[]') FROM scope s
			CROSS JOIN unnest(s.open_columns) c))
$$;
COMMENT ON FUNCTION gdpr.breach_counts(uuid) IS
'How many people a breach concerns (Art. 33(3)(a)), in all, by subject table, with special categories of data, erased '
	'since; children_at_least counts those whose consents say so, since birth dates are sealed; which classes of '
	'data, how many rows of copied tables, whether all values were sealed (null when no people were added) and which '
	'columns beside them were not. Nothing is revealed for it.';
