/*
 * option.c
 *		The options that a rule gives to its strategy (see strategy.h).
 */
#include "anonymise/strategy.h"

#include "fmgr.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

static JsonbValue *
option(const GdprValue *value, const char *name, JsonbValue *found)
{
	Jsonb *options = (Jsonb *) value->options;

	if (options == NULL || !JB_ROOT_IS_OBJECT(options))
		return NULL;
	return getKeyJsonValueFromContainer(&options->root, name, strlen(name), found);
}

static void bad_option(const char *name) pg_attribute_noreturn();

static void
bad_option(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("option \"%s\" of the strategy is missing or out of range", name),
					errhint("SELECT * FROM gdpr.strategies(); lists the options.")));
}

char *
gdpr_option_text(const GdprValue *value, const char *name)
{
	JsonbValue found;

	if (option(value, name, &found) == NULL || found.type == jbvNull)
		return NULL;
	if (found.type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(found.val.numeric)));
	if (found.type != jbvString)
		bad_option(name);
	return pnstrdup(found.val.string.val, found.val.string.len);
}

double
gdpr_option_number(const GdprValue *value, const char *name, double fallback, double least, double most)
{
	JsonbValue found;
	double number = fallback;

	if (option(value, name, &found) != NULL)
	{
		if (found.type != jbvNumeric)
			bad_option(name);
		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(found.val.numeric)));
	}
	if (!(number >= least && number <= most))
		bad_option(name);
	return number;
}

/* The same, exact. */
Numeric
gdpr_option_numeric(const GdprValue *value, const char *name, int64 fallback, double least, double most)
{
	JsonbValue found;

	gdpr_option_number(value, name, (double) fallback, least, most);
	if (option(value, name, &found) == NULL)
		return DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(fallback)));
	return DatumGetNumeric(datumCopy(NumericGetDatum(found.val.numeric), false, -1));
}

int64
gdpr_option_integer(const GdprValue *value, const char *name, int64 fallback, int64 least, int64 most)
{
	return (int64) gdpr_option_number(value, name, (double) fallback, (double) least, (double) most);
}
