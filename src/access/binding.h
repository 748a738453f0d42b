/*
 * binding.h
 *		What the binding trigger must know of a protected table, looked up once and kept until the table changes.
 */
#ifndef GDPR_BINDING_H
#define GDPR_BINDING_H

#include "gdpr.h"
#include "access/tupdesc.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "access/type_test.h"
#include "pii/class.h"

#define GDPR_TAG_COLUMN		"purposes"
#define GDPR_SUBJECT_COLUMN "gdpr_subject"

/* How a row finds the person it is bound to. */
typedef struct Way
{
	Oid subject_table;
	TypeTest type; /* rows that go this way */
	bool respell;  /* keys print otherwise here than in the subject table */
	bool held;	   /* by a foreign key, or it is the person's own row */
	int key_count; /* columns of this table that lead to the owner, or are the key */
	AttrNumber *key_columns;
	FmgrInfo *key_output;
	char *owner_query;	   /* NULL when key_columns hold the subject's key itself */
	SPIPlanPtr owner_plan; /* made at first use */
} Way;

typedef struct Binding
{
	Oid relid; /* hash key */
	bool valid;
	MemoryContext context; /* of what follows */

	Oid subject_table;
	bool is_subject_table; /* or one whose rows have an owner */
	int way_count;		   /* one, or one for each type of a pair */
	Way *ways;
	List *parents; /* tables that the ways lead through */

	bool followed;		 /* rows of other tables find their person through rows of this one */
	SPIPlanPtr row_plan; /* of gdpr_internal.row_query(); made at first use */

	int declared_count; /* purposes that the table was declared for */
	int32 *declared;
	AttrNumber tag_column;
	AttrNumber subject_column;
	int pii_count;
	AttrNumber *pii_columns;
	const GdprClass **pii_classes;
} Binding;

/* Raises 55000 when the table is not protected any more. */
extern Binding *gdpr_binding_of(Relation rel);

/*
 * Run a query as the owner of the extension, planned once: *plan is made from query when it is NULL and kept with
 * the binding. SPI must be connected; at most one row is fetched.
 */
extern void gdpr_binding_select(SPIPlanPtr *plan, const char *query, int nargs, Oid *types, Datum *values);

/* Has the table of this binding a row with the subject's key? Row security hides none. */
extern bool gdpr_binding_has_row(Binding *binding, const char *key);

#endif /* GDPR_BINDING_H */
