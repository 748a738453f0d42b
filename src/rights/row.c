/*
 * row.c
 *		A row as jsonb, as to_jsonb() writes it. That one asks the catalogs about the type of every column of every
 *		row; a copy (Art. 15) has many rows of few tables, so here it is asked once a statement. The types that
 *		people's rows are made of are written directly, any other by to_jsonb() itself.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(gdpr_row_as_jsonb);

typedef struct Column
{
	Oid type;		/* below all domains */
	bool by_output; /* write is its output function, else to_jsonb() */
	FmgrInfo write;
} Column;

/* How the rows of one statement are written; lives as long as its plan runs. */
typedef struct Writer
{
	TupleDesc desc;
	Column *columns;
} Writer;

static bool
written_directly(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
	}
	return false;
}

/* Sealed values and tags: no cast of theirs has a say in it. */
static bool
is_ours(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool ours;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	ours = form->typnamespace == gdpr_schema_oid() && form->typtype == TYPTYPE_BASE &&
		   form->typcategory != TYPCATEGORY_ARRAY;
	ReleaseSysCache(tuple);
	return ours;
}

static void
set_up(Column *column, Oid type, MemoryContext context)
{
	column->type = getBaseType(type);
	column->by_output = is_ours(column->type);
	if (column->by_output)
	{
		Oid output;
		bool varlena;

		getTypeOutputInfo(column->type, &output, &varlena);
		fmgr_info_cxt(output, &column->write, context);
	}
	else if (!written_directly(column->type))
	{
		Node *value = (Node *) makeNullConst(type, -1, InvalidOid);

		fmgr_info_cxt(F_TO_JSONB, &column->write, context);
		fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(value), InvalidOid,
												 InvalidOid, COERCE_EXPLICIT_CALL),
						   &column->write);
	}
}

static Writer *
writer_for(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	Writer *writer = fcinfo->flinfo->fn_extra;
	Oid type = HeapTupleHeaderGetTypeId(row);
	int32 typmod = HeapTupleHeaderGetTypMod(row);
	MemoryContext before;

	if (writer != NULL && writer->desc->tdtypeid == type && writer->desc->tdtypmod == typmod)
		return writer;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	writer = palloc(sizeof(Writer));
	writer->desc = lookup_rowtype_tupdesc_copy(type, typmod);
	writer->columns = palloc0(writer->desc->natts * sizeof(Column));
	for (int i = 0; i < writer->desc->natts; i++)
		if (!TupleDescAttr(writer->desc, i)->attisdropped)
			set_up(&writer->columns[i], TupleDescAttr(writer->desc, i)->atttypid, CurrentMemoryContext);
	fcinfo->flinfo->fn_extra = writer;
	MemoryContextSwitchTo(before);
	return writer;
}

static void
set_text(JsonbValue *value, char *data, int len)
{
	if (len > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a value is too long for a copy as JSON"),
				 errhint("At most %d bytes; answer the person from the table itself.", JENTRY_OFFLENMASK)));
	value->type = jbvString;
	value->val.string.val = data;
	value->val.string.len = len;
}

static void
set_number(JsonbValue *value, Numeric number)
{
	value->type = jbvNumeric;
	value->val.numeric = number;
}

/* NaN and the infinities are no numbers in JSON. */
static void
set_numeric(JsonbValue *value, Datum datum)
{
	Numeric number = DatumGetNumeric(datum);

	if (numeric_is_nan(number) || numeric_is_inf(number))
	{
		char *text = DatumGetCString(DirectFunctionCall1(numeric_out, datum));

		set_text(value, text, strlen(text));
	}
	else
		set_number(value, number);
}

static void
set_value(JsonbValue *value, Column *column, Datum datum)
{
	text *string;
	char *written;

	switch (column->type)
	{
		case BOOLOID:
			value->type = jbvBool;
			value->val.boolean = DatumGetBool(datum);
			return;
		case INT2OID:
			set_number(value, int64_to_numeric(DatumGetInt16(datum)));
			return;
		case INT4OID:
			set_number(value, int64_to_numeric(DatumGetInt32(datum)));
			return;
		case INT8OID:
			set_number(value, int64_to_numeric(DatumGetInt64(datum)));
			return;
		case NUMERICOID:
			set_numeric(value, datum);
			return;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			string = DatumGetTextPP(datum);
			set_text(value, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
			return;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			written = JsonEncodeDateTime(NULL, datum, column->type, NULL);
			set_text(value, written, strlen(written));
			return;
	}
	if (column->by_output)
	{
		written = OutputFunctionCall(&column->write, datum);
		set_text(value, written, strlen(written));
	}
	else
		JsonbToJsonbValue(DatumGetJsonbP(FunctionCall1(&column->write, datum)), value);
}

/* row_as_jsonb(record) */
Datum
gdpr_row_as_jsonb(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	Writer *writer = writer_for(fcinfo, row);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	Datum *values = palloc(writer->desc->natts * sizeof(Datum));
	bool *nulls = palloc(writer->desc->natts * sizeof(bool));
	GdprJsonb state = {0};

	heap_deform_tuple(&tuple, writer->desc, values, nulls);
	gdpr_push_jsonb(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < writer->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(writer->desc, i);
		JsonbValue value;

		if (column->attisdropped)
			continue;
		set_text(&value, NameStr(column->attname), strlen(NameStr(column->attname)));
		gdpr_push_jsonb(&state, WJB_KEY, &value);
		value.type = jbvNull;
		if (!nulls[i])
			set_value(&value, &writer->columns[i], values[i]);
		gdpr_push_jsonb(&state, WJB_VALUE, &value);
	}
	gdpr_push_jsonb(&state, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(gdpr_jsonb_of(&state));
}
