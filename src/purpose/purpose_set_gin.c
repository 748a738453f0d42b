/*
 * purpose_set_gin.c
 *		GIN support of purpose sets: "all rows for purpose X" is an index scan. Keys are the purpose numbers.
 *
 * Only the ternary consistent function is given; GIN derives the boolean one from it.
 */
#include "gdpr.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "fmgr.h"

#include "purpose/purpose_set.h"

/* The strategies of the operator class, as purpose_set.sql numbers them. */
#define STRATEGY_OVERLAPS  1
#define STRATEGY_CONTAINS  2
#define STRATEGY_CONTAINED 3
#define STRATEGY_EQUAL	   4

PG_FUNCTION_INFO_V1(gdpr_purpose_set_extract_value);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_extract_query);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_consistent);

static Datum *
extract_members(const struct varlena *set, int32 *count)
{
	Datum *keys;

	*count = PURPOSE_SET_COUNT(set);
	keys = palloc(sizeof(Datum) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		keys[i] = Int32GetDatum(gdpr_purpose_set_member(set, i));
	return keys;
}

Datum
gdpr_purpose_set_extract_value(PG_FUNCTION_ARGS)
{
	int32 *count = (int32 *) PG_GETARG_POINTER(1);

	PG_RETURN_POINTER(extract_members(PG_GETARG_VARLENA_PP(0), count));
}

Datum
gdpr_purpose_set_extract_query(PG_FUNCTION_ARGS)
{
	int32 *count = (int32 *) PG_GETARG_POINTER(1);
	StrategyNumber strategy = PG_GETARG_UINT16(2);
	int32 *search_mode = (int32 *) PG_GETARG_POINTER(6);
	Datum *keys = extract_members(PG_GETARG_VARLENA_PP(0), count);

	switch (strategy)
	{
		case STRATEGY_OVERLAPS:
			*search_mode = GIN_SEARCH_MODE_DEFAULT; /* the empty set overlaps nothing */
			break;
		case STRATEGY_CONTAINS:
			*search_mode = *count > 0 ? GIN_SEARCH_MODE_DEFAULT : GIN_SEARCH_MODE_ALL;
			break;
		case STRATEGY_CONTAINED:
			*search_mode = GIN_SEARCH_MODE_INCLUDE_EMPTY; /* the empty set is contained in every set */
			break;
		case STRATEGY_EQUAL:
			*search_mode = *count > 0 ? GIN_SEARCH_MODE_DEFAULT : GIN_SEARCH_MODE_INCLUDE_EMPTY;
			break;
		default:
			elog(ERROR, "purpose sets have no GIN strategy %d", strategy);
	}
	PG_RETURN_POINTER(keys);
}

/* All keys present: GIN_TRUE; one certainly absent: GIN_FALSE; else GIN_MAYBE. */
static GinTernaryValue
all_present(const GinTernaryValue *check, int count)
{
	GinTernaryValue result = GIN_TRUE;

	for (int i = 0; i < count; i++)
	{
		if (check[i] == GIN_FALSE)
			return GIN_FALSE;
		if (check[i] == GIN_MAYBE)
			result = GIN_MAYBE;
	}
	return result;
}

static GinTernaryValue
any_present(const GinTernaryValue *check, int count)
{
	GinTernaryValue result = GIN_FALSE;

	for (int i = 0; i < count; i++)
	{
		if (check[i] == GIN_TRUE)
			return GIN_TRUE;
		if (check[i] == GIN_MAYBE)
			result = GIN_MAYBE;
	}
	return result;
}

Datum
gdpr_purpose_set_consistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32 count = PG_GETARG_INT32(3);
	GinTernaryValue result;

	switch (strategy)
	{
		case STRATEGY_OVERLAPS:
			result = any_present(check, count);
			break;
		case STRATEGY_CONTAINS:
			result = all_present(check, count);
			break;
		case STRATEGY_CONTAINED:
			result = GIN_MAYBE; /* what else the row holds is not among the keys asked for */
			break;
		case STRATEGY_EQUAL:
			result = all_present(check, count) == GIN_FALSE ? GIN_FALSE : GIN_MAYBE;
			break;
		default:
			elog(ERROR, "purpose sets have no GIN strategy %d", strategy);
	}
	PG_RETURN_GIN_TERNARY_VALUE(result);
}
