/*
 * keys_in_use.c
 *		Reads which master keys wrap the people and the secret of a database: of this one here, of every other in a
 *		background worker of a moment (see keys_in_use.h). The rows are read by C alone: whatever another database
 *		holds, none of its code runs.
 */
#include "subject/keys_in_use.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "crypto/keyring.h"
#include "subject/subject.h"

#define WRITERS_WAIT_MS 2000
#define WRITERS_POLL_MS 20
#define META_SECRET		3	 /* the column of gdpr.meta */
#define DATABASE_BROKEN (-2) /* datconnlimit of one whose DROP was cut off */

/* ---- of the database that we are connected to ---- */

/* Keys that never changed since the server began are no older ones; but a prepared transaction is older than that. */
static bool
may_have_older_key(VirtualTransactionId writer)
{
	return gdpr_keyring_generation() != 1 || VirtualTransactionIdIsRecoveredPreparedXact(writer);
}

/*
 * A transaction that writes people now may have taken an older key, and has shown nothing yet. False when one does not
 * end in time. Those that come later take the active key.
 */
static bool
writers_end(GdprRelation relation)
{
	LOCKTAG tag;
	int count;
	VirtualTransactionId *writers;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, gdpr_relation_oid(relation));
	writers = GetLockConflicts(&tag, ShareLock, &count);
	for (int i = 0, waited = 0; i < count;)
	{
		if (!may_have_older_key(writers[i]) || VirtualXactLock(writers[i], false))
			i++;
		else if ((waited += WRITERS_POLL_MS) > WRITERS_WAIT_MS)
			return false;
		else
			pg_usleep(WRITERS_POLL_MS * 1000L);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* The place where a key is counted; NULL when there is no more room. */
static GdprKeyUse *
use_of(GdprKeyUses *uses, const uint8 *fingerprint)
{
	static const uint8 malformed[GDPR_FINGERPRINT_LEN] = {0};

	if (fingerprint == NULL)
		fingerprint = malformed;
	for (int i = 0; i < uses->count; i++)
	{
		if (memcmp(uses->uses[i].fingerprint, fingerprint, GDPR_FINGERPRINT_LEN) == 0)
			return &uses->uses[i];
	}
	if (uses->count == GDPR_KEY_USES)
		return NULL;
	memset(&uses->uses[uses->count], 0, sizeof(GdprKeyUse));
	memcpy(uses->uses[uses->count].fingerprint, fingerprint, GDPR_FINGERPRINT_LEN);
	return &uses->uses[uses->count++];
}

/* Count the wrapped keys in a column of a relation; false when there is no more room. */
static bool
count_uses(GdprKeyUses *uses, GdprRelation relation, int column)
{
	Relation rel = table_open(gdpr_relation_oid(relation), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;
	bool room = true;

	while (room && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool isnull;
		Datum datum = heap_getattr(tuple, column, RelationGetDescr(rel), &isnull);
		bytea *wrapped = isnull ? NULL : DatumGetByteaPP(datum);
		GdprKeyUse *use;

		CHECK_FOR_INTERRUPTS();
		if (wrapped == NULL)
			continue; /* erased */
		use = use_of(uses, gdpr_wrapped_by((const uint8 *) VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped)));
		room = use != NULL;
		if (room && relation == GDPR_META)
			use->secret = true;
		else if (room)
			use->people++;
		if ((Pointer) wrapped != DatumGetPointer(datum))
			pfree(wrapped);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return room;
}

/* Answer for the database that we are connected to, waiting a little for those who write people. */
static void
read_uses(GdprKeyUses *uses)
{
	uses->count = 0;
	if (!gdpr_installed())
		uses->answer = GDPR_KEYS_NONE;
	else if (!writers_end(GDPR_META) || !writers_end(GDPR_SUBJECT))
		uses->answer = GDPR_KEYS_BUSY;
	else if (!count_uses(uses, GDPR_META, META_SECRET) ||
			 !count_uses(uses, GDPR_SUBJECT, SUBJECT_WRAPPED_KEY))
		uses->answer = GDPR_KEYS_MANY;
	else
		uses->answer = GDPR_KEYS_READ;
}

/* ---- of another ---- */

/* The worker: reads the database that the segment names, and answers there. */
void
gdpr_keys_in_use_main(Datum arg)
{
	Oid database;

	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(database));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
	pgstat_report_activity(STATE_RUNNING, "reading which master keys are in use");
	StartTransactionCommand();
	{
		dsm_segment *segment = dsm_attach(DatumGetUInt32(arg));
		GdprKeyUses *uses = palloc0(sizeof(GdprKeyUses));
		GdprKeyUses *shared;

		if (segment == NULL)
			proc_exit(0); /* who asked has gone */
		shared = dsm_segment_address(segment);
		read_uses(uses);
		memcpy(shared->uses, uses->uses, sizeof(uses->uses));
		shared->count = uses->count;
		pg_write_barrier();
		shared->answer = uses->answer;
		dsm_detach(segment);
	}
	CommitTransactionCommand();
	proc_exit(0);
}

static bool
start_worker(Oid database, dsm_handle segment, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(segment);
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &database, sizeof(database));
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "gdpr");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "gdpr_keys_in_use_main");
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "gdpr keys in use of database %u", database);
	snprintf(worker.bgw_type, sizeof(worker.bgw_type), "gdpr keys in use");
	return RegisterDynamicBackgroundWorker(&worker, handle);
}

static void
ask_other(GdprKeyUses *uses)
{
	dsm_segment *segment = dsm_create(sizeof(GdprKeyUses), 0);
	GdprKeyUses *shared = dsm_segment_address(segment);
	BackgroundWorkerHandle *handle;

	memset(shared, 0, sizeof(GdprKeyUses));
	if (!start_worker(uses->database, dsm_segment_handle(segment), &handle))
		uses->answer = GDPR_KEYS_NO_WORKER;
	else
	{
		if (WaitForBackgroundWorkerShutdown(handle) == BGWH_POSTMASTER_DIED)
			ereport(FATAL, (errcode(ERRCODE_ADMIN_SHUTDOWN), errmsg("the server has ended")));
		pfree(handle);
		uses->answer = shared->answer;
		pg_read_barrier();
		uses->count = shared->count;
		memcpy(uses->uses, shared->uses, sizeof(uses->uses));
	}
	dsm_detach(segment);
}

/* The databases of the server; one whose DROP was cut off cannot be connected to, and nothing of it can be read. */
static List *
databases(void)
{
	List *found = NIL;
	Relation rel = table_open(DatabaseRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (database->datconnlimit != DATABASE_BROKEN)
			found = lappend_oid(found, database->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

List *
gdpr_ask_keys_in_use(void)
{
	List *answers = NIL;
	ListCell *cell;

	foreach (cell, databases())
	{
		GdprKeyUses *uses = palloc0(sizeof(GdprKeyUses));

		uses->database = lfirst_oid(cell);
		if (uses->database == MyDatabaseId)
			read_uses(uses);
		else
			ask_other(uses);
		answers = lappend(answers, uses);
	}
	return answers;
}
