-- a query
COPY (SELECT id, last_name FROM customer WHERE id < 3 ORDER BY id) TO STDOUT;

-- a query as CSV
COPY (SELECT id, first_name, email, born, note FROM customer WHERE id < 7 ORDER BY id) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (email));

-- a query with an order
COPY (SELECT last_name, first_name FROM customer ORDER BY last_name, id LIMIT 5) TO STDOUT;

-- a query of expressions
COPY (SELECT upper(last_name), concat(first_name, ' ', last_name), coalesce(note, 'none') FROM customer WHERE id IN (5, 6) ORDER BY id) TO STDOUT;

-- a query with a filter
COPY (SELECT id FROM customer WHERE email ILIKE '%mail%' ORDER BY email LIMIT 5) TO STDOUT;

-- what a statement returns
COPY (UPDATE customer SET note = 'x' WHERE id = 7 RETURNING last_name, note) TO STDOUT;

-- a query of json, a line each
COPY (SELECT row_to_json(r) FROM (SELECT id, last_name, born FROM customer WHERE id < 4 ORDER BY id) r) TO STDOUT;
