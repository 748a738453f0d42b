-- parallel
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT last_name, count(*), min(email), max(born) FROM customer WHERE email LIKE '%mail%' GROUP BY last_name ORDER BY last_name;

-- parallel, ordered
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT id, last_name FROM customer ORDER BY last_name, id LIMIT 8;

-- parallel, a join with plain text
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT count(*) FROM customer c JOIN prospect p ON p.email = c.email WHERE c.last_name <> 'Maes';

-- forced parallel
SET LOCAL force_parallel_mode = on;
SELECT concat(first_name, ' ', last_name), json_build_object('email', email) FROM customer WHERE last_name ILIKE '%smet%' ORDER BY born, id LIMIT 4;

-- compiled
SET LOCAL jit = on;
SET LOCAL jit_above_cost = 0;
SET LOCAL jit_inline_above_cost = 0;
SET LOCAL jit_optimize_above_cost = 0;
SELECT id, upper(last_name), born + 1 FROM customer WHERE last_name > 'N' AND email LIKE '%mail%' ORDER BY last_name, id LIMIT 5;

-- no index
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT id FROM customer WHERE email = 'user7@mail.example';

-- only an index
SET LOCAL enable_seqscan = off;
SELECT id FROM customer WHERE email = 'user7@mail.example';
SELECT id FROM customer WHERE email IN ('user7@mail.example', 'user8@thuis.example') ORDER BY id;

-- a hash join
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT count(*) FROM customer a JOIN customer b ON a.last_name = b.last_name;

-- a merge join
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_nestloop = off;
SELECT count(*), min(a.id) FROM customer a JOIN customer b ON a.last_name = b.last_name AND a.first_name = b.first_name;

-- a merge join of notes
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_nestloop = off;
SELECT count(*) FROM customer a JOIN customer b ON a.note = b.note;

-- grouped by hash
SET LOCAL enable_sort = off;
SELECT last_name, count(*) FROM customer GROUP BY last_name ORDER BY last_name;

-- grouped by sort
SET LOCAL enable_hashagg = off;
SELECT last_name, note, count(*) FROM customer GROUP BY last_name, note ORDER BY last_name, note NULLS FIRST LIMIT 8;

-- an incremental sort
SELECT id, last_name FROM (SELECT * FROM customer ORDER BY last_name) s ORDER BY last_name, id DESC LIMIT 6;

-- a memoised join
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT o.id, x.last_name FROM orders o JOIN customer x ON x.id = o.customer_id WHERE x.last_name LIKE 'Å%' ORDER BY o.id LIMIT 5;

-- sorted in little memory
SET LOCAL work_mem = '64kB';
SELECT a.id, b.last_name, a.email FROM customer a, customer b ORDER BY b.last_name, a.email, b.id OFFSET 1000 LIMIT 5;

-- an append of two tables
SELECT email FROM customer UNION ALL SELECT email FROM prospect ORDER BY email LIMIT 6;

-- only an index that is not unique
SET LOCAL enable_seqscan = off;
SELECT id FROM customer WHERE last_name = 'Maes' ORDER BY id LIMIT 3;
SELECT last_name FROM customer ORDER BY last_name LIMIT 3;
