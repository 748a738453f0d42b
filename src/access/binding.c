/*
 * binding.c
 *		The cache of bindings (see binding.h). An entry is good until its table, or a table its owner is found
 *		through, is changed in the catalogs; then it is built again at the next use.
 */
#include "access/binding.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "access/access.h"
#include "subject/key_text.h"
#include "invalidation.h"
#include "pii/seal.h"

static HTAB *bindings = NULL;

static void
relation_changed(Oid relid)
{
	HASH_SEQ_STATUS scan;
	Binding *binding;

	if (bindings == NULL)
		return;
	hash_seq_init(&scan, bindings);
	while ((binding = hash_seq_search(&scan)) != NULL)
	{
		bool concerned = relid == InvalidOid || relid == binding->relid || relid == binding->subject_table;

		if (binding->valid && (concerned || list_member_oid(binding->parents, relid)))
			binding->valid = false;
	}
}

void
gdpr_binding_init(void)
{
	gdpr_on_relation_change(relation_changed);
}

static void
make_table(void)
{
	HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(Binding)};

	bindings = hash_create("gdpr bindings", 32, &control, HASH_ELEM | HASH_BLOBS);
}

static Datum
column_of_row(int row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

static AttrNumber
attribute(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i + 1;
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("protected table has no column \"%s\" any more", name),
					errhint("SELECT * FROM gdpr.status(); names the fix.")));
}

static void
read_keys(Way *way, TupleDesc desc, ArrayType *names)
{
	Datum *columns;
	int count;

	deconstruct_array(names, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &columns, NULL, &count);
	way->key_count = count;
	way->key_columns = palloc(count * sizeof(AttrNumber));
	way->key_output = palloc0(count * sizeof(FmgrInfo));
	for (int i = 0; i < count; i++)
	{
		Oid output;
		bool varlena;

		way->key_columns[i] = attribute(desc, NameStr(*DatumGetName(columns[i])));
		getTypeOutputInfo(TupleDescAttr(desc, way->key_columns[i] - 1)->atttypid, &output, &varlena);
		fmgr_info_cxt(output, &way->key_output[i], CurrentMemoryContext);
		way->respell =
			way->respell || !gdpr_key_prints_alike(way->subject_table, i,
												   TupleDescAttr(desc, way->key_columns[i] - 1)->atttypid,
												   TupleDescAttr(desc, way->key_columns[i] - 1)->atttypmod);
	}
}

static void
read_type(Way *way, TupleDesc desc, const char *column, const char *value)
{
	AttrNumber number = attribute(desc, column);
	Form_pg_attribute type = TupleDescAttr(desc, number - 1);

	gdpr_type_test_init(&way->type, number, type->atttypid, type->attcollation, value, CurrentMemoryContext);
}

static List *
add_parents(List *parents, ArrayType *array)
{
	Datum *tables;
	int count;

	deconstruct_array(array, OIDOID, sizeof(Oid), true, TYPALIGN_INT, &tables, NULL, &count);
	for (int i = 0; i < count; i++)
		parents = list_append_unique_oid(parents, DatumGetObjectId(tables[i]));
	return parents;
}

/* By type, so that a PII column added later is bound too. */
static void
read_pii_columns(Binding *binding, TupleDesc desc)
{
	binding->pii_columns = palloc(desc->natts * sizeof(AttrNumber));
	binding->pii_classes = palloc(desc->natts * sizeof(GdprClass *));
	binding->pii_count = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		const GdprClass *class = TupleDescAttr(desc, i)->attisdropped
									 ? NULL
									 : gdpr_class_of_type(TupleDescAttr(desc, i)->atttypid);

		if (class == NULL)
			continue;
		binding->pii_columns[binding->pii_count] = i + 1;
		binding->pii_classes[binding->pii_count++] = class;
	}
}

static void
read_way(Binding *binding, int row, TupleDesc desc)
{
	Way *way = &binding->ways[row];
	bool isnull;
	Datum datum;

	way->subject_table = DatumGetObjectId(column_of_row(row, 1, &isnull));
	read_keys(way, desc, DatumGetArrayTypeP(column_of_row(row, 3, &isnull)));
	datum = column_of_row(row, 4, &isnull);
	way->owner_query = isnull ? NULL : TextDatumGetCString(datum);
	way->respell = way->respell || !isnull;
	binding->parents = add_parents(binding->parents, DatumGetArrayTypeP(column_of_row(row, 5, &isnull)));
	datum = column_of_row(row, 7, &isnull);
	if (!isnull)
		read_type(way, desc, NameStr(*DatumGetName(datum)),
				  TextDatumGetCString(column_of_row(row, 8, &isnull)));
	way->held = DatumGetBool(column_of_row(row, 9, &isnull));
}

/* Into binding->context. Declared is once and for all, what is added later is looked up. */
static void
read_declared(Binding *binding, Oid relid)
{
	Oid type = OIDOID;
	Datum value = ObjectIdGetDatum(relid);
	MemoryContext before;
	ArrayType *array;
	bool isnull;

	gdpr_spi_select_as_owner("SELECT gdpr_internal.declared_purposes($1)", 1, &type, &value, NULL, 1);
	array = DatumGetArrayTypeP(column_of_row(0, 1, &isnull));
	before = MemoryContextSwitchTo(binding->context);
	binding->declared_count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	binding->declared = palloc((binding->declared_count + 1) * sizeof(int32));
	memcpy(binding->declared, ARR_DATA_PTR(array), binding->declared_count * sizeof(int32));
	MemoryContextSwitchTo(before);
}

/* Into binding->context, with gdpr_internal.binding() having answered a row for each way. */
static void
read_rows(Binding *binding, TupleDesc desc)
{
	bool isnull;

	binding->subject_table = DatumGetObjectId(column_of_row(0, 1, &isnull));
	binding->is_subject_table = DatumGetBool(column_of_row(0, 2, &isnull));
	binding->followed = DatumGetBool(column_of_row(0, 6, &isnull));
	binding->ways = palloc0(SPI_processed * sizeof(Way));
	binding->way_count = SPI_processed;
	for (int row = 0; row < binding->way_count; row++)
		read_way(binding, row, desc);
	binding->tag_column = attribute(desc, GDPR_TAG_COLUMN);
	binding->subject_column = attribute(desc, GDPR_SUBJECT_COLUMN);
	read_pii_columns(binding, desc);
}

static void
forget_plan(SPIPlanPtr *plan)
{
	if (*plan)
		SPI_freeplan(*plan);
	*plan = NULL;
}

static void
build(Binding *binding, Relation rel)
{
	Oid type = OIDOID;
	Datum value = ObjectIdGetDatum(RelationGetRelid(rel));
	MemoryContext before;

	for (int i = 0; i < binding->way_count; i++)
		forget_plan(&binding->ways[i].owner_plan);
	forget_plan(&binding->row_plan);
	binding->way_count = 0;
	binding->parents = NIL;
	if (binding->context)
		MemoryContextDelete(binding->context);
	binding->context = NULL;
	binding->context = AllocSetContextCreate(CacheMemoryContext, "gdpr binding", ALLOCSET_SMALL_SIZES);

	/* Valid from here: a change that arrives while we read makes it invalid again. */
	binding->valid = true;
	SPI_connect();
	gdpr_spi_select_as_owner(
		"SELECT subject_table, is_subject_table, columns, owner_query, parents, followed,"
		" type_column, type_value, held FROM gdpr_internal.binding($1)",
		1, &type, &value, NULL, 0);
	if (SPI_processed == 0)
	{
		binding->valid = false;
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table \"%s\" has the trigger of a protected table but is not registered",
							   RelationGetRelationName(rel)),
						errhint("SELECT gdpr.reattach('%s'); registers a table that was restored by itself.",
								RelationGetRelationName(rel))));
	}
	before = MemoryContextSwitchTo(binding->context);
	read_rows(binding, RelationGetDescr(rel));
	MemoryContextSwitchTo(before);
	read_declared(binding, RelationGetRelid(rel));
	SPI_finish();
}

Binding *
gdpr_binding_of(Relation rel)
{
	Oid relid = RelationGetRelid(rel);
	Binding *binding;
	bool found;

	if (bindings == NULL)
		make_table();
	binding = hash_search(bindings, &relid, HASH_ENTER, &found);
	if (!found)
	{
		binding->valid = false;
		binding->context = NULL;
		binding->row_plan = NULL;
		binding->subject_table = InvalidOid;
		binding->way_count = 0;
		binding->parents = NIL;
	}
	for (int tries = 0; !binding->valid && tries < 3; tries++)
	{
		PG_TRY();
		{
			build(binding, rel);
		}
		PG_CATCH();
		{
			binding->valid = false;
			PG_RE_THROW();
		}
		PG_END_TRY();
	}
	return binding;
}

void
gdpr_binding_select(SPIPlanPtr *plan, const char *query, int nargs, Oid *types, Datum *values)
{
	Oid caller;
	int context;
	int result;

	gdpr_take_own_rights(&caller, &context);
	if (*plan == NULL)
	{
		SPIPlanPtr made = SPI_prepare(query, nargs, types);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		*plan = made;
	}
	result = SPI_execute_plan(*plan, values, NULL, false, 1);
	SetUserIdAndSecContext(caller, context);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
}

/* The text of the query that row_plan is made from. */
static char *
row_query(Binding *binding)
{
	Oid type = OIDOID;
	Datum value = ObjectIdGetDatum(binding->relid);

	gdpr_spi_select_as_owner("SELECT gdpr_internal.row_query($1)", 1, &type, &value, NULL, 1);
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

bool
gdpr_binding_has_row(Binding *binding, const char *key)
{
	Oid type = TEXTOID;
	Datum value = CStringGetTextDatum(key);
	bool isnull;
	bool found;

	SPI_connect();
	gdpr_binding_select(&binding->row_plan, binding->row_plan ? NULL : row_query(binding), 1, &type, &value);
	found = DatumGetBool(column_of_row(0, 1, &isnull));
	SPI_finish();
	return found;
}
