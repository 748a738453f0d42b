-- The set of purposes a row was collected for: text form, algebra, indexes, more than 64 purposes.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;

-- names, in any order and spacing; printed sorted by name
SELECT '{}'::gdpr.purpose_set AS empty, '{billing}'::gdpr.purpose_set AS one,
	   E' { order_fulfilment,\t"newsletter" ,billing, newsletter } '::gdpr.purpose_set AS several;

-- a purpose that is not there is named; what is no set is not repeated, it may be a value of another column
SELECT '{billing,newslettr}'::gdpr.purpose_set; -- fails
SELECT 'jan.peeters@example.com'::gdpr.purpose_set; -- fails
SELECT '{jan.peeters@example.com}'::gdpr.purpose_set; -- fails
SELECT 'billing'::gdpr.purpose_set; -- fails
SELECT '{*}'::gdpr.purpose_set; -- fails
SELECT '{billing,}'::gdpr.purpose_set; -- fails
SELECT '{,billing}'::gdpr.purpose_set; -- fails
SELECT '{billing newsletter}'::gdpr.purpose_set; -- fails
SELECT '{billing} newsletter'::gdpr.purpose_set; -- fails
SELECT '{{billing}}'::gdpr.purpose_set; -- fails
SELECT '{"billing}'::gdpr.purpose_set; -- fails
SELECT '{NULL}'::gdpr.purpose_set; -- fails
SELECT '{Billing}'::gdpr.purpose_set; -- fails
SELECT '{billing#x}'::gdpr.purpose_set; -- fails
SELECT '{#0}'::gdpr.purpose_set; -- fails
SELECT '{#99999999999999999999}'::gdpr.purpose_set; -- fails
SELECT ''::gdpr.purpose_set; -- fails

-- a number nobody knows survives a dump; a name decides over its number; a number of another purpose is refused
SELECT '{#123456,billing}'::gdpr.purpose_set;
SELECT '{billing#7}'::gdpr.purpose_set = '{billing}' AS name_decides;
SELECT '{not_there_yet#123456}'::gdpr.purpose_set = '{#123456}' AS restored_before_its_purpose;
SELECT '{not_there_yet#8}'::gdpr.purpose_set; -- fails

-- arrays and text
CREATE TABLE set_cast (id serial PRIMARY KEY, purposes gdpr.purpose_set NOT NULL CHECK (purposes <> '{}'));
INSERT INTO set_cast (purposes) VALUES ('{billing}'), (ARRAY['newsletter', 'billing']),
	(ARRAY['billing', 'newsletter']::varchar[]), (ARRAY['hr']::name[]), ('{hr,billing}'::text), ('{hr}'::varchar);
INSERT INTO set_cast (purposes) VALUES (ARRAY[]::text[]); -- fails
INSERT INTO set_cast (purposes) VALUES (ARRAY['billing', NULL]); -- fails
INSERT INTO set_cast (purposes) VALUES (ARRAY['nothing']); -- fails
SELECT id, purposes, purposes::text[] AS names, gdpr.purpose_names(purposes) = purposes::text[] AS same
FROM set_cast ORDER BY id;

-- algebra
SELECT a @> b AS "@>", a <@ b AS "<@", a && b AS "&&", a || b AS "||", a - b AS "-", a = b AS "=", a <> b AS "<>", a, b
FROM (VALUES ('{billing,hr}'::gdpr.purpose_set, '{hr}'::gdpr.purpose_set), ('{hr}', '{billing,hr}'), ('{hr}', '{hr}'),
			 ('{hr}', '{billing}'), ('{}', '{hr}'), ('{hr}', '{}'), ('{}', '{}'),
			 ('{billing,newsletter,hr}', '{newsletter,security}')) v (a, b);
SELECT purposes @> '{hr}' AS tagged, count(*) FROM set_cast GROUP BY 1 ORDER BY 1;
SELECT purposes, count(*) FROM set_cast GROUP BY purposes ORDER BY purposes;
DROP TABLE set_cast;

-- hundreds of purposes; every operator gives the same rows as arrays do, with and without the index
SELECT count(gdpr.define_purpose('set_test_' || i, 'Keeping the points of members of programme number ' || i, 'contract'))
FROM generate_series(1, 200) i;
CREATE TABLE tagged (id integer PRIMARY KEY, names text[] NOT NULL, purposes gdpr.purpose_set);
INSERT INTO tagged
SELECT i, names, names
FROM (SELECT i, ARRAY(SELECT DISTINCT 'set_test_' || 1 + (i * n * 7) % 200 FROM generate_series(1, i % 5) n) AS names
	  FROM generate_series(1, 3000) i) rows;
INSERT INTO tagged SELECT 0, array_agg(name ORDER BY name), array_agg(name)
FROM gdpr.purpose WHERE name LIKE 'set\_test\_%';
SELECT cardinality(purposes::text[]) AS members, purposes::text[] = (SELECT array_agg(n ORDER BY n COLLATE "C") FROM unnest(names) n) AS same,
	   purposes::text::gdpr.purpose_set = purposes AS round_trip
FROM tagged WHERE id = 0;
SELECT regexp_replace(purposes::text, '#\d+', '#N', 'g') AS own_purposes_carry_their_number FROM tagged WHERE id = 11;
CREATE INDEX tagged_purposes ON tagged USING gin (purposes);
ANALYZE tagged;
EXPLAIN (COSTS OFF) SELECT count(*) FROM tagged WHERE purposes @> gdpr.purpose_set(ARRAY['set_test_8']);
CREATE FUNCTION differences() RETURNS TABLE (operator text, query text[], rows bigint, differ bigint)
LANGUAGE sql BEGIN ATOMIC
	SELECT o, q,
		   (SELECT count(*) FROM tagged WHERE CASE o WHEN '@>' THEN names @> q WHEN '<@' THEN names <@ q
			WHEN '&&' THEN names && q ELSE names @> q AND names <@ q END),
		   CASE o
		   WHEN '@>' THEN (SELECT count(*) FROM (SELECT id FROM tagged WHERE purposes @> gdpr.purpose_set(q)) a
						   FULL JOIN (SELECT id FROM tagged WHERE names @> q) b USING (id) WHERE a.id IS NULL OR b.id IS NULL)
		   WHEN '<@' THEN (SELECT count(*) FROM (SELECT id FROM tagged WHERE purposes <@ gdpr.purpose_set(q)) a
						   FULL JOIN (SELECT id FROM tagged WHERE names <@ q) b USING (id) WHERE a.id IS NULL OR b.id IS NULL)
		   WHEN '&&' THEN (SELECT count(*) FROM (SELECT id FROM tagged WHERE purposes && gdpr.purpose_set(q)) a
						   FULL JOIN (SELECT id FROM tagged WHERE names && q) b USING (id) WHERE a.id IS NULL OR b.id IS NULL)
		   ELSE (SELECT count(*) FROM (SELECT id FROM tagged WHERE purposes = gdpr.purpose_set(q)) a
				 FULL JOIN (SELECT id FROM tagged WHERE names @> q AND names <@ q) b USING (id)
				 WHERE a.id IS NULL OR b.id IS NULL) END
	FROM unnest(ARRAY['@>', '<@', '&&', '=']) o,
		 (VALUES ('{}'::text[]), ('{set_test_8}'), ('{set_test_8,set_test_15}'), ('{billing}')) v (q);
END;
SET enable_seqscan = off;
SELECT * FROM differences() ORDER BY operator COLLATE "C", query COLLATE "C";
SET enable_seqscan = on;
SET enable_bitmapscan = off;
SELECT sum(differ) FROM differences();
RESET enable_seqscan;
RESET enable_bitmapscan;

-- order and hash agree with equality
SELECT count(DISTINCT purposes) = count(DISTINCT ARRAY(SELECT n FROM unnest(names) n ORDER BY n)) AS as_many FROM tagged;
SELECT count(*) FROM tagged a JOIN tagged b ON a.purposes = b.purposes AND a.id = b.id;
CREATE UNIQUE INDEX ON tagged (purposes) WHERE id = 0;

-- the binary form carries the names too
SELECT gdpr_internal.purpose_set_send('{billing,newsletter}');

-- a deleted purpose stays in the tag, as its number, and the row can still be copied
DELETE FROM gdpr.purpose WHERE name = 'set_test_78';
SELECT regexp_replace(purposes::text, '#\d+', '#N', 'g') AS tag, purposes::text::gdpr.purpose_set = purposes AS round_trip
FROM tagged WHERE id = 11;
DROP FUNCTION differences();
DROP TABLE tagged;
DELETE FROM gdpr.purpose WHERE name LIKE 'set\_test\_%';
