/*
 * list.sql: bought and rented lists end by the clock: what was held back when its time is over, with the key that
 * sealed it, and the people of a rented list when the rental is (Art. 5(1)(e)).
 */
CREATE FUNCTION gdpr_internal.end_list_held() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ended bigint;
	over uuid[];
BEGIN
	WITH gone AS (DELETE FROM gdpr.list_held h WHERE h.until <= now() RETURNING h.acquisition)
	SELECT count(*), array_agg(DISTINCT g.acquisition) INTO ended, over FROM gone g;
	IF ended > 0 THEN
		/* one that is still coming in seals more under it */
		PERFORM FROM gdpr.acquisition a WHERE a.id = ANY (over) ORDER BY a.id FOR UPDATE;
		WITH keeper AS (UPDATE gdpr.acquisition a SET keeper = NULL FROM gdpr.acquisition b
			WHERE a.id = b.id AND a.id = ANY (over)
			  AND NOT EXISTS (SELECT FROM gdpr.list_held h WHERE h.acquisition = a.id)
			RETURNING b.keeper)
		UPDATE gdpr.subject s SET wrapped_key = NULL, permissions = NULL FROM keeper k WHERE s.number = k.keeper;
		PERFORM gdpr_internal.record('list quarantine ended', NULL, jsonb_build_object('rows', ended));
	END IF;
	RETURN ended;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_list_held() IS
'internal: part of run_retention: destroys rows of lists that were held back, and with the last of a list its key';

/* A person who became a customer since stays, for what else the row is tagged. */
CREATE FUNCTION gdpr_internal.end_rented_of(acquisition uuid, people regclass, purpose text, batch_size integer,
	OUT taken bigint, OUT deleted bigint, OUT untagged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	subjects bigint[];
	alone tid[];
	others tid[];
	tag gdpr.purpose_set := ARRAY[purpose]::gdpr.purpose_set;
BEGIN
	subjects := ARRAY(SELECT x.subject FROM gdpr.acquired_person x
		WHERE x.acquisition = end_rented_of.acquisition AND x.relation = people AND x.ended_at IS NULL
		  AND x.purpose = gdpr.purpose_number(end_rented_of.purpose, true)
		ORDER BY x.subject LIMIT batch_size FOR UPDATE SKIP LOCKED);
	taken := cardinality(subjects);
	EXECUTE format('SELECT array_agg(t.ctid) FILTER (WHERE t.purposes OPERATOR(pg_catalog.=) $2), '
		'array_agg(t.ctid) FILTER (WHERE t.purposes OPERATOR(pg_catalog.<>) $2) '
		'FROM (SELECT x.ctid, x.purposes FROM ONLY %s x WHERE x.gdpr_subject = ANY ($1) '
		'AND x.purposes OPERATOR(pg_catalog.@>) $2 FOR UPDATE) t', people) INTO alone, others USING subjects, tag;
	deleted := CASE WHEN alone IS NULL THEN 0 ELSE gdpr_internal.delete_rows(people, alone) END;
	untagged := CASE WHEN others IS NULL THEN 0 ELSE gdpr_internal.untag_rows(people, others, tag) END;
	UPDATE gdpr.acquired_person x SET ended_at = clock_timestamp()
	WHERE x.acquisition = end_rented_of.acquisition AND x.subject = ANY (subjects);
	IF subjects <> '{}' THEN
		PERFORM gdpr_internal.shred_gone(subjects);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_rented_of(uuid, regclass, text, integer) IS
'internal: a batch of people of a rented list goes from their table, or loses the purpose of the list';

CREATE FUNCTION gdpr_internal.end_rented(batch_size integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	list record;
	batch record;
BEGIN
	SELECT x.acquisition, x.relation, p.name AS purpose INTO list
	FROM gdpr.acquisition a JOIN gdpr.acquired_person x ON x.acquisition = a.id
	JOIN gdpr.purpose p ON p.number = x.purpose
	WHERE a.rental_end < gdpr_internal.server_today() AND x.ended_at IS NULL
	ORDER BY a.rental_end, a.id, x.subject LIMIT 1;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	batch := gdpr_internal.end_rented_of(list.acquisition, list.relation, list.purpose, batch_size);
	IF batch.taken > 0 THEN
		INSERT INTO gdpr.list_count AS c (acquisition, code, rows)
		VALUES (list.acquisition, 'rental ended', batch.taken)
		ON CONFLICT ON CONSTRAINT list_count_pkey DO UPDATE SET rows = c.rows + excluded.rows;
		PERFORM gdpr_internal.record('rental ended', NULL, jsonb_build_object('acquisition', list.acquisition,
			'table', list.relation::text, 'people', batch.taken, 'deleted', batch.deleted, 'untagged', batch.untagged));
	END IF;
	RETURN batch.taken;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_rented(integer) IS
'internal: part of run_retention: takes a batch of people of a rented list whose rental is over; how many';
