/*
 * widen.sql: for which purposes the rows of a table may be kept (Art. 5(1)(b), 6(4)).
 *
 * What a table was declared for when it was protected, its rows may carry. A further purpose needs consent of the
 * person's, or an assessment that it is compatible with what the data were collected for; and who adds it to a row
 * that was not collected for it works for it too. The binding trigger asks.
 */
CREATE TABLE gdpr.table_purpose
(
	relation	regclass NOT NULL REFERENCES gdpr.protected_table (relation) ON DELETE CASCADE,
	purpose		integer NOT NULL REFERENCES gdpr.purpose (number),
	ground		text NOT NULL CHECK (ground IN ('declared', 'assessment', 'consent')),
	assessment	jsonb CHECK ((assessment IS NOT NULL) = (ground = 'assessment')),
	added_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	added_by	name NOT NULL DEFAULT SESSION_USER,
	PRIMARY KEY (relation, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.table_purpose',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.table_purpose', 'relation', 'delete');
COMMENT ON TABLE gdpr.table_purpose IS
'for which purposes rows of a protected table are kept: declared by protect(), added with the assessment of '
	'gdpr.add_purpose() (Art. 6(4)), or by consent of each person';

/* Once, in the transaction that protects the table: what comes later is another purpose. */
CREATE FUNCTION gdpr_internal.declare_purposes(relation regclass, purposes gdpr.purpose_set) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gdpr.table_purpose (relation, purpose, ground)
	SELECT p.relation, gdpr.purpose_number(n, true), 'declared'
	FROM gdpr.protected_table p, unnest(gdpr.purpose_names(declare_purposes.purposes)) n
	WHERE p.relation = declare_purposes.relation AND p.protected_at = now()
	  AND NOT EXISTS (SELECT FROM gdpr.table_purpose t WHERE t.relation = p.relation)
$$;
COMMENT ON FUNCTION gdpr_internal.declare_purposes(regclass, gdpr.purpose_set) IS
'internal: part of protect and reattach: what the table is declared for';

/* The protected table that a partition or child belongs to. */
CREATE FUNCTION gdpr_internal.registered_table(relation regclass) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor (oid, distance) AS (
		SELECT registered_table.relation::oid, 0
		UNION ALL
		SELECT i.inhparent, a.distance + 1 FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
	)
	SELECT p.relation FROM ancestor a JOIN gdpr.protected_table p ON p.relation = a.oid ORDER BY a.distance LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.registered_table(regclass) IS
'internal: the protected table that a table, partition or child is registered as';

CREATE FUNCTION gdpr_internal.declared_purposes(relation regclass) RETURNS integer[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(t.purpose), '{}') FROM gdpr.table_purpose t
	WHERE t.relation = gdpr_internal.registered_table(declared_purposes.relation) AND t.ground = 'declared'
$$;
COMMENT ON FUNCTION gdpr_internal.declared_purposes(regclass) IS
'internal: the numbers of the purposes that a table was declared for';

CREATE FUNCTION gdpr_internal.require_grant_to_add(caller oid, p gdpr.purpose, number integer, restores boolean)
	RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF p.number IS NULL OR p.valid_to <= now() THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG003',
			MESSAGE = CASE WHEN p.number IS NULL THEN format('there is no purpose with number %s', number)
				ELSE format('purpose "%s" has ended', p.name) END,
			HINT = 'Tag rows with purposes by name: SELECT name FROM gdpr.purpose;';
	ELSIF NOT restores AND gdpr_internal.grant_level(caller, p.name) = 'none'
		AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = caller) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG003',
			MESSAGE = format('purpose "%s" is not granted to role "%s", which adds it to a row', p.name,
				pg_get_userbyid(caller)),
			HINT = format('SELECT gdpr.grant_purpose(%L, %L);', p.name, pg_get_userbyid(caller));
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_grant_to_add(oid, gdpr.purpose, integer, boolean) IS
'internal: ZG003 unless the purpose is known, and granted to who adds it to a row; superusers are not asked for grants';

CREATE FUNCTION gdpr_internal.require_added(caller oid, relation regclass, subject bigint, added integer[],
	is_new boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept_in regclass := gdpr_internal.registered_table(relation);
	/* the owner of a table restores its rows as they were */
	restores boolean := is_new AND caller = (SELECT c.relowner FROM pg_class c WHERE c.oid = relation);
	asked integer;
	p gdpr.purpose;
BEGIN
	FOREACH asked IN ARRAY added
	LOOP
		SELECT * INTO p FROM gdpr.purpose o WHERE o.number = asked;
		PERFORM gdpr_internal.require_grant_to_add(caller, p, asked, restores);
		CONTINUE WHEN EXISTS (SELECT FROM gdpr.table_purpose t
			WHERE t.relation = kept_in AND t.purpose = asked AND t.ground <> 'consent');
		IF p.basis = 'consent' AND EXISTS (SELECT FROM gdpr_internal.consents_at(subject, clock_timestamp()) c
			WHERE c.purpose = p.number AND c.state IN ('given', 'renewed') AND c.until > clock_timestamp()) THEN
			INSERT INTO gdpr.table_purpose (relation, purpose, ground) VALUES (kept_in, p.number, 'consent')
			ON CONFLICT ON CONSTRAINT table_purpose_pkey DO NOTHING;
			CONTINUE;
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'ZG003', TABLE = kept_in::text,
			MESSAGE = format('rows of table %s were not collected for purpose "%s"', kept_in, p.name),
			DETAIL = 'A further purpose takes consent of the person, or an assessment of compatibility (Art. 6(4)).',
			HINT = format('SELECT gdpr.add_purpose(%L, %L, ''{"link": "...", "context": "...", "nature": "...", '
				'"consequences": "...", "safeguards": "..."}'');', kept_in, p.name);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_added(oid, regclass, bigint, integer[], boolean) IS
'internal: may these purposes come into the tag of a row? ZG003 otherwise';

CREATE FUNCTION gdpr_internal.check_assessment(p gdpr.purpose, assessment jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	by_law boolean := p.basis IN ('legal_obligation', 'public_task');
	lacks text;
	strange text;
BEGIN
	IF assessment IS NULL OR jsonb_typeof(assessment) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'an assessment of compatibility is an object of five answers',
			HINT = '{"link": "...", "context": "...", "nature": "...", "consequences": "...", "safeguards": "..."}';
	ELSIF by_law AND assessment ? 'law' THEN
		lacks := CASE WHEN gdpr_internal.is_blank(assessment ->> 'law') THEN 'law' END;
		strange := (SELECT min(k) FROM jsonb_object_keys(assessment) k WHERE k <> 'law');
	ELSE
		lacks := (SELECT string_agg(k, ', ') FROM unnest('{link,context,nature,consequences,safeguards}'::text[]) k
			WHERE gdpr_internal.is_blank(assessment ->> k));
		strange := (SELECT min(k) FROM jsonb_object_keys(assessment) k
			WHERE k NOT IN ('link', 'context', 'nature', 'consequences', 'safeguards'));
	END IF;
	IF lacks IS NOT NULL OR strange IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = coalesce('the assessment of compatibility says nothing of: ' || lacks,
				'the assessment of compatibility has an answer that was not asked for'),
			HINT = 'Art. 6(4): link between the purposes, context of the collection, nature of the data, consequences '
				'for people, safeguards; for a purpose that a statute asks for {"law": "..."}.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_assessment(gdpr.purpose, jsonb) IS
'internal: part of add_purpose; raises 22023';

CREATE FUNCTION gdpr_internal.note_purpose(relation regclass, purpose text, assessment jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p gdpr.purpose;
BEGIN
	PERFORM gdpr_internal.require_table(relation);
	SELECT o.* INTO p FROM gdpr.purpose o WHERE o.number = gdpr.purpose_number(note_purpose.purpose);
	PERFORM gdpr_internal.check_assessment(p, assessment);
	IF NOT EXISTS (SELECT FROM gdpr.protected_table t WHERE t.relation = note_purpose.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation),
			HINT = format('SELECT gdpr.protect(%L, ...);', relation);
	ELSIF EXISTS (SELECT FROM gdpr.table_purpose t WHERE t.relation = note_purpose.relation
		AND t.purpose = p.number AND t.ground = 'declared') THEN
		RAISE EXCEPTION USING ERRCODE = '42710',
			MESSAGE = format('table %s was declared for purpose "%s"', relation, p.name);
	END IF;
	INSERT INTO gdpr.table_purpose (relation, purpose, ground, assessment)
	VALUES (note_purpose.relation, p.number, 'assessment', note_purpose.assessment)
	ON CONFLICT ON CONSTRAINT table_purpose_pkey DO UPDATE
	SET ground = excluded.ground, assessment = excluded.assessment, added_at = excluded.added_at,
		added_by = excluded.added_by;
	PERFORM gdpr_internal.record('purpose added', NULL, jsonb_build_object('table', relation::text, 'purpose', p.name,
		'assessment', assessment));
END $$;
COMMENT ON FUNCTION gdpr_internal.note_purpose(regclass, text, jsonb) IS
'internal: part of add_purpose, with the rights of the extension';

CREATE FUNCTION gdpr.add_purpose(relation gdpr.table_ref, purpose text, assessment jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	PERFORM gdpr_internal.note_purpose(relation, purpose, assessment);
END $$;
COMMENT ON FUNCTION gdpr.add_purpose(gdpr.table_ref, text, jsonb) IS
'Lets rows of a protected table be kept for a further purpose than it was declared for, with the assessment that it '
	'is compatible (Art. 5(1)(b), 6(4)): {"link": between the purposes, "context": of the collection, "nature": of the '
	'data, "consequences": for people, "safeguards": ...}, or {"law": statute} for a purpose of legal obligation or '
	'public task. Tags no row: UPDATE does, by a role with a grant for the purpose. Again replaces the assessment; it '
	'is in the ledger. Errors: 42501 not the owner, 55000 not protected, ZG002 unknown purpose, 22023 an answer is '
	'missing, 42710 declared already.';

/* The purposes that a protected table gives to its rows by default. */
CREATE FUNCTION gdpr_internal.default_tag(relation regclass) RETURNS gdpr.purpose_set
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	/* taken apart, not evaluated: the expression is the table owner's */
	SELECT substring(pg_get_expr(d.adbin, d.adrelid) FROM '^''([^'']*)''::gdpr\.purpose_set$')::gdpr.purpose_set
	FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attrelid = relation AND a.attname = 'purposes' AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION gdpr_internal.default_tag(regclass) IS
'internal: the purposes that a protected table gives to its rows by default';

/* Of a large table a sample stands for all. */
CREATE FUNCTION gdpr_internal.carried_purposes(relation regclass) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows double precision := (SELECT sum(greatest(c.reltuples, 0)) FROM gdpr.guarded_table g
		JOIN pg_class c ON c.oid = g.relation WHERE g.root = carried_purposes.relation);
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT p.name FROM gdpr.table_purpose t JOIN gdpr.purpose p ON p.number = t.purpose WHERE t.relation = $1 '
		'UNION SELECT n FROM unnest(gdpr.purpose_names($2)) n '
		'UNION SELECT p.name FROM (SELECT DISTINCT t.purposes FROM %s t%s WHERE t.gdpr_subject IS NOT NULL) t, '
			'unnest(gdpr.purpose_names(t.purposes)) n '
		'JOIN gdpr.purpose p ON p.name = n', relation,
		CASE WHEN rows > 2e6 THEN format(' TABLESAMPLE SYSTEM (%s)', 1e8 / rows) ELSE '' END)
	USING relation, gdpr_internal.default_tag(relation);
END $$;
COMMENT ON FUNCTION gdpr_internal.carried_purposes(regclass) IS
'internal: the purposes that rows of a protected table carry or may carry: declared, added, of the default tag, and of '
	'the rows that there are';
