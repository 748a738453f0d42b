-- Public opt-out lists: who is on one is not called, customer or not, unless the last act of the person was consent.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_database() AS home \gset
CREATE DATABASE regress_optouts;
\c regress_optouts
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT gdpr.set_controller('Shop', '0403.170.701', 'Street 1', 'BE', 'Pat', 'pat@shop.example', '+3222345678');
SELECT gdpr.grant_purpose(p, current_user) FROM unnest('{phone_prospecting,postal_marketing,order_fulfilment}'::text[]) p;
SELECT gdpr.draft_notice('calls', 'written', '{phone_prospecting}', (SELECT jsonb_build_object('en', jsonb_object_agg(item, 'text')) FROM gdpr.notice_item),
	data_categories => '{pd:TelephoneNumber}', storage_countries => '{BE}', retention_period => '2 years', withdrawal_at => 'https://shop.example/stop') AS drafted, gdpr.publish_notice('calls') AS published;
CREATE TABLE customer (id integer PRIMARY KEY, phone text);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{order_fulfilment}', columns => '{"phone":"pii_phone"}');
SELECT gdpr.give_consent('customer', n::text, 'phone_prospecting', 'calls', 'double_opt_in', notice_shown => true, double_opt_in_at => clock_timestamp(), language => 'en') IS NOT NULL AS consent
FROM generate_series(1, 4) n;
INSERT INTO customer (id, phone, purposes) SELECT n, '+32 470 00 00 0' || n, '{phone_prospecting,order_fulfilment}' FROM generate_series(1, 4) n;
CREATE TABLE file (line integer, tel text, registered date);
-- 1 was registered before the consent, 2 and 3 after it
INSERT INTO file VALUES (1, '0470/00.00.01', gdpr_internal.server_today() - 30), (2, '+32470000002', gdpr_internal.server_today()), (3, '0032470000003', gdpr_internal.server_today() + 1), (4, 'no number', NULL);

SELECT gdpr.load_optout_list('Dncm', 'file', 'tel', gdpr_internal.server_today());	-- fails
SELECT gdpr.load_optout_list('dncm-be', 'file', 'tel', gdpr_internal.server_today() + 1);	-- fails
SELECT gdpr.load_optout_list('dncm-be', 'file', 'telephone', gdpr_internal.server_today());	-- fails
SELECT count(*) FROM gdpr.mailable('phone_prospecting', 'phone');
SELECT gdpr.load_optout_list('dncm-be', 'file', 'tel', gdpr_internal.server_today(), 'registered');
SELECT count(*), bool_and(length(hash) = 32) AS hashes FROM gdpr.optout_entry;
SELECT subject_key FROM gdpr.mailable('phone_prospecting', 'phone') ORDER BY 1;
SELECT subject_key, reason FROM gdpr.excluded('phone_prospecting', 'phone') ORDER BY 1;
-- one list of steps with the explanation
SELECT n AS customer, gdpr.may_process('customer', n::text, 'phone_prospecting', channel => 'phone') AS may, passed, detail FROM generate_series(1, 3) n
CROSS JOIN LATERAL gdpr.explain_processing('customer', n::text, 'phone_prospecting', channel => 'phone') WHERE step = 14;
-- a call about an order is no marketing, and another channel is another list's
SELECT count(*) FROM gdpr.mailable('order_fulfilment', 'phone');
SELECT count(*) FROM gdpr.mailable('phone_prospecting', 'sms');
-- a copy that is too old proves nothing
SELECT gdpr.load_optout_list('dncm-be', 'file', 'tel', gdpr_internal.server_today() - 8, 'registered');
SELECT count(*) FROM gdpr.mailable('phone_prospecting', 'phone');	-- fails
\echo :LAST_ERROR_SQLSTATE
SELECT reason, count(*) FROM gdpr.excluded('phone_prospecting', 'phone') GROUP BY reason;
SELECT gdpr.may_process('customer', '1', 'phone_prospecting', channel => 'phone') AS may;
SELECT count(*) FROM gdpr.mailable('order_fulfilment', 'phone');
-- the next copy is the whole list
DELETE FROM file WHERE line = 2;
SELECT gdpr.load_optout_list('dncm-be', 'file', 'tel', gdpr_internal.server_today(), 'registered');
SELECT subject_key FROM gdpr.mailable('phone_prospecting', 'phone') ORDER BY 1;
TRUNCATE file;
SELECT gdpr.load_optout_list('dncm-be', 'file', 'tel', gdpr_internal.server_today());	-- fails: an empty list opens all
SELECT detail - 'list_date' AS detail FROM gdpr.ledger WHERE kind = 'opt-out list loaded' ORDER BY number;
\c :home
DROP DATABASE regress_optouts;
