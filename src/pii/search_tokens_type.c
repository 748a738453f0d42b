/*
 * search_tokens_type.c
 *		The types of search tokens and of what is asked of them: input, output, the operator and its GIN index
 *		(search_tokens.h).
 */
#include "pii/search_tokens.h"

#include "access/gin.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "crypto/aead.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_search_tokens_in);
PG_FUNCTION_INFO_V1(gdpr_search_tokens_out);
PG_FUNCTION_INFO_V1(gdpr_search_tokens_recv);
PG_FUNCTION_INFO_V1(gdpr_search_tokens_send);
PG_FUNCTION_INFO_V1(gdpr_search_query_in);
PG_FUNCTION_INFO_V1(gdpr_search_query_out);
PG_FUNCTION_INFO_V1(gdpr_no_statistics);
PG_FUNCTION_INFO_V1(gdpr_searchable_kinds);
PG_FUNCTION_INFO_V1(gdpr_is_searchable);
PG_FUNCTION_INFO_V1(gdpr_tokens_of);
PG_FUNCTION_INFO_V1(gdpr_tokens_match);
PG_FUNCTION_INFO_V1(gdpr_tokens_extract_value);
PG_FUNCTION_INFO_V1(gdpr_tokens_extract_query);
PG_FUNCTION_INFO_V1(gdpr_tokens_consistent);
PG_FUNCTION_INFO_V1(gdpr_tokens_triconsistent);

#define TOKENS_PREFIX	  "gdprs1:"
#define TOKENS_PREFIX_LEN 7
#define SEALED_OVERHEAD	  (GDPR_TOKENS_OF_LEN + GDPR_XNONCE_LEN + GDPR_TAG_LEN)

/* In an index, values whose parts are not known have this key, for which every search looks. */
#define UNKNOWN_PARTS	  PG_INT32_MIN

/* ---- input and output ---- */

static void malformed(void) pg_attribute_noreturn();

static void
malformed(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("malformed search tokens"),
					errdetail("They are made by the trigger of a protected table and restored from a dump."),
					errhint("Leave the column out.")));
}

/* What a dump says is kept without a key, and is of its value at least. */
static GdprSearchTokens *
keep_sealed(const uint8 *data, size_t len)
{
	size_t kept = len - GDPR_TOKENS_OF_LEN;
	GdprSearchTokens *tokens = palloc0(GDPR_TOKENS_SIZE(0) + kept);

	SET_VARSIZE(tokens, GDPR_TOKENS_SIZE(0) + kept);
	memcpy(tokens->of, data, GDPR_TOKENS_OF_LEN);
	tokens->form = GDPR_TOKENS_SEALED;
	memcpy(tokens->tokens, data + GDPR_TOKENS_OF_LEN, kept);
	return tokens;
}

/* The plaintext of tokens: their form, and each in network order. */
static GdprSearchTokens *
read_tokens(const uint8 *of, const uint8 *plain, size_t len)
{
	int count = (int) (len - 1) / sizeof(int32);
	GdprSearchTokens *tokens = palloc0(GDPR_TOKENS_SIZE(count));

	if ((plain[0] != GDPR_TOKENS_READY && plain[0] != GDPR_TOKENS_ANY) || (len - 1) % sizeof(int32) != 0)
		malformed();
	SET_VARSIZE(tokens, GDPR_TOKENS_SIZE(count));
	memcpy(tokens->of, of, GDPR_TOKENS_OF_LEN);
	tokens->form = plain[0];
	for (int i = 0; i < count; i++)
	{
		uint32 token;

		memcpy(&token, plain + 1 + i * sizeof(token), sizeof(token));
		tokens->tokens[i] = (int32) pg_ntoh32(token);
	}
	return tokens;
}

static GdprSearchTokens *
unseal(const uint8 *data, size_t len)
{
	GdprAad aad = {data, GDPR_TOKENS_OF_LEN, NULL, GDPR_DATABASE_ID_LEN};
	const uint8 *nonce = data + GDPR_TOKENS_OF_LEN;
	const uint8 *cipher = nonce + GDPR_XNONCE_LEN;
	size_t cipher_len;
	uint8 *plain;
	GdprSearchTokens *tokens;

	if (len != GDPR_TOKENS_OF_LEN && len <= SEALED_OVERHEAD)
		malformed();
	if (len == GDPR_TOKENS_OF_LEN || !gdpr_secret_ready())
		return keep_sealed(data, len);
	cipher_len = len - SEALED_OVERHEAD;
	plain = palloc(cipher_len);
	aad.tail = gdpr_database_id();
	if (!gdpr_xaes_open(gdpr_unbound_key(), nonce, &aad, cipher, cipher_len, data + len - GDPR_TAG_LEN,
						plain))
		return keep_sealed(data, len);
	tokens = read_tokens(data, plain, cipher_len);
	pfree(plain);
	return tokens;
}

/* No one who reads the column, a masked grant least of all, could look for parts in the text. */
static uint8 *
seal(const GdprSearchTokens *tokens, size_t *len)
{
	int count = tokens->form == GDPR_TOKENS_SEALED ? 0 : gdpr_tokens_count(tokens);
	size_t plain_len = 1 + count * sizeof(int32);
	GdprAad aad = {tokens->of, GDPR_TOKENS_OF_LEN, gdpr_database_id(), GDPR_DATABASE_ID_LEN};
	uint8 *plain = palloc(plain_len);
	uint8 *data = palloc(SEALED_OVERHEAD + plain_len);
	uint8 *nonce = data + GDPR_TOKENS_OF_LEN;
	uint8 *cipher = nonce + GDPR_XNONCE_LEN;

	plain[0] = tokens->form;
	for (int i = 0; i < count; i++)
	{
		uint32 token = pg_hton32((uint32) tokens->tokens[i]);

		memcpy(plain + 1 + i * sizeof(token), &token, sizeof(token));
	}
	memcpy(data, tokens->of, GDPR_TOKENS_OF_LEN);
	if (!gdpr_xaes_seal(gdpr_unbound_key(), &aad, plain, plain_len, nonce, cipher, cipher + plain_len))
		elog(ERROR, "could not seal search tokens");
	pfree(plain);
	*len = SEALED_OVERHEAD + plain_len;
	return data;
}

/* As it was read, when that was without a key; without one nothing but of what value the tokens are. */
static uint8 *
for_output(Datum datum, size_t *len)
{
	GdprSearchTokens *tokens = (GdprSearchTokens *) PG_DETOAST_DATUM(datum);
	bool sealed = tokens->form == GDPR_TOKENS_SEALED;
	uint8 *data;

	if (!sealed && gdpr_secret_ready())
		return seal(tokens, len);
	*len = GDPR_TOKENS_OF_LEN + (sealed ? VARSIZE(tokens) - GDPR_TOKENS_SIZE(0) : 0);
	data = palloc(*len);
	memcpy(data, tokens->of, GDPR_TOKENS_OF_LEN);
	memcpy(data + GDPR_TOKENS_OF_LEN, tokens->tokens, *len - GDPR_TOKENS_OF_LEN);
	return data;
}

Datum
gdpr_search_tokens_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t len = strlen(text);
	uint8 *data = palloc(len + 1);
	ptrdiff_t bytes;

	if (len < TOKENS_PREFIX_LEN || memcmp(text, TOKENS_PREFIX, TOKENS_PREFIX_LEN) != 0)
		malformed();
	bytes = gdpr_base64_decode(text + TOKENS_PREFIX_LEN, len - TOKENS_PREFIX_LEN, data);
	if (bytes < 0)
		malformed();
	PG_RETURN_POINTER(unseal(data, bytes));
}

Datum
gdpr_search_tokens_out(PG_FUNCTION_ARGS)
{
	size_t len;
	uint8 *data = for_output(PG_GETARG_DATUM(0), &len);
	char *text = palloc(TOKENS_PREFIX_LEN + gdpr_base64_len(len) + 1);
	size_t written;

	memcpy(text, TOKENS_PREFIX, TOKENS_PREFIX_LEN);
	written = gdpr_base64_encode(data, len, text + TOKENS_PREFIX_LEN);
	text[TOKENS_PREFIX_LEN + written] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
gdpr_search_tokens_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int len = buf->len - buf->cursor;

	PG_RETURN_POINTER(unseal((const uint8 *) pq_getmsgbytes(buf, len), len));
}

Datum
gdpr_search_tokens_send(PG_FUNCTION_ARGS)
{
	size_t len;
	uint8 *data = for_output(PG_GETARG_DATUM(0), &len);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (char *) data, (int) len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* A role that could write a query could look for any part of anyone's value. */
Datum
gdpr_search_query_in(PG_FUNCTION_ARGS)
{
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("a search of tokens is made by the extension alone"),
					errhint("Write LIKE, ILIKE, starts_with() or = about the column itself.")));
}

Datum
gdpr_search_query_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(pstrdup("search"));
}

/* ANALYZE keeps nothing of tokens: they would outlive an erasure. */
Datum
gdpr_no_statistics(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(false);
}

/* ---- beside their value ---- */

/* is_searchable(value, tokens): both are there, or neither, and the tokens are of this value. Total. */
Datum
gdpr_is_searchable(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(PG_ARGISNULL(0) && PG_ARGISNULL(1));
	PG_RETURN_BOOL(gdpr_search_tokens_fit(PG_GETARG_DATUM(1), PG_GETARG_DATUM(0)));
}

/* tokens_of(value, kind): of a column that becomes searchable; checks no policy, and no one reads what it makes */
Datum
gdpr_tokens_of(PG_FUNCTION_ARGS)
{
	GdprSearchKind kind;

	if (!gdpr_search_kind(text_to_cstring(PG_GETARG_TEXT_PP(1)), &kind))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no such kind of search"),
						errhint("The kinds are prefix, words and substring.")));
	PG_RETURN_POINTER(gdpr_search_tokens_of(kind, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0))));
}

/* searchable_kinds(class) text[]: how a class may be searched */
Datum
gdpr_searchable_kinds(PG_FUNCTION_ARGS)
{
	const GdprClass *class = gdpr_class_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Datum names[3];
	int count = 0;

	for (int bit = GDPR_SEARCH_PREFIX; class && bit <= GDPR_SEARCH_SUBSTRING; bit <<= 1)
		if (class->searched_by & bit)
			names[count++] = CStringGetTextDatum(gdpr_search_kind_name(bit));
	PG_RETURN_ARRAYTYPE_P(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ---- searching ---- */

/* Both ascend. */
static bool
has_all(const GdprSearchTokens *tokens, const GdprSearchQuery *query)
{
	int count = gdpr_tokens_count(tokens);
	int wanted = GDPR_QUERY_COUNT(query);
	int at = 0;

	for (int i = 0; i < wanted; i++)
	{
		while (at < count && tokens->tokens[at] < query->tokens[i])
			at++;
		if (at == count || tokens->tokens[at] != query->tokens[i])
			return false;
	}
	return true;
}

/* May the value hold what is looked for? */
Datum
gdpr_tokens_match(PG_FUNCTION_ARGS)
{
	GdprSearchTokens *tokens = (GdprSearchTokens *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	GdprSearchQuery *query = (GdprSearchQuery *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	bool result =
		query->form != GDPR_SEARCH_TOKENS || tokens->form != GDPR_TOKENS_READY || has_all(tokens, query);

	PG_FREE_IF_COPY(tokens, 0);
	PG_FREE_IF_COPY(query, 1);
	PG_RETURN_BOOL(result);
}

static Datum *
as_keys(const int32 *tokens, int count, bool unknown, int32 *nkeys)
{
	Datum *keys = palloc((count + 1) * sizeof(Datum));

	for (int i = 0; i < count; i++)
		keys[i] = Int32GetDatum(tokens[i]);
	if (unknown)
		keys[count++] = Int32GetDatum(UNKNOWN_PARTS);
	*nkeys = count;
	return keys;
}

Datum
gdpr_tokens_extract_value(PG_FUNCTION_ARGS)
{
	GdprSearchTokens *tokens = (GdprSearchTokens *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	bool ready = tokens->form == GDPR_TOKENS_READY;

	PG_RETURN_POINTER(as_keys(tokens->tokens, ready ? gdpr_tokens_count(tokens) : 0, !ready,
							  (int32 *) PG_GETARG_POINTER(1)));
}

Datum
gdpr_tokens_extract_query(PG_FUNCTION_ARGS)
{
	GdprSearchQuery *query = (GdprSearchQuery *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	int32 *nkeys = (int32 *) PG_GETARG_POINTER(1);

	if (query->form == GDPR_SEARCH_TOKENS)
		PG_RETURN_POINTER(as_keys(query->tokens, GDPR_QUERY_COUNT(query), true, nkeys));
	*nkeys = 0;
	*(int32 *) PG_GETARG_POINTER(6) = GIN_SEARCH_MODE_ALL;
	PG_RETURN_POINTER(NULL);
}

/* The last key is that of unknown parts. */
Datum
gdpr_tokens_consistent(PG_FUNCTION_ARGS)
{
	bool *check = (bool *) PG_GETARG_POINTER(0);
	int32 nkeys = PG_GETARG_INT32(3);
	bool *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = false;
	if (nkeys == 0 || check[nkeys - 1])
		PG_RETURN_BOOL(true);
	for (int i = 0; i < nkeys - 1; i++)
		if (!check[i])
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

Datum
gdpr_tokens_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int32 nkeys = PG_GETARG_INT32(3);
	GinTernaryValue all = GIN_TRUE;

	if (nkeys == 0 || check[nkeys - 1] == GIN_TRUE)
		PG_RETURN_GIN_TERNARY_VALUE(GIN_TRUE);
	for (int i = 0; i < nkeys - 1; i++)
	{
		if (check[i] == GIN_FALSE)
		{
			all = GIN_FALSE;
			break;
		}
		if (check[i] == GIN_MAYBE)
			all = GIN_MAYBE;
	}
	PG_RETURN_GIN_TERNARY_VALUE(all == GIN_FALSE ? check[nkeys - 1] : all);
}
