/*
 * subject.sql: the natural persons, their wrapped keys, and the markers by which backends hear of a change.
 */
CREATE TABLE gdpr.meta
(
	only_row		boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	database_id		uuid NOT NULL,
	wrapped_secret	bytea NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.meta', '');
COMMENT ON TABLE gdpr.meta IS
'the database''s random secret, wrapped by the master key, made at first use: tokens, unbound values and pseudonyms '
	'derive from it';

CREATE TABLE gdpr.subject_table
(
	relation	regclass PRIMARY KEY,
	key_columns	name[] NOT NULL CHECK (pg_catalog.cardinality(key_columns) > 0)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_table',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.subject_table', 'relation', 'delete', names => '{key_columns}',
	names_do => 'keep', names_why => 'its drop is refused while a protected table leads there');
COMMENT ON TABLE gdpr.subject_table IS 'tables with one row per person, and the columns of their key';

CREATE SEQUENCE gdpr.subject_number;
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject_number', '');

/*
 * relation and key are what the outside calls the subject, NULL after erasure. permissions is derived from
 * consents, objections and restrictions (layout in policy/policy.h), kept beside the key so that one probe
 * answers both "may I" and "with which key".
 */
CREATE TABLE gdpr.subject
(
	number		bigint PRIMARY KEY,
	relation	regclass,
	key			text,
	wrapped_key	bytea,
	permissions	bytea,
	created_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	UNIQUE (relation, key)
) WITH (fillfactor = 85);	/* room in a page for other permissions, and for keys that are wrapped by another key */
ALTER TABLE gdpr.subject ALTER COLUMN wrapped_key SET STORAGE main, ALTER COLUMN permissions SET STORAGE main;
SELECT pg_catalog.pg_extension_config_dump('gdpr.subject',
	'WHERE relation IS NULL OR relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.subject', 'relation', 'empty');
COMMENT ON TABLE gdpr.subject IS
'natural persons: number, outside name (relation, key), key wrapped by the master key (NULL = shredded), '
	'permission set';

CREATE FUNCTION gdpr_internal.subject_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'gdpr_subject_changed' LANGUAGE C;
COMMENT ON FUNCTION gdpr_internal.subject_changed() IS
'internal: tells every backend at commit to forget the changed subjects';
CREATE TRIGGER subject_changed AFTER UPDATE OR DELETE ON gdpr.subject
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.subject_changed();
CREATE TRIGGER subject_truncated AFTER TRUNCATE ON gdpr.subject
	FOR EACH STATEMENT EXECUTE FUNCTION gdpr_internal.subject_changed();
ALTER TABLE gdpr.subject ENABLE ALWAYS TRIGGER subject_changed;
ALTER TABLE gdpr.subject ENABLE ALWAYS TRIGGER subject_truncated;

/* Composite types have a pg_class row and no file: all that an invalidation needs. */
DO $$
BEGIN
	FOR bucket IN 0 .. 255
	LOOP
		EXECUTE pg_catalog.format('CREATE TYPE gdpr.%I AS ()', 'marker_' || pg_catalog.lpad(bucket::text, 3, '0'));
	END LOOP;
	CREATE TYPE gdpr.marker_purpose AS ();
END $$;

CREATE FUNCTION gdpr_internal.subject_number(subject_table regclass, subject_key text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_subject_number' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.subject_number(regclass, text) IS
'internal: the number of a subject; NULL when there is none. A composite key is the text of the row: (a,b).';

CREATE FUNCTION gdpr_internal.subject_mac(subject bigint, use text, digest bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'gdpr_subject_mac' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.subject_mac(bigint, text, bytea) IS
'internal: HMAC-SHA-256 of a digest under the key of a person, for one use: it can be checked as long as that key is '
	'there; ZG019, ZG020';

CREATE FUNCTION gdpr_internal.relation_changed(relation regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_relation_changed' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.relation_changed(regclass) IS
'internal: every backend looks up again, at commit, what it knows of a table';

CREATE FUNCTION gdpr_internal.canonical_key(subject_table regclass, subject_key text) RETURNS text
	AS 'MODULE_PATHNAME', 'gdpr_canonical_key' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gdpr_internal.canonical_key(regclass, text) IS
'internal: a subject''s key as the types of the key columns spell it; 22P02 when it is none';

CREATE FUNCTION gdpr_internal.nameless_subject(subject_table regclass) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_nameless_subject' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.nameless_subject(regclass) IS
'internal: a new subject with a random key, whose name is no key of the table';

CREATE FUNCTION gdpr_internal.ensure_subject(subject_table regclass, subject_key text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_ensure_subject' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.ensure_subject(regclass, text) IS
'internal: the number of a subject, created with a new random key when there is none. Errors: 55000 when the table is '
	'not declared, ZG019 when no master key is loaded.';

CREATE FUNCTION gdpr.declare_subject(subject_table gdpr.table_ref, VARIADIC key_columns name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad_type regtype;
	missing name;
BEGIN
	PERFORM gdpr_internal.require_table_owner(subject_table);
	SELECT k INTO missing FROM unnest(key_columns) k
	WHERE NOT EXISTS (SELECT FROM pg_attribute a
					  WHERE a.attrelid = subject_table AND a.attname = k AND a.attnum > 0 AND NOT a.attisdropped);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703',
			MESSAGE = format('table %s has no column %I', subject_table, missing),
			HINT = 'Name the columns of its primary key.';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_index i
				   WHERE i.indrelid = subject_table AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
					 AND i.indnkeyatts <= cardinality(key_columns)
					 AND (SELECT array_agg(a.attname ORDER BY a.attname) <@ key_columns::name[]
						  FROM pg_attribute a
						  WHERE a.attrelid = subject_table
							AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('no primary key or unique index of %s covers (%s)', subject_table,
				array_to_string(key_columns, ', ')),
			HINT = format('ALTER TABLE %s ADD PRIMARY KEY (%s);', subject_table,
						  (SELECT string_agg(format('%I', k), ', ') FROM unnest(key_columns) k));
	END IF;
	SELECT a.atttypid INTO bad_type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	WHERE a.attrelid = subject_table AND a.attname = ANY (key_columns)
	  AND coalesce(nullif(t.typbasetype, 0), t.oid) NOT IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
		  'uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype, 'numeric'::regtype);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '0A000',
			MESSAGE = format('type %s cannot be part of a subject''s key', bad_type),
			HINT = 'Use a key of integers, uuid, text or numeric: its text must not depend on settings, and must not '
				'be personal data.';
	END IF;
	INSERT INTO gdpr.subject_table (relation, key_columns) VALUES (subject_table, declare_subject.key_columns)
	ON CONFLICT (relation) DO UPDATE SET key_columns = excluded.key_columns
	WHERE NOT EXISTS (SELECT FROM gdpr.subject s WHERE s.relation = excluded.relation);
	IF NOT FOUND AND NOT EXISTS (SELECT FROM gdpr.subject_table t
								 WHERE t.relation = subject_table AND t.key_columns = declare_subject.key_columns) THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format('table %s already has subjects under another key', subject_table);
	END IF;
	PERFORM gdpr_internal.relation_changed(subject_table);
	PERFORM gdpr_internal.record_setup('subject table declared', jsonb_build_object('table', subject_table::text,
		'key', to_jsonb(declare_subject.key_columns)));
END $$;
COMMENT ON FUNCTION gdpr.declare_subject(gdpr.table_ref, name[]) IS
'Declares the table with one row per person and the columns of its key (Art. 4(1)). The caller must own the table. '
	'Repeating it changes nothing. Errors: 42501 not the owner, 42703 no such column, 55000 key not unique, 0A000 key '
	'type whose text depends on settings.';

CREATE FUNCTION gdpr_internal.require_table_owner(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT (SELECT pg_has_role(current_user, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = relation) THEN
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('must be owner of table %s', relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_table_owner(regclass) IS
'internal: raises 42501 unless the current user owns the table';

/* A view runs its maker's functions with the rights of its reader. */
CREATE FUNCTION gdpr_internal.require_table(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT c.relkind NOT IN ('r', 'p') FROM pg_class c WHERE c.oid = relation) THEN
		RAISE EXCEPTION USING ERRCODE = '42809', MESSAGE = format('%s is not a table', relation),
			HINT = 'Only ordinary and partitioned tables can be protected; a foreign table''s rows live elsewhere.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_table(regclass) IS
'internal: raises 42809 for a view, a foreign table or any other relation that is no table';

/*
 * Our own functions read what these tables name. anonymity_label is exempt, as a job tests the tables of others again.
 */
CREATE FUNCTION gdpr_internal.check_registration() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_TABLE_NAME <> 'anonymity_label' THEN
		PERFORM gdpr_internal.require_table_owner(r.relation)
		FROM (VALUES (CASE WHEN TG_OP <> 'INSERT' THEN old.relation END),
			(CASE WHEN TG_OP <> 'DELETE' THEN new.relation END)) r (relation);
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN old;
	END IF;
	PERFORM gdpr_internal.require_table((to_jsonb(new) ->> a.attname)::regclass)
	FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.atttypid = 'regclass'::regtype AND NOT a.attisdropped
	  AND a.attname <> 'archive_in';	/* gdpr_internal.check_archive() looks at that */
	IF to_jsonb(new) ->> 'type_value' IS NOT NULL THEN
		PERFORM gdpr_internal.require_reference((to_jsonb(new) ->> 'on_table')::regclass),
			gdpr_internal.require_reference((to_jsonb(new) ->> 'next_table')::regclass);
	END IF;
	RETURN new;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_registration() IS
'internal: what a role writes into the tables of the extension is about a table that it owns, and names tables, in a '
	'pair those it may refer to. Errors: 42501, 42809.';

/* As a foreign key would ask: whose a row of another table is, is learnt by referring to it. */
CREATE FUNCTION gdpr_internal.require_reference(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_table(relation);
	IF NOT has_table_privilege(relation, 'REFERENCES, SELECT') THEN
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('permission denied to refer to table %s', relation),
			HINT = format('GRANT REFERENCES ON %s TO %I;', relation, current_user);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_reference(regclass) IS
'internal: the caller may refer to a table by a pair. Errors: 42501, 42809';

CREATE FUNCTION gdpr_internal.require_subject(subject_table regclass, subject_key text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_require_subject' LANGUAGE C STABLE;
COMMENT ON FUNCTION gdpr_internal.require_subject(regclass, text) IS
'internal: the number of a subject; 02000 when there is none';
