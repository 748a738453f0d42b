/*
 * worker.h
 *		The background worker of a database, which moves the spool to the ledger (see spool.h) and does what other rooms
 *		have for it.
 */
#ifndef GDPR_WORKER_H
#define GDPR_WORKER_H

#include "gdpr.h"

extern int gdpr_audit_flush_interval;
extern void gdpr_audit_worker_init(void);

/* The number that a query answers, in a transaction of the worker's own; 0 in a database without the extension. */
extern int64 gdpr_worker_run(const char *sql);

/*
 * What another room does in the worker's turn. wanted() tells the launcher to look into every database now and then;
 * turn() answers how much was done, and sets *stay when the worker must not end though it is idle.
 */
typedef struct GdprWorkerTask
{
	bool (*wanted)(void);
	int64 (*turn)(bool *stay);
} GdprWorkerTask;

extern const GdprWorkerTask *gdpr_worker_task;

#endif /* GDPR_WORKER_H */
