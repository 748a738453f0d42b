-- The policy: one decision behind reveal, the row filter and may_process, and its explanation, also for the past.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE member (id int PRIMARY KEY, email text);
INSERT INTO member SELECT i, 'member' || i || '@example.com' FROM generate_series(1, 10) i;
SELECT gdpr.declare_subject('member', 'id');
SELECT gdpr.protect('member', purposes => '{order_fulfilment,newsletter,postal_marketing,legal_accounting}',
	columns => '{"email":"pii_email"}');
CREATE ROLE policy_staff;
CREATE ROLE policy_clerk IN ROLE policy_staff;
CREATE ROLE policy_stranger;
GRANT SELECT, INSERT, UPDATE, DELETE ON member TO policy_staff, policy_stranger;
SELECT gdpr.grant_purpose(p, 'policy_staff') FROM unnest('{order_fulfilment,newsletter,postal_marketing,legal_accounting}'::text[]) p;

-- Consents by the front door: a notice that covers the purpose, served, then consent.
SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
SELECT gdpr.draft_notice('policy_form', 'form', '{newsletter}',
	'{"nl": {"title": "Toestemming", "body": "Mogen wij?", "recipients": "geen", "transfers": "geen", "retention": "3 jaar",
	  "rights": "inzage", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
	  "automated_decisions": "geen", "legitimate_interest": "geen"}}',
	data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://voorbeeld.example/privacy') IS NOT NULL AS drafted;
SELECT gdpr.publish_notice('policy_form');
CREATE FUNCTION consent(member int, channel text DEFAULT 'any', until timestamptz DEFAULT NULL) RETURNS boolean LANGUAGE sql AS $$
	SELECT gdpr.give_consent('member', member::text, 'newsletter', 'policy_form', 'web_form', channel => channel,
		evidence => '<form/>', evidence_mime => 'text/html', notice_shown => true, valid_until => until) IS NOT NULL
$$;
-- 1 and 2 agree; 3 withdrew; 4's consent ended; 5 is restricted; 6 agreed for sms only; 7 objects to post; 8 never asked
SELECT bool_and(consent(i)) FROM generate_series(1, 5) i;
SELECT consent(6, 'sms');
SELECT gdpr.withdraw_consent('member', '3', 'newsletter');
SELECT consent(4, 'any', clock_timestamp() + interval '300 milliseconds');
SELECT pg_sleep(0.4);
INSERT INTO gdpr.restriction (subject, ground) VALUES (gdpr_internal.subject_number('member', '5'), 'legal claims');
INSERT INTO gdpr.objection (subject, purpose) VALUES (gdpr_internal.subject_number('member', '7'), gdpr.purpose_number('postal_marketing'));
INSERT INTO gdpr.objection (subject, purpose) VALUES (gdpr_internal.subject_number('member', '7'), gdpr.purpose_number('order_fulfilment'));

-- Steps 1 and 2: stated, known, granted; directly or through membership; a superuser is nobody special.
SET gdpr.purpose = 'newsletter';
SELECT gdpr.reveal(email) FROM member WHERE id = 1;       -- fails: superuser without a grant
SET ROLE policy_clerk;
SELECT id, gdpr.reveal(email), email::text FROM member ORDER BY id;
RESET gdpr.purpose;
SELECT count(*) FROM member;
SET gdpr.purpose = '';
SELECT count(*) FROM member;
SET gdpr.purpose = 'no_such_purpose';
SELECT count(*) FROM member;                              -- fails
SET gdpr.purpose = 'billing';
SELECT count(*) FROM member;                              -- fails
SET gdpr.on_denied = 'null';
SELECT count(*) FROM member;
RESET gdpr.on_denied;
BEGIN;
SET LOCAL gdpr.purpose = 'newsletter';
SELECT count(*) FROM member;
COMMIT;
SELECT count(*) FROM member;                              -- fails: back to billing
SET gdpr.purpose = 'newsletter';
SET ROLE policy_stranger;
SELECT count(*) FROM member;                              -- fails
RESET ROLE;

-- Steps 4 to 6: the same rows whichever way one asks.
SET ROLE policy_clerk;
SELECT p AS purpose,
	   (SELECT array_agg(i) FROM generate_series(1, 10) i WHERE gdpr.may_process('member', i::text, p)) AS may_process
FROM unnest('{order_fulfilment,newsletter,postal_marketing,legal_accounting}'::text[]) p;
CREATE FUNCTION pg_temp.visible(purpose text) RETURNS int[] LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('gdpr.purpose', purpose, true);
	RETURN (SELECT array_agg(id ORDER BY id) FROM member);
END $$;
SELECT p AS purpose, pg_temp.visible(p)
FROM unnest('{order_fulfilment,newsletter,postal_marketing,legal_accounting}'::text[]) p;
SELECT channel, array_agg(i ORDER BY i) FROM unnest('{email,sms,post}'::gdpr.channel[]) channel, generate_series(1, 10) i
WHERE gdpr.may_process('member', i::text, 'newsletter', channel => channel) GROUP BY channel ORDER BY channel;
SELECT gdpr.may_process('member', '999', 'newsletter'), gdpr.may_process('member', NULL, 'newsletter'),
	   gdpr.may_process('member', '1', 'no_such_purpose');

-- The same verdict from the history; and for the past.
SELECT i, gdpr.may_process('member', i::text, 'newsletter') AS now,
	   gdpr.may_process('member', i::text, 'newsletter', at => clock_timestamp()) AS from_history
FROM generate_series(1, 8) i;
SELECT step, test, passed, regexp_replace(regexp_replace(detail, '[0-9a-f-]{36}', '<event>'), '\d{4}-\d\d-\d\d \d\d:\d\d', '<time>') AS detail
FROM gdpr.explain_processing('member', '3', 'newsletter');
SELECT step, passed, regexp_replace(regexp_replace(detail, '[0-9a-f-]{36}', '<event>'), '\d{4}-\d\d-\d\d \d\d:\d\d', '<time>') AS detail
FROM gdpr.explain_processing('member', '4', 'newsletter') WHERE step = 4;
SELECT step, test FROM gdpr.explain_processing('member', '5', 'newsletter') WHERE NOT passed;
SELECT step, test FROM gdpr.explain_processing('member', '7', 'postal_marketing') WHERE NOT passed;
SELECT step, test, passed, detail FROM gdpr.explain_processing('member', '999', 'newsletter');
-- without a grant nobody learns of the person, nor whether there is one
SELECT key, e.* FROM unnest('{3,999}'::text[]) key, gdpr.explain_processing('member', key, 'billing') e;
SELECT key, e.* FROM unnest('{3,999}'::text[]) key, gdpr.explain_processing('member', key, 'billing', at => now()) e;
RESET ROLE;
SELECT event_time AS withdrawn_at FROM gdpr.consent_event
WHERE subject = gdpr_internal.subject_number('member', '3') AND state = 'withdrawn' \gset
SET ROLE policy_clerk;
SELECT gdpr.may_process('member', '3', 'newsletter', at => :'withdrawn_at'::timestamptz - interval '1 millisecond') AS before,
	   gdpr.may_process('member', '3', 'newsletter', at => :'withdrawn_at'::timestamptz) AS after;

-- Whom may I mail, and why not the others.
SELECT array_agg(subject_key ORDER BY subject_key::int) FROM gdpr.mailable('newsletter', 'email');
SELECT subject_key, reason FROM gdpr.excluded('newsletter', 'email') ORDER BY subject_key::int;
SELECT array_agg(subject_key ORDER BY subject_key::int) FROM gdpr.mailable('newsletter', 'sms');
SELECT subject_key, reason FROM gdpr.excluded('postal_marketing', 'post') ORDER BY subject_key;
SELECT * FROM gdpr.mailable('billing', 'email');          -- fails

-- Refusals of reveal, each with its own code, and gdpr.on_denied.
RESET ROLE;
CREATE TEMP TABLE copy AS SELECT id, email FROM member;
GRANT SELECT ON copy TO policy_staff;
SET ROLE policy_clerk;
SET gdpr.purpose = 'newsletter';
DO $$
DECLARE
	i int;
	code text;
	message text;
	revealed text;
BEGIN
	FOR i IN 1 .. 8
	LOOP
		BEGIN
			SELECT gdpr.reveal(email) INTO revealed FROM copy WHERE id = i;
			RAISE WARNING '% revealed %', i, revealed;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '% % %', i, SQLSTATE, SQLERRM;
		END;
	END LOOP;
END $$;
SET gdpr.on_denied = 'null';
SELECT id, gdpr.reveal(email) FROM copy ORDER BY id LIMIT 4;
SET gdpr.on_denied = 'mask';
SELECT id, gdpr.reveal(email) FROM copy ORDER BY id LIMIT 4;
RESET gdpr.on_denied;
RESET gdpr.purpose;
SELECT gdpr.reveal(email) FROM copy LIMIT 1;              -- fails
SELECT gdpr.reveal(email, 'order_fulfilment') FROM copy WHERE id = 3;
SELECT gdpr.reveal(email, 'newsletter') FROM copy WHERE id = 3;   -- fails
SELECT gdpr.reveal(email, 'billing') FROM copy WHERE id = 3;      -- fails

-- Masked grants see the mask of the class, in every form.
RESET ROLE;
SELECT gdpr.revoke_purpose('newsletter', 'policy_staff');
SELECT gdpr.grant_purpose('newsletter', 'policy_staff', level => 'masked');
SET ROLE policy_clerk;
SET gdpr.purpose = 'newsletter';
SELECT id, gdpr.reveal(email), email::text, gdpr.mask(email) FROM member WHERE id = 1;
SET gdpr.output = 'reveal';
SELECT id, email FROM member ORDER BY id;
SET gdpr.purpose = 'order_fulfilment';
SELECT id, email FROM member ORDER BY id LIMIT 2;
SELECT gdpr.mask(email) FROM member WHERE id = 1;

-- Withdrawal, objection and restriction take effect at the next statement, renewal too.
SET gdpr.purpose = 'newsletter';
SELECT count(*) FROM member;
RESET ROLE;
SELECT gdpr.withdraw_consent('member', '1', 'newsletter');
SET ROLE policy_clerk;
SELECT array_agg(id ORDER BY id) FROM member;
RESET ROLE;
BEGIN;
SELECT gdpr.withdraw_consent('member', '2', 'newsletter');
SET LOCAL ROLE policy_clerk;
SELECT array_agg(id ORDER BY id) AS withdrawn FROM member;
ROLLBACK;
SET ROLE policy_clerk;
SELECT array_agg(id ORDER BY id) AS rolled_back FROM member;
RESET ROLE;
SELECT consent(1);
UPDATE gdpr.restriction SET ended_at = now() WHERE subject = gdpr_internal.subject_number('member', '5');
SET ROLE policy_clerk;
SELECT array_agg(id ORDER BY id) AS again FROM member;

-- What may be written: the purpose of the session, the tag of the row, a lawful basis.
SET gdpr.purpose = 'newsletter';
INSERT INTO member (id, email) VALUES (11, 'eleven@example.com');   -- fails: nobody asked 11 for the newsletter
SET gdpr.purpose = 'order_fulfilment';
INSERT INTO member (id, email) VALUES (11, 'eleven@example.com');
INSERT INTO member (id, email, purposes) VALUES (12, 'twelve@example.com', '{newsletter}');   -- fails
INSERT INTO member (id, email, purposes) VALUES (12, 'twelve@example.com', '{billing}');      -- fails: not the session's
INSERT INTO member (id, email, purposes) VALUES (12, 'twelve@example.com', '{}');             -- fails
UPDATE member SET purposes = '{newsletter}' WHERE id = 8;                                     -- fails
RESET gdpr.purpose;
INSERT INTO member (id, email) VALUES (12, 'twelve@example.com');                             -- fails
SET gdpr.purpose = 'order_fulfilment';
DELETE FROM member WHERE id = 11;
RESET ROLE;
SELECT count(*) FROM member;

-- Sealing takes a grant of any kind: it would tell who is in the file.
SET ROLE policy_stranger;
SELECT 'member1@example.com'::gdpr.pii_email IS NULL;     -- fails
RESET ROLE;

RESET gdpr.output;
DROP TABLE copy;
DROP TABLE member;
DROP FUNCTION consent;
SELECT gdpr.revoke_purpose(p, 'policy_staff') FROM unnest('{order_fulfilment,newsletter,postal_marketing,legal_accounting}'::text[]) p;
DROP OWNED BY policy_staff, policy_clerk;
DROP ROLE policy_clerk, policy_stranger, policy_staff;
