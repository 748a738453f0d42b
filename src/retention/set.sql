/*
 * set.sql: setting a rule, and what a rule must be to be set.
 */
CREATE FUNCTION gdpr_internal.require_time_column(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	type regtype;
BEGIN
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid) INTO type
	FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no column %I', relation, column_name);
	ELSIF type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
		RAISE EXCEPTION USING ERRCODE = '42804', MESSAGE = format('column %I of table %s is no date or time',
			column_name, relation),
			HINT = 'A period counts from a column of type date, timestamp or timestamptz.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_time_column(regclass, name) IS
'internal: raises 42703 or 42804 unless the column is a date or time';

/* Sees rows of every purpose, which the owner of the table need not. */
CREATE FUNCTION gdpr_internal.check_retention_tag(relation regclass, purpose text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number integer;
	tagged boolean;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = check_retention_tag.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...);', relation);
	ELSIF purpose IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a retention rule is for one purpose of a table',
			HINT = 'Name a purpose of the rows'' tag.';
	END IF;
	number := gdpr.purpose_number(purpose, true);
	tagged := coalesce(gdpr_internal.default_tag(relation) @> ARRAY[purpose]::gdpr.purpose_set, false)
		OR EXISTS (SELECT FROM gdpr.table_purpose t WHERE t.relation = check_retention_tag.relation
			AND t.purpose = number);
	IF NOT tagged THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE purposes @> $1)', relation)
		INTO tagged USING ARRAY[purpose]::gdpr.purpose_set;
	END IF;
	IF NOT tagged THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG003', MESSAGE = format('no row of table %s is tagged for purpose "%s"',
			relation, purpose),
			HINT = format('Its rows serve %s.', gdpr_internal.default_tag(relation));
	END IF;
	RETURN number;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_retention_tag(regclass, text) IS
'internal: the number of a purpose that rows of the table are tagged for';

/* What refers to the rows without being protected is no one's to delete. */
CREATE FUNCTION gdpr_internal.check_retention_references(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
BEGIN
	SELECT c.conname, c.conrelid::regclass AS child INTO r
	FROM pg_constraint c
	WHERE c.contype = 'f' AND c.confrelid = relation AND c.conparentid = 0 AND c.confdeltype IN ('a', 'r')
	  AND NOT gdpr_internal.is_protected(c.conrelid)
	ORDER BY c.conname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23503', TABLE = relation::text, CONSTRAINT = r.conname,
			MESSAGE = format('deleting rows of table %s would break foreign key %I of table %s', relation,
				r.conname, r.child),
			HINT = format('Protect %s with a rule of its own, or create the constraint again with ON DELETE CASCADE or '
				'SET NULL.', r.child);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_retention_references(regclass) IS
'internal: raises 23503 with the name of a foreign key, of a table that is not protected, which stops deletes';

CREATE FUNCTION gdpr.set_retention(relation gdpr.table_ref, purpose text, trigger text DEFAULT NULL,
	period interval DEFAULT NULL,
								   action text DEFAULT 'delete', column_name name DEFAULT NULL,
									   collected name DEFAULT NULL,
								   events jsonb DEFAULT NULL, template text DEFAULT NULL,
									   justification text DEFAULT NULL,
								   archive_for interval DEFAULT NULL, archive_in gdpr.table_ref DEFAULT NULL)
	RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rule gdpr.retention_rule;
	preset gdpr.retention_template;
	event record;
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	IF template IS NOT NULL THEN
		SELECT * INTO preset FROM gdpr.retention_template t WHERE t.name = template ORDER BY t.builtin LIMIT 1;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown retention template "%s"', template),
				HINT = 'SELECT * FROM gdpr.retention_template; lists them.';
		END IF;
	END IF;
	rule.relation := relation;
	rule.purpose := gdpr_internal.check_retention_tag(relation, purpose);
	rule.trigger := coalesce(set_retention.trigger, preset.trigger);
	rule.period := coalesce(set_retention.period, preset.period);
	rule.action := set_retention.action;
	rule.archive_for := set_retention.archive_for;
	rule.archive_in := set_retention.archive_in;
	rule.column_name := set_retention.column_name;
	rule.collected := set_retention.collected;
	rule.justification := coalesce(set_retention.justification, preset.source);
	PERFORM gdpr_internal.check_retention_rule(rule, coalesce(events, '{}'));
	PERFORM gdpr_internal.retention_events(rule, coalesce(events, '{}'));
	IF rule.action = 'anonymise' THEN
		PERFORM gdpr_internal.check_depersonalising(relation);
	ELSE
		PERFORM gdpr_internal.check_retention_references(relation);
	END IF;

	DELETE FROM gdpr.retention_rule r WHERE r.relation = rule.relation AND r.purpose = rule.purpose;
	INSERT INTO gdpr.retention_rule AS r (relation, purpose, trigger, column_name, collected, period, action,
		archive_for, archive_in, justification)
	VALUES (rule.relation, rule.purpose, rule.trigger, rule.column_name, rule.collected, rule.period, rule.action,
		rule.archive_for, rule.archive_in, rule.justification)
	RETURNING r.number INTO rule.number;
	FOR event IN SELECT * FROM gdpr_internal.retention_events(rule, coalesce(events, '{}'))
	LOOP
		INSERT INTO gdpr.retention_event (rule, relation, column_name) VALUES (rule.number, event.relation,
			event.column_name);
	END LOOP;
	PERFORM gdpr_internal.record_setup('retention rule set', jsonb_strip_nulls(jsonb_build_object('rule', rule.number,
		'table', relation::text, 'purpose', purpose, 'trigger', rule.trigger, 'column', rule.column_name,
		'collected', rule.collected, 'events', events, 'period', rule.period::text, 'action', rule.action,
			'archive_for', rule.archive_for::text, 'archive_in', rule.archive_in::text,
		'justification', rule.justification)));
	RETURN rule.number;
END $$;
COMMENT ON FUNCTION gdpr.set_retention(gdpr.table_ref, text, text, interval, text, name, name,
	jsonb, text, text, interval,
	gdpr.table_ref) IS
'How long rows of a protected table are kept for one purpose of their tag; returns the rule''s number. A second '
	'call replaces the rule (Art. 5(1)(e)). trigger, what the period counts from: collected, activity (column_name, '
	'and events ''{"orders":"ordered_at"}'': the newest thing the person did), consent_end, or column. action: '
	'delete, suppress (and put e-mail addresses and telephone numbers on the suppression list), anonymise, or '
	'archive (sealed, for archive_for, in gdpr.archive or the foreign table archive_in). template: a row of '
	'gdpr.retention_template, such as inactive_3y. While a row serves another purpose it only loses this one from '
	'its tag; docs/retention.md has each argument. Errors: 42501 not the owner, 55000 not protected, ZG002 unknown '
	'purpose, ZG003 no row is tagged for it, 22023 trigger, period, action or template, 42703 and 42804 column, '
	'23503 a foreign key would break; of anonymise ZG017 a strategy that does not anonymise, 55000 nothing says '
	'how, 23502 a column is NOT NULL; of archive_in 42809.';

CREATE FUNCTION gdpr_internal.check_retention_rule(rule gdpr.retention_rule, events jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem text;
	hint text;
BEGIN
	IF rule.trigger IS NULL OR rule.trigger NOT IN ('collected', 'activity', 'consent_end', 'column') THEN
		problem := 'unknown trigger of a retention rule';
		hint := 'Use collected, activity, consent_end or column.';
	ELSIF rule.period IS NULL OR rule.period < interval '0' THEN
		problem := 'a retention rule needs a period that is not negative';
		hint := 'Give period => interval ''3 years'', or a template.';
	ELSIF rule.action IS NULL OR rule.action NOT IN ('delete', 'suppress', 'anonymise', 'archive') THEN
		problem := 'unknown action of a retention rule';
		hint := 'Use delete, suppress, anonymise or archive.';
	ELSIF (rule.action = 'archive') <> (coalesce(rule.archive_for, '-1 s') > interval '0') OR rule.action <> 'archive'
		AND rule.archive_for IS NOT NULL THEN
		problem := 'an archive needs an end, and nothing else has one';
		hint := 'Give archive_for => interval ''7 years'' with action archive, and only then.';
	ELSIF rule.archive_in IS NOT NULL AND rule.action <> 'archive' THEN
		problem := 'archive_in belongs to action archive';
		hint := 'Leave it out.';
	ELSIF rule.action = 'suppress' AND NOT EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = rule.relation AND NOT a.attisdropped
			  AND gdpr_internal.underlying_type(a.atttypid)
				  IN ('gdpr.pii_email'::regtype, 'gdpr.pii_phone'::regtype)) THEN
		problem := format('table %s has no e-mail address or telephone number to suppress', rule.relation);
		hint := 'Use action delete.';
	ELSIF rule.trigger IN ('collected', 'column') AND rule.column_name IS NULL THEN
		problem := format('trigger %s needs a column', rule.trigger);
		hint := 'Give column_name => ''<column of type date or timestamp>''.';
	ELSIF rule.trigger = 'activity' AND rule.column_name IS NULL AND events = '{}' THEN
		problem := 'trigger activity needs what the person did';
		hint := 'Give column_name, or events => ''{"<table>": "<column>"}'', or both.';
	ELSIF rule.trigger <> 'activity' AND (events <> '{}' OR rule.collected IS NOT NULL) THEN
		problem := 'events and collected belong to trigger activity';
		hint := 'Give trigger => ''activity'', or leave them out.';
	ELSIF rule.trigger = 'consent_end' AND rule.column_name IS NOT NULL THEN
		problem := 'trigger consent_end has no column';
		hint := 'Leave column_name out: the period counts from the end of the last consent.';
	ELSIF rule.trigger = 'consent_end' AND (SELECT p.basis <> 'consent' FROM gdpr.purpose p
		WHERE p.number = rule.purpose) THEN
		problem := 'trigger consent_end is for a purpose based on consent';
		hint := 'Use activity, collected or column.';
	END IF;
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = problem, HINT = hint;
	END IF;
	IF rule.column_name IS NOT NULL THEN
		PERFORM gdpr_internal.require_time_column(rule.relation, rule.column_name);
	END IF;
	IF rule.collected IS NOT NULL THEN
		PERFORM gdpr_internal.require_time_column(rule.relation, rule.collected);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_retention_rule(gdpr.retention_rule, jsonb) IS
'internal: part of set_retention; raises 22023, 42703, 42804';

CREATE FUNCTION gdpr_internal.retention_events(rule gdpr.retention_rule, events jsonb)
	RETURNS TABLE (relation regclass, column_name name)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	event record;
BEGIN
	FOR event IN
		SELECT e.key, c.name FROM jsonb_each(events) e
		CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(e.value) WHEN 'array' THEN e.value
																					ELSE jsonb_build_array(e.value)
																						END) c (name)
	LOOP
		/* names are the caller's, not the function's */
		relation := (SELECT p.relation FROM gdpr.protected_table p JOIN pg_class k ON k.oid = p.relation
					 JOIN pg_namespace n ON n.oid = k.relnamespace
					 WHERE parse_ident(event.key) = ARRAY[n.nspname, k.relname]::text[]
						OR cardinality(parse_ident(event.key)) = 1 AND k.relname = (parse_ident(event.key))[1]
						   AND k.relnamespace = (SELECT r.relnamespace FROM pg_class r WHERE r.oid = rule.relation));
		IF relation IS NULL OR (SELECT p.subject_table FROM gdpr.protected_table p
			WHERE p.relation = retention_events.relation)
			IS DISTINCT FROM (SELECT p.subject_table FROM gdpr.protected_table p WHERE p.relation = rule.relation) THEN
			RAISE EXCEPTION USING ERRCODE = '22023',
				MESSAGE = format('"%s" is not a protected table about the same people', event.key),
				HINT = 'Name it with its schema when that is not the one of the rule''s table; SELECT * FROM '
					'gdpr.protected_table; lists them.';
		END IF;
		column_name := event.name;
		PERFORM gdpr_internal.require_time_column(relation, column_name);
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.retention_events(gdpr.retention_rule, jsonb) IS
'internal: the tables and columns that count as activity; 22023 when not linked to the same people';

CREATE FUNCTION gdpr.drop_retention(relation gdpr.table_ref, purpose text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	dropped integer := gdpr.purpose_number(purpose, true);
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	DELETE FROM gdpr.retention_rule r WHERE r.relation = drop_retention.relation AND r.purpose = dropped;
	IF NOT FOUND THEN
		RAISE NOTICE USING MESSAGE = format('table %s has no retention rule for purpose "%s"', relation, purpose);
		RETURN;
	END IF;
	PERFORM gdpr_internal.require_retention_rules(relation);
	PERFORM gdpr_internal.forget_activity();
	PERFORM gdpr_internal.record_setup('retention rule dropped',
		jsonb_build_object('table', relation::text, 'purpose', purpose));
END $$;
COMMENT ON FUNCTION gdpr.drop_retention(gdpr.table_ref, text) IS
'Takes a retention rule back; the purpose is then a finding of retention_findings(). None is a notice. Errors: 42501 '
	'not the owner, ZG002 unknown purpose, ZG016 with gdpr.require_retention on.';
