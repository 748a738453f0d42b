/*
 * location.sql: every place where the data are or go: this server, standbys, subscribers, tablespaces, foreign servers,
 * backups, logs, the hosts of applications. Each has a country and someone here who answers for it (Art. 24, 30(1)(e),
 * 44). residency.sql compares this with what the server knows itself.
 */
CREATE VIEW gdpr.location_kind AS
SELECT * FROM (VALUES
	('server',			'this server; empty'),
	('standby',			'the network or address from which it connects, or its application_name'),
	('subscriber',		'the name of the publication that it subscribes to'),
	('subscription',	'the host that data come from'),
	('tablespace',		'its name'),
	('foreign_server',	'the host of the foreign server'),
	('backup',			'what the backup is called'),
	('log',				'where the log goes'),
	('application',		'the network or address from which it connects')) AS kinds (kind, match);
COMMENT ON VIEW gdpr.location_kind IS 'kinds of places, and what match says of each';

CREATE TABLE gdpr.location
(
	id					uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	kind				text NOT NULL,
	match				text NOT NULL,
	country				text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	owner				text NOT NULL CHECK (pg_catalog.btrim(owner) <> ''),
	recipient			text REFERENCES gdpr.recipient (name),
	schedule			text,
	kept_for			interval CHECK (kept_for > interval '0'),
	encrypted			boolean,
	last_restore_test	date,
	registered_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	registered_by		name NOT NULL DEFAULT SESSION_USER,
	ended_at			timestamptz,
	ended_reason		text,
	CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.location', '');
CREATE UNIQUE INDEX location_match ON gdpr.location (kind, match) WHERE ended_at IS NULL;
COMMENT ON TABLE gdpr.location IS
'places where the data are or go: kind and match (gdpr.location_kind), country, who here answers for it (owner), the '
	'provider as a registered recipient; of a backup its schedule, how long it is kept, whether it is encrypted and '
	'the day on which restoring it was last tested (Art. 32(1)(c))';

CREATE FUNCTION gdpr_internal.network_of(match text) RETURNS inet
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN match::inet;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.network_of(text) IS 'internal: a network or address, or NULL when it is none';

CREATE FUNCTION gdpr_internal.check_location(l gdpr.location) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(l.owner) THEN
		RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = 'a place needs an owner: who here answers for it',
			HINT = 'Name a department or a function. The responsibility is not handed over to the provider (Art. 24).';
	ELSIF NOT EXISTS (SELECT FROM gdpr.location_kind k WHERE k.kind = l.kind) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown kind of place',
			HINT = format('Use one of: %s.', (SELECT string_agg(k.kind, ', ') FROM gdpr.location_kind k));
	ELSIF l.country IS NULL OR (l.kind = 'server') <> (l.match = '') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a place has a country, and all but this server a match',
			HINT = 'SELECT kind, match FROM gdpr.location_kind;';
	ELSIF l.kind = 'application' AND gdpr_internal.network_of(l.match) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an application is at a network or address',
			HINT = 'Such as 10.1.0.0/16.';
	ELSIF l.kind <> 'backup' AND num_nonnulls(l.schedule, l.kept_for, l.last_restore_test) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'only a backup has a schedule, a period and a test of '
			'restoring';
	ELSIF l.kind = 'backup' AND num_nulls(l.schedule, l.kept_for, l.encrypted) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'say of a backup when it is made, how long it is kept and whether it is encrypted';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_location(gdpr.location) IS
'internal: 22023, or 23502 without an owner, for a place that cannot be registered so';

CREATE FUNCTION gdpr.register_location(kind text, match text, country text, owner text, recipient text DEFAULT NULL,
	schedule text DEFAULT NULL, kept_for interval DEFAULT NULL, encrypted boolean DEFAULT NULL,
	last_restore_test date DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l gdpr.location;
BEGIN
	l.kind := register_location.kind;
	l.match := coalesce(btrim(register_location.match), '');
	l.country := gdpr_internal.country_code(nullif(btrim(register_location.country), ''));
	l.owner := register_location.owner;
	l.schedule := register_location.schedule;
	l.kept_for := register_location.kept_for;
	l.encrypted := register_location.encrypted;
	l.last_restore_test := register_location.last_restore_test;
	IF register_location.recipient IS NOT NULL THEN
		l.recipient := (gdpr_internal.require_recipient(register_location.recipient)).name;
	END IF;
	PERFORM gdpr_internal.check_location(l);
	INSERT INTO gdpr.location AS x (kind, match, country, owner, recipient, schedule, kept_for, encrypted,
		last_restore_test)
	VALUES (l.kind, l.match, l.country, l.owner, l.recipient, l.schedule, l.kept_for, l.encrypted, l.last_restore_test)
	ON CONFLICT (kind, match) WHERE ended_at IS NULL DO UPDATE SET country = excluded.country, owner = excluded.owner,
		recipient = excluded.recipient, schedule = excluded.schedule, kept_for = excluded.kept_for,
		encrypted = excluded.encrypted, last_restore_test = excluded.last_restore_test
	RETURNING x.id INTO l.id;
	PERFORM gdpr_internal.record('location registered', NULL, jsonb_strip_nulls(jsonb_build_object('location', l.id,
		'kind', l.kind, 'match', l.match, 'country', l.country, 'owner', l.owner, 'recipient', l.recipient,
		'last_restore_test', l.last_restore_test)));
	RETURN l.id;
END $$;
COMMENT ON FUNCTION gdpr.register_location(text, text, text, text, text, text, interval, boolean, date) IS
'Registers a place where data are or go, or corrects what is registered of it, and returns its id (Art. 30(1)(e), 44): '
	'kind and match as gdpr.location_kind says, country (ISO 3166), owner: the department or function here that '
	'answers for it, recipient: the provider, as registered. Of a backup: schedule, kept_for, encrypted, '
	'last_restore_test. Errors: 23502 no owner, 02000 provider not registered, 22023.';

CREATE FUNCTION gdpr.end_location(id uuid, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say why no data are at this place any more';
	END IF;
	UPDATE gdpr.location l SET ended_at = clock_timestamp(), ended_reason = reason
	WHERE l.id = end_location.id AND l.ended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such place';
	END IF;
	PERFORM gdpr_internal.record('location ended', NULL, jsonb_build_object('location', id, 'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.end_location(uuid, text) IS
'Ends a place, with the reason: no data are there any more. Errors: 02000 no such place, ZG022 no reason.';

/* An application only looks: what it sees goes there, and is not stored. */
CREATE FUNCTION gdpr_internal.location_allowed(l gdpr.location) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.open_to(l.country, gdpr_internal.recipient_named(l.recipient), gdpr_internal.server_today(),
		l.kind <> 'application')
$$;
COMMENT ON FUNCTION gdpr_internal.location_allowed(gdpr.location) IS
'internal: may data of everybody be at a place, by the settings storage_rule and transfer_rule?';

/* NULL: not registered; false: registered, and not allowed. */
CREATE FUNCTION gdpr_internal.allowed_at(kind text, VARIADIC matches text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT bool_and(gdpr_internal.location_allowed(l)) FROM gdpr.location l
	WHERE l.kind = allowed_at.kind AND l.match = ANY (matches) AND l.ended_at IS NULL
$$;
COMMENT ON FUNCTION gdpr_internal.allowed_at(text, text[]) IS
'internal: may data be at a registered place of these names? NULL when it is not registered';

CREATE FUNCTION gdpr_internal.allowed_from(kind text, address inet, name text DEFAULT NULL) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT bool_and(gdpr_internal.location_allowed(l)) FROM gdpr.location l
	WHERE l.kind = allowed_from.kind AND l.ended_at IS NULL
	  AND (l.match = allowed_from.name OR allowed_from.address <<= gdpr_internal.network_of(l.match))
$$;
COMMENT ON FUNCTION gdpr_internal.allowed_from(text, inet, text) IS
'internal: may data go to a client that connects from an address, or by a name? NULL when it is not registered';
