-- Limits of reading: how many people in an hour, at which hours; what is refused, and what is found afterwards.
SET client_min_messages = warning;
CREATE DATABASE regress_limits;
\c regress_limits
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_limits_staff;
CREATE ROLE regress_limits_clerk IN ROLE regress_limits_staff;
CREATE ROLE regress_limits_other;
CREATE ROLE regress_limits_controller;
CREATE ROLE regress_limits_dpo;
CREATE ROLE regress_limits_job;
SELECT gdpr.grant_duty(d, ('regress_limits_' || d)::regrole) FROM unnest('{controller,dpo,job}'::text[]) d;
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text);
INSERT INTO customer SELECT i, 'Name ' || i, 'c' || i || '@example.com' FROM generate_series(1, 10100) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment,billing}', columns => '{"name":"pii_name","email":"pii_email"}');
SELECT gdpr.grant_purpose(p, r::regrole) FROM unnest('{order_fulfilment,billing}'::text[]) p, unnest('{regress_limits_staff,regress_limits_other}'::text[]) r;
GRANT SELECT ON customer TO PUBLIC;

-- what came before the first run is known
CREATE FUNCTION settled() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 600
	LOOP
		PERFORM pg_sleep(0.05);
		EXIT WHEN NOT EXISTS (SELECT FROM gdpr.spooled_reads()) AND (SELECT queued_reads = 0 FROM gdpr.audit_status());
	END LOOP;
END $$;
SET gdpr.purpose = 'order_fulfilment';
SET ROLE regress_limits_clerk;
SELECT count(gdpr.reveal(name)) FROM customer WHERE id <= 10;
RESET ROLE;
SELECT settled();
SELECT gdpr.find_anomalies(), count(*) AS findings FROM gdpr_internal.anomaly_findings();

-- rules that say nothing, or nothing that can be
SET ROLE regress_limits_controller;
SELECT gdpr.limit_reads('regress_limits_staff'); -- fails
SELECT gdpr.limit_reads('regress_limits_staff', people_per_hour => -1); -- fails
SELECT gdpr.limit_reads('regress_limits_staff', 'gossip', 10); -- fails
SELECT gdpr.limit_reads('regress_limits_staff', open_from => '08:00'); -- fails
SELECT gdpr.limit_reads('regress_limits_staff', people_per_hour => 1, action => 'shout'); -- fails
SELECT gdpr.limit_reads('regress_limits_staff', weekdays_only => true, time_zone => 'Europe/Atlantis'); -- fails
RESET ROLE;
SET ROLE regress_limits_staff;
SELECT gdpr.limit_reads(people_per_hour => 1000000); -- fails
RESET ROLE;

-- 10,000 people an hour: the 10,001st is refused, of one login over all its sessions and statements
SELECT gdpr.limit_reads('regress_limits_staff', 'order_fulfilment', 10000) AS rule \gset
SET ROLE regress_limits_clerk;
SELECT count(gdpr.reveal(name)), count(gdpr.reveal(email)) FROM customer WHERE id <= 9990;
SELECT count(gdpr.reveal(name)) FROM (SELECT name FROM customer WHERE id <= 10 ORDER BY id) c;
SELECT gdpr.reveal(email) FROM customer WHERE id = 11; -- fails
SET gdpr.on_denied = 'null';
SELECT gdpr.reveal(email) FROM customer WHERE id = 1; -- fails
RESET gdpr.on_denied;
SET gdpr.output = 'reveal';
SELECT email FROM customer WHERE id = 1; -- fails
RESET gdpr.output;
-- another purpose has no limit
SET gdpr.purpose = 'billing';
SELECT gdpr.reveal(email) FROM customer WHERE id = 11;
SET gdpr.purpose = 'order_fulfilment';
RESET ROLE;
-- nor has who acts as somebody else
SET ROLE regress_limits_other;
SELECT count(gdpr.reveal(email)) FROM customer;
RESET ROLE;
-- a rule that goes is gone at once; another one begins to count by itself
SELECT gdpr.unlimit_reads(:rule);
SELECT gdpr.unlimit_reads(:rule); -- fails
SET ROLE regress_limits_clerk;
SELECT gdpr.reveal(email) FROM customer WHERE id = 11;
RESET ROLE;

-- to the person: in one statement, and in parallel workers
SELECT gdpr.limit_reads('regress_limits_staff', people_per_hour => 20) AS rule \gset
SET ROLE regress_limits_clerk;
SELECT id, gdpr.reveal(name) IS NOT NULL, gdpr.reveal(email) IS NOT NULL FROM generate_series(18, 21) n (id) JOIN customer USING (id), LATERAL (SELECT 1) one ORDER BY id;
SELECT count(gdpr.reveal(name)) + count(gdpr.reveal(email)) AS twice_each FROM customer WHERE id <= 16;
SELECT count(gdpr.reveal(name)) FROM customer WHERE id = 1; -- fails
RESET ROLE;
SELECT gdpr.unlimit_reads(:rule);
SELECT settled();
SELECT gdpr.limit_reads('regress_limits_staff', people_per_hour => 5000) AS rule \gset
SET ROLE regress_limits_clerk;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(gdpr.reveal(name)) FROM customer; -- fails
RESET max_parallel_workers_per_gather;
RESET ROLE;
SELECT gdpr.unlimit_reads(:rule);
SELECT settled();
-- who is refused leaves to the others what they took for their next rows
SELECT sum(gdpr_internal.people_in(subject, subjects)) BETWEEN 5000 - 2 * 1024 AND 5000 AS never_more
FROM gdpr.ledger WHERE kind = 'read' AND number > (SELECT max(number) FROM gdpr.ledger WHERE kind = 'reads limited');

-- the hours
SELECT gdpr.limit_reads('regress_limits_staff', open_from => (now() AT TIME ZONE 'UTC')::time - interval '2 hours', open_to => (now() AT TIME ZONE 'UTC')::time + interval '2 hours', time_zone => 'UTC') AS rule \gset
SET ROLE regress_limits_clerk;
SELECT gdpr.reveal(email) FROM customer WHERE id = 1;
RESET ROLE;
SELECT gdpr.unlimit_reads(:rule);
SELECT gdpr.limit_reads('regress_limits_staff', open_from => (now() AT TIME ZONE 'UTC')::time + interval '2 hours', open_to => (now() AT TIME ZONE 'UTC')::time - interval '2 hours', time_zone => 'UTC') AS rule \gset
SET ROLE regress_limits_clerk;
SELECT gdpr.reveal(email) FROM customer WHERE id = 1; -- fails
RESET ROLE;
SELECT gdpr.unlimit_reads(:rule);
SELECT at, gdpr_internal.is_open(ROW (0, NULL, NULL, NULL, f, t, w, 'Europe/Brussels', 'warn', '', now())::gdpr.read_limit, at) AS open, why
FROM (VALUES
	('2026-03-27 08:30+01'::timestamptz, '08:00'::time, '18:00'::time, true, 'Friday'),
	('2026-03-27 18:00+01', '08:00', '18:00', true, 'until before 18:00'),
	('2026-03-28 12:00+01', '08:00', '18:00', true, 'Saturday'),
	('2026-03-28 12:00+01', '08:00', '18:00', false, 'any day'),
	('2026-03-30 07:30+02', '08:00', '18:00', true, 'summer time'),
	('2026-03-27 23:00+01', '22:00', '06:00', false, 'over midnight'),
	('2026-03-27 12:00+01', '22:00', '06:00', false, 'not at noon')) v (at, f, t, w, why);

-- what is found: who was refused, and who reads for a purpose for the first time
SET ROLE regress_limits_job;
SELECT gdpr.find_anomalies();
SELECT gdpr.find_anomalies() AS nothing_new;
SELECT * FROM gdpr.anomaly; -- fails
RESET ROLE;
SELECT kind, login = current_user AS login, purpose, rule, people > 0 AS seen FROM gdpr.anomaly ORDER BY number;
-- rules that warn refuse nothing
SELECT gdpr.limit_reads('regress_limits_other', 'billing', 5, action => 'warn') AS many, gdpr.limit_reads('regress_limits_other', open_from => (now() AT TIME ZONE 'UTC')::time + interval '2 hours',
	open_to => (now() AT TIME ZONE 'UTC')::time - interval '2 hours', time_zone => 'UTC', action => 'warn') AS late \gset
SET gdpr.purpose = 'billing';
SET ROLE regress_limits_other;
SELECT count(gdpr.reveal(email)) FROM customer WHERE id <= 3;
RESET ROLE;
SELECT settled(), gdpr.find_anomalies();
SET ROLE regress_limits_other;
SELECT count(gdpr.reveal(email)) FROM customer WHERE id <= 3;
RESET ROLE;
SELECT settled(), gdpr.find_anomalies() AS too_many_now;
SELECT kind, purpose, rule = :many AS many, rule = :late AS late, people FROM gdpr.anomaly WHERE rule IS NOT NULL ORDER BY number;
-- status() says so until somebody judges
SELECT severity, finding FROM gdpr.status() WHERE object LIKE 'login %' ORDER BY finding COLLATE "C";
SET ROLE regress_limits_dpo;
SELECT gdpr.judge_anomaly(number, ' ') FROM gdpr.anomaly LIMIT 1; -- fails
SELECT count(gdpr.judge_anomaly(number, 'a test')) FROM gdpr.anomaly;
SELECT gdpr.judge_anomaly(number, 'a test') FROM gdpr.anomaly LIMIT 1; -- fails
RESET ROLE;
SELECT count(*) FROM gdpr.status() WHERE object LIKE 'login %';
SELECT kind, count(*) FROM gdpr.ledger WHERE kind ~ '^(anomaly|reads)' GROUP BY kind ORDER BY kind COLLATE "C";
SELECT count(*) FROM gdpr.verify_ledger();
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_limits;
DROP ROLE regress_limits_staff, regress_limits_clerk, regress_limits_other, regress_limits_controller, regress_limits_dpo, regress_limits_job;
