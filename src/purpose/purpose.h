/*
 * purpose.h
 *		Purposes, grants and the session's purpose, as the policy reads them: cached per backend, dropped whole
 *		when the marker relation gdpr.marker_purpose is invalidated or role membership changes.
 */
#ifndef GDPR_PURPOSE_H
#define GDPR_PURPOSE_H

#include "gdpr.h"

typedef enum GdprBasis
{
	GDPR_BASIS_CONSENT,				/* Art. 6(1)(a) */
	GDPR_BASIS_CONTRACT,			/* (b) */
	GDPR_BASIS_LEGAL_OBLIGATION,	/* (c) */
	GDPR_BASIS_VITAL_INTERESTS,		/* (d) */
	GDPR_BASIS_PUBLIC_TASK,			/* (e) */
	GDPR_BASIS_LEGITIMATE_INTERESTS /* (f) */
} GdprBasis;

typedef struct GdprPurpose
{
	int32 number;
	char name[NAMEDATALEN];
	GdprBasis basis;
	bool direct_marketing;	  /* an objection is absolute, Art. 21(3) */
	bool despite_restriction; /* storage, legal claims, protection of others, Art. 18(2) */
	bool special_category;	  /* an Art. 9(2) condition is recorded */
	bool national_number;	  /* an authorisation row for the national number is valid today */
} GdprPurpose;

typedef enum GdprGrant
{
	GDPR_GRANT_NONE,
	GDPR_GRANT_MASKED,
	GDPR_GRANT_FULL
} GdprGrant;

/* Setting gdpr.purpose, invalidation callbacks; from _PG_init. */
extern void gdpr_purpose_init(void);

/*
 * The purpose this session states: NULL when unset or empty; raises ZG002 when unknown and missing_ok is false,
 * NULL otherwise. Valid until the next call into this file.
 */
extern const GdprPurpose *gdpr_purpose_current(bool missing_ok);
extern const char *gdpr_purpose_setting(void); /* the raw setting, "" when unset */

extern const GdprPurpose *gdpr_purpose_by_name(const char *name); /* NULL when unknown */
extern const GdprPurpose *gdpr_purpose_by_number(int32 number);	  /* NULL when unknown */

/*
 * For the text form of purpose sets: every purpose ever, also one that has ended or not begun, which the two
 * functions above treat as unknown. 0 and NULL when there is none. Works in logical decoding too.
 */
extern int32 gdpr_purpose_number_of(const char *name);
extern const char *gdpr_purpose_name_of(int32 number);

/* The form of a name: a lower-case identifier that fits type name. */
extern bool gdpr_purpose_name_valid(const char *name);

/* A name as a message may repeat it: what cannot be a purpose's name may be a value in the wrong place. */
extern const char *gdpr_purpose_name_to_show(const char *name);

/* Built-in purposes are numbered below, the same in every database; the user's own from here on. */
#define GDPR_FIRST_USER_PURPOSE 1000

/* The highest level granted to the role, directly or through membership; superusers are no one special. */
extern GdprGrant gdpr_purpose_granted(Oid role, int32 purpose);

/* True when the role holds any grant at all: who may seal a plaintext. */
extern bool gdpr_purpose_granted_any(Oid role);

/* ZG002 unless the current role was granted this domain of pseudonyms (domain.c). */
extern void gdpr_require_domain(const char *domain);

/* Changes whenever a purpose, grant, membership or the setting gdpr.purpose changed: key of derived caches. */
extern uint64 gdpr_purpose_generation(void);

/* Tell every backend, from the moment this transaction commits, that purposes or grants changed. */
extern void gdpr_purpose_changed(void);

#endif /* GDPR_PURPOSE_H */
