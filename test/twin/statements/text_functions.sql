-- format
SELECT format('%s <%s>', last_name, email) FROM customer WHERE id = 5;

-- format with an identifier and a literal
SELECT format('%I %L', last_name, first_name) FROM customer WHERE id = 4;

-- concat
SELECT concat('Dear ', first_name, ' ', last_name, ', ', note) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- concat_ws
SELECT concat_ws(', ', last_name, first_name, note, born) FROM customer WHERE id IN (5, 6) ORDER BY id;

-- put together with text on either side
SELECT 'Dear ' || first_name || '!' FROM customer WHERE id = 5;

-- put together with a number
SELECT last_name || id FROM customer WHERE id = 5;

-- put together, both of them sealed
SELECT first_name || last_name FROM customer WHERE id = 5;

-- put together of two classes
SELECT last_name || email FROM customer WHERE id = 5;

-- put together with null
SELECT note || '.' FROM customer WHERE id IN (5, 6) ORDER BY id;

-- length
SELECT length(last_name), char_length(first_name) FROM customer WHERE id = 1;

-- length in bytes
SELECT octet_length(last_name), bit_length(first_name) FROM customer WHERE id IN (1, 2, 4) ORDER BY id;

-- upper, lower
SELECT upper(last_name), lower(first_name) FROM customer WHERE id IN (2, 4) ORDER BY id;

-- split_part
SELECT split_part(email, '@', 2), count(*) FROM customer GROUP BY 1 ORDER BY 1;

-- substring by expression
SELECT substring(email FROM '@(.*)$') FROM customer WHERE id = 3;

-- substring by position
SELECT substring(last_name FROM 2 FOR 3), substr(first_name, 2), left(last_name, 1), right(phone, 4) FROM customer WHERE id = 3;

-- trim, initcap, replace
SELECT trim(last_name), initcap(last_name), replace(phone, '+32', '0') FROM customer WHERE id = 3;

-- ltrim, rtrim of letters
SELECT ltrim(email, 'user'), rtrim(email, 'example') FROM customer WHERE id = 3;

-- regexp_replace
SELECT regexp_replace(phone, '^\+32', '0') FROM customer WHERE id = 3;

-- regexp_match
SELECT regexp_match(email, '^(.*)@(.*)$') FROM customer WHERE id = 3;

-- regexp_split_to_table
SELECT id, regexp_split_to_table(last_name, '\s') FROM customer WHERE id IN (1, 3) ORDER BY 1, 2;

-- string_to_array
SELECT string_to_array(email, '@') FROM customer WHERE id = 3;

-- position, overlay, reverse, repeat
SELECT position('@' IN email), overlay(last_name PLACING 'xx' FROM 2 FOR 1), reverse(first_name), repeat(first_name, 2) FROM customer WHERE id = 3;

-- lpad
SELECT lpad(last_name, 10, '.') FROM customer WHERE id = 3;

-- rpad
SELECT rpad(last_name, 10) || '|' FROM customer WHERE id = 3;

-- translate
SELECT translate(last_name, 'aeiou', '.....') FROM customer WHERE id = 3;

-- md5
SELECT md5(email) FROM customer WHERE id = 3;

-- sha256 of its bytes
SELECT encode(sha256(convert_to(email, 'UTF8')), 'hex') FROM customer WHERE id = 3;

-- quote_literal
SELECT quote_literal(last_name) FROM customer WHERE id = 4;

-- quote_nullable, quote_ident
SELECT quote_nullable(note), quote_ident(last_name) FROM customer WHERE id IN (4, 5) ORDER BY id;

-- ascii, chr
SELECT ascii(last_name), chr(ascii(first_name)) FROM customer WHERE id = 3;

-- unicode normal form
SELECT length(normalize(last_name, NFD)), last_name IS NFC NORMALIZED FROM customer WHERE id IN (2, 3) ORDER BY id;

-- to_hex of a hash
SELECT hashtext(last_name) = hashtext('Maes') FROM customer WHERE id = 5;

-- array_to_string
SELECT array_to_string(ARRAY[first_name, last_name, note], ' ', '-') FROM customer WHERE id IN (5, 6) ORDER BY id;

-- greatest with a constant
SELECT greatest(last_name, 'M') FROM customer WHERE id = 3;

-- greatest and least of two columns
SELECT id, greatest(first_name, last_name), least(first_name, last_name) FROM customer WHERE id < 8 ORDER BY id;

-- a domain counted
SELECT right(email, length(email) - position('@' IN email)) AS domain, count(*) FROM customer GROUP BY domain ORDER BY count(*) DESC, domain;

-- the initials
SELECT upper(left(first_name, 1) || left(last_name, 1)) AS initials, count(*) FROM customer GROUP BY 1 ORDER BY 1;

-- the lines of a text
SELECT id, line FROM ticket, unnest(string_to_array(body, E'\n')) WITH ORDINALITY AS l(line, n) WHERE id IN (1, 2) ORDER BY id, n;
