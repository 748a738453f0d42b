/*
 * plan.c
 *		A backend's memory of how the people of a table are erased and copied. Finding the tables, their order
 *		and their columns takes a hundred look-ups in the catalogs; a person should cost what the person's rows do.
 *
 *		A plan is good until any relation of the database changes in the catalogs, or a table of the graph is
 *		written to (its trigger sends an invalidation like that of DDL). Markers of subjects do not count.
 */
#include "gdpr.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "arguments.h"
#include "invalidation.h"
#include "rights/plan.h"
#include "subject/marker.h"

#define REMEMBERED "remembered_"

PG_FUNCTION_INFO_V1(gdpr_remembered_plan);
PG_FUNCTION_INFO_V1(gdpr_graph_changed);

typedef struct PlanKey
{
	Oid function;
	Oid people;
} PlanKey;

typedef struct RememberedPlan
{
	PlanKey key; /* hash key */
	Datum plan;	 /* in plan_context */
} RememberedPlan;

static HTAB *plans = NULL;
static MemoryContext plan_context = NULL;
static bool plans_valid = false;

static void
relation_changed(Oid relid)
{
	if (!gdpr_marker_is(relid))
		plans_valid = false;
}

static void
schema_changed(void)
{
	plans_valid = false;
}

void
gdpr_plan_init(void)
{
	gdpr_on_relation_change(relation_changed);
	gdpr_on_catalog_change(GDPR_CATALOG_SCHEMA, schema_changed);
}

/* An empty table. */
static void
forget_plans(void)
{
	HASHCTL control = {.keysize = sizeof(PlanKey), .entrysize = sizeof(RememberedPlan)};

	if (plan_context == NULL)
		plan_context = AllocSetContextCreate(CacheMemoryContext, "gdpr plans", ALLOCSET_SMALL_SIZES);
	plans = NULL;
	MemoryContextReset(plan_context);
	control.hcxt = plan_context;
	plans = hash_create("gdpr plans", 8, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* remembered_<name>(people) is make_<name>(people) of the same schema. */
static Datum
make_plan(const PlanKey *key)
{
	Oid type = REGCLASSOID;
	Datum value = ObjectIdGetDatum(key->people);
	char *maker = psprintf("make_%s", get_func_name(key->function) + strlen(REMEMBERED));
	char *schema = get_namespace_name(get_func_namespace(key->function));
	char *sql = psprintf("SELECT %s($1)", quote_qualified_identifier(schema, maker));
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext before;
	bool isnull;
	Datum plan;

	SPI_connect();
	gdpr_spi_select_as_owner(sql, 1, &type, &value, NULL, 1);
	plan = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	before = MemoryContextSwitchTo(outer);
	plan = PointerGetDatum(PG_DETOAST_DATUM_COPY(plan));
	MemoryContextSwitchTo(before);
	SPI_finish();
	return plan;
}

Datum
gdpr_remembered_plan(PG_FUNCTION_ARGS)
{
	PlanKey key = {fcinfo->flinfo->fn_oid, PG_GETARG_OID(0)};
	RememberedPlan *entry;
	MemoryContext before;
	Datum plan;
	bool found;

	gdpr_marker_load();
	AcceptInvalidationMessages();
	if (plans == NULL || !plans_valid)
		forget_plans();
	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry)
		PG_RETURN_DATUM(entry->plan);

	/* Valid from here: a change that arrives while we read makes it invalid again. */
	plans_valid = true;
	plan = make_plan(&key);
	before = MemoryContextSwitchTo(plan_context);
	entry = hash_search(plans, &key, HASH_ENTER, &found);
	entry->plan = datumCopy(plan, false, -1);
	MemoryContextSwitchTo(before);
	PG_RETURN_DATUM(plan);
}

/* AFTER STATEMENT trigger of the tables of the graph. */
Datum
gdpr_graph_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = gdpr_trigger(fcinfo, InvalidOid, 0, 0);

	CacheInvalidateRelcacheByRelid(RelationGetRelid(trigger->tg_relation));
	return PointerGetDatum(NULL);
}
