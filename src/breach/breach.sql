/*
 * breach.sql: the register of breaches, notified or not (Art. 33(5)).
 *
 * suspected -> confirmed (the controller is aware: the clock runs) -> assessed -> notified_initial ->
 * notified_followup, any number of times -> notified_final -> closed; or, when there is no risk, assessed -> closed
 * with the reason why no one was told. What was sent is never changed: a correction is a new phase.
 */
CREATE TABLE gdpr.breach
(
	id				uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	title			text NOT NULL CHECK (pg_catalog.btrim(title) <> ''),
	state			text NOT NULL
		CHECK (state IN ('suspected', 'confirmed', 'assessed', 'notified_initial', 'notified_followup',
												   'notified_final', 'closed')),
	detected_at		timestamptz NOT NULL,
	aware_at		timestamptz CHECK (aware_at >= detected_at),
	alarm_at		timestamptz,
	due_at			timestamptz,
	latest_at		timestamptz,
	country			text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	time_zone		text NOT NULL,
	risk			text CHECK (risk IN ('none', 'low', 'medium', 'high')),
	actors			jsonb NOT NULL DEFAULT '{}',
	timeline		jsonb NOT NULL DEFAULT '{}',
	nature			jsonb NOT NULL DEFAULT '{}',
	data			jsonb NOT NULL DEFAULT '{}',
	persons			jsonb NOT NULL DEFAULT '{}',
	protection		jsonb NOT NULL DEFAULT '{}',
	consequences	jsonb NOT NULL DEFAULT '{}',
	measures		jsonb NOT NULL DEFAULT '{}',
	data_subjects	jsonb NOT NULL DEFAULT '{}',
	cross_border	jsonb NOT NULL DEFAULT '{}',
	not_notified	text,
	opened_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	opened_by		name NOT NULL,
	closed_at		timestamptz,
	CHECK ((aware_at IS NULL) = (state = 'suspected')),
	CHECK (pg_catalog.num_nulls(aware_at, alarm_at, due_at, latest_at) IN (0, 4)),
	CHECK (risk IS NOT NULL OR state IN ('suspected', 'confirmed')),
	CHECK ((closed_at IS NOT NULL) = (state = 'closed'))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach', '');
COMMENT ON TABLE gdpr.breach IS
'register of breaches, notified or not (Art. 33(5)): state, clock, risk, and what is known by group of fields '
	'(gdpr.breach_field); not_notified is why the authority was not told';

CREATE TABLE gdpr.breach_event
(
	breach	uuid NOT NULL REFERENCES gdpr.breach (id),
	number	integer NOT NULL,
	at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role	name NOT NULL,
	event	text NOT NULL,
	state	text NOT NULL,
	detail	jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (breach, number)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_event', '');
SELECT gdpr_internal.append_only('gdpr.breach_event');
COMMENT ON TABLE gdpr.breach_event IS
'everything that was done about a breach, by which role and when, with every version of its fields; append-only';

CREATE TABLE gdpr.breach_notification
(
	breach			uuid NOT NULL REFERENCES gdpr.breach (id),
	number			integer NOT NULL,
	phase			text NOT NULL CHECK (phase IN ('initial', 'followup', 'final', 'withdrawn')),
	authority		text NOT NULL CHECK (pg_catalog.btrim(authority) <> ''),
	template		text NOT NULL,
	language		gdpr.language NOT NULL,
	submitted_at	timestamptz NOT NULL,
	late			boolean NOT NULL,
	delay_reason	text CHECK (pg_catalog.btrim(delay_reason) <> ''),
	form			jsonb NOT NULL,
	form_sha256		bytea NOT NULL CHECK (pg_catalog.length(form_sha256) = 32),
	recorded_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by		name NOT NULL,
	PRIMARY KEY (breach, number),
	CHECK (NOT late OR delay_reason IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_notification', '');
SELECT gdpr_internal.append_only('gdpr.breach_notification');
CREATE UNIQUE INDEX breach_notification_initial ON gdpr.breach_notification (breach) WHERE phase = 'initial';
COMMENT ON TABLE gdpr.breach_notification IS
'what the authority was told, phase by phase, with the form as it was sent and its hash (the text form of the jsonb); '
	'append-only, a correction is a new phase';

CREATE TABLE gdpr.breach_acknowledgement
(
	breach			uuid NOT NULL,
	number			integer NOT NULL,
	code			text NOT NULL CHECK (pg_catalog.btrim(code) <> ''),
	received_at		timestamptz NOT NULL,
	recorded_by		name NOT NULL,
	PRIMARY KEY (breach, number),
	FOREIGN KEY (breach, number) REFERENCES gdpr.breach_notification (breach, number)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_acknowledgement', '');
SELECT gdpr_internal.append_only('gdpr.breach_acknowledgement');
COMMENT ON TABLE gdpr.breach_acknowledgement IS
'the code by which the authority acknowledged a notification; append-only';

/* The clock and the closed entries stand; nothing leaves the register. */
CREATE FUNCTION gdpr_internal.guard_breach() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP <> 'UPDATE' THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = format('%s on gdpr.breach is refused: every breach stays in the register', TG_OP);
	ELSIF OLD.state = 'closed' OR (NEW.id, NEW.detected_at, NEW.opened_at, NEW.opened_by) IS DISTINCT FROM (OLD.id,
		OLD.detected_at, OLD.opened_at, OLD.opened_by)
		  OR OLD.aware_at IS NOT NULL
			  AND (NEW.aware_at, NEW.alarm_at, NEW.due_at, NEW.latest_at) IS DISTINCT FROM (OLD.aware_at, OLD.alarm_at,
			  OLD.due_at, OLD.latest_at) THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = CASE WHEN OLD.state = 'closed' THEN 'a closed breach is not changed'
				ELSE 'when a breach was detected and known is not changed' END,
			HINT = 'Open a new breach that names this one, if there is news.';
	END IF;
	RETURN NEW;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_breach() IS 'internal: trigger of the register of breaches; raises 42501';
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON gdpr.breach FOR EACH ROW EXECUTE FUNCTION gdpr_internal.guard_breach();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gdpr.breach FOR EACH STATEMENT
	EXECUTE FUNCTION gdpr_internal.guard_breach();
ALTER TABLE gdpr.breach ENABLE ALWAYS TRIGGER guard;
ALTER TABLE gdpr.breach ENABLE ALWAYS TRIGGER guard_truncate;

/* ---- what every step shares ---- */

CREATE FUNCTION gdpr_internal.lock_breach(id uuid, VARIADIC states text[] DEFAULT '{}') RETURNS gdpr.breach
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach;
BEGIN
	SELECT * INTO b FROM gdpr.breach r WHERE r.id = lock_breach.id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such breach',
			HINT = 'SELECT id, title, state FROM gdpr.breach;';
	ELSIF b.state = 'closed' OR cardinality(states) > 0 AND b.state <> ALL (states) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('the breach is %s', replace(b.state, '_', ', ')),
			HINT = CASE b.state
				WHEN 'suspected' THEN 'SELECT gdpr.confirm_breach(id, aware_at); comes first.'
				WHEN 'confirmed' THEN 'SELECT gdpr.assess_breach(id, ...); comes first.'
				WHEN 'assessed' THEN 'SELECT gdpr.notify_breach(id, ''initial'', ...); comes first.'
				WHEN 'closed' THEN 'A closed breach is not changed: open a new one that names it, if there is news.'
				WHEN 'notified_final' THEN 'The authority was told for the last time: SELECT gdpr.close_breach(id);'
				ELSE 'SELECT gdpr.notify_breach(id, ''final'', ...); is what the authority awaits.' END;
	END IF;
	RETURN b;
END $$;
COMMENT ON FUNCTION gdpr_internal.lock_breach(uuid, text[]) IS
'internal: a breach that is not closed, and in one of the states when there are any, locked; 02000 unknown, 55000 '
	'another state';

/* What was said is kept in the register; the ledger learns only that it was. */
CREATE FUNCTION gdpr_internal.add_breach_event(breach uuid, event text, detail jsonb DEFAULT '{}',
	told jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reached text := (SELECT b.state FROM gdpr.breach b WHERE b.id = breach);
BEGIN
	INSERT INTO gdpr.breach_event (breach, number, role, event, state, detail)
	SELECT add_breach_event.breach, coalesce(max(e.number), 0) + 1, gdpr_internal.acting_role(),
		add_breach_event.event, reached, add_breach_event.detail
	FROM gdpr.breach_event e WHERE e.breach = add_breach_event.breach;
	PERFORM gdpr_internal.record('breach ' || event, NULL, told || jsonb_build_object('breach', breach, 'state',
		reached, 'by', gdpr_internal.acting_role()));
END $$;
COMMENT ON FUNCTION gdpr_internal.add_breach_event(uuid, text, jsonb, jsonb) IS
'internal: puts a step of a breach in its history (detail) and in the ledger (told, never a personal value)';

CREATE FUNCTION gdpr_internal.require_reason(reason text, what text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = what;
	END IF;
	RETURN btrim(reason);
END $$;
COMMENT ON FUNCTION gdpr_internal.require_reason(text, text) IS
'internal: a reason without blanks around it; ZG022 when there is none';

CREATE FUNCTION gdpr_internal.require_past(at timestamptz, after timestamptz, what text) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF at IS NULL OR at > clock_timestamp() OR at < after OR NOT isfinite(at) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = CASE WHEN at < after THEN what || ' comes before what it follows'
				ELSE what || ' is not a moment in the past' END;
	END IF;
	RETURN at;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_past(timestamptz, timestamptz, text) IS
'internal: a moment between after (when given) and now; 22023 otherwise';

CREATE FUNCTION gdpr_internal.set_breach_fields(breach uuid, group_name text, fields jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_breach_fields(group_name, fields);
	IF fields <> '{}' THEN
		EXECUTE format('UPDATE gdpr.breach SET %1$I = jsonb_strip_nulls(%1$I || $2) WHERE id = $1', group_name)
			USING breach, fields;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.set_breach_fields(uuid, text, jsonb) IS
'internal: merges checked fields into a group; a null removes its field';

CREATE FUNCTION gdpr_internal.start_breach_clock(breach uuid, aware_at timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gdpr.breach b
	SET state = 'confirmed', aware_at = start_breach_clock.aware_at, alarm_at = c.alarm_at, due_at = c.due_at,
		latest_at = c.latest_at
	FROM gdpr.breach o CROSS JOIN gdpr.breach_clock(start_breach_clock.aware_at, o.country, o.time_zone) c
	WHERE o.id = breach AND b.id = o.id
$$;
COMMENT ON FUNCTION gdpr_internal.start_breach_clock(uuid, timestamptz) IS
'internal: the controller is aware of a breach';

/* ---- the first steps ---- */

CREATE FUNCTION gdpr.open_breach(title text, detected_at timestamptz, aware_at timestamptz DEFAULT NULL,
	nature jsonb DEFAULT '{}',
								 details jsonb DEFAULT '{}', country text DEFAULT NULL, time_zone text DEFAULT NULL)
									 RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	opened uuid := gen_random_uuid();
	home text := (SELECT c.country FROM gdpr.controller c);
	law text := coalesce(gdpr_internal.country_code(country), home, 'BE');
	said record;
BEGIN
	PERFORM gdpr_internal.require_past(detected_at, NULL, 'detected_at');
	IF aware_at IS NOT NULL THEN
		PERFORM gdpr_internal.require_past(aware_at, detected_at, 'aware_at');
	END IF;
	IF gdpr_internal.is_blank(title) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a breach needs a title',
			HINT = 'Describe what happened, and name no person.';
	ELSIF jsonb_typeof(details) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'details must be an object of groups of fields';
	END IF;
	INSERT INTO gdpr.breach (id, title, state, detected_at, country, time_zone, opened_by)
	VALUES (opened, btrim(title), 'suspected', open_breach.detected_at, law,
		gdpr_internal.time_zone_of(open_breach.time_zone, law, home), gdpr_internal.acting_role());
	FOR said IN SELECT 'nature' AS key, coalesce(nature, '{}') AS value UNION ALL SELECT e.key, e.value
		FROM jsonb_each(details) e
	LOOP
		PERFORM gdpr_internal.set_breach_fields(opened, said.key, said.value);
	END LOOP;
	IF aware_at IS NOT NULL THEN
		PERFORM gdpr_internal.start_breach_clock(opened, aware_at);
	END IF;
	PERFORM gdpr_internal.add_breach_event(opened, 'opened', details || jsonb_build_object('title', btrim(title),
		'nature', nature),
		jsonb_build_object('detected_at', gdpr_internal.utc(detected_at), 'aware_at', gdpr_internal.utc(aware_at)));
	RETURN opened;
END $$;
COMMENT ON FUNCTION gdpr.open_breach(text, timestamptz, timestamptz, jsonb, jsonb, text, text) IS
'Puts a breach in the register and returns its id. aware_at: when the controller had reasonable certainty, which '
	'starts the clock of 72 hours (Art. 33(1)); NULL while it is only suspected. nature: {"types": '
	'["confidentiality"], "cause": "theft", ...}; details: other groups of fields by name, as gdpr.breach_field lists '
	'them; title and texts never name a person. country: whose holidays count (default the controller''s); time_zone: '
	'default the country''s. Errors: 22023 field, time, country or zone.';

CREATE FUNCTION gdpr.confirm_breach(id uuid, aware_at timestamptz DEFAULT NULL) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id, 'suspected');
	moment timestamptz := gdpr_internal.require_past(coalesce(aware_at, clock_timestamp()), b.detected_at, 'aware_at');
BEGIN
	PERFORM gdpr_internal.start_breach_clock(b.id, moment);
	PERFORM gdpr_internal.add_breach_event(b.id, 'confirmed', '{}',
		jsonb_build_object('aware_at', gdpr_internal.utc(moment)));
	RETURN (SELECT r.due_at FROM gdpr.breach r WHERE r.id = b.id);
END $$;
COMMENT ON FUNCTION gdpr.confirm_breach(uuid, timestamptz) IS
'A suspected breach is one, with reasonable certainty since aware_at (default now); starts the clock and returns when '
	'the authority must have been told (Art. 33(1), guidelines 9/2022). Errors: 55000 not suspected, 22023 '
	'time, 02000.';

CREATE FUNCTION gdpr.describe_breach(id uuid, group_name text, fields jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach := gdpr_internal.lock_breach(id);
BEGIN
	PERFORM gdpr_internal.set_breach_fields(b.id, group_name, fields);
	PERFORM gdpr_internal.add_breach_event(b.id, 'described', jsonb_build_object(group_name, fields),
		jsonb_build_object('group', group_name, 'fields', (SELECT jsonb_agg(k ORDER BY k)
			FROM jsonb_object_keys(fields) k)));
END $$;
COMMENT ON FUNCTION gdpr.describe_breach(uuid, text, jsonb) IS
'Adds or replaces what is known of a breach, until it is closed; a null removes its field, and every version stays in '
	'gdpr.breach_event. group_name and the fields with their kinds: gdpr.breach_field, closed lists: '
	'gdpr.breach_option. Texts never name a person. Errors: 22023 group, field or value, 55000 closed, 02000. Art. '
	'33(3), (4).';
