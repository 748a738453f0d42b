/*
 * entry.h
 *		An entry of the ledger outside its table: what comes from the spool (spool_entry.c), what is hashed (entry.c),
 *		what is written (absorb.c).
 */
#ifndef GDPR_ENTRY_H
#define GDPR_ENTRY_H

#include "gdpr.h"
#include "audit/spool.h"
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

	/* the same for the table; not hashed, and only set by gdpr_spool_entry */
	MultirangeType *subjects_value;
	Jsonb *detail_value;
} LedgerEntry;

/* entry.c: SHA-256 of the canonical form (ledger.sql). */
extern void gdpr_entry_digest(const LedgerEntry *entry, int64 number, uint8 hash[GDPR_LEDGER_HASH_LEN]);

/* One range of numbers as a multirange writes it. */
extern void gdpr_append_range(StringInfo into, int64 low, int64 high);

/*
 * spool_entry.c: what a record says, in the current memory context. The record is aligned, its checksum is right. A
 * maker lives as long as the context in which it was made, a transaction at most: it keeps names.
 */
typedef struct EntryMaker EntryMaker;

extern EntryMaker *gdpr_entry_maker(void);
extern void gdpr_spool_entry(EntryMaker *maker, const SpoolRecord *record, LedgerEntry *entry);

/* spool_read.c: a spool file from a place on. */
typedef struct SpoolReader SpoolReader;

extern SpoolReader *gdpr_spool_open(uint64 boot, uint64 file, int64 at);
extern const SpoolRecord *gdpr_spool_next(SpoolReader *reader); /* NULL at the end */
extern int64 gdpr_spool_place(const SpoolReader *reader);		/* of the next */
extern void gdpr_spool_close(SpoolReader *reader);

#endif /* GDPR_ENTRY_H */
