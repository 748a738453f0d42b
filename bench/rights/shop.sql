/*
 * shop.sql: a shop twice over, protected (shop) and as one would build it by hand with pgcrypto (plain): the same
 * rows, foreign keys and indexes. Everybody has 100 rows in 6 linked tables. Wants :people and a schema :small or
 * :large to put both into.
 */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT :'size' || '_shop' AS shop, :'size' || '_plain' AS plain \gset
CREATE SCHEMA :shop;
CREATE SCHEMA :plain;

SET search_path = :shop;
CREATE TABLE customer (id integer PRIMARY KEY, email text, phone text, name text, born date);
CREATE TABLE address (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, address text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, ship_to text, total numeric, placed date);
CREATE TABLE order_line (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, what text, amount integer);
CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, ip text, page text);
CREATE TABLE message (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, body text, sent date);
CREATE TABLE device (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, device text);
INSERT INTO customer SELECT i, 'user' || i || '@example.com', '+3247' || lpad(i::text, 7, '0'), 'Jan Peeters ' || i, date '1950-01-01' + i % 18000
FROM generate_series(1, :people) i;
INSERT INTO address SELECT n, (n - 1) / 2 + 1, 'Wetstraat ' || n % 900 + 1 || ', 1000 Brussel, BE' FROM generate_series(1, :people * 2) n;
INSERT INTO orders SELECT n, (n - 1) / 10 + 1, 'Wetstraat ' || n % 900 + 1 || ', 1000 Brussel, BE', n % 100, date '2025-01-01' + n % 400 FROM generate_series(1, :people * 10) n;
INSERT INTO order_line SELECT n, (n - 1) / 4 + 1, 'thing ' || n, n % 7 FROM generate_series(1, :people * 40) n;
INSERT INTO visit SELECT n, (n - 1) / 30 + 1, '192.0.2.' || n % 250, '/page/' || n FROM generate_series(1, :people * 30) n;
INSERT INTO message SELECT n, (n - 1) / 15 + 1, 'A message of someone to the shop, number ' || n, date '2025-01-01' + n % 400 FROM generate_series(1, :people * 15) n;
INSERT INTO device SELECT n, (n - 1) / 3 + 1, md5(n::text) FROM generate_series(1, :people * 3) n;

/* by hand: one key for everybody, no checks */
SET search_path = :plain, public;
CREATE FUNCTION seal(value text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$ SELECT encrypt(value::bytea, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'aes') $$;
SELECT format('CREATE TABLE %1$I (LIKE %2$I.%1$I INCLUDING ALL)', t, :'shop')
FROM unnest('{customer,address,orders,order_line,visit,message,device}'::text[]) t \gexec
ALTER TABLE customer ALTER email TYPE bytea USING seal(email), ALTER phone TYPE bytea USING seal(phone), ALTER name TYPE bytea USING seal(name), ALTER born TYPE bytea USING seal(born::text);
ALTER TABLE address ALTER address TYPE bytea USING seal(address);
ALTER TABLE orders ALTER ship_to TYPE bytea USING seal(ship_to);
ALTER TABLE visit ALTER ip TYPE bytea USING seal(ip);
ALTER TABLE message ALTER body TYPE bytea USING seal(body);
ALTER TABLE device ALTER device TYPE bytea USING seal(device);
INSERT INTO customer SELECT id, seal(email), seal(phone), seal(name), seal(born::text) FROM :shop.customer;
INSERT INTO address SELECT id, customer_id, seal(address) FROM :shop.address;
INSERT INTO orders SELECT id, customer_id, seal(ship_to), total, placed FROM :shop.orders;
INSERT INTO order_line SELECT * FROM :shop.order_line;
INSERT INTO visit SELECT id, customer_id, seal(ip), page FROM :shop.visit;
INSERT INTO message SELECT id, customer_id, seal(body), sent FROM :shop.message;
INSERT INTO device SELECT id, customer_id, seal(device) FROM :shop.device;
SELECT format('ALTER TABLE %I ADD FOREIGN KEY (customer_id) REFERENCES customer', t) FROM unnest('{address,orders,visit,message,device}'::text[]) t \gexec
ALTER TABLE order_line ADD FOREIGN KEY (order_id) REFERENCES orders;

SELECT format('CREATE INDEX ON %I.%I (%I)', s, t, CASE t WHEN 'order_line' THEN 'order_id' ELSE 'customer_id' END)
FROM unnest(ARRAY[:'shop', :'plain']) s, unnest('{address,orders,order_line,visit,message,device}'::text[]) t \gexec

SET search_path = :shop, public;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{customer_care}', columns => '{"email":"pii_email","phone":"pii_phone","name":"pii_name","born":"pii_birth_date"}');
SELECT gdpr.protect('address', '{customer_care}', owner => 'customer_id', columns => '{"address":"pii_address"}');
SELECT gdpr.protect('orders', '{customer_care}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('order_line', '{customer_care}', owner => 'order_id.customer_id');
SELECT gdpr.protect('visit', '{customer_care}', owner => 'customer_id', columns => '{"ip":"pii_ip"}');
SELECT gdpr.protect('message', '{customer_care}', owner => 'customer_id', columns => '{"body":"pii_text"}');
SELECT gdpr.protect('device', '{customer_care}', owner => 'customer_id', columns => '{"device":"pii_device_id"}');
SELECT command FROM gdpr.missing_indexes() \gexec
VACUUM (ANALYZE);

/* What one would write by hand: the statements keep their plans, as ours do. */
SET search_path = :plain, public;
CREATE FUNCTION erase(person integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM order_line WHERE order_id IN (SELECT id FROM orders WHERE customer_id = person);
	DELETE FROM orders WHERE customer_id = person;
	DELETE FROM address WHERE customer_id = person;
	DELETE FROM visit WHERE customer_id = person;
	DELETE FROM message WHERE customer_id = person;
	DELETE FROM device WHERE customer_id = person;
	DELETE FROM customer WHERE id = person;
END $$;
CREATE FUNCTION shown(value bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT convert_from(decrypt(value, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'aes'), 'UTF8') $$;
CREATE FUNCTION copy(person integer) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN jsonb_build_object(
		'customer', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, shown(email) AS email, shown(phone) AS phone, shown(name) AS name, shown(born) AS born FROM customer WHERE id = person) x),
		'address', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, customer_id, shown(address) AS address FROM address WHERE customer_id = person ORDER BY id) x),
		'orders', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, customer_id, shown(ship_to) AS ship_to, total, placed FROM orders WHERE customer_id = person ORDER BY id) x),
		'order_line', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT l.* FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.customer_id = person ORDER BY l.id) x),
		'visit', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, customer_id, shown(ip) AS ip, page FROM visit WHERE customer_id = person ORDER BY id) x),
		'message', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, customer_id, shown(body) AS body, sent FROM message WHERE customer_id = person ORDER BY id) x),
		'device', (SELECT jsonb_agg(to_jsonb(x)) FROM (SELECT id, customer_id, shown(device) AS device FROM device WHERE customer_id = person ORDER BY id) x));
END $$;
