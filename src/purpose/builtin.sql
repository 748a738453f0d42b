/*
 * builtin.sql: the purposes the extension ships, numbered below 1000 and the same in every database, and the
 * phrases that are too vague for a purpose.
 *
 * Terms: W3C Data Privacy Vocabulary 2.3 (W3C Software and Document licence) and the data uses of fideslang by
 * Ethyca (CC BY 4.0, https://ethyca.github.io/fideslang/).
 *
 * The basis is the usual one. Where yours differs (orders billed under a statute, newsletters under the soft
 * opt-in of ePrivacy Art. 13(2)), define a purpose of your own. The GDPR applies from 25 May 2018, and so do they.
 *
 * What they are called, and their descriptions, are in src/words.
 *
 * statistics: making statistics from personal data is processing that needs a basis; what comes out is anonymous
 * and needs neither a basis nor a purpose. Hence legitimate interests, until anonymised.
 */
INSERT INTO gdpr.purpose (number, name, basis, direct_marketing, despite_restriction, valid_from, builtin, dpv_iri,
						  fides_key, description, basis_detail)
SELECT b.number, b.name, b.basis, b.direct_marketing, b.despite_restriction, '2018-05-25 00:00+02', true, b.dpv_iri,
	b.fides_key, w.text, b.basis_detail
FROM (VALUES
	(1, 'newsletter', 'consent', true, false,
		'https://w3id.org/dpv#DirectMarketing', 'marketing.communications.email', NULL),
	(2, 'sms_marketing', 'consent', true, false,
		'https://w3id.org/dpv#DirectMarketing', 'marketing.communications.sms', NULL),
	(3, 'phone_prospecting', 'consent', true, false,
		'https://w3id.org/dpv#DirectMarketing', 'marketing.communications', NULL),
	(4, 'postal_marketing', 'legitimate_interests', true, false,
		'https://w3id.org/dpv#DirectMarketing', 'marketing.communications',
		'Recital 47: direct marketing may be a legitimate interest; the controller keeps its balancing test'),
	(5, 'targeted_ads', 'consent', true, false,
		'https://w3id.org/dpv#TargetedAdvertising', 'marketing.advertising.first_party.targeted', NULL),
	(6, 'visitor_measurement', 'consent', false, false,
		'https://w3id.org/dpv#ServiceUsageAnalytics', 'analytics.reporting', NULL),
	(7, 'order_fulfilment', 'contract', false, false,
		'https://w3id.org/dpv#DeliveryOfGoods', 'essential.service', NULL),
	(8, 'billing', 'contract', false, false,
		'https://w3id.org/dpv#PaymentManagement', 'essential.service.payment_processing', NULL),
	(9, 'customer_care', 'contract', false, false,
		'https://w3id.org/dpv#CustomerCare', 'essential.service.operations.support', NULL),
	(10, 'customer_management', 'legitimate_interests', false, false,
		'https://w3id.org/dpv#CustomerRelationshipManagement', 'functional.service',
		'Recital 47: relation between customer and controller; the controller keeps its balancing test'),
	(11, 'legal_accounting', 'legal_obligation', false, true,
		'https://w3id.org/dpv#LegalCompliance', 'essential.legal_obligation',
		'Directive 2006/112/EC, art. 242 and 244, and national accounting law'),
	(12, 'fraud_prevention', 'legitimate_interests', false, false,
		'https://w3id.org/dpv#FraudPreventionAndDetection', 'essential.fraud_detection',
		'Recital 47: preventing fraud; the controller keeps its balancing test'),
	(13, 'security', 'legitimate_interests', false, false,
		'https://w3id.org/dpv#EnforceSecurity', 'essential.service.security',
		'Recital 49: network and information security; the controller keeps its balancing test'),
	(14, 'identity_check', 'contract', false, false,
		'https://w3id.org/dpv#IdentityVerification', 'essential.service.authentication', NULL),
	(15, 'rights_handling', 'legal_obligation', false, true,
		'https://w3id.org/dpv#RightsFulfilment', 'essential.legal_obligation', 'GDPR, art. 12 and 15 to 22'),
	(16, 'consent_evidence', 'legal_obligation', false, true,
		'https://w3id.org/dpv#RecordManagement', 'essential.legal_obligation', 'GDPR, art. 5(2) and 7(1)'),
	(17, 'statistics', 'legitimate_interests', false, false,
		'https://w3id.org/dpv#OptimisationForController', 'analytics.reporting',
		'GDPR, art. 5(1)(b) and 89(1), until the data are anonymised; the controller keeps its balancing test'),
	(18, 'personalisation', 'consent', false, false,
		'https://w3id.org/dpv#Personalisation', 'personalize', NULL),
	(19, 'data_sale', 'consent', true, false,
		'https://w3id.org/dpv#SellDataToThirdParties', 'third_party_sharing', NULL),
	(20, 'recruitment', 'contract', false, false,
		'https://w3id.org/dpv#RecruitmentManagement', 'employment.recruitment', NULL),
	(21, 'hr', 'contract', false, false,
		'https://w3id.org/dpv#PersonnelManagement', 'employment', NULL)
) b (number, name, basis, direct_marketing, despite_restriction, dpv_iri, fides_key, basis_detail)
JOIN gdpr.word w ON w.domain = 'purpose_description' AND w.key = b.name AND w.language = 'en';

INSERT INTO gdpr.vague_phrase (phrase, language, builtin)
VALUES
	('possibly useful', 'en', true), ('maybe useful', 'en', true), ('might be useful', 'en', true),
	('may be useful', 'en', true), ('could be useful', 'en', true), ('useful later', 'en', true),
	('later use', 'en', true), ('future use', 'en', true), ('maybe one day', 'en', true), ('just in case', 'en', true),
	('various', 'en', true), ('miscellaneous', 'en', true), ('other purposes', 'en', true),
	('any purpose', 'en', true), ('all purposes', 'en', true), ('general purposes', 'en', true),
	('business purposes', 'en', true), ('improving the user experience', 'en', true), ('and so on', 'en', true),
	('etc', 'en', true), ('et cetera', 'en', true), ('unspecified', 'en', true), ('to be determined', 'en', true),
	('mogelijk nuttig', 'nl', true), ('mogelijk later nuttig', 'nl', true), ('later nuttig', 'nl', true),
	('misschien', 'nl', true), ('ooit', 'nl', true), ('ooit van pas', 'nl', true), ('later gebruik', 'nl', true),
	('toekomstig gebruik', 'nl', true), ('voor het geval dat', 'nl', true), ('diverse', 'nl', true),
	('allerlei', 'nl', true), ('andere doeleinden', 'nl', true), ('alle doeleinden', 'nl', true),
	('algemene doeleinden', 'nl', true), ('enzovoort', 'nl', true), ('enz', 'nl', true),
	('nog te bepalen', 'nl', true),
	('peut-être', 'fr', true), ('peut-être utile', 'fr', true), ('éventuellement utile', 'fr', true),
	('utile plus tard', 'fr', true), ('utilisation future', 'fr', true), ('usage ultérieur', 'fr', true),
	('au cas où', 'fr', true), ('divers', 'fr', true), ('diverses', 'fr', true),
	('autres finalités', 'fr', true), ('toutes finalités', 'fr', true), ('fins générales', 'fr', true),
	('à déterminer', 'fr', true),
	('möglicherweise nützlich', 'de', true), ('vielleicht', 'de', true), ('eventuell', 'de', true),
	('später nützlich', 'de', true), ('spätere Verwendung', 'de', true), ('künftige Verwendung', 'de', true),
	('eines Tages', 'de', true), ('für alle Fälle', 'de', true), ('verschiedene', 'de', true),
	('verschiedenes', 'de', true), ('sonstiges', 'de', true), ('sonstige Zwecke', 'de', true),
	('andere Zwecke', 'de', true), ('alle Zwecke', 'de', true), ('allgemeine Zwecke', 'de', true),
	('usw', 'de', true), ('und so weiter', 'de', true), ('noch festzulegen', 'de', true);
