/*
 * strict.c
 *		The setting that makes a retention rule a condition of protecting a table; strict.sql asks for it.
 */
#include "gdpr.h"

#include "utils/guc.h"

#include "retention/retention.h"

static bool require_retention = false;

void
gdpr_retention_init(void)
{
	DefineCustomBoolVariable(
		"gdpr.require_retention",
		"Refuse to protect a table while a purpose of its rows has no retention rule.",
		"Off, such a purpose is a finding of gdpr.status(); on, the transaction that protects "
		"the table must set a rule for each of its purposes.",
		&require_retention, false, PGC_SUSET, 0, NULL, NULL, NULL);
}
