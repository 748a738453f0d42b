/*
 * phone_plan.c
 *		Finds the numbering plan of a country or of a number.
 */
#include "pii/classes/phone_table.h"

#include <string.h>

#include "pii/classes/digit_pattern.h"

const GdprPhonePlan *
gdpr_phone_plan_of(const char *country)
{
	for (int i = 0; i < gdpr_phone_plan_count; i++)
	{
		if (country[0] != 0 && memcmp(gdpr_phone_plans[i].country, country, 3) == 0)
			return &gdpr_phone_plans[i];
	}
	return NULL;
}

/* The first plan of a calling code. */
static const GdprPhonePlan *
plan_of_code(int code)
{
	int low = 0;
	int high = gdpr_phone_plan_count;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (gdpr_phone_plans[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < gdpr_phone_plan_count && gdpr_phone_plans[low].code == code ? &gdpr_phone_plans[low] : NULL;
}

const GdprPhonePlan *
gdpr_phone_plan_in(const char *digits, size_t len, size_t *code_len)
{
	int code = 0;

	for (*code_len = 1; *code_len <= 3 && *code_len <= len; (*code_len)++)
	{
		const GdprPhonePlan *plan;

		code = code * 10 + (digits[*code_len - 1] - '0');
		if ((plan = plan_of_code(code)) != NULL)
			return plan;
	}
	return NULL;
}

bool
gdpr_phone_in_plan(const GdprPhonePlan *plan, const char *digits, size_t len)
{
	GdprPatternMatch match;

	return gdpr_digit_pattern(plan->numbers, digits, len, true, &match);
}

bool
gdpr_phone_in_code(const GdprPhonePlan *plan, const char *digits, size_t len)
{
	const GdprPhonePlan *end = gdpr_phone_plans + gdpr_phone_plan_count;

	for (const GdprPhonePlan *at = plan_of_code(plan->code); at < end && at->code == plan->code; at++)
	{
		if (gdpr_phone_in_plan(at, digits, len))
			return true;
	}
	return false;
}
