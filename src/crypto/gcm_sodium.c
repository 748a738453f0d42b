/*
 * gcm_sodium.c
 *		AES-256-GCM of short messages by libsodium (see gcm_sodium.h).
 */
#include "crypto/gcm_sodium.h"

#include <openssl/evp.h>
#include <sodium/core.h>

bool
gdpr_gcm_sodium_usable(void)
{
	return sodium_init() >= 0 && crypto_aead_aes256gcm_is_available() == 1 &&
		   !EVP_default_properties_is_fips_enabled(NULL);
}

void
gdpr_gcm_sodium_key(GdprGcmKey *ready, const uint8_t key[GDPR_KEY_LEN])
{
	crypto_aead_aes256gcm_beforenm(ready, key);
}

bool
gdpr_gcm_sodium_seal(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
					 size_t aad_len, const uint8_t *plain, size_t len, uint8_t *cipher,
					 uint8_t tag[GDPR_TAG_LEN])
{
	return crypto_aead_aes256gcm_encrypt_detached_afternm(cipher, tag, NULL, plain, len, aad, aad_len, NULL,
														  nonce, ready) == 0;
}

bool
gdpr_gcm_sodium_open(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
					 size_t aad_len, const uint8_t *cipher, size_t len, const uint8_t tag[GDPR_TAG_LEN],
					 uint8_t *plain)
{
	return crypto_aead_aes256gcm_decrypt_detached_afternm(plain, NULL, cipher, len, tag, aad, aad_len, nonce,
														  ready) == 0;
}
