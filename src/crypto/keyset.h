/*
 * keyset.h
 *		The text form of the master keys, as a key file holds it and a key command prints it:
 *
 *			# comment
 *			2025:6b1f...64 hexadecimal digits
 *			2026:93c0...		<- the last line is the active key; the others open what they wrapped
 *
 *		An id is 1 to 63 of A-Z a-z 0-9 . _ - and appears in logs and views; the key never does.
 */
#ifndef GDPR_KEYSET_H
#define GDPR_KEYSET_H

#include "crypto/wrap.h"

#define GDPR_MASTER_KEYS_MAX 64
#define GDPR_MASTER_ID_MAX	 63
#define GDPR_KEY_TEXT_MAX	 65536 /* bytes of a key file, comments included */

typedef struct GdprNamedKey
{
	char id[GDPR_MASTER_ID_MAX + 1];
	GdprMasterKey master;
} GdprNamedKey;

typedef struct GdprKeySet
{
	uint32_t count;
	GdprNamedKey keys[GDPR_MASTER_KEYS_MAX]; /* in the order of the lines */
} GdprKeySet;

/* Why there are no keys, and what to do about it: sentences for DETAIL and HINT, without path or content. */
typedef struct GdprKeyReason
{
	char detail[192];
	char hint[192];
} GdprKeyReason;

/* Always false, so that a refusal is one statement: return gdpr_key_refuse(why, hint, detail, ...). */
extern bool gdpr_key_refuse(GdprKeyReason *why, const char *hint, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/* Read the text form; false, with the reason, when any line of it is wrong: half a key file is no key file. */
extern bool gdpr_keyset_parse(const char *text, size_t len, GdprKeySet *set, GdprKeyReason *why);

extern bool gdpr_keyset_equal(const GdprKeySet *one, const GdprKeySet *other);

#endif /* GDPR_KEYSET_H */
