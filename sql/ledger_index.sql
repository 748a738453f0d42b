-- The index of the ledger answers what its multiranges say, for whatever sets of people.
CREATE TABLE entry (id integer PRIMARY KEY, subjects int8multirange);
-- single people, runs, scattered people, so many that larger blocks cover them, everybody, and the ends of the numbers
INSERT INTO entry SELECT i, int8multirange(int8range(i * 37 % 5000, i * 37 % 5000 + 1)) FROM generate_series(1, 200) i;
INSERT INTO entry SELECT 200 + i, int8multirange(int8range(i * 13, i * 13 + i * 7919 % 900 + 1)) FROM generate_series(1, 200) i;
INSERT INTO entry SELECT 400 + i, (SELECT range_agg(int8range(n * n * 31 * i % 5000, n * n * 31 * i % 5000 + 1 + n % 3)) FROM generate_series(1, 60) n)
	FROM generate_series(1, 100) i;
INSERT INTO entry SELECT 500 + i, (SELECT range_agg(int8range(2 * n + i, 2 * n + i + 1)) FROM generate_series(0, 2600) n) FROM generate_series(1, 3) i;
INSERT INTO entry VALUES (600, '{[0,5000)}'), (601, '{[1,1000001)}'), (602, '{(,)}'), (603, '{}'), (604, '{[100000000000,100000000001)}'), (605, '{[0,1)}'), (606, '{(,10),[4990,)}');
SELECT max(cardinality(gdpr_internal.subject_blocks(subjects))) AS most, cardinality(gdpr_internal.subject_blocks('{[1,1000001)}')) AS of_a_million,
	bool_or(gdpr_internal.subject_blocks(subjects) IS NULL) AS missing FROM entry;
WITH person (n) AS (SELECT generate_series(0, 5400, 7)::bigint UNION ALL VALUES (100000000000), (99999999999), (1000000), (1000001))
SELECT count(*) AS pairs, count(*) FILTER (WHERE e.subjects @> p.n) AS hits,
	count(*) FILTER (WHERE e.subjects @> p.n AND NOT gdpr_internal.subject_blocks(e.subjects) && gdpr_internal.blocks_around(p.n)) AS lost,
	count(*) FILTER (WHERE e.id NOT BETWEEN 501 AND 503 AND NOT e.subjects @> p.n AND gdpr_internal.subject_blocks(e.subjects) && gdpr_internal.blocks_around(p.n)) AS found_for_nothing
FROM entry e CROSS JOIN person p;
DROP TABLE entry;
-- and it is asked
SET enable_seqscan = off;
DO $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXPLAIN SELECT number FROM gdpr_internal.entries_about(42)
	LOOP
		plan := plan || line;
	END LOOP;
	RAISE NOTICE 'by ledger_subject: %, by ledger_subjects: %, by reading all: %', plan ~ 'ledger_subject\M', plan ~ 'ledger_subjects', plan ~ 'Seq Scan';
END $$;
