/*
 * tree.h
 *		What is asked of the trees of statements, and put into them.
 */
#ifndef GDPR_TREE_H
#define GDPR_TREE_H

#include "gdpr.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"

/* Is anything in the tree of a PII type, or revealed from one, or may it be in a function that the planner inlines? */
extern bool gdpr_concerns_pii(Node *node);

extern bool gdpr_is_sql_function(Oid function_id);

/* Is it a function, an operator's too, that makes text of whatever it is given, by the output function? */
extern bool gdpr_prints_arguments(Oid function_id);

/* A call of a function of one argument. */
extern Expr *gdpr_call(Oid function_id, Oid result, Node *argument);

/*
 * parameter.c: a parameter whose value the plan is made for would stand in it as a constant, where EXPLAIN and
 * auto_explain show what the statement itself never typed. It goes in sealed: under a call that seals, and anywhere.
 */
extern Node *gdpr_seal_parameter(FuncExpr *seal, ParamListInfo params);
extern Node *gdpr_hide_parameters(Node *node, ParamListInfo params);

#endif /* GDPR_TREE_H */
