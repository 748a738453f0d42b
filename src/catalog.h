/*
 * catalog.h
 *		Where the extension stands in this database: its schemas, its relations, its owner, and that owner's rights.
 */
#ifndef GDPR_CATALOG_H
#define GDPR_CATALOG_H

#include "postgres.h"

/* The relations that C opens by name, tables, indexes and sequences; their names are in catalog.c. */
typedef enum GdprRelation
{
	GDPR_CATALOG,
	GDPR_ERASURE,
	GDPR_HIERARCHY,
	GDPR_HIERARCHY_PKEY,
	GDPR_JOURNAL,
	GDPR_JOURNAL_NUMBERS,
	GDPR_JOURNAL_ORIGIN,
	GDPR_JOURNAL_PENDING,
	GDPR_JOURNAL_PENDING_NUMBER,
	GDPR_JOURNAL_PKEY,
	GDPR_LEDGER,
	GDPR_LEDGER_NUMBER,
	GDPR_LEDGER_UNSEALED,
	GDPR_LEGAL_HOLD,
	GDPR_LEGAL_HOLD_ACTIVE,
	GDPR_META,
	GDPR_NATIONAL_NUMBER_AUTHORISATION,
	GDPR_PSEUDONYM_GRANT,
	GDPR_PURPOSE,
	GDPR_PURPOSE_GRANT,
	GDPR_READ_LIMIT,
	GDPR_ROW_HOLD,
	GDPR_ROW_HOLD_ACTIVE,
	GDPR_SUBJECT,
	GDPR_SUBJECT_NUMBER,
	GDPR_SUBJECT_PKEY,
	GDPR_SUBJECT_RELATION_KEY,
	GDPR_SUBJECT_TABLE,
	GDPR_SUBJECT_TABLE_PKEY,
	GDPR_SUPPRESSION,
	GDPR_SUPPRESSION_CHECK
} GdprRelation;

#define GDPR_RELATIONS (GDPR_SUPPRESSION_CHECK + 1)

/* Listens to changes of schemas and relations; from _PG_init. */
extern void gdpr_catalog_init(void);

/* The schema of what people call; InvalidOid in a database without the extension. Cached until a DDL change. */
extern Oid gdpr_schema_oid(void);

/* The schema of what only the extension calls; InvalidOid where there is none. */
extern Oid gdpr_internal_schema_oid(void);

/* Is it one of the two? */
extern bool gdpr_schema_is_ours(Oid schema);

/* A relation of ours; cannot-happen error when missing. Cheap. */
extern Oid gdpr_relation_oid(GdprRelation relation);

/* True when this database holds the extension; safe to call where the catalogs can be read. */
extern bool gdpr_installed(void);

/*
 * The number of the catalog that this library works with; raised with every change of the install script that C, or a
 * function that C calls, depends on. A database holds its own in gdpr.catalog.
 */
#define GDPR_CATALOG_NUMBER 1

/* Does the extension in this database fit the library? True without the extension, and while a script runs. */
extern bool gdpr_catalog_fits(void);

/*
 * Raises ZG027 when it does not. Asked before anything is revealed, found, bound or decided; what only ends data, and
 * what moves sealed values, does not ask. Found once in a session.
 */
extern void gdpr_require_catalog(void);

/* schema.table, quoted; 42P01 when there is none. */
extern char *gdpr_table_name(Oid relid);

/* Who owns the extension: internal SQL runs as this role. */
extern Oid gdpr_owner(void);

/*
 * A bit of the security context beside PostgreSQL's own: the rights of the extension's owner are at work, so code of
 * others does not run (access/trust.c). gdpr_take_own_rights() switches to them; SetUserIdAndSecContext() with what it
 * found gives them back, and so does the (sub)transaction's abort.
 */
#define GDPR_SECURITY_OWN_RIGHTS 0x10000
extern void gdpr_take_own_rights(Oid *caller, int *context);
extern bool gdpr_own_rights_at_work(void);

/*
 * SPI_execute_with_args as the owner of the extension; SPI must be connected. The SQL is ours and qualified.
 * Raises unless it is a SELECT.
 */
extern void gdpr_spi_select_as_owner(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls,
									 long limit);

/* A row into one of our own tables, past the rights of the caller and the table's triggers (insert.c). */
extern void gdpr_insert(Oid relid, Datum *values, bool *nulls);

#endif /* GDPR_CATALOG_H */
