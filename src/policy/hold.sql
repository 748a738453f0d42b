/*
 * hold.sql: what must be kept whatever a rule, a request or an application says, for a legal duty or claim (Art.
 * 17(3)).
 *
 * A hold is on a person, whose rows all stay, or on one row. A person is also held while a request is open whose right
 * needs the data: what was to be copied may not go before the copy is made. Such a hold lets values be replaced, as a
 * correction does, and ends with the request. Every path that ends data asks here: SQL that looks at
 * many rows by the conditions below, the row trigger (access/bind.c) by hold.c. Restrictions (Art. 18) keep rows from
 * retention, which a person asked for instead of erasure, and from nothing else.
 */
CREATE TABLE gdpr.legal_hold
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	ground		text NOT NULL CHECK (pg_catalog.btrim(ground) <> ''),
	since		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ended_at	timestamptz,
	placed_by	name NOT NULL DEFAULT SESSION_USER,
	request		uuid	-- that it stands for; of another room
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.legal_hold', '');
SELECT gdpr_internal.keeps_subject('gdpr.legal_hold', 'subject', 'keep',
	'proof that the hold was over, under a number without a name');
CREATE INDEX legal_hold_active ON gdpr.legal_hold (subject) WHERE ended_at IS NULL;
COMMENT ON TABLE gdpr.legal_hold IS
'people whose data may not be erased for the time being: for a legal claim (Art. 17(3)(e)), or while a request is open '
	'whose right needs them (request; Art. 15, 16, 18, 20, 22)';

/* What must be kept of one table only. */
CREATE TABLE gdpr.row_hold
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation	regclass NOT NULL,
	row_key		text NOT NULL,
	ground		text NOT NULL CHECK (pg_catalog.btrim(ground) <> ''),
	until		timestamptz,
	placed_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	placed_by	name NOT NULL DEFAULT SESSION_USER,
	ended_at	timestamptz
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.row_hold',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.row_hold', 'relation', 'delete');
SELECT pg_catalog.pg_extension_config_dump('gdpr.row_hold_number_seq', '');
CREATE INDEX row_hold_active ON gdpr.row_hold (relation, row_key) WHERE ended_at IS NULL;
COMMENT ON TABLE gdpr.row_hold IS
'rows, by primary key, that must be kept whatever the rules say: on which ground, until when (NULL = until released) '
	'(Art. 17(3))';

/* ---- how a row is named ---- */

CREATE FUNCTION gdpr_internal.row_key_columns(relation regclass) RETURNS name[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT array_agg(a.attname ORDER BY k.n)
		FROM pg_index i
		CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, n)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
		WHERE i.indrelid = relation AND i.indisprimary AND k.n <= i.indnkeyatts);
END $$;
COMMENT ON FUNCTION gdpr_internal.row_key_columns(regclass) IS 'internal: the columns of the primary key';

CREATE FUNCTION gdpr_internal.row_key(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT CASE count(*) WHEN 1 THEN min(CASE WHEN e.dated THEN e.value ELSE e.value || '::text' END)
		ELSE format('ROW(%s)::text', string_agg(e.value, ', ' ORDER BY n)) END
		FROM unnest(gdpr_internal.row_key_columns(relation)) WITH ORDINALITY k (c, n)
		JOIN pg_attribute a ON a.attrelid = relation AND a.attname = k.c
		CROSS JOIN LATERAL (SELECT gdpr_internal.base_type(a.atttypid)::regtype AS type) y
		CROSS JOIN LATERAL (SELECT y.type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype),
			/* text that no setting of the session changes, as hold.c spells it */
			format(CASE y.type WHEN 'timestamptz'::regtype
				THEN 'replace(to_jsonb(t.%I AT TIME ZONE ''UTC'') #>> ''{}'', '
				'''T'', '' '')' WHEN 'timestamp'::regtype THEN 'replace(to_jsonb(t.%I) #>> ''{}'', ''T'', '' '')'
				WHEN 'date'::regtype THEN '(to_jsonb(t.%I) #>> ''{}'')' ELSE 't.%I' END, k.c)) e (dated, value));
END $$;
COMMENT ON FUNCTION gdpr_internal.row_key(regclass) IS 'internal: the expression that is a row''s primary key as text';

/* Partitions and children are held under the name of the table that was protected. */
CREATE FUNCTION gdpr_internal.held_as(relation regclass) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (
		WITH RECURSIVE ancestor (oid, distance) AS (
			SELECT held_as.relation::oid, 0
			UNION ALL
			SELECT i.inhparent, a.distance + 1 FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.oid
		)
		SELECT p.relation FROM ancestor a JOIN gdpr.protected_table p ON p.relation = a.oid
		ORDER BY a.distance LIMIT 1);
END $$;
COMMENT ON FUNCTION gdpr_internal.held_as(regclass) IS
'internal: the protected table that this is, or a partition or child of; NULL when there is none';

CREATE FUNCTION gdpr_internal.held_key(relation regclass, OUT protected regclass, OUT people boolean,
	OUT columns name[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	protected := gdpr_internal.held_as(relation);
	people := EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = protected AND p.subject_table = protected);
	columns := gdpr_internal.row_key_columns(protected);
END $$;
COMMENT ON FUNCTION gdpr_internal.held_key(regclass) IS
'internal: under which table and by which columns the rows of a table are held, and whether they are people, for '
	'the row trigger';

/* ---- the question, as a condition over the alias t ---- */

CREATE FUNCTION gdpr_internal.row_held(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('%s IN (SELECT h.row_key FROM gdpr.row_hold h WHERE h.relation = %L::regclass AND '
		'h.ended_at IS NULL AND coalesce(h.until, ''infinity'') > now())', gdpr_internal.row_key(row_held.relation),
		row_held.relation::oid)
		WHERE EXISTS (SELECT FROM gdpr.row_hold h WHERE h.relation = row_held.relation AND h.ended_at IS NULL));
END $$;
COMMENT ON FUNCTION gdpr_internal.row_held(regclass) IS
'internal: the condition that a row itself is held; NULL when no row of the table is';

CREATE FUNCTION gdpr_internal.person_held() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT 'coalesce(t.gdpr_subject IN (SELECT h.subject FROM gdpr.legal_hold h WHERE h.ended_at IS NULL), '
		'false)' WHERE EXISTS (SELECT FROM gdpr.legal_hold h WHERE h.ended_at IS NULL));
END $$;
COMMENT ON FUNCTION gdpr_internal.person_held() IS
'internal: the condition that the person of a row is held; NULL when no person is';

/* Holds are few, and hashed once a batch; what there is none of is not asked of every row. */
CREATE FUNCTION gdpr_internal.hold_condition(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce('(' || nullif(concat_ws(' OR ', gdpr_internal.person_held(), gdpr_internal.row_held(relation)), '')
		|| ')', 'false');
END $$;
COMMENT ON FUNCTION gdpr_internal.hold_condition(regclass) IS
'internal: the condition that a hold on the row or on its person keeps it';

/*
 * Only a person who has a name asked for a restriction: an erasure restricts the nameless subject of the rows that it
 * keeps (gdpr_internal.make_heir), and these stay as long as their rules say and no longer.
 */
CREATE FUNCTION gdpr_internal.held_condition(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	held text := gdpr_internal.hold_condition(relation);
BEGIN
	IF EXISTS (SELECT FROM gdpr.restriction r JOIN gdpr.subject s ON s.number = r.subject
			   WHERE coalesce(r.ended_at, 'infinity') > now() AND s.relation IS NOT NULL) THEN
		RETURN format('(%s OR coalesce(t.gdpr_subject IN (SELECT r.subject FROM gdpr.restriction r JOIN gdpr.subject s '
			'ON s.number = r.subject WHERE coalesce(r.ended_at, ''infinity'') > now() AND s.relation IS NOT NULL), '
				'false))', held);
	END IF;
	RETURN held;
END $$;
COMMENT ON FUNCTION gdpr_internal.held_condition(regclass) IS
'internal: the condition that retention must keep a row: a hold on the person or the row, or the person asked to '
	'restrict processing instead (Art. 18(1))';

/* ---- whole tables, and whole people ---- */

CREATE FUNCTION gdpr_internal.require_none_held(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	protected regclass := gdpr_internal.held_as(relation);
	condition text;
	held boolean;
BEGIN
	IF protected IS NULL THEN
		RETURN;
	END IF;
	condition := gdpr_internal.hold_condition(protected);
	IF condition <> 'false' THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE %s)', relation, condition) INTO held;
		IF held THEN
			RAISE EXCEPTION USING ERRCODE = 'ZG018', MESSAGE = format('a legal hold keeps rows of table %s', relation),
				HINT = 'gdpr.row_hold and gdpr.legal_hold list them; gdpr.release_row() and gdpr.release_hold() end '
					'them, and the answer to an open request its own.';
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_none_held(regclass) IS
'internal: ZG018 when a hold keeps a row of a protected table, or of this part of one';

/* On the person, or on the row that is the person. */
CREATE FUNCTION gdpr_internal.require_no_hold(subject bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	people regclass;
	asked text;
	held boolean := EXISTS (SELECT FROM gdpr.legal_hold h WHERE h.subject = require_no_hold.subject
		AND h.ended_at IS NULL AND h.request IS NULL);
BEGIN
	SELECT h.ground INTO asked FROM gdpr.legal_hold h
	WHERE h.subject = require_no_hold.subject AND h.ended_at IS NULL AND h.request IS NOT NULL LIMIT 1;
	IF NOT held AND asked IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG018',
			MESSAGE = format('%s of this person needs the data that would be erased', asked),
			HINT = 'Answer it first with gdpr.fulfil_request() or gdpr.refuse_request(), or record with '
				'gdpr.withdraw_request() that the person gave it up.';
	END IF;
	IF NOT held THEN
		SELECT s.relation INTO people FROM gdpr.subject s JOIN gdpr.protected_table p ON p.relation = s.relation
		WHERE s.number = require_no_hold.subject
		  AND EXISTS (SELECT FROM gdpr.row_hold h WHERE h.relation = s.relation AND h.ended_at IS NULL);
		IF FOUND THEN
			EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.gdpr_subject = $1 AND %s)', people,
				gdpr_internal.row_held(people)) INTO held USING subject;
		END IF;
	END IF;
	IF held THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG018', MESSAGE = 'a legal hold keeps this person''s data from being erased',
			HINT = 'SELECT gdpr.release_hold(id) or gdpr.release_row(number); when the claim is settled; '
				'gdpr.legal_hold and gdpr.row_hold list them.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_no_hold(bigint) IS
'internal: ZG018 while a hold stands on a person, or on the row that is the person';

/* ---- holds ---- */

CREATE FUNCTION gdpr.hold(subject_table gdpr.table_ref, subject_key text, ground text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	placed uuid := gen_random_uuid();
BEGIN
	INSERT INTO gdpr.legal_hold (id, subject, ground) VALUES (placed, person, hold.ground);
	PERFORM gdpr_internal.record('legal hold placed', person, jsonb_build_object('hold', placed, 'ground', ground));
	RETURN placed;
END $$;
COMMENT ON FUNCTION gdpr.hold(gdpr.table_ref, text, text) IS
'Keeps a person''s data, for a legal claim, and returns the hold''s id (Art. 17(3)(e)): no erasure, no rule, no '
	'DELETE takes a row of this person, no UPDATE empties a column or overwrites a sealed value (ZG018). ground: the '
	'case, never a personal value. Errors: 02000 no such person, 23514 no ground.';

CREATE FUNCTION gdpr.release_hold(id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint;
BEGIN
	UPDATE gdpr.legal_hold h SET ended_at = clock_timestamp()
	WHERE h.id = release_hold.id AND h.ended_at IS NULL AND h.request IS NULL RETURNING h.subject INTO person;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such legal hold',
			HINT = 'SELECT * FROM gdpr.legal_hold; lists them; one for a request ends when that is answered.';
	END IF;
	PERFORM gdpr_internal.record('legal hold released', person, jsonb_build_object('hold', id));
END $$;
COMMENT ON FUNCTION gdpr.release_hold(uuid) IS
'Ends a legal hold. Errors: 55000 no such hold, ended already, or that of an open request.';

CREATE FUNCTION gdpr_internal.hold_for_request(subject bigint, request uuid, request_right text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	/* the answer to those two is that data go */
	IF request_right NOT IN ('erasure', 'objection') THEN
		INSERT INTO gdpr.legal_hold (subject, ground, request)
		VALUES (hold_for_request.subject, format('an open request (%s)', replace(request_right, '_', ' ')),
			hold_for_request.request);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.hold_for_request(bigint, uuid, text) IS
'internal: keeps the data of a person while a request is open whose right needs them';

CREATE FUNCTION gdpr_internal.end_request_hold(request uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE gdpr.legal_hold h SET ended_at = clock_timestamp()
	WHERE h.request = end_request_hold.request AND h.ended_at IS NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.end_request_hold(uuid) IS 'internal: a request is closed, and holds nothing any more';

CREATE FUNCTION gdpr_internal.find_row(relation regclass, row_key text, OUT member regclass, OUT place tid,
	OUT key text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns name[] := gdpr_internal.row_key_columns(relation);
	/* in the columns' own types, so that their index serves, and whatever the spelling */
	condition text := (SELECT string_agg(format('t.%I = CAST($1[%s] AS %s)', c, n,
			gdpr_internal.base_type(a.atttypid)), ' AND ' ORDER BY n)
		FROM unnest(columns) WITH ORDINALITY k (c, n) JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c);
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.protected_table p WHERE p.relation = find_row.relation) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('table %s is not protected', relation);
	END IF;
	EXECUTE format('SELECT t.tableoid, t.ctid, %s FROM %s t WHERE %s FOR UPDATE', gdpr_internal.row_key(relation),
		relation, condition)
	INTO member, place, key
		USING CASE cardinality(columns) WHEN 1 THEN ARRAY[row_key]
			ELSE gdpr_internal.key_values(row_key, cardinality(columns)) END;
	IF place IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = format('table %s has no row with this key', relation),
			HINT = 'The key is the text of the primary key; of several columns the text of the row, (a,b).';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.find_row(regclass, text) IS
'internal: finds and locks a row by its primary key, and answers the key as the rules spell it; 55000 not protected, '
	'02000 no such row';

CREATE FUNCTION gdpr.hold_row(relation gdpr.table_ref, row_key text, ground text, until timestamptz DEFAULT NULL)
	RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	placed bigint;
	spelled text;
	protected regclass := coalesce(gdpr_internal.held_as(relation), relation);
BEGIN
	IF gdpr_internal.is_blank(ground) OR until <= now() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a hold needs a ground, and an end that is not past';
	END IF;
	/* 007 and 7 are one row: the hold is kept under the spelling that the rules compare with */
	spelled := (SELECT f.key FROM gdpr_internal.find_row(protected, row_key) f);
	INSERT INTO gdpr.row_hold AS h (relation, row_key, ground, until)
	VALUES (protected, spelled, btrim(hold_row.ground), hold_row.until) RETURNING h.number INTO placed;
	PERFORM gdpr_internal.record('row hold placed', NULL, jsonb_strip_nulls(jsonb_build_object('hold', placed,
		'table', protected::text, 'ground', btrim(ground), 'until', until)));
	RETURN placed;
END $$;
COMMENT ON FUNCTION gdpr.hold_row(gdpr.table_ref, text, text, timestamptz) IS
'Keeps one row of a protected table, by the text of its primary key, until a time or until release_row() (Art. '
	'17(3)), and returns the hold''s number: no rule, no DELETE takes it, no UPDATE changes what is in it (ZG018); the '
	'erasure of its person leaves it, nameless, with the ground among its exceptions, and the next run_retention() '
	'after the hold takes it. Rows that it refers to stay as well. ground: the statute or the case, never a personal '
	'value. gdpr.hold() keeps all rows of a person. Errors: 55000 not protected, 02000 no such row, 22023.';

CREATE FUNCTION gdpr.release_row(number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE gdpr.row_hold h SET ended_at = clock_timestamp() WHERE h.number = release_row.number AND h.ended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'there is no such hold',
			HINT = 'SELECT * FROM gdpr.row_hold; lists them.';
	END IF;
	PERFORM gdpr_internal.record('row hold released', NULL, jsonb_build_object('hold', number));
END $$;
COMMENT ON FUNCTION gdpr.release_row(bigint) IS
'Ends a hold of hold_row(). Errors: 55000 no such hold, or ended already.';
