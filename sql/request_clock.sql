-- The clock of a request: the first letter counts, three months are the most, and the day is that of the requester.
SET client_min_messages = warning;
CREATE DATABASE regress_request_clock;
\c regress_request_clock
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
SET datestyle = iso;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE customer (id integer PRIMARY KEY, name text);
INSERT INTO customer SELECT i, 'Name ' || i FROM generate_series(1, 9) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name":"pii_name"}');

-- a letter that came earlier and is registered later moves the clock back; one that came later does not
SELECT gdpr.open_request('customer', '1', 'access', 'email', '2026-09-01 10:00') AS request \gset
SELECT gdpr.open_request('customer', '1', 'access', 'post', '2026-08-03 10:00') = :'request' AS same;
SELECT received_on, due_on, due_on = gdpr.answer_due('2026-08-03') AS by_the_first FROM gdpr.request WHERE id = :'request';
SELECT gdpr.open_request('customer', '1', 'access', 'phone', '2026-09-15 10:00') = :'request' AS same;
SELECT received_on, due_on FROM gdpr.request WHERE id = :'request';
SELECT step, detail ->> 'received_on' AS received_on, detail ->> 'due' AS due FROM gdpr.request_step WHERE request = :'request' ORDER BY number;
-- what it was extended and paused by goes with it, to three months of the earlier letter at most
SELECT gdpr.open_request('customer', '2', 'access', 'email', '2026-09-01 10:00') AS request \gset
SELECT gdpr.extend_request(:'request', 'forty files', '2 months', told_at => '2026-09-20');
SELECT gdpr.open_request('customer', '2', 'access', 'post', '2026-08-03 10:00') = :'request' AS same;
SELECT received_on, due_on, due_on = gdpr.answer_due('2026-08-03', 'BE', 0, '2 months') AS three_months FROM gdpr.request WHERE id = :'request';

-- days add up to no more than the months
SELECT gdpr.open_request('customer', '3', 'access', 'email', '2026-07-01 10:00') AS request \gset
SELECT gdpr.extend_request(:'request', 'forty files', '62 days', told_at => '2026-07-20');	-- fails
SELECT gdpr.extend_request(:'request', 'forty files', '1 month 31 days', told_at => '2026-07-20');	-- fails
SELECT gdpr.extend_request(:'request', 'forty files', '61 days', told_at => '2026-07-20') AS due, gdpr.answer_due('2026-07-01', 'BE', 0, '2 months') AS three_months;
SELECT gdpr.answer_due('2026-07-01', 'BE', 0, '62 days') AS never_later, gdpr.answer_due('2026-07-01', 'BE', 10, '90 days') AS but_for_what_stood_still;

-- a country is a country in whatever letters
SELECT gdpr.answer_due('2026-06-21', 'be') AS national_day, gdpr.is_working_day('2026-07-21', 'be') AS working, gdpr.is_working_day('2026-07-21', ' Be ') AS working;
SELECT gdpr.open_request('customer', '4', 'access', 'email', '2026-06-21 10:00', country => 'be') AS request \gset
SELECT country, due_on FROM gdpr.request WHERE id = :'request';
SELECT gdpr.consent_age('be'), gdpr.consent_age('dk', '2025-01-01');
SELECT (gdpr.breach_clock('2026-04-03 10:00+02', 'be', 'Europe/Brussels')).latest_at = (gdpr.breach_clock('2026-04-03 10:00+02', 'BE', 'Europe/Brussels')).latest_at AS same_holidays;
SELECT gdpr.answer_due('2026-06-21', 'Belgium');	-- fails
SELECT gdpr.open_request('customer', '5', 'access', 'email', country => '');	-- fails
SELECT gdpr.set_controller('Baker', '0202.239.951', 'Gent', 'be', 'desk', 'a@b.example', '+3292000000');
SELECT country FROM gdpr.controller;

-- the day of receipt is that of who asks: 22:30 in UTC is tomorrow in Brussels, and still today in Lisbon
SELECT gdpr.open_request('customer', '6', 'access', 'web', '2026-06-30 22:30') AS request \gset
SELECT time_zone, received_on, due_on FROM gdpr.request WHERE id = :'request';
SELECT gdpr.open_request('customer', '7', 'access', 'web', '2026-06-30 22:30', country => 'PT') AS request \gset
SELECT time_zone, received_on, due_on FROM gdpr.request WHERE id = :'request';
SELECT gdpr.open_request('customer', '8', 'access', 'web', '2026-06-30 22:30', time_zone => 'America/New_York') AS request \gset
SELECT time_zone, received_on, due_on FROM gdpr.request WHERE id = :'request';
SELECT gdpr.open_request('customer', '9', 'access', 'web', time_zone => 'Europe/Atlantis');	-- fails
SELECT country, time_zone FROM gdpr.country_zone WHERE country IN ('BE', 'DE', 'IE') ORDER BY country;
SELECT bool_and(EXISTS (SELECT FROM pg_timezone_names n WHERE n.name = z.time_zone)) AS all_known FROM gdpr.country_zone z;
-- and so it is for breaches
SELECT gdpr.open_breach('a stolen laptop', '2026-06-30 22:30', country => 'PT') AS breach \gset
SELECT country, time_zone FROM gdpr.breach WHERE id = :'breach';
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_request_clock;
