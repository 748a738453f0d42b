/*
 * search_tokens.c
 *		From values and patterns to search tokens (search_tokens.h).
 */
#include "pii/search_tokens.h"

#include "fmgr.h"

#include "crypto/aead.h"
#include "crypto/mac.h"
#include "pii/class_text.h"
#include "pii/classes/utf8.h"
#include "subject/cache.h"
#include "subject/subject.h"

#define PREFIX_MIN	   3
#define PREFIX_MAX	   10
#define GRAM		   3
#define PARTS_MAX	   1024 /* of a value; of more, tokens would tell nothing apart */
#define LENGTH_MAX	   ((size_t) 64 * 1024)
#define KINDS		   (GDPR_SEARCH_SUBSTRING + 1)
#define CLASS_IDS	   32
#define PART_WORD	   1 /* beginnings have their length */
#define PART_GRAM	   2
#define PARTS_PREALLOC 32
#define TEMPLATE_PARTS 3

/* A part's hash has so many bits: for beginnings of 3, 4, ... characters, words and grams. */
static const uint8 prefix_bits[] = {8, 9, 10, 11, 12, 13, 14, 15};
static const int word_bits = 12;
static const int gram_bits = 12;

static const struct
{
	const char *name;
	GdprSearchKind kind;
} kinds[] = {{"prefix", GDPR_SEARCH_PREFIX},
			 {"words", GDPR_SEARCH_WORDS},
			 {"substring", GDPR_SEARCH_SUBSTRING}};

/* A run of characters that a value holds; a piece between the wildcards of a pattern, or a whole value. */
typedef struct Piece
{
	const char *data;
	size_t len;
	bool begins; /* nothing is before it, */
	bool ends;	 /* or behind it */
} Piece;

/* Folded, with the places where its characters begin. */
typedef struct Folded
{
	char *data;
	size_t len;
	int *at; /* chars + 1 */
	int chars;
} Folded;

/* What the parts of a text become. */
typedef struct Tokens
{
	GdprMac *mac; /* NULL: they are only counted */
	int32 *tokens;
	int count;
	int room;
	bool too_many;
} Tokens;

static GdprSecretMac macs[KINDS][CLASS_IDS];

const char *
gdpr_search_kind_name(GdprSearchKind kind)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	elog(ERROR, "there is no search kind %d", kind);
}

bool
gdpr_search_kind(const char *name, GdprSearchKind *kind)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
		{
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* ---- cutting ---- */

static void
fold(const Piece *piece, Folded *folded)
{
	GdprBuffer out = {.cap = 4 * piece->len + 4};
	size_t at = 0;
	uint32_t c;
	size_t n;

	out.data = palloc(out.cap);
	for (; (n = gdpr_utf8_next(piece->data + at, piece->len - at, &c)) > 0; at += n)
		gdpr_put_folded(&out, c);
	if (out.overflow)
		elog(ERROR, "folded form of a value is too long");
	folded->data = out.data;
	folded->len = out.len;
	folded->at = palloc((out.len + 1) * sizeof(int));
	folded->chars = 0;
	for (at = 0; (n = gdpr_utf8_next(out.data + at, out.len - at, &c)) > 0; at += n)
		folded->at[folded->chars++] = (int) at;
	folded->at[folded->chars] = (int) at;
}

static void
forget(Folded *folded)
{
	gdpr_cleanse(folded->data, folded->len);
	pfree(folded->data);
	pfree(folded->at);
}

/* Characters first to last - 1 become a token. */
static void
add_part(Tokens *tokens, const Folded *folded, int first, int last, int part, int bits)
{
	char message[64];
	char *whole = message;
	size_t len = folded->at[last] - folded->at[first];
	uint8 hash[GDPR_MAC_LEN];
	bool ok;

	if (tokens->count == PARTS_MAX)
	{
		tokens->too_many = true;
		return;
	}
	tokens->count++;
	if (tokens->mac == NULL)
		return;
	if (len + 1 > sizeof(message))
		whole = palloc(len + 1);
	whole[0] = (char) part;
	memcpy(whole + 1, folded->data + folded->at[first], len);
	ok = gdpr_mac(tokens->mac, whole, len + 1, hash);
	gdpr_cleanse(whole, len + 1);
	if (whole != message)
		pfree(whole);
	if (!ok)
		elog(ERROR, "could not compute a search token");
	if (tokens->count > tokens->room)
	{
		tokens->room *= 2;
		tokens->tokens = repalloc(tokens->tokens, tokens->room * sizeof(int32));
	}
	tokens->tokens[tokens->count - 1] =
		(part << 24) | ((hash[0] << 16 | hash[1] << 8 | hash[2]) & ((1 << bits) - 1));
}

static bool
is_space(const Folded *folded, int i)
{
	return folded->data[folded->at[i]] == ' ';
}

/* Blanks in front do not count: who compares may leave them out. */
static void
add_beginnings(Tokens *tokens, const Folded *folded)
{
	int first = 0;

	while (first < folded->chars && is_space(folded, first))
		first++;
	for (int n = PREFIX_MIN; n <= PREFIX_MAX && first + n <= folded->chars; n++)
		add_part(tokens, folded, first, first + n, n, prefix_bits[n - PREFIX_MIN]);
}

static void
add_grams(Tokens *tokens, const Folded *folded)
{
	for (int i = 0; i + GRAM <= folded->chars && !tokens->too_many; i++)
		add_part(tokens, folded, i, i + GRAM, PART_GRAM, gram_bits);
}

/* Letters and digits of any script; what is no ASCII is one, but for spaces. */
static bool
is_word(const Folded *folded, int i)
{
	const char *data = folded->data + folded->at[i];
	uint32_t c;

	gdpr_utf8_next(data, folded->len - folded->at[i], &c);
	return c < 0x80 ? gdpr_is_letter(c) || gdpr_is_digit(c) : !gdpr_char_is_space(c);
}

static void
add_words(Tokens *tokens, const Folded *folded, const Piece *piece)
{
	int first = -1;

	for (int i = 0; i <= folded->chars && !tokens->too_many; i++)
	{
		if (i < folded->chars && is_word(folded, i))
		{
			if (first < 0)
				first = i;
			continue;
		}
		/* one at an end of the piece may be part of a longer one */
		if (first >= 0 && (first > 0 || piece->begins) && (i < folded->chars || piece->ends))
			add_part(tokens, folded, first, i, PART_WORD, word_bits);
		first = -1;
	}
}

static void
add_piece(Tokens *tokens, GdprSearchKind kind, const Piece *piece)
{
	Folded folded;

	fold(piece, &folded);
	switch (kind)
	{
		case GDPR_SEARCH_PREFIX:
			if (piece->begins)
				add_beginnings(tokens, &folded);
			break;
		case GDPR_SEARCH_WORDS:
			add_words(tokens, &folded, piece);
			break;
		case GDPR_SEARCH_SUBSTRING:
			add_grams(tokens, &folded);
			break;
	}
	forget(&folded);
}

/* What stands between wildcards, backslashes resolved; text is UTF-8. False when LIKE would refuse the pattern. */
static bool
add_like(Tokens *tokens, GdprSearchKind kind, const char *text, size_t len)
{
	char *literal = palloc(len + 1);
	Piece piece = {.data = literal, .begins = true};
	bool complete = true;

	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '%' || text[i] == '_')
		{
			if (piece.len > 0)
				add_piece(tokens, kind, &piece);
			piece.begins = false;
			piece.len = 0;
			continue;
		}
		if (text[i] == '\\' && ++i == len)
		{
			complete = false;
			break;
		}
		literal[piece.len++] = text[i];
	}
	piece.ends = true;
	if (complete && piece.len > 0)
		add_piece(tokens, kind, &piece);
	gdpr_cleanse(literal, len);
	pfree(literal);
	return complete;
}

/* False when the pattern says nothing of what it finds. */
static bool
add_pattern(Tokens *tokens, GdprSearchKind kind, GdprPattern pattern, const char *text, size_t len)
{
	size_t utf8_len;
	char *utf8 = gdpr_class_from_server(text, len, &utf8_len);
	Piece piece = {.data = utf8, .len = utf8_len, .begins = true, .ends = true};

	if (utf8 == NULL || utf8_len > LENGTH_MAX)
		return false;
	switch (pattern)
	{
		case GDPR_PATTERN_LIKE:
			return add_like(tokens, kind, utf8, utf8_len) && tokens->count > 0;
		case GDPR_PATTERN_BEGINNING:
			piece.ends = false;
			break;
		case GDPR_PATTERN_WORDS: /* somewhere in the value */
			if (kind == GDPR_SEARCH_PREFIX)
				return false;
			break;
		case GDPR_PATTERN_WHOLE:
			break;
	}
	add_piece(tokens, kind, &piece);
	return tokens->count > 0;
}

static void
begin_tokens(Tokens *tokens, GdprSearchKind kind, const GdprClass *class)
{
	memset(tokens, 0, sizeof(*tokens));
	tokens->room = PARTS_PREALLOC;
	tokens->tokens = palloc(tokens->room * sizeof(int32));
	tokens->mac = gdpr_secret_mac(&macs[kind][class->id], "search", class->name, gdpr_search_kind_name(kind));
	if (tokens->mac == NULL)
		elog(ERROR, "could not compute a search token");
}

static int
compare_tokens(const void *a, const void *b)
{
	int32 x = *(const int32 *) a;
	int32 y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* Ascending, each once. */
static void
order_tokens(Tokens *tokens)
{
	int kept = 0;

	qsort(tokens->tokens, tokens->count, sizeof(int32), compare_tokens);
	for (int i = 0; i < tokens->count; i++)
		if (kept == 0 || tokens->tokens[kept - 1] != tokens->tokens[i])
			tokens->tokens[kept++] = tokens->tokens[i];
	tokens->count = kept;
}

/* ---- of values ---- */

static GdprSearchTokens *
make_tokens(const Sealed *of, GdprTokensForm form, const int32 *tokens, int count)
{
	GdprSearchTokens *made = palloc0(GDPR_TOKENS_SIZE(count));

	SET_VARSIZE(made, GDPR_TOKENS_SIZE(count));
	memcpy(made->of, of->nonce, GDPR_TOKENS_OF_LEN);
	made->form = form;
	if (count > 0)
		memcpy(made->tokens, tokens, count * sizeof(int32));
	return made;
}

struct varlena *
gdpr_search_tokens_of(GdprSearchKind kind, struct varlena *value)
{
	Sealed sealed;
	GdprPlain plain;
	Tokens tokens;
	Piece piece = {.begins = true, .ends = true};

	gdpr_sealed_view(value, &sealed);
	if (sealed.subject > 0 && gdpr_subject_get(sealed.subject)->key_state == GDPR_KEY_SHREDDED)
		return (struct varlena *) make_tokens(&sealed, GDPR_TOKENS_ANY, NULL, 0);
	gdpr_seal_open(&sealed, &plain);
	begin_tokens(&tokens, kind, plain.class);
	piece.data = plain.data;
	piece.len = plain.len;
	if (plain.len <= LENGTH_MAX)
		add_piece(&tokens, kind, &piece);
	else
		tokens.too_many = true;
	gdpr_plain_free(&plain);
	if (tokens.too_many)
		return (struct varlena *) make_tokens(&sealed, GDPR_TOKENS_ANY, NULL, 0);
	order_tokens(&tokens);
	return (struct varlena *) make_tokens(&sealed, GDPR_TOKENS_READY, tokens.tokens, tokens.count);
}

/* The nonce stands in the first bytes; a large value is not fetched for it. */
static bool
are_of(const GdprSearchTokens *tokens, Datum value)
{
	struct varlena *head = (struct varlena *) DatumGetPointer(value);
	Sealed sealed;

	head = VARATT_IS_EXTERNAL(head) || VARATT_IS_COMPRESSED(head)
			   ? PG_DETOAST_DATUM_SLICE(value, 0, SEALED_MAX_OVERHEAD)
			   : (struct varlena *) PG_DETOAST_DATUM_PACKED(value);
	return gdpr_sealed_parse((const uint8 *) VARDATA_ANY(head), VARSIZE_ANY_EXHDR(head), &sealed) &&
		   memcmp(tokens->of, sealed.nonce, GDPR_TOKENS_OF_LEN) == 0;
}

bool
gdpr_search_tokens_fit(Datum tokens, Datum value)
{
	return are_of((GdprSearchTokens *) PG_DETOAST_DATUM(tokens), value);
}

bool
gdpr_search_tokens_current(Datum tokens, Datum value)
{
	const GdprSearchTokens *made = (GdprSearchTokens *) PG_DETOAST_DATUM(tokens);

	return are_of(made, value) && (made->form != GDPR_TOKENS_SEALED || !gdpr_secret_ready());
}

/* ---- of patterns ---- */

bool
gdpr_search_helps(GdprSearchKind kind, GdprPattern pattern, const char *text, size_t len)
{
	Tokens counted = {NULL};

	return add_pattern(&counted, kind, pattern, text, len);
}

static GdprSearchQuery *
make_query(GdprSearchForm form, const int32 *tokens, int count)
{
	GdprSearchQuery *query = palloc0(GDPR_QUERY_SIZE(count));

	SET_VARSIZE(query, GDPR_QUERY_SIZE(count));
	query->form = form;
	if (count > 0)
		memcpy(query->tokens, tokens, count * sizeof(int32));
	return query;
}

GdprSearchQuery *
gdpr_search_all(void)
{
	return make_query(GDPR_SEARCH_ALL, NULL, 0);
}

GdprSearchQuery *
gdpr_search_template(GdprSearchKind kind, const GdprClass *class, GdprPattern pattern)
{
	int32 parts[TEMPLATE_PARTS] = {kind, class->id, pattern};

	return make_query(GDPR_SEARCH_TEMPLATE, parts, TEMPLATE_PARTS);
}

GdprSearchQuery *
gdpr_search_with(const GdprSearchQuery *search, const char *text, size_t len)
{
	GdprSearchKind kind = search->tokens[0];
	Tokens tokens;

	begin_tokens(&tokens, kind, gdpr_class_by_id(search->tokens[1]));
	if (!add_pattern(&tokens, kind, search->tokens[2], text, len))
		return gdpr_search_all();
	order_tokens(&tokens);
	return make_query(GDPR_SEARCH_TOKENS, tokens.tokens, tokens.count);
}
