/*
 * reveal.c
 *		Turning a sealed value into plaintext after the policy said yes. Everything that shows a plaintext comes
 *		through gdpr_reveal_text_of(): the casts, gdpr.reveal(), gdpr.mask() and the output to a client.
 */
#include "access/access.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "access/copies.h"
#include "audit/audit.h"
#include "crypto/aead.h"
#include "pii/class_text.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_reveal_text);
PG_FUNCTION_INFO_V1(gdpr_reveal_name);
PG_FUNCTION_INFO_V1(gdpr_reveal_bytea);
PG_FUNCTION_INFO_V1(gdpr_reveal_jsonb);
PG_FUNCTION_INFO_V1(gdpr_mask_value);

int gdpr_on_denied = GDPR_ON_DENIED_ERROR;

/* What a denied value looks like under gdpr.on_denied = 'mask': nothing of it, not even its length. */
#define HIDDEN "*****"

static const struct config_enum_entry on_denied_options[] = {{"error", GDPR_ON_DENIED_ERROR, false},
															 {"null", GDPR_ON_DENIED_NULL, false},
															 {"mask", GDPR_ON_DENIED_MASK, false},
															 {NULL, 0, false}};

void
gdpr_reveal_init(void)
{
	DefineCustomEnumVariable("gdpr.on_denied", "What revealing a value answers when the policy refuses.",
							 "error raises with the reason; null and mask let the rest of a result through, "
							 "a mask showing nothing of the value.",
							 &gdpr_on_denied, GDPR_ON_DENIED_ERROR, on_denied_options, PGC_USERSET, 0, NULL,
							 NULL, NULL);
}

/*
 * Index builds, materialised views and ANALYZE of expressions run as a restricted operation: what they compute
 * is stored, and plaintext must not be.
 */
static void
refuse_where_stored(void)
{
	if (InSecurityRestrictedOperation())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("personal data cannot be revealed into an index or materialized view"),
						errhint("Index the sealed column itself, and use a view with security_invoker.")));
}

static GdprReason
reason_of(const Sealed *sealed, const GdprClaim *claim)
{
	GdprReason reason = gdpr_policy_claimed(claim, sealed->subject);

	if (reason == GDPR_ALLOWED)
		reason = gdpr_policy_class(&claim->purpose, gdpr_class_by_id(sealed->class_id), NULL, 0);
	return reason;
}

GdprReason
gdpr_reveal_reason(struct varlena *value, const GdprClaim *claim)
{
	Sealed sealed;

	gdpr_sealed_view(value, &sealed);
	return reason_of(&sealed, claim);
}

text *
gdpr_plain_text(GdprPlain *plain)
{
	char *converted;
	text *result;

	if (plain->class->binary || GetDatabaseEncoding() == PG_UTF8)
		return gdpr_plain_take(plain);
	converted = pg_any_to_server(plain->data, (int) plain->len, PG_UTF8);
	if (converted == plain->data)
		return gdpr_plain_take(plain);
	result = cstring_to_text(converted);
	gdpr_cleanse(converted, strlen(converted));
	pfree(converted);
	gdpr_plain_free(plain);
	return result;
}

static void
refuse(GdprReason reason, const GdprClaim *claim)
{
	if (gdpr_on_denied == GDPR_ON_DENIED_ERROR)
		gdpr_collect_refuse(reason, claim);
	gdpr_collect_denied(reason, claim);
}

/*
 * A value that is not bound yet is about a person that nothing names: no consent, no objection and no ledger entry
 * could be found for it. So no one sees it but the session that typed it, which knows it.
 */
static void
refuse_of_others(const Sealed *sealed)
{
	if (gdpr_sealed_here(sealed))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg(
				 "the value belongs to no person yet, and was typed in another session or by another role"),
			 errhint("Write it into a protected table, which seals it for the person of its row.")));
}

/* What the policy says; the value is open when it says yes. */
static GdprReason
open_allowed(struct varlena *value, const GdprClaim *claim, Sealed *sealed, GdprPlain *plain)
{
	GdprReason reason;

	refuse_where_stored();
	gdpr_sealed_view(value, sealed);
	reason = reason_of(sealed, claim);
	if (reason != GDPR_ALLOWED)
		return reason;
	if (sealed->subject == 0)
		refuse_of_others(sealed);
	gdpr_seal_open(sealed, plain);
	reason = gdpr_policy_class(&claim->purpose, plain->class, plain->data, plain->len);
	if (reason != GDPR_ALLOWED)
		gdpr_plain_free(plain);
	return reason;
}

bool
gdpr_reveal_open(struct varlena *value, const GdprClaim *claim, Sealed *sealed, GdprPlain *plain)
{
	GdprReason reason = open_allowed(value, claim, sealed, plain);

	if (reason == GDPR_ALLOWED)
		gdpr_collect_seen(claim, sealed->class_id, sealed->subject);
	else
		refuse(reason, claim);
	return reason == GDPR_ALLOWED;
}

/* The plaintext, or its mask, as the claim grants; takes it over. */
static text *
text_granted(GdprPlain *plain, const GdprClaim *claim)
{
	size_t len;
	char *mask;
	text *result;

	if (claim->grant != GDPR_GRANT_MASKED)
		return gdpr_plain_text(plain);
	if (plain->unfit)
		result = cstring_to_text(HIDDEN); /* a mask is made of a canonical form */
	else
	{
		mask = gdpr_class_mask(plain->class, plain->data, plain->len, &len);
		result = cstring_to_text_with_len(mask, (int) len);
	}
	gdpr_plain_free(plain);
	return result;
}

text *
gdpr_reveal_text_of(struct varlena *value, const GdprClaim *claim)
{
	Sealed sealed;
	GdprPlain plain;

	if (!gdpr_reveal_open(value, claim, &sealed, &plain))
		return gdpr_on_denied == GDPR_ON_DENIED_NULL ? NULL : cstring_to_text(HIDDEN);
	return text_granted(&plain, claim);
}

text *
gdpr_look_inside(struct varlena *value, const GdprClaim *claim, bool raise)
{
	Sealed sealed;
	GdprPlain plain;
	GdprReason reason = open_allowed(value, claim, &sealed, &plain);

	if (reason == GDPR_ALLOWED)
		return text_granted(&plain, claim);
	if (!raise)
		return NULL;
	refuse(reason, claim);
	return gdpr_on_denied == GDPR_ON_DENIED_NULL ? NULL : cstring_to_text(HIDDEN);
}

/* reveal(value) under the session's purpose, reveal(value, purpose) under the one named. */
static text *
reveal(FunctionCallInfo fcinfo, bool *masked)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const GdprClaim *claim;
	GdprClaim named;

	if (PG_NARGS() > 1)
	{
		char *purpose = text_to_cstring(PG_GETARG_TEXT_PP(1));

		gdpr_policy_claim_for(purpose, &named);
		if (named.reason != GDPR_ALLOWED && gdpr_on_denied == GDPR_ON_DENIED_ERROR)
		{
			gdpr_collect_denied(named.reason, &named);
			gdpr_policy_refuse(named.reason, purpose); /* as it was asked for, known or not */
		}
		claim = &named;
	}
	else
		claim = gdpr_policy_claim();
	if (masked)
		*masked = claim->reason != GDPR_ALLOWED || claim->grant == GDPR_GRANT_MASKED;
	return gdpr_reveal_text_of(value, claim);
}

/* A cast that no one wrote. */
static bool
is_implicit(FunctionCallInfo fcinfo)
{
	FuncExpr *call = (FuncExpr *) fcinfo->flinfo->fn_expr;

	return call && IsA(call, FuncExpr) && call->funcformat == COERCE_IMPLICIT_CAST;
}

Datum
gdpr_reveal_text(PG_FUNCTION_ARGS)
{
	text *result = reveal(fcinfo, NULL);

	if (result == NULL)
		PG_RETURN_NULL();
	if (is_implicit(fcinfo))
		gdpr_remember_read(VARDATA_ANY(result), VARSIZE_ANY_EXHDR(result));
	PG_RETURN_TEXT_P(result);
}

Datum
gdpr_reveal_name(PG_FUNCTION_ARGS)
{
	text *result = reveal(fcinfo, NULL);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1(text_name, PointerGetDatum(result)));
}

/* Bytes and JSON have no mask in their own type: a masked grant, or a denial shown as a mask, is NULL. */
Datum
gdpr_reveal_bytea(PG_FUNCTION_ARGS)
{
	bool masked;
	text *result = reveal(fcinfo, &masked);

	if (result == NULL || masked)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(result);
}

Datum
gdpr_reveal_jsonb(PG_FUNCTION_ARGS)
{
	bool masked;
	text *result = reveal(fcinfo, &masked);

	if (result == NULL || masked)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(result))));
}

/* What a masked grant would see, whatever the grant is. */
Datum
gdpr_mask_value(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	GdprClaim claim = *gdpr_policy_claim();
	text *result;

	claim.grant = GDPR_GRANT_MASKED;
	result = gdpr_reveal_text_of(value, &claim);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}
