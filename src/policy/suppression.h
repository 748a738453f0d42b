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

/*
 * May what is on it be written all the same, for this person (0 = one who is not known), in a row with this tag? An
 * import brings no one in.
 */
extern bool gdpr_may_be_written(bytea *hash, int64 subject, Oid subject_table, const struct varlena *tag,
								bool import);

/* Raises ZG007. */
extern void gdpr_suppression_refuse(const GdprClass *class) pg_attribute_noreturn();

#endif /* GDPR_SUPPRESSION_H */
