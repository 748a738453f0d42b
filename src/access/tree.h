/*
 * tree.h
 *		What is asked of the trees of statements, and put into them.
 */
#ifndef GDPR_TREE_H
#define GDPR_TREE_H

#include "gdpr.h"
#include "fmgr.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"

#include "access/pii_type.h"

/* Is anything in the tree of a PII type, or revealed from one, or may it be in a function that the planner inlines? */
extern bool gdpr_concerns_pii(Node *node);

extern bool gdpr_is_sql_function(Oid function_id);

/* Is it a function, an operator's too, that makes text of whatever it is given, by the output function? */
extern bool gdpr_prints_arguments(Oid function_id);

/* A call of a function of one argument. */
extern Expr *gdpr_call(Oid function_id, Oid result, Node *argument);

/* A call that only the planner hook makes: its function raises (42501) when a statement says it by name. */
extern Expr *gdpr_own_call(Oid function_id, Oid result, Oid collation, List *args);
extern bool gdpr_is_own_call(Node *node, Oid function_id);
extern void gdpr_require_own_call(FunctionCallInfo fcinfo);

/* One of those: the person of x counts for the limits of reading; true. */
extern Expr *gdpr_found_call(const GdprPiiType *t, Node *x);

/*
 * parameter.c: a parameter whose value the plan is made for would stand in it as a constant, where EXPLAIN and
 * auto_explain show what the statement itself never typed. It goes in sealed: under a call that seals, and anywhere.
 */
extern Node *gdpr_seal_parameter(FuncExpr *seal, ParamListInfo params);
extern Node *gdpr_hide_parameters(Node *node, ParamListInfo params);

#endif /* GDPR_TREE_H */
