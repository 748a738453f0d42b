-- How anonymous a table is, against the figures published with the textbook tables, and a copy made k-anonymous.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA anonymity;
SET search_path = anonymity, public;

-- Sweeney 2002, figure 2: k = 2 by race, birth, gender and ZIP
CREATE TABLE sweeney (race text, birth int, gender text, zip text, problem text);
INSERT INTO sweeney VALUES ('Black',1965,'m','0214*','short breath'), ('Black',1965,'m','0214*','chest pain'),
	('Black',1965,'f','0213*','hypertension'), ('Black',1965,'f','0213*','hypertension'),
	('Black',1964,'f','0213*','obesity'), ('Black',1964,'f','0213*','chest pain'),
	('White',1964,'m','0213*','chest pain'), ('White',1964,'m','0213*','obesity'), ('White',1964,'m','0213*','short breath'),
	('White',1967,'m','0213*','chest pain'), ('White',1967,'m','0213*','chest pain');
SELECT * FROM gdpr.k_anonymity('sweeney', '{race,birth,gender,zip}');
SELECT distinct_l, round(entropy_l::numeric, 3) AS entropy_l, poor_classes FROM gdpr.l_diversity('sweeney', '{race,birth,gender,zip}', 'problem');

-- Machanavajjhala et al. 2007, figure 2 (4-anonymous, not diverse) and figure 3 (3-diverse)
CREATE TABLE inpatient (zip text, age text, condition text);
INSERT INTO inpatient SELECT '130**', '<30', c FROM unnest('{heart,heart,viral,viral}'::text[]) c
	UNION ALL SELECT '1485*', '>=40', c FROM unnest('{cancer,heart,viral,viral}'::text[]) c
	UNION ALL SELECT '130**', '3*', c FROM unnest('{cancer,cancer,cancer,cancer}'::text[]) c;
SELECT k, classes FROM gdpr.k_anonymity('inpatient', '{zip,age}');
SELECT distinct_l, entropy_l, poor_classes FROM gdpr.l_diversity('inpatient', '{zip,age}', 'condition');
CREATE TABLE inpatient_diverse (zip text, age text, condition text);
INSERT INTO inpatient_diverse SELECT '1305*', '<=40', c FROM unnest('{heart,viral,cancer,cancer}'::text[]) c
	UNION ALL SELECT '1485*', '>40', c FROM unnest('{cancer,heart,viral,viral}'::text[]) c
	UNION ALL SELECT '1306*', '<=40', c FROM unnest('{heart,viral,cancer,cancer}'::text[]) c;
SELECT distinct_l, round(entropy_l::numeric, 4) AS entropy_l FROM gdpr.l_diversity('inpatient_diverse', '{zip,age}', 'condition');

-- Li et al. 2007: salaries of one class at distance 0.375, and the table that is 0.167-close in salary
CREATE TABLE li (zip text, age text, salary int, disease text);
INSERT INTO li VALUES ('476**','2*',3,'gastric ulcer'), ('476**','2*',4,'gastritis'), ('476**','2*',5,'stomach cancer'),
	('4790*','>=40',6,'gastritis'), ('4790*','>=40',11,'flu'), ('4790*','>=40',8,'bronchitis'),
	('476**','3*',7,'bronchitis'), ('476**','3*',9,'pneumonia'), ('476**','3*',10,'stomach cancer');
SELECT round(t::numeric, 3) AS t, distance, worst_class_rows FROM gdpr.t_closeness('li', '{zip,age}', 'salary');
CREATE TABLE li_close (zip text, age text, salary int);
INSERT INTO li_close VALUES ('4767*','<=40',3), ('4767*','<=40',5), ('4767*','<=40',9),
	('4790*','>=40',6), ('4790*','>=40',11), ('4790*','>=40',8), ('4760*','<=40',4), ('4760*','<=40',7), ('4760*','<=40',10);
SELECT round(t::numeric, 3) AS t, distance FROM gdpr.t_closeness('li_close', '{zip,age}', 'salary');
-- equal distance, by hand: classes {a,a} and {a,b} of {a,a,a,b}: 1/4 and 1/4
CREATE TABLE equal_distance (q int, s text);
INSERT INTO equal_distance VALUES (1,'a'), (1,'a'), (2,'a'), (2,'b');
SELECT t, distance FROM gdpr.t_closeness('equal_distance', '{q}', 's');

-- Risk of finding somebody again; with a population that is larger than the table.
CREATE TABLE population (q int);
INSERT INTO population SELECT 1 FROM generate_series(1, 10) UNION ALL SELECT 2 FROM generate_series(1, 4) UNION ALL SELECT 3;
SELECT * FROM gdpr.linkage_risk('equal_distance', '{q}');
SELECT journalist FROM gdpr.linkage_risk('equal_distance', '{q}', 'population');

-- Names are quoted, NULL is a value like another, nothing is nothing.
CREATE TABLE odd ("x, (select 1) --" int, "Ünï ""quoted""" text);
INSERT INTO odd VALUES (1, 'a'), (1, 'a'), (NULL, NULL), (NULL, NULL);
SELECT k, classes FROM gdpr.k_anonymity('odd', ARRAY['x, (select 1) --', 'Ünï "quoted"']);
SELECT distinct_l FROM gdpr.l_diversity('odd', '{"x, (select 1) --"}', 'Ünï "quoted"');
SELECT t FROM gdpr.t_closeness('odd', '{"x, (select 1) --"}', 'Ünï "quoted"');
-- names that our own queries use as well
CREATE TABLE named (c int, n int, v int, l int, here int, h text, "values" text, code int, "class" int, loss int, number int);
INSERT INTO named SELECT 1, 1, 1, 1, 1, 'a', 'b', 1, 1, 1, 1 FROM generate_series(1, 4);
SELECT k, l.distinct_l, t.t, r.journalist FROM gdpr.k_anonymity('named', '{c,n,v,l,here,class,number}') k, gdpr.l_diversity('named', '{c,n,v,l,here,class,number}', 'h') l,
	 gdpr.t_closeness('named', '{c,n,v,l,here,class,number}', 'values') t, gdpr.linkage_risk('named', '{c,n,v,l,here,class,number}', 'named') r;
SELECT rows, reached_k FROM gdpr.anonymise_to_k('named', 'named_2', '{c,n,v,l,here,h,class,number,code}', 2, 'values', keep => '{loss}');
TRUNCATE odd;
SELECT * FROM gdpr.k_anonymity('odd', '{"x, (select 1) --"}');
SELECT gdpr.k_anonymity('odd', '{}');                     -- fails
SELECT gdpr.k_anonymity('odd', '{x}');                    -- fails
SELECT gdpr.k_anonymity('odd', '{"x); DROP TABLE odd; --"}');   -- fails

-- A copy made k-anonymous: measured independently, only what was asked for, nobody lost.
CREATE TABLE survey AS
SELECT i AS id, 20 + (i * 7919) % 60 AS age, date '1950-01-01' + (i * 104729) % 20000 AS seen, 1000 + (i * 31) % 97 AS zip,
	   (ARRAY['f', 'm', 'x'])[1 + (i * 13) % 3] AS sex, (ARRAY['flu', 'asthma', 'none', 'gout'])[1 + (i * i * 17) % 4] AS disease, i % 10 AS bought
FROM generate_series(1, 2000) i;
SELECT rows, classes > 100 AS many_classes, reached_k >= 5 AS k, reached_l >= 2 AS l, information_loss BETWEEN 0 AND 0.5 AS useful
FROM gdpr.anonymise_to_k('survey', 'survey_5', '{age,seen,zip,sex}', 5, 'disease', 2, keep => '{bought}');
SELECT k >= 5 AS k FROM gdpr.k_anonymity('survey_5', '{age,seen,zip,sex}');
SELECT distinct_l >= 2 AS l FROM gdpr.l_diversity('survey_5', '{age,seen,zip,sex}', 'disease');
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'survey_5' ORDER BY ordinal_position;
SELECT (SELECT sum(bought) FROM survey) = (SELECT sum(bought) FROM survey_5) AS totals_unchanged,
	   (SELECT count(*) FROM survey_5 WHERE age !~ '^(\d+|\[\d+,\d+\])$') AS odd_ranges;
SELECT reached_t <= 0.2 AS t FROM gdpr.anonymise_to_k('survey', 'survey_t', '{age,zip}', 3, 'disease', t => 0.2);
SELECT information_loss >= 0.9 AS one_class, classes FROM gdpr.anonymise_to_k('survey', 'survey_all', '{age,zip}', 2000);
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 2001);        -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 5, 'disease', 5);   -- fails: four diseases
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 1);           -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 5, l => 2);   -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_5', '{age}', 5);             -- fails: exists
SELECT to_regclass('survey_too') IS NULL AS nothing_left;
-- Views, partitions, unknown values, hierarchies, rows left out.
CREATE VIEW survey_view AS SELECT age, sex, disease FROM survey;
SELECT rows, reached_k >= 10 AS k FROM gdpr.anonymise_to_k('survey_view', 'survey_of_view', '{age,sex}', 10, 'disease');
CREATE TABLE visits (id int, age int, place text, day date, amount numeric) PARTITION BY LIST (place);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN ('Gent', 'Aalst', NULL);
CREATE TABLE visits_2 PARTITION OF visits DEFAULT;
INSERT INTO visits SELECT i, CASE WHEN i % 10 > 0 THEN i % 60 END, (ARRAY['Gent', 'Aalst', 'Brugge', 'Dinant', 'Namur', NULL])[1 + i % 6],
	CASE i % 20 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN NULL ELSE date '2020-01-01' + i % 300 END, CASE WHEN i % 50 = 0 THEN 'NaN'::numeric ELSE i % 40 END
FROM generate_series(1, 1200) i;
SELECT gdpr.define_hierarchy('region', '{"Gent": ["East Flanders", "Flanders"], "Aalst": ["East Flanders", "Flanders"], "Brugge": ["West Flanders", "Flanders"], "Dinant": ["Province of Namur", "Wallonia"], "Namur": ["Province of Namur", "Wallonia"]}');
SELECT rows, reached_k >= 20 AS k, information_loss BETWEEN 0 AND 1 AS loss FROM gdpr.anonymise_to_k('visits', 'visits_20', '{age,place,day,amount}', 20, hierarchies => '{"place": "region"}');
SELECT count(*), count(*) FILTER (WHERE place IS NULL OR place IN ('Gent', 'Aalst', 'Brugge', 'Dinant', 'Namur', 'East Flanders', 'Flanders', 'Province of Namur', 'Wallonia', '*')) AS named FROM visits_20;
-- each row lies in what its class is called: joined by a key that is kept for this test alone
SELECT rows FROM gdpr.anonymise_to_k('visits', 'visits_id', '{age,place,day,amount}', 40, keep => '{id}', hierarchies => '{"place": "region"}');
SELECT count(*) AS joined, count(*) FILTER (WHERE v.age IS NULL AND c.age <> '*') AS unknown_called_known,
	   count(*) FILTER (WHERE c.age <> '*' AND NOT (c.age = v.age::text OR v.age <@ CASE WHEN c.age LIKE '[%' THEN c.age::int4range END)) AS age_outside,
	   count(*) FILTER (WHERE c.place <> '*' AND NOT (c.place = v.place OR c.place = ANY (h.ancestors))) AS place_outside
FROM visits v JOIN visits_id c USING (id) LEFT JOIN gdpr.hierarchy h ON h.name = 'region' AND h.value = v.place;
-- the loss of a hierarchy, by hand: two branches of two and three leaves; k = 2 gives both, (2/5 * 2 + 3/5 * 3) / 5
CREATE TABLE leaves (place text);
SELECT gdpr.define_hierarchy('leaf', '{"a": ["A"], "b": ["A"], "c": ["B"], "d": ["B"], "e": ["B"]}');
INSERT INTO leaves SELECT unnest('{a,b,c,d,e}'::text[]);
SELECT rows, classes, round(information_loss::numeric, 4) AS loss, discernibility FROM gdpr.anonymise_to_k('leaves', 'leaves_2', '{place}', 2, hierarchies => '{"place": "leaf"}');
SELECT place, count(*) FROM leaves_2 GROUP BY place ORDER BY place;
SELECT gdpr.define_hierarchy('leaf', '{}');
-- an outlier spoils a range; left out, it does not, and is counted
CREATE TABLE salaries AS SELECT i AS salary FROM generate_series(1, 100) i UNION ALL SELECT 1000000 + i FROM generate_series(1, 3) i;
SELECT rows, suppressed, reached_k >= 5 AS k, information_loss > 0.05 AS spoilt FROM gdpr.anonymise_to_k('salaries', 'salaries_all', '{salary}', 5);
SELECT rows < 103 AS fewer, rows + suppressed AS all, suppressed <= 0.1 * 103 AS within, reached_k >= 5 AS k FROM gdpr.anonymise_to_k('salaries', 'salaries_most', '{salary}', 5, suppress => 0.1);
SELECT max(upper(salary::int4range)) < 1000 AS no_outlier FROM salaries_most;
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 5, 'disease', t => 0.5, suppress => 0.1);   -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age,age}', 5);       -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{sex}', 5, hierarchies => '{"sex": "none"}');   -- fails
SELECT gdpr.anonymise_to_k('survey', 'survey_too', '{age}', 5, hierarchies => '{"age": "region"}');   -- fails
-- the order of rows tells nothing
SELECT abs(corr(place, id)) < 0.2 AS in_random_order FROM (SELECT row_number() OVER (ORDER BY ctid) AS place, id FROM visits_id) o;
-- too large for memory: cut in files first, and the promise kept as well
CREATE TABLE crowd AS SELECT i % 1000 AS a, (i * 7919) % 997 AS b, (ARRAY['x', 'y', 'z'])[1 + i % 3] AS c, i % 5 AS s FROM generate_series(1, 30000) i;
SET maintenance_work_mem = '1MB';
SELECT rows, classes > 500 AS many, reached_k >= 10 AS k, reached_l >= 3 AS l, information_loss < 0.1 AS useful FROM gdpr.anonymise_to_k('crowd', 'crowd_10', '{a,b,c}', 10, 's', 3);
SELECT rows, reached_t <= 0.1 AS t FROM gdpr.anonymise_to_k('crowd', 'crowd_t', '{a,b,c}', 10, 's', t => 0.1);
RESET maintenance_work_mem;
SELECT gdpr.define_hierarchy('region', '{}');

CREATE TABLE sealed_survey (id int PRIMARY KEY, email text, age int);
INSERT INTO sealed_survey SELECT i, 'p' || i || '@example.com', i FROM generate_series(1, 10) i;
SELECT gdpr.declare_subject('sealed_survey', 'id');
SELECT gdpr.protect('sealed_survey', '{statistics}', columns => '{"email":"pii_email"}');
SELECT gdpr.anonymise_to_k('sealed_survey', 'no_copy', '{age}', 2, keep => '{email}');          -- fails
SELECT gdpr.anonymise_to_k('sealed_survey', 'no_copy', '{age}', 2, keep => '{gdpr_subject}');   -- fails


-- Anonymous is a label that is earned, for a time.
SELECT gdpr.assert_anonymous('survey', '{age,seen,zip,sex}');             -- fails
SELECT gdpr.assert_anonymous('survey_5', '{age,seen,zip,sex}', 'disease', k => 5, l => 2);
SELECT gdpr.assert_anonymous('survey_5', '{age,seen,zip,sex}', 'disease', k => 5, l => 5);    -- fails
SELECT gdpr.assert_anonymous('survey_5', '{age,seen,zip,sex}', 'disease', k => 5, t => 0.001);   -- fails
SELECT gdpr.assert_anonymous('sealed_survey', '{age}', k => 2);           -- fails: sealed
CREATE TABLE answer (person int REFERENCES sealed_survey, age int);
INSERT INTO answer SELECT 1, 30 FROM generate_series(1, 10);
SELECT gdpr.assert_anonymous('answer', '{age}');                          -- fails: leads to people
SELECT gdpr.assert_anonymous('survey', '{id,age,seen,zip,sex}');          -- fails: k is 1
CREATE TABLE kept AS SELECT 1 AS age FROM generate_series(1, 10);
ALTER TABLE kept ADD COLUMN number int GENERATED ALWAYS AS IDENTITY;
SELECT gdpr.assert_anonymous('kept', '{age}');                            -- fails: tells every row from the others
ALTER TABLE kept ADD PRIMARY KEY (number);
SELECT gdpr.assert_anonymous('kept', '{age}');                            -- fails: a key
ALTER TABLE kept DROP COLUMN number, ADD COLUMN hash text DEFAULT md5('secret');
SELECT gdpr.assert_anonymous('kept', '{age,hash}');                       -- fails: a hash
UPDATE kept SET hash = 'gdpr1:x';
SELECT gdpr.assert_anonymous('kept', '{age}');                            -- fails: sealed text
ALTER TABLE kept DROP COLUMN hash, ADD COLUMN hash bytea DEFAULT sha256('secret');
SELECT gdpr.assert_anonymous('kept', '{age}');                            -- fails
ALTER TABLE kept DROP COLUMN hash;
SELECT gdpr.assert_anonymous('kept', '{age}');
SELECT relation, k >= least_k AS k, expires_at > now() + interval '11 months' AS a_year FROM gdpr.anonymity_label WHERE relation = 'survey_5'::regclass;
-- Every column is measured, declared harmless with a reason, or looked at.
CREATE TABLE plain (age int, value text, doc jsonb);
CREATE FUNCTION refused(column_value text, measured name[] DEFAULT '{age}') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	/* each value twice: k over age alone says nothing of it */
	EXECUTE format('TRUNCATE plain; INSERT INTO plain (age, value) SELECT 30, %s FROM generate_series(0, 39) i', column_value);
	PERFORM gdpr.assert_anonymous('plain', measured, k => 2);
	RETURN 'anonymous';
EXCEPTION WHEN SQLSTATE 'ZG017' THEN
	RETURN substr(SQLERRM, length('table anonymity.plain is not anonymous: ') + 1);
END $$;
SELECT v.name, refused(v.value), refused(v.value, '{age,value}') AS measured FROM (VALUES
	(1, 'an address, each twice', $$'person' || i / 2 || '@example.com'$$), (2, 'one among many', $$CASE i / 2 WHEN 3 THEN 'write to jan@example.com' ELSE 'nothing' END$$),
	(3, 'telephone', $$'+3247012' || 3400 + i / 2$$), (4, 'account', $$(ARRAY['BE68539007547034','NL91ABNA0417164300'])[1 + i % 2]$$),
	(5, 'national number', $$(ARRAY['85.07.30-033.28','17.07.30-033.84'])[1 + i % 2]$$), (6, 'network', $$'192.168.1.' || i / 4$$),
	(7, 'full names', $$(ARRAY['Jan Peeters','Marie Dubois','Anna Schmidt','Sophie Martin'])[1 + i % 4]$$),
	(8, 'last names', $$(ARRAY['Peeters','Dubois','Schmidt','Janssens'])[1 + i % 4]$$), (9, 'house', $$'Kerkstraat ' || 1 + i / 4$$),
	(10, 'hash cut to 8', $$left(md5((i / 4)::text), 8)$$), (11, 'hash cut to 6', $$left(md5((i / 4)::text), 6)$$),
	(12, 'one hash cut to 12', $$left(md5('x'), 12)$$), (13, 'base64 cut to 10', $$left(encode(sha256((i / 4)::text::bytea), 'base64'), 10)$$),
	(14, 'upper case', $$upper(left(md5((i / 4)::text), 10))$$), (15, 'free text', $$repeat('the weather was fine ', 20)$$),
	(16, 'amount, most alone', $$(1000 + i)::text$$), (17, 'a city', $$(ARRAY['Gent','Brugge','Namur','Paris'])[1 + i % 4]$$),
	(18, 'a disease', $$(ARRAY['flu','asthma','gout','diabetes'])[1 + i % 4]$$), (19, 'a code', $$'AB-' || 100 + i / 4$$), (20, 'a range', $$'[20,' || 30 + i / 10 || ']'$$))
	v (n, name, value) ORDER BY v.n;
-- documents are looked into, at any depth, and their keys
CREATE FUNCTION refused_document(doc text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('TRUNCATE plain; INSERT INTO plain (age, doc) SELECT 30, %s FROM generate_series(0, 39) i', doc);
	PERFORM gdpr.assert_anonymous('plain', '{age}', k => 2);
	RETURN 'anonymous';
EXCEPTION WHEN SQLSTATE 'ZG017' THEN
	RETURN substr(SQLERRM, length('table anonymity.plain is not anonymous: ') + 1);
END $$;
SELECT v.name, refused_document(v.doc) FROM (VALUES (1, 'names', $$jsonb_build_object('name', (ARRAY['Jan Peeters','Marie Dubois'])[1 + i % 2])$$),
	(2, 'deep', $$jsonb_build_object('a', jsonb_build_array(1, jsonb_build_object('b', jsonb_build_array('x', 'jan@example.com'))))$$),
	(3, 'first and last', $$jsonb_build_object('v', (ARRAY['Jan','Marie','Anna','Sophie'])[1 + i % 4], 'a', (ARRAY['Peeters','Dubois','Schmidt','Martin'])[1 + i % 4])$$),
	(4, 'keys', $$'{"jan@example.com": 1}'::jsonb$$), (5, 'a bare string', $$'"jan@example.com"'::jsonb$$), (6, 'colours', $$jsonb_build_object('colour', (ARRAY['red','blue'])[1 + i % 2], 'size', i % 3)$$)) v (n, name, doc) ORDER BY v.n;
-- arrays, domains, bytes and devices are no way around
CREATE DOMAIN free AS text;
CREATE TABLE typed (age int, tags text[], word free, address inet);
INSERT INTO typed SELECT 30, '{a,b}', 'x', NULL FROM generate_series(1, 10);
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2);
UPDATE typed SET tags = '{a,jan@example.com}';
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2);                   -- fails
UPDATE typed SET tags = NULL, word = 'jan@example.com';
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2);                   -- fails
UPDATE typed SET word = NULL, address = '10.0.0.1';
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2);                   -- fails
-- harmless, with a reason; what it was goes with the label
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2, harmless => '{"address": "the same printer for all"}');
SELECT harmless FROM gdpr.anonymity_label WHERE relation = 'typed'::regclass;
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2, harmless => '{"address": " "}');      -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2, harmless => '{"adress": "a reason"}');   -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2, harmless => '["address"]');           -- fails
-- a class of one is a person; nothing is measured in nothing; a label ends later than it begins
SELECT gdpr.assert_anonymous('typed', '{age}', k => 1, harmless => '{"address": "x"}');      -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', k => 0);                   -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', k => -1);                  -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', k => NULL);                -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', valid_for => '-1 day');    -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', valid_for => '0');         -- fails
SELECT gdpr.assert_anonymous('typed', '{age}', valid_for => NULL);        -- fails
CREATE TABLE nothing (age int);
SELECT gdpr.assert_anonymous('nothing', '{age}');                         -- fails
-- a label goes at the first test that fails, for whatever reason: here a column that is gone, and values
SELECT gdpr.assert_anonymous('typed', '{age}', k => 2, harmless => '{"address": "the same printer for all"}');
ALTER TABLE typed RENAME COLUMN address TO printer;
SELECT * FROM gdpr.retest_anonymity() WHERE relation = 'typed'::regclass;
SELECT count(*) FROM gdpr.anonymity_label WHERE relation = 'typed'::regclass;

-- A table anonymised in place passes, with its key, until somebody is in it again.
CREATE TABLE patient (id int PRIMARY KEY, email text, age int, ward text);
INSERT INTO patient SELECT i, 'p' || i || '@example.com', 30 + i % 2, 'A' FROM generate_series(1, 20) i;
SELECT gdpr.declare_subject('patient', 'id');
SELECT gdpr.protect('patient', '{statistics}', columns => '{"email":"pii_email"}');
SELECT gdpr.assert_anonymous('patient', '{age,ward}');                    -- fails
SELECT gdpr.set_anonymisation('patient', 'ward', 'null');
SELECT gdpr.anonymise_rows('patient');
SELECT gdpr.assert_anonymous('patient', '{age,ward}');
SELECT gdpr.grant_purpose('statistics', current_user);
SET gdpr.purpose = 'statistics';
INSERT INTO patient (id, email, age) VALUES (100, 'new@example.com', 30);
SELECT * FROM gdpr.retest_anonymity() WHERE relation = 'patient'::regclass;
RESET gdpr.purpose;

-- the job tests them again, with its duty and a look at the tables
CREATE ROLE regress_anonymity_job;
SELECT gdpr.grant_duty('job', 'regress_anonymity_job');
GRANT USAGE ON SCHEMA anonymity TO regress_anonymity_job;
GRANT SELECT ON ALL TABLES IN SCHEMA anonymity TO regress_anonymity_job;
SET ROLE regress_anonymity_job;
SELECT * FROM gdpr.retest_anonymity();
RESET ROLE;
SELECT count(DISTINCT passed_at) AS at_once, count(*) > 1 AS several FROM gdpr.anonymity_label;
INSERT INTO survey_5 SELECT '99', seen, zip, sex, bought, disease FROM survey_5 LIMIT 1;
SELECT * FROM gdpr.retest_anonymity();
SELECT count(*) FROM gdpr.anonymity_label WHERE relation = 'survey_5'::regclass;
SELECT gdpr.revoke_duty('job', 'regress_anonymity_job');
DROP SCHEMA anonymity CASCADE;
DROP OWNED BY regress_anonymity_job;
DROP ROLE regress_anonymity_job;
