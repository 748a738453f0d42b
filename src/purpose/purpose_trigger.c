/*
 * purpose_trigger.c
 *		Triggers of the purpose tables: changed with our functions or by hand, every backend hears
 *		of it, and what the extension ships stays as it is.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/rel.h"

#include "arguments.h"
#include "purpose/purpose.h"
#include "purpose/purpose_table.h"

PG_FUNCTION_INFO_V1(gdpr_purpose_table_changed);
PG_FUNCTION_INFO_V1(gdpr_purpose_guard);

/* After any change, for each row because logical replication fires no statement triggers. */
Datum
gdpr_purpose_table_changed(PG_FUNCTION_ARGS)
{
	gdpr_trigger(fcinfo, InvalidOid, 0, 0);
	gdpr_purpose_changed();
	PG_RETURN_POINTER(NULL);
}

static void
refuse_builtin(void)
{
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("built-in purposes cannot be changed"),
					errhint("Define a purpose of your own with gdpr.define_purpose().")));
}

static bool
is_builtin(HeapTuple tuple, Relation rel)
{
	bool isnull;

	return DatumGetBool(heap_getattr(tuple, PURPOSE_BUILTIN, RelationGetDescr(rel), &isnull)) && !isnull;
}

/* The rows' tags hold the number, so it is the one thing of a user's own purpose that cannot change. */
static void
refuse_new_number(HeapTuple old, HeapTuple new, Relation rel)
{
	bool isnull;

	if (heap_getattr(old, PURPOSE_NUMBER, RelationGetDescr(rel), &isnull) !=
		heap_getattr(new, PURPOSE_NUMBER, RelationGetDescr(rel), &isnull))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the number of a purpose cannot be changed"),
						errhint("Define a new purpose with gdpr.define_purpose() and end this one with "
								"gdpr.end_purpose().")));
}

/* Before a change of gdpr.purpose; the scripts of the extension alone may touch what it ships. */
Datum
gdpr_purpose_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		gdpr_trigger(fcinfo, gdpr_relation_oid(GDPR_PURPOSE), TRIGGER_EVENT_TIMINGMASK, TRIGGER_EVENT_BEFORE);
	HeapTuple old = trigger->tg_trigtuple;
	HeapTuple new = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : old;

	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		refuse_builtin(); /* TRUNCATE */
	if (!creating_extension &&
		(is_builtin(old, trigger->tg_relation) || is_builtin(new, trigger->tg_relation)))
		refuse_builtin();
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		refuse_new_number(old, new, trigger->tg_relation);
	PG_RETURN_POINTER(new);
}
