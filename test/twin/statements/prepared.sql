-- by e-mail
PREPARE p(text) AS SELECT id FROM customer WHERE email = $1;
EXECUTE p('user7@mail.example');

-- by a pattern
PREPARE p(text) AS SELECT id FROM customer WHERE last_name ILIKE $1 ORDER BY id LIMIT 2;
EXECUTE p('%berg%');

-- a parameter without a type
PREPARE p AS SELECT id, last_name FROM customer WHERE email = $1;
EXECUTE p('user7@mail.example');

-- a varchar
PREPARE p(varchar) AS SELECT id FROM customer WHERE last_name = $1 ORDER BY id LIMIT 2;
EXECUTE p('Maes');

-- an array of text
PREPARE p(text[]) AS SELECT id FROM customer WHERE email = ANY ($1) ORDER BY id;
EXECUTE p('{user7@mail.example,user9@post.example,nonsense}');

-- an array of varchar
PREPARE p(varchar[]) AS SELECT id FROM customer WHERE last_name = ANY ($1) ORDER BY id LIMIT 3;
EXECUTE p('{Maes,Peeters}');

-- a date
PREPARE p(date) AS SELECT id FROM customer WHERE born >= $1 ORDER BY born, id LIMIT 3;
EXECUTE p('1990-01-01');

-- two dates
PREPARE p(date, date) AS SELECT id FROM customer WHERE born BETWEEN $1 AND $2 ORDER BY id;
EXECUTE p('1960-01-01', '1965-01-01');

-- a null
-- finds nothing
PREPARE p(text) AS SELECT id FROM customer WHERE email = $1;
EXECUTE p(NULL);

-- an optional filter
PREPARE p(text) AS SELECT count(*) FROM customer WHERE $1 IS NULL OR last_name = $1;
EXECUTE p(NULL);
EXECUTE p('Maes');

-- something that is no e-mail
-- finds nothing
PREPARE p(text) AS SELECT id FROM customer WHERE email = $1;
EXECUTE p('nonsense');

-- a generic plan by e-mail
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT id, last_name FROM customer WHERE email = $1;
EXECUTE p('user7@mail.example');
EXECUTE p('user8@thuis.example');
EXECUTE p('nonsense');

-- a generic plan by pattern
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT id FROM customer WHERE last_name LIKE $1 ORDER BY last_name, id LIMIT 3;
EXECUTE p('M%');
EXECUTE p('%');

-- a generic plan by lower
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT id FROM customer WHERE lower(email) = lower($1);
EXECUTE p('USER7@MAIL.EXAMPLE');

-- a generic plan of an array
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text[]) AS SELECT id FROM customer WHERE email = ANY ($1) ORDER BY id;
EXECUTE p('{user7@mail.example,nonsense}');
EXECUTE p('{}');

-- a generic plan, executed often
PREPARE p(text) AS SELECT max(last_name), count(*) FROM customer WHERE first_name < $1;
EXECUTE p('B');
EXECUTE p('C');
EXECUTE p('K');
EXECUTE p('L');
EXECUTE p('M');
EXECUTE p('Z');
EXECUTE p('A');

-- a page with limit and offset
PREPARE p(text, int, int) AS SELECT id, last_name FROM customer WHERE last_name >= $1 ORDER BY last_name, id LIMIT $2 OFFSET $3;
EXECUTE p('M', 5, 5);

-- an insert
PREPARE p AS INSERT INTO customer (first_name, last_name, email, born, note) VALUES ($1, $2, $3, $4, $5) RETURNING first_name, last_name, email, born, note;
EXECUTE p('Nele', 'Claes', 'nele@post.example', '1990-05-06', NULL);

-- an insert with types
PREPARE p(varchar, text, varchar, date) AS INSERT INTO customer (first_name, last_name, email, born) VALUES ($1, $2, $3, $4) RETURNING last_name, born;
EXECUTE p('Nele', 'Claes', 'nele@post.example', '1990-05-06');

-- an update
PREPARE p(text, bigint) AS UPDATE customer SET note = $1 WHERE id = $2 RETURNING note;
EXECUTE p('called back', 7);

-- a choice of words
PREPARE p(text) AS SELECT id, CASE WHEN last_name = $1 THEN $1 ELSE last_name END FROM customer WHERE id < 7 ORDER BY id;
EXECUTE p('Maes');

-- concatenated with a parameter
PREPARE p(text) AS SELECT $1 || last_name, concat($1, first_name), coalesce(note, $1) FROM customer WHERE id IN (5, 6) ORDER BY id;
EXECUTE p('Dear ');
