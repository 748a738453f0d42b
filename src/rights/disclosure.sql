/*
 * disclosure.sql: who received a person's data, and the queue of what they must be told (Art. 15(1)(c), 19).
 */
CREATE TABLE gdpr.disclosure
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	recipient	text NOT NULL CHECK (pg_catalog.btrim(recipient) <> ''),
	contact		text,
	reference	text,
	purpose		integer NOT NULL REFERENCES gdpr.purpose (number),
	categories	text[] NOT NULL DEFAULT '{}',
	country		text CHECK (country ~ '^[A-Z]{2}$'),
	safeguard	text,
	at			timestamptz NOT NULL,
	recorded_by	name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.disclosure', '');
SELECT gdpr_internal.keeps_subject('gdpr.disclosure', 'subject', 'empty', emptied => '{reference}');
CREATE INDEX disclosure_subject ON gdpr.disclosure (subject);
COMMENT ON TABLE gdpr.disclosure IS
'who received which categories of a person''s data, by name (Art. 15(1)(c)); reference is what the recipient calls '
	'the person, forgotten when the recipient was told of an erasure';

CREATE TABLE gdpr.recipient_notification
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	kind		text NOT NULL CHECK (kind IN ('rectification', 'erasure', 'restriction', 'restriction lifted')),
	recipient	text NOT NULL,
	contact		text,
	reference	text,
	detail		jsonb NOT NULL DEFAULT '{}',
	status		text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'failed', 'sent', 'impossible')),
	attempts	integer NOT NULL DEFAULT 0,
	queued_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	due_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	done_at		timestamptz,
	proof		text
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.recipient_notification', '');
SELECT gdpr_internal.keeps_subject('gdpr.recipient_notification', 'subject', 'keep',
	'the recipient is still to be told of the erasure, and what it calls the person');
CREATE INDEX recipient_notice_subject ON gdpr.recipient_notification (subject);
CREATE INDEX recipient_notice_due ON gdpr.recipient_notification (due_at) WHERE done_at IS NULL;
COMMENT ON TABLE gdpr.recipient_notification IS
'what each recipient must be told of a rectification, erasure or restriction (Art. 19), with status, '
	'attempts and proof';

CREATE FUNCTION gdpr.disclose(subject_table gdpr.table_ref, subject_key text, recipient text,
	purpose text, categories text[],
							  contact text DEFAULT NULL, reference text DEFAULT NULL, country text DEFAULT NULL,
							  safeguard text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	logged uuid := gen_random_uuid();
	meant integer := gdpr.purpose_number(purpose);
	moment timestamptz := coalesce(at, clock_timestamp());
	receives gdpr.recipient;
	goes_to text;
	ground text;
BEGIN
	IF gdpr_internal.is_blank(recipient) OR coalesce(cardinality(categories), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a disclosure needs the recipient''s name and the categories of data';
	END IF;
	receives := gdpr_internal.require_recipient(recipient);
	PERFORM gdpr_internal.require_contract(receives, gdpr_internal.day_of(moment));
	PERFORM gdpr_internal.require_told_of_source(receives, person, moment);
	goes_to := coalesce(gdpr_internal.country_code(country), receives.country);
	ground := gdpr_internal.require_transfer(goes_to, receives.name, meant, person, moment);
	INSERT INTO gdpr.disclosure (id, subject, recipient, contact, reference, purpose, categories, country,
		safeguard, at)
	VALUES (logged, person, receives.name, coalesce(disclose.contact, receives.contact), disclose.reference, meant,
		disclose.categories, goes_to, coalesce(disclose.safeguard, ground), moment);
	PERFORM gdpr_internal.record('disclosed', person, jsonb_build_object('disclosure', logged, 'purpose', purpose,
		'categories', categories) || jsonb_strip_nulls(jsonb_build_object('ground', ground)));
	RETURN logged;
END $$;
COMMENT ON FUNCTION gdpr.disclose(gdpr.table_ref, text, text, text, text[], text, text, text, text, timestamptz) IS
'Logs that a registered recipient receives data of a person, and returns the entry''s id (Art. 15(1)(c), 19). purpose; '
	'categories of data; reference: what the recipient calls the person, never a name or address; contact, where it is '
	'told of corrections and erasure, and country (ISO 3166): default those of the recipient; safeguard of a transfer: '
	'default the ground that was found (gdpr.explain_transfer); at: when (default now). Errors: 02000 no such person, '
	'recipient not registered, ZG014 the data may not go to that country, '
	'ZG015 a processor without contract, '
	'ZG009 another controller, and the person of a list was not told where the data came from, ZG002 unknown purpose, '
	'22023.';

/* What is asked of everybody is asked once; only where that is no ground each person's own consent is. */
CREATE FUNCTION gdpr.disclose_all(subject_table gdpr.table_ref, subject_keys text[], recipient text, purpose text,
	categories text[], at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	receives gdpr.recipient := gdpr_internal.require_recipient(recipient);
	meant integer := gdpr.purpose_number(purpose);
	moment timestamptz := coalesce(at, clock_timestamp());
	people bigint[];
	logged gdpr.disclosure;
	ground text;
	in_general boolean;
BEGIN
	IF coalesce(cardinality(categories), 0) = 0 OR coalesce(cardinality(subject_keys), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a disclosure needs people and the categories of data';
	END IF;
	PERFORM gdpr_internal.require_contract(receives, gdpr_internal.day_of(moment));
	people := ARRAY(SELECT DISTINCT gdpr_internal.require_subject(subject_table, k) FROM unnest(subject_keys) k
		ORDER BY 1);
	PERFORM gdpr_internal.require_told_of_source(receives, p, moment) FROM unnest(people) p;
	in_general := gdpr_internal.open_to(receives.country, receives, gdpr_internal.day_of(moment), false);
	IF in_general THEN
		ground := gdpr_internal.require_transfer(receives.country, receives.name, meant, NULL, moment);
	END IF;
	FOR logged IN
		INSERT INTO gdpr.disclosure (subject, recipient, contact, purpose, categories, country, safeguard, at)
		SELECT p, receives.name, receives.contact, meant, disclose_all.categories, receives.country,
			CASE WHEN in_general THEN ground
				ELSE gdpr_internal.require_transfer(receives.country, receives.name, meant, p, moment) END, moment
		FROM unnest(people) p RETURNING *
	LOOP
		PERFORM gdpr_internal.record('disclosed', logged.subject, jsonb_build_object('disclosure', logged.id,
			'purpose', purpose, 'categories', categories) || jsonb_strip_nulls(jsonb_build_object('ground',
			logged.safeguard)));
	END LOOP;
	RETURN cardinality(people);
END $$;
COMMENT ON FUNCTION gdpr.disclose_all(gdpr.table_ref, text[], text, text, text[], timestamptz) IS
'gdpr.disclose() for a set of people, by their keys: all of them are logged, or none; returns how many. Contact and '
	'country are those of the recipient. Errors as gdpr.disclose(). Art. 15(1)(c), 19.';

/* One notice a recipient, however often it received data; what it calls the person goes along. */
CREATE FUNCTION gdpr_internal.queue_notifications(subject bigint, kind text, detail jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	queued bigint;
BEGIN
	INSERT INTO gdpr.recipient_notification (subject, kind, recipient, contact, reference, detail)
	SELECT DISTINCT ON (d.recipient) d.subject, queue_notifications.kind, d.recipient, d.contact, d.reference,
		queue_notifications.detail
	FROM gdpr.disclosure d WHERE d.subject = queue_notifications.subject
	ORDER BY d.recipient, d.at DESC;
	GET DIAGNOSTICS queued = ROW_COUNT;
	IF queued > 0 THEN
		PERFORM gdpr_internal.record('recipients to be told', subject,
			jsonb_build_object('kind', kind, 'recipients', queued));
	END IF;
	RETURN queued;
END $$;
COMMENT ON FUNCTION gdpr_internal.queue_notifications(bigint, text, jsonb) IS
'internal: queues a notice to every recipient of a person''s data';

CREATE FUNCTION gdpr.notifications_due(most integer DEFAULT 100) RETURNS SETOF gdpr.recipient_notification
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT n.* FROM gdpr.recipient_notification n
	WHERE n.done_at IS NULL AND n.due_at <= clock_timestamp()
	ORDER BY n.due_at, n.id LIMIT most FOR UPDATE SKIP LOCKED
$$;
COMMENT ON FUNCTION gdpr.notifications_due(integer) IS
'The notices to recipients that are to be sent now, oldest first, locked for this transaction so that two senders '
	'share the work (Art. 19).';

CREATE FUNCTION gdpr.notification_delivered(id uuid, proof text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
BEGIN
	IF gdpr_internal.is_blank(proof) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a delivered notice needs its proof',
			HINT = 'Give a message id or receipt number.';
	END IF;
	UPDATE gdpr.recipient_notification n
	SET status = 'sent', done_at = clock_timestamp(), attempts = n.attempts + 1, proof = notification_delivered.proof,
		reference = NULL
	WHERE n.id = notification_delivered.id AND n.done_at IS NULL RETURNING n.subject INTO person;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such open notice';
	END IF;
	PERFORM gdpr_internal.record('recipient told', person, jsonb_build_object('notice', id, 'proof', proof));
END $$;
COMMENT ON FUNCTION gdpr.notification_delivered(uuid, text) IS
'Records that a recipient was told, with proof such as a message id (Art. 19). Errors: 55000 no such open notice, '
	'22023 no proof.';

/* Waits twice as long each time, from an hour; the tenth failure is given up as impossible, and must be explained. */
CREATE FUNCTION gdpr.notification_failed(id uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
	state text;
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say why the recipient could not be told',
			HINT = 'Such as what the mail server answered; never a personal value.';
	END IF;
	UPDATE gdpr.recipient_notification n
	SET attempts = n.attempts + 1, proof = notification_failed.reason,
		status = CASE WHEN n.attempts >= 9 THEN 'impossible' ELSE 'failed' END,
		done_at = CASE WHEN n.attempts >= 9 THEN clock_timestamp() END,
		due_at = clock_timestamp() + interval '1 hour' * (2 ^ n.attempts)
	WHERE n.id = notification_failed.id AND n.done_at IS NULL RETURNING n.subject, n.status INTO person, state;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such open notice';
	END IF;
	PERFORM gdpr_internal.record('recipient not told', person, jsonb_build_object('notice', id, 'status', state));
END $$;
COMMENT ON FUNCTION gdpr.notification_failed(uuid, text) IS
'Records a failed attempt to tell a recipient; the next is due after one, two, four... hours, and the tenth failure '
	'makes it impossible (Art. 19). reason: never a personal value. Errors: 55000 no such open notice, '
	'22023 no reason.';
