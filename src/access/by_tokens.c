/*
 * by_tokens.c
 *		WHERE last_name ILIKE 'pee%' by index: beside such a condition stands a question to the search tokens of the
 *		column (search_tokens.h), which a GIN index answers. It finds whatever the condition does, and perhaps more; the
 *		condition itself opens what was found, as it would everywhere.
 *
 *		So the question may be left out wherever it is not plain that it follows from the condition, and that is done:
 *		in all forms of patterns but those below, of columns that come from a UNION or a GROUP BY. For an OR, each of
 *		its arms has one, or is one. What is looked for is a text of the statement or a parameter of it; the tokens are
 *		computed when the plan runs, so that a kept plan is right for any role: a masked grant compares with masks,
 *		of which tokens know nothing, and asks for everybody.
 *
 *		It needs no right on the column of the tokens, as it tells no more than the condition beside it. A denied
 *		person's row is hidden by the row filter, whatever its tokens say.
 */
#include "access/search_column.h"

#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "access/access.h"
#include "access/pii_type.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_search_for);

/* ---- what is compared with what ---- */

/* Comparisons of a text, on the left, with a pattern. */
static const struct
{
	Oid function;
	GdprPattern pattern;
} comparisons[] = {{F_TEXTLIKE, GDPR_PATTERN_LIKE},
				   {F_LIKE_TEXT_TEXT, GDPR_PATTERN_LIKE},
				   {F_TEXTICLIKE, GDPR_PATTERN_LIKE},
				   {F_STARTS_WITH, GDPR_PATTERN_BEGINNING},
				   {F_TEXTEQ, GDPR_PATTERN_WHOLE}};

/* One that tokens may narrow: of this column, with this text, or a value of the column's type that was typed. */
typedef struct Comparison
{
	Var *column;
	Node *text;
	GdprPattern pattern;
} Comparison;

static Node *
bare(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* The column that an expression shows, in any case and with or without blanks around it; NULL for anything else. */
static Var *
column_shown(Node *node)
{
	for (;;)
	{
		const GdprLook *look;
		FuncExpr *call;

		node = bare(node);
		if (node == NULL || !IsA(node, FuncExpr))
			return NULL;
		call = (FuncExpr *) node;
		switch (call->funcid)
		{
			case F_LOWER_TEXT:
			case F_UPPER_TEXT:
			case F_BTRIM_TEXT:
				node = linitial(call->args);
				continue;
			default:
				look = gdpr_look_searching(call->funcid);
				look = look ? look : gdpr_look_revealing(call->funcid);
				if (look == NULL || call->funcresulttype != TEXTOID || list_length(call->args) != 1)
					return NULL;
				node = linitial(call->args);
				return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 ? (Var *) node : NULL;
		}
	}
}

/* The same whatever row is looked at, and computed without looking at another. */
static bool
is_fixed(Node *node)
{
	return !contain_var_clause(node) && !contain_volatile_functions(node) && !contain_subplans(node);
}

static bool
read_comparison(Oid function_id, List *args, Comparison *comparison)
{
	if (list_length(args) != 2)
		return false;
	for (int i = 0; i < lengthof(comparisons); i++)
		if (comparisons[i].function == function_id)
		{
			comparison->pattern = comparisons[i].pattern;
			comparison->column = column_shown(linitial(args));
			comparison->text = lsecond(args);
			if (comparison->column == NULL && comparison->pattern == GDPR_PATTERN_WHOLE)
			{
				comparison->column = column_shown(lsecond(args));
				comparison->text = linitial(args);
			}
			return comparison->column && is_fixed(comparison->text);
		}
	return false;
}

/* A separator that holds no part of a word: what stands between two of them are whole words. */
static bool
separates_words(Node *node)
{
	Const *separator = (Const *) bare(node);
	text *value;

	if (!IsA(separator, Const) || separator->constisnull || separator->consttype != TEXTOID)
		return false;
	value = DatumGetTextPP(separator->constvalue);
	for (int i = 0; i < (int) VARSIZE_ANY_EXHDR(value); i++)
		if (strchr(" ,;.-/", VARDATA_ANY(value)[i]) == NULL)
			return false;
	return VARSIZE_ANY_EXHDR(value) > 0;
}

/* 'peeters' = ANY (string_to_array(last_name, ' ')) */
static bool
read_word(ScalarArrayOpExpr *op, Comparison *comparison)
{
	FuncExpr *array = (FuncExpr *) lsecond(op->args);

	if (op->opfuncid != F_TEXTEQ || !op->useOr || !IsA(array, FuncExpr) ||
		array->funcid != F_STRING_TO_ARRAY_TEXT_TEXT || !separates_words(lsecond(array->args)))
		return false;
	comparison->pattern = GDPR_PATTERN_WORDS;
	comparison->column = column_shown(linitial(array->args));
	comparison->text = linitial(op->args);
	return comparison->column && is_fixed(comparison->text);
}

/* note = 'calls back', of a class without a token: both sides are sealed, and would be opened. */
static bool
read_equality(OpExpr *op, Comparison *comparison)
{
	Node *left = linitial(op->args);
	Node *right = llast(op->args);
	const GdprPiiType *t = gdpr_pii_type(exprType(left));

	if (t == NULL || t->open_eq != op->opno)
		return false;
	comparison->pattern = GDPR_PATTERN_WHOLE;
	comparison->column = (Var *) (IsA(left, Var) ? left : right);
	comparison->text = IsA(left, Var) ? right : left;
	return IsA(comparison->column, Var) && comparison->column->varlevelsup == 0 && is_fixed(comparison->text);
}

static bool
compares(Node *node, Comparison *comparison)
{
	switch (nodeTag(node))
	{
		case T_OpExpr:
			set_opfuncid((OpExpr *) node);
			return read_equality((OpExpr *) node, comparison) ||
				   read_comparison(((OpExpr *) node)->opfuncid, ((OpExpr *) node)->args, comparison);
		case T_FuncExpr:
			return read_comparison(((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args, comparison);
		case T_ScalarArrayOpExpr:
			set_sa_opfuncid((ScalarArrayOpExpr *) node);
			return read_word((ScalarArrayOpExpr *) node, comparison);
		default:
			return false;
	}
}

/* ---- where the tokens are ---- */

static bool
search_column(Oid relid, AttrNumber value, GdprSearchColumn *found)
{
	Relation rel = table_open(relid, NoLock); /* the query has one */
	int count;
	const GdprSearchColumn *columns = gdpr_search_columns(rel, &count);
	bool is_there = false;

	for (int i = 0; i < count && !is_there; i++)
		if (columns[i].value == value)
		{
			*found = columns[i];
			is_there = true;
		}
	table_close(rel, NoLock);
	return is_there;
}

/* Rows of a subquery that are rows of its tables, with a column more or less. */
static bool
passes_rows(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL && !query->hasAggs &&
		   query->groupClause == NIL && query->groupingSets == NIL && query->distinctClause == NIL &&
		   query->havingQual == NULL && !query->hasWindowFuncs && !query->hasTargetSRFs &&
		   query->limitCount == NULL && query->limitOffset == NULL;
}

static Var *tokens_beside(Query *query, Var *value, GdprSearchColumn *column);

/* As another column of the subquery. */
static AttrNumber
column_of_subquery(RangeTblEntry *rte, AttrNumber number, GdprSearchColumn *column)
{
	Query *query = rte->subquery;
	TargetEntry *target = get_tle_by_resno(query->targetList, number);
	Var *tokens;
	ListCell *cell;

	if (target == NULL || !IsA(target->expr, Var) || !passes_rows(query))
		return InvalidAttrNumber;
	tokens = tokens_beside(query, (Var *) target->expr, column);
	if (tokens == NULL)
		return InvalidAttrNumber;
	foreach (cell, query->targetList)
		if (equal(lfirst_node(TargetEntry, cell)->expr, tokens))
			return lfirst_node(TargetEntry, cell)->resjunk ? InvalidAttrNumber
														   : lfirst_node(TargetEntry, cell)->resno;
	number = list_length(query->targetList) + 1;
	query->targetList =
		lappend(query->targetList, makeTargetEntry((Expr *) tokens, number, pstrdup("tokens"), false));
	rte->eref->colnames = lappend(rte->eref->colnames, makeString(pstrdup("tokens")));
	return number;
}

static Var *
tokens_beside(Query *query, Var *value, GdprSearchColumn *column)
{
	RangeTblEntry *rte;
	AttrNumber number = InvalidAttrNumber;
	Var *tokens;

	if (value->varlevelsup != 0 || value->varattno <= 0 || value->varno > list_length(query->rtable))
		return NULL;
	rte = rt_fetch(value->varno, query->rtable);
	if (rte->rtekind == RTE_RELATION && search_column(rte->relid, value->varattno, column))
		number = column->tokens;
	else if (rte->rtekind == RTE_SUBQUERY)
		number = column_of_subquery(rte, value->varattno, column);
	if (number == InvalidAttrNumber)
		return NULL;
	tokens = makeVar(value->varno, number, gdpr_search_tokens_type(), -1, InvalidOid, 0);
	gdpr_copy_nullingrels(tokens, value);
	return tokens;
}

/* ---- the question ---- */

/* A text, or that of a value which this session typed: NULL when it did not. */
static text *
text_typed(Datum datum, Oid type)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	Sealed sealed;
	GdprPlain plain;

	if (type == TEXTOID)
		return (text *) value;
	gdpr_sealed_view(value, &sealed);
	if (!gdpr_sealed_here(&sealed))
		return NULL;
	gdpr_seal_open(&sealed, &plain);
	return gdpr_plain_text(&plain);
}

/* Unless it is known what the text will be, it may. */
static bool
may_help(const Comparison *comparison, GdprSearchKind kind)
{
	PlannerInfo *root = makeNode(PlannerInfo); /* no more than estimating needs */
	Const *value;
	text *plain;

	root->glob = makeNode(PlannerGlobal);
	value = (Const *) estimate_expression_value(root, copyObject(comparison->text));
	if (!IsA(value, Const))
		return true;
	plain = value->constisnull ? NULL : text_typed(value->constvalue, value->consttype);
	return plain &&
		   gdpr_search_helps(kind, comparison->pattern, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

/* By SQL it cannot be written: no one asks tokens but with the condition beside it. */
static Node *
search_template(const GdprSearchColumn *column, GdprPattern pattern)
{
	return (Node *) makeConst(gdpr_search_query_type(), -1, InvalidOid, -1,
							  PointerGetDatum(gdpr_search_template(column->kind, column->class, pattern)),
							  false, false);
}

static Node *
question(Query *query, Comparison *comparison)
{
	GdprSearchColumn column;
	Var *tokens = tokens_beside(query, comparison->column, &column);
	Oid type = exprType(comparison->text);
	Oid search_for = gdpr_search_for_function(gdpr_pii_type(type) ? type : TEXTOID);
	List *args;

	if (tokens == NULL || !OidIsValid(search_for) || !may_help(comparison, column.kind))
		return NULL;
	args = list_make2(search_template(&column, comparison->pattern), copyObject(comparison->text));
	return (Node *) make_opclause(gdpr_search_tokens_operator(), BOOLOID, false, (Expr *) tokens,
								  (Expr *) makeFuncExpr(search_for, gdpr_search_query_type(), args,
														InvalidOid, DEFAULT_COLLATION_OID,
														COERCE_EXPLICIT_CALL),
								  InvalidOid, InvalidOid);
}

static Node *question_of(Query *query, Node *condition);

static bool
opens(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && (gdpr_look_revealing(((FuncExpr *) node)->funcid) ||
								gdpr_look_searching(((FuncExpr *) node)->funcid)))
		return true;
	if (IsA(node, OpExpr) && gdpr_opens(((OpExpr *) node)->opno))
		return true;
	return expression_tree_walker(node, opens, context);
}

/* Of all arms or none; an arm that opens nothing is its own. */
static Node *
question_of_or(Query *query, BoolExpr *condition)
{
	List *arms = NIL;
	bool asked = false;
	ListCell *cell;

	foreach (cell, condition->args)
	{
		Node *arm = question_of(query, lfirst(cell));

		asked = asked || arm != NULL;
		if (arm == NULL && (opens(lfirst(cell), NULL) || contain_volatile_functions(lfirst(cell)) ||
							contain_subplans(lfirst(cell))))
			return NULL;
		arms = lappend(arms, arm ? arm : copyObject(lfirst(cell)));
	}
	return asked ? (Node *) make_orclause(arms) : NULL;
}

static Node *
question_of_and(Query *query, BoolExpr *condition)
{
	List *parts = NIL;
	ListCell *cell;

	foreach (cell, condition->args)
	{
		Node *part = question_of(query, lfirst(cell));

		if (part)
			parts = lappend(parts, part);
	}
	return parts ? (Node *) make_ands_explicit(parts) : NULL;
}

/* What follows from a condition and is asked of tokens; NULL when nothing is. */
static Node *
question_of(Query *query, Node *condition)
{
	Comparison comparison;

	if (is_orclause(condition))
		return question_of_or(query, (BoolExpr *) condition);
	if (is_andclause(condition))
		return question_of_and(query, (BoolExpr *) condition);
	return compares(condition, &comparison) ? question(query, &comparison) : NULL;
}

static Node *
with_questions(Query *query, Node *quals)
{
	List *conditions = make_ands_implicit((Expr *) quals);
	List *questions = NIL;
	ListCell *cell;

	foreach (cell, conditions)
	{
		Node *asked = question_of(query, lfirst(cell));

		if (asked)
			questions = lappend(questions, asked);
	}
	return questions ? (Node *) make_ands_explicit(list_concat(questions, conditions)) : quals;
}

static void
search_jointree(Query *query, Node *node)
{
	ListCell *cell;

	if (node == NULL)
		return;
	if (IsA(node, FromExpr))
	{
		foreach (cell, ((FromExpr *) node)->fromlist)
			search_jointree(query, lfirst(cell));
		((FromExpr *) node)->quals = with_questions(query, ((FromExpr *) node)->quals);
	}
	else if (IsA(node, JoinExpr))
	{
		search_jointree(query, ((JoinExpr *) node)->larg);
		search_jointree(query, ((JoinExpr *) node)->rarg);
		((JoinExpr *) node)->quals = with_questions(query, ((JoinExpr *) node)->quals);
	}
}

void
gdpr_search_by_tokens(Query *query)
{
	search_jointree(query, (Node *) query->jointree);
}

/* ---- when the plan runs ---- */

/* The last search of a call: a scan without the index asks for each row. */
typedef struct Asked
{
	struct varlena *text; /* as it was given */
	bool for_all;
	uint32 secret;
	GdprSearchQuery *query;
} Asked;

static bool
is_same(const Asked *asked, const struct varlena *text, bool for_all)
{
	return asked && asked->for_all == for_all && asked->secret == gdpr_secret_generation() &&
		   VARSIZE_ANY(asked->text) == VARSIZE_ANY(text) && memcmp(asked->text, text, VARSIZE_ANY(text)) == 0;
}

static GdprSearchQuery *
ask(FunctionCallInfo fcinfo, struct varlena *given)
{
	GdprSearchQuery *search = (GdprSearchQuery *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	text *plain = text_typed(PointerGetDatum(given), get_fn_expr_argtype(fcinfo->flinfo, 1));

	if (plain == NULL || search->form != GDPR_SEARCH_TEMPLATE)
		return gdpr_search_all();
	return gdpr_search_with(search, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

/*
 * search_for(template, text): the text, or a value that was typed. Tokens know nothing of what a masked grant sees, so
 * that asks for everybody. A call has one template.
 */
Datum
gdpr_search_for(PG_FUNCTION_ARGS)
{
	struct varlena *given = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	const GdprClaim *claim = gdpr_policy_claim();
	bool for_all = claim->reason != GDPR_ALLOWED || claim->grant != GDPR_GRANT_FULL;
	Asked *asked = fcinfo->flinfo->fn_extra;
	MemoryContext before;

	if (is_same(asked, given, for_all))
		PG_RETURN_POINTER(asked->query);
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	asked = palloc(sizeof(Asked));
	asked->text = (struct varlena *) DatumGetPointer(datumCopy(PointerGetDatum(given), false, -1));
	asked->for_all = for_all;
	asked->query = for_all ? gdpr_search_all() : ask(fcinfo, given);
	asked->secret = gdpr_secret_generation();
	fcinfo->flinfo->fn_extra = asked;
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(asked->query);
}
