/*
 * mac.c
 *		HMAC-SHA-256 and SHA-256 through OpenSSL's EVP; the algorithms are fetched once per process.
 */
#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct GdprMac
{
	EVP_MAC_CTX *ctx; /* holds the key; started again per message */
};

static EVP_MAC *hmac = NULL;
static EVP_MD *sha256 = NULL;
static EVP_MD_CTX *digest = NULL;

static bool
fetch_hmac(void)
{
	if (hmac == NULL)
		hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return hmac != NULL;
}

/* A context holding this key; NULL when OpenSSL fails */
static EVP_MAC_CTX *
keyed_context(const uint8_t *key)
{
	char name[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
						   OSSL_PARAM_construct_end()};
	EVP_MAC_CTX *ctx = fetch_hmac() ? EVP_MAC_CTX_new(hmac) : NULL;

	if (ctx != NULL && EVP_MAC_init(ctx, key, 32, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	ERR_clear_error();
	return NULL;
}

GdprMac *
gdpr_mac_new(const uint8_t key[32])
{
	GdprMac *mac = malloc(sizeof(GdprMac));

	if (mac == NULL)
		return NULL;
	mac->ctx = keyed_context(key);
	if (mac->ctx == NULL)
	{
		free(mac);
		return NULL;
	}
	return mac;
}

bool
gdpr_mac(GdprMac *mac, const void *message, size_t len, uint8_t out[GDPR_MAC_LEN])
{
	size_t written;

	if (EVP_MAC_init(mac->ctx, NULL, 0, NULL) == 1 && EVP_MAC_update(mac->ctx, message, len) == 1 &&
		EVP_MAC_final(mac->ctx, out, &written, GDPR_MAC_LEN) == 1 && written == GDPR_MAC_LEN)
		return true;
	ERR_clear_error();
	return false;
}

void
gdpr_mac_free(GdprMac *mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->ctx); /* cleanses the key */
	free(mac);
}

static bool
update_string(EVP_MAC_CTX *ctx, const char *string)
{
	return string == NULL || EVP_MAC_update(ctx, (const unsigned char *) string, strlen(string)) == 1;
}

bool
gdpr_derive(const uint8_t key[32], const char *use, const char *first, const char *second,
			uint8_t out[GDPR_MAC_LEN])
{
	static const unsigned char separator = 0;
	EVP_MAC_CTX *ctx = keyed_context(key);
	size_t written;
	bool ok;

	if (ctx == NULL)
		return false;
	ok = update_string(ctx, use) && EVP_MAC_update(ctx, &separator, 1) == 1 && update_string(ctx, first) &&
		 EVP_MAC_update(ctx, &separator, 1) == 1 && update_string(ctx, second) &&
		 EVP_MAC_final(ctx, out, &written, GDPR_MAC_LEN) == 1 && written == GDPR_MAC_LEN;
	EVP_MAC_CTX_free(ctx);
	if (!ok)
		ERR_clear_error();
	return ok;
}

bool
gdpr_sha256(const void *data, size_t len, uint8_t out[32])
{
	unsigned int written;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (digest == NULL)
		digest = EVP_MD_CTX_new();
	if (sha256 != NULL && digest != NULL && EVP_DigestInit_ex(digest, sha256, NULL) == 1 &&
		EVP_DigestUpdate(digest, data, len) == 1 && EVP_DigestFinal_ex(digest, out, &written) == 1 &&
		written == 32)
		return true;
	ERR_clear_error();
	return false;
}
