-- Consent: affirmative, specific, informed, provable, and as easy to withdraw as to give (Art. 4(11), 6(1)(a), 7, 8).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
CREATE TABLE consent_person (id integer PRIMARY KEY);
SELECT gdpr.declare_subject('consent_person', 'id');
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
CREATE FUNCTION consent_notice(name text, kind text, purposes text[]) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	PERFORM gdpr.draft_notice(name, kind, purposes,
		'{"nl": {"title": "Toestemming", "body": "Mogen wij?", "recipients": "geen", "transfers": "geen", "retention": "3 jaar",
		  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
		  "automated_decisions": "geen", "legitimate_interest": "geen"}}',
		data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
		withdrawal_at => 'https://voorbeeld.example/privacy');
	RETURN gdpr.publish_notice(name);
END $$;
SELECT consent_notice('consent_form', 'form', '{newsletter}'), consent_notice('consent_script', 'oral', '{newsletter,targeted_ads}');
CREATE VIEW consent_state AS
SELECT s.key AS person, c.purpose, c.channel, c.state, c.method, c.until = c.since + interval '24 months' AS two_years
FROM gdpr.consent_current c JOIN gdpr.subject s ON s.number = c.subject
WHERE s.relation = 'consent_person'::regclass ORDER BY s.key::integer, c.purpose, c.channel;

-- given on a web form, before the person's row exists, the notice beside the box
SELECT gdpr.give_consent('consent_person', '1', 'newsletter', 'consent_form', 'web_form',
	evidence => '<form>…</form>', evidence_mime => 'text/html', notice_shown => true) IS NOT NULL AS given;
SELECT * FROM consent_state;
SELECT count(*) FROM consent_person;
SELECT state, type, method, control_default, control_final, affirmative_action, bundled_with_terms, notice, notice_version,
	   language, child, event_time <= recorded_at AS in_order, recorded_by = session_user AS by_me
FROM gdpr.consent_event WHERE subject = gdpr_internal.subject_number('consent_person', '1');

-- not affirmative, not free
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	control_default => true); -- fails: ticked beforehand
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	control_final => false); -- fails: not ticked
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	affirmative_action => NULL); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	bundled_with_terms => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	conditional_on_service => true); -- fails: no justification
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'scrolling', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE

-- not specific
SELECT gdpr.give_consent('consent_person', '2', '*', 'consent_form', 'in_person', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', '{*}', 'consent_form', 'in_person', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter,targeted_ads', 'consent_form', 'in_person', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', NULL, 'consent_form', 'in_person', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'no_such_purpose', 'consent_form', 'in_person', notice_shown => true); -- fails: unknown
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'legal_accounting', 'consent_form', 'in_person', notice_shown => true); -- fails: another basis
\echo :LAST_ERROR_SQLSTATE

-- not informed
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'no_such_form', 'in_person', notice_shown => true); -- fails: unknown
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'targeted_ads', 'consent_form', 'in_person', notice_shown => true); -- fails: not in that notice
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person'); -- fails: not served
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('consent_person', '2', 'consent_form');
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person',
	at => (SELECT published_at FROM gdpr.notice WHERE name = 'consent_form')); -- fails: served only afterwards
\echo :LAST_ERROR_SQLSTATE
SELECT consent_notice('consent_form', 'form', '{newsletter}') AS version;
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_version => 1); -- fails: superseded
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person'); -- fails: version 2 not served
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT gdpr.set_controller('Koper NV', '0403.019.261', 'Markt 1, 8000 Brugge', 'BE', 'Privacy desk', 'privacy@koper.example', '+3250000000');
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true); -- fails: another controller
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- not provable
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'web_form', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'paper', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'double_opt_in', notice_shown => true); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	at => clock_timestamp() + interval '1 minute'); -- fails: future
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	valid_until => now() - interval '1 day'); -- fails: ends before it begins
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '2', 'newsletter', 'consent_form', 'in_person', 'pigeon', notice_shown => true); -- fails: channel
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS nothing_recorded FROM gdpr.consent_event WHERE subject = gdpr_internal.subject_number('consent_person', '2');

-- by phone: the script and its version, the recording announced before the answer
SELECT gdpr.give_consent_by_phone('consent_person', '3', 'newsletter', 'consent_script', NULL,
	clock_timestamp(), clock_timestamp(), clock_timestamp()); -- fails: which version was read
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '3', 'newsletter', 'consent_form', 'phone', notice_shown => true, notice_version => 2,
	recording_announced_at => clock_timestamp()); -- fails: a form is no script
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent_by_phone('consent_person', '3', 'newsletter', 'consent_script', 1, clock_timestamp(), NULL, clock_timestamp()); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT clock_timestamp() AS started, pg_sleep(0.02) \gset
SELECT clock_timestamp() AS announced, pg_sleep(0.02) \gset
SELECT clock_timestamp() AS answered \gset
SELECT gdpr.give_consent_by_phone('consent_person', '3', 'newsletter', 'consent_script', 1, :'started', :'answered', :'announced'); -- fails: answered first
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent_by_phone('consent_person', '3', 'newsletter', 'consent_script', 1, :'announced', :'started', :'answered'); -- fails: announced before the call
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent_by_phone('consent_person', '3', 'newsletter', 'consent_script', 1, :'started', :'announced', :'answered',
	channel => 'phone') IS NOT NULL AS given;
SELECT * FROM consent_state WHERE person = '3';
SELECT purpose, method FROM gdpr.consent_without_evidence WHERE subject = gdpr_internal.subject_number('consent_person', '3');

-- withdrawal: one call, every channel or one, again without error
SELECT gdpr.withdraw_consent('consent_person', '1', 'newsletter');
SELECT gdpr.withdraw_consent('consent_person', '1', 'newsletter');
SELECT gdpr.withdraw_consent('consent_person', '99', 'newsletter'); -- fails: nobody
SELECT gdpr.withdraw_consent('consent_person', '1', 'no_such_purpose'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM consent_state WHERE person = '1';
SELECT gdpr_internal.subject_number('consent_person', '99') IS NULL AS no_subject_made;
SELECT gdpr.give_consent('consent_person', '4', 'newsletter', 'consent_form', 'in_person', 'any', notice_shown => true) IS NOT NULL AS given;
SELECT gdpr.withdraw_consent('consent_person', '4', 'newsletter', 'sms');
SELECT gdpr.withdraw_consent('consent_person', '4', 'newsletter', 'sms');
SELECT * FROM consent_state WHERE person = '4';
SELECT gdpr.give_consent('consent_person', '4', 'newsletter', 'consent_form', 'in_person', 'sms', notice_shown => true) IS NOT NULL AS given;
SELECT * FROM consent_state WHERE person = '4';
SELECT gdpr.withdraw_consent('consent_person', '4', 'newsletter');
SELECT * FROM consent_state WHERE person = '4';

-- within one transaction the last word counts, though now() stands still
BEGIN;
SELECT gdpr.give_consent('consent_person', '5', 'newsletter', 'consent_form', 'in_person', notice_shown => true) IS NOT NULL AS given;
SELECT gdpr.withdraw_consent('consent_person', '5', 'newsletter');
SELECT gdpr.give_consent('consent_person', '5', 'newsletter', 'consent_form', 'in_person', notice_shown => true) IS NOT NULL AS given;
COMMIT;
SELECT * FROM consent_state WHERE person = '5';

-- renewal starts the time again; what is not valid cannot be renewed
SELECT gdpr.renew_consent('consent_person', '5', 'newsletter', 'consent_form', 'in_person', valid_until => now() + interval '30 days') IS NOT NULL AS renewed;
SELECT person, state FROM consent_state WHERE person = '5';
SELECT count(*) AS expiring FROM gdpr.expiring_consents() WHERE subject = gdpr_internal.subject_number('consent_person', '5');
SELECT gdpr.renew_consent('consent_person', '1', 'newsletter', 'consent_form', 'in_person', notice_shown => true); -- fails: withdrawn
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.renew_consent('consent_person', '99', 'newsletter', 'consent_form', 'in_person', notice_shown => true); -- fails: nobody
\echo :LAST_ERROR_SQLSTATE

-- refusal ends what was given, a request does not
SELECT gdpr.record_consent_state('consent_person', '5', 'newsletter', 'requested') IS NOT NULL AS recorded;
SELECT person, state FROM consent_state WHERE person = '5';
SELECT gdpr.refuse_consent('consent_person', '5', 'newsletter', notice => 'consent_form', method => 'web_form') IS NOT NULL AS recorded;
SELECT person, state FROM consent_state WHERE person = '5';
SELECT gdpr.record_consent_state('consent_person', '5', 'newsletter', 'given'); -- fails: not this way
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.record_consent_state('consent_person', '6', 'newsletter', 'invalidated', reason => 'the box was ticked beforehand') IS NOT NULL AS recorded;
SELECT person, state FROM consent_state WHERE person = '6';
SELECT gdpr.revoke_consent(gdpr.give_consent('consent_person', '7', 'newsletter', 'consent_form', 'in_person', notice_shown => true),
	'newsletter stopped') IS NOT NULL AS revoked;
SELECT person, state FROM consent_state WHERE person = '7';
SELECT gdpr.revoke_consent('00000000-0000-0000-0000-000000000000', 'no such consent'); -- fails
\echo :LAST_ERROR_SQLSTATE

-- expiry by time alone; the default is a dated row
SELECT gdpr.give_consent('consent_person', '8', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	valid_until => clock_timestamp() + interval '0.05 seconds') IS NOT NULL AS given;
SELECT pg_sleep(0.1);
SELECT person, state FROM consent_state WHERE person = '8';
BEGIN;
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('consent_validity', '6 months', current_date - 1, 'policy');
SELECT gdpr.give_consent('consent_person', '9', 'newsletter', 'consent_form', 'in_person', notice_shown => true) IS NOT NULL AS given;
SELECT c.until = c.since + interval '6 months' AS half_a_year FROM gdpr.consent_current c WHERE c.subject = gdpr_internal.subject_number('consent_person', '9');
ROLLBACK;

-- at any time in the past, whatever happened since
SELECT state, lead(event_time, 1, 'infinity') OVER (ORDER BY number) > event_time AS in_order,
	   (SELECT c.state FROM gdpr_internal.consents_at(e.subject, e.event_time) c) AS at_that_time
FROM gdpr.consent_event e WHERE subject = gdpr_internal.subject_number('consent_person', '1') ORDER BY number;
SELECT count(*) AS before_all FROM gdpr_internal.consents_at(gdpr_internal.subject_number('consent_person', '1'), now() - interval '1 year');

-- an older paper form recorded after a withdrawal is history, not a new start
SELECT event_time - interval '1 millisecond' AS earlier FROM gdpr.consent_event
WHERE subject = gdpr_internal.subject_number('consent_person', '1') AND state = 'withdrawn' \gset
SELECT gdpr.give_consent('consent_person', '1', 'newsletter', 'consent_form', 'in_person', notice_shown => true, at => :'earlier') IS NOT NULL AS recorded;
SELECT person, state FROM consent_state WHERE person = '1';

-- children: 13 in Belgium, 16 in the Netherlands, from the birthday on
SELECT gdpr.needs_guardian('2013-11-24', 'BE', '2026-11-23') AS day_before, gdpr.needs_guardian('2013-11-24', 'BE', '2026-11-24') AS birthday,
	   gdpr.needs_guardian('2013-11-24', 'NL', '2026-11-24') AS dutch, gdpr.needs_guardian('2012-02-29', 'BE', '2025-02-28') AS leap,
	   gdpr.needs_guardian('2012-02-29', 'BE', '2025-03-01') AS leap_over, gdpr.needs_guardian(NULL, 'BE') AS unknown;
SELECT country, age FROM gdpr.child_consent_age WHERE country <> '*' AND valid_from <= '2026-11-23' AND coalesce(valid_to > '2026-11-23', true) ORDER BY age, country;
SELECT gdpr.needs_guardian('2099-01-01', 'BE', '2026-11-23'); -- fails: not born
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.needs_guardian('2013-11-24', 'Belgium', '2026-11-23'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '10', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '13 years' + interval '1 day')::date); -- fails: no guardian
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '10', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '12 years')::date, guardian => 'mother', guardian_method => 'eID'); -- fails: not verified
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '10', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '12 years')::date, guardian => 'mother', guardian_method => 'eID',
	guardian_verified_at => clock_timestamp() + interval '1 hour'); -- fails: verified afterwards
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '10', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '14 years')::date, country => 'NL'); -- fails: Dutch
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.give_consent('consent_person', '10', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '12 years')::date, guardian => 'mother', guardian_method => 'eID',
	guardian_verified_at => now()) IS NOT NULL AS given;
SELECT gdpr.give_consent('consent_person', '11', 'newsletter', 'consent_form', 'in_person', notice_shown => true,
	born => (current_date - interval '13 years')::date) IS NOT NULL AS given;
SELECT s.key AS person, e.child, e.guardian IS NOT NULL AS guardian, e.guardian_method FROM gdpr.consent_event e JOIN gdpr.subject s ON s.number = e.subject
WHERE s.relation = 'consent_person'::regclass AND s.key IN ('10', '11') ORDER BY 1;
SELECT count(*) AS plaintext FROM gdpr.consent_event e WHERE row_to_json(e)::text ~ 'mother|6d6f74686572';

-- history is only ever added to
UPDATE gdpr.consent_event SET state = 'given'; -- fails
\echo :LAST_ERROR_SQLSTATE
DELETE FROM gdpr.consent_event; -- fails
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = error;
TRUNCATE gdpr.consent_event CASCADE; -- fails
\echo :LAST_ERROR_SQLSTATE
RESET client_min_messages;
SET session_replication_role = replica;
DELETE FROM gdpr.consent_event; -- fails
\echo :LAST_ERROR_SQLSTATE
RESET session_replication_role;
SELECT l.kind, l.detail ->> 'method' AS method, l.detail ? 'consent' AS names_consent FROM gdpr.ledger l
WHERE l.subject = gdpr_internal.subject_number('consent_person', '1') AND l.kind LIKE 'consent %' ORDER BY l.number;
