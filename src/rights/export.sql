/*
 * export.sql: the copy of a person's data (Art. 15): every row over the graph, and all that must be told with it.
 *
 * Rows are fetched sealed by a function of the extension's owner, past row security, and revealed by the caller's own
 * rights: a role without the purpose in full gets nothing, whatever its duty. Plaintext is in no intermediate result:
 * gdpr.export_rows() is inlined, so that the executor reveals row by row as they are read. The rest is PL/pgSQL, which
 * keeps its plans.
 */
CREATE FUNCTION gdpr_internal.require_full_grant(purpose text) RETURNS void
	AS 'MODULE_PATHNAME', 'gdpr_require_full_grant' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.require_full_grant(text) IS
'internal: ZG002 unless the acting role holds a purpose in full';

/* What a person may see of a row by one link: nothing that is another's, and not how it leads to others. */
CREATE FUNCTION gdpr_internal.visible_columns(link gdpr.graph_link) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH other AS (
		SELECT c FROM gdpr.graph_link g
		CROSS JOIN LATERAL (SELECT unnest(g.columns)
							UNION
							SELECT unnest(s.columns) FROM gdpr.subject_link_step s WHERE s.relation = g.relation
								AND s.number = g.number AND s.step = 1
							UNION
							SELECT unnest(s.columns) FROM gdpr.owner_step s WHERE s.relation = g.relation
								AND g.number = 0 AND s.step = 1) own (c)
		/* a row is bound by one link: the others that bind say nothing of it */
		WHERE g.relation = link.relation AND g.number <> link.number AND NOT (g.binds AND link.binds)
	), own AS (
		SELECT c FROM unnest(link.columns || gdpr_internal.primary_key(link.relation)) c
		UNION
		SELECT c FROM gdpr.subject_link_step s CROSS JOIN unnest(s.columns) c
		WHERE s.relation = link.relation AND s.number = link.number AND s.step = 1
		UNION
		SELECT c FROM gdpr.owner_step s CROSS JOIN unnest(s.columns) c WHERE s.relation = link.relation AND s.step = 1
			AND link.number = 0
	)
	SELECT coalesce(array_agg(a.attname ORDER BY a.attnum), '{}')
	FROM pg_attribute a
	WHERE a.attrelid = link.relation AND a.attnum > 0 AND NOT a.attisdropped
	  AND a.attname <> 'gdpr_subject' AND a.attname <> ALL (link.hidden)
	  AND a.atttypid <> 'gdpr.search_tokens'::regtype	/* of a value that is shown */
	  AND (a.attname IN (SELECT c FROM own)
		   OR (link.role = 'owner' AND a.attname NOT IN (SELECT c FROM other)
			   AND (link.binds OR a.attname <> ALL (gdpr_internal.pii_columns(link.relation)))))
$$;
COMMENT ON FUNCTION gdpr_internal.visible_columns(gdpr.graph_link) IS
'internal: the columns that a person''s copy shows of rows by one link';

CREATE FUNCTION gdpr_internal.sealed_classes(relation regclass, columns name[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_object_agg(a.attname, substr(t.typname::text, 5)), '{}')
	FROM pg_attribute a JOIN pg_type t ON t.oid = gdpr_internal.underlying_type(a.atttypid)
	WHERE a.attrelid = relation AND a.attname = ANY (columns) AND a.attname = ANY (gdpr_internal.pii_columns(relation))
$$;
COMMENT ON FUNCTION gdpr_internal.sealed_classes(regclass, name[]) IS 'internal: the classes of sealed columns by name';

/*
 * What is kept of people beside protected tables. An archived row is sealed as a whole, and its sealed columns once
 * more.
 */
CREATE FUNCTION gdpr_internal.copy_beside() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(k.copied ORDER BY k.number), '[]') FROM gdpr_internal.kept('subject') k
	WHERE k.copied IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr_internal.copy_beside() IS
'internal: the statements of a copy for what is kept of people beside protected tables, as it is registered';

/*
 * What the suppression list has of a person's identifiers; nothing is hashed while it is empty. OFFSET 0, so that each
 * is looked up and the list never read through.
 */
CREATE FUNCTION gdpr_internal.copy_suppressed(people regclass) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(format($q$SELECT 'gdpr.suppression'::regclass, 'owner',
		jsonb_build_object('class', s.class, 'channel', s.channel, 'reason', s.reason,
			'since', gdpr_internal.utc(s.since), 'purposes', '{}'), '{}'::jsonb
		FROM (SELECT DISTINCT x.hash FROM %s t CROSS JOIN LATERAL (VALUES %s) x (hash)
			WHERE EXISTS (SELECT FROM gdpr.suppression) AND %s) own
		CROSS JOIN LATERAL (SELECT l.* FROM gdpr.suppression l WHERE l.hash = own.hash OFFSET 0) s ORDER BY s.since,
			s.class, s.channel$q$, people, i.hashes, gdpr_internal.link_condition(people, 0))), '[]')
	FROM gdpr_internal.identifier_hashes(people) i (hashes) WHERE i.hashes IS NOT NULL
$$;
COMMENT ON FUNCTION gdpr_internal.copy_suppressed(regclass) IS
'internal: the statement of a copy for the suppression list';

CREATE FUNCTION gdpr_internal.row_as_jsonb(record) RETURNS jsonb AS 'MODULE_PATHNAME', 'gdpr_row_as_jsonb'
	LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.row_as_jsonb(record) IS
'internal: to_jsonb of a row, quicker for many rows of one table';

/* A row that is a person's by two links is told by each: either shows what the other leaves out. */
CREATE FUNCTION gdpr_internal.make_copy_plan(people regclass) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object(
		'unreached', gdpr_internal.unreached(),
		'statements', (SELECT coalesce(jsonb_agg(format(
				'SELECT %L::regclass, %L, (SELECT gdpr_internal.row_as_jsonb(x.*) FROM (SELECT %s) x), %L::jsonb FROM '
					'%s t WHERE %s ORDER BY %s',
				g.relation::oid, g.role, (SELECT string_agg(format('t.%I', c), ', ' ORDER BY n)
					FROM unnest(v.columns) WITH ORDINALITY u (c, n)),
				gdpr_internal.sealed_classes(g.relation, v.columns), g.relation,
					gdpr_internal.link_condition(g.relation, g.number),
				(SELECT string_agg(format('t.%I', k), ', ' ORDER BY n)
					FROM unnest(gdpr_internal.primary_key(g.relation)) WITH ORDINALITY u (k, n)))
			ORDER BY o.step DESC, g.number), '[]')
			FROM gdpr_internal.erasure_order() o
			JOIN gdpr.graph_link g ON g.relation = o.relation AND g.subject_table = people
			CROSS JOIN LATERAL (SELECT gdpr_internal.visible_columns(g) OFFSET 0) v (columns))
				|| gdpr_internal.copy_beside() || gdpr_internal.copy_suppressed(people))
$$;
COMMENT ON FUNCTION gdpr_internal.make_copy_plan(regclass) IS
'internal: how the rows of the people of a table are found and what of them is shown';

CREATE FUNCTION gdpr_internal.remembered_copy_plan(people regclass) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_remembered_plan' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.remembered_copy_plan(regclass) IS
'internal: make_copy_plan, remembered until a table changes';

CREATE FUNCTION gdpr_internal.rows_of(statements jsonb, key_values text[], subject bigint,
							 OUT relation regclass, OUT role text, OUT data jsonb, OUT classes jsonb)
								 RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'gdpr_rows_of' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.rows_of(jsonb, text[], bigint) IS
'internal: the rows of the statements of a copy, with key_values and subject as $1 and $2; their plans are kept';

CREATE FUNCTION gdpr_internal.rows_about(subject_table regclass, subject_key text, person bigint,
								OUT relation regclass, OUT role text, OUT data jsonb, OUT classes jsonb)
									RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.* FROM gdpr.subject_table t
	CROSS JOIN gdpr_internal.rows_of(gdpr_internal.remembered_copy_plan(subject_table) -> 'statements',
		gdpr_internal.key_values(subject_key, cardinality(t.key_columns)), person) r
	WHERE t.relation = subject_table
$$;
COMMENT ON FUNCTION gdpr_internal.rows_about(regclass, text, bigint) IS
'internal: every row of a person over the graph, sealed values as they are, with their classes';

CREATE FUNCTION gdpr_internal.sealed_rows(subject_table regclass, subject_key text, purpose text,
								 OUT relation regclass, OUT role text, OUT data jsonb, OUT classes jsonb)
									 RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	plan jsonb;
	missing text[];
BEGIN
	PERFORM gdpr_internal.require_full_grant(purpose);
	plan := gdpr_internal.remembered_copy_plan(subject_table);
	missing := gdpr_internal.not_reached(plan -> 'unreached');
	PERFORM gdpr_internal.record('copy made', person, jsonb_build_object('purpose', purpose)
		|| CASE WHEN missing <> '{}' THEN jsonb_build_object('not_reached', missing) ELSE '{}' END);
	RETURN QUERY SELECT * FROM gdpr_internal.rows_of(plan -> 'statements',
		gdpr_internal.key_values(subject_key, (SELECT cardinality(t.key_columns) FROM gdpr.subject_table t
			WHERE t.relation = subject_table)), person);
END $$;
COMMENT ON FUNCTION gdpr_internal.sealed_rows(regclass, text, text) IS
'internal: every row of a person over the graph, sealed values as they are, with their classes. Errors: 02000, '
	'ZG002.';

CREATE FUNCTION gdpr_internal.revealed(data jsonb, classes jsonb, purpose text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'gdpr_revealed' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.revealed(jsonb, jsonb, text) IS
'internal: a row with its sealed values revealed under a purpose of the caller''s; the errors of reveal, ZG002 also '
	'for a masked grant';

/* The rows as they come, those of a table together. */
CREATE TYPE gdpr.collected AS (copy jsonb, tags text[]);
COMMENT ON TYPE gdpr.collected IS
'internal: {"data": {table: [row, ...]}, "categories": [...]} of the rows of a copy, and the text of their tags';

CREATE FUNCTION gdpr_internal.collect_row(state internal, relation regclass, data jsonb, classes jsonb, purpose text)
	RETURNS internal
	AS 'MODULE_PATHNAME', 'gdpr_collect_row' LANGUAGE C STABLE;
COMMENT ON FUNCTION gdpr_internal.collect_row(internal, regclass, jsonb, jsonb, text) IS
'internal: a row of a copy, revealed, joins those before it';

CREATE FUNCTION gdpr_internal.collected(state internal) RETURNS gdpr.collected AS 'MODULE_PATHNAME', 'gdpr_collected'
	LANGUAGE C STABLE;
COMMENT ON FUNCTION gdpr_internal.collected(internal) IS 'internal: the rows of a copy in one';

CREATE AGGREGATE gdpr_internal.collect(relation regclass, data jsonb, classes jsonb, purpose text)
	(SFUNC = gdpr_internal.collect_row, STYPE = internal, FINALFUNC = gdpr_internal.collected,
		FINALFUNC_MODIFY = READ_WRITE);
COMMENT ON AGGREGATE gdpr_internal.collect(regclass, jsonb, jsonb, text) IS
'internal: the rows of a copy revealed under a purpose of the caller''s, by table; the errors of reveal, ZG002 also '
	'for a masked grant';

CREATE FUNCTION gdpr_internal.tag_of(data jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (data ->> 'purposes')::gdpr.purpose_set::text[];
END $$;
COMMENT ON FUNCTION gdpr_internal.tag_of(jsonb) IS 'internal: the purposes in the tag of a row as JSON';

/* No SET clauses and STABLE, so that it is inlined; everything in it is qualified. */
CREATE FUNCTION gdpr.export_rows(subject_table gdpr.table_ref, subject_key text, purpose text DEFAULT 'rights_handling')
	RETURNS TABLE (relation regclass, role text, data jsonb)
LANGUAGE sql STABLE AS $$
	SELECT r.relation, r.role, gdpr_internal.revealed(r.data, r.classes, purpose)
		FROM gdpr_internal.sealed_rows(subject_table, subject_key, purpose) r
$$;
COMMENT ON FUNCTION gdpr.export_rows(gdpr.table_ref, text, text) IS
'Every row that is about a person, over the whole graph, revealed row by row as they are read, also for a person with '
	'very many (Art. 15(3)). Columns that are another person''s are left out. The caller needs the purpose in full. '
	'A warning names tables with personal data that no path reaches. Errors: 02000 no such person, ZG002, and those '
	'of reveal.';

CREATE FUNCTION gdpr_internal.context_of(person bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT jsonb_build_object(
		'controller', (SELECT jsonb_strip_nulls(to_jsonb(c) - 'only_row' - 'authority') FROM gdpr.controller c),
		'complaint', (SELECT c.authority FROM gdpr.controller c),
		'rights', '["rectification", "erasure", "restriction", "objection", "portability", "withdrawal of consent", '
			'"complaint"]'::jsonb,
		'recipients', (SELECT coalesce(jsonb_agg(DISTINCT d.recipient), '[]') FROM gdpr.disclosure d
			WHERE d.subject = person),
		'disclosures', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('recipient', d.recipient, 'at',
			gdpr_internal.utc(d.at),
								'purpose', p.name, 'categories', d.categories, 'country', d.country, 'safeguard',
									d.safeguard)) ORDER BY d.at, d.id), '[]')
						FROM gdpr.disclosure d JOIN gdpr.purpose p ON p.number = d.purpose WHERE d.subject = person),
		'sources', (SELECT coalesce(jsonb_agg(DISTINCT e.source), '[]') FROM gdpr.consent_event e
			WHERE e.subject = person AND e.source IS NOT NULL),
		'consents', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('consent', e.id, 'purpose', p.name,
			'channel', e.channel,
								'state', e.state, 'at', gdpr_internal.utc(e.event_time), 'until',
									gdpr_internal.utc(nullif(e.valid_until, 'infinity')),
								'method', e.method, 'notice', e.notice, 'version', e.notice_version, 'language',
									e.language)) ORDER BY e.event_time, e.number), '[]')
					 FROM gdpr.consent_event e JOIN gdpr.purpose p ON p.number = e.purpose WHERE e.subject = person),
		'evidence', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('evidence', v.id, 'kind', v.kind,
			'mime', v.mime, 'size', v.size,
								'attached_at', gdpr_internal.utc(v.attached_at)))
									ORDER BY v.attached_at, v.id), '[]')
					 FROM gdpr.evidence v WHERE v.subject = person),
		'notices', (SELECT coalesce(jsonb_agg(jsonb_build_object('notice', n.notice, 'version', n.notice_version,
			'language', n.language,
								'channel', n.channel, 'at', gdpr_internal.utc(n.served_at)) ORDER BY n.served_at,
									n.notice), '[]')
					FROM gdpr.notice_served n WHERE n.subject = person),
		'retention', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('notice', n.name, 'version', n.version,
			'period', n.retention_period::text)), '[]')
					  FROM gdpr.notice_served s JOIN gdpr.notice n ON n.name = s.notice AND n.version = s.notice_version
					  WHERE s.subject = person AND n.retention_period IS NOT NULL),
		'objections', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('purpose', p.name, 'channel',
			o.channel, 'at', gdpr_internal.utc(o.raised_at),
								'ended_at', gdpr_internal.utc(o.ended_at))) ORDER BY o.raised_at, p.name), '[]')
					   FROM gdpr.objection o JOIN gdpr.purpose p ON p.number = o.purpose WHERE o.subject = person),
		'automated', (SELECT coalesce(jsonb_agg(jsonb_build_object('purpose', p.name, 'logic', a.logic, 'significance',
			a.significance) ORDER BY p.name), '[]')
					  FROM gdpr.automated_purpose a JOIN gdpr.purpose p ON p.number = a.purpose
					  WHERE EXISTS (SELECT FROM gdpr.automated_decision d WHERE d.subject = person
						  AND d.purpose = a.purpose)),
		'decisions', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('decision', d.id, 'purpose',
			p.name, 'outcome', d.outcome, 'at', gdpr_internal.utc(d.at),
								'review', d.review, 'reviewed_at', gdpr_internal.utc(d.reviewed_at))) ORDER BY d.at,
									d.id), '[]')
					  FROM gdpr.automated_decision d JOIN gdpr.purpose p ON p.number = d.purpose
						  WHERE d.subject = person),
		'restrictions', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('ground', r.ground, 'since',
			gdpr_internal.utc(r.since),
								'ended_at', gdpr_internal.utc(r.ended_at))) ORDER BY r.since, r.id), '[]')
						 FROM gdpr.restriction r WHERE r.subject = person)));
END $$;
COMMENT ON FUNCTION gdpr_internal.context_of(bigint) IS
'internal: what goes with the copy of a person''s data; nothing sealed';

/* Told in the copy itself, so that no one takes it for all there is. */
CREATE FUNCTION gdpr_internal.left_out(people regclass) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
DECLARE
	missing text[] := gdpr_internal.not_reached(gdpr_internal.remembered_copy_plan(people) -> 'unreached');
BEGIN
	RETURN CASE WHEN missing <> '{}' THEN jsonb_build_object('not_reached', missing) ELSE '{}' END;
END $$;
COMMENT ON FUNCTION gdpr_internal.left_out(regclass) IS
'internal: the tables with personal data that a copy does not reach, as a member of it; none, an empty object';

CREATE FUNCTION gdpr_internal.copy_context(subject_table regclass, subject_key text, purpose text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_full_grant(purpose);
	RETURN gdpr_internal.context_of(gdpr_internal.require_subject(subject_table, subject_key))
		|| gdpr_internal.left_out(subject_table);
END $$;
COMMENT ON FUNCTION gdpr_internal.copy_context(regclass, text, text) IS
'internal: what goes with the copy of a person''s data; nothing sealed. Errors: 02000, ZG002.';

CREATE FUNCTION gdpr_internal.assemble_copy(subject_table regclass, subject_key text, rows gdpr.collected,
	context jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	used text[] := (SELECT array_agg(split_part(p, '#', 1)) FROM unnest(rows.tags) t
		CROSS JOIN unnest(t::gdpr.purpose_set::text[]) p);
BEGIN
	RETURN jsonb_build_object(
		'generated_at', gdpr_internal.utc(clock_timestamp()),
		'subject', jsonb_build_object('table', subject_table::text, 'key', subject_key),
		'purposes', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', p.name, 'description',
			p.description, 'basis', p.basis,
								'basis_detail', p.basis_detail, 'labels', (SELECT jsonb_object_agg(l,
									gdpr_internal.say('purpose', p.name, l))
									FROM unnest(gdpr_internal.languages()) l))) ORDER BY p.name)
							  FROM gdpr.purpose p WHERE p.name = ANY (used)), '[]')) || context || rows.copy;
END $$;
COMMENT ON FUNCTION gdpr_internal.assemble_copy(regclass, text, gdpr.collected, jsonb) IS
'internal: the copy of a person''s data from its parts';

CREATE FUNCTION gdpr.export_subject(subject_table gdpr.table_ref, subject_key text,
	purpose text DEFAULT 'rights_handling')
	RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows gdpr.collected;
BEGIN
	rows := (SELECT gdpr_internal.collect(r.relation, r.data, r.classes, purpose)
		FROM gdpr_internal.sealed_rows(subject_table, subject_key, purpose) r);
	RETURN gdpr_internal.assemble_copy(subject_table, subject_key, rows,
		gdpr_internal.copy_context(subject_table, subject_key, purpose));
END $$;
COMMENT ON FUNCTION gdpr.export_subject(gdpr.table_ref, text, text) IS
'The copy of a person''s data as JSON: every row over the graph revealed, without what is another person''s; purposes '
	'with their basis, categories, recipients by name, sources, retention, consents, evidence by hash, notices, '
	'objections, restrictions, entries of the suppression list, automated decisions with their logic, disclosures, '
	'controller and authority (Art. 15). It is made for the purpose rights_handling, or one of your own that may show '
	'special categories or national numbers; the caller needs it in full. not_reached, when there, names '
	'tables with personal data that no path reaches. Errors: 02000 no such person, ZG002, ZG010, ZG012, ZG019, '
	'ZG020.';

CREATE FUNCTION gdpr.export_encrypted(subject_table gdpr.table_ref, subject_key text, public_key text,
	purpose text DEFAULT 'rights_handling') RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	pgcrypto name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'pgcrypto');
	sealed text;
BEGIN
	IF pgcrypto IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'an encrypted copy needs the extension pgcrypto',
			HINT = 'CREATE EXTENSION pgcrypto;';
	END IF;
	EXECUTE format('SELECT %1$I.armor(%1$I.pgp_pub_encrypt($1, %1$I.dearmor($2)))', pgcrypto)
	INTO sealed USING gdpr.export_subject(subject_table, subject_key, purpose)::text, public_key;
	RETURN sealed;
END $$;
COMMENT ON FUNCTION gdpr.export_encrypted(gdpr.table_ref, text, text, text) IS
'gdpr.export_subject() encrypted to the person''s OpenPGP public key (ASCII-armoured), ASCII-armoured (Art. 12, 32). '
	'Errors: as export_subject; 55000 pgcrypto is not installed, 39000 not a public key.';
