/*
 * spool.c
 *		From the queue (spool_slot.h) to the file of the database (spool_file.c); see spool.h.
 *
 *		Nothing here raises an error once it has begun, as hand-over also happens while a transaction aborts and a
 *		process exits.
 */
#include "audit/spool_slot.h"

#include <unistd.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(gdpr_audit_status);
PG_FUNCTION_INFO_V1(gdpr_spool_drop);

static bool
has_room(SpoolSlot *slot, uint32 len)
{
	SpoolBlock *tail = slot->tail == NO_BLOCK ? NULL : &gdpr_queue->blocks[slot->tail];
	int block;

	if (tail && BLOCK_DATA - tail->used >= len)
		return true;
	block = gdpr_queue->free;
	if (block == NO_BLOCK)
		return false;
	gdpr_queue->free = gdpr_queue->blocks[block].next;
	gdpr_queue->free_count--;
	gdpr_queue->blocks[block].next = NO_BLOCK;
	gdpr_queue->blocks[block].used = 0;
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
	SpoolSlot *slot;
	bool room;
	bool start = false;

	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	slot = gdpr_my_slot();
	room = slot != NULL && has_room(slot, record->len);
	if (room)
	{
		SpoolBlock *block = &gdpr_queue->blocks[slot->tail];

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
	number = gdpr_queue->next_file++;
	LWLockRelease(QUEUE_LOCK);
	return number;
}

/* All or nothing. */
static bool
write_blocks(SpoolSlot *slot, int head)
{
	uint64 at;

	if (!gdpr_spool_file_open(&slot->file, slot->database, gdpr_queue->boot, next_file_number))
		return false;
	at = slot->file.size;
	for (int i = head; i != NO_BLOCK; i = gdpr_queue->blocks[i].next)
		if (!gdpr_spool_file_put(gdpr_queue->blocks[i].data, gdpr_queue->blocks[i].used, &at))
			return false;
	return gdpr_spool_file_commit(&slot->file, at);
}

static void
take_blocks(SpoolSlot *slot, int *head, int *tail, int *count, uint64 *appended)
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
return_blocks(SpoolSlot *slot, int head, int tail, int count, bool written)
{
	LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
	if (written)
	{
		gdpr_queue->blocks[tail].next = gdpr_queue->free;
		gdpr_queue->free = head;
		gdpr_queue->free_count += count;
	}
	else
	{
		/* back to the front: others may have appended meanwhile */
		gdpr_queue->blocks[tail].next = slot->head;
		if (slot->head == NO_BLOCK)
			slot->tail = tail;
		slot->head = head;
		slot->blocks += count;
	}
	LWLockRelease(QUEUE_LOCK);
}

/* Make what the slot holds durable, at least the first `wanted` records. */
static bool
flush(SpoolSlot *slot, uint64 wanted)
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
flush_and_tell(SpoolSlot *slot, uint64 wanted)
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
	SpoolSlot *slot;

	LWLockAcquire(QUEUE_LOCK, LW_SHARED);
	slot = gdpr_mine != NULL && gdpr_mine->database == MyDatabaseId ? gdpr_mine
																	: gdpr_slot_of(MyDatabaseId, false);
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
		if (OidIsValid(gdpr_queue->slots[i].database) && gdpr_queue->slots[i].head != NO_BLOCK)
			any |= flush_and_tell(&gdpr_queue->slots[i], gdpr_queue->slots[i].appended);
	return any;
}

bool
gdpr_spool_healthy(void)
{
	/* asked before the first reveal of each statement: what the lock would add is that the answer is no older */
	if (gdpr_mine == NULL || gdpr_mine->database != MyDatabaseId)
	{
		LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
		gdpr_my_slot();
		LWLockRelease(QUEUE_LOCK);
	}
	return gdpr_mine != NULL && (gdpr_mine->last_error == 0 || gdpr_queue->free_count > 0);
}

/* The ledger that the spool of a database was for is gone. */
void
gdpr_spool_remove(Oid database)
{
	char path[MAXPGPATH];
	SpoolSlot *slot = NULL;

	snprintf(path, sizeof(path), SPOOL_DIRECTORY "/%u", database);
	if (gdpr_queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_SHARED);
		slot = gdpr_slot_of(database, false);
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
	SpoolSlot *slot = NULL;
	bool gone;

	if (gdpr_queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_EXCLUSIVE);
		slot = gdpr_my_slot();
		LWLockRelease(QUEUE_LOCK);
	}
	if (slot)
		LWLockAcquire(SLOT_LOCK(slot), LW_EXCLUSIVE);
	if (slot && boot == gdpr_queue->boot && file == slot->file.number)
	{
		/* the current file goes only when no one will need it soon */
		gone = gdpr_mine_idle && (int64) slot->file.size == size &&
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
	SpoolSlot *slot = NULL;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (gdpr_queue != NULL)
	{
		LWLockAcquire(QUEUE_LOCK, LW_SHARED);
		slot = gdpr_slot_of(MyDatabaseId, false);
		LWLockRelease(QUEUE_LOCK);
	}
	nulls[0] = slot == NULL || slot->worker == 0;
	nulls[4] = slot == NULL || slot->last_error == 0;
	if (slot)
	{
		values[0] = Int32GetDatum(slot->worker);
		values[1] = Int64GetDatum((int64) slot->blocks * sizeof(SpoolBlock));
		values[2] = Int64GetDatum((int64) (slot->appended - slot->spooled));
		values[3] = Int64GetDatum(slot->file.number ? (int64) slot->file.size : 0);
		if (!nulls[4])
			values[4] = CStringGetTextDatum(strerror(slot->last_error));
		values[5] = BoolGetDatum(slot->worker == 0 && slot->worker_refused);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
