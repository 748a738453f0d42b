/*
 * depersonalise.sql: the action anonymise: what is left of a row when no one can be found behind it.
 *
 * Sealed columns and those that lead to the person become NULL, others follow the table's rules of anonymisation; the
 * row leaves its person (gdpr_subject) and serves statistics from then on.
 */

/* The columns of a table that lead to the person: the first step of its owner path, or of one for each type. */
CREATE FUNCTION gdpr_internal.leading_columns(relation regclass) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(DISTINCT c), '{}')
	FROM gdpr.binding_step s CROSS JOIN unnest(s.columns) c WHERE s.relation = leading_columns.relation AND s.step = 1
$$;
COMMENT ON FUNCTION gdpr_internal.leading_columns(regclass) IS
'internal: the columns by which rows lead to their person; none for a subject table';

CREATE FUNCTION gdpr_internal.depersonalising_assignments(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	/* the key as text, for every column of every row, is for those whose noise sticks to it */
	SELECT concat_ws(', ', gdpr_internal.anonymising_assignments(relation, CASE WHEN EXISTS (
			SELECT FROM gdpr.anonymisation_rule r WHERE r.relation = depersonalising_assignments.relation
			  AND r.strategy NOT IN ('null', 'constant', 'generalise', 'truncate', 'round'))
		THEN gdpr_internal.primary_key_text(relation) ELSE 'NULL' END),
		(SELECT string_agg(format('%I = NULL', c), ', ') FROM unnest(gdpr_internal.leading_columns(relation)) c
		 WHERE NOT EXISTS (SELECT FROM gdpr.anonymisation_rule r
			 WHERE r.relation = depersonalising_assignments.relation AND r.column_name = c)),
		'gdpr_subject = NULL', 'purposes = ''{statistics}''::gdpr.purpose_set')
$$;
COMMENT ON FUNCTION gdpr_internal.depersonalising_assignments(regclass) IS
'internal: the SET list that takes the person from a row';

CREATE FUNCTION gdpr_internal.check_depersonalising(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
BEGIN
	IF gdpr_internal.anonymising_assignments(relation, '') IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('nothing says how table %s is anonymised', relation),
			HINT = 'SELECT gdpr.set_anonymisation(...) for each column that could tell of a person.';
	END IF;
	SELECT a.column_name, a.strategy, s.effect INTO r
	FROM gdpr.anonymisation_rule a JOIN gdpr.strategies() s ON s.name = a.strategy
	WHERE a.relation = check_depersonalising.relation AND s.effect <> 'anonymising' ORDER BY a.column_name LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG017', COLUMN = r.column_name,
			MESSAGE = format('column %I of table %s would not be anonymous: strategy %s is %s', r.column_name,
				relation, r.strategy, r.effect),
			HINT = 'SELECT * FROM gdpr.strategies() WHERE effect = ''anonymising'';';
	END IF;
	SELECT c.conname INTO r FROM pg_constraint c, pg_attribute a
	WHERE c.contype = 'f' AND c.confrelid = relation AND a.attrelid = relation AND a.attnum = ANY (c.confkey)
	  AND (EXISTS (SELECT FROM gdpr.anonymisation_rule u WHERE u.relation = check_depersonalising.relation
		  AND u.column_name = a.attname)
		   OR EXISTS (SELECT FROM pg_type y WHERE y.oid = gdpr_internal.underlying_type(a.atttypid)
			   AND y.typnamespace = 'gdpr'::regnamespace));
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23503', CONSTRAINT = r.conname,
			MESSAGE = format('anonymising table %s would break foreign key %I', relation, r.conname);
	END IF;
	SELECT a.attname, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary
		AND a.attnum = ANY (i.indkey)) AS key INTO r
	FROM pg_attribute a JOIN pg_type y ON y.oid = gdpr_internal.underlying_type(a.atttypid)
	WHERE a.attrelid = relation AND a.attnotnull AND NOT a.attisdropped AND a.attnum > 0
	  AND (a.attname = ANY (gdpr_internal.leading_columns(relation)) OR y.typnamespace = 'gdpr'::regnamespace
		  AND y.typname LIKE 'pii\_%') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23502', COLUMN = r.attname,
			MESSAGE = format('column %I of table %s is NOT NULL, so it cannot be emptied', r.attname, relation),
			HINT = CASE WHEN r.key THEN 'Use action delete: the primary key itself leads to the person.'
						ELSE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', relation, r.attname) END;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_depersonalising(regclass) IS
'internal: can rows of this table be anonymised in place? ZG017 a strategy that does not anonymise, 55000 nothing '
	'says how, 23502 a column to be emptied is NOT NULL, 23503 a foreign key would break';

/*
 * Takes the person from rows, piece by piece, and destroys the keys of those of which nothing is left. Rows that a hold
 * or a restriction keeps stay, and so do rows by which another row still leads to its person.
 */
CREATE FUNCTION gdpr_internal.depersonalise_rows(relation regclass, subject bigint, OUT changed bigint,
	OUT held bigint, OUT waiting bigint, OUT shredded bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	assignments text;
	kept text := (SELECT coalesce(string_agg(k.condition, ' OR '), 'false')
		FROM gdpr_internal.keeping_references(relation, 'anonymise') k);
	member regclass;
	block bigint;
	found record;
BEGIN
	PERFORM gdpr_internal.check_depersonalising(relation);
	assignments := gdpr_internal.depersonalising_assignments(relation);
	changed := 0;
	held := 0;
	waiting := 0;
	shredded := 0;
	FOR member IN
		WITH RECURSIVE tree (oid) AS (SELECT relation::oid UNION SELECT i.inhrelid FROM tree t
			JOIN pg_inherits i ON i.inhparent = t.oid)
		SELECT t.oid FROM tree t JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'r'
	LOOP
		/* of one person by the index; of all by ranges of blocks, the table's end included wherever it is by then */
		block := 0;
		WHILE block < CASE WHEN subject IS NULL THEN pg_relation_size(member) / current_setting('block_size')::bigint
			ELSE 1 END
		LOOP
			EXECUTE format('WITH batch AS (SELECT t.ctid AS place, t.gdpr_subject AS subject, %s AS held, %s AS kept '
				'FROM ONLY %s t WHERE %s FOR UPDATE)
							SELECT array_agg(place) FILTER (WHERE NOT held AND NOT kept) AS places,
								   array_agg(DISTINCT subject) FILTER (WHERE NOT held AND NOT kept) AS subjects,
								   count(*) FILTER (WHERE held) AS held, count(*) FILTER (WHERE kept AND NOT held) AS '
									'waiting FROM batch',
						   gdpr_internal.held_condition(relation), kept, member,
						   CASE WHEN subject IS NULL
							   THEN format('t.gdpr_subject IS NOT NULL AND t.ctid >= %L AND t.ctid < %L',
							   format('(%s,0)', block), format('(%s,0)', block + 100))
								ELSE 't.gdpr_subject = $1' END)
			INTO found USING subject;
			block := block + 100;
			held := held + found.held;
			waiting := waiting + found.waiting;
			IF found.places IS NOT NULL THEN
				changed := changed + gdpr_internal.update_rows(member, found.places, assignments);
				shredded := shredded + gdpr_internal.shred_gone(found.subjects);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM gdpr_internal.record('rows anonymised', subject, jsonb_build_object('table', relation::text, 'rows',
		changed, 'held', held, 'waiting', waiting, 'shredded', shredded));
END $$;
COMMENT ON FUNCTION gdpr_internal.depersonalise_rows(regclass, bigint) IS
'internal: takes the person from all rows of a table, or one person''s, and destroys the keys of people of which '
	'nothing is left; errors of check_depersonalising()';

CREATE FUNCTION gdpr.anonymise_rows(relation gdpr.table_ref, subject_key text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	protected gdpr.protected_table;
	target bigint;
	done record;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	SELECT * INTO protected FROM gdpr.protected_table p WHERE p.relation = anonymise_rows.relation;
	IF protected.relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = 'gdpr.anonymise_into() makes an anonymous copy of any table.';
	END IF;
	IF subject_key IS NOT NULL THEN
		target := gdpr_internal.subject_number(protected.subject_table, subject_key);
		IF target IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = format('table %s has no person with this key',
				protected.subject_table);
		END IF;
	END IF;
	SELECT * INTO done FROM gdpr_internal.depersonalise_rows(relation, target);
	IF target IS NOT NULL AND done.held > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG018', MESSAGE = format('a legal hold or a restriction keeps %s rows',
			done.held),
			HINT = 'SELECT gdpr.release_row(...) or gdpr.release_hold(...); gdpr.row_hold, gdpr.legal_hold and '
				'gdpr.restriction list them.';
	ELSIF target IS NOT NULL AND done.waiting > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '23503',
			MESSAGE = format('protected rows still lead to their person by %s of these rows', done.waiting),
			HINT = 'Anonymise or delete the rows that refer to them first.';
	ELSIF done.held + done.waiting > 0 THEN
		RAISE NOTICE USING MESSAGE = format('%s rows of table %s stay as they are: %s by a legal hold or a '
			'restriction, %s because protected rows lead to their person by them',
											done.held + done.waiting, relation, done.held, done.waiting);
	END IF;
	RETURN done.changed;
END $$;
COMMENT ON FUNCTION gdpr.anonymise_rows(gdpr.table_ref, text) IS
'Takes the person from the rows of one subject (or, without a key, from all rows) of a protected table, in place, as '
	'retention does with action anonymise: sealed columns and those that lead to the person become NULL, others '
	'follow their rules, the tag becomes {statistics}; the key of a person of which nothing is left is destroyed. Rows '
	'under a hold stay. How many rows. Whether the table is anonymous then is for gdpr.assert_anonymous(). Errors: '
	'42501; 02000 no such person; 55000 not protected, or no rule; ZG017 a strategy that does not anonymise; ZG018 '
	'held; 23502 a column must be emptied and is NOT NULL; 23503. Rec. 26.';
