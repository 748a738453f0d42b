/*
 * compare.c
 *		Equality of sealed values: over the token alone. Total functions that need no key and cannot raise, so
 *		that indexes, ANALYZE, autovacuum and row security can use them anywhere; LEAKPROOF is honest.
 */
#include "gdpr.h"

#include "common/hashfn.h"
#include "fmgr.h"

#include "pii/sealed.h"

PG_FUNCTION_INFO_V1(gdpr_pii_eq);
PG_FUNCTION_INFO_V1(gdpr_pii_ne);
PG_FUNCTION_INFO_V1(gdpr_pii_lt);
PG_FUNCTION_INFO_V1(gdpr_pii_le);
PG_FUNCTION_INFO_V1(gdpr_pii_gt);
PG_FUNCTION_INFO_V1(gdpr_pii_ge);
PG_FUNCTION_INFO_V1(gdpr_pii_cmp);
PG_FUNCTION_INFO_V1(gdpr_pii_hash);
PG_FUNCTION_INFO_V1(gdpr_pii_hash_extended);

/* What is compared: the token; of bytes that are no sealed value, all of them. */
static const uint8 *
comparable(Datum datum, size_t *len)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	const uint8 *data = (const uint8 *) VARDATA_ANY(value);
	Sealed sealed;

	if (gdpr_sealed_parse(data, VARSIZE_ANY_EXHDR(value), &sealed) && sealed.token)
	{
		*len = SEALED_TOKEN_LEN;
		return sealed.token;
	}
	*len = VARSIZE_ANY_EXHDR(value);
	return data;
}

static int
compare(FunctionCallInfo fcinfo)
{
	size_t left_len;
	size_t right_len;
	const uint8 *left = comparable(PG_GETARG_DATUM(0), &left_len);
	const uint8 *right = comparable(PG_GETARG_DATUM(1), &right_len);
	int order = memcmp(left, right, Min(left_len, right_len));

	if (order == 0)
		order = (left_len > right_len) - (left_len < right_len);
	return order;
}

Datum
gdpr_pii_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) == 0);
}

Datum
gdpr_pii_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) != 0);
}

Datum
gdpr_pii_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

Datum
gdpr_pii_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

Datum
gdpr_pii_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

Datum
gdpr_pii_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

Datum
gdpr_pii_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

Datum
gdpr_pii_hash(PG_FUNCTION_ARGS)
{
	size_t len;
	const uint8 *data = comparable(PG_GETARG_DATUM(0), &len);

	PG_RETURN_UINT32(hash_bytes(data, (int) len));
}

Datum
gdpr_pii_hash_extended(PG_FUNCTION_ARGS)
{
	size_t len;
	const uint8 *data = comparable(PG_GETARG_DATUM(0), &len);

	PG_RETURN_UINT64(hash_bytes_extended(data, (int) len, PG_GETARG_INT64(1)));
}
