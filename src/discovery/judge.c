/*
 * judge.c
 *		Rounds over the columns of a table: each knows what the one before found beside a column.
 *
 *		Content that was checked by syntax or check digits beats a name; a name beats a dictionary; and a name that the
 *		content contradicts says nothing. Rates are over distinct values, in thousandths.
 */
#include "discovery/judge.h"

#include <stdio.h>
#include <string.h>

#include "pii/classes/utf8.h"

#define MIN_VALUES	   8  /* distinct ones, for content to speak without a name */
#define MIN_CONTRADICT 5  /* for content to speak against a name */
#define CLEAR_NAME	   50 /* strength from which a name needs no content */
#define MIN_NAMES	   25 /* a shorter list of names is a list of words */
#define MIN_BIRTH_SPAN 25 /* years between the oldest and the youngest tenth, without a name that says so */
#define MIN_NAMED_SPAN 2
#define MIN_INSIDE	   2 /* distinct values that hold something */

/* What content says by itself, in this order. */
typedef struct Evidence
{
	GdprCategoryId category;
	GdprTrait trait;
	int alone; /* rate that convinces without a name; 0: never */
	int named; /* rate that a name needs to be believed */
} Evidence;

static const Evidence evidence[] = {
	{GDPR_CATEGORY_EMAIL, GDPR_TRAIT_EMAIL, 600, 200},
	{GDPR_CATEGORY_IBAN, GDPR_TRAIT_IBAN, 600, 100},
	{GDPR_CATEGORY_USERAGENT, GDPR_TRAIT_USERAGENT, 500, 0},
	{GDPR_CATEGORY_DEVICE_ID, GDPR_TRAIT_MAC, 600, 0},
	{GDPR_CATEGORY_NATIONAL_ID, GDPR_TRAIT_NATIONAL_ID, 600, 0},
	{GDPR_CATEGORY_NATIONAL_ID, GDPR_TRAIT_SSN, 800, 0},
	{GDPR_CATEGORY_ID_CARD, GDPR_TRAIT_ID_CARD, 600, 0},
	{GDPR_CATEGORY_NATIONAL_ID, GDPR_TRAIT_BSN, 800, 0},
	{GDPR_CATEGORY_DEVICE_ID, GDPR_TRAIT_IMEI, 800, 0},
	{GDPR_CATEGORY_DEVICE_ID, GDPR_TRAIT_ICCID, 800, 0},
	{GDPR_CATEGORY_PAYMENT_CARD, GDPR_TRAIT_PAYMENT_CARD, 600, 0},
	{GDPR_CATEGORY_IP, GDPR_TRAIT_IPV4, 800, 300},
	{GDPR_CATEGORY_IP, GDPR_TRAIT_IPV6, 600, 300},
	{GDPR_CATEGORY_HEALTH, GDPR_TRAIT_ICD, 900, 0},
	{GDPR_CATEGORY_PHONE, GDPR_TRAIT_PHONE, 600, 300},
	{GDPR_CATEGORY_ADDRESS, GDPR_TRAIT_STREET, 350, 0},
	{GDPR_CATEGORY_NAME, GDPR_TRAIT_FULL_NAME, 350, 0},
	{GDPR_CATEGORY_NAME, GDPR_TRAIT_FIRST_NAME, 450, 0},
	{GDPR_CATEGORY_NAME, GDPR_TRAIT_LAST_NAME, 350, 0},
};

#define EVIDENCE				  ((int) (sizeof(evidence) / sizeof(evidence[0])))
#define HAS(categories, category) ((categories) >> (category) &1)
#define BIT(category)			  (UINT64_C(1) << (category))

/* What may be in a column of a type at all. */
static const uint64_t possible[] = {
	[GDPR_TYPE_TEXT] = ~UINT64_C(0),
	[GDPR_TYPE_NUMBER] =
		BIT(GDPR_CATEGORY_PHONE) | BIT(GDPR_CATEGORY_NATIONAL_ID) | BIT(GDPR_CATEGORY_ID_CARD) |
		BIT(GDPR_CATEGORY_ADDRESS) | BIT(GDPR_CATEGORY_POSTAL_CODE) | BIT(GDPR_CATEGORY_BIRTH_YEAR) |
		BIT(GDPR_CATEGORY_GEO) | BIT(GDPR_CATEGORY_HEALTH) | BIT(GDPR_CATEGORY_PAYMENT_CARD) |
		BIT(GDPR_CATEGORY_DEVICE_ID) | BIT(GDPR_CATEGORY_PSEUDONYM) | BIT(GDPR_CATEGORY_GENDER) |
		BIT(GDPR_CATEGORY_MARITAL) | BIT(GDPR_CATEGORY_SECRET) | BIT(GDPR_CATEGORY_IBAN) |
		BIT(GDPR_CATEGORY_BIRTH_DATE),
	[GDPR_TYPE_DATE] = BIT(GDPR_CATEGORY_BIRTH_DATE),
	[GDPR_TYPE_TIMESTAMP] = BIT(GDPR_CATEGORY_BIRTH_DATE),
	[GDPR_TYPE_UUID] =
		BIT(GDPR_CATEGORY_PSEUDONYM) | BIT(GDPR_CATEGORY_DEVICE_ID) | BIT(GDPR_CATEGORY_SECRET),
	[GDPR_TYPE_INET] = BIT(GDPR_CATEGORY_IP),
	[GDPR_TYPE_MAC] = BIT(GDPR_CATEGORY_DEVICE_ID),
	[GDPR_TYPE_BYTES] = BIT(GDPR_CATEGORY_PHOTO) | BIT(GDPR_CATEGORY_RECORDING) |
						BIT(GDPR_CATEGORY_BIOMETRIC) | BIT(GDPR_CATEGORY_GENETIC) |
						BIT(GDPR_CATEGORY_SECRET) | BIT(GDPR_CATEGORY_NATIONAL_ID) |
						BIT(GDPR_CATEGORY_EMAIL) | BIT(GDPR_CATEGORY_PHONE),
	[GDPR_TYPE_DOCUMENT] =
		~(BIT(GDPR_CATEGORY_CITY) | BIT(GDPR_CATEGORY_REGION) | BIT(GDPR_CATEGORY_PSEUDONYM)),
	[GDPR_TYPE_ENUM] = BIT(GDPR_CATEGORY_GENDER) | BIT(GDPR_CATEGORY_MARITAL) |
					   BIT(GDPR_CATEGORY_NATIONALITY) | BIT(GDPR_CATEGORY_RELIGION) |
					   BIT(GDPR_CATEGORY_ETHNICITY) | BIT(GDPR_CATEGORY_HEALTH) |
					   BIT(GDPR_CATEGORY_SEXUALITY),
	[GDPR_TYPE_OTHER] = BIT(GDPR_CATEGORY_GEO) | BIT(GDPR_CATEGORY_EMAIL) | BIT(GDPR_CATEGORY_BIOMETRIC) |
						BIT(GDPR_CATEGORY_PHONE),
	[GDPR_TYPE_NEVER] = 0,
};

/* What only people have, and how anyone is reached. Where names of people are, "name" is of something else. */
static const uint64_t of_people = BIT(GDPR_CATEGORY_NATIONAL_ID) | BIT(GDPR_CATEGORY_BIRTH_DATE) |
								  BIT(GDPR_CATEGORY_GENDER) | BIT(GDPR_CATEGORY_HANDLE) |
								  BIT(GDPR_CATEGORY_MARITAL) | BIT(GDPR_CATEGORY_IP) |
								  BIT(GDPR_CATEGORY_ID_CARD) | BIT(GDPR_CATEGORY_HEALTH);
static const uint64_t of_contact =
	BIT(GDPR_CATEGORY_NAME) | BIT(GDPR_CATEGORY_EMAIL) | BIT(GDPR_CATEGORY_PHONE) | BIT(GDPR_CATEGORY_IBAN);

/* Versions look like addresses, but begin with few and small numbers. */
static bool
are_addresses(const GdprProfile *profile)
{
	int octets = 0;
	int large = 0;

	for (int i = 0; i < 256; i++)
	{
		octets += profile->octets[i];
		large += profile->octets[i] && i > 20;
	}
	if (octets == 1 && profile->octets[10])
		return profile->digits > (int64_t) profile->distinct * 6; /* of a network at home */
	return octets >= 10 || large * 2 > octets;
}

static bool
are_births(const GdprProfile *profile, bool named, int this_year)
{
	int oldest = gdpr_profile_year(profile, 100);
	int middle = gdpr_profile_year(profile, 500);
	int youngest = gdpr_profile_year(profile, 900);

	if (middle == 0 || youngest > this_year || oldest < this_year - 130 ||
		gdpr_profile_rate(profile, GDPR_TRAIT_TIMED) > 200)
		return false;
	if (named)
		return middle <= this_year - 3;
	return middle <= this_year - 20 && youngest <= this_year - 2 && youngest - oldest >= MIN_BIRTH_SPAN;
}

static bool
is_near_people(const GdprSurroundings *around)
{
	return around->table == GDPR_TABLE_PERSON || around->beside_person || around->beside_contact ||
		   around->leads_to_people;
}

/* Names that only the dictionary knows: a list of words is none, nor what chance or a title makes of them. */
static bool
are_names(const GdprColumnFacts *column, const GdprSurroundings *around)
{
	const GdprProfile *profile = column->profile;
	bool person = is_near_people(around);

	if (around->table == GDPR_TABLE_COMPANY || around->table == GDPR_TABLE_LIST ||
		profile->distinct < (person ? MIN_VALUES : MIN_NAMES))
		return false;
	return gdpr_profile_rate(profile, GDPR_TRAIT_COMPANY) < 50 &&
		   gdpr_profile_rate(profile, GDPR_TRAIT_THING) < 100 &&
		   gdpr_profile_rate(profile, GDPR_TRAIT_PLACE) < 400 &&
		   gdpr_profile_rate(profile, GDPR_TRAIT_HAS_DIGIT) < 100 &&
		   !gdpr_name_has(&column->words, GDPR_WORD_COMPANY) &&
		   !gdpr_name_has(&column->words, GDPR_WORD_THING) &&
		   !gdpr_name_has(&column->words, GDPR_WORD_CITY) && !gdpr_name_has(&column->words, GDPR_WORD_TITLE);
}

/* What the content says without the name, and how much of it. */
static GdprCategoryId
judge_content(const GdprColumnFacts *column, const GdprSurroundings *around, int this_year, int *rate)
{
	const GdprProfile *profile = column->profile;

	if (profile == NULL || profile->distinct < MIN_VALUES)
		return GDPR_CATEGORY_NONE;
	if (column->type == GDPR_TYPE_TEXT || column->type == GDPR_TYPE_DATE ||
		column->type == GDPR_TYPE_TIMESTAMP)
	{
		*rate = gdpr_profile_rate(profile, GDPR_TRAIT_DATE);
		if (*rate >= 900)
			return !gdpr_name_is_other_date(&column->words) && are_births(profile, false, this_year)
					   ? GDPR_CATEGORY_BIRTH_DATE
					   : GDPR_CATEGORY_NONE;
	}
	if (column->type != GDPR_TYPE_TEXT)
		return GDPR_CATEGORY_NONE;
	for (int i = 0; i < EVIDENCE; i++)
	{
		*rate = gdpr_profile_rate(profile, evidence[i].trait);
		if (*rate < evidence[i].alone)
			continue;
		if (evidence[i].trait == GDPR_TRAIT_IPV4 && !are_addresses(profile))
			continue;
		if (evidence[i].category == GDPR_CATEGORY_NAME && !are_names(column, around))
			continue;
		if (evidence[i].trait == GDPR_TRAIT_STREET && around->table == GDPR_TABLE_LIST)
			continue;
		return evidence[i].category;
	}
	return GDPR_CATEGORY_NONE;
}

/* Checked by syntax or check digits, so that no name says otherwise. */
static bool
is_strict(GdprCategoryId category)
{
	static const uint64_t strict = BIT(GDPR_CATEGORY_EMAIL) | BIT(GDPR_CATEGORY_IBAN) |
								   BIT(GDPR_CATEGORY_USERAGENT) | BIT(GDPR_CATEGORY_NATIONAL_ID) |
								   BIT(GDPR_CATEGORY_IP) | BIT(GDPR_CATEGORY_PAYMENT_CARD) |
								   BIT(GDPR_CATEGORY_DEVICE_ID) | BIT(GDPR_CATEGORY_ID_CARD);

	return HAS(strict, category);
}

static int
best_rate(const GdprProfile *profile, GdprCategoryId category)
{
	int best = -1;

	for (int i = 0; i < EVIDENCE; i++)
	{
		int rate = gdpr_profile_rate(profile, evidence[i].trait);

		if (evidence[i].category == category && rate > best)
			best = rate;
	}
	return best;
}

static int
rate_of_any(const GdprProfile *profile, const GdprTrait *traits, int count)
{
	int best = 0;

	for (int i = 0; i < count; i++)
	{
		int rate = gdpr_profile_rate(profile, traits[i]);

		if (rate > best)
			best = rate;
	}
	return best;
}

#define ANY(profile, ...)                                  \
	rate_of_any(profile, (const GdprTrait[]){__VA_ARGS__}, \
				(int) (sizeof((GdprTrait[]){__VA_ARGS__}) / sizeof(GdprTrait)))

/* Does the content speak against what the name says? */
static bool
contradicts(const GdprColumnFacts *column, GdprCategoryId category, int strength, int this_year)
{
	const GdprProfile *p = column->profile;
	int digits = gdpr_profile_rate(p, GDPR_TRAIT_HAS_DIGIT);
	int machine = ANY(p, GDPR_TRAIT_UUID, GDPR_TRAIT_HASH, GDPR_TRAIT_URL, GDPR_TRAIT_EMAIL);

	switch (category)
	{
		case GDPR_CATEGORY_EMAIL:
			return gdpr_profile_rate(p, GDPR_TRAIT_EMAIL) < 200;
		case GDPR_CATEGORY_PHONE:
			return ANY(p, GDPR_TRAIT_PHONE, GDPR_TRAIT_PHONE_LOOSE) < 300 &&
				   gdpr_profile_rate(p, GDPR_TRAIT_HASH) < 500;
		case GDPR_CATEGORY_IP:
			return column->type == GDPR_TYPE_TEXT &&
				   ANY(p, GDPR_TRAIT_IPV4, GDPR_TRAIT_IPV6, GDPR_TRAIT_HASH) < 300;
		case GDPR_CATEGORY_NAME:
			if (digits > 500 || machine > 300 || p->words > (int64_t) p->distinct * 6)
				return true;
			return strength < 80 && ANY(p, GDPR_TRAIT_FIRST_NAME, GDPR_TRAIT_LAST_NAME,
										GDPR_TRAIT_FULL_NAME) < (strength < CLEAR_NAME ? 250 : 100);
		case GDPR_CATEGORY_ADDRESS:
			return machine > 300 || ANY(p, GDPR_TRAIT_IPV4, GDPR_TRAIT_MAC) > 300 ||
				   (gdpr_profile_rate(p, GDPR_TRAIT_CODE) > 700 &&
					ANY(p, GDPR_TRAIT_STREET, GDPR_TRAIT_NUMBER_AND_WORDS) < 50 &&
					p->bytes < p->distinct * 4 && p->distinct < 10);
		case GDPR_CATEGORY_BIRTH_DATE:
			return gdpr_profile_rate(p, GDPR_TRAIT_DATE) >= 500 ? !are_births(p, true, this_year)
																: digits < 500;
		case GDPR_CATEGORY_NATIONAL_ID:
		case GDPR_CATEGORY_ID_CARD:
		case GDPR_CATEGORY_IBAN:
		case GDPR_CATEGORY_PAYMENT_CARD:
			return digits < 500 || p->digits < p->distinct * 4;
		case GDPR_CATEGORY_DEVICE_ID:
			return digits < 300;
		case GDPR_CATEGORY_POSTAL_CODE:
			return digits < 300 || p->bytes > (int64_t) p->distinct * 12;
		case GDPR_CATEGORY_CITY:
		case GDPR_CATEGORY_REGION:
		case GDPR_CATEGORY_OCCUPATION:
			return digits > 600 || machine > 300;
		case GDPR_CATEGORY_GENDER:
			return p->distinct > 20;
		case GDPR_CATEGORY_MARITAL:
			return p->distinct > 30;
		case GDPR_CATEGORY_FREETEXT:
			return gdpr_profile_rate(p, GDPR_TRAIT_SENTENCE) < 100;
		default:
			return false;
	}
}

static int
together(int a, int b)
{
	return 100 - (100 - a) * (100 - b) / 100;
}

/* Something personal inside a text, in at least so many distinct values: never a rate. */
static bool
holds_personal_data(const GdprColumnFacts *column)
{
	static const GdprTrait inside[] = {GDPR_TRAIT_EMAIL,	   GDPR_TRAIT_IBAN,
									   GDPR_TRAIT_HOLDS_EMAIL, GDPR_TRAIT_HOLDS_PHONE,
									   GDPR_TRAIT_HOLDS_IBAN,  GDPR_TRAIT_HOLDS_NATIONAL_ID};

	if (column->profile == NULL || column->type != GDPR_TYPE_TEXT)
		return false;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (column->profile->count[inside[i]] >= MIN_INSIDE)
			return true;
	return column->profile->count[GDPR_TRAIT_HOLDS_NAME] >= 10 * MIN_INSIDE &&
		   gdpr_profile_rate(column->profile, GDPR_TRAIT_SENTENCE) > 300;
}

/* Lists of words beside people: of a few values, all of which are in the list. */
static GdprCategoryId
judge_words(const GdprColumnFacts *column, const GdprSurroundings *around, int *rate)
{
	static const struct
	{
		GdprTrait trait;
		GdprCategoryId category;
		int most;
		int least;
		int rate;
	} lists[] = {{GDPR_TRAIT_GENDER, GDPR_CATEGORY_GENDER, 6, 2, 1000},
				 {GDPR_TRAIT_MARITAL, GDPR_CATEGORY_MARITAL, 10, 3, 1000},
				 {GDPR_TRAIT_NATIONALITY, GDPR_CATEGORY_NATIONALITY, 300, 4, 600},
				 {GDPR_TRAIT_REGION, GDPR_CATEGORY_REGION, 300, 8, 700},
				 {GDPR_TRAIT_OCCUPATION, GDPR_CATEGORY_OCCUPATION, 1000, 8, 600},
				 {GDPR_TRAIT_PLACE, GDPR_CATEGORY_CITY, 100000, 15, 450}};
	const GdprProfile *profile = column->profile;

	if (profile == NULL || column->type != GDPR_TYPE_TEXT || around->table == GDPR_TABLE_COMPANY ||
		around->table == GDPR_TABLE_LIST || !is_near_people(around))
		return GDPR_CATEGORY_NONE;
	if (gdpr_name_has(&column->words, GDPR_WORD_NOT) || gdpr_name_has(&column->words, GDPR_WORD_THING))
		return GDPR_CATEGORY_NONE;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		*rate = gdpr_profile_rate(profile, lists[i].trait);
		if (profile->distinct >= lists[i].least && profile->distinct <= lists[i].most &&
			*rate >= lists[i].rate)
			return lists[i].category;
	}
	return GDPR_CATEGORY_NONE;
}

static bool
is_only_a_key(const GdprColumnFacts *column, GdprCategoryId category)
{
	return category == GDPR_CATEGORY_PSEUDONYM &&
		   (column->is_foreign_key || (column->is_key && gdpr_name_has(&column->words, GDPR_WORD_ID)));
}

static GdprVerdict
judge(const GdprColumnFacts *column, const GdprSurroundings *around, int this_year)
{
	GdprVerdict verdict = {GDPR_CATEGORY_NONE, 0, false, false, -1, false, false};
	GdprNameVerdict name = gdpr_judge_name(&column->words, around);
	const GdprProfile *profile = column->profile;
	int rate = 0;
	GdprCategoryId content;

	if (name.category != GDPR_CATEGORY_NONE &&
		(!HAS(possible[column->type], name.category) || is_only_a_key(column, name.category)))
		name.category = GDPR_CATEGORY_NONE;
	if (name.category == GDPR_CATEGORY_ADDRESS && column->type == GDPR_TYPE_NUMBER &&
		!gdpr_name_has(&column->words, GDPR_WORD_HOUSENO) && !gdpr_name_has(&column->words, GDPR_WORD_BOX))
		name.category = GDPR_CATEGORY_NONE;
	if (column->type == GDPR_TYPE_MAC ||
		(column->type == GDPR_TYPE_INET && name.category == GDPR_CATEGORY_NONE &&
		 !gdpr_name_has(&column->words, GDPR_WORD_THING)))
	{
		verdict.category = column->type == GDPR_TYPE_MAC ? GDPR_CATEGORY_DEVICE_ID : GDPR_CATEGORY_IP;
		verdict.by_type = true;
		verdict.confidence = 70;
		return verdict;
	}
	content = judge_content(column, around, this_year, &rate);
	if (content == GDPR_CATEGORY_NONE && name.category == GDPR_CATEGORY_NONE)
	{
		content = judge_words(column, around, &rate);
		verdict.by_neighbours = content != GDPR_CATEGORY_NONE;
	}
	if (name.category != GDPR_CATEGORY_NONE && profile != NULL && profile->distinct >= MIN_CONTRADICT &&
		column->type != GDPR_TYPE_DOCUMENT && contradicts(column, name.category, name.strength, this_year))
		name.category = GDPR_CATEGORY_NONE;
	if (name.category != GDPR_CATEGORY_NONE && name.strength < CLEAR_NAME &&
		(profile == NULL || profile->distinct < MIN_CONTRADICT))
		name.category = GDPR_CATEGORY_NONE;

	if (content != GDPR_CATEGORY_NONE && content != name.category &&
		(name.category == GDPR_CATEGORY_NONE ||
		 (is_strict(content) && name.category != GDPR_CATEGORY_SECRET &&
		  name.category != GDPR_CATEGORY_HANDLE)))
	{
		verdict.category = content;
		verdict.rate = rate;
		verdict.confidence = 50 + rate / 22;
	}
	else if (name.category != GDPR_CATEGORY_NONE)
	{
		verdict.category = name.category;
		verdict.by_name = true;
		verdict.confidence = name.strength;
		if (profile != NULL && profile->distinct >= MIN_CONTRADICT)
		{
			verdict.rate = best_rate(profile, name.category);
			if (verdict.category == GDPR_CATEGORY_BIRTH_DATE)
				verdict.rate = gdpr_profile_rate(profile, GDPR_TRAIT_DATE);
			if (verdict.rate >= 100)
				verdict.confidence = together(name.strength, verdict.rate / 12);
		}
	}
	else if (holds_personal_data(column))
	{
		verdict.category = GDPR_CATEGORY_FREETEXT;
		verdict.contains = true;
		verdict.confidence = 75;
	}
	if (verdict.confidence > 99)
		verdict.confidence = 99;
	return verdict;
}

/* How many columns were found to be of some kinds. */
typedef struct Tally
{
	int people;
	int contacts;
	int addresses;
	int cities;
	int agents;
} Tally;

static void
count(Tally *tally, GdprCategoryId category, int by)
{
	tally->people += by * (int) HAS(of_people, category);
	tally->contacts += by * (int) HAS(of_contact, category);
	tally->addresses += by * (category == GDPR_CATEGORY_ADDRESS || category == GDPR_CATEGORY_POSTAL_CODE);
	tally->cities += by * (category == GDPR_CATEGORY_CITY);
	tally->agents += by * (category == GDPR_CATEGORY_USERAGENT || category == GDPR_CATEGORY_IP);
}

void
gdpr_judge_columns(GdprTableKind table, bool leads_to_people, GdprColumnFacts *columns, int count_of,
				   int this_year)
{
	GdprSurroundings around = {.table = table, .leads_to_people = leads_to_people};
	Tally tally = {0};

	for (int round = 0; round < 3; round++)
	{
		Tally found = {0};

		for (int i = 0; i < count_of; i++)
		{
			Tally others = tally;

			count(&others, columns[i].verdict.category, -(round > 0));
			around.beside_person = others.people + others.contacts >= 2 && others.people > 0;
			around.beside_contact = others.people + others.contacts >= 2;
			around.beside_address = others.addresses > 0;
			around.beside_city = others.cities > 0;
			around.beside_agent = others.agents > 0;
			columns[i].verdict = judge(&columns[i], &around, this_year);
			count(&found, columns[i].verdict.category, 1);
		}
		tally = found;
	}
}

/* 1840 as 1,840 */
static void
put_number(GdprBuffer *out, int number)
{
	char digits[16];

	if (number >= 1000)
	{
		put_number(out, number / 1000);
		snprintf(digits, sizeof(digits), ",%03d", number % 1000);
	}
	else
		snprintf(digits, sizeof(digits), "%d", number);
	gdpr_put_string(out, digits);
}

static void
put_part(GdprBuffer *out, const char *text)
{
	if (out->len > 0)
		gdpr_put_string(out, "; ");
	gdpr_put_string(out, text);
}

static void
put_held(GdprBuffer *out, const GdprProfile *profile)
{
	static const struct
	{
		GdprTrait trait;
		const char *words;
	} held[] = {{GDPR_TRAIT_EMAIL, "nothing but an e-mail address"},
				{GDPR_TRAIT_IBAN, "nothing but an account number"},
				{GDPR_TRAIT_HOLDS_EMAIL, "e-mail addresses"},
				{GDPR_TRAIT_HOLDS_PHONE, "telephone numbers"},
				{GDPR_TRAIT_HOLDS_IBAN, "account numbers"},
				{GDPR_TRAIT_HOLDS_NATIONAL_ID, "national numbers"},
				{GDPR_TRAIT_HOLDS_NAME, "names of people"}};

	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
	{
		if (profile->count[held[i].trait] < MIN_INSIDE)
			continue;
		put_part(out, "");
		put_number(out, profile->count[held[i].trait]);
		gdpr_put_string(out, " values hold ");
		gdpr_put_string(out, held[i].words);
	}
}

void
gdpr_put_evidence(const GdprColumnFacts *column, GdprBuffer *out)
{
	const GdprVerdict *verdict = &column->verdict;
	const GdprProfile *profile = column->profile;

	if (verdict->category == GDPR_CATEGORY_NONE)
		return;
	if (verdict->rate >= 0 && profile != NULL)
	{
		put_number(out, (verdict->rate + 5) / 10);
		gdpr_put_string(out, " % ");
		gdpr_put_string(out, gdpr_categories[verdict->category].words);
		gdpr_put_string(out, " in ");
		put_number(out, profile->distinct);
		gdpr_put_string(out, " sampled values");
	}
	if (verdict->contains || verdict->category == GDPR_CATEGORY_FREETEXT)
		if (profile != NULL)
			put_held(out, profile);
	if (verdict->by_name)
		put_part(out, "the name says so");
	if (verdict->by_type)
		put_part(out, "the type says so");
	if (verdict->by_neighbours)
		put_part(out, "beside columns about people");
	if (profile == NULL)
		put_part(out, "content not read");
	else if (profile->distinct == 0)
		put_part(out, "no content");
}
