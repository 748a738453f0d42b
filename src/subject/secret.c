/*
 * secret.c
 *		The database's random secret and what derives from it: the unbound key, token keys, pseudonym keys.
 *
 *		Made at first use and never by the install script, which runs again on every node and restore. Kept in
 *		gdpr.meta wrapped like a subject key, so it travels with the data and rotation only rewraps it: tokens
 *		never change.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "crypto/keyring.h"
#include "crypto/mac.h"
#include "crypto/memory.h"

#define META_COLUMNS 3 /* only_row, database_id, wrapped_secret */

typedef struct Secret
{
	bool loaded;
	bool made_here; /* by the open transaction: goes with it */
	uint32 generation;
	Oid schema;		/* of which installation */
	uint64 keyring; /* generation under which the secret was unwrapped */
	uint8 database_id[GDPR_DATABASE_ID_LEN];
	bool unwrapped;
	uint8 secret[GDPR_KEY_LEN];
	uint8 unbound[GDPR_KEY_LEN];
} Secret;

static Secret *kept = NULL;
static GdprMac *deriving = NULL;
static uint32 deriving_generation = 0;

PG_FUNCTION_INFO_V1(gdpr_rewrap_secret);

static void
transaction_ended(XactEvent event, void *arg)
{
	if (kept == NULL || !kept->made_here)
		return;
	if (event == XACT_EVENT_ABORT)
		kept->loaded = kept->unwrapped = false;
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		kept->made_here = false;
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && kept != NULL && kept->made_here)
		kept->loaded = kept->unwrapped = false;
}

void
gdpr_secret_init(void)
{
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
}

static void
cleanse_at_exit(int code, Datum arg)
{
	gdpr_mac_free(deriving);
	deriving = NULL;
	gdpr_secret_unmap(kept, sizeof(Secret));
	kept = NULL;
}

/* Make the secret; the caller holds a lock on gdpr.meta that lets no one else do so. */
static HeapTuple
make_row(Relation rel)
{
	GdprMasterKey master;
	uint8 secret[GDPR_KEY_LEN];
	pg_uuid_t *database_id = palloc(sizeof(pg_uuid_t));
	bytea *wrapped = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	Datum values[META_COLUMNS];
	bool nulls[META_COLUMNS] = {false};
	HeapTuple tuple;
	bool ok;

	PreventCommandIfReadOnly("making the secret of this database");
	PreventCommandIfParallelMode("making the secret of this database");
	SET_VARSIZE(wrapped, VARHDRSZ + GDPR_WRAPPED_LEN);
	gdpr_keyring_active(&master);
	ok = gdpr_random(database_id->data, UUID_LEN) && gdpr_random(secret, sizeof(secret)) &&
		 gdpr_wrap(&master, 0, database_id->data, secret, (uint8 *) VARDATA(wrapped));
	gdpr_cleanse(secret, sizeof(secret));
	gdpr_cleanse(&master, sizeof(master));
	if (!ok)
		elog(ERROR, "could not make the secret of this database");

	values[0] = BoolGetDatum(true);
	values[1] = UUIDPGetDatum(database_id);
	values[2] = PointerGetDatum(wrapped);
	tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	CatalogTupleInsert(rel, tuple);
	CommandCounterIncrement();
	kept->made_here = true;
	return tuple;
}

static HeapTuple
find_row(Relation rel)
{
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple = systable_getnext(scan);

	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

/* The row of gdpr.meta, made when there is none. */
static HeapTuple
meta_row(TupleDesc *desc)
{
	Oid relid = gdpr_relation_oid(GDPR_META);
	Relation rel = table_open(relid, AccessShareLock);
	HeapTuple tuple = find_row(rel);

	if (!HeapTupleIsValid(tuple))
	{
		if (RecoveryInProgress())
			ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							errmsg("this database has no secret yet"),
							errhint("Protect a table on the primary first.")));
		LockRelationOid(relid, ShareRowExclusiveLock);
		tuple = find_row(rel);
		if (!HeapTupleIsValid(tuple))
			tuple = make_row(rel);
	}
	*desc = CreateTupleDescCopy(RelationGetDescr(rel));
	table_close(rel, NoLock);
	return tuple;
}

static void
load(void)
{
	TupleDesc desc;
	HeapTuple tuple;
	bool isnull;

	if (kept == NULL)
	{
		kept = gdpr_secret_map(sizeof(Secret), false, true);
		if (kept == NULL)
			ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
		on_proc_exit(cleanse_at_exit, (Datum) 0);
	}
	if (kept->loaded && kept->schema == gdpr_schema_oid())
		return;
	kept->loaded = kept->unwrapped = false;
	tuple = meta_row(&desc);
	memcpy(kept->database_id, DatumGetUUIDP(heap_getattr(tuple, 2, desc, &isnull))->data,
		   GDPR_DATABASE_ID_LEN);
	kept->schema = gdpr_schema_oid();
	kept->generation++;
	kept->loaded = true;
}

static void
unwrap(void)
{
	TupleDesc desc;
	HeapTuple tuple;
	bool isnull;
	bytea *wrapped;
	const uint8 *fingerprint;
	GdprMasterKey master;
	GdprUnwrap result;

	load();
	if (kept->unwrapped)
		return;
	tuple = meta_row(&desc);
	wrapped = DatumGetByteaPP(heap_getattr(tuple, 3, desc, &isnull));
	fingerprint = gdpr_wrapped_by((const uint8 *) VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped));
	if (fingerprint && !gdpr_keyring_find(fingerprint, &master))
	{
		GdprMasterKey active;

		gdpr_keyring_active(&active); /* says why when nothing at all is loaded */
		gdpr_cleanse(&active, sizeof(active));
		gdpr_keyring_missing(fingerprint);
	}
	result = fingerprint == NULL
				 ? GDPR_UNWRAP_MALFORMED
				 : gdpr_unwrap(&master, 0, kept->database_id, (const uint8 *) VARDATA_ANY(wrapped),
							   VARSIZE_ANY_EXHDR(wrapped), kept->secret);
	gdpr_cleanse(&master, sizeof(master));
	if (result != GDPR_UNWRAP_OK || !gdpr_derive(kept->secret, "unbound", NULL, NULL, kept->unbound))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("the secret of this database is corrupted"),
						errhint("Restore gdpr.meta from a backup.")));
	kept->unwrapped = true;
}

bool
gdpr_secret_ready(void)
{
	Relation rel;
	HeapTuple tuple;
	GdprMasterKey master;
	bool isnull;
	bool ready = false;

	if (kept && kept->unwrapped && kept->schema == gdpr_schema_oid())
		return true;
	if (!gdpr_keyring_has_keys())
		return false;
	rel = table_open(gdpr_relation_oid(GDPR_META), AccessShareLock);
	tuple = find_row(rel);
	if (HeapTupleIsValid(tuple))
	{
		bytea *wrapped = DatumGetByteaPP(heap_getattr(tuple, 3, RelationGetDescr(rel), &isnull));
		const uint8 *fingerprint =
			gdpr_wrapped_by((const uint8 *) VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped));

		ready = fingerprint && gdpr_keyring_find(fingerprint, &master);
		gdpr_cleanse(&master, sizeof(master));
	}
	table_close(rel, NoLock);
	return ready;
}

const uint8 *
gdpr_database_id(void)
{
	if (unlikely(kept == NULL || !kept->loaded || kept->schema != gdpr_schema_oid()))
		load();
	return kept->database_id;
}

const uint8 *
gdpr_unbound_key(void)
{
	if (unlikely(kept == NULL || !kept->unwrapped || kept->schema != gdpr_schema_oid()))
		unwrap();
	return kept->unbound;
}

/* The secret set up as a key: the suppression list derives from it for every identifier that is written. */
static GdprMac *
keyed_by_secret(void)
{
	gdpr_unbound_key();
	if (deriving != NULL && deriving_generation == kept->generation)
		return deriving;
	gdpr_mac_free(deriving);
	deriving = gdpr_mac_new(kept->secret);
	deriving_generation = kept->generation;
	if (deriving == NULL)
		elog(ERROR, "could not derive a key");
	return deriving;
}

/* As gdpr_derive(). */
void
gdpr_secret_derive(const char *use, const char *first, const char *second, uint8 out[32])
{
	GdprMac *mac = keyed_by_secret();
	StringInfoData message;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, use, strlen(use) + 1);
	appendStringInfoString(&message, first ? first : "");
	appendStringInfoChar(&message, '\0');
	appendStringInfoString(&message, second ? second : "");
	if (!gdpr_mac(mac, message.data, message.len, out))
		elog(ERROR, "could not derive a key");
	pfree(message.data);
}

GdprMac *
gdpr_secret_mac(GdprSecretMac *kept, const char *use, const char *first, const char *second)
{
	uint8 key[GDPR_MAC_LEN];

	gdpr_unbound_key(); /* loads the secret */
	if (kept->of != gdpr_secret_generation())
	{
		gdpr_mac_free(kept->mac);
		kept->mac = NULL;
		kept->of = gdpr_secret_generation();
	}
	if (kept->mac == NULL)
	{
		gdpr_secret_derive(use, first, second, key);
		kept->mac = gdpr_mac_new(key);
		gdpr_cleanse(key, sizeof(key));
	}
	return kept->mac;
}

uint32
gdpr_secret_generation(void)
{
	gdpr_database_id();
	return kept->generation;
}

static bool
is_wrapped_by(Relation rel, HeapTuple row, const GdprMasterKey *master)
{
	bool isnull;
	bytea *wrapped = DatumGetByteaPP(heap_getattr(row, 3, RelationGetDescr(rel), &isnull));
	const uint8 *by = gdpr_wrapped_by((const uint8 *) VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped));

	return by != NULL && memcmp(by, master->fingerprint, GDPR_FINGERPRINT_LEN) == 0;
}

Datum
gdpr_rewrap_secret(PG_FUNCTION_ARGS)
{
	Relation rel;
	HeapTuple old;
	HeapTuple new;
	GdprMasterKey master;
	int column = 3;
	Datum value;
	bool isnull = false;
	bytea *wrapped = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	bool ok;

	gdpr_unbound_key();
	rel = table_open(gdpr_relation_oid(GDPR_META), ShareRowExclusiveLock);
	old = find_row(rel);
	gdpr_keyring_active(&master);
	if (is_wrapped_by(rel, old, &master))
	{
		gdpr_cleanse(&master, sizeof(master));
		table_close(rel, NoLock);
		PG_RETURN_VOID();
	}
	SET_VARSIZE(wrapped, VARHDRSZ + GDPR_WRAPPED_LEN);
	ok = gdpr_wrap(&master, 0, kept->database_id, kept->secret, (uint8 *) VARDATA(wrapped));
	gdpr_cleanse(&master, sizeof(master));
	if (!ok)
		elog(ERROR, "could not wrap the secret of this database");
	value = PointerGetDatum(wrapped);
	new = heap_modify_tuple_by_cols(old, RelationGetDescr(rel), 1, &column, &value, &isnull);
	CatalogTupleUpdate(rel, &old->t_self, new);
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}
