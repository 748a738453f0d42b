/*
 * page.sql: one way to print: the copy of a person's data, the form for the authority, a letter.
 *
 * A room says what is on a page as JSON, without any HTML, and this file alone makes HTML of it: every text is escaped
 * once, where it is printed. Nothing is loaded from elsewhere and nothing runs. A page is made for A4: tables too wide
 * for it become a list of their rows, headings stay with what follows, rows are not cut.
 *
 *	parts	[part, ...]; a part has any of
 *	title	a heading, of level 2, or 3 with "level": 3
 *	mark	"warning" or "missing": the part stands out
 *	text	a paragraph; its line breaks are kept
 *	pairs	[[label, value], ...] or [[label, value, "missing"], ...]
 *	head, rows	a table: [label, ...], [[value, ...], ...]
 *	list	[text, ...]
 */
CREATE FUNCTION gdpr_internal.html_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT replace(replace(replace(replace(replace(coalesce(value, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"',
		'&quot;'), '''', '&#39;')
$$;
COMMENT ON FUNCTION gdpr_internal.html_text(text) IS 'internal: text as HTML, safe in content and in quoted attributes';

/* A column makes room for its words, but not for a hash: about 80 letters fit on a line. */
CREATE FUNCTION gdpr_internal.page_cell(tag text, value text, columns integer DEFAULT 2) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('<%s%s>%s</%s>', tag, CASE WHEN value ~ format('[^\s-]{%s}', greatest(80 / columns, 8))
		THEN ' class="long"' END, gdpr_internal.html_text(value), split_part(tag, ' ', 1))
$$;
COMMENT ON FUNCTION gdpr_internal.page_cell(text, text, integer) IS 'internal: a cell of a table of so many columns';

CREATE FUNCTION gdpr_internal.page_pairs(pairs jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(E'\n<table class="pairs">', string_agg(concat(E'\n<tr', CASE WHEN p ->> 2 = 'missing'
		THEN ' class="missing"' END, '>', gdpr_internal.page_cell('th scope="row"', p ->> 0),
		gdpr_internal.page_cell('td', p ->> 1), '</tr>'), '' ORDER BY n), '</table>')
	FROM jsonb_array_elements(pairs) WITH ORDINALITY u (p, n)
$$;
COMMENT ON FUNCTION gdpr_internal.page_pairs(jsonb) IS 'internal: labels and their values as HTML';

CREATE FUNCTION gdpr_internal.page_table(head jsonb, rows jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN jsonb_array_length(head) > 8 THEN
		(SELECT string_agg(gdpr_internal.page_pairs((SELECT jsonb_agg(jsonb_build_array(h, r -> (i - 1)::integer)
			ORDER BY i) FROM jsonb_array_elements(head) WITH ORDINALITY k (h, i))), '' ORDER BY n)
		 FROM jsonb_array_elements(rows) WITH ORDINALITY u (r, n))
	ELSE concat(E'\n<table><thead><tr>', (SELECT string_agg(gdpr_internal.page_cell('th scope="col"', h,
			jsonb_array_length(head)), '' ORDER BY i) FROM jsonb_array_elements_text(head) WITH ORDINALITY k (h, i)),
		'</tr></thead><tbody>', (SELECT string_agg(concat(E'\n<tr>', (
				SELECT string_agg(gdpr_internal.page_cell('td', c, jsonb_array_length(head)), '' ORDER BY i)
				FROM jsonb_array_elements_text(r) WITH ORDINALITY k (c, i)), '</tr>'), '' ORDER BY n)
			FROM jsonb_array_elements(rows) WITH ORDINALITY u (r, n)), '</tbody></table>') END
$$;
COMMENT ON FUNCTION gdpr_internal.page_table(jsonb, jsonb) IS 'internal: rows of cells under headings as HTML';

CREATE FUNCTION gdpr_internal.page_part(part jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(E'\n<section', CASE WHEN part ->> 'mark' IN ('warning', 'missing')
		THEN format(' class="%s"', part ->> 'mark') END, '>',
		CASE WHEN part ->> 'title' <> '' THEN format('<h%s>%s</h%1$s>', CASE part ->> 'level' WHEN '3' THEN 3
			ELSE 2 END, gdpr_internal.html_text(part ->> 'title')) END,
		CASE WHEN part ->> 'text' <> '' THEN '<p>' || gdpr_internal.html_text(part ->> 'text') || '</p>' END,
		CASE WHEN jsonb_array_length(part -> 'pairs') > 0 THEN gdpr_internal.page_pairs(part -> 'pairs') END,
		CASE WHEN jsonb_array_length(part -> 'rows') > 0
			THEN gdpr_internal.page_table(part -> 'head', part -> 'rows') END,
		(SELECT '<ul>' || string_agg('<li>' || gdpr_internal.html_text(i) || '</li>', '' ORDER BY n) || '</ul>'
		 FROM jsonb_array_elements_text(part -> 'list') WITH ORDINALITY u (i, n)), '</section>')
$$;
COMMENT ON FUNCTION gdpr_internal.page_part(jsonb) IS 'internal: a part of a page as HTML';

CREATE FUNCTION gdpr_internal.page(title text, language text, parts jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat('<!DOCTYPE html>', E'\n<html lang="', gdpr_internal.html_text(language),
		'"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
		'<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">',
		'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''; ',
		'base-uri ''none''; form-action ''none''">', E'\n<title>', gdpr_internal.html_text(title), '</title>', $css$
<style>
@page{size:A4;margin:18mm 16mm}
body{font-family:sans-serif;line-height:1.4;max-width:60em;margin:2em auto;padding:0 1em}
h1,h2,h3{line-height:1.2;break-after:avoid}
p,td{white-space:pre-line}
p,li,h1,h2,h3,.long,.pairs th,.pairs td{overflow-wrap:anywhere}
table{border-collapse:collapse;margin:.5em 0;max-width:100%}
th,td{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}
th{background:#f3f3f3;font-weight:normal}
.pairs{width:100%;table-layout:fixed}
.pairs th{width:38%}
.missing td,section.missing{background:#fde8e8}
section.warning{border:2px solid #b00;padding:0 .5em;color:#b00;font-weight:bold}
tr,li{break-inside:avoid}
@media print{body{margin:0;padding:0;max-width:none;font-size:9.5pt}th,.missing td,section.missing{
print-color-adjust:exact;-webkit-print-color-adjust:exact}}
</style>$css$, '</head><body>', E'\n<h1>', gdpr_internal.html_text(title), '</h1>',
		(SELECT string_agg(gdpr_internal.page_part(jsonb_strip_nulls(p)), '' ORDER BY n)
		 FROM jsonb_array_elements(parts) WITH ORDINALITY u (p, n) WHERE jsonb_typeof(p) = 'object'),
		E'\n</body></html>\n')
$$;
COMMENT ON FUNCTION gdpr_internal.page(text, text, jsonb) IS
'internal: a page of HTML that loads nothing, from its title, its language and its parts, all of them text';

/* ---- values ---- */

/* A moment as people write it, in a time zone, without seconds; what is no moment stays as it is. */
CREATE FUNCTION gdpr_internal.page_time(value text, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$'
			THEN to_char(value::timestamptz AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI')
		WHEN value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$'
			THEN left(replace(value, 'T', ' '), 16) ELSE value END
$$;
COMMENT ON FUNCTION gdpr_internal.page_time(text, text) IS
'internal: a time of ISO 8601 in a time zone, to the minute; anything else as it is';
