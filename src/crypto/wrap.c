/*
 * wrap.c
 *		Keys wrapped by a master key; the format is drawn in wrap.h.
 */
#include "crypto/wrap.h"

#include <string.h>

#include "crypto/mac.h"

#define WRAP_VERSION   1
#define FINGERPRINT_AT 1
#define NONCE_AT	   (FINGERPRINT_AT + GDPR_FINGERPRINT_LEN)
#define KEY_AT		   (NONCE_AT + GDPR_NONCE_LEN)
#define TAG_AT		   (KEY_AT + GDPR_KEY_LEN)

#define HEAD_LEN	   NONCE_AT /* version and fingerprint are authenticated as stored */
#define OWNER_LEN	   (8 + GDPR_DATABASE_ID_LEN)

_Static_assert(TAG_AT + GDPR_TAG_LEN == GDPR_WRAPPED_LEN, "the format drawn in wrap.h");

/* Whose key it is: a wrapped key moved to another subject or database does not open. */
static void
write_owner(int64_t subject, const uint8_t *database_id, uint8_t owner[OWNER_LEN])
{
	uint64_t number = (uint64_t) subject;

	for (int i = 7; i >= 0; i--)
	{
		owner[i] = (uint8_t) number;
		number >>= 8;
	}
	memcpy(owner + 8, database_id, GDPR_DATABASE_ID_LEN);
}

bool
gdpr_fingerprint(const uint8_t key[GDPR_KEY_LEN], uint8_t out[GDPR_FINGERPRINT_LEN])
{
	static const char label[] = "gdpr master key";
	uint8_t hash[GDPR_MAC_LEN];
	GdprMac *mac = gdpr_mac_new(key);
	bool ok = mac != NULL && gdpr_mac(mac, label, sizeof(label) - 1, hash);

	gdpr_mac_free(mac);
	if (ok)
		memcpy(out, hash, GDPR_FINGERPRINT_LEN);
	return ok;
}

bool
gdpr_wrap(const GdprMasterKey *master, int64_t subject, const uint8_t database_id[GDPR_DATABASE_ID_LEN],
		  const uint8_t key[GDPR_KEY_LEN], uint8_t wrapped[GDPR_WRAPPED_LEN])
{
	uint8_t owner[OWNER_LEN];
	GdprAad aad = {wrapped, HEAD_LEN, owner, sizeof(owner)};

	wrapped[0] = WRAP_VERSION;
	memcpy(wrapped + FINGERPRINT_AT, master->fingerprint, GDPR_FINGERPRINT_LEN);
	write_owner(subject, database_id, owner);
	return gdpr_random(wrapped + NONCE_AT, GDPR_NONCE_LEN) &&
		   gdpr_aead_seal(GDPR_AEAD_WRAP, master->key, wrapped + NONCE_AT, &aad, key, GDPR_KEY_LEN,
						  wrapped + KEY_AT, wrapped + TAG_AT);
}

const uint8_t *
gdpr_wrapped_by(const uint8_t *wrapped, size_t len)
{
	if (len != GDPR_WRAPPED_LEN || wrapped[0] != WRAP_VERSION)
		return NULL;
	return wrapped + FINGERPRINT_AT;
}

GdprUnwrap
gdpr_unwrap(const GdprMasterKey *master, int64_t subject, const uint8_t database_id[GDPR_DATABASE_ID_LEN],
			const uint8_t *wrapped, size_t len, uint8_t key[GDPR_KEY_LEN])
{
	uint8_t owner[OWNER_LEN];
	GdprAad aad = {wrapped, HEAD_LEN, owner, sizeof(owner)};
	const uint8_t *asks_for = gdpr_wrapped_by(wrapped, len);

	if (asks_for == NULL)
		return GDPR_UNWRAP_MALFORMED;
	if (memcmp(asks_for, master->fingerprint, GDPR_FINGERPRINT_LEN) != 0)
		return GDPR_UNWRAP_OTHER_KEY;

	write_owner(subject, database_id, owner);
	if (!gdpr_aead_open(GDPR_AEAD_WRAP, master->key, wrapped + NONCE_AT, &aad, wrapped + KEY_AT, GDPR_KEY_LEN,
						wrapped + TAG_AT, key))
		return GDPR_UNWRAP_CORRUPTED;
	return GDPR_UNWRAP_OK;
}
