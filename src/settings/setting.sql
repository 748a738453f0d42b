/*
 * setting.sql: the dated settings of every room: periods and thresholds that the law gives, or that a controller
 * decides, each with its source and the day from which it counts.
 *
 * A setting is changed by a new row, from tomorrow at the earliest, so that what counted on any day of the past stays
 * known: the row with the newest valid_from that covers a day counts on it, and of two with the same the one recorded
 * last. How far a controller may go is a limit, which only the owner of the extension moves.
 */
CREATE FUNCTION gdpr_internal.server_today() RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (pg_catalog.now() AT TIME ZONE pg_catalog.current_setting('log_timezone'))::date;
COMMENT ON FUNCTION gdpr_internal.server_today() IS
'internal: today in the server''s time zone, log_timezone, which no session can set';

CREATE FUNCTION gdpr_internal.day_of(at timestamptz) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (at AT TIME ZONE current_setting('log_timezone'))::date
$$;
COMMENT ON FUNCTION gdpr_internal.day_of(timestamptz) IS
'internal: the day of a time in the server''s time zone, which no session can set';

CREATE TABLE gdpr.setting_kind
(
	name		text PRIMARY KEY,
	meaning		text NOT NULL,
	choices		text[],
	in_hours	boolean NOT NULL DEFAULT false CHECK (NOT in_hours OR choices IS NULL)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.setting_kind IS
'what can be set: a period, some in hours because days differ when the clocks change, or one of some choices';

CREATE TABLE gdpr.setting
(
	name		text NOT NULL REFERENCES gdpr.setting_kind,
	period		interval CHECK (period > interval '0'),
	choice		text,
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	source		text NOT NULL CHECK (btrim(source) <> ''),
	builtin		boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (name, valid_from, builtin, recorded_at),
	CHECK (num_nonnulls(period, choice) = 1)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.setting', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.setting');
COMMENT ON TABLE gdpr.setting IS
'the settings with the day from which each counts and its source; append-only: gdpr.set_setting() adds a row';

CREATE TABLE gdpr.setting_limit
(
	name		text NOT NULL REFERENCES gdpr.setting_kind,
	minimum		interval,
	maximum		interval,
	allowed		text[],
	source		text NOT NULL CHECK (btrim(source) <> ''),
	builtin		boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (name, builtin, recorded_at)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.setting_limit', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.setting_limit');
COMMENT ON TABLE gdpr.setting_limit IS
'how far a setting may go; the newest row of a name counts; append-only: gdpr.limit_setting() adds a row';

CREATE FUNCTION gdpr_internal.add_setting(name text, value text, source text, meaning text,
	minimum interval DEFAULT NULL, maximum interval DEFAULT NULL, choices text[] DEFAULT NULL,
	allowed text[] DEFAULT NULL, in_hours boolean DEFAULT false) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.setting_kind (name, meaning, choices, in_hours) VALUES (name, meaning, choices, in_hours);
	INSERT INTO gdpr.setting_limit (name, minimum, maximum, allowed, source, builtin)
	VALUES (name, minimum, maximum, allowed, source, true);
	INSERT INTO gdpr.setting (name, period, choice, valid_from, source, builtin)
	VALUES (name, CASE WHEN choices IS NULL THEN value::interval END, CASE WHEN choices IS NOT NULL THEN value END,
		'2018-05-25', source, true);
$$;
COMMENT ON FUNCTION gdpr_internal.add_setting(text, text, text, text, interval, interval, text[], text[], boolean) IS
'internal: a room''s setting, with the value that counts from the day of the GDPR, and its limits';

/* PL/pgSQL, because it keeps its plan: every consent asks. */
CREATE FUNCTION gdpr_internal.setting_on(name text, day date) RETURNS gdpr.setting
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT s FROM gdpr.setting s
		WHERE s.name = setting_on.name AND s.valid_from <= day AND coalesce(s.valid_to > day, true)
		ORDER BY s.valid_from DESC, s.builtin, s.recorded_at DESC LIMIT 1);
END $$;
COMMENT ON FUNCTION gdpr_internal.setting_on(text, date) IS 'internal: the row of a setting that counts on a day';

CREATE FUNCTION gdpr_internal.period_on(name text, day date DEFAULT gdpr_internal.server_today()) RETURNS interval
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (gdpr_internal.setting_on(name, day)).period
$$;
COMMENT ON FUNCTION gdpr_internal.period_on(text, date) IS
'internal: the period that counts on a day, by default today';

/* For tables of law that a duty writes itself: what counts, or counted, is not changed. */
CREATE FUNCTION gdpr_internal.guard_law() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF pg_has_role(current_user, (SELECT e.extowner FROM pg_extension e WHERE e.extname = 'gdpr'), 'USAGE') THEN
		RETURN NEW;
	ELSIF ((to_jsonb(NEW) ->> TG_ARGV[0])::date > gdpr_internal.server_today()) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('a row of gdpr.%I counts from tomorrow at the earliest', TG_TABLE_NAME),
			HINT = 'What counted until today stays as it was; the owner of the extension can complete the past.';
	END IF;
	NEW.builtin := false;
	NEW.recorded_at := clock_timestamp();
	RETURN NEW;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_law() IS
'internal: trigger of tables of law: raises 22023 for a row that counts before tomorrow, its argument is the column';

CREATE FUNCTION gdpr_internal.require_setting(name text) RETURNS gdpr.setting_kind
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind gdpr.setting_kind;
BEGIN
	SELECT * INTO kind FROM gdpr.setting_kind k WHERE k.name = require_setting.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown setting',
			HINT = (SELECT format('One of %s.', string_agg(k.name, ', ' ORDER BY k.name)) FROM gdpr.setting_kind k);
	END IF;
	RETURN kind;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_setting(text) IS 'internal: a setting by its name; 22023 unknown';

CREATE FUNCTION gdpr_internal.check_period(kind gdpr.setting_kind, value interval) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bounds gdpr.setting_limit;
BEGIN
	SELECT * INTO bounds FROM gdpr.setting_limit l WHERE l.name = kind.name
	ORDER BY l.builtin, l.recorded_at DESC LIMIT 1;
	IF value IS NULL OR value <= interval '0' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('%s must be longer than nothing', kind.name);
	ELSIF kind.in_hours AND value <> make_interval(secs => EXTRACT(epoch FROM value)::double precision)
		OR kind.in_hours AND EXTRACT(day FROM value) + EXTRACT(month FROM value) + EXTRACT(year FROM value) <> 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('%s counts in hours, not days', kind.name),
			HINT = 'Days differ when the clocks change: write 96 hours.';
	ELSIF value < bounds.minimum THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('%s is at least %s', kind.name, bounds.minimum),
			HINT = 'The owner of the extension moves the limit with gdpr.limit_setting().';
	ELSIF value > bounds.maximum THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('%s is at most %s', kind.name, bounds.maximum),
			HINT = 'The owner of the extension moves the limit with gdpr.limit_setting().';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_period(gdpr.setting_kind, interval) IS
'internal: raises 22023 for a period beyond the limits of a setting';

CREATE FUNCTION gdpr_internal.check_choice(kind gdpr.setting_kind, value text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	allowed text[] := (SELECT coalesce(l.allowed, kind.choices) FROM gdpr.setting_limit l WHERE l.name = kind.name
		ORDER BY l.builtin, l.recorded_at DESC LIMIT 1);
BEGIN
	IF (value = ANY (allowed)) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('%s is one of %s', kind.name, array_to_string(allowed, ', ')),
			HINT = 'The owner of the extension moves the limit with gdpr.limit_setting().';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_choice(gdpr.setting_kind, text) IS
'internal: raises 22023 for a choice that a setting does not allow';

CREATE FUNCTION gdpr.set_setting(name text, value text, source text, valid_from date DEFAULT NULL,
	valid_to date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind gdpr.setting_kind := gdpr_internal.require_setting(name);
	tomorrow date := gdpr_internal.server_today() + 1;
	period interval := CASE WHEN kind.choices IS NULL THEN value::interval END;
BEGIN
	IF gdpr_internal.is_blank(source) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a setting needs its source',
			HINT = 'The law or the decision it follows from.';
	ELSIF coalesce(valid_from, tomorrow) < tomorrow OR valid_from = 'infinity' OR valid_to = 'infinity' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a setting counts from tomorrow at the earliest',
			HINT = 'What was promised until today stays as it was.';
	ELSIF valid_to <= coalesce(valid_from, tomorrow) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a setting ends after it begins';
	END IF;
	IF kind.choices IS NULL THEN
		PERFORM gdpr_internal.check_period(kind, period);
	ELSE
		PERFORM gdpr_internal.check_choice(kind, value);
	END IF;
	INSERT INTO gdpr.setting (name, period, choice, valid_from, valid_to, source)
	VALUES (name, period, CASE WHEN kind.choices IS NOT NULL THEN value END, coalesce(valid_from, tomorrow), valid_to,
		btrim(source));
END $$;
COMMENT ON FUNCTION gdpr.set_setting(text, text, text, date, date) IS
'Sets what a period or threshold of gdpr.setting_kind will be: value, the law or decision it follows from, and from '
	'which day it counts (default and earliest tomorrow) until which (default until it is set again). Nothing is '
	'changed for the past; the ledger records it (Art. 5(2), 24). For the controller. Errors: 22023 unknown, beyond '
	'gdpr.setting_limit, in the past; 22007 no period; ZG022 no source.';

CREATE FUNCTION gdpr.limit_setting(name text, source text, minimum interval DEFAULT NULL, maximum interval DEFAULT NULL,
	allowed text[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind gdpr.setting_kind := gdpr_internal.require_setting(name);
BEGIN
	IF gdpr_internal.is_blank(source) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'a limit needs its source',
			HINT = 'The law or the decision it follows from.';
	ELSIF minimum > maximum OR num_nonnulls(minimum, maximum) > 0 AND kind.choices IS NOT NULL
		OR allowed IS NOT NULL AND (allowed <@ kind.choices AND allowed <> '{}') IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the limits do not fit the setting',
			HINT = 'A period has minimum and maximum, a choice allows some of gdpr.setting_kind.choices.';
	END IF;
	INSERT INTO gdpr.setting_limit (name, minimum, maximum, allowed, source)
	VALUES (name, minimum, maximum, allowed, btrim(source));
END $$;
COMMENT ON FUNCTION gdpr.limit_setting(text, text, interval, interval, text[]) IS
'Says how far a setting may go: minimum and maximum of a period, or the choices allowed; NULL is no limit. It replaces '
	'the limits before it, and the ledger records it. No duty may: only the owner of the extension. Errors: 22023 '
	'unknown setting, limits that do not fit; ZG022 no source; 42501.';
