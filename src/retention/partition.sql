/*
 * partition.sql: a partition in which every row is due goes as one step: detached and dropped where its range is one
 * of the rule's own column, so that nothing new belongs there; else emptied.
 *
 * No one is waited for. The rows are read once, for the digest, while others may read but not write; what takes a
 * stronger lock takes it for a moment, or not at all: the rows then go in batches, as everywhere.
 */

/* Why rows of a partition must go one by one: someone looks at each of them. */
CREATE FUNCTION gdpr_internal.goes_as_one(rule gdpr.retention_rule, member regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT rule.action = 'delete' AND c.relispartition AND current_setting('transaction_isolation') = 'read committed'
	   AND NOT gdpr_internal.is_of_people(rule.relation)
	   AND NOT EXISTS (SELECT FROM gdpr.retention_event e WHERE e.relation = rule.relation)
	   AND NOT EXISTS (SELECT FROM gdpr.quarantine q WHERE q.relation = rule.relation)
	   AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = c.oid)
	   /* DELETE 8, TRUNCATE 32 */
	   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgtype & 40 <> 0 AND NOT t.tgisinternal
		   AND t.tgname NOT IN ('~gdpr_bind', '~gdpr_truncate'))
	FROM pg_class c WHERE c.oid = member
$$;
COMMENT ON FUNCTION gdpr_internal.goes_as_one(gdpr.retention_rule, regclass) IS
'internal: may a partition go without its rows being looked at one by one? Not where triggers, foreign keys, '
	'quarantined values, a person''s key or an activity hang on them';

/* The partitioned table from which this one may be dropped: its range is of the rule's column. */
CREATE FUNCTION gdpr_internal.dropped_from(rule gdpr.retention_rule, member regclass) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.partrelid::regclass
	FROM pg_inherits i JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
	JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
	JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class t ON t.oid = i.inhparent AND t.relowner = c.relowner
	WHERE i.inhrelid = member AND p.partstrat = 'r' AND p.partdefid <> i.inhrelid AND a.attname = rule.column_name
	  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = member
		  AND d.classid = 'pg_rewrite'::regclass)
$$;
COMMENT ON FUNCTION gdpr_internal.dropped_from(gdpr.retention_rule, regclass) IS
'internal: the table whose range partition this one is, by the rule''s column; NULL when it is to be emptied only';

CREATE FUNCTION gdpr_internal.is_all_due(rule gdpr.retention_rule, member regclass, cutoff timestamptz,
	purpose gdpr.purpose_set) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	all_due boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %1$s) AND NOT EXISTS (SELECT FROM ONLY %1$s t WHERE '
				   '(t.purposes = $2 AND %2$s AND NOT %3$s AND NOT (%4$s)) IS NOT TRUE)',
				   member, gdpr_internal.due_condition(rule), gdpr_internal.held_condition(rule.relation),
					   gdpr_internal.references_of(rule.relation, rule.action))
	INTO all_due USING cutoff, purpose;
	RETURN all_due;
END $$;
COMMENT ON FUNCTION gdpr_internal.is_all_due(gdpr.retention_rule, regclass, timestamptz, gdpr.purpose_set) IS
'internal: is there a row, and is each due with its last purpose, and kept by nothing?';

/* The chain over the keys, as the batches would have made it. */
CREATE FUNCTION gdpr_internal.digest_of_all(rule gdpr.retention_rule, member regclass, batch_size integer,
	INOUT digest bytea, OUT rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key text;
	keys text[] := '{}';
BEGIN
	rows := 0;
	FOR key IN EXECUTE format('SELECT %s FROM ONLY %s t ORDER BY %s', gdpr_internal.row_key(rule.relation), member,
		(SELECT string_agg(format('t.%I', c), ', ' ORDER BY n)
			FROM unnest(gdpr_internal.row_key_columns(rule.relation)) WITH ORDINALITY k (c, n)))
	LOOP
		keys := keys || key;
		rows := rows + 1;
		IF rows % batch_size = 0 THEN
			digest := sha256(digest || convert_to(array_to_string(keys, E'\n'), 'UTF8'));
			keys := '{}';
		END IF;
	END LOOP;
	IF keys <> '{}' THEN
		digest := sha256(digest || convert_to(array_to_string(keys, E'\n'), 'UTF8'));
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.digest_of_all(gdpr.retention_rule, regclass, integer, bytea) IS
'internal: the digest of a partition''s keys, and how many';

CREATE FUNCTION gdpr_internal.remove_partition(member regclass, parent regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_remove_partition' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION gdpr_internal.remove_partition(regclass, regclass) IS
'internal: as the owner, detaches a partition from its parent and drops it, or without a parent empties it';

/* NULL rows: it does not go as one. */
CREATE FUNCTION gdpr_internal.take_partition(rule gdpr.retention_rule, member regclass, cutoff timestamptz,
	purpose gdpr.purpose_set, batch_size integer,
									INOUT digest bytea, OUT rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parent regclass;
	done record;
BEGIN
	IF NOT gdpr_internal.goes_as_one(rule, member) OR NOT gdpr_internal.is_all_due(rule, member, cutoff, purpose) THEN
		RETURN;
	END IF;
	parent := gdpr_internal.dropped_from(rule, member);
	BEGIN
		EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE NOWAIT', member);
		IF gdpr_internal.is_all_due(rule, member, cutoff, purpose) THEN
			done := gdpr_internal.digest_of_all(rule, member, batch_size, digest);
			IF parent IS NOT NULL THEN
				EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE NOWAIT', parent);
			END IF;
			EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE NOWAIT', member);
			PERFORM gdpr_internal.remove_partition(member, parent);
			rows := done.rows;
			digest := done.digest;
		END IF;
	EXCEPTION WHEN lock_not_available THEN
		rows := NULL;
	END;
END $$;
COMMENT ON FUNCTION gdpr_internal.take_partition(gdpr.retention_rule, regclass, timestamptz, gdpr.purpose_set,
	integer, bytea) IS
'internal: takes a partition in which every row is due as one step; answers how many rows went, NULL when they must '
	'go one by one';
