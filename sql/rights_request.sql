-- Requests: the clock of Art. 12(3), identity, extension, refusal, and never the same person twice.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_request;
\c regress_rights_request
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
SET datestyle = iso;
\set SHOW_CONTEXT never
CREATE ROLE regress_request_handler;
CREATE ROLE regress_request_approver;
CREATE ROLE regress_request_app;
SELECT gdpr.grant_duty('dpo', 'regress_request_handler'), gdpr.grant_duty('dpo', 'regress_request_approver'), gdpr.grant_duty('app', 'regress_request_app');
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
CREATE TABLE customer (id integer PRIMARY KEY, name text);
INSERT INTO customer SELECT i, 'Name ' || i FROM generate_series(1, 9) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name":"pii_name"}');

-- Easter and the Belgian holidays
SELECT y, gdpr_internal.easter(y) FROM unnest('{2020,2021,2024,2025,2026,2027,2030,2035,2038,2040}'::int[]) y;
SELECT day, name FROM gdpr.holiday WHERE country = 'BE' AND day BETWEEN '2026-01-01' AND '2026-12-31' ORDER BY day;
SELECT day FROM gdpr.holiday WHERE name = 'Easter Monday' AND day BETWEEN '2026-01-01' AND '2027-12-31' ORDER BY day;

-- the last day to answer: a calendar month, cut at a shorter month, then the next working day
SELECT received, paused, extension, gdpr.answer_due(received, 'BE', paused, extension) AS due, to_char(gdpr.answer_due(received, 'BE', paused, extension), 'Dy') AS day, expected,
	gdpr.answer_due(received, 'BE', paused, extension) = expected AS ok
FROM (VALUES
	('2026-01-15'::date, 0, '0'::interval, '2026-02-16'::date),	-- 15 February is a Sunday
	('2026-01-31', 0, '0', '2026-03-02'),		-- 28 February is a Saturday
	('2024-01-31', 0, '0', '2024-02-29'),		-- leap year
	('2024-08-31', 0, '0', '2024-09-30'),
	('2026-08-31', 0, '0', '2026-09-30'),
	('2026-10-01', 0, '0', '2026-11-02'),		-- All Saints, a Sunday
	('2027-03-05', 0, '0', '2027-04-05'),		-- a Monday, and Easter was the week before
	('2026-03-06', 0, '0', '2026-04-07'),		-- 6 April is Easter Monday
	('2026-04-01', 0, '0', '2026-05-04'),		-- 1 May, then a weekend
	('2026-04-14', 0, '0', '2026-05-15'),		-- 14 May is Ascension
	('2026-11-25', 0, '0', '2026-12-28'),		-- Christmas, then a weekend
	('2026-01-31', 0, '2 months', '2026-04-30'),	-- from receipt, not from the shortened month
	('2026-11-30', 0, '2 months', '2027-03-01'),
	('2026-02-02', 10, '0', '2026-03-12'),		-- stood still for ten days
	('2026-06-21', 0, '0', '2026-07-22')) v (received, paused, extension, expected);
SELECT gdpr.answer_due('2026-04-01', 'LU') AS no_holidays_known;
INSERT INTO gdpr.holiday VALUES ('LU', '2026-05-01', 'Labour Day');
SELECT gdpr.answer_due('2026-04-01', 'LU');

-- an ordinary request, by roles with no more than their duty
SET SESSION AUTHORIZATION regress_request_app;
SELECT gdpr.open_request('customer', '1', 'access', 'web', now() - interval '20 days', 'nl') AS request \gset
SELECT gdpr.verify_identity(:'request', 'login');	-- fails
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.open_request('customer', '99', 'access', 'web');	-- fails
SELECT gdpr.open_request('customer', '1', 'curiosity', 'web');	-- fails
SELECT gdpr.open_request('customer', '1', 'access', 'web', now() + interval '1 day');	-- fails
SELECT gdpr.assign_request(:'request', 'regress_request_handler');
SELECT gdpr.fulfil_request(:'request', 'copy');	-- fails
SELECT gdpr.verify_identity(:'request', ' ');	-- fails
SELECT gdpr.verify_identity(:'request', 'login') = gdpr.answer_due(received_on) AS clock_ran_on FROM gdpr.request WHERE id = :'request';
SELECT gdpr.fulfil_request(:'request', 'copy');	-- fails
SELECT gdpr.approve_request(:'request', 'copy');	-- fails
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_request_approver;
SELECT gdpr.approve_request(:'request', 'copy');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.fulfil_request(:'request', '');	-- fails
SELECT gdpr.fulfil_request(:'request', 'copy');
SELECT gdpr.fulfil_request(:'request', 'copy');	-- fails
SELECT state, handler, approver, identity_method, answer_sha256 = sha256('copy') AS hash FROM gdpr.request WHERE id = :'request';
SELECT number, role, step FROM gdpr.request_step WHERE request = :'request' ORDER BY number;
SELECT gdpr.verify_identity(gen_random_uuid(), 'login');	-- fails

-- identity is awaited: the clock stands still, and once only
SELECT gdpr.open_request('customer', '2', 'portability', 'email', now() - interval '40 days') AS request \gset
SELECT count(*) FROM gdpr.request_overdue WHERE id = :'request';
SELECT gdpr.ask_identity(:'request', '');	-- fails
SELECT gdpr.ask_identity(:'request', 'a reply from the address on file');
SELECT count(*) FROM gdpr.request_overdue WHERE id = :'request';
SELECT gdpr.ask_identity(:'request', 'once more');	-- fails
RESET SESSION AUTHORIZATION;
UPDATE gdpr.request SET identity_asked_on = identity_asked_on - 30 WHERE id = :'request';
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.verify_identity(:'request', 'reply') = gdpr.answer_due(received_on, 'BE', 30) AS thirty_days_later FROM gdpr.request WHERE id = :'request';

-- what the requester shows is sealed, read for the check alone, and gone when it is done, or the request is
SELECT gdpr.open_request('customer', '8', 'portability', 'email') AS request \gset
SELECT gdpr.ask_identity(:'request', 'a copy of the card, all but name and birth date covered');
SELECT gdpr.keep_identity_data(:'request', 'image/psd', 'card of somebody');	-- fails
SELECT gdpr.keep_identity_data(:'request', 'image/png', '');	-- fails
SELECT gdpr.keep_identity_data(:'request', 'image/png', 'card of somebody') AS card \gset
SELECT gdpr.read_identity_data(:'card');	-- fails: what for?
RESET SESSION AUTHORIZATION;
SELECT gdpr.grant_purpose('identity_check', 'regress_request_handler');
SET SESSION AUTHORIZATION regress_request_handler;
SELECT convert_from(gdpr.read_identity_data(:'card'), 'UTF8') AS card, (SELECT d::text ~ 'card of' FROM gdpr.identity_data d) AS plain;
SELECT relation, rows FROM gdpr.residue((SELECT subject FROM gdpr.request WHERE id = :'request')) ORDER BY 1;
SELECT gdpr.verify_identity(:'request', 'identity card') IS NOT NULL AS verified;
SELECT gdpr.read_identity_data(:'card');	-- fails
SELECT gdpr.keep_identity_data(:'request', 'image/png', 'card of somebody');	-- fails: it is known who it is
SELECT count(*) AS left FROM gdpr.identity_data;
SELECT step, detail - 'paused_days' AS detail FROM gdpr.request_step WHERE request = :'request' AND step LIKE 'identity%' ORDER BY number;
SELECT gdpr.open_request('customer', '8', 'portability', 'email') AS request \gset
SELECT gdpr.keep_identity_data(:'request', 'image/png', 'card of somebody') IS NOT NULL AS kept;
SELECT gdpr.withdraw_request(:'request');
SELECT count(*) AS left FROM gdpr.identity_data;
SELECT gdpr.open_request('customer', '8', 'restriction', 'email') AS request \gset
SELECT gdpr.keep_identity_data(:'request', 'image/png', 'card of somebody else') IS NOT NULL AS kept;
RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_approver; SELECT gdpr.approve_request(:'request', 'letter'); RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.refuse_request(:'request', 'identity not verified', 'the card is another''s', true, 'letter');
SELECT count(*) AS left FROM gdpr.identity_data;
SELECT gdpr.open_request(NULL, NULL, 'access', 'email') AS request \gset
SELECT gdpr.keep_identity_data(:'request', 'image/png', 'card of somebody');	-- fails: nobody on file
SELECT gdpr.withdraw_request(:'request');

-- one extension, with a reason, told within the first month
SELECT gdpr.open_request('customer', '3', 'access', 'web', now() - interval '10 days') AS request \gset
SELECT gdpr.extend_request(:'request', ' ');	-- fails
SELECT gdpr.extend_request(:'request', 'forty files', '3 months');	-- fails
SELECT gdpr.extend_request(:'request', 'forty files') = gdpr.answer_due(received_on, 'BE', 0, '2 months') AS two_months_more FROM gdpr.request WHERE id = :'request';
SELECT gdpr.extend_request(:'request', 'and more');	-- fails
SELECT gdpr.open_request('customer', '4', 'access', 'web', now() - interval '50 days') AS late \gset
SELECT gdpr.extend_request(:'late', 'forty files');	-- fails
SELECT gdpr.extend_request(:'late', 'forty files', told_at => now() - interval '60 days');	-- fails

-- overdue and due soon are seen and raised, once
SELECT request_right, state, days_late > 10 AS late FROM gdpr.request_overdue;
SELECT gdpr.open_request('customer', '5', 'access', 'web', now() - interval '28 days') IS NOT NULL AS opened;
SELECT count(*) FROM gdpr.request_due_soon;
SELECT severity, code, regexp_replace(object, '[-0-9a-f]{36}', 'ID') AS object, regexp_replace(finding, '\d{4}-\d\d-\d\d', 'DAY') AS finding, fix FROM gdpr.status() WHERE code LIKE 'request-%' ORDER BY finding;
SELECT gdpr.raise_overdue();
SELECT gdpr.raise_overdue();

-- asked again: the same request
SELECT gdpr.open_request('customer', '5', 'access', 'email') AS again \gset
SELECT request = :'again' AS same FROM gdpr.request_step WHERE step = 'received again';

-- refusal: a ground, a reason, and where to complain
SELECT gdpr.refuse_request(:'late', 'no time', 'busy', true, 'no');	-- fails
SELECT gdpr.refuse_request(:'late', 'excessive', '', true, 'no');	-- fails
SELECT gdpr.refuse_request(:'late', 'excessive', 'fifth time this month', false, 'no');	-- fails
SELECT gdpr.refuse_request(:'late', 'excessive', 'fifth time this month', true, 'no');	-- fails
SELECT gdpr.verify_identity(:'late', 'login') IS NOT NULL AS verified;
SELECT gdpr.refuse_request(:'late', 'excessive', 'fifth time this month', true, 'no');	-- fails
RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_approver; SELECT gdpr.approve_request(:'late', 'no'); RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.refuse_request(:'late', 'excessive', 'fifth time this month', true, 'no');
SELECT state, refusal_ground, complaint_told FROM gdpr.request WHERE id = :'late';

-- somebody who is not on file is answered too
SELECT gdpr.open_request('customer', NULL, 'access', 'post') AS stranger \gset
RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_approver; SELECT gdpr.approve_request(:'stranger', 'letter'); RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.refuse_request(:'stranger', 'not on file', 'we hold nothing about you', true, 'letter');

-- erasure is not done before it is done
SELECT gdpr.open_request('customer', '6', 'erasure', 'web') AS request \gset
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(b)');	-- fails
SELECT gdpr.verify_identity(:'request', 'login') IS NOT NULL AS verified;
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(b)');	-- fails
RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION regress_request_approver; SELECT gdpr.approve_request(:'request', 'done'); RESET SESSION AUTHORIZATION;
CREATE MATERIALIZED VIEW names AS SELECT id, name FROM customer;
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.fulfil_request(:'request', 'done');	-- fails
SELECT gdpr.erase_for_request(:'request', 'Art. 17(1)(b)') -> 'refresh' AS refresh;
SELECT gdpr.fulfil_request(:'request', 'done');	-- fails
RESET SESSION AUTHORIZATION;
SET gdpr.purpose = 'order_fulfilment';
REFRESH MATERIALIZED VIEW names;
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.fulfil_request(:'request', 'done');
SELECT state FROM gdpr.request WHERE id = :'request';

-- withdrawn by the person; the record of what was done cannot be changed
SELECT gdpr.open_request('customer', '7', 'restriction', 'phone') AS request \gset
SELECT gdpr.withdraw_request(:'request');

-- one login in the name of a group is one person, whatever role acts; and each answer is approved by itself
RESET SESSION AUTHORIZATION;
CREATE ROLE regress_request_alice LOGIN IN ROLE regress_request_approver;
SET SESSION AUTHORIZATION regress_request_alice;
SELECT gdpr.open_request('customer', '8', 'portability', 'email') AS request \gset
SELECT gdpr.verify_identity(:'request', 'login to the account') IS NOT NULL AS verified;
SELECT gdpr.approve_request(:'request', 'copy');	-- fails
SET ROLE regress_request_approver;
SELECT gdpr.approve_request(:'request', 'copy');	-- fails
RESET ROLE;
SELECT gdpr.assign_request(:'request', 'regress_request_app');
SET ROLE regress_request_approver;
SELECT gdpr.approve_request(:'request', 'copy');	-- fails
SET SESSION AUTHORIZATION regress_request_handler;
SELECT gdpr.approve_request(:'request', 'copy');
SET SESSION AUTHORIZATION regress_request_alice;
SELECT gdpr.fulfil_request(:'request', 'another copy');	-- fails
SELECT gdpr.fulfil_request(:'request', 'copy');
RESET SESSION AUTHORIZATION;
DELETE FROM gdpr.request_step;	-- fails
SELECT kind, count(*) FROM gdpr.ledger WHERE kind LIKE 'request %' GROUP BY kind ORDER BY kind COLLATE "C";
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_request;
DROP ROLE regress_request_handler, regress_request_approver, regress_request_app, regress_request_alice;
