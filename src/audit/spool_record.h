/*
 * spool_record.h
 *		Writing a record of the spool (spool.h has its form), and handing it over. What cannot be handed over waits
 *		here.
 */
#ifndef GDPR_SPOOL_RECORD_H
#define GDPR_SPOOL_RECORD_H

#include "audit/spool.h"
#include "audit/subject_set.h"
#include "lib/stringinfo.h"

/* What all records of a statement, purpose and user begin with. */
typedef struct SpoolHead
{
	SpoolKind kind;
	Oid user;
	const char *purpose;
	int64 query_id;
} SpoolHead;

/* Once, before the first record: where those that wait are kept. */
extern void gdpr_spool_records_init(MemoryContext context);

/* In this order: begin, the numbers of the three lists, the subjects (no one's: NULL), which hands it over. */
extern void gdpr_spool_record_begin(StringInfo record, const SpoolHead *head);
extern void gdpr_spool_record_put(StringInfo record, uint64 number);
extern void gdpr_spool_record_finish(StringInfo record, const SpoolHead *head, SubjectSet *subjects);

/* Records that could not be handed over, and another try. */
extern bool gdpr_spool_records_waiting(void);
extern void gdpr_spool_records_resend(void);

#endif /* GDPR_SPOOL_RECORD_H */
