/*
 * health.c
 *		Codes of health care. The class itself is free text; these are checks by name.
 */
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

/* A letter but U, a digit, a letter or digit, and up to four more behind a point: E11.9. */
GdprCheck
gdpr_icd10_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[8];

	if (len < 3 || len > sizeof(s) || len == 4)
		return GDPR_INVALID;
	for (size_t i = 0; i < len; i++)
	{
		s[i] = gdpr_upper(in[i]);
		if (i == 3 ? s[i] != '.'
				   : !(gdpr_is_digit((unsigned char) s[i]) || gdpr_is_letter((unsigned char) s[i])))
			return GDPR_INVALID;
	}
	if (!gdpr_is_letter((unsigned char) s[0]) || s[0] == 'U' || !gdpr_is_digit((unsigned char) s[1]))
		return GDPR_INVALID;
	gdpr_put(out, s, len);
	return GDPR_VALID;
}

GdprCheck
gdpr_atc_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[7];

	if (len != sizeof(s))
		return GDPR_INVALID;
	for (size_t i = 0; i < sizeof(s); i++)
		s[i] = gdpr_upper(in[i]);
	if (s[0] < 'A' || s[0] > 'V' || !gdpr_all_digits(s + 1, 2) || !gdpr_is_letter((unsigned char) s[3]) ||
		!gdpr_is_letter((unsigned char) s[4]) || !gdpr_all_digits(s + 5, 2))
		return GDPR_INVALID;
	gdpr_put(out, s, sizeof(s));
	return GDPR_VALID;
}

/* Profession, five digits, check, qualification: 1-00001-06-001. */
GdprCheck
gdpr_be_inami_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[11];

	if (!gdpr_read_digits(in, len, digits, sizeof(digits)))
		return GDPR_INVALID;
	if (97 - (int) (gdpr_number(digits, 6) % 97) != gdpr_digits_value(digits + 6, 2))
		return GDPR_INVALID;
	gdpr_put(out, digits, sizeof(digits));
	return GDPR_VALID;
}
