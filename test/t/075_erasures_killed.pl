# A queue of erasures killed with SIGKILL, the backend and then the whole server, in the middle of a person: everybody is
# erased wholly or not at all, and the queue run again erases the others, once.
#
# pg_regress cannot do it: it kills backends and the server.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

use lib "$FindBin::RealBin/../perl";
use GdprNode;

my $people = 600;
my $node = new_node('erasures_killed', conf => "restart_after_crash = on\nautovacuum = off\n");

customers($node, count => $people);
# a row that goes makes time for the kill
$node->safe_psql('postgres', q{
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END $$;
	CREATE TRIGGER slow BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION slow()});

# The queue: each person who is still there, each in a transaction.
my $queue = q{DO $$
	DECLARE next text;
	BEGIN
		FOR next IN SELECT s.key FROM gdpr.subject s WHERE s.relation = 'customer'::regclass ORDER BY s.number
		LOOP
			PERFORM gdpr.erase_subject('customer', next, 'Art. 17(1)(b)');
			COMMIT;
		END LOOP;
	END $$};

sub start_queue
{
	my ($out, $err) = ('', '');

	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $queue ], '>', \$out, '2>', \$err, IPC::Run::timeout(120));
}

# Each of these says how many are erased; the last counts what is there of them all the same.
sub accounts
{
	return $node->safe_psql('postgres', qq{
		SELECT (SELECT count(*) FROM gdpr.subject WHERE wrapped_key IS NULL), (SELECT count(*) FROM gdpr.erasure),
			   $people - (SELECT count(*) FROM customer), $people - (SELECT count(DISTINCT gdpr_subject) FROM orders),
			   (SELECT count(*) FROM gdpr.ledger WHERE kind = 'subject erased'),
			   (SELECT count(*) FROM gdpr.journal WHERE kind = 'erasure') + (SELECT count(*) FROM gdpr.journal_pending WHERE kind = 'erasure'),
			   (SELECT count(*) FROM gdpr.suppression) / 2,
			   (SELECT count(*) FROM orders o JOIN gdpr.subject s ON s.number = o.gdpr_subject WHERE s.wrapped_key IS NULL)});
}

sub agree
{
	my ($what, $least, $most) = @_;
	my ($erased, @others) = split /\|/, accounts();
	my $residue = pop @others;

	is_deeply(\@others, [ ($erased) x @others ], "$what: key, erasure, rows, ledger, journal and suppression list agree");
	is($residue, 0, "$what: nobody is erased by half");
	ok($erased >= $least && $erased <= $most, "$what: $erased are erased");
	return $erased;
}

my $many = sub { $node->poll_query_until('postgres', "SELECT count(*) >= $_[0] FROM gdpr.erasure") };
my $run = start_queue();
$many->(100);
my $log = -s $node->logfile;
kill 'KILL', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO %' AND pid <> pg_backend_pid()});
eval { $run->finish };
$node->wait_for_log(qr/database system is ready to accept connections/, $log);
$node->poll_query_until('postgres', 'SELECT true');
my $first = agree('backend killed', 100, $people - 1);

$run = start_queue();
$many->($first + 100);
$node->stop('immediate');
eval { $run->finish };
$node->start;
agree('server stopped without a checkpoint', $first + 100, $people - 1);

$run = start_queue();
ok($run->finish, 'run again to its end');
agree('run again', $people, $people);
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT 1 FROM gdpr.ledger WHERE kind = 'subject erased' GROUP BY subject HAVING count(*) > 1) twice}), 0, 'nobody twice');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM gdpr.verify_ledger()) + (SELECT count(*) FROM gdpr.verify_journal())'), 0, 'the chains hold');
is($node->safe_psql('postgres', 'SELECT count(*) FROM gdpr.residue(5)'), 0, 'no residue');

$node->stop;
done_testing();
