/*
 * status.sql: every problem that the rooms find, each with the command that fixes it.
 *
 * error: data are open or cannot be read, or kept though their time is over, or a person waits for an answer past the
 * last day. warning: a promise does not hold in full, or one person costs a whole table. info: worth knowing.
 */

/* Compiling these queries takes longer than running them. */
CREATE FUNCTION gdpr.status() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT * FROM gdpr_internal.findings(lint_only => false)
$$;
COMMENT ON FUNCTION gdpr.status() IS
'Reports every problem it finds, worst first: severity (error: data open, unreadable or kept too long, or a person '
	'waits past the last day; warning: a promise not held in full; info: worth knowing), a code that stays the same '
	'(docs/findings.md), where, what, and the command that fixes it. No error and no warning: all is well. Art. 5(2), '
	'24, 32(1)(d).';
