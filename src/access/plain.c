/*
 * plain.c
 *		Plaintext in other forms than reveal's text: what a condition looks at, what a client sees inside concat() or
 *		json, and the casts to date, inet and uuid. The same policy as reveal, through the same functions.
 */
#include "access/access.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/inet.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "access/copies.h"
#include "pii/class_text.h"
#include "pii/seal.h"
#include "pii/type.h"

PG_FUNCTION_INFO_V1(gdpr_search_text);
PG_FUNCTION_INFO_V1(gdpr_client_text);
PG_FUNCTION_INFO_V1(gdpr_client_text_array);
PG_FUNCTION_INFO_V1(gdpr_client_json);
PG_FUNCTION_INFO_V1(gdpr_reveal_date);
PG_FUNCTION_INFO_V1(gdpr_reveal_timestamp);
PG_FUNCTION_INFO_V1(gdpr_reveal_timestamptz);
PG_FUNCTION_INFO_V1(gdpr_search_date);
PG_FUNCTION_INFO_V1(gdpr_search_timestamp);
PG_FUNCTION_INFO_V1(gdpr_search_timestamptz);
PG_FUNCTION_INFO_V1(gdpr_reveal_inet);
PG_FUNCTION_INFO_V1(gdpr_search_inet);
PG_FUNCTION_INFO_V1(gdpr_search_jsonb);
PG_FUNCTION_INFO_V1(gdpr_reveal_uuid);
PG_FUNCTION_INFO_V1(gdpr_as_class);

/*
 * A look that is no reveal is that of a condition alone: condition.c puts it in as a cast, which no one can write since
 * there is none. Called by name, the function reveals as any other.
 */
static text *
look(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const FuncExpr *call = (const FuncExpr *) fcinfo->flinfo->fn_expr;

	if (call && IsA(call, FuncExpr) && call->funcformat == COERCE_IMPLICIT_CAST)
		return gdpr_look_inside(value, gdpr_policy_claim(), true);
	return gdpr_reveal_text_of(value, gdpr_policy_claim());
}

Datum
gdpr_search_text(PG_FUNCTION_ARGS)
{
	text *plain = look(fcinfo);

	if (plain == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(plain);
}

/* ---- inside something that a client is sent ---- */

text *
gdpr_client_text_of(struct varlena *value)
{
	Sealed sealed;

	gdpr_sealed_view(value, &sealed);
	if (!gdpr_output_reveals() || gdpr_own_rights_at_work())
		return cstring_to_text(gdpr_sealed_text(value));
	if (sealed.subject > 0)
	{
		text *plain = gdpr_reveal_text_of(value, gdpr_policy_claim());

		if (plain)
			gdpr_remember_read(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
		return plain;
	}
	if (gdpr_sealed_here(&sealed))
		return gdpr_look_inside(value, gdpr_policy_claim(), true);
	return cstring_to_text(gdpr_sealed_text(value));
}

Datum
gdpr_client_text(PG_FUNCTION_ARGS)
{
	text *plain = gdpr_client_text_of(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));

	if (plain == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(plain);
}

Datum
gdpr_client_text_array(PG_FUNCTION_ARGS)
{
	ArrayType *in = PG_GETARG_ARRAYTYPE_P(0);
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(in, ARR_ELEMTYPE(in), -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	if (count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	for (int i = 0; i < count; i++)
	{
		text *plain = nulls[i] ? NULL : gdpr_client_text_of(PG_DETOAST_DATUM_PACKED(elements[i]));

		elements[i] = PointerGetDatum(plain);
		nulls[i] = plain == NULL;
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, ARR_NDIM(in), ARR_DIMS(in), ARR_LBOUND(in),
											 TEXTOID, -1, false, TYPALIGN_INT));
}

/* A document is itself in json, when it is one: not a mask, and not sealed. */
static bool
is_document(struct varlena *value, text *plain)
{
	const GdprClass *class = gdpr_class_of_value(value);

	return class->id == GDPR_JSON &&
		   gdpr_class_check(class, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain), NULL, NULL) == GDPR_VALID;
}

/*
 * json.c and jsonb.c look for this cast of a type that is none of their own. In a trigger, and where a function changes
 * rows, the value stays sealed: a row as json is there on its way into a log.
 */
Datum
gdpr_client_json(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	bool to_be_stored =
		gdpr_changes_inside() || DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0)) > 0;
	text *plain = to_be_stored ? cstring_to_text(gdpr_sealed_text(value)) : gdpr_client_text_of(value);
	StringInfoData json;

	if (plain == NULL)
		PG_RETURN_TEXT_P(cstring_to_text("null"));
	if (is_document(value, plain))
		PG_RETURN_TEXT_P(plain);
	initStringInfo(&json);
	escape_json(&json, text_to_cstring(plain));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(json.data, json.len));
}

/* ---- other types ---- */

/* The text to make a date or an address of; NULL when the grant shows a mask, which is neither. */
static char *
unmasked(FunctionCallInfo fcinfo, bool search)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const GdprClaim *claim = gdpr_policy_claim();
	text *plain = search ? look(fcinfo) : gdpr_reveal_text_of(value, claim);

	if (plain == NULL || claim->reason != GDPR_ALLOWED || claim->grant != GDPR_GRANT_FULL ||
		gdpr_reveal_reason(value, claim) != GDPR_ALLOWED)
		return NULL;
	return text_to_cstring(plain);
}

bool
gdpr_date_of_text(text *plain, DateADT *date)
{
	int year;
	int month;
	int day;

	if (sscanf(text_to_cstring(plain), "%4d-%2d-%2d", &year, &month, &day) != 3)
		return false;
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* False: a mask, or a birth date of which only the year or the month is known. */
static bool
date_of(FunctionCallInfo fcinfo, bool search, DateADT *date)
{
	char *plain = unmasked(fcinfo, search);

	if (plain == NULL || !gdpr_date_of_text(cstring_to_text(plain), date))
		return false;
	if (!search)
		gdpr_remember_read(date, sizeof(*date));
	return true;
}

static Datum
date_as(FunctionCallInfo fcinfo, bool search, PGFunction convert)
{
	DateADT date;

	if (!date_of(fcinfo, search, &date))
		PG_RETURN_NULL();
	return convert ? DirectFunctionCall1(convert, DateADTGetDatum(date)) : DateADTGetDatum(date);
}

Datum
gdpr_reveal_date(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, false, NULL);
}

Datum
gdpr_reveal_timestamp(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, false, date_timestamp);
}

Datum
gdpr_reveal_timestamptz(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, false, date_timestamptz);
}

Datum
gdpr_search_date(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, true, NULL);
}

Datum
gdpr_search_timestamp(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, true, date_timestamp);
}

Datum
gdpr_search_timestamptz(PG_FUNCTION_ARGS)
{
	return date_as(fcinfo, true, date_timestamptz);
}

static Datum
parsed_as(FunctionCallInfo fcinfo, bool search, PGFunction input)
{
	char *plain = unmasked(fcinfo, search);

	if (plain == NULL)
		PG_RETURN_NULL();
	return DirectFunctionCall1(input, CStringGetDatum(plain));
}

Datum
gdpr_reveal_inet(PG_FUNCTION_ARGS)
{
	return parsed_as(fcinfo, false, inet_in);
}

Datum
gdpr_search_inet(PG_FUNCTION_ARGS)
{
	return parsed_as(fcinfo, true, inet_in);
}

Datum
gdpr_search_jsonb(PG_FUNCTION_ARGS)
{
	return parsed_as(fcinfo, true, jsonb_in);
}

/* Not by uuid's own input alone, whose error repeats what it was given. */
Datum
gdpr_reveal_uuid(PG_FUNCTION_ARGS)
{
	char *plain = unmasked(fcinfo, false);

	if (plain == NULL)
		PG_RETURN_NULL();
	if (strlen(plain) != 36 || strspn(plain, "0123456789abcdefABCDEF-") != 36)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("device identifier is not a UUID"), errhint("Cast it to text.")));
	return DirectFunctionCall1(uuid_in, CStringGetDatum(plain));
}

/*
 * The same datum of the same person as another class. It shows nothing, so the policy is not asked; a value that
 * someone else typed would by it become one that this session typed.
 */
Datum
gdpr_as_class(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	Sealed sealed;
	GdprPlain plain;
	struct varlena *result;

	AcceptInvalidationMessages();
	gdpr_sealed_view(value, &sealed);
	if (sealed.subject == 0 && !gdpr_sealed_here(&sealed))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("value of another session cannot change its class"),
						errhint("Write it into a column of its class first, or cast it with ::text.")));
	gdpr_seal_open(&sealed, &plain);
	plain.class = gdpr_class_of_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	plain.unfit = false;
	result = gdpr_seal_plain(&plain, sealed.subject, NULL);
	gdpr_plain_free(&plain);
	PG_RETURN_POINTER(result);
}
