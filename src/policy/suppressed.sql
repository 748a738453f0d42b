/*
 * suppressed.sql: who on file is on the suppression list, and how a person comes back (Art. 7, 17(3), 21).
 *
 * The list stops contact and what brings people in. It does not stop the living: a value that stays as it is, a person
 * whose own row holds the identifier, another table of people than that from which someone was erased; nor a person
 * who comes back by the own doing, for what was asked for.
 */
CREATE TABLE gdpr.suppression_return
(
	hash		bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	purpose		integer NOT NULL REFERENCES gdpr.purpose (number),
	occasion	text NOT NULL CHECK (occasion IN ('order', 'registration', 'contract', 'enquiry')),
	evidence	uuid NOT NULL REFERENCES gdpr.evidence (id),
	at			timestamptz NOT NULL,
	recorded_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by	name NOT NULL DEFAULT SESSION_USER,
	PRIMARY KEY (hash, subject, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.suppression_return', '');
SELECT gdpr_internal.keeps_subject('gdpr.suppression_return', 'subject', 'delete');
CREATE INDEX suppression_return_subject ON gdpr.suppression_return (subject);
COMMENT ON TABLE gdpr.suppression_return IS
'people who came back by an order, a registration, a contract or an enquiry of their own: for which purpose their '
	'suppressed identifier, as a keyed hash, may be kept and used again, and by which evidence';

CREATE FUNCTION gdpr_internal.came_back(listed gdpr.suppression, subject bigint, purpose integer) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr.suppression_return r
		WHERE r.hash = listed.hash AND r.subject = came_back.subject AND r.purpose = came_back.purpose
		  AND r.at > listed.since)
$$;
COMMENT ON FUNCTION gdpr_internal.came_back(gdpr.suppression, bigint, integer) IS
'internal: did the person come back, for the purpose, after the identifier was suppressed?';

CREATE FUNCTION gdpr_internal.identifier_hashes(people regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('(gdpr_internal.suppression_hash(t.%I::%s))', a.attname, c.type), ', ' ORDER BY a.attnum)
	FROM pg_attribute a JOIN gdpr.classes() c ON c.searchable
		AND to_regtype(c.type) = gdpr_internal.base_type(a.atttypid)::regtype
	WHERE a.attrelid = people AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.identifier_hashes(regclass) IS
'internal: what the suppression list would have of the identifiers in a row, as a list for VALUES; NULL when '
	'it has none';

CREATE FUNCTION gdpr.suppressed_rows(relation gdpr.table_ref) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hashes text := gdpr_internal.identifier_hashes(relation);
	found bigint := 0;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = suppressed_rows.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	ELSIF hashes IS NOT NULL AND EXISTS (SELECT FROM gdpr.suppression s WHERE s.everywhere) THEN
		EXECUTE format('SELECT count(*) FROM %s t WHERE EXISTS (SELECT FROM (VALUES %s) x (hash) JOIN '
			'gdpr.suppression s ON s.hash = x.hash AND s.everywhere '
			'AND coalesce(s.relation = (SELECT p.subject_table FROM gdpr.protected_table p '
			'WHERE p.relation = %1$L::regclass), true))', relation, hashes)
		INTO found;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION gdpr.suppressed_rows(gdpr.table_ref) IS
'How many rows of a protected table have an identifier that is suppressed for every channel: people who were on file '
	'when they were put on the list, or a list that was loaded before the table was protected (Art. 17(3), 21). '
	'Errors: 55000 not protected.';

/* By the row's key: what this costs does not depend on the size of the table. */
CREATE FUNCTION gdpr_internal.identifiers_of(subject bigint) RETURNS SETOF bytea
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	own record;
BEGIN
	FOR own IN SELECT s.relation, s.key, cardinality(k.key_columns) AS parts,
		gdpr_internal.identifier_hashes(s.relation) AS hashes
			   FROM gdpr.subject s JOIN gdpr.protected_table p ON p.relation = s.relation
				   JOIN gdpr.subject_table k ON k.relation = s.relation
			   WHERE s.number = identifiers_of.subject
	LOOP
		CONTINUE WHEN own.hashes IS NULL;
		RETURN QUERY EXECUTE format('SELECT x.hash FROM %s t CROSS JOIN LATERAL (VALUES %s) x (hash) WHERE %s AND '
			'x.hash IS NOT NULL',
									own.relation, own.hashes, gdpr_internal.link_condition(own.relation, 0))
										USING gdpr_internal.key_values(own.key, own.parts), subject;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.identifiers_of(bigint) IS
'internal: the suppression hashes of the identifiers in a person''s own row';

/* Asked only of an identifier that is on the list for every channel. */
CREATE FUNCTION gdpr_internal.may_be_written(hash bytea, subject bigint, subject_table regclass, purposes integer[],
	import boolean) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT may_be_written.import AND x.relation <> may_be_written.subject_table
		OR EXISTS (SELECT FROM unnest(may_be_written.purposes) p
			WHERE gdpr_internal.came_back(x, may_be_written.subject, p))
		OR x.hash IN (SELECT h FROM gdpr_internal.identifiers_of(may_be_written.subject) h)
	FROM gdpr.suppression x WHERE x.hash = may_be_written.hash AND x.everywhere
$$;
COMMENT ON FUNCTION gdpr_internal.may_be_written(bytea, bigint, regclass, integer[], boolean) IS
'internal: may a suppressed identifier be written for a person, in a row with these purposes?';

CREATE FUNCTION gdpr_internal.check_return(purpose gdpr.purpose, occasion text, identifiers jsonb, at timestamptz)
	RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF occasion IS NULL OR occasion NOT IN ('order', 'registration', 'contract', 'enquiry') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a person comes back by something of the own doing',
			HINT = 'occasion is order, registration, contract or enquiry.';
	ELSIF purpose.basis = 'consent' OR purpose.direct_marketing THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = format('for purpose "%s" only a consent brings a person back', purpose.name),
			HINT = 'Record it with gdpr.give_consent(..., identifiers => ...), then gdpr.lift_suppression().';
	ELSIF identifiers IS NULL OR jsonb_typeof(identifiers) <> 'object' OR identifiers = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'identifiers are an object of one value a class',
			HINT = '{"email": "...", "phone": "..."}';
	ELSIF at > clock_timestamp() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a person cannot have come back in the future';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_return(gdpr.purpose, text, jsonb, timestamptz) IS
'internal: part of record_return; raises 22023 and ZG008';

CREATE FUNCTION gdpr.record_return(
	subject_table gdpr.table_ref, subject_key text, purpose text, occasion text, identifiers jsonb,
	evidence bytea, evidence_mime text, at timestamptz DEFAULT NULL)
	RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p gdpr.purpose;
	person bigint;
	moment timestamptz := coalesce(at, clock_timestamp());
	hashes bytea[];
	proof uuid;
BEGIN
	SELECT o.* INTO p FROM gdpr.purpose o WHERE o.number = gdpr.purpose_number(record_return.purpose);
	PERFORM gdpr_internal.check_return(p, occasion, identifiers, moment);
	hashes := ARRAY(SELECT DISTINCT s.hash
		FROM jsonb_each_text(identifiers) i, gdpr_internal.hash_of_text(i.key, i.value) h, gdpr.suppression s
		WHERE s.hash = h AND s.since < moment);
	IF evidence IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'that a person came back needs its evidence: the order or the registration as it was sent',
			HINT = 'Pass it as evidence with evidence_mime.';
	ELSIF hashes = '{}' THEN
		RAISE NOTICE 'none of these identifiers was suppressed before that';
		RETURN 0;
	END IF;
	person := gdpr_internal.lock_subject(gdpr_internal.ensure_subject(subject_table, subject_key));
	proof := gdpr_internal.add_evidence(person, 'form_snapshot', evidence_mime, evidence, NULL, NULL, NULL, NULL,
		NULL);
	INSERT INTO gdpr.suppression_return AS r (hash, subject, purpose, occasion, evidence, at)
	SELECT h, person, p.number, record_return.occasion, proof, moment FROM unnest(hashes) h
	ON CONFLICT ON CONSTRAINT suppression_return_pkey DO UPDATE
	SET occasion = excluded.occasion, evidence = excluded.evidence, at = greatest(r.at, excluded.at),
		recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by;
	PERFORM gdpr_internal.record('person came back', person, jsonb_build_object('purpose', p.name,
		'occasion', occasion, 'identifiers', cardinality(hashes), 'evidence', proof, 'at', moment));
	RETURN cardinality(hashes);
END $$;
COMMENT ON FUNCTION gdpr.record_return(gdpr.table_ref, text, text, text, jsonb, bytea, text, timestamptz) IS
'Records that a person who was erased, or asked to be left alone, came back by the own doing: occasion order, '
	'registration, contract or enquiry, with the identifiers given, {"email": "..."}, evidence with evidence_mime, and '
	'when (default now). From then on rows tagged for the purpose may hold these identifiers for this person, who may '
	'be contacted for it; for every other purpose the suppression stands, until it is suppressed again. Works before '
	'the row exists; returns how many identifiers were suppressed. Art. 6(1)(b), 17(3), 21. Errors: ZG008 no evidence, '
	'or a purpose of marketing or consent, which gdpr.lift_suppression() brings back; 22023, 22P02, ZG002, 55000.';

CREATE FUNCTION gdpr.lift_suppression(class text, value text, consent uuid, channel gdpr.channel DEFAULT 'any')
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	listed gdpr.suppression;
	given gdpr.consent_event;
BEGIN
	SELECT * INTO listed FROM gdpr.suppression s WHERE s.hash = gdpr_internal.hash_of_text(class, value)
		AND s.channel = channel FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'this identifier is not on the suppression list for that channel';
	END IF;
	SELECT * INTO given FROM gdpr.consent_event e WHERE e.id = consent AND e.state IN ('given', 'renewed');
	IF given.id IS NULL OR given.event_time <= listed.since
	   OR gdpr_internal.valid_consent(given.subject, given.purpose, given.channel,
		   clock_timestamp()) IS DISTINCT FROM given.id THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'only a consent given after the suppression, and still valid, lifts it';
	ELSIF channel <> 'any' AND given.channel NOT IN (channel, 'any') THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = format('this consent is not for channel %s', channel);
	ELSIF given.method NOT IN ('web_form', 'paper', 'in_person', 'double_opt_in')
	   OR (given.method <> 'double_opt_in' AND NOT EXISTS (SELECT FROM gdpr.consent_evidence l
		   WHERE l.consent = given.id)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'only a consent that the person took the initiative for, with evidence, lifts a suppression',
			HINT = 'Methods web_form, paper and in_person with evidence, or double_opt_in.';
	ELSIF NOT EXISTS (SELECT FROM gdpr.consent_identifier i WHERE i.consent = given.id AND i.hash = listed.hash)
	   AND listed.hash NOT IN (SELECT h FROM gdpr_internal.identifiers_of(given.subject) h) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'this consent does not come from the person to whom the identifier belongs',
			HINT = 'Pass what the person gave to gdpr.give_consent(), identifiers => ''{"email": "..."}'', when the '
				'consent is recorded.';
	END IF;
	DELETE FROM gdpr.suppression s WHERE s.hash = listed.hash AND s.channel = listed.channel;
	IF NOT EXISTS (SELECT FROM gdpr.suppression s WHERE s.hash = listed.hash) THEN
		DELETE FROM gdpr.suppression_return r WHERE r.hash = listed.hash;
		DELETE FROM gdpr.consent_identifier i WHERE i.hash = listed.hash;
		DELETE FROM gdpr.import_quarantine q WHERE q.hash = listed.hash;
	END IF;
	PERFORM gdpr_internal.record('suppression lifted', given.subject,
		jsonb_build_object('class', class, 'channel', channel, 'consent', consent));
END $$;
COMMENT ON FUNCTION gdpr.lift_suppression(text, text, uuid, gdpr.channel) IS
'Takes an identifier off the suppression list on the strength of a consent that the person gave afterwards, on the '
	'own initiative, with evidence, and for this identifier: it came with the consent (identifiers of '
	'gdpr.give_consent(), which works before the person has a row) or stands in the person''s own row. A consent '
	'lifts an entry once: suppressed again, it takes a new one. Art. 7, 17(3), 21. Errors: ZG008 no such consent, '
	'older, ended, for another channel, not the person''s initiative, without evidence or not of this identifier; '
	'55000 not on the list.';
