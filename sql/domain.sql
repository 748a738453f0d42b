-- A column of a domain over a PII type is protected as any other: sealed, checked, erased, suppressed, anonymised.
CREATE SCHEMA domain_test;
SET search_path = domain_test;
SET client_min_messages = warning;
CREATE DOMAIN mail AS gdpr.pii_email;
CREATE DOMAIN work_mail AS mail;
CREATE TABLE person (id integer PRIMARY KEY, since date, email mail, work work_mail, plain gdpr.pii_email);
SELECT gdpr.declare_subject('person', 'id');
SELECT gdpr.protect('person', '{order_fulfilment}');
SELECT column_name, class FROM gdpr.protected_column WHERE relation = 'person'::regclass ORDER BY 1;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'person'::regclass AND contype = 'c' ORDER BY 1;
SELECT attname, checked FROM gdpr.sealed_column WHERE relation = 'person'::regclass ORDER BY 1;
SELECT gdpr.grant_purpose('order_fulfilment', current_user);
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO person VALUES (1, '2026-01-01', 'home1@domain.example', 'work1@domain.example', 'plain1@domain.example'),
	(2, '2026-01-01', 'home2@domain.example', 'work2@domain.example', NULL);
SELECT id, gdpr.reveal(work), email::text FROM person WHERE email = 'HOME1@domain.example';
-- no default, which one person's value would be
ALTER TABLE person ADD COLUMN late mail DEFAULT 'x@domain.example';		-- fails
-- retention by suppression, and anonymisation, know it
SELECT gdpr.set_anonymisation('person', 'email', 'null');
SELECT gdpr.set_retention('person', 'order_fulfilment', 'collected', '1 year', 'suppress', column_name => 'since') > 0 AS ruled;
SELECT gdpr.drop_retention('person', 'order_fulfilment');
SELECT gdpr.erase_subject('person', '1', 'Art. 17(1)(a)') -> 'suppressed' AS suppressed;
SELECT gdpr.is_suppressed('email', 'work1@domain.example');
SELECT gdpr.unprotect('person');
\d person
RESET gdpr.purpose;
SELECT gdpr.revoke_purpose('order_fulfilment', current_user);
DROP SCHEMA domain_test CASCADE;
