/*
 * cast.c
 *		Casts to the PII types: text of any kind, and the types whose values have a form of their own.
 */
#include "pii/type.h"

#include <sys/socket.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/lsyscache.h"

#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_pii_from_text);
PG_FUNCTION_INFO_V1(gdpr_pii_from_name);
PG_FUNCTION_INFO_V1(gdpr_pii_from_array);
PG_FUNCTION_INFO_V1(gdpr_pii_from_bytea);
PG_FUNCTION_INFO_V1(gdpr_pii_from_json);
PG_FUNCTION_INFO_V1(gdpr_pii_from_date);
PG_FUNCTION_INFO_V1(gdpr_pii_from_timestamp);
PG_FUNCTION_INFO_V1(gdpr_pii_from_timestamptz);
PG_FUNCTION_INFO_V1(gdpr_pii_from_inet);
PG_FUNCTION_INFO_V1(gdpr_pii_from_uuid);

Datum
gdpr_pii_from_text(PG_FUNCTION_ARGS)
{
	text *in = PG_GETARG_TEXT_PP(0);

	PG_RETURN_POINTER(
		gdpr_sealed_from_text(gdpr_class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

Datum
gdpr_pii_from_name(PG_FUNCTION_ARGS)
{
	const char *in = NameStr(*PG_GETARG_NAME(0));

	PG_RETURN_POINTER(gdpr_sealed_from_text(gdpr_class_of_result(fcinfo, false), in, strlen(in)));
}

Datum
gdpr_pii_from_bytea(PG_FUNCTION_ARGS)
{
	bytea *in = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_POINTER(gdpr_seal(gdpr_class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

/* jsonb has a text form of its own; it is sealed in that form. */
Datum
gdpr_pii_from_json(PG_FUNCTION_ARGS)
{
	const GdprClass *class = gdpr_class_of_result(fcinfo, false);
	char *in = DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(gdpr_seal(class, in, strlen(in)));
}

/* In ISO form whatever DateStyle says. What is no day of a person's life (infinity, BC) the class refuses. */
static Datum
from_date(FunctionCallInfo fcinfo, DateADT date)
{
	struct pg_tm tm;
	char in[MAXDATELEN + 1];

	memset(&tm, 0, sizeof(tm));
	if (DATE_NOT_FINITE(date))
		EncodeSpecialDate(date, in);
	else
	{
		j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		EncodeDateOnly(&tm, USE_ISO_DATES, in);
	}
	PG_RETURN_POINTER(gdpr_seal(gdpr_class_of_result(fcinfo, false), in, strlen(in)));
}

Datum
gdpr_pii_from_date(PG_FUNCTION_ARGS)
{
	return from_date(fcinfo, PG_GETARG_DATEADT(0));
}

Datum
gdpr_pii_from_timestamp(PG_FUNCTION_ARGS)
{
	return from_date(fcinfo, DatumGetDateADT(DirectFunctionCall1(timestamp_date, PG_GETARG_DATUM(0))));
}

Datum
gdpr_pii_from_timestamptz(PG_FUNCTION_ARGS)
{
	return from_date(fcinfo, DatumGetDateADT(DirectFunctionCall1(timestamptz_date, PG_GETARG_DATUM(0))));
}

/* The length of a network goes; said once a statement, as it may be that of every value of a column. */
static void
tell_network_length(const inet *in)
{
	static TimestampTz told = 0;

	if (ip_bits(in) == ip_maxbits(in) || told == GetCurrentStatementStartTimestamp())
		return;
	told = GetCurrentStatementStartTimestamp();
	ereport(NOTICE, (errmsg("type gdpr.pii_ip keeps no network length"),
					 errdetail("The address of an inet value is sealed, the length behind its slash is not."),
					 errhint("Keep masklen() in a column of its own where it matters.")));
}

/* The address alone: the mask of its network is not part of it. */
Datum
gdpr_pii_from_inet(PG_FUNCTION_ARGS)
{
	text *in = DatumGetTextPP(DirectFunctionCall1(network_host, PG_GETARG_DATUM(0)));

	tell_network_length(PG_GETARG_INET_PP(0));
	PG_RETURN_POINTER(gdpr_seal(gdpr_class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

Datum
gdpr_pii_from_uuid(PG_FUNCTION_ARGS)
{
	char *in = DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(gdpr_seal(gdpr_class_of_result(fcinfo, false), in, strlen(in)));
}

/*
 * text[] in one call: a plain coercion of the elements would be an expression that row security cannot push
 * into an index.
 */
Datum
gdpr_pii_from_array(PG_FUNCTION_ARGS)
{
	ArrayType *in = PG_GETARG_ARRAYTYPE_P(0);
	const GdprClass *class = gdpr_class_of_result(fcinfo, true);
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(in, ARR_ELEMTYPE(in), -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		text *element = nulls[i] ? NULL : DatumGetTextPP(elements[i]);

		if (element)
			elements[i] = PointerGetDatum(
				gdpr_sealed_from_text(class, VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element)));
	}
	if (count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(gdpr_type_of_class(class)));
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, ARR_NDIM(in), ARR_DIMS(in), ARR_LBOUND(in),
											 gdpr_type_of_class(class), -1, false, TYPALIGN_INT));
}
