/*
 * identity.sql: who asks (Art. 11, 12(6)). What a requester sends to be known by is more data than there was before:
 * it is sealed for the person, read under the purpose identity_check, and deleted when the check is done, whatever came
 * of it.
 */
CREATE FUNCTION gdpr.ask_identity(id uuid, asked text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
BEGIN
	IF r.identity_verified_at IS NOT NULL OR r.state NOT IN ('received', 'in_progress') THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the identity is verified or asked for already',
			HINT = 'Asking again does not stop the clock (Art. 12(6), guidelines 01/2022).';
	ELSIF gdpr_internal.is_blank(asked) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say what is asked for and why it is needed';
	END IF;
	UPDATE gdpr.request q SET state = 'identity_pending', identity_asked_on = gdpr_internal.today_in(r.time_zone)
		WHERE q.id = r.id;
	PERFORM gdpr_internal.add_step(r, 'identity asked', jsonb_build_object('asked', asked));
END $$;
COMMENT ON FUNCTION gdpr.ask_identity(uuid, text) IS
'Asks the requester for what identifies them, and stops the clock until it is there (Art. 12(6)). asked: what and '
	'why, never a personal value. Errors: 55000 verified or asked already, ZG022 nothing said, 02000.';

CREATE FUNCTION gdpr.verify_identity(id uuid, method text) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
	due date;
BEGIN
	IF gdpr_internal.is_blank(method) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say by which method the identity was verified',
			HINT = 'Such as login, reply from the address on file, or eID; identity documents are deleted '
				'after the check.';
	ELSIF r.identity_verified_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the identity is verified already';
	END IF;
	r.paused_days := CASE WHEN r.state = 'identity_pending'
		THEN gdpr_internal.today_in(r.time_zone) - r.identity_asked_on
		ELSE 0 END;
	UPDATE gdpr.request q
	SET state = 'in_progress', identity_method = btrim(method), identity_verified_at = clock_timestamp(),
		paused_days = r.paused_days,
		due_on = gdpr.answer_due(r.received_on, r.country, r.paused_days, r.extension)
	WHERE q.id = r.id RETURNING q.due_on INTO due;
	PERFORM gdpr_internal.add_step(r, 'identity verified', jsonb_build_object('method', method, 'paused_days',
		r.paused_days,
		'data_deleted', gdpr_internal.forget_identity_data(r.id)));
	RETURN due;
END $$;
COMMENT ON FUNCTION gdpr.verify_identity(uuid, text) IS
'Records how and when the requester''s identity was verified and returns the last day to answer: the days since it '
	'was asked for do not count (Art. 12(6)). method: never a personal value; what was shown '
	'(gdpr.keep_identity_data()) is deleted. Errors: 22023 no method, 55000 verified already or closed, 02000.';

CREATE FUNCTION gdpr.keep_identity_data(id uuid, mime text, content bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
	kept uuid := gen_random_uuid();
BEGIN
	IF r.identity_verified_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the identity is verified: nothing more may be kept of it';
	ELSIF r.subject IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'no person on file made this request: there is nothing to compare with',
			HINT = 'Look at it and delete it.';
	ELSIF coalesce(length(content), 0) = 0 OR length(content) > 100 * 1024 * 1024
		  OR NOT EXISTS (SELECT FROM gdpr.evidence_mime m WHERE m.mime = keep_identity_data.mime) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'identity data need content of at most 100 MB and a known media type',
			HINT = 'The media types are in gdpr.evidence_mime.';
	END IF;
	INSERT INTO gdpr.identity_data (id, request, subject, mime, content)
	VALUES (kept, r.id, r.subject, keep_identity_data.mime,
		gdpr_internal.bind_value(keep_identity_data.content::gdpr.pii_bytes, r.subject));
	PERFORM gdpr_internal.add_step(r, 'identity data received',
		jsonb_build_object('mime', mime, 'size', length(content)));
	RETURN kept;
END $$;
COMMENT ON FUNCTION gdpr.keep_identity_data(uuid, text, bytea) IS
'Keeps what a requester sent to be known by, such as a copy of a card, sealed for the person, until '
	'gdpr.verify_identity() or the end of the request deletes it (Art. 5(1)(c), 12(6)), and returns its id. mime: one '
	'of gdpr.evidence_mime; content: at most 100 MB. Errors: 55000 verified already, closed, or no person on file; '
	'22023 content or media type; 02000 no such request.';

CREATE FUNCTION gdpr_internal.sealed_identity_data(id uuid) RETURNS gdpr.pii_bytes
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	content gdpr.pii_bytes;
BEGIN
	SELECT d.content INTO content FROM gdpr.identity_data d WHERE d.id = sealed_identity_data.id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there are no such identity data',
			HINT = 'They are deleted when the identity is verified.';
	END IF;
	RETURN content;
END $$;
COMMENT ON FUNCTION gdpr_internal.sealed_identity_data(uuid) IS 'internal: identity data as stored, sealed';

CREATE FUNCTION gdpr.read_identity_data(id uuid) RETURNS bytea
LANGUAGE sql SET search_path = pg_catalog, pg_temp SET gdpr.on_denied = error AS $$
	SELECT gdpr.reveal(gdpr_internal.sealed_identity_data(id), 'identity_check')
$$;
COMMENT ON FUNCTION gdpr.read_identity_data(uuid) IS
'What a requester sent to be known by, for a role granted the purpose identity_check in full (NULL for masked). '
	'Errors: ZG002 not granted, ZG020 subject erased, 02000 deleted already.';
