/*
 * unused_subject.c
 *		INSERT ... ON CONFLICT proposes a row, for which the binding trigger creates a subject, and may then
 *		update another row or do nothing. What such a statement created is kept in a list (only while a
 *		statement with ON CONFLICT runs), and an AFTER STATEMENT trigger removes those whose row never appeared. The
 *		same trigger tells of rows that were held back (quarantine.c).
 */
#include "access/unused_subject.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/memutils.h"

#include "arguments.h"
#include "access/binding.h"
#include "access/quarantine.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_remove_unused_subjects);

typedef struct UnusedSubject
{
	int64 subject;
	char *key;
} UnusedSubject;

static List *unused = NIL; /* in TopTransactionContext */
static TransactionId unused_of = InvalidTransactionId;

void
gdpr_unused_subject_remember(int64 subject, const char *key)
{
	MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);
	UnusedSubject *entry = palloc(sizeof(UnusedSubject));

	if (unused_of != GetTopTransactionId())
		unused = NIL; /* freed with its transaction */
	unused_of = GetTopTransactionId();
	entry->subject = subject;
	entry->key = pstrdup(key);
	unused = lappend(unused, entry);
	MemoryContextSwitchTo(before);
}

Datum
gdpr_remove_unused_subjects(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		gdpr_trigger(fcinfo, InvalidOid, TRIGGER_EVENT_TIMINGMASK | TRIGGER_EVENT_ROW, TRIGGER_EVENT_AFTER);
	Binding *binding;
	List *list;
	ListCell *cell;

	gdpr_tell_held_back();
	if (unused_of != GetTopTransactionIdIfAny() || unused == NIL)
		return PointerGetDatum(NULL);

	binding = gdpr_binding_of(trigger->tg_relation);
	list = unused;
	unused = NIL;
	foreach (cell, list)
	{
		UnusedSubject *entry = lfirst(cell);

		if (!gdpr_binding_has_row(binding, entry->key))
			gdpr_subject_remove(entry->subject);
	}
	return PointerGetDatum(NULL);
}
