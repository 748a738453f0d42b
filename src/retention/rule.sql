/*
 * rule.sql: how long rows are kept for each purpose, counted from what, and what happens then (Art. 5(1)(e), 13(2)(a)).
 * Holds (policy/hold.sql) win over every rule.
 *
 * A rule ends a purpose of a row. While the row's tag holds other purposes it only leaves the tag; with the last
 * purpose the row itself goes, by that rule's action.
 */
CREATE TABLE gdpr.retention_template
(
	name		text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'),
	trigger		text NOT NULL CHECK (trigger IN ('collected', 'activity', 'consent_end', 'column')),
	period		interval NOT NULL CHECK (period >= interval '0'),
	source		text NOT NULL,
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (name, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_template', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.retention_template IS
'triggers and periods by name, with their source, for set_retention(); a row of your own with the name of a built-in '
	'one takes its place';
INSERT INTO gdpr.retention_template VALUES
	('inactive_3y', 'activity', '3 years',
	 'CNIL, referentiel gestion des activites commerciales (3 February 2022): three years from the end of the '
		 'relation or the last contact from the person', true);

CREATE TABLE gdpr.retention_rule
(
	number			integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation		regclass NOT NULL,
	purpose			integer NOT NULL REFERENCES gdpr.purpose (number),
	trigger			text NOT NULL CHECK (trigger IN ('collected', 'activity', 'consent_end', 'column')),
	column_name		name CHECK (trigger IN ('collected', 'activity')
		OR (column_name IS NULL) = (trigger = 'consent_end')),
	collected		name CHECK (collected IS NULL OR trigger = 'activity'),
	period			interval NOT NULL CHECK (period >= interval '0'),
	action			text NOT NULL CHECK (action IN ('delete', 'suppress', 'anonymise', 'archive')),
	archive_for		interval CHECK (archive_for > interval '0'),
	archive_in		regclass CHECK (archive_in IS NULL OR action = 'archive'),
	justification	text,
	set_by			name NOT NULL DEFAULT SESSION_USER,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.now(),
	confirmed_by	name,
	first_run_due	bigint,
	first_run_rows	bigint,
	UNIQUE (relation, purpose),
	CHECK ((action = 'archive') = (archive_for IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_rule',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.retention_rule', 'relation', 'delete', names => '{column_name,collected}',
	names_do => 'keep', names_why => 'a rule without its column is a finding, and does not run');
SELECT gdpr_internal.keeps_relation('gdpr.retention_rule', 'archive_in', 'keep',
	'a rule without its archive is a finding, and does not run');
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_rule_number_seq', '');
COMMENT ON TABLE gdpr.retention_rule IS
'per protected table and purpose: what the period counts from (trigger, column_name; collected is the fall-back of an '
	'activity), how long, and what then; first_run_due of first_run_rows rows would have gone in its first run, which '
	'waits for confirmed_by';

CREATE TABLE gdpr.retention_event
(
	rule		integer NOT NULL REFERENCES gdpr.retention_rule ON DELETE CASCADE,
	relation	regclass NOT NULL,
	column_name	name NOT NULL,
	PRIMARY KEY (rule, relation, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.retention_event',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class) AND rule IN (SELECT number FROM gdpr.retention_rule '
		'r WHERE r.relation::oid IN (SELECT oid FROM pg_catalog.pg_class))');
SELECT gdpr_internal.keeps_relation('gdpr.retention_event', 'relation', 'delete', names => '{column_name}',
	names_do => 'keep', names_why => 'a rule without its column is a finding, and does not run');
COMMENT ON TABLE gdpr.retention_event IS
'columns of other protected tables whose newest value is an activity of the subject, for rules with trigger activity';
