/*
 * spool_worker.c
 *		The coming and going of the worker of a database: who needs one, and what it says of itself in the slot.
 */
#include "audit/spool_slot.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

#define START_RETRY_MS 5000

bool gdpr_mine_idle = false;

/* worker.c has its main function. */
static bool
start_worker(Oid database)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "gdpr");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "gdpr_audit_worker_main");
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "gdpr audit");
	snprintf(worker.bgw_type, sizeof(worker.bgw_type), "gdpr audit");
	return RegisterDynamicBackgroundWorker(&worker, NULL);
}

static bool
want_worker(Oid database, bool writes)
{
	TimestampTz now = GetCurrentTimestamp();
	SpoolSlot *slot;
	bool start;

	if (gdpr_queue == NULL)
		return false;
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = gdpr_slot_of(database, true);
	start =
		slot != NULL && slot->worker == 0 &&
		(slot->worker_wanted == 0 || TimestampDifferenceExceeds(slot->worker_wanted, now, START_RETRY_MS));
	if (start)
		slot->worker_wanted = now;
	if (slot)
		slot->worker_writes |= writes;
	LWLockRelease(QUEUE_LOCK);
	if (start && !start_worker(database))
	{
		slot->worker_refused = slot->worker_writes;
		return false;
	}
	if (start)
		slot->worker_refused = false;
	return slot != NULL;
}

void
gdpr_spool_need_worker(Oid database)
{
	want_worker(database, true);
}

bool
gdpr_spool_look_in(Oid database, bool writes)
{
	return want_worker(database, writes);
}

bool
gdpr_spool_worker_writes(void)
{
	return gdpr_mine->worker_writes;
}

static void
worker_gone(int code, Datum arg)
{
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	if (gdpr_mine && gdpr_mine->worker == MyProcPid)
	{
		gdpr_mine->worker = 0;
		gdpr_mine->worker_proc = NULL;
	}
	LWLockRelease(QUEUE_LOCK);
}

bool
gdpr_spool_worker_began(void)
{
	SpoolSlot *slot;
	bool alone;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = gdpr_my_slot();
	alone = slot != NULL && slot->worker == 0;
	if (alone)
	{
		slot->worker = MyProcPid;
		slot->worker_proc = MyProc;
		slot->worker_wanted = 0;
		slot->worker_dismissed = false;
	}
	LWLockRelease(QUEUE_LOCK);
	if (alone)
		before_shmem_exit(worker_gone, (Datum) 0);
	return alone;
}

bool
gdpr_spool_worker_may_end(void)
{
	bool empty;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	empty = gdpr_mine->head == NO_BLOCK;
	if (empty)
	{
		gdpr_mine->worker = 0;
		gdpr_mine->worker_proc = NULL;
		gdpr_mine->worker_writes = false;
	}
	LWLockRelease(QUEUE_LOCK);
	return empty;
}

void
gdpr_spool_dismiss_worker(Oid database)
{
	SpoolSlot *slot;

	if (gdpr_queue == NULL)
		return;
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = gdpr_slot_of(database, false);
	if (slot && slot->worker_proc)
	{
		slot->worker_dismissed = true;
		SetLatch(&slot->worker_proc->procLatch);
	}
	LWLockRelease(QUEUE_LOCK);
}

bool
gdpr_spool_worker_dismissed(void)
{
	return gdpr_mine->worker_dismissed;
}

void
gdpr_spool_worker_idle(bool idle)
{
	gdpr_mine_idle = idle;
}

bool
gdpr_spool_anchor_due(int seconds)
{
	TimestampTz now = GetCurrentTimestamp();

	if (gdpr_mine->anchored_at != 0 &&
		!TimestampDifferenceExceeds(gdpr_mine->anchored_at, now, seconds * 1000))
		return false;
	gdpr_mine->anchored_at = now;
	return true;
}
