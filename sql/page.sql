-- One renderer: parts are text, and become HTML in one place.
SELECT gdpr_internal.page('A & <b>', 'nl', '[{"title": "<i>", "text": "x\"y''z"}, null, {"mark": "missing", "list": ["<script>", "&amp;"]},
	{"pairs": [["<a>", "1"], ["b", null, "missing"]]}, {"title": "t", "level": 3, "head": ["h<"], "rows": [["<td>"], [null]]}, {"mark": "onclick", "title": ""}]');
-- a table that is too wide for A4 becomes a list of its rows
SELECT gdpr_internal.page_table(to_jsonb(ARRAY(SELECT 'h' || i FROM generate_series(1, 9) i)), jsonb_build_array(to_jsonb(ARRAY(SELECT 'v' || i FROM generate_series(1, 9) i))));
-- nothing is loaded, nothing runs
SELECT p ~ 'default-src ''none''' AS csp, p ~* '<script|<img|<link|src=|https?:|url\(|onload' AS loads FROM gdpr_internal.page('t', 'en', '[]') p;
SELECT v, gdpr_internal.page_time(v, 'Europe/Brussels') FROM unnest('{2026-07-01T10:00:00.123456+00:00,2026-01-01T10:00:00Z,2026-01-01 10:00:00.5,2026-01-01,Jan,2026-13-01}'::text[]) v;
