/* casts.sql: casts from the types other than text in which drivers send the values of some classes. */
CREATE FUNCTION gdpr.pii_bytes(bytea) RETURNS gdpr.pii_bytes
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_bytea' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_bytes(bytea) IS
'seals bytes, at most 100 MB (22001); also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (bytea AS gdpr.pii_bytes) WITH FUNCTION gdpr.pii_bytes(bytea) AS ASSIGNMENT;

CREATE FUNCTION gdpr.pii_json(jsonb) RETURNS gdpr.pii_json
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_json' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_json(jsonb) IS
'seals a JSON document; also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (jsonb AS gdpr.pii_json) WITH FUNCTION gdpr.pii_json(jsonb) AS ASSIGNMENT;

CREATE FUNCTION gdpr.pii_json(json) RETURNS gdpr.pii_json
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_text' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_json(json) IS
'seals a JSON document as it was written; also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (json AS gdpr.pii_json) WITH FUNCTION gdpr.pii_json(json) AS ASSIGNMENT;

CREATE FUNCTION gdpr.pii_birth_date(date) RETURNS gdpr.pii_birth_date
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_date' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_birth_date(date) IS
'seals a date; also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (date AS gdpr.pii_birth_date) WITH FUNCTION gdpr.pii_birth_date(date) AS ASSIGNMENT;

/* A date plus an interval is a timestamp, which is assigned to a date without its time. */
CREATE FUNCTION gdpr.pii_birth_date(timestamp) RETURNS gdpr.pii_birth_date
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_timestamp' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION gdpr.pii_birth_date(timestamptz) RETURNS gdpr.pii_birth_date
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_timestamptz' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_birth_date(timestamp) IS
'seals the date of a time; also the cast of an assignment. Errors as the type''s input.';
COMMENT ON FUNCTION gdpr.pii_birth_date(timestamptz) IS
'seals the date of a time in the session''s time zone; also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (timestamp AS gdpr.pii_birth_date) WITH FUNCTION gdpr.pii_birth_date(timestamp) AS ASSIGNMENT;
CREATE CAST (timestamptz AS gdpr.pii_birth_date) WITH FUNCTION gdpr.pii_birth_date(timestamptz) AS ASSIGNMENT;

CREATE FUNCTION gdpr.pii_ip(inet) RETURNS gdpr.pii_ip
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_inet' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_ip(inet) IS
'seals an address without the mask of its network; also the cast of an assignment. Errors as the type''s input.';
CREATE CAST (inet AS gdpr.pii_ip) WITH FUNCTION gdpr.pii_ip(inet) AS ASSIGNMENT;

CREATE FUNCTION gdpr.pii_device_id(uuid) RETURNS gdpr.pii_device_id
	AS 'MODULE_PATHNAME', 'gdpr_pii_from_uuid' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr.pii_device_id(uuid) IS 'seals a UUID; also an implicit cast. Errors as the type''s input.';
CREATE CAST (uuid AS gdpr.pii_device_id) WITH FUNCTION gdpr.pii_device_id(uuid) AS IMPLICIT;
