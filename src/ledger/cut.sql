/*
 * cut.sql: the ledger keeps what it holds for a time, and then lets go of its beginning (Art. 5(1)(e)).
 *
 * Only the beginning of the chain can go, whole seals with their entries. The cut is itself an entry of the ledger,
 * kind 'ledger cut', with the sequence and hash of the last seal that went and the first hash ever: the first seal that
 * is left follows from that hash, so the chain verifies as before, and that something went, how much and until when, is
 * on record and sealed. An entry is only ever deleted when a cut on record covers it and it is old enough.
 */

/* After the statement, for all its rows at once. */
CREATE FUNCTION gdpr_internal.guard_ledger_cut() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	cut numeric := (SELECT max((e.detail -> 'sequence')::numeric) FROM gdpr.ledger e WHERE e.kind = 'ledger cut'
		AND jsonb_typeof(e.detail -> 'sequence') = 'number');
	kept_since timestamptz := gdpr_internal.ledger_kept_since();
	refused boolean;
BEGIN
	IF TG_TABLE_NAME = 'ledger' THEN
		SELECT EXISTS (SELECT FROM gone g WHERE g.at >= kept_since OR NOT EXISTS (
			SELECT FROM gdpr.ledger_seal s WHERE s.sequence <= cut AND s.numbers @> g.number)) INTO refused;
	ELSE
		SELECT EXISTS (SELECT FROM gone g WHERE g.at >= kept_since
			OR (g.sequence <= cut) IS NOT TRUE) INTO refused;
	END IF;
	IF refused THEN
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('DELETE on gdpr.%I is refused: it is append-only',
			TG_TABLE_NAME),
			HINT = 'What is older than the setting ledger_keep says goes by CALL gdpr.cut_ledger().';
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.guard_ledger_cut() IS
'internal: trigger of the ledger; raises 42501 unless a cut on record covers what goes';
CREATE TRIGGER append_only_cut AFTER DELETE ON gdpr.ledger REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.guard_ledger_cut();
ALTER TABLE gdpr.ledger ENABLE ALWAYS TRIGGER append_only_cut;
CREATE TRIGGER append_only_cut AFTER DELETE ON gdpr.ledger_seal REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.guard_ledger_cut();
ALTER TABLE gdpr.ledger_seal ENABLE ALWAYS TRIGGER append_only_cut;

CREATE FUNCTION gdpr_internal.cut_ledger_batch(batch_size integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last gdpr.ledger_seal;
	kept_since timestamptz := gdpr_internal.ledger_kept_since();
	first_hash text := gdpr_internal.ledger_genesis();
	expected bigint;
	intact boolean;
	gone bigint;
BEGIN
	/* one at a time; readers, writers and the sealer go on */
	LOCK TABLE gdpr.setting IN SHARE ROW EXCLUSIVE MODE;
	/* a seal is younger than all it covers; the newest one stays, so that the chain goes on from it */
	SELECT b.expected, (b.seal).* INTO expected, last.sequence, last.at, last.numbers, last.hash
	FROM (SELECT s AS seal, sum((SELECT sum(upper(r) - lower(r)) FROM unnest(s.numbers) r)) OVER (ORDER BY s.sequence)
		AS expected,
				 row_number() OVER (ORDER BY s.sequence) AS n
		  FROM (SELECT * FROM gdpr.ledger_seal f ORDER BY f.sequence LIMIT 1000) s
		  WHERE s.at < kept_since AND s.sequence < (SELECT max(m.sequence) FROM gdpr.ledger_seal m)) b
	WHERE b.expected <= batch_size OR b.n = 1
	ORDER BY (b.seal).sequence DESC LIMIT 1;
	IF last.sequence IS NULL THEN
		RETURN 0;
	END IF;
	SELECT count(*), bool_and(e.hash = gdpr_internal.entry_hash(e.number, e.at, e.role, e.kind, e.subject, e.subjects,
		e.detail)) INTO gone, intact
	FROM gdpr.ledger_seal s CROSS JOIN LATERAL unnest(s.numbers) r JOIN gdpr.ledger e ON e.number >= lower(r)
		AND e.number < upper(r)
	WHERE s.sequence <= last.sequence;
	IF gone <> expected OR intact IS NOT TRUE OR EXISTS (SELECT FROM gdpr_internal.check_seals(last.sequence)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG021', MESSAGE = 'the ledger is broken where it is to be cut',
			HINT = 'SELECT * FROM gdpr.verify_ledger(); lists every place. Find out what happened before '
				'its traces go.';
	END IF;
	PERFORM gdpr_internal.record('ledger cut', NULL, jsonb_build_object('sequence', last.sequence, 'hash',
		encode(last.hash, 'hex'), 'first', first_hash,
		'entries', gone, 'until', to_char(last.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));
	DELETE FROM gdpr.ledger e USING gdpr.ledger_seal s, unnest(s.numbers) r
	WHERE s.sequence <= last.sequence AND e.number >= lower(r) AND e.number < upper(r);
	DELETE FROM gdpr.ledger_seal s WHERE s.sequence <= last.sequence;
	RETURN gone;
END $$;
COMMENT ON FUNCTION gdpr_internal.cut_ledger_batch(integer) IS
'internal: one batch of cut_ledger(), and how many entries went';

CREATE PROCEDURE gdpr.cut_ledger(batch_size integer DEFAULT 10000)
LANGUAGE plpgsql AS $$
DECLARE
	gone bigint;
	total bigint := 0;
BEGIN
	LOOP
		gone := gdpr_internal.cut_ledger_batch(batch_size);
		EXIT WHEN gone OPERATOR(pg_catalog.=) 0;
		total := total OPERATOR(pg_catalog.+) gone;
		COMMIT;
	END LOOP;
	RAISE NOTICE '% entries of the ledger were older than it is kept', total;
END $$;
COMMENT ON PROCEDURE gdpr.cut_ledger(integer) IS
'Removes the beginning of the ledger when it is older than the setting ledger_keep said when it was written, and says '
	'now (5 years), in batches that commit each, and may be killed and run again. What is left verifies as before: the '
	'hash on which it rests is in an entry of kind ''ledger cut''. Holds on persons do not lengthen it; set a longer '
	'period instead. A job (Art. 5(1)(e)). Errors: ZG021 the part that would go is broken.';
