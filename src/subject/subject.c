/*
 * subject.c
 *		The rows of gdpr.subject: found by outside name or number, created, renamed, removed.
 *
 *		Reads go through systable_beginscan with no snapshot given, which takes a fresh MVCC snapshot and works
 *		in the leader and in workers of a parallel plan: the newest committed state, whatever the statement's
 *		own snapshot says. Writes go through CatalogTupleInsert and friends: no rights of the caller are needed.
 *
 *		Creation must not make two subjects of one person. Under a lock that is held for the moment of insertion
 *		only (a transaction that creates a million subjects keeps none), a dirty scan looks for a row of the same
 *		name, committed or not: for an uncommitted one we let go, wait for its transaction, and look again. Who
 *		created a subject a moment ago (COPY, protect) will create the next one too, and skips the look before.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "crypto/keyring.h"
#include "subject/cache.h"
#include "subject/marker.h"

bool gdpr_gate_open = false;
void (*gdpr_gate_guard)(void) = NULL;
void (*gdpr_numbers_given)(void) = NULL;

PG_FUNCTION_INFO_V1(gdpr_subject_number);
PG_FUNCTION_INFO_V1(gdpr_ensure_subject);
PG_FUNCTION_INFO_V1(gdpr_subject_changed);

static void
name_keys(ScanKeyData keys[2], Oid relation, Datum key)
{
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, TEXTOID, DEFAULT_COLLATION_OID, F_TEXTEQ,
						   key);
}

int64
gdpr_subject_number_of(Oid relation, const char *key)
{
	Relation rel = table_open(gdpr_relation_oid("subject"), AccessShareLock);
	Datum key_text = CStringGetTextDatum(key);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	int64 number = 0;

	/* systable scans number their keys by heap columns */
	name_keys(keys, relation, key_text);
	keys[0].sk_attno = SUBJECT_RELATION;
	keys[1].sk_attno = SUBJECT_KEY;
	scan = systable_beginscan(rel, gdpr_relation_oid("subject_relation_key_key"), true, NULL, 2, keys);
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

/*
 * The subject of this name, committed or made by ourselves; 0 when there is none. *creator is then the transaction
 * that is making one right now, if any. A committed row counts also while another transaction changes it.
 */
static int64
number_of_uncommitted(Relation rel, Oid relation, Datum key, TransactionId *creator)
{
	Relation index = index_open(gdpr_relation_oid("subject_relation_key_key"), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	SnapshotData dirty;
	ScanKeyData keys[2];
	IndexScanDesc scan;
	int64 number = 0;

	*creator = InvalidTransactionId;
	InitDirtySnapshot(dirty);
	name_keys(keys, relation, key);
	scan = gdpr_index_beginscan(rel, index, &dirty, 2);
	index_rescan(scan, keys, 2, NULL, 0);
	while (number == 0 && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		bool isnull;

		if (TransactionIdIsValid(dirty.xmin))
			*creator = dirty.xmin;
		else
			number = DatumGetInt64(slot_getattr(slot, SUBJECT_NUMBER, &isnull));
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return number;
}

static int64
insert_subject(Relation rel, Oid relation, Datum key)
{
	int64 number = nextval_internal(gdpr_relation_oid("subject_number"), false);
	GdprMasterKey master;
	uint8 secret[GDPR_KEY_LEN];
	bytea *wrapped = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	Datum values[SUBJECT_COLUMNS] = {0};
	bool nulls[SUBJECT_COLUMNS] = {false};
	HeapTuple tuple;
	bool ok;

	SET_VARSIZE(wrapped, VARHDRSZ + GDPR_WRAPPED_LEN);
	gdpr_keyring_active(&master);
	ok = gdpr_random(secret, sizeof(secret)) &&
		 gdpr_wrap(&master, number, gdpr_database_id(), secret, (uint8 *) VARDATA(wrapped));
	gdpr_cleanse(&master, sizeof(master));
	if (!ok)
		elog(ERROR, "could not make a subject key");

	values[SUBJECT_NUMBER - 1] = Int64GetDatum(number);
	values[SUBJECT_RELATION - 1] = ObjectIdGetDatum(relation);
	values[SUBJECT_KEY - 1] = key;
	values[SUBJECT_WRAPPED_KEY - 1] = PointerGetDatum(wrapped);
	nulls[SUBJECT_PERMISSIONS - 1] = true;
	values[SUBJECT_CREATED_AT - 1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	CatalogTupleInsert(rel, tuple);
	heap_freetuple(tuple);
	pfree(wrapped);

	gdpr_subject_cache_created(number, secret);
	gdpr_cleanse(secret, sizeof(secret));
	if (number % NUMBERS_TOLD == 1 && gdpr_numbers_given)
		gdpr_numbers_given();

	/* Later rows of this statement must see the subject. */
	CommandCounterIncrement();
	return number;
}

int64
gdpr_subject_ensure(Oid relation, const char *key, bool *created)
{
	static bool last_was_new = false;
	Relation rel;
	Datum key_text;
	uint32 lock;
	int64 number = last_was_new ? 0 : gdpr_subject_number_of(relation, key);

	if (created)
		*created = false;
	if (number != 0)
		return number;

	gdpr_database_id(); /* made at first use, before any lock of ours is held */
	gdpr_pass_gate();
	rel = table_open(gdpr_relation_oid("subject"), RowExclusiveLock);
	key_text = CStringGetTextDatum(key);
	lock = hash_bytes_uint32(relation) ^ hash_bytes((const unsigned char *) key, strlen(key));
	last_was_new = false;
	for (;;)
	{
		TransactionId creator;

		LockDatabaseObject(RelationGetRelid(rel), lock, 1, ExclusiveLock);
		number = number_of_uncommitted(rel, relation, key_text, &creator);
		if (number == 0 && !TransactionIdIsValid(creator))
		{
			number = insert_subject(rel, relation, key_text);
			last_was_new = true;
		}
		UnlockDatabaseObject(RelationGetRelid(rel), lock, 1, ExclusiveLock);
		if (number != 0)
			break;
		XactLockTableWait(creator, rel, NULL, XLTW_InsertIndex);
	}
	table_close(rel, RowExclusiveLock);
	pfree(DatumGetPointer(key_text));
	if (created)
		*created = last_was_new;
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
	scan = systable_beginscan(rel, gdpr_relation_oid("subject_pkey"), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

HeapTuple
gdpr_subject_row(int64 number, TupleDesc *desc)
{
	Relation rel = table_open(gdpr_relation_oid("subject"), AccessShareLock);
	HeapTuple tuple = fetch_row(rel, number);

	*desc = CreateTupleDescCopy(RelationGetDescr(rel));
	table_close(rel, AccessShareLock);
	return tuple;
}

void
gdpr_subject_rename(int64 number, Oid relation, const char *key)
{
	Relation rel = table_open(gdpr_relation_oid("subject"), RowExclusiveLock);
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

void
gdpr_subject_remove(int64 number)
{
	Relation rel = table_open(gdpr_relation_oid("subject"), RowExclusiveLock);
	HeapTuple tuple = fetch_row(rel, number);

	if (HeapTupleIsValid(tuple))
		CatalogTupleDelete(rel, &tuple->t_self);
	table_close(rel, RowExclusiveLock);
	gdpr_marker_send(GDPR_MARKER_OF(number));
	CommandCounterIncrement();
}

Datum
gdpr_subject_number(PG_FUNCTION_ARGS)
{
	int64 number = gdpr_subject_number_of(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));

	if (number == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(number);
}

/* Is the relation declared as a subject table? */
static bool
is_subject_table(Oid relation)
{
	Relation rel = table_open(gdpr_relation_oid("subject_table"), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool found;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rel, gdpr_relation_oid("subject_table_pkey"), true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

Datum
gdpr_ensure_subject(PG_FUNCTION_ARGS)
{
	Oid relation = PG_GETARG_OID(0);

	if (!is_subject_table(relation))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table %s is not declared as a subject table", get_rel_name(relation)),
						errhint("SELECT gdpr.declare_subject('%s', 'id');", get_rel_name(relation))));
	PG_RETURN_INT64(gdpr_subject_ensure(relation, text_to_cstring(PG_GETARG_TEXT_PP(1)), NULL));
}

Datum
gdpr_subject_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool isnull;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "gdpr.subject_changed() is a trigger function");
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
