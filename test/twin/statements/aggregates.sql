-- array_agg
SELECT array_agg(email ORDER BY id) FROM customer WHERE id < 4;

-- array_agg in its own order
SELECT array_agg(last_name ORDER BY last_name, id) FROM customer WHERE id < 8;

-- array_agg of distinct ones
SELECT array_agg(DISTINCT last_name) FROM customer;

-- count of distinct ones
SELECT count(DISTINCT last_name) FROM customer;

-- count of distinct dates
SELECT count(DISTINCT born), count(born) FROM customer;

-- count of distinct notes
SELECT count(DISTINCT note) FROM customer;

-- group by a name
SELECT last_name, count(*) FROM customer GROUP BY last_name ORDER BY count(*) DESC, last_name LIMIT 3;

-- group by a note
SELECT note, count(*) FROM customer GROUP BY note ORDER BY note NULLS FIRST;

-- group by a date
SELECT born, count(*) FROM customer GROUP BY born ORDER BY born LIMIT 5;

-- group by a lower name
SELECT lower(last_name), count(*) FROM customer GROUP BY lower(last_name) ORDER BY 1;

-- group by the key
SELECT c.id, c.email, count(o.id) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY c.id LIMIT 3;

-- group by sets
SELECT last_name, city, count(*) FROM customer GROUP BY GROUPING SETS ((last_name), (city), ()) ORDER BY last_name, city;

-- group by rollup
SELECT last_name, city, count(*), grouping(last_name) FROM customer GROUP BY ROLLUP (last_name, city) ORDER BY last_name NULLS FIRST, city NULLS FIRST LIMIT 12;

-- having an aggregate
SELECT last_name, count(*) FROM customer GROUP BY last_name HAVING count(*) > 9 AND max(born) > '1990-01-01' ORDER BY last_name;

-- having a name
SELECT last_name, count(*) FROM customer GROUP BY last_name HAVING last_name LIKE '%e%' ORDER BY last_name;

-- first and last of a date
SELECT min(born), max(born) FROM customer;

-- first and last of a name
SELECT min(last_name), max(last_name), min(email), max(note) FROM customer;

-- first and last of a name in a group
SELECT city, min(last_name), max(first_name) FROM customer GROUP BY city ORDER BY city;

-- string_agg
SELECT string_agg(last_name, ', ' ORDER BY id) FROM customer WHERE id < 6;

-- string_agg of distinct ones
SELECT string_agg(DISTINCT last_name, ', ' ORDER BY last_name) FROM customer;

-- string_agg of parts put together
SELECT string_agg(first_name || ' ' || last_name, '; ' ORDER BY last_name, id) FROM customer WHERE id < 6;

-- with a filter
SELECT count(*) FILTER (WHERE last_name LIKE 'M%'), count(*) FILTER (WHERE born >= '1980-01-01') FROM customer;

-- average age in years
SELECT round(avg(extract(year FROM born)), 2) FROM customer;

-- bool_and, bool_or
SELECT bool_and(email LIKE '%@%'), bool_or(last_name = 'Maes'), every(phone ~ '^\+') FROM customer;

-- percentile_disc
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY last_name) FROM customer;

-- percentile_disc of several
SELECT percentile_disc('{0.25,0.75}'::float8[]) WITHIN GROUP (ORDER BY born) FROM customer;

-- mode
SELECT mode() WITHIN GROUP (ORDER BY first_name) FROM customer WHERE id < 60;

-- a hypothetical rank
SELECT rank('Maes') WITHIN GROUP (ORDER BY last_name) FROM customer;

-- sum of lengths
SELECT sum(length(note)), avg(length(last_name))::numeric(10, 3) FROM customer;

-- json_agg
SELECT json_agg(email ORDER BY id) FROM customer WHERE id < 4;

-- json_object_agg
SELECT json_object_agg(id, last_name ORDER BY id) FROM customer WHERE id < 4;

-- jsonb_object_agg
SELECT jsonb_object_agg(email, last_name) FROM customer WHERE id < 4;

-- xmlagg
SELECT xmlagg(xmlelement(name n, last_name) ORDER BY id) FROM customer WHERE id IN (3, 4);

-- an aggregate of the user's own
CREATE AGGREGATE pg_temp.join_all(text) (sfunc = textcat, stype = text, initcond = '');
SELECT pg_temp.join_all(last_name ORDER BY id) FROM customer WHERE id < 5;

-- a sum by name
SELECT c.last_name, sum(o.total) FROM customer c JOIN orders o ON o.customer_id = c.id GROUP BY c.last_name ORDER BY 2 DESC, 1;

-- grouped twice
SELECT times, count(*) FROM (SELECT last_name, first_name, count(*) AS times FROM customer GROUP BY 1, 2) s GROUP BY times ORDER BY times;
