/*
 * limit.h
 *		How many people a login may see in an hour, and when: what the collector asks before it lets a value out.
 *
 *		A rule (gdpr.read_limit) with action 'refuse' is about the reads of a login that is, or acts as, a member
 *		of its role. People are counted as the ledger shows them: each once per statement and purpose. Counts are kept
 *		per rule and login in shared memory, in minutes of which the last 60 full ones and the current one count; a
 *		restart of the server forgets them. A statement takes a few people from the count at a time, twice as many
 *		each time up to 1024, and gives back at its end what it did not use: so the limit holds to the person, however
 *		many sessions and parallel workers share it, and a session without a limit pays one comparison per value.
 *
 *		Rules that only warn are not looked at here: gdpr.find_anomalies() reads the ledger.
 */
#ifndef GDPR_LIMIT_H
#define GDPR_LIMIT_H

#include "gdpr.h"
#include "policy/policy.h"

#define READ_LIMITS_MAX \
	4 /* rules that count for one login and purpose; of more, those with the least people */

/* What counts for one collection, from its first value in a statement until it is handed over. */
typedef struct ReadLimit
{
	Oid login;
	int count;
	struct
	{
		int32 rule;
		int64 people;
	} rules[READ_LIMITS_MAX];
	uint64 reserved; /* people taken from the counts */
	uint64 used;	 /* of these, seen */
	uint64 chunk;	 /* taken last */
	int64 minute;	 /* when */
} ReadLimit;

extern void gdpr_limit_init(void);

/* A statement begins to read. GDPR_ALLOWED, or GDPR_DENIED_HOURS when it may not now. */
extern GdprReason gdpr_limit_begin(ReadLimit *limit, int32 purpose);

/* One more person, not seen before in this statement. False when that is one too many. */
extern bool gdpr_limit_take(ReadLimit *limit);

/* The statement, or a part of it, ends. Raises nothing. */
extern void gdpr_limit_settle(ReadLimit *limit);

#endif /* GDPR_LIMIT_H */
