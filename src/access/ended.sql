/*
 * ended.sql: a person whose row is gone is not the next one who gets the same key.
 *
 * However a row of a subject table goes, at the end of its transaction its person loses the name by which consents and
 * objections would be found: number, proof and key stay, for rows of other tables that are still bound to it, and
 * run_retention() destroys the key with the last of them. A row that is back by then, under the same key, is the same
 * person's; and so is one that is restored later from a dump, with the values sealed for that person. A person of which
 * there never was a row (a consent before collection) has none that could go.
 */
CREATE TABLE gdpr.ended_identity
(
	subject		bigint PRIMARY KEY REFERENCES gdpr.subject (number),
	relation	regclass NOT NULL,
	key_hash	bytea NOT NULL,
	ended_at	timestamptz NOT NULL DEFAULT pg_catalog.now()
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.ended_identity',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_subject('gdpr.ended_identity', 'subject', 'delete');
SELECT gdpr_internal.keeps_relation('gdpr.ended_identity', 'relation', 'delete');
COMMENT ON TABLE gdpr.ended_identity IS
'people whose row is gone but whose key is not destroyed yet: the hash of the key they had, by which a row of their '
	'own that is restored, sealed as it was, is theirs again';

CREATE FUNCTION gdpr_internal.former_key(subject bigint, key text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT sha256(convert_to(subject || ':' || key, 'UTF8'))
$$;
COMMENT ON FUNCTION gdpr_internal.former_key(bigint, text) IS 'internal: what is kept of the key of an ended identity';

/* Only who holds a value that was sealed for the person can bring the person back: the caller has seen it. */
CREATE FUNCTION gdpr_internal.return_identity(subject bigint, relation regclass, key text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE gdpr.subject s SET relation = return_identity.relation, key = return_identity.key
	FROM gdpr.ended_identity e
	WHERE s.number = return_identity.subject AND e.subject = s.number AND s.relation IS NULL
	  AND s.wrapped_key IS NOT NULL AND e.relation = return_identity.relation
	  AND e.key_hash = gdpr_internal.former_key(s.number, return_identity.key)
	  AND NOT EXISTS (SELECT FROM gdpr.subject o WHERE o.relation = return_identity.relation
					  AND o.key = return_identity.key);
	IF FOUND THEN
		DELETE FROM gdpr.ended_identity e WHERE e.subject = return_identity.subject;
		PERFORM gdpr_internal.record('identity returned', subject, jsonb_build_object('table', relation::text));
	END IF;
	RETURN FOUND;
END $$;
COMMENT ON FUNCTION gdpr_internal.return_identity(bigint, regclass, text) IS
'internal: gives an ended identity its name again, when that is the one it had and no other identity has it';

CREATE FUNCTION gdpr_internal.end_identities(subjects bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people record;
	ended bigint[];
	person bigint;
	total bigint := 0;
BEGIN
	FOR people IN
		SELECT t.relation, replace(gdpr_internal.key_condition(t.relation, t.key_columns, 't'), '($1)',
			CASE cardinality(t.key_columns) WHEN 1 THEN '(ARRAY[s.key])'
				ELSE format('(gdpr_internal.key_values(s.key, %s))', cardinality(t.key_columns)) END) AS same_key
		FROM gdpr.subject_table t JOIN gdpr.protected_table p ON p.relation = t.relation
			AND p.subject_table = t.relation
		JOIN pg_class c ON c.oid = t.relation
		WHERE t.relation IN (SELECT s.relation FROM gdpr.subject s WHERE s.number = ANY (subjects))
	LOOP
		EXECUTE format('WITH gone AS (SELECT s.number, s.relation, s.key FROM gdpr.subject s WHERE s.number = ANY ($1) '
			'AND s.relation = %L::regclass AND s.wrapped_key IS NOT NULL AND NOT EXISTS (SELECT FROM %s t WHERE %s) '
			'FOR NO KEY UPDATE), kept AS (INSERT INTO gdpr.ended_identity (subject, relation, key_hash) '
			'SELECT g.number, g.relation, gdpr_internal.former_key(g.number, g.key) FROM gone g), '
			'nameless AS (UPDATE gdpr.subject s SET relation = NULL, key = NULL FROM gone g '
			'WHERE s.number = g.number RETURNING s.number) SELECT array_agg(n.number) FROM nameless n',
			people.relation::oid, people.relation, people.same_key)
		INTO ended USING subjects;
		total := total + coalesce(cardinality(ended), 0);
		IF cardinality(ended) <= 1000 THEN
			FOREACH person IN ARRAY ended
			LOOP
				PERFORM gdpr_internal.record('identity ended', person, jsonb_build_object('table',
					people.relation::text));
			END LOOP;
		ELSIF ended IS NOT NULL THEN
			PERFORM gdpr_internal.record('identities ended', NULL, jsonb_build_object('table', people.relation::text,
				'people', cardinality(ended), 'from', (SELECT min(n) FROM unnest(ended) n), 'to',
					(SELECT max(n) FROM unnest(ended) n)));
		END IF;
	END LOOP;
	RETURN total;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_identities(bigint[]) IS
'internal: takes the name from those of these people who have no row left in their subject table';

CREATE FUNCTION gdpr_internal.remember_gone(subjects bigint[]) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_remember_gone' LANGUAGE C STRICT;
COMMENT ON FUNCTION gdpr_internal.remember_gone(bigint[]) IS
'internal: these people''s rows go in this transaction';

CREATE FUNCTION gdpr_internal.note_truncated(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = gdpr_internal.held_as(note_truncated.relation)
			   AND p.subject_table = p.relation) THEN
		EXECUTE format('SELECT gdpr_internal.remember_gone(array_agg(t.gdpr_subject)) FROM %s t', relation);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.note_truncated(regclass) IS
'internal: notes whose rows a TRUNCATE takes, when they are people';
