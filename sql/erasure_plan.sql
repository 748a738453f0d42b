-- The steps of an erasure can be read before it is done, and are what is done.
CREATE SCHEMA erasure_plan;
SET search_path = erasure_plan;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE guest (id integer PRIMARY KEY, email text);
CREATE TABLE stay (id integer PRIMARY KEY, guest integer REFERENCES guest, room text);
CREATE TABLE invoice (id integer PRIMARY KEY, guest integer REFERENCES guest, address text);
INSERT INTO guest SELECT i, 'g' || i || '@plan.example' FROM generate_series(1, 2) i;
INSERT INTO stay SELECT i, 1, 'room ' || i FROM generate_series(1, 3) i;
INSERT INTO invoice VALUES (1, 1, 'Kerkstraat 1, 1000 Brussel');
SELECT gdpr.declare_subject('guest', 'id');
SELECT gdpr.protect('guest', '{order_fulfilment}', columns => '{"email":"pii_email"}'),
	gdpr.protect('stay', '{order_fulfilment}', 'guest', '{"room":"pii_text"}'),
	gdpr.protect('invoice', '{legal_accounting}', 'guest', '{"address":"pii_address"}') \g /dev/null
SELECT gdpr.link('invoice', on_erase => 'keep', ground => 'Art. 17(3)(b): invoices') \g /dev/null
SELECT gdpr.hold_row('stay', '2', 'a claim') IS NOT NULL AS held;
SELECT number AS guest FROM gdpr.subject WHERE relation = 'guest'::regclass AND key = '1' \gset
SELECT row_number() OVER (ORDER BY step) AS n, action, relations, role, ground, statement IS NOT NULL AS statement, change IS NOT NULL AS change
FROM gdpr.erasure_plan(:guest) WHERE action <> 'forget' ORDER BY step;
SELECT count(*) > 0 AS forgets FROM gdpr.erasure_plan(:guest) WHERE action = 'forget' AND statement LIKE '%gdpr.%';
-- nothing was done
SELECT count(*) FROM stay;
SELECT jsonb_array_elements(gdpr.erase_subject('guest', '1', 'Art. 17(1)(a)') -> 'tables') AS done;
SELECT id, guest FROM stay;
SELECT * FROM gdpr.erasure_plan(:guest);						-- fails: the key is destroyed
SELECT * FROM gdpr.erasure_plan(NULL);							-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE relation = 'stay'::regclass \g /dev/null
RESET client_min_messages;
DROP SCHEMA erasure_plan CASCADE;
