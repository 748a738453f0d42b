/*
 * category.h
 *		What a column may hold, for discovery: the classes of personal data, and what has no class of its own.
 */
#ifndef GDPR_DISCOVERY_CATEGORY_H
#define GDPR_DISCOVERY_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum GdprCategoryId
{
	GDPR_CATEGORY_NONE,
	GDPR_CATEGORY_EMAIL,
	GDPR_CATEGORY_PHONE,
	GDPR_CATEGORY_NAME,
	GDPR_CATEGORY_NATIONAL_ID,
	GDPR_CATEGORY_ID_CARD,
	GDPR_CATEGORY_IP,
	GDPR_CATEGORY_DEVICE_ID,
	GDPR_CATEGORY_IBAN,
	GDPR_CATEGORY_ADDRESS,
	GDPR_CATEGORY_BIRTH_DATE,
	GDPR_CATEGORY_HEALTH,
	GDPR_CATEGORY_PAYMENT_CARD,
	GDPR_CATEGORY_HANDLE,
	GDPR_CATEGORY_PHOTO,
	GDPR_CATEGORY_RECORDING,
	GDPR_CATEGORY_RELIGION,
	GDPR_CATEGORY_ETHNICITY,
	GDPR_CATEGORY_POLITICS,
	GDPR_CATEGORY_TRADE_UNION,
	GDPR_CATEGORY_SEXUALITY,
	GDPR_CATEGORY_BIOMETRIC,
	GDPR_CATEGORY_GENETIC,
	GDPR_CATEGORY_CRIMINAL,
	GDPR_CATEGORY_POSTAL_CODE,
	GDPR_CATEGORY_CITY,
	GDPR_CATEGORY_REGION,
	GDPR_CATEGORY_GENDER,
	GDPR_CATEGORY_NATIONALITY,
	GDPR_CATEGORY_MARITAL,
	GDPR_CATEGORY_OCCUPATION,
	GDPR_CATEGORY_BIRTH_YEAR,
	GDPR_CATEGORY_USERAGENT,
	GDPR_CATEGORY_GEO,
	GDPR_CATEGORY_PSEUDONYM,
	GDPR_CATEGORY_SECRET,
	GDPR_CATEGORY_FREETEXT,
	GDPR_CATEGORIES
} GdprCategoryId;

typedef struct GdprCategory
{
	const char *name;  /* as in gdpr.discovered */
	const char *class; /* the class to seal it with; NULL: none */
	const char *kind;  /* direct, quasi, secret or freetext */
	bool special;	   /* Art. 9 or 10 */
	const char *words; /* what is counted in the evidence: "valid e-mail addresses" */
} GdprCategory;

extern const GdprCategory gdpr_categories[GDPR_CATEGORIES];

/* GDPR_CATEGORY_NONE when there is none of that name. */
extern GdprCategoryId gdpr_category_by_name(const char *name, size_t len);

#endif /* GDPR_DISCOVERY_CATEGORY_H */
