/*
 * policy.h
 *		The one decision: may this role, for this purpose, process this subject, now, and why not.
 *		Behind reveal, the row filter, writing and may_process stands the same code.
 */
#ifndef GDPR_POLICY_H
#define GDPR_POLICY_H

#include "gdpr.h"
#include "datatype/timestamp.h"
#include "pii/class.h"
#include "purpose/purpose.h"

/*
 * The compact permission set kept in gdpr.subject.permissions, written by gdpr_internal.refresh_permissions() in
 * policy.sql; everything big endian. NULL is the empty set.
 *
 *		 offset  size
 *		   0      1   version (1)
 *		   1      1   flags: 1 = restricted (Art. 18)
 *		   2    16n   entries:  4 purpose number, 2 kind, 2 channels (bit n = value n of gdpr.channel),
 *							    8 until (timestamptz, int64 maximum = no end)
 */
#define PERMISSION_VERSION	  1
#define PERMISSION_RESTRICTED 0x01
#define PERMISSION_HEADER	  2
#define PERMISSION_ENTRY	  16
#define PERMISSION_CONSENT	  1 /* a valid consent */
#define PERMISSION_OBJECTION  2 /* an objection that stands */
#define PERMISSION_OPT_OUT	  3 /* of automated decisions (Art. 22): an objection whatever the basis */

#define GDPR_ANY_CHANNEL	  0xffff /* asked without a channel: any will do */
#define GDPR_CHANNEL_BIT_ANY  0x0001 /* given for every channel */

typedef enum GdprReason
{
	GDPR_ALLOWED,
	GDPR_DENIED_PURPOSE_UNSET,	  /* ZG001 */
	GDPR_DENIED_NOT_GRANTED,	  /* ZG002 */
	GDPR_DENIED_NOT_TAGGED,		  /* ZG003 */
	GDPR_DENIED_NO_BASIS,		  /* ZG004 */
	GDPR_DENIED_OBJECTION,		  /* ZG005 */
	GDPR_DENIED_RESTRICTED,		  /* ZG006 */
	GDPR_DENIED_SPECIAL_CATEGORY, /* ZG010 */
	GDPR_DENIED_NATIONAL_NUMBER,  /* ZG012 */
	GDPR_DENIED_LIMIT,			  /* 53400; this and the next are src/audit/limit.c's */
	GDPR_DENIED_HOURS			  /* 53400 */
} GdprReason;

/* What the session asks for: its purpose, and what the current user may do with it. */
typedef struct GdprClaim
{
	GdprPurpose purpose; /* unset when reason is not GDPR_ALLOWED */
	GdprGrant grant;
	GdprReason reason; /* steps 1 and 2 */
} GdprClaim;

extern void gdpr_policy_init(void);

/* Steps 1 and 2 for the session's purpose, or for the one named. Valid until the next call. */
extern const GdprClaim *gdpr_policy_claim(void);
extern void gdpr_policy_claim_for(const char *purpose, GdprClaim *claim);

/* Steps 4 to 6: the purpose against the subject's permission set; 0 is no person, and all is allowed. */
extern GdprReason gdpr_policy_subject(const GdprPurpose *purpose, int64 subject);

/* The same for the claim that gdpr_policy_claim() just answered. */
extern GdprReason gdpr_policy_claimed(const GdprClaim *claim, int64 subject);

/* The same from a permission set, for one channel, at a moment; *until says how long the answer holds. */
extern GdprReason gdpr_policy_judge(const GdprPurpose *purpose, const uint8 *permissions, size_t len,
									uint16 channels, TimestampTz now, TimestampTz *until);

/* Step 7: what the class of the value asks of the purpose; canonical may be NULL before the value is opened. */
extern GdprReason gdpr_policy_class(const GdprPurpose *purpose, const GdprClass *class, const char *canonical,
									size_t len);

/* Raise the error of a reason; the hint names what fixes it. purpose may be NULL. */
extern void gdpr_policy_refuse(GdprReason reason, const char *purpose) pg_attribute_noreturn();

/* "no valid consent" and the like, for explanations. */
extern const char *gdpr_policy_reason_text(GdprReason reason);

#endif /* GDPR_POLICY_H */
