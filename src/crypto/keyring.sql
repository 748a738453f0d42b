/* keyring.sql: what may be known of the master keys; the keys themselves never reach SQL */

CREATE FUNCTION gdpr.master_keys(OUT id text, OUT fingerprint text, OUT active boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'gdpr_keyring_master_keys' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION gdpr.master_keys() IS
'The master keys that are loaded, in the order of the key file: the id they have there, their fingerprint (16 '
	'hexadecimal digits, as in "wrapped by master key ..."), and which one wraps new keys. Never the keys. Errors: '
	'55000 when gdpr is not preloaded, in single-user and in binary upgrade mode; ZG019 when no key is loaded, with '
	'the reason. Art. 32(1)(a).';

CREATE FUNCTION gdpr_internal.keyring_status(OUT source text, OUT keys integer, OUT generation bigint,
	OUT loaded_at timestamptz, OUT failed_at timestamptz, OUT reason text, OUT hint text)
AS 'MODULE_PATHNAME', 'gdpr_keyring_status' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.keyring_status() IS
'internal: how the last attempt to load the master keys went (gdpr.key_status()); raises no error';
