/*
 * punycode.c
 *		International domain labels (RFC 3492): addresses are compared as people read them, and sent in ASCII.
 */
#include "pii/classes/punycode.h"
#include "pii/classes/utf8.h"

#define BASE		 36
#define T_MIN		 1
#define T_MAX		 26
#define SKEW		 38
#define DAMP		 700
#define INITIAL_BIAS 72
#define INITIAL_CODE 128
#define MAX_LABEL	 63

static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static int
digit_value(char c)
{
	c = gdpr_lower(c);
	if (gdpr_is_digit((unsigned char) c))
		return c - '0' + 26;
	return c >= 'a' && c <= 'z' ? c - 'a' : -1;
}

/* Reads one variable-length integer, adding it to *i; false when it is malformed or too great. */
static bool
read_delta(const char *s, size_t len, size_t *at, uint32_t bias, uint32_t *i)
{
	uint32_t weight = 1;

	for (uint32_t k = BASE;; k += BASE)
	{
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
		int digit;

		if (*at >= len || (digit = digit_value(s[(*at)++])) < 0)
			return false;
		if ((uint32_t) digit > (UINT32_MAX - *i) / weight)
			return false;
		*i += (uint32_t) digit * weight;
		if ((uint32_t) digit < t)
			return true;
		if (weight > UINT32_MAX / (BASE - t))
			return false;
		weight *= BASE - t;
	}
}

bool
gdpr_punycode_decode(const char *label, size_t len, GdprBuffer *out)
{
	uint32_t points[MAX_LABEL];
	uint32_t count = 0;
	uint32_t code = INITIAL_CODE;
	uint32_t bias = INITIAL_BIAS;
	uint32_t i = 0;
	size_t at = 4;

	if (len < 5 || len > MAX_LABEL || gdpr_lower(label[0]) != 'x' || gdpr_lower(label[1]) != 'n' ||
		label[2] != '-' || label[3] != '-')
		return false;

	/* The ASCII letters come first, up to the last hyphen. */
	for (size_t end = len; end > 4; end--)
	{
		if (label[end - 1] == '-')
		{
			while (at < end - 1)
				points[count++] = (unsigned char) label[at++];
			at = end;
			break;
		}
	}
	while (at < len)
	{
		uint32_t before = i;

		if (!read_delta(label, len, &at, bias, &i) || count == MAX_LABEL)
			return false;
		count++;
		bias = adapt(i - before, count, before == 0);
		if (i / count > 0x10FFFF - code)
			return false;
		code += i / count;
		i %= count;
		if (code >= 0xD800 && code <= 0xDFFF)
			return false;
		memmove(points + i + 1, points + i, (count - 1 - i) * sizeof(uint32_t));
		points[i++] = code;
	}
	for (uint32_t j = 0; j < count; j++)
		gdpr_put_char(out, gdpr_char_lower(points[j]));
	return true;
}

static char
digit_of(uint32_t value)
{
	return (char) (value < 26 ? 'a' + value : '0' + value - 26);
}

/* Writes one variable-length integer. */
static void
put_delta(GdprBuffer *out, uint32_t delta, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE)
	{
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (delta < t)
			break;
		gdpr_put_byte(out, digit_of(t + (delta - t) % (BASE - t)));
		delta = (delta - t) / (BASE - t);
	}
	gdpr_put_byte(out, digit_of(delta));
}

/* The least code point from code on. */
static uint32_t
next_code(const uint32_t *points, uint32_t count, uint32_t code)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t j = 0; j < count; j++)
	{
		if (points[j] >= code && points[j] < least)
			least = points[j];
	}
	return least;
}

/* The characters of a label, of which there are no more than fit into one. */
static bool
read_points(const char *label, size_t len, uint32_t *points, uint32_t *count)
{
	size_t n;

	for (*count = 0; len > 0 && *count < MAX_LABEL; label += n, len -= n)
	{
		if ((n = gdpr_utf8_next(label, len, &points[(*count)++])) == 0)
			return false;
	}
	return len == 0;
}

bool
gdpr_punycode_encode(const char *label, size_t len, GdprBuffer *out)
{
	uint32_t points[MAX_LABEL];
	uint32_t count;
	uint32_t done = 0;
	uint32_t basic;
	uint32_t code = INITIAL_CODE;
	uint32_t bias = INITIAL_BIAS;
	uint32_t delta = 0;
	size_t start = out->len;

	if (!read_points(label, len, points, &count))
		return false;
	gdpr_put_string(out, "xn--");
	for (uint32_t j = 0; j < count; j++)
	{
		if (points[j] < INITIAL_CODE)
		{
			gdpr_put_byte(out, (char) points[j]);
			done++;
		}
	}
	basic = done;
	if (basic > 0)
		gdpr_put_byte(out, '-');

	/* At most 63 characters below 0x110000: delta stays below 2^27. */
	for (; done < count; delta++, code++)
	{
		uint32_t next = next_code(points, count, code);

		delta += (next - code) * (done + 1);
		code = next;
		for (uint32_t j = 0; j < count; j++)
		{
			if (points[j] < code)
				delta++;
			if (points[j] != code)
				continue;
			put_delta(out, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return !out->overflow && out->len - start <= MAX_LABEL;
}
