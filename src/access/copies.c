/*
 * copies.c
 *		No plaintext is stored by accident.
 *
 *		A PII type turns into text wherever text is wanted, also where a statement writes a column of an ordinary type:
 *		INSERT ... SELECT lower(email), UPDATE log SET what = c.note, CREATE TABLE AS. Nobody said that a copy in plain
 *		was meant, so gdpr.plaintext_copies refuses it, or records it. A cast that is written, as in email::text, or
 *		gdpr.reveal(), says so: the copy is made, and the ledger has it.
 *
 *		What a statement would store is found in its tree, through subqueries and WITH; whether it is plaintext shows
 *		only when it runs, by a function that is put around it. So it does for the variables of a function in
 *		PL/pgSQL, into which a plaintext may have been read before, for constants of the statements that it puts
 *		together, and for what functions return: what this statement read is remembered, by a fingerprint, and what is
 *		exactly that is not written. What a function makes of it first,
 *		upper(v), is not recognised.
 */
#include "access/copies.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/prepare.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "access/access.h"
#include "access/pii_type.h"
#include "access/tree.h"
#include "arguments.h"
#include "ledger/entry.h"

PG_FUNCTION_INFO_V1(gdpr_guard_copy);

/* How plaintext may come into a value. */
typedef enum Flow
{
	FLOW_ASKED = 1,	   /* by a cast or a call that somebody wrote */
	FLOW_UNASKED = 2,  /* by a cast that the parser put in */
	FLOW_PRINTED = 4,  /* inside concat(): while the session reveals */
	FLOW_JSON = 8,	   /* inside json: as above, but where it stays sealed (plain.c) */
	FLOW_VARIABLE = 16 /* a variable, or what a function not built in returns: it may be what was read */
} Flow;

typedef enum PlaintextCopies
{
	COPIES_REFUSE,
	COPIES_RECORD
} PlaintextCopies;

static const struct config_enum_entry copies_options[] = {{"refuse", COPIES_REFUSE, false},
														  {"record", COPIES_RECORD, false},
														  {NULL, 0, false}};
static int gdpr_plaintext_copies = COPIES_REFUSE;

/* Queries from inside out, for the columns that a subquery refers to. */
typedef struct Level
{
	Query *query;
	struct Level *outer;
} Level;

typedef struct Search
{
	Level *level;
	int flows;
} Search;

/* The depth at which a utility command plans the query whose result it stores; 0 for none. */
static int storing_depth = 0;

static int flows_of(Node *node, Level *level);

/* ---- at work ---- */

static void
refuse(const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("personal data would be written in plain into column \"%s\"", column),
			 errhint("Give the column a PII type, or say that the copy is meant: cast the value, as in "
					 "email::text. gdpr.plaintext_copies = 'record' lets copies pass, on record.")));
}

#define RECORDED_MAX 32

/* False the first time in a statement of the client, as far as there is room. */
static bool
is_recorded(Oid relation, const char *column)
{
	static TimestampTz statement = 0;
	static struct
	{
		Oid relation;
		NameData column;
	} recorded[RECORDED_MAX];
	static int count = 0;

	if (statement != GetCurrentStatementStartTimestamp())
		count = 0;
	statement = GetCurrentStatementStartTimestamp();
	for (int i = 0; i < count; i++)
		if (recorded[i].relation == relation && namestrcmp(&recorded[i].column, column) == 0)
			return true;
	if (count == RECORDED_MAX)
		return true; /* enough is said of this statement */
	recorded[count].relation = relation;
	namestrcpy(&recorded[count++].column, column);
	return false;
}

static void
record(Oid relation, const char *column)
{
	StringInfoData detail;

	if (is_recorded(relation, column))
		return;
	initStringInfo(&detail);
	appendStringInfoString(&detail, "{\"relation\": ");
	if (OidIsValid(relation))
		escape_json(&detail, gdpr_table_name(relation));
	else
		appendStringInfoString(&detail, "null");
	appendStringInfoString(&detail, ", \"column\": ");
	escape_json(&detail, column);
	appendStringInfoChar(&detail, '}');
	gdpr_record_event(CStringGetTextDatum("plaintext copied"), (Datum) 0, true,
					  DirectFunctionCall1(jsonb_in, CStringGetDatum(detail.data)));
}

/* What the tree alone could not tell. */
static int
settled(int flows)
{
	if (!gdpr_output_reveals())
		return flows;
	if ((flows & FLOW_PRINTED) || ((flows & FLOW_JSON) && !gdpr_changes_inside()))
		flows |= FLOW_UNASKED;
	return flows;
}

Datum
gdpr_guard_copy(PG_FUNCTION_ARGS)
{
	int flows;
	char *column;

	gdpr_require_own_call(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	for (int i = 1; i < 4; i++)
		gdpr_require_argument(fcinfo, i);
	flows = settled(PG_GETARG_INT32(3));
	if ((flows & FLOW_VARIABLE) &&
		gdpr_holds_read(get_fn_expr_argtype(fcinfo->flinfo, 0), PG_GETARG_DATUM(0)))
		flows |= FLOW_UNASKED;
	if (!(flows & (FLOW_ASKED | FLOW_UNASKED)) || gdpr_own_rights_at_work())
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	column = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if ((flows & FLOW_UNASKED) && gdpr_plaintext_copies == COPIES_REFUSE)
		refuse(column);
	record(PG_GETARG_OID(1), column);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ---- in a statement's tree ---- */

/* A truth or a number may say something of a person, but is no copy of what is sealed. */
static bool
carries_plaintext(Oid type)
{
	char category = TypeCategory(type);

	return category != TYPCATEGORY_BOOLEAN && category != TYPCATEGORY_NUMERIC &&
		   !gdpr_pii_type_or_array(type);
}

static int
flows_of_columns(List *targets, AttrNumber column, Level *level)
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

static int flows_of_query(Query *query, AttrNumber column, Level *outer);

static int
flows_of_set_operation(Node *node, AttrNumber column, Level *level)
{
	SetOperationStmt *operation = (SetOperationStmt *) node;

	if (IsA(node, RangeTblRef))
		return flows_of_query(rt_fetch(((RangeTblRef *) node)->rtindex, level->query->rtable)->subquery,
							  column, level);
	return flows_of_set_operation(operation->larg, column, level) |
		   flows_of_set_operation(operation->rarg, column, level);
}

/* column 0: any of them */
static int
flows_of_query(Query *query, AttrNumber column, Level *outer)
{
	Level level = {query, outer};

	check_stack_depth();
	if (query->setOperations)
		return flows_of_set_operation(query->setOperations, column, &level);
	return flows_of_columns(query->commandType == CMD_SELECT ? query->targetList : query->returningList,
							column, &level);
}

static Level *
level_above(Level *level, int levels)
{
	while (level && levels-- > 0)
		level = level->outer;
	return level;
}

static int
flows_of_cte(RangeTblEntry *rte, AttrNumber column, Level *level)
{
	ListCell *cell;

	level = level_above(level, rte->ctelevelsup);
	if (level == NULL || rte->self_reference)
		return 0;
	foreach (cell, level->query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return flows_of_query(castNode(Query, cte->ctequery), column, level);
	}
	return 0;
}

static int
flows_of_values(RangeTblEntry *rte, AttrNumber column, Level *level)
{
	int flows = 0;
	ListCell *cell;

	foreach (cell, rte->values_lists)
		flows |=
			column == 0 ? flows_of(lfirst(cell), level) : flows_of(list_nth(lfirst(cell), column - 1), level);
	return flows;
}

static int
flows_of_variable(Var *var, Level *level)
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
			return flows_of_query(rte->subquery, var->varattno, level);
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
holds_pii(Node *node, Level *level)
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
is_printed(Node *node, Level *level)
{
	return holds_pii(node, level) && (!IsA(node, Param) || gdpr_pii_type_or_array(exprType(node)));
}

/* json.c takes the cast to json of what it is given, and of the columns of a row. */
static bool
makes_json(Oid result, List *args, Level *level)
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
flows_of_call(FuncExpr *call, Level *level)
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
flows_of_sublink(SubLink *link, Level *level)
{
	if (link->subLinkType != EXPR_SUBLINK && link->subLinkType != ARRAY_SUBLINK)
		return 0;
	return flows_of_query(castNode(Query, link->subselect), 0, level);
}

/* UPDATE ... SET (a, b) = (SELECT ...) */
static int
flows_of_multiple(Param *param, Level *level)
{
	ListCell *cell;

	foreach (cell, level->query->targetList)
	{
		SubLink *link = (SubLink *) lfirst_node(TargetEntry, cell)->expr;

		if (link && IsA(link, SubLink) && link->subLinkType == MULTIEXPR_SUBLINK &&
			link->subLinkId == param->paramid >> 16)
			return flows_of_query(castNode(Query, link->subselect), param->paramid & 0xffff, level);
	}
	return 0;
}

/* Given by a function to a statement of its own, as a variable or put into its text. */
static int
flows_of_given(Oid type)
{
	return gdpr_statement_depth() > 1 && carries_plaintext(type) ? FLOW_VARIABLE : 0;
}

static int
flows_of_parameter(Param *param, Level *level)
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
			if (!carries_plaintext(((FuncExpr *) node)->funcresulttype))
				return false;
			search->flows |= flows_of_call((FuncExpr *) node, search->level);
			break;
		case T_OpExpr:
			if (!carries_plaintext(((OpExpr *) node)->opresulttype))
				return false;
			set_opfuncid((OpExpr *) node);
			if (gdpr_prints_arguments(((OpExpr *) node)->opfuncid) && has_pii(((OpExpr *) node)->args))
				search->flows |= FLOW_PRINTED;
			break;
		case T_Aggref:
			if (!carries_plaintext(((Aggref *) node)->aggtype))
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
flows_of(Node *node, Level *level)
{
	Search search = {level, 0};

	(void) gather(node, &search);
	return search.flows;
}

/* ---- guarding ---- */

static Oid
guard_function(void)
{
	Oid arguments[4] = {ANYELEMENTOID, OIDOID, TEXTOID, INT4OID};

	return LookupFuncName(list_make2(makeString("gdpr_internal"), makeString("guard_copy")), 4, arguments,
						  true);
}

static Expr *
guarded(Expr *value, Oid relation, const char *column, int flows)
{
	Oid function = guard_function();
	Oid type = exprType((Node *) value);
	Oid collation = exprCollation((Node *) value);
	List *args;

	if (!OidIsValid(function))
		return value;
	args = list_make4(value,
					  makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(relation), false, true),
					  makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
								CStringGetTextDatum(column ? column : "?column?"), false, false),
					  makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(flows), false, true));
	return gdpr_own_call(function, type, collation, args);
}

/* Those that matter to a value of this type. */
static int
flows_into(Node *value, Level *level)
{
	Oid type = exprType(value);
	int flows = carries_plaintext(type) ? flows_of(value, level) : 0;

	return gdpr_may_hold_read(type) ? flows : flows & ~FLOW_VARIABLE;
}

static void
guard_targets(List *targets, Oid relation, Level *level)
{
	ListCell *cell;

	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		int flows = target->resjunk ? 0 : flows_into((Node *) target->expr, level);

		if (flows != 0)
			target->expr = guarded(target->expr, relation, target->resname, flows);
	}
}

static void
guard_changes(Query *query, Level *level)
{
	Oid relation = rt_fetch(query->resultRelation, query->rtable)->relid;
	ListCell *cell;

	guard_targets(query->targetList, relation, level);
	if (query->onConflict)
		guard_targets(query->onConflict->onConflictSet, relation, level);
	foreach (cell, query->mergeActionList)
		guard_targets(lfirst_node(MergeAction, cell)->targetList, relation, level);
}

static void
guard(Query *query, Level *outer)
{
	Level level = {query, outer};
	ListCell *cell;

	foreach (cell, query->cteList)
		guard((Query *) lfirst_node(CommonTableExpr, cell)->ctequery, &level);
	if (query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE ||
		query->commandType == CMD_MERGE)
		guard_changes(query, &level);
}

/* A query whose result is about to be stored, looked at without running it. */
static void
check_stored(Query *query)
{
	ListCell *cell;

	if (!gdpr_pii_types_known() || query->commandType != CMD_SELECT)
		return;
	foreach (cell, query->targetList)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		int flows = target->resjunk || !carries_plaintext(exprType((Node *) target->expr))
						? 0
						: settled(flows_of_query(query, target->resno, NULL));

		if ((flows & FLOW_UNASKED) && gdpr_plaintext_copies == COPIES_REFUSE)
			refuse(target->resname);
		if (flows & (FLOW_UNASKED | FLOW_ASKED))
			record(InvalidOid, target->resname);
	}
}

/* What these are given goes to every session that listens, into the WAL, or into a large object. */
static const char *
sends_to(Oid function)
{
	switch (function)
	{
		case F_PG_NOTIFY:
			return "pg_notify";
		case F_EMIT_MESSAGE_TEXT:
		case F_EMIT_MESSAGE_BYTEA:
			return "pg_logical_emit_message";
		case F_LO_FROM_BYTEA:
			return "lo_from_bytea";
		case F_LO_PUT:
			return "lo_put";
		case F_LOWRITE:
			return "lowrite";
		default:
			return NULL;
	}
}

static bool
guard_sent(Node *node, void *context)
{
	FuncExpr *call = (FuncExpr *) node;
	ListCell *cell;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Level level = {(Query *) node, context};

		return query_tree_walker((Query *) node, guard_sent, &level, 0);
	}
	if (IsA(node, FuncExpr) && sends_to(call->funcid))
		foreach (cell, call->args)
		{
			int flows = flows_into(lfirst(cell), context);

			if (flows != 0)
				lfirst(cell) = guarded(lfirst(cell), InvalidOid, sends_to(call->funcid), flows);
		}
	return expression_tree_walker(node, guard_sent, context);
}

void
gdpr_guard_copies(Query *query, bool concerns_pii)
{
	Level level = {query, NULL};

	if (gdpr_own_rights_at_work())
		return;
	if (gdpr_statement_depth() > 1 || concerns_pii)
		(void) guard_sent((Node *) query, NULL);
	if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
		guard(query, NULL);
	else if (storing_depth == 0 || gdpr_statement_depth() != storing_depth)
		return;
	else if (query->setOperations)
		check_stored(query); /* it is planned to be run now */
	else
		guard_targets(query->targetList, InvalidOid, &level);
}

/* CREATE TABLE AS and SELECT INTO, explained too, and COPY into a file or a program. */
static bool
stores_result(Node *statement)
{
	Query *explained = IsA(statement, ExplainStmt) ? (Query *) ((ExplainStmt *) statement)->query : NULL;

	if (explained && IsA(explained, Query) && explained->utilityStmt)
		statement = explained->utilityStmt;
	if (IsA(statement, CopyStmt))
		return ((CopyStmt *) statement)->query && ((CopyStmt *) statement)->filename;
	return IsA(statement, CreateTableAsStmt);
}

/* CREATE TABLE AS EXECUTE runs a plan that may be kept for other uses. */
static void
check_prepared(Node *statement)
{
	Query *query =
		IsA(statement, CreateTableAsStmt) ? (Query *) ((CreateTableAsStmt *) statement)->query : NULL;
	PreparedStatement *prepared;

	if (query == NULL || query->commandType != CMD_UTILITY || !IsA(query->utilityStmt, ExecuteStmt))
		return;
	prepared = FetchPreparedStatement(((ExecuteStmt *) query->utilityStmt)->name, false);
	if (prepared && list_length(prepared->plansource->query_list) == 1)
		check_stored(linitial_node(Query, prepared->plansource->query_list));
}

void
gdpr_copies_utility(GdprRest *rest, PlannedStmt *statement)
{
	int outer = storing_depth;

	check_prepared(statement->utilityStmt);
	storing_depth = stores_result(statement->utilityStmt) ? gdpr_statement_depth() + 1 : 0;
	PG_TRY();
	{
		gdpr_proceed(rest);
	}
	PG_FINALLY();
	{
		storing_depth = outer;
	}
	PG_END_TRY();
}

void
gdpr_copies_init(void)
{
	/* Whether a copy in plain that no cast asks for is an accident here, or how things are done. */
	DefineCustomEnumVariable(
		"gdpr.plaintext_copies",
		"What a statement does that would write a value of a PII type in plain into a column of "
		"another type, without a cast that says so.",
		"refuse raises; record lets it pass and writes it to the ledger, as casts that are written "
		"always are.",
		&gdpr_plaintext_copies, COPIES_REFUSE, copies_options, PGC_SUSET, 0, NULL, NULL, NULL);
}
