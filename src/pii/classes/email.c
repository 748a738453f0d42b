/*
 * email.c
 *		E-mail addresses: RFC 5321 limits, dot-atom or quoted local part, international names (RFC 6531).
 *
 *		The canonical form has the domain in lower case and the local part as it was typed, because its host
 *		alone knows whether case matters there. Equality folds all of it: nobody has two people in Jan@ and jan@.
 */
#include "pii/classes/classes.h"
#include "pii/classes/punycode.h"
#include "pii/classes/utf8.h"

#define MAX_ADDRESS 254
#define MAX_LOCAL	64
#define MAX_LABEL	63

/* A character beyond ASCII that may stand in an address: letters, marks and digits, no spaces, no punctuation. */
static bool
international(uint32_t c)
{
	if (c < 0xAA || gdpr_char_is_space(c) || gdpr_char_is_control(c) || gdpr_char_is_deceptive(c) ||
		gdpr_char_is_debris(c))
		return false;
	if (c < 0xC0)
		return c == 0xAA || c == 0xB5 || c == 0xB7 || c == 0xBA;
	return c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x206F && c != 0x200C && c != 0x200D) &&
		   !(c >= 0x2E00 && c <= 0x2E7F) && !(c >= 0x3000 && c <= 0x3004) && !(c >= 0xFE10 && c <= 0xFE6F) &&
		   !(c >= 0xFF01 && c <= 0xFF0F) && !(c >= 0xFF1A && c <= 0xFF20) && !(c >= 0xE000 && c <= 0xF8FF);
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

/* One label of the domain, dots excluded. */
static bool
valid_label(const char *label, size_t len)
{
	size_t at = 0;

	if (len == 0 || len > MAX_LABEL || label[0] == '-' || label[len - 1] == '-')
		return false;
	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(label + at, len - at, &c);

		if (n == 0)
			return false;
		if (c < 0x80 ? !(gdpr_is_letter(c) || gdpr_is_digit(c) || c == '-') : !international(c))
			return false;
		at += n;
	}
	return true;
}

static bool
valid_domain(const char *domain, size_t len)
{
	size_t start = 0;
	int labels = 0;

	for (;;)
	{
		const char *dot = memchr(domain + start, '.', len - start);
		size_t end = dot ? (size_t) (dot - domain) : len;

		if (!valid_label(domain + start, end - start))
			return false;
		labels++;
		if (dot == NULL)
			return labels >= 2 && !gdpr_all_digits(domain + start, end - start);
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

GdprCheck
gdpr_email_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	size_t domain = find_domain(in, len);

	if (len > MAX_ADDRESS)
		return GDPR_TOO_LONG;
	if (domain < 2 || domain - 1 > MAX_LOCAL || domain == len)
		return GDPR_INVALID;
	if (!valid_atoms(in, domain - 1) && !valid_quoted(in, domain - 1))
		return GDPR_INVALID;
	if (!valid_domain(in + domain, len - domain))
		return GDPR_INVALID;
	gdpr_put(out, in, domain);
	put_lower(out, in + domain, len - domain);

	/* A few letters take more bytes in lower case. */
	return out->len > MAX_ADDRESS ? GDPR_TOO_LONG : GDPR_VALID;
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

	if (domain < 2 || domain == len || first == 0 || !valid_domain(canonical + domain, len - domain))
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
