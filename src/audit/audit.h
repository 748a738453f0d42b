/*
 * audit.h
 *		Reads of personal data: what the other rooms call.
 */
#ifndef GDPR_AUDIT_H
#define GDPR_AUDIT_H

#include "gdpr.h"
#include "nodes/pg_list.h"
#include "policy/policy.h"

/* Settings, hooks and workers of the room; from _PG_init. */
extern void gdpr_audit_init(void);

/* collect.c */
extern void gdpr_collect_init(void);

/*
 * A value of a subject (0 = of no one) is about to be shown, or its mask when that is what the claim grants. Raises
 * when it cannot be recorded and the settings say that it must be.
 */
extern void gdpr_collect_seen(const GdprClaim *claim, int class_id, int64 subject);

/*
 * A condition that opens values found a subject. Who asks for the first letter, and the next, learns the name without
 * having been shown it: it counts for the limits of reading as being seen does.
 */
extern void gdpr_collect_found(const GdprClaim *claim, int64 subject);

/* The policy refused. */
extern void gdpr_collect_denied(GdprReason reason, const GdprClaim *claim);

/* The same, and raises what the policy says. */
extern void gdpr_collect_refuse(GdprReason reason, const GdprClaim *claim) pg_attribute_noreturn();

/* A statement over these relations searches for values of classes, given as bits. Raises as above. */
extern void gdpr_collect_searched(uint32 classes, List *relation_oids);

#endif /* GDPR_AUDIT_H */
