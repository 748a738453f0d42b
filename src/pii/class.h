/*
 * class.h
 *		What the classes of personal data have in common. A class is one small file (email.c, phone.c, ...) and
 *		one line in the table of class.c: how a text is validated, normalised, folded for equality, and masked.
 *
 *		This layer knows no server: no postgres.h, no palloc, no error. It runs in a fuzzer. All text is valid
 *		UTF-8 and, unless its class is verbatim, tidied and in NFC when it arrives here (class_text.c, the thin shim to
 *		the server, sees to that).
 */
#ifndef GDPR_CLASS_H
#define GDPR_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Output of a callback. A callback that would write beyond cap sets overflow and writes no more. */
typedef struct GdprBuffer
{
	char *data;
	size_t len;
	size_t cap;
	bool overflow;
} GdprBuffer;

typedef enum GdprCheck
{
	GDPR_VALID,
	GDPR_INVALID,	  /* not of this class: 22P02 */
	GDPR_NO_DATE,	  /* the same of a date: 22007, as date's own input */
	GDPR_TOO_LONG,	  /* 22001 */
	GDPR_OUT_OF_RANGE /* an impossible or future date: 22008 */
} GdprCheck;

/* What the outside world says that changes the meaning of a text. */
typedef struct GdprContext
{
	char country[3]; /* default region of national phone numbers and addresses: "BE" */
	int today;		 /* yyyymmdd, for birth dates */
} GdprContext;

/* What is left out of a text before its class sees it. */
typedef enum GdprTidy
{
	GDPR_TIDY,	   /* white space at the ends, and every invisible character */
	GDPR_SPELLING, /* the same, but for the invisible characters that belong to the spelling of names */
	GDPR_VERBATIM  /* nothing, and it is not put in NFC either */
} GdprTidy;

/* Stored in every sealed value: numbers never change. 1-15 can be searched, 16- cannot. */
typedef enum GdprClassId
{
	GDPR_EMAIL = 1,
	GDPR_PHONE = 2,
	GDPR_NAME = 3,
	GDPR_NATIONAL_ID = 4,
	GDPR_ID_CARD = 5,
	GDPR_IP = 6,
	GDPR_DEVICE_ID = 7,
	GDPR_IBAN = 8,
	GDPR_ADDRESS = 16,
	GDPR_BIRTH_DATE = 17,
	GDPR_HEALTH = 18,
	GDPR_TEXT = 19,
	GDPR_JSON = 20,
	GDPR_BYTES = 21
} GdprClassId;

/* Ways to find a value by a part of it, through search tokens (search_tokens.h): bits of searched_by. */
typedef enum GdprSearchKind
{
	GDPR_SEARCH_PREFIX = 1,
	GDPR_SEARCH_WORDS = 2,
	GDPR_SEARCH_SUBSTRING = 4
} GdprSearchKind;

typedef struct GdprClass
{
	GdprClassId id;
	const char *name;  /* "email": the type is gdpr.pii_email */
	const char *label; /* for messages: "e-mail address" */
	bool searchable;   /* carries a token, has = and an index */
	bool padded;	   /* plaintext is padded to 16 bytes before sealing */
	bool binary;	   /* bytes, not text: no tidying, no NFC */
	GdprTidy tidy;
	size_t max_len;	 /* of the input in bytes */
	int searched_by; /* never of numbers, whose digits soon tell them, nor of special categories (Art. 9) */

	/* Validate and write the canonical form, which is what is sealed. NULL: the text as it is. Idempotent. */
	GdprCheck (*normalise)(const char *in, size_t len, const GdprContext *context, GdprBuffer *out);

	/* From the canonical form, what decides equality (lower case, folded accents). NULL: the canonical form. */
	void (*fold)(const char *canonical, size_t len, GdprBuffer *out);

	/* From the canonical form, what a masked grant may see; never a short value in whole, never its length. */
	void (*mask)(const char *canonical, size_t len, GdprBuffer *out);
} GdprClass;

extern const GdprClass *gdpr_class_by_id(int id); /* NULL when there is none */
extern const GdprClass *gdpr_class_by_name(const char *name);

/* Iterate over the table: 0 .. gdpr_class_count() - 1. */
extern int gdpr_class_count(void);
extern const GdprClass *gdpr_class_at(int i);

/* The hint of the class for a message: what a good value looks like, never the value. */
extern const char *gdpr_class_hint(const GdprClass *class);

#endif /* GDPR_CLASS_H */
