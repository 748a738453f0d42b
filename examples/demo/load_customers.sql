/* load_customers.sql: the format of examples/README.md. Columns that the file does not have are empty. */
ALTER TABLE import
	ADD COLUMN IF NOT EXISTS id text, ADD COLUMN IF NOT EXISTS phone text, ADD COLUMN IF NOT EXISTS street text,
	ADD COLUMN IF NOT EXISTS postal_code text, ADD COLUMN IF NOT EXISTS city text, ADD COLUMN IF NOT EXISTS country text,
	ADD COLUMN IF NOT EXISTS birth_date text, ADD COLUMN IF NOT EXISTS language text,
	ADD COLUMN import_line bigint GENERATED ALWAYS AS IDENTITY;

INSERT INTO customer
SELECT coalesce(nullif(btrim(id), '')::bigint, import_line),
	   nullif(concat_ws(' ', nullif(btrim(first_name), ''), nullif(btrim(last_name), '')), ''),
	   nullif(btrim(email), ''),
	   pg_temp.international(phone, country),
	   CASE WHEN btrim(concat(street, city)) <> '' THEN
		   concat_ws(', ', nullif(btrim(street), ''), nullif(btrim(concat_ws(' ', btrim(postal_code), btrim(city))), ''),
					 nullif(btrim(country), '')) END,
	   nullif(btrim(birth_date), ''),
	   nullif(btrim(language), '')
FROM import;
DROP TABLE import;
