/*
 * acquisition.sql: lists of people that were bought or rented (Art. 14): from whom, on what ground, and which people on
 * file came by which list. src/lists takes them in.
 */
CREATE TABLE gdpr.acquisition
(
	id						uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	kind					text NOT NULL CHECK (kind IN ('bought', 'rented')),
	supplier				text NOT NULL CHECK (pg_catalog.btrim(supplier) <> ''),
	contract				text NOT NULL CHECK (pg_catalog.btrim(contract) <> ''),
	original_controller		text NOT NULL CHECK (pg_catalog.btrim(original_controller) <> ''),
	source					text NOT NULL CHECK (pg_catalog.btrim(source) <> ''),
	basis					text NOT NULL CHECK (pg_catalog.btrim(basis) <> ''),
	wording					text NOT NULL CHECK (pg_catalog.btrim(wording) <> ''),
	language				gdpr.language NOT NULL,
	recipient_categories	text[] NOT NULL DEFAULT '{}',
	data_categories			text[] NOT NULL CHECK (data_categories <> '{}'),
	collected_at			timestamptz NOT NULL,
	obtained_at				timestamptz NOT NULL CHECK (obtained_at >= collected_at),
	rental_end				date CHECK ((rental_end IS NOT NULL) = (kind = 'rented')),
	row_count				bigint NOT NULL CHECK (row_count > 0),
	file_sha256				bytea NOT NULL CHECK (pg_catalog.length(file_sha256) = 32),
	notice					text NOT NULL,
	keeper					bigint REFERENCES gdpr.subject (number),
	recorded_at				timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by				name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.acquisition', '');
SELECT gdpr_internal.keeps_subject('gdpr.acquisition', 'keeper', 'keep',
	'no named person: the key under which rows of the list are held');
COMMENT ON TABLE gdpr.acquisition IS
'lists of people that were bought or rented: supplier, contract, who collected the data, where (source), since when, '
	'with which words and on which basis, when we got them, until when we may use them, rows and SHA-256 of the file; '
	'notice: those words as a notice; keeper: the key of the rows that are held';

/* Where someone's data came from (Art. 15(1)(g)). */
CREATE TABLE gdpr.acquired_person
(
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	acquisition	uuid NOT NULL REFERENCES gdpr.acquisition (id),
	relation	regclass NOT NULL,
	purpose		integer NOT NULL REFERENCES gdpr.purpose (number),
	consent		uuid,
	imported_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ended_at	timestamptz,
	PRIMARY KEY (subject, acquisition)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.acquired_person',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_subject('gdpr.acquired_person', 'subject', 'keep',
	'where the data came from, under a number without a name', copied => $q$
	SELECT 'gdpr.acquired_person'::regclass, 'owner', jsonb_strip_nulls(jsonb_build_object('supplier', a.supplier,
		'contract', a.contract, 'collected_by', a.original_controller, 'source', a.source,
		'collected_since', to_char(a.collected_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'wording', a.wording,
		'obtained_on', to_char(a.obtained_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'rental_end', a.rental_end,
		'purpose', p.name, 'purposes', '{}')), '{}'::jsonb
	FROM gdpr.acquired_person x JOIN gdpr.acquisition a ON a.id = x.acquisition JOIN gdpr.purpose p
		ON p.number = x.purpose WHERE x.subject = $2 ORDER BY a.obtained_at, a.id$q$);
SELECT gdpr_internal.keeps_relation('gdpr.acquired_person', 'relation', 'keep',
	'where the data came from outlives the table');
CREATE INDEX acquired_person_acquisition ON gdpr.acquired_person (acquisition);
COMMENT ON TABLE gdpr.acquired_person IS
'who is on file by which list, for which purpose and by which consent; ended_at: the rental was over';

/* What did not go in is sealed as a whole under the key of its list, and ends with it. */
CREATE TABLE gdpr.list_held
(
	number		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	acquisition	uuid NOT NULL REFERENCES gdpr.acquisition (id),
	code		text NOT NULL,
	sealed_for	bigint NOT NULL REFERENCES gdpr.subject (number),
	content		gdpr.pii_json NOT NULL CHECK (gdpr.is_bound(content)),
	hashes		bytea[] NOT NULL,
	held_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	until		timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.list_held', '');
SELECT pg_catalog.pg_extension_config_dump('gdpr.list_held_number_seq', '');
SELECT gdpr_internal.keeps_subject('gdpr.list_held', 'sealed_for', 'keep', 'no named person: the key of the list');
CREATE INDEX list_held_acquisition ON gdpr.list_held (acquisition);
CREATE INDEX list_held_until ON gdpr.list_held (until);
CREATE INDEX list_held_hashes ON gdpr.list_held USING gin (hashes);
COMMENT ON TABLE gdpr.list_held IS
'rows of lists that were held back, and why (code): sealed for the nameless subject of the list, with keyed hashes of '
	'their identifiers; destroyed when until is over (the setting list_quarantine)';

/* What became of every row is counted, since the rows that are held go. */
CREATE TABLE gdpr.list_count
(
	acquisition	uuid NOT NULL REFERENCES gdpr.acquisition (id),
	code		text NOT NULL,
	rows		bigint NOT NULL,
	PRIMARY KEY (acquisition, code)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.list_count', '');
COMMENT ON TABLE gdpr.list_count IS 'how many rows of a list went in (live), or were held and why';

SELECT gdpr_internal.add_setting('list_quarantine', '30 days', 'practice',
	'how long rows of a bought or rented list that did not go in are held', maximum => '1 year');
