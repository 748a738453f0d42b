-- last first
SELECT id, last_name FROM customer ORDER BY last_name DESC NULLS LAST, id LIMIT 10 OFFSET 10;

-- by a name
SELECT id, last_name FROM customer ORDER BY last_name, id;

-- by two names
SELECT last_name, first_name, id FROM customer ORDER BY last_name, first_name DESC, id LIMIT 20;

-- by a column that is not shown
SELECT id FROM customer ORDER BY email LIMIT 12;

-- by number of the column
SELECT email, id FROM customer ORDER BY 1 DESC LIMIT 5;

-- by an output name
SELECT first_name || ' ' || last_name AS full_name FROM customer ORDER BY full_name, id LIMIT 5;

-- by a date of birth
SELECT id, born FROM customer ORDER BY born, id LIMIT 5;

-- by a date of birth, youngest first
SELECT id FROM customer ORDER BY born DESC NULLS LAST, id LIMIT 5;

-- nulls first
SELECT id, note FROM customer ORDER BY note NULLS FIRST, id LIMIT 15;

-- nulls last, going down
SELECT id, note FROM customer ORDER BY note DESC NULLS LAST, id LIMIT 15;

-- by an address
SELECT id FROM customer ORDER BY address, id LIMIT 10;

-- by lower
SELECT id, last_name FROM customer ORDER BY lower(last_name), id LIMIT 12;

-- by length
SELECT id FROM customer ORDER BY length(last_name), last_name, id LIMIT 12;

-- in the C collation
SELECT id, last_name FROM customer ORDER BY last_name COLLATE "C", id LIMIT 12;

-- in a collation of a language
SELECT id, last_name FROM customer ORDER BY last_name COLLATE "und-x-icu", id LIMIT 30;

-- in the collation of the column
SELECT id, caller FROM ticket ORDER BY caller, id LIMIT 30;

-- compared in the collation of the column
SELECT id, caller FROM ticket WHERE caller < 'C' ORDER BY caller DESC, id LIMIT 30;

-- using an operator
SELECT id FROM customer ORDER BY last_name USING >, id LIMIT 5;

-- by a case
SELECT id, last_name FROM customer ORDER BY CASE WHEN last_name = 'Maes' THEN 0 ELSE 1 END, last_name, id LIMIT 15;

-- by coalesce
SELECT id FROM customer ORDER BY coalesce(note, last_name), id LIMIT 15;

-- of a subquery, limited
SELECT max(id), count(*) FROM (SELECT id FROM customer ORDER BY last_name, id LIMIT 25) s;

-- of a union
SELECT last_name FROM customer WHERE id < 5 UNION SELECT first_name FROM customer WHERE id < 5 ORDER BY 1;

-- distinct
SELECT DISTINCT last_name FROM customer ORDER BY last_name;

-- distinct, going down
SELECT DISTINCT last_name, city FROM customer ORDER BY last_name DESC, city;

-- distinct on
SELECT DISTINCT ON (last_name) last_name, id FROM customer ORDER BY last_name, id;

-- distinct on, the youngest of each name
SELECT DISTINCT ON (last_name) last_name, first_name, born FROM customer ORDER BY last_name, born DESC, id;

-- with ties
-- in any order
SELECT id, last_name FROM customer ORDER BY last_name FETCH FIRST 3 ROWS WITH TIES;

-- of a group
SELECT last_name, count(*) FROM customer GROUP BY last_name ORDER BY last_name DESC;

-- by an aggregate
SELECT last_name, max(email) FROM customer GROUP BY last_name ORDER BY max(email);

-- across a join
SELECT o.id, c.last_name FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY c.last_name, o.id DESC LIMIT 10;

-- a merge join wants an order
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_nestloop = off;
SELECT a.id, b.id FROM customer a JOIN customer b ON a.last_name = b.last_name AND a.id < b.id ORDER BY a.last_name, a.id, b.id LIMIT 10;

-- in arrays
SELECT ARRAY(SELECT last_name FROM customer WHERE id < 7 ORDER BY last_name, id);

-- by an array
SELECT id FROM customer ORDER BY ARRAY[last_name, first_name], id LIMIT 10;

-- a name in its own capitals, which nobody has
-- finds nothing
SELECT id FROM customer WHERE last_name = upper(last_name) ORDER BY id;
