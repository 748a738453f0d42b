/*
 * national_numbers.h
 *		Numbers that European states give to people, one function a kind: reads any usual spelling and writes the
 *		canonical one. The algorithms are those that the states publish.
 */
#ifndef GDPR_NATIONAL_NUMBERS_H
#define GDPR_NATIONAL_NUMBERS_H

#include "pii/classes/checks.h"

/* How sure a text without a country is such a number. */
typedef enum GdprCertainty
{
	GDPR_SURE,	   /* a birthday or letters, and check digits */
	GDPR_DATELESS, /* check digits alone: not when it begins like a birthday, with an error perhaps */
	GDPR_MARKED	   /* only in the groups it is written in */
} GdprCertainty;

typedef struct GdprNationalNumber
{
	const char *country; /* "PL" */
	GdprNamedCheck check;
	GdprCertainty certainty;
	const char *groups; /* "999 999 9999"; of what is not sure */
} GdprNationalNumber;

extern const GdprNationalNumber gdpr_national_numbers[];
extern const int gdpr_national_number_count;

#endif /* GDPR_NATIONAL_NUMBERS_H */
