-- An objection to direct marketing ends by the person's own, younger, evidenced consent; who records another hears what stands (Art. 21).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE objection_ends_app;
CREATE SCHEMA objection_ends;
GRANT USAGE ON SCHEMA objection_ends TO objection_ends_app;
SET search_path = objection_ends;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
SELECT gdpr.draft_notice('objection_ends', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') \g /dev/null
SELECT gdpr.publish_notice('objection_ends') \g /dev/null
CREATE TABLE member (id integer PRIMARY KEY, email text);
SELECT gdpr.declare_subject('member', 'id'), gdpr.protect('member', '{newsletter,order_fulfilment}', columns => '{"email":"pii_email"}'), gdpr.grant_purpose('newsletter', 'objection_ends_app') \g /dev/null
GRANT ALL ON member TO objection_ends_app;
INSERT INTO member SELECT n, 'm' || n || '@objection.example' FROM generate_series(1, 9) n;
CREATE FUNCTION consent(key integer, method text, channel text DEFAULT 'any', evidence bytea DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS uuid LANGUAGE sql AS
$$ SELECT gdpr.give_consent('member', key::text, 'newsletter', 'objection_ends', method, channel => channel, notice_shown => true, at => at, evidence => evidence,
	evidence_mime => CASE WHEN evidence IS NOT NULL THEN 'text/plain' END, double_opt_in_at => CASE method WHEN 'double_opt_in' THEN coalesce(at, now()) END) $$;
CREATE FUNCTION mailable(channel gdpr.channel) RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(m.subject_key ORDER BY m.subject_key) FROM gdpr.mailable('newsletter', channel) m WHERE m.subject_table = 'objection_ends.member'::regclass $$;
GRANT EXECUTE ON FUNCTION mailable TO objection_ends_app;
SELECT now() AS before \gset
SELECT pg_sleep(0.01) \g /dev/null
SELECT bool_and(gdpr.object('member', n::text, 'newsletter', CASE n WHEN 6 THEN 'email' ELSE 'any' END::gdpr.channel) IS NOT NULL) AS objected FROM generate_series(1, 8) n;
RESET client_min_messages;
-- 1 by the link in a mail, 2 by a form, 3 what somebody else says, 4 without evidence, 5 an older one, 6 of another channel, 7 for one channel, 8 evidence afterwards
SELECT consent(1, 'double_opt_in') IS NOT NULL AS given;
SELECT consent(2, 'web_form', evidence => 'form') IS NOT NULL AS given;
SELECT consent(3, 'import', evidence => 'list') IS NOT NULL AS given;
SELECT consent(4, 'in_person') IS NOT NULL AS given;
SELECT consent(5, 'double_opt_in', at => :'before') IS NOT NULL AS given;
SELECT consent(6, 'double_opt_in', 'sms') IS NOT NULL AS given;
SELECT consent(7, 'double_opt_in', 'email') IS NOT NULL AS given;
SELECT consent(8, 'in_person') AS consent \gset
SET ROLE objection_ends_app;
SELECT mailable('email') AS email, mailable('sms') AS sms;
RESET ROLE;
SELECT gdpr.attach_evidence(:'consent', 'form_snapshot', 'text/plain', 'signed') IS NOT NULL AS evidence;
SET ROLE objection_ends_app;
SELECT mailable('email') AS email, mailable('sms') AS sms;
SELECT gdpr.may_process('member', '7', 'newsletter', channel => 'email'), gdpr.may_process('member', '7', 'newsletter', channel => 'post');
RESET ROLE;
-- it can be raised again
SELECT gdpr.object('member', '1', 'newsletter') IS NOT NULL AS objected;
SET ROLE objection_ends_app;
SELECT gdpr.may_process('member', '1', 'newsletter', channel => 'email');
RESET ROLE;
SELECT gdpr.restrict_subject('member', '9', 'unlawful') IS NOT NULL AS restricted;
SELECT consent(9, 'double_opt_in') IS NOT NULL AS given;
SELECT count(*) AS recorded FROM gdpr.ledger l WHERE l.kind = 'objection taken back' AND l.subject IN (SELECT gdpr_subject FROM member);
SET client_min_messages = warning;
DROP SCHEMA objection_ends CASCADE;
RESET client_min_messages;
DROP ROLE objection_ends_app;
