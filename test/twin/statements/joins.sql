-- a list of people with an order above
SELECT email FROM customer WHERE id IN (SELECT customer_id FROM orders WHERE total > 510) ORDER BY email;

-- a join by e-mail with plain text
SELECT c.id, p.id FROM customer c JOIN prospect p ON p.email = c.email ORDER BY c.id LIMIT 5;

-- a join by lower e-mail with plain text
SELECT c.id, p.id FROM customer c JOIN prospect p ON lower(p.email) = lower(c.email) ORDER BY c.id LIMIT 5;

-- a join by telephone number with plain text
SELECT c.id, p.id FROM customer c JOIN prospect p ON p.phone = c.phone ORDER BY c.id LIMIT 5;

-- a join by name with plain text, using
SELECT last_name, count(*) FROM customer JOIN (SELECT name AS last_name FROM prospect) p USING (last_name) GROUP BY last_name ORDER BY last_name;

-- a self join by name
SELECT count(*) FROM customer a JOIN customer b ON a.last_name = b.last_name AND a.id < b.id;

-- a self join by first name and last name
SELECT a.id, b.id FROM customer a JOIN customer b ON a.first_name = b.last_name OR a.first_name = b.first_name AND a.last_name = b.last_name AND a.id < b.id ORDER BY 1, 2 LIMIT 5;

-- a join by pattern
SELECT p.id, count(*) FROM prospect p JOIN customer c ON c.last_name LIKE left(p.name, 3) || '%' GROUP BY p.id ORDER BY p.id LIMIT 5;

-- an anti join
SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM prospect p WHERE p.email = c.email);

-- a left join that finds nothing
SELECT c.id, c.last_name, p.name FROM customer c LEFT JOIN prospect p ON p.email = c.email AND p.name = c.last_name WHERE c.id < 12 ORDER BY c.id;

-- a full join
SELECT c.last_name, p.name, count(*) FROM customer c FULL JOIN prospect p ON p.name = c.last_name GROUP BY 1, 2 ORDER BY 1, 2;

-- in a list of plain texts
SELECT id FROM customer WHERE last_name IN (SELECT name FROM prospect) ORDER BY id LIMIT 5;

-- not in a list of plain texts
SELECT id FROM customer WHERE last_name NOT IN (SELECT name FROM prospect) ORDER BY id LIMIT 5;

-- a plain text in a list of names
SELECT id FROM prospect WHERE name IN (SELECT last_name FROM customer) ORDER BY id LIMIT 5;

-- equal to a value of a subquery
SELECT id FROM customer WHERE last_name = (SELECT name FROM prospect WHERE id = 3) ORDER BY id LIMIT 5;

-- the greatest of all
SELECT id FROM customer WHERE email = (SELECT max(email) FROM customer);

-- older than all of a name
SELECT id FROM customer WHERE born < ALL (SELECT born FROM customer WHERE last_name = 'Maes') ORDER BY id;

-- lateral, the newest order of each
SELECT c.id, c.last_name, o.ship_to FROM customer c CROSS JOIN LATERAL (SELECT ship_to FROM orders o WHERE o.customer_id = c.id ORDER BY placed DESC LIMIT 1) o ORDER BY c.last_name, c.id LIMIT 8;

-- lateral over a name
SELECT c.id, x.initial FROM customer c, LATERAL (SELECT left(c.last_name, 1) AS initial) x WHERE x.initial = 'M' ORDER BY c.id LIMIT 4;

-- unnest of an array of names
SELECT n, count(*) FROM customer, unnest(ARRAY[first_name, last_name]) n GROUP BY n ORDER BY n;

-- values of a list
SELECT v.n, c.id FROM (VALUES ('user7@mail.example'), ('user8@thuis.example'), ('nonsense')) v(n) LEFT JOIN customer c ON c.email = v.n ORDER BY c.id;

-- unnest with ordinality
SELECT c.id, x.n FROM unnest(ARRAY['user8@thuis.example', 'user7@mail.example']) WITH ORDINALITY x(email, n) JOIN customer c ON c.email = x.email ORDER BY x.n;

-- a correlated count
SELECT id, (SELECT count(*) FROM customer b WHERE b.last_name = a.last_name AND b.born < a.born) FROM customer a ORDER BY id LIMIT 6;

-- a scalar subquery
SELECT id, (SELECT last_name FROM customer c WHERE c.id = o.customer_id) FROM orders o ORDER BY id LIMIT 4;

-- recursive over names
WITH RECURSIVE step(id, path) AS (
  SELECT id, last_name::text FROM customer WHERE id = 1
  UNION ALL SELECT c.id, s.path || ' > ' || c.last_name FROM customer c JOIN step s ON c.id = s.id + 1 WHERE c.id < 5)
SELECT * FROM step ORDER BY id;

-- recursive over the same name
WITH RECURSIVE same(id, last_name) AS (
  SELECT id, last_name FROM customer WHERE id = 2
  UNION SELECT c.id, c.last_name FROM customer c JOIN same s ON c.last_name = s.last_name WHERE c.id < 30)
SELECT id, last_name FROM same ORDER BY id;

-- two expressions, one from the other
WITH m AS (SELECT id, last_name, born FROM customer WHERE last_name = 'Maes'), o AS (SELECT max(born) AS youngest FROM m)
SELECT m.id, m.born FROM m, o WHERE m.born = o.youngest;

-- a natural join of subqueries
SELECT count(*) FROM (SELECT id, last_name FROM customer) a NATURAL JOIN (SELECT id, last_name FROM customer WHERE born < '1980-01-01') b;

-- three tables
SELECT c.last_name, count(DISTINCT o.id), count(DISTINCT t.id) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN ticket t ON t.customer_id = c.id GROUP BY c.last_name ORDER BY c.last_name;

-- a union in a subquery, filtered from outside
SELECT * FROM (SELECT id, email FROM customer UNION ALL SELECT id, email FROM prospect) s WHERE email LIKE 'user1_@%' ORDER BY email, id LIMIT 8;

-- the rows of a function of rows
SELECT id, w FROM customer, regexp_split_to_table(first_name || ' ' || last_name, ' ') w WHERE id < 4 ORDER BY id, w;

-- rows as text, some of which an outer join did not find
SELECT o.id, s::text FROM orders o LEFT JOIN (SELECT id, last_name, email FROM customer) s ON s.id = o.customer_id AND o.id < 4 ORDER BY o.id LIMIT 6;
