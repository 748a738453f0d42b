-- Rows are kept no longer than each purpose needs: rules, clocks, two purposes on a row, foreign keys, holds (Art. 5(1)(e)).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention;
SET search_path = retention, public;
CREATE TABLE customer (id integer PRIMARY KEY, email text, phone text, created_at timestamptz, last_order timestamptz, contract_end date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer CONSTRAINT orders_customer REFERENCES customer, ordered_on date, ship_to text);
CREATE TABLE mail (id integer PRIMARY KEY, customer_id integer REFERENCES customer ON DELETE CASCADE, sent timestamptz, replied timestamptz);
INSERT INTO customer SELECT i, 'retention' || i || '@example.com', '04701200' || to_char(i, 'FM00'), now() - interval '6 years' FROM generate_series(1, 9) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', purposes => '{order_fulfilment}', columns => '{"email": "pii_email", "phone": "pii_phone"}');

CREATE TEMPORARY TABLE people AS SELECT number, key FROM gdpr.subject WHERE relation = 'customer'::regclass;

-- ---- what a rule may say ----
SELECT gdpr.set_retention('mail', 'order_fulfilment', 'column', '1 year', column_name => 'sent'); -- fails: not protected
SELECT gdpr.set_retention('customer', NULL, 'column', '1 year', column_name => 'contract_end'); -- fails: for no purpose
SELECT gdpr.set_retention('customer', 'no_such', 'column', '1 year', column_name => 'contract_end'); -- fails: unknown purpose
SELECT gdpr.set_retention('customer', 'newsletter', 'column', '1 year', column_name => 'contract_end'); -- fails: no row serves it
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', '1 year', column_name => 'nowhere'); -- fails: no such column
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', '1 year', column_name => 'id'); -- fails: no time
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', '1 year'); -- fails: no column
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'activity', '1 year'); -- fails: no activity
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'activity', '1 year', events => '{"mail": "sent"}'); -- fails: table not protected
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'consent_end', '1 year'); -- fails: a contract is no consent
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'birthday', '1 year'); -- fails: unknown trigger
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', column_name => 'contract_end'); -- fails: no period
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', '-1 year', column_name => 'contract_end'); -- fails: negative
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'column', '1 year', 'hide', column_name => 'contract_end'); -- fails: unknown action
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'no_such'); -- fails: unknown template
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order'); -- fails: orders are nobody's to delete
SELECT gdpr.protect('orders', owner => 'customer_id', purposes => '{order_fulfilment}', columns => '{"ship_to": "pii_address"}');
SELECT gdpr.protect('mail', owner => 'customer_id', purposes => '{order_fulfilment}');
SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '7 years', 'suppress', column_name => 'ordered_on'); -- fails: nothing to suppress

-- ---- three years inactive, by what the person did ----
SELECT gdpr.set_retention('customer', 'order_fulfilment', template => 'inactive_3y', column_name => 'last_order', collected => 'created_at',
	events => '{"orders": "ordered_on", "retention.mail": "replied"}') > 0 AS set;
SELECT r.trigger, r.column_name, r.collected, r.period, r.action, e.relation, e.column_name
FROM gdpr.retention_rule r JOIN gdpr.retention_event e ON e.rule = r.number WHERE r.relation = 'customer'::regclass ORDER BY e.relation::text;
UPDATE customer SET last_order = now() - interval '3 years 1 day' WHERE id = 1;							-- 1: due, though mail went out yesterday
INSERT INTO mail VALUES (1, 1, now() - interval '1 day', NULL);
UPDATE customer SET last_order = now() - interval '3 years 1 day' WHERE id = 2;							-- 2: replied a year ago
INSERT INTO mail VALUES (2, 2, now() - interval '4 years', now() - interval '1 year');
UPDATE customer SET last_order = now() - interval '2 years 364 days' WHERE id = 3;						-- 3: a day is left
UPDATE customer SET last_order = NULL WHERE id = 4;														-- 4: never did anything, on file for 6 years: due
UPDATE customer SET last_order = NULL, created_at = now() - interval '1 year' WHERE id = 5;				-- 5: the same, but only a year
UPDATE customer SET last_order = 'infinity', created_at = '9999-12-31' WHERE id = 6;					-- 6: nonsense counts from when we first knew the person
UPDATE customer SET last_order = now() - interval '5 years', created_at = now() WHERE id = 7;			-- 7: an old activity is one: due
UPDATE customer SET last_order = NULL WHERE id IN (8, 9);
INSERT INTO orders VALUES (8, 8, now() - interval '2 years', NULL), (9, 9, now() - interval '4 years', 'Wetstraat 1, 1000 Brussel, BE');
SELECT rule > 0 AS rule, "table", for_purpose, action, due, rows_to_go, tags_to_go, held, waiting FROM gdpr.retention_due('customer');
-- 1 waits for its mail, 9 for its order; a foreign key that cascades does not take rows with rules of their own along
SET client_min_messages = notice;
CALL gdpr.run_retention();
SET client_min_messages = warning;
SELECT id FROM customer ORDER BY id;
SELECT "table", due, rows_to_go, waiting FROM gdpr.retention_due('customer');

-- ---- children first ----
SELECT gdpr.set_retention('orders', 'order_fulfilment', 'collected', '3 years', column_name => 'ordered_on') > 0 AS set;
SELECT gdpr.set_retention('mail', 'order_fulfilment', 'collected', '0', column_name => 'sent') > 0 AS set;
SELECT "table", due, rows_to_go, waiting FROM gdpr.retention_due();
SET client_min_messages = notice;
CALL gdpr.run_retention(batch_size => 1);
SET client_min_messages = warning;
-- 2's reply went with its mail, and is remembered: 2 is not due before two years more
SELECT id FROM customer ORDER BY id;
SELECT key, a.relation, a.column_name, a.at::date = (now() - interval '1 year')::date AS right FROM gdpr.last_activity a JOIN people ON number = subject;
SELECT due FROM gdpr.retention_due('customer', at => now() + interval '1 year 360 days');
SELECT "table", due FROM gdpr.retention_due('customer', at => now() + interval '2 years 1 day');
SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM mail) AS mail;
-- nothing is left of the people who went: no key, no name
SELECT p.key, s.wrapped_key IS NULL AS shredded, s.key IS NULL AND s.relation IS NULL AND s.permissions IS NULL AS nameless
FROM people p JOIN gdpr.subject s USING (number) ORDER BY p.key;
-- and once more: nothing is due
SET client_min_messages = notice;
CALL gdpr.run_retention();
SET client_min_messages = warning;

-- ---- what a run leaves ----
SELECT relation, purpose, action, state, deleted, untagged, shredded, held, waiting, kept_by, finished_at >= started_at AS in_order, length(digest) AS digest
FROM gdpr.retention_run WHERE relation LIKE 'retention.%' ORDER BY number;
SELECT encode(r.digest, 'hex') = encode(sha256(convert_to(E'9', 'UTF8')), 'hex') AS digest_of_its_keys
FROM gdpr.retention_run r WHERE r.relation = 'retention.orders' AND r.deleted > 0;
SELECT count(*) = (SELECT count(*) FROM gdpr.retention_run) AS in_the_ledger FROM gdpr.ledger WHERE kind = 'retention run';
SELECT bool_or(detail::text ~ 'example\.com|04701200|Wetstraat') AS values FROM gdpr.ledger WHERE kind LIKE 'retention%';
SELECT relation, purpose, last_state, last_success IS NOT NULL AS succeeded FROM gdpr.retention_runs ORDER BY rule;
SELECT count(*) AS running FROM gdpr.retention_progress;

-- ---- two purposes on one row: the tag of the shorter goes first, the row with the longer ----
CREATE TABLE visitor (id integer PRIMARY KEY, email text, seen timestamptz, changed integer DEFAULT 0);
INSERT INTO visitor SELECT i, 'visitor' || i || '@example.com', now() - i * interval '1 year' FROM generate_series(1, 6) i;
SELECT gdpr.declare_subject('visitor', 'id');
SELECT gdpr.protect('visitor', purposes => '{customer_care,order_fulfilment}', columns => '{"email": "pii_email"}');
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := NEW.changed + 1; NEW.seen := now(); RETURN NEW; END $$;
CREATE TRIGGER changed BEFORE UPDATE ON visitor FOR EACH ROW EXECUTE FUNCTION changed();
SELECT gdpr.set_retention('visitor', 'customer_care', 'activity', '1 year 6 months', column_name => 'seen') > 0 AS care,
	gdpr.set_retention('visitor', 'order_fulfilment', 'activity', '3 years 6 months', 'suppress', column_name => 'seen') > 0 AS orders;
SELECT for_purpose, due, rows_to_go, tags_to_go FROM gdpr.retention_due('visitor');
CALL gdpr.run_retention(batch_size => 2);
SELECT id, purposes, changed FROM visitor ORDER BY id;	-- losing a tag is no activity: no trigger, no new date
CALL gdpr.run_retention();
SELECT count(*) AS visitors FROM visitor;
SELECT e AS email, gdpr.is_suppressed('email', e, 'email') AS not_to_be_mailed, gdpr.is_suppressed('email', e) AS kept_out
FROM unnest('{visitor3@example.com,visitor4@example.com}'::text[]) e;
INSERT INTO visitor (id, email, seen) VALUES (4, 'visitor4@example.com', now());	-- may come back

-- a purpose without a lawful basis left is taken away all the same
SELECT gdpr.add_purpose('visitor', 'newsletter', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
INSERT INTO visitor (id, email, seen, purposes) VALUES (7, 'visitor7@example.com', now() - interval '2 years', '{customer_care,newsletter}');
UPDATE gdpr.retention_rule SET period = '1 year' WHERE relation = 'visitor'::regclass;
CALL gdpr.run_retention();
SELECT id, purposes FROM visitor ORDER BY id;

-- ---- holds win ----
INSERT INTO visitor (id, email, seen) SELECT i, 'held' || i || '@example.com', now() - interval '5 years' FROM generate_series(11, 14) i;
SELECT gdpr.hold('visitor', '11', 'case 2026/17') IS NOT NULL AS person;
SELECT gdpr.hold_row('visitor', '12', 'WIB 92, art. 315') > 0 AS row;
SELECT gdpr.hold_row('visitor', '13', 'case 2026/18', now() + interval '1 hour') > 0 AS until;
INSERT INTO gdpr.restriction (subject, ground) VALUES (gdpr_internal.subject_number('visitor', '14'), 'legal claims');
SELECT gdpr.hold_row('visitor', '99', 'case'); -- fails: no such row
SELECT gdpr.hold_row('visitor', '12', ''); -- fails: no ground
SELECT gdpr.hold_row('visitor', '12', 'case', now() - interval '1 day'); -- fails: over before it begins
SELECT for_purpose, due, rows_to_go, tags_to_go, held FROM gdpr.retention_due('visitor');
SET client_min_messages = notice;
CALL gdpr.run_retention();
SET client_min_messages = warning;
SELECT id, purposes FROM visitor WHERE id > 10 ORDER BY id;
SELECT gdpr.end_retention('visitor', '11', 'customer_care'); -- fails: legal hold on the person
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.end_retention('visitor', '12', 'customer_care'); -- fails: on the row
SELECT gdpr.end_retention('visitor', '14', 'customer_care'); -- fails: the person asked to keep it
SELECT gdpr.release_hold(id) FROM gdpr.legal_hold WHERE ground = 'case 2026/17';
SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE row_key = '12';
SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE row_key = '12'; -- fails: ended already
UPDATE gdpr.row_hold SET until = now() WHERE row_key = '13';
UPDATE gdpr.restriction SET ended_at = now() WHERE subject = gdpr_internal.subject_number('visitor', '14');
-- by hand: first one purpose, then the other
SELECT gdpr.end_retention('visitor', '11', 'customer_care'), gdpr.end_retention('visitor', '11', 'order_fulfilment');
SELECT gdpr.end_retention('visitor', '11', 'order_fulfilment'); -- fails: gone
SELECT gdpr.end_retention('visitor', '4', 'newsletter'); -- fails: no rule
SELECT gdpr.end_retention('customer', '8', 'order_fulfilment'); -- fails: an order refers to it
\echo :LAST_ERROR_SQLSTATE
CALL gdpr.run_retention();
SELECT id FROM visitor WHERE id > 10;

-- ---- what is not as it should be ----
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor');
SELECT gdpr.drop_retention('mail', 'order_fulfilment');
SET client_min_messages = notice;
SELECT gdpr.drop_retention('mail', 'order_fulfilment');
SET client_min_messages = warning;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor');
SELECT gdpr.set_retention('mail', 'order_fulfilment', 'collected', '1 year', column_name => 'sent') > 0 AS set;
ALTER TABLE mail RENAME COLUMN sent TO went_out;
ALTER TABLE mail RENAME COLUMN replied TO answered;
ALTER TABLE customer RENAME COLUMN last_order TO last_seen;
ALTER TABLE customer RENAME COLUMN created_at TO since;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor');
ALTER TABLE mail DROP COLUMN answered;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor');
-- a rule that fails is reported and does not stop the others
INSERT INTO visitor (id, email, seen) VALUES (21, 'last21@example.com', now() - interval '9 years');
CALL gdpr.run_retention();
SELECT count(*) AS visitors FROM visitor WHERE id = 21;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor') ORDER BY finding;
SELECT gdpr.set_retention('customer', 'order_fulfilment', 'activity', '3 years', column_name => 'last_seen', collected => 'since', events => '{"orders": "ordered_on"}') > 0 AS set;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass IN ('customer'::regclass, 'orders', 'mail', 'visitor');
-- late: nobody ran it
UPDATE gdpr.retention_rule SET set_at = now() - interval '3 days' WHERE relation = 'customer'::regclass;
SELECT code, object, split_part(finding, ' since ', 1) AS finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass = 'customer'::regclass;
SELECT severity, finding FROM gdpr.status() WHERE object = 'retention.customer' AND finding LIKE 'retention%';
SELECT relation, late FROM gdpr.retention_runs ORDER BY rule;
CALL gdpr.run_retention();
SELECT severity, finding FROM gdpr.status() WHERE object = 'retention.customer' AND finding LIKE 'retention%';
SELECT code, object, finding FROM gdpr.retention_findings() WHERE code <> 'retention-exceeds-notice' AND object::regclass = 'customer'::regclass;
SELECT code, object, split_part(finding, ' since ', 1) AS finding FROM gdpr.retention_findings('0') WHERE code <> 'retention-exceeds-notice' AND object::regclass = 'customer'::regclass;

-- ---- in a transaction block it cannot commit ----
BEGIN;
CALL gdpr.run_retention(); -- fails
ROLLBACK;
CALL gdpr.run_retention(batch_size => 0); -- fails
DROP TABLE mail, orders, customer, visitor CASCADE;
SELECT (SELECT count(*) FROM gdpr.retention_rule) AS rules, (SELECT count(*) FROM gdpr.retention_event) AS events, (SELECT count(*) FROM gdpr.row_hold) AS holds;
DROP SCHEMA retention CASCADE;
