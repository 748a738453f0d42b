/*
 * compat.h
 *		Every difference between PostgreSQL 15 and 19 that this project meets, as named conditions and shims.
 *		PG_VERSION_NUM appears in no other file.
 */
#ifndef GDPR_COMPAT_H
#define GDPR_COMPAT_H

#include "postgres.h"

/* index_beginscan grew an instrumentation argument in 18 and a flags argument in 19. */
#if PG_VERSION_NUM >= 190000
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0, 0)
#elif PG_VERSION_NUM >= 180000
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

#endif							/* GDPR_COMPAT_H */
