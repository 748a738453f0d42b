/*
 * audit.c
 *		The features of the room, each in a file of its own.
 */
#include "audit/audit.h"

#include "audit/limit.h"
#include "audit/spool.h"
#include "audit/worker.h"

void
gdpr_audit_init(void)
{
	gdpr_spool_init();
	gdpr_limit_init();
	gdpr_collect_init();
	gdpr_audit_worker_init();
}
