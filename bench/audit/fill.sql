/*
 * fill.sql: a ledger of :entries reads, in bulk but as the worker would write them: nine of ten are about one person, the
 * others about a hundred scattered ones; 5000 to a seal.
 */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DO $$ BEGIN WHILE gdpr.seal_ledger() > 0 LOOP END LOOP; END $$;
SELECT coalesce(max(number), 0) AS before FROM gdpr.ledger \gset
SELECT setseed(0.25);
INSERT INTO gdpr.ledger (number, at, role, kind, subject, subjects, detail, hash) OVERRIDING SYSTEM VALUE
SELECT e.number, e.at, e.role, 'read', e.subject, e.subjects, e.detail,
	gdpr_internal.entry_hash(e.number, e.at, e.role, 'read', e.subject, e.subjects, e.detail)
FROM (
	SELECT nextval('gdpr.ledger_number_seq') AS number, clock_timestamp() AS at, 'app'::name AS role,
		CASE WHEN i % 10 <> 0 THEN 1 + floor(random() * :rows)::bigint END AS subject,
		CASE WHEN i % 10 = 0 THEN (SELECT range_agg(int8range(s, s + 1)) FROM (SELECT 1 + floor(random() * :rows + 0 * i)::bigint AS s FROM generate_series(1, 100)) x) END AS subjects,
		'{"user": "app", "purpose": "order_fulfilment", "application": "bench", "client": "[local]", "database": "gdpr_bench", "statement": "6655aa00.1234.5678", "relations": ["public.customer"], "revealed": {"email": 1}}'::jsonb AS detail
	FROM generate_series(1, :entries) i) e;
SELECT count(gdpr_internal.add_seal(int8multirange(int8range(n, least(n + 5000, m))))) FROM (SELECT max(number) + 1 AS m FROM gdpr.ledger) x, generate_series(:before + 1, m - 1, 5000) n;
SELECT setval('gdpr.ledger_number_seq', (SELECT max(number) FROM gdpr.ledger));
VACUUM (ANALYZE, FREEZE) gdpr.ledger, gdpr.ledger_seal;
