/* derive.sql: answers from a sealed value that are less than the value. */
CREATE FUNCTION gdpr.age_at(birth_date gdpr.pii_birth_date, at date DEFAULT NULL) RETURNS integer
	AS 'MODULE_PATHNAME', 'gdpr_age_at' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION gdpr.age_at(gdpr.pii_birth_date, date) IS
'Completed years on a day (default today), from a sealed birth date. Unknown parts of the date count as the latest '
	'day possible. Under a masked grant, which sees the year of birth, the age at the end of the year before that '
	'day. Asks the policy like reveal, with the same errors; NULL when refused under gdpr.on_denied = null or mask.';

CREATE FUNCTION gdpr.is_minor(birth_date gdpr.pii_birth_date, country text DEFAULT NULL, at date DEFAULT NULL)
	RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.age_at(birth_date, at) < gdpr.consent_age(country, at)
$$;
COMMENT ON FUNCTION gdpr.is_minor(gdpr.pii_birth_date, text, date) IS
'Is the person on that day (default today) too young to consent alone in that country (default the controller''s)? '
	'The birth date is not shown. Errors as age_at; 22023 country. Art. 8.';
