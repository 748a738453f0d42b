/*
 * objection.sql: objections (Art. 21) and restrictions (Art. 18), as the policy reads them.
 */
CREATE TABLE gdpr.objection
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	purpose		integer NOT NULL REFERENCES gdpr.purpose (number),
	channel		gdpr.channel NOT NULL DEFAULT 'any',
	raised_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	ended_at	timestamptz,
	CHECK (ended_at >= raised_at)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.objection', '');
SELECT gdpr_internal.keeps_subject('gdpr.objection', 'subject', 'keep',
	'proof that the objection was heeded, under a number without a name');
CREATE INDEX objection_subject ON gdpr.objection (subject);
COMMENT ON TABLE gdpr.objection IS 'objections of subjects (Art. 21); one that has not ended stands';

CREATE TABLE gdpr.restriction
(
	id			uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	ground		text NOT NULL CHECK (ground IN ('accuracy contested', 'unlawful', 'legal claims', 'objection pending')),
	since		timestamptz NOT NULL DEFAULT pg_catalog.now(),
	ended_at	timestamptz,
	CHECK (ended_at >= since)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.restriction', '');
SELECT gdpr_internal.keeps_subject('gdpr.restriction', 'subject', 'keep',
	'proof that the restriction was heeded, under a number without a name');
CREATE INDEX restriction_subject ON gdpr.restriction (subject);
COMMENT ON TABLE gdpr.restriction IS 'restrictions of processing with their ground in Art. 18(1)(a)-(d)';

CREATE TABLE gdpr.automated_purpose
(
	purpose			integer PRIMARY KEY REFERENCES gdpr.purpose (number),
	logic			text NOT NULL CHECK (pg_catalog.btrim(logic) <> ''),
	significance	text NOT NULL CHECK (pg_catalog.btrim(significance) <> ''),
	declared_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.automated_purpose', '');
COMMENT ON TABLE gdpr.automated_purpose IS
'purposes for which people are profiled or decided about by machine, with the logic and what it means for them (Art. '
	'13(2)(f), 22): an objection to one stands whatever its basis';
