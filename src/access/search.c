/*
 * search.c
 *		Which statements search: they ask whether a sealed value equals another. The answer tells that someone is
 *		there, though nothing was revealed, so it belongs into the ledger.
 *
 *		An operator knows neither the purpose nor the statement that it runs for, and an index asks it nothing. So
 *		what is looked at is the plan, once for each execution, when it is ready to run: PostgreSQL has simplified it,
 *		and functions in SQL are inlined, policies and views are in it. A plan that is kept and run again is a search
 *		again. It is the plan itself, not a mark that the planner would leave on it: there is no place for one that
 *		survives the copy into the cache of plans. Looking costs a fraction of what ExecutorStart does with the same
 *		nodes.
 *
 *		A search is a comparison by an operator, IN, ANY, a join, INTERSECT or EXCEPT of sealed values, or of arrays
 *		of them, with whatever they are compared: a join with a list someone brought is one, whether the list is
 *		VALUES or a table. So is a condition that opens values (condition.c). Sorting, grouping, DISTINCT and UNION,
 *		which ask for no value, are none.
 *
 *		Not counted are what the extension does with its own rights, and what foreign keys check or change, which runs
 *		as the owner of the table with forced row security left out (as does rights/as_owner.c). Code of that owner
 *		that runs in there, a trigger, is not told apart. Unique indexes and CHECKs have no plan; adding a foreign key
 *		to a table with rows has, a join. gdpr.is_suppressed(), which looks up an identifier with the extension's
 *		rights, says so itself.
 */
#include "access/access.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "access/pii_type.h"
#include "access/search.h"
#include "audit/audit.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_searched_suppression);

/* Bits of the classes that a plan compares. */
static uint32
class_bit(Oid type)
{
	const GdprPiiType *t = gdpr_pii_type_or_array(type);

	return t ? UINT32_C(1) << t->class->id : 0;
}

static uint32
class_bit_of_first(List *operands)
{
	return operands == NIL ? 0 : class_bit(exprType(linitial(operands)));
}

static bool
look_at_expression(Node *node, void *context)
{
	uint32 *classes = context;
	const GdprLook *look;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_OpExpr:
		case T_DistinctExpr:
			if (((OpExpr *) node)->opresulttype == BOOLOID)
				*classes |= class_bit_of_first(((OpExpr *) node)->args);
			break;
		case T_NullIfExpr:
			*classes |= class_bit_of_first(((NullIfExpr *) node)->args);
			break;
		case T_ScalarArrayOpExpr:
			*classes |= class_bit_of_first(((ScalarArrayOpExpr *) node)->args);
			break;
		case T_RowCompareExpr:
		{
			ListCell *cell;

			foreach (cell, ((RowCompareExpr *) node)->largs)
				*classes |= class_bit(exprType(lfirst(cell)));
			break;
		}
		case T_FuncExpr:
			look = gdpr_look_searching(((FuncExpr *) node)->funcid);
			if (look)
				*classes |= UINT32_C(1) << look->of->class->id;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, look_at_expression, context);
}

static void
look_at_columns(List *targetlist, uint32 *classes)
{
	ListCell *cell;

	foreach (cell, targetlist)
		*classes |= class_bit(exprType((Node *) lfirst_node(TargetEntry, cell)->expr));
}

/* What a node has beside its target list and qual, of which the executor makes conditions. */
static void
look_at_node(Plan *plan, uint32 *classes)
{
#define LOOK(type, field) look_at_expression((Node *) ((type *) plan)->field, classes)
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			LOOK(IndexScan, indexqual);
			break;
		case T_IndexOnlyScan:
			LOOK(IndexOnlyScan, indexqual);
			break;
		case T_BitmapIndexScan:
			LOOK(BitmapIndexScan, indexqual);
			break;
		case T_NestLoop:
			LOOK(Join, joinqual);
			break;
		case T_MergeJoin:
			LOOK(Join, joinqual);
			LOOK(MergeJoin, mergeclauses);
			break;
		case T_HashJoin:
			LOOK(Join, joinqual);
			LOOK(HashJoin, hashclauses);
			break;
		case T_Result:
			LOOK(Result, resconstantqual);
			break;
		case T_FunctionScan:
			LOOK(FunctionScan, functions);
			break;
		case T_ValuesScan:
			LOOK(ValuesScan, values_lists);
			break;
		case T_ForeignScan:
			LOOK(ForeignScan, fdw_recheck_quals);
			break;
		case T_CustomScan:
			LOOK(CustomScan, custom_exprs);
			break;
		case T_SetOp:
			look_at_columns(plan->targetlist, classes); /* INTERSECT, EXCEPT */
			break;
		case T_ModifyTable:
			LOOK(ModifyTable, returningLists);
			LOOK(ModifyTable, onConflictSet);
			LOOK(ModifyTable, onConflictWhere);
			LOOK(ModifyTable, mergeActionLists);
			break;
		default:
			break;
	}
#undef LOOK
}

static bool
look_at_plan(PlanState *state, void *classes)
{
	look_at_expression((Node *) state->plan->targetlist, classes);
	look_at_expression((Node *) state->plan->qual, classes);
	look_at_node(state->plan, classes);
	return planstate_tree_walker(state, look_at_plan, classes);
}

static bool
is_foreign_key_at_work(void)
{
	Oid user;
	int context;

	GetUserIdAndSecContext(&user, &context);
	return (context & SECURITY_LOCAL_USERID_CHANGE) && (context & SECURITY_NOFORCE_RLS);
}

void
gdpr_search_started(QueryDesc *query, bool explain_only)
{
	uint32 classes = 0;

	if (explain_only || query->plannedstmt->relationOids == NIL || query->planstate == NULL)
		return;
	if (creating_extension || gdpr_own_rights_at_work() || is_foreign_key_at_work() ||
		!gdpr_pii_types_known())
		return;
	look_at_plan(query->planstate, &classes);
	if (classes == 0)
		return;
	gdpr_require_catalog();
	gdpr_collect_searched(classes, query->plannedstmt->relationOids);
}

/* (class): the suppression list was searched for an identifier of it. */
Datum
gdpr_searched_suppression(PG_FUNCTION_ARGS)
{
	const GdprClass *class = gdpr_class_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (class && class->searchable)
		gdpr_collect_searched(UINT32_C(1) << class->id, list_make1_oid(gdpr_relation_oid(GDPR_SUPPRESSION)));
	PG_RETURN_VOID();
}
