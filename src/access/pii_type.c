/*
 * pii_type.c
 *		The OIDs of the PII types, their functions and operators (pii_type.h). Read once: they come and go with the
 *		schema.
 */
#include "access/pii_type.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "parser/parse_oper.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "pii/seal.h"

#define TYPES_MAX 16
#define LOOKS_MAX (2 * TYPES_MAX + 8)

static GdprPiiType types[TYPES_MAX];
static int type_count = 0;
static GdprLook looks[LOOKS_MAX];
static int look_count = 0;
static Oid types_of_schema = InvalidOid;

/* All types lie between, arrays too: most OIDs are told apart by two comparisons. */
static Oid lowest = InvalidOid;
static Oid highest = InvalidOid;

static Oid search_tokens = InvalidOid;
static Oid search_query = InvalidOid;
static Oid search_operator = InvalidOid;

/* Forms other than text. */
static const struct
{
	GdprClassId class_id;
	const char *reveal;
	const char *search;
} other_looks[] = {{GDPR_BIRTH_DATE, "reveal_date", "search_date"},
				   {GDPR_BIRTH_DATE, "reveal_timestamp", "search_timestamp"},
				   {GDPR_BIRTH_DATE, "reveal_timestamptz", "search_timestamptz"},
				   {GDPR_IP, "reveal_inet", "search_inet"},
				   {GDPR_JSON, "reveal", "search_jsonb"}};

#define PUBLIC	 "gdpr"
#define INTERNAL "gdpr_internal"

static Oid
function(const char *schema, const char *name, Oid argument)
{
	List *qualified = list_make2(makeString(pstrdup(schema)), makeString(pstrdup(name)));

	return LookupFuncName(qualified, 1, &argument, true);
}

static Oid
function_of_two(const char *schema, const char *name, Oid left, Oid right)
{
	List *qualified = list_make2(makeString(pstrdup(schema)), makeString(pstrdup(name)));
	Oid arguments[2] = {left, right};

	return LookupFuncName(qualified, 2, arguments, true);
}

static Oid
type(const char *name, Oid schema)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name), ObjectIdGetDatum(schema));
}

static Oid
operator(const char *schema, const char *name, Oid type)
{
	List *qualified = list_make2(makeString(pstrdup(schema)), makeString(pstrdup(name)));

	return LookupOperName(NULL, qualified, type, type, true, -1);
}

/* Those of text-like classes have their plain names. */
static Oid
order_operator(const char *name, Oid type)
{
	Oid plain = operator("pg_catalog", name, type);

	return OidIsValid(plain) ? plain : operator("gdpr", psprintf("~%s", name), type);
}

static void
add_look(Oid reveal, Oid search, const GdprPiiType *of)
{
	Assert(look_count < LOOKS_MAX);
	if (OidIsValid(reveal) && OidIsValid(search))
		looks[look_count++] = (GdprLook){reveal, search, of};
}

static void
load_operators(GdprPiiType *t)
{
	t->eq = operator("pg_catalog", "=", t->type);
	t->ne = operator("pg_catalog", "<>", t->type);
	if (t->class->searchable)
	{
		t->lt = operator("gdpr", "*<", t->type);
		t->gt = operator("gdpr", "*>", t->type);
	}
	t->open_eq = operator("gdpr", "~=", t->type);
	t->open_ne = operator("gdpr", "~<>", t->type);
	t->open_lt = order_operator("<", t->type);
	t->open_le = order_operator("<=", t->type);
	t->open_ge = order_operator(">=", t->type);
	t->open_gt = order_operator(">", t->type);
}

static void
load_functions(GdprPiiType *t)
{
	char *seal = psprintf("pii_%s", t->class->name);

	t->reveal = function(PUBLIC, "reveal_text", t->type);
	t->asked = function(PUBLIC, "reveal", t->type);
	t->asked_for = function_of_two(PUBLIC, "reveal", t->type, TEXTOID);
	t->client = function(INTERNAL, "client_text", t->type);
	t->client_array = function(INTERNAL, "client_text", t->array);
	t->typed = function(INTERNAL, "typed_text", t->type);
	t->found = function(INTERNAL, "count_found", t->type);
	t->seal = function(PUBLIC, seal, TEXTOID);
	t->seal_array = function(PUBLIC, seal, TEXTARRAYOID);
	t->larger = function_of_two(INTERNAL, "larger", t->type, t->type);
	t->smaller = function_of_two(INTERNAL, "smaller", t->type, t->type);
	add_look(t->reveal, function(INTERNAL, "search_text", t->type), t);
	add_look(t->client, function(INTERNAL, "search_text", t->type), t);
	for (int i = 0; i < lengthof(other_looks); i++)
		if (other_looks[i].class_id == t->class->id)
			add_look(function(PUBLIC, other_looks[i].reveal, t->type),
					 function(INTERNAL, other_looks[i].search, t->type), t);
}

static void
load_search(void)
{
	search_tokens = type("search_tokens", gdpr_schema_oid());
	search_query = type("search_query", gdpr_internal_schema_oid());
	search_operator = LookupOperName(NULL, list_make2(makeString(INTERNAL), makeString("@~")), search_tokens,
									 search_query, true, -1);
}

static void
load(void)
{
	type_count = look_count = 0;
	lowest = highest = InvalidOid;
	for (int i = 0; i < gdpr_class_count(); i++)
	{
		GdprPiiType *t = &types[type_count];

		memset(t, 0, sizeof(*t));
		t->class = gdpr_class_at(i);
		t->type = gdpr_type_of_class(t->class);
		if (!OidIsValid(t->type))
			continue;
		t->array = get_array_type(t->type);
		load_functions(t);
		load_operators(t);
		lowest = type_count == 0 ? Min(t->type, t->array) : Min(lowest, Min(t->type, t->array));
		highest = Max(highest, Max(t->type, t->array));
		type_count++;
	}
	load_search();
}

bool
gdpr_pii_types_known(void)
{
	Oid schema = gdpr_schema_oid();

	/* an installation or an upgrade is half of one: neither asked nor remembered */
	if (!OidIsValid(schema) || creating_extension)
		types_of_schema = InvalidOid;
	else if (schema != types_of_schema)
	{
		load();
		types_of_schema = schema;
	}
	return OidIsValid(types_of_schema) && type_count > 0;
}

static const GdprPiiType *
find(Oid type, bool scalar, bool array)
{
	if (type < lowest || type > highest)
		return NULL;
	for (int i = 0; i < type_count; i++)
		if ((scalar && types[i].type == type) || (array && types[i].array == type))
			return &types[i];
	return NULL;
}

const GdprPiiType *
gdpr_pii_type(Oid type)
{
	return find(type, true, false);
}

const GdprPiiType *
gdpr_pii_array(Oid type)
{
	return find(type, false, true);
}

const GdprPiiType *
gdpr_pii_type_or_array(Oid type)
{
	return find(type, true, true);
}

const GdprPiiType *
gdpr_pii_order(Oid operator_id)
{
	if (operator_id < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < type_count; i++)
		if (types[i].lt == operator_id || types[i].gt == operator_id)
			return &types[i];
	return NULL;
}

const GdprPiiType *
gdpr_pii_equality(Oid operator_id)
{
	if (operator_id < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < type_count; i++)
		if (types[i].eq == operator_id || types[i].ne == operator_id)
			return &types[i];
	return NULL;
}

bool
gdpr_opens(Oid operator_id)
{
	if (operator_id < FirstNormalObjectId)
		return false;
	for (int i = 0; i < type_count; i++)
		if (types[i].open_eq == operator_id || types[i].open_ne == operator_id ||
			types[i].open_lt == operator_id || types[i].open_le == operator_id ||
			types[i].open_ge == operator_id || types[i].open_gt == operator_id)
			return true;
	return false;
}

const GdprLook *
gdpr_look_revealing(Oid function_id)
{
	if (function_id < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < look_count; i++)
		if (looks[i].reveal == function_id)
			return &looks[i];
	return NULL;
}

const GdprLook *
gdpr_look_searching(Oid function_id)
{
	if (function_id < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < look_count; i++)
		if (looks[i].search == function_id)
			return &looks[i];
	return NULL;
}

const GdprPiiType *
gdpr_revealing(const Node *node)
{
	const FuncExpr *call = (const FuncExpr *) node;
	const GdprLook *look;

	if (node == NULL || !IsA(node, FuncExpr) || list_length(call->args) != 1)
		return NULL;
	look = gdpr_look_revealing(call->funcid);
	return look && look->of->reveal == call->funcid ? look->of : NULL;
}

Oid
gdpr_search_tokens_type(void)
{
	return search_tokens;
}

Oid
gdpr_search_tokens_operator(void)
{
	return search_operator;
}

Oid
gdpr_search_query_type(void)
{
	return search_query;
}

Oid
gdpr_search_for_function(Oid type)
{
	Oid arguments[2] = {search_query, type};

	return LookupFuncName(list_make2(makeString(INTERNAL), makeString("search_for")), 2, arguments, true);
}

const GdprPiiType *
gdpr_sealing(Oid function_id)
{
	if (function_id < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < type_count; i++)
		if (types[i].seal == function_id || types[i].seal_array == function_id)
			return &types[i];
	return NULL;
}
