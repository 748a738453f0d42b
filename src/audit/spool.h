/*
 * spool.h
 *		From the backend that revealed to the ledger: the protocol's shared half. (collect.c is the private one.)
 *
 * 1. Hand-over. A backend appends records to the queue: blocks in shared memory, a list of them per database, under
 *    one lock held for a memcpy.
 * 2. Spooling. The holder of the spool lock of a database takes its whole list, writes it to the spool file with one
 *    write per block, and fsyncs. Under 'async' that is the worker, every gdpr.audit_flush_interval; under 'sync' the
 *    backend itself, as with WAL: who waits for the lock mostly finds its records written by the one before. When
 *    the queue is full a backend does it too, and so it does at exit when the worker is gone. So no one ever waits
 *    for the worker, and a dead worker loses nothing.
 * 3. Ledger. The worker of the database, and it alone, moves spooled records to gdpr.ledger, seals them, and notes in
 *    gdpr.spool_position, in the same transaction, how far it came: a crash anywhere repeats and loses nothing. It
 *    waits for locks only briefly (lock_timeout), and no one waits for its commit, so there is no deadlock. A file
 *    is removed when a committed position says that all of it is in the ledger.
 *
 * The spool of a database is the directory pg_gdpr/<oid> of the data directory. Its files are named <boot>-<number>:
 * boot is drawn when shared memory is set up, so a data directory that was copied never continues a file of the
 * original, and positions of both can live in one ledger. Records are followed by zeros, over which the next are
 * written. On a standby there is no ledger to write to: files stay
 * until promotion, and gdpr.spooled_reads() reads them.
 *
 * What can be lost. Shared memory is empty after a crash of any backend: under 'async' what was handed over since the
 * last flush, and what backends had collected in statements that were still running. Under 'sync' a record is durable
 * before the statement ends; a statement that was running leaves its intent (collect.c).
 *
 * A record is a SpoolRecord, then texts ending in '\0' (purpose, application, client), then numbers as varints, least
 * significant group first:
 *		n, then n times the OID of a relation;
 *		n, then n times: class, revealed, masked, statements that searched for values of it;
 *		n, then n times: reason of a denial, count;
 *		to the end: ranges of subjects, each as distance from the end of the one before, and length.
 */
#ifndef GDPR_SPOOL_H
#define GDPR_SPOOL_H

#include "gdpr.h"
#include "datatype/timestamp.h"
#include "port/pg_crc32c.h"

typedef enum SpoolKind
{
	SPOOL_READ = 1,
	SPOOL_INTENT = 2, /* something may be revealed from now on */
	SPOOL_SEARCH = 3  /* a read that showed and refused nothing */
} SpoolKind;

typedef struct SpoolRecord
{
	uint32 len;		/* of all of it */
	pg_crc32c crc;	/* of what follows */
	TimestampTz at; /* start of the statement; with the session: the statement */

	/* from here to the subjects, records of statements that are repeated are the same (spool_entry.c) */
	uint32 kind;
	uint32 subjects; /* where they begin */
	Oid session_user;
	Oid current_user;
	int32 pid;
	TimestampTz session_start; /* with pid: the session */
	int64 query_id;			   /* 0 = not computed */
} SpoolRecord;

#define SPOOL_RECORD_MAX (16 * 1024 - 16)

#define SPOOL_DIRECTORY	 "pg_gdpr"

/* spool_slot.c */
extern void gdpr_spool_init(void);

/* True when there is shared memory to hand over to. */
extern bool gdpr_spool_ready(void);

/* spool.c */

/* Append to the queue of this database. False when the queue is full. Raises nothing. */
extern bool gdpr_spool_append(const SpoolRecord *record);

/* Make everything appended so far durable. False when the disk refuses. Raises nothing. */
extern bool gdpr_spool_flush(void);

/* Make room: flush the queues of all databases. */
extern bool gdpr_spool_flush_all(void);

/* False while the disk refuses to take what fills the queue. */
extern bool gdpr_spool_healthy(void);

/* The database is gone: so is its spool. */
extern void gdpr_spool_remove(Oid database);

/* spool_worker.c */

/* There is something for the ledger of the database. */
extern void gdpr_spool_need_worker(Oid database);

/* A worker for a database in which no one asked for one. False: none is to be had. */
extern bool gdpr_spool_look_in(Oid database, bool writes);

/* The database is to be dropped. */
extern void gdpr_spool_dismiss_worker(Oid database);

/* Of the worker itself. */
extern bool gdpr_spool_worker_began(void);	 /* false when there is another one already */
extern bool gdpr_spool_worker_writes(void);	 /* someone has something for the ledger */
extern bool gdpr_spool_worker_may_end(void); /* nothing is queued: the slot is free again */
extern bool gdpr_spool_worker_dismissed(void);
extern void gdpr_spool_worker_idle(bool idle);
extern bool gdpr_spool_anchor_due(
	int seconds); /* the first time since the start, then once in so many seconds */

#endif /* GDPR_SPOOL_H */
