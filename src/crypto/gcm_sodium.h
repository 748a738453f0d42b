/*
 * gcm_sodium.h
 *		AES-256-GCM of short messages by libsodium, the only caller of which is gcm_sodium.c.
 *
 *		A sealed e-mail address is two blocks under a key of its own. OpenSSL's EVP takes three to four times as long
 *		for it as libsodium, asking by name which parameters the call has. libsodium in turn knows AES-GCM only by the
 *		processor's instructions (x86 with AES-NI; ARM since 1.0.19). So short messages are libsodium's where the
 *		processor has them, and long ones, and all of them elsewhere, OpenSSL's (aead.c decides). The bytes are the
 *		same, from either.
 */
#ifndef GDPR_GCM_SODIUM_H
#define GDPR_GCM_SODIUM_H

#include <sodium/crypto_aead_aes256gcm.h>

#include "crypto/aead.h"

/* OpenSSL works on many blocks at once, and is faster from here on. */
#define GDPR_GCM_SODIUM_MAX 512

/* A key made ready: the rounds of AES-256, and the key of the hash. */
typedef crypto_aead_aes256gcm_state GdprGcmKey;

/* Has this processor the instructions, and is there no rule that OpenSSL must be used (FIPS)? */
extern bool gdpr_gcm_sodium_usable(void);

extern void gdpr_gcm_sodium_key(GdprGcmKey *ready, const uint8_t key[GDPR_KEY_LEN]);

extern bool gdpr_gcm_sodium_seal(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN],
								 const uint8_t *aad, size_t aad_len, const uint8_t *plain, size_t len,
								 uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN]);

/* False when the tag does not verify; `plain` then holds nothing of the message. */
extern bool gdpr_gcm_sodium_open(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN],
								 const uint8_t *aad, size_t aad_len, const uint8_t *cipher, size_t len,
								 const uint8_t tag[GDPR_TAG_LEN], uint8_t *plain);

#endif /* GDPR_GCM_SODIUM_H */
