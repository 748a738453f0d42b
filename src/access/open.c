/*
 * open.c
 *		Comparisons that open values under the policy: ORDER BY, min, max and greatest by what the values say.
 *
 *		Who may read compares plaintext, a masked grant compares masks; what may not be opened comes behind what may, in
 *		the order of its tokens. A comparison shows no value and never raises for the policy's sake. Whether a session
 *		reveals is asked at each call, so that a kept plan is right for any setting.
 *
 *		A sort carries sealed values and opens them in memory: what it spills into a temporary file stays sealed.
 */
#include "access/access.h"

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/varlena.h"

#include "audit/audit.h"
#include "crypto/aead.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_open_lt);
PG_FUNCTION_INFO_V1(gdpr_open_le);
PG_FUNCTION_INFO_V1(gdpr_open_eq);
PG_FUNCTION_INFO_V1(gdpr_open_ne);
PG_FUNCTION_INFO_V1(gdpr_open_ge);
PG_FUNCTION_INFO_V1(gdpr_open_gt);
PG_FUNCTION_INFO_V1(gdpr_open_cmp);
PG_FUNCTION_INFO_V1(gdpr_open_sort);
PG_FUNCTION_INFO_V1(gdpr_open_hash);
PG_FUNCTION_INFO_V1(gdpr_open_larger);
PG_FUNCTION_INFO_V1(gdpr_open_smaller);
PG_FUNCTION_INFO_V1(gdpr_open_in_range);

/* A plaintext that a sort keeps while there is room. */
typedef struct Nonce
{
	uint8 bytes[GDPR_NONCE_LEN];
} Nonce;

typedef struct Opened
{
	Nonce nonce; /* of a bound value, which no other value has */
	text *plain; /* NULL: the policy refused */
	char status;
} Opened;

static inline uint32
hash_nonce(Nonce nonce)
{
	uint32 hash;

	memcpy(&hash, nonce.bytes, sizeof(hash)); /* random as it is */
	return hash;
}

#define SH_PREFIX			 opened
#define SH_ELEMENT_TYPE		 Opened
#define SH_KEY_TYPE			 Nonce
#define SH_KEY				 nonce
#define SH_HASH_KEY(tb, key) hash_nonce(key)
#define SH_EQUAL(tb, a, b)	 (memcmp(a.bytes, b.bytes, GDPR_NONCE_LEN) == 0)
#define SH_SCOPE			 static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct OpenSort
{
	MemoryContext context;
	opened_hash *known;
	Size used;
} OpenSort;

/* ---- comparing ---- */

/*
 * ANALYZE keeps what it sorted, in an order that would tell of the values: it sorts them sealed. So does our own
 * work.
 */
static text *
look(struct varlena *value)
{
	if (!gdpr_output_reveals() || InSecurityRestrictedOperation() || gdpr_own_rights_at_work())
		return NULL;
	return gdpr_look_inside(value, gdpr_policy_claim(), false);
}

static void
forget(text *plain)
{
	if (plain == NULL)
		return;
	gdpr_cleanse(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	pfree(plain);
}

static int
compare_bytes(const uint8 *a, size_t a_len, const uint8 *b, size_t b_len)
{
	int order = memcmp(a, b, Min(a_len, b_len));

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int
compare_sealed(struct varlena *a, struct varlena *b)
{
	Sealed x;
	Sealed y;

	gdpr_sealed_view(a, &x);
	gdpr_sealed_view(b, &y);
	if (x.token && y.token)
		return memcmp(x.token, y.token, SEALED_TOKEN_LEN);
	return compare_bytes((uint8 *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a), (uint8 *) VARDATA_ANY(b),
						 VARSIZE_ANY_EXHDR(b));
}

/* A class without collation, and bytes, are ordered as they are written. */
static int
compare_plain(text *x, text *y, Oid collation)
{
	return varstr_cmp(VARDATA_ANY(x), (int) VARSIZE_ANY_EXHDR(x), VARDATA_ANY(y), (int) VARSIZE_ANY_EXHDR(y),
					  OidIsValid(collation) ? collation : C_COLLATION_OID);
}

/*
 * A value that someone typed among those of people asks about them, letter by letter if it is done again: ORDER BY
 * over UNION ALL SELECT 'M', greatest(name, 'M'). They count for the limits of reading.
 */
static void
count_asked(struct varlena *a, struct varlena *b)
{
	int64 x = gdpr_sealed_subject_of(a);
	int64 y = gdpr_sealed_subject_of(b);

	if ((x > 0) != (y > 0))
		gdpr_collect_found(gdpr_policy_claim(), x > 0 ? x : y);
}

static int
compare_opened(struct varlena *a, struct varlena *b, text *x, text *y, Oid collation)
{
	if (x && y)
		return compare_plain(x, y, collation);
	if (x || y)
		return x ? -1 : 1;
	return compare_sealed(a, b);
}

/* Those that stand in a statement are counted there (condition.c), where they may be part of a search. */
static bool
is_operator(FunctionCallInfo fcinfo)
{
	Node *expression = fcinfo->flinfo->fn_expr;

	return expression && !IsA(expression, FuncExpr);
}

static int
compare(FunctionCallInfo fcinfo, bool in_statement)
{
	struct varlena *a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	struct varlena *b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	text *x = look(a);
	text *y = look(b);
	int order = compare_opened(a, b, x, y, PG_GET_COLLATION());

	if (!in_statement && x && y)
		count_asked(a, b);
	forget(x);
	forget(y);
	return order;
}

Datum
gdpr_open_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) < 0);
}

Datum
gdpr_open_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) <= 0);
}

Datum
gdpr_open_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) == 0);
}

Datum
gdpr_open_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) != 0);
}

Datum
gdpr_open_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) >= 0);
}

Datum
gdpr_open_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo, is_operator(fcinfo)) > 0);
}

Datum
gdpr_open_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo, is_operator(fcinfo)));
}

/* Of what is compared; collations in which different texts are equal are not asked for, as for text's own hash. */
Datum
gdpr_open_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	text *plain = look(value);
	struct varlena *hashed = plain ? plain : value;
	uint32 hash = hash_bytes((const uint8 *) VARDATA_ANY(hashed), (int) VARSIZE_ANY_EXHDR(hashed));

	forget(plain);
	PG_RETURN_UINT32(hash);
}

/* For greatest, least, max and min: NULL is passed over. */
static Datum
choose(FunctionCallInfo fcinfo, bool larger)
{
	int order;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0);
	order = compare(fcinfo, false);
	return PG_GETARG_DATUM((larger ? order >= 0 : order <= 0) ? 0 : 1);
}

Datum
gdpr_open_larger(PG_FUNCTION_ARGS)
{
	return choose(fcinfo, true);
}

Datum
gdpr_open_smaller(PG_FUNCTION_ARGS)
{
	return choose(fcinfo, false);
}

/* False when it may not be read, or is no whole date. */
static bool
look_date(struct varlena *value, DateADT *date)
{
	text *plain = gdpr_policy_claim()->grant == GDPR_GRANT_FULL ? look(value) : NULL;
	bool ok = plain && gdpr_date_of_text(plain, date);

	forget(plain);
	return ok;
}

/*
 * (value, base, offset, subtract, less): what may not be read is in the range of what has the same place in the
 * order.
 */
Datum
gdpr_open_in_range(PG_FUNCTION_ARGS)
{
	DateADT value;
	DateADT base;
	int order;

	if (look_date(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), &value) &&
		look_date(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)), &base))
		return DirectFunctionCall5(in_range_date_interval, DateADTGetDatum(value), DateADTGetDatum(base),
								   PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), PG_GETARG_DATUM(4));
	order = compare(fcinfo, false);
	PG_RETURN_BOOL(PG_GETARG_BOOL(4) ? order <= 0 : order >= 0);
}

/* ---- sorting: each value is opened once, as long as there is room ---- */

static text *
look_and_keep(OpenSort *sort, struct varlena *value, Nonce nonce)
{
	MemoryContext outer = MemoryContextSwitchTo(sort->context);
	text *plain = look(value);
	bool found;

	opened_insert(sort->known, nonce, &found)->plain = plain;
	sort->used += 2 * sizeof(Opened) + (plain ? VARSIZE_ANY(plain) : 0);
	MemoryContextSwitchTo(outer);
	return plain;
}

/* *kept: the sort frees it. */
static text *
look_once(OpenSort *sort, struct varlena *value, bool *kept)
{
	Sealed sealed;
	Opened *known;
	Nonce nonce;

	gdpr_sealed_view(value, &sealed);
	memcpy(nonce.bytes, sealed.nonce, GDPR_NONCE_LEN);
	*kept = sealed.subject != 0;
	known = *kept ? opened_lookup(sort->known, nonce) : NULL;
	if (known)
		return known->plain;
	*kept = *kept && sort->used < (Size) work_mem * 1024;
	return *kept ? look_and_keep(sort, value, nonce) : look(value);
}

static int
compare_sorted(Datum left, Datum right, SortSupport support)
{
	OpenSort *sort = support->ssup_extra;
	struct varlena *a = PG_DETOAST_DATUM_PACKED(left);
	struct varlena *b = PG_DETOAST_DATUM_PACKED(right);
	bool x_kept;
	bool y_kept;
	text *x = look_once(sort, a, &x_kept);
	text *y = look_once(sort, b, &y_kept);
	int order = compare_opened(a, b, x, y, support->ssup_collation);

	if (x && y)
		count_asked(a, b);
	if (!x_kept)
		forget(x);
	if (!y_kept)
		forget(y);
	if ((Pointer) a != DatumGetPointer(left))
		pfree(a);
	if ((Pointer) b != DatumGetPointer(right))
		pfree(b);
	return order;
}

/* Plaintext does not outlive the sort. */
static void
forget_all(void *arg)
{
	OpenSort *sort = arg;
	opened_iterator iterator;
	Opened *known;

	opened_start_iterate(sort->known, &iterator);
	while ((known = opened_iterate(sort->known, &iterator)) != NULL)
		if (known->plain)
			gdpr_cleanse(VARDATA_ANY(known->plain), VARSIZE_ANY_EXHDR(known->plain));
}

Datum
gdpr_open_sort(PG_FUNCTION_ARGS)
{
	SortSupport support = (SortSupport) PG_GETARG_POINTER(0);
	OpenSort *sort = MemoryContextAllocZero(support->ssup_cxt, sizeof(OpenSort));
	MemoryContextCallback *callback = MemoryContextAllocZero(support->ssup_cxt, sizeof(*callback));

	sort->context = AllocSetContextCreate(support->ssup_cxt, "gdpr sort", ALLOCSET_DEFAULT_SIZES);
	sort->known = opened_create(sort->context, 64, NULL);
	callback->func = forget_all;
	callback->arg = sort;
	MemoryContextRegisterResetCallback(sort->context, callback);
	support->ssup_extra = sort;
	support->comparator = compare_sorted;
	PG_RETURN_VOID();
}
