# A server with the extension, a master key and a small customer file: what the TAP tests 020 to 039 start from.
package GdprNode;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_key_file new_node customers newsletter session ask told app revealed);

my $keys = 0;

# A key file with random keys of the given ids, the last one active.
sub new_key_file
{
	my (@ids) = @_;
	my $path = PostgreSQL::Test::Utils::tempdir . '/master' . ++$keys . '.key';

	append_to_file($path, "$_:" . join('', map { sprintf '%08x', int rand 2**32 } 1 .. 8) . "\n") for @ids ? @ids : ('one');
	chmod 0600, $path;
	return $path;
}

# A started server, quick and quiet, with the library preloaded and a key. key_file => undef: not preloaded.
sub new_node
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	my $key_file = exists $option{key_file} ? $option{key_file} : new_key_file();

	$node->init(%{ $option{init} // {} });
	$node->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\n");
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'gdpr'\ngdpr.key_file = '$key_file'\n") if $key_file;
	$node->append_conf('postgresql.conf', $option{conf}) if $option{conf};
	$node->start;
	return $node;
}

# customer (1..n) and orders (two each) of the role shop, both protected; the role app may work for order_fulfilment
# in full and for newsletter masked, and care for nothing that these rows were collected for.
sub customers
{
	my ($node, %option) = @_;
	my $count = $option{count} // 20;

	$node->safe_psql($option{database} // 'postgres', qq{
		CREATE EXTENSION gdpr;
		CREATE ROLE shop LOGIN;
		CREATE ROLE app LOGIN;
		CREATE ROLE care LOGIN;
		GRANT CREATE ON SCHEMA public TO shop, app;
		SELECT gdpr.grant_duty('controller', 'shop'), gdpr.grant_duty('app', 'app');
		SET SESSION AUTHORIZATION shop;
		CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE, phone text, name text, born date, note text);
		INSERT INTO customer SELECT i, format('person%s\@example.com', i), '047012' || lpad(i::text, 4, '0'), 'Jan Peeters ' || i,
			date '1980-01-01' + i, 'note ' || i FROM generate_series(1, $count) i;
		CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customer, ship_to text, total numeric);
		INSERT INTO orders SELECT i, (i - 1) % $count + 1, 'Wetstraat ' || i || ', 1000 Brussel, BE', i FROM generate_series(1, 2 * $count) i;
		CREATE INDEX ON orders (customer_id);
		SET client_min_messages = warning;
		SELECT gdpr.declare_subject('customer', 'id');
		SELECT gdpr.protect('customer', purposes => '{order_fulfilment, newsletter}',
			columns => '{"email": "pii_email", "phone": "pii_phone", "name": "pii_name", "born": "pii_birth_date", "note": "pii_text"}');
		SELECT gdpr.protect('orders', owner => 'customer_id', purposes => '{order_fulfilment}', columns => '{"ship_to": "pii_address"}');
		GRANT SELECT, INSERT, UPDATE, DELETE ON customer, orders TO app, care;
		SELECT gdpr.grant_purpose('order_fulfilment', 'app'), gdpr.grant_purpose('newsletter', 'app', 'masked'),
			gdpr.grant_purpose('customer_care', 'care');
	});
}

# A controller and a published notice "form", on which people can consent to the newsletter.
sub newsletter
{
	my ($node, %option) = @_;

	$node->safe_psql($option{database} // 'postgres', q{
		SELECT gdpr.set_controller('Voorbeeld BV', '0202.239.951', 'Kerkstraat 1, 9000 Gent', 'BE', 'Privacy desk',
			'privacy@voorbeeld.example', '+3292000000', 'https://voorbeeld.example');
		SELECT gdpr.draft_notice('form', 'form', '{newsletter}',
			'{"nl": {"title": "Toestemming", "body": "Mogen wij?", "recipients": "geen", "transfers": "geen", "retention": "3 jaar",
			  "rights": "inzage, verbetering, wissing", "withdrawal": "altijd", "complaint": "GBA", "requirement": "geen",
			  "automated_decisions": "geen"}}',
			data_categories => '{pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
			withdrawal_at => 'https://voorbeeld.example/privacy');
		SELECT gdpr.publish_notice('form')});
}

# What a statement answers, and what it raises (with SQLSTATE); a failing one does not end the test.
sub ask
{
	my ($node, $sql, %option) = @_;
	my ($stdout, $stderr);

	$node->psql($option{database} // 'postgres', $sql, stdout => \$stdout, stderr => \$stderr,
		on_error_stop => $option{on_error_stop} // 1,
		extra_params => [ '-v', 'VERBOSITY=verbose', @{ $option{extra_params} // [] } ]);
	return wantarray ? ($stdout, $stderr) : $stdout;
}

sub told
{
	my (undef, $stderr) = ask(@_);
	return $stderr;
}

# The same as the role app, working for order_fulfilment.
sub app
{
	my ($node, $sql, %option) = @_;

	return ask($node, "SET SESSION AUTHORIZATION app; SET gdpr.purpose = 'order_fulfilment';\n$sql", %option);
}

# One line that stands for every plaintext of the customer file, as the role app sees it.
sub revealed
{
	my ($node, %option) = @_;

	return scalar app($node, q{
		SELECT (SELECT md5(string_agg(concat_ws('|', id, email::text, phone::text, name::text, born::text, note::text), ';' ORDER BY id)) FROM customer),
			   (SELECT md5(string_agg(concat_ws('|', id, customer_id, ship_to::text, total), ';' ORDER BY id)) FROM orders),
			   (SELECT count(*) FROM customer), (SELECT count(*) FROM orders)}, %option);
}

# A psql that stays: $session->('SELECT 1') answers what came, errors included; with anything behind the statement it
# does not wait for that, and the next call answers for both.
sub session
{
	my ($node, %option) = @_;
	my ($in, $out) = ('', '');
	my $number = 0;
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $option{connstr} // $node->connstr($option{database} // 'postgres') ],
		'<', \$in, '>', \$out, '2>&1', my $timeout = IPC::Run::timeout(60));

	return sub {
		my ($sql, $go_on) = @_;

		if (!defined $sql)
		{
			$in .= "\\q\n";
			return eval { $psql->finish };	# its server may have crashed
		}
		if ($go_on)
		{
			$in .= "$sql;\n";
			$psql->pump_nb while length $in;
			return;
		}
		my $mark = 'answered ' . ++$number;
		$out = '';
		$timeout->start(60);
		$in .= "$sql\n;\n\\echo $mark\n";
		$psql->pump until $out =~ /^$mark$/m;
		(my $answer = $out) =~ s/^$mark\n//m;
		chomp $answer;
		return $answer;
	};
}

1;
