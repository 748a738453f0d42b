# Parallel workers filter and reveal exactly what a serial plan does: as many rows as the plaintext twin says, also after
# a withdrawal in another session, and with the same refusals.
#
# pg_regress cannot do it alone: it wants settings that make every plan parallel, and a second session in between.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $node = new_node('parallel', conf => "max_parallel_workers = 8\nmax_worker_processes = 16\n");
customers($node, count => 600);
newsletter($node);
$node->safe_psql('postgres', q{
	SELECT gdpr.give_consent('customer', i::text, 'newsletter', 'form', 'in_person', notice_shown => true) FROM generate_series(1, 600, 3) i;
	SELECT gdpr.add_purpose('customer', 'billing', '{"link": "a", "context": "b", "nature": "c", "consequences": "d", "safeguards": "e"}');
	UPDATE customer SET purposes = '{billing}' WHERE id % 7 = 0;
	SET SESSION AUTHORIZATION shop;
	ANALYZE customer; ANALYZE orders});

my $debug = $node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
my %mode = (
	serial => 'SET max_parallel_workers_per_gather = 0',
	parallel => 'SET max_parallel_workers_per_gather = 4; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0;
		SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET parallel_leader_participation = off',
	forced => "SET $debug = on; SET max_parallel_workers_per_gather = 4");
my %session = map { $_ => session($node) } keys %mode;
foreach my $name (keys %mode)
{
	$session{$name}->($mode{$name});
	$session{$name}->('SET SESSION AUTHORIZATION app');
}

my @queries = (
	'SELECT count(*), sum(id), min(id) FROM customer',
	'SELECT id, email::text, name::text FROM customer ORDER BY id',
	'SELECT md5(string_agg(gdpr.reveal(note), $$,$$ ORDER BY id)) FROM customer WHERE id % 2 = 0',
	'SELECT count(*), sum(o.total) FROM orders o JOIN customer c ON c.id = o.customer_id',
	'SELECT count(*) FROM customer a JOIN customer b ON a.email = b.email',
	'SELECT count(DISTINCT email), count(DISTINCT purposes) FROM customer',
	q{SELECT id FROM customer WHERE email = 'person8@example.com'},
	q{SELECT count(*) FROM customer WHERE email IN ('person8@example.com', 'person14@example.com', 'PERSON1@example.com')},
	'SELECT id, gdpr.mask(email) FROM customer WHERE id < 10 ORDER BY id');

sub agree
{
	my ($when) = @_;

	foreach my $purpose ('order_fulfilment', 'newsletter', '', 'customer_care', 'no_such_purpose')
	{
		foreach my $on_denied ('error', 'null')
		{
			$_->("SET gdpr.purpose = '$purpose'; SET gdpr.on_denied = '$on_denied'") for values %session;
			foreach my $query (@queries)
			{
				my %answer = map { $_ => without_place($session{$_}->($query)) } keys %session;

				is($answer{$_}, $answer{serial}, "$when, purpose \"$purpose\", $on_denied: $_ $query") for 'parallel', 'forced';
			}
		}
	}
}

# Where in the source, and in which process, an error came up is not the client's concern
sub without_place
{
	my ($answer) = @_;
	return $answer =~ s/^(?:LOCATION|CONTEXT):.*\n?//mgr =~ s/\s+$//r;
}

$_->("SET gdpr.purpose = 'order_fulfilment'; SET gdpr.on_denied = 'error'") for values %session;
like($session{parallel}->('EXPLAIN SELECT count(*) FROM customer'), qr/Workers Planned: [1-9].*Parallel (?:Seq|Index).*row_visible/s, 'workers do filter');
like($session{parallel}->('EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM customer'), qr/Workers Launched: [1-9]/, 'and are launched');
is($session{parallel}->('SELECT count(*) FROM customer'), 600 - 85, 'rows of the purpose');
$session{parallel}->("SET gdpr.purpose = 'newsletter'");
is($session{parallel}->('SELECT count(*) FROM customer'), scalar(grep { $_ % 3 == 1 && $_ % 7 } 1 .. 600), 'people who consented');
agree('at first');

$node->safe_psql('postgres', q{SELECT gdpr.withdraw_consent('customer', i::text, 'newsletter') FROM generate_series(1, 600, 6) i});
$session{parallel}->("SET gdpr.on_denied = 'error'; SET gdpr.purpose = 'newsletter'");
is($session{parallel}->('SELECT count(*) FROM customer'), scalar(grep { $_ % 6 == 4 && $_ % 7 } 1 .. 600), 'workers honour withdrawals');
agree('after withdrawals');

# A client that reads plaintext gets it from the leader
$_->("SET gdpr.purpose = 'order_fulfilment'; SET gdpr.output = reveal") for values %session;
my $rows = $session{serial}->('SELECT id, email, name FROM customer ORDER BY id');
like($rows, qr/person8\@example.com/, 'plaintext for the client');
is($session{$_}->('SELECT id, email, name FROM customer ORDER BY id'), $rows, "$_: the same") for 'parallel', 'forced';
$_->(undef) for values %session;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nothing crashed');
$node->stop;

done_testing();
