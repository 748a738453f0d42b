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

#include "subject/key_text.h"
#include "access/type_test.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_row_subject);

#define FIRST_COLUMN 1 /* arguments before the columns */

/* How rows of the table find their subject: as in binding.h, with arguments in the place of columns. Per expression. */
typedef struct ArgumentWay
{
	Oid subject_table;
	TypeTest type;
	char *owner_query; /* NULL when the columns are the key */
	int first;		   /* of the arguments that lead to the subject */
	int count;
	FmgrInfo *output;
} ArgumentWay;

typedef struct ArgumentWays
{
	int count;
	ArgumentWay *ways;
} ArgumentWays;

/* The last answer, shared by the expressions of a row; good within one subtransaction only. */
static struct
{
	TransactionId transaction;
	SubTransactionId subtransaction;
	Oid relation;
	int way;
	char key[256];
	int64 subject;
} last;

static Datum
column_of_row(int row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

static void
refuse_columns(Oid relation)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("these are not the columns by which table \"%s\" finds its people",
						   get_rel_name(relation))));
}

/* The argument is compared as the column is, so it has to be of the same type. */
static void
read_type(ArgumentWay *way, FunctionCallInfo fcinfo, int argument, const char *column, const char *value)
{
	Oid relation = PG_GETARG_OID(0);
	Oid type;
	Oid collation;
	int32 modifier;

	get_atttypetypmodcoll(relation, get_attnum(relation, column), &type, &modifier, &collation);
	if (getBaseType(get_fn_expr_argtype(fcinfo->flinfo, argument)) != getBaseType(type))
		refuse_columns(relation);
	gdpr_type_test_init(&way->type, argument, type, collation, value, CurrentMemoryContext);
}

static void
read_way(ArgumentWay *way, int row, FunctionCallInfo fcinfo, int *argument)
{
	bool isnull;
	Datum datum;

	way->subject_table = DatumGetObjectId(column_of_row(row, 1, &isnull));
	datum = column_of_row(row, 2, &isnull);
	way->owner_query = isnull ? NULL : TextDatumGetCString(datum);
	datum = column_of_row(row, 4, &isnull);
	if (!isnull)
	{
		read_type(way, fcinfo, *argument, NameStr(*DatumGetName(datum)),
				  TextDatumGetCString(column_of_row(row, 5, &isnull)));
		(*argument)++;
	}
	way->first = *argument;
	way->count = DatumGetInt32(column_of_row(row, 3, &isnull));
	*argument += way->count;
	way->output = palloc0(way->count * sizeof(FmgrInfo));
	for (int i = 0; i < way->count; i++)
	{
		Oid output;
		bool varlena;

		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, way->first + i), &output, &varlena);
		fmgr_info_cxt(output, &way->output[i], CurrentMemoryContext);
	}
}

/* From gdpr_internal.binding(), which knows no more than what register() wrote: the columns are not there yet. */
static ArgumentWays *
read_ways(FunctionCallInfo fcinfo)
{
	Oid types[2] = {OIDOID, INT4OID};
	Datum values[2] = {PG_GETARG_DATUM(0), Int32GetDatum(PG_NARGS() - FIRST_COLUMN)};
	ArgumentWays *ways = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ArgumentWays));
	int argument = FIRST_COLUMN;
	MemoryContext before;

	SPI_connect();
	gdpr_spi_select_as_owner(
		"SELECT subject_table, owner_query, pg_catalog.cardinality(columns), type_column, type_value"
		" FROM gdpr_internal.binding($1)"
		" WHERE pg_catalog.cardinality(gdpr_internal.binding_columns($1)) OPERATOR(pg_catalog.=) $2",
		2, types, values, NULL, 0);
	if (SPI_processed == 0)
		refuse_columns(PG_GETARG_OID(0));
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	ways->count = SPI_processed;
	ways->ways = palloc0(ways->count * sizeof(ArgumentWay));
	for (int row = 0; row < ways->count; row++)
		read_way(&ways->ways[row], row, fcinfo, &argument);
	MemoryContextSwitchTo(before);
	SPI_finish();
	return ways;
}

/* The way that the row goes, by its type; -1 when none is for it, or leads nowhere as a column is NULL. */
static int
way_of(FunctionCallInfo fcinfo, const ArgumentWays *ways)
{
	for (int n = 0; n < ways->count; n++)
	{
		ArgumentWay *way = &ways->ways[n];
		AttrNumber type = way->type.column;

		if (type != InvalidAttrNumber &&
			!gdpr_type_test_holds(&way->type, PG_GETARG_DATUM(type), PG_ARGISNULL(type)))
			continue;
		for (int i = 0; i < way->count; i++)
			if (PG_ARGISNULL(way->first + i))
				return -1;
		return n;
	}
	return -1;
}

static char *
columns_as_text(FunctionCallInfo fcinfo, ArgumentWay *way)
{
	char **values = palloc(way->count * sizeof(char *));

	for (int i = 0; i < way->count; i++)
		values[i] = OutputFunctionCall(&way->output[i], PG_GETARG_DATUM(way->first + i));
	return gdpr_key_text(values, way->count);
}

static int64
subject_of(FunctionCallInfo fcinfo, const ArgumentWay *way, const char *key)
{
	Oid *types;
	Datum *values;
	char *found = NULL;
	int64 subject = 0;

	if (way->owner_query == NULL)
		return gdpr_subject_ensure(way->subject_table, gdpr_key_canonical(way->subject_table, key), NULL);
	types = palloc(way->count * sizeof(Oid));
	values = palloc(way->count * sizeof(Datum));
	for (int i = 0; i < way->count; i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, way->first + i);
		values[i] = PG_GETARG_DATUM(way->first + i);
	}
	SPI_connect();
	gdpr_spi_select_as_owner(way->owner_query, way->count, types, values, NULL, 1);
	if (SPI_processed == 1)
		found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (found)
		subject =
			gdpr_subject_ensure(way->subject_table, gdpr_key_canonical(way->subject_table, found), NULL);
	SPI_finish();
	return subject;
}

Datum
gdpr_row_subject(PG_FUNCTION_ARGS)
{
	Oid relation = PG_GETARG_OID(0);
	ArgumentWays *ways = fcinfo->flinfo->fn_extra;
	int64 subject;
	char *key;
	int n;

	if (ways == NULL)
		fcinfo->flinfo->fn_extra = ways = read_ways(fcinfo);
	n = way_of(fcinfo, ways);
	if (n < 0)
		PG_RETURN_NULL();
	key = columns_as_text(fcinfo, &ways->ways[n]);
	if (last.transaction == GetTopTransactionId() && last.subtransaction == GetCurrentSubTransactionId() &&
		last.relation == relation && last.way == n && strcmp(last.key, key) == 0)
		subject = last.subject;
	else
	{
		subject = subject_of(fcinfo, &ways->ways[n], key);
		last.transaction = strlen(key) < sizeof(last.key) ? GetTopTransactionId() : InvalidTransactionId;
		last.subtransaction = GetCurrentSubTransactionId();
		last.relation = relation;
		last.way = n;
		strlcpy(last.key, key, sizeof(last.key));
		last.subject = subject;
	}
	if (subject == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(subject);
}
