/*
 * elsewhere.sql: an archive in a second database, through a foreign table of postgres_fdw or of whatever writes there.
 *
 * What goes there is sealed, and its key stays here, with the words that find it again: the other database alone opens
 * nothing, and is ended by destroying a key here, whether it can be reached that day or not. A row arrives there before
 * it goes here; a crash between the two leaves a copy there that nothing here knows, sealed under a key that never was.
 *
 * The foreign table is used as its owner would, whose user mapping then counts, and whose triggers.
 */
CREATE FUNCTION gdpr_internal.send_archived(held_in regclass, ids uuid[], contents text[], relation text, purpose text,
	until timestamptz) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_send_archived' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.send_archived(regclass, uuid[], text[], text, text, timestamptz) IS
'internal: puts sealed rows into an archive elsewhere, as the owner of the foreign table, and answers how many';
CREATE FUNCTION gdpr_internal.read_archived(held_in regclass, id uuid) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_read_archived' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.read_archived(regclass, uuid) IS
'internal: the sealed content of a row of an archive elsewhere; NULL when it is not there';
CREATE FUNCTION gdpr_internal.remove_archived(held_in regclass, ids uuid[]) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_remove_archived' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.remove_archived(regclass, uuid[]) IS
'internal: takes rows out of an archive elsewhere';
CREATE FUNCTION gdpr_internal.sweep_archived(held_in regclass, ended timestamptz, but uuid[]) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_sweep_archived' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.sweep_archived(regclass, timestamptz, uuid[]) IS
'internal: takes rows out of an archive elsewhere whose time is over, but those';

/* The columns that a foreign table needs to be an archive. */
CREATE FUNCTION gdpr_internal.check_archive(held_in regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lacking name;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = held_in) THEN
		RETURN;	/* a restore of a rule whose archive is gone, which is a finding */
	END IF;
	PERFORM gdpr_internal.require_table_owner(held_in);
	IF (SELECT c.relkind <> 'f' FROM pg_class c WHERE c.oid = held_in) THEN
		RAISE EXCEPTION USING ERRCODE = '42809', MESSAGE = format('%s is not a foreign table', held_in),
			HINT = 'Leave archive_in out: gdpr.archive is the archive of this database.';
	END IF;
	SELECT w.name INTO lacking
	FROM (VALUES ('id'::name, 'uuid'::regtype), ('relation', 'text'), ('purpose', 'text'), ('content', 'text'),
				 ('archived_at', 'timestamptz'), ('until', 'timestamptz')) w (name, type)
	WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = held_in AND a.attname = w.name
		AND a.atttypid = w.type AND NOT a.attisdropped)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703',
			MESSAGE = format('foreign table %s has no column %I of the type that an archive needs', held_in, lacking),
			HINT = 'Its columns: id uuid, relation text, purpose text, content text, archived_at timestamptz, until '
				'timestamptz.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_archive(regclass) IS
'internal: can this be an archive elsewhere? 42501 not the owner, 42809 no foreign table, 42703 a column lacks';

/* Rules can be written without set_retention(). */
CREATE FUNCTION gdpr_internal.archive_checked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_archive(NEW.archive_in);
	RETURN NEW;
END $$;
COMMENT ON FUNCTION gdpr_internal.archive_checked() IS
'internal: who writes a rule owns the foreign table that it names as its archive';
CREATE TRIGGER archive_checked BEFORE INSERT OR UPDATE OF archive_in ON gdpr.retention_rule
	FOR EACH ROW WHEN (NEW.archive_in IS NOT NULL) EXECUTE FUNCTION gdpr_internal.archive_checked();

CREATE FUNCTION gdpr_internal.fetch_archived(number bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.archive;
	content text;
BEGIN
	SELECT * INTO a FROM gdpr.archive x WHERE x.number = fetch_archived.number;
	content := gdpr_internal.read_archived(a.held_in, a.held_as);
	IF content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('row %s of the archive is not in %s, where it should be', number, a.held_in),
			HINT = 'Restore that database: what is there opens nowhere but here.';
	END IF;
	RETURN content;
END $$;
COMMENT ON FUNCTION gdpr_internal.fetch_archived(bigint) IS
'internal: the sealed content of a row that is archived elsewhere; 55000 when it is not there';

/* What a person wants erased is erased there too, or nothing is. */
CREATE FUNCTION gdpr_internal.erase_archived(subject bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.remove_archived(a.held_in, array_agg(a.held_as))
	FROM gdpr.archive a WHERE a.subject = erase_archived.subject AND a.held_in IS NOT NULL GROUP BY a.held_in;
	DELETE FROM gdpr.archive a WHERE a.subject = erase_archived.subject;
END $$;
COMMENT ON FUNCTION gdpr_internal.erase_archived(bigint) IS
'internal: part of erase_subject(): takes a person''s rows out of the archive, here and elsewhere';

/* The keys are gone already; this tidies up, and a database that is away today is tidied up another day. */
CREATE FUNCTION gdpr_internal.sweep_archives() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place regclass;
	swept bigint := 0;
BEGIN
	FOR place IN SELECT a.held_in FROM gdpr.archive a WHERE a.held_in IS NOT NULL UNION SELECT r.archive_in
		FROM gdpr.retention_rule r WHERE r.archive_in IS NOT NULL
	LOOP
		BEGIN
			swept := swept + gdpr_internal.sweep_archived(place, now(), ARRAY(SELECT a.held_as FROM gdpr.archive a
				WHERE a.held_in = place AND a.until <= now()));
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING USING ERRCODE = SQLSTATE, MESSAGE = format('archive %s could not be tidied up: SQLSTATE %s',
				place, SQLSTATE),
				DETAIL = 'The keys of what ended there are destroyed; its rows are swept by a later run.';
		END;
	END LOOP;
	RETURN swept;
END $$;
COMMENT ON FUNCTION gdpr_internal.sweep_archives() IS
'internal: part of run_retention: takes what has ended out of the archives elsewhere, and answers how many rows';
