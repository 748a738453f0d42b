/*
 * tree.c
 *		What is asked of the trees of statements, and put into them (tree.h).
 */
#include "access/tree.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "access/pii_type.h"

bool
gdpr_is_sql_function(Oid function_id)
{
	HeapTuple tuple;
	bool result;

	if (function_id < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function_id));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;
	ReleaseSysCache(tuple);
	return result;
}

/* A function in FROM that may be inlined, with whatever its body holds. */
static bool
may_hold_query(RangeTblEntry *rte)
{
	FuncExpr *call;

	if (rte->rtekind != RTE_FUNCTION || list_length(rte->functions) != 1)
		return false;
	call = (FuncExpr *) linitial_node(RangeTblFunction, rte->functions)->funcexpr;
	return IsA(call, FuncExpr) && gdpr_is_sql_function(call->funcid);
}

static bool
is_ours(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			return ((Var *) node)->varattno == 0 || gdpr_pii_type_or_array(((Var *) node)->vartype);
		case T_Const:
			return gdpr_pii_type_or_array(((Const *) node)->consttype) != NULL;
		case T_Param:
			return gdpr_pii_type_or_array(((Param *) node)->paramtype) != NULL;
		case T_FuncExpr:
			if (gdpr_pii_type_or_array(((FuncExpr *) node)->funcresulttype) ||
				gdpr_look_revealing(((FuncExpr *) node)->funcid))
				return true;
			break;
		case T_RangeTblEntry:
			return may_hold_query((RangeTblEntry *) node);
		case T_Query:
			return query_tree_walker((Query *) node, is_ours, context, QTW_EXAMINE_RTES_BEFORE);
		default:
			break;
	}
	return expression_tree_walker(node, is_ours, context);
}

bool
gdpr_concerns_pii(Node *node)
{
	return is_ours(node, NULL);
}

bool
gdpr_prints_arguments(Oid function_id)
{
	switch (function_id)
	{
		case F_CONCAT:
		case F_CONCAT_WS:
		case F_FORMAT_TEXT_ANY:
		case F_ARRAY_TO_STRING_ANYARRAY_TEXT:
		case F_ARRAY_TO_STRING_ANYARRAY_TEXT_TEXT:
		case F_QUOTE_LITERAL_ANYELEMENT:
		case F_QUOTE_NULLABLE_ANYELEMENT:
		case F_TEXTANYCAT:
		case F_ANYTEXTCAT:
			return true;
		default:
			return false;
	}
}

/*
 * The parser writes this form for functions of its own alone, so that a call which has it was put in by the planner
 * hook.
 */
#define OWN_FORM COERCE_SQL_SYNTAX

Expr *
gdpr_own_call(Oid function_id, Oid result, Oid collation, List *args)
{
	return (Expr *) makeFuncExpr(function_id, result, args, collation, collation, OWN_FORM);
}

bool
gdpr_is_own_call(Node *node, Oid function_id)
{
	return node && IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == function_id &&
		   ((FuncExpr *) node)->funcformat == OWN_FORM;
}

void
gdpr_require_own_call(FunctionCallInfo fcinfo)
{
	if (!gdpr_is_own_call(fcinfo->flinfo->fn_expr, fcinfo->flinfo->fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s() is called by the extension alone",
						get_func_name(fcinfo->flinfo->fn_oid)),
				 errhint("It stands in plans of statements about personal data; nothing else needs it.")));
}

/* The person of x counts for the limits of reading; true. */
Expr *
gdpr_found_call(const GdprPiiType *t, Node *x)
{
	return gdpr_own_call(t->found, BOOLOID, InvalidOid, list_make1(copyObject(x)));
}

Expr *
gdpr_call(Oid function_id, Oid result, Node *argument)
{
	return (Expr *) makeFuncExpr(function_id, result, list_make1(argument), get_typcollation(result),
								 InvalidOid, COERCE_EXPLICIT_CALL);
}
