/*
 * suppression.h
 *		The suppression list: identifiers that must not come back, as keyed hashes of their tokens.
 */
#ifndef GDPR_SUPPRESSION_H
#define GDPR_SUPPRESSION_H

#include "gdpr.h"
#include "pii/class.h"

/* What the list holds of an identifier that is on it for every channel, else NULL; cheap while the list is empty. */
extern bytea *gdpr_suppressed(const GdprClass *class, const uint8 *token);

/* Raises ZG007 when it is. */
extern void gdpr_suppression_check(const GdprClass *class, const uint8 *token);

#endif /* GDPR_SUPPRESSION_H */
