/*
 * activity.sql: the last thing a person did, kept when the rows that told of it go.
 *
 * Orders may go before their customer does, and the customer's clock counts from them all the same: what a rule takes
 * away leaves its newest moment here, per person and column, until the person goes.
 */
CREATE TABLE gdpr.last_activity
(
	subject		bigint NOT NULL REFERENCES gdpr.subject (number) ON DELETE CASCADE,
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	at			timestamptz NOT NULL,
	PRIMARY KEY (subject, relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.last_activity',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.last_activity', 'relation', 'delete', names => '{column_name}');
SELECT gdpr_internal.keeps_subject('gdpr.last_activity', 'subject', 'delete', copied => $q$
	SELECT 'gdpr.last_activity'::regclass, 'owner', jsonb_build_object('table', a.relation::text,
		'column', a.column_name, 'at', gdpr_internal.utc(a.at), 'purposes', '{}'), '{}'::jsonb
	FROM gdpr.last_activity a WHERE a.subject = $2 ORDER BY a.relation::text, a.column_name$q$);
COMMENT ON TABLE gdpr.last_activity IS
'the newest activity of a person in rows that retention took away, for rules whose clock counts it';

/* Only what can still matter: nothing that is past every clock which has a fall-back of its own. */
CREATE FUNCTION gdpr_internal.keep_activity(relation regclass, member regclass, rows tid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	event record;
BEGIN
	FOR event IN
		SELECT e.column_name, CASE WHEN bool_and(r.collected IS NOT NULL) THEN now() - max(r.period)
			ELSE '-infinity' END AS since
		FROM gdpr.retention_event e JOIN gdpr.retention_rule r ON r.number = e.rule
		WHERE e.relation = keep_activity.relation GROUP BY e.column_name
	LOOP
		EXECUTE format('INSERT INTO gdpr.last_activity AS a (subject, relation, column_name, at) '
					   'SELECT t.gdpr_subject, %1$L::regclass, %2$L, max(t.%2$I) FROM ONLY %3$s t '
					   'WHERE t.ctid = ANY ($1) AND t.gdpr_subject IS NOT NULL AND t.%2$I >= $2 AND isfinite(t.%2$I) '
						   'GROUP BY t.gdpr_subject '
					   'ON CONFLICT ON CONSTRAINT last_activity_pkey DO UPDATE SET at = excluded.at WHERE a.at < '
						   'excluded.at',
					   relation::oid, event.column_name, member) USING rows, event.since;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.keep_activity(regclass, regclass, tid[]) IS
'internal: before rows go that count as activity of a person, notes the newest with the person';

CREATE FUNCTION gdpr_internal.forget_activity() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM gdpr.last_activity a
	WHERE NOT EXISTS (SELECT FROM gdpr.retention_event e WHERE e.relation = a.relation
		AND e.column_name = a.column_name)
$$;
COMMENT ON FUNCTION gdpr_internal.forget_activity() IS
'internal: part of drop_retention: forgets activities that no rule counts any more';
