/*
 * hooks.h
 *		Every hook of PostgreSQL that the extension takes, installed in one place and in one order.
 *
 *		Topics say at load what they do in a hook; the order in which they say so does not matter. What another
 *		extension installed before is called as PostgreSQL is.
 */
#ifndef GDPR_HOOKS_H
#define GDPR_HOOKS_H

#include "gdpr.h"

#include "catalog/objectaccess.h"
#include "executor/execdesc.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "storage/lwlock.h"

/*
 * A statement goes through the stages from the first to the last: planning, the four phases of the executor, utility
 * commands. Each stage encloses those behind it, and PostgreSQL behind the last.
 */
typedef enum GdprStage
{
	/*
	 * COPY of a protected table (access/utility.c). First, because whether this database holds the extension must be
	 * known before anything can fail and be logged, and because the value that a failing COPY quotes is cut off
	 * the code that raised the error.
	 */
	GDPR_STAGE_COPY,

	/*
	 * The client's window (access/output.c). Before collecting, so that nothing that the collector does or says is
	 * taken for a row on its way to the client.
	 */
	GDPR_STAGE_WINDOW,

	/*
	 * What a statement means on sealed values (access/rewrite.c). Inside the window: what it refuses, or seals, is no
	 * row on its way to the client.
	 */
	GDPR_STAGE_REWRITE,

	/*
	 * Collecting what was revealed (audit/collect.c). Last, so that it counts what PostgreSQL did and nothing else; it
	 * hands over when the outermost statement returns, and may raise then: the stages before it clean up.
	 */
	GDPR_STAGE_COLLECT
} GdprStage;

#define GDPR_STAGES (GDPR_STAGE_COLLECT + 1)

/* What is left to be done of a phase. */
typedef struct GdprRest GdprRest;

/* Go on with it, once: the later stages, then PostgreSQL. */
extern void gdpr_proceed(GdprRest *rest);

/* A stage's part in each phase; NULL = none. The planner's may change the query. */
typedef struct GdprStageCalls
{
	void (*plan)(GdprRest *rest, Query *query);
	void (*start)(GdprRest *rest, QueryDesc *query, int flags);
	void (*run)(GdprRest *rest, QueryDesc *query);
	void (*finish)(GdprRest *rest, QueryDesc *query);
	void (*end)(GdprRest *rest, QueryDesc *query);
	void (*utility)(GdprRest *rest, PlannedStmt *statement);
} GdprStageCalls;

/*
 * While planning: the values that the plan is made for, NULL when it is made for any; and, once it is made, the plan.
 */
extern ParamListInfo gdpr_planner_parameters(GdprRest *rest);
extern PlannedStmt *gdpr_planner_result(GdprRest *rest);

/* In a utility command: is it what the client sent, and not a part of it? */
extern bool gdpr_utility_is_clients(GdprRest *rest);

extern void gdpr_hook_stage(GdprStage stage, const GdprStageCalls *calls);

/* An object was altered or is about to be dropped. */
typedef void (*GdprObjectWatcher)(ObjectAccessType access, Oid classid, Oid object, int sub);

extern void gdpr_hook_objects(GdprObjectWatcher watcher);

/* Functions, while they are looked up and called. */
typedef struct GdprFunctionCalls
{
	bool (*watched)(Oid function); /* looked up: must the calls below be made for it? */
	bool (*marked)(Oid function);  /* asked once per look-up: is begun() for it? */
	void (*check)(Oid function);   /* about to run; raises when it may not */
	void (*begun)(void);
	void (*ended)(void);
} GdprFunctionCalls;

extern void gdpr_hook_functions(const GdprFunctionCalls *calls);

/* An error goes to the log. True when the writer wrote it itself. */
typedef bool (*GdprLogWriter)(ErrorData *error);

extern void gdpr_hook_log(GdprLogWriter writer);

/* An area of shared memory with its locks, both by this name; nothing without shared_preload_libraries. */
typedef struct GdprSharedMemory
{
	const char *name;
	Size (*size)(void);
	int locks;
	void (*attach)(void *area, LWLockPadded *locks, bool fresh); /* fresh: to be set up */
} GdprSharedMemory;

extern void gdpr_hook_shared_memory(const GdprSharedMemory *memory);

/* Installs the hooks; once, from _PG_init. */
extern void gdpr_hooks_install(void);

#endif /* GDPR_HOOKS_H */
