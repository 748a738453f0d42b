-- like a beginning
SELECT id FROM customer WHERE last_name LIKE 'Pee%' ORDER BY id;

-- ilike a part
SELECT id FROM customer WHERE last_name ILIKE '%berg%' ORDER BY id;

-- like an end
SELECT id FROM customer WHERE email LIKE '%@post.example' ORDER BY id;

-- ilike a part of an e-mail
SELECT id FROM customer WHERE email ILIKE '%USER1%' ORDER BY id LIMIT 5;

-- not like
SELECT id FROM customer WHERE last_name NOT LIKE 'P%' ORDER BY id LIMIT 5;

-- not ilike
SELECT count(*) FROM customer WHERE last_name NOT ILIKE '%e%';

-- like with an escape
-- finds nothing
SELECT id FROM customer WHERE email LIKE 'user7\_@%' ESCAPE '\';

-- like one letter
SELECT id FROM customer WHERE email LIKE 'user_@mail.example' ORDER BY id;

-- like any of several
SELECT id FROM customer WHERE last_name LIKE ANY (ARRAY['Pee%', '%Smet']) ORDER BY id;

-- ilike all of several
SELECT id FROM customer WHERE last_name ILIKE ALL (ARRAY['%e%', '%s%']) ORDER BY id;

-- like a pattern of another column
SELECT id FROM customer WHERE email LIKE 'user' || id || '@%' ORDER BY id LIMIT 5;

-- similar to
SELECT id FROM customer WHERE last_name SIMILAR TO '(Maes|Pee%)' ORDER BY id;

-- a regular expression
SELECT id FROM customer WHERE last_name ~ '^O.N' ORDER BY id;

-- a regular expression that ignores case
SELECT id FROM customer WHERE last_name ~* '^van den' ORDER BY id;

-- not a regular expression
SELECT count(*) FROM customer WHERE last_name !~ '[aeiou]s$';

-- a regular expression over an e-mail
SELECT id FROM customer WHERE email ~ '^user[1-3]@' ORDER BY id;

-- ilike over two parts
SELECT id FROM customer WHERE concat(first_name, ' ', last_name) ILIKE '%an ma%' ORDER BY id;

-- ilike in an address
SELECT id FROM customer WHERE address ILIKE '%veldweg 12,%';

-- like in a note
SELECT id FROM customer WHERE note LIKE '%day 3' ORDER BY id;

-- ilike in a long text with lines
SELECT id FROM ticket WHERE body ILIKE '%order 1%please%' ORDER BY id;

-- like over health
SELECT id FROM ticket WHERE complaint LIKE '%nuts%' ORDER BY id;

-- like a telephone number
SELECT id FROM customer WHERE phone LIKE '%259' ORDER BY id;

-- like a date of birth as text
SELECT id FROM customer WHERE born::text LIKE '1957-%' ORDER BY id;

-- the search box of a list
SELECT id FROM customer WHERE first_name ILIKE '%ber%' OR last_name ILIKE '%ber%' OR email ILIKE '%ber%' OR phone ILIKE '%ber%' ORDER BY id;

-- full text
SELECT id FROM customer WHERE to_tsvector('simple', last_name) @@ to_tsquery('simple', 'smet') ORDER BY id;

-- full text over several columns
SELECT id FROM customer WHERE to_tsvector('simple', coalesce(first_name, '') || ' ' || coalesce(note, '')) @@ plainto_tsquery('simple', 'day bert') ORDER BY id;

-- full text with its rank
SELECT id, ts_rank(to_tsvector('english', body), query) > 0 AS ranked FROM ticket, websearch_to_tsquery('english', '"please call" order') query
 WHERE to_tsvector('english', body) @@ query ORDER BY id LIMIT 3;

-- starts with
SELECT starts_with(last_name, 'Ma') FROM customer WHERE id IN (1, 5) ORDER BY id;

-- starts with, as an operator
SELECT id FROM customer WHERE last_name ^@ 'Ma' ORDER BY id LIMIT 3;

-- the position of a part
SELECT id FROM customer WHERE strpos(email, 'mail') > 0 ORDER BY id LIMIT 5;

-- in the order of what was found
SELECT id, last_name FROM customer WHERE last_name ILIKE '%e%' ORDER BY last_name, id LIMIT 8 OFFSET 4;
