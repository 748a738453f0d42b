/*
 * form.sql: the notification to the authority, filled from the register (Art. 33(3)), as JSON and as a page, and the
 * letter to the people as a page. Nothing is loaded from elsewhere and every value is escaped.
 */
CREATE FUNCTION gdpr_internal.breach_label(list text, value text, language text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT upper(left(l.label, 1)) || substr(l.label, 2)
	FROM (SELECT gdpr_internal.say(CASE WHEN list IN ('channel', 'language') THEN list ELSE 'breach_' || list END,
		value, language)) l (label)
$$;
COMMENT ON FUNCTION gdpr_internal.breach_label(text, text, text) IS 'internal: a value of a closed list in a language';

CREATE FUNCTION gdpr_internal.breach_text(kind text, list text, value jsonb, language text, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN value IS NULL THEN NULL
		WHEN kind = 'boolean' THEN gdpr_internal.say('answer', CASE value WHEN 'true' THEN 'yes' ELSE 'no' END,
			language)
		WHEN kind = 'option' THEN gdpr_internal.breach_label(list, value #>> '{}', language)
		WHEN kind = 'options' THEN (SELECT string_agg(gdpr_internal.breach_label(list, e, language), '; ' ORDER BY n)
			FROM jsonb_array_elements_text(value) WITH ORDINALITY u (e, n))
		WHEN kind = 'texts' THEN (SELECT string_agg(CASE WHEN w.text IS NULL THEN e
				ELSE gdpr_internal.say('class', e, language) END, '; ' ORDER BY n)
			FROM jsonb_array_elements_text(value) WITH ORDINALITY u (e, n)
			LEFT JOIN gdpr.word w ON w.domain = 'class' AND w.key = e AND w.language = 'en' AND w.builtin)
		WHEN kind = 'counts' THEN (SELECT string_agg(k || ': ' || v, '; ' ORDER BY k)
			FROM jsonb_each_text(value) u (k, v))
		WHEN kind = 'count' THEN coalesce(value ->> 'exact', gdpr_internal.say('breach', 'approx', language) || ' '
			|| (value ->> 'approx'), (value ->> 'min') || '-' || (value ->> 'max'))
		WHEN kind = 'time' THEN gdpr_internal.page_time(value #>> '{}', zone) || ' (' || zone || ')'
		ELSE value #>> '{}' END
$$;
COMMENT ON FUNCTION gdpr_internal.breach_text(text, text, jsonb, text, text) IS
'internal: the value of a field for a reader of a language; categories that are classes of ours in words, times in '
	'the time zone of the breach';

/* A form of your own may call a field as it likes: domain breach_form, key form.field. */
CREATE FUNCTION gdpr_internal.breach_field_label(template text, field_key text, source text, language text)
	RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM gdpr.word w WHERE w.domain = 'breach_form'
			AND w.key = template || '.' || field_key)
		THEN gdpr_internal.say('breach_form', template || '.' || field_key, language)
		ELSE gdpr_internal.say('breach_field', source, language) END
$$;
COMMENT ON FUNCTION gdpr_internal.breach_field_label(text, text, text, text) IS
'internal: what a form calls a field in a language';

/* What the deliveries say of telling the people; what someone wrote by hand goes before it. */
CREATE FUNCTION gdpr_internal.breach_told(b gdpr.breach, language text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT jsonb_build_object('informed', true, 'informed_at',
		gdpr_internal.local_time(min(d.at), b.time_zone),
							'number', jsonb_build_object('exact', count(DISTINCT d.subject)), 'channels',
								jsonb_agg(DISTINCT d.channel))
					 FROM gdpr.breach_delivery d WHERE d.breach = b.id AND d.result <> 'failed' HAVING count(*) > 0),
						 '{}')
		|| coalesce((SELECT jsonb_build_object('text', concat_ws(E'\n', l.nature, l.consequences, l.measures, l.advice,
			l.contact))
					 FROM gdpr.breach_letter l WHERE l.breach = b.id 
						ORDER BY l.language <> breach_told.language, l.language,
						 l.version DESC LIMIT 1), '{}')
		|| b.data_subjects
		|| coalesce((SELECT jsonb_build_object('exemption', e.ground, 'justification',
			concat_ws(E'\n', e.justification, e.public_communication))
					 FROM gdpr.breach_exemption e WHERE e.breach = b.id ORDER BY e.at DESC LIMIT 1), '{}')
$$;
COMMENT ON FUNCTION gdpr_internal.breach_told(gdpr.breach, text) IS 'internal: the group data_subjects of a breach';

CREATE FUNCTION gdpr_internal.breach_facts(b gdpr.breach, notification jsonb, language text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object(
		'notification', notification,
		'actors', coalesce((SELECT jsonb_strip_nulls(jsonb_build_object('controller', c.name, 'enterprise_number',
			c.enterprise_number,
				'address', c.address, 'contact', coalesce(c.dpo_contact, c.contact), 'contact_email', c.email,
					'contact_phone', c.phone, 'dpo', c.dpo_contact))
			FROM gdpr.controller c), '{}') || b.actors,
		'timeline', b.timeline || jsonb_strip_nulls(jsonb_build_object('detected_at',
			gdpr_internal.local_time(b.detected_at, b.time_zone),
			'aware_at', gdpr_internal.local_time(b.aware_at, b.time_zone), 'due_at',
				gdpr_internal.local_time(b.due_at, b.time_zone))),
		'nature', b.nature,
		'data', jsonb_strip_nulls(jsonb_build_object('categories', nullif(k.counts -> 'classes', '[]'),
			'special', CASE WHEN (k.counts ->> 'special_categories')::bigint > 0 THEN true END,
			'records', CASE WHEN k.counts -> 'records' <> 'null'
				THEN jsonb_build_object('exact', k.counts -> 'records') END)) || b.data,
		'persons', jsonb_strip_nulls(jsonb_build_object(
			'number', CASE WHEN (k.counts ->> 'persons')::bigint > 0
				THEN jsonb_build_object('exact', k.counts -> 'persons') END,
			'children', CASE WHEN (k.counts ->> 'children_at_least')::bigint > 0 THEN true END)) || b.persons,
		'protection', CASE WHEN k.counts -> 'sealed' = 'true' THEN '{"encrypted": true}'
			ELSE '{}' END::jsonb || b.protection,
		'consequences', b.consequences || jsonb_strip_nulls(jsonb_build_object('risk', b.risk)),
		'measures', b.measures,
		'data_subjects', gdpr_internal.breach_told(b, language),
		'cross_border', b.cross_border)
	FROM gdpr.breach_counts(b.id) k (counts)
$$;
COMMENT ON FUNCTION gdpr_internal.breach_facts(gdpr.breach, jsonb, text) IS
'internal: all that is known of a breach, by group and field';

CREATE FUNCTION gdpr_internal.breach_condition(facts jsonb, condition text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(CASE condition
		WHEN 'late' THEN facts #> '{notification,late}' = 'true'
		WHEN 'high risk' THEN facts #>> '{consequences,risk}' = 'high'
		WHEN 'informed' THEN facts #> '{data_subjects,informed}' = 'true'
		WHEN 'not informed' THEN facts #>> '{consequences,risk}' = 'high'
			AND facts #> '{data_subjects,informed}' IS DISTINCT FROM 'true'
		WHEN 'cross-border' THEN facts #> '{cross_border,cross_border}' = 'true'
		ELSE true END, false)
$$;
COMMENT ON FUNCTION gdpr_internal.breach_condition(jsonb, text) IS 'internal: does a form require the field now?';

CREATE FUNCTION gdpr_internal.fill_breach_form(b gdpr.breach, template text, language text, notification jsonb)
	RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	form jsonb;
BEGIN
	PERFORM gdpr_internal.require_language(language);
	IF NOT EXISTS (SELECT FROM gdpr.breach_template t WHERE t.name = template) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown form',
			HINT = 'The forms are: ' || (SELECT string_agg(t.name, ', ' ORDER BY t.name) FROM gdpr.breach_template t);
	END IF;
	WITH known AS MATERIALIZED (
		SELECT gdpr_internal.breach_facts(b, notification || jsonb_build_object('language', language),
			language) AS facts
	), field AS MATERIALIZED (
		SELECT t.position, t."group", t.field_key,
			   gdpr_internal.breach_field_label(t.template, t.field_key, t.source, language) AS label,
			   t.required AND gdpr_internal.breach_condition(k.facts, t.only_when) AS required,
			   k.facts #> string_to_array(t.source, '.') AS value, f.kind, f.list
		FROM known k CROSS JOIN gdpr.breach_form_template t
		LEFT JOIN gdpr.breach_field f ON t.source = f.group_name || '.' || f.field
		WHERE t.template = fill_breach_form.template
	)
	SELECT jsonb_build_object('template', t.name, 'draft', t.draft, 'language', language, 'breach', b.id, 'title',
		b.title, 'groups',
		(SELECT jsonb_agg(jsonb_build_object('group', g.name, 'label',
			gdpr_internal.say('breach_group', g.name, language),
			'fields', (SELECT jsonb_agg(jsonb_build_object('key', f.field_key, 'label', f.label, 'required',
				f.required, 'value', f.value,
										'text', gdpr_internal.breach_text(f.kind, f.list, f.value, language,
											b.time_zone))
											ORDER BY f.position, f.field_key)
					   FROM field f WHERE f."group" = g.name)) ORDER BY g.position)
		 FROM gdpr.breach_group g WHERE EXISTS (SELECT FROM field f WHERE f."group" = g.name)),
		'missing', (SELECT coalesce(jsonb_agg(f.field_key ORDER BY f.position, f.field_key), '[]') FROM field f
			WHERE f.required AND coalesce(f.value, 'null') = 'null'))
	INTO form FROM gdpr.breach_template t WHERE t.name = fill_breach_form.template;
	RETURN form;
END $$;
COMMENT ON FUNCTION gdpr_internal.fill_breach_form(gdpr.breach, text, text, jsonb) IS
'internal: a form filled; 22023 form or language';

/* The last notification; before the first, what it would say now. */
CREATE FUNCTION gdpr_internal.breach_last_notification(b gdpr.breach) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(
		(SELECT jsonb_strip_nulls(jsonb_build_object('type', n.phase, 'authority', n.authority, 'submitted_at',
			gdpr_internal.local_time(n.submitted_at, b.time_zone),
			'reference', lag.code, 'acknowledgement', a.code, 'late', n.late, 'delay_reason', n.delay_reason))
		 FROM gdpr.breach_notification n
		 LEFT JOIN gdpr.breach_acknowledgement a ON a.breach = n.breach AND a.number = n.number
		 LEFT JOIN LATERAL (SELECT e.code FROM gdpr.breach_acknowledgement e WHERE e.breach = n.breach
			 AND e.number < n.number ORDER BY e.number DESC LIMIT 1) lag ON true
		 WHERE n.breach = b.id ORDER BY n.number DESC LIMIT 1),
		jsonb_strip_nulls(jsonb_build_object('type', 'initial', 'authority',
			(SELECT c.authority FROM gdpr.controller c), 'late', b.due_at < now())))
$$;
COMMENT ON FUNCTION gdpr_internal.breach_last_notification(gdpr.breach) IS
'internal: the group notification of a breach';

CREATE FUNCTION gdpr.breach_form(id uuid, template text DEFAULT 'art33', language text DEFAULT 'en') RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b gdpr.breach;
BEGIN
	SELECT * INTO b FROM gdpr.breach r WHERE r.id = breach_form.id;
	IF b.id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such breach',
			HINT = 'SELECT id, title, state FROM gdpr.breach;';
	END IF;
	RETURN gdpr_internal.fill_breach_form(b, template, language, gdpr_internal.breach_last_notification(b));
END $$;
COMMENT ON FUNCTION gdpr.breach_form(uuid, text, text) IS
'The form for the authority, filled with what the register, the controller''s row, the people added and the letters '
	'say (Art. 33(3)): {template, draft, language, groups: [{group, label, fields: [{key, label, required, value, '
	'text}]}], missing: [key]}. template: art33, gba-be, edpb-2026-draft or one of your own (gdpr.breach_template); '
	'language as in gdpr.word. What is missing may follow in a later phase. Errors: 22023 form or language, 02000.';

CREATE FUNCTION gdpr.breach_html(form jsonb) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.page(gdpr_internal.say('breach', 'form', l.language), l.language,
		jsonb_build_array(
			jsonb_build_object('text', concat_ws(' | ', form ->> 'title', form ->> 'breach', form ->> 'template')),
			CASE WHEN form -> 'draft' = 'true' THEN jsonb_build_object('mark', 'warning', 'text',
				gdpr_internal.say('breach', 'draft', l.language)) END,
			(SELECT jsonb_build_object('mark', 'missing', 'title', format('%s (%s)',
				gdpr_internal.say('breach', 'missing', l.language), count(*)),
				'list', jsonb_agg(f -> 'label' ORDER BY n, m))
			 FROM jsonb_array_elements(form -> 'groups') WITH ORDINALITY a (g, n)
			 CROSS JOIN jsonb_array_elements(g -> 'fields') WITH ORDINALITY b (f, m)
			 WHERE form -> 'missing' ? (f ->> 'key') HAVING count(*) > 0))
		|| (SELECT coalesce(jsonb_agg(jsonb_build_object('title', g -> 'label', 'pairs', (
				SELECT jsonb_agg(jsonb_build_array(concat(f ->> 'label', CASE WHEN f -> 'required' = 'true'
					THEN ' *' END), f -> 'text', CASE WHEN form -> 'missing' ? (f ->> 'key') THEN 'missing' END)
					ORDER BY m)
				FROM jsonb_array_elements(g -> 'fields') WITH ORDINALITY b (f, m))) ORDER BY n), '[]')
			FROM jsonb_array_elements(form -> 'groups') WITH ORDINALITY a (g, n)))
	FROM (SELECT CASE WHEN form ->> 'language' = ANY (gdpr_internal.languages()) THEN form ->> 'language'
		ELSE 'en' END) l (language)
$$;
COMMENT ON FUNCTION gdpr.breach_html(jsonb) IS
'A form as a self-contained HTML page, every value escaped: of gdpr.breach_form(), or as it was sent: SELECT '
	'gdpr.breach_html(form) FROM gdpr.breach_notification;';

CREATE FUNCTION gdpr.breach_form_html(id uuid, template text DEFAULT 'art33', language text DEFAULT 'en') RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN gdpr.breach_html(gdpr.breach_form(id, template, language));
COMMENT ON FUNCTION gdpr.breach_form_html(uuid, text, text) IS
'gdpr.breach_form() as a self-contained HTML page that loads nothing from elsewhere: required fields carry *, what is '
	'missing is listed first, a draft says so (Art. 33(3)). Errors: 22023 form or language, 02000.';

CREATE FUNCTION gdpr.breach_letter_html(id uuid, language text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l gdpr.breach_letter;
BEGIN
	SELECT * INTO l FROM gdpr.breach_letter w WHERE w.breach = id AND w.language = breach_letter_html.language
		ORDER BY w.version DESC LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no letter of this breach in this language',
			HINT = 'SELECT gdpr.write_breach_letter(id, language, ...);';
	END IF;
	RETURN gdpr_internal.page(gdpr_internal.say('breach', 'letter', l.language), l.language,
		jsonb_build_array(jsonb_build_object('text', (SELECT concat_ws(E'\n', c.name, c.address)
			FROM gdpr.controller c)),
			jsonb_build_object('text', to_char(l.at AT TIME ZONE (SELECT b.time_zone FROM gdpr.breach b
				WHERE b.id = l.breach), 'YYYY-MM-DD')))
		|| (SELECT jsonb_agg(jsonb_build_object('title', gdpr_internal.say('breach', p.word, l.language), 'text',
				p.told) ORDER BY p.n)
			FROM (VALUES (1, 'nature', l.nature), (2, 'consequences', l.consequences), (3, 'measures', l.measures),
				(4, 'advice', l.advice), (5, 'contact', l.contact)) p (n, word, told)));
END $$;
COMMENT ON FUNCTION gdpr.breach_letter_html(uuid, text) IS
'The newest letter to the people in a language as a self-contained HTML page with the items of Art. '
	'34(2) and its date, every value escaped; it names no person. Errors: 02000 no letter in that language.';
