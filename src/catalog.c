/*
 * catalog.c
 *		What every topic asks of the catalogs (see catalog.h), found once and kept until it changes.
 */
#include "catalog.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "errors.h"
#include "invalidation.h"

static const char *const relation_names[GDPR_RELATIONS] = {
	[GDPR_CATALOG] = "catalog",
	[GDPR_ERASURE] = "erasure",
	[GDPR_HIERARCHY] = "hierarchy",
	[GDPR_HIERARCHY_PKEY] = "hierarchy_pkey",
	[GDPR_JOURNAL] = "journal",
	[GDPR_JOURNAL_NUMBERS] = "journal_numbers",
	[GDPR_JOURNAL_ORIGIN] = "journal_origin",
	[GDPR_JOURNAL_PENDING] = "journal_pending",
	[GDPR_JOURNAL_PENDING_NUMBER] = "journal_pending_number_seq",
	[GDPR_JOURNAL_PKEY] = "journal_pkey",
	[GDPR_LEDGER] = "ledger",
	[GDPR_LEDGER_NUMBER] = "ledger_number_seq",
	[GDPR_LEDGER_UNSEALED] = "ledger_unsealed",
	[GDPR_LEGAL_HOLD] = "legal_hold",
	[GDPR_LEGAL_HOLD_ACTIVE] = "legal_hold_active",
	[GDPR_META] = "meta",
	[GDPR_NATIONAL_NUMBER_AUTHORISATION] = "national_number_authorisation",
	[GDPR_PSEUDONYM_GRANT] = "pseudonym_grant",
	[GDPR_PURPOSE] = "purpose",
	[GDPR_PURPOSE_GRANT] = "purpose_grant",
	[GDPR_READ_LIMIT] = "read_limit",
	[GDPR_ROW_HOLD] = "row_hold",
	[GDPR_ROW_HOLD_ACTIVE] = "row_hold_active",
	[GDPR_SUBJECT] = "subject",
	[GDPR_SUBJECT_NUMBER] = "subject_number",
	[GDPR_SUBJECT_PKEY] = "subject_pkey",
	[GDPR_SUBJECT_RELATION_KEY] = "subject_relation_key_key",
	[GDPR_SUBJECT_TABLE] = "subject_table",
	[GDPR_SUBJECT_TABLE_PKEY] = "subject_table_pkey",
	[GDPR_SUPPRESSION] = "suppression",
	[GDPR_SUPPRESSION_CHECK] = "suppression_check",
};

/* Forgotten on any change of a schema; the extension and its schemas come and go together. */
static Oid schema_oid = InvalidOid;
static bool schema_known = false;
static Oid internal_schema_oid = InvalidOid;
static bool internal_schema_known = false;

/*
 * Our relations, InvalidOid until they are found; a look-up of a subject asks for two. Forgotten when a schema or one
 * of them changes; what is found is kept only if no change arrived meanwhile.
 */
static Oid relations[GDPR_RELATIONS];
static uint64 changes = 0;

static bool catalog_fits = false;

PG_FUNCTION_INFO_V1(gdpr_catalog_number);

static void
forget_relations(void)
{
	memset(relations, 0, sizeof(relations));
	changes++;
}

static void
schema_changed(void)
{
	schema_known = internal_schema_known = false;
	catalog_fits = false;
	forget_relations();
}

static void
relation_changed(Oid relid)
{
	bool ours = relid == InvalidOid;

	changes++;
	for (int i = 0; !ours && i < GDPR_RELATIONS; i++)
		ours = relations[i] == relid;
	if (ours)
		forget_relations();
}

void
gdpr_catalog_init(void)
{
	gdpr_on_catalog_change(GDPR_CATALOG_SCHEMA, schema_changed);
	gdpr_on_relation_change(relation_changed);
}

Oid
gdpr_schema_oid(void)
{
	if (!schema_known)
	{
		schema_oid = get_namespace_oid("gdpr", true);
		if (OidIsValid(schema_oid) && !OidIsValid(get_extension_oid("gdpr", true)))
			schema_oid = InvalidOid; /* a stranger's schema of that name */
		schema_known = true;
	}
	return schema_oid;
}

/* An older version of the extension has none, and a schema of that name may then be anyone's. */
Oid
gdpr_internal_schema_oid(void)
{
	if (!internal_schema_known)
	{
		Oid found = get_namespace_oid("gdpr_internal", true);
		Oid extension = get_extension_oid("gdpr", true);

		if (OidIsValid(found) && getExtensionOfObject(NamespaceRelationId, found) != extension)
			found = InvalidOid;
		internal_schema_oid = found;
		internal_schema_known = true;
	}
	return internal_schema_oid;
}

bool
gdpr_schema_is_ours(Oid schema)
{
	return OidIsValid(schema) && (schema == gdpr_schema_oid() || schema == gdpr_internal_schema_oid());
}

bool
gdpr_installed(void)
{
	return OidIsValid(gdpr_schema_oid());
}

static Oid
find_relation(GdprRelation relation)
{
	Oid schema = gdpr_schema_oid();
	uint64 before = changes;
	Oid relid = get_relname_relid(relation_names[relation], schema);

	if (!OidIsValid(relid))
	{
		gdpr_require_catalog();
		elog(ERROR, "relation gdpr.%s is missing", relation_names[relation]);
	}
	if (before == changes)
		relations[relation] = relid;
	return relid;
}

Oid
gdpr_relation_oid(GdprRelation relation)
{
	return likely(OidIsValid(relations[relation])) ? relations[relation] : find_relation(relation);
}

/* Of this database; 0 where an install script of before there were numbers made it. */
static int32
number_here(void)
{
	Oid relid = get_relname_relid(relation_names[GDPR_CATALOG], gdpr_schema_oid());
	Relation rel;
	SysScanDesc scan;
	HeapTuple tuple;
	int32 number = 0;

	if (!OidIsValid(relid))
		return 0;
	rel = table_open(relid, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;
		Datum value = heap_getattr(tuple, 1, RelationGetDescr(rel), &isnull);

		number = isnull ? 0 : DatumGetInt32(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return number;
}

/* What does not fit is looked at again each time: ALTER EXTENSION puts it right. */
bool
gdpr_catalog_fits(void)
{
	if (unlikely(!catalog_fits))
	{
		if (creating_extension || !gdpr_installed())
			return true;
		catalog_fits = number_here() == GDPR_CATALOG_NUMBER;
	}
	return catalog_fits;
}

void
gdpr_require_catalog(void)
{
	int32 number;

	if (likely(gdpr_catalog_fits()))
		return;
	number = number_here();
	ereport(ERROR, (errcode(ERRCODE_ZG027_CATALOG),
					errmsg("extension gdpr of this database has catalog %d, and the library works with %d",
						   number, GDPR_CATALOG_NUMBER),
					number < GDPR_CATALOG_NUMBER
						? errhint("ALTER EXTENSION gdpr UPDATE;")
						: errhint("Install the library of the newer version, and restart the server.")));
}

Datum
gdpr_catalog_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(GDPR_CATALOG_NUMBER);
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

char *
gdpr_table_name(Oid relid)
{
	char *schema = get_namespace_name(get_rel_namespace(relid));
	char *name = get_rel_name(relid);

	if (schema == NULL || name == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table with OID %u does not exist", relid),
						errhint("Name an existing table.")));
	return quote_qualified_identifier(schema, name);
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
