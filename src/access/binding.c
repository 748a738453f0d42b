/*
 * binding.c
 *		The cache of bindings (see binding.h). An entry is good until its table, or a table its owner is found
 *		through, is changed in the catalogs; then it is built anew at the next use.
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
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_relation_changed);

static HTAB *bindings = NULL;

static void
relation_changed(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	Binding *binding;

	if (bindings == NULL)
		return;
	hash_seq_init(&scan, bindings);
	while ((binding = hash_seq_search(&scan)) != NULL)
	{
		bool concerned = relid == InvalidOid || relid == binding->relid || relid == binding->subject_table;

		for (int i = 0; binding->valid && !concerned && i < binding->parent_count; i++)
			concerned = relid == binding->parents[i];
		if (concerned)
			binding->valid = false;
	}
}

void
gdpr_binding_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

static void
make_table(void)
{
	HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(Binding)};

	bindings = hash_create("gdpr bindings", 32, &control, HASH_ELEM | HASH_BLOBS);
}

static Datum
column_of_row(int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, isnull);
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
					errhint("SELECT * FROM gdpr.status(); names what to mend.")));
}

static void
read_keys(Binding *binding, TupleDesc desc, ArrayType *names)
{
	Datum *columns;
	int count;

	deconstruct_array(names, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &columns, NULL, &count);
	binding->key_count = count;
	binding->key_columns = palloc(count * sizeof(AttrNumber));
	binding->key_output = palloc0(count * sizeof(FmgrInfo));
	for (int i = 0; i < count; i++)
	{
		Oid output;
		bool varlena;

		binding->key_columns[i] = attribute(desc, NameStr(*DatumGetName(columns[i])));
		getTypeOutputInfo(TupleDescAttr(desc, binding->key_columns[i] - 1)->atttypid, &output, &varlena);
		fmgr_info_cxt(output, &binding->key_output[i], binding->context);
	}
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

/* Into binding->context, with gdpr.binding() having answered one row. */
static void
read_row(Binding *binding, TupleDesc desc)
{
	bool isnull;
	Datum datum;

	binding->subject_table = DatumGetObjectId(column_of_row(1, &isnull));
	binding->is_subject_table = DatumGetBool(column_of_row(2, &isnull));
	read_keys(binding, desc, DatumGetArrayTypeP(column_of_row(3, &isnull)));
	datum = column_of_row(4, &isnull);
	binding->owner_query = isnull ? NULL : TextDatumGetCString(datum);
	datum = column_of_row(5, &isnull);
	binding->parent_count = 0;
	if (!isnull)
	{
		Datum *parents;

		deconstruct_array(DatumGetArrayTypeP(datum), OIDOID, sizeof(Oid), true, TYPALIGN_INT, &parents, NULL,
						  &binding->parent_count);
		binding->parents = palloc(binding->parent_count * sizeof(Oid));
		for (int i = 0; i < binding->parent_count; i++)
			binding->parents[i] = DatumGetObjectId(parents[i]);
	}
	binding->followed = DatumGetBool(column_of_row(6, &isnull));
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

	forget_plan(&binding->owner_plan);
	forget_plan(&binding->row_plan);
	if (binding->context)
		MemoryContextDelete(binding->context);
	binding->context = NULL;
	binding->context = AllocSetContextCreate(CacheMemoryContext, "gdpr binding", ALLOCSET_SMALL_SIZES);
	binding->parent_count = 0;

	/* Valid from here: a change that arrives while we read makes it invalid again. */
	binding->valid = true;
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT subject_table, is_subject_table, columns, owner_query, parents, followed"
							 " FROM gdpr.binding($1)",
							 1, &type, &value, NULL, 1);
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
	read_row(binding, RelationGetDescr(rel));
	MemoryContextSwitchTo(before);
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
		binding->owner_plan = binding->row_plan = NULL;
		binding->subject_table = InvalidOid;
		binding->parent_count = 0;
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

	gdpr_spi_select_as_owner("SELECT gdpr.row_query($1)", 1, &type, &value, NULL, 1);
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
	found = DatumGetBool(column_of_row(1, &isnull));
	SPI_finish();
	return found;
}

Datum
gdpr_relation_changed(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcacheByRelid(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}
