/*
 * transfer_law.sql: what the law says of countries (Chapter V), as dated rows: the European Economic Area, and the
 * decisions that a country or an organisation protects personal data adequately. eea.tsv and adequacy.tsv beside this
 * file hold what is built in.
 *
 * checked_on is the day on which a person last compared a row with a public source. A row that no one did is no ground:
 * record it again, with its source. Of two rows about the same thing the one compared last counts.
 */
CREATE TABLE gdpr.eea_country
(
	country		text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	inside		boolean NOT NULL,
	part_of		text CHECK (part_of ~ '^[A-Z]{2}$'),
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	source		text NOT NULL CHECK (pg_catalog.btrim(source) <> ''),
	checked_on	date,
	builtin		boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by	name NOT NULL DEFAULT SESSION_USER,
	UNIQUE (country, valid_from, builtin, recorded_at)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.eea_country', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.eea_country');
COMMENT ON TABLE gdpr.eea_country IS
'the European Economic Area, from valid_from until the day before valid_to: its states, and the territories of states '
	'that are inside or not (part_of); append-only: gdpr.record_eea_country() adds a row';

CREATE TABLE gdpr.adequacy
(
	party		text NOT NULL CHECK (party ~ '^[A-Z]{2,12}$'),
	decision	text NOT NULL CHECK (pg_catalog.btrim(decision) <> ''),
	decided_on	date,
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	recipients	text NOT NULL CHECK (recipients IN ('all', 'private', 'certified')),
	scope		text,
	not_from	text[],
	source		text NOT NULL CHECK (pg_catalog.btrim(source) <> ''),
	checked_on	date,
	builtin		boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by	name NOT NULL DEFAULT SESSION_USER,
	UNIQUE (party, decision, builtin, recorded_at)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.adequacy', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.adequacy');
COMMENT ON TABLE gdpr.adequacy IS
'decisions of the Commission that a country, or an international organisation, protects personal data adequately '
	'(Art. 45), from valid_from until the day before valid_to; recipients: all, private (those of the private sector '
	'only) or certified (those with a certificate); not_from: controllers of these countries cannot rely on it yet; '
	'append-only: gdpr.record_adequacy() adds a row';
