/*
 * gdprbench.c
 *		The four workloads of GDPRbench (Shastri et al., VLDB 2020) against the tables of schema.sql: one connection,
 *		autocommit, prepared statements, misses count. Writes the seconds that the operations took.
 *
 *		gdprbench plain|sealed controller|customer|processor|regulator RECORDS USERS OPERATIONS SEED
 *
 *		A sealed operation states its purpose first, when it is another than the last: that is part of its cost. Keys,
 *		purposes and users are drawn by the same generator from the same seed for both forms, so they do the same.
 */
#include <libpq-fe.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PURPOSES 25
#define FIELDS	 8
#define ZIPF	 0.99

typedef enum Statement
{
	READ_KEY,
	READ_PURPOSE,
	READ_USER,
	META_PURPOSE,
	META_USER,
	INSERT,
	DELETE_KEY,
	UPDATE_ALL,
	LOG_TAIL,
	VERIFY_DELETED,
	UPDATE_PURPOSE, /* one of FIELDS statements from here on */
	UPDATE_USER = UPDATE_PURPOSE + FIELDS,
	STATEMENTS = UPDATE_USER + FIELDS
} Statement;

typedef struct Run
{
	PGconn *connection;
	bool sealed;
	bool zipf;
	int64_t records;
	int64_t users;
	int64_t inserted;
	int purpose; /* stated last, -1 for none */
	uint64_t random;
	double zeta;
} Run;

static const char *const fields[FIELDS] = {"expires", "usr", "obj", "decision", "acl", "shr", "src", "cat"};
static const int values_of[FIELDS] = {0, 0, 100, 2, 10, 10, 10, 10};

static void
die(const char *what, PGconn *connection)
{
	fprintf(stderr, "gdprbench: %s: %s", what, connection ? PQerrorMessage(connection) : "\n");
	exit(1);
}

static uint64_t
next_random(Run *run)
{
	run->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
	uint64_t z = run->random;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double
uniform(Run *run)
{
	return (double) (next_random(run) >> 11) / (double) (UINT64_C(1) << 53);
}

/* YCSB's zipfian, scrambled so that the popular ones lie scattered. */
static int64_t
choose(Run *run, int64_t count)
{
	double alpha = 1 / (1 - ZIPF);
	double eta = (1 - pow(2.0 / (double) run->records, 1 - ZIPF)) / (1 - (1 + pow(0.5, ZIPF)) / run->zeta);
	double u = uniform(run);
	uint64_t rank;

	if (!run->zipf)
		return (int64_t) (u * (double) count);
	if (u * run->zeta < 1)
		rank = 0;
	else if (u * run->zeta < 1 + pow(0.5, ZIPF))
		rank = 1;
	else
		rank = (uint64_t) ((double) run->records * pow(eta * u - eta + 1, alpha));
	rank = (rank + 1) * 0x9e3779b97f4a7c15u;
	return (int64_t) ((rank ^ (rank >> 29)) % (uint64_t) count);
}

static void
prepare(Run *run, int number, const char *format, ...)
{
	char name[16];
	char query[1024];
	va_list arguments;
	PGresult *result;

	va_start(arguments, format);
	vsnprintf(query, sizeof(query), format, arguments);
	va_end(arguments);
	snprintf(name, sizeof(name), "s%d", number);
	result = PQprepare(run->connection, name, query, 0, NULL);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		die(query, run->connection);
	PQclear(result);
}

static void
prepare_all(Run *run)
{
	const char *table = run->sealed ? "sealed" : "plain";
	const char *data = run->sealed ? "gdpr.reveal(data)" : "data";
	const char *purpose = run->sealed ? "purposes @> ARRAY[$1]::text[]::gdpr.purpose_set" : "pur = $1";
	const char *meta = run->sealed ? "key, purposes, expires, usr, obj, decision, acl, shr, src, cat"
								   : "key, pur, expires, usr, obj, decision, acl, shr, src, cat";

	prepare(run, READ_KEY, "SELECT key, %s FROM %s WHERE key = $1", data, table);
	prepare(run, READ_PURPOSE, "SELECT key, %s FROM %s WHERE %s", data, table, purpose);
	prepare(run, READ_USER, "SELECT key, %s FROM %s WHERE usr = $1", data, table);
	prepare(run, META_PURPOSE, "SELECT %s FROM %s WHERE %s", meta, table, purpose);
	prepare(run, META_USER, "SELECT %s FROM %s WHERE usr = $1", meta, table);
	prepare(run, INSERT,
			"INSERT INTO %s (key, data, %s, expires, usr, obj, decision, acl, shr, src, cat)"
			" SELECT r.key, r.data, %s, r.expires, r.usr, r.obj, r.decision, r.acl, r.shr, r.src, r.cat FROM "
			"record($1::bigint, %lld) r",
			table, run->sealed ? "purposes" : "pur", run->sealed ? "ARRAY[r.pur]::gdpr.purpose_set" : "r.pur",
			(long long) run->users);
	prepare(run, DELETE_KEY, "DELETE FROM %s WHERE key = $1", table);
	prepare(run, UPDATE_ALL,
			"UPDATE %s SET data = $2, expires = now() + interval '1 hour', obj = $3, decision = 'decision1',"
			" acl = 'acl1', shr = 'shr1', src = 'src1', cat = 'cat1' WHERE key = $1",
			table);
	prepare(run, LOG_TAIL, "SELECT * FROM %s ORDER BY number DESC LIMIT $1::int",
			run->sealed ? "gdpr.ledger" : "plain_log");
	prepare(run, VERIFY_DELETED, "SELECT count(*) FROM %s WHERE key = $1", table);
	for (int i = 0; i < FIELDS; i++)
	{
		const char *value = i == 0 ? "now() + $2::int * interval '1 second'" : "$2";

		prepare(run, UPDATE_PURPOSE + i, "UPDATE %s SET %s = %s WHERE %s", table, fields[i], value, purpose);
		prepare(run, UPDATE_USER + i, "UPDATE %s SET %s = %s WHERE usr = $1", table, fields[i], value);
	}
}

/* Says why; the row filter and reveal ask. */
static void
state_purpose(Run *run, int64_t purpose)
{
	char command[64];

	if (!run->sealed || run->purpose == (int) purpose)
		return;
	snprintf(command, sizeof(command), "SET gdpr.purpose = 'purpose%d'", (int) purpose);
	PQclear(PQexec(run->connection, command));
	run->purpose = (int) purpose;
}

static void
execute(Run *run, int number, int count, const char *const *values)
{
	char name[16];
	PGresult *result;

	snprintf(name, sizeof(name), "s%d", number);
	result = PQexecPrepared(run->connection, name, count, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		die(name, run->connection);
	PQclear(result);
}

static void
with_text(Run *run, int number, const char *prefix, int64_t n)
{
	char text[40];
	const char *value = text;

	snprintf(text, sizeof(text), "%s%lld", prefix, (long long) n);
	execute(run, number, 1, &value);
}

static void
by_key(Run *run, int number)
{
	int64_t n = choose(run, run->records);

	state_purpose(run, n % PURPOSES);
	with_text(run, number, "key", n);
}

static void
by_purpose(Run *run, int number)
{
	int64_t purpose = choose(run, PURPOSES);

	state_purpose(run, purpose);
	with_text(run, number, "purpose", purpose);
}

/* Users and records are multiples of the purposes, so all records of a user have one purpose. */
static void
by_user(Run *run, int number)
{
	int64_t user = choose(run, run->users);

	state_purpose(run, user % PURPOSES);
	with_text(run, number, "user", user);
}

static void
update_metadata(Run *run, int first, const char *prefix, int64_t selected)
{
	int field = (int) (next_random(run) % FIELDS);
	char selector[40];
	char value[40];
	const char *values[2] = {selector, value};

	snprintf(selector, sizeof(selector), "%s%lld", prefix, (long long) selected);
	if (field == 0)
		snprintf(value, sizeof(value), "%d", 10000 + (int) (next_random(run) % 10000));
	else if (field == 1) /* to a user of the same purpose, or the next read by user would miss */
		snprintf(value, sizeof(value), "user%lld",
				 (long long) (next_random(run) % (uint64_t) (run->users / PURPOSES) * PURPOSES +
							  (uint64_t) selected % PURPOSES));
	else
		snprintf(value, sizeof(value), "%s%d", fields[field],
				 (int) (next_random(run) % (uint64_t) values_of[field]));
	state_purpose(run, selected % PURPOSES);
	execute(run, first + field, 2, values);
}

static void
update_all(Run *run)
{
	static char data[101];
	int64_t n = choose(run, run->records);
	char key[40];
	const char *values[3] = {key, data, "obj1"};

	memset(data, 'a' + (int) (next_random(run) % 26), 100);
	snprintf(key, sizeof(key), "key%lld", (long long) n);
	state_purpose(run, n % PURPOSES);
	execute(run, UPDATE_ALL, 3, values);
}

static void
insert(Run *run)
{
	int64_t n = run->records + run->inserted++;

	state_purpose(run, n % PURPOSES);
	with_text(run, INSERT, "", n);
}

static void
controller(Run *run, double u)
{
	if (u < 0.25)
		insert(run);
	else if (u < 0.50)
		by_key(run, DELETE_KEY);
	else if (u < 0.75)
		update_metadata(run, UPDATE_PURPOSE, "purpose", choose(run, PURPOSES));
	else
		update_metadata(run, UPDATE_USER, "user", choose(run, run->users));
}

static void
customer(Run *run, double u)
{
	if (u < 0.2)
		by_key(run, READ_KEY);
	else if (u < 0.3)
		by_purpose(run, META_PURPOSE);
	else if (u < 0.4)
		by_user(run, META_USER);
	else if (u < 0.6)
		update_all(run);
	else if (u < 0.7)
		update_metadata(run, UPDATE_PURPOSE, "purpose", choose(run, PURPOSES));
	else if (u < 0.8)
		update_metadata(run, UPDATE_USER, "user", choose(run, run->users));
	else
		by_key(run, DELETE_KEY);
}

static void
processor(Run *run, double u)
{
	if (u < 0.2)
		by_key(run, READ_KEY);
	else if (u < 0.6)
		by_purpose(run, READ_PURPOSE);
	else
		by_user(run, READ_USER);
}

static void
regulator(Run *run, double u)
{
	if (u < 0.46)
		by_user(run, META_USER);
	else if (u < 0.77)
		with_text(run, LOG_TAIL, "", 1 + (int64_t) (next_random(run) % 1000));
	else
		by_key(run, VERIFY_DELETED);
}

typedef struct Workload
{
	const char *name;
	bool zipf;
	void (*operation)(Run *run, double u);
} Workload;

static const Workload workloads[] = {
	{"controller", false, controller},
	{"customer", true, customer},
	{"processor", false, processor},
	{"regulator", true, regulator},
};

int
main(int argc, char **argv)
{
	Run run = {.purpose = -1};
	const Workload *workload = NULL;
	struct timespec from;
	struct timespec to;

	for (size_t i = 0; argc == 7 && i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (strcmp(argv[2], workloads[i].name) == 0)
			workload = &workloads[i];
	if (workload == NULL)
		die("usage: gdprbench plain|sealed controller|customer|processor|regulator RECORDS USERS OPERATIONS "
			"SEED",
			NULL);
	run.sealed = strcmp(argv[1], "sealed") == 0;
	run.zipf = workload->zipf;
	run.records = atoll(argv[3]);
	run.users = atoll(argv[4]);
	run.random = strtoull(argv[6], NULL, 10);
	for (int64_t i = 1; i <= run.records; i++)
		run.zeta += 1 / pow((double) i, ZIPF);
	run.connection = PQconnectdb("user=gdprbench_app");
	if (PQstatus(run.connection) != CONNECTION_OK)
		die("connection", run.connection);
	prepare_all(&run);

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = atol(argv[5]); i > 0; i--)
		workload->operation(&run, uniform(&run));
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.3f\n", (double) (to.tv_sec - from.tv_sec) + (double) (to.tv_nsec - from.tv_nsec) / 1e9);
	PQfinish(run.connection);
	return 0;
}
