/*
 * finding.sql: what a room reports when something is not as it should be. Each room has functions that answer rows of
 * it; gdpr.status() and gdpr.lint() are the lists of them.
 */
CREATE TYPE gdpr.finding AS (severity text, object text, finding text, mend text);
COMMENT ON TYPE gdpr.finding IS
'a row of gdpr.status(): severity error, warning or info; where; what is wrong; the command that mends it';
