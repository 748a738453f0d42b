/*
 * spool_slot.h
 *		The queue in shared memory (see spool.h): blocks of records, and a slot for each database. For the files
 *		spool*.c alone.
 *
 *		Two locks: the queue's, for lists and counters, never held during I/O; and one per database for its file. Who
 *		takes both takes the file's first.
 */
#ifndef GDPR_SPOOL_SLOT_H
#define GDPR_SPOOL_SLOT_H

#include "audit/spool.h"
#include "audit/spool_file.h"
#include "storage/lwlock.h"
#include "storage/proc.h"

#define BLOCK_DATA (16 * 1024 - 8)
#define NO_BLOCK   (-1)
#define SLOTS	   64 /* databases that read personal data at the same time */

typedef struct SpoolBlock
{
	int next;
	uint32 used;
	char data[BLOCK_DATA];
} SpoolBlock;

/* One database. */
typedef struct SpoolSlot
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
	bool worker_writes;		   /* someone has something for the ledger */
	bool worker_dismissed;
	uint64 appended; /* records, ever */

	/* of the worker alone */
	TimestampTz anchored_at;

	/* under the slot's own lock */
	uint64 spooled; /* records, ever */
	SpoolFile file;
	int last_error; /* errno, 0 = the last write went well */
} SpoolSlot;

typedef struct SpoolQueue
{
	uint64 boot;
	uint64 next_file;
	int free;
	int free_count;
	int block_count;
	SpoolSlot slots[SLOTS];
	SpoolBlock blocks[FLEXIBLE_ARRAY_MEMBER];
} SpoolQueue;

#define QUEUE_LOCK		(&gdpr_queue_locks[0].lock)
#define SLOT_LOCK(slot) (&gdpr_queue_locks[1 + ((slot) -gdpr_queue->slots)].lock)

extern SpoolQueue *gdpr_queue;		   /* NULL without shared memory */
extern LWLockPadded *gdpr_queue_locks; /* the queue's, then one per slot */

/* This process's slot; NULL before the first look for it. */
extern SpoolSlot *gdpr_mine;

/* Under the queue's lock: the slot of a database, made when there is none and `make` says so. */
extern SpoolSlot *gdpr_slot_of(Oid database, bool make);
extern SpoolSlot *gdpr_my_slot(void);

/* spool_worker.c: is this process the worker, and about to end? */
extern bool gdpr_mine_idle;

#endif /* GDPR_SPOOL_SLOT_H */
