/*
 * compat.h
 *		Every difference between PostgreSQL 15 and 19 that this project meets, as named conditions and shims.
 *		PG_VERSION_NUM appears in no other file.
 */
#ifndef GDPR_COMPAT_H
#define GDPR_COMPAT_H

#include "postgres.h"

/* MAX_KILOBYTES of guc.h needs it from 19 on. */
#include <limits.h>

/* The macros of varlena left postgres.h in 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* index_beginscan grew an instrumentation argument in 18 and a flags argument in 19. */
#if PG_VERSION_NUM >= 190000
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0, 0)
#elif PG_VERSION_NUM >= 180000
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define gdpr_index_beginscan(heap, index, snapshot, nkeys) index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* pg_class_ownercheck became object_ownercheck in 16. */
#if PG_VERSION_NUM >= 160000
#define gdpr_owns_relation(relid, role) object_ownercheck(RelationRelationId, relid, role)
#else
#define gdpr_owns_relation(relid, role) pg_class_ownercheck(relid, role)
#endif

/* ExecutorRun lost its last parameter in 18. FIELDS and OF keep the arguments in a struct, in this order. */
#if PG_VERSION_NUM >= 180000
#define GDPR_EXECUTOR_RUN_PARAMETERS QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define GDPR_EXECUTOR_RUN_ARGUMENTS	 queryDesc, direction, count
#define GDPR_EXECUTOR_RUN_FIELDS \
	QueryDesc *queryDesc;        \
	ScanDirection direction;     \
	uint64 count
#define GDPR_EXECUTOR_RUN_OF(call) (call)->queryDesc, (call)->direction, (call)->count
#else
#define GDPR_EXECUTOR_RUN_PARAMETERS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count, bool execute_once
#define GDPR_EXECUTOR_RUN_ARGUMENTS queryDesc, direction, count, execute_once
#define GDPR_EXECUTOR_RUN_FIELDS \
	QueryDesc *queryDesc;        \
	ScanDirection direction;     \
	uint64 count;                \
	bool execute_once
#define GDPR_EXECUTOR_RUN_OF(call) (call)->queryDesc, (call)->direction, (call)->count, (call)->execute_once
#endif

/* The planner got a place for EXPLAIN's options in 19. */
#if PG_VERSION_NUM >= 190000
#define GDPR_PLANNER_PARAMETERS \
	Query *parse, const char *query_string, int cursor_options, ParamListInfo params, struct ExplainState *es
#define GDPR_PLANNER_ARGUMENTS parse, query_string, cursor_options, params, es
#define GDPR_PLANNER_FIELDS   \
	Query *parse;             \
	const char *query_string; \
	int cursor_options;       \
	ParamListInfo params;     \
	struct ExplainState *es
#define GDPR_PLANNER_OF(call) \
	(call)->parse, (call)->query_string, (call)->cursor_options, (call)->params, (call)->es
#else
#define GDPR_PLANNER_PARAMETERS \
	Query *parse, const char *query_string, int cursor_options, ParamListInfo params
#define GDPR_PLANNER_ARGUMENTS parse, query_string, cursor_options, params
#define GDPR_PLANNER_FIELDS   \
	Query *parse;             \
	const char *query_string; \
	int cursor_options;       \
	ParamListInfo params
#define GDPR_PLANNER_OF(call) (call)->parse, (call)->query_string, (call)->cursor_options, (call)->params
#endif

/* pg_attribute_noreturn() behind a declaration became pg_noreturn before it in 18; this works in both places. */
#if PG_VERSION_NUM >= 180000
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* ExecInsertIndexTuples changed in 16 and in 19; for rows that were just inserted. */
#if PG_VERSION_NUM >= 190000
#define gdpr_insert_into_indexes(target, slot, estate) \
	ExecInsertIndexTuples(target, estate, 0, slot, NIL, NULL)
#elif PG_VERSION_NUM >= 160000
#define gdpr_insert_into_indexes(target, slot, estate) \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL, false)
#else
#define gdpr_insert_into_indexes(target, slot, estate) \
	ExecInsertIndexTuples(target, slot, estate, false, false, NULL, NIL)
#endif

/* What GROUP BY names are columns of an entry in the range table of its own from 18 on. */
#if PG_VERSION_NUM >= 180000
#define gdpr_is_group_rte(rte) ((rte)->rtekind == RTE_GROUP)
#define gdpr_group_exprs(rte)  ((rte)->groupexprs)
#else
#define gdpr_is_group_rte(rte) false
#define gdpr_group_exprs(rte)  NIL
#endif

/* Ranges are made with a place for soft errors from 16 on. */
#if PG_VERSION_NUM >= 160000
#define gdpr_range_serialize(type, lower, upper) range_serialize(type, lower, upper, false, NULL)
#else
#define gdpr_range_serialize(type, lower, upper) range_serialize(type, lower, upper, false)
#endif

/* What builds a jsonb and what comes of it are one state from 19 on. A file that uses it includes utils/jsonb.h. */
#if PG_VERSION_NUM >= 190000
#define GdprJsonb							 JsonbInState
#define gdpr_push_jsonb(state, token, value) pushJsonbValue(state, token, value)
#else
typedef struct GdprJsonb
{
	struct JsonbParseState *parse;
	struct JsonbValue *result;
} GdprJsonb;
#define gdpr_push_jsonb(state, token, value) \
	((void) ((state)->result = pushJsonbValue(&(state)->parse, token, value)))
#endif
#define gdpr_jsonb_of(state) JsonbValueToJsonb((state)->result)

/* A Var knows which outer joins make it NULL from 16 on. */
#if PG_VERSION_NUM >= 160000
#define gdpr_copy_nullingrels(to, from) ((to)->varnullingrels = bms_copy((from)->varnullingrels))
#else
#define gdpr_copy_nullingrels(to, from) ((void) 0)
#endif

/* reverse() of bytea came with 18. */
#if PG_VERSION_NUM >= 180000
#define F_REVERSE F_REVERSE_TEXT
#endif

/* The columns of a range table entry can be those of OLD or NEW from 18 on. */
#if PG_VERSION_NUM >= 180000
#define gdpr_expand_rte(rte, number, columns) \
	expandRTE(rte, number, 0, VAR_RETURNING_DEFAULT, -1, false, NULL, columns)
#else
#define gdpr_expand_rte(rte, number, columns) expandRTE(rte, number, 0, -1, false, NULL, columns)
#endif

/* The OIDs of pg_logical_emit_message(), which grew an argument in 17. */
#if PG_VERSION_NUM >= 170000
#define F_EMIT_MESSAGE_TEXT	 F_PG_LOGICAL_EMIT_MESSAGE_BOOL_TEXT_TEXT_BOOL
#define F_EMIT_MESSAGE_BYTEA F_PG_LOGICAL_EMIT_MESSAGE_BOOL_TEXT_BYTEA_BOOL
#else
#define F_EMIT_MESSAGE_TEXT	 F_PG_LOGICAL_EMIT_MESSAGE_BOOL_TEXT_TEXT
#define F_EMIT_MESSAGE_BYTEA F_PG_LOGICAL_EMIT_MESSAGE_BOOL_TEXT_BYTEA
#endif

#endif /* GDPR_COMPAT_H */
