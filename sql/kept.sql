-- What is kept about a person, a table or a column follows it: when a column is renamed, a table dropped, a person erased
-- or outlived by retention. gdpr.kept_column is where it is registered.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA kept;
SET search_path = kept, public;

-- ---- a renamed column: what retention took away still counts as activity ----
CREATE TABLE patron (id integer PRIMARY KEY, name text, since date);
CREATE TABLE buy (id integer PRIMARY KEY, patron_id integer REFERENCES patron, bought_on date);
INSERT INTO patron VALUES (1, 'Ada Peeters', current_date - 3650), (2, 'Bob Maes', current_date - 3650);
INSERT INTO buy VALUES (1, 1, current_date - 730), (2, 2, current_date - 2000);
SELECT gdpr.declare_subject('patron', 'id');
SELECT gdpr.protect('patron', '{order_fulfilment}', columns => '{"name": "pii_name"}');
SELECT gdpr.protect('buy', '{order_fulfilment}', owner => 'patron_id');
SELECT gdpr.set_retention('patron', 'order_fulfilment', 'activity', '3 years', collected => 'since', events => '{"buy": "bought_on"}') > 0 AS patrons,
	gdpr.set_retention('buy', 'order_fulfilment', 'column', '1 year', column_name => 'bought_on') > 0 AS purchases;
CALL gdpr.run_retention();	-- both purchases go; the one of two years ago keeps its person
SELECT id FROM patron ORDER BY id;
SELECT column_name, at::date = current_date - 730 AS two_years_ago FROM gdpr.last_activity WHERE relation = 'buy'::regclass;
ALTER TABLE buy RENAME COLUMN bought_on TO purchased_on;
CALL gdpr.run_retention();
SELECT id AS still_there FROM patron ORDER BY id;

-- ---- an anonymisation rule, a label and a copy follow too ----
CREATE TABLE visitor (id integer PRIMARY KEY, name text, town text, age integer);
INSERT INTO visitor SELECT i, 'Visitor ' || i, 'Gent', 30 FROM generate_series(1, 6) i;
SELECT gdpr.declare_subject('visitor', 'id');
SELECT gdpr.protect('visitor', '{order_fulfilment}', columns => '{"name": "pii_name"}');
SELECT gdpr.set_anonymisation('visitor', 'town', 'null');
CREATE TABLE visits (area text, years integer, illness text);
INSERT INTO visits SELECT '9000', 30, CASE i % 2 WHEN 0 THEN 'flu' ELSE 'none' END FROM generate_series(1, 6) i;
SELECT gdpr.anonymise_into('visits', 'visits_copy', '{"area": null, "years": {"strategy": "round", "to": 10}, "illness": null}');
SELECT gdpr.assert_anonymous('visits_copy', '{area,years}', k => 2, sensitive => 'illness') IS NOT NULL AS labelled;
ALTER TABLE visitor RENAME COLUMN town TO place;
ALTER TABLE visits_copy RENAME COLUMN area TO postcode;
ALTER TABLE visits_copy RENAME COLUMN illness TO sickness;
SELECT gdpr.anonymise_rows('visitor', '1');
SELECT id, place FROM visitor WHERE id < 3 ORDER BY id;
SELECT quasi_identifiers, sensitive FROM gdpr.anonymity_label WHERE relation = 'visits_copy'::regclass;
SELECT column_name FROM gdpr.copied_column WHERE relation = 'visits_copy'::regclass ORDER BY 1;

-- ---- a dropped column takes its rule along, and a dropped table all it has ----
SELECT gdpr.set_anonymisation('visitor', 'age', 'null');
ALTER TABLE visitor DROP COLUMN age;
SELECT column_name FROM gdpr.anonymisation_rule WHERE relation = 'visitor'::regclass ORDER BY 1;
SELECT 'visitor'::regclass::oid AS visitor, 'visits_copy'::regclass::oid AS copy \gset
DROP TABLE visitor, visits_copy, visits;
SELECT (SELECT count(*) FROM gdpr.anonymisation_rule WHERE relation::oid = :visitor) AS rules,
	(SELECT count(*) FROM gdpr.anonymity_label WHERE relation::oid = :copy) AS labels,
	(SELECT count(*) FROM gdpr.copied_column WHERE relation::oid = :copy) AS copied,
	(SELECT count(*) FROM gdpr.protected_table WHERE relation::oid = :visitor) AS protected,
	(SELECT count(*) FROM gdpr.subject WHERE relation::oid = :visitor) AS named;

-- ---- whatever destroys the key takes all that is kept beside the rows ----
CREATE TABLE guest (id integer PRIMARY KEY, name text, left_on date);
INSERT INTO guest VALUES (1, 'Cleo Jans', current_date - 400), (2, 'Dirk Wouters', current_date);
SELECT gdpr.declare_subject('guest', 'id');
SELECT gdpr.protect('guest', '{order_fulfilment}', columns => '{"name": "pii_name"}');
SELECT length(gdpr.subject_token('guest', '1')) AS token, length(gdpr.subject_token('guest', '2')) AS other;
SELECT number AS one FROM gdpr.subject WHERE relation = 'guest'::regclass AND key = '1' \gset
SELECT number AS two FROM gdpr.subject WHERE relation = 'guest'::regclass AND key = '2' \gset
SELECT relation, rows FROM gdpr.residue(:one) ORDER BY relation::text;
SELECT gdpr.set_retention('guest', 'order_fulfilment', 'column', '1 year', column_name => 'left_on') > 0 AS guests;
CALL gdpr.run_retention();
SELECT count(*) AS tokens FROM gdpr.self_service WHERE subject IN (:one, :two);
SELECT relation, rows FROM gdpr.residue(:one);
SELECT gdpr.erase_subject('guest', '2', 'Art. 17(1)(a)') -> 'tables' AS erased;
SELECT count(*) AS tokens FROM gdpr.self_service WHERE subject IN (:one, :two);
SELECT relation, rows FROM gdpr.residue(:two);

-- ---- the register itself: of every column what follows from it ----
SELECT kept_in, column_name, is_a, of_column, then_do FROM gdpr.kept_column
WHERE kept_in IN ('gdpr.last_activity'::regclass, 'gdpr.archive'::regclass, 'gdpr.disclosure'::regclass)
ORDER BY kept_in::text, column_name;
DROP SCHEMA kept CASCADE;
