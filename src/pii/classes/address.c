/*
 * address.c
 *		Postal addresses: free text, or parts with commas or line ends between, of which the last may be a country
 *		("Wetstraat 16, 1000 Brussel, BE"). With a country the postal code must be one of that country.
 *
 *		The text stays as it was typed. Spellings of the box (12 bus 3, 12 bte 3, 12/3) are alike in the fold only.
 */
#include "pii/classes/classes.h"
#include "pii/classes/country.h"
#include "pii/classes/looks.h"
#include "pii/classes/utf8.h"

#define MAX_CHARACTERS 1000

#define NO_ADDRESS                                                                               \
	(GDPR_LOOKS_DATE | GDPR_LOOKS_AMOUNT | GDPR_LOOKS_UUID | GDPR_LOOKS_HASH | GDPR_LOOKS_IBAN | \
	 GDPR_LOOKS_EMAIL | GDPR_LOOKS_LINK | GDPR_LOOKS_NETWORK | GDPR_LOOKS_JSON)

typedef struct Part
{
	const char *s;
	size_t len;
} Part;

/*
 * Provinces, states and cantons, which end an address like a country does: Milano, MI is in no country MI, and
 * Genova, GE not in Georgia. The postal code tells: it is one of the country, or of the state that has such a region.
 */
static const struct
{
	char country[3];
	const char *regions;
} states[] = {
	{"IT", "AGALANAOAPAQARATAVBABGBIBLBNBOBRBSBTBZCACBCECHCICLCNCOCRCSCTCZENFCFEFGFIFMFRGEGOGRIMISKRLCLELILOL"
		   "TLUMBMCMEMIMN"
		   "MOMSMTNANONUOGORPAPCPDPEPGPIPNPOPRPTPUPVPZRARCRERGRIRMRNROSASISOSPSRSSSUSVTATETNTOTPTRTSTVUDVAVBV"
		   "CVEVIVRVSVTVV"},
	{"US", "AKALARAZCACOCTDCDEFLGAGUHIIAIDILINKSKYLAMAMDMEMIMNMOMPMSMTNCNDNENHNJNMNVNYOHOKORPAPRRISCSDTNTXUTV"
		   "AVIVTWAWIWVWY"},
	{"CA", "ABBCMBNBNLNSNTNUONPEQCSKYT"},
	{"CH", "AGAIARBEBLBSFRGEGLGRJULUNENWOWSGSHSOSZTGTIURVDVSZGZH"},
	{"BR", "ACALAMAPBACEDFESGOMAMGMSMTPAPBPEPIPRRJRNRORRRSSCSESPTO"},
	{"AU", "NTSAWA"},
};

/* Codes that people take for a country and ISO did not assign: an address that ends so has lost its country. */
static const char no_countries[] = "UKEUXXZZAAEL";

static bool
in_list(const char *list, const char *code)
{
	for (; *list != 0; list += 2)
	{
		if (memcmp(list, code, 2) == 0)
			return true;
	}
	return false;
}

/* The last part of *in, trimmed, which is cut off. */
static Part
cut_last(const char *in, size_t *len)
{
	size_t start = *len;
	Part part;

	while (start > 0 && in[start - 1] != ',' && in[start - 1] != '\n')
		start--;
	part.s = in + start;
	part.len = *len - start;
	gdpr_trim(&part.s, &part.len);
	*len = start > 0 ? start - 1 : 0;
	return part;
}

static size_t
count_digits(const Part *part)
{
	size_t count = 0;

	for (size_t i = 0; i < part->len; i++)
		count += gdpr_is_digit((unsigned char) part->s[i]);
	return count;
}

/*
 * A postal code at the start or the end of the part, of one to three words. Writes its usual form to out unless
 * that is NULL.
 */
static bool
find_postal_code(const char *country, const Part *part, GdprBuffer *out)
{
	size_t words = 0;

	for (size_t end = 1; end <= part->len && words < 3; end++)
	{
		if (end < part->len && part->s[end] != ' ')
			continue;
		words++;
		if (part->s[0] != ' ' && gdpr_postal_code_read(country, part->s, end, out))
			return true;
	}
	words = 0;
	for (size_t start = part->len; start > 0 && words < 3; start--)
	{
		if (start > 1 && part->s[start - 2] != ' ')
			continue;
		words++;
		if (gdpr_postal_code_read(country, part->s + start - 1, part->len - start + 1, out))
			return true;
	}
	return false;
}

/* Does this part, the last before the country, hold a postal code rather than a street and number? */
static bool
holds_postal_code(const char *country, const Part *part, bool only)
{
	size_t digits = 0;
	size_t words = 1;

	if (count_digits(part) < (gdpr_postal_code_usual(country) ? 1 : 3))
		return false;
	if (!only)
		return true;
	while (digits < part->len && gdpr_is_digit((unsigned char) part->s[digits]))
		digits++;
	for (size_t i = 0; i < part->len; i++)
		words += part->s[i] == ' ';
	return digits >= 4 && words <= 2 && (digits == part->len || part->s[digits] == ' ');
}

/* Splits off a country and the part before it; false when the text does not end in a country. */
static bool
read_country(const char *in, size_t len, Part *country, Part *locality, bool *only)
{
	*country = cut_last(in, &len);
	if (len == 0 || country->len != 2 || country->s[0] < 'A' || country->s[0] > 'Z' || country->s[1] < 'A' ||
		country->s[1] > 'Z')
		return false;
	*locality = cut_last(in, &len);
	*only = len == 0;
	return true;
}

/* "1012 SS": Dutch codes alone are told by their form. */
static bool
is_impossible_dutch(const char *in, size_t len)
{
	size_t letters = len - 2;

	return (len == 6 || (len == 7 && in[4] == ' ')) && gdpr_all_digits(in, 4) && in[0] != '0' &&
		   gdpr_is_letter((unsigned char) in[letters]) && gdpr_is_letter((unsigned char) in[letters + 1]) &&
		   !gdpr_postal_code_read("NL", in, len, NULL);
}

/* Is it a region, with a postal code of the state it is in? */
static bool
in_state(const Part *region, const Part *locality)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
	{
		if (in_list(states[i].regions, region->s) && find_postal_code(states[i].country, locality, NULL))
			return true;
	}
	return false;
}

static bool
valid_structure(const char *in, size_t len)
{
	Part country;
	Part locality;
	bool only;

	if (is_impossible_dutch(in, len))
		return false;
	if (!read_country(in, len, &country, &locality, &only))
		return true;
	if (!gdpr_country_known(country.s, 2))
		return !in_list(no_countries, country.s);
	return !holds_postal_code(country.s, &locality, only) || find_postal_code(country.s, &locality, NULL) ||
		   in_state(&country, &locality);
}

GdprCheck
gdpr_address_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	size_t start = out->len;
	size_t at = 0;
	size_t count = 0;
	bool letter = false;

	/* A number alone is a postal code, at best. */
	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);

		if (n == 0 || (gdpr_char_is_control(c) && c != '\n' && c != '\r') || gdpr_char_is_stray(c))
			return GDPR_INVALID;
		if (gdpr_is_letter(c) || (c >= 0xAA && !gdpr_char_is_space(c) && gdpr_char_digit(c) < 0))
			letter = true;
		at += n;
		count++;
	}
	if (count > MAX_CHARACTERS)
		return GDPR_TOO_LONG;
	if (!letter || gdpr_looks_like(in, len, NO_ADDRESS))
		return GDPR_INVALID;
	for (size_t i = 0; i < len; i++)
	{
		if (in[i] == '\r' && i + 1 < len && in[i + 1] == '\n')
			continue;
		gdpr_put_byte(out, in[i] == '\r' ? '\n' : in[i]);
	}
	if (!valid_structure(out->data + start, out->len - start))
		return GDPR_INVALID;
	return GDPR_VALID;
}

/* bus 3, bte 3, boîte 3, box 3, b 3 behind a house number. */
static bool
is_box_word(const char *s, size_t len)
{
	static const char *const words[] = {"bus", "bte", "boite", "box", "b", "postbus"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		if (gdpr_equal(s, len, words[i]))
			return true;
	}
	return false;
}

typedef struct Words
{
	GdprBuffer *out;
	size_t start; /* of the current word */
	bool number;  /* the word before is a house number */
	bool box;	  /* what comes next is its box */
} Words;

/* Decides what the word just written is, in the light of the one before. */
static void
end_word(Words *words, bool slash)
{
	GdprBuffer *out = words->out;

	if (out->overflow)
		return;
	if (out->len == words->start)
	{
		words->box = words->box || (slash && words->number);
		return;
	}
	if (words->number && !words->box && is_box_word(out->data + words->start, out->len - words->start))
	{
		out->len = words->start;
		words->box = true;
		return;
	}
	if (words->box)
		out->data[words->start - 1] = '/';
	words->number = !words->box && gdpr_is_digit((unsigned char) out->data[words->start]);
	words->box = words->number && slash;
	gdpr_put_byte(out, ' ');
	words->start = out->len;
}

/* Words in lower case without accents and punctuation, one space between, and a box as number/box. */
void
gdpr_address_fold(const char *canonical, size_t len, GdprBuffer *out)
{
	Words words = {.out = out, .start = out->len};
	size_t at = 0;
	uint32_t c;
	size_t n;

	for (; (n = gdpr_utf8_next(canonical + at, len - at, &c)) > 0; at += n)
	{
		c = gdpr_char_ascii(c);
		if (gdpr_is_letter(c) || gdpr_is_digit(c) || (c >= 0xAA && c != 0x2019))
			gdpr_put_folded(out, c);
		else if (c != '\'' && c != 0x2019)
			end_word(&words, c == '/');
	}
	end_word(&words, false);
	if (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
}

/* The region: "***** 10** BE". Without a country nothing is known to be harmless. */
void
gdpr_address_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	Part country;
	Part locality;
	bool only;
	char code[16];
	GdprBuffer postal = {code, 0, sizeof(code), false};

	gdpr_put_string(out, GDPR_HIDDEN);
	if (!read_country(canonical, len, &country, &locality, &only) || !gdpr_country_known(country.s, 2))
		return;
	if (holds_postal_code(country.s, &locality, only) && find_postal_code(country.s, &locality, &postal) &&
		postal.len >= 4)
	{
		gdpr_put_byte(out, ' ');
		gdpr_put(out, code, 2);
		gdpr_put_string(out, "**");
	}
	gdpr_put_byte(out, ' ');
	gdpr_put(out, country.s, 2);
}
