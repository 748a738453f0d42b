/*
 * load_fakenames.sql: the export of fakenamegenerator.com.
 *
 * Password, card, mother's maiden name and national number stay behind: nothing the shop does needs them (Art. 5(1)(c)).
 * Telephone numbers come with their country in a column of its own.
 */
INSERT INTO customer
SELECT "Number"::bigint,
	   concat_ws(' ', "GivenName", "Surname"),
	   "EmailAddress",
	   pg_temp.international("TelephoneNumber", "Country"),
	   concat_ws(', ', "StreetAddress", concat_ws(' ', "ZipCode", "City"), "Country"),
	   to_char(to_date("Birthday", 'MM/DD/YYYY'), 'YYYY-MM-DD'),
	   CASE "NameSet" WHEN 'Dutch' THEN 'nl' WHEN 'French' THEN 'fr' WHEN 'German' THEN 'de' ELSE 'en' END
FROM import;
DROP TABLE import;
