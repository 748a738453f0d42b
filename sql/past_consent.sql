-- What was before this database: notices of then, consents at their true time, and unsubscribes of consents that nobody recorded (Art. 7(1), 7(3)).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE past_consent_app;
CREATE SCHEMA past_consent;
GRANT USAGE ON SCHEMA past_consent TO past_consent_app;
SET search_path = past_consent;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
CREATE TABLE reader (id integer PRIMARY KEY, email gdpr.pii_email);
SELECT gdpr.declare_subject('reader', 'id'), gdpr.protect('reader', '{newsletter,order_fulfilment}'), gdpr.grant_purpose('newsletter', 'past_consent_app') \g /dev/null
INSERT INTO reader SELECT n, 'r' || n || '@past.example' FROM generate_series(1, 8) n;

-- ---- notices of then ----
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "Ja, stuur mij de nieuwsbrief"}}', '2019-01-01 00:00+00', '2021-01-01 00:00+00') AS version;
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "Ik wil de nieuwsbrief"}, "fr": {"body": "Je veux la lettre"}}', '2021-01-01 00:00+00', '2023-06-01 00:00+00') AS version;
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "?"}}', '2020-01-01', '2020-02-01');	-- fails: another was in force
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "?"}}', now() - interval '1 day', now() + interval '1 day');	-- fails: not past
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "?"}}', '2018-02-01', '2018-01-01');	-- fails
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "?"}}', '-infinity', '2018-01-01');	-- fails
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"title": "Nieuws"}}', '2018-01-01', '2018-02-01');	-- fails: it says nothing
SELECT gdpr.import_notice('past_form', 'leaflet', '{newsletter}', '{"nl": {"body": "?"}}', '2018-01-01', '2018-02-01');	-- fails
SELECT gdpr.import_notice('past_form', 'form', '{no_such_purpose}', '{"nl": {"body": "?"}}', '2018-01-01', '2018-02-01');	-- fails
SELECT version, published_at AT TIME ZONE 'UTC' AS "from", in_force_until AT TIME ZONE 'UTC' AS until, hash = sha256(convert_to(content::text, 'UTF8')) AS hash_of_content, gdpr.verify_notice(name, version), content -> 'imported' AS imported
FROM gdpr.notice WHERE name = 'past_form' ORDER BY 1;
UPDATE gdpr.notice SET texts = '{"nl": {"body": "!"}}' WHERE name = 'past_form';	-- fails
-- the notice of today goes on from there, whatever its number
SELECT gdpr.draft_notice('past_form', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') AS version;
SELECT gdpr.publish_notice('past_form') AS version;
SELECT gdpr.import_notice('past_form', 'form', '{newsletter}', '{"nl": {"body": "Nieuws?"}}', '2017-01-01 00:00+00', '2019-01-01 00:00+00') AS version;
SELECT t, (gdpr_internal.notice_in_force('past_form', NULL, t::timestamptz)).version FROM unnest('{2018-05-01,2020-05-01,2022-05-01,now}'::text[]) t;
SELECT (gdpr_internal.notice_in_force('past_form', NULL, '2024-01-01')).version;	-- fails: between the two
SELECT (gdpr_internal.notice_in_force('past_form', NULL, '2016-01-01')).version;	-- fails

-- ---- consents of then, at their time, with what there is to show ----
CREATE FUNCTION imported(key integer, at timestamptz, until timestamptz DEFAULT NULL, evidence bytea DEFAULT 'export of 2024, line 1', method text DEFAULT 'import') RETURNS uuid LANGUAGE sql AS
$$ SELECT gdpr.give_consent('reader', key::text, 'newsletter', 'past_form', method, at => at, valid_until => until, evidence => evidence, evidence_mime => CASE WHEN evidence IS NOT NULL THEN 'text/plain' END, notice_shown => true, language => 'nl') $$;
SELECT imported(1, '2022-03-04 10:00+00', 'infinity') IS NOT NULL AS one, imported(2, '2020-03-04 10:00+00') IS NOT NULL AS ended;
SELECT imported(3, '2022-03-04 10:00+00', evidence => NULL);	-- fails: no evidence
\echo :LAST_ERROR_SQLSTATE
SELECT imported(3, '2022-03-04 10:00+00', method => 'in_person');	-- fails: nobody consented to that notice here
\echo :LAST_ERROR_SQLSTATE
SELECT imported(3, '2024-03-04 10:00+00');	-- fails: no notice of then
\echo :LAST_ERROR_SQLSTATE
SELECT subject_key, notice_version, since AT TIME ZONE 'UTC' AS since, state FROM (SELECT s.key AS subject_key, c.* FROM gdpr.consent_current c JOIN gdpr.subject s ON s.number = c.subject WHERE s.relation = 'reader'::regclass) c ORDER BY 1;
SET ROLE past_consent_app;
SELECT subject_key FROM gdpr.mailable('newsletter', 'email') WHERE subject_table = 'past_consent.reader'::regclass;
SELECT gdpr.may_process('past_consent.reader', '2', 'newsletter', at => '2021-03-04') AS then, gdpr.may_process('past_consent.reader', '2', 'newsletter') AS now;
RESET ROLE;

-- ---- unsubscribes of then ----
RESET client_min_messages;
-- 3 unsubscribed in 2021, from a consent that nobody recorded
SELECT gdpr.withdraw_consent('reader', '3', 'newsletter', at => '2021-05-06 07:00+00', source => 'list of unsubscribes');
SELECT gdpr.withdraw_consent('reader', '3', 'newsletter') AS again;
SELECT gdpr.withdraw_consent('reader', '4', 'newsletter', 'email', at => '2021-05-06 07:00+00');
SELECT gdpr.withdraw_consent('reader', '4', 'newsletter', 'sms', at => '2021-05-06 08:00+00') AS of_another_channel, gdpr.withdraw_consent('reader', '4', 'newsletter', at => '2021-05-06 09:00+00') AS of_all;
SELECT s.key, e.channel, e.state, e.event_time AT TIME ZONE 'UTC' AS at, e.source FROM gdpr.consent_event e JOIN gdpr.subject s ON s.number = e.subject WHERE s.relation = 'reader'::regclass AND s.key IN ('3', '4') ORDER BY e.number;
-- a consent that is imported afterwards, and is older, does not bring them back
SELECT imported(3, '2020-03-04 10:00+00', 'infinity') IS NOT NULL AS imported;
SET ROLE past_consent_app;
SELECT gdpr.may_process('past_consent.reader', '3', 'newsletter', channel => 'email');
RESET ROLE;
-- a moment before the consent: that consent stands, and it is said
SELECT gdpr.withdraw_consent('reader', '1', 'newsletter', at => '2022-03-04 09:59+00') AS ended;
SELECT gdpr.withdraw_consent('reader', '1', 'newsletter', 'email', at => '2022-03-04 09:59:30+00') AS ended;
SET ROLE past_consent_app;
SELECT gdpr.may_process('past_consent.reader', '1', 'newsletter', channel => 'email');
RESET ROLE;
SELECT gdpr.withdraw_consent('reader', '1', 'newsletter') AS ended, gdpr.may_process('reader', '1', 'newsletter', channel => 'email');
-- a renewal stands against a withdrawal of before it, too
SELECT imported(5, '2022-03-04 10:00+00', 'infinity') IS NOT NULL AS given, imported(5, '2023-03-04 10:00+00', 'infinity') IS NOT NULL AS renewed;
SELECT gdpr.withdraw_consent('reader', '5', 'newsletter', at => '2022-06-01 00:00+00') AS ended;
SELECT state, count(*) FROM gdpr.consent_event e WHERE e.subject = gdpr_internal.subject_number('reader', '5') GROUP BY state ORDER BY state;
-- what does not rest on consent is not withdrawn in silence
SELECT gdpr.withdraw_consent('reader', '6', 'postal_marketing');	-- fails
\echo :LAST_ERROR_SQLSTATE
-- retention counts from the unsubscribe of then
SELECT gdpr_internal.consent_ended(gdpr_internal.subject_number('reader', '4'), gdpr.purpose_number('newsletter')) AT TIME ZONE 'UTC' AS ended;
SET client_min_messages = warning;
DROP SCHEMA past_consent CASCADE;
SELECT gdpr.revoke_purpose('newsletter', 'past_consent_app') \g /dev/null
RESET client_min_messages;
DROP ROLE past_consent_app;
