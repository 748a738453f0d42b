/*
 * type.c
 *		Input, output and casts of the PII types. One set of functions serves all: the class comes from the
 *		declared type or from the value.
 *
 *		Output is always the sealed text, so a dump, a replica, a log line, an error's DETAIL, pg_stats and
 *		EXPLAIN hold no plaintext; the one exception, a client that asked for plaintext and may have it, is
 *		decided in access/output.c through the hook below.
 */
#include "pii/type.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_pii_in);
PG_FUNCTION_INFO_V1(gdpr_pii_out);
PG_FUNCTION_INFO_V1(gdpr_pii_recv);
PG_FUNCTION_INFO_V1(gdpr_pii_send);
PG_FUNCTION_INFO_V1(gdpr_pii_from_text);
PG_FUNCTION_INFO_V1(gdpr_pii_from_name);
PG_FUNCTION_INFO_V1(gdpr_pii_from_array);
PG_FUNCTION_INFO_V1(gdpr_pii_from_bytea);
PG_FUNCTION_INFO_V1(gdpr_pii_from_json);
PG_FUNCTION_INFO_V1(gdpr_pii_from_date);
PG_FUNCTION_INFO_V1(gdpr_pii_from_inet);
PG_FUNCTION_INFO_V1(gdpr_pii_from_uuid);
PG_FUNCTION_INFO_V1(gdpr_is_bound);
PG_FUNCTION_INFO_V1(gdpr_subject_of);
PG_FUNCTION_INFO_V1(gdpr_bind_value);
PG_FUNCTION_INFO_V1(gdpr_seal_for);

gdpr_output_hook_type gdpr_output_hook = NULL;

static void malformed(const GdprClass *class) pg_attribute_noreturn();

static void
malformed(const GdprClass *class)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					errmsg("malformed sealed value for type gdpr.pii_%s", class->name),
					errdetail("Text that begins with \"%s\" is taken for a sealed value of this class.",
							  SEALED_PREFIX),
					errhidestmt(true)));
}

/* Bytes that claim to be a sealed value of this class. */
static struct varlena *
accept_sealed(const GdprClass *class, struct varlena *value)
{
	Sealed sealed;

	if (!gdpr_sealed_parse((const uint8 *) VARDATA(value), VARSIZE(value) - VARHDRSZ, &sealed) ||
		sealed.class_id != class->id)
		malformed(class);
	return value;
}

static struct varlena *
decode_sealed(const GdprClass *class, const char *text, size_t len)
{
	struct varlena *value = palloc(VARHDRSZ + len);
	ptrdiff_t bytes = gdpr_base64_decode(text, len, (uint8 *) VARDATA(value));

	if (bytes < 0)
		malformed(class);
	SET_VARSIZE(value, VARHDRSZ + bytes);
	return accept_sealed(class, value);
}

static bool
is_sealed_text(const char *text, size_t len)
{
	return len >= SEALED_PREFIX_LEN && memcmp(text, SEALED_PREFIX, SEALED_PREFIX_LEN) == 0;
}

struct varlena *
gdpr_sealed_of_text(const GdprClass *class, const char *text, size_t len)
{
	if (!is_sealed_text(text, len))
		malformed(class);
	return decode_sealed(class, text + SEALED_PREFIX_LEN, len - SEALED_PREFIX_LEN);
}

static struct varlena *
from_text(const GdprClass *class, const char *text, size_t len)
{
	if (is_sealed_text(text, len))
		return decode_sealed(class, text + SEALED_PREFIX_LEN, len - SEALED_PREFIX_LEN);
	if (class->binary)
	{
		/* bytea's own input echoes nothing of the value */
		bytea *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, CStringGetDatum(pnstrdup(text, len))));

		return gdpr_seal(class, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	}
	return gdpr_seal(class, text, len);
}

/* The class of a type, remembered for the calls of one expression. */
static const GdprClass *
class_for(FunctionCallInfo fcinfo, Oid type)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		const GdprClass *class = gdpr_class_of_type(type);

		if (class == NULL)
			elog(ERROR, "type %u is not a PII type", type);
		fcinfo->flinfo->fn_extra = unconstify(GdprClass *, class);
	}
	return fcinfo->flinfo->fn_extra;
}

static const GdprClass *
class_of_result(FunctionCallInfo fcinfo, bool array)
{
	Oid type;

	if (fcinfo->flinfo->fn_extra != NULL)
		return fcinfo->flinfo->fn_extra;
	type = get_func_rettype(fcinfo->flinfo->fn_oid);
	return class_for(fcinfo, array ? get_element_type(type) : type);
}

Datum
gdpr_pii_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(from_text(class_for(fcinfo, PG_GETARG_OID(1)), text, strlen(text)));
}

char *
gdpr_sealed_text(struct varlena *value)
{
	size_t len = VARSIZE_ANY_EXHDR(value);
	char *text = palloc(SEALED_PREFIX_LEN + gdpr_base64_len(len) + 1);
	size_t written;

	memcpy(text, SEALED_PREFIX, SEALED_PREFIX_LEN);
	written = gdpr_base64_encode((const uint8 *) VARDATA_ANY(value), len, text + SEALED_PREFIX_LEN);
	text[SEALED_PREFIX_LEN + written] = '\0';
	return text;
}

Datum
gdpr_pii_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	char *text = gdpr_output_hook ? gdpr_output_hook(value) : NULL;

	PG_RETURN_CSTRING(text ? text : gdpr_sealed_text(value));
}

Datum
gdpr_pii_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	const GdprClass *class = class_for(fcinfo, PG_GETARG_OID(1));
	int len = buf->len - buf->cursor;
	struct varlena *value = palloc(VARHDRSZ + len);

	SET_VARSIZE(value, VARHDRSZ + len);
	pq_copymsgbytes(buf, VARDATA(value), len);
	PG_RETURN_POINTER(accept_sealed(class, value));
}

Datum
gdpr_pii_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
gdpr_pii_from_text(PG_FUNCTION_ARGS)
{
	text *in = PG_GETARG_TEXT_PP(0);

	PG_RETURN_POINTER(from_text(class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

Datum
gdpr_pii_from_name(PG_FUNCTION_ARGS)
{
	const char *in = NameStr(*PG_GETARG_NAME(0));

	PG_RETURN_POINTER(from_text(class_of_result(fcinfo, false), in, strlen(in)));
}

Datum
gdpr_pii_from_bytea(PG_FUNCTION_ARGS)
{
	bytea *in = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_POINTER(gdpr_seal(class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

/* jsonb has a text form of its own; it is sealed in that form. */
Datum
gdpr_pii_from_json(PG_FUNCTION_ARGS)
{
	const GdprClass *class = class_of_result(fcinfo, false);
	char *in = DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(gdpr_seal(class, in, strlen(in)));
}

/* In ISO form whatever DateStyle says. What is no day of a person's life (infinity, BC) the class refuses. */
Datum
gdpr_pii_from_date(PG_FUNCTION_ARGS)
{
	DateADT date = PG_GETARG_DATEADT(0);
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
	PG_RETURN_POINTER(gdpr_seal(class_of_result(fcinfo, false), in, strlen(in)));
}

/* The address alone: the mask of its network is not part of it. */
Datum
gdpr_pii_from_inet(PG_FUNCTION_ARGS)
{
	text *in = DatumGetTextPP(DirectFunctionCall1(network_host, PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(gdpr_seal(class_of_result(fcinfo, false), VARDATA_ANY(in), VARSIZE_ANY_EXHDR(in)));
}

Datum
gdpr_pii_from_uuid(PG_FUNCTION_ARGS)
{
	char *in = DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(gdpr_seal(class_of_result(fcinfo, false), in, strlen(in)));
}

/*
 * text[] in one call: a plain coercion of the elements would be an expression that row security cannot push
 * into an index.
 */
Datum
gdpr_pii_from_array(PG_FUNCTION_ARGS)
{
	ArrayType *in = PG_GETARG_ARRAYTYPE_P(0);
	const GdprClass *class = class_of_result(fcinfo, true);
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(in, ARR_ELEMTYPE(in), -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		text *element = nulls[i] ? NULL : DatumGetTextPP(elements[i]);

		if (element)
			elements[i] = PointerGetDatum(from_text(class, VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element)));
	}
	if (count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(gdpr_type_of_class(class)));
	PG_RETURN_ARRAYTYPE_P(construct_md_array(elements, nulls, ARR_NDIM(in), ARR_DIMS(in), ARR_LBOUND(in),
											 gdpr_type_of_class(class), -1, false, TYPALIGN_INT));
}

/* The subject number stands in the first bytes; a large value is not detoasted for it. */
int64
gdpr_datum_subject(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		value = PG_DETOAST_DATUM_SLICE(datum, 0, SEALED_MAX_HEADER);
	return gdpr_sealed_subject((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

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

/* From one person to another only inside our own functions: the other may have allowed what this one did not. */
/* A value is not lost because its row leads to nobody. */
static void
require_somebody(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("personal data in a row belong to nobody"),
				 errdetail("The owner of the table leads from that row to no person."),
				 errhint(
					 "Mend or delete such rows; where the owner is a pair (type, id), name every type.")));
}

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
	const GdprClass *class = class_of_result(fcinfo, false);
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
	PG_RETURN_POINTER(gdpr_seal_for_subject(class, data, len, PG_GETARG_INT64(1)));
}
