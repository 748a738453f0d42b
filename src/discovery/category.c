/*
 * category.c
 *		The table of categories.
 */
#include "discovery/category.h"

#include <string.h>

#define DIRECT(name, class, words)          \
	{                                       \
		name, class, "direct", false, words \
	}
#define SPECIAL(name, class, words)        \
	{                                      \
		name, class, "direct", true, words \
	}
#define QUASI(name, class, words)          \
	{                                      \
		name, class, "quasi", false, words \
	}

const GdprCategory gdpr_categories[GDPR_CATEGORIES] = {
	[GDPR_CATEGORY_NONE] = {"", NULL, "", false, ""},
	[GDPR_CATEGORY_EMAIL] = DIRECT("email", "email", "valid e-mail addresses"),
	[GDPR_CATEGORY_PHONE] = DIRECT("phone", "phone", "telephone numbers"),
	[GDPR_CATEGORY_NAME] = DIRECT("name", "name", "names of people"),
	[GDPR_CATEGORY_NATIONAL_ID] = DIRECT("national_id", "national_id", "national identification numbers"),
	[GDPR_CATEGORY_ID_CARD] = DIRECT("id_card", "id_card", "identity card numbers"),
	[GDPR_CATEGORY_IP] = DIRECT("ip", "ip", "IP addresses"),
	[GDPR_CATEGORY_DEVICE_ID] = DIRECT("device_id", "device_id", "device identifiers"),
	[GDPR_CATEGORY_IBAN] = DIRECT("iban", "iban", "valid account numbers"),
	[GDPR_CATEGORY_ADDRESS] = DIRECT("address", "address", "street addresses"),
	[GDPR_CATEGORY_BIRTH_DATE] = DIRECT("birth_date", "birth_date", "dates spread as births are"),
	[GDPR_CATEGORY_HEALTH] = SPECIAL("health", "health", "diagnosis codes"),
	[GDPR_CATEGORY_PAYMENT_CARD] = DIRECT("payment_card", "text", "valid card numbers"),
	[GDPR_CATEGORY_HANDLE] = DIRECT("handle", "text", "account names"),
	[GDPR_CATEGORY_PHOTO] = DIRECT("photo", "bytes", "pictures"),
	[GDPR_CATEGORY_RECORDING] = DIRECT("recording", "bytes", "recordings"),
	[GDPR_CATEGORY_RELIGION] = SPECIAL("religion", "text", "religions"),
	[GDPR_CATEGORY_ETHNICITY] = SPECIAL("ethnicity", "text", "ethnic origins"),
	[GDPR_CATEGORY_POLITICS] = SPECIAL("politics", "text", "political opinions"),
	[GDPR_CATEGORY_TRADE_UNION] = SPECIAL("trade_union", "text", "memberships"),
	[GDPR_CATEGORY_SEXUALITY] = SPECIAL("sexuality", "text", "orientations"),
	[GDPR_CATEGORY_BIOMETRIC] = SPECIAL("biometric", "bytes", "biometric templates"),
	[GDPR_CATEGORY_GENETIC] = SPECIAL("genetic", "bytes", "genetic data"),
	[GDPR_CATEGORY_CRIMINAL] = SPECIAL("criminal", "text", "convictions"),
	[GDPR_CATEGORY_POSTAL_CODE] = QUASI("postal_code", "text", "postal codes"),
	[GDPR_CATEGORY_CITY] = QUASI("city", "text", "names of places"),
	[GDPR_CATEGORY_REGION] = QUASI("region", "text", "names of regions"),
	[GDPR_CATEGORY_GENDER] = QUASI("gender", "text", "words for a gender"),
	[GDPR_CATEGORY_NATIONALITY] = QUASI("nationality", "text", "nationalities"),
	[GDPR_CATEGORY_MARITAL] = QUASI("marital", "text", "words for a marital status"),
	[GDPR_CATEGORY_OCCUPATION] = QUASI("occupation", "text", "occupations"),
	[GDPR_CATEGORY_BIRTH_YEAR] = QUASI("birth_year", "birth_date", "years of birth"),
	[GDPR_CATEGORY_USERAGENT] = QUASI("useragent", "text", "names of browsers"),
	[GDPR_CATEGORY_GEO] = QUASI("geo", "text", "coordinates"),
	[GDPR_CATEGORY_PSEUDONYM] = QUASI("pseudonym", "text", "numbers of people"),
	[GDPR_CATEGORY_SECRET] = {"secret", NULL, "secret", false, "secrets"},
	[GDPR_CATEGORY_FREETEXT] = {"freetext", "text", "freetext", false, "texts in sentences"}};

GdprCategoryId
gdpr_category_by_name(const char *name, size_t len)
{
	for (int i = 1; i < GDPR_CATEGORIES; i++)
		if (strlen(gdpr_categories[i].name) == len && memcmp(gdpr_categories[i].name, name, len) == 0)
			return (GdprCategoryId) i;
	return GDPR_CATEGORY_NONE;
}
