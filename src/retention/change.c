/*
 * change.c
 *		Takes rows away, a purpose from their tag, the person from them, or a partition, as the owner would.
 *
 *		The runner decides with the rights of the extension, which sees every row. The change itself fires the
 *		triggers of the table, and those belong to the table's owner: they run with the owner's rights and with
 *		the table's schema as search_path, in a security-restricted operation, so that nothing they leave behind
 *		runs later as someone else.
 *
 *		Removing a purpose is no activity of anyone and needs no lawful basis, and a row without a person has
 *		no one to be bound to: these fire only the triggers that fire in a replica.
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

#include "access/ended.h"

PG_FUNCTION_INFO_V1(gdpr_delete_rows);
PG_FUNCTION_INFO_V1(gdpr_untag_rows);
PG_FUNCTION_INFO_V1(gdpr_update_rows);
PG_FUNCTION_INFO_V1(gdpr_remove_partition);
PG_FUNCTION_INFO_V1(gdpr_send_archived);
PG_FUNCTION_INFO_V1(gdpr_read_archived);
PG_FUNCTION_INFO_V1(gdpr_remove_archived);
PG_FUNCTION_INFO_V1(gdpr_sweep_archived);

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

/* Runs a command as the owner of a table; the first value of its first row, as text, in *first when asked for. */
static int64
run_as_owner(Oid relid, const char *command, bool as_replica, int nargs, Oid *types, Datum *values,
			 char **first)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid user;
	int context;
	int nest_level = NewGUCNestLevel();
	Oid owner = owner_of(relid);
	char *schema = get_namespace_name(get_rel_namespace(relid));
	SPIPlanPtr plan;
	int64 processed;

	set_for_now("search_path", psprintf("%s, pg_temp", quote_identifier(schema)));
	/* the rows are named by their places: a small table would be read as a whole for every batch */
	set_for_now("enable_seqscan", "off");
	if (as_replica)
		set_for_now("session_replication_role", "replica");
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION |
									  SECURITY_NOFORCE_RLS);
	SPI_connect();
	/* a generic plan: weighing every one of the places takes longer than going there */
	plan = SPI_prepare_cursor(command, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_execute_plan(plan, values, NULL, false, 0) < 0)
		elog(ERROR, "could not work on relation %u", relid);
	processed = (int64) SPI_processed;
	if (first != NULL && processed > 0)
	{
		char *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		*first = value == NULL ? NULL : MemoryContextStrdup(caller, value);
	}
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(true, nest_level);
	return processed;
}

static int64
change_rows(Oid relid, const char *command, bool as_replica, int nargs, Oid *types, Datum *values)
{
	return run_as_owner(relid, command, as_replica, nargs, types, values, NULL);
}

static char *
read_value(Oid relid, const char *command, int nargs, Oid *types, Datum *values)
{
	char *value = NULL;

	run_as_owner(relid, command, false, nargs, types, values, &value);
	return value;
}

Datum
gdpr_delete_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {TIDARRAYOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command =
		psprintf("DELETE FROM ONLY %s WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)", gdpr_table_name(relid));
	int64 deleted = 0;

	/* of people the caller ends the identity of the whole batch */
	gdpr_ending_people = true;
	PG_TRY();
	{
		deleted = change_rows(relid, command, false, 1, types, values);
	}
	PG_FINALLY();
	{
		gdpr_ending_people = false;
	}
	PG_END_TRY();
	PG_RETURN_INT64(deleted);
}

Datum
gdpr_untag_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[2] = {TIDARRAYOID, get_fn_expr_argtype(fcinfo->flinfo, 2)};
	Datum values[2] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char *command = psprintf("UPDATE ONLY %s SET purposes = purposes OPERATOR(pg_catalog.-) $2 "
							 "WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)",
							 gdpr_table_name(relid));

	PG_RETURN_INT64(change_rows(relid, command, true, 2, types, values));
}

/* The SET list is made by gdpr_internal.depersonalising_assignments(). */
Datum
gdpr_update_rows(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {TIDARRAYOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command = psprintf("UPDATE ONLY %s SET %s WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)",
							 gdpr_table_name(relid), text_to_cstring(PG_GETARG_TEXT_PP(2)));

	PG_RETURN_INT64(change_rows(relid, command, true, 1, types, values));
}

Datum
gdpr_remove_partition(PG_FUNCTION_ARGS)
{
	Oid relid = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	char *name = gdpr_table_name(relid);

	if (PG_ARGISNULL(1))
		change_rows(relid, psprintf("TRUNCATE ONLY %s", name), false, 0, NULL, NULL);
	else
	{
		change_rows(relid,
					psprintf("ALTER TABLE %s DETACH PARTITION %s", gdpr_table_name(PG_GETARG_OID(1)), name),
					false, 0, NULL, NULL);
		change_rows(relid, psprintf("DROP TABLE %s", name), false, 0, NULL, NULL);
	}
	PG_RETURN_VOID();
}

/* ---- an archive elsewhere: its foreign table ---- */

Datum
gdpr_send_archived(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[5] = {UUIDARRAYOID, TEXTARRAYOID, TEXTOID, TEXTOID, TIMESTAMPTZOID};
	Datum values[5];
	char *command =
		psprintf("INSERT INTO %s (id, relation, purpose, content, archived_at, until) "
				 "SELECT r.id, $3, $4, r.content, pg_catalog.now(), $5 "
				 "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS r (id, content)",
				 gdpr_table_name(relid));

	for (int i = 0; i < 5; i++)
		values[i] = PG_GETARG_DATUM(i + 1);
	PG_RETURN_INT64(change_rows(relid, command, false, 5, types, values));
}

Datum
gdpr_read_archived(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {UUIDOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command =
		psprintf("SELECT content FROM %s WHERE id OPERATOR(pg_catalog.=) $1", gdpr_table_name(relid));
	char *content = read_value(relid, command, 1, types, values);

	if (content == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(content));
}

Datum
gdpr_remove_archived(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[1] = {UUIDARRAYOID};
	Datum values[1] = {PG_GETARG_DATUM(1)};
	char *command =
		psprintf("DELETE FROM %s WHERE id OPERATOR(pg_catalog.=) ANY ($1)", gdpr_table_name(relid));

	PG_RETURN_INT64(change_rows(relid, command, false, 1, types, values));
}

Datum
gdpr_sweep_archived(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	Oid types[2] = {TIMESTAMPTZOID, UUIDARRAYOID};
	Datum values[2] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char *command = psprintf("DELETE FROM %s WHERE until OPERATOR(pg_catalog.<=) $1 "
							 "AND id OPERATOR(pg_catalog.<>) ALL ($2)",
							 gdpr_table_name(relid));

	PG_RETURN_INT64(change_rows(relid, command, false, 2, types, values));
}
