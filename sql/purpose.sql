-- Purposes, their definition and end, grants to roles, the session's purpose, the national number.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
SELECT coalesce(max(number), 0) AS ledger_before FROM gdpr.ledger \gset

-- what is shipped, with identifiers and labels in four languages
SELECT number, name, basis, direct_marketing AS marketing, despite_restriction AS despite FROM gdpr.purpose WHERE builtin ORDER BY number;
SELECT name, dpv_iri, fides_key FROM gdpr.purpose
WHERE name IN ('newsletter', 'targeted_ads', 'visitor_measurement') ORDER BY name;
SELECT count(*) FROM gdpr.purpose
WHERE builtin AND (fides_key IS NULL
	OR dpv_iri !~ '^https://w3id.org/dpv#[A-Z][A-Za-z]+$');
SELECT name, l AS complaint FROM gdpr.purpose, gdpr.lint_purpose(description) l WHERE builtin;

-- and cannot be changed, not even by hand
UPDATE gdpr.purpose SET basis = 'contract' WHERE name = 'newsletter'; -- fails
DELETE FROM gdpr.purpose WHERE name = 'newsletter'; -- fails
INSERT INTO gdpr.purpose (number, name, basis, description, builtin) VALUES (900, 'mine', 'consent', 'Mine alone', true); -- fails
SELECT gdpr.end_purpose('newsletter'); -- fails

-- a purpose says what it is for
SELECT gdpr.define_purpose('keep', 'mogelijk later nuttig', 'consent'); -- fails
SELECT gdpr.define_purpose('keep', 'Possibly useful for our marketing department', 'consent'); -- fails
SELECT gdpr.define_purpose('keep', 'Verschiedene Werbung an unsere Kunden senden', 'consent'); -- fails
SELECT gdpr.define_purpose('keep', 'On garde tout cela, peut-être utile', 'consent'); -- fails
SELECT gdpr.define_purpose('keep', 'marketing', 'consent'); -- fails
SELECT gdpr.define_purpose('keep', NULL, 'consent'); -- fails
SELECT d AS description, array_agg(l) FILTER (WHERE l IS NOT NULL) AS complaints
FROM unnest(ARRAY['various', 'Sending the variousness report to members', 'DIVERSE:  etc.', 'mogelijk  -  nuttig',
				  'Repairing bicycles that members bring to the workshop']) d
LEFT JOIN gdpr.lint_purpose(d) l ON true GROUP BY d ORDER BY d COLLATE "C";

-- has a name, a basis and what the basis needs
SELECT gdpr.define_purpose('Loyalty programme', 'Keeping the points of each member of the programme', 'contract'); -- fails
SELECT gdpr.define_purpose('newsletter', 'Sending the monthly letter to those who asked', 'consent'); -- fails
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'because'); -- fails
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'legal_obligation'); -- fails
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'public_task', ' '); -- fails
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'legitimate_interests'); -- fails
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'contract', direct_marketing => true); -- fails
SELECT gdpr.define_purpose('allergies', 'Warning the kitchen of the allergies of a guest', 'consent', special_category => true); -- fails
SELECT gdpr.define_purpose('allergies', 'Warning the kitchen of the allergies of a guest', 'consent', art9_condition => '9-2-z'); -- fails
\set VERBOSITY sqlstate
SELECT gdpr.define_purpose('keep', 'mogelijk later nuttig', 'consent'); -- fails: 22023
SELECT gdpr.define_purpose('newsletter', 'Sending the monthly letter to those who asked', 'consent'); -- fails: 42710
SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'vital_interests'); -- fails: 22023
SELECT gdpr.define_purpose('allergies', 'Warning the kitchen of the allergies of a guest', 'consent', special_category => true); -- fails: ZG010
SELECT gdpr.purpose_number('loyalty'); -- fails: ZG002
UPDATE gdpr.purpose SET builtin = false WHERE name = 'newsletter'; -- fails: 42501
SET client_min_messages = error;
TRUNCATE gdpr.purpose CASCADE; -- fails: 42501
RESET client_min_messages;
\set VERBOSITY default

SELECT gdpr.define_purpose('loyalty', 'Keeping the points of each member of the programme', 'contract',
	labels => '{"nl": "Klantenkaart", "fr": "Carte de fidélité"}') >= 1000 AS own_numbers;
SELECT gdpr.define_purpose('allergies', 'Warning the kitchen of the allergies of a guest', 'consent',
	special_category => true, art9_condition => '9-2-a') >= 1000 AS own_numbers;
SELECT name, basis, art9_condition, builtin, gdpr_internal.say('purpose', name, 'nl') AS nl, gdpr_internal.say('purpose', name, 'fr') AS fr FROM gdpr.purpose WHERE name IN ('loyalty', 'allergies') ORDER BY name;
UPDATE gdpr.purpose SET number = number + 1000 WHERE name = 'loyalty'; -- fails
SELECT gdpr.purpose_number('newsletter'), gdpr.purpose_number('loyalty') >= 1000 AS own;

-- grants
CREATE ROLE purpose_test_clerk;
SELECT gdpr.grant_purpose('billing', 'purpose_test_clerk');
SELECT gdpr.grant_purpose('loyalty', 'purpose_test_clerk', level => 'masked');
SELECT gdpr.grant_purpose('loyalty', 'purpose_test_clerk', level => 'full');
SELECT gdpr.grant_purpose('loyalty', 'purpose_test_clerk', level => 'some'); -- fails
SELECT gdpr.grant_purpose('nothing', 'purpose_test_clerk'); -- fails
SELECT gdpr.grant_purpose('billing', 'purpose_test_nobody'); -- fails
SELECT gdpr.grant_purpose('billing', '-'); -- fails
SELECT p.name, g.role, g.level FROM gdpr.purpose_grant g JOIN gdpr.purpose p ON p.number = g.purpose
WHERE g.role = 'purpose_test_clerk'::regrole ORDER BY p.name;
SELECT gdpr.revoke_purpose('billing', 'purpose_test_clerk');
SELECT gdpr.revoke_purpose('billing', 'purpose_test_clerk');
SELECT gdpr.revoke_purpose('nothing', 'purpose_test_clerk'); -- fails

-- the end of a purpose: unknown for new use, still in tags, its grants can still be revoked
SELECT regexp_replace('{loyalty}'::gdpr.purpose_set::text, '#\d+', '#N') AS tag;
SELECT gdpr.end_purpose('loyalty');
SELECT gdpr.end_purpose('loyalty');
SELECT gdpr.purpose_number('loyalty'); -- fails
SELECT gdpr.purpose_number('loyalty', ended => true) >= 1000 AS still_there;
SELECT gdpr.grant_purpose('loyalty', 'purpose_test_clerk'); -- fails
SELECT regexp_replace('{loyalty}'::gdpr.purpose_set::text, '#\d+', '#N') AS tag;
SELECT gdpr.revoke_purpose('loyalty', 'purpose_test_clerk');

-- changes count from the next command of the same transaction, and go with a rollback
BEGIN;
SELECT gdpr.define_purpose('short_lived', 'Keeping the points of each member of the programme', 'contract') >= 1000 AS defined;
SELECT gdpr.purpose_number('short_lived') >= 1000 AS known;
SAVEPOINT before_end;
SELECT gdpr.end_purpose('short_lived');
SELECT gdpr.purpose_number('short_lived'); -- fails
ROLLBACK TO before_end;
SELECT gdpr.purpose_number('short_lived') >= 1000 AS known;
UPDATE gdpr.purpose SET name = 'renamed_by_hand' WHERE name = 'short_lived';
SELECT gdpr.purpose_number('renamed_by_hand') >= 1000 AS known;
UPDATE gdpr.purpose SET name = 'renamed_again' WHERE name = 'renamed_by_hand';
SELECT gdpr.purpose_number('renamed_again') >= 1000 AS known;
SELECT gdpr.end_purpose('renamed_again');
SELECT gdpr.purpose_number('renamed_again'); -- fails
ROLLBACK;
SELECT gdpr.purpose_number('short_lived'); -- fails
SELECT gdpr.purpose_number('renamed_by_hand'); -- fails

-- the session's purpose: any name may be claimed, nothing else
SET gdpr.purpose = 'not_defined_yet';
SHOW gdpr.purpose;
SET gdpr.purpose = '';
SET gdpr.purpose = 'Loyalty programme'; -- fails
BEGIN;
SET LOCAL gdpr.purpose = 'billing';
SHOW gdpr.purpose;
COMMIT;
SHOW gdpr.purpose;

-- the national number
SELECT gdpr.authorise_national_number('hr', ' '); -- fails
SELECT gdpr.authorise_national_number('nothing', 'Law of 8 August 1983, art. 8'); -- fails
SELECT gdpr.authorise_national_number('hr', 'Law of 8 August 1983, art. 8', '2020-01-01', '2019-01-01'); -- fails
SELECT gdpr.authorise_national_number('hr', 'Law of 8 August 1983, art. 8', '2020-01-01', scope => 'social security declarations');
SELECT a.valid_from, a.valid_to, a.statute, a.scope
FROM gdpr.national_number_authorisation a JOIN gdpr.purpose p ON p.number = a.purpose WHERE p.name = 'hr';
SELECT gdpr.end_national_number('hr');
SELECT gdpr.end_national_number('hr');
SELECT a.valid_to <= CURRENT_DATE + 1 AS ended
FROM gdpr.national_number_authorisation a JOIN gdpr.purpose p ON p.number = a.purpose WHERE p.name = 'hr';

-- every change is on record
SELECT kind, detail ->> 'purpose' AS purpose, detail ->> 'level' AS level, detail ->> 'basis' AS basis
FROM gdpr.ledger WHERE number > :ledger_before ORDER BY number;

DELETE FROM gdpr.national_number_authorisation WHERE statute = 'Law of 8 August 1983, art. 8';
DELETE FROM gdpr.purpose WHERE name IN ('loyalty', 'allergies');
DROP ROLE purpose_test_clerk;
