/*
 * search_tokens.h
 *		Search tokens: how a value is found by a part of it without being opened. They stand in a column of their own
 *		beside the value's (gdpr.search_by()), with a GIN index.
 *
 *		A value is folded as names are (case, accents), cut into parts, and each part becomes a keyed hash of a few
 *		bits: its beginnings of 3 to 10 characters, its words, or all three characters that follow each other. Few
 *		bits, so that a token stands for many parts, and the more so the shorter they are; a search that finds too
 *		much opens what it found and compares. Case and accents are folded character by character, so that whatever
 *		LIKE or ILIKE finds, its tokens are found.
 *
 *		In the table:
 *
 *		 size
 *		   8     the first bytes of the value's nonce: the tokens are of this value and no other
 *		   1     form: 1 tokens follow; 2 a value of too many parts, or one that was unreadable: every search opens it;
 *				 3 the sealed text was read without a key, and follows: the same
 *		   3     zero
 *		  4n     tokens in ascending order: the kind of part in the high byte, the hash in the others
 *
 *		As text and on the wire, "gdprs1:" and, in base64url, these 8 bytes, a nonce, the rest sealed under the
 *		database's key for unbound values, and the tag: no one reads or makes tokens by SQL. Where
 *		there is no key, the first 8 bytes alone.
 */
#ifndef GDPR_SEARCH_TOKENS_H
#define GDPR_SEARCH_TOKENS_H

#include "gdpr.h"
#include "pii/class.h"
#include "pii/seal.h"

#define GDPR_TOKENS_OF_LEN 8

typedef enum GdprTokensForm
{
	GDPR_TOKENS_READY = 1,
	GDPR_TOKENS_ANY = 2,
	GDPR_TOKENS_SEALED = 3
} GdprTokensForm;

typedef struct GdprSearchTokens
{
	int32 vl_len_;
	uint8 of[GDPR_TOKENS_OF_LEN];
	uint8 form;
	uint8 zero[3];
	int32 tokens[FLEXIBLE_ARRAY_MEMBER];
} GdprSearchTokens;

#define GDPR_TOKENS_SIZE(n) (offsetof(GdprSearchTokens, tokens) + (n) * sizeof(int32))

/* Of GDPR_TOKENS_READY. */
static inline int
gdpr_tokens_count(const GdprSearchTokens *tokens)
{
	return (VARSIZE(tokens) - offsetof(GdprSearchTokens, tokens)) / sizeof(int32);
}

/* What is asked of tokens. */
typedef enum GdprSearchForm
{
	GDPR_SEARCH_TOKENS,
	GDPR_SEARCH_ALL,	 /* it helps nothing, or may not: every value is to be opened */
	GDPR_SEARCH_TEMPLATE /* kind, class and pattern; the planner hook makes it, and by SQL it cannot be written */
} GdprSearchForm;

typedef struct GdprSearchQuery
{
	int32 vl_len_;
	int32 form;
	int32 tokens[FLEXIBLE_ARRAY_MEMBER];
} GdprSearchQuery;

#define GDPR_QUERY_SIZE(n)		(offsetof(GdprSearchQuery, tokens) + (n) * sizeof(int32))
#define GDPR_QUERY_COUNT(query) ((VARSIZE(query) - offsetof(GdprSearchQuery, tokens)) / sizeof(int32))

/* How a text is meant that values are compared with. */
typedef enum GdprPattern
{
	GDPR_PATTERN_LIKE = 1,
	GDPR_PATTERN_BEGINNING = 2,
	GDPR_PATTERN_WHOLE = 3,
	GDPR_PATTERN_WORDS = 4 /* one or more, none of them cut */
} GdprPattern;

extern bool gdpr_search_kind(const char *name, GdprSearchKind *kind);
extern const char *gdpr_search_kind_name(GdprSearchKind kind);

/* The tokens of a value that is bound. It is opened; no policy here. */
extern struct varlena *gdpr_search_tokens_of(GdprSearchKind kind, struct varlena *value);

/* Are they of this value? Needs no key. */
extern bool gdpr_search_tokens_fit(Datum tokens, Datum value);

/* The same, and do they say its parts, as far as there is a key to say them? */
extern bool gdpr_search_tokens_current(Datum tokens, Datum value);

/* Does a text in the server's encoding narrow a search at all? Three characters are needed, or a whole word. */
extern bool gdpr_search_helps(GdprSearchKind kind, GdprPattern pattern, const char *text, size_t len);

extern GdprSearchQuery *gdpr_search_all(void);

/* A search, but for the text; and the search of a text. 42501 when that is no template. */
extern GdprSearchQuery *gdpr_search_template(GdprSearchKind kind, const GdprClass *class,
											 GdprPattern pattern);
extern GdprSearchQuery *gdpr_search_with(const GdprSearchQuery *search, const char *text, size_t len);

#endif /* GDPR_SEARCH_TOKENS_H */
