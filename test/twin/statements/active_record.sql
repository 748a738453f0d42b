-- Customer.find(7)
SELECT "customer".* FROM "customer" WHERE "customer"."id" = 7 LIMIT 1;

-- Customer.find_by(email:)
PREPARE a1 AS SELECT "customer".* FROM "customer" WHERE "customer"."email" = $1 LIMIT $2;
EXECUTE a1('user7@mail.example', 1);

-- Customer.first, Customer.last
PREPARE a1 AS SELECT "customer"."id", "customer"."last_name" FROM "customer" ORDER BY "customer"."id" ASC LIMIT $1;
EXECUTE a1(1);
PREPARE a2 AS SELECT "customer"."id", "customer"."last_name" FROM "customer" ORDER BY "customer"."id" DESC LIMIT $1;
EXECUTE a2(1);

-- Customer.where(last_name: [...]).order(:last_name, :first_name)
PREPARE a1 AS SELECT "customer"."id", "customer"."last_name", "customer"."first_name" FROM "customer" WHERE "customer"."last_name" IN ($1, $2)
 ORDER BY "customer"."last_name" ASC, "customer"."first_name" ASC, "customer"."id" ASC;
EXECUTE a1('Maes', 'Peeters');

-- Customer.where.not(last_name: nil).order(last_name: :desc).limit(5).offset(10)
PREPARE a1 AS SELECT "customer"."id" FROM "customer" WHERE "customer"."last_name" IS NOT NULL ORDER BY "customer"."last_name" DESC, "customer"."id" DESC LIMIT $1 OFFSET $2;
EXECUTE a1(5, 10);

-- scope :search, ->(q) { where("last_name ILIKE :q OR email ILIKE :q", q: "%" + q + "%") }
SELECT "customer"."id", "customer"."email" FROM "customer" WHERE (last_name ILIKE '%berg%' OR email ILIKE '%berg%') ORDER BY "customer"."last_name" ASC, "customer"."id" ASC LIMIT 5;

-- scope :born_between
PREPARE a1 AS SELECT "customer"."id" FROM "customer" WHERE "customer"."born" BETWEEN $1 AND $2 ORDER BY "customer"."born" DESC;
EXECUTE a1('1960-01-01', '1969-12-31');

-- Customer.where(born: ..date)
PREPARE a1 AS SELECT COUNT(*) FROM "customer" WHERE "customer"."born" <= $1;
EXECUTE a1('1970-01-01');

-- Arel matches, not matches
SELECT "customer"."id" FROM "customer" WHERE "customer"."last_name" ILIKE 'pee%' AND "customer"."email" NOT ILIKE '%@mail%' ORDER BY "customer"."id" ASC;

-- Customer.exists?(email:)
PREPARE a1 AS SELECT 1 AS one FROM "customer" WHERE "customer"."email" = $1 LIMIT $2;
EXECUTE a1('user7@mail.example', 1);

-- validates :email, uniqueness: { case_sensitive: false }
SELECT 1 AS one FROM "customer" WHERE LOWER("customer"."email") = LOWER('User7@mail.example') AND "customer"."id" != 9 LIMIT 1;

-- validates :email, uniqueness: true
PREPARE a1 AS SELECT 1 AS one FROM "customer" WHERE "customer"."email" = $1 AND "customer"."id" != $2 LIMIT $3;
EXECUTE a1('user7@mail.example', 9, 1);

-- Customer.pluck(:email)
SELECT "customer"."email" FROM "customer" ORDER BY "customer"."email" ASC;

-- Customer.distinct.pluck(:last_name)
SELECT DISTINCT "customer"."last_name" FROM "customer" ORDER BY "customer"."last_name" ASC;

-- Customer.group(:last_name).count
-- in any order
SELECT COUNT(*) AS "count_all", "customer"."last_name" AS "customer_last_name" FROM "customer" GROUP BY "customer"."last_name";

-- Customer.maximum(:born), minimum
SELECT MAX("customer"."born") FROM "customer";
SELECT MIN("customer"."last_name") FROM "customer";

-- Customer.where(city:).average("length(last_name)")
SELECT AVG(length(last_name)) FROM "customer" WHERE "customer"."city" = 'Gent';

-- Customer.group("date_part('year', born)").order(...).count
SELECT COUNT(*) AS "count_all", date_part('decade', born) AS "date_part_decade_born" FROM "customer" GROUP BY date_part('decade', born) ORDER BY date_part('decade', born);

-- Customer.joins(:orders).where(orders: { total: 500.. }).distinct
SELECT DISTINCT "customer"."id", "customer"."last_name" FROM "customer" INNER JOIN "orders" ON "orders"."customer_id" = "customer"."id"
 WHERE "orders"."total" >= 500 ORDER BY "customer"."last_name" ASC, "customer"."id" ASC;

-- Customer.includes(:orders), two statements
SELECT "customer"."id", "customer"."last_name" FROM "customer" WHERE "customer"."last_name" = 'Maes' ORDER BY "customer"."id" ASC LIMIT 3;
SELECT "orders"."id", "orders"."ship_to" FROM "orders" WHERE "orders"."customer_id" IN (5, 11, 17) ORDER BY "orders"."id" ASC;

-- Customer.eager_load(:orders)
SELECT "customer"."id" AS t0_r0, "customer"."last_name" AS t0_r1, "orders"."id" AS t1_r0, "orders"."ship_to" AS t1_r1 FROM "customer"
 LEFT OUTER JOIN "orders" ON "orders"."customer_id" = "customer"."id" WHERE "customer"."last_name" = 'Maes' ORDER BY "customer"."last_name" ASC, "orders"."id" ASC LIMIT 5;

-- Customer.create!
PREPARE a1 AS INSERT INTO "customer" ("first_name", "last_name", "email", "phone", "born", "created_at") VALUES ($1, $2, $3, $4, $5, $6) RETURNING "id";
EXECUTE a1('Nele', 'Claes', 'nele@post.example', '+32470111222', '1990-05-06', '2026-01-01 00:00:00');
SELECT "customer"."first_name", "customer"."email", "customer"."born" FROM "customer" WHERE "customer"."id" = 1000;

-- customer.update!(email:)
PREPARE a1 AS UPDATE "customer" SET "email" = $1, "note" = $2 WHERE "customer"."id" = $3;
EXECUTE a1('new7@mail.example', NULL, 7);
SELECT "customer"."email", "customer"."note" FROM "customer" WHERE "customer"."id" = 7;

-- Customer.where(...).update_all
UPDATE "customer" SET "note" = 'moved' WHERE "customer"."last_name" = 'Maes';
SELECT COUNT(*) FROM "customer" WHERE "customer"."note" = 'moved';

-- Customer.update_all(["note = note || ?", ...])
UPDATE "customer" SET note = note || ' (old)' WHERE "customer"."id" < 5;
SELECT "customer"."note" FROM "customer" WHERE "customer"."id" < 6 ORDER BY "customer"."id" ASC;

-- Customer.insert_all
INSERT INTO "customer" ("first_name","email") VALUES ('Nele', 'nele@post.example'), ('Jan', 'user7@mail.example') ON CONFLICT DO NOTHING RETURNING "id", "email";

-- Customer.upsert_all(unique_by: :email)
INSERT INTO "customer" ("first_name","last_name","email") VALUES ('Nele', 'Claes', 'nele@post.example'), ('Jan', 'Wouters', 'user7@mail.example')
ON CONFLICT ("email") DO UPDATE SET "first_name"=excluded."first_name","last_name"=excluded."last_name" RETURNING "first_name", "last_name";

-- Customer.create_or_find_by
SAVEPOINT active_record_1;
INSERT INTO "customer" ("first_name", "email") VALUES ('Nele', 'nele@post.example') RETURNING "id";
RELEASE SAVEPOINT active_record_1;
SELECT "customer"."first_name" FROM "customer" WHERE "customer"."email" = 'nele@post.example' LIMIT 1;

-- customer.destroy
DELETE FROM "orders" WHERE "orders"."customer_id" = 7;
PREPARE a1 AS DELETE FROM "customer" WHERE "customer"."id" = $1;
EXECUTE a1(7);
SELECT COUNT(*) FROM "customer";

-- customer.lock!
PREPARE a1 AS SELECT "customer"."id", "customer"."email" FROM "customer" WHERE "customer"."id" = $1 LIMIT $2 FOR UPDATE;
EXECUTE a1(7, 1);

-- Customer.find_each
PREPARE a1 AS SELECT "customer"."id", "customer"."first_name" FROM "customer" WHERE "customer"."id" > $1 ORDER BY "customer"."id" ASC LIMIT $2;
EXECUTE a1(20, 5);

-- Customer.order(Arel.sql("lower(last_name)"))
SELECT "customer"."id" FROM "customer" ORDER BY lower(last_name), lower(first_name), "customer"."id" ASC LIMIT 10;

-- Customer.where(last_name: ...).or(Customer.where(email: ...))
SELECT "customer"."id" FROM "customer" WHERE ("customer"."last_name" = 'Maes' OR "customer"."email" = 'user7@mail.example') ORDER BY "customer"."id" ASC LIMIT 4;

-- pg_search
SELECT "customer"."id" FROM "customer" INNER JOIN (SELECT "customer"."id" AS pg_search_id, (ts_rank((to_tsvector('simple', coalesce("customer"."last_name"::text, '')) || to_tsvector('simple', coalesce("customer"."first_name"::text, ''))), (to_tsquery('simple', ''' ' || 'maes' || ' ''' || ':*')), 0)) AS rank FROM "customer"
 WHERE ((to_tsvector('simple', coalesce("customer"."last_name"::text, '')) || to_tsvector('simple', coalesce("customer"."first_name"::text, ''))) @@ (to_tsquery('simple', ''' ' || 'maes' || ' ''' || ':*')))) AS pg_search_1 ON "customer"."id" = pg_search_1.pg_search_id ORDER BY pg_search_1.rank DESC, "customer"."id" ASC LIMIT 3;

-- ransack: email_or_last_name_cont
SELECT DISTINCT "customer"."id", "customer"."last_name" FROM "customer" WHERE ("customer"."email" ILIKE '%maes%' OR "customer"."last_name" ILIKE '%maes%') ORDER BY "customer"."last_name" DESC, "customer"."id" ASC LIMIT 5 OFFSET 0;

-- kaminari: total_count
SELECT COUNT(*) FROM (SELECT 1 AS one FROM "customer" WHERE "customer"."last_name" ILIKE '%e%' LIMIT 25 OFFSET 0) subquery_for_count;

-- jsonb in store_accessor
PREPARE a1 AS SELECT "ticket"."id", "ticket"."meta" FROM "ticket" WHERE (meta ->> 'channel' = $1) ORDER BY "ticket"."id" ASC LIMIT $2;
EXECUTE a1('phone', 2);

-- jsonb contains
SELECT "ticket"."id" FROM "ticket" WHERE (meta @> '{"channel":"mail","tries":2}') ORDER BY "ticket"."id" ASC LIMIT 3;

-- a violation of uniqueness
-- fails 23505
PREPARE a1 AS INSERT INTO "customer" ("first_name", "email") VALUES ($1, $2) RETURNING "id";
EXECUTE a1('Nele', 'user7@mail.example');
