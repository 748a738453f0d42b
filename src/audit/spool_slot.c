/*
 * spool_slot.c
 *		Sets up the queue in shared memory, and finds the slot of a database (see spool_slot.h).
 */
#include "audit/spool_slot.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "hooks.h"

static int gdpr_audit_queue_size = 4096;

SpoolQueue *gdpr_queue = NULL;
LWLockPadded *gdpr_queue_locks = NULL;
SpoolSlot *gdpr_mine = NULL;

static int
block_count(void)
{
	return Max(8, gdpr_audit_queue_size / (int) (sizeof(SpoolBlock) / 1024));
}

static Size
queue_size(void)
{
	return offsetof(SpoolQueue, blocks) + sizeof(SpoolBlock) * block_count();
}

static void
set_up(void)
{
	memset(gdpr_queue, 0, offsetof(SpoolQueue, blocks));
	if (!pg_strong_random(&gdpr_queue->boot, sizeof(gdpr_queue->boot)))
		elog(ERROR, "could not draw a random number");
	gdpr_queue->boot &= PG_INT64_MAX;
	gdpr_queue->next_file = 1;
	gdpr_queue->block_count = gdpr_queue->free_count = block_count();
	for (int i = 0; i < gdpr_queue->block_count; i++)
		gdpr_queue->blocks[i].next = i + 1 < gdpr_queue->block_count ? i + 1 : NO_BLOCK;
	gdpr_queue->free = 0;
	for (int i = 0; i < SLOTS; i++)
		gdpr_queue->slots[i].head = gdpr_queue->slots[i].tail = NO_BLOCK;
}

static void
attach(void *area, LWLockPadded *of_area, bool fresh)
{
	gdpr_queue = area;
	gdpr_queue_locks = of_area;
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
	return gdpr_queue != NULL && OidIsValid(MyDatabaseId);
}

SpoolSlot *
gdpr_slot_of(Oid database, bool make)
{
	SpoolSlot *unused = NULL;

	for (int i = 0; i < SLOTS; i++)
	{
		SpoolSlot *slot = &gdpr_queue->slots[i];

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

SpoolSlot *
gdpr_my_slot(void)
{
	if (gdpr_mine == NULL || gdpr_mine->database != MyDatabaseId)
		gdpr_mine = gdpr_slot_of(MyDatabaseId, true);
	return gdpr_mine;
}
