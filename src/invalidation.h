/*
 * invalidation.h
 *		What a backend is told about changes of the catalogs, for all caches of the extension.
 *
 *		PostgreSQL has ten places for callbacks of the relation cache in a backend, for all extensions together, and
 *		ends the session when they run out. The extension takes one, and passes on what it hears.
 *
 *		Listeners are called outside any transaction state: they forget, and read nothing.
 */
#ifndef GDPR_INVALIDATION_H
#define GDPR_INVALIDATION_H

#include "postgres.h"

/* A relation changed in the catalogs; InvalidOid: any may have. */
typedef void (*GdprRelationListener)(Oid relid);

/* Some object of a kind came, changed or went. */
typedef enum GdprCatalogKind
{
	GDPR_CATALOG_SCHEMA, /* the extension comes and goes with its schemas */
	GDPR_CATALOG_ROLE	 /* roles, memberships, and pg_database_owner's member */
} GdprCatalogKind;

typedef void (*GdprCatalogListener)(void);

/* Registers the callbacks; once, from _PG_init. */
extern void gdpr_invalidation_init(void);

/* From the topics, while the library is loaded; in any order. */
extern void gdpr_on_relation_change(GdprRelationListener listener);
extern void gdpr_on_catalog_change(GdprCatalogKind kind, GdprCatalogListener listener);

#endif /* GDPR_INVALIDATION_H */
