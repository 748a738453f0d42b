/*
 * document.h
 *		The values inside a JSON or XML document, with their paths. No server here.
 */
#ifndef GDPR_DISCOVERY_DOCUMENT_H
#define GDPR_DISCOVERY_DOCUMENT_H

#include <stddef.h>

#define GDPR_PATH_BYTES 200

/*
 * Called for each string and number: where it is ($.contact.emails[*], or /order/customer/@id), the key it stands
 * under (empty directly under the root), and the value in UTF-8.
 */
typedef void (*GdprDocumentValue)(void *state, const char *path, const char *key, size_t key_len,
								  const char *value, size_t value_len);

/* Reads what it can of a text, well-formed or not; deeper than 12 levels nothing is looked at. */
extern void gdpr_read_document(const char *text, size_t len, GdprDocumentValue found, void *state);

#endif /* GDPR_DISCOVERY_DOCUMENT_H */
