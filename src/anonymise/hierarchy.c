/*
 * hierarchy.c
 *		Looks a value up in a hierarchy that the controller defined (hierarchy.sql).
 */
#include "gdpr.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "anonymise/strategy.h"

#define HIERARCHY_NAME		1
#define HIERARCHY_VALUE		2
#define HIERARCHY_ANCESTORS 3

#define WHOLE				"*"

static char *
nth(Datum ancestors, int level)
{
	Datum *elements;
	int count;

	deconstruct_array(DatumGetArrayTypeP(ancestors), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL,
					  &count);
	return level <= count ? TextDatumGetCString(elements[level - 1]) : pstrdup(WHOLE);
}

char *
gdpr_hierarchy_ancestor(const char *hierarchy, const char *value, int level)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_HIERARCHY), AccessShareLock);
	char *ancestor = NULL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], HIERARCHY_NAME, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(hierarchy));
	ScanKeyInit(&keys[1], HIERARCHY_VALUE, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(value));
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_HIERARCHY_PKEY), true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;

		ancestor = nth(heap_getattr(tuple, HIERARCHY_ANCESTORS, RelationGetDescr(rel), &isnull), level);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return ancestor ? ancestor : pstrdup(WHOLE);
}
