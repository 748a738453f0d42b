/*
 * invalidation.c
 *		One callback of the relation cache and one of the catalog caches, for the whole extension.
 */
#include "invalidation.h"

#include "utils/inval.h"
#include "utils/syscache.h"

#define LISTENERS 8

typedef struct CatalogListener
{
	GdprCatalogKind kind;
	GdprCatalogListener listener;
} CatalogListener;

static GdprRelationListener of_relations[LISTENERS];
static int of_relations_count = 0;

static CatalogListener of_catalogs[LISTENERS];
static int of_catalogs_count = 0;

static const struct
{
	int cache;
	GdprCatalogKind kind;
} watched[] = {{NAMESPACEOID, GDPR_CATALOG_SCHEMA},
			   {AUTHMEMROLEMEM, GDPR_CATALOG_ROLE},
			   {AUTHOID, GDPR_CATALOG_ROLE},
			   {DATABASEOID, GDPR_CATALOG_ROLE}};

static void
relation_changed(Datum arg, Oid relid)
{
	for (int i = 0; i < of_relations_count; i++)
		of_relations[i](relid);
}

static void
catalog_changed(Datum kind, int cacheid, uint32 hashvalue)
{
	for (int i = 0; i < of_catalogs_count; i++)
		if (of_catalogs[i].kind == (GdprCatalogKind) DatumGetInt32(kind))
			of_catalogs[i].listener();
}

void
gdpr_invalidation_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	for (int i = 0; i < lengthof(watched); i++)
		CacheRegisterSyscacheCallback(watched[i].cache, catalog_changed, Int32GetDatum(watched[i].kind));
}

void
gdpr_on_relation_change(GdprRelationListener listener)
{
	if (of_relations_count == LISTENERS)
		elog(ERROR, "too many listeners to relations");
	of_relations[of_relations_count++] = listener;
}

void
gdpr_on_catalog_change(GdprCatalogKind kind, GdprCatalogListener listener)
{
	if (of_catalogs_count == LISTENERS)
		elog(ERROR, "too many listeners to catalogs");
	of_catalogs[of_catalogs_count++] = (CatalogListener){kind, listener};
}
