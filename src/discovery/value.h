/*
 * value.h
 *		What one value looks like. No server here.
 */
#ifndef GDPR_DISCOVERY_VALUE_H
#define GDPR_DISCOVERY_VALUE_H

#include <stdint.h>

#include "pii/class.h"

typedef enum GdprTrait
{
	/* checked by syntax or check digits */
	GDPR_TRAIT_EMAIL,
	GDPR_TRAIT_IBAN,
	GDPR_TRAIT_PAYMENT_CARD,
	GDPR_TRAIT_NATIONAL_ID, /* Belgian, French, German, Spanish, Italian: check digits that chance seldom meets */
	GDPR_TRAIT_BSN,			/* one number of nine digits in eleven is one */
	GDPR_TRAIT_SSN,			/* a form without check digit */
	GDPR_TRAIT_ID_CARD,
	GDPR_TRAIT_IMEI,
	GDPR_TRAIT_ICCID,
	GDPR_TRAIT_MAC,
	GDPR_TRAIT_IPV4,
	GDPR_TRAIT_IPV6,
	GDPR_TRAIT_URL,
	GDPR_TRAIT_USERAGENT,
	GDPR_TRAIT_UUID,
	GDPR_TRAIT_HASH,
	GDPR_TRAIT_ICD,

	/* by their shape */
	GDPR_TRAIT_PHONE,		/* can hardly be anything else */
	GDPR_TRAIT_PHONE_LOOSE, /* may be one, where the name says so */
	GDPR_TRAIT_STREET,
	GDPR_TRAIT_NUMBER_AND_WORDS, /* 10932 Bigge, Dorp 5 */
	GDPR_TRAIT_POSTAL_CODE,
	GDPR_TRAIT_DATE,
	GDPR_TRAIT_TIMED, /* a date with a time of day that is not midnight */
	GDPR_TRAIT_COORDINATE,
	GDPR_TRAIT_HANDLE, /* @name, name.name, letters with a digit */
	GDPR_TRAIT_DIGITS, /* nothing else */
	GDPR_TRAIT_HAS_DIGIT,
	GDPR_TRAIT_NUMERIC,
	GDPR_TRAIT_SENTENCE, /* six words or more */
	GDPR_TRAIT_MARKUP,	 /* begins as JSON or XML */
	GDPR_TRAIT_CODE,	 /* no small letter and no space, or snake_case */

	/* by the lists */
	GDPR_TRAIT_FIRST_NAME, /* one word, or several, and the first is a first name */
	GDPR_TRAIT_LAST_NAME,  /* one to three words, and one is a last name */
	GDPR_TRAIT_FULL_NAME,  /* a first name and another word that is a last name, and little else */
	GDPR_TRAIT_COMPANY,
	GDPR_TRAIT_PLACE,
	GDPR_TRAIT_REGION,
	GDPR_TRAIT_GENDER,
	GDPR_TRAIT_MARITAL,
	GDPR_TRAIT_NATIONALITY,
	GDPR_TRAIT_OCCUPATION,
	GDPR_TRAIT_THING,

	/* somewhere inside a longer text */
	GDPR_TRAIT_HOLDS_EMAIL,
	GDPR_TRAIT_HOLDS_PHONE,
	GDPR_TRAIT_HOLDS_IBAN,
	GDPR_TRAIT_HOLDS_NATIONAL_ID,
	GDPR_TRAIT_HOLDS_NAME,
	GDPR_TRAITS
} GdprTrait;

#define GDPR_TRAIT_BIT(trait) (UINT64_C(1) << (trait))

typedef struct GdprValueLook
{
	uint64_t traits;
	int year;		 /* of a date; 0: none */
	int first_octet; /* of an IPv4 address; -1: none */
	int words;
	int digits;
} GdprValueLook;

/* Looks at a value in UTF-8 of at most GDPR_VALUE_BYTES; what is beyond is not looked at. */
#define GDPR_VALUE_BYTES 1000

extern void gdpr_look_at(const char *value, size_t len, const GdprContext *context, GdprValueLook *look);

/* number.c: numbers of people whose check no class has: Spanish, Italian, British. */
extern bool gdpr_is_foreign_id(const char *compact, size_t len);

#endif /* GDPR_DISCOVERY_VALUE_H */
