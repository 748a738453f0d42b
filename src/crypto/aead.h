/*
 * aead.h
 *		Authenticated encryption of small messages: AES-256-GCM, and XAES-256-GCM (C2SP) where the nonce is
 *		24 bytes. No SQL, no catalog; the only callers of OpenSSL live in this folder.
 *
 *		Functions return false when authentication fails or OpenSSL does; they never raise. Plaintext is only
 *		left in the output buffer when the tag verified.
 */
#ifndef GDPR_AEAD_H
#define GDPR_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GDPR_KEY_LEN	 32
#define GDPR_NONCE_LEN	 12
#define GDPR_XNONCE_LEN	 24
#define GDPR_XPREFIX_LEN (GDPR_XNONCE_LEN - GDPR_NONCE_LEN)
#define GDPR_TAG_LEN	 16

/*
 * A cipher context per use, kept for the life of the process with the last key's schedule: sealing several
 * values of one subject in a row, or unwrapping a thousand keys, pays for one key set-up only.
 */
typedef enum GdprAeadUse
{
	GDPR_AEAD_SUBJECT, /* values under a subject's key */
	GDPR_AEAD_WRAP,	   /* keys under a master key */
	GDPR_AEAD_UNBOUND, /* values not yet bound to a subject (XAES) */
	GDPR_AEAD_USES
} GdprAeadUse;

/* Two pieces of associated data, because a header and a database id never lie side by side. */
typedef struct GdprAad
{
	const void *head;
	size_t head_len;
	const void *tail;
	size_t tail_len;
} GdprAad;

/* Look whether libsodium can do short messages on this processor; until asked, and when it cannot, OpenSSL does all. */
extern bool gdpr_aead_init(void);

extern bool gdpr_aead_seal(GdprAeadUse use, const uint8_t key[GDPR_KEY_LEN],
						   const uint8_t nonce[GDPR_NONCE_LEN], const GdprAad *aad, const void *plain,
						   size_t len, uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN]);
extern bool gdpr_aead_open(GdprAeadUse use, const uint8_t key[GDPR_KEY_LEN],
						   const uint8_t nonce[GDPR_NONCE_LEN], const GdprAad *aad, const uint8_t *cipher,
						   size_t len, const uint8_t tag[GDPR_TAG_LEN], void *plain);

/*
 * XAES-256-GCM with the use GDPR_AEAD_UNBOUND. Sealing draws the nonce itself: a random 12-byte prefix per
 * process (again after fork) whose derived key is kept, and a counter in the other 12 bytes.
 */
extern bool gdpr_xaes_seal(const uint8_t key[GDPR_KEY_LEN], const GdprAad *aad, const void *plain, size_t len,
						   uint8_t nonce[GDPR_XNONCE_LEN], uint8_t *cipher, uint8_t tag[GDPR_TAG_LEN]);
extern bool gdpr_xaes_open(const uint8_t key[GDPR_KEY_LEN], const uint8_t nonce[GDPR_XNONCE_LEN],
						   const GdprAad *aad, const uint8_t *cipher, size_t len,
						   const uint8_t tag[GDPR_TAG_LEN], void *plain);

/* The next message gets another prefix. */
extern void gdpr_xaes_change_prefix(void);

/* Forget every kept key and key schedule, of both; called when keys are rotated out and before exit. */
extern void gdpr_ciphers_forget(void);

/* The part of it that aead.c keeps. */
extern void gdpr_aead_forget(void);

/* Random bytes from a pool of the process's own, discarded after fork. False when the system has none. */
extern bool gdpr_random(void *out, size_t len);

/*
 * A number that differs after every fork: who continues a sequence begun at random starts it again when the
 * number changed. False when forks cannot be noticed, and then no sequence may be kept.
 */
extern bool gdpr_random_epoch(uint64_t *epoch);

/* Overwrite a secret so that the compiler cannot leave it out. */
extern void gdpr_cleanse(void *secret, size_t len);

#endif /* GDPR_AEAD_H */
