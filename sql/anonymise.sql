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
SELECT gdpr.anonymise_rows('client');
SELECT count(email) AS emails, count(DISTINCT born) AS decades, count(DISTINCT city) AS cities, sum(spent) AS total FROM client;

-- Into a copy: only what is named, revealed under a purpose.
CREATE TABLE visitor (id int PRIMARY KEY, name text, born text, spent int);
INSERT INTO visitor SELECT i, 'Visitor ' || i, CASE i % 3 WHEN 0 THEN '1970' WHEN 1 THEN '1971-05' ELSE '1972-06-15' END, i FROM generate_series(1, 30) i;
SELECT gdpr.declare_subject('visitor', 'id');
SELECT gdpr.protect('visitor', '{statistics}', columns => '{"name":"pii_name","born":"pii_birth_date"}');
SELECT gdpr.anonymise_into('visitor', 'copy', '{"born": {"strategy": "generalise"}, "spent": null}');   -- fails: no purpose
CREATE ROLE anonymise_clerk;
SELECT gdpr.grant_purpose('statistics', 'anonymise_clerk');
SELECT gdpr.appoint('controller', 'anonymise_clerk');
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
RESET ROLE;

DROP SCHEMA anonymise CASCADE;
SELECT gdpr.dismiss('controller', 'anonymise_clerk');
SELECT gdpr.revoke_purpose('statistics', 'anonymise_clerk');
DROP OWNED BY anonymise_clerk;
DROP ROLE anonymise_clerk;
