/*
 * flow.c
 *		Where the plaintext in a value may come from (see flow.h).
 */
#include "access/flow.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "access/access.h"
#include "access/copies.h"
#include "access/pii_type.h"
#include "access/tree.h"

typedef struct Search
{
	GdprFlowLevel *level;
	int flows;
} Search;

static int flows_of(Node *node, GdprFlowLevel *level);

bool
gdpr_carries_plaintext(Oid type)
{
	char category = TypeCategory(type);

	return category != TYPCATEGORY_BOOLEAN && category != TYPCATEGORY_NUMERIC &&
		   !gdpr_pii_type_or_array(type);
}

static int
flows_of_columns(List *targets, AttrNumber column, GdprFlowLevel *level)
{
	int flows = 0;
	ListCell *cell;

	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (!target->resjunk && (column == 0 || target->resno == column))
			flows |= flows_of((Node *) target->expr, level);
	}
	return flows;
}

static int
flows_of_set_operation(Node *node, AttrNumber column, GdprFlowLevel *level)
{
	SetOperationStmt *operation = (SetOperationStmt *) node;

	if (IsA(node, RangeTblRef))
		return gdpr_flows_of_query(rt_fetch(((RangeTblRef *) node)->rtindex, level->query->rtable)->subquery,
								   column, level);
	return flows_of_set_operation(operation->larg, column, level) |
		   flows_of_set_operation(operation->rarg, column, level);
}

int
gdpr_flows_of_query(Query *query, AttrNumber column, GdprFlowLevel *outer)
{
	GdprFlowLevel level = {query, outer};

	check_stack_depth();
	if (query->setOperations)
		return flows_of_set_operation(query->setOperations, column, &level);
	return flows_of_columns(query->commandType == CMD_SELECT ? query->targetList : query->returningList,
							column, &level);
}

static GdprFlowLevel *
level_above(GdprFlowLevel *level, int levels)
{
	while (level && levels-- > 0)
		level = level->outer;
	return level;
}

static int
flows_of_cte(RangeTblEntry *rte, AttrNumber column, GdprFlowLevel *level)
{
	ListCell *cell;

	level = level_above(level, rte->ctelevelsup);
	if (level == NULL || rte->self_reference)
		return 0;
	foreach (cell, level->query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return gdpr_flows_of_query(castNode(Query, cte->ctequery), column, level);
	}
	return 0;
}

static int
flows_of_values(RangeTblEntry *rte, AttrNumber column, GdprFlowLevel *level)
{
	int flows = 0;
	ListCell *cell;

	foreach (cell, rte->values_lists)
		flows |=
			column == 0 ? flows_of(lfirst(cell), level) : flows_of(list_nth(lfirst(cell), column - 1), level);
	return flows;
}

static int
flows_of_variable(Var *var, GdprFlowLevel *level)
{
	RangeTblEntry *rte;

	level = level_above(level, var->varlevelsup);
	if (level == NULL || var->varattno < 0 || var->varno < 1 ||
		var->varno > list_length(level->query->rtable))
		return 0;
	rte = rt_fetch(var->varno, level->query->rtable);
	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			return gdpr_flows_of_query(rte->subquery, var->varattno, level);
		case RTE_CTE:
			return flows_of_cte(rte, var->varattno, level);
		case RTE_VALUES:
			return flows_of_values(rte, var->varattno, level);
		case RTE_FUNCTION:
			return flows_of((Node *) rte->functions, level);
		case RTE_TABLEFUNC:
			return flows_of((Node *) rte->tablefunc, level);
		case RTE_JOIN:
			return var->varattno == 0 ? 0 : flows_of(list_nth(rte->joinaliasvars, var->varattno - 1), level);
		default:
			return gdpr_is_group_rte(rte)
					   ? flows_of(list_nth(gdpr_group_exprs(rte), var->varattno - 1), level)
					   : 0;
	}
}

static bool
has_pii(List *args)
{
	ListCell *cell;

	foreach (cell, args)
		if (gdpr_pii_type_or_array(exprType(lfirst(cell))))
			return true;
	return false;
}

static bool
row_type_holds_pii(Oid type)
{
	TupleDesc desc =
		type != RECORDOID && type_is_rowtype(type) ? lookup_rowtype_tupdesc_domain(type, -1, true) : NULL;
	bool result = false;

	for (int i = 0; desc && i < desc->natts; i++)
		result |=
			!TupleDescAttr(desc, i)->attisdropped && gdpr_pii_type_or_array(TupleDescAttr(desc, i)->atttypid);
	if (desc)
		ReleaseTupleDesc(desc);
	return result;
}

static bool
targets_hold_pii(List *targets)
{
	ListCell *cell;

	foreach (cell, targets)
		if (gdpr_pii_type_or_array(exprType((Node *) lfirst_node(TargetEntry, cell)->expr)))
			return true;
	return false;
}

/* A row of a subquery has no type that names its columns. */
static bool
holds_pii(Node *node, GdprFlowLevel *level)
{
	Var *var = (Var *) node;

	if (IsA(node, TargetEntry))
		return holds_pii((Node *) ((TargetEntry *) node)->expr, level);
	if (IsA(node, RowExpr))
		return has_pii(((RowExpr *) node)->args);
	if (IsA(node, Var) && var->varattno == 0 && (level = level_above(level, var->varlevelsup)) != NULL &&
		var->varno <= list_length(level->query->rtable) &&
		rt_fetch(var->varno, level->query->rtable)->rtekind == RTE_SUBQUERY)
		return targets_hold_pii(rt_fetch(var->varno, level->query->rtable)->subquery->targetList);
	return gdpr_pii_type_or_array(exprType(node)) || row_type_holds_pii(exprType(node));
}

/* The row of a variable, NEW::text in a trigger, stays sealed. */
static bool
is_printed(Node *node, GdprFlowLevel *level)
{
	return holds_pii(node, level) && (!IsA(node, Param) || gdpr_pii_type_or_array(exprType(node)));
}

/* json.c takes the cast to json of what it is given, and of the columns of a row. */
static bool
makes_json(Oid result, List *args, GdprFlowLevel *level)
{
	ListCell *cell;

	if (result != JSONOID && result != JSONBOID)
		return false;
	foreach (cell, args)
		if (holds_pii(lfirst(cell), level))
			return true;
	return false;
}

static int
flows_of_call(FuncExpr *call, GdprFlowLevel *level)
{
	const GdprPiiType *t = gdpr_pii_type(call->args == NIL ? InvalidOid : exprType(linitial(call->args)));

	if (gdpr_look_revealing(call->funcid))
		return call->funcformat == COERCE_IMPLICIT_CAST ? FLOW_UNASKED : FLOW_ASKED;
	if (t && (call->funcid == t->asked || call->funcid == t->asked_for))
		return FLOW_ASKED;
	if (gdpr_prints_arguments(call->funcid) && has_pii(call->args))
		return FLOW_PRINTED;
	if (makes_json(call->funcresulttype, call->args, level))
		return FLOW_JSON;
	return call->funcid >= FirstNormalObjectId ? FLOW_VARIABLE : 0;
}

/* Of a subquery as a value. */
static int
flows_of_sublink(SubLink *link, GdprFlowLevel *level)
{
	if (link->subLinkType != EXPR_SUBLINK && link->subLinkType != ARRAY_SUBLINK)
		return 0;
	return gdpr_flows_of_query(castNode(Query, link->subselect), 0, level);
}

/* UPDATE ... SET (a, b) = (SELECT ...) */
static int
flows_of_multiple(Param *param, GdprFlowLevel *level)
{
	ListCell *cell;

	foreach (cell, level->query->targetList)
	{
		SubLink *link = (SubLink *) lfirst_node(TargetEntry, cell)->expr;

		if (link && IsA(link, SubLink) && link->subLinkType == MULTIEXPR_SUBLINK &&
			link->subLinkId == param->paramid >> 16)
			return gdpr_flows_of_query(castNode(Query, link->subselect), param->paramid & 0xffff, level);
	}
	return 0;
}

/* Given by a function to a statement of its own, as a variable or put into its text. */
static int
flows_of_given(Oid type)
{
	return gdpr_statement_depth() > 1 && gdpr_carries_plaintext(type) ? FLOW_VARIABLE : 0;
}

static int
flows_of_parameter(Param *param, GdprFlowLevel *level)
{
	if (param->paramkind == PARAM_MULTIEXPR)
		return flows_of_multiple(param, level);
	return param->paramkind == PARAM_EXTERN ? flows_of_given(param->paramtype) : 0;
}

static bool
gather(Node *node, void *context)
{
	Search *search = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			search->flows |= flows_of_variable((Var *) node, search->level);
			return false;
		case T_Param:
			search->flows |= flows_of_parameter((Param *) node, search->level);
			return false;
		case T_Const:
			if (!((Const *) node)->constisnull)
				search->flows |= flows_of_given(((Const *) node)->consttype);
			return false;
		case T_SubLink:
			search->flows |= flows_of_sublink((SubLink *) node, search->level);
			return false;
		case T_FuncExpr:
			if (!gdpr_carries_plaintext(((FuncExpr *) node)->funcresulttype))
				return false;
			search->flows |= flows_of_call((FuncExpr *) node, search->level);
			break;
		case T_OpExpr:
			if (!gdpr_carries_plaintext(((OpExpr *) node)->opresulttype))
				return false;
			set_opfuncid((OpExpr *) node);
			if (gdpr_prints_arguments(((OpExpr *) node)->opfuncid) && has_pii(((OpExpr *) node)->args))
				search->flows |= FLOW_PRINTED;
			break;
		case T_Aggref:
			if (!gdpr_carries_plaintext(((Aggref *) node)->aggtype))
				return false;
			if (makes_json(((Aggref *) node)->aggtype, ((Aggref *) node)->args, search->level))
				search->flows |= FLOW_JSON;
			break;
		case T_CoerceViaIO:
			if (is_printed((Node *) ((CoerceViaIO *) node)->arg, search->level))
				search->flows |= FLOW_PRINTED;
			break;
		case T_XmlExpr:
			if (has_pii(((XmlExpr *) node)->named_args) || has_pii(((XmlExpr *) node)->args))
				search->flows |= FLOW_PRINTED;
			break;
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_DistinctExpr:
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
			return false;
		case T_CaseWhen: /* the condition is not what comes out */
			return gather((Node *) ((CaseWhen *) node)->result, context);
		default:
			break;
	}
	return expression_tree_walker(node, gather, context);
}

static int
flows_of(Node *node, GdprFlowLevel *level)
{
	Search search = {level, 0};

	(void) gather(node, &search);
	return search.flows;
}

int
gdpr_flows_into(Node *value, GdprFlowLevel *level)
{
	Oid type = exprType(value);
	int flows = gdpr_carries_plaintext(type) ? flows_of(value, level) : 0;

	return gdpr_may_hold_read(type) ? flows : flows & ~FLOW_VARIABLE;
}
