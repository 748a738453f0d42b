-- Where personal data may go: the ladder of Chapter V, its dated rows, and the disclosures that ask it.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_transfers;
\c regress_transfers
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_transfers_dpo;
CREATE ROLE regress_transfers_app;
SELECT gdpr.grant_duty('dpo', 'regress_transfers_dpo'), gdpr.grant_duty('app', 'regress_transfers_app');
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
CREATE TABLE customer (id integer PRIMARY KEY, email text);
INSERT INTO customer VALUES (1, 'an@example.com'), (2, 'bo@example.com');
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email"}');

-- ---- countries on a day ----
SELECT c.country, gdpr.transfer_allowed(c.country, at => '2026-11-30') AS allowed
FROM unnest('{BE,IS,RE,MQ,AX,CH,FO,GB,NZ,BR,US,JP,CA,NC,GL,AW,SJ,CN,ZZ}'::text[]) c (country);
SELECT d.country, d.day, gdpr.transfer_allowed(d.country, at => d.day) AS allowed
FROM (VALUES ('GB', '2019-06-01'::date), ('GB', '2020-06-01'), ('GB', '2021-06-27'), ('GB', '2021-06-28'), ('GB', '2031-12-27'),
	('GB', '2031-12-28'), ('GB', '2032-01-01'), ('BR', '2026-01-25'), ('BR', '2026-01-26'), ('US', '2026-01-26')) d (country, day);
SELECT gdpr.transfer_allowed('Belgium');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.transfer_allowed(NULL);	-- fails
SELECT gdpr.transfer_allowed('BE', subject_table => 'customer');	-- fails

-- ---- recipients, certificates, safeguards ----
SET ROLE regress_transfers_dpo;
SELECT gdpr.register_recipient('Mail Inc', 'processor', 'us', NULL);	-- fails: nobody answers for it
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.register_recipient('Mail Inc', 'processor', 'us', 'head of marketing', contact => 'privacy@mail.example');
SELECT gdpr.register_recipient('Hosting Inc', 'sub_processor', 'US', 'head of marketing');	-- fails: of whom
SELECT gdpr.register_recipient('Hosting Inc', 'sub_processor', 'US', 'head of marketing', called_in_by => 'Mail Inc');
SELECT gdpr.register_recipient('Ministry', 'authority', 'CA', 'head of legal'), gdpr.register_recipient('Courier Ltd', 'processor', 'CA', 'head of sales');
SELECT gdpr.register_recipient('Patent Office', 'authority', 'DE', 'head of legal', organisation => 'EPO');
SELECT gdpr.register_recipient('Court', 'authority', 'DE', 'head of legal', organisation => 'XYZ');
SELECT gdpr.register_recipient('Carrier NV', 'processor', 'BE', 'head of sales', contact => 'privacy@carrier.example');
SELECT gdpr.register_recipient('Nobody', 'friend', 'BE', 'head of sales');	-- fails
SELECT name, kind, country, sector, organisation, called_in_by FROM gdpr.recipient ORDER BY name COLLATE "C";
SELECT r.name, gdpr.transfer_allowed(r.country, r.name, at => '2026-11-30') AS allowed FROM gdpr.recipient r ORDER BY r.name COLLATE "C";

SELECT gdpr.add_safeguard('Mail Inc', 'certificate', '2026-01-10', '2027-01-10', sha256('listed')) AS certificate \gset
SELECT d.day, gdpr.transfer_allowed('US', 'Mail Inc', at => d.day) AS mail, gdpr.transfer_allowed('US', 'Hosting Inc', at => d.day) AS hosting
FROM (VALUES ('2026-01-09'::date), ('2026-01-10'), ('2027-01-09'), ('2027-01-10')) d (day);
SELECT gdpr.end_safeguard(:'certificate', ' ');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.end_safeguard(:'certificate', 'struck off the list', '2026-11-01');
SELECT gdpr.transfer_allowed('US', 'Mail Inc', at => '2026-10-31') AS before, gdpr.transfer_allowed('US', 'Mail Inc', at => '2026-11-01') AS after;

SELECT gdpr.add_safeguard('Mail Inc', 'scc', '2026-02-01', '2027-02-01', sha256('signed'), module => 2);	-- fails: nobody assessed the law there
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_safeguard('Mail Inc', 'scc', '2026-02-01', '2027-02-01', 'signed', sha256('assessed'), '2026-03-01', module => 2);	-- fails: no hash
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_safeguard('Mail Inc', 'scc', '2026-02-01', '2027-02-01', sha256('signed'), sha256('assessed'), '2026-03-01');	-- fails: which module
SELECT gdpr.add_safeguard('Mail Inc', 'promise', '2026-02-01', '2027-02-01', sha256('signed'));	-- fails
SELECT gdpr.add_safeguard('Unknown Inc', 'scc', '2026-02-01', '2027-02-01', sha256('signed'), sha256('assessed'), '2026-03-01', module => 2);	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_safeguard('Mail Inc', 'scc', '2026-02-01', '2027-02-01', sha256('signed'), sha256('assessed'), '2026-03-01', module => 2, countries => '{us,in}') AS clauses \gset
SELECT d.day, gdpr.transfer_allowed('US', 'Mail Inc', at => d.day) AS us, gdpr.transfer_allowed('IN', 'Mail Inc', at => d.day) AS india,
	gdpr.transfer_allowed('CN', 'Mail Inc', at => d.day) AS china
FROM (VALUES ('2026-02-28'::date), ('2026-03-01'), ('2027-01-31'), ('2027-02-01')) d (day);
SELECT step, test, passed, detail FROM gdpr.explain_transfer('US', 'Mail Inc', at => '2026-12-01');
DELETE FROM gdpr.safeguard;	-- fails
RESET ROLE;

-- ---- the law is recorded, never changed ----
UPDATE gdpr.adequacy SET valid_to = NULL;	-- fails
DELETE FROM gdpr.eea_country;	-- fails
SET ROLE regress_transfers_dpo;
SELECT gdpr.record_adequacy('US', '(EU) 2023/1795', source => ' ', valid_to => '2026-12-15');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.record_adequacy('GB', '(EU) 2021/1772', source => 'a judgment', valid_to => '2027-03-01');
SELECT gdpr.transfer_allowed('GB', at => '2027-02-28') AS before, gdpr.transfer_allowed('GB', at => '2027-03-01') AS after;
SELECT gdpr.record_adequacy('XK', 'a draft', source => 'a newspaper');	-- fails: since when
SELECT gdpr.record_adequacy('XK', '(EU) 2027/1', source => 'the Official Journal', valid_from => '2027-01-01', recipients => 'private');
SELECT gdpr.transfer_allowed('XK', at => '2026-12-31') AS before, gdpr.transfer_allowed('XK', at => '2027-01-01') AS to_anybody;
-- what nobody compared with its source is no ground, until somebody does
RESET ROLE;
INSERT INTO gdpr.adequacy (party, decision, valid_from, recipients, source) VALUES ('KE', '(EU) 2026/999', '2026-01-01', 'all', 'hearsay');
INSERT INTO gdpr.eea_country (country, inside, valid_from, source) VALUES ('ME', true, '2026-01-01', 'hearsay');
SELECT country, passed, detail FROM unnest('{KE,ME,SJ}'::text[]) country CROSS JOIN LATERAL gdpr.explain_transfer(country, at => '2026-12-01') WHERE step <= 2;
SET ROLE regress_transfers_dpo;
SELECT gdpr.record_adequacy('KE', '(EU) 2026/999', source => 'the Official Journal'), gdpr.record_eea_country('ME', true, source => 'the treaty');
SELECT gdpr.transfer_allowed('KE', at => '2026-12-01') AS ke, gdpr.transfer_allowed('ME', at => '2026-12-01') AS me;
RESET ROLE;
-- a controller in a state to which a decision does not apply yet
SELECT gdpr.set_controller('Shop', '1', 'Street 1', 'NO', 'Pat', 'pat@shop.example', '+3222345678');
SELECT passed, detail FROM gdpr.explain_transfer('BR', at => '2026-12-01') WHERE step = 2;
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');

-- ---- the consent of a person opens it for that person only ----
SELECT gdpr.define_purpose('transfer_india', 'Sending the address on an order to a packing company in India, which packs and labels the parcel', 'consent') IS NOT NULL AS defined;
SET ROLE regress_transfers_dpo;
SELECT gdpr.declare_transfer_consent('order_fulfilment', 'IN');	-- fails: no consent
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.register_recipient('Packer Ltd', 'controller', 'IN', 'head of sales');
SELECT gdpr.declare_transfer_consent('transfer_india', 'IN', 'Packer Ltd', 'order_fulfilment');
RESET ROLE;
CREATE FUNCTION notice(name text, countries text[]) RETURNS integer LANGUAGE sql AS $$
	SELECT gdpr.draft_notice(name, 'written', '{transfer_india}', (SELECT jsonb_build_object('en', jsonb_object_agg(item, 'text')) FROM gdpr.notice_item),
		data_categories => '{pd:EmailAddress}', storage_countries => countries, retention_period => '2 years', withdrawal_at => 'https://shop.example/stop');
	SELECT gdpr.publish_notice(name)
$$;
SELECT notice('risks', '{BE,IN}'), notice('silent', '{BE}');
CREATE FUNCTION consent(customer text, notice text, explicit boolean) RETURNS boolean LANGUAGE sql AS $$
	SELECT gdpr.give_consent('customer', customer, 'transfer_india', notice, 'double_opt_in', notice_shown => true, language => 'en',
		double_opt_in_at => clock_timestamp(), explicit => explicit) IS NOT NULL
$$;
CREATE FUNCTION india(customer text) RETURNS TABLE (allowed boolean, why text) LANGUAGE sql AS $$
	SELECT passed, regexp_replace(detail, '[0-9a-f]{8}-[0-9a-f-]+', 'ID') FROM gdpr.explain_transfer('IN', 'Packer Ltd', 'order_fulfilment', 'customer', customer)
	WHERE step = 4
$$;
SELECT consent('1', 'risks', false);
SELECT * FROM india('1');
SELECT consent('1', 'silent', true);
SELECT * FROM india('1');
SELECT consent('1', 'risks', true);
SELECT * FROM india('1') UNION ALL SELECT * FROM india('2');
SELECT gdpr.transfer_allowed('IN', 'Packer Ltd', 'billing', 'customer', '1') AS other_purpose, gdpr.transfer_allowed('IN', 'Mail Inc', 'order_fulfilment', 'customer', '1', at => '2026-12-01') AS by_its_clauses,
	gdpr.transfer_allowed('IN', 'Carrier NV', 'order_fulfilment', 'customer', '1') AS other_recipient;

-- ---- every disclosure asks ----
SELECT gdpr.add_contract(r, ARRAY(SELECT clause FROM gdpr.processor_clause), sha256('signed'), 'head of sales', '2026-01-01') IS NOT NULL AS contract
FROM unnest('{Mail Inc,Carrier NV}'::text[]) r;
SET ROLE regress_transfers_app;
SELECT gdpr.disclose('customer', '1', 'Unknown NV', 'order_fulfilment', '{pd:Name}');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.disclose('customer', '2', 'Packer Ltd', 'order_fulfilment', '{pd:Name}');	-- fails: Bo did not agree
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.disclose('customer', '1', 'Packer Ltd', 'order_fulfilment', '{pd:Name}') IS NOT NULL AS to_packer;
SELECT gdpr.disclose('customer', '2', 'Carrier NV', 'order_fulfilment', '{pd:Name}', country => 'cn');	-- fails: not where it sends them on
SELECT gdpr.disclose('customer', '2', 'Carrier NV', 'order_fulfilment', '{pd:Name}') IS NOT NULL AS to_carrier;
SELECT gdpr.disclose('customer', '2', 'Mail Inc', 'order_fulfilment', '{pd:Name}', at => '2026-04-01') IS NOT NULL AS to_mail;
RESET ROLE;
SELECT recipient, contact, country, regexp_replace(safeguard, '[0-9a-f]{8}-[0-9a-f-]+', 'ID') AS safeguard FROM gdpr.disclosure ORDER BY recipient;
SELECT gdpr.withdraw_consent('customer', '1', 'transfer_india');
SELECT gdpr.disclose('customer', '1', 'Packer Ltd', 'order_fulfilment', '{pd:Name}');	-- fails from now on
SELECT gdpr.end_recipient('Carrier NV', 'contract ended');
SELECT gdpr.disclose('customer', '2', 'Carrier NV', 'order_fulfilment', '{pd:Name}');	-- fails
SELECT gdpr.end_recipient('Carrier NV', 'again');	-- fails

-- ---- the strict rule is for storing, and for all who want it ----
SELECT c.country, gdpr.transfer_allowed(c.country, storing => true) AS stored, gdpr.transfer_allowed(c.country) AS sent FROM unnest('{BE,CH,US}'::text[]) c (country);
SELECT gdpr.set_setting('transfer_rule', 'eea_or_consent', 'our own rule', '2098-01-01'), gdpr.set_setting('storage_rule', 'chapter_v', 'our lawyers', '2098-01-01');
SELECT c.country, gdpr.transfer_allowed(c.country, at => '2098-01-01', storing => true) AS stored, gdpr.transfer_allowed(c.country, at => '2098-01-01') AS sent
FROM unnest('{BE,CH,US}'::text[]) c (country);
SELECT detail FROM gdpr.explain_transfer('CH', at => '2098-01-01') WHERE step IN (2, 5);

-- ---- what ends, and what nobody looked at, is found ----
SELECT gdpr.register_recipient('Bank of Kenya', 'controller', 'KE', 'head of finance'), gdpr.register_recipient('Bank of Nairobi', 'controller', 'UG', 'head of finance');
INSERT INTO gdpr.adequacy (party, decision, valid_from, valid_to, recipients, source, checked_on)
VALUES ('UG', '(EU) 2026/998', '2020-01-01', gdpr_internal.server_today() + 40, 'all', 'old', gdpr_internal.server_today() - 181),
	('CL', '(EU) 2026/997', '2020-01-01', gdpr_internal.server_today() + 40, 'all', 'nobody there', gdpr_internal.server_today() - 181);
SELECT gdpr.add_safeguard('Bank of Nairobi', 'bcr', gdpr_internal.server_today() - 400, gdpr_internal.server_today() + 20, sha256('b'), sha256('a'), gdpr_internal.server_today() - 400) IS NOT NULL AS added;
SELECT severity, code, object, regexp_replace(finding, '\d{4}-\d\d-\d\d', 'DAY', 'g') AS finding, fix FROM gdpr.status()
WHERE code IN ('adequacy-ends', 'safeguard-ends', 'recipient-not-allowed', 'transfer-law-unchecked') AND object ~ 'KE|UG|CL|Bank|Packer|Court';
SELECT kind, count(*) FROM gdpr.ledger WHERE kind IN ('recipient registered', 'recipient ended', 'law recorded', 'safeguard added', 'safeguard ended', 'transfer consent declared', 'disclosed') GROUP BY kind ORDER BY kind;
\c :home
DROP DATABASE regress_transfers;
DROP ROLE regress_transfers_dpo, regress_transfers_app;
