/*
 * name.h
 *		What the name of a column says, in its table. No server here.
 */
#ifndef GDPR_DISCOVERY_NAME_H
#define GDPR_DISCOVERY_NAME_H

#include "discovery/category.h"
#include "discovery/word.h"

typedef enum GdprTableKind
{
	GDPR_TABLE_OTHER,
	GDPR_TABLE_PERSON, /* a row is a person, or is about one: customers, contact_address */
	GDPR_TABLE_COMPANY,
	GDPR_TABLE_LIST /* a list of words: city, country, job_title */
} GdprTableKind;

/* What surrounds a column. */
typedef struct GdprSurroundings
{
	GdprTableKind table;
	bool beside_address; /* another column is an address or a postal code */
	bool beside_person;	 /* other columns tell of one person */
	bool
		beside_contact; /* two other columns may: an address and a telephone number are those of a firm, too */
	bool beside_city;
	bool beside_agent; /* another column is a browser or an IP address */
	bool
		leads_to_people; /* by a foreign key: content may be of them, names like "name" are of something else */
} GdprSurroundings;

typedef struct GdprNameVerdict
{
	GdprCategoryId category;
	int strength; /* 0-100; below 50 only content can confirm it */
} GdprNameVerdict;

extern GdprTableKind gdpr_table_kind(const GdprNameWords *table);

extern GdprNameVerdict gdpr_judge_name(const GdprNameWords *column, const GdprSurroundings *around);

/* The name says that a date is not a birth: hired, ordered, changed. */
extern bool gdpr_name_is_other_date(const GdprNameWords *column);

#endif /* GDPR_DISCOVERY_NAME_H */
