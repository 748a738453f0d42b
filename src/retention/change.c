/*
 * change.c
 *		Takes rows away, a purpose from their tag, or the person from them, as the owner of their table would.
 *
 *		The runner decides with the rights of the extension, which sees every row. The change itself fires the
 *		triggers of the table, and those belong to the table's owner: they run with the owner's rights and with
 *		the table's schema as search_path, in a security-restricted operation, so that nothing they leave behind
 *		runs later as somebody else.
 *
 *		Removing a purpose is no activity of anybody and needs no lawful basis, and a row without a person has
 *		nobody to be bound to: these fire only the triggers that fire in a replica.
 */
#include "gdpr.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(gdpr_delete_rows);
PG_FUNCTION_INFO_V1(gdpr_untag_rows);
PG_FUNCTION_INFO_V1(gdpr_update_rows);

static Oid
owner_of(Oid relid)
{
	Relation rel = table_open(relid, RowExclusiveLock);
	Oid owner = rel->rd_rel->relowner;

	table_close(rel, NoLock);
	return owner;
}

/* Undone with the GUC nest level. */
static void
set_for_now(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static int64
change_rows(Oid relid, const char *command, bool as_replica, int nargs, Oid *types, Datum *values)
{
	Oid user;
	int context;
	int nest_level = NewGUCNestLevel();
	Oid owner = owner_of(relid);
	char *schema = get_namespace_name(get_rel_namespace(relid));
	SPIPlanPtr plan;
	int64 changed;

	set_for_now("search_path", psprintf("%s, pg_temp", quote_identifier(schema)));
	/* the rows are named by their places: a small table would be read as a whole for every batch */
	set_for_now("enable_seqscan", "off");
	if (as_replica)
		set_for_now("session_replication_role", "replica");
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, (context & ~GDPR_SECURITY_OWN_RIGHTS) | SECURITY_LOCAL_USERID_CHANGE |
									  SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS);
	SPI_connect();
	/* a generic plan: weighing every one of the places takes longer than going there */
	plan = SPI_prepare_cursor(command, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_execute_plan(plan, values, NULL, false, 0) < 0)
		elog(ERROR, "could not change rows of relation %u", relid);
	changed = (int64) SPI_processed;
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(true, nest_level);
	return changed;
}

static char *
table_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

Datum
gdpr_delete_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {TIDARRAYOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command =
		psprintf("DELETE FROM ONLY %s WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)", table_name(relid));

	PG_RETURN_INT64(change_rows(relid, command, false, 1, types, values));
}

Datum
gdpr_untag_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[2] = {TIDARRAYOID, get_fn_expr_argtype(fcinfo->flinfo, 2)};
	Datum values[2] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char *command = psprintf("UPDATE ONLY %s SET purposes = purposes OPERATOR(pg_catalog.-) $2 "
							 "WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)",
							 table_name(relid));

	PG_RETURN_INT64(change_rows(relid, command, true, 2, types, values));
}

/* The SET list is made by gdpr.depersonalising_assignments(). */
Datum
gdpr_update_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {TIDARRAYOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command = psprintf("UPDATE ONLY %s SET %s WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)",
							 table_name(relid), text_to_cstring(PG_GETARG_TEXT_PP(2)));

	PG_RETURN_INT64(change_rows(relid, command, true, 1, types, values));
}
