/*
 * lawful.c
 *		May a row be kept for one of the purposes in its tag (see lawful.h)?
 */
#include "access/lawful.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"

#include "access/binding.h"
#include "policy/policy.h"
#include "purpose/purpose.h"
#include "purpose/purpose_set.h"

/* What forbids every purpose of a row, in the order in which it is told; a missing consent is the least of it. */
static int
weight(GdprReason reason)
{
	return reason == GDPR_DENIED_RESTRICTED ? 3 : reason == GDPR_DENIED_OBJECTION ? 2 : 1;
}

/* Is there a purpose that the row may be kept for? Otherwise worst says why not. */
static bool
has_lawful_basis(const struct varlena *tag, int64 subject, bool created, GdprReason *worst,
				 GdprPurpose *refused)
{
	*worst = GDPR_DENIED_NO_BASIS;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < PURPOSE_SET_COUNT(tag); i++)
		{
			const GdprPurpose *found = gdpr_purpose_by_number(gdpr_purpose_set_member(tag, i));
			GdprPurpose purpose;
			GdprReason reason;

			if (found == NULL)
				continue;
			purpose = *found;

			/* a person created a moment ago gave no consent and raised no objection: nothing to look up */
			if (pass == 0 && created && purpose.basis != GDPR_BASIS_CONSENT)
				return true;
			if (pass == 0)
				continue;
			reason = gdpr_policy_subject(&purpose, subject);
			if (reason == GDPR_ALLOWED)
				return true;
			if (weight(reason) > weight(*worst))
			{
				*worst = reason;
				*refused = purpose;
			}
		}
	return false;
}

void
gdpr_require_lawful_basis(const struct varlena *tag, int64 subject, bool created)
{
	GdprReason worst;
	GdprPurpose refused = {0};

	if (PURPOSE_SET_COUNT(tag) == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("a row of a protected table must be collected for at least one purpose"),
						errhint("Set column \"%s\".", GDPR_TAG_COLUMN)));
	if (has_lawful_basis(tag, subject, created, &worst, &refused))
		return;
	if (worst != GDPR_DENIED_NO_BASIS)
		gdpr_policy_refuse(worst, refused.name);
	ereport(
		ERROR,
		(errcode(ERRCODE_ZG004_NO_LAWFUL_BASIS),
		 errmsg("no purpose of the row has a lawful basis for this person now"),
		 errdetail("Consent comes before collection."),
		 errhint(
			 "Record the consent first: SELECT gdpr.give_consent(...); it may name a person whose row does "
			 "not exist yet.")));
}

static bool
is_declared(const Binding *binding, int32 purpose)
{
	for (int i = 0; i < binding->declared_count; i++)
		if (binding->declared[i] == purpose)
			return true;
	return false;
}

bool
gdpr_is_widened(const Binding *binding, const struct varlena *tag)
{
	for (int i = 0; i < PURPOSE_SET_COUNT(tag); i++)
		if (!is_declared(binding, gdpr_purpose_set_member(tag, i)))
			return true;
	return false;
}

static void
ask_for_added(const Binding *binding, Datum *added, int count, int64 subject, bool is_new)
{
	Oid types[5] = {OIDOID, REGCLASSOID, INT8OID, INT4ARRAYOID, BOOLOID};
	Datum values[5] = {ObjectIdGetDatum(GetUserId()), ObjectIdGetDatum(binding->relid),
					   Int64GetDatum(subject),
					   PointerGetDatum(
						   construct_array(added, count, INT4OID, sizeof(int32), true, TYPALIGN_INT)),
					   BoolGetDatum(is_new)};

	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.require_added($1, $2, $3, $4, $5)", 5, types, values, NULL,
							 1);
	SPI_finish();
}

void
gdpr_require_added(const Binding *binding, const struct varlena *old, const struct varlena *tag,
				   int64 subject)
{
	Datum added[GDPR_PURPOSES_MAX];
	int count = 0;

	if (gdpr_own_rights_at_work())
		return; /* a run of retention, an erasure: they add none that anyone chose */
	for (int i = 0; i < PURPOSE_SET_COUNT(tag) && count < GDPR_PURPOSES_MAX; i++)
	{
		int32 purpose = gdpr_purpose_set_member(tag, i);

		if (old ? !gdpr_purpose_set_contains(old, purpose) : !is_declared(binding, purpose))
			added[count++] = Int32GetDatum(purpose);
	}
	if (count > 0)
		ask_for_added(binding, added, count, subject, old == NULL);
}

void
gdpr_require_class(const struct varlena *tag, const GdprClass *class, const char *canonical, size_t len)
{
	GdprReason reason = GDPR_ALLOWED;
	const char *purpose = "";

	for (int i = 0; i < PURPOSE_SET_COUNT(tag); i++)
	{
		const GdprPurpose *found = gdpr_purpose_by_number(gdpr_purpose_set_member(tag, i));

		if (found == NULL)
			continue;
		reason = gdpr_policy_class(found, class, canonical, len);
		purpose = found->name;
		if (reason == GDPR_ALLOWED)
			return;
	}
	if (reason != GDPR_ALLOWED)
		gdpr_policy_refuse(reason, purpose);
}
