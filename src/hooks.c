/*
 * hooks.c
 *		Installs the hooks, and calls in each what the topics have to do there (see hooks.h).
 */
#include "hooks.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/planner.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "tcop/utility.h"

#define AREAS 8

static const GdprStageCalls *stages[GDPR_STAGES];
static GdprObjectWatcher watch_object = NULL;
static const GdprFunctionCalls *functions = NULL;
static GdprLogWriter write_log = NULL;
static const GdprSharedMemory *areas[AREAS];
static int area_count = 0;

/* What was installed before. */
static planner_hook_type previous_plan = NULL;
static ExecutorStart_hook_type previous_start = NULL;
static ExecutorRun_hook_type previous_run = NULL;
static ExecutorFinish_hook_type previous_finish = NULL;
static ExecutorEnd_hook_type previous_end = NULL;
static ProcessUtility_hook_type previous_utility = NULL;
static object_access_hook_type previous_object = NULL;
static needs_fmgr_hook_type previous_watched = NULL;
static fmgr_hook_type previous_called = NULL;
static emit_log_hook_type previous_log = NULL;
static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

/* ---- stages ---- */

/* The beginning of every phase's call, which holds the arguments of the hook. */
struct GdprRest
{
	int stage; /* that comes next */

	/* the stage's part; false when it has none */
	bool (*enter)(GdprRest *rest, const GdprStageCalls *calls);
	void (*postgres)(GdprRest *rest);
};

void
gdpr_proceed(GdprRest *rest)
{
	while (rest->stage < GDPR_STAGES)
	{
		const GdprStageCalls *calls = stages[rest->stage++];

		if (calls && rest->enter(rest, calls))
			return;
	}
	rest->postgres(rest);
}

void
gdpr_hook_stage(GdprStage stage, const GdprStageCalls *calls)
{
	Assert(stages[stage] == NULL);
	stages[stage] = calls;
}

typedef struct PlannerCall
{
	GdprRest rest;
	GDPR_PLANNER_FIELDS;
	PlannedStmt *result;
} PlannerCall;

static bool
enter_plan(GdprRest *rest, const GdprStageCalls *calls)
{
	if (calls->plan)
		calls->plan(rest, ((PlannerCall *) rest)->parse);
	return calls->plan != NULL;
}

static void
postgres_plan(GdprRest *rest)
{
	PlannerCall *call = (PlannerCall *) rest;

	call->result = (previous_plan ? previous_plan : standard_planner)(GDPR_PLANNER_OF(call));
}

static PlannedStmt *
plan(GDPR_PLANNER_PARAMETERS)
{
	PlannerCall call = {{0, enter_plan, postgres_plan}, GDPR_PLANNER_ARGUMENTS};

	gdpr_proceed(&call.rest);
	return call.result;
}

ParamListInfo
gdpr_planner_parameters(GdprRest *rest)
{
	return ((PlannerCall *) rest)->params;
}

PlannedStmt *
gdpr_planner_result(GdprRest *rest)
{
	return ((PlannerCall *) rest)->result;
}

typedef struct StartCall
{
	GdprRest rest;
	QueryDesc *query;
	int flags;
} StartCall;

static bool
enter_start(GdprRest *rest, const GdprStageCalls *calls)
{
	StartCall *call = (StartCall *) rest;

	if (calls->start)
		calls->start(rest, call->query, call->flags);
	return calls->start != NULL;
}

static void
postgres_start(GdprRest *rest)
{
	StartCall *call = (StartCall *) rest;

	(previous_start ? previous_start : standard_ExecutorStart)(call->query, call->flags);
}

static void
start(QueryDesc *query, int flags)
{
	StartCall call = {{0, enter_start, postgres_start}, query, flags};

	gdpr_proceed(&call.rest);
}

typedef struct RunCall
{
	GdprRest rest;
	GDPR_EXECUTOR_RUN_FIELDS;
} RunCall;

static bool
enter_run(GdprRest *rest, const GdprStageCalls *calls)
{
	if (calls->run)
		calls->run(rest, ((RunCall *) rest)->queryDesc);
	return calls->run != NULL;
}

static void
postgres_run(GdprRest *rest)
{
	RunCall *call = (RunCall *) rest;

	(previous_run ? previous_run : standard_ExecutorRun)(GDPR_EXECUTOR_RUN_OF(call));
}

static void
run(GDPR_EXECUTOR_RUN_PARAMETERS)
{
	RunCall call = {{0, enter_run, postgres_run}, GDPR_EXECUTOR_RUN_ARGUMENTS};

	gdpr_proceed(&call.rest);
}

/* Finish and end. */
typedef struct QueryCall
{
	GdprRest rest;
	QueryDesc *query;
} QueryCall;

static bool
enter_finish(GdprRest *rest, const GdprStageCalls *calls)
{
	if (calls->finish)
		calls->finish(rest, ((QueryCall *) rest)->query);
	return calls->finish != NULL;
}

static void
postgres_finish(GdprRest *rest)
{
	(previous_finish ? previous_finish : standard_ExecutorFinish)(((QueryCall *) rest)->query);
}

static void
finish(QueryDesc *query)
{
	QueryCall call = {{0, enter_finish, postgres_finish}, query};

	gdpr_proceed(&call.rest);
}

static bool
enter_end(GdprRest *rest, const GdprStageCalls *calls)
{
	if (calls->end)
		calls->end(rest, ((QueryCall *) rest)->query);
	return calls->end != NULL;
}

static void
postgres_end(GdprRest *rest)
{
	(previous_end ? previous_end : standard_ExecutorEnd)(((QueryCall *) rest)->query);
}

static void
end(QueryDesc *query)
{
	QueryCall call = {{0, enter_end, postgres_end}, query};

	gdpr_proceed(&call.rest);
}

typedef struct UtilityCall
{
	GdprRest rest;
	PlannedStmt *statement;
	const char *query;
	bool read_only_tree;
	ProcessUtilityContext context;
	ParamListInfo params;
	QueryEnvironment *environment;
	DestReceiver *dest;
	QueryCompletion *completion;
} UtilityCall;

static bool
enter_utility(GdprRest *rest, const GdprStageCalls *calls)
{
	if (calls->utility)
		calls->utility(rest, ((UtilityCall *) rest)->statement);
	return calls->utility != NULL;
}

bool
gdpr_utility_is_clients(GdprRest *rest)
{
	return ((UtilityCall *) rest)->context == PROCESS_UTILITY_TOPLEVEL;
}

static void
postgres_utility(GdprRest *rest)
{
	UtilityCall *call = (UtilityCall *) rest;

	(previous_utility ? previous_utility : standard_ProcessUtility)(call->statement, call->query,
																	call->read_only_tree, call->context,
																	call->params, call->environment,
																	call->dest, call->completion);
}

static void
utility(PlannedStmt *statement, const char *query, bool read_only_tree, ProcessUtilityContext context,
		ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	UtilityCall call = {{0, enter_utility, postgres_utility},
						statement,
						query,
						read_only_tree,
						context,
						params,
						environment,
						dest,
						completion};

	gdpr_proceed(&call.rest);
}

/* ---- objects ---- */

void
gdpr_hook_objects(GdprObjectWatcher watcher)
{
	Assert(watch_object == NULL);
	watch_object = watcher;
}

static void
object_accessed(ObjectAccessType access, Oid classid, Oid object, int sub, void *arg)
{
	if (previous_object)
		previous_object(access, classid, object, sub, arg);
	if (access == OAT_DROP || access == OAT_POST_ALTER)
		watch_object(access, classid, object, sub);
}

/* ---- functions ---- */

/* What is remembered about a function while its FmgrInfo lives, for us and for the hook before ours. */
typedef struct FunctionMemory
{
	bool marked;
	Datum of_previous;
} FunctionMemory;

void
gdpr_hook_functions(const GdprFunctionCalls *calls)
{
	Assert(functions == NULL);
	functions = calls;
}

static bool
function_watched(Oid function)
{
	return (previous_watched && previous_watched(function)) || functions->watched(function);
}

static FunctionMemory *
memory_of(FmgrInfo *info, Datum *private)
{
	FunctionMemory *memory = (FunctionMemory *) DatumGetPointer(*private);

	if (memory == NULL)
	{
		memory = MemoryContextAllocZero(info->fn_mcxt, sizeof(FunctionMemory));
		memory->marked = functions->marked(info->fn_oid);
		*private = PointerGetDatum(memory);
	}
	return memory;
}

static void
function_called(FmgrHookEventType event, FmgrInfo *info, Datum *private)
{
	FunctionMemory *memory;

	if (event == FHET_START)
		functions->check(info->fn_oid);
	memory = memory_of(info, private);
	if (previous_called)
		previous_called(event, info, &memory->of_previous);
	if (event == FHET_START && memory->marked)
		functions->begun();
	else if (event == FHET_END)
		functions->ended();
}

/* ---- the log ---- */

void
gdpr_hook_log(GdprLogWriter writer)
{
	Assert(write_log == NULL);
	write_log = writer;
}

static void
emit_log(ErrorData *error)
{
	if (!write_log(error) && previous_log)
		previous_log(error);
}

/* ---- shared memory ---- */

void
gdpr_hook_shared_memory(const GdprSharedMemory *memory)
{
	if (area_count == AREAS)
		elog(ERROR, "too many areas of shared memory");
	areas[area_count++] = memory;
}

static void
request_memory(void)
{
	if (previous_request)
		previous_request();
	for (int i = 0; i < area_count; i++)
	{
		RequestAddinShmemSpace(areas[i]->size());
		if (areas[i]->locks > 0)
			RequestNamedLWLockTranche(areas[i]->name, areas[i]->locks);
	}
}

static void
attach_memory(void)
{
	if (previous_startup)
		previous_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (int i = 0; i < area_count; i++)
	{
		bool found;
		void *area = ShmemInitStruct(areas[i]->name, areas[i]->size(), &found);
		LWLockPadded *locks = areas[i]->locks > 0 ? GetNamedLWLockTranche(areas[i]->name) : NULL;

		areas[i]->attach(area, locks, !found);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* ---- start ---- */

/* The hook in place of what stands there, which is kept. */
#define INSTALL(hook, previous, ours) \
	do                                \
	{                                 \
		(previous) = (hook);          \
		(hook) = (ours);              \
	} while (0)

void
gdpr_hooks_install(void)
{
	INSTALL(planner_hook, previous_plan, plan);
	INSTALL(ExecutorStart_hook, previous_start, start);
	INSTALL(ExecutorRun_hook, previous_run, run);
	INSTALL(ExecutorFinish_hook, previous_finish, finish);
	INSTALL(ExecutorEnd_hook, previous_end, end);
	INSTALL(ProcessUtility_hook, previous_utility, utility);
	INSTALL(object_access_hook, previous_object, object_accessed);
	INSTALL(needs_fmgr_hook, previous_watched, function_watched);
	INSTALL(fmgr_hook, previous_called, function_called);
	INSTALL(emit_log_hook, previous_log, emit_log);
	if (!process_shared_preload_libraries_in_progress)
		return;
	INSTALL(shmem_request_hook, previous_request, request_memory);
	INSTALL(shmem_startup_hook, previous_startup, attach_memory);
}
