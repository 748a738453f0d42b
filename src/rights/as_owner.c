/*
 * as_owner.c
 *		Changing rows of the user's tables on behalf of a person. Erasure may not run as the owner of the
 *		extension, or triggers, checks and expression indexes of any table would run as a superuser; nor as the
 *		caller, to which row security shows little. So it runs as foreign-key cascades do: as the owner of the table,
 *		with forced row security left out.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "access/access.h"
#include "arguments.h"

PG_FUNCTION_INFO_V1(gdpr_change_as_owner);
PG_FUNCTION_INFO_V1(gdpr_settle_as_owner);
PG_FUNCTION_INFO_V1(gdpr_delete_as_owner);
PG_FUNCTION_INFO_V1(gdpr_rows_of);

static Oid
owner_of(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		gdpr_table_name(relid); /* says so */
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Plans of the last statements: erasing many people runs the same few again and again. */
#define KEPT 64

typedef struct KeptPlan
{
	uint32 hash;
	char *statement;
	SPIPlanPtr plan;
} KeptPlan;

static KeptPlan kept[KEPT];
static int next = 0;

static SPIPlanPtr
plan_of(const char *statement, Oid *types)
{
	uint32 hash = hash_bytes((const unsigned char *) statement, strlen(statement));
	KeptPlan *entry;
	SPIPlanPtr plan;
	char *copy;

	for (int i = 0; i < KEPT; i++)
		if (kept[i].plan && kept[i].hash == hash && strcmp(kept[i].statement, statement) == 0)
			return kept[i].plan;
	/* generic from the first: what is looked for never changes the plan, and planning five times costs more */
	plan = SPI_prepare_cursor(statement, 3, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	copy = MemoryContextStrdup(TopMemoryContext, statement);
	SPI_keepplan(plan);
	entry = &kept[next];
	next = (next + 1) % KEPT;
	if (entry->plan)
	{
		SPI_freeplan(entry->plan);
		pfree(entry->statement);
	}
	entry->hash = hash;
	entry->statement = copy;
	entry->plan = plan;
	return plan;
}

/*
 * Runs a statement with keys, subject and rows as $1, $2, $3; as the current user when relation is no table. On
 * error the abort puts the user and the security context back.
 */
static int
run(Oid relation, const char *statement, Datum *values, const char *nulls)
{
	Oid types[3] = {TEXTARRAYOID, INT8OID, JSONBOID};
	Oid caller;
	int context;
	int result;

	GetUserIdAndSecContext(&caller, &context);
	if (OidIsValid(relation))
		SetUserIdAndSecContext(owner_of(relation), (context & ~GDPR_SECURITY_OWN_RIGHTS) |
													   SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	result = SPI_execute_plan(plan_of(statement, types), values, nulls, false, 0);
	SetUserIdAndSecContext(caller, context);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
	return result;
}

/* A soft delete, or a trigger that answers NULL, must not leave a person behind while we say that it is gone. */
static void
require_all_changed(Oid relation, Datum rows, uint64 changed)
{
	int expected = JB_ROOT_COUNT(DatumGetJsonbP(rows));

	if (changed != expected)
		ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
						errmsg("a trigger or rule of table %s kept %d rows from being changed",
							   gdpr_table_name(relation), expected - (int) changed),
						errhint("Let its BEFORE UPDATE triggers return NEW, and drop rules that do something "
								"instead; nothing was erased.")));
}

static Jsonb *
number_as_jsonb(int64 number)
{
	JsonbValue value = {.type = jbvNumeric, .val.numeric = int64_to_numeric(number)};

	return JsonbValueToJsonb(&value);
}

/*
 * change_as_owner(relation, statement, keys text[], subject, rows jsonb): answers the first column of the first row
 * of a SELECT, which is jsonb, and of any other statement the number of rows.
 */
Datum
gdpr_change_as_owner(PG_FUNCTION_ARGS)
{
	Datum values[3] = {PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), PG_GETARG_DATUM(4)};
	char nulls[4] = {PG_ARGISNULL(2) ? 'n' : ' ', PG_ARGISNULL(3) ? 'n' : ' ', PG_ARGISNULL(4) ? 'n' : ' ',
					 '\0'};
	Oid relation = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	Datum answer = (Datum) 0;
	bool isnull = true;
	int64 changed = -1;
	char *statement;

	gdpr_require_argument(fcinfo, 1);
	if (gdpr_settling)
	{
		gdpr_require_argument(fcinfo, 0);
		gdpr_array_argument(fcinfo, 4);
	}
	statement = text_to_cstring(PG_GETARG_TEXT_PP(1));
	SPI_connect();
	if (run(relation, statement, values, nulls) != SPI_OK_SELECT)
		changed = SPI_processed;
	if (gdpr_settling)
		require_all_changed(relation, values[2], SPI_processed);
	else if (changed < 0 && SPI_processed > 0)
	{
		if (SPI_gettypeid(SPI_tuptable->tupdesc, 1) != JSONBOID)
			gdpr_refuse_argument(fcinfo, 1, "a query whose first column is jsonb");
		answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		if (!isnull)
			answer = SPI_datumTransfer(answer, false, -1);
	}
	SPI_finish();
	if (changed >= 0)
		PG_RETURN_JSONB_P(number_as_jsonb(changed));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(answer);
}

/* The same, for an UPDATE that says itself whose the rows are. */
Datum
gdpr_settle_as_owner(PG_FUNCTION_ARGS)
{
	Datum answer;

	gdpr_settling = true;
	PG_TRY();
	{
		answer = gdpr_change_as_owner(fcinfo);
	}
	PG_FINALLY();
	{
		gdpr_settling = false;
	}
	PG_END_TRY();
	return answer;
}

/* The rows of table n of a statement: the column of its only row, or what it did itself. */
static uint64
rows_of(int result, int n)
{
	bool isnull;

	if (result != SPI_OK_SELECT)
		return SPI_processed;
	if (SPI_processed == 0 || SPI_gettypeid(SPI_tuptable->tupdesc, n + 1) != INT8OID)
		return 0;
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, n + 1, &isnull));
}

/*
 * delete_as_owner(relation, statement, keys text[], subject): the rows that the statement deleted, of each of its
 * tables: a DELETE, or a SELECT of one count a table.
 */
Datum
gdpr_delete_as_owner(PG_FUNCTION_ARGS)
{
	Datum values[3] = {PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), (Datum) 0};
	Datum *counts;
	ArrayType *answer;
	MemoryContext outer = CurrentMemoryContext;
	int tables;
	int result;

	SPI_connect();
	result = run(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), values, "  n");
	tables = result == SPI_OK_SELECT ? SPI_tuptable->tupdesc->natts : 1;
	counts = palloc(sizeof(Datum) * tables);
	for (int n = 0; n < tables; n++)
		counts[n] = Int64GetDatum(rows_of(result, n));
	MemoryContextSwitchTo(outer);
	answer = construct_array(counts, tables, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	SPI_finish();
	PG_RETURN_ARRAYTYPE_P(answer);
}

static ParamListInfo
parameters(Oid *types, Datum *values, const char *nulls, int count)
{
	ParamListInfo list = makeParamList(count);

	for (int i = 0; i < count; i++)
		list->params[i] = (ParamExternData){.value = values[i],
											.isnull = nulls[i] == 'n',
											.pflags = PARAM_FLAG_CONST,
											.ptype = types[i]};
	return list;
}

/* rows_of(statements jsonb, keys text[], subject): the rows of all of them, as the current user. */
Datum
gdpr_rows_of(PG_FUNCTION_ARGS)
{
	JsonbContainer *statements = gdpr_array_argument(fcinfo, 0);
	Oid types[3] = {TEXTARRAYOID, INT8OID, JSONBOID};
	Datum values[3] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), (Datum) 0};
	SPIExecuteOptions options = {.read_only = true};
	ReturnSetInfo *answer = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	options.params = parameters(types, values, "  n", 3);
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, answer->setResult, answer->econtext->ecxt_per_query_memory,
									false, NULL, NULL);
	SPI_connect();
	for (uint32 i = 0; i < JsonContainerSize(statements); i++)
	{
		JsonbValue *statement = getIthJsonbValueFromContainer(statements, i);
		char *text;

		if (statement->type != jbvString)
			gdpr_refuse_argument(fcinfo, 0, "a list of statements");
		text = pnstrdup(statement->val.string.val, statement->val.string.len);
		if (SPI_execute_plan_extended(plan_of(text, types), &options) < 0)
			elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(SPI_result));
	}
	SPI_finish();
	return (Datum) 0;
}
