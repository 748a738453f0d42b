/*
 * spool_file.h
 *		The files behind the queue of the spool (see spool.h): written by the holder of the lock of a database, never
 *		with an error raised, as that also happens while a transaction aborts and a process exits.
 */
#ifndef GDPR_SPOOL_FILE_H
#define GDPR_SPOOL_FILE_H

#include "postgres.h"

/* The file of a database that is written to; in shared memory. */
typedef struct SpoolFile
{
	uint64 number; /* 0 = none yet */
	uint64 size;   /* of the records that are durable */
	uint64 end;	   /* between the two are zeros */
} SpoolFile;

/*
 * Records are put one lot after the other from `at` on, which begins at size, and count when they are committed: what
 * a failed attempt left behind is overwritten by the next, from the same place. All answer false, with errno set, when
 * the disk refuses. A file that is full is left, and another begun, with a number that next_number gives.
 */
extern bool gdpr_spool_file_open(SpoolFile *file, Oid database, uint64 boot, uint64 (*next_number)(void));
extern bool gdpr_spool_file_put(const char *data, size_t len, uint64 *at);
extern bool gdpr_spool_file_commit(SpoolFile *file, uint64 at);

extern void gdpr_spool_file_path(char path[MAXPGPATH], Oid database, uint64 boot, uint64 number);

/* Remove a file that is written to no more, and of which so much is in the ledger, all of it when size is negative. */
extern bool gdpr_spool_file_remove(Oid database, uint64 boot, uint64 number, int64 size);

#endif /* GDPR_SPOOL_FILE_H */
