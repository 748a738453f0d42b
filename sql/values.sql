-- What is no value, what belongs to another class or database, and which encodings there are.
SELECT current_database() AS home \gset
CREATE DATABASE regression_gdpr_values;
\c regression_gdpr_values
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET gdpr.default_country = 'BE';
SELECT current_user AS me \gset
SELECT gdpr.grant_purpose('order_fulfilment', :'me');
SET gdpr.purpose = 'order_fulfilment';

-- empty text becomes NULL where a column may be, at protect() and afterwards, and is said once a statement
CREATE TABLE person (id integer PRIMARY KEY, email text, phone text NOT NULL, born text, note text);
INSERT INTO person VALUES (1, '', '0470 12 34 56', '  ', ''), (2, 'jan@example.com', '0470 12 34 57', '', ' as typed ');
SELECT gdpr.declare_subject('person', 'id');
SET client_min_messages = warning;
SELECT gdpr.protect('person', purposes => '{order_fulfilment}', columns =>
	'{"email": "pii_email", "phone": "pii_phone", "born": "pii_birth_date", "note": "pii_text"}');
RESET client_min_messages;
SELECT id, email IS NULL AS no_email, born IS NULL AS not_born, '<' || gdpr.reveal(note) || '>' AS note FROM person ORDER BY id;
INSERT INTO person (id, email, phone, born) VALUES (3, '', '0470 12 34 58', ''), (4, ' ', '0470 12 34 59', '1985');
UPDATE person SET email = '' WHERE id = 2;
COPY person (id, email, phone) FROM stdin WITH (FORMAT csv, FORCE_NOT_NULL (email));
5,,0470 12 34 60
\.
SELECT id, email IS NULL AS no_email, born IS NULL AS not_born FROM person ORDER BY id;
INSERT INTO person (id, phone) VALUES (6, ''); -- fails: NOT NULL
SELECT count(*) AS nobody FROM person WHERE email = '' OR phone = '';
CREATE TABLE staff (id integer PRIMARY KEY, email text);
INSERT INTO staff VALUES (1, ''), (2, 'wrong');
SELECT gdpr.declare_subject('staff', 'id');
SELECT gdpr.protect('staff', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}'); -- fails: one value
SELECT gdpr.protect('staff', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}',
	on_invalid => 'quarantine') \g /dev/null
SELECT row_key, class FROM gdpr.quarantine;

-- the length of a network is not kept, and that is said
SELECT gdpr.reveal('192.0.2.1/24'::inet::gdpr.pii_ip) AS address;

-- values of another database and damaged ones are corrupted, only those of an erased person are erased
CREATE FUNCTION pg_temp.sealed_for(email gdpr.pii_email, subject integer) RETURNS gdpr.pii_email LANGUAGE sql AS $$
	SELECT ('gdpr1:' || translate(encode(set_byte(decode(translate(substr(format('%s', email), 7), '-_', '+/')
		|| repeat('=', (4 - (length(format('%s', email)) - 6) % 4) % 4), 'base64'), 2, subject), 'base64'), E'+/=\n', '-_'))
		::gdpr.pii_email $$;
UPDATE person SET email = 'piet@example.com' WHERE id = 3;
SELECT gdpr_internal.subject_number('person', '3') AS three, gdpr_internal.subject_number('person', '4') AS four \gset
SELECT gdpr.reveal(pg_temp.sealed_for(email, :three)) FROM person WHERE id = 3;
SELECT gdpr.reveal(pg_temp.sealed_for(email, :four)) FROM person WHERE id = 3; -- fails: XX001
\set VERBOSITY sqlstate
SELECT gdpr.reveal(pg_temp.sealed_for(email, 100)) FROM person WHERE id = 3; -- fails: XX001
\set VERBOSITY terse
SELECT pg_temp.sealed_for(email, :four) AS stranger FROM person WHERE id = 3 \gset
SET client_min_messages = warning;
SELECT gdpr.erase_subject('person', '4', 'withdrawn') \g /dev/null
RESET client_min_messages;
\set VERBOSITY sqlstate
SELECT gdpr.reveal(:'stranger'::gdpr.pii_email); -- fails: ZG020
\set VERBOSITY terse

-- what a class takes of the values of others; free text takes all
CREATE TEMP TABLE other (kind text, value text);
INSERT INTO other VALUES
	('date', '1996-07-04'), ('date', '04/07/1996'), ('timestamp', '1996-07-04 10:30:00'), ('timestamp', '1996-07-04T10:30:00Z'),
	('amount', '12.50'), ('amount', '-1,234.56'), ('amount', 'EUR 1.234,50'), ('amount', '123456.78'), ('amount', '1234567.89'),
	('number', '42'), ('number', '100001'), ('uuid', '6d92078a-8246-4ba4-ae5b-76104861e7dc'),
	('hash', 'd41d8cd98f00b204e9800998ecf8427e'), ('hash', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'),
	('hash', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
	('iban', 'BE68539007547034'), ('iban', 'NL91 ABNA 0417 1643 00'), ('email', 'jan@example.com'), ('phone', '+32470123456'),
	('phone', '0470 12 34 56'), ('name', 'Jan Peeters'), ('name', 'Vandenberghe'), ('national_id', '85.07.30-033.28'),
	('id_card', '591-1917064-58'), ('ip', '192.0.2.77'), ('ip', '2001:db8:1:2::77'), ('mac', '00:00:5e:00:53:01'),
	('imei', '490154203237518'), ('link', 'https://example.com/a'), ('country', 'BE'), ('boolean', 'true'),
	('postal_code', '1000'), ('address', 'Wetstraat 16, 1000 Brussel, BE'), ('json', '{"a": 1}');
SELECT o.kind, string_agg(DISTINCT c.class, ' ' ORDER BY c.class) AS taken_by
FROM other o LEFT JOIN gdpr.classes() c ON c.type IS NOT NULL AND c.class NOT IN ('text', 'health', 'bytes')
	AND c.class <> o.kind AND gdpr.is_valid(c.class, o.value)
GROUP BY 1 ORDER BY 1;

\c :home
DROP DATABASE regression_gdpr_values;

-- the texts of the extension have letters that not every encoding has
\set VERBOSITY default
CREATE DATABASE regression_gdpr_values ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regression_gdpr_values
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
SELECT gdpr.normalise('name', 'Jos' || chr(233)) = 'Jos' || chr(233) AS latin1;
\c :home
DROP DATABASE regression_gdpr_values;
CREATE DATABASE regression_gdpr_values ENCODING 'LATIN9' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regression_gdpr_values
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\c :home
DROP DATABASE regression_gdpr_values;
CREATE DATABASE regression_gdpr_values ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regression_gdpr_values
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\c :home
DROP DATABASE regression_gdpr_values;
CREATE DATABASE regression_gdpr_values ENCODING 'LATIN2' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regression_gdpr_values
CREATE EXTENSION gdpr; -- fails
\c :home
DROP DATABASE regression_gdpr_values;
