/*
 * checks.h
 *		Checks by name that are no types: the kinds within a class (be_bis, imei, ...) and numbers around a person.
 */
#ifndef GDPR_CHECKS_H
#define GDPR_CHECKS_H

#include "pii/class.h"

typedef struct GdprNamedCheck
{
	const char *name;  /* "be_national_number" */
	const char *label; /* for messages: "Belgian national register number" */
	const char *hint;  /* what a good value looks like */
	GdprCheck (*normalise)(const char *in, size_t len, const GdprContext *context, GdprBuffer *out);
} GdprNamedCheck;

/* Longest text that a check by name looks at, in bytes. */
#define GDPR_CHECK_MAX_LEN 200

extern int gdpr_check_count(void);
extern const GdprNamedCheck *gdpr_check_at(int i);
extern const GdprNamedCheck *gdpr_check_by_name(const char *name);

#endif /* GDPR_CHECKS_H */
