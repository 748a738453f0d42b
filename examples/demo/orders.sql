/* orders.sql: two orders of two lines for every customer, sent to the address of the customer. */
INSERT INTO orders
SELECT 2 * c.id + n, c.id, current_date - (c.id % 365)::integer - n, c.address, 10 + (c.id * 37 + n) % 190
FROM customer c, generate_series(0, 1) n;

INSERT INTO order_line
SELECT o.id, line, (ARRAY['coffee, 1 kg', 'tea, 100 g', 'chocolate, 500 g', 'speculoos, 400 g'])[1 + (o.id + line) % 4]
FROM orders o, generate_series(1, 2) line;

SELECT setval(pg_get_serial_sequence('customer', 'id'), (SELECT max(id) FROM customer)) \g /dev/null
ANALYZE customer, orders, order_line;
