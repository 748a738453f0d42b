/*
 * contract.sql: what binds a processor (Art. 28): the contract with its eight clauses, who here looks after it, and
 * what shows that the processor keeps to it. A processor without a contract that counts gets nothing.
 */
CREATE VIEW gdpr.processor_clause AS
SELECT * FROM (VALUES
	('instructions',	'28(3)(a)'),
	('confidentiality',	'28(3)(b)'),
	('security',		'28(3)(c)'),
	('sub_processors',	'28(3)(d)'),
	('rights',			'28(3)(e)'),
	('assistance',		'28(3)(f)'),
	('deletion',		'28(3)(g)'),
	('audit',			'28(3)(h)')) AS clauses (clause, article);
COMMENT ON VIEW gdpr.processor_clause IS
'what a contract with a processor says: only on documented instructions; confidentiality; security; sub-processors '
	'only with leave and under the same duties; help with the rights of people, and with Art. 32 to 36; deletion or '
	'return at the end; information and audits';

CREATE TABLE gdpr.processor_contract
(
	id					uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	recipient			text NOT NULL REFERENCES gdpr.recipient (name),
	clauses				text[] NOT NULL,
	document			bytea NOT NULL CHECK (pg_catalog.length(document) = 32),
	owner				text NOT NULL CHECK (pg_catalog.btrim(owner) <> ''),
	valid_from			date NOT NULL,
	valid_to			date CHECK (valid_to > valid_from),
	objection_period	interval NOT NULL CHECK (objection_period >= interval '0'),
	recorded_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by			name NOT NULL DEFAULT SESSION_USER,
	ended_on			date,
	ended_reason		text,
	CHECK ((ended_on IS NULL) = (ended_reason IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.processor_contract', '');
CREATE INDEX processor_contract_recipient ON gdpr.processor_contract (recipient);
COMMENT ON TABLE gdpr.processor_contract IS
'contracts with processors (Art. 28(3)): the clauses it has of gdpr.processor_clause, SHA-256 of the document, who '
	'here looks after it (owner), from valid_from until the day before valid_to; objection_period: how long after a '
	'new sub-processor was announced one may object';

CREATE TABLE gdpr.processor_proof
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	recipient	text NOT NULL REFERENCES gdpr.recipient (name),
	kind		text NOT NULL CHECK (kind IN ('certificate', 'audit')),
	name		text NOT NULL CHECK (pg_catalog.btrim(name) <> ''),
	done_on		date NOT NULL,
	valid_to	date NOT NULL CHECK (valid_to > done_on),
	evidence	bytea NOT NULL CHECK (pg_catalog.length(evidence) = 32),
	recorded_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by	name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.processor_proof', '');
SELECT gdpr_internal.append_only('gdpr.processor_proof');
COMMENT ON TABLE gdpr.processor_proof IS
'what shows that a processor gives sufficient guarantees (Art. 28(1), (5)): certificates and audits, each with the day '
	'on which it ends or the next is due, and SHA-256 of the document; append-only';

CREATE TABLE gdpr.contract_warning
(
	contract	uuid NOT NULL REFERENCES gdpr.processor_contract (id),
	days_left	integer NOT NULL,
	warned_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (contract, days_left)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.contract_warning', '');
COMMENT ON TABLE gdpr.contract_warning IS 'which warnings before the end of a contract were given: 90, 30 and 0 days';

CREATE FUNCTION gdpr_internal.require_recipient(name text) RETURNS gdpr.recipient
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	receives gdpr.recipient := gdpr_internal.recipient_named(name);
BEGIN
	IF receives.name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'no such recipient is registered',
			HINT = 'SELECT gdpr.register_recipient(...); first.';
	END IF;
	RETURN receives;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_recipient(text) IS
'internal: a registered recipient that has not ended; 02000 otherwise';

CREATE FUNCTION gdpr_internal.check_contract(c gdpr.processor_contract, kind text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(c.owner) THEN
		RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = 'a contract needs an owner: who here looks after it',
			HINT = 'Name a department or a function. The responsibility stays with you (Art. 24, 28(1)).';
	ELSIF kind NOT IN ('processor', 'sub_processor') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the recipient is not a processor';
	ELSIF c.clauses IS NULL OR EXISTS (SELECT FROM unnest(c.clauses) x
		WHERE x IS NULL OR x NOT IN (SELECT clause FROM gdpr.processor_clause)) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown clause of a contract with a processor',
			HINT = format('The clauses are %s.', (SELECT string_agg(clause, ', ') FROM gdpr.processor_clause));
	ELSIF coalesce(length(c.document), 0) <> 32 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'a contract needs the hash of its document: 32 bytes of '
			'SHA-256',
			HINT = 'Pass sha256(pg_read_binary_file(...)), or decode(''...'', ''hex'').';
	ELSIF c.valid_from IS NULL OR c.valid_to <= c.valid_from OR c.objection_period < interval '0' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a contract begins on a day, and ends later';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_contract(gdpr.processor_contract, text) IS
'internal: 23502, 22023 or ZG008 for a contract that cannot be recorded';

CREATE FUNCTION gdpr.add_contract(recipient text, clauses text[], document bytea, owner text, valid_from date,
	valid_to date DEFAULT NULL, objection_period interval DEFAULT '30 days') RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	receives gdpr.recipient := gdpr_internal.require_recipient(recipient);
	c gdpr.processor_contract;
BEGIN
	c.id := gen_random_uuid();
	c.recipient := receives.name;
	c.clauses := (SELECT array_agg(DISTINCT x) FROM unnest(add_contract.clauses) x);
	c.document := add_contract.document;
	c.owner := add_contract.owner;
	c.valid_from := add_contract.valid_from;
	c.valid_to := add_contract.valid_to;
	c.objection_period := coalesce(add_contract.objection_period, interval '30 days');
	c.recorded_at := clock_timestamp();
	c.recorded_by := SESSION_USER;
	PERFORM gdpr_internal.check_contract(c, receives.kind);
	INSERT INTO gdpr.processor_contract SELECT c.*;
	PERFORM gdpr_internal.record('contract added', NULL, jsonb_strip_nulls(jsonb_build_object('contract', c.id,
		'recipient', c.recipient, 'clauses', c.clauses, 'owner', c.owner, 'from', c.valid_from, 'to', c.valid_to,
		'sha256', encode(c.document, 'hex'))));
	RETURN c.id;
END $$;
COMMENT ON FUNCTION gdpr.add_contract(text, text[], bytea, text, date, date, interval) IS
'Records the contract with a registered processor (Art. 28(3)): clauses, the names of gdpr.processor_clause that it '
	'has; document, its SHA-256; owner, who here looks after it; valid_from, and valid_to when it ends the day before; '
	'objection_period: how long one may object to a new sub-processor (default 30 days), which gets nothing until '
	'then. Returns its id. Errors: 02000 not registered, 23502 no owner, ZG008 no hash, 22023 unknown clause, not a '
	'processor.';

CREATE FUNCTION gdpr.end_contract(id uuid, reason text, ended_on date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day date := coalesce(end_contract.ended_on, gdpr_internal.server_today());
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say why the contract does not count any more';
	END IF;
	UPDATE gdpr.processor_contract c SET ended_on = day, ended_reason = reason
	WHERE c.id = end_contract.id AND c.ended_on IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such contract';
	END IF;
	PERFORM gdpr_internal.record('contract ended', NULL, jsonb_build_object('contract', id, 'ended_on', day,
		'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.end_contract(uuid, text, date) IS
'Ends a contract with a processor from a day on (default today), with the reason. Errors: 02000 no such contract, '
	'ZG022 no reason.';

CREATE FUNCTION gdpr.add_processor_proof(recipient text, kind text, name text, done_on date, valid_to date,
	evidence bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	receives gdpr.recipient := gdpr_internal.require_recipient(recipient);
	added uuid;
BEGIN
	IF coalesce(kind, '') NOT IN ('certificate', 'audit') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown kind of proof', HINT = 'Use certificate or audit.';
	ELSIF gdpr_internal.is_blank(name) OR num_nulls(done_on, valid_to) > 0 OR valid_to <= done_on THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a certificate or audit has a name, a day, and a later day on which it ends or the next is due';
	ELSIF coalesce(length(evidence), 0) <> 32 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'a proof needs the hash of its document: 32 bytes of SHA-256'
			'';
	END IF;
	INSERT INTO gdpr.processor_proof (recipient, kind, name, done_on, valid_to, evidence)
	VALUES (receives.name, add_processor_proof.kind, btrim(add_processor_proof.name), add_processor_proof.done_on,
		add_processor_proof.valid_to, add_processor_proof.evidence) RETURNING processor_proof.id INTO added;
	PERFORM gdpr_internal.record('processor proof added', NULL, jsonb_build_object('proof', added, 'recipient',
		receives.name, 'kind', kind, 'name', btrim(name), 'done_on', done_on, 'valid_to', valid_to));
	RETURN added;
END $$;
COMMENT ON FUNCTION gdpr.add_processor_proof(text, text, text, date, date, bytea) IS
'Records what shows that a processor gives sufficient guarantees (Art. 28(1), (5)): kind certificate or audit, its '
	'name, day, the day on which it ends or the next is due, SHA-256 of the document. Errors: 02000 not registered, '
	'ZG008 no hash, 22023.';

/* ---- what counts ---- */

CREATE FUNCTION gdpr_internal.contract_on(recipient text, day date) RETURNS gdpr.processor_contract
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c FROM gdpr.processor_contract c
	WHERE c.recipient = contract_on.recipient AND c.valid_from <= day
	  AND coalesce(least(c.valid_to, c.ended_on) > day, true)
	ORDER BY cardinality(c.clauses) DESC, least(c.valid_to, c.ended_on) DESC NULLS FIRST, c.id LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.contract_on(text, date) IS
'internal: the contract with a processor that runs on a day, the most complete one, or NULL';

CREATE FUNCTION gdpr_internal.contract_missing_on(r gdpr.recipient, day date) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c gdpr.processor_contract;
	above gdpr.recipient;
	missing text[];
BEGIN
	IF r.kind NOT IN ('processor', 'sub_processor') THEN
		RETURN '{}';
	END IF;
	c := gdpr_internal.contract_on(r.name, day);
	IF c.id IS NULL THEN
		RETURN '{contract}';
	END IF;
	missing := ARRAY(SELECT p.clause FROM gdpr.processor_clause p WHERE p.clause <> ALL (c.clauses));
	IF r.kind = 'sub_processor' THEN
		above := gdpr_internal.recipient_named(r.called_in_by);
		IF above.name IS NULL OR gdpr_internal.contract_missing_on(above, day) <> '{}' THEN
			missing := missing || 'contract of the processor that called it in'::text;
		ELSIF gdpr_internal.day_of(r.registered_at
			+ (gdpr_internal.contract_on(above.name, day)).objection_period) > day THEN
			missing := missing || 'end of the time to object to it'::text;
		END IF;
	END IF;
	RETURN missing;
END $$;
COMMENT ON FUNCTION gdpr_internal.contract_missing_on(gdpr.recipient, date) IS
'internal: what a recipient lacks of a contract on a day, and the processors that called it in';

CREATE FUNCTION gdpr.contract_missing(recipient text, day date DEFAULT NULL) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.contract_missing_on(gdpr_internal.require_recipient(recipient),
		coalesce(day, gdpr_internal.server_today()))
$$;
COMMENT ON FUNCTION gdpr.contract_missing(text, date) IS
'What a registered recipient lacks of a contract on a day (default today): clauses of gdpr.processor_clause, the whole '
	'contract, that of the processor that called it in, or the end of the time to object. Empty: it may receive data. '
	'Errors: 02000 not registered. Art. 28.';

CREATE FUNCTION gdpr_internal.require_contract(r gdpr.recipient, day date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text[] := gdpr_internal.contract_missing_on(r, day);
BEGIN
	IF missing <> '{}' THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG015',
			MESSAGE = format('processor %s has no contract that counts: missing %s', r.name,
				array_to_string(missing, ', ')),
			HINT = format('SELECT gdpr.contract_missing(%L); and gdpr.add_contract() when it is signed.', r.name);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_contract(gdpr.recipient, date) IS
'internal: ZG015 for a processor without a contract that counts on a day';

/* ---- before it ends ---- */

/* The last contract of a processor: one that is followed by another ends unheard. */
CREATE VIEW gdpr.contract_ending AS
SELECT DISTINCT ON (c.recipient) c.recipient, c.id AS contract, c.owner,
	least(c.valid_to, c.ended_on) AS ends_on,
	least(c.valid_to, c.ended_on) OPERATOR(pg_catalog.-) gdpr_internal.server_today() AS days_left
FROM gdpr.processor_contract c JOIN gdpr.recipient r ON r.name = c.recipient AND r.ended_at IS NULL
WHERE NOT EXISTS (SELECT FROM gdpr.processor_clause p WHERE p.clause <> ALL (c.clauses))
ORDER BY c.recipient, least(c.valid_to, c.ended_on) DESC NULLS FIRST, c.valid_from DESC;
COMMENT ON VIEW gdpr.contract_ending IS
'the last complete contract of each processor: the first day on which it does not count, and how many days are left';

CREATE FUNCTION gdpr.note_contracts() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e record;
	warned bigint := 0;
BEGIN
	FOR e IN SELECT x.*, w.days FROM gdpr.contract_ending x
		CROSS JOIN LATERAL (SELECT min(d) AS days FROM unnest('{90,30,0}'::integer[]) d WHERE x.days_left <= d) w
		WHERE w.days IS NOT NULL
	LOOP
		INSERT INTO gdpr.contract_warning (contract, days_left) VALUES (e.contract, e.days) ON CONFLICT DO NOTHING;
		CONTINUE WHEN NOT FOUND;
		PERFORM gdpr_internal.record('contract ends', NULL, jsonb_build_object('contract', e.contract, 'recipient',
			e.recipient, 'ends_on', e.ends_on, 'owner', e.owner, 'warning', e.days));
		PERFORM pg_notify('gdpr', json_build_object('event', 'contract ends', 'recipient', e.recipient, 'ends_on',
			e.ends_on, 'owner', e.owner)::text);
		warned := warned + 1;
	END LOOP;
	RETURN warned;
END $$;
COMMENT ON FUNCTION gdpr.note_contracts() IS
'A daily job: puts on record, once each, and notifies channel gdpr, that a contract with a processor ends in 90 days, '
	'in 30 days, or has ended; returns how many it warned of (Art. 28).';

CREATE FUNCTION gdpr_internal.contract_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'error', 'processor-without-contract', 'recipient ' || r.name,
		format('no contract of Art. 28(3) that counts: missing %s', array_to_string(m.missing, ', ')),
		format('SELECT gdpr.add_contract(%L, ...);', r.name)
	FROM gdpr.recipient r CROSS JOIN LATERAL gdpr_internal.contract_missing_on(r, gdpr_internal.server_today())
		m (missing)
	WHERE r.ended_at IS NULL AND m.missing <> '{}' AND m.missing <> '{"end of the time to object to it"}'
	UNION ALL
	SELECT CASE WHEN e.days_left <= 30 THEN 'warning' ELSE 'info' END, 'contract-ends', 'recipient ' || e.recipient,
		format('the contract counts until %s; %s looks after it', to_char(e.ends_on - 1, 'YYYY-MM-DD'), e.owner),
		format('SELECT gdpr.add_contract(%L, ...); or gdpr.end_recipient().', e.recipient)
	FROM gdpr.contract_ending e WHERE e.days_left BETWEEN 1 AND 90
	UNION ALL
	SELECT 'warning', 'processor-proof-ends', 'recipient ' || p.recipient,
		format('the %s %s counts until %s', p.kind, p.name, to_char(p.valid_to - 1, 'YYYY-MM-DD')),
		format('SELECT gdpr.add_processor_proof(%L, ...);', p.recipient)
	FROM (SELECT DISTINCT ON (p.recipient, p.kind, p.name) p.* FROM gdpr.processor_proof p
		JOIN gdpr.recipient r ON r.name = p.recipient AND r.ended_at IS NULL
		ORDER BY p.recipient, p.kind, p.name, p.valid_to DESC) p
	WHERE p.valid_to <= gdpr_internal.server_today() + 30
$$;
COMMENT ON FUNCTION gdpr_internal.contract_findings() IS
'internal: part of status(): processors without a contract, and contracts, certificates and audits that end';
SELECT gdpr_internal.finds('register', 'gdpr_internal.contract_findings');
