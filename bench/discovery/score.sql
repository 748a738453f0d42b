-- schema | columns | direct: precision, recall, class right | quasi-identifiers: recall
WITH judged AS (
	SELECT l.schema, l.class, l.kind, d.category, k.kind AS found_kind
	FROM bench.labelled l
	JOIN gdpr.discovered d ON d.relation = format('%I.%I', l.schema, l.tab)::regclass AND d.column_name = l.col
	LEFT JOIN gdpr.data_categories() k ON k.category = d.category
), counted AS (
	SELECT coalesce(schema, 'all') AS schema, count(*) AS columns,
		count(*) FILTER (WHERE kind = 'direct' AND found_kind = 'direct')::numeric AS hit,
		count(*) FILTER (WHERE kind = 'direct')::numeric AS direct,
		count(*) FILTER (WHERE kind = 'not personal' AND found_kind = 'direct')::numeric AS wrong,
		count(*) FILTER (WHERE kind = 'direct' AND found_kind = 'direct' AND category = class)::numeric AS right_class,
		count(*) FILTER (WHERE kind = 'quasi' AND category IS NOT NULL)::numeric AS quasi_hit,
		count(*) FILTER (WHERE kind = 'quasi')::numeric AS quasi, grouping(schema) AS sum
	FROM judged GROUP BY ROLLUP (schema)
)
SELECT 'schema', 'columns', 'precision', 'recall', 'class', 'quasi recall' UNION ALL SELECT '---', '---', '---', '---', '---', '---'
UNION ALL (
	SELECT schema, columns::text, round(hit / nullif(hit + wrong, 0), 3)::text, round(hit / nullif(direct, 0), 3)::text,
		round(right_class / nullif(hit, 0), 3)::text, coalesce(round(quasi_hit / nullif(quasi, 0), 3)::text, '-')
	FROM counted ORDER BY sum, schema);
