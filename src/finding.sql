/*
 * finding.sql: what a room reports when something is wrong. A room registers its functions of findings here, each
 * beside its code; gdpr.status() and gdpr.lint() loop over the register. docs/findings.md lists the codes.
 */
CREATE TYPE gdpr.finding AS (severity text, code text, object text, finding text, fix text);
COMMENT ON TYPE gdpr.finding IS
'a row of gdpr.status(): severity error, warning or info; a code that stays the same (docs/findings.md); where; what '
	'is wrong; the command that fixes it';

/* By name: a column of type regprocedure would stop pg_upgrade. */
CREATE TABLE gdpr.finding_source
(
	function	text PRIMARY KEY,
	room		text NOT NULL,
	lint		boolean NOT NULL
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.finding_source IS
'the functions that look for findings, by room; lint: for ways around the protection, gdpr.lint() calls these';

CREATE FUNCTION gdpr_internal.finds(room text, function regproc, lint boolean DEFAULT false) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.finding_source (function, room, lint) VALUES (function::text, room, lint)
$$;
COMMENT ON FUNCTION gdpr_internal.finds(text, regproc, boolean) IS
'internal: registers a function without arguments that returns SETOF gdpr.finding';

CREATE FUNCTION gdpr_internal.findings(lint_only boolean) RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE (SELECT 'SELECT f.* FROM ('
			|| string_agg(format('SELECT * FROM %s()', to_regproc(s.function)), ' UNION ALL ' ORDER BY s.function)
			|| ') f ORDER BY array_position(''{error,warning,info}'', f.severity), f.object COLLATE "C", '
			'f.finding COLLATE "C"'
		FROM gdpr.finding_source s WHERE s.lint OR NOT lint_only);
END $$;
COMMENT ON FUNCTION gdpr_internal.findings(boolean) IS 'internal: what all registered functions find, worst first';
