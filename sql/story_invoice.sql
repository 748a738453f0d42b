-- The story of an invoice: a customer asks to be erased while accounting law keeps the invoices. The rest goes, the answer
-- says what stays and why; when the law's time is over the invoice is archived, and at the archive's end its key destroyed.
SET client_min_messages = warning;
CREATE DATABASE regress_story_invoice;
\c regress_story_invoice
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_invoice_owner;
CREATE ROLE regress_invoice_shop;
CREATE ROLE regress_invoice_books;
CREATE ROLE regress_invoice_desk;
CREATE ROLE regress_invoice_dpo;
CREATE ROLE regress_invoice_job;
SELECT gdpr.grant_duty(duty, ('regress_invoice_' || role)::regrole)
FROM (VALUES ('controller', 'owner'), ('app', 'shop'), ('dpo', 'desk'), ('dpo', 'dpo'), ('job', 'job')) d (duty, role);
CREATE SCHEMA shop AUTHORIZATION regress_invoice_owner;
GRANT USAGE ON SCHEMA shop TO regress_invoice_shop, regress_invoice_books, regress_invoice_desk, regress_invoice_dpo;

-- ---- what is kept of whom, on which ground and how long ----
SET SESSION AUTHORIZATION regress_invoice_owner;
CREATE TABLE shop.customer (id integer PRIMARY KEY, name text, email text UNIQUE);
CREATE TABLE shop.orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES shop.customer, ship_to text);
CREATE TABLE shop.invoice (id integer PRIMARY KEY, customer_id integer REFERENCES shop.customer, bill_to text, amount numeric(8,2), paid_on date);
SELECT gdpr.declare_subject('shop.customer', 'id');
SELECT gdpr.protect('shop.customer', '{order_fulfilment}', columns => '{"name":"pii_name","email":"pii_email"}');
SELECT gdpr.protect('shop.orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('shop.invoice', '{order_fulfilment,legal_accounting}', owner => 'customer_id', columns => '{"bill_to":"pii_name"}');
SELECT gdpr.link('shop.invoice', on_erase => 'keep', ground => 'Art. 17(3)(b): accounting law, seven years');
SELECT gdpr.set_retention('shop.invoice', 'order_fulfilment', 'column', '2 years', column_name => 'paid_on') > 0 AS for_the_order,
	gdpr.set_retention('shop.invoice', 'legal_accounting', 'column', '7 years', 'archive', column_name => 'paid_on', archive_for => '3 years') > 0 AS for_the_law;
GRANT SELECT, INSERT, UPDATE ON shop.customer, shop.orders, shop.invoice TO regress_invoice_shop;
GRANT SELECT ON shop.invoice TO regress_invoice_books;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_invoice_shop'), gdpr.grant_purpose('legal_accounting', 'regress_invoice_books'),
	gdpr.grant_purpose('rights_handling', 'regress_invoice_dpo');
SET SESSION AUTHORIZATION regress_invoice_shop;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO shop.customer VALUES (1, 'Jan Peeters', 'jan@example.com'), (2, 'Mia Claes', 'mia@example.com');
INSERT INTO shop.orders VALUES (1, 1, 'Wetstraat 1, 1000 Brussel, BE'), (2, 2, 'Markt 2, 8000 Brugge, BE');
INSERT INTO shop.invoice VALUES (1, 1, 'Jan Peeters', 100, current_date - interval '1 year'), (2, 2, 'Mia Claes', 200, current_date - interval '1 year');

-- ---- he asks; the clock runs, stands still while he proves who he is, and nothing goes before that and a second pair of eyes ----
SELECT gdpr.open_request('shop.customer', '1', 'erasure', 'web', now() - interval '20 days', 'nl', 'BE') AS request \gset
SET SESSION AUTHORIZATION regress_invoice_desk;
SELECT gdpr.assign_request(:'request', 'regress_invoice_desk');
SELECT due_on = gdpr.answer_due(received_on, 'BE') AS a_month FROM gdpr.request WHERE id = :'request';
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(a)'); -- fails: anybody could ask
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.ask_identity(:'request', 'a reply from the address on file');
RESET SESSION AUTHORIZATION;
UPDATE gdpr.request SET identity_asked_on = identity_asked_on - 5 WHERE id = :'request';	-- he takes five days
SET SESSION AUTHORIZATION regress_invoice_desk;
SELECT gdpr.verify_identity(:'request', 'reply from the address on file') = gdpr.answer_due(received_on, 'BE', 5) AS five_days_later FROM gdpr.request WHERE id = :'request';
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(a)'); -- fails: nobody looked
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.approve_request(:'request', 'We erased everything.'); -- fails: nor may who handles it
\echo :LAST_ERROR_SQLSTATE
SELECT relation, action, rows FROM gdpr.impact('shop.customer', '1');
SET SESSION AUTHORIZATION regress_invoice_dpo;
SELECT gdpr.approve_request(:'request', 'We erased everything.');

-- ---- what goes, what stays and why; the answer must say so ----
SET SESSION AUTHORIZATION regress_invoice_desk;
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(a): no longer needed') AS answer \gset
SELECT t ->> 'table' AS "table", t ->> 'action' AS action, t ->> 'rows' AS rows, t ->> 'ground' AS ground FROM jsonb_array_elements(:'answer'::jsonb -> 'tables') t;
SELECT :'answer'::jsonb -> 'exceptions' AS exceptions;
SELECT gdpr.fulfil_request(:'request', 'We erased everything.'); -- fails: not everything
\echo :LAST_ERROR_SQLSTATE
-- and so is another answer than the approved one
SELECT gdpr.fulfil_request(:'request', 'We erased all but one invoice, which ...', 'one invoice: accounting law, seven years'); -- fails
\echo :LAST_ERROR_SQLSTATE
SET SESSION AUTHORIZATION regress_invoice_dpo;
SELECT gdpr.approve_request(:'request', 'We erased all but one invoice, which ...');
SET SESSION AUTHORIZATION regress_invoice_desk;
SELECT gdpr.fulfil_request(:'request', 'We erased all but one invoice, which ...', 'one invoice: accounting law, seven years');
SELECT state, exceptions FROM gdpr.request WHERE id = :'request';
SELECT c -> 'key_destroyed' AS key_destroyed, c -> 'residue' AS residue, c #> '{exceptions,0,ground}' AS ground
FROM gdpr.erasure_certificate((:'answer'::jsonb ->> 'subject')::bigint) c;

-- ---- the invoice: for the books, nobody else's, and not his by name ----
SET SESSION AUTHORIZATION regress_invoice_shop;
SELECT (SELECT string_agg(id::text, ',') FROM shop.customer) AS customers, (SELECT string_agg(id::text, ',') FROM shop.orders) AS orders,
	(SELECT string_agg(id::text, ',') FROM shop.invoice) AS invoices;
SET SESSION AUTHORIZATION regress_invoice_books;
SET gdpr.purpose = 'legal_accounting';
SELECT id, customer_id, gdpr.reveal(bill_to) AS bill_to, amount FROM shop.invoice ORDER BY id;

-- ---- two years and more after it was paid: it serves the law alone; Mia's too, she is still a customer ----
RESET SESSION AUTHORIZATION;
UPDATE shop.invoice SET paid_on = paid_on - interval '2 years';
SET SESSION AUTHORIZATION regress_invoice_job;
CALL gdpr.run_retention();
RESET SESSION AUTHORIZATION;
SELECT id, purposes, gdpr_subject = (SELECT kept_as FROM gdpr.erasure) AS kept FROM shop.invoice ORDER BY id;

-- ---- not by hand either, before the ground is over: what he left stays, whatever is said of the table since ----
SET SESSION AUTHORIZATION regress_invoice_dpo;
SELECT gdpr.end_retention('shop.invoice', '1', 'legal_accounting'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.end_retention('shop.invoice', id::text, 'legal_accounting') FROM (VALUES (2), (3)) mia (id); -- fails: hers too
\echo :LAST_ERROR_SQLSTATE
SET SESSION AUTHORIZATION regress_invoice_owner;
BEGIN;
SELECT gdpr.link('shop.invoice', on_erase => 'delete');
SAVEPOINT changed;
SELECT gdpr.end_retention('shop.invoice', '1', 'legal_accounting'); -- fails: it was kept, and he was told so
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- ---- seven years: archived, sealed again; the dpo opens it, with a reason ----
UPDATE shop.invoice SET paid_on = paid_on - interval '5 years' WHERE id = 1;
BEGIN;
SELECT gdpr.end_retention('shop.invoice', '1', 'legal_accounting') AS by_hand_now;
ROLLBACK;
SET SESSION AUTHORIZATION regress_invoice_job;
CALL gdpr.run_retention();
SET SESSION AUTHORIZATION regress_invoice_books;
SELECT id FROM shop.invoice;
RESET SESSION AUTHORIZATION;
SELECT s.wrapped_key IS NULL AS key_of_kept_rows_destroyed FROM gdpr.erasure e JOIN gdpr.subject s ON s.number = e.kept_as;
SELECT to_jsonb(content) #>> '{}' AS stolen FROM gdpr.archive \gset
SET SESSION AUTHORIZATION regress_invoice_dpo;
SET gdpr.purpose = 'rights_handling';
SELECT number AS archived FROM gdpr.archive \gset
SELECT gdpr.open_archive(:archived, ' '); -- fails: why?
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.open_archive(:archived, 'tax inspection 2034/7') - 'paid_on' AS invoice;
SELECT gdpr.reveal(:'stolen'::gdpr.pii_json) ->> 'id' AS a_copy_opens_too;

-- ---- the archive ends: with its key every copy of it, wherever it lies ----
RESET SESSION AUTHORIZATION;
UPDATE gdpr.archive SET until = now();
SET SESSION AUTHORIZATION regress_invoice_job;
CALL gdpr.run_retention();
SET SESSION AUTHORIZATION regress_invoice_dpo;
SELECT gdpr.open_archive(:archived, 'tax inspection 2034/7'); -- fails: over
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT gdpr.reveal(:'stolen'::gdpr.pii_json); -- fails: for the copy too
\set VERBOSITY terse
SELECT kind, detail ->> 'rows' AS rows, detail ->> 'reason' AS reason FROM gdpr.ledger WHERE kind LIKE 'archive %' ORDER BY number;
SELECT bool_or(detail::text ~* 'peeters|jan@|wetstraat') AS named FROM gdpr.ledger;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_story_invoice;
DROP ROLE regress_invoice_owner, regress_invoice_shop, regress_invoice_books, regress_invoice_desk, regress_invoice_dpo, regress_invoice_job;
