/*
 * search_column.h
 *		Which columns of a table are found by a part of their values, and where their search tokens stand.
 */
#ifndef GDPR_SEARCH_COLUMN_H
#define GDPR_SEARCH_COLUMN_H

#include "gdpr.h"
#include "access/attnum.h"
#include "nodes/parsenodes.h"
#include "utils/relcache.h"

#include "pii/search_tokens.h"

typedef struct GdprSearchColumn
{
	AttrNumber value;
	AttrNumber tokens;
	GdprSearchKind kind;
	const GdprClass *class;
} GdprSearchColumn;

/* search_column.c */
extern void gdpr_search_column_init(void);

/* Of a table, or a partition or child of one; valid until the next call. Where there are none, nothing is looked up. */
extern const GdprSearchColumn *gdpr_search_columns(Relation rel, int *count);

/* by_tokens.c: beside each condition of a query that tokens narrow, the question to them. */
extern void gdpr_search_by_tokens(Query *query);

#endif /* GDPR_SEARCH_COLUMN_H */
