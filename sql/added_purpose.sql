-- A row's tag is widened by who works for the purpose, and beyond what the table was declared for by consent or an assessment (Art. 6(4)).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE added_purpose_app;
CREATE ROLE added_purpose_care;
CREATE ROLE added_purpose_owner;
CREATE SCHEMA added_purpose AUTHORIZATION added_purpose_owner;
GRANT USAGE ON SCHEMA added_purpose TO added_purpose_app, added_purpose_care;
SET search_path = added_purpose;
SELECT gdpr.grant_duty('controller', 'added_purpose_owner') \g /dev/null
SELECT gdpr.grant_purpose('order_fulfilment', 'added_purpose_app'), gdpr.grant_purpose('customer_care', 'added_purpose_care'), gdpr.grant_purpose('order_fulfilment', 'added_purpose_care'), gdpr.grant_purpose('newsletter', 'added_purpose_care') \g /dev/null
SET ROLE added_purpose_owner;
CREATE TABLE customer (id integer PRIMARY KEY, email gdpr.pii_email, since date DEFAULT '2026-01-01');
CREATE TABLE visit (id integer, customer integer NOT NULL REFERENCES customer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_26 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT gdpr.declare_subject('customer', 'id'), gdpr.protect('customer', '{order_fulfilment,billing}') \g /dev/null
SELECT gdpr.protect('visit', '{order_fulfilment}', owner => 'customer') \g /dev/null
GRANT ALL ON customer, visit TO added_purpose_app, added_purpose_care;
RESET ROLE;
SELECT relation, purpose, ground FROM gdpr.table_purpose t WHERE relation = 'customer'::regclass ORDER BY purpose;

-- ---- who may add what ----
SET ROLE added_purpose_app;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO customer VALUES (1, 'a@added.example'), (2, 'b@added.example'), (3, 'c@added.example');
INSERT INTO customer (id, email, purposes) VALUES (4, 'd@added.example', '{order_fulfilment}');
UPDATE customer SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;	-- fails: it does not work for it
\echo :LAST_ERROR_SQLSTATE
UPDATE customer SET purposes = '{order_fulfilment,billing}' WHERE id = 4;	-- fails: nor for this, though the table was declared for it
\echo :LAST_ERROR_SQLSTATE
UPDATE customer SET purposes = '{order_fulfilment,#1234567}' WHERE id = 1;	-- fails: it is none
\echo :LAST_ERROR_SQLSTATE
INSERT INTO customer (id, email, purposes) VALUES (5, 'e@added.example', '{order_fulfilment,customer_care}');	-- fails
INSERT INTO visit (id, customer, at, purposes) VALUES (1, 1, '2026-05-01', '{order_fulfilment,billing}');	-- fails
INSERT INTO visit VALUES (1, 1, '2026-05-01');
UPDATE customer SET purposes = '{order_fulfilment}' WHERE id = 2;
RESET ROLE;
SET ROLE added_purpose_care;
UPDATE customer SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;	-- fails: the table was not declared for it
\echo :LAST_ERROR_SQLSTATE
UPDATE visit SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;	-- fails
SELECT gdpr.add_purpose('customer', 'customer_care', '{}');	-- fails: not its table
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
UPDATE customer SET purposes = purposes || '{customer_care}' WHERE id = 1;	-- fails: a superuser is asked for no grant, but for the assessment
UPDATE customer SET purposes = '{#1234567}' WHERE id = 1;	-- fails

-- ---- the assessment ----
SET ROLE added_purpose_owner;
SELECT gdpr.add_purpose('customer', 'customer_care', NULL);	-- fails
SELECT gdpr.add_purpose('customer', 'customer_care', '{"link": "complaints are about orders", "context": " ", "nature": "contact data"}');	-- fails
SELECT gdpr.add_purpose('customer', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e", "mood": "f"}');	-- fails
SELECT gdpr.add_purpose('customer', 'no_such_purpose', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');	-- fails
SELECT gdpr.add_purpose('customer', 'billing', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');	-- fails: declared
SELECT gdpr.add_purpose('visit_26', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');	-- fails: a partition
SELECT gdpr.add_purpose('customer', 'customer_care', '{"law": "none"}');	-- fails: no statute asks for it
SELECT gdpr.add_purpose('customer', 'legal_accounting', '{"law": "Code of economic law, art. III.86"}');
SELECT gdpr.add_purpose('customer', 'customer_care', '{"link": "complaints are about orders", "context": "customers expect it", "nature": "contact data", "consequences": "they are answered", "safeguards": "access by the desk only"}');
INSERT INTO gdpr.table_purpose VALUES ('visit', 1, 'declared');	-- fails
SELECT gdpr_internal.declare_purposes('visit', '{customer_care}');	-- once only, when it is protected
RESET ROLE;
SELECT (SELECT name FROM gdpr.purpose WHERE number = t.purpose) AS purpose, ground, assessment FROM gdpr.table_purpose t WHERE relation = 'customer'::regclass AND ground <> 'declared' ORDER BY 1;
SELECT count(*) FROM gdpr.table_purpose t WHERE relation = 'visit'::regclass;
SELECT detail FROM gdpr.ledger WHERE kind = 'purpose added' AND detail ->> 'purpose' = 'customer_care' ORDER BY number DESC LIMIT 1;
SET ROLE added_purpose_app;
UPDATE customer SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;	-- fails: still not its purpose
RESET ROLE;
SET ROLE added_purpose_care;
UPDATE customer SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;
INSERT INTO customer (id, email, purposes) VALUES (6, 'f@added.example', '{order_fulfilment,customer_care}');
SET gdpr.purpose = 'customer_care';
SELECT id FROM customer ORDER BY id;
UPDATE customer SET purposes = '{customer_care}' WHERE id = 6;

-- ---- or consent, of each person ----
RESET ROLE;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'privacy@v.example', '+3292000000', authority => 'GBA') \g /dev/null
SELECT gdpr.draft_notice('added_purpose', 'form', '{newsletter}', '{"nl":{"title":"N","body":"Mogen wij?","recipients":"geen","transfers":"geen","retention":"2 jaar","rights":"inzage","withdrawal":"altijd","complaint":"GBA","requirement":"geen","automated_decisions":"geen"}}', data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://v.example') \g /dev/null
SELECT gdpr.publish_notice('added_purpose') \g /dev/null
SELECT gdpr.give_consent('customer', '2', 'newsletter', 'added_purpose', 'double_opt_in', notice_shown => true, double_opt_in_at => now()) IS NOT NULL AS consented;
SET ROLE added_purpose_care;
SET gdpr.purpose = 'order_fulfilment';
UPDATE customer SET purposes = purposes || '{newsletter}' WHERE id = 2;
UPDATE customer SET purposes = purposes || '{newsletter}' WHERE id = 3;	-- fails: she did not
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- ---- retention sees what rows carry ----
SELECT code, finding FROM gdpr.retention_findings() WHERE object::regclass = 'customer'::regclass AND code = 'retention-rule-missing' ORDER BY finding;
SELECT gdpr.set_retention('customer', p, 'collected', '2 years', column_name => 'since') > 0 AS set FROM unnest('{order_fulfilment,billing,legal_accounting,customer_care}'::text[]) p;
SET gdpr.require_retention = on;
SELECT gdpr.drop_retention('customer', 'customer_care');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.add_purpose('visit', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');	-- fails at commit: nothing says how long
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT gdpr.add_purpose('visit', 'customer_care', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
SELECT gdpr.set_retention('visit', 'customer_care', 'column', '1 year', column_name => 'at') > 0 AS set, gdpr.set_retention('visit', 'order_fulfilment', 'column', '1 year', column_name => 'at') > 0 AS set;
COMMIT;
RESET gdpr.require_retention;
-- also what came into rows past the trigger
SET session_replication_role = replica;
UPDATE customer SET purposes = '{order_fulfilment,hr,customer_management}' WHERE id = 3;
RESET session_replication_role;
SELECT code, finding FROM gdpr.retention_findings() WHERE object::regclass = 'customer'::regclass AND code = 'retention-rule-missing' ORDER BY finding;
SET ROLE added_purpose_care;
UPDATE visit SET purposes = '{order_fulfilment,customer_care}' WHERE id = 1;
RESET ROLE;
-- a row that moves to another partition brings its tag with it, for any role
CREATE TABLE visit_27 PARTITION OF visit FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SET ROLE added_purpose_app;
UPDATE visit SET at = '2027-05-01' WHERE id = 1;
SELECT tableoid::regclass AS kept_in, purposes FROM visit WHERE id = 1;
INSERT INTO visit (id, customer, at, purposes) VALUES (2, 1, '2027-05-01', '{order_fulfilment,customer_care}');	-- fails
UPDATE visit SET at = '2026-05-01', purposes = '{order_fulfilment,customer_care,billing}' WHERE id = 1;	-- fails
-- and no other row beside it
WITH moved AS (UPDATE visit SET at = '2026-06-01' WHERE id = 1 RETURNING customer)
INSERT INTO visit (id, customer, at, purposes) SELECT 3, customer, '2026-06-02', '{order_fulfilment,customer_care}'::gdpr.purpose_set FROM moved;	-- fails
WITH stayed AS (UPDATE visit SET at = '2027-06-01' WHERE id = 1 RETURNING customer)
INSERT INTO visit (id, customer, at, purposes) SELECT 3, customer, '2027-06-02', '{order_fulfilment,customer_care}'::gdpr.purpose_set FROM stayed;	-- fails
RESET ROLE;
-- protected once more it is declared once more
SELECT gdpr.drop_retention('visit', p) FROM unnest('{customer_care,order_fulfilment}'::text[]) p \g /dev/null
SELECT gdpr.unprotect('visit');
SELECT count(*) FROM gdpr.table_purpose WHERE relation = 'visit'::regclass;
RESET gdpr.purpose;
SET client_min_messages = warning;
DROP SCHEMA added_purpose CASCADE;
SELECT count(*) FROM gdpr.table_purpose WHERE relation::oid NOT IN (SELECT oid FROM pg_class);
SELECT gdpr.revoke_purpose('order_fulfilment', 'added_purpose_app'), gdpr.revoke_purpose('customer_care', 'added_purpose_care'), gdpr.revoke_purpose('order_fulfilment', 'added_purpose_care'), gdpr.revoke_purpose('newsletter', 'added_purpose_care') \g /dev/null
DROP OWNED BY added_purpose_owner, added_purpose_app, added_purpose_care;
DROP ROLE added_purpose_app, added_purpose_care, added_purpose_owner;
RESET client_min_messages;
