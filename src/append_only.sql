/*
 * append_only.sql: what was written to these tables stays as it was, for every role and in every replication role. One
 * call below CREATE TABLE makes a table append-only.
 */
CREATE FUNCTION gdpr_internal.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42501',
		MESSAGE = format('%s on gdpr.%I is refused: it is append-only', TG_OP, TG_TABLE_NAME),
		HINT = 'Record a new event instead; what happened stays on record.';
END $$;
COMMENT ON FUNCTION gdpr_internal.refuse_change() IS 'internal: trigger of append-only tables; raises 42501';

/* A table with a DELETE of its own (the ledger's cut) refuses the UPDATE only, and guards the DELETE itself. */
CREATE FUNCTION gdpr_internal.append_only(relation regclass, refused text DEFAULT 'UPDATE OR DELETE') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF refused IS NULL OR refused NOT IN ('UPDATE OR DELETE', 'UPDATE') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an append-only table refuses UPDATE, or UPDATE OR DELETE';
	END IF;
	EXECUTE format('CREATE TRIGGER append_only BEFORE %s ON %s FOR EACH ROW '
		'EXECUTE FUNCTION gdpr_internal.refuse_change()', refused, relation);
	EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT '
		'EXECUTE FUNCTION gdpr_internal.refuse_change()', relation);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate',
		relation);
END $$;
COMMENT ON FUNCTION gdpr_internal.append_only(regclass, text) IS
'internal: makes a table of ours append-only; refused is UPDATE for one that guards its DELETE itself';
