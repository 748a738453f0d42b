/*
 * quarantine.sql: rows of imports that were held back because their person does not want to be on file (Art. 17(3),
 * 21).
 *
 * With gdpr.on_suppressed = quarantine the binding trigger leaves such a row out and calls hold_back(); the rest of the
 * import goes on. Keeping the row would put the person on file by another name: what is kept is the hash that is on the
 * suppression list anyway, where the row was to go, and who brought it, for as long as the setting import_quarantine
 * says.
 */
CREATE TABLE gdpr.import_quarantine
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation	text NOT NULL,
	column_name	name NOT NULL,
	class		text NOT NULL,
	hash		bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	reason		text NOT NULL DEFAULT 'ZG007',
	at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	until		timestamptz NOT NULL,
	role		name NOT NULL,
	reported		boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.import_quarantine', '');
SELECT pg_catalog.pg_extension_config_dump('gdpr.import_quarantine_number_seq', '');
CREATE INDEX import_quarantine_hash ON gdpr.import_quarantine (hash);
CREATE INDEX import_quarantine_until ON gdpr.import_quarantine (until);
CREATE INDEX import_quarantine_unreported ON gdpr.import_quarantine (reported) WHERE NOT reported;
COMMENT ON TABLE gdpr.import_quarantine IS
'rows of imports that were held back: table, column and class of the suppressed identifier, its keyed hash and '
	'nothing else of the row, who brought it and when, until when it is remembered';

CREATE FUNCTION gdpr_internal.hold_back(relation regclass, column_name name, class text, hash bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gdpr.import_quarantine (relation, column_name, class, hash, until, role)
	VALUES (hold_back.relation::text, hold_back.column_name, hold_back.class, hold_back.hash,
			now() + gdpr_internal.period_on('import_quarantine'), gdpr_internal.acting_role());
END $$;
COMMENT ON FUNCTION gdpr_internal.hold_back(regclass, name, text, bytea) IS
'internal: puts a row on record that an import leaves out';

CREATE FUNCTION gdpr_internal.tell_held_back() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t record;
BEGIN
	FOR t IN WITH reported AS (UPDATE gdpr.import_quarantine q SET reported = true WHERE NOT q.reported
		RETURNING q.relation, q.class)
			 SELECT c.relation, sum(c.rows)::bigint AS rows, jsonb_object_agg(c.class, c.rows) AS classes
			 FROM (SELECT d.relation, d.class, count(*) AS rows FROM reported d GROUP BY d.relation, d.class) c
				 GROUP BY c.relation ORDER BY c.relation
	LOOP
		PERFORM gdpr_internal.record('rows held back', NULL, jsonb_build_object('table', t.relation, 'rows', t.rows,
			'classes', t.classes, 'by', gdpr_internal.acting_role()));
		RAISE WARNING USING MESSAGE = format('%s rows were left out of table %s: their identifiers are suppressed',
			t.rows, t.relation),
			HINT = 'gdpr.is_suppressed() tells which of a list they are; gdpr.import_quarantine has them '
				'without a name.';
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.tell_held_back() IS
'internal: puts into the ledger, and says, how many rows a statement left out';

CREATE FUNCTION gdpr_internal.end_quarantine() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ended bigint;
BEGIN
	DELETE FROM gdpr.import_quarantine q WHERE q.until <= now();
	GET DIAGNOSTICS ended = ROW_COUNT;
	IF ended > 0 THEN
		PERFORM gdpr_internal.record('import quarantine ended', NULL, jsonb_build_object('rows', ended));
	END IF;
	RETURN ended;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_quarantine() IS
'internal: part of run_retention: forgets held-back rows whose time is over';
