/*
 * national_id.c
 *		Numbers a state gives to a person: the Belgian national register and BIS numbers, the Dutch BSN, the French
 *		NIR, the German tax identifier, and those of national_numbers.c. Stored in one form, so that every spelling of
 *		one number is equal.
 *
 *		Born when and of which sex can be read from some of them, so a mask shows nothing.
 */
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/national_numbers.h"
#include "pii/classes/utf8.h"

#define BE_DIGITS		11
#define MAX_CANONICAL	16
#define BIS_UNKNOWN_SEX 20
#define BIS_KNOWN_SEX	40

/*
 * The century in which the check digits of a Belgian number are right: 1900, 2000, or 0 for neither. They are
 * never right in both, as 2 * 10^9 mod 97 is not 0.
 */
static int
be_century(const char *digits)
{
	uint64_t first = gdpr_number(digits, 9);
	int check = gdpr_digits_value(digits + 9, 2);

	if (97 - (int) (first % 97) == check)
		return 1900;
	return 97 - (int) ((first + UINT64_C(2000000000)) % 97) == check ? 2000 : 0;
}

/* Month 0 and any day stand for a birthday that is unknown, or on which the serial numbers ran out. */
static bool
be_number(const char *digits, bool bis, int today)
{
	int month = gdpr_digits_value(digits + 2, 2);
	int serial = gdpr_digits_value(digits + 6, 3);
	int century = be_century(digits);

	if (century == 0 || serial == 0 || serial == 999)
		return false;
	if (century == 2000 && today > 0 && century + gdpr_digits_value(digits, 2) > today / 10000)
		return false;
	if (!bis)
		return month <= 12;
	return (month >= BIS_UNKNOWN_SEX && month <= BIS_UNKNOWN_SEX + 12) ||
		   (month >= BIS_KNOWN_SEX && month <= BIS_KNOWN_SEX + 12);
}

/* 9a + 8b + ... + 2h - i is a multiple of 11. */
static bool
nl_number(const char *digits)
{
	int sum = -(digits[8] - '0');
	bool zero = true;

	for (int i = 0; i < 8; i++)
		sum += (9 - i) * (digits[i] - '0');
	for (int i = 0; i < 9; i++)
		zero = zero && digits[i] == '0';
	return !zero && sum % 11 == 0;
}

/* Sex, year, month, department, commune, order, key. Corsica counts as 19 (2A) and 18 (2B). */
static bool
fr_number(const char *s)
{
	char digits[13];
	bool corsica = s[5] == '2' && (s[6] == 'A' || s[6] == 'B');

	memcpy(digits, s, 13);
	if (corsica)
	{
		digits[5] = '1';
		digits[6] = s[6] == 'A' ? '9' : '8';
	}
	if (!gdpr_all_digits(digits, 13) || !gdpr_all_digits(s + 13, 2) || s[0] == '0')
		return false;
	return 97 - (int) (gdpr_number(digits, 13) % 97) == gdpr_digits_value(s + 13, 2);
}

/* ISO 7064 mod 11,10; of the first ten digits exactly one occurs twice or thrice, the others at most once. */
static bool
de_number(const char *digits)
{
	int seen[10] = {0};
	int repeated = 0;

	if (digits[0] == '0')
		return false;
	for (int i = 0; i < 10; i++)
	{
		if (++seen[digits[i] - '0'] > 3)
			return false;
	}
	for (int i = 0; i < 10; i++)
		repeated += seen[i] > 1;
	return repeated == 1 && gdpr_mod11_10(digits, 11);
}

bool
gdpr_is_belgian_national_number(const char *canonical, size_t len)
{
	return len == BE_DIGITS && gdpr_all_digits(canonical, len) &&
		   (be_number(canonical, false, 0) || be_number(canonical, true, 0));
}

static GdprCheck
put_if(bool valid, const char *s, size_t len, GdprBuffer *out)
{
	if (valid)
		gdpr_put(out, s, len);
	return valid ? GDPR_VALID : GDPR_INVALID;
}

GdprCheck
gdpr_be_national_number_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[BE_DIGITS];

	return put_if(gdpr_read_digits(in, len, digits, BE_DIGITS) && be_number(digits, false, context->today),
				  digits, BE_DIGITS, out);
}

GdprCheck
gdpr_be_bis_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[BE_DIGITS];

	return put_if(gdpr_read_digits(in, len, digits, BE_DIGITS) && be_number(digits, true, context->today),
				  digits, BE_DIGITS, out);
}

/* Enterprise and VAT numbers; a sole trader's is about a person. Nine digits are the old form. */
GdprCheck
gdpr_be_enterprise_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[13];
	char digits[10];
	size_t n;
	size_t prefix;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, sizeof(s), &n))
		return GDPR_INVALID;
	prefix = n > 2 && s[0] == 'B' && s[1] == 'E' ? 2 : 0;
	n -= prefix;
	if (n != 9 && n != 10)
		return GDPR_INVALID;
	digits[0] = '0';
	memcpy(digits + (10 - n), s + prefix, n);
	if (!gdpr_all_digits(digits, 10) || digits[0] > '1')
		return GDPR_INVALID;
	return put_if(97 - (int) (gdpr_number(digits, 8) % 97) == gdpr_digits_value(digits + 8, 2), digits, 10,
				  out);
}

GdprCheck
gdpr_nl_bsn_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[9];

	/* Older ones are printed without their leading zero. */
	if (!gdpr_read_digits(in, len, digits, 9))
	{
		if (!gdpr_read_digits(in, len, digits + 1, 8))
			return GDPR_INVALID;
		digits[0] = '0';
	}
	return put_if(nl_number(digits), digits, 9, out);
}

GdprCheck
gdpr_fr_nir_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[15];
	size_t n;

	return put_if(gdpr_compact(in, len, GDPR_SEPARATORS, s, sizeof(s), &n) && n == 15 && fr_number(s), s, 15,
				  out);
}

GdprCheck
gdpr_de_steuer_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[11];

	return put_if(gdpr_read_digits(in, len, digits, 11) && de_number(digits), digits, 11, out);
}

typedef GdprCheck (*Normalise)(const char *in, size_t len, const GdprContext *context, GdprBuffer *out);

static const struct
{
	const char *country;
	Normalise normalise;
} kinds[] = {{"BE", gdpr_be_national_number_normalise},
			 {"BE", gdpr_be_bis_normalise},
			 {"NL", gdpr_nl_bsn_normalise},
			 {"FR", gdpr_fr_nir_normalise},
			 {"DE", gdpr_de_steuer_id_normalise}};

#define KINDS ((int) (sizeof(kinds) / sizeof(kinds[0])))

/* Is the text written in the groups of the form, whatever stands between them? */
static bool
in_groups(const char *form, const char *in, size_t len)
{
	if (form[0] == 0 || strlen(form) != len)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (form[i] == '9' ? !gdpr_is_digit((unsigned char) in[i])
						   : in[i] == 0 || strchr(GDPR_SEPARATORS, in[i]) == NULL)
			return false;
	}
	return true;
}

/* Does it begin with year, month and day, as a number of another state with an error would? */
static bool
begins_with_date(const char *in, size_t len)
{
	char s[16];
	size_t n;

	return gdpr_compact(in, len, GDPR_SEPARATORS, s, sizeof(s), &n) && n > 6 && gdpr_all_digits(s, 6) &&
		   gdpr_digits_value(s + 4, 2) > 0 &&
		   gdpr_digits_value(s + 4, 2) <= gdpr_days_in_month(2000, gdpr_digits_value(s + 2, 2));
}

/* One of national_numbers.c. Of what is not sure the country is kept: GB:9434765919. */
static bool
read_number(const GdprNationalNumber *number, bool told, const char *in, size_t len,
			const GdprContext *context, GdprBuffer *out)
{
	size_t before = out->len;

	if (number->certainty != GDPR_SURE)
	{
		if (!told && !in_groups(number->groups, in, len) &&
			(number->certainty == GDPR_MARKED || begins_with_date(in, len)))
			return false;
		gdpr_put(out, number->country, 2);
		gdpr_put_byte(out, ':');
	}
	if (number->check.normalise(in, len, context, out) == GDPR_VALID)
		return true;
	out->len = before;
	return false;
}

/* Those of one country, or with "" of all. */
static bool
read_of(const char *country, const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	bool all = country[0] == 0;

	for (int i = 0; i < KINDS; i++)
	{
		if ((all || strcmp(country, kinds[i].country) == 0) &&
			kinds[i].normalise(in, len, context, out) == GDPR_VALID)
			return true;
	}
	for (int i = 0; i < gdpr_national_number_count; i++)
	{
		const GdprNationalNumber *number = &gdpr_national_numbers[i];

		if ((all || strcmp(country, number->country) == 0) &&
			read_number(number, !all, in, len, context, out))
			return true;
	}
	return false;
}

/* A number is one of the default country before it is one of another: ten digits may be of seven. */
static bool
read_any(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	return (context->country[0] != 0 && read_of(context->country, in, len, context, out)) ||
		   read_of("", in, len, context, out);
}

/* "BE:", "NL-" ... in front says whose it is. Where that is not kept, what is must be read in the same way again. */
static bool
read_named(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char country[3] = {gdpr_upper(in[0]), gdpr_upper(in[1]), 0};
	char room[2][MAX_CANONICAL];
	GdprBuffer named = {room[0], 0, MAX_CANONICAL, false};
	GdprBuffer again = {room[1], 0, MAX_CANONICAL, false};

	if (!read_of(country, in + 3, len - 3, context, &named))
		return false;
	if (named.len > 3 && named.data[2] == ':')
		gdpr_put(&again, named.data, named.len);
	else if (!read_any(named.data, named.len, context, &again))
		return false;
	if (again.len != named.len || memcmp(named.data, again.data, named.len) != 0)
		return false;
	gdpr_put(out, named.data, named.len);
	return true;
}

GdprCheck
gdpr_national_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	if (len > 3 && gdpr_is_letter((unsigned char) in[0]) && gdpr_is_letter((unsigned char) in[1]) &&
		(in[2] == ':' || in[2] == '-' || in[2] == ' ') && read_named(in, len, context, out))
		return GDPR_VALID;
	return read_any(in, len, context, out) ? GDPR_VALID : GDPR_INVALID;
}
