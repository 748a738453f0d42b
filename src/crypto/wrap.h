/*
 * wrap.h
 *		A subject's key, or the database's secret, as it is stored: wrapped by a master key.
 *
 *		 offset  size
 *		   0      1   version (1)
 *		   1      8   fingerprint of the master key, so that another key is named and not "decryption failed"
 *		   9     12   nonce, random: a subject number repeats after point-in-time recovery
 *		  21     32   the key, AES-256-GCM
 *		  53     16   tag
 *		Associated data: version, fingerprint, subject number (big endian, 0 = the secret), database id.
 */
#ifndef GDPR_WRAP_H
#define GDPR_WRAP_H

#include "crypto/aead.h"

#define GDPR_WRAPPED_LEN	 69
#define GDPR_FINGERPRINT_LEN 8
#define GDPR_DATABASE_ID_LEN 16

typedef struct GdprMasterKey
{
	uint8_t fingerprint[GDPR_FINGERPRINT_LEN];
	uint8_t key[GDPR_KEY_LEN];
} GdprMasterKey;

typedef enum GdprUnwrap
{
	GDPR_UNWRAP_OK,
	GDPR_UNWRAP_MALFORMED, /* length or version */
	GDPR_UNWRAP_OTHER_KEY, /* wrapped by another master key than the one given */
	GDPR_UNWRAP_CORRUPTED  /* right key, tag does not verify */
} GdprUnwrap;

/* The fingerprint of a master key: the first bytes of HMAC(key, "gdpr master key"). */
extern bool gdpr_fingerprint(const uint8_t key[GDPR_KEY_LEN], uint8_t out[GDPR_FINGERPRINT_LEN]);

extern bool gdpr_wrap(const GdprMasterKey *master, int64_t subject,
					  const uint8_t database_id[GDPR_DATABASE_ID_LEN], const uint8_t key[GDPR_KEY_LEN],
					  uint8_t wrapped[GDPR_WRAPPED_LEN]);
extern GdprUnwrap gdpr_unwrap(const GdprMasterKey *master, int64_t subject,
							  const uint8_t database_id[GDPR_DATABASE_ID_LEN], const uint8_t *wrapped,
							  size_t len, uint8_t key[GDPR_KEY_LEN]);

/* The master key that a wrapped key asks for; NULL when it is malformed. */
extern const uint8_t *gdpr_wrapped_by(const uint8_t *wrapped, size_t len);

#endif /* GDPR_WRAP_H */
