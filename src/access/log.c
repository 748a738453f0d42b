/*
 * log.c
 *		What the server log may hold. At default settings a failing statement is logged with its text, and the
 *		text holds what the user typed: an e-mail address in an INSERT that broke a constraint. So in databases
 *		with the extension the statement is left out, and so is what else would repeat it: queries that functions
 *		built, statements of a deadlock or of a process that crashed, lines of COPY, and input that PostgreSQL
 *		quotes in its own message because it was no number, no date, no column's name. The client's message stays
 *		whole: it goes to the client that sent it.
 *
 *		Until a session could look into the catalogs whether the extension is there, the statement is hidden too.
 */
#include "access/access.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/elog.h"
#include "utils/guc.h"

#include "access/log.h"
#include "hooks.h"
#include "invalidation.h"

static bool log_statements = false;
static bool known = false;
static bool installed = true;

/* A schema came or went, in any session: an extension may have come with it. */
static void
forget_installed(void)
{
	known = false;
	installed = true;
}

/* At a moment when catalogs can be read. */
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
	char *at = context;

	while ((at = strstr(at, "COPY ")) != NULL)
	{
		char *end = strchr(at, '\n');
		char *value = strstr(at, ": \"");

		if (value && (end == NULL || value < end))
		{
			/* the value itself may hold line ends: nothing behind it is trusted to be context */
			*value = '\0';
			return;
		}
		at += strlen("COPY ");
	}
}

/* Contexts in which a text of the user's, or of a function that builds its queries, is repeated. */
static bool
repeats_input(const char *context)
{
	static const char *const openings[] = {"SQL statement \"", "SQL expression \"", "PL/pgSQL assignment \"",
										   "JSON data", "remote SQL command:"};

	for (int i = 0; i < lengthof(openings); i++)
		if (strstr(context, openings[i]))
			return true;
	return false;
}

/*
 * Does PostgreSQL quote input in messages of this kind? Class 22: a value that is none of its type. Class 42: an
 * address in the wrong quotes is a name that does not exist, or a syntax error. Messages about tables, functions
 * and types keep their names, and those about settings say what is wrong with them.
 */
static bool
quotes_input(const ErrorData *edata)
{
	int code = edata->sqlerrcode;

	if (edata->message_id && strstr(edata->message_id, "for parameter"))
		return false;
	return ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION || code == ERRCODE_SYNTAX_ERROR ||
		   code == ERRCODE_UNDEFINED_COLUMN || code == ERRCODE_NAME_TOO_LONG ||
		   code == ERRCODE_INVALID_NAME ||
		   (code == ERRCODE_UNDEFINED_TABLE && edata->message_id && strstr(edata->message_id, "FROM-clause"));
}

/* From the first to the last quote, as what is quoted may hold quotes itself; or what a colon announces. */
static char *
without_quoted(const char *message)
{
	const char *first = message ? strchr(message, '"') : NULL;
	const char *last = message ? strrchr(message, '"') : NULL;
	const char *colon = message ? strstr(message, "): ") : NULL;

	if (first != last)
		return psprintf("%.*s\"...\"%s", (int) (first - message), message, last + 1);
	return colon ? psprintf("%.*s): ...", (int) (colon - message), message) : unconstify(char *, message);
}

/* What other processes were running: a deadlock tells the log alone, a crash through the postmaster. */
static bool
shows_statements(const ErrorData *edata)
{
	return edata->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ||
		   (!IsUnderPostmaster && edata->message_id && strstr(edata->message_id, "(PID %d)"));
}

static pg_noinline void
redact(ErrorData *edata)
{
	if (shows_statements(edata))
	{
		edata->detail_log = NULL;
		if (!IsUnderPostmaster)
			edata->detail = NULL;
	}
	edata->hide_stmt = true;
	edata->internalquery = NULL; /* a query built by a function, as text */
	edata->internalpos = 0;
	if (edata->context && repeats_input(edata->context))
		edata->hide_ctx = true;
	if (edata->context && strstr(edata->context, "COPY "))
	{
		edata->context = pstrdup(edata->context);
		gdpr_cut_copy_context(edata->context);
	}
	if (quotes_input(edata))
	{
		edata->message = without_quoted(edata->message);
		edata->detail = edata->detail_log =
			without_quoted(edata->detail_log ? edata->detail_log : edata->detail);
		edata->hint = without_quoted(edata->hint);
	}
}

static bool redacting = false;

/*
 * Whatever happens, the error is whole again, and still to be sent to the client alone. Not inlined, as gcc 15 fears
 * for variables beside PG_TRY().
 */
static pg_noinline void
log_redacted(ErrorData *edata, const ErrorData *whole)
{
	redacting = true;
	PG_TRY();
	{
		redact(edata);
		edata->output_to_client = false;
		EmitErrorReport();
	}
	PG_FINALLY();
	{
		redacting = false;
		memcpy(edata, whole, sizeof(ErrorData));
		edata->output_to_server = false;
	}
	PG_END_TRY();
}

/*
 * Writes the redacted form to the log by a second EmitErrorReport() of the same error, which the client does not
 * get; then puts everything back and lets the first one go on to the client alone.
 */
static bool
keep_values_out(ErrorData *edata)
{
	ErrorData whole = *edata;

	if (redacting || !installed || log_statements)
		return false;
	log_redacted(edata, &whole);
	return true;
}

void
gdpr_log_init(void)
{
	DefineCustomBoolVariable(
		"gdpr.log_statements", "Let the server log repeat the text of failing statements.",
		"Off, as failing statements hold what a person typed; switch it on for a while to "
		"find a fault, and mind who reads the log.",
		&log_statements, false, PGC_SUSET, 0, NULL, NULL, NULL);
	gdpr_on_catalog_change(GDPR_CATALOG_SCHEMA, forget_installed);
	gdpr_hook_log(keep_values_out);
}
