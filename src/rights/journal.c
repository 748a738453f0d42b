/*
 * journal.c
 *		Does the file of the journal agree with the table? And the worker's part, which keeps it so.
 *
 *		Who may be shown or made passes the gate (subject/subject.h). It opens in a backend when the journal is good:
 *		every entry of the file is in the table, or there never was a file. That is asked once per database and start
 *		of the server, and kept in shared memory: a database does not become older while the server runs, unless the
 *		extension is dropped and restored, and then its schema has another OID.
 *
 *		On a standby the file is its own, copied from the replicated table. A standby that restarts may find its file
 *		ahead until it has replayed again what it had replayed; meanwhile the gate is shut. Only what is good is kept,
 *		so the next look opens it. A new standby has no file, and needs none: it is not restored but follows. Recovery
 *		to a point in time is another matter: a server that does so is no standby (no standby.signal).
 *
 *		The table is the truth and the file its copy: the worker reads in a transaction of its own what is committed,
 *		writes and fsyncs it, then says so in shared memory. When the file's last entry is known only as the origin of
 *		an entry of the table (a lost future was taken over), or after_restore() or accept_missing_journal() asked for
 *		it, the file is written anew from the table and the old one kept beside.
 */
#include "rights/journal.h"

#include <unistd.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "audit/spool.h"
#include "audit/worker.h"
#include "hooks.h"
#include "invalidation.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_journal_look_sql);
PG_FUNCTION_INFO_V1(gdpr_journal_copied);
PG_FUNCTION_INFO_V1(gdpr_journal_replaying);
PG_FUNCTION_INFO_V1(gdpr_journal_restart);
PG_FUNCTION_INFO_V1(gdpr_replay_batch);

#define DATABASES		 64
#define BATCH			 500 /* entries a write */

/* Columns of gdpr.journal, in the order of journal.sql. */
#define JOURNAL_SEQUENCE 1
#define JOURNAL_ORIGIN	 10
#define JOURNAL_HASH	 11

/* One database, since the start of the server; all under the mutex. */
typedef struct Known
{
	Oid database;
	Oid schema;	  /* of which installation ... */
	uint32 path;  /* ... and which setting the rest holds */
	bool good;	  /* the gate may open */
	bool restart; /* write the file anew */
	int64 copied; /* fsynced up to here; 0 = not known yet */
} Known;

typedef struct Shared
{
	slock_t mutex;
	Known known[DATABASES];
} Shared;

static Shared *shared = NULL;
static bool replaying = false;
static Oid restart_wanted = InvalidOid; /* by this transaction, of this installation */
static bool has_file = false;			/* the worker found or made one */
static JournalState told = JOURNAL_GOOD;

/* ---- shared memory ---- */

static Size
shared_size(void)
{
	return sizeof(Shared);
}

static void
attach(void *area, LWLockPadded *locks, bool fresh)
{
	shared = area;
	if (!fresh)
		return;
	memset(shared, 0, sizeof(Shared));
	SpinLockInit(&shared->mutex);
}

static const GdprSharedMemory memory = {.name = "gdpr_journal", .size = shared_size, .attach = attach};

/*
 * What is known of this database, copied; with `change`, changed first. Nothing is known when there are more databases
 * than places, or no shared memory: then everybody looks for himself.
 */
static Known
known_of(Oid schema, void (*change)(Known *, int64), int64 value)
{
	uint32 path = hash_bytes((const unsigned char *) gdpr_journal_file, strlen(gdpr_journal_file));
	Known answer = {0};

	if (shared == NULL)
		return answer;
	SpinLockAcquire(&shared->mutex);
	for (int i = 0; i < DATABASES; i++)
	{
		Known *entry = &shared->known[i];

		if (entry->database != MyDatabaseId && OidIsValid(entry->database))
			continue;
		if (entry->database != MyDatabaseId || entry->schema != schema || entry->path != path)
			*entry = (Known){.database = MyDatabaseId, .schema = schema, .path = path};
		if (change)
			change(entry, value);
		answer = *entry;
		break;
	}
	SpinLockRelease(&shared->mutex);
	return answer;
}

static Known
known(void (*change)(Known *, int64), int64 value)
{
	return known_of(gdpr_schema_oid(), change, value);
}

static void
set_good(Known *entry, int64 value)
{
	entry->good = true;
}

static void
set_restart(Known *entry, int64 value)
{
	entry->restart = true;
}

static void
set_copied(Known *entry, int64 value)
{
	entry->good = true;
	entry->restart = false;
	entry->copied = value;
}

/* ---- the table, as it is committed now ---- */

/* The text of the database's id; NULL before the first person. Not gdpr_database_id(), which makes one. */
static char *
database_id(void)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_META), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple = systable_getnext(scan);
	char *id = NULL;

	if (HeapTupleIsValid(tuple))
	{
		bool isnull;

		id = DatumGetCString(
			DirectFunctionCall1(uuid_out, heap_getattr(tuple, 2, RelationGetDescr(rel), &isnull)));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return id;
}

/* Is there an entry that answers the key (none: any of the index), with this hash unless that is NULL? */
static bool
has_entry(GdprRelation index, ScanKey key, const uint8 *hash)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_JOURNAL), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, gdpr_relation_oid(index), true, NULL, key ? 1 : 0, key);
	HeapTuple tuple = systable_getnext(scan);
	bool found = HeapTupleIsValid(tuple);

	if (found && hash)
	{
		bool isnull;
		bytea *stored = DatumGetByteaPP(heap_getattr(tuple, JOURNAL_HASH, RelationGetDescr(rel), &isnull));

		found = VARSIZE_ANY_EXHDR(stored) == JOURNAL_HASH_LEN &&
				memcmp(VARDATA_ANY(stored), hash, JOURNAL_HASH_LEN) == 0;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

static bool
is_in_chain(const JournalFile *file)
{
	ScanKeyData key;

	ScanKeyInit(&key, JOURNAL_SEQUENCE, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(file->sequence));
	return has_entry(GDPR_JOURNAL_PKEY, &key, file->hash);
}

/* Taken over from a lost future. */
static bool
is_origin(const JournalFile *file)
{
	bytea *hash = palloc(VARHDRSZ + JOURNAL_HASH_LEN);
	ScanKeyData key;

	SET_VARSIZE(hash, VARHDRSZ + JOURNAL_HASH_LEN);
	memcpy(VARDATA(hash), file->hash, JOURNAL_HASH_LEN);
	ScanKeyInit(&key, JOURNAL_ORIGIN, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(hash));
	return has_entry(GDPR_JOURNAL_ORIGIN, &key, NULL);
}

/* ---- the state ---- */

static bool
is_standby(void)
{
	return RecoveryInProgress() && access(STANDBY_SIGNAL_FILE, F_OK) == 0;
}

/* Entries of kind 'numbers' are only made while there is a file. */
static bool
had_file(const char *id)
{
	return has_entry(GDPR_JOURNAL_NUMBERS, NULL, NULL) || gdpr_journal_of_this_database(id);
}

static JournalState
look(JournalFile *file, char **id)
{
	memset(file, 0, sizeof(*file));
	*id = database_id();
	if (gdpr_journal_file[0] == '\0')
		return JOURNAL_OFF;
	gdpr_journal_open(gdpr_journal_path(), *id, file);
	if (file->state == JOURNAL_MISSING)
		return *id == NULL || is_standby() || !had_file(*id) ? JOURNAL_GOOD : JOURNAL_MISSING;
	if (file->state == JOURNAL_GOOD && file->sequence > 0 && !is_in_chain(file) && !is_origin(file))
		return JOURNAL_AHEAD;
	return file->state;
}

typedef struct StateText
{
	const char *name;
	const char *problem;
	const char *hint;
} StateText;

static const StateText states[] = {
	[JOURNAL_OFF] = {"off", NULL, NULL},
	[JOURNAL_GOOD] = {"good", NULL, NULL},
	[JOURNAL_MISSING] =
		{"missing", "the journal of this database is missing",
		 "Put its file back and CALL gdpr.after_restore(); or, when it is lost for good, SELECT "
		 "gdpr.accept_missing_journal();"},
	[JOURNAL_FOREIGN] =
		{"foreign", "the journal was written for another server or database",
		 "CALL gdpr.after_restore(); or, when this database has no journal to be replayed, SELECT "
		 "gdpr.accept_missing_journal();"},
	[JOURNAL_AHEAD] = {"ahead",
					   "this database is older than its journal: who was erased since is there again",
					   "CALL gdpr.after_restore();"},
	[JOURNAL_BROKEN] = {"broken", "the journal of this database is broken",
						"Put a good copy of its file back; or, when there is none, SELECT "
						"gdpr.accept_missing_journal();"},
	[JOURNAL_UNREADABLE] =
		{"unreadable", "the journal of this database cannot be read",
		 "Let the server's user read and write the files of gdpr.journal_file, outside the data "
		 "directory."},
};

static const char *
hint_of(JournalState state)
{
	if (RecoveryInProgress())
		return "If this server was restored, promote it and CALL gdpr.after_restore(); a standby that "
			   "restarted opens "
			   "by itself once it has replayed what it knew.";
	return states[state].hint;
}

static void
guard(void)
{
	JournalFile file;
	JournalState state;
	char *id;

	if (replaying || !gdpr_installed())
		return;
	if (gdpr_journal_file[0] == '\0' || known(NULL, 0).good)
	{
		gdpr_gate_open = true;
		return;
	}
	state = look(&file, &id);
	if (state != JOURNAL_GOOD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", states[state].problem),
				 errdetail("Nobody is revealed, and nobody new is taken in, before that is settled."),
				 errhint("%s", hint_of(state))));
	known(set_good, 0);
	gdpr_gate_open = true;
	if (RecoveryInProgress())
		gdpr_spool_look_in(MyDatabaseId, false);
	else
		gdpr_spool_need_worker(MyDatabaseId);
}

static void
shut_gate(void)
{
	gdpr_gate_open = false;
}

static void
numbers_given(void)
{
	if (gdpr_journal_file[0] != '\0')
		gdpr_spool_need_worker(MyDatabaseId);
}

/* ---- the worker ---- */

/* The lines behind an entry, at most BATCH; answers how many, and the last one's sequence. */
static uint64
read_lines(int64 *sequence, StringInfo lines)
{
	Oid type = INT8OID;
	Datum value = Int64GetDatum(*sequence);
	uint64 count;

	resetStringInfo(lines);
	SPI_connect();
	if (SPI_execute_with_args(
			"SELECT j.sequence, gdpr_internal.journal_text(j) || E'\\t' || pg_catalog.encode(j.hash, 'hex') "
			"FROM gdpr.journal j WHERE j.sequence > $1 ORDER BY j.sequence",
			1, &type, &value, NULL, true, BATCH) != SPI_OK_SELECT)
		elog(ERROR, "could not read gdpr.journal");
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
	{
		bool isnull;

		*sequence = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		appendStringInfo(lines, "%s\n", SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2));
	}
	SPI_finish();
	return count;
}

/* Append what the table has behind the file's last entry. */
static int64
append_lines(const char *path, JournalFile *file, StringInfo lines)
{
	int64 done = 0;
	uint64 count;

	while ((count = read_lines(&file->sequence, lines)) > 0)
	{
		gdpr_journal_append(path, file, lines);
		file->end += lines->len;
		done += count;
		CHECK_FOR_INTERRUPTS();
	}
	return done;
}

/* A file of the whole table in the place of what is there. */
static int64
write_anew(const char *path, const char *id, StringInfo lines)
{
	JournalFile file = {0};
	JournalFile aside = {0};
	char *name = gdpr_journal_begin(path, id);
	int64 done;

	gdpr_journal_open(name, id, &aside);
	file.end = aside.end;
	done = append_lines(name, &file, lines);
	gdpr_journal_put(path, name);
	known(set_copied, file.sequence);
	return done + 1;
}

/* Each state is told once. */
static void
tell(JournalState state)
{
	if (state != told && state != JOURNAL_GOOD)
		ereport(LOG, (errmsg("%s", states[state].problem), errhint("%s", hint_of(state))));
	told = state;
}

static int64
copy(void)
{
	JournalFile file;
	char *id;
	JournalState state = look(&file, &id);
	Known now = known(NULL, 0);
	char *path = gdpr_journal_path();
	StringInfoData lines;
	int64 done;

	has_file = false;
	if (id == NULL)
		return 0;
	initStringInfo(&lines);
	if (state == JOURNAL_MISSING && now.good)
		ereport(LOG, (errmsg("the journal \"%s\" is gone; it is written anew", path)));
	else if (state != JOURNAL_GOOD && !now.restart)
	{
		tell(state);
		return 0;
	}
	has_file = true;
	if (now.restart || file.state != JOURNAL_GOOD || (file.sequence > 0 && !is_in_chain(&file)))
		return write_anew(path, id, &lines);
	if (now.copied == 0)
		gdpr_journal_sync(path);
	done = append_lines(path, &file, &lines);
	known(set_copied, file.sequence);
	tell(JOURNAL_GOOD);
	return done;
}

static int64
copy_in_transaction(bool *there)
{
	int64 done = 0;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	*there = gdpr_installed();
	if (*there)
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		done = copy();
		PopActiveSnapshot();
	}
	CommitTransactionCommand();
	return done;
}

static bool
wanted(void)
{
	return gdpr_journal_file[0] != '\0';
}

/*
 * Sealing and marking only when somebody wrote: a database that is being restored must stay as the dump has it.
 */
static int64
turn(bool *stay)
{
	static XLogRecPtr replayed = InvalidXLogRecPtr;
	bool writes = !RecoveryInProgress() && gdpr_spool_worker_writes();
	bool there;
	int64 done = writes ? gdpr_worker_run("SELECT gdpr_internal.seal_journal(1000)") : 0;

	if (!wanted())
		return done;
	if (RecoveryInProgress())
	{
		XLogRecPtr now = GetXLogReplayRecPtr(NULL);

		if (!is_standby())
			return 0;
		*stay = replayed != InvalidXLogRecPtr;
		if (now == replayed)
			return 0;
		done = copy_in_transaction(&there);
		*stay = there;
		replayed = there ? now : InvalidXLogRecPtr;
		return done;
	}
	done += copy_in_transaction(&there);
	if (writes && has_file)
		done += gdpr_worker_run("SELECT gdpr_internal.mark_numbers()");
	return done;
}

static const GdprWorkerTask task = {.wanted = wanted, .turn = turn};

/* ---- SQL ---- */

static void
transaction_ended(XactEvent event, void *arg)
{
	if (!OidIsValid(restart_wanted))
		return;
	if (event == XACT_EVENT_COMMIT)
	{
		known_of(restart_wanted, set_restart, 0);
		gdpr_spool_need_worker(MyDatabaseId);
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		restart_wanted = InvalidOid;
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		restart_wanted = InvalidOid;
}

/* When this transaction commits, the worker writes the file anew from the table. */
Datum
gdpr_journal_restart(PG_FUNCTION_ARGS)
{
	restart_wanted = gdpr_schema_oid();
	PG_RETURN_VOID();
}

bool
gdpr_journal_is_replaying(void)
{
	return replaying;
}

Datum
gdpr_journal_replaying(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(replaying);
}

Datum
gdpr_journal_copied(PG_FUNCTION_ARGS)
{
	if (!wanted())
		PG_RETURN_NULL();
	if (RecoveryInProgress())
		gdpr_spool_look_in(MyDatabaseId, false);
	else
		gdpr_spool_need_worker(MyDatabaseId);
	PG_RETURN_INT64(known(NULL, 0).copied);
}

Datum
gdpr_journal_look_sql(PG_FUNCTION_ARGS)
{
	TupleDesc desc;
	Datum values[5] = {0};
	bool nulls[5] = {true, false, true, true, true};
	JournalFile file;
	char *id;
	JournalState state = look(&file, &id);

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[1] = CStringGetTextDatum(states[state].name);
	if (state != JOURNAL_OFF)
	{
		values[0] = CStringGetTextDatum(gdpr_journal_path());
		values[4] = Int64GetDatum(file.sequence);
		nulls[0] = false;
		nulls[4] = file.state == JOURNAL_MISSING;
	}
	if (states[state].problem)
	{
		values[2] = CStringGetTextDatum(state == JOURNAL_UNREADABLE
											? psprintf("%s: %s", states[state].problem, strerror(file.error))
											: states[state].problem);
		values[3] = CStringGetTextDatum(hint_of(state));
		nulls[2] = nulls[3] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* gdpr_internal.replay_lines() with the same arguments, which may pass the gate and puts nothing into the journal. */
Datum
gdpr_replay_batch(PG_FUNCTION_ARGS)
{
	Oid types[3] = {TEXTOID, INT8OID, INT4OID};
	Datum values[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char nulls[4] = {PG_ARGISNULL(0) ? 'n' : ' ', ' ', ' ', '\0'};
	Datum answer;
	bool isnull;

	SPI_connect();
	replaying = true;
	PG_TRY();
	{
		gdpr_spi_select_as_owner("SELECT gdpr_internal.replay_lines($1, $2, $3)", 3, types, values, nulls, 1);
	}
	PG_FINALLY();
	{
		replaying = false;
	}
	PG_END_TRY();
	answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		answer = SPI_datumTransfer(answer, false, -1);
	SPI_finish();
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(answer);
}

void
gdpr_journal_init(void)
{
	gdpr_journal_file_init(shut_gate);
	gdpr_gate_guard = guard;
	gdpr_numbers_given = numbers_given;
	gdpr_worker_task = &task;
	gdpr_on_catalog_change(GDPR_CATALOG_SCHEMA, shut_gate);
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
	gdpr_hook_shared_memory(&memory);
}
