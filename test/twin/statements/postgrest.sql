-- GET /customer?select=id,last_name,email&limit=3
WITH pgrst_source AS (SELECT "public"."customer"."id", "public"."customer"."last_name", "public"."customer"."email" FROM "public"."customer" ORDER BY "public"."customer"."id" ASC LIMIT 3 OFFSET 0)
 SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body, nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status, '' AS response_inserted FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- GET /customer?last_name=eq.Maes&order=first_name.desc
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."id", "public"."customer"."first_name" FROM "public"."customer" WHERE "public"."customer"."last_name" = $1 ORDER BY "public"."customer"."first_name" DESC, "public"."customer"."id" LIMIT 5 OFFSET 0)
 SELECT pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('Maes');

-- GET /customer?email=ilike.*post*&order=email
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."email" FROM "public"."customer" WHERE "public"."customer"."email" ilike $1 ORDER BY "public"."customer"."email" ASC)
 SELECT pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('%user2%');

-- GET /customer?born=gte.1990-01-01
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."id", "public"."customer"."born" FROM "public"."customer" WHERE "public"."customer"."born" >= $1 ORDER BY "public"."customer"."born")
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('1990-01-01');

-- GET /customer?last_name=in.(Maes,Peeters)
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."id" FROM "public"."customer" WHERE "public"."customer"."last_name" = ANY ($1) ORDER BY "public"."customer"."id" LIMIT 5)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('{"Maes","Peeters"}');

-- GET /customer?or=(last_name.like.M*,email.like.*post*)
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."id" FROM "public"."customer" WHERE ("public"."customer"."last_name" like $1 OR "public"."customer"."email" like $2) ORDER BY "public"."customer"."id" LIMIT 8)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('M%', '%post%');

-- GET /customer?select=id,orders(id,ship_to)
WITH pgrst_source AS (SELECT "public"."customer"."id", "public"."customer"."last_name", COALESCE("customer_orders_1"."customer_orders_1", '[]') AS "orders" FROM "public"."customer" LEFT JOIN LATERAL (SELECT json_agg("customer_orders_1") AS "customer_orders_1" FROM (SELECT "orders_1"."id", "orders_1"."ship_to" FROM "public"."orders" AS "orders_1" WHERE "orders_1"."customer_id" = "public"."customer"."id" ORDER BY "orders_1"."id") AS "customer_orders_1") AS "customer_orders_1" ON TRUE ORDER BY "public"."customer"."last_name", "public"."customer"."id" LIMIT 2)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- GET /orders?select=id,customer(last_name)
WITH pgrst_source AS (SELECT "public"."orders"."id", row_to_json("orders_customer_1".*) AS "customer" FROM "public"."orders" LEFT JOIN LATERAL (SELECT "customer_1"."last_name" FROM "public"."customer" AS "customer_1" WHERE "customer_1"."id" = "public"."orders"."customer_id") AS "orders_customer_1" ON TRUE ORDER BY "public"."orders"."id" LIMIT 3)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- GET /customer with an exact count
WITH pgrst_source AS (SELECT "public"."customer"."id" FROM "public"."customer" WHERE "public"."customer"."last_name" like 'M%' ORDER BY "public"."customer"."id" LIMIT 2), pgrst_source_count AS (SELECT 1 FROM "public"."customer" WHERE "public"."customer"."last_name" like 'M%')
 SELECT (SELECT pg_catalog.count(*) FROM pgrst_source_count) AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- GET /customer as CSV
WITH pgrst_source AS (SELECT "public"."customer"."id", "public"."customer"."last_name", "public"."customer"."email" FROM "public"."customer" WHERE "public"."customer"."id" < 4 ORDER BY "public"."customer"."id")
 SELECT (SELECT coalesce((SELECT coalesce(string_agg(a.k, ','), '') FROM (SELECT json_object_keys(r)::text AS k FROM (SELECT row_to_json(hh) AS r FROM pgrst_source AS hh LIMIT 1) s) a), '')) || E'\n' || coalesce(string_agg(substring(_postgrest_t::text, 2, length(_postgrest_t::text) - 2), E'\n'), '') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- GET /ticket?meta->>channel=eq.phone
PREPARE s AS WITH pgrst_source AS (SELECT "public"."ticket"."id", to_jsonb("public"."ticket"."meta")->'by'->>'name' AS "name" FROM "public"."ticket" WHERE to_jsonb("public"."ticket"."meta")->>'channel' = $1 ORDER BY "public"."ticket"."id" LIMIT 3)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('phone');

-- GET /customer?note=fts.day
PREPARE s AS WITH pgrst_source AS (SELECT "public"."customer"."id" FROM "public"."customer" WHERE to_tsvector("public"."customer"."note") @@ to_tsquery($1) ORDER BY "public"."customer"."id" LIMIT 3)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('day & 3');

-- GET /customer?select=last_name,count()
WITH pgrst_source AS (SELECT "public"."customer"."last_name", COUNT(*) AS "count" FROM "public"."customer" GROUP BY "public"."customer"."last_name" ORDER BY "public"."customer"."last_name")
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- POST /customer
PREPARE s(json) AS WITH pgrst_source AS (INSERT INTO "public"."customer"("first_name", "last_name", "email", "born") SELECT "pgrst_body"."first_name", "pgrst_body"."last_name", "pgrst_body"."email", "pgrst_body"."born" FROM (SELECT $1 AS json_data) pgrst_payload, LATERAL (SELECT "first_name", "last_name", "email", "born" FROM json_to_record(pgrst_payload.json_data) AS _("first_name" text, "last_name" text, "email" text, "born" date)) pgrst_body RETURNING "public"."customer"."first_name", "public"."customer"."email", "public"."customer"."born")
 SELECT coalesce(json_agg(_postgrest_t)->0, 'null') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('{"first_name": "Nele", "last_name": "Claes", "email": "nele@post.example", "born": "1990-05-06"}');

-- POST /customer, many, merging duplicates
PREPARE s(json) AS WITH pgrst_source AS (INSERT INTO "public"."customer"("email", "first_name", "last_name") SELECT "pgrst_body"."email", "pgrst_body"."first_name", "pgrst_body"."last_name" FROM (SELECT $1 AS json_data) pgrst_payload, LATERAL (SELECT * FROM json_to_recordset(pgrst_payload.json_data) AS _("email" text, "first_name" text, "last_name" text)) pgrst_body ON CONFLICT("email") DO UPDATE SET "email" = EXCLUDED."email", "first_name" = EXCLUDED."first_name", "last_name" = EXCLUDED."last_name" RETURNING "public"."customer"."email", "public"."customer"."last_name")
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('[{"email": "nele@post.example", "first_name": "Nele", "last_name": "Claes"}, {"email": "user7@mail.example", "first_name": "Jan", "last_name": "Wouters"}]');

-- PATCH /customer?email=eq.
PREPARE s(json, text) AS WITH pgrst_source AS (UPDATE "public"."customer" SET "last_name" = "pgrst_body"."last_name", "note" = "pgrst_body"."note" FROM (SELECT $1 AS json_data) pgrst_payload, LATERAL (SELECT "last_name", "note" FROM json_to_record(pgrst_payload.json_data) AS _("last_name" text, "note" text)) pgrst_body WHERE "public"."customer"."email" = $2 RETURNING "public"."customer"."id", "public"."customer"."last_name", "public"."customer"."note")
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;
EXECUTE s('{"last_name": "Wouters", "note": null}', 'user7@mail.example');

-- DELETE /customer?last_name=like.
WITH pgrst_source AS (DELETE FROM "public"."customer" WHERE "public"."customer"."last_name" like 'Pee%' AND "public"."customer"."id" > 50 RETURNING "public"."customer"."id", "public"."customer"."last_name")
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- POST /rpc/find
CREATE FUNCTION "public".find_customer(term text) RETURNS SETOF customer LANGUAGE sql STABLE AS $$ SELECT * FROM customer WHERE last_name ILIKE '%' || term || '%' $$;
WITH pgrst_source AS (SELECT "pgrst_call"."id", "pgrst_call"."last_name" FROM "public"."find_customer"("term" := 'berg') pgrst_call ORDER BY "pgrst_call"."id" LIMIT 3)
 SELECT coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

-- a settings header and a role's rows
SELECT set_config('request.jwt.claims', '{"email": "user7@mail.example"}', true) IS NOT NULL;
SELECT id, last_name FROM customer WHERE email = current_setting('request.jwt.claims', true)::json ->> 'email';
