-- to a short varchar
SELECT email::varchar(10) FROM customer WHERE id = 3;

-- to text
SELECT email::text, CAST(last_name AS text), born::text FROM customer WHERE id = 3;

-- to char
SELECT last_name::char(3), last_name::char(12) || '|' FROM customer WHERE id = 3;

-- to name
SELECT last_name::name FROM customer WHERE id = 3;

-- to bytes
SELECT last_name::bytea FROM customer WHERE id = 5;

-- a number in a text
SELECT replace(phone, '+', '')::bigint + 1 FROM customer WHERE id = 3;

-- a text that is no number
-- fails 22P02
SELECT last_name::int FROM customer WHERE id = 3;

-- to json
SELECT ('{"name": "' || last_name || '"}')::json ->> 'name' FROM customer WHERE id = 3;

-- to an array
SELECT ('{' || first_name || ',' || city || '}')::text[] FROM customer WHERE id = 3;

-- an array of names as text
SELECT array_agg(last_name ORDER BY id)::text[] FROM customer WHERE id < 4;

-- a row as text
SELECT (id, last_name)::text FROM customer WHERE id = 3;

-- a whole row as text
SELECT s::text FROM (SELECT id, last_name, born FROM customer WHERE id = 3) s;

-- to xml
SELECT xmlforest(last_name, born), xmlelement(name p, xmlattributes(email), first_name) FROM customer WHERE id = 3;

-- to an enumeration
CREATE TYPE pg_temp.family AS ENUM ('Maes', 'Peeters');
SELECT last_name::text::pg_temp.family FROM customer WHERE id = 5;

-- to a domain
CREATE DOMAIN pg_temp.short AS text CHECK (length(VALUE) < 20);
SELECT last_name::pg_temp.short FROM customer WHERE id = 3;

-- with a domain compared
CREATE DOMAIN pg_temp.word AS text;
SELECT id FROM customer WHERE last_name = 'Maes'::pg_temp.word ORDER BY id LIMIT 2;

-- with a varchar compared
SELECT id FROM customer WHERE last_name = 'Maes'::varchar ORDER BY id LIMIT 2;

-- with a char compared
SELECT id FROM customer WHERE last_name = 'Maes'::char(10) ORDER BY id LIMIT 2;

-- with a name compared
SELECT id FROM customer WHERE last_name = 'Maes'::name ORDER BY id LIMIT 2;

-- a tid, an oid and a name together
SELECT tableoid::regclass::text LIKE '%customer', ctid IS NOT NULL, last_name FROM customer WHERE id = 3;
