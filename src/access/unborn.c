/*
 * unborn.c
 *		INSERT ... ON CONFLICT proposes a row, for which the binding trigger creates a subject, and may then
 *		update another row or do nothing. What such a statement created is kept in a list (only while a
 *		statement with ON CONFLICT runs), and an AFTER STATEMENT trigger takes back whose row never appeared. The
 *		same trigger tells of rows that were held back (quarantine.c).
 */
#include "access/unborn.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/memutils.h"

#include "arguments.h"
#include "access/binding.h"
#include "access/quarantine.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_take_back_unborn);

typedef struct Unborn
{
	int64 subject;
	char *key;
} Unborn;

static List *unborn = NIL; /* in TopTransactionContext */
static TransactionId unborn_of = InvalidTransactionId;

void
gdpr_unborn_remember(int64 subject, const char *key)
{
	MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);
	Unborn *entry = palloc(sizeof(Unborn));

	if (unborn_of != GetTopTransactionId())
		unborn = NIL; /* freed with its transaction */
	unborn_of = GetTopTransactionId();
	entry->subject = subject;
	entry->key = pstrdup(key);
	unborn = lappend(unborn, entry);
	MemoryContextSwitchTo(before);
}

Datum
gdpr_take_back_unborn(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		gdpr_trigger(fcinfo, InvalidOid, TRIGGER_EVENT_TIMINGMASK | TRIGGER_EVENT_ROW, TRIGGER_EVENT_AFTER);
	Binding *binding;
	List *list;
	ListCell *cell;

	gdpr_tell_held_back();
	if (unborn_of != GetTopTransactionIdIfAny() || unborn == NIL)
		return PointerGetDatum(NULL);

	binding = gdpr_binding_of(trigger->tg_relation);
	list = unborn;
	unborn = NIL;
	foreach (cell, list)
	{
		Unborn *entry = lfirst(cell);

		if (!gdpr_binding_has_row(binding, entry->key))
			gdpr_subject_remove(entry->subject);
	}
	return PointerGetDatum(NULL);
}
