-- Receipts: ISO/IEC TS 27560 in DPV, profile record-eu-gdpr, and Kantara 1.1.0 (Art. 7(1), 12(1)).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
CREATE TABLE receipt_person (email text PRIMARY KEY);
SELECT gdpr.declare_subject('receipt_person', 'email');
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example', authority => 'Gegevensbeschermingsautoriteit');
SELECT gdpr.draft_notice('receipt_form', 'form', '{newsletter}',
	'{"nl": {"title": "Nieuwsbrief", "body": "Mogen wij?", "recipients": "Mailer NV", "transfers": "geen", "retention": "3 jaar",
	  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
	  "automated_decisions": "geen"}}',
	data_categories => '{pd:EmailAddress,pd:Name}', recipients => '{Mailer NV}', storage_countries => '{BE,FR}',
	retention_period => '3 years', withdrawal_at => 'https://voorbeeld.example/privacy', url => 'https://voorbeeld.example/notice');
SELECT gdpr.publish_notice('receipt_form');
SELECT gdpr.give_consent('receipt_person', 'jan@example.com', 'newsletter', 'receipt_form', 'double_opt_in', 'email', notice_shown => true,
	double_opt_in_at => now(), explicit => true) AS consent \gset
SELECT gdpr.consent_receipt(:'consent') AS record, gdpr.consent_receipt(:'consent', 'kantara') AS kantara \gset

-- every mandatory field of ISO/IEC TS 27560 and of the GDPR profile is there and not empty
SELECT field, path, value IS NOT NULL AND value NOT IN ('""', '[]', '{}', 'null') AS present FROM
	(VALUES ('schema_version', '{dct:conformsTo}'), ('record_id', '{dct:identifier}'), ('pii_principal_id', '{dpv:hasDataSubject,@id}'),
			('privacy_notice', '{dpv:hasNotice,@id}'), ('language', '{dpv:hasNotice,dct:language}'),
			('purposes', '{dpv:hasProcess,0,dpv:hasPurpose}'), ('lawful_basis', '{dpv:hasLegalBasis}'),
			('pii_information', '{dpv:hasProcess,0,dpv:hasPersonalData}'), ('pii_type', '{dpv:hasProcess,0,dpv:hasPersonalData,0,@type}'),
			('pii_controllers', '{dpv:hasDataController}'), ('collection_method', '{dpv:hasConsentStatus,0,dpv:hasIndicationMethod}'),
			('storage_locations', '{dpv:hasProcess,0,dpv:hasStorageCondition,0,dpv:hasLocation}'),
			('retention_period', '{dpv:hasProcess,0,dpv:hasStorageCondition,1,dpv:hasDuration}'),
			('jurisdiction', '{dpv:hasJurisdiction}'), ('recipient_third_parties', '{dpv:hasProcess,0,dpv:hasRecipient}'),
			('withdrawal_method', '{dpv:hasConsentControl,0,dpv:isExercisedAt}'), ('privacy_rights', '{dpv:hasRight}'),
			('authority_party', '{dpv:hasAuthority,dpv:hasName}'), ('party_id', '{dpv:hasEntity,0,dpv:hasIdentifier}'),
			('party_name', '{dpv:hasEntity,0,dpv:hasName}'), ('party_role', '{dpv:hasEntity,0,@type}'),
			('party_address', '{dpv:hasEntity,0,schema:address,schema:streetAddress}'),
			('party_contact', '{dpv:hasEntity,0,schema:contactPoint}'), ('party_type', '{dpv:hasEntity,0,@type,0}'),
			('event_time', '{dpv:hasConsentStatus,0,dpv:isIndicatedAtTime}'),
			('validity_duration', '{dpv:hasConsentStatus,0,dpv:hasDuration,rdf:value}'),
			('entity_id', '{dpv:hasConsentStatus,0,dpv:isIndicatedBy}'), ('event_type', '{dpv:hasConsentStatus,0,@type,1}'),
			('event_state', '{dpv:hasConsentStatus,0,@type,0}')) AS fields (field, path),
	LATERAL (SELECT (:'record'::jsonb #> path::text[])::text AS value) v ORDER BY field COLLATE "C";
SELECT r ->> 'dct:conformsTo' AS profile, r ->> 'dct:identifier' = :'consent' AS record_id, r -> 'dpv:hasLegalBasis' AS basis,
	   r #> '{dpv:hasProcess,0,dpv:hasPurpose}' AS purpose, r #> '{dpv:hasProcess,0,dpv:hasStorageCondition}' AS storage
FROM (SELECT :'record'::jsonb) AS receipt (r);

-- what withdrawal adds
SELECT gdpr.withdraw_consent('receipt_person', 'jan@example.com', 'newsletter');
SELECT s -> '@type' AS status, s #>> '{dpv:hasDuration,@type}' AS lasts
FROM jsonb_array_elements(gdpr.consent_receipt(:'consent') -> 'dpv:hasConsentStatus') AS s;

-- Kantara: the fields of the specification
SELECT field, :'kantara'::jsonb #> path::text[] IS NOT NULL AS present FROM
	(VALUES ('version', '{version}'), ('jurisdiction', '{jurisdiction}'), ('consentTimestamp', '{consentTimestamp}'),
			('collectionMethod', '{collectionMethod}'), ('consentReceiptID', '{consentReceiptID}'), ('language', '{language}'),
			('piiPrincipalId', '{piiPrincipalId}'), ('piiController', '{piiControllers,0,piiController}'),
			('contact', '{piiControllers,0,contact}'), ('address', '{piiControllers,0,address}'), ('email', '{piiControllers,0,email}'),
			('phone', '{piiControllers,0,phone}'), ('policyUrl', '{policyUrl}'), ('service', '{services,0,service}'),
			('purpose', '{services,0,purposes,0,purpose}'), ('purposeCategory', '{services,0,purposes,0,purposeCategory}'),
			('consentType', '{services,0,purposes,0,consentType}'), ('piiCategory', '{services,0,purposes,0,piiCategory}'),
			('termination', '{services,0,purposes,0,termination}'), ('thirdPartyDisclosure', '{services,0,purposes,0,thirdPartyDisclosure}'),
			('thirdPartyName', '{services,0,purposes,0,thirdPartyName}'), ('sensitive', '{sensitive}'), ('spiCat', '{spiCat}'))
	AS fields (field, path);
SELECT k ->> 'version' AS version, k ->> 'jurisdiction' AS jurisdiction, jsonb_typeof(k -> 'consentTimestamp') AS stamp,
	   k -> 'sensitive' AS sensitive, k ->> 'policyUrl' AS policy
FROM (SELECT :'kantara'::jsonb) AS receipt (k);

-- the person is named by a random id, the same in all receipts, and by nothing else
SELECT :'record' ~ 'jan@example' OR :'kantara' ~ 'jan@example' AS names_the_person,
	   :'record'::jsonb #>> '{dpv:hasDataSubject,@id}' = 'urn:uuid:' || (:'kantara'::jsonb ->> 'piiPrincipalId') AS same_id;

-- the receipt keeps saying what the notice said then
SELECT gdpr.set_controller('Voorbeeld NV', '0202.239.951', 'Markt 2, 9000 Gent', 'BE', 'Privacy desk', 'privacy@voorbeeld.example', '+3292000000');
SELECT gdpr.consent_receipt(:'consent') #>> '{dpv:hasEntity,0,dpv:hasName}' AS controller_then;

-- a child's receipt says a guardian consented
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example', authority => 'Gegevensbeschermingsautoriteit');
SELECT r #> '{dpv:hasDataSubject,@type}' AS subject, r #> '{dpv:hasConsentStatus,0,dpv:isIndicatedBy}' AS by
FROM (SELECT gdpr.consent_receipt(gdpr.give_consent('receipt_person', 'mia@example.com', 'newsletter', 'receipt_form', 'in_person',
	notice_shown => true, born => (current_date - interval '10 years')::date, guardian => 'father', guardian_method => 'eID',
	guardian_verified_at => now()))) AS receipt (r);

SELECT gdpr.consent_receipt(:'consent', 'pdf'); -- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.consent_receipt('00000000-0000-0000-0000-000000000000'); -- fails
\echo :LAST_ERROR_SQLSTATE
