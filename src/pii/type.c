/*
 * type.c
 *		Input and output of the PII types. One set of functions serves all: the class comes from the declared type or
 *		from the value. Casts to them are in cast.c.
 *
 *		Output is always the sealed text, so a dump, a replica, a log line, an error's DETAIL, pg_stats and
 *		EXPLAIN hold no plaintext; the one exception, a client that asked for plaintext and may have it, is
 *		decided in access/output.c through the hook below.
 */
#include "pii/type.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_pii_in);
PG_FUNCTION_INFO_V1(gdpr_pii_out);
PG_FUNCTION_INFO_V1(gdpr_pii_recv);
PG_FUNCTION_INFO_V1(gdpr_pii_send);

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

struct varlena *
gdpr_sealed_from_text(const GdprClass *class, const char *text, size_t len)
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
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("type %u is not a PII type", type),
							errhint("SELECT * FROM gdpr.classes(); lists the types.")));
		fcinfo->flinfo->fn_extra = unconstify(GdprClass *, class);
	}
	return fcinfo->flinfo->fn_extra;
}

const GdprClass *
gdpr_class_of_result(FunctionCallInfo fcinfo, bool array)
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

	PG_RETURN_POINTER(gdpr_sealed_from_text(class_for(fcinfo, PG_GETARG_OID(1)), text, strlen(text)));
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

/* The subject number stands in the first bytes; a large value is not detoasted for it. */
int64
gdpr_datum_subject(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		value = PG_DETOAST_DATUM_SLICE(datum, 0, SEALED_MAX_HEADER);
	return gdpr_sealed_subject((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}
