/*
 * bank_account.c
 *		National account numbers within an IBAN. The structures are those of the ISO 13616 registry. Check digits are
 *		looked at where the country publishes its rule and every bank keeps to it; bank codes are not looked up: the
 *		lists change, and some leave out the registry's own examples.
 */
#include "pii/classes/bank_account.h"

#include <string.h>

#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define MAX_ACCOUNT 30

/* clang-format off */
/* How many of what: n digits, a capitals, c either. */
static const struct
{
	char		country[3];
	const char *form;
}			structures[] = {
	{"AD", "8n12c"}, {"AE", "19n"}, {"AL", "8n16c"}, {"AT", "16n"}, {"AZ", "4a20c"}, {"BA", "16n"},
	{"BE", "12n"}, {"BG", "4a6n8c"}, {"BH", "4a14c"}, {"BI", "23n"}, {"BR", "23n1a1c"}, {"BY", "4c4n16c"},
	{"CH", "5n12c"}, {"CR", "18n"}, {"CY", "8n16c"}, {"CZ", "20n"}, {"DE", "18n"}, {"DJ", "23n"}, {"DK", "14n"},
	{"DO", "4a20n"}, {"EE", "16n"}, {"EG", "25n"}, {"ES", "20n"}, {"FI", "14n"}, {"FK", "2a12n"}, {"FO", "14n"},
	{"FR", "10n11c2n"}, {"GB", "4a14n"}, {"GE", "2a16n"}, {"GI", "4a15c"}, {"GL", "14n"}, {"GR", "7n16c"},
	{"GT", "24c"}, {"HN", "4a20n"}, {"HR", "17n"}, {"HU", "24n"}, {"IE", "4a14n"}, {"IL", "19n"},
	{"IQ", "4a15n"}, {"IS", "22n"}, {"IT", "1a10n12c"}, {"JO", "4a4n18c"}, {"KW", "4a22c"}, {"KZ", "3n13c"},
	{"LB", "4n20c"}, {"LC", "4a24c"}, {"LI", "5n12c"}, {"LT", "16n"}, {"LU", "3n13c"}, {"LV", "4a13c"},
	{"LY", "21n"}, {"MC", "10n11c2n"}, {"MD", "20c"}, {"ME", "18n"}, {"MK", "3n10c2n"}, {"MN", "16n"},
	{"MR", "23n"}, {"MT", "4a5n18c"}, {"MU", "4a19n3a"}, {"NI", "4a20n"}, {"NL", "4a10n"}, {"NO", "11n"},
	{"OM", "3n16c"}, {"PK", "4a16c"}, {"PL", "24n"}, {"PS", "4a21c"}, {"PT", "21n"}, {"QA", "4a21c"},
	{"RO", "4a16c"}, {"RS", "18n"}, {"RU", "14n15c"}, {"SA", "2n18c"}, {"SC", "4a20n3a"}, {"SD", "14n"},
	{"SE", "20n"}, {"SI", "15n"}, {"SK", "20n"}, {"SM", "1a10n12c"}, {"SO", "19n"}, {"ST", "21n"},
	{"SV", "4a20n"}, {"TL", "19n"}, {"TN", "20n"}, {"TR", "5n17c"}, {"UA", "6n19c"}, {"VA", "18n"},
	{"VG", "4a16n"}, {"XK", "16n"}, {"YE", "4a4n18c"}
};
/* clang-format on */

static bool
has_form(const char *form, const char *s, size_t len)
{
	size_t at = 0;

	while (*form != 0)
	{
		int count = 0;

		for (; gdpr_is_digit((unsigned char) *form); form++)
			count = count * 10 + (*form - '0');
		for (; count > 0; count--, at++)
		{
			unsigned char c = at < len ? (unsigned char) s[at] : 0;

			if (!((*form != 'a' && gdpr_is_digit(c)) || (*form != 'n' && c >= 'A' && c <= 'Z')))
				return false;
		}
		form++;
	}
	return at == len;
}

bool
gdpr_be_check(const char *digits)
{
	int check;

	if (!gdpr_all_digits(digits, 12))
		return false;
	check = (int) (gdpr_number(digits, 10) % 97);
	return (check == 0 ? 97 : check) == gdpr_digits_value(digits + 10, 2);
}

/* ISO 7064 over all of it: Portugal, Slovenia and what was Yugoslavia. */
static bool
mod97(const char *s)
{
	return gdpr_mod97(s, strlen(s), 0) == 1;
}

/* The key of a French account (RIB): letters count 1 to 9 in three runs. */
static bool
french(const char *s)
{
	int rest = 0;

	for (; *s != 0; s++)
	{
		int value = *s - '0';

		if (*s >= 'S')
			value = *s - 'S' + 2;
		else if (*s >= 'A')
			value = (*s - 'A') % 9 + 1;
		rest = (rest * 10 + value) % 97;
	}
	return rest == 0;
}

static bool
spanish_digit(const char *digits, const int *weights, int n, char check)
{
	int value = 11 - gdpr_weighted(digits, weights, n) % 11;

	return check == (char) ('0' + (value == 11 ? 0 : value == 10 ? 1 : value));
}

static bool
spanish(const char *s)
{
	static const int bank[] = {4, 8, 5, 10, 9, 7, 3, 6};
	static const int account[] = {1, 2, 4, 8, 5, 10, 9, 7, 3, 6};

	return spanish_digit(s, bank, 8, s[8]) && spanish_digit(s + 10, account, 10, s[9]);
}

/* The letter in front stands for the 22 characters behind it. */
static bool
italian(const char *s)
{
	return s[0] == gdpr_italian_letter(s + 1, 22);
}

static bool
norwegian(const char *s)
{
	static const int weights[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};

	return gdpr_weighted(s, weights, 11) % 11 == 0;
}

static bool
finnish(const char *s)
{
	return gdpr_luhn(s, 14);
}

/* 7, 3, 1 from the right; the bank's two digits do not count. */
static bool
estonian(const char *s)
{
	static const int weights[] = {7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7};

	return (10 - gdpr_weighted(s + 2, weights, 13) % 10) % 10 == s[15] - '0';
}

/* Czech and Slovak: bank, prefix, account. */
static bool
czech(const char *s)
{
	static const int weights[] = {6, 3, 7, 9, 10, 5, 8, 4, 2, 1};

	return gdpr_weighted(s + 4, weights + 4, 6) % 11 == 0 && gdpr_weighted(s + 10, weights, 10) % 11 == 0;
}

/* Bank and branch with their check digit, the account with its own. */
static bool
hungarian(const char *s)
{
	static const int weights[] = {9, 7, 3, 1, 9, 7, 3, 1, 9, 7, 3, 1, 9, 7, 3, 1};

	return gdpr_weighted(s, weights, 8) % 10 == 0 && gdpr_weighted(s + 8, weights, 16) % 10 == 0;
}

static bool
polish(const char *s)
{
	static const int weights[] = {3, 9, 7, 1, 3, 9, 7, 1};

	return gdpr_weighted(s, weights, 8) % 10 == 0;
}

static bool
croatian(const char *s)
{
	return gdpr_mod11_10(s, 7) && gdpr_mod11_10(s + 7, 10);
}

/* The last ten digits are the owner's kennitala. */
static bool
icelandic(const char *s)
{
	return gdpr_is_kennitala(s + 12);
}

static const struct
{
	char country[3];
	bool (*check)(const char *account);
} checks[] = {{"BA", mod97},	 {"BE", gdpr_be_check}, {"CZ", czech},	 {"EE", estonian},
			  {"ES", spanish},	 {"FI", finnish},		{"FR", french},	 {"HR", croatian},
			  {"HU", hungarian}, {"IS", icelandic},		{"IT", italian}, {"MC", french},
			  {"ME", mod97},	 {"MK", mod97},			{"MR", french},	 {"NO", norwegian},
			  {"PL", polish},	 {"PT", mod97},			{"RS", mod97},	 {"SI", mod97},
			  {"SK", czech},	 {"SM", italian},		{"TL", mod97},	 {"TN", french},
			  {"XK", mod97}};

static const char *
form_of(const char *country)
{
	for (size_t i = 0; i < sizeof(structures) / sizeof(structures[0]); i++)
	{
		if (memcmp(structures[i].country, country, 2) == 0)
			return structures[i].form;
	}
	return NULL;
}

bool
gdpr_bank_account(const char *country, const char *account, size_t len)
{
	const char *form = form_of(country);
	char s[MAX_ACCOUNT + 1];

	if (form == NULL || len > MAX_ACCOUNT || !has_form(form, account, len))
		return false;
	memcpy(s, account, len);
	s[len] = 0;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
	{
		if (memcmp(checks[i].country, country, 2) == 0)
			return checks[i].check(s);
	}
	return true;
}
