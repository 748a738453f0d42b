/*
 * consent_age.sql: from which age the law of a country lets a person consent alone (Art. 8(1)), by date.
 */
CREATE TABLE gdpr.child_consent_age
(
	country		text NOT NULL CHECK (country ~ '^([A-Z]{2}|\*)$'),
	age			integer NOT NULL CHECK (age BETWEEN 13 AND 21),
	valid_from	date NOT NULL,
	valid_to	date CHECK (valid_to > valid_from),
	source		text NOT NULL,
	builtin		boolean NOT NULL DEFAULT false,
	recorded_at	timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (country, valid_from, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.child_consent_age', 'WHERE NOT builtin');
SELECT gdpr_internal.append_only('gdpr.child_consent_age');
CREATE TRIGGER guard BEFORE INSERT ON gdpr.child_consent_age
	FOR EACH ROW EXECUTE FUNCTION gdpr_internal.guard_law('valid_from');
COMMENT ON TABLE gdpr.child_consent_age IS
'age from which a person consents without a guardian, by country (ISO 3166; * is everywhere else): the row with the '
	'newest valid_from counts; insert a row when a law changes; append-only';

INSERT INTO gdpr.child_consent_age (country, age, valid_from, valid_to, source, builtin)
SELECT country, age, date '2018-05-25', NULL, 'national law under Art. 8(1)', true
FROM (VALUES (13, '{EE,FI,LV,MT,PT,SE,NO,IS}'), (14, '{AT,BG,CY,IT,LT,ES}'), (15, '{CZ,FR,GR}'),
			 (16, '{HR,DE,HU,IE,LU,NL,PL,RO,SK,LI}')) AS ages (age, countries),
				 pg_catalog.unnest(countries::text[]) AS country
UNION ALL VALUES
	('*', 16, date '2018-05-25', NULL::date, 'Art. 8(1)', true),
	('BE', 16, '2018-05-25', '2018-09-05', 'Art. 8(1), before the law of 30 July 2018', true),
	('BE', 13, '2018-09-05', NULL, 'law of 30 July 2018, art. 7', true),
	('DK', 13, '2018-05-25', '2024-01-01', 'databeskyttelsesloven, section 6', true),
	('DK', 15, '2024-01-01', NULL, 'databeskyttelsesloven, section 6, as changed from 1 January 2024', true),
	('SI', 16, '2018-05-25', '2023-01-26', 'Art. 8(1), before ZVOP-2', true),
	('SI', 15, '2023-01-26', NULL, 'ZVOP-2', true);
