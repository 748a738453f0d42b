/*
 * suppression.sql: identifiers of people who do not want to be on file, or not to be contacted (Art. 17(3), 21(3)).
 *
 * Keyed hashes only: a plain list would be the personal data it is meant to keep out. Checked by mailable(), and when
 * a value comes into a row where it was not (policy/suppressed.sql says for whom it may).
 */
CREATE TABLE gdpr.suppression
(
	hash		bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	everywhere	boolean NOT NULL GENERATED ALWAYS AS (channel OPERATOR(pg_catalog.=) 'any'::gdpr.channel) STORED,
	class		text NOT NULL,
	channel		gdpr.channel NOT NULL,
	reason		text NOT NULL,
	since		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	relation	regclass,
	PRIMARY KEY (hash, channel)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.suppression',
	'WHERE relation IS NULL OR relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.suppression', 'relation', 'empty');
CREATE UNIQUE INDEX suppression_check ON gdpr.suppression (hash, channel, everywhere);
COMMENT ON TABLE gdpr.suppression IS
'keyed hashes of identifiers that must not come back: channel any keeps them out of protected tables, another channel '
	'out of mailings; relation: the table of people from which one was erased, in which alone it refuses rows';

CREATE FUNCTION gdpr_internal.suppression_hash("any") RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_suppression_hash' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION gdpr_internal.suppression_hash("any") IS
'internal: what the suppression list holds of a sealed value; NULL when its class cannot be searched';

CREATE FUNCTION gdpr_internal.hash_of_text(class text, value text) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash bytea;
BEGIN
	IF class IS NULL OR class NOT IN ('email', 'phone', 'name', 'national_id', 'id_card', 'ip', 'device_id', 'iban')
		THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'only identifiers that can be searched can be suppressed',
			HINT = 'Use class email, phone, national_id, id_card, device_id, ip, iban or name.';
	END IF;
	EXECUTE format('SELECT gdpr_internal.suppression_hash($1::gdpr.pii_%s)', class) INTO hash USING value;
	RETURN hash;
END $$;
COMMENT ON FUNCTION gdpr_internal.hash_of_text(text, text) IS 'internal: the suppression hash of an identifier as text';

CREATE FUNCTION gdpr.suppress(class text, value text, channel gdpr.channel DEFAULT 'any',
	reason text DEFAULT 'asked not to be contacted')
	RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF channel IS NULL OR value IS NULL OR gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a suppression needs an identifier, a channel and a reason';
	END IF;
	INSERT INTO gdpr.suppression (hash, class, channel, reason)
	VALUES (gdpr_internal.hash_of_text(class, value), suppress.class, suppress.channel, suppress.reason)
	ON CONFLICT ON CONSTRAINT suppression_pkey DO UPDATE
	SET since = excluded.since, reason = excluded.reason, relation = NULL;
	PERFORM gdpr_internal.record('identifier suppressed', NULL, jsonb_build_object('class', class, 'channel', channel,
		'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.suppress(text, text, gdpr.channel, text) IS
'Puts an identifier on the suppression list, as a keyed hash of its normalised form (Art. 21(3)). class: email, '
	'phone, ...; channel any also refuses it in protected tables (ZG007), another channel only keeps it from being '
	'contacted there; reason: never a personal value. What is on it already is so from now on. Errors: '
	'22P02 not of the class, 22023 unknown class, no reason.';

CREATE FUNCTION gdpr_internal.searched_suppression(class text) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_searched_suppression' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.searched_suppression(text) IS
'internal: puts into the ledger that the suppression list was searched for an identifier of the class';

CREATE FUNCTION gdpr.is_suppressed(class text, value text, channel gdpr.channel DEFAULT NULL) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.searched_suppression(is_suppressed.class);
	SELECT EXISTS (SELECT FROM gdpr.suppression s
				   WHERE s.hash = gdpr_internal.hash_of_text(is_suppressed.class, is_suppressed.value)
					   AND s.channel IN (is_suppressed.channel, 'any'))
$$;
COMMENT ON FUNCTION gdpr.is_suppressed(text, text, gdpr.channel) IS
'Is an identifier, however it is spelled, suppressed for the channel or for all (default: for all)? In the ledger it '
	'is a search. Errors: 22P02, 22023.';
