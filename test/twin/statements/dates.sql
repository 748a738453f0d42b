-- between
SELECT id FROM customer WHERE born BETWEEN '1960-01-01' AND '1970-12-31' ORDER BY born, id;

-- after
SELECT id FROM customer WHERE born > '1990-01-01' ORDER BY id;

-- after a date
SELECT id FROM customer WHERE born >= date '1990-01-01' ORDER BY id;

-- after a timestamp
SELECT count(*) FROM customer WHERE born < timestamptz '1990-01-01 12:00+00';

-- not on a day
SELECT count(*) FROM customer WHERE born <> '1957-12-23';

-- age of a date
SELECT age(date '2026-01-01', born) > interval '30 years' FROM customer WHERE id = 4;

-- age
SELECT age(timestamp '2026-01-01', born) FROM customer WHERE id = 4;

-- older than eighteen
SELECT count(*) FROM customer WHERE age(born) >= interval '18 years';

-- tomorrow
SELECT born + 1 FROM customer WHERE id = 3;

-- days between
SELECT date '2026-01-01' - born, born - date '1950-01-01', born - 7 FROM customer WHERE id = 3;

-- an interval later
SELECT born + interval '18 years', born - interval '1 month' FROM customer WHERE id = 3;

-- years of two people
SELECT a.born - b.born FROM customer a, customer b WHERE a.id = 3 AND b.id = 4;

-- extract
SELECT extract(year FROM born), extract(month FROM born), extract(dow FROM born) FROM customer WHERE id = 3;

-- date_part
SELECT date_part('year', born), date_part('doy', born) FROM customer WHERE id = 3;

-- date_trunc
SELECT date_trunc('month', born), date_trunc('decade', born)::date FROM customer WHERE id = 3;

-- to_char
SELECT to_char(born, 'DD.MM.YYYY'), to_char(born, 'FMDay') FROM customer WHERE id = 3;

-- people by decade
SELECT extract(decade FROM born)::int * 10 AS decade, count(*) FROM customer GROUP BY 1 ORDER BY 1;

-- whose birthday it is
SELECT id FROM customer WHERE to_char(born, 'MM') = '05' ORDER BY id;

-- birthday by month and day
SELECT id FROM customer WHERE extract(month FROM born) = 5 AND extract(day FROM born) > 10 ORDER BY id;

-- overlaps
SELECT count(*) FROM customer WHERE (born, born + 365) OVERLAPS (date '1960-01-01', date '1961-01-01');

-- cast to a date
SELECT born::date, born::timestamp, born::text FROM customer WHERE id = 3;

-- in a range
SELECT id FROM customer WHERE daterange('1960-01-01', '1962-01-01') @> born::date ORDER BY id;

-- a series from the birth
SELECT y::date FROM customer, generate_series(born, born + interval '2 years', interval '1 year') y WHERE id = 3 ORDER BY 1;

-- in a list
SELECT id FROM customer WHERE born IN ('1957-12-23', '1968-08-11') ORDER BY id;

-- any of an array
SELECT id FROM customer WHERE born = ANY ('{1957-12-23,1968-08-11}'::date[]) ORDER BY id;

-- equal to a date of another table
SELECT c.id, p.id FROM customer c JOIN prospect p ON p.born = c.born ORDER BY 1, 2 LIMIT 5;

-- make_date
SELECT id FROM customer WHERE born = make_date(1957, 12, 23);

-- isfinite, justify
SELECT isfinite(born), greatest(born, date '1960-01-01'), least(born, date '1940-01-01') FROM customer WHERE id = 3;
