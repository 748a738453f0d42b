-- What people may ask besides copy and erasure: correction, restriction, objection, their own page; recipients are told.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_person;
\c regress_rights_person
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_person_owner;
CREATE ROLE regress_person_dpo;
CREATE ROLE regress_person_app;
CREATE ROLE regress_person_page;
CREATE ROLE regress_person_job;
SELECT gdpr.grant_duty(duty, ('regress_person_' || role)::regrole)
FROM (VALUES ('controller', 'owner'), ('dpo', 'dpo'), ('app', 'app'), ('app', 'page'), ('job', 'job')) d (duty, role);
SELECT gdpr.grant_purpose(p, 'regress_person_app') FROM unnest('{order_fulfilment,newsletter,postal_marketing,customer_management,legal_accounting}'::text[]) p;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_person_owner');
CREATE SCHEMA shop AUTHORIZATION regress_person_owner;
GRANT USAGE ON SCHEMA shop TO regress_person_dpo, regress_person_app, regress_person_page;
SET ROLE regress_person_owner;
SET search_path = shop;
CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, name text, children integer);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, mail_to text, cc text, ship_to text);
INSERT INTO customer SELECT i, 'c' || i || '@example.com', 'Name ' || i, i FROM generate_series(1, 3) i;
INSERT INTO orders VALUES (1, 1, 'c1@example.com', 'friend@example.com', 'Wetstraat 1, 1000 Brussel, BE'), (2, 1, 'C1@example.com', NULL, NULL), (3, 2, 'c2@example.com', 'c1@example.com', NULL);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment,postal_marketing,customer_management,legal_accounting}', columns => '{"email":"pii_email","name":"pii_name"}');
SELECT gdpr.protect('orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"mail_to":"pii_email","cc":"pii_email","ship_to":"pii_address"}');
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO regress_person_app;
RESET ROLE;

-- correction: the copies of the same identifier with it, nobody else's, and the recipients are queued
SET ROLE regress_person_dpo;
SET search_path = shop;
SELECT gdpr.register_recipient(r, 'controller', 'BE', 'sales') FROM unnest('{carrier.example,bank.example,press.example}'::text[]) r \g /dev/null
SELECT gdpr.disclose('customer', '1', r, 'order_fulfilment', '{pd:EmailAddress}', contact => 'privacy@' || r, reference => 'X-9') IS NOT NULL AS disclosed
FROM unnest('{carrier.example,bank.example,press.example}'::text[]) r;
SELECT gdpr.dispute_value('customer', '1', 'email') AS dispute \gset
SELECT gdpr.dispute_value('customer', '1', 'gdpr_subject');	-- fails
SELECT gdpr.confirm_value(:'dispute', '');	-- fails
SELECT gdpr.rectify('customer', '1', 'email', 'not an address');	-- fails
SELECT gdpr.rectify('customer', '1', 'children', 'personal secret');	-- fails
SELECT gdpr.rectify('customer', '1', 'id', '7');	-- fails
SELECT gdpr.rectify('customer', '1', 'customer_id', '2', 'orders');	-- fails
SELECT gdpr.rectify('customer', '9', 'email', 'new@example.com');	-- fails
\set VERBOSITY terse
SELECT gdpr.rectify('customer', '1', 'email', 'c2@example.com');	-- fails
\set VERBOSITY default
SELECT gdpr.rectify('customer', '1', 'email', 'New@Example.com');
SELECT gdpr.rectify('customer', '1', 'children', '4');
SELECT gdpr.rectify('customer', '1', 'ship_to', 'Wetstraat 2, 1000 Brussel, BE', 'orders', '1');
SELECT gdpr.rectify('customer', '1', 'ship_to', 'Wetstraat 2, 1000 Brussel, BE', 'orders', '3');	-- fails
SELECT column_name, settled_at IS NOT NULL AS settled FROM gdpr.disputed_value;
SELECT recipient, kind, status, detail FROM gdpr.recipient_notification ORDER BY recipient, queued_at LIMIT 3;
RESET ROLE;
SET ROLE regress_person_app;
SET gdpr.purpose = 'order_fulfilment';
SELECT id, gdpr.reveal(email) AS email, children FROM customer WHERE email = 'new@example.com';
SELECT id, gdpr.reveal(mail_to) AS mail_to, gdpr.reveal(cc) AS cc, gdpr.reveal(ship_to) AS ship_to FROM orders ORDER BY id;
RESET ROLE;
SELECT count(*) AS personal FROM gdpr.ledger WHERE detail::text ~* 'new@example|wetstraat|secret';

-- recipients: sent with proof, or tried again later, and given up after ten times
SET ROLE regress_person_job;
SELECT count(*) AS due FROM gdpr.notifications_due();
SELECT id AS notice FROM gdpr.notifications_due(1) \gset
SELECT gdpr.notification_delivered(:'notice', ' ');	-- fails
SELECT gdpr.notification_delivered(:'notice', 'message 17');
SELECT gdpr.notification_delivered(:'notice', 'message 18');	-- fails
SELECT id AS notice FROM gdpr.notifications_due(1) \gset
SELECT gdpr.notification_failed(:'notice', ' ');	-- fails: why?
SELECT gdpr.notification_failed(:'notice', 'mailbox full');
SELECT count(*) AS again FROM gdpr.notifications_due() WHERE id = :'notice';
SELECT gdpr.notification_failed(:'notice', 'mailbox full') FROM generate_series(1, 9);
SELECT gdpr.notification_failed(:'notice', 'mailbox full');	-- fails
-- a try a turn, each wait twice as long as the one before, and told at last
SELECT id AS notice FROM gdpr.notifications_due(1) \gset
RESET ROLE;
CREATE FUNCTION try_again(notice uuid, OUT status text, OUT attempts integer, OUT hours integer, OUT due_before boolean, OUT due_then boolean) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE regress_person_job;
	PERFORM gdpr.notification_failed(notice, 'line busy');
	due_before := EXISTS (SELECT FROM gdpr.notifications_due() n WHERE n.id = notice);
	RESET ROLE;
	SELECT n.status, n.attempts, round(extract(epoch FROM n.due_at - clock_timestamp()) / 3600) INTO status, attempts, hours FROM gdpr.recipient_notification n WHERE n.id = notice;
	UPDATE gdpr.recipient_notification n SET due_at = clock_timestamp() WHERE n.id = notice;		-- the hours go by
	due_then := EXISTS (SELECT FROM gdpr.notifications_due() n WHERE n.id = notice);
END $$;
SELECT t.* FROM generate_series(1, 4) n CROSS JOIN LATERAL try_again(CASE WHEN n > 0 THEN :'notice'::uuid END) t;
SET ROLE regress_person_job;
SELECT gdpr.notification_delivered(:'notice', 'message 19');
RESET ROLE;
SELECT status, attempts, proof FROM gdpr.recipient_notification WHERE done_at IS NOT NULL ORDER BY attempts;
SELECT detail ->> 'status' AS status, count(*) FROM gdpr.ledger WHERE kind IN ('recipient told', 'recipient not told') GROUP BY 1 ORDER BY 1;

-- restriction: invisible at once to all but storage, claims and protection of others
SET ROLE regress_person_dpo;
SELECT gdpr.restrict_subject('customer', '2', 'a whim');	-- fails
SELECT gdpr.restrict_subject('customer', '2', 'accuracy contested') AS restriction \gset
RESET ROLE;
SET ROLE regress_person_app;
SELECT id FROM customer ORDER BY id;
SELECT gdpr.may_process('customer', '2', 'order_fulfilment'), gdpr.may_process('customer', '2', 'legal_accounting');
SET gdpr.purpose = 'legal_accounting';
SELECT id FROM customer ORDER BY id;
RESET ROLE;
SET ROLE regress_person_dpo;
SELECT gdpr.lift_restriction(:'restriction');	-- fails: the person does not know
SELECT gdpr.tell_of_lifting(:'restriction', '');	-- fails
SELECT gdpr.tell_of_lifting(:'restriction', 'letter 4');
SELECT gdpr.lift_restriction(:'restriction');
SELECT gdpr.lift_restriction(:'restriction');	-- fails
RESET ROLE;
SET ROLE regress_person_app;
SELECT gdpr.may_process('customer', '2', 'order_fulfilment');

-- objection: absolute to marketing, a stop while assessed to the rest, unknown where there is none
SET gdpr.purpose = 'postal_marketing';
SELECT subject_key FROM gdpr.mailable('postal_marketing', 'post') ORDER BY 1;
SELECT gdpr.object('customer', '3', 'postal_marketing') AS marketing \gset
SELECT subject_key FROM gdpr.mailable('postal_marketing', 'post') ORDER BY 1;
SELECT subject_key, reason FROM gdpr.excluded('postal_marketing', 'post');
SELECT gdpr.object('customer', '3', 'customer_management') AS management \gset
SELECT gdpr.may_process('customer', '3', 'customer_management');
SELECT gdpr.object('customer', '3', 'legal_accounting');	-- fails
SELECT gdpr.object('customer', '3', 'personalisation');	-- fails
SELECT gdpr.decide_objection(:'management', false, 'x');	-- fails
RESET ROLE;
SET ROLE regress_person_dpo;
SELECT gdpr.decide_objection(:'marketing', false, 'we like to write');	-- fails
SELECT gdpr.decide_objection(:'management', false, ' ');	-- fails
SELECT gdpr.decide_objection(:'management', false, 'open claim against the person');
SELECT gdpr.decide_objection(:'management', true, 'changed our mind');	-- fails
RESET ROLE;
SET ROLE regress_person_app;
SELECT gdpr.may_process('customer', '3', 'customer_management'), gdpr.may_process('customer', '3', 'postal_marketing');
RESET ROLE;
SELECT decision, reason FROM gdpr.objection_assessment ORDER BY decision;

-- a person's own page: one person, a short time, and all that is wrong with a token is answered alike
SET ROLE regress_person_page;
SELECT gdpr.subject_token('customer', '1');	-- fails
RESET ROLE;
SET ROLE regress_person_dpo;
SELECT gdpr.subject_token('customer', '1') AS token \gset
SELECT gdpr.subject_token('customer', '2', '1 minute') AS expired, gdpr.subject_token('customer', '3') AS erased \gset
SELECT gdpr.subject_token('customer', '2', '2 days');	-- fails
SELECT gdpr.erase_subject('customer', '3', 'Art. 17(1)(b)') IS NOT NULL AS done;
RESET ROLE;
UPDATE gdpr.self_service SET expires_at = clock_timestamp() - interval '1 second' WHERE hash = sha256(convert_to(:'expired', 'UTF8'));
SELECT count(*) AS plain FROM gdpr.self_service s WHERE s::text ~ :'token';
SET ROLE regress_person_page;
\set VERBOSITY sqlstate
SELECT gdpr.my_data(:'token');	-- fails: the owner of the extension has no purpose either
\set VERBOSITY default
RESET ROLE;
SELECT gdpr.grant_purpose('rights_handling', current_user::regrole);
SET ROLE regress_person_page;
SELECT gdpr.my_data(:'token') -> 'data';
SELECT gdpr.my_data(:'expired');	-- fails
SELECT gdpr.my_data(:'erased');	-- fails
SELECT gdpr.my_data('guess');	-- fails
SELECT gdpr.my_data(NULL);	-- fails
SELECT gdpr.export_subject('shop.customer', '1');	-- fails
RESET ROLE;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_person;
DROP ROLE regress_person_owner, regress_person_dpo, regress_person_app, regress_person_page, regress_person_job;
