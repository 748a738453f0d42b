/*
 * quarantine.h
 *		Rows of an import that are held back because their person does not want to be on file.
 */
#ifndef GDPR_QUARANTINE_H
#define GDPR_QUARANTINE_H

#include "gdpr.h"
#include "access/binding.h"
#include "executor/tuptable.h"

extern void gdpr_quarantine_init(void);

/* May what the suppression list has be written in the row all the same? */
typedef bool (*GdprMayBeWritten)(const void *row, bytea *hash);

/* Is this new row one to be held back? Then it is on record, and the caller leaves it out. */
extern bool gdpr_hold_back(const Binding *binding, TupleTableSlot *slot, GdprMayBeWritten may,
						   const void *row);

/* At the end of a statement: puts on record, and says, how many rows were held back. */
extern void gdpr_tell_held_back(void);

#endif /* GDPR_QUARANTINE_H */
