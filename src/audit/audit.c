/*
 * audit.c
 *		The features of the room, each in a file of its own.
 */
#include "audit/audit.h"

void
gdpr_audit_init(void)
{
	gdpr_anchor_init();
}
