/*
 * journal_state.c
 *		Does the file of the journal agree with the table? (See journal_state.h.)
 *
 *		That is asked once per database and start of the server, and kept in shared memory: a database does not become
 *		older while the server runs, unless the extension is dropped and restored, and then its schema has another OID.
 */
#include "rights/journal_state.h"

#include <unistd.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "hooks.h"

#define DATABASES		 64

/* Columns of gdpr.journal, in the order of journal.sql. */
#define JOURNAL_SEQUENCE 1
#define JOURNAL_ORIGIN	 10
#define JOURNAL_HASH	 11

/* All under the mutex. */
typedef struct Shared
{
	slock_t mutex;
	JournalKnown known[DATABASES];
} Shared;

static Shared *shared = NULL;

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

JournalKnown
gdpr_journal_known_of(Oid schema, void (*change)(JournalKnown *, int64), int64 value)
{
	uint32 path = hash_bytes((const unsigned char *) gdpr_journal_file, strlen(gdpr_journal_file));
	JournalKnown answer = {0};

	if (shared == NULL)
		return answer;
	SpinLockAcquire(&shared->mutex);
	for (int i = 0; i < DATABASES; i++)
	{
		JournalKnown *entry = &shared->known[i];

		if (entry->database != MyDatabaseId && OidIsValid(entry->database))
			continue;
		if (entry->database != MyDatabaseId || entry->schema != schema || entry->path != path)
			*entry = (JournalKnown){.database = MyDatabaseId, .schema = schema, .path = path};
		if (change)
			change(entry, value);
		answer = *entry;
		break;
	}
	SpinLockRelease(&shared->mutex);
	return answer;
}

JournalKnown
gdpr_journal_known(void (*change)(JournalKnown *, int64), int64 value)
{
	return gdpr_journal_known_of(gdpr_schema_oid(), change, value);
}

void
gdpr_journal_set_good(JournalKnown *entry, int64 value)
{
	entry->good = true;
}

void
gdpr_journal_set_restart(JournalKnown *entry, int64 value)
{
	entry->restart = true;
}

void
gdpr_journal_set_copied(JournalKnown *entry, int64 value)
{
	entry->good = true;
	entry->restart = false;
	entry->copied = value;
}

void
gdpr_journal_state_init(void)
{
	gdpr_hook_shared_memory(&memory);
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

bool
gdpr_journal_in_chain(const JournalFile *file)
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

bool
gdpr_journal_on_standby(void)
{
	return RecoveryInProgress() && access(STANDBY_SIGNAL_FILE, F_OK) == 0;
}

/* Entries of kind 'numbers' are only made while there is a file. */
static bool
had_file(const char *id)
{
	return has_entry(GDPR_JOURNAL_NUMBERS, NULL, NULL) || gdpr_journal_of_this_database(id);
}

JournalState
gdpr_journal_look(JournalFile *file, char **id)
{
	memset(file, 0, sizeof(*file));
	*id = database_id();
	if (gdpr_journal_file[0] == '\0')
		return JOURNAL_OFF;
	gdpr_journal_open(gdpr_journal_path(), *id, file);
	if (file->state == JOURNAL_MISSING)
		return *id == NULL || gdpr_journal_on_standby() || !had_file(*id) ? JOURNAL_GOOD : JOURNAL_MISSING;
	if (file->state == JOURNAL_GOOD && file->sequence > 0 && !gdpr_journal_in_chain(file) && !is_origin(file))
		return JOURNAL_AHEAD;
	return file->state;
}

const JournalStateText gdpr_journal_states[] = {
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

const char *
gdpr_journal_hint(JournalState state)
{
	if (RecoveryInProgress())
		return "If this server was restored, promote it and CALL gdpr.after_restore(); a standby that "
			   "restarted opens "
			   "by itself once it has replayed what it knew.";
	return gdpr_journal_states[state].hint;
}
