/*
 * convert.c
 *		The subject of a row while protect() rewrites its table. Every sealed column of the row asks, so the last
 *		answer is kept for the length of the statement.
 */
#include "access/access.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "access/key_text.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_row_subject);

#define FIRST_KEY 1 /* arguments before the key columns */

/* How the rows of the table find their subject; per expression. */
typedef struct Way
{
	Oid subject_table;
	char *owner_query; /* NULL when the columns are the key */
	int count;
	FmgrInfo output[FLEXIBLE_ARRAY_MEMBER]; /* of the columns */
} Way;

/* The last answer, shared by the expressions of a row; good within one subtransaction only. */
static struct
{
	TransactionId transaction;
	SubTransactionId subtransaction;
	Oid relation;
	char key[256];
	int64 subject;
} last;

/* From gdpr.binding(), which knows no more than what register() wrote: the columns are not there yet. */
static void
read_way(Way *way, Oid relation, MemoryContext context)
{
	Oid types[2] = {OIDOID, INT4OID};
	Datum values[2] = {ObjectIdGetDatum(relation), Int32GetDatum(way->count)};
	bool isnull;
	Datum datum;

	SPI_connect();
	gdpr_spi_select_as_owner("SELECT subject_table, owner_query FROM gdpr.binding($1)"
							 " WHERE pg_catalog.cardinality(columns) OPERATOR(pg_catalog.=) $2",
							 2, types, values, NULL, 1);
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("these are not the columns by which table \"%s\" finds its people",
							   get_rel_name(relation))));
	datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	way->subject_table = DatumGetObjectId(datum);
	datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
		way->owner_query = MemoryContextStrdup(context, TextDatumGetCString(datum));
	SPI_finish();
}

static Way *
way_of(FunctionCallInfo fcinfo)
{
	Way *way = fcinfo->flinfo->fn_extra;

	if (way)
		return way;
	way = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
								 offsetof(Way, output) + PG_NARGS() * sizeof(FmgrInfo));
	way->count = PG_NARGS() - FIRST_KEY;
	read_way(way, PG_GETARG_OID(0), fcinfo->flinfo->fn_mcxt);
	for (int i = 0; i < way->count; i++)
	{
		Oid output;
		bool varlena;

		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, FIRST_KEY + i), &output, &varlena);
		fmgr_info_cxt(output, &way->output[i], fcinfo->flinfo->fn_mcxt);
	}
	fcinfo->flinfo->fn_extra = way;
	return way;
}

static char *
columns_as_text(FunctionCallInfo fcinfo, Way *way)
{
	char **values = palloc(way->count * sizeof(char *));

	for (int i = 0; i < way->count; i++)
		values[i] = OutputFunctionCall(&way->output[i], PG_GETARG_DATUM(FIRST_KEY + i));
	return gdpr_key_text(values, way->count);
}

static int64
subject_of(FunctionCallInfo fcinfo, const Way *way, const char *key)
{
	Oid *types;
	Datum *values;
	char *found = NULL;
	int64 subject = 0;

	if (way->owner_query == NULL)
		return gdpr_subject_ensure(way->subject_table, key, NULL);
	types = palloc(way->count * sizeof(Oid));
	values = palloc(way->count * sizeof(Datum));
	for (int i = 0; i < way->count; i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, FIRST_KEY + i);
		values[i] = PG_GETARG_DATUM(FIRST_KEY + i);
	}
	SPI_connect();
	gdpr_spi_select_as_owner(way->owner_query, way->count, types, values, NULL, 1);
	if (SPI_processed == 1)
		found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (found)
		subject = gdpr_subject_ensure(way->subject_table, found, NULL);
	SPI_finish();
	return subject;
}

Datum
gdpr_row_subject(PG_FUNCTION_ARGS)
{
	Oid relation = PG_GETARG_OID(0);
	Way *way = way_of(fcinfo);
	int64 subject;
	char *key;

	for (int i = FIRST_KEY; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	key = columns_as_text(fcinfo, way);
	if (last.transaction == GetTopTransactionId() && last.subtransaction == GetCurrentSubTransactionId() &&
		last.relation == relation && strcmp(last.key, key) == 0)
		subject = last.subject;
	else
	{
		subject = subject_of(fcinfo, way, key);
		last.transaction = strlen(key) < sizeof(last.key) ? GetTopTransactionId() : InvalidTransactionId;
		last.subtransaction = GetCurrentSubTransactionId();
		last.relation = relation;
		strlcpy(last.key, key, sizeof(last.key));
		last.subject = subject;
	}
	if (subject == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(subject);
}
