/*
 * purpose_read.h
 *		All purposes and grants, read at once (purpose.c keeps them, and says for how long).
 */
#ifndef GDPR_PURPOSE_READ_H
#define GDPR_PURPOSE_READ_H

#include "purpose/purpose.h"

#include "datatype/timestamp.h"
#include "utils/hsearch.h"

/* One row of gdpr.purpose. */
typedef struct PurposeEntry
{
	GdprPurpose purpose;
	bool current; /* begun and not ended */
} PurposeEntry;

/* One row of gdpr.purpose_grant. */
typedef struct PurposeGrant
{
	int32 purpose;
	Oid role;
	GdprGrant level;
} PurposeGrant;

/* What one role holds for one purpose, memberships followed; purpose 0: for any. */
typedef struct PurposeHeldKey
{
	Oid role;
	int32 purpose;
} PurposeHeldKey;

typedef struct PurposeHeld
{
	PurposeHeldKey key;
	GdprGrant level;
} PurposeHeld;

typedef struct PurposeCache
{
	MemoryContext context;
	bool historic;			 /* read in logical decoding: purposes only */
	TimestampTz next_change; /* at midnight or when a purpose begins or ends */

	PurposeEntry *by_number; /* ascending */
	PurposeEntry **by_name;	 /* ascending */
	int count;
	int allocated;

	PurposeGrant *grants;
	int grant_count;
	int grant_allocated;
	HTAB *held;
} PurposeCache;

/* Fills a cache that is empty but for `historic`, in the current memory context and the latest state. */
extern void gdpr_purpose_read(PurposeCache *into);

/* NULL when there is none; whether it is current is another matter. */
extern PurposeEntry *gdpr_purpose_entry_by_number(const PurposeCache *in, int32 number);
extern PurposeEntry *gdpr_purpose_entry_by_name(const PurposeCache *in, const char *name);

#endif /* GDPR_PURPOSE_READ_H */
