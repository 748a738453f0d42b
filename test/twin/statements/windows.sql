-- row_number by a name
SELECT id, row_number() OVER (ORDER BY last_name, id) FROM customer ORDER BY id LIMIT 5;

-- rank in a partition by a date
SELECT id, rank() OVER (PARTITION BY last_name ORDER BY born, id) FROM customer ORDER BY id LIMIT 5;

-- rank by a name
SELECT id, rank() OVER (ORDER BY last_name), dense_rank() OVER (ORDER BY last_name DESC) FROM customer ORDER BY id LIMIT 12;

-- ntile by e-mail
SELECT id, ntile(4) OVER (ORDER BY email) FROM customer ORDER BY id LIMIT 12;

-- lag and lead
SELECT id, lag(last_name) OVER w, lead(last_name, 2, 'end') OVER w FROM customer WHERE id < 8 WINDOW w AS (ORDER BY id) ORDER BY id;

-- first_value, last_value
SELECT id, first_value(first_name) OVER w, last_value(first_name) OVER w FROM customer
 WHERE id < 14 WINDOW w AS (PARTITION BY last_name ORDER BY born, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY id;

-- the first by name
SELECT id, first_value(last_name) OVER (ORDER BY last_name, id) FROM customer ORDER BY id LIMIT 3;

-- count in a partition
SELECT id, last_name, count(*) OVER (PARTITION BY last_name) FROM customer ORDER BY id LIMIT 5;

-- max over a window
SELECT id, max(last_name) OVER (PARTITION BY city), min(born) OVER (PARTITION BY city) FROM customer ORDER BY id LIMIT 5;

-- a running array
SELECT id, array_agg(first_name) OVER (ORDER BY id ROWS 2 PRECEDING) FROM customer ORDER BY id LIMIT 4;

-- a running count by name
SELECT last_name, count(*) OVER (ORDER BY last_name) FROM customer ORDER BY last_name, id LIMIT 15;

-- range by date
SELECT id, count(*) OVER (ORDER BY born RANGE BETWEEN interval '1 year' PRECEDING AND CURRENT ROW) FROM customer ORDER BY id LIMIT 6;

-- the latest of each
SELECT * FROM (SELECT id, last_name, row_number() OVER (PARTITION BY last_name ORDER BY created_at DESC) AS n FROM customer) s WHERE n = 1 ORDER BY last_name;

-- cume_dist, percent_rank
SELECT id, round(cume_dist() OVER (ORDER BY last_name)::numeric, 3), round(percent_rank() OVER (ORDER BY born)::numeric, 3) FROM customer ORDER BY id LIMIT 6;

-- duplicates
SELECT id FROM (SELECT id, count(*) OVER (PARTITION BY first_name, last_name) AS n FROM customer) s WHERE n > 1 ORDER BY id LIMIT 5;
