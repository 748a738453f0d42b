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

#endif /* GDPR_REWRITE_H */
