/*
 * lawful.h
 *		What a row's tag must allow before the row is written.
 */
#ifndef GDPR_LAWFUL_H
#define GDPR_LAWFUL_H

#include "gdpr.h"
#include "access/binding.h"
#include "pii/class.h"

/*
 * Consent comes before collection: some purpose of the tag must have a lawful basis for the subject now, who was
 * created in this statement or not. Raises 23514 for an empty tag, ZG004 without a basis, and what forbids every
 * purpose where that is an objection (ZG005) or a restriction (ZG006).
 */
extern void gdpr_require_lawful_basis(const struct varlena *tag, int64 subject, bool created);

/*
 * Purposes that come into the tag: of a new row (old NULL) those beyond what its table was declared for, of another all
 * that it did not have. Raises ZG003 for one that is unknown or not granted to the current user, and for one that the
 * data were not collected for, without consent or an assessment of compatibility.
 */
extern void gdpr_require_added(const Binding *binding, const struct varlena *old, const struct varlena *tag,
							   int64 subject);

/* Has the tag purposes beyond what the table was declared for? */
extern bool gdpr_is_widened(const Binding *binding, const struct varlena *tag);

/*
 * A special category, or a national number, needs a purpose in the tag that may have it: ZG010 or ZG012 otherwise.
 * canonical is NULL where the value was not opened.
 */
extern void gdpr_require_class(const struct varlena *tag, const GdprClass *class, const char *canonical,
							   size_t len);

#endif /* GDPR_LAWFUL_H */
