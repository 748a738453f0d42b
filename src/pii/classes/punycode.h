/*
 * punycode.h
 *		International domain labels (RFC 3492).
 */
#ifndef GDPR_PUNYCODE_H
#define GDPR_PUNYCODE_H

#include "pii/class.h"

/* Appends the label that an xn-- label stands for, in lower case; appends nothing and is false if it is none. */
extern bool gdpr_punycode_decode(const char *label, size_t len, GdprBuffer *out);

/* Appends the xn-- label of one in lower case that has letters beyond ASCII; false when it is too long for a label. */
extern bool gdpr_punycode_encode(const char *label, size_t len, GdprBuffer *out);

#endif /* GDPR_PUNYCODE_H */
