/*
 * absorb.c
 *		Spooled records into gdpr.ledger: the hot part of the audit worker's turn. What is around it (the seal, the
 *		position in the spool, the lock) is SQL, in reads.sql.
 *
 *		Rows go in as COPY puts them: many to a page and to a WAL record, then into the indexes. Whatever else an INSERT
 *		would do is done too: constraints, indexes and triggers that someone added. A right to insert is not asked for;
 *		the function is no one's but the owner's (privileges.sql).
 */
#include "audit/spool_entry.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(gdpr_absorb_records);

#define ROWS	   200			 /* that go into the table together */
#define ROWS_BYTES (512 * 1024)	 /* what they usually take, kept from one lot to the next */
#define ABSORB_MAX (1024 * 1024) /* entries of one call: their hashes wait in memory */

/* Columns of gdpr.ledger. */
enum
{
	LEDGER_NUMBER,
	LEDGER_AT,
	LEDGER_ROLE,
	LEDGER_KIND,
	LEDGER_SUBJECT,
	LEDGER_SUBJECTS,
	LEDGER_DETAIL,
	LEDGER_HASH,
	LEDGER_COLUMNS
};

/* Numbers that were drawn, as ranges: others draw from the same sequence. */
typedef struct Numbers
{
	RangeType **ranges;
	int count;
	int capacity;
	int64 low; /* of the range that grows; empty at first */
	int64 high;
} Numbers;

/* The ledger while it is written to. */
typedef struct Writer
{
	Relation ledger;
	EState *estate;
	ResultRelInfo *target;
	TransitionCaptureState *capture;
	Oid sequence;
	EntryMaker *maker;
	MemoryContext rows; /* reset when they are in the table */
	TupleTableSlot *slots[ROWS];
	int waiting;

	/* all of it */
	int64 written;
	Numbers numbers;
	StringInfoData hashes;
} Writer;

/* ---- numbers ---- */

static void
end_range(Numbers *numbers)
{
	TypeCacheEntry *type = lookup_type_cache(INT8RANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound lower = {.val = Int64GetDatum(numbers->low), .inclusive = true, .lower = true};
	RangeBound upper = {.val = Int64GetDatum(numbers->high)};

	if (numbers->low == numbers->high)
		return;
	if (numbers->count == numbers->capacity)
	{
		numbers->capacity = Max(16, numbers->capacity * 2);
		numbers->ranges = numbers->ranges ? repalloc(numbers->ranges, numbers->capacity * sizeof(RangeType *))
										  : palloc(numbers->capacity * sizeof(RangeType *));
	}
	numbers->ranges[numbers->count++] = gdpr_range_serialize(type, &lower, &upper);
}

static void
add_number(Numbers *numbers, int64 number)
{
	if (number != numbers->high)
	{
		end_range(numbers);
		numbers->low = number;
	}
	numbers->high = number + 1;
}

static Datum
numbers_datum(Numbers *numbers)
{
	TypeCacheEntry *type = lookup_type_cache(INT8RANGEOID, TYPECACHE_RANGE_INFO);

	end_range(numbers);
	return PointerGetDatum(make_multirange(INT8MULTIRANGEOID, type, numbers->count, numbers->ranges));
}

/* ---- rows ---- */

static Writer *
begin_writing(void)
{
	Writer *writer = palloc0(sizeof(Writer));
	Oid ledger = gdpr_relation_oid(GDPR_LEDGER);

	writer->ledger = table_open(ledger, RowExclusiveLock);
	writer->sequence = gdpr_relation_oid(GDPR_LEDGER_NUMBER);
	writer->maker = gdpr_entry_maker();
	writer->estate = CreateExecutorState();
	writer->target = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->target, writer->ledger, 0, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->capture = MakeTransitionCaptureState(writer->ledger->trigdesc, ledger, CMD_INSERT);
	writer->rows = AllocSetContextCreate(CurrentMemoryContext, "audit rows", ROWS_BYTES, ROWS_BYTES,
										 ALLOCSET_DEFAULT_MAXSIZE);
	initStringInfo(&writer->hashes);
	AfterTriggerBeginQuery();
	ExecBSInsertTriggers(writer->estate, writer->target);
	return writer;
}

/* The waiting rows into each index in turn, whose pages then stay at hand. */
static void
write_indexes(Writer *writer, List **recheck)
{
	for (int i = 0; i < writer->target->ri_NumIndices; i++)
	{
		ResultRelInfo one = *writer->target;

		one.ri_NumIndices = 1;
		one.ri_IndexRelationDescs += i;
		one.ri_IndexRelationInfo += i;
		for (int row = 0; row < writer->waiting; row++)
			recheck[row] =
				list_concat(recheck[row], gdpr_insert_into_indexes(&one, writer->slots[row], writer->estate));
	}
}

/* The waiting rows into the table. */
static void
write_rows(Writer *writer)
{
	MemoryContext outer = MemoryContextSwitchTo(writer->rows);
	List *recheck[ROWS] = {NIL};

	table_multi_insert(writer->ledger, writer->slots, writer->waiting, GetCurrentCommandId(true), 0, NULL);
	write_indexes(writer, recheck);
	for (int i = 0; i < writer->waiting; i++)
	{
		ExecARInsertTriggers(writer->estate, writer->target, writer->slots[i], recheck[i], writer->capture);
		ExecClearTuple(writer->slots[i]);
	}
	ResetPerTupleExprContext(writer->estate);
	writer->waiting = 0;
	MemoryContextSwitchTo(outer);
	MemoryContextReset(writer->rows);
}

static void
fill_slot(TupleTableSlot *slot, int64 number, const LedgerEntry *entry, const uint8 *hash)
{
	NameData *role = palloc(sizeof(NameData));
	bytea *stored_hash = palloc(VARHDRSZ + GDPR_LEDGER_HASH_LEN);

	namestrcpy(role, entry->role);
	SET_VARSIZE(stored_hash, VARHDRSZ + GDPR_LEDGER_HASH_LEN);
	memcpy(VARDATA(stored_hash), hash, GDPR_LEDGER_HASH_LEN);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	memset(slot->tts_isnull, false, LEDGER_COLUMNS * sizeof(bool));
	slot->tts_values[LEDGER_NUMBER] = Int64GetDatum(number);
	slot->tts_values[LEDGER_AT] = TimestampTzGetDatum(entry->at);
	slot->tts_values[LEDGER_ROLE] = NameGetDatum(role);
	slot->tts_values[LEDGER_KIND] = CStringGetTextDatum(entry->kind);
	slot->tts_values[LEDGER_SUBJECT] = Int64GetDatum(entry->subject);
	slot->tts_isnull[LEDGER_SUBJECT] = !entry->has_subject;
	slot->tts_values[LEDGER_SUBJECTS] = PointerGetDatum(entry->subjects_value);
	slot->tts_isnull[LEDGER_SUBJECTS] = entry->subjects_value == NULL;
	slot->tts_values[LEDGER_DETAIL] = JsonbPGetDatum(entry->detail_value);
	slot->tts_values[LEDGER_HASH] = PointerGetDatum(stored_hash);
	ExecStoreVirtualTuple(slot);
}

static TupleTableSlot *
slot_for_row(Writer *writer)
{
	TupleTableSlot **slot = &writer->slots[writer->waiting];

	if (*slot == NULL)
		*slot = table_slot_create(writer->ledger, NULL);
	return *slot;
}

static void
add_record(Writer *writer, const SpoolRecord *record)
{
	TupleTableSlot *slot = slot_for_row(writer);
	MemoryContext outer = MemoryContextSwitchTo(writer->rows);
	int64 number = nextval_internal(writer->sequence, false);
	uint8 hash[GDPR_LEDGER_HASH_LEN];
	LedgerEntry entry;

	gdpr_spool_entry(writer->maker, record, &entry);
	gdpr_entry_digest(&entry, number, hash);
	fill_slot(slot, number, &entry, hash);
	if (writer->ledger->rd_att->constr)
		ExecConstraints(writer->target, slot, writer->estate);
	MemoryContextSwitchTo(outer);

	add_number(&writer->numbers, number);
	appendBinaryStringInfo(&writer->hashes, (char *) hash, sizeof(hash));
	writer->written++;
	if (++writer->waiting == ROWS)
		write_rows(writer);
}

static void
end_writing(Writer *writer)
{
	if (writer->waiting > 0)
		write_rows(writer);
	ExecASInsertTriggers(writer->estate, writer->target, writer->capture);
	AfterTriggerEndQuery(writer->estate);
	for (int i = 0; i < ROWS && writer->slots[i]; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
	table_close(writer->ledger, NoLock);
}

static Datum
hashes_datum(const Writer *writer)
{
	bytea *hashes = palloc(VARHDRSZ + writer->hashes.len);

	SET_VARSIZE(hashes, VARHDRSZ + writer->hashes.len);
	memcpy(VARDATA(hashes), writer->hashes.data, writer->hashes.len);
	return PointerGetDatum(hashes);
}

/* (boot, file, start, limit): count, place of the next record, numbers, and the hashes of the entries. */
Datum
gdpr_absorb_records(PG_FUNCTION_ARGS)
{
	SpoolReader *reader =
		gdpr_spool_open((uint64) PG_GETARG_INT64(0), (uint64) PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	const SpoolRecord *record = gdpr_spool_next(reader);
	Writer *writer;
	TupleDesc desc;
	Datum values[4];
	bool nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (record == NULL || PG_GETARG_INT32(3) < 1)
	{
		gdpr_spool_close(reader);
		PG_RETURN_NULL();
	}
	writer = begin_writing();
	for (; record != NULL && writer->written < Min(PG_GETARG_INT32(3), ABSORB_MAX);
		 record = gdpr_spool_next(reader))
	{
		CHECK_FOR_INTERRUPTS();
		add_record(writer, record);
		values[1] = Int64GetDatum(gdpr_spool_place(reader));
	}
	end_writing(writer);
	gdpr_spool_close(reader);
	values[0] = Int64GetDatum(writer->written);
	values[2] = numbers_datum(&writer->numbers);
	values[3] = hashes_datum(writer);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
