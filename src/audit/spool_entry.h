/*
 * spool_entry.h
 *		From a file of the spool to entries of the ledger.
 */
#ifndef GDPR_SPOOL_ENTRY_H
#define GDPR_SPOOL_ENTRY_H

#include "audit/spool.h"
#include "ledger/entry.h"

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

#endif /* GDPR_SPOOL_ENTRY_H */
