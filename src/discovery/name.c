/*
 * name.c
 *		Rules over the words of a name. The first rule that holds is what the name says.
 *
 *		In Dutch, German and English the last word is the head: email_count is a count. So a word that turns the meaning
 *		does so anywhere, and a thing does so behind the word, or for rules that a thing may not be near.
 */
#include "discovery/name.h"

/* Where a rule holds. */
#define NEAR_PERSON	 0x01  /* in a table of people, or with a word for a person beside it */
#define NO_COMPANY	 0x02  /* not in a table of companies, nor with a word for one */
#define NEAR_ADDRESS 0x04  /* beside an address, or in a table of people */
#define NO_THING	 0x08  /* no word for a thing, and none that is unknown, even before it */
#define NO_LIST		 0x10  /* not in a table that is the list of such words */
#define NEAR_AGENT	 0x20  /* beside the name of a browser or an address of the net */
#define IN_PEOPLE	 0x40  /* in a table of people, whatever is beside it */
#define NEAR_CITY	 0x80  /* beside a city */
#define IS_LAST		 0x100 /* nothing behind it */
#define LEADS		 0x200 /* in a table that leads to people */
#define OF_PERSON	 0x400 /* directly behind a word for a person */
#define ANYWHERE	 0

typedef struct Rule
{
	GdprWordMeaning word;
	GdprWordMeaning with; /* GDPR_WORD_UNKNOWN: nothing more is asked */
	int where;
	GdprCategoryId category;
	int strength;
} Rule;

#define ALONE GDPR_WORD_UNKNOWN

/* clang-format off */
static const Rule rules[] = {
	{GDPR_WORD_SECRET, ALONE, ANYWHERE, GDPR_CATEGORY_SECRET, 80},
	{GDPR_WORD_BIOMETRIC, ALONE, ANYWHERE, GDPR_CATEGORY_BIOMETRIC, 85},
	{GDPR_WORD_GENETIC, ALONE, ANYWHERE, GDPR_CATEGORY_GENETIC, 80},
	{GDPR_WORD_CRIMINAL, ALONE, ANYWHERE, GDPR_CATEGORY_CRIMINAL, 75},
	{GDPR_WORD_RELIGION, ALONE, NO_LIST, GDPR_CATEGORY_RELIGION, 85},
	{GDPR_WORD_ETHNICITY, ALONE, NO_LIST, GDPR_CATEGORY_ETHNICITY, 80},
	{GDPR_WORD_POLITICS, ALONE, ANYWHERE, GDPR_CATEGORY_POLITICS, 85},
	{GDPR_WORD_UNION, ALONE, ANYWHERE, GDPR_CATEGORY_TRADE_UNION, 85},
	{GDPR_WORD_SEXUAL, ALONE, ANYWHERE, GDPR_CATEGORY_SEXUALITY, 85},
	{GDPR_WORD_HEALTH, ALONE, NO_THING | NO_COMPANY, GDPR_CATEGORY_HEALTH, 80},
	{GDPR_WORD_EMAIL, ALONE, ANYWHERE, GDPR_CATEGORY_EMAIL, 95},
	{GDPR_WORD_AGENT, ALONE, ANYWHERE, GDPR_CATEGORY_USERAGENT, 85},
	{GDPR_WORD_OS, ALONE, NEAR_AGENT, GDPR_CATEGORY_USERAGENT, 60},
	{GDPR_WORD_PHOTO, ALONE, NO_COMPANY, GDPR_CATEGORY_PHOTO, 80},
	{GDPR_WORD_PICTURE, ALONE, NEAR_PERSON | NO_COMPANY | NO_THING, GDPR_CATEGORY_PHOTO, 75},
	{GDPR_WORD_IMAGE, ALONE, IN_PEOPLE | NO_THING, GDPR_CATEGORY_PHOTO, 65},
	{GDPR_WORD_LOGO, ALONE, IN_PEOPLE, GDPR_CATEGORY_PHOTO, 60},
	{GDPR_WORD_RECORDING, ALONE, ANYWHERE, GDPR_CATEGORY_RECORDING, 60},
	{GDPR_WORD_IP, ALONE, ANYWHERE, GDPR_CATEGORY_IP, 90},
	{GDPR_WORD_DEVICEID, ALONE, ANYWHERE, GDPR_CATEGORY_DEVICE_ID, 85},
	{GDPR_WORD_BIRTHPLACE, ALONE, ANYWHERE, GDPR_CATEGORY_CITY, 80},
	{GDPR_WORD_BIRTHYEAR, ALONE, NO_THING, GDPR_CATEGORY_BIRTH_YEAR, 70},
	{GDPR_WORD_BIRTH, GDPR_WORD_COUNTRY, ANYWHERE, GDPR_CATEGORY_NATIONALITY, 80},
	{GDPR_WORD_BIRTH, GDPR_WORD_CITY, ANYWHERE, GDPR_CATEGORY_CITY, 80},
	{GDPR_WORD_BIRTH, GDPR_WORD_NAME, ANYWHERE, GDPR_CATEGORY_NAME, 85},
	{GDPR_WORD_BIRTH, ALONE, ANYWHERE, GDPR_CATEGORY_BIRTH_DATE, 95},
	{GDPR_WORD_NATIONALID, ALONE, NO_COMPANY, GDPR_CATEGORY_NATIONAL_ID, 90},
	{GDPR_WORD_TAXID, ALONE, NEAR_PERSON | NO_COMPANY, GDPR_CATEGORY_NATIONAL_ID, 75},
	{GDPR_WORD_IDCARD, ALONE, NO_COMPANY, GDPR_CATEGORY_ID_CARD, 85},
	{GDPR_WORD_IBAN, GDPR_WORD_NAME, ANYWHERE, GDPR_CATEGORY_NAME, 80},
	{GDPR_WORD_PAYCARD, GDPR_WORD_NAME, ANYWHERE, GDPR_CATEGORY_NAME, 80},
	{GDPR_WORD_IBAN, ALONE, ANYWHERE, GDPR_CATEGORY_IBAN, 90},
	{GDPR_WORD_PAYCARD, ALONE, ANYWHERE, GDPR_CATEGORY_PAYMENT_CARD, 85},
	{GDPR_WORD_HANDLE, GDPR_WORD_ID, NEAR_PERSON, GDPR_CATEGORY_PSEUDONYM, 75},
	{GDPR_WORD_PHONE, ALONE, ANYWHERE, GDPR_CATEGORY_PHONE, 92},
	{GDPR_WORD_POSTCODE, ALONE, NO_COMPANY | NO_LIST, GDPR_CATEGORY_POSTAL_CODE, 92},
	{GDPR_WORD_NATIONALITY, ALONE, NO_LIST, GDPR_CATEGORY_NATIONALITY, 88},
	{GDPR_WORD_GENDER, ALONE, ANYWHERE, GDPR_CATEGORY_GENDER, 88},
	{GDPR_WORD_MARITAL, ALONE, ANYWHERE, GDPR_CATEGORY_MARITAL, 88},
	{GDPR_WORD_HOUSENO, ALONE, ANYWHERE, GDPR_CATEGORY_ADDRESS, 85},
	{GDPR_WORD_CITY, GDPR_WORD_STREET, NO_COMPANY, GDPR_CATEGORY_CITY, 70},
	{GDPR_WORD_CITY, ALONE, NEAR_ADDRESS | NO_COMPANY | NO_LIST, GDPR_CATEGORY_CITY, 80},
	{GDPR_WORD_REGION, ALONE, NEAR_ADDRESS | NO_COMPANY | NO_LIST, GDPR_CATEGORY_REGION, 75},
	{GDPR_WORD_PLACE, ALONE, IN_PEOPLE | NO_THING, GDPR_CATEGORY_CITY, 60},
	{GDPR_WORD_STATE, ALONE, NEAR_ADDRESS | NEAR_CITY | NO_COMPANY | NO_LIST, GDPR_CATEGORY_REGION, 70},
	{GDPR_WORD_STREET, ALONE, ANYWHERE, GDPR_CATEGORY_ADDRESS, 90},
	{GDPR_WORD_ADDRESS, GDPR_WORD_COUNTRY, ANYWHERE, GDPR_CATEGORY_NONE, 0},
	{GDPR_WORD_ADDRESS, ALONE, ANYWHERE, GDPR_CATEGORY_ADDRESS, 88},
	{GDPR_WORD_BOX, ALONE, NEAR_ADDRESS | NO_THING, GDPR_CATEGORY_ADDRESS, 60},
	{GDPR_WORD_HANDLE, ALONE, ANYWHERE, GDPR_CATEGORY_HANDLE, 80},
	{GDPR_WORD_OCCUPATION, ALONE, NO_LIST | NO_THING, GDPR_CATEGORY_OCCUPATION, 80},
	{GDPR_WORD_JOB, GDPR_WORD_TITLE, NO_LIST, GDPR_CATEGORY_OCCUPATION, 85},
	{GDPR_WORD_JOB, ALONE, NEAR_PERSON | NO_THING, GDPR_CATEGORY_OCCUPATION, 65},
	{GDPR_WORD_TITLE, ALONE, IN_PEOPLE | NO_THING | NO_COMPANY, GDPR_CATEGORY_OCCUPATION, 60},
	{GDPR_WORD_TITLE, ALONE, LEADS | NO_THING, GDPR_CATEGORY_OCCUPATION, 55},
	{GDPR_WORD_PARTNAME, ALONE, ANYWHERE, GDPR_CATEGORY_NAME, 92},
	{GDPR_WORD_NAMEMOD, GDPR_WORD_NAME, NO_COMPANY | NO_THING, GDPR_CATEGORY_NAME, 90},
	{GDPR_WORD_DISPLAY, GDPR_WORD_NAME, NEAR_PERSON | NO_COMPANY | NO_THING, GDPR_CATEGORY_NAME, 80},
	{GDPR_WORD_NAME, ALONE, OF_PERSON | NO_COMPANY, GDPR_CATEGORY_NAME, 85},
	{GDPR_WORD_NAME, ALONE, NEAR_PERSON | NO_COMPANY | NO_THING, GDPR_CATEGORY_NAME, 85},
	{GDPR_WORD_GEO, ALONE, NO_COMPANY | NO_LIST, GDPR_CATEGORY_GEO, 75},
	{GDPR_WORD_PSEUDONYM, ALONE, ANYWHERE, GDPR_CATEGORY_PSEUDONYM, 75},
	{GDPR_WORD_EXTERNAL, ALONE, NEAR_PERSON, GDPR_CATEGORY_PSEUDONYM, 70},
	{GDPR_WORD_PERSON, GDPR_WORD_NUMBER, NO_THING, GDPR_CATEGORY_PSEUDONYM, 70},
	{GDPR_WORD_NUMBER, ALONE, IN_PEOPLE | IS_LAST, GDPR_CATEGORY_PSEUDONYM, 55},
	{GDPR_WORD_URL, ALONE, IN_PEOPLE | NO_THING, GDPR_CATEGORY_HANDLE, 60},
	{GDPR_WORD_URL, GDPR_WORD_NAMED, NO_COMPANY | NO_THING, GDPR_CATEGORY_HANDLE, 60},
	{GDPR_WORD_NOTE, ALONE, NO_THING, GDPR_CATEGORY_FREETEXT, 55},
};
/* clang-format on */

/* The last word that says something. */
static GdprWordMeaning
head_of(const GdprNameWords *words, int *place)
{
	for (*place = words->count - 1; *place >= 0; (*place)--)
		if (words->word[*place] != GDPR_WORD_NEUTRAL && words->word[*place] != GDPR_WORD_ID)
			return words->word[*place];
	return GDPR_WORD_UNKNOWN;
}

static bool
names_person(const GdprNameWords *words)
{
	return gdpr_name_has(words, GDPR_WORD_PERSON) || gdpr_name_has(words, GDPR_WORD_NAMED);
}

GdprTableKind
gdpr_table_kind(const GdprNameWords *table)
{
	int place;

	switch (head_of(table, &place))
	{
		case GDPR_WORD_PERSON:
		case GDPR_WORD_NAMED:
		case GDPR_WORD_HANDLE:
			return GDPR_TABLE_PERSON;
		case GDPR_WORD_COMPANY:
			return GDPR_TABLE_COMPANY;
		case GDPR_WORD_ADDRESS:
		case GDPR_WORD_EMAIL:
		case GDPR_WORD_PHONE:
		case GDPR_WORD_NAME:
		case GDPR_WORD_HEALTH:
			return names_person(table) ? GDPR_TABLE_PERSON : GDPR_TABLE_OTHER;
		case GDPR_WORD_CITY:
		case GDPR_WORD_REGION:
		case GDPR_WORD_STATE:
		case GDPR_WORD_COUNTRY:
		case GDPR_WORD_JOB:
		case GDPR_WORD_TITLE:
		case GDPR_WORD_POSTCODE:
		case GDPR_WORD_NATIONALITY:
		case GDPR_WORD_OCCUPATION:
		case GDPR_WORD_RELIGION:
			return GDPR_TABLE_LIST;
		default:
			/* fichier des clients; klant_nl is no such */
			return place > 0 && table->word[0] == GDPR_WORD_NEUTRAL && table->word[place] == GDPR_WORD_PERSON
					   ? GDPR_TABLE_PERSON
					   : GDPR_TABLE_OTHER;
	}
}

static int
place_of(const GdprNameWords *words, GdprWordMeaning meaning)
{
	for (int i = words->count - 1; i >= 0; i--)
		if (words->word[i] == meaning)
			return i;
	return -1;
}

/* A thing or a number behind the word, to which it belongs: email_template, address_id. */
static bool
belongs_to_thing(const GdprNameWords *words, int place, GdprCategoryId category)
{
	for (int i = place + 1; i < words->count; i++)
	{
		switch (words->word[i])
		{
			case GDPR_WORD_THING:
			case GDPR_WORD_PARTICIPLE:
			case GDPR_WORD_PLACE:
				return true;
			case GDPR_WORD_ID:
				/* numbers of people have such a word; others are keys */
				if (category != GDPR_CATEGORY_PSEUDONYM && category != GDPR_CATEGORY_NATIONAL_ID)
					return true;
				break;
			case GDPR_WORD_PERSON:
			case GDPR_WORD_NAMED:
				if (category == GDPR_CATEGORY_FREETEXT)
					return true; /* comment_author */
				break;
			case GDPR_WORD_DATE:
				if (category != GDPR_CATEGORY_BIRTH_DATE && category != GDPR_CATEGORY_BIRTH_YEAR)
					return true;
				break;
			default:
				break;
		}
	}
	return false;
}

static bool
follows_person(const GdprNameWords *words, int place)
{
	return place > 0 &&
		   (words->word[place - 1] == GDPR_WORD_PERSON || words->word[place - 1] == GDPR_WORD_NAMED);
}

static bool
holds(const Rule *rule, const GdprNameWords *words, const GdprSurroundings *around)
{
	int place = place_of(words, rule->word);
	bool person = around->table == GDPR_TABLE_PERSON || names_person(words);

	if (place < 0 || (rule->with != ALONE && !gdpr_name_has(words, rule->with)))
		return false;
	if ((rule->where & NEAR_PERSON) && !person &&
		!(around->beside_person && around->table == GDPR_TABLE_OTHER))
		return false;
	if ((rule->where & NEAR_ADDRESS) && !person && !around->beside_address && !around->beside_agent &&
		!gdpr_name_has(words, GDPR_WORD_ADDRESS))
		return false;
	if ((rule->where & IN_PEOPLE) && around->table != GDPR_TABLE_PERSON)
		return false;
	if ((rule->where & LEADS) && !around->leads_to_people)
		return false;
	if ((rule->where & OF_PERSON) && !follows_person(words, place))
		return false;
	if ((rule->where & NEAR_CITY) && !around->beside_city)
		return false;
	if ((rule->where & IS_LAST) &&
		(place == 0 || place < words->count - 1 || gdpr_name_has(words, GDPR_WORD_THING)))
		return false;
	if ((rule->where & NEAR_AGENT) && !around->beside_agent)
		return false;
	if ((rule->where & NO_COMPANY) &&
		(around->table == GDPR_TABLE_COMPANY || gdpr_name_has(words, GDPR_WORD_COMPANY)))
		return false;
	if ((rule->where & NO_LIST) && around->table == GDPR_TABLE_LIST)
		return false;
	if ((rule->where & NO_THING) &&
		(gdpr_name_has(words, GDPR_WORD_THING) || gdpr_name_has(words, GDPR_WORD_UNKNOWN)))
		return false;
	return !belongs_to_thing(words, place, rule->category);
}

/* A column that is called after the person, and nothing else: author, ontvanger. Answers how sure that makes it. */
static int
is_only_person(const GdprNameWords *words)
{
	int strength = 0;

	for (int i = 0; i < words->count; i++)
	{
		if (words->word[i] == GDPR_WORD_NAMED)
			strength = 60;
		else if (words->word[i] == GDPR_WORD_PERSON && strength == 0)
			strength = 40;
		else if (words->word[i] != GDPR_WORD_NEUTRAL && words->word[i] != GDPR_WORD_NOTE)
			return 0;
	}
	return strength;
}

GdprNameVerdict
gdpr_judge_name(const GdprNameWords *column, const GdprSurroundings *around)
{
	GdprNameVerdict verdict = {GDPR_CATEGORY_NONE, 0};

	if (column->count == 0 || gdpr_name_has(column, GDPR_WORD_NOT))
		return verdict;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
	{
		if (holds(&rules[i], column, around))
		{
			verdict.category = rules[i].category;
			verdict.strength = rules[i].strength;
			return verdict;
		}
	}
	verdict.strength = is_only_person(column);
	verdict.category = verdict.strength > 0 ? GDPR_CATEGORY_NAME : GDPR_CATEGORY_NONE;
	return verdict;
}

bool
gdpr_name_is_other_date(const GdprNameWords *column)
{
	if (gdpr_name_has(column, GDPR_WORD_BIRTH))
		return false;
	return gdpr_name_has(column, GDPR_WORD_DATE) || gdpr_name_has(column, GDPR_WORD_NOT) ||
		   gdpr_name_has(column, GDPR_WORD_THING);
}
