-- findUnique
PREPARE s(text, bigint, bigint) AS SELECT "public"."customer"."id", "public"."customer"."email", "public"."customer"."last_name" FROM "public"."customer" WHERE ("public"."customer"."email" = $1 AND 1=1) LIMIT $2 OFFSET $3;
EXECUTE s('user7@mail.example', 1, 0);

-- findMany, contains
PREPARE s(text, bigint) AS SELECT "public"."customer"."id", "public"."customer"."last_name" FROM "public"."customer" WHERE "public"."customer"."last_name"::text LIKE $1 ORDER BY "public"."customer"."last_name" ASC, "public"."customer"."id" ASC OFFSET $2;
EXECUTE s('%Smet%', 0);

-- findMany, mode insensitive
PREPARE s(text, text) AS SELECT "public"."customer"."id" FROM "public"."customer" WHERE ("public"."customer"."last_name"::text ILIKE $1 OR "public"."customer"."email"::text ILIKE $2) ORDER BY "public"."customer"."id" ASC;
EXECUTE s('%BERG%', '%USER2%');

-- equals, mode insensitive
PREPARE s(text) AS SELECT "public"."customer"."id" FROM "public"."customer" WHERE "public"."customer"."email" ILIKE $1 ORDER BY "public"."customer"."id" ASC;
EXECUTE s('USER7@mail.example');

-- in
PREPARE s(text, text) AS SELECT "public"."customer"."id" FROM "public"."customer" WHERE "public"."customer"."last_name" IN ($1,$2) ORDER BY "public"."customer"."last_name" DESC, "public"."customer"."id" ASC LIMIT 5;
EXECUTE s('Maes', 'Peeters');

-- not
PREPARE s(text) AS SELECT COUNT(*) FROM (SELECT "public"."customer"."id" FROM "public"."customer" WHERE "public"."customer"."last_name" <> $1 OFFSET 0) AS "sub";
EXECUTE s('Maes');

-- gte, lt
PREPARE s(date, date) AS SELECT "public"."customer"."id", "public"."customer"."born" FROM "public"."customer" WHERE ("public"."customer"."born" >= $1 AND "public"."customer"."born" < $2) ORDER BY "public"."customer"."born" DESC;
EXECUTE s('1960-01-01', '1970-01-01');

-- a cursor
PREPARE s(bigint) AS SELECT "public"."customer"."id", "public"."customer"."last_name" FROM "public"."customer", (SELECT "public"."customer"."last_name" AS "last_name_0", "public"."customer"."id" AS "id_1" FROM "public"."customer" WHERE "public"."customer"."id" = $1) AS "order_cmp"
 WHERE (("public"."customer"."last_name" = "order_cmp"."last_name_0" AND "public"."customer"."id" >= "order_cmp"."id_1") OR "public"."customer"."last_name" > "order_cmp"."last_name_0") ORDER BY "public"."customer"."last_name" ASC, "public"."customer"."id" ASC LIMIT 5 OFFSET 1;
EXECUTE s(23);

-- include, as a join
SELECT "t1"."id", "t1"."last_name", "orders_1"."__prisma_data__" AS "orders" FROM "public"."customer" AS "t1" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT "t3"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id", 'ship_to', "t2"."ship_to") AS "__prisma_data__"
 FROM (SELECT "t2".* FROM "public"."orders" AS "t2" WHERE "t1"."id" = "t2"."customer_id" ORDER BY "t2"."id") AS "t2") AS "t3") AS "t4") AS "orders_1" ON TRUE WHERE "t1"."last_name" = 'Maes' ORDER BY "t1"."id" LIMIT 2;

-- include, in two statements
SELECT "public"."orders"."id", "public"."orders"."ship_to", "public"."orders"."customer_id" FROM "public"."orders" WHERE "public"."orders"."customer_id" IN (5,11) ORDER BY "public"."orders"."ship_to" ASC OFFSET 0;

-- aggregate
SELECT COUNT(*), MAX("born"), MIN("last_name") FROM (SELECT "public"."customer"."born", "public"."customer"."last_name" FROM "public"."customer" WHERE 1=1 OFFSET 0) AS "sub";

-- groupBy, orderBy _count
SELECT COUNT(*), "public"."customer"."last_name" FROM "public"."customer" WHERE 1=1 GROUP BY "public"."customer"."last_name" HAVING COUNT("public"."customer"."id") > 2 ORDER BY COUNT("public"."customer"."id") DESC, "public"."customer"."last_name" ASC OFFSET 0;

-- distinct
SELECT DISTINCT ON ("public"."customer"."last_name") "public"."customer"."id", "public"."customer"."last_name" FROM "public"."customer" ORDER BY "public"."customer"."last_name" ASC, "public"."customer"."id" DESC;

-- create
PREPARE s(text, text, text, date) AS INSERT INTO "public"."customer" ("first_name","last_name","email","born") VALUES ($1,$2,$3,$4) RETURNING "public"."customer"."id", "public"."customer"."first_name", "public"."customer"."email", "public"."customer"."born";
EXECUTE s('Nele', 'Claes', 'nele@post.example', '1990-05-06');

-- createMany, skipDuplicates
INSERT INTO "public"."customer" ("first_name","email") VALUES ('Nele','nele@post.example'), ('Jan','user7@mail.example') ON CONFLICT DO NOTHING;

-- update
PREPARE s(text, bigint) AS UPDATE "public"."customer" SET "last_name" = $1 WHERE ("public"."customer"."id" = $2 AND 1=1) RETURNING "public"."customer"."id", "public"."customer"."last_name";
EXECUTE s('Wouters', 7);

-- upsert
PREPARE s(text, text, text, text) AS INSERT INTO "public"."customer" ("email","first_name","last_name") VALUES ($1,$2,$3) ON CONFLICT ("email") DO UPDATE SET "last_name" = $4 WHERE ("public"."customer"."email" = $1 AND 1=1) RETURNING "public"."customer"."last_name";
EXECUTE s('user7@mail.example', 'Nele', 'Claes', 'Wouters');

-- deleteMany
PREPARE s(text) AS DELETE FROM "public"."orders" WHERE "public"."orders"."ship_to"::text LIKE $1;
EXECUTE s('Kerkstraat 14%');

-- a filter of json
PREPARE s(text) AS SELECT "public"."ticket"."id" FROM "public"."ticket" WHERE ("public"."ticket"."meta"#>ARRAY['by','name']::text[])::jsonb::jsonb = $1::jsonb ORDER BY "public"."ticket"."id" ASC LIMIT 3;
EXECUTE s('"agent 1"');

-- a filter over a relation
SELECT "public"."customer"."id" FROM "public"."customer" WHERE ("public"."customer"."id") IN (SELECT "t1"."customer_id" FROM "public"."orders" AS "t1" WHERE ("t1"."ship_to"::text ILIKE '%kerkstraat 1%' AND "t1"."customer_id" IS NOT NULL)) ORDER BY "public"."customer"."id" ASC LIMIT 8;

-- an order over a relation
SELECT "public"."orders"."id" FROM "public"."orders" LEFT JOIN "public"."customer" AS "orderby_1" ON ("public"."orders"."customer_id" = "orderby_1"."id") WHERE 1=1 ORDER BY "orderby_1"."last_name" ASC, "public"."orders"."id" ASC LIMIT 6 OFFSET 0;
