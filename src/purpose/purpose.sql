/*
 * purpose.sql: what personal data are processed for (Art. 5(1)(b)), on which basis (Art. 6), and which role may
 * work for it (Art. 29, 32(4)).
 *
 * C reads the first columns of purpose, purpose_grant and national_number_authorisation by position
 * (purpose_table.h). purpose is a user catalog table because logical decoding prints purpose sets by name.
 */
CREATE TYPE gdpr.channel AS ENUM ('any', 'email', 'sms', 'phone', 'post', 'in_person', 'web', 'app', 'social');
COMMENT ON TYPE gdpr.channel IS
'the way a subject is reached; consent for electronic mail is asked per channel (ePrivacy Art. 13)';

CREATE SEQUENCE gdpr.purpose_number AS integer MINVALUE 1000;
SELECT pg_catalog.pg_extension_config_dump('gdpr.purpose_number', '');

CREATE TABLE gdpr.purpose
(
	number				integer PRIMARY KEY DEFAULT pg_catalog.nextval('gdpr.purpose_number') CHECK (number > 0),
	name				text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]*$' AND pg_catalog.length(name) < 64),
	basis				text NOT NULL CHECK (basis IN ('consent', 'contract', 'legal_obligation', 'vital_interests',
										   'public_task', 'legitimate_interests')),
	direct_marketing	boolean NOT NULL DEFAULT false,
	despite_restriction	boolean NOT NULL DEFAULT false,
	art9_condition		text CHECK (art9_condition ~ '^9-2-[a-j]$'),
	valid_from			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	valid_to			timestamptz CHECK (valid_to >= valid_from),
	builtin				boolean NOT NULL DEFAULT false,
	description			text NOT NULL,
	basis_detail		text CHECK (basis IN ('consent', 'contract') OR basis_detail IS NOT NULL),
	dpv_iri				text,
	fides_key			text,
	defined_by			name NOT NULL DEFAULT SESSION_USER,
	defined_at			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CHECK (builtin = (number < 1000))
)
WITH (user_catalog_table = true);
SELECT pg_catalog.pg_extension_config_dump('gdpr.purpose', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.purpose IS
'purposes of processing: lawful basis (Art. 6(1)), statute or balancing test (basis_detail), Art. 9(2) condition, and '
	'what an objection or restriction stops; built-in ones cannot be changed';
COMMENT ON COLUMN gdpr.purpose.direct_marketing IS 'an objection is absolute (Art. 21(2), (3))';
COMMENT ON COLUMN gdpr.purpose.despite_restriction IS
'goes on for a restricted subject: storage, legal claims, protection of others, important public interest (Art. 18(2))';
COMMENT ON COLUMN gdpr.purpose.basis_detail IS
'the statute of a legal obligation, vital interest or public task (Art. 6(3)); the balancing test of a '
	'legitimate interest';
COMMENT ON COLUMN gdpr.purpose.dpv_iri IS 'term of the W3C Data Privacy Vocabulary (https://w3id.org/dpv)';
COMMENT ON COLUMN gdpr.purpose.fides_key IS 'data use of fideslang';

/* Roles follow renames; rows of dropped roles stay without effect and are left out of dumps. */
CREATE TABLE gdpr.purpose_grant
(
	purpose		integer NOT NULL REFERENCES gdpr.purpose,
	role		regrole NOT NULL CHECK (role::oid <> 0),
	level		text NOT NULL CHECK (level IN ('full', 'masked')),
	granted_by	name NOT NULL DEFAULT SESSION_USER,
	granted_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (purpose, role)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.purpose_grant',
	'WHERE role::oid IN (SELECT oid FROM pg_catalog.pg_roles)');
COMMENT ON TABLE gdpr.purpose_grant IS
'which role may process for which purpose, seeing values in full or masked (Art. 29, 32(4))';

CREATE TABLE gdpr.pseudonym_grant
(
	domain		text NOT NULL CHECK (pg_catalog.btrim(domain) <> ''),
	role		regrole NOT NULL CHECK (role::oid <> 0),
	granted_by	name NOT NULL DEFAULT SESSION_USER,
	granted_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (domain, role)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.pseudonym_grant',
	'WHERE role::oid IN (SELECT oid FROM pg_catalog.pg_roles)');
COMMENT ON TABLE gdpr.pseudonym_grant IS
'which role may make the pseudonyms of which domain, a recipient or a study (Art. 4(5))';

CREATE TABLE gdpr.national_number_authorisation
(
	purpose		integer NOT NULL REFERENCES gdpr.purpose,
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to >= valid_from),
	statute		text NOT NULL CHECK (pg_catalog.btrim(statute) <> ''),
	scope		text,
	recorded_by	name NOT NULL DEFAULT SESSION_USER,
	recorded_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (purpose, statute, valid_from)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.national_number_authorisation', '');
COMMENT ON TABLE gdpr.national_number_authorisation IS
'the statute or decision that allows processing the national number for a purpose (Art. 87; in Belgium the law of 8 '
	'August 1983, art. 8), from valid_from until the day before valid_to';

/*
 * Words with which a purpose says nothing. Compared with the description word by word, without regard to case or
 * punctuation.
 */
CREATE TABLE gdpr.vague_phrase
(
	phrase		text PRIMARY KEY CHECK (pg_catalog.btrim(phrase) <> ''),
	language	gdpr.language NOT NULL,
	builtin		boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.vague_phrase', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.vague_phrase IS
'phrases that make the description of a purpose too vague to be specified and explicit (Art. 5(1)(b))';

/* ---- every backend hears of a change, however it was made ---- */

CREATE FUNCTION gdpr_internal.purpose_table_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'gdpr_purpose_table_changed' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.purpose_table_changed() IS
'internal: tells every backend at commit to forget purposes and grants';
CREATE FUNCTION gdpr_internal.purpose_guard() RETURNS trigger
	AS 'MODULE_PATHNAME', 'gdpr_purpose_guard' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.purpose_guard() IS
'internal: raises 42501 for a change of a built-in purpose, 55000 for a change of a purpose''s number';

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON gdpr.purpose
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.purpose_guard();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gdpr.purpose
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.purpose_guard();
ALTER TABLE gdpr.purpose ENABLE ALWAYS TRIGGER guard;
ALTER TABLE gdpr.purpose ENABLE ALWAYS TRIGGER guard_truncate;

DO $$
DECLARE
	changed text;
BEGIN
	FOREACH changed IN ARRAY ARRAY['purpose', 'purpose_grant', 'pseudonym_grant', 'national_number_authorisation']
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON gdpr.%I '
			'FOR EACH ROW EXECUTE FUNCTION gdpr_internal.purpose_table_changed()', changed);
		EXECUTE pg_catalog.format('CREATE TRIGGER changed_truncate AFTER TRUNCATE ON gdpr.%I '
			'FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.purpose_table_changed()', changed);
		EXECUTE pg_catalog.format('ALTER TABLE gdpr.%I ENABLE ALWAYS TRIGGER changed', changed);
		EXECUTE pg_catalog.format('ALTER TABLE gdpr.%I ENABLE ALWAYS TRIGGER changed_truncate', changed);
	END LOOP;
END $$;

/* ---- functions ---- */

CREATE FUNCTION gdpr.purpose_number(name text, ended boolean DEFAULT false) RETURNS integer
	AS 'MODULE_PATHNAME', 'gdpr_purpose_number' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.purpose_number(text, boolean) IS
'The number of a purpose. ended => true finds one that has ended or not begun too (to withdraw, to report). Errors: '
	'ZG002 when there is none.';

CREATE FUNCTION gdpr.lint_purpose(description text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	words text := regexp_replace(lower(coalesce(description, '')), '[[:space:][:punct:]]+', ' ', 'g');
BEGIN
	IF length(btrim(words)) < 20 OR cardinality(string_to_array(btrim(words), ' ')) < 3 THEN
		RETURN NEXT 'says too little: give at least three words and twenty characters';
	END IF;
	RETURN QUERY
		SELECT format('vague: "%s"', v.phrase) FROM gdpr.vague_phrase v
		WHERE strpos(' ' || words || ' ',
					 ' ' || btrim(regexp_replace(lower(v.phrase), '[[:space:][:punct:]]+', ' ', 'g')) || ' ') > 0
		ORDER BY v.phrase COLLATE "C";
END $$;
COMMENT ON FUNCTION gdpr.lint_purpose(text) IS
'What is wrong with the description of a purpose, a row each; none when it is specified and explicit (Art. 5(1)(b)). '
	'Phrases: gdpr.vague_phrase.';

CREATE FUNCTION gdpr.define_purpose(
	name text, description text, basis text, basis_detail text DEFAULT NULL,
	labels jsonb DEFAULT '{}', special_category boolean DEFAULT false, art9_condition text DEFAULT NULL,
	direct_marketing boolean DEFAULT false, despite_restriction boolean DEFAULT false,
	dpv_iri text DEFAULT NULL, fides_key text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	complaint text;
	new_number integer;
BEGIN
	IF name IS NULL OR name !~ '^[a-z][a-z0-9_]*$' OR length(name) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the name of a purpose must be a lower-case identifier',
			HINT = 'Use a to z, 0 to 9 and _, begin with a letter, at most 63 characters, such as loyalty_programme.';
	END IF;
	IF EXISTS (SELECT FROM gdpr.purpose p WHERE p.name = define_purpose.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('purpose "%s" already exists', name),
			HINT = 'What a purpose means does not change; choose another name, and end the old one with '
				'gdpr.end_purpose().';
	END IF;
	SELECT string_agg(l, '; ') INTO complaint FROM gdpr.lint_purpose(description) l;
	IF complaint IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('the description of purpose "%s" is too vague', name),
			DETAIL = complaint || '.',
			HINT = 'Say which data are used and what is done with them, as the subject will read it; try '
				'gdpr.lint_purpose().';
	END IF;
	PERFORM gdpr_internal.check_basis(basis, basis_detail, direct_marketing, despite_restriction);
	PERFORM gdpr_internal.check_art9(special_category, art9_condition);
	PERFORM gdpr_internal.check_labels(labels);

	INSERT INTO gdpr.purpose AS p (name, description, basis, basis_detail, art9_condition, direct_marketing,
								   despite_restriction, dpv_iri, fides_key)
	VALUES (name, description, basis, basis_detail, art9_condition, direct_marketing, despite_restriction,
			dpv_iri, fides_key)
	RETURNING p.number INTO new_number;
	PERFORM gdpr_internal.set_labels('purpose', name, labels);
	PERFORM gdpr_internal.record('purpose defined', NULL, jsonb_strip_nulls(jsonb_build_object(
		'purpose', name, 'number', new_number, 'description', description, 'basis', basis, 'basis_detail', basis_detail,
		'art9_condition', art9_condition, 'direct_marketing', direct_marketing,
		'despite_restriction', despite_restriction)));
	RETURN new_number;
END $$;
COMMENT ON FUNCTION gdpr.define_purpose(text, text, text, text, jsonb, boolean, text, boolean, boolean, text, text) IS
'Defines a purpose and returns its number. basis: consent, contract, legal_obligation, vital_interests, public_task '
	'or legitimate_interests (Art. 6(1)(a) to (f)); basis_detail: the statute for obligation, vital interest and '
	'public task (Art. 6(3)), the reference of the balancing test for legitimate interests; labels: what people read, '
	'{"nl": "...", ...} (later: gdpr.set_word(''purpose'', name, language, text)). special_category => true '
	'needs art9_condition, 9-2-a to 9-2-j. direct_marketing makes an objection absolute (Art. 21(3)); '
	'despite_restriction lets it go on under Art. 18(2). Errors: 22023 name, vague description, basis or its detail; '
	'42710 exists; ZG010 Art. 9 condition missing.';

CREATE FUNCTION gdpr_internal.check_basis(basis text, basis_detail text, direct_marketing boolean,
	despite_restriction boolean)
	RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF basis IS NULL OR basis NOT IN ('consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task',
									  'legitimate_interests') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown lawful basis',
			HINT = 'Use consent, contract, legal_obligation, vital_interests, public_task or legitimate_interests '
				'(Art. 6(1)).';
	END IF;
	IF basis IN ('legal_obligation', 'vital_interests', 'public_task') AND gdpr_internal.is_blank(basis_detail) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('basis %s needs a statute', basis),
			HINT = 'Name the provision in basis_detail (Art. 6(3)).';
	END IF;
	IF basis = 'legitimate_interests' AND gdpr_internal.is_blank(basis_detail) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'basis legitimate_interests needs a balancing test',
			HINT = 'Name the document of the legitimate interests assessment in basis_detail (Art. 6(1)(f)).';
	END IF;
	IF direct_marketing IS NULL OR despite_restriction IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22004',
			MESSAGE = 'direct_marketing and despite_restriction must be true or false';
	END IF;
	IF direct_marketing AND basis NOT IN ('consent', 'legitimate_interests') THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'direct marketing rests on consent or legitimate interests only',
			HINT = 'Set basis to consent, or to legitimate_interests with the balancing test in basis_detail '
				'(recital 47).';
	END IF;
	IF direct_marketing AND despite_restriction THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'direct marketing cannot go on despite a restriction',
			HINT = 'Art. 18(2) allows storage, legal claims, protection of others and important public interest only.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_basis(text, text, boolean, boolean) IS
'internal: part of define_purpose; raises 22023';

CREATE FUNCTION gdpr_internal.check_art9(special_category boolean, art9_condition text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF special_category AND art9_condition IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG010', MESSAGE = 'special categories of data need an Art. 9(2) condition',
			HINT = 'Give art9_condition, 9-2-a (explicit consent) to 9-2-j (archiving, research, statistics).';
	END IF;
	IF art9_condition !~ '^9-2-[a-j]$' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown Art. 9(2) condition',
			HINT = 'Use 9-2-a to 9-2-j.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_art9(boolean, text) IS 'internal: part of define_purpose; raises ZG010, 22023';

CREATE FUNCTION gdpr.end_purpose(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ending integer := gdpr.purpose_number(end_purpose.name, true);
BEGIN
	UPDATE gdpr.purpose p SET valid_to = greatest(now(), p.valid_from)
	WHERE p.number = ending AND (p.valid_to IS NULL OR p.valid_to > now());
	IF NOT FOUND THEN
		RAISE NOTICE 'purpose "%" has already ended', end_purpose.name;
		RETURN;
	END IF;
	PERFORM gdpr_internal.record('purpose ended', NULL,
		jsonb_build_object('purpose', end_purpose.name, 'number', ending));
END $$;
COMMENT ON FUNCTION gdpr.end_purpose(text) IS
'Ends a purpose now: from the next statement no role processes for it (Art. 5(1)(b)). Its row, tags and evidence stay. '
	'Ending it again is a notice. Errors: ZG002 unknown, 42501 built in.';

CREATE FUNCTION gdpr.grant_purpose(purpose text, role gdpr.role_ref, level text DEFAULT 'full') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	granted integer := gdpr.purpose_number(grant_purpose.purpose);
BEGIN
	IF grant_purpose.level IS NULL OR grant_purpose.level NOT IN ('full', 'masked') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the level of a grant must be full or masked';
	END IF;
	IF granted IS NULL OR NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = grant_purpose.role) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a purpose is granted to an existing role',
			HINT = 'Name a role; a purpose cannot be granted to PUBLIC.';
	END IF;
	INSERT INTO gdpr.purpose_grant (purpose, role, level)
	VALUES (granted, grant_purpose.role, grant_purpose.level)
	ON CONFLICT (purpose, role) DO UPDATE
	SET level = excluded.level, granted_by = excluded.granted_by, granted_at = excluded.granted_at;
	PERFORM gdpr_internal.record('purpose granted', NULL, jsonb_build_object(
		'purpose', grant_purpose.purpose, 'role', grant_purpose.role::text, 'level', grant_purpose.level));
END $$;
COMMENT ON FUNCTION gdpr.grant_purpose(text, gdpr.role_ref, text) IS
'Lets a role, and its members, process for a purpose; level full sees values, masked sees the masks of their classes. '
	'Granting again changes the level. Superusers hold no purpose unless granted (Art. 29, 32(4)). Errors: ZG002 '
	'unknown or ended purpose, 42704 no such role, 22023 level.';

CREATE FUNCTION gdpr.revoke_purpose(purpose text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	revoked integer := gdpr.purpose_number(revoke_purpose.purpose, true);
BEGIN
	DELETE FROM gdpr.purpose_grant g WHERE g.purpose = revoked AND g.role = revoke_purpose.role;
	IF NOT FOUND THEN
		RAISE NOTICE 'role % holds no grant for purpose "%"', revoke_purpose.role, revoke_purpose.purpose;
		RETURN;
	END IF;
	PERFORM gdpr_internal.record('purpose revoked', NULL, jsonb_build_object(
		'purpose', revoke_purpose.purpose, 'role', revoke_purpose.role::text));
END $$;
COMMENT ON FUNCTION gdpr.revoke_purpose(text, gdpr.role_ref) IS
'Takes a purpose from a role, in every session from its next statement. What was not granted is a notice. Errors: '
	'ZG002 unknown purpose, 42704 no such role.';

CREATE FUNCTION gdpr.authorise_national_number(purpose text, statute text,
	valid_from date DEFAULT gdpr_internal.server_today(),
											   valid_to date DEFAULT NULL, scope text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	authorised integer := gdpr.purpose_number(authorise_national_number.purpose);
BEGIN
	IF gdpr_internal.is_blank(authorise_national_number.statute) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the national number needs a statute or a decision',
			HINT = 'Name the provision, or the authorisation with its date and number (Art. 87).';
	END IF;
	IF authorised IS NULL OR authorise_national_number.valid_from IS NULL
	   OR authorise_national_number.valid_to <= authorise_national_number.valid_from THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'valid_to must be after valid_from';
	END IF;
	INSERT INTO gdpr.national_number_authorisation (purpose, valid_from, valid_to, statute, scope)
	VALUES (authorised, authorise_national_number.valid_from, authorise_national_number.valid_to,
			btrim(authorise_national_number.statute), authorise_national_number.scope)
	ON CONFLICT (purpose, statute, valid_from) DO UPDATE
	SET valid_to = excluded.valid_to, scope = excluded.scope,
		recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at;
	PERFORM gdpr_internal.record('national number authorised', NULL, jsonb_strip_nulls(jsonb_build_object(
		'purpose', authorise_national_number.purpose, 'statute', btrim(authorise_national_number.statute),
		'scope', authorise_national_number.scope, 'valid_from', authorise_national_number.valid_from,
		'valid_to', authorise_national_number.valid_to)));
END $$;
COMMENT ON FUNCTION gdpr.authorise_national_number(text, text, date, date, text) IS
'Records the statute or decision that allows processing the national number for a purpose, from valid_from until the '
	'day before valid_to (NULL = no end), in days of the server''s time zone (Art. 87). The same statute and '
	'valid_from again replaces the rest. Without one, national numbers are refused with ZG012. Errors: ZG002 unknown '
	'purpose, 22023 no statute or empty period.';

CREATE FUNCTION gdpr.end_national_number(purpose text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ending integer := gdpr.purpose_number(end_national_number.purpose, true);
BEGIN
	UPDATE gdpr.national_number_authorisation a SET valid_to = greatest(a.valid_from, gdpr_internal.server_today())
	WHERE a.purpose = ending AND (a.valid_to IS NULL OR a.valid_to > gdpr_internal.server_today());
	IF NOT FOUND THEN
		RAISE NOTICE 'no authorisation of the national number for purpose "%" is open', end_national_number.purpose;
		RETURN;
	END IF;
	PERFORM gdpr_internal.record('national number authorisation ended', NULL,
		jsonb_build_object('purpose', end_national_number.purpose));
END $$;
COMMENT ON FUNCTION gdpr.end_national_number(text) IS
'Ends every authorisation of the national number for a purpose, today included. None open is a notice. Errors: ZG002 '
	'unknown purpose.';
