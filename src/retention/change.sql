/*
 * change.sql: what changes rows and people for all actions of retention.
 */
CREATE FUNCTION gdpr_internal.is_of_people(relation regclass) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = is_of_people.relation
		AND p.subject_table = p.relation));
END $$;
COMMENT ON FUNCTION gdpr_internal.is_of_people(regclass) IS 'internal: is each row of this protected table a person?';

CREATE FUNCTION gdpr_internal.delete_rows(relation regclass, rows tid[]) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_delete_rows' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.delete_rows(regclass, tid[]) IS
'internal: deletes rows as the owner of their table, and answers how many';

CREATE FUNCTION gdpr_internal.untag_rows(relation regclass, rows tid[], purpose gdpr.purpose_set) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_untag_rows' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.untag_rows(regclass, tid[], gdpr.purpose_set) IS
'internal: takes a purpose from the tag of rows, firing only the triggers that fire in a replica, and answers how many';

CREATE FUNCTION gdpr_internal.update_rows(relation regclass, rows tid[], assignments text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'gdpr_update_rows' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION gdpr_internal.update_rows(regclass, tid[], text) IS
'internal: changes rows by a list of assignments that we made, firing only the triggers that fire in a replica, and '
	'answers how many';

/* Destroys the keys of those of these people that have no row left. */
CREATE FUNCTION gdpr_internal.shred_gone(subjects bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t regclass;
	gone bigint[] := subjects;
	left_over bigint[];
	statement text;
	shredded bigint;
BEGIN
	FOR t IN SELECT p.relation FROM gdpr.protected_table p
	LOOP
		EXECUTE format('SELECT array_agg(DISTINCT t.gdpr_subject) FROM %s t WHERE t.gdpr_subject = ANY ($1)', t)
		INTO left_over USING gone;
		IF left_over IS NOT NULL THEN
			gone := ARRAY(SELECT g FROM unnest(gone) g EXCEPT SELECT l FROM unnest(left_over) l);
		END IF;
	END LOOP;
	FOR statement IN SELECT f.statement FROM gdpr_internal.forget_statements('$1', true) f
	LOOP
		EXECUTE statement USING gone;
	END LOOP;
	UPDATE gdpr.subject s SET wrapped_key = NULL, permissions = NULL, relation = NULL, key = NULL
	WHERE s.number = ANY (gone) AND s.wrapped_key IS NOT NULL;
	GET DIAGNOSTICS shredded = ROW_COUNT;
	RETURN shredded;
END $$;
COMMENT ON FUNCTION gdpr_internal.shred_gone(bigint[]) IS
'internal: destroys keys and names of subjects without a protected row; their consents stay as proof '
	'without a name';
