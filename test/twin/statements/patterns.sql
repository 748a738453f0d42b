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

-- a part of a name or the beginning of an address, in any case
SELECT id FROM customer WHERE last_name ILIKE '%PEETERS%' OR email ILIKE 'user2%' OR id = 3 ORDER BY id;

-- a whole word of a note
SELECT id FROM customer WHERE '3' = ANY (string_to_array(note, ' ')) ORDER BY id;

-- parts on both sides of a wildcard, with accents
SELECT id FROM customer WHERE last_name LIKE '%ngstr_m' ORDER BY id LIMIT 5;

-- a part searched through a view and a join
WITH seen AS (SELECT o.id, o.ship_to, c.last_name FROM orders o JOIN customer c ON c.id = o.customer_id)
SELECT id FROM seen WHERE ship_to LIKE '%straat 12%' AND upper(last_name) LIKE '%BERG%' ORDER BY id;

-- a part of the nullable side of a join
SELECT c.id, o.id FROM customer c LEFT JOIN (SELECT * FROM orders WHERE total > 300) o ON o.customer_id = c.id AND o.ship_to LIKE '%straat 1_0%'
WHERE c.id < 12 ORDER BY c.id, o.id;

-- a pattern that is a column's
SELECT a.id FROM customer a JOIN customer b ON b.id = a.id AND a.last_name LIKE '%' || b.city || '%' OR a.note LIKE b.note || '%' AND a.id = b.id
ORDER BY a.id LIMIT 5;

-- not this part
SELECT count(*) FROM customer WHERE last_name NOT LIKE '%eeters%' OR last_name IS NULL;

-- a part that is too short for a token
SELECT count(*) FROM customer WHERE last_name ILIKE '%ee%' AND email LIKE 'us%';
