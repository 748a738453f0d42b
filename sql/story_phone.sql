-- The story of a telephone call: consent with a recording that was announced; a complaint ("I never agreed"); the proof,
-- handed over and checked. Every role has no more than its duty and its purpose.
SET client_min_messages = warning;
CREATE DATABASE regress_story_phone;
\c regress_story_phone
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_phone_owner;
CREATE ROLE regress_phone_agent;
CREATE ROLE regress_phone_dpo;
CREATE ROLE regress_phone_auditor;
CREATE ROLE regress_phone_job;
SELECT gdpr.grant_duty(duty, ('regress_phone_' || role)::regrole)
FROM (VALUES ('controller', 'owner'), ('app', 'agent'), ('dpo', 'dpo'), ('auditor', 'auditor'), ('job', 'job')) d (duty, role);
CREATE SCHEMA crm AUTHORIZATION regress_phone_owner;
GRANT USAGE ON SCHEMA crm TO regress_phone_agent, regress_phone_dpo, regress_phone_auditor;

SET ROLE regress_phone_owner;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
CREATE TABLE crm.lead (id integer PRIMARY KEY, phone text);
SELECT gdpr.declare_subject('crm.lead', 'id');
SELECT gdpr.protect('crm.lead', '{phone_prospecting}', columns => '{"phone":"pii_phone"}');
GRANT SELECT, INSERT ON crm.lead TO regress_phone_agent;
SELECT gdpr.grant_purpose('phone_prospecting', 'regress_phone_agent'), gdpr.grant_purpose('consent_evidence', 'regress_phone_dpo');
SELECT gdpr.draft_notice('script', 'oral', '{phone_prospecting}',
	'{"nl": {"title": "Belscript", "body": "Dit gesprek wordt opgenomen. Mogen wij u bellen?", "recipients": "geen", "transfers": "geen", "retention": "2 jaar",
	  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen", "automated_decisions": "geen"}}',
	data_categories => '{pd:TelephoneNumber}', storage_countries => '{BE}', retention_period => '2 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.publish_notice('script');

-- ---- the call: announced, then answered; any other order is no consent ----
SET ROLE regress_phone_agent;
SET gdpr.purpose = 'phone_prospecting';
SELECT clock_timestamp() AS started, pg_sleep(0.02) \gset
SELECT clock_timestamp() AS announced, pg_sleep(0.02) \gset
SELECT clock_timestamp() AS answered, pg_sleep(0.02) \gset
\set recording '\\x52494646a0617564696f'
SELECT gdpr.give_consent_by_phone('crm.lead', '7', 'phone_prospecting', 'script', 1, :'started', NULL, :'answered', :'recording', 'audio/wav'); -- fails: recorded on the sly
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent_by_phone('crm.lead', '7', 'phone_prospecting', 'script', 1, :'started', :'answered', :'announced', :'recording', 'audio/wav'); -- fails: told after the yes
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.may_process('crm.lead', '7', 'phone_prospecting');
SELECT gdpr.give_consent_by_phone('crm.lead', '7', 'phone_prospecting', 'script', 1, :'started', :'announced', :'answered', :'recording', 'audio/wav',
	channel => 'phone') AS consent \gset
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', '\x5249', announced_at => clock_timestamp()); -- fails: this part was announced afterwards
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', :'recording', sha256 => sha256('another')); -- fails: not the file that was sent
\echo :LAST_ERROR_SQLSTATE
INSERT INTO crm.lead VALUES (7, '0470 12 34 56');
SELECT subject_key FROM gdpr.mailable('phone_prospecting', 'phone');

-- ---- a year later: "I never agreed". The calls stop at once ----
SELECT gdpr.object('crm.lead', '7', 'phone_prospecting') IS NOT NULL AS objected;
SELECT clock_timestamp() AS complaint \gset
SELECT subject_key, reason FROM gdpr.excluded('phone_prospecting', 'phone');
-- why it was allowed then, and is not now
SELECT test, passed FROM gdpr.explain_processing('crm.lead', '7', 'phone_prospecting', at => :'answered', channel => 'phone') ORDER BY step;
SELECT test FROM gdpr.explain_processing('crm.lead', '7', 'phone_prospecting', channel => 'phone') WHERE NOT passed;

-- ---- the recording: for who answers complaints, under that purpose, and for nobody else ----
RESET ROLE;
SELECT e.id AS audio FROM gdpr.evidence e JOIN gdpr.consent_evidence l ON l.evidence = e.id WHERE l.consent = :'consent' \gset
SELECT gdpr.read_evidence(:'audio'); -- fails: a superuser holds no purpose
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_phone_agent;
SELECT gdpr.read_evidence(:'audio'); -- fails: calling is another purpose
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_phone_auditor;
SELECT gdpr.verify_evidence(:'audio'); -- fails: the auditor has not the purpose either,
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.verify_evidence(:'audio', :'recording') AS it_is_this, gdpr.verify_evidence(:'audio', '\x00') AS it_is_that; -- but may compare a copy
SET ROLE regress_phone_dpo;
SET gdpr.purpose = 'consent_evidence';
SELECT gdpr.read_evidence(:'audio') = :'recording' AS heard, gdpr.verify_evidence(:'audio') AS unaltered;
SELECT gdpr.reveal(phone) FROM crm.lead; -- fails: the proof needs no look at the person
\echo :LAST_ERROR_SQLSTATE

-- ---- the receipt: what was said, by which script, when ----
SELECT r ->> 'dct:identifier' = :'consent' AS this_consent, r #>> '{dpv:hasNotice,dct:language}' AS language,
	r #>> '{dpv:hasConsentStatus,0,dpv:hasIndicationMethod}' AS method,
	abs(extract(epoch FROM (r #>> '{dpv:hasConsentStatus,0,dpv:isIndicatedAtTime}')::timestamptz - :'answered'::timestamptz)) <= 1 AS at_the_answer
FROM (SELECT gdpr.consent_receipt(:'consent')) AS receipt (r);

-- ---- the bundle, after the night's job sealed the ledger: it holds together, and a changed one does not ----
SET ROLE regress_phone_job;
SELECT gdpr.seal_ledger() IS NOT NULL AS sealed;
SET ROLE regress_phone_dpo;
SELECT gdpr.proof('crm.lead', '7', until => :'complaint') AS bundle \gset
SELECT e ->> 'kind' AS kind, e ->> 'role' = session_user AS role, (e ->> 'detail')::jsonb ->> 'mac' = (SELECT encode(mac, 'hex') FROM gdpr.evidence WHERE id = :'audio') AS of_the_recording
FROM jsonb_array_elements(:'bundle'::jsonb -> 'entries') e;
RESET ROLE;
CREATE FUNCTION field(t text) RETURNS bytea LANGUAGE sql AS $$SELECT coalesce(convert_to(octet_length(convert_to(t, 'UTF8')) || ':' || t || ',', 'UTF8'), '-,')$$;
CREATE FUNCTION sound(bundle jsonb, OUT entries bool, OUT sealed bool) LANGUAGE sql AS $$
	SELECT bool_and(e ->> 'hash' = encode(sha256(field(e ->> 'number') || field(e ->> 'at') || field(e ->> 'role') || field(e ->> 'kind')
			|| field(e ->> 'subject') || field(e ->> 'subjects') || field(e ->> 'detail')), 'hex')),
		bool_and(EXISTS (SELECT FROM jsonb_array_elements(bundle -> 'seals') s WHERE s -> 'entries' ? (e ->> 'hash')))
	FROM jsonb_array_elements(bundle -> 'entries') e
$$;
SELECT b.name, s.* FROM (VALUES (1, 'as handed over', :'bundle'::jsonb), (2, 'backdated', jsonb_set(:'bundle', '{entries,0,at}', '1'))) b (n, name, bundle), sound(b.bundle) s ORDER BY n;
SELECT :'bundle' ~ '470.?12.?34.?56' AS personal;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_story_phone;
DROP ROLE regress_phone_owner, regress_phone_agent, regress_phone_dpo, regress_phone_auditor, regress_phone_job;
