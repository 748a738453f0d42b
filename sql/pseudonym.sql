-- Pseudonyms: a domain is granted, nobody tries typed values against it, and the way back is on record (Art. 4(5)).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA pseudonym;
CREATE TABLE pseudonym.patient (id integer PRIMARY KEY, email text, note text);
INSERT INTO pseudonym.patient VALUES (1, 'jan@example.com', 'a note on Jan'), (2, 'mia@example.com', 'a note on Mia');
SELECT gdpr.declare_subject('pseudonym.patient', 'id');
SELECT gdpr.protect('pseudonym.patient', '{order_fulfilment}', columns => '{"email":"pii_email","note":"pii_text"}');
CREATE ROLE regress_study;
CREATE ROLE regress_study_member IN ROLE regress_study;
CREATE ROLE regress_study_dpo;
GRANT USAGE ON SCHEMA pseudonym TO regress_study, regress_study_dpo;
GRANT SELECT ON pseudonym.patient TO regress_study;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_study');
SELECT gdpr.grant_duty('dpo', 'regress_study_dpo');

-- a purpose alone is not enough
SET ROLE regress_study;
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.pseudonymise(email, 'heart') FROM pseudonym.patient; -- fails: domain not granted
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.pseudonymise('jan@example.com'::gdpr.pii_email, 'heart'); -- fails: typed
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.grant_domain('heart', 'regress_study'); -- fails: not a controller
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- the domain is granted, to a role and its members, and no other domain with it
SELECT gdpr.grant_domain('heart', 'regress_study');
SET ROLE regress_study_member;
SELECT count(DISTINCT gdpr.pseudonymise(email, 'heart')) AS two, min(length(gdpr.pseudonymise(note, 'heart'))) AS long FROM pseudonym.patient;
SELECT gdpr.pseudonymise(email, 'lung') FROM pseudonym.patient; -- fails: another domain
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.pseudonymise(email, '') FROM pseudonym.patient; -- fails: no domain
\echo :LAST_ERROR_SQLSTATE
-- who tries addresses until one has the pseudonym gets no answer
SELECT gdpr.pseudonymise('jan@example.com'::gdpr.pii_email, 'heart'); -- fails: typed
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.pseudonymise('jan@example.com'::text::gdpr.pii_email, 'heart') = p.pseudonym
FROM (SELECT gdpr.pseudonymise(email, 'heart') AS pseudonym FROM pseudonym.patient) p; -- fails: typed
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.pseudonymise(email, 'heart') AS jan, gdpr.pseudonymise(note, 'heart') AS note FROM pseudonym.patient WHERE id = 1 \gset
SELECT gdpr.reidentify('heart', :'jan', 'a question'); -- fails: not its duty
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- the way back: for the officer, who was granted the domain as well and says why
SET ROLE regress_study_dpo;
SELECT * FROM gdpr.reidentify('heart', :'jan', 'a finding that the patient must hear of'); -- fails: domain not granted
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT gdpr.grant_domain('heart', 'regress_study_dpo'), gdpr.grant_domain('lung', 'regress_study_dpo');
SET ROLE regress_study_dpo;
SELECT * FROM gdpr.reidentify('heart', :'jan', ' '); -- fails: no reason
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM gdpr.reidentify('heart', NULL, 'a reason'); -- fails: no pseudonym
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM gdpr.reidentify('heart', :'jan', 'a finding that the patient must hear of');
SELECT * FROM gdpr.reidentify('heart', :'note', 'the same of a note');
SELECT * FROM gdpr.reidentify('lung', :'jan', 'the wrong domain');
RESET ROLE;
SELECT subject = gdpr_internal.subject_number('pseudonym.patient', '1') AS jan, detail FROM gdpr.ledger WHERE kind = 'person re-identified' ORDER BY number;
SELECT count(*) AS pseudonyms_or_values FROM gdpr.ledger WHERE strpos(detail::text, :'jan') > 0 OR detail::text ~ 'jan@';

-- strategies that make pseudonyms ask the same
CREATE ROLE regress_study_controller;
SELECT gdpr.grant_duty('controller', 'regress_study_controller');
SET ROLE regress_study_controller;
SELECT gdpr.anonymised('Gent'::text, 'pseudonym', '{"domain": "heart"}'); -- fails: domain not granted
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.grant_domain('heart', 'regress_study_controller');
SELECT length(gdpr.anonymised('Gent'::text, 'pseudonym', '{"domain": "heart"}')) AS length;
RESET ROLE;

-- taken back, it ends in the same session; a person who was erased is nobody's pseudonym
SET ROLE regress_study;
SELECT count(gdpr.pseudonymise(email, 'heart')) FROM pseudonym.patient;
RESET ROLE;
SELECT gdpr.revoke_domain('heart', 'regress_study');
SET ROLE regress_study;
SELECT count(gdpr.pseudonymise(email, 'heart')) FROM pseudonym.patient; -- fails: revoked
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT gdpr.erase_subject('pseudonym.patient', '1', 'objection') IS NOT NULL AS erased;
SET ROLE regress_study_dpo;
SELECT * FROM gdpr.reidentify('heart', :'jan', 'again');
RESET ROLE;
SELECT domain, role FROM gdpr.pseudonym_grant ORDER BY domain, role::text;
RESET gdpr.purpose;
DROP SCHEMA pseudonym CASCADE;
SELECT gdpr.revoke_duty('dpo', 'regress_study_dpo'), gdpr.revoke_duty('controller', 'regress_study_controller');
DROP OWNED BY regress_study, regress_study_dpo, regress_study_controller;
DROP ROLE regress_study_member, regress_study, regress_study_dpo, regress_study_controller;
SELECT count(*) AS left_behind FROM gdpr.pseudonym_grant;
