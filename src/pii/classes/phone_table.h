/*
 * phone_table.h
 *		The numbering plans of the world. The table is written by phone_table.py.
 */
#ifndef GDPR_PHONE_TABLE_H
#define GDPR_PHONE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Patterns are those of digit_pattern.h; "" for none. */
typedef struct GdprPhonePlan
{
	char country[3];	 /* "BE"; "" for what belongs to no country */
	uint16_t code;		 /* +32 */
	const char *abroad;	 /* pattern: dialled before a calling code */
	const char *trunk;	 /* dialled before a national number and left out after the code */
	const char *numbers; /* pattern: the national numbers. Generous, as ranges are assigned all the time */
	const char *strip; /* pattern: what else may stand before one; in the place of trunk where there is one */
	const char *rewrite; /* what a number becomes in which strip took its last group: "9$1" */
} GdprPhonePlan;

extern const GdprPhonePlan gdpr_phone_plans[];
extern const int gdpr_phone_plan_count;

/* The plan of a country ("BE"); NULL when there is none. */
extern const GdprPhonePlan *gdpr_phone_plan_of(const char *country);

/*
 * The main plan of the calling code that the digits begin with, and how long that code is; others with the same code
 * follow it in the table. No code is the beginning of another.
 */
extern const GdprPhonePlan *gdpr_phone_plan_in(const char *digits, size_t len, size_t *code_len);

/* True when the digits are a national number of this plan, or of one that shares its calling code. */
extern bool gdpr_phone_in_plan(const GdprPhonePlan *plan, const char *digits, size_t len);
extern bool gdpr_phone_in_code(const GdprPhonePlan *plan, const char *digits, size_t len);

#endif /* GDPR_PHONE_TABLE_H */
