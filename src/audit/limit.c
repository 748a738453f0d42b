/*
 * limit.c
 *		Limits of reading (see limit.h): the rules, cached per backend, and the counts, in shared memory.
 *
 *		The cache of rules is dropped when the marker of purposes and grants is invalidated, which every change of
 *		gdpr.read_limit does. Memberships are PostgreSQL's own cache. Invalidation only sets a flag.
 */
#include "audit/limit.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "storage/lwlock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "hooks.h"
#include "subject/marker.h"

#define WINDOWS	  512 /* rules times logins that read within an hour */
#define MINUTES	  61
#define CHUNK_MAX 1024

/* gdpr.read_limit; limit.sql keeps these first and in this order. */
enum
{
	LIMIT_NUMBER = 1,
	LIMIT_ROLE,
	LIMIT_PURPOSE,
	LIMIT_PEOPLE,
	LIMIT_OPEN_FROM,
	LIMIT_OPEN_TO,
	LIMIT_WEEKDAYS,
	LIMIT_TIME_ZONE,
	LIMIT_ACTION
};

typedef struct Rule
{
	int32 number;
	Oid role;	   /* 0 = everybody */
	int32 purpose; /* 0 = all */
	int64 people;  /* an hour; -1 = any number */
	bool by_clock;
	TimeADT open_from;
	TimeADT open_to;
	bool weekdays;
	pg_tz *zone;
} Rule;

typedef struct WindowKey
{
	Oid database;
	int32 rule;
	Oid login;
} WindowKey;

typedef struct Window
{
	int64 minute; /* the newest that counts */
	uint32 people[MINUTES];
} Window;

/* The keys apart, so that looking for one passes few cache lines. */
typedef struct Windows
{
	int count;
	WindowKey keys[WINDOWS];
	Window windows[WINDOWS];
} Windows;

static MemoryContext context = NULL;
static Rule *rules = NULL;
static int rule_count = 0;
static bool rules_valid = false;
static uint64 rules_changed = 0;

static Windows *shared = NULL;
static LWLock *lock = NULL;

/* ---- rules ---- */

static void
marker_invalidated(int marker)
{
	if (marker != GDPR_MARKER_PURPOSE && marker != -1)
		return;
	rules_valid = false;
	rules_changed++;
}

static Datum
column(HeapTuple tuple, TupleDesc desc, int number, bool *isnull)
{
	return heap_getattr(tuple, number, desc, isnull);
}

static pg_tz *
zone_named(const char *name)
{
	pg_tz *zone = pg_tzset(name);

	return zone ? zone : log_timezone;
}

static void
read_rule(Rule *rule, HeapTuple tuple, TupleDesc desc)
{
	bool isnull;
	Datum value;

	memset(rule, 0, sizeof(*rule));
	rule->number = DatumGetInt32(column(tuple, desc, LIMIT_NUMBER, &isnull));
	value = column(tuple, desc, LIMIT_ROLE, &isnull);
	rule->role = isnull ? InvalidOid : DatumGetObjectId(value);
	value = column(tuple, desc, LIMIT_PURPOSE, &isnull);
	rule->purpose = isnull ? 0 : DatumGetInt32(value);
	value = column(tuple, desc, LIMIT_PEOPLE, &isnull);
	rule->people = isnull ? -1 : DatumGetInt64(value);
	value = column(tuple, desc, LIMIT_OPEN_FROM, &isnull);
	rule->by_clock = !isnull;
	rule->open_from = isnull ? 0 : DatumGetTimeADT(value);
	value = column(tuple, desc, LIMIT_OPEN_TO, &isnull);
	rule->open_to = isnull ? USECS_PER_DAY : DatumGetTimeADT(value);
	rule->weekdays = DatumGetBool(column(tuple, desc, LIMIT_WEEKDAYS, &isnull));
	value = column(tuple, desc, LIMIT_TIME_ZONE, &isnull);
	rule->zone = isnull ? log_timezone : zone_named(TextDatumGetCString(value));
}

static bool
refuses(HeapTuple tuple, TupleDesc desc)
{
	bool isnull;
	text *action = DatumGetTextPP(column(tuple, desc, LIMIT_ACTION, &isnull));

	return VARSIZE_ANY_EXHDR(action) == 6 && memcmp(VARDATA_ANY(action), "refuse", 6) == 0;
}

static void
load_rules(void)
{
	int allocated = 8;
	uint64 changed;
	Relation rel;
	SysScanDesc scan;
	HeapTuple tuple;

	gdpr_marker_load();
	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "gdpr limits", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(context);
	rules = MemoryContextAlloc(context, allocated * sizeof(Rule));
	rule_count = 0;
	changed = rules_changed;
	rel = table_open(gdpr_relation_oid(GDPR_READ_LIMIT), AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (!refuses(tuple, RelationGetDescr(rel)))
			continue;
		if (rule_count == allocated)
			rules = repalloc(rules, (allocated *= 2) * sizeof(Rule));
		read_rule(&rules[rule_count++], tuple, RelationGetDescr(rel));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	rules_valid = changed == rules_changed;
}

static bool
concerns(const Rule *rule, int32 purpose)
{
	if (rule->purpose != 0 && rule->purpose != purpose)
		return false;
	return !OidIsValid(rule->role) || is_member_of_role_nosuper(GetSessionUserId(), rule->role) ||
		   is_member_of_role_nosuper(GetUserId(), rule->role);
}

static bool
open_now(const Rule *rule)
{
	struct pg_tm tm;
	fsec_t fsec;
	int zone;
	int day;
	TimeADT time;

	if (timestamp2tm(GetCurrentTimestamp(), &zone, &tm, &fsec, NULL, rule->zone) != 0)
		elog(ERROR, "the clock is out of range");
	day = j2day(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday)); /* 0 = Sunday */
	if (rule->weekdays && (day == 0 || day == 6))
		return false;
	if (!rule->by_clock)
		return true;
	time = ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * USECS_PER_SEC + fsec;
	return rule->open_from <= rule->open_to ? rule->open_from <= time && time < rule->open_to
											: rule->open_from <= time || time < rule->open_to;
}

/* Of too many rules those that allow the most people go. */
static void
add_rule(ReadLimit *limit, const Rule *rule)
{
	int at = limit->count;

	if (limit->count < READ_LIMITS_MAX)
		limit->count++;
	else
	{
		at = 0;
		for (int i = 1; i < READ_LIMITS_MAX; i++)
			if (limit->rules[i].people > limit->rules[at].people)
				at = i;
		if (limit->rules[at].people <= rule->people)
			return;
	}
	limit->rules[at].rule = rule->number;
	limit->rules[at].people = rule->people;
}

GdprReason
gdpr_limit_begin(ReadLimit *limit, int32 purpose)
{
	memset(limit, 0, sizeof(*limit));
	limit->login = GetSessionUserId();
	if (!rules_valid)
		load_rules();
	for (int i = 0; i < rule_count; i++)
	{
		const Rule *rule = &rules[i];

		if (!concerns(rule, purpose))
			continue;
		if ((rule->by_clock || rule->weekdays) && !open_now(rule))
			return GDPR_DENIED_HOURS;
		if (rule->people >= 0 && shared != NULL)
			add_rule(limit, rule);
	}
	return GDPR_ALLOWED;
}

/* ---- counts; under the lock ---- */

static int64
current_minute(void)
{
	return GetCurrentTimestamp() / USECS_PER_MINUTE;
}

static Window *
find_window(const WindowKey *key)
{
	for (int i = 0; i < shared->count; i++)
		if (memcmp(&shared->keys[i], key, sizeof(*key)) == 0)
			return &shared->windows[i];
	return NULL;
}

static void
forget_old_windows(int64 minute)
{
	for (int i = 0; i < shared->count;)
	{
		if (shared->windows[i].minute + MINUTES > minute)
		{
			i++;
			continue;
		}
		shared->count--;
		shared->keys[i] = shared->keys[shared->count];
		shared->windows[i] = shared->windows[shared->count];
	}
}

/* NULL when there is no place for one more. */
static Window *
window_of(const WindowKey *key, int64 minute)
{
	Window *window = find_window(key);

	if (window)
		return window;
	if (shared->count == WINDOWS)
		forget_old_windows(minute);
	if (shared->count == WINDOWS)
		return NULL;
	shared->keys[shared->count] = *key;
	window = &shared->windows[shared->count++];
	memset(window, 0, sizeof(*window));
	window->minute = minute;
	return window;
}

/* Minutes that have passed since someone looked are empty. */
static void
advance(Window *window, int64 minute)
{
	if (minute - window->minute >= MINUTES)
		memset(window->people, 0, sizeof(window->people));
	else
		for (int64 m = window->minute + 1; m <= minute; m++)
			window->people[m % MINUTES] = 0;
	window->minute = Max(window->minute, minute);
}

static int64
room_in(const Window *window, int64 people)
{
	int64 seen = 0;

	for (int i = 0; i < MINUTES; i++)
		seen += window->people[i];
	return people - seen;
}

/* Take up to `wanted` people from every count. */
static int64
reserve(ReadLimit *limit, int64 wanted)
{
	Window *taken[READ_LIMITS_MAX];
	int64 minute = current_minute();

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < limit->count && wanted > 0; i++)
	{
		WindowKey key = {MyDatabaseId, limit->rules[i].rule, limit->login};

		taken[i] = window_of(&key, minute);
		if (taken[i] == NULL)
			wanted = 0;
		else
		{
			advance(taken[i], minute);
			wanted = Min(wanted, Max(0, room_in(taken[i], limit->rules[i].people)));
		}
	}
	for (int i = 0; i < limit->count && wanted > 0; i++)
		taken[i]->people[minute % MINUTES] += (uint32) wanted;
	LWLockRelease(lock);
	limit->minute = minute;
	return wanted;
}

bool
gdpr_limit_take(ReadLimit *limit)
{
	if (limit->used == limit->reserved)
	{
		int64 taken = reserve(limit, Max(1, Min(2 * limit->chunk, CHUNK_MAX)));

		if (taken == 0)
			return false;
		limit->chunk = taken;
		limit->reserved += taken;
	}
	limit->used++;
	return true;
}

void
gdpr_limit_settle(ReadLimit *limit)
{
	uint32 unused = (uint32) (limit->reserved - limit->used);

	if (unused > 0)
	{
		LWLockAcquire(lock, LW_EXCLUSIVE);
		for (int i = 0; i < limit->count; i++)
		{
			WindowKey key = {MyDatabaseId, limit->rules[i].rule, limit->login};
			Window *window = find_window(&key);
			uint32 *people = window ? &window->people[limit->minute % MINUTES] : NULL;

			/* what has left the window is not in the count any more */
			if (window && window->minute - limit->minute < MINUTES)
				*people -= Min(*people, unused);
		}
		LWLockRelease(lock);
	}
	limit->reserved = limit->used = limit->chunk = 0;
}

/* ---- start ---- */

static Size
windows_size(void)
{
	return sizeof(Windows);
}

static void
attach(void *area, LWLockPadded *locks, bool fresh)
{
	shared = area;
	lock = &locks->lock;
	if (fresh)
		shared->count = 0;
}

static const GdprSharedMemory memory = {.name = "gdpr_limits",
										.size = windows_size,
										.locks = 1,
										.attach = attach};

void
gdpr_limit_init(void)
{
	gdpr_marker_listen(marker_invalidated);
	gdpr_hook_shared_memory(&memory);
}
