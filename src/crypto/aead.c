/*
 * aead.c
 *		AES-256-GCM: short messages through libsodium where it can (gcm_sodium.h), all others through OpenSSL's EVP.
 *
 *		Fetching the cipher and building a context costs twice as much as sealing an e-mail address, and the key
 *		schedule half of the rest. So the cipher is fetched once per process, one context is kept per use and
 *		direction, and a context is keyed again only when the key differs from the one that it holds.
 */
#include "crypto/aead.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/gcm_sodium.h"

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "gdpr needs OpenSSL 3.0 or later"
#endif

#define TOGETHER 64 /* associated data up to this length are joined first */

typedef enum Direction
{
	OPEN = 0, /* as EVP_CipherInit_ex wants it */
	SEAL = 1,
	DIRECTIONS
} Direction;

typedef struct KeyedContext
{
	EVP_CIPHER_CTX *ctx;
	bool keyed; /* `key` is what ctx holds the schedule of */
	uint8_t key[GDPR_KEY_LEN];
} KeyedContext;

/* The same for short messages; one serves both directions. */
typedef struct ShortKey
{
	bool keyed;
	uint8_t key[GDPR_KEY_LEN];
	GdprGcmKey ready;
} ShortKey;

static EVP_CIPHER *gcm = NULL;
static KeyedContext contexts[GDPR_AEAD_USES][DIRECTIONS];
static ShortKey short_keys[GDPR_AEAD_USES];
static bool by_sodium = false;

bool
gdpr_aead_init(void)
{
	by_sodium = gdpr_gcm_sodium_usable();
	return by_sodium;
}

static bool
fetch_cipher(void)
{
	if (gcm == NULL)
		gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	return gcm != NULL;
}

/* Drop one context with its key; the next message builds it again. */
static void
forget(KeyedContext *kept)
{
	EVP_CIPHER_CTX_free(kept->ctx); /* cleanses the schedule */
	kept->ctx = NULL;
	kept->keyed = false;
	OPENSSL_cleanse(kept->key, sizeof(kept->key));
}

/*
 * Make the kept context ready for one message under this key and nonce. The tag to expect, NULL when sealing, goes
 * along: telling it later costs as much again as the parameters that OpenSSL asks itself for here.
 */
static bool
start(KeyedContext *kept, Direction direction, const uint8_t *key, const uint8_t *nonce, const uint8_t *tag)
{
	OSSL_PARAM params[2] = {OSSL_PARAM_END, OSSL_PARAM_END};

	if (tag != NULL)
		params[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (void *) tag, GDPR_TAG_LEN);

	/* Both are keys of ours, so there is no one to time the comparison. */
	if (kept->keyed && memcmp(kept->key, key, GDPR_KEY_LEN) == 0)
		return EVP_CipherInit_ex2(kept->ctx, NULL, NULL, nonce, direction, tag ? params : NULL) == 1;

	kept->keyed = false;
	if (kept->ctx == NULL)
	{
		if (!fetch_cipher())
			return false;
		kept->ctx = EVP_CIPHER_CTX_new();
		if (kept->ctx == NULL || EVP_CipherInit_ex(kept->ctx, gcm, NULL, NULL, NULL, direction) != 1)
			return false;
	}
	if (EVP_CipherInit_ex2(kept->ctx, NULL, key, nonce, direction, tag ? params : NULL) != 1)
		return false;

	memcpy(kept->key, key, GDPR_KEY_LEN);
	kept->keyed = true;
	return true;
}

static bool
associate(EVP_CIPHER_CTX *ctx, const void *data, size_t len)
{
	int done;

	if (len == 0)
		return true;
	return len <= INT_MAX && EVP_CipherUpdate(ctx, NULL, &done, data, (int) len) == 1;
}

/* Are the two pieces, if any, short enough to be put together? */
static bool
can_join(const GdprAad *aad)
{
	return aad == NULL || (aad->head_len <= TOGETHER && aad->tail_len <= TOGETHER - aad->head_len);
}

static size_t
join(const GdprAad *aad, uint8_t joined[TOGETHER])
{
	if (aad == NULL)
		return 0;
	if (aad->head_len > 0)
		memcpy(joined, aad->head, aad->head_len);
	if (aad->tail_len > 0)
		memcpy(joined + aad->head_len, aad->tail, aad->tail_len);
	return aad->head_len + aad->tail_len;
}

/* Put together they cost one call. */
static bool
associate_all(EVP_CIPHER_CTX *ctx, const GdprAad *aad)
{
	uint8_t joined[TOGETHER];

	if (can_join(aad))
		return associate(ctx, joined, join(aad, joined));
	return associate(ctx, aad->head, aad->head_len) && associate(ctx, aad->tail, aad->tail_len);
}

/* The message itself; `out` is written, and for OPEN may not be believed before finish(). */
static bool
transform(EVP_CIPHER_CTX *ctx, const void *in, size_t len, uint8_t *out)
{
	int done;

	if (len == 0)
		return true;
	return len <= INT_MAX && EVP_CipherUpdate(ctx, out, &done, in, (int) len) == 1 && (size_t) done == len;
}

static bool
finish(EVP_CIPHER_CTX *ctx)
{
	uint8_t none[GDPR_TAG_LEN];
	int done;

	return EVP_CipherFinal_ex(ctx, none, &done) == 1;
}

/* The key made ready for a short message with these associated data; NULL when the message is OpenSSL's. */
static const GdprGcmKey *
short_key(GdprAeadUse use, const uint8_t *key, const GdprAad *aad, size_t len)
{
	ShortKey *kept = &short_keys[use];

	if (!by_sodium || len > GDPR_GCM_SODIUM_MAX || !can_join(aad))
		return NULL;

	/* Both are keys of ours, so there is no one to time the comparison. */
	if (!kept->keyed || memcmp(kept->key, key, GDPR_KEY_LEN) != 0)
	{
		gdpr_gcm_sodium_key(&kept->ready, key);
		memcpy(kept->key, key, GDPR_KEY_LEN);
		kept->keyed = true;
	}
	return &kept->ready;
}

bool
gdpr_aead_seal(GdprAeadUse use, const uint8_t key[GDPR_KEY_LEN], const uint8_t nonce[GDPR_NONCE_LEN],
			   const GdprAad *aad, const void *plain, size_t len, uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN])
{
	KeyedContext *kept = &contexts[use][SEAL];
	const GdprGcmKey *ready = short_key(use, key, aad, len);

	if (ready != NULL)
	{
		uint8_t joined[TOGETHER];
		size_t joined_len = join(aad, joined);

		return gdpr_gcm_sodium_seal(ready, nonce, joined, joined_len, plain, len, cipher, tag);
	}
	if (start(kept, SEAL, key, nonce, NULL) && associate_all(kept->ctx, aad) &&
		transform(kept->ctx, plain, len, cipher) && finish(kept->ctx) &&
		EVP_CIPHER_CTX_ctrl(kept->ctx, EVP_CTRL_AEAD_GET_TAG, GDPR_TAG_LEN, tag) == 1)
		return true;

	forget(kept);
	ERR_clear_error();
	return false;
}

bool
gdpr_aead_open(GdprAeadUse use, const uint8_t key[GDPR_KEY_LEN], const uint8_t nonce[GDPR_NONCE_LEN],
			   const GdprAad *aad, const uint8_t *cipher, size_t len, const uint8_t tag[GDPR_TAG_LEN],
			   void *plain)
{
	KeyedContext *kept = &contexts[use][OPEN];
	const GdprGcmKey *ready = short_key(use, key, aad, len);

	if (ready != NULL)
	{
		uint8_t joined[TOGETHER];
		size_t joined_len = join(aad, joined);

		if (gdpr_gcm_sodium_open(ready, nonce, joined, joined_len, cipher, len, tag, plain))
			return true;
		if (len > 0)
			OPENSSL_cleanse(plain, len);
		return false;
	}
	if (start(kept, OPEN, key, nonce, tag) && associate_all(kept->ctx, aad) &&
		transform(kept->ctx, cipher, len, plain) && finish(kept->ctx))
		return true;

	if (len > 0)
		OPENSSL_cleanse(plain, len);
	forget(kept);
	ERR_clear_error();
	return false;
}

void
gdpr_aead_forget(void)
{
	for (int use = 0; use < GDPR_AEAD_USES; use++)
		for (int direction = 0; direction < DIRECTIONS; direction++)
			forget(&contexts[use][direction]);
	OPENSSL_cleanse(short_keys, sizeof(short_keys));
}
