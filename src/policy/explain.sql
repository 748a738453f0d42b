/*
 * explain.sql: the tests behind may_process(), mailable() and reveal(), one row each, in words that a data protection
 * officer reads, also for a past moment.
 *
 * Steps 1 to 7 are those of the policy. 8 to 12 come with a channel, when they are about contacting someone; without
 * one they are told and decide nothing. passed is NULL where a test decides nothing.
 */
CREATE FUNCTION gdpr.explain_processing(subject_table gdpr.table_ref, subject_key text, purpose text DEFAULT NULL,
										at timestamptz DEFAULT NULL, channel gdpr.channel DEFAULT NULL,
										OUT step integer, OUT test text, OUT passed boolean, OUT detail text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_forward_as_owner' LANGUAGE C STABLE ROWS 14;
COMMENT ON FUNCTION gdpr.explain_processing(gdpr.table_ref, text, text, timestamptz, gdpr.channel) IS
'The tests behind may_process and mailable, one row each, with verdict and detail: purpose, grant, person, basis with '
	'the consent, objection, restriction, special category, tag, notice, age, address and suppression. passed is NULL '
	'where a test decides nothing, such as those of contact without a channel. Also for a past time; tag, address and '
	'suppression list are looked at as they are now, without what came onto the list later. The current user''s '
	'grants count: without one for the purpose nothing is said of the person, but to a role that may read consents, '
	'objections and the suppression list (dpo). Art. 5(2).';

/* A role that may read what the answer is made of learns nothing from it. */
CREATE FUNCTION gdpr_internal.may_read_limits(role oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT bool_and(has_table_privilege(role, t, 'SELECT'))
	FROM unnest('{gdpr.consent_event,gdpr.objection,gdpr.restriction,gdpr.suppression,gdpr.notice_served}'::text[]) t
$$;
COMMENT ON FUNCTION gdpr_internal.may_read_limits(oid) IS
'internal: may the role read consents, objections, restrictions, the suppression list and who was informed?';

CREATE FUNCTION gdpr_internal.minute(at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT to_char(at, 'YYYY-MM-DD HH24:MI') $$;
COMMENT ON FUNCTION gdpr_internal.minute(timestamptz) IS 'internal: a time as an explanation shows it';

CREATE TYPE gdpr_internal.processing_test AS (step integer, test text, passed boolean, detail text);
COMMENT ON TYPE gdpr_internal.processing_test IS 'internal: a row of explain_processing';

CREATE FUNCTION gdpr_internal.explain_grant(caller oid, purpose text) RETURNS gdpr_internal.processing_test
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ROW(2, 'granted to the role', g.level <> 'none',
		CASE WHEN g.level <> 'none' OR NOT gdpr_internal.may_read_limits(caller) THEN g.level
			ELSE 'not to ' || pg_get_userbyid(caller) || coalesce(', but to ' || (
				SELECT string_agg(format('%s (%s)', o.role, o.level), ', ' ORDER BY o.role::text)
				FROM gdpr.purpose_grant o JOIN gdpr.purpose p ON p.number = o.purpose
				WHERE p.name = explain_grant.purpose), '') END)::gdpr_internal.processing_test
	FROM (SELECT CASE WHEN purpose IS NULL THEN 'none' ELSE gdpr_internal.grant_level(caller, purpose) END) g (level)
$$;
COMMENT ON FUNCTION gdpr_internal.explain_grant(oid, text) IS 'internal: step 2 of explain_processing';

/* The event that counts: a valid one before others. */
CREATE FUNCTION gdpr_internal.deciding_consent(subject bigint, purpose integer, channel gdpr.channel, at timestamptz,
	OUT event uuid, OUT state gdpr.consent_state, OUT since timestamptz, OUT until timestamptz, OUT valid boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.event, e.state, e.since, e.until, v.valid
	FROM gdpr_internal.consents_at(deciding_consent.subject, deciding_consent.at) e,
		LATERAL (SELECT e.state IN ('given', 'renewed') AND coalesce(e.until > deciding_consent.at, true)) v (valid)
	WHERE e.purpose = deciding_consent.purpose
	  AND (deciding_consent.channel IS NULL OR e.channel IN (deciding_consent.channel, 'any'))
	ORDER BY v.valid DESC, e.since DESC LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.deciding_consent(bigint, integer, gdpr.channel, timestamptz) IS
'internal: the event that decides whether there is consent at a time, over a channel or any';

CREATE FUNCTION gdpr_internal.explain_basis(p gdpr.purpose, subject bigint, channel gdpr.channel, at timestamptz)
	RETURNS gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
BEGIN
	SELECT * INTO c FROM gdpr_internal.deciding_consent(subject, p.number, channel, at);
	RETURN ROW(4, 'lawful basis', p.basis <> 'consent' OR coalesce(c.valid, false),
		CASE WHEN p.basis <> 'consent' THEN concat_ws(', ', p.basis, p.basis_detail)
			WHEN c.event IS NULL THEN 'consent never given'
			WHEN c.valid THEN format('consent %s %s on %s, until %s', c.event, c.state, gdpr_internal.minute(c.since),
				gdpr_internal.minute(c.until))
			WHEN c.state IN ('given', 'renewed')
				THEN format('consent %s expired on %s', c.event, gdpr_internal.minute(c.until))
			ELSE format('consent %s %s on %s', c.event, c.state, gdpr_internal.minute(c.since))
			END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_basis(gdpr.purpose, bigint, gdpr.channel, timestamptz) IS
'internal: step 4 of explain_processing';

CREATE FUNCTION gdpr_internal.explain_objection(p gdpr.purpose, subject bigint, channel gdpr.channel, at timestamptz)
	RETURNS gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	heeded boolean := p.direct_marketing OR p.basis IN ('public_task', 'legitimate_interests')
		OR EXISTS (SELECT FROM gdpr.automated_purpose a WHERE a.purpose = p.number);
	raised text := (SELECT string_agg(format('objected on %s to channel %s', gdpr_internal.minute(o.raised_at),
			o.channel), '; ' ORDER BY o.raised_at, o.channel)
		FROM gdpr.objection o
		WHERE o.subject = explain_objection.subject AND o.purpose = p.number
		  AND (explain_objection.channel IS NULL OR o.channel IN (explain_objection.channel, 'any'))
		  AND o.raised_at <= at AND coalesce(o.ended_at, 'infinity') > at);
BEGIN
	RETURN ROW(5, 'no objection', NOT heeded OR raised IS NULL,
		CASE WHEN raised IS NULL THEN 'none'
			WHEN NOT heeded THEN raised || '; against this basis there is no right to object'
			ELSE raised END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_objection(gdpr.purpose, bigint, gdpr.channel, timestamptz) IS
'internal: step 5 of explain_processing';

CREATE FUNCTION gdpr_internal.explain_restriction(p gdpr.purpose, subject bigint, at timestamptz)
	RETURNS gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	restricted text := (SELECT string_agg(format('restricted since %s: %s', gdpr_internal.minute(r.since), r.ground),
			'; ' ORDER BY r.since, r.ground)
		FROM gdpr.restriction r
		WHERE r.subject = explain_restriction.subject AND r.since <= at AND coalesce(r.ended_at, 'infinity') > at);
BEGIN
	RETURN ROW(6, 'not restricted', p.despite_restriction OR restricted IS NULL,
		CASE WHEN restricted IS NULL THEN 'none'
			WHEN p.despite_restriction THEN restricted || '; this purpose may go on all the same'
			ELSE restricted END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_restriction(gdpr.purpose, bigint, timestamptz) IS
'internal: step 6 of explain_processing';

/* Consent without a notice cannot be recorded. For other bases informing is a duty, and no condition (Art. 13, 14). */
CREATE FUNCTION gdpr_internal.explain_notice(p gdpr.purpose, subject bigint, consent uuid, at timestamptz)
	RETURNS gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	told record;
BEGIN
	SELECT s.notice, s.notice_version, s.language, s.served_at INTO told
	FROM gdpr.notice_served s
	JOIN gdpr.notice n ON (n.name, n.version) = (s.notice, s.notice_version)
	LEFT JOIN gdpr.consent_event e ON e.id = explain_notice.consent AND e.state IN ('given', 'renewed')
	WHERE s.subject = explain_notice.subject AND p.number = ANY (n.purposes) AND s.served_at <= at
	ORDER BY (e.notice, e.notice_version) = (n.name, n.version) DESC NULLS LAST, s.served_at DESC LIMIT 1;
	RETURN ROW(9, 'notice', CASE WHEN FOUND THEN true END,
		CASE WHEN FOUND THEN format('notice %s version %s (%s) was given on %s', told.notice, told.notice_version,
				told.language, gdpr_internal.minute(told.served_at))
			WHEN p.basis = 'consent' THEN 'none of this purpose was given, and so no consent can have been'
			ELSE 'it is not on record that the person was informed of this purpose (Art. 13, 14)'
			END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_notice(gdpr.purpose, bigint, uuid, timestamptz) IS
'internal: notice, of explain_processing';

CREATE FUNCTION gdpr_internal.explain_age(p gdpr.purpose, subject bigint, consent uuid)
	RETURNS gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given gdpr.consent_event;
	alone boolean := EXISTS (SELECT FROM gdpr.consent_event e
		WHERE e.id = explain_age.consent AND e.reason = gdpr_internal.too_young());
	child boolean;
BEGIN
	SELECT e.* INTO given FROM gdpr.consent_event e
	WHERE e.id = explain_age.consent AND e.state IN ('given', 'renewed');
	child := coalesce(given.child, gdpr.needs_guardian(
		gdpr_internal.birth_date_on_file(subject, given.event_time::date), NULL, given.event_time::date));
	RETURN ROW(10, 'age', CASE WHEN alone THEN false WHEN child IS NOT NULL OR given.guardian IS NOT NULL THEN true END,
		CASE WHEN p.basis <> 'consent' THEN 'counts for consent only (Art. 8)'
			WHEN alone THEN 'a child, by the birth date on file, who consented alone'
			WHEN given.id IS NULL THEN 'there is no consent'
			WHEN given.guardian IS NOT NULL THEN format('a guardian consented, verified on %s',
				gdpr_internal.minute(given.guardian_verified_at))
			WHEN child IS NULL THEN 'not known: no birth date is on file, and none was given with the consent'
			ELSE 'old enough to consent alone' END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_age(gdpr.purpose, bigint, uuid) IS
'internal: age, of explain_processing';

/* One condition of contact.sql for one person; NULL when the person has no row. */
CREATE FUNCTION gdpr_internal.holds_for(people regclass, key text, subject bigint, purpose integer,
	channel gdpr.channel, tag gdpr.purpose_set, condition text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	holds boolean;
BEGIN
	EXECUTE format('SELECT %s FROM %s t WHERE %s', condition, people, gdpr_internal.owned_condition(people))
	INTO holds
	USING gdpr_internal.key_values(key, (SELECT cardinality(d.key_columns) FROM gdpr.subject_table d
		WHERE d.relation = people)), subject, purpose, channel, tag;
	RETURN holds;
END $$;
COMMENT ON FUNCTION gdpr_internal.holds_for(regclass, text, bigint, integer, gdpr.channel, gdpr.purpose_set, text) IS
'internal: does a condition of contact hold for a person?';

CREATE FUNCTION gdpr_internal.explain_contact(p gdpr.purpose, s gdpr.subject, channel gdpr.channel, at timestamptz)
	RETURNS SETOF gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people regclass := (SELECT o.relation FROM gdpr.protected_table o
		WHERE o.relation = s.relation AND o.subject_table = o.relation);
	tag gdpr.purpose_set := ARRAY[p.name]::gdpr.purpose_set;
	address text := gdpr_internal.has_address(people, channel);
	list text := gdpr_internal.is_listed(people, channel, ARRAY(SELECT DISTINCT x.class FROM gdpr.suppression x
		WHERE x.since <= at));
	collected boolean;
	reached boolean;
	listed boolean;
	untold boolean;
	opted_out boolean;
BEGIN
	IF people IS NOT NULL THEN
		collected := gdpr_internal.holds_for(people, s.key, s.number, p.number, channel, tag, 't.purposes @> $5');
		reached := gdpr_internal.holds_for(people, s.key, s.number, p.number, channel, tag,
			coalesce(address, 'NULL::boolean'));
		listed := gdpr_internal.holds_for(people, s.key, s.number, p.number, channel, tag, coalesce(list, 'false'));
	END IF;
	RETURN NEXT ROW(8, 'collected for the purpose', CASE WHEN channel IS NOT NULL OR collected
			THEN coalesce(collected, false) END,
		CASE WHEN collected THEN 'the tag of the person''s row holds it'
			WHEN NOT collected THEN 'the tag of the person''s row does not hold it'
			ELSE 'no row of the person is in a protected table of people' END)::gdpr_internal.processing_test;
	RETURN NEXT ROW(11, 'address for the channel', CASE WHEN address IS NOT NULL THEN coalesce(reached, false) END,
		CASE WHEN channel IS NULL THEN 'no channel was asked for'
			WHEN gdpr_internal.address_class(channel) IS NULL THEN 'this channel needs none'
			WHEN address IS NULL THEN 'no protected table would hold one'
			WHEN reached THEN 'on file' ELSE gdpr_internal.no_address(channel) END)::gdpr_internal.processing_test;
	RETURN NEXT ROW(12, 'not suppressed', CASE WHEN channel IS NOT NULL OR NOT listed THEN NOT coalesce(listed, false)
			END,
		CASE WHEN NOT coalesce(listed, false) THEN 'no identifier of the person is on the suppression list'
			ELSE 'an identifier of the person is on the suppression list: no contact'
			END)::gdpr_internal.processing_test;
	opted_out := people IS NOT NULL AND gdpr_internal.holds_for(people, s.key, s.number, p.number, channel, tag,
		coalesce(gdpr_internal.is_opted_out(people, p.name, channel), 'false'));
	RETURN NEXT ROW(14, 'not on a public opt-out list', NOT coalesce(opted_out, false),
		CASE WHEN opted_out THEN gdpr_internal.opted_out(channel)
			WHEN NOT p.direct_marketing THEN 'counts for direct marketing only'
			ELSE 'on none of this channel that was loaded' END)::gdpr_internal.processing_test;
	untold := gdpr_internal.source_untold(s.number, at);
	RETURN NEXT ROW(13, 'told where the data came from',
		CASE WHEN channel IS NOT NULL OR NOT untold THEN NOT untold END,
		CASE WHEN untold THEN 'the person came by a list and was not told so: no contact before (Art. 14(3))'
			WHEN EXISTS (SELECT FROM gdpr.acquired_person x WHERE x.subject = s.number) THEN 'told after the list came'
			ELSE 'the person did not come by a list' END)::gdpr_internal.processing_test;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_contact(gdpr.purpose, gdpr.subject, gdpr.channel, timestamptz) IS
'internal: the steps of explain_processing about contacting the person';

CREATE FUNCTION gdpr_internal.explain_person(p gdpr.purpose, s gdpr.subject, channel gdpr.channel, at timestamptz)
	RETURNS SETOF gdpr_internal.processing_test
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	consent uuid := CASE p.basis WHEN 'consent'
		THEN (gdpr_internal.deciding_consent(s.number, p.number, channel, at)).event END;
BEGIN
	RETURN NEXT gdpr_internal.explain_basis(p, s.number, channel, at);
	RETURN NEXT gdpr_internal.explain_objection(p, s.number, channel, at);
	RETURN NEXT gdpr_internal.explain_restriction(p, s.number, at);
	RETURN NEXT ROW(7, 'special category', true, coalesce('Art. ' || p.art9_condition,
		'no Art. 9(2) condition: health data stay sealed'))::gdpr_internal.processing_test;
	RETURN NEXT gdpr_internal.explain_notice(p, s.number, consent, at);
	RETURN NEXT gdpr_internal.explain_age(p, s.number, consent);
	RETURN QUERY SELECT * FROM gdpr_internal.explain_contact(p, s, channel, at);
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_person(gdpr.purpose, gdpr.subject, gdpr.channel, timestamptz) IS
'internal: the steps of explain_processing about the person, in any order';

CREATE FUNCTION gdpr_internal.explain_processing_for(caller oid, subject_table regclass, subject_key text, purpose text,
											at timestamptz, channel gdpr.channel,
											OUT step integer, OUT test text, OUT passed boolean, OUT detail text)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked text := coalesce(purpose, nullif(current_setting('gdpr.purpose', true), ''));
	granted gdpr_internal.processing_test;
	p gdpr.purpose;
	s gdpr.subject;
BEGIN
	SELECT * INTO p FROM gdpr.purpose WHERE name = asked;
	step := 1; test := 'purpose stated and known'; passed := p.number IS NOT NULL;
	detail := CASE WHEN asked IS NULL THEN 'no purpose is stated' WHEN NOT passed THEN 'unknown purpose' ELSE asked END;
	RETURN NEXT;

	granted := gdpr_internal.explain_grant(caller, asked);
	step := granted.step; test := granted.test; passed := granted.passed; detail := granted.detail;
	RETURN NEXT;
	IF NOT passed AND NOT gdpr_internal.may_read_limits(caller) THEN
		/* who does not work for the purpose learns nothing of the person, not even whether we know one */
		RETURN;
	END IF;

	SELECT * INTO s FROM gdpr.subject
	WHERE number = gdpr_internal.subject_number(subject_table, subject_key) AND wrapped_key IS NOT NULL;
	step := 3; test := 'subject known'; passed := FOUND;
	detail := CASE WHEN FOUND THEN 'on file since ' || gdpr_internal.minute(s.created_at) ELSE 'no such subject' END;
	RETURN NEXT;
	IF p.number IS NOT NULL AND FOUND THEN
		RETURN QUERY SELECT e.* FROM gdpr_internal.explain_person(p, s, channel, coalesce(at, clock_timestamp())) e
			ORDER BY e.step;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.explain_processing_for(oid, regclass, text, text, timestamptz, gdpr.channel) IS
'internal: explain_processing for a caller';
