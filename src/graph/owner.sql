/*
 * owner.sql: which tables are protected, and how a row of each leads to the person it is about.
 *
 * A subject table holds the people themselves. Any other table has an owner path: step 1 are columns of the table
 * itself, step n columns of the table that step n - 1 refers to; the last step refers to the subject table. A step is
 * a foreign key, or a pair (pair.sql), which names the table it refers to.
 */
CREATE TABLE gdpr.protected_table
(
	relation		regclass PRIMARY KEY,
	subject_table	regclass NOT NULL,
	protected_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	protected_by	name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.protected_table',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.protected_table', 'relation', 'delete');
SELECT gdpr_internal.keeps_relation('gdpr.protected_table', 'subject_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again');
COMMENT ON TABLE gdpr.protected_table IS 'tables under protection, and the table of the people their rows are about';

CREATE TABLE gdpr.owner_step
(
	relation	regclass NOT NULL,
	step		integer NOT NULL,
	on_table	regclass NOT NULL,
	columns		name[] NOT NULL,
	type_column	name,
	type_value	text,
	next_table	regclass,
	next_columns	name[],
	PRIMARY KEY (relation, step),
	CHECK (pg_catalog.num_nulls(type_column, type_value, next_table, next_columns) IN (0, 4))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.owner_step',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.owner_step', 'relation', 'delete');
SELECT gdpr_internal.keeps_relation('gdpr.owner_step', 'on_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again', names => '{columns,type_column}',
	names_do => 'refuse');
SELECT gdpr_internal.keeps_relation('gdpr.owner_step', 'next_table', 'keep',
	'the path is broken then, and a finding until it leads somewhere again', names => '{next_columns}',
	names_do => 'refuse');
COMMENT ON TABLE gdpr.owner_step IS
'the owner path of a protected table, step by step through foreign keys, or through pairs: rows where type_column is '
	'type_value, whose columns mean next_columns of next_table';

CREATE TABLE gdpr.protected_column
(
	relation		regclass NOT NULL,
	column_name		name NOT NULL,
	class			text NOT NULL,
	original_type	text,
	PRIMARY KEY (relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.protected_column',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.protected_column', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.protected_column IS
'PII columns of protected tables; original_type is what unprotect() goes back to';

CREATE TABLE gdpr.quarantine
(
	relation	regclass NOT NULL,
	row_key		text NOT NULL,
	column_name	name NOT NULL,
	class		text NOT NULL,
	value		gdpr.pii_text NOT NULL CHECK (gdpr.is_bound(value)),
	since		timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (relation, row_key, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.quarantine',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.quarantine', 'relation', 'delete', names => '{column_name}');
SELECT gdpr_internal.keeps_subject('gdpr.quarantine', 'value', 'delete',
	person => 'gdpr.subject_of(t.value)', copied => $q$
	SELECT 'gdpr.quarantine'::regclass, 'owner', jsonb_build_object('table', q.relation::text, 'row', q.row_key,
		'column', q.column_name, 'value', q.value, 'purposes', '{}'), '{"value": "text"}'::jsonb
	FROM gdpr.quarantine q WHERE gdpr.subject_of(q.value) = $2 ORDER BY q.relation, q.row_key, q.column_name$q$);
CREATE INDEX quarantine_subject ON gdpr.quarantine (gdpr.subject_of(value));
COMMENT ON TABLE gdpr.quarantine IS
'values that were not of their column''s class when it was protected, sealed for their person';

/* "order_id.customer_id" or "order_customer_fkey" (the constraint of a composite key), or a pair, into steps. */
CREATE FUNCTION gdpr_internal.owner_path(relation regclass, path text)
	RETURNS TABLE (step integer, on_table regclass, columns name[], refers_to regclass, type_column name,
		type_value text, next_columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	segments text[] := gdpr_internal.split_path(path, '.');
	segment name;
	key pg_constraint;
BEGIN
	on_table := relation;
	FOR n IN 1 .. cardinality(segments)
	LOOP
		step := n;
		IF btrim(segments[n]) LIKE '(%' THEN
			SELECT p.type_column, p.type_value, p.columns, p.next_table, p.next_columns INTO type_column, type_value,
				columns, refers_to, next_columns
			FROM gdpr_internal.parse_pair(on_table, segments[n]) p;
			RETURN NEXT;
			on_table := refers_to;
			CONTINUE;
		END IF;
		segment := (parse_ident(segments[n]))[1];
		type_column := NULL; type_value := NULL; next_columns := NULL;
		columns := ARRAY[segment];
		SELECT * INTO key FROM gdpr_internal.foreign_key(on_table, columns) f WHERE f.oid IS NOT NULL;
		IF NOT FOUND THEN
			SELECT c.* INTO key FROM pg_constraint c
			WHERE c.conrelid = on_table AND c.contype = 'f' AND c.conname = segment;
			IF FOUND THEN
				columns := (SELECT array_agg(a.attname ORDER BY k.n)
							FROM unnest(key.conkey) WITH ORDINALITY k (attnum, n)
							JOIN pg_attribute a ON a.attrelid = on_table AND a.attnum = k.attnum);
			END IF;
		END IF;
		IF key.oid IS NULL THEN
			PERFORM gdpr_internal.refuse_polymorphic(on_table, segment);
		END IF;
		IF key.oid IS NOT NULL THEN
			refers_to := key.confrelid;
		ELSIF step = cardinality(segments) AND (SELECT count(*) FROM gdpr.subject_table) = 1
			  AND gdpr_internal.column_type(on_table, segment) IS NOT NULL THEN
			/* no foreign key, but only one table of people that it can mean */
			refers_to := (SELECT t.relation FROM gdpr.subject_table t);
		ELSE
			RAISE EXCEPTION USING ERRCODE = '55000',
				MESSAGE = format('owner path "%s": %I of table %s leads nowhere', path, segment, on_table),
				HINT = 'Each part names a column with a foreign key, or the foreign key constraint itself; the last '
					'one refers to a table declared with gdpr.declare_subject().';
		END IF;
		RETURN NEXT;
		on_table := refers_to;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.owner_path(regclass, text) IS
'internal: resolves an owner path; 55000 when it leads nowhere, 22023 when it is malformed';
