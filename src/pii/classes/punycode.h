/*
 * punycode.h
 *		International domain labels (RFC 3492).
 */
#ifndef GDPR_PUNYCODE_H
#define GDPR_PUNYCODE_H

#include "pii/class.h"

/* Appends the label that an xn-- label stands for, in lower case; appends nothing and is false if it is none. */
extern bool gdpr_punycode_decode(const char *label, size_t len, GdprBuffer *out);

#endif /* GDPR_PUNYCODE_H */
