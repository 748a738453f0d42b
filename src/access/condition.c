/*
 * condition.c
 *		Conditions that open values: WHERE last_name LIKE 'Pee%', AND born > '1990-01-01'.
 *
 *		To answer, everybody's value is opened, and no one's shown. A reveal each would put the whole table into the
 *		ledger as read and use up the limits of reading with one statement. So a condition made only of functions that
 *		tell of their arguments no more than their result becomes a search (search.c): its casts are exchanged for
 *		those that look without being counted. The list is of built-in functions whose errors repeat nothing; whatever
 *		is not on it, a sublink, a cast to a number, a function of someone's own, keeps its reveals, each recorded.
 *
 *		The people it found count for the limits: that stands behind the condition, as the dearest part of it. Anywhere
 *		else, SELECT name < 'M', everyone counts whose value was compared.
 */
#include "access/rewrite.h"

#include "catalog/pg_operator.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "access/access.h"
#include "access/pii_type.h"
#include "access/tree.h"
#include "audit/audit.h"
#include "pii/type.h"

PG_FUNCTION_INFO_V1(gdpr_count_found);

typedef struct SilentFunction
{
	Oid function;
	int keyword; /* this argument, from 1, an error would repeat: it is to be written in the statement */
} SilentFunction;

static const SilentFunction silent[] = {
	/* comparing text */
	{F_TEXTEQ, 0},
	{F_TEXTNE, 0},
	{F_TEXT_LT, 0},
	{F_TEXT_LE, 0},
	{F_TEXT_GT, 0},
	{F_TEXT_GE, 0},
	{F_TEXT_PATTERN_LT, 0},
	{F_TEXT_PATTERN_LE, 0},
	{F_TEXT_PATTERN_GT, 0},
	{F_TEXT_PATTERN_GE, 0},
	{F_BPCHAREQ, 0},
	{F_BPCHARNE, 0},
	{F_BPCHARLT, 0},
	{F_BPCHARLE, 0},
	{F_BPCHARGT, 0},
	{F_BPCHARGE, 0},
	{F_TEXTLIKE, 0},
	{F_TEXTNLIKE, 0},
	{F_TEXTICLIKE, 0},
	{F_TEXTICNLIKE, 0},
	{F_LIKE_TEXT_TEXT, 0},
	{F_LIKE_ESCAPE_TEXT_TEXT, 0},
	{F_SIMILAR_TO_ESCAPE_TEXT, 0},
	{F_SIMILAR_TO_ESCAPE_TEXT_TEXT, 0},
	{F_TEXTREGEXEQ, 0},
	{F_TEXTREGEXNE, 0},
	{F_TEXTICREGEXEQ, 0},
	{F_TEXTICREGEXNE, 0},
	{F_STARTS_WITH, 0},

	/* of text */
	{F_LOWER_TEXT, 0},
	{F_UPPER_TEXT, 0},
	{F_INITCAP, 0},
	{F_BTRIM_TEXT, 0},
	{F_BTRIM_TEXT_TEXT, 0},
	{F_LTRIM_TEXT, 0},
	{F_LTRIM_TEXT_TEXT, 0},
	{F_RTRIM_TEXT, 0},
	{F_RTRIM_TEXT_TEXT, 0},
	{F_LENGTH_TEXT, 0},
	{F_CHAR_LENGTH_TEXT, 0},
	{F_CHARACTER_LENGTH_TEXT, 0},
	{F_OCTET_LENGTH_TEXT, 0},
	{F_TEXTLEN, 0},
	{F_TEXTCAT, 0},
	{F_CONCAT, 0},
	{F_CONCAT_WS, 0},
	{F_LEFT, 0},
	{F_RIGHT, 0},
	{F_SUBSTR_TEXT_INT4, 0},
	{F_SUBSTR_TEXT_INT4_INT4, 0},
	{F_SUBSTRING_TEXT_INT4, 0},
	{F_SUBSTRING_TEXT_INT4_INT4, 0},
	{F_SUBSTRING_TEXT_TEXT, 0},
	{F_SPLIT_PART, 0},
	{F_REPLACE, 0},
	{F_TRANSLATE, 0},
	{F_STRPOS, 0},
	{F_POSITION_TEXT_TEXT, 0},
	{F_REVERSE, 0},
	{F_LPAD_TEXT_INT4, 0},
	{F_LPAD_TEXT_INT4_TEXT, 0},
	{F_RPAD_TEXT_INT4, 0},
	{F_RPAD_TEXT_INT4_TEXT, 0},
	{F_MD5_TEXT, 0},
	{F_REGEXP_REPLACE_TEXT_TEXT_TEXT, 0},
	{F_REGEXP_REPLACE_TEXT_TEXT_TEXT_TEXT, 4},
	{F_VARCHAR_VARCHAR_INT4_BOOL, 0},
	{F_TEXT_BPCHAR, 0},

	/* words */
	{F_TO_TSVECTOR_TEXT, 0},
	{F_TO_TSVECTOR_REGCONFIG_TEXT, 0},
	{F_PLAINTO_TSQUERY_TEXT, 0},
	{F_PLAINTO_TSQUERY_REGCONFIG_TEXT, 0},
	{F_PHRASETO_TSQUERY_TEXT, 0},
	{F_PHRASETO_TSQUERY_REGCONFIG_TEXT, 0},
	{F_WEBSEARCH_TO_TSQUERY_TEXT, 0},
	{F_WEBSEARCH_TO_TSQUERY_REGCONFIG_TEXT, 0},
	{F_TO_TSQUERY_TEXT, 1},
	{F_TO_TSQUERY_REGCONFIG_TEXT, 2},
	{F_TS_MATCH_VQ, 0},
	{F_TS_MATCH_QV, 0},

	/* days */
	{F_DATE_EQ, 0},
	{F_DATE_NE, 0},
	{F_DATE_LT, 0},
	{F_DATE_LE, 0},
	{F_DATE_GT, 0},
	{F_DATE_GE, 0},
	{F_DATE_MI, 0},
	{F_DATE_PLI, 0},
	{F_DATE_MII, 0},
	{F_DATE_PL_INTERVAL, 0},
	{F_DATE_MI_INTERVAL, 0},
	{F_DATE_EQ_TIMESTAMP, 0},
	{F_DATE_NE_TIMESTAMP, 0},
	{F_DATE_LT_TIMESTAMP, 0},
	{F_DATE_LE_TIMESTAMP, 0},
	{F_DATE_GT_TIMESTAMP, 0},
	{F_DATE_GE_TIMESTAMP, 0},
	{F_DATE_EQ_TIMESTAMPTZ, 0},
	{F_DATE_NE_TIMESTAMPTZ, 0},
	{F_DATE_LT_TIMESTAMPTZ, 0},
	{F_DATE_LE_TIMESTAMPTZ, 0},
	{F_DATE_GT_TIMESTAMPTZ, 0},
	{F_DATE_GE_TIMESTAMPTZ, 0},
	{F_TIMESTAMP_EQ, 0},
	{F_TIMESTAMP_NE, 0},
	{F_TIMESTAMP_LT, 0},
	{F_TIMESTAMP_LE, 0},
	{F_TIMESTAMP_GT, 0},
	{F_TIMESTAMP_GE, 0},
	{F_TIMESTAMPTZ_EQ, 0},
	{F_TIMESTAMPTZ_NE, 0},
	{F_TIMESTAMPTZ_LT, 0},
	{F_TIMESTAMPTZ_LE, 0},
	{F_TIMESTAMPTZ_GT, 0},
	{F_TIMESTAMPTZ_GE, 0},
	{F_TIMESTAMP_PL_INTERVAL, 0},
	{F_TIMESTAMP_MI_INTERVAL, 0},
	{F_TIMESTAMPTZ_PL_INTERVAL, 0},
	{F_TIMESTAMPTZ_MI_INTERVAL, 0},
	{F_TIMESTAMPTZ_DATE, 0},
	{F_TIMESTAMP_DATE, 0},
	{F_DATE_TIMESTAMP, 0},
	{F_DATE_TIMESTAMPTZ, 0},
	{F_NOW, 0},
	{F_AGE_TIMESTAMP, 0},
	{F_AGE_TIMESTAMPTZ, 0},
	{F_AGE_TIMESTAMP_TIMESTAMP, 0},
	{F_AGE_TIMESTAMPTZ_TIMESTAMPTZ, 0},
	{F_EXTRACT_TEXT_DATE, 1},
	{F_EXTRACT_TEXT_TIMESTAMP, 1},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, 1},
	{F_EXTRACT_TEXT_INTERVAL, 1},
	{F_DATE_PART_TEXT_DATE, 1},
	{F_DATE_PART_TEXT_TIMESTAMP, 1},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, 1},
	{F_DATE_PART_TEXT_INTERVAL, 1},
	{F_DATE_TRUNC_TEXT_TIMESTAMP, 1},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, 1},
	{F_TO_CHAR_TIMESTAMP_TEXT, 2},
	{F_TO_CHAR_TIMESTAMPTZ_TEXT, 2},
	{F_INTERVAL_EQ, 0},
	{F_INTERVAL_NE, 0},
	{F_INTERVAL_LT, 0},
	{F_INTERVAL_LE, 0},
	{F_INTERVAL_GT, 0},
	{F_INTERVAL_GE, 0},

	/* numbers that come of them */
	{F_INT4EQ, 0},
	{F_INT4NE, 0},
	{F_INT4LT, 0},
	{F_INT4LE, 0},
	{F_INT4GT, 0},
	{F_INT4GE, 0},
	{F_INT4PL, 0},
	{F_INT4MI, 0},
	{F_INT48EQ, 0},
	{F_INT84EQ, 0},
	{F_INT8EQ, 0},
	{F_NUMERIC_EQ, 0},
	{F_NUMERIC_NE, 0},
	{F_NUMERIC_LT, 0},
	{F_NUMERIC_LE, 0},
	{F_NUMERIC_GT, 0},
	{F_NUMERIC_GE, 0},
	{F_NUMERIC_INT4, 0},
	{F_FLOAT8EQ, 0},
	{F_FLOAT8NE, 0},
	{F_FLOAT8LT, 0},
	{F_FLOAT8LE, 0},
	{F_FLOAT8GT, 0},
	{F_FLOAT8GE, 0},

	/* addresses and documents */
	{F_NETWORK_EQ, 0},
	{F_NETWORK_NE, 0},
	{F_NETWORK_LT, 0},
	{F_NETWORK_LE, 0},
	{F_NETWORK_GT, 0},
	{F_NETWORK_GE, 0},
	{F_NETWORK_SUB, 0},
	{F_NETWORK_SUBEQ, 0},
	{F_NETWORK_SUP, 0},
	{F_NETWORK_SUPEQ, 0},
	{F_NETWORK_OVERLAP, 0},
	{F_HOST, 0},
	{F_JSONB_EQ, 0},
	{F_JSONB_NE, 0},
	{F_JSONB_CONTAINS, 0},
	{F_JSONB_CONTAINED, 0},
	{F_JSONB_EXISTS, 0},
	{F_JSONB_EXISTS_ANY, 0},
	{F_JSONB_EXISTS_ALL, 0},
	{F_JSONB_OBJECT_FIELD, 0},
	{F_JSONB_OBJECT_FIELD_TEXT, 0},
	{F_JSONB_ARRAY_ELEMENT, 0},
	{F_JSONB_ARRAY_ELEMENT_TEXT, 0},
	{F_JSONB_EXTRACT_PATH, 0},
	{F_JSONB_EXTRACT_PATH_TEXT, 0}};

/* ---- the people that a comparison asks about ---- */

static bool
is_found(Node *node)
{
	FuncExpr *call = (FuncExpr *) node;
	const GdprPiiType *t;

	if (!IsA(node, FuncExpr) || list_length(call->args) != 1)
		return false;
	t = gdpr_pii_type(exprType(linitial(call->args)));
	return t && gdpr_is_own_call(node, t->found);
}

static bool
begins_with_found(Node *node)
{
	return is_andclause(node) && is_found(linitial(((BoolExpr *) node)->args));
}

/* The comparison in what gdpr_count_compared() made; NULL when it did not make it. */
static Node *
counted(Node *node)
{
	CaseWhen *when = IsA(node, CaseExpr) ? linitial_node(CaseWhen, ((CaseExpr *) node)->args) : NULL;

	if (begins_with_found(node))
		return llast(((BoolExpr *) node)->args);
	if (when && (is_found((Node *) when->expr) || begins_with_found((Node *) when->expr)))
		return (Node *) when->result;
	return NULL;
}

/* x < y and the like: the operands, when one of them is opened to be compared. */
static List *
opened_operands(Node *node)
{
	RowCompareExpr *rows = (RowCompareExpr *) node;
	ListCell *cell;

	switch (nodeTag(node))
	{
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return gdpr_opens(((OpExpr *) node)->opno) ? ((OpExpr *) node)->args : NIL;
		case T_ScalarArrayOpExpr:
			return gdpr_opens(((ScalarArrayOpExpr *) node)->opno) ? ((ScalarArrayOpExpr *) node)->args : NIL;
		case T_RowCompareExpr:
			foreach (cell, rows->opnos)
				if (gdpr_opens(lfirst_oid(cell)))
					return list_concat_copy(rows->largs, rows->rargs);
			return NIL;
		default:
			return NIL;
	}
}

/* Whether a variable was changed is what a trigger asks, of whichever rows are written. */
static bool
asks_for_change(Node *node, List *operands)
{
	const GdprPiiType *t = gdpr_pii_type(exprType(linitial(operands)));
	ListCell *cell;

	foreach (cell, operands)
		if (!IsA(lfirst(cell), Param))
			return false;
	return (IsA(node, OpExpr) || IsA(node, DistinctExpr)) && t &&
		   (((OpExpr *) node)->opno == t->open_eq || ((OpExpr *) node)->opno == t->open_ne);
}

static bool
is_somebodys(Node *operand)
{
	return !IsA(operand, Const) &&
		   !(IsA(operand, FuncExpr) && gdpr_sealing(((FuncExpr *) operand)->funcid)) &&
		   !(IsA(operand, Param) && ((Param *) operand)->paramkind != PARAM_EXTERN) &&
		   !contain_volatile_functions(operand);
}

/* nullif() has another result than true or false. */
static Node *
counted_value(List *found, Node *value)
{
	CaseWhen *when = makeNode(CaseWhen);
	CaseExpr *result = makeNode(CaseExpr);

	when->expr = make_ands_explicit(found);
	when->result = (Expr *) value;
	when->location = result->location = -1;
	result->casetype = exprType(value);
	result->casecollid = exprCollation(value);
	result->args = list_make1(when);
	result->defresult = (Expr *) makeNullConst(result->casetype, -1, result->casecollid);
	return (Node *) result;
}

Node *
gdpr_count_compared(Node *node)
{
	List *operands = opened_operands(node);
	List *found = NIL;
	ListCell *cell;

	if (operands == NIL || asks_for_change(node, operands))
		return node;
	foreach (cell, operands)
	{
		const GdprPiiType *t = gdpr_pii_type(exprType(lfirst(cell)));

		if (t && OidIsValid(t->found) && is_somebodys(lfirst(cell)))
			found = lappend(found, gdpr_found_call(t, lfirst(cell)));
	}
	if (found == NIL)
		return node;
	if (IsA(node, NullIfExpr))
		return counted_value(found, node);
	return (Node *) make_andclause(lappend(found, node));
}

/* ---- does a condition tell no more than its answer? ---- */

static bool
is_written(Node *argument)
{
	return IsA(argument, Const) || (IsA(argument, Param) && ((Param *) argument)->paramkind == PARAM_EXTERN);
}

static bool
is_silent(Oid function_id, List *args)
{
	if (gdpr_look_revealing(function_id) || gdpr_sealing(function_id))
		return true;
	for (int i = 0; i < lengthof(silent); i++)
		if (silent[i].function == function_id)
			return silent[i].keyword == 0 || (silent[i].keyword <= list_length(args) &&
											  is_written(list_nth(args, silent[i].keyword - 1)));
	return false;
}

/* Comparisons of sealed values, by token or opened, tell their answer alone. */
static bool
is_silent_operator(Oid operator_id, Oid function_id, List *args)
{
	return gdpr_pii_equality(operator_id) || gdpr_opens(operator_id) || is_silent(function_id, args);
}

/* True when something in the tree may tell more; what is not known to be harmless may. */
static bool
tells_more(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (counted(node))
		return tells_more(counted(node), context);
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			if (!is_silent(((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args))
				return true;
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			set_opfuncid((OpExpr *) node);
			if (!is_silent_operator(((OpExpr *) node)->opno, ((OpExpr *) node)->opfuncid,
									((OpExpr *) node)->args))
				return true;
			break;
		case T_RowCompareExpr:
			break;
		case T_ScalarArrayOpExpr:
			set_sa_opfuncid((ScalarArrayOpExpr *) node);
			if (!is_silent_operator(((ScalarArrayOpExpr *) node)->opno,
									((ScalarArrayOpExpr *) node)->opfuncid,
									((ScalarArrayOpExpr *) node)->args))
				return true;
			break;
		case T_Var:
		case T_Const:
		case T_Param:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CollateExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_ArrayExpr:
		case T_SQLValueFunction:
		case T_List:
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, tells_more, context);
}

/* ---- searches ---- */

/* Columns of which a value is opened, the first of each table. */
typedef struct Searched
{
	List *columns;
} Searched;

static void
add_column(Searched *searched, Var *var)
{
	ListCell *cell;

	foreach (cell, searched->columns)
	{
		Var *known = lfirst(cell);

		if (known->varno == var->varno && known->varlevelsup == var->varlevelsup)
			return;
	}
	searched->columns = lappend(searched->columns, var);
}

/* Also of an outer query, and inside coalesce(). */
static bool
add_columns(Node *node, void *searched)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) && gdpr_pii_type(((Var *) node)->vartype))
		add_column(searched, (Var *) node);
	return expression_tree_walker(node, add_columns, searched);
}

static Node *
as_search(Node *node, void *context)
{
	const GdprLook *look;

	if (node == NULL)
		return NULL;
	if (counted(node))
		return as_search(counted(node), context);
	node = expression_tree_mutator(node, as_search, context);
	if (IsA(node, FuncExpr))
	{
		look = gdpr_look_revealing(((FuncExpr *) node)->funcid);
		if (look)
		{
			((FuncExpr *) node)->funcid = look->search;
			((FuncExpr *) node)->funcformat = COERCE_IMPLICIT_CAST; /* by which the function knows us */
			add_columns((Node *) ((FuncExpr *) node)->args, context);
		}
	}
	else
		add_columns((Node *) opened_operands(node), context);
	return node;
}

static List *
search(List *conditions, Searched *searched, ParamListInfo params)
{
	List *result = NIL;
	ListCell *cell;

	foreach (cell, conditions)
	{
		Node *condition = lfirst(cell);

		if (is_andclause(condition) && !counted(condition))
		{
			result = list_concat(result, search(((BoolExpr *) condition)->args, searched, params));
			continue;
		}
		if (gdpr_concerns_pii(condition))
		{
			if (!tells_more(condition, NULL))
				condition = as_search(condition, searched);
			condition = gdpr_hide_parameters(condition, params);
		}
		result = lappend(result, condition);
	}
	return result;
}

Node *
gdpr_condition(Node *quals, ParamListInfo params)
{
	Searched searched = {NIL};
	List *conditions;
	ListCell *cell;

	if (quals == NULL)
		return NULL;
	conditions = search(IsA(quals, List) ? (List *) quals : list_make1(quals), &searched, params);
	foreach (cell, searched.columns)
	{
		const GdprPiiType *t = gdpr_pii_type(exprType(lfirst(cell)));

		if (t && OidIsValid(t->found))
			conditions = lappend(conditions, gdpr_found_call(t, lfirst(cell)));
	}
	return (Node *) make_ands_explicit(conditions);
}

/* Always true, also for NULL. */
Datum
gdpr_count_found(PG_FUNCTION_ARGS)
{
	gdpr_require_own_call(fcinfo);
	if (!PG_ARGISNULL(0))
	{
		int64 subject = gdpr_datum_subject(PG_GETARG_DATUM(0));

		if (subject > 0)
			gdpr_collect_found(gdpr_policy_claim(), subject);
	}
	PG_RETURN_BOOL(true);
}
