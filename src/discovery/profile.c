/*
 * profile.c
 *		Counts what the values of a column look like. Distinct values count once: one address that stands in a million
 *		rows is one address.
 */
#include "discovery/profile.h"

#include <string.h>

#include "pii/classes/utf8.h"

void
gdpr_profile_init(GdprProfile *profile, uint64_t *seen, int slots)
{
	memset(profile, 0, sizeof(*profile));
	profile->seen = seen;
	profile->slots = slots;
}

/* FNV-1a, mixed; 0 marks a free slot. */
static uint64_t
hash_of(const char *value, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) value[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	return hash == 0 ? 1 : hash;
}

static bool
is_new(GdprProfile *profile, uint64_t hash)
{
	int slot = (int) (hash & (uint64_t) (profile->slots - 1));

	while (profile->seen[slot] != 0)
	{
		if (profile->seen[slot] == hash)
			return false;
		slot = (slot + 1) & (profile->slots - 1);
	}
	if (profile->distinct >= profile->slots / 4 * 3)
		return false;
	profile->seen[slot] = hash;
	return true;
}

void
gdpr_profile_add(GdprProfile *profile, const char *value, size_t len, const GdprContext *context)
{
	GdprValueLook look;

	gdpr_trim(&value, &len);
	if (len == 0)
		return;
	profile->values++;
	if (!is_new(profile, hash_of(value, len)))
		return;
	gdpr_look_at(value, len, context, &look);
	profile->distinct++;
	for (int i = 0; i < GDPR_TRAITS; i++)
		profile->count[i] += (int) ((look.traits >> i) & 1);
	if (look.year >= GDPR_FIRST_YEAR && look.year < GDPR_FIRST_YEAR + GDPR_YEARS)
		profile->years[look.year - GDPR_FIRST_YEAR]++;
	if (look.first_octet >= 0)
		profile->octets[look.first_octet & 0xFF] = true;
	profile->words += look.words;
	profile->digits += look.digits;
	profile->bytes += (int64_t) len;
}

int
gdpr_profile_rate(const GdprProfile *profile, GdprTrait trait)
{
	return profile->distinct == 0 ? 0 : (int) ((int64_t) profile->count[trait] * 1000 / profile->distinct);
}

int
gdpr_profile_year(const GdprProfile *profile, int part)
{
	int64_t dated = 0;
	int64_t passed = 0;

	for (int i = 0; i < GDPR_YEARS; i++)
		dated += profile->years[i];
	if (dated == 0)
		return 0;
	for (int i = 0; i < GDPR_YEARS; i++)
	{
		passed += profile->years[i];
		if (passed * 1000 >= dated * part && passed > 0)
			return GDPR_FIRST_YEAR + i;
	}
	return GDPR_FIRST_YEAR + GDPR_YEARS - 1;
}
