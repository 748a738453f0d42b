/*
 * iban.c
 *		Bank accounts: IBAN (ISO 13616), the Belgian account number within it, and payment cards.
 */
#include "pii/classes/bank_account.h"
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define MAX_IBAN 34

static bool
valid_iban(const char *s, size_t len)
{
	int check;

	if (len < 5 || !gdpr_is_letter((unsigned char) s[0]) || !gdpr_is_letter((unsigned char) s[1]) ||
		!gdpr_all_digits(s + 2, 2))
		return false;

	/* 00, 01 and 99 have the remainder of 97, 98 and 02 and are never given. */
	check = gdpr_digits_value(s + 2, 2);
	if (check < 2 || check > 98 || gdpr_mod97(s, 4, gdpr_mod97(s + 4, len - 4, 0)) != 1)
		return false;
	return gdpr_bank_account(s, s + 4, len - 4);
}

GdprCheck
gdpr_iban_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[MAX_IBAN + 4];
	char *iban = s;
	size_t n;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, sizeof(s), &n))
		return GDPR_INVALID;
	if (n > 4 && memcmp(s, "IBAN", 4) == 0)
	{
		iban += 4;
		n -= 4;
	}
	if (!valid_iban(iban, n))
		return GDPR_INVALID;
	gdpr_put(out, iban, n);
	return GDPR_VALID;
}

/* BE** **** 7034, of one length for all countries. */
void
gdpr_iban_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	if (!valid_iban(canonical, len))
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	gdpr_put(out, canonical, 2);
	gdpr_put_string(out, "** **** ");
	gdpr_put(out, canonical + len - 4, 4);
}

GdprCheck
gdpr_be_account_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[12];

	if (!gdpr_read_digits(in, len, digits, 12) || !gdpr_be_check(digits))
		return GDPR_INVALID;
	gdpr_put(out, digits, 12);
	return GDPR_VALID;
}

/* The ranges of the card schemes, by their first four digits. */
static bool
known_issuer(const char *digits)
{
	int first = gdpr_digits_value(digits, 4);

	return first / 1000 == 4 || (first >= 5100 && first <= 5599) || (first >= 2221 && first <= 2720) ||
		   first / 100 == 34 || first / 100 == 37 || first == 6011 || first / 100 == 65 ||
		   (first >= 3528 && first <= 3589) || first / 100 == 30 || first / 100 == 36 || first / 100 == 38;
}

GdprCheck
gdpr_payment_card_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[19];
	size_t n;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, digits, sizeof(digits), &n) || n < 12 ||
		!gdpr_all_digits(digits, n))
		return GDPR_INVALID;
	if (!known_issuer(digits) || !gdpr_luhn(digits, n))
		return GDPR_INVALID;
	gdpr_put(out, digits, n);
	return GDPR_VALID;
}
