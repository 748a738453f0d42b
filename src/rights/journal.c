/*
 * journal.c
 *		The gate before people are shown or made (subject/subject.h), and what SQL asks of the journal.
 *
 *		The gate opens in a backend when the journal is good: every entry of the file is in the table, or there never
 *		was a file (journal_state.h).
 *
 *		On a standby the file is its own, copied from the replicated table. A standby that restarts may find its file
 *		ahead until it has replayed again what it had replayed; meanwhile the gate is shut. Only what is good is kept,
 *		so the next look opens it. A new standby has no file, and needs none: it is not restored but follows. Recovery
 *		to a point in time is another matter: a server that does so is no standby (no standby.signal).
 */
#include "rights/journal_state.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "audit/spool.h"
#include "invalidation.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_journal_look_sql);
PG_FUNCTION_INFO_V1(gdpr_journal_copied);
PG_FUNCTION_INFO_V1(gdpr_journal_replaying);
PG_FUNCTION_INFO_V1(gdpr_journal_restart);
PG_FUNCTION_INFO_V1(gdpr_replay_batch);

static bool replaying = false;
static Oid restart_wanted = InvalidOid; /* by this transaction, of this installation */

static void
guard(void)
{
	JournalFile file;
	JournalState state;
	char *id;

	if (replaying || !gdpr_installed())
		return;
	if (gdpr_journal_file[0] == '\0' || gdpr_journal_known(NULL, 0).good)
	{
		gdpr_gate_open = true;
		return;
	}
	state = gdpr_journal_look(&file, &id);
	if (state != JOURNAL_GOOD)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s", gdpr_journal_states[state].problem),
				 errdetail("Nothing is revealed, and no new person is taken in, before that is settled."),
				 errhint("%s", gdpr_journal_hint(state))));
	gdpr_journal_known(gdpr_journal_set_good, 0);
	gdpr_gate_open = true;
	if (RecoveryInProgress())
		gdpr_spool_look_in(MyDatabaseId, false);
	else
		gdpr_spool_need_worker(MyDatabaseId);
}

static void
shut_gate(void)
{
	gdpr_gate_open = false;
}

static void
numbers_given(void)
{
	if (gdpr_journal_file[0] != '\0')
		gdpr_spool_need_worker(MyDatabaseId);
}

/* ---- SQL ---- */

static void
transaction_ended(XactEvent event, void *arg)
{
	if (!OidIsValid(restart_wanted))
		return;
	if (event == XACT_EVENT_COMMIT)
	{
		gdpr_journal_known_of(restart_wanted, gdpr_journal_set_restart, 0);
		gdpr_spool_need_worker(MyDatabaseId);
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		restart_wanted = InvalidOid;
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		restart_wanted = InvalidOid;
}

/* When this transaction commits, the worker writes the file again from the table. */
Datum
gdpr_journal_restart(PG_FUNCTION_ARGS)
{
	restart_wanted = gdpr_schema_oid();
	PG_RETURN_VOID();
}

bool
gdpr_journal_is_replaying(void)
{
	return replaying;
}

Datum
gdpr_journal_replaying(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(replaying);
}

Datum
gdpr_journal_copied(PG_FUNCTION_ARGS)
{
	if (gdpr_journal_file[0] == '\0')
		PG_RETURN_NULL();
	if (RecoveryInProgress())
		gdpr_spool_look_in(MyDatabaseId, false);
	else
		gdpr_spool_need_worker(MyDatabaseId);
	PG_RETURN_INT64(gdpr_journal_known(NULL, 0).copied);
}

Datum
gdpr_journal_look_sql(PG_FUNCTION_ARGS)
{
	TupleDesc desc;
	Datum values[5] = {0};
	bool nulls[5] = {true, false, true, true, true};
	JournalFile file;
	char *id;
	JournalState state = gdpr_journal_look(&file, &id);

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[1] = CStringGetTextDatum(gdpr_journal_states[state].name);
	if (state != JOURNAL_OFF)
	{
		values[0] = CStringGetTextDatum(gdpr_journal_path());
		values[4] = Int64GetDatum(file.sequence);
		nulls[0] = false;
		nulls[4] = file.state == JOURNAL_MISSING;
	}
	if (gdpr_journal_states[state].problem)
	{
		values[2] = CStringGetTextDatum(
			state == JOURNAL_UNREADABLE
				? psprintf("%s: %s", gdpr_journal_states[state].problem, strerror(file.error))
				: gdpr_journal_states[state].problem);
		values[3] = CStringGetTextDatum(gdpr_journal_hint(state));
		nulls[2] = nulls[3] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* gdpr_internal.replay_lines() with the same arguments, which may pass the gate and puts nothing into the journal. */
Datum
gdpr_replay_batch(PG_FUNCTION_ARGS)
{
	Oid types[3] = {TEXTOID, INT8OID, INT4OID};
	Datum values[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char nulls[4] = {PG_ARGISNULL(0) ? 'n' : ' ', ' ', ' ', '\0'};
	Datum answer;
	bool isnull;

	SPI_connect();
	replaying = true;
	PG_TRY();
	{
		gdpr_spi_select_as_owner("SELECT gdpr_internal.replay_lines($1, $2, $3)", 3, types, values, nulls, 1);
	}
	PG_FINALLY();
	{
		replaying = false;
	}
	PG_END_TRY();
	answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		answer = SPI_datumTransfer(answer, false, -1);
	SPI_finish();
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(answer);
}

void
gdpr_journal_init(void)
{
	gdpr_journal_file_init(shut_gate);
	gdpr_gate_guard = guard;
	gdpr_numbers_given = numbers_given;
	gdpr_journal_worker_init();
	gdpr_on_catalog_change(GDPR_CATALOG_SCHEMA, shut_gate);
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
	gdpr_journal_state_init();
}
