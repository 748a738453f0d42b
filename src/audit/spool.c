/*
 * spool.c
 *		The queue in shared memory (see spool.h); the files behind it are spool_file.c's.
 *
 *		Nothing here raises an error once it has begun, as hand-over also happens while a transaction aborts and a
 *		process exits. Two locks: the queue's, for lists and counters, never held during I/O; and one per database
 *		for its file. Who takes both takes the file's first.
 */
#include "audit/spool.h"

#include <unistd.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "audit/spool_file.h"
#include "hooks.h"

PG_FUNCTION_INFO_V1(gdpr_audit_status);
PG_FUNCTION_INFO_V1(gdpr_spool_drop);

#define BLOCK_DATA	   (16 * 1024 - 8)
#define NO_BLOCK	   (-1)
#define SLOTS		   64 /* databases that read personal data at the same time */
#define START_RETRY_MS 5000

typedef struct Block
{
	int next;
	uint32 used;
	char data[BLOCK_DATA];
} Block;

/* One database. */
typedef struct Slot
{
	/* under the queue's lock */
	Oid database;
	int head;
	int tail;
	int blocks;
	pid_t worker;
	PGPROC *worker_proc;
	TimestampTz worker_wanted; /* a start was asked for, and has not been heard of since */
	bool worker_refused;	   /* no background worker was to be had */
	bool worker_writes;		   /* somebody has something for the ledger */
	bool worker_dismissed;
	uint64 appended; /* records, ever */

	/* of the worker alone */
	TimestampTz anchored_at;

	/* under the slot's own lock */
	uint64 spooled; /* records, ever */
	SpoolFile file;
	int last_error; /* errno, 0 = the last write went well */
} Slot;

typedef struct Queue
{
	uint64 boot;
	uint64 next_file;
	int free;
	int free_count;
	int block_count;
	Slot slots[SLOTS];
	Block blocks[FLEXIBLE_ARRAY_MEMBER];
} Queue;

static int gdpr_audit_queue_size = 4096;

static Queue *queue = NULL;
static LWLockPadded *locks = NULL; /* the queue's, then one per slot */

#define QUEUE_LOCK		(&locks[0].lock)
#define SLOT_LOCK(slot) (&locks[1 + ((slot) -queue->slots)].lock)

/* This process's slot. */
static Slot *mine = NULL;
static bool worker_idle = false;

static int
block_count(void)
{
	return Max(8, gdpr_audit_queue_size / (int) (sizeof(Block) / 1024));
}

static Size
queue_size(void)
{
	return offsetof(Queue, blocks) + sizeof(Block) * block_count();
}

static void
set_up(void)
{
	memset(queue, 0, offsetof(Queue, blocks));
	if (!pg_strong_random(&queue->boot, sizeof(queue->boot)))
		elog(ERROR, "could not draw a random number");
	queue->boot &= PG_INT64_MAX;
	queue->next_file = 1;
	queue->block_count = queue->free_count = block_count();
	for (int i = 0; i < queue->block_count; i++)
		queue->blocks[i].next = i + 1 < queue->block_count ? i + 1 : NO_BLOCK;
	queue->free = 0;
	for (int i = 0; i < SLOTS; i++)
		queue->slots[i].head = queue->slots[i].tail = NO_BLOCK;
}

static void
attach(void *area, LWLockPadded *of_area, bool fresh)
{
	queue = area;
	locks = of_area;
	if (fresh)
		set_up();
}

static const GdprSharedMemory memory = {.name = "gdpr_audit",
										.size = queue_size,
										.locks = 1 + SLOTS,
										.attach = attach};

void
gdpr_spool_init(void)
{
	/* A setting of the server's start cannot be defined later, and there is no queue then. */
	if (!process_shared_preload_libraries_in_progress)
		return;

	/* How much may wait for the disk: more makes a stall of the disk shorter felt. */
	DefineCustomIntVariable("gdpr.audit_queue_size",
							"Shared memory for reads that are recorded but not yet on disk.", NULL,
							&gdpr_audit_queue_size, 4096, 256, 1024 * 1024, PGC_POSTMASTER, GUC_UNIT_KB, NULL,
							NULL, NULL);
	gdpr_hook_shared_memory(&memory);
}

bool
gdpr_spool_ready(void)
{
	return queue != NULL && OidIsValid(MyDatabaseId);
}

/* ---- slots; under the queue's lock ---- */

static Slot *
slot_of(Oid database, bool make)
{
	Slot *unused = NULL;

	for (int i = 0; i < SLOTS; i++)
	{
		Slot *slot = &queue->slots[i];

		if (slot->database == database)
			return slot;
		if (unused == NULL &&
			(!OidIsValid(slot->database) || (slot->head == NO_BLOCK && slot->worker == 0 &&
											 slot->file.number == 0 && slot->appended == slot->spooled)))
			unused = slot;
	}
	if (!make || unused == NULL)
		return NULL;
	unused->database = database;
	unused->worker_wanted = 0;
	unused->worker_refused = unused->worker_dismissed = unused->worker_writes = false;
	unused->last_error = 0;
	unused->anchored_at = 0;
	return unused;
}

static Slot *
my_slot(void)
{
	if (mine == NULL || mine->database != MyDatabaseId)
		mine = slot_of(MyDatabaseId, true);
	return mine;
}

static bool
has_room(Slot *slot, uint32 len)
{
	Block *tail = slot->tail == NO_BLOCK ? NULL : &queue->blocks[slot->tail];
	int block;

	if (tail && BLOCK_DATA - tail->used >= len)
		return true;
	block = queue->free;
	if (block == NO_BLOCK)
		return false;
	queue->free = queue->blocks[block].next;
	queue->free_count--;
	queue->blocks[block].next = NO_BLOCK;
	queue->blocks[block].used = 0;
	if (tail)
		tail->next = block;
	else
		slot->head = block;
	slot->tail = block;
	slot->blocks++;
	return true;
}

bool
gdpr_spool_append(const SpoolRecord *record)
{
	Slot *slot;
	bool room;
	bool start = false;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = my_slot();
	room = slot != NULL && has_room(slot, record->len);
	if (room)
	{
		Block *block = &queue->blocks[slot->tail];

		memcpy(block->data + block->used, record, record->len);
		block->used += record->len;
		slot->appended++;
		slot->worker_writes = true;
		start = slot->worker == 0;
	}
	LWLockRelease(QUEUE_LOCK);
	if (start)
		gdpr_spool_need_worker(MyDatabaseId);
	return room;
}

/* ---- to the file; under the slot's lock ---- */

static uint64
next_file_number(void)
{
	uint64 number;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	number = queue->next_file++;
	LWLockRelease(QUEUE_LOCK);
	return number;
}

/* All or nothing. */
static bool
write_blocks(Slot *slot, int head)
{
	uint64 at;

	if (!gdpr_spool_file_open(&slot->file, slot->database, queue->boot, next_file_number))
		return false;
	at = slot->file.size;
	for (int i = head; i != NO_BLOCK; i = queue->blocks[i].next)
		if (!gdpr_spool_file_put(queue->blocks[i].data, queue->blocks[i].used, &at))
			return false;
	return gdpr_spool_file_commit(&slot->file, at);
}

static void
take_blocks(Slot *slot, int *head, int *tail, int *count, uint64 *appended)
{
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	*head = slot->head;
	*tail = slot->tail;
	*count = slot->blocks;
	*appended = slot->appended;
	slot->head = slot->tail = NO_BLOCK;
	slot->blocks = 0;
	LWLockRelease(QUEUE_LOCK);
}

static void
return_blocks(Slot *slot, int head, int tail, int count, bool written)
{
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	if (written)
	{
		queue->blocks[tail].next = queue->free;
		queue->free = head;
		queue->free_count += count;
	}
	else
	{
		/* back to the front: others may have appended meanwhile */
		queue->blocks[tail].next = slot->head;
		if (slot->head == NO_BLOCK)
			slot->tail = tail;
		slot->head = head;
		slot->blocks += count;
	}
	LWLockRelease(QUEUE_LOCK);
}

/* Make what the slot holds durable, at least the first `wanted` records. */
static bool
flush(Slot *slot, uint64 wanted)
{
	int head;
	int tail;
	int count;
	uint64 appended;
	bool written = true;

	LWLockAcquire(SLOT_LOCK(slot), LW_EXCLUSIVE);
	if (slot->spooled < wanted)
	{
		take_blocks(slot, &head, &tail, &count, &appended);
		if (head != NO_BLOCK)
		{
			written = write_blocks(slot, head);
			slot->last_error = written ? 0 : errno;
			return_blocks(slot, head, tail, count, written);
		}
		if (written)
			slot->spooled = appended;
	}
	LWLockRelease(SLOT_LOCK(slot));
	return written;
}

/* Each failure is said once; the queue keeps what could not be written. */
static bool
flush_and_tell(Slot *slot, uint64 wanted)
{
	static int told = 0;
	bool written;

	if (slot == NULL)
		return false;
	written = flush(slot, wanted);
	if (!written && told != slot->last_error)
	{
		errno = told = slot->last_error;
		ereport(LOG,
				(errmsg("could not write the audit spool in \"%s/%u\": %m", SPOOL_DIRECTORY, slot->database),
				 errhint("Reads wait in memory until there is room; then gdpr.audit_queue_full decides.")));
	}
	else if (written)
		told = 0;
	return written;
}

bool
gdpr_spool_flush(void)
{
	uint64 wanted = 0;
	Slot *slot;

	LWLockAcquire(QUEUE_LOCK, LW_SHARED);
	slot = mine != NULL && mine->database == MyDatabaseId ? mine : slot_of(MyDatabaseId, false);
	if (slot)
		wanted = slot->appended;
	LWLockRelease(QUEUE_LOCK);
	return slot == NULL || wanted == 0 || flush_and_tell(slot, wanted);
}

bool
gdpr_spool_flush_all(void)
{
	bool any = false;

	for (int i = 0; i < SLOTS; i++)
		if (OidIsValid(queue->slots[i].database) && queue->slots[i].head != NO_BLOCK)
			any |= flush_and_tell(&queue->slots[i], queue->slots[i].appended);
	return any;
}

bool
gdpr_spool_healthy(void)
{
	/* asked before the first reveal of each statement: what the lock would add is that the answer is no older */
	if (mine == NULL || mine->database != MyDatabaseId)
	{
		LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
		my_slot();
		LWLockRelease(QUEUE_LOCK);
	}
	return mine != NULL && (mine->last_error == 0 || queue->free_count > 0);
}

/* ---- the worker's coming and going ---- */

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
	Slot *slot;
	bool start;

	if (queue == NULL)
		return false;
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = slot_of(database, true);
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
	return mine->worker_writes;
}

static void
worker_gone(int code, Datum arg)
{
	gdpr_spool_flush();
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	if (mine && mine->worker == MyProcPid)
	{
		mine->worker = 0;
		mine->worker_proc = NULL;
	}
	LWLockRelease(QUEUE_LOCK);
}

bool
gdpr_spool_worker_began(void)
{
	Slot *slot;
	bool alone;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = my_slot();
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
	empty = mine->head == NO_BLOCK;
	if (empty)
	{
		mine->worker = 0;
		mine->worker_proc = NULL;
		mine->worker_writes = false;
	}
	LWLockRelease(QUEUE_LOCK);
	return empty;
}

void
gdpr_spool_dismiss_worker(Oid database)
{
	Slot *slot;

	if (queue == NULL)
		return;
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = slot_of(database, false);
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
	return mine->worker_dismissed;
}

void
gdpr_spool_worker_idle(bool idle)
{
	worker_idle = idle;
}

bool
gdpr_spool_anchor_due(int seconds)
{
	TimestampTz now = GetCurrentTimestamp();

	if (mine->anchored_at != 0 && !TimestampDifferenceExceeds(mine->anchored_at, now, seconds * 1000))
		return false;
	mine->anchored_at = now;
	return true;
}

/* The ledger that the spool of a database was for is gone. */
void
gdpr_spool_remove(Oid database)
{
	char path[MAXPGPATH];
	Slot *slot = NULL;

	snprintf(path, sizeof(path), SPOOL_DIRECTORY "/%u", database);
	if (queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_SHARED);
		slot = slot_of(database, false);
		LWLockRelease(QUEUE_LOCK);
	}
	if (slot)
	{
		int head;
		int tail;
		int count;
		uint64 appended;

		LWLockAcquire(SLOT_LOCK(slot), LW_EXCLUSIVE);
		take_blocks(slot, &head, &tail, &count, &appended);
		if (head != NO_BLOCK)
			return_blocks(slot, head, tail, count, true);
		slot->spooled = appended;
		slot->file.number = 0;
		LWLockRelease(SLOT_LOCK(slot));
	}
	if (access(path, F_OK) == 0)
		rmtree(path, true);
}

/* ---- SQL ---- */

/*
 * (boot, file, size): the committed position says that this much of the file is in the ledger, all of it when size is
 * negative. True when the file went.
 */
Datum
gdpr_spool_drop(PG_FUNCTION_ARGS)
{
	uint64 boot = (uint64) PG_GETARG_INT64(0);
	uint64 file = (uint64) PG_GETARG_INT64(1);
	int64 size = PG_GETARG_INT64(2);
	Slot *slot = NULL;
	bool gone;

	if (queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
		slot = my_slot();
		LWLockRelease(QUEUE_LOCK);
	}
	if (slot)
		LWLockAcquire(SLOT_LOCK(slot), LW_EXCLUSIVE);
	if (slot && boot == queue->boot && file == slot->file.number)
	{
		/* the current file goes only when nobody will need it soon */
		gone = worker_idle && (int64) slot->file.size == size &&
			   gdpr_spool_file_remove(MyDatabaseId, boot, file, -1);
		if (gone)
			slot->file.number = 0;
	}
	else
		gone = gdpr_spool_file_remove(MyDatabaseId, boot, file, size);
	if (slot)
		LWLockRelease(SLOT_LOCK(slot));
	PG_RETURN_BOOL(gone);
}

Datum
gdpr_audit_status(PG_FUNCTION_ARGS)
{
	TupleDesc desc;
	Datum values[6] = {0};
	bool nulls[6] = {false};
	Slot *slot = NULL;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_SHARED);
		slot = slot_of(MyDatabaseId, false);
		LWLockRelease(QUEUE_LOCK);
	}
	nulls[0] = slot == NULL || slot->worker == 0;
	nulls[4] = slot == NULL || slot->last_error == 0;
	if (slot)
	{
		values[0] = Int32GetDatum(slot->worker);
		values[1] = Int64GetDatum((int64) slot->blocks * sizeof(Block));
		values[2] = Int64GetDatum((int64) (slot->appended - slot->spooled));
		values[3] = Int64GetDatum(slot->file.number ? (int64) slot->file.size : 0);
		if (!nulls[4])
			values[4] = CStringGetTextDatum(strerror(slot->last_error));
		values[5] = BoolGetDatum(slot->worker == 0 && slot->worker_refused);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
