/*
 * device_id.c
 *		Identifiers of devices: IMEI, IMSI, ICCID, MAC address, advertising, Android and cookie identifiers.
 *
 *		The class takes any of them and tells them apart by their form. A cookie identifier may be nearly anything, so
 *		it is the last resort, and what looks like a failed number of another kind is not taken for one.
 */
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/looks.h"
#include "pii/classes/utf8.h"

#define NUMBER_SEPARATORS " -/"
#define UUID_LEN		  36
#define MAC_DIGITS		  12
#define NO_COOKIE		  (GDPR_LOOKS_DATE | GDPR_LOOKS_AMOUNT | GDPR_LOOKS_IBAN | GDPR_LOOKS_EMAIL | GDPR_LOOKS_LINK)

static GdprCheck
put_if(bool valid, const char *s, size_t len, GdprBuffer *out)
{
	if (valid)
		gdpr_put(out, s, len);
	return valid ? GDPR_VALID : GDPR_INVALID;
}

/* Mobile country codes of ITU-T E.212 by continent; 001 is for tests, 901 for satellites. */
static bool
mobile_country(const char *digits)
{
	int code = gdpr_digits_value(digits, 3);

	return code == 1 || (code >= 202 && code <= 297) || (code >= 302 && code <= 376) ||
		   (code >= 400 && code <= 472) || (code >= 502 && code <= 555) || (code >= 602 && code <= 659) ||
		   (code >= 702 && code <= 750) || code == 901 || code == 999;
}

/* Who assigned the first digits of an IMEI (GSMA TS.06): 16 digits have no check, and payment cards have 16. */
static bool
reporting_body(const char *digits)
{
	static const char bodies[] = "00011030333544454950515253548691"
								 "9899";

	for (const char *s = bodies; *s != 0; s += 2)
	{
		if (memcmp(s, digits, 2) == 0)
			return true;
	}
	return false;
}

/* 14 digits have no check digit, 15 have, 16 carry the software version instead. */
GdprCheck
gdpr_imei_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[16];
	size_t n;

	if (!gdpr_compact(in, len, NUMBER_SEPARATORS, digits, sizeof(digits), &n) || n < 14 ||
		!gdpr_all_digits(digits, n))
		return GDPR_INVALID;
	if (gdpr_number(digits, 14) == 0 || (n == 16 && !reporting_body(digits)))
		return GDPR_INVALID;
	return put_if(n != 15 || gdpr_luhn(digits, n), digits, n, out);
}

GdprCheck
gdpr_imsi_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[15];

	return put_if(gdpr_read_digits(in, len, digits, sizeof(digits)) && mobile_country(digits), digits,
				  sizeof(digits), out);
}

GdprCheck
gdpr_iccid_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[20];
	size_t n;

	if (!gdpr_compact(in, len, NUMBER_SEPARATORS, digits, sizeof(digits), &n) || n < 19 ||
		!gdpr_all_digits(digits, n))
		return GDPR_INVALID;
	return put_if(digits[0] == '8' && digits[1] == '9' && gdpr_luhn(digits, n), digits, n, out);
}

/* 00:00:5e:00:53:01, 00-00-5E-00-53-01, 0000.5e00.5301 or without separators; stored in the first form. */
GdprCheck
gdpr_mac_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[MAC_DIGITS];
	char separator = 0;
	size_t n = 0;
	size_t group;

	if (len != MAC_DIGITS)
		separator = len == 17 ? in[2] : len == 14 ? in[4] : 'x';
	if (separator != 0 &&
		(len == 14 ? separator != '.' : separator != ':' && separator != '-' && separator != '.'))
		return GDPR_INVALID;
	group = separator == 0 ? MAC_DIGITS + 1 : len == 14 ? 5 : 3;
	for (size_t i = 0; i < len; i++)
	{
		if (i % group == group - 1)
		{
			if (in[i] != separator)
				return GDPR_INVALID;
		}
		else if (!gdpr_is_hex((unsigned char) in[i]))
			return GDPR_INVALID;
		else
			digits[n++] = gdpr_lower(in[i]);
	}
	for (size_t i = 0; i < MAC_DIGITS; i++)
	{
		if (i > 0 && i % 2 == 0)
			gdpr_put_byte(out, ':');
		gdpr_put_byte(out, digits[i]);
	}
	return GDPR_VALID;
}

/* A UUID. All zeros are what a device says whose owner refused tracking: no identifier at all. */
GdprCheck
gdpr_advertising_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char uuid[UUID_LEN];
	bool zero = true;

	if (len != UUID_LEN)
		return GDPR_INVALID;
	for (size_t i = 0; i < UUID_LEN; i++)
	{
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? in[i] != '-' : !gdpr_is_hex((unsigned char) in[i]))
			return GDPR_INVALID;
		uuid[i] = gdpr_lower(in[i]);
		zero = zero && (hyphen || in[i] == '0');
	}
	return put_if(!zero, uuid, UUID_LEN, out);
}

GdprCheck
gdpr_android_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char id[16];

	if (len != sizeof(id))
		return GDPR_INVALID;
	for (size_t i = 0; i < sizeof(id); i++)
	{
		if (!gdpr_is_hex((unsigned char) in[i]))
			return GDPR_INVALID;
		id[i] = gdpr_lower(in[i]);
	}
	return put_if(true, id, sizeof(id), out);
}

GdprCheck
gdpr_cookie_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	if (len < 8 || len > 128)
		return GDPR_INVALID;
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) in[i];

		if (!(gdpr_is_digit(c) || gdpr_is_letter(c) || c == '-' || c == '.' || c == '_' || c == '~'))
			return GDPR_INVALID;
	}
	return put_if(true, in, len, out);
}

/*
 * Neither a word nor a number of another kind with a typing error: it holds letters beyond hexadecimal and
 * digits, or is a hash of 24 or more digits in one piece, or two numbers with a point between, as analytics writes
 * them.
 */
static bool
surely_cookie(const char *in, size_t len)
{
	size_t separators = 0;
	size_t beyond = 0; /* letters that are no hexadecimal digits */
	bool letter = false;
	bool digit = false;
	const char *point = memchr(in, '.', len);

	for (size_t i = 0; i < len; i++)
	{
		if (!gdpr_is_hex((unsigned char) in[i]) && in[i] != '-' && in[i] != '.')
			beyond++;
		digit = digit || gdpr_is_digit((unsigned char) in[i]);
		if (in[i] == '-' || in[i] == '.')
			separators++;
		letter = letter || gdpr_is_letter((unsigned char) in[i]);
	}
	if (beyond > 0)
		return digit; /* words have none */
	if (separators == 0)
		return letter && len >= 24;
	return separators == 1 && point != NULL && !letter && point - in >= 8 && in + len - point > 8;
}

GdprCheck
gdpr_device_id_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char digits[20];
	size_t n;

	/* A Belgian IBAN has the form of an Android identifier. */
	if (gdpr_looks_like(in, len, GDPR_LOOKS_IBAN))
		return GDPR_INVALID;
	if (gdpr_advertising_id_normalise(in, len, context, out) == GDPR_VALID)
		return GDPR_VALID;
	if (len != MAC_DIGITS && gdpr_mac_normalise(in, len, context, out) == GDPR_VALID)
		return GDPR_VALID;
	if (gdpr_compact(in, len, NUMBER_SEPARATORS, digits, sizeof(digits), &n) && n >= 14 &&
		gdpr_all_digits(digits, n))
	{
		if (n <= 16 && gdpr_imei_normalise(in, len, context, out) == GDPR_VALID)
			return GDPR_VALID;

		/* No one writes an IMSI in groups; 35 is how most IMEIs begin, and the Caribbean's IMSIs. */
		if (n == 15 && gdpr_all_digits(in, len) && memcmp(digits, "35", 2) != 0)
			return gdpr_imsi_normalise(in, len, context, out);
		return n >= 19 ? gdpr_iccid_normalise(in, len, context, out) : GDPR_INVALID;
	}
	if (gdpr_android_id_normalise(in, len, context, out) == GDPR_VALID)
		return GDPR_VALID;
	if (len >= 8 && len <= 128 && surely_cookie(in, len) && !gdpr_looks_like(in, len, NO_COOKIE))
		return gdpr_cookie_id_normalise(in, len, context, out);
	return GDPR_INVALID;
}

/* The maker of a MAC address; of others the last four characters when that is little of the whole. */
void
gdpr_device_id_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	if (len == 17 && canonical[2] == ':')
	{
		gdpr_put(out, canonical, 8);
		gdpr_put_string(out, ":**:**:**");
		return;
	}
	gdpr_put_string(out, GDPR_HIDDEN);
	if (len >= 14 && gdpr_is_digit((unsigned char) canonical[0]) && gdpr_all_digits(canonical, len))
		gdpr_put(out, canonical + len - 4, 4);
}
