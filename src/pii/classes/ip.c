/*
 * ip.c
 *		IP addresses, complete ones only: the shorthand that core's cidr takes (1.2.3) would make people equal who are
 *		not. An IPv4 address written as IPv6 (::ffff:192.0.2.1) is the IPv4 address; IPv6 is written as RFC 5952 asks.
 */
#include "pii/classes/classes.h"
#include "pii/classes/utf8.h"

typedef struct Address
{
	bool v4;
	uint8_t bytes[16]; /* the first four of IPv4 */
} Address;

/* Four numbers of 0 to 255 without leading zeros, which some programs read as octal. */
static bool
read_v4(const char *s, size_t len, uint8_t *bytes)
{
	size_t at = 0;

	for (int i = 0; i < 4; i++)
	{
		size_t start = at;
		int value = 0;

		while (at < len && at - start < 3 && gdpr_is_digit((unsigned char) s[at]))
			value = value * 10 + (s[at++] - '0');
		if (at == start || value > 255 || (s[start] == '0' && at - start > 1))
			return false;
		bytes[i] = (uint8_t) value;
		if (i < 3 && (at == len || s[at++] != '.'))
			return false;
	}
	return at == len;
}

static int
hex_value(char c)
{
	return gdpr_is_digit((unsigned char) c) ? c - '0' : gdpr_lower(c) - 'a' + 10;
}

/* Reads one group of up to four hexadecimal digits; how many there were. */
static size_t
read_group(const char *s, size_t len, uint8_t *bytes)
{
	int value = 0;
	size_t n = 0;

	while (n < len && n < 5 && gdpr_is_hex((unsigned char) s[n]))
		value = value * 16 + hex_value(s[n++]);
	bytes[0] = (uint8_t) (value >> 8);
	bytes[1] = (uint8_t) value;
	return n <= 4 ? n : 0;
}

static bool
read_v6(const char *s, size_t len, uint8_t *bytes)
{
	size_t at = 0;
	size_t filled = 0;
	size_t gap = 17; /* where :: stood */

	if (len >= 2 && s[0] == ':' && s[1] == ':')
	{
		gap = 0;
		at = 2;
	}
	while (at < len)
	{
		size_t n;

		if (filled <= 12 && memchr(s + at, ':', len - at) == NULL &&
			read_v4(s + at, len - at, bytes + filled))
		{
			filled += 4;
			break;
		}
		if (filled > 14 || (n = read_group(s + at, len - at, bytes + filled)) == 0)
			return false;
		filled += 2;
		at += n;
		if (at == len)
			break;
		if (s[at++] != ':' || at == len)
			return false;
		if (s[at] == ':')
		{
			if (gap <= 16)
				return false;
			gap = filled;
			at++;
		}
	}
	if (gap > 16)
		return filled == 16;
	if (filled > 14)
		return false; /* :: stands for at least one group */
	memmove(bytes + 16 - (filled - gap), bytes + gap, filled - gap);
	memset(bytes + gap, 0, 16 - filled);
	return true;
}

static bool
read_address(const char *s, size_t len, Address *address)
{
	static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};

	memset(address, 0, sizeof(*address));
	address->v4 = true;
	if (read_v4(s, len, address->bytes))
		return true;
	address->v4 = false;
	memset(address->bytes, 0, sizeof(address->bytes));
	if (!read_v6(s, len, address->bytes))
		return false;
	if (memcmp(address->bytes, mapped, sizeof(mapped)) == 0)
	{
		memmove(address->bytes, address->bytes + 12, 4);
		address->v4 = true;
	}
	return true;
}

static void
put_decimal(GdprBuffer *out, int value)
{
	if (value >= 100)
		gdpr_put_byte(out, (char) ('0' + value / 100));
	if (value >= 10)
		gdpr_put_byte(out, (char) ('0' + value / 10 % 10));
	gdpr_put_byte(out, (char) ('0' + value % 10));
}

static void
put_group(GdprBuffer *out, int value)
{
	static const char hex[] = "0123456789abcdef";

	for (int shift = 12; shift >= 0; shift -= 4)
	{
		if (value >> shift != 0 || shift == 0)
			gdpr_put_byte(out, hex[(value >> shift) & 15]);
	}
}

/* The longest run of at least two zero groups, the first of equals, is written :: */
static void
put_v6(GdprBuffer *out, const uint8_t *bytes)
{
	int best = 8;
	int best_len = 1;

	for (int i = 0; i < 8; i++)
	{
		int n = 0;

		while (i + n < 8 && bytes[2 * (i + n)] == 0 && bytes[2 * (i + n) + 1] == 0)
			n++;
		if (n > best_len)
		{
			best = i;
			best_len = n;
		}
	}
	for (int i = 0; i < 8; i++)
	{
		if (i == best)
		{
			gdpr_put_string(out, "::");
			i += best_len - 1;
			continue;
		}
		if (i > 0 && i != best + best_len)
			gdpr_put_byte(out, ':');
		put_group(out, bytes[2 * i] << 8 | bytes[2 * i + 1]);
	}
}

static void
put_address(GdprBuffer *out, const Address *address)
{
	if (!address->v4)
	{
		put_v6(out, address->bytes);
		return;
	}
	for (int i = 0; i < 4; i++)
	{
		if (i > 0)
			gdpr_put_byte(out, '.');
		put_decimal(out, address->bytes[i]);
	}
}

GdprCheck
gdpr_ip_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char ascii[48];
	size_t n = 0;
	Address address;

	for (size_t at = 0; at < len;)
	{
		uint32_t c;
		size_t taken = gdpr_utf8_next(in + at, len - at, &c);

		c = taken > 0 ? gdpr_char_ascii(c) : 0;
		if (c == 0 || c >= 0x80 || n == sizeof(ascii))
			return GDPR_INVALID;
		ascii[n++] = (char) c;
		at += taken;
	}
	if (!read_address(ascii, n, &address))
		return GDPR_INVALID;
	put_address(out, &address);
	return GDPR_VALID;
}

/* The network: /24 of IPv4, /48 of IPv6. Still about someone, as few share it. */
void
gdpr_ip_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	Address address;

	if (!read_address(canonical, len, &address))
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	if (address.v4)
		address.bytes[3] = 0;
	else
		memset(address.bytes + 6, 0, 10);
	put_address(out, &address);
}
