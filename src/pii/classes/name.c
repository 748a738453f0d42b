/*
 * name.c
 *		Names of people. A name is what its bearer says it is: any script, one word or ten, particles and case as
 *		typed. Refused is only what no name holds: control characters, and values of other columns.
 */
#include "pii/classes/classes.h"
#include "pii/classes/looks.h"
#include "pii/classes/utf8.h"

#define MAX_CHARACTERS 200

#define NO_NAME                                                                                  \
	(GDPR_LOOKS_DATE | GDPR_LOOKS_AMOUNT | GDPR_LOOKS_UUID | GDPR_LOOKS_HASH | GDPR_LOOKS_IBAN | \
	 GDPR_LOOKS_EMAIL | GDPR_LOOKS_LINK | GDPR_LOOKS_NETWORK | GDPR_LOOKS_JSON)

GdprCheck
gdpr_name_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	size_t at = 0;
	size_t count = 0;
	bool seen = false; /* a letter of any script */

	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);

		if (n == 0 || gdpr_char_is_control(c) || gdpr_char_is_stray(c))
			return GDPR_INVALID;
		if (!gdpr_char_is_debris(c))
		{
			if (gdpr_is_letter(c) || (c >= 0xAA && !gdpr_char_is_space(c) && !gdpr_char_is_accent(c) &&
									  !gdpr_char_is_joiner(c) && gdpr_char_digit(c) < 0))
				seen = true;
			gdpr_put(out, in + at, n);
			count++;
		}
		at += n;
	}
	if (!seen || gdpr_looks_like(in, len, NO_NAME))
		return GDPR_INVALID;
	if (count > MAX_CHARACTERS)
		return GDPR_TOO_LONG;
	return GDPR_VALID;
}

void
gdpr_name_fold(const char *canonical, size_t len, GdprBuffer *out)
{
	size_t at = 0;
	bool space = false;
	uint32_t c;
	size_t n;

	for (; (n = gdpr_utf8_next(canonical + at, len - at, &c)) > 0; at += n)
	{
		if (gdpr_char_is_space(c))
		{
			space = true;
			continue;
		}
		if (space && out->len > 0)
			gdpr_put_byte(out, ' ');
		space = false;
		gdpr_put_folded(out, c);
	}
}

/* J**; of a name of one character nothing is shown. */
void
gdpr_name_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	uint32_t c;
	size_t first = gdpr_utf8_next(canonical, len, &c);

	if (first == 0 || gdpr_utf8_length(canonical, len) < 2)
		gdpr_put_string(out, "***");
	else
	{
		gdpr_put(out, canonical, first);
		gdpr_put_string(out, "**");
	}
}
