/*
 * anchor.c
 *		The head of the ledger's chain leaves the database: to the server log, and to a file that is no part of the
 *		data directory and so of no restore of it. The file is only ever appended to; put it where the server may
 *		append but not rewrite (an append-only attribute, a remote mount, a pipe to another host's log).
 */
#include "ledger/anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "arguments.h"

PG_FUNCTION_INFO_V1(gdpr_write_anchor);
PG_FUNCTION_INFO_V1(gdpr_read_anchors);

#define ANCHOR_MAX 1024 /* a line of the file */

static char *gdpr_anchor_file = NULL;

bool
gdpr_check_outside_data_directory(char **newval, void **extra, GucSource source)
{
	if ((*newval)[0] == '\0')
		return true;
	if (!is_absolute_path(*newval))
	{
		GUC_check_errdetail("The path must be absolute: a relative one would begin at the data directory.");
		return false;
	}
	if (DataDir && path_is_prefix_of_path(DataDir, *newval))
	{
		GUC_check_errdetail(
			"The file must be outside the data directory: who restores that would restore it too.");
		return false;
	}
	return true;
}

void
gdpr_anchor_init(void)
{
	/* Where a copy of the chain's head is kept, so that a rewritten ledger shows. */
	DefineCustomStringVariable(
		"gdpr.anchor_file", "File to which the head of the ledger's hash chain is appended.",
		"It must be outside the data directory, best where this server can append only.", &gdpr_anchor_file,
		"", PGC_SIGHUP, GUC_SUPERUSER_ONLY, gdpr_check_outside_data_directory, NULL, NULL);
}

/* One write(), so that lines of several databases do not mix. */
static void
append_to_file(const char *line)
{
	char *text = psprintf("%s\n", line);
	ssize_t len = strlen(text);
	int fd = OpenTransientFilePerm(gdpr_anchor_file, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, text, len) != len || (pg_fsync(fd) != 0 && errno != EINVAL))
		ereport(ERROR, (errcode(ERRCODE_IO_ERROR),
						errmsg("could not write the ledger's anchor to \"%s\": %m", gdpr_anchor_file),
						errhint("Let the server's user append to the file of gdpr.anchor_file.")));
	CloseTransientFile(fd);
}

/* One line, as audit/anchor.sql writes it: anything else would put what it likes into the log. */
static bool
is_anchor(const char *line)
{
	return strncmp(line, "gdpr-anchor ", strlen("gdpr-anchor ")) == 0 && strlen(line) < ANCHOR_MAX &&
		   line[strspn(line, "0123456789abcdefghijklmnopqrstuvwxyzTZ:- ")] == '\0';
}

Datum
gdpr_write_anchor(PG_FUNCTION_ARGS)
{
	text *line = PG_GETARG_TEXT_PP(0);
	char *text = text_to_cstring(line);

	if (!is_anchor(text))
		gdpr_refuse_argument(fcinfo, 0, "an anchor of the ledger");
	ereport(LOG, (errmsg_internal("%s", text), errhidestmt(true), errhidecontext(true)));
	if (gdpr_anchor_file[0] != '\0')
		append_to_file(text);
	PG_RETURN_TEXT_P(line);
}

Datum
gdpr_read_anchors(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	FILE *file;
	char line[ANCHOR_MAX];

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (gdpr_anchor_file[0] == '\0')
		return (Datum) 0;
	file = AllocateFile(gdpr_anchor_file, "r");
	if (file == NULL && errno == ENOENT)
		return (Datum) 0;
	if (file == NULL)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read the ledger's anchors from \"%s\": %m", gdpr_anchor_file)));
	while (fgets(line, sizeof(line), file) != NULL)
	{
		Datum value;
		bool isnull = false;

		CHECK_FOR_INTERRUPTS();
		line[strcspn(line, "\r\n")] = '\0';
		value = CStringGetTextDatum(line);
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	FreeFile(file);
	return (Datum) 0;
}
