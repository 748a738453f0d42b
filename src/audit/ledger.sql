/*
 * ledger.sql: what must be provable is written here, in the transaction that did it. Append-only for everyone.
 */
CREATE TABLE gdpr.ledger
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	role		name NOT NULL DEFAULT SESSION_USER,
	kind		text NOT NULL,
	subject		bigint,
	detail		jsonb NOT NULL DEFAULT '{}'
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger', '');
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger_number_seq', '');
CREATE INDEX ledger_subject ON gdpr.ledger (subject) WHERE subject IS NOT NULL;
COMMENT ON TABLE gdpr.ledger IS 'append-only record of everything that must be provable (Art. 5(2)); never a personal value';

CREATE FUNCTION gdpr.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42501',
		MESSAGE = format('%s on gdpr.%I is refused: it is append-only', TG_OP, TG_TABLE_NAME),
		HINT = 'Record a new event instead; what happened stays on record.';
END $$;
COMMENT ON FUNCTION gdpr.refuse_change() IS 'internal: trigger of append-only tables; raises 42501';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gdpr.ledger
	FOR EACH ROW EXECUTE FUNCTION gdpr.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON gdpr.ledger
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr.refuse_change();
ALTER TABLE gdpr.ledger ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE gdpr.ledger ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE FUNCTION gdpr.record(kind text, subject bigint DEFAULT NULL, detail jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO gdpr.ledger (kind, subject, detail) VALUES (record.kind, record.subject, record.detail);
END;
COMMENT ON FUNCTION gdpr.record(text, bigint, jsonb) IS
'internal: writes one event to the ledger in the same transaction. detail never holds a personal value.';
