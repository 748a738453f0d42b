/*
 * domain.c
 *		Which role makes pseudonyms of a domain. A role that may ask for the pseudonym of any value finds out whose each
 *		pseudonym is: so a domain is granted, as a purpose is.
 */
#include "gdpr.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "purpose/purpose.h"
#include "purpose/purpose_table.h"

/* The last that was granted, good for the role and for the generation of purposes, grants and memberships. */
static char *kept_domain = NULL;
static Oid kept_role = InvalidOid;
static uint64 kept_generation = 0;

/* In the latest state, memberships followed. */
static bool
is_granted(const char *domain, Oid role)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_PSEUDONYM_GRANT), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;
	bool granted = false;

	while (!granted && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool isnull;
		Datum name = heap_getattr(tuple, PSEUDONYM_GRANT_DOMAIN, RelationGetDescr(rel), &isnull);
		Oid to = DatumGetObjectId(heap_getattr(tuple, PSEUDONYM_GRANT_ROLE, RelationGetDescr(rel), &isnull));

		granted = strcmp(TextDatumGetCString(name), domain) == 0 && is_member_of_role_nosuper(role, to);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return granted;
}

/* Superusers are excepted, as for sealing: this could not stop them. */
void
gdpr_require_domain(const char *domain)
{
	Oid role = GetUserId();
	uint64 generation = gdpr_purpose_generation();
	char *copy;

	if (kept_domain && kept_generation == generation && kept_role == role && strcmp(kept_domain, domain) == 0)
		return;
	if (!superuser() && !is_granted(domain, role))
		ereport(ERROR, (errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED),
						errmsg("pseudonyms of this domain are not granted to role \"%s\"",
							   GetUserNameFromId(role, false)),
						errhint("SELECT gdpr.grant_domain('<domain>', '<role>'); lets a role make them.")));
	copy = MemoryContextStrdup(TopMemoryContext, domain);
	if (kept_domain)
		pfree(kept_domain);
	kept_domain = copy;
	kept_role = role;
	kept_generation = generation;
}
