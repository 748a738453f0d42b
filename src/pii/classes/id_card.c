/*
 * id_card.c
 *		Numbers of identity documents: the Belgian eID card, and the machine-readable zone of passports (ICAO 9303).
 */
#include "pii/classes/bank_account.h"
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define CARD_DIGITS 12

GdprCheck
gdpr_id_card_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[CARD_DIGITS];

	if (!gdpr_read_digits(in, len, digits, CARD_DIGITS) || !gdpr_be_check(digits))
		return GDPR_INVALID;
	gdpr_put(out, digits, CARD_DIGITS);
	return GDPR_VALID;
}

/* The check digits alone: enough to compare with a card, too little to be one. */
void
gdpr_id_card_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	if (len != CARD_DIGITS || !gdpr_all_digits(canonical, len))
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	gdpr_put_string(out, "***-*******-");
	gdpr_put(out, canonical + 10, 2);
}

#define MRZ_LINE	 44 /* of a passport booklet (TD3) */
#define MRZ_DOCUMENT 10 /* document number and its check digit */

static bool
field_holds(const char *line, size_t start, size_t len)
{
	return gdpr_mrz_check(line + start, len) == line[start + len];
}

/* The second line: number, nationality, birth, sex, expiry, personal number, and a check over all. */
static bool
second_line(const char *line)
{
	char all[39];

	if (!field_holds(line, 0, 9) || !field_holds(line, 13, 6) || !field_holds(line, 21, 6))
		return false;
	if (!field_holds(line, 28, 14) && !(line[42] == '<' && gdpr_mrz_check(line + 28, 14) == '0'))
		return false;
	memcpy(all, line, 10);
	memcpy(all + 10, line + 13, 7);
	memcpy(all + 17, line + 21, 22);
	return gdpr_mrz_check(all, 39) == line[43];
}

/* The document number with its check digit, the second line, or both lines. */
GdprCheck
gdpr_passport_mrz_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[2 * MRZ_LINE];
	size_t n = 0;
	bool valid;

	for (size_t i = 0; i < len; i++)
	{
		char c = gdpr_upper(in[i]);

		if (c == ' ' || c == '\n' || c == '\r')
			continue;
		if (n == sizeof(s) ||
			!(c == '<' || gdpr_is_digit((unsigned char) c) || gdpr_is_letter((unsigned char) c)))
			return GDPR_INVALID;
		s[n++] = c;
	}
	if (n == MRZ_DOCUMENT)
		valid = s[0] != '<' && field_holds(s, 0, 9);
	else if (n == MRZ_LINE)
		valid = second_line(s);
	else
		valid = n == 2 * MRZ_LINE && s[0] == 'P' && second_line(s + MRZ_LINE);
	if (!valid)
		return GDPR_INVALID;
	gdpr_put(out, s, n);
	return GDPR_VALID;
}
