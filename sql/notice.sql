-- Notices: what people are told, versioned, hashed, unchangeable once published (Art. 12-14).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
CREATE TABLE notice_person (id integer PRIMARY KEY);
SELECT gdpr.declare_subject('notice_person', 'id');

-- the controller: name, enterprise number, address, contact, country
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.952', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000'); -- fails: check digits
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_controller('Voorbeeld BV', NULL, 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000'); -- fails: Belgian without number
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', ' ', 'BE', 'Privacy desk', NULL, '+3292000000'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1', 'Belgium', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.set_controller('Voorbeeld BV', 'BE 0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT name, enterprise_number, country FROM gdpr.controller;

-- drafts: lint at once, complete only to publish
SELECT gdpr.draft_notice('notice_test', 'leaflet', '{newsletter}', '{"nl": {"body": "…"}}'); -- fails: kind
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('Notice Test', 'written', '{newsletter}', '{"nl": {"body": "…"}}'); -- fails: name
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{}', '{"nl": {"body": "…"}}'); -- fails: no purpose
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{no_such_purpose}', '{"nl": {"body": "…"}}'); -- fails: unknown
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}', '{}'); -- fails: no language
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}', '{"nl": {"bodi": "…"}}'); -- fails: unknown item
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}', '["nl"]'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}', '{"nl": {"body": "Wij sturen een nieuwsbrief."}, "fr": {"body": ""}}');
SELECT gdpr.publish_notice('notice_test'); -- fails: naming what is missing
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.publish_notice('no_such_notice'); -- fails
\echo :LAST_ERROR_SQLSTATE

-- a complete notice in two languages
CREATE FUNCTION notice_texts(body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('title', 'Nieuwsbrief', 'body', body, 'recipients', 'Mailer NV', 'transfers', 'none',
		'retention', 'three years', 'rights', 'access, rectification, erasure, restriction, portability',
		'withdrawal', 'at any time', 'complaint', 'the Data Protection Authority', 'requirement', 'none',
		'automated_decisions', 'none')
$$;
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}',
	jsonb_build_object('nl', notice_texts('Wij sturen een nieuwsbrief.'), 'fr', notice_texts('Nous envoyons une lettre.')),
	data_categories => '{pd:EmailAddress}', recipients => '{Mailer NV}', storage_countries => '{BE}',
	retention_period => '3 years', withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.notice_missing('notice_test', 1);
SELECT gdpr.publish_notice('notice_test');
SELECT name, version, kind, published_at IS NOT NULL AS published, length(hash) AS hash_length,
	   hash = sha256(convert_to(content::text, 'UTF8')) AS hash_of_content, gdpr.verify_notice(name, version)
FROM gdpr.notice WHERE name = 'notice_test';
SELECT content #>> '{controller,name}' AS controller, content #> '{purposes}' AS purposes FROM gdpr.notice WHERE name = 'notice_test';

-- published is unchangeable, also in replica role
UPDATE gdpr.notice SET texts = '{"nl": {}}' WHERE name = 'notice_test'; -- fails
\echo :LAST_ERROR_SQLSTATE
DELETE FROM gdpr.notice WHERE name = 'notice_test'; -- fails
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = error;
TRUNCATE gdpr.notice CASCADE; -- fails
\echo :LAST_ERROR_SQLSTATE
RESET client_min_messages;
SET session_replication_role = replica;
UPDATE gdpr.notice SET url = 'https://voorbeeld.example' WHERE name = 'notice_test'; -- fails
\echo :LAST_ERROR_SQLSTATE
RESET session_replication_role;
SELECT gdpr.publish_notice('notice_test'); -- fails: no draft
\echo :LAST_ERROR_SQLSTATE

-- the next version leaves the first as it was
SELECT version, hash AS hash_1 FROM gdpr.notice WHERE name = 'notice_test' \gset
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter,targeted_ads}', jsonb_build_object('nl', notice_texts('Nieuw.')),
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'web', language => 'fr');
SELECT gdpr.publish_notice('notice_test');
SELECT version, hash = :'hash_1' AS is_hash_1, gdpr.verify_notice(name, version) FROM gdpr.notice WHERE name = 'notice_test' ORDER BY 1;

-- who was told what
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'email');
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'web', notice_version => 1); -- fails: superseded
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('notice_person', '1', 'no_such_notice'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'web', at => now() - interval '1 year'); -- fails: not yet published
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'web', at => now() + interval '1 hour'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'pigeon'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.serve_notice('notice_person', '1', 'notice_test', 'web', language => 'de'); -- fails: not in German
\echo :LAST_ERROR_SQLSTATE
SELECT notice, notice_version, language, channel, recorded_by = session_user AS by_me FROM gdpr.notice_served
WHERE subject = gdpr_internal.subject_number('notice_person', '1') ORDER BY served_at;
DELETE FROM gdpr.notice_served; -- fails
\echo :LAST_ERROR_SQLSTATE
UPDATE gdpr.notice_served SET language = 'nl'; -- fails
\echo :LAST_ERROR_SQLSTATE
TRUNCATE gdpr.notice_served; -- fails
\echo :LAST_ERROR_SQLSTATE

-- layered: a short script with the full notice behind it
SELECT gdpr.draft_notice('notice_script', 'oral', '{newsletter}', '{"nl": {"body": "Mogen wij u een nieuwsbrief sturen?"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => '+3292000000');
SELECT gdpr.notice_missing('notice_script', 1);
SELECT gdpr.draft_notice('notice_script', 'oral', '{newsletter}', '{"nl": {"body": "Mogen wij u een nieuwsbrief sturen?"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => '+3292000000', full_notice => 'notice_test');
SELECT gdpr.publish_notice('notice_script');
SELECT gdpr.draft_notice('notice_script', 'oral', '{newsletter,personalisation}', '{"nl": {"body": "Mogen wij u een nieuwsbrief sturen?"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => '+3292000000', full_notice => 'notice_test');
SELECT gdpr.publish_notice('notice_script'); -- fails: the full notice does not name personalisation
\echo :LAST_ERROR_SQLSTATE
SELECT content -> 'full_notice' ->> 'version' AS full_version FROM gdpr.notice WHERE name = 'notice_script' AND version = 1;

-- a controller outside the EEA needs a representative
BEGIN;
SELECT gdpr.set_controller('Example Inc.', NULL, '1 Main Street, Springfield', 'US', 'Privacy desk', 'privacy@example.com', '+12025550100');
SELECT gdpr.draft_notice('notice_test', 'written', '{newsletter}', jsonb_build_object('nl', notice_texts('Nieuw.')),
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years', withdrawal_at => 'x');
SELECT gdpr.publish_notice('notice_test'); -- fails
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- the ledger names versions by hash
SELECT l.kind, l.detail ->> 'version' AS version, l.detail ->> 'sha256' = encode(n.hash, 'hex') AS same_hash
FROM gdpr.ledger l JOIN gdpr.notice n ON (n.name, n.version::text) = (l.detail ->> 'notice', l.detail ->> 'version')
WHERE n.name = 'notice_test' ORDER BY l.number;
