/*
 * field.sql: what is known of a breach, field by field, and the forms that ask for it (Art. 33(3)): rows, so that a
 * new form is an INSERT. Labels in the languages of the Belgian authority, and English.
 *
 * The Belgian form is a PDF whose field list is not published; gba-be holds what the authority describes in public.
 * edpb-2026-draft follows the groups of the common template adopted for consultation on 10 June 2026: a draft.
 */
CREATE TABLE gdpr.breach_option
(
	list	text NOT NULL,
	value	text NOT NULL,
	iri		text,
	PRIMARY KEY (list, value)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_option IS 'closed lists of the fields of a breach, with the terms of the W3C Data '
	'Privacy Vocabulary; labels in gdpr.word';
INSERT INTO gdpr.breach_option (list, value, iri) VALUES
	('phase', 'initial', 'https://w3id.org/dpv/legal/eu/gdpr#DPABreachInitialNotice'),
	('phase', 'followup', 'https://w3id.org/dpv/legal/eu/gdpr#DPAPhasedBreachNotice'),
	('phase', 'final', 'https://w3id.org/dpv/legal/eu/gdpr#DPAPhasedBreachNotice'),
	('phase', 'withdrawn', NULL),
	('language', 'nl', NULL),
	('language', 'fr', NULL),
	('language', 'de', NULL),
	('language', 'en', NULL),
	('capacity', 'controller', NULL),
	('capacity', 'dpo', NULL),
	('capacity', 'processor', NULL),
	('capacity', 'representative', NULL),
	('capacity', 'other', NULL),
	('type', 'confidentiality', 'https://w3id.org/dpv/legal/eu/gdpr#ConfidentialityBreach'),
	('type', 'integrity', 'https://w3id.org/dpv/legal/eu/gdpr#IntegrityBreach'),
	('type', 'availability', 'https://w3id.org/dpv/legal/eu/gdpr#AvailabilityBreach'),
	('intent', 'accidental', NULL),
	('intent', 'deliberate', NULL),
	('intent', 'unknown', NULL),
	('origin', 'internal', NULL),
	('origin', 'external', NULL),
	('origin', 'unknown', NULL),
	('cause', 'loss', NULL),
	('cause', 'theft', NULL),
	('cause', 'hacking', NULL),
	('cause', 'malware', NULL),
	('cause', 'phishing', NULL),
	('cause', 'mis_sent', NULL),
	('cause', 'wrong_publication', NULL),
	('cause', 'unauthorised_access', NULL),
	('cause', 'disposal', NULL),
	('cause', 'technical_error', NULL),
	('cause', 'other', NULL),
	('special', 'racial_ethnic_origin', 'https://w3id.org/dpv/pd#EthnicOrigin'),
	('special', 'political_opinion', 'https://w3id.org/dpv/pd#PoliticalOpinion'),
	('special', 'religion_belief', 'https://w3id.org/dpv/pd#Religion'),
	('special', 'trade_union', 'https://w3id.org/dpv/pd#TradeUnionMembership'),
	('special', 'genetic', 'https://w3id.org/dpv/pd#Genetic'),
	('special', 'biometric', 'https://w3id.org/dpv/pd#Biometric'),
	('special', 'health', 'https://w3id.org/dpv/pd#MedicalHealth'),
	('special', 'sex_life', 'https://w3id.org/dpv/pd#Sexual'),
	('special', 'criminal', 'https://w3id.org/dpv/pd#CriminalConviction'),
	('harm', 'loss_of_control', NULL),
	('harm', 'identity_fraud', NULL),
	('harm', 'financial', NULL),
	('harm', 'reputation', NULL),
	('harm', 'discrimination', NULL),
	('harm', 'loss_of_secrecy', NULL),
	('harm', 'reversal_of_pseudonymisation', NULL),
	('harm', 'limitation_of_rights', NULL),
	('harm', 'physical', NULL),
	('harm', 'other', NULL),
	('severity', 'negligible', NULL),
	('severity', 'limited', NULL),
	('severity', 'significant', NULL),
	('severity', 'maximal', NULL),
	('likelihood', 'unlikely', NULL),
	('likelihood', 'possible', NULL),
	('likelihood', 'likely', NULL),
	('likelihood', 'certain', NULL),
	('risk', 'none', 'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesNoRisk'),
	('risk', 'low', 'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesLowRisk'),
	('risk', 'medium', NULL),
	('risk', 'high', 'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesHighRisk'),
	('channel', 'email', NULL),
	('channel', 'post', NULL),
	('channel', 'phone', NULL),
	('channel', 'sms', NULL),
	('channel', 'web', NULL),
	('channel', 'app', NULL),
	('channel', 'social', NULL),
	('channel', 'in_person', NULL),
	('exemption', '34(3)(a)', 'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33BreachedDataIneffective'),
	('exemption', '34(3)(b)', 'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33RiskMitigated'),
	('exemption', '34(3)(c)', 'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33DisproportionateEffort');

CREATE TABLE gdpr.breach_group
(
	name		text PRIMARY KEY,
	position	integer NOT NULL UNIQUE,
	stored		boolean NOT NULL
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_group IS 'groups of fields of a breach; those that are not stored come from the '
	'notifications, the letters and the clock';
INSERT INTO gdpr.breach_group VALUES
	('notification', 1, false),
	('actors', 2, true),
	('timeline', 3, true),
	('nature', 4, true),
	('data', 5, true),
	('persons', 6, true),
	('protection', 7, true),
	('consequences', 8, true),
	('measures', 9, true),
	('data_subjects', 10, true),
	('cross_border', 11, true);

/*
 * kind: text; texts, an array of it; option and options, of a list; boolean; time, ISO 8601 with its offset; date;
 * count, {"exact": n}, {"approx": n} or {"min": n, "max": n}; counts, {"BE": n, ...}.
 * derived fields are answered from elsewhere and cannot be set.
 */
CREATE TABLE gdpr.breach_field
(
	group_name	text NOT NULL REFERENCES gdpr.breach_group (name),
	field		text NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('text', 'texts', 'option', 'options', 'boolean', 'time', 'date', 'count',
		'counts')),
	list		text CHECK ((list IS NOT NULL) = (kind IN ('option', 'options'))),
	derived		boolean NOT NULL DEFAULT false,
	position	integer NOT NULL,
	PRIMARY KEY (group_name, field)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_field IS 'fields of a breach by group, and what may be in them';

CREATE TABLE gdpr.breach_template
(
	name		text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]+$'),
	description	text NOT NULL,
	draft		boolean NOT NULL DEFAULT false,
	languages	gdpr.language[] NOT NULL CHECK (languages <> '{}'),
	builtin		boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_template', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.breach_template IS 'forms for authorities; draft: not law yet; languages: those in which the '
	'authority takes it';
INSERT INTO gdpr.breach_template (name, description, draft, languages, builtin) VALUES
	('art33', 'what Art. 33(3) asks, for any authority', false, '{nl,fr,de,en}', true),
	('gba-be', 'Belgian authority (GBA/APD), as far as it describes its form in public', false, '{nl,fr,de}', true),
	('edpb-2026-draft', 'common template of the EDPB, adopted for consultation on 10 June 2026: its groups, not its '
		'125 questions', true, '{nl,fr,de,en}', true);

CREATE TABLE gdpr.breach_form_template
(
	template	text NOT NULL REFERENCES gdpr.breach_template (name),
	field_key	text NOT NULL,
	"group"		text NOT NULL,
	position	integer NOT NULL,
	source		text NOT NULL,
	required	boolean NOT NULL,
	only_when	text CHECK (only_when IN ('late', 'high risk', 'informed', 'not informed', 'cross-border')),
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (template, field_key),
	FOREIGN KEY ("group") REFERENCES gdpr.breach_group (name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_form_template', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.breach_form_template IS
'forms for authorities: the fields of each with labels, where the answer comes from (source, a group and a field such '
	'as nature.cause) and whether it is required, always or only when late, at high risk, when persons were informed '
		'or not, across borders. Add rows for forms of your own';

/* ask: art33, gba-be, edpb-2026-draft: r required, w required when, o optional, - not asked */
WITH seed AS (
	SELECT s.*, pg_catalog.row_number() OVER () AS position
	FROM (VALUES
		('notification', 'type', 'option', 'phase', true, 'rrr', NULL),
		('notification', 'reference', 'text', NULL, true, 'ooo', NULL),
		('notification', 'authority', 'text', NULL, true, 'rrr', NULL),
		('notification', 'language', 'option', 'language', true, 'oro', NULL),
		('notification', 'submitted_at', 'time', NULL, true, 'ooo', NULL),
		('notification', 'acknowledgement', 'text', NULL, true, 'ooo', NULL),
		('notification', 'delay_reason', 'text', NULL, true, 'www', 'late'),
		('actors', 'controller', 'text', NULL, false, 'rrr', NULL),
		('actors', 'enterprise_number', 'text', NULL, false, 'oro', NULL),
		('actors', 'sector', 'text', NULL, false, '-oo', NULL),
		('actors', 'address', 'text', NULL, false, 'orr', NULL),
		('actors', 'establishment', 'text', NULL, false, '-oo', NULL),
		('actors', 'size', 'text', NULL, false, '-oo', NULL),
		('actors', 'contact', 'text', NULL, false, 'rrr', NULL),
		('actors', 'contact_email', 'text', NULL, false, 'rrr', NULL),
		('actors', 'contact_phone', 'text', NULL, false, 'orr', NULL),
		('actors', 'reporter_capacity', 'option', 'capacity', false, '-rr', NULL),
		('actors', 'dpo', 'text', NULL, false, 'ooo', NULL),
		('actors', 'processors', 'texts', NULL, false, 'ooo', NULL),
		('actors', 'other_controllers', 'texts', NULL, false, '-oo', NULL),
		('actors', 'other_authorities', 'texts', NULL, false, '-oo', NULL),
		('timeline', 'started_at', 'time', NULL, false, 'orr', NULL),
		('timeline', 'ended_at', 'time', NULL, false, 'ooo', NULL),
		('timeline', 'ongoing', 'boolean', NULL, false, 'orr', NULL),
		('timeline', 'detected_at', 'time', NULL, true, 'rrr', NULL),
		('timeline', 'detected_how', 'text', NULL, false, 'orr', NULL),
		('timeline', 'aware_at', 'time', NULL, true, 'rrr', NULL),
		('timeline', 'processor_told_at', 'time', NULL, false, 'ooo', NULL),
		('timeline', 'due_at', 'time', NULL, true, 'ooo', NULL),
		('nature', 'types', 'options', 'type', false, 'rrr', NULL),
		('nature', 'intent', 'option', 'intent', false, 'orr', NULL),
		('nature', 'origin', 'option', 'origin', false, 'orr', NULL),
		('nature', 'cause', 'option', 'cause', false, 'orr', NULL),
		('nature', 'systems', 'texts', NULL, false, 'ooo', NULL),
		('nature', 'description', 'text', NULL, false, 'rrr', NULL),
		('data', 'categories', 'texts', NULL, false, 'rrr', NULL),
		('data', 'special', 'boolean', NULL, false, 'orr', NULL),
		('data', 'special_categories', 'options', 'special', false, 'ooo', NULL),
		('data', 'national_number', 'boolean', NULL, false, 'oro', NULL),
		('data', 'records', 'count', NULL, false, 'rrr', NULL),
		('persons', 'categories', 'texts', NULL, false, 'rrr', NULL),
		('persons', 'vulnerable', 'boolean', NULL, false, 'orr', NULL),
		('persons', 'children', 'boolean', NULL, false, 'orr', NULL),
		('persons', 'number', 'count', NULL, false, 'rrr', NULL),
		('persons', 'countries', 'texts', NULL, false, 'ooo', NULL),
		('protection', 'encrypted', 'boolean', NULL, false, 'orr', NULL),
		('protection', 'key_compromised', 'boolean', NULL, false, 'orr', NULL),
		('protection', 'pseudonymised', 'boolean', NULL, false, 'ooo', NULL),
		('protection', 'backups', 'boolean', NULL, false, 'ooo', NULL),
		('protection', 'other', 'text', NULL, false, 'oro', NULL),
		('consequences', 'confidentiality', 'text', NULL, false, 'ooo', NULL),
		('consequences', 'integrity', 'text', NULL, false, 'ooo', NULL),
		('consequences', 'availability', 'text', NULL, false, 'ooo', NULL),
		('consequences', 'harms', 'options', 'harm', false, 'rrr', NULL),
		('consequences', 'severity', 'option', 'severity', false, 'orr', NULL),
		('consequences', 'likelihood', 'option', 'likelihood', false, 'orr', NULL),
		('consequences', 'risk', 'option', 'risk', true, 'rrr', NULL),
		('measures', 'taken', 'text', NULL, false, 'rrr', NULL),
		('measures', 'planned', 'text', NULL, false, 'ooo', NULL),
		('measures', 'mitigation', 'text', NULL, false, 'rrr', NULL),
		('measures', 'prevention', 'text', NULL, false, 'orr', NULL),
		('measures', 'taken_on', 'date', NULL, false, 'ooo', NULL),
		('measures', 'planned_on', 'date', NULL, false, 'ooo', NULL),
		('data_subjects', 'informed', 'boolean', NULL, false, 'rrr', NULL),
		('data_subjects', 'informed_at', 'time', NULL, false, 'www', 'informed'),
		('data_subjects', 'number', 'count', NULL, false, 'oww', 'informed'),
		('data_subjects', 'channels', 'options', 'channel', false, 'oww', 'informed'),
		('data_subjects', 'text', 'text', NULL, false, 'oww', 'informed'),
		('data_subjects', 'exemption', 'option', 'exemption', true, 'www', 'not informed'),
		('data_subjects', 'justification', 'text', NULL, true, 'www', 'not informed'),
		('data_subjects', 'planned_on', 'date', NULL, false, 'ooo', NULL),
		('cross_border', 'cross_border', 'boolean', NULL, false, 'orr', NULL),
		('cross_border', 'member_states', 'texts', NULL, false, 'www', 'cross-border'),
		('cross_border', 'lead_authority', 'text', NULL, false, 'oww', 'cross-border'),
		('cross_border', 'per_country', 'counts', NULL, false, 'ooo', NULL)
	) s (group_name, field, kind, list, derived, ask, only_when)
), fields AS (
	INSERT INTO gdpr.breach_field (group_name, field, kind, list, derived, position)
	SELECT s.group_name, s.field, s.kind, s.list, s.derived, s.position FROM seed s
)
INSERT INTO gdpr.breach_form_template
	(template, field_key, "group", position, source, required, only_when, builtin)
SELECT t.template, s.group_name || '.' || s.field, s.group_name, s.position, s.group_name || '.' || s.field,
	   asked.how IN ('r', 'w'), CASE asked.how WHEN 'w' THEN s.only_when END, true
FROM seed s
CROSS JOIN (VALUES ('art33', 1), ('gba-be', 2), ('edpb-2026-draft', 3)) t (template, place)
CROSS JOIN LATERAL (SELECT pg_catalog.substr(s.ask, t.place, 1)) asked (how)
WHERE asked.how <> '-';

/* ---- what may be in a field ---- */

CREATE FUNCTION gdpr_internal.is_breach_count(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN jsonb_typeof(value) <> 'object'
				  OR EXISTS (SELECT FROM jsonb_each(value) e WHERE jsonb_typeof(e.value) <> 'number'
					OR e.value #>> '{}' !~ '^[0-9]{1,15}$') THEN false
				ELSE ARRAY(SELECT k FROM jsonb_object_keys(value) k ORDER BY k) IN ('{exact}', '{approx}')
				  OR ARRAY(SELECT k FROM jsonb_object_keys(value) k ORDER BY k) = '{max,min}'
					AND (value ->> 'min')::bigint <= (value ->> 'max')::bigint END
$$;
COMMENT ON FUNCTION gdpr_internal.is_breach_count(jsonb) IS
	'internal: {"exact": n}, {"approx": n} or {"min": n, "max": n}, n not negative';

CREATE FUNCTION gdpr_internal.is_breach_time(value text, kind text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF value !~ (CASE kind WHEN 'date' THEN '^\d{4}-\d\d-\d\d$' ELSE '^\d{4}-\d\d-\d\d[T '
		']\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$' END) THEN
		RETURN false;
	END IF;
	PERFORM value::timestamptz;
	RETURN true;
EXCEPTION WHEN data_exception THEN
	RETURN false;
END $$;
COMMENT ON FUNCTION gdpr_internal.is_breach_time(text, text) IS 'internal: an ISO 8601 date, or a time with its offset';

CREATE FUNCTION gdpr_internal.is_breach_value(field gdpr.breach_field, given jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE field.kind
		WHEN 'boolean' THEN jsonb_typeof(given) = 'boolean'
		WHEN 'text' THEN jsonb_typeof(given) = 'string' AND NOT gdpr_internal.is_blank(given #>> '{}')
		WHEN 'time' THEN jsonb_typeof(given) = 'string' AND gdpr_internal.is_breach_time(given #>> '{}', 'time')
		WHEN 'date' THEN jsonb_typeof(given) = 'string' AND gdpr_internal.is_breach_time(given #>> '{}', 'date')
		WHEN 'count' THEN gdpr_internal.is_breach_count(given)
		WHEN 'counts' THEN CASE WHEN jsonb_typeof(given) = 'object' THEN given <> '{}' AND NOT EXISTS (
			SELECT FROM jsonb_each(given) e WHERE e.key !~ '^[A-Z]{2}$' OR e.value #>> '{}' !~ '^[0-9]{1,15}$'
				OR jsonb_typeof(e.value) <> 'number') ELSE false END
		WHEN 'option' THEN jsonb_typeof(given) = 'string' AND EXISTS (
			SELECT FROM gdpr.breach_option o WHERE o.list = field.list AND o.value = given #>> '{}')
		ELSE CASE WHEN jsonb_typeof(given) = 'array' THEN given <> '[]' AND NOT EXISTS (
			SELECT FROM jsonb_array_elements(given) e
			WHERE jsonb_typeof(e) <> 'string' OR gdpr_internal.is_blank(e #>> '{}')
			   OR field.kind = 'options' AND NOT EXISTS (SELECT FROM gdpr.breach_option o WHERE o.list = field.list
				AND o.value = e #>> '{}')) ELSE false END
	END
$$;
COMMENT ON FUNCTION gdpr_internal.is_breach_value(gdpr.breach_field,
	jsonb) IS 'internal: is the value of the field''s kind and in its list?';

/* Without the values: what is refused may be personal. */
CREATE FUNCTION gdpr_internal.check_breach_fields(group_name text, fields jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e record;
	f gdpr.breach_field;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.breach_group g WHERE g.name = group_name AND g.stored) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown group of fields',
			HINT = 'The groups are: ' || (SELECT string_agg(g.name,
				', ' ORDER BY g.position) FROM gdpr.breach_group g WHERE g.stored);
	ELSIF jsonb_typeof(fields) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('the fields of group %s must be a JSON object',
			group_name);
	END IF;
	FOR e IN SELECT key, value FROM jsonb_each(fields)
	LOOP
		SELECT * INTO f FROM gdpr.breach_field b WHERE b.group_name = check_breach_fields.group_name
			AND b.field = e.key AND NOT b.derived;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('group %s has no such field to set', group_name),
				HINT = 'Its fields are: ' || (SELECT string_agg(b.field,
					', ' ORDER BY b.position) FROM gdpr.breach_field b
											  WHERE b.group_name = check_breach_fields.group_name AND NOT b.derived);
		ELSIF e.value <> 'null' AND NOT gdpr_internal.is_breach_value(f, e.value) THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('field %s of group %s is not of its kind, %s',
				f.field, group_name, f.kind),
				HINT = CASE WHEN f.list IS NOT NULL THEN 'Use ' || (SELECT string_agg(o.value,
					', ' ORDER BY o.value) FROM gdpr.breach_option o WHERE o.list = f.list) || '.'
					ELSE CASE f.kind WHEN 'count' THEN 'Use {"exact": n}, {"approx": n} or {"min": n, "max": n}.'
						WHEN 'counts' THEN 'Use {"BE": n, ...}.'
						WHEN 'time' THEN 'Use ISO 8601 with the offset, such as 2026-03-28T12:00:00+01:00.'
						WHEN 'date' THEN 'Use a date such as 2026-03-28.'
						WHEN 'texts' THEN 'Use an array of texts.'
						WHEN 'boolean' THEN 'Use true or false.' ELSE 'Use a text.' END END;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_breach_fields(text,
	jsonb) IS 'internal: 22023 unless every field belongs to the group and is of its kind; never echoes a value';
