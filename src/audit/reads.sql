/*
 * reads.sql: from the spool (src/audit/spool.h) into the ledger, and what may be asked about it.
 */

/* Not dumped: a position belongs to files in this server's data directory. */
CREATE TABLE gdpr.spool_position
(
	boot	bigint PRIMARY KEY,
	file	bigint NOT NULL,
	size	bigint NOT NULL
);
COMMENT ON TABLE gdpr.spool_position IS
'how far the spool files of each start of the server have come into the ledger; written with the entries, so that '
	'nothing comes twice';

CREATE FUNCTION gdpr_internal.spool_files(OUT boot bigint, OUT file bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_spool_files' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.spool_files() IS 'internal: the spool files of this database';

CREATE FUNCTION gdpr_internal.spool_records(boot bigint, file bigint, start bigint,
	OUT at timestamptz, OUT role name, OUT kind text, OUT subject bigint, OUT subjects int8multirange,
	OUT detail jsonb) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_spool_records' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.spool_records(bigint, bigint, bigint) IS
'internal: records of a spool file from a place on, as the entries that they will be';

CREATE FUNCTION gdpr_internal.absorb_records(boot bigint, file bigint, start bigint, batch_size integer,
	OUT count bigint, OUT next bigint, OUT numbers int8multirange, OUT hashes bytea)
	AS 'MODULE_PATHNAME', 'gdpr_absorb_records' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.absorb_records(bigint, bigint, bigint, integer) IS
'internal: writes records of a spool file from a place on to the ledger, unsealed; NULL when there are none';

CREATE FUNCTION gdpr_internal.spool_drop(boot bigint, file bigint, size bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_spool_drop' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.spool_drop(bigint, bigint, bigint) IS
'internal: removes a spool file of which so much is in the ledger, for certain';

/* Reads that were recorded for a ledger that was dropped would take numbers that a restore brings back. */
CREATE FUNCTION gdpr_internal.forget_spool() RETURNS void AS 'MODULE_PATHNAME', 'gdpr_forget_spool' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.forget_spool() IS
'internal: removes what is spooled for a former installation of the extension in this database';
SELECT gdpr_internal.forget_spool();

CREATE FUNCTION gdpr_internal.absorb_file(boot bigint, file bigint, start bigint, batch_size integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	taken record;
BEGIN
	SELECT * INTO taken FROM gdpr_internal.absorb_records(absorb_file.boot, absorb_file.file, start, batch_size);
	IF taken.count IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM gdpr_internal.put_seal(taken.numbers, taken.hashes);
	INSERT INTO gdpr.spool_position AS p VALUES (absorb_file.boot, absorb_file.file, taken.next)
	ON CONFLICT ON CONSTRAINT spool_position_pkey DO UPDATE SET file = excluded.file, size = excluded.size;
	RETURN taken.count;
END $$;
COMMENT ON FUNCTION gdpr_internal.absorb_file(bigint, bigint, bigint, integer) IS
'internal: moves records of a spool file into the ledger and seals them';

CREATE FUNCTION gdpr_internal.absorb_spool(batch_size integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	taken bigint := 0;
BEGIN
	LOCK TABLE gdpr.ledger_unsealed IN SHARE UPDATE EXCLUSIVE MODE;
	FOR f IN SELECT s.boot, s.file, p.file AS reached, p.size
			 FROM gdpr_internal.spool_files() s LEFT JOIN gdpr.spool_position p ON p.boot = s.boot
			 ORDER BY s.boot, s.file
	LOOP
		IF f.file < f.reached THEN
			PERFORM gdpr_internal.spool_drop(f.boot, f.file, -1);
			CONTINUE;
		END IF;
		taken := gdpr_internal.absorb_file(f.boot, f.file, CASE WHEN f.file = f.reached THEN f.size
			ELSE 0 END, batch_size);
		/* one batch a transaction; what is finished goes in a later one, when this one's position is committed */
		EXIT WHEN taken > 0;
		PERFORM gdpr_internal.spool_drop(f.boot, f.file, CASE WHEN f.file = f.reached THEN f.size ELSE 0 END);
	END LOOP;
	RETURN taken;
END $$;
COMMENT ON FUNCTION gdpr_internal.absorb_spool(integer) IS
'internal: moves up to batch_size spooled reads into the ledger and answers how many';

CREATE FUNCTION gdpr.spooled_reads()
RETURNS TABLE (at timestamptz, role name, kind text, subject bigint, subjects int8multirange, detail jsonb)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.at, r.role, r.kind, r.subject, r.subjects, r.detail
	FROM gdpr_internal.spool_files() f
	LEFT JOIN gdpr.spool_position p ON p.boot = f.boot
	CROSS JOIN LATERAL gdpr_internal.spool_records(f.boot, f.file, CASE WHEN f.file = p.file THEN p.size ELSE 0 END) r
	WHERE p.file IS NULL OR f.file >= p.file
	ORDER BY r.at
$$;
COMMENT ON FUNCTION gdpr.spooled_reads() IS
'Reads that are recorded on this server''s disk and not in the ledger yet: on a standby all of its own, elsewhere '
	'those of the last moment (Art. 5(2), 32).';

CREATE FUNCTION gdpr.audit_status(OUT worker integer, OUT queued_bytes bigint, OUT queued_reads bigint,
	OUT spool_bytes bigint,
								  OUT disk_error text, OUT worker_refused boolean)
	AS 'MODULE_PATHNAME', 'gdpr_audit_status' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr.audit_status() IS
'How the recording of reads in this database is doing: process of the audit worker (NULL while there is nothing to '
	'write), what waits in memory and in the current spool file, why the disk refused, and whether no background '
	'worker was to be had (max_worker_processes).';
