/*
 * output.c
 *		With gdpr.output = 'reveal' the client gets what the policy allows, and only the client.
 *
 *		An output function does not know where its result goes: to the client, or into an error's DETAIL, a RAISE,
 *		json, EXPLAIN, a foreign server's query, the log. So it reveals only inside a window that is known to be
 *		the client's:
 *
 *		- while a DestReceiver of the client is receiving a row; the executor's receiver is wrapped to know it. A
 *		  function called to compute the row runs outside the window, since the row is complete by then.
 *		- while no part of a statement runs and the active portal has a holdStore: INSERT ... RETURNING, EXECUTE,
 *		  FETCH and cursors WITH HOLD are sent from there after execution. The holdStore is there from the
 *		  start, so every part counts: planning (foreign queries are written then), AFTER triggers at the end.
 *
 *		- while COPY (query) TO STDOUT sends a row. COPY of a table, which is a dump, stays sealed, and so does what
 *		  pg_dump reads, with --inserts too.
 *
 *		Unbound values are what distributed engines and deparsed constants carry: they stay sealed, but for those that
 *		this process sealed for this user, who typed them. Logical decoding stays sealed too.
 */
#include "access/access.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "nodes/plannodes.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "access/copies.h"
#include "access/log.h"
#include "access/search.h"
#include "audit/audit.h"
#include "hooks.h"
#include "pii/seal.h"
#include "pii/type.h"

typedef enum OutputMode
{
	OUTPUT_SEALED,
	OUTPUT_REVEAL
} OutputMode;

static const struct config_enum_entry output_options[] = {{"sealed", OUTPUT_SEALED, false},
														  {"reveal", OUTPUT_REVEAL, false},
														  {NULL, 0, false}};

static int output_mode = OUTPUT_SEALED;

static int executor_depth = 0;
static int statement_depth = 0;			/* planner, each phase of the executor, utility commands */
static CmdType operation = CMD_UNKNOWN; /* of the innermost executor that runs */

/* COPY (query) TO STDOUT, sent by the client itself, is running. */
static bool copying_to_client = false;

/* Rows of pg_dump --inserts are on their way: from its FETCH, behind which they are sent, to the next statement. */
static bool fetching_dump = false;

static bool client_receiving = false;

bool gdpr_upsert_running = false;

/* The client's receiver, wrapped for the duration of one ExecutorRun. */
typedef struct Window
{
	DestReceiver pub;
	DestReceiver *client;
	int *pii; /* attribute indexes of PII columns, for gdpr.on_denied = 'null' */
	int pii_count;
	TupleTableSlot *copy; /* with denied values replaced by NULL */
} Window;

/* A dump is to hold what the table holds. pg_dump names itself, as far as its environment lets it, and its cursor. */
static bool
is_dump(void)
{
	return fetching_dump || (application_name && strncmp(application_name, "pg_dump", 7) == 0);
}

bool
gdpr_output_reveals(void)
{
	return output_mode == OUTPUT_REVEAL && !HistoricSnapshotActive() && !is_dump();
}

int
gdpr_statement_depth(void)
{
	return statement_depth;
}

bool
gdpr_changes_inside(void)
{
	return statement_depth > 1 && operation != CMD_SELECT && operation != CMD_UNKNOWN;
}

static bool
in_client_window(void)
{
	return client_receiving ||
		   (statement_depth == 0 && ActivePortal != NULL && ActivePortal->holdStore != NULL);
}

/* The text a client may see; NULL for the sealed text. */
static char *
reveal_to_client(struct varlena *value)
{
	const GdprClaim *claim;
	text *revealed;
	Sealed sealed;

	if (!in_client_window() || !gdpr_output_reveals() ||
		!gdpr_sealed_parse((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &sealed))
		return NULL;
	if (sealed.subject <= 0 && !gdpr_sealed_here(&sealed))
		return NULL;
	claim = gdpr_policy_claim();
	revealed = sealed.subject > 0 ? gdpr_reveal_text_of(value, claim) : gdpr_look_inside(value, claim, true);

	/* A NULL cannot come from an output function; the window replaced it before we were called. */
	if (revealed == NULL)
		return pstrdup("");
	if (gdpr_class_of_value(value)->binary)
		return DatumGetCString(DirectFunctionCall1(byteaout, PointerGetDatum(revealed)));
	return text_to_cstring(revealed);
}

static void
window_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	Window *window = (Window *) self;

	window->pii = palloc(desc->natts * sizeof(int));
	for (int i = 0; i < desc->natts; i++)
		if (gdpr_class_of_type(TupleDescAttr(desc, i)->atttypid))
			window->pii[window->pii_count++] = i;
	window->client->rStartup(window->client, operation, desc);
}

/* Under gdpr.on_denied = 'null', a copy of the row without what this session may not see. */
static TupleTableSlot *
without_denied(Window *window, TupleTableSlot *slot)
{
	const GdprClaim *claim = gdpr_policy_claim();

	if (window->copy == NULL)
		window->copy = MakeSingleTupleTableSlot(slot->tts_tupleDescriptor, &TTSOpsVirtual);
	ExecClearTuple(window->copy);
	slot_getallattrs(slot);
	memcpy(window->copy->tts_values, slot->tts_values, slot->tts_tupleDescriptor->natts * sizeof(Datum));
	memcpy(window->copy->tts_isnull, slot->tts_isnull, slot->tts_tupleDescriptor->natts * sizeof(bool));
	ExecStoreVirtualTuple(window->copy);
	for (int i = 0; i < window->pii_count; i++)
	{
		int column = window->pii[i];
		struct varlena *value;
		GdprReason reason;

		if (slot->tts_isnull[column])
			continue;
		value = PG_DETOAST_DATUM_PACKED(slot->tts_values[column]);
		reason = gdpr_sealed_subject_of(value) > 0 ? gdpr_reveal_reason(value, claim) : GDPR_ALLOWED;
		if (reason != GDPR_ALLOWED)
		{
			gdpr_collect_denied(reason, claim);
			window->copy->tts_isnull[column] = true;
		}
		if ((Pointer) value != DatumGetPointer(slot->tts_values[column]))
			pfree(value);
	}
	return window->copy;
}

static bool
send_row(Window *window, TupleTableSlot *slot)
{
	bool outer = client_receiving;
	bool more;

	client_receiving = true;
	PG_TRY();
	{
		more = window->client->receiveSlot(slot, window->client);
	}
	PG_FINALLY();
	{
		client_receiving = outer;
	}
	PG_END_TRY();
	return more;
}

static bool
window_receive(TupleTableSlot *slot, DestReceiver *self)
{
	Window *window = (Window *) self;

	if (gdpr_on_denied == GDPR_ON_DENIED_NULL && window->pii_count > 0)
		slot = without_denied(window, slot);
	return send_row(window, slot);
}

static void
window_shutdown(DestReceiver *self)
{
	Window *window = (Window *) self;

	if (window->copy)
		ExecDropSingleTupleTableSlot(window->copy);
	window->copy = NULL;
	pfree(window->pii); /* a cursor's memory lives through many fetches */
	window->client->rShutdown(window->client);
}

static void
window_destroy(DestReceiver *self)
{
	/* lives on the stack of run() */
}

/* ON CONFLICT at the top or in a data-modifying CTE. */
static bool
is_upsert(PlannedStmt *statement)
{
	ListCell *cell;

	if (statement->commandType != CMD_INSERT && !statement->hasModifyingCTE)
		return false;
	if (IsA(statement->planTree, ModifyTable) &&
		((ModifyTable *) statement->planTree)->onConflictAction != ONCONFLICT_NONE)
		return true;
	foreach (cell, statement->subplans)
	{
		Plan *plan = lfirst(cell);

		if (plan && IsA(plan, ModifyTable) && ((ModifyTable *) plan)->onConflictAction != ONCONFLICT_NONE)
			return true;
	}
	return false;
}

/*
 * The client, or a store from which a top-level portal will serve it: that of FETCH or EXECUTE, or its own. A
 * procedure that commits puts the cursors of its loops into a store too, but that is not the client's.
 */
static bool
is_client(DestReceiver *receiver)
{
	if (receiver->mydest == DestCopyOut)
		return copying_to_client && executor_depth == 1;
	return receiver->mydest == DestRemote || receiver->mydest == DestRemoteExecute ||
		   (receiver->mydest == DestTuplestore && executor_depth == 1 && ActivePortal != NULL &&
			(ActivePortal->holdStore == NULL || statement_depth == 1));
}

static void
run(GdprRest *rest, QueryDesc *query)
{
	DestReceiver *client = query->dest;
	Window window = {{window_receive, window_startup, window_shutdown, window_destroy, client->mydest}};
	bool outer_upsert = gdpr_upsert_running;
	bool outer_receiving = client_receiving;
	CmdType outer_operation = operation;

	window.client = client;
	operation = query->operation;
	executor_depth++;
	statement_depth++;
	client_receiving = false; /* a query inside a row's own conversion is not the client's */
	gdpr_upsert_running = is_upsert(query->plannedstmt);
	PG_TRY();
	{
		if (output_mode == OUTPUT_REVEAL && is_client(client))
			query->dest = (DestReceiver *) &window;
		gdpr_proceed(rest);
	}
	PG_FINALLY();
	{
		operation = outer_operation;
		executor_depth--;
		statement_depth--;
		client_receiving = outer_receiving;
		gdpr_upsert_running = outer_upsert;
		query->dest = client;
	}
	PG_END_TRY();
}

/* The other parts of a statement: whatever they show a value to, it is not the client. */
static void
outside_window(GdprRest *rest)
{
	bool outer_receiving = client_receiving;

	statement_depth++;
	client_receiving = false;
	PG_TRY();
	{
		gdpr_proceed(rest);
	}
	PG_FINALLY();
	{
		statement_depth--;
		client_receiving = outer_receiving;
	}
	PG_END_TRY();
}

/* Of the client: what the one before left is over. */
static void
begin_statement(void)
{
	if (statement_depth > 0)
		return;
	fetching_dump = false;
	gdpr_forget_reads();
}

static void
plan(GdprRest *rest, Query *query)
{
	gdpr_log_look(false);
	begin_statement();
	outside_window(rest);
}

static void
start(GdprRest *rest, QueryDesc *query, int flags)
{
	outside_window(rest);

	/* what a parallel worker begins with is a part of its leader's plan */
	if (!IsParallelWorker() || executor_depth > 0)
		gdpr_search_started(query, (flags & EXEC_FLAG_EXPLAIN_ONLY) != 0);
}

static void
finish_or_end(GdprRest *rest, QueryDesc *query)
{
	outside_window(rest);
}

/* Into a file it goes onto the server's disk, and out of a program to anywhere. */
static bool
copies_to_client(Node *statement)
{
	const CopyStmt *copy = (const CopyStmt *) statement;

	return IsA(statement, CopyStmt) && copy->query && !copy->is_from && copy->filename == NULL;
}

static bool
fetches_dump(Node *statement)
{
	return IsA(statement, FetchStmt) && strcmp(((FetchStmt *) statement)->portalname, "_pg_dump_cursor") == 0;
}

static void
utility(GdprRest *rest, PlannedStmt *statement)
{
	Node *command = statement->utilityStmt;
	bool outer_copying = copying_to_client;

	begin_statement();
	if (statement_depth == 0)
		fetching_dump = fetches_dump(command);
	copying_to_client = gdpr_utility_is_clients(rest) && copies_to_client(command);
	PG_TRY();
	{
		outside_window(rest);
	}
	PG_FINALLY();
	{
		copying_to_client = outer_copying;
	}
	PG_END_TRY();
}

static const GdprStageCalls window_calls = {.plan = plan,
											.start = start,
											.run = run,
											.finish = finish_or_end,
											.end = finish_or_end,
											.utility = utility};

void
gdpr_output_init(void)
{
	DefineCustomEnumVariable(
		"gdpr.output", "What a client receives for a column of a PII type.",
		"sealed is lossless and safe anywhere; reveal gives a client, and only a client, "
		"the plaintext or mask that its purpose and grants allow.",
		&output_mode, OUTPUT_SEALED, output_options, PGC_USERSET, 0, NULL, NULL, NULL);
	gdpr_output_hook = reveal_to_client;
	gdpr_lenient_input = gdpr_output_reveals;
	gdpr_hook_stage(GDPR_STAGE_WINDOW, &window_calls);
}
