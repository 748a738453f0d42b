-- Processors: the contract with its eight clauses, what they call in, what ends, and disclosures that ask.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_processors;
\c regress_processors
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_processors_dpo;
CREATE ROLE regress_processors_app;
SELECT gdpr.grant_duty('dpo', 'regress_processors_dpo'), gdpr.grant_duty('app', 'regress_processors_app');
CREATE TABLE customer (id integer PRIMARY KEY, email text);
INSERT INTO customer SELECT n, 'p' || n || '@example.com' FROM generate_series(1, 5) n;
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"email":"pii_email"}');

SET ROLE regress_processors_dpo;
SELECT gdpr.register_recipient('Payroll BV', 'processor', 'NL', 'head of staff', contact => 'privacy@payroll.example');
SELECT gdpr.register_recipient('Bank', 'controller', 'BE', 'head of finance');
SELECT gdpr.contract_missing('Payroll BV'), gdpr.contract_missing('Bank');
SELECT gdpr.contract_missing('Nobody');	-- fails
\echo :LAST_ERROR_SQLSTATE
CREATE FUNCTION pg_temp.clauses(without text DEFAULT '') RETURNS text[] LANGUAGE sql AS 'SELECT array_agg(clause) FROM gdpr.processor_clause WHERE clause <> without';
SELECT gdpr.add_contract('Payroll BV', pg_temp.clauses(), sha256('signed'), NULL, '2026-01-01');	-- fails: nobody looks after it
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_contract('Payroll BV', pg_temp.clauses(), NULL, 'head of staff', '2026-01-01');	-- fails: which document
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_contract('Payroll BV', '{goodwill}', sha256('signed'), 'head of staff', '2026-01-01');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_contract('Bank', pg_temp.clauses(), sha256('signed'), 'head of staff', '2026-01-01');	-- fails: no processor
SELECT gdpr.disclose('customer', '1', 'Payroll BV', 'order_fulfilment', '{pd:Name}');	-- fails: no contract
\echo :LAST_ERROR_SQLSTATE
-- each of the eight clauses is asked
SELECT c.clause, gdpr.add_contract('Payroll BV', pg_temp.clauses(c.clause), sha256('signed'), 'head of staff', '2020-01-01', '2020-01-02') IS NOT NULL AS added,
	gdpr.contract_missing('Payroll BV', '2020-01-01') <> '{}' AS missing FROM gdpr.processor_clause c;
SELECT gdpr.add_contract('Payroll BV', pg_temp.clauses('deletion'), sha256('signed'), 'head of staff', '2026-01-01') AS seven \gset
SELECT gdpr.disclose('customer', '1', 'Payroll BV', 'order_fulfilment', '{pd:Name}');	-- fails: seven of eight
SELECT gdpr.add_contract('Payroll BV', pg_temp.clauses(), sha256('signed again'), 'head of staff', gdpr_internal.server_today() - 400, gdpr_internal.server_today()) AS ended \gset
SELECT gdpr.disclose('customer', '1', 'Payroll BV', 'order_fulfilment', '{pd:Name}');	-- fails: ended yesterday
SELECT gdpr.disclose('customer', '1', 'Payroll BV', 'order_fulfilment', '{pd:Name}', at => now() - interval '2 days') IS NOT NULL AS while_it_ran;
SELECT gdpr.add_contract('Payroll BV', pg_temp.clauses(), sha256('renewed'), 'head of staff', gdpr_internal.server_today(), gdpr_internal.server_today() + 90) AS renewed \gset
SELECT gdpr.contract_missing('Payroll BV');
SELECT gdpr.disclose('customer', '1', 'Payroll BV', 'order_fulfilment', '{pd:Name}') IS NOT NULL AS disclosed;
RESET ROLE;

-- ---- many people at once: all or none ----
SET ROLE regress_processors_app;
SELECT gdpr.disclose_all('customer', '{1,2,3,3}', 'Payroll BV', 'order_fulfilment', '{pd:Name}');
SELECT gdpr.disclose_all('customer', '{4,99}', 'Payroll BV', 'order_fulfilment', '{pd:Name}');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.disclose_all('customer', '{}', 'Payroll BV', 'order_fulfilment', '{pd:Name}');	-- fails
RESET ROLE;
SELECT s.key, count(*), min(d.contact) FROM gdpr.disclosure d JOIN gdpr.subject s ON s.number = d.subject GROUP BY s.key ORDER BY s.key;
SELECT count(*) FROM gdpr.ledger WHERE kind = 'disclosed';

-- ---- whom the processor calls in ----
SET ROLE regress_processors_dpo;
SELECT gdpr.register_recipient('Print NV', 'sub_processor', 'BE', 'head of staff', called_in_by => 'Payroll BV');
SELECT gdpr.contract_missing('Print NV');
SELECT gdpr.add_contract('Print NV', pg_temp.clauses(), sha256('passed on'), 'head of staff', '2026-01-01') IS NOT NULL AS added;
SELECT gdpr.contract_missing('Print NV') AS today, gdpr.contract_missing('Print NV', gdpr_internal.server_today() + 31) AS in_a_month, gdpr.contract_missing('Print NV', gdpr_internal.server_today() + 90) AS when_that_ended;

-- ---- what ends is said at 90, 30 and 0 days, once ----
SELECT severity, code, object, regexp_replace(finding, '\d{4}-\d\d-\d\d', 'DAY') AS finding FROM gdpr.status() WHERE code IN ('processor-without-contract', 'contract-ends', 'processor-proof-ends');
SELECT gdpr.note_contracts(), gdpr.note_contracts() AS again;
SELECT gdpr.end_contract(:'renewed', ' ');	-- fails
SELECT gdpr.end_contract(:'renewed', 'notice given', gdpr_internal.server_today() + 30);
SELECT gdpr.note_contracts(), gdpr.note_contracts() AS again;
SELECT severity, code, regexp_replace(finding, '\d{4}-\d\d-\d\d', 'DAY') AS finding FROM gdpr.status() WHERE code = 'contract-ends';
RESET ROLE;
UPDATE gdpr.processor_contract SET ended_on = gdpr_internal.server_today() WHERE id = :'renewed';
SELECT gdpr.note_contracts(), gdpr.note_contracts() AS again;
SELECT severity, code, object, finding FROM gdpr.status() WHERE code IN ('processor-without-contract', 'contract-ends');
SELECT detail ->> 'warning' AS days, detail ->> 'owner' AS owner FROM gdpr.ledger WHERE kind = 'contract ends' ORDER BY number;
SELECT gdpr.add_processor_proof('Payroll BV', 'certificate', 'ISO 27001', gdpr_internal.server_today() - 700, gdpr_internal.server_today() + 29, sha256('c')) IS NOT NULL AS certificate,
	gdpr.add_processor_proof('Payroll BV', 'audit', 'yearly', gdpr_internal.server_today() - 10, gdpr_internal.server_today() + 355, sha256('a')) IS NOT NULL AS audit;
SELECT gdpr.add_processor_proof('Payroll BV', 'promise', 'x', gdpr_internal.server_today() - 700, gdpr_internal.server_today() + 29, sha256('c'));	-- fails
SELECT code, regexp_replace(finding, '\d{4}-\d\d-\d\d', 'DAY') AS finding FROM gdpr.status() WHERE code = 'processor-proof-ends';
\c :home
DROP DATABASE regress_processors;
DROP ROLE regress_processors_dpo, regress_processors_app;
