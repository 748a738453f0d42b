/*
 * class_text.h
 *		The server's side of class.h: encoding, Unicode normalisation, settings, errors.
 */
#ifndef GDPR_CLASS_TEXT_H
#define GDPR_CLASS_TEXT_H

#include "compat.h"
#include "gdpr.h"
#include "pii/class.h"

/* Setting gdpr.default_country; from _PG_init. */
extern void gdpr_class_init(void);

/*
 * Validate and normalise text in the server's encoding. Returns the canonical form in UTF-8, palloc'd, not
 * terminated. Raises 22P02, 22007, 22001 or 22008 without the value, its length or any part of it, and hides the
 * statement in the server log.
 */
extern char *gdpr_class_normalise(const GdprClass *class, const char *in, size_t len, size_t *out_len);

/* The same without raising: what was wrong. out may be NULL. */
extern GdprCheck gdpr_class_check(const GdprClass *class, const char *in, size_t len, char **out,
								  size_t *out_len);

/* No value of the class: nothing, or white space alone. Free text and bytes may be empty. */
extern bool gdpr_class_is_empty(const GdprClass *class, const char *in, size_t len);

/* What decides equality, from the canonical form; palloc'd. */
extern char *gdpr_class_fold(const GdprClass *class, const char *canonical, size_t len, size_t *out_len);

/* The mask of a canonical form as text in the server's encoding; palloc'd. */
extern char *gdpr_class_mask(const GdprClass *class, const char *canonical, size_t len, size_t *out_len);

/* Text in the server's encoding as UTF-8; NULL when it is none. May return its argument. */
extern char *gdpr_class_from_server(const char *in, size_t len, size_t *out_len);

/* Text in UTF-8 in the server's encoding; NULL when it cannot be written in it. May return its argument. */
extern char *gdpr_class_to_server(const char *utf8, size_t len, size_t *out_len);

/* For checks that belong to no class (class_call.c). */
typedef GdprCheck (*GdprNormalise)(const char *in, size_t len, const GdprContext *context, GdprBuffer *out);

extern void gdpr_class_context(GdprContext *context);
extern GdprCheck gdpr_class_run(GdprNormalise normalise, GdprTidy tidy, const GdprContext *context,
								const char *in, size_t len, char **out, size_t *out_len);
extern void gdpr_class_raise(GdprCheck check, const char *label, const char *hint) pg_attribute_noreturn();

#endif /* GDPR_CLASS_TEXT_H */
