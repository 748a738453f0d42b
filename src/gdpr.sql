/*
 * gdpr.sql: the schemas: gdpr is for people, gdpr_internal for the extension alone. CREATE fails when another role
 * already owns one of these names: it must not be adopted.
 */
CREATE SCHEMA gdpr;
GRANT USAGE ON SCHEMA gdpr TO PUBLIC;
CREATE SCHEMA gdpr_internal;
GRANT USAGE ON SCHEMA gdpr_internal TO PUBLIC;
COMMENT ON SCHEMA gdpr_internal IS 'What only the extension gdpr calls: may change with any release';
COMMENT ON SCHEMA gdpr IS 'GDPR controls: sealed personal data, purposes, consents, policy';

CREATE FUNCTION gdpr_internal.is_blank(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN (value ~ '\S') IS NOT TRUE;
COMMENT ON FUNCTION gdpr_internal.is_blank(text) IS
'internal: is a text that must be given missing, or nothing but spaces, tabs and new lines?';
