/*
 * filter.c
 *		The row filter: which rows of a protected table a session sees and may write (policy steps 1 to 6).
 */
#include "access/access.h"

#include "fmgr.h"

#include "purpose/purpose_set.h"

PG_FUNCTION_INFO_V1(gdpr_row_visible);
PG_FUNCTION_INFO_V1(gdpr_row_writable);

static GdprReason
row_reason(FunctionCallInfo fcinfo, const GdprClaim *claim)
{
	struct varlena *tag;

	if (claim->reason != GDPR_ALLOWED)
		return claim->reason;
	if (PG_ARGISNULL(0))
		return GDPR_DENIED_NOT_TAGGED;
	tag = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	if (!gdpr_purpose_set_contains(tag, claim->purpose.number))
		return GDPR_DENIED_NOT_TAGGED;
	return gdpr_policy_claimed(claim, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1));
}

/*
 * Without a purpose there are no rows. A purpose that is stated but unknown or not granted is a mistake that
 * nobody should have to find through an empty result, so it raises.
 */
Datum
gdpr_row_visible(PG_FUNCTION_ARGS)
{
	const GdprClaim *claim = gdpr_policy_claim();
	GdprReason reason = row_reason(fcinfo, claim);

	if (unlikely(reason == GDPR_DENIED_NOT_GRANTED) && gdpr_on_denied == GDPR_ON_DENIED_ERROR)
		gdpr_policy_refuse(reason, gdpr_purpose_setting());
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
		gdpr_policy_refuse(reason, gdpr_purpose_setting());
	PG_RETURN_BOOL(true);
}
