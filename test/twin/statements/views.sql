-- of functions
CREATE VIEW v AS SELECT id, upper(last_name) AS n, lower(email) AS e FROM customer;
SELECT n, e FROM v WHERE id = 3;

-- of columns
CREATE VIEW v AS SELECT id, last_name, born FROM customer;
SELECT last_name, born FROM v WHERE last_name LIKE 'M%' ORDER BY born, id LIMIT 3;

-- ordered inside
CREATE VIEW v AS SELECT id, last_name FROM customer ORDER BY last_name DESC, id;
SELECT * FROM v LIMIT 5;

-- filtered by what it computes
CREATE VIEW v AS SELECT id, first_name || ' ' || last_name AS full_name FROM customer;
SELECT id FROM v WHERE full_name ILIKE 'an %' ORDER BY full_name, id LIMIT 5;

-- joined
CREATE VIEW v AS SELECT o.id, c.last_name, o.ship_to FROM orders o JOIN customer c ON c.id = o.customer_id;
SELECT * FROM v WHERE last_name = 'Maes' ORDER BY ship_to, id LIMIT 3;

-- grouped
CREATE VIEW v AS SELECT last_name, count(*) AS n, min(born) AS oldest FROM customer GROUP BY last_name;
SELECT * FROM v ORDER BY oldest;

-- a union
CREATE VIEW v AS SELECT 'customer' AS kind, last_name AS name, email::text AS email FROM customer UNION ALL SELECT 'prospect', name, email FROM prospect;
SELECT kind, count(*), min(name) FROM v GROUP BY kind ORDER BY kind;

-- of a security barrier
CREATE VIEW v WITH (security_barrier) AS SELECT id, last_name, email FROM customer WHERE city = 'Gent';
SELECT id FROM v WHERE email LIKE 'user1%' ORDER BY id;

-- with the rights of whoever asks
CREATE VIEW v WITH (security_invoker) AS SELECT id, last_name FROM customer;
SELECT last_name FROM v WHERE id = 4;

-- updated through
CREATE VIEW v AS SELECT id, last_name, note FROM customer WHERE id < 10;
UPDATE v SET last_name = 'Wouters', note = note || '!' WHERE id = 7 RETURNING last_name, note;

-- inserted through
CREATE VIEW v AS SELECT id, first_name, last_name, email FROM customer;
INSERT INTO v (first_name, last_name, email) VALUES ('Nele', 'Claes', 'nele@post.example') RETURNING first_name, email;

-- checked
-- fails 44000
CREATE VIEW v AS SELECT id, first_name, city FROM customer WHERE city = 'Gent' WITH CHECK OPTION;
INSERT INTO v (first_name, city) VALUES ('Nele', 'Aalst');

-- of a view
CREATE VIEW v AS SELECT id, last_name, born FROM customer;
CREATE VIEW w AS SELECT id, last_name || ' ' || extract(year FROM born) AS label FROM v;
SELECT label FROM w WHERE label LIKE 'Maes%' ORDER BY label LIMIT 3;

-- of json
CREATE VIEW v AS SELECT id, json_build_object('name', last_name, 'email', email) AS doc FROM customer;
SELECT doc ->> 'name' FROM v WHERE id = 5;

-- recursive
CREATE RECURSIVE VIEW v (id, names) AS SELECT 1::bigint, 'x'::text UNION ALL SELECT v.id + 1, left(v.names || c.last_name, 30) FROM v JOIN customer c ON c.id = v.id WHERE v.id < 4;
SELECT * FROM v ORDER BY id;
