/*
 * ask.c
 *		The SQL face of the policy: may_process and its relatives.
 *
 *		Answers about the caller's rights are C functions, because a SECURITY DEFINER function no longer knows
 *		who called it. gdpr_forward_as_owner() serves those that need SQL: it takes the caller's role, then runs
 *		gdpr.<name>_for(caller, arguments...) as the owner of the extension.
 */
#include "gdpr.h"

#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "policy/policy.h"
#include "subject/key_text.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_may_process);
PG_FUNCTION_INFO_V1(gdpr_refusal);
PG_FUNCTION_INFO_V1(gdpr_grant_level);
PG_FUNCTION_INFO_V1(gdpr_forward_as_owner);

#define BATCH 1000

/* The bits of a gdpr.channel in a permission set; every bit when none is named. */
static uint16
channel_bits(FunctionCallInfo fcinfo, int arg)
{
	static const char *const names[] = {"any",		 "email", "sms", "phone", "post",
										"in_person", "web",	  "app", "social"};
	HeapTuple tuple;
	uint16 bits = 0;

	if (PG_ARGISNULL(arg))
		return GDPR_ANY_CHANNEL;
	tuple = SearchSysCache1(ENUMOID, PG_GETARG_DATUM(arg));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "unknown channel");
	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel), names[i]) == 0)
			bits = 1 << i;
	ReleaseSysCache(tuple);
	return bits;
}

/* Contact over a channel: what mailable() would say. */
static bool
may_contact(int64 number, const GdprPurpose *purpose, Oid channel_type, Datum channel)
{
	Oid types[3] = {INT8OID, TEXTOID, channel_type};
	Datum values[3] = {Int64GetDatum(number), CStringGetTextDatum(purpose->name), channel};
	bool isnull;
	bool allowed;

	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.may_contact($1, $2, $3)", 3, types, values, NULL, 1);
	allowed = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return !isnull && allowed;
}

static bool
allowed_at(FunctionCallInfo fcinfo)
{
	Oid types[6] = {OIDOID, REGCLASSOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, InvalidOid};
	Datum values[6] = {ObjectIdGetDatum(GetUserId())};
	char nulls[7] = "      ";
	bool isnull;
	bool allowed;

	types[5] = get_fn_expr_argtype(fcinfo->flinfo, 4);
	for (int i = 0; i < 5; i++)
	{
		values[i + 1] = PG_GETARG_DATUM(i);
		nulls[i + 1] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT pg_catalog.bool_and(passed) FROM "
							 "gdpr_internal.explain_processing_for($1, $2, $3, $4, $5, $6)",
							 6, types, values, nulls, 1);
	allowed = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return !isnull && allowed;
}

Datum
gdpr_may_process(PG_FUNCTION_ARGS)
{
	GdprClaim claim;
	int64 number;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(3))
		PG_RETURN_BOOL(allowed_at(fcinfo));
	if (PG_ARGISNULL(2))
		claim = *gdpr_policy_claim();
	else
		gdpr_policy_claim_for(text_to_cstring(PG_GETARG_TEXT_PP(2)), &claim);
	if (claim.reason != GDPR_ALLOWED)
		PG_RETURN_BOOL(false);
	number =
		gdpr_subject_number_of(PG_GETARG_OID(0),
							   gdpr_key_canonical(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1))));
	if (number == 0)
		PG_RETURN_BOOL(false);
	if (PG_ARGISNULL(4))
		PG_RETURN_BOOL(gdpr_policy_subject(&claim.purpose, number) == GDPR_ALLOWED);
	PG_RETURN_BOOL(
		may_contact(number, &claim.purpose, get_fn_expr_argtype(fcinfo->flinfo, 4), PG_GETARG_DATUM(4)));
}

Datum
gdpr_refusal(PG_FUNCTION_ARGS)
{
	const GdprPurpose *purpose = PG_ARGISNULL(1) ? NULL : gdpr_purpose_by_number(PG_GETARG_INT32(1));
	bytea *permissions = PG_ARGISNULL(0) ? NULL : PG_GETARG_BYTEA_PP(0);
	TimestampTz until;
	GdprReason reason;

	if (purpose == NULL)
		PG_RETURN_TEXT_P(cstring_to_text(gdpr_policy_reason_text(GDPR_DENIED_NOT_GRANTED)));
	reason = gdpr_policy_judge(purpose, permissions ? (const uint8 *) VARDATA_ANY(permissions) : NULL,
							   permissions ? VARSIZE_ANY_EXHDR(permissions) : 0, channel_bits(fcinfo, 2),
							   GetCurrentStatementStartTimestamp(), &until);
	if (reason == GDPR_ALLOWED)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(gdpr_policy_reason_text(reason)));
}

Datum
gdpr_grant_level(PG_FUNCTION_ARGS)
{
	static const char *const levels[] = {
		[GDPR_GRANT_NONE] = "none", [GDPR_GRANT_MASKED] = "masked", [GDPR_GRANT_FULL] = "full"};
	const GdprPurpose *purpose = gdpr_purpose_by_name(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	GdprGrant grant = purpose ? gdpr_purpose_granted(PG_GETARG_OID(0), purpose->number) : GDPR_GRANT_NONE;

	PG_RETURN_TEXT_P(cstring_to_text(levels[grant]));
}

/* In batches: the people to mail can be all of them. The tuplestore spills to disk, and holds no personal value. */
static void
forward(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls, Tuplestorestate *into)
{
	Oid caller;
	int context;
	Portal portal;

	gdpr_take_own_rights(&caller, &context);
	portal = SPI_cursor_open_with_args(NULL, sql, nargs, types, values, nulls, true, 0);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(into, SPI_tuptable->vals[i]);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SetUserIdAndSecContext(caller, context);
}

Datum
gdpr_forward_as_owner(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	StringInfoData sql;
	Oid types[FUNC_MAX_ARGS];
	Datum values[FUNC_MAX_ARGS];
	char nulls[FUNC_MAX_ARGS];

	gdpr_require_catalog();
	gdpr_pass_gate();
	InitMaterializedSRF(fcinfo, 0);
	types[0] = OIDOID;
	values[0] = ObjectIdGetDatum(GetUserId());
	nulls[0] = ' ';
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT * FROM gdpr_internal.%s_for($1", get_func_name(fcinfo->flinfo->fn_oid));
	for (int i = 0; i < PG_NARGS(); i++)
	{
		types[i + 1] = get_fn_expr_argtype(fcinfo->flinfo, i);
		values[i + 1] = PG_GETARG_DATUM(i);
		nulls[i + 1] = PG_ARGISNULL(i) ? 'n' : ' ';
		appendStringInfo(&sql, ", $%d", i + 2);
	}
	appendStringInfoChar(&sql, ')');

	SPI_connect();
	forward(sql.data, PG_NARGS() + 1, types, values, nulls, result->setResult);
	SPI_finish();
	return (Datum) 0;
}
