-- Health and national numbers need a purpose that may have them whenever the row or its tag is written, not only when they are typed (Art. 9, 87).
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE special_classes_app;
CREATE SCHEMA special_classes;
GRANT USAGE ON SCHEMA special_classes TO special_classes_app;
SET search_path = special_classes;
CREATE TABLE patient (id integer PRIMARY KEY, email text);
CREATE TABLE chart (id integer PRIMARY KEY, patient_id integer REFERENCES patient, finding gdpr.pii_health, number gdpr.pii_national_id);
SELECT gdpr.define_purpose('special_classes_care', 'Treating patients of the practice and keeping their charts.', 'contract', special_category => true, art9_condition => '9-2-h') > 0 AS defined;
SELECT gdpr.authorise_national_number('special_classes_care', 'Law of 8 August 1983, art. 5') \g /dev/null
SELECT gdpr.declare_subject('patient', 'id'), gdpr.protect('patient', '{order_fulfilment}', columns => '{"email":"pii_email"}'),
	gdpr.protect('chart', '{special_classes_care,billing}', owner => 'patient_id'), gdpr.grant_purpose('special_classes_care', 'special_classes_app'), gdpr.grant_purpose('billing', 'special_classes_app') \g /dev/null
GRANT ALL ON patient, chart TO special_classes_app;
INSERT INTO patient VALUES (1, 'p1@special.example');
RESET client_min_messages;
SET ROLE special_classes_app;
SET gdpr.purpose = 'special_classes_care';
INSERT INTO chart VALUES (1, 1, 'asthma', NULL), (2, 1, NULL, '85.07.30-033-28'), (3, 1, NULL, '111222333');
SET gdpr.purpose = 'billing';
INSERT INTO chart (id, patient_id, finding, number, purposes) SELECT 11, patient_id, finding, number, '{billing}' FROM chart WHERE id = 1; -- fails
INSERT INTO chart (id, patient_id, finding, number, purposes) SELECT 12, patient_id, finding, number, '{billing}' FROM chart WHERE id = 2; -- fails
INSERT INTO chart (id, patient_id, finding, number, purposes) SELECT 13, patient_id, finding, number, '{billing}' FROM chart WHERE id = 3;
UPDATE chart SET purposes = '{billing}' WHERE id = 3;
UPDATE chart SET patient_id = patient_id WHERE id = 1;
RESET ROLE;
UPDATE chart SET purposes = '{billing}' WHERE id = 1; -- fails
UPDATE chart SET purposes = '{billing}' WHERE id = 2; -- fails
SELECT id, gdpr.purpose_names(purposes) AS purposes FROM chart ORDER BY id;
SET client_min_messages = warning;
DROP SCHEMA special_classes CASCADE;
RESET client_min_messages;
DROP ROLE special_classes_app;
