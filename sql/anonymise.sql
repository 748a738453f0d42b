-- Strategies: what they do to a value, what they refuse, and tables anonymised in place and into a copy.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA anonymise;
SET search_path = anonymise, public;
SELECT * FROM gdpr.strategies();

-- Dates, numbers, texts, addresses, each in its own type.
SELECT gdpr.anonymised(date '1985-07-30', 'generalise', '{"to": "month"}') AS month, gdpr.anonymised(date '1985-07-30', 'generalise', '{"to": "quarter"}') AS quarter,
	   gdpr.anonymised(date '1985-07-30', 'generalise') AS year, gdpr.anonymised(date '1985-07-30', 'generalise', '{"to": "decade"}') AS decade,
	   gdpr.anonymised(date '0005-03-01 BC', 'generalise', '{"to": "decade"}') AS bc, gdpr.anonymised(date 'infinity', 'generalise') AS infinite;
SELECT gdpr.anonymised(timestamp '1985-07-30 12:34', 'generalise', '{"to": "month"}') AS month;
SELECT gdpr.anonymised(37, 'generalise', '{"width": 10}') AS band, gdpr.anonymised(-3, 'generalise', '{"width": 10}') AS below,
	   gdpr.anonymised(12.75, 'generalise', '{"width": 0.5}') AS half, gdpr.anonymised(1234, 'round', '{"digits": -2}') AS hundreds,
	   gdpr.anonymised(2.345::numeric(6,3), 'round', '{"digits": 1}') AS tenth;
SELECT gdpr.anonymised('9000 Gent'::text, 'generalise', '{"keep": 2}') AS prefix, gdpr.anonymised('Ødegård'::text, 'truncate', '{"length": 3}') AS characters,
	   gdpr.anonymised('𝔘nicode'::text, 'truncate', '{"length": 1}') AS multibyte, gdpr.anonymised('x'::text, 'truncate', '{"length": 9}') AS short;
SELECT gdpr.anonymised(inet '192.0.2.77', 'generalise') AS v4, gdpr.anonymised(inet '2001:db8:1:2::77', 'generalise') AS v6,
	   gdpr.anonymised(inet '192.0.2.77', 'generalise', '{"v4": 16}') AS v4_16;
SELECT gdpr.anonymised(5, 'constant', '{"value": 7}') AS seven, gdpr.anonymised('a'::text, 'constant', '{"value": "x"}') AS x, gdpr.anonymised(5, 'null') IS NULL AS nothing,
	   gdpr.anonymised(NULL::int, 'constant', '{"value": 7}') IS NULL AS null_stays;
-- at the bounds of a type
SELECT gdpr.anonymised(32767::int2, 'round', '{"digits": -1}') AS int2, gdpr.anonymised(-2147483648, 'generalise', '{"width": 1000}') >= -2147483648 AS int4,
	   gdpr.anonymised(9223372036854775807, 'noise', '{"amount": 1000000000}', 'r') > 9000000000000000000 AS int8,
	   gdpr.anonymised('NaN'::float8, 'noise', '{"amount": 5}', 'r') AS nan;
SELECT gdpr.anonymised(9223372036854775807, 'generalise') AS most, gdpr.anonymised((-9223372036854775807 - 1)::int8, 'generalise') AS least,
	   gdpr.anonymised(9007199254740993, 'generalise', '{"width": 7}') AS beyond_a_double, gdpr.anonymised(32767::int2, 'noise', '{"amount": 30000}', 'c') BETWEEN 0 AND 32767 AS int2,
	   gdpr.anonymised(123456789012345678901234567890.12, 'round', '{"digits": -1}') AS long, gdpr.anonymised('-Infinity'::numeric, 'generalise') AS infinite;
SELECT gdpr.anonymised(99.99::numeric(4,2), 'round', '{}', NULL, 262150) AS four_digits, gdpr.anonymised(-0.01, 'generalise', '{"width": 0.05}') AS below;
SELECT gdpr.anonymised(date '4714-11-24 BC', 'generalise', '{"to": "decade"}') AS first_day, gdpr.anonymised(timestamp '4714-11-24 BC', 'generalise', '{"to": "month"}') AS first_second,
	   gdpr.anonymised(date '5874897-12-31', 'noise', '{"amount": 9}', 'c') > '5874897-12-21' AS last_day, gdpr.anonymised(date '-infinity', 'noise', '{"amount": 9}', 'c') AS infinite;
-- the length of a column
SELECT length(gdpr.anonymised('ab'::varchar(3), 'constant', '{"value": "x"}', NULL, 7)) AS fits, gdpr.anonymised('Antwerpen'::varchar(4), 'mask', '{}', NULL, 8) AS cut;

-- Noise is bounded, and sticks to row and domain.
SELECT bool_and(abs(gdpr.anonymised(100, 'noise', '{"amount": 10}', i::text) - 100) <= 10) AS bounded,
	   bool_and(gdpr.anonymised(100, 'noise', '{"amount": 10}', i::text) = gdpr.anonymised(100, 'noise', '{"amount": 10}', i::text)) AS sticky,
	   count(DISTINCT gdpr.anonymised(100, 'noise', '{"amount": 10}', i::text)) > 10 AS spread,
	   avg(gdpr.anonymised(100, 'noise', '{"amount": 10}', i::text)) BETWEEN 99 AND 101 AS centred,
	   bool_or(gdpr.anonymised(100, 'noise', '{"amount": 10, "domain": "a"}', i::text) <> gdpr.anonymised(100, 'noise', '{"amount": 10, "domain": "b"}', i::text)) AS by_domain,
	   bool_and(abs(gdpr.anonymised(date '2000-01-01', 'noise', '{"amount": 30}', i::text) - date '2000-01-01') <= 30) AS days
FROM generate_series(1, 1000) i;
SELECT gdpr.anonymised(100, 'noise', '{"amount": 10}');   -- fails: no row to stick to
SELECT gdpr.anonymised('AB-12 ef'::text, 'scramble') ~ '^[A-Z]{2}-\d{2} [a-z]{2}$' AS same_form;
SELECT gdpr.anonymised('x'::text, 'fake', '{"kind": "first_name", "language": "fr"}') <> 'x' AS fake, gdpr.anonymised('x'::text, 'fake', '{"kind": "place", "language": "de"}') <> '' AS place;
SELECT gdpr.anonymised('a'::text, 'pseudonym', '{"domain": "s"}') = gdpr.anonymised('a'::text, 'pseudonym', '{"domain": "s"}') AS same,
	   gdpr.anonymised('a'::text, 'pseudonym', '{"domain": "s"}') = gdpr.anonymised('a'::text, 'pseudonym', '{"domain": "t"}') AS joinable;

-- Made up: nothing of the original, in four languages.
SELECT count(DISTINCT gdpr.anonymised('x'::text, 'fake', jsonb_build_object('kind', k, 'language', l))) FILTER (WHERE k = 'address') > 3 AS addresses,
	   bool_and(gdpr.anonymised('x'::text, 'fake', jsonb_build_object('kind', k, 'language', l)) <> 'x') AS other
FROM unnest('{nl,fr,de,en}'::text[]) l, unnest('{first_name,last_name,full_name,street,place,address}'::text[]) k;

-- Against the same in plain SQL, on random values: bands, rounding, periods, prefixes.
SELECT count(*) FILTER (WHERE gdpr.anonymised(v, 'generalise', jsonb_build_object('width', w)) <> floor(v / w::numeric) * w) AS bands,
	   count(*) FILTER (WHERE gdpr.anonymised(n, 'round', jsonb_build_object('digits', d)) <> round(n, d)) AS rounded,
	   count(*) FILTER (WHERE gdpr.anonymised(day, 'generalise', jsonb_build_object('to', unit)) <> date_trunc(unit, day::timestamp)::date) AS periods,
	   count(*) FILTER (WHERE gdpr.anonymised(day::timestamptz, 'generalise', jsonb_build_object('to', unit)) <> date_trunc(unit, day::timestamptz)) AS moments,
	   count(*) FILTER (WHERE gdpr.anonymised(txt, 'truncate', jsonb_build_object('length', w % 9)) <> left(txt, w % 9)) AS prefixes,
	   count(*) FILTER (WHERE gdpr.anonymised(ip, 'generalise', jsonb_build_object('v4', w % 33)) <> network(set_masklen(ip, w % 33))) AS networks
FROM (SELECT ((random() - 0.5) * 2000000)::int AS v, 1 + (random() * 999)::int AS w, ((random() - 0.5) * 1e9)::numeric(20, 6) AS n, (random() * 8)::int - 4 AS d,
			 date '1200-01-01' + (random() * 400000)::int AS day, (ARRAY['month', 'quarter', 'year', 'decade'])[1 + (random() * 3)::int] AS unit,
			 translate(md5(i::text), '0123456789', 'éßøñ漢字😀ülz') AS txt, inet '0.0.0.0' + (random() * 4294967295)::bigint AS ip
	  FROM generate_series(1, 3000) i) r;

-- Refusals.
SELECT gdpr.anonymised(5, 'hash');                        -- fails: there is none
SELECT gdpr.anonymised(5, 'truncate');                    -- fails: not for numbers
SELECT gdpr.anonymised(true, 'noise', '{}', 'r');         -- fails
SELECT gdpr.anonymised(5, 'generalise', '{"width": 0}');  -- fails
SELECT gdpr.anonymised(date '2000-01-01', 'generalise', '{"to": "century"}');   -- fails
SELECT gdpr.anonymised('x'::text, 'fake', '{"language": "xx"}');   -- fails
SELECT gdpr.anonymised('x'::text, 'pseudonym');           -- fails
SELECT gdpr.anonymised(5, 'constant');                    -- fails

-- In place: sealed columns become NULL, the others follow their rules; totals stay.
CREATE TABLE client (id int PRIMARY KEY, email text, born date, city varchar(20), spent numeric(8,2), note text NOT NULL DEFAULT '');
INSERT INTO client SELECT i, 'c' || i || '@example.com', date '1960-01-01' + i * 40, 'Gent ' || i, i * 1.5, 'note ' || i FROM generate_series(1, 100) i;
SELECT gdpr.declare_subject('client', 'id');
SELECT gdpr.protect('client', '{statistics,order_fulfilment}', columns => '{"email":"pii_email"}');
SELECT gdpr.set_anonymisation('client', 'born', 'generalise', '{"to": "decade"}');
SELECT gdpr.set_anonymisation('client', 'city', 'generalise', '{"keep": 4}');
SELECT gdpr.set_anonymisation('client', 'note', 'null');          -- fails: NOT NULL
SELECT gdpr.set_anonymisation('client', 'note', 'constant', '{"value": ""}');
SELECT gdpr.set_anonymisation('client', 'email', 'mask');         -- fails: sealed
SELECT gdpr.set_anonymisation('client', 'id', 'null');            -- fails: key
SELECT gdpr.set_anonymisation('client', 'gdpr_subject', 'null');  -- fails
SELECT gdpr.set_anonymisation('client', 'born', 'truncate');      -- fails: type
SELECT gdpr.set_anonymisation('client', 'nobody', 'null');        -- fails
SELECT gdpr.anonymise_rows('client', '7');
SELECT id, email IS NULL AS emptied, born, city, note = '' AS note, spent FROM client WHERE id IN (7, 8) ORDER BY id;
SELECT gdpr.hold('client', '9', 'a claim') IS NOT NULL AS held;
SELECT gdpr.anonymise_rows('client', '9');                        -- fails: held
SELECT gdpr.anonymise_rows('client', '7');                        -- fails: nobody's any more
SELECT gdpr.anonymise_rows('client');
SELECT count(*) AS still_somebodys, min(id) FROM client WHERE gdpr_subject IS NOT NULL;
SELECT count(*) FILTER (WHERE wrapped_key IS NOT NULL) AS keys FROM gdpr.subject WHERE relation = 'client'::regclass;
SELECT gdpr.set_anonymisation('client', 'city', 'shuffle');       -- fails: copies only
SELECT count(email) AS emails, count(DISTINCT born) AS decades, count(DISTINCT city) AS cities, sum(spent) AS total FROM client;

-- Into a copy: only what is named, revealed under a purpose.
CREATE TABLE visitor (id int PRIMARY KEY, name text, born text, spent int);
INSERT INTO visitor SELECT i, 'Visitor ' || i, CASE i % 3 WHEN 0 THEN '1970' WHEN 1 THEN '1971-05' ELSE '1972-06-15' END, i % 7 FROM generate_series(1, 30) i;
SELECT gdpr.declare_subject('visitor', 'id');
SELECT gdpr.protect('visitor', '{statistics}', columns => '{"name":"pii_name","born":"pii_birth_date"}');
SELECT gdpr.anonymise_into('visitor', 'copy', '{"born": {"strategy": "generalise"}, "spent": null}');   -- fails: no purpose
CREATE ROLE anonymise_clerk;
SELECT gdpr.grant_purpose('statistics', 'anonymise_clerk');
SELECT gdpr.grant_duty('controller', 'anonymise_clerk');
GRANT ALL ON SCHEMA anonymise TO anonymise_clerk;
GRANT SELECT ON visitor TO anonymise_clerk;
SET ROLE anonymise_clerk;
SET gdpr.purpose = 'statistics';
SELECT gdpr.anonymise_into('visitor', 'copy', '{"born": {"strategy": "generalise"}, "spent": null}');
SELECT born, count(*), sum(spent) FROM copy GROUP BY born ORDER BY born;
SELECT gdpr.anonymise_into('visitor', 'copy2', '{"name": null}');             -- fails: sealed
SELECT gdpr.anonymise_into('visitor', 'copy2', '{"gdpr_subject": null}');     -- fails
SELECT gdpr.anonymise_into('visitor', 'copy2', '{}');                         -- fails
SELECT gdpr.anonymise_into('visitor', 'copy', '{"spent": null}');             -- fails: exists
SELECT gdpr.assert_anonymous('copy', '{born}', k => 10);
-- by default: what the class allows, what set_anonymisation() says
SELECT gdpr.anonymise_into('visitor', 'copy_default', '{"name": "default", "born": "default"}');
SELECT count(name) AS names, count(DISTINCT born) AS years FROM copy_default;
SELECT gdpr.anonymise_into('visitor', 'copy2', '{"spent": "default"}');       -- fails: no default
-- pseudonyms and masks are personal data still, whatever k is
SELECT gdpr.anonymise_into('visitor', 'copy_pseudonym', '{"name": {"strategy": "pseudonym", "domain": "study"}, "born": "default"}');   -- fails: domain not granted
SELECT gdpr.grant_domain('study', 'anonymise_clerk');
SELECT gdpr.anonymise_into('visitor', 'copy_pseudonym', '{"name": {"strategy": "pseudonym", "domain": "study"}, "born": "default"}');
SELECT gdpr.anonymise_into('visitor', 'copy_mask', '{"name": {"strategy": "mask"}, "born": "default"}');
SELECT gdpr.assert_anonymous('copy_pseudonym', '{born}', k => 2);             -- fails
SELECT gdpr.assert_anonymous('copy_mask', '{born,name}', k => 2);             -- fails
RESET ROLE;

-- Shuffled and swapped: the same values, other rows; a swap stays near. Lengths and scales stay those of the column.
CREATE TABLE payment (id int PRIMARY KEY, amount numeric(8,2), place varchar(12), paid date, note text);
INSERT INTO payment SELECT i, i * 1.5, 'place ' || i % 50, date '2020-01-01' + i, CASE WHEN i % 4 > 0 THEN i::text END FROM generate_series(1, 1000) i;
SELECT gdpr.anonymise_into('payment', 'payment_moved', '{"id": null, "amount": {"strategy": "swap", "percent": 5}, "place": {"strategy": "shuffle"}, "paid": {"strategy": "swap", "percent": 1}, "note": {"strategy": "shuffle"}}');
SELECT (SELECT sum(amount) FROM payment) = sum(m.amount) AS sum, (SELECT string_agg(place, ',' ORDER BY place) FROM payment) = string_agg(m.place, ',' ORDER BY m.place) AS places,
	   count(m.note) AS notes, count(*) FILTER (WHERE m.amount = p.amount) < 100 AS moved, max(abs(m.amount - p.amount)) <= 75 AND max(abs(m.paid - p.paid)) < 20 AS near,
	   corr(m.amount, m.id) > 0.99 AS still_together, abs(corr(substr(m.place, 7)::int, m.id % 50)) < 0.2 AS apart
FROM payment_moved m JOIN payment p USING (id);
SELECT string_agg(format_type(atttypid, atttypmod), ', ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'payment_moved'::regclass AND attnum > 0;
SELECT abs(corr(place, id)) < 0.2 AS in_random_order FROM (SELECT row_number() OVER (ORDER BY ctid) AS place, id FROM payment_moved) o;
SELECT gdpr.anonymise_into('payment', 'payment_bad', '{"amount": {"strategy": "swap", "percent": 101}}');   -- fails
-- noise of two columns is not the same, and in the length of the column
SELECT gdpr.anonymise_into('payment', 'payment_noise', '{"amount": {"strategy": "noise", "amount": 100}, "paid": {"strategy": "noise", "amount": 100}, "id": null}');
SELECT abs(corr(n.amount - p.amount, n.paid - p.paid)) < 0.2 AS independent, max(abs(n.amount - p.amount)) <= 100 AS bounded FROM payment_noise n JOIN payment p USING (id);
CREATE TABLE keyless AS SELECT amount FROM payment;
SELECT gdpr.anonymise_into('keyless', 'keyless_copy', '{"amount": {"strategy": "noise"}}');   -- fails: nothing to stick to

-- Hierarchies of one's own: place to region.
SELECT gdpr.define_hierarchy('region', '{"Gent": ["East Flanders", "Flanders"], "Aalst": ["East Flanders", "Flanders"], "Brugge": ["West Flanders", "Flanders"], "Dinant": ["Namur", "Wallonia"]}');
SELECT p, array_agg(gdpr.anonymised(p, 'generalise', jsonb_build_object('hierarchy', 'region', 'level', l)) ORDER BY l) FROM unnest('{Gent,Brugge,Dinant,Elsewhere}'::text[]) p, generate_series(1, 3) l GROUP BY p ORDER BY p;
SELECT gdpr.anonymised('Gent'::text, 'generalise', '{"hierarchy": "region", "level": 0}');   -- fails
SELECT gdpr.define_hierarchy('bad', '{"a": ["x", "y"], "b": ["x", "z"]}');      -- fails: x lies in two
SELECT gdpr.define_hierarchy('bad', '{"a": ["x", "y"], "b": ["x"]}');           -- fails
SELECT gdpr.define_hierarchy('bad', '{"a": "x"}');                              -- fails

SELECT gdpr.define_hierarchy('region', '{}');
SELECT gdpr.release_hold(id) FROM gdpr.legal_hold WHERE ground = 'a claim';
DROP SCHEMA anonymise CASCADE;
SELECT gdpr.revoke_duty('controller', 'anonymise_clerk');
SELECT gdpr.revoke_purpose('statistics', 'anonymise_clerk');
DROP OWNED BY anonymise_clerk;
DROP ROLE anonymise_clerk;
