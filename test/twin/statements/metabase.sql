-- rows of a table
SELECT "public"."customer"."id" AS "id", "public"."customer"."first_name" AS "first_name", "public"."customer"."last_name" AS "last_name", "public"."customer"."email" AS "email", "public"."customer"."born" AS "born" FROM "public"."customer" ORDER BY "public"."customer"."id" ASC LIMIT 5;

-- a filter: contains
SELECT "public"."customer"."id" AS "id" FROM "public"."customer" WHERE LOWER("public"."customer"."last_name") LIKE '%smet%' ORDER BY "public"."customer"."id" ASC LIMIT 2000;

-- a filter: starts with, case sensitive
SELECT "public"."customer"."id" AS "id" FROM "public"."customer" WHERE "public"."customer"."last_name" LIKE 'M%' ORDER BY "public"."customer"."id" ASC LIMIT 2000;

-- a filter: is empty
SELECT COUNT(*) AS "count" FROM "public"."customer" WHERE ("public"."customer"."note" IS NULL) OR ("public"."customer"."note" = '');

-- a filter: is not
SELECT COUNT(*) AS "count" FROM "public"."customer" WHERE ("public"."customer"."last_name" <> 'Maes') OR ("public"."customer"."last_name" IS NULL);

-- a filter: a date range
SELECT COUNT(*) AS "count" FROM "public"."customer" WHERE ("public"."customer"."born" >= DATE '1960-01-01') AND ("public"."customer"."born" < DATE '1970-01-01');

-- a filter: a relative date
SELECT COUNT(*) AS "count" FROM "public"."customer" WHERE "public"."customer"."born" < DATE_TRUNC('year', (CAST('2026-01-01' AS timestamp) + (INTERVAL '-50 year')));

-- people by name
SELECT "public"."customer"."last_name" AS "last_name", COUNT(*) AS "count" FROM "public"."customer" GROUP BY "public"."customer"."last_name" ORDER BY "public"."customer"."last_name" ASC;

-- people by name, the most first
SELECT "public"."customer"."last_name" AS "last_name", COUNT(*) AS "count" FROM "public"."customer" GROUP BY "public"."customer"."last_name" ORDER BY "count" DESC, "public"."customer"."last_name" ASC;

-- people by year of birth
SELECT CAST(DATE_TRUNC('year', "public"."customer"."born") AS date) AS "born", COUNT(*) AS "count" FROM "public"."customer" GROUP BY CAST(DATE_TRUNC('year', "public"."customer"."born") AS date) ORDER BY CAST(DATE_TRUNC('year', "public"."customer"."born") AS date) ASC LIMIT 10;

-- people by month of birth
SELECT CAST(extract(month from "public"."customer"."born") AS integer) AS "born", COUNT(*) AS "count" FROM "public"."customer" GROUP BY CAST(extract(month from "public"."customer"."born") AS integer) ORDER BY "born" ASC;

-- distinct values of a field
SELECT "public"."customer"."last_name" AS "last_name" FROM "public"."customer" GROUP BY "public"."customer"."last_name" ORDER BY "public"."customer"."last_name" ASC LIMIT 1000;

-- count of distinct values
SELECT COUNT(DISTINCT "public"."customer"."email") AS "count" FROM "public"."customer";

-- min and max
SELECT MIN("public"."customer"."born") AS "min", MAX("public"."customer"."born") AS "max", MAX("public"."customer"."last_name") AS "max_2" FROM "public"."customer";

-- a fingerprint of a field
SELECT SUBSTRING("public"."customer"."note", 1, 1234) AS "substring1", SUBSTRING("public"."customer"."address", 1, 1234) AS "substring2" FROM "public"."customer" WHERE "public"."customer"."id" < 8 ORDER BY "public"."customer"."id" LIMIT 10000;

-- a search of the values of a field
SELECT "public"."customer"."email" AS "email" FROM "public"."customer" WHERE LOWER("public"."customer"."email") LIKE '%user1%' GROUP BY "public"."customer"."email" ORDER BY "public"."customer"."email" ASC LIMIT 100;

-- a joined question
SELECT "Customer"."last_name" AS "Customer__last_name", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" LEFT JOIN "public"."customer" AS "Customer" ON "public"."orders"."customer_id" = "Customer"."id" GROUP BY "Customer"."last_name" ORDER BY "Customer"."last_name" ASC;

-- a nested question
SELECT "source"."last_name" AS "last_name", "source"."count" AS "count" FROM (SELECT "public"."customer"."last_name" AS "last_name", COUNT(*) AS "count" FROM "public"."customer" GROUP BY "public"."customer"."last_name" ORDER BY "public"."customer"."last_name" ASC) AS "source" WHERE "source"."count" > 5 ORDER BY "source"."last_name" DESC LIMIT 1048575;

-- a custom column
SELECT CONCAT("public"."customer"."first_name", ' ', "public"."customer"."last_name") AS "name", SUBSTRING("public"."customer"."email" FROM '@(.*)$') AS "host" FROM "public"."customer" ORDER BY "name" ASC, "public"."customer"."id" LIMIT 6;

-- a custom case
SELECT CASE WHEN "public"."customer"."born" < DATE '1970-01-01' THEN 'before' ELSE 'after' END AS "era", COUNT(*) AS "count" FROM "public"."customer" GROUP BY CASE WHEN "public"."customer"."born" < DATE '1970-01-01' THEN 'before' ELSE 'after' END ORDER BY "era" ASC;

-- a model of json
SELECT ("public"."ticket"."meta"#>> array['channel']::text[])::text AS "channel", COUNT(*) AS "count" FROM "public"."ticket" GROUP BY "channel" ORDER BY "channel" ASC;

-- a native question with a variable
SELECT last_name, count(*) FROM customer WHERE city = 'Gent' AND last_name ILIKE CONCAT('%', 'e', '%') GROUP BY 1 ORDER BY 2 DESC, 1;

-- a binned length
SELECT FLOOR(((LENGTH("public"."customer"."last_name") - 0.0) / 4.0)) * 4.0 AS "n", COUNT(*) AS "count" FROM "public"."customer" GROUP BY FLOOR(((LENGTH("public"."customer"."last_name") - 0.0) / 4.0)) * 4.0 ORDER BY "n" ASC;

-- a date extracted as text
SELECT TO_CHAR("public"."customer"."born", 'YYYY-MM') AS "month", STRING_AGG("public"."customer"."first_name", ', ' ORDER BY "public"."customer"."first_name") AS "names" FROM "public"."customer" GROUP BY 1 ORDER BY 1 LIMIT 6;
