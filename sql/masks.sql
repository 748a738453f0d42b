-- Masks of the classes of personal data: a first letter at most, never a short value in whole, never the length
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never

CREATE ROLE masks_reader;
SELECT gdpr.grant_purpose('order_fulfilment', 'masks_reader');
GRANT masks_reader TO CURRENT_USER;
SET ROLE masks_reader;
SET gdpr.purpose = 'order_fulfilment';

SELECT v AS email, gdpr.mask(v::gdpr.pii_email) FROM (VALUES ('jan@example.com'), ('j@example.com'),
	('Jan.Peeters+nieuws@EXAMPLE.com'), ('élodie@example.com'), ('é@example.com'), ('"jan"@example.com')) AS t (v);
SELECT v AS phone, gdpr.mask(v::gdpr.pii_phone) FROM (VALUES ('0470 12 34 56'), ('02 274 48 00'), ('+31 6 12345678'),
	('+299 84 23 30'), ('+500 22345'), ('02 274 48 00 x12')) AS t (v);
SELECT v AS name, gdpr.mask(v::gdpr.pii_name) FROM (VALUES ('Jan Peeters'), ('Ng'), ('O'), ('Ødegård'), ('山田太郎'), ('山')) AS t (v);
SELECT v AS id_card, gdpr.mask(v::gdpr.pii_id_card) FROM (VALUES ('591-1917064-58'), ('000-0011032-71')) AS t (v);
SELECT v AS ip, gdpr.mask(v::gdpr.pii_ip) FROM (VALUES ('192.0.2.77'), ('2001:db8:1:2::77'), ('::ffff:192.0.2.1')) AS t (v);
SELECT v AS device, gdpr.mask(v::gdpr.pii_device_id) FROM (VALUES ('00:00:5e:00:53:01'), ('490154203237518'),
	('6d92078a-8246-4ba4-ae5b-76104861e7dc'), ('GA1.2.3456')) AS t (v);
SELECT v AS iban, gdpr.mask(v::gdpr.pii_iban) FROM (VALUES ('BE68 5390 0754 7034'), ('MT84MALT011000012345MTLCAST001S')) AS t (v);
SELECT v AS address, gdpr.mask(v::gdpr.pii_address) FROM (VALUES ('Wetstraat 16, 1000 Brussel, BE'), ('Wetstraat 16'),
	('Damrak 1, 1012 JS Amsterdam, NL')) AS t (v);
SELECT v AS born, gdpr.mask(v::gdpr.pii_birth_date) FROM (VALUES ('30/07/1985'), ('1985-07'), ('1985')) AS t (v);
SELECT gdpr.mask(''::gdpr.pii_text) AS empty, gdpr.mask('something'::gdpr.pii_text) AS text, gdpr.mask('{"a": 1}'::gdpr.pii_json) AS json,
	gdpr.mask('scan'::gdpr.pii_bytes) AS bytes;

-- the mask of a longer value is not longer: one length a column (a column of names is of one length, of e-mails of one domain)
SELECT count(DISTINCT length(gdpr.mask(v::gdpr.pii_name))) AS names FROM (SELECT repeat('a', n) FROM generate_series(1, 200) n) AS t (v);
SELECT count(DISTINCT length(gdpr.mask((v || '@example.com')::gdpr.pii_email))) AS emails
FROM (SELECT repeat('é', n) FROM generate_series(1, 32) n) AS t (v);
SELECT count(DISTINCT length(gdpr.mask(v::gdpr.pii_phone))) AS belgian_phones FROM (VALUES ('0470 12 34 56'), ('02 274 48 00'), ('02 274 48 00 x12')) AS t (v);
SELECT count(DISTINCT length(gdpr.mask(v::gdpr.pii_text))) AS texts FROM (SELECT repeat('x', n * 100) FROM generate_series(0, 50) n) AS t (v);
SELECT count(DISTINCT length(gdpr.mask(v::gdpr.pii_birth_date))) AS births FROM (VALUES ('1985-07-30'), ('1985-07'), ('1985')) AS t (v);

-- the age of somebody whose year of birth alone may be seen tells no more than the year, and errs on the young side
CREATE TEMP TABLE born AS SELECT d, d::gdpr.pii_birth_date AS born
FROM unnest('{1985-01-01,1985-05-17,1985-12-31,1986-01-01}'::text[]) d;
SELECT d, gdpr.age_at(born, '2001-05-16') AS before, gdpr.age_at(born, '2001-05-17') AS on FROM born ORDER BY d;
RESET ROLE;
SELECT gdpr.grant_purpose('order_fulfilment', 'masks_reader', 'masked');
SET ROLE masks_reader;
SELECT d, gdpr.age_at(born, '2001-05-16') AS before, gdpr.age_at(born, '2001-05-17') AS on FROM born ORDER BY d;
DROP TABLE born;

RESET gdpr.purpose;
RESET ROLE;
SELECT gdpr.revoke_purpose('order_fulfilment', 'masks_reader');
DROP ROLE masks_reader;
