/*
 * hold.c
 *		Looks for holds by index (see hold.h). Both indexes hold standing holds only, and where there is none they are
 *		empty: one look a command finds that out.
 */
#include "policy/hold.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Columns of gdpr.legal_hold and gdpr.row_hold, in the order of hold.sql. */
#define LEGAL_HOLD_SUBJECT 2
#define LEGAL_HOLD_REQUEST 7
#define ROW_HOLD_RELATION  2
#define ROW_HOLD_KEY	   3
#define ROW_HOLD_UNTIL	   5

/* The command that found no hold; what this session or others place counts from the next command on. */
static struct
{
	TimestampTz statement;
	TimestampTz transaction;
	CommandId command;
} found_none;

static bool
none_found(void)
{
	return found_none.statement == GetCurrentStatementStartTimestamp() &&
		   found_none.transaction == GetCurrentTransactionStartTimestamp() &&
		   found_none.command == GetCurrentCommandId(false);
}

static void
remember_none(void)
{
	found_none.statement = GetCurrentStatementStartTimestamp();
	found_none.transaction = GetCurrentTransactionStartTimestamp();
	found_none.command = GetCurrentCommandId(false);
}

/* Which of the holds found count; NULL = every one. */
typedef bool (*Counts)(Relation rel, HeapTuple tuple);

static bool
is_not_over(Relation rel, HeapTuple tuple)
{
	bool isnull;
	Datum datum = heap_getattr(tuple, ROW_HOLD_UNTIL, RelationGetDescr(rel), &isnull);

	return isnull || DatumGetTimestampTz(datum) > GetCurrentTimestamp();
}

static bool
is_for_no_request(Relation rel, HeapTuple tuple)
{
	bool isnull;

	(void) heap_getattr(tuple, LEGAL_HOLD_REQUEST, RelationGetDescr(rel), &isnull);
	return isnull;
}

/* Is there a standing hold with these keys? */
static bool
stands(GdprRelation table, GdprRelation index, int nkeys, ScanKey keys, Counts counts)
{
	Relation rel = table_open(gdpr_relation_oid(table), AccessShareLock);
	bool found = false;

	if (RelationGetNumberOfBlocks(rel) > 0)
	{
		SysScanDesc scan = systable_beginscan(rel, gdpr_relation_oid(index), true, NULL, nkeys, keys);
		HeapTuple tuple;

		while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
			found = counts == NULL || counts(rel, tuple);
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return found;
}

bool
gdpr_anything_held(void)
{
	if (none_found())
		return false;
	if (stands(GDPR_LEGAL_HOLD, GDPR_LEGAL_HOLD_ACTIVE, 0, NULL, NULL) ||
		stands(GDPR_ROW_HOLD, GDPR_ROW_HOLD_ACTIVE, 0, NULL, is_not_over))
		return true;
	remember_none();
	return false;
}

bool
gdpr_person_held(int64 subject, bool by_request_too)
{
	ScanKeyData key;

	ScanKeyInit(&key, LEGAL_HOLD_SUBJECT, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(subject));
	return stands(GDPR_LEGAL_HOLD, GDPR_LEGAL_HOLD_ACTIVE, 1, &key,
				  by_request_too ? NULL : is_for_no_request);
}

bool
gdpr_row_held(Oid relation, const char *key)
{
	ScanKeyData keys[2];

	ScanKeyInit(&keys[0], ROW_HOLD_RELATION, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	if (key)
		ScanKeyEntryInitialize(&keys[1], 0, ROW_HOLD_KEY, BTEqualStrategyNumber, TEXTOID,
							   DEFAULT_COLLATION_OID, F_TEXTEQ, CStringGetTextDatum(key));
	return stands(GDPR_ROW_HOLD, GDPR_ROW_HOLD_ACTIVE, key ? 2 : 1, keys, is_not_over);
}
