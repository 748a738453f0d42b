/*
 * orders.sql: two orders of two lines for every customer, sent to the address of the customer. Some customers were here
 * long ago: the last order of every tenth is more than three years old.
 */
INSERT INTO orders
SELECT 2 * c.id + n, c.id, current_date - (c.place * 53 % 1220)::integer - 30 * n, c.address, 10 + (c.id * 37 + n) % 190
FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM customer) c, generate_series(0, 1) n;
UPDATE customer SET since = (SELECT min(o.ordered_on) FROM orders o WHERE o.customer_id = customer.id);

INSERT INTO order_line
SELECT o.id, line, (ARRAY['coffee, 1 kg', 'tea, 100 g', 'chocolate, 500 g', 'speculoos, 400 g'])[1 + (o.id + line) % 4]
FROM orders o, generate_series(1, 2) line;

SELECT setval(pg_get_serial_sequence('customer', 'id'), (SELECT max(id) FROM customer)) \g /dev/null
ANALYZE customer, orders, order_line;
