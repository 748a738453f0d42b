/*
 * gcm_cpu.h
 *		AES-256-GCM of short messages by the processor's own instructions.
 *
 *		A sealed e-mail address is two blocks under a key of its own. OpenSSL's EVP takes 500 ns or more for it, of
 *		which the cipher itself needs 100: the rest asks which parameters the call has. So where the processor has
 *		instructions for AES and for the multiplication in GHASH, short messages are computed here; long ones, and all
 *		of them on other processors, by OpenSSL (aead.c decides). The bytes are the same, whoever made them.
 *
 *		These instructions take the same time whatever the data: no tables, no branch on a secret.
 */
#ifndef GDPR_GCM_CPU_H
#define GDPR_GCM_CPU_H

#include "crypto/aead.h"

/* OpenSSL works on many blocks at once, and is faster from here on. */
#define GDPR_GCM_CPU_MAX 512

/* A key made ready: the rounds of AES-256, and the key of the hash. */
typedef struct GdprGcmKey
{
	uint8_t rounds[15][16];
	uint8_t hash[16];
} GdprGcmKey;

/* Has this processor the instructions, are they right, and is there no rule that OpenSSL must be used (FIPS)? */
extern bool gdpr_gcm_cpu_usable(void);

extern void gdpr_gcm_cpu_key(GdprGcmKey *ready, const uint8_t key[GDPR_KEY_LEN]);

extern void gdpr_gcm_cpu_seal(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN],
							  const uint8_t *aad, size_t aad_len, const uint8_t *plain, size_t len,
							  uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN]);

/* `plain` is written only when the tag verifies. */
extern bool gdpr_gcm_cpu_open(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN],
							  const uint8_t *aad, size_t aad_len, const uint8_t *cipher, size_t len,
							  const uint8_t tag[GDPR_TAG_LEN], uint8_t *plain);

#endif /* GDPR_GCM_CPU_H */
