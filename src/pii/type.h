/*
 * type.h
 *		What other rooms need of the PII types' text form.
 */
#ifndef GDPR_TYPE_H
#define GDPR_TYPE_H

#include "gdpr.h"

#include "fmgr.h"

#include "pii/class.h"

/*
 * Asked by the output function for every value: the text a client may see instead of the sealed text, NULL for
 * the sealed text.
 */
typedef char *(*gdpr_output_hook_type)(struct varlena *value);
extern gdpr_output_hook_type gdpr_output_hook;

/* "gdpr1:...", and back: raises 22P02 for anything that is not a sealed value of the class. */
extern char *gdpr_sealed_text(struct varlena *value);
extern struct varlena *gdpr_sealed_of_text(const GdprClass *class, const char *text, size_t len);

/* What a person typed: either of the two, the plaintext sealed as unbound. */
extern struct varlena *gdpr_sealed_from_text(const GdprClass *class, const char *text, size_t len);

/* The class of what a function returns, or of the elements of that array; remembered within an expression. */
extern const GdprClass *gdpr_class_of_result(FunctionCallInfo fcinfo, bool array);

/* The subject of a stored value without reading all of it; 0 unbound, -1 malformed. */
extern int64 gdpr_datum_subject(Datum datum);

#endif /* GDPR_TYPE_H */
