/*
 * collect.c
 *		What this backend reveals, masks, refuses and searches for, collected privately until it is handed over
 *		(spool.h).
 *
 *		One collection per purpose and current user. A reveal costs a comparison or two, a counter and a bit: subjects
 *		are bits of 64-bit words, the word last touched is at hand, the others are in a hash table. It is emitted, one
 *		record or several when the subjects are scattered, with the subjects as ranges, when
 *			- the outermost ExecutorRun or utility command returns, so once per fetch of a cursor;
 *			- the transaction commits or aborts: values that a client got behind the executor, statements that failed;
 *			- the process exits;
 *			- it has grown to 4 MB, in the middle of a statement.
 *		Records of one statement share its name: session, and start of the statement.
 *
 *		Under 'sync' an intent is on disk before the first value is revealed: that this session will from now on read
 *		for this purpose. It is renewed each gdpr.audit_flush_interval, and the statement's record is on disk before
 *		the statement ends; so after a crash what is missing is what the newest intents of a session may have led to.
 *
 *		When the disk refuses and the queue is full, records wait (spool_record.h), and gdpr.audit_queue_full says
 *		whether a statement that would reveal more waits or fails. A process that must exit says in the log what it
 *		could not hand over.
 */
#include "audit/audit.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "audit/limit.h"
#include "audit/spool_record.h"
#include "audit/worker.h"
#include "hooks.h"

#define CLASSES	  32
#define REASONS	  16
#define RELATIONS 16
#define WAIT_MS	  1000

typedef enum AuditMode
{
	AUDIT_OFF,
	AUDIT_ASYNC,
	AUDIT_SYNC
} AuditMode;

typedef enum QueueFull
{
	QUEUE_FULL_WAIT,
	QUEUE_FULL_REFUSE
} QueueFull;

static const struct config_enum_entry audit_options[] = {{"async", AUDIT_ASYNC, false},
														 {"sync", AUDIT_SYNC, false},
														 {"off", AUDIT_OFF, false},
														 {NULL, 0, false}};

static const struct config_enum_entry queue_full_options[] = {{"wait", QUEUE_FULL_WAIT, false},
															  {"refuse", QUEUE_FULL_REFUSE, false},
															  {NULL, 0, false}};

/* What was collected for one purpose by one current user. */
typedef struct Collection
{
	int32 purpose;
	Oid user;
	char purpose_name[NAMEDATALEN];
	SpoolKind kind; /* of the record that this will be; 0 = it is empty */

	uint64 revealed[CLASSES];
	uint64 masked[CLASSES];
	uint64 searched[CLASSES]; /* statements, not values */
	uint64 denied[REASONS];

	SubjectSet subjects;
	SubjectSet
		found; /* by conditions, for the limit alone: a person that a statement shows besides is a subject */
	ReadLimit limit;

	TimestampTz intended; /* when the last intent was made durable */
	struct Collection *next;
} Collection;

static int gdpr_audit = AUDIT_ASYNC;
static int gdpr_audit_queue_full = QUEUE_FULL_WAIT;

static MemoryContext context = NULL;
static Collection *collections = NULL;
static Collection *current = NULL; /* the one of the last call; NULL before the first of a statement */
static bool anything = false;	   /* some collection is not empty */

/* The statement: what the record says beside subjects and counts. */
static int depth = 0;
static int64 query_id = 0;
static Oid relations[RELATIONS];
static int relation_count = 0;

static bool exit_registered = false;

/* ---- emitting ---- */

static bool
has_counts(const Collection *collection, int class_id)
{
	return collection->revealed[class_id] > 0 || collection->masked[class_id] > 0 ||
		   collection->searched[class_id] > 0;
}

static void
put_counts(StringInfo into, const Collection *collection)
{
	int classes = 0;
	int reasons = 0;

	for (int i = 0; i < CLASSES; i++)
		classes += has_counts(collection, i);
	gdpr_spool_record_put(into, classes);
	for (int i = 0; i < CLASSES; i++)
	{
		if (!has_counts(collection, i))
			continue;
		gdpr_spool_record_put(into, i);
		gdpr_spool_record_put(into, collection->revealed[i]);
		gdpr_spool_record_put(into, collection->masked[i]);
		gdpr_spool_record_put(into, collection->searched[i]);
	}
	for (int i = 0; i < REASONS; i++)
		reasons += collection->denied[i] > 0;
	gdpr_spool_record_put(into, reasons);
	for (int i = 0; i < REASONS; i++)
	{
		if (collection->denied[i] == 0)
			continue;
		gdpr_spool_record_put(into, i);
		gdpr_spool_record_put(into, collection->denied[i]);
	}
}

/* While the disk refuses what fills the queue, those who can wait do, or fail. */
static void
await_room(void)
{
	while (gdpr_spool_records_waiting() || !gdpr_spool_healthy())
	{
		gdpr_spool_records_resend();
		if (!gdpr_spool_records_waiting() && (gdpr_spool_flush() || gdpr_spool_healthy()))
			return;
		if (gdpr_audit_queue_full == QUEUE_FULL_REFUSE)
			ereport(ERROR,
					(errcode(ERRCODE_DISK_FULL),
					 errmsg("personal data cannot be revealed because reads cannot be recorded"),
					 errhint("Make room for %s in the data directory; SELECT * FROM gdpr.audit_status();",
							 SPOOL_DIRECTORY)));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, WAIT_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static SpoolHead
head_of(const Collection *collection, SpoolKind kind)
{
	return (SpoolHead){kind, collection->user, collection->purpose_name, query_id};
}

static void
emit(Collection *collection)
{
	static StringInfoData bytes;
	SpoolHead head = head_of(collection, collection->kind);

	if (bytes.data == NULL)
	{
		MemoryContext outer = MemoryContextSwitchTo(context);

		initStringInfo(&bytes);
		MemoryContextSwitchTo(outer);
	}
	if (gdpr_spool_records_waiting())
		gdpr_spool_records_resend();
	gdpr_spool_record_begin(&bytes, &head);
	gdpr_spool_record_put(&bytes, relation_count);
	for (int i = 0; i < relation_count; i++)
		gdpr_spool_record_put(&bytes, relations[i]);
	put_counts(&bytes, collection);
	gdpr_spool_record_finish(&bytes, &head, &collection->subjects);

	memset(collection->revealed, 0, sizeof(collection->revealed));
	memset(collection->masked, 0, sizeof(collection->masked));
	memset(collection->searched, 0, sizeof(collection->searched));
	memset(collection->denied, 0, sizeof(collection->denied));
	gdpr_subject_set_clear(&collection->subjects);
	gdpr_subject_set_clear(&collection->found);
	gdpr_limit_settle(&collection->limit);
	collection->kind = 0;
}

static void
emit_all(bool may_raise)
{
	if (!anything)
		return;
	for (Collection *collection = collections; collection; collection = collection->next)
		if (collection->kind != 0)
			emit(collection);
	anything = false;
	current = NULL;
	relation_count = 0;
	if (gdpr_audit == AUDIT_SYNC)
	{
		if (!gdpr_spool_flush() && may_raise)
			ereport(ERROR, (errcode(ERRCODE_IO_ERROR),
							errmsg("the reads of this statement could not be recorded durably"),
							errhint("SELECT * FROM gdpr.audit_status(); says why; gdpr.audit = 'async' does "
									"not wait for the disk.")));
	}
}

static void
at_exit(int code, Datum arg)
{
	emit_all(false);
	if (collections == NULL)
		return;
	gdpr_spool_records_resend();

	/* the worker may have ended before us, when the server shuts down */
	if (!gdpr_spool_flush() || gdpr_spool_records_waiting())
		ereport(LOG, (errmsg("reads of personal data of role \"%u\" may be missing from the ledger: they "
							 "could not be written",
							 GetSessionUserId())));
}

/* ---- collecting ---- */

static void
intend(Collection *collection)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();
	SpoolHead head = head_of(collection, SPOOL_INTENT);
	StringInfoData bytes;

	if (collection->intended != 0 &&
		!TimestampDifferenceExceeds(collection->intended, now, gdpr_audit_flush_interval))
		return;
	initStringInfo(&bytes);
	gdpr_spool_record_begin(&bytes, &head);
	gdpr_spool_record_finish(&bytes, &head, NULL);
	pfree(bytes.data);
	if (gdpr_spool_records_waiting() || !gdpr_spool_flush())
		ereport(ERROR, (errcode(ERRCODE_IO_ERROR),
						errmsg("personal data cannot be revealed because the intent could not be recorded"),
						errhint("SELECT * FROM gdpr.audit_status(); says why.")));
	collection->intended = now;
}

static Collection *
make_collection(int32 purpose, const char *name, Oid user)
{
	Collection *collection;

	if (context == NULL)
	{
		context = AllocSetContextCreate(TopMemoryContext, "gdpr audit", ALLOCSET_DEFAULT_SIZES);
		gdpr_spool_records_init(context);
	}
	if (!exit_registered)
	{
		before_shmem_exit(at_exit, (Datum) 0);
		exit_registered = true;
	}
	collection = MemoryContextAllocZero(context, sizeof(Collection));
	collection->purpose = purpose;
	collection->user = user;
	strlcpy(collection->purpose_name, name, NAMEDATALEN);
	gdpr_subject_set_init(&collection->subjects, context);
	gdpr_subject_set_init(&collection->found, context);
	collection->next = collections;
	collections = collection;
	return collection;
}

/* The collection of a purpose and the current user, ready to take more. */
static Collection *
collection_for(int32 purpose, const char *name)
{
	Oid user = GetUserId();
	Collection *collection = collections;

	while (collection && (collection->purpose != purpose || collection->user != user ||
						  strcmp(collection->purpose_name, name) != 0))
		collection = collection->next;
	if (collection == NULL)
		collection = make_collection(purpose, name, user);
	return collection;
}

void
gdpr_collect_refuse(GdprReason reason, const GdprClaim *claim)
{
	gdpr_collect_denied(reason, claim);
	gdpr_policy_refuse(reason, claim->purpose.number ? claim->purpose.name : gdpr_purpose_setting());
}

/* What comes next can be recorded. */
static void
make_sure(Collection *collection)
{
	if (unlikely(gdpr_spool_records_waiting() || !gdpr_spool_healthy()))
		await_room();
	if (gdpr_audit == AUDIT_SYNC)
		intend(collection);
}

/*
 * Where limits are asked: about the hours at the first value of a statement, or of another purpose than the value
 * before (subject = -1), then about every person that the statement did not show or find
 * yet.
 */
static pg_noinline void
ask_limits(Collection *collection, const GdprClaim *claim, int64 subject)
{
	GdprReason reason = GDPR_ALLOWED;

	if (subject < 0)
	{
		gdpr_limit_settle(&collection->limit);
		reason = gdpr_limit_begin(&collection->limit, collection->purpose);
	}
	else if (!gdpr_subject_set_has(&collection->subjects, subject) &&
			 !gdpr_subject_set_has(&collection->found, subject) && !gdpr_limit_take(&collection->limit))
		reason = GDPR_DENIED_LIMIT;
	if (reason != GDPR_ALLOWED)
		gdpr_collect_refuse(reason, claim);
}

static bool
is_current(const GdprClaim *claim)
{
	return current != NULL && current->purpose == claim->purpose.number && current->user == GetUserId();
}

/* False when nothing is recorded. */
static pg_noinline bool
make_current(const GdprClaim *claim)
{
	Collection *collection;

	if (gdpr_audit == AUDIT_OFF || !gdpr_spool_ready())
		return false;
	collection = collection_for(claim->purpose.number, claim->purpose.name);
	make_sure(collection);
	ask_limits(collection, claim, -1);
	current = collection;
	return true;
}

void
gdpr_collect_found(const GdprClaim *claim, int64 subject)
{
	if (!is_current(claim) && !make_current(claim))
		return;
	if (likely(current->limit.count == 0))
		return;
	ask_limits(current, claim, subject);
	gdpr_subject_set_add(&current->found, subject);
	if (unlikely(gdpr_subject_set_full(&current->found)))
		gdpr_subject_set_clear(&current->found);
}

void
gdpr_collect_seen(const GdprClaim *claim, int class_id, int64 subject)
{
	Collection *collection;

	if (unlikely(!is_current(claim)) && !make_current(claim))
		return;
	collection = current;
	if (unlikely(collection->limit.count > 0) && subject > 0)
		ask_limits(collection, claim, subject);
	anything = true;
	collection->kind = SPOOL_READ;
	if (claim->grant == GDPR_GRANT_MASKED)
		collection->masked[class_id & (CLASSES - 1)]++;
	else
		collection->revealed[class_id & (CLASSES - 1)]++;
	if (subject <= 0)
		return;
	gdpr_subject_set_add(&collection->subjects, subject);
	if (unlikely(gdpr_subject_set_full(&collection->subjects)))
		emit(collection);
}

void
gdpr_collect_denied(GdprReason reason, const GdprClaim *claim)
{
	Collection *collection;

	if (gdpr_audit == AUDIT_OFF || !gdpr_spool_ready())
		return;
	collection = collection_for(claim->purpose.number, claim->purpose.name);
	collection->denied[reason]++;
	collection->kind = SPOOL_READ;
	anything = true;
}

static void
note_relation(Oid relation)
{
	int i = 0;

	while (i < relation_count && relations[i] != relation)
		i++;
	if (i == relation_count && i < RELATIONS)
		relations[relation_count++] = relation;
}

static void
note_relations(List *oids)
{
	ListCell *cell;

	foreach (cell, oids)
		note_relation(lfirst_oid(cell));
}

/* A search shows no one; what a condition that opens finds counts for the limits all the same (gdpr_collect_found). */
void
gdpr_collect_searched(uint32 classes, List *relation_oids)
{
	const GdprPurpose *purpose;
	Collection *collection;

	if (gdpr_audit == AUDIT_OFF || !gdpr_spool_ready())
		return;
	purpose = gdpr_purpose_current(true);
	collection = collection_for(purpose ? purpose->number : 0, purpose ? purpose->name : "");
	make_sure(collection);
	for (int i = 0; i < CLASSES; i++)
		collection->searched[i] += (classes >> i) & 1;
	if (collection->kind == 0)
		collection->kind = SPOOL_SEARCH;
	anything = true;
	note_relations(relation_oids);
}

/* ---- hooks ---- */

/*
 * The relations of a statement are also those of the statements inside its functions: from which of them the values
 * came is not known. But what the extension looks up for itself, with its own rights, counts only where it collected.
 */
static bool
enter_query(void)
{
	bool before = anything;

	depth++;
	if (gdpr_own_rights_at_work())
		anything = false;
	return before;
}

static void
leave_query(QueryDesc *query, bool before)
{
	depth--;
	if (anything)
		note_relations(query->plannedstmt->relationOids);
	anything |= before;
}

static void
run_nested(GdprRest *rest, QueryDesc *query)
{
	bool before = enter_query();

	PG_TRY();
	{
		gdpr_proceed(rest);
	}
	PG_CATCH();
	{
		leave_query(query, before);
		PG_RE_THROW();
	}
	PG_END_TRY();
	leave_query(query, before);
}

static void
run(GdprRest *rest, QueryDesc *query)
{
	if (depth == 0)
		query_id = (int64) query->plannedstmt->queryId;
	run_nested(rest, query);
	if (depth == 0)
		emit_all(true);
}

/* A database that is to be dropped: its worker goes, and afterwards its spool. */
static Oid
dropped_database(PlannedStmt *statement)
{
	Oid database = InvalidOid;

	if (IsA(statement->utilityStmt, DropdbStmt) && gdpr_spool_ready())
		database = get_database_oid(((DropdbStmt *) statement->utilityStmt)->dbname, true);
	if (OidIsValid(database) && database != MyDatabaseId)
		gdpr_spool_dismiss_worker(database);
	return database;
}

static pg_noinline void
utility_nested(GdprRest *rest)
{
	depth++;
	PG_TRY();
	{
		gdpr_proceed(rest);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
}

static void
utility(GdprRest *rest, PlannedStmt *statement)
{
	Oid dropped = dropped_database(statement);

	if (depth == 0)
		query_id = (int64) statement->queryId;
	utility_nested(rest);
	if (OidIsValid(dropped))
		gdpr_spool_remove(dropped);
	if (depth == 0)
		emit_all(true);
}

static const GdprStageCalls collect_calls = {.run = run, .utility = utility};

/* Before the commit, while there may still be an error; at an abort, when there may not. */
static void
transaction_ends(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		emit_all(true);
	else if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		emit_all(false);
	current = NULL;
}

void
gdpr_collect_init(void)
{
	/* How sure it must be that no one can read unrecorded. */
	DefineCustomEnumVariable(
		"gdpr.audit", "How reads of personal data are recorded.",
		"async: a crash loses at most gdpr.audit_flush_interval. sync: on disk before the "
		"statement ends. off: not at all, for measurements only.",
		&gdpr_audit, AUDIT_ASYNC, audit_options, PGC_SUSET, 0, NULL, NULL, NULL);

	/* Whether recording or answering comes first when the disk is full. */
	DefineCustomEnumVariable("gdpr.audit_queue_full",
							 "What a statement does that would reveal more while reads cannot be recorded.",
							 "wait until there is room on the disk, or refuse.", &gdpr_audit_queue_full,
							 QUEUE_FULL_WAIT, queue_full_options, PGC_SUSET, 0, NULL, NULL, NULL);
	gdpr_hook_stage(GDPR_STAGE_COLLECT, &collect_calls);
	RegisterXactCallback(transaction_ends, NULL);
}
