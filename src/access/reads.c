/*
 * reads.c
 *		What a statement of the client read in plain without saying so: by fingerprint, the last thousand (copies.h).
 */
#include "access/copies.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"

#include "crypto/aead.h"

#define READS_MAX 1024

static uint64 reads[READS_MAX];
static uint32 read_count = 0;
static uint64 read_seed = 0;

static uint64
fingerprint(const void *plain, size_t len)
{
	while (read_seed == 0)
		if (!gdpr_random(&read_seed, sizeof(read_seed)))
			elog(ERROR, "no random numbers");
	return hash_bytes_extended(plain, (int) len, read_seed);
}

void
gdpr_remember_read(const void *plain, size_t len)
{
	if (len > 0)
		reads[read_count++ % READS_MAX] = fingerprint(plain, len);
}

void
gdpr_forget_reads(void)
{
	read_count = 0;
}

static bool
was_read(const void *plain, size_t len)
{
	uint64 wanted;

	if (read_count == 0 || len == 0)
		return false;
	wanted = fingerprint(plain, len);
	for (uint32 i = 0; i < Min(read_count, READS_MAX); i++)
		if (reads[i] == wanted)
			return true;
	return false;
}

static bool
text_was_read(Datum value)
{
	text *plain = DatumGetTextPP(value);

	return was_read(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

static bool
json_was_read(Jsonb *document)
{
	JsonbIterator *it = JsonbIteratorInit(&document->root);
	JsonbValue value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
		if ((token == WJB_VALUE || token == WJB_ELEM || token == WJB_KEY) && value.type == jbvString &&
			was_read(value.val.string.val, value.val.string.len))
			return true;
	return false;
}

bool
gdpr_may_hold_read(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case DATEOID:
		case JSONBOID:
		case JSONOID:
			return true;
		default:
			return false;
	}
}

bool
gdpr_holds_read(Oid type, Datum value)
{
	DateADT date;

	if (read_count == 0)
		return false;
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return text_was_read(value);
		case NAMEOID:
			return was_read(NameStr(*DatumGetName(value)), strlen(NameStr(*DatumGetName(value))));
		case DATEOID:
			date = DatumGetDateADT(value);
			return was_read(&date, sizeof(date));
		case JSONBOID:
			return json_was_read(DatumGetJsonbP(value));
		case JSONOID:
			value = DirectFunctionCall1(jsonb_in, CStringGetDatum(TextDatumGetCString(value)));
			return json_was_read(DatumGetJsonbP(value));
		default:
			return false;
	}
}
