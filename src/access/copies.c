/*
 * copies.c
 *		No plaintext is stored by accident.
 *
 *		A PII type turns into text wherever text is wanted, also where a statement writes a column of an ordinary type:
 *		INSERT ... SELECT lower(email), UPDATE log SET what = c.note, CREATE TABLE AS. No one asked for a copy in plain,
 *		so gdpr.plaintext_copies refuses it, or records it. A cast that is written, as in email::text, or
 *		gdpr.reveal(), says so: the copy is made, and the ledger has it.
 *
 *		What a statement would store is found in its tree (flow.h); whether it is plaintext shows only when it runs, by
 *		a function that is put around it. So it does for the variables of a function in PL/pgSQL, into which a
 *		plaintext may have been read before, for constants of the statements that it puts together, and for what
 *		functions return: what this statement read is remembered, by a fingerprint, and what is exactly that is not
 *		written. What a function makes of it first, upper(v), is not recognised.
 */
#include "access/copies.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/prepare.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "access/access.h"
#include "access/flow.h"
#include "access/pii_type.h"
#include "access/tree.h"
#include "arguments.h"
#include "ledger/entry.h"

PG_FUNCTION_INFO_V1(gdpr_guard_copy);

typedef enum PlaintextCopies
{
	COPIES_REFUSE,
	COPIES_RECORD
} PlaintextCopies;

static const struct config_enum_entry copies_options[] = {{"refuse", COPIES_REFUSE, false},
														  {"record", COPIES_RECORD, false},
														  {NULL, 0, false}};
static int gdpr_plaintext_copies = COPIES_REFUSE;

/* The depth at which a utility command plans the query whose result it stores; 0 for none. */
static int storing_depth = 0;

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

static void
guard_targets(List *targets, Oid relation, GdprFlowLevel *level)
{
	ListCell *cell;

	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		int flows = target->resjunk ? 0 : gdpr_flows_into((Node *) target->expr, level);

		if (flows != 0)
			target->expr = guarded(target->expr, relation, target->resname, flows);
	}
}

static void
guard_changes(Query *query, GdprFlowLevel *level)
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
guard(Query *query, GdprFlowLevel *outer)
{
	GdprFlowLevel level = {query, outer};
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
		int flows = target->resjunk || !gdpr_carries_plaintext(exprType((Node *) target->expr))
						? 0
						: settled(gdpr_flows_of_query(query, target->resno, NULL));

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
		GdprFlowLevel level = {(Query *) node, context};

		return query_tree_walker((Query *) node, guard_sent, &level, 0);
	}
	if (IsA(node, FuncExpr) && sends_to(call->funcid))
		foreach (cell, call->args)
		{
			int flows = gdpr_flows_into(lfirst(cell), context);

			if (flows != 0)
				lfirst(cell) = guarded(lfirst(cell), InvalidOid, sends_to(call->funcid), flows);
		}
	return expression_tree_walker(node, guard_sent, context);
}

void
gdpr_guard_copies(Query *query, bool concerns_pii)
{
	GdprFlowLevel level = {query, NULL};

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
