/*
 * entry.c
 *		The canonical form of entries and seals of the ledger (drawn in ledger.sql), and their hashes.
 */
#include "gdpr.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "crypto/mac.h"

PG_FUNCTION_INFO_V1(gdpr_entry_hash);
PG_FUNCTION_INFO_V1(gdpr_seal_hash);

#define LEDGER_HASH_LEN 32

enum
{
	ENTRY_NUMBER,
	ENTRY_AT,
	ENTRY_ROLE,
	ENTRY_KIND,
	ENTRY_SUBJECT,
	ENTRY_SUBJECTS,
	ENTRY_DETAIL,
	ENTRY_FIELDS
};

/* Output functions of the arguments that have no text form of their own, kept for the query. */
typedef struct Writers
{
	Oid type[ENTRY_FIELDS];
	FmgrInfo output[ENTRY_FIELDS];
} Writers;

static char *
text_of(FunctionCallInfo fcinfo, int arg)
{
	Writers *writers = fcinfo->flinfo->fn_extra;

	if (writers == NULL)
		writers = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Writers));
	if (!OidIsValid(writers->type[arg]))
	{
		Oid function;
		bool varlena;

		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, arg), &function, &varlena);
		fmgr_info_cxt(function, &writers->output[arg], fcinfo->flinfo->fn_mcxt);
		writers->type[arg] = get_fn_expr_argtype(fcinfo->flinfo, arg);
	}
	return OutputFunctionCall(&writers->output[arg], PG_GETARG_DATUM(arg));
}

static void
append_field(StringInfo into, const char *text)
{
	char *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	size_t len = strlen(utf8);

	appendStringInfo(into, "%zu:", len);
	appendBinaryStringInfo(into, utf8, (int) len);
	appendStringInfoChar(into, ',');
	if (utf8 != text)
		pfree(utf8);
}

static void
append_integer(StringInfo into, int64 value)
{
	char text[32];

	snprintf(text, sizeof(text), INT64_FORMAT, value);
	append_field(into, text);
}

#define UNIX_EPOCH_US ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

static void
append_bytes(StringInfo into, bytea *bytes)
{
	appendBinaryStringInfo(into, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

static bytea *
hash_of(StringInfo form)
{
	bytea *result = palloc(VARHDRSZ + LEDGER_HASH_LEN);

	SET_VARSIZE(result, VARHDRSZ + LEDGER_HASH_LEN);
	if (!gdpr_sha256(form->data, form->len, (uint8 *) VARDATA(result)))
		elog(ERROR, "could not compute a hash");
	pfree(form->data);
	return result;
}

Datum
gdpr_entry_hash(PG_FUNCTION_ARGS)
{
	StringInfoData form;

	initStringInfo(&form);
	for (int i = 0; i < ENTRY_FIELDS; i++)
	{
		if (PG_ARGISNULL(i))
			appendStringInfoString(&form, "-,");
		else if (i == ENTRY_NUMBER || i == ENTRY_SUBJECT)
			append_integer(&form, PG_GETARG_INT64(i));
		else if (i == ENTRY_AT)
			append_integer(&form, PG_GETARG_TIMESTAMPTZ(i) + UNIX_EPOCH_US);
		else if (i == ENTRY_ROLE)
			append_field(&form, NameStr(*PG_GETARG_NAME(i)));
		else if (i == ENTRY_KIND)
			append_field(&form, text_to_cstring(PG_GETARG_TEXT_PP(i)));
		else
			append_field(&form, text_of(fcinfo, i));
	}
	PG_RETURN_BYTEA_P(hash_of(&form));
}

/* Arguments: previous hash, sequence, at, numbers, the concatenated hashes of the entries; only the first is NULL. */
Datum
gdpr_seal_hash(PG_FUNCTION_ARGS)
{
	static const uint8 beginning[LEDGER_HASH_LEN] = {0};
	StringInfoData form;

	for (int i = 1; i < 5; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	initStringInfo(&form);
	if (PG_ARGISNULL(0))
		appendBinaryStringInfo(&form, (const char *) beginning, sizeof(beginning));
	else
		append_bytes(&form, PG_GETARG_BYTEA_PP(0));
	append_integer(&form, PG_GETARG_INT64(1));
	append_integer(&form, PG_GETARG_TIMESTAMPTZ(2) + UNIX_EPOCH_US);
	append_field(&form, text_of(fcinfo, 3));
	append_bytes(&form, PG_GETARG_BYTEA_PP(4));
	PG_RETURN_BYTEA_P(hash_of(&form));
}
