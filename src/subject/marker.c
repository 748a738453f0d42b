/*
 * marker.c
 *		Sends and hears the invalidation of marker relations (see marker.h).
 *
 *		A marker is a composite type: it has a pg_class row, which is all that CacheInvalidateRelcacheByRelid
 *		needs, and no file. The oids are read in one index range scan of pg_class, once per backend.
 */
#include "subject/marker.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "invalidation.h"

#define MAX_LISTENERS 8

typedef struct MarkerOid
{
	Oid relid;
	int marker;
} MarkerOid;

static MarkerOid by_oid[GDPR_MARKER_COUNT]; /* ascending by relid */
static Oid by_marker[GDPR_MARKER_COUNT];
static Oid loaded_for = InvalidOid; /* schema whose markers these are */

static GdprMarkerCallback listeners[MAX_LISTENERS];
static int listener_count = 0;

/*
 * Markers already sent by the current command of the (sub)transaction. Not longer: this session itself hears of
 * its change at the end of the command, may read again, and must then be told of the next change too.
 */
static bool sent[GDPR_MARKER_COUNT];
static bool any_sent = false;
static CommandId sent_command = InvalidCommandId;

static void
tell(int marker)
{
	for (int i = 0; i < listener_count; i++)
		listeners[i](marker);
}

static int
compare_oids(const void *a, const void *b)
{
	Oid left = ((const MarkerOid *) a)->relid;
	Oid right = ((const MarkerOid *) b)->relid;

	return (left > right) - (left < right);
}

static const MarkerOid *
find_marker(Oid relid)
{
	MarkerOid wanted = {.relid = relid};

	if (!OidIsValid(loaded_for) || relid < by_oid[0].relid || relid > by_oid[GDPR_MARKER_COUNT - 1].relid)
		return NULL;
	return bsearch(&wanted, by_oid, GDPR_MARKER_COUNT, sizeof(MarkerOid), compare_oids);
}

bool
gdpr_marker_is(Oid relid)
{
	return find_marker(relid) != NULL;
}

static void
relation_invalidated(Oid relid)
{
	const MarkerOid *found = find_marker(relid);

	if (relid == InvalidOid)
		tell(-1);
	else if (found)
		tell(found->marker);
}

static void
forget_sent(void)
{
	if (any_sent)
		memset(sent, 0, sizeof(sent));
	any_sent = false;
}

static void
transaction_ended(XactEvent event, void *arg)
{
	forget_sent();
}

static void
subtransaction_changed(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	forget_sent();
}

void
gdpr_marker_init(void)
{
	gdpr_on_relation_change(relation_invalidated);
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_changed, NULL);
}

void
gdpr_marker_listen(GdprMarkerCallback callback)
{
	if (listener_count == MAX_LISTENERS)
		elog(ERROR, "too many marker listeners");
	listeners[listener_count++] = callback;
}

/* The marker a relation name stands for; -1 when it is no marker. */
static int
marker_of_name(const char *name)
{
	if (strcmp(name, "marker_purpose") == 0)
		return GDPR_MARKER_PURPOSE;
	if (strlen(name) == strlen("marker_000") && strspn(name + strlen("marker_"), "0123456789") == 3)
		return atoi(name + strlen("marker_"));
	return -1;
}

void
gdpr_marker_load(void)
{
	Oid schema = gdpr_schema_oid();
	Relation rel;
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple tuple;
	int found = 0;

	if (schema == loaded_for)
		return;
	loaded_for = InvalidOid;
	tell(-1);
	if (!OidIsValid(schema))
		return;

	rel = table_open(RelationRelationId, AccessShareLock);
	ScanKeyInit(&key[0], Anum_pg_class_relname, BTGreaterEqualStrategyNumber, F_NAMEGE,
				DirectFunctionCall1(namein, CStringGetDatum("marker_")));
	ScanKeyInit(&key[1], Anum_pg_class_relname, BTLessStrategyNumber, F_NAMELT,
				DirectFunctionCall1(namein, CStringGetDatum("marker_q")));
	scan = systable_beginscan(rel, ClassNameNspIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);
		int marker = marker_of_name(NameStr(class->relname));

		if (class->relnamespace != schema || marker < 0 || marker >= GDPR_MARKER_COUNT)
			continue;
		by_marker[marker] = class->oid;
		by_oid[found].relid = class->oid;
		by_oid[found++].marker = marker;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	if (found != GDPR_MARKER_COUNT)
		elog(ERROR, "schema gdpr has %d of %d markers", found, GDPR_MARKER_COUNT);
	qsort(by_oid, GDPR_MARKER_COUNT, sizeof(MarkerOid), compare_oids);
	loaded_for = schema;
}

void
gdpr_marker_send(int marker)
{
	gdpr_marker_load();
	if (sent_command != GetCurrentCommandId(false))
		forget_sent();
	sent_command = GetCurrentCommandId(false);
	if (sent[marker] || !OidIsValid(loaded_for))
		return;
	CacheInvalidateRelcacheByRelid(by_marker[marker]);
	sent[marker] = any_sent = true;
}
