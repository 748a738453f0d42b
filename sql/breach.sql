-- Breaches: the clock of Art. 33(1), the states, the people, the forms, the letters, and a register that keeps all.
SET client_min_messages = warning;
CREATE DATABASE regress_breach;
\c regress_breach
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
SET datestyle = iso;
SET timezone = 'Europe/Brussels';
\set SHOW_CONTEXT never
CREATE ROLE regress_breach_dpo;
CREATE ROLE regress_breach_auditor;
CREATE ROLE regress_breach_job;
CREATE ROLE regress_breach_sales;
CREATE ROLE regress_breach_desk;
SELECT gdpr.grant_duty('dpo', 'regress_breach_dpo'), gdpr.grant_duty('auditor', 'regress_breach_auditor'), gdpr.grant_duty('job', 'regress_breach_job');
SELECT gdpr.set_controller('Voorbeeld & Zonen <BV>', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk', 'privacy@example.com', '+3292000000',
	dpo_contact => 'DPO, +32 9 200 00 01', authority => 'GBA/APD');
SELECT gdpr.grant_purpose(p, r::regrole) FROM unnest('{order_fulfilment,newsletter}'::text[]) p, unnest(ARRAY['regress_breach_sales', current_user]) r;
SELECT gdpr.define_purpose('care_record', 'Keep the medical record of a patient in care', 'contract', special_category => true, art9_condition => '9-2-h') > 0 AS defined;
SELECT gdpr.grant_purpose('care_record', current_user::regrole);
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text, amount numeric);
CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer REFERENCES customer, notes text);
INSERT INTO customer SELECT i, 'Name ' || i, 'c' || i || '@example.com' FROM generate_series(1, 20) i;
INSERT INTO orders SELECT i, (i + 1) / 2, 'Wetstraat ' || i || ', 1000 Brussel, BE', i FROM generate_series(1, 20) i;
INSERT INTO visit SELECT i, i, 'fever' FROM generate_series(4, 6) i;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"name":"pii_name","email":"pii_email"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.protect('visit', '{care_record}', owner => 'customer_id', columns => '{"notes":"pii_health"}');
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_breach_desk', 'masked');
GRANT SELECT ON customer, orders TO regress_breach_sales, regress_breach_desk;

-- 72 hours are hours: over both changes of the clock, whatever the zone of the session
SELECT aware, c.alarm_at, c.due_at, due = c.due_at AS due_ok, c.latest_at, latest = c.latest_at AS latest_ok, why
FROM (VALUES
	('2026-03-28 12:00+01'::timestamptz, '2026-03-31 13:00+02'::timestamptz, '2026-03-31 14:00+02'::timestamptz, 'summer time begins on Sunday'),
	('2026-10-23 12:00+02', '2026-10-26 11:00+01', '2026-10-28 00:00+01', 'winter time begins; Friday, so Monday is one working day: the end of Tuesday'),
	('2026-11-23 09:15+01', '2026-11-26 09:15+01', '2026-11-26 10:00+01', 'the hour of the event does not count'),
	('2026-11-20 17:30+01', '2026-11-23 17:30+01', '2026-11-25 00:00+01', 'Friday evening: Monday and Tuesday'),
	('2026-04-02 17:30+02', '2026-04-05 17:30+02', '2026-04-08 00:00+02', 'before Easter: Friday and Tuesday'),
	('2026-12-24 23:59+01', '2026-12-27 23:59+01', '2026-12-30 00:00+01', 'Christmas and the weekend')) v (aware, due, latest, why)
CROSS JOIN LATERAL gdpr.breach_clock(aware, 'BE', 'Europe/Brussels') c;
SELECT '2026-03-28 12:00+01'::timestamptz + interval '3 days' AS days_would_say;
SET timezone = 'Asia/Kathmandu';
SELECT c.due_at AT TIME ZONE 'Europe/Brussels' AS due, c.latest_at AT TIME ZONE 'Europe/Brussels' AS latest
FROM gdpr.breach_clock('2026-03-28 12:00+01', 'BE', 'Europe/Brussels') c;
SET timezone = 'Europe/Brussels';
SELECT gdpr.breach_clock('2026-03-28 12:00+01', 'BE', 'Europe/Atlantis');	-- fails
SELECT gdpr.set_setting('breach_deadline', '4 days', 'a mistake', '2099-01-01');	-- fails
SELECT gdpr.set_setting('breach_deadline', '96 hours', 'a wish', '2099-01-01');	-- fails
BEGIN;
SELECT gdpr.limit_setting('breach_deadline', 'if the proposal of November 2025 becomes law', maximum => '96 hours');
SELECT gdpr.set_setting('breach_deadline', '96 hours', 'if the proposal of November 2025 becomes law', '2099-01-01');
SELECT due_at FROM gdpr.breach_clock('2098-12-31 12:00+01', 'BE', 'Europe/Brussels') UNION ALL SELECT due_at FROM gdpr.breach_clock('2099-01-01 12:00+01', 'BE', 'Europe/Brussels');
ROLLBACK;

-- who has no duty has no register
SET ROLE regress_breach_sales;
SELECT gdpr.open_breach('mine', now(), now());	-- fails
SELECT * FROM gdpr.breach;	-- fails
SELECT * FROM gdpr.breach_overdue();	-- fails
RESET ROLE;

-- a suspicion, then certainty; wrong fields never echo what was said
SET ROLE regress_breach_dpo;
SELECT gdpr.open_breach('stolen password', now() + interval '1 day');	-- fails
SELECT gdpr.open_breach('stolen password', now() - interval '1 hour', now() - interval '2 hours');	-- fails
SELECT gdpr.open_breach(' ', now());	-- fails
SELECT gdpr.open_breach('stolen password', now(), nature => '{"cause": "Jan Peeters"}');	-- fails
SELECT gdpr.open_breach('stolen password', now(), nature => '{"types": []}');	-- fails
SELECT gdpr.open_breach('stolen password', now(), details => '{"gossip": {}}');	-- fails
-- so long ago that no weekend and no holiday can move the end of the legal period beyond today
SELECT gdpr.open_breach('stolen password', now() - interval '1010 hours', nature => '{"types": ["confidentiality"], "intent": "deliberate", "origin": "external", "cause": "phishing"}',
	details => '{"timeline": {"started_at": "2026-03-27T22:00:00+01:00", "ongoing": false}}', time_zone => 'Europe/Brussels') AS breach \gset
SELECT state, aware_at, due_at FROM gdpr.breach;
SELECT gdpr.assess_breach(:'breach', 'high');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial');	-- fails
SELECT gdpr.close_breach(:'breach', 'nothing');	-- fails
SELECT gdpr.confirm_breach(:'breach', now() - interval '1011 hours');	-- fails
SELECT gdpr.confirm_breach(:'breach', now() - interval '1000 hours') = now() - interval '1000 hours' + interval '72 hours' AS due;
SELECT gdpr.confirm_breach(:'breach');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial');	-- fails
SELECT gdpr.describe_breach(:'breach', 'persons', '{"number": {"approx": -1}}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'persons', '{"number": {"min": 20, "max": 10}}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'persons', '{"number": 20}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'measures', '{"taken_on": "2026-02-30"}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'timeline', '{"ended_at": "2026-03-28 12:00"}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'timeline', '{"aware_at": "2026-03-28T12:00:00Z"}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'cross_border', '{"per_country": {"Belgium": 4}}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'notification', '{"authority": "GBA"}');	-- fails
SELECT gdpr.describe_breach(:'breach', 'cross_border', '{"cross_border": false, "per_country": {"BE": 4, "NL": 1}}');
SELECT gdpr.describe_breach(:'breach', 'persons', '{"categories": ["customers"], "number": {"min": 3, "max": 20}, "vulnerable": false}');
SELECT gdpr.describe_breach(:'breach', 'persons', '{"number": null}');
SELECT persons, cross_border FROM gdpr.breach;
SELECT number, event, state, detail FROM gdpr.breach_event WHERE event = 'described' ORDER BY number;
RESET ROLE;
-- the clock cannot be set back, not even by a superuser in replica role
UPDATE gdpr.breach SET aware_at = now();	-- fails
SET session_replication_role = replica;
UPDATE gdpr.breach SET due_at = now();	-- fails
DELETE FROM gdpr.breach;	-- fails
RESET session_replication_role;
TRUNCATE gdpr.breach CASCADE;	-- fails

-- whom it concerns: those whose data the role saw in that window, and nobody else
SELECT clock_timestamp() AS t0, pg_sleep(0.02) \gset
SET gdpr.audit = 'sync';
SET gdpr.purpose = 'order_fulfilment';
SELECT count(gdpr.reveal(name)) FROM customer WHERE id = 12;	-- not by the role
SET ROLE regress_breach_sales;
SELECT count(gdpr.reveal(name)) FROM customer WHERE id IN (2, 3, 4);
SELECT count(gdpr.reveal(ship_to)) FROM orders WHERE customer_id = 5;
RESET ROLE;
SELECT clock_timestamp() AS t1, pg_sleep(0.02) \gset
SET ROLE regress_breach_sales;
SELECT count(gdpr.reveal(name)) FROM customer WHERE id = 9;	-- after the window
RESET ROLE;
SET ROLE regress_breach_desk;
SELECT gdpr.reveal(name) FROM customer WHERE id = 10;	-- no more than a mask
RESET ROLE;
RESET gdpr.audit;
DO $$
BEGIN
	FOR i IN 1 .. 300
	LOOP
		EXIT WHEN (SELECT count(*) FROM gdpr.ledger WHERE kind = 'read') >= 5;
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$;
SET ROLE regress_breach_dpo;
SELECT gdpr.add_breach_reads(:'breach', :'t1', :'t0');	-- fails
SELECT gdpr.add_breach_reads(:'breach', :'t0', :'t1', role => 'regress_breach_sales');
SELECT subject_table, subject_key FROM gdpr.breach_subjects(:'breach');
SELECT gdpr.add_breach_reads(:'breach', :'t0', :'t1', role => 'regress_breach_sales', purpose => 'newsletter') AS none,
	gdpr.add_breach_reads(:'breach', :'t0', :'t1', application => 'psql of somebody else') AS none;
SELECT gdpr.breach_counts(:'breach');
SELECT gdpr.drop_breach_scope(:'breach', 2, ' ');	-- fails
SELECT gdpr.drop_breach_scope(:'breach', 2, 'wrong purpose');
SELECT gdpr.drop_breach_scope(:'breach', 2, 'wrong purpose');	-- fails
SELECT number, source, dropped_at IS NOT NULL AS dropped, drop_reason FROM gdpr.breach_scope ORDER BY number;

-- revealed is not sealed: no exemption is proposed
SELECT gdpr.assess_breach(:'breach', 'grave');	-- fails
SELECT a ->> 'risk' AS risk, a -> 'notify_authority' AS notify, a -> 'tell_people' AS tell, a -> 'persons' AS persons, a -> 'proposed_exemption' AS exemption, a -> 'against_it' AS against
FROM gdpr.assess_breach(:'breach', 'high', false, '{"harms": ["loss_of_control", "identity_fraud"], "severity": "significant", "likelihood": "likely"}') a;
SELECT gdpr.close_breach(:'breach', 'nobody needs to know');	-- fails
SELECT what FROM gdpr.breach_overdue() ORDER BY what COLLATE "C";
-- near, and over, whatever the hour: a full hour ago 72 hours were over, and the hour of the event does not count
BEGIN;
SELECT gdpr.open_breach('early', now() - interval '47 hours', now() - interval '47 hours') IS NOT NULL AS early,
	gdpr.open_breach('near', now() - interval '49 hours', now() - interval '49 hours') IS NOT NULL AS near,
	gdpr.open_breach('over', date_trunc('hour', now()) - interval '72 hours', date_trunc('hour', now()) - interval '72 hours') IS NOT NULL AS over;
SELECT title, what FROM gdpr.breach_overdue() WHERE what LIKE 'the authority%' ORDER BY title COLLATE "C";
ROLLBACK;
RESET ROLE;
SET ROLE regress_breach_job;
SELECT gdpr.raise_breaches(), gdpr.raise_breaches() AS again;
RESET ROLE;

-- late: only with the reason; what was sent stays as it was
SET ROLE regress_breach_dpo;
SELECT gdpr.breach_form(:'breach') -> 'missing' AS missing;
SELECT gdpr.notify_breach(:'breach', 'initial');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial', delay_reason => ' ');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial', now() + interval '1 hour', 'weekend');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial', delay_reason => 'weekend', template => 'gba-be', language => 'en');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial', delay_reason => 'weekend', template => 'cnil');	-- fails
SELECT gdpr.notify_breach(:'breach', 'followup');	-- fails
SET client_min_messages = notice;
SELECT gdpr.notify_breach(:'breach', 'initial', delay_reason => 'the log had to be restored first', template => 'gba-be', language => 'nl', acknowledgement => 'GL-2026-00017');
SET client_min_messages = warning;
SELECT gdpr.notify_breach(:'breach', 'initial');	-- fails
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT gdpr.acknowledge_breach(:'breach', 1, 'another');	-- fails
SELECT gdpr.describe_breach(:'breach', 'nature', '{"description": "A password was phished & <script>alert(1)</script>"}');
SELECT gdpr.describe_breach(:'breach', 'measures', '{"taken": "The role was dropped", "mitigation": "All passwords were reset", "prevention": "Two factors"}');
SELECT gdpr.notify_breach(:'breach', 'followup', template => 'gba-be', language => 'fr');
SELECT gdpr.acknowledge_breach(:'breach', 2, 'GL-2026-00018');
SELECT number, phase, late, delay_reason, authority, language, form -> 'groups' -> 3 -> 'fields' -> 5 ->> 'value' AS described, jsonb_array_length(form -> 'missing') AS missing,
	form_sha256 = sha256(convert_to(form::text, 'UTF8')) AS hash_holds FROM gdpr.breach_notification ORDER BY number;
RESET ROLE;
UPDATE gdpr.breach_notification SET form = '{}' WHERE number = 1;	-- fails
DELETE FROM gdpr.breach_notification;	-- fails
SET session_replication_role = replica;
UPDATE gdpr.breach_notification SET delay_reason = 'on time';	-- fails
UPDATE gdpr.breach_scope SET subjects = '{}' WHERE number = 1;	-- fails
DELETE FROM gdpr.breach_event;	-- fails
RESET session_replication_role;
TRUNCATE gdpr.breach_notification CASCADE;	-- fails

-- the form, in four languages
SET ROLE regress_breach_dpo;
SELECT l AS language, f ->> 'draft' AS draft, (SELECT string_agg(g ->> 'label', ' | ' ORDER BY n) FROM jsonb_array_elements(f -> 'groups') WITH ORDINALITY a (g, n)) AS groups
FROM unnest('{nl,fr,de,en}'::text[]) l CROSS JOIN LATERAL gdpr.breach_form(:'breach', 'gba-be', l) f;
SELECT template, jsonb_array_length(f -> 'groups') AS groups, (SELECT count(*) FROM jsonb_array_elements(f -> 'groups') g CROSS JOIN jsonb_array_elements(g -> 'fields')) AS fields,
	f -> 'draft' AS draft, f -> 'missing' AS missing
FROM unnest('{art33,gba-be,edpb-2026-draft}'::text[]) template CROSS JOIN LATERAL gdpr.breach_form(:'breach', template) f;
SELECT f ->> 'key' AS key, f ->> 'label' AS label, f ->> 'text' AS text
FROM jsonb_array_elements(gdpr.breach_form(:'breach', 'gba-be', 'nl') -> 'groups') g CROSS JOIN jsonb_array_elements(g -> 'fields') f
WHERE f ->> 'text' IS NOT NULL AND f ->> 'key' NOT IN ('notification.submitted_at', 'timeline.detected_at', 'timeline.aware_at', 'timeline.due_at');
SELECT f ->> 'text' AS harms FROM unnest('{nl,fr,de,en}'::text[]) l CROSS JOIN jsonb_array_elements(gdpr.breach_form(:'breach', 'art33', l) -> 'groups') g CROSS JOIN jsonb_array_elements(g -> 'fields') f
WHERE f ->> 'key' = 'consequences.harms';
SELECT gdpr.breach_form(:'breach', 'art33', 'es');	-- fails
SELECT gdpr.breach_form('00000000-0000-0000-0000-000000000000');	-- fails
SELECT count(*) AS labels_missing FROM gdpr.breach_form_template t CROSS JOIN unnest(gdpr_internal.languages()) l
WHERE NOT EXISTS (SELECT FROM gdpr.word w WHERE w.domain = 'breach_field' AND w.key = t.source AND w.language = l);

-- the page: self-contained, everything escaped, missing first, a draft says so
SELECT l AS language, h LIKE '<!DOCTYPE html>%<html lang="' || l || '">%</html>%' AS page, h NOT LIKE '%<script%' AS no_script, h LIKE '%phished &amp; &lt;script&gt;alert(1)&lt;/script&gt;%' AS escaped,
	h LIKE '%Voorbeeld &amp; Zonen &lt;BV&gt;%' AS controller_escaped, h !~ '(src|href)=|https?://|@import|url\(' AS loads_nothing, h LIKE '%class="warning"%' AS draft, h LIKE '%class="missing"%' AS missing
FROM unnest('{nl,fr,de,en}'::text[]) l CROSS JOIN LATERAL gdpr.breach_form_html(:'breach', 'edpb-2026-draft', l) h;
SELECT gdpr.breach_html(form) LIKE '%Eerste melding%' AS as_sent, gdpr.breach_html(form) NOT LIKE '%phished%' AS not_as_now FROM gdpr.breach_notification WHERE number = 1;

-- a high risk is answered before the breach is closed
-- what is missing from the last notification is explained, each
SELECT gdpr.notify_breach(:'breach', 'final', language => 'fr', template => 'gba-be');	-- fails
SELECT gdpr.notify_breach(:'breach', 'final', language => 'fr', template => 'gba-be', answers => '{"nature.weather": "rain"}');	-- fails
SELECT jsonb_object_agg(m, 'not found out')::text AS answers FROM jsonb_array_elements_text(gdpr.breach_form(:'breach', 'gba-be', 'fr') -> 'missing') m \gset
SELECT gdpr.notify_breach(:'breach', 'final', language => 'fr', template => 'gba-be', answers => (SELECT jsonb_object_agg(k, CASE n WHEN 1 THEN ' ' ELSE 'not found out' END) FROM jsonb_object_keys(:'answers'::jsonb) WITH ORDINALITY u (k, n)));	-- fails
SELECT gdpr.notify_breach(:'breach', 'final', language => 'fr', template => 'gba-be', answers => :'answers');
SELECT form -> 'answers' = :'answers'::jsonb AS kept FROM gdpr.breach_notification WHERE breach = :'breach' AND phase = 'final';
SELECT gdpr.assess_breach(:'breach', 'low');	-- fails
SELECT gdpr.notify_breach(:'breach', 'followup');	-- fails
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT gdpr.write_breach_letter(:'breach', 'nl', 'Iemand heeft uw gegevens gezien.', ' ', 'Het wachtwoord is gewijzigd.', 'Let op valse berichten.');	-- fails
SELECT gdpr.write_breach_letter(:'breach', 'es', 'a', 'b', 'c', 'd');	-- fails
SELECT gdpr.breach_delivered(:'breach', 'customer', '2', 'nl', 'email');	-- fails
SELECT gdpr.write_breach_letter(:'breach', 'nl', 'Iemand heeft uw <b>gegevens</b> gezien.', 'Valse berichten & oplichting.', 'Het wachtwoord is gewijzigd.', 'Let op valse berichten.'),
	gdpr.write_breach_letter(:'breach', 'fr', 'Quelqu''un a vu vos données.', 'De faux messages.', 'Le mot de passe a été changé.', 'Méfiez-vous des faux messages.'),
	gdpr.write_breach_letter(:'breach', 'de', 'Jemand hat Ihre Daten gesehen.', 'Falsche Nachrichten.', 'Das Passwort wurde geändert.', 'Achten Sie auf falsche Nachrichten.'),
	gdpr.write_breach_letter(:'breach', 'en', 'Somebody saw your data.', 'False messages.', 'The password was changed.', 'Beware of false messages.');
\pset format unaligned
SELECT regexp_replace(gdpr.breach_letter_html(:'breach', 'nl'), '<style>.*</style>|<p>' || to_char(now() AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD'), '<p>today', 'g') AS breach_letter_html;
\pset format aligned
SELECT l AS language, gdpr.breach_letter_html(:'breach', l) LIKE '%DPO, +32 9 200 00 01%' AS names_contact FROM unnest('{nl,fr,de,en}'::text[]) l;
SELECT gdpr.breach_delivered(:'breach', 'customer', '9', 'nl', 'email');	-- fails
SELECT gdpr.breach_delivered(:'breach', 'customer', '2', 'nl', 'any');	-- fails
SELECT gdpr.breach_delivered(:'breach', 'customer', k, 'nl', 'email', 'sent') FROM unnest('{2,3,4}'::text[]) k;
SELECT gdpr.breach_delivered(:'breach', 'customer', '5', 'fr', 'email', 'failed');
SELECT subject_key, failed FROM gdpr.breach_letters_due(:'breach');
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT gdpr.breach_delivered(:'breach', 'customer', '5', 'fr', 'post', 'delivered');
SELECT f ->> 'key' AS key, f ->> 'text' AS text FROM jsonb_array_elements(gdpr.breach_form(:'breach', 'gba-be', 'de') -> 'groups') g CROSS JOIN jsonb_array_elements(g -> 'fields') f
WHERE g ->> 'group' = 'data_subjects' AND f ->> 'key' <> 'data_subjects.informed_at' AND f ->> 'text' IS NOT NULL;
SELECT gdpr.close_breach(:'breach');
SELECT gdpr.describe_breach(:'breach', 'persons', '{"children": true}');	-- fails
SELECT gdpr.add_breach_table(:'breach', 'customer');	-- fails
RESET ROLE;
UPDATE gdpr.breach SET title = 'nothing happened';	-- fails
DELETE FROM gdpr.breach_delivery;	-- fails

-- a copied table and a list: sealed, and the key safe; nobody is told, and it stays in the register
SET ROLE regress_breach_dpo;
SELECT gdpr.open_breach('lost backup', now() - interval '2 hours', now() - interval '1 hour', '{"types": ["confidentiality"], "cause": "loss"}') AS breach \gset
SELECT gdpr.add_breach_table(:'breach', 'pg_catalog.pg_class');	-- fails
SELECT gdpr.add_breach_table(:'breach', 'orders') AS orders, gdpr.add_breach_table(:'breach', 'visit') AS visit;
SELECT gdpr.add_breach_list(:'breach', 'customer', '{1,2,99}');	-- fails
SELECT gdpr.add_breach_list(:'breach', 'customer', '{1,2,20}') AS list;
SELECT jsonb_pretty(gdpr.breach_counts(:'breach'));
SELECT a -> 'notify_authority' AS notify, a -> 'tell_people' AS tell, a -> 'sealed' AS sealed, a ->> 'proposed_exemption' AS exemption, a -> 'against_it' AS against, a -> 'open_columns' AS open
FROM unnest(ARRAY[NULL, true, false]) k CROSS JOIN LATERAL gdpr.assess_breach(:'breach', 'none', k) a;
SELECT f ->> 'key' AS key, f ->> 'text' AS text FROM jsonb_array_elements(gdpr.breach_form(:'breach', 'art33', 'en') -> 'groups') g CROSS JOIN jsonb_array_elements(g -> 'fields') f
WHERE g ->> 'group' IN ('data', 'persons', 'protection') AND f ->> 'text' IS NOT NULL;
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT gdpr.close_breach(:'breach', 'sealed, and the key is elsewhere');
SELECT title, state, risk, not_notified FROM gdpr.breach ORDER BY opened_at;

-- exemptions need their justification, and (a) a safe key; a backup helps against loss
SELECT gdpr.open_breach('ransom', now() - interval '2 hours', now() - interval '1 hour', '{"types": ["availability"], "cause": "malware"}') AS breach \gset
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'sealed');	-- fails
SELECT gdpr.add_breach_list(:'breach', 'customer', '{7}');
SELECT a ->> 'proposed_exemption' AS exemption, a -> 'against_it' AS against FROM gdpr.assess_breach(:'breach', 'high', false) a;
SELECT gdpr.describe_breach(:'breach', 'protection', '{"backups": true}');
SELECT a ->> 'proposed_exemption' AS exemption FROM gdpr.assess_breach(:'breach', 'high', false) a;
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', ' ');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(d)', 'we would rather not');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(c)', 'too many');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'all values were sealed, the key is safe, a backup was restored');
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'again');	-- fails
SELECT gdpr.notify_breach(:'breach', 'initial');
SELECT gdpr.notify_breach(:'breach', 'final', answers => (SELECT jsonb_object_agg(m, 'unknown') FROM jsonb_array_elements_text(gdpr.breach_form(:'breach') -> 'missing') m));
SELECT late, form #>> '{groups,0,fields,0,text}' AS phase FROM gdpr.breach_notification WHERE breach = :'breach' ORDER BY number;
SELECT gdpr.close_breach(:'breach');
-- an exemption (a) does not outlive the key; a notification may be withdrawn
SELECT gdpr.open_breach('the key too', now() - interval '2 hours', now() - interval '1 hour', '{"types": ["confidentiality"]}') AS breach \gset
SELECT gdpr.assess_breach(:'breach', 'high', false) IS NOT NULL AS assessed;
-- what the register says against it is answered, each
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'the key is safe');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'the key is safe', answers => '{"no people were added to the breach: it is not known which data leaked": ""}');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'the key is safe', answers => '{"no people were added to the breach: it is not known which data leaked": " \t\n"}');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'the key is safe', answers => '{"we are sure": "yes"}');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'the key is safe', answers => '{"no people were added to the breach: it is not known which data leaked": "the disk held the sealed copies of the backup"}');
SELECT what FROM gdpr.breach_overdue() WHERE breach = :'breach';
-- and again when it says more
SELECT gdpr.describe_breach(:'breach', 'nature', '{"types": ["confidentiality", "integrity"]}');
SELECT what FROM gdpr.breach_overdue() WHERE breach = :'breach';
SELECT gdpr.exempt_breach(:'breach', '34(3)(a)', 'again', answers => jsonb_build_object('no people were added to the breach: it is not known which data leaked', 'as before', 'sealing does not help against loss or change, and no backup is on record', 'nothing was changed'));
SELECT ground, justification, answers FROM gdpr.breach_exemption WHERE breach = :'breach' ORDER BY at;
SELECT gdpr.exempt_breach(:'breach', '34(3)(b)', 'the disk was found');	-- fails
SELECT gdpr.assess_breach(:'breach', 'high', true) IS NOT NULL AS assessed;
SELECT gdpr.notify_breach(:'breach', 'initial'), gdpr.notify_breach(:'breach', 'withdrawn');
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT gdpr.exempt_breach(:'breach', '34(3)(c)', 'addresses unknown', 'notice in two newspapers');
SELECT gdpr.close_breach(:'breach');
-- who saw only masks saw nothing; children are known by their consents, and the erased stay counted, but get no letter
RESET ROLE;
INSERT INTO gdpr.consent_event (number, subject, purpose, channel, state, child, event_time)
SELECT nextval('gdpr.consent_event_number'), gdpr_internal.subject_number('customer', '11'), gdpr.purpose_number('newsletter'), 'any', 'refused', true, now();
SET ROLE regress_breach_dpo;
SELECT gdpr.open_breach('masks', now() - interval '2 hours', now() - interval '1 hour', '{"types": ["confidentiality"]}') AS breach \gset
SELECT gdpr.add_breach_reads(:'breach', :'t0', 'infinity', 'regress_breach_desk') AS masked;
SELECT gdpr.assess_breach(:'breach', 'low', false) ->> 'proposed_exemption' AS exemption;
SELECT gdpr.add_breach_list(:'breach', 'customer', '{11,20}', '{customer,visit}') AS list;
RESET ROLE;
SELECT gdpr.erase_subject('customer', '20', 'Art. 17(1)(a)') IS NOT NULL AS erased;
SET ROLE regress_breach_dpo;
SELECT c - '{classes,open_columns,records,sealed}'::text[] AS counts FROM gdpr.breach_counts(:'breach') c;
SELECT subject_table, subject_key FROM gdpr.breach_subjects(:'breach');
SELECT subject_key FROM gdpr.breach_letters_due(:'breach');
SELECT gdpr.close_breach(:'breach', 'low');	-- fails
SELECT count(*) AS in_the_register, count(*) FILTER (WHERE not_notified IS NOT NULL) AS not_notified FROM gdpr.breach;
RESET ROLE;

-- the auditor reads and does nothing; the ledger has every step and no text of it
SET ROLE regress_breach_auditor;
SELECT count(*) FROM gdpr.breach_notification;
SELECT gdpr.close_breach(:'breach');	-- fails
SELECT kind, count(*) FROM gdpr.ledger WHERE kind LIKE 'breach %' GROUP BY kind ORDER BY kind COLLATE "C";
SELECT count(*) AS texts_in_ledger FROM gdpr.ledger WHERE kind LIKE 'breach %' AND detail::text ~ 'password|phished|Voorbeeld|newspapers|gegevens';
RESET ROLE;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_breach;
DROP ROLE regress_breach_dpo, regress_breach_auditor, regress_breach_job, regress_breach_sales, regress_breach_desk;
