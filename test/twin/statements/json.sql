-- json_build_object
SELECT json_build_object('id', id, 'email', email, 'name', last_name) FROM customer WHERE id = 2;

-- jsonb_build_object
SELECT jsonb_build_object('id', id, 'born', born, 'note', note) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- json_build_array
SELECT json_build_array(id, email, born), jsonb_build_array(last_name, note) FROM customer WHERE id = 5;

-- to_json
SELECT to_json(email) FROM customer WHERE id = 2;

-- to_jsonb
SELECT to_jsonb(last_name), to_jsonb(born) FROM customer WHERE id = 2;

-- json_agg of rows
SELECT json_agg(r) FROM (SELECT id, last_name, born FROM customer WHERE id < 3 ORDER BY id) r;

-- jsonb_agg of rows
SELECT jsonb_agg(r ORDER BY r.last_name, r.id) FROM (SELECT id, last_name, address FROM customer WHERE id < 5) r;

-- row_to_json
SELECT row_to_json(r) FROM (SELECT id, first_name, phone FROM customer WHERE id = 2) r;

-- row_to_json, pretty
SELECT row_to_json(r, true) FROM (SELECT id, first_name, phone FROM customer WHERE id = 2) r;

-- out of a row
SELECT to_jsonb(r) ->> 'email' FROM (SELECT email FROM customer WHERE id = 2) r;

-- json_object of arrays
SELECT json_object(ARRAY['name', last_name], ARRAY['x', first_name]) FROM customer WHERE id = 2;

-- array_to_json
SELECT array_to_json(ARRAY[first_name, last_name]), to_json(ARRAY[email]) FROM customer WHERE id = 2;

-- nested
SELECT json_build_object('name', last_name, 'orders', (SELECT json_agg(json_build_object('id', o.id, 'to', o.ship_to) ORDER BY o.id) FROM orders o WHERE o.customer_id = c.id))
  FROM customer c WHERE id = 2;

-- a sealed document
SELECT meta FROM ticket WHERE id = 2;

-- a member of a sealed document
SELECT meta -> 'by', meta ->> 'channel', meta #> '{by,name}', meta #>> '{seen,0}' FROM ticket WHERE id = 2;

-- by a member
SELECT id FROM ticket WHERE meta ->> 'channel' = 'phone' ORDER BY id LIMIT 5;

-- by what it contains
SELECT id FROM ticket WHERE meta @> '{"by": {"name": "agent 1"}}' ORDER BY id LIMIT 5;

-- by a key
SELECT count(*) FROM ticket WHERE meta ? 'tries';

-- by any key
SELECT count(*) FROM ticket WHERE meta ?| ARRAY['nothing', 'seen'];

-- by a number in it
SELECT id FROM ticket WHERE (meta ->> 'tries')::int > 3 ORDER BY id LIMIT 5;

-- by a path
SELECT id FROM ticket WHERE meta @? '$.seen[*] ? (@ == 7)' ORDER BY id;

-- jsonb_path_query
SELECT id, jsonb_path_query(meta, '$.seen[*]') FROM ticket WHERE id < 3 ORDER BY 1, 2;

-- jsonb_array_elements
SELECT t.id, e FROM ticket t, jsonb_array_elements(t.meta -> 'seen') e WHERE t.id = 2 ORDER BY e;

-- jsonb_each
SELECT t.id, e.key, e.value FROM ticket t, jsonb_each(t.meta) e WHERE t.id = 2 ORDER BY e.key;

-- jsonb_each_text
SELECT e.key, count(*) FROM ticket t, jsonb_each_text(t.meta) e GROUP BY e.key ORDER BY e.key;

-- jsonb_set
SELECT jsonb_set(meta, '{tries}', '9') ->> 'tries', meta || '{"x": 1}', meta - 'by' FROM ticket WHERE id = 2;

-- jsonb_pretty, typeof
SELECT jsonb_typeof(meta), jsonb_array_length(meta -> 'seen'), length(jsonb_pretty(meta)) FROM ticket WHERE id = 2;

-- grouped by a member
SELECT meta ->> 'channel' AS channel, count(*), sum((meta ->> 'tries')::int) FROM ticket GROUP BY channel ORDER BY channel;

-- ordered by a member
SELECT id FROM ticket ORDER BY (meta ->> 'tries')::int DESC, meta ->> 'channel', id LIMIT 6;

-- equal to a document
SELECT id FROM ticket WHERE meta = '{"by": {"name": "agent 2"}, "seen": [2, 3], "tries": 2, "channel": "mail"}';

-- a document as text and as json
SELECT meta::text, meta::jsonb -> 'tries', meta::json ->> 'channel' FROM ticket WHERE id = 2;

-- a row into a record
SELECT * FROM jsonb_to_record((SELECT meta FROM ticket WHERE id = 2)) AS x(channel text, tries int);

-- a row with a document as json
SELECT row_to_json(r) FROM (SELECT id, meta, caller FROM ticket WHERE id = 2) r;

-- json_populate_record of a row
SELECT (jsonb_populate_record(NULL::prospect, to_jsonb(r))).name FROM (SELECT id, last_name AS name FROM customer WHERE id = 2) r;
