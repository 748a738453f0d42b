/*
 * subject.c
 *		The rows of gdpr.subject: found by outside name or number, renamed, removed. create.c creates them, and
 *		subject_call.c has what SQL calls.
 *
 *		Reads go through systable_beginscan with no snapshot given, which takes a fresh MVCC snapshot and works
 *		in the leader and in workers of a parallel plan: the newest committed state, whatever the statement's
 *		own snapshot says. Writes go through CatalogTupleInsert and friends: no rights of the caller are needed.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "arguments.h"
#include "subject/marker.h"

bool gdpr_gate_open = false;
void (*gdpr_gate_guard)(void) = NULL;
void (*gdpr_numbers_given)(void) = NULL;

PG_FUNCTION_INFO_V1(gdpr_subject_changed);

int64
gdpr_subject_number_of(Oid relation, const char *key)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), AccessShareLock);
	Datum key_text = CStringGetTextDatum(key);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	int64 number = 0;

	ScanKeyInit(&keys[0], SUBJECT_RELATION, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyEntryInitialize(&keys[1], 0, SUBJECT_KEY, BTEqualStrategyNumber, TEXTOID, DEFAULT_COLLATION_OID,
						   F_TEXTEQ, key_text);
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUBJECT_RELATION_KEY), true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;

		number = DatumGetInt64(heap_getattr(tuple, SUBJECT_NUMBER, RelationGetDescr(rel), &isnull));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	pfree(DatumGetPointer(key_text));
	return number;
}

/* Find the row to change, newest committed state, and do it. */
static HeapTuple
fetch_row(Relation rel, int64 number)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, SUBJECT_NUMBER, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(number));
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUBJECT_PKEY), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

HeapTuple
gdpr_subject_row(int64 number, TupleDesc *desc)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), AccessShareLock);
	HeapTuple tuple = fetch_row(rel, number);

	*desc = CreateTupleDescCopy(RelationGetDescr(rel));
	table_close(rel, AccessShareLock);
	return tuple;
}

void
gdpr_subject_rename(int64 number, Oid relation, const char *key)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), RowExclusiveLock);
	HeapTuple old = fetch_row(rel, number);
	HeapTuple new;
	int columns[2] = {SUBJECT_RELATION, SUBJECT_KEY};
	Datum values[2] = {ObjectIdGetDatum(relation), CStringGetTextDatum(key)};
	bool nulls[2] = {false, false};

	if (!HeapTupleIsValid(old))
		elog(ERROR, "subject " INT64_FORMAT " is missing", number);
	new = heap_modify_tuple_by_cols(old, RelationGetDescr(rel), 2, columns, values, nulls);
	CatalogTupleUpdate(rel, &old->t_self, new);
	table_close(rel, RowExclusiveLock);
	gdpr_marker_send(GDPR_MARKER_OF(number));
	CommandCounterIncrement();
}

/* Key and names are gone; the number stays. */
TimestampTz
gdpr_subject_forget(int64 number)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), RowExclusiveLock);
	HeapTuple old = fetch_row(rel, number);
	int columns[4] = {SUBJECT_RELATION, SUBJECT_KEY, SUBJECT_WRAPPED_KEY, SUBJECT_PERMISSIONS};
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, true};
	Datum born;
	bool isnull;

	if (!HeapTupleIsValid(old))
		ereport(ERROR, (errcode(ERRCODE_NO_DATA), errmsg("subject " INT64_FORMAT " is missing", number),
						errhint("Table gdpr.subject lists the people on record.")));
	born = heap_getattr(old, SUBJECT_CREATED_AT, RelationGetDescr(rel), &isnull);
	CatalogTupleUpdate(rel, &old->t_self,
					   heap_modify_tuple_by_cols(old, RelationGetDescr(rel), 4, columns, values, nulls));
	table_close(rel, RowExclusiveLock);
	gdpr_marker_send(GDPR_MARKER_OF(number));
	CommandCounterIncrement();
	return DatumGetTimestampTz(born);
}

void
gdpr_subject_remove(int64 number)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), RowExclusiveLock);
	HeapTuple tuple = fetch_row(rel, number);

	if (HeapTupleIsValid(tuple))
		CatalogTupleDelete(rel, &tuple->t_self);
	table_close(rel, RowExclusiveLock);
	gdpr_marker_send(GDPR_MARKER_OF(number));
	CommandCounterIncrement();
}

/* Trigger of gdpr.subject: what changes it in SQL is heard of as what C does is. */
Datum
gdpr_subject_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = gdpr_trigger(fcinfo, gdpr_relation_oid(GDPR_SUBJECT), 0, 0);
	bool isnull;

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		Datum number = heap_getattr(trigger->tg_trigtuple, SUBJECT_NUMBER,
									RelationGetDescr(trigger->tg_relation), &isnull);

		gdpr_marker_send(GDPR_MARKER_OF(DatumGetInt64(number)));
	}
	else
		for (int bucket = 0; bucket < GDPR_MARKER_BUCKETS; bucket++)
			gdpr_marker_send(bucket);
	return PointerGetDatum(NULL);
}
