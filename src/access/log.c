/*
 * log.c
 *		What the server log may hold. At default settings a failing statement is logged with its text, and the
 *		text holds what the user typed: an e-mail address in an INSERT that broke a constraint. So in databases
 *		with the extension the statement is left out, and so is what else would repeat it.
 *
 *		A session's first statements come before anybody could read the catalogs to see whether the extension is
 *		there: until then the statement is hidden too.
 */
#include "access/access.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/elog.h"
#include "utils/guc.h"

#include "access/log.h"

static bool log_statements = false;
static bool known = false;
static bool installed = true;

static emit_log_hook_type previous_log = NULL;

/* Once a session, at a moment when catalogs can be read; a CREATE or DROP EXTENSION asks again. */
void
gdpr_log_look(bool again)
{
	if ((known && !again) || !IsTransactionState() || !OidIsValid(MyDatabaseId))
		return;
	installed = gdpr_installed();
	known = true;
}

/* In place: "COPY t, line 3, column email: "jan@..."" ends behind the column, or the line. */
void
gdpr_cut_copy_context(char *context)
{
	char	   *at = context;

	while ((at = strstr(at, "COPY ")) != NULL)
	{
		char	   *end = strchr(at, '\n');
		char	   *value = strstr(at, ": \"");

		if (value && (end == NULL || value < end))
		{
			/* the value itself may hold line ends: nothing behind it is trusted to be context */
			*value = '\0';
			return;
		}
		at += strlen("COPY ");
	}
}

static void
keep_values_out(ErrorData *edata)
{
	if (installed && !log_statements)
	{
		edata->hide_stmt = true;
		edata->internalquery = NULL;	/* a query built by a function, as text */
		edata->internalpos = 0;
		if (edata->context && strstr(edata->context, "COPY "))
			gdpr_cut_copy_context(edata->context);
		if (edata->context && strstr(edata->context, "SQL statement \""))
			edata->hide_ctx = true; /* EXECUTE repeats its text there */
	}
	if (previous_log)
		previous_log(edata);
}

void
gdpr_log_init(void)
{
	DefineCustomBoolVariable("gdpr.log_statements",
							 "Let the server log repeat the text of failing statements.",
							 "Off, as failing statements hold what a person typed; switch it on for a while to "
							 "find a fault, and mind who reads the log.",
							 &log_statements, false, PGC_SUSET, 0, NULL, NULL, NULL);
	previous_log = emit_log_hook;
	emit_log_hook = keep_values_out;
}
