/*
 * country.h
 *		Countries (ISO 3166-1) and what their postal codes look like.
 */
#ifndef GDPR_COUNTRY_H
#define GDPR_COUNTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "pii/class.h"

/* True for an officially assigned code in capitals, and XK: GB, not UK. */
extern bool gdpr_country_known(const char *code, size_t len);

/*
 * True when the text is a postal code of the country; appends its usual form to out unless that is NULL. A country
 * without a rule takes 2 to 12 letters and digits.
 */
extern bool gdpr_postal_code_read(const char *country, const char *in, size_t len, GdprBuffer *out);

/* True for countries whose addresses nearly all have a code. */
extern bool gdpr_postal_code_usual(const char *country);

/* False for countries whose addresses put the code behind the locality. */
extern bool gdpr_postal_code_leads(const char *country);

#endif /* GDPR_COUNTRY_H */
