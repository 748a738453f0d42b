/*
 * by_hand.sql: one row taken away before its time, as its rule would.
 */

/*
 * A table whose rows outlive an erasure on a legal ground, and rows that did: for as long as the rule says, for that
 * is the ground's own period.
 */
CREATE FUNCTION gdpr_internal.require_ground_over(rule gdpr.retention_rule, member regclass, place tid, subject bigint,
	purpose gdpr.purpose_set) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	due boolean;
BEGIN
	IF EXISTS (SELECT FROM gdpr.graph_link l WHERE l.relation = rule.relation AND l.on_erase = 'keep')
	   OR EXISTS (SELECT FROM gdpr.erasure e WHERE e.kept_as = require_ground_over.subject) THEN
		EXECUTE format('SELECT %s FROM ONLY %s t WHERE t.ctid = $3', gdpr_internal.due_condition(rule), member)
			INTO due USING now() - rule.period, purpose, place;
		IF due IS NOT TRUE THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG018',
				MESSAGE = 'the row is kept on a legal ground, and its period is not over',
				HINT = 'gdpr.run_retention() takes it when it is due; gdpr.graph_link names the ground.';
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_ground_over(gdpr.retention_rule, regclass, tid, bigint, gdpr.purpose_set) IS
'internal: ZG018 for a row that is kept on a legal ground before its rule lets it go';

CREATE FUNCTION gdpr.end_retention(relation gdpr.table_ref, row_key text, purpose text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rule gdpr.retention_rule;
	tag gdpr.purpose_set := ARRAY[purpose]::gdpr.purpose_set;
	place record;
	state record;
	batch gdpr.retention_batch;
	keeper name;
	done record;
BEGIN
	SELECT r.* INTO rule FROM gdpr.retention_rule r WHERE r.relation = end_retention.relation
		AND r.purpose = gdpr.purpose_number(end_retention.purpose, true);
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG016', MESSAGE = format('table %s has no retention rule for purpose "%s"',
			relation, purpose),
			HINT = format('SELECT gdpr.set_retention(%L, %L, ...);', relation, purpose);
	END IF;
	place := gdpr_internal.find_row(relation, row_key);
	EXECUTE format('SELECT t.gdpr_subject AS subject, t.purposes @> $2 AS tagged, t.purposes <@ $2 AS last, %s AS '
		'held FROM ONLY %s t WHERE t.ctid = $1',
				   gdpr_internal.held_condition(relation), place.member) INTO state USING place.place, tag;
	IF NOT state.tagged THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG003', MESSAGE = format('the row is not tagged for purpose "%s"', purpose);
	ELSIF state.held THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG018', MESSAGE = 'a legal hold or a restriction keeps this row',
			HINT = 'SELECT gdpr.release_row(...) or gdpr.release_hold(...); gdpr.row_hold, gdpr.legal_hold and '
				'gdpr.restriction list them.';
	END IF;
	PERFORM gdpr_internal.require_ground_over(rule, place.member, place.place, state.subject, tag);
	IF state.last THEN
		EXECUTE format('SELECT coalesce(%s) FROM ONLY %s t WHERE t.ctid = $1',
			(SELECT concat_ws(', ', string_agg(format('CASE WHEN %s THEN %L END', k.condition, k.name), ', '
				ORDER BY k.name), 'NULL')
			 FROM gdpr_internal.keeping_references(relation, rule.action) k), place.member) INTO keeper
				 USING place.place;
	END IF;
	IF keeper IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '23503', TABLE = relation::text, CONSTRAINT = keeper,
			MESSAGE = format('rows that refer to this one by foreign key %I are still there', keeper);
	END IF;
	IF state.last THEN
		batch.to_go := ARRAY[place.place];
		batch.subjects := ARRAY[state.subject];
	ELSE
		batch.to_untag := ARRAY[place.place];
	END IF;
	done := gdpr_internal.take_away(rule, place.member, tag, batch);
	PERFORM gdpr_internal.record('retention ended by hand', NULL,
		jsonb_build_object('table', relation::text, 'purpose', purpose,
		'deleted', done.deleted, 'anonymised', done.anonymised, 'untagged', done.untagged, 'digest',
			encode(sha256(convert_to(row_key, 'UTF8')), 'hex')));
	RETURN CASE WHEN done.untagged > 0 THEN 'tag removed' WHEN done.anonymised > 0 THEN 'anonymised' ELSE 'deleted' END;
END $$;
COMMENT ON FUNCTION gdpr.end_retention(gdpr.table_ref, text, text) IS
'Ends a purpose of one row now, before its period is over, as its retention rule would: answers ''tag removed'' while '
	'the row serves another purpose, else ''deleted'' or ''anonymised''. row_key is the text of the primary key. '
	'Errors: ZG016 no rule, 02000 no such row, ZG003 not tagged for the purpose, ZG018 legal hold, restriction, or '
	'kept on a legal ground (gdpr.link, on_erase keep) whose period is not over, 23503 rows that refer to it are '
	'still there, with the constraint''s name.';
