--hide
\getenv file DEMO_FILE
\getenv dump DEMO_DUMP
\getenv canaries DEMO_CANARIES
\getenv lines_before DEMO_BEFORE
\getenv here DEMO_HERE
\getenv forms DEMO_FORMS
SELECT count(*) AS people FROM customer \gset
SELECT id AS person, email AS person_email FROM customer
WHERE gdpr.is_valid('email', email) ORDER BY id LIMIT 1 \gset
SELECT greatest(1, count(*) / 10) AS many FROM customer \gset
SELECT id AS caller, email AS caller_email FROM customer
WHERE id > :person AND gdpr.is_valid('email', email) ORDER BY id LIMIT 1 \gset
\echo == The customer file, unprotected
\echo :people people of :file, each with two orders, in a database of crm_owner.
\echo
--show
\c - crm_owner
SELECT id, name, email, phone, birth_date FROM customer ORDER BY id LIMIT 3;

-- == Protect it
-- The DBA gives crm_owner the duty to set things up, once. The rest needs no superuser.

\c - postgres
--void
SELECT gdpr.grant_duty('controller', 'crm_owner');
--void
SELECT gdpr.grant_duty('app', 'crm_app');
--void
SELECT gdpr.grant_duty('dpo', 'crm_dpo');

\c - crm_owner
--void
SELECT gdpr.declare_subject('customer', 'id');
--hide
SELECT clock_timestamp() AS protect_start \gset
--show
--void
SELECT gdpr.protect('customer', purposes => '{order_fulfilment,newsletter}',
    columns => '{"name": "pii_name", "email": "pii_email", "phone": "pii_phone",
                 "address": "pii_address", "birth_date": "pii_birth_date"}',
    on_invalid => 'quarantine');
--void
SELECT gdpr.protect('orders', owner => 'customer_id', purposes => '{order_fulfilment}',
    columns => '{"ship_to": "pii_address"}', on_invalid => 'quarantine');
--void
SELECT gdpr.protect('order_line', owner => 'order_id.customer_id',
    purposes => '{order_fulfilment}');
--hide
SELECT round(extract(epoch FROM clock_timestamp() - :'protect_start')::numeric, 1) AS protect_seconds \gset
ANALYZE customer, orders, order_line;
--show

-- Values that are not what their column says were set aside, sealed, for the persons they belong to:
SELECT relation, column_name, class, count(*), min(row_key::bigint) AS first_row
FROM gdpr.quarantine GROUP BY 1, 2, 3 ORDER BY 1, 2;

-- == What is stored
-- A superuser passes the row filter and still reads sealed values: that role has no purpose.

\c - postgres
SELECT id, left(format('%s', name), 20) AS name, left(format('%s', email), 20) AS email,
    gdpr_subject, purposes
FROM customer ORDER BY id LIMIT 3;
--fails ZG002
SELECT gdpr.reveal(email, 'order_fulfilment') FROM customer LIMIT 1;

-- == Who sees what, and why
-- A role works for the purposes it was granted, at the level it was granted.

\c - crm_owner
--void
SELECT gdpr.grant_purpose('order_fulfilment', 'crm_app');
--void
SELECT gdpr.grant_purpose('newsletter', 'crm_marketing', level => 'masked');
--void
SELECT gdpr.grant_purpose('consent_evidence', 'crm_dpo');
--void
SELECT gdpr.grant_purpose('rights_handling', 'crm_dpo');

-- The application, delivering orders, sees the people and their orders in full:
\c - crm_app
SET gdpr.purpose = 'order_fulfilment';
SELECT c.id, gdpr.reveal(c.name) AS name, gdpr.reveal(c.phone) AS phone,
    gdpr.reveal(o.ship_to) AS ship_to, o.total
FROM customer c JOIN orders o ON o.customer_id = c.id ORDER BY o.id LIMIT 3;

-- Without a purpose there is nothing to see, and no role gives a purpose to itself:
RESET gdpr.purpose;
SELECT count(*) FROM customer;
SET gdpr.purpose = 'billing';
--fails ZG002
SELECT count(*) FROM customer;

-- Marketing may mail those who agreed. No one has yet:
\c - crm_marketing
SET gdpr.purpose = 'newsletter';
SELECT count(*) FROM customer;

-- == Consent by web form
-- What people are told is drafted and published first (examples/demo/notices.sql); its hash is kept.

--hide
\c - crm_owner
BEGIN;
\o /dev/null
\i :here/notices.sql
\o
COMMIT;
--show
\c - crm_owner
SELECT name, version, kind, array(SELECT jsonb_object_keys(texts)) AS languages,
    left(encode(hash, 'hex'), 16) AS sha256
FROM gdpr.notice ORDER BY name;

-- Customer :person ticks the box. The consent names the text that was shown and keeps the form as evidence.
\c - crm_app
SET gdpr.purpose = 'order_fulfilment';
SELECT gdpr.give_consent('customer', :'person', purpose => 'newsletter',
    notice => 'newsletter_form', notice_shown => true, language => 'nl',
    method => 'web_form', channel => 'email',
    evidence => '<form lang="nl"><input type="checkbox" name="news" checked></form>',
    evidence_mime => 'text/html') AS consent \gset

-- So does every third of the others. A box that was ticked beforehand is no consent:
SELECT count(gdpr.give_consent('customer', id::text, purpose => 'newsletter',
    notice => 'newsletter_form', notice_shown => true, language => 'fr',
    method => 'web_form', channel => 'email',
    evidence => '<form lang="fr"><input type="checkbox" name="news" checked></form>',
    evidence_mime => 'text/html')) AS consents
FROM customer WHERE id % 3 = 0;
--fails ZG013
SELECT gdpr.give_consent('customer', :'caller', purpose => 'newsletter',
    notice => 'newsletter_form', notice_shown => true, language => 'nl',
    method => 'web_form', channel => 'email', control_default => true,
    evidence => '<form lang="nl"><input type="checkbox" name="news" checked></form>',
    evidence_mime => 'text/html');

-- == Consent by telephone
-- The operator reads the script and says that the call is recorded; the recording is the evidence.

--hide
SELECT '\x52494646649c000057415645666d74201000000001000100401f0000401f00000100080064617461409c0000'::bytea
	|| decode(string_agg(lpad(to_hex((128 + 100 * sin(i * 0.345))::integer), 2, '0'), '' ORDER BY i), 'hex') AS recording
FROM generate_series(1, 40000) i \gset
SELECT clock_timestamp() AS call_started, pg_sleep(0.01) \gset
SELECT clock_timestamp() AS recording_announced, pg_sleep(0.01) \gset
SELECT clock_timestamp() AS answered \gset
--show
SELECT gdpr.give_consent_by_phone('customer', :'caller', purpose => 'newsletter',
    script => 'newsletter_script', script_version => 1, language => 'nl',
    call_started_at => :'call_started', recording_announced_at => :'recording_announced',
    answered_at => :'answered', recording => :'recording', recording_mime => 'audio/wav')
    AS by_phone \gset

-- The data protection officer, and only who was granted consent_evidence, hears it again:
\c - crm_dpo
SELECT c.method, e.kind, e.mime, gdpr.verify_evidence(e.id) AS as_attached,
    length(gdpr.read_evidence(e.id)) AS bytes_read
FROM gdpr.consent_event c JOIN gdpr.consent_evidence l ON l.consent = c.id
    JOIN gdpr.evidence e ON e.id = l.evidence
WHERE c.id IN (:'consent', :'by_phone') ORDER BY c.number;
--hide
SELECT evidence AS recording_id FROM gdpr.consent_evidence WHERE consent = :'by_phone' \gset
--show
\c - crm_app
--fails ZG002
SELECT gdpr.read_evidence(:'recording_id');

-- Marketing now sees who agreed, masked as it was granted:
\c - crm_marketing
SET gdpr.purpose = 'newsletter';
SELECT id, gdpr.reveal(name) AS name, gdpr.reveal(email) AS email,
    gdpr.reveal(phone) AS phone
FROM customer ORDER BY id LIMIT 3;

-- == Withdrawal
-- Customer :person takes it back. One call, no reasons asked, effective at once in every session.

SELECT count(*) AS mailable FROM gdpr.mailable('newsletter', 'email');
SELECT reason, count(*) FROM gdpr.excluded('newsletter', 'email')
GROUP BY 1 ORDER BY 1;
\c - crm_app
SELECT gdpr.withdraw_consent('customer', :'person', 'newsletter');
\c - crm_marketing
SET gdpr.purpose = 'newsletter';
SELECT count(*) AS mailable FROM gdpr.mailable('newsletter', 'email');
SELECT reason, count(*) FROM gdpr.excluded('newsletter', 'email')
GROUP BY 1 ORDER BY 1;
SELECT count(*) AS rows_of_that_customer FROM customer WHERE id = :person;

-- Why? The same question the database asks itself, test by test:
SELECT step, test, passed, detail
FROM gdpr.explain_processing('customer', :'person', 'newsletter');

-- == Search by e-mail
-- In capitals, and found through the index all the same; it holds keyed tokens, no addresses.

--hide
SELECT upper(:'person_email') AS person_email \gset
--show
\c - crm_app
SET gdpr.purpose = 'order_fulfilment';
SELECT id, gdpr.reveal(name) AS name, gdpr.reveal(email) AS email
FROM customer WHERE email = :'person_email';
\a \t
EXPLAIN (COSTS OFF) SELECT id FROM customer
WHERE email = :'person_email';
\a \t
--hide
SET client_min_messages = notice;
SELECT clock_timestamp() AS lookup_start \gset
DO $$
DECLARE
	wanted text;
	found text;
BEGIN
	FOR wanted IN SELECT gdpr.reveal(email) FROM customer WHERE email IS NOT NULL LIMIT 1000
	LOOP
		SELECT gdpr.reveal(name) INTO STRICT found FROM customer WHERE email = wanted LIMIT 1;
	END LOOP;
END $$;
SELECT round(1000 * extract(epoch FROM clock_timestamp() - :'lookup_start')::numeric
			 / (SELECT least(count(*), 1000) FROM customer WHERE email IS NOT NULL), 3) AS lookup_ms \gset
--show

-- == Bad values and forbidden reads
-- A message says what is wrong and how to fix it, never the value; nor does the server log.

--fails 22P02
UPDATE customer SET email = 'jan.peeters(at)post.example' WHERE id = :person;
--fails ZG004
INSERT INTO customer (name, email, purposes)
VALUES ('Jan Peeters', 'jan.peeters@post.example', '{newsletter}');
\c - crm_marketing
SET gdpr.purpose = 'newsletter';
--fails ZG002
SELECT gdpr.reveal(email, 'order_fulfilment') FROM customer;
--fails 42501
UPDATE customer SET email = NULL;

-- == An application that knows nothing of this
-- Two settings of its role, and it reads and writes plaintext as before, for what it may see.

\c - postgres
ALTER ROLE crm_app SET gdpr.purpose = 'order_fulfilment';
ALTER ROLE crm_app SET gdpr.output = 'reveal';
\c - crm_app
INSERT INTO customer (name, email, phone, address, birth_date, language)
VALUES ('Zoë Van den Berghe', 'Zoe@Post.example', '0470 00 99 99',
    'Kerkstraat 1, 9000 Gent, BE', '1990-05-17', 'nl')
RETURNING id, name, email, phone;
SELECT name, phone, address FROM customer WHERE phone = '+32 470 00 99 99';

-- == The dump
-- Every e-mail address, full name and address of the file, looked for in pg_dump and in the log:
--hide
\setenv dump :dump
\setenv canaries :canaries
\! pg_dump -d gdpr_demo >"$dump"
\set lines_after `LC_ALL=C grep -cFf "$canaries" "$dump"`
\set lines_log `[ ! -r "$GDPR_WORK/log" ] || LC_ALL=C grep -cFf "$canaries" "$GDPR_WORK/log"`
\c - postgres
SELECT 'pg_dump before' AS file, :lines_before AS "lines with plaintext"
UNION ALL SELECT 'pg_dump after', :lines_after
UNION ALL SELECT 'server log', nullif(:'lines_log', '')::integer WHERE :'lines_log' <> '';
\! createdb gdpr_demo_copy && psql -Xq -d gdpr_demo_copy -f "$dump" >/dev/null
\c gdpr_demo_copy
--show

-- Restored into another database, it shows nothing before it has done again what the journal outside the
-- database knows to have been done since the dump: erasures, withdrawals, objections, restrictions.
\c - postgres
CALL gdpr.after_restore();

-- Then, under the same master key, it tells the same:
\c - crm_app
SELECT id, name FROM customer WHERE email = :'person_email';
--hide
\c gdpr_demo
--show

-- == A person's rights
-- Customer :caller asks for a copy: every row over the foreign keys, and what the law wants told besides.

\c - crm_dpo
SELECT gdpr.export_subject('customer', :'caller') AS copy \gset
SELECT split_part(key, '.', 2) AS table, jsonb_array_length(value) AS rows,
    value -> 0 ->> 'email' AS email, left(value -> 0 ->> 'ship_to', 24) AS ship_to
FROM jsonb_each(:'copy'::jsonb -> 'data') ORDER BY 1;
SELECT string_agg(key, ', ' ORDER BY key) AS and_tells
FROM jsonb_each(:'copy')
WHERE value NOT IN ('[]', '{}', 'null') AND key NOT IN ('data', 'subject', 'generated_at');

-- A number is out of date: corrected here, and wherever else it was kept.
SELECT gdpr.rectify('customer', :'caller', 'phone', '0470 55 66 77') AS corrected;

-- And then: forget me. All tables, one transaction; the person's key is destroyed with the rows.
SELECT relation, action, rows FROM gdpr.impact('customer', :'caller');
SELECT gdpr.erase_subject('customer', :'caller', 'Art. 17(1)(b): consent withdrawn')
    ->> 'subject' AS number \gset
SELECT key, value FROM jsonb_each_text(gdpr.erasure_certificate(:number))
WHERE key IN ('ground', 'key_destroyed', 'identifiers_suppressed', 'residue', 'sha256')
ORDER BY 1;
--hide
SELECT set_config('demo.number', :'number', false), set_config('demo.person', :'person', false) \g /dev/null
DO $$ BEGIN
	ASSERT (SELECT (c ->> 'key_destroyed')::boolean AND c -> 'residue' = '{}'
			FROM gdpr.erasure_certificate(current_setting('demo.number')::bigint) c), 'the erasure is not complete';
END $$;
--show

-- The erasure is also on record outside the database: a restored backup erases again before it shows anyone.
SELECT gdpr.journal_wait() AS written, state FROM gdpr.journal_status();
--hide
DO $$ BEGIN
	ASSERT (SELECT state = 'good' AND in_file = in_table AND in_file > 0 FROM gdpr.journal_status()), 'the journal is not kept';
END $$;
--show

-- An old list is loaded again. All that was kept of the address is a keyed hash, and that is enough:
\c - crm_app
--fails ZG007
INSERT INTO customer (name, email) VALUES ('Once More', :'caller_email');

-- == Access log
-- Customer :person asks who looked. Every value shown was recorded, even when a transaction rolled back.

\c - crm_dpo
--hide
SELECT set_config('demo.person', :'person', false) \g /dev/null
DO $$
DECLARE
	seen text[];
BEGIN
	FOR i IN 1..100 LOOP
		SELECT array_agg(DISTINCT a.session_role::text ORDER BY a.session_role::text) INTO seen
		FROM gdpr.subject_accesses('customer', current_setting('demo.person')) a;
		EXIT WHEN seen @> '{crm_app,crm_dpo,crm_marketing}';
		PERFORM pg_sleep(0.1);
	END LOOP;
	ASSERT seen @> '{crm_app,crm_dpo,crm_marketing}', 'the ledger does not know all who looked';
	ASSERT NOT EXISTS (SELECT FROM gdpr.verify_ledger()), 'the ledger is broken';
END $$;
--show
SELECT session_role, purpose, count(*) AS statements, max(at)::time(0) AS last_at
FROM gdpr.subject_accesses('customer', :'person') GROUP BY 1, 2 ORDER BY 1, 2;

-- The record is a chain of hashes. An entry altered, removed or inserted would be a row here:
SELECT * FROM gdpr.verify_ledger();

-- == A stolen password
-- The controller expects crm_app to see no more than :many people in an hour.

\c - crm_owner
--void
SELECT gdpr.limit_reads('crm_app', people_per_hour => :many);
--hide
\c - crm_dpo
SET client_min_messages = error;
SELECT gdpr.find_anomalies() \g /dev/null
RESET client_min_messages;
SELECT clock_timestamp() AS stolen_from \gset
--show

-- A thief has its password and takes what can be had, and is stopped, but not before seeing :many people:
\c - crm_app
SET application_name = 'not ours';
--fails 53400
SELECT name, phone, address FROM customer;

-- What was refused is a finding, for the data protection officer and in gdpr.status():
\c - crm_dpo
--hide
DO $$ BEGIN
	FOR i IN 1..100 LOOP
		EXIT WHEN EXISTS (SELECT FROM gdpr.ledger WHERE kind = 'read' AND detail ->> 'application' = 'not ours');
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$;
SELECT clock_timestamp() AS stolen_until \gset
SET client_min_messages = error;
--show
SELECT gdpr.find_anomalies() AS found;
SELECT kind, login, purpose, people FROM gdpr.anomaly WHERE judged_at IS NULL;

-- It is a breach: from now on the clock of 72 hours runs. The ledger knows the people it concerns.
SELECT gdpr.open_breach('stolen password of an application', :'stolen_from', now(),
    '{"types": ["confidentiality"], "intent": "deliberate", "origin": "external", "cause": "phishing"}',
    '{"actors": {"reporter_capacity": "dpo"},
      "timeline": {"ongoing": false, "detected_how": "a limit of reading refused the login"},
      "persons": {"categories": ["customers"], "children": false, "vulnerable": false},
      "data": {"special": false, "national_number": false}, "cross_border": {"cross_border": false},
      "protection": {"encrypted": true, "other": "limits of reading, a record of every read"}}') AS breach \gset
SELECT due_at - aware_at AS time_to_tell FROM gdpr.breach WHERE id = :'breach';
SELECT gdpr.add_breach_reads(:'breach', :'stolen_from', :'stolen_until', role => 'crm_app',
    application => 'not ours') AS people;
SELECT key, value FROM jsonb_each_text(gdpr.breach_counts(:'breach'))
WHERE key IN ('persons', 'classes', 'sealed') ORDER BY 1;

-- The risk, and what follows from it:
--void
SELECT gdpr.describe_breach(:'breach', 'measures',
    '{"taken": "The login was locked", "mitigation": "All passwords were changed",
      "prevention": "Certificates instead of passwords"}');
--void
SELECT gdpr.describe_breach(:'breach', 'nature',
    '{"description": "A login was used by a person who had stolen its password"}');
SELECT a ->> 'risk' AS risk, a ->> 'notify_authority' AS tell_the_authority,
    a ->> 'tell_people' AS tell_the_people
FROM gdpr.assess_breach(:'breach', 'high', key_compromised => false, consequences =>
    '{"harms": ["identity_fraud", "loss_of_control"], "severity": "significant", "likelihood": "likely"}') a;

-- The form of the Belgian authority, in Dutch, filled in as far as the database knows (breach-form.html):
SELECT f ->> 'label' AS label, left(f ->> 'text', 56) AS filled_in
FROM jsonb_array_elements(gdpr.breach_form(:'breach', 'gba-be', 'nl') -> 'groups') g,
    jsonb_array_elements(g -> 'fields') f
WHERE f ->> 'key' IN ('notification.authority', 'actors.controller', 'nature.types', 'nature.cause', 'persons.number',
    'data.categories', 'consequences.harms', 'measures.taken');
SELECT jsonb_array_length(gdpr.breach_form(:'breach', 'gba-be', 'nl') -> 'missing') AS may_follow;
--void
SELECT gdpr.notify_breach(:'breach', 'initial', template => 'gba-be', language => 'nl');

-- A letter to each of them (breach-letter.html). The breach is not closed before they are told.
--void
SELECT gdpr.write_breach_letter(:'breach', 'nl',
    'Iemand heeft met een gestolen wachtwoord uw naam, adres en telefoonnummer gezien.',
    'Misschien krijgt u valse berichten in onze naam.', 'Het wachtwoord werkt niet meer.',
    'Klik niet op koppelingen in berichten die u niet verwacht.');
SELECT count(*) AS letters_due FROM gdpr.breach_letters_due(:'breach');
--hide
SELECT coalesce(jsonb_object_agg(m, 'niet meer te achterhalen'), '{}') AS answers
FROM jsonb_array_elements_text(gdpr.breach_form(:'breach', 'gba-be', 'nl') -> 'missing') m \gset
--show
--fails 55000
SELECT gdpr.notify_breach(:'breach', 'final', template => 'gba-be', language => 'nl', answers => :'answers'),
    gdpr.close_breach(:'breach');
SELECT count(gdpr.breach_delivered(:'breach', 'customer', subject_key, 'nl', 'post')) AS sent
FROM gdpr.breach_letters_due(:'breach');

-- What the last notification still lacks is explained, field by field.
SELECT coalesce(jsonb_object_agg(m, 'niet meer te achterhalen'), '{}') AS answers
FROM jsonb_array_elements_text(gdpr.breach_form(:'breach', 'gba-be', 'nl') -> 'missing') m \gset
--void
SELECT gdpr.notify_breach(:'breach', 'final', template => 'gba-be', language => 'nl', answers => :'answers');
--void
SELECT gdpr.close_breach(:'breach');
--void
SELECT gdpr.judge_anomaly(number, 'a stolen password: see the register of breaches')
FROM gdpr.anomaly WHERE judged_at IS NULL;
SELECT state, risk, (SELECT count(*) FROM gdpr.breach_delivery d WHERE d.breach = b.id) AS letters,
    (SELECT count(*) FROM gdpr.breach_notification n WHERE n.breach = b.id) AS notifications
FROM gdpr.breach b WHERE id = :'breach';
--hide
SELECT set_config('demo.breach', :'breach', false), set_config('demo.many', :'many', false) \g /dev/null
DO $$ BEGIN
	ASSERT (SELECT count(*) = current_setting('demo.many')::bigint FROM gdpr.breach_subjects(current_setting('demo.breach')::uuid)), 'not those that the thief saw';
	ASSERT (SELECT state = 'closed' FROM gdpr.breach WHERE id = current_setting('demo.breach')::uuid), 'the breach is not closed';
END $$;
\a \t
\o :forms/breach-form.html
SELECT gdpr.breach_html(form) FROM gdpr.breach_notification WHERE breach = :'breach' ORDER BY number DESC LIMIT 1;
\o :forms/breach-letter.html
SELECT gdpr.breach_letter_html(:'breach', 'nl');
\o
\a \t
\c - crm_owner
SELECT gdpr.unlimit_reads(number) FROM gdpr.read_limit \g /dev/null
--show

-- == No longer than needed
-- Who ordered nothing for three years goes, orders and key included.

\c - postgres
--void
SELECT gdpr.grant_duty('job', 'crm_owner');
--void
SELECT gdpr.grant_purpose('order_fulfilment', 'crm_owner');
\c - crm_owner
SELECT count(gdpr.set_retention(relation::regclass, purpose, template => 'inactive_3y',
    events => '{"orders": "ordered_on"}', collected => collected)) AS rules
FROM (VALUES ('customer', 'order_fulfilment', 'since'::name),
    ('customer', 'newsletter', 'since'), ('orders', 'order_fulfilment', 'ordered_on'),
    ('order_line', 'order_fulfilment', NULL)) AS rule (relation, purpose, collected);

-- A dry run. What waits does so for rows that go first:
SELECT "table", for_purpose, due, rows_to_go, tags_to_go, held, waiting
FROM gdpr.retention_due();

--hide
SET gdpr.purpose = 'order_fulfilment';
SELECT least(10, count(*)) AS crowd FROM orders \gset
RESET gdpr.purpose;
--show
-- The figures may stay: a copy in which each order is one of :crowd at least, by ranges of dates.
SET gdpr.purpose = 'order_fulfilment';
SELECT rows, classes, reached_k FROM gdpr.anonymise_to_k('orders', 'sales', '{ordered_on}',
    k => :crowd, keep => '{total}');
SELECT (SELECT sum(total) FROM orders) AS orders, (SELECT sum(total) FROM sales) AS sales;
--hide
SELECT set_config('demo.crowd', :'crowd', false) \g /dev/null
DO $$ BEGIN
	ASSERT (SELECT k >= current_setting('demo.crowd')::bigint FROM gdpr.k_anonymity('sales', '{ordered_on}')), 'a class is too small';
	ASSERT (SELECT sum(total) FROM orders) = (SELECT sum(total) FROM sales), 'the total changed';
END $$;
--show

-- Every night by pg_cron, or now:
CALL gdpr.run_retention();
SELECT relation, purpose, last_state, deleted, untagged, waiting FROM gdpr.retention_runs;
SELECT (SELECT count(*) FROM customer) AS customers,
    (SELECT sum(total) FROM orders) AS orders, (SELECT sum(total) FROM sales) AS sales;
--hide
DO $$ BEGIN
	ASSERT NOT EXISTS (SELECT FROM gdpr.retention_due() WHERE due > 0), 'something due is still there';
	ASSERT NOT EXISTS (SELECT FROM orders WHERE ordered_on < current_date - interval '3 years 2 months'),
		'an old order is still there';
	ASSERT NOT EXISTS (SELECT FROM customer c WHERE since IS NOT NULL
					   AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)), 'an old customer is still there';
END $$;
RESET gdpr.purpose;
--show

-- == Findings
-- One call tells the controller what is left to do; each row comes with the command that fixes it.
\c - crm_owner
SELECT severity, replace(object, 'public.', '') AS object,
    split_part(finding, ':', 1) AS finding
FROM gdpr.status() WHERE severity <> 'info';
SELECT command FROM gdpr.missing_indexes();

-- == Summary
--hide
\c - postgres
CREATE TEMP TABLE summary (n serial, what text, figure text);
INSERT INTO summary (what, figure) VALUES
	('people', (SELECT count(*) FROM gdpr.subject)),
	('erased, or gone after three years', (SELECT count(*) FROM gdpr.subject WHERE wrapped_key IS NULL));
INSERT INTO summary (what, figure)
SELECT 'values sealed, at the end', (SELECT sum(num_nonnulls(name, email, phone, address, birth_date)) FROM customer)
	+ (SELECT count(ship_to) FROM orders);
INSERT INTO summary (what, figure) VALUES
	('invalid values set aside', (SELECT count(*) FROM gdpr.quarantine)),
	('seconds to protect three tables', :'protect_seconds'),
	('consents recorded, with evidence', (SELECT count(*) FROM gdpr.consent_event WHERE state = 'given')),
	('withdrawn', (SELECT count(*) FROM gdpr.consent_event WHERE state = 'withdrawn')),
	('milliseconds per look-up by e-mail', :'lookup_ms'),
	('lines with plaintext in the dump', :'lines_after'),
	('entries in the ledger', (SELECT count(*) FROM gdpr.ledger));
SELECT what, figure FROM summary ORDER BY n;
--show
