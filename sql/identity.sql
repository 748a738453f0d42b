-- Who is who: a person has one key, however it is spelled, and of the type of the table's own key.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA identity;
SET search_path = identity;
SET client_min_messages = warning;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
SELECT gdpr.draft_notice('identity', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') \g /dev/null
SELECT gdpr.publish_notice('identity') \g /dev/null
CREATE ROLE identity_app;
GRANT USAGE ON SCHEMA identity TO identity_app;
SELECT gdpr.grant_purpose('newsletter', 'identity_app'), gdpr.grant_purpose('order_fulfilment', 'identity_app') \g /dev/null
CREATE TABLE member (id uuid PRIMARY KEY, email text);
CREATE TABLE buyer (id integer PRIMARY KEY, email text);
CREATE TABLE flat (house integer, door text, name text, PRIMARY KEY (house, door));
CREATE TABLE coded (code char(6) PRIMARY KEY, name text);
CREATE TABLE priced (id numeric(10,2) PRIMARY KEY, name text);
CREATE TABLE plain (id numeric PRIMARY KEY, name text);
CREATE TABLE parcel (id integer PRIMARY KEY, buyer_id bigint REFERENCES buyer, code varchar(10), note text);
CREATE TABLE letter (id integer PRIMARY KEY, plain_id numeric REFERENCES plain, note text);
SELECT gdpr.declare_subject('member', 'id'), gdpr.declare_subject('buyer', 'id'), gdpr.declare_subject('flat', 'house', 'door'),
	gdpr.declare_subject('coded', 'code'), gdpr.declare_subject('priced', 'id'), gdpr.declare_subject('plain', 'id') \g /dev/null
SELECT gdpr.protect('member', '{order_fulfilment,newsletter}', columns => '{"email":"pii_email"}'),
	gdpr.protect('buyer', '{order_fulfilment,newsletter}', columns => '{"email":"pii_email"}'),
	gdpr.protect('flat', '{order_fulfilment,newsletter}', columns => '{"name":"pii_name"}'),
	gdpr.protect('coded', '{order_fulfilment,newsletter}', columns => '{"name":"pii_name"}'),
	gdpr.protect('priced', '{order_fulfilment,newsletter}', columns => '{"name":"pii_name"}'),
	gdpr.protect('plain', '{order_fulfilment,newsletter}', columns => '{"name":"pii_name"}'),
	gdpr.protect('letter', '{order_fulfilment}', owner => 'plain_id', columns => '{"note":"pii_text"}'),
	gdpr.protect('parcel', '{order_fulfilment}', owner => 'buyer_id', columns => '{"note":"pii_text"}') \g /dev/null
GRANT ALL ON ALL TABLES IN SCHEMA identity TO identity_app;
INSERT INTO member VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'm@identity.example');
INSERT INTO buyer VALUES (7, 'b@identity.example');
INSERT INTO flat VALUES (7, 'a b', 'An');
INSERT INTO coded VALUES ('ab', 'Bo');
INSERT INTO priced VALUES (7, 'Cy');
INSERT INTO plain VALUES (7.00, 'Di');
INSERT INTO parcel VALUES (1, 7, 'x', 'one');
INSERT INTO letter VALUES (1, 7, 'one'), (2, 7.000, 'two');
SELECT count(DISTINCT gdpr_subject) AS writes_to_one FROM letter;
-- one person, however spelled
CREATE FUNCTION consent(t regclass, k text) RETURNS boolean LANGUAGE sql AS
$$ SELECT gdpr.give_consent(t, k, 'newsletter', 'identity', 'web_form', evidence => 'form', evidence_mime => 'text/plain', notice_shown => true) IS NOT NULL $$;
SELECT t::text, k, consent(t, k), (SELECT count(*) FROM gdpr.subject s WHERE s.relation = t) AS people
FROM (VALUES ('member'::regclass, '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'), ('buyer', ' 007 '), ('flat', '(007,"a b")'), ('flat', '( 7 ,a b)'),
	('coded', 'ab'), ('coded', 'ab    '), ('priced', '7'), ('priced', '7.0'), ('plain', '7'), ('plain', '7.000')) v (t, k);
SET ROLE identity_app;
SELECT gdpr.may_process('member', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'newsletter'), gdpr.may_process('buyer', '+7', 'newsletter'),
	gdpr.may_process('coded', 'ab', 'newsletter'), gdpr.may_process('priced', '7', 'newsletter');
RESET ROLE;
SELECT gdpr.withdraw_consent('member', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'newsletter'), gdpr.withdraw_consent('priced', '7', 'newsletter');
SELECT gdpr.hold('coded', 'ab', 'claim') IS NOT NULL AS held, gdpr.restrict_subject('buyer', '07', 'unlawful') IS NOT NULL AS restricted;
-- what is no key is refused, and not repeated
\set VERBOSITY default
SELECT consent('buyer', 'jan@identity.example'); -- fails
\set VERBOSITY terse
SELECT consent('buyer', '99999999999'); -- fails
SELECT consent('buyer', ''); -- fails
SELECT consent('member', 'a0eebc99'); -- fails
SELECT consent('flat', '7'); -- fails
SELECT consent('flat', '(7,a,b)'); -- fails
SELECT consent('flat', '(7,)'); -- fails: a key has no NULL
SELECT consent('flat', '(x,a)'); -- fails
SELECT consent('coded', 'abcdefgh'); -- fails
SET ROLE identity_app;
SELECT gdpr.may_process('buyer', 'x', 'newsletter'); -- fails
RESET ROLE;
SELECT gdpr.erase_subject('buyer', 'x', 'Art. 17'); -- fails
SELECT gdpr.open_request('buyer', 'x', 'access', 'email'); -- fails
-- nobody is somebody else: what would look like success names an unknown person
SELECT gdpr.withdraw_consent('buyer', '8', 'newsletter'); -- fails
SELECT (SELECT count(*) FROM gdpr.subject WHERE relation = 'buyer'::regclass) AS buyers;
SELECT gdpr.erase_subject('priced', '7', 'Art. 17(1)(a)') -> 'exceptions' AS priced;
-- ---- a key that is used again is another person's ----
INSERT INTO buyer VALUES (12, 'old@identity.example');
SELECT consent('buyer', '12');
SELECT gdpr_subject AS old FROM buyer WHERE id = 12 \gset
DELETE FROM buyer WHERE id = 12;
INSERT INTO buyer VALUES (12, 'new@identity.example');
SET ROLE identity_app;
SELECT gdpr.may_process('buyer', '12', 'newsletter'), gdpr.may_process('buyer', '12', 'order_fulfilment');
RESET ROLE;
SELECT gdpr_subject <> :old AS another FROM buyer WHERE id = 12;
SELECT count(*) AS consents FROM gdpr.consent_event e JOIN buyer b ON b.gdpr_subject = e.subject WHERE b.id = 12;
-- a row that is back when the transaction ends is the same person's; so is one that was never gone
SELECT consent('buyer', '12');
SELECT gdpr_subject AS same FROM buyer WHERE id = 12 \gset
BEGIN;
DELETE FROM buyer WHERE id = 12;
INSERT INTO buyer VALUES (12, 'new@identity.example');
COMMIT;
BEGIN;
SAVEPOINT s;
DELETE FROM buyer WHERE id = 12;
ROLLBACK TO s;
COMMIT;
INSERT INTO buyer VALUES (12, 'new@identity.example') ON CONFLICT (id) DO UPDATE SET email = excluded.email;
UPDATE buyer SET id = 13 WHERE id = 12;
UPDATE buyer SET id = 12 WHERE id = 13;
SELECT gdpr_subject = :same AS same FROM buyer WHERE id = 12;
-- a consent before collection waits for its row
SELECT consent('buyer', '14');
INSERT INTO buyer VALUES (14, 'f@identity.example');
SET ROLE identity_app;
SELECT gdpr.may_process('buyer', '14', 'newsletter');
RESET ROLE;
-- rows of other tables that outlive the person's own keep it readable, until the last is gone
CREATE TABLE note (id integer PRIMARY KEY, buyer_id integer REFERENCES buyer ON DELETE SET NULL, body text);
SELECT gdpr.protect('note', '{order_fulfilment}', owner => 'buyer_id', columns => '{"body":"pii_text"}') \g /dev/null
INSERT INTO note VALUES (1, 14, 'remember');
SELECT gdpr_subject AS noted FROM note \gset
DELETE FROM buyer WHERE id = 14;
INSERT INTO buyer VALUES (14, 'g@identity.example');
SELECT n.gdpr_subject = :noted AS still, b.gdpr_subject <> :noted AS another FROM note n, buyer b WHERE b.id = 14;
CALL gdpr.run_retention();
SELECT wrapped_key IS NOT NULL AS key FROM gdpr.subject WHERE number = :noted;
DELETE FROM note;
CALL gdpr.run_retention();
SELECT wrapped_key IS NOT NULL AS key FROM gdpr.subject WHERE number = :noted;
-- TRUNCATE too
SELECT gdpr_subject AS old FROM member \gset
SELECT consent('member', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
TRUNCATE member;
INSERT INTO member VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'm@identity.example');
SELECT gdpr_subject <> :old AS another FROM member;
SELECT gdpr_subject AS old FROM member \gset
BEGIN;
CREATE TEMP TABLE kept AS SELECT * FROM member;
TRUNCATE member;
INSERT INTO member SELECT * FROM kept;
COMMIT;
SELECT gdpr_subject = :old AS same FROM member;
-- partitions: a row that moves is not gone
CREATE TABLE split (id integer PRIMARY KEY, email text) PARTITION BY RANGE (id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (100);
CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (100) TO (200);
SELECT gdpr.declare_subject('split', 'id'), gdpr.protect('split', '{order_fulfilment}', columns => '{"email":"pii_email"}') \g /dev/null
INSERT INTO split VALUES (1, 's@identity.example');
SELECT gdpr_subject AS old FROM split \gset
UPDATE split SET id = 101;
SELECT gdpr_subject = :old AS same FROM split;
DELETE FROM split;
INSERT INTO split VALUES (101, 's@identity.example');
SELECT gdpr_subject = :old AS same FROM split;
-- what is restored, sealed as it was, brings its person back; the same value under another key does not
CREATE TABLE dumped AS SELECT * FROM split;
TRUNCATE split;
\set VERBOSITY sqlstate
INSERT INTO split (id, email) SELECT 102, email FROM dumped;	-- fails
\set VERBOSITY default
INSERT INTO split SELECT * FROM dumped;
SELECT s.gdpr_subject = d.gdpr_subject AS same, (SELECT count(*) FROM gdpr.ended_identity e WHERE e.subject = s.gdpr_subject) AS ended
FROM split s, dumped d;
SELECT kind, count(*) FROM gdpr.ledger WHERE kind LIKE 'identit%' AND detail ->> 'table' ~ '^(identity\.)?(buyer|member|split)$' GROUP BY kind;
RESET client_min_messages;
SET client_min_messages = warning;
SELECT gdpr.release_hold(id) FROM gdpr.legal_hold WHERE ground = 'claim' AND ended_at IS NULL \g /dev/null
DROP SCHEMA identity CASCADE;
DROP ROLE identity_app;
