/*
 * flow.h
 *		How plaintext may come into a value that a statement would store or send: found in the tree of the statement,
 *		through subqueries and WITH, before it runs.
 */
#ifndef GDPR_FLOW_H
#define GDPR_FLOW_H

#include "gdpr.h"
#include "nodes/parsenodes.h"

typedef enum GdprFlow
{
	FLOW_ASKED = 1,	   /* by a cast or a call that someone wrote */
	FLOW_UNASKED = 2,  /* by a cast that the parser put in */
	FLOW_PRINTED = 4,  /* inside concat(): while the session reveals */
	FLOW_JSON = 8,	   /* inside json: as above, but where it stays sealed (plain.c) */
	FLOW_VARIABLE = 16 /* a variable, or what a function not built in returns: it may be what was read */
} GdprFlow;

/* Queries from inside out, for the columns that a subquery refers to. */
typedef struct GdprFlowLevel
{
	Query *query;
	struct GdprFlowLevel *outer;
} GdprFlowLevel;

/* A truth or a number may say something of a person, but is no copy of what is sealed. */
extern bool gdpr_carries_plaintext(Oid type);

/* The flows (GdprFlow, or-ed) into a column of a query, 0 for any of them; outer is the query around it, or NULL. */
extern int gdpr_flows_of_query(Query *query, AttrNumber column, GdprFlowLevel *outer);

/* Those into a value that matter for its type. */
extern int gdpr_flows_into(Node *value, GdprFlowLevel *level);

#endif /* GDPR_FLOW_H */
