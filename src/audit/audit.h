/*
 * audit.h
 *		Who saw whom, and the proof of it: what the other rooms call.
 */
#ifndef GDPR_AUDIT_H
#define GDPR_AUDIT_H

#include "gdpr.h"

/* Settings, hooks and workers of the room; from _PG_init. */
extern void gdpr_audit_init(void);

/* anchor.c */
extern void gdpr_anchor_init(void);

#endif							/* GDPR_AUDIT_H */
