/*
 * class_call.c
 *		gdpr.is_valid, gdpr.normalise and gdpr.classes: the classes and the checks by name, from SQL.
 *
 *		What is asked for may be a class ("email", or "pii_email" as the type is called) or a check. An unknown name is
 *		not printed: arguments get swapped, and then it is the value.
 */
#include "gdpr.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "pii/class_text.h"
#include "pii/classes/checks.h"
#include "pii/classes/country.h"

PG_FUNCTION_INFO_V1(gdpr_class_is_valid);
PG_FUNCTION_INFO_V1(gdpr_class_normalised);
PG_FUNCTION_INFO_V1(gdpr_class_list);

/* One of both. */
typedef struct Asked
{
	const GdprClass *class;
	const GdprNamedCheck *check;
} Asked;

static void
raise_unknown(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < gdpr_class_count(); i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", gdpr_class_at(i)->name);
	for (int i = 0; i < gdpr_check_count(); i++)
		appendStringInfo(&names, ", %s", gdpr_check_at(i)->name);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown class of personal data"),
					errhint("Known are %s.", names.data), errhidestmt(true)));
}

static Asked
find_asked(const text *argument)
{
	char *name = text_to_cstring(argument);
	Asked asked = {NULL, NULL};

	asked.class = gdpr_class_by_name(strncmp(name, "pii_", 4) == 0 ? name + 4 : name);
	if (asked.class == NULL)
		asked.check = gdpr_check_by_name(name);
	if (asked.class == NULL && asked.check == NULL)
		raise_unknown();
	pfree(name);
	return asked;
}

static void
use_country(GdprContext *context, const text *argument)
{
	if (!gdpr_country_known(VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown country"),
						errhint("Give an ISO 3166 code of two capitals, such as BE or GB.")));
	memcpy(context->country, VARDATA_ANY(argument), 2);
}

/* class, value and, in the form with three arguments, the country to use instead of the default. */
static GdprCheck
run_asked(FunctionCallInfo fcinfo, const Asked *asked, char **out, size_t *out_len)
{
	text *value = PG_GETARG_TEXT_PP(1);
	const char *in = VARDATA_ANY(value);
	size_t len = VARSIZE_ANY_EXHDR(value);
	GdprContext context;

	gdpr_class_context(&context);
	if (PG_NARGS() > 2)
		use_country(&context, PG_GETARG_TEXT_PP(2));
	if (asked->check != NULL)
	{
		if (len > GDPR_CHECK_MAX_LEN)
			return GDPR_INVALID;
		return gdpr_class_run(asked->check->normalise, GDPR_TIDY, &context, in, len, out, out_len);
	}
	if (asked->class->binary)
		return gdpr_class_check(asked->class, in, len, out, out_len);
	if (len > asked->class->max_len)
		return GDPR_TOO_LONG;
	return gdpr_class_run(asked->class->normalise, asked->class->tidy, &context, in, len, out, out_len);
}

Datum
gdpr_class_is_valid(PG_FUNCTION_ARGS)
{
	Asked asked = find_asked(PG_GETARG_TEXT_PP(0));

	PG_RETURN_BOOL(run_asked(fcinfo, &asked, NULL, NULL) == GDPR_VALID);
}

Datum
gdpr_class_normalised(PG_FUNCTION_ARGS)
{
	Asked asked = find_asked(PG_GETARG_TEXT_PP(0));
	const char *label = asked.class ? asked.class->label : asked.check->label;
	const char *hint = asked.class ? gdpr_class_hint(asked.class) : asked.check->hint;
	char *out = NULL;
	size_t len = 0;
	GdprCheck check = run_asked(fcinfo, &asked, &out, &len);

	if (check != GDPR_VALID)
		gdpr_class_raise(check, label, hint);
	if (asked.class == NULL || !asked.class->binary)
		out = gdpr_class_to_server(out, len, &len);
	if (out == NULL)
		gdpr_class_raise(GDPR_INVALID, label, "The database encoding has no form of this value.");
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out, (int) len));
}

Datum
gdpr_class_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool nulls[5] = {false};
	Datum values[5];

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < gdpr_class_count(); i++)
	{
		const GdprClass *class = gdpr_class_at(i);

		values[0] = CStringGetTextDatum(class->name);
		values[1] = CStringGetTextDatum(class->label);
		values[2] = CStringGetTextDatum(psprintf("gdpr.pii_%s", class->name));
		values[3] = BoolGetDatum(class->searchable);
		values[4] = CStringGetTextDatum(gdpr_class_hint(class));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	nulls[2] = true;
	for (int i = 0; i < gdpr_check_count(); i++)
	{
		const GdprNamedCheck *check = gdpr_check_at(i);

		values[0] = CStringGetTextDatum(check->name);
		values[1] = CStringGetTextDatum(check->label);
		values[3] = BoolGetDatum(false);
		values[4] = CStringGetTextDatum(check->hint);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
