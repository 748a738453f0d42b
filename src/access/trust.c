/*
 * trust.c
 *		What belongs to others does not run with the extension's rights.
 *
 *		Functions of the extension read the tables of others with the rights of its owner, a superuser: for a copy, an
 *		erasure, a finding. Reading can run code that the table's owner wrote: a cast to json, an operator, a view in
 *		the place of a table. So while the extension's own rights are at work a function runs only when it belongs to a
 *		superuser, or runs with its own owner's rights anyway.
 *
 *		That they are at work is a bit in the security context, set where they are taken: by gdpr_take_own_rights() in
 *		C, and here when a SECURITY DEFINER function of our schemas begins. So it comes and goes with the user, also
 *		after errors and in parallel workers, and is left out where a change runs with the rights of a table's owner.
 *
 *		A function that is looked up under the bit is called through fmgr_security_definer(), where it is refused when
 *		it is really called: the expressions of an index are looked up by the planner, and not called.
 */
#include "access/access.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "hooks.h"

/*
 * The planner keeps the expressions of an index as it simplified them, and would find that index no more in a plan
 * that inlines the function it could not inline for us: what it keeps is forgotten afterwards.
 */
static bool kept_from_inlining = false;

static void
mark_own_rights(void)
{
	Oid user;
	int context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(user, context | GDPR_SECURITY_OWN_RIGHTS);
}

static bool
may_run(Oid function, bool *in_sql)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool may;

	if (!HeapTupleIsValid(tuple))
		return true; /* its caller says so better */
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	may = proc->prosecdef || proc->proowner == GetUserId() || superuser_arg(proc->proowner);
	if (in_sql)
		*in_sql = proc->prolang == SQLlanguageId;
	ReleaseSysCache(tuple);
	return may;
}

static bool
watched(Oid function)
{
	bool in_sql;

	if (!gdpr_own_rights_at_work() || may_run(function, &in_sql))
		return false;
	kept_from_inlining |= in_sql;
	return true;
}

static void
check(Oid function)
{
	if (!gdpr_own_rights_at_work() || may_run(function, NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("function %s cannot run with the rights of the extension's owner",
					format_procedure(function)),
			 errdetail("A column, view or operator calls it where the extension reads for another role, and "
					   "it does not belong to a superuser."),
			 errhint("Drop the cast, operator or view that calls it, or, having read it, ALTER FUNCTION ... "
					 "OWNER TO a superuser.")));
}

static bool
is_ours(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool ours;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	ours = proc->prosecdef && gdpr_schema_is_ours(proc->pronamespace);
	ReleaseSysCache(tuple);
	return ours;
}

static void
forget_simplified(void)
{
	if (kept_from_inlining)
	{
		kept_from_inlining = false;
		InvalidateSystemCaches();
	}
}

static const GdprFunctionCalls calls = {.watched = watched,
										.marked = is_ours,
										.check = check,
										.begun = mark_own_rights,
										.ended = forget_simplified};

void
gdpr_trust_init(void)
{
	gdpr_hook_functions(&calls);
}
