/*
 * rewrite.h
 *		How the statements of an unchanged application come to mean on sealed values what they mean on text.
 */
#ifndef GDPR_REWRITE_H
#define GDPR_REWRITE_H

#include "gdpr.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"

/* rewrite.c: the stage of planning. */
extern void gdpr_rewrite_init(void);

/* condition.c: a condition whose answer alone tells of the values becomes a search. May change its argument. */
extern Node *gdpr_condition(Node *quals, ParamListInfo params);

/*
 * The same: a comparison that opens values, and counts those who are compared for the limits of reading. In a condition
 * that becomes a search the count goes again, to the people it found.
 */
extern Node *gdpr_count_compared(Node *node);

#endif /* GDPR_REWRITE_H */
