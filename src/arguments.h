/*
 * arguments.h
 *		What a C function asks of its arguments before it reads them. SQL that no one wrote for it can call any
 *		function, with NULL, and with jsonb of another shape: each of these raises, none of them crashes.
 */
#ifndef GDPR_ARGUMENTS_H
#define GDPR_ARGUMENTS_H

#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "compat.h"

/* 22004 when an argument, counted from 0, is NULL. */
extern void gdpr_require_argument(FunctionCallInfo fcinfo, int number);

/* 22023: an argument is not what it should be. */
extern void gdpr_refuse_argument(FunctionCallInfo fcinfo, int number, const char *expected)
	pg_attribute_noreturn();

/* The container of a jsonb argument that is an array, or an object; 22023 when it is another. */
extern JsonbContainer *gdpr_array_argument(FunctionCallInfo fcinfo, int number);
extern JsonbContainer *gdpr_object_argument(FunctionCallInfo fcinfo, int number);

/* A member of an object: NULL when it lacks it, or has it with another type. Both hold for any container. */
extern JsonbValue *gdpr_member(JsonbContainer *container, const char *name, int len, enum jbvType type,
							   JsonbValue *value);
extern JsonbContainer *gdpr_container_of(const JsonbValue *value, bool array);

/* The integers of a list; 22023 when it has NULLs or more dimensions. */
extern int32 *gdpr_integers_argument(FunctionCallInfo fcinfo, int number, int *count);

/*
 * How the function was called as a trigger: on this table, unless it is InvalidOid, and at a time that `fires` allows
 * (TRIGGER_EVENT_BEFORE | TRIGGER_EVENT_ROW of the event, or other bits). Raises 39P01 otherwise.
 */
extern TriggerData *gdpr_trigger(FunctionCallInfo fcinfo, Oid table, TriggerEvent mask, TriggerEvent fires);

#endif /* GDPR_ARGUMENTS_H */
