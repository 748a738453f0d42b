/*
 * html.sql: the copy of a person's data as a page that a person can read, in the person's language. Everything of ours
 * is said in that language; tables and columns of the controller's carry their labels (gdpr.set_label), else their
 * names. What is in the copy is on the page.
 */

/* "loyalty#1005" is how a tag names a purpose of one's own. */
CREATE FUNCTION gdpr_internal.say_purpose(name text, language text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN gdpr_internal.say('purpose', split_part(name, '#', 1), language);
COMMENT ON FUNCTION gdpr_internal.say_purpose(text, text) IS
'internal: what a purpose is called, by its name or as it stands in a tag';

CREATE FUNCTION gdpr_internal.say_period(period text, language text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(CASE WHEN w ~ '^[a-z]+$' THEN gdpr_internal.say('unit', w, language) ELSE w END, ' ' ORDER BY n)
	FROM regexp_split_to_table(period, ' ') WITH ORDINALITY u (w, n)
$$;
COMMENT ON FUNCTION gdpr_internal.say_period(text, text) IS 'internal: an interval in words';

/* Which list of words a column of ours takes its values from. */
CREATE FUNCTION gdpr_internal.say_value(column_name text, value text, language text, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN value IS NULL THEN ''
		WHEN column_name = 'purpose' THEN gdpr_internal.say_purpose(value, language)
		WHEN column_name IN ('period', 'archive_for') THEN gdpr_internal.say_period(value, language)
		WHEN column_name IN ('table', 'relation') AND to_regclass(value) IS NOT NULL
			THEN gdpr_internal.label(to_regclass(value), NULL, language)
		WHEN column_name = 'categories'
			THEN (SELECT string_agg(regexp_replace(c, '^pd:', ''), ', ' ORDER BY n)
				  FROM jsonb_array_elements_text(value::jsonb) WITH ORDINALITY u (c, n))
		WHEN d.domain IS NOT NULL THEN upper(left(gdpr_internal.say(d.domain, value, language), 1))
			|| substr(gdpr_internal.say(d.domain, value, language), 2)
		ELSE gdpr_internal.page_time(value, zone) END
	FROM (SELECT CASE column_name WHEN 'state' THEN 'consent_state' WHEN 'method' THEN 'consent_method'
		WHEN 'kind' THEN 'evidence_kind' WHEN 'ground' THEN 'restriction_ground' WHEN 'basis' THEN 'basis'
		WHEN 'channel' THEN 'channel' WHEN 'review' THEN 'review' WHEN 'language' THEN 'language'
		WHEN 'class' THEN 'class' WHEN 'counted_from' THEN 'retention_trigger'
		WHEN 'action' THEN 'retention_action' END) d (domain)
$$;
COMMENT ON FUNCTION gdpr_internal.say_value(text, text, text, text) IS
'internal: a value of the copy that is not of the controller''s tables, in a language';

/* A value of the controller's tables. */
CREATE FUNCTION gdpr_internal.say_data(column_name text, value jsonb, language text, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN column_name = 'purposes' THEN (SELECT string_agg(gdpr_internal.say_purpose(p, language), ', ' ORDER BY n)
			FROM unnest((value #>> '{}')::text[]) WITH ORDINALITY u (p, n))
		WHEN jsonb_typeof(value) = 'boolean' THEN gdpr_internal.say('answer', CASE value WHEN 'true' THEN 'yes'
			ELSE 'no' END, language)
		WHEN value = '{"unreadable": true}' THEN gdpr_internal.say('copy', 'unreadable', language)
		ELSE gdpr_internal.page_time(value #>> '{}', zone) END
$$;
COMMENT ON FUNCTION gdpr_internal.say_data(text, jsonb, text, text) IS
'internal: a value of the controller''s tables for a reader of a language';

/* An array of objects as a table; of the columns those that occur. */
CREATE FUNCTION gdpr_internal.copy_table(value jsonb, columns text[], language text, zone text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN coalesce(value, '[]') = '[]'
		THEN jsonb_build_object('text', gdpr_internal.say('copy', 'none', language))
		ELSE jsonb_build_object('head', (SELECT jsonb_agg(gdpr_internal.say('heading', c, language) ORDER BY n)
				FROM unnest(u.shown) WITH ORDINALITY k (c, n)),
			'rows', (SELECT jsonb_agg((SELECT jsonb_agg(gdpr_internal.say_value(c, e ->> c, language, zone) ORDER BY n)
					FROM unnest(u.shown) WITH ORDINALITY k (c, n)) ORDER BY m)
				FROM jsonb_array_elements(value) WITH ORDINALITY r (e, m))) END
	FROM (SELECT ARRAY(SELECT c FROM unnest(columns) WITH ORDINALITY k (c, n)
					   WHERE EXISTS (SELECT FROM jsonb_array_elements(value) e WHERE e ? c) ORDER BY n) AS shown) u
$$;
COMMENT ON FUNCTION gdpr_internal.copy_table(jsonb, text[], text, text) IS
'internal: an array of objects of the copy as part of a page';

/* The columns of rows, in the order of their table where it is still there. */
CREATE FUNCTION gdpr_internal.copy_columns(relation regclass, rows jsonb) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(o.name ORDER BY coalesce(a.attnum, 0), o.name)
	FROM (SELECT DISTINCT jsonb_object_keys(e) AS name FROM jsonb_array_elements(rows) e) o
	LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = o.name AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.copy_columns(regclass, jsonb) IS 'internal: the columns that occur in rows';

CREATE FUNCTION gdpr_internal.copy_heading(relation regclass, column_name text, language text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE column_name WHEN 'purposes' THEN gdpr_internal.say('copy', 'purposes', language)
	ELSE gdpr_internal.label(relation, column_name::name, language) END;
COMMENT ON FUNCTION gdpr_internal.copy_heading(regclass, text, text) IS 'internal: what a column of a copy is called';

/* Rows of one of the controller's tables. */
CREATE FUNCTION gdpr_internal.copy_rows(relation regclass, title text, rows jsonb, language text, zone text)
	RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('title', title, 'level', 3,
		'head', (SELECT jsonb_agg(gdpr_internal.copy_heading(relation, c, language) ORDER BY n)
			FROM unnest(u.columns) WITH ORDINALITY k (c, n)),
		'rows', (SELECT jsonb_agg((SELECT jsonb_agg(gdpr_internal.say_data(c, e -> c, language, zone) ORDER BY n)
				FROM unnest(u.columns) WITH ORDINALITY k (c, n)) ORDER BY m)
			FROM jsonb_array_elements(rows) WITH ORDINALITY r (e, m)))
	FROM (SELECT gdpr_internal.copy_columns(relation, rows)) u (columns)
$$;
COMMENT ON FUNCTION gdpr_internal.copy_rows(regclass, text, jsonb, text, text) IS
'internal: the rows of a table in the copy as part of a page';

/* An archived row is a row of its table, with the day on which it goes. */
CREATE FUNCTION gdpr_internal.copy_archived(archived jsonb, language text, zone text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.copy_rows(to_regclass(archived ->> 'table'), format('%s (%s)',
		CASE WHEN to_regclass(archived ->> 'table') IS NULL THEN archived ->> 'table'
			ELSE gdpr_internal.label(to_regclass(archived ->> 'table'), NULL, language) END,
		format(gdpr_internal.say('copy', 'archived', language), left(archived ->> 'until', 10))),
		jsonb_build_array(archived -> 'content'), language, zone)
$$;
COMMENT ON FUNCTION gdpr_internal.copy_archived(jsonb, text, text) IS 'internal: an archived row as part of a page';

CREATE FUNCTION gdpr_internal.copy_data(data jsonb, language text, zone text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(p.part ORDER BY d.relation LIKE 'gdpr.%', d.relation COLLATE "C", p.n), '[]')
	FROM (SELECT e.key, e.value, e.key LIKE 'gdpr.%' AND e.value -> 0 ? 'classes' FROM jsonb_each(data) e)
		d (relation, rows, archived)
	CROSS JOIN LATERAL (
		SELECT gdpr_internal.copy_archived(r.e, language, zone), r.n
		FROM jsonb_array_elements(d.rows) WITH ORDINALITY r (e, n) WHERE d.archived
		UNION ALL
		SELECT jsonb_build_object('title', gdpr_internal.say('kept', substr(d.relation, 6), language), 'level', 3)
			|| gdpr_internal.copy_table(d.rows, array_remove(gdpr_internal.copy_columns(NULL, d.rows), 'purposes'),
				language, zone), 0
		WHERE d.relation LIKE 'gdpr.%' AND NOT d.archived
		UNION ALL
		SELECT gdpr_internal.copy_rows(to_regclass(d.relation),
			gdpr_internal.label(to_regclass(d.relation), NULL, language), d.rows, language, zone), 0
		WHERE d.relation NOT LIKE 'gdpr.%') p (part, n)
	WHERE d.relation <> 'gdpr.suppression'
$$;
COMMENT ON FUNCTION gdpr_internal.copy_data(jsonb, text, text) IS 'internal: the rows of the copy as parts of a page';

CREATE FUNCTION gdpr_internal.html_copy(copy jsonb, language text, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.page(gdpr_internal.say('copy', 'title', language), language,
		jsonb_build_array(
			jsonb_build_object('text', format('%s %s (%s)', gdpr_internal.say('copy', 'intro', language),
				gdpr_internal.page_time(copy ->> 'generated_at', zone), zone)),
			jsonb_build_object('title', gdpr_internal.say('copy', 'controller', language), 'pairs',
				(SELECT jsonb_agg(jsonb_build_array(gdpr_internal.say('heading', k, language),
					copy #>> ARRAY['controller', k]) ORDER BY n)
				 FROM unnest('{name,enterprise_number,address,country,contact,email,phone,url,representative,
					dpo_contact}'::text[]) WITH ORDINALITY u (k, n) WHERE copy -> 'controller' ? k)),
			jsonb_build_object('title', gdpr_internal.say('copy', 'data', language)))
		|| gdpr_internal.copy_data(copy -> 'data', language, zone)
		|| jsonb_build_array(
			jsonb_build_object('title', gdpr_internal.say('copy', 'purposes', language))
				|| gdpr_internal.copy_table((SELECT jsonb_agg(p || jsonb_build_object('purpose', p -> 'name',
						'description', CASE WHEN d.text IS NULL THEN p ->> 'description' ELSE d.text END) ORDER BY n)
					FROM jsonb_array_elements(copy -> 'purposes') WITH ORDINALITY a (p, n)
					LEFT JOIN gdpr.word d ON d.domain = 'purpose_description' AND d.key = p ->> 'name'
						AND d.language = html_copy.language AND d.builtin), '{purpose,description,basis}', language,
					zone),
			jsonb_build_object('title', gdpr_internal.say('copy', 'categories', language), 'list',
				(SELECT jsonb_agg(gdpr_internal.say('class', c ->> 'class', language) ORDER BY n)
				 FROM jsonb_array_elements(copy -> 'categories') WITH ORDINALITY u (c, n))))
		|| (SELECT jsonb_agg(jsonb_build_object('title', gdpr_internal.say('copy', part, language))
				|| CASE WHEN coalesce(copy -> part, '[]') = '[]'
					THEN jsonb_build_object('text', gdpr_internal.say('copy', missing, language))
					ELSE jsonb_build_object('list', copy -> part) END ORDER BY n)
			FROM (VALUES (1, 'recipients', 'none'), (2, 'sources', 'unknown')) u (n, part, missing))
		|| (SELECT jsonb_agg(jsonb_build_object('title', gdpr_internal.say('copy', part, language))
				|| gdpr_internal.copy_table(coalesce(copy -> part, copy #> ARRAY['data', 'gdpr.suppression']), columns,
					language, zone) ORDER BY n)
			FROM (VALUES
				(1, 'disclosures', '{at,recipient,purpose,categories,country,safeguard}'::text[]),
				(2, 'retention', '{notice,version,period}'),
				(3, 'consents', '{at,purpose,channel,state,until,method,notice,version,language,consent}'),
				(4, 'evidence', '{attached_at,kind,mime,size,evidence}'),
				(5, 'notices', '{at,notice,version,language,channel}'),
				(6, 'objections', '{at,purpose,channel,ended_at}'),
				(7, 'restrictions', '{since,ground,ended_at}'),
				(8, 'suppressions', '{since,class,channel,reason}'),
				(9, 'automated', '{purpose,logic,significance}'),
				(10, 'decisions', '{at,purpose,outcome,review,reviewed_at,decision}')) parts (n, part, columns))
		|| jsonb_build_array(
			jsonb_build_object('title', gdpr_internal.say('copy', 'rights', language), 'text',
				gdpr_internal.say('copy', 'rights_text', language)),
			jsonb_build_object('title', gdpr_internal.say('copy', 'complaint', language), 'text',
				coalesce(copy ->> 'complaint', gdpr_internal.say('copy', 'none', language)))))
$$;
COMMENT ON FUNCTION gdpr_internal.html_copy(jsonb, text, text) IS
'internal: the copy of export_subject as a page, its times in a time zone';

CREATE FUNCTION gdpr.export_html(subject_table gdpr.table_ref, subject_key text, language text DEFAULT 'en',
	purpose text DEFAULT 'rights_handling') RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_language(language);
	RETURN gdpr_internal.html_copy(gdpr.export_subject(subject_table, subject_key, purpose), language,
		current_setting('log_timezone'));
END $$;
COMMENT ON FUNCTION gdpr.export_html(gdpr.table_ref, text, text, text) IS
'gdpr.export_subject() as a self-contained HTML page that a person can read and print: nothing is loaded from '
	'elsewhere, every value is escaped, tables and columns carry their labels (gdpr.set_label), times are local (Art. '
	'12(1), 15). language as in gdpr.word. Errors: as export_subject; 22023 language.';
