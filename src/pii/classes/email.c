/*
 * email.c
 *		E-mail addresses: RFC 5321 limits, dot-atom or quoted local part, international names (RFC 6531).
 *
 *		The canonical form has the domain in lower case and the local part as it was typed, because its host
 *		alone knows whether case matters there. Equality folds all of it: no one has two people in Jan@ and jan@.
 */
#include "pii/classes/classes.h"
#include "pii/classes/punycode.h"
#include "pii/classes/utf8.h"

#define MAX_ADDRESS 254
#define MAX_LOCAL	64
#define MAX_LABEL	63
#define MAX_DOMAIN	253
#define MAX_INPUT	1000 /* of full-width letters, which take three bytes */

/* A character beyond ASCII that may stand in an address: letters, marks and digits, no spaces, no punctuation. */
static bool
international(uint32_t c)
{
	static const struct
	{
		uint32_t first;
		uint32_t last;
	} refused[] = {{0x00D7, 0x00D7}, {0x00F7, 0x00F7}, {0x2000, 0x206F}, {0x2E00, 0x2E7F}, {0x3000, 0x3004},
				   {0xE000, 0xF8FF}, {0xFE10, 0xFE6F}, {0xFF00, 0xFF5E}, {0xFF61, 0xFF61}, {0xFFE0, 0xFFFF}};

	if (c < 0xAA || gdpr_char_is_space(c) || gdpr_char_is_control(c) || gdpr_char_is_stray(c) ||
		gdpr_char_is_debris(c))
		return false;
	if (c < 0xC0)
		return c == 0xAA || c == 0xB5 || c == 0xB7 || c == 0xBA;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		if (c >= refused[i].first && c <= refused[i].last)
			return gdpr_char_is_joiner(c);
	}
	return true;
}

static bool
valid_atoms(const char *local, size_t len)
{
	size_t at = 0;
	bool after_dot = true;

	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(local + at, len - at, &c);

		if (n == 0)
			return false;
		if (c == '.')
		{
			if (after_dot)
				return false;
			after_dot = true;
		}
		else
		{
			if (c < 0x80 ? !(gdpr_is_letter(c) || gdpr_is_digit(c) ||
							 (c > ' ' && strchr("!#$%&'*+-/=?^_`{|}~", (int) c)))
						 : !international(c))
				return false;
			after_dot = false;
		}
		at += n;
	}
	return !after_dot;
}

static bool
valid_quoted(const char *local, size_t len)
{
	if (len < 3 || local[0] != '"' || local[len - 1] != '"')
		return false;
	for (size_t i = 1; i < len - 1; i++)
	{
		if (local[i] == '\\')
			i++;
		else if (local[i] == '"')
			return false;
		if (i == len - 1 || local[i] < ' ' || local[i] == 0x7F)
			return false;
	}
	return true;
}

/* One label of the domain in lower case, dots excluded. */
static bool
valid_label(const char *label, size_t len)
{
	size_t at = 0;

	if (len == 0 || label[0] == '-' || label[len - 1] == '-')
		return false;
	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(label + at, len - at, &c);

		if (n == 0 || (at == 0 && gdpr_char_is_accent(c)))
			return false;
		if (c < 0x80 ? !(gdpr_is_letter(c) || gdpr_is_digit(c) || c == '-') : !international(c))
			return false;
		at += n;
	}
	return true;
}

static bool
is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) s[i] >= 0x80)
			return false;
	}
	return true;
}

/* xn--...: what it stands for is a label, and is written so and not otherwise. */
static bool
valid_a_label(const char *label, size_t len)
{
	char decoded[4 * MAX_LABEL];
	char encoded[MAX_DOMAIN];
	GdprBuffer points = {decoded, 0, sizeof(decoded), false};
	GdprBuffer ascii = {encoded, 0, sizeof(encoded), false};

	return gdpr_punycode_decode(label, len, &points) && !is_ascii(decoded, points.len) &&
		   valid_label(decoded, points.len) && gdpr_punycode_encode(decoded, points.len, &ascii) &&
		   ascii.len == len && memcmp(encoded, label, len) == 0;
}

/* How long a label in lower case is in the domain name system, which knows ASCII only; 0 when it is none. */
static size_t
label_length(const char *label, size_t len)
{
	char encoded[MAX_DOMAIN];
	GdprBuffer ascii = {encoded, 0, sizeof(encoded), false};

	if (!valid_label(label, len))
		return 0;
	if (!is_ascii(label, len))
		return gdpr_punycode_encode(label, len, &ascii) ? ascii.len : 0;
	if (len > 4 && memcmp(label, "xn--", 4) == 0 && !valid_a_label(label, len))
		return 0;
	return len <= MAX_LABEL ? len : 0;
}

/* The length of a domain in lower case as it goes through the network; 0 when it is none. */
static size_t
domain_length(const char *domain, size_t len)
{
	size_t start = 0;
	size_t total = 0;
	int labels = 0;

	for (;;)
	{
		const char *dot = memchr(domain + start, '.', len - start);
		size_t end = dot ? (size_t) (dot - domain) : len;
		size_t length = label_length(domain + start, end - start);

		if (length == 0)
			return 0;
		total += length + (dot != NULL);
		labels++;
		if (dot == NULL)
			return labels >= 2 && !gdpr_all_digits(domain + start, end - start) && total <= MAX_DOMAIN ? total
																									   : 0;
		start = end + 1;
	}
}

static void
put_lower(GdprBuffer *out, const char *s, size_t len)
{
	size_t at = 0;
	uint32_t c;
	size_t n;

	while ((n = gdpr_utf8_next(s + at, len - at, &c)) > 0)
	{
		gdpr_put_char(out, gdpr_char_lower(c));
		at += n;
	}
}

/* Where the domain starts; a quoted local part may hold an @ itself, a domain never. */
static size_t
find_domain(const char *in, size_t len)
{
	for (size_t i = len; i > 0; i--)
	{
		if (in[i - 1] == '@')
			return i;
	}
	return 0;
}

/* Full-width forms and the dots of East Asian keyboards as the ASCII they stand for, hyphens that do not break as -. */
static bool
put_plain(const char *in, size_t len, GdprBuffer *out)
{
	size_t at = 0;

	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);

		if (n == 0)
			return false;
		if (c >= 0xFF01 && c <= 0xFF5E)
			c = c - 0xFF01 + '!';
		else if (c == 0x3002 || c == 0xFF61)
			c = '.';
		else if (c == 0x2010 || c == 0x2011)
			c = '-';
		gdpr_put_char(out, c);
		at += n;
	}
	return !out->overflow;
}

GdprCheck
gdpr_email_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char typed[MAX_INPUT];
	char lower[MAX_INPUT];
	GdprBuffer plain = {typed, 0, sizeof(typed), false};
	GdprBuffer domain = {lower, 0, sizeof(lower), false};
	size_t start;
	size_t length;

	if (len > MAX_INPUT)
		return GDPR_TOO_LONG;
	if (!put_plain(in, len, &plain))
		return GDPR_INVALID;
	if (plain.len > MAX_ADDRESS)
		return GDPR_TOO_LONG;
	start = find_domain(typed, plain.len);
	if (start < 2 || start - 1 > MAX_LOCAL || start == plain.len)
		return GDPR_INVALID;
	if (!valid_atoms(typed, start - 1) && !valid_quoted(typed, start - 1))
		return GDPR_INVALID;
	put_lower(&domain, typed + start, plain.len - start);
	if (domain.overflow || (length = domain_length(lower, domain.len)) == 0)
		return GDPR_INVALID;

	/* A few letters take more bytes in lower case, and most that are not ASCII do in the network. */
	if (start + domain.len > MAX_ADDRESS || start + length > MAX_ADDRESS)
		return GDPR_TOO_LONG;
	gdpr_put(out, typed, start);
	gdpr_put(out, lower, domain.len);
	return GDPR_VALID;
}

void
gdpr_email_fold(const char *canonical, size_t len, GdprBuffer *out)
{
	size_t start = find_domain(canonical, len);

	put_lower(out, canonical, start);

	/* xn--mnchen-3ya.de is münchen.de. */
	while (start < len)
	{
		const char *dot = memchr(canonical + start, '.', len - start);
		size_t end = dot ? (size_t) (dot - canonical) : len;

		if (!gdpr_punycode_decode(canonical + start, end - start, out))
			put_lower(out, canonical + start, end - start);
		if (dot != NULL)
			gdpr_put_byte(out, '.');
		start = end + 1;
	}
}

/* j**@example.com; of a local part of one character nothing is shown. */
void
gdpr_email_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	size_t domain = find_domain(canonical, len);
	uint32_t c;
	size_t first = gdpr_utf8_next(canonical, len, &c);

	if (domain < 2 || domain == len || first == 0 || domain_length(canonical + domain, len - domain) == 0)
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	if (first < domain - 1 && c != '"')
		gdpr_put(out, canonical, first);
	else
		gdpr_put_byte(out, '*');
	gdpr_put_string(out, "**@");
	gdpr_put(out, canonical + domain, len - domain);
}
