/*
 * looks.h
 *		What a value looks like that was meant for another column. An import whose columns are shifted by one must fail,
 *		so a class that takes nearly any text refuses what is plainly of another kind.
 */
#ifndef GDPR_LOOKS_H
#define GDPR_LOOKS_H

#include <stdbool.h>
#include <stddef.h>

#define GDPR_LOOKS_DATE	   1   /* 1996-07-04, 04/07/1996, with or without a time */
#define GDPR_LOOKS_AMOUNT  2   /* 12.50, -1,234.56, EUR 12,50 */
#define GDPR_LOOKS_UUID	   4   /* 6d92078a-8246-4ba4-ae5b-76104861e7dc */
#define GDPR_LOOKS_HASH	   8   /* MD5 to SHA-512 in hexadecimal digits */
#define GDPR_LOOKS_IBAN	   16  /* with right check digits */
#define GDPR_LOOKS_EMAIL   32  /* one word with @ and a domain */
#define GDPR_LOOKS_LINK	   64  /* https://... */
#define GDPR_LOOKS_NETWORK 128 /* IP and MAC addresses */
#define GDPR_LOOKS_JSON	   256 /* an object or array */

/* True when the whole text looks like one of the kinds asked for. */
extern bool gdpr_looks_like(const char *in, size_t len, int kinds);

#endif /* GDPR_LOOKS_H */
