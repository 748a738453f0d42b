-- select into a text
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE plpgsql AS 'DECLARE n text; BEGIN SELECT last_name INTO n FROM customer WHERE id = i; RETURN n; END';
SELECT pg_temp.g(3);

-- select into two of other types
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n varchar; b date;
BEGIN SELECT last_name, born INTO n, b FROM customer WHERE id = i; RETURN n || ' ' || b; END $$;
SELECT pg_temp.g(3);

-- a letter to a customer
CREATE FUNCTION pg_temp.letter(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN SELECT * INTO r FROM customer WHERE id = i; RETURN 'Dear ' || r.first_name || ' ' || r.last_name || ','; END $$;
SELECT pg_temp.letter(3);

-- a letter with format
CREATE FUNCTION pg_temp.letter(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN SELECT * INTO r FROM customer WHERE id = i; RETURN format('Dear %s %s', r.first_name, r.last_name); END $$;
SELECT pg_temp.letter(3);

-- a variable of the column's type
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n customer.last_name%TYPE;
BEGIN SELECT last_name INTO n FROM customer WHERE id = i; RETURN upper(n); END $$;
SELECT pg_temp.g(3);

-- a variable of the row's type
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c customer%ROWTYPE;
BEGIN SELECT * INTO c FROM customer WHERE id = i; c.note := 'seen'; RETURN c.last_name || c.note; END $$;
SELECT pg_temp.g(3);

-- a loop
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record; a text := '';
BEGIN FOR r IN SELECT last_name FROM customer WHERE id < 5 ORDER BY last_name, id LOOP a := a || r.last_name || ';'; END LOOP; RETURN a; END $$;
SELECT pg_temp.g();

-- a condition
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r customer;
BEGIN SELECT * INTO r FROM customer WHERE id = i;
IF r.last_name = 'Maes' AND r.born < '2000-01-01' AND r.email LIKE '%@%' THEN RETURN 'yes'; END IF; RETURN 'no'; END $$;
SELECT pg_temp.g(5), pg_temp.g(6);

-- return query
CREATE FUNCTION pg_temp.g() RETURNS TABLE (id bigint, name text) LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY SELECT c.id, c.last_name || ', ' || c.first_name FROM customer c WHERE c.id < 4; END $$;
SELECT * FROM pg_temp.g() ORDER BY id;

-- return query of a bare column
CREATE FUNCTION pg_temp.g() RETURNS TABLE (id bigint, name text) LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY SELECT c.id, c.last_name::text FROM customer c WHERE c.id < 4; END $$;
SELECT * FROM pg_temp.g() ORDER BY name, id;

-- return next
CREATE FUNCTION pg_temp.g() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN FOR r IN SELECT email FROM customer WHERE id < 4 ORDER BY id LOOP RETURN NEXT r.email; END LOOP; END $$;
SELECT * FROM pg_temp.g();

-- return rows of the table
CREATE FUNCTION pg_temp.g() RETURNS SETOF customer LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM customer WHERE id < 4; END $$;
SELECT id, last_name, email FROM pg_temp.g() ORDER BY id;

-- execute with parameters
CREATE FUNCTION pg_temp.g(n text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE i bigint;
BEGIN EXECUTE 'SELECT count(*) FROM customer WHERE last_name = $1 AND email ILIKE $2' INTO i USING n, '%mail%'; RETURN i; END $$;
SELECT pg_temp.g('Maes');

-- execute with a quoted literal
CREATE FUNCTION pg_temp.g(n text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE i bigint;
BEGIN EXECUTE format('SELECT min(id) FROM customer WHERE last_name = %L', n) INTO i; RETURN i; END $$;
SELECT pg_temp.g('O''Neill');

-- a parameter that is looked for
CREATE FUNCTION pg_temp.find(term text) RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
BEGIN RETURN QUERY SELECT id FROM customer WHERE last_name ILIKE '%' || term || '%' OR lower(email) = lower(term) ORDER BY id; END $$;
SELECT * FROM pg_temp.find('berg') LIMIT 3;
SELECT * FROM pg_temp.find('USER7@mail.example');

-- found
CREATE FUNCTION pg_temp.g(e text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM customer WHERE email = e; RETURN FOUND; END $$;
SELECT pg_temp.g('user7@mail.example'), pg_temp.g('nobody@mail.example'), pg_temp.g('nonsense');

-- an assignment from a query
CREATE FUNCTION pg_temp.g(i bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n text := (SELECT first_name FROM customer WHERE id = i);
BEGIN RETURN length(n); END $$;
SELECT pg_temp.g(3);

-- an array of a query
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$
DECLARE n text[] := ARRAY(SELECT last_name FROM customer WHERE id < 5 ORDER BY last_name, id);
BEGIN RETURN array_to_string(n, '/'); END $$;
SELECT pg_temp.g();

-- an exception
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$
BEGIN INSERT INTO customer (first_name, email) VALUES ('Nele', 'user7@mail.example'); RETURN 'done';
EXCEPTION WHEN unique_violation THEN RETURN 'there already'; END $$;
SELECT pg_temp.g();

-- returning into
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$
DECLARE n text;
BEGIN INSERT INTO customer (first_name, last_name) VALUES ('Nele', 'Claes') RETURNING last_name INTO n; RETURN n; END $$;
SELECT pg_temp.g();

-- a row handed to a function
CREATE FUNCTION pg_temp.full_name(c customer) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN c.first_name || ' ' || c.last_name; END $$;
SELECT id, pg_temp.full_name(customer) FROM customer WHERE id < 4 ORDER BY id;

-- a computed column
CREATE FUNCTION pg_temp.full_name(c customer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.first_name || ' ' || $1.last_name $$;
SELECT id, pg_temp.full_name(c) FROM customer c WHERE pg_temp.full_name(c) ILIKE '%an m%' ORDER BY id LIMIT 3;

-- an inlined function of a row with concat
CREATE FUNCTION pg_temp.full_name(c customer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT concat($1.first_name, ' ', $1.last_name) $$;
SELECT pg_temp.full_name(c) FROM customer c WHERE id < 4 ORDER BY id;

-- a function of a text
CREATE FUNCTION pg_temp.initial(n text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(left(n, 1)) $$;
SELECT id, pg_temp.initial(last_name) FROM customer WHERE pg_temp.initial(last_name) = 'M' ORDER BY id LIMIT 3;

-- a function of a varchar
CREATE FUNCTION pg_temp.initial(n varchar) RETURNS varchar LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN left(n, 1); END $$;
SELECT id, pg_temp.initial(last_name) FROM customer WHERE id < 3 ORDER BY id;

-- a function of a date
CREATE FUNCTION pg_temp.years(d date) RETURNS int LANGUAGE sql STABLE AS $$ SELECT extract(year FROM age(date '2026-01-01', d))::int $$;
SELECT id, pg_temp.years(born) FROM customer WHERE pg_temp.years(born) > 70 ORDER BY id LIMIT 3;

-- a function of SQL that returns a column
CREATE FUNCTION pg_temp.g(i bigint) RETURNS text LANGUAGE sql STABLE AS $$ SELECT last_name FROM customer WHERE id = i $$;
SELECT pg_temp.g(3);

-- a function of SQL that returns a table
CREATE FUNCTION pg_temp.g(p text) RETURNS TABLE (id bigint, name text, born date) LANGUAGE sql STABLE AS $$ SELECT id, last_name, born FROM customer WHERE last_name LIKE p $$;
SELECT * FROM pg_temp.g('M%') ORDER BY born, id LIMIT 3;

-- a function of SQL with a body
CREATE FUNCTION app_or_plain_g(i bigint) RETURNS text STABLE RETURN (SELECT upper(last_name) FROM customer WHERE id = i);
SELECT app_or_plain_g(3);

-- a function of SQL that writes
CREATE FUNCTION pg_temp.g(i bigint, n text) RETURNS text LANGUAGE sql AS $$ UPDATE customer SET last_name = n WHERE id = i RETURNING last_name $$;
SELECT pg_temp.g(3, 'Wouters');

-- a procedure
CREATE PROCEDURE pg_temp.rename(i bigint, n text) LANGUAGE plpgsql AS $$ BEGIN UPDATE customer SET last_name = n WHERE id = i; END $$;
CALL pg_temp.rename(7, 'Wouters');
SELECT last_name FROM customer WHERE id = 7;

-- a procedure with an output
CREATE PROCEDURE pg_temp.g(i bigint, INOUT n text) LANGUAGE plpgsql AS $$ BEGIN SELECT last_name INTO n FROM customer WHERE id = i; END $$;
CALL pg_temp.g(7, NULL);

-- a block
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, last_name FROM customer WHERE last_name = 'Maes' LOOP UPDATE customer SET note = r.last_name || ' ' || r.id WHERE id = r.id; END LOOP; END $$;
SELECT note FROM customer WHERE last_name = 'Maes' ORDER BY id LIMIT 3;

-- a cursor
DECLARE c CURSOR FOR SELECT id, last_name FROM customer ORDER BY last_name, id;
FETCH 3 FROM c;
MOVE 10 IN c;
FETCH 2 FROM c;

-- a cursor that scrolls
DECLARE c SCROLL CURSOR FOR SELECT id, email FROM customer WHERE email LIKE '%mail%' ORDER BY email DESC;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
FETCH ABSOLUTE 2 FROM c;

-- a cursor with hold
DECLARE c CURSOR WITH HOLD FOR SELECT id, last_name FROM customer WHERE last_name > 'N' ORDER BY last_name, id;
FETCH 3 FROM c;
CLOSE c;

-- a binary-less cursor for update
DECLARE c CURSOR FOR SELECT id, last_name FROM customer WHERE last_name = 'Maes' ORDER BY id FOR UPDATE;
FETCH 1 FROM c;
UPDATE customer SET note = last_name WHERE CURRENT OF c RETURNING id, note;

-- a cursor of PL/pgSQL
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$
DECLARE c CURSOR (p text) FOR SELECT last_name FROM customer WHERE last_name LIKE p ORDER BY last_name, id; n text; a text := '';
BEGIN OPEN c('%e%'); LOOP FETCH c INTO n; EXIT WHEN NOT FOUND OR length(a) > 40; a := a || n || ';'; END LOOP; CLOSE c; RETURN a; END $$;
SELECT pg_temp.g();

-- a cursor returned
CREATE FUNCTION pg_temp.g(r refcursor) RETURNS refcursor LANGUAGE plpgsql AS $$ BEGIN OPEN r FOR SELECT id, last_name FROM customer ORDER BY last_name, id LIMIT 3; RETURN r; END $$;
SELECT pg_temp.g('here');
FETCH ALL FROM here;

-- a trigger that fills a column
CREATE FUNCTION pg_temp.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.city := coalesce(NEW.city, 'Gent'); RETURN NEW; END $$;
CREATE TEMP TABLE visit (customer_id bigint, who text, city text);
CREATE TRIGGER stamp BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION pg_temp.stamp();
INSERT INTO visit SELECT id, last_name::text FROM customer WHERE id < 3 RETURNING who, city;
