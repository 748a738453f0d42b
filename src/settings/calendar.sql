/*
 * calendar.sql: how long an answer may take: months of the calendar, working days, public holidays (Art. 12(3),
 * Regulation 1182/71).
 */
CREATE FUNCTION gdpr_internal.easter(year integer) RETURNS date
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	/* the Gregorian computus of Meeus, Jones and Butcher */
	SELECT make_date(year, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1)
	FROM (SELECT year % 19 AS a, year / 100 AS b, year % 100 AS c) x
	CROSS JOIN LATERAL (SELECT (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 AS h) y
	CROSS JOIN LATERAL (SELECT (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 AS l) z
	CROSS JOIN LATERAL (SELECT (a + 11 * h + 22 * l) / 451 AS m) w
$$;
COMMENT ON FUNCTION gdpr_internal.easter(integer) IS 'internal: Easter Sunday of a year of the Gregorian calendar';

CREATE FUNCTION gdpr_internal.country_code(country text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF btrim(country) !~* '^[a-z]{2}$' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'country is not a two-letter ISO 3166 code',
			HINT = 'Such as BE or NL.';
	END IF;
	RETURN upper(btrim(country));
END $$;
COMMENT ON FUNCTION gdpr_internal.country_code(text) IS
'internal: a country by its code in capitals; 22023 when it is none, NULL for NULL';

/* Which day it is where a person lives: of a country with several zones, that of the capital. */
CREATE TABLE gdpr.country_zone
(
	country		text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	time_zone	text NOT NULL CHECK (timestamptz 'epoch' AT TIME ZONE time_zone IS NOT NULL),	-- 22023 unknown
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (country, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.country_zone', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.country_zone IS
'the time zone by whose days deadlines are counted, by country (ISO 3166): the EEA, Switzerland and the United '
	'Kingdom are built in; a row of your own goes before';
INSERT INTO gdpr.country_zone (country, time_zone, builtin)
SELECT z.country, 'Europe/' || z.city, true FROM (VALUES
	('AT', 'Vienna'), ('BE', 'Brussels'), ('BG', 'Sofia'), ('CH', 'Zurich'), ('CZ', 'Prague'), ('DE', 'Berlin'),
	('DK', 'Copenhagen'), ('EE', 'Tallinn'), ('ES', 'Madrid'), ('FI', 'Helsinki'), ('FR', 'Paris'), ('GB', 'London'),
	('GR', 'Athens'), ('HR', 'Zagreb'), ('HU', 'Budapest'), ('IE', 'Dublin'), ('IT', 'Rome'), ('LI', 'Vaduz'),
	('LT', 'Vilnius'), ('LU', 'Luxembourg'), ('LV', 'Riga'), ('MT', 'Malta'), ('NL', 'Amsterdam'), ('NO', 'Oslo'),
	('PL', 'Warsaw'), ('PT', 'Lisbon'), ('RO', 'Bucharest'), ('SE', 'Stockholm'), ('SI', 'Ljubljana'),
	('SK', 'Bratislava')) z (country, city)
UNION ALL VALUES ('CY', 'Asia/Nicosia', true), ('IS', 'Atlantic/Reykjavik', true);

CREATE FUNCTION gdpr_internal.time_zone_of(zone text, VARIADIC countries text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF zone IS NULL THEN
		RETURN coalesce((SELECT z.time_zone FROM unnest(countries) WITH ORDINALITY c (country, n)
			JOIN gdpr.country_zone z ON z.country = c.country ORDER BY c.n, z.builtin LIMIT 1),
			current_setting('log_timezone'));
	ELSIF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = zone) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown time zone',
			HINT = 'Use a name such as Europe/Brussels: SELECT name FROM pg_timezone_names;';
	END IF;
	RETURN zone;
END $$;
COMMENT ON FUNCTION gdpr_internal.time_zone_of(text, text[]) IS
'internal: a time zone by its name, 22023 unknown; for NULL that of the first of the countries that has one, else the '
	'server''s own, which no session can set';

CREATE FUNCTION gdpr_internal.today_in(zone text) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (pg_catalog.now() AT TIME ZONE zone)::date;
COMMENT ON FUNCTION gdpr_internal.today_in(text) IS 'internal: which day it is in a time zone';

CREATE TABLE gdpr.holiday
(
	country	text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	day		date NOT NULL,
	name	text NOT NULL,
	builtin	boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (country, day, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.holiday', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.holiday');
CREATE TRIGGER guard BEFORE INSERT ON gdpr.holiday FOR EACH ROW EXECUTE FUNCTION gdpr_internal.guard_law('day');
COMMENT ON TABLE gdpr.holiday IS
'public holidays by country, for due dates; Belgium 2020 to 2040 is built in, '
	'add rows for others and for later; append-only';
/* Belgian law of 4 January 1974, royal decree of 18 April 1974, art. 1 */
INSERT INTO gdpr.holiday (country, day, name, builtin)
SELECT 'BE', h.day, h.name, true
FROM pg_catalog.generate_series(2020, 2040) AS y (year)
CROSS JOIN LATERAL (VALUES
	(pg_catalog.make_date(y.year, 1, 1), 'New Year'), (gdpr_internal.easter(y.year) + 1, 'Easter Monday'),
		(pg_catalog.make_date(y.year, 5, 1), 'Labour Day'),
	(gdpr_internal.easter(y.year) + 39, 'Ascension'), (gdpr_internal.easter(y.year) + 50, 'Whit Monday'),
		(pg_catalog.make_date(y.year, 7, 21), 'National Day'),
	(pg_catalog.make_date(y.year, 8, 15), 'Assumption'), (pg_catalog.make_date(y.year, 11, 1), 'All Saints'),
	(pg_catalog.make_date(y.year, 11, 11), 'Armistice'), (pg_catalog.make_date(y.year, 12, 25), 'Christmas'))
		AS h (day, name)
ON CONFLICT DO NOTHING;		-- Ascension on 1 May 2008, and the like

CREATE FUNCTION gdpr.is_working_day(day date, country text DEFAULT 'BE') RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT extract(isodow FROM day) < 6 AND NOT EXISTS (SELECT FROM gdpr.holiday h
		WHERE h.country = gdpr_internal.country_code(is_working_day.country) AND h.day = is_working_day.day)
$$;
COMMENT ON FUNCTION gdpr.is_working_day(date, text) IS
'True when a day is no Saturday, Sunday or public holiday of the country (gdpr.holiday). Errors: '
	'22023 country.';

CREATE FUNCTION gdpr_internal.working_day_from(day date, country text DEFAULT 'BE') RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	WHILE NOT gdpr.is_working_day(day, country)
	LOOP
		day := day + 1;
	END LOOP;
	RETURN day;
END $$;
COMMENT ON FUNCTION gdpr_internal.working_day_from(date, text) IS 'internal: the day itself, or the next working day';
