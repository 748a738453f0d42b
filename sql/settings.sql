-- Dated settings: a new row from tomorrow, within the limits, on record; and what was promised is kept.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_settings;
\c regress_settings
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
CREATE ROLE regress_settings_controller;
CREATE ROLE regress_settings_dpo;
SELECT gdpr.grant_duty('controller', 'regress_settings_controller'), gdpr.grant_duty('dpo', 'regress_settings_dpo');
SELECT k.name, coalesce(s.period::text, s.choice) AS value, l.minimum, l.maximum, coalesce(l.allowed, k.choices) AS allowed
FROM gdpr.setting_kind k JOIN gdpr.setting s USING (name) JOIN gdpr.setting_limit l USING (name) ORDER BY k.name;

SET ROLE regress_settings_controller;
-- a millisecond does not remove the ledger, from whichever day
SELECT gdpr.set_setting('ledger_keep', '1 millisecond', 'no reason');	-- fails
INSERT INTO gdpr.setting (name, period, valid_from, source) VALUES ('ledger_keep', '1 millisecond', '2020-01-01', 'x');	-- fails
SELECT gdpr.limit_setting('ledger_keep', 'no reason', minimum => '1 millisecond');	-- fails
SELECT gdpr.set_setting('ledger_keep', '2 years', 'a decision', current_date);	-- fails
SET timezone = 'Etc/GMT+12';
SELECT gdpr.set_setting('ledger_keep', '2 years', 'a decision', gdpr_internal.server_today());	-- fails
RESET timezone;
SELECT gdpr.set_setting('ledger_keep', '2 years', 'a decision', 'infinity');	-- fails
SELECT gdpr.set_setting('ledger_keep', '2 years', ' ');	-- fails
SELECT gdpr.set_setting('ledger_keep', NULL, 'a decision');	-- fails
SELECT gdpr.set_setting('ledger_keep', 'long', 'a decision');	-- fails
SELECT gdpr.set_setting('ledger_kept', '2 years', 'a decision');	-- fails
SELECT gdpr.set_setting('ledger_keep', '2 years', 'a decision', valid_to => gdpr_internal.server_today());	-- fails
-- nor is the law stretched
SELECT gdpr.set_setting('request_answer', '10 years', 'a wish');	-- fails
SELECT gdpr.set_setting('breach_deadline', '1 hour 1 day', 'a wish');	-- fails
SELECT gdpr.set_setting('breach_threshold', 'high', 'a wish');	-- fails
INSERT INTO gdpr.holiday (country, day, name) VALUES ('BE', '2020-01-02', 'idle');	-- fails
DELETE FROM gdpr.holiday WHERE country = 'BE';	-- fails
INSERT INTO gdpr.child_consent_age (country, age, valid_from, source) VALUES ('BE', 14, current_date, 'a wish');	-- fails
\set VERBOSITY terse
INSERT INTO gdpr.child_consent_age (country, age, valid_from, source) VALUES ('BE', 5, '2099-01-01', 'a wish');	-- fails
\set VERBOSITY default
UPDATE gdpr.child_consent_age SET age = 13;	-- fails
INSERT INTO gdpr.child_consent_age (country, age, valid_from, source) VALUES ('BE', 14, '2099-01-01', 'a law');
INSERT INTO gdpr.holiday (country, day, name, builtin) VALUES ('LU', '2099-05-09', 'Europe Day', true);
SELECT builtin FROM gdpr.holiday WHERE country = 'LU';
-- what is decided within the limits counts from tomorrow, and the last decision of a day wins
SELECT gdpr.set_setting('ledger_keep', '2 years', 'a decision');
SELECT gdpr.set_setting('ledger_keep', '1 year', 'another decision');
SELECT gdpr.set_setting('request_answer', '14 days', 'our promise', '2098-01-01', '2099-01-01');
RESET ROLE;
UPDATE gdpr.setting SET period = '1 day';	-- fails
DELETE FROM gdpr.setting_limit;	-- fails
SELECT gdpr_internal.period_on('ledger_keep') AS today, gdpr_internal.period_on('ledger_keep', gdpr_internal.server_today() + 1) AS tomorrow;
SELECT d.day, gdpr_internal.period_on('request_answer', d.day) FROM unnest('{2097-12-31, 2098-01-01, 2098-12-31, 2099-01-01}'::date[]) d (day);
SET ROLE regress_settings_dpo;
SELECT gdpr.set_setting('request_answer', '14 days', 'our promise');	-- fails
SELECT name, choice FROM gdpr.setting WHERE choice IS NOT NULL;
RESET ROLE;
SELECT kind, detail - 'valid_from' AS detail FROM gdpr.ledger WHERE kind LIKE 'setting%' ORDER BY number;

-- entries of until today stay for the five years they were promised; those of later for one
SELECT v.after, gdpr_internal.ledger_kept_since(t.at) <= now() AS all_stay, gdpr_internal.ledger_kept_since(t.at) = t.at - interval '1 year' AS a_year
FROM unnest('{1 day, 1 year, 4 years 11 months, 5 years 2 days, 9 years}'::interval[]) v (after) CROSS JOIN LATERAL (SELECT now() + v.after) t (at);
-- a longer promise counts for all
SELECT gdpr.set_setting('ledger_keep', '10 years', 'a claim', gdpr_internal.server_today() + 2);
SELECT v.after, gdpr_internal.ledger_kept_since(t.at) <= now() AS all_stay
FROM unnest('{1 day, 5 years 3 days, 9 years 11 months, 10 years 3 days}'::interval[]) v (after) CROSS JOIN LATERAL (SELECT now() + v.after) t (at);

-- the owner of the extension moves a limit, on record too
SELECT gdpr.limit_setting('request_token', 'a decision', minimum => '1 hour', maximum => '1 minute');	-- fails
SELECT gdpr.limit_setting('breach_threshold', 'a decision', allowed => '{tiny}');	-- fails
SELECT gdpr.limit_setting('ledger_keep', 'a decision', minimum => '6 months');
SET ROLE regress_settings_controller;
SELECT gdpr.set_setting('ledger_keep', '6 months', 'a decision', gdpr_internal.server_today() + 3);
RESET ROLE;
SELECT detail FROM gdpr.ledger WHERE kind LIKE 'setting%' AND detail ->> 'table' = 'setting_limit';
\c :home
DROP DATABASE regress_settings;
DROP ROLE regress_settings_controller, regress_settings_dpo;
