/*
 * test_sealed.c
 *		The structure of a sealed value: written and read back, every malformed form refused, base64url with one
 *		spelling for each value only.
 *
 * Links: pii/sealed.c pii/class.c pii/classes/*.c
 */
#include <stdlib.h>

#include "pii/class.h"
#include "pii/sealed.h"
#include "tap.h"

static const uint8_t token[SEALED_TOKEN_LEN] = "token-of-12.";

/* A structurally whole value with so many bytes of ciphertext; returns its length. */
static size_t
build(uint8_t *out, const GdprClass *class, int64_t subject, size_t cipher_len)
{
	size_t len = gdpr_sealed_header(out, class->id, class->padded ? SEALED_PADDED : 0, subject,
									class->searchable ? token : NULL);
	size_t rest = (subject == 0 ? 24 : 12) + cipher_len + 16;

	memset(out + len, 0xee, rest);
	return len + rest;
}

static void
round_trip(void)
{
	static const int64_t subjects[] = {0, 1, 127, 128, 16384, 1000000, INT64_MAX};
	bool read_back = true;
	bool keyless = true;

	for (int i = 0; i < gdpr_class_count(); i++)
		for (size_t s = 0; s < sizeof(subjects) / sizeof(subjects[0]); s++)
		{
			const GdprClass *class = gdpr_class_at(i);
			uint8_t value[256];
			size_t len = build(value, class, subjects[s], 32);
			Sealed sealed;

			read_back = read_back && gdpr_sealed_parse(value, len, &sealed) &&
						sealed.class_id == (int) class->id && sealed.subject == subjects[s] &&
						sealed.cipher_len == 32 && (sealed.token != NULL) == class->searchable &&
						(!sealed.token || memcmp(sealed.token, token, SEALED_TOKEN_LEN) == 0) &&
						sealed.header == value && sealed.header + sealed.header_len == sealed.nonce &&
						sealed.tag + 16 == value + len;
			keyless = keyless && gdpr_sealed_subject(value, len) == subjects[s];
		}
	ok(read_back, "what is written is read back, for every class and size of number");
	ok(keyless, "the subject is read from the first bytes alone");
}

static void
refusals(void)
{
	const GdprClass *email = gdpr_class_by_name("email");
	const GdprClass *text = gdpr_class_by_name("text");
	uint8_t value[256];
	size_t len = build(value, email, 300, 32);
	Sealed sealed;
	bool refused = true;

	for (size_t cut = 0; cut < len - 32; cut++)
		refused = refused && !gdpr_sealed_parse(value, cut, &sealed);
	ok(refused, "a value cut short is refused");

	value[0] = 0x20;
	ok(!gdpr_sealed_parse(value, len, &sealed), "an unknown version");
	value[0] = 0x10 | 0x02;
	ok(!gdpr_sealed_parse(value, len, &sealed), "an unknown flag");
	value[0] = 0x10 | SEALED_PADDED;
	ok(!gdpr_sealed_parse(value, len, &sealed), "padding that the class does not have");
	value[0] = 0x10;
	value[1] = 99;
	ok(!gdpr_sealed_parse(value, len, &sealed), "an unknown class");
	ok(gdpr_sealed_subject(value, 2) == -1, "no number to read");

	len = build(value, text, 1, 32);
	value[0] = 0x10;
	ok(!gdpr_sealed_parse(value, len, &sealed), "no padding where the class has it");
	len = build(value, text, 1, 33);
	ok(!gdpr_sealed_parse(value, len, &sealed), "ciphertext that is not whole blocks");
	len = build(value, text, 1, 0);
	ok(!gdpr_sealed_parse(value, len, &sealed), "no ciphertext where padding makes at least one block");

	len = build(value, email, 1, 32);
	memmove(value + 4, value + 3, len - 3);
	value[2] = 0x81;
	value[3] = 0x00;
	ok(!gdpr_sealed_parse(value, len + 1, &sealed), "a number spelled longer than needed");
	memset(value + 2, 0xff, 12);
	ok(!gdpr_sealed_parse(value, len, &sealed), "a number without end");
}

static void
base64(void)
{
	bool same = true;
	uint8_t data[64];
	uint8_t back[64];
	char spelled[128];

	for (size_t len = 0; len <= sizeof(data); len++)
	{
		size_t written;

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t) (i * 37 + len);
		written = gdpr_base64_encode(data, len, spelled);
		same = same && written == gdpr_base64_len(len) &&
			   gdpr_base64_decode(spelled, written, back) == (ptrdiff_t) len && memcmp(back, data, len) == 0;
	}
	ok(same, "base64url of every length");
	ok(gdpr_base64_encode((const uint8_t *) "\xfb\xff\xfe", 3, spelled) == 4 &&
		   memcmp(spelled, "-__-", 4) == 0,
	   "the alphabet of RFC 4648, section 5");
	ok(gdpr_base64_decode("AB", 2, back) == -1, "left-over bits are refused");
	ok(gdpr_base64_decode("A", 1, back) == -1, "half a byte is refused");
	ok(gdpr_base64_decode("AA==", 4, back) == -1, "padding is refused");
	ok(gdpr_base64_decode("A+/A", 4, back) == -1, "the other alphabet is refused");
}

int
main(void)
{
	round_trip();
	refusals();
	base64();
	return done_testing();
}
