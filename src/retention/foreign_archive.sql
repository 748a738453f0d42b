/*
 * foreign_archive.sql: an archive in a second database, through a foreign table of postgres_fdw or of whatever writes
 * there.
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
