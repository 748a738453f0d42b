/*
 * looks.c
 *		Recognises values of other columns by their form.
 */
#include "pii/classes/looks.h"
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define UUID_LEN 36

static size_t
run_of_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && gdpr_is_digit((unsigned char) s[n]))
		n++;
	return n;
}

/* A day of the years 1800 to 2199: what columns of dates hold. */
static bool
is_day(int year, int month, int day)
{
	return year >= 1800 && year < 2200 && day >= 1 && day <= gdpr_days_in_month(year, month);
}

/* Day, or month, and year with one kind of separator, at the start of the text; their length or 0. */
static size_t
date_at(const char *s, size_t len)
{
	size_t first = run_of_digits(s, len);
	size_t second;
	char separator = first < len ? s[first] : 0;

	if ((first != 4 && first != 1 && first != 2) || separator == 0 || strchr("-/.", separator) == NULL)
		return 0;
	second = run_of_digits(s + first + 1, len - first - 1);
	if (second < 1 || second > 2 || first + 1 + second >= len || s[first + 1 + second] != separator)
		return 0;
	{
		const char *last = s + first + second + 2;
		size_t third = run_of_digits(last, len - first - second - 2);
		int one = gdpr_digits_value(s, first);
		int two = gdpr_digits_value(s + first + 1, second);
		int three = third <= 4 ? gdpr_digits_value(last, third) : 0;
		bool date = first == 4 ? third >= 1 && third <= 2 && is_day(one, two, three)
							   : third == 4 && (is_day(three, two, one) || is_day(three, one, two));

		return date ? first + second + third + 2 : 0;
	}
}

static bool
is_date(const char *s, size_t len)
{
	size_t n = date_at(s, len);

	if (n == 0 || n == len)
		return n > 0;

	/* A time behind it, however written. */
	return (s[n] == ' ' || s[n] == 'T') && n + 3 < len && run_of_digits(s + n + 1, len - n - 1) == 2 &&
		   s[n + 3] == ':';
}

/* Cuts a currency off at one end: a sign, or three capitals. */
static void
without_currency(const char **s, size_t *len)
{
	static const char *const currencies[] = {"€",	"$",   "£",	  "¥",	 "EUR", "USD",
											 "GBP", "CHF", "SEK", "NOK", "DKK", "PLN"};

	for (size_t i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++)
	{
		size_t n = strlen(currencies[i]);

		if (*len > n && memcmp(*s, currencies[i], n) == 0)
		{
			*s += n;
			*len -= n;
			break;
		}
		if (*len > n && memcmp(*s + *len - n, currencies[i], n) == 0)
		{
			*len -= n;
			break;
		}
	}
	gdpr_trim(s, len);
}

/* Digits with one or two decimals, in groups of three or in one; without decimals only when there is a currency. */
static bool
is_amount(const char *s, size_t len)
{
	size_t before = len;
	bool currency;
	size_t n;

	without_currency(&s, &len);
	currency = len < before;
	if (len > 0 && s[0] == '-')
	{
		s++;
		len--;
	}
	n = run_of_digits(s, len);
	if (n == 0)
		return false;
	while (n + 4 <= len && strchr(".,' ", s[n]) != NULL && s[n] != 0 &&
		   run_of_digits(s + n + 1, len - n - 1) == 3 && (n + 4 < len || currency))
		n += 4;
	if (n == len)
		return currency;
	return (s[n] == '.' || s[n] == ',') && n + 1 < len && len - n - 1 <= 2 &&
		   run_of_digits(s + n + 1, len - n - 1) == len - n - 1;
}

static bool
is_uuid(const char *s, size_t len)
{
	if (len != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++)
	{
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? s[i] != '-' : !gdpr_is_hex((unsigned char) s[i]))
			return false;
	}
	return true;
}

static bool
is_hash(const char *s, size_t len)
{
	size_t digits = 0;

	if (len != 32 && len != 40 && len != 56 && len != 64 && len != 96 && len != 128)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (!gdpr_is_hex((unsigned char) s[i]))
			return false;
		digits += gdpr_is_digit((unsigned char) s[i]);
	}
	return digits > 0 && digits < len;
}

static bool
is_email(const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);

	return at != NULL && at > s && memchr(s, ' ', len) == NULL &&
		   memchr(at, '.', len - (size_t) (at - s)) != NULL;
}

static bool
is_link(const char *s, size_t len)
{
	return (len > 7 && memcmp(s, "http://", 7) == 0) || (len > 8 && memcmp(s, "https://", 8) == 0);
}

static bool
is_json(const char *s, size_t len)
{
	return len >= 2 && ((s[0] == '{' && s[len - 1] == '}') || (s[0] == '[' && s[len - 1] == ']'));
}

/* Six pairs of hexadecimal digits; without separators it may be anything. */
static bool
is_mac(const char *s, size_t len)
{
	if (len != 17 || (s[2] != ':' && s[2] != '-'))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (i % 3 == 2 ? s[i] != s[2] : !gdpr_is_hex((unsigned char) s[i]))
			return false;
	}
	return true;
}

/* Runs a class for its verdict alone. */
static bool
is_of(GdprCheck (*normalise)(const char *, size_t, const GdprContext *, GdprBuffer *), const char *s,
	  size_t len)
{
	static const GdprContext nowhere = {"", 0};
	char room[64];
	GdprBuffer out = {room, 0, sizeof(room), false};

	return len < sizeof(room) && normalise(s, len, &nowhere, &out) == GDPR_VALID;
}

bool
gdpr_looks_like(const char *in, size_t len, int kinds)
{
	return ((kinds & GDPR_LOOKS_JSON) && is_json(in, len)) ||
		   ((kinds & GDPR_LOOKS_DATE) && is_date(in, len)) ||
		   ((kinds & GDPR_LOOKS_AMOUNT) && is_amount(in, len)) ||
		   ((kinds & GDPR_LOOKS_UUID) && is_uuid(in, len)) ||
		   ((kinds & GDPR_LOOKS_HASH) && is_hash(in, len)) ||
		   ((kinds & GDPR_LOOKS_EMAIL) && is_email(in, len)) ||
		   ((kinds & GDPR_LOOKS_LINK) && is_link(in, len)) ||
		   ((kinds & GDPR_LOOKS_IBAN) && is_of(gdpr_iban_normalise, in, len)) ||
		   ((kinds & GDPR_LOOKS_NETWORK) && (is_of(gdpr_ip_normalise, in, len) || is_mac(in, len)));
}
