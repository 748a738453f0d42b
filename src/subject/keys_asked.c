/*
 * keys_asked.c
 *		What the databases of the server answered when they were last asked for the master keys that they need: kept in
 *		shared memory, as reading every person of every database is nothing for who looks every minute. After a restart
 *		nothing is known until someone asks.
 */
#include "subject/keys_in_use.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "crypto/keyring.h"
#include "hooks.h"

#define ROWS			2048
#define UNKNOWN_MAX_AGE 60 /* seconds */

/* A database and one of its keys; a database without any has one row too. */
typedef struct AskedRow
{
	Oid database;
	GdprKeyAnswer answer;
	bool any;
	GdprKeyUse use;
} AskedRow;

typedef struct Asked
{
	TimestampTz at; /* 0 = never, or there was no room */
	uint64 keyring; /* its generation then */
	int32 count;
	AskedRow rows[ROWS];
} Asked;

/* Why the keys of a database are unknown; NULL = they are known. */
static const char *const problems[] = {
	[GDPR_KEYS_SILENT] = "the worker that reads it failed: see the server log",
	[GDPR_KEYS_NO_WORKER] = "no background worker was free: raise max_worker_processes",
	[GDPR_KEYS_BUSY] = "people are written there in a transaction that is still open",
	[GDPR_KEYS_MANY] = "its keys are wrapped by too many master keys",
	[GDPR_KEYS_NONE] = NULL,
	[GDPR_KEYS_READ] = NULL,
};

static Asked *asked = NULL;
static LWLock *asked_lock = NULL;

PG_FUNCTION_INFO_V1(gdpr_keys_in_use);

static Size
asked_size(void)
{
	return sizeof(Asked);
}

static void
attach(void *area, LWLockPadded *locks, bool fresh)
{
	asked = area;
	asked_lock = &locks[0].lock;
	if (fresh)
		memset(asked, 0, sizeof(Asked));
}

static const GdprSharedMemory memory = {.name = "gdpr_keys_in_use",
										.size = asked_size,
										.locks = 1,
										.attach = attach};

void
gdpr_keys_asked_init(void)
{
	if (process_shared_preload_libraries_in_progress)
		gdpr_hook_shared_memory(&memory);
}

/* The answers as rows. */
static Asked *
lay_out(List *answers, uint64 keyring)
{
	int needed = 0;
	ListCell *cell;
	Asked *rows;

	foreach (cell, answers)
		needed += Max(((GdprKeyUses *) lfirst(cell))->count, 1);
	rows = palloc0(offsetof(Asked, rows) + sizeof(AskedRow) * needed);
	foreach (cell, answers)
	{
		GdprKeyUses *uses = lfirst(cell);

		for (int i = 0; i < Max(uses->count, 1); i++)
		{
			AskedRow *row = &rows->rows[rows->count++];

			row->database = uses->database;
			row->answer = uses->answer;
			row->any = uses->answer == GDPR_KEYS_READ && uses->count > 0;
			if (row->any)
				row->use = uses->uses[i];
		}
	}
	rows->at = GetCurrentTimestamp();
	rows->keyring = keyring;
	return rows;
}

static Asked *
ask(void)
{
	uint64 keyring =
		gdpr_keyring_generation(); /* before: who wraps by a key that comes now is seen next time */
	Asked *rows = lay_out(gdpr_ask_keys_in_use(), keyring);

	if (asked == NULL)
		return rows;
	LWLockAcquire(asked_lock, LW_EXCLUSIVE);
	if (rows->count > ROWS)
		memset(asked, 0, offsetof(Asked, rows));
	else
		memcpy(asked, rows, offsetof(Asked, rows) + sizeof(AskedRow) * rows->count);
	LWLockRelease(asked_lock);
	return rows;
}

static Asked *
last_asked(void)
{
	Asked *rows = palloc0(sizeof(Asked));

	if (asked == NULL)
		return rows;
	LWLockAcquire(asked_lock, LW_SHARED);
	memcpy(rows, asked, offsetof(Asked, rows) + sizeof(AskedRow) * asked->count);
	LWLockRelease(asked_lock);
	return rows;
}

/* Is what was answered last good enough for who wants it no older than so many seconds? What is unknown may pass. */
static bool
is_fresh(const Asked *rows, int32 max_age)
{
	max_age = Min(max_age, 86400);
	for (int i = 0; i < rows->count; i++)
	{
		if (problems[rows->rows[i].answer] != NULL)
			max_age = Min(max_age, UNKNOWN_MAX_AGE);
	}
	return rows->at != 0 && max_age > 0 && rows->keyring == gdpr_keyring_generation() &&
		   !TimestampDifferenceExceeds(rows->at, GetCurrentTimestamp(), max_age * 1000);
}

/* gdpr_internal.keys_in_use(max_age) → (database, fingerprint, people, secret, problem, asked_at) */
Datum
gdpr_keys_in_use(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Asked *rows = last_asked();

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0) && !is_fresh(rows, PG_GETARG_INT32(0)))
		rows = ask();
	for (int i = 0; i < rows->count; i++)
	{
		AskedRow *row = &rows->rows[i];
		const char *problem = problems[row->answer];
		bool nulls[6] = {false, !row->any, !row->any, !row->any, problem == NULL, false};
		Datum values[6] = {ObjectIdGetDatum(row->database)};

		values[1] = row->any ? CStringGetTextDatum(gdpr_fingerprint_text(row->use.fingerprint)) : (Datum) 0;
		values[2] = Int64GetDatum(row->use.people);
		values[3] = BoolGetDatum(row->use.secret);
		values[4] = problem == NULL ? (Datum) 0 : CStringGetTextDatum(problem);
		values[5] = TimestampTzGetDatum(rows->at);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
