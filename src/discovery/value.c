/*
 * value.c
 *		Looks at a value once, and asks only what its characters allow.
 *
 *		A check that takes what a person typed is generous; one that judges evidence must not be. So a telephone number
 *		here is no date, no version, no payment reference, and the classes' validators come after a look at the shape.
 */
#include "discovery/value.h"

#include <string.h>

#include "discovery/dictionary.h"
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define FOLDED_BYTES 256 /* longer texts are not in a list */
#define MAX_WORDS	 40
#define MIN_SENTENCE 6 /* words */

/* What a value is made of. */
typedef struct Made
{
	const char *text;
	size_t len;
	int letters;
	int small; /* letters in lower case */
	int digits;
	int spaces;
	int signs; /* neither */
	int at;	   /* @ */
	int dots;
	int colons;
	int hyphens;
	int slashes;
	int commas;
	int groups; /* runs of digits */
	int group_len[6];
} Made;

/* The words of a value, folded, one space between; where each begins. */
typedef struct Words
{
	char text[FOLDED_BYTES];
	size_t start[MAX_WORDS + 1];
	int count;
	bool capital[MAX_WORDS]; /* began with a capital */
	bool cut;				 /* there were more */
} Words;

static void
count_characters(const char *text, size_t len, Made *made)
{
	bool in_digits = false;

	memset(made, 0, sizeof(*made));
	made->text = text;
	made->len = len;
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];
		bool digit = gdpr_is_digit(c);

		if (digit)
		{
			if (!in_digits && made->groups++ < 6)
				made->group_len[made->groups - 1] = 0;
			if (made->groups <= 6)
				made->group_len[made->groups - 1]++;
			made->digits++;
		}
		else if (gdpr_is_letter(c))
		{
			made->letters++;
			made->small += c >= 'a';
		}
		else if (c >= 0x80)
		{
			made->letters += (c & 0xC0) != 0x80;
			made->small++;
		}
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			made->spaces++;
		else
		{
			made->signs++;
			made->at += c == '@';
			made->dots += c == '.';
			made->colons += c == ':';
			made->hyphens += c == '-';
			made->slashes += c == '/';
			made->commas += c == ',';
		}
		in_digits = digit;
	}
}

static void
read_words(const char *text, size_t len, Words *words)
{
	GdprBuffer out = {words->text, 0, FOLDED_BYTES - 1, false};
	bool inside = false;

	words->count = 0;
	words->cut = false;
	for (size_t at = 0, n; at < len; at += n)
	{
		uint32_t c;
		bool part;

		n = gdpr_utf8_next(text + at, len - at, &c);
		if (n == 0)
			break;
		part = gdpr_is_letter(c) || gdpr_is_digit(c) || c >= 0xC0 || ((c == '\'' || c == 0x2019) && inside);
		if (part && !inside)
		{
			if (words->count == MAX_WORDS || out.len + 8 > out.cap)
			{
				words->cut = true;
				break;
			}
			if (words->count > 0)
				gdpr_put_byte(&out, ' ');
			words->capital[words->count] = gdpr_char_lower(c) != c;
			words->start[words->count++] = out.len;
		}
		if (part && c != '\'' && c != 0x2019)
			gdpr_put_folded(&out, gdpr_char_lower(c));
		else if (part)
			gdpr_put_byte(&out, ' '); /* d'Hondt: two words to the lists, one to us */
		inside = part;
	}
	words->cut |= out.overflow;
	words->text[out.len] = '\0';
	words->start[words->count] = out.len + 1;
}

static size_t
word_len(const Words *words, int i)
{
	return words->start[i + 1] - words->start[i] - 1;
}

static uint32_t
lists_of_word(const Words *words, int i)
{
	const char *word = words->text + words->start[i];
	size_t len = word_len(words, i);

	for (size_t j = 0; j < len; j++)
		if (!gdpr_is_letter((unsigned char) word[j]) && word[j] != ' ')
			return 0;
	return gdpr_dictionary_lists(word, len);
}

static bool
valid(GdprCheck (*normalise)(const char *, size_t, const GdprContext *, GdprBuffer *), const char *text,
	  size_t len, const GdprContext *context)
{
	char room[2 * GDPR_VALUE_BYTES + 64];
	GdprBuffer out = {room, 0, sizeof(room), false};

	return normalise(text, len, context, &out) == GDPR_VALID && !out.overflow;
}

static bool
only(const char *text, size_t len, const char *signs)
{
	for (size_t i = 0; i < len; i++)
		if (!gdpr_is_digit((unsigned char) text[i]) && strchr(signs, text[i]) == NULL)
			return false;
	return true;
}

/* 2024-01-31, 31/01/2024, 31.1.2024, with or without a time behind it. */
static int
year_of_date(const Made *made)
{
	int first = made->group_len[0];
	const char *text = made->text;
	int year = 0;
	char sign;

	if (made->groups < 3 || made->len < 8 || !gdpr_is_digit((unsigned char) text[0]) || made->letters > 2)
		return 0;
	sign = text[first];
	if ((sign != '-' && sign != '/' && sign != '.') ||
		made->len <= (size_t) (first + 1 + made->group_len[1]) ||
		text[first + 1 + made->group_len[1]] != sign || made->group_len[1] > 2)
		return 0;
	if (first == 4 && made->group_len[2] <= 2)
		year = gdpr_digits_value(text, 4);
	else if (first <= 2 && made->group_len[2] == 4)
		year = gdpr_digits_value(text + first + 2 + made->group_len[1], 4);
	return year >= 1800 && year <= 2200 ? year : 0;
}

/* Something else than zeros behind a date. */
static bool
has_time(const Made *made)
{
	for (size_t i = 10; i < made->len; i++)
		if (made->text[i] >= '1' && made->text[i] <= '9')
			return made->colons > 0;
	return false;
}

/* 8-4-4-4-12 */
static bool
is_uuid(const Made *made)
{
	if (made->len != 36 || made->hyphens != 4)
		return false;
	for (int i = 0; i < 36; i++)
	{
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? made->text[i] != '-' : !gdpr_is_hex((unsigned char) made->text[i]))
			return false;
	}
	return true;
}

static bool
begins(const Made *made, const char *with)
{
	size_t len = strlen(with);

	return made->len >= len && memcmp(made->text, with, len) == 0;
}

static bool
is_hash(const Made *made)
{
	if (begins(made, "$2") || begins(made, "$argon2") || begins(made, "pbkdf2") || begins(made, "$P$") ||
		begins(made, "$6$"))
		return true;
	if (made->len < 24 || made->spaces > 0 || made->digits < 3 || made->letters < 3 || made->at > 0 ||
		made->dots > 1)
		return false;
	if (made->signs == 0)
	{
		/* hexadecimal, or letters and digits too mixed for a word */
		for (size_t i = 0; i < made->len; i++)
			if (!gdpr_is_hex((unsigned char) made->text[i]))
				return made->len >= 32 && made->digits * 8 > made->letters;
		return true;
	}
	return made->len >= 32 && made->digits * 8 > made->letters && made->signs <= 3 && made->colons == 0;
}

static bool
has_text(const Made *made, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= made->len; i++)
		if (memcmp(made->text + i, what, len) == 0)
			return true;
	return false;
}

/* 555-123-4567, 408 496-7223, (555) 123-4567, 1 (11) 500 555-0162 */
static bool
is_north_american(const Made *made)
{
	const int *group = made->group_len;
	int first = made->groups - 3;

	if (first < 0 || made->groups > 5 || made->spaces + made->signs < 2 || made->letters > 0)
		return false;
	return group[first] == 3 && group[first + 1] == 3 && group[first + 2] == 4 &&
		   (first == 0 || group[0] <= 3) && made->commas == 0;
}

/* 21 259 903 5696: only spaces between three groups or more, which are not thousands. */
static bool
is_grouped(const Made *made)
{
	bool thousands = true;

	if (made->groups < 3 || made->groups > 5 || made->signs + made->letters > 0 ||
		made->spaces != made->groups - 1 || made->digits > 12)
		return false;
	for (int i = 1; i < made->groups; i++)
		thousands &= made->group_len[i] == 3;
	for (int i = 0; i < made->groups; i++)
		if (made->group_len[i] < 2 || made->group_len[i] > 4)
			return false;
	return !thousands;
}

/* Digits with the signs of a telephone number, and no form of something else. */
static bool
may_be_phone(const Made *made)
{
	size_t plus = 0;

	if (made->digits < 7 || made->digits > 17 || made->letters > 3 || made->at > 0 || made->colons > 0 ||
		made->commas > 0)
		return false;
	while (plus < made->len && made->text[plus] == '+')
		plus++;
	if (plus > 1 || year_of_date(made) != 0)
		return false;
	if (!only(made->text, made->len, "+()/.- x") || made->text[made->len - 1] == '-' || made->text[0] == '-')
		return false;
	if (made->dots == 1 && made->spaces + made->signs == 1)
		return false; /* 1234567.89 */
	if (made->groups == 3 && made->group_len[0] == 3 && made->group_len[1] == 2 && made->group_len[2] == 4)
		return false;													/* a social security number */
	return !(made->groups == 4 && made->dots == 3 && made->signs == 3); /* an address or a version */
}

static bool
is_phone(const Made *made, const GdprContext *context)
{
	const char *text = made->text;

	if (is_north_american(made))
		return true;
	if (made->digits < 8 || made->digits > 15)
		return false;
	if (text[0] == '+' && made->len > 1 && text[1] >= '1' && text[1] <= '9')
		return true;
	if (is_grouped(made))
		return true;
	if (text[0] == '(' && made->groups >= 2 && made->group_len[0] <= 5)
		return true;
	if (text[0] == '0' && made->digits >= 9 && made->digits <= 12 && made->spaces + made->signs >= 1)
		return made->groups <= 6 && valid(gdpr_phone_normalise, text, made->len, context);
	return false;
}

static uint64_t
look_at_digits(const Made *made, const GdprContext *context, GdprValueLook *look)
{
	uint64_t traits = 0;
	const char *text = made->text;
	size_t len = made->len;
	bool reference =
		begins(made, "+++") || begins(made, "***"); /* a payment reference has the check of a card */

	if (reference)
		return 0;
	if ((look->year = year_of_date(made)) != 0)
		return GDPR_TRAIT_BIT(GDPR_TRAIT_DATE) | (has_time(made) ? GDPR_TRAIT_BIT(GDPR_TRAIT_TIMED) : 0);
	if (may_be_phone(made))
	{
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_PHONE_LOOSE);
		if (is_phone(made, context))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_PHONE);
	}
	if (!only(text, len, " .-/"))
		return traits;
	if (made->digits >= 13 && made->digits <= 19 && valid(gdpr_payment_card_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_PAYMENT_CARD);
	if (made->digits == 15 && valid(gdpr_imei_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_IMEI);
	if (made->digits >= 19 && made->digits <= 20 && begins(made, "89") &&
		valid(gdpr_iccid_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_ICCID);
	if (made->digits == 11 && (valid(gdpr_be_national_number_normalise, text, len, context) ||
							   valid(gdpr_be_bis_normalise, text, len, context) ||
							   valid(gdpr_de_steuer_id_normalise, text, len, context)))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_NATIONAL_ID);
	if (made->digits == 15 && valid(gdpr_fr_nir_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_NATIONAL_ID);
	if (made->digits == 9 && valid(gdpr_nl_bsn_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_BSN);
	if (made->groups == 3 && made->group_len[0] == 3 && made->group_len[1] == 2 && made->group_len[2] == 4 &&
		made->len == 11 && made->hyphens == 2)
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_SSN);
	if (made->digits == 12 && valid(gdpr_id_card_normalise, text, len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_ID_CARD);
	return traits;
}

/* 1234 AB, SW1A 1AA, T2P 2T3, 12345-6789, 4 to 6 digits */
static bool
is_postal_code(const Made *made)
{
	if (made->len < 4 || made->len > 10 || made->small > 0 || made->digits == 0 || made->signs > 1 ||
		made->spaces > 1)
		return false;
	if (made->letters == 0)
		return made->groups == 1 ? made->digits >= 4 && made->digits <= 6 && made->signs + made->spaces == 0
								 : (made->groups == 2 && made->hyphens + made->spaces == 1 &&
									made->digits >= 5 && made->digits <= 9);
	if (made->letters == 2 && made->digits == 4 && made->group_len[0] == 4)
		return true;
	if (made->letters == 3 && made->digits == 3 && made->groups == 3)
		return true;
	return made->spaces == 1 && made->digits <= 3 && made->letters >= 3 && made->letters <= 5 &&
		   made->signs == 0;
}

static uint64_t
look_at_code(const Made *made, const GdprContext *context, GdprValueLook *look)
{
	uint64_t traits = 0;
	char compact[40];
	size_t n;

	if (is_uuid(made))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_UUID);
	if (is_hash(made))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_HASH);
	if (made->at == 1 && made->spaces == 0 && made->dots > 0 &&
		valid(gdpr_email_normalise, made->text, made->len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_EMAIL);
	if (begins(made, "http://") || begins(made, "https://") || begins(made, "www."))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_URL);
	if (begins(made, "Mozilla/") || has_text(made, "AppleWebKit") || has_text(made, "Gecko/") ||
		begins(made, "Opera/") || begins(made, "Dalvik/"))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_USERAGENT);
	if (made->groups == 4 && made->dots == 3 && made->letters == 0 && made->signs == 3 &&
		valid(gdpr_ip_normalise, made->text, made->len, context))
	{
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_IPV4);
		look->first_octet = gdpr_digits_value(made->text, made->group_len[0]);
	}
	if (made->colons >= 2 && made->spaces == 0 && made->len <= 45)
	{
		if (made->len == 17 && made->colons == 5 && valid(gdpr_mac_normalise, made->text, made->len, context))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_MAC);
		else if (made->letters + made->digits + made->colons == (int) made->len &&
				 (made->letters > 0 || has_text(made, "::")) &&
				 valid(gdpr_ip_normalise, made->text, made->len, context))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_IPV6);
	}
	if (made->len == 17 && made->hyphens == 5 && valid(gdpr_mac_normalise, made->text, made->len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_MAC);
	if (made->digits >= 4 && made->letters >= 1 && made->len <= 42 && made->at == 0 &&
		gdpr_compact(made->text, made->len, GDPR_SEPARATORS, compact, sizeof(compact), &n))
	{
		if (n >= 15 && gdpr_is_letter((unsigned char) compact[0]) &&
			gdpr_is_letter((unsigned char) compact[1]) && gdpr_is_digit((unsigned char) compact[2]) &&
			valid(gdpr_iban_normalise, made->text, made->len, context))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_IBAN);
		if (gdpr_is_foreign_id(compact, n) ||
			(n == 15 && valid(gdpr_fr_nir_normalise, made->text, made->len, context)))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_NATIONAL_ID);
	}
	if (made->letters == 1 && made->digits >= 2 && made->dots == 1 && made->len >= 4 && made->len <= 6 &&
		!gdpr_is_digit((unsigned char) made->text[0]) && made->text[3] == '.' &&
		valid(gdpr_icd10_normalise, made->text, made->len, context))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_ICD);
	if (is_postal_code(made))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_POSTAL_CODE);
	if (made->dots == 1 && made->digits >= 5 && made->letters == 0 && made->spaces == 0 &&
		made->groups == 2 && made->group_len[0] <= 3 && made->group_len[1] >= 4)
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_COORDINATE);
	if ((made->spaces == 0 && made->small == 0 && made->letters > 0 && made->len > 1) ||
		(made->spaces == 0 && memchr(made->text, '_', made->len) != NULL))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_CODE);
	if (made->spaces == 0 && made->letters >= 3 && made->at == 0 && made->len <= 40 &&
		(made->digits > 0 || made->dots > 0))
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_HANDLE);
	return traits;
}

/* A word for a street, and a number; or a number around a few words, which only a name can tell from a size. */
static uint64_t
look_for_street(const Made *made, const Words *words)
{
	static const char *const ends[] = {"straat", "laan",   "steenweg", "strasse", "weg",   "plein", "dreef",
									   "gracht", "singel", "str",	   "gasse",	  "platz", "allee", "kaai",
									   "kade",	 "dijk",   "baan",	   "hof",	  "lei",   "ring"};
	bool street = false;
	bool letters_only = false;

	if (words->count < 2 || words->count > 12 || words->cut || made->at > 0 || made->colons > 0)
		return 0;
	for (int i = 0; i < words->count; i++)
	{
		const char *word = words->text + words->start[i];
		size_t len = word_len(words, i);

		letters_only |= len >= 3 && !gdpr_is_digit((unsigned char) word[0]);
		street |= (lists_of_word(words, i) & GDPR_LIST_STREET) != 0;
		for (size_t j = 0; !street && j < sizeof(ends) / sizeof(ends[0]); j++)
		{
			size_t end = strlen(ends[j]);

			street = len > end + 2 && memcmp(word + len - end, ends[j], end) == 0;
		}
	}
	if (street && (made->digits > 0 || words->count >= 2) && letters_only)
		return GDPR_TRAIT_BIT(GDPR_TRAIT_NUMBER_AND_WORDS) |
			   (made->digits > 0 && made->digits < 10 ? GDPR_TRAIT_BIT(GDPR_TRAIT_STREET) : 0);
	if (made->digits > 0 && made->digits <= 6 && letters_only &&
		(gdpr_is_digit((unsigned char) made->text[0]) ||
		 gdpr_is_digit((unsigned char) words->text[words->start[words->count - 1]])))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_NUMBER_AND_WORDS);
	return 0;
}

/* Names of people: of words that are no particles, at most five, most of them in the lists. */
static uint64_t
look_for_name(const Made *made, const Words *words)
{
	uint64_t traits = 0;
	int first = 0;
	int last = 0;
	int either = 0;
	int counted = 0;
	bool begins_with_first = false;
	uint32_t company = 0;

	if (made->digits > 0 || made->at > 0 || words->count == 0 || words->count > 6 || words->cut)
		return 0;
	for (int i = 0; i < words->count; i++)
	{
		uint32_t lists = lists_of_word(words, i);

		company |= lists & GDPR_LIST_COMPANY;
		if ((lists & (GDPR_LIST_PARTICLE | GDPR_LIST_HONORIFIC)) &&
			!(lists & GDPR_LIST_FIRST && words->count == 1))
			continue;
		if (word_len(words, i) == 1)
			continue; /* an initial */
		counted++;
		if ((lists & GDPR_LIST_FIRST) && counted == 1)
			begins_with_first = true;
		first += (lists & GDPR_LIST_FIRST) != 0;
		last += (lists & GDPR_LIST_LAST) != 0;
		either += (lists & (GDPR_LIST_FIRST | GDPR_LIST_LAST)) != 0;
	}
	if (company && counted > 1)
		return GDPR_TRAIT_BIT(GDPR_TRAIT_COMPANY);
	if (counted == 0 || counted > 4)
		return 0;
	if (begins_with_first && counted <= 2)
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_FIRST_NAME);
	if (last > 0 && counted <= 2)
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_LAST_NAME);
	if (counted >= 2 && first > 0 && either >= 2 && (last > 0 || first >= 2) && either * 2 > counted)
		traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_FULL_NAME);
	return traits;
}

static uint64_t
look_in_lists(const Made *made, const Words *words)
{
	static const struct
	{
		uint32_t list;
		GdprTrait trait;
	} whole[] = {
		{GDPR_LIST_PLACE, GDPR_TRAIT_PLACE},		   {GDPR_LIST_REGION, GDPR_TRAIT_REGION},
		{GDPR_LIST_REGIONCODE, GDPR_TRAIT_REGION},	   {GDPR_LIST_GENDER, GDPR_TRAIT_GENDER},
		{GDPR_LIST_MARITAL, GDPR_TRAIT_MARITAL},	   {GDPR_LIST_NATIONALITY, GDPR_TRAIT_NATIONALITY},
		{GDPR_LIST_OCCUPATION, GDPR_TRAIT_OCCUPATION}, {GDPR_LIST_THING, GDPR_TRAIT_THING}};
	uint32_t lists;
	uint64_t traits = 0;

	if (made->digits > 0 || words->count == 0 || words->count > 6 || words->cut)
		return 0;
	lists = gdpr_dictionary_lists(words->text, strlen(words->text));
	if (words->count > 1)
		for (int i = 0; i < words->count; i++)
			lists |= lists_of_word(words, i) & GDPR_LIST_OCCUPATION;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (lists & whole[i].list)
			traits |= GDPR_TRAIT_BIT(whole[i].trait);
	return traits;
}

/* A piece of a longer text that is between spaces, without the signs around it. */
static uint64_t
look_at_piece(const char *text, size_t len, const GdprContext *context)
{
	Made made;

	while (len > 0 && strchr(".,;:!?()<>\"'[]", text[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr("(<\"'[", *text) != NULL)
	{
		text++;
		len--;
	}
	if (len < 6 || len > 100)
		return 0;
	count_characters(text, len, &made);
	if (made.at == 1 && made.dots > 0 && valid(gdpr_email_normalise, text, len, context))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_EMAIL);
	if (made.digits == 11 && made.letters == 0 && made.dots >= 2 &&
		valid(gdpr_be_national_number_normalise, text, len, context))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_NATIONAL_ID);
	if (made.digits >= 12 && made.letters >= 2 && made.letters <= 20 &&
		gdpr_is_letter((unsigned char) text[0]) && valid(gdpr_iban_normalise, text, len, context))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_IBAN);
	if (may_be_phone(&made) && (text[0] == '+' || text[0] == '0') && is_phone(&made, context))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_PHONE);
	return 0;
}

/* Runs of digits in several pieces: +32 470 12 34 56, BE68 5390 0754 7034. */
static uint64_t
look_at_run(const char *text, size_t len, const GdprContext *context)
{
	Made made;
	size_t end = 0;

	while (end < len && (gdpr_is_digit((unsigned char) text[end]) || strchr("+()/.- ", text[end]) != NULL))
		end++;
	while (end > 0 && !gdpr_is_digit((unsigned char) text[end - 1]))
		end--;
	if (end < 9 || end > 24)
		return 0;
	count_characters(text, end, &made);
	if (may_be_phone(&made) && (text[0] == '+' || text[0] == '0') && is_phone(&made, context))
		return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_PHONE);
	return 0;
}

/* Groups of capitals and digits; valid at the end of one of them. */
static uint64_t
look_at_iban_run(const char *text, size_t len, const GdprContext *context)
{
	size_t end = 4;

	while (end + 1 < len && end < 42 && text[end] == ' ')
	{
		for (end++; end < len &&
					(gdpr_is_digit((unsigned char) text[end]) || (text[end] >= 'A' && text[end] <= 'Z'));)
			end++;
		if (end >= 15 && end <= 42 && text[end - 1] != ' ' && valid(gdpr_iban_normalise, text, end, context))
			return GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_IBAN);
	}
	return 0;
}

static uint64_t
look_inside(const Made *made, const Words *words, const GdprContext *context)
{
	uint64_t traits = 0;
	size_t at = 0;

	while (at < made->len)
	{
		const char *text = made->text + at;
		const char *space = memchr(text, ' ', made->len - at);
		size_t len = space != NULL ? (size_t) (space - text) : made->len - at;

		traits |= look_at_piece(text, len, context);
		if (len >= 2 && (*text == '+' || *text == '0') && !(text[0] == '+' && text[1] == '+'))
			traits |= look_at_run(text, made->len - at, context);
		if (len == 4 && gdpr_is_letter((unsigned char) text[0]) && gdpr_is_letter((unsigned char) text[1]) &&
			gdpr_is_digit((unsigned char) text[2]) && gdpr_is_digit((unsigned char) text[3]))
			traits |= look_at_iban_run(text, made->len - at, context);
		at += len + 1;
	}
	for (int i = 0; i + 1 < words->count; i++)
	{
		if (words->capital[i] && words->capital[i + 1] && (lists_of_word(words, i) & GDPR_LIST_FIRST) &&
			(lists_of_word(words, i + 1) & GDPR_LIST_LAST) && !(lists_of_word(words, i) & GDPR_LIST_THING))
			traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_HOLDS_NAME);
	}
	return traits;
}

void
gdpr_look_at(const char *value, size_t len, const GdprContext *context, GdprValueLook *look)
{
	Made made;
	Words words;

	memset(look, 0, sizeof(*look));
	look->first_octet = -1;
	gdpr_trim(&value, &len);
	if (len > GDPR_VALUE_BYTES)
		len = GDPR_VALUE_BYTES;
	if (len == 0)
		return;
	count_characters(value, len, &made);
	look->digits = made.digits;
	if (made.digits > 0)
		look->traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_HAS_DIGIT);
	if (made.digits == (int) len)
		look->traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_DIGITS);
	if (made.letters == 0 && made.digits > 0 && only(value, len, ".,-+"))
		look->traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_NUMERIC);
	if (*value == '{' || *value == '[' || *value == '<')
		look->traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_MARKUP);
	if (made.letters <= 3 && made.digits > 0)
		look->traits |= look_at_digits(&made, context, look);
	if (made.spaces < 8)
		look->traits |= look_at_code(&made, context, look);
	if (made.letters == 0)
		return;
	read_words(value, len, &words);
	look->words = made.spaces + 1;
	look->traits |=
		look_for_street(&made, &words) | look_for_name(&made, &words) | look_in_lists(&made, &words);
	if (made.spaces + 1 >= MIN_SENTENCE && !(look->traits & GDPR_TRAIT_BIT(GDPR_TRAIT_USERAGENT)))
		look->traits |= GDPR_TRAIT_BIT(GDPR_TRAIT_SENTENCE);
	if (made.spaces >= 1 || (look->traits & GDPR_TRAIT_BIT(GDPR_TRAIT_MARKUP)))
		look->traits |= look_inside(&made, &words, context);
}
