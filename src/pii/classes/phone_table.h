/*
 * phone_table.h
 *		Country calling codes and the lengths of the numbers behind them.
 */
#ifndef GDPR_PHONE_TABLE_H
#define GDPR_PHONE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How telephone numbers are dialled in the countries that share a calling code. */
typedef struct GdprPhonePlan
{
	uint16_t code;		/* +32 */
	uint16_t lengths;	/* bit n: numbers of n digits exist, calling code and trunk prefix excluded */
	const char *trunk;	/* dialled before a national number and left out after the code; "" for none */
	const char *abroad; /* dialled before a calling code */
	bool leading_zero;	/* national numbers may begin with 0 */
} GdprPhonePlan;

/* The plan of a calling code, or of a country ("BE"); NULL when there is none. */
extern const GdprPhonePlan *gdpr_phone_plan(int code);
extern const GdprPhonePlan *gdpr_phone_plan_of(const char *country);

/* The plan whose code the digits begin with, and how long that code is. No code is the beginning of another. */
extern const GdprPhonePlan *gdpr_phone_plan_in(const char *digits, size_t len, size_t *code_len);

/* The rules in full, for countries that have some: true when digits is a number of the plan. */
extern bool gdpr_phone_number_exists(const GdprPhonePlan *plan, const char *digits, size_t len);

#endif /* GDPR_PHONE_TABLE_H */
