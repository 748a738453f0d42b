/* gdpr.sql: the schema. CREATE fails when somebody else already owns one of that name: it must not be adopted. */
CREATE SCHEMA gdpr;
GRANT USAGE ON SCHEMA gdpr TO PUBLIC;
COMMENT ON SCHEMA gdpr IS 'GDPR controls: sealed personal data, purposes, consents, policy';
