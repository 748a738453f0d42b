/* casts.sql: casts of the classes whose plaintext is not text. */
CREATE FUNCTION gdpr.pii_bytes(bytea) RETURNS gdpr.pii_bytes
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_bytea' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_bytes(bytea) IS 'seals bytes, at most 100 MB (22001); also an implicit cast. Errors as the type''s input.';
CREATE CAST (bytea AS gdpr.pii_bytes) WITH FUNCTION gdpr.pii_bytes(bytea) AS IMPLICIT;

CREATE FUNCTION gdpr.pii_json(jsonb) RETURNS gdpr.pii_json
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_json' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_json(jsonb) IS 'seals a JSON document; also an implicit cast. Errors as the type''s input.';
CREATE CAST (jsonb AS gdpr.pii_json) WITH FUNCTION gdpr.pii_json(jsonb) AS IMPLICIT;
