-- Validators of the classes of personal data: what they take, what they store, and that they say nothing of a bad value
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS gdpr;
RESET client_min_messages;
\set SHOW_CONTEXT never
SHOW gdpr.default_country;

CREATE TEMP TABLE vector (class text, value text, canonical text);
INSERT INTO vector VALUES
	('email', 'jan@example.com', 'jan@example.com'),
	('email', ' Jan.Peeters+nieuws@Example.COM ', 'Jan.Peeters+nieuws@example.com'),
	('email', 'o''brien@example.org', 'o''brien@example.org'),
	('email', 'x@mail.example.net', 'x@mail.example.net'),
	('email', repeat('a', 64) || '@example.com', repeat('a', 64) || '@example.com'),
	('email', 'jan@MÜNCHEN.example', 'jan@münchen.example'),
	('phone', '02 274 48 00', '+3222744800'),
	('phone', '(02) 274.48.00', '+3222744800'),
	('phone', '0032 2 274 48 00', '+3222744800'),
	('phone', '0470 12 34 56', '+32470123456'),
	('phone', '0470/12.34.56', '+32470123456'),
	('phone', '+32 (0)470 12 34 56', '+32470123456'),
	('phone', '+32-0-470123456', '+32470123456'),
	('phone', '04 222 33 44', '+3242223344'),
	('phone', '04 70 12 34 56', '+32470123456'),
	('phone', '0420 12 34 56', '+32420123456'),
	('phone', '0455 12 34 56', '+32455123456'),
	('phone', '+3212345678', '+3212345678'),
	('phone', '+32450001234', '+32450001234'),
	('phone', '+31612345678', '+31612345678'),
	('phone', '+33612345678', '+33612345678'),
	('phone', '+4915123456789', '+4915123456789'),
	('phone', '+352628123456', '+352628123456'),
	('phone', '+447400123456', '+447400123456'),
	('phone', '０４７０ １２ ３４ ５６', '+32470123456'),
	('name', 'Anne-Sophie Van den Berghe', 'Anne-Sophie Van den Berghe'),
	('name', '''t Kint', '''t Kint'),
	('name', 'José', 'José'),
	('name', U&'Jose\0301', 'José'),
	('name', 'Ng', 'Ng'),
	('name', U&'Jan\202E Peeters\202C', 'Jan Peeters'),
	('email', U&'\FEFFjan@exam\00ADple.com\200B', 'jan@example.com'),
	('email', U&'jan\FF20example.com', 'jan@example.com'),
	('iban', U&'BE68\200E 5390 0754\2060 7034', 'BE68539007547034'),
	('ip', U&'192.0\200B.2.77', '192.0.2.77'),
	('national_id', U&'85.07.30\2063-033.28', '85073003328'),
	('id_card', U&'591-1917064\FE0F-58', '591191706458'),
	('device_id', U&'49015420\200D3237518', '490154203237518'),
	('phone', U&'\202A0470 12 34 56\202C', '+32470123456'),
	('birth_date', U&'\200E1985-07-30', '1985-07-30'),
	('text', '  as typed  ', '  as typed  '),
	('health', E' \n E11.9 ', E' \n E11.9 '),
	('json', ' {"a": 1} ', ' {"a": 1} '),
	('address', 'Via Dante 1, 20121 Milano, MI', 'Via Dante 1, 20121 Milano, MI'),
	('birth_date', '1985-07-30 00:00:00+02', '1985-07-30'),
	('birth_date', '1985-07-00', '1985-07'),
	('name', 'Ødegård', 'Ødegård'),
	('address', 'Wetstraat 16, 1000 Brussel, BE', 'Wetstraat 16, 1000 Brussel, BE'),
	('address', '12 bus 3', '12 bus 3'),
	('address', '1012 JS', '1012 JS'),
	('birth_date', '1985-07-30', '1985-07-30'),
	('birth_date', '30/07/1985', '1985-07-30'),
	('birth_date', '30-07-1985', '1985-07-30'),
	('birth_date', '1985', '1985'),
	('birth_date', '1985-07', '1985-07'),
	('be_national_number', '85.07.30-033.28', '85073003328'),
	('be_national_number', '17.07.30-033.84', '17073003384'),
	('be_national_number', '00000100166', '00000100166'),
	('be_national_number', '00000100195', '00000100195'),
	('be_national_number', '00000000128', '00000000128'),
	('be_national_number', '00010000135', '00010000135'),
	('be_national_number', '85073500107', '85073500107'),
	('be_national_number', '12.02.29-001.06', '12022900106'),
	('be_bis', '98.47.28-997.65', '98472899765'),
	('be_bis', '01 49 07 001 85', '01490700185'),
	('be_bis', '75.46.08-980.95', '75460898095'),
	('be_bis', '75.26.08-980.52', '75260898052'),
	('national_id', '85.07.30-033.28', '85073003328'),
	('national_id', '1112.22.333', '111222333'),
	('national_id', '2 95 10 99 126 111 93', '295109912611193'),
	('national_id', '36 574 261 809', '36574261809'),
	('id_card', '591-1917064-58', '591191706458'),
	('be_eid_card', '000-0011032-71', '000001103271'),
	('be_eid_card', '591-2010999-97', '591201099997'),
	('be_enterprise', '0202.239.951', '0202239951'),
	('be_enterprise', 'BE0403.019.261', '0403019261'),
	('be_enterprise', 'BE 0428759497', '0428759497'),
	('iban', 'BE68 5390 0754 7034', 'BE68539007547034'),
	('iban', 'NL91ABNA0417164300', 'NL91ABNA0417164300'),
	('iban', 'FR1420041010050500013M02606', 'FR1420041010050500013M02606'),
	('iban', 'MT84MALT011000012345MTLCAST001S', 'MT84MALT011000012345MTLCAST001S'),
	('be_account', '539-0075470-34', '539007547034'),
	('nl_bsn', '10000008', '010000008'),
	('fr_nir', '253072B07300470', '253072B07300470'),
	('de_steuer_id', '86095742719', '86095742719'),
	('payment_card', '4111 1111 1111 1111', '4111111111111111'),
	('imei', '35-209900-176148-1', '352099001761481'),
	('imei', '3568680000414120', '3568680000414120'),
	('imsi', '001010123456789', '001010123456789'),
	('passport_mrz', 'L898902C36', 'L898902C36'),
	('be_inami', '1-00001-06-001', '10000106001'),
	('icd10', 'e11.9', 'E11.9'),
	('atc', 'c09aa05', 'C09AA05'),
	('ip', '192.0.2.77', '192.0.2.77'),
	('ip', '::ffff:192.0.2.1', '192.0.2.1'),
	('ip', '2001:DB8:1:2::77', '2001:db8:1:2::77'),
	('mac', 'D0-50-99-84-A2-A0', 'd0:50:99:84:a2:a0'),
	('device_id', '00:00:5e:00:53:01', '00:00:5e:00:53:01'),
	('device_id', '6D92078A-8246-4ba4-ae5b-76104861e7dc', '6d92078a-8246-4ba4-ae5b-76104861e7dc'),
	('android_id', '9774d56d682e549c', '9774d56d682e549c'),
	('cookie_id', 'GA1.2.1234567890.1234567890', 'GA1.2.1234567890.1234567890'),
	('text', '', ''),
	('health', '', ''),
	('bytes', '', ''),
	('json', '{"a": [1, 2]}', '{"a": [1, 2]}');

-- each is valid, stored as expected, and stored the same when it is normalised again: no rows
SELECT class, value, gdpr.normalise(class, value) FROM vector
WHERE NOT gdpr.is_valid(class, value) OR gdpr.normalise(class, value) <> canonical
	OR gdpr.normalise(class, canonical) <> canonical;

CREATE TEMP TABLE wrong (class text, value text);
INSERT INTO wrong VALUES
	('email', 'jan'), ('email', 'jan@'), ('email', '@example.com'), ('email', 'jan@example'),
	('email', 'jan..p@example.com'), ('email', '.jan@example.com'), ('email', 'jan@-example.com'),
	('email', 'jan@exam ple.com'), ('email', 'jan@example.123'), ('email', repeat('a', 65) || '@example.com'),
	('email', 'jan@peeters@example.com'), ('email', E'jan@example.com\nBcc: all@example.com'), ('email', ''),
	('phone', '1'), ('phone', '112'), ('phone', '+32 470 12 34'), ('phone', '+324701234567'), ('phone', '00324701'),
	('phone', '+00 123456789'), ('phone', '0470 JAN'), ('phone', ''),
	('name', ''), ('name', '   '), ('name', E'Jan\tPeeters'), ('name', repeat('a', 201)),
	('address', ''), ('address', '0999'), ('address', '12345'), ('address', '1012 SS'),
	('address', 'Wetstraat 16, 1000 Brussel, XX'), ('address', 'Downing Street 10, London SW1A 2AA, UK'),
	('address', 'Wetstraat 16, 0999 Brussel, BE'), ('address', 'Damrak 1, 1012 SS Amsterdam, NL'),
	('birth_date', '2931-01-01'), ('birth_date', '1985-02-30'), ('birth_date', '31/04/1985'),
	('birth_date', '1985-07-29T22:00:00Z'), ('birth_date', '1850-01-01'), ('birth_date', '07/30/1985'), ('birth_date', ''),
	('be_national_number', '85073003329'), ('be_national_number', '12345678901'), ('be_national_number', '85133000105'),
	('be_national_number', '8507300332'), ('be_national_number', '850730033280'), ('be_national_number', '00000000000'),
	('be_bis', '00000100195'), ('be_bis', '85533000191'), ('national_id', '85073003329'),
	('id_card', '000-0011032-25'), ('id_card', '591-2010999-00'), ('id_card', '590-0000000-00'),
	('be_enterprise', 'BE431150351'), ('be_enterprise', 'BE0202239952'),
	('iban', 'BE68539007547035'), ('iban', 'BE54310100270000'), ('iban', 'XX431234'), ('iban', 'BE685390075470'),
	('nl_bsn', '111252333'), ('nl_bsn', '000000000'), ('nl_bsn', '12345678'),
	('fr_nir', '295109912611199'), ('fr_nir', '253072C07300443'),
	('de_steuer_id', '36574261890'), ('de_steuer_id', '36554266806'), ('de_steuer_id', '01234567896'),
	('de_steuer_id', '11112345678'),
	('payment_card', '4111111111111112'), ('payment_card', '0000000000000000'), ('payment_card', '411'),
	('imei', '35-417803-685978-1'), ('imsi', '00101012345678'), ('imsi', '00101012345678a'),
	('passport_mrz', 'L898902C37'), ('be_inami', '1-00001-07-001'), ('icd10', '11E'), ('atc', 'C9AA05'),
	('ip', '1.2.3'), ('ip', '256.1.1.1'), ('ip', '192.0.2.1/24'), ('ip', '2001:db8:::1'),
	('mac', 'zz:50:99:84:a2:a0'), ('mac', '00:00:5e:00:53:0'), ('device_id', '35-417803-685978-1'),
	('device_id', '00000000-0000-0000-0000-000000000000'), ('advertising_id', '6d92078a'),
	('android_id', '9774d56d682e549'), ('cookie_id', 'short'), ('json', ''), ('json', '{a: 1}');

-- none is valid, and asking never raises: no rows
SELECT class, value FROM wrong WHERE gdpr.is_valid(class, value);

-- errors name the class and the mending, never the value
CREATE FUNCTION pg_temp.said(class text, value text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	message text;
	detail text;
	hint text;
	context text;
BEGIN
	PERFORM gdpr.normalise(class, value);
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws('|', SQLSTATE, message, detail, hint, context);
END
$$;
SELECT class, pg_temp.said(class, value) FROM (VALUES
	('email', 'secret'), ('phone', 'secret'), ('name', repeat('secret', 40)), ('name', ''), ('national_id', 'secret'),
	('id_card', 'secret'), ('ip', 'secret'), ('device_id', 'secret'), ('iban', 'secret'), ('address', '0999'),
	('birth_date', 'secret'), ('birth_date', '1985-02-30'), ('json', 'secret'), ('be_bis', 'secret'))
	AS v (class, value);
-- what is said depends on the class and the kind of fault alone: no rows
SELECT class, left(said, 5) AS state FROM (SELECT class, pg_temp.said(class, value) AS said FROM wrong) AS w
GROUP BY 1, 2 HAVING count(DISTINCT said) > 1;
SELECT gdpr.normalise('email', 'secret'); -- fails

-- an unknown class is an error, whatever was swapped with it
SELECT gdpr.is_valid('jan@example.com', 'email'); -- fails
SELECT gdpr.is_valid('pii_email', 'jan@example.com');
SELECT gdpr.is_valid('email', NULL) IS NULL AS null_is_null;

-- the country of what names none
SELECT gdpr.normalise('phone', '06 12345678', 'NL'), gdpr.normalise('postal_code', '1012js', 'NL'),
	gdpr.is_valid('postal_code', '1012 SS', 'NL') AS never_issued, gdpr.normalise('postal_code', 'B-1000');
SELECT gdpr.is_valid('phone', '06 12345678', 'UK'); -- fails
SET gdpr.default_country = 'NL';
SELECT gdpr.normalise('phone', '06 12345678');
SET gdpr.default_country = 'Belgium'; -- fails
RESET gdpr.default_country;

-- today counts
SELECT gdpr.is_valid('birth_date', to_char(current_date, 'YYYY-MM-DD')) AS today,
	gdpr.is_valid('birth_date', to_char(current_date + 1, 'YYYY-MM-DD')) AS tomorrow;

-- the list
SELECT class, label, type, searchable FROM gdpr.classes();
SELECT count(*) AS without_hint FROM gdpr.classes() WHERE hint !~ '^Expected .*\.$';
SELECT proname, provolatile, proparallel FROM pg_proc
WHERE pronamespace = 'gdpr'::regnamespace AND proname IN ('is_valid', 'normalise', 'classes') ORDER BY 1, pronargs;
