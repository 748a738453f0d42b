-- One decision: may_process() over a channel, mailable(), excluded() and explain_processing() never differ, and a DPO can read why.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE one_decision_app;
CREATE ROLE one_decision_dpo;
CREATE SCHEMA one_decision;
GRANT USAGE ON SCHEMA one_decision TO one_decision_app, one_decision_dpo;
SET search_path = one_decision;
SELECT gdpr.grant_duty('dpo', 'one_decision_dpo') \g /dev/null
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
SELECT gdpr.draft_notice('one_decision', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') \g /dev/null
SELECT gdpr.publish_notice('one_decision') \g /dev/null
CREATE DOMAIN mail AS gdpr.pii_email;
CREATE TABLE member (id integer PRIMARY KEY, email mail, phone gdpr.pii_phone, born gdpr.pii_birth_date);
CREATE TABLE contact (id integer PRIMARY KEY, member integer REFERENCES member, street gdpr.pii_address);
SELECT gdpr.declare_subject('member', 'id'), gdpr.protect('member', '{newsletter,postal_marketing,order_fulfilment}') \g /dev/null
SELECT gdpr.protect('contact', '{postal_marketing}', owner => 'member') \g /dev/null
SELECT gdpr.grant_purpose(p, 'one_decision_app') FROM unnest('{newsletter,postal_marketing,order_fulfilment}'::text[]) p \g /dev/null
GRANT SELECT ON member TO one_decision_app;
-- 64 people: eight histories of consent times eight circumstances
SELECT gdpr.suppress('email', 'm' || n || '@decision.example', 'email', 'one decision') FROM generate_series(0, 63) n WHERE n / 8 = 5 \g /dev/null
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO member SELECT n, 'm' || n || '@decision.example', '+324701234' || 10 + n, NULL FROM generate_series(0, 63) n WHERE n / 8 <> 4;
INSERT INTO member SELECT n, NULL, NULL, NULL FROM generate_series(0, 63) n WHERE n / 8 = 4;
INSERT INTO contact SELECT n, n, 'Kerkstraat ' || n || ', 9000 Gent' FROM generate_series(0, 63) n WHERE n % 3 > 0;
SELECT gdpr.suppress('phone', '+324701234' || 10 + n, reason => 'one decision') FROM generate_series(0, 63) n WHERE n / 8 = 6 \g /dev/null
CREATE FUNCTION consent(key integer, channel text DEFAULT 'any', until timestamptz DEFAULT NULL, born date DEFAULT NULL, guardian text DEFAULT NULL) RETURNS uuid LANGUAGE sql AS
$$ SELECT gdpr.give_consent('member', key::text, 'newsletter', 'one_decision', 'double_opt_in', channel => channel, notice_shown => true, double_opt_in_at => now(), valid_until => until,
	born => born, guardian => guardian, guardian_method => CASE WHEN guardian IS NOT NULL THEN 'identity card' END, guardian_verified_at => CASE WHEN guardian IS NOT NULL THEN now() END) $$;
SELECT CASE n % 8 WHEN 1 THEN consent(n) WHEN 2 THEN consent(n, 'email') WHEN 3 THEN consent(n) WHEN 4 THEN consent(n, until => clock_timestamp() + interval '100 ms') WHEN 5 THEN consent(n, 'sms') WHEN 6 THEN consent(n)
	WHEN 7 THEN consent(n, born => current_date - 3000, guardian => 'Ouder') END FROM generate_series(0, 63) n \g /dev/null
SELECT gdpr.withdraw_consent('member', n::text, 'newsletter') FROM generate_series(0, 63) n WHERE n % 8 = 3 \g /dev/null
SELECT gdpr.refuse_consent('member', n::text, 'newsletter', 'phone') FROM generate_series(0, 63) n WHERE n % 8 = 5 \g /dev/null
SELECT gdpr.object('member', n::text, 'newsletter', 'email') FROM generate_series(0, 63) n WHERE n / 8 = 1 \g /dev/null
SELECT gdpr.object('member', n::text, 'postal_marketing') FROM generate_series(0, 63) n WHERE n / 8 = 2 \g /dev/null
SELECT gdpr.restrict_subject('member', n::text, 'unlawful') FROM generate_series(0, 63) n WHERE n / 8 = 3 \g /dev/null
UPDATE member SET purposes = '{order_fulfilment}' WHERE id / 8 = 7;
-- a birth date that comes afterwards: the consent of a child alone never was one, that of a guardian stands
UPDATE member SET born = to_char(current_date - 3000, 'YYYY-MM-DD') WHERE id % 8 IN (6, 7);
UPDATE member SET born = '1980-02-03' WHERE id % 8 = 1;
SELECT pg_sleep(0.2) \g /dev/null
RESET gdpr.purpose;

-- ---- they agree, for every person, purpose and channel ----
SET ROLE one_decision_app;
CREATE TEMPORARY TABLE verdict AS
SELECT p.purpose, c.channel, n::text AS key, gdpr.may_process('member', n::text, p.purpose, channel => c.channel) AS may,
	(SELECT bool_and(e.passed) FROM gdpr.explain_processing('member', n::text, p.purpose, channel => c.channel) e) AS explained,
	CASE WHEN n % 7 = 0 THEN (SELECT bool_and(e.passed) FROM gdpr.explain_processing('member', n::text, p.purpose, clock_timestamp(), c.channel) e) END AS explained_then
FROM unnest('{newsletter,postal_marketing,order_fulfilment}'::text[]) p (purpose), unnest('{any,email,sms,post}'::gdpr.channel[]) c (channel), generate_series(0, 63) n;
SELECT count(*) AS asked, count(*) FILTER (WHERE may) > 50 AS some_may, count(*) FILTER (WHERE NOT may) > 50 AS some_may_not, count(*) FILTER (WHERE may IS DISTINCT FROM explained OR may <> explained_then) AS differ FROM verdict;
WITH asked AS MATERIALIZED (SELECT DISTINCT purpose, channel FROM verdict),
	mailable AS MATERIALIZED (SELECT a.*, m.subject_key AS key FROM asked a, gdpr.mailable(a.purpose, a.channel) m WHERE m.subject_table = 'member'::regclass),
	excluded AS MATERIALIZED (SELECT a.*, x.subject_key AS key FROM asked a, gdpr.excluded(a.purpose, a.channel) x WHERE x.subject_table = 'member'::regclass)
SELECT count(*) AS asked, count(*) FILTER (WHERE may IS DISTINCT FROM EXISTS (SELECT FROM mailable m WHERE (m.purpose, m.channel, m.key) = (v.purpose, v.channel, v.key))) AS differ,
	count(*) FILTER (WHERE may = EXISTS (SELECT FROM excluded x WHERE (x.purpose, x.channel, x.key) = (v.purpose, v.channel, v.key))) AS may_and_excluded FROM verdict v;
-- without a channel nothing about contact decides
SELECT p, count(*) FILTER (WHERE gdpr.may_process('member', n::text, p) IS DISTINCT FROM (SELECT bool_and(e.passed) FROM gdpr.explain_processing('member', n::text, p) e)) AS differ
FROM unnest('{newsletter,postal_marketing,order_fulfilment}'::text[]) p, generate_series(0, 63) n GROUP BY p ORDER BY p;
SELECT c.channel, x.reason, count(*) FROM unnest('{email,sms}'::gdpr.channel[]) c (channel), gdpr.excluded('newsletter', c.channel) x WHERE x.subject_table = 'member'::regclass GROUP BY 1, 2 ORDER BY 1, 2;
SELECT x.reason, count(*) FROM gdpr.excluded('postal_marketing', 'post') x WHERE x.subject_table = 'member'::regclass GROUP BY 1 ORDER BY 1;

-- ---- what it says ----
CREATE FUNCTION pg_temp.why(key integer, purpose text, channel gdpr.channel, OUT step integer, OUT test text, OUT passed boolean, OUT detail text) RETURNS SETOF record LANGUAGE sql AS
$$ SELECT e.step, e.test, e.passed, regexp_replace(regexp_replace(e.detail, '[0-9a-f-]{36}', '<event>'), '\d{4}-\d\d-\d\d \d\d:\d\d', '<time>', 'g') FROM gdpr.explain_processing('one_decision.member', key::text, purpose, channel => channel) e $$;
SELECT * FROM pg_temp.why(41, 'newsletter', 'email');
SELECT * FROM pg_temp.why(6, 'newsletter', 'email') WHERE step IN (4, 9, 10);
SELECT * FROM pg_temp.why(7, 'newsletter', 'sms') WHERE step >= 9;
SELECT * FROM pg_temp.why(33, 'newsletter', 'email') WHERE passed IS NOT TRUE;
SELECT * FROM pg_temp.why(16, 'postal_marketing', 'post') WHERE passed IS NOT TRUE;
SELECT * FROM pg_temp.why(24, 'postal_marketing', NULL) WHERE passed IS NOT TRUE;
SELECT * FROM pg_temp.why(57, 'newsletter', 'email') WHERE passed IS NOT TRUE;
-- a role without the purpose learns nothing; a data protection officer everything but that it may not do it itself
SELECT * FROM pg_temp.why(41, 'billing', 'email');
RESET ROLE;
SET ROLE one_decision_dpo;
SELECT step, test, passed, regexp_replace(regexp_replace(detail, '[0-9a-f-]{36}', '<event>'), '\d{4}-\d\d-\d\d \d\d:\d\d', '<time>', 'g') AS detail FROM gdpr.explain_processing('one_decision.member', '41', 'newsletter', channel => 'email');
SELECT gdpr.may_process('one_decision.member', '1', 'newsletter', channel => 'email');
RESET ROLE;
-- a person who was erased
SELECT count(*) AS erased FROM gdpr.erase_subject('member', '1', 'Art. 17(1)(b)', suppress => false);
SET ROLE one_decision_app;
SELECT gdpr.may_process('member', '1', 'newsletter', channel => 'email'), (SELECT bool_and(passed) FROM gdpr.explain_processing('member', '1', 'newsletter', channel => 'email'));
RESET ROLE;
DROP TABLE verdict;
DELETE FROM gdpr.suppression WHERE reason = 'one decision';
DROP SCHEMA one_decision CASCADE;
SELECT gdpr.revoke_purpose(p, 'one_decision_app') FROM unnest('{newsletter,postal_marketing,order_fulfilment}'::text[]) p \g /dev/null
RESET client_min_messages;
DROP OWNED BY one_decision_app, one_decision_dpo;
DROP ROLE one_decision_app, one_decision_dpo;
