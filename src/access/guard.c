/*
 * guard.c
 *		Keeps what is registered in step with the catalogs, and refuses what would destroy keys by accident.
 *
 *		- A renamed column keeps its meaning: names that we stored follow.
 *		- A column that leads to the owner, a subject's key, the tag: dropping it is refused while protected.
 *		- gdpr.subject with keys in it is not dropped by DROP EXTENSION ... CASCADE, DROP OWNED or anything else:
 *		  every sealed value would be lost.
 *		- A table with rows that a hold keeps is not dropped.
 *		- A dropped role leaves no grants behind.
 *
 *		The hook lives in the library. Where it is not preloaded, an event trigger in C on ddl_command_start
 *		loads it before the command runs.
 */
#include "access/access.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "hooks.h"
#include "policy/hold.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_load_guard);

static bool in_hook = false;

/* What is asked of SQL. */
typedef enum GuardFunction
{
	COLUMN_RENAMED,
	GUARD_COLUMN,
	ROLE_DROPPED,
	REQUIRE_NONE_HELD
} GuardFunction;

typedef struct Function
{
	const char *name;
	int nargs;
	Oid types[3];
} Function;

static const Function functions[] = {
	[COLUMN_RENAMED] = {"column_renamed", 3, {REGCLASSOID, NAMEOID, NAMEOID}},
	[GUARD_COLUMN] = {"guard_column", 2, {REGCLASSOID, NAMEOID}},
	[ROLE_DROPPED] = {"role_dropped", 1, {OIDOID}},
	[REQUIRE_NONE_HELD] = {"require_none_held", 1, {REGCLASSOID}},
};

/* What those functions need. */
static const Function callees[] = {
	{"guard_tag", 2, {REGCLASSOID, NAMEOID}},
	{"is_protected", 2, {REGCLASSOID, BOOLOID}},
	{"kept", 1, {TEXTOID}},
	{"is_name_list", 2, {REGCLASSOID, NAMEOID}},
	{"rename_kept", 3, {REGCLASSOID, NAMEOID, NAMEOID}},
	{"is_kept_for_good", 2, {REGCLASSOID, NAMEOID}},
	{"forget_column", 2, {REGCLASSOID, NAMEOID}},
	{"held_as", 1, {REGCLASSOID}},
	{"hold_condition", 1, {REGCLASSOID}},
};

static const char *const tables[] = {"subject_table", "protected_table", "kept_column",
									 "purpose_grant", "legal_hold",		 "row_hold"};

/* In which of our schemas a function is; InvalidOid when in none. Asks for no right, as a name in a query would. */
static Oid
schema_of(const Function *function)
{
	const Oid schemas[] = {gdpr_internal_schema_oid(), gdpr_schema_oid()};
	oidvector *types = buildoidvector(function->types, function->nargs);

	for (int i = 0; i < lengthof(schemas); i++)
		if (SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(function->name), PointerGetDatum(types),
								  ObjectIdGetDatum(schemas[i])))
			return schemas[i];
	return InvalidOid;
}

static void
call(GuardFunction which, Datum *values)
{
	static const char *const arguments[] = {"", "$1", "$1, $2", "$1, $2, $3"};
	const Function *function = &functions[which];
	Oid schema = schema_of(function);
	Oid types[lengthof(function->types)];
	char *sql;

	if (!OidIsValid(schema))
		elog(ERROR, "function %s() is missing", function->name);
	sql =
		psprintf("SELECT %s.%s(%s)", get_namespace_name(schema), function->name, arguments[function->nargs]);
	memcpy(types, function->types, sizeof(types));
	in_hook = true;
	PG_TRY();
	{
		SPI_connect();
		gdpr_spi_select_as_owner(sql, function->nargs, types, values, NULL, 1);
		SPI_finish();
	}
	PG_FINALLY();
	{
		in_hook = false;
	}
	PG_END_TRY();
}

/* The name a column has in this command's own, not yet visible, update. */
static bool
new_name(Oid relid, AttrNumber column, NameData *name)
{
	Relation rel = table_open(AttributeRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	bool found;

	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(column));
	scan = systable_beginscan(rel, AttributeRelidNumIndexId, true, SnapshotSelf, 2, keys);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
		*name = ((Form_pg_attribute) GETSTRUCT(tuple))->attname;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Is all there that the functions below need? When the extension itself is dropped, the columns that depend on it
 * go in any order between its own objects.
 */
static bool
intact(void)
{
	for (int i = 0; i < lengthof(tables); i++)
		if (!OidIsValid(get_relname_relid(tables[i], gdpr_schema_oid())))
			return false;
	for (int i = 0; i < lengthof(functions); i++)
		if (!OidIsValid(schema_of(&functions[i])))
			return false;
	for (int i = 0; i < lengthof(callees); i++)
		if (!OidIsValid(schema_of(&callees[i])))
			return false;
	return true;
}

static void
column_altered(Oid relid, AttrNumber column)
{
	char *before = get_attname(relid, column, true);
	NameData after;
	Datum values[3];

	if (before == NULL || !new_name(relid, column, &after) || strcmp(before, NameStr(after)) == 0)
		return;
	values[0] = ObjectIdGetDatum(relid);
	values[1] = DirectFunctionCall1(namein, CStringGetDatum(before));
	values[2] = NameGetDatum(&after);
	call(COLUMN_RENAMED, values);
}

static void
column_dropped(Oid relid, AttrNumber column)
{
	char *name = get_attname(relid, column, true);
	Datum values[2];

	if (name == NULL)
		return;
	values[0] = ObjectIdGetDatum(relid);
	values[1] = DirectFunctionCall1(namein, CStringGetDatum(name));
	call(GUARD_COLUMN, values);
}

static void
role_dropped(Oid role)
{
	Datum value = ObjectIdGetDatum(role);

	call(ROLE_DROPPED, &value);
}

/* Is there a key that dropping the table of subjects would destroy? */
static bool
has_live_key(Oid relid)
{
	Relation rel = table_open(relid, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;
	bool isnull = true;

	while (isnull && HeapTupleIsValid(tuple = systable_getnext(scan)))
		(void) heap_getattr(tuple, SUBJECT_WRAPPED_KEY, RelationGetDescr(rel), &isnull);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return !isnull;
}

static void
guard_subjects(Oid relid)
{
	if (has_live_key(relid))
		ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						errmsg("cannot drop extension gdpr: it holds the keys of people"),
						errdetail("Every sealed value would be lost for good."),
						errhint("Reverse each protected table with gdpr.unprotect(), then SELECT "
								"gdpr.destroy_all_keys();")));
}

static bool
is_primary_key(Oid index)
{
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool primary = HeapTupleIsValid(tuple) && ((Form_pg_index) GETSTRUCT(tuple))->indisprimary;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return primary;
}

/*
 * A table that goes takes its rows with it. Its primary key, by which holds name rows, goes before it: asked while that
 * is still there.
 */
static void
relation_dropped(Oid relid)
{
	Oid table = IndexGetRelation(relid, true);
	Datum value;

	if (!OidIsValid(table))
		table = relid;
	else if (!is_primary_key(relid))
		return;
	value = ObjectIdGetDatum(table);
	if (get_rel_relkind(table) != RELKIND_RELATION && get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE)
		return;
	if (intact() && gdpr_anything_held())
		call(REQUIRE_NONE_HELD, &value);
}

static void
watch_relation(ObjectAccessType access, Oid relid, AttrNumber column)
{
	Oid subjects = get_relname_relid("subject", gdpr_schema_oid());

	if (access == OAT_DROP && OidIsValid(subjects) && (relid == subjects || !intact()))
		guard_subjects(subjects);
	else if (access == OAT_DROP && column == 0)
		relation_dropped(relid);
	else if (column > 0 && intact())
	{
		if (access == OAT_POST_ALTER)
			column_altered(relid, column);
		else
			column_dropped(relid, column);
	}
}

static void
watch(ObjectAccessType access, Oid classid, Oid object, int sub)
{
	if (in_hook || IsBootstrapProcessingMode() || !OidIsValid(MyDatabaseId) || IsBinaryUpgrade)
		return;
	if (classid == RelationRelationId && gdpr_installed())
		watch_relation(access, object, sub);
	else if (access == OAT_DROP && classid == AuthIdRelationId && gdpr_installed())
		role_dropped(object);
}

void
gdpr_guard_init(void)
{
	gdpr_hook_objects(watch);
}

/* Being called is all: the library is loaded, and with it the hook. */
Datum
gdpr_load_guard(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(NULL);
}
