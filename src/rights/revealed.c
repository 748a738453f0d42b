/*
 * revealed.c
 *		A row of a copy (Art. 15), as jsonb with its sealed values in their text form, revealed for a purpose by
 *		the rights of the caller. Every row of a copy comes through here, so it is one pass over the row.
 *
 *		Nothing is left out: a masked grant is refused, and what the policy refuses raises, whatever
 *		gdpr.on_denied says.
 */
#include "gdpr.h"

#include "common/base64.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "access/access.h"
#include "pii/type.h"
#include "policy/policy.h"

PG_FUNCTION_INFO_V1(gdpr_revealed);

static Jsonb *reveal_row(Jsonb *row, JsonbContainer *classes, const GdprClaim *claim);

static void
require_full_grant(const char *purpose, GdprClaim *claim)
{
	char *role = GetUserNameFromId(GetUserId(), true);

	gdpr_policy_claim_for(purpose, claim);
	if (claim->reason != GDPR_ALLOWED || claim->grant != GDPR_GRANT_FULL)
		ereport(ERROR, (errcode(ERRCODE_GDPR_PURPOSE_NOT_GRANTED),
						errmsg("purpose \"%s\" is not granted in full to role \"%s\"", purpose, role),
						errhint("SELECT gdpr.grant_purpose(%s, %s);", quote_literal_cstr(purpose),
								quote_literal_cstr(role))));
}

static void
push_text(GdprJsonb *state, JsonbIteratorToken token, const char *data, int len)
{
	JsonbValue value = {.type = jbvString, .val.string = {.val = unconstify(char *, data), .len = len}};

	gdpr_push_jsonb(state, token, &value);
}

static void
push_jsonb(GdprJsonb *state, Jsonb *jsonb)
{
	JsonbValue value;

	JsonbToJsonbValue(jsonb, &value);
	gdpr_push_jsonb(state, WJB_VALUE, &value);
}

static void
push_bytes(GdprJsonb *state, const void *data, int len)
{
	char *encoded = palloc(pg_b64_enc_len(len) + 1);

	gdpr_push_jsonb(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, WJB_KEY, "base64", 6);
	push_text(state, WJB_VALUE, encoded, pg_b64_encode(data, len, encoded, pg_b64_enc_len(len)));
	gdpr_push_jsonb(state, WJB_END_OBJECT, NULL);
}

static text *
plaintext(const GdprClass *class, const JsonbValue *sealed, const GdprClaim *claim)
{
	return gdpr_reveal_text_of(gdpr_sealed_of_text(class, sealed->val.string.val, sealed->val.string.len),
							   claim);
}

static Jsonb *
json_of(text *plain)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(plain))));
}

/* A row in the archive is sealed as a whole; its sealed columns are among the members of the row around it. */
static void
push_archived(GdprJsonb *state, Jsonb *around, const JsonbValue *sealed, const GdprClaim *claim)
{
	JsonbValue classes;

	if (getKeyJsonValueFromContainer(&around->root, "classes", 7, &classes) == NULL ||
		classes.type != jbvBinary)
		elog(ERROR, "archived row without classes");
	push_jsonb(state, reveal_row(json_of(plaintext(gdpr_class_by_id(GDPR_JSON), sealed, claim)),
								 classes.val.binary.data, claim));
}

static void
push_revealed(GdprJsonb *state, Jsonb *row, const char *kind, const JsonbValue *sealed,
			  const GdprClaim *claim)
{
	const GdprClass *class;
	text *plain;

	if (strcmp(kind, "archive") == 0)
	{
		push_archived(state, row, sealed, claim);
		return;
	}
	class = gdpr_class_by_name(kind);
	if (class == NULL)
		elog(ERROR, "unknown class in a copy");
	plain = plaintext(class, sealed, claim);
	if (class->id == GDPR_JSON)
		push_jsonb(state, json_of(plain));
	else if (class->id == GDPR_BYTES)
		push_bytes(state, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	else
		push_text(state, WJB_VALUE, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

static Jsonb *
reveal_row(Jsonb *row, JsonbContainer *classes, const GdprClaim *claim)
{
	GdprJsonb state = {0};
	JsonbIterator *iterator = JsonbIteratorInit(&row->root);
	JsonbIteratorToken token;
	JsonbValue value;
	JsonbValue class = {.type = jbvNull};

	if (!JB_ROOT_IS_OBJECT(row))
		elog(ERROR, "row of a copy is not an object");
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY &&
			getKeyJsonValueFromContainer(classes, value.val.string.val, value.val.string.len, &class) == NULL)
			class.type = jbvNull;
		if (token == WJB_VALUE && class.type == jbvString && value.type == jbvString)
			push_revealed(&state, row, pnstrdup(class.val.string.val, class.val.string.len), &value, claim);
		else
			gdpr_push_jsonb(&state, token, token == WJB_KEY || token == WJB_VALUE ? &value : NULL);
	}
	return gdpr_jsonb_of(&state);
}

Datum
gdpr_revealed(PG_FUNCTION_ARGS)
{
	Jsonb *row = PG_GETARG_JSONB_P(0);
	Jsonb *classes = PG_GETARG_JSONB_P(1);
	GdprClaim claim;
	int on_denied = gdpr_on_denied;
	Jsonb *shown = NULL;

	require_full_grant(text_to_cstring(PG_GETARG_TEXT_PP(2)), &claim);
	PG_TRY();
	{
		gdpr_on_denied = GDPR_ON_DENIED_ERROR;
		shown = reveal_row(row, &classes->root, &claim);
	}
	PG_FINALLY();
	{
		gdpr_on_denied = on_denied;
	}
	PG_END_TRY();
	PG_RETURN_JSONB_P(shown);
}
