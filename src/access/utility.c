/*
 * utility.c
 *		COPY of a protected table.
 *
 *		FORCE ROW LEVEL SECURITY also holds the owner back, and COPY knows no policies: pg_dump and COPY FROM by
 *		the owner would fail. Around the owner's own COPY of a table the operation is marked as not forcing, as
 *		PostgreSQL does for foreign keys: what comes out is sealed and complete, what goes in passes the binding
 *		trigger. Everybody else gets PostgreSQL's answer.
 *
 *		Tables of the extension refer to one another, and pg_restore -j fills them in any order: it knows of a
 *		table's dependency on its definition alone. A superuser's COPY into them therefore runs as one that
 *		replicates, which leaves out the checks of foreign keys; what guards these tables fires ALWAYS.
 *
 *		A failing COPY FROM repeats the input line in its CONTEXT; it is raised again with the line cut off.
 */
#include "access/access.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "access/log.h"
#include "hooks.h"

static bool
copies_own_table(const CopyStmt *copy)
{
	Oid relid = copy->relation ? RangeVarGetRelid(copy->relation, NoLock, true) : InvalidOid;

	return OidIsValid(relid) && gdpr_owns_relation(relid, GetUserId());
}

static bool
restores_extension(const CopyStmt *copy)
{
	Oid relid = copy->relation ? RangeVarGetRelid(copy->relation, NoLock, true) : InvalidOid;

	return copy->is_from && superuser() && OidIsValid(relid) && gdpr_schema_is_ours(get_rel_namespace(relid));
}

/* Until the end of the nest level that it returns, or of the transaction. */
static int
as_replica(void)
{
	int level = NewGUCNestLevel();

	(void) set_config_option("session_replication_role", "replica", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	return level;
}

static void
run_copy_from(GdprRest *rest)
{
	MemoryContext outer = CurrentMemoryContext;

	PG_TRY();
	{
		gdpr_proceed(rest);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(outer);
		error = CopyErrorData();
		FlushErrorState();
		if (error->context)
			gdpr_cut_copy_context(error->context);
		ReThrowError(error);
	}
	PG_END_TRY();
}

static void
run_copy(GdprRest *rest, const CopyStmt *copy)
{
	Oid user;
	int security;
	bool own = copies_own_table(copy);
	volatile int level = restores_extension(copy) ? as_replica() : 0;

	GetUserIdAndSecContext(&user, &security);
	if (own)
		SetUserIdAndSecContext(user, security | SECURITY_NOFORCE_RLS);
	PG_TRY();
	{
		if (copy->is_from)
			run_copy_from(rest);
		else
			gdpr_proceed(rest);
	}
	PG_FINALLY();
	{
		if (own)
			SetUserIdAndSecContext(user, security);
	}
	PG_END_TRY();
	if (level > 0)
		AtEOXact_GUC(true, level);
}

/*
 * The script holds texts that people are shown, in French and German too. PostgreSQL would say in the midst of it that
 * a character has no equivalent.
 */
static void
require_encoding(const CreateExtensionStmt *create)
{
	static const int known[] = {PG_UTF8, PG_LATIN1, PG_LATIN9, PG_WIN1252, PG_EUC_JP, PG_SQL_ASCII};

	if (strcmp(create->extname, "gdpr") != 0)
		return;
	for (int i = 0; i < lengthof(known); i++)
		if (GetDatabaseEncoding() == known[i])
			return;
	ereport(
		ERROR,
		(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		 errmsg("extension gdpr cannot be created in a database with encoding %s", GetDatabaseEncodingName()),
		 errdetail("The texts that people are shown need letters that this encoding does not have."),
		 errhint(
			 "Create the database with ENCODING 'UTF8'; LATIN1, LATIN9, WIN1252 and EUC_JP work as well.")));
}

static void
utility(GdprRest *rest, PlannedStmt *statement)
{
	Node *command = statement->utilityStmt;
	bool extension = IsA(command, CreateExtensionStmt) || IsA(command, DropStmt);

	gdpr_log_look(false);
	if (IsA(command, CreateExtensionStmt))
		require_encoding((const CreateExtensionStmt *) command);
	if (IsA(command, CopyStmt) && gdpr_installed())
		run_copy(rest, (const CopyStmt *) command);
	else
		gdpr_proceed(rest);
	if (extension)
		gdpr_log_look(true);
}

static const GdprStageCalls copy_calls = {.utility = utility};

void
gdpr_utility_init(void)
{
	gdpr_hook_stage(GDPR_STAGE_COPY, &copy_calls);
}
