/*
 * access.h
 *		Where sealed values meet people: revealing, the row filter, binding, what a client and the log may see.
 */
#ifndef GDPR_ACCESS_H
#define GDPR_ACCESS_H

#include "gdpr.h"
#include "pii/seal.h"
#include "policy/policy.h"

typedef enum GdprOnDenied
{
	GDPR_ON_DENIED_ERROR,
	GDPR_ON_DENIED_NULL,
	GDPR_ON_DENIED_MASK
} GdprOnDenied;

/* Settings and hooks of the room; from _PG_init. */
extern void gdpr_access_init(void);

/* reveal.c */
extern int gdpr_on_denied;
extern void gdpr_reveal_init(void);

/*
 * The plaintext of a sealed value in the server's encoding, its mask for a masked grant, or what gdpr.on_denied
 * says when the policy refuses: raise, NULL, or a mask that shows nothing. The one way to plaintext.
 */
extern text *gdpr_reveal_text_of(struct varlena *value, const GdprClaim *claim);

/*
 * The same without a form: opened when the policy allows. Otherwise raises, or answers false when gdpr.on_denied
 * says not to. Free plain with gdpr_plain_free.
 */
extern bool gdpr_reveal_open(struct varlena *value, const GdprClaim *claim, Sealed *sealed, GdprPlain *plain);

/* What reveal would answer, without opening the value. */
extern GdprReason gdpr_reveal_reason(struct varlena *value, const GdprClaim *claim);

/* output.c */
extern void gdpr_output_init(void);

/* True while a statement with ON CONFLICT runs: its proposed rows may never appear. */
extern bool gdpr_upsert_running;

/* binding.c */
extern void gdpr_binding_init(void);

/* bind.c */

/*
 * True while erasure settles rows that outlive a person: its UPDATE says itself whose they are, with every value
 * sealed for that subject, and the binding trigger lets it pass.
 */
extern bool gdpr_settling;

/* log.c */
extern void gdpr_log_init(void);

/* utility.c */
extern void gdpr_utility_init(void);

/* guard.c */
extern void gdpr_guard_init(void);

/* trust.c */
extern void gdpr_trust_init(void);

#endif /* GDPR_ACCESS_H */
