/*
 * notice.sql: who the controller is, what people are told, in which words, and who was told what and when.
 *
 * A notice is a name with versions. A draft may be rewritten; once published, a version never changes again: it is
 * what people were told. What it said is one row, whose canonical JSON is hashed at publication, so that consents,
 * receipts and proofs can name it by hash. A version is in force from its publication until the next one's; one
 * of before this database, imported with its words, for as long as it says.
 */
CREATE TABLE gdpr.controller
(
	only_row			boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	name				text NOT NULL,
	enterprise_number	text,
	address				text NOT NULL,
	country				text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	contact				text NOT NULL,
	email				text NOT NULL,
	phone				text NOT NULL,
	url					text,
	representative		text,
	dpo_contact			text,
	authority			text
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.controller', '');
COMMENT ON TABLE gdpr.controller IS
'the controller as the notices name it (Art. 4(7), 13(1)(a)(b), 27): one row, written by gdpr.set_controller';

CREATE TYPE gdpr.notice_kind AS ENUM ('written', 'oral', 'form');
COMMENT ON TYPE gdpr.notice_kind IS
'written: a privacy statement; oral: a script read out, such as on the telephone; form: the text beside the '
	'controls of a form';

/*
 * texts is {language: {item: text}}; the items are those of gdpr.notice_item. A short notice (a script, a form) may
 * name a published full notice, whose items then count as given with it: the layered notice of guidelines WP260.
 * (full_notice, full_version) is no foreign key, since pg_dump warns of tables that refer to themselves; published
 * versions are never deleted.
 */
CREATE TABLE gdpr.notice
(
	name				text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_.-]*$'),
	version				integer NOT NULL CHECK (version > 0),
	kind				gdpr.notice_kind NOT NULL,
	purposes			integer[] NOT NULL CHECK (pg_catalog.cardinality(purposes) > 0),
	texts				jsonb NOT NULL CHECK (texts <> '{}'),
	data_categories		text[] NOT NULL DEFAULT '{}',
	recipients			text[] NOT NULL DEFAULT '{}',
	storage_countries	text[] NOT NULL DEFAULT '{}',
	retention_period	interval CHECK (retention_period > interval '0'),
	withdrawal_at		text,
	url					text,
	full_notice			text,
	full_version		integer,
	drafted_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	drafted_by			name NOT NULL DEFAULT SESSION_USER,
	published_at		timestamptz,
	published_by		name,
	content				jsonb,
	hash				bytea,
	in_force_until		timestamptz CHECK (in_force_until > published_at),	-- of an imported one
	PRIMARY KEY (name, version),
	CHECK ((full_notice IS NULL) = (full_version IS NULL)),
	CHECK ((published_at IS NULL) = (hash IS NULL) AND (published_at IS NULL) = (content IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.notice', '');
CREATE UNIQUE INDEX notice_draft ON gdpr.notice (name) WHERE published_at IS NULL;
COMMENT ON TABLE gdpr.notice IS
'versions of privacy notices, phone scripts and consent forms (Art. 13, 14); a published version never changes';

CREATE FUNCTION gdpr_internal.keep_published_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' OR OLD.published_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = 'a published notice cannot be changed: it is what people were told',
			HINT = 'Draft the next version with gdpr.draft_notice() and publish it.';
	END IF;
	RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
COMMENT ON FUNCTION gdpr_internal.keep_published_notice() IS 'internal: trigger of gdpr.notice; raises 42501';
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON gdpr.notice
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.keep_published_notice();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON gdpr.notice
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.keep_published_notice();
ALTER TABLE gdpr.notice ENABLE ALWAYS TRIGGER keep_published;
ALTER TABLE gdpr.notice ENABLE ALWAYS TRIGGER keep_published_truncate;

/* The items of a notice, and when the law wants each: always, or for notices covering a purpose on that basis. */
CREATE VIEW gdpr.notice_item AS
SELECT * FROM (VALUES
	('title',				'12(1)',	NULL),
	('body',				'12(1)',	'always'),
	('legitimate_interest',	'13(1)(d)',	'legitimate_interests'),
	('recipients',			'13(1)(e)',	'always'),
	('transfers',			'13(1)(f)',	'always'),
	('retention',			'13(2)(a)',	'always'),
	('rights',				'13(2)(b)',	'always'),
	('withdrawal',			'13(2)(c)',	'consent'),
	('complaint',			'13(2)(d)',	'always'),
	('requirement',			'13(2)(e)',	'always'),
	('automated_decisions',	'13(2)(f)',	'always'),
	('categories',			'14(1)(d)',	NULL),
	('source',				'14(2)(f)',	NULL)) AS items (item, article, required_for);
COMMENT ON VIEW gdpr.notice_item IS
'texts a notice may hold: their article, and whether publishing demands them always, for a basis, or not (NULL); an '
	'item that does not apply is filled with words that say so';

CREATE TABLE gdpr.notice_served
(
	subject			bigint NOT NULL REFERENCES gdpr.subject (number),
	notice			text NOT NULL,
	notice_version	integer NOT NULL,
	language		gdpr.language NOT NULL,
	channel			gdpr.channel NOT NULL,
	served_at		timestamptz NOT NULL,
	recorded_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by		name NOT NULL DEFAULT SESSION_USER,
	FOREIGN KEY (notice, notice_version) REFERENCES gdpr.notice (name, version)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.notice_served', '');
SELECT gdpr_internal.append_only('gdpr.notice_served');
SELECT gdpr_internal.keeps_subject('gdpr.notice_served', 'subject', 'keep',
	'proof that the person was informed, under a number without a name');
CREATE INDEX notice_served_subject ON gdpr.notice_served (subject, notice, notice_version);
COMMENT ON TABLE gdpr.notice_served IS
'who was given which version of which notice, when and how (Art. 13, 14); append-only';

CREATE FUNCTION gdpr.set_controller(
	name text, enterprise_number text, address text, country text, contact text, email text, phone text,
	url text DEFAULT NULL, representative text DEFAULT NULL, dpo_contact text DEFAULT NULL, authority text DEFAULT NULL)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text;
	number text := set_controller.enterprise_number;
	seat text := gdpr_internal.country_code(nullif(btrim(set_controller.country), ''));
BEGIN
	SELECT string_agg(item, ', ') INTO missing
	FROM (VALUES ('name', name), ('address', address), ('country', country), ('contact', contact),
				 ('email', email), ('phone', phone)) AS given (item, value)
	WHERE gdpr_internal.is_blank(value);
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the controller is incomplete: ' || missing;
	END IF;
	IF seat = 'BE' THEN
		IF number IS NULL OR NOT gdpr.is_valid('be_enterprise', number) THEN
			RAISE EXCEPTION USING ERRCODE = '22P02',
				MESSAGE = 'enterprise number is not a valid Belgian KBO/BCE number',
				HINT = 'Ten digits starting with 0 or 1, the last two being 97 minus the first eight modulo 97.';
		END IF;
		number := lpad(regexp_replace(number, '[^0-9]', '', 'g'), 10, '0');
	END IF;
	INSERT INTO gdpr.controller
	VALUES (true, set_controller.name, number, set_controller.address, seat,
			set_controller.contact, set_controller.email, set_controller.phone, set_controller.url,
			set_controller.representative, set_controller.dpo_contact, set_controller.authority)
	ON CONFLICT (only_row) DO UPDATE SET
		name = excluded.name, enterprise_number = excluded.enterprise_number, address = excluded.address,
		country = excluded.country, contact = excluded.contact, email = excluded.email, phone = excluded.phone,
		url = excluded.url, representative = excluded.representative, dpo_contact = excluded.dpo_contact,
		authority = excluded.authority;
	PERFORM gdpr_internal.record('controller set', NULL, jsonb_build_object('country', seat));
END $$;
COMMENT ON FUNCTION gdpr.set_controller(text, text, text, text, text, text, text, text, text, text, text) IS
'Says who the controller is (Art. 4(7)): name, enterprise number (KBO/BCE, demanded and checked when country is BE), '
	'postal address, country (ISO 3166), contact point, e-mail, phone; optionally web site, representative in the '
	'Union (Art. 27), contact of the data protection officer, supervisory authority. Notices published afterwards '
	'name it; those published before stop being usable for consent when name or number changed. Errors: 22023 '
	'incomplete, 22P02 enterprise number.';

CREATE FUNCTION gdpr.draft_notice(
	name text, kind text, purposes text[], texts jsonb,
	data_categories text[] DEFAULT '{}', recipients text[] DEFAULT '{}', storage_countries text[] DEFAULT '{}',
	retention_period interval DEFAULT NULL, withdrawal_at text DEFAULT NULL, url text DEFAULT NULL,
	full_notice text DEFAULT NULL)
	RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	numbers integer[];
	pinned integer;
	drafted integer;
BEGIN
	IF kind IS NULL OR kind <> ALL (enum_range(NULL::gdpr.notice_kind)::text[]) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown kind of notice',
			HINT = 'Use written, oral or form.';
	END IF;
	IF name IS NULL OR name !~ '^[a-z][a-z0-9_.-]*$' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'the name of a notice is made of small letters, digits, dot, hyphen and underscore';
	END IF;
	PERFORM gdpr_internal.check_notice_texts(texts);
	SELECT array_agg(DISTINCT gdpr.purpose_number(p) ORDER BY gdpr.purpose_number(p)) INTO numbers
	FROM unnest(draft_notice.purposes) p;
	IF numbers IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a notice covers at least one purpose';
	END IF;
	IF draft_notice.full_notice IS NOT NULL THEN
		pinned := (gdpr_internal.notice_in_force(draft_notice.full_notice, NULL, clock_timestamp())).version;
	END IF;
	DELETE FROM gdpr.notice n WHERE n.name = draft_notice.name AND n.published_at IS NULL;
	INSERT INTO gdpr.notice (name, version, kind, purposes, texts, data_categories, recipients, storage_countries,
							 retention_period, withdrawal_at, url, full_notice, full_version)
	SELECT draft_notice.name, coalesce(max(n.version), 0) + 1, draft_notice.kind::gdpr.notice_kind, numbers,
		   draft_notice.texts, draft_notice.data_categories, draft_notice.recipients, draft_notice.storage_countries,
		   draft_notice.retention_period, draft_notice.withdrawal_at, draft_notice.url, draft_notice.full_notice,
		   pinned
	FROM gdpr.notice n WHERE n.name = draft_notice.name
	RETURNING notice.version INTO drafted;
	RETURN drafted;
END $$;
COMMENT ON FUNCTION gdpr.draft_notice(text, text, text[], jsonb, text[], text[], text[], interval, text, text, text) IS
'Writes or rewrites the draft of a notice and returns its version. kind: written, oral (a script read out) or form; '
	'purposes by name; texts: {"nl": {"title": "...", "body": "...", "recipients": "...", ...}, "fr": {...}} with the '
	'items of gdpr.notice_item; data_categories as DPV terms (pd:EmailAddress); recipients by name; storage_countries '
	'(ISO 3166); retention_period; withdrawal_at: where a person withdraws; url: where the notice is published; '
	'full_notice: the published notice a short one is the first layer of. Errors: 22023 bad kind, name, text or '
	'country of text, ZG002 unknown purpose, ZG009 full notice not published. Art. 12-14.';

CREATE FUNCTION gdpr_internal.check_notice_texts(texts jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text;
BEGIN
	IF texts IS NULL OR jsonb_typeof(texts) <> 'object' OR texts = '{}'
		OR EXISTS (SELECT FROM jsonb_each(texts) l WHERE l.key !~ '^[a-z]{2}$' OR jsonb_typeof(l.value) <> 'object')
			THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'texts must be an object of languages, each an object of items',
			HINT = 'For example {"nl": {"title": "...", "body": "..."}, "fr": {"title": "...", "body": "..."}}.';
	END IF;
	SELECT string_agg(DISTINCT i.key, ', ') INTO unknown
	FROM jsonb_each(texts) l, jsonb_each(l.value) i
	WHERE i.key NOT IN (SELECT item FROM gdpr.notice_item) OR jsonb_typeof(i.value) <> 'string';
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'not an item of a notice, or not a text: ' || unknown,
			HINT = 'SELECT item FROM gdpr.notice_item;';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_notice_texts(jsonb) IS
'internal: raises 22023 unless texts is {language: {known item: text}}';

CREATE FUNCTION gdpr.notice_missing(name text, version integer) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH draft AS
		(SELECT n.*, f.texts AS full_texts, n.purposes <@ f.purposes AS full_covers,
				ARRAY(SELECT p.basis FROM gdpr.purpose p WHERE p.number = ANY (n.purposes)) AS bases
		 FROM gdpr.notice n
		 LEFT JOIN gdpr.notice f ON (f.name, f.version) = (n.full_notice, n.full_version)
		 WHERE n.name = notice_missing.name AND n.version = notice_missing.version),
	missing AS
		(SELECT format('%s (%s)', i.item, l.language) AS what
		 FROM draft d, jsonb_object_keys(d.texts) AS l (language), gdpr.notice_item i
		 WHERE (i.required_for = 'always' OR i.required_for = ANY (d.bases))
		   AND gdpr_internal.is_blank(d.texts -> l.language ->> i.item)
		   AND (i.item = 'body' OR gdpr_internal.is_blank(d.full_texts -> l.language ->> i.item))
		 UNION ALL
		 SELECT format('%s', f.what)
		 FROM draft d,
			  (VALUES ('data_categories'), ('storage_countries'), ('retention_period'), ('withdrawal_at')) AS f (what)
		 WHERE 'consent' = ANY (d.bases)
		   AND CASE f.what WHEN 'data_categories' THEN d.data_categories = '{}'
						   WHEN 'storage_countries' THEN d.storage_countries = '{}'
						   WHEN 'retention_period' THEN d.retention_period IS NULL
						   ELSE gdpr_internal.is_blank(d.withdrawal_at) END
		 UNION ALL
		 SELECT 'full_notice covering the same purposes' FROM draft d WHERE NOT d.full_covers
		 UNION ALL
		 SELECT 'controller' WHERE NOT EXISTS (SELECT FROM gdpr.controller)
		 UNION ALL
		 SELECT 'representative'			-- the ages of Art. 8 name every country of the EEA
		 FROM gdpr.controller c
		 WHERE gdpr_internal.is_blank(c.representative) AND NOT EXISTS
			(SELECT FROM gdpr.child_consent_age a WHERE a.country = c.country))
	SELECT coalesce(array_agg(what ORDER BY what COLLATE "C"), '{}') FROM missing HAVING EXISTS (SELECT FROM draft)
$$;
COMMENT ON FUNCTION gdpr.notice_missing(text, integer) IS
'What must still be filled before this version may be published: items of Art. 13(1)-(2) per language, the facts a '
	'consent record must hold (ISO/IEC TS 27560), the controller, and for a controller outside the EEA its '
	'representative (Art. 27). Empty when complete, NULL when there is no such version.';

CREATE FUNCTION gdpr.publish_notice(name text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	draft gdpr.notice;
	missing text[];
	said jsonb;
BEGIN
	SELECT n.* INTO draft FROM gdpr.notice n
	WHERE n.name = publish_notice.name AND n.published_at IS NULL FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no draft of this notice',
			HINT = 'Write one with gdpr.draft_notice().';
	END IF;
	missing := gdpr.notice_missing(draft.name, draft.version);
	IF cardinality(missing) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('notice %s cannot be published: missing %s', draft.name, array_to_string(missing, ', ')),
			HINT = CASE WHEN missing && '{controller,representative}'
				THEN 'Say who the controller is with gdpr.set_controller().'
						ELSE 'Complete the draft with gdpr.draft_notice(); an item that does not apply says so '
							'in words.' END;
	END IF;
	said := gdpr_internal.notice_content(draft);
	UPDATE gdpr.notice n
	SET published_at = clock_timestamp(), published_by = SESSION_USER, content = said,
		hash = sha256(convert_to(said::text, 'UTF8'))
	WHERE n.name = draft.name AND n.version = draft.version
	RETURNING n.* INTO draft;
	PERFORM gdpr_internal.record('notice published', NULL,
		jsonb_build_object('notice', draft.name, 'version', draft.version, 'sha256', encode(draft.hash, 'hex')));
	RETURN draft.version;
END $$;
COMMENT ON FUNCTION gdpr.publish_notice(text) IS
'Publishes the draft of a notice: from now on it is the version in force, cannot be changed, and is known by the '
	'SHA-256 of its content; earlier versions can no longer be used for new consents. Returns the version. Errors: '
	'55000 no draft, or items missing (named). Art. 12-14.';

/* What people were told before there was this database: words and time, and not what a notice of today must say. */
CREATE FUNCTION gdpr_internal.check_past_notice(name text, kind text, purposes text[], texts jsonb, "from" timestamptz,
	until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fault text := CASE
		WHEN kind IS NULL OR kind <> ALL (enum_range(NULL::gdpr.notice_kind)::text[]) THEN 'unknown kind of notice'
		WHEN name IS NULL OR name !~ '^[a-z][a-z0-9_.-]*$'
			THEN 'the name of a notice is made of small letters, digits, dot, hyphen and underscore'
		WHEN coalesce(purposes, '{}') = '{}' THEN 'a notice covers at least one purpose'
		WHEN "from" IS NULL OR until IS NULL OR NOT isfinite("from") OR NOT "from" < until OR until > clock_timestamp()
			THEN 'a notice of the past was in force from a time until another, which is over' END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = fault,
			HINT = 'Kinds: written, oral, form. For a notice from now on gdpr.draft_notice(), gdpr.publish_notice().';
	END IF;
	PERFORM gdpr_internal.check_notice_texts(texts);
	IF EXISTS (SELECT FROM jsonb_each(texts) l WHERE gdpr_internal.is_blank(l.value ->> 'body')) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a notice says something in each of its languages',
			HINT = 'Give its words as body: {"nl": {"body": "..."}}.';
	ELSIF EXISTS (SELECT FROM gdpr.notice n WHERE n.name = check_past_notice.name AND n.published_at < until
		AND coalesce(n.in_force_until, (SELECT min(f.published_at) FROM gdpr.notice f
			WHERE f.name = n.name AND f.published_at > n.published_at), 'infinity') > "from") THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'another version of this notice was in force at that time',
			HINT = 'gdpr.notice has published_at and in_force_until; another notice has a name of its own.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_past_notice(text, text, text[], jsonb, timestamptz, timestamptz) IS
'internal: part of import_notice; raises 22023';

CREATE FUNCTION gdpr.import_notice(
	name text, kind text, purposes text[], texts jsonb, "from" timestamptz, until timestamptz,
	url text DEFAULT NULL, withdrawal_at text DEFAULT NULL)
	RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	past gdpr.notice;
BEGIN
	PERFORM gdpr_internal.check_past_notice(name, kind, purposes, texts, "from", until);
	IF NOT EXISTS (SELECT FROM gdpr.controller) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'it is not known whose notice this was',
			HINT = 'Say who the controller is with gdpr.set_controller().';
	END IF;
	past.name := name;
	past.version := (SELECT coalesce(max(n.version), 0) + 1 FROM gdpr.notice n WHERE n.name = import_notice.name);
	past.kind := kind::gdpr.notice_kind;
	past.purposes := ARRAY(SELECT DISTINCT gdpr.purpose_number(p, true) FROM unnest(import_notice.purposes) p
		ORDER BY 1);
	past.texts := texts;
	past.data_categories := '{}';
	past.recipients := '{}';
	past.storage_countries := '{}';
	past.url := url;
	past.withdrawal_at := withdrawal_at;
	past.drafted_at := clock_timestamp();
	past.drafted_by := SESSION_USER;
	past.published_at := "from";
	past.published_by := SESSION_USER;
	past.in_force_until := until;
	past.content := gdpr_internal.notice_content(past) || jsonb_build_object('imported', jsonb_build_object(
		'from', to_char("from" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'until', to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));
	past.hash := sha256(convert_to(past.content::text, 'UTF8'));
	INSERT INTO gdpr.notice SELECT past.*;
	PERFORM gdpr_internal.record('notice imported', NULL, jsonb_build_object('notice', past.name,
		'version', past.version, 'sha256', encode(past.hash, 'hex'), 'from', "from", 'until', until));
	RETURN past.version;
END $$;
COMMENT ON FUNCTION gdpr.import_notice(text, text, text[], jsonb, timestamptz, timestamptz, text, text) IS
'Keeps a notice that people were given before this database did, and returns its version: its words as body, by '
	'language, {"nl": {"body": "..."}}, the purposes that it named, and from when until when it was used. It is known '
	'by the SHA-256 of its content, never changes, and proves consents of method import of that time '
	'(gdpr.give_consent with at and their evidence). kind, url and withdrawal_at as in gdpr.draft_notice. '
	'Art. 7(1), 13. Errors: 22023 kind, name, texts or time, or another version was in force then; ZG002 unknown '
	'purpose; 55000 no controller.';

CREATE FUNCTION gdpr_internal.notice_content(notice gdpr.notice) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = iso_8601 AS $$
	SELECT jsonb_build_object(
		'notice', notice.name, 'version', notice.version, 'kind', notice.kind,
		'texts', notice.texts, 'data_categories', notice.data_categories, 'recipients', notice.recipients,
		'storage_countries', notice.storage_countries, 'retention_period', notice.retention_period::text,
		'withdrawal_at', notice.withdrawal_at, 'url', notice.url,
		'purposes', (SELECT jsonb_agg(jsonb_build_object('purpose', p.name, 'basis', p.basis) ORDER BY p.number)
					 FROM gdpr.purpose p WHERE p.number = ANY (notice.purposes)),
		'full_notice', (SELECT jsonb_build_object('notice', f.name, 'version', f.version, 'sha256',
			encode(f.hash, 'hex'))
						FROM gdpr.notice f WHERE (f.name, f.version) = (notice.full_notice, notice.full_version)),
		'controller', (SELECT to_jsonb(c) - 'only_row' FROM gdpr.controller c))
$$;
COMMENT ON FUNCTION gdpr_internal.notice_content(gdpr.notice) IS
'internal: everything a notice says, as the JSON whose text is hashed at publication';

CREATE FUNCTION gdpr.verify_notice(name text, version integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT n.hash = sha256(convert_to(n.content::text, 'UTF8'))
	   AND n.texts = n.content -> 'texts' AND n.kind::text = n.content ->> 'kind'
	   AND cardinality(n.purposes) = jsonb_array_length(n.content -> 'purposes')
	FROM gdpr.notice n
	WHERE n.name = verify_notice.name AND n.version = verify_notice.version AND n.published_at IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr.verify_notice(text, integer) IS
'True when a published notice still is what its hash says; NULL when there is no such published version. Art. 5(2).';

CREATE FUNCTION gdpr_internal.notice_in_force(name text, version integer, at timestamptz) RETURNS gdpr.notice
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_notice gdpr.notice;
BEGIN
	SELECT n.* INTO found_notice FROM gdpr.notice n
	WHERE n.name = notice_in_force.name AND n.published_at <= at
	ORDER BY n.published_at DESC, n.version DESC LIMIT 1;
	IF found_notice.in_force_until <= at THEN
		found_notice := NULL;
	END IF;
	IF found_notice.name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG009',
			MESSAGE = 'no notice of that name was published at that time',
			HINT = 'SELECT name, version, published_at FROM gdpr.notice; publish one with gdpr.publish_notice(), or '
				'import that of then with gdpr.import_notice().';
	ELSIF version IS NOT NULL AND version <> found_notice.version THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG009',
			MESSAGE = format('version %s of notice %s was not in force at that time: version %s was',
							 version, found_notice.name, found_notice.version),
			HINT = 'Show the person the version in force.';
	END IF;
	RETURN found_notice;
END $$;
COMMENT ON FUNCTION gdpr_internal.notice_in_force(text, integer, timestamptz) IS
'internal: the version of a notice in force at a time; raises ZG009 when there is none, or when version says another';

CREATE FUNCTION gdpr.serve_notice(
	subject_table gdpr.table_ref, subject_key text, notice text, channel text DEFAULT 'web',
	at timestamptz DEFAULT NULL,
	language text DEFAULT NULL, notice_version integer DEFAULT NULL)
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	served_at timestamptz := coalesce(at, clock_timestamp());
	shown gdpr.notice;
BEGIN
	IF served_at > clock_timestamp() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a notice cannot have been served in the future';
	END IF;
	shown := gdpr_internal.notice_in_force(notice, notice_version, served_at);
	PERFORM gdpr_internal.add_notice_served(gdpr_internal.ensure_subject(subject_table, subject_key), shown,
		gdpr_internal.notice_language(shown, language, NULL), gdpr_internal.channel_of(channel), served_at);
END $$;
COMMENT ON FUNCTION gdpr.serve_notice(gdpr.table_ref, text, text, text, timestamptz, text, integer) IS
'Records that a person was given a notice (Art. 13, 14): subject table and key, notice, channel, when (default now), '
	'language (may be left out when the notice has one) and the version shown (default: the one in force at that '
	'time). Works before the person''s row exists. Errors: ZG009 unknown or superseded notice, 22023 unknown channel '
	'or language, or a time in the future, 55000 table not declared.';

CREATE FUNCTION gdpr_internal.add_notice_served(subject bigint, shown gdpr.notice, language text, channel gdpr.channel,
	at timestamptz)
	RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gdpr.notice_served (subject, notice, notice_version, language, channel, served_at)
	VALUES (add_notice_served.subject, shown.name, shown.version, add_notice_served.language,
		add_notice_served.channel, at);
	PERFORM gdpr_internal.record('notice served', add_notice_served.subject,
		jsonb_build_object('notice', shown.name, 'version', shown.version, 'language', language, 'channel', channel));
END $$;
COMMENT ON FUNCTION gdpr_internal.add_notice_served(bigint, gdpr.notice, text, gdpr.channel, timestamptz) IS
'internal: writes who was given which notice';

CREATE FUNCTION gdpr_internal.notice_language(shown gdpr.notice, language text, subject bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	languages text[] := ARRAY(SELECT jsonb_object_keys(shown.texts) ORDER BY 1);
	served text := (SELECT s.language FROM gdpr.notice_served s
					WHERE s.subject = notice_language.subject AND s.notice = shown.name
						AND s.notice_version = shown.version
					ORDER BY s.served_at DESC LIMIT 1);
	chosen text := coalesce(language, served, CASE cardinality(languages) WHEN 1 THEN languages[1] END);
BEGIN
	IF chosen IS NULL OR chosen <> ALL (languages) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format('say in which language notice %s was given', shown.name),
			HINT = format('It exists in: %s.', array_to_string(languages, ', '));
	END IF;
	RETURN chosen;
END $$;
COMMENT ON FUNCTION gdpr_internal.notice_language(gdpr.notice, text, bigint) IS
'internal: the language a notice was given in: as said, as served to that subject, or its only one; else 22023';

CREATE FUNCTION gdpr_internal.channel_of(channel text) RETURNS gdpr.channel
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF channel IS NULL OR channel <> ALL (enum_range(NULL::gdpr.channel)::text[]) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown channel',
			HINT = 'Use one of: ' || array_to_string(enum_range(NULL::gdpr.channel), ', ') || '.';
	END IF;
	RETURN channel::gdpr.channel;
END $$;
COMMENT ON FUNCTION gdpr_internal.channel_of(text) IS
'internal: a channel by its name; 22023 when unknown, without repeating the word';
