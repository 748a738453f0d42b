/*
 * xaes.c
 *		XAES-256-GCM as C2SP specifies it (c2sp.org/XAES-256-GCM): the first 12 bytes of a 24-byte nonce derive a
 *		key by NIST's CMAC-based key derivation, the other 12 are the nonce of AES-256-GCM under that key.
 *
 *		Deriving costs as much as two messages, so the derived key of the last prefix is kept, one for sealing and
 *		one for opening. A process seals under one random prefix and counts in the rest of the nonce, beginning at
 *		random too: should two processes ever draw the same prefix, their counters are still far apart. The
 *		prefix is drawn again after fork, under another key, and after 2^32 messages.
 */
#include "crypto/aead.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define BLOCK_LEN		16
#define PREFIX_MESSAGES UINT64_C(0x100000000)

typedef struct DerivedKey
{
	bool valid;
	uint8_t from[GDPR_KEY_LEN];
	uint8_t prefix[GDPR_XPREFIX_LEN];
	uint8_t key[GDPR_KEY_LEN];
} DerivedKey;

static EVP_CIPHER *ecb = NULL;
static DerivedKey sealing;
static DerivedKey opening;

/* Where this process stands under sealing.prefix */
static uint8_t counter[GDPR_NONCE_LEN];
static uint64_t messages_left = 0;
static uint64_t sealing_epoch = 0;

/* L doubled in GF(2^128), the first subkey of CMAC; without branches on the secret */
static void
double_block(uint8_t block[BLOCK_LEN])
{
	uint8_t carry = block[0] >> 7;

	for (int i = 0; i < BLOCK_LEN - 1; i++)
		block[i] = (uint8_t) (block[i] << 1 | block[i + 1] >> 7);
	block[BLOCK_LEN - 1] = (uint8_t) (block[BLOCK_LEN - 1] << 1) ^ (uint8_t) (0x87 & -carry);
}

static bool
encrypt_blocks(EVP_CIPHER_CTX *ctx, const uint8_t *in, int len, uint8_t *out)
{
	int done;

	return EVP_EncryptUpdate(ctx, out, &done, in, len) == 1 && done == len;
}

/* AES-CMAC of the two one-block messages 00 i 58 00 || prefix under `from`, one after the other */
static bool
derive_blocks(EVP_CIPHER_CTX *ctx, const uint8_t *from, const uint8_t *prefix, uint8_t out[GDPR_KEY_LEN])
{
	uint8_t subkey[BLOCK_LEN] = {0};
	uint8_t blocks[2 * BLOCK_LEN];
	bool ok = false;

	if (EVP_EncryptInit_ex(ctx, ecb, NULL, from, NULL) != 1 || EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
		!encrypt_blocks(ctx, subkey, BLOCK_LEN, subkey))
		goto done;
	double_block(subkey);

	for (int i = 0; i < 2; i++)
	{
		uint8_t *block = blocks + i * BLOCK_LEN;

		block[0] = 0;
		block[1] = (uint8_t) (i + 1);
		block[2] = 'X';
		block[3] = 0;
		memcpy(block + 4, prefix, GDPR_XPREFIX_LEN);
		for (int j = 0; j < BLOCK_LEN; j++)
			block[j] ^= subkey[j];
	}
	ok = encrypt_blocks(ctx, blocks, sizeof(blocks), out);

done:
	OPENSSL_cleanse(subkey, sizeof(subkey));
	OPENSSL_cleanse(blocks, sizeof(blocks));
	return ok;
}

/* Fill `kept` for this key and prefix, unless that is what it holds. */
static bool
derive(DerivedKey *kept, const uint8_t *from, const uint8_t *prefix)
{
	EVP_CIPHER_CTX *ctx;

	if (kept->valid && memcmp(kept->prefix, prefix, GDPR_XPREFIX_LEN) == 0 &&
		CRYPTO_memcmp(kept->from, from, GDPR_KEY_LEN) == 0)
		return true;

	kept->valid = false;
	if (ecb == NULL)
		ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (ecb != NULL && ctx != NULL && derive_blocks(ctx, from, prefix, kept->key))
	{
		memcpy(kept->from, from, GDPR_KEY_LEN);
		memmove(kept->prefix, prefix, GDPR_XPREFIX_LEN);
		kept->valid = true;
	}
	else
		ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	return kept->valid;
}

/* A new prefix and a new place to count from */
static bool
draw_prefix(const uint8_t *key, uint64_t epoch)
{
	uint8_t prefix[GDPR_XPREFIX_LEN];

	messages_left = 0;
	if (!gdpr_random(prefix, sizeof(prefix)) || !gdpr_random(counter, sizeof(counter)) ||
		!derive(&sealing, key, prefix))
		return false;
	messages_left = PREFIX_MESSAGES;
	sealing_epoch = epoch;
	return true;
}

/* The next nonce of this process; no nonce is handed out twice, also when the message then fails. */
static bool
next_nonce(const uint8_t *key, uint8_t nonce[GDPR_XNONCE_LEN])
{
	uint64_t epoch;

	if (!gdpr_random_epoch(&epoch))
		return false;
	if (messages_left == 0 || epoch != sealing_epoch || !sealing.valid ||
		CRYPTO_memcmp(sealing.from, key, GDPR_KEY_LEN) != 0)
	{
		if (!draw_prefix(key, epoch))
			return false;
	}

	memcpy(nonce, sealing.prefix, GDPR_XPREFIX_LEN);
	memcpy(nonce + GDPR_XPREFIX_LEN, counter, sizeof(counter));
	messages_left--;
	for (int i = sizeof(counter) - 1; i >= 0 && ++counter[i] == 0; i--)
		;
	return true;
}

bool
gdpr_xaes_seal(const uint8_t key[GDPR_KEY_LEN], const GdprAad *aad, const void *plain, size_t len,
			   uint8_t nonce[GDPR_XNONCE_LEN], uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN])
{
	return next_nonce(key, nonce) && gdpr_aead_seal(GDPR_AEAD_UNBOUND, sealing.key, nonce + GDPR_XPREFIX_LEN,
													aad, plain, len, cipher, tag);
}

bool
gdpr_xaes_open(const uint8_t key[GDPR_KEY_LEN], const uint8_t nonce[GDPR_XNONCE_LEN], const GdprAad *aad,
			   const uint8_t *cipher, size_t len, const uint8_t tag[GDPR_TAG_LEN], void *plain)
{
	/* What this process sealed itself, and most often opens, needs no second derivation. */
	const DerivedKey *derived = &sealing;

	if (!sealing.valid || memcmp(sealing.prefix, nonce, GDPR_XPREFIX_LEN) != 0 ||
		CRYPTO_memcmp(sealing.from, key, GDPR_KEY_LEN) != 0)
	{
		if (!derive(&opening, key, nonce))
		{
			if (len > 0)
				OPENSSL_cleanse(plain, len);
			return false;
		}
		derived = &opening;
	}
	return gdpr_aead_open(GDPR_AEAD_UNBOUND, derived->key, nonce + GDPR_XPREFIX_LEN, aad, cipher, len, tag,
						  plain);
}

void
gdpr_xaes_change_prefix(void)
{
	messages_left = 0;
}

void
gdpr_ciphers_forget(void)
{
	gdpr_aead_forget();
	OPENSSL_cleanse(&sealing, sizeof(sealing));
	OPENSSL_cleanse(&opening, sizeof(opening));
	sealing.valid = opening.valid = false;
	messages_left = 0;
}
