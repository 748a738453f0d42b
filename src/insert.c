/*
 * insert.c
 *		A row into one of the extension's own tables, without a statement around it: what happens to a person is
 *		written in several of them, and planning and starting an INSERT for each costs more than the rest.
 *
 *		Indexes and constraints are served. Triggers are not: who calls does what they would have done.
 */
#include "gdpr.h"

#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/rel.h"

void
gdpr_insert(Oid relid, Datum *values, bool *nulls)
{
	Relation rel;
	EState *estate;
	ResultRelInfo *target;
	TupleTableSlot *slot;

	PreventCommandIfReadOnly("INSERT");
	rel = table_open(relid, RowExclusiveLock);
	estate = CreateExecutorState();
	target = makeNode(ResultRelInfo);
	InitResultRelInfo(target, rel, 0, NULL, 0);
	target->ri_TrigDesc = NULL;
	ExecOpenIndices(target, false);
	slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	memcpy(slot->tts_values, values, slot->tts_tupleDescriptor->natts * sizeof(Datum));
	memcpy(slot->tts_isnull, nulls, slot->tts_tupleDescriptor->natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	ExecSimpleRelationInsert(target, estate, slot);
	ExecDropSingleTupleTableSlot(slot);
	ExecCloseIndices(target);
	FreeExecutorState(estate);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}
