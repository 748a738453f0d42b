/*
 * gdpr.c
 *		Entry point of the library: the list of topics, and the little that every topic asks of the catalogs.
 */
#include "gdpr.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "topics.h"

PG_MODULE_MAGIC;

bool gdpr_preloaded = false;

/* Dropped on any change of a schema; the extension and its schema come and go together. */
static Oid schema_oid = InvalidOid;
static bool schema_known = false;

/*
 * Our relations found by name; a look-up of a subject asks for two. Emptied when the schema or one of them
 * changes; what is found is kept only if no such change arrived meanwhile.
 */
#define KNOWN_RELATIONS 32

typedef struct KnownRelation
{
	const char *name; /* a literal of the caller */
	Oid relid;
} KnownRelation;

static KnownRelation known[KNOWN_RELATIONS];
static int known_count = 0;
static uint64 known_changes = 0;

void _PG_init(void);

static void
forget_relations(void)
{
	known_count = 0;
	known_changes++;
}

static void
forget_schema(Datum arg, int cacheid, uint32 hashvalue)
{
	schema_known = false;
	forget_relations();
}

static void
relation_changed(Datum arg, Oid relid)
{
	bool ours = relid == InvalidOid;

	known_changes++;
	for (int i = 0; !ours && i < known_count; i++)
		ours = known[i].relid == relid;
	if (ours)
		forget_relations();
}

void
_PG_init(void)
{
	gdpr_preloaded = process_shared_preload_libraries_in_progress;
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_schema, (Datum) 0);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);

	gdpr_topics_init();

	MarkGUCPrefixReserved("gdpr");
}

Oid
gdpr_schema_oid(void)
{
	if (!schema_known)
	{
		schema_oid = get_namespace_oid("gdpr", true);
		if (OidIsValid(schema_oid) && !OidIsValid(get_extension_oid("gdpr", true)))
			schema_oid = InvalidOid; /* somebody else's schema of that name */
		schema_known = true;
	}
	return schema_oid;
}

bool
gdpr_installed(void)
{
	return OidIsValid(gdpr_schema_oid());
}

Oid
gdpr_relation_oid(const char *name)
{
	Oid schema = gdpr_schema_oid();
	uint64 changes = known_changes;
	Oid relid;

	for (int i = 0; i < known_count; i++)
		if (known[i].name == name)
			return known[i].relid;
	relid = get_relname_relid(name, schema);
	if (!OidIsValid(relid))
		elog(ERROR, "relation gdpr.%s is missing", name);
	if (changes == known_changes && known_count < KNOWN_RELATIONS)
		known[known_count++] = (KnownRelation){name, relid};
	return relid;
}

Oid
gdpr_owner(void)
{
	Relation rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid owner = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("gdpr"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (!OidIsValid(owner))
		elog(ERROR, "extension gdpr is missing");
	return owner;
}

bool
gdpr_own_rights_at_work(void)
{
	Oid user;
	int context;

	GetUserIdAndSecContext(&user, &context);
	return (context & GDPR_SECURITY_OWN_RIGHTS) != 0;
}

void
gdpr_take_own_rights(Oid *caller, int *context)
{
	GetUserIdAndSecContext(caller, context);
	SetUserIdAndSecContext(gdpr_owner(), *context | SECURITY_LOCAL_USERID_CHANGE | GDPR_SECURITY_OWN_RIGHTS);
}

void
gdpr_spi_select_as_owner(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls, long limit)
{
	Oid caller;
	int context;
	int result;

	gdpr_take_own_rights(&caller, &context);
	result = SPI_execute_with_args(sql, nargs, types, values, nulls, false, limit);
	SetUserIdAndSecContext(caller, context);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(result));
}
