/*
 * postal_code.c
 *		Postal codes as a check by name: 1000, BE-1000, B-1000, 1012 JS NL. The country that is not named is the
 *		default one.
 */
#include "pii/classes/classes.h"
#include "pii/classes/country.h"
#include "pii/classes/utf8.h"

/* "BE-1000", "NL: 1012 JS", "BE 1000": a country in front. Its length with what follows it, or 0. */
static size_t
named_country(const char *in, size_t len, char *country)
{
	size_t at = 2;

	if (len < 4)
		return 0;
	country[0] = gdpr_upper(in[0]);
	country[1] = gdpr_upper(in[1]);
	if (!gdpr_country_known(country, 2) || strchr(" :-", in[2]) == NULL || in[2] == 0)
		return 0;
	while (at < len && (in[at] == ' ' || in[at] == ':' || in[at] == '-'))
		at++;
	return at;
}

/* Another country's code is stored with its country, or it would be read as one of the default country. */
static bool
put_named(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char country[3] = "";
	size_t skip = named_country(in, len, country);

	if (skip == 0 || !gdpr_postal_code_read(country, in + skip, len - skip, NULL))
		return false;
	if (memcmp(country, context->country, 2) != 0)
	{
		gdpr_put(out, country, 2);
		gdpr_put_byte(out, '-');
	}
	return gdpr_postal_code_read(country, in + skip, len - skip, out);
}

GdprCheck
gdpr_postal_code_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	/* Two letters and a space may be the start of a code; with a hyphen or colon they name a country. */
	bool plain = len > 2 && in[2] == ' ';

	if (!plain && put_named(in, len, context, out))
		return GDPR_VALID;
	if (gdpr_country_known(context->country, 2) && gdpr_postal_code_read(context->country, in, len, out))
		return GDPR_VALID;
	return plain && put_named(in, len, context, out) ? GDPR_VALID : GDPR_INVALID;
}
