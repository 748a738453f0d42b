/*
 * drift.sql: what is no longer as a scan found it: columns that are new, renamed, retyped or dropped, and content that
 * changed its nature. The catalogs tell the first at once; the next scan tells the last, and keeps them all.
 */
CREATE TABLE gdpr.drift
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind		text NOT NULL CHECK (kind IN ('new', 'renamed', 'retyped', 'dropped', 'changed')),
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	before		text,
	after		text,
	run			bigint NOT NULL,
	found_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	settled_at	timestamptz,
	settled_by	name
);
/* not dumped: it goes with gdpr.discovered */
SELECT gdpr_internal.keeps_relation('gdpr.drift', 'relation', 'delete', names => '{column_name}',
	names_do => 'keep', names_why => 'that it was dropped is drift, too');
CREATE INDEX drift_open ON gdpr.drift (relation) WHERE settled_at IS NULL;
COMMENT ON TABLE gdpr.drift IS
'what scans found changed since the scan before: columns new, renamed (before: the old name), retyped (the types), '
	'dropped, or of which the content changed its nature (the categories). Those that ask for a decision are open '
	'until gdpr.classify() or the drop of the column settles them';

/* What the catalogs say now beside what the last scan saw. */
CREATE FUNCTION gdpr_internal.catalog_drift(relation regclass DEFAULT NULL, OUT kind text, OUT table_name regclass,
	OUT column_name name, OUT before text, OUT after text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH seen AS (
		SELECT DISTINCT d.relation FROM gdpr.discovered d
		WHERE catalog_drift.relation IS NULL OR d.relation = catalog_drift.relation
	), now AS (
		SELECT s.relation, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type
		FROM seen s JOIN pg_attribute a ON a.attrelid = s.relation AND a.attnum > 0 AND NOT a.attisdropped
	)
	SELECT 'new', n.relation, n.attname, NULL, n.type FROM now n
	WHERE NOT EXISTS (SELECT FROM gdpr.discovered d WHERE d.relation = n.relation AND d.attnum = n.attnum)
	UNION ALL
	SELECT 'renamed', n.relation, n.attname, d.column_name, n.attname::text
	FROM now n JOIN gdpr.discovered d ON d.relation = n.relation AND d.attnum = n.attnum
	WHERE d.column_name <> n.attname::text
	UNION ALL
	SELECT 'retyped', n.relation, n.attname, d.type, n.type
	FROM now n JOIN gdpr.discovered d ON d.relation = n.relation AND d.attnum = n.attnum
	WHERE d.type <> n.type AND n.type NOT LIKE 'gdpr.pii\_%'
	UNION ALL
	SELECT 'dropped', d.relation, d.column_name::name, d.category, NULL
	FROM gdpr.discovered d JOIN seen s ON s.relation = d.relation
	WHERE NOT EXISTS (SELECT FROM now n WHERE n.relation = d.relation AND n.attnum = d.attnum)
	  AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.relation)
$$;
COMMENT ON FUNCTION gdpr_internal.catalog_drift(regclass) IS
'internal: columns that are new, renamed, retyped or dropped since the last scan of their table';

/* A scan is about to replace what the one before found. Of what asks for no decision only the fact is kept. */
CREATE FUNCTION gdpr_internal.note_drift(run bigint, relation regclass, seen gdpr_internal.found_column[])
	RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH drifted AS (
		SELECT c.kind, c.column_name, c.before, c.after FROM gdpr_internal.catalog_drift(note_drift.relation) c
		UNION ALL
		SELECT 'changed', f.column_name, coalesce(d.category, 'nothing personal'),
			coalesce(f.category, 'nothing personal')
		FROM unnest(seen) f JOIN gdpr.discovered d ON d.relation = note_drift.relation AND d.attnum = f.attnum
		WHERE f.category IS DISTINCT FROM d.category AND NOT f.sealed AND f.was_read AND d.sampled > 0 AND f.sampled > 0
	), open AS (
		SELECT o.*, o.kind NOT IN ('renamed', 'dropped')
			AND (f.category IS NOT NULL OR EXISTS (SELECT FROM gdpr.classification c
				WHERE c.relation = note_drift.relation AND c.column_name = o.column_name
				  AND c.category <> 'not personal')) AND NOT coalesce(f.sealed, false)
			AND (o.kind <> 'new' OR NOT EXISTS (SELECT FROM gdpr.classification c
				WHERE c.relation = note_drift.relation AND c.column_name = o.column_name)) AS asks
		FROM drifted o LEFT JOIN unnest(seen) f ON f.column_name = o.column_name
	), kept AS (
		INSERT INTO gdpr.drift (kind, relation, column_name, before, after, run, settled_at)
		SELECT o.kind, note_drift.relation, o.column_name, o.before, o.after, note_drift.run,
			CASE WHEN NOT o.asks THEN clock_timestamp() END
		FROM open o
		RETURNING kind, column_name
	)
	SELECT gdpr_internal.record('drift found', NULL, jsonb_build_object('table', note_drift.relation::text,
		'columns', jsonb_agg(jsonb_build_object('column', k.column_name, 'kind', k.kind))))
	FROM kept k HAVING count(*) > 0;
	UPDATE gdpr.drift d SET settled_at = clock_timestamp()
	WHERE d.relation = note_drift.relation AND d.settled_at IS NULL
	  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = d.relation AND a.attname = d.column_name
		  AND NOT a.attisdropped);
$$;
COMMENT ON FUNCTION gdpr_internal.note_drift(bigint, regclass, gdpr_internal.found_column[]) IS
'internal: keeps, and puts in the ledger, what changed in a table since the scan before';

/* Plain columns of protected tables but keys, references, the tag and what says whose a row is. */
CREATE VIEW gdpr_internal.unclassified_column AS
SELECT g.relation, a.attnum, a.attname AS column_name, a.xmin AS writer
FROM gdpr.guarded_table g
JOIN pg_catalog.pg_attribute a ON a.attrelid = g.relation AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
WHERE g.relation = g.root AND a.attname NOT IN ('purposes', 'gdpr_subject')
  AND a.atttypid <> 'gdpr.search_tokens'::pg_catalog.regtype
  AND NOT (t.typnamespace = 'gdpr'::pg_catalog.regnamespace AND t.typname LIKE 'pii\_%')
  AND NOT EXISTS (SELECT FROM gdpr.classification c WHERE c.relation = g.relation AND c.column_name = a.attname)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = g.relation AND k.contype IN ('p', 'f')
				  AND a.attnum = ANY (k.conkey))
  AND NOT EXISTS (SELECT FROM gdpr.owner_step o WHERE o.on_table = g.relation
				  AND (a.attname = ANY (o.columns) OR a.attname = o.type_column));
COMMENT ON VIEW gdpr_internal.unclassified_column IS
'internal: columns of protected tables that are not sealed, lead to no person and have no classification';

CREATE FUNCTION gdpr_internal.drift_words(kind text, before text, after text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE kind WHEN 'new' THEN format('it is new since the last scan, of type %s', after)
		WHEN 'renamed' THEN format('it was called %I when it was last scanned', before)
		WHEN 'retyped' THEN format('its type was %s when it was last scanned, and is %s', before, after)
		WHEN 'dropped' THEN 'it was dropped since the last scan'
		ELSE format('its content changed: it was %s, and is %s', before, after) END
$$;
COMMENT ON FUNCTION gdpr_internal.drift_words(text, text, text) IS 'internal: a row of drift as a finding says it';

CREATE FUNCTION gdpr_internal.discovery_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	/* what a scan has not seen yet */
	SELECT CASE WHEN gdpr_internal.name_category(d.column_name) IS NULL THEN 'info' ELSE 'warning' END,
		   'column-changed',
		   format('%s.%I', d.table_name, d.column_name), gdpr_internal.drift_words(d.kind, d.before, d.after),
		   CASE WHEN d.kind = 'new' AND gdpr_internal.name_category(d.column_name) IS NOT NULL
				THEN format('SELECT gdpr.classify(%L, %L, %L); or CALL gdpr.rescan();', d.table_name, d.column_name,
					gdpr_internal.name_category(d.column_name)) ELSE 'CALL gdpr.rescan();' END
	FROM gdpr_internal.catalog_drift() d
	WHERE d.kind <> 'new' OR (d.after NOT LIKE 'gdpr.pii\_%' AND NOT EXISTS (SELECT FROM gdpr.classification c
		WHERE c.relation = d.table_name AND c.column_name = d.column_name))
	UNION ALL
	/* what scans saw, and no one has answered */
	SELECT 'warning', 'column-drifted', format('%s.%I', d.relation, d.column_name),
		   gdpr_internal.drift_words(d.kind, d.before, d.after),
		   format('SELECT gdpr.classify(%L, %L, %L);', d.relation, d.column_name,
			   coalesce(f.category, 'not personal'))
	FROM gdpr.drift d LEFT JOIN gdpr.discovered f ON f.relation = d.relation AND f.column_name = d.column_name
	WHERE d.settled_at IS NULL AND d.relation::oid IN (SELECT oid FROM pg_class)
	UNION ALL
	/* decisions that are open again */
	SELECT 'warning', 'classification-reopened', format('%s.%I', r.relation, r.column_name),
		   CASE WHEN r.review_by < now()::date THEN format('what it holds was to be looked at again by %s',
			   to_char(r.review_by, 'YYYY-MM-DD'))
				ELSE format('it was decided that it is %s, but it is not what it was then', r.decision) END,
		   format('SELECT gdpr.classify(%L, %L, %L, reason => ''...'');', r.relation, r.column_name,
			   coalesce(r.category, r.decision))
	FROM gdpr.scan_results r
	WHERE r.state = 'reopened' AND NOT EXISTS (SELECT FROM gdpr.drift d WHERE d.relation = r.relation
		AND d.column_name = r.column_name AND d.settled_at IS NULL)
	UNION ALL
	/* protected tables */
	SELECT CASE WHEN bool_or(n.category IS NOT NULL) THEN 'warning' ELSE 'info' END, 'column-unclassified',
		u.relation::text,
		   format('there is no classification of columns that are not sealed: %s',
			   string_agg(quote_ident(u.column_name), ', ' ORDER BY u.attnum)),
		   string_agg(format('SELECT gdpr.classify(%L, %L, %L);', u.relation, u.column_name,
			   coalesce(n.category, 'not personal')), ' ' ORDER BY u.attnum)
	FROM gdpr_internal.unclassified_column u
	CROSS JOIN LATERAL (SELECT CASE WHEN d.relation IS NULL THEN gdpr_internal.name_category(u.column_name)
									ELSE d.category END AS category
						FROM (SELECT) o LEFT JOIN gdpr.discovered d ON d.relation = u.relation
							AND d.column_name = u.column_name) n
	GROUP BY u.relation
$$;
COMMENT ON FUNCTION gdpr_internal.discovery_findings() IS
'internal: part of status(): drift, decisions that are open again, columns of protected tables without a '
	'classification';
SELECT gdpr_internal.finds('discovery', 'gdpr_internal.discovery_findings');

CREATE FUNCTION gdpr_internal.last_scan() RETURNS gdpr.scan_run
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.* FROM gdpr.scan_run r ORDER BY r.number DESC LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.last_scan() IS 'internal: the scan that rescan() repeats';
