/*
 * receipt.sql: a consent as a record other systems and the person can read: ISO/IEC TS 27560 as JSON-LD in the Data
 * Privacy Vocabulary, profile record-eu-gdpr, and Kantara Consent Receipt 1.1.0.
 *
 * Everything comes from the notice version the person saw, as it was published, and from the event itself. The person
 * is named by the random id of gdpr.consent_principal, never by an address or key.
 *
 * consent_receipt is VOLATILE so that it sees a consent given in the same statement.
 */
CREATE FUNCTION gdpr.consent_receipt(consent uuid, format text DEFAULT '27560') RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given gdpr.consent_event;
	said jsonb;
BEGIN
	IF format IS NULL OR format NOT IN ('27560', 'kantara') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown format of receipt', HINT = 'Use 27560 or kantara.';
	END IF;
	SELECT e.* INTO given FROM gdpr.consent_event e WHERE e.id = consent_receipt.consent
		AND e.state IN ('given', 'renewed');
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'there is no such consent';
	END IF;
	SELECT n.content || jsonb_build_object('sha256', encode(n.hash, 'hex'), 'published_at',
		gdpr_internal.utc(n.published_at)) INTO said
	FROM gdpr.notice n WHERE n.name = given.notice AND n.version = given.notice_version;
	RETURN CASE format WHEN 'kantara' THEN gdpr_internal.kantara_receipt(given, said)
		ELSE gdpr_internal.consent_record(given, said) END;
END $$;
COMMENT ON FUNCTION gdpr.consent_receipt(uuid, text) IS
'The receipt of a consent as JSON: format 27560 (ISO/IEC TS 27560 in DPV, profile record-eu-gdpr, with what happened '
	'to the consent since) or kantara (Consent Receipt 1.1.0). The person appears as a random id. Errors: 22023 no '
	'such consent, unknown format. Art. 7(1), 12(1).';

/* Inlined: no SET clause, and everything in it is qualified. */
CREATE FUNCTION gdpr_internal.utc(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT pg_catalog.to_char(pg_catalog.timezone('UTC', at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;
COMMENT ON FUNCTION gdpr_internal.utc(timestamptz) IS 'internal: a time as ISO 8601 in UTC';

CREATE FUNCTION gdpr_internal.consent_record(given gdpr.consent_event, said jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH ids AS
		(SELECT 'urn:uuid:' || given.id AS consent, 'urn:uuid:' || c.id AS person,
			gdpr_internal.controller_iri(said) AS controller,
				'urn:sha256:' || (said ->> 'sha256') AS notice
		 FROM gdpr.consent_principal c WHERE c.subject = given.subject)
	SELECT jsonb_strip_nulls(jsonb_build_object(
		'@context', jsonb_build_object(
			'dpv', 'https://w3id.org/dpv#', 'pd', 'https://w3id.org/dpv/pd#', 'loc', 'https://w3id.org/dpv/loc#',
			'eu-gdpr', 'https://w3id.org/dpv/legal/eu/gdpr#', 'dct', 'http://purl.org/dc/terms/',
			'rdf', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#', 'schema', 'https://schema.org/')
			-- terms whose strings are names of things
			|| (SELECT jsonb_object_agg(term, '{"@type": "@id"}'::jsonb)
				FROM unnest('{dpv:hasPurpose,dpv:hasDataController,dpv:hasLegalBasis,dpv:hasJurisdiction,
					dpv:hasLocation,
					dpv:hasApplicableLaw,dpv:hasProcessing,dpv:hasDataSource,dpv:isIndicatedBy,
						dct:conformsTo}'::text[]) AS term),
		'@id', ids.consent,
		'@type', 'dpv:ConsentRecord',
		'dct:identifier', given.id,
		'dct:conformsTo', 'https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr',
		'dpv:hasDataSubject', jsonb_build_object('@id', ids.person,
			'@type', CASE WHEN given.child THEN '["dpv:DataSubject", "dpv:Child"]'::jsonb
				ELSE '["dpv:DataSubject"]' END),
		'dpv:hasDataController', ids.controller,
		'dpv:hasJurisdiction', 'loc:' || (said #>> '{controller,country}'),
		'dpv:hasApplicableLaw', 'eu-gdpr:GDPR',
		'dpv:hasLegalBasis', to_jsonb(array_remove(ARRAY[
			CASE given.type WHEN 'explicit' THEN 'eu-gdpr:A6-1-a-explicit-consent'
				ELSE 'eu-gdpr:A6-1-a-non-explicit-consent' END,
			(SELECT 'eu-gdpr:A' || p.art9_condition FROM gdpr.purpose p WHERE p.number = given.purpose)], NULL)),
		'dpv:hasProcess', jsonb_build_array(gdpr_internal.consent_process(given, said, ids.controller)),
		'dpv:hasConsentControl', jsonb_build_array(jsonb_build_object(
			'@type', '["dpv:ProvideConsent", "dpv:WithdrawConsent"]'::jsonb, 'dpv:isExercisedAt',
				said ->> 'withdrawal_at')),
		'dpv:hasRight',
			(SELECT jsonb_agg(jsonb_build_object('@type',
				jsonb_build_array('dpv:DataSubjectRight', 'eu-gdpr:' || r.article),
												 'dpv:isExercisedAt', said ->> 'withdrawal_at') ORDER BY r.ordinality)
			 FROM unnest('{A7-3,A13,A15,A16,A17,A18,A20,A77}'::text[]) WITH ORDINALITY AS r (article, ordinality)),
		'dpv:hasAuthority', jsonb_build_object('@type', 'dpv:DataProtectionAuthority',
			'dpv:hasName', said #>> '{controller,authority}', 'dpv:hasJurisdiction',
				'loc:' || (said #>> '{controller,country}')),
		'dpv:hasNotice', jsonb_build_object('@id', ids.notice, '@type', 'dpv:ConsentNotice',
			'dct:title', said #>> ARRAY['texts', given.language, 'title'], 'dct:identifier', said ->> 'notice',
			'dct:hasVersion', said ->> 'version', 'dct:language', given.language, 'dct:date', said ->> 'published_at',
			'schema:url', said ->> 'url'),
		'dpv:hasEntity', jsonb_build_array(
			gdpr_internal.controller_entity(said, ids.controller),
			jsonb_build_object('@id', ids.person, '@type', '["dpv:DataSubject"]'::jsonb, 'dpv:hasIdentifier',
				ids.person)),
		'dpv:hasConsentStatus', gdpr_internal.consent_statuses(given, ids.controller, ids.person)))
	FROM ids
$$;
COMMENT ON FUNCTION gdpr_internal.consent_record(gdpr.consent_event, jsonb) IS
'internal: a consent as ISO/IEC TS 27560 record in DPV, from the event and the notice as published';

CREATE FUNCTION gdpr_internal.controller_iri(said jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(said #>> '{controller,url}', 'urn:sha256:' || encode(sha256(convert_to(concat_ws(' ',
		said #>> '{controller,country}', said #>> '{controller,enterprise_number}', said #>> '{controller,name}'),
			'UTF8')), 'hex'))
$$;
COMMENT ON FUNCTION gdpr_internal.controller_iri(jsonb) IS
'internal: the controller of a notice as IRI: its web site, or a hash of its name and number';

CREATE FUNCTION gdpr_internal.controller_entity(said jsonb, iri text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object(
		'@id', iri, '@type', '["dpv:Organisation", "dpv:DataController"]'::jsonb,
		'dpv:hasName', c ->> 'name', 'dpv:hasIdentifier',
			coalesce((c ->> 'country') || (c ->> 'enterprise_number'), iri),
		'schema:address', jsonb_build_object('@type', 'schema:PostalAddress', 'schema:streetAddress', c ->> 'address',
											 'schema:addressCountry', c ->> 'country'),
		'schema:contactPoint', jsonb_build_array(
			jsonb_build_object('@type', 'schema:ContactPoint', 'schema:contactType', 'privacy', 'schema:name',
				c ->> 'contact',
							   'schema:email', c ->> 'email', 'schema:telephone', c ->> 'phone')),
		'schema:email', c ->> 'email', 'schema:telephone', c ->> 'phone', 'schema:url', c ->> 'url',
		'dpv:hasRepresentative', c ->> 'representative', 'dpv:hasDataProtectionOfficer', c ->> 'dpo_contact')
	FROM (SELECT said -> 'controller') AS controller (c)
$$;
COMMENT ON FUNCTION gdpr_internal.controller_entity(jsonb, text) IS
'internal: the controller of a notice as party of a consent record';

CREATE FUNCTION gdpr_internal.consent_process(given gdpr.consent_event, said jsonb, controller text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = iso_8601 AS $$
	SELECT jsonb_build_object(
		'@type', 'dpv:Process', 'dct:title', p.name,
		'dpv:hasPurpose', jsonb_build_array(coalesce(replace(p.dpv_iri, 'https://w3id.org/dpv#', 'dpv:'),
													 'urn:gdpr:purpose:' || p.name)),
		'dpv:hasPersonalData',
			(SELECT jsonb_agg(jsonb_build_object('@type', category, 'dpv:hasDataSource', 'dpv:DataSubjectDataSource'))
			 FROM jsonb_array_elements_text(said -> 'data_categories') AS category),
		'dpv:hasProcessing', '["dpv:Collect", "dpv:Store", "dpv:Use"]'::jsonb,
		'dpv:hasDataController', controller,
		'dpv:hasRecipient',
			(SELECT jsonb_build_array(controller) || coalesce(jsonb_agg(r), '[]')
			 FROM (SELECT jsonb_build_object('@type', 'dpv:Recipient', 'dpv:hasName', name) AS r
				   FROM jsonb_array_elements_text(said -> 'recipients') AS name) AS named),
		'dpv:hasStorageCondition', jsonb_build_array(
			jsonb_build_object('@type', 'dpv:StorageLocation', 'dpv:hasLocation',
				(SELECT jsonb_agg('loc:' || code) FROM jsonb_array_elements_text(said -> 'storage_countries') AS code)),
			jsonb_build_object('@type', 'dpv:StorageDuration', 'dpv:hasDuration', said ->> 'retention_period')))
	FROM gdpr.purpose p WHERE p.number = given.purpose
$$;
COMMENT ON FUNCTION gdpr_internal.consent_process(gdpr.consent_event, jsonb, text) IS
'internal: what is done under a consent, as dpv:Process';

CREATE FUNCTION gdpr_internal.consent_statuses(given gdpr.consent_event, controller text, person text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_agg(jsonb_build_object(
		'dct:identifier', e.id,
		'@type', to_jsonb(array_remove(ARRAY[
			CASE e.state WHEN 'requested' THEN 'dpv:ConsentRequested' WHEN 'deferred' THEN 'dpv:ConsentRequestDeferred'
				WHEN 'refused' THEN 'dpv:ConsentRefused' WHEN 'given' THEN 'dpv:ConsentGiven'
				WHEN 'renewed' THEN 'dpv:RenewedConsentGiven' WHEN 'withdrawn' THEN 'dpv:ConsentWithdrawn'
				WHEN 'revoked' THEN 'dpv:ConsentRevoked' WHEN 'invalidated' THEN 'dpv:ConsentInvalidated' END,
			CASE e.type WHEN 'explicit' THEN 'dpv:ExplicitlyExpressedConsent' WHEN 'expressed'
				THEN 'dpv:ExpressedConsent' END],
			NULL)),
		'dpv:isIndicatedBy', CASE WHEN e.state IN ('requested', 'revoked', 'invalidated') THEN to_jsonb(controller)
								  WHEN e.child THEN '"dpv:GuardianOfDataSubject"' ELSE to_jsonb(person) END,
		'dpv:hasIndicationMethod', e.method,
		'dpv:isIndicatedAtTime', gdpr_internal.utc(e.event_time),
		'dpv:hasDuration', CASE WHEN e.valid_until < 'infinity' THEN
				jsonb_build_object('@type', 'dpv:UntilTimeDuration', 'rdf:value', gdpr_internal.utc(e.valid_until))
			ELSE '{"@type": "dpv:EndlessDuration"}' END) ORDER BY e.event_time, e.number)
	FROM gdpr.consent_event e
	WHERE e.subject = given.subject AND e.purpose = given.purpose
	  AND (e.channel = given.channel OR 'any' IN (e.channel, given.channel))
	  AND (e.event_time, e.number) >= (given.event_time, given.number)
$$;
COMMENT ON FUNCTION gdpr_internal.consent_statuses(gdpr.consent_event, text, text) IS
'internal: a consent and what happened to it since, as dpv:ConsentStatus';

CREATE FUNCTION gdpr_internal.kantara_receipt(given gdpr.consent_event, said jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = iso_8601 AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object(
		'version', 'KI-CR-v1.1.0',
		'jurisdiction', c ->> 'country',
		'consentTimestamp', extract(epoch FROM given.event_time)::bigint,
		'collectionMethod', given.method,
		'consentReceiptID', given.id,
		'language', given.language,
		'piiPrincipalId', (SELECT i.id FROM gdpr.consent_principal i WHERE i.subject = given.subject),
		'piiControllers', jsonb_build_array(jsonb_build_object(
			'piiController', c ->> 'name', 'onBehalf', false, 'contact', c ->> 'contact',
			'address', jsonb_build_object('streetAddress', c ->> 'address', 'addressCountry', c ->> 'country'),
			'email', c ->> 'email', 'phone', c ->> 'phone', 'piiControllerUrl', c ->> 'url')),
		'policyUrl', coalesce(said ->> 'url', 'urn:sha256:' || (said ->> 'sha256')),
		'services', jsonb_build_array(jsonb_build_object('service', said ->> 'notice', 'purposes', jsonb_build_array(
			jsonb_build_object(
				'purpose', p.name, 'purposeCategory', jsonb_build_array(coalesce(p.dpv_iri, p.name)),
				'consentType', 'EXPLICIT', 'piiCategory', said -> 'data_categories', 'primaryPurpose', true,
				'termination', coalesce(said ->> 'withdrawal_at', gdpr_internal.utc(given.valid_until)),
				'thirdPartyDisclosure', jsonb_array_length(said -> 'recipients') > 0,
				'thirdPartyName', (SELECT string_agg(r, ', ')
					FROM jsonb_array_elements_text(said -> 'recipients') AS r))))),
		'sensitive', p.art9_condition IS NOT NULL,
		'spiCat', CASE WHEN p.art9_condition IS NOT NULL THEN said -> 'data_categories' ELSE '[]' END))
	FROM gdpr.purpose p, (SELECT said -> 'controller') AS controller (c)
	WHERE p.number = given.purpose
$$;
COMMENT ON FUNCTION gdpr_internal.kantara_receipt(gdpr.consent_event, jsonb) IS
'internal: a consent as Kantara Consent Receipt 1.1.0, from the event and the notice as published';
