/*
 * gdpr.c
 *		Entry point of the library: the list of topics.
 */
#include "gdpr.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "access/access.h"
#include "audit/audit.h"
#include "crypto/keyring.h"
#include "discovery/discovery.h"
#include "hooks.h"
#include "invalidation.h"
#include "ledger/anchor.h"
#include "pii/class_text.h"
#include "purpose/purpose.h"
#include "retention/retention.h"
#include "rights/journal.h"
#include "rights/plan.h"
#include "subject/cache.h"
#include "subject/key_text.h"
#include "subject/keys_in_use.h"
#include "subject/marker.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	gdpr_invalidation_init();
	gdpr_catalog_init();
	gdpr_keyring_init();
	gdpr_anchor_init();
	gdpr_key_text_init();
	gdpr_marker_init();
	gdpr_subject_cache_init();
	gdpr_keys_asked_init();
	gdpr_class_init();
	gdpr_purpose_init();
	gdpr_audit_init();
	gdpr_access_init();
	gdpr_journal_init();
	gdpr_plan_init();
	gdpr_retention_init();
	gdpr_discovery_init();
	gdpr_hooks_install();

	MarkGUCPrefixReserved("gdpr");
}
