/*
 * national_numbers.c
 *		The numbers of people in Europe but Belgium, the Netherlands, France and Germany, which are in national_id.c.
 *
 *		Some have no check digit, or need not keep to it (Danish since 2007, Latvian since 2017, Czech and Slovak before
 *		1954), and some are a row of digits with one check: of these the country is kept, and asked for or told by the
 *		groups in which the number is written.
 */
#include "pii/classes/national_numbers.h"

#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

static GdprCheck
put_if(bool valid, const char *s, size_t len, GdprBuffer *out)
{
	if (valid)
		gdpr_put(out, s, len);
	return valid ? GDPR_VALID : GDPR_INVALID;
}

static int
digit(const char *s, size_t at)
{
	return s[at] - '0';
}

static bool
is_date(int year, int month, int day)
{
	return day >= 1 && day <= gdpr_days_in_month(year, month);
}

/* A day and month for which some year of two digits has them. */
static bool
is_day_of(const char *year, const char *month, const char *day)
{
	int value = gdpr_digits_value(year, 2);

	return is_date(2000 + value, gdpr_digits_value(month, 2), gdpr_digits_value(day, 2));
}

/* Austria, social insurance: serial number, check digit, birthday. Month 13 and more: the serials ran out. */
static GdprCheck
at_vnr(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {3, 7, 9, 0, 5, 8, 4, 2, 1, 6};
	char s[10];

	return put_if(gdpr_read_digits(in, len, s, 10) && s[0] != '0' &&
					  gdpr_weighted(s, weights, 10) % 11 == digit(s, 3) && gdpr_digits_value(s + 4, 2) >= 1 &&
					  gdpr_digits_value(s + 4, 2) <= 31 && gdpr_digits_value(s + 6, 2) >= 1 &&
					  gdpr_digits_value(s + 6, 2) <= 15,
				  s, 10, out);
}

/* Austria, tax: office, number, and a Luhn check. */
static GdprCheck
at_tin(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[9];

	return put_if(gdpr_read_digits(in, len, s, 9) && gdpr_number(s, 9) != 0 && gdpr_luhn(s, 9), s, 9, out);
}

/* France, tax: ten digits, their rest by 511. */
static GdprCheck
fr_spi(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[13];

	return put_if(gdpr_read_digits(in, len, s, 13) && s[0] <= '3' && gdpr_number(s, 13) != 0 &&
					  (int) (gdpr_number(s, 10) % 511) == gdpr_digits_value(s + 10, 3),
				  s, 13, out);
}

/* Bulgaria: the month carries the century. */
static GdprCheck
bg_egn(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
	char s[10];
	int month;
	int year;

	if (!gdpr_read_digits(in, len, s, 10))
		return GDPR_INVALID;
	month = gdpr_digits_value(s + 2, 2);
	year = month > 40 ? 2000 : month > 20 ? 1800 : 1900;
	return put_if(is_date(year + gdpr_digits_value(s, 2), month % 20, gdpr_digits_value(s + 4, 2)) &&
					  gdpr_weighted(s, weights, 9) % 11 % 10 == digit(s, 9),
				  s, 10, out);
}

/* Bulgaria, foreigners. */
static GdprCheck
bg_lnch(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {21, 19, 17, 13, 11, 9, 7, 3, 1};
	char s[10];

	return put_if(gdpr_read_digits(in, len, s, 10) && gdpr_number(s, 10) != 0 &&
					  gdpr_weighted(s, weights, 9) % 10 == digit(s, 9),
				  s, 10, out);
}

/* Switzerland: 756 and a number as on goods (EAN-13). */
static GdprCheck
ch_ahv(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1};
	char s[13];

	return put_if(gdpr_read_digits(in, len, s, 13) && memcmp(s, "756", 3) == 0 &&
					  gdpr_weighted(s, weights, 13) % 10 == 0,
				  s, 13, out);
}

/* The date of a Czech or Slovak number: women 50 months later, 20 or 70 when the serials ran out. */
static bool
birth_number(const char *in, size_t len, char *s, size_t n)
{
	int year;
	int month;

	if (!gdpr_read_digits(in, len, s, n))
		return false;
	year = gdpr_digits_value(s, 2);
	month = gdpr_digits_value(s + 2, 2) % 50;
	if (n == 9)
		year += year >= 54 ? 1800 : 1900;
	else
		year += year >= 54 ? 1900 : 2000;
	month -= month > 20 && year >= 2004 ? 20 : 0;
	return is_date(year, month, gdpr_digits_value(s + 4, 2));
}

static GdprCheck
cz_rc(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[10];
	uint64_t rest;

	if (!birth_number(in, len, s, 10))
		return GDPR_INVALID;

	/* Until 1985 some have a rest of 10 and the check digit 0. */
	rest = gdpr_number(s, 9) % 11;
	return put_if((int) (rest % 10) == digit(s, 9) && (rest != 10 || gdpr_digits_value(s, 2) < 86), s, 10,
				  out);
}

/* Before 1954: no check digit. */
static GdprCheck
cz_rc_old(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[9];

	return put_if(birth_number(in, len, s, 9), s, 9, out);
}

/* Denmark: birthday, four digits; the last was a check digit until the birthdays with many people ran out. */
static GdprCheck
dk_cpr(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[10];

	return put_if(gdpr_read_digits(in, len, s, 10) && is_day_of(s + 4, s + 2, s), s, 10, out);
}

/* Estonia and Lithuania: sex and century, birthday, serial number. */
static bool
baltic(const char *s)
{
	static const int first[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1};
	static const int second[] = {3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
	int check = gdpr_weighted(s, first, 10) % 11;

	if (check == 10)
		check = gdpr_weighted(s, second, 10) % 11 % 10;
	return s[0] >= '1' && s[0] <= '8' && check == digit(s, 10) &&
		   is_date(1800 + (digit(s, 0) - 1) / 2 * 100 + gdpr_digits_value(s + 1, 2),
				   gdpr_digits_value(s + 3, 2), gdpr_digits_value(s + 5, 2));
}

static GdprCheck
ee_ik(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) && baltic(s), s, 11, out);
}

/* Spain: the number modulo 23 gives the letter; foreigners' begin with X, Y or Z for 0, 1, 2. */
static bool
spanish(const char *s, bool foreign)
{
	static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	char digits[8];

	memcpy(digits, s, 8);
	if (foreign)
	{
		if (s[0] < 'X' || s[0] > 'Z')
			return false;
		digits[0] = (char) (s[0] - 'X' + '0');
	}
	return gdpr_all_digits(digits, 8) && letters[gdpr_number(digits, 8) % 23] == s[8];
}

static GdprCheck
es_dni(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[9];
	size_t n;

	return put_if(gdpr_compact(in, len, GDPR_SEPARATORS, s, 9, &n) && n == 9 && spanish(s, false), s, 9, out);
}

static GdprCheck
es_nie(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[9];
	size_t n;

	return put_if(gdpr_compact(in, len, GDPR_SEPARATORS, s, 9, &n) && n == 9 && spanish(s, true), s, 9, out);
}

/* Finland: birthday, a sign for the century, serial number, check character. */
static GdprCheck
fi_hetu(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const char signs[] = "+-ABCDEFYXWVU";
	static const char checks[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	char s[11];
	char digits[9];
	int century;

	if (len != sizeof(s))
		return GDPR_INVALID;
	for (size_t i = 0; i < sizeof(s); i++)
		s[i] = gdpr_upper(in[i]);
	memcpy(digits, s, 6);
	memcpy(digits + 6, s + 7, 3);
	if (!gdpr_all_digits(digits, 9) || s[6] == 0 || strchr(signs, s[6]) == NULL)
		return GDPR_INVALID;
	century = s[6] == '+' ? 1800 : s[6] >= 'A' && s[6] <= 'F' ? 2000 : 1900;
	return put_if(is_date(century + gdpr_digits_value(s + 4, 2), gdpr_digits_value(s + 2, 2),
						  gdpr_digits_value(s, 2)) &&
					  gdpr_digits_value(s + 7, 3) >= 2 && checks[gdpr_number(digits, 9) % 31] == s[10],
				  s, sizeof(s), out);
}

/* United Kingdom, health service of England, Wales and the Isle of Man. */
static GdprCheck
gb_nhs(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
	char s[10];

	return put_if(gdpr_read_digits(in, len, s, 10) && gdpr_number(s, 10) != 0 &&
					  gdpr_weighted(s, weights, 10) % 11 == 0,
				  s, 10, out);
}

/* United Kingdom, national insurance: no check digit, but letters that are never given. */
static GdprCheck
gb_nino(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const char never[] = "BGGBKNNKNTTNZZ";
	char s[9];
	size_t n;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, 9, &n) || n != 9 || !gdpr_all_digits(s + 2, 6) ||
		gdpr_is_digit((unsigned char) s[0]) || gdpr_is_digit((unsigned char) s[1]) || s[8] < 'A' ||
		s[8] > 'D' || strchr("DFIQUV", s[0]) != NULL || strchr("DFIOQUV", s[1]) != NULL)
		return GDPR_INVALID;
	for (const char *pair = never; *pair != 0; pair += 2)
	{
		if (memcmp(pair, s, 2) == 0)
			return GDPR_INVALID;
	}
	return put_if(true, s, 9, out);
}

/* Greece, social insurance: birthday and a Luhn check. */
static GdprCheck
gr_amka(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) && is_day_of(s + 4, s + 2, s) && gdpr_luhn(s, 11), s, 11,
				  out);
}

static GdprCheck
hr_oib(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) && gdpr_mod11_10(s, 11), s, 11, out);
}

/* Ireland: seven digits, a check letter, and since 2013 a second letter that counts. */
static GdprCheck
ie_pps(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {8, 7, 6, 5, 4, 3, 2};
	static const char letters[] = "WABCDEFGHIJKLMNOPQRSTUV";
	char s[9];
	size_t n;
	int sum;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, 9, &n) || n < 8 || !gdpr_all_digits(s, 7) ||
		(n == 9 && (s[8] < 'A' || (s[8] > 'I' && s[8] != 'W' && s[8] != 'T' && s[8] != 'X'))))
		return GDPR_INVALID;
	sum = gdpr_weighted(s, weights, 7);
	if (n == 9 && s[8] <= 'I')
		sum += 9 * (s[8] - 'A' + 1);
	return put_if(letters[sum % 23] == s[7], s, n, out);
}

/* Iceland: birthday, for firms 40 days later, serial number, check digit, century. */
static GdprCheck
is_kt(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[10];

	return put_if(gdpr_read_digits(in, len, s, 10) && (s[9] == '8' || s[9] == '9' || s[9] == '0') &&
					  is_date(2000 + gdpr_digits_value(s + 4, 2), gdpr_digits_value(s + 2, 2),
							  gdpr_digits_value(s, 2) % 40) &&
					  gdpr_is_kennitala(s),
				  s, 10, out);
}

/* A digit of an Italian number; where two people's would be the same, letters stand for digits. */
static bool
italian_digit(char *c)
{
	static const char letters[] = "LMNPQRSTUV";
	const char *found = *c != 0 ? strchr(letters, *c) : NULL;

	if (found != NULL)
		*c = (char) ('0' + (found - letters));
	return gdpr_is_digit((unsigned char) *c);
}

/* Italy: name, birthday, place, check letter. */
static GdprCheck
it_cf(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const char form[] = "AAAAAA99A99A999A";
	static const char months[] = "ABCDEHLMPRST";
	char s[16];
	char plain[16];
	size_t n;
	int day;
	const char *month;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, 16, &n) || n != 16)
		return GDPR_INVALID;
	memcpy(plain, s, 16);
	for (int i = 0; i < 16; i++)
	{
		if (form[i] == '9' ? !italian_digit(&plain[i]) : gdpr_is_digit((unsigned char) s[i]))
			return GDPR_INVALID;
	}
	day = gdpr_digits_value(plain + 9, 2) % 40;
	month = strchr(months, plain[8]);
	return put_if(month != NULL && is_date(2000, (int) (month - months) + 1, day) &&
					  gdpr_digits_value(plain + 9, 2) <= 71 && gdpr_italian_letter(s, 15) == s[15],
				  s, 16, out);
}

/* Latvia: birthday and check digit. */
static GdprCheck
lv_pk(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {10, 5, 8, 4, 2, 1, 6, 3, 7, 9};
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) && is_day_of(s + 4, s + 2, s) && s[6] <= '2' &&
					  (1 + gdpr_weighted(s, weights, 10)) % 11 % 10 == digit(s, 10),
				  s, 11, out);
}

/* Since 2017: 32 to 39, and nothing to be read from the rest. */
static GdprCheck
lv_pk_new(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) && s[0] == '3' && s[1] >= '2', s, 11, out);
}

/* Norway: birthday, serial number, two check digits; 40 more days are for those who live elsewhere. */
static GdprCheck
no_fnr(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int first[] = {3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
	static const int second[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
	char s[11];

	return put_if(gdpr_read_digits(in, len, s, 11) &&
					  is_date(2000 + gdpr_digits_value(s + 4, 2), gdpr_digits_value(s + 2, 2) % 40,
							  gdpr_digits_value(s, 2) % 40) &&
					  gdpr_weighted(s, first, 10) % 11 == 0 && gdpr_weighted(s, second, 11) % 11 == 0,
				  s, 11, out);
}

/* Poland: the month carries the century. */
static GdprCheck
pl_pesel(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
	static const int centuries[] = {1900, 2000, 2100, 2200, 1800};
	char s[11];
	int month;

	if (!gdpr_read_digits(in, len, s, 11))
		return GDPR_INVALID;
	month = gdpr_digits_value(s + 2, 2);
	return put_if(is_date(centuries[month / 20] + gdpr_digits_value(s, 2), month % 20,
						  gdpr_digits_value(s + 4, 2)) &&
					  gdpr_weighted(s, weights, 11) % 10 == 0,
				  s, 11, out);
}

/* Portugal, tax. */
static GdprCheck
pt_nif(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {9, 8, 7, 6, 5, 4, 3, 2};
	char s[9];
	int check;

	if (!gdpr_read_digits(in, len, s, 9) || s[0] == '0')
		return GDPR_INVALID;
	check = 11 - gdpr_weighted(s, weights, 8) % 11;
	return put_if((check > 9 ? 0 : check) == digit(s, 8), s, 9, out);
}

/* Portugal, citizen card: eight digits, a digit, two characters, and a check over all, letters counting from 10. */
static GdprCheck
pt_cc(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[12];
	size_t n;
	int sum = 0;

	if (!gdpr_compact(in, len, GDPR_SEPARATORS, s, 12, &n) || n != 12 || !gdpr_all_digits(s, 9) ||
		gdpr_is_digit((unsigned char) s[9]) || !gdpr_is_digit((unsigned char) s[11]))
		return GDPR_INVALID;
	for (int i = 0; i < 12; i++)
	{
		int value = gdpr_is_digit((unsigned char) s[i]) ? digit(s, (size_t) i) : s[i] - 'A' + 10;

		if (i % 2 == 0)
			value = value * 2 > 9 ? value * 2 - 9 : value * 2;
		sum += value;
	}
	return put_if(sum % 10 == 0, s, 12, out);
}

/* Romania: sex and century, birthday, county, serial number. */
static GdprCheck
ro_cnp(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9};
	static const int centuries[] = {1900, 1900, 1800, 1800, 2000, 2000, 2000, 2000, 2000};
	char s[13];
	int check;

	if (!gdpr_read_digits(in, len, s, 13) || s[0] == '0')
		return GDPR_INVALID;
	check = gdpr_weighted(s, weights, 12) % 11;
	return put_if((check == 10 ? 1 : check) == digit(s, 12) &&
					  is_date(centuries[digit(s, 0) - 1] + gdpr_digits_value(s + 1, 2),
							  gdpr_digits_value(s + 3, 2), gdpr_digits_value(s + 5, 2)),
				  s, 13, out);
}

/*
 * Sweden: birthday, serial number, Luhn check; 60 more days are for those who live elsewhere. Kept with the century,
 * which a plus tells of people over a hundred.
 */
static GdprCheck
se_pnr(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[12];
	size_t n;
	bool plus = false;
	int year;

	for (size_t i = 0; i < len; i++)
		plus = plus || in[i] == '+';
	if (!gdpr_compact(in, len, " -+", s, 12, &n) || (n != 10 && n != 12) || !gdpr_all_digits(s, n))
		return GDPR_INVALID;
	if (n == 10)
	{
		int now = context->today > 0 ? context->today / 10000 : 9999;

		memmove(s + 2, s, 10);
		year = now / 100 * 100 + gdpr_digits_value(s + 2, 2);
		year -= year > now ? 100 : 0;
		year -= plus ? 100 : 0;
		s[0] = (char) ('0' + year / 1000);
		s[1] = (char) ('0' + year / 100 % 10);
	}
	year = gdpr_digits_value(s, 4);
	return put_if(year >= 1800 && year < 2100 &&
					  is_date(year, gdpr_digits_value(s + 4, 2), gdpr_digits_value(s + 6, 2) % 60) &&
					  gdpr_luhn(s + 2, 10),
				  s, 12, out);
}

/* Slovenia, and other states of what was Yugoslavia: birthday with three digits of the year, region, serial number. */
static GdprCheck
si_emso(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const int weights[] = {7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
	char s[13];
	int year;

	if (!gdpr_read_digits(in, len, s, 13))
		return GDPR_INVALID;
	year = gdpr_digits_value(s + 4, 3);
	return put_if(is_date((year < 800 ? 2000 : 1000) + year, gdpr_digits_value(s + 2, 2),
						  gdpr_digits_value(s, 2)) &&
					  gdpr_weighted(s, weights, 13) % 11 == 0,
				  s, 13, out);
}

/* clang-format off */
const GdprNationalNumber gdpr_national_numbers[] = {
	{"AT", {"at_tin", "Austrian tax number",
		"Expected 9 digits such as 59-119/9013.", at_tin}, GDPR_MARKED, "99 999 9999"},
	{"AT", {"at_vnr", "Austrian social insurance number",
		"Expected 10 digits such as 1237 010180.", at_vnr}, GDPR_SURE, ""},
	{"BG", {"bg_egn", "Bulgarian citizen number",
		"Expected 10 digits such as 752316 926 3.", bg_egn}, GDPR_SURE, ""},
	{"BG", {"bg_lnch", "Bulgarian foreigner number",
		"Expected 10 digits such as 7111 042 925.", bg_lnch}, GDPR_DATELESS, "9999 999 999"},
	{"CH", {"ch_ahv", "Swiss AHV number",
		"Expected 13 digits such as 756.9217.0769.85.", ch_ahv}, GDPR_SURE, ""},
	{"CZ", {"cz_rc", "Czech birth number",
		"Expected 10 digits such as 710319/2745.", cz_rc}, GDPR_MARKED, "999999 9999"},
	{"CZ", {"cz_rc_old", "Czech birth number of before 1954",
		"Expected 9 digits such as 530101/123.", cz_rc_old}, GDPR_MARKED, "999999 999"},
	{"DK", {"dk_cpr", "Danish CPR number",
		"Expected 10 digits such as 211062-5629.", dk_cpr}, GDPR_MARKED, "999999 9999"},
	{"EE", {"ee_ik", "Estonian personal code",
		"Expected 11 digits such as 36805280109.", ee_ik}, GDPR_SURE, ""},
	{"ES", {"es_dni", "Spanish DNI",
		"Expected 8 digits and a letter such as 54362315-K.", es_dni}, GDPR_SURE, ""},
	{"ES", {"es_nie", "Spanish NIE",
		"Expected a number such as X-2482300W.", es_nie}, GDPR_SURE, ""},
	{"FI", {"fi_hetu", "Finnish personal identity code",
		"Expected a code such as 131052-308T.", fi_hetu}, GDPR_SURE, ""},
	{"FR", {"fr_spi", "French tax number of a person",
		"Expected 13 digits such as 30 23 217 600 053.", fr_spi}, GDPR_SURE, ""},
	{"GB", {"gb_nhs", "NHS number",
		"Expected 10 digits such as 943 476 5870.", gb_nhs}, GDPR_DATELESS, "999 999 9999"},
	{"GB", {"gb_nino", "British national insurance number",
		"Expected a number such as QQ 12 34 56 C.", gb_nino}, GDPR_SURE, ""},
	{"GR", {"gr_amka", "Greek AMKA",
		"Expected 11 digits such as 01013099997.", gr_amka}, GDPR_SURE, ""},
	{"HR", {"hr_oib", "Croatian OIB",
		"Expected 11 digits such as 33392005961.", hr_oib}, GDPR_DATELESS, ""},
	{"IE", {"ie_pps", "Irish PPS number",
		"Expected 7 digits and one or two letters such as 6433435F.", ie_pps}, GDPR_SURE, ""},
	{"IS", {"is_kt", "Icelandic kennitala",
		"Expected 10 digits such as 450401-3150.", is_kt}, GDPR_SURE, ""},
	{"IT", {"it_cf", "Italian tax code",
		"Expected 16 characters such as RCCMNL83S18D969H.", it_cf}, GDPR_SURE, ""},
	{"LT", {"lt_ak", "Lithuanian personal code",
		"Expected 11 digits such as 33309240064.", ee_ik}, GDPR_SURE, ""},
	{"LV", {"lv_pk", "Latvian personal code",
		"Expected 11 digits such as 161175-19997.", lv_pk}, GDPR_SURE, ""},
	{"LV", {"lv_pk_new", "Latvian personal code of since 2017",
		"Expected 11 digits such as 320180-12345.", lv_pk_new}, GDPR_MARKED, "999999 99999"},
	{"NO", {"no_fnr", "Norwegian birth number",
		"Expected 11 digits such as 151086 95088.", no_fnr}, GDPR_SURE, ""},
	{"PL", {"pl_pesel", "Polish PESEL",
		"Expected 11 digits such as 44051401359.", pl_pesel}, GDPR_SURE, ""},
	{"PT", {"pt_cc", "Portuguese citizen card number",
		"Expected 12 characters such as 00000000 0 ZZ4.", pt_cc}, GDPR_SURE, ""},
	{"PT", {"pt_nif", "Portuguese tax number of a person",
		"Expected 9 digits such as 123 456 789.", pt_nif}, GDPR_MARKED, "999 999 999"},
	{"RO", {"ro_cnp", "Romanian CNP",
		"Expected 13 digits such as 1630615123457.", ro_cnp}, GDPR_SURE, ""},
	{"SE", {"se_pnr", "Swedish personal number",
		"Expected 10 or 12 digits such as 811228-9874.", se_pnr}, GDPR_SURE, ""},
	{"SI", {"si_emso", "Slovenian EMSO",
		"Expected 13 digits such as 0101006500006.", si_emso}, GDPR_SURE, ""},
	{"SK", {"sk_rc", "Slovak birth number",
		"Expected 10 digits such as 710319/2745.", cz_rc}, GDPR_MARKED, "999999 9999"},
	{"SK", {"sk_rc_old", "Slovak birth number of before 1954",
		"Expected 9 digits such as 530101/123.", cz_rc_old}, GDPR_MARKED, "999999 999"}
};
const int	gdpr_national_number_count = sizeof(gdpr_national_numbers) / sizeof(gdpr_national_numbers[0]);
/* clang-format on */
