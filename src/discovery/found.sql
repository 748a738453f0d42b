/*
 * found.sql: what scans found, and what people decided over it. Neither holds a value of anyone.
 */
CREATE FUNCTION gdpr_internal.name_category(column_name text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_discovery_name_category' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.name_category(text) IS
'internal: the category that the name of a column suggests wherever it stands, or NULL';

CREATE FUNCTION gdpr_internal.table_kind(name text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_discovery_table_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.table_kind(text) IS
'internal: what a table of that name is about: person, company, list (of words) or other';

CREATE FUNCTION gdpr.data_categories(OUT category text, OUT kind text, OUT class text, OUT special boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_discovery_categories' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 36;
COMMENT ON FUNCTION gdpr.data_categories() IS
'The categories that gdpr.scan() tells apart and gdpr.classify() takes: kind direct (tells who it is), quasi (tells it '
	'together with others), secret (passwords) or freetext; the class to seal it with, such as email for pii_email; '
	'special: Art. 9 or 10.';

CREATE FUNCTION gdpr_internal.looks_like(column_name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.class FROM gdpr.data_categories() c
	WHERE c.category = gdpr_internal.name_category(column_name) AND c.class = c.category
$$;
COMMENT ON FUNCTION gdpr_internal.looks_like(text) IS
'internal: the class that the name of a column suggests wherever it stands, or NULL';

/* Not dumped: another scan finds it again, and the numbers of columns are those of this database. */
CREATE TABLE gdpr.discovered
(
	relation		regclass NOT NULL,
	attnum			smallint NOT NULL,
	column_name		text NOT NULL,
	type			text NOT NULL,
	category		text,
	confidence		real NOT NULL,
	evidence		text,
	sampled			integer NOT NULL,
	distinct_values	integer NOT NULL,
	rate			real,
	paths			jsonb,
	sealed			boolean NOT NULL,
	reading			text NOT NULL,
	run				bigint NOT NULL,
	found_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (relation, attnum)
);
SELECT gdpr_internal.keeps_relation('gdpr.discovered', 'relation', 'delete');
COMMENT ON TABLE gdpr.discovered IS
'per column, as it was called then, what the last scan found: category (NULL: nothing personal), confidence from 0 '
	'to 1, evidence in words, rate of the distinct sampled values that are of the category, paths inside documents '
	'with theirs; reading says whether content was read; what content showed outlives a scan that could not read it. '
	'Never a value';

CREATE TABLE gdpr.classification
(
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	category	text NOT NULL,
	reason		text CHECK (pg_catalog.btrim(reason) <> ''),
	review_by	date,
	decided_by	name NOT NULL DEFAULT SESSION_USER,
	decided_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	type		text,
	found		text,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.classification',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.classification', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.classification IS
'what a person decided that a column holds: a category of gdpr.data_categories() or not personal, why, and when it is '
	'to be looked at again; type and found are the column''s type and what a scan had found by then';

CREATE TABLE gdpr.scan_run
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	schemas		name[],
	sample		integer NOT NULL,
	names_only	boolean NOT NULL,
	state		text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped', 'interrupted')),
	started_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	last_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	finished_at	timestamptz,
	role		name NOT NULL DEFAULT SESSION_USER,
	pid			integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
	tables		oid[] NOT NULL,
	place		integer NOT NULL DEFAULT 0,
	columns		integer NOT NULL DEFAULT 0,
	personal	integer NOT NULL DEFAULT 0,
	unread		integer NOT NULL DEFAULT 0
);
/* not dumped: it goes with gdpr.discovered */
COMMENT ON TABLE gdpr.scan_run IS
'every scan: its tables and how many are done (place), columns judged, those found personal, tables judged by names '
	'alone (unread). The ledger has its beginning and end';

CREATE TYPE gdpr_internal.found_column AS
(
	attnum			smallint,
	column_name		name,
	category		text,
	confidence		real,
	evidence		text,
	sampled			integer,
	distinct_values	integer,
	rate			real,
	paths			jsonb,
	sealed			boolean,
	was_read		boolean
);
COMMENT ON TYPE gdpr_internal.found_column IS 'internal: what a look found about a column';

CREATE VIEW gdpr.scan_progress AS
SELECT r.number AS run, r.pid, r.place AS tables_done, pg_catalog.cardinality(r.tables) AS tables,
	r.tables[r.place + 1]::regclass AS relation, r.columns, r.personal, r.started_at, r.last_at
FROM gdpr.scan_run r
WHERE r.state = 'running' AND EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = r.pid);
COMMENT ON VIEW gdpr.scan_progress IS 'the scans that are going on now, and the table each is at';

/* A decision is open again when the column is another than it was, or turns out to hold what it was said not to. */
CREATE VIEW gdpr.scan_results AS
SELECT d.relation, d.column_name::name AS column_name, d.type, d.category, k.class, k.kind,
	COALESCE(k.special, false) AS special, d.confidence, d.evidence, d.paths, d.sampled, d.distinct_values, d.rate,
	CASE WHEN d.sealed THEN 'sealed'
		 WHEN c.category IS NULL THEN CASE WHEN d.category IS NULL THEN 'nothing found' ELSE 'open' END
		 WHEN c.type <> d.type OR c.review_by < pg_catalog.now()::date
			 OR (c.category = 'not personal' AND d.category IS NOT NULL AND c.found IS DISTINCT FROM d.category)
			 THEN 'reopened'
		 WHEN c.category = 'not personal' THEN 'dismissed'
		 ELSE 'classified' END AS state,
	c.category AS decision, c.reason, c.decided_by, c.decided_at, c.review_by, d.reading, d.found_at,
	CASE WHEN NOT d.sealed AND c.category IS NULL AND d.category IS NOT NULL
		THEN pg_catalog.format('SELECT gdpr.classify(%L, %L, %L);', d.relation, d.column_name, d.category)
	END AS command
FROM gdpr.discovered d
LEFT JOIN gdpr.classification c ON c.relation = d.relation AND c.column_name = d.column_name::name
LEFT JOIN gdpr.data_categories() k ON k.category = COALESCE(NULLIF(c.category, 'not personal'), d.category);
COMMENT ON VIEW gdpr.scan_results IS
'What gdpr.scan() found in each column, beside what was decided over it. category of gdpr.data_categories() (NULL: '
	'nothing personal was found), class to seal it with, kind direct, quasi, secret or freetext, confidence from 0 to '
	'1, evidence in words and never a value, paths of documents. state: sealed, open (a decision is due; command '
	'says how), classified, dismissed, reopened (the column or what it holds changed, or the review is due), nothing '
	'found. Art. 30(1)(c)';
