/*
 * text.c
 *		Free text, health data and bytes: everything is valid, nothing is shown by a mask.
 */
#include "pii/classes/classes.h"
#include "pii/classes/utf8.h"

void
gdpr_hidden_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	gdpr_put_string(out, GDPR_HIDDEN);
}
