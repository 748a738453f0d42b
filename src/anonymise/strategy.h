/*
 * strategy.h
 *		The closed list of ways to make a value say less, each with what the law makes of it. A rule names one and
 *		gives options; there is no SQL text in it.
 */
#ifndef GDPR_STRATEGY_H
#define GDPR_STRATEGY_H

#include "gdpr.h"

#include "utils/numeric.h"

typedef enum GdprFamily
{
	GDPR_FAMILY_TEXT = 0x01,
	GDPR_FAMILY_INTEGER = 0x02,
	GDPR_FAMILY_DECIMAL = 0x04, /* numeric, real, double precision */
	GDPR_FAMILY_DATE = 0x08,
	GDPR_FAMILY_TIMESTAMP = 0x10, /* with and without time zone */
	GDPR_FAMILY_ADDRESS = 0x20,	  /* inet */
	GDPR_FAMILY_OTHER = 0x40,
	GDPR_FAMILY_ANY = 0x7f
} GdprFamily;

typedef enum GdprEffect
{
	GDPR_ANONYMISING,	 /* may make a table anonymous, together with the measures */
	GDPR_PSEUDONYMISING, /* personal data still, Art. 4(5) */
	GDPR_HIDING			 /* for the eye only */
} GdprEffect;

/* One value to be changed. */
typedef struct GdprValue
{
	Oid type;
	int32 typmod;
	GdprFamily family;
	Datum datum;
	struct varlena *options; /* jsonb */
	const char *row;		 /* what noise and pseudonyms stick to */
} GdprValue;

typedef struct GdprStrategy
{
	const char *name;
	GdprEffect effect;
	int families;
	const char *options; /* for the list: what may be given */

	/* The new value in the type of the old; isnull is false on entry. */
	Datum (*apply)(const GdprValue *value, bool *isnull);
} GdprStrategy;

/* strategy.c */
extern const GdprStrategy *gdpr_strategy_by_name(const char *name);
extern GdprFamily gdpr_family_of_type(Oid type);

/* option.c: an option of a rule; NULL or the fallback when it is not given; 22023 when it is not of the kind. */
extern char *gdpr_option_text(const GdprValue *value, const char *name);
extern int64 gdpr_option_integer(const GdprValue *value, const char *name, int64 fallback, int64 least,
								 int64 most);
extern double gdpr_option_number(const GdprValue *value, const char *name, double fallback, double least,
								 double most);
extern Numeric gdpr_option_numeric(const GdprValue *value, const char *name, int64 fallback, double least,
								   double most);

/* fake.c: words of small shipped lists in UTF-8; NULL when there is no such list */
extern char *gdpr_fake(const char *kind, const char *language, uint64 (*chance)(void));

/* hierarchy.c: the ancestor of a value, level steps up; "*" when there is none */
extern char *gdpr_hierarchy_ancestor(const char *hierarchy, const char *value, int level);

#endif /* GDPR_STRATEGY_H */
