/*
 * assert.sql: "anonymous" is a label that a table earns, for a time (Rec. 26; WP216), by its structure, its content and
 * its measures. The test itself is in src/discovery/anonymous.sql, as it looks at content as a scan does.
 */
CREATE TABLE gdpr.anonymity_label
(
	relation			regclass NOT NULL,
	quasi_identifiers	name[] NOT NULL,
	sensitive			name,
	harmless			jsonb NOT NULL DEFAULT '{}',
	least_k				bigint NOT NULL CHECK (least_k >= 2),
	least_l				bigint,
	greatest_t			double precision,
	k					bigint NOT NULL,
	l					bigint,
	t					double precision,
	passed_at			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	expires_at			timestamptz NOT NULL,
	PRIMARY KEY (relation)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.anonymity_label',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.anonymity_label', 'relation', 'delete',
	names => '{quasi_identifiers,sensitive}', names_do => 'keep',
	names_why => 'the test that is due says that it is gone');
COMMENT ON TABLE gdpr.anonymity_label IS
'tables that passed assert_anonymous(), with what was asked, what was measured, and until when it counts';

/* Of a table that was anonymised in place, whose rows lead to no one any more, what used to lead there is empty. */
CREATE FUNCTION gdpr_internal.holds_any(relation regclass, column_name name) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_any boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I IS NOT NULL)', relation, column_name) INTO found_any;
	RETURN found_any;
END $$;
COMMENT ON FUNCTION gdpr_internal.holds_any(regclass, name) IS 'internal: is there a value in the column?';

CREATE FUNCTION gdpr_internal.ties_to_people(relation regclass, OUT column_name name, OUT tie text)
	RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.attname, format('column %I is %s', a.attname, CASE WHEN a.attname = 'gdpr_subject'
		THEN 'of a protected table' ELSE 'sealed' END)
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND ((y.typnamespace = 'gdpr'::regnamespace AND y.typname LIKE 'pii\_%') OR a.attname = 'gdpr_subject')
	UNION ALL
	SELECT a.attname, format('foreign key %I refers to %s', c.conname, c.confrelid::regclass)
	FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
	WHERE c.conrelid = relation AND c.contype = 'f'
	  AND (EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = c.confrelid)
		   OR EXISTS (SELECT FROM gdpr.subject_table s WHERE s.relation = c.confrelid))
	UNION ALL
	SELECT c.column_name, format('column %I was made by strategy %s, which is %s', c.column_name, c.strategy, s.effect)
	FROM (SELECT u.column_name, u.strategy FROM gdpr.copied_column u WHERE u.relation = ties_to_people.relation
		  UNION ALL SELECT r.column_name, r.strategy FROM gdpr.anonymisation_rule r
			  WHERE r.relation = ties_to_people.relation) c
	JOIN gdpr.strategies() s ON s.name = c.strategy WHERE s.effect <> 'anonymising'
$$;
COMMENT ON FUNCTION gdpr_internal.ties_to_people(regclass) IS
'internal: sealed columns, foreign keys to people, and columns of pseudonyms or masks, which keep a table from being '
	'anonymous as long as they hold a value';

/* What in its structure still ties a table to people, whatever the figures say; NULL when nothing does. */
CREATE FUNCTION gdpr_internal.tie_to_people(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT * FROM gdpr_internal.ties_to_people(relation)
	LOOP
		IF gdpr_internal.holds_any(relation, t.column_name) THEN
			RETURN t.tie;
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.tie_to_people(regclass) IS
'internal: the first of ties_to_people() that holds a value; NULL when none does';
