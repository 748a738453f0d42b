/*
 * search.h
 *		Statements that search for sealed values.
 */
#ifndef GDPR_SEARCH_H
#define GDPR_SEARCH_H

#include "executor/execdesc.h"

/* Of a statement that is ready to run: records it when it searches. */
extern void gdpr_search_started(QueryDesc *query, bool explain_only);

#endif /* GDPR_SEARCH_H */
