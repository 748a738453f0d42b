/*
 * arguments.c
 *		See arguments.h.
 */
#include "arguments.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static const char *
name_of(FunctionCallInfo fcinfo)
{
	char *name = fcinfo->flinfo ? get_func_name(fcinfo->flinfo->fn_oid) : NULL;

	return name ? name : "?";
}

void
gdpr_require_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument %d of function %s must not be null", number + 1, name_of(fcinfo)),
						errhint("\\df %s lists the arguments.", name_of(fcinfo))));
}

void
gdpr_refuse_argument(FunctionCallInfo fcinfo, int number, const char *expected)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("argument %d of function %s must be %s", number + 1, name_of(fcinfo), expected),
					errhint("\\df+ %s tells what it is for.", name_of(fcinfo))));
}

JsonbContainer *
gdpr_array_argument(FunctionCallInfo fcinfo, int number)
{
	Jsonb *jsonb;

	gdpr_require_argument(fcinfo, number);
	jsonb = PG_GETARG_JSONB_P(number);
	if (!JB_ROOT_IS_ARRAY(jsonb) || JB_ROOT_IS_SCALAR(jsonb))
		gdpr_refuse_argument(fcinfo, number, "a JSON array");
	return &jsonb->root;
}

JsonbContainer *
gdpr_object_argument(FunctionCallInfo fcinfo, int number)
{
	Jsonb *jsonb;

	gdpr_require_argument(fcinfo, number);
	jsonb = PG_GETARG_JSONB_P(number);
	if (!JB_ROOT_IS_OBJECT(jsonb))
		gdpr_refuse_argument(fcinfo, number, "a JSON object");
	return &jsonb->root;
}

JsonbValue *
gdpr_member(JsonbContainer *container, const char *name, int len, enum jbvType type, JsonbValue *value)
{
	if (container == NULL || !JsonContainerIsObject(container) ||
		getKeyJsonValueFromContainer(container, name, len, value) == NULL || value->type != type)
		return NULL;
	return value;
}

JsonbContainer *
gdpr_container_of(const JsonbValue *value, bool array)
{
	JsonbContainer *container = value && value->type == jbvBinary ? value->val.binary.data : NULL;

	if (container == NULL || JsonContainerIsScalar(container))
		return NULL;
	return (array ? JsonContainerIsArray(container) : JsonContainerIsObject(container)) ? container : NULL;
}

int32 *
gdpr_integers_argument(FunctionCallInfo fcinfo, int number, int *count)
{
	ArrayType *array;

	gdpr_require_argument(fcinfo, number);
	array = PG_GETARG_ARRAYTYPE_P(number);
	if (ARR_NDIM(array) > 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT4OID)
		gdpr_refuse_argument(fcinfo, number, "a list of integers");
	*count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return (int32 *) ARR_DATA_PTR(array);
}

TriggerData *
gdpr_trigger(FunctionCallInfo fcinfo, Oid table, TriggerEvent mask, TriggerEvent fires)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || (trigger->tg_event & mask) != fires ||
		(OidIsValid(table) && RelationGetRelid(trigger->tg_relation) != table))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function %s is a trigger of the extension and of no other table or event",
						name_of(fcinfo)),
				 errhint(
					 "Drop the trigger that calls it; SELECT * FROM gdpr.status(); names what is missing.")));
	return trigger;
}
