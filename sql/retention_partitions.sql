-- A partition in which every row is due goes as one step; one with a single row that stays goes row by row.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention_partitions;
SET search_path = retention_partitions, public;
CREATE TABLE person (id integer PRIMARY KEY);
INSERT INTO person SELECT generate_series(1, 5);
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', purposes => '{order_fulfilment}');

-- ---- by the rule's own column: detached and dropped ----
CREATE TABLE visit (id integer, at timestamptz, person_id integer REFERENCES person, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_2015 PARTITION OF visit FOR VALUES FROM ('2015-01-01') TO ('2016-01-01');
CREATE TABLE visit_2016 PARTITION OF visit FOR VALUES FROM ('2016-01-01') TO ('2017-01-01');
CREATE TABLE visit_2017 PARTITION OF visit FOR VALUES FROM ('2017-01-01') TO ('2018-01-01');
CREATE TABLE visit_2018 PARTITION OF visit FOR VALUES FROM ('2018-01-01') TO ('2019-01-01');
CREATE TABLE visit_late PARTITION OF visit DEFAULT;
INSERT INTO visit SELECT i, date '2015-01-01' + i * interval '5 days', i % 5 + 1 FROM generate_series(0, 290) i;
INSERT INTO visit SELECT 1000 + i, now() - i * interval '1 day', i % 5 + 1 FROM generate_series(0, 9) i;
SELECT gdpr.protect('visit', owner => 'person_id', purposes => '{order_fulfilment}');
SELECT gdpr.hold_row('visit', (SELECT ROW(id, at)::text FROM visit_2016 WHERE id = 100), 'case 2026/31') > 0 AS held;
SELECT gdpr.add_purpose('visit', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
UPDATE visit SET purposes = '{order_fulfilment,customer_care}' WHERE id = 150;	-- of 2017
CREATE VIEW of_2018 AS SELECT count(*) FROM visit_2018;
SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '3 years', column_name => 'at') > 0 AS set;
SELECT gdpr.confirm_retention('visit', 'order_fulfilment');
SELECT sha256(convert_to(string_agg(ROW(id, replace(to_jsonb(at AT TIME ZONE 'UTC') #>> '{}', 'T', ' '))::text, E'\n' ORDER BY id, at), 'UTF8')) AS digest FROM visit_2015 \gset
SELECT due, rows_to_go, tags_to_go, held FROM gdpr.retention_due('visit');
BEGIN;
CREATE TEMPORARY TABLE before ON COMMIT PRESERVE ROWS AS SELECT c.oid, c.relname, pg_relation_filenode(c.oid) AS file FROM pg_class c WHERE relname LIKE 'visit\_20__';
COMMIT;
CALL gdpr.run_retention();
-- 2015 is gone, 2018 too but for the table, which a view needs; 2016 and 2017 went row by row
SELECT b.relname, CASE WHEN c.oid IS NULL THEN 'dropped' WHEN pg_relation_filenode(c.oid) <> b.file THEN 'emptied' ELSE 'row by row' END AS how
FROM before b LEFT JOIN pg_class c USING (oid) ORDER BY 1;
SELECT tableoid::regclass, id, purposes FROM visit WHERE id < 1000 ORDER BY id;
SELECT count(*) FROM visit WHERE id >= 1000;
SELECT deleted, untagged, held, length(digest) FROM gdpr.retention_run WHERE relation LIKE '%visit' AND state = 'done' ORDER BY number DESC LIMIT 1;
SELECT due FROM gdpr.retention_due('visit');
DROP VIEW of_2018;
SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE ground = 'case 2026/31';
DROP TABLE visit;

-- the digest is that of the keys
CREATE TABLE visit (id integer, at timestamptz, person_id integer REFERENCES person, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_2015 PARTITION OF visit FOR VALUES FROM ('2015-01-01') TO ('2016-01-01');
INSERT INTO visit SELECT i, date '2015-01-01' + i * interval '5 days', i % 5 + 1 FROM generate_series(0, 72) i;
SELECT gdpr.protect('visit', owner => 'person_id', purposes => '{order_fulfilment}');
SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '3 years', column_name => 'at') > 0 AS set;
SELECT gdpr.confirm_retention('visit', 'order_fulfilment');
-- with max_rows never as one
CALL gdpr.run_retention(max_rows => 3);
SELECT to_regclass('visit_2015') IS NOT NULL AS there, count(*) FROM visit;
SELECT sha256(convert_to(string_agg(ROW(id, replace(to_jsonb(at AT TIME ZONE 'UTC') #>> '{}', 'T', ' '))::text, E'\n' ORDER BY id, at), 'UTF8')) AS digest FROM visit_2015 \gset
CALL gdpr.run_retention();
SELECT to_regclass('visit_2015') AS there;
SELECT deleted, digest = :'digest' AS digest FROM gdpr.retention_run WHERE relation LIKE '%visit' ORDER BY number DESC LIMIT 1;
DROP TABLE visit;

-- ---- by something else: emptied, for new rows may come ----
CREATE TABLE visit (id integer, country text, at timestamptz, person_id integer REFERENCES person, PRIMARY KEY (id, country)) PARTITION BY LIST (country);
CREATE TABLE visit_be PARTITION OF visit FOR VALUES IN ('BE');
CREATE TABLE visit_nl PARTITION OF visit FOR VALUES IN ('NL');
CREATE TABLE visit_fr PARTITION OF visit FOR VALUES IN ('FR');
INSERT INTO visit SELECT i, c, now() - CASE c WHEN 'NL' THEN i ELSE 4 END * interval '1 year', i % 5 + 1 FROM generate_series(1, 9) i, unnest('{BE,NL,FR}'::text[]) c;
SELECT gdpr.protect('visit', owner => 'person_id', purposes => '{order_fulfilment}');
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
CREATE TRIGGER look BEFORE DELETE ON visit_fr FOR EACH ROW EXECUTE FUNCTION look();
SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '3 years 6 months', column_name => 'at') > 0 AS set;
DELETE FROM before;
INSERT INTO before SELECT c.oid, c.relname, pg_relation_filenode(c.oid) FROM pg_class c WHERE relname LIKE 'visit\___';
CALL gdpr.run_retention(batch_size => 4);
SELECT b.relname, CASE WHEN c.oid IS NULL THEN 'dropped' WHEN pg_relation_filenode(c.oid) <> b.file THEN 'emptied' ELSE 'row by row' END AS how
FROM before b LEFT JOIN pg_class c USING (oid) ORDER BY 1;	-- fr: a trigger looks at each row
SELECT tableoid::regclass, count(*) FROM visit GROUP BY 1;
SELECT deleted FROM gdpr.retention_run WHERE relation LIKE '%visit' ORDER BY number DESC LIMIT 1;
DROP TABLE visit, person;
DROP SCHEMA retention_partitions CASCADE;
