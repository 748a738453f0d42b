-- Columns that are called what our own SQL calls tables and columns on the way: the rights and the rules find the right ones.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_names;
\c regress_rights_names
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT gdpr.grant_purpose(p, current_user::regrole) FROM unnest('{order_fulfilment,rights_handling}'::text[]) p;
SET gdpr.purpose = 'order_fulfilment';
CREATE TABLE t (subject integer PRIMARY KEY, x text, t text, d date, key text, hash text, number integer);
CREATE TABLE x (n integer PRIMARY KEY, u integer REFERENCES t, c integer REFERENCES t, x text, t text, p1 text, heir text, place text, rows integer, d date);
CREATE TABLE h (a integer PRIMARY KEY, e integer REFERENCES x, x text, t text, relation text, role text, data text, q integer, keeps boolean, waits boolean, last boolean);
CREATE TABLE k (s integer PRIMARY KEY, r integer REFERENCES t, x text, t text, kept_as text, d date);
INSERT INTO t VALUES (1, 'an@example.com', 'An', '2010-01-01', 'k1', 'h1', 1), (2, 'bo@example.com', 'Bo', '2010-01-01', 'k2', 'h2', 2), (3, 'cy@example.com', 'Cy', current_date, 'k3', 'h3', 3);
INSERT INTO x VALUES (1, 1, 2, 'an@example.com', 'to An', 'of Bo', 'heir', 'place', 7, '2010-01-01'), (2, 2, NULL, 'bo@example.com', 'to Bo', NULL, 'heir', 'place', 8, '2010-01-01');
INSERT INTO h VALUES (1, 1, 'an@example.com', 'note', 'relation', 'role', 'data', 9, true, true, true), (2, 2, 'bo@example.com', 'note', 'relation', 'role', 'data', 9, true, true, true);
INSERT INTO k VALUES (1, 1, 'an@example.com', 'An', 'kept', '2010-01-01'), (2, 2, 'bo@example.com', 'Bo', 'kept', '2010-01-01');
SELECT gdpr.declare_subject('t', 'subject');
SELECT gdpr.protect('t', '{order_fulfilment}', columns => '{"x":"pii_email","t":"pii_name"}');
SELECT gdpr.protect('x', '{order_fulfilment}', owner => 'u', columns => '{"x":"pii_email","t":"pii_text","p1":"pii_text"}');
SELECT gdpr.protect('h', '{order_fulfilment}', owner => 'e.u', columns => '{"x":"pii_email","t":"pii_text"}');
SELECT gdpr.protect('k', '{order_fulfilment}', owner => 'r', columns => '{"x":"pii_email","t":"pii_name"}');
SELECT gdpr.link('x', 'c', columns => '{p1}');
SELECT gdpr.link('h', on_erase => 'anonymise');
SELECT gdpr.link('k', on_erase => 'keep', ground => 'Art. 17(3)(b)');
SELECT gdpr.mark_inferred('x', 'rows');

SELECT * FROM gdpr.export_rows('t', '1');
SELECT relation, data FROM gdpr.portable_rows('t', '2');
SELECT gdpr.export_subject('t', '1') -> 'data' = (SELECT jsonb_object_agg(r.name, r.rows) FROM (SELECT 'public.' || e.relation::text AS name, jsonb_agg(e.data) AS rows FROM gdpr.export_rows('t', '1') e GROUP BY 1) r) AS same;
SELECT substring(gdpr.export_html('t', '1') FROM '(<h3>h</h3>.*?)</section>') AS part;
SELECT gdpr.rectify('t', '1', 'x', 'anna@example.com');
SELECT gdpr.rectify('t', '2', 't', 'to Bob', 'x', '2');
SELECT gdpr.reveal(t.x) AS email, (SELECT string_agg(gdpr.reveal(x.x), ' ') FROM x WHERE x.u = t.subject) AS orders, (SELECT string_agg(gdpr.reveal(h.x), ' ') FROM h JOIN x ON x.n = h.e WHERE x.u = t.subject) AS lines FROM t ORDER BY subject;
SELECT relation, action, rows FROM gdpr.impact('t', '1');
SELECT gdpr_internal.subject_number('t', '1') AS an \gset
SELECT y ->> 'table' AS "table", y ->> 'action' AS action, y ->> 'rows' AS rows FROM jsonb_array_elements(gdpr.erase_subject('t', '1', 'Art. 17(1)(a)') -> 'tables') y;
SELECT count(*) AS left FROM gdpr.residue(:an);
SELECT n, u, c, x IS NULL AS an_gone, gdpr.reveal(p1) AS of_bo FROM x ORDER BY n;
SELECT a, e, x, t, q FROM h WHERE a = 1;
SELECT s, r, gdpr_subject = (SELECT kept_as FROM gdpr.erasure) AS kept FROM k ORDER BY s;
SET gdpr.on_suppressed = quarantine;
INSERT INTO t VALUES (4, 'anna@example.com', 'An', NULL, NULL, NULL, NULL), (5, 'di@example.com', 'Di', NULL, NULL, NULL, NULL);
RESET gdpr.on_suppressed;
SELECT subject FROM t ORDER BY 1;

-- and the rules
SELECT gdpr.set_retention('k', 'order_fulfilment', 'column', '7 years', column_name => 'd') > 0 AS k, gdpr.set_retention('x', 'order_fulfilment', 'column', '7 years', column_name => 'd') > 0 AS x,
	gdpr.set_retention('h', 'order_fulfilment', 'activity', '7 years', events => '{"x":"d"}') > 0 AS h, gdpr.set_retention('t', 'order_fulfilment', 'activity', '7 years', column_name => 'd', events => '{"x":"d","k":"d"}') > 0 AS t;
CALL gdpr.run_retention();
CALL gdpr.run_retention();
SELECT (SELECT string_agg(subject::text, ',' ORDER BY subject) FROM t) AS t, (SELECT count(*) FROM x) AS x, (SELECT count(*) FROM h) AS h, (SELECT count(*) FROM k) AS k;
SELECT relation, state, error FROM gdpr.retention_run WHERE error IS NOT NULL;
SELECT gdpr.unprotect('h');
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_names;
