/*
 * class.c
 *		The table of the classes of personal data. A new class is a file in classes/ and an entry here.
 */
#include "pii/class.h"

#include <string.h>

#include "pii/classes/classes.h"

#define KB		 ((size_t) 1024)
#define MB		 (1024 * KB)

#define ANY_PART (GDPR_SEARCH_PREFIX | GDPR_SEARCH_WORDS | GDPR_SEARCH_SUBSTRING)

typedef struct Entry
{
	GdprClass class;
	const char *hint;
} Entry;

static const Entry entries[] = {
	{{.id = GDPR_EMAIL,
	  .name = "email",
	  .label = "e-mail address",
	  .searchable = true,
	  .max_len = 1000,
	  .searched_by = GDPR_SEARCH_PREFIX | GDPR_SEARCH_SUBSTRING,
	  .normalise = gdpr_email_normalise,
	  .fold = gdpr_email_fold,
	  .mask = gdpr_email_mask},
	 "Expected an address such as name@example.com."},
	{{.id = GDPR_PHONE,
	  .name = "phone",
	  .label = "telephone number",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_phone_normalise,
	  .mask = gdpr_phone_mask},
	 "Expected an international number such as +32 470 12 34 56, or a national one of the country in "
	 "gdpr.default_country."},
	{{.id = GDPR_NAME,
	  .name = "name",
	  .label = "name of a person",
	  .searchable = true,
	  .tidy = GDPR_SPELLING,
	  .max_len = 1000,
	  .searched_by = ANY_PART,
	  .normalise = gdpr_name_normalise,
	  .fold = gdpr_name_fold,
	  .mask = gdpr_name_mask},
	 "Expected 1 to 200 characters with a letter and without control characters; no address, date, amount or "
	 "identifier."},
	{{.id = GDPR_NATIONAL_ID,
	  .name = "national_id",
	  .label = "national identification number",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_national_id_normalise,
	  .mask = gdpr_hidden_mask},
	 "Expected a number that a European state gives to a person, with its check digits; a country in front, "
	 "as in "
	 "DK:211062-5629, says whose it is."},
	{{.id = GDPR_ID_CARD,
	  .name = "id_card",
	  .label = "identity card number",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_id_card_normalise,
	  .mask = gdpr_id_card_mask},
	 "Expected the 12 digits of a Belgian identity card, such as 591-1917064-58."},
	{{.id = GDPR_IP,
	  .name = "ip",
	  .label = "IP address",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_ip_normalise,
	  .mask = gdpr_ip_mask},
	 "Expected a complete IPv4 or IPv6 address without a network length."},
	{{.id = GDPR_DEVICE_ID,
	  .name = "device_id",
	  .label = "device identifier",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_device_id_normalise,
	  .mask = gdpr_device_id_mask},
	 "Expected an IMEI, IMSI, ICCID, MAC address, advertising, Android or cookie identifier; an all-zero "
	 "advertising identifier means that tracking is refused: store NULL."},
	{{.id = GDPR_IBAN,
	  .name = "iban",
	  .label = "IBAN",
	  .searchable = true,
	  .max_len = 200,
	  .normalise = gdpr_iban_normalise,
	  .mask = gdpr_iban_mask},
	 "Expected an account number such as BE68 5390 0754 7034."},
	{{.id = GDPR_ADDRESS,
	  .name = "address",
	  .label = "postal address",
	  .tidy = GDPR_SPELLING,
	  .max_len = 4000,
	  .searched_by = ANY_PART,
	  .normalise = gdpr_address_normalise,
	  .fold = gdpr_address_fold,
	  .mask = gdpr_address_mask},
	 "Expected an address such as: Wetstraat 16, 1000 Brussel, BE, with a postal code of that country and "
	 "its ISO code (GB, not UK)."},
	{{.id = GDPR_BIRTH_DATE,
	  .name = "birth_date",
	  .label = "date of birth",
	  .padded = true,
	  .max_len = 200,
	  .normalise = gdpr_birth_date_normalise,
	  .mask = gdpr_birth_date_mask},
	 "Expected 1985-07-30, 30/07/1985, 1985-07 or 1985, not in the future and at most 130 years ago; a "
	 "moment in UTC "
	 "says which day it is only at midnight: set the time zone of the people first."},
	{{.id = GDPR_HEALTH,
	  .name = "health",
	  .label = "health data",
	  .tidy = GDPR_VERBATIM,
	  .padded = true,
	  .max_len = 64 * MB,
	  .mask = gdpr_hidden_mask},
	 "Expected text of at most 64 MB."},
	{{.id = GDPR_TEXT,
	  .name = "text",
	  .label = "personal text",
	  .tidy = GDPR_VERBATIM,
	  .padded = true,
	  .max_len = 64 * MB,
	  .searched_by = ANY_PART,
	  .mask = gdpr_hidden_mask},
	 "Expected text of at most 64 MB."},
	{{.id = GDPR_JSON,
	  .name = "json",
	  .label = "personal JSON document",
	  .tidy = GDPR_VERBATIM,
	  .max_len = 64 * MB,
	  .normalise = gdpr_json_normalise,
	  .mask = gdpr_hidden_mask},
	 "Expected valid JSON of at most 64 MB and 1024 levels."},
	{{.id = GDPR_BYTES,
	  .name = "bytes",
	  .label = "personal binary data",
	  .binary = true,
	  .max_len = 100 * MB,
	  .mask = gdpr_hidden_mask},
	 "Expected at most 100 MB; keep larger recordings outside and store their URI and SHA-256 as evidence."}};

int
gdpr_class_count(void)
{
	return sizeof(entries) / sizeof(entries[0]);
}

const GdprClass *
gdpr_class_at(int i)
{
	return i >= 0 && i < gdpr_class_count() ? &entries[i].class : NULL;
}

const GdprClass *
gdpr_class_by_id(int id)
{
	for (int i = 0; i < gdpr_class_count(); i++)
	{
		if ((int) entries[i].class.id == id)
			return &entries[i].class;
	}
	return NULL;
}

const GdprClass *
gdpr_class_by_name(const char *name)
{
	for (int i = 0; i < gdpr_class_count(); i++)
	{
		if (strcmp(entries[i].class.name, name) == 0)
			return &entries[i].class;
	}
	return NULL;
}

const char *
gdpr_class_hint(const GdprClass *class)
{
	for (int i = 0; i < gdpr_class_count(); i++)
	{
		if (entries[i].class.id == class->id)
			return entries[i].hint;
	}
	return "";
}
