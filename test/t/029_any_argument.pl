# Every function of the extension's schemas, called with NULL, extreme and wrong arguments, as a superuser and as each
# duty: a clean answer or a clean refusal, never a crash, an internal error, a call that cannot be ended, or a value
# repeated in a message.
#
# pg_regress cannot do it: what comes out differs by the thousand, and a crash is looked for in the server log.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $seed = $ENV{SEED} // time;
note "SEED=$seed repeats this run";
my $canary = 'kanarie.vogel@example.net';
my $node = new_node('any_argument', conf => "statement_timeout = '10s'\nmax_parallel_workers_per_gather = 0\njit = off\n");
customers($node, count => 5);
newsletter($node);
$node->safe_psql('postgres', q{
	CREATE ROLE dpo; CREATE ROLE auditor; CREATE ROLE job; CREATE ROLE stranger;
	SELECT gdpr.grant_duty('dpo', 'dpo'), gdpr.grant_duty('auditor', 'auditor'), gdpr.grant_duty('job', 'job');
	SET SESSION AUTHORIZATION app;
	SET gdpr.purpose = 'order_fulfilment';
	SELECT gdpr.give_consent('customer', '1', 'newsletter', 'form', 'double_opt_in', notice_shown => true, double_opt_in_at => now());
	RESET SESSION AUTHORIZATION;
	SET ROLE dpo;
	SELECT gdpr.open_request('customer', '2', 'access', 'email');
	SELECT gdpr.open_breach('lost laptop', now(), now())});

# ---- what there is to call, and with what ----

$node->safe_psql('postgres', <<'SQL');
	CREATE SCHEMA fuzz;
	CREATE TABLE fuzz.value (type oid, number serial, value text);
	INSERT INTO fuzz.value (type, value)
	SELECT t.type::regtype, v FROM (VALUES
		('text', ARRAY['customer', '', 'x', '1', '-1', '0', '99999999999999999999', '{}', '[]', 'null', 'newsletter', 'email',
					   'order_fulfilment', 'pii_email', 'BE', 'access', 'form', '2020-02-30', 'infinity', E'\x01\u2028', '%s %I $1 "',
					   repeat('é', 20000), repeat('(', 5000), 'kanarie.vogel@example.net', 'Bewaard voor kanarie.vogel@example.net']),
		('name', ARRAY['id', '', 'email', 'newsletter', 'purposes', 'kanarie.vogel@example.net', repeat('n', 63)]),
		('character', ARRAY['', 'x', 'kanarie.vogel@example.net']), ('character varying', ARRAY['', 'x', 'kanarie.vogel@example.net']),
		('cstring', ARRAY['', '{newsletter}', 'kanarie.vogel@example.net', repeat('{', 5000)]),
		('"char"', ARRAY['', 'x']),
		('bigint', '{1,0,-1,2,9223372036854775807,-9223372036854775808}'), ('integer', '{1,0,-1,2,2147483647,-2147483648}'),
		('smallint', '{1,0,-1,32767,-32768}'), ('double precision', '{1,0,-1,NaN,Infinity,-Infinity,1e308,1e-308}'),
		('numeric', '{1,0,-1,NaN,1e1000}'), ('boolean', '{true,false}'), ('xid', '{1,0,4294967295}'),
		('oid', '{1,0,16384,4294967295}'), ('regtype', '{gdpr.pii_email,integer,0,4294967295}'), ('regrole', '{app,0,4294967295}'),
		('regclass', '{customer,orders,orders,0,4294967295,customer_pkey,pg_class,gdpr.ledger,gdpr.subject,gdpr.graph_link,pg_toast.pg_toast_1255}'),
		('json', ARRAY['null', '{}', '[]', '[[1]]']), ('uuid', '{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff}'),
		('jsonb', ARRAY['{}', 'null', '[]', '1', '"kanarie.vogel@example.net"', '[null]', '[[]]', '[{}]', '[[1], {"a": [null]}]', '{"": null}',
						'[null, true, "email", [1], true]', '[true, "email", 1, {}]', '["customer", "email", "id", "pii_email"]',
						'{"": "x", "a": 1, "email": "x"}', '{"email": {"email": []}}', '{"relation": 0, "told": 1, "statement": null}',
						'[{"relation": "0", "statement": "SELECT 1", "told": 1}]', '[{"relation": "1259", "statement": "SELECT", "told": [[]]}]',
						'["SELECT 1", 1]', '{"email": "kanarie.vogel@example.net"}', repeat('[', 3000) || repeat(']', 3000)]),
		('bytea', ARRAY['', '\x00', '\x01ff', '\x' || repeat('ab', 61), '\x' || repeat('00', 3000)]),
		('timestamp with time zone', '{2026-01-01,-infinity,infinity,epoch,294276-12-31,4713-01-01 BC}'),
		('date', '{2026-01-01,-infinity,infinity,epoch,5874897-12-31,4713-01-01 BC}'), ('time', '{00:00,24:00}'),
		('interval', '{1 day,0,-1 day,178000000 years,-178000000 years,1 microsecond}'),
		('tid', ARRAY['(0,1)', '(0,0)', '(4294967295,65535)']), ('inet', '{10.0.0.1,::/0}'),
		('int8multirange', ARRAY['{}', '{[1,5)}', '{(,)}', '{[-9223372036854775808,9223372036854775807)}', '{[0,9000000000000000000)}']),
		('gdpr.channel', '{email,phone}'), ('gdpr.purpose_set', ARRAY['{newsletter}', '{}', '{#2147483647}'])) t (type, list)
	CROSS JOIN unnest(t.list) v;

	-- sealed: of people here, typed, and bound to people there are not
	INSERT INTO fuzz.value (type, value)
	SELECT a.atttypid, to_jsonb(c) ->> a.attname FROM customer c, pg_attribute a WHERE a.attrelid = 'customer'::regclass AND a.atttypid::regtype::text LIKE 'gdpr.pii%' AND c.id = 1;
	INSERT INTO fuzz.value (type, value)
	SELECT 'gdpr.pii_address'::regtype, concat(ship_to) FROM orders WHERE id = 1
	UNION ALL SELECT ('gdpr.pii_' || t.class)::regtype, v
	FROM (VALUES ('email', 'kanarie.vogel@example.net'), ('iban', 'BE68539007547034'), ('ip', '10.0.0.1'), ('phone', '0470123456'),
				 ('national_id', '85073003328'), ('text', 'kanarie.vogel@example.net'), ('json', '[]'), ('bytes', '\x00'), ('health', 'kanarie.vogel@example.net'),
				 ('device_id', '6fa459ea-ee8a-3ca4-894e-db77e160355e'), ('id_card', 'BE 592-1234567-78'), ('address', 'x')) t (class, value)
	CROSS JOIN LATERAL (VALUES (t.value), (CASE t.class WHEN 'email' THEN concat(gdpr_internal.seal_email('a@example.net', 1)) END)) v (v) WHERE v IS NOT NULL;

	-- of a composite type a row of NULLs, and a row there is; of an array type none, NULL, one, several in two dimensions
	INSERT INTO fuzz.value (type, value)
	SELECT t.oid, '(' || repeat(',', (SELECT count(*)::integer - 1 FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0)) || ')'
	FROM pg_type t WHERE t.typtype = 'c' AND EXISTS (SELECT FROM pg_proc p WHERE t.oid = ANY (p.proargtypes) OR t.typarray = ANY (p.proargtypes)) AND t.oid <> 'record'::regtype;
	SELECT format('INSERT INTO fuzz.value (type, value) SELECT %s, t::text FROM %s t LIMIT 2', c.reltype, c.oid::regclass)
	FROM pg_class c JOIN (SELECT DISTINCT type FROM fuzz.value) v ON v.type = c.reltype WHERE c.relkind IN ('r', 'v') \gexec
	INSERT INTO fuzz.value (type, value)
	SELECT t.typarray, a.value FROM pg_type t
	CROSS JOIN LATERAL (SELECT min(v.value) AS one, max(v.value) AS other FROM fuzz.value v WHERE v.type = t.oid AND length(v.value) < 200) v
	CROSS JOIN LATERAL (VALUES (ARRAY[v.one]::text), ('{}'), ('{NULL}'), (ARRAY[v.one, NULL, v.other]::text), (ARRAY[[v.one, v.other], [v.other, v.one]]::text),
		('[5:6]=' || ARRAY[v.other, v.one]::text), (array_fill(v.one, ARRAY[3000])::text)) a (value)
	WHERE t.typarray <> 0 AND v.one IS NOT NULL;
	INSERT INTO fuzz.value (type, value) SELECT t::regtype, v.value FROM unnest(ARRAY['anyelement', '"any"', 'record']) t, (VALUES ('1'), ('x'), ('{1}'), ('kanarie.vogel@example.net')) v (value);

	CREATE TABLE fuzz.call (number serial PRIMARY KEY, role text, function regprocedure, query text, arguments text[]);
	CREATE TABLE fuzz.outcome (number integer, state text, message text, context text);
	CREATE FUNCTION fuzz.try(wanted integer) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		c fuzz.call := (SELECT c FROM fuzz.call c WHERE c.number = wanted);
		result text;
		state text;
		message text;
		detail text;
		hint text;
		context text;
	BEGIN
		BEGIN
			PERFORM set_config('role', c.role, true);
			EXECUTE c.query INTO result USING c.arguments;
			RAISE EXCEPTION USING ERRCODE = 'FZ000', MESSAGE = coalesce(left(result, 20000), '');	-- nothing stays
		EXCEPTION
			WHEN query_canceled THEN
				-- by the bound that the call itself named
				IF position('look_at_table' IN c.query) = 0 OR NOT gdpr_internal.look_timed_out() THEN
					RAISE;
				END IF;
				state := '57014';
			WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
					hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
		END;
		INSERT INTO fuzz.outcome VALUES (wanted, state, message, concat_ws(E'\n', nullif(detail, ''), nullif(hint, ''), context));
	END $$;
SQL

# Of a function: all NULL, each argument NULL, each of its values once with random others, and some at random. A function
# in C gets all values, another those that chance picks.
$node->safe_psql('postgres', "SELECT setseed(($seed % 1000) / 1000.0);" . <<'SQL');
	CREATE FUNCTION fuzz.calls(wanted_role text, thorough boolean) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		f record;
		query text;
		pools jsonb;
		arguments text[];
		count integer;
		polymorphic constant text[] := '{text,integer,bigint,boolean,name,gdpr.pii_email,jsonb,double precision,text[],point}';
	BEGIN
		FOR f IN
			SELECT p.*, l.lanname = 'c' AS in_c FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
			WHERE p.pronamespace::regnamespace::text IN ('gdpr', 'gdpr_internal') AND p.prokind IN ('f', 'a', 'w')
			  AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prorettype <> 'internal'::regtype
			  AND has_function_privilege(wanted_role, p.oid, 'EXECUTE')
			ORDER BY p.oid
		LOOP
			query := format(CASE WHEN f.prorettype IN ('record'::regtype, 'cstring'::regtype) AND f.proargmodes IS NULL THEN 'SELECT %s::text'
								 WHEN f.prokind <> 'f' OR NOT f.proretset THEN 'SELECT (%s)::text' ELSE 'SELECT left(string_agg(r::text, '' ''), 5000) FROM %s r' END,
				format('%s(%s)', f.oid::regproc, (SELECT string_agg(CASE WHEN t = 'record'::regtype THEN format('ROW($1[%s], 1)', n)
					WHEN t IN ('"any"'::regtype, 'anyelement'::regtype) THEN format('$1[%s]::POLYMORPHIC', n) ELSE format('$1[%s]::%s', n, t::regtype) END, ', ' ORDER BY n)
					FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY a (t, n))));
			pools := (SELECT jsonb_agg((SELECT jsonb_agg(v.value ORDER BY v.number) FROM fuzz.value v WHERE v.type = t) ORDER BY n)
					  FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY a (t, n));
			count := CASE WHEN f.pronargs = 0 THEN 1 WHEN f.in_c AND thorough THEN 6 + f.pronargs * 8 ELSE 2 + f.pronargs END;
			FOR i IN 1 .. count
			LOOP
				SELECT array_agg(CASE WHEN i = 1 OR i = n + 1 OR random() < 0.05 THEN NULL
									  WHEN random() < 0.4 THEN pool ->> 0		-- the first is one that makes sense
									  ELSE pool ->> floor(random() * jsonb_array_length(pool))::integer END ORDER BY n) INTO arguments
				FROM (SELECT CASE jsonb_typeof(p.pool) WHEN 'array' THEN p.pool ELSE '[null]' END AS pool, p.n
					  FROM jsonb_array_elements(pools) WITH ORDINALITY p (pool, n)) p;
				INSERT INTO fuzz.call (role, function, query, arguments)
				VALUES (wanted_role, f.oid, replace(query, 'POLYMORPHIC', polymorphic[1 + i % cardinality(polymorphic)]), arguments);
			END LOOP;
		END LOOP;
	END $$;
	SELECT fuzz.calls('postgres', true);
	SELECT fuzz.calls(r, false) FROM unnest('{shop,dpo,app,auditor,job,stranger}'::text[]) r;
	UPDATE fuzz.call SET role = session_user WHERE role = 'postgres';
SQL

# ---- the calls, each a statement of its own, so that one that hangs is one ----

ask($node, q{SELECT format('SELECT fuzz.try(%s)', number) FROM fuzz.call ORDER BY number \gexec},
	extra_params => [ '-v', 'ON_ERROR_STOP=0' ]);
my $calls = ask($node, 'SELECT count(*) FROM fuzz.call');
note "$calls calls";
cmp_ok($calls, '>', 5000, 'many calls');

sub none
{
	my ($sql, $name) = @_;
	my ($found, $error) = ask($node, "$sql LIMIT 30");

	is($found . $error, '', $name);
}

# ---- trigger functions, on a table and at times that they are not for ----

$node->safe_psql('postgres', <<'SQL');
	CREATE TABLE fuzz.plain (id integer, note text);
	INSERT INTO fuzz.plain VALUES (1, 'x');
	CREATE FUNCTION fuzz.fire(f regprocedure, timing text, level text, operation text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		state text;
	BEGIN
		EXECUTE format('CREATE TRIGGER t %s %s ON fuzz.plain FOR EACH %s EXECUTE FUNCTION %s', timing, operation, level, f);
		EXECUTE CASE operation WHEN 'INSERT' THEN 'INSERT INTO fuzz.plain VALUES (2, NULL)' WHEN 'UPDATE' THEN 'UPDATE fuzz.plain SET id = id'
							   WHEN 'DELETE' THEN 'DELETE FROM fuzz.plain' ELSE 'TRUNCATE fuzz.plain' END;
		RAISE EXCEPTION USING ERRCODE = 'FZ000';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
		RETURN state;
	END $$;
SQL
none(q{SELECT f, timing, level, operation FROM (
	SELECT p.oid::regprocedure AS f, timing, level, operation, fuzz.fire(p.oid, timing, level, operation) AS state
	FROM pg_proc p, unnest('{BEFORE,AFTER}'::text[]) timing, unnest('{ROW,STATEMENT}'::text[]) level, unnest('{INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) operation
	WHERE p.pronamespace::regnamespace::text IN ('gdpr', 'gdpr_internal') AND p.prorettype = 'trigger'::regtype
	  AND (level, operation) <> ('ROW', 'TRUNCATE')) t WHERE state LIKE 'XX%'},
	'triggers in the wrong place are refused');

# ---- what came out ----

none(q{SELECT number, role, function, query, left(arguments::text, 500) FROM fuzz.call c WHERE NOT EXISTS (SELECT FROM fuzz.outcome o WHERE o.number = c.number)},
	'every call came to its end in time');
none(q{SELECT DISTINCT ON (c.function, message) c.role, c.function, left(message, 100), left(c.arguments::text, 200), left(context, 300)
	FROM fuzz.outcome o JOIN fuzz.call c USING (number) WHERE state LIKE 'XX%' AND state <> 'XX001'},
	'no internal error');
none(qq{SELECT DISTINCT ON (c.function) c.role, c.function, state, left(message, 300), left(c.arguments::text, 300), left(context, 500)
	FROM fuzz.outcome o JOIN fuzz.call c USING (number)
	WHERE concat_ws(' ', CASE WHEN state <> 'FZ000' THEN message END, context) ~ 'person[0-9]+\@example.com|Jan Peeters [0-9]|Wetstraat [0-9]+, 1000 Brussel, BE, 1'},
	'no message tells of the people on file');
# What was typed for a value; names of tables, columns and the like may be repeated.
none(qq{SELECT DISTINCT ON (c.function) c.role, c.function, state, left(message, 300), left(c.arguments::text, 300), left(context, 500)
	FROM fuzz.outcome o JOIN fuzz.call c USING (number) JOIN pg_proc p ON p.oid = c.function JOIN pg_language l ON l.oid = p.prolang
	WHERE concat_ws(' ', CASE WHEN state <> 'FZ000' THEN message END, context) ~ '$canary' AND l.lanname = 'c'
	  AND p.proname !~ '_as_owner\$|^rows_of\$|^update_rows\$|^partition_rows\$'	-- these take SQL of our own
	  AND NOT p.proargtypes::oid[] && ARRAY['name'::regtype, '"any"'::regtype, 'anyelement'::regtype]::oid[]},
	'no message repeats a value');
none(q{SELECT DISTINCT ON (c.function) c.role, c.function, left(message, 300), left(c.arguments::text, 300)
	FROM fuzz.outcome o JOIN fuzz.call c USING (number)
	WHERE state = 'FZ000' AND c.role IN ('stranger', 'auditor', 'job', 'shop') AND message ~ 'person[0-9]+\@example.com|Jan Peeters [0-9]|Wetstraat [0-9]+, 1000 Brussel, BE([^,]|$)'},
	'who holds no purpose gets no plaintext');
cmp_ok(ask($node, q{SELECT count(DISTINCT c.function) FROM fuzz.outcome o JOIN fuzz.call c USING (number) WHERE state = 'FZ000'}), '>', 300,
	'many functions answered');

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|terminated by signal|server process/, 'nothing crashed')
  or diag scalar ask($node, 'SELECT query, arguments FROM fuzz.call c WHERE NOT EXISTS (SELECT FROM fuzz.outcome o WHERE o.number = c.number) ORDER BY number LIMIT 1');
unlike($log, qr/\Q$canary\E/, 'the log repeats no value');
$node->stop;
done_testing();
