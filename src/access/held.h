/*
 * held.h
 *		What the row trigger must know of a table to let a row go: less than a binding, and also where the way from a
 *		row to its person is broken.
 */
#ifndef GDPR_HELD_H
#define GDPR_HELD_H

#include "gdpr.h"
#include "access/attnum.h"
#include "executor/tuptable.h"
#include "pg_config_manual.h"
#include "utils/relcache.h"

typedef struct HeldTable
{
	Oid relid; /* hash key */
	bool valid;

	Oid protected; /* the table under whose name rows are held; InvalidOid when there is none */
	bool people;   /* its rows are people */
	AttrNumber subject_column;
	int key_count; /* columns of its primary key, by which holds name rows */
	AttrNumber key_columns[INDEX_MAX_KEYS];
} HeldTable;

extern const HeldTable *gdpr_held_table(Relation rel);

/* The text by which holds name a row of the table (policy/hold.sql). */
extern char *gdpr_held_key(const HeldTable *table, TupleTableSlot *slot);

extern void gdpr_held_init(void);

#endif /* GDPR_HELD_H */
