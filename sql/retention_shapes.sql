-- Retention over tables of every shape, for roles of every kind: names, keys, partitions, foreign keys, triggers, consent.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA "Retention Shapes";
SET search_path = "Retention Shapes", public;

-- ---- quoted names, composite key, empty table ----
CREATE TABLE "Per son" ("No." integer, "Land" text, "Gezien ""op""" timestamptz, email text, PRIMARY KEY ("No.", "Land"));
SELECT gdpr.declare_subject('"Per son"', 'No.', 'Land');
SELECT gdpr.protect('"Per son"', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.set_retention('"Per son"', 'order_fulfilment', 'activity', '1 year', column_name => 'Gezien "op"') > 0 AS set;
SELECT due, rows_to_go FROM gdpr.retention_due();
CALL gdpr.run_retention();
INSERT INTO "Per son" SELECT i, l, now() - i * interval '4 months', 'p' || i || substr(md5(l), 1, 6) || '@example.com' FROM generate_series(1, 5) i, unnest(ARRAY['BE', 'N"L', 'F,R']) l;
CALL gdpr.run_retention(batch_size => 2);
SELECT "No.", "Land" FROM "Per son" ORDER BY 1, 2;
SELECT gdpr.hold_row('"Per son"', '(2,"F,R")', 'case') > 0 AS held;
SELECT gdpr.end_retention('"Per son"', '(2,"F,R")', 'order_fulfilment'); -- fails: held
SELECT gdpr.end_retention('"Per son"', '(2,BE)', 'order_fulfilment');
SELECT deleted, shredded FROM gdpr.retention_run WHERE relation LIKE '%Per son%' AND deleted > 0;
DROP TABLE "Per son"; -- fails: held
SELECT gdpr.release_row(number) FROM gdpr.row_hold WHERE ground = 'case';
DROP TABLE "Per son";

-- ---- partitions: the leaves, whatever their level ----
CREATE TABLE visit (person integer, at timestamptz, page text, email text, PRIMARY KEY (person, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (MINVALUE) TO ('2020-01-01') PARTITION BY HASH (person);
CREATE TABLE visit_old0 PARTITION OF visit_old FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE visit_old1 PARTITION OF visit_old FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE visit_new PARTITION OF visit DEFAULT;
CREATE TABLE person (id uuid PRIMARY KEY, nr integer UNIQUE, seen date);
INSERT INTO person SELECT md5(i::text)::uuid, i, now() - interval '10 years' FROM generate_series(1, 6) i;
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', purposes => '{order_fulfilment}');
ALTER TABLE visit ADD COLUMN person_id uuid REFERENCES person;
INSERT INTO visit SELECT i % 6 + 1, date '2015-01-01' + i * interval '1 month', 'p', 'v' || i || '@example.com', md5((i % 6 + 1)::text)::uuid FROM generate_series(1, 150) i;
SELECT gdpr.protect('visit', owner => 'person_id', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.set_retention('visit', 'order_fulfilment', 'collected', '3 years', column_name => 'at') > 0 AS set;
SELECT gdpr.confirm_retention('visit', 'order_fulfilment');
SELECT gdpr.set_retention('person', 'order_fulfilment', 'activity', '1 year', events => '{"visit": "at"}') > 0 AS set;
SELECT due = (SELECT count(*) FROM visit WHERE at < now() - interval '3 years') AS right FROM gdpr.retention_due('visit');
CALL gdpr.run_retention(batch_size => 7);
SELECT count(*) FILTER (WHERE at < now() - interval '3 years') AS due, count(*) > 0 AS others FROM visit;
SELECT count(*) AS persons FROM person;
SELECT deleted + (SELECT count(*) FROM visit) AS all_rows FROM gdpr.retention_run WHERE relation LIKE '%visit' ORDER BY number DESC LIMIT 1;
DROP TABLE visit, person;

-- ---- a table that refers to itself, and a deferred constraint ----
CREATE TABLE staff (id integer PRIMARY KEY, boss integer CONSTRAINT staff_boss REFERENCES staff DEFERRABLE INITIALLY DEFERRED, left_on date);
INSERT INTO staff VALUES (1, NULL, '2000-01-01'), (2, 1, '2000-01-01'), (3, 2, '2000-01-01'), (4, NULL, NULL), (5, 4, '2000-01-01'), (6, NULL, '2000-01-01'), (7, 6, NULL);
SELECT gdpr.declare_subject('staff', 'id');
SELECT gdpr.protect('staff', purposes => '{hr}');
SELECT gdpr.set_retention('staff', 'hr', 'column', '10 years', column_name => 'left_on') > 0 AS set;
SET client_min_messages = notice;
CALL gdpr.run_retention();
CALL gdpr.run_retention();
CALL gdpr.run_retention();
SET client_min_messages = warning;
SELECT id FROM staff ORDER BY id;	-- 7 still works under 6; who works has not left
DROP TABLE staff;

-- ---- triggers of the table run as its owner, never as the runner; one that keeps a row is a failure ----
CREATE ROLE regress_retention_shop;
CREATE ROLE regress_retention_job;
CREATE ROLE regress_retention_none;
GRANT ALL ON SCHEMA "Retention Shapes" TO regress_retention_shop;
SELECT gdpr.grant_duty('controller', 'regress_retention_shop'), gdpr.grant_duty('job', 'regress_retention_job');
SET ROLE regress_retention_shop;
CREATE TABLE guest (id integer PRIMARY KEY, seen timestamptz, email text);
CREATE TABLE gone (id integer, by name, path text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.id = 13 THEN
		RETURN NULL;
	ELSIF OLD.id = 14 THEN
		RAISE EXCEPTION 'guest % stays', OLD.email;
	END IF;
	INSERT INTO gone VALUES (OLD.id, current_user, current_setting('search_path'));
	RETURN OLD;
END $$;
CREATE TRIGGER note BEFORE DELETE ON guest FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO guest SELECT i, now() - interval '2 years', 'g' || i || '@example.com' FROM generate_series(1, 4) i;
SELECT gdpr.declare_subject('guest', 'id');
SELECT gdpr.protect('guest', purposes => '{order_fulfilment}', columns => '{"email": "pii_email"}');
SELECT gdpr.set_retention('guest', 'order_fulfilment', 'activity', '1 year', column_name => 'seen') > 0 AS set;
SET ROLE regress_retention_none;
CALL gdpr.run_retention(); -- fails: no duty
SET ROLE regress_retention_job;
SELECT due FROM gdpr.retention_due();
CALL gdpr.run_retention();
SELECT deleted, role = session_user AS by_session FROM gdpr.retention_run WHERE relation LIKE '%Shapes%guest';
SELECT gdpr.set_retention('gdpr.purpose', 'order_fulfilment'); -- fails: not its duty
DELETE FROM gdpr.retention_run; -- fails
RESET ROLE;
SELECT count(*), by, path FROM gone GROUP BY by, path;
CREATE TRIGGER note_later AFTER DELETE ON guest FOR EACH ROW EXECUTE FUNCTION note();
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO guest VALUES (13, now() - interval '2 years', 'g13@example.com');
CALL gdpr.run_retention();
SELECT error, error_constraint, deleted FROM gdpr.retention_run WHERE relation LIKE '%guest' ORDER BY number DESC LIMIT 1;
UPDATE guest SET id = 14;
CALL gdpr.run_retention();	-- says which rule and which code, not what the trigger said
SELECT error, deleted FROM gdpr.retention_run WHERE relation LIKE '%guest' ORDER BY number DESC LIMIT 1;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE object::regclass = 'guest'::regclass AND code IN ('retention-failed', 'retention-late');
SELECT count(*) AS guests FROM guest;
DROP TABLE guest, gone;
DROP FUNCTION note;

-- a constraint that a trigger puts off to the end of the transaction would run as the runner: refused
SET ROLE regress_retention_shop;
CREATE TABLE guest (id integer PRIMARY KEY, seen timestamptz);
INSERT INTO guest VALUES (1, now() - interval '2 years');
CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
CREATE CONSTRAINT TRIGGER later AFTER DELETE ON guest DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION later();
CREATE FUNCTION defer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET CONSTRAINTS ALL DEFERRED; RETURN OLD; END $$;
CREATE TRIGGER defer BEFORE DELETE ON guest FOR EACH ROW EXECUTE FUNCTION defer();
SELECT gdpr.declare_subject('guest', 'id');
SELECT gdpr.protect('guest', purposes => '{order_fulfilment}');
SELECT gdpr.set_retention('guest', 'order_fulfilment', 'activity', '1 year', column_name => 'seen') > 0 AS set;
RESET ROLE;
CALL gdpr.run_retention();
DROP TABLE guest;
DROP FUNCTION later, defer;
SELECT gdpr.revoke_duty('controller', 'regress_retention_shop'), gdpr.revoke_duty('job', 'regress_retention_job');
DROP OWNED BY regress_retention_shop, regress_retention_job;
DROP ROLE regress_retention_shop, regress_retention_job, regress_retention_none;

-- ---- the end of consent, and what the notice promised ----
CREATE TABLE reader (id integer PRIMARY KEY, email text);
SELECT gdpr.declare_subject('reader', 'id');
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk', 'privacy@voorbeeld.example', '+3292000000');
SELECT gdpr.draft_notice('retention_form', 'form', '{newsletter}',
	'{"en": {"title": "Consent", "body": "May we?", "recipients": "none", "transfers": "none", "retention": "90 days", "rights": "all",
	  "withdrawal": "any time", "complaint": "GBA", "requirement": "none", "automated_decisions": "none"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '90 days', withdrawal_at => 'https://voorbeeld.example');
SELECT gdpr.publish_notice('retention_form');
SELECT count(gdpr.give_consent('reader', i::text, 'newsletter', 'retention_form', 'in_person', notice_shown => true,
	valid_until => CASE i WHEN 2 THEN clock_timestamp() + interval '300 ms' WHEN 3 THEN clock_timestamp() + interval '60 days' END))
FROM generate_series(1, 5) i;
INSERT INTO reader SELECT i, 'r' || i || '@example.com' FROM generate_series(1, 5) i;
SELECT gdpr.protect('reader', purposes => '{newsletter}', columns => '{"email": "pii_email"}');
SELECT gdpr.withdraw_consent('reader', '4', 'newsletter'), gdpr.refuse_consent('reader', '5', 'newsletter') IS NOT NULL AS refused;
SELECT pg_sleep(0.4);
-- 1 consents for two years, 2 has expired, 3 consents for 60 days, 4 withdrew, 5 said no
SELECT gdpr.set_retention('reader', 'newsletter', 'consent_end', '91 days') > 0 AS set;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE object::regclass = 'reader'::regclass AND finding LIKE '%retention_form%';
SELECT gdpr.set_retention('reader', 'newsletter', 'consent_end', '90 days') > 0 AS set;
SELECT code, object, finding FROM gdpr.retention_findings() WHERE object::regclass = 'reader'::regclass AND finding LIKE '%retention_form%';
SELECT n AS days, (SELECT due FROM gdpr.retention_due('reader', at => now() + n * interval '1 day')) AS due FROM unnest('{0,89,91,200}'::integer[]) n;
CALL gdpr.run_retention();
SELECT count(*) AS readers FROM reader;
-- consent that is given again stops the clock; a channel of its own is a consent too
SELECT gdpr.give_consent('reader', '4', 'newsletter', 'retention_form', 'in_person', 'post', notice_shown => true) IS NOT NULL AS given;
SELECT gdpr.set_retention('reader', 'newsletter', 'consent_end', '0') > 0 AS set;
CALL gdpr.run_retention();
SELECT id FROM reader ORDER BY id;
SELECT gdpr.set_retention('reader', 'newsletter', 'collected', '1 day', column_name => 'id'); -- fails: no time
DROP TABLE reader;

-- ---- a template of one's own takes the place of a built-in one ----
SELECT name, trigger, period, builtin FROM gdpr.retention_template;
CREATE TABLE member (id integer PRIMARY KEY, seen timestamptz);
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', purposes => '{order_fulfilment}');
INSERT INTO gdpr.retention_template VALUES ('inactive_3y', 'activity', '2 years', 'decision of the board');
SELECT gdpr.set_retention('member', 'order_fulfilment', template => 'inactive_3y', column_name => 'seen') > 0 AS set;
SELECT period, justification FROM gdpr.retention_rule;
DELETE FROM gdpr.retention_template WHERE NOT builtin;
-- an ended purpose is still one of the row's, until its period is over
SELECT gdpr.define_purpose('retention_club', 'Running the club card and its rebates for members', 'contract') > 0 AS defined;
SELECT gdpr.add_purpose('member', 'retention_club', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
SET gdpr.purpose = 'retention_club';
INSERT INTO member (id, seen, purposes) VALUES (1, now() - interval '3 years', '{retention_club}');
SELECT gdpr.end_purpose('retention_club');
SELECT gdpr.set_retention('member', 'retention_club', 'collected', '1 year', column_name => 'seen') > 0 AS set;
CALL gdpr.run_retention();
SELECT count(*) AS members FROM member;
DROP TABLE member;

-- ---- jobs ----
\set VERBOSITY sqlstate
SELECT gdpr.schedule_jobs(); -- fails: pg_cron is in no test database
SELECT gdpr.unschedule_jobs(); -- fails
\set VERBOSITY default
SELECT replace(job, current_database(), 'DB') AS job, schedule, command, replace(replace(by_hand, current_database(), 'DB'), quote_literal(current_user), 'OWNER') AS by_hand FROM gdpr.jobs();
SELECT expiring >= 0 AS expiring, expired >= 1 AS expired FROM gdpr.note_consents();	-- reader 2 above
SELECT overdue >= 0 AND due_soon >= 0 AS counted FROM gdpr.note_request_deadlines();
SELECT (SELECT count(*) FROM gdpr.retention_rule) AS rules, (SELECT count(*) FROM gdpr.retention_run WHERE state = 'running') AS running;
DROP SCHEMA "Retention Shapes" CASCADE;
