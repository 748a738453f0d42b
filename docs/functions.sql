/*
 * functions.sql: writes functions.md from the comments in the catalogue, in a database with the extension:
 *
 *		psql -XAtq -f docs/functions.sql >docs/functions.md
 */
SELECT $$# Functions

Written from the comments in the database by `docs/functions.sql`; psql shows the same with `\df+ gdpr.*`. Arguments with a
default may be left out, and every argument may be given by name (`notice => 'form'`).

A role has the functions of its duties: `SELECT gdpr.grant_duty('app', 'crm_app')`, by the owner of the extension. What it may
*reveal* is no matter of duties but of purposes: `SELECT gdpr.grant_purpose('order_fulfilment', 'crm_app')`. Functions that
are not listed are internal: they serve these, and are called by no one else.
$$;

CREATE TEMP TABLE duty (n integer, duty text, heading text);
INSERT INTO duty VALUES (1, 'owner', 'Owner of the extension'), (2, 'everyone', 'Everyone'), (3, 'controller', 'Controller: sets up'),
	(4, 'app', 'App: works with the people'), (5, 'dpo', 'DPO: watches, and answers the people'), (6, 'auditor', 'Auditor: reads what is provable'),
	(7, 'job', 'Job: runs from pg_cron');

/* One function for many classes is one entry: what it says with the class left out. */
CREATE FUNCTION pg_temp.short(text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(replace(replace($1, E'\n', ' '), 'timestamp with time zone', 'timestamptz'),
		'gdpr\.pii_[a-z_]+', 'gdpr.pii_…', 'g'), '(DEFAULT (NULL|''[^'']*''))::(double precision|[a-z.\[\]]+)', '\1', 'g')
$$;

/* Under the first duty that has it; whatever everyone may call is listed there alone. */
SELECT E'\n## ' || heading || E'\n\n' || string_agg(entry, E'\n\n' ORDER BY entry)
FROM (
	SELECT d.n, d.heading,
		   format(E'**%s**(%s)%s\n\n%s%s', f.name, string_agg(DISTINCT f.arguments, ') and (' ORDER BY f.arguments), coalesce(' → ' || string_agg(DISTINCT f.result, ' or '), ''), f.said,
				  (SELECT E'\n\nAlso: ' || string_agg(o.duty, ', ' ORDER BY o.n) || '.' FROM duty o
				   WHERE o.duty = ANY (f.duties) AND o.n > d.n AND d.duty <> 'everyone')) AS entry
	FROM (
		SELECT CASE WHEN p.prokind = 'p' THEN 'CALL ' ELSE '' END || p.proname AS name,
			   pg_temp.short(pg_get_function_arguments(p.oid)) AS arguments,
			   nullif(nullif(nullif(pg_temp.short(pg_get_function_result(p.oid)), 'void'), 'record'), 'SETOF record') AS result,
			   pg_temp.short(obj_description(p.oid, 'pg_proc')) AS said,
			   coalesce((SELECT array_agg(r.duty) FROM gdpr.duty_right r WHERE r.kind = 'function' AND r.name = p.proname), '{owner}') AS duties
		FROM pg_proc p
		WHERE p.pronamespace = 'gdpr'::regnamespace AND p.proname !~ '^(pii_|purpose_set)'
		  AND obj_description(p.oid, 'pg_proc') !~ '^(internal|former name)'
		  AND (p.proname IN ('grant_duty', 'revoke_duty') OR EXISTS (
			  SELECT FROM gdpr.duty_right r WHERE r.kind = 'function' AND r.name = p.proname))
	) f
	JOIN duty d ON d.n = (SELECT min(m.n) FROM duty m WHERE m.duty = ANY (f.duties))
	GROUP BY d.n, d.heading, d.duty, f.name, f.said, f.duties
) e
GROUP BY n, heading ORDER BY n;

SELECT E'\n## Tables and views to read\n\n| | | who may read |\n|---|---|---|\n' || string_agg(
	format('| `gdpr.%s` | %s | %s |', c.relname, replace(obj_description(c.oid, 'pg_class'), '|', '\|'), duties), E'\n' ORDER BY c.relname)
FROM (SELECT d.name, string_agg(d.duty, ', ' ORDER BY d.duty) AS duties
	  FROM gdpr.duty_right d WHERE d.kind = 'read' GROUP BY 1) r
JOIN pg_class c ON c.relnamespace = 'gdpr'::regnamespace AND c.relname = r.name;

SELECT E'\n## Settings\n\n| | default | |\n|---|---|---|\n' || string_agg(
	format('| `%s` | %s | %s |', s.name, '`' || nullif(s.boot_val, '') || '`', concat_ws(' ', s.short_desc, s.extra_desc)), E'\n' ORDER BY s.name)
FROM pg_settings s WHERE s.name LIKE 'gdpr.%';
