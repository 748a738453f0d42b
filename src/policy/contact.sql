/*
 * contact.sql: may this person be contacted for a purpose over a channel, and why not. One decision, of which
 * mailable() and excluded() ask for everybody, may_process() for one person and explain_processing() test by test.
 *
 * What a permission set says (basis, objection, restriction) is the policy's; the tests here look at the person's own
 * row: was it collected for the purpose, does it hold an address for the channel, is an identifier suppressed; and was
 * the person of a list told of it. Their
 * conditions are over the alias t of the subject table, with $3 the purpose and $4 the channel.
 */
CREATE FUNCTION gdpr_internal.address_class(channel gdpr.channel) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE channel WHEN 'email' THEN 'email' WHEN 'sms' THEN 'phone' WHEN 'phone' THEN 'phone'
		WHEN 'post' THEN 'address' END
$$;
COMMENT ON FUNCTION gdpr_internal.address_class(gdpr.channel) IS
'internal: the class of value that a channel leads to; NULL for one that needs none';

/* The columns of a class, those of a domain over its type among them. */
CREATE FUNCTION gdpr_internal.columns_of_class(relation regclass, class text) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND gdpr_internal.base_type(a.atttypid)::regtype = to_regtype('gdpr.pii_' || class)
$$;
COMMENT ON FUNCTION gdpr_internal.columns_of_class(regclass, text) IS
'internal: the columns of a table that hold values of a class; NULL when none does';

/*
 * Addresses may stand in a table of their own, which then counts. Where no column holds any, they are kept elsewhere,
 * and the question is not ours: NULL.
 */
CREATE FUNCTION gdpr_internal.has_address(people regclass, channel gdpr.channel) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN own.columns IS NOT NULL
			THEN (SELECT '(' || string_agg(format('t.%I IS NOT NULL', c), ' OR ') || ')' FROM unnest(own.columns) c)
			ELSE (SELECT '(' || string_agg(format(
					'EXISTS (SELECT FROM %s o WHERE o.gdpr_subject = t.gdpr_subject AND o.%I IS NOT NULL)',
					p.relation, c), ' OR ' ORDER BY p.relation::text, c) || ')'
				FROM gdpr.protected_table p,
					unnest(gdpr_internal.columns_of_class(p.relation, gdpr_internal.address_class(channel))) c
				WHERE p.subject_table = people AND p.relation <> people) END
	FROM (SELECT gdpr_internal.columns_of_class(people, gdpr_internal.address_class(channel)) AS columns) own
$$;
COMMENT ON FUNCTION gdpr_internal.has_address(regclass, gdpr.channel) IS
'internal: the condition that a person of the table has an address for the channel; NULL when none is needed, or none '
	'would be in a protected table';

/*
 * An address on the list may not be used, whatever the channel, and no identifier tells of another channel: an e-mail
 * address of calls, a telephone number of mail.
 */
CREATE FUNCTION gdpr_internal.is_listed(people regclass, channel gdpr.channel, listed text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT '(' || string_agg(format('EXISTS (SELECT FROM gdpr.suppression x '
		'WHERE x.hash = gdpr_internal.suppression_hash(t.%I::%s) AND x.channel IN ($4, ''any'') '
		'AND NOT gdpr_internal.came_back(x, t.gdpr_subject, $3))', c, k.type), ' OR ') || ')'
	FROM gdpr.classes() k, unnest(gdpr_internal.columns_of_class(people, k.class)) c
	WHERE k.class = ANY (listed)
	  AND NOT (k.class = 'email' AND coalesce(channel IN ('sms', 'phone'), false)
		OR k.class = 'phone' AND coalesce(channel = 'email', false))
$$;
COMMENT ON FUNCTION gdpr_internal.is_listed(regclass, gdpr.channel, text[]) IS
'internal: the condition that an identifier in a person''s row is on the suppression list, on which identifiers of '
	'the classes listed are; NULL when none can be';

/*
 * A public opt-out list stops direct marketing, of customers too; the last act of the person prevails, so that consent
 * given after the registration stands.
 */
CREATE FUNCTION gdpr_internal.is_opted_out(people regclass, purpose text, channel gdpr.channel) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN gdpr_internal.stale_optout_list(channel) IS NOT NULL THEN 'true' ELSE
		'(' || string_agg(format('EXISTS (SELECT FROM gdpr.optout_entry o '
		'JOIN gdpr.optout_list l ON l.name = o.list AND l.channel = $4 '
		'WHERE o.hash = gdpr_internal.suppression_hash(t.%I::gdpr.pii_%s) AND NOT EXISTS ('
		'SELECT FROM gdpr_internal.consents_at(t.gdpr_subject, clock_timestamp()) c '
		'WHERE c.purpose = $3 AND c.channel IN ($4, ''any'') AND c.state IN (''given'', ''renewed'') '
		'AND gdpr_internal.day_of(c.since) > o.since))', n, k), ' OR ') || ')' END
	FROM (SELECT gdpr_internal.address_class(channel)) a (k), unnest(gdpr_internal.columns_of_class(people, a.k)) n
	WHERE EXISTS (SELECT FROM gdpr.optout_list l WHERE l.channel = is_opted_out.channel)
	  AND EXISTS (SELECT FROM gdpr.purpose p WHERE p.name = is_opted_out.purpose AND p.direct_marketing)
	HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.is_opted_out(regclass, text, gdpr.channel) IS
'internal: the condition that a person is on an opt-out list of the channel, and did not consent since, or that it is '
	'not known, as the list is too old; NULL when none counts';

CREATE FUNCTION gdpr_internal.opted_out(channel gdpr.channel) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN gdpr_internal.stale_optout_list(channel) IS NULL THEN 'on a public opt-out list'
		ELSE 'the public opt-out list is too old' END
$$;
COMMENT ON FUNCTION gdpr_internal.opted_out(gdpr.channel) IS
'internal: the reason not to contact a person for whom is_opted_out() holds';

/* Why there is no consent: what the last event says. */
CREATE FUNCTION gdpr_internal.consent_lacks(subject bigint, purpose integer, channel gdpr.channel) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce((SELECT CASE WHEN c.state IN ('given', 'renewed') THEN 'consent expired'
			WHEN e.reason = gdpr_internal.too_young() THEN 'consent of a child alone'
			ELSE 'consent ' || c.state END
		FROM gdpr_internal.consents_at(consent_lacks.subject, clock_timestamp()) c
		JOIN gdpr.consent_event e ON e.id = c.event
		WHERE c.purpose = consent_lacks.purpose AND c.channel IN (consent_lacks.channel, 'any')
		ORDER BY c.since DESC LIMIT 1), 'consent never given');
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_lacks(bigint, integer, gdpr.channel) IS
'internal: the reason not to contact a person who has no valid consent';

CREATE FUNCTION gdpr_internal.no_address(channel gdpr.channel) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('no %s on file', CASE gdpr_internal.address_class(channel) WHEN 'email' THEN 'e-mail address'
		WHEN 'phone' THEN 'telephone number' ELSE 'postal address' END)
$$;
COMMENT ON FUNCTION gdpr_internal.no_address(gdpr.channel) IS
'internal: the reason not to contact a person without an address';

/*
 * Every person of a subject table, or the one with number subject, with the verdict on contacting them: NULL when they
 * may be. A person counts who has a key and a row.
 */
CREATE FUNCTION gdpr_internal.contact_verdicts_in(people regclass, purpose text, channel gdpr.channel,
	subject bigint, key text, OUT subject_key text, OUT reason text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number integer := gdpr.purpose_number(purpose);
	has_address text := gdpr_internal.has_address(people, channel);
	is_listed text := gdpr_internal.is_listed(people, channel,
		ARRAY(SELECT DISTINCT x.class FROM gdpr.suppression x));
BEGIN
	RETURN QUERY EXECUTE format($query$
		SELECT s.key,
			   CASE WHEN NOT t.purposes @> $5 THEN 'not collected for the purpose'
					WHEN r.refusal = 'no valid consent' THEN gdpr_internal.consent_lacks(s.number, $3, $4)
					WHEN r.refusal IS NOT NULL THEN r.refusal
					WHEN NOT %s THEN $6
					WHEN %s THEN 'suppressed'
					WHEN %s THEN gdpr_internal.opted_out($4)
					WHEN %s THEN gdpr_internal.not_told_of_source() END
		FROM %s t
		JOIN gdpr.subject s ON s.number = t.gdpr_subject
		CROSS JOIN LATERAL gdpr_internal.refusal(s.permissions, $3, $4) AS r (refusal)
		WHERE s.wrapped_key IS NOT NULL %s$query$, coalesce(has_address, 'true'), coalesce(is_listed, 'false'),
		coalesce(gdpr_internal.is_opted_out(people, purpose, channel), 'false'),
		CASE WHEN EXISTS (SELECT FROM gdpr.acquired_person)
			THEN 'gdpr_internal.source_untold(s.number, clock_timestamp())' ELSE 'false' END, people,
		CASE WHEN subject IS NOT NULL THEN 'AND ' || gdpr_internal.owned_condition(people) ELSE '' END)
	USING gdpr_internal.key_values(key, (SELECT cardinality(d.key_columns) FROM gdpr.subject_table d
			WHERE d.relation = people)), subject, number, channel, ARRAY[purpose]::gdpr.purpose_set,
		gdpr_internal.no_address(channel);
END $$;
COMMENT ON FUNCTION gdpr_internal.contact_verdicts_in(regclass, text, gdpr.channel, bigint, text) IS
'internal: the people of a protected subject table, or one of them, with the reason not to contact them, or NULL';

CREATE FUNCTION gdpr_internal.contact_verdicts(purpose text, channel gdpr.channel,
	OUT subject_table regclass, OUT subject_key text, OUT reason text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.relation, v.subject_key, v.reason
	FROM gdpr.protected_table p, gdpr_internal.contact_verdicts_in(p.relation, purpose, channel, NULL, NULL) v
	WHERE p.subject_table = p.relation
$$;
COMMENT ON FUNCTION gdpr_internal.contact_verdicts(text, gdpr.channel) IS
'internal: every person of the protected subject tables, with the reason not to contact them, or NULL';

CREATE FUNCTION gdpr_internal.may_contact(subject bigint, purpose text, channel gdpr.channel) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr.subject s
		JOIN gdpr.protected_table p ON p.relation = s.relation AND p.subject_table = p.relation
		CROSS JOIN LATERAL gdpr_internal.contact_verdicts_in(s.relation, may_contact.purpose, may_contact.channel,
			s.number, s.key) v
		WHERE s.number = may_contact.subject AND v.reason IS NULL)
$$;
COMMENT ON FUNCTION gdpr_internal.may_contact(bigint, text, gdpr.channel) IS
'internal: is this person one of those whom mailable() lists?';
