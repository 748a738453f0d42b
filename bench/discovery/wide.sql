-- Invented rows: :tables relations of ten columns.
CREATE SCHEMA wide;
SELECT format('CREATE UNLOGGED TABLE wide.t%s AS SELECT n AS id, ''Jan Peeters'' AS name, ''jan'' || n || ''@example.com'' AS email, '
	'''0470 '' || lpad((n %% 1000000)::text, 6, ''0'') AS phone, ''Kerkstraat '' || n %% 300 AS street, '
	'date ''1950-01-01'' + n %% 20000 AS born, md5(n::text) AS hash, ''some words about order '' || n || '' that are long'' AS remark, '
	'n * 1.21 AS price, ''SO'' || n AS order_number FROM generate_series(1, %s) n', i, :rows)
FROM generate_series(1, 2) i \gexec
SELECT format('CREATE VIEW wide.v%s AS SELECT * FROM wide.t%s', i, 1 + i % 2) FROM generate_series(3, :tables) i \gexec
ANALYZE wide.t1;
ANALYZE wide.t2;
