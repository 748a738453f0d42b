/*
 * html.sql: the copy of a person's data as a page a person can read, in four languages, with nothing loaded from
 * elsewhere. Columns of the controller's tables keep their names; whatever is ours is said in the person's language.
 */
CREATE FUNCTION gdpr_internal.html_purpose(name text, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.html_text(coalesce((SELECT CASE lang WHEN 'nl' THEN p.label_nl WHEN 'fr' THEN p.label_fr
		WHEN 'de' THEN p.label_de ELSE p.label_en END
									FROM gdpr.purpose p WHERE p.name = html_purpose.name), name))
$$;
COMMENT ON FUNCTION gdpr_internal.html_purpose(text, text) IS
'internal: what a purpose is called in a language, as HTML';

/* A value of a column that is ours. */
CREATE FUNCTION gdpr_internal.html_cell(column_name text, value text, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN value IS NULL THEN ''
		WHEN column_name IN ('at', 'attached_at', 'since', 'until', 'ended_at', 'reviewed_at')
			THEN regexp_replace(gdpr_internal.html_text(value), '^([0-9-]+)T([0-9]+:[0-9]+):[0-9]+Z$', '\1 \2 UTC')
		WHEN column_name IN ('state', 'channel', 'method', 'kind', 'basis', 'ground', 'review', 'language', 'class')
			THEN upper(left(gdpr_internal.word(value, lang), 1)) || substr(gdpr_internal.word(value, lang), 2)
		WHEN column_name = 'purpose' THEN gdpr_internal.html_purpose(value, lang)
		WHEN column_name = 'period' THEN (SELECT string_agg(gdpr_internal.word(w, lang), ' ' ORDER BY n)
			FROM regexp_split_to_table(value, ' ') WITH ORDINALITY u (w, n))
		WHEN column_name = 'categories'
			THEN (SELECT string_agg(gdpr_internal.html_text(regexp_replace(c, '^pd:', '')), ', ' ORDER BY n)
											  FROM jsonb_array_elements_text(value::jsonb) WITH ORDINALITY u (c, n))
		ELSE gdpr_internal.html_text(value) END
$$;
COMMENT ON FUNCTION gdpr_internal.html_cell(text, text, text) IS
'internal: a value of the copy that is not of the controller''s tables, in a language, as HTML';

/* A column makes room for a word, unless it is a hash or the like. */
CREATE FUNCTION gdpr_internal.html_td(html text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN html ~ '[^ ]{30}' THEN '<td class="long">' ELSE '<td>' END || html || '</td>'
$$;
COMMENT ON FUNCTION gdpr_internal.html_td(text) IS 'internal: a cell of an HTML table';

/* An array of objects as a table; of the columns those that occur. */
CREATE FUNCTION gdpr_internal.html_rows(value jsonb, columns text[], lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN coalesce(value, '[]') = '[]' THEN '<p>' || gdpr_internal.word('none', lang) || '</p>' ELSE
		'<table><tr>' || (SELECT string_agg('<th>' || gdpr_internal.word(c, lang) || '</th>', '' ORDER BY n)
			FROM unnest(u.shown) WITH ORDINALITY k (c, n)) || '</tr>'
		|| (SELECT string_agg('<tr>'
			|| (SELECT string_agg(gdpr_internal.html_td(gdpr_internal.html_cell(c, e ->> c, lang)), '' ORDER BY n)
			FROM unnest(u.shown) WITH ORDINALITY k (c, n)) || '</tr>',
							  E'\n' ORDER BY m) FROM jsonb_array_elements(value) WITH ORDINALITY r (e, m))
								  || '</table>' END
	FROM (SELECT ARRAY(SELECT c FROM unnest(columns) WITH ORDINALITY k (c, n)
					   WHERE EXISTS (SELECT FROM jsonb_array_elements(value) e WHERE e ? c) ORDER BY n) AS shown) u
$$;
COMMENT ON FUNCTION gdpr_internal.html_rows(jsonb, text[], text) IS
'internal: an array of objects of the copy as an HTML table';

CREATE FUNCTION gdpr_internal.html_list(items text[], lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce('<ul>' || (SELECT string_agg('<li>' || i || '</li>', '' ORDER BY n)
		FROM unnest(items) WITH ORDINALITY u (i, n)) || '</ul>',
					'<p>' || gdpr_internal.word('none', lang) || '</p>')
$$;
COMMENT ON FUNCTION gdpr_internal.html_list(text[], text) IS 'internal: a list of what is HTML already';

/* Rows of one of the controller's tables, their columns in its order where it is still there. */
CREATE FUNCTION gdpr_internal.html_data(relation text, rows jsonb, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat('<table><tr>',
		string_agg(CASE c.name WHEN 'purposes' THEN '<th>' || gdpr_internal.word('purposes', lang)
		ELSE '<th>' || gdpr_internal.html_text(c.name) END || '</th>', '' ORDER BY c.place, c.name), '</tr>',
		(SELECT string_agg('<tr>' || cells || '</tr>', E'\n' ORDER BY m) FROM (
			SELECT r.m, (SELECT string_agg(gdpr_internal.html_td(CASE k.name
						WHEN 'purposes' THEN coalesce((SELECT string_agg(gdpr_internal.html_purpose(p, lang), ', ')
							FROM unnest((r.e ->> 'purposes')::text[]) p), '')
						ELSE gdpr_internal.html_text(r.e ->> k.name) END), '' ORDER BY k.place, k.name)
							FROM unnest(array_agg(c.name), array_agg(c.place)) k (name, place)) AS cells
			FROM jsonb_array_elements(rows) WITH ORDINALITY r (e, m)) x), '</table>')
	FROM (SELECT o.name, coalesce(a.attnum, 0) AS place
		  FROM (SELECT DISTINCT jsonb_object_keys(e) AS name FROM jsonb_array_elements(rows) e) o
		  LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(relation) AND a.attname = o.name
			  AND NOT a.attisdropped) c
$$;
COMMENT ON FUNCTION gdpr_internal.html_data(text, jsonb, text) IS
'internal: the rows of a table in the copy as an HTML table';

CREATE FUNCTION gdpr_internal.html_part(title text, body text, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(E'\n<h2>', gdpr_internal.word(title, lang), '</h2>', body)
$$;
COMMENT ON FUNCTION gdpr_internal.html_part(text, text, text) IS 'internal: a part of the page with its heading';

CREATE FUNCTION gdpr_internal.html_copy(copy jsonb, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(
		'<!DOCTYPE html>', E'\n<html lang="', lang,
			'"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" '
			'content="noindex"><title>', gdpr_internal.word('title', lang), '</title><style>',
		'body{font-family:sans-serif;max-width:64em;margin:2em auto;padding:0 '
			'1em}table{border-collapse:collapse;margin:.5em 0;font-size:.9em}',
		'th,td{border:1px solid #999;padding:.2em '
			'.5em;text-align:left;vertical-align:top}td.long{overflow-wrap:anywhere}',
		'dt{font-weight:bold;float:left;clear:left;min-width:14em}dd{margin:0 0 .2em 14em}</style></head><body>',
		E'\n<h1>', gdpr_internal.word('title', lang), '</h1><p>', gdpr_internal.word('intro', lang), ' ',
			gdpr_internal.html_cell('at', copy ->> 'generated_at', lang), '</p>',
		gdpr_internal.html_part('controller',
			'<dl>' || (SELECT string_agg(concat('<dt>', gdpr_internal.word(k, lang), '</dt><dd>',
			gdpr_internal.html_text(copy #>> ARRAY['controller', k]), '</dd>'), '' ORDER BY n)
			FROM unnest('{name,enterprise_number,address,country,contact,email,phone,url,representative,
				dpo_contact}'::text[]) WITH ORDINALITY u (k, n)
			WHERE copy -> 'controller' ? k) || '</dl>', lang),
		gdpr_internal.html_part('data',
			(SELECT string_agg(concat(E'\n<h3>', gdpr_internal.html_text(regexp_replace(k, '^public\.', '')), '</h3>',
			gdpr_internal.html_data(k, v, lang)), '' ORDER BY k COLLATE "C")
								FROM jsonb_each(copy -> 'data') d (k, v) WHERE k <> 'gdpr.suppression'), lang),
		gdpr_internal.html_part('purposes',
			gdpr_internal.html_rows((SELECT jsonb_agg(p || jsonb_build_object('purpose', p -> 'name') ORDER BY n)
			FROM jsonb_array_elements(copy -> 'purposes') WITH ORDINALITY a (p, n)),
			'{purpose,description,basis}', lang), lang),
		gdpr_internal.html_part('categories',
			gdpr_internal.html_list(ARRAY(SELECT gdpr_internal.word(c ->> 'class', lang)
			FROM jsonb_array_elements(copy -> 'categories') c), lang), lang),
		(SELECT string_agg(gdpr_internal.html_part(part,
			gdpr_internal.html_list(ARRAY(SELECT gdpr_internal.html_text(i)
			FROM jsonb_array_elements_text(copy -> part) i), lang), lang), '' ORDER BY n)
		 FROM unnest('{recipients,sources}'::text[]) WITH ORDINALITY u (part, n)),
		(SELECT string_agg(gdpr_internal.html_part(part,
			gdpr_internal.html_rows(coalesce(copy -> part, copy #> ARRAY['data', 'gdpr.suppression']), columns, lang),
			lang), '' ORDER BY n) FROM (VALUES
			(1, 'disclosures', '{at,recipient,purpose,categories,country,safeguard}'::text[]),
			(2, 'retention', '{notice,version,period}'),
			(3, 'consents', '{at,purpose,channel,state,until,method,notice,version,language,consent}'),
			(4, 'evidence', '{attached_at,kind,mime,size,evidence}'),
			(5, 'notices', '{at,notice,version,language,channel}'),
			(6, 'objections', '{at,purpose,channel,ended_at}'),
			(7, 'restrictions', '{since,ground,ended_at}'),
			(8, 'suppressions', '{since,class,channel,reason}'),
			(9, 'automated', '{purpose,logic,significance}'),
			(10, 'decisions', '{at,purpose,outcome,review,reviewed_at,decision}')) parts (n, part, columns)),
		gdpr_internal.html_part('rights', '<p>' || gdpr_internal.word('rights_text', lang) || '</p>', lang),
		gdpr_internal.html_part('complaint', '<p>' || coalesce(gdpr_internal.html_text(copy ->> 'complaint'),
			gdpr_internal.word('none', lang)) || '</p>', lang),
		E'\n</body></html>\n')
$$;
COMMENT ON FUNCTION gdpr_internal.html_copy(jsonb, text) IS 'internal: the copy of export_subject as a page';

CREATE FUNCTION gdpr.export_html(subject_table regclass, subject_key text, lang text DEFAULT 'en',
	purpose text DEFAULT 'rights_handling') RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF lang IS NULL OR lang NOT IN ('nl', 'fr', 'de', 'en') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown language', HINT = 'Use nl, fr, de or en.';
	END IF;
	RETURN gdpr_internal.html_copy(gdpr.export_subject(subject_table, subject_key, purpose), lang);
END $$;
COMMENT ON FUNCTION gdpr.export_html(regclass, text, text, text) IS
'gdpr.export_subject() as a self-contained HTML page a person can read: nothing is loaded from elsewhere, every value '
	'is escaped (Art. 12(1), 15). lang: nl, fr, de or en. Errors: as export_subject; 22023 language.';
