/*
 * rewrite.c
 *		Gives a statement of an unchanged application the meaning on sealed values that it has on text.
 *
 *		The parser has done most of it: a PII type behaves as citext does, so that LIKE or lower() take the implicit
 *		cast, which asks the policy. What is left is what the parser cannot know:
 *
 *		- x = 'text' is an equality of tokens, which an index answers; lower(x) = 'text' is one, and the original
 *		  beside it
 *		- ORDER BY is by what values say, not by tokens: another operator, so that a sort still carries sealed values
 *		- concat(), format(), json keys and the like print their arguments by the output function
 *		- a condition that shows nothing but its answer is a search, not a reveal of everybody (condition.c)
 *		- = of classes without a token is an opening comparison
 *
 *		It is asked by the planner hook: views are expanded by then and keep the text that was written, and whatever is
 *		planned passes here, by PL/pgSQL or a cursor too. Functions in SQL that the planner would inline behind our
 *		back are inlined here first. Whatever depends on the session is left to the functions put in: a kept plan is
 *		right for any setting. Only built-in functions are read into, by OID: one of someone else's that bears their
 *		name stays a call.
 */
#include "access/rewrite.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "optimizer/tlist.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "access/copies.h"
#include "access/pii_type.h"
#include "access/search_column.h"
#include "access/tree.h"
#include "hooks.h"

typedef struct Rewriting
{
	PlannerInfo *root;	  /* for inlining: no more than the planner needs for that */
	ParamListInfo params; /* values that the plan is made for; NULL when it is made for any */
	Query *query;		  /* around the expression */
} Rewriting;

/* ---- making expressions ---- */

/* Below relabelling to varchar and the like. */
static Node *
bare(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

static Node *
sole_argument(Node *call)
{
	return linitial(((FuncExpr *) call)->args);
}

/* ---- equality ---- */

/* What lower(), upper(), btrim() were asked of: folding makes such values alike, so equal ones have equal tokens. */
static Node *
unfolded(Node *node)
{
	for (;;)
	{
		node = bare(node);
		if (node == NULL || !IsA(node, FuncExpr))
			return node;
		switch (((FuncExpr *) node)->funcid)
		{
			case F_LOWER_TEXT:
			case F_UPPER_TEXT:
			case F_BTRIM_TEXT:
				node = sole_argument(node);
				break;
			default:
				return node;
		}
	}
}

typedef enum Equality
{
	NO_EQUALITY,
	EQUAL,
	UNEQUAL
} Equality;

static Equality
text_equality(Oid function_id)
{
	switch (function_id)
	{
		case F_TEXTEQ:
		case F_BPCHAREQ:
			return EQUAL;
		case F_TEXTNE:
		case F_BPCHARNE:
			return UNEQUAL;
		default:
			return NO_EQUALITY;
	}
}

/* The type of a value that is revealed to be compared by its token; NULL when it has none. */
static const GdprPiiType *
token_type(Node *node)
{
	const GdprPiiType *t = gdpr_revealing(node);

	return t && t->class->searchable ? t : NULL;
}

/* y sealed, to be compared with x */
static Expr *
sealed(const GdprPiiType *t, Node *text, const Rewriting *rewriting)
{
	bool array = type_is_array(exprType(text));
	FuncExpr *call =
		(FuncExpr *) gdpr_call(array ? t->seal_array : t->seal, array ? t->array : t->type, text);

	return (Expr *) gdpr_seal_parameter(call, rewriting->params);
}

static Expr *
token_equals(const GdprPiiType *t, Node *value, Node *text, const Rewriting *rewriting)
{
	return make_opclause(t->eq, BOOLOID, false, (Expr *) copyObject(value),
						 sealed(t, copyObject(text), rewriting), InvalidOid, exprCollation(value));
}

/*
 * reveal(x) = y becomes x = seal(y): an index answers it, and nothing is opened. Not of a y that is made of sealed
 * values.
 */
static bool
by_token(OpExpr *op, Equality equality, int mine, const Rewriting *rewriting)
{
	Node *revealed = bare(list_nth(op->args, mine));
	Node *other = list_nth(op->args, 1 - mine);
	const GdprPiiType *t = token_type(revealed);

	if (t == NULL || gdpr_concerns_pii(other))
		return false;
	op->opno = equality == EQUAL ? t->eq : t->ne;
	op->opfuncid = get_opcode(op->opno);
	op->args = list_make2(sole_argument(revealed), sealed(t, other, rewriting));
	op->inputcollid = exprCollation(linitial(op->args));
	return true;
}

/* lower(reveal(x)) = y becomes x = seal(y) AND the original: by index, and with its exact meaning. */
static Node *
beside_token(OpExpr *op, int mine, const Rewriting *rewriting)
{
	Node *revealed = unfolded(list_nth(op->args, mine));
	Node *other = list_nth(op->args, 1 - mine);
	const GdprPiiType *t = token_type(revealed);

	if (t == NULL || gdpr_concerns_pii(other))
		return NULL;
	return (Node *) make_andclause(
		list_make2(token_equals(t, sole_argument(revealed), other, rewriting), op));
}

/* reveal_inet(ip) = y becomes ip = seal(y) AND the original, which knows of networks. */
static Node *
address_equals(OpExpr *op, int mine, const Rewriting *rewriting)
{
	Node *revealed = bare(list_nth(op->args, mine));
	Node *other = list_nth(op->args, 1 - mine);
	const GdprLook *look;
	Node *host;

	if (!IsA(revealed, FuncExpr) || exprType(other) != INETOID)
		return NULL;
	look = gdpr_look_revealing(((FuncExpr *) revealed)->funcid);
	if (look == NULL || look->of->class->id != GDPR_IP)
		return NULL;
	host = (Node *) makeFuncExpr(F_HOST, TEXTOID, list_make1(other), DEFAULT_COLLATION_OID, InvalidOid,
								 COERCE_EXPLICIT_CALL);
	return (Node *) make_andclause(
		list_make2(token_equals(look->of, sole_argument(revealed), host, rewriting), op));
}

/* = and <> of classes without a token compare bytes, which only a trigger means by them. */
static void
open_equality(Oid *operator_id, Oid *function_id)
{
	const GdprPiiType *t = gdpr_pii_equality(*operator_id);

	if (t == NULL || t->class->searchable)
		return;
	*operator_id = *operator_id == t->eq ? t->open_eq : t->open_ne;
	*function_id = get_opcode(*operator_id);
}

static Node *
rewrite_equality(OpExpr *op, const Rewriting *rewriting)
{
	Equality equality;
	Node *both = NULL;

	open_equality(&op->opno, &op->opfuncid);
	equality = list_length(op->args) == 2 ? text_equality(op->opfuncid) : NO_EQUALITY;
	if (IsA(op, NullIfExpr)) /* its result is what it compares */
		return (Node *) op;
	if (equality != NO_EQUALITY &&
		(by_token(op, equality, 0, rewriting) || by_token(op, equality, 1, rewriting)))
		return (Node *) op;
	for (int mine = 0; mine < 2 && both == NULL && IsA(op, OpExpr); mine++)
	{
		if (equality == EQUAL)
			both = beside_token(op, mine, rewriting);
		else if (op->opfuncid == F_NETWORK_EQ)
			both = address_equals(op, mine, rewriting);
	}
	return both ? both : (Node *) op;
}

/* reveal(x) = ANY (array) becomes x = ANY (seal(array)). */
static void
rewrite_any(ScalarArrayOpExpr *op, const Rewriting *rewriting)
{
	Node *revealed = bare(linitial(op->args));
	Node *array = bare(lsecond(op->args));
	const GdprPiiType *t = token_type(revealed);
	Oid element = get_element_type(exprType(array));
	Equality equality;

	open_equality(&op->opno, &op->opfuncid);
	equality = text_equality(op->opfuncid);
	if (t == NULL || equality == NO_EQUALITY || (element != TEXTOID && element != VARCHAROID))
		return;
	op->opno = equality == EQUAL ? t->eq : t->ne;
	op->opfuncid = get_opcode(op->opno);
	op->args = list_make2(sole_argument(revealed), sealed(t, array, rewriting));
	op->inputcollid = exprCollation(linitial(op->args));
}

/* ---- functions that print their arguments ---- */

/* What a client may see of an argument that would be printed. */
static Node *
printed(Node *argument)
{
	const GdprPiiType *t = gdpr_pii_type(exprType(argument));

	if (t)
		return (Node *) gdpr_call(t->client, TEXTOID, argument);
	t = gdpr_pii_array(exprType(argument));
	return t ? (Node *) gdpr_call(t->client_array, TEXTARRAYOID, argument) : argument;
}

/* From the first on, each step-th. */
static void
print_arguments(List *args, int step)
{
	for (int i = 0; i < list_length(args); i += step)
		lfirst(list_nth_cell(args, i)) = printed(list_nth(args, i));
}

static bool
has_pii(List *expressions)
{
	ListCell *cell;

	foreach (cell, expressions)
		if (gdpr_pii_type_or_array(exprType(lfirst(cell))))
			return true;
	return false;
}

/* The columns of a whole row, one by one; NIL when it is none of this query's. */
static List *
columns_of_row(Var *var, Query *query)
{
	List *columns;
	ListCell *cell;

	if (var->varattno != 0 || var->varlevelsup != 0 || query == NULL ||
		var->varno > list_length(query->rtable))
		return NIL;
	gdpr_expand_rte(rt_fetch(var->varno, query->rtable), var->varno, &columns);
	foreach (cell, columns)
		if (IsA(lfirst(cell), Var))
			gdpr_copy_nullingrels(lfirst_node(Var, cell), var);
	return columns;
}

/* A row that an outer join did not find is NULL, not a row of NULLs. */
static Node *
unless_null(Var *row, Node *printed)
{
	NullTest *test = makeNode(NullTest);
	CaseWhen *when = makeNode(CaseWhen);
	CaseExpr *result = makeNode(CaseExpr);

	test->arg = (Expr *) row;
	test->nulltesttype = IS_NULL;
	when->expr = (Expr *) test;
	when->result = (Expr *) makeNullConst(RECORDOID, -1, InvalidOid);
	test->location = when->location = result->location = -1;
	result->casetype = RECORDOID;
	result->args = list_make1(when);
	result->defresult = (Expr *) printed;
	return (Node *) result;
}

/* A row on its way to text, as in s::text. */
static Node *
printed_row(Node *row, Query *query)
{
	List *columns = IsA(row, RowExpr) ? ((RowExpr *) row)->args
					: IsA(row, Var)	  ? columns_of_row((Var *) row, query)
									  : NIL;
	RowExpr *result;

	if (!has_pii(columns))
		return printed(row);
	print_arguments(columns, 1);
	result = makeNode(RowExpr);
	result->args = columns;
	result->row_typeid = RECORDOID;
	result->row_format = COERCE_IMPLICIT_CAST;
	result->location = -1;
	return IsA(row, Var) ? unless_null((Var *) row, (Node *) result) : (Node *) result;
}

/* Values in json take the cast to json; its keys are printed. */
static void
print_json_keys(FuncExpr *call)
{
	if ((call->funcid == F_JSON_BUILD_OBJECT_ANY || call->funcid == F_JSONB_BUILD_OBJECT_ANY) &&
		!call->funcvariadic)
		print_arguments(call->args, 2);
}

static void
print_json_key_of_aggregate(Aggref *aggregate)
{
	TargetEntry *key;

	if (aggregate->aggfnoid != F_JSON_OBJECT_AGG && aggregate->aggfnoid != F_JSONB_OBJECT_AGG)
		return;
	key = linitial_node(TargetEntry, aggregate->args);
	key->expr = (Expr *) printed((Node *) key->expr);
	linitial_oid(aggregate->aggargtypes) = exprType((Node *) key->expr);
}

/* ---- orders ---- */

/* By what values say instead of by their tokens. */
static void
reorder(List *clauses)
{
	ListCell *cell;

	foreach (cell, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		const GdprPiiType *t = gdpr_pii_order(clause->sortop);

		if (t == NULL)
			continue;
		clause->sortop = clause->sortop == t->lt ? t->open_lt : t->open_gt;
		clause->eqop = t->open_eq;
		clause->hashable = false;
	}
}

/* ORDER BY ARRAY[last_name, first_name], of arrays that are not shown */
static void
reorder_arrays(Query *query)
{
	ListCell *cell;

	foreach (cell, query->sortClause)
	{
		TargetEntry *target = get_sortgroupclause_tle(lfirst_node(SortGroupClause, cell), query->targetList);

		if (target->resjunk && gdpr_pii_array(exprType((Node *) target->expr)))
			target->expr = (Expr *) printed((Node *) target->expr);
	}
}

/* GROUP BY, DISTINCT and PARTITION BY stay with the token, as = does. */
static void
reorder_query(Query *query)
{
	ListCell *cell;

	reorder(query->sortClause);
	reorder_arrays(query);
	if (query->hasDistinctOn)
		reorder(query->distinctClause);
	foreach (cell, query->windowClause)
		reorder(lfirst_node(WindowClause, cell)->orderClause);
}

static void
reorder_aggregate(Aggref *aggregate)
{
	if (aggregate->aggfnoid == F_COUNT_ANY)
		return;
	reorder(aggregate->aggorder);
	reorder(aggregate->aggdistinct);
}

/* greatest() and least() of two at a time. */
static Node *
choose(MinMaxExpr *choice, const GdprPiiType *t)
{
	Node *chosen = linitial(choice->args);
	ListCell *cell;

	for_each_from(cell, choice->args, 1) chosen =
		(Node *) makeFuncExpr(choice->op == IS_GREATEST ? t->larger : t->smaller, t->type,
							  list_make2(chosen, lfirst(cell)), choice->minmaxcollid, choice->inputcollid,
							  COERCE_EXPLICIT_CALL);
	return chosen;
}

/* ---- parameters that the planner would put somewhere else ---- */

static void
hide_in_list(List *expressions, ParamListInfo params)
{
	ListCell *cell;

	foreach (cell, expressions)
		lfirst(cell) = gdpr_hide_parameters(lfirst(cell), params);
}

static void
hide_in_columns(List *targets, ParamListInfo params)
{
	ListCell *cell;

	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		target->expr = (Expr *) gdpr_hide_parameters((Node *) target->expr, params);
	}
}

static void
hide_in_from(RangeTblEntry *rte, ParamListInfo params)
{
	ListCell *cell;

	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			if (rte->subquery->commandType == CMD_SELECT)
				hide_in_columns(rte->subquery->targetList, params);
			break;
		case RTE_VALUES:
			foreach (cell, rte->values_lists)
				hide_in_list(lfirst(cell), params);
			break;
		case RTE_FUNCTION:
			hide_in_list(rte->functions, params);
			break;
		default:
			break;
	}
}

/* In FROM, from where the planner pulls expressions up into conditions, and in HAVING. */
static void
hide_parameters(Query *query, ParamListInfo params)
{
	ListCell *cell;

	if (params == NULL || query->commandType != CMD_SELECT)
		return;
	query->havingQual = gdpr_hide_parameters(query->havingQual, params);
	foreach (cell, query->rtable)
		hide_in_from(lfirst_node(RangeTblEntry, cell), params);
}

/* ---- the walk ---- */

static Node *mutate(Node *node, void *context);

static Node *
mutate_query(Query *query, Rewriting *rewriting)
{
	Query *outer = rewriting->query;

	/* a function in FROM becomes the query that it is */
	rewriting->root->parse = rewriting->query = query;
	preprocess_function_rtes(rewriting->root);
	query = query_tree_mutator(query, mutate, rewriting, 0);
	reorder_query(query);
	gdpr_search_by_tokens(query);
	hide_parameters(query, rewriting->params);
	rewriting->root->parse = rewriting->query = outer;
	return (Node *) query;
}

/* NULL when it is no function that would be inlined. */
static Node *
inlined(FuncExpr *call, Rewriting *rewriting)
{
	Node *body;

	if (call->funcretset || !gdpr_is_sql_function(call->funcid))
		return NULL;
	body = eval_const_expressions(rewriting->root, (Node *) call);
	return IsA(body, FuncExpr) && ((FuncExpr *) body)->funcid == call->funcid ? NULL : body;
}

static Node *
rewrite_call(FuncExpr *call, const Rewriting *rewriting)
{
	if (gdpr_sealing(call->funcid))
		return gdpr_seal_parameter(call, rewriting->params);
	if (gdpr_prints_arguments(call->funcid))
		print_arguments(call->args, 1);
	print_json_keys(call);
	return (Node *) call;
}

static Node *
rewrite_operator(OpExpr *op, const Rewriting *rewriting)
{
	set_opfuncid(op);
	if (gdpr_prints_arguments(op->opfuncid))
		print_arguments(op->args, 1);
	return rewrite_equality(op, rewriting);
}

static Node *
rewrite_aggregate(Aggref *aggregate)
{
	print_json_key_of_aggregate(aggregate);
	reorder_aggregate(aggregate);
	return (Node *) aggregate;
}

static Node *
rewrite_target(TargetEntry *target, const Rewriting *rewriting)
{
	if (gdpr_concerns_pii((Node *) target->expr))
		target->expr = (Expr *) gdpr_hide_parameters((Node *) target->expr, rewriting->params);
	return (Node *) target;
}

/* What stands between an expression's parts, which are rewritten. */
static Node *
rewrite_expression(Node *node, const Rewriting *rewriting)
{
	const GdprPiiType *t;

	switch (nodeTag(node))
	{
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return gdpr_count_compared(rewrite_operator((OpExpr *) node, rewriting));
		case T_ScalarArrayOpExpr:
			set_sa_opfuncid((ScalarArrayOpExpr *) node);
			rewrite_any((ScalarArrayOpExpr *) node, rewriting);
			return gdpr_count_compared(node);
		case T_RowCompareExpr:
			return gdpr_count_compared(node);
		case T_FuncExpr:
			return rewrite_call((FuncExpr *) node, rewriting);
		case T_Aggref:
			return rewrite_aggregate((Aggref *) node);
		case T_CoerceViaIO:
			((CoerceViaIO *) node)->arg =
				(Expr *) printed_row((Node *) ((CoerceViaIO *) node)->arg, rewriting->query);
			return node;
		case T_XmlExpr:
			print_arguments(((XmlExpr *) node)->named_args, 1);
			print_arguments(((XmlExpr *) node)->args, 1);
			return node;
		case T_MinMaxExpr:
			t = gdpr_pii_type(((MinMaxExpr *) node)->minmaxtype);
			return t ? choose((MinMaxExpr *) node, t) : node;
		default:
			return node;
	}
}

static Node *
rewrite_node(Node *node, const Rewriting *rewriting)
{
	switch (nodeTag(node))
	{
		case T_TargetEntry:
			return rewrite_target((TargetEntry *) node, rewriting);
		case T_FromExpr:
			((FromExpr *) node)->quals = gdpr_condition(((FromExpr *) node)->quals, rewriting->params);
			return node;
		case T_JoinExpr:
			((JoinExpr *) node)->quals = gdpr_condition(((JoinExpr *) node)->quals, rewriting->params);
			return node;
		default:
			return rewrite_expression(node, rewriting);
	}
}

static Node *
mutate(Node *node, void *context)
{
	Node *body;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return mutate_query((Query *) node, context);
	body = IsA(node, FuncExpr) ? inlined((FuncExpr *) node, context) : NULL;
	if (body)
		return mutate(body, context);
	return rewrite_node(expression_tree_mutator(node, mutate, context), context);
}

/* Tells what the plan depends on beside what the planner sees: the functions that were inlined before it. */
static void
rewrite(Query *query, ParamListInfo params, PlannerGlobal *inlined_functions)
{
	Rewriting rewriting = {makeNode(PlannerInfo), params, NULL};

	rewriting.root->glob = inlined_functions;
	*query = *castNode(Query, mutate((Node *) query, &rewriting));
}

static void
plan(GdprRest *rest, Query *query)
{
	PlannerGlobal *inlined_functions = NULL;

	if (query->commandType != CMD_UTILITY && gdpr_pii_types_known())
	{
		bool concerns_pii = gdpr_concerns_pii((Node *) query);

		gdpr_guard_copies(query, concerns_pii);
		if (concerns_pii)
		{
			inlined_functions = makeNode(PlannerGlobal);
			rewrite(query, gdpr_planner_parameters(rest), inlined_functions);
		}
	}
	gdpr_proceed(rest);
	if (inlined_functions)
	{
		PlannedStmt *made = gdpr_planner_result(rest);

		made->invalItems = list_concat(made->invalItems, inlined_functions->invalItems);
		made->dependsOnRole |= inlined_functions->dependsOnRole;
	}
}

static const GdprStageCalls rewrite_calls = {.plan = plan, .utility = gdpr_copies_utility};

void
gdpr_rewrite_init(void)
{
	gdpr_hook_stage(GDPR_STAGE_REWRITE, &rewrite_calls);
}
