/*
 * keyring_page.h
 *		The page of memory in which the keyring worker hands the master keys to the backends.
 *
 *		The postmaster maps it while preloading: anonymous, shared, locked, out of core dumps. It is no part of
 *		PostgreSQL's shared memory, which is cleared at a crash restart, when _PG_init is not run again; nor can a
 *		wild write reach it, as everybody inherits it read-only and the worker makes it writable only to publish.
 *
 *		There is one writer and no one may wait for it, so readers copy and then look whether the sequence number
 *		moved meanwhile. It is odd while the worker writes. A worker killed in the middle leaves it odd; PostgreSQL
 *		then restarts all processes, and the next worker publishes again.
 */
#ifndef GDPR_KEYRING_PAGE_H
#define GDPR_KEYRING_PAGE_H

#include "postgres.h"

#include "crypto/keyset.h"
#include "datatype/timestamp.h"
#include "port/atomics.h"

/* What a reader gets, all of the same moment */
typedef struct GdprKeyringState
{
	uint64 generation;	   /* loads that changed the keys; 0 = never loaded */
	uint64 attempts;	   /* ended attempts to load; 0 = the worker has not come that far */
	TimestampTz loaded_at; /* of the keys in use; 0 = none */
	TimestampTz failed_at; /* of the last attempt, if it failed; else 0 */
	GdprKeyReason why;	   /* why it failed */
	GdprKeySet keys;
} GdprKeyringState;

typedef struct GdprKeyringPage
{
	pg_atomic_uint32 sequence;
	GdprKeyringState state;
} GdprKeyringPage;

/* NULL where the library was not preloaded, and in single-user mode */
extern GdprKeyringPage *gdpr_keyring_page;

/* Moves whenever gdpr_keyring_generation() may have moved: for who compares row by row. */
static inline uint32
gdpr_keyring_sequence(void)
{
	return gdpr_keyring_page == NULL ? 0 : pg_atomic_read_u32(&gdpr_keyring_page->sequence);
}

/* For the worker: replace what the page says. */
extern void gdpr_keyring_publish(const GdprKeyringState *state);

/*
 * Copy of the page into memory for secrets; gdpr_keyring_release it. NULL when there is no page, or a worker died
 * while writing and no other has come.
 */
extern GdprKeyringState *gdpr_keyring_copy(void);
extern void gdpr_keyring_release(GdprKeyringState *state);

extern PGDLLEXPORT void gdpr_keyring_worker_main(Datum arg);

#endif /* GDPR_KEYRING_PAGE_H */
