-- Evidence of consent: sealed, hashed, readable for one purpose only (Art. 7(1), 5(1)(f)).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
CREATE TABLE evidence_person (id integer PRIMARY KEY);
SELECT gdpr.declare_subject('evidence_person', 'id');
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT gdpr.draft_notice('evidence_form', k, '{newsletter}',
	'{"nl": {"title": "Toestemming", "body": "Mogen wij?", "recipients": "geen", "transfers": "geen", "retention": "3 jaar",
	  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
	  "automated_decisions": "geen"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy') FROM (VALUES ('form')) AS kinds (k);
SELECT gdpr.publish_notice('evidence_form');
CREATE ROLE regress_clerk;
CREATE ROLE regress_marketeer;
SELECT gdpr.grant_purpose('consent_evidence', 'regress_clerk');
SELECT gdpr.grant_purpose('newsletter', 'regress_marketeer');
SELECT gdpr.grant_duty('app', 'regress_clerk');
SELECT gdpr.grant_duty('app', 'regress_marketeer');

-- a written consent with its form
SELECT gdpr.give_consent('evidence_person', '1', 'newsletter', 'evidence_form', 'web_form', notice_shown => true,
	evidence => '<form>canary-form</form>', evidence_mime => 'text/html') AS consent \gset
SELECT e.id AS form, e.kind, e.mime, e.size, e.mac <> sha256('<form>canary-form</form>') AS hash,
	   row_to_json(e)::text ~ 'canary|63616e617279' AS plaintext
FROM gdpr.evidence e JOIN gdpr.consent_evidence l ON l.evidence = e.id WHERE l.consent = :'consent' \gset form_
\echo :form_kind :form_mime :form_size :form_hash :form_plaintext

-- a scan kept first, then the consent that it proves
SELECT gdpr.attach_subject_evidence('evidence_person', '2', 'scan', 'image/png', '\x89504e47') AS scan \gset
SELECT gdpr.give_consent('evidence_person', '2', 'newsletter', 'evidence_form', 'paper', notice_shown => true, evidence_id => :'scan') IS NOT NULL AS given;
SELECT gdpr.give_consent('evidence_person', '3', 'newsletter', 'evidence_form', 'paper', notice_shown => true, evidence_id => :'scan'); -- fails: somebody else's
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS nothing_recorded FROM gdpr.consent_event WHERE subject = gdpr_internal.subject_number('evidence_person', '3');

-- a recording added later, and one kept outside
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', '\x52494646', sha256 => sha256('\x52494646'), duration => '95 seconds',
	answer_offset => '71.5 seconds') AS audio \gset
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/mpeg', uri => 'https://archive.voorbeeld.example/1', sha256 => sha256('sound')) AS outside \gset

-- what is refused
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', '\x52494646', sha256 => sha256('other')); -- fails: hash
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', uri => 'https://archive.voorbeeld.example/1'); -- fails: no hash
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', uri => 'https://archive.voorbeeld.example/1', sha256 => '\x00'); -- fails: no SHA-256
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', ''); -- fails: empty
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav'); -- fails: neither
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', '\x00', 'https://archive.voorbeeld.example/1'); -- fails: both
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'video/x-unknown', '\x00'); -- fails: media type
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'rumour', 'text/plain', 'he said yes'); -- fails: kind
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', '\x00', duration => '10 s', answer_offset => '11 s'); -- fails: beyond the end
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence('00000000-0000-0000-0000-000000000000', 'audio', 'audio/wav', '\x00'); -- fails: no such consent
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_evidence(:'consent', 'audio', 'audio/wav', convert_to(repeat(' ', 104857601), 'UTF8')); -- fails: larger than 100 MB
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.attach_subject_evidence('evidence_person', '4', 'scan', 'image/svg+xml', '<svg/>'); -- fails: media type
\echo :LAST_ERROR_SQLSTATE
INSERT INTO gdpr.evidence_mime (mime) VALUES ('image/svg+xml');
SELECT gdpr.attach_subject_evidence('evidence_person', '4', 'scan', 'image/svg+xml', '<svg/>') IS NOT NULL AS attached;

-- reading: only for the purpose consent_evidence
SET ROLE regress_clerk;
SET gdpr.purpose = 'consent_evidence';
SELECT convert_from(gdpr.read_evidence(:'form_form'), 'UTF8');
SELECT gdpr.verify_evidence(:'form_form'), gdpr.verify_evidence(:'audio'), gdpr.verify_evidence(:'outside', 'sound') AS outside,
	   gdpr.verify_evidence(:'outside', 'noise') AS altered;
SELECT gdpr.read_evidence(:'outside'); -- fails: kept outside
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.verify_evidence(:'outside'); -- fails: kept outside
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.read_evidence('00000000-0000-0000-0000-000000000000'); -- fails: no such evidence
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SET ROLE regress_marketeer;
SET gdpr.purpose = 'newsletter';
SELECT gdpr.read_evidence(:'form_form'); -- fails: not granted
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.verify_evidence(:'form_form'); -- fails: not granted
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
RESET gdpr.purpose;

-- stored evidence altered behind our back is found
DELETE FROM gdpr.evidence; -- fails
\echo :LAST_ERROR_SQLSTATE
UPDATE gdpr.evidence SET mime = 'text/plain'; -- fails
\echo :LAST_ERROR_SQLSTATE
DELETE FROM gdpr.consent_evidence; -- fails
\echo :LAST_ERROR_SQLSTATE
BEGIN;
ALTER TABLE gdpr.evidence DISABLE TRIGGER append_only;
UPDATE gdpr.evidence SET content = (SELECT content FROM gdpr.evidence WHERE id = :'audio') WHERE id = :'form_form';
UPDATE gdpr.evidence e SET content = (left(sealed, -8) || CASE left(right(sealed, 8), 1) WHEN 'A' THEN 'B' ELSE 'A' END || right(sealed, 7))::gdpr.pii_bytes
FROM (SELECT row_to_json(e) ->> 'content' AS sealed FROM gdpr.evidence e WHERE e.id = :'audio') AS stored WHERE e.id = :'audio';
SET LOCAL ROLE regress_clerk;
SET LOCAL gdpr.purpose = 'consent_evidence';
SELECT gdpr.verify_evidence(:'form_form') AS swapped, gdpr.verify_evidence(:'audio') AS altered;
SAVEPOINT before;
SELECT gdpr.read_evidence(:'form_form'); -- fails: hash differs
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO before;
SELECT gdpr.read_evidence(:'audio'); -- fails: corrupted
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- a masked grant sees nothing, and forges no verdict
SELECT gdpr.grant_purpose('consent_evidence', 'regress_marketeer', 'masked');
SET ROLE regress_marketeer;
SET gdpr.on_denied = 'mask';
SELECT gdpr.read_evidence(:'form_form') IS NULL AS nothing, gdpr.verify_evidence(:'form_form') IS NULL AS no_verdict;
RESET ROLE;
RESET gdpr.on_denied;

-- the ledger has the hash
SELECT l.detail ->> 'kind' AS kind, l.detail ->> 'mac' = encode(e.mac, 'hex') AS hash
FROM gdpr.ledger l JOIN gdpr.evidence e ON e.id::text = l.detail ->> 'evidence' AND l.kind = 'evidence attached'
WHERE l.subject = gdpr_internal.subject_number('evidence_person', '1') ORDER BY l.number;

-- no guess at what was attached is confirmed, and once the person is erased not even by who may check evidence
CREATE FUNCTION pg_temp.kept(guess bytea) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (SELECT row_to_json(e)::text AS kept FROM gdpr.evidence e UNION ALL
		SELECT row_to_json(l)::text FROM gdpr.ledger l) k
	WHERE strpos(k.kept, encode(sha256(guess), 'hex')) > 0 OR strpos(k.kept, encode(sha256(guess), 'base64')) > 0
$$;
SELECT pg_temp.kept('<form>canary-form</form>') AS form, pg_temp.kept('\x52494646') AS audio, pg_temp.kept('sound') AS outside;
SET ROLE regress_clerk;
SET gdpr.purpose = 'consent_evidence';
SELECT gdpr.verify_evidence(:'form_form', '<form>canary-form</form>') AS form, gdpr.verify_evidence(:'outside', 'sound') AS outside;
RESET ROLE;
SELECT gdpr.erase_subject('evidence_person', '1', 'objection') IS NOT NULL AS erased;
SET ROLE regress_clerk;
\set VERBOSITY sqlstate
SELECT gdpr.verify_evidence(:'form_form', '<form>canary-form</form>'); -- fails: erased
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.verify_evidence(:'outside', 'sound'); -- fails: erased
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
RESET gdpr.purpose;
SELECT gdpr.revoke_purpose('consent_evidence', 'regress_clerk'), gdpr.revoke_purpose('newsletter', 'regress_marketeer'),
	gdpr.revoke_purpose('consent_evidence', 'regress_marketeer');
DROP OWNED BY regress_clerk, regress_marketeer;
DROP ROLE regress_clerk, regress_marketeer;
