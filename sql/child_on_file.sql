-- A child whose birth date is on file does not consent alone, whatever the caller says (Art. 8).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE child_on_file_app;
CREATE SCHEMA child_on_file;
GRANT USAGE ON SCHEMA child_on_file TO child_on_file_app;
SET search_path = child_on_file;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
SELECT gdpr.draft_notice('child_on_file', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') \g /dev/null
SELECT gdpr.publish_notice('child_on_file') \g /dev/null
CREATE TABLE member (id integer PRIMARY KEY, email text, born text);
CREATE TABLE flat (house integer, door integer, born text, PRIMARY KEY (house, door));
SELECT gdpr.declare_subject('member', 'id'), gdpr.protect('member', '{newsletter,order_fulfilment}', columns => '{"email":"pii_email","born":"pii_birth_date"}'),
	gdpr.declare_subject('flat', 'house', 'door'), gdpr.protect('flat', '{order_fulfilment}', columns => '{"born":"pii_birth_date"}') \g /dev/null
INSERT INTO member SELECT n, 'm' || n || '@child.example', v FROM unnest(ARRAY[to_char(current_date - 3000, 'YYYY-MM-DD'), to_char(current_date, 'YYYY') || '-01', (extract(year FROM current_date) - 12)::text,
	(extract(year FROM current_date) - 14)::text, '1980-01-01', NULL]) WITH ORDINALITY u (v, n);
INSERT INTO flat VALUES (1, 2, to_char(current_date - 3000, 'YYYY-MM-DD'));
RESET client_min_messages;
CREATE FUNCTION consent(t regclass, key text, born date DEFAULT NULL, guardian text DEFAULT NULL) RETURNS boolean LANGUAGE sql AS
$$ SELECT gdpr.give_consent(t, key, 'newsletter', 'child_on_file', 'double_opt_in', notice_shown => true, double_opt_in_at => now(), born => born, guardian => guardian,
	guardian_method => CASE WHEN guardian IS NOT NULL THEN 'call' END, guardian_verified_at => CASE WHEN guardian IS NOT NULL THEN now() END) IS NOT NULL $$;
SELECT consent('member', '1'); -- fails
SELECT consent('member', '1', '1980-01-01'); -- fails
SELECT consent('member', '2'); -- fails: this year
SELECT consent('member', '3'); -- fails: of the year, the last day that it can be
SELECT consent('member', '4');
SELECT consent('member', '5');
SELECT consent('member', '5', current_date - 3000); -- fails
SELECT consent('member', '6');
SELECT consent('flat', '(1,2)'); -- fails
SELECT consent('member', '7');
SELECT consent('member', '1', guardian => 'An Peeters');
SELECT s.key, e.child FROM gdpr.consent_event e JOIN gdpr.subject s ON s.number = e.subject WHERE s.relation = 'member'::regclass ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA child_on_file CASCADE;
RESET client_min_messages;
DROP ROLE child_on_file_app;
