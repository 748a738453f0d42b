/*
 * entry.c
 *		Entries of the ledger: the canonical form of entries and seals (drawn in ledger.sql), their hashes, and the
 *		writing of an event.
 */
#include "ledger/entry.h"

#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "crypto/mac.h"

PG_FUNCTION_INFO_V1(gdpr_entry_hash);
PG_FUNCTION_INFO_V1(gdpr_seal_hash);
PG_FUNCTION_INFO_V1(gdpr_record);
PG_FUNCTION_INFO_V1(gdpr_ledger_written);

enum
{
	ENTRY_NUMBER,
	ENTRY_AT,
	ENTRY_ROLE,
	ENTRY_KIND,
	ENTRY_SUBJECT,
	ENTRY_SUBJECTS,
	ENTRY_DETAIL,
	ENTRY_FIELDS,
	ENTRY_HASH = ENTRY_FIELDS,
	LEDGER_COLUMNS
};

void
gdpr_append_range(StringInfo into, int64 low, int64 high)
{
	char text[2 * MAXINT8LEN + 4];
	int len = 0;

	text[len++] = '[';
	len += pg_lltoa(low, text + len);
	text[len++] = ',';
	len += pg_lltoa(high, text + len);
	text[len++] = ')';
	appendBinaryStringInfo(into, text, len);
}

/* Without bounds it is no set of subjects, but someone may have made it one. */
static char *
unbounded_text(MultirangeType *numbers)
{
	Oid function;
	bool varlena;

	getTypeOutputInfo(INT8MULTIRANGEOID, &function, &varlena);
	return OidOutputFunctionCall(function, PointerGetDatum(numbers));
}

/* As multirange_out writes it, which takes a microsecond a range. */
static char *
multirange_text(MultirangeType *numbers)
{
	TypeCacheEntry *type = lookup_type_cache(INT8MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (uint32 i = 0; i < numbers->rangeCount; i++)
	{
		RangeBound lower;
		RangeBound upper;

		multirange_get_bounds(type->rngtype, numbers, i, &lower, &upper);
		if (lower.infinite || upper.infinite)
			return unbounded_text(numbers);
		if (i > 0)
			appendStringInfoChar(&text, ',');
		gdpr_append_range(&text, DatumGetInt64(lower.val), DatumGetInt64(upper.val));
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

static void
append_field(StringInfo into, const char *text)
{
	char *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	int len = (int) strlen(utf8);
	char digits[MAXINT8LEN + 2];
	int written = pg_lltoa(len, digits);

	digits[written++] = ':';
	appendBinaryStringInfo(into, digits, written);
	appendBinaryStringInfo(into, utf8, len);
	appendStringInfoChar(into, ',');
	if (utf8 != text)
		pfree(utf8);
}

static void
append_integer(StringInfo into, int64 value)
{
	char text[MAXINT8LEN + 1];

	pg_lltoa(value, text);
	append_field(into, text);
}

#define UNIX_EPOCH_US ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

static void
append_bytes(StringInfo into, bytea *bytes)
{
	appendBinaryStringInfo(into, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

static void
append_text_or_null(StringInfo into, const char *text)
{
	if (text == NULL)
		appendStringInfoString(into, "-,");
	else
		append_field(into, text);
}

static void
hash_of(StringInfo form, uint8 hash[GDPR_LEDGER_HASH_LEN])
{
	if (!gdpr_sha256(form->data, form->len, hash))
		elog(ERROR, "could not compute a hash");
	pfree(form->data);
}

void
gdpr_entry_digest(const LedgerEntry *entry, int64 number, uint8 hash[GDPR_LEDGER_HASH_LEN])
{
	StringInfoData form;

	initStringInfo(&form);
	append_integer(&form, number);
	append_integer(&form, entry->at + UNIX_EPOCH_US);
	append_field(&form, entry->role);
	append_field(&form, entry->kind);
	if (entry->has_subject)
		append_integer(&form, entry->subject);
	else
		append_text_or_null(&form, NULL);
	append_text_or_null(&form, entry->subjects);
	append_field(&form, entry->detail);
	hash_of(&form, hash);
}

static bytea *
make_hash(uint8 **hash)
{
	bytea *result = palloc(VARHDRSZ + GDPR_LEDGER_HASH_LEN);

	SET_VARSIZE(result, VARHDRSZ + GDPR_LEDGER_HASH_LEN);
	*hash = (uint8 *) VARDATA(result);
	return result;
}

/* NULL when what is never NULL in the table is. */
Datum
gdpr_entry_hash(PG_FUNCTION_ARGS)
{
	LedgerEntry entry = {0};
	Jsonb *detail;
	uint8 *hash;
	bytea *result = make_hash(&hash);

	for (int i = 0; i < ENTRY_FIELDS; i++)
		if (PG_ARGISNULL(i) && i != ENTRY_SUBJECT && i != ENTRY_SUBJECTS)
			PG_RETURN_NULL();
	entry.at = PG_GETARG_TIMESTAMPTZ(ENTRY_AT);
	entry.role = NameStr(*PG_GETARG_NAME(ENTRY_ROLE));
	entry.kind = text_to_cstring(PG_GETARG_TEXT_PP(ENTRY_KIND));
	entry.has_subject = !PG_ARGISNULL(ENTRY_SUBJECT);
	if (entry.has_subject)
		entry.subject = PG_GETARG_INT64(ENTRY_SUBJECT);
	if (!PG_ARGISNULL(ENTRY_SUBJECTS))
		entry.subjects = multirange_text(PG_GETARG_MULTIRANGE_P(ENTRY_SUBJECTS));
	detail = PG_GETARG_JSONB_P(ENTRY_DETAIL);
	entry.detail = JsonbToCString(NULL, &detail->root, VARSIZE(detail));
	gdpr_entry_digest(&entry, PG_GETARG_INT64(ENTRY_NUMBER), hash);
	PG_RETURN_BYTEA_P(result);
}

/* ---- an event ---- */

void (*gdpr_event_written)(void) = NULL;

static void
tell_written(void)
{
	if (gdpr_event_written)
		gdpr_event_written();
}

void
gdpr_record_event(Datum kind, Datum subject, bool of_nobody, Datum detail)
{
	Jsonb *told = DatumGetJsonbP(detail);
	LedgerEntry entry = {
		.at = GetCurrentTimestamp(),
		.role = GetUserNameFromId(GetSessionUserId(), false),
		.kind = TextDatumGetCString(kind),
		.has_subject = !of_nobody,
		.subject = of_nobody ? 0 : DatumGetInt64(subject),
		.detail = JsonbToCString(NULL, &told->root, VARSIZE(told)),
	};
	int64 number = nextval_internal(gdpr_relation_oid(GDPR_LEDGER_NUMBER), false);
	Datum unsealed = Int64GetDatum(number);
	NameData role;
	uint8 *hash;
	bytea *hash_value = make_hash(&hash);
	Datum values[LEDGER_COLUMNS] = {0};
	bool nulls[LEDGER_COLUMNS] = {false};

	namestrcpy(&role, entry.role);
	gdpr_entry_digest(&entry, number, hash);
	values[ENTRY_NUMBER] = Int64GetDatum(number);
	values[ENTRY_AT] = TimestampTzGetDatum(entry.at);
	values[ENTRY_ROLE] = NameGetDatum(&role);
	values[ENTRY_KIND] = kind;
	values[ENTRY_SUBJECT] = subject;
	nulls[ENTRY_SUBJECT] = of_nobody;
	nulls[ENTRY_SUBJECTS] = true;
	values[ENTRY_DETAIL] = detail;
	values[ENTRY_HASH] = PointerGetDatum(hash_value);
	gdpr_insert(gdpr_relation_oid(GDPR_LEDGER), values, nulls);
	gdpr_insert(gdpr_relation_oid(GDPR_LEDGER_UNSEALED), &unsealed, (bool[]){false});
	tell_written();
}

/* ledger_written(): an event was written in SQL. */
Datum
gdpr_ledger_written(PG_FUNCTION_ARGS)
{
	tell_written();
	PG_RETURN_VOID();
}

/* record(kind, subject, detail): subject may be NULL. */
Datum
gdpr_record(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
						errmsg("an entry of the ledger needs its kind and its detail")));
	gdpr_record_event(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_ARGISNULL(1), PG_GETARG_DATUM(2));
	PG_RETURN_VOID();
}

/* Arguments: previous hash, sequence, at, numbers, the concatenated hashes of the entries; only the first is NULL. */
Datum
gdpr_seal_hash(PG_FUNCTION_ARGS)
{
	static const uint8 beginning[GDPR_LEDGER_HASH_LEN] = {0};
	StringInfoData form;
	uint8 *hash;
	bytea *result = make_hash(&hash);

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
	append_field(&form, multirange_text(PG_GETARG_MULTIRANGE_P(3)));
	append_bytes(&form, PG_GETARG_BYTEA_PP(4));
	hash_of(&form, hash);
	PG_RETURN_BYTEA_P(result);
}
