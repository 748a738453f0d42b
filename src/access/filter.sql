/* filter.sql: the row filter of protected tables; their policies call it with the rights of the reader. */
CREATE FUNCTION gdpr.row_visible(purposes gdpr.purpose_set, subject bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_row_visible' LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gdpr.row_visible(gdpr.purpose_set, bigint) IS
'The row filter: is the row''s tag and subject open to the purpose of this session? No purpose: false. Errors: ZG002 '
	'when the purpose is unknown or not granted (false under gdpr.on_denied = null or mask). Art. 5(1)(b), 6.';

CREATE FUNCTION gdpr.row_writable(purposes gdpr.purpose_set, subject bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_row_writable' LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gdpr.row_writable(gdpr.purpose_set, bigint) IS
'The same for a row about to be written; true, or raises ZG001 to ZG006 with the reason.';
