/*
 * class.sql: the classes of personal data, and the checks by name. STABLE and not IMMUTABLE: the default country and
 * today's date decide about telephone numbers, postal codes and dates of birth.
 */
CREATE FUNCTION gdpr.is_valid(class text, value text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_class_is_valid' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_valid(text, text) IS
'True when value is of the class (email, phone, ... or a check such as be_national_number; gdpr.classes() lists '
	'them). Never raises for a value; 22023 for an unknown class. Art. 5(1)(d)';

CREATE FUNCTION gdpr.is_valid(class text, value text, country text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_class_is_valid' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.is_valid(text, text, text) IS
'As gdpr.is_valid(class, value), with a country (ISO 3166, such as NL) in place of the setting gdpr.default_country; '
	'22023 for an unknown class or country. Art. 5(1)(d)';

CREATE FUNCTION gdpr.normalise(class text, value text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_class_normalised' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.normalise(text, text) IS
'The form of value in which the class stores it (+32470123456 for 0470 12 34 56). Raises 22P02 when it is not of the '
	'class, 22001 when too long, 22008 for an impossible date, never with the value; 22023 for an unknown class. '
	'Art. 5(1)(d)';

CREATE FUNCTION gdpr.normalise(class text, value text, country text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_class_normalised' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr.normalise(text, text, text) IS
'As gdpr.normalise(class, value), with a country (ISO 3166, such as NL) in place of the setting gdpr.default_country; '
	'22023 for an unknown class or country. Art. 5(1)(d)';

CREATE FUNCTION gdpr.classes(OUT class text, OUT label text, OUT type text, OUT searchable boolean, OUT hint text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_class_list' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 35;
COMMENT ON FUNCTION gdpr.classes() IS
'The classes of personal data with their types, whether they can be compared and indexed, and what they expect; then '
	'the checks by name, which have no type. Art. 30(1)(c)';
