-- The ledger's own retention: what is old goes from its beginning, on record, and what is left verifies.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
CREATE DATABASE regress_ledger_cut;
\c regress_ledger_cut
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_cut_job;
CREATE ROLE regress_cut_auditor;
SELECT gdpr.grant_duty('job', 'regress_cut_job'), gdpr.grant_duty('auditor', 'regress_cut_auditor');
CREATE FUNCTION fill(wanted integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM gdpr_internal.record('test', i, '{}') FROM generate_series(1, wanted) i;
	WHILE gdpr.seal_ledger(2) > 0 LOOP END LOOP;
END $$;
SELECT fill(10);
SELECT gdpr_internal.anchor_line() AS early \gset
SELECT period, valid_from, source FROM gdpr.setting WHERE name = 'ledger_keep';

-- five years: nothing is that old
CALL gdpr.cut_ledger();
SELECT count(*) FROM gdpr.ledger WHERE kind = 'ledger cut';
-- and nothing goes without a cut, or when it is young, whatever is on record
DELETE FROM gdpr.ledger; -- fails
DELETE FROM gdpr.ledger_seal; -- fails
BEGIN;
SELECT gdpr_internal.record('ledger cut', NULL, jsonb_build_object('sequence', 1000));
DELETE FROM gdpr.ledger WHERE subject = 1; -- fails
ROLLBACK;
BEGIN;
SELECT gdpr_internal.record('ledger cut', NULL, jsonb_build_object('sequence', 1000));
DELETE FROM gdpr.ledger_seal WHERE sequence = 1; -- fails
ROLLBACK;
BEGIN;
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('ledger_keep', '1 microsecond', '2020-01-01', 'a test');
DELETE FROM gdpr.ledger WHERE subject = 1; -- fails
ROLLBACK;

-- a shorter time, and more to keep
SELECT pg_sleep(0.1);
SELECT clock_timestamp() AS cut_after, pg_sleep(1) \gset
SELECT fill(6);
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('ledger_keep', clock_timestamp() - :'cut_after'::timestamptz, '2020-01-01', 'a test');
SET ROLE regress_cut_job;
CALL gdpr.cut_ledger(4);
RESET ROLE;
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('ledger_keep', '5 years', '2020-01-01', 'as before');
SELECT count(*) > 1 AS batches, sum((detail -> 'entries')::integer) AS entries, bool_and(detail ? 'hash') AS hash, bool_and(detail ->> 'first' = split_part(:'early', ' ', 5)) AS first FROM gdpr.ledger WHERE kind = 'ledger cut';
SELECT count(*) FILTER (WHERE kind = 'test') AS kept FROM gdpr.ledger;
SELECT min(sequence) = (SELECT (detail -> 'sequence')::bigint + 1 FROM gdpr.ledger WHERE kind = 'ledger cut' ORDER BY number DESC LIMIT 1) AS the_rest FROM gdpr.ledger_seal;
SELECT count(*) FROM gdpr.verify_ledger();
-- it goes on, and anchors from before and after are of this ledger
DO $$ BEGIN WHILE gdpr.seal_ledger() > 0 LOOP END LOOP; END $$;
SELECT fill(2);
SELECT count(*) FROM gdpr.verify_ledger();
SELECT split_part(gdpr_internal.anchor_line(), ' ', 5) = split_part(:'early', ' ', 5) AS same_ledger;
SELECT gdpr_internal.anchor_line() AS late \gset
SELECT sequence > 0 AS sequence, regexp_replace(problem, '\d{4}\S+Z', 'TIME', 'g') AS problem FROM gdpr.verify_ledger(:'early', :'late');
-- the same, anchored when it was old enough, is no problem
SELECT count(*) FROM gdpr.verify_ledger(regexp_replace(:'early', 'gdpr-anchor \d{4}', 'gdpr-anchor 2019'), :'late');
SELECT regexp_replace(problem, '\d{4}\S+Z', 'TIME', 'g') AS problem FROM gdpr.verify_ledger(regexp_replace(:'late', '....$', 'zzzz'));
SELECT gdpr_internal.record('anchored', 1, '{}');
DO $$ BEGIN WHILE gdpr.seal_ledger() > 0 LOOP END LOOP; END $$;
-- the proof of what is left
SELECT jsonb_array_length(p -> 'seals') > 0 AS seals, p -> 'seals' -> 0 ->> 'previous' IS NOT NULL AS previous
FROM (SELECT gdpr_internal.proof_of('{}', (SELECT range_agg(r) FROM gdpr.ledger_seal s, unnest(s.numbers) r)) p) x;

-- what an attacker does to the new beginning is found
SELECT min(sequence) AS first FROM gdpr.ledger_seal \gset
BEGIN;
ALTER TABLE gdpr.ledger_seal DISABLE TRIGGER ALL;
ALTER TABLE gdpr.ledger DISABLE TRIGGER ALL;
DELETE FROM gdpr.ledger e USING gdpr.ledger_seal s WHERE s.sequence <= :first AND s.numbers @> e.number;
DELETE FROM gdpr.ledger_seal WHERE sequence <= :first;
SELECT sequence - :first AS seal, regexp_replace(problem, '\d+', 'N', 'g') AS problem FROM gdpr.verify_ledger();
-- a cut of his own making fits, if he owns the server; the anchors know when
SELECT gdpr_internal.record('ledger cut', NULL, jsonb_build_object('sequence', :first, 'first', split_part(:'early', ' ', 5), 'hash', 'ff'));
SELECT count(*) > 0 AS found FROM gdpr.verify_ledger();
ROLLBACK;
-- the entry about the cut altered
BEGIN;
ALTER TABLE gdpr.ledger DISABLE TRIGGER ALL;
UPDATE gdpr.ledger SET detail = detail || '{"entries": 1}' WHERE kind = 'ledger cut';
SELECT count(*) > 0 AS found FROM gdpr.verify_ledger();
ROLLBACK;
-- forged cuts change nothing
SELECT gdpr_internal.record('ledger cut', NULL, d) FROM unnest('{"{\"sequence\": \"x\"}","{\"sequence\": 1.5, \"hash\": \"zz\"}","{}"}'::jsonb[]) d;
SELECT gdpr_internal.record('ledger cut', NULL, jsonb_build_object('sequence', :first - 1, 'hash', repeat('00', 32), 'first', repeat('0', 16)));
DO $$ BEGIN WHILE gdpr.seal_ledger() > 0 LOOP END LOOP; END $$;
SELECT count(*) FROM gdpr.verify_ledger();
-- a broken beginning is not cut: its traces would go with it
BEGIN;
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('ledger_keep', '1 microsecond', '2020-01-01', 'a test');
ALTER TABLE gdpr.ledger DISABLE TRIGGER append_only;
UPDATE gdpr.ledger SET role = 'nobody' WHERE number = (SELECT min(number) FROM gdpr.ledger);
SELECT gdpr_internal.cut_ledger_batch(100); -- fails
ROLLBACK;

-- too long
BEGIN;
ALTER TABLE gdpr.ledger_seal DISABLE TRIGGER ALL;
UPDATE gdpr.ledger_seal SET at = at - interval '61 months' WHERE sequence = :first;
SELECT severity, finding, fix FROM gdpr.status() WHERE object = 'gdpr.ledger';
ROLLBACK;
SET ROLE regress_cut_auditor;
CALL gdpr.cut_ledger(); -- fails
RESET ROLE;
\c :home
SET client_min_messages = warning;
DROP DATABASE regress_ledger_cut;
DROP ROLE regress_cut_job, regress_cut_auditor;
