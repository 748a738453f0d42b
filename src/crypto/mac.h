/*
 * mac.h
 *		HMAC-SHA-256, for tokens (a blind index), derived keys, pseudonyms and fingerprints.
 */
#ifndef GDPR_MAC_H
#define GDPR_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GDPR_MAC_LEN 32

/* A keyed context, kept so that a token costs one message and no key set-up. */
typedef struct GdprMac GdprMac;

extern GdprMac *gdpr_mac_new(const uint8_t key[32]); /* NULL when OpenSSL fails */
extern bool gdpr_mac(GdprMac *mac, const void *message, size_t len, uint8_t out[GDPR_MAC_LEN]);
extern void gdpr_mac_free(GdprMac *mac);

/*
 * Derive a key or value: HMAC(key, use 0x00 first 0x00 second). `use` is the label of what it is for
 * ("token", "unbound", "pseudonym", "suppression"), first and second say which (class, domain); NULL is "".
 */
extern bool gdpr_derive(const uint8_t key[32], const char *use, const char *first, const char *second,
						uint8_t out[GDPR_MAC_LEN]);

extern bool gdpr_sha256(const void *data, size_t len, uint8_t out[32]);

#endif /* GDPR_MAC_H */
