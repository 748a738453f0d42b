/*
 * journal_worker.c
 *		The audit worker's part: it keeps the file of the journal in step with the table.
 *
 *		The table is the truth and the file its copy: the worker reads in a transaction of its own what is committed,
 *		writes and fsyncs it, then says so in shared memory. When the file's last entry is known only as the origin of
 *		an entry of the table (a lost future was taken over), or after_restore() or accept_missing_journal() asked for
 *		it, the file is written afresh from the table and the old one kept beside.
 */
#include "rights/journal_state.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "audit/spool.h"
#include "audit/worker.h"

#define BATCH 500 /* entries a write */

static bool has_file = false; /* the worker found or made one */
static JournalState told = JOURNAL_GOOD;

/* The lines behind an entry, at most BATCH; answers how many, and the last one's sequence. */
static uint64
read_lines(int64 *sequence, StringInfo lines)
{
	Oid type = INT8OID;
	Datum value = Int64GetDatum(*sequence);
	uint64 count;

	resetStringInfo(lines);
	SPI_connect();
	if (SPI_execute_with_args(
			"SELECT j.sequence, gdpr_internal.journal_text(j) || E'\\t' || pg_catalog.encode(j.hash, 'hex') "
			"FROM gdpr.journal j WHERE j.sequence > $1 ORDER BY j.sequence",
			1, &type, &value, NULL, true, BATCH) != SPI_OK_SELECT)
		elog(ERROR, "could not read gdpr.journal");
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
	{
		bool isnull;

		*sequence = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		appendStringInfo(lines, "%s\n", SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2));
	}
	SPI_finish();
	return count;
}

/* Append what the table has behind the file's last entry. */
static int64
append_lines(const char *path, JournalFile *file, StringInfo lines)
{
	int64 done = 0;
	uint64 count;

	while ((count = read_lines(&file->sequence, lines)) > 0)
	{
		gdpr_journal_append(path, file, lines);
		file->end += lines->len;
		done += count;
		CHECK_FOR_INTERRUPTS();
	}
	return done;
}

/* A file of the whole table in the place of what is there. */
static int64
write_afresh(const char *path, const char *id, StringInfo lines)
{
	JournalFile file = {0};
	JournalFile aside = {0};
	char *name = gdpr_journal_begin(path, id);
	int64 done;

	gdpr_journal_open(name, id, &aside);
	file.end = aside.end;
	done = append_lines(name, &file, lines);
	gdpr_journal_put(path, name);
	gdpr_journal_known(gdpr_journal_set_copied, file.sequence);
	return done + 1;
}

/* Each state is told once. */
static void
tell(JournalState state)
{
	if (state != told && state != JOURNAL_GOOD)
		ereport(LOG,
				(errmsg("%s", gdpr_journal_states[state].problem), errhint("%s", gdpr_journal_hint(state))));
	told = state;
}

static int64
copy(void)
{
	JournalFile file;
	char *id;
	JournalState state = gdpr_journal_look(&file, &id);
	JournalKnown now = gdpr_journal_known(NULL, 0);
	char *path = gdpr_journal_path();
	StringInfoData lines;
	int64 done;

	has_file = false;
	if (id == NULL)
		return 0;
	initStringInfo(&lines);
	if (state == JOURNAL_MISSING && now.good)
		ereport(LOG, (errmsg("the journal \"%s\" is gone; it is rewritten", path)));
	else if (state != JOURNAL_GOOD && !now.restart)
	{
		tell(state);
		return 0;
	}
	has_file = true;
	if (now.restart || file.state != JOURNAL_GOOD || (file.sequence > 0 && !gdpr_journal_in_chain(&file)))
		return write_afresh(path, id, &lines);
	if (now.copied == 0)
		gdpr_journal_sync(path);
	done = append_lines(path, &file, &lines);
	gdpr_journal_known(gdpr_journal_set_copied, file.sequence);
	tell(JOURNAL_GOOD);
	return done;
}

static int64
copy_in_transaction(bool *there)
{
	int64 done = 0;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	*there = gdpr_installed();
	if (*there)
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		done = copy();
		PopActiveSnapshot();
	}
	CommitTransactionCommand();
	return done;
}

static bool
wanted(void)
{
	return gdpr_journal_file[0] != '\0';
}

/*
 * Sealing and marking only when someone wrote: a database that is being restored must stay as the dump has it.
 */
static int64
turn(bool *stay)
{
	static XLogRecPtr replayed = InvalidXLogRecPtr;
	bool writes = !RecoveryInProgress() && gdpr_spool_worker_writes();
	bool there;
	int64 done = writes ? gdpr_worker_run("SELECT gdpr_internal.seal_journal(1000)") : 0;

	if (!wanted())
		return done;
	if (RecoveryInProgress())
	{
		XLogRecPtr now = GetXLogReplayRecPtr(NULL);

		if (!gdpr_journal_on_standby())
			return 0;
		*stay = replayed != InvalidXLogRecPtr;
		if (now == replayed)
			return 0;
		done = copy_in_transaction(&there);
		*stay = there;
		replayed = there ? now : InvalidXLogRecPtr;
		return done;
	}
	done += copy_in_transaction(&there);
	if (writes && has_file)
		done += gdpr_worker_run("SELECT gdpr_internal.mark_numbers()");
	return done;
}

static const GdprWorkerTask task = {.wanted = wanted, .turn = turn};

void
gdpr_journal_worker_init(void)
{
	gdpr_worker_task = &task;
}
