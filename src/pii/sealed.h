/*
 * sealed.h
 *		The stored form of a personal datum. Pure C: it is parsed by a fuzzer as well.
 *
 *		 size
 *		   1     version (high four bits, 1) and flags (low four bits)
 *		   1     class, see class.h: a value cannot pass for one of another class
 *		  1-10   subject number, varint, least significant group first; 0 = not yet bound
 *		  0/12   token, present when the class can be searched: the same bound and unbound, so that an index
 *		         entry survives binding and equality needs no key
 *		 12/24   nonce, 24 while unbound (XAES-256-GCM: one key for all of a database's unbound values)
 *		   n     ciphertext
 *		  16     tag
 *
 *		Everything before the nonce, and the database id, are authenticated data. A 23-byte e-mail address of
 *		subject 1,000,000 takes 69 bytes and one of varlena header.
 *
 *		Flags: 1 the plaintext is padded to 16 bytes (0x80 and zeros, ISO/IEC 7816-4), so that its length is not
 *		told. 2 an unbound value that is none of its class, typed to compare with: its token is that of no valid
 *		value, and it cannot be bound.
 */
#ifndef GDPR_SEALED_H
#define GDPR_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEALED_VERSION		1
#define SEALED_PADDED		0x01
#define SEALED_UNFIT		0x02
#define SEALED_TOKEN_LEN	12
#define SEALED_PREFIX		"gdpr1:"
#define SEALED_PREFIX_LEN	6
#define SEALED_PAD_TO		16
#define SEALED_MAX_HEADER	(2 + 10 + SEALED_TOKEN_LEN)
#define SEALED_MAX_OVERHEAD (SEALED_MAX_HEADER + 24 + 16 + SEALED_PAD_TO)

/* A view into the bytes of a sealed value. */
typedef struct Sealed
{
	int class_id;
	int flags;
	int64_t subject;
	const uint8_t *header; /* authenticated: version to token */
	size_t header_len;
	const uint8_t *token; /* NULL when the class cannot be searched */
	const uint8_t *nonce;
	const uint8_t *cipher;
	size_t cipher_len;
	const uint8_t *tag;
} Sealed;

/* Check the structure and point into it; needs no key. False when malformed in any way. */
extern bool gdpr_sealed_parse(const uint8_t *data, size_t len, Sealed *sealed);

/* Only the subject, from the first bytes of a value known to be well-formed; -1 when not. */
extern int64_t gdpr_sealed_subject(const uint8_t *data, size_t len);

/* Write a header; returns its length, at most SEALED_MAX_HEADER. */
extern size_t gdpr_sealed_header(uint8_t *out, int class_id, int flags, int64_t subject,
								 const uint8_t *token);

/* base64url without padding. out needs gdpr_base64_len(len) bytes; decoding returns -1 when malformed. */
extern size_t gdpr_base64_len(size_t len);
extern size_t gdpr_base64_encode(const uint8_t *in, size_t len, char *out);
extern ptrdiff_t gdpr_base64_decode(const char *in, size_t len, uint8_t *out);

#endif /* GDPR_SEALED_H */
