/*
 * ended.c
 *		Remembers whose row of a subject table a transaction deleted, and before it commits takes the name from those
 *		who have no row by then (see ended.sql).
 *
 *		A constraint trigger would do the same, but may not be queued where the extension deletes as the owner of a
 *		table, in a security-restricted operation. What a subtransaction deleted and gave back is in the list all
 *		the same: its row is there when it is asked for.
 */
#include "access/ended.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_remember_gone);

bool gdpr_ending_people = false;

/* In TopTransactionContext. */
static struct
{
	int64 *numbers;
	int count;
	int size;
} gone;

void
gdpr_person_gone(int64 number)
{
	if (gdpr_ending_people)
		return;
	if (gone.count == gone.size)
	{
		MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);

		gone.size = gone.size == 0 ? 64 : gone.size * 2;
		gone.numbers = gone.numbers ? repalloc_huge(gone.numbers, gone.size * sizeof(int64))
									: palloc(gone.size * sizeof(int64));
		MemoryContextSwitchTo(before);
	}
	gone.numbers[gone.count++] = number;
}

/* Erased people have no name any more. */
static bool
has_name(int64 number)
{
	TupleDesc desc;
	HeapTuple tuple = gdpr_subject_row(number, &desc);
	bool no_key = true;

	if (HeapTupleIsValid(tuple))
		(void) heap_getattr(tuple, SUBJECT_KEY, desc, &no_key);
	return !no_key;
}

static void
end_identities(void)
{
	Oid type = INT8ARRAYOID;
	Datum *numbers = palloc(gone.count * sizeof(Datum));
	int count = 0;
	Datum value;

	for (int i = 0; i < gone.count; i++)
		if (has_name(gone.numbers[i]))
			numbers[count++] = Int64GetDatum(gone.numbers[i]);
	if (count == 0)
		return;
	value = PointerGetDatum(
		construct_array(numbers, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.end_identities($1)", 1, &type, &value, NULL, 1);
	SPI_finish();
	PopActiveSnapshot();
}

static void
at_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (gone.count > 0)
				end_identities();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			memset(&gone, 0, sizeof(gone)); /* freed with the transaction */
			break;
		default:
			break;
	}
}

void
gdpr_ended_init(void)
{
	RegisterXactCallback(at_end, NULL);
}

Datum
gdpr_remember_gone(PG_FUNCTION_ARGS)
{
	Datum *numbers;
	bool *nulls;
	int count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &numbers, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			gdpr_person_gone(DatumGetInt64(numbers[i]));
	PG_RETURN_VOID();
}
