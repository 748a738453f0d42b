-- The story of a newsletter: a sign-up on the web, a mailing, a withdrawal, an erasure; a bought list brings the person
-- back and is refused; the person comes back by asking. Every role has no more than its duty and its purpose.
SET client_min_messages = warning;
CREATE DATABASE regress_story_signup;
\c regress_story_signup
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_signup_owner;
CREATE ROLE regress_signup_web;
CREATE ROLE regress_signup_mailer;
CREATE ROLE regress_signup_importer;
CREATE ROLE regress_signup_dpo;
SELECT gdpr.grant_duty('controller', 'regress_signup_owner'), gdpr.grant_duty('app', 'regress_signup_web'), gdpr.grant_duty('app', 'regress_signup_importer'),
	gdpr.grant_duty('dpo', 'regress_signup_dpo');
CREATE SCHEMA crm AUTHORIZATION regress_signup_owner;
GRANT USAGE ON SCHEMA crm TO regress_signup_web, regress_signup_mailer, regress_signup_importer, regress_signup_dpo;

-- ---- the house in order: whose it is, the table, the notice on the form, who may what ----
SET ROLE regress_signup_owner;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
CREATE TABLE crm.customer (id integer PRIMARY KEY, name text, email text UNIQUE, phone text);
SELECT gdpr.declare_subject('crm.customer', 'id');
SELECT gdpr.protect('crm.customer', '{newsletter,customer_management}', columns => '{"name":"pii_name","email":"pii_email","phone":"pii_phone"}');
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.customer TO regress_signup_web, regress_signup_importer;
GRANT SELECT ON crm.customer TO regress_signup_mailer;
SELECT gdpr.grant_purpose('newsletter', 'regress_signup_web'), gdpr.grant_purpose('newsletter', 'regress_signup_mailer'),
	gdpr.grant_purpose('customer_management', 'regress_signup_importer');
SELECT gdpr.draft_notice('signup', 'form', '{newsletter}',
	'{"nl": {"title": "Nieuwsbrief", "body": "Mogen wij u mailen?", "recipients": "geen", "transfers": "geen", "retention": "2 jaar",
	  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen", "automated_decisions": "geen"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.publish_notice('signup');

-- ---- Jan signs up: first the consent with the form as he saw it, then his row ----
SET ROLE regress_signup_web;
SET gdpr.purpose = 'newsletter';
INSERT INTO crm.customer VALUES (1, 'Jan Peeters', 'jan.peeters@example.com', '0470 12 34 56'); -- fails: nobody asked him
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('crm.customer', '1', 'newsletter', 'signup', 'web_form', notice_shown => true); -- fails: no proof
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('crm.customer', '1', 'newsletter', 'signup', 'web_form', channel => 'email', notice_shown => true,
	evidence => '<form>Ja, graag</form>', evidence_mime => 'text/html') AS signed_up \gset
INSERT INTO crm.customer VALUES (1, 'Jan Peeters', 'jan.peeters@example.com', '0470 12 34 56');

-- ---- a mailing: by e-mail, as he said, and by nothing else ----
SET ROLE regress_signup_mailer;
SELECT subject_key, gdpr.reveal(c.email) AS email FROM gdpr.mailable('newsletter', 'email') m JOIN crm.customer c ON c.id::text = m.subject_key;
SELECT count(*) AS by_sms FROM gdpr.mailable('newsletter', 'sms');
SELECT gdpr.read_evidence(gen_random_uuid()); -- fails: the proof is no business of the mailer's

-- ---- he withdraws with one call: no mail from that moment on, and no look at his row ----
SET ROLE regress_signup_web;
BEGIN;
SELECT gdpr.withdraw_consent('crm.customer', '1', 'newsletter');
SELECT count(*) AS in_the_same_transaction FROM gdpr.mailable('newsletter', 'email');
COMMIT;
SET ROLE regress_signup_mailer;
SELECT subject_key, reason FROM gdpr.excluded('newsletter', 'email');
SELECT count(*) AS rows_seen FROM crm.customer;

-- ---- and wants to be forgotten ----
SET ROLE regress_signup_dpo;
SELECT gdpr.erase_subject('crm.customer', '1', 'Art. 17(1)(b): consent withdrawn') - '{subject,refresh}'::text[] AS answer;

-- ---- a list is bought, and he is on it, however they spell him ----
SET ROLE regress_signup_importer;
SET gdpr.purpose = 'customer_management';
INSERT INTO crm.customer VALUES (500, 'Mia Claes', 'mia@example.com', NULL), (501, 'J. Peeters', ' Jan.Peeters@EXAMPLE.com ', NULL); -- fails
\echo :LAST_ERROR_SQLSTATE
INSERT INTO crm.customer VALUES (501, 'PEETERS', NULL, '+32 (0)470/12.34.56'); -- fails
\echo :LAST_ERROR_SQLSTATE
-- the rest of the list may come, without him
SET gdpr.on_suppressed = quarantine;
INSERT INTO crm.customer SELECT * FROM (VALUES (500, 'Mia Claes', 'mia@example.com'), (501, 'J. Peeters', 'Jan.Peeters@example.com'),
	(502, 'An Maes', 'an@example.com')) list (id, name, email);
SELECT id FROM crm.customer ORDER BY id;
RESET gdpr.on_suppressed;
UPDATE crm.customer SET email = 'JAN.PEETERS@example.com' WHERE id = 502; -- fails: nor by the back door
\echo :LAST_ERROR_SQLSTATE
-- "they agreed, says the seller" lets nobody in
SELECT gdpr.give_consent('crm.customer', '501', 'newsletter', 'signup', 'import', notice_shown => true, source => 'list 7'); -- fails: show it
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('crm.customer', '501', 'newsletter', 'signup', 'import', notice_shown => true, source => 'list 7',
	evidence => 'line 501 of list 7', evidence_mime => 'text/plain', identifiers => '{"email": "jan.peeters@example.com"}') AS imported \gset
SELECT gdpr.lift_suppression('email', 'jan.peeters@example.com', :'imported'); -- fails: not his doing
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.lift_suppression('email', 'jan.peeters@example.com', :'signed_up'); -- fails: from before
\echo :LAST_ERROR_SQLSTATE
INSERT INTO crm.customer VALUES (501, 'Jan Peeters', 'jan.peeters@example.com', NULL); -- fails
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_signup_mailer;
SELECT count(*) AS mailable FROM gdpr.mailable('newsletter', 'email');
SELECT subject_key, reason FROM gdpr.excluded('newsletter', 'email') ORDER BY subject_key;

-- ---- years later he signs up again, himself ----
SET ROLE regress_signup_web;
SET gdpr.purpose = 'newsletter';
SELECT gdpr.give_consent('crm.customer', '1001', 'newsletter', 'signup', 'double_opt_in', channel => 'email', notice_shown => true,
	double_opt_in_at => clock_timestamp(), identifiers => '{"email": "Jan.Peeters@example.com"}') AS again \gset
SELECT gdpr.lift_suppression('phone', '0470123456', :'again'); -- fails: he gave his address, not his telephone
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.lift_suppression('email', 'jan.peeters@example.com', :'again');
INSERT INTO crm.customer VALUES (1001, 'Jan Peeters', 'jan.peeters@example.com', NULL);
UPDATE crm.customer SET phone = '0470123456' WHERE id = 1001; -- fails: that is still suppressed
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_signup_mailer;
SELECT subject_key, gdpr.reveal(c.email) AS email FROM gdpr.mailable('newsletter', 'email') m JOIN crm.customer c ON c.id::text = m.subject_key;

-- ---- what is on record, without a name ----
SET ROLE regress_signup_dpo;
SELECT e.state, e.method, x.subject IS NOT NULL AS erased_since FROM gdpr.consent_event e LEFT JOIN gdpr.erasure x USING (subject) ORDER BY e.number;
SELECT kind, count(*) FROM gdpr.ledger WHERE kind ~ 'suppress|erased|held back' GROUP BY kind ORDER BY kind COLLATE "C";
SELECT bool_or(detail::text ~* 'peeters|470.?12.?34.?56') AS named FROM gdpr.ledger;
RESET ROLE;
SELECT count(*) AS still_suppressed, bool_and(length(hash) = 32) AS hashes FROM gdpr.suppression;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_story_signup;
DROP ROLE regress_signup_owner, regress_signup_web, regress_signup_mailer, regress_signup_importer, regress_signup_dpo;
