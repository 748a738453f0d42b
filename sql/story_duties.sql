-- The story of one customer who uses every right, told by roles with no more than their duty; and, call by call, whose it is.
SET client_min_messages = warning;
CREATE DATABASE regress_story_duties;
\c regress_story_duties
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE regress_duty_app;
CREATE ROLE regress_duty_auditor;
CREATE ROLE regress_duty_controller;
CREATE ROLE regress_duty_dpo;
CREATE ROLE regress_duty_dpo2;
CREATE ROLE regress_duty_job;
CREATE ROLE regress_duty_none;
SELECT gdpr.grant_duty(d, ('regress_duty_' || d)::regrole) FROM unnest('{app,auditor,controller,dpo,job}'::text[]) d;
SELECT gdpr.grant_duty('dpo', 'regress_duty_dpo2');
CREATE SCHEMA shop AUTHORIZATION regress_duty_controller;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SELECT gdpr.grant_purpose('rights_handling', current_user::regrole);	-- for people's own page

-- ---- the controller sets up ----
SET SESSION AUTHORIZATION regress_duty_controller;
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
CREATE TABLE shop.customer (id integer PRIMARY KEY, name text, email text, score integer);
CREATE TABLE shop.orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES shop.customer, ship_to text, ordered_on date NOT NULL DEFAULT current_date);
SELECT gdpr.declare_subject('shop.customer', 'id');
SELECT gdpr.protect('shop.customer', '{order_fulfilment,postal_marketing}', columns => '{"name":"pii_name","email":"pii_email"}');
SELECT gdpr.protect('shop.orders', '{order_fulfilment}', owner => 'customer_id', columns => '{"ship_to":"pii_address"}');
SELECT gdpr.mark_inferred('shop.customer', 'score');
SELECT gdpr.set_retention('shop.orders', 'order_fulfilment', 'collected', '2 years', column_name => 'ordered_on') > 0 AS rule;
GRANT SELECT, INSERT, UPDATE ON shop.customer, shop.orders TO regress_duty_app;
SELECT gdpr.grant_purpose('order_fulfilment', 'regress_duty_app'), gdpr.grant_purpose('postal_marketing', 'regress_duty_app'),
	gdpr.grant_purpose('rights_handling', 'regress_duty_dpo');
SELECT name FROM shop.customer;	-- its table, and not its people

-- ---- the application works with the people, and takes in what they ask ----
SELECT gdpr.register_recipient(r, 'controller', 'BE', 'sales') FROM unnest('{Carrier NV,Bank}'::text[]) r \g /dev/null
SET SESSION AUTHORIZATION regress_duty_app;
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO shop.customer VALUES (1, 'Jan Peters', 'jan@example.com', 7), (2, 'Bo', 'bo@example.com', 3);
INSERT INTO shop.orders VALUES (1, 1, 'Wetstraat 1, 1000 Brussel, BE'), (2, 2, 'Markt 2, 8000 Brugge, BE');
SELECT gdpr.disclose('shop.customer', '1', 'Carrier NV', 'order_fulfilment', '{pd:Name}', contact => 'privacy@carrier.example') IS NOT NULL AS disclosed;
SELECT count(DISTINCT gdpr.open_request('shop.customer', '1', r, 'web')) AS requests FROM unnest('{access,rectification,portability,restriction}'::text[]) r;
SELECT gdpr.object('shop.customer', '1', 'postal_marketing') IS NOT NULL AS objected;
SELECT count(*) AS mailable FROM gdpr.mailable('postal_marketing', 'post');

-- ---- the dpo answers, and another looks ----
SET SESSION AUTHORIZATION regress_duty_dpo;
SELECT gdpr.assign_request(id, 'regress_duty_dpo') FROM gdpr.request;
SELECT count(*) AS due FROM (SELECT gdpr.verify_identity(id, 'login') FROM gdpr.request) v;
SET SESSION AUTHORIZATION regress_duty_dpo2;
SELECT gdpr.approve_request(id, 'as asked') FROM gdpr.request;
SELECT gdpr.export_subject('shop.customer', '1');	-- fails: a duty is no purpose
\echo :LAST_ERROR_SQLSTATE
SET SESSION AUTHORIZATION regress_duty_dpo;
SELECT c #>> '{data,shop.customer,0,email}' AS email, c #>> '{data,shop.orders,0,ship_to}' AS ship_to, c::text ~ '\mBo\M|Brugge' AS others FROM gdpr.export_subject('shop.customer', '1') c;
SELECT p #> '{data,shop.customer}' AS portable FROM gdpr.portable_data('shop.customer', '1') p;
SELECT gdpr.rectify('shop.customer', '1', 'name', 'Jan Peeters');
SELECT gdpr.restrict_subject('shop.customer', '1', 'accuracy contested') AS restriction \gset
SELECT gdpr.subject_token('shop.customer', '1') AS token \gset
SET SESSION AUTHORIZATION regress_duty_app;
SELECT (SELECT string_agg(id::text, ',') FROM shop.customer) AS not_the_restricted, gdpr.my_data(:'token') #>> '{data,shop.customer,0,name}' AS own_page;
SET SESSION AUTHORIZATION regress_duty_dpo;
SELECT gdpr.tell_of_lifting(:'restriction', 'letter 1'), gdpr.lift_restriction(:'restriction');
SELECT gdpr.fulfil_request(id, 'as asked') FROM gdpr.request;
SELECT request_right, state FROM gdpr.request ORDER BY 1;

-- ---- and at last he wants to be forgotten ----
SET SESSION AUTHORIZATION regress_duty_app;
SELECT gdpr.open_request('shop.customer', '1', 'erasure', 'web') AS request \gset
SET SESSION AUTHORIZATION regress_duty_dpo;
SELECT gdpr.assign_request(:'request', 'regress_duty_dpo');
SELECT gdpr.verify_identity(:'request', 'login') IS NOT NULL AS verified;
SET SESSION AUTHORIZATION regress_duty_dpo2;
SELECT gdpr.approve_request(:'request', 'gone');
SET SESSION AUTHORIZATION regress_duty_dpo;
SELECT (gdpr.erase_for_request(:'request', 'Art. 17(1)(a)') ->> 'subject')::bigint AS subject \gset
SELECT gdpr.fulfil_request(:'request', 'gone');
SET SESSION AUTHORIZATION regress_duty_app;
INSERT INTO shop.customer VALUES (3, 'Jan', 'JAN@example.com', 0);	-- fails
\echo :LAST_ERROR_SQLSTATE

-- ---- the job tells the recipients and runs the rules; the auditor reads what happened ----
SET SESSION AUTHORIZATION regress_duty_job;
SELECT kind, recipient FROM gdpr.notifications_due() ORDER BY kind COLLATE "C";
SELECT gdpr.notification_delivered(id, 'message ' || kind) FROM gdpr.notifications_due();
SELECT * FROM gdpr.note_request_deadlines();
CALL gdpr.run_retention();
SET SESSION AUTHORIZATION regress_duty_auditor;
SELECT c -> 'key_destroyed' AS key_destroyed, c -> 'residue' AS residue, c -> 'recipients_told' AS told FROM gdpr.erasure_certificate(:subject) c;
SELECT string_agg(kind, ', ' ORDER BY number) AS story FROM gdpr.ledger WHERE kind ~ 'copy|corrected|restrict|objection|erased|lifting';
RESET SESSION AUTHORIZATION;

-- ---- whose call is it? everybody else's fails with 42501; what one may do is tried and undone ----
CREATE TEMPORARY TABLE call (number serial, statement text);
INSERT INTO call (statement) VALUES
	($$gdpr.open_request('shop.customer', '2', 'access', 'web')$$), ($$gdpr.ask_identity($1, 'a reply')$$), ($$gdpr.keep_identity_data($1, 'image/png', 'card')$$), ($$gdpr.read_identity_data($1)$$), ($$gdpr.verify_identity($1, 'login')$$),
	($$gdpr.extend_request($1, 'many')$$), ($$gdpr.assign_request($1, 'regress_duty_dpo')$$), ($$gdpr.approve_request($1, 'done')$$),
	($$gdpr.refuse_request($1, 'excessive', 'fifth', true, 'no')$$), ($$gdpr.fulfil_request($1, 'done')$$), ($$gdpr.withdraw_request($1)$$),
	($$gdpr.export_subject('shop.customer', '2')$$), ($$gdpr.export_rows('shop.customer', '2')$$), ($$gdpr.export_html('shop.customer', '2')$$),
	($$gdpr.export_encrypted('shop.customer', '2', 'key')$$), ($$gdpr.portable_data('shop.customer', '2')$$), ($$gdpr.portable_csv('shop.customer', '2')$$),
	($$gdpr_internal.sealed_rows('shop.customer', '2', 'rights_handling')$$), ($$gdpr.subject_token('shop.customer', '2')$$), (format('gdpr.my_data(%L)', gdpr.subject_token('shop.customer', '2'))),
	($$gdpr.rectify('shop.customer', '2', 'name', 'Bob')$$), ($$gdpr.dispute_value('shop.customer', '2', 'name')$$), ($$gdpr.confirm_value($1, 'seen')$$),
	($$gdpr.erase_subject('shop.customer', '2', 'Art. 17(1)(a)')$$), ($$gdpr.erase_for_request($1, 'Art. 17(1)(a)')$$), ($$gdpr.impact('shop.customer', '2')$$),
	($$gdpr.residue(1)$$), ($$gdpr.erasure_certificate(1)$$), ($$gdpr.hold('shop.customer', '2', 'case 1')$$), ($$gdpr.release_hold($1)$$),
	($$gdpr.restrict_subject('shop.customer', '2', 'unlawful')$$), ($$gdpr.tell_of_lifting($1, 'letter')$$), ($$gdpr.lift_restriction($1)$$),
	($$gdpr.object('shop.customer', '2', 'postal_marketing')$$), ($$gdpr.decide_objection($1, true, 'right')$$), ($$gdpr.declare_automated('order_fulfilment', 'logic', 'much')$$),
	($$gdpr.opt_out_of_automation('shop.customer', '2')$$), ($$gdpr.record_decision('shop.customer', '2', 'order_fulfilment', 'yes', 'contract')$$),
	($$gdpr.ask_review($1)$$), ($$gdpr.review_decision($1, true, 'right')$$), ($$gdpr.disclose('shop.customer', '2', 'Bank', 'order_fulfilment', '{pd:Name}')$$),
	($$gdpr.notifications_due()$$), ($$gdpr.notification_delivered($1, 'message')$$), ($$gdpr.notification_failed($1, 'full')$$), ($$gdpr.raise_overdue()$$), ($$gdpr.note_request_deadlines()$$),
	($$gdpr.suppress('email', 'x@example.com')$$), ($$gdpr.is_suppressed('email', 'x@example.com')$$), ($$gdpr.lift_suppression('email', 'x@example.com', $1)$$),
	($$gdpr.data_map()$$), ($$gdpr.link('shop.orders', on_erase => 'anonymise')$$), ($$gdpr.unprotect('shop.orders')$$), ($$gdpr.end_retention('shop.orders', '2', 'order_fulfilment')$$),
	($$gdpr.subject_accesses('shop.customer', '2')$$), ($$gdpr.verify_ledger()$$), ($$gdpr.grant_duty('dpo', 'regress_duty_none')$$),
	($$(SELECT count(*) FROM gdpr.request)$$), ($$(SELECT count(*) FROM gdpr.request_step)$$), ($$(SELECT count(*) FROM gdpr.erasure)$$), ($$(SELECT count(*) FROM gdpr.disclosure)$$),
	($$(SELECT count(*) FROM gdpr.recipient_notification)$$), ($$(SELECT count(*) FROM gdpr.suppression)$$), ($$(SELECT count(*) FROM gdpr.import_quarantine)$$),
	($$(SELECT count(*) FROM gdpr.consent_identifier)$$), ($$(SELECT count(*) FROM gdpr.identity_data)$$), ($$(SELECT count(*) FROM gdpr.self_service)$$), ($$(SELECT count(*) FROM gdpr.ledger)$$), ($$(SELECT count(*) FROM shop.customer)$$);
CREATE FUNCTION refused(duty text, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', 'regress_duty_' || duty, true);
	EXECUTE 'SELECT ' || statement USING gen_random_uuid();
	RAISE EXCEPTION USING ERRCODE = 'XX999';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE = '42501';
END $$;
SELECT regexp_replace(c.statement, '^\(?(SELECT count\(\*\) FROM )?([a-z_.]+).*', '\2') AS call,
	(SELECT string_agg(d, ' ' ORDER BY d) FROM unnest('{app,auditor,controller,dpo,job,none}'::text[]) d WHERE NOT refused(d, c.statement)) AS whose
FROM call c ORDER BY c.number;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_story_duties;
DROP ROLE regress_duty_app, regress_duty_auditor, regress_duty_controller, regress_duty_dpo, regress_duty_dpo2, regress_duty_job, regress_duty_none;
