-- An activity in the future counts, and a rule whose first run would take most of a table waits to be confirmed.
SET client_min_messages = warning;
CREATE SCHEMA retention_future;
SET search_path = retention_future;
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Desk', 'p@v.example', '+3292000000',
	authority => 'GBA');
CREATE TABLE lodger (id integer PRIMARY KEY, name text, joined date, last_login timestamp);
CREATE TABLE stay (id integer PRIMARY KEY, lodger_id integer REFERENCES lodger ON DELETE CASCADE, arrives date);
SELECT gdpr.declare_subject('lodger', 'id');
SELECT gdpr.protect('lodger', '{order_fulfilment}', columns => '{"name":"pii_name"}');
SELECT gdpr.protect('stay', '{order_fulfilment}', owner => 'lodger_id');
SELECT gdpr.grant_purpose('order_fulfilment', current_user::regrole);
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO lodger (id, name, joined, last_login) VALUES
	(1, 'Gone', '2010-01-01', '2011-01-01'),
	(2, 'Ahead of this server', '2010-01-01', now() AT TIME ZONE 'UTC' + interval '14 hours'),
	(3, 'Comes next week', '2010-01-01', NULL),
	(4, 'Never, as infinity', '2010-01-01', 'infinity');
INSERT INTO stay (id, lodger_id, arrives) VALUES (1, 3, current_date + 7), (2, 1, '2011-02-01');
SELECT gdpr.set_retention('lodger', 'order_fulfilment', 'activity', '3 years', column_name => 'last_login', collected => 'joined',
	events => '{"stay":"arrives"}') > 0 AS set;
SELECT gdpr.set_retention('stay', 'order_fulfilment', 'column', '5 years', column_name => 'arrives') > 0 AS set;
CALL gdpr.run_retention();
SELECT id FROM lodger ORDER BY id;

-- what retention takes of the future is kept with the person, too
UPDATE stay SET arrives = current_date + 20 WHERE id = 1;
SELECT gdpr.end_retention('stay', '1', 'order_fulfilment');
CALL gdpr.run_retention();
SELECT id FROM lodger ORDER BY id;

-- most of a table: the first run says so and waits
CREATE TABLE member (id integer PRIMARY KEY, name text, joined date);
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', '{order_fulfilment}', columns => '{"name":"pii_name"}');
INSERT INTO member (id, name, joined) SELECT i, 'M', CASE WHEN i <= 120 THEN date '2001-01-01' ELSE current_date END
FROM generate_series(1, 200) i;
SELECT gdpr.set_retention('member', 'order_fulfilment', 'collected', '3 years', column_name => 'joined') > 0 AS set;
CALL gdpr.run_retention();
SELECT count(*) FROM member;
SELECT code, object, finding, fix FROM gdpr.retention_findings() WHERE object::regclass = 'member'::regclass AND code = 'retention-unconfirmed';
SELECT gdpr.confirm_retention('member', 'newsletter');	-- fails
SELECT gdpr.confirm_retention('member', 'order_fulfilment');
CALL gdpr.run_retention();
SELECT count(*) FROM member;
SELECT count(*) FROM gdpr.retention_findings() WHERE object::regclass = 'member'::regclass AND code = 'retention-unconfirmed';
-- a rule that went through once is not asked again, one that is set again is
UPDATE member SET joined = '2001-01-01' WHERE id > 120;
SELECT gdpr.set_retention('member', 'order_fulfilment', 'collected', '3 years', column_name => 'joined') > 0 AS set;
CALL gdpr.run_retention();
SELECT count(*) FROM member;

SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.unprotect('member'), gdpr.unprotect('stay'), gdpr.unprotect('lodger');
RESET gdpr.purpose;
SELECT gdpr.revoke_purpose('order_fulfilment', current_user::regrole);
DROP SCHEMA retention_future CASCADE;
