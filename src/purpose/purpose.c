/*
 * purpose.c
 *		Purposes, grants and the purpose this session states, cached per backend.
 *
 * All purposes and all grants are read at once into one memory context (dozens of rows, read a few times a day)
 * and dropped whole. What is read is the latest committed state, by a fresh catalog snapshot, which works in
 * parallel workers, on standbys and without SPI.
 *
 * Validity. The cache is forgotten when the marker of purposes and grants is invalidated, when roles or
 * memberships change, at midnight of the server's time zone and whenever a purpose begins or ends. It is kept
 * only if none of that happened while it was read: who committed before the snapshot was taken is in it, and who
 * committed later sends an invalidation later. Invalidation only sets a flag, memory is freed by the next load,
 * so a pointer handed out stays good until the next call into this file.
 *
 * During logical decoding the catalogs are seen as they were (the tables are declared user_catalog_table for
 * that); such a cache never serves anything else.
 */
#include "gdpr.h"

#include "access/xact.h"
#include "fmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "invalidation.h"
#include "purpose/purpose.h"
#include "purpose/purpose_read.h"
#include "subject/marker.h"

static PurposeCache cache;
static bool cache_valid = false;

/* Moves with everything that can change an answer of this file, the setting included. */
static uint64 generation = 1;

/* The answers to the questions of the row before. */
static const GdprPurpose *stated = NULL;
static uint64 stated_generation = 0;
static PurposeHeld last_held;
static uint64 last_held_generation = 0;

/* gdpr.purpose: for what this session works. A claim only: it is worth what the current role was granted. */
static char *gdpr_purpose_stated = NULL;

PG_FUNCTION_INFO_V1(gdpr_purpose_number);

/* ---- invalidation ---- */

static void
forget(void)
{
	cache_valid = false;
	generation++;
}

static void
marker_invalidated(int marker)
{
	if (marker == GDPR_MARKER_PURPOSE || marker == -1)
		forget();
}

void
gdpr_purpose_changed(void)
{
	gdpr_marker_send(GDPR_MARKER_PURPOSE);
}

/* The statement's start is compared, not the clock, which would cost more than the look-up it guards. */
static inline void
forget_if_time_passed(void)
{
	if (cache_valid && GetCurrentStatementStartTimestamp() >= cache.next_change)
		forget();
}

uint64
gdpr_purpose_generation(void)
{
	forget_if_time_passed();
	return generation;
}

/* ---- loading ---- */

/* Make the cache hold the latest state. In a database without the extension it is empty. */
static void
ensure_loaded(void)
{
	bool historic = HistoricSnapshotActive();
	PurposeCache fresh = {.historic = historic};
	MemoryContext caller;
	uint64 before;

	forget_if_time_passed();
	if (cache_valid && cache.historic == historic)
		return;
	if (cache_valid)
		forget();

	gdpr_marker_load();
	before = generation;
	fresh.context = AllocSetContextCreate(CurrentMemoryContext, "gdpr purposes", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(fresh.context);
	if (gdpr_installed())
		gdpr_purpose_read(&fresh);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(fresh.context, TopMemoryContext);

	if (cache.context)
		MemoryContextDelete(cache.context);
	cache = fresh;
	cache_valid = generation == before;
}

/* ---- purposes ---- */

bool
gdpr_purpose_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && len < NAMEDATALEN && name[len] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

const char *
gdpr_purpose_name_to_show(const char *name)
{
	return gdpr_purpose_name_valid(name) ? name : "?";
}

const GdprPurpose *
gdpr_purpose_by_name(const char *name)
{
	PurposeEntry *entry;

	ensure_loaded();
	entry = gdpr_purpose_entry_by_name(&cache, name);
	return entry && entry->current ? &entry->purpose : NULL;
}

const GdprPurpose *
gdpr_purpose_by_number(int32 number)
{
	PurposeEntry *entry;

	ensure_loaded();
	entry = gdpr_purpose_entry_by_number(&cache, number);
	return entry && entry->current ? &entry->purpose : NULL;
}

int32
gdpr_purpose_number_of(const char *name)
{
	PurposeEntry *entry;

	ensure_loaded();
	entry = gdpr_purpose_entry_by_name(&cache, name);
	return entry ? entry->purpose.number : 0;
}

const char *
gdpr_purpose_name_of(int32 number)
{
	PurposeEntry *entry;

	ensure_loaded();
	entry = gdpr_purpose_entry_by_number(&cache, number);
	return entry ? entry->purpose.name : NULL;
}

static void
raise_unknown(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED),
			 errmsg("purpose \"%s\" is unknown or has ended", name),
			 errhint("Table gdpr.purpose lists the purposes; define one with gdpr.define_purpose().")));
}

/* gdpr.purpose_number(name, ended): for SQL that stores the number. */
Datum
gdpr_purpose_number(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool ended = PG_GETARG_BOOL(1);
	const GdprPurpose *purpose;
	int32 number = 0;

	if (!gdpr_purpose_name_valid(name))
		ereport(ERROR,
				(errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED), errmsg("there is no purpose of that name"),
				 errhint(
					 "The name of a purpose is a lower-case identifier; table gdpr.purpose lists them.")));
	if (ended)
		number = gdpr_purpose_number_of(name);
	else if ((purpose = gdpr_purpose_by_name(name)) != NULL)
		number = purpose->number;
	if (number == 0)
		raise_unknown(name);
	PG_RETURN_INT32(number);
}

/* ---- the session's purpose ---- */

const char *
gdpr_purpose_setting(void)
{
	return gdpr_purpose_stated ? gdpr_purpose_stated : "";
}

const GdprPurpose *
gdpr_purpose_current(bool missing_ok)
{
	forget_if_time_passed();
	if (stated_generation == generation)
		return stated;
	if (gdpr_purpose_setting()[0] == '\0')
		return NULL;

	stated = gdpr_purpose_by_name(gdpr_purpose_setting());
	if (stated == NULL)
	{
		if (!missing_ok)
			raise_unknown(gdpr_purpose_setting());
		return NULL;
	}
	if (cache_valid)
		stated_generation = generation;
	return stated;
}

/*
 * Only the form is checked: a setting may be made before the purpose is defined, outside a transaction or in a
 * connection string. Whether it exists and is granted is asked at every use.
 */
static bool
check_purpose(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || (*newval)[0] == '\0' || gdpr_purpose_name_valid(*newval))
		return true;
	GUC_check_errdetail("The name of a purpose is a lower-case identifier, such as order_fulfilment.");
	return false;
}

static void
assign_purpose(const char *newval, void *extra)
{
	generation++;
}

/* ---- grants ---- */

/* What the grants give the role for this purpose (0: for any current one), memberships followed. */
static GdprGrant
find_held(Oid role, int32 purpose)
{
	GdprGrant level = GDPR_GRANT_NONE;

	for (int i = 0; i < cache.grant_count && level != GDPR_GRANT_FULL; i++)
	{
		const PurposeGrant *grant = &cache.grants[i];
		const PurposeEntry *entry = gdpr_purpose_entry_by_number(&cache, grant->purpose);

		if ((purpose != 0 && grant->purpose != purpose) || grant->level <= level)
			continue;
		if (entry && entry->current && is_member_of_role_nosuper(role, grant->role))
			level = grant->level;
	}
	return level;
}

static GdprGrant
held(Oid role, int32 purpose)
{
	PurposeHeldKey key = {.role = role, .purpose = purpose};
	PurposeHeld *found;
	bool known;

	forget_if_time_passed();
	if (last_held_generation == generation && last_held.key.role == role && last_held.key.purpose == purpose)
		return last_held.level;

	ensure_loaded();
	if (cache.held == NULL)
		return GDPR_GRANT_NONE;
	found = hash_search(cache.held, &key, HASH_FIND, &known);
	if (!known)
	{
		uint64 before = generation;
		GdprGrant level = find_held(role, purpose);

		/* Looking up memberships reads catalogs: what was forgotten meanwhile may have changed the answer. */
		if (!cache_valid || generation != before)
			return level;
		found = hash_search(cache.held, &key, HASH_ENTER, &known);
		found->level = level;
	}
	if (cache_valid)
	{
		last_held = *found;
		last_held_generation = generation;
	}
	return found->level;
}

GdprGrant
gdpr_purpose_granted(Oid role, int32 purpose)
{
	return purpose == 0 ? GDPR_GRANT_NONE : held(role, purpose);
}

bool
gdpr_purpose_granted_any(Oid role)
{
	return held(role, 0) != GDPR_GRANT_NONE;
}

void
gdpr_purpose_init(void)
{
	DefineCustomStringVariable(
		"gdpr.purpose", "The purpose for which this session processes personal data.",
		"Set it per session, transaction or role; it counts only if the current role was "
		"granted the purpose with gdpr.grant_purpose().",
		&gdpr_purpose_stated, "", PGC_USERSET, 0, check_purpose, assign_purpose, NULL);

	gdpr_marker_listen(marker_invalidated);
	gdpr_on_catalog_change(GDPR_CATALOG_ROLE, forget);
}
