/*
 * access.h
 *		Where sealed values meet people: revealing, the row filter, binding, what a client and the log may see.
 */
#ifndef GDPR_ACCESS_H
#define GDPR_ACCESS_H

#include "gdpr.h"
#include "pii/seal.h"
#include "policy/policy.h"
#include "utils/date.h"

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

/* An opened plaintext as text in the server's encoding; takes it over. */
extern text *gdpr_plain_text(GdprPlain *plain);

/*
 * The same for looking alone: the ledger counts no reveal, since the statement is recorded as a search or shows what
 * its client typed. What the policy refuses is NULL unless it is to raise as reveal does.
 */
extern text *gdpr_look_inside(struct varlena *value, const GdprClaim *claim, bool raise);

/* What gdpr.output shows a client of a value inside something else; NULL where that is gdpr.on_denied's answer. */
extern text *gdpr_client_text_of(struct varlena *value);

/* The date that the plaintext of a birth date is; false when only its year or its month is known. */
extern bool gdpr_date_of_text(text *plain, DateADT *date);

/* What reveal would answer, without opening the value. */
extern GdprReason gdpr_reveal_reason(struct varlena *value, const GdprClaim *claim);

/* output.c */
extern void gdpr_output_init(void);

/* Does the session want plaintext where the policy allows it? Never while decoding the log, and for no dump. */
extern bool gdpr_output_reveals(void);

/* How many statements are at work one inside the other, and the parts of one: the planner, a phase of the executor. */
extern int gdpr_statement_depth(void);

/* Is a statement that changes rows running inside another one? */
extern bool gdpr_changes_inside(void);

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
