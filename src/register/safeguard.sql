/*
 * safeguard.sql: what lets a recipient outside the European Economic Area receive personal data all the same: the
 * appropriate safeguards of Art. 46, each with the assessment of the law over there, its evidence and the day of its
 * review; and the certificate that some decisions on adequacy ask of each recipient.
 */
CREATE VIEW gdpr.safeguard_kind AS
SELECT * FROM (VALUES
	('certificate',		'45',		false),
	('instrument',		'46(2)(a)',	false),
	('bcr',				'46(2)(b)',	true),
	('scc',				'46(2)(c)',	true),
	('scc_authority',	'46(2)(d)',	true),
	('code',			'46(2)(e)',	true),
	('certification',	'46(2)(f)',	true),
	('ad_hoc',			'46(3)(a)',	true),
	('arrangement',		'46(3)(b)',	true)) AS kinds (kind, article, needs_assessment);
COMMENT ON VIEW gdpr.safeguard_kind IS
'kinds of safeguards: certificate under a decision on adequacy, instrument between authorities, binding corporate '
	'rules, standard contractual clauses of the Commission or of an authority, code of conduct, certification, clauses '
	'or arrangements that an authority authorised; and whether a transfer impact assessment is asked (C-311/18)';

CREATE TABLE gdpr.safeguard
(
	id				uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	recipient		text NOT NULL REFERENCES gdpr.recipient (name),
	kind			text NOT NULL,
	module			integer CHECK (module BETWEEN 1 AND 4),
	countries		text[] CHECK (countries <> '{}'),
	signed_on		date NOT NULL,
	valid_to		date CHECK (valid_to > signed_on),
	review_on		date NOT NULL CHECK (review_on > signed_on),
	evidence		bytea NOT NULL CHECK (pg_catalog.length(evidence) = 32),
	assessed_on		date,
	assessment		bytea CHECK (pg_catalog.length(assessment) = 32),
	measures		text,
	recorded_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by		name NOT NULL DEFAULT SESSION_USER,
	ended_on		date,
	ended_reason	text,
	CHECK ((assessed_on IS NULL) = (assessment IS NULL)),
	CHECK ((ended_on IS NULL) = (ended_reason IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.safeguard', '');
CREATE INDEX safeguard_recipient ON gdpr.safeguard (recipient);
COMMENT ON TABLE gdpr.safeguard IS
'safeguards of transfers by recipient (Art. 46): signed on, until the day before valid_to, to be reviewed on; evidence '
	'and assessment are SHA-256 of the documents; countries NULL: wherever the recipient is; measures: supplementary '
	'ones; a safeguard counts until the day of its review';

CREATE FUNCTION gdpr_internal.check_safeguard(s gdpr.safeguard) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind gdpr.safeguard_kind;
BEGIN
	SELECT k.* INTO kind FROM gdpr.safeguard_kind k WHERE k.kind = s.kind;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown kind of safeguard',
			HINT = format('Use one of: %s.', (SELECT string_agg(k.kind, ', ') FROM gdpr.safeguard_kind k));
	ELSIF (s.kind = 'scc') <> (s.module IS NOT NULL) OR s.module NOT BETWEEN 1 AND 4 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'standard contractual clauses of the Commission have a module, and nothing else has',
			HINT = 'Module 1 is controller to controller, 2 controller to processor, 3 processor to processor, '
				'4 processor to controller.';
	ELSIF coalesce(length(s.evidence), 0) <> 32 OR length(s.assessment) <> 32 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008',
			MESSAGE = 'a safeguard needs the hash of what was signed: 32 bytes of SHA-256',
			HINT = 'Pass sha256(pg_read_binary_file(...)), or decode(''...'', ''hex'').';
	ELSIF kind.needs_assessment AND (s.assessment IS NULL OR s.assessed_on IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022',
			MESSAGE = 'this safeguard needs an assessment of the law where the data go',
			HINT = 'Pass assessment, the hash of the transfer impact assessment, and assessed_on, its day.';
	ELSIF s.signed_on IS NULL OR s.review_on IS NULL OR s.review_on <= s.signed_on OR s.valid_to <= s.signed_on THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE =
			'a safeguard is signed on a day, and is reviewed and ends later';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_safeguard(gdpr.safeguard) IS
'internal: 22023, ZG008 or ZG022 for a safeguard that proves nothing';

CREATE FUNCTION gdpr.add_safeguard(recipient text, kind text, signed_on date, review_on date, evidence bytea,
	assessment bytea DEFAULT NULL, assessed_on date DEFAULT NULL, module integer DEFAULT NULL,
	countries text[] DEFAULT NULL, valid_to date DEFAULT NULL, measures text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s gdpr.safeguard;
BEGIN
	s.id := gen_random_uuid();
	s.recipient := (gdpr_internal.recipient_named(add_safeguard.recipient)).name;
	IF s.recipient IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'no such recipient is registered',
			HINT = 'Register it first with gdpr.register_recipient().';
	END IF;
	s.kind := add_safeguard.kind;
	s.module := add_safeguard.module;
	s.countries := (SELECT array_agg(DISTINCT gdpr_internal.country_code(c)) FROM unnest(add_safeguard.countries) c);
	s.signed_on := add_safeguard.signed_on;
	s.valid_to := add_safeguard.valid_to;
	s.review_on := add_safeguard.review_on;
	s.evidence := add_safeguard.evidence;
	s.assessment := add_safeguard.assessment;
	s.assessed_on := add_safeguard.assessed_on;
	s.measures := add_safeguard.measures;
	s.recorded_at := clock_timestamp();
	s.recorded_by := SESSION_USER;
	PERFORM gdpr_internal.check_safeguard(s);
	INSERT INTO gdpr.safeguard SELECT s.*;
	PERFORM gdpr_internal.record('safeguard added', NULL, jsonb_strip_nulls(jsonb_build_object('safeguard', s.id,
		'recipient', s.recipient, 'kind', s.kind, 'module', s.module, 'countries', s.countries,
		'signed_on', s.signed_on, 'review_on', s.review_on, 'valid_to', s.valid_to,
		'sha256', encode(s.evidence, 'hex'))));
	RETURN s.id;
END $$;
COMMENT ON FUNCTION gdpr.add_safeguard(text, text, date, date, bytea, bytea, date, integer, text[], date, text) IS
'Records what lets a recipient outside the European Economic Area receive personal data (Art. 46): kind (see '
	'gdpr.safeguard_kind), signed_on, review_on (from that day on it is no ground any more), evidence: SHA-256 of what '
	'was signed; assessment and assessed_on: SHA-256 and day of the transfer impact assessment; module: of the '
	'Commission''s clauses (scc); countries: only for these; valid_to: ends the day before; measures: supplementary '
	'measures. Returns its id. Errors: 02000 recipient not registered, ZG008 no hash, ZG022 no assessment, 22023.';

CREATE FUNCTION gdpr.end_safeguard(id uuid, reason text, ended_on date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day date := coalesce(end_safeguard.ended_on, gdpr_internal.server_today());
BEGIN
	IF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 'say why the safeguard does not count any more';
	END IF;
	UPDATE gdpr.safeguard s SET ended_on = day, ended_reason = reason
	WHERE s.id = end_safeguard.id AND s.ended_on IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '02000', MESSAGE = 'there is no such safeguard';
	END IF;
	PERFORM gdpr_internal.record('safeguard ended', NULL, jsonb_build_object('safeguard', id, 'ended_on', day,
		'reason', reason));
END $$;
COMMENT ON FUNCTION gdpr.end_safeguard(uuid, text, date) IS
'Ends a safeguard, from a day on (default today), with the reason: suspended, struck off the list, a law changed. '
	'Errors: 02000 no such safeguard, ZG022 no reason.';

/* Until the review at the latest: what no one looks at any more protects no one. */
CREATE FUNCTION gdpr_internal.safeguard_end(s gdpr.safeguard) RETURNS date
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN least(s.valid_to, s.review_on, s.ended_on);
COMMENT ON FUNCTION gdpr_internal.safeguard_end(gdpr.safeguard) IS
'internal: the first day on which a safeguard is no ground';

CREATE FUNCTION gdpr_internal.safeguard_on(recipient text, country text, day date, certificate boolean DEFAULT false)
	RETURNS gdpr.safeguard
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT s FROM gdpr.safeguard s
	WHERE s.recipient = safeguard_on.recipient AND (s.kind = 'certificate') = certificate
	  AND coalesce(safeguard_on.country = ANY (s.countries), true)
	  AND greatest(s.signed_on, s.assessed_on) <= day AND gdpr_internal.safeguard_end(s) > day
	ORDER BY gdpr_internal.safeguard_end(s) DESC, s.id LIMIT 1
$$;
COMMENT ON FUNCTION gdpr_internal.safeguard_on(text, text, date, boolean) IS
'internal: the safeguard, or the certificate, of a recipient that counts for a country on a day and lasts longest';
