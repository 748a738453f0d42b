/*
 * fuzz_sealed.c
 *		The parser of sealed values and the decoder of their text form, on any bytes: reads nothing out of bounds, and
 *		what it accepts points into the input and is spelled in one way only.
 */
#include <stdlib.h>
#include <string.h>

#include "pii/class.h"
#include "pii/sealed.h"

#define REQUIRE(condition) \
	do                     \
	{                      \
		if (!(condition))  \
			abort();       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
parse(const uint8_t *data, size_t len)
{
	Sealed sealed;
	uint8_t header[SEALED_MAX_HEADER];

	(void) gdpr_sealed_subject(data, len);
	if (!gdpr_sealed_parse(data, len, &sealed))
		return;
	REQUIRE(sealed.subject >= 0 && sealed.subject == gdpr_sealed_subject(data, len));
	REQUIRE(sealed.header_len <= SEALED_MAX_HEADER);
	REQUIRE(sealed.cipher + sealed.cipher_len == sealed.tag && sealed.tag + 16 == data + len);
	REQUIRE(gdpr_sealed_header(header, sealed.class_id, sealed.flags, sealed.subject, sealed.token) ==
			sealed.header_len);
	REQUIRE(memcmp(header, sealed.header, sealed.header_len) == 0);
}

static void
decode(const uint8_t *data, size_t len)
{
	uint8_t *decoded = malloc(len + 1);
	char *again = malloc(len + 1);
	ptrdiff_t bytes = gdpr_base64_decode((const char *) data, len, decoded);

	if (bytes >= 0)
	{
		REQUIRE(gdpr_base64_len((size_t) bytes) == len);
		REQUIRE(gdpr_base64_encode(decoded, (size_t) bytes, again) == len && memcmp(again, data, len) == 0);
		parse(decoded, (size_t) bytes);
	}
	free(decoded);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	parse(data, len);
	decode(data, len);
	return 0;
}
