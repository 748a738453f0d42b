-- objects.get(pk=7)
SELECT "customer"."id", "customer"."first_name", "customer"."last_name", "customer"."email", "customer"."phone", "customer"."born", "customer"."note" FROM "customer" WHERE "customer"."id" = 7 LIMIT 21;

-- filter(email=)
SELECT "customer"."id" FROM "customer" WHERE "customer"."email" = 'user7@mail.example' LIMIT 21;

-- filter(email__iexact=)
SELECT "customer"."id" FROM "customer" WHERE UPPER("customer"."email"::text) = UPPER('USER7@mail.example') ORDER BY "customer"."id" ASC;

-- filter(last_name__icontains=)
SELECT "customer"."id" FROM "customer" WHERE UPPER("customer"."last_name"::text) LIKE UPPER('%berg%') ORDER BY "customer"."last_name" ASC, "customer"."id" ASC;

-- filter(last_name__contains=)
SELECT "customer"."id" FROM "customer" WHERE "customer"."last_name"::text LIKE '%Smet%' ORDER BY "customer"."id" ASC;

-- filter(last_name__startswith=), istartswith, endswith
SELECT "customer"."id" FROM "customer" WHERE ("customer"."last_name"::text LIKE 'P%' OR UPPER("customer"."first_name"::text) LIKE UPPER('an%') OR "customer"."email"::text LIKE '%thuis.example') ORDER BY "customer"."id" ASC;

-- filter(last_name__regex=), iregex
SELECT "customer"."id" FROM "customer" WHERE ("customer"."last_name"::text ~ '^M.*s$' AND "customer"."email"::text ~* '@THUIS') ORDER BY "customer"."id" ASC;

-- filter(last_name__in=)
SELECT "customer"."id" FROM "customer" WHERE "customer"."last_name" IN ('Maes', 'Peeters') ORDER BY "customer"."last_name" DESC, "customer"."id" ASC LIMIT 6;

-- exclude(last_name=)
SELECT "customer"."id" FROM "customer" WHERE NOT ("customer"."last_name" = 'Maes' AND "customer"."last_name" IS NOT NULL) ORDER BY "customer"."id" ASC LIMIT 5;

-- filter(born__year=)
SELECT "customer"."id" FROM "customer" WHERE "customer"."born" BETWEEN '1968-01-01'::date AND '1968-12-31'::date ORDER BY "customer"."id" ASC;

-- filter(born__month=)
SELECT "customer"."id" FROM "customer" WHERE EXTRACT(MONTH FROM "customer"."born") = 8 ORDER BY "customer"."id" ASC;

-- filter(born__gte=, born__lt=)
SELECT "customer"."id" FROM "customer" WHERE ("customer"."born" >= '1960-01-01'::date AND "customer"."born" < '1970-01-01'::date) ORDER BY "customer"."born" ASC;

-- dates("born", "year")
SELECT DISTINCT DATE_TRUNC('year', "customer"."born") AS "datefield" FROM "customer" WHERE "customer"."born" IS NOT NULL ORDER BY "datefield" ASC LIMIT 8;

-- annotate(year=ExtractYear("born")).values("year").annotate(n=Count("id"))
SELECT EXTRACT(YEAR FROM "customer"."born") AS "year", COUNT("customer"."id") AS "n" FROM "customer" GROUP BY EXTRACT(YEAR FROM "customer"."born") ORDER BY "year" ASC LIMIT 8;

-- annotate(year=TruncYear("born"))
SELECT "customer"."id", (DATE_TRUNC('year', "customer"."born"))::date AS "year" FROM "customer" ORDER BY "year" ASC, "customer"."id" ASC LIMIT 5;

-- values("last_name").annotate(Count("id"))
SELECT "customer"."last_name", COUNT("customer"."id") AS "id__count" FROM "customer" GROUP BY "customer"."last_name" ORDER BY "customer"."last_name" ASC;

-- aggregate(Max, Min, Count distinct)
SELECT MAX("customer"."born"), MIN("customer"."last_name"), COUNT(DISTINCT "customer"."last_name") FROM "customer";

-- annotate(full=Concat(...))
SELECT "customer"."id", CONCAT(("customer"."first_name")::text, (CONCAT((' ')::text, ("customer"."last_name")::text))::text) AS "full" FROM "customer" ORDER BY "full" ASC, "customer"."id" ASC LIMIT 5;

-- annotate(Lower), annotate(Length)
SELECT "customer"."id", LOWER("customer"."last_name") AS "l", LENGTH("customer"."last_name") AS "n" FROM "customer" ORDER BY "l" ASC, "customer"."id" ASC LIMIT 4;

-- annotate(Coalesce("note", Value("-")))
SELECT "customer"."id", COALESCE("customer"."note", '-') AS "n" FROM "customer" ORDER BY "n" ASC, "customer"."id" ASC LIMIT 14;

-- annotate(Case(When(...)))
SELECT "customer"."id", CASE WHEN "customer"."last_name" = 'Maes' THEN 'family' WHEN UPPER("customer"."email"::text) LIKE UPPER('%@post%') THEN 'post' ELSE 'other' END AS "kind" FROM "customer" ORDER BY "kind" ASC, "customer"."id" ASC LIMIT 15;

-- annotate(StrIndex), annotate(Substr), annotate(Left), annotate(Replace)
SELECT STRPOS("customer"."email", '@') AS "p", SUBSTRING("customer"."last_name", 1, 3) AS "s", LEFT("customer"."first_name", 1) AS "i", REPLACE("customer"."phone", '+32', '0') AS "r" FROM "customer" WHERE "customer"."id" = 3;

-- order_by(F("note").desc(nulls_last=True))
SELECT "customer"."id" FROM "customer" ORDER BY "customer"."note" DESC NULLS LAST, "customer"."id" ASC LIMIT 6;

-- distinct("last_name")
SELECT DISTINCT ON ("customer"."last_name") "customer"."last_name", "customer"."id" FROM "customer" ORDER BY "customer"."last_name" ASC, "customer"."born" DESC;

-- annotate(Window(RowNumber()))
SELECT "customer"."id", ROW_NUMBER() OVER (PARTITION BY "customer"."city" ORDER BY "customer"."last_name" DESC, "customer"."id") AS "n" FROM "customer" ORDER BY "customer"."id" ASC LIMIT 6;

-- filter(Exists(OuterRef))
SELECT "customer"."id" FROM "customer" WHERE EXISTS(SELECT (1) AS "a" FROM "orders" U0 WHERE (U0."customer_id" = "customer"."id" AND UPPER(U0."ship_to"::text) LIKE UPPER('%kerkstraat 15,%')) LIMIT 1);

-- annotate(Subquery(...))
SELECT "customer"."id", (SELECT U0."ship_to" FROM "orders" U0 WHERE U0."customer_id" = ("customer"."id") ORDER BY U0."placed" DESC LIMIT 1) AS "latest" FROM "customer" ORDER BY "latest" ASC, "customer"."id" ASC LIMIT 4;

-- select_related
SELECT "orders"."id", "orders"."ship_to", "customer"."id", "customer"."last_name" FROM "orders" INNER JOIN "customer" ON ("orders"."customer_id" = "customer"."id") WHERE UPPER("customer"."last_name"::text) = UPPER('maes') ORDER BY "orders"."id" ASC LIMIT 4;

-- annotate(ArrayAgg), annotate(StringAgg)
SELECT "customer"."city", ARRAY_AGG("customer"."last_name" ORDER BY "customer"."last_name") AS "a", STRING_AGG(DISTINCT "customer"."last_name", ',' ORDER BY "customer"."last_name") AS "s" FROM "customer" GROUP BY "customer"."city" ORDER BY "customer"."city";

-- annotate(JSONObject(...))
SELECT JSONB_BUILD_OBJECT(('name')::text, "customer"."last_name", ('born')::text, "customer"."born") AS "j" FROM "customer" WHERE "customer"."id" < 4 ORDER BY "customer"."id" ASC;

-- meta__channel=
SELECT "ticket"."id" FROM "ticket" WHERE ("ticket"."meta" -> 'channel') = '"mail"' ORDER BY "ticket"."id" ASC LIMIT 4;

-- meta__contains, meta__has_key, meta__by__name__icontains
SELECT "ticket"."id" FROM "ticket" WHERE ("ticket"."meta" @> '{"tries": 2}' AND "ticket"."meta" ? 'seen' AND UPPER(("ticket"."meta" #>> '{by,name}')::text) LIKE UPPER('%AGENT%')) ORDER BY "ticket"."id" ASC LIMIT 4;

-- meta__tries__gt=
SELECT "ticket"."id" FROM "ticket" WHERE ("ticket"."meta" -> 'tries') > '3' ORDER BY "ticket"."meta" -> 'tries' DESC, "ticket"."id" LIMIT 4;

-- SearchVector, SearchQuery
SELECT "customer"."id" FROM "customer" WHERE to_tsvector(COALESCE(("customer"."last_name")::text, '') || ' ' || COALESCE(("customer"."note")::text, '')) @@ (plainto_tsquery('maes')) ORDER BY "customer"."id" ASC LIMIT 3;

-- the list of the admin, searched, ordered and counted
SELECT COUNT(*) AS "__count" FROM "customer" WHERE (UPPER("customer"."first_name"::text) LIKE UPPER('%an%') OR UPPER("customer"."last_name"::text) LIKE UPPER('%an%') OR UPPER("customer"."email"::text) LIKE UPPER('%an%'));
SELECT "customer"."id", "customer"."first_name", "customer"."last_name", "customer"."email" FROM "customer" WHERE (UPPER("customer"."first_name"::text) LIKE UPPER('%an%') OR UPPER("customer"."last_name"::text) LIKE UPPER('%an%') OR UPPER("customer"."email"::text) LIKE UPPER('%an%')) ORDER BY "customer"."last_name" ASC, "customer"."id" DESC LIMIT 10;

-- the date hierarchy of the admin
SELECT MIN("customer"."born") AS "first", MAX("customer"."born") AS "last" FROM "customer";

-- create()
INSERT INTO "customer" ("first_name", "last_name", "email", "phone", "born", "note") VALUES ('Nele', 'Claes', 'nele@post.example', NULL, '1990-05-06'::date, '') RETURNING "customer"."id";
SELECT "customer"."note", "customer"."born" FROM "customer" WHERE "customer"."id" = 1000;

-- bulk_create
INSERT INTO "customer" ("first_name", "email") VALUES ('A', 'a@post.example'), ('B', 'b@post.example'), ('C', 'c@post.example') RETURNING "customer"."id";

-- bulk_create(ignore_conflicts=True)
INSERT INTO "customer" ("first_name", "email") VALUES ('A', 'a@post.example'), ('B', 'user7@mail.example') ON CONFLICT DO NOTHING;

-- bulk_create(update_conflicts=True)
INSERT INTO "customer" ("first_name", "last_name", "email") VALUES ('A', 'New', 'a@post.example'), ('B', 'New', 'user7@mail.example') ON CONFLICT("email") DO UPDATE SET "last_name" = EXCLUDED."last_name" RETURNING "customer"."last_name";

-- bulk_update
UPDATE "customer" SET "last_name" = CASE WHEN ("customer"."id" = 7) THEN 'Wouters' WHEN ("customer"."id" = 8) THEN 'Claes' ELSE NULL END WHERE "customer"."id" IN (7, 8);
SELECT "customer"."last_name" FROM "customer" WHERE "customer"."id" IN (7, 8) ORDER BY "customer"."id" ASC;

-- bulk_update with a cast, as Django does on PostgreSQL
UPDATE "customer" SET "note" = (CASE WHEN ("customer"."id" = 7) THEN 'one' WHEN ("customer"."id" = 8) THEN NULL ELSE NULL END)::text WHERE "customer"."id" IN (7, 8);
SELECT "customer"."note" FROM "customer" WHERE "customer"."id" IN (7, 8) ORDER BY "customer"."id" ASC;

-- update(F())
UPDATE "customer" SET "note" = ("customer"."note" || ' again') WHERE "customer"."last_name" = 'Maes';
SELECT "customer"."note" FROM "customer" WHERE "customer"."last_name" = 'Maes' ORDER BY "customer"."id" LIMIT 3;

-- update(Upper())
UPDATE "customer" SET "last_name" = UPPER("customer"."last_name") WHERE "customer"."id" = 7;
SELECT "customer"."last_name" FROM "customer" WHERE "customer"."id" = 7;

-- get_or_create
SELECT "customer"."id", "customer"."email" FROM "customer" WHERE "customer"."email" = 'nele@post.example' LIMIT 21;
INSERT INTO "customer" ("first_name", "email") VALUES ('Nele', 'nele@post.example') RETURNING "customer"."id";

-- select_for_update
SELECT "customer"."id", "customer"."email" FROM "customer" WHERE "customer"."email" = 'user7@mail.example' LIMIT 21 FOR UPDATE;

-- union
(SELECT "customer"."last_name" AS "col1" FROM "customer" WHERE "customer"."city" = 'Gent') UNION (SELECT "prospect"."name" AS "col1" FROM "prospect") ORDER BY (1) ASC;

-- iterator()
DECLARE "_django_curs_1" NO SCROLL CURSOR FOR SELECT "customer"."id", "customer"."last_name" FROM "customer" ORDER BY "customer"."last_name" ASC, "customer"."id" ASC;
FETCH FORWARD 4 FROM "_django_curs_1";
