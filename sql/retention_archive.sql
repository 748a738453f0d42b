-- The action archive: out of use at once, kept sealed under another key until its end, opened by the dpo with a reason.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set SHOW_CONTEXT never
CREATE SCHEMA retention_archive;
SET search_path = retention_archive, public;
CREATE TABLE client (id integer PRIMARY KEY, email text, "Birth day" text, note text, scan gdpr.pii_bytes, left_on date);
CREATE TABLE invoice (id integer, year integer, client_id integer REFERENCES client, ship_to text, total numeric(8,2), PRIMARY KEY (id, year));
INSERT INTO client (id, email, "Birth day", note, left_on) SELECT i, 'arch' || i || '@example.com', '1980-01-0' || i, CASE i WHEN 2 THEN 'gdpr:"quoted"' END, CASE WHEN i <= 3 THEN '2015-01-01'::date END FROM generate_series(1, 4) i;
INSERT INTO invoice SELECT i, 2014, i, 'Wetstraat ' || i || ', 1000 Brussel, BE', i * 10 FROM generate_series(1, 4) i;
SELECT gdpr.declare_subject('client', 'id');
SELECT gdpr.protect('client', purposes => '{order_fulfilment}', columns => '{"email": "pii_email", "Birth day": "pii_birth_date", "note": "pii_text"}');
SELECT gdpr.protect('invoice', owner => 'client_id', purposes => '{order_fulfilment}', columns => '{"ship_to": "pii_address"}');
SET gdpr.purpose = 'order_fulfilment';
UPDATE client SET scan = '\xdeadbeef' WHERE id = 1;
CREATE TEMPORARY TABLE people AS SELECT number, key FROM gdpr.subject WHERE relation = 'client'::regclass;

SELECT gdpr.set_retention('client', 'order_fulfilment', 'column', '3 years', 'archive', column_name => 'left_on'); -- fails: no end
SELECT gdpr.set_retention('client', 'order_fulfilment', 'column', '3 years', 'archive', column_name => 'left_on', archive_for => '0'); -- fails
SELECT gdpr.set_retention('client', 'order_fulfilment', 'column', '3 years', 'delete', column_name => 'left_on', archive_for => '1 year'); -- fails
SELECT gdpr.set_retention('client', 'order_fulfilment', 'column', '3 years', 'archive', column_name => 'left_on', archive_for => '4 years') > 0 AS set;
ALTER TABLE invoice ADD COLUMN paid date;
UPDATE invoice SET paid = '2014-06-01' WHERE id < 4;
SELECT gdpr.set_retention('invoice', 'order_fulfilment', 'column', '7 years', 'archive', column_name => 'paid', archive_for => '3 years') > 0 AS set;
SET client_min_messages = notice;
CALL gdpr.run_retention(batch_size => 2);
CALL gdpr.run_retention();
SET client_min_messages = warning;
SELECT (SELECT string_agg(id::text, ',' ORDER BY id) FROM client) AS clients, (SELECT string_agg(id::text, ',' ORDER BY id) FROM invoice) AS invoices;
SELECT relation, row_key, purpose, classes, until - archived_at > interval '3 years' - interval '1 day' AS kept, a.subject IN (SELECT number FROM people) AS whose, gdpr.subject_of(content) = sealed_for AS sealed
FROM gdpr.archive a ORDER BY relation, row_key;
-- the person's own key is gone, and nothing of it shows
SELECT p.key, s.wrapped_key IS NULL AS shredded FROM people p JOIN gdpr.subject s USING (number) ORDER BY p.key;
SELECT bool_or(a::text ~ 'example\.com|1980-|Wetstraat') AS plaintext FROM gdpr.archive a;

-- ---- who opens it ----
CREATE ROLE regress_retention_dpo;
CREATE ROLE regress_retention_app;
SELECT gdpr.grant_duty('dpo', 'regress_retention_dpo'), gdpr.grant_duty('app', 'regress_retention_app');
SELECT gdpr.grant_purpose('rights_handling', 'regress_retention_dpo'), gdpr.grant_purpose('order_fulfilment', 'regress_retention_dpo'),
	gdpr.grant_purpose('order_fulfilment', 'regress_retention_app'), gdpr.grant_purpose('rights_handling', 'regress_retention_app');
SELECT number AS one FROM gdpr.archive WHERE relation LIKE '%client' AND row_key = '1' \gset
SELECT number AS two FROM gdpr.archive WHERE relation LIKE '%client' AND row_key = '2' \gset
SELECT number AS bill FROM gdpr.archive WHERE relation LIKE '%invoice' AND row_key = '(3,2014)' \gset
SET ROLE regress_retention_app;
SET gdpr.purpose = 'rights_handling';
SELECT gdpr.open_archive(:one, 'request 12'); -- fails: not the app
SELECT count(*) FROM gdpr.archive; -- fails
SET ROLE regress_retention_dpo;
SELECT gdpr.open_archive(:one, ' '); -- fails: no reason
\echo :LAST_ERROR_SQLSTATE
SELECT gdpr.open_archive(:one, 'request 12');
SELECT gdpr.open_archive(:two, 'request 12') -> 'note' AS note;
SELECT gdpr.open_archive(:bill, 'request 12');
SELECT gdpr.open_archive(0, 'request 12'); -- fails: none
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.open_archive(:one, 'curious'); -- fails: restricted
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SET gdpr.purpose = 'rights_handling';
SELECT gdpr.open_archive(:one, 'superuser'); -- fails: holds no purpose
\echo :LAST_ERROR_SQLSTATE
SELECT detail ->> 'reason' AS reason, count(*) FROM gdpr.ledger WHERE kind = 'archive opened' GROUP BY 1;

-- ---- its end ----
UPDATE gdpr.archive SET until = now() WHERE relation LIKE '%client' AND row_key <> '3';
INSERT INTO gdpr.legal_hold (subject, ground) SELECT subject, 'case 2026/21' FROM gdpr.archive WHERE number = :two;
CALL gdpr.run_retention();
SELECT relation, row_key FROM gdpr.archive ORDER BY 1, 2;
SELECT s.wrapped_key IS NULL AS shredded, count(*) FROM gdpr.archive a JOIN gdpr.subject s ON s.number = a.sealed_for GROUP BY 1;
UPDATE gdpr.legal_hold SET ended_at = clock_timestamp() WHERE ground = 'case 2026/21';
UPDATE gdpr.archive SET until = now();
CREATE TEMPORARY TABLE keepers AS SELECT DISTINCT sealed_for FROM gdpr.archive;
CALL gdpr.run_retention(batch_size => 1);
SELECT (SELECT count(*) FROM gdpr.archive) AS archived, count(*) > 0 AS keys, bool_and(s.wrapped_key IS NULL) AS shredded FROM keepers k JOIN gdpr.subject s ON s.number = k.sealed_for;
SELECT gdpr.revoke_duty('dpo', 'regress_retention_dpo'), gdpr.revoke_duty('app', 'regress_retention_app');
DROP SCHEMA retention_archive CASCADE;
DROP OWNED BY regress_retention_dpo, regress_retention_app;
DROP ROLE regress_retention_dpo, regress_retention_app;
