/*
 * request.sql: requests of people, their clock and their answers (Art. 12).
 *
 * received -> identity_pending (the clock stands still) -> in_progress -> extended -> fulfilled, partially_fulfilled,
 * refused or withdrawn. Who handles a request does not approve its answer. Every step is kept.
 */
CREATE TABLE gdpr.basis_right
(
	basis			text NOT NULL,
	request_right	text NOT NULL,
	PRIMARY KEY (basis, request_right)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.basis_right IS
'which rights there are by lawful basis (Art. 15-21): the rest may be refused as not applicable';
INSERT INTO gdpr.basis_right
SELECT b, r FROM pg_catalog.unnest(
	'{consent,contract,legal_obligation,vital_interests,public_task,legitimate_interests}'::text[]) b,
	pg_catalog.unnest('{access,rectification,restriction,automated_decision}'::text[]) r
UNION ALL VALUES ('consent', 'erasure'), ('consent', 'portability'), ('contract', 'erasure'),
	('contract', 'portability'),
	('vital_interests', 'erasure'), ('public_task', 'objection'), ('legitimate_interests', 'erasure'),
		('legitimate_interests', 'objection');

CREATE TABLE gdpr.request
(
	id						uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject					bigint REFERENCES gdpr.subject (number),
	request_right			text NOT NULL CHECK (request_right IN
		('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection', 'automated_decision')),
	state					text NOT NULL DEFAULT 'received' CHECK (state IN
		('received', 'identity_pending', 'in_progress', 'extended', 'fulfilled', 'partially_fulfilled', 'refused',
			'withdrawn')),
	channel					gdpr.channel NOT NULL,
	language				gdpr.language NOT NULL,
	country					text NOT NULL,
	time_zone				text NOT NULL,
	received_at				timestamptz NOT NULL,
	received_on				date NOT NULL,
	due_on					date NOT NULL,
	handler					name NOT NULL,
	approver				name,
	approved_at				timestamptz,
	approved_sha256			bytea CHECK (pg_catalog.length(approved_sha256) = 32),
	identity_asked_on		date,
	identity_method			text,
	identity_verified_at	timestamptz,
	paused_days				integer NOT NULL DEFAULT 0 CHECK (paused_days >= 0),
	extension				interval NOT NULL DEFAULT '0',
	extension_reason		text,
	extension_told_at		timestamptz,
	refusal_ground			text,
	refusal_reason			text,
	complaint_told			boolean NOT NULL DEFAULT false,
	exceptions				text,
	answer_sha256			bytea CHECK (pg_catalog.length(answer_sha256) = 32),
	closed_at				timestamptz,
	raised_at				timestamptz,
	CHECK ((closed_at IS NOT NULL) = (state IN ('fulfilled', 'partially_fulfilled', 'refused', 'withdrawn'))),
	CHECK (closed_at IS NULL OR state = 'withdrawn' OR answer_sha256 IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.request', '');
SELECT gdpr_internal.keeps_subject('gdpr.request', 'subject', 'keep',
	'proof that the request was answered, under a number without a name');
CREATE INDEX request_subject ON gdpr.request (subject);
CREATE INDEX request_open ON gdpr.request (due_on) WHERE closed_at IS NULL;
COMMENT ON TABLE gdpr.request IS
'requests of people: right, state, last day to answer, handler and approver, how the identity was verified, '
	'extension, refusal, hash of the answer; subject is NULL for a person who is not on file';

CREATE TABLE gdpr.identity_data
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	request		uuid NOT NULL REFERENCES gdpr.request (id),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	mime		text NOT NULL,
	content		gdpr.pii_bytes NOT NULL,
	received_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.identity_data', '');
SELECT gdpr_internal.keeps_subject('gdpr.identity_data', 'subject', 'delete', copied => $q$
	SELECT 'gdpr.identity_data'::regclass, 'owner', jsonb_build_object('request', i.request,
		'received_at', gdpr_internal.utc(i.received_at), 'content', i.content, 'purposes', '{}'),
		'{"content": "bytes"}'::jsonb
	FROM gdpr.identity_data i WHERE i.subject = $2 ORDER BY i.received_at, i.id$q$);
CREATE INDEX identity_data_request ON gdpr.identity_data (request);
CREATE INDEX identity_data_subject ON gdpr.identity_data (subject);
COMMENT ON TABLE gdpr.identity_data IS
'what requesters sent to prove who they are, sealed; deleted when the identity is verified or the request ends';

CREATE FUNCTION gdpr_internal.forget_identity_data(request uuid) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	deleted bigint;
BEGIN
	DELETE FROM gdpr.identity_data d WHERE d.request = forget_identity_data.request;
	GET DIAGNOSTICS deleted = ROW_COUNT;
	RETURN deleted;
END $$;
COMMENT ON FUNCTION gdpr_internal.forget_identity_data(uuid) IS 'internal: deletes what identified a requester';

CREATE TABLE gdpr.request_step
(
	request	uuid NOT NULL REFERENCES gdpr.request (id),
	number	integer NOT NULL,
	at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role	name NOT NULL,
	login	name NOT NULL DEFAULT SESSION_USER,
	step	text NOT NULL,
	detail	jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (request, number)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.request_step', '');
SELECT gdpr_internal.append_only('gdpr.request_step');
COMMENT ON TABLE gdpr.request_step IS 'everything that was done about a request, by which role and when; append-only';

/* Closed as fulfilled, perhaps in the transaction that erased; it counts as such when no restore can undo it. */
CREATE VIEW gdpr.request_journal_pending AS
SELECT r.id, r.request_right, r.state, r.received_on, r.due_on, r.closed_at, r.handler
FROM gdpr.journal_behind b JOIN gdpr.request r ON r.subject = b.subject
WHERE b.kind = 'erasure' AND r.request_right = 'erasure' AND r.state IN ('fulfilled', 'partially_fulfilled');
COMMENT ON VIEW gdpr.request_journal_pending IS
'requests for erasure that are closed, and not fulfilled yet: the erasure is not in the fsynced journal file of this '
	'node; empty when no journal is configured';

CREATE VIEW gdpr.request_overdue AS
SELECT r.id, r.request_right, r.state, r.received_on, r.due_on,
	gdpr_internal.today_in(r.time_zone) - r.due_on AS days_late, r.handler
FROM gdpr.request r WHERE r.closed_at IS NULL AND r.state <> 'identity_pending'
	AND r.due_on < gdpr_internal.today_in(r.time_zone)
UNION ALL
SELECT r.id, r.request_right, 'journal_pending', r.received_on, r.due_on,
	gdpr_internal.today_in(r.time_zone) - r.due_on, r.handler
FROM gdpr.request_journal_pending p JOIN gdpr.request r ON r.id = p.id
WHERE r.due_on < gdpr_internal.today_in(r.time_zone);
COMMENT ON VIEW gdpr.request_overdue IS
'requests whose last day to answer is past; the clock of those that await identification stands still';

CREATE VIEW gdpr.request_due_soon AS
SELECT r.id, r.request_right, r.state, r.received_on, r.due_on,
	r.due_on - gdpr_internal.today_in(r.time_zone) AS days_left, r.handler
FROM gdpr.request r
WHERE r.closed_at IS NULL AND r.state <> 'identity_pending'
  AND r.due_on BETWEEN gdpr_internal.today_in(r.time_zone) AND (
	  gdpr_internal.today_in(r.time_zone)
	  + gdpr_internal.period_on('request_due_soon', gdpr_internal.today_in(r.time_zone)))::date;
COMMENT ON VIEW gdpr.request_due_soon IS
'requests that are to be answered within the days of the setting request_due_soon';

/* ---- what every step shares ---- */
CREATE FUNCTION gdpr_internal.lock_request(id uuid, open boolean DEFAULT true) RETURNS gdpr.request
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request;
BEGIN
	SELECT * INTO r FROM gdpr.request q WHERE q.id = lock_request.id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such request';
	ELSIF open AND r.closed_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('the request is closed: %s', replace(r.state, '_', ' '));
	END IF;
	RETURN r;
END $$;
COMMENT ON FUNCTION gdpr_internal.lock_request(uuid, boolean) IS
'internal: an open request, locked; 02000 unknown, 55000 closed';

CREATE FUNCTION gdpr_internal.add_step(request gdpr.request, step text, detail jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gdpr.request_step (request, number, role, step, detail)
	SELECT request.id, coalesce(max(s.number), 0) + 1, gdpr_internal.acting_role(), add_step.step, add_step.detail
	FROM gdpr.request_step s WHERE s.request = add_step.request.id;
	PERFORM gdpr_internal.record('request ' || step, request.subject,
		detail || jsonb_build_object('request', request.id, 'right', request.request_right, 'by',
			gdpr_internal.acting_role()));
END $$;
COMMENT ON FUNCTION gdpr_internal.add_step(gdpr.request, text, jsonb) IS 'internal: puts a step of a request on record';

CREATE FUNCTION gdpr_internal.require_identified(request gdpr.request) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF request.identity_verified_at IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG023', MESSAGE = 'the identity of the requester is not verified',
			HINT = 'SELECT gdpr.verify_identity(id, ''<method>'');';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_identified(gdpr.request) IS 'internal: ZG023 without a verified identity';

CREATE FUNCTION gdpr_internal.require_approved(request gdpr.request, answer bytea DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF request.approved_at IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG025', MESSAGE = 'the answer to the request is not approved',
			HINT = format('SELECT gdpr.approve_request(id, answer); by another person than %I, who handles it.',
				request.handler);
	ELSIF request.approved_sha256 <> sha256(answer) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG025', MESSAGE = 'the answer is not the one that was approved',
			HINT = 'Let the approver read it: SELECT gdpr.approve_request(id, answer);';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_approved(gdpr.request, bytea) IS
'internal: ZG025 unless another person than the handler approved, and this answer where one is given';

/* ---- the steps ---- */

/* The clock runs from the first letter, in whatever order they are registered. */
CREATE FUNCTION gdpr_internal.receive_again(request gdpr.request, at timestamptz, channel gdpr.channel) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	detail jsonb := jsonb_build_object('channel', channel, 'at', gdpr_internal.utc(at));
	first_day date := (at AT TIME ZONE request.time_zone)::date;
	due date;
BEGIN
	IF at < request.received_at THEN
		UPDATE gdpr.request q SET received_at = receive_again.at, received_on = first_day,
			due_on = gdpr.answer_due(first_day, q.country, q.paused_days, q.extension)
		WHERE q.id = request.id RETURNING q.due_on INTO due;
		detail := detail || jsonb_build_object('received_on', first_day, 'due', due);
	END IF;
	PERFORM gdpr_internal.add_step(request, 'received again', detail);
END $$;
COMMENT ON FUNCTION gdpr_internal.receive_again(gdpr.request, timestamptz, gdpr.channel) IS
'internal: the same request once more; the earliest receipt is the request''s';

CREATE FUNCTION gdpr.open_request(subject_table gdpr.table_ref, subject_key text, request_right text,
	channel gdpr.channel,
								  received_at timestamptz DEFAULT NULL, language text DEFAULT 'en',
									  country text DEFAULT NULL, time_zone text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request;
	earlier gdpr.request;
	home text := (SELECT c.country FROM gdpr.controller c);
BEGIN
	IF request_right IS NULL OR request_right NOT IN ('access', 'rectification', 'erasure', 'restriction',
		'portability', 'objection', 'automated_decision') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown right',
			HINT = 'Use access, rectification, erasure, restriction, portability, objection or automated_decision.';
	ELSIF channel IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a request needs its channel';
	END IF;
	PERFORM gdpr_internal.require_language(language);
	r.subject := CASE WHEN subject_key IS NOT NULL THEN gdpr_internal.require_subject(subject_table, subject_key) END;
	r.received_at := coalesce(open_request.received_at, clock_timestamp());
	IF r.received_at > clock_timestamp() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a request cannot be received in the future';
	END IF;
	IF r.subject IS NOT NULL THEN
		PERFORM FROM gdpr.subject s WHERE s.number = r.subject FOR NO KEY UPDATE;
		SELECT * INTO earlier FROM gdpr.request q
		WHERE q.subject = r.subject AND q.request_right = open_request.request_right AND q.closed_at IS NULL FOR UPDATE;
		IF FOUND THEN
			PERFORM gdpr_internal.receive_again(earlier, r.received_at, open_request.channel);
			RAISE NOTICE 'this request is open already: it was received again';
			RETURN earlier.id;
		END IF;
	END IF;
	r.id := gen_random_uuid();
	r.request_right := request_right;
	r.country := coalesce(gdpr_internal.country_code(open_request.country), home, 'BE');
	r.time_zone := gdpr_internal.time_zone_of(open_request.time_zone, r.country, home);
	r.received_on := (r.received_at AT TIME ZONE r.time_zone)::date;
	INSERT INTO gdpr.request (id, subject, request_right, channel, language, country, time_zone, received_at,
		received_on, due_on, handler)
	VALUES (r.id, r.subject, r.request_right, open_request.channel, open_request.language, r.country, r.time_zone,
		r.received_at, r.received_on,
			gdpr.answer_due(r.received_on, r.country), gdpr_internal.acting_role());
	IF r.subject IS NOT NULL THEN
		PERFORM gdpr_internal.hold_for_request(r.subject, r.id, r.request_right);
	END IF;
	PERFORM gdpr_internal.add_step(r, 'received',
		jsonb_build_object('channel', channel, 'at', gdpr_internal.utc(r.received_at)));
	RETURN r.id;
END $$;
COMMENT ON FUNCTION gdpr.open_request(gdpr.table_ref, text, text, gdpr.channel, timestamptz, text, text, text) IS
'Registers a request of a person and returns its id; the clock runs from receipt (Art. 12(3)). subject_key NULL: '
	'a person who is not on file, who must be answered too. request_right: access, rectification, erasure, '
	'restriction, portability, objection, automated_decision; channel by which it came, and will be answered; '
	'received_at (default now); language of the person; country of the holidays (default the controller''s); '
	'time_zone of the day of receipt (default the country''s, gdpr.country_zone). The same request while one is open '
	'is recorded on that one, and the earliest receipt is its clock. Until it is closed the person''s data stay '
	'(ZG018), whatever the right is but erasure and objection. Errors: 02000 no such person, 22023 unknown right, '
	'language, country or zone, future.';

CREATE FUNCTION gdpr.extend_request(id uuid, reason text, extension interval DEFAULT NULL,
	told_at timestamptz DEFAULT NULL) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
	answer interval := gdpr_internal.period_on('request_answer', r.received_on);
	most interval := gdpr_internal.period_on('request_extension', r.received_on);
	told timestamptz := coalesce(told_at, clock_timestamp());
	due date;
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'an extension needs its reason',
			HINT = 'The complexity or the number of the requests (Art. 12(3)); the person is told it.';
	ELSIF r.extension_reason IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'a request is extended once';
	ELSIF coalesce(extension, most) <= interval '0'
		/* from the end of the first month, whose own length counts: 62 days may be longer than two months */
		OR r.received_on + (answer + coalesce(extension, most)) > r.received_on + (answer + most) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('a request is extended by at most %s', most);
	ELSIF told > clock_timestamp() OR told < r.received_at OR (told AT TIME ZONE r.time_zone)::date > r.due_on
		OR r.state = 'identity_pending' THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = 'the person must be told of an extension within the first month',
			HINT = 'Answer the request; a late answer is still due.';
	END IF;
	UPDATE gdpr.request q
	SET state = 'extended', extension = coalesce(extend_request.extension, most), extension_reason = btrim(reason),
		extension_told_at = told,
		due_on = gdpr.answer_due(r.received_on, r.country, r.paused_days, coalesce(extend_request.extension, most))
	WHERE q.id = r.id RETURNING q.due_on INTO due;
	PERFORM gdpr_internal.add_step(r, 'extended', jsonb_build_object('reason', reason, 'due', due, 'told_at',
		gdpr_internal.utc(told)));
	RETURN due;
END $$;
COMMENT ON FUNCTION gdpr.extend_request(uuid, text, interval, timestamptz) IS
'Extends a request once, by at most two months (the setting extension), and returns the last day to answer (Art. '
	'12(3)). reason: complexity or number, as the person is told, never a personal value; told_at: when the person '
	'was told (default now), within the first month. Errors: ZG022 no reason, 55000 extended already, after the first '
	'month, identity pending or closed; 22023 too long; 02000.';

CREATE FUNCTION gdpr.assign_request(id uuid, handler name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles p WHERE p.rolname = assign_request.handler) THEN
		RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('role "%s" does not exist', handler);
	END IF;
	UPDATE gdpr.request q
	SET handler = assign_request.handler, approver = NULL, approved_at = NULL, approved_sha256 = NULL
	WHERE q.id = r.id;
	PERFORM gdpr_internal.add_step(r, 'assigned', jsonb_build_object('handler', handler));
END $$;
COMMENT ON FUNCTION gdpr.assign_request(uuid, name) IS
'Gives a request to another role to handle; an approval is void. Errors: 42704 no such role, 55000 closed, 02000.';

CREATE FUNCTION gdpr.approve_request(id uuid, answer bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
BEGIN
	/* A login that acts in a group's name is the same person: every step counts, by role and by login. */
	IF EXISTS (SELECT FROM gdpr.request_step s
			   CROSS JOIN LATERAL (VALUES (r.handler), (s.role), (s.login)) h (role)
			   WHERE s.request = r.id AND s.step NOT IN ('approved', 'overdue')
				 AND h.role IN (gdpr_internal.acting_role(), session_user)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG025', MESSAGE = 'who handles a request does not approve its answer',
			HINT = 'Let another person, with a login of their own that took no step of the request, call '
				'gdpr.approve_request().';
	END IF;
	PERFORM gdpr_internal.require_answer(answer);
	UPDATE gdpr.request q
	SET approver = session_user, approved_at = clock_timestamp(), approved_sha256 = sha256(answer)
	WHERE q.id = r.id;
	PERFORM gdpr_internal.add_step(r, 'approved',
		jsonb_build_object('answer_sha256', encode(sha256(answer), 'hex'), 'login', session_user));
END $$;
COMMENT ON FUNCTION gdpr.approve_request(uuid, bytea) IS
'Approves the answer to a request, by a person who took no step of it: neither the acting role nor the login may have '
	'(Art. 5(2), 32). answer: the document as it will be sent, of which the hash is kept; another one must be approved '
	'again. Errors: ZG025 the same role or login, 22023 no answer, 55000 closed, 02000.';

CREATE FUNCTION gdpr_internal.require_answer(answer bytea) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF length(answer) IS NULL OR length(answer) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the answer that the person receives is missing',
			HINT = 'Pass the document as sent; only its SHA-256 is kept.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_answer(bytea) IS 'internal: 22023 without the document that is sent';

CREATE FUNCTION gdpr_internal.close_request(request gdpr.request, state text, step text, answer bytea, detail jsonb)
	RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE gdpr.request q SET state = close_request.state, closed_at = clock_timestamp(),
		answer_sha256 = sha256(answer) WHERE q.id = request.id;
	PERFORM gdpr_internal.forget_identity_data(request.id), gdpr_internal.end_request_hold(request.id);
	PERFORM gdpr_internal.add_step(request, step,
		detail || jsonb_build_object('answer_sha256', encode(sha256(answer), 'hex'),
		'late', gdpr_internal.today_in(request.time_zone) > request.due_on));
END $$;
COMMENT ON FUNCTION gdpr_internal.close_request(gdpr.request, text, text, bytea, jsonb) IS
'internal: ends a request with the hash of its answer';

CREATE FUNCTION gdpr.refuse_request(id uuid, ground text, reason text, complaint_told boolean, answer bytea)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
BEGIN
	IF ground IS NULL OR ground NOT IN ('manifestly unfounded', 'excessive', 'identity not verified',
		'right does not apply', 'exception of law', 'not on file') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown ground of refusal',
			HINT = 'Use manifestly unfounded, excessive, identity not verified, right does not apply, exception of '
				'law or not on file.';
	ELSIF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a refusal needs its reason',
			HINT = 'The person is told why (Art. 12(4)).';
	ELSIF complaint_told IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022',
			MESSAGE = 'a refusal must tell of the complaint to the authority and of the judicial remedy',
			HINT = 'Put both into the answer and pass complaint_told => true (Art. 12(4)).';
	ELSIF ground <> 'identity not verified' AND r.subject IS NOT NULL THEN
		PERFORM gdpr_internal.require_identified(r);
	END IF;
	PERFORM gdpr_internal.require_answer(answer);
	PERFORM gdpr_internal.require_approved(r, answer);
	UPDATE gdpr.request q SET refusal_ground = refuse_request.ground, refusal_reason = btrim(reason),
		complaint_told = true WHERE q.id = r.id;
	PERFORM gdpr_internal.close_request(r, 'refused', 'refused', answer,
		jsonb_build_object('ground', ground, 'reason', btrim(reason)));
END $$;
COMMENT ON FUNCTION gdpr.refuse_request(uuid, text, text, boolean, bytea) IS
'Refuses a request (Art. 12(4)(5)). ground: manifestly unfounded, excessive, identity not verified, right does not '
	'apply, exception of law, not on file; reason as the person is told it, never a personal value; complaint_told: '
	'the answer names the authority and the judicial remedy; answer: the document sent, of which the hash is kept. '
	'Errors: ZG022 no reason or complaint information, ZG023 identity not verified, ZG025 not approved by another '
	'person, 22023, 55000 closed, 02000.';

CREATE FUNCTION gdpr.fulfil_request(id uuid, answer bytea, exceptions text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
	left_over text;
BEGIN
	PERFORM gdpr_internal.require_identified(r);
	PERFORM gdpr_internal.require_answer(answer);
	PERFORM gdpr_internal.require_approved(r, answer);
	IF r.request_right = 'erasure' AND r.subject IS NOT NULL THEN
		IF NOT EXISTS (SELECT FROM gdpr.erasure e WHERE e.subject = r.subject) THEN
			RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'the person is not erased',
				HINT = 'SELECT gdpr.erase_for_request(id, ''<ground>'');';
		ELSIF NOT gdpr_internal.erasure_journaled(r.subject) THEN
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = 'the erasure is not in the journal file yet: a restore could still undo it',
				HINT = 'SELECT gdpr.journal_wait(); and when it answers false, SELECT * FROM gdpr.journal_status();';
		END IF;
		SELECT string_agg(format('%s (%s)', x.relation, x.rows), ', ') INTO left_over FROM gdpr.residue(r.subject) x;
		IF left_over IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('data of the person are left in %s', left_over),
				HINT = 'REFRESH MATERIALIZED VIEW, or protect the table; gdpr.residue() must be empty.';
		END IF;
		IF exceptions IS NULL AND EXISTS (SELECT FROM gdpr.erasure e WHERE e.subject = r.subject
			AND e.result -> 'exceptions' <> '[]') THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG022',
				MESSAGE = 'rows were kept on a legal ground: the person must be told which and why',
				HINT = 'Pass it as exceptions; gdpr.erasure_certificate() lists them.';
		END IF;
	END IF;
	UPDATE gdpr.request q SET exceptions = btrim(fulfil_request.exceptions) WHERE q.id = r.id;
	PERFORM gdpr_internal.close_request(r, CASE WHEN exceptions IS NULL THEN 'fulfilled'
		ELSE 'partially_fulfilled' END, 'fulfilled', answer,
							   jsonb_strip_nulls(jsonb_build_object('exceptions', btrim(exceptions))));
END $$;
COMMENT ON FUNCTION gdpr.fulfil_request(uuid, bytea, text) IS
'Closes a request as fulfilled, or partially when exceptions are told (Art. 12(3)). answer: the document sent, of '
	'which the hash is kept; exceptions: what was not done and why, never a personal value. Errors: ZG023 identity '
	'not verified, ZG025 not approved by another person, or another answer, 55000 the person is not erased, data are '
	'left, or the erasure is not in the journal file within 5 seconds (one of the same transaction counts when '
	'gdpr.request_journal_pending no longer lists it), ZG022 exceptions not told, 22023 no answer, 02000.';

CREATE FUNCTION gdpr.withdraw_request(id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
BEGIN
	UPDATE gdpr.request q SET state = 'withdrawn', closed_at = clock_timestamp() WHERE q.id = r.id;
	PERFORM gdpr_internal.forget_identity_data(r.id), gdpr_internal.end_request_hold(r.id);
	PERFORM gdpr_internal.add_step(r, 'withdrawn');
END $$;
COMMENT ON FUNCTION gdpr.withdraw_request(uuid) IS
'Records that the person withdrew a request. Errors: 55000 closed, 02000.';

CREATE FUNCTION gdpr.erase_for_request(id uuid, ground text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request := gdpr_internal.lock_request(id);
	person gdpr.subject;
	result jsonb;
BEGIN
	IF r.request_right <> 'erasure' OR r.subject IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'this is no request to erase a person on file';
	END IF;
	PERFORM gdpr_internal.require_identified(r);
	PERFORM gdpr_internal.require_approved(r);
	SELECT * INTO person FROM gdpr.subject s WHERE s.number = r.subject;
	result := gdpr.erase_subject(person.relation, person.key, ground);
	PERFORM gdpr_internal.add_step(r, 'erased', jsonb_build_object('ground', ground));
	RETURN result;
END $$;
COMMENT ON FUNCTION gdpr.erase_for_request(uuid, text) IS
'gdpr.erase_subject() for the person of a request, when the identity is verified and another role approved (Art. 17). '
	'Errors: ZG023, ZG025, 55000 not a request to erase, and those of erase_subject.';

CREATE FUNCTION gdpr.raise_overdue() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.request;
	raised bigint := 0;
BEGIN
	FOR r IN SELECT q.* FROM gdpr.request q JOIN gdpr.request_overdue o ON o.id = q.id
		WHERE q.raised_at IS NULL FOR UPDATE OF q
	LOOP
		UPDATE gdpr.request q SET raised_at = clock_timestamp() WHERE q.id = r.id;
		PERFORM gdpr_internal.add_step(r, 'overdue', jsonb_build_object('due', r.due_on, 'handler', r.handler));
		raised := raised + 1;
	END LOOP;
	IF raised > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s requests are overdue', raised),
			HINT = 'SELECT * FROM gdpr.request_overdue;';
	END IF;
	RETURN raised;
END $$;
COMMENT ON FUNCTION gdpr.raise_overdue() IS
'Puts every request that has become overdue on record, once, warns, and returns how many; for a daily job '
	'(Art. 12(3)).';
