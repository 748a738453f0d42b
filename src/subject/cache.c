/*
 * cache.c
 *		The subjects a backend has seen (see cache.h).
 *
 *		Validity. A slot is good while its generation equals that of its marker. An invalidation only counts the
 *		generation up, so a bucket of 1/256 of the subjects is forgotten in one step. Who wants a subject first
 *		accepts pending invalidations, so a change that another session committed is seen by the next look-up,
 *		also inside an open transaction. To fill: note the generation, read with a fresh snapshot, store only if
 *		the generation is unchanged; a commit that our snapshot missed sends its invalidation after, and thereby
 *		empties what we stored. Absence is never stored. A subject that this transaction makes is stored as it is
 *		made, since no one else can change it before the commit, and forgotten when the transaction aborts.
 *
 *		Reading ahead. Scans meet subjects in the order of their numbers, since both were filled together. When a
 *		miss follows the last one closely, the index range scan goes on for READ_AHEAD subjects, and for twice as many
 *		each time that this was right, up to READ_AHEAD_MAX: to begin such a scan costs as much as thirty of its rows.
 *
 *		Unwrapping costs as much as the rest of reading a subject, and the row filter alone needs no key. So keys
 *		are left wrapped until one is asked for, then unwrapped as subjects are read, and left again when a few
 *		reads went by in which no one asked.
 *
 *		Slots are direct-mapped by number: consecutive numbers never collide, and the memory is bounded by
 *		construction. Keys that were forgotten are overwritten by the next subject of the slot, and cleansed at
 *		exit; the pages are never in a core dump. Only blocks that ever held a subject are cleansed: to touch all
 *		of 64 MB took a short connection longer than everything else it did.
 */
#include "subject/cache.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "storage/ipc.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "crypto/keyring.h"
#include "crypto/keyring_page.h"
#include "crypto/memory.h"
#include "subject/marker.h"
#include "subject/subject.h"

#define READ_AHEAD	   64
#define READ_AHEAD_MAX 512
#define BLOCK_SLOTS	   64 /* a page */
#define KEYLESS_READS  16 /* reads without a question for a key, after which keys are left wrapped */

static int gdpr_subject_cache_size = 64 * 1024; /* kB */

static GdprSubject *slots = NULL;
static uint64 slot_mask = 0;
static bool *used_blocks = NULL; /* of BLOCK_SLOTS slots each */
static GdprSubject passing;		 /* an answer that may not be stored */

static uint32 generations[GDPR_MARKER_BUCKETS];
static uint64 changes = 0; /* counts every invalidation heard */
static uint64 keyring_seen = 0;
static uint32 keyring_sequence_seen = 0;

static int64 last_missed_end = 0;	/* first number behind the last fill */
static int read_ahead = READ_AHEAD; /* of the next scan in order */
static int reads_since_key = 0;		/* fills since a key was asked for */

static GdprJudge judge = NULL;

static void
forget(int marker)
{
	changes++;
	if (marker == GDPR_MARKER_PURPOSE)
		return;
	if (marker >= 0)
		generations[marker]++;
	else
		for (int i = 0; i < GDPR_MARKER_BUCKETS; i++)
			generations[i]++;
}

/* What an aborted transaction made must not be found again under a number that was never committed. */
static bool uncommitted = false;

static void
transaction_ended(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT && uncommitted)
		forget(-1);
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		uncommitted = false;
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && uncommitted)
		forget(-1);
}

void
gdpr_subject_cache_init(void)
{
	DefineCustomIntVariable("gdpr.subject_cache_size", "Memory of a backend for the subjects it has seen.",
							"64 bytes a subject. Raise it when one session scans more people than fit.",
							&gdpr_subject_cache_size, 64 * 1024, 64, MAX_KILOBYTES, PGC_BACKEND, GUC_UNIT_KB,
							NULL, NULL, NULL);
	gdpr_marker_listen(forget);
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
	gdpr_secret_init();
}

void
gdpr_subject_cache_judge(GdprJudge callback)
{
	judge = callback;
}

static void
cleanse_slots(void)
{
	for (uint64 block = 0; block <= slot_mask / BLOCK_SLOTS; block++)
		if (used_blocks[block])
		{
			gdpr_cleanse(slots + block * BLOCK_SLOTS, BLOCK_SLOTS * sizeof(GdprSubject));
			used_blocks[block] = false;
		}
}

static void
cleanse_at_exit(int code, Datum arg)
{
	cleanse_slots();
	gdpr_cleanse(&passing, sizeof(passing));
}

/* The slot of a subject, to be written. */
static GdprSubject *
slot_to_fill(int64 number)
{
	used_blocks[(number & slot_mask) / BLOCK_SLOTS] = true;
	return &slots[number & slot_mask];
}

static void
make_slots(void)
{
	uint64 count = BLOCK_SLOTS;
	bool *blocks;

	StaticAssertStmt(sizeof(GdprSubject) == 64, "a subject fills one cache line");
	while (count * 2 * sizeof(GdprSubject) <= (uint64) gdpr_subject_cache_size * 1024)
		count *= 2;
	blocks = MemoryContextAllocZero(TopMemoryContext, count / BLOCK_SLOTS * sizeof(bool));
	slots = gdpr_secret_map(count * sizeof(GdprSubject), false, false);
	if (slots == NULL)
	{
		pfree(blocks);
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
	used_blocks = blocks;
	slot_mask = count - 1;
	on_proc_exit(cleanse_at_exit, (Datum) 0);
}

void
gdpr_subject_cache_created(int64 number, const uint8 *key)
{
	GdprSubject *subject;

	gdpr_marker_load();
	uncommitted = true;
	if (slots == NULL)
		make_slots();
	subject = slot_to_fill(number);
	memset(subject, 0, sizeof(*subject));
	memcpy(subject->key, key, GDPR_KEY_LEN);
	subject->key_state = GDPR_KEY_PRESENT;
	subject->generation = generations[GDPR_MARKER_OF(number)];
	subject->number = number;
	if (judge)
		judge(subject, NULL, 0);
}

void
gdpr_subject_cache_forget(void)
{
	if (slots)
		cleanse_slots();
	gdpr_ciphers_forget();
}

static GdprKeyState
unwrap_key(Datum wrapped, int64 number, uint8 key[GDPR_KEY_LEN])
{
	bytea *bytes = DatumGetByteaPP(wrapped);
	const uint8 *data = (const uint8 *) VARDATA_ANY(bytes);
	size_t len = VARSIZE_ANY_EXHDR(bytes);
	const uint8 *fingerprint = gdpr_wrapped_by(data, len);
	static GdprMasterKey master; /* the last one used, to save the look-up */
	static uint32 master_of = 0; /* the keyring's sequence, 0 = none */
	GdprKeyState state = GDPR_KEY_CORRUPTED;

	if (fingerprint == NULL)
		return GDPR_KEY_CORRUPTED;
	if (master_of == 0 || master_of != gdpr_keyring_sequence() ||
		memcmp(master.fingerprint, fingerprint, GDPR_FINGERPRINT_LEN) != 0)
	{
		uint32 sequence = gdpr_keyring_sequence();

		master_of = 0;
		if (!gdpr_keyring_find(fingerprint, &master))
			return GDPR_KEY_NOT_LOADED;
		master_of = sequence;
	}
	if (gdpr_unwrap(&master, number, gdpr_database_id(), data, len, key) == GDPR_UNWRAP_OK)
		state = GDPR_KEY_PRESENT;
	return state;
}

static int64
number_in(HeapTuple tuple, TupleDesc desc)
{
	bool isnull;

	return DatumGetInt64(heap_getattr(tuple, SUBJECT_NUMBER, desc, &isnull));
}

/* The number is set last: a row that raises an error leaves an empty slot. */
static void
fill_from(GdprSubject *subject, int64 number, HeapTuple tuple, TupleDesc desc)
{
	bool isnull;
	Datum datum;

	memset(subject, 0, sizeof(*subject));
	subject->generation = generations[GDPR_MARKER_OF(number)];
	datum = heap_getattr(tuple, SUBJECT_WRAPPED_KEY, desc, &isnull);
	if (isnull)
		subject->key_state = GDPR_KEY_SHREDDED;
	else if (reads_since_key > KEYLESS_READS)
		subject->key_state = GDPR_KEY_WRAPPED;
	else
		subject->key_state = unwrap_key(datum, number, subject->key);
	if (judge)
	{
		datum = heap_getattr(tuple, SUBJECT_PERMISSIONS, desc, &isnull);
		if (isnull)
			judge(subject, NULL, 0);
		else
		{
			bytea *bytes = DatumGetByteaPP(datum);

			judge(subject, (const uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		}
	}
	subject->number = number;
}

/* Read the subjects first .. last into their slots; what belongs to `wanted` also into passing. */
static void
read_range(int64 first, int64 last, int64 wanted)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT), AccessShareLock);
	uint64 seen = changes;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], SUBJECT_NUMBER, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(first));
	ScanKeyInit(&keys[1], SUBJECT_NUMBER, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(last));
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUBJECT_PKEY), true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		GdprSubject row;
		GdprSubject *subject = &row;
		int64 number = number_in(tuple, RelationGetDescr(rel));

		if (likely(changes == seen))
			subject = slot_to_fill(number);
		fill_from(subject, number, tuple, RelationGetDescr(rel));
		if (unlikely(number == wanted))
			passing = *subject;
		if (unlikely(subject == &row))
			gdpr_cleanse(row.key, sizeof(row.key));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static GdprSubject *
fill(int64 number)
{
	int64 last = number;

	gdpr_marker_load();
	if (number >= last_missed_end && number - last_missed_end < READ_AHEAD / 4)
	{
		last = number + read_ahead - 1;
		read_ahead = Min(read_ahead * 2, READ_AHEAD_MAX);
	}
	else
		read_ahead = READ_AHEAD;
	last_missed_end = last + 1;
	if (reads_since_key <= KEYLESS_READS)
		reads_since_key++;

	gdpr_cleanse(&passing, sizeof(passing));
	gdpr_database_id(); /* before the scan: may read gdpr.meta itself */
	read_range(number, last, number);
	if (passing.number != number)
	{
		passing.number = number;
		passing.key_state = GDPR_KEY_UNKNOWN;
		if (judge)
			judge(&passing, NULL, 0);
	}
	return &passing;
}

GdprSubject *
gdpr_subject_get(int64 number)
{
	AcceptInvalidationMessages();
	return gdpr_subject_get_next(number);
}

/* Other master keys: what could not be unwrapped may be now, and the other way round. */
static void
forget_if_keys_changed(uint32 sequence)
{
	uint64 generation = gdpr_keyring_generation();

	if (keyring_seen != generation)
		forget(-1);
	keyring_seen = generation;
	keyring_sequence_seen = sequence;
}

GdprSubject *
gdpr_subject_get_next(int64 number)
{
	uint32 sequence = gdpr_keyring_sequence();
	GdprSubject *subject;

	if (unlikely(slots == NULL))
		make_slots();
	if (unlikely(keyring_sequence_seen != sequence))
		forget_if_keys_changed(sequence);
	subject = &slots[number & slot_mask];
	if (likely(subject->number == number && subject->generation == generations[GDPR_MARKER_OF(number)]))
		return subject;
	return fill(number);
}

GdprSubject *
gdpr_subject_get_again(int64 number)
{
	if (slots == NULL)
		return gdpr_subject_get(number);
	return fill(number);
}

void
gdpr_subject_key_error(int64 number, GdprKeyState state)
{
	if (state == GDPR_KEY_NOT_LOADED)
	{
		TupleDesc desc;
		HeapTuple tuple = gdpr_subject_row(number, &desc);
		bool isnull = true;
		Datum datum = tuple ? heap_getattr(tuple, SUBJECT_WRAPPED_KEY, desc, &isnull) : (Datum) 0;

		if (!isnull)
		{
			bytea *bytes = DatumGetByteaPP(datum);

			gdpr_keyring_missing(
				gdpr_wrapped_by((const uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)));
		}
	}
	if (state == GDPR_KEY_UNKNOWN)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED), errmsg("sealed value is corrupted"),
			 errdetail("It is sealed for subject " INT64_FORMAT ", and there never was one of this number.",
					   number),
			 errhint("Restore the row from a backup; a value of another database cannot be opened here.")));
	if (state == GDPR_KEY_CORRUPTED)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("the key of subject " INT64_FORMAT " is corrupted", number),
						errhint("Restore the row of gdpr.subject from a backup.")));
	ereport(ERROR,
			(errcode(ERRCODE_ZG020_KEY_SHREDDED), errmsg("subject " INT64_FORMAT " is erased", number),
			 errdetail(
				 "The key of this person was destroyed, so nothing sealed under it can be read again.")));
}

const uint8 *
gdpr_subject_key(int64 number)
{
	AcceptInvalidationMessages();
	return gdpr_subject_key_next(number);
}

const uint8 *
gdpr_subject_key_next(int64 number)
{
	GdprSubject *subject = gdpr_subject_get_next(number);

	reads_since_key = 0;
	if (unlikely(subject->key_state == GDPR_KEY_WRAPPED))
		subject = gdpr_subject_get_again(number);
	if (unlikely(subject->key_state != GDPR_KEY_PRESENT))
		gdpr_subject_key_error(number, subject->key_state);
	return subject->key;
}
