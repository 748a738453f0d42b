/*
 * whose.c
 *		Which person a sealed value is bound to, and binding it from SQL.
 */
#include "pii/type.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "pii/class_text.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_is_bound);
PG_FUNCTION_INFO_V1(gdpr_subject_of);
PG_FUNCTION_INFO_V1(gdpr_bind_value);
PG_FUNCTION_INFO_V1(gdpr_seal_for);

Datum
gdpr_is_bound(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(gdpr_datum_subject(PG_GETARG_DATUM(0)) > 0);
}

Datum
gdpr_subject_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(Max(gdpr_datum_subject(PG_GETARG_DATUM(0)), 0));
}

/* A value is not lost because its row leads to no one. */
static void
require_somebody(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("personal data in a row belong to no person"),
				 errdetail("The owner of the table leads from that row to no person."),
				 errhint("Fix or delete such rows; where the owner is a pair (type, id), name every type.")));
}

/*
 * From one person to another only inside our own functions: the other may have allowed what this one did not.
 */
Datum
gdpr_bind_value(PG_FUNCTION_ARGS)
{
	int64 bound_to;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	require_somebody(fcinfo);
	bound_to = gdpr_datum_subject(PG_GETARG_DATUM(0));
	if (bound_to == PG_GETARG_INT64(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (bound_to != 0 && GetUserId() != gdpr_owner())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("value is sealed for subject " INT64_FORMAT ", not for " INT64_FORMAT, bound_to,
						PG_GETARG_INT64(1)),
				 errhint("Write the plaintext, or gdpr.reveal() of the value under a granted purpose.")));
	PG_RETURN_POINTER(gdpr_seal_bind(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), PG_GETARG_INT64(1)));
}

Datum
gdpr_seal_for(PG_FUNCTION_ARGS)
{
	const GdprClass *class = gdpr_class_of_result(fcinfo, false);
	text *in;
	char *data;
	size_t len;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	require_somebody(fcinfo);
	in = PG_GETARG_TEXT_PP(0);
	data = VARDATA_ANY(in);
	len = VARSIZE_ANY_EXHDR(in);
	if (class->binary)
	{
		bytea *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, CStringGetDatum(text_to_cstring(in))));

		data = VARDATA_ANY(bytes);
		len = VARSIZE_ANY_EXHDR(bytes);
	}
	if (gdpr_class_is_empty(class, data, len))
	{
		gdpr_tell_empty(class);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(gdpr_seal_for_subject(class, data, len, PG_GETARG_INT64(1)));
}
