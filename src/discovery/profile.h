/*
 * profile.h
 *		What a sample of a column looks like: counts over its distinct values, and never a value. No server here.
 */
#ifndef GDPR_DISCOVERY_PROFILE_H
#define GDPR_DISCOVERY_PROFILE_H

#include "discovery/value.h"

#define GDPR_FIRST_YEAR 1850
#define GDPR_YEARS		300

typedef struct GdprProfile
{
	int values;	  /* that were not NULL or empty */
	int distinct; /* of which so many are looked at */
	int count[GDPR_TRAITS];
	int years[GDPR_YEARS];
	bool octets[256]; /* that IPv4 addresses began with */
	int64_t words;
	int64_t digits;
	int64_t bytes;

	/* the hashes of the values that were seen, by open addressing; the caller's memory, zeroed */
	uint64_t *seen;
	int slots; /* a power of two */
} GdprProfile;

extern void gdpr_profile_init(GdprProfile *profile, uint64_t *seen, int slots);

/* One value in UTF-8. Beyond three quarters of the slots no distinct value is taken any more. */
extern void gdpr_profile_add(GdprProfile *profile, const char *value, size_t len, const GdprContext *context);

/* The part of the distinct values that have one of these traits, in thousandths. */
extern int gdpr_profile_rate(const GdprProfile *profile, GdprTrait trait);

/* The year that so many thousandths of the dated values are not later than; 0 when there is none. */
extern int gdpr_profile_year(const GdprProfile *profile, int part);

#endif /* GDPR_DISCOVERY_PROFILE_H */
