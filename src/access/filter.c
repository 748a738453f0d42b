/*
 * filter.c
 *		The row filter: which rows of a protected table a session sees and may write (policy steps 1 to 6).
 */
#include "access/access.h"

#include "fmgr.h"

#include "audit/audit.h"
#include "purpose/purpose_set.h"

PG_FUNCTION_INFO_V1(gdpr_row_visible);
PG_FUNCTION_INFO_V1(gdpr_row_writable);

#define CACHE_LINE 64
#define LINES_MAX  16 /* of a row; longer ones are seldom read one after another */

/*
 * The tag is a row's last column, and to find it PostgreSQL walks through all others: most of a scan's time goes to
 * waiting for their memory. Rows lie one below the other in a page, so that the distance of the last two tags says
 * where the row after the next one will be: let it come while this one is looked at. A wrong guess costs nothing, and
 * an address that is no memory of ours is never touched.
 */
static inline void
expect_next_row(const struct varlena *tag)
{
	static uintptr_t last = 0;
	uintptr_t at = (uintptr_t) tag;
	uintptr_t length = last - at;

	last = at;
	if (length > LINES_MAX * CACHE_LINE)
		return;
	at -= length;
	for (uintptr_t line = 0; line < length + CACHE_LINE; line += CACHE_LINE)
		__builtin_prefetch((const void *) (at - line));
}

static GdprReason
row_reason(FunctionCallInfo fcinfo, const GdprClaim *claim)
{
	struct varlena *tag;

	if (claim->reason != GDPR_ALLOWED)
		return claim->reason;
	if (PG_ARGISNULL(0))
		return GDPR_DENIED_NOT_TAGGED;
	tag = (struct varlena *) PG_GETARG_POINTER(0);
	expect_next_row(tag);
	/* a pointer to where a tag is stored out of line has a short header too */
	if (unlikely(VARATT_IS_EXTERNAL(tag) || VARATT_IS_COMPRESSED(tag)))
		tag = pg_detoast_datum_packed(tag);
	if (!gdpr_purpose_set_contains(tag, claim->purpose.number))
		return GDPR_DENIED_NOT_TAGGED;
	return gdpr_policy_claimed(claim, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1));
}

/*
 * Without a purpose there are no rows. A purpose that is stated but unknown or not granted is a mistake that
 * no one should have to find through an empty result, so it raises. It is a denial in the ledger, raised or not.
 */
Datum
gdpr_row_visible(PG_FUNCTION_ARGS)
{
	const GdprClaim *claim = gdpr_policy_claim();
	GdprReason reason = row_reason(fcinfo, claim);

	if (unlikely(reason == GDPR_DENIED_NOT_GRANTED))
	{
		if (gdpr_on_denied == GDPR_ON_DENIED_ERROR)
			gdpr_collect_refuse(reason, claim);
		gdpr_collect_denied(reason, claim);
	}
	PG_RETURN_BOOL(reason == GDPR_ALLOWED);
}

/*
 * Writing under row security: the same steps, but each refusal says which. What the row's own tag allows was
 * checked by the binding trigger.
 */
Datum
gdpr_row_writable(PG_FUNCTION_ARGS)
{
	const GdprClaim *claim = gdpr_policy_claim();
	GdprReason reason = row_reason(fcinfo, claim);

	if (reason != GDPR_ALLOWED)
		gdpr_collect_refuse(reason, claim);
	PG_RETURN_BOOL(true);
}
