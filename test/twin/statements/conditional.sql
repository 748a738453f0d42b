-- coalesce of nullif
SELECT coalesce(nullif(note, ''), last_name) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- coalesce with a constant
SELECT id, coalesce(note, 'none') FROM customer WHERE id IN (5, 6) ORDER BY id;

-- coalesce with an empty text
SELECT id, coalesce(note, '') FROM customer WHERE id IN (5, 6) ORDER BY id;

-- coalesce with a column of text
SELECT id, coalesce(note, city) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- coalesce of three classes
SELECT id, coalesce(note, phone, email) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- coalesce of a date
SELECT id, coalesce(born, date '1900-01-01') FROM customer WHERE id IN (5, 6) ORDER BY id;

-- nullif
SELECT id, nullif(last_name, 'Maes') FROM customer WHERE id IN (5, 6) ORDER BY id;

-- a simple case
SELECT CASE last_name WHEN 'Maes' THEN 'm' ELSE 'x' END FROM customer WHERE id IN (5, 6) ORDER BY id;

-- a searched case
SELECT CASE WHEN note IS NULL THEN 'silent' WHEN note LIKE '%6' THEN note ELSE 'n/a' END FROM customer WHERE id IN (5, 6, 7) ORDER BY id;

-- a case of two classes
SELECT CASE WHEN id % 2 = 0 THEN last_name ELSE note END FROM customer WHERE id IN (5, 6, 7) ORDER BY id;

-- a case of two names
SELECT CASE WHEN id % 2 = 0 THEN last_name ELSE first_name END FROM customer WHERE id IN (5, 6, 7) ORDER BY id;

-- a case without else
SELECT CASE WHEN last_name = 'Maes' THEN email END FROM customer WHERE id IN (5, 6, 7) ORDER BY id;

-- a case that counts
SELECT sum(CASE WHEN born < '1970-01-01' THEN 1 ELSE 0 END), count(CASE WHEN email LIKE '%mail%' THEN 1 END) FROM customer;

-- a case of ages
SELECT CASE WHEN born < '1960-01-01' THEN 'old' WHEN born < '1980-01-01' THEN 'middle' ELSE 'young' END AS era, count(*)
  FROM customer GROUP BY era ORDER BY era;

-- union all with a constant
SELECT last_name FROM customer WHERE id = 1 UNION ALL SELECT 'x' ORDER BY 1;

-- union of two columns
SELECT first_name FROM customer UNION SELECT last_name FROM customer ORDER BY 1;

-- union of a column and a text
SELECT last_name AS word FROM customer UNION SELECT city FROM customer ORDER BY word;

-- union all of two classes as text
SELECT last_name::text AS contact FROM customer WHERE id = 5 UNION ALL SELECT email::text FROM customer WHERE id = 5;

-- union all of dates
SELECT born FROM customer WHERE id = 5 UNION ALL SELECT date '2000-01-01' ORDER BY 1;

-- intersect
SELECT last_name FROM customer WHERE city = 'Gent' INTERSECT SELECT last_name FROM customer WHERE id < 10 ORDER BY 1;

-- except
SELECT email FROM customer WHERE id < 10 EXCEPT SELECT email FROM prospect ORDER BY 1;

-- intersect with plain text
SELECT email FROM customer INTERSECT SELECT email FROM prospect ORDER BY 1;

-- values beside a column
SELECT last_name FROM customer WHERE id = 5 UNION ALL VALUES ('a'), ('b') ORDER BY 1;

-- a boolean of a comparison
SELECT (note IS NULL OR note = 'calls on day 3')::int FROM customer WHERE id IN (3, 5, 6) ORDER BY id;

-- num_nulls
SELECT id, num_nulls(note, email, born), num_nonnulls(note, email) FROM customer WHERE id IN (5, 6) ORDER BY id;
