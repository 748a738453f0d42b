-- every class of a row
SELECT id, first_name, last_name, email, phone, address, born, note FROM customer WHERE id = 7;

-- the whole row
SELECT * FROM customer WHERE id = 7;

-- the whole row of a joined table
SELECT c.*, o.total FROM customer c JOIN orders o ON o.customer_id = c.id WHERE o.id = 9;

-- of a subquery
SELECT * FROM (SELECT id, last_name, email FROM customer) s WHERE id < 4 ORDER BY id;

-- of a common table expression
WITH x AS (SELECT id, last_name FROM customer) SELECT last_name FROM x WHERE id = 4;

-- of a materialised common table expression
WITH x AS MATERIALIZED (SELECT id, last_name, born FROM customer) SELECT last_name, born FROM x WHERE last_name = 'Maes' ORDER BY id LIMIT 3;

-- by e-mail
SELECT id FROM customer WHERE email = 'user7@mail.example';

-- by e-mail, the constant first
SELECT id FROM customer WHERE 'user7@mail.example' = email;

-- by upper e-mail
SELECT id FROM customer WHERE upper(email) = upper('user7@mail.example');

-- by lower e-mail
SELECT id FROM customer WHERE lower(email) = lower('USER7@mail.example');

-- by lower e-mail, a constant in upper case finds nobody
-- finds nothing
SELECT id FROM customer WHERE lower(email) = 'USER7@mail.example';

-- by something that is no e-mail
-- finds nothing
SELECT id FROM customer WHERE email = 'not an address';

-- by an empty e-mail
-- finds nothing
SELECT id FROM customer WHERE email = '';

-- by something that is no telephone number
-- finds nothing
SELECT id FROM customer WHERE phone = 'unknown';

-- by something that is no date of birth that anybody has
-- finds nothing
SELECT id FROM customer WHERE born = '1850-01-01';

-- by a text that is no date
-- fails 22007
SELECT id FROM customer WHERE born = 'yesteryear';

-- by anything but something that is no e-mail
SELECT count(*) FROM customer WHERE email <> 'not an address';

-- by note
SELECT id FROM customer WHERE note = 'calls on day 3' ORDER BY id;

-- by telephone number
SELECT id FROM customer WHERE phone = '+32470000259';

-- by date of birth
SELECT id FROM customer WHERE born = '1957-12-23';

-- not in a list
SELECT id FROM customer WHERE last_name NOT IN ('Maes', 'Peeters') ORDER BY id LIMIT 4;

-- in a list with something that is no e-mail
SELECT id FROM customer WHERE email IN ('user7@mail.example', 'nonsense', '') ORDER BY id;

-- any of an array
SELECT id FROM customer WHERE email = ANY (ARRAY['user7@mail.example', 'user9@post.example']) ORDER BY id;

-- any of an array of text
SELECT id FROM customer WHERE email = ANY ('{user7@mail.example,user9@post.example,nonsense}'::text[]) ORDER BY id;

-- all of an array
SELECT count(*) FROM customer WHERE last_name <> ALL ('{Maes,Peeters}'::text[]);

-- is null
SELECT id FROM customer WHERE note IS NULL ORDER BY id LIMIT 3;

-- is not null
SELECT count(*) FROM customer WHERE note IS NOT NULL;

-- is distinct from
SELECT count(*) FROM customer WHERE note IS DISTINCT FROM 'calls on day 3';

-- is not distinct from
SELECT id FROM customer WHERE last_name IS NOT DISTINCT FROM 'Maes' ORDER BY id LIMIT 2;

-- two parts put together
SELECT id FROM customer WHERE first_name || ' ' || last_name = 'An Maes' ORDER BY id;

-- a pair
SELECT id FROM customer WHERE (first_name, last_name) = ('An', 'Peeters') ORDER BY id;

-- a pair in a list of pairs
SELECT id FROM customer WHERE (first_name, last_name) IN (('An', 'Peeters'), ('Jan', 'Maes'), ('Bert', 'De Smet')) ORDER BY id;

-- after a pair, as pages are turned
SELECT id FROM customer WHERE (last_name, id) > ('Maes', 20) ORDER BY last_name, id LIMIT 5;

-- before a pair, as pages are turned back
SELECT id, last_name FROM customer WHERE (last_name, id) < ('Maes', 20) ORDER BY last_name DESC, id DESC LIMIT 5;

-- greater than
SELECT id FROM customer WHERE last_name > 'O' ORDER BY id LIMIT 4;

-- between names
SELECT id FROM customer WHERE last_name BETWEEN 'D' AND 'N' ORDER BY id LIMIT 4;

-- between the e-mails of a letter
SELECT id FROM customer WHERE email >= 'user5' AND email < 'user6' ORDER BY id;

-- exists
SELECT exists(SELECT 1 FROM customer WHERE email = 'user7@mail.example');

-- not
SELECT count(*) FROM customer WHERE NOT (last_name = 'Maes' OR first_name = 'An');

-- one column with another
SELECT count(*) FROM customer WHERE first_name = last_name;

-- one column less than another
SELECT count(*) FROM customer WHERE first_name < last_name;

-- a comparison as an output
SELECT id, last_name = 'Maes' AS is_maes, born < '1960-01-01' AS old FROM customer WHERE id < 7 ORDER BY id;

-- an array of columns
SELECT ARRAY[first_name, last_name] FROM customer WHERE id = 5;

-- an array with an element of text
SELECT ARRAY[last_name, city] FROM customer WHERE id = 5;

-- any of several columns
SELECT id FROM customer WHERE 'Maes' IN (first_name, last_name, city) ORDER BY id LIMIT 3;

-- with the function of the operator
SELECT id FROM customer WHERE texteq(last_name, 'Maes') ORDER BY id LIMIT 2;

-- a row as a value
SELECT ROW(id, last_name, born) FROM customer WHERE id = 5;

-- a limited page with its count
SELECT id, last_name, count(*) OVER () FROM customer WHERE last_name = 'Maes' ORDER BY id LIMIT 2 OFFSET 2;

-- locked for update
SELECT id, email FROM customer WHERE email = 'user7@mail.example' FOR UPDATE;

-- a sample
SELECT count(last_name) FROM customer TABLESAMPLE BERNOULLI (100);
