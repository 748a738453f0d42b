/*
 * ledger.sql: what must be provable is written here, and nothing written here is ever changed.
 *
 * An event (consent, grant, configuration, erasure, ...) is written by gdpr_internal.record() in the transaction that
 * did it; a read by the audit worker, outside the reader's transaction. Entries get their place in the chain later: the
 * number of an entry is drawn when it is written, but transactions commit in another order, so the order that counts
 * is the order of sealing. One sealer at a time takes the committed entries that have no seal yet and writes one
 * seal over them; a seal holds the hash of the seal before it. Writers never wait for the sealer, or for each other.
 *
 * The canonical form, by which anyone can verify an export without this software (examples/verify_ledger.py):
 *
 *   field(x)    the UTF-8 text of x as a netstring, "<number of bytes>:<bytes>,"; "-," when x is NULL
 *   entry hash  SHA-256 over field(number) field(at) field(role) field(kind) field(subject) field(subjects)
 *               field(detail), in this order, without a separator
 *   seal hash   SHA-256 over the 32 bytes of the previous seal's hash (32 zero bytes before sequence 1; where the
 *               beginning was removed, the hash of an entry of kind 'ledger cut', src/audit/cut.sql), then
 *               field(sequence) field(at) field(numbers), then the 32 bytes of the hash of each entry in numbers,
 *               by ascending number
 *
 * A time is the integer number of microseconds since 1970-01-01 00:00 UTC; subjects, numbers and detail are in the
 * text form of int8multirange and jsonb.
 */
CREATE FUNCTION gdpr_internal.subject_blocks(subjects int8multirange) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'gdpr_subject_blocks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.subject_blocks(int8multirange) IS
'internal: the aligned blocks of numbers that cover the subjects of an entry, for its index';
CREATE FUNCTION gdpr_internal.blocks_around(subject bigint) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'gdpr_blocks_around' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.blocks_around(bigint) IS 'internal: the blocks of every size that a subject is in';

CREATE TABLE gdpr.ledger
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at			timestamptz NOT NULL,
	role		name NOT NULL,
	kind		text NOT NULL,
	subject		bigint,
	subjects	int8multirange,
	detail		jsonb NOT NULL,
	hash		bytea NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger', '');
/* cut.sql refuses a DELETE, but for what is old enough and on record as cut */
SELECT gdpr_internal.append_only('gdpr.ledger', 'UPDATE');
SELECT gdpr_internal.keeps_subject('gdpr.ledger', 'subject', 'keep',
	'append-only: the ledger proves the erasure itself');
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger_number_seq', '');
CREATE INDEX ledger_subject ON gdpr.ledger (subject) WHERE subject IS NOT NULL;
CREATE INDEX ledger_subjects ON gdpr.ledger USING gin (gdpr_internal.subject_blocks(subjects)) WITH (fastupdate = off)
	WHERE subjects IS NOT NULL;
CREATE INDEX ledger_cut ON gdpr.ledger (number) WHERE kind = 'ledger cut';
CREATE INDEX ledger_at ON gdpr.ledger USING brin (at) WITH (pages_per_range = 32, autosummarize);
COMMENT ON TABLE gdpr.ledger IS
'append-only record of everything that must be provable (Art. 5(2)); never a personal value. One subject is in '
	'subject, several are in subjects';

CREATE TABLE gdpr.ledger_seal
(
	sequence	bigint PRIMARY KEY,
	at			timestamptz NOT NULL,
	numbers		int8multirange NOT NULL,
	hash		bytea NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger_seal', '');
SELECT gdpr_internal.append_only('gdpr.ledger_seal', 'UPDATE');
COMMENT ON TABLE gdpr.ledger_seal IS
'the append-only hash chain over gdpr.ledger: each seal covers some entries and the seal before it';

CREATE TABLE gdpr.ledger_unsealed
(
	number		bigint PRIMARY KEY
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.ledger_unsealed', '');
COMMENT ON TABLE gdpr.ledger_unsealed IS 'entries of gdpr.ledger that wait for their seal, which is seconds';

CREATE FUNCTION gdpr_internal.entry_hash(number bigint, at timestamptz, role name, kind text, subject bigint,
								subjects int8multirange, detail jsonb) RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_entry_hash' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.entry_hash(bigint, timestamptz, name, text, bigint, int8multirange, jsonb) IS
'internal: SHA-256 of a ledger entry in its canonical form (src/audit/ledger.sql)';

CREATE FUNCTION gdpr_internal.seal_hash(previous bytea, sequence bigint, at timestamptz, numbers int8multirange,
	entries bytea)
RETURNS bytea AS 'MODULE_PATHNAME', 'gdpr_seal_hash' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.seal_hash(bytea, bigint, timestamptz, int8multirange, bytea) IS
'internal: SHA-256 of a seal in its canonical form; entries are the concatenated hashes of its entries';

/* Tells the audit worker, when this transaction commits, that there is something to seal. */
CREATE FUNCTION gdpr_internal.ledger_written() RETURNS void AS 'MODULE_PATHNAME', 'gdpr_ledger_written' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.ledger_written() IS 'internal: wakes the audit worker at commit';

CREATE FUNCTION gdpr_internal.record(kind text, subject bigint DEFAULT NULL, detail jsonb DEFAULT '{}') RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_record' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.record(text, bigint, jsonb) IS
'internal: writes one event to the ledger in the same transaction. detail never holds a personal value.';

/* Setting up runs with the rights of who does it, so these kinds, which say nothing about a person, and no other. */
CREATE FUNCTION gdpr_internal.record_setup(kind text, detail jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF kind NOT IN ('subject table declared', 'table protected', 'table unprotected', 'table reattached',
		'table linked', 'table unlinked', 'column searchable', 'column not searchable',
					'columns inferred', 'retention rule set', 'retention rule dropped',
					'retention rule confirmed', 'anonymisation rule set',
					'anonymised copy', 'table found anonymous', 'table no longer anonymous', 'master key rotated') THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = 'this kind of ledger entry is written by the function that does the thing';
	END IF;
	PERFORM gdpr_internal.record(kind, NULL, detail);
END $$;
COMMENT ON FUNCTION gdpr_internal.record_setup(text, jsonb) IS
'internal: writes an event of setting up to the ledger, for functions that run with the rights of their caller; '
	'raises 42501 for any other kind';

CREATE FUNCTION gdpr_internal.put_seal(numbers int8multirange, entries bytea) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH head AS (
		SELECT s.sequence, s.hash FROM gdpr.ledger_seal s ORDER BY s.sequence DESC LIMIT 1
	), seal AS (
		SELECT coalesce((SELECT h.sequence FROM head h), 0) + 1 AS sequence, clock_timestamp() AS at,
			(SELECT h.hash FROM head h) AS previous
	)
	INSERT INTO gdpr.ledger_seal
	SELECT s.sequence, s.at, numbers, gdpr_internal.seal_hash(s.previous, s.sequence, s.at, numbers, entries)
		FROM seal s
$$;
COMMENT ON FUNCTION gdpr_internal.put_seal(int8multirange, bytea) IS
'internal: seals entries of the ledger, given the hashes of all of them by ascending number; the caller holds the '
	'lock on gdpr.ledger_unsealed';

CREATE FUNCTION gdpr_internal.add_seal(numbers int8multirange) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.put_seal(numbers, (
		SELECT coalesce(string_agg(e.hash, '' ORDER BY e.number), '')
		FROM unnest(numbers) r JOIN gdpr.ledger e ON e.number >= lower(r) AND e.number < upper(r)))
$$;
COMMENT ON FUNCTION gdpr_internal.add_seal(int8multirange) IS
'internal: seals entries that are in the ledger; the caller holds the lock on gdpr.ledger_unsealed';

CREATE FUNCTION gdpr.seal_ledger(batch_size integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	numbers int8multirange;
	sealed bigint;
BEGIN
	/* makes sealers one, and stands in no one else's way */
	LOCK TABLE gdpr.ledger_unsealed IN SHARE UPDATE EXCLUSIVE MODE;
	WITH taken AS (
		DELETE FROM gdpr.ledger_unsealed u
		WHERE u.number IN (SELECT n.number FROM gdpr.ledger_unsealed n ORDER BY n.number LIMIT batch_size)
		RETURNING u.number
	)
	SELECT range_agg(int8range(t.number, t.number + 1)), count(*) INTO numbers, sealed FROM taken t;
	IF sealed > 0 THEN
		PERFORM gdpr_internal.add_seal(numbers);
	END IF;
	RETURN sealed;
END $$;
COMMENT ON FUNCTION gdpr.seal_ledger(integer) IS
'Seals up to batch_size committed entries of the ledger into its hash chain and answers how many; the audit worker '
	'does so by itself within seconds (Art. 5(2)).';
