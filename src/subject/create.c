/*
 * create.c
 *		New rows of gdpr.subject. Writes go through the catalogs' way of inserting: no rights of the caller are needed.
 *
 *		Creation must not make two subjects of one person. The unique index over (relation, key) decides, as it does
 *		for INSERT ... ON CONFLICT DO NOTHING: the row is inserted speculatively, and taken out again at once when
 *		the index holds the name of a row that is committed or may yet be. No one has seen its number by then, and
 *		no one waits for a row that is taken out. Before that a dirty scan looks for a row of the same name,
 *		committed or not: for an uncommitted one we wait for its transaction, and look again.
 *
 *		A statement that creates subjects row after row (COPY, protect) will create the next one too, and leaves out
 *		the looks before: the insertion itself finds out when that was wrong.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "crypto/keyring.h"
#include "subject/cache.h"

#define LONG_STREAK 16 /* new subjects in a row, after which the next is expected to be new */

/* New subjects of the running statement, one after the other. */
static struct
{
	TimestampTz statement;
	int length;
} streak;

/* Who is creating a subject of the same name right now. */
typedef struct Rival
{
	TransactionId transaction;
	uint32 speculative; /* its row may be taken out again in a moment */
} Rival;

static int
streak_length(void)
{
	if (streak.statement != GetCurrentStatementStartTimestamp())
	{
		streak.statement = GetCurrentStatementStartTimestamp();
		streak.length = 0;
	}
	return streak.length;
}

/*
 * The subject of this name, committed or made by ourselves; 0 when there is none. *rival is then who is making one,
 * if anyone. A committed row counts also while another transaction changes it.
 */
static int64
look_for(Relation rel, Oid relation, Datum key, Rival *rival)
{
	Relation index = index_open(gdpr_relation_oid(GDPR_SUBJECT_RELATION_KEY), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	SnapshotData dirty;
	ScanKeyData keys[2];
	IndexScanDesc scan;
	int64 number = 0;

	memset(rival, 0, sizeof(*rival));
	InitDirtySnapshot(dirty);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, TEXTOID, DEFAULT_COLLATION_OID, F_TEXTEQ,
						   key);
	scan = gdpr_index_beginscan(rel, index, &dirty, 2);
	index_rescan(scan, keys, 2, NULL, 0);
	while (number == 0 && index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		bool isnull;

		if (TransactionIdIsValid(dirty.xmin))
		{
			rival->transaction = dirty.xmin;
			rival->speculative = dirty.speculativeToken;
		}
		else
			number = DatumGetInt64(slot_getattr(slot, SUBJECT_NUMBER, &isnull));
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return number;
}

static void
wait_for(Relation rel, const Rival *rival)
{
	if (rival->speculative)
		SpeculativeInsertionWait(rival->transaction, rival->speculative);
	else
		XactLockTableWait(rival->transaction, rel, NULL, XLTW_InsertIndex);
}

/* A random key for the subject of this number, wrapped by the master key. */
static bytea *
make_key(int64 number, uint8 key[GDPR_KEY_LEN])
{
	GdprMasterKey master;
	bytea *wrapped = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	bool ok;

	SET_VARSIZE(wrapped, VARHDRSZ + GDPR_WRAPPED_LEN);
	gdpr_keyring_active(&master);
	ok = gdpr_random(key, GDPR_KEY_LEN) &&
		 gdpr_wrap(&master, number, gdpr_database_id(), key, (uint8 *) VARDATA(wrapped));
	gdpr_cleanse(&master, sizeof(master));
	if (!ok)
		elog(ERROR, "could not make a subject key");
	return wrapped;
}

/*
 * Put the row into every index, also into those that an administrator added. False when the name was taken. Like
 * CatalogIndexInsert this takes no index over expressions, and none that is partial.
 */
static bool
insert_into_indexes(Relation rel, HeapTuple tuple, Datum *values, bool *nulls)
{
	CatalogIndexState indexes = CatalogOpenIndexes(rel);
	Oid by_name = gdpr_relation_oid(GDPR_SUBJECT_RELATION_KEY);
	bool unique = true;

	for (int i = 0; unique && i < indexes->ri_NumIndices; i++)
	{
		Relation index = indexes->ri_IndexRelationDescs[i];
		IndexInfo *info = indexes->ri_IndexRelationInfo[i];
		bool arbiter = RelationGetRelid(index) == by_name;
		Datum key_values[INDEX_MAX_KEYS];
		bool key_nulls[INDEX_MAX_KEYS];
		bool inserted;

		if (!info->ii_ReadyForInserts)
			continue;
		if (info->ii_Expressions != NIL || info->ii_Predicate != NIL || info->ii_ExclusionOps != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index \"%s\" cannot be kept on gdpr.subject", RelationGetRelationName(index)),
					 errhint("DROP INDEX it; plain columns can be indexed.")));
		for (int k = 0; k < info->ii_NumIndexAttrs; k++)
		{
			key_values[k] = values[info->ii_IndexAttrNumbers[k] - 1];
			key_nulls[k] = nulls[info->ii_IndexAttrNumbers[k] - 1];
		}
		inserted = index_insert(index, key_values, key_nulls, &tuple->t_self, rel,
								arbiter						   ? UNIQUE_CHECK_PARTIAL
								: index->rd_index->indisunique ? UNIQUE_CHECK_YES
															   : UNIQUE_CHECK_NO,
								false, info);
		unique = inserted || !arbiter;
	}
	CatalogCloseIndexes(indexes);
	return unique;
}

/* False when the name was taken; the row is then gone as if it had never been. */
static bool
insert_row(Relation rel, Datum *values, bool *nulls)
{
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	TransactionId transaction = GetCurrentTransactionId();
	uint32 token = SpeculativeInsertionLockAcquire(transaction);
	bool unique;

	HeapTupleHeaderSetSpeculativeToken(tuple->t_data, token);
	heap_insert(rel, tuple, GetCurrentCommandId(true), HEAP_INSERT_SPECULATIVE, NULL);
	unique = insert_into_indexes(rel, tuple, values, nulls);
	if (unique)
		heap_finish_speculative(rel, &tuple->t_self);
	else
		heap_abort_speculative(rel, &tuple->t_self);
	SpeculativeInsertionLockRelease(transaction);
	heap_freetuple(tuple);
	return unique;
}

/* The number of the new subject; 0 when someone else was quicker. */
static int64
create(Relation rel, Oid relation, Datum key_text)
{
	int64 number = nextval_internal(gdpr_relation_oid(GDPR_SUBJECT_NUMBER), false);
	Datum values[SUBJECT_COLUMNS] = {0};
	bool nulls[SUBJECT_COLUMNS] = {false};
	uint8 key[GDPR_KEY_LEN];
	bytea *wrapped = make_key(number, key);

	if (number % NUMBERS_TOLD == 1 && gdpr_numbers_given)
		gdpr_numbers_given();
	values[SUBJECT_NUMBER - 1] = Int64GetDatum(number);
	values[SUBJECT_RELATION - 1] = ObjectIdGetDatum(relation);
	values[SUBJECT_KEY - 1] = key_text;
	values[SUBJECT_WRAPPED_KEY - 1] = PointerGetDatum(wrapped);
	nulls[SUBJECT_PERMISSIONS - 1] = true;
	values[SUBJECT_CREATED_AT - 1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	if (insert_row(rel, values, nulls))
		gdpr_subject_cache_created(number, key);
	else
		number = 0;
	gdpr_cleanse(key, sizeof(key));
	pfree(wrapped);

	/* Later rows of this statement must see the subject. */
	CommandCounterIncrement();
	return number;
}

int64
gdpr_subject_ensure(Oid relation, const char *key, bool *created)
{
	Relation rel;
	Datum key_text;
	bool look = streak_length() < LONG_STREAK;
	int64 number = streak_length() > 0 ? 0 : gdpr_subject_number_of(relation, key);
	bool ours = false;

	if (created)
		*created = false;
	if (number != 0)
		return number;

	gdpr_database_id(); /* made at first use, which writes gdpr.meta */
	gdpr_pass_gate();
	rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), RowExclusiveLock);
	key_text = CStringGetTextDatum(key);
	while (number == 0)
	{
		Rival rival = {InvalidTransactionId};

		if (look)
			number = look_for(rel, relation, key_text, &rival);
		look = true;
		if (TransactionIdIsValid(rival.transaction) && number == 0)
			wait_for(rel, &rival);
		else if (number == 0)
		{
			number = create(rel, relation, key_text);
			ours = number != 0;
		}
	}
	streak.length = ours ? streak.length + 1 : 0;
	table_close(rel, NoLock); /* kept to the end: a rotation waits for it (rotate.c) */
	pfree(DatumGetPointer(key_text));
	if (created)
		*created = ours;
	return number;
}
