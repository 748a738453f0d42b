-- Automated decisions and profiling (Art. 22): who opts out is neither scored nor decided about by machine, and a human looks again.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_automated;
\c regress_rights_automated
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_automated_owner;
CREATE ROLE regress_automated_dpo;
CREATE ROLE regress_automated_app;
SELECT gdpr.grant_duty(duty, ('regress_automated_' || role)::regrole) FROM (VALUES ('controller', 'owner'), ('dpo', 'dpo'), ('app', 'app')) d (duty, role);
SELECT gdpr.define_purpose('credit_scoring', 'Scoring how likely it is that invoices are paid.', 'contract') > 0 AS defined,
	gdpr.define_purpose('ranking', 'Ranking customers by what they may buy next.', 'contract') > 0 AS defined;
SELECT gdpr.grant_purpose(p, r::regrole) FROM unnest('{order_fulfilment,credit_scoring,ranking}'::text[]) p, unnest('{regress_automated_owner,regress_automated_app}'::text[]) r;
SELECT gdpr.grant_purpose('rights_handling', 'regress_automated_dpo');
CREATE SCHEMA shop AUTHORIZATION regress_automated_owner;
GRANT USAGE ON SCHEMA shop TO regress_automated_app, regress_automated_dpo;
SET SESSION AUTHORIZATION regress_automated_owner;
SET search_path = shop;
CREATE TABLE customer (id integer PRIMARY KEY, name text, score text);
INSERT INTO customer VALUES (1, 'Jan', '412'), (2, 'Bo', '677');
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment,credit_scoring,ranking}', columns => '{"name":"pii_name","score":"pii_text"}');
GRANT SELECT ON customer TO regress_automated_app;
RESET SESSION AUTHORIZATION;
SET search_path = shop;

-- contract knows no objection, until people are told that a machine decides
SET SESSION AUTHORIZATION regress_automated_dpo;
SELECT gdpr.object('customer', '1', 'credit_scoring');	-- fails
SELECT gdpr.declare_automated('credit_scoring', ' ', 'No credit.');	-- fails
SELECT gdpr.declare_automated('credit_scoring', 'Open and late invoices of three years, weighed by age.', 'Below 500 points nothing is sold on credit.');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_app;
SET gdpr.purpose = 'credit_scoring';
SELECT id, gdpr.reveal(score) FROM customer ORDER BY id;
SELECT gdpr.record_decision('customer', '1', 'order_fulfilment', 'refused', 'contract');	-- fails
SELECT gdpr.record_decision('customer', '1', 'credit_scoring', 'refused', 'we like it');	-- fails
SELECT gdpr.record_decision('customer', '1', 'credit_scoring', 'no credit', 'contract') AS decision \gset

-- opted out: from the next statement, for that purpose alone, and for what is declared later
SELECT gdpr.opt_out_of_automation('customer', '1');
SELECT id, gdpr.reveal(score) FROM customer;
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.reveal(score, 'credit_scoring') FROM customer WHERE id = 1;	-- fails
SELECT id, gdpr.reveal(name) FROM customer ORDER BY id;
SELECT gdpr.may_process('customer', '1', 'credit_scoring') AS scoring, gdpr.may_process('customer', '1', 'ranking') AS ranking;
SELECT passed FROM gdpr.explain_processing('customer', '1', 'credit_scoring') WHERE test = 'no objection';
SELECT gdpr.record_decision('customer', '1', 'credit_scoring', 'no credit', 'contract');	-- fails
SELECT gdpr.declare_automated('ranking', 'Guessing.', 'None.');	-- fails
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_dpo;
SELECT gdpr.declare_automated('ranking', 'What people of the same age bought.', 'The order of offers.');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_app;
SELECT gdpr.may_process(t.a, t.b, 'ranking') FROM (VALUES ('customer'::regclass, '1'), ('customer', '2')) t (a, b);
RESET SESSION AUTHORIZATION;
SELECT purpose, decision FROM gdpr.objection o JOIN gdpr.objection_assessment a ON a.objection = o.id ORDER BY 1 \g /dev/null
SELECT DISTINCT decision FROM gdpr.objection_assessment;
SELECT gdpr.decide_objection(id, false, 'we need it') FROM gdpr.objection LIMIT 1;	-- fails

-- a human looks again: somebody else, and with a reason
SET SESSION AUTHORIZATION regress_automated_dpo;
SELECT gdpr.review_decision(:'decision', true, 'right');	-- fails
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_app;
SELECT gdpr.ask_review(:'decision');
SELECT gdpr.ask_review(:'decision');	-- fails
SELECT gdpr.review_decision(:'decision', false, 'seems wrong');	-- fails
RESET SESSION AUTHORIZATION;
SELECT gdpr.grant_duty('dpo', 'regress_automated_app');
SET SESSION AUTHORIZATION regress_automated_app;
SELECT gdpr.review_decision(:'decision', false, 'seems wrong');	-- fails
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_dpo;
SELECT purpose, outcome FROM gdpr.review_due;
SELECT gdpr.review_decision(:'decision', false, ' ');	-- fails
SELECT gdpr.review_decision(:'decision', false, 'an invoice was paid twice');
SELECT count(*) AS waiting FROM gdpr.review_due;
-- and the copy tells logic, significance and what was decided
SELECT copy -> 'automated' AS automated, (copy #> '{decisions,0}') - '{decision,at,reviewed_at}'::text[] AS decision
FROM gdpr.export_subject('customer', '1') copy;
SELECT copy -> 'automated' AS automated, copy -> 'decisions' AS decisions FROM gdpr.export_subject('customer', '2') copy;

-- taken back, with proof
SELECT gdpr.opt_in_to_automation('customer', '1', ' ');	-- fails
SELECT gdpr.opt_in_to_automation('customer', '1', 'message 17');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_automated_app;
SELECT gdpr.may_process('customer', '1', 'credit_scoring') AS scoring, gdpr.may_process('customer', '1', 'ranking') AS ranking;
RESET SESSION AUTHORIZATION;
SELECT kind, count(*) FROM gdpr.ledger WHERE kind ~ 'automat|decision|review' GROUP BY kind ORDER BY kind COLLATE "C";
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_automated;
DROP ROLE regress_automated_owner, regress_automated_dpo, regress_automated_app;
