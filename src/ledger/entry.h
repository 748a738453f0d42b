/*
 * entry.h
 *		An entry of the ledger outside its table: hashed and written here, and what comes from the spool in room audit.
 */
#ifndef GDPR_ENTRY_H
#define GDPR_ENTRY_H

#include "gdpr.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"
#include "utils/multirangetypes.h"

#define GDPR_LEDGER_HASH_LEN 32

/*
 * The parts that are hashed as text are here as text, exactly as their types would write them, so that nothing is
 * written twice. NULL is NULL.
 */
typedef struct LedgerEntry
{
	TimestampTz at;
	const char *role;
	const char *kind;
	bool has_subject;
	int64 subject;
	const char *subjects;
	const char *detail;

	/* the same for the table; not hashed, and only set for what comes from the spool */
	MultirangeType *subjects_value;
	Jsonb *detail_value;
} LedgerEntry;

/* SHA-256 of the canonical form (ledger.sql). */
extern void gdpr_entry_digest(const LedgerEntry *entry, int64 number, uint8 hash[GDPR_LEDGER_HASH_LEN]);

/* One range of numbers as a multirange writes it. */
extern void gdpr_append_range(StringInfo into, int64 low, int64 high);

/* An event, in this transaction. kind is text, subject bigint, detail jsonb. */
extern void gdpr_record_event(Datum kind, Datum subject, bool of_nobody, Datum detail);

/* Told of each event that is written, which must be sealed when the transaction commits (audit/worker.c). */
extern void (*gdpr_event_written)(void);

#endif /* GDPR_ENTRY_H */
