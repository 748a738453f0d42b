/*
 * recipient.sql: who else gets personal data, by name: controllers, processors, those they call in, authorities
 * (Art. 4(9), 30(1)(d)). Each has a country and someone here who answers for it.
 */
CREATE TABLE gdpr.recipient
(
	name			text PRIMARY KEY CHECK (pg_catalog.btrim(name) <> ''),
	kind			text NOT NULL CHECK (kind IN ('controller', 'processor', 'sub_processor', 'authority')),
	country			text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	sector			text NOT NULL CHECK (sector IN ('private', 'public')),
	organisation	text CHECK (organisation ~ '^[A-Z]{3,12}$'),
	contact			text,
	owner			text NOT NULL,
	called_in_by	text,		-- a recipient; no foreign key, of which pg_dump would warn
	registered_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	registered_by	name NOT NULL DEFAULT SESSION_USER,
	ended_at		timestamptz,
	ended_reason	text,
	CHECK ((called_in_by IS NOT NULL) = (kind = 'sub_processor')),
	CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.recipient', '');
COMMENT ON TABLE gdpr.recipient IS
'who receives personal data, by name (Art. 4(9), 30(1)(d)): kind, country, sector, contact, who here answers for it '
	'(owner), which processor called it in; organisation: the code of an international organisation, such as EPO';

CREATE FUNCTION gdpr_internal.check_recipient(r gdpr.recipient) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(r.name) OR gdpr_internal.is_blank(r.country) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a recipient needs a name and a country';
	ELSIF gdpr_internal.is_blank(r.owner) THEN
		RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = 'a recipient needs an owner: who here answers for it',
			HINT = 'Name a department or a function, such as ''head of sales''. The responsibility stays with you.';
	ELSIF coalesce(r.kind, '') NOT IN ('controller', 'processor', 'sub_processor', 'authority') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown kind of recipient',
			HINT = 'Use controller, processor, sub_processor or authority.';
	ELSIF coalesce(r.sector, '') NOT IN ('private', 'public') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown sector of a recipient',
			HINT = 'Use private or public.';
	ELSIF r.organisation !~ '^[A-Z]{3,12}$' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'organisation is the code of an international organisation',
			HINT = 'Such as EPO; leave it out for a company or an authority of a country.';
	ELSIF (r.kind = 'sub_processor') <> (r.called_in_by IS NOT NULL) OR r.called_in_by = r.name OR (r.called_in_by
		IS NOT NULL AND NOT EXISTS (SELECT FROM gdpr.recipient p
			WHERE p.name = r.called_in_by AND p.kind IN ('processor', 'sub_processor') AND p.ended_at IS NULL)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a sub-processor is called in by a registered processor, and no one else is',
			HINT = 'Register the processor first, and name it as called_in_by.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_recipient(gdpr.recipient) IS
'internal: 22023, or 23502 without an owner, for a recipient that cannot be registered so';

CREATE FUNCTION gdpr.register_recipient(name text, kind text, country text, owner text, contact text DEFAULT NULL,
	sector text DEFAULT NULL, called_in_by text DEFAULT NULL, organisation text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r gdpr.recipient;
BEGIN
	r.name := btrim(register_recipient.name);
	r.kind := register_recipient.kind;
	r.country := gdpr_internal.country_code(nullif(btrim(register_recipient.country), ''));
	r.sector := coalesce(register_recipient.sector, CASE register_recipient.kind WHEN 'authority' THEN 'public'
		ELSE 'private' END);
	r.organisation := register_recipient.organisation;
	r.contact := register_recipient.contact;
	r.owner := register_recipient.owner;
	r.called_in_by := btrim(register_recipient.called_in_by);
	PERFORM gdpr_internal.check_recipient(r);
	INSERT INTO gdpr.recipient AS x (name, kind, country, sector, organisation, contact, owner, called_in_by)
	VALUES (r.name, r.kind, r.country, r.sector, r.organisation, r.contact, r.owner, r.called_in_by)
	ON CONFLICT ON CONSTRAINT recipient_pkey DO UPDATE SET kind = excluded.kind, country = excluded.country,
		sector = excluded.sector, organisation = excluded.organisation, contact = excluded.contact,
		owner = excluded.owner, called_in_by = excluded.called_in_by, ended_at = NULL, ended_reason = NULL;
	PERFORM gdpr_internal.record('recipient registered', NULL, jsonb_build_object('recipient', r.name, 'kind', r.kind,
		'country', r.country, 'sector', r.sector, 'owner', r.owner)
		|| jsonb_strip_nulls(jsonb_build_object('called_in_by', r.called_in_by, 'organisation', r.organisation)));
END $$;
COMMENT ON FUNCTION gdpr.register_recipient(text, text, text, text, text, text, text, text) IS
'Registers who receives personal data, or corrects what is registered of that name (Art. 30(1)(d)). kind: controller, '
	'processor, sub_processor (called_in_by: which processor called it in) or authority; country (ISO 3166); owner: '
	'the department or function here that answers for it; contact: where it is told of corrections and erasure; '
	'sector: private or public (default: an authority is public); organisation: the code of an international '
	'organisation, such as EPO. Errors: 23502 no owner, 22023.';

CREATE FUNCTION gdpr.end_recipient(name text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say why the recipient gets nothing any more';
	END IF;
	UPDATE gdpr.recipient r SET ended_at = clock_timestamp(), ended_reason = reason
	WHERE r.name = btrim(end_recipient.name) AND r.ended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'no such recipient is registered';
	END IF;
	PERFORM gdpr_internal.record('recipient ended', NULL, jsonb_build_object('recipient', btrim(name),
		'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.end_recipient(text, text) IS
'Ends a recipient, with the reason: nothing is disclosed to it any more; what it received stays on record. Errors: '
	'02000 not registered, ZG022 no reason.';

CREATE FUNCTION gdpr_internal.recipient_named(name text) RETURNS gdpr.recipient
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r FROM gdpr.recipient r WHERE r.name = btrim(recipient_named.name) AND r.ended_at IS NULL
$$;
COMMENT ON FUNCTION gdpr_internal.recipient_named(text) IS
'internal: a registered recipient that has not ended, or a row of NULLs';
