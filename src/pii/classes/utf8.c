/*
 * utf8.c
 *		Characters for the classes of personal data. The tables are in unicode_table.c.
 */
#include "pii/classes/utf8.h"
#include "pii/classes/unicode_table.h"

size_t
gdpr_utf8_next(const char *s, size_t len, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *) s;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;

	if (len == 0)
		return 0;
	if (p[0] < 0x80)
	{
		*c = p[0];
		return 1;
	}
	n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4 || n > len)
		return 0;
	*c = p[0] & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		*c = (*c << 6) | (p[i] & 0x3F);
	}
	if (*c < least[n] || *c > 0x10FFFF || (*c >= 0xD800 && *c <= 0xDFFF))
		return 0;
	return n;
}

size_t
gdpr_utf8_length(const char *s, size_t len)
{
	size_t count = 0;
	size_t at = 0;

	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(s + at, len - at, &c);

		at += n > 0 ? n : 1;
		count++;
	}
	return count;
}

void
gdpr_trim(const char **s, size_t *len)
{
	uint32_t c;
	size_t n;

	while ((n = gdpr_utf8_next(*s, *len, &c)) > 0 && (gdpr_char_is_space(c) || gdpr_char_is_debris(c)))
	{
		*s += n;
		*len -= n;
	}
	while (*len > 0)
	{
		for (n = 1; n < 4 && n < *len && ((unsigned char) (*s)[*len - n] & 0xC0) == 0x80; n++)
			;
		if (gdpr_utf8_next(*s + *len - n, n, &c) != n || !(gdpr_char_is_space(c) || gdpr_char_is_debris(c)))
			break;
		*len -= n;
	}
}

bool
gdpr_char_is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
		   (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
		   c == 0x3000;
}

bool
gdpr_char_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool
gdpr_char_is_stray(uint32_t c)
{
	return (c >= 0xFFF9 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

bool
gdpr_char_is_joiner(uint32_t c)
{
	return c == 0x200C || c == 0x200D || (c >= 0x180B && c <= 0x180D) || c == 0x180F ||
		   (c >= 0xE0100 && c <= 0xE01EF);
}

/* Unicode's Default_Ignorable_Code_Point, without the joiners. */
bool
gdpr_char_is_debris(uint32_t c)
{
	static const struct
	{
		uint32_t first;
		uint32_t last;
	} ranges[] = {{0x00AD, 0x00AD},	 {0x034F, 0x034F}, {0x061C, 0x061C},   {0x115F, 0x1160},
				  {0x17B4, 0x17B5},	 {0x180B, 0x180F}, {0x200B, 0x200F},   {0x202A, 0x202E},
				  {0x2060, 0x206F},	 {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
				  {0xFFA0, 0xFFA0},	 {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
				  {0xE0000, 0xE0FFF}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && c >= ranges[i].first; i++)
	{
		if (c <= ranges[i].last)
			return !gdpr_char_is_joiner(c);
	}
	return false;
}

void
gdpr_tidy(GdprTidy tidy, const char **s, size_t *len, char *room)
{
	size_t kept = 0;
	size_t at = 0;
	uint32_t c;
	size_t n;

	if (tidy == GDPR_VERBATIM)
		return;
	for (; (n = gdpr_utf8_next(*s + at, *len - at, &c)) > 0; at += n)
	{
		if (gdpr_char_is_debris(c) || (tidy != GDPR_SPELLING && gdpr_char_is_joiner(c)))
			continue;
		memcpy(room + kept, *s + at, n);
		kept += n;
	}

	/* What is not UTF-8 is left as it is, for the class to refuse. */
	if (at == *len && kept < *len)
	{
		*s = room;
		*len = kept;
	}
	gdpr_trim(s, len);
}

bool
gdpr_char_is_accent(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0591 && c <= 0x05BD) || (c >= 0x064B && c <= 0x065F) ||
		   c == 0x0670 || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
		   (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

int
gdpr_char_digit(uint32_t c)
{
	int low = 0;
	int high = gdpr_digit_zero_count;

	if (c < 0x80)
		return gdpr_is_digit(c) ? (int) (c - '0') : -1;

	/* The last zero that is not beyond c; a script's ten digits are one run. */
	while (low < high)
	{
		int middle = (low + high) / 2;

		if (gdpr_digit_zero[middle] <= c)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || c - gdpr_digit_zero[low - 1] > 9)
		return -1;
	return (int) (c - gdpr_digit_zero[low - 1]);
}

uint32_t
gdpr_char_ascii(uint32_t c)
{
	int digit;

	if (c < 0x80)
		return c;
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFF01 + '!';
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE58 || c == 0xFE63)
		return '-';
	if (gdpr_char_is_space(c) && !gdpr_char_is_control(c))
		return ' ';
	digit = gdpr_char_digit(c);
	return digit >= 0 ? (uint32_t) ('0' + digit) : c;
}

uint32_t
gdpr_char_lower(uint32_t c)
{
	int low = 0;
	int high = gdpr_lower_range_count;

	if (c < 0x80)
		return (uint32_t) (unsigned char) gdpr_lower((char) c);
	while (low < high)
	{
		int middle = (low + high) / 2;
		const GdprLowerRange *range = &gdpr_lower_range[middle];

		if (c > range->last)
			low = middle + 1;
		else if (c < range->first)
			high = middle;
		else
			return (c - range->first) % range->step == 0 ? (uint32_t) ((int64_t) c + range->delta) : c;
	}
	return c;
}

void
gdpr_put_folded(GdprBuffer *out, uint32_t c)
{
	int low = 0;
	int high = gdpr_fold_count;

	if (gdpr_char_is_accent(c) || gdpr_char_is_debris(c) || gdpr_char_is_joiner(c))
		return;
	c = gdpr_char_lower(gdpr_char_ascii(c));
	if (c == 0x2019 || c == 0x2018 || c == 0x02BC || c == 0x02B9 || c == 0x00B4 || c == '`')
		c = '\'';
	while (low < high)
	{
		int middle = (low + high) / 2;

		if (gdpr_fold[middle].from < c)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < gdpr_fold_count && gdpr_fold[low].from == c)
		gdpr_put(out, gdpr_fold[low].to, strnlen(gdpr_fold[low].to, sizeof gdpr_fold[low].to));
	else
		gdpr_put_char(out, c);
}

void
gdpr_put_char(GdprBuffer *out, uint32_t c)
{
	char bytes[4];

	if (c < 0x80)
	{
		gdpr_put_byte(out, (char) c);
	}
	else if (c < 0x800)
	{
		bytes[0] = (char) (0xC0 | (c >> 6));
		bytes[1] = (char) (0x80 | (c & 0x3F));
		gdpr_put(out, bytes, 2);
	}
	else if (c < 0x10000)
	{
		bytes[0] = (char) (0xE0 | (c >> 12));
		bytes[1] = (char) (0x80 | ((c >> 6) & 0x3F));
		bytes[2] = (char) (0x80 | (c & 0x3F));
		gdpr_put(out, bytes, 3);
	}
	else
	{
		bytes[0] = (char) (0xF0 | (c >> 18));
		bytes[1] = (char) (0x80 | ((c >> 12) & 0x3F));
		bytes[2] = (char) (0x80 | ((c >> 6) & 0x3F));
		bytes[3] = (char) (0x80 | (c & 0x3F));
		gdpr_put(out, bytes, 4);
	}
}

bool
gdpr_compact(const char *in, size_t len, const char *separators, char *out, size_t cap, size_t *out_len)
{
	size_t at = 0;

	*out_len = 0;
	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);

		if (n == 0)
			return false;
		at += n;
		c = gdpr_char_ascii(c);
		if (gdpr_char_is_debris(c) || (c != 0 && c < 0x80 && strchr(separators, (int) c) != NULL))
			continue;
		if (!(gdpr_is_digit(c) || gdpr_is_letter(c)) || *out_len == cap)
			return false;
		out[(*out_len)++] = gdpr_upper((char) c);
	}
	return true;
}
