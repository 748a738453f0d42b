/*
 * copies.h
 *		Copies of personal data in plain, and what a function may have read that it makes them of.
 */
#ifndef GDPR_COPIES_H
#define GDPR_COPIES_H

#include "gdpr.h"
#include "hooks.h"
#include "nodes/parsenodes.h"

extern void gdpr_copies_init(void);

/* What would store a plaintext, or tell other sessions, says so when it runs. Changes the query. */
extern void gdpr_guard_copies(Query *query, bool concerns_pii);

/* In a utility command, which may store the result of a query. */
extern void gdpr_copies_utility(GdprRest *rest, PlannedStmt *statement);

/* reads.c: plaintexts that no one asked for by name, in this statement of the client; of another type their bytes. */
extern void gdpr_remember_read(const void *plain, size_t len);
extern void gdpr_forget_reads(void);

/* Is it, or does it hold, one of these? Never of a type that is not asked about. */
extern bool gdpr_may_hold_read(Oid type);
extern bool gdpr_holds_read(Oid type, Datum value);

#endif /* GDPR_COPIES_H */
