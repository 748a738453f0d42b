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

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "fmgr.h"
#include "pgtime.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "invalidation.h"
#include "purpose/purpose.h"
#include "purpose/purpose_table.h"
#include "subject/marker.h"

/* One row of gdpr.purpose. */
typedef struct Entry
{
	GdprPurpose purpose;
	bool current; /* begun and not ended */
} Entry;

/* One row of gdpr.purpose_grant. */
typedef struct Grant
{
	int32 purpose;
	Oid role;
	GdprGrant level;
} Grant;

/* What one role holds for one purpose, memberships followed; purpose 0: for any. */
typedef struct HeldKey
{
	Oid role;
	int32 purpose;
} HeldKey;

typedef struct Held
{
	HeldKey key;
	GdprGrant level;
} Held;

typedef struct Cache
{
	MemoryContext context;
	bool historic;			 /* read in logical decoding: purposes only */
	TimestampTz next_change; /* at midnight or when a purpose begins or ends */

	Entry *by_number; /* ascending */
	Entry **by_name;  /* ascending */
	int count;
	int allocated;

	Grant *grants;
	int grant_count;
	int grant_allocated;
	HTAB *held;
} Cache;

static Cache cache;
static bool cache_valid = false;

/* Moves with everything that can change an answer of this file, the setting included. */
static uint64 generation = 1;

/* The answers to the questions of the row before. */
static const GdprPurpose *stated = NULL;
static uint64 stated_generation = 0;
static Held last_held;
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

/*
 * Today's date and its end. In the server's time zone, not the session's, which a session could set so as to
 * reach back into yesterday.
 */
static DateADT
server_today(TimestampTz now, TimestampTz *midnight)
{
	struct pg_tm tm;
	fsec_t fsec;
	int zone;
	int day;

	if (timestamp2tm(now, &zone, &tm, &fsec, NULL, log_timezone) != 0)
		elog(ERROR, "the clock is out of range");
	day = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday);

	memset(&tm, 0, sizeof(tm));
	j2date(day + 1, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	zone = DetermineTimeZoneOffset(&tm, log_timezone);
	if (tm2timestamp(&tm, 0, &zone, midnight) != 0)
		elog(ERROR, "the clock is out of range");
	return day - POSTGRES_EPOCH_JDATE;
}

static GdprBasis
parse_basis(const char *basis)
{
	static const char *const names[] = {
		[GDPR_BASIS_CONSENT] = "consent",
		[GDPR_BASIS_CONTRACT] = "contract",
		[GDPR_BASIS_LEGAL_OBLIGATION] = "legal_obligation",
		[GDPR_BASIS_VITAL_INTERESTS] = "vital_interests",
		[GDPR_BASIS_PUBLIC_TASK] = "public_task",
		[GDPR_BASIS_LEGITIMATE_INTERESTS] = "legitimate_interests",
	};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(basis, names[i]) == 0)
			return (GdprBasis) i;
	}
	elog(ERROR, "a purpose has the unknown basis \"%s\"", basis);
}

/* Call the function for every row of one of our tables, in the fresh state. */
static void
read_rows(GdprRelation table, void (*row)(Cache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now),
		  Cache *into, TimestampTz now)
{
	Relation rel = table_open(gdpr_relation_oid(table), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		row(into, tuple, RelationGetDescr(rel), now);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* Whether [from, to) holds now; and remember when that will change. */
static bool
period_holds(Cache *into, TimestampTz now, TimestampTz from, TimestampTz to)
{
	if (now < from)
		into->next_change = Min(into->next_change, from);
	else if (now < to)
		into->next_change = Min(into->next_change, to);
	return from <= now && now < to;
}

static Datum
column(HeapTuple tuple, int number, TupleDesc desc, bool *isnull)
{
	return heap_getattr(tuple, number, desc, isnull);
}

static void
read_purpose(Cache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	bool isnull;
	Datum ends;
	TimestampTz to;
	Entry *entry;
	GdprPurpose *purpose;

	if (into->count == into->allocated)
	{
		into->allocated *= 2;
		into->by_number = repalloc(into->by_number, into->allocated * sizeof(Entry));
	}
	entry = &into->by_number[into->count++];
	memset(entry, 0, sizeof(Entry));

	purpose = &entry->purpose;
	purpose->number = DatumGetInt32(column(tuple, PURPOSE_NUMBER, desc, &isnull));
	strlcpy(purpose->name, TextDatumGetCString(column(tuple, PURPOSE_NAME, desc, &isnull)), NAMEDATALEN);
	purpose->basis = parse_basis(TextDatumGetCString(column(tuple, PURPOSE_BASIS, desc, &isnull)));
	purpose->direct_marketing = DatumGetBool(column(tuple, PURPOSE_DIRECT_MARKETING, desc, &isnull));
	purpose->despite_restriction = DatumGetBool(column(tuple, PURPOSE_DESPITE_RESTRICTION, desc, &isnull));
	column(tuple, PURPOSE_ART9_CONDITION, desc, &isnull);
	purpose->special_category = !isnull;

	ends = column(tuple, PURPOSE_VALID_TO, desc, &isnull);
	to = isnull ? DT_NOEND : DatumGetTimestampTz(ends);
	entry->current =
		period_holds(into, now, DatumGetTimestampTz(column(tuple, PURPOSE_VALID_FROM, desc, &isnull)), to);
}

static void
read_grant(Cache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	bool isnull;
	Grant *grant;
	char *level;

	if (into->grant_count == into->grant_allocated)
	{
		into->grant_allocated *= 2;
		into->grants = repalloc(into->grants, into->grant_allocated * sizeof(Grant));
	}
	grant = &into->grants[into->grant_count++];
	grant->purpose = DatumGetInt32(column(tuple, GRANT_PURPOSE, desc, &isnull));
	grant->role = DatumGetObjectId(column(tuple, GRANT_ROLE, desc, &isnull));
	level = TextDatumGetCString(column(tuple, GRANT_LEVEL, desc, &isnull));
	grant->level = strcmp(level, "full") == 0 ? GDPR_GRANT_FULL : GDPR_GRANT_MASKED;
}

static Entry *
entry_by_number(const Cache *in, int32 number)
{
	int low = 0;
	int high = in->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (in->by_number[middle].purpose.number == number)
			return &in->by_number[middle];
		if (in->by_number[middle].purpose.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static Entry *
entry_by_name(const Cache *in, const char *name)
{
	int low = 0;
	int high = in->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		int order = strcmp(in->by_name[middle]->purpose.name, name);

		if (order == 0)
			return in->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The periods of authorisations are days, so midnight is the only time at which they change. */
static void
read_authorisation(Cache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	TimestampTz midnight;
	DateADT today = server_today(now, &midnight);
	bool isnull;
	DateADT from = DatumGetDateADT(column(tuple, AUTHORISATION_VALID_FROM, desc, &isnull));
	Datum to = column(tuple, AUTHORISATION_VALID_TO, desc, &isnull);
	Entry *entry;

	if (today < from || (!isnull && today >= DatumGetDateADT(to)))
		return;
	entry = entry_by_number(into, DatumGetInt32(column(tuple, AUTHORISATION_PURPOSE, desc, &isnull)));
	if (entry)
		entry->purpose.national_number = true;
}

static int
compare_by_number(const void *a, const void *b)
{
	int32 x = ((const Entry *) a)->purpose.number;
	int32 y = ((const Entry *) b)->purpose.number;

	return (x > y) - (x < y);
}

static int
compare_by_name(const void *a, const void *b)
{
	return strcmp((*(Entry *const *) a)->purpose.name, (*(Entry *const *) b)->purpose.name);
}

static void
read_all(Cache *into)
{
	TimestampTz now = GetCurrentTimestamp();
	HASHCTL ctl = {.keysize = sizeof(HeldKey), .entrysize = sizeof(Held), .hcxt = into->context};

	into->allocated = 64;
	into->by_number = palloc(into->allocated * sizeof(Entry));
	into->grant_allocated = 64;
	into->grants = palloc(into->grant_allocated * sizeof(Grant));
	into->held = hash_create("gdpr grants held", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	server_today(now, &into->next_change);

	read_rows(GDPR_PURPOSE, read_purpose, into, now);
	qsort(into->by_number, into->count, sizeof(Entry), compare_by_number);
	into->by_name = palloc(sizeof(Entry *) * Max(into->count, 1));
	for (int i = 0; i < into->count; i++)
		into->by_name[i] = &into->by_number[i];
	qsort(into->by_name, into->count, sizeof(Entry *), compare_by_name);

	if (!into->historic)
	{
		read_rows(GDPR_PURPOSE_GRANT, read_grant, into, now);
		read_rows(GDPR_NATIONAL_NUMBER_AUTHORISATION, read_authorisation, into, now);
	}
}

/* Make the cache hold the latest state. In a database without the extension it is empty. */
static void
ensure_loaded(void)
{
	bool historic = HistoricSnapshotActive();
	Cache fresh = {.historic = historic};
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
		read_all(&fresh);
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

const GdprPurpose *
gdpr_purpose_by_name(const char *name)
{
	Entry *entry;

	ensure_loaded();
	entry = entry_by_name(&cache, name);
	return entry && entry->current ? &entry->purpose : NULL;
}

const GdprPurpose *
gdpr_purpose_by_number(int32 number)
{
	Entry *entry;

	ensure_loaded();
	entry = entry_by_number(&cache, number);
	return entry && entry->current ? &entry->purpose : NULL;
}

int32
gdpr_purpose_number_of(const char *name)
{
	Entry *entry;

	ensure_loaded();
	entry = entry_by_name(&cache, name);
	return entry ? entry->purpose.number : 0;
}

const char *
gdpr_purpose_name_of(int32 number)
{
	Entry *entry;

	ensure_loaded();
	entry = entry_by_number(&cache, number);
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
		const Grant *grant = &cache.grants[i];
		const Entry *entry = entry_by_number(&cache, grant->purpose);

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
	HeldKey key = {.role = role, .purpose = purpose};
	Held *found;
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
