-- insert, returning
INSERT INTO customer (id, first_name, last_name, email, phone) VALUES (901, 'Nele', 'Claes', 'nele@post.example', '+32470111222') RETURNING id, last_name, email, phone;

-- insert with a generated key
INSERT INTO customer (first_name, last_name, email, born) VALUES ('Nele', 'Claes', 'nele@post.example', '1990-05-06') RETURNING id, born;
SELECT id, first_name, born FROM customer WHERE email = 'nele@post.example';

-- insert, returning everything
INSERT INTO customer (first_name, last_name) VALUES ('Nele', 'Claes') RETURNING *;

-- insert, returning an expression
INSERT INTO customer (first_name, last_name) VALUES ('Nele', 'Claes') RETURNING id, upper(last_name), first_name || ' ' || last_name AS full_name;

-- insert many
INSERT INTO customer (first_name, last_name, email) SELECT 'First' || g, 'Last' || g, 'new' || g || '@post.example' FROM generate_series(1, 50) g;
SELECT count(*), min(last_name), max(email) FROM customer WHERE id >= 1000;

-- insert default values
-- fails 23502
INSERT INTO customer (first_name) VALUES ('Nele'), (DEFAULT);

-- insert a null where none may be
-- fails 23502
INSERT INTO customer (first_name, last_name) VALUES (NULL, 'Claes');

-- insert somebody who is there
-- fails 23505
INSERT INTO customer (first_name, email) VALUES ('Nele', 'user7@mail.example');

-- insert an order of nobody
-- fails 23503
INSERT INTO orders (customer_id, total, ship_to) VALUES (99999, 1, 'Kerkstraat 1, 9000 Gent, BE');

-- insert a key that is there
-- fails 23505
INSERT INTO customer (id, first_name) VALUES (7, 'Nele');

-- insert an order, returning the address
INSERT INTO orders (customer_id, total, ship_to) VALUES (7, 1, 'Kerkstraat 1, 9000 Gent, BE') RETURNING id, ship_to;

-- insert from the table of the same person
INSERT INTO orders (id, customer_id, ship_to) SELECT id + 5000, id, address FROM customer WHERE id < 4;
SELECT id, ship_to FROM orders WHERE id > 5000 ORDER BY id;

-- insert from plain text
INSERT INTO customer (id, first_name, last_name, phone, born) SELECT id + 5000, name, name, '+3247199' || lpad(id::text, 4, '0'), born FROM prospect;
SELECT id, last_name, phone, born FROM customer WHERE id > 5000 ORDER BY last_name, id LIMIT 5;

-- insert a name into a column of another class
INSERT INTO ticket (id, customer_id, body) SELECT 5000 + id, id, last_name FROM customer WHERE id = 3;
SELECT body FROM ticket WHERE id = 5003;

-- insert what a statement with data returns
WITH n AS (INSERT INTO customer (first_name, last_name) VALUES ('Nele', 'Claes') RETURNING id, last_name)
INSERT INTO orders (customer_id, total, ship_to) SELECT id, 1, 'Kerkstraat 1, 9000 Gent, BE' FROM n RETURNING customer_id, ship_to;

-- update a name
UPDATE customer SET last_name = 'Wouters' WHERE id = 7 RETURNING id, last_name;

-- update by e-mail
UPDATE customer SET city = 'Aalst' WHERE email = 'user7@mail.example' RETURNING id, city;

-- update by pattern
UPDATE customer SET city = 'Aalst' WHERE last_name LIKE 'Pee%';
SELECT count(*) FROM customer WHERE city = 'Aalst';

-- update with a function of itself
UPDATE customer SET email = replace(email, '@thuis', '@mail') WHERE id = 5 RETURNING email;

-- update with upper
UPDATE customer SET last_name = upper(last_name), note = coalesce(note, '') || ' checked' WHERE id IN (5, 6);
SELECT last_name, note FROM customer WHERE id IN (5, 6) ORDER BY id;

-- update with a column of its own
UPDATE customer SET note = last_name WHERE id = 5 RETURNING note;

-- update with another name
UPDATE customer SET last_name = first_name, first_name = last_name WHERE id = 5 RETURNING first_name, last_name;

-- update to null
UPDATE customer SET note = NULL, born = NULL WHERE id = 6 RETURNING note, born;

-- update a date
UPDATE customer SET born = born + 1 WHERE id = 3 RETURNING born;

-- update a date by an interval
UPDATE customer SET born = born + interval '1 month' WHERE id = 3 RETURNING born;

-- update from another table
UPDATE customer c SET note = o.ship_to FROM orders o WHERE o.customer_id = c.id AND o.id = 5 RETURNING c.id, c.note;

-- update from plain text
UPDATE customer c SET last_name = p.name FROM prospect p WHERE p.email = c.email;
SELECT id, last_name FROM customer WHERE id IN (5, 10, 15) ORDER BY id;

-- update from a list
UPDATE customer c SET last_name = v.n FROM (VALUES (7, 'Wouters'), (8, 'Claes')) v(id, n) WHERE v.id = c.id RETURNING c.id, c.last_name;

-- update by a subquery
UPDATE customer SET last_name = (SELECT name FROM prospect WHERE id = 3) WHERE id = 7 RETURNING last_name;

-- update a pair
UPDATE customer SET (first_name, last_name) = (SELECT 'Nele', name FROM prospect WHERE id = 3) WHERE id = 7 RETURNING first_name, last_name;

-- update a member of a document
UPDATE ticket SET meta = jsonb_set(meta, '{tries}', '9') WHERE id = 2 RETURNING meta ->> 'tries';

-- update a document by another
UPDATE ticket SET meta = meta || '{"done": true}' WHERE meta ->> 'channel' = 'phone';
SELECT count(*) FROM ticket WHERE meta @> '{"done": true}';

-- update to an address of the network
UPDATE ticket SET ip = inet '198.51.100.7', device = '00000000-0000-4000-8000-000000000001', scan = '\x0102' WHERE id = 2 RETURNING ip, device, scan;

-- update where the value is the same
UPDATE customer SET email = email, last_name = last_name WHERE id = 7 RETURNING email, last_name;

-- delete by name
DELETE FROM customer WHERE last_name = 'Maes' AND id > 50 RETURNING id, last_name;

-- delete by a date
DELETE FROM customer WHERE born < '1955-01-01';
SELECT count(*), (SELECT count(*) FROM orders) FROM customer;

-- delete by pattern, using another table
DELETE FROM orders o USING customer c WHERE c.id = o.customer_id AND c.last_name ILIKE '%smet%' AND o.id > 140 RETURNING o.id, c.last_name;

-- on conflict do nothing
INSERT INTO customer (id, first_name, last_name, email) VALUES (902, 'Nele', 'Claes', 'user7@mail.example') ON CONFLICT (email) DO NOTHING;
SELECT count(*) FROM customer;

-- on conflict do update
INSERT INTO customer (id, first_name, last_name, email) VALUES (902, 'Nele', 'Claes', 'user7@mail.example') ON CONFLICT (email) DO UPDATE SET last_name = EXCLUDED.last_name RETURNING id, last_name;

-- on conflict with both
INSERT INTO customer (id, first_name, last_name, email) VALUES (902, 'Nele', 'Claes', 'user7@mail.example')
ON CONFLICT (email) DO UPDATE SET last_name = customer.last_name || '-' || EXCLUDED.last_name WHERE customer.last_name <> EXCLUDED.last_name RETURNING id, last_name;

-- on conflict of the key
INSERT INTO customer (id, first_name, last_name, note) VALUES (7, 'Nele', 'Claes', 'x'), (903, 'Lies', 'Bos', NULL)
ON CONFLICT (id) DO UPDATE SET first_name = EXCLUDED.first_name, note = coalesce(EXCLUDED.note, customer.note) RETURNING id, first_name, last_name, note;

-- merge
MERGE INTO customer c USING (VALUES (7, 'Wouters')) v (id, n) ON c.id = v.id WHEN MATCHED THEN UPDATE SET last_name = v.n;
SELECT last_name FROM customer WHERE id = 7;

-- merge by e-mail
MERGE INTO customer c USING prospect p ON c.email = p.email
 WHEN MATCHED AND c.last_name <> p.name THEN UPDATE SET last_name = p.name
 WHEN NOT MATCHED THEN INSERT (first_name, last_name, email) VALUES ('new', p.name, p.email);
SELECT last_name, count(*) FROM customer GROUP BY last_name ORDER BY last_name;

-- a savepoint
SAVEPOINT a;
UPDATE customer SET last_name = 'Wouters' WHERE id = 7;
ROLLBACK TO a;
SELECT last_name FROM customer WHERE id = 7;

-- a staging table
CREATE TEMP TABLE staging (id bigint, name text, email text);
INSERT INTO staging VALUES (1, 'Wouters', 'user1@mail.example'), (2, 'Claes', 'other@mail.example');
UPDATE customer c SET last_name = s.name FROM staging s WHERE s.id = c.id AND s.email IS DISTINCT FROM c.email RETURNING c.id, c.last_name;

-- create table as, of bare columns
CREATE TEMP TABLE copy AS SELECT id, last_name, born FROM customer WHERE id < 4;
SELECT id, last_name, born FROM copy ORDER BY last_name, id;

-- select into
SELECT id, email INTO TEMP copy FROM customer WHERE id < 4;
SELECT email FROM copy ORDER BY email;

-- a table like another
CREATE TEMP TABLE copy (LIKE customer);
SELECT count(*) FROM copy;

-- log what is meant to be plain
INSERT INTO t_log SELECT last_name::text FROM customer WHERE id < 4;
SELECT what FROM t_log ORDER BY what;

-- log a number of people
INSERT INTO t_log SELECT 'found ' || count(*) FROM customer WHERE last_name LIKE 'M%';
SELECT what FROM t_log;
