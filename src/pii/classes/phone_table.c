/*
 * phone_table.c
 *		Country calling codes (ITU-T E.164) and the lengths of national numbers; the Belgian, Dutch, French, German
 *		and Luxembourg plans in full. Whether a number is in service is not asked: operators are assigned new ranges
 *		more often than this table is read.
 */
#include "pii/classes/phone_table.h"

#include <string.h>

#define D(n)		 (1 << (n))

/* clang-format off */
static const GdprPhonePlan plans[] = {
	{1, D(10), "1", "011", false},
	{7, D(10), "8", "810", false},
	{20, D(8) | D(9) | D(10), "0", "00", false},
	{27, D(5) | D(6) | D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{30, D(10) | D(11) | D(12), "", "00", false},
	{31, D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11), "0", "00", false},
	{32, D(8) | D(9), "0", "00", false},
	{33, D(9), "0", "00", false},
	{34, D(9), "", "00", false},
	{36, D(8) | D(9), "06", "00", false},
	{39, D(6) | D(7) | D(8) | D(9) | D(10) | D(11), "", "00", true},
	{40, D(6) | D(9), "0", "00", false},
	{41, D(9) | D(12), "0", "00", false},
	{43, D(4) | D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "00", false},
	{44, D(7) | D(9) | D(10), "0", "00", false},
	{45, D(8), "", "00", false},
	{46, D(6) | D(7) | D(8) | D(9) | D(10) | D(12), "0", "00", false},
	{47, D(5) | D(8), "", "00", false},
	{48, D(6) | D(7) | D(8) | D(9) | D(10), "", "00", false},
	{49, D(4) | D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "00", false},
	{51, D(8) | D(9), "0", "00", false},
	{52, D(10) | D(11), "01", "00", false},
	{53, D(6) | D(7) | D(8) | D(10), "0", "119", false},
	{54, D(10) | D(11), "0", "00", false},
	{55, D(8) | D(9) | D(10) | D(11), "0", "00", false},
	{56, D(9) | D(10) | D(11), "", "00", false},
	{57, D(10) | D(11), "0", "00", false},
	{58, D(10), "0", "00", false},
	{60, D(8) | D(9) | D(10), "0", "00", false},
	{61, D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(12), "0", "0011", false},
	{62, D(7) | D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "001", false},
	{63, D(6) | D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "00", false},
	{64, D(5) | D(6) | D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{65, D(8) | D(10) | D(11), "", "000", false},
	{66, D(8) | D(9) | D(10) | D(13), "0", "001", false},
	{81, D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "010", false},
	{82, D(5) | D(6) | D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "00", false},
	{84, D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{86, D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{90, D(7) | D(10) | D(12) | D(13), "0", "00", false},
	{91, D(8) | D(9) | D(10) | D(11) | D(12) | D(13), "0", "00", false},
	{92, D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{93, D(9), "0", "00", false},
	{94, D(9), "0", "00", false},
	{95, D(6) | D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{98, D(4) | D(5) | D(6) | D(7) | D(10), "0", "00", false},
	{211, D(9), "0", "00", false},
	{212, D(9), "0", "00", false},
	{213, D(8) | D(9), "0", "00", false},
	{216, D(8), "", "00", false},
	{218, D(9), "0", "00", false},
	{220, D(7), "", "00", false},
	{221, D(9), "", "00", false},
	{222, D(8), "", "00", false},
	{223, D(8), "", "00", false},
	{224, D(8) | D(9), "", "00", false},
	{225, D(10), "", "00", true},
	{226, D(8), "", "00", false},
	{227, D(8), "", "00", false},
	{228, D(8), "", "00", false},
	{229, D(8) | D(10), "", "00", true},
	{230, D(7) | D(8) | D(10), "", "00", false},
	{231, D(7) | D(8) | D(9), "0", "00", false},
	{232, D(8), "0", "00", false},
	{233, D(8) | D(9), "0", "00", false},
	{234, D(7) | D(8) | D(10) | D(11) | D(12), "0", "009", false},
	{235, D(8), "", "00", false},
	{236, D(8), "", "00", false},
	{237, D(8) | D(9), "", "00", false},
	{238, D(7), "", "0", false},
	{239, D(7), "", "00", false},
	{240, D(9), "", "00", false},
	{241, D(7) | D(8), "", "00", true},
	{242, D(9), "", "00", true},
	{243, D(7) | D(9), "0", "00", false},
	{244, D(9), "", "00", false},
	{245, D(7) | D(9), "", "00", false},
	{246, D(7), "", "00", false},
	{247, D(5) | D(6), "", "00", false},
	{248, D(7), "", "00", false},
	{249, D(9), "0", "00", false},
	{250, D(8) | D(9), "0", "00", false},
	{251, D(9), "0", "00", false},
	{252, D(6) | D(7) | D(8) | D(9), "0", "00", false},
	{253, D(8), "", "00", false},
	{254, D(7) | D(8) | D(9) | D(10), "0", "000", false},
	{255, D(9), "0", "000", false},
	{256, D(9), "0", "000", false},
	{257, D(8), "", "00", false},
	{258, D(8) | D(9), "", "00", false},
	{260, D(9), "0", "00", false},
	{261, D(9), "0", "00", false},
	{262, D(9), "0", "00", false},
	{263, D(5) | D(6) | D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{264, D(8) | D(9), "0", "00", false},
	{265, D(7) | D(9), "0", "00", false},
	{266, D(8), "", "00", false},
	{267, D(7) | D(8) | D(10), "", "00", false},
	{268, D(8) | D(9), "", "00", false},
	{269, D(7), "", "00", false},
	{290, D(5), "", "00", false},
	{291, D(7), "0", "00", false},
	{297, D(7), "", "00", false},
	{298, D(6), "", "00", false},
	{299, D(6), "", "00", false},
	{350, D(8), "", "00", false},
	{351, D(9), "", "00", false},
	{352, D(4) | D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11), "", "00", false},
	{353, D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{354, D(7) | D(9), "", "00", false},
	{355, D(6) | D(7) | D(8) | D(9), "0", "00", false},
	{356, D(8), "", "00", false},
	{357, D(8), "", "00", false},
	{358, D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{359, D(6) | D(7) | D(8) | D(9), "0", "00", false},
	{370, D(8), "0", "00", false},
	{371, D(8), "", "00", false},
	{372, D(7) | D(8) | D(10), "", "00", false},
	{373, D(8), "0", "00", false},
	{374, D(8), "0", "00", false},
	{375, D(6) | D(7) | D(8) | D(9) | D(10) | D(11), "80", "810", false},
	{376, D(6) | D(8) | D(9), "", "00", false},
	{377, D(8) | D(9), "0", "00", false},
	{378, D(6) | D(7) | D(8) | D(9) | D(10), "", "00", true},
	{380, D(9) | D(10), "0", "00", false},
	{381, D(6) | D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{382, D(8) | D(9), "0", "00", false},
	{383, D(8) | D(9), "0", "00", false},
	{385, D(6) | D(7) | D(8) | D(9), "0", "00", false},
	{386, D(5) | D(6) | D(7) | D(8), "0", "00", false},
	{387, D(8) | D(9), "0", "00", false},
	{389, D(8), "0", "00", false},
	{420, D(9) | D(10) | D(11) | D(12), "", "00", false},
	{421, D(6) | D(7) | D(9), "0", "00", false},
	{423, D(7) | D(9), "0", "00", false},
	{500, D(5), "", "00", false},
	{501, D(7) | D(11), "", "00", false},
	{502, D(8) | D(11), "", "00", false},
	{503, D(7) | D(8) | D(11), "", "00", false},
	{504, D(8) | D(11), "", "00", false},
	{505, D(8), "", "00", false},
	{506, D(8) | D(10), "", "00", false},
	{507, D(7) | D(8) | D(10) | D(11), "", "00", false},
	{508, D(6) | D(9), "0", "00", false},
	{509, D(8), "", "00", false},
	{590, D(9), "0", "00", false},
	{591, D(8) | D(9), "0", "00", false},
	{592, D(7), "", "001", false},
	{593, D(8) | D(9) | D(10) | D(11), "0", "00", false},
	{594, D(9), "0", "00", false},
	{595, D(6) | D(7) | D(8) | D(9) | D(10) | D(11), "0", "00", false},
	{596, D(9), "0", "00", false},
	{597, D(6) | D(7), "", "00", false},
	{598, D(7) | D(8) | D(10), "0", "00", false},
	{599, D(7) | D(8), "", "00", false},
	{670, D(7) | D(8), "", "00", false},
	{672, D(6), "", "00", false},
	{673, D(7), "", "00", false},
	{674, D(7), "", "00", false},
	{675, D(7) | D(8), "", "00", false},
	{676, D(5) | D(7), "", "00", false},
	{677, D(5) | D(7), "", "00", false},
	{678, D(5) | D(7), "", "00", false},
	{679, D(7) | D(11), "", "00", false},
	{680, D(7), "", "011", false},
	{681, D(6) | D(9), "", "00", false},
	{682, D(5), "", "00", false},
	{683, D(7), "", "00", false},
	{685, D(5) | D(6) | D(7) | D(10), "", "0", false},
	{686, D(5) | D(8), "0", "00", false},
	{687, D(6), "", "00", false},
	{688, D(5) | D(6) | D(7), "", "00", false},
	{689, D(6) | D(8) | D(9), "", "00", false},
	{690, D(4) | D(5) | D(6) | D(7), "", "00", false},
	{691, D(7), "", "00", false},
	{692, D(7), "1", "011", false},
	{800, D(8), "", "00", false},
	{808, D(8), "", "00", false},
	{850, D(8) | D(10), "0", "00", false},
	{852, D(5) | D(6) | D(7) | D(8) | D(9) | D(11), "", "001", false},
	{853, D(7) | D(8), "", "00", false},
	{855, D(8) | D(9) | D(10), "0", "001", false},
	{856, D(8) | D(9) | D(10), "0", "00", false},
	{870, D(9) | D(12), "", "00", false},
	{878, D(12), "", "00", false},
	{880, D(6) | D(7) | D(8) | D(9) | D(10), "0", "00", false},
	{881, D(9), "", "00", false},
	{882, D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "", "00", false},
	{883, D(9) | D(10) | D(12), "", "00", false},
	{886, D(7) | D(8) | D(9) | D(10) | D(11), "0", "002", false},
	{888, D(11), "", "00", false},
	{960, D(7) | D(10), "", "00", false},
	{961, D(7) | D(8), "0", "00", false},
	{962, D(8) | D(9), "0", "00", false},
	{963, D(8) | D(9), "0", "00", false},
	{964, D(8) | D(9) | D(10), "0", "00", false},
	{965, D(7) | D(8), "", "00", false},
	{966, D(9) | D(10), "0", "00", false},
	{967, D(7) | D(8) | D(9), "0", "00", false},
	{968, D(7) | D(8) | D(9), "", "00", false},
	{970, D(8) | D(9) | D(10), "0", "00", false},
	{971, D(5) | D(6) | D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{972, D(7) | D(8) | D(9) | D(10) | D(11) | D(12), "0", "00", false},
	{973, D(8), "", "00", false},
	{974, D(7) | D(8) | D(9), "", "00", false},
	{975, D(7) | D(8), "", "00", false},
	{976, D(8) | D(9) | D(10), "0", "001", false},
	{977, D(8) | D(10) | D(11), "0", "00", false},
	{979, D(9), "", "00", false},
	{992, D(9), "", "810", false},
	{993, D(8), "8", "810", false},
	{994, D(9), "0", "00", false},
	{995, D(9), "0", "00", false},
	{996, D(9) | D(10), "0", "00", false},
	{998, D(9), "", "00", false},
};

/* In order of the country. */
static const struct
{
	char		country[3];
	uint16_t	code;
}			countries[] = {
	{"AC", 247}, {"AD", 376}, {"AE", 971}, {"AF", 93}, {"AG", 1}, {"AI", 1}, {"AL", 355},
	{"AM", 374}, {"AO", 244}, {"AR", 54}, {"AS", 1}, {"AT", 43}, {"AU", 61}, {"AW", 297},
	{"AX", 358}, {"AZ", 994}, {"BA", 387}, {"BB", 1}, {"BD", 880}, {"BE", 32}, {"BF", 226},
	{"BG", 359}, {"BH", 973}, {"BI", 257}, {"BJ", 229}, {"BL", 590}, {"BM", 1}, {"BN", 673},
	{"BO", 591}, {"BQ", 599}, {"BR", 55}, {"BS", 1}, {"BT", 975}, {"BW", 267}, {"BY", 375},
	{"BZ", 501}, {"CA", 1}, {"CC", 61}, {"CD", 243}, {"CF", 236}, {"CG", 242}, {"CH", 41},
	{"CI", 225}, {"CK", 682}, {"CL", 56}, {"CM", 237}, {"CN", 86}, {"CO", 57}, {"CR", 506},
	{"CU", 53}, {"CV", 238}, {"CW", 599}, {"CX", 61}, {"CY", 357}, {"CZ", 420}, {"DE", 49},
	{"DJ", 253}, {"DK", 45}, {"DM", 1}, {"DO", 1}, {"DZ", 213}, {"EC", 593}, {"EE", 372},
	{"EG", 20}, {"EH", 212}, {"ER", 291}, {"ES", 34}, {"ET", 251}, {"FI", 358}, {"FJ", 679},
	{"FK", 500}, {"FM", 691}, {"FO", 298}, {"FR", 33}, {"GA", 241}, {"GB", 44}, {"GD", 1},
	{"GE", 995}, {"GF", 594}, {"GG", 44}, {"GH", 233}, {"GI", 350}, {"GL", 299}, {"GM", 220},
	{"GN", 224}, {"GP", 590}, {"GQ", 240}, {"GR", 30}, {"GT", 502}, {"GU", 1}, {"GW", 245},
	{"GY", 592}, {"HK", 852}, {"HN", 504}, {"HR", 385}, {"HT", 509}, {"HU", 36}, {"ID", 62},
	{"IE", 353}, {"IL", 972}, {"IM", 44}, {"IN", 91}, {"IO", 246}, {"IQ", 964}, {"IR", 98},
	{"IS", 354}, {"IT", 39}, {"JE", 44}, {"JM", 1}, {"JO", 962}, {"JP", 81}, {"KE", 254},
	{"KG", 996}, {"KH", 855}, {"KI", 686}, {"KM", 269}, {"KN", 1}, {"KP", 850}, {"KR", 82},
	{"KW", 965}, {"KY", 1}, {"KZ", 7}, {"LA", 856}, {"LB", 961}, {"LC", 1}, {"LI", 423},
	{"LK", 94}, {"LR", 231}, {"LS", 266}, {"LT", 370}, {"LU", 352}, {"LV", 371}, {"LY", 218},
	{"MA", 212}, {"MC", 377}, {"MD", 373}, {"ME", 382}, {"MF", 590}, {"MG", 261}, {"MH", 692},
	{"MK", 389}, {"ML", 223}, {"MM", 95}, {"MN", 976}, {"MO", 853}, {"MP", 1}, {"MQ", 596},
	{"MR", 222}, {"MS", 1}, {"MT", 356}, {"MU", 230}, {"MV", 960}, {"MW", 265}, {"MX", 52},
	{"MY", 60}, {"MZ", 258}, {"NA", 264}, {"NC", 687}, {"NE", 227}, {"NF", 672}, {"NG", 234},
	{"NI", 505}, {"NL", 31}, {"NO", 47}, {"NP", 977}, {"NR", 674}, {"NU", 683}, {"NZ", 64},
	{"OM", 968}, {"PA", 507}, {"PE", 51}, {"PF", 689}, {"PG", 675}, {"PH", 63}, {"PK", 92},
	{"PL", 48}, {"PM", 508}, {"PR", 1}, {"PS", 970}, {"PT", 351}, {"PW", 680}, {"PY", 595},
	{"QA", 974}, {"RE", 262}, {"RO", 40}, {"RS", 381}, {"RU", 7}, {"RW", 250}, {"SA", 966},
	{"SB", 677}, {"SC", 248}, {"SD", 249}, {"SE", 46}, {"SG", 65}, {"SH", 290}, {"SI", 386},
	{"SJ", 47}, {"SK", 421}, {"SL", 232}, {"SM", 378}, {"SN", 221}, {"SO", 252}, {"SR", 597},
	{"SS", 211}, {"ST", 239}, {"SV", 503}, {"SX", 1}, {"SY", 963}, {"SZ", 268}, {"TA", 290},
	{"TC", 1}, {"TD", 235}, {"TG", 228}, {"TH", 66}, {"TJ", 992}, {"TK", 690}, {"TL", 670},
	{"TM", 993}, {"TN", 216}, {"TO", 676}, {"TR", 90}, {"TT", 1}, {"TV", 688}, {"TW", 886},
	{"TZ", 255}, {"UA", 380}, {"UG", 256}, {"US", 1}, {"UY", 598}, {"UZ", 998}, {"VA", 39},
	{"VC", 1}, {"VE", 58}, {"VG", 1}, {"VI", 1}, {"VN", 84}, {"VU", 678}, {"WF", 681},
	{"WS", 685}, {"XK", 383}, {"YE", 967}, {"YT", 262}, {"ZA", 27}, {"ZM", 260}, {"ZW", 263},
};

/*
 * The ranges of a plan: numbers that begin with prefix have from min to max digits. The longest prefix decides;
 * a number that begins with none of them does not exist. Short numbers (112, 1207, 14020) belong to services,
 * not to people, and are in none.
 */
static const struct
{
	uint16_t	code;
	const char *prefix;
	uint8_t		min;
	uint8_t		max;
}			ranges[] = {
	/* Belgium: eight digits, but nine for mobiles, which share their 4 with Liege. */
	{32, "1", 8, 8}, {32, "2", 8, 8}, {32, "3", 8, 8}, {32, "4", 8, 9}, {32, "5", 8, 8}, {32, "6", 8, 8},
	{32, "7", 8, 8}, {32, "8", 8, 8}, {32, "9", 8, 8},

	/* Netherlands: nine digits; 97 machines, 800 and 90x services of varying length. */
	{31, "1", 9, 9}, {31, "2", 9, 9}, {31, "3", 9, 9}, {31, "4", 9, 9}, {31, "5", 9, 9}, {31, "6", 9, 9},
	{31, "7", 9, 9}, {31, "8", 9, 9}, {31, "800", 7, 10}, {31, "9", 9, 9}, {31, "90", 7, 10}, {31, "97", 11, 11},

	/* France: nine digits, the first of which is the zone (6 and 7 mobile, 8 special, 9 not geographic). */
	{33, "1", 9, 9}, {33, "2", 9, 9}, {33, "3", 9, 9}, {33, "4", 9, 9}, {33, "5", 9, 9}, {33, "6", 9, 9},
	{33, "7", 9, 9}, {33, "8", 9, 9}, {33, "9", 9, 9},

	/* Germany: area codes 2-9 with numbers of no fixed length, mobiles 15-17, services. */
	{49, "2", 5, 13}, {49, "3", 5, 13}, {49, "4", 5, 13}, {49, "5", 5, 13}, {49, "6", 5, 13}, {49, "7", 5, 13},
	{49, "8", 5, 13}, {49, "9", 5, 13}, {49, "15", 10, 11}, {49, "16", 9, 11}, {49, "17", 10, 11},
	{49, "18", 7, 13}, {49, "19", 6, 11}, {49, "32", 9, 11}, {49, "700", 11, 11}, {49, "800", 10, 13},
	{49, "900", 10, 11},

	/* Luxembourg: no area codes; fixed numbers of five to eleven digits, mobiles 6xx of nine. */
	{352, "2", 5, 11}, {352, "3", 5, 11}, {352, "4", 5, 11}, {352, "5", 5, 11}, {352, "6", 9, 9},
	{352, "7", 5, 11}, {352, "8", 5, 11}, {352, "9", 5, 11}, {352, "800", 8, 8}, {352, "900", 8, 8},
	{352, "901", 8, 8}, {352, "905", 8, 8}
};
/* clang-format on */

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

const GdprPhonePlan *
gdpr_phone_plan(int code)
{
	int low = 0;
	int high = COUNT(plans);

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (plans[middle].code == code)
			return &plans[middle];
		if (plans[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const GdprPhonePlan *
gdpr_phone_plan_of(const char *country)
{
	for (int i = 0; i < COUNT(countries); i++)
	{
		if (memcmp(countries[i].country, country, 3) == 0)
			return gdpr_phone_plan(countries[i].code);
	}
	return NULL;
}

const GdprPhonePlan *
gdpr_phone_plan_in(const char *digits, size_t len, size_t *code_len)
{
	int code = 0;

	for (*code_len = 1; *code_len <= 3 && *code_len <= len; (*code_len)++)
	{
		const GdprPhonePlan *plan;

		code = code * 10 + (digits[*code_len - 1] - '0');
		if ((plan = gdpr_phone_plan(code)) != NULL)
			return plan;
	}
	return NULL;
}

bool
gdpr_phone_number_exists(const GdprPhonePlan *plan, const char *digits, size_t len)
{
	size_t longest = 0;
	bool ruled = false;
	bool exists = false;

	if (len == 0 || len > 15 || (digits[0] == '0' && !plan->leading_zero))
		return false;
	for (int i = 0; i < COUNT(ranges); i++)
	{
		size_t prefix = strlen(ranges[i].prefix);

		if (ranges[i].code != plan->code)
			continue;
		ruled = true;
		if (prefix > longest && prefix <= len && memcmp(ranges[i].prefix, digits, prefix) == 0)
		{
			longest = prefix;
			exists = len >= ranges[i].min && len <= ranges[i].max;
		}
	}
	if (ruled)
		return exists;

	return (plan->lengths >> len) & 1;
}
