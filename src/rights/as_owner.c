/*
 * as_owner.c
 *		Changing rows of the user's tables on behalf of a person. Erasure may not run as the owner of the
 *		extension, or triggers, checks and expression indexes of any table would run as a superuser; nor as the
 *		caller, whom row security shows little. So it runs as foreign-key cascades do: as the owner of the table,
 *		with forced row security left out.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "access/access.h"

PG_FUNCTION_INFO_V1(gdpr_change_as_owner);
PG_FUNCTION_INFO_V1(gdpr_settle_as_owner);

static Oid
owner_of(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table with OID %u does not exist", relid)));
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
	plan = SPI_prepare(statement, 3, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
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
 * change_as_owner(relation, statement, keys text[], subject, rows jsonb): runs it with $1, $2, $3. Answers the
 * first column of the first row of a SELECT as jsonb, NULL for anything else. No relation: as the current user.
 * On error the abort puts the user and the security context back.
 */
Datum
gdpr_change_as_owner(PG_FUNCTION_ARGS)
{
	Oid types[3] = {TEXTARRAYOID, INT8OID, JSONBOID};
	Datum values[3] = {PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), PG_GETARG_DATUM(4)};
	char nulls[4] = {PG_ARGISNULL(2) ? 'n' : ' ', PG_ARGISNULL(3) ? 'n' : ' ', PG_ARGISNULL(4) ? 'n' : ' ',
					 '\0'};
	char *statement = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Oid caller;
	int context;
	Datum answer = (Datum) 0;
	bool isnull = true;
	int result;

	SPI_connect();
	GetUserIdAndSecContext(&caller, &context);
	if (!PG_ARGISNULL(0))
		SetUserIdAndSecContext(owner_of(PG_GETARG_OID(0)), (context & ~GDPR_SECURITY_OWN_RIGHTS) |
															   SECURITY_LOCAL_USERID_CHANGE |
															   SECURITY_NOFORCE_RLS);
	result = SPI_execute_plan(plan_of(statement, types), values, nulls, false, 0);
	SetUserIdAndSecContext(caller, context);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
	if (result == SPI_OK_SELECT && SPI_processed > 0)
	{
		answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		if (!isnull)
			answer = SPI_datumTransfer(answer, false, -1);
	}
	SPI_finish();
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
