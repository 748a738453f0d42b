/*
 * worker.c
 *		The audit worker of a database, and the launcher.
 *
 *		A worker is started when there is something to write in its database, and ends when it was idle for a while,
 *		as a database with a worker cannot be dropped. Each turn: flush the queue to the spool; move what is spooled
 *		to the ledger and seal it, and events that wait for a seal; now and then an anchor. A turn that fails (a lock
 *		on the ledger, a full disk) is tried again; the queue is flushed all the same.
 *
 *		The launcher starts workers for what a crash, or the time as a standby, left in spool files.
 */
#include "audit/worker.h"

#include <signal.h>

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "audit/spool.h"
#include "ledger/entry.h"

extern PGDLLEXPORT void gdpr_audit_worker_main(Datum arg);
extern PGDLLEXPORT void gdpr_audit_launcher_main(Datum arg);

#define IDLE_MS			  2000 /* DROP DATABASE waits 5 seconds for others to leave */
#define AFTER_ERROR_MS	  1000
#define LAUNCHER_MS		  10000
#define LAUNCHER_AGAIN_MS (5 * 60 * 1000)
#define BATCH			  "5000"

int gdpr_audit_flush_interval = 200;
static int gdpr_anchor_interval = 3600;

const GdprWorkerTask *gdpr_worker_task = NULL;

static bool written = false; /* this transaction wrote events */

/* ---- who needs a worker ---- */

static void
transaction_ends(XactEvent event, void *arg)
{
	if (written && event == XACT_EVENT_COMMIT)
		gdpr_spool_need_worker(MyDatabaseId);
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		written = false;
}

static void
event_written(void)
{
	written = true;
}

/* ---- the worker ---- */

static void
pin_settings(void)
{
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("lock_timeout", "200ms", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);

	/* a spool file goes when the commit is on this disk; other hosts are not waited for */
	SetConfigOption("synchronous_commit", "local", PGC_SUSET, PGC_S_OVERRIDE);
}

/* The number that a query answers, in a transaction of its own. */
int64
gdpr_worker_run(const char *sql)
{
	int64 result = 0;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (gdpr_installed())
	{
		bool isnull;

		SPI_connect();
		PushActiveSnapshot(GetTransactionSnapshot());
		pgstat_report_activity(STATE_RUNNING, sql);
		if (SPI_execute(sql, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
			elog(ERROR, "audit worker: \"%s\" failed", sql);
		result = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		SPI_finish();
		PopActiveSnapshot();
	}
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	return result;
}

/* Of a catalog that is not this library's nothing is written: its reads stay in the spool until it is updated. */
static bool
fits_library(void)
{
	bool fits;

	StartTransactionCommand();
	fits = gdpr_catalog_fits();
	CommitTransactionCommand();
	if (!fits)
		ereport(
			LOG,
			(errmsg("audit worker stops: the extension gdpr of database %u is of another version than the "
					"library",
					MyDatabaseId),
			 errhint("ALTER EXTENSION gdpr UPDATE;")));
	return fits;
}

/*
 * Nothing without need: who restores a dump must not find the ledger's next seal there already, made of the entries
 * that were restored so far.
 */
static int64
write_ledger(void)
{
	int64 done;

	if (RecoveryInProgress() || !gdpr_spool_worker_writes())
		return 0;
	done = gdpr_worker_run("SELECT gdpr_internal.absorb_spool(" BATCH ")");
	done += gdpr_worker_run("SELECT gdpr.seal_ledger(" BATCH ")");
	if (done > 0 && gdpr_anchor_interval > 0 && gdpr_spool_anchor_due(gdpr_anchor_interval))
		gdpr_worker_run("SELECT pg_catalog.count(gdpr.anchor())");
	return done;
}

/* One turn; -1 when it failed. */
static int64
turn(bool *stay)
{
	volatile int64 done = 0;

	*stay = false;
	gdpr_spool_flush();
	PG_TRY();
	{
		done = write_ledger();
		if (gdpr_worker_task)
			done += gdpr_worker_task->turn(stay);
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		EmitErrorReport();
		AbortCurrentTransaction();
		FlushErrorState();
		RESUME_INTERRUPTS();
		pgstat_report_activity(STATE_IDLE, NULL);
		done = -1;
	}
	PG_END_TRY();
	return done;
}

static void
pause_for(long ms)
{
	int events = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);

	if (events & WL_LATCH_SET)
		ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

/* After a failure wait longer, but keep the promise about the flush interval. */
static void
pause_after_error(void)
{
	for (int waited = 0; waited < AFTER_ERROR_MS; waited += gdpr_audit_flush_interval)
	{
		pause_for(gdpr_audit_flush_interval);
		gdpr_spool_flush();
	}
}

static void
flush_at_exit(int code, Datum arg)
{
	gdpr_spool_flush();
}

void
gdpr_audit_worker_main(Datum arg)
{
	MemoryContext context;
	TimestampTz busy_at;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(arg), InvalidOid, 0);
	if (!gdpr_spool_worker_began())
		proc_exit(0);
	before_shmem_exit(flush_at_exit, (Datum) 0); /* called before the slot is given up */
	pin_settings();
	if (!fits_library())
		proc_exit(0);
	context = AllocSetContextCreate(TopMemoryContext, "gdpr audit worker", ALLOCSET_DEFAULT_SIZES);
	busy_at = GetCurrentTimestamp();

	for (;;)
	{
		int64 done;
		bool idle;
		bool stay;

		MemoryContextSwitchTo(context);
		MemoryContextReset(context);
		done = turn(&stay);
		if (done > 0)
			busy_at = GetCurrentTimestamp();
		idle = gdpr_spool_worker_dismissed() ||
			   (!stay && TimestampDifferenceExceeds(busy_at, GetCurrentTimestamp(), IDLE_MS));
		gdpr_spool_worker_idle(idle);
		if (idle && done == 0)
		{
			/* once more, to drop the spool file that no one needs now */
			turn(&stay);
			if (gdpr_spool_worker_may_end())
				proc_exit(0);
		}
		if (idle && done < 0)
			proc_exit(1); /* the spool keeps what it has; the launcher or the next read comes back to it */
		if (done < 0)
			pause_after_error();
		else
			pause_for(gdpr_audit_flush_interval);
	}
}

/* ---- the launcher ---- */

static void
start_for_leftovers(void)
{
	DIR *directory = AllocateDir(SPOOL_DIRECTORY);
	struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = ReadDirExtended(directory, SPOOL_DIRECTORY, LOG)) != NULL)
	{
		char path[MAXPGPATH];
		DIR *files;
		struct dirent *file;
		bool any = false;
		Oid database = (Oid) strtoul(entry->d_name, NULL, 10);

		if (!OidIsValid(database))
			continue;
		snprintf(path, sizeof(path), SPOOL_DIRECTORY "/%u", database);
		files = AllocateDir(path);
		while (files && (file = ReadDirExtended(files, path, LOG)) != NULL)
			any |= file->d_name[0] != '.' && strstr(file->d_name, ".torn") == NULL;
		if (files)
			FreeDir(files);
		if (any)
			gdpr_spool_need_worker(database);
	}
	FreeDir(directory);
}

/*
 * Also those that no one uses, on a standby that no one uses; their workers soon end where there is nothing to do. They
 * seal what a crash, or the primary before us, left unsealed; but only when the server has just begun, as later a
 * database may be in the middle of a restore. False when there were not workers enough: the next call goes on from
 * there.
 */
static bool
look_into_databases(bool begun)
{
	static Oid from = InvalidOid;
	List *databases = NIL;
	ListCell *cell;
	Relation rel;
	TableScanDesc scan;
	HeapTuple tuple;
	MemoryContext context = CurrentMemoryContext;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext transaction = MemoryContextSwitchTo(context);

		if (database->datallowconn && !database->datistemplate)
			databases = lappend_oid(databases, database->oid);
		MemoryContextSwitchTo(transaction);
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	list_sort(databases, list_oid_cmp);
	foreach (cell, databases)
	{
		if (lfirst_oid(cell) >= from && !gdpr_spool_look_in(lfirst_oid(cell), begun))
		{
			from = lfirst_oid(cell);
			break;
		}
	}
	if (cell == NULL)
		from = InvalidOid;
	list_free(databases);
	return cell == NULL;
}

void
gdpr_audit_launcher_main(Datum arg)
{
	TimestampTz looked_at = 0;
	TimestampTz configured_at;
	bool recovering = true; /* until we know better: the server begins with recovery */
	bool begun = false;
	bool everywhere = true;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(InvalidOid, InvalidOid, 0);
	configured_at = PgReloadTime;
	for (;;)
	{
		bool due = looked_at == 0 || configured_at != PgReloadTime || (recovering && !RecoveryInProgress()) ||
				   TimestampDifferenceExceeds(looked_at, GetCurrentTimestamp(), LAUNCHER_AGAIN_MS);

		if (due)
		{
			begun = recovering && !RecoveryInProgress();
			recovering = RecoveryInProgress();
			looked_at = GetCurrentTimestamp();
			configured_at = PgReloadTime;
			/* a standby has nowhere to bring what it spooled, until it is promoted */
			if (!recovering)
				start_for_leftovers();
		}
		if ((due || !everywhere) && gdpr_worker_task && gdpr_worker_task->wanted())
			everywhere = look_into_databases(begun);
		pause_for(LAUNCHER_MS);
	}
}

void
gdpr_audit_worker_init(void)
{
	BackgroundWorker launcher = {0};

	/* What a crash may lose under gdpr.audit = 'async'; shorter means more writes. */
	DefineCustomIntVariable("gdpr.audit_flush_interval",
							"Time after which recorded reads are on disk at the latest.", NULL,
							&gdpr_audit_flush_interval, 200, 10, 10000, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL,
							NULL);

	/* How much of the ledger's end someone who controls the server could rewrite unseen. */
	DefineCustomIntVariable(
		"gdpr.anchor_interval",
		"Time between anchors of the ledger while it grows; 0 leaves them to gdpr.anchor().", NULL,
		&gdpr_anchor_interval, 3600, 0, 7 * 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	gdpr_event_written = event_written;
	RegisterXactCallback(transaction_ends, NULL);
	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	launcher.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	launcher.bgw_start_time = BgWorkerStart_ConsistentState;
	launcher.bgw_restart_time = 5;
	snprintf(launcher.bgw_library_name, sizeof(launcher.bgw_library_name), "gdpr");
	snprintf(launcher.bgw_function_name, sizeof(launcher.bgw_function_name), "gdpr_audit_launcher_main");
	snprintf(launcher.bgw_name, sizeof(launcher.bgw_name), "gdpr audit launcher");
	snprintf(launcher.bgw_type, sizeof(launcher.bgw_type), "gdpr audit launcher");
	RegisterBackgroundWorker(&launcher);
}
