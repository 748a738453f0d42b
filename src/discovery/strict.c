/*
 * strict.c
 *		The setting that makes a classification a condition of adding a column; classify.sql asks for it.
 */
#include "gdpr.h"

#include "utils/guc.h"

#include "discovery/discovery.h"

static bool require_classification = false;

void
gdpr_discovery_init(void)
{
	DefineCustomBoolVariable(
		"gdpr.require_classification", "Refuse columns of protected tables that have no classification.",
		"Off, such a column is a finding of gdpr.status(); on, gdpr.classify() comes before "
		"ALTER TABLE ... ADD COLUMN.",
		&require_classification, false, PGC_SUSET, 0, NULL, NULL, NULL);
}
