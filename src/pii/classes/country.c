/*
 * country.c
 *		Countries (ISO 3166-1), their postal codes and the length of their IBANs (ISO 13616 registry).
 */
#include "pii/classes/country.h"
#include "pii/classes/utf8.h"

/* clang-format off */
static const char known[] =
	"ADAEAFAGAIALAMAOAQARASATAUAWAXAZ" "BABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ"
	"CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ" "DEDJDKDMDODZ" "ECEEEGEHERESET" "FIFJFKFMFOFR"
	"GAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGY" "HKHMHNHRHTHU" "IDIEILIMINIOIQIRISIT" "JEJMJOJP"
	"KEKGKHKIKMKNKPKRKWKYKZ" "LALBLCLILKLRLSLTLULVLY" "MAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ"
	"NANCNENFNGNINLNONPNRNUNZ" "OM" "PAPEPFPGPHPKPLPMPNPRPSPTPWPY" "QA" "RERORSRURW"
	"SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZ" "TCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ" "UAUGUMUSUYUZ"
	"VAVCVEVGVIVNVU" "WFWS" "YEYT" "ZAZMZW";

/*
 * Forms of postal codes, with | between alternatives: 9 a digit, 1 a digit but 0, A a letter, X either; a hyphen or
 * space is written so and may be left out. The prefix is what people write before the code.
 */
static const struct
{
	char		country[3];
	const char *prefix;
	const char *forms;
}			rules[] = {
	{"AD", "AD", "199"}, {"AT", "A", "1999"}, {"AU", "", "9999"}, {"BE", "B", "1999"}, {"BG", "", "1999"},
	{"BR", "", "99999-999"}, {"CA", "", "A9A 9A9"}, {"CH", "CH", "1999"}, {"CN", "", "999999"}, {"CY", "CY", "1999"},
	{"CZ", "CZ", "199 99"}, {"DE", "D", "99999"}, {"DK", "DK", "9999"}, {"EE", "EE", "99999"}, {"ES", "E", "99999"},
	{"FI", "FI", "99999"}, {"FO", "FO", "199"}, {"FR", "F", "99999"},
	{"GB", "", "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA"}, {"GG", "", "GY9 9AA|GY99 9AA"},
	{"GL", "", "1999"}, {"GR", "GR", "199 99"}, {"HR", "HR", "19999"}, {"HU", "H", "1999"},
	{"IE", "", "A9X XXXX"}, {"IL", "", "9999999|99999"}, {"IM", "", "IM9 9AA|IM99 9AA"}, {"IN", "", "199999"},
	{"IS", "IS", "199"}, {"IT", "I", "99999"}, {"JE", "", "JE9 9AA"}, {"JP", "", "999-9999"}, {"KR", "", "99999"},
	{"LI", "FL", "9499|9489"}, {"LT", "LT", "99999"}, {"LU", "L", "9999"}, {"LV", "LV", "9999"}, {"MC", "", "980 99"},
	{"MT", "", "AAA 9999"}, {"MX", "", "99999"}, {"NL", "NL", "1999 AA"}, {"NO", "NO", "9999"}, {"NZ", "", "9999"},
	{"PL", "PL", "99-999"}, {"PT", "P", "1999-999"}, {"RO", "RO", "999999"}, {"RS", "", "99999"}, {"RU", "", "199999"},
	{"SE", "SE", "199 99"}, {"SG", "", "999999"}, {"SI", "SI", "1999"}, {"SK", "SK", "999 99"},
	{"SM", "", "4789|47899"}, {"TR", "TR", "99999"}, {"UA", "", "99999"}, {"US", "", "99999|99999-9999"},
	{"VA", "", "00120"}, {"ZA", "", "9999"}
};

/* Countries that write the code behind the locality, or on a line of its own. */
static const char trails[] = "AUBRCACNGBGGIEILIMINJEJPKRMTNZRUSGUAUSZA";

static const struct
{
	char		country[3];
	uint8_t		length;
}			ibans[] = {
	{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22},
	{"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27},
	{"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27},
	{"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28},
	{"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28},
	{"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22},
	{"MK", 19}, {"MN", 20}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
	{"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
	{"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
	{"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30}
};
/* clang-format on */

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

static bool
in_list(const char *list, const char *code)
{
	for (; *list != 0; list += 2)
	{
		if (list[0] == code[0] && list[1] == code[1])
			return true;
	}
	return false;
}

bool
gdpr_country_known(const char *code, size_t len)
{
	return len == 2 && in_list(known, code);
}

bool
gdpr_postal_code_leads(const char *country)
{
	return !in_list(trails, country);
}

int
gdpr_iban_length(const char *country)
{
	for (int i = 0; i < COUNT(ibans); i++)
	{
		if (memcmp(ibans[i].country, country, 2) == 0)
			return ibans[i].length;
	}
	return 0;
}

/* Matches letters and digits against one form, writing it out as it is usually written. */
static bool
match_form(const char *form, size_t form_len, const char *code, size_t len, GdprBuffer *out)
{
	size_t at = 0;

	for (size_t i = 0; i < form_len; i++)
	{
		char f = form[i];
		char c = at < len ? code[at] : 0;
		bool ok;

		if (f == ' ' || f == '-')
		{
			gdpr_put_byte(out, f);
			continue;
		}
		if (f == '9')
			ok = gdpr_is_digit((unsigned char) c);
		else if (f == '1')
			ok = c >= '1' && c <= '9';
		else if (f == 'A')
			ok = gdpr_is_letter((unsigned char) c);
		else if (f == 'X')
			ok = gdpr_is_digit((unsigned char) c) || gdpr_is_letter((unsigned char) c);
		else
			ok = c == f;
		if (!ok)
			return false;
		gdpr_put_byte(out, c);
		at++;
	}
	return at == len;
}

static bool
match_forms(const char *forms, const char *code, size_t len, GdprBuffer *out)
{
	for (;;)
	{
		size_t form_len = strcspn(forms, "|");
		size_t before = out->len;

		if (match_form(forms, form_len, code, len, out))
			return true;
		out->len = before;
		if (forms[form_len] == 0)
			return false;
		forms += form_len + 1;
	}
}

bool
gdpr_postal_code_read(const char *country, const char *in, size_t len, GdprBuffer *out)
{
	char code[16];
	char written[16];
	GdprBuffer form = {written, 0, sizeof(written), false};
	size_t n;
	size_t prefix = 0;

	if (!gdpr_compact(in, len, " -", code, sizeof(code), &n) || n == 0)
		return false;
	for (int i = 0; i < COUNT(rules); i++)
	{
		if (memcmp(rules[i].country, country, 2) != 0)
			continue;
		if (!match_forms(rules[i].forms, code, n, &form))
		{
			prefix = strlen(rules[i].prefix);
			if (prefix == 0 || n <= prefix || memcmp(code, rules[i].prefix, prefix) != 0)
				prefix = n > 2 && memcmp(code, country, 2) == 0 ? 2 : 0;
			if (prefix == 0 || !match_forms(rules[i].forms, code + prefix, n - prefix, &form))
				return false;
		}

		/* Never issued: they recall the occupation. */
		if (memcmp(country, "NL", 2) == 0 &&
			(memcmp(written + 5, "SA", 2) == 0 || memcmp(written + 5, "SD", 2) == 0 ||
			 memcmp(written + 5, "SS", 2) == 0))
			return false;
		if (out != NULL)
			gdpr_put(out, written, form.len);
		return true;
	}
	if (n < 2 || n > 12)
		return false;
	if (out != NULL)
		gdpr_put(out, code, n);
	return true;
}
