/*
 * consents.sql: a consent of everybody to the newsletter. One is given as people give it; the others are copies of
 * it, in bulk, with the permission sets that gdpr_internal.refresh_permissions() would compute, which a sample proves.
 */
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT gdpr.draft_notice('form', 'form', '{newsletter}',
	'{"nl": {"title": "Toestemming", "body": "Mogen wij?", "recipients": "geen", "transfers": "geen", "retention": "3 jaar",
	  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
	  "automated_decisions": "geen", "legitimate_interest": "geen"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy');
SELECT gdpr.publish_notice('form');
SELECT gdpr.give_consent('customer', '1', 'newsletter', 'form', 'in_person', notice_shown => true);

SET session_replication_role = replica;		-- no foreign keys to check: half the time
INSERT INTO gdpr.consent_event
SELECT copied.*
FROM gdpr.consent_event e, gdpr.subject s,
	 LATERAL jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'subject', s.number,
		'number', nextval('gdpr.consent_event_number'))) AS copied
WHERE e.subject = gdpr_internal.subject_number('customer', '1') AND s.number <> e.subject;
RESET session_replication_role;

UPDATE gdpr.subject s SET permissions = one.permissions
FROM gdpr.subject one
WHERE one.number = gdpr_internal.subject_number('customer', '1') AND s.number <> one.number;

CREATE TEMP TABLE sample AS SELECT * FROM gdpr.subject TABLESAMPLE BERNOULLI (1) LIMIT 50;
SELECT gdpr_internal.refresh_permissions(number) FROM sample;
DO $$
BEGIN
	ASSERT NOT EXISTS (SELECT FROM sample JOIN gdpr.subject USING (number) WHERE sample.permissions <> subject.permissions),
		'the permission sets made in bulk differ from those of gdpr_internal.refresh_permissions()';
END $$;
VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
