/*
 * gdpr.h
 *		What every room of the extension knows: its error codes, its schema, its topics.
 */
#ifndef GDPR_H
#define GDPR_H

#include "postgres.h"

#include "compat.h"

/*
 * SQLSTATE class ZG: a privacy rule refused. Bad format, privilege and state keep PostgreSQL's own
 * codes (22P02, 42501, 55000); corrupted sealed values are XX001.
 */
#define ERRCODE_GDPR_NO_PURPOSE			 MAKE_SQLSTATE('Z', 'G', '0', '0', '1')
#define ERRCODE_GDPR_PURPOSE_NOT_GRANTED MAKE_SQLSTATE('Z', 'G', '0', '0', '2')
#define ERRCODE_GDPR_NOT_TAGGED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '3')
#define ERRCODE_GDPR_NO_LAWFUL_BASIS	 MAKE_SQLSTATE('Z', 'G', '0', '0', '4')
#define ERRCODE_GDPR_OBJECTION			 MAKE_SQLSTATE('Z', 'G', '0', '0', '5')
#define ERRCODE_GDPR_RESTRICTED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '6')
#define ERRCODE_GDPR_SUPPRESSED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '7')
#define ERRCODE_GDPR_EVIDENCE			 MAKE_SQLSTATE('Z', 'G', '0', '0', '8')
#define ERRCODE_GDPR_NOTICE				 MAKE_SQLSTATE('Z', 'G', '0', '0', '9')
#define ERRCODE_GDPR_SPECIAL_CATEGORY	 MAKE_SQLSTATE('Z', 'G', '0', '1', '0')
#define ERRCODE_GDPR_CHILD				 MAKE_SQLSTATE('Z', 'G', '0', '1', '1')
#define ERRCODE_GDPR_NATIONAL_NUMBER	 MAKE_SQLSTATE('Z', 'G', '0', '1', '2')
#define ERRCODE_GDPR_INVALID_CONSENT	 MAKE_SQLSTATE('Z', 'G', '0', '1', '3')
#define ERRCODE_GDPR_NOT_ANONYMOUS		 MAKE_SQLSTATE('Z', 'G', '0', '1', '7')
#define ERRCODE_GDPR_KEY_UNAVAILABLE	 MAKE_SQLSTATE('Z', 'G', '0', '1', '9')
#define ERRCODE_GDPR_KEY_SHREDDED		 MAKE_SQLSTATE('Z', 'G', '0', '2', '0')

/* The extension's schema; InvalidOid in a database without the extension. Cached until a DDL change. */
extern Oid gdpr_schema_oid(void);

/* A relation of ours by its bare name, given as a literal; cannot-happen error when missing. Cheap. */
extern Oid gdpr_relation_oid(const char *name);

/* True when this database holds the extension; safe to call where the catalogs can be read. */
extern bool gdpr_installed(void);

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

/* True when the library came in through shared_preload_libraries. */
extern bool gdpr_preloaded;

#endif /* GDPR_H */
