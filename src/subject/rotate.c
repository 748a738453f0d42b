/*
 * rotate.c
 *		Wrapping the keys of people again by the active master key; gdpr.rotate_master_key() calls it batch by batch.
 *
 *		A batch walks the primary key from where the last one ended, so it costs the same wherever it is. A row is
 *		locked before it is written, and its newest version taken: an erasure or a consent of the same moment is neither
 *		lost nor undone.
 *
 *		A new version of a row that fits into the page of the old one costs a third, and no index grows. So a batch is
 *		walked several times, a transaction each: what fits is rewrapped, and what it replaced makes room for the next
 *		time. Where the room does not come, as an old snapshot may still see what was replaced, rows go elsewhere.
 *
 *		Who inserts a person holds a lock on gdpr.subject from before it looks for the active master key to the end of
 *		its transaction. So once everybody has gone who held that lock when the key became active, no row can appear
 *		that an older key wraps, and a last walk finds those that appeared meanwhile.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "crypto/keyring.h"
#include "subject/marker.h"

/* A batch under way */
typedef struct Batch
{
	Relation rel;
	CatalogIndexState indexes;
	Snapshot snapshot;
	TupleTableSlot *slot;
	const uint8 *database_id;
	bool in_page; /* leave rows whose page has no room */
	int64 last;	  /* number of the last row that was looked at; 0 = none */
	int64 rewrapped;
	int64 left;

	/* secret, cleansed by forget_keys */
	GdprMasterKey active;
	GdprMasterKey old; /* wrapped the last row that was rewrapped */
	uint8 key[GDPR_KEY_LEN];
} Batch;

PG_FUNCTION_INFO_V1(gdpr_rewrap_subjects);
PG_FUNCTION_INFO_V1(gdpr_await_writers);

static void
forget_keys(void *batch)
{
	gdpr_cleanse(&((Batch *) batch)->active, sizeof(GdprMasterKey));
	gdpr_cleanse(&((Batch *) batch)->old, sizeof(GdprMasterKey));
	gdpr_cleanse(((Batch *) batch)->key, GDPR_KEY_LEN);
}

/* Lies in the context of the call, whose end cleanses it also after an error. */
static Batch *
begin_batch(void)
{
	Batch *batch = palloc0(sizeof(Batch));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	callback->func = forget_keys;
	callback->arg = batch;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	batch->database_id = gdpr_database_id();
	batch->rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), RowExclusiveLock);
	gdpr_keyring_active(&batch->active);
	batch->old = batch->active;
	batch->indexes = CatalogOpenIndexes(batch->rel);
	batch->snapshot = RegisterSnapshot(GetLatestSnapshot());
	batch->slot = table_slot_create(batch->rel, NULL);
	return batch;
}

static void
end_batch(Batch *batch)
{
	ExecDropSingleTupleTableSlot(batch->slot);
	UnregisterSnapshot(batch->snapshot);
	CatalogCloseIndexes(batch->indexes);
	table_close(batch->rel, NoLock);
	forget_keys(batch);
}

/* The wrapped key in the slot, when another master key than the active one wrapped it; else NULL. */
static bytea *
outdated_key(Batch *batch)
{
	bool isnull;
	Datum datum = slot_getattr(batch->slot, SUBJECT_WRAPPED_KEY, &isnull);
	bytea *wrapped = isnull ? NULL : DatumGetByteaPP(datum);
	const uint8 *by;

	if (wrapped == NULL)
		return NULL;
	by = gdpr_wrapped_by((const uint8 *) VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped));
	return by != NULL && memcmp(by, batch->active.fingerprint, GDPR_FINGERPRINT_LEN) == 0 ? NULL : wrapped;
}

/* The same key, wrapped by the active master key. */
static bytea *
rewrap(Batch *batch, const bytea *wrapped)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(wrapped);
	size_t len = VARSIZE_ANY_EXHDR(wrapped);
	const uint8 *by = gdpr_wrapped_by(data, len);
	bytea *new = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	bool ok;

	SET_VARSIZE(new, VARHDRSZ + GDPR_WRAPPED_LEN);
	if (by != NULL && memcmp(by, batch->old.fingerprint, GDPR_FINGERPRINT_LEN) != 0 &&
		!gdpr_keyring_find(by, &batch->old))
		gdpr_keyring_missing(by);
	if (by == NULL ||
		gdpr_unwrap(&batch->old, batch->last, batch->database_id, data, len, batch->key) != GDPR_UNWRAP_OK)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the key of subject " INT64_FORMAT " is corrupted", batch->last),
			 errhint(
				 "Restore the row of gdpr.subject from a backup, then run gdpr.rotate_master_key() again.")));
	ok = gdpr_wrap(&batch->active, batch->last, batch->database_id, batch->key, (uint8 *) VARDATA(new));
	gdpr_cleanse(batch->key, GDPR_KEY_LEN);
	if (!ok)
		elog(ERROR, "could not wrap a subject key");
	return new;
}

/* Lock the row in the slot, and have its newest version there; false when it is gone. */
static bool
lock_row(Batch *batch)
{
	TM_FailureData failure;

	return table_tuple_lock(batch->rel, &batch->slot->tts_tid, batch->snapshot, batch->slot,
							GetCurrentCommandId(true), LockTupleNoKeyExclusive, LockWaitBlock,
							TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure) == TM_Ok;
}

/* Is there room for another version of the row in the slot beside it? */
static bool
fits_in_page(Batch *batch)
{
	HeapTuple tuple = ExecFetchSlotHeapTuple(batch->slot, false, NULL);
	Buffer buffer = ((BufferHeapTupleTableSlot *) batch->slot)->buffer;
	Size room;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	room = PageGetHeapFreeSpace(BufferGetPage(buffer));
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	return MAXALIGN(tuple->t_len) <= room;
}

static void
rewrap_row(Batch *batch)
{
	int column = SUBJECT_WRAPPED_KEY;
	bool isnull = false;
	bytea *wrapped;
	HeapTuple old;
	HeapTuple new;
	Datum value;

	if (!lock_row(batch) || (wrapped = outdated_key(batch)) == NULL)
		return;
	value = PointerGetDatum(rewrap(batch, wrapped));
	old = ExecFetchSlotHeapTuple(batch->slot, false, NULL);
	new = heap_modify_tuple_by_cols(old, RelationGetDescr(batch->rel), 1, &column, &value, &isnull);
	CatalogTupleUpdateWithInfo(batch->rel, &batch->slot->tts_tid, new, batch->indexes);
	gdpr_marker_send(GDPR_MARKER_OF(batch->last));
	heap_freetuple(new);
	pfree(DatumGetPointer(value));
	batch->rewrapped++;
}

static void
walk(Batch *batch, int64 after, int32 size)
{
	Relation index = index_open(gdpr_relation_oid(GDPR_SUBJECT_PKEY), AccessShareLock);
	IndexScanDesc scan = gdpr_index_beginscan(batch->rel, index, batch->snapshot, 1);
	ScanKeyData key;
	bool isnull;

	ScanKeyInit(&key, 1, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(after));
	index_rescan(scan, &key, 1, NULL, 0);
	for (int32 seen = 0; seen < size && index_getnext_slot(scan, ForwardScanDirection, batch->slot); seen++)
	{
		CHECK_FOR_INTERRUPTS();
		batch->last = DatumGetInt64(slot_getattr(batch->slot, SUBJECT_NUMBER, &isnull));
		if (outdated_key(batch) == NULL)
			continue;
		if (batch->in_page && !fits_in_page(batch))
			batch->left++;
		else
			rewrap_row(batch);
	}
	index_endscan(scan);
	index_close(index, AccessShareLock);
}

/* gdpr_internal.rewrap_subjects(after, batch_size, in_page) → (last, rewrapped, left_over) */
Datum
gdpr_rewrap_subjects(PG_FUNCTION_ARGS)
{
	int32 size = PG_GETARG_INT32(1);
	TupleDesc desc;
	Datum values[3];
	bool nulls[3] = {false, false, false};
	Batch *batch;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (size < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a batch has at least one subject"),
						errhint("Leave batch_size out, or give a number such as 10000.")));
	batch = begin_batch();
	batch->in_page = PG_GETARG_BOOL(2);
	walk(batch, PG_GETARG_INT64(0), size);
	nulls[0] = batch->last == 0;
	values[0] = Int64GetDatum(batch->last);
	values[1] = Int64GetDatum(batch->rewrapped);
	values[2] = Int64GetDatum(batch->left);
	end_batch(batch);
	CommandCounterIncrement();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* Wait for the transactions that may have written a person wrapped by an older key, not for those that come now. */
Datum
gdpr_await_writers(PG_FUNCTION_ARGS)
{
	LOCKTAG tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, gdpr_relation_oid(GDPR_SUBJECT));
	WaitForLockers(tag, ShareLock, false);
	PG_RETURN_VOID();
}
