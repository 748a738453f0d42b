/*
 * suppression.h
 *		The suppression list: identifiers that must not come back, as keyed hashes of their tokens.
 */
#ifndef GDPR_SUPPRESSION_H
#define GDPR_SUPPRESSION_H

#include "gdpr.h"
#include "pii/class.h"

/* Raises ZG007 when the identifier is on the list for every channel; cheap while the list is empty. */
extern void gdpr_suppression_check(const GdprClass *class, const uint8 *token);

#endif /* GDPR_SUPPRESSION_H */
