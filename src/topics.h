/*
 * topics.h
 *		The topics of the extension, each set up once when the library is loaded.
 */
#ifndef GDPR_TOPICS_H
#define GDPR_TOPICS_H

#include "crypto/keyring.h"
#include "pii/class_text.h"
#include "purpose/purpose.h"
#include "subject/marker.h"
#include "subject/cache.h"
#include "audit/audit.h"
#include "access/access.h"
#include "rights/journal.h"
#include "retention/retention.h"

static inline void
gdpr_topics_init(void)
{
	gdpr_keyring_init();
	gdpr_marker_init();
	gdpr_subject_cache_init();
	gdpr_class_init();
	gdpr_purpose_init();
	gdpr_audit_init();
	gdpr_access_init();
	gdpr_journal_init();
	gdpr_retention_init();
}

#endif /* GDPR_TOPICS_H */
