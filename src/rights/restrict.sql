/*
 * restrict.sql: restriction of processing (Art. 18). The policy knows a restriction from the moment it is recorded; it
 * is not lifted before the person was told.
 */
CREATE TABLE gdpr.restriction_notice
(
	restriction	uuid PRIMARY KEY REFERENCES gdpr.restriction (id),
	told_at		timestamptz NOT NULL,
	proof		text NOT NULL CHECK (pg_catalog.btrim(proof) <> ''),
	recorded_by	name NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.restriction_notice', '');
COMMENT ON TABLE gdpr.restriction_notice IS
'when and how a person was told that a restriction will be lifted (Art. 18(3))';

CREATE FUNCTION gdpr.restrict_subject(subject_table gdpr.table_ref, subject_key text, ground text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	restriction uuid := gen_random_uuid();
BEGIN
	IF ground IS NULL OR ground NOT IN ('accuracy contested', 'unlawful', 'legal claims', 'objection pending') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown ground of restriction',
			HINT = 'Use accuracy contested, unlawful, legal claims or objection pending (Art. 18(1)).';
	END IF;
	INSERT INTO gdpr.restriction (id, subject, ground) VALUES (restriction, person, restrict_subject.ground);
	PERFORM gdpr_internal.record('processing restricted', person,
		jsonb_build_object('restriction', restriction, 'ground', ground));
	PERFORM gdpr_internal.queue_notifications(person, 'restriction', jsonb_build_object('ground', ground));
	RETURN restriction;
END $$;
COMMENT ON FUNCTION gdpr.restrict_subject(gdpr.table_ref, text, text) IS
'Restricts the processing of a person''s data, from the next statement of every session, to storage, legal claims and '
	'the protection of others, and returns the restriction''s id; recipients are queued to be told (Art. 18, 19). '
	'ground: accuracy contested, unlawful, legal claims, objection pending. Errors: 02000 no such person, 22023.';

CREATE FUNCTION gdpr.tell_of_lifting(restriction uuid, proof text, told_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := (SELECT r.subject FROM gdpr.restriction r WHERE r.id = tell_of_lifting.restriction
		AND r.ended_at IS NULL);
	told timestamptz := coalesce(told_at, clock_timestamp());
BEGIN
	IF person IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such restriction';
	ELSIF told > clock_timestamp() OR gdpr_internal.is_blank(proof) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say when the person was told, and how that is proved';
	END IF;
	INSERT INTO gdpr.restriction_notice (restriction, told_at, proof, recorded_by)
	VALUES (tell_of_lifting.restriction, told, btrim(tell_of_lifting.proof), gdpr_internal.acting_role())
	ON CONFLICT ON CONSTRAINT restriction_notice_pkey DO NOTHING;
	PERFORM gdpr_internal.record('lifting announced', person, jsonb_build_object('restriction', restriction, 'told_at',
		gdpr_internal.utc(told)));
END $$;
COMMENT ON FUNCTION gdpr.tell_of_lifting(uuid, text, timestamptz) IS
'Records that the person was told that a restriction will be lifted (Art. 18(3)). proof: such as a message id; '
	'told_at: default now. Errors: 55000 no such restriction, 22023.';

CREATE FUNCTION gdpr.lift_restriction(restriction uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.restriction_notice n WHERE n.restriction = lift_restriction.restriction)
	   AND EXISTS (SELECT FROM gdpr.restriction r WHERE r.id = lift_restriction.restriction AND r.ended_at IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG006',
			MESSAGE = 'the person was not told that the restriction will be lifted',
			HINT = 'Tell the person, then SELECT gdpr.tell_of_lifting(id, ''<proof>'');';
	END IF;
	/* not later than the now() by which the permission set is derived */
	UPDATE gdpr.restriction r SET ended_at = greatest(now(), r.since)
	WHERE r.id = lift_restriction.restriction AND r.ended_at IS NULL RETURNING r.subject INTO person;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such restriction';
	END IF;
	PERFORM gdpr_internal.record('restriction lifted', person, jsonb_build_object('restriction', restriction));
	PERFORM gdpr_internal.queue_notifications(person, 'restriction lifted');
END $$;
COMMENT ON FUNCTION gdpr.lift_restriction(uuid) IS
'Lifts a restriction after the person was told (Art. 18(3)). Errors: ZG006 not told, 55000 no such restriction.';
