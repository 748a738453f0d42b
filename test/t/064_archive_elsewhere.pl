# Rows archived in a second database, on a second server, through postgres_fdw: nothing is opened there, everything is
# opened here by those who may; killed in between nothing is lost; the end of a key here is the end there, reachable or not.
#
# pg_regress cannot do it: it needs two servers, stops one of them and kills a backend.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('archive_here', conf => "restart_after_crash = on\n");
my $other = PostgreSQL::Test::Cluster->new('archive_elsewhere');

plan skip_all => 'this server has no postgres_fdw'
	unless $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'});

# The other one knows nothing of gdpr, and has no key.
$other->init;
$other->append_conf('postgresql.conf', "fsync = off\n");
$other->start;
$other->safe_psql('postgres', q{
	CREATE ROLE keeper LOGIN;
	CREATE TABLE gdpr_archive (id uuid PRIMARY KEY, relation text, purpose text, content text, archived_at timestamptz, until timestamptz);
	GRANT SELECT, INSERT, DELETE ON gdpr_archive TO keeper});

customers($node, count => 20);
$node->safe_psql('postgres', sprintf q{
	ALTER TABLE orders ADD COLUMN ordered_on date;
	ALTER TABLE customer ADD COLUMN left_on date;
	UPDATE orders SET ordered_on = CASE WHEN customer_id <= 12 THEN date '2015-01-01' ELSE current_date END;
	UPDATE customer SET left_on = '2015-01-01' WHERE id <= 12;
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'postgres');
	GRANT USAGE ON FOREIGN SERVER elsewhere TO shop;
	CREATE USER MAPPING FOR shop SERVER elsewhere OPTIONS (user 'keeper', password_required 'false');
	SET ROLE shop;
	CREATE FOREIGN TABLE archive (id uuid, relation text, purpose text, content text, archived_at timestamptz, until timestamptz)
		SERVER elsewhere OPTIONS (table_name 'gdpr_archive', batch_size '100');
	CREATE FOREIGN TABLE wrong (id uuid, content bytea) SERVER elsewhere;
	CREATE TABLE plain (id uuid, relation text, purpose text, content text, archived_at timestamptz, until timestamptz)
}, $other->host, $other->port);

sub rule
{
	my ($in) = @_;
	return "SET ROLE shop; SELECT gdpr.set_retention('orders', 'order_fulfilment', 'column', '7 years', 'archive', column_name => 'ordered_on', archive_for => '3 years', archive_in => '$in');"
}
like(told($node, rule('wrong')), qr/42703: foreign table public\.wrong has no column/, 'a foreign table of another shape is refused');
like(told($node, rule('plain')), qr/42809: public\.plain is not a foreign table/, 'and a table of this database');
like(told($node, q{CREATE FOREIGN TABLE theirs (id uuid) SERVER elsewhere; UPDATE gdpr.retention_rule SET archive_in = NULL; SET ROLE shop; } . rule("theirs")), qr/42501: must be owner of table public\.theirs/, "and one of somebody else");
$node->safe_psql('postgres', rule('archive'));

# The other database is away: the rule fails, says so, and nothing is lost
$other->stop;
like(told($node, 'CALL gdpr.run_retention()'), qr/retention of table public\.orders for purpose order_fulfilment failed with SQLSTATE 08001/, 'away: a warning');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM gdpr.archive)'), '40|0', 'nothing moved');
like($node->safe_psql('postgres', q{SELECT severity, finding FROM gdpr.status() WHERE object = 'public.orders' AND finding LIKE 'retention failed%'}), qr/^error\|/, 'and status() is red');
$other->start;

# Killed when the rows have arrived there, and before they are gone here
$node->safe_psql('postgres', q{
	CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN OLD; END $$;
	CREATE TRIGGER wait BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION wait()});
my $runner = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'CALL gdpr.run_retention(batch_size => 10)' ],
	'>', \my $out, '2>', \my $err, IPC::Run::timeout(120));
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) or die;
kill 'KILL', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
eval { $runner->finish };
for (1 .. 100)
{
	last if $node->psql('postgres', 'SELECT 1') == 0;
	select(undef, undef, undef, 0.1);
}
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM gdpr.archive)'), '40|0', 'killed: every row is here still');
$node->safe_psql('postgres', 'DROP TRIGGER wait ON orders');

$node->safe_psql('postgres', 'CALL gdpr.run_retention(batch_size => 10)');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM gdpr.archive WHERE content IS NULL)'), '16|24', 'moved');
is($other->safe_psql('postgres', q{SELECT count(*), count(DISTINCT id), bool_and(content LIKE 'gdpr1:%') FROM gdpr_archive}), '24|24|t', 'they are there, once, sealed');
is($other->safe_psql('postgres', q{SELECT bool_or(a::text ~ 'Wetstraat|Brussel') FROM gdpr_archive a}), 'f', 'and nothing can be read there');

# Opened here, by the dpo
$node->safe_psql('postgres', q{CREATE ROLE officer LOGIN; SELECT gdpr.grant_duty('dpo', 'officer'), gdpr.grant_purpose('rights_handling', 'officer')});
my $number = $node->safe_psql('postgres', q{SELECT number FROM gdpr.archive WHERE row_key = '3'});
like(ask($node, "SET SESSION AUTHORIZATION officer; SET gdpr.purpose = 'rights_handling'; SELECT gdpr.open_archive($number, 'request 12') ->> 'ship_to'"),
	qr/Wetstraat 3, 1000 Brussel/, 'the dpo opens it');
like(told($node, "SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment'; SELECT gdpr.open_archive($number, 'curious')"), qr/42501/, 'an application does not');
like(ask($node, q{SET gdpr.purpose = 'rights_handling'; SET SESSION AUTHORIZATION officer; SELECT gdpr.export_subject('customer', '3', 'rights_handling')}),
	qr/Wetstraat 3, 1000/, 'the copy for the person has it');

# A person who wants everything erased, and one who is on hold
$node->safe_psql('postgres', q{SELECT gdpr.erase_subject('customer', '3', 'request 13')});
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.archive'), 22, 'erased here');
is($other->safe_psql('postgres', 'SELECT count(*) FROM gdpr_archive'), 22, 'and there');
$other->stop;
like(told($node, q{SELECT gdpr.erase_subject('customer', '4', 'request 14')}), qr/08001/, 'away: it cannot be erased');
is($node->safe_psql('postgres', q{SELECT count(*) FROM gdpr.archive WHERE subject = gdpr_internal.subject_number('customer', '4')}), 2, 'and is not half erased');

# Their end, while it is away: the keys go at once, the rows when it is back
$node->safe_psql('postgres', q{SELECT gdpr.hold('customer', '5', 'case 2026/44'); UPDATE gdpr.archive SET until = now()});
$node->safe_psql('postgres', 'CREATE TABLE keepers AS SELECT DISTINCT sealed_for FROM gdpr.archive');
like(told($node, 'CALL gdpr.run_retention()'), qr/archive public\.archive could not be tidied up: SQLSTATE 08001/, 'their end: a warning');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.archive'), 2, 'but for the one on hold they ended');
$other->start;
$other->safe_psql('postgres', q{UPDATE gdpr_archive SET until = now()});	# as they would be by then
$node->safe_psql('postgres', 'CALL gdpr.run_retention()');
is($other->safe_psql('postgres', 'SELECT count(*) FROM gdpr_archive'), 2, 'back again: swept, but for the one on hold');
$node->safe_psql('postgres', q{SELECT gdpr.release_hold(id) FROM gdpr.legal_hold; CALL gdpr.run_retention()});
is($node->safe_psql('postgres', 'SELECT count(*), count(s.wrapped_key) FROM keepers k JOIN gdpr.subject s ON s.number = k.sealed_for'), '3|0', 'every key is destroyed');
is($other->safe_psql('postgres', 'SELECT count(*) FROM gdpr_archive'), 0, 'and nothing is left there');

$node->stop;
$other->stop;
done_testing();
