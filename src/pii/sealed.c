/*
 * sealed.c
 *		Reading and writing the structure of a sealed value (see sealed.h).
 */
#include "pii/sealed.h"

#include <string.h>

#include "pii/class.h"

#define NONCE_LEN  12
#define XNONCE_LEN 24
#define TAG_LEN	   16

/* Read a varint in its shortest form; returns its length, 0 when malformed. */
static size_t
read_varint(const uint8_t *data, size_t len, int64_t *value)
{
	uint64_t result = 0;

	for (size_t i = 0; i < len && i < 9; i++)
	{
		result |= (uint64_t) (data[i] & 0x7f) << (7 * i);
		if ((data[i] & 0x80) == 0)
		{
			if (i > 0 && data[i] == 0)
				return 0; /* two spellings of one number would be two values */
			*value = (int64_t) result;
			return i + 1;
		}
	}
	return 0;
}

bool
gdpr_sealed_parse(const uint8_t *data, size_t len, Sealed *sealed)
{
	const GdprClass *class;
	size_t at = 2;
	size_t varint;
	size_t nonce_len;

	if (len < 2 || data[0] >> 4 != SEALED_VERSION)
		return false;
	sealed->flags = data[0] & 0x0f;
	sealed->class_id = data[1];
	class = gdpr_class_by_id(sealed->class_id);
	if (class == NULL || (sealed->flags & ~SEALED_UNFIT) != (class->padded ? SEALED_PADDED : 0))
		return false;
	varint = read_varint(data + at, len - at, &sealed->subject);
	if (varint == 0)
		return false;
	at += varint;
	if ((sealed->flags & SEALED_UNFIT) && sealed->subject != 0)
		return false;
	nonce_len = sealed->subject == 0 ? XNONCE_LEN : NONCE_LEN;
	if (len < at + (class->searchable ? SEALED_TOKEN_LEN : 0) + nonce_len + TAG_LEN)
		return false;
	sealed->token = class->searchable ? data + at : NULL;
	at += class->searchable ? SEALED_TOKEN_LEN : 0;
	sealed->header = data;
	sealed->header_len = at;
	sealed->nonce = data + at;
	sealed->cipher = data + at + nonce_len;
	sealed->cipher_len = len - at - nonce_len - TAG_LEN;
	sealed->tag = data + len - TAG_LEN;
	return !class->padded || (sealed->cipher_len > 0 && sealed->cipher_len % SEALED_PAD_TO == 0);
}

int64_t
gdpr_sealed_subject(const uint8_t *data, size_t len)
{
	int64_t subject;

	if (len < 3 || read_varint(data + 2, len - 2, &subject) == 0)
		return -1;
	return subject;
}

size_t
gdpr_sealed_header(uint8_t *out, int class_id, int flags, int64_t subject, const uint8_t *token)
{
	uint64_t rest = (uint64_t) subject;
	size_t at = 2;

	out[0] = (uint8_t) (SEALED_VERSION << 4 | flags);
	out[1] = (uint8_t) class_id;
	do
	{
		out[at] = rest & 0x7f;
		rest >>= 7;
		if (rest > 0)
			out[at] |= 0x80;
		at++;
	} while (rest > 0);
	if (token)
	{
		memcpy(out + at, token, SEALED_TOKEN_LEN);
		at += SEALED_TOKEN_LEN;
	}
	return at;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
gdpr_base64_len(size_t len)
{
	return len / 3 * 4 + (len % 3 == 0 ? 0 : len % 3 + 1);
}

size_t
gdpr_base64_encode(const uint8_t *in, size_t len, char *out)
{
	char *start = out;
	size_t i;

	for (i = 0; i + 2 < len; i += 3)
	{
		*out++ = alphabet[in[i] >> 2];
		*out++ = alphabet[(in[i] & 0x03) << 4 | in[i + 1] >> 4];
		*out++ = alphabet[(in[i + 1] & 0x0f) << 2 | in[i + 2] >> 6];
		*out++ = alphabet[in[i + 2] & 0x3f];
	}
	if (i < len)
	{
		*out++ = alphabet[in[i] >> 2];
		if (i + 1 == len)
			*out++ = alphabet[(in[i] & 0x03) << 4];
		else
		{
			*out++ = alphabet[(in[i] & 0x03) << 4 | in[i + 1] >> 4];
			*out++ = alphabet[(in[i + 1] & 0x0f) << 2];
		}
	}
	return (size_t) (out - start);
}

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return -1;
}

ptrdiff_t
gdpr_base64_decode(const char *in, size_t len, uint8_t *out)
{
	uint8_t *start = out;
	uint32_t bits = 0;
	int have = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++)
	{
		int d = digit(in[i]);

		if (d < 0)
			return -1;
		bits = bits << 6 | (uint32_t) d;
		have += 6;
		if (have >= 8)
		{
			have -= 8;
			*out++ = (uint8_t) (bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	return bits == 0 ? out - start : -1; /* left-over bits would be a second spelling */
}
