/*
 * strategy.c
 *		The closed list, and the SQL functions that use it (see strategy.h).
 */
#include "anonymise/strategy.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "anonymise/apply.h"

PG_FUNCTION_INFO_V1(gdpr_anonymised);
PG_FUNCTION_INFO_V1(gdpr_strategies);

#define NUMBERS (GDPR_FAMILY_INTEGER | GDPR_FAMILY_DECIMAL)
#define TIMES	(GDPR_FAMILY_DATE | GDPR_FAMILY_TIMESTAMP)

static const GdprStrategy strategies[] = {
	{"null", GDPR_ANONYMISING, GDPR_FAMILY_ANY, "", gdpr_apply_null},
	{"constant", GDPR_ANONYMISING, GDPR_FAMILY_ANY, "value", gdpr_apply_constant},
	{"generalise", GDPR_ANONYMISING, GDPR_FAMILY_TEXT | NUMBERS | TIMES | GDPR_FAMILY_ADDRESS,
	 "text: keep (characters), or hierarchy and level; numbers: width; dates: to (month, quarter, year, "
	 "decade); inet: v4, v6 (bits)",
	 gdpr_apply_generalise},
	{"truncate", GDPR_ANONYMISING, GDPR_FAMILY_TEXT, "length (characters)", gdpr_apply_truncate},
	{"round", GDPR_ANONYMISING, NUMBERS, "digits (after the point; negative before it)", gdpr_apply_round},
	{"noise", GDPR_ANONYMISING, NUMBERS | TIMES, "amount (dates: days), domain", gdpr_apply_noise},
	{"scramble", GDPR_ANONYMISING, GDPR_FAMILY_TEXT, "", gdpr_apply_scramble},
	{"fake", GDPR_ANONYMISING, GDPR_FAMILY_TEXT,
	 "kind (first_name, last_name, full_name, street, place, address), language (nl, fr, de, en)",
	 gdpr_apply_fake},
	{"shuffle", GDPR_ANONYMISING, GDPR_FAMILY_ANY, "copies only", gdpr_apply_to_column},
	{"swap", GDPR_ANONYMISING, GDPR_FAMILY_TEXT | NUMBERS | TIMES | GDPR_FAMILY_ADDRESS,
	 "percent (how far in the order of values); copies only", gdpr_apply_to_column},
	{"pseudonym", GDPR_PSEUDONYMISING, GDPR_FAMILY_TEXT, "domain", gdpr_apply_pseudonym},
	{"mask", GDPR_HIDING, GDPR_FAMILY_TEXT, "", gdpr_apply_mask},
};

static const char *const effects[] = {
	[GDPR_ANONYMISING] = "anonymising", [GDPR_PSEUDONYMISING] = "pseudonymising", [GDPR_HIDING] = "hiding"};

static const struct
{
	GdprFamily family;
	const char *name;
} families[] = {{GDPR_FAMILY_TEXT, "text"},			  {GDPR_FAMILY_INTEGER, "integer"},
				{GDPR_FAMILY_DECIMAL, "decimal"},	  {GDPR_FAMILY_DATE, "date"},
				{GDPR_FAMILY_TIMESTAMP, "timestamp"}, {GDPR_FAMILY_ADDRESS, "inet"},
				{GDPR_FAMILY_OTHER, "other"}};

const GdprStrategy *
gdpr_strategy_by_name(const char *name)
{
	for (int i = 0; i < lengthof(strategies); i++)
		if (strcmp(strategies[i].name, name) == 0)
			return &strategies[i];
	return NULL;
}

GdprFamily
gdpr_family_of_type(Oid type)
{
	switch (getBaseType(type))
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return GDPR_FAMILY_TEXT;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return GDPR_FAMILY_INTEGER;
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return GDPR_FAMILY_DECIMAL;
		case DATEOID:
			return GDPR_FAMILY_DATE;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return GDPR_FAMILY_TIMESTAMP;
		case INETOID:
		case CIDROID:
			return GDPR_FAMILY_ADDRESS;
		default:
			return GDPR_FAMILY_OTHER;
	}
}

/* Looked up once a statement where the strategy is a constant of it. */
typedef struct Choice
{
	const GdprStrategy *strategy;
	Oid type;
	GdprFamily family;
} Choice;

static const Choice *
choose(FunctionCallInfo fcinfo)
{
	FmgrInfo *flinfo = fcinfo->flinfo;
	Choice *choice = flinfo->fn_extra;
	char *name;

	if (choice != NULL && get_fn_expr_arg_stable(flinfo, 1))
		return choice;
	if (choice == NULL)
		choice = MemoryContextAlloc(flinfo->fn_mcxt, sizeof(Choice));
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	choice->strategy = gdpr_strategy_by_name(name);
	if (choice->strategy == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown strategy"),
						errhint("SELECT * FROM gdpr.strategies();")));
	choice->type = get_fn_expr_argtype(flinfo, 0);
	choice->family = gdpr_family_of_type(choice->type);
	if (!(choice->strategy->families & choice->family))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("strategy \"%s\" cannot be used for type %s", name, format_type_be(choice->type)),
				 errhint("SELECT * FROM gdpr.strategies(); lists the types of each.")));
	flinfo->fn_extra = choice;
	return choice;
}

/* anonymised(value, strategy, options, row): NULL stays NULL, whatever the strategy. */
Datum
gdpr_anonymised(PG_FUNCTION_ARGS)
{
	const Choice *choice;
	GdprValue value = {0};
	bool isnull = false;
	Datum result;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	choice = choose(fcinfo);
	value.type = choice->type;
	value.typmod = PG_NARGS() > 4 && !PG_ARGISNULL(4) ? PG_GETARG_INT32(4) : -1;
	value.family = choice->family;
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value.datum = PG_GETARG_DATUM(0);
	value.options = PG_ARGISNULL(2) ? NULL : (struct varlena *) PG_GETARG_JSONB_P(2);
	value.row = PG_ARGISNULL(3) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(3));
	result = choice->strategy->apply(&value, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

Datum
gdpr_strategies(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < lengthof(strategies); i++)
	{
		StringInfoData types;
		Datum values[4];
		bool nulls[4] = {false};

		initStringInfo(&types);
		for (int f = 0; f < lengthof(families); f++)
			if (strategies[i].families & families[f].family)
				appendStringInfo(&types, "%s%s", types.len ? ", " : "", families[f].name);
		values[0] = CStringGetTextDatum(strategies[i].name);
		values[1] = CStringGetTextDatum(effects[strategies[i].effect]);
		values[2] = CStringGetTextDatum(strategies[i].families == GDPR_FAMILY_ANY ? "any" : types.data);
		values[3] = CStringGetTextDatum(strategies[i].options);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
