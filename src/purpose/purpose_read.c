/*
 * purpose_read.c
 *		Reads the tables of purposes and grants by catalog scans, which work in parallel workers, on standbys and
 *		without SPI.
 */
#include "purpose/purpose_read.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "purpose/purpose_table.h"

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
read_rows(GdprRelation table,
		  void (*row)(PurposeCache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now),
		  PurposeCache *into, TimestampTz now)
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
period_holds(PurposeCache *into, TimestampTz now, TimestampTz from, TimestampTz to)
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
read_purpose(PurposeCache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	bool isnull;
	Datum ends;
	TimestampTz to;
	PurposeEntry *entry;
	GdprPurpose *purpose;

	if (into->count == into->allocated)
	{
		into->allocated *= 2;
		into->by_number = repalloc(into->by_number, into->allocated * sizeof(PurposeEntry));
	}
	entry = &into->by_number[into->count++];
	memset(entry, 0, sizeof(PurposeEntry));

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
read_grant(PurposeCache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	bool isnull;
	PurposeGrant *grant;
	char *level;

	if (into->grant_count == into->grant_allocated)
	{
		into->grant_allocated *= 2;
		into->grants = repalloc(into->grants, into->grant_allocated * sizeof(PurposeGrant));
	}
	grant = &into->grants[into->grant_count++];
	grant->purpose = DatumGetInt32(column(tuple, GRANT_PURPOSE, desc, &isnull));
	grant->role = DatumGetObjectId(column(tuple, GRANT_ROLE, desc, &isnull));
	level = TextDatumGetCString(column(tuple, GRANT_LEVEL, desc, &isnull));
	grant->level = strcmp(level, "full") == 0 ? GDPR_GRANT_FULL : GDPR_GRANT_MASKED;
}

PurposeEntry *
gdpr_purpose_entry_by_number(const PurposeCache *in, int32 number)
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

PurposeEntry *
gdpr_purpose_entry_by_name(const PurposeCache *in, const char *name)
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
read_authorisation(PurposeCache *into, HeapTuple tuple, TupleDesc desc, TimestampTz now)
{
	TimestampTz midnight;
	DateADT today = server_today(now, &midnight);
	bool isnull;
	DateADT from = DatumGetDateADT(column(tuple, AUTHORISATION_VALID_FROM, desc, &isnull));
	Datum to = column(tuple, AUTHORISATION_VALID_TO, desc, &isnull);
	PurposeEntry *entry;

	if (today < from || (!isnull && today >= DatumGetDateADT(to)))
		return;
	entry = gdpr_purpose_entry_by_number(into,
										 DatumGetInt32(column(tuple, AUTHORISATION_PURPOSE, desc, &isnull)));
	if (entry)
		entry->purpose.national_number = true;
}

static int
compare_by_number(const void *a, const void *b)
{
	int32 x = ((const PurposeEntry *) a)->purpose.number;
	int32 y = ((const PurposeEntry *) b)->purpose.number;

	return (x > y) - (x < y);
}

static int
compare_by_name(const void *a, const void *b)
{
	return strcmp((*(PurposeEntry *const *) a)->purpose.name, (*(PurposeEntry *const *) b)->purpose.name);
}

void
gdpr_purpose_read(PurposeCache *into)
{
	TimestampTz now = GetCurrentTimestamp();
	HASHCTL ctl = {.keysize = sizeof(PurposeHeldKey),
				   .entrysize = sizeof(PurposeHeld),
				   .hcxt = into->context};

	into->allocated = 64;
	into->by_number = palloc(into->allocated * sizeof(PurposeEntry));
	into->grant_allocated = 64;
	into->grants = palloc(into->grant_allocated * sizeof(PurposeGrant));
	into->held = hash_create("gdpr grants held", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	server_today(now, &into->next_change);

	read_rows(GDPR_PURPOSE, read_purpose, into, now);
	qsort(into->by_number, into->count, sizeof(PurposeEntry), compare_by_number);
	into->by_name = palloc(sizeof(PurposeEntry *) * Max(into->count, 1));
	for (int i = 0; i < into->count; i++)
		into->by_name[i] = &into->by_number[i];
	qsort(into->by_name, into->count, sizeof(PurposeEntry *), compare_by_name);

	if (!into->historic)
	{
		read_rows(GDPR_PURPOSE_GRANT, read_grant, into, now);
		read_rows(GDPR_NATIONAL_NUMBER_AUTHORISATION, read_authorisation, into, now);
	}
}
