/*
 * consent.sql: what people agreed to, refused and withdrew (Art. 4(11), 6(1)(a), 7), as events that are only ever
 * added.
 *
 * One event is one expression of will about one purpose and one channel. What counts at a time is the newest event by
 * event_time, then by order of recording; an event for channel any replaces the older events of every single channel,
 * one for a single channel takes that channel out of an older event for any. Requests and deferrals change nothing: a
 * consent given before them stays. Expiry is not an event: a consent ends by itself at valid_until.
 *
 * Every function that adds an event first locks the subject's row, so that two sessions cannot compute the subject's
 * permissions from each other's past; the time "now" is taken after the lock.
 */
CREATE TYPE gdpr.consent_state AS ENUM
	('requested', 'deferred', 'refused', 'given', 'renewed', 'withdrawn', 'expired', 'revoked', 'invalidated');
COMMENT ON TYPE gdpr.consent_state IS
'states of consent (names of DPV 2.3); only given and renewed are valid; revoked: ended by the controller; '
	'invalidated: never was valid; expired is never stored, it follows from valid_until';

/* No silence, no scrolling, no inactivity: what is not in this list cannot be recorded as consent. */
CREATE TYPE gdpr.consent_method AS ENUM ('web_form', 'paper', 'phone', 'in_person', 'double_opt_in', 'api', 'import');
COMMENT ON TYPE gdpr.consent_method IS
'how a person expressed consent; web_form and paper are written, import is what a third party says: they need evidence';

CREATE TYPE gdpr.consent_type AS ENUM ('expressed', 'explicit');
COMMENT ON TYPE gdpr.consent_type IS
'expressed: by a clear affirmative action; explicit: by a statement, as Art. 9(2)(a) and 49(1)(a) ask';

SELECT gdpr_internal.add_setting('consent_validity', '24 months',
	'EDPB guidelines 05/2020, paragraph 110: refresh at appropriate intervals',
	'how long consent lasts when nothing else is said');
SELECT gdpr_internal.add_setting('renewal_reminder', '30 days', 'practice',
	'how long before its end the renewal of a consent is due');
SELECT gdpr_internal.add_setting('import_quarantine', '30 days', 'practice',
	'how long it is remembered that a row of an import was held back');

/* What a receipt calls the person: random, so that it tells nothing and fits no other controller's receipts. */
CREATE TABLE gdpr.consent_principal
(
	subject	bigint PRIMARY KEY REFERENCES gdpr.subject (number),
	id		uuid NOT NULL UNIQUE DEFAULT pg_catalog.gen_random_uuid()
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_principal', '');
SELECT gdpr_internal.keeps_subject('gdpr.consent_principal', 'subject', 'keep',
	'what receipts of the consents call the person: random, and no name');
COMMENT ON TABLE gdpr.consent_principal IS
'the random name of a subject in consent records and receipts (pii_principal_id)';

CREATE SEQUENCE gdpr.consent_event_number;
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_event_number', '');

CREATE TABLE gdpr.consent_event
(
	id						uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	number					bigint NOT NULL UNIQUE,
	subject					bigint NOT NULL REFERENCES gdpr.subject (number),
	purpose					integer NOT NULL REFERENCES gdpr.purpose (number),
	channel					gdpr.channel NOT NULL,
	state					gdpr.consent_state NOT NULL CHECK (state <> 'expired'),
	type					gdpr.consent_type,
	method					gdpr.consent_method,
	control_default			boolean,
	control_final			boolean,
	affirmative_action		boolean,
	bundled_with_terms		boolean,
	conditional_on_service	boolean,
	justification			text,
	reason					text,
	notice					text,
	notice_version			integer,
	language				gdpr.language,
	child					boolean,
	guardian				gdpr.pii_bytes,
	guardian_method			text,
	guardian_verified_at	timestamptz,
	call_started_at			timestamptz,
	recording_announced_at	timestamptz,
	double_opt_in_at		timestamptz,
	event_time				timestamptz NOT NULL,
	valid_until				timestamptz,
	source					text,
	supersedes				uuid,			-- an earlier event; no foreign key, of which pg_dump would warn
	recorded_at				timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by				name NOT NULL DEFAULT SESSION_USER,
	FOREIGN KEY (notice, notice_version) REFERENCES gdpr.notice (name, version),
	CONSTRAINT valid_consent CHECK (state NOT IN ('given', 'renewed') OR
		(type IS NOT NULL AND method IS NOT NULL AND NOT control_default AND control_final AND affirmative_action
		 AND NOT bundled_with_terms AND (NOT conditional_on_service OR justification IS NOT NULL)
		 AND notice IS NOT NULL AND notice_version IS NOT NULL AND language IS NOT NULL AND valid_until > event_time
		 AND control_default IS NOT NULL AND control_final IS NOT NULL AND affirmative_action IS NOT NULL
		 AND bundled_with_terms IS NOT NULL AND conditional_on_service IS NOT NULL)),
	CONSTRAINT guardian_verified CHECK (num_nulls(guardian, guardian_method, guardian_verified_at) IN (0, 3))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.consent_event', '');
SELECT gdpr_internal.append_only('gdpr.consent_event');
SELECT gdpr_internal.keeps_subject('gdpr.consent_event', 'subject', 'keep',
	'proof of consent (Art. 7(1)), under a number without a name');
CREATE INDEX consent_event_subject ON gdpr.consent_event (subject, purpose, event_time);
CREATE INDEX consent_event_valid_until ON gdpr.consent_event (valid_until);
COMMENT ON TABLE gdpr.consent_event IS
'every expression of will about a purpose: given, renewed, refused, withdrawn... (Art. 7(1)); append-only; guardian '
	'is sealed, child only says whether a guardian was needed';

CREATE FUNCTION gdpr_internal.consents_at(
	subject bigint, at timestamptz,
	OUT event uuid, OUT purpose integer, OUT channel gdpr.channel, OUT state gdpr.consent_state,
	OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH expressed AS
		(SELECT e.* FROM gdpr.consent_event e
		 WHERE e.subject = consents_at.subject AND e.event_time <= consents_at.at
		   AND e.state NOT IN ('requested', 'deferred')),
	newest AS
		(SELECT DISTINCT ON (e.purpose) e.purpose, e.channel FROM expressed e
		 ORDER BY e.purpose, e.event_time DESC, e.number DESC)
	SELECT DISTINCT ON (n.purpose, c.channel) e.id, n.purpose, c.channel, e.state, e.event_time, e.valid_until
	FROM newest n
	CROSS JOIN LATERAL unnest(CASE n.channel WHEN 'any' THEN ARRAY[n.channel]
							  ELSE array_remove(enum_range(NULL::gdpr.channel), 'any') END) AS c (channel)
	JOIN expressed e ON e.purpose = n.purpose AND e.channel IN (c.channel, 'any')
	ORDER BY n.purpose, c.channel, e.event_time DESC, e.number DESC;
END $$;
COMMENT ON FUNCTION gdpr_internal.consents_at(bigint, timestamptz) IS
'internal: per purpose the events that count at a time: one row of channel any when the newest event is about every '
	'channel, else a row per channel. A channel may be used when its row, or the one of channel any, is given or '
	'renewed and at < until. Compare with clock_timestamp(): events of the running transaction are later than now().';

CREATE VIEW gdpr.consent_current AS
SELECT s.subject, p.name AS purpose, c.channel,
	CASE WHEN c.state IN ('given', 'renewed') AND c.until <= pg_catalog.clock_timestamp() THEN 'expired'
		 ELSE c.state END AS state,
	c.since, c.until, e.method, e.type, e.notice, e.notice_version, e.language, e.child, c.event
FROM (SELECT DISTINCT f.subject FROM gdpr.consent_event f) s
CROSS JOIN LATERAL gdpr_internal.consents_at(s.subject, pg_catalog.clock_timestamp()) c
JOIN gdpr.consent_event e ON e.id = c.event
JOIN gdpr.purpose p ON p.number = c.purpose;
COMMENT ON VIEW gdpr.consent_current IS
'the state of consent now, per subject, purpose and channel; a row of channel any stands for every channel';

CREATE FUNCTION gdpr.withdraw_consent(
	subject_table gdpr.table_ref, subject_key text, purpose text, channel text DEFAULT NULL,
	at timestamptz DEFAULT NULL, method text DEFAULT NULL, source text DEFAULT NULL)
	RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	withdrawal gdpr.consent_event;
	stands timestamptz;
BEGIN
	withdrawal.purpose := gdpr_internal.withdrawn_purpose(purpose);
	withdrawal.channel := gdpr_internal.channel_of(coalesce(channel, 'any'));
	withdrawal.method := CASE WHEN method IS NOT NULL THEN gdpr_internal.consent_method_of(method) END;
	withdrawal.subject := gdpr_internal.lock_subject(gdpr_internal.require_subject(subject_table, subject_key));
	withdrawal.event_time := gdpr_internal.consent_time(at);
	SELECT c.event INTO withdrawal.supersedes
	FROM gdpr_internal.consents_at(withdrawal.subject, withdrawal.event_time) c
	WHERE c.purpose = withdrawal.purpose AND c.state IN ('given', 'renewed') AND c.until > withdrawal.event_time
	  AND (c.channel = withdrawal.channel OR 'any' IN (c.channel, withdrawal.channel))
	ORDER BY c.since DESC LIMIT 1;
	IF withdrawal.supersedes IS NULL AND gdpr_internal.said_no(withdrawal) THEN
		RAISE NOTICE 'there is no consent to withdraw';
	ELSE
		withdrawal.state := CASE WHEN withdrawal.supersedes IS NULL THEN 'refused' ELSE 'withdrawn' END;
		withdrawal.source := source;
		PERFORM gdpr_internal.add_consent_event(withdrawal);
	END IF;
	SELECT max(c.since) INTO stands FROM gdpr_internal.consents_at(withdrawal.subject, clock_timestamp()) c
	WHERE c.purpose = withdrawal.purpose AND c.state IN ('given', 'renewed') AND c.until > clock_timestamp()
	  AND (c.channel = withdrawal.channel OR 'any' IN (c.channel, withdrawal.channel));
	IF stands IS NOT NULL THEN
		RAISE WARNING USING MESSAGE = format('a consent of %s stands: it is younger than this withdrawal',
			to_char(stands, 'YYYY-MM-DD HH24:MI:SS TZH')),
			HINT = 'Leave out "at" when the person withdraws now.';
	ELSIF withdrawal.state = 'refused' THEN
		RAISE NOTICE 'no consent of that time is on record: it is kept as a refusal';
	END IF;
	RETURN stands IS NULL AND withdrawal.state IS NOT NULL;
END $$;
COMMENT ON FUNCTION gdpr.withdraw_consent(gdpr.table_ref, text, text, text, timestamptz, text, text) IS
'Withdraws consent, as easily as it was given (Art. 7(3)): subject table and key, purpose; channel NULL means every '
	'channel. Takes effect at once, in every session. Where no consent of that time is on record (it was given before '
	'this database) a refusal is, with a NOTICE. false when nothing ended: the person said no already (a NOTICE), or a '
	'consent younger than at stands (a WARNING). at, method and source are optional and no evidence is asked. Errors: '
	'02000 unknown person, ZG002 unknown purpose, 22023 unknown channel or method, time in the future, or a purpose '
	'that does not rest on consent: gdpr.object().';

CREATE FUNCTION gdpr_internal.withdrawn_purpose(purpose text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	withdrawn gdpr.purpose;
BEGIN
	SELECT p.* INTO withdrawn FROM gdpr.purpose p
	WHERE p.number = gdpr.purpose_number(withdrawn_purpose.purpose, true);
	IF withdrawn.basis <> 'consent' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('purpose %s is not based on consent', withdrawn.name),
			HINT = 'Who does not want it objects: gdpr.object().';
	END IF;
	RETURN withdrawn.number;
END $$;
COMMENT ON FUNCTION gdpr_internal.withdrawn_purpose(text) IS
'internal: the number of a purpose of which consent may be withdrawn; 22023 when it does not rest on consent';

CREATE FUNCTION gdpr_internal.said_no(withdrawal gdpr.consent_event) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM gdpr_internal.consents_at(withdrawal.subject, withdrawal.event_time) c
		WHERE c.purpose = withdrawal.purpose AND c.channel IN (withdrawal.channel, 'any')
		  AND c.state IN ('refused', 'withdrawn'))
$$;
COMMENT ON FUNCTION gdpr_internal.said_no(gdpr.consent_event) IS
'internal: does a refusal or withdrawal of before say all that this one does?';

CREATE FUNCTION gdpr.record_consent_state(
	subject_table gdpr.table_ref, subject_key text, purpose text, state text, channel text DEFAULT 'any',
	notice text DEFAULT NULL, method text DEFAULT NULL, at timestamptz DEFAULT NULL, source text DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	event gdpr.consent_event;
	shown gdpr.notice;
BEGIN
	IF state IS NULL OR state NOT IN ('requested', 'deferred', 'refused', 'invalidated') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'not a state that can be recorded this way',
			HINT = 'Use requested, deferred, refused or invalidated; gdpr.give_consent() and gdpr.withdraw_consent() '
				'do the others.';
	END IF;
	event.purpose := gdpr_internal.consent_purpose(purpose);
	event.channel := gdpr_internal.channel_of(channel);
	event.method := CASE WHEN method IS NOT NULL THEN gdpr_internal.consent_method_of(method) END;
	event.subject := gdpr_internal.lock_subject(gdpr_internal.ensure_subject(subject_table, subject_key));
	event.event_time := gdpr_internal.consent_time(at);
	IF record_consent_state.notice IS NOT NULL THEN
		shown := gdpr_internal.consent_notice(event, record_consent_state.notice, NULL);
		event.notice := shown.name;
		event.notice_version := shown.version;
	END IF;
	event.state := state::gdpr.consent_state;
	event.source := source;
	event.reason := reason;
	event := gdpr_internal.add_consent_event(event);
	RETURN event.id;
END $$;
COMMENT ON FUNCTION gdpr.record_consent_state(gdpr.table_ref, text, text, text, text, text, text, timestamptz, text,
	text) IS
'Records what happened to consent besides giving and withdrawing it: requested, deferred (neither changes what is '
	'valid), refused (ends what was valid), invalidated (a consent taken over from elsewhere that does not count, '
	'such as a pre-ticked one; say why in reason). Errors: ZG002, ZG009, ZG013 and 22023 as gdpr.give_consent.';

CREATE FUNCTION gdpr.refuse_consent(
	subject_table gdpr.table_ref, subject_key text, purpose text, channel text DEFAULT 'any',
	notice text DEFAULT NULL, method text DEFAULT NULL, at timestamptz DEFAULT NULL, source text DEFAULT NULL)
	RETURNS uuid
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.record_consent_state(subject_table, subject_key, purpose, 'refused', channel, notice, method,
		at, source)
$$;
COMMENT ON FUNCTION gdpr.refuse_consent(gdpr.table_ref, text, text, text, text, text, timestamptz, text) IS
'Records that a person said no; a consent given before ends. Arguments and errors as gdpr.record_consent_state.';

CREATE FUNCTION gdpr.revoke_consent(consent uuid, reason text, never_valid boolean DEFAULT false) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ended gdpr.consent_event;
	event gdpr.consent_event;
BEGIN
	SELECT e.* INTO ended FROM gdpr.consent_event e WHERE e.id = consent AND e.state IN ('given', 'renewed');
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'there is no such consent';
	ELSIF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say why the consent no longer counts';
	END IF;
	event.purpose := ended.purpose;
	event.channel := ended.channel;
	event.subject := gdpr_internal.lock_subject(ended.subject);
	event.event_time := clock_timestamp();
	event.state := CASE WHEN never_valid THEN 'invalidated' ELSE 'revoked' END;
	event.supersedes := ended.id;
	event.reason := reason;
	event := gdpr_internal.add_consent_event(event);
	RETURN event.id;
END $$;
COMMENT ON FUNCTION gdpr.revoke_consent(uuid, text, boolean) IS
'The controller ends a consent: revoked, or with never_valid invalidated, with the reason (Art. 5(2), 7(2)). Returns '
	'the event''s id. Errors: 22023 no such consent, or no reason.';

CREATE FUNCTION gdpr.expiring_consents(within interval DEFAULT NULL)
	RETURNS TABLE (subject bigint, purpose text, channel gdpr.channel, until timestamptz, consent uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.subject, p.name, c.channel, c.until, c.event
	FROM gdpr.consent_event e
	JOIN gdpr.purpose p ON p.number = e.purpose
	CROSS JOIN LATERAL gdpr_internal.consents_at(e.subject, clock_timestamp()) c
	WHERE e.valid_until > now()
	  AND e.valid_until <= now() + coalesce(within, gdpr_internal.period_on('renewal_reminder'))
	  AND c.event = e.id
	ORDER BY c.until, e.subject, c.channel
$$;
COMMENT ON FUNCTION gdpr.expiring_consents(interval) IS
'Consents that end within an interval (default: the setting renewal_reminder, 30 days): the people to ask again. EDPB '
	'guidelines 05/2020.';

/* What the functions above check and share. */
CREATE FUNCTION gdpr_internal.consent_purpose(purpose text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted gdpr.purpose;
BEGIN
	IF gdpr_internal.is_blank(purpose) OR purpose ~ '[*,;{}]' THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG013',
			MESSAGE = 'consent is for one named purpose, not for several and not for all',
			HINT = 'Call once for each purpose.';
	END IF;
	SELECT p.* INTO wanted FROM gdpr.purpose p WHERE p.number = gdpr.purpose_number(consent_purpose.purpose);
	IF wanted.basis <> 'consent' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('purpose %s is not based on consent', wanted.name),
			HINT = 'Do not ask for consent where another basis is used: it would mislead the person.';
	END IF;
	RETURN wanted.number;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_purpose(text) IS
'internal: the number of the one purpose consent is about; ZG013 for several or all, ZG002 unknown, 22023 when its '
	'basis is not consent';

CREATE FUNCTION gdpr_internal.consent_method_of(method text) RETURNS gdpr.consent_method
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF method IS NULL OR method <> ALL (enum_range(NULL::gdpr.consent_method)::text[]) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown method of consent',
			HINT = 'Use one of: ' || array_to_string(enum_range(NULL::gdpr.consent_method), ', ')
				|| '. Silence, scrolling and inactivity are no consent.';
	END IF;
	RETURN method::gdpr.consent_method;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_method_of(text) IS
'internal: a method by its name; 22023 when unknown, without repeating the word';

CREATE FUNCTION gdpr_internal.lock_subject(subject bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM gdpr.subject s WHERE s.number = lock_subject.subject FOR NO KEY UPDATE;
	RETURN subject;
END $$;
COMMENT ON FUNCTION gdpr_internal.lock_subject(bigint) IS
'internal: one session at a time adds events to a subject, so that permissions are computed from all of them';

CREATE FUNCTION gdpr_internal.consent_time(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now timestamptz := clock_timestamp();
BEGIN
	IF at > now OR at = '-infinity' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the time of a consent event cannot be in the future';
	END IF;
	RETURN coalesce(at, now);
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_time(timestamptz) IS
'internal: when an event happened, default now (not the start of the transaction); 22023 in the future';

CREATE FUNCTION gdpr_internal.valid_consent(subject bigint, purpose integer, channel gdpr.channel, at timestamptz)
	RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT CASE WHEN c.state IN ('given', 'renewed') AND c.until > valid_consent.at THEN c.event END
			FROM gdpr_internal.consents_at(valid_consent.subject, valid_consent.at) c
			WHERE c.purpose = valid_consent.purpose AND c.channel IN (valid_consent.channel, 'any'));
END $$;
COMMENT ON FUNCTION gdpr_internal.valid_consent(bigint, integer, gdpr.channel, timestamptz) IS
'internal: the consent that is valid for a channel at a time, or NULL';

CREATE FUNCTION gdpr_internal.consent_notice(consent gdpr.consent_event, notice text, version integer)
	RETURNS gdpr.notice
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shown gdpr.notice := gdpr_internal.notice_in_force(notice, version, consent.event_time);
	named jsonb := shown.content -> 'controller';
BEGIN
	IF consent.purpose <> ALL (shown.purposes) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG013',
			MESSAGE = format('notice %s version %s does not name this purpose', shown.name, shown.version),
			HINT = 'Draft and publish a version that does, and show that one.';
	END IF;
	IF NOT EXISTS (SELECT FROM gdpr.controller c
				   WHERE c.name = named ->> 'name'
					 AND c.enterprise_number IS NOT DISTINCT FROM named ->> 'enterprise_number') THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG009',
			MESSAGE = format('notice %s version %s names another controller', shown.name, shown.version),
			HINT = 'Draft and publish a new version.';
	END IF;
	RETURN shown;
END $$;
COMMENT ON FUNCTION gdpr_internal.consent_notice(gdpr.consent_event, text, integer) IS
'internal: the notice a consent refers to; ZG009 unknown, superseded or of another controller, ZG013 without '
	'the purpose';

CREATE FUNCTION gdpr_internal.add_consent_event(event gdpr.consent_event) RETURNS gdpr.consent_event
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	event.id := gen_random_uuid();
	event.number := nextval('gdpr.consent_event_number');
	event.recorded_at := clock_timestamp();
	event.recorded_by := SESSION_USER;
	INSERT INTO gdpr.consent_event SELECT event.*;
	INSERT INTO gdpr.consent_principal (subject) VALUES (event.subject) ON CONFLICT (subject) DO NOTHING;
	IF event.state IN ('given', 'renewed') AND gdpr_internal.valid_consent(
		event.subject, event.purpose, event.channel, greatest(event.event_time, clock_timestamp()))
			IS DISTINCT FROM event.id THEN
		RAISE NOTICE 'this consent has no effect now: it has ended, or a later event is on record';
	END IF;
	PERFORM gdpr_internal.record('consent ' || event.state, event.subject,
		jsonb_build_object('consent', event.id, 'purpose', event.purpose, 'channel', event.channel, 'at',
			event.event_time)
		|| jsonb_strip_nulls(jsonb_build_object('method', event.method, 'notice', event.notice,
												'version', event.notice_version, 'until', event.valid_until)));
	RETURN event;
END $$;
COMMENT ON FUNCTION gdpr_internal.add_consent_event(gdpr.consent_event) IS
'internal: writes one event and its ledger row';
