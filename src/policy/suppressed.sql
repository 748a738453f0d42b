/*
 * suppressed.sql: who on file is on the suppression list, and how a person comes off it (Art. 7, 17(3), 21).
 */
CREATE FUNCTION gdpr_internal.identifier_hashes(people regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('(gdpr_internal.suppression_hash(t.%I))', a.attname), ', ' ORDER BY a.attnum)
	FROM pg_attribute a JOIN gdpr.classes() c ON to_regtype(c.type) = a.atttypid AND c.searchable
	WHERE a.attrelid = people AND NOT a.attisdropped
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
			'gdpr.suppression s ON s.hash = x.hash AND s.everywhere)', relation, hashes)
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
