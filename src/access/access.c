/*
 * access.c
 *		The features of the room, each in a file of its own.
 */
#include "access/access.h"

#include "access/copies.h"
#include "access/ended.h"
#include "access/held.h"
#include "access/quarantine.h"
#include "access/rewrite.h"
#include "access/search_column.h"

void
gdpr_access_init(void)
{
	gdpr_policy_init();
	gdpr_reveal_init();
	gdpr_output_init();
	gdpr_copies_init();
	gdpr_rewrite_init();
	gdpr_binding_init();
	gdpr_search_column_init();
	gdpr_ended_init();
	gdpr_held_init();
	gdpr_quarantine_init();
	gdpr_log_init();
	gdpr_utility_init();
	gdpr_guard_init();
	gdpr_trust_init();
}
