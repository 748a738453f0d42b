/*
 * verify.sql: is the ledger what it was? And the anchors, by which also a rewritten or shortened chain shows.
 *
 * A superuser can change any table, and can recompute every hash behind a change. He cannot change what left the
 * database: the head of the chain, in one line, goes to the server log, to gdpr.anchor_file, and to wherever
 * gdpr.anchor() is sent. The line:
 *
 *   gdpr-anchor <time> <system identifier> <database oid> <first seal's hash, 16 digits> <sequence> <hash>
 *
 * An anchor is about this ledger when it names this server and database, or its first seal.
 */

/*
 * The seal that the first one here follows: nothing, or what an entry of kind 'ledger cut' says (src/ledger/cut.sql).
 * Such an entry may be anyone's who may write events, so only one from which the first seal follows counts.
 */
CREATE FUNCTION gdpr_internal.ledger_start(OUT sequence bigint, OUT hash bytea, OUT genesis text,
	OUT cut_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH first AS MATERIALIZED (
		SELECT s.sequence, s.at, s.numbers, s.hash,
			(SELECT coalesce(string_agg(e.hash, '' ORDER BY e.number), '')
			 FROM unnest(s.numbers) r JOIN gdpr.ledger e ON e.number >= lower(r) AND e.number < upper(r)) AS entries
		FROM gdpr.ledger_seal s ORDER BY s.sequence LIMIT 1
	)
	SELECT f.sequence - 1, decode(c.detail ->> 'hash', 'hex'), c.detail ->> 'first', c.at
	FROM first f JOIN gdpr.ledger c ON c.kind = 'ledger cut' AND c.detail -> 'sequence' = to_jsonb(f.sequence - 1)
	WHERE c.detail ->> 'hash' ~ '^[0-9a-f]{64}$' AND c.detail ->> 'first' ~ '^[0-9a-f]{16}$'
	  AND gdpr_internal.seal_hash(decode(c.detail ->> 'hash', 'hex'), f.sequence, f.at, f.numbers, f.entries) = f.hash
	ORDER BY c.number LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.ledger_start() IS
'internal: what the ledger begins with when its beginning was removed; NULLs when it was not';

/* Names this ledger to anchors, wherever it was restored. */
CREATE FUNCTION gdpr_internal.ledger_genesis() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT s.genesis FROM gdpr_internal.ledger_start() s),
					(SELECT left(encode(f.hash, 'hex'), 16) FROM gdpr.ledger_seal f ORDER BY f.sequence LIMIT 1))
$$;
COMMENT ON FUNCTION gdpr_internal.ledger_genesis() IS 'internal: the beginning of the hash of the first seal ever';

CREATE FUNCTION gdpr_internal.anchor_line() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('gdpr-anchor %s %s %s %s %s %s',
		to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		(SELECT system_identifier FROM pg_control_system()),
		(SELECT oid FROM pg_database WHERE datname = current_database()),
		gdpr_internal.ledger_genesis(),
		s.sequence, encode(s.hash, 'hex'))
	FROM gdpr.ledger_seal s ORDER BY s.sequence DESC LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.anchor_line() IS
'internal: the head of the ledger''s chain in one line; NULL when nothing is sealed';

CREATE FUNCTION gdpr_internal.write_anchor(line text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_write_anchor' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.write_anchor(text) IS
'internal: writes a line to the server log and to gdpr.anchor_file';

CREATE FUNCTION gdpr_internal.read_anchors() RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'gdpr_read_anchors' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.read_anchors() IS
'internal: the lines of gdpr.anchor_file; none when there is no such file';

CREATE FUNCTION gdpr.anchor() RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN gdpr_internal.write_anchor(gdpr_internal.anchor_line());
COMMENT ON FUNCTION gdpr.anchor() IS
'Writes the head of the ledger''s hash chain to the server log and to gdpr.anchor_file, and answers it: keep it where '
	'no administrator of this server can change it, and hand it to verify_ledger() (Art. 5(2)). NULL when nothing is '
	'sealed yet. Errors: 58030 the file cannot be written.';

CREATE FUNCTION gdpr_internal.check_anchors(anchors text[]) RETURNS TABLE (sequence bigint, number bigint, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH line AS (
		SELECT string_to_array(btrim(l), ' ') AS part FROM unnest(anchors) l WHERE l ~ '^gdpr-anchor( [^ ]+){6}\s*$'
	), start AS MATERIALIZED (
		SELECT * FROM gdpr_internal.ledger_start()
	), ours AS (
		SELECT l.part[6]::bigint AS sequence, l.part[7] AS hash, min(l.part[2]) AS at
		FROM line l
		WHERE (l.part[3] = (SELECT system_identifier::text FROM pg_control_system())
			   AND l.part[4] = (SELECT oid::text FROM pg_database WHERE datname = current_database()))
		   OR l.part[5] = (SELECT gdpr_internal.ledger_genesis())
		GROUP BY 1, 2
	)
	SELECT o.sequence, NULL::bigint,
		CASE WHEN s.hash IS NULL THEN format('the anchor of %s is missing: the end of the ledger was cut off', o.at)
			 ELSE format('the anchor of %s has another hash: the ledger was rewritten', o.at) END
	FROM ours o
	LEFT JOIN (SELECT l.sequence, l.hash FROM gdpr.ledger_seal l UNION ALL SELECT b.sequence, b.hash FROM start b) s
		ON s.sequence = o.sequence
	WHERE encode(s.hash, 'hex') IS DISTINCT FROM o.hash AND o.sequence >= coalesce((SELECT b.sequence FROM start b), 0)
	UNION ALL
	/* anchored, so sealed, at that time at the latest; gdpr.anchor_interval is a week at most */
	SELECT o.sequence, NULL, format('the anchor of %s was removed from the ledger by %s, which is too early', o.at,
		to_char(b.cut_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
	FROM ours o JOIN start b ON o.sequence <= b.sequence
	WHERE o.at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$'
		AND o.at::timestamptz - interval '8 days' > gdpr_internal.ledger_kept_since(b.cut_at)
	ORDER BY 1
$$;
COMMENT ON FUNCTION gdpr_internal.check_anchors(text[]) IS
'internal: part of verify_ledger, which compares anchors with the chain';

/* The entries by themselves: each against its own hash, and against the seals. One scan. */
CREATE FUNCTION gdpr_internal.check_entries() RETURNS TABLE (sequence bigint, number bigint, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH sealed AS MATERIALIZED (
		SELECT coalesce(range_agg(r), '{}') AS numbers FROM gdpr.ledger_seal s, unnest(s.numbers) r
	), checked AS (
		SELECT e.number,
			e.hash IS DISTINCT FROM gdpr_internal.entry_hash(e.number, e.at, e.role, e.kind, e.subject, e.subjects,
				e.detail) AS altered,
			e.number <@ (SELECT s.numbers FROM sealed s) AS sealed
		FROM gdpr.ledger e
	)
	SELECT (SELECT s.sequence FROM gdpr.ledger_seal s WHERE c.sealed AND s.numbers @> c.number LIMIT 1), c.number,
		CASE WHEN c.altered THEN 'the entry was altered'
			ELSE 'the entry was inserted past the ledger: it waits for no seal' END
	FROM checked c
	WHERE c.altered OR NOT c.sealed AND NOT EXISTS (SELECT FROM gdpr.ledger_unsealed u WHERE u.number = c.number)
$$;
COMMENT ON FUNCTION gdpr_internal.check_entries() IS 'internal: part of verify_ledger, which looks at each entry';

/* The chain: each seal against the one before and the entries that it covers. Walks both in order, by index. */
CREATE FUNCTION gdpr_internal.check_seals(until bigint DEFAULT NULL)
	RETURNS TABLE (sequence bigint, number bigint, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off
	SET jit = off AS $$
	WITH seal AS (
		SELECT s.sequence, s.at, s.numbers, s.hash, coalesce(lag(s.sequence) OVER w, b.sequence, 0) AS before,
			coalesce(lag(s.hash) OVER w, b.hash) AS previous,
			f.entries, f.found
		FROM gdpr.ledger_seal s CROSS JOIN gdpr_internal.ledger_start() b
		CROSS JOIN LATERAL (
			SELECT coalesce(string_agg(e.hash, '' ORDER BY e.number), '') AS entries, count(e.number) AS found
			FROM unnest(s.numbers) r JOIN gdpr.ledger e ON e.number >= lower(r) AND e.number < upper(r)
		) f
		WHERE s.sequence <= until OR until IS NULL
		WINDOW w AS (ORDER BY s.sequence)
	), broken AS MATERIALIZED (
		SELECT s.* FROM seal s
		WHERE s.before <> s.sequence - 1
		   OR s.hash <> gdpr_internal.seal_hash(s.previous, s.sequence, s.at, s.numbers, s.entries)
		   OR s.found <> (SELECT sum(upper(r) - lower(r)) FROM unnest(s.numbers) r)
	)
	SELECT b.sequence, p.number, p.problem
	FROM broken b
	CROSS JOIN LATERAL (
		SELECT NULL::bigint AS number, format('seals %s to %s were deleted', b.before + 1, b.sequence - 1) AS problem
		WHERE b.before <> b.sequence - 1
		UNION ALL
		SELECT n.number, 'the entry was deleted'
		FROM unnest(b.numbers) r, generate_series(lower(r), upper(r) - 1) AS n (number)
		WHERE NOT EXISTS (SELECT FROM gdpr.ledger e WHERE e.number = n.number)
		UNION ALL
		SELECT NULL, 'the seal does not follow from its entries and the seal before: one of them was altered or moved'
		WHERE b.before = b.sequence - 1 AND b.found = (SELECT sum(upper(r) - lower(r)) FROM unnest(b.numbers) r)
	) p
$$;
COMMENT ON FUNCTION gdpr_internal.check_seals(bigint) IS
'internal: part of verify_ledger, which walks the chain, or its part until a seal';

CREATE FUNCTION gdpr.verify_ledger(VARIADIC anchors text[] DEFAULT '{}')
RETURNS TABLE (sequence bigint, number bigint, problem text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT * FROM (
		SELECT * FROM gdpr_internal.check_seals()
		UNION ALL
		SELECT * FROM gdpr_internal.check_entries()
		UNION ALL
		SELECT * FROM gdpr_internal.check_anchors(anchors || ARRAY(SELECT gdpr_internal.read_anchors()))
	) p
	ORDER BY p.sequence NULLS LAST, p.number NULLS LAST
$$;
COMMENT ON FUNCTION gdpr.verify_ledger(text[]) IS
'Every place where the ledger is not what it was, the first broken seal (sequence) and entry (number) first; no row '
	'means intact. Finds entries altered, deleted, inserted or moved; a chain that was cut off or rewritten shows '
	'against gdpr.anchor_file and the anchors handed in (Art. 5(2)). What was recorded in the last seconds and is not '
	'sealed yet is only checked against its own hash.';
