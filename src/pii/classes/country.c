/*
 * country.c
 *		Countries (ISO 3166-1, and XK for Kosovo, as the EU writes it) and their postal codes.
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
	"VAVCVEVGVIVNVU" "WFWS" "XK" "YEYT" "ZAZMZW";

/*
 * Forms of postal codes (UPU), with | between alternatives: 9 a digit, 1 a digit but 0, A a letter, X either, and what
 * follows an apostrophe itself; a hyphen or space is written so and may be left out. The prefix is what people write
 * before the code.
 */
static const struct
{
	char		country[3];
	const char *prefix;
	const char *forms;
}			rules[] = {
	{"AD", "AD", "199"}, {"AF", "", "9999"}, {"AI", "", "'AI-2640"}, {"AL", "", "9999"}, {"AM", "", "9999"},
	{"AR", "", "9999|A9999AAA"}, {"AS", "", "'96799|'96799-9999"}, {"AT", "A", "1999"}, {"AU", "", "9999"},
	{"AX", "FI", "22999"}, {"AZ", "AZ", "9999"}, {"BA", "", "99999"}, {"BB", "", "BB99999"}, {"BD", "", "9999"},
	{"BE", "B", "1999"}, {"BG", "", "1999"}, {"BH", "", "999|9999"}, {"BL", "", "'97'133"}, {"BM", "", "AA XX"},
	{"BN", "", "AA9999"}, {"BR", "", "99999-999"}, {"BT", "", "99999"}, {"BY", "", "999999"},
	{"CA", "", "A9A 9A9"}, {"CC", "", "9999"}, {"CH", "CH", "1999"}, {"CL", "", "9999999"}, {"CN", "", "999999"},
	{"CO", "", "999999"}, {"CR", "", "99999"}, {"CU", "", "99999"}, {"CV", "", "9999"}, {"CX", "", "9999"},
	{"CY", "CY", "1999"}, {"CZ", "CZ", "199 99"}, {"DE", "D", "99999"}, {"DK", "DK", "9999"}, {"DO", "", "99999"},
	{"DZ", "", "99999"}, {"EC", "", "999999"}, {"EE", "EE", "99999"}, {"EG", "", "99999|9999999"},
	{"EH", "", "99999"}, {"ES", "E", "99999"}, {"ET", "", "9999"}, {"FI", "FI", "99999"}, {"FK", "", "FIQQ '1ZZ"},
	{"FM", "", "'96'999|'96'999-9999"}, {"FO", "FO", "199"}, {"FR", "F", "99999"},
	{"GB", "", "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA"}, {"GE", "", "9999"}, {"GF", "", "'97399"},
	{"GG", "", "GY9 9AA|GY99 9AA"}, {"GI", "", "G'X'1'1 '1'A'A"}, {"GL", "", "1999"}, {"GN", "", "999"},
	{"GP", "", "'97'199"}, {"GR", "GR", "199 99"}, {"GS", "", "SIQQ '1ZZ"}, {"GT", "", "99999"},
	{"GU", "", "'96'999|'96'999-9999"}, {"GW", "", "9999"}, {"HM", "", "9999"}, {"HN", "", "99999"},
	{"HR", "HR", "19999"}, {"HT", "", "9999"}, {"HU", "H", "1999"}, {"ID", "", "99999"}, {"IE", "", "A9X XXXX"},
	{"IL", "", "9999999|99999"}, {"IM", "", "IM9 9AA|IM99 9AA"}, {"IN", "", "199999"}, {"IO", "", "BBND '1ZZ"},
	{"IQ", "", "99999"}, {"IR", "", "99999-99999"}, {"IS", "IS", "199"}, {"IT", "I", "99999"},
	{"JE", "", "JE9 9AA"}, {"JO", "", "99999"}, {"JP", "", "999-9999"}, {"KE", "", "99999"}, {"KG", "", "999999"},
	{"KH", "", "99999|999999"}, {"KR", "", "99999"}, {"KW", "", "99999"}, {"KY", "", "KY9-9999"},
	{"KZ", "", "999999|A99A9A9"}, {"LA", "", "99999"}, {"LB", "", "9999|9999 9999"}, {"LC", "", "LC99 999"},
	{"LI", "FL", "9499|9489"}, {"LK", "", "99999"}, {"LR", "", "9999"}, {"LS", "", "999"}, {"LT", "LT", "99999"},
	{"LU", "L", "9999"}, {"LV", "LV", "9999"}, {"LY", "", "99999"}, {"MA", "", "99999"}, {"MC", "", "'980 99"},
	{"MD", "MD", "9999"}, {"ME", "", "99999"}, {"MF", "", "'97'150"}, {"MG", "", "999"},
	{"MH", "", "'96'999|'96'999-9999"}, {"MK", "", "9999"}, {"MM", "", "99999|9999999"},
	{"MN", "", "99999|999999"}, {"MP", "", "'96'999|'96'999-9999"}, {"MQ", "", "'97299"}, {"MS", "", "MSR 9999"},
	{"MT", "", "AAA 9999"}, {"MU", "", "X9999"}, {"MV", "", "99999"}, {"MX", "", "99999"}, {"MY", "", "99999"},
	{"MZ", "", "9999|9999-99"}, {"NA", "", "99999"}, {"NC", "", "'98899"}, {"NE", "", "9999"}, {"NF", "", "9999"},
	{"NG", "", "999999"}, {"NI", "", "99999"}, {"NL", "NL", "1999 AA"}, {"NO", "NO", "9999"}, {"NP", "", "99999"},
	{"NZ", "", "9999"}, {"OM", "", "999"}, {"PA", "", "9999"}, {"PE", "", "99999"}, {"PF", "", "'98799"},
	{"PG", "", "999"}, {"PH", "", "9999"}, {"PK", "", "99999"}, {"PL", "PL", "99-999"}, {"PM", "", "'97599"},
	{"PN", "", "PCRN '1ZZ"}, {"PR", "", "00999|00999-9999"}, {"PS", "", "999"}, {"PT", "P", "1999-999"},
	{"PW", "", "'96'999|'96'999-9999"}, {"PY", "", "9999|999999"}, {"RE", "", "'97499"}, {"RO", "RO", "999999"},
	{"RS", "", "99999"}, {"RU", "", "199999"}, {"SA", "", "99999|99999-9999"}, {"SD", "", "99999"},
	{"SE", "SE", "199 99"}, {"SG", "", "999999"}, {"SH", "", "'ASCN '1ZZ|STHL '1ZZ|TDCU '1ZZ"},
	{"SI", "SI", "1999"}, {"SJ", "", "9999"}, {"SK", "SK", "999 99"}, {"SM", "", "4789|47899"},
	{"SN", "", "99999"}, {"SO", "", "AA 99999"}, {"SV", "", "9999"}, {"SZ", "", "A999"}, {"TC", "", "TKC'A '1ZZ"},
	{"TF", "", "'98499"}, {"TH", "", "99999"}, {"TJ", "", "999999"}, {"TM", "", "999999"}, {"TN", "", "9999"},
	{"TR", "TR", "99999"}, {"TT", "", "999999"}, {"TW", "", "999|99999|999999"}, {"TZ", "", "99999"},
	{"UA", "", "99999"}, {"UM", "", "99999"}, {"US", "", "99999|99999-9999"}, {"UY", "", "99999"},
	{"UZ", "", "999999"}, {"VA", "", "00120"}, {"VC", "", "VC9999"}, {"VE", "", "9999|9999-A"},
	{"VG", "", "VG9999"}, {"VI", "", "00899|00899-9999"}, {"VN", "", "99999|999999"}, {"WF", "", "'98699"},
	{"XK", "", "99999"}, {"YT", "", "'97699"}, {"ZA", "", "9999"}, {"ZM", "", "99999"}
};

/* Countries where an address is rarely without a code. */
static const char usual[] =
	"ADATAUBEBGBRCACHCNCYCZDEDKEEESFIFOFRGBGGGLGRHRHUIEILIMINISIT"
	"JEJPKRLILTLULVMCMTNLNONZPLPTRORSRUSESGSISKSMTRUAUSVAZA";

/* Countries that write the code behind the locality, or on a line of its own. */
static const char trails[] = "AUBRCACNGBGGIEILIMINJEJPKRMTNZRUSGUAUSZA";
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
gdpr_postal_code_usual(const char *country)
{
	return in_list(usual, country);
}

bool
gdpr_postal_code_leads(const char *country)
{
	return !in_list(trails, country);
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
		if (f == '\'')
			ok = c == form[++i];
		else if (f == '9')
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
