-- select(Customer)
SELECT customer.id, customer.first_name, customer.last_name, customer.email, customer.born
FROM customer
WHERE customer.last_name = 'Maes' ORDER BY customer.first_name, customer.id;

-- session.get
SELECT customer.id AS customer_id, customer.email AS customer_email
FROM customer
WHERE customer.id = 7;

-- ilike()
SELECT customer.id
FROM customer
WHERE customer.last_name ILIKE '%SMET%' ORDER BY customer.id;

-- contains(autoescape=True)
SELECT customer.id
FROM customer
WHERE (customer.email LIKE '%' || 'user1' || '%' ESCAPE '/') ORDER BY customer.id;

-- startswith(), endswith()
SELECT customer.id
FROM customer
WHERE (customer.email LIKE 'user1' || '%') AND (customer.email LIKE '%' || 'mail.example') ORDER BY customer.id;

-- icontains()
SELECT customer.id
FROM customer
WHERE (lower(customer.last_name) LIKE '%' || lower('SMET') || '%') ORDER BY customer.id;

-- in_()
SELECT customer.id
FROM customer
WHERE customer.email IN ('user7@mail.example', 'user8@thuis.example') ORDER BY customer.id;

-- func.lower(email) ==
SELECT customer.id
FROM customer
WHERE lower(customer.email) = 'user7@mail.example';

-- any_()
SELECT customer.id
FROM customer
WHERE customer.last_name = ANY (ARRAY['Maes', 'Peeters']) ORDER BY customer.last_name, customer.id LIMIT 4;

-- between()
SELECT customer.id
FROM customer
WHERE customer.born BETWEEN '1960-01-01' AND '1969-12-31' ORDER BY customer.born;

-- a bound parameter of asyncpg, typed
PREPARE p AS SELECT customer.id FROM customer WHERE customer.email = $1::VARCHAR;
EXECUTE p('user7@mail.example');

-- several bound parameters of asyncpg
PREPARE p AS SELECT customer.id FROM customer WHERE customer.last_name IN ($1::VARCHAR, $2::VARCHAR) AND customer.born > $3::DATE ORDER BY customer.last_name, customer.id LIMIT $4::INTEGER;
EXECUTE p('Maes', 'Peeters', '1980-01-01', 5);

-- a pattern of asyncpg
PREPARE p AS SELECT customer.id FROM customer WHERE customer.last_name ILIKE $1::VARCHAR ORDER BY customer.id;
EXECUTE p('%berg%');

-- an insert of asyncpg
PREPARE p AS INSERT INTO customer (first_name, last_name, email, born) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::DATE) RETURNING customer.id, customer.email;
EXECUTE p('Nele', 'Claes', 'nele@post.example', '1990-05-06');

-- insertmanyvalues with a sentinel
INSERT INTO customer (first_name, last_name, email) SELECT p0::VARCHAR, p1::VARCHAR, p2::VARCHAR FROM (VALUES ('A', 'x', 'a@post.example', 0), ('B', NULL, 'b@post.example', 1)) AS imp_sen(p0, p1, p2, sen_counter) ORDER BY sen_counter RETURNING customer.id, customer.id AS id__1;
SELECT first_name, last_name, email FROM customer WHERE id >= 1000 ORDER BY id;

-- update() of the unit of work
UPDATE customer SET last_name='Wouters' WHERE customer.id = 7;
SELECT customer.last_name FROM customer WHERE customer.id = 7;

-- update().returning()
UPDATE customer SET note=(customer.note || '!') WHERE customer.last_name = 'Maes' AND customer.id < 12 RETURNING customer.id, customer.note;

-- delete()
DELETE FROM customer WHERE customer.email LIKE '%@thuis.example' AND customer.id > 50 RETURNING customer.email;

-- on_conflict_do_update()
INSERT INTO customer (first_name, last_name, email) VALUES ('Nele', 'Claes', 'user7@mail.example') ON CONFLICT (email) DO UPDATE SET last_name = excluded.last_name, first_name = 'Jan' RETURNING customer.first_name, customer.last_name;

-- joinedload()
SELECT anon_1.customer_id, anon_1.customer_last_name, orders_1.id AS orders_1_id, orders_1.ship_to AS orders_1_ship_to
FROM (SELECT customer.id AS customer_id, customer.last_name AS customer_last_name
FROM customer ORDER BY customer.last_name, customer.id
 LIMIT 3) AS anon_1 LEFT OUTER JOIN orders AS orders_1 ON anon_1.customer_id = orders_1.customer_id ORDER BY anon_1.customer_last_name, anon_1.customer_id, orders_1.id;

-- selectinload()
SELECT orders.customer_id AS orders_customer_id, orders.id AS orders_id, orders.ship_to AS orders_ship_to
FROM orders
WHERE orders.customer_id IN (5, 11) ORDER BY orders.ship_to;

-- group_by(), having()
SELECT customer.last_name, count(customer.id) AS n, max(customer.born) AS youngest
FROM customer GROUP BY customer.last_name
HAVING max(customer.born) > '2001-01-01' ORDER BY n DESC, customer.last_name;

-- func.count(distinct())
SELECT count(DISTINCT customer.last_name) AS count_1, count(DISTINCT customer.email) AS count_2
FROM customer;

-- func.row_number().over()
SELECT customer.id, row_number() OVER (PARTITION BY customer.last_name ORDER BY customer.born DESC) AS anon_1
FROM customer ORDER BY customer.id
 LIMIT 6;

-- case()
SELECT customer.id, CASE WHEN (customer.last_name = 'Maes') THEN 'M' WHEN (customer.note IS NULL) THEN 'silent' ELSE customer.last_name END AS kind
FROM customer ORDER BY kind, customer.id
 LIMIT 15;

-- cast()
SELECT CAST(customer.last_name AS VARCHAR(3)) AS anon_1, CAST(customer.born AS VARCHAR) AS anon_2
FROM customer
WHERE customer.id = 3;

-- column concatenation
SELECT customer.first_name || ' ' || customer.last_name AS anon_1
FROM customer ORDER BY anon_1, customer.id
 LIMIT 4;

-- hybrid_property in a filter
SELECT customer.id
FROM customer
WHERE (customer.first_name || ' ' || customer.last_name) = 'An Peeters' ORDER BY customer.id;

-- tuple_() for a page by keyset
SELECT customer.id, customer.last_name
FROM customer
WHERE (customer.last_name, customer.id) > ('Maes', 23) ORDER BY customer.last_name, customer.id
 LIMIT 4;

-- union_all()
SELECT customer.email AS email
FROM customer
WHERE customer.id < 4 UNION ALL SELECT prospect.email AS email
FROM prospect
WHERE prospect.id < 4 ORDER BY email;

-- exists()
SELECT EXISTS (SELECT *
FROM customer
WHERE customer.email = 'user7@mail.example') AS anon_1;

-- func.json_build_object, func.json_agg
SELECT json_agg(json_build_object('id', customer.id, 'name', customer.last_name)) AS json_agg_1
FROM customer
WHERE customer.id = 4;

-- JSONB subscripts
SELECT ticket.id
FROM ticket
WHERE (ticket.meta -> 'by' ->> 'name') = 'agent 1' AND CAST((ticket.meta ->> 'tries') AS INTEGER) >= 2 ORDER BY ticket.id
 LIMIT 4;

-- extract()
SELECT EXTRACT(year FROM customer.born) AS anon_1, count(*) AS count_1
FROM customer GROUP BY EXTRACT(year FROM customer.born) ORDER BY anon_1
 LIMIT 5;

-- regexp_match()
SELECT customer.id
FROM customer
WHERE customer.last_name ~ '^[MP]' ORDER BY customer.last_name DESC, customer.id
 LIMIT 5;

-- collate()
SELECT customer.id
FROM customer ORDER BY customer.last_name COLLATE "C", customer.id
 LIMIT 5;

-- a recursive cte
WITH RECURSIVE chain(id, last_name) AS
(SELECT customer.id AS id, customer.last_name AS last_name
FROM customer
WHERE customer.id = 1 UNION ALL SELECT c.id AS id, c.last_name AS last_name
FROM customer AS c, chain
WHERE c.id = chain.id + 10)
 SELECT chain.id, chain.last_name
FROM chain ORDER BY chain.last_name, chain.id;

-- yield_per with a named cursor
DECLARE "c_1" CURSOR WITHOUT HOLD FOR SELECT customer.id, customer.email FROM customer ORDER BY customer.email;
FETCH FORWARD 3 FROM "c_1";
CLOSE "c_1";
